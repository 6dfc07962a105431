/* str: storage, creation, comparison, slices, interning, iteration and the type. */
#include <string.h>

#include "internal/runtime_internal.h"
#include "text.h"

#define KIND(op) ((int)PyUnicode_KIND(op))
#define DATA(op) PyUnicode_DATA(op)
#define LENGTH(op) PyUnicode_GET_LENGTH(op)
#define READ(op, i) PyUnicode_READ_CHAR(op, i)
#define STATE(op) (((PyASCIIObject *)(op))->state)

/* The empty str and those of one Latin-1 character exist once. */
static PyObject *empty, *latin1[256];
/* str -> the same str; made at the first use, holds a reference of each until the end. */
static PyObject *interned;

const unsigned char _Py_ascii_whitespace[128] = {
    ['\t'] = 1, ['\n'] = 1, ['\v'] = 1, ['\f'] = 1, ['\r'] = 1, [0x1C] = 1, [0x1D] = 1, [0x1E] = 1, [0x1F] = 1, [' '] = 1,
};

static PyObject *new_empty(void)
{
    return Py_NewRef(empty);
}

/* An uninitialised compact str; length may be 0. */
static PyObject *allocate(Py_ssize_t length, Py_UCS4 max_char)
{
    int kind = max_char < 256 ? 1 : max_char < 65536 ? 2 : 4;
    size_t header = max_char < 128 ? sizeof(PyASCIIObject) : sizeof(PyCompactUnicodeObject);
    if (length > (PY_SSIZE_T_MAX - (Py_ssize_t)header) / kind - 1) {
        return PyErr_NoMemory();
    }
    PyObject *op = PyObject_Malloc(header + ((size_t)length + 1) * (size_t)kind);
    if (op == NULL) {
        return PyErr_NoMemory();
    }
    PyObject_Init(op, &PyUnicode_Type);
    PyASCIIObject *text = (PyASCIIObject *)op;
    text->length = length;
    text->hash = -1;
    memset(&text->state, 0, sizeof text->state);
    text->state.kind = (unsigned)kind & 7;
    text->state.compact = 1;
    text->state.ascii = max_char < 128;
    if (max_char >= 128) {
        ((PyCompactUnicodeObject *)op)->utf8 = NULL;
        ((PyCompactUnicodeObject *)op)->utf8_length = 0;
    }
    PyUnicode_WRITE(kind, DATA(op), length, 0);
    return op;
}

int _PyUnicode_Init(void)
{
    empty = allocate(0, 0);
    for (int c = 0; empty != NULL && c < 256; c++) {
        latin1[c] = allocate(1, (Py_UCS4)c);
        if (latin1[c] == NULL) {
            return -1;
        }
        PyUnicode_1BYTE_DATA(latin1[c])[0] = (Py_UCS1)c;
    }
    return empty != NULL ? 0 : -1;
}

void _PyUnicode_Fini(void)
{
    Py_CLEAR(interned);
    for (int c = 0; c < 256; c++) {
        Py_CLEAR(latin1[c]);
    }
    Py_CLEAR(empty);
}

/* A str of `length` characters up to max_char, to be filled before anyone sees it. */
PyObject *PyUnicode_New(Py_ssize_t length, Py_UCS4 max_char)
{
    if (length == 0) {
        return new_empty();
    }
    if (length < 0 || max_char > 0x10FFFF) {
        PyErr_SetString(PyExc_SystemError, length < 0 ? "Negative size passed to PyUnicode_New"
                                                      : "invalid maximum character passed to PyUnicode_New");
        return NULL;
    }
    return allocate(length, max_char);
}

PyObject *unicode_char(Py_UCS4 c)
{
    if (c < 256) {
        return Py_NewRef(latin1[c]);
    }
    PyObject *op = PyUnicode_New(1, c);
    if (op != NULL) {
        PyUnicode_WRITE(KIND(op), DATA(op), 0, c);
    }
    return op;
}

PyObject *PyUnicode_FromOrdinal(int ordinal)
{
    if (ordinal < 0 || ordinal > 0x10FFFF) {
        PyErr_SetString(PyExc_ValueError, "chr() arg not in range(0x110000)");
        return NULL;
    }
    return unicode_char((Py_UCS4)ordinal);
}

