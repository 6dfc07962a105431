/* The methods that bytes and bytearray share. Letters are ASCII ones only. */
#include "bytes.h"

#include <string.h>

#include "internal/runtime_internal.h"
#include "text.h"

#define NO_ARGUMENTS(name) PyObject *bytes_##name(PyObject *self, PyObject *Py_UNUSED(none))

static bool is_upper(unsigned char c) { return c >= 'A' && c <= 'Z'; }
static bool is_lower(unsigned char c) { return c >= 'a' && c <= 'z'; }
static bool is_alpha(unsigned char c) { return is_upper(c) || is_lower(c); }
static bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
static bool is_alnum(unsigned char c) { return is_alpha(c) || is_digit(c); }
static bool is_space(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool is_ascii(unsigned char c) { return c < 128; }
static char to_upper(char c) { return is_lower((unsigned char)c) ? (char)(c - 32) : c; }
static char to_lower(char c) { return is_upper((unsigned char)c) ? (char)(c + 32) : c; }

struct span bytes_span(PyObject *self)
{
    if (PyBytes_Check(self)) {
        return (struct span){PyBytes_AS_STRING(self), PyBytes_GET_SIZE(self)};
    }
    return (struct span){PyByteArray_AS_STRING(self), PyByteArray_GET_SIZE(self)};
}

PyObject *bytes_make(PyObject *self, const char *data, Py_ssize_t length)
{
    return PyBytes_Check(self) ? PyBytes_FromStringAndSize(data, length) : PyByteArray_FromStringAndSize(data, length);
}

char *bytes_room(PyObject *fresh)
{
    return (char *)bytes_span(fresh).data;
}

/* self's own contents: bytes are shared, a bytearray is copied. */
static PyObject *unchanged(PyObject *self)
{
    if (PyBytes_CheckExact(self)) {
        return Py_NewRef(self);
    }
    struct span in = bytes_span(self);
    return bytes_make(self, in.data, in.length);
}

bool bytes_buffer(PyObject *op, Py_buffer *view)
{
    if (!PyObject_CheckBuffer(op)) {
        PyErr_Format(PyExc_TypeError, "a bytes-like object is required, not '%.100s'", Py_TYPE(op)->tp_name);
        return false;
    }
    return PyObject_GetBuffer(op, view, PyBUF_SIMPLE) == 0;
}

int byte_argument(PyObject *value, const char *out_of_range)
{
    PyObject *index = PyNumber_Index(value);
    if (index == NULL) {
        return -1;
    }
    int overflow;
    long byte = PyLong_AsLongAndOverflow(index, &overflow);
    Py_DECREF(index);
    if (overflow != 0 || byte < 0 || byte > 255) {
        PyErr_SetString(PyExc_ValueError, out_of_range);
        return -1;
    }
    return (int)byte;
}

Py_ssize_t bytes_find(struct span in, struct span part, int direction)
{
    Py_ssize_t last = in.length - part.length;
    if (last < 0) {
        return -1;
    }
    if (part.length == 0) {
        return direction > 0 ? 0 : in.length;
    }
    if (direction < 0) {
        for (Py_ssize_t at = last; at >= 0; at--) {
            if (in.data[at] == part.data[0] && memcmp(in.data + at, part.data, (size_t)part.length) == 0) {
                return at;
            }
        }
        return -1;
    }
    const char *at = in.data, *end = in.data + last + 1;
    while (at < end && (at = memchr(at, (unsigned char)part.data[0], (size_t)(end - at))) != NULL) {
        if (memcmp(at, part.data, (size_t)part.length) == 0) {
            return at - in.data;
        }
        at++;
    }
    return -1;
}

/* What is searched for: one byte given as an int, or a buffer. To be released. */
struct wanted {
    struct span part;
    char byte;
    Py_buffer view;
};

static bool wanted_argument(PyObject *op, struct wanted *w)
{
    w->view.obj = NULL;
    if (PyObject_CheckBuffer(op)) {
        if (PyObject_GetBuffer(op, &w->view, PyBUF_SIMPLE) < 0) {
            return false;
        }
        w->part = (struct span){w->view.buf, w->view.len};
        return true;
    }
    if (!PyIndex_Check(op)) {
        PyErr_Format(PyExc_TypeError, "argument should be integer or bytes-like object, not '%.200s'", Py_TYPE(op)->tp_name);
        return false;
    }
    int byte = byte_argument(op, "byte must be in range(0, 256)");
    w->byte = (char)byte;
    w->part = (struct span){&w->byte, 1};
    return byte >= 0;
}

static void wanted_release(struct wanted *w)
{
    if (w->view.obj != NULL) {
        PyBuffer_Release(&w->view);
    }
}

/* The part of self between optional start and end arguments; false if start lies behind end. */
static struct span cut(struct span in, Py_ssize_t start, Py_ssize_t end)
{
    return (struct span){in.data + start, end - start};
}

static PyObject *find(PyObject *self, PyObject *const *args, Py_ssize_t count, const char *name, int direction, bool must)
{
    Py_ssize_t start, end;
    struct wanted w;
    if (!check_positional(name, count, 1, 3)
        || !range_arguments(args + 1, count - 1, bytes_span(self).length, &start, &end) || !wanted_argument(args[0], &w)) {
        return NULL;
    }
    Py_ssize_t at = start <= end ? bytes_find(cut(bytes_span(self), start, end), w.part, direction) : -1;
    wanted_release(&w);
    if (at < 0 && must) {
        PyErr_SetString(PyExc_ValueError, "subsection not found");
        return NULL;
    }
    return PyLong_FromSsize_t(at < 0 ? at : at + start);
}

FAST_METHOD(find_method)
{
    return find(self, args, count, "find", 1, false);
}

FAST_METHOD(rfind)
{
    return find(self, args, count, "rfind", -1, false);
}

FAST_METHOD(index)
{
    return find(self, args, count, "index", 1, true);
}

FAST_METHOD(rindex)
{
    return find(self, args, count, "rindex", -1, true);
}

static Py_ssize_t count_in(struct span in, struct span part)
{
    Py_ssize_t found = 0;
    if (part.length == 0) {
        return in.length + 1;
    }
    for (Py_ssize_t at; (at = bytes_find(in, part, 1)) >= 0; found++) {
        in = cut(in, at + part.length, in.length);
    }
    return found;
}

FAST_METHOD(count_method)
{
    Py_ssize_t start, end;
    struct wanted w;
    if (!check_positional("count", count, 1, 3)
        || !range_arguments(args + 1, count - 1, bytes_span(self).length, &start, &end) || !wanted_argument(args[0], &w)) {
        return NULL;
    }
    Py_ssize_t found = start <= end ? count_in(cut(bytes_span(self), start, end), w.part) : 0;
    wanted_release(&w);
    return PyLong_FromSsize_t(found);
}

int bytes_contains(PyObject *self, PyObject *value)
{
    if (PyIndex_Check(value)) {
        int byte = byte_argument(value, "byte must be in range(0, 256)");
        struct span in = bytes_span(self);
        return byte < 0 ? -1 : in.length > 0 && memchr(in.data, byte, (size_t)in.length) != NULL;
    }
    Py_buffer view;
    if (!bytes_buffer(value, &view)) {
        return -1;
    }
    bool found = bytes_find(bytes_span(self), (struct span){view.buf, view.len}, 1) >= 0;
    PyBuffer_Release(&view);
    return found;
}

/* 1, 0, or -1 with an exception. */
static int matches_tail(PyObject *self, PyObject *part, Py_ssize_t start, Py_ssize_t end, int direction)
{
    Py_buffer view;
    if (!bytes_buffer(part, &view)) {
        return -1;
    }
    struct span in = bytes_span(self);
    bool found = start <= end && view.len <= end - start
                 && memcmp(in.data + (direction < 0 ? start : end - view.len), view.buf, (size_t)view.len) == 0;
    PyBuffer_Release(&view);
    return found;
}

static PyObject *tail_match(PyObject *self, PyObject *const *args, Py_ssize_t count, const char *name, int direction)
{
    Py_ssize_t start, end;
    if (!check_positional(name, count, 1, 3) || !range_arguments(args + 1, count - 1, bytes_span(self).length, &start, &end)) {
        return NULL;
    }
    bool many = PyTuple_Check(args[0]);
    if (!many && !PyObject_CheckBuffer(args[0])) {
        PyErr_Format(PyExc_TypeError, "%s first arg must be bytes or a tuple of bytes, not %.200s", name,
                     Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    for (Py_ssize_t i = 0; i < (many ? PyTuple_GET_SIZE(args[0]) : 1); i++) {
        int found = matches_tail(self, many ? PyTuple_GET_ITEM(args[0], i) : args[0], start, end, direction);
        if (found != 0) {
            return found < 0 ? NULL : PyBool_FromLong(1);
        }
    }
    Py_RETURN_FALSE;
}

FAST_METHOD(startswith)
{
    return tail_match(self, args, count, "startswith", -1);
}

FAST_METHOD(endswith)
{
    return tail_match(self, args, count, "endswith", 1);
}

PyObject *bytes_removeprefix(PyObject *self, PyObject *prefix)
{
    Py_buffer view;
    if (!bytes_buffer(prefix, &view)) {
        return NULL;
    }
    struct span in = bytes_span(self);
    bool found = view.len <= in.length && memcmp(in.data, view.buf, (size_t)view.len) == 0;
    PyObject *result = found ? bytes_make(self, in.data + view.len, in.length - view.len) : unchanged(self);
    PyBuffer_Release(&view);
    return result;
}

PyObject *bytes_removesuffix(PyObject *self, PyObject *suffix)
{
    Py_buffer view;
    if (!bytes_buffer(suffix, &view)) {
        return NULL;
    }
    struct span in = bytes_span(self);
    bool found = view.len <= in.length && memcmp(in.data + in.length - view.len, view.buf, (size_t)view.len) == 0;
    PyObject *result = found ? bytes_make(self, in.data, in.length - view.len) : unchanged(self);
    PyBuffer_Release(&view);
    return result;
}

/* Every byte through a function, by its place. */
static PyObject *map_bytes(PyObject *self, char (*function)(char c, bool *state))
{
    struct span in = bytes_span(self);
    PyObject *result = bytes_make(self, NULL, in.length);
    bool state = false;
    char *out = result != NULL ? bytes_room(result) : NULL;
    for (Py_ssize_t i = 0; out != NULL && i < in.length; i++) {
        out[i] = function(in.data[i], &state);
    }
    return result;
}

static char upper_one(char c, bool *Py_UNUSED(state))
{
    return to_upper(c);
}

static char lower_one(char c, bool *Py_UNUSED(state))
{
    return to_lower(c);
}

static char swap_one(char c, bool *Py_UNUSED(state))
{
    return is_upper((unsigned char)c) ? to_lower(c) : to_upper(c);
}

/* state: the byte before was a letter. */
static char title_one(char c, bool *state)
{
    bool inside = *state;
    *state = is_alpha((unsigned char)c);
    return inside ? to_lower(c) : to_upper(c);
}

/* state: not the first byte. */
static char capitalize_one(char c, bool *state)
{
    bool first = !*state;
    *state = true;
    return first ? to_upper(c) : to_lower(c);
}

NO_ARGUMENTS(upper)
{
    return map_bytes(self, upper_one);
}

NO_ARGUMENTS(lower)
{
    return map_bytes(self, lower_one);
}

NO_ARGUMENTS(swapcase)
{
    return map_bytes(self, swap_one);
}

NO_ARGUMENTS(title)
{
    return map_bytes(self, title_one);
}

NO_ARGUMENTS(capitalize)
{
    return map_bytes(self, capitalize_one);
}

static PyObject *all_are(PyObject *self, bool (*test)(unsigned char))
{
    struct span in = bytes_span(self);
    for (Py_ssize_t i = 0; i < in.length; i++) {
        if (!test((unsigned char)in.data[i])) {
            Py_RETURN_FALSE;
        }
    }
    return PyBool_FromLong(in.length > 0);
}

NO_ARGUMENTS(isalnum)
{
    return all_are(self, is_alnum);
}

NO_ARGUMENTS(isalpha)
{
    return all_are(self, is_alpha);
}

NO_ARGUMENTS(isdigit)
{
    return all_are(self, is_digit);
}

NO_ARGUMENTS(isspace)
{
    return all_are(self, is_space);
}

NO_ARGUMENTS(isascii)
{
    return bytes_span(self).length == 0 ? PyBool_FromLong(1) : all_are(self, is_ascii);
}

static PyObject *cased_as(PyObject *self, bool (*wanted)(unsigned char), bool (*refused)(unsigned char))
{
    struct span in = bytes_span(self);
    bool any = false;
    for (Py_ssize_t i = 0; i < in.length; i++) {
        if (refused((unsigned char)in.data[i])) {
            Py_RETURN_FALSE;
        }
        any |= wanted((unsigned char)in.data[i]);
    }
    return PyBool_FromLong(any);
}

NO_ARGUMENTS(islower)
{
    return cased_as(self, is_lower, is_upper);
}

NO_ARGUMENTS(isupper)
{
    return cased_as(self, is_upper, is_lower);
}

NO_ARGUMENTS(istitle)
{
    struct span in = bytes_span(self);
    bool inside = false, any = false;
    for (Py_ssize_t i = 0; i < in.length; i++) {
        unsigned char c = (unsigned char)in.data[i];
        if ((is_upper(c) && inside) || (is_lower(c) && !inside)) {
            Py_RETURN_FALSE;
        }
        inside = is_alpha(c);
        any |= inside;
    }
    return PyBool_FromLong(any);
}

/* which & 1: the left end, & 2: the right one. */
static PyObject *strip(PyObject *self, PyObject *const *args, Py_ssize_t count, const char *name, int which)
{
    Py_buffer view = {.obj = NULL};
    if (!check_positional(name, count, 0, 1)) {
        return NULL;
    }
    bool spaces = count == 0 || args[0] == Py_None;
    if (!spaces && !bytes_buffer(args[0], &view)) {
        return NULL;
    }
    bool drop[256] = {false};
    for (int c = 0; spaces && c < 256; c++) {
        drop[c] = is_space((unsigned char)c);
    }
    for (Py_ssize_t i = 0; !spaces && i < view.len; i++) {
        drop[((unsigned char *)view.buf)[i]] = true;
    }
    if (!spaces) {
        PyBuffer_Release(&view);
    }
    struct span in = bytes_span(self);
    Py_ssize_t start = 0, end = in.length;
    while ((which & 1) != 0 && start < end && drop[(unsigned char)in.data[start]]) {
        start++;
    }
    while ((which & 2) != 0 && start < end && drop[(unsigned char)in.data[end - 1]]) {
        end--;
    }
    return start == 0 && end == in.length ? unchanged(self) : bytes_make(self, in.data + start, end - start);
}

FAST_METHOD(strip)
{
    return strip(self, args, count, "strip", 3);
}

FAST_METHOD(lstrip)
{
    return strip(self, args, count, "lstrip", 1);
}

FAST_METHOD(rstrip)
{
    return strip(self, args, count, "rstrip", 2);
}

static PyObject *pad(PyObject *self, Py_ssize_t left, Py_ssize_t right, char fill)
{
    struct span in = bytes_span(self);
    if (left <= 0 && right <= 0) {
        return unchanged(self);
    }
    PyObject *result = bytes_make(self, NULL, left + in.length + right);
    if (result != NULL) {
        char *out = bytes_room(result);
        memset(out, fill, (size_t)left);
        memcpy(out + left, in.data, (size_t)in.length);
        memset(out + left + in.length, fill, (size_t)right);
    }
    return result;
}

/* where: 0 left, 1 centre, 2 right. */
static PyObject *justify(PyObject *self, PyObject *const *args, Py_ssize_t count, const char *name, int where)
{
    Py_ssize_t width;
    char fill = ' ';
    if (!check_positional(name, count, 1, 2) || !index_argument(args[0], false, &width)) {
        return NULL;
    }
    if (count == 2) {
        bool right = PyBytes_Check(args[1]) || PyByteArray_Check(args[1]);
        if (!right || bytes_span(args[1]).length != 1) {
            PyErr_Format(PyExc_TypeError, "%s() argument 2 must be a byte string of length 1, not %.50s", name,
                         Py_TYPE(args[1])->tp_name);
            return NULL;
        }
        fill = bytes_span(args[1]).data[0];
    }
    Py_ssize_t length = bytes_span(self).length, missing = width > length ? width - length : 0;
    Py_ssize_t left = where == 0 ? 0 : where == 2 ? missing : missing / 2 + (missing & width & 1);
    return pad(self, left, missing - left, fill);
}

FAST_METHOD(ljust)
{
    return justify(self, args, count, "ljust", 0);
}

FAST_METHOD(center)
{
    return justify(self, args, count, "center", 1);
}

FAST_METHOD(rjust)
{
    return justify(self, args, count, "rjust", 2);
}

PyObject *bytes_zfill(PyObject *self, PyObject *argument)
{
    Py_ssize_t width;
    if (!index_argument(argument, false, &width)) {
        return NULL;
    }
    struct span in = bytes_span(self);
    PyObject *result = pad(self, width > in.length ? width - in.length : 0, 0, '0');
    if (result != NULL && width > in.length && in.length > 0 && (in.data[0] == '+' || in.data[0] == '-')) {
        char *out = bytes_room(result);
        out[width - in.length] = '0';
        out[0] = in.data[0];
    }
    return result;
}

KEYWORD_METHOD(expandtabs)
{
    static const char *const names[] = {"tabsize", NULL};
    int size = 8;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|i:expandtabs", names, &size)) {
        return NULL;
    }
    struct span in = bytes_span(self);
    PyObject *result = NULL;
    /* Measured with out == NULL, then written. */
    for (int pass = 0; pass < 2; pass++) {
        char *out = result != NULL ? bytes_room(result) : NULL;
        Py_ssize_t at = 0, column = 0;
        for (Py_ssize_t i = 0; i < in.length; i++) {
            char c = in.data[i];
            Py_ssize_t width = c != '\t' ? 1 : size > 0 ? size - column % size : 0;
            if (out != NULL) {
                memset(out + at, c == '\t' ? ' ' : c, (size_t)width);
            }
            at += width;
            column = c == '\n' || c == '\r' ? 0 : column + width;
        }
        if (pass == 0 && (result = bytes_make(self, NULL, at)) == NULL) {
            return NULL;
        }
    }
    return result;
}

static bool append(PyObject *list, PyObject *self, struct span in, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *part = bytes_make(self, in.data + start, end - start);
    bool done = part != NULL && PyList_Append(list, part) == 0;
    Py_XDECREF(part);
    return done;
}

static bool split_spaces(PyObject *list, PyObject *self, struct span in, Py_ssize_t most)
{
    Py_ssize_t at = 0;
    for (;; most--) {
        while (at < in.length && is_space((unsigned char)in.data[at])) {
            at++;
        }
        if (at == in.length) {
            return true;
        }
        Py_ssize_t start = at;
        if (most == 0) {
            /* The rest keeps the spaces at its end. */
            return append(list, self, in, start, in.length);
        }
        while (at < in.length && !is_space((unsigned char)in.data[at])) {
            at++;
        }
        if (!append(list, self, in, start, at)) {
            return false;
        }
    }
}

static bool split_spaces_back(PyObject *list, PyObject *self, struct span in, Py_ssize_t most)
{
    Py_ssize_t end = in.length;
    for (;; most--) {
        while (end > 0 && is_space((unsigned char)in.data[end - 1])) {
            end--;
        }
        if (end == 0) {
            return true;
        }
        Py_ssize_t start = most == 0 ? 0 : end;
        while (most != 0 && start > 0 && !is_space((unsigned char)in.data[start - 1])) {
            start--;
        }
        if (!append(list, self, in, start, end)) {
            return false;
        }
        if (most == 0) {
            return true;
        }
        end = start;
    }
}

static bool split_at(PyObject *list, PyObject *self, struct span in, struct span part, Py_ssize_t most)
{
    Py_ssize_t from = 0;
    for (; most > 0; most--) {
        Py_ssize_t at = bytes_find(cut(in, from, in.length), part, 1);
        if (at < 0) {
            break;
        }
        if (!append(list, self, in, from, from + at)) {
            return false;
        }
        from += at + part.length;
    }
    return append(list, self, in, from, in.length);
}

static bool split_at_back(PyObject *list, PyObject *self, struct span in, struct span part, Py_ssize_t most)
{
    Py_ssize_t end = in.length;
    for (; most > 0; most--) {
        Py_ssize_t at = bytes_find(cut(in, 0, end), part, -1);
        if (at < 0) {
            break;
        }
        if (!append(list, self, in, at + part.length, end)) {
            return false;
        }
        end = at;
    }
    return append(list, self, in, 0, end);
}

static bool nonempty(Py_ssize_t length)
{
    if (length == 0) {
        PyErr_SetString(PyExc_ValueError, "empty separator");
    }
    return length != 0;
}

static PyObject *split(PyObject *self, PyObject *separator, Py_ssize_t most, bool back)
{
    Py_buffer view = {.obj = NULL};
    bool spaces = separator == Py_None, done;
    if (!spaces && !bytes_buffer(separator, &view)) {
        return NULL;
    }
    PyObject *list = spaces || nonempty(view.len) ? PyList_New(0) : NULL;
    if (list != NULL) {
        struct span in = bytes_span(self), part = {view.buf, view.len};
        most = most < 0 ? PY_SSIZE_T_MAX : most;
        if (spaces) {
            done = back ? split_spaces_back(list, self, in, most) : split_spaces(list, self, in, most);
        } else {
            done = back ? split_at_back(list, self, in, part, most) : split_at(list, self, in, part, most);
        }
        if (!done || (back && PyList_Reverse(list) < 0)) {
            Py_CLEAR(list);
        }
    }
    if (!spaces) {
        PyBuffer_Release(&view);
    }
    return list;
}

KEYWORD_METHOD(split)
{
    static const char *const names[] = {"sep", "maxsplit", NULL};
    PyObject *separator = Py_None;
    Py_ssize_t most = -1;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|On:split", names, &separator, &most)) {
        return NULL;
    }
    return split(self, separator, most, false);
}

KEYWORD_METHOD(rsplit)
{
    static const char *const names[] = {"sep", "maxsplit", NULL};
    PyObject *separator = Py_None;
    Py_ssize_t most = -1;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|On:rsplit", names, &separator, &most)) {
        return NULL;
    }
    return split(self, separator, most, true);
}

