/* Building a str piece by piece, and PyUnicode_FromFormat over that. */
#include <string.h>

#include "libc/text.h"
#include "text.h"

/* Makes room for `count` more characters up to max_char. */
static bool reserve(struct text_writer *w, Py_ssize_t count, Py_UCS4 max_char)
{
    int kind = max_char < 256 ? 1 : max_char < 65536 ? 2 : 4;
    kind = kind > w->kind ? kind : w->kind;
    if (max_char > w->max_char) {
        w->max_char = max_char;
    }
    if (count <= w->room - w->length && kind == w->kind) {
        return true;
    }
    Py_ssize_t room = w->room;
    if (count > room - w->length) {
        if (count > PY_SSIZE_T_MAX / 8 - w->length) {
            PyErr_NoMemory();
            return false;
        }
        room = w->length + count + (w->length + count) / 2 + 16;
    }
    void *data = PyMem_Malloc((size_t)room * (size_t)kind);
    if (data == NULL) {
        PyErr_NoMemory();
        return false;
    }
    unicode_copy(kind, data, w->kind, w->data, w->length);
    PyMem_Free(w->data);
    w->data = data;
    w->kind = kind;
    w->room = room;
    return true;
}

bool writer_put_char(struct text_writer *w, Py_UCS4 c)
{
    if (!reserve(w, 1, c)) {
        return false;
    }
    PyUnicode_WRITE(w->kind, w->data, w->length, c);
    w->length++;
    return true;
}

bool writer_fill(struct text_writer *w, Py_UCS4 c, Py_ssize_t count)
{
    if (count <= 0) {
        return true;
    }
    if (!reserve(w, count, c)) {
        return false;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyUnicode_WRITE(w->kind, w->data, w->length + i, c);
    }
    w->length += count;
    return true;
}

bool writer_put_ascii(struct text_writer *w, const char *text, Py_ssize_t length)
{
    if (!reserve(w, length, 127)) {
        return false;
    }
    unicode_copy(w->kind, (char *)w->data + w->length * w->kind, 1, text, length);
    w->length += length;
    return true;
}

bool writer_put_str(struct text_writer *w, PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    int kind = PyUnicode_KIND(text);
    const char *data = (const char *)PyUnicode_DATA(text) + start * kind;
    Py_UCS4 max_char = PyUnicode_MAX_CHAR_VALUE(text);
    if (end <= start) {
        return true;
    }
    if (max_char > w->max_char && (start != 0 || end != PyUnicode_GET_LENGTH(text))) {
        max_char = unicode_max_char(kind, data, end - start);
    }
    if (!reserve(w, end - start, max_char)) {
        return false;
    }
    unicode_copy(w->kind, (char *)w->data + w->length * w->kind, kind, data, end - start);
    w->length += end - start;
    return true;
}

PyObject *writer_finish(struct text_writer *w)
{
    PyObject *text = NULL;
    if (w->length == 1) {
        text = unicode_char(PyUnicode_READ(w->kind, w->data, 0));
    } else {
        /* max_char may be only a bound: a str must be of the narrowest kind. */
        text = PyUnicode_New(w->length, unicode_max_char(w->kind, w->data, w->length));
        if (text != NULL) {
            unicode_copy(PyUnicode_KIND(text), PyUnicode_DATA(text), w->kind, w->data, w->length);
        }
    }
    writer_discard(w);
    return text;
}

void writer_discard(struct text_writer *w)
{
    PyMem_Free(w->data);
    *w = (struct text_writer)TEXT_WRITER_INIT;
}

/* One conversion of PyUnicode_FromFormat. */
struct conversion {
    bool left, zero, alternate;
    Py_ssize_t width, precision; /* -1: not given */
    int longs;                   /* 0 int, 1 long and wider */
    char kind;
};

/* text padded to the width, cut to the precision. */
static bool put_padded(struct text_writer *w, const struct conversion *c, PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if (c->precision >= 0 && c->precision < length) {
        length = c->precision;
    }
    Py_ssize_t padding = c->width - length;
    return (c->left || writer_fill(w, ' ', padding)) && writer_put_str(w, text, 0, length)
           && (!c->left || writer_fill(w, ' ', padding));
}

/* As put_padded; takes the reference, NULL is a failure that has its exception. */
static bool put_new(struct text_writer *w, const struct conversion *c, PyObject *text)
{
    bool done = text != NULL && put_padded(w, c, text);
    Py_XDECREF(text);
    return done;
}

/* A C string: UTF-8, what is not is replaced; the precision counts its bytes. */
static bool put_c_string(struct text_writer *w, const struct conversion *c, const char *text)
{
    size_t length = 0;
    while ((c->precision < 0 || length < (size_t)c->precision) && text[length] != '\0') {
        length++;
    }
    struct conversion whole = *c;
    whole.precision = -1;
    return put_new(w, &whole, PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, "replace"));
}

