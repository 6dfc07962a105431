/* reversed: a sequence from its end, by __len__ and __getitem__. */
#include "internal/runtime_internal.h"

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;       /* the next position, -1 when done */
    PyObject *sequence;     /* NULL when done */
} reversedobject;

static PyObject *reversed_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *sequence, *method, *result;

    if (kwds && PyDict_GET_SIZE(kwds)) {
        PyErr_SetString(PyExc_TypeError, "reversed() takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_UnpackTuple(args, "reversed", 1, 1, &sequence))
        return NULL;
    method = _PyObject_LookupSpecialName(sequence, "__reversed__");
    if (!method && PyErr_Occurred())
        return NULL;
    if (method && !Py_IsNone(method)) {
        result = PyObject_CallNoArgs(method);
        Py_DECREF(method);
        return result;
    }
    if (method || !PySequence_Check(sequence)) {
        Py_XDECREF(method);
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not reversible", Py_TYPE(sequence)->tp_name);
        return NULL;
    }
    Py_ssize_t length = PySequence_Size(sequence);
    reversedobject *self = length < 0 ? NULL : (reversedobject *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->index = length - 1;
    self->sequence = Py_NewRef(sequence);
    return (PyObject *)self;
}

static int reversed_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((reversedobject *)op)->sequence);
    return 0;
}

static void reversed_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((reversedobject *)op)->sequence);
    Py_TYPE(op)->tp_free(op);
}

static PyObject *reversed_next(PyObject *op)
{
    reversedobject *self = (reversedobject *)op;
    PyObject *item;

    if (self->index >= 0) {
        item = PySequence_GetItem(self->sequence, self->index);
        if (item) {
            self->index--;
            return item;
        }
        if (PyErr_ExceptionMatches(PyExc_IndexError) || PyErr_ExceptionMatches(PyExc_StopIteration))
            PyErr_Clear();
    }
    self->index = -1;
    Py_CLEAR(self->sequence);
    return NULL;
}

static PyObject *reversed_length_hint(PyObject *op, PyObject *unused)
{
    reversedobject *self = (reversedobject *)op;
    Py_ssize_t length;

    (void)unused;
    if (!self->sequence)
        return PyLong_FromLong(0);
    length = PySequence_Size(self->sequence);
    if (length < 0)
        return NULL;
    return PyLong_FromSsize_t(length < self->index + 1 ? 0 : self->index + 1);
}

static PyMethodDef reversed_methods[] = {
    {"__length_hint__", reversed_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyReversed_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "reversed",
    .tp_basicsize = sizeof(reversedobject),
    .tp_dealloc = reversed_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "reversed(sequence): its items from the last to the first.",
    .tp_traverse = reversed_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = reversed_next,
    .tp_methods = reversed_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = reversed_new,
    .tp_free = PyObject_GC_Del,
};