KEYWORD_METHOD(splitlines)
{
    static const char *const names[] = {"keepends", NULL};
    int keep_ends = 0;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|p:splitlines", names, &keep_ends)) {
        return NULL;
    }
    struct span in = bytes_span(self);
    PyObject *list = PyList_New(0);
    Py_ssize_t at = 0;
    while (list != NULL && at < in.length) {
        Py_ssize_t start = at;
        while (at < in.length && in.data[at] != '\n' && in.data[at] != '\r') {
            at++;
        }
        Py_ssize_t end = at;
        if (at < in.length) {
            at += 1 + (in.data[at] == '\r' && at + 1 < in.length && in.data[at + 1] == '\n');
        }
        if (!append(list, self, in, start, keep_ends ? at : end)) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *partition(PyObject *self, PyObject *separator, bool back)
{
    Py_buffer view;
    if (!bytes_buffer(separator, &view)) {
        return NULL;
    }
    PyObject *result = NULL;
    if (nonempty(view.len)) {
        struct span in = bytes_span(self);
        Py_ssize_t at = bytes_find(in, (struct span){view.buf, view.len}, back ? -1 : 1);
        Py_ssize_t head = at >= 0 ? at : back ? 0 : in.length, tail = at >= 0 ? at + view.len : back ? 0 : in.length;
        result = Py_BuildValue("(NNN)", bytes_make(self, in.data, head), bytes_make(self, at >= 0 ? view.buf : "", at >= 0 ? view.len : 0),
                               bytes_make(self, in.data + tail, in.length - tail));
    }
    PyBuffer_Release(&view);
    return result;
}

PyObject *bytes_partition(PyObject *self, PyObject *separator)
{
    return partition(self, separator, false);
}

PyObject *bytes_rpartition(PyObject *self, PyObject *separator)
{
    return partition(self, separator, true);
}

/* How often `old` will be replaced, at most `most` times. */
static Py_ssize_t replacements(struct span in, struct span old, Py_ssize_t most)
{
    Py_ssize_t found = count_in(in, old);
    return most < 0 || found < most ? found : most;
}

static void write_replaced(char *out, struct span in, struct span old, struct span new, Py_ssize_t times)
{
    for (; times > 0; times--) {
        Py_ssize_t at = old.length == 0 ? 0 : bytes_find(in, old, 1);
        memcpy(out, in.data, (size_t)at);
        memcpy(out + at, new.data, (size_t)new.length);
        out += at + new.length;
        in = cut(in, at + old.length, in.length);
        /* An empty `old` stands before each byte and at the end. */
        if (old.length == 0 && in.length > 0 && times > 1) {
            *out++ = in.data[0];
            in = cut(in, 1, in.length);
        }
    }
    memcpy(out, in.data, (size_t)in.length);
}

static PyObject *replace(PyObject *self, struct span old, struct span new, Py_ssize_t most)
{
    struct span in = bytes_span(self);
    Py_ssize_t times = replacements(in, old, most), growth, length;
    if (times == 0) {
        return unchanged(self);
    }
    if (__builtin_mul_overflow(times, new.length - old.length, &growth) || __builtin_add_overflow(in.length, growth, &length)) {
        PyErr_SetString(PyExc_OverflowError, "replace bytes is too long");
        return NULL;
    }
    PyObject *result = bytes_make(self, NULL, length);
    if (result != NULL) {
        write_replaced(bytes_room(result), in, old, new, times);
    }
    return result;
}

FAST_METHOD(replace)
{
    Py_buffer old, new;
    Py_ssize_t most = -1;
    if (!check_positional("replace", count, 2, 3) || (count == 3 && !index_argument(args[2], false, &most))
        || !bytes_buffer(args[0], &old)) {
        return NULL;
    }
    PyObject *result = NULL;
    if (bytes_buffer(args[1], &new)) {
        result = replace(self, (struct span){old.buf, old.len}, (struct span){new.buf, new.len}, most);
        PyBuffer_Release(&new);
    }
    PyBuffer_Release(&old);
    return result;
}

KEYWORD_METHOD(translate)
{
    static const char *const names[] = {"", "delete", NULL};
    PyObject *table_object, *delete_object = NULL;
    Py_buffer table = {.obj = NULL}, deleted = {.obj = NULL};
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "O|O:translate", names, &table_object, &delete_object)) {
        return NULL;
    }
    if (table_object != Py_None && !bytes_buffer(table_object, &table)) {
        return NULL;
    }
    PyObject *result = NULL;
    if (table.obj != NULL && table.len != 256) {
        PyErr_SetString(PyExc_ValueError, "translation table must be 256 characters long");
    } else if (delete_object == NULL || bytes_buffer(delete_object, &deleted)) {
        bool drop[256] = {false};
        for (Py_ssize_t i = 0; deleted.obj != NULL && i < deleted.len; i++) {
            drop[((unsigned char *)deleted.buf)[i]] = true;
        }
        struct span in = bytes_span(self);
        char *out = PyMem_Malloc((size_t)in.length + 1);
        Py_ssize_t length = 0;
        for (Py_ssize_t i = 0; out != NULL && i < in.length; i++) {
            unsigned char c = (unsigned char)in.data[i];
            if (!drop[c]) {
                out[length++] = table.obj != NULL ? ((char *)table.buf)[c] : (char)c;
            }
        }
        result = out != NULL ? bytes_make(self, out, length) : PyErr_NoMemory();
        PyMem_Free(out);
    }
    PyBuffer_Release(&table);
    PyBuffer_Release(&deleted);
    return result;
}

