/* template % values, for str and for bytes. */
#include <string.h>

#include "internal/runtime_internal.h"
#include "long.h"
#include "text.h"

/* The values that % takes from: a tuple one after the other, a mapping by name, or one value. */
struct percent {
    PyObject *template, *args, *mapping;
    Py_ssize_t next, count; /* count -1: `args` is the one value */
    bool bytes;             /* characters stand for bytes */
};

/* %[(name)][flags][width][.precision]conversion */
struct conversion {
    bool left, sign, space, alternate, zero;
    Py_ssize_t width, precision; /* -1: not given */
    Py_UCS4 code;
};

#define READ(op, i) PyUnicode_READ_CHAR(op, i)
#define LENGTH(op) PyUnicode_GET_LENGTH(op)

/* The next value, borrowed; NULL with TypeError when there is none left. */
static PyObject *next_value(struct percent *p)
{
    if (p->count < 0 && p->next == 0) {
        p->next++;
        return p->args;
    }
    if (p->next < p->count) {
        return PyTuple_GET_ITEM(p->args, p->next++);
    }
    PyErr_SetString(PyExc_TypeError, "not enough arguments for format string");
    return NULL;
}

static bool incomplete(void)
{
    PyErr_SetString(PyExc_ValueError, "incomplete format");
    return false;
}

/* "(name)" at *at: the mapping's value becomes the one value. */
static bool read_key(struct percent *p, Py_ssize_t *at)
{
    if (p->mapping == NULL) {
        PyErr_SetString(PyExc_TypeError, "format requires a mapping");
        return false;
    }
    Py_ssize_t start = ++*at;
    for (int open = 1; *at < LENGTH(p->template); (*at)++) {
        open += (READ(p->template, *at) == '(') - (READ(p->template, *at) == ')');
        if (open == 0) {
            break;
        }
    }
    if (*at >= LENGTH(p->template)) {
        PyErr_SetString(PyExc_ValueError, "incomplete format key");
        return false;
    }
    PyObject *key = unicode_slice(p->template, start, (*at)++);
    if (key != NULL && p->bytes) {
        Py_SETREF(key, PyUnicode_AsLatin1String(key));
    }
    PyObject *value = key != NULL ? PyObject_GetItem(p->mapping, key) : NULL;
    Py_XDECREF(key);
    if (value == NULL) {
        return false;
    }
    Py_XSETREF(p->args, value);
    p->count = -1;
    p->next = 0;
    return true;
}

/* A width or precision: digits or `*`; -1 if there is none. */
static bool read_number(struct percent *p, Py_ssize_t *at, Py_ssize_t *number, const char *too_big)
{
    if (*at < LENGTH(p->template) && READ(p->template, *at) == '*') {
        (*at)++;
        PyObject *value = next_value(p);
        if (value == NULL) {
            return false;
        }
        if (!PyLong_Check(value)) {
            PyErr_SetString(PyExc_TypeError, "* wants int");
            return false;
        }
        *number = PyLong_AsSsize_t(value);
        return *number != -1 || !PyErr_Occurred();
    }
    *number = -1;
    for (; *at < LENGTH(p->template); (*at)++) {
        Py_UCS4 c = READ(p->template, *at);
        if (c < '0' || c > '9') {
            break;
        }
        *number = *number < 0 ? 0 : *number;
        if (*number > (0x7FFFFFFF - (Py_ssize_t)(c - '0')) / 10) {
            PyErr_SetString(PyExc_ValueError, too_big);
            return false;
        }
        *number = *number * 10 + (Py_ssize_t)(c - '0');
    }
    return true;
}

static bool read_flag(struct conversion *c, Py_UCS4 flag)
{
    bool *target = flag == '-' ? &c->left : flag == '+' ? &c->sign : flag == ' ' ? &c->space : flag == '#' ? &c->alternate
                   : flag == '0' ? &c->zero : NULL;
    if (target != NULL) {
        *target = true;
    }
    return target != NULL;
}

