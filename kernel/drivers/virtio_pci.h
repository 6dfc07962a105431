/*
 * Virtio over PCI: VIRTIO 1.2, section 4.1. Two faces of one transport: the modern one, found through vendor
 * capabilities, and the legacy one in BAR 0, which a transitional device (PCI ids 1000 to 103f) has as well.
 * The modern face is taken where there is one.
 */
#ifndef DRIVERS_VIRTIO_PCI_H
#define DRIVERS_VIRTIO_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/virtqueue.h"

struct pci_device;

#define VIRTIO_VENDOR 0x1af4

/* Feature bits of the transport, section 6 and, for the legacy face, 6.3. */
#define VIRTIO_F_ANY_LAYOUT (1ull << 27)    /* legacy: header and payload may share a descriptor */
#define VIRTIO_F_VERSION_1  (1ull << 32)    /* the device follows the specification; implies ANY_LAYOUT */

/* ISR status, 4.1.4.5 */
#define VIRTIO_ISR_QUEUE  1u
#define VIRTIO_ISR_CONFIG 2u

#define VIRTIO_PCI_QUEUES_MAX 4     /* doorbells kept for each device */

struct virtio_common_config;

struct virtio_pci {
    struct pci_device *pci;
    uint64_t features;                              /* negotiated */

    volatile struct virtio_common_config *common;   /* modern face; NULL: the legacy face is driven */
    volatile uint8_t *isr;
    volatile uint8_t *config;
    uint32_t config_length;
    volatile uint8_t *notify;
    uint32_t notify_length;
    uint32_t notify_multiplier;
    volatile uint16_t *doorbell[VIRTIO_PCI_QUEUES_MAX];

    uint16_t port;                                  /* legacy face: I/O base */
};

/* Finds the device's face and turns the device on. False, after a line on the console: it has none that works. */
bool virtio_pci_open(struct virtio_pci *device, struct pci_device *pci);

/* Steps 1 to 6 of the initialisation (3.1.1): reset, acknowledge, agree on features. Those both wanted and offered
 * end in device->features; VERSION_1 is added on the modern face. */
bool virtio_pci_negotiate(struct virtio_pci *device, uint64_t wanted);

/* Step 7, once for each queue: allocates it at the device's own size and hands it over. */
bool virtio_pci_add_queue(struct virtio_pci *device, struct virtqueue *queue, uint16_t number);

/* Step 8: the device is live. */
void virtio_pci_start(struct virtio_pci *device);

/* Gives the device up (FAILED, 2.1), naming the reason on the console. Returns false. */
bool virtio_pci_fail(struct virtio_pci *device, const char *reason);

/* Copies octets of the device's own configuration, all of one generation (2.5.1). */
void virtio_pci_read_config(struct virtio_pci *device, uint32_t offset, void *out, uint32_t length);

/* The doorbell. */
void virtio_pci_notify(struct virtio_pci *device, struct virtqueue *queue);

/* Reads and clears the ISR status, which also lowers the interrupt line. May be called in an interrupt. */
uint8_t virtio_pci_acknowledge(struct virtio_pci *device);

/* A full barrier, also under QEMU with one virtual CPU, where MFENCE is translated to nothing: reading a device
 * register takes QEMU's lock. */
void virtio_pci_fence(struct virtio_pci *device);

#endif
