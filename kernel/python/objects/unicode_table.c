/* What str knows of single code points. */
#include "unicode_data.h"

#include "text.h"

static const struct unicode_record *record_of(Py_UCS4 c)
{
    if (c > 0x10FFFF) {
        c = 0;
    }
    unsigned group = unicode_groups[c / (UNICODE_BLOCK * UNICODE_GROUP)];
    unsigned block = unicode_blocks[group * UNICODE_GROUP + c / UNICODE_BLOCK % UNICODE_GROUP];
    return &unicode_records[unicode_entries[block * UNICODE_BLOCK + c % UNICODE_BLOCK]];
}

unsigned char_flags(Py_UCS4 c)
{
    return record_of(c)->flags;
}

/* Unicode keeps the ten digits of a script together and in order, so the place in the run of digits is the value. */
int char_decimal(Py_UCS4 c)
{
    int place = -1;
    while ((char_flags(c) & CHAR_DECIMAL) != 0) {
        place++;
        c--;
    }
    return place < 0 ? -1 : place % 10;
}

static int map_char(Py_UCS4 c, int which, Py_UCS4 out[3])
{
    int32_t mapped = record_of(c)->mapped[which];
    if ((mapped & UNICODE_SEQUENCE) == 0 || mapped < 0) {
        out[0] = (Py_UCS4)((int32_t)c + mapped);
        return 1;
    }
    int count = mapped >> 16 & 3;
    for (int i = 0; i < count; i++) {
        out[i] = unicode_sequences[(mapped & 0xFFFF) + i];
    }
    return count;
}

int char_to_upper(Py_UCS4 c, Py_UCS4 out[3])
{
    return map_char(c, 0, out);
}

int char_to_lower(Py_UCS4 c, Py_UCS4 out[3])
{
    return map_char(c, 1, out);
}

int char_to_title(Py_UCS4 c, Py_UCS4 out[3])
{
    return map_char(c, 2, out);
}

int char_to_folded(Py_UCS4 c, Py_UCS4 out[3])
{
    return map_char(c, 3, out);
}

/* The one code point of a mapping; one to several leaves the character as it is. */
static Py_UCS4 simple(Py_UCS4 c, int which)
{
    Py_UCS4 out[3];
    return map_char(c, which, out) == 1 ? out[0] : c;
}

Py_UCS4 _PyUnicode_ToUppercase(Py_UCS4 c)
{
    return simple(c, 0);
}

Py_UCS4 _PyUnicode_ToLowercase(Py_UCS4 c)
{
    return simple(c, 1);
}

Py_UCS4 _PyUnicode_ToTitlecase(Py_UCS4 c)
{
    return simple(c, 2);
}

int _PyUnicode_ToDecimalDigit(Py_UCS4 c)
{
    return char_decimal(c);
}

int _PyUnicode_IsWhitespace(Py_UCS4 c)
{
    return (char_flags(c) & CHAR_SPACE) != 0;
}

int _PyUnicode_IsLinebreak(Py_UCS4 c)
{
    return (char_flags(c) & CHAR_LINEBREAK) != 0;
}

int _PyUnicode_IsAlpha(Py_UCS4 c)
{
    return (char_flags(c) & CHAR_ALPHA) != 0;
}

int _PyUnicode_IsDecimalDigit(Py_UCS4 c)
{
    return (char_flags(c) & CHAR_DECIMAL) != 0;
}

int _PyUnicode_IsDigit(Py_UCS4 c)
{
    return (char_flags(c) & CHAR_DIGIT) != 0;
}

int _PyUnicode_IsNumeric(Py_UCS4 c)
{
    return (char_flags(c) & CHAR_NUMERIC) != 0;
}

int _PyUnicode_IsLowercase(Py_UCS4 c)
{
    return (char_flags(c) & CHAR_LOWER) != 0;
}

int _PyUnicode_IsUppercase(Py_UCS4 c)
{
    return (char_flags(c) & CHAR_UPPER) != 0;
}

int _PyUnicode_IsTitlecase(Py_UCS4 c)
{
    return (char_flags(c) & CHAR_TITLE) != 0;
}

int _PyUnicode_IsPrintable(Py_UCS4 c)
{
    return (char_flags(c) & CHAR_PRINTABLE) != 0;
}

/* For int() and float(): see text.h. */
char *unicode_to_number_text(PyObject *text, Py_ssize_t *length)
{
    *length = PyUnicode_GET_LENGTH(text);
    char *out = PyMem_Malloc((size_t)*length + 1);
    if (out == NULL) {
        return (char *)PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; i < *length; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(text, i);
        int decimal = c < 128 ? -1 : char_decimal(c);
        bool space = (char_flags(c) & CHAR_SPACE) != 0;
        out[i] = space ? ' ' : c < 128 ? (char)c : decimal >= 0 ? (char)('0' + decimal) : '?';
    }
    out[*length] = '\0';
    return out;
}
