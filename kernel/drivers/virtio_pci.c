/* Virtio over PCI: VIRTIO 1.2, section 4.1. */
#include "drivers/virtio_pci.h"

#include <string.h>

#include "drivers/pci.h"
#include "kernel.h"

/* Device status, 2.1 */
#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER      2u
#define STATUS_DRIVER_OK   4u
#define STATUS_FEATURES_OK 8u
#define STATUS_GIVEN_UP    128u

#define RESET_US 100000u    /* bound on waiting for a reset to finish */
#define CONFIG_ATTEMPTS 16u /* bound on reading a configuration that keeps changing */

/* 4.1.4: a vendor capability that says where a structure lies. */
#define CAPABILITY_VENDOR     0x09
#define CAPABILITY_TYPE       3u
#define CAPABILITY_BAR        4u
#define CAPABILITY_OFFSET     8u
#define CAPABILITY_LENGTH     12u
#define CAPABILITY_MULTIPLIER 16u   /* notification capability only, 4.1.4.4 */

enum structure { COMMON = 1, NOTIFY = 2, ISR = 3, DEVICE = 4 };

/* 4.1.4.3. 64-bit fields are written as two words, 4.1.3.1. */
struct virtio_common_config {
    uint32_t device_feature_select;     /* driver */
    uint32_t device_feature;            /* device */
    uint32_t driver_feature_select;     /* driver */
    uint32_t driver_feature;            /* driver */
    uint16_t config_msix_vector;        /* unused: INTx */
    uint16_t num_queues;                /* device */
    uint8_t device_status;              /* both */
    uint8_t config_generation;          /* device */
    uint16_t queue_select;              /* driver; the fields below are the selected queue's */
    uint16_t queue_size;                /* device, then driver */
    uint16_t queue_msix_vector;         /* unused: INTx */
    uint16_t queue_enable;              /* driver */
    uint16_t queue_notify_off;          /* device */
    uint32_t queue_desc[2];             /* driver: physical addresses, low word first */
    uint32_t queue_driver[2];
    uint32_t queue_device[2];
};
_Static_assert(sizeof(struct virtio_common_config) == 56, "VIRTIO 1.2, 4.1.4.3");

/* 4.1.4.10: the legacy registers in BAR 0, without MSI-X. */
#define LEGACY_DEVICE_FEATURES 0u   /* 32 bits, read */
#define LEGACY_DRIVER_FEATURES 4u   /* 32 bits, written */
#define LEGACY_QUEUE_ADDRESS   8u   /* 32 bits, in units of 4096 octets */
#define LEGACY_QUEUE_SIZE      12u  /* 16 bits, read */
#define LEGACY_QUEUE_SELECT    14u  /* 16 bits */
#define LEGACY_QUEUE_NOTIFY    16u  /* 16 bits */
#define LEGACY_DEVICE_STATUS   18u  /* 8 bits */
#define LEGACY_ISR_STATUS      19u  /* 8 bits, cleared by reading */
#define LEGACY_CONFIG          20u

static uint8_t read_status(struct virtio_pci *device)
{
    return device->common ? device->common->device_status : in8(device->port + LEGACY_DEVICE_STATUS);
}

static void write_status(struct virtio_pci *device, uint8_t status)
{
    if (device->common)
        device->common->device_status = status;
    else
        out8(device->port + LEGACY_DEVICE_STATUS, status);
}

static void add_status(struct virtio_pci *device, uint8_t status)
{
    write_status(device, read_status(device) | status);
}

bool virtio_pci_fail(struct virtio_pci *device, const char *reason)
{
    const struct pci_device *pci = device->pci;
    kprintf("virtio device %04x at PCI %02x:%02x.%x: %s\n", pci->device, pci->bus, pci->slot, pci->function, reason);
    if (device->common || device->port)
        add_status(device, STATUS_GIVEN_UP);
    return false;
}

/* 4.1.4: capabilities of a type may repeat, the device's first choice comes first. Returns 0 if there is none in a
 * memory BAR. */
