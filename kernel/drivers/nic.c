/* What both network drivers share: the choice of the card, waiting for it, and rules on a frame's length. */
#include "drivers/nic.h"

#include <string.h>

#include "kernel.h"

static struct nic *nic;
static struct wait_queue queue = WAIT_QUEUE_INIT;

struct nic *nic_probe(void)
{
    if (nic)
        return nic;
    virtio_net_init();
    if (virtio_net_nic.pci)
        return nic = &virtio_net_nic;
    e1000_init();
    if (e1000_nic.pci)
        return nic = &e1000_nic;
    return NULL;
}

struct wait_queue *nic_wait_queue(void)
{
    return &queue;
}

void nic_wake(void)
{
    wait_queue_wake(&queue);
}

static uint64_t next_look_us(void)
{
    if (!nic)
        return UINT64_MAX;
    return clock_us() + (nic->outstanding() ? NIC_POLL_BUSY_US : NIC_POLL_IDLE_US);
}

void nic_wait(uint64_t deadline_us)
{
    for (;;) {
        uint64_t look = next_look_us();
        if (wait_queue_sleep(&queue, look < deadline_us ? look : deadline_us))
            return;
        if (nic)
            nic->poll();
        if (clock_us() >= deadline_us)
            return;
    }
}

bool nic_refuses(struct nic *card, uint32_t length, uint16_t csum_start, uint16_t csum_offset, uint16_t gso_size)
{
    bool sums = (csum_start | csum_offset) != 0;
    bool can_sum = (card->capabilities & NIC_CAN_CHECKSUM) && (uint32_t)csum_start + csum_offset + 2 <= length;
    bool can_cut = (card->capabilities & NIC_CAN_SEGMENT_TCP4) && sums;
    uint32_t longest = gso_size != 0 ? NIC_LARGE_MAX : NIC_FRAME_MAX;
    if (length != 0 && length <= longest && (!sums || can_sum) && (gso_size == 0 || can_cut))
        return false;
    card->counters.refused++;
    return true;
}

uint32_t nic_copy_padded(uint8_t *buffer, const uint8_t *frame, uint32_t length)
{
    memcpy(buffer, frame, length);
    if (length >= NIC_FRAME_MIN)
        return length;
    memset(buffer + length, 0, NIC_FRAME_MIN - length);
    return NIC_FRAME_MIN;
}

void nic_send_now(struct nic *card, const uint8_t *frame, uint16_t len)
{
    card->send(frame, len, 0, 0, 0);
    card->flush();
}

int nic_copy_received(struct nic *card, uint8_t *buf, uint16_t *len)
{
    uint32_t length, flags;
    const uint8_t *frame = card->receive(&length, &flags);
    if (!frame)
        return -1;
    bool fits = length <= UINT16_MAX;
    if (fits) {
        memcpy(buf, frame, length);
        *len = (uint16_t)length;
    } else {
        card->counters.errors++;
    }
    card->release(frame);
    return fits ? 0 : -1;
}