/* A value that selects the same kind and the same ascii flag as the largest character. */
Py_UCS4 unicode_max_char(int kind, const void *data, Py_ssize_t length)
{
    Py_UCS4 all = 0;
    for (Py_ssize_t i = 0; i < length; i++) {
        all |= PyUnicode_READ(kind, data, i);
    }
    return all > 0x10FFFF ? 0x10FFFF : all;
}

void unicode_copy(int to_kind, void *to, int from_kind, const void *from, Py_ssize_t count)
{
    if (count <= 0) {
        return;
    }
    if (to_kind == from_kind) {
        memcpy(to, from, (size_t)count * (size_t)to_kind);
        return;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyUnicode_WRITE(to_kind, to, i, PyUnicode_READ(from_kind, from, i));
    }
}

PyObject *PyUnicode_FromKindAndData(int kind, const void *data, Py_ssize_t length)
{
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "size must be positive");
        return NULL;
    }
    if (length == 1) {
        return unicode_char(PyUnicode_READ(kind, data, 0));
    }
    PyObject *op = PyUnicode_New(length, unicode_max_char(kind, data, length));
    if (op != NULL) {
        unicode_copy(KIND(op), DATA(op), kind, data, length);
    }
    return op;
}

PyObject *PyUnicode_FromStringAndSize(const char *utf8, Py_ssize_t size)
{
    if (size < 0) {
        PyErr_SetString(PyExc_SystemError, "Negative size passed to PyUnicode_FromStringAndSize");
        return NULL;
    }
    return PyUnicode_DecodeUTF8(utf8, size, NULL);
}

PyObject *PyUnicode_FromString(const char *utf8)
{
    return PyUnicode_DecodeUTF8(utf8, (Py_ssize_t)strlen(utf8), NULL);
}

/* A plain str: itself, or a copy of a subclass's instance. */
PyObject *PyUnicode_FromObject(PyObject *op)
{
    if (PyUnicode_CheckExact(op)) {
        return Py_NewRef(op);
    }
    if (PyUnicode_Check(op)) {
        return PyUnicode_FromKindAndData(KIND(op), DATA(op), LENGTH(op));
    }
    PyErr_Format(PyExc_TypeError, "Can't convert '%.100s' object to str implicitly", Py_TYPE(op)->tp_name);
    return NULL;
}

bool unicode_expected(PyObject *op, const char *what)
{
    if (PyUnicode_Check(op)) {
        return true;
    }
    PyErr_Format(PyExc_TypeError, "%s must be str, not %.100s", what, Py_TYPE(op)->tp_name);
    return false;
}

static bool is_str(PyObject *op)
{
    if (PyUnicode_Check(op)) {
        return true;
    }
    PyErr_BadArgument();
    return false;
}

Py_ssize_t PyUnicode_GetLength(PyObject *op)
{
    return is_str(op) ? LENGTH(op) : -1;
}

Py_UCS4 PyUnicode_ReadChar(PyObject *op, Py_ssize_t index)
{
    if (!is_str(op)) {
        return (Py_UCS4)-1;
    }
    if (index < 0 || index >= LENGTH(op)) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return (Py_UCS4)-1;
    }
    return READ(op, index);
}

/* Only for a str that nobody else has seen yet. */
int PyUnicode_WriteChar(PyObject *op, Py_ssize_t index, Py_UCS4 value)
{
    if (!is_str(op)) {
        return -1;
    }
    if (index < 0 || index >= LENGTH(op) || value > PyUnicode_MAX_CHAR_VALUE(op)) {
        PyErr_SetString(index < 0 || index >= LENGTH(op) ? PyExc_IndexError : PyExc_ValueError,
                        index < 0 || index >= LENGTH(op) ? "string index out of range" : "character out of range");
        return -1;
    }
    PyUnicode_WRITE(KIND(op), DATA(op), index, value);
    return 0;
}

