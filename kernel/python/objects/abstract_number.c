/* The number protocol: which type's slot gets an operation, and the messages when none takes it. */
#include "internal/runtime_internal.h"

#define SLOT(type, offset) (*(binaryfunc *)((char *)(type)->tp_as_number + (offset)))

static binaryfunc binary_slot(PyObject *op, size_t offset)
{
    return Py_TYPE(op)->tp_as_number ? SLOT(Py_TYPE(op), offset) : NULL;
}

/* Try the left operand's slot, then the right one's; a subclass on the right goes first. Py_NotImplemented, owned, when neither takes it. */
static PyObject *binary_op1(PyObject *a, PyObject *b, size_t offset)
{
    binaryfunc left = binary_slot(a, offset);
    binaryfunc right = Py_TYPE(a) == Py_TYPE(b) ? NULL : binary_slot(b, offset);
    if (right == left)
        right = NULL;
    if (left) {
        if (right && PyType_IsSubtype(Py_TYPE(b), Py_TYPE(a))) {
            PyObject *result = right(a, b);
            if (result != Py_NotImplemented)
                return result;
            Py_DECREF(result);
            right = NULL;
        }
        PyObject *result = left(a, b);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    return right ? right(a, b) : Py_NewRef(Py_NotImplemented);
}

static PyObject *unsupported(PyObject *a, PyObject *b, const char *name)
{
    return PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %.100s: '%.100s' and '%.100s'", name,
                        Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
}

static PyObject *binary_op(PyObject *a, PyObject *b, size_t offset, const char *name)
{
    PyObject *result = binary_op1(a, b, offset);
    if (result != Py_NotImplemented)
        return result;
    Py_DECREF(result);
    return unsupported(a, b, name);
}

/* The in-place slot of a, then the plain operation. */
static PyObject *inplace_op1(PyObject *a, PyObject *b, size_t in_place, size_t plain)
{
    binaryfunc slot = binary_slot(a, in_place);
    if (slot) {
        PyObject *result = slot(a, b);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    return binary_op1(a, b, plain);
}

static PyObject *inplace_op(PyObject *a, PyObject *b, size_t in_place, size_t plain, const char *name)
{
    PyObject *result = inplace_op1(a, b, in_place, plain);
    if (result != Py_NotImplemented)
        return result;
    Py_DECREF(result);
    return unsupported(a, b, name);
}

#define NB(slot) offsetof(PyNumberMethods, slot)
#define BINARY(function, slot, symbol) \
    PyObject *function(PyObject *a, PyObject *b) { return binary_op(a, b, NB(slot), symbol); }
#define INPLACE(function, in_place, plain, symbol) \
    PyObject *function(PyObject *a, PyObject *b) { return inplace_op(a, b, NB(in_place), NB(plain), symbol); }

BINARY(PyNumber_Subtract, nb_subtract, "-")
BINARY(PyNumber_MatrixMultiply, nb_matrix_multiply, "@")
BINARY(PyNumber_FloorDivide, nb_floor_divide, "//")
BINARY(PyNumber_TrueDivide, nb_true_divide, "/")
BINARY(PyNumber_Remainder, nb_remainder, "%")
BINARY(PyNumber_Divmod, nb_divmod, "divmod()")
BINARY(PyNumber_Lshift, nb_lshift, "<<")
BINARY(PyNumber_Rshift, nb_rshift, ">>")
BINARY(PyNumber_And, nb_and, "&")
BINARY(PyNumber_Xor, nb_xor, "^")
BINARY(PyNumber_Or, nb_or, "|")
INPLACE(PyNumber_InPlaceSubtract, nb_inplace_subtract, nb_subtract, "-=")
INPLACE(PyNumber_InPlaceMatrixMultiply, nb_inplace_matrix_multiply, nb_matrix_multiply, "@=")
INPLACE(PyNumber_InPlaceFloorDivide, nb_inplace_floor_divide, nb_floor_divide, "//=")
INPLACE(PyNumber_InPlaceTrueDivide, nb_inplace_true_divide, nb_true_divide, "/=")
INPLACE(PyNumber_InPlaceRemainder, nb_inplace_remainder, nb_remainder, "%=")
INPLACE(PyNumber_InPlaceLshift, nb_inplace_lshift, nb_lshift, "<<=")
INPLACE(PyNumber_InPlaceRshift, nb_inplace_rshift, nb_rshift, ">>=")
INPLACE(PyNumber_InPlaceAnd, nb_inplace_and, nb_and, "&=")
INPLACE(PyNumber_InPlaceXor, nb_inplace_xor, nb_xor, "^=")
INPLACE(PyNumber_InPlaceOr, nb_inplace_or, nb_or, "|=")

/* ---- + and *, which sequences know too ---- */

static PyObject *concat_or_unsupported(PyObject *a, PyObject *b, bool in_place, const char *name)
{
    PySequenceMethods *m = Py_TYPE(a)->tp_as_sequence;
    if (m && in_place && m->sq_inplace_concat)
        return m->sq_inplace_concat(a, b);
    if (m && m->sq_concat)
        return m->sq_concat(a, b);
    return unsupported(a, b, name);
}

PyObject *PyNumber_Add(PyObject *a, PyObject *b)
{
    PyObject *result = binary_op1(a, b, NB(nb_add));
    if (result != Py_NotImplemented)
        return result;
    Py_DECREF(result);
    return concat_or_unsupported(a, b, false, "+");
}

PyObject *PyNumber_InPlaceAdd(PyObject *a, PyObject *b)
{
    PyObject *result = inplace_op1(a, b, NB(nb_inplace_add), NB(nb_add));
    if (result != Py_NotImplemented)
        return result;
    Py_DECREF(result);
    return concat_or_unsupported(a, b, true, "+=");
}

static PyObject *repeat(ssizeargfunc slot, PyObject *sequence, PyObject *count)
{
    if (!PyIndex_Check(count))
        return PyErr_Format(PyExc_TypeError, "can't multiply sequence by non-int of type '%.200s'", Py_TYPE(count)->tp_name);
    Py_ssize_t n = PyNumber_AsSsize_t(count, PyExc_OverflowError);
    return n == -1 && PyErr_Occurred() ? NULL : slot(sequence, n);
}

static PyObject *repeat_or_unsupported(PyObject *a, PyObject *b, bool in_place, const char *name)
{
    PySequenceMethods *ma = Py_TYPE(a)->tp_as_sequence, *mb = Py_TYPE(b)->tp_as_sequence;
    if (ma && in_place && ma->sq_inplace_repeat)
        return repeat(ma->sq_inplace_repeat, a, b);
    if (ma && ma->sq_repeat)
        return repeat(ma->sq_repeat, a, b);
    if (mb && mb->sq_repeat)
        return repeat(mb->sq_repeat, b, a);
    return unsupported(a, b, name);
}

PyObject *PyNumber_Multiply(PyObject *a, PyObject *b)
{
    PyObject *result = binary_op1(a, b, NB(nb_multiply));
    if (result != Py_NotImplemented)
        return result;
    Py_DECREF(result);
    return repeat_or_unsupported(a, b, false, "*");
}

PyObject *PyNumber_InPlaceMultiply(PyObject *a, PyObject *b)
{
    PyObject *result = inplace_op1(a, b, NB(nb_inplace_multiply), NB(nb_multiply));
    if (result != Py_NotImplemented)
        return result;
    Py_DECREF(result);
    return repeat_or_unsupported(a, b, true, "*=");
}

/* ---- ** ---- */

static ternaryfunc power_slot(PyObject *op)
{
    return Py_TYPE(op)->tp_as_number ? Py_TYPE(op)->tp_as_number->nb_power : NULL;
}

/* The first of the slots of a, b and the modulus that takes it, a subclass on the right first; Py_NotImplemented otherwise. */
static PyObject *try_power(PyObject *a, PyObject *b, PyObject *modulus)
{
    ternaryfunc slots[3] = {power_slot(a), power_slot(b), Py_IsNone(modulus) ? NULL : power_slot(modulus)};
    if (slots[1] && slots[1] != slots[0] && PyType_IsSubtype(Py_TYPE(b), Py_TYPE(a))) {
        ternaryfunc first = slots[1];
        slots[1] = slots[0];
        slots[0] = first;
    }
    for (int i = 0; i < 3; i++) {
        if (!slots[i] || (i > 0 && slots[i] == slots[0]) || (i > 1 && slots[i] == slots[1]))
            continue;
        PyObject *result = slots[i](a, b, modulus);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    return Py_NewRef(Py_NotImplemented);
}

static PyObject *power(PyObject *a, PyObject *b, PyObject *modulus, const char *name)
{
    PyObject *result = try_power(a, b, modulus);
    if (result != Py_NotImplemented)
        return result;
    Py_DECREF(result);
    if (Py_IsNone(modulus))
        return unsupported(a, b, name);
    return PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %.100s: '%.100s', '%.100s', '%.100s'", name,
                        Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name, Py_TYPE(modulus)->tp_name);
}

PyObject *PyNumber_Power(PyObject *a, PyObject *b, PyObject *modulus) { return power(a, b, modulus, "** or pow()"); }

PyObject *PyNumber_InPlacePower(PyObject *a, PyObject *b, PyObject *modulus)
{
    PyNumberMethods *m = Py_TYPE(a)->tp_as_number;
    if (m && m->nb_inplace_power) {
        PyObject *result = m->nb_inplace_power(a, b, modulus);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    return power(a, b, modulus, "**=");
}

/* ---- one operand ---- */

static PyObject *unary_op(PyObject *op, size_t offset, const char *name)
{
    if (Py_TYPE(op)->tp_as_number) {
        unaryfunc slot = *(unaryfunc *)((char *)Py_TYPE(op)->tp_as_number + offset);
        if (slot)
            return slot(op);
    }
    return PyErr_Format(PyExc_TypeError, "bad operand type for %s: '%.200s'", name, Py_TYPE(op)->tp_name);
}

PyObject *PyNumber_Negative(PyObject *op) { return unary_op(op, NB(nb_negative), "unary -"); }
PyObject *PyNumber_Positive(PyObject *op) { return unary_op(op, NB(nb_positive), "unary +"); }
PyObject *PyNumber_Invert(PyObject *op) { return unary_op(op, NB(nb_invert), "unary ~"); }
PyObject *PyNumber_Absolute(PyObject *op) { return unary_op(op, NB(nb_absolute), "abs()"); }

/* ---- conversions ---- */

int PyIndex_Check(PyObject *op) { return Py_TYPE(op)->tp_as_number && Py_TYPE(op)->tp_as_number->nb_index; }

int PyNumber_Check(PyObject *op)
{
    PyNumberMethods *m = op ? Py_TYPE(op)->tp_as_number : NULL;
    return (m && (m->nb_index || m->nb_int || m->nb_float)) || (op && PyComplex_Check(op));
}

PyObject *_PyNumber_Index(PyObject *op)
{
    if (PyLong_Check(op))
        return Py_NewRef(op);
    if (!PyIndex_Check(op))
        return PyErr_Format(PyExc_TypeError, "'%.200s' object cannot be interpreted as an integer", Py_TYPE(op)->tp_name);
    PyObject *result = Py_TYPE(op)->tp_as_number->nb_index(op);
    if (result && !PyLong_Check(result)) {
        PyErr_Format(PyExc_TypeError, "__index__ returned non-int (type %.200s)", Py_TYPE(result)->tp_name);
        Py_CLEAR(result);
    }
    return result;
}

/* Exactly an int: the value of one of a subclass. */
static PyObject *plain_int(PyObject *result)
{
    if (result && !PyLong_CheckExact(result))
        Py_SETREF(result, _PyLong_Copy((PyLongObject *)result));
    return result;
}

PyObject *PyNumber_Index(PyObject *op) { return plain_int(_PyNumber_Index(op)); }

Py_ssize_t PyNumber_AsSsize_t(PyObject *op, PyObject *overflow_exception)
{
    PyObject *value = _PyNumber_Index(op);
    if (!value)
        return -1;
    Py_ssize_t result = PyLong_AsSsize_t(value);
    if (result == -1 && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        if (overflow_exception)
            PyErr_Format(overflow_exception, "cannot fit '%.200s' into an index-sized integer", Py_TYPE(op)->tp_name);
        else
            result = _PyLong_Sign(value) < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX;
    }
    Py_DECREF(value);
    return result;
}

/* int(buffer): the digits as text. */
static PyObject *int_from_buffer(PyObject *op)
{
    Py_buffer view;
    if (PyObject_GetBuffer(op, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *bytes = PyBytes_FromStringAndSize(view.buf, view.len);
    PyBuffer_Release(&view);
    PyObject *result = bytes ? _PyLong_FromBytes(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), 10) : NULL;
    Py_XDECREF(bytes);
    return result;
}

PyObject *PyNumber_Long(PyObject *op)
{
    PyNumberMethods *m = Py_TYPE(op)->tp_as_number;
    if (PyLong_CheckExact(op))
        return Py_NewRef(op);
    if (m && m->nb_int) {
        PyObject *result = m->nb_int(op);
        if (result && !PyLong_Check(result)) {
            PyErr_Format(PyExc_TypeError, "__int__ returned non-int (type %.200s)", Py_TYPE(result)->tp_name);
            Py_CLEAR(result);
        }
        return plain_int(result);
    }
    if (m && m->nb_index)
        return PyNumber_Index(op);
    if (PyUnicode_Check(op))
        return PyLong_FromUnicodeObject(op, 10);
    if (PyBytes_Check(op))
        return _PyLong_FromBytes(PyBytes_AS_STRING(op), PyBytes_GET_SIZE(op), 10);
    if (PyByteArray_Check(op))
        return _PyLong_FromBytes(PyByteArray_AS_STRING(op), PyByteArray_GET_SIZE(op), 10);
    if (PyObject_CheckBuffer(op))
        return int_from_buffer(op);
    return PyErr_Format(PyExc_TypeError, "int() argument must be a string, a bytes-like object or a real number, not '%.200s'",
                        Py_TYPE(op)->tp_name);
}

PyObject *PyNumber_Float(PyObject *op)
{
    PyNumberMethods *m = Py_TYPE(op)->tp_as_number;
    if (PyFloat_CheckExact(op))
        return Py_NewRef(op);
    if (m && m->nb_float) {
        PyObject *result = m->nb_float(op);
        if (result && !PyFloat_Check(result)) {
            PyErr_Format(PyExc_TypeError, "%.50s.__float__ returned non-float (type %.50s)", Py_TYPE(op)->tp_name,
                         Py_TYPE(result)->tp_name);
            Py_CLEAR(result);
        }
        if (result && !PyFloat_CheckExact(result))
            Py_SETREF(result, PyFloat_FromDouble(PyFloat_AS_DOUBLE(result)));
        return result;
    }
    if (m && m->nb_index) {
        PyObject *index = PyNumber_Index(op);
        double value = index ? PyLong_AsDouble(index) : -1.0;
        Py_XDECREF(index);
        return value == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
    }
    return PyFloat_FromString(op);
}

PyObject *PyNumber_ToBase(PyObject *op, int base)
{
    PyObject *index = _PyNumber_Index(op), *text = index ? _PyLong_Format(index, base) : NULL;
    Py_XDECREF(index);
    return text;
}
