/*
 * The one interface between the kernel and a network card.
 *
 * A driver puts a frame on the wire and takes one off. It reads a frame's length and nothing else of it: what the
 * bytes mean is known to pynet alone. Checksum and segmentation hints are numbers that travel beside a frame.
 *
 * Every function but interrupt() runs in a thread, one caller at a time (the Python lock); none of them waits.
 */
#ifndef DRIVERS_NIC_H
#define DRIVERS_NIC_H

#include <stdbool.h>
#include <stdint.h>

struct pci_device;
struct wait_queue;

#define NIC_MAC_LENGTH 6
#define NIC_FRAME_MIN 60        /* octets without the checksum; shorter frames are sent padded with zeros */
#define NIC_FRAME_MAX 1514      /* octets: a 14-octet link header and an MTU of 1500 */

/* Bounds on the wait for the card's interrupt, so that a lost doorbell or interrupt costs time but never a hang. */
#define NIC_POLL_BUSY_US 10000  /* while sent frames are not yet known to be out */
#define NIC_POLL_IDLE_US 500000

#define NIC_LARGE_MAX 65549     /* octets of a frame for the card to cut: a 14-octet link header and the longest packet */

/* capabilities: what a driver negotiated. A hint whose capability is missing must be 0. */
#define NIC_CAN_CHECKSUM       (1u << 0)  /* send: sum from csum_start to the end, stored at csum_start + csum_offset */
#define NIC_CAN_SEGMENT_TCP4   (1u << 1)  /* send: cut into segments of gso_size octets */
#define NIC_RECEIVES_PARTIAL   (1u << 2)  /* receive: frames may carry NIC_FRAME_PARTIAL */
#define NIC_RECEIVES_LARGE     (1u << 3)  /* receive: frames may be longer than NIC_FRAME_MAX */
#define NIC_SEED_WITHOUT_LENGTH (1u << 4) /* segmentation wants the pseudo-header sum without the length (e1000) */

/* flags of a received frame */
#define NIC_FRAME_PARTIAL  (1u << 0)  /* its checksum field holds only the pseudo-header sum: do not verify */
#define NIC_FRAME_VERIFIED (1u << 1)  /* the card found its checksum right */

struct nic_counters {
    uint64_t sent;        /* frames handed to the card */
    uint64_t received;    /* frames lent by receive() */
    uint64_t ring_full;   /* send() said false for want of room */
    uint64_t refused;     /* send() said false for the length or for a hint that was not negotiated */
    uint64_t errors;      /* frames or completions from the card that made no sense, dropped */
    uint64_t interrupts;  /* interrupts that were this card's */
    uint64_t rekicks;     /* poll() found frames still waiting and rang again */
};

struct nic {
    const char *name;             /* "virtio-net" or "e1000" */
    struct pci_device *pci;       /* NULL until the driver's init found and started its card */
    uint8_t mac[NIC_MAC_LENGTH];
    uint32_t capabilities;
    struct nic_counters counters;

    /* Copies a frame into the transmit ring. False: the ring is full (the card's interrupt will tell when it is
     * not), or nic_refuses() it. */
    bool (*send)(const uint8_t *frame, uint32_t length, uint16_t csum_start, uint16_t csum_offset, uint16_t gso_size);

    /* Tells the card of everything sent since the last call: one doorbell a batch. */
    void (*flush)(void);

    /* Lends the oldest received frame in its DMA buffer, or NULL. Each one is to be given back by release(). NULL
     * also means that the next frame will raise an interrupt. */
    const uint8_t *(*receive)(uint32_t *length, uint32_t *flags);
    void (*release)(const uint8_t *frame);

    bool (*link_up)(void);        /* cached: reads the card only after it told of a change */

    bool (*outstanding)(void);    /* true while sent frames are not known to be out */
    void (*poll)(void);           /* looks at the rings again, rings the doorbell again for what still waits, and
                                     wakes the wait queue if a frame has come */

    bool (*interrupt)(void *unused);  /* acknowledges the card and wakes the wait queue; false: not its interrupt */
};

/* Starts the first card found, virtio-net before e1000. NULL: none. Called again, it returns the same card. */
struct nic *nic_probe(void);

/* Woken by the card's interrupt: frames came, room in a full transmit ring, a change of the link. */
struct wait_queue *nic_wait_queue(void);

/* Sleeps until the card's interrupt, nic_wake() or deadline_us (UINT64_MAX: none), calling poll() as bounded above. */
void nic_wait(uint64_t deadline_us);
void nic_wake(void);

/* For the drivers. */
#define NIC_BUFFER_SIZE 2048u   /* octets of a DMA buffer: a power of two with room for a header and NIC_FRAME_MAX */

/* The rule on what send() refuses, counted: length 0, or above NIC_FRAME_MAX (NIC_LARGE_MAX where it is to be cut), a hint
 * that is not 0 though its capability is missing, a sum that would be stored beyond the end, cutting without summing. */
bool nic_refuses(struct nic *card, uint32_t length, uint16_t csum_start, uint16_t csum_offset, uint16_t gso_size);
/* Copies a frame, padded with zeros to NIC_FRAME_MIN, and returns the length to send. */
uint32_t nic_copy_padded(uint8_t *buffer, const uint8_t *frame, uint32_t length);
/* The four seed-named functions in terms of struct nic. */
void nic_send_now(struct nic *card, const uint8_t *frame, uint16_t len);
int nic_copy_received(struct nic *card, uint8_t *buf, uint16_t *len);

/* The drivers. init looks for the card and sets pci in the struct when it has started one. send drops the frame when the
 * ring is full. recv copies at most 65,535 octets and returns 0, or -1 when there is no frame, or a longer one, which is dropped. */
extern struct nic virtio_net_nic;
void virtio_net_init(void);
void virtio_net_send(uint8_t *frame, uint16_t len);
int virtio_net_recv(uint8_t *buf, uint16_t *len);
void virtio_net_get_mac(uint8_t mac[NIC_MAC_LENGTH]);

extern struct nic e1000_nic;
void e1000_init(void);
void e1000_send(uint8_t *frame, uint16_t len);
int e1000_recv(uint8_t *buf, uint16_t *len);
void e1000_get_mac(uint8_t mac[NIC_MAC_LENGTH]);

#endif
