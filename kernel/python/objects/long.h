/* What the files of int share: magnitudes as arrays of 30-bit digits, least significant first. */
#ifndef PYNET_OBJECTS_LONG_H
#define PYNET_OBJECTS_LONG_H

#include <stdbool.h>

#include "Python.h"
#include "text.h"

#define DIGIT_MASK PyLong_MASK
#define DIGIT_BITS PyLong_SHIFT

/* The sign is in the two low bits of lv_tag (0 positive, 1 zero, 2 negative), the number of digits from bit 3 up. */
static inline Py_ssize_t long_size(const PyLongObject *v)
{
    return (Py_ssize_t)(v->long_value.lv_tag >> 3);
}

static inline bool long_is_negative(const PyLongObject *v)
{
    return (v->long_value.lv_tag & 3) == 2;
}

static inline bool long_is_zero(const PyLongObject *v)
{
    return (v->long_value.lv_tag & 3) == 1;
}

/* At most one digit: the value is a C integer. */
static inline bool long_is_compact(const PyLongObject *v)
{
    return v->long_value.lv_tag < (2 << 3);
}

static inline Py_ssize_t long_compact_value(const PyLongObject *v)
{
    Py_ssize_t digit = (Py_ssize_t)v->long_value.ob_digit[0];
    return long_is_negative(v) ? -digit : digit;
}

/* A new int with room for `size` digits, to be filled and then given to long_finish(). */
PyLongObject *long_new(Py_ssize_t size);
void long_dealloc(PyObject *op);
/* Drops leading zero digits, sets the sign; small values become the shared objects. Takes the reference; NULL passes. */
PyObject *long_finish(PyLongObject *v, Py_ssize_t size, bool negative);
/* The int of a text of [first, last) in `base` (0: by prefix); NULL without an exception if it is not one. */
PyObject *long_from_text(const char *first, const char *last, int base);
/* The digits of v in base 2, 8, 10 or 16 with an optional "0x"-like prefix. */
PyObject *long_to_text(PyObject *v, int base, bool prefix);
/* floor(v / w) and v - w * floor(v / w); either result may be NULL. -1 with ZeroDivisionError or MemoryError. */
int long_divmod(PyLongObject *v, PyLongObject *w, PyObject **quotient, PyObject **remainder);
/* The largest number of decimal digits converted either way; 0: no limit (sys.set_int_max_str_digits). */
extern int long_max_str_digits;

extern PyNumberMethods long_as_number;

/* Magnitudes. Results are normalised sizes; arrays of results may not overlap operands unless said. */
Py_ssize_t digits_normalise(const digit *a, Py_ssize_t size);
int digits_compare(const digit *a, Py_ssize_t na, const digit *b, Py_ssize_t nb);
/* z has max(na, nb) + 1 digits; z may be a. */
Py_ssize_t digits_add(digit *z, const digit *a, Py_ssize_t na, const digit *b, Py_ssize_t nb);
/* a >= b; z has na digits; z may be a. */
Py_ssize_t digits_subtract(digit *z, const digit *a, Py_ssize_t na, const digit *b, Py_ssize_t nb);
/* z has na + nb digits. */
Py_ssize_t digits_multiply(digit *z, const digit *a, Py_ssize_t na, const digit *b, Py_ssize_t nb);
/* z = a * factor + addend, na + 1 digits; z may be a. */
Py_ssize_t digits_multiply_small(digit *z, const digit *a, Py_ssize_t na, digit factor, digit addend);
/* q = a / n, na digits; q may be a; returns the remainder. */
digit digits_divide_small(digit *q, const digit *a, Py_ssize_t na, digit n);
/* q (na - nb + 1 digits) = a / b; a (na + 1 digits, normalised to b's top bit) becomes the remainder. b has >= 2 digits. */
void digits_divide(digit *q, digit *a, Py_ssize_t na, const digit *b, Py_ssize_t nb);
/* z = a << bits with bits < 30, na + 1 digits; z may be a. */
Py_ssize_t digits_shift_left(digit *z, const digit *a, Py_ssize_t na, int bits);
/* z = a >> bits with bits < 30, na digits; z may be a. */
Py_ssize_t digits_shift_right(digit *z, const digit *a, Py_ssize_t na, int bits);

#endif