PyObject *bytes_maketrans(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    Py_buffer from, to;
    if (!check_positional("maketrans", count, 2, 2) || !bytes_buffer(args[0], &from)) {
        return NULL;
    }
    PyObject *table = NULL;
    if (bytes_buffer(args[1], &to)) {
        if (from.len != to.len) {
            PyErr_SetString(PyExc_ValueError, "maketrans arguments must have same length");
        } else {
            table = PyBytes_FromStringAndSize(NULL, 256);
        }
        for (int c = 0; table != NULL && c < 256; c++) {
            PyBytes_AS_STRING(table)[c] = (char)c;
        }
        for (Py_ssize_t i = 0; table != NULL && i < from.len; i++) {
            PyBytes_AS_STRING(table)[((unsigned char *)from.buf)[i]] = ((char *)to.buf)[i];
        }
        PyBuffer_Release(&to);
    }
    PyBuffer_Release(&from);
    return table;
}

/* The total length of the joined items, -1 with an exception. */
static Py_ssize_t measure_join(Py_ssize_t space, PyObject *sequence)
{
    Py_ssize_t length = 0, count = PySequence_Fast_GET_SIZE(sequence);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(sequence, i);
        Py_buffer view;
        if (!PyObject_CheckBuffer(item)) {
            PyErr_Format(PyExc_TypeError, "sequence item %zd: expected a bytes-like object, %.80s found", i,
                         Py_TYPE(item)->tp_name);
            return -1;
        }
        if (PyObject_GetBuffer(item, &view, PyBUF_SIMPLE) < 0) {
            return -1;
        }
        Py_ssize_t more = view.len + (i > 0 ? space : 0);
        PyBuffer_Release(&view);
        if (__builtin_add_overflow(length, more, &length)) {
            PyErr_SetString(PyExc_OverflowError, "join() result is too long");
            return -1;
        }
    }
    return length;
}

