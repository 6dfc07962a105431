/* The virtio entropy device, PCI 1af4:1005 and 1af4:1044: VIRTIO 1.2, section 5.4. QEMU: -device virtio-rng-pci. */
#include "drivers/virtio_rng.h"

#include "drivers/pci.h"
#include "drivers/virtio_pci.h"
#include "drivers/virtqueue.h"
#include "kernel.h"

#define DEVICE_TRANSITIONAL 0x1005
#define DEVICE_MODERN       0x1044

#define PCI_COMMAND 0x04
#define PCI_COMMAND_INTX_OFF (1u << 10)     /* PCI 3.0, 6.2.2 */

#define REQUEST_OCTETS 64u
#define ANSWER_US 20000u    /* bound on waiting; a later answer is taken by the next call */

static struct virtio_pci device;
static struct virtqueue request_queue;
static uint8_t *buffer;     /* one page, REQUEST_OCTETS of it lent to the device at a time */
static bool ready;

/* This device is asked now and then and waited for, so it gets no interrupt line. */
static void intx_off(struct pci_device *pci)
{
    pci_write16(pci, PCI_COMMAND, pci_read16(pci, PCI_COMMAND) | PCI_COMMAND_INTX_OFF);
}

static bool start(void)
{
    struct pci_device *pci = pci_find(VIRTIO_VENDOR, DEVICE_TRANSITIONAL);
    if (!pci)
        pci = pci_find(VIRTIO_VENDOR, DEVICE_MODERN);
    if (!pci || !virtio_pci_open(&device, pci))
        return false;
    intx_off(pci);
    if (!virtio_pci_negotiate(&device, 0) || !virtio_pci_add_queue(&device, &request_queue, 0))
        return false;
    uint64_t page = frame_alloc_run(1);
    if (page == 0)
        return virtio_pci_fail(&device, "no memory for its buffer");
    buffer = phys_to_virt(page);
    virtqueue_interrupts(&request_queue, false);
    virtqueue_describe(&request_queue, 0, (struct virtq_descriptor){page, REQUEST_OCTETS, VIRTQ_DESCRIPTOR_WRITE, 0});
    virtio_pci_start(&device);
    return true;
}

bool virtio_rng_seed(void)
{
    if (!ready && !(ready = start()))
        return false;
    if (virtqueue_outstanding(&request_queue) == 0) {
        virtqueue_publish(&request_queue, 0);
        virtio_pci_notify(&device, &request_queue);
    }
    uint32_t head, length;
    for (uint64_t end = clock_us() + ANSWER_US; !virtqueue_collect(&request_queue, &head, &length);)
        if (clock_us() > end)
            return false;
    if (length > REQUEST_OCTETS)
        length = REQUEST_OCTETS;
    entropy_add(buffer, length, length * 8);
    return length != 0;
}
