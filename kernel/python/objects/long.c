/* int: comparison, hash, methods and the type. */
#include "long.h"

#include <string.h>

#include "text.h"

/* Hashes of numbers are remainders modulo this prime, so that equal int and float have equal ones. */
#define HASH_BITS 61
#define HASH_MODULUS ((1ULL << HASH_BITS) - 1)

static int long_order(PyLongObject *a, PyLongObject *b)
{
    bool negative = long_is_negative(a);
    if (negative != long_is_negative(b)) {
        return negative ? -1 : 1;
    }
    int order = digits_compare(a->long_value.ob_digit, long_size(a), b->long_value.ob_digit, long_size(b));
    return negative ? -order : order;
}

static PyObject *long_richcompare(PyObject *v, PyObject *w, int op)
{
    if (!PyLong_Check(v) || !PyLong_Check(w)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    int order = v == w ? 0 : long_order((PyLongObject *)v, (PyLongObject *)w);
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

static Py_hash_t long_hash(PyObject *object)
{
    PyLongObject *v = (PyLongObject *)object;
    uint64_t hash = 0;
    for (Py_ssize_t i = long_size(v) - 1; i >= 0; i--) {
        /* hash * 2**30 modulo 2**61 - 1 is a rotation of 61 bits. */
        hash = (hash << DIGIT_BITS & HASH_MODULUS) | hash >> (HASH_BITS - DIGIT_BITS);
        hash += v->long_value.ob_digit[i];
        if (hash >= HASH_MODULUS) {
            hash -= HASH_MODULUS;
        }
    }
    Py_hash_t signed_hash = long_is_negative(v) ? -(Py_hash_t)hash : (Py_hash_t)hash;
    return signed_hash == -1 ? -2 : signed_hash;
}

static PyObject *long_repr(PyObject *v)
{
    return long_to_text(v, 10, false);
}

/* The value of a plain int in an instance of a subclass; takes the reference. */
static PyObject *long_subtype(PyTypeObject *type, PyObject *plain)
{
    if (plain == NULL || type == &PyLong_Type) {
        return plain;
    }
    PyLongObject *from = (PyLongObject *)plain;
    Py_ssize_t size = long_size(from);
    PyObject *result = type->tp_alloc(type, size > 0 ? size : 1);
    if (result != NULL) {
        PyLongObject *v = (PyLongObject *)result;
        v->long_value.lv_tag = from->long_value.lv_tag;
        v->long_value.ob_digit[0] = 0;
        memcpy(v->long_value.ob_digit, from->long_value.ob_digit, (size_t)size * sizeof(digit));
    }
    Py_DECREF(plain);
    return result;
}

/* A new object even for the small values: generated code changes the sign of the copy where it stands. */
PyObject *_PyLong_Copy(PyLongObject *v)
{
    PyLongObject *copy = long_new(long_size(v));
    if (copy != NULL) {
        memcpy(copy->long_value.ob_digit, v->long_value.ob_digit, (size_t)Py_MAX(long_size(v), 1) * sizeof(digit));
        copy->long_value.lv_tag = v->long_value.lv_tag;
    }
    return (PyObject *)copy;
}

/* The int of bytes in ASCII. */
PyObject *_PyLong_FromBytes(const char *text, Py_ssize_t length, int base)
{
    if (base != 0 && (base < 2 || base > 36)) {
        PyErr_SetString(PyExc_ValueError, "int() base must be >= 2 and <= 36, or 0");
        return NULL;
    }
    PyObject *result = long_from_text(text, text + length, base);
    if (result == NULL && !PyErr_Occurred()) {
        PyObject *shown = PyBytes_FromStringAndSize(text, length < 200 ? length : 200);
        if (shown != NULL) {
            PyErr_Format(PyExc_ValueError, "invalid literal for int() with base %d: %.200R", base, shown);
            Py_DECREF(shown);
        }
    }
    return result;
}

static PyObject *int_of(PyObject *x, PyObject *base_object)
{
    if (x == NULL) {
        if (base_object != NULL) {
            PyErr_SetString(PyExc_TypeError, "int() missing string argument");
            return NULL;
        }
        return PyLong_FromLong(0);
    }
    if (base_object == NULL) {
        return PyNumber_Long(x);
    }
    Py_ssize_t base;
    if (!index_argument(base_object, true, &base)) {
        return NULL;
    }
    if (base != 0 && (base < 2 || base > 36)) {
        PyErr_SetString(PyExc_ValueError, "int() base must be >= 2 and <= 36, or 0");
        return NULL;
    }
    if (PyUnicode_Check(x)) {
        return PyLong_FromUnicodeObject(x, (int)base);
    }
    if (PyBytes_Check(x)) {
        return _PyLong_FromBytes(PyBytes_AS_STRING(x), PyBytes_GET_SIZE(x), (int)base);
    }
    if (PyByteArray_Check(x)) {
        return _PyLong_FromBytes(PyByteArray_AS_STRING(x), PyByteArray_GET_SIZE(x), (int)base);
    }
    PyErr_SetString(PyExc_TypeError, "int() can't convert non-string with explicit base");
    return NULL;
}

/* int(x=0, /, base=10) */
static PyObject *long_type_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"", "base", NULL};
    PyObject *x = NULL, *base = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|OO:int", names, &x, &base)) {
        return NULL;
    }
    PyObject *plain = int_of(x, base);
    if (plain != NULL && type != &PyLong_Type && !PyLong_CheckExact(plain)) {
        Py_SETREF(plain, long_as_number.nb_positive(plain));
    }
    return long_subtype(type, plain);
}

