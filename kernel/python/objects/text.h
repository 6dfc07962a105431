/* What the files of str, bytes and the numbers share. */
#ifndef PYNET_OBJECTS_TEXT_H
#define PYNET_OBJECTS_TEXT_H

#include <stdbool.h>

#include "Python.h"

/* Positional arguments of a METH_FASTCALL function: false with CPython's TypeError unless least <= count <= most. */
bool check_positional(const char *name, Py_ssize_t count, Py_ssize_t least, Py_ssize_t most);
/* A Py_ssize_t through __index__ into *out; huge values are clipped if `clip`, else OverflowError. false: exception. */
bool index_argument(PyObject *value, bool clip, Py_ssize_t *out);
/* Slice-like start and end arguments (None or missing: the whole) clipped to 0..length. false: exception. */
bool range_arguments(PyObject *const *args, Py_ssize_t count, Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *end);

/* SipHash-1-3 of the bytes under the runtime's key, never -1; 0 for no bytes. */
Py_hash_t hash_bytes(const void *data, Py_ssize_t length);

/* int(text of `length` ASCII bytes, base): NULL with ValueError. */
PyObject *_PyLong_FromBytes(const char *text, Py_ssize_t length, int base);
/* The digits with their 0b, 0o or 0x. */
PyObject *_PyLong_Format(PyObject *v, int base);

/* The str as ASCII for int() and float(): decimal digits of any script as 0-9, spaces as ' ', the rest as '?'.
 * To be released with PyMem_Free; NULL with an exception. */
char *unicode_to_number_text(PyObject *text, Py_ssize_t *length);

/* format(value, spec) for the built-in types: new str, NULL with ValueError or TypeError. */
PyObject *format_str(PyObject *value, PyObject *spec);
PyObject *format_int(PyObject *value, PyObject *spec);
PyObject *format_float(PyObject *value, PyObject *spec);
/* str.format(*args, **kwargs); kwargs any mapping or NULL. args NULL: format_map. */
PyObject *format_template(PyObject *template, PyObject *args, PyObject *kwargs);
/* template % args for str and for bytes. */
PyObject *percent_str(PyObject *template, PyObject *args);
PyObject *percent_bytes(const char *template, Py_ssize_t length, PyObject *args, bool use_bytearray);

/*
 * Text of a float as CPython's PyOS_double_to_string: code is e f g (capitals too) or r (repr).
 * flags: Py_DTSF_*. To be released with PyMem_Free; NULL with MemoryError.
 */
char *float_to_text(double value, char code, int precision, int flags);

/* A str under construction: characters of any width, kept as the widest needed so far. */
struct text_writer {
    PyObject *buffer; /* a str of `room` characters of which `length` are written, or NULL */
    Py_ssize_t length, room;
};

void writer_init(struct text_writer *w);
/* Each returns false with MemoryError; the writer is then to be given to writer_discard(). */
bool writer_put_char(struct text_writer *w, Py_UCS4 c);
bool writer_fill(struct text_writer *w, Py_UCS4 c, Py_ssize_t count);
bool writer_put_ascii(struct text_writer *w, const char *text, Py_ssize_t length);
bool writer_put_str(struct text_writer *w, PyObject *text, Py_ssize_t start, Py_ssize_t end);
PyObject *writer_finish(struct text_writer *w);
void writer_discard(struct text_writer *w);

/* Code points (unicode_table.c; beyond ASCII from the table made at build time). */
enum {
    CHAR_ALPHA = 1,
    CHAR_DECIMAL = 2,
    CHAR_DIGIT = 4,
    CHAR_NUMERIC = 8,
    CHAR_SPACE = 16,
    CHAR_UPPER = 32,
    CHAR_LOWER = 64,
    CHAR_TITLE = 128,
    CHAR_PRINTABLE = 256,
    CHAR_XID_START = 512,
    CHAR_XID_CONTINUE = 1024,
    CHAR_LINEBREAK = 2048,
    CHAR_CASED = 4096,
    CHAR_CASE_IGNORABLE = 8192,
};
unsigned char_flags(Py_UCS4 c);
/* Decimal value 0..9 or -1. */
int char_decimal(Py_UCS4 c);
/* Full case mappings of SpecialCasing and CaseFolding: 1 to 3 code points into out, returns how many. */
int char_to_upper(Py_UCS4 c, Py_UCS4 out[3]);
int char_to_lower(Py_UCS4 c, Py_UCS4 out[3]);
int char_to_title(Py_UCS4 c, Py_UCS4 out[3]);
int char_to_folded(Py_UCS4 c, Py_UCS4 out[3]);

#endif
