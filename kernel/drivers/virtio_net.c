/*
 * The virtio network device, PCI 1af4:1000 (legacy and transitional) and 1af4:1041 (modern): VIRTIO 1.2, section 5.1.
 * QEMU: -device virtio-net-pci. One pair of queues, driven by INTx.
 *
 * Received frames are lent in place and sent ones copied once. The device interrupts for frames received while nobody
 * looks, for a change of the link, and for room in the transmit ring only while a sender waits (5.1.6.2.1).
 */
#include <string.h>

#include "drivers/nic.h"
#include "drivers/pci.h"
#include "drivers/virtio_pci.h"
#include "drivers/virtqueue.h"
#include "kernel.h"

#define DEVICE_TRANSITIONAL 0x1000
#define DEVICE_MODERN       0x1041

/* 5.1.3. MRG_RXBUF is not asked for: a frame is one buffer, also the long one of GUEST_TSO4. */
#define FEATURE_CSUM       (1ull << 0)
#define FEATURE_GUEST_CSUM (1ull << 1)
#define FEATURE_MAC        (1ull << 5)
#define FEATURE_GUEST_TSO4 (1ull << 7)
#define FEATURE_HOST_TSO4  (1ull << 11)
#define FEATURE_STATUS     (1ull << 16)
#define FEATURES_WANTED \
    (FEATURE_CSUM | FEATURE_GUEST_CSUM | FEATURE_MAC | FEATURE_GUEST_TSO4 | FEATURE_HOST_TSO4 | FEATURE_STATUS | VIRTIO_F_ANY_LAYOUT)

/* 5.1.2 */
enum { RECEIVE_QUEUE = 0, TRANSMIT_QUEUE = 1 };

/* 5.1.4 */
struct virtio_net_config {
    uint8_t mac[NIC_MAC_LENGTH];    /* device, if FEATURE_MAC */
    uint16_t status;                /* device, if FEATURE_STATUS */
};
_Static_assert(sizeof(struct virtio_net_config) == 8, "VIRTIO 1.2, 5.1.4");

#define CONFIG_LINK_UP 1u

/* 5.1.6: goes before every frame. All zero for a plain one. */
struct virtio_net_header {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t hdr_len;       /* at least the octets of all headers */
    uint16_t gso_size;
    uint16_t csum_start;
    uint16_t csum_offset;
    uint16_t num_buffers;   /* not there on the legacy face */
};
_Static_assert(sizeof(struct virtio_net_header) == 12, "VIRTIO 1.2, 5.1.6");

#define HEADER_NEEDS_CSUM 1u
#define HEADER_DATA_VALID 2u
#define HEADER_GSO_TCPV4  1u
#define SUMMED_HEADER_MAX 60u   /* octets: hdr_len is csum_start and this, as the driver knows no more of what it sends */

#define HEADER_LENGTH_MODERN sizeof(struct virtio_net_header)
#define HEADER_LENGTH_LEGACY offsetof(struct virtio_net_header, num_buffers)

_Static_assert(HEADER_LENGTH_MODERN + NIC_FRAME_MAX <= NIC_BUFFER_SIZE, "a frame and its header fit a buffer");

#define SLOTS_MAX 256u  /* buffers a ring; QEMU's rings have this many entries unless told otherwise */
#define LAST      0xFFFFu

/* With GUEST_TSO4 every receive buffer must hold the longest frame (5.1.6.3.1): fewer of them, each of whole pages. */
#define LARGE_SLOTS       64u
#define LARGE_BUFFER_SIZE 69632u
_Static_assert(HEADER_LENGTH_MODERN + NIC_LARGE_MAX <= LARGE_BUFFER_SIZE && LARGE_BUFFER_SIZE % PAGE_SIZE == 0, "a long frame fits");

