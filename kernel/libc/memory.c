/* mem*(): gcc must not see a loop here and turn it into a call of the function itself (-fno-tree-loop-distribute-patterns). */
#include <stdint.h>
#include <string.h>

#pragma GCC optimize("no-tree-loop-distribute-patterns")

typedef uint64_t __attribute__((may_alias, aligned(1))) word_t;

/* Up to 32 bytes by overlapping words, no loop. All loads come before any store. */
static inline void copy_short(uint8_t *to, const uint8_t *from, size_t count)
{
    if (count >= 16) {
        word_t a = ((const word_t *)from)[0], b = ((const word_t *)from)[1];
        word_t c = *(const word_t *)(from + count - 16), d = *(const word_t *)(from + count - 8);
        ((word_t *)to)[0] = a;
        ((word_t *)to)[1] = b;
        *(word_t *)(to + count - 16) = c;
        *(word_t *)(to + count - 8) = d;
    } else if (count >= 8) {
        word_t a = *(const word_t *)from, b = *(const word_t *)(from + count - 8);
        *(word_t *)to = a;
        *(word_t *)(to + count - 8) = b;
    } else if (count >= 4) {
        typedef uint32_t __attribute__((may_alias, aligned(1))) half_t;
        half_t a = *(const half_t *)from, b = *(const half_t *)(from + count - 4);
        *(half_t *)to = a;
        *(half_t *)(to + count - 4) = b;
    } else if (count > 0) {
        uint8_t a = from[0], b = from[count / 2], c = from[count - 1];
        to[0] = a;
        to[count / 2] = b;
        to[count - 1] = c;
    }
}

/* More than 32, forwards: four words at a time, then the last 32 bytes again as far as they are due. rep movsb would be shorter, and
 * is what a processor does best; an emulated one takes a turn for each byte. */
static void copy_forwards(uint8_t *to, const uint8_t *from, size_t count)
{
    const uint8_t *last = from + count - 32;
    uint8_t *last_to = to + count - 32;
    word_t a = ((const word_t *)last)[0], b = ((const word_t *)last)[1];
    word_t c = ((const word_t *)last)[2], d = ((const word_t *)last)[3];
    for (; from < last; from += 32, to += 32) {
        word_t w = ((const word_t *)from)[0], x = ((const word_t *)from)[1];
        word_t y = ((const word_t *)from)[2], z = ((const word_t *)from)[3];
        ((word_t *)to)[0] = w;
        ((word_t *)to)[1] = x;
        ((word_t *)to)[2] = y;
        ((word_t *)to)[3] = z;
    }
    ((word_t *)last_to)[0] = a;
    ((word_t *)last_to)[1] = b;
    ((word_t *)last_to)[2] = c;
    ((word_t *)last_to)[3] = d;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    if (count <= 32) {
        copy_short(to, from, count);
    } else {
        copy_forwards(to, from, count);
    }
    return to;
}

/* Backwards by words from the end; the direction flag stays clear, as the ABI and interrupt handlers expect. */
static void copy_backwards(uint8_t *to, const uint8_t *from, size_t count)
{
    while (count >= 8) {
        count -= 8;
        *(word_t *)(to + count) = *(const word_t *)(from + count);
    }
    while (count > 0) {
        count--;
        to[count] = from[count];
    }
}

/* Forwards by words, each read before anything that lies behind it is written: `to` is below `from`, by less than copy_forwards can bear. */
static void copy_overlapping(uint8_t *to, const uint8_t *from, size_t count)
{
    size_t at = 0;
    for (; at + 8 <= count; at += 8) {
        *(word_t *)(to + at) = *(const word_t *)(from + at);
    }
    for (; at < count; at++) {
        to[at] = from[at];
    }
}

void *memmove(void *to, const void *from, size_t count)
{
    if (count <= 32) {
        copy_short(to, from, count);
    } else if ((uintptr_t)to - (uintptr_t)from >= count && (uintptr_t)from - (uintptr_t)to >= 32) {
        copy_forwards(to, from, count);
    } else if ((uintptr_t)to < (uintptr_t)from) {
        copy_overlapping(to, from, count);
    } else {
        copy_backwards(to, from, count);
    }
    return to;
}

void *memset(void *to, int byte, size_t count)
{
    uint8_t *out = to, *end = out + count;
    word_t word = (uint8_t)byte * 0x0101010101010101u;
    for (; end - out >= 32; out += 32) {
        ((word_t *)out)[0] = word;
        ((word_t *)out)[1] = word;
        ((word_t *)out)[2] = word;
        ((word_t *)out)[3] = word;
    }
    for (; end - out >= 8; out += 8) {
        *(word_t *)out = word;
    }
    for (; out < end; out++) {
        *out = (uint8_t)byte;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *x = a, *y = b;
    while (count >= 8 && *(const word_t *)x == *(const word_t *)y) {
        x += 8;
        y += 8;
        count -= 8;
    }
    for (; count > 0; count--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

void *memchr(const void *in, int byte, size_t count)
{
    const uint8_t *at = in;
    for (; count > 0; count--, at++) {
        if (*at == (uint8_t)byte) {
            return (void *)at;
        }
    }
    return NULL;
}

void *memrchr(const void *in, int byte, size_t count)
{
    const uint8_t *start = in;
    while (count > 0) {
        count--;
        if (start[count] == (uint8_t)byte) {
            return (void *)(start + count);
        }
    }
    return NULL;
}
