/* Finding, counting, replacing, splitting and joining str. */
#include <string.h>

#include "text.h"

#define KIND(op) ((int)PyUnicode_KIND(op))
#define DATA(op) PyUnicode_DATA(op)
#define LENGTH(op) PyUnicode_GET_LENGTH(op)
#define READ(op, i) PyUnicode_READ_CHAR(op, i)

/* Slice semantics: negative counts from the end, then both are clipped to the text. */
static void adjust(Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *end)
{
    *end = *end > length ? length : *end < 0 ? *end + length : *end;
    *end = *end < 0 ? 0 : *end;
    *start = *start < 0 ? *start + length : *start;
    *start = *start < 0 ? 0 : *start;
}

static bool matches_at(PyObject *text, Py_ssize_t at, PyObject *part)
{
    Py_ssize_t count = LENGTH(part);
    if (KIND(text) == KIND(part)) {
        size_t size = (size_t)KIND(text);
        return memcmp((const char *)DATA(text) + (size_t)at * size, DATA(part), (size_t)count * size) == 0;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (READ(text, at + i) != READ(part, i)) {
            return false;
        }
    }
    return true;
}

/* The value in [start, end), -1 if it is not there. */
static Py_ssize_t find_char(PyObject *text, Py_UCS4 value, Py_ssize_t start, Py_ssize_t end, int direction)
{
    if (value > PyUnicode_MAX_CHAR_VALUE(text) || start >= end) {
        return -1;
    }
    if (direction < 0) {
        for (Py_ssize_t i = end - 1; i >= start; i--) {
            if (READ(text, i) == value) {
                return i;
            }
        }
        return -1;
    }
    if (KIND(text) == 1) {
        const char *data = DATA(text), *found = memchr(data + start, (int)value, (size_t)(end - start));
        return found != NULL ? found - data : -1;
    }
    for (Py_ssize_t i = start; i < end; i++) {
        if (READ(text, i) == value) {
            return i;
        }
    }
    return -1;
}

Py_ssize_t unicode_find(PyObject *text, PyObject *part, Py_ssize_t start, Py_ssize_t end, int direction)
{
    adjust(LENGTH(text), &start, &end);
    Py_ssize_t count = LENGTH(part), last = end - count;
    if (start > end || last < start || KIND(part) > KIND(text)) {
        return -1;
    }
    if (count == 0) {
        return direction > 0 ? start : end;
    }
    Py_UCS4 first = READ(part, 0);
    Py_ssize_t low = start, high = last + 1;
    for (;;) {
        Py_ssize_t at = find_char(text, first, low, high, direction);
        if (at < 0 || matches_at(text, at, part)) {
            return at;
        }
        if (direction > 0) {
            low = at + 1;
        } else {
            high = at;
        }
    }
}

/* -1: not found, -2: an exception. */
Py_ssize_t PyUnicode_Find(PyObject *text, PyObject *part, Py_ssize_t start, Py_ssize_t end, int direction)
{
    return unicode_expected(part, "must be str") ? unicode_find(text, part, start, end, direction) : -2;
}

Py_ssize_t PyUnicode_FindChar(PyObject *text, Py_UCS4 value, Py_ssize_t start, Py_ssize_t end, int direction)
{
    adjust(LENGTH(text), &start, &end);
    return find_char(text, value, start, end, direction);
}

Py_ssize_t PyUnicode_Count(PyObject *text, PyObject *part, Py_ssize_t start, Py_ssize_t end)
{
    if (!unicode_expected(part, "must be str")) {
        return -1;
    }
    adjust(LENGTH(text), &start, &end);
    if (LENGTH(part) == 0) {
        return start <= end ? end - start + 1 : 0;
    }
    Py_ssize_t count = 0;
    for (;; count++) {
        Py_ssize_t at = start <= end ? unicode_find(text, part, start, end, 1) : -1;
        if (at < 0) {
            return count;
        }
        start = at + LENGTH(part);
    }
}

