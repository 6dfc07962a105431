/* The cycle collector: two generations, the subtract-references method over the objects of GC types.
 *
 * An object's count of references from outside the examined list is its refcount minus the references found by tp_traverse
 * inside the list. What has none, and is not reached from something that has, is garbage: its weak references are cut, its
 * finalizers run, and what they did not bring back is cleared. */
#include "gc.h"
#include "runtime.h"

#define YOUNG_LIMIT 2000        /* allocations less frees of GC objects that start a young collection */
#define YOUNG_PER_FULL 10       /* young collections between full ones, at least */

static gc_head young = {&young, &young, 0, 0};
static gc_head old = {&old, &old, 0, 0};
static struct {
    Py_ssize_t allocated;       /* since the last collection */
    Py_ssize_t young_runs;      /* since the last full collection */
    Py_ssize_t old_count;       /* objects that survived the last full collection */
    Py_ssize_t old_pending;     /* survivors of young collections since then */
    int disabled;
    int collecting;
} gc;

/* ---- lists ---- */

static void list_init(gc_head *list) { list->next = list->prev = list; }
static int list_empty(gc_head *list) { return list->next == list; }

static void list_append(gc_head *list, gc_head *node)
{
    node->next = list;
    node->prev = list->prev;
    list->prev->next = node;
    list->prev = node;
}

static void list_remove(gc_head *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = NULL;
}

static void list_move(gc_head *list, gc_head *node)
{
    list_remove(node);
    list_append(list, node);
}

static Py_ssize_t list_merge(gc_head *from, gc_head *to)
{
    Py_ssize_t count = 0;
    while (!list_empty(from)) {
        list_move(to, from->next);
        count++;
    }
    return count;
}

/* ---- the object's side ---- */

void PyObject_GC_Track(void *op)
{
    gc_head *head = GC_HEAD(op);
    if (!head->next)
        list_append(&young, head);
}

void PyObject_GC_UnTrack(void *op)
{
    gc_head *head = GC_HEAD(op);
    if (head->next)
        list_remove(head);
    head->flags &= (uintptr_t)GC_FINALIZED;
}

int PyObject_GC_IsTracked(PyObject *op) { return PyObject_IS_GC(op) && GC_HEAD(op)->next != NULL; }
int PyObject_GC_IsFinalized(PyObject *op) { return PyObject_IS_GC(op) && (GC_HEAD(op)->flags & GC_FINALIZED); }

void gc_count_allocation(void)
{
    if (++gc.allocated <= YOUNG_LIMIT || gc.disabled || gc.collecting)
        return;
    PyObject *error = PyErr_GetRaisedException();
    runtime_collect();
    PyErr_SetRaisedException(error);
}

void gc_count_free(void)
{
    if (gc.allocated > 0)
        gc.allocated--;
}

int PyGC_Enable(void)
{
    int was = !gc.disabled;
    gc.disabled = 0;
    return was;
}

int PyGC_Disable(void)
{
    int was = !gc.disabled;
    gc.disabled = 1;
    return was;
}

int PyGC_IsEnabled(void) { return !gc.disabled; }

/* ---- finding what is unreachable ---- */

static int visit_subtract(PyObject *op, void *Py_UNUSED(arg))
{
    if (PyObject_IS_GC(op) && GC_HEAD(op)->flags & GC_PENDING)
        GC_HEAD(op)->refs--;
    return 0;
}

static void subtract_references(gc_head *list)
{
    for (gc_head *node = list->next; node != list; node = node->next) {
        node->refs = Py_REFCNT(GC_OBJECT(node));
        node->flags |= GC_PENDING;
    }
    for (gc_head *node = list->next; node != list; node = node->next)
        Py_TYPE(GC_OBJECT(node))->tp_traverse(GC_OBJECT(node), visit_subtract, NULL);
}

/* What a reachable object refers to is reachable: brought back to the end of the list, to be visited in turn. */
static int visit_reachable(PyObject *op, void *list)
{
    if (!PyObject_IS_GC(op) || !(GC_HEAD(op)->flags & GC_PENDING))
        return 0;
    gc_head *node = GC_HEAD(op);
    if (node->flags & GC_UNREACHABLE) {
        node->flags &= ~(uintptr_t)GC_UNREACHABLE;
        list_move(list, node);
    }
    if (node->refs <= 0)
        node->refs = 1;
    return 0;
}

/* Split list: what is left in it is reachable from outside, the rest goes to `unreachable`, flagged. */
static void find_unreachable(gc_head *list, gc_head *unreachable)
{
    list_init(unreachable);
    subtract_references(list);
    for (gc_head *node = list->next; node != list;) {
        gc_head *next;
        if (node->refs > 0) {
            Py_TYPE(GC_OBJECT(node))->tp_traverse(GC_OBJECT(node), visit_reachable, list);
            next = node->next;
            node->flags &= ~(uintptr_t)GC_PENDING;
        } else {
            next = node->next;
            node->flags |= GC_UNREACHABLE;
            list_move(unreachable, node);
        }
        node = next;
    }
    for (gc_head *node = unreachable->next; node != unreachable; node = node->next)
        node->flags &= ~(uintptr_t)GC_PENDING;
}

/* ---- disposing of it ---- */

