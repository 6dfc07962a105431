/*
 * Intel's 82540EM (8086:100e) and 82545EM (8086:100f): "PCI/PCI-X Family of Gigabit Ethernet Controllers Software
 * Developer's Manual" (317453), cited by section. QEMU: -device e1000, -device e1000-82545em. Driven by INTx.
 *
 * Frames travel under plain legacy descriptors. Whose frame is whose is not the card's business: it is promiscuous
 * from the start, as virtio-net is, so RCTL is written once. (QEMU delivers nothing for a second after each write.)
 */
#include <string.h>

#include "drivers/nic.h"
#include "drivers/pci.h"
#include "kernel.h"

#define VENDOR_INTEL   0x8086
#define DEVICE_82540EM 0x100e
#define DEVICE_82545EM 0x100f

/* Registers: offset in octets into BAR 0, section, access. */
enum e1000_register {
    CTRL   = 0x0000,    /* 13.4.1   rw  device control */
    STATUS = 0x0008,    /* 13.4.2   r   device status */
    EERD   = 0x0014,    /* 13.4.4   rw  EEPROM read */
    ICR    = 0x00c0,    /* 13.4.17  r   interrupt cause, cleared by reading */
    ITR    = 0x00c4,    /* 13.4.18  rw  interrupt throttling */
    IMS    = 0x00d0,    /* 13.4.20  w   interrupt mask, bits to set */
    IMC    = 0x00d8,    /* 13.4.21  w   interrupt mask, bits to clear */
    RCTL   = 0x0100,    /* 13.4.22  rw  receive control */
    TCTL   = 0x0400,    /* 13.4.33  rw  transmit control */
    TIPG   = 0x0410,    /* 13.4.34  rw  gap between frames */
    RDBAL  = 0x2800,    /* 13.4.25  rw  receive ring, address, low word */
    RDBAH  = 0x2804,    /* 13.4.26  rw  and high word */
    RDLEN  = 0x2808,    /* 13.4.27  rw  receive ring, octets */
    RDH    = 0x2810,    /* 13.4.28  rw  receive head, moved by the card */
    RDT    = 0x2818,    /* 13.4.29  rw  receive tail, moved by us */
    RDTR   = 0x2820,    /* 13.4.30  rw  receive interrupt delay */
    RADV   = 0x282c,    /* 13.4.31  rw  its bound */
    TDBAL  = 0x3800,    /* 13.4.36  rw  transmit ring, address, low word */
    TDBAH  = 0x3804,    /* 13.4.37  rw  and high word */
    TDLEN  = 0x3808,    /* 13.4.38  rw  transmit ring, octets */
    TDH    = 0x3810,    /* 13.4.39  rw  transmit head, moved by the card */
    TDT    = 0x3818,    /* 13.4.40  rw  transmit tail, moved by us */
    MTA    = 0x5200,    /* 13.5.1   rw  multicast filter, 128 words */
    RAL0   = 0x5400,    /* 13.5.2   rw  own address, octets 0 to 3 */
    RAH0   = 0x5404,    /* 13.5.3   rw  octets 4 and 5, and RAH_VALID */
    REGISTERS_LENGTH = 0x20000,
};

#define MTA_WORDS 128u

#define CTRL_ASDE (1u << 5)     /* speed by what the PHY found */
#define CTRL_SLU  (1u << 6)     /* set link up */
#define CTRL_RST  (1u << 26)

#define STATUS_LINK_UP (1u << 1)

#define EERD_START (1u << 0)
#define EERD_DONE  (1u << 4)
#define EERD_ADDRESS_SHIFT 8
#define EERD_DATA_SHIFT 16

#define RAH_VALID (1u << 31)

/* 13.4.17. TXDW is left masked: sent frames are taken back on the next send, and QEMU spaces all unmasked causes. */
#define CAUSE_LINK       (1u << 2)  /* LSC: link status change */
#define CAUSE_RX_LOW     (1u << 4)  /* RXDMT0: few receive descriptors left */
#define CAUSE_RX_OVERRUN (1u << 6)  /* RXO */
#define CAUSE_RX         (1u << 7)  /* RXT0: a frame came */
#define CAUSES (CAUSE_LINK | CAUSE_RX_LOW | CAUSE_RX_OVERRUN | CAUSE_RX)