/* False if an item's length is no longer what was measured. */
static bool write_join(char *out, Py_ssize_t room, struct span space, PyObject *sequence)
{
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); i++) {
        Py_buffer view;
        if (PyObject_GetBuffer(PySequence_Fast_GET_ITEM(sequence, i), &view, PyBUF_SIMPLE) < 0) {
            return false;
        }
        Py_ssize_t gap = i > 0 ? space.length : 0;
        bool fits = view.len <= room - gap;
        if (fits) {
            memcpy(out, space.data, (size_t)gap);
            memcpy(out + gap, view.buf, (size_t)view.len);
            out += gap + view.len;
            room -= gap + view.len;
        }
        PyBuffer_Release(&view);
        if (!fits) {
            PyErr_SetString(PyExc_RuntimeError, "sequence changed size during join");
            return false;
        }
    }
    return true;
}

PyObject *bytes_join(PyObject *self, PyObject *items)
{
    PyObject *sequence = PySequence_Fast(items, "can only join an iterable"), *result = NULL;
    if (sequence == NULL) {
        return NULL;
    }
    struct span space = bytes_span(self);
    if (PyBytes_Check(self) && PySequence_Fast_GET_SIZE(sequence) == 1
        && PyBytes_CheckExact(PySequence_Fast_GET_ITEM(sequence, 0))) {
        result = Py_NewRef(PySequence_Fast_GET_ITEM(sequence, 0));
    } else {
        Py_ssize_t length = measure_join(space.length, sequence);
        result = length < 0 ? NULL : bytes_make(self, NULL, length);
        if (result != NULL && !write_join(bytes_room(result), length, space, sequence)) {
            Py_CLEAR(result);
        }
    }
    Py_DECREF(sequence);
    return result;
}

