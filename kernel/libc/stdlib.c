#include <stdlib.h>

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "libc/text.h"
_Noreturn void port_panic(const char *message);

int errno;

_Noreturn void abort(void)
{
    port_panic("abort()");
}

_Noreturn void exit(int status)
{
    (void)status;
    port_panic("exit()");
}

_Noreturn void assert_failed(const char *condition, const char *file, int line)
{
    char message[160];
    text_snprintf(message, sizeof message, "%s:%d: assertion failed: %s", file, line, condition);
    port_panic(message);
}

int abs(int value) { return value < 0 ? -value : value; }
long labs(long value) { return value < 0 ? -value : value; }
long long llabs(long long value) { return value < 0 ? -value : value; }
div_t div(int a, int b) { return (div_t){a / b, a % b}; }
ldiv_t ldiv(long a, long b) { return (ldiv_t){a / b, a % b}; }

static int digit_value(char c)
{
    if (isdigit((unsigned char)c)) {
        return c - '0';
    }
    return isalpha((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : INT_MAX;
}

/* The magnitude of C11 7.22.1.4; what does not fit leaves UINT64_MAX and *overflow. */
static uint64_t read_magnitude(const char *text, char **end, int base, bool *negative, bool *overflow)
{
    const char *at = text;
    while (isspace((unsigned char)*at)) {
        at++;
    }
    *negative = *at == '-';
    at += *at == '-' || *at == '+';
    if ((base == 0 || base == 16) && at[0] == '0' && (at[1] | 32) == 'x' && digit_value(at[2]) < 16) {
        at += 2;
        base = 16;
    }
    if (base == 0) {
        base = *at == '0' ? 8 : 10;
    }
    const char *first = at;
    uint64_t value = 0;
    *overflow = false;
    for (; digit_value(*at) < base; at++) {
        if (__builtin_mul_overflow(value, (uint64_t)base, &value)
            || __builtin_add_overflow(value, (uint64_t)digit_value(*at), &value)) {
            *overflow = true;
        }
    }
    if (end != NULL) {
        *end = (char *)(at != first ? at : text);
    }
    return *overflow ? UINT64_MAX : value;
}

long strtol(const char *restrict text, char **restrict end, int base)
{
    bool negative, overflow;
    uint64_t value = read_magnitude(text, end, base, &negative, &overflow);
    uint64_t limit = (uint64_t)LONG_MAX + negative;
    if (overflow || value > limit) {
        errno = ERANGE;
        return negative ? LONG_MIN : LONG_MAX;
    }
    return (long)(negative ? 0 - value : value);
}

unsigned long strtoul(const char *restrict text, char **restrict end, int base)
{
    bool negative, overflow;
    uint64_t value = read_magnitude(text, end, base, &negative, &overflow);
    if (overflow) {
        errno = ERANGE;
        return ULONG_MAX;
    }
    return negative ? 0 - value : value;
}

long long strtoll(const char *restrict text, char **restrict end, int base)
{
    return strtol(text, end, base);
}

unsigned long long strtoull(const char *restrict text, char **restrict end, int base)
{
    return strtoul(text, end, base);
}

int atoi(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

long atol(const char *text)
{
    return strtol(text, NULL, 10);
}

double strtod(const char *restrict text, char **restrict end)
{
    const char *stop;
    bool overflow = false;
    double value = text_strtod(text, &stop, &overflow);
    if (overflow) {
        errno = ERANGE;
    }
    if (end != NULL) {
        *end = (char *)stop;
    }
    return value;
}

static void swap(char *a, char *b, size_t size)
{
    for (; size > 0; size--, a++, b++) {
        char kept = *a;
        *a = *b;
        *b = kept;
    }
}

/* Restores the heap order below `root` among the first `count` elements. */
static void sift_down(char *base, size_t root, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    for (;;) {
        size_t child = 2 * root + 1;
        if (child >= count) {
            return;
        }
        if (child + 1 < count && compare(base + child * size, base + (child + 1) * size) < 0) {
            child++;
        }
        if (compare(base + root * size, base + child * size) >= 0) {
            return;
        }
        swap(base + root * size, base + child * size, size);
        root = child;
    }
}

/* Heap sort: no recursion, no memory, n log n for every input. */
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    for (size_t root = count / 2; root > 0; root--) {
        sift_down(base, root - 1, count, size, compare);
    }
    for (size_t left = count; left > 1; left--) {
        swap(base, (char *)base + (left - 1) * size, size);
        sift_down(base, 0, left - 1, size, compare);
    }
}

void *bsearch(const void *key, const void *base, size_t count, size_t size,
              int (*compare)(const void *, const void *))
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        const char *at = (const char *)base + middle * size;
        int order = compare(key, at);
        if (order == 0) {
            return (void *)at;
        }
        if (order > 0) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return NULL;
}