void _PyUnicode_FastCopyCharacters(PyObject *to, Py_ssize_t to_start, PyObject *from, Py_ssize_t from_start,
                                   Py_ssize_t count)
{
    unicode_copy(KIND(to), (char *)DATA(to) + to_start * KIND(to), KIND(from),
                 (const char *)DATA(from) + from_start * KIND(from), count);
}

/* The number of characters copied; -1 with SystemError if they do not fit. */
Py_ssize_t PyUnicode_CopyCharacters(PyObject *to, Py_ssize_t to_start, PyObject *from, Py_ssize_t from_start,
                                    Py_ssize_t count)
{
    count = Py_MIN(count, LENGTH(from) - from_start);
    if (to_start < 0 || from_start < 0 || count < 0 || count > LENGTH(to) - to_start || KIND(from) > KIND(to)) {
        PyErr_SetString(PyExc_SystemError, "Cannot copy characters");
        return -1;
    }
    _PyUnicode_FastCopyCharacters(to, to_start, from, from_start, count);
    return count;
}

Py_ssize_t PyUnicode_Fill(PyObject *op, Py_ssize_t start, Py_ssize_t count, Py_UCS4 value)
{
    count = Py_MIN(count, LENGTH(op) - start);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyUnicode_WRITE(KIND(op), DATA(op), start + i, value);
    }
    return Py_MAX(count, 0);
}

PyObject *unicode_slice(PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    if (start == 0 && end == LENGTH(text) && PyUnicode_CheckExact(text)) {
        return Py_NewRef(text);
    }
    if (end <= start) {
        return new_empty();
    }
    const char *data = (const char *)DATA(text) + start * KIND(text);
    if (PyUnicode_IS_ASCII(text) && end - start > 1) {
        PyObject *op = allocate(end - start, 127);
        if (op != NULL) {
            memcpy(DATA(op), data, (size_t)(end - start));
        }
        return op;
    }
    return PyUnicode_FromKindAndData(KIND(text), data, end - start);
}

/* text[start:end] for start, end >= 0. */
PyObject *PyUnicode_Substring(PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    if (start < 0 || end < 0) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return NULL;
    }
    return unicode_slice(text, start, Py_MIN(end, LENGTH(text)));
}

static bool is_unshared(PyObject *op)
{
    return Py_REFCNT(op) == 1 && PyUnicode_CheckExact(op) && PyUnicode_IS_COMPACT(op) && STATE(op).interned == 0
           && LENGTH(op) > 0;
}