KEYWORD_METHOD(decode)
{
    static const char *const names[] = {"encoding", "errors", NULL};
    const char *encoding = NULL, *errors = NULL;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|ss:decode", names, &encoding, &errors)) {
        return NULL;
    }
    struct span in = bytes_span(self);
    return PyUnicode_Decode(in.data, in.length, encoding, errors);
}

/* The one ASCII character that separates groups; -1 with an exception. */
static int separator_char(PyObject *separator)
{
    Py_ssize_t length = PyUnicode_Check(separator) ? PyUnicode_GET_LENGTH(separator)
                        : PyBytes_Check(separator) ? PyBytes_GET_SIZE(separator)
                                                   : -1;
    if (length < 0) {
        PyErr_SetString(PyExc_TypeError, "sep must be str or bytes.");
        return -1;
    }
    if (length != 1) {
        PyErr_SetString(PyExc_ValueError, "sep must be length 1.");
        return -1;
    }
    Py_UCS4 c = PyUnicode_Check(separator) ? PyUnicode_READ_CHAR(separator, 0) : (unsigned char)PyBytes_AS_STRING(separator)[0];
    if (c >= 128) {
        PyErr_SetString(PyExc_ValueError, "sep must be ASCII.");
        return -1;
    }
    return (int)c;
}

