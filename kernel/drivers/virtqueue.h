/*
 * A split virtqueue: Virtual I/O Device (VIRTIO) version 1.2, section 2.7. Ring mechanics only: what the buffers hold
 * is the driver's business, and how the device is told is the transport's.
 *
 * EVENT_IDX (2.7.10) is deliberately unknown here. QEMU with one virtual CPU drops the guest's memory fences, so the
 * store of available->index can pass the load that decides whether to ring; with EVENT_IDX such a lost doorbell is
 * never made up for, with the plain flags the next one heals it.
 */
#ifndef DRIVERS_VIRTQUEUE_H
#define DRIVERS_VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTQUEUE_SIZE_MAX 32768u   /* entries, 2.7 */
#define VIRTQUEUE_ALIGN 4096u       /* of the used ring on the legacy face, 2.7.2; more than the modern one asks */

/* 2.7.5: one piece of a buffer. Written by the driver. */
struct virtq_descriptor {
    uint64_t address;   /* physical */
    uint32_t length;
    uint16_t flags;     /* VIRTQ_DESCRIPTOR_* */
    uint16_t next;      /* index of the next piece when flags say so */
};
_Static_assert(sizeof(struct virtq_descriptor) == 16, "VIRTIO 1.2, 2.7.5");

#define VIRTQ_DESCRIPTOR_NEXT  1u
#define VIRTQ_DESCRIPTOR_WRITE 2u   /* the device writes it */

/* 2.7.6: heads of chains offered to the device. Written by the driver. */
struct virtq_available {
    uint16_t flags;     /* VIRTQ_NO_INTERRUPT */
    uint16_t index;     /* chains offered so far, modulo 2^16 */
    uint16_t ring[];
};
_Static_assert(sizeof(struct virtq_available) == 4, "VIRTIO 1.2, 2.7.6");

#define VIRTQ_NO_INTERRUPT 1u

/* 2.7.8: chains the device is done with. Written by the device. */
struct virtq_used_element {
    uint32_t id;        /* head of the chain */
    uint32_t length;    /* octets the device wrote */
};
_Static_assert(sizeof(struct virtq_used_element) == 8, "VIRTIO 1.2, 2.7.8");

struct virtq_used {
    uint16_t flags;     /* VIRTQ_NO_NOTIFY */
    uint16_t index;     /* chains returned so far, modulo 2^16 */
    struct virtq_used_element ring[];
};
_Static_assert(sizeof(struct virtq_used) == 4, "VIRTIO 1.2, 2.7.8");

#define VIRTQ_NO_NOTIFY 1u

/* The driver's own view. The three pointers lead to memory that the device shares; the rest is bookkeeping. */
struct virtqueue {
    uint16_t number;    /* of the queue in its device */
    uint16_t size;      /* entries: a power of two, at most VIRTQUEUE_SIZE_MAX */
    uint16_t published; /* chains offered, as in available->index */
    uint16_t collected; /* chains taken back, runs after used->index */
    uint16_t rung;      /* published at the last doorbell */
    struct virtq_descriptor *descriptors;
    struct virtq_available *available;
    struct virtq_used *used;
};

/* Octets of shared memory that a queue of this size takes. */
size_t virtqueue_bytes(uint16_t size);

/* Lays the three parts out in zeroed memory, aligned to VIRTQUEUE_ALIGN, in the order that 2.7.2 prescribes. */
void virtqueue_init(struct virtqueue *queue, uint16_t number, uint16_t size, void *memory);

void virtqueue_describe(struct virtqueue *queue, uint16_t index, struct virtq_descriptor descriptor);

/* Offers the chain that begins at head. At most `size` descriptors may be out at a time: the caller owns that count. */
void virtqueue_publish(struct virtqueue *queue, uint16_t head);

/* True, and the chain with what the device wrote into it, if the device has returned one. The values are the device's
 * word: the caller checks them. */
bool virtqueue_collect(struct virtqueue *queue, uint32_t *head, uint32_t *length);
bool virtqueue_has_used(const struct virtqueue *queue);

/* Chains offered and not collected. */
uint16_t virtqueue_outstanding(const struct virtqueue *queue);

/* Asks for an interrupt when the device returns a chain, or for none. A hint: look at the ring again after asking. */
void virtqueue_interrupts(struct virtqueue *queue, bool wanted);

/* False while the device says that it looks at the ring by itself. */
bool virtqueue_wants_doorbell(const struct virtqueue *queue);

#endif