/* Grows or shrinks in place; only for is_unshared(). NULL with MemoryError, *op then stays. */
static int resize_in_place(PyObject **op, Py_ssize_t length)
{
    PyObject *old = *op;
    int kind = KIND(old);
    size_t header = PyUnicode_IS_ASCII(old) ? sizeof(PyASCIIObject) : sizeof(PyCompactUnicodeObject);
    if (!PyUnicode_IS_ASCII(old)) {
        PyMem_Free(((PyCompactUnicodeObject *)old)->utf8);
        ((PyCompactUnicodeObject *)old)->utf8 = NULL;
    }
    if (length > (PY_SSIZE_T_MAX - (Py_ssize_t)header) / kind - 1) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *moved = PyObject_Realloc(old, header + ((size_t)length + 1) * (size_t)kind);
    if (moved == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    ((PyASCIIObject *)moved)->length = length;
    ((PyASCIIObject *)moved)->hash = -1;
    PyUnicode_WRITE(kind, DATA(moved), length, 0);
    *op = moved;
    return 0;
}

int PyUnicode_Resize(PyObject **op, Py_ssize_t length)
{
    if (length == LENGTH(*op)) {
        return 0;
    }
    if (length > 0 && is_unshared(*op)) {
        return resize_in_place(op, length);
    }
    PyObject *copy = PyUnicode_New(length, PyUnicode_MAX_CHAR_VALUE(*op));
    if (copy == NULL) {
        return -1;
    }
    if (length > 0) {
        _PyUnicode_FastCopyCharacters(copy, 0, *op, 0, Py_MIN(length, LENGTH(*op)));
    }
    Py_SETREF(*op, copy);
    return 0;
}

static PyObject *concatenate(PyObject *a, PyObject *b)
{
    Py_ssize_t na = LENGTH(a), nb = LENGTH(b);
    if (na == 0 || nb == 0) {
        return PyUnicode_FromObject(na == 0 ? b : a);
    }
    if (na > PY_SSIZE_T_MAX - nb) {
        PyErr_SetString(PyExc_OverflowError, "strings are too large to concat");
        return NULL;
    }
    Py_UCS4 ma = PyUnicode_MAX_CHAR_VALUE(a), mb = PyUnicode_MAX_CHAR_VALUE(b);
    PyObject *op = PyUnicode_New(na + nb, Py_MAX(ma, mb));
    if (op != NULL) {
        _PyUnicode_FastCopyCharacters(op, 0, a, 0, na);
        _PyUnicode_FastCopyCharacters(op, na, b, 0, nb);
    }
    return op;
}

PyObject *PyUnicode_Concat(PyObject *a, PyObject *b)
{
    if (!PyUnicode_Check(a) || !PyUnicode_Check(b)) {
        PyErr_Format(PyExc_TypeError, "can only concatenate str (not \"%.200s\") to str",
                     Py_TYPE(PyUnicode_Check(a) ? b : a)->tp_name);
        return NULL;
    }
    return concatenate(a, b);
}

/* *a += b, in place where nobody else can see it. On failure *a becomes NULL. */
void PyUnicode_Append(PyObject **a, PyObject *b)
{
    PyObject *left = *a;
    if (left == NULL || b == NULL || !PyUnicode_Check(left) || !PyUnicode_Check(b)) {
        if (left != NULL && !PyErr_Occurred()) {
            PyErr_BadInternalCall();
        }
        Py_CLEAR(*a);
        return;
    }
    Py_ssize_t na = LENGTH(left), nb = LENGTH(b);
    if (nb > 0 && is_unshared(left) && left != b && PyUnicode_MAX_CHAR_VALUE(b) <= PyUnicode_MAX_CHAR_VALUE(left)) {
        if (na > PY_SSIZE_T_MAX - nb || resize_in_place(a, na + nb) < 0) {
            Py_CLEAR(*a);
            return;
        }
        _PyUnicode_FastCopyCharacters(*a, na, b, 0, nb);
        return;
    }
    *a = concatenate(left, b);
    Py_DECREF(left);
}

void PyUnicode_AppendAndDel(PyObject **a, PyObject *b)
{
    PyUnicode_Append(a, b);
    Py_XDECREF(b);
}

int _PyUnicode_Equal(PyObject *a, PyObject *b)
{
    return a == b
           || (LENGTH(a) == LENGTH(b) && KIND(a) == KIND(b)
               && memcmp(DATA(a), DATA(b), (size_t)LENGTH(a) * (size_t)KIND(a)) == 0);
}

int _PyUnicode_EQ(PyObject *a, PyObject *b)
{
    return _PyUnicode_Equal(a, b);
}

int PyUnicode_Equal(PyObject *a, PyObject *b)
{
    if (!PyUnicode_Check(a) || !PyUnicode_Check(b)) {
        PyErr_Format(PyExc_TypeError, "first argument must be str, not %T", PyUnicode_Check(a) ? b : a);
        return -1;
    }
    return _PyUnicode_Equal(a, b);
}

static int compare(PyObject *a, PyObject *b)
{
    Py_ssize_t length = Py_MIN(LENGTH(a), LENGTH(b));
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 x = READ(a, i), y = READ(b, i);
        if (x != y) {
            return x < y ? -1 : 1;
        }
    }
    return (LENGTH(a) > LENGTH(b)) - (LENGTH(a) < LENGTH(b));
}