static bool read_conversion(struct percent *p, Py_ssize_t *at, struct conversion *c)
{
    PyObject *text = p->template;
    *c = (struct conversion){.width = -1, .precision = -1};
    if (*at < LENGTH(text) && READ(text, *at) == '(' && !read_key(p, at)) {
        return false;
    }
    while (*at < LENGTH(text) && read_flag(c, READ(text, *at))) {
        (*at)++;
    }
    if (!read_number(p, at, &c->width, "width too big")) {
        return false;
    }
    if (c->width < -1) {
        c->left = true;
        c->width = -c->width;
    }
    if (*at < LENGTH(text) && READ(text, *at) == '.') {
        (*at)++;
        if (!read_number(p, at, &c->precision, "precision too big")) {
            return false;
        }
        c->precision = Py_MAX(c->precision, 0);
    }
    if (*at < LENGTH(text) && strchr("hlL", (int)(READ(text, *at) < 128 ? READ(text, *at) : 1)) != NULL) {
        (*at)++;
    }
    if (*at >= LENGTH(text)) {
        return incomplete();
    }
    c->code = READ(text, (*at)++);
    return true;
}

/* sign, prefix and body in the width; zeros, if asked for, between. */
static bool put_padded(struct text_writer *w, const struct conversion *c, const char *sign, const char *prefix, PyObject *body,
                       Py_ssize_t start, Py_ssize_t end, bool zeros_allowed)
{
    Py_ssize_t around = (Py_ssize_t)(strlen(sign) + strlen(prefix)), padding = c->width - around - (end - start);
    bool zeros = zeros_allowed && c->zero && !c->left;
    return (c->left || zeros || writer_fill(w, ' ', padding)) && writer_put_ascii(w, sign, (Py_ssize_t)strlen(sign))
           && writer_put_ascii(w, prefix, (Py_ssize_t)strlen(prefix)) && (!zeros || writer_fill(w, '0', padding))
           && writer_put_str(w, body, start, end) && (!c->left || writer_fill(w, ' ', padding));
}

static const char *sign_text(const struct conversion *c, bool negative)
{
    return negative ? "-" : c->sign ? "+" : c->space ? " " : "";
}

/* The int of a value: %d takes any number, the others want an integer. New reference. */
static PyObject *int_value(const struct conversion *c, PyObject *value)
{
    bool decimal = c->code == 'd' || c->code == 'i' || c->code == 'u';
    if (PyLong_Check(value)) {
        return Py_NewRef(value);
    }
    PyNumberMethods *n = Py_TYPE(value)->tp_as_number;
    bool number = n != NULL && (n->nb_index != NULL || (decimal && n->nb_int != NULL));
    PyObject *result = number ? (decimal ? PyNumber_Long(value) : PyNumber_Index(value)) : NULL;
    if (result == NULL && (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_TypeError))) {
        PyErr_Format(PyExc_TypeError, decimal ? "%%%c format: a real number is required, not %.200s"
                                              : "%%%c format: an integer is required, not %.200s",
                     (int)c->code, Py_TYPE(value)->tp_name);
    }
    return result;
}

static bool put_integer(struct text_writer *w, const struct conversion *c, PyObject *value)
{
    PyObject *number = int_value(c, value);
    int base = c->code == 'o' ? 8 : c->code == 'x' || c->code == 'X' ? 16 : 10;
    PyObject *text = number != NULL ? long_to_text(number, base, false) : NULL;
    Py_XDECREF(number);
    if (text == NULL) {
        return false;
    }
    bool negative = READ(text, 0) == '-';
    const char *prefix = !c->alternate || base == 10 ? "" : base == 8 ? "0o" : c->code == 'x' ? "0x" : "0X";
    struct text_writer digits = TEXT_WRITER_INIT;
    bool done = writer_fill(&digits, '0', c->precision - (LENGTH(text) - negative));
    for (Py_ssize_t i = negative; done && i < LENGTH(text); i++) {
        Py_UCS4 d = READ(text, i);
        done = writer_put_char(&digits, c->code == 'X' && d >= 'a' ? d - 32 : d);
    }
    PyObject *body = done ? writer_finish(&digits) : NULL;
    done = body != NULL && put_padded(w, c, sign_text(c, negative), prefix, body, 0, LENGTH(body), true);
    writer_discard(&digits);
    Py_XDECREF(body);
    Py_DECREF(text);
    return done;
}

