/* The operators of int. Results are floored as Python defines them; bitwise ones see endless two's complement. */
#include "long.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define BOTH_INT(v, w)                                 \
    if (!PyLong_Check(v) || !PyLong_Check(w)) {        \
        return Py_NewRef(Py_NotImplemented);           \
    }

#define DIGITS(v) (((PyLongObject *)(v))->long_value.ob_digit)

/* |v| + |w| or |v| - |w|, with the sign that v's has then. */
static PyObject *add_magnitudes(PyLongObject *v, PyLongObject *w, bool subtract, bool negative)
{
    Py_ssize_t nv = long_size(v), nw = long_size(w);
    if (subtract && digits_compare(DIGITS(v), nv, DIGITS(w), nw) < 0) {
        return add_magnitudes(w, v, true, !negative);
    }
    PyLongObject *z = long_new((nv > nw ? nv : nw) + 1);
    if (z == NULL) {
        return NULL;
    }
    Py_ssize_t size = subtract ? digits_subtract(DIGITS(z), DIGITS(v), nv, DIGITS(w), nw)
                               : digits_add(DIGITS(z), DIGITS(v), nv, DIGITS(w), nw);
    return long_finish(z, size, negative);
}

static PyObject *long_add(PyObject *v, PyObject *w)
{
    BOTH_INT(v, w)
    PyLongObject *a = (PyLongObject *)v, *b = (PyLongObject *)w;
    if (long_is_compact(a) && long_is_compact(b)) {
        return PyLong_FromLong(long_compact_value(a) + long_compact_value(b));
    }
    return add_magnitudes(a, b, long_is_negative(a) != long_is_negative(b), long_is_negative(a));
}

static PyObject *long_subtract(PyObject *v, PyObject *w)
{
    BOTH_INT(v, w)
    PyLongObject *a = (PyLongObject *)v, *b = (PyLongObject *)w;
    if (long_is_compact(a) && long_is_compact(b)) {
        return PyLong_FromLong(long_compact_value(a) - long_compact_value(b));
    }
    return add_magnitudes(a, b, long_is_negative(a) == long_is_negative(b), long_is_negative(a));
}

static PyObject *long_multiply(PyObject *v, PyObject *w)
{
    BOTH_INT(v, w)
    PyLongObject *a = (PyLongObject *)v, *b = (PyLongObject *)w;
    if (long_is_compact(a) && long_is_compact(b)) {
        return PyLong_FromLong(long_compact_value(a) * long_compact_value(b));
    }
    Py_ssize_t na = long_size(a), nb = long_size(b);
    PyLongObject *z = long_new(na + nb);
    if (z == NULL) {
        return NULL;
    }
    Py_ssize_t size = digits_multiply(DIGITS(z), DIGITS(a), na, DIGITS(b), nb);
    return long_finish(z, size, long_is_negative(a) != long_is_negative(b));
}

/* v with another sign, always a plain int. */
static PyObject *with_sign(PyLongObject *v, bool negative)
{
    Py_ssize_t size = long_size(v);
    PyLongObject *z = long_new(size);
    if (z != NULL) {
        memcpy(DIGITS(z), DIGITS(v), (size_t)size * sizeof(digit));
    }
    return long_finish(z, size, negative);
}

/* A plain int: the object itself unless it is of a subclass. */
static PyObject *long_positive(PyObject *v)
{
    return PyLong_CheckExact(v) ? Py_NewRef(v) : with_sign((PyLongObject *)v, long_is_negative((PyLongObject *)v));
}

static PyObject *long_negative(PyObject *v)
{
    return with_sign((PyLongObject *)v, !long_is_negative((PyLongObject *)v));
}

static PyObject *long_absolute(PyObject *v)
{
    return long_is_negative((PyLongObject *)v) ? long_negative(v) : long_positive(v);
}