static void cut_weak_references(gc_head *unreachable)
{
    PyObject *callbacks = PyList_New(0);
    if (!callbacks) {
        PyErr_Clear();
        return;
    }
    for (gc_head *node = unreachable->next; node != unreachable; node = node->next)
        if (weakref_detach_all(GC_OBJECT(node), callbacks) < 0)
            PyErr_Clear();
    weakref_call_all(callbacks);
    Py_DECREF(callbacks);
}

/* Each object is held while its finalizer runs; `done` keeps those already handled. */
static void run_finalizers(gc_head *unreachable)
{
    gc_head done;
    list_init(&done);
    while (!list_empty(unreachable)) {
        gc_head *node = unreachable->next;
        PyObject *op = GC_OBJECT(node);
        list_move(&done, node);
        if (node->flags & GC_FINALIZED || !Py_TYPE(op)->tp_finalize)
            continue;
        node->flags |= GC_FINALIZED;
        Py_INCREF(op);
        Py_TYPE(op)->tp_finalize(op);
        Py_DECREF(op);
    }
    list_merge(&done, unreachable);
}

/* Clearing one object frees others of the list, which then leave it by themselves. */
static void clear_garbage(gc_head *garbage, gc_head *survivors)
{
    while (!list_empty(garbage)) {
        gc_head *node = garbage->next;
        PyObject *op = GC_OBJECT(node);
        inquiry clear = Py_TYPE(op)->tp_clear;
        Py_INCREF(op);
        if (clear) {
            clear(op);
            if (PyErr_Occurred())
                PyErr_WriteUnraisable(op);
        }
        if (garbage->next == node) {
            node->flags &= (uintptr_t)GC_FINALIZED;
            list_move(survivors, node);
        }
        Py_DECREF(op);
    }
}

static Py_ssize_t collect(gc_head *list, gc_head *survivors)
{
    gc_head unreachable, garbage;
    find_unreachable(list, &unreachable);
    Py_ssize_t kept = list_merge(list, survivors);
    cut_weak_references(&unreachable);
    run_finalizers(&unreachable);
    for (gc_head *node = unreachable.next; node != &unreachable; node = node->next)
        node->flags &= (uintptr_t)GC_FINALIZED;
    find_unreachable(&unreachable, &garbage);
    kept += list_merge(&unreachable, survivors);
    Py_ssize_t found = 0;
    for (gc_head *node = garbage.next; node != &garbage; node = node->next)
        found++;
    clear_garbage(&garbage, survivors);
    if (survivors == &old)
        gc.old_pending += kept;
    return found;
}

static Py_ssize_t collect_full(void)
{
    gc_head all;
    list_init(&all);
    list_merge(&old, &all);
    list_merge(&young, &all);
    Py_ssize_t found = collect(&all, &old);
    gc.old_count = gc.old_pending;
    gc.old_pending = 0;
    gc.young_runs = 0;
    return found;
}

static Py_ssize_t collect_young(void)
{
    gc_head list;
    list_init(&list);
    list_merge(&young, &list);
    gc.young_runs++;
    return collect(&list, &old);
}

static Py_ssize_t guarded(Py_ssize_t (*collection)(void))
{
    if (gc.collecting)
        return 0;
    gc.collecting = 1;
    gc.allocated = 0;
    Py_ssize_t found = collection();
    gc.collecting = 0;
    return found;
}

/* A full collection is worth its time once the long-lived objects have grown by a quarter. */
size_t runtime_collect(void)
{
    int full = gc.young_runs >= YOUNG_PER_FULL && gc.old_pending > gc.old_count / 4;
    return (size_t)guarded(full ? collect_full : collect_young);
}

Py_ssize_t PyGC_Collect(void)
{
    PyObject *error = PyErr_GetRaisedException();
    Py_ssize_t found = guarded(collect_full);
    PyErr_SetRaisedException(error);
    return found;
}

/* Forget what is left at the end: nothing should be, and a leak checker sees what it is once no list reaches it. */
void _PyGC_Fini(void)
{
    list_init(&young);
    list_init(&old);
}

/* ---- module gc ---- */

static PyObject *gc_collect(PyObject *Py_UNUSED(module), PyObject *const *Py_UNUSED(args), Py_ssize_t Py_UNUSED(nargs),
                            PyObject *Py_UNUSED(kwnames))
{
    return PyLong_FromSsize_t(PyGC_Collect());
}

static PyObject *gc_enable(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyGC_Enable();
    Py_RETURN_NONE;
}

static PyObject *gc_disable(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    PyGC_Disable();
    Py_RETURN_NONE;
}

static PyObject *gc_isenabled(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(PyGC_IsEnabled());
}

static PyObject *gc_is_tracked(PyObject *Py_UNUSED(module), PyObject *op)
{
    return PyBool_FromLong(PyObject_GC_IsTracked(op));
}

static PyObject *gc_get_count(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("(nnn)", gc.allocated, gc.young_runs, (Py_ssize_t)0);
}

static PyMethodDef gc_methods[] = {
    {"collect", _PyCFunction_CAST(gc_collect), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"enable", gc_enable, METH_NOARGS, NULL},
    {"disable", gc_disable, METH_NOARGS, NULL},
    {"isenabled", gc_isenabled, METH_NOARGS, NULL},
    {"is_tracked", gc_is_tracked, METH_O, NULL},
    {"get_count", gc_get_count, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef gc_module = {PyModuleDef_HEAD_INIT, "gc", NULL, 0, gc_methods, NULL, NULL, NULL, NULL};

PyObject *PyInit__gc(void) { return PyModuleDef_Init(&gc_module); }