static bool put_float(struct text_writer *w, const struct conversion *c, PyObject *value)
{
    double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred()) {
        return false;
    }
    int precision = c->precision < 0 ? 6 : (int)c->precision;
    char *text = float_to_text(number, (char)c->code, precision, c->alternate ? Py_DTSF_ALT : 0);
    PyObject *body = text != NULL ? PyUnicode_FromString(text) : NULL;
    PyMem_Free(text);
    if (body == NULL) {
        return false;
    }
    bool negative = READ(body, 0) == '-';
    bool done = put_padded(w, c, sign_text(c, negative), "", body, negative, LENGTH(body), true);
    Py_DECREF(body);
    return done;
}

/* %s %r %a; takes the reference, NULL passes. */
static bool put_text(struct text_writer *w, const struct conversion *c, PyObject *text)
{
    if (text == NULL) {
        return false;
    }
    Py_ssize_t length = LENGTH(text);
    length = c->precision >= 0 && c->precision < length ? c->precision : length;
    bool done = put_padded(w, c, "", "", text, 0, length, false);
    Py_DECREF(text);
    return done;
}

/* The one character of %c: new str. */
static PyObject *char_of(struct percent *p, PyObject *value)
{
    if (!p->bytes && PyUnicode_Check(value)) {
        if (LENGTH(value) == 1) {
            return Py_NewRef(value);
        }
        PyErr_SetString(PyExc_TypeError, "%c requires int or char");
        return NULL;
    }
    if (p->bytes && (PyBytes_Check(value) || PyByteArray_Check(value)) && Py_SIZE(value) == 1) {
        return PyUnicode_FromKindAndData(1, PyBytes_Check(value) ? PyBytes_AS_STRING(value) : PyByteArray_AS_STRING(value), 1);
    }
    PyObject *number = PyIndex_Check(value) ? PyNumber_Index(value) : NULL;
    if (number == NULL) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_TypeError, p->bytes ? "%c requires an integer in range(256) or a single byte"
                                                      : "%c requires int or char");
        }
        return NULL;
    }
    int overflow;
    long c = PyLong_AsLongAndOverflow(number, &overflow);
    Py_DECREF(number);
    if (overflow != 0 || c < 0 || c > (p->bytes ? 255 : 0x10FFFF)) {
        PyErr_SetString(PyExc_OverflowError, p->bytes ? "%c arg not in range(256)" : "%c arg not in range(0x110000)");
        return NULL;
    }
    return unicode_char((Py_UCS4)c);
}

/* %b (and %s of bytes): a buffer, or what __bytes__ gives, as characters. */
static PyObject *bytes_text(PyObject *value)
{
    Py_buffer view;
    PyObject *special = NULL, *bytes = NULL;
    if (PyObject_CheckBuffer(value)) {
        if (PyObject_GetBuffer(value, &view, PyBUF_SIMPLE) < 0) {
            return NULL;
        }
        PyObject *text = PyUnicode_DecodeLatin1(view.buf, view.len, NULL);
        PyBuffer_Release(&view);
        return text;
    }
    special = _PyObject_LookupSpecialName(value, "__bytes__");
    if (special != NULL) {
        bytes = PyObject_CallNoArgs(special);
        Py_DECREF(special);
        PyObject *text = bytes != NULL && PyBytes_Check(bytes) ? bytes_text(bytes) : NULL;
        Py_XDECREF(bytes);
        return text;
    }
    if (!PyErr_Occurred()) {
        PyErr_Format(PyExc_TypeError, "%%b requires a bytes-like object, or an object that implements __bytes__, not '%.100s'",
                     Py_TYPE(value)->tp_name);
    }
    return NULL;
}