/* Truncated |v| / |w| and the rest, both not negative; |v| >= |w|, w of two digits at least. */
static int divide_magnitudes(PyLongObject *v, PyLongObject *w, PyLongObject **quotient, PyLongObject **rest)
{
    Py_ssize_t nv = long_size(v), nw = long_size(w);
    int shift = __builtin_clz(DIGITS(w)[nw - 1]) - 2;
    PyLongObject *a = long_new(nv + 1), *b = long_new(nw + 1), *q = long_new(nv - nw + 1);
    if (a == NULL || b == NULL || q == NULL) {
        Py_XDECREF(a);
        Py_XDECREF(b);
        Py_XDECREF(q);
        return -1;
    }
    digits_shift_left(DIGITS(a), DIGITS(v), nv, shift);
    digits_shift_left(DIGITS(b), DIGITS(w), nw, shift);
    digits_divide(DIGITS(q), DIGITS(a), nv, DIGITS(b), nw);
    Py_ssize_t size = digits_normalise(DIGITS(a), nw);
    size = digits_shift_right(DIGITS(a), DIGITS(a), size, shift);
    Py_DECREF(b);
    *quotient = (PyLongObject *)long_finish(q, nv - nw + 1, false);
    *rest = (PyLongObject *)long_finish(a, size, false);
    return 0;
}

/* As divide_magnitudes for any w but zero. */
static int truncated_divide(PyLongObject *v, PyLongObject *w, PyLongObject **quotient, PyLongObject **rest)
{
    Py_ssize_t nv = long_size(v), nw = long_size(w);
    if (digits_compare(DIGITS(v), nv, DIGITS(w), nw) < 0) {
        *quotient = (PyLongObject *)PyLong_FromLong(0);
        *rest = (PyLongObject *)with_sign(v, false);
    } else if (nw == 1) {
        PyLongObject *q = long_new(nv);
        if (q == NULL) {
            return -1;
        }
        digit left = digits_divide_small(DIGITS(q), DIGITS(v), nv, DIGITS(w)[0]);
        *quotient = (PyLongObject *)long_finish(q, nv, false);
        *rest = (PyLongObject *)PyLong_FromUnsignedLong(left);
    } else {
        return divide_magnitudes(v, w, quotient, rest);
    }
    return *quotient == NULL || *rest == NULL ? -1 : 0;
}

/* x = op(x, other), taking x's reference. */
static PyObject *replace(PyObject *x, PyObject *other, PyObject *(*op)(PyObject *, PyObject *))
{
    PyObject *result = op(x, other);
    Py_DECREF(x);
    return result;
}

static void give(PyObject **to, PyObject *value)
{
    if (to != NULL) {
        *to = value;
    } else {
        Py_XDECREF(value);
    }
}

/* Both of one digit: C integers, floored. */
static int compact_divmod(Py_ssize_t a, Py_ssize_t b, PyObject **quotient, PyObject **remainder)
{
    Py_ssize_t q = a / b, r = a % b;
    if (r != 0 && (r < 0) != (b < 0)) {
        r += b;
        q--;
    }
    if (quotient != NULL && (*quotient = PyLong_FromLong(q)) == NULL) {
        return -1;
    }
    if (remainder != NULL && (*remainder = PyLong_FromLong(r)) == NULL) {
        return -1;
    }
    return 0;
}