static bool put_integer(struct text_writer *w, const struct conversion *c, unsigned long value)
{
    char text[160], format[16];
    int at = 0;
    format[at++] = '%';
    if (c->left) {
        format[at++] = '-';
    }
    if (c->zero) {
        format[at++] = '0';
    }
    memcpy(format + at, "*.*l", 4);
    at += 4;
    format[at++] = c->kind == 'i' ? 'd' : c->kind;
    format[at] = '\0';
    int width = c->width > 60 ? 60 : (int)c->width, precision = c->precision > 60 ? 60 : (int)c->precision;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int length = text_snprintf(text, sizeof text, format, width > 0 ? width : 0, precision, value);
#pragma GCC diagnostic pop
    return writer_put_ascii(w, text, length);
}

/* The name of a type, with its module unless it is a built-in one. */
static PyObject *type_name(PyTypeObject *type, bool Py_UNUSED(colon))
{
    return PyUnicode_FromString(type->tp_name);
}

static bool put_object(struct text_writer *w, const struct conversion *c, va_list *arguments)
{
    PyObject *op = va_arg(*arguments, PyObject *);
    const char *fallback;
    switch (c->kind) {
    case 'S':
        return put_new(w, c, PyObject_Str(op));
    case 'R':
        return put_new(w, c, PyObject_Repr(op));
    case 'A':
        return put_new(w, c, PyObject_ASCII(op));
    case 'T':
        return put_new(w, c, type_name(Py_TYPE(op), c->alternate));
    case 'N':
        return put_new(w, c, type_name((PyTypeObject *)op, c->alternate));
    case 'V':
        fallback = va_arg(*arguments, const char *);
        return op != NULL ? put_padded(w, c, op) : put_c_string(w, c, fallback);
    default:
        return put_padded(w, c, op);
    }
}

static bool put_pointer(struct text_writer *w, void *pointer)
{
    char text[24];
    int length = text_snprintf(text, sizeof text, "0x%lx", (unsigned long)(uintptr_t)pointer);
    return writer_put_ascii(w, text, length);
}

static bool put_conversion(struct text_writer *w, const struct conversion *c, va_list *arguments)
{
    switch (c->kind) {
    case 'd': case 'i':
        return put_integer(w, c, c->longs ? va_arg(*arguments, unsigned long) : (unsigned long)(long)va_arg(*arguments, int));
    case 'u': case 'x': case 'X': case 'o':
        return put_integer(w, c, c->longs ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned));
    case 'c':
        return writer_put_char(w, (Py_UCS4)va_arg(*arguments, int));
    case 'p':
        return put_pointer(w, va_arg(*arguments, void *));
    case 's':
        return put_c_string(w, c, va_arg(*arguments, const char *));
    case 'S': case 'R': case 'A': case 'U': case 'V': case 'T': case 'N':
        return put_object(w, c, arguments);
    case '%':
        return writer_put_char(w, '%');
    default:
        PyErr_SetString(PyExc_SystemError, "invalid format string");
        return false;
    }
}

static const char *read_number(const char *at, Py_ssize_t *number, va_list *arguments)
{
    if (*at == '*') {
        *number = va_arg(*arguments, int);
        return at + 1;
    }
    for (*number = 0; *at >= '0' && *at <= '9'; at++) {
        *number = *number * 10 + (*at - '0');
    }
    return at;
}

static const char *read_conversion(const char *at, struct conversion *c, va_list *arguments)
{
    *c = (struct conversion){.width = -1, .precision = -1};
    for (;; at++) {
        if (*at == '-') {
            c->left = true;
        } else if (*at == '0') {
            c->zero = true;
        } else if (*at == '#') {
            c->alternate = true;
        } else {
            break;
        }
    }
    if (*at == '*' || (*at >= '0' && *at <= '9')) {
        at = read_number(at, &c->width, arguments);
    }
    if (*at == '.') {
        at = read_number(at + 1, &c->precision, arguments);
    }
    for (; *at == 'l' || *at == 'z' || *at == 't' || *at == 'j'; at++) {
        c->longs = 1;
    }
    c->kind = *at;
    return at;
}

PyObject *PyUnicode_FromFormatV(const char *format, va_list arguments)
{
    struct text_writer w = TEXT_WRITER_INIT;
    va_list left;
    bool done = true;
    va_copy(left, arguments);
    while (done && *format != '\0') {
        if (*format != '%') {
            const char *end = strchr(format, '%');
            Py_ssize_t length = end != NULL ? end - format : (Py_ssize_t)strlen(format);
            done = writer_put_ascii(&w, format, length);
            format += length;
            continue;
        }
        struct conversion c;
        format = read_conversion(format + 1, &c, &left);
        done = put_conversion(&w, &c, &left);
        format += *format != '\0';
    }
    va_end(left);
    if (!done) {
        writer_discard(&w);
        return NULL;
    }
    return writer_finish(&w);
}

PyObject *PyUnicode_FromFormat(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *text = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    return text;
}

PyObject *PyBytes_FromFormat(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *text = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    PyObject *bytes = text != NULL ? PyUnicode_AsLatin1String(text) : NULL;
    Py_XDECREF(text);
    return bytes;
}

int PyOS_vsnprintf(char *text, size_t size, const char *format, va_list arguments)
{
    return text_vsnprintf(text, size, format, arguments);
}

int PyOS_snprintf(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = text_vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return length;
}
