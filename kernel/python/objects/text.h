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

/* A str under construction, in the narrowest kind that holds what was put so far. */
struct text_writer {
    void *data;
    int kind;
    Py_UCS4 max_char;
    Py_ssize_t length, room; /* characters */
};

#define TEXT_WRITER_INIT {NULL, PyUnicode_1BYTE_KIND, 0, 0, 0}
/* Each returns false with MemoryError; the writer is then to be given to writer_discard(). */
bool writer_put_char(struct text_writer *w, Py_UCS4 c);
bool writer_fill(struct text_writer *w, Py_UCS4 c, Py_ssize_t count);
bool writer_put_ascii(struct text_writer *w, const char *text, Py_ssize_t length);
bool writer_put_str(struct text_writer *w, PyObject *text, Py_ssize_t start, Py_ssize_t end);
/* The str; the writer is empty afterwards. NULL with MemoryError. */
PyObject *writer_finish(struct text_writer *w);
void writer_discard(struct text_writer *w);

/* str (unicode.c). A one-character str; characters [start, end) of one; copying between kinds, wide enough to hold. */
PyObject *unicode_char(Py_UCS4 c);
PyObject *unicode_slice(PyObject *text, Py_ssize_t start, Py_ssize_t end);
Py_UCS4 unicode_max_char(int kind, const void *data, Py_ssize_t length);
void unicode_copy(int to_kind, void *to, int from_kind, const void *from, Py_ssize_t count);
/* TypeError naming the type unless op is a str. */
bool unicode_expected(PyObject *op, const char *what);
/* The first (direction > 0) or last place of `part` in text[start:end], -1 if there is none. */
Py_ssize_t unicode_find(PyObject *text, PyObject *part, Py_ssize_t start, Py_ssize_t end, int direction);
PyObject *unicode_repr(PyObject *text);
/* str and object.__repr__-like text with non-ASCII escaped: PyObject_ASCII of a repr. */
PyObject *unicode_escape_non_ascii(PyObject *text);
extern PyMethodDef unicode_methods[];

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
