/* float. */
#include <math.h>
#include <string.h>

#include "internal/runtime_internal.h"
#include "libc/text.h"
#include "long.h"
#include "text.h"

PyObject *PyFloat_FromDouble(double value)
{
    PyFloatObject *op = PyObject_Malloc(sizeof(PyFloatObject));
    if (op == NULL) {
        return PyErr_NoMemory();
    }
    PyObject_Init((PyObject *)op, &PyFloat_Type);
    op->ob_fval = value;
    return (PyObject *)op;
}

/* The value of a float, of __float__ or of __index__; -1.0 with an exception otherwise. */
double PyFloat_AsDouble(PyObject *op)
{
    if (op == NULL) {
        PyErr_BadArgument();
        return -1.0;
    }
    if (PyFloat_Check(op)) {
        return PyFloat_AS_DOUBLE(op);
    }
    PyNumberMethods *n = Py_TYPE(op)->tp_as_number;
    if (n == NULL || (n->nb_float == NULL && n->nb_index == NULL)) {
        PyErr_Format(PyExc_TypeError, "must be real number, not %.50s", Py_TYPE(op)->tp_name);
        return -1.0;
    }
    PyObject *value = n->nb_float != NULL ? n->nb_float(op) : PyNumber_Index(op);
    if (value == NULL) {
        return -1.0;
    }
    double result = -1.0;
    if (PyFloat_Check(value)) {
        result = PyFloat_AS_DOUBLE(value);
    } else if (PyLong_Check(value)) {
        result = PyLong_AsDouble(value);
    } else {
        PyErr_Format(PyExc_TypeError, "%.50s.__float__ returned non-float (type %.50s)", Py_TYPE(op)->tp_name,
                     Py_TYPE(value)->tp_name);
    }
    Py_DECREF(value);
    return result;
}

/* Underscores are taken out between digits; false if one stands elsewhere. The text is changed in place. */
static bool drop_underscores(char *text, Py_ssize_t *length)
{
    char before = '\0';
    Py_ssize_t to = 0;
    for (Py_ssize_t i = 0; i < *length; i++) {
        char c = text[i];
        bool digit = c >= '0' && c <= '9', digit_before = before >= '0' && before <= '9';
        if ((c == '_' && !digit_before) || (before == '_' && !digit)) {
            return false;
        }
        if (c != '_') {
            text[to++] = c;
        }
        before = c;
    }
    *length = to;
    text[to] = '\0';
    return before != '_';
}

/* The float that the whole of a changeable, NUL-terminated text says. */
static bool parse_float(char *text, Py_ssize_t length, double *value)
{
    while (length > 0 && _Py_ascii_whitespace[text[length - 1] & 127] && text[length - 1] > 0) {
        length--;
    }
    while (length > 0 && *text > 0 && _Py_ascii_whitespace[*text & 127]) {
        text++;
        length--;
    }
    text[length] = '\0';
    const char *end;
    if (length == 0 || strlen(text) != (size_t)length || !drop_underscores(text, &length)) {
        return false;
    }
    *value = text_strtod(text, &end, NULL);
    return end == text + length;
}

static PyObject *from_text(PyObject *shown, char *text, Py_ssize_t length)
{
    double value;
    if (text == NULL) {
        return NULL;
    }
    bool good = parse_float(text, length, &value);
    PyMem_Free(text);
    if (!good) {
        return PyErr_Format(PyExc_ValueError, "could not convert string to float: %R", shown);
    }
    return PyFloat_FromDouble(value);
}

