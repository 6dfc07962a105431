/* Split virtqueues: VIRTIO 1.2, section 2.7. */
#include "drivers/virtqueue.h"

/* Offset of the used ring: after the descriptors and the available ring with its unused used_event word. */
static size_t used_offset(uint16_t size)
{
    size_t end = sizeof(struct virtq_descriptor) * size + sizeof(struct virtq_available) + sizeof(uint16_t) * (size + 1u);
    return (end + VIRTQUEUE_ALIGN - 1) & ~(size_t)(VIRTQUEUE_ALIGN - 1);
}

size_t virtqueue_bytes(uint16_t size)
{
    return used_offset(size) + sizeof(struct virtq_used) + sizeof(struct virtq_used_element) * size + sizeof(uint16_t);
}

void virtqueue_init(struct virtqueue *queue, uint16_t number, uint16_t size, void *memory)
{
    uint8_t *base = memory;
    *queue = (struct virtqueue){
        .number = number,
        .size = size,
        .descriptors = memory,
        .available = (struct virtq_available *)(base + sizeof(struct virtq_descriptor) * size),
        .used = (struct virtq_used *)(base + used_offset(size)),
    };
}

void virtqueue_describe(struct virtqueue *queue, uint16_t index, struct virtq_descriptor descriptor)
{
    queue->descriptors[index] = descriptor;
}

/* 2.7.13: the head goes into the ring before the index says so; the release store keeps the device from seeing the
 * index first. */
void virtqueue_publish(struct virtqueue *queue, uint16_t head)
{
    queue->available->ring[queue->published & (queue->size - 1u)] = head;
    queue->published++;
    __atomic_store_n(&queue->available->index, queue->published, __ATOMIC_RELEASE);
}

bool virtqueue_has_used(const struct virtqueue *queue)
{
    return __atomic_load_n(&queue->used->index, __ATOMIC_ACQUIRE) != queue->collected;
}

/* 2.7.14: the acquire load in virtqueue_has_used keeps the element from being read before its index. */
bool virtqueue_collect(struct virtqueue *queue, uint32_t *head, uint32_t *length)
{
    if (!virtqueue_has_used(queue))
        return false;
    const struct virtq_used_element *element = &queue->used->ring[queue->collected & (queue->size - 1u)];
    *head = __atomic_load_n(&element->id, __ATOMIC_RELAXED);
    *length = __atomic_load_n(&element->length, __ATOMIC_RELAXED);
    queue->collected++;
    return true;
}

uint16_t virtqueue_outstanding(const struct virtqueue *queue)
{
    return (uint16_t)(queue->published - queue->collected);
}

void virtqueue_interrupts(struct virtqueue *queue, bool wanted)
{
    __atomic_store_n(&queue->available->flags, wanted ? 0 : VIRTQ_NO_INTERRUPT, __ATOMIC_SEQ_CST);
}

/* 2.7.13.4: the flag may be read only after the index is visible, so a full fence stands between. */
bool virtqueue_wants_doorbell(const struct virtqueue *queue)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return !(__atomic_load_n(&queue->used->flags, __ATOMIC_RELAXED) & VIRTQ_NO_NOTIFY);
}