int PyUnicode_Compare(PyObject *a, PyObject *b)
{
    if (PyUnicode_Check(a) && PyUnicode_Check(b)) {
        return a == b ? 0 : compare(a, b);
    }
    PyErr_Format(PyExc_TypeError, "Can't compare %.100s and %.100s", Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
    return -1;
}

int PyUnicode_CompareWithASCIIString(PyObject *a, const char *b)
{
    for (Py_ssize_t i = 0; i < LENGTH(a); i++) {
        Py_UCS4 x = READ(a, i), y = (unsigned char)b[i];
        if (x != y || y == 0) {
            return x < y ? -1 : 1;
        }
    }
    return b[LENGTH(a)] != '\0' ? -1 : 0;
}

int _PyUnicode_EqualToASCIIString(PyObject *a, const char *b)
{
    return PyUnicode_CompareWithASCIIString(a, b) == 0;
}

int PyUnicode_EqualToUTF8(PyObject *a, const char *b)
{
    PyObject *other = PyUnicode_FromString(b);
    if (other == NULL) {
        PyErr_Clear();
        return 0;
    }
    int equal = _PyUnicode_Equal(a, other);
    Py_DECREF(other);
    return equal;
}

PyObject *PyUnicode_RichCompare(PyObject *a, PyObject *b, int op)
{
    if (!PyUnicode_Check(a) || !PyUnicode_Check(b)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (op == Py_EQ || op == Py_NE) {
        return PyBool_FromLong(_PyUnicode_Equal(a, b) == (op == Py_EQ));
    }
    int order = a == b ? 0 : compare(a, b);
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

static Py_hash_t unicode_hash(PyObject *op)
{
    PyASCIIObject *text = (PyASCIIObject *)op;
    if (text->hash == -1) {
        text->hash = _Py_HashBytes(DATA(op), text->length * KIND(op));
    }
    return text->hash;
}

/* *op becomes the one str of its value; subclasses' instances stay as they are. */
void PyUnicode_InternInPlace(PyObject **op)
{
    PyObject *text = *op, *known;
    if (text == NULL || !PyUnicode_CheckExact(text) || STATE(text).interned != 0) {
        return;
    }
    if (interned == NULL && (interned = PyDict_New()) == NULL) {
        PyErr_Clear();
        return;
    }
    if (PyDict_SetDefaultRef(interned, text, text, &known) < 0) {
        PyErr_Clear();
        return;
    }
    Py_SETREF(*op, known);
    STATE(known).interned = 1;
}

PyObject *PyUnicode_InternFromString(const char *utf8)
{
    PyObject *op = PyUnicode_FromString(utf8);
    if (op != NULL) {
        PyUnicode_InternInPlace(&op);
    }
    return op;
}

static void unicode_dealloc(PyObject *op)
{
    if (!PyUnicode_IS_COMPACT(op)) {
        PyMem_Free(((PyUnicodeObject *)op)->data.any);
    }
    if (!PyUnicode_IS_COMPACT_ASCII(op)) {
        PyMem_Free(((PyCompactUnicodeObject *)op)->utf8);
    }
    Py_TYPE(op)->tp_free(op);
}

/* \t \n \r \\ and the quote; \xNN \uNNNN \UNNNNNNNN for what is not printable. */
static bool put_escaped(struct text_writer *w, Py_UCS4 c, Py_UCS4 quote)
{
    char hex[12];
    if (c == quote || c == '\\') {
        return writer_put_char(w, '\\') && writer_put_char(w, c);
    }
    if (c == '\t' || c == '\n' || c == '\r') {
        return writer_put_char(w, '\\') && writer_put_char(w, c == '\t' ? 't' : c == '\n' ? 'n' : 'r');
    }
    if (c >= ' ' && (c < 127 || (c > 127 && (char_flags(c) & CHAR_PRINTABLE) != 0))) {
        return writer_put_char(w, c);
    }
    int places = c < 256 ? 2 : c < 65536 ? 4 : 8;
    hex[0] = '\\';
    hex[1] = places == 2 ? 'x' : places == 4 ? 'u' : 'U';
    for (int i = 0; i < places; i++) {
        hex[2 + i] = "0123456789abcdef"[c >> 4 * (places - 1 - i) & 15];
    }
    return writer_put_ascii(w, hex, 2 + places);
}

PyObject *unicode_repr(PyObject *text)
{
    struct text_writer w = TEXT_WRITER_INIT;
    Py_ssize_t length = LENGTH(text);
    bool single = PyUnicode_FindChar(text, '\'', 0, length, 1) >= 0;
    bool twofold = PyUnicode_FindChar(text, '"', 0, length, 1) >= 0;
    Py_UCS4 quote = single && !twofold ? '"' : '\'';
    bool done = writer_put_char(&w, quote);
    for (Py_ssize_t i = 0; done && i < length; i++) {
        done = put_escaped(&w, READ(text, i), quote);
    }
    if (!done || !writer_put_char(&w, quote)) {
        writer_discard(&w);
        return NULL;
    }
    return writer_finish(&w);
}

/* text with what is not ASCII as \x, \u, \U escapes: the second half of ascii(). */
PyObject *unicode_escape_non_ascii(PyObject *text)
{
    struct text_writer w = TEXT_WRITER_INIT;
    if (PyUnicode_IS_ASCII(text)) {
        return Py_NewRef(text);
    }
    for (Py_ssize_t i = 0; i < LENGTH(text); i++) {
        Py_UCS4 c = READ(text, i);
        int places = c < 256 ? 2 : c < 65536 ? 4 : 8;
        char hex[12] = {'\\', places == 2 ? 'x' : places == 4 ? 'u' : 'U'};
        for (int j = 0; j < places; j++) {
            hex[2 + j] = "0123456789abcdef"[c >> 4 * (places - 1 - j) & 15];
        }
        if (!(c < 128 ? writer_put_char(&w, c) : writer_put_ascii(&w, hex, 2 + places))) {
            writer_discard(&w);
            return NULL;
        }
    }
    return writer_finish(&w);
}

static PyObject *unicode_str(PyObject *op)
{
    return PyUnicode_FromObject(op);
}

static Py_ssize_t unicode_length(PyObject *op)
{
    return LENGTH(op);
}

static PyObject *unicode_repeat(PyObject *op, Py_ssize_t count)
{
    Py_ssize_t length = LENGTH(op);
    if (count <= 0 || length == 0) {
        return new_empty();
    }
    if (count == 1) {
        return PyUnicode_FromObject(op);
    }
    if (length > PY_SSIZE_T_MAX / count) {
        PyErr_SetString(PyExc_OverflowError, "repeated string is too long");
        return NULL;
    }
    PyObject *result = PyUnicode_New(length * count, PyUnicode_MAX_CHAR_VALUE(op));
    for (Py_ssize_t i = 0; result != NULL && i < count; i++) {
        _PyUnicode_FastCopyCharacters(result, i * length, op, 0, length);
    }
    return result;
}

static PyObject *unicode_item(PyObject *op, Py_ssize_t index)
{
    if (index < 0 || index >= LENGTH(op)) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return NULL;
    }
    return unicode_char(READ(op, index));
}

static PyObject *extended_slice(PyObject *op, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    struct text_writer w = TEXT_WRITER_INIT;
    for (Py_ssize_t i = 0; i < count; i++, start += step) {
        if (!writer_put_char(&w, READ(op, start))) {
            writer_discard(&w);
            return NULL;
        }
    }
    return writer_finish(&w);
}

static PyObject *unicode_subscript(PyObject *op, PyObject *key)
{
    if (PyIndex_Check(key)) {
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred()) {
            return NULL;
        }
        return unicode_item(op, i < 0 ? i + LENGTH(op) : i);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "string indices must be integers, not '%.200s'", Py_TYPE(key)->tp_name);
        return NULL;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0) {
        return NULL;
    }
    Py_ssize_t count = PySlice_AdjustIndices(LENGTH(op), &start, &stop, step);
    if (count <= 0) {
        return new_empty();
    }
    return step == 1 ? unicode_slice(op, start, stop) : extended_slice(op, start, step, count);
}

