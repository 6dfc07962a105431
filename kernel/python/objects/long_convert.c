/* Between int and C: creation, the shared small values, C integers, bytes, double. */
#include "long.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "internal/runtime_internal.h"
#include "spare.h"

#define SMALL_MIN (-5)
#define SMALL_MAX 256

/* -5..256 exist once, as in CPython; they are never freed. */
static PyLongObject small_ints[SMALL_MAX - SMALL_MIN + 1];

int _PyLong_Init(void)
{
    for (long value = SMALL_MIN; value <= SMALL_MAX; value++) {
        PyLongObject *v = &small_ints[value - SMALL_MIN];
        v->ob_base = (PyObject){PY_STATIC_REFCNT, &PyLong_Type};
        v->long_value.lv_tag = value == 0 ? 1 : 1 << 3 | (value < 0 ? 2 : 0);
        v->long_value.ob_digit[0] = (digit)(value < 0 ? -value : value);
    }
    return 0;
}

void _PyLong_Fini(void)
{
}

static PyObject *small_int(long value)
{
    return Py_NewRef((PyObject *)&small_ints[value - SMALL_MIN]);
}

/* What a C integer may need is always there, so that every int of so few digits can follow any other in its block. */
#define FEW_DIGITS 3
#define MAX_SPARE 256
static struct spare spare;