/* A ring and its buffers. Slot n owns buffer n and the descriptors from n * pieces on, chained once and for all. */
struct ring {
    struct virtqueue queue;
    uint8_t *buffers;           /* slots of buffer_size octets, contiguous */
    uint32_t buffer_size;
    uint32_t frame_max;         /* octets of the longest frame in one buffer */
    uint16_t slots;             /* at most SLOTS_MAX */
    uint16_t free[SLOTS_MAX];   /* transmit: a stack of the slots that the device does not hold */
    uint16_t next[SLOTS_MAX];   /* transmit: the slot that goes on with a frame which is longer than one, or LAST */
    uint16_t free_count;
    uint16_t awaited;           /* transmit: the free slots that the last frame without room asked for */
    bool lent[SLOTS_MAX];       /* receive: between receive() and release() */
    bool interrupts;            /* what the device was last told */
};

static struct virtio_pci device;
static struct ring receive_ring, transmit_ring;
static uint32_t header_length;      /* octets before each frame */
static uint16_t pieces;             /* descriptors for each frame */
static volatile bool link_stale;    /* set in the interrupt: the configuration changed */
static bool link;

static uint8_t *slot_buffer(const struct ring *ring, uint32_t slot)
{
    return ring->buffers + (size_t)slot * ring->buffer_size;
}

static void set_interrupts(struct ring *ring, bool wanted)
{
    ring->interrupts = wanted;
    virtqueue_interrupts(&ring->queue, wanted);
}

static void ring_doorbell(struct ring *ring)
{
    virtio_pci_notify(&device, &ring->queue);
}

/* Chains a slot's descriptors: header and frame in one, or in one each where the device wants that (5.1.6.6). */
static void describe_slot(struct ring *ring, uint16_t slot, uint32_t frame_length, uint16_t flags)
{
    uint64_t address = virt_to_phys(slot_buffer(ring, slot));
    uint16_t head = (uint16_t)(slot * pieces);
    struct virtq_descriptor whole = {address, header_length + frame_length, flags, 0};
    struct virtq_descriptor header = {address, header_length, flags | VIRTQ_DESCRIPTOR_NEXT, (uint16_t)(head + 1)};
    struct virtq_descriptor frame = {address + header_length, frame_length, flags, 0};
    virtqueue_describe(&ring->queue, head, pieces == 1 ? whole : header);
    if (pieces == 2)
        virtqueue_describe(&ring->queue, (uint16_t)(head + 1), frame);
}

static bool ring_init(struct ring *ring, uint16_t number, uint16_t flags, bool large)
{
    uint32_t most = large ? LARGE_SLOTS : SLOTS_MAX;
    ring->buffer_size = large ? LARGE_BUFFER_SIZE : NIC_BUFFER_SIZE;
    ring->frame_max = large ? NIC_LARGE_MAX : NIC_FRAME_MAX;
    if (!virtio_pci_add_queue(&device, &ring->queue, number))
        return false;
    uint32_t slots = ring->queue.size / pieces;
    ring->slots = (uint16_t)(slots < most ? slots : most);
    size_t pages = ((size_t)ring->slots * ring->buffer_size + PAGE_SIZE - 1) / PAGE_SIZE;
    uint64_t physical = frame_alloc_run(pages);
    if (physical == 0)
        return virtio_pci_fail(&device, "no memory for its buffers");
    ring->buffers = phys_to_virt(physical);
    for (uint16_t slot = 0; slot < ring->slots; slot++)
        describe_slot(ring, slot, ring->frame_max, flags);
    return true;
}

/* Takes one chain back from the device. False: none, or one that is not ours, which is counted and dropped. */
static bool collect(struct ring *ring, uint16_t *slot, uint32_t *length)
{
    uint32_t head;
    while (virtqueue_collect(&ring->queue, &head, length)) {
        if (head % pieces == 0 && head / pieces < ring->slots) {
            *slot = (uint16_t)(head / pieces);
            return true;
        }
        virtio_net_nic.counters.errors++;
    }
    return false;
}

/* Transmit. */

/* A frame's slots are free again, from the first on. What the device says is not believed further than the stack reaches. */
static void free_frame(uint16_t slot)
{
    for (uint16_t next; slot != LAST && transmit_ring.free_count < transmit_ring.slots; slot = next) {
        next = transmit_ring.next[slot];
        transmit_ring.next[slot] = LAST;
        transmit_ring.free[transmit_ring.free_count++] = slot;
    }
}

