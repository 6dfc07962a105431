/* The two iterators that iter() makes: over __getitem__ from 0 on, and over the results of a callable up to a sentinel. */
#include "internal/runtime_internal.h"

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *sequence;     /* NULL when done */
} seqiterobject;

typedef struct {
    PyObject_HEAD
    PyObject *callable;     /* NULL when done */
    PyObject *sentinel;
} calliterobject;

PyObject *PySeqIter_New(PyObject *sequence)
{
    seqiterobject *self = PyObject_GC_New(seqiterobject, &PySeqIter_Type);
    if (!self)
        return NULL;
    self->index = 0;
    self->sequence = Py_NewRef(sequence);
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static int seqiter_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((seqiterobject *)op)->sequence);
    return 0;
}

static void seqiter_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((seqiterobject *)op)->sequence);
    PyObject_GC_Del(op);
}

static PyObject *seqiter_next(PyObject *op)
{
    seqiterobject *self = (seqiterobject *)op;

    if (!self->sequence)
        return NULL;
    if (self->index == PY_SSIZE_T_MAX) {
        PyErr_SetString(PyExc_OverflowError, "iter index too large");
        return NULL;
    }
    PyObject *item = PySequence_GetItem(self->sequence, self->index);
    if (item) {
        self->index++;
        return item;
    }
    if (PyErr_ExceptionMatches(PyExc_IndexError) || PyErr_ExceptionMatches(PyExc_StopIteration)) {
        PyErr_Clear();
        Py_CLEAR(self->sequence);
    }
    return NULL;
}

static PyObject *seqiter_length_hint(PyObject *op, PyObject *unused)
{
    seqiterobject *self = (seqiterobject *)op;
    Py_ssize_t length = 0;

    (void)unused;
    if (self->sequence) {
        length = PySequence_Size(self->sequence);
        if (length < 0)
            return NULL;
        length = length > self->index ? length - self->index : 0;
    }
    return PyLong_FromSsize_t(length);
}

static PyMethodDef seqiter_methods[] = {
    {"__length_hint__", seqiter_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PySeqIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "iterator",
    .tp_basicsize = sizeof(seqiterobject),
    .tp_dealloc = seqiter_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = seqiter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = seqiter_next,
    .tp_methods = seqiter_methods,
};

PyObject *PyCallIter_New(PyObject *callable, PyObject *sentinel)
{
    calliterobject *self = PyObject_GC_New(calliterobject, &PyCallIter_Type);
    if (!self)
        return NULL;
    self->callable = Py_NewRef(callable);
    self->sentinel = Py_NewRef(sentinel);
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static int calliter_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((calliterobject *)op)->callable);
    Py_VISIT(((calliterobject *)op)->sentinel);
    return 0;
}

static void calliter_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((calliterobject *)op)->callable);
    Py_XDECREF(((calliterobject *)op)->sentinel);
    PyObject_GC_Del(op);
}

static void calliter_finish(calliterobject *self)
{
    Py_CLEAR(self->callable);
    Py_CLEAR(self->sentinel);
}

static PyObject *calliter_next(PyObject *op)
{
    calliterobject *self = (calliterobject *)op;

    if (!self->callable)
        return NULL;
    PyObject *result = PyObject_CallNoArgs(self->callable);
    if (!result) {
        if (PyErr_ExceptionMatches(PyExc_StopIteration)) {
            PyErr_Clear();
            calliter_finish(self);
        }
        return NULL;
    }
    int equal = self->sentinel ? PyObject_RichCompareBool(self->sentinel, result, Py_EQ) : 1;
    if (equal == 0)
        return result;
    Py_DECREF(result);
    if (equal > 0)
        calliter_finish(self);
    return NULL;
}

PyTypeObject PyCallIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "callable_iterator",
    .tp_basicsize = sizeof(calliterobject),
    .tp_dealloc = calliter_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = calliter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = calliter_next,
};