PyLongObject *long_new(Py_ssize_t size)
{
    size_t digits = size > FEW_DIGITS ? (size_t)size : FEW_DIGITS;
    if (digits > (size_t)PY_SSIZE_T_MAX / sizeof(digit) / 2) {
        PyErr_SetString(PyExc_OverflowError, "too many digits in integer");
        return NULL;
    }
    PyLongObject *v = size <= FEW_DIGITS ? spare_take(&spare) : NULL;
    if (v == NULL) {
        v = PyObject_Malloc(offsetof(PyLongObject, long_value.ob_digit) + digits * sizeof(digit));
    }
    if (v == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    v->ob_base = (PyObject){1, &PyLong_Type};
    v->long_value.ob_digit[0] = 0;
    v->long_value.lv_tag = (uintptr_t)(size > 0 ? size : 1) << 3;
    return v;
}

void long_dealloc(PyObject *op)
{
    if (!PyLong_CheckExact(op) || long_size((PyLongObject *)op) > FEW_DIGITS || !spare_keep(&spare, op, MAX_SPARE)) {
        Py_TYPE(op)->tp_free(op);
    }
}

PyObject *long_finish(PyLongObject *v, Py_ssize_t size, bool negative)
{
    if (v == NULL) {
        return NULL;
    }
    size = digits_normalise(v->long_value.ob_digit, size);
    v->long_value.lv_tag = size == 0 ? 1 : (uintptr_t)size << 3 | (negative ? 2 : 0);
    if (size <= 1) {
        long value = size == 0 ? 0 : (long)v->long_value.ob_digit[0];
        value = negative ? -value : value;
        if (value >= SMALL_MIN && value <= SMALL_MAX) {
            Py_DECREF(v);
            return small_int(value);
        }
    }
    return (PyObject *)v;
}

/* Not for the small values. */
static PyObject *from_magnitude(uint64_t magnitude, bool negative)
{
    uintptr_t size = magnitude >> DIGIT_BITS == 0 ? 1 : magnitude >> 2 * DIGIT_BITS == 0 ? 2 : 3;
    PyLongObject *v = long_new((Py_ssize_t)size);
    if (v != NULL) {
        v->long_value.ob_digit[0] = (digit)(magnitude & DIGIT_MASK);
        v->long_value.ob_digit[1] = (digit)(magnitude >> DIGIT_BITS & DIGIT_MASK);
        v->long_value.ob_digit[2] = (digit)(magnitude >> 2 * DIGIT_BITS);
        v->long_value.lv_tag = size << 3 | (negative ? 2 : 0);
    }
    return (PyObject *)v;
}

PyObject *PyLong_FromLong(long value)
{
    if (value >= SMALL_MIN && value <= SMALL_MAX) {
        return small_int(value);
    }
    return from_magnitude(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

PyObject *PyLong_FromUnsignedLong(unsigned long value)
{
    return value <= SMALL_MAX ? small_int((long)value) : from_magnitude(value, false);
}

PyObject *PyLong_FromLongLong(long long value)
{
    return PyLong_FromLong(value);
}

PyObject *PyLong_FromUnsignedLongLong(unsigned long long value)
{
    return PyLong_FromUnsignedLong(value);
}

PyObject *PyLong_FromSsize_t(Py_ssize_t value)
{
    return PyLong_FromLong(value);
}

PyObject *PyLong_FromSize_t(size_t value)
{
    return PyLong_FromUnsignedLong(value);
}

PyObject *PyLong_FromVoidPtr(void *p)
{
    return PyLong_FromUnsignedLong((uintptr_t)p);
}

/* The integer part. ValueError for a NaN, OverflowError for an infinity. */
PyObject *PyLong_FromDouble(double value)
{
    if (isinf(value)) {
        PyErr_SetString(PyExc_OverflowError, "cannot convert float infinity to integer");
        return NULL;
    }
    if (isnan(value)) {
        PyErr_SetString(PyExc_ValueError, "cannot convert float NaN to integer");
        return NULL;
    }
    int exponent;
    double fraction = frexp(fabs(value), &exponent);
    if (exponent <= 62) {
        return PyLong_FromLong((long)value);
    }
    Py_ssize_t size = (exponent - 1) / DIGIT_BITS + 1;
    PyLongObject *v = long_new(size);
    fraction = ldexp(fraction, (exponent - 1) % DIGIT_BITS + 1);
    for (Py_ssize_t i = size - 1; v != NULL && i >= 0; i--) {
        digit part = (digit)fraction;
        v->long_value.ob_digit[i] = part;
        fraction = ldexp(fraction - part, DIGIT_BITS);
    }
    return long_finish(v, size, value < 0);
}

/* The low 64 bits of v's two's complement; *fits: 0 ≤ |v| < 2**64. */
static uint64_t low_bits(const PyLongObject *v, bool *fits)
{
    uint64_t magnitude = 0;
    Py_ssize_t size = long_size(v);
    for (Py_ssize_t i = size < 3 ? size - 1 : 2; i >= 0; i--) {
        magnitude = magnitude << DIGIT_BITS | v->long_value.ob_digit[i];
    }
    *fits = size < 3 || (size == 3 && v->long_value.ob_digit[2] < 1 << 4);
    return long_is_negative(v) ? 0 - magnitude : magnitude;
}

/* v itself or v.__index__(), a new reference; TypeError otherwise. */
static PyLongObject *as_int_object(PyObject *v)
{
    if (v == NULL) {
        PyErr_SetString(PyExc_SystemError, "bad argument to internal function");
        return NULL;
    }
    return (PyLongObject *)(PyLong_Check(v) ? Py_NewRef(v) : PyNumber_Index(v));
}

/* 0, or -1/1 in *overflow when v is below/above a C long; -1 with an exception if it is no integer. */
long PyLong_AsLongAndOverflow(PyObject *object, int *overflow)
{
    *overflow = 0;
    PyLongObject *v = as_int_object(object);
    if (v == NULL) {
        return -1;
    }
    bool fits, negative = long_is_negative(v);
    uint64_t bits = low_bits(v, &fits);
    uint64_t magnitude = negative ? 0 - bits : bits;
    if (!fits || magnitude > (uint64_t)LONG_MAX + negative) {
        *overflow = negative ? -1 : 1;
        bits = (uint64_t)-1;
    }
    Py_DECREF(v);
    return (long)bits;
}

long long PyLong_AsLongLongAndOverflow(PyObject *v, int *overflow)
{
    return PyLong_AsLongAndOverflow(v, overflow);
}

/* As AsLongAndOverflow with `message` in an OverflowError. */
static long as_long(PyObject *v, const char *message)
{
    int overflow;
    long value = PyLong_AsLongAndOverflow(v, &overflow);
    if (overflow != 0) {
        PyErr_SetString(PyExc_OverflowError, message);
    }
    return value;
}

long PyLong_AsLong(PyObject *v)
{
    return as_long(v, "Python int too large to convert to C long");
}

long long PyLong_AsLongLong(PyObject *v)
{
    return as_long(v, "int too big to convert");
}

int PyLong_AsInt(PyObject *v)
{
    int overflow;
    long value = PyLong_AsLongAndOverflow(v, &overflow);
    if (overflow != 0 || value > INT_MAX || value < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C int");
        return -1;
    }
    return (int)value;
}

/* Unlike the others this one takes ints only. */
Py_ssize_t PyLong_AsSsize_t(PyObject *v)
{
    if (!PyLong_Check(v)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return -1;
    }
    return as_long(v, "Python int too large to convert to C ssize_t");
}

static unsigned long as_unsigned(PyObject *object, const char *negative, const char *too_large)
{
    if (!PyLong_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return (unsigned long)-1;
    }
    PyLongObject *v = (PyLongObject *)object;
    bool fits;
    uint64_t value = low_bits(v, &fits);
    if (long_is_negative(v) || !fits) {
        PyErr_SetString(PyExc_OverflowError, long_is_negative(v) ? negative : too_large);
        return (unsigned long)-1;
    }
    return value;
}

unsigned long PyLong_AsUnsignedLong(PyObject *v)
{
    return as_unsigned(v, "can't convert negative value to unsigned int",
                       "Python int too large to convert to C unsigned long");
}

unsigned long long PyLong_AsUnsignedLongLong(PyObject *v)
{
    return as_unsigned(v, "can't convert negative int to unsigned", "int too big to convert");
}

size_t PyLong_AsSize_t(PyObject *v)
{
    return as_unsigned(v, "can't convert negative value to size_t", "Python int too large to convert to C size_t");
}

/* Modulo 2**64, no OverflowError. */
unsigned long PyLong_AsUnsignedLongMask(PyObject *object)
{
    PyLongObject *v = as_int_object(object);
    if (v == NULL) {
        return (unsigned long)-1;
    }
    bool fits;
    uint64_t value = low_bits(v, &fits);
    Py_DECREF(v);
    return value;
}

unsigned long long PyLong_AsUnsignedLongLongMask(PyObject *v)
{
    return PyLong_AsUnsignedLongMask(v);
}

void *PyLong_AsVoidPtr(PyObject *v)
{
    return (void *)PyLong_AsUnsignedLongMask(v);
}

int _PyLong_Sign(PyObject *v)
{
    return 1 - (int)(((PyLongObject *)v)->long_value.lv_tag & 3);
}

/* The number of bits of |v|. */
size_t _PyLong_NumBits(PyObject *object)
{
    const PyLongObject *v = (PyLongObject *)object;
    Py_ssize_t size = long_size(v);
    if (size == 0) {
        return 0;
    }
    return (size_t)size * DIGIT_BITS - (size_t)(__builtin_clz(v->long_value.ob_digit[size - 1]) - 2);
}

/* v = fraction * 2**exponent with 0.5 <= |fraction| < 1, rounded to even; the exponent is exact for any size. */
static double split_long(PyObject *object, Py_ssize_t *exponent)
{
    const PyLongObject *v = (PyLongObject *)object;
    Py_ssize_t bits = (Py_ssize_t)_PyLong_NumBits(object), drop = bits - 62;
    uint64_t top = 0;
    for (Py_ssize_t i = long_size(v) - 1; i >= 0; i--) {
        digit d = v->long_value.ob_digit[i];
        Py_ssize_t low = i * DIGIT_BITS - drop;
        if (low >= 0) {
            top |= (uint64_t)d << low;
        } else if (low > -DIGIT_BITS) {
            /* What falls out below is remembered in the last bit, far under the rounding position. */
            top |= d >> -low | ((d & ((1U << -low) - 1)) != 0);
        } else {
            top |= d != 0;
        }
    }
    /* 62 bits become 53 by the processor's rounding to even. */
    int carried;
    double fraction = frexp((double)top, &carried);
    *exponent = bits + carried - 62;
    return long_is_negative(v) ? -fraction : fraction;
}

double PyLong_AsDouble(PyObject *v)
{
    if (v == NULL || !PyLong_Check(v)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return -1.0;
    }
    if (long_is_compact((PyLongObject *)v)) {
        return (double)long_compact_value((PyLongObject *)v);
    }
    Py_ssize_t exponent;
    double fraction = split_long(v, &exponent);
    if (exponent > 1024) {
        PyErr_SetString(PyExc_OverflowError, "int too large to convert to float");
        return -1.0;
    }
    return ldexp(fraction, (int)exponent);
}

/* The low `size` bytes of v's two's complement, least significant first if `little`. */
static void write_bytes(const PyLongObject *v, unsigned char *out, size_t size, bool little)
{
    Py_ssize_t digits = long_size(v), next = 0;
    bool negative = long_is_negative(v);
    uint64_t held = 0;
    int bits = 0;
    unsigned carry = 1;
    for (size_t i = 0; i < size; i++) {
        if (bits < 8 && next < digits) {
            held |= (uint64_t)v->long_value.ob_digit[next++] << bits;
            bits += DIGIT_BITS;
        }
        unsigned byte = (unsigned)held & 0xFF;
        if (negative) {
            byte = (~byte & 0xFF) + carry;
            carry = byte >> 8;
        }
        out[little ? i : size - 1 - i] = (unsigned char)byte;
        held >>= 8;
        bits -= bits >= 8 ? 8 : bits;
    }
}

/* Bits of the shortest two's complement of v; without the sign bit if it is not needed. */
static size_t needed_bits(PyObject *object, bool with_sign)
{
    const PyLongObject *v = (PyLongObject *)object;
    size_t bits = _PyLong_NumBits(object);
    if (long_is_negative(v)) {
        /* -2**k needs k + 1 bits like 2**k - 1 does. */
        Py_ssize_t size = long_size(v);
        digit top = v->long_value.ob_digit[size - 1];
        bool power = (top & (top - 1)) == 0;
        for (Py_ssize_t i = 0; power && i < size - 1; i++) {
            power = v->long_value.ob_digit[i] == 0;
        }
        return bits + !power;
    }
    return bits + with_sign;
}

/* -1 with OverflowError if v does not fit; the bytes are written nonetheless, cut. */
int _PyLong_AsByteArray(PyLongObject *v, unsigned char *bytes, size_t n, int little_endian, int is_signed,
                        int with_exceptions)
{
    if (!is_signed && long_is_negative(v)) {
        if (with_exceptions) {
            PyErr_SetString(PyExc_OverflowError, "can't convert negative int to unsigned");
        }
        return -1;
    }
    write_bytes(v, bytes, n, little_endian != 0);
    if (!long_is_zero(v) && (needed_bits((PyObject *)v, is_signed != 0) + 7) / 8 > n) {
        if (with_exceptions) {
            PyErr_SetString(PyExc_OverflowError, "int too big to convert");
        }
        return -1;
    }
    return 0;
}

PyObject *_PyLong_FromByteArray(const unsigned char *bytes, size_t n, int little_endian, int is_signed)
{
    bool negative = is_signed && n > 0 && bytes[little_endian ? n - 1 : 0] >= 0x80;
    Py_ssize_t size = (Py_ssize_t)((n * 8 + DIGIT_BITS - 1) / DIGIT_BITS) + 1, at = 0;
    PyLongObject *v = long_new(size);
    if (v == NULL) {
        return NULL;
    }
    uint64_t held = 0;
    int bits = 0;
    unsigned carry = 1;
    for (size_t i = 0; i < n; i++) {
        unsigned byte = bytes[little_endian ? i : n - 1 - i];
        if (negative) {
            byte = (~byte & 0xFF) + carry;
            carry = byte >> 8;
            byte &= 0xFF;
        }
        held |= (uint64_t)byte << bits;
        bits += 8;
        if (bits >= DIGIT_BITS) {
            v->long_value.ob_digit[at++] = (digit)(held & DIGIT_MASK);
            held >>= DIGIT_BITS;
            bits -= DIGIT_BITS;
        }
    }
    /* A negative value of zero digits is -2**(8 n): its carry ran out of the top. */
    held |= (uint64_t)(negative && n > 0 ? carry : 0) << bits;
    v->long_value.ob_digit[at++] = (digit)(held & DIGIT_MASK);
    return long_finish(v, at, negative);
}

/*
 * Two's complement of v in n_bytes; returns the bytes that v needs, more than n_bytes if it was cut; -1 with an
 * exception. flags: Py_ASNATIVEBYTES_*; -1 is native order, signed.
 */
Py_ssize_t PyLong_AsNativeBytes(PyObject *object, void *buffer, Py_ssize_t n_bytes, int flags)
{
    bool plain = flags == -1;
    bool little = plain || (flags & Py_ASNATIVEBYTES_LITTLE_ENDIAN) != 0;
    bool is_unsigned = !plain && (flags & Py_ASNATIVEBYTES_UNSIGNED_BUFFER) != 0;
    if (n_bytes < 0) {
        PyErr_SetString(PyExc_SystemError, "bad argument to internal function");
        return -1;
    }
    if (!PyLong_Check(object) && (plain || (flags & Py_ASNATIVEBYTES_ALLOW_INDEX) == 0)) {
        PyErr_Format(PyExc_TypeError, "expect int, got %T", object);
        return -1;
    }
    PyLongObject *v = as_int_object(object);
    if (v == NULL) {
        return -1;
    }
    if (!plain && (flags & Py_ASNATIVEBYTES_REJECT_NEGATIVE) != 0 && long_is_negative(v)) {
        PyErr_SetString(PyExc_ValueError, "Cannot convert negative int");
        Py_DECREF(v);
        return -1;
    }
    write_bytes(v, buffer, (size_t)n_bytes, little);
    Py_ssize_t needed = (Py_ssize_t)((needed_bits((PyObject *)v, !is_unsigned) + 7) / 8);
    Py_DECREF(v);
    return needed > 0 ? needed : 1;
}

PyObject *PyLong_FromNativeBytes(const void *buffer, size_t n_bytes, int flags)
{
    bool little = flags == -1 || (flags & Py_ASNATIVEBYTES_LITTLE_ENDIAN) != 0;
    bool is_unsigned = flags != -1 && (flags & Py_ASNATIVEBYTES_UNSIGNED_BUFFER) != 0;
    return _PyLong_FromByteArray(buffer, n_bytes, little, !is_unsigned);
}

PyObject *PyLong_FromUnsignedNativeBytes(const void *buffer, size_t n_bytes, int flags)
{
    return _PyLong_FromByteArray(buffer, n_bytes, flags == -1 || (flags & Py_ASNATIVEBYTES_LITTLE_ENDIAN) != 0, 0);
}