PyObject *bytes_hex_text(struct span in, PyObject *separator, Py_ssize_t group)
{
    int space = separator != NULL ? separator_char(separator) : 0;
    if (space < 0) {
        return NULL;
    }
    Py_ssize_t size = separator == NULL || group == 0 ? in.length : group < 0 ? -group : group;
    Py_ssize_t gaps = in.length > 0 && size > 0 ? (in.length - 1) / size : 0;
    PyObject *text = PyUnicode_New(in.length * 2 + gaps, 127);
    char *out = text != NULL ? PyUnicode_DATA(text) : NULL;
    for (Py_ssize_t i = 0; out != NULL && i < in.length; i++) {
        /* A positive group counts from the right end. */
        Py_ssize_t place = group > 0 ? in.length - i : i;
        if (i > 0 && gaps > 0 && place % size == 0) {
            *out++ = (char)space;
        }
        *out++ = "0123456789abcdef"[(unsigned char)in.data[i] >> 4];
        *out++ = "0123456789abcdef"[in.data[i] & 15];
    }
    return text;
}

KEYWORD_METHOD(hex)
{
    static const char *const names[] = {"sep", "bytes_per_sep", NULL};
    PyObject *separator = NULL;
    int group = 1;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|Oi:hex", names, &separator, &group)) {
        return NULL;
    }
    return bytes_hex_text(bytes_span(self), separator, group);
}