static PyObject *unicode_modulo(PyObject *a, PyObject *b)
{
    return PyUnicode_Check(a) ? percent_str(a, b) : Py_NewRef(Py_NotImplemented);
}

/* An instance of a subclass owns its characters in a block of their own. */
static PyObject *unicode_subtype(PyTypeObject *type, PyObject *plain)
{
    if (plain == NULL || type == &PyUnicode_Type) {
        return plain;
    }
    size_t size = ((size_t)LENGTH(plain) + 1) * (size_t)KIND(plain);
    PyObject *op = type->tp_alloc(type, 0);
    void *data = op != NULL ? PyMem_Malloc(size) : NULL;
    if (op != NULL) {
        STATE(op).kind = STATE(plain).kind;
        STATE(op).ascii = STATE(plain).ascii;
        STATE(op).compact = 0;
        ((PyASCIIObject *)op)->hash = -1;
        ((PyUnicodeObject *)op)->data.any = data;
    }
    if (data == NULL) {
        Py_XDECREF(op);
        Py_DECREF(plain);
        return PyErr_NoMemory();
    }
    memcpy(data, DATA(plain), size);
    ((PyASCIIObject *)op)->length = LENGTH(plain);
    Py_DECREF(plain);
    return op;
}

/* str(object='', encoding, errors) */
static PyObject *unicode_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"object", "encoding", "errors", NULL};
    PyObject *x = NULL;
    const char *encoding = NULL, *errors = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|Oss:str", names, &x, &encoding, &errors)) {
        return NULL;
    }
    PyObject *plain = x == NULL                              ? new_empty()
                      : encoding == NULL && errors == NULL ? PyObject_Str(x)
                                                           : PyUnicode_FromEncodedObject(x, encoding, errors);
    return unicode_subtype(type, plain);
}