#define RCTL_EN    (1u << 1)
#define RCTL_UPE   (1u << 3)    /* every unicast frame */
#define RCTL_MPE   (1u << 4)    /* every multicast frame */
#define RCTL_BAM   (1u << 15)   /* broadcast frames */
#define RCTL_SECRC (1u << 26)   /* strip the CRC; buffers are of 2048 octets with BSIZE and BSEX 0 */

#define TCTL_EN         (1u << 1)
#define TCTL_PSP        (1u << 3)       /* pad short packets */
#define TCTL_CT         (0x0fu << 4)    /* collision threshold, 14.5 */
#define TCTL_COLD       (0x40u << 12)   /* collision distance, full duplex, 14.5 */

#define TIPG_COPPER (10u | 8u << 10 | 6u << 20)     /* IPGT, IPGR1, IPGR2: 14.5 */

/* 3.2.3. Filled by the card, but for the address. */
struct receive_descriptor {
    uint64_t address;   /* driver: physical, of a buffer of NIC_BUFFER_SIZE octets */
    uint16_t length;
    uint16_t checksum;
    uint8_t status;
    uint8_t errors;
    uint16_t special;
};
_Static_assert(sizeof(struct receive_descriptor) == 16, "317453, 3.2.3");
_Static_assert(NIC_BUFFER_SIZE == 2048, "RCTL.BSIZE");

#define RECEIVED_DONE (1u << 0)
#define RECEIVED_END  (1u << 1)     /* the last descriptor of its frame */

/* 3.3.3, legacy format. Filled by the driver, but for the status. */
struct transmit_descriptor {
    uint64_t address;
    uint16_t length;
    uint8_t checksum_offset;
    uint8_t command;
    uint8_t status;
    uint8_t checksum_start;
    uint16_t special;
};
_Static_assert(sizeof(struct transmit_descriptor) == 16, "317453, 3.3.3");

#define COMMAND_END    (1u << 0)
#define COMMAND_CRC    (1u << 1)    /* insert the CRC */
#define COMMAND_REPORT (1u << 3)    /* set SENT_DONE when out */

#define SENT_DONE (1u << 0)

/* Head equal to tail means an empty ring to the card, so at most RING_SIZE - 1 descriptors are ever handed over. */
#define RING_SIZE 256u      /* a power of two, and a multiple of 8 since RDLEN and TDLEN count in 128 octets */
#define RING_USABLE (RING_SIZE - 1)
#define RING_OCTETS (RING_SIZE * 16)

#define POST_BATCH 64u      /* released buffers kept back at most before RDT is written */

#define RESET_US 10000u     /* 14.3: the EEPROM is read anew within this time */
#define EEPROM_US 10000u

static volatile uint8_t *registers;

/* Receive: buffers wander among descriptors, for they may come back in any order. Between `next` and `tail` the
 * descriptors are the card's, or will be at the next write of RDT. */
static volatile struct receive_descriptor *received;
static uint8_t *receive_buffers;                /* RING_USABLE of them */
static uint16_t buffer_at[RING_SIZE];           /* the buffer that each descriptor points to */
static bool lent[RING_USABLE];                  /* by buffer, between receive() and release() */
static uint32_t receive_next;                   /* the first descriptor that the card has not filled, as far as seen */
static uint32_t receive_tail;                   /* the first that has no buffer */
static uint32_t receive_posted;                 /* RDT as last written */
static bool in_pieces;                          /* within a frame of several descriptors, which is dropped */

/* Transmit: descriptor n has buffer n. From `clean` up to `tail` they are the card's, or will be at the next TDT. */
static volatile struct transmit_descriptor *transmitted;
static uint8_t *transmit_buffers;
static uint32_t transmit_clean;
static uint32_t transmit_tail;
static uint32_t transmit_rung;                  /* TDT as last written */
static bool room_wanted;                        /* a sender was refused for want of room */

static volatile bool link_stale;                /* set in the interrupt */
static bool link;