/* float(text) of a str or a buffer. */
PyObject *PyFloat_FromString(PyObject *op)
{
    Py_ssize_t length;
    if (PyUnicode_Check(op)) {
        char *text = unicode_to_number_text(op, &length);
        return from_text(op, text, length);
    }
    Py_buffer view;
    if (!PyObject_CheckBuffer(op)) {
        return PyErr_Format(PyExc_TypeError, "float() argument must be a string or a real number, not '%.200s'",
                            Py_TYPE(op)->tp_name);
    }
    if (PyObject_GetBuffer(op, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    char *text = PyMem_Malloc((size_t)view.len + 1);
    if (text != NULL) {
        memcpy(text, view.buf, (size_t)view.len);
    } else {
        PyErr_NoMemory();
    }
    PyObject *result = from_text(op, text, view.len);
    PyBuffer_Release(&view);
    return result;
}

/* C text to double: *end past the number, ValueError if there is none (end NULL: or if more follows). */
double PyOS_string_to_double(const char *text, char **end, PyObject *overflow_exception)
{
    const char *stop;
    bool overflow = false;
    double value = text_strtod(text, &stop, &overflow);
    if (stop == text || (end == NULL && *stop != '\0') || *text == ' ' || (*text >= '\t' && *text <= '\r')) {
        PyErr_Format(PyExc_ValueError, "could not convert string to float: '%.200s'", text);
        return -1.0;
    }
    if (end != NULL) {
        *end = (char *)stop;
    }
    if (overflow && overflow_exception != NULL) {
        PyErr_Format(overflow_exception, "value too large to convert to float: '%.200s'", text);
        return -1.0;
    }
    return value;
}

/* repr: the shortest digits, as an exponent when it is below -4 or above 16. */
static char *repr_text(double value, int flags)
{
    char digits[TEXT_DIGITS_MAX], out[64], *at = out;
    int point;
    bool negative;
    int count = text_dtoa(value, TEXT_SHORTEST, 0, digits, &point, &negative);
    if (count == 0) {
        strcpy(digits, "0");
        count = point = 1;
    }
    if (negative || (flags & Py_DTSF_SIGN) != 0) {
        *at++ = negative ? '-' : '+';
    }
    bool scientific = point <= -4 || point > 16;
    int whole = scientific ? 1 : point, i = 0;
    if (whole <= 0) {
        *at++ = '0';
    }
    for (; i < whole; i++) {
        *at++ = i < count ? digits[i] : '0';
    }
    if (count > i || (!scientific && (flags & Py_DTSF_ADD_DOT_0) != 0) || (flags & Py_DTSF_ALT) != 0) {
        *at++ = '.';
    }
    if (count <= i && !scientific && (flags & Py_DTSF_ADD_DOT_0) != 0) {
        *at++ = '0';
    }
    for (int zeros = whole; zeros < 0; zeros++) {
        *at++ = '0';
    }
    for (; i < count; i++) {
        *at++ = digits[i];
    }
    if (scientific) {
        at += text_snprintf(at, 8, "e%+03d", point - 1);
    }
    *at = '\0';
    char *copy = PyMem_Malloc((size_t)(at - out) + 1);
    return copy != NULL ? strcpy(copy, out) : (char *)PyErr_NoMemory();
}

/* "g" with a ".0" behind takes the exponent one place earlier, since the point needs a digit after it. */
static void shorten_general(double value, char *code, int *precision, int *flags)
{
    char digits[TEXT_DIGITS_MAX];
    int point, places = *precision > 0 ? *precision : 1;
    bool negative;
    int count = text_dtoa(value, TEXT_SIGNIFICANT, places, digits, &point, &negative);
    if ((count == 0 ? 1 : point) == places) {
        *code = *code == 'g' ? 'e' : 'E';
        *precision = (*flags & Py_DTSF_ALT) != 0 ? places - 1 : count > 1 ? count - 1 : 0;
        *flags &= ~Py_DTSF_ADD_DOT_0;
    }
}

char *float_to_text(double value, char code, int precision, int flags)
{
    char format[8] = "%+#.*f", *at = format;
    bool capital = code >= 'A' && code <= 'Z';
    const char *sign = __builtin_signbit(value) ? "-" : (flags & Py_DTSF_SIGN) != 0 ? "+" : "";
    if (!isfinite(value)) {
        char *text = PyMem_Malloc(8);
        if (text == NULL) {
            return (char *)PyErr_NoMemory();
        }
        /* A NaN has no sign here. */
        strcpy(text, isnan(value) ? (flags & Py_DTSF_SIGN ? "+" : "") : sign);
        strcat(text, isnan(value) ? (capital ? "NAN" : "nan") : capital ? "INF" : "inf");
        return text;
    }
    if (code == 'r') {
        return repr_text(value, flags);
    }
    if ((code | 32) == 'g' && (flags & Py_DTSF_ADD_DOT_0) != 0) {
        shorten_general(value, &code, &precision, &flags);
    }
    *at++ = '%';
    if ((flags & Py_DTSF_SIGN) != 0) {
        *at++ = '+';
    }
    if ((flags & Py_DTSF_ALT) != 0) {
        *at++ = '#';
    }
    *at++ = '.';
    *at++ = '*';
    *at++ = code;
    *at = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int length = text_snprintf(NULL, 0, format, precision, value);
    /* Room for ".0" behind. */
    char *text = PyMem_Malloc((size_t)length + 3);
    if (text == NULL) {
        return (char *)PyErr_NoMemory();
    }
    text_snprintf(text, (size_t)length + 1, format, precision, value);
#pragma GCC diagnostic pop
    if ((flags & Py_DTSF_ADD_DOT_0) != 0 && strpbrk(text, ".eE") == NULL) {
        strcat(text, ".0");
    }
    return text;
}

char *PyOS_double_to_string(double value, char format_code, int precision, int flags, int *type)
{
    if (type != NULL) {
        *type = isnan(value) ? Py_DTST_NAN : isinf(value) ? Py_DTST_INFINITE : Py_DTST_FINITE;
    }
    return float_to_text(value, format_code, precision, flags);
}

static PyObject *float_repr(PyObject *op)
{
    char *text = float_to_text(PyFloat_AS_DOUBLE(op), 'r', 0, Py_DTSF_ADD_DOT_0);
    PyObject *result = text != NULL ? PyUnicode_FromString(text) : NULL;
    PyMem_Free(text);
    return result;
}

static Py_hash_t float_hash(PyObject *op)
{
    return _Py_HashDouble(op, PyFloat_AS_DOUBLE(op));
}

/* A float or int operand as a double: 1, 0 if it is neither, -1 with OverflowError. */
static int operand(PyObject *op, double *value)
{
    if (PyFloat_Check(op)) {
        *value = PyFloat_AS_DOUBLE(op);
        return 1;
    }
    if (!PyLong_Check(op)) {
        return 0;
    }
    *value = PyLong_AsDouble(op);
    return *value == -1.0 && PyErr_Occurred() ? -1 : 1;
}

#define OPERANDS(v, w, a, b)                                                     \
    double a, b;                                                                 \
    int known_a = operand(v, &a), known_b = known_a > 0 ? operand(w, &b) : 0;    \
    if (known_a < 0 || known_b < 0) {                                            \
        return NULL;                                                             \
    }                                                                            \
    if (known_a == 0 || known_b == 0) {                                          \
        Py_RETURN_NOTIMPLEMENTED;                                                \
    }

/* The order of a float against an int, exactly: the int against the float's whole part, then the fraction. */
static int order_with_int(double value, PyObject *other)
{
    double whole;
    if (isinf(value)) {
        return value > 0 ? 1 : -1;
    }
    double fraction = modf(value, &whole);
    PyObject *integer = PyLong_FromDouble(whole);
    if (integer == NULL) {
        return -2;
    }
    int less = PyObject_RichCompareBool(integer, other, Py_LT), equal = PyObject_RichCompareBool(integer, other, Py_EQ);
    Py_DECREF(integer);
    if (less < 0 || equal < 0) {
        return -2;
    }
    return less ? -1 : !equal ? 1 : (fraction > 0) - (fraction < 0);
}

static PyObject *float_richcompare(PyObject *v, PyObject *w, int op)
{
    double a = PyFloat_AS_DOUBLE(v);
    if (PyFloat_Check(w)) {
        double b = PyFloat_AS_DOUBLE(w);
        Py_RETURN_RICHCOMPARE(a, b, op);
    }
    if (!PyLong_Check(w)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (isnan(a)) {
        return PyBool_FromLong(op == Py_NE);
    }
    int order = order_with_int(a, w);
    if (order == -2) {
        return NULL;
    }
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

static PyObject *float_add(PyObject *v, PyObject *w)
{
    OPERANDS(v, w, a, b)
    return PyFloat_FromDouble(a + b);
}

static PyObject *float_subtract(PyObject *v, PyObject *w)
{
    OPERANDS(v, w, a, b)
    return PyFloat_FromDouble(a - b);
}

static PyObject *float_multiply(PyObject *v, PyObject *w)
{
    OPERANDS(v, w, a, b)
    return PyFloat_FromDouble(a * b);
}

static bool nonzero(double b, const char *message)
{
    if (b == 0) {
        PyErr_SetString(PyExc_ZeroDivisionError, message);
    }
    return b != 0;
}

static PyObject *float_divide(PyObject *v, PyObject *w)
{
    OPERANDS(v, w, a, b)
    return nonzero(b, "float division by zero") ? PyFloat_FromDouble(a / b) : NULL;
}

/* The remainder has the sign of b; the quotient is the whole number that goes with it. */
static void floored(double a, double b, double *quotient, double *remainder)
{
    double rest = fmod(a, b), whole = (a - rest) / b;
    if (rest != 0) {
        if ((b < 0) != (rest < 0)) {
            rest += b;
            whole -= 1.0;
        }
    } else {
        rest = copysign(0.0, b);
    }
    if (whole != 0) {
        double floored_whole = floor(whole);
        *quotient = whole - floored_whole > 0.5 ? floored_whole + 1.0 : floored_whole;
    } else {
        *quotient = copysign(0.0, a / b);
    }
    *remainder = rest;
}

static PyObject *float_floor_divide(PyObject *v, PyObject *w)
{
    OPERANDS(v, w, a, b)
    double quotient, remainder;
    if (!nonzero(b, "float floor division by zero")) {
        return NULL;
    }
    floored(a, b, &quotient, &remainder);
    return PyFloat_FromDouble(quotient);
}

static PyObject *float_remainder(PyObject *v, PyObject *w)
{
    OPERANDS(v, w, a, b)
    double quotient, remainder;
    if (!nonzero(b, "float modulo")) {
        return NULL;
    }
    floored(a, b, &quotient, &remainder);
    return PyFloat_FromDouble(remainder);
}

static PyObject *float_divmod(PyObject *v, PyObject *w)
{
    OPERANDS(v, w, a, b)
    double quotient, remainder;
    if (!nonzero(b, "float divmod()")) {
        return NULL;
    }
    floored(a, b, &quotient, &remainder);
    return Py_BuildValue("(dd)", quotient, remainder);
}

static PyObject *float_power(PyObject *v, PyObject *w, PyObject *z)
{
    if (z != Py_None) {
        PyErr_SetString(PyExc_TypeError, "pow() 3rd argument not allowed unless all arguments are integers");
        return NULL;
    }
    OPERANDS(v, w, a, b)
    if (a == 0 && b < 0) {
        PyErr_SetString(PyExc_ZeroDivisionError, "0.0 cannot be raised to a negative power");
        return NULL;
    }
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b)) {
        /* CPython makes a complex number of it; there are none here. */
        PyErr_SetString(PyExc_ValueError, "negative number cannot be raised to a fractional power");
        return NULL;
    }
    double result = pow(a, b);
    if (isinf(result) && isfinite(a) && isfinite(b)) {
        PyObject *reason = Py_BuildValue("(is)", 34, "Numerical result out of range");
        PyErr_SetObject(PyExc_OverflowError, reason);
        Py_XDECREF(reason);
        return NULL;
    }
    return PyFloat_FromDouble(result);
}

static PyObject *float_negative(PyObject *v)
{
    return PyFloat_FromDouble(-PyFloat_AS_DOUBLE(v));
}

static PyObject *float_absolute(PyObject *v)
{
    return PyFloat_FromDouble(fabs(PyFloat_AS_DOUBLE(v)));
}

/* A plain float: itself unless it is of a subclass. */
static PyObject *float_float(PyObject *v)
{
    return PyFloat_CheckExact(v) ? Py_NewRef(v) : PyFloat_FromDouble(PyFloat_AS_DOUBLE(v));
}

static int float_bool(PyObject *v)
{
    return PyFloat_AS_DOUBLE(v) != 0;
}

static PyObject *float_trunc(PyObject *v)
{
    return PyLong_FromDouble(PyFloat_AS_DOUBLE(v));
}

/* float(x=0, /) */
static PyObject *float_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *x = NULL;
    if ((type == &PyFloat_Type && !_PyArg_NoKeywords("float", kwds)) || !PyArg_UnpackTuple(args, "float", 0, 1, &x)) {
        return NULL;
    }
    PyObject *plain = x == NULL                 ? PyFloat_FromDouble(0.0)
                      : PyUnicode_CheckExact(x) ? PyFloat_FromString(x)
                                                : PyNumber_Float(x);
    if (plain == NULL || type == &PyFloat_Type) {
        return plain;
    }
    PyObject *op = type->tp_alloc(type, 0);
    if (op != NULL) {
        ((PyFloatObject *)op)->ob_fval = PyFloat_AS_DOUBLE(plain);
    }
    Py_DECREF(plain);
    return op;
}

static PyObject *method_trunc(PyObject *v, PyObject *Py_UNUSED(none))
{
    return float_trunc(v);
}

static PyObject *method_floor(PyObject *v, PyObject *Py_UNUSED(none))
{
    return PyLong_FromDouble(floor(PyFloat_AS_DOUBLE(v)));
}

static PyObject *method_ceil(PyObject *v, PyObject *Py_UNUSED(none))
{
    return PyLong_FromDouble(ceil(PyFloat_AS_DOUBLE(v)));
}

static PyObject *method_itself(PyObject *v, PyObject *Py_UNUSED(none))
{
    return float_float(v);
}

static PyObject *method_is_integer(PyObject *v, PyObject *Py_UNUSED(none))
{
    double value = PyFloat_AS_DOUBLE(v);
    return PyBool_FromLong(isfinite(value) && floor(value) == value);
}

/* The value at ndigits decimal places: the exact text, rounded to even there, and back. */
static PyObject *round_to(double value, Py_ssize_t ndigits)
{
    char digits[TEXT_DIGITS_MAX], text[TEXT_DIGITS_MAX + 24];
    int point;
    bool negative;
    if (!isfinite(value) || ndigits > 323) {
        return PyFloat_FromDouble(value);
    }
    if (ndigits < -308) {
        return PyFloat_FromDouble(copysign(0.0, value));
    }
    text_dtoa(value, TEXT_DECIMALS, (int)ndigits, digits, &point, &negative);
    text_snprintf(text, sizeof text, "%s0.%se%d", negative ? "-" : "", digits[0] != '\0' ? digits : "0", point);
    double result = text_strtod(text, NULL, NULL);
    if (isinf(result)) {
        PyErr_SetString(PyExc_OverflowError, "rounded value too large to represent");
        return NULL;
    }
    return PyFloat_FromDouble(result);
}

static PyObject *method_round(PyObject *v, PyObject *const *args, Py_ssize_t count)
{
    double value = PyFloat_AS_DOUBLE(v);
    Py_ssize_t ndigits;
    if (!check_positional("__round__", count, 0, 1)) {
        return NULL;
    }
    if (count == 0 || args[0] == Py_None) {
        return PyLong_FromDouble(rint(value));
    }
    return index_argument(args[0], true, &ndigits) ? round_to(value, ndigits) : NULL;
}

static PyObject *method_as_integer_ratio(PyObject *v, PyObject *Py_UNUSED(none))
{
    double value = PyFloat_AS_DOUBLE(v);
    int exponent;
    if (!isfinite(value)) {
        PyErr_SetString(isnan(value) ? PyExc_ValueError : PyExc_OverflowError,
                        isnan(value) ? "cannot convert NaN to integer ratio" : "cannot convert Infinity to integer ratio");
        return NULL;
    }
    double fraction = frexp(value, &exponent);
    for (int i = 0; i < 300 && fraction != floor(fraction); i++) {
        fraction *= 2.0;
        exponent--;
    }
    PyObject *numerator = PyLong_FromDouble(fraction), *denominator = PyLong_FromLong(1), *result = NULL;
    PyObject *shift = PyLong_FromLong(exponent < 0 ? -exponent : exponent);
    if (numerator != NULL && denominator != NULL && shift != NULL) {
        PyObject **side = exponent < 0 ? &denominator : &numerator;
        Py_SETREF(*side, PyNumber_Lshift(*side, shift));
        result = numerator != NULL && denominator != NULL ? PyTuple_Pack(2, numerator, denominator) : NULL;
    }
    Py_XDECREF(numerator);
    Py_XDECREF(denominator);
    Py_XDECREF(shift);
    return result;
}

/* [-]0xh.hhhp[+-]d */
static PyObject *method_hex(PyObject *v, PyObject *Py_UNUSED(none))
{
    double value = PyFloat_AS_DOUBLE(v);
    uint64_t bits;
    if (!isfinite(value)) {
        return float_repr(v);
    }
    memcpy(&bits, &value, sizeof bits);
    int biased = (int)(bits >> 52 & 0x7FF);
    const char *sign = bits >> 63 ? "-" : "";
    if (value == 0) {
        return PyUnicode_FromFormat("%s0x0.0p+0", sign);
    }
    char text[40];
    text_snprintf(text, sizeof text, "%s0x%d.%013lxp%+d", sign, biased != 0, (unsigned long)(bits & 0xFFFFFFFFFFFFF),
                  biased != 0 ? biased - 1023 : -1022);
    return PyUnicode_FromString(text);
}

static PyObject *method_getnewargs(PyObject *v, PyObject *Py_UNUSED(none))
{
    return Py_BuildValue("(d)", PyFloat_AS_DOUBLE(v));
}

static PyObject *get_real(PyObject *v, void *Py_UNUSED(closure))
{
    return float_float(v);
}

static PyObject *get_imag(PyObject *Py_UNUSED(v), void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(0.0);
}

static PyMethodDef float_methods[] = {
    {"conjugate", method_itself, METH_NOARGS, NULL},
    {"__trunc__", method_trunc, METH_NOARGS, NULL},
    {"__floor__", method_floor, METH_NOARGS, NULL},
    {"__ceil__", method_ceil, METH_NOARGS, NULL},
    {"__round__", _PyCFunction_CAST(method_round), METH_FASTCALL, NULL},
    {"as_integer_ratio", method_as_integer_ratio, METH_NOARGS, NULL},
    {"hex", method_hex, METH_NOARGS, NULL},
    {"is_integer", method_is_integer, METH_NOARGS, NULL},
    {"__getnewargs__", method_getnewargs, METH_NOARGS, NULL},
    {"__format__", format_float, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef float_getset[] = {
    {"real", get_real, NULL, NULL, NULL},
    {"imag", get_imag, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyNumberMethods float_as_number = {
    .nb_add = float_add,
    .nb_subtract = float_subtract,
    .nb_multiply = float_multiply,
    .nb_remainder = float_remainder,
    .nb_divmod = float_divmod,
    .nb_power = float_power,
    .nb_negative = float_negative,
    .nb_positive = float_float,
    .nb_absolute = float_absolute,
    .nb_bool = float_bool,
    .nb_int = float_trunc,
    .nb_float = float_float,
    .nb_floor_divide = float_floor_divide,
    .nb_true_divide = float_divide,
};

PyTypeObject PyFloat_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "float",
    .tp_basicsize = sizeof(PyFloatObject),
    .tp_repr = float_repr,
    .tp_as_number = &float_as_number,
    .tp_hash = float_hash,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "Convert a string or number to a floating point number, if possible.",
    .tp_richcompare = float_richcompare,
    .tp_methods = float_methods,
    .tp_getset = float_getset,
    .tp_new = float_new,
};
