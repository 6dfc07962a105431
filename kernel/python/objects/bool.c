/* bool: two ints with names. */
#include "long.h"

#include "internal/runtime_internal.h"

PyObject *PyBool_FromLong(long value)
{
    return Py_NewRef(value ? Py_True : Py_False);
}

static PyObject *bool_repr(PyObject *v)
{
    return PyUnicode_InternFromString(v == Py_True ? "True" : "False");
}

static PyObject *bool_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwds)
{
    PyObject *x = Py_False;
    if (!_PyArg_NoKeywords("bool", kwds) || !PyArg_UnpackTuple(args, "bool", 0, 1, &x)) {
        return NULL;
    }
    int truth = PyObject_IsTrue(x);
    return truth < 0 ? NULL : PyBool_FromLong(truth);
}

static PyObject *bool_and(PyObject *a, PyObject *b)
{
    return PyBool_Check(a) && PyBool_Check(b) ? PyBool_FromLong((a == Py_True) & (b == Py_True))
                                              : long_as_number.nb_and(a, b);
}

static PyObject *bool_or(PyObject *a, PyObject *b)
{
    return PyBool_Check(a) && PyBool_Check(b) ? PyBool_FromLong((a == Py_True) | (b == Py_True))
                                              : long_as_number.nb_or(a, b);
}

static PyObject *bool_xor(PyObject *a, PyObject *b)
{
    return PyBool_Check(a) && PyBool_Check(b) ? PyBool_FromLong((a == Py_True) ^ (b == Py_True))
                                              : long_as_number.nb_xor(a, b);
}

static PyNumberMethods bool_as_number = {
    .nb_and = bool_and,
    .nb_xor = bool_xor,
    .nb_or = bool_or,
};

PyTypeObject PyBool_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bool",
    .tp_basicsize = offsetof(PyLongObject, long_value.ob_digit),
    .tp_itemsize = sizeof(digit),
    .tp_repr = bool_repr,
    .tp_as_number = &bool_as_number,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_LONG_SUBCLASS,
    .tp_doc = "bool(x) -> bool",
    .tp_base = &PyLong_Type,
    .tp_new = bool_new,
};

PyLongObject _Py_FalseStruct = {PyObject_HEAD_INIT(&PyBool_Type) .long_value = {1, {0}}};
PyLongObject _Py_TrueStruct = {PyObject_HEAD_INIT(&PyBool_Type) .long_value = {1 << 3, {1}}};