static uint32_t read_register(enum e1000_register at)
{
    return *(volatile uint32_t *)(registers + at);
}

static void write_register(enum e1000_register at, uint32_t value)
{
    __atomic_thread_fence(__ATOMIC_RELEASE);    /* descriptors before the doorbell */
    *(volatile uint32_t *)(registers + at) = value;
}

static uint32_t after(uint32_t index)
{
    return (index + 1) & (RING_SIZE - 1);
}

static uint32_t distance(uint32_t from, uint32_t to)
{
    return (to - from) & (RING_SIZE - 1);
}

/* Transmit. */

static void reclaim(void)
{
    while (transmit_clean != transmit_rung && (transmitted[transmit_clean].status & SENT_DONE))
        transmit_clean = after(transmit_clean);
}

static bool full(void)
{
    return distance(transmit_clean, transmit_tail) == RING_USABLE;
}

static void ring_transmit(void)
{
    transmit_rung = transmit_tail;
    write_register(TDT, transmit_tail);
}

static bool make_room(void)
{
    reclaim();
    if (full()) {
        ring_transmit();
        reclaim();
    }
    room_wanted = full();
    return !room_wanted;
}

static bool send(const uint8_t *frame, uint32_t length, uint16_t csum_start, uint16_t csum_offset, uint16_t gso_size)
{
    if (nic_refuses(&e1000_nic, length, csum_start, csum_offset, gso_size))
        return false;
    if (full() && !make_room()) {
        e1000_nic.counters.ring_full++;
        return false;
    }
    length = nic_copy_padded(transmit_buffers + (size_t)transmit_tail * NIC_BUFFER_SIZE, frame, length);
    volatile struct transmit_descriptor *descriptor = &transmitted[transmit_tail];
    descriptor->length = (uint16_t)length;
    descriptor->command = COMMAND_END | COMMAND_CRC | COMMAND_REPORT;
    descriptor->status = 0;
    transmit_tail = after(transmit_tail);
    e1000_nic.counters.sent++;
    return true;
}

/* Buffers given back go to the card by one write of RDT; it also delivers what QEMU holds back. */
static void post_released(void)
{
    if (receive_posted == receive_tail)
        return;
    receive_posted = receive_tail;
    write_register(RDT, receive_tail);
}

static void flush(void)
{
    if (transmit_rung != transmit_tail)
        ring_transmit();
    post_released();
}

static bool outstanding(void)
{
    reclaim();
    return transmit_clean != transmit_tail;
}

/* Receive. */

static void give_buffer(uint32_t buffer)
{
    volatile struct receive_descriptor *descriptor = &received[receive_tail];
    descriptor->address = virt_to_phys(receive_buffers + (size_t)buffer * NIC_BUFFER_SIZE);
    descriptor->status = 0;
    buffer_at[receive_tail] = (uint16_t)buffer;
    receive_tail = after(receive_tail);
    if (distance(receive_posted, receive_tail) >= POST_BATCH)
        post_released();
}

static void release(const uint8_t *frame)
{
    size_t buffer = (size_t)(frame - receive_buffers) / NIC_BUFFER_SIZE;
    if (frame < receive_buffers || buffer >= RING_USABLE || !lent[buffer])
        panic("e1000: release of a frame that was not lent");
    lent[buffer] = false;
    give_buffer((uint32_t)buffer);
}

/* A frame in several descriptors is longer than a buffer: dropped piece by piece, with its last piece. */
static bool whole_frame(uint8_t status, uint8_t errors, uint32_t length)
{
    bool last = status & RECEIVED_END;
    bool whole = last && !in_pieces && errors == 0 && length != 0 && length <= NIC_FRAME_MAX;
    in_pieces = !last;
    return whole;
}

static const uint8_t *next_frame(uint32_t *length)
{
    while (receive_next != receive_posted) {
        volatile struct receive_descriptor *descriptor = &received[receive_next];
        uint8_t status = descriptor->status;
        if (!(status & RECEIVED_DONE))
            return NULL;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);    /* the status before the rest */
        uint32_t buffer = buffer_at[receive_next];
        receive_next = after(receive_next);
        *length = descriptor->length;
        if (whole_frame(status, descriptor->errors, *length)) {
            lent[buffer] = true;
            return receive_buffers + (size_t)buffer * NIC_BUFFER_SIZE;
        }
        e1000_nic.counters.errors++;
        give_buffer(buffer);
    }
    return NULL;
}