/* Whether text[start:end] begins (direction < 0) or ends with part; -1 with an exception. */
Py_ssize_t PyUnicode_Tailmatch(PyObject *text, PyObject *part, Py_ssize_t start, Py_ssize_t end, int direction)
{
    if (!unicode_expected(part, "must be str")) {
        return -1;
    }
    adjust(LENGTH(text), &start, &end);
    if (end - start < LENGTH(part) || KIND(part) > KIND(text)) {
        return 0;
    }
    return matches_at(text, direction < 0 ? start : end - LENGTH(part), part);
}

int PyUnicode_Contains(PyObject *text, PyObject *part)
{
    if (!PyUnicode_Check(part)) {
        PyErr_Format(PyExc_TypeError, "'in <string>' requires string as left operand, not %.100s", Py_TYPE(part)->tp_name);
        return -1;
    }
    return unicode_find(text, part, 0, LENGTH(text), 1) >= 0;
}

/* An empty `old` stands before each character and at the end. */
static bool replace_between(struct text_writer *w, PyObject *text, PyObject *new, Py_ssize_t most)
{
    for (Py_ssize_t i = 0; i <= LENGTH(text); i++) {
        if (most > 0) {
            most--;
            if (!writer_put_str(w, new, 0, LENGTH(new))) {
                return false;
            }
        }
        if (i < LENGTH(text) && !writer_put_char(w, READ(text, i))) {
            return false;
        }
    }
    return true;
}

static bool replace_all(struct text_writer *w, PyObject *text, PyObject *old, PyObject *new, Py_ssize_t most)
{
    Py_ssize_t from = 0;
    for (; most > 0; most--) {
        Py_ssize_t at = unicode_find(text, old, from, LENGTH(text), 1);
        if (at < 0) {
            break;
        }
        if (!writer_put_str(w, text, from, at) || !writer_put_str(w, new, 0, LENGTH(new))) {
            return false;
        }
        from = at + LENGTH(old);
    }
    return writer_put_str(w, text, from, LENGTH(text));
}

/* most < 0: all. */
PyObject *PyUnicode_Replace(PyObject *text, PyObject *old, PyObject *new, Py_ssize_t most)
{
    if (!unicode_expected(old, "replace() argument 1") || !unicode_expected(new, "replace() argument 2")) {
        return NULL;
    }
    struct text_writer w = TEXT_WRITER_INIT;
    most = most < 0 ? PY_SSIZE_T_MAX : most;
    if (most == 0 || (LENGTH(old) > 0 && unicode_find(text, old, 0, LENGTH(text), 1) < 0)) {
        return PyUnicode_FromObject(text);
    }
    bool done = LENGTH(old) == 0 ? replace_between(&w, text, new, most) : replace_all(&w, text, old, new, most);
    if (!done) {
        writer_discard(&w);
        return NULL;
    }
    return writer_finish(&w);
}

/* Appends text[start:end]; false with an exception. */
static bool append_slice(PyObject *list, PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *part = unicode_slice(text, start, end);
    bool done = part != NULL && PyList_Append(list, part) == 0;
    Py_XDECREF(part);
    return done;
}

static bool is_space(PyObject *text, Py_ssize_t i)
{
    return (char_flags(READ(text, i)) & CHAR_SPACE) != 0;
}

static bool split_spaces(PyObject *list, PyObject *text, Py_ssize_t most)
{
    Py_ssize_t at = 0, length = LENGTH(text);
    for (;; most--) {
        while (at < length && is_space(text, at)) {
            at++;
        }
        if (at == length) {
            return true;
        }
        Py_ssize_t start = at;
        if (most == 0) {
            /* The rest keeps the spaces at its end. */
            return append_slice(list, text, start, length);
        }
        while (at < length && !is_space(text, at)) {
            at++;
        }
        if (!append_slice(list, text, start, at)) {
            return false;
        }
    }
}

