/* malloc() for code that is not ours (Cython's output); the kernel heap does the work. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *kmalloc(size_t size);
void *krealloc(void *old, size_t size);
void kfree(void *block);

void *malloc(size_t size)
{
    return kmalloc(size != 0 ? size : 1);
}

void *calloc(size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        return NULL;
    }
    void *block = malloc(total);
    return block != NULL ? memset(block, 0, total) : NULL;
}

void *realloc(void *old, size_t size)
{
    return krealloc(old, size != 0 ? size : 1);
}

void free(void *block)
{
    kfree(block);
}