/* The interrupt stays unmasked, so nothing can be missed before a sleep. Writing RDT may bring frames that QEMU held
 * back: looking once more saves their interrupt's delay. */
static const uint8_t *receive(uint32_t *length, uint32_t *flags)
{
    const uint8_t *frame = next_frame(length);
    if (!frame) {
        post_released();
        frame = next_frame(length);
    }
    if (!frame)
        return NULL;
    *flags = 0;     /* QEMU gives no verdict on checksums */
    e1000_nic.counters.received++;
    return frame;
}

/* Link, interrupt, timer. */

static bool link_up(void)
{
    if (link_stale) {
        link_stale = false;     /* before the reading: a later change sets it again */
        link = read_register(STATUS) & STATUS_LINK_UP;
    }
    return link;
}

static void poll(void)
{
    reclaim();
    if (transmit_clean != transmit_tail) {
        ring_transmit();
        e1000_nic.counters.rekicks++;
    }
    post_released();
    bool frames = receive_next != receive_posted && (received[receive_next].status & RECEIVED_DONE);
    bool room = room_wanted && !full();
    if (room)
        room_wanted = false;
    if (frames || room)
        nic_wake();
}

static bool interrupt(void *unused)
{
    (void)unused;
    uint32_t cause = read_register(ICR);
    if (!(cause & CAUSES))
        return false;
    if (cause & CAUSE_LINK)
        link_stale = true;
    e1000_nic.counters.interrupts++;
    nic_wake();
    return true;
}

struct nic e1000_nic = {
    .name = "e1000",
    .send = send,
    .flush = flush,
    .receive = receive,
    .release = release,
    .link_up = link_up,
    .outstanding = outstanding,
    .poll = poll,
    .interrupt = interrupt,
};

/* Initialisation, in the order of chapter 14. */

static bool fail(const char *reason)
{
    kprintf("e1000: %s\n", reason);
    return false;
}

/* 14.3: interrupts masked before and after the reset; the EEPROM is read anew by itself, which takes milliseconds. */
static bool reset(void)
{
    write_register(IMC, UINT32_MAX);
    write_register(CTRL, read_register(CTRL) | CTRL_RST);
    delay_us(RESET_US);
    if (read_register(CTRL) & CTRL_RST)
        return fail("does not come out of reset");
    write_register(IMC, UINT32_MAX);
    (void)read_register(ICR);
    write_register(CTRL, read_register(CTRL) | CTRL_SLU | CTRL_ASDE);
    return true;
}

static bool read_eeprom(uint32_t address, uint16_t *word)
{
    write_register(EERD, address << EERD_ADDRESS_SHIFT | EERD_START);
    for (uint64_t end = clock_us() + EEPROM_US; !(read_register(EERD) & EERD_DONE);)
        if (clock_us() > end)
            return false;
    *word = (uint16_t)(read_register(EERD) >> EERD_DATA_SHIFT);
    return true;
}

/* 5.6.1: the address is in the EEPROM's first three words, low octet first. */
static bool read_mac_from_eeprom(uint8_t mac[NIC_MAC_LENGTH])
{
    for (uint32_t i = 0; i < 3; i++) {
        uint16_t word;
        if (!read_eeprom(i, &word))
            return fail("EEPROM does not answer");
        mac[2 * i] = (uint8_t)word;
        mac[2 * i + 1] = (uint8_t)(word >> 8);
    }
    uint32_t low = (uint32_t)mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    write_register(RAL0, low);
    write_register(RAH0, (uint32_t)mac[4] | (uint32_t)mac[5] << 8 | RAH_VALID);
    return true;
}