static void reclaim(void)
{
    uint16_t slot;
    uint32_t length;
    while (transmit_ring.free_count < transmit_ring.slots && collect(&transmit_ring, &slot, &length))
        free_frame(slot);
    if (transmit_ring.interrupts && transmit_ring.free_count >= transmit_ring.awaited)
        set_interrupts(&transmit_ring, false);
}

/* A full ring: has the device send what it holds and asks for an interrupt when it is done with some, then looks once
 * more, for that may have been before it was asked. */
static bool make_room(uint32_t slots)
{
    transmit_ring.awaited = (uint16_t)slots;
    ring_doorbell(&transmit_ring);
    set_interrupts(&transmit_ring, true);
    virtio_pci_fence(&device);
    reclaim();
    return transmit_ring.free_count >= slots;
}

/* A frame in one slot. Returns it. */
static uint16_t fill_slot(const uint8_t *frame, uint32_t length)
{
    uint16_t slot = transmit_ring.free[--transmit_ring.free_count];
    length = nic_copy_padded(slot_buffer(&transmit_ring, slot) + header_length, frame, length);
    describe_slot(&transmit_ring, slot, length, 0);
    return slot;
}

/* A longer frame in so many slots, whose descriptors are chained: from the last to the first, which is returned. */
static uint16_t fill_slots(const uint8_t *frame, uint32_t length, uint32_t slots)
{
    uint16_t following = LAST;
    while (slots-- > 0) {
        uint16_t slot = transmit_ring.free[--transmit_ring.free_count];
        uint32_t skip = slots == 0 ? header_length : 0;
        uint32_t start = slots * NIC_BUFFER_SIZE + skip - header_length;
        uint8_t *buffer = slot_buffer(&transmit_ring, slot);
        memcpy(buffer + skip, frame + start, length - start);
        struct virtq_descriptor piece = {virt_to_phys(buffer), skip + length - start, 0, 0};
        if (following != LAST) {
            piece.flags = VIRTQ_DESCRIPTOR_NEXT;
            piece.next = following;
        }
        virtqueue_describe(&transmit_ring.queue, slot, piece);
        transmit_ring.next[slot] = following;
        following = slot;
        length = start;
    }
    return following;
}

/* 5.1.6.2 */
static struct virtio_net_header header_for(uint32_t length, uint16_t csum_start, uint16_t csum_offset, uint16_t gso_size)
{
    struct virtio_net_header header = {0};
    if (csum_start | csum_offset) {
        header.flags = HEADER_NEEDS_CSUM;
        header.csum_start = csum_start;
        header.csum_offset = csum_offset;
    }
    if (gso_size) {
        uint32_t headers = csum_start + SUMMED_HEADER_MAX;
        header.gso_type = HEADER_GSO_TCPV4;
        header.gso_size = gso_size;
        header.hdr_len = (uint16_t)(headers < length ? headers : length);
    }
    return header;
}

static bool send(const uint8_t *frame, uint32_t length, uint16_t csum_start, uint16_t csum_offset, uint16_t gso_size)
{
    if (nic_refuses(&virtio_net_nic, length, csum_start, csum_offset, gso_size))
        return false;
    uint32_t slots = (header_length + length + NIC_BUFFER_SIZE - 1) / NIC_BUFFER_SIZE;
    if (transmit_ring.free_count < slots)
        reclaim();
    if (transmit_ring.free_count < slots && !make_room(slots)) {
        virtio_net_nic.counters.ring_full++;
        return false;
    }
    uint16_t slot = slots == 1 ? fill_slot(frame, length) : fill_slots(frame, length, slots);
    struct virtio_net_header header = header_for(length, csum_start, csum_offset, gso_size);
    memcpy(slot_buffer(&transmit_ring, slot), &header, header_length);
    virtqueue_publish(&transmit_ring.queue, (uint16_t)(slot * pieces));
    virtio_net_nic.counters.sent++;
    return true;
}