static PyObject *long_itself(PyObject *v, PyObject *Py_UNUSED(none))
{
    return long_as_number.nb_positive(v);
}

static PyObject *long_is_integer(PyObject *Py_UNUSED(v), PyObject *Py_UNUSED(none))
{
    Py_RETURN_TRUE;
}

static PyObject *long_bit_length(PyObject *v, PyObject *Py_UNUSED(none))
{
    return PyLong_FromSize_t(_PyLong_NumBits(v));
}

static PyObject *long_bit_count(PyObject *v, PyObject *Py_UNUSED(none))
{
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < long_size((PyLongObject *)v); i++) {
        count += __builtin_popcount(((PyLongObject *)v)->long_value.ob_digit[i]);
    }
    return PyLong_FromSsize_t(count);
}

static PyObject *long_as_integer_ratio(PyObject *v, PyObject *Py_UNUSED(none))
{
    PyObject *numerator = long_as_number.nb_positive(v);
    return numerator != NULL ? Py_BuildValue("(Ni)", numerator, 1) : NULL;
}

/* v to the nearest multiple of 10**-ndigits, ties to the even multiple. */
static PyObject *round_to_power(PyObject *v, PyObject *ndigits)
{
    PyNumberMethods *n = &long_as_number;
    PyObject *ten = PyLong_FromLong(10), *places = n->nb_negative(ndigits), *unit = NULL, *result = NULL;
    PyObject *quotient = NULL, *rest = NULL, *twice = NULL;
    if (ten != NULL && places != NULL) {
        unit = n->nb_power(ten, places, Py_None);
    }
    if (unit != NULL && long_divmod((PyLongObject *)v, (PyLongObject *)unit, &quotient, &rest) == 0) {
        twice = n->nb_add(rest, rest);
    }
    if (twice != NULL) {
        int order = long_order((PyLongObject *)twice, (PyLongObject *)unit);
        bool odd = (((PyLongObject *)quotient)->long_value.ob_digit[0] & 1) != 0 && !long_is_zero((PyLongObject *)quotient);
        result = n->nb_subtract(v, rest);
        if (result != NULL && (order > 0 || (order == 0 && odd))) {
            Py_SETREF(result, n->nb_add(result, unit));
        }
    }
    Py_XDECREF(ten);
    Py_XDECREF(places);
    Py_XDECREF(unit);
    Py_XDECREF(quotient);
    Py_XDECREF(rest);
    Py_XDECREF(twice);
    return result;
}

static PyObject *long_round(PyObject *v, PyObject *const *args, Py_ssize_t count)
{
    if (!check_positional("__round__", count, 0, 1)) {
        return NULL;
    }
    if (count == 0 || args[0] == Py_None) {
        return long_as_number.nb_positive(v);
    }
    PyObject *ndigits = PyNumber_Index(args[0]);
    if (ndigits == NULL) {
        return NULL;
    }
    PyObject *result = long_is_negative((PyLongObject *)ndigits) ? round_to_power(v, ndigits)
                                                                 : long_as_number.nb_positive(v);
    Py_DECREF(ndigits);
    return result;
}

/* 1 for "little", 0 for "big", -1 with ValueError. */
static int is_little(PyObject *byteorder)
{
    if (byteorder == NULL || PyUnicode_CompareWithASCIIString(byteorder, "big") == 0) {
        return 0;
    }
    if (PyUnicode_CompareWithASCIIString(byteorder, "little") == 0) {
        return 1;
    }
    PyErr_SetString(PyExc_ValueError, "byteorder must be either 'little' or 'big'");
    return -1;
}