int long_divmod(PyLongObject *v, PyLongObject *w, PyObject **quotient, PyObject **remainder)
{
    PyLongObject *q = NULL, *r = NULL;
    if (long_is_zero(w)) {
        PyErr_SetString(PyExc_ZeroDivisionError,
                        quotient != NULL ? "integer division or modulo by zero" : "integer modulo by zero");
        return -1;
    }
    if (long_is_compact(v) && long_is_compact(w)) {
        return compact_divmod(long_compact_value(v), long_compact_value(w), quotient, remainder);
    }
    if (truncated_divide(v, w, &q, &r) < 0) {
        Py_XDECREF(q);
        Py_XDECREF(r);
        return -1;
    }
    PyObject *whole = (PyObject *)q, *rest = (PyObject *)r;
    bool opposite = long_is_negative(v) != long_is_negative(w), exact = long_is_zero(r);
    if (long_is_negative(v)) {
        PyObject *negated = long_negative(rest);
        Py_DECREF(rest);
        rest = negated;
    }
    if (opposite) {
        PyObject *negated = long_negative(whole);
        Py_DECREF(whole);
        whole = negated;
    }
    if (opposite && !exact && whole != NULL && rest != NULL) {
        PyObject *one = PyLong_FromLong(1);
        whole = replace(whole, one, long_subtract);
        rest = replace(rest, (PyObject *)w, long_add);
        Py_DECREF(one);
    }
    if (whole == NULL || rest == NULL) {
        Py_XDECREF(whole);
        Py_XDECREF(rest);
        return -1;
    }
    give(quotient, whole);
    give(remainder, rest);
    return 0;
}

static PyObject *long_floor_divide(PyObject *v, PyObject *w)
{
    BOTH_INT(v, w)
    PyObject *result = NULL;
    return long_divmod((PyLongObject *)v, (PyLongObject *)w, &result, NULL) < 0 ? NULL : result;
}

static PyObject *long_remainder(PyObject *v, PyObject *w)
{
    BOTH_INT(v, w)
    PyObject *result = NULL;
    return long_divmod((PyLongObject *)v, (PyLongObject *)w, NULL, &result) < 0 ? NULL : result;
}

static PyObject *long_divmod_pair(PyObject *v, PyObject *w)
{
    BOTH_INT(v, w)
    PyObject *quotient = NULL, *remainder = NULL;
    if (long_divmod((PyLongObject *)v, (PyLongObject *)w, &quotient, &remainder) < 0) {
        return NULL;
    }
    PyObject *pair = PyTuple_Pack(2, quotient, remainder);
    Py_DECREF(quotient);
    Py_DECREF(remainder);
    return pair;
}

static PyObject *shift_left_by(PyLongObject *v, size_t count);

/* |v| / |w| to the nearest double: a quotient of 55 bits or more with a sticky last bit, scaled back. */
static double divide_to_double(PyLongObject *v, PyLongObject *w, bool *failed)
{
    Py_ssize_t bits = (Py_ssize_t)_PyLong_NumBits((PyObject *)v) - (Py_ssize_t)_PyLong_NumBits((PyObject *)w);
    /* Below the normal range fewer bits are kept, so that the result is rounded once. */
    Py_ssize_t exponent = (bits > -1019 ? bits : -1019) - 57;
    PyObject *a = exponent < 0 ? shift_left_by(v, (size_t)-exponent) : Py_NewRef((PyObject *)v);
    PyObject *b = exponent > 0 ? shift_left_by(w, (size_t)exponent) : Py_NewRef((PyObject *)w);
    PyLongObject *q = NULL, *r = NULL;
    double result = 0;
    *failed = a == NULL || b == NULL || truncated_divide((PyLongObject *)a, (PyLongObject *)b, &q, &r) < 0;
    if (!*failed) {
        uint64_t whole = PyLong_AsUnsignedLong((PyObject *)q) | !long_is_zero(r);
        result = ldexp((double)whole, (int)exponent);
        if (exponent == -1076 && whole < 1ULL << 54) {
            /* A subnormal result: 2**-1074 is its last place, round by integers. */
            uint64_t rest = whole & 3;
            whole >>= 2;
            whole += rest > 2 || (rest == 2 && (whole & 1) != 0);
            result = ldexp((double)whole, -1074);
        }
    }
    Py_XDECREF(a);
    Py_XDECREF(b);
    Py_XDECREF(q);
    Py_XDECREF(r);
    return result;
}

