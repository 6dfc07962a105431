/* The collector's header, which stands right before every object of a GC type; before it stands the pre-header, if any. */
#ifndef PYNET_GC_H
#define PYNET_GC_H

#include "internal/runtime_internal.h"

typedef struct gc_head {
    struct gc_head *next;   /* NULL: not tracked */
    struct gc_head *prev;
    Py_ssize_t refs;        /* while collecting: references not yet explained; deferred deallocation: the next object */
    uintptr_t flags;
} gc_head;

#define GC_FINALIZED 1      /* tp_finalize has run */
#define GC_UNREACHABLE 2    /* in the set under examination */
#define GC_PENDING 4        /* in the list being collected, refs is valid */

#define GC_HEAD(op) ((gc_head *)(op) - 1)
#define GC_OBJECT(head) ((PyObject *)((head) + 1))

/* Bytes in front of an instance of `type`. */
static inline size_t gc_prefix(PyTypeObject *type)
{
    return (type->tp_flags & Py_TPFLAGS_HAVE_GC ? sizeof(gc_head) : 0) +
           (type->tp_flags & Py_TPFLAGS_PREHEADER ? 2 * sizeof(PyObject *) : 0);
}

void gc_count_allocation(void);     /* may collect: call only where every object in hand is owned */
void gc_count_free(void);

/* weakref.c: detach every reference to op; those with a callback that is not itself unreachable go, owned, to `callbacks`. */
int weakref_detach_all(PyObject *op, PyObject *callbacks);
void weakref_call_all(PyObject *callbacks);

#endif