static bool split_at(PyObject *list, PyObject *text, PyObject *separator, Py_ssize_t most)
{
    Py_ssize_t from = 0;
    for (; most > 0; most--) {
        Py_ssize_t at = unicode_find(text, separator, from, LENGTH(text), 1);
        if (at < 0) {
            break;
        }
        if (!append_slice(list, text, from, at)) {
            return false;
        }
        from = at + LENGTH(separator);
    }
    return append_slice(list, text, from, LENGTH(text));
}

/* From the end; the list is then turned round. */
static bool split_spaces_back(PyObject *list, PyObject *text, Py_ssize_t most)
{
    Py_ssize_t end = LENGTH(text);
    for (;; most--) {
        while (end > 0 && is_space(text, end - 1)) {
            end--;
        }
        if (end == 0) {
            return true;
        }
        Py_ssize_t at = end;
        if (most == 0) {
            return append_slice(list, text, 0, end);
        }
        while (at > 0 && !is_space(text, at - 1)) {
            at--;
        }
        if (!append_slice(list, text, at, end)) {
            return false;
        }
        end = at;
    }
}

static bool split_at_back(PyObject *list, PyObject *text, PyObject *separator, Py_ssize_t most)
{
    Py_ssize_t end = LENGTH(text);
    for (; most > 0; most--) {
        Py_ssize_t at = unicode_find(text, separator, 0, end, -1);
        if (at < 0) {
            break;
        }
        if (!append_slice(list, text, at + LENGTH(separator), end)) {
            return false;
        }
        end = at;
    }
    return append_slice(list, text, 0, end);
}

static bool check_separator(PyObject *separator)
{
    if (!unicode_expected(separator, "must be str or None, not")) {
        return false;
    }
    if (LENGTH(separator) == 0) {
        PyErr_SetString(PyExc_ValueError, "empty separator");
        return false;
    }
    return true;
}

static PyObject *split(PyObject *text, PyObject *separator, Py_ssize_t most, bool back)
{
    bool spaces = separator == NULL || separator == Py_None;
    if (!spaces && !PyUnicode_Check(separator)) {
        PyErr_Format(PyExc_TypeError, "must be str or None, not %.100s", Py_TYPE(separator)->tp_name);
        return NULL;
    }
    if (!spaces && !check_separator(separator)) {
        return NULL;
    }
    PyObject *list = PyList_New(0);
    if (list == NULL) {
        return NULL;
    }
    most = most < 0 ? PY_SSIZE_T_MAX : most;
    bool done = spaces ? (back ? split_spaces_back(list, text, most) : split_spaces(list, text, most))
                       : (back ? split_at_back(list, text, separator, most) : split_at(list, text, separator, most));
    if (!done || (back && PyList_Reverse(list) < 0)) {
        Py_CLEAR(list);
    }
    return list;
}

PyObject *PyUnicode_Split(PyObject *text, PyObject *separator, Py_ssize_t most)
{
    return split(text, separator, most, false);
}

PyObject *PyUnicode_RSplit(PyObject *text, PyObject *separator, Py_ssize_t most)
{
    return split(text, separator, most, true);
}

/* The end of the line that starts at `at`; *next is past its line break. */
static Py_ssize_t line_end(PyObject *text, Py_ssize_t at, Py_ssize_t *next)
{
    Py_ssize_t length = LENGTH(text);
    while (at < length && (char_flags(READ(text, at)) & CHAR_LINEBREAK) == 0) {
        at++;
    }
    bool pair = at + 1 < length && READ(text, at) == '\r' && READ(text, at + 1) == '\n';
    *next = at + (at < length) + pair;
    return at;
}

PyObject *PyUnicode_Splitlines(PyObject *text, int keep_ends)
{
    PyObject *list = PyList_New(0);
    Py_ssize_t at = 0, next;
    while (list != NULL && at < LENGTH(text)) {
        Py_ssize_t end = line_end(text, at, &next);
        if (!append_slice(list, text, at, keep_ends ? next : end)) {
            Py_CLEAR(list);
        }
        at = next;
    }
    return list;
}

