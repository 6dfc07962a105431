/* map: a function's results over the items of one or more iterables. */
#include "internal/runtime_internal.h"

/* Iterables beyond this get their argument array from the heap. */
#define MAP_ON_STACK 5

typedef struct {
    PyObject_HEAD
    PyObject *function;
    PyObject *iterators;    /* a tuple */
} mapobject;

static PyObject *map_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args) - 1;

    if (type == &PyMap_Type && kwds && PyDict_GET_SIZE(kwds)) {
        PyErr_SetString(PyExc_TypeError, "map() takes no keyword arguments");
        return NULL;
    }
    if (count < 1) {
        PyErr_SetString(PyExc_TypeError, "map() must have at least two arguments.");
        return NULL;
    }
    PyObject *iterators = PyTuple_New(count);
    for (Py_ssize_t i = 0; iterators && i < count; i++) {
        PyObject *iterator = PyObject_GetIter(PyTuple_GET_ITEM(args, i + 1));
        if (iterator)
            PyTuple_SET_ITEM(iterators, i, iterator);
        else
            Py_CLEAR(iterators);
    }
    mapobject *self = iterators ? (mapobject *)type->tp_alloc(type, 0) : NULL;
    if (!self) {
        Py_XDECREF(iterators);
        return NULL;
    }
    self->function = Py_NewRef(PyTuple_GET_ITEM(args, 0));
    self->iterators = iterators;
    return (PyObject *)self;
}

static int map_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((mapobject *)op)->function);
    Py_VISIT(((mapobject *)op)->iterators);
    return 0;
}

static void map_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((mapobject *)op)->function);
    Py_XDECREF(((mapobject *)op)->iterators);
    Py_TYPE(op)->tp_free(op);
}

static PyObject *map_next(PyObject *op)
{
    mapobject *self = (mapobject *)op;
    Py_ssize_t count = PyTuple_GET_SIZE(self->iterators), taken = 0;
    PyObject *small[MAP_ON_STACK], *result = NULL;
    PyObject **items = count <= MAP_ON_STACK ? small : PyMem_New(PyObject *, count);

    if (!items)
        return PyErr_NoMemory();
    while (taken < count && (items[taken] = PyIter_Next(PyTuple_GET_ITEM(self->iterators, taken))))
        taken++;
    if (taken == count)
        result = PyObject_Vectorcall(self->function, items, (size_t)count, NULL);
    while (taken > 0)
        Py_DECREF(items[--taken]);
    if (items != small)
        PyMem_Free(items);
    return result;
}

PyTypeObject PyMap_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "map",
    .tp_basicsize = sizeof(mapobject),
    .tp_dealloc = map_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "map(function, *iterables): function(item of each) up to the end of the shortest.",
    .tp_traverse = map_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = map_next,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = map_new,
    .tp_free = PyObject_GC_Del,
};