/* The transmit doorbell is rung for every batch, whatever NO_NOTIFY says: reading that flag is what can lose one. */
static void flush(void)
{
    if (transmit_ring.queue.rung != transmit_ring.queue.published)
        ring_doorbell(&transmit_ring);
    if (receive_ring.queue.rung != receive_ring.queue.published && virtqueue_wants_doorbell(&receive_ring.queue))
        ring_doorbell(&receive_ring);
}

static bool outstanding(void)
{
    reclaim();
    return transmit_ring.free_count != transmit_ring.slots;
}

/* Receive. */

static void post(uint16_t slot)
{
    receive_ring.lent[slot] = false;
    virtqueue_publish(&receive_ring.queue, (uint16_t)(slot * pieces));
}

static void release(const uint8_t *frame)
{
    size_t slot = (size_t)(frame - receive_ring.buffers) / receive_ring.buffer_size;
    if (frame < receive_ring.buffers || slot >= receive_ring.slots || !receive_ring.lent[slot])
        panic("virtio-net: release of a frame that was not lent");
    post((uint16_t)slot);
}

/* 5.1.6.4: the used length counts the header. */
static const uint8_t *next_frame(uint32_t *length)
{
    uint16_t slot;
    uint32_t written;
    while (collect(&receive_ring, &slot, &written)) {
        if (!receive_ring.lent[slot] && written > header_length && written <= header_length + receive_ring.frame_max) {
            receive_ring.lent[slot] = true;
            *length = written - header_length;
            return slot_buffer(&receive_ring, slot) + header_length;
        }
        virtio_net_nic.counters.errors++;
        if (!receive_ring.lent[slot])
            post(slot);
    }
    return NULL;
}

/* Before the caller sleeps: ask for an interrupt, then look again for what came before the device knew. The fence
 * stands between, and before the look at NO_NOTIFY, so neither an interrupt nor a doorbell is lost. */
static const uint8_t *last_look(uint32_t *length)
{
    set_interrupts(&receive_ring, true);
    virtio_pci_fence(&device);
    if (receive_ring.queue.rung != receive_ring.queue.published && virtqueue_wants_doorbell(&receive_ring.queue))
        ring_doorbell(&receive_ring);
    return next_frame(length);
}

static const uint8_t *receive(uint32_t *length, uint32_t *flags)
{
    const uint8_t *frame = next_frame(length);
    if (!frame && !(frame = last_look(length)))
        return NULL;
    if (receive_ring.interrupts)
        set_interrupts(&receive_ring, false);
    /* 5.1.6.4.2; 0 unless GUEST_CSUM was negotiated. */
    uint8_t said = ((const struct virtio_net_header *)(frame - header_length))->flags;
    *flags = (said & HEADER_NEEDS_CSUM ? NIC_FRAME_PARTIAL : 0) | (said & HEADER_DATA_VALID ? NIC_FRAME_VERIFIED : 0);
    virtio_net_nic.counters.received++;
    return frame;
}

/* Link, interrupt, timer. */

static void read_link(void)
{
    struct virtio_net_config config;
    virtio_pci_read_config(&device, 0, &config, sizeof config);
    link = !(device.features & FEATURE_STATUS) || (config.status & CONFIG_LINK_UP);
}

static bool link_up(void)
{
    if (link_stale) {
        link_stale = false;     /* before the reading: a later change sets it again */
        read_link();
    }
    return link;
}

static void poll(void)
{
    bool waited = transmit_ring.interrupts;
    reclaim();
    if (transmit_ring.free_count != transmit_ring.slots) {
        ring_doorbell(&transmit_ring);
        virtio_net_nic.counters.rekicks++;
    }
    virtio_pci_fence(&device);
    if (virtqueue_wants_doorbell(&receive_ring.queue))
        ring_doorbell(&receive_ring);
    if (virtqueue_has_used(&receive_ring.queue) || waited != transmit_ring.interrupts)
        nic_wake();
}

