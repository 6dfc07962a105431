/* Between kernel and ring 3, by way of the direct map. All of a range is checked before the first byte moves; the lock is held, so it stays so. */
#include "kernel.h"
#include "mm/mm.h"
#include "user/user.h"

static void copy_bytes(void *to, const void *from, uint64_t count)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

static void clear_bytes(void *to, uint64_t count)
{
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(0) : "memory");
}

static uint64_t page_of(uint64_t address)
{
    return address / PAGE_SIZE * PAGE_SIZE;
}

/* Of `count` bytes at `address`, those in its page. */
static uint64_t within_page(uint64_t address, uint64_t count)
{
    uint64_t left = PAGE_SIZE - address % PAGE_SIZE;
    return count < left ? count : left;
}

static bool allowed(const struct space *space, uint64_t address, uint64_t count, uint32_t protection)
{
    return count == 0 || (count <= USER_HIGH && address <= USER_HIGH - count && regions_cover(space, address, address + count, protection));
}

/* NULL for a page that nobody touched yet: it reads as zeros, and stays untouched. */
static const char *present_page(struct space *space, uint64_t page)
{
    const uint64_t *slot = page_slot(space, page, false);
    return slot && *slot ? phys_to_virt(*slot & ADDRESS_MASK) : NULL;
}

int space_readable(const struct space *space, uint64_t address, uint64_t count)
{
    return allowed(space, address, count, PROT_READ) ? 0 : -EFAULT;
}

int space_read(struct space *space, uint64_t address, void *out, uint64_t count)
{
    if (!allowed(space, address, count, PROT_READ))
        return -EFAULT;
    for (char *to = out; count > 0;) {
        uint64_t part = within_page(address, count);
        const char *from = present_page(space, page_of(address));
        if (from)
            copy_bytes(to, from + address % PAGE_SIZE, part);
        else
            clear_bytes(to, part);
        to += part;
        address += part;
        count -= part;
    }
    return 0;
}

/* -EFAULT for want of memory too: the system call that asked knows no other word for it. */
static int fill(struct space *space, uint64_t address, const char *from, uint64_t count)
{
    while (count > 0) {
        uint64_t part = within_page(address, count);
        char *to = page_reach(space, region_at(space, address), page_of(address), true);
        if (to == NULL)
            return -EFAULT;
        copy_bytes(to + address % PAGE_SIZE, from, part);
        from += part;
        address += part;
        count -= part;
    }
    return 0;
}

int space_write(struct space *space, uint64_t address, const void *data, uint64_t count)
{
    return allowed(space, address, count, PROT_WRITE) ? fill(space, address, data, count) : -EFAULT;
}

int space_load(struct space *space, uint64_t address, const void *data, uint64_t count)
{
    if (!allowed(space, address, count, PROT_NONE))
        return -EFAULT;
    return fill(space, address, data, count) ? -ENOMEM : 0;
}

int64_t space_string_length(struct space *space, uint64_t address, uint64_t limit)
{
    uint64_t length = 0;
    while (length < limit) {
        uint64_t at = address + length;
        uint64_t part = within_page(at, limit - length);
        if (!allowed(space, at, 1, PROT_READ))
            return -EFAULT;
        const char *page = present_page(space, page_of(at));
        for (uint64_t i = 0; i < part; i++, length++)
            if (page == NULL || page[at % PAGE_SIZE + i] == 0)
                return (int64_t)length;
    }
    return -ENAMETOOLONG;
}