/* The card loads its address register from the EEPROM at reset; where it did not, we do. */
static bool read_mac(uint8_t mac[NIC_MAC_LENGTH])
{
    uint32_t low = read_register(RAL0), high = read_register(RAH0);
    if (!(high & RAH_VALID))
        return read_mac_from_eeprom(mac);
    for (unsigned i = 0; i < 4; i++)
        mac[i] = (uint8_t)(low >> 8 * i);
    mac[4] = (uint8_t)high;
    mac[5] = (uint8_t)(high >> 8);
    return true;
}

static void *allocate(size_t octets)
{
    size_t pages = (octets + PAGE_SIZE - 1) / PAGE_SIZE;
    uint64_t physical = frame_alloc_run(pages);
    return physical ? memset(phys_to_virt(physical), 0, pages * PAGE_SIZE) : NULL;
}

static bool allocate_rings(void)
{
    received = allocate(RING_OCTETS);
    transmitted = allocate(RING_OCTETS);
    receive_buffers = allocate(RING_USABLE * NIC_BUFFER_SIZE);
    transmit_buffers = allocate(RING_SIZE * NIC_BUFFER_SIZE);
    if (!received || !transmitted || !receive_buffers || !transmit_buffers)
        return fail("no memory for its rings");
    return true;
}

static void write_ring(enum e1000_register low, enum e1000_register high, enum e1000_register length, volatile void *ring)
{
    uint64_t physical = virt_to_phys((const void *)ring);
    write_register(low, (uint32_t)physical);
    write_register(high, (uint32_t)(physical >> 32));
    write_register(length, RING_OCTETS);
}

/* 14.5. */
static void start_transmit(void)
{
    for (uint32_t i = 0; i < RING_SIZE; i++)
        transmitted[i].address = virt_to_phys(transmit_buffers + (size_t)i * NIC_BUFFER_SIZE);
    write_ring(TDBAL, TDBAH, TDLEN, transmitted);
    write_register(TDH, 0);
    write_register(TDT, 0);
    write_register(TIPG, TIPG_COPPER);
    write_register(TCTL, TCTL_EN | TCTL_PSP | TCTL_CT | TCTL_COLD);
}

/* 14.4: filters, interrupts and ring first, RCTL last and only once. */
static void start_receive(void)
{
    for (uint32_t i = 0; i < MTA_WORDS; i++)
        write_register(MTA + 4 * i, 0);
    write_register(RDTR, 0);
    write_register(RADV, 0);
    write_register(ITR, 0);
    write_ring(RDBAL, RDBAH, RDLEN, received);
    write_register(RDH, 0);
    for (uint32_t buffer = 0; buffer < RING_USABLE; buffer++)
        give_buffer(buffer);
    post_released();
    write_register(RCTL, RCTL_EN | RCTL_UPE | RCTL_MPE | RCTL_BAM | RCTL_SECRC);
}

static bool start(struct pci_device *pci)
{
    bool is_io = true;
    uint64_t base = pci_bar(pci, 0, &is_io);
    if (base == 0 || is_io)
        return fail("no registers in BAR 0");
    pci_enable(pci);
    registers = mmio_map(base, REGISTERS_LENGTH);
    if (!reset() || !read_mac(e1000_nic.mac) || !allocate_rings())
        return false;
    if (!irq_register(pci->irq, interrupt, NULL))
        return fail("its interrupt line cannot be had");
    start_receive();
    start_transmit();
    link_stale = true;
    write_register(IMS, CAUSES);
    return true;
}

void e1000_init(void)
{
    struct pci_device *pci = pci_find(VENDOR_INTEL, DEVICE_82540EM);
    if (!pci)
        pci = pci_find(VENDOR_INTEL, DEVICE_82545EM);
    if (pci && !e1000_nic.pci && start(pci))
        e1000_nic.pci = pci;
}

void e1000_send(uint8_t *frame, uint16_t len)
{
    nic_send_now(&e1000_nic, frame, len);
}

int e1000_recv(uint8_t *buf, uint16_t *len)
{
    return nic_copy_received(&e1000_nic, buf, len);
}

void e1000_get_mac(uint8_t mac[NIC_MAC_LENGTH])
{
    memcpy(mac, e1000_nic.mac, NIC_MAC_LENGTH);
}