static PyObject *long_true_divide(PyObject *v, PyObject *w)
{
    BOTH_INT(v, w)
    PyLongObject *a = (PyLongObject *)v, *b = (PyLongObject *)w;
    if (long_is_zero(b)) {
        PyErr_SetString(PyExc_ZeroDivisionError, "division by zero");
        return NULL;
    }
    if (long_is_compact(a) && long_is_compact(b)) {
        return PyFloat_FromDouble((double)long_compact_value(a) / (double)long_compact_value(b));
    }
    bool negative = long_is_negative(a) != long_is_negative(b), failed = false;
    if (long_is_zero(a)) {
        return PyFloat_FromDouble(negative ? -0.0 : 0.0);
    }
    double result = HUGE_VAL;
    if ((Py_ssize_t)_PyLong_NumBits(v) - (Py_ssize_t)_PyLong_NumBits(w) <= 1024) {
        result = divide_to_double(a, b, &failed);
    }
    if (failed) {
        return NULL;
    }
    if (isinf(result)) {
        PyErr_SetString(PyExc_OverflowError, "integer division result too large for a float");
        return NULL;
    }
    return PyFloat_FromDouble(negative ? -result : result);
}

static PyObject *shift_left_by(PyLongObject *v, size_t count)
{
    Py_ssize_t size = long_size(v), words = (Py_ssize_t)(count / DIGIT_BITS);
    if (long_is_zero(v)) {
        return PyLong_FromLong(0);
    }
    PyLongObject *z = long_new(size + words + 1);
    if (z == NULL) {
        return NULL;
    }
    memset(DIGITS(z), 0, (size_t)words * sizeof(digit));
    digits_shift_left(DIGITS(z) + words, DIGITS(v), size, (int)(count % DIGIT_BITS));
    return long_finish(z, size + words + 1, long_is_negative(v));
}

/* Floored: the bits shifted out of a negative number make it one less. */
static PyObject *shift_right_by(PyLongObject *v, size_t count)
{
    Py_ssize_t size = long_size(v), words = (Py_ssize_t)(count / DIGIT_BITS);
    bool negative = long_is_negative(v), lost = false;
    int bits = (int)(count % DIGIT_BITS);
    if (words >= size) {
        return PyLong_FromLong(negative ? -1 : 0);
    }
    PyLongObject *z = long_new(size - words + 1);
    if (z == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0; negative && !lost && i < words; i++) {
        lost = DIGITS(v)[i] != 0;
    }
    lost = negative && (lost || (DIGITS(v)[words] & ((1U << bits) - 1)) != 0);
    Py_ssize_t left = digits_shift_right(DIGITS(z), DIGITS(v) + words, size - words, bits);
    if (lost) {
        digit one = 1;
        left = digits_add(DIGITS(z), DIGITS(z), left, &one, 1);
    }
    return long_finish(z, left, negative);
}

/* The count of a shift in *count; false with an exception if it is negative. Huge ones become SIZE_MAX. */
static bool shift_count(PyObject *w, size_t *count)
{
    if (long_is_negative((PyLongObject *)w)) {
        PyErr_SetString(PyExc_ValueError, "negative shift count");
        return false;
    }
    int overflow;
    *count = (size_t)PyLong_AsLongAndOverflow(w, &overflow);
    if (overflow != 0) {
        *count = SIZE_MAX;
    }
    return true;
}

static PyObject *long_left_shift(PyObject *v, PyObject *w)
{
    BOTH_INT(v, w)
    size_t count;
    PyLongObject *a = (PyLongObject *)v;
    if (!shift_count(w, &count)) {
        return NULL;
    }
    if (long_is_compact(a) && count <= 32) {
        return PyLong_FromLong(long_compact_value(a) * (1L << count));
    }
    if (count >= (size_t)PY_SSIZE_T_MAX / 8 && !long_is_zero(a)) {
        PyErr_SetString(PyExc_OverflowError, "too many digits in integer");
        return NULL;
    }
    return shift_left_by(a, count);
}

static PyObject *long_right_shift(PyObject *v, PyObject *w)
{
    BOTH_INT(v, w)
    size_t count;
    if (!shift_count(w, &count)) {
        return NULL;
    }
    return shift_right_by((PyLongObject *)v, count);
}

