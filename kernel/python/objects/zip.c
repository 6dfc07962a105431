/* zip: tuples with one item of each iterable. */
#include "internal/runtime_internal.h"

typedef struct {
    PyObject_HEAD
    PyObject *iterators;    /* a tuple */
    int strict;
} zipobject;

static int take_strict(PyObject *kwds, int *strict)
{
    PyObject *value;

    *strict = 0;
    if (!kwds || !PyDict_GET_SIZE(kwds))
        return 0;
    value = PyDict_GetItemString(kwds, "strict");
    if (!value || PyDict_GET_SIZE(kwds) != 1) {
        PyErr_SetString(PyExc_TypeError, "zip() takes at most one keyword argument: strict");
        return -1;
    }
    *strict = PyObject_IsTrue(value);
    return *strict < 0 ? -1 : 0;
}

static PyObject *iterators_of(PyObject *iterables)
{
    PyObject *iterators = PyTuple_New(PyTuple_GET_SIZE(iterables));

    for (Py_ssize_t i = 0; iterators && i < PyTuple_GET_SIZE(iterables); i++) {
        PyObject *iterator = PyObject_GetIter(PyTuple_GET_ITEM(iterables, i));
        if (iterator)
            PyTuple_SET_ITEM(iterators, i, iterator);
        else
            Py_CLEAR(iterators);
    }
    return iterators;
}

static PyObject *zip_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    int strict;

    if (take_strict(kwds, &strict) < 0)
        return NULL;
    PyObject *iterators = iterators_of(args);
    zipobject *self = iterators ? (zipobject *)type->tp_alloc(type, 0) : NULL;
    if (!self) {
        Py_XDECREF(iterators);
        return NULL;
    }
    self->iterators = iterators;
    self->strict = strict;
    return (PyObject *)self;
}

static int zip_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((zipobject *)op)->iterators);
    return 0;
}

static void zip_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((zipobject *)op)->iterators);
    Py_TYPE(op)->tp_free(op);
}

static void complain(Py_ssize_t index, const char *than)
{
    if (index == 1)
        PyErr_Format(PyExc_ValueError, "zip() argument 2 is %s than argument 1", than);
    else
        PyErr_Format(PyExc_ValueError, "zip() argument %zd is %s than arguments 1-%zd", index + 1, than, index);
}

/* Iterator number `ended` is at its end: with strict, every one must be. */
static void check_ends(zipobject *self, Py_ssize_t ended)
{
    if (ended) {
        complain(ended, "shorter");
        return;
    }
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(self->iterators); i++) {
        PyObject *item = PyIter_Next(PyTuple_GET_ITEM(self->iterators, i));
        if (item) {
            Py_DECREF(item);
            complain(i, "longer");
        }
        if (PyErr_Occurred())
            return;
    }
}

static PyObject *zip_next(PyObject *op)
{
    zipobject *self = (zipobject *)op;
    Py_ssize_t count = PyTuple_GET_SIZE(self->iterators);
    PyObject *row = count ? PyTuple_New(count) : NULL;

    for (Py_ssize_t i = 0; row && i < count; i++) {
        PyObject *item = PyIter_Next(PyTuple_GET_ITEM(self->iterators, i));
        if (!item) {
            Py_DECREF(row);
            if (self->strict && !PyErr_Occurred())
                check_ends(self, i);
            return NULL;
        }
        PyTuple_SET_ITEM(row, i, item);
    }
    return row;
}

PyTypeObject PyZip_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "zip",
    .tp_basicsize = sizeof(zipobject),
    .tp_dealloc = zip_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "zip(*iterables, strict=False): tuples up to the end of the shortest.",
    .tp_traverse = zip_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = zip_next,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = zip_new,
    .tp_free = PyObject_GC_Del,
};