/* to_bytes(length=1, byteorder='big', *, signed=False) */
static PyObject *long_to_bytes(PyObject *v, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"length", "byteorder", "signed", NULL};
    Py_ssize_t length = 1;
    PyObject *byteorder = NULL;
    int is_signed = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|nU$p:to_bytes", names, &length, &byteorder, &is_signed)) {
        return NULL;
    }
    int little = is_little(byteorder);
    if (little < 0) {
        return NULL;
    }
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "length argument must be non-negative");
        return NULL;
    }
    PyObject *result = PyBytes_FromStringAndSize(NULL, length);
    if (result != NULL
        && _PyLong_AsByteArray((PyLongObject *)v, (unsigned char *)PyBytes_AS_STRING(result), (size_t)length, little,
                               is_signed, 1) < 0) {
        Py_CLEAR(result);
    }
    return result;
}

/* from_bytes(bytes, byteorder='big', *, signed=False), a class method */
static PyObject *long_from_bytes(PyObject *type, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"bytes", "byteorder", "signed", NULL};
    PyObject *source, *byteorder = NULL;
    int is_signed = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|U$p:from_bytes", names, &source, &byteorder, &is_signed)) {
        return NULL;
    }
    int little = is_little(byteorder);
    PyObject *bytes = little < 0 ? NULL : PyObject_Bytes(source);
    if (bytes == NULL) {
        return NULL;
    }
    PyObject *result = _PyLong_FromByteArray((unsigned char *)PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes),
                                             little, is_signed);
    Py_DECREF(bytes);
    if (result != NULL && type != (PyObject *)&PyLong_Type) {
        Py_SETREF(result, PyObject_CallOneArg(type, result));
    }
    return result;
}

static PyObject *long_format(PyObject *v, PyObject *spec)
{
    return format_int(v, spec);
}

static PyObject *long_getnewargs(PyObject *v, PyObject *Py_UNUSED(none))
{
    PyObject *plain = long_as_number.nb_positive(v);
    return plain != NULL ? Py_BuildValue("(N)", plain) : NULL;
}

static PyObject *long_sizeof(PyObject *v, PyObject *Py_UNUSED(none))
{
    Py_ssize_t size = long_size((PyLongObject *)v);
    return PyLong_FromSsize_t(PyLong_Type.tp_basicsize + (size > 0 ? size : 1) * (Py_ssize_t)sizeof(digit));
}

static PyObject *long_get_itself(PyObject *v, void *Py_UNUSED(closure))
{
    return long_as_number.nb_positive(v);
}

/* The closure is the constant. */
static PyObject *long_get_constant(PyObject *Py_UNUSED(v), void *closure)
{
    return PyLong_FromLong((long)(intptr_t)closure);
}

static PyMethodDef long_methods[] = {
    {"conjugate", long_itself, METH_NOARGS, NULL},
    {"bit_length", long_bit_length, METH_NOARGS, NULL},
    {"bit_count", long_bit_count, METH_NOARGS, NULL},
    {"to_bytes", _PyCFunction_CAST(long_to_bytes), METH_VARARGS | METH_KEYWORDS, NULL},
    {"from_bytes", _PyCFunction_CAST(long_from_bytes), METH_VARARGS | METH_KEYWORDS | METH_CLASS, NULL},
    {"as_integer_ratio", long_as_integer_ratio, METH_NOARGS, NULL},
    {"is_integer", long_is_integer, METH_NOARGS, NULL},
    {"__trunc__", long_itself, METH_NOARGS, NULL},
    {"__floor__", long_itself, METH_NOARGS, NULL},
    {"__ceil__", long_itself, METH_NOARGS, NULL},
    {"__round__", _PyCFunction_CAST(long_round), METH_FASTCALL, NULL},
    {"__getnewargs__", long_getnewargs, METH_NOARGS, NULL},
    {"__format__", long_format, METH_O, NULL},
    {"__sizeof__", long_sizeof, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef long_getset[] = {
    {"real", long_get_itself, NULL, NULL, NULL},
    {"imag", long_get_constant, NULL, NULL, (void *)0},
    {"numerator", long_get_itself, NULL, NULL, NULL},
    {"denominator", long_get_constant, NULL, NULL, (void *)1},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyLong_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "int",
    .tp_basicsize = offsetof(PyLongObject, long_value.ob_digit),
    .tp_itemsize = sizeof(digit),
    .tp_dealloc = long_dealloc,
    .tp_repr = long_repr,
    .tp_as_number = &long_as_number,
    .tp_hash = long_hash,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_LONG_SUBCLASS | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "int([x]) -> integer\nint(x, base=10) -> integer",
    .tp_richcompare = long_richcompare,
    .tp_methods = long_methods,
    .tp_getset = long_getset,
    .tp_new = long_type_new,
};