static uint8_t find_structure(const struct pci_device *pci, enum structure type)
{
    uint8_t at = 0;
    while ((at = pci_find_capability(pci, CAPABILITY_VENDOR, at)) != 0) {
        uint8_t bar = pci_read8(pci, at + CAPABILITY_BAR);
        bool is_io = true;
        if (pci_read8(pci, at + CAPABILITY_TYPE) == type && bar < 6 && pci_bar(pci, bar, &is_io) != 0 && !is_io)
            return at;
    }
    return 0;
}

static volatile void *map_structure(const struct pci_device *pci, enum structure type, uint32_t *length)
{
    uint8_t at = find_structure(pci, type);
    if (at == 0)
        return NULL;
    bool is_io;
    uint64_t base = pci_bar(pci, pci_read8(pci, at + CAPABILITY_BAR), &is_io);
    *length = pci_read32(pci, at + CAPABILITY_LENGTH);
    return mmio_map(base + pci_read32(pci, at + CAPABILITY_OFFSET), *length);
}

/* All four structures, or the modern face is not there. */
static bool open_modern(struct virtio_pci *device)
{
    const struct pci_device *pci = device->pci;
    uint8_t notify = find_structure(pci, NOTIFY);
    if (!notify || !find_structure(pci, COMMON) || !find_structure(pci, ISR) || !find_structure(pci, DEVICE))
        return false;
    uint32_t isr_length, common_length;
    device->common = map_structure(pci, COMMON, &common_length);
    device->isr = map_structure(pci, ISR, &isr_length);
    device->config = map_structure(pci, DEVICE, &device->config_length);
    device->notify = map_structure(pci, NOTIFY, &device->notify_length);
    device->notify_multiplier = pci_read32(pci, notify + CAPABILITY_MULTIPLIER);
    return common_length >= sizeof(struct virtio_common_config);
}

static bool open_legacy(struct virtio_pci *device)
{
    bool is_io = false;
    uint64_t base = pci_bar(device->pci, 0, &is_io);
    if (base == 0 || !is_io)
        return false;
    device->common = NULL;
    device->port = (uint16_t)base;
    return true;
}

bool virtio_pci_open(struct virtio_pci *device, struct pci_device *pci)
{
    *device = (struct virtio_pci){.pci = pci};
    pci_enable(pci);
    return open_modern(device) || open_legacy(device) || virtio_pci_fail(device, "neither a modern nor a legacy face");
}

/* A device may take its time: 4.1.4.3.2 has the driver wait until the status reads 0. */
static bool reset(struct virtio_pci *device)
{
    write_status(device, 0);
    for (uint64_t end = clock_us() + RESET_US; read_status(device) != 0;)
        if (clock_us() > end)
            return false;
    return true;
}

static uint64_t offered_features(struct virtio_pci *device)
{
    if (!device->common)
        return in32(device->port + LEGACY_DEVICE_FEATURES);
    device->common->device_feature_select = 0;
    uint64_t low = device->common->device_feature;
    device->common->device_feature_select = 1;
    return low | (uint64_t)device->common->device_feature << 32;
}

static void accept_features(struct virtio_pci *device)
{
    if (!device->common) {
        out32(device->port + LEGACY_DRIVER_FEATURES, (uint32_t)device->features);
        return;
    }
    device->common->driver_feature_select = 0;
    device->common->driver_feature = (uint32_t)device->features;
    device->common->driver_feature_select = 1;
    device->common->driver_feature = (uint32_t)(device->features >> 32);
}

bool virtio_pci_negotiate(struct virtio_pci *device, uint64_t wanted)
{
    /* 3.1.1 step 1: reset the device. */
    if (!reset(device))
        return virtio_pci_fail(device, "does not come out of reset");
    /* Steps 2 and 3: we have noticed it, and know how to drive it. */
    add_status(device, STATUS_ACKNOWLEDGE);
    add_status(device, STATUS_DRIVER);
    /* Step 4: take those features that both sides know. */
    if (device->common)
        wanted |= VIRTIO_F_VERSION_1;
    device->features = offered_features(device) & wanted;
    accept_features(device);
    if (!device->common)
        return true;    /* the legacy face has no FEATURES_OK, 3.1.2 */
    if (!(device->features & VIRTIO_F_VERSION_1))
        return virtio_pci_fail(device, "modern face without VERSION_1");
    /* Steps 5 and 6: the device agrees by keeping the bit. */
    add_status(device, STATUS_FEATURES_OK);
    if (!(read_status(device) & STATUS_FEATURES_OK))
        return virtio_pci_fail(device, "refuses our choice of features");
    return true;
}

