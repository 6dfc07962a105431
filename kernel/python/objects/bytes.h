/* What bytes and bytearray share: the same methods over the same spans of memory. */
#ifndef PYNET_OBJECTS_BYTES_H
#define PYNET_OBJECTS_BYTES_H

#include <stdbool.h>

#include "Python.h"

struct span {
    const char *data;
    Py_ssize_t length;
};

/* The contents of a bytes or a bytearray; valid until the bytearray is resized. */
struct span bytes_span(PyObject *self);
/* A new object of self's built-in type with these contents; data NULL: to be filled by the caller. */
PyObject *bytes_make(PyObject *self, const char *data, Py_ssize_t length);
char *bytes_room(PyObject *fresh);
/* The first (direction > 0) or last place of `part`, -1 if there is none. */
Py_ssize_t bytes_find(struct span in, struct span part, int direction);
/* op as a buffer of bytes; false with "a bytes-like object is required, not ...". */
bool bytes_buffer(PyObject *op, Py_buffer *view);
/* 0..255 or -1 with TypeError or ValueError. */
int byte_argument(PyObject *value, const char *out_of_range);
/* An int's value as the number of bytes wanted by bytes(n): -1 with an exception, -2 if `op` is no integer. */
Py_ssize_t bytes_count(PyObject *op);
/* op[key] of a span for both types' mp_subscript. */
PyObject *bytes_subscript(PyObject *self, PyObject *key, const char *type_name);
int bytes_contains(PyObject *self, PyObject *value);
PyObject *bytes_richcompare(PyObject *a, PyObject *b, int op);
/* b'...' text between a prefix and a suffix. */
PyObject *bytes_repr_text(struct span in, const char *prefix, const char *suffix);
/* Appends the methods of both types; each type's own table comes first. */
#define BYTES_METHODS                                                                       \
    {"capitalize", bytes_capitalize, METH_NOARGS, NULL},                                    \
    {"center", _PyCFunction_CAST(bytes_center), METH_FASTCALL, NULL},                       \
    {"count", _PyCFunction_CAST(bytes_count_method), METH_FASTCALL, NULL},                  \
    {"decode", _PyCFunction_CAST(bytes_decode), METH_FASTCALL | METH_KEYWORDS, NULL},       \
    {"endswith", _PyCFunction_CAST(bytes_endswith), METH_FASTCALL, NULL},                   \
    {"expandtabs", _PyCFunction_CAST(bytes_expandtabs), METH_FASTCALL | METH_KEYWORDS, NULL}, \
    {"find", _PyCFunction_CAST(bytes_find_method), METH_FASTCALL, NULL},                    \
    {"hex", _PyCFunction_CAST(bytes_hex), METH_FASTCALL | METH_KEYWORDS, NULL},             \
    {"index", _PyCFunction_CAST(bytes_index), METH_FASTCALL, NULL},                         \
    {"isalnum", bytes_isalnum, METH_NOARGS, NULL},                                          \
    {"isalpha", bytes_isalpha, METH_NOARGS, NULL},                                          \
    {"isascii", bytes_isascii, METH_NOARGS, NULL},                                          \
    {"isdigit", bytes_isdigit, METH_NOARGS, NULL},                                          \
    {"islower", bytes_islower, METH_NOARGS, NULL},                                          \
    {"isspace", bytes_isspace, METH_NOARGS, NULL},                                          \
    {"istitle", bytes_istitle, METH_NOARGS, NULL},                                          \
    {"isupper", bytes_isupper, METH_NOARGS, NULL},                                          \
    {"join", bytes_join, METH_O, NULL},                                                     \
    {"ljust", _PyCFunction_CAST(bytes_ljust), METH_FASTCALL, NULL},                         \
    {"lower", bytes_lower, METH_NOARGS, NULL},                                              \
    {"lstrip", _PyCFunction_CAST(bytes_lstrip), METH_FASTCALL, NULL},                       \
    {"maketrans", _PyCFunction_CAST(bytes_maketrans), METH_FASTCALL | METH_STATIC, NULL},   \
    {"partition", bytes_partition, METH_O, NULL},                                           \
    {"removeprefix", bytes_removeprefix, METH_O, NULL},                                     \
    {"removesuffix", bytes_removesuffix, METH_O, NULL},                                     \
    {"replace", _PyCFunction_CAST(bytes_replace), METH_FASTCALL, NULL},                     \
    {"rfind", _PyCFunction_CAST(bytes_rfind), METH_FASTCALL, NULL},                         \
    {"rindex", _PyCFunction_CAST(bytes_rindex), METH_FASTCALL, NULL},                       \
    {"rjust", _PyCFunction_CAST(bytes_rjust), METH_FASTCALL, NULL},                         \
    {"rpartition", bytes_rpartition, METH_O, NULL},                                         \
    {"rsplit", _PyCFunction_CAST(bytes_rsplit), METH_FASTCALL | METH_KEYWORDS, NULL},       \
    {"rstrip", _PyCFunction_CAST(bytes_rstrip), METH_FASTCALL, NULL},                       \
    {"split", _PyCFunction_CAST(bytes_split), METH_FASTCALL | METH_KEYWORDS, NULL},         \
    {"splitlines", _PyCFunction_CAST(bytes_splitlines), METH_FASTCALL | METH_KEYWORDS, NULL}, \
    {"startswith", _PyCFunction_CAST(bytes_startswith), METH_FASTCALL, NULL},               \
    {"strip", _PyCFunction_CAST(bytes_strip), METH_FASTCALL, NULL},                         \
    {"swapcase", bytes_swapcase, METH_NOARGS, NULL},                                        \
    {"title", bytes_title, METH_NOARGS, NULL},                                              \
    {"translate", _PyCFunction_CAST(bytes_translate), METH_FASTCALL | METH_KEYWORDS, NULL}, \
    {"upper", bytes_upper, METH_NOARGS, NULL},                                              \
    {"zfill", bytes_zfill, METH_O, NULL}