static bool put_value(struct text_writer *w, struct percent *p, const struct conversion *c, PyObject *value)
{
    switch (c->code) {
    case 's':
        return put_text(w, c, p->bytes ? bytes_text(value) : PyObject_Str(value));
    case 'r':
        return put_text(w, c, p->bytes ? PyObject_ASCII(value) : PyObject_Repr(value));
    case 'a':
        return put_text(w, c, PyObject_ASCII(value));
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X':
        return put_integer(w, c, value);
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
        return put_float(w, c, value);
    case 'c': {
        struct conversion whole = *c;
        whole.precision = -1;
        return put_text(w, &whole, char_of(p, value));
    }
    default:
        break;
    }
    return put_text(w, c, bytes_text(value));
}

/* Whether % knows the conversion; %b is for bytes only. */
static bool is_known(const struct percent *p, Py_UCS4 code)
{
    return code < 128 && strchr("srabcdiuoxXeEfFgG", (int)code) != NULL && (code != 'b' || p->bytes);
}

static bool render(struct text_writer *w, struct percent *p)
{
    Py_ssize_t at = 0, length = LENGTH(p->template);
    while (at < length) {
        Py_UCS4 c = READ(p->template, at++);
        if (c != '%') {
            if (!writer_put_char(w, c)) {
                return false;
            }
            continue;
        }
        struct conversion conversion;
        if (!read_conversion(p, &at, &conversion)) {
            return false;
        }
        if (conversion.code == '%' && READ(p->template, at - 2) == '%') {
            if (!writer_put_char(w, '%')) {
                return false;
            }
            continue;
        }
        PyObject *value = next_value(p);
        if (value == NULL) {
            return false;
        }
        if (!is_known(p, conversion.code)) {
            PyErr_Format(PyExc_ValueError, "unsupported format character '%c' (0x%x) at index %zd",
                         conversion.code > 31 && conversion.code < 128 ? (int)conversion.code : '?',
                         (unsigned)conversion.code, at - 1);
            return false;
        }
        Py_INCREF(value);
        bool done = put_value(w, p, &conversion, value);
        Py_DECREF(value);
        if (!done) {
            return false;
        }
    }
    bool left = p->mapping == NULL && (p->count < 0 ? p->next == 0 : p->next < p->count);
    if (left) {
        PyErr_SetString(PyExc_TypeError, p->bytes ? "not all arguments converted during bytes formatting"
                                                  : "not all arguments converted during string formatting");
    }
    return !left;
}

static PyObject *percent(PyObject *template, PyObject *args, bool bytes)
{
    struct text_writer w = TEXT_WRITER_INIT;
    struct percent p = {.template = template, .args = Py_NewRef(args), .bytes = bytes};
    p.count = PyTuple_Check(args) ? PyTuple_GET_SIZE(args) : -1;
    bool text = PyUnicode_Check(args) || (bytes && (PyBytes_Check(args) || PyByteArray_Check(args)));
    if (p.count < 0 && !text && PyMapping_Check(args)) {
        p.mapping = args;
    }
    PyObject *result = NULL;
    if (render(&w, &p)) {
        result = writer_finish(&w);
    } else {
        writer_discard(&w);
    }
    Py_DECREF(p.args);
    return result;
}

PyObject *percent_str(PyObject *template, PyObject *args)
{
    return percent(template, args, false);
}

PyObject *PyUnicode_Format(PyObject *format, PyObject *arguments)
{
    return unicode_expected(format, "must be str") ? percent_str(format, arguments) : NULL;
}

/* Bytes are worked on as the characters of the same numbers. */
PyObject *percent_bytes(const char *template, Py_ssize_t length, PyObject *args, bool use_bytearray)
{
    PyObject *text = PyUnicode_DecodeLatin1(template, length, NULL), *result = NULL;
    if (text != NULL) {
        PyObject *rendered = percent(text, args, true);
        result = rendered != NULL ? PyUnicode_AsLatin1String(rendered) : NULL;
        Py_XDECREF(rendered);
        Py_DECREF(text);
    }
    if (result != NULL && use_bytearray) {
        Py_SETREF(result, PyByteArray_FromStringAndSize(PyBytes_AS_STRING(result), PyBytes_GET_SIZE(result)));
    }
    return result;
}