/* (head, separator, tail) cut at `at`. */
static PyObject *triple(PyObject *text, PyObject *separator, Py_ssize_t at)
{
    PyObject *head = unicode_slice(text, 0, at), *result = NULL;
    PyObject *tail = unicode_slice(text, at + LENGTH(separator), LENGTH(text));
    if (head != NULL && tail != NULL) {
        result = PyTuple_Pack(3, head, separator, tail);
    }
    Py_XDECREF(head);
    Py_XDECREF(tail);
    return result;
}

static PyObject *partition(PyObject *text, PyObject *separator, bool back)
{
    if (!check_separator(separator)) {
        return NULL;
    }
    Py_ssize_t at = unicode_find(text, separator, 0, LENGTH(text), back ? -1 : 1);
    if (at >= 0) {
        return triple(text, separator, at);
    }
    PyObject *empty = PyUnicode_New(0, 0), *whole = PyUnicode_FromObject(text), *result = NULL;
    if (empty != NULL && whole != NULL) {
        result = back ? PyTuple_Pack(3, empty, empty, whole) : PyTuple_Pack(3, whole, empty, empty);
    }
    Py_XDECREF(empty);
    Py_XDECREF(whole);
    return result;
}

PyObject *PyUnicode_Partition(PyObject *text, PyObject *separator)
{
    return partition(text, separator, false);
}

PyObject *PyUnicode_RPartition(PyObject *text, PyObject *separator)
{
    return partition(text, separator, true);
}

/* The length and largest character of the joined text; false with an exception. */
static bool measure_join(PyObject *separator, PyObject *const *items, Py_ssize_t count, Py_ssize_t *length, Py_UCS4 *max_char)
{
    *length = 0;
    *max_char = count > 1 ? PyUnicode_MAX_CHAR_VALUE(separator) : 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (!PyUnicode_Check(items[i])) {
            PyErr_Format(PyExc_TypeError, "sequence item %zd: expected str instance, %.80s found", i,
                         Py_TYPE(items[i])->tp_name);
            return false;
        }
        Py_ssize_t more = LENGTH(items[i]) + (i > 0 ? LENGTH(separator) : 0);
        if (__builtin_add_overflow(*length, more, length)) {
            PyErr_SetString(PyExc_OverflowError, "join() result is too long for a Python string");
            return false;
        }
        Py_UCS4 widest = PyUnicode_MAX_CHAR_VALUE(items[i]);
        *max_char = Py_MAX(*max_char, widest);
    }
    return true;
}

PyObject *_PyUnicode_JoinArray(PyObject *separator, PyObject *const *items, Py_ssize_t count)
{
    Py_ssize_t length, at = 0;
    Py_UCS4 max_char;
    if (count == 1 && PyUnicode_CheckExact(items[0])) {
        return Py_NewRef(items[0]);
    }
    PyObject *space = separator == NULL ? unicode_char(' ') : Py_NewRef(separator);
    if (space == NULL || !measure_join(space, items, count, &length, &max_char)) {
        Py_XDECREF(space);
        return NULL;
    }
    PyObject *result = PyUnicode_New(length, max_char);
    for (Py_ssize_t i = 0; result != NULL && length > 0 && i < count; i++) {
        if (i > 0) {
            _PyUnicode_FastCopyCharacters(result, at, space, 0, LENGTH(space));
            at += LENGTH(space);
        }
        _PyUnicode_FastCopyCharacters(result, at, items[i], 0, LENGTH(items[i]));
        at += LENGTH(items[i]);
    }
    Py_DECREF(space);
    return result;
}

PyObject *PyUnicode_Join(PyObject *separator, PyObject *items)
{
    PyObject *sequence = PySequence_Fast(items, "can only join an iterable");
    if (sequence == NULL) {
        return NULL;
    }
    PyObject *result = _PyUnicode_JoinArray(separator, PySequence_Fast_ITEMS(sequence), PySequence_Fast_GET_SIZE(sequence));
    Py_DECREF(sequence);
    return result;
}