static uint16_t select_queue(struct virtio_pci *device, uint16_t number)
{
    if (device->common) {
        device->common->queue_select = number;
        return device->common->queue_size;
    }
    out16(device->port + LEGACY_QUEUE_SELECT, number);
    return in16(device->port + LEGACY_QUEUE_SIZE);
}

static void write_address(volatile uint32_t words[2], const void *part)
{
    uint64_t physical = virt_to_phys(part);
    words[0] = (uint32_t)physical;
    words[1] = (uint32_t)(physical >> 32);
}

/* 4.1.4.4: the doorbell of a queue lies queue_notify_off times the multiplier into the notification structure. */
static bool enable_modern(struct virtio_pci *device, struct virtqueue *queue)
{
    volatile struct virtio_common_config *common = device->common;
    uint64_t offset = (uint64_t)common->queue_notify_off * device->notify_multiplier;
    if (offset + sizeof(uint16_t) > device->notify_length)
        return virtio_pci_fail(device, "doorbell outside its structure");
    device->doorbell[queue->number] = (volatile uint16_t *)(device->notify + offset);
    write_address(common->queue_desc, queue->descriptors);
    write_address(common->queue_driver, queue->available);
    write_address(common->queue_device, queue->used);
    common->queue_enable = 1;
    return true;
}

bool virtio_pci_add_queue(struct virtio_pci *device, struct virtqueue *queue, uint16_t number)
{
    uint16_t size = number < VIRTIO_PCI_QUEUES_MAX ? select_queue(device, number) : 0;
    if (size == 0 || size > VIRTQUEUE_SIZE_MAX || (size & (size - 1)) != 0)
        return virtio_pci_fail(device, "a queue is missing or of a size that is no power of two");
    size_t pages = (virtqueue_bytes(size) + PAGE_SIZE - 1) / PAGE_SIZE;
    uint64_t physical = frame_alloc_run(pages);
    if (physical == 0)
        return virtio_pci_fail(device, "no memory for a queue");
    void *memory = phys_to_virt(physical);
    memset(memory, 0, pages * PAGE_SIZE);
    virtqueue_init(queue, number, size, memory);
    if (device->common)
        return enable_modern(device, queue);
    out32(device->port + LEGACY_QUEUE_ADDRESS, (uint32_t)(physical / VIRTQUEUE_ALIGN));
    return true;
}

void virtio_pci_start(struct virtio_pci *device)
{
    add_status(device, STATUS_DRIVER_OK);
}

static uint8_t read_config_octet(struct virtio_pci *device, uint32_t offset)
{
    if (!device->common)
        return in8((uint16_t)(device->port + LEGACY_CONFIG + offset));
    return offset < device->config_length ? device->config[offset] : 0;
}

static uint8_t config_generation(struct virtio_pci *device)
{
    return device->common ? device->common->config_generation : 0;
}

/* 2.5.1: read again while a change fell between. The legacy face has no generation and is read once: a change tells
 * of itself by an interrupt, and then it is read anew. */
void virtio_pci_read_config(struct virtio_pci *device, uint32_t offset, void *out, uint32_t length)
{
    uint8_t *octets = out;
    for (unsigned attempt = 0; attempt < CONFIG_ATTEMPTS; attempt++) {
        uint8_t generation = config_generation(device);
        for (uint32_t i = 0; i < length; i++)
            octets[i] = read_config_octet(device, offset + i);
        if (generation == config_generation(device))
            return;
    }
}

void virtio_pci_notify(struct virtio_pci *device, struct virtqueue *queue)
{
    queue->rung = queue->published;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (device->common)
        *device->doorbell[queue->number] = queue->number;
    else
        out16(device->port + LEGACY_QUEUE_NOTIFY, queue->number);
}

uint8_t virtio_pci_acknowledge(struct virtio_pci *device)
{
    return device->common ? *device->isr : in8(device->port + LEGACY_ISR_STATUS);
}

void virtio_pci_fence(struct virtio_pci *device)
{
    (void)read_status(device);
}