#define NOARGS_METHOD(name) PyObject *bytes_##name(PyObject *self, PyObject *none)
#define FAST_METHOD(name) PyObject *bytes_##name(PyObject *self, PyObject *const *args, Py_ssize_t count)
#define KEYWORD_METHOD(name) \
    PyObject *bytes_##name(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)

NOARGS_METHOD(capitalize);
NOARGS_METHOD(isalnum);
NOARGS_METHOD(isalpha);
NOARGS_METHOD(isascii);
NOARGS_METHOD(isdigit);
NOARGS_METHOD(islower);
NOARGS_METHOD(isspace);
NOARGS_METHOD(istitle);
NOARGS_METHOD(isupper);
NOARGS_METHOD(lower);
NOARGS_METHOD(swapcase);
NOARGS_METHOD(title);
NOARGS_METHOD(upper);
FAST_METHOD(center);
FAST_METHOD(count_method);
FAST_METHOD(endswith);
FAST_METHOD(find_method);
FAST_METHOD(index);
FAST_METHOD(ljust);
FAST_METHOD(lstrip);
FAST_METHOD(maketrans);
FAST_METHOD(replace);
FAST_METHOD(rfind);
FAST_METHOD(rindex);
FAST_METHOD(rjust);
FAST_METHOD(rstrip);
FAST_METHOD(startswith);
FAST_METHOD(strip);
KEYWORD_METHOD(decode);
KEYWORD_METHOD(expandtabs);
KEYWORD_METHOD(hex);
KEYWORD_METHOD(rsplit);
KEYWORD_METHOD(split);
KEYWORD_METHOD(splitlines);
KEYWORD_METHOD(translate);
PyObject *bytes_join(PyObject *self, PyObject *items);
PyObject *bytes_partition(PyObject *self, PyObject *separator);
PyObject *bytes_rpartition(PyObject *self, PyObject *separator);
PyObject *bytes_removeprefix(PyObject *self, PyObject *prefix);
PyObject *bytes_removesuffix(PyObject *self, PyObject *suffix);
PyObject *bytes_zfill(PyObject *self, PyObject *width);
/* fromhex for both types: the bytes of a text of hexadecimal digits, two each, white space between allowed. */
PyObject *bytes_from_hex(PyObject *text);
/* "aabb" with an optional separator every `group` bytes (from the right if positive); for memoryview too. */
PyObject *bytes_hex_text(struct span in, PyObject *separator, Py_ssize_t group);

#endif