/* Digit i of the endless two's complement; *carry starts as 1. */
static digit complement_digit(const PyLongObject *v, Py_ssize_t i, digit *carry)
{
    digit d = i < long_size(v) ? v->long_value.ob_digit[i] : 0;
    if (!long_is_negative(v)) {
        return d;
    }
    d = (d ^ DIGIT_MASK) + *carry;
    *carry = d >> DIGIT_BITS;
    return d & DIGIT_MASK;
}

static digit combine(char op, digit a, digit b)
{
    return op == '&' ? a & b : op == '|' ? a | b : a ^ b;
}

static PyObject *bitwise(PyObject *v, PyObject *w, char op)
{
    BOTH_INT(v, w)
    PyLongObject *a = (PyLongObject *)v, *b = (PyLongObject *)w;
    if (long_is_compact(a) && long_is_compact(b)) {
        Py_ssize_t x = long_compact_value(a), y = long_compact_value(b);
        return PyLong_FromLong(op == '&' ? x & y : op == '|' ? x | y : x ^ y);
    }
    bool negative = combine(op, long_is_negative(a), long_is_negative(b)) != 0;
    /* One digit more than the longer has room for every sign. */
    Py_ssize_t size = (long_size(a) > long_size(b) ? long_size(a) : long_size(b)) + 1;
    PyLongObject *z = long_new(size);
    digit carry_a = 1, carry_b = 1, carry = 1;
    for (Py_ssize_t i = 0; z != NULL && i < size; i++) {
        digit d = combine(op, complement_digit(a, i, &carry_a), complement_digit(b, i, &carry_b));
        if (negative) {
            d = (d ^ DIGIT_MASK) + carry;
            carry = d >> DIGIT_BITS;
            d &= DIGIT_MASK;
        }
        DIGITS(z)[i] = d;
    }
    return long_finish(z, size, negative);
}

static PyObject *long_and(PyObject *v, PyObject *w)
{
    return bitwise(v, w, '&');
}

static PyObject *long_or(PyObject *v, PyObject *w)
{
    return bitwise(v, w, '|');
}

static PyObject *long_xor(PyObject *v, PyObject *w)
{
    return bitwise(v, w, '^');
}

/* ~v = -v - 1 */
static PyObject *long_invert(PyObject *v)
{
    PyObject *minus_one = PyLong_FromLong(-1);
    PyObject *result = replace(long_negative(v), minus_one, long_add);
    Py_DECREF(minus_one);
    return result;
}

/* x * y, modulo `modulus` if that is not NULL; takes x's reference. */
static PyObject *multiply_step(PyObject *x, PyObject *y, PyObject *modulus)
{
    PyObject *product = replace(x, y, long_multiply);
    return product != NULL && modulus != NULL ? replace(product, modulus, long_remainder) : product;
}

/* base ** exponent for exponent >= 0, bits of the exponent from the top. */
static PyObject *power(PyObject *base, PyLongObject *exponent, PyObject *modulus)
{
    PyObject *one = PyLong_FromLong(1), *result = Py_NewRef(one);
    if (modulus != NULL) {
        result = replace(result, modulus, long_remainder);
    }
    for (Py_ssize_t bit = (Py_ssize_t)_PyLong_NumBits((PyObject *)exponent) - 1; result != NULL && bit >= 0; bit--) {
        PyObject *twice = Py_NewRef(result);
        result = multiply_step(result, twice, modulus);
        Py_DECREF(twice);
        if (result != NULL && (DIGITS(exponent)[bit / DIGIT_BITS] >> bit % DIGIT_BITS & 1) != 0) {
            result = multiply_step(result, base, modulus);
        }
    }
    Py_DECREF(one);
    return result;
}