static int hex_value(Py_UCS4 c)
{
    return c >= '0' && c <= '9' ? (int)c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (int)(c | 32) - 'a' + 10 : -1;
}

PyObject *bytes_from_hex(PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "fromhex() argument must be str, not %.50s", Py_TYPE(text)->tp_name);
        return NULL;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), at = 0, count = 0;
    PyObject *result = PyBytes_FromStringAndSize(NULL, length / 2);
    while (result != NULL && at < length) {
        Py_UCS4 c = PyUnicode_READ_CHAR(text, at);
        if (c < 128 && _Py_ascii_whitespace[c] && (c <= '\r' || c == ' ')) {
            at++;
            continue;
        }
        int high = hex_value(c), low = at + 1 < length ? hex_value(PyUnicode_READ_CHAR(text, at + 1)) : -1;
        if (high < 0 || low < 0) {
            PyErr_Format(PyExc_ValueError, "non-hexadecimal number found in fromhex() arg at position %zd", high < 0 ? at : at + 1);
            Py_DECREF(result);
            return NULL;
        }
        PyBytes_AS_STRING(result)[count++] = (char)(high << 4 | low);
        at += 2;
    }
    if (result != NULL) {
        _PyBytes_Resize(&result, count);
    }
    return result;
}

PyObject *bytes_subscript(PyObject *self, PyObject *key, const char *type_name)
{
    if (PyIndex_Check(key)) {
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred()) {
            return NULL;
        }
        struct span in = bytes_span(self);
        i = i < 0 ? i + in.length : i;
        if (i < 0 || i >= in.length) {
            PyErr_Format(PyExc_IndexError, PyBytes_Check(self) ? "index out of range" : "%s index out of range", type_name);
            return NULL;
        }
        return PyLong_FromLong((unsigned char)in.data[i]);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "%s indices must be integers or slices, not %.200s", type_name, Py_TYPE(key)->tp_name);
        return NULL;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0) {
        return NULL;
    }
    struct span in = bytes_span(self);
    Py_ssize_t count = PySlice_AdjustIndices(in.length, &start, &stop, step);
    if (count == in.length && step == 1) {
        return unchanged(self);
    }
    if (step == 1) {
        return bytes_make(self, in.data + start, count > 0 ? count : 0);
    }
    PyObject *result = bytes_make(self, NULL, count > 0 ? count : 0);
    for (Py_ssize_t i = 0; result != NULL && i < count; i++) {
        bytes_room(result)[i] = in.data[start + i * step];
    }
    return result;
}

