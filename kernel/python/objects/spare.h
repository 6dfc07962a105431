/* Blocks of dead objects of one size, kept for the next ones: a list of at most a given length, newest first. The sanitizers' build
 * keeps none, so that every object is one allocation of its own. */
#ifndef PYNET_OBJECTS_SPARE_H
#define PYNET_OBJECTS_SPARE_H

#include <stdbool.h>
#include <stddef.h>

struct spare {
    void *first;        /* each block begins with the address of the next */
    unsigned count;
};

/* NULL: there is none. */
static inline void *spare_take(struct spare *list)
{
    void *block = list->first;
    if (block != NULL) {
        list->first = *(void **)block;
        list->count--;
    }
    return block;
}

/* False: `most` are kept already, and the block is still the caller's. */
static inline bool spare_keep(struct spare *list, void *block, unsigned most)
{
#ifdef __SANITIZE_ADDRESS__
    return (void)list, (void)block, (void)most, false;
#else
    if (list->count >= most) {
        return false;
    }
    *(void **)block = list->first;
    list->first = block;
    list->count++;
    return true;
#endif
}

#endif