/* x with a * x = 1 modulo n, by the extended Euclidean algorithm; ValueError if there is none. */
static PyObject *inverse(PyObject *a, PyObject *n)
{
    PyObject *r0 = Py_NewRef(n), *r1 = Py_NewRef(a), *x0 = PyLong_FromLong(0), *x1 = PyLong_FromLong(1);
    while (r1 != NULL && x1 != NULL && !long_is_zero((PyLongObject *)r1)) {
        PyObject *q = NULL, *rest = NULL;
        if (long_divmod((PyLongObject *)r0, (PyLongObject *)r1, &q, &rest) < 0) {
            Py_CLEAR(r1);
            break;
        }
        PyObject *part = replace(q, x1, long_multiply);
        PyObject *x2 = part != NULL ? long_subtract(x0, part) : NULL;
        Py_XDECREF(part);
        Py_SETREF(r0, r1);
        r1 = rest;
        Py_SETREF(x0, x1);
        x1 = x2;
    }
    bool found = r1 != NULL && x1 != NULL && long_is_compact((PyLongObject *)r0)
                 && long_compact_value((PyLongObject *)r0) == 1;
    if (!found && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_ValueError, "base is not invertible for the given modulus");
    }
    Py_DECREF(r0);
    Py_XDECREF(r1);
    Py_XDECREF(x1);
    if (!found) {
        Py_CLEAR(x0);
    }
    return x0;
}

/* v ** w modulo |z|; the result has the sign of z. */
static PyObject *modular_power(PyObject *v, PyObject *w, PyObject *z)
{
    if (long_is_zero((PyLongObject *)z)) {
        PyErr_SetString(PyExc_ValueError, "pow() 3rd argument cannot be 0");
        return NULL;
    }
    PyObject *modulus = long_absolute(z), *base = NULL, *result = NULL;
    if (modulus != NULL) {
        base = long_remainder(v, modulus);
    }
    if (base != NULL && long_is_negative((PyLongObject *)w)) {
        Py_SETREF(base, inverse(base, modulus));
        if (base != NULL) {
            Py_SETREF(base, long_remainder(base, modulus));
        }
    }
    if (base != NULL) {
        result = power(base, (PyLongObject *)w, modulus);
    }
    if (result != NULL && long_is_negative((PyLongObject *)z)) {
        Py_SETREF(result, long_remainder(result, z));
    }
    Py_XDECREF(modulus);
    Py_XDECREF(base);
    return result;
}

static PyObject *long_power(PyObject *v, PyObject *w, PyObject *z)
{
    BOTH_INT(v, w)
    if (z != Py_None) {
        return PyLong_Check(z) ? modular_power(v, w, z) : Py_NewRef(Py_NotImplemented);
    }
    if (!long_is_negative((PyLongObject *)w)) {
        return power(v, (PyLongObject *)w, NULL);
    }
    /* A negative exponent makes a float. */
    double base = PyLong_AsDouble(v);
    if (base == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    PyObject *left = PyFloat_FromDouble(base), *result = NULL;
    if (left != NULL) {
        result = PyNumber_Power(left, w, Py_None);
    }
    Py_XDECREF(left);
    return result;
}

static int long_bool(PyObject *v)
{
    return !long_is_zero((PyLongObject *)v);
}

static PyObject *long_float(PyObject *v)
{
    double value = PyLong_AsDouble(v);
    return value == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
}

PyNumberMethods long_as_number = {
    .nb_add = long_add,
    .nb_subtract = long_subtract,
    .nb_multiply = long_multiply,
    .nb_remainder = long_remainder,
    .nb_divmod = long_divmod_pair,
    .nb_power = long_power,
    .nb_negative = long_negative,
    .nb_positive = long_positive,
    .nb_absolute = long_absolute,
    .nb_bool = long_bool,
    .nb_invert = long_invert,
    .nb_lshift = long_left_shift,
    .nb_rshift = long_right_shift,
    .nb_and = long_and,
    .nb_xor = long_xor,
    .nb_or = long_or,
    .nb_int = long_positive,
    .nb_float = long_float,
    .nb_floor_divide = long_floor_divide,
    .nb_true_divide = long_true_divide,
    .nb_index = long_positive,
};
