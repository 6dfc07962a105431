/* filter: the items for which a function is true. */
#include "internal/runtime_internal.h"

typedef struct {
    PyObject_HEAD
    PyObject *function;     /* None or bool: the item's own truth */
    PyObject *iterator;
} filterobject;

static PyObject *filter_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *function, *iterable;

    if (type == &PyFilter_Type && kwds && PyDict_GET_SIZE(kwds)) {
        PyErr_SetString(PyExc_TypeError, "filter() takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_UnpackTuple(args, "filter", 2, 2, &function, &iterable))
        return NULL;
    PyObject *iterator = PyObject_GetIter(iterable);
    filterobject *self = iterator ? (filterobject *)type->tp_alloc(type, 0) : NULL;
    if (!self) {
        Py_XDECREF(iterator);
        return NULL;
    }
    self->function = Py_NewRef(function);
    self->iterator = iterator;
    return (PyObject *)self;
}

static int filter_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((filterobject *)op)->function);
    Py_VISIT(((filterobject *)op)->iterator);
    return 0;
}

static void filter_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((filterobject *)op)->function);
    Py_XDECREF(((filterobject *)op)->iterator);
    Py_TYPE(op)->tp_free(op);
}

static int wanted(filterobject *self, PyObject *item)
{
    if (Py_IsNone(self->function) || self->function == (PyObject *)&PyBool_Type)
        return PyObject_IsTrue(item);
    PyObject *answer = PyObject_CallOneArg(self->function, item);
    if (!answer)
        return -1;
    int truth = PyObject_IsTrue(answer);
    Py_DECREF(answer);
    return truth;
}

static PyObject *filter_next(PyObject *op)
{
    filterobject *self = (filterobject *)op;
    PyObject *item;

    while ((item = PyIter_Next(self->iterator))) {
        int truth = wanted(self, item);
        if (truth > 0)
            return item;
        Py_DECREF(item);
        if (truth < 0)
            return NULL;
    }
    return NULL;
}

PyTypeObject PyFilter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "filter",
    .tp_basicsize = sizeof(filterobject),
    .tp_dealloc = filter_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "filter(function or None, iterable): the items for which function is true.",
    .tp_traverse = filter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = filter_next,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = filter_new,
    .tp_free = PyObject_GC_Del,
};
