/* None, NotImplemented and Ellipsis. */
#include "internal/runtime_internal.h"

static void never_freed(PyObject *op)
{
    op->ob_refcnt = PY_STATIC_REFCNT;
}

static PyObject *none_repr(PyObject *Py_UNUSED(op)) { return PyUnicode_FromString("None"); }
static PyObject *notimplemented_repr(PyObject *Py_UNUSED(op)) { return PyUnicode_FromString("NotImplemented"); }
static PyObject *ellipsis_repr(PyObject *Py_UNUSED(op)) { return PyUnicode_FromString("Ellipsis"); }

static Py_hash_t singleton_hash(PyObject *op) { return _Py_HashPointer(op); }

static int none_bool(PyObject *Py_UNUSED(op)) { return 0; }

static int notimplemented_bool(PyObject *Py_UNUSED(op))
{
    if (PyErr_WarnEx(PyExc_DeprecationWarning, "NotImplemented should not be used in a boolean context", 1) < 0)
        return -1;
    return 1;
}

static PyObject *singleton_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) || (kwargs && PyDict_GET_SIZE(kwargs))) {
        PyErr_Format(PyExc_TypeError, "%s takes no arguments", type->tp_name);
        return NULL;
    }
    return Py_NewRef(type == &_PyNone_Type ? Py_None : type == &PyEllipsis_Type ? Py_Ellipsis : Py_NotImplemented);
}

static PyNumberMethods none_number = {.nb_bool = none_bool};
static PyNumberMethods notimplemented_number = {.nb_bool = notimplemented_bool};

PyTypeObject _PyNone_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "NoneType",
    .tp_basicsize = sizeof(PyObject),
    .tp_dealloc = never_freed,
    .tp_repr = none_repr,
    .tp_as_number = &none_number,
    .tp_hash = singleton_hash,
    .tp_new = singleton_new,
};

PyTypeObject _PyNotImplemented_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "NotImplementedType",
    .tp_basicsize = sizeof(PyObject),
    .tp_dealloc = never_freed,
    .tp_repr = notimplemented_repr,
    .tp_as_number = &notimplemented_number,
    .tp_hash = singleton_hash,
    .tp_new = singleton_new,
};

PyTypeObject PyEllipsis_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "ellipsis",
    .tp_basicsize = sizeof(PyObject),
    .tp_dealloc = never_freed,
    .tp_repr = ellipsis_repr,
    .tp_hash = singleton_hash,
    .tp_new = singleton_new,
};

PyObject _Py_NoneStruct = {PY_STATIC_REFCNT, &_PyNone_Type};
PyObject _Py_NotImplementedStruct = {PY_STATIC_REFCNT, &_PyNotImplemented_Type};
PyObject _Py_EllipsisObject = {PY_STATIC_REFCNT, &PyEllipsis_Type};