PyObject *bytes_richcompare(PyObject *a, PyObject *b, int op)
{
    Py_buffer x, y;
    if (!PyObject_CheckBuffer(a) || !PyObject_CheckBuffer(b)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (PyObject_GetBuffer(a, &x, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (PyObject_GetBuffer(b, &y, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        PyBuffer_Release(&x);
        Py_RETURN_NOTIMPLEMENTED;
    }
    int order = memcmp(x.buf, y.buf, (size_t)Py_MIN(x.len, y.len));
    order = order != 0 ? order : (x.len > y.len) - (x.len < y.len);
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

/* A bytearray's text escapes the single quote even between double ones. */
PyObject *bytes_repr_text(struct span in, const char *prefix, const char *suffix)
{
    struct text_writer w = TEXT_WRITER_INIT;
    bool single = in.length > 0 && memchr(in.data, '\'', (size_t)in.length) != NULL;
    bool twofold = in.length > 0 && memchr(in.data, '"', (size_t)in.length) != NULL;
    char quote = single && !twofold ? '"' : '\'';
    bool done = writer_put_ascii(&w, prefix, (Py_ssize_t)strlen(prefix)) && writer_put_char(&w, (Py_UCS4)quote);
    for (Py_ssize_t i = 0; done && i < in.length; i++) {
        char c = in.data[i], text[8] = {'\\', c};
        Py_ssize_t length = 2;
        if (c == '\t' || c == '\n' || c == '\r') {
            text[1] = c == '\t' ? 't' : c == '\n' ? 'n' : 'r';
        } else if (c < ' ' || c == 127) {
            length = PyOS_snprintf(text, sizeof text, "\\x%02x", (unsigned char)c);
        } else if (c != '\\' && c != quote && (c != '\'' || suffix[0] == '\0')) {
            text[0] = c;
            length = 1;
        }
        done = writer_put_ascii(&w, text, length);
    }
    if (!done || !writer_put_char(&w, (Py_UCS4)quote) || !writer_put_ascii(&w, suffix, (Py_ssize_t)strlen(suffix))) {
        writer_discard(&w);
        return NULL;
    }
    return writer_finish(&w);
}
