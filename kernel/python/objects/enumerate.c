/* enumerate: (count, item) pairs. */
#include "internal/runtime_internal.h"

typedef struct {
    PyObject_HEAD
    Py_ssize_t count;       /* the next number while big is NULL */
    PyObject *big;          /* the next number once it is beyond Py_ssize_t */
    PyObject *iterator;
} enumobject;

static PyObject *enum_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"iterable", "start", NULL};
    PyObject *iterable, *start = NULL;

    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|O:enumerate", names, &iterable, &start))
        return NULL;
    PyObject *first = start ? PyNumber_Index(start) : PyLong_FromLong(0);
    PyObject *iterator = first ? PyObject_GetIter(iterable) : NULL;
    enumobject *self = iterator ? (enumobject *)type->tp_alloc(type, 0) : NULL;
    if (!self) {
        Py_XDECREF(first);
        Py_XDECREF(iterator);
        return NULL;
    }
    int overflow;
    self->iterator = iterator;
    self->count = (Py_ssize_t)PyLong_AsLongLongAndOverflow(first, &overflow);
    if (overflow)
        self->big = first;
    else
        Py_DECREF(first);
    return (PyObject *)self;
}

static int enum_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((enumobject *)op)->iterator);
    Py_VISIT(((enumobject *)op)->big);
    return 0;
}

static void enum_dealloc(PyObject *op)
{
    enumobject *self = (enumobject *)op;
    PyObject_GC_UnTrack(op);
    Py_XDECREF(self->iterator);
    Py_XDECREF(self->big);
    Py_TYPE(op)->tp_free(op);
}

/* The number for the next item; from PY_SSIZE_T_MAX on they are made by addition. */
static PyObject *next_number(enumobject *self)
{
    if (!self->big) {
        if (self->count < PY_SSIZE_T_MAX)
            return PyLong_FromSsize_t(self->count++);
        self->big = PyLong_FromSsize_t(self->count);
        if (!self->big)
            return NULL;
    }
    PyObject *one = PyLong_FromLong(1);
    PyObject *following = one ? PyNumber_Add(self->big, one) : NULL;
    PyObject *number = self->big;
    Py_XDECREF(one);
    if (!following)
        return NULL;
    self->big = following;
    return number;
}

static PyObject *enum_next(PyObject *op)
{
    enumobject *self = (enumobject *)op;
    PyObject *item = PyIter_Next(self->iterator);
    PyObject *number = item ? next_number(self) : NULL;
    PyObject *pair = number ? PyTuple_Pack(2, number, item) : NULL;
    Py_XDECREF(item);
    Py_XDECREF(number);
    return pair;
}

static PyMethodDef enum_methods[] = {
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyEnum_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "enumerate",
    .tp_basicsize = sizeof(enumobject),
    .tp_dealloc = enum_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "enumerate(iterable, start=0): pairs of a count and an item.",
    .tp_traverse = enum_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = enum_next,
    .tp_methods = enum_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = enum_new,
    .tp_free = PyObject_GC_Del,
};