/* Iterator. */
struct unicode_iterator {
    PyObject_HEAD
    PyObject *text; /* NULL once it is exhausted */
    Py_ssize_t index;
};

static PyObject *unicode_iter(PyObject *op)
{
    struct unicode_iterator *it = PyObject_GC_New(struct unicode_iterator, &PyUnicodeIter_Type);
    if (it == NULL) {
        return NULL;
    }
    it->text = Py_NewRef(op);
    it->index = 0;
    PyObject_GC_Track(it);
    return (PyObject *)it;
}

static void iterator_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((struct unicode_iterator *)op)->text);
    PyObject_GC_Del(op);
}

static int iterator_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((struct unicode_iterator *)op)->text);
    return 0;
}

static PyObject *iterator_next(PyObject *op)
{
    struct unicode_iterator *it = (struct unicode_iterator *)op;
    if (it->text == NULL) {
        return NULL;
    }
    if (it->index < LENGTH(it->text)) {
        return unicode_char(READ(it->text, it->index++));
    }
    Py_CLEAR(it->text);
    return NULL;
}

static PyObject *iterator_length_hint(PyObject *op, PyObject *Py_UNUSED(none))
{
    struct unicode_iterator *it = (struct unicode_iterator *)op;
    return PyLong_FromSsize_t(it->text != NULL ? LENGTH(it->text) - it->index : 0);
}

static PyMethodDef iterator_methods[] = {
    {"__length_hint__", iterator_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyUnicodeIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "str_iterator",
    .tp_basicsize = sizeof(struct unicode_iterator),
    .tp_dealloc = iterator_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iterator_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iterator_next,
    .tp_methods = iterator_methods,
};

static PyNumberMethods unicode_as_number = {
    .nb_remainder = unicode_modulo,
};

static PySequenceMethods unicode_as_sequence = {
    .sq_length = unicode_length,
    .sq_concat = PyUnicode_Concat,
    .sq_repeat = unicode_repeat,
    .sq_item = unicode_item,
    .sq_contains = PyUnicode_Contains,
};

static PyMappingMethods unicode_as_mapping = {
    .mp_length = unicode_length,
    .mp_subscript = unicode_subscript,
};

PyTypeObject PyUnicode_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "str",
    .tp_basicsize = sizeof(PyUnicodeObject),
    .tp_dealloc = unicode_dealloc,
    .tp_repr = unicode_repr,
    .tp_as_number = &unicode_as_number,
    .tp_as_sequence = &unicode_as_sequence,
    .tp_as_mapping = &unicode_as_mapping,
    .tp_hash = unicode_hash,
    .tp_str = unicode_str,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_UNICODE_SUBCLASS | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str",
    .tp_richcompare = PyUnicode_RichCompare,
    .tp_iter = unicode_iter,
    .tp_methods = unicode_methods,
    .tp_new = unicode_new,
};