static bool interrupt(void *unused)
{
    (void)unused;
    uint8_t cause = virtio_pci_acknowledge(&device);
    if (cause == 0)
        return false;
    if (cause & VIRTIO_ISR_CONFIG)
        link_stale = true;
    virtio_net_nic.counters.interrupts++;
    nic_wake();
    return true;
}

struct nic virtio_net_nic = {
    .name = "virtio-net",
    .send = send,
    .flush = flush,
    .receive = receive,
    .release = release,
    .link_up = link_up,
    .outstanding = outstanding,
    .poll = poll,
    .interrupt = interrupt,
};

/* 5.1.5: the queues, the address, the state of the link. */
static bool set_up(void)
{
    bool modern = device.features & VIRTIO_F_VERSION_1;
    header_length = modern ? HEADER_LENGTH_MODERN : HEADER_LENGTH_LEGACY;
    pieces = modern || (device.features & VIRTIO_F_ANY_LAYOUT) ? 1 : 2;
    if (!(device.features & FEATURE_MAC))
        return virtio_pci_fail(&device, "has no address of its own");
    bool large = device.features & FEATURE_GUEST_TSO4;
    if (!ring_init(&receive_ring, RECEIVE_QUEUE, VIRTQ_DESCRIPTOR_WRITE, large) || !ring_init(&transmit_ring, TRANSMIT_QUEUE, 0, false))
        return false;
    set_interrupts(&receive_ring, true);
    set_interrupts(&transmit_ring, false);
    for (uint16_t slot = 0; slot < transmit_ring.slots; slot++) {
        transmit_ring.next[slot] = LAST;
        transmit_ring.free[transmit_ring.free_count++] = slot;
    }
    /* A frame that fills more than a slot is a chain of slots, so each of them must be one descriptor. */
    bool cuts = (device.features & FEATURE_HOST_TSO4) && pieces == 1 && transmit_ring.slots > NIC_LARGE_MAX / NIC_BUFFER_SIZE + 1;
    if (device.features & FEATURE_CSUM)
        virtio_net_nic.capabilities |= NIC_CAN_CHECKSUM | (cuts ? NIC_CAN_SEGMENT_TCP4 : 0);
    if (device.features & FEATURE_GUEST_CSUM)
        virtio_net_nic.capabilities |= NIC_RECEIVES_PARTIAL | (large ? NIC_RECEIVES_LARGE : 0);
    for (uint16_t slot = 0; slot < receive_ring.slots; slot++)
        post(slot);
    virtio_pci_read_config(&device, 0, virtio_net_nic.mac, NIC_MAC_LENGTH);
    read_link();
    return true;
}

void virtio_net_init(void)
{
    struct pci_device *pci = pci_find(VIRTIO_VENDOR, DEVICE_TRANSITIONAL);
    if (!pci)
        pci = pci_find(VIRTIO_VENDOR, DEVICE_MODERN);
    if (!pci || virtio_net_nic.pci || !virtio_pci_open(&device, pci))
        return;
    /* 3.1.1 steps 1 to 6, then 7, the device-specific set-up. */
    if (!virtio_pci_negotiate(&device, FEATURES_WANTED) || !set_up())
        return;
    if (!irq_register(pci->irq, interrupt, NULL)) {
        virtio_pci_fail(&device, "its interrupt line cannot be had");
        return;
    }
    /* Step 8. The device may use its buffers from here on; the doorbell tells it that they are there. */
    virtio_pci_start(&device);
    ring_doorbell(&receive_ring);
    virtio_net_nic.pci = pci;
}

void virtio_net_send(uint8_t *frame, uint16_t len)
{
    nic_send_now(&virtio_net_nic, frame, len);
}

int virtio_net_recv(uint8_t *buf, uint16_t *len)
{
    return nic_copy_received(&virtio_net_nic, buf, len);
}

void virtio_net_get_mac(uint8_t mac[NIC_MAC_LENGTH])
{
    memcpy(mac, virtio_net_nic.mac, NIC_MAC_LENGTH);
}
