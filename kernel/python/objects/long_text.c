/* int to text and back, in any base from 2 to 36. */
#include "long.h"

#include <string.h>

/* sys.int_info.default_max_str_digits */
int long_max_str_digits = 4300;

static int digit_value(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 32;
    return c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int bits_of_base(int base)
{
    return (base & (base - 1)) == 0 ? __builtin_ctz((unsigned)base) : 0;
}

/* Each character of a base 2**bits is so many bits; they are laid down from the last. */
static PyObject *from_binary_text(const char *first, const char *last, Py_ssize_t count, int bits, bool negative)
{
    PyLongObject *v = long_new(count * bits / PyLong_SHIFT + 1);
    twodigits held = 0;
    int have = 0;
    Py_ssize_t at = 0;
    if (v == NULL) {
        return NULL;
    }
    while (last > first) {
        last--;
        if (*last == '_') {
            continue;
        }
        held |= (twodigits)digit_value((unsigned char)*last) << have;
        have += bits;
        if (have >= PyLong_SHIFT) {
            v->long_value.ob_digit[at++] = (digit)(held & DIGIT_MASK);
            held >>= PyLong_SHIFT;
            have -= PyLong_SHIFT;
        }
    }
    if (have > 0) {
        v->long_value.ob_digit[at++] = (digit)held;
    }
    return long_finish(v, at, negative);
}

/* As many characters at a time as a digit has room for: v = v * base**n + part. */
static PyObject *from_other_text(const char *first, const char *last, Py_ssize_t count, int base, bool negative)
{
    /* Each character is fewer bits than the next power of two has. */
    int bits = 32 - __builtin_clz((unsigned)base - 1);
    PyLongObject *v = long_new(count * bits / PyLong_SHIFT + 2);
    Py_ssize_t size = 0;
    digit part = 0, factor = 1;
    for (; v != NULL && first <= last; first++) {
        if (first < last && *first != '_') {
            part = part * (digit)base + (digit)digit_value((unsigned char)*first);
            factor *= (digit)base;
        }
        if (first == last || factor > DIGIT_MASK / (digit)base) {
            size = digits_multiply_small(v->long_value.ob_digit, v->long_value.ob_digit, size, factor, part);
            part = 0;
            factor = 1;
        }
    }
    return long_finish(v, size, negative);
}

/* The base that a "0x"-like prefix names, or 0. */
static int prefix_base(const char *at, const char *last)
{
    if (last - at < 2 || at[0] != '0') {
        return 0;
    }
    int c = at[1] | 32;
    return c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
}

/* Counts the digits of the base; -1 unless there is one, with single underscores only between them. */
static Py_ssize_t count_digits(const char *first, const char *last, int base)
{
    Py_ssize_t count = 0;
    char before = '_';
    for (; first < last; first++) {
        if (*first == '_' ? before == '_' : digit_value((unsigned char)*first) >= base) {
            return -1;
        }
        count += *first != '_';
        before = *first;
    }
    return before == '_' ? -1 : count;
}

/* In base 0 a number with leading zeros and no prefix must be zero. */
static bool is_old_octal(const char *first, const char *last)
{
    if (*first != '0') {
        return false;
    }
    for (; first < last; first++) {
        if (*first != '0' && *first != '_') {
            return true;
        }
    }
    return false;
}

PyObject *long_from_text(const char *first, const char *last, int base)
{
    while (first < last && is_space((unsigned char)*first)) {
        first++;
    }
    while (first < last && is_space((unsigned char)last[-1])) {
        last--;
    }
    bool negative = first < last && *first == '-';
    first += first < last && (*first == '-' || *first == '+');
    int named = prefix_base(first, last);
    if (named != 0 && (base == 0 || base == named)) {
        base = named;
        first += 2;
        first += first < last && *first == '_';
    } else if (base == 0) {
        if (first < last && is_old_octal(first, last)) {
            return NULL;
        }
        base = 10;
    }
    Py_ssize_t count = count_digits(first, last, base);
    if (count < 0) {
        return NULL;
    }
    int bits = bits_of_base(base);
    if (bits != 0) {
        return from_binary_text(first, last, count, bits, negative);
    }
    if (long_max_str_digits > 0 && count > long_max_str_digits) {
        return PyErr_Format(PyExc_ValueError,
                            "Exceeds the limit (%d digits) for integer string conversion: value has %zd digits; "
                            "use sys.set_int_max_str_digits() to increase the limit",
                            long_max_str_digits, count);
    }
    return from_other_text(first, last, count, base, negative);
}

static bool check_base(int base)
{
    if (base != 0 && (base < 2 || base > 36)) {
        PyErr_SetString(PyExc_ValueError, "int() base must be >= 2 and <= 36, or 0");
        return false;
    }
    return true;
}

/* *end, if end is not NULL, is set past the number; otherwise the whole text must be one. */
PyObject *PyLong_FromString(const char *text, char **end, int base)
{
    if (!check_base(base)) {
        return NULL;
    }
    const char *last = text + strlen(text);
    PyObject *result = long_from_text(text, last, base);
    while (end != NULL && result == NULL && !PyErr_Occurred() && last > text) {
        last--;
        result = long_from_text(text, last, base);
    }
    if (end != NULL) {
        *end = (char *)(result != NULL ? last : text);
    }
    if (result == NULL && !PyErr_Occurred()) {
        PyObject *shown = PyUnicode_FromString(text);
        if (shown != NULL) {
            PyErr_Format(PyExc_ValueError, "invalid literal for int() with base %d: %.200R", base, shown);
            Py_DECREF(shown);
        }
    }
    return result;
}

PyObject *PyLong_FromUnicodeObject(PyObject *text, int base)
{
    if (!check_base(base)) {
        return NULL;
    }
    Py_ssize_t length;
    char *ascii = unicode_to_number_text(text, &length);
    if (ascii == NULL) {
        return NULL;
    }
    PyObject *result = long_from_text(ascii, ascii + length, base);
    PyMem_Free(ascii);
    if (result == NULL && !PyErr_Occurred()) {
        PyErr_Format(PyExc_ValueError, "invalid literal for int() with base %d: %.200R", base, text);
    }
    return result;
}

/* A one-byte string of `length` characters to be filled through *to. */
static PyObject *new_ascii(Py_ssize_t length, char **to)
{
    PyObject *text = PyUnicode_New(length, 127);
    if (text != NULL) {
        *to = PyUnicode_DATA(text);
    }
    return text;
}

/* Nine decimal digits a division by 10**9; `scratch` is used up. Writes backwards from `end`, returns the first. */
static char *write_decimal(digit *scratch, Py_ssize_t size, char *end)
{
    while (size > 0) {
        digit part = digits_divide_small(scratch, scratch, size, 1000000000);
        size = digits_normalise(scratch, size);
        for (int i = 0; i < 9 && (size > 0 || part != 0); i++) {
            *--end = (char)('0' + part % 10);
            part /= 10;
        }
    }
    return end;
}

static PyObject *to_decimal(PyLongObject *v)
{
    Py_ssize_t size = long_size(v);
    /* log10(2**30) is 9.03: ten characters a digit are enough. */
    size_t room = (size_t)size * 10 + 2;
    char small[64], *buffer = small;
    digit small_digits[4], *scratch = small_digits;
    if (long_is_zero(v)) {
        return PyUnicode_FromString("0");
    }
    if (size > 4) {
        buffer = PyMem_Malloc(room + (size_t)size * sizeof(digit) + sizeof(digit));
        if (buffer == NULL) {
            return PyErr_NoMemory();
        }
        scratch = (digit *)(((uintptr_t)buffer + room + sizeof(digit) - 1) & ~(uintptr_t)(sizeof(digit) - 1));
    }
    memcpy(scratch, v->long_value.ob_digit, (size_t)size * sizeof(digit));
    char *end = buffer + room, *first = write_decimal(scratch, size, end), *to;
    PyObject *text = NULL;
    if (long_max_str_digits > 0 && end - first > long_max_str_digits) {
        PyErr_Format(PyExc_ValueError,
                     "Exceeds the limit (%d digits) for integer string conversion; "
                     "use sys.set_int_max_str_digits() to increase the limit",
                     long_max_str_digits);
    } else {
        if (long_is_negative(v)) {
            *--first = '-';
        }
        text = new_ascii(end - first, &to);
    }
    if (text != NULL) {
        memcpy(to, first, (size_t)(end - first));
    }
    if (buffer != small) {
        PyMem_Free(buffer);
    }
    return text;
}

static PyObject *to_binary(PyLongObject *v, int bits, bool prefix)
{
    size_t used = _PyLong_NumBits((PyObject *)v);
    Py_ssize_t count = used == 0 ? 1 : (Py_ssize_t)((used + (size_t)bits - 1) / (size_t)bits);
    char *to;
    PyObject *text = new_ascii(count + long_is_negative(v) + (prefix ? 2 : 0), &to);
    if (text == NULL) {
        return NULL;
    }
    if (long_is_negative(v)) {
        *to++ = '-';
    }
    if (prefix) {
        *to++ = '0';
        *to++ = bits == 4 ? 'x' : bits == 3 ? 'o' : 'b';
    }
    Py_ssize_t size = long_size(v);
    for (Py_ssize_t i = 0; i < count; i++) {
        size_t from = (size_t)i * (size_t)bits;
        Py_ssize_t word = (Py_ssize_t)(from / PyLong_SHIFT);
        twodigits pair = word < size ? v->long_value.ob_digit[word] : 0;
        pair |= word + 1 < size ? (twodigits)v->long_value.ob_digit[word + 1] << PyLong_SHIFT : 0;
        to[count - 1 - i] = "0123456789abcdef"[pair >> from % PyLong_SHIFT & ((1U << bits) - 1)];
    }
    return text;
}

PyObject *long_to_text(PyObject *v, int base, bool prefix)
{
    return base == 10 ? to_decimal((PyLongObject *)v) : to_binary((PyLongObject *)v, bits_of_base(base), prefix);
}

/* hex(), oct(), bin() and str() of an int, with the prefix. */
PyObject *_PyLong_Format(PyObject *v, int base)
{
    return long_to_text(v, base, true);
}
