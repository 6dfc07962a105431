/* The methods of str. */
#include <string.h>

#include "internal/runtime_internal.h"
#include "text.h"

#define KIND(op) ((int)PyUnicode_KIND(op))
#define DATA(op) PyUnicode_DATA(op)
#define LENGTH(op) PyUnicode_GET_LENGTH(op)
#define READ(op, i) PyUnicode_READ_CHAR(op, i)

bool check_positional(const char *name, Py_ssize_t count, Py_ssize_t least, Py_ssize_t most)
{
    return _PyArg_CheckPositional(name, count, least, most) != 0;
}

bool index_argument(PyObject *value, bool clip, Py_ssize_t *out)
{
    *out = PyNumber_AsSsize_t(value, clip ? NULL : PyExc_OverflowError);
    return *out != -1 || !PyErr_Occurred();
}

bool range_arguments(PyObject *const *args, Py_ssize_t count, Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *end)
{
    *start = 0;
    *end = length;
    if ((count > 0 && args[0] != Py_None && !_PyEval_SliceIndex(args[0], start))
        || (count > 1 && args[1] != Py_None && !_PyEval_SliceIndex(args[1], end))) {
        return false;
    }
    *end = *end > length ? length : *end < 0 ? *end + length : *end;
    *end = *end < 0 ? 0 : *end;
    *start = *start < 0 ? *start + length : *start;
    *start = *start < 0 ? 0 : *start;
    return true;
}

/* Finding: find(sub[, start[, end]]) and its relatives */

static PyObject *find(PyObject *self, PyObject *const *args, Py_ssize_t count, const char *name, int direction, bool must)
{
    Py_ssize_t start, end;
    if (!check_positional(name, count, 1, 3) || !range_arguments(args + 1, count - 1, LENGTH(self), &start, &end)) {
        return NULL;
    }
    if (!PyUnicode_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "must be str, not %.100s", Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    Py_ssize_t at = unicode_find(self, args[0], start, end, direction);
    if (at < 0 && must) {
        PyErr_SetString(PyExc_ValueError, "substring not found");
        return NULL;
    }
    return PyLong_FromSsize_t(at);
}

static PyObject *method_find(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return find(self, args, count, "find", 1, false);
}

static PyObject *method_rfind(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return find(self, args, count, "rfind", -1, false);
}

static PyObject *method_index(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return find(self, args, count, "index", 1, true);
}

static PyObject *method_rindex(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return find(self, args, count, "rindex", -1, true);
}

static PyObject *method_count(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t start, end;
    if (!check_positional("count", count, 1, 3) || !range_arguments(args + 1, count - 1, LENGTH(self), &start, &end)) {
        return NULL;
    }
    if (!PyUnicode_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "must be str, not %.100s", Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    return PyLong_FromSsize_t(PyUnicode_Count(self, args[0], start, end));
}

/* startswith and endswith of a str or of a tuple of them. */
static PyObject *tail_match(PyObject *self, PyObject *const *args, Py_ssize_t count, const char *name, int direction)
{
    Py_ssize_t start, end;
    if (!check_positional(name, count, 1, 3) || !range_arguments(args + 1, count - 1, LENGTH(self), &start, &end)) {
        return NULL;
    }
    bool many = PyTuple_Check(args[0]);
    for (Py_ssize_t i = 0; i < (many ? PyTuple_GET_SIZE(args[0]) : 1); i++) {
        PyObject *part = many ? PyTuple_GET_ITEM(args[0], i) : args[0];
        if (!PyUnicode_Check(part)) {
            PyErr_Format(PyExc_TypeError,
                         many ? "tuple for %s must only contain str, not %.100s"
                              : "%s first arg must be str or a tuple of str, not %.100s",
                         name, Py_TYPE(part)->tp_name);
            return NULL;
        }
        if (PyUnicode_Tailmatch(self, part, start, end, direction)) {
            Py_RETURN_TRUE;
        }
    }
    Py_RETURN_FALSE;
}

static PyObject *method_startswith(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return tail_match(self, args, count, "startswith", -1);
}

static PyObject *method_endswith(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return tail_match(self, args, count, "endswith", 1);
}

static PyObject *method_removeprefix(PyObject *self, PyObject *prefix)
{
    if (!unicode_expected(prefix, "removeprefix() argument")) {
        return NULL;
    }
    bool found = PyUnicode_Tailmatch(self, prefix, 0, LENGTH(self), -1) == 1;
    return found ? unicode_slice(self, LENGTH(prefix), LENGTH(self)) : PyUnicode_FromObject(self);
}

static PyObject *method_removesuffix(PyObject *self, PyObject *suffix)
{
    if (!unicode_expected(suffix, "removesuffix() argument")) {
        return NULL;
    }
    bool found = LENGTH(suffix) > 0 && PyUnicode_Tailmatch(self, suffix, 0, LENGTH(self), 1) == 1;
    return found ? unicode_slice(self, 0, LENGTH(self) - LENGTH(suffix)) : PyUnicode_FromObject(self);
}

/* Splitting, joining, replacing */

static PyObject *method_split(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const names[] = {"sep", "maxsplit", NULL};
    PyObject *separator = Py_None;
    Py_ssize_t most = -1;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|On:split", names, &separator, &most)) {
        return NULL;
    }
    return PyUnicode_Split(self, separator, most);
}

static PyObject *method_rsplit(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const names[] = {"sep", "maxsplit", NULL};
    PyObject *separator = Py_None;
    Py_ssize_t most = -1;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|On:rsplit", names, &separator, &most)) {
        return NULL;
    }
    return PyUnicode_RSplit(self, separator, most);
}

static PyObject *method_splitlines(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const names[] = {"keepends", NULL};
    int keep_ends = 0;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|p:splitlines", names, &keep_ends)) {
        return NULL;
    }
    return PyUnicode_Splitlines(self, keep_ends);
}

static PyObject *method_replace(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t most = -1;
    if (!check_positional("replace", count, 2, 3) || (count == 3 && !index_argument(args[2], false, &most))) {
        return NULL;
    }
    return PyUnicode_Replace(self, args[0], args[1], most);
}

/* Stripping: which & 1 the left end, & 2 the right one */

static bool is_stripped(PyObject *self, Py_ssize_t i, PyObject *chars)
{
    Py_UCS4 c = READ(self, i);
    return chars == NULL ? (char_flags(c) & CHAR_SPACE) != 0 : PyUnicode_FindChar(chars, c, 0, LENGTH(chars), 1) >= 0;
}

static PyObject *strip(PyObject *self, PyObject *const *args, Py_ssize_t count, const char *name, int which)
{
    Py_ssize_t start = 0, end = LENGTH(self);
    if (!check_positional(name, count, 0, 1)) {
        return NULL;
    }
    PyObject *chars = count > 0 && args[0] != Py_None ? args[0] : NULL;
    if (chars != NULL && !PyUnicode_Check(chars)) {
        PyErr_Format(PyExc_TypeError, "%s arg must be None or str", name);
        return NULL;
    }
    while ((which & 1) != 0 && start < end && is_stripped(self, start, chars)) {
        start++;
    }
    while ((which & 2) != 0 && start < end && is_stripped(self, end - 1, chars)) {
        end--;
    }
    return unicode_slice(self, start, end);
}

static PyObject *method_strip(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return strip(self, args, count, "strip", 3);
}

static PyObject *method_lstrip(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return strip(self, args, count, "lstrip", 1);
}

static PyObject *method_rstrip(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    return strip(self, args, count, "rstrip", 2);
}

/* Case */

/* A capital sigma at the end of a word becomes the final one (SpecialCasing.txt, Final_Sigma). */
static bool is_final_sigma(PyObject *self, Py_ssize_t at)
{
    Py_ssize_t i = at - 1, length = LENGTH(self);
    while (i >= 0 && (char_flags(READ(self, i)) & CHAR_CASE_IGNORABLE) != 0) {
        i--;
    }
    if (i < 0 || (char_flags(READ(self, i)) & CHAR_CASED) == 0) {
        return false;
    }
    for (i = at + 1; i < length && (char_flags(READ(self, i)) & CHAR_CASE_IGNORABLE) != 0;) {
        i++;
    }
    return i == length || (char_flags(READ(self, i)) & CHAR_CASED) == 0;
}

enum case_mapping { TO_UPPER, TO_LOWER, TO_TITLE, TO_FOLDED };

static bool put_mapped(struct text_writer *w, PyObject *self, Py_ssize_t i, enum case_mapping mapping)
{
    Py_UCS4 out[3], c = READ(self, i);
    int count;
    if (mapping == TO_LOWER && c == 0x3A3) {
        return writer_put_char(w, is_final_sigma(self, i) ? 0x3C2 : 0x3C3);
    }
    count = mapping == TO_UPPER   ? char_to_upper(c, out)
            : mapping == TO_LOWER ? char_to_lower(c, out)
            : mapping == TO_TITLE ? char_to_title(c, out)
                                  : char_to_folded(c, out);
    for (int j = 0; j < count; j++) {
        if (!writer_put_char(w, out[j])) {
            return false;
        }
    }
    return true;
}

/* Maps every character; `choose` says how for each, by what stood before. */
static PyObject *map_case(PyObject *self, enum case_mapping (*choose)(PyObject *, Py_ssize_t, bool *))
{
    struct text_writer w = TEXT_WRITER_INIT;
    bool after_cased = false;
    for (Py_ssize_t i = 0; i < LENGTH(self); i++) {
        if (!put_mapped(&w, self, i, choose(self, i, &after_cased))) {
            writer_discard(&w);
            return NULL;
        }
    }
    return writer_finish(&w);
}

static enum case_mapping choose_upper(PyObject *Py_UNUSED(self), Py_ssize_t Py_UNUSED(i), bool *Py_UNUSED(state))
{
    return TO_UPPER;
}

static enum case_mapping choose_lower(PyObject *Py_UNUSED(self), Py_ssize_t Py_UNUSED(i), bool *Py_UNUSED(state))
{
    return TO_LOWER;
}

static enum case_mapping choose_folded(PyObject *Py_UNUSED(self), Py_ssize_t Py_UNUSED(i), bool *Py_UNUSED(state))
{
    return TO_FOLDED;
}

static enum case_mapping choose_capitalize(PyObject *Py_UNUSED(self), Py_ssize_t i, bool *Py_UNUSED(state))
{
    return i == 0 ? TO_TITLE : TO_LOWER;
}

static enum case_mapping choose_title(PyObject *self, Py_ssize_t i, bool *after_cased)
{
    bool inside = *after_cased;
    *after_cased = (char_flags(READ(self, i)) & CHAR_CASED) != 0;
    return inside ? TO_LOWER : TO_TITLE;
}

static enum case_mapping choose_swapped(PyObject *self, Py_ssize_t i, bool *Py_UNUSED(state))
{
    return (char_flags(READ(self, i)) & CHAR_UPPER) != 0 ? TO_LOWER : TO_UPPER;
}

/* What is neither upper nor lower case has no other form here, except by swapcase's rule of leaving it alone. */
static PyObject *method_swapcase(PyObject *self, PyObject *Py_UNUSED(none))
{
    struct text_writer w = TEXT_WRITER_INIT;
    for (Py_ssize_t i = 0; i < LENGTH(self); i++) {
        bool state = false, cased = (char_flags(READ(self, i)) & (CHAR_UPPER | CHAR_LOWER)) != 0;
        if (!(cased ? put_mapped(&w, self, i, choose_swapped(self, i, &state)) : writer_put_char(&w, READ(self, i)))) {
            writer_discard(&w);
            return NULL;
        }
    }
    return writer_finish(&w);
}

static PyObject *method_upper(PyObject *self, PyObject *Py_UNUSED(none))
{
    return map_case(self, choose_upper);
}

static PyObject *method_lower(PyObject *self, PyObject *Py_UNUSED(none))
{
    return map_case(self, choose_lower);
}

static PyObject *method_casefold(PyObject *self, PyObject *Py_UNUSED(none))
{
    return map_case(self, choose_folded);
}

static PyObject *method_capitalize(PyObject *self, PyObject *Py_UNUSED(none))
{
    return map_case(self, choose_capitalize);
}

static PyObject *method_title(PyObject *self, PyObject *Py_UNUSED(none))
{
    return map_case(self, choose_title);
}

/* Tests of all characters */

/* True if the text is not empty and every character has one of the flags. */
static PyObject *all_have(PyObject *self, unsigned flags)
{
    for (Py_ssize_t i = 0; i < LENGTH(self); i++) {
        if ((char_flags(READ(self, i)) & flags) == 0) {
            Py_RETURN_FALSE;
        }
    }
    return PyBool_FromLong(LENGTH(self) > 0);
}

static PyObject *method_isalpha(PyObject *self, PyObject *Py_UNUSED(none))
{
    return all_have(self, CHAR_ALPHA);
}

static PyObject *method_isdecimal(PyObject *self, PyObject *Py_UNUSED(none))
{
    return all_have(self, CHAR_DECIMAL);
}

static PyObject *method_isdigit(PyObject *self, PyObject *Py_UNUSED(none))
{
    return all_have(self, CHAR_DIGIT);
}

static PyObject *method_isnumeric(PyObject *self, PyObject *Py_UNUSED(none))
{
    return all_have(self, CHAR_NUMERIC);
}

static PyObject *method_isalnum(PyObject *self, PyObject *Py_UNUSED(none))
{
    return all_have(self, CHAR_ALPHA | CHAR_DECIMAL | CHAR_DIGIT | CHAR_NUMERIC);
}

static PyObject *method_isspace(PyObject *self, PyObject *Py_UNUSED(none))
{
    return all_have(self, CHAR_SPACE);
}

static PyObject *method_isprintable(PyObject *self, PyObject *Py_UNUSED(none))
{
    return LENGTH(self) == 0 ? PyBool_FromLong(1) : all_have(self, CHAR_PRINTABLE);
}

static PyObject *method_isascii(PyObject *self, PyObject *Py_UNUSED(none))
{
    return PyBool_FromLong(PyUnicode_IS_ASCII(self));
}

/* At least one character with `wanted`, none with `refused`. */
static PyObject *cased_as(PyObject *self, unsigned wanted, unsigned refused)
{
    bool any = false;
    for (Py_ssize_t i = 0; i < LENGTH(self); i++) {
        unsigned flags = char_flags(READ(self, i));
        if ((flags & refused) != 0) {
            Py_RETURN_FALSE;
        }
        any |= (flags & wanted) != 0;
    }
    return PyBool_FromLong(any);
}

static PyObject *method_islower(PyObject *self, PyObject *Py_UNUSED(none))
{
    return cased_as(self, CHAR_LOWER, CHAR_UPPER | CHAR_TITLE);
}

static PyObject *method_isupper(PyObject *self, PyObject *Py_UNUSED(none))
{
    return cased_as(self, CHAR_UPPER, CHAR_LOWER | CHAR_TITLE);
}

/* Capitals start words and only there. */
static PyObject *method_istitle(PyObject *self, PyObject *Py_UNUSED(none))
{
    bool any = false, inside = false;
    for (Py_ssize_t i = 0; i < LENGTH(self); i++) {
        unsigned flags = char_flags(READ(self, i));
        bool capital = (flags & (CHAR_UPPER | CHAR_TITLE)) != 0, small = (flags & CHAR_LOWER) != 0;
        if ((capital && inside) || (small && !inside)) {
            Py_RETURN_FALSE;
        }
        inside = capital || small;
        any |= inside;
    }
    return PyBool_FromLong(any);
}

int PyUnicode_IsIdentifier(PyObject *self)
{
    for (Py_ssize_t i = 0; i < LENGTH(self); i++) {
        Py_UCS4 c = READ(self, i);
        bool allowed = (char_flags(c) & (i == 0 ? CHAR_XID_START : CHAR_XID_CONTINUE)) != 0 || c == '_';
        if (!allowed) {
            return 0;
        }
    }
    return LENGTH(self) > 0;
}

static PyObject *method_isidentifier(PyObject *self, PyObject *Py_UNUSED(none))
{
    return PyBool_FromLong(PyUnicode_IsIdentifier(self));
}

/* Padding */

static PyObject *pad(PyObject *self, Py_ssize_t left, Py_ssize_t right, Py_UCS4 fill)
{
    struct text_writer w = TEXT_WRITER_INIT;
    if (left <= 0 && right <= 0) {
        return PyUnicode_FromObject(self);
    }
    if (!writer_fill(&w, fill, left) || !writer_put_str(&w, self, 0, LENGTH(self)) || !writer_fill(&w, fill, right)) {
        writer_discard(&w);
        return NULL;
    }
    return writer_finish(&w);
}

/* Width and fill character; *missing is the padding needed. */
static bool width_arguments(PyObject *self, PyObject *const *args, Py_ssize_t count, const char *name, Py_ssize_t *missing,
                            Py_UCS4 *fill)
{
    Py_ssize_t width;
    *fill = ' ';
    if (!check_positional(name, count, 1, 2) || !index_argument(args[0], false, &width)) {
        return false;
    }
    if (count == 2) {
        if (!PyUnicode_Check(args[1])) {
            PyErr_Format(PyExc_TypeError, "The fill character must be a unicode character, not %.100s",
                         Py_TYPE(args[1])->tp_name);
            return false;
        }
        if (LENGTH(args[1]) != 1) {
            PyErr_SetString(PyExc_TypeError, "The fill character must be exactly one character long");
            return false;
        }
        *fill = READ(args[1], 0);
    }
    *missing = width > LENGTH(self) ? width - LENGTH(self) : 0;
    return true;
}

static PyObject *method_ljust(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t missing;
    Py_UCS4 fill;
    return width_arguments(self, args, count, "ljust", &missing, &fill) ? pad(self, 0, missing, fill) : NULL;
}

static PyObject *method_rjust(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t missing;
    Py_UCS4 fill;
    return width_arguments(self, args, count, "rjust", &missing, &fill) ? pad(self, missing, 0, fill) : NULL;
}

/* The odd space goes left when the width is odd. */
static PyObject *method_center(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t missing;
    Py_UCS4 fill;
    if (!width_arguments(self, args, count, "center", &missing, &fill)) {
        return NULL;
    }
    Py_ssize_t left = missing / 2 + (missing & (missing + LENGTH(self)) & 1);
    return pad(self, left, missing - left, fill);
}

static PyObject *method_zfill(PyObject *self, PyObject *argument)
{
    struct text_writer w = TEXT_WRITER_INIT;
    Py_ssize_t width, length = LENGTH(self);
    if (!index_argument(argument, false, &width)) {
        return NULL;
    }
    if (width <= length) {
        return PyUnicode_FromObject(self);
    }
    Py_ssize_t sign = length > 0 && (READ(self, 0) == '+' || READ(self, 0) == '-');
    if (!writer_put_str(&w, self, 0, sign) || !writer_fill(&w, '0', width - length)
        || !writer_put_str(&w, self, sign, length)) {
        writer_discard(&w);
        return NULL;
    }
    return writer_finish(&w);
}

static PyObject *method_expandtabs(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const names[] = {"tabsize", NULL};
    int size = 8;
    struct text_writer w = TEXT_WRITER_INIT;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|i:expandtabs", names, &size)) {
        return NULL;
    }
    Py_ssize_t column = 0;
    for (Py_ssize_t i = 0; i < LENGTH(self); i++) {
        Py_UCS4 c = READ(self, i);
        Py_ssize_t spaces = c == '\t' && size > 0 ? size - column % size : 0;
        if (!(c == '\t' ? writer_fill(&w, ' ', spaces) : writer_put_char(&w, c))) {
            writer_discard(&w);
            return NULL;
        }
        column = c == '\n' || c == '\r' ? 0 : column + (c == '\t' ? spaces : 1);
    }
    return writer_finish(&w);
}

/* Translation */

/* The value table[c] says; 0: the character is unknown to the table. Takes the item's reference. */
static bool put_translated(struct text_writer *w, PyObject *item)
{
    bool done = false;
    if (item == Py_None) {
        done = true;
    } else if (PyUnicode_Check(item)) {
        done = writer_put_str(w, item, 0, LENGTH(item));
    } else if (PyLong_Check(item)) {
        int overflow;
        long value = PyLong_AsLongAndOverflow(item, &overflow);
        if (overflow || value < 0 || value > 0x10FFFF) {
            PyErr_Format(PyExc_ValueError, "character mapping must be in range(0x%x)", 0x110000);
        } else {
            done = writer_put_char(w, (Py_UCS4)value);
        }
    } else {
        PyErr_SetString(PyExc_TypeError, "character mapping must return integer, None or str");
    }
    Py_DECREF(item);
    return done;
}

static PyObject *method_translate(PyObject *self, PyObject *table)
{
    struct text_writer w = TEXT_WRITER_INIT;
    for (Py_ssize_t i = 0; i < LENGTH(self); i++) {
        Py_UCS4 c = READ(self, i);
        PyObject *key = PyLong_FromLong((long)c), *item = key != NULL ? PyObject_GetItem(table, key) : NULL;
        Py_XDECREF(key);
        bool unknown = item == NULL && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_LookupError);
        if (unknown) {
            PyErr_Clear();
        }
        if (!(unknown ? writer_put_char(&w, c) : item != NULL && put_translated(&w, item))) {
            writer_discard(&w);
            return NULL;
        }
    }
    return writer_finish(&w);
}

/* table[ord(key)] = value */
static bool map_char(PyObject *table, Py_UCS4 key, PyObject *value)
{
    PyObject *number = PyLong_FromLong((long)key);
    bool done = number != NULL && value != NULL && PyDict_SetItem(table, number, value) == 0;
    Py_XDECREF(number);
    return done;
}

static bool map_pairs(PyObject *table, PyObject *from, PyObject *to, PyObject *deleted)
{
    if (!PyUnicode_Check(from)) {
        PyErr_SetString(PyExc_TypeError, "first maketrans argument must be a string if there is a second argument");
        return false;
    }
    if (!unicode_expected(to, "maketrans() argument 2") || (deleted != NULL && !unicode_expected(deleted, "maketrans() argument 3"))) {
        return false;
    }
    if (LENGTH(from) != LENGTH(to)) {
        PyErr_SetString(PyExc_ValueError, "the first two maketrans arguments must have equal length");
        return false;
    }
    for (Py_ssize_t i = 0; i < LENGTH(from); i++) {
        PyObject *value = PyLong_FromLong((long)READ(to, i));
        bool done = map_char(table, READ(from, i), value);
        Py_XDECREF(value);
        if (!done) {
            return false;
        }
    }
    for (Py_ssize_t i = 0; deleted != NULL && i < LENGTH(deleted); i++) {
        if (!map_char(table, READ(deleted, i), Py_None)) {
            return false;
        }
    }
    return true;
}

/* A dict whose keys are characters or ordinals. */
static bool map_dict(PyObject *table, PyObject *source)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;
    if (!PyDict_CheckExact(source)) {
        PyErr_SetString(PyExc_TypeError, "if you give only one argument to maketrans it must be a dict");
        return false;
    }
    while (PyDict_Next(source, &at, &key, &value)) {
        if (PyUnicode_Check(key)) {
            if (LENGTH(key) != 1) {
                PyErr_SetString(PyExc_ValueError, "string keys in translate table must be of length 1");
                return false;
            }
            if (!map_char(table, READ(key, 0), value)) {
                return false;
            }
        } else if (!PyLong_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "keys in translate table must be strings or integers");
            return false;
        } else if (PyDict_SetItem(table, key, value) < 0) {
            return false;
        }
    }
    return true;
}

static PyObject *method_maketrans(PyObject *Py_UNUSED(none), PyObject *const *args, Py_ssize_t count)
{
    if (!check_positional("maketrans", count, 1, 3)) {
        return NULL;
    }
    PyObject *table = PyDict_New();
    bool done = table != NULL && (count == 1 ? map_dict(table, args[0]) : map_pairs(table, args[0], args[1], count > 2 ? args[2] : NULL));
    if (!done) {
        Py_CLEAR(table);
    }
    return table;
}

/* The rest */

static PyObject *method_encode(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const names[] = {"encoding", "errors", NULL};
    const char *encoding = NULL, *errors = NULL;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|ss:encode", names, &encoding, &errors)) {
        return NULL;
    }
    return PyUnicode_AsEncodedString(self, encoding, errors);
}

static PyObject *method_format(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return format_template(self, args, kwargs);
}

static PyObject *method_format_map(PyObject *self, PyObject *mapping)
{
    return format_template(self, NULL, mapping);
}

static PyObject *method_getnewargs(PyObject *self, PyObject *Py_UNUSED(none))
{
    PyObject *plain = PyUnicode_FromKindAndData(KIND(self), DATA(self), LENGTH(self));
    return plain != NULL ? Py_BuildValue("(N)", plain) : NULL;
}

static PyObject *method_sizeof(PyObject *self, PyObject *Py_UNUSED(none))
{
    size_t header = PyUnicode_IS_ASCII(self) ? sizeof(PyASCIIObject) : sizeof(PyCompactUnicodeObject);
    return PyLong_FromSize_t(header + ((size_t)LENGTH(self) + 1) * (size_t)KIND(self));
}

#define FAST(function) _PyCFunction_CAST(function), METH_FASTCALL, NULL
#define KEYWORDS(function) _PyCFunction_CAST(function), METH_FASTCALL | METH_KEYWORDS, NULL

PyMethodDef unicode_methods[] = {
    {"encode", KEYWORDS(method_encode)},
    {"replace", FAST(method_replace)},
    {"split", KEYWORDS(method_split)},
    {"rsplit", KEYWORDS(method_rsplit)},
    {"join", PyUnicode_Join, METH_O, NULL},
    {"capitalize", method_capitalize, METH_NOARGS, NULL},
    {"casefold", method_casefold, METH_NOARGS, NULL},
    {"title", method_title, METH_NOARGS, NULL},
    {"center", FAST(method_center)},
    {"count", FAST(method_count)},
    {"expandtabs", KEYWORDS(method_expandtabs)},
    {"find", FAST(method_find)},
    {"partition", PyUnicode_Partition, METH_O, NULL},
    {"index", FAST(method_index)},
    {"ljust", FAST(method_ljust)},
    {"lower", method_lower, METH_NOARGS, NULL},
    {"lstrip", FAST(method_lstrip)},
    {"rfind", FAST(method_rfind)},
    {"rindex", FAST(method_rindex)},
    {"rjust", FAST(method_rjust)},
    {"rstrip", FAST(method_rstrip)},
    {"rpartition", PyUnicode_RPartition, METH_O, NULL},
    {"splitlines", KEYWORDS(method_splitlines)},
    {"strip", FAST(method_strip)},
    {"swapcase", method_swapcase, METH_NOARGS, NULL},
    {"translate", method_translate, METH_O, NULL},
    {"upper", method_upper, METH_NOARGS, NULL},
    {"startswith", FAST(method_startswith)},
    {"endswith", FAST(method_endswith)},
    {"removeprefix", method_removeprefix, METH_O, NULL},
    {"removesuffix", method_removesuffix, METH_O, NULL},
    {"isascii", method_isascii, METH_NOARGS, NULL},
    {"islower", method_islower, METH_NOARGS, NULL},
    {"isupper", method_isupper, METH_NOARGS, NULL},
    {"istitle", method_istitle, METH_NOARGS, NULL},
    {"isspace", method_isspace, METH_NOARGS, NULL},
    {"isdecimal", method_isdecimal, METH_NOARGS, NULL},
    {"isdigit", method_isdigit, METH_NOARGS, NULL},
    {"isnumeric", method_isnumeric, METH_NOARGS, NULL},
    {"isalpha", method_isalpha, METH_NOARGS, NULL},
    {"isalnum", method_isalnum, METH_NOARGS, NULL},
    {"isidentifier", method_isidentifier, METH_NOARGS, NULL},
    {"isprintable", method_isprintable, METH_NOARGS, NULL},
    {"zfill", method_zfill, METH_O, NULL},
    {"format", _PyCFunction_CAST(method_format), METH_VARARGS | METH_KEYWORDS, NULL},
    {"format_map", method_format_map, METH_O, NULL},
    {"__format__", format_str, METH_O, NULL},
    {"maketrans", _PyCFunction_CAST(method_maketrans), METH_FASTCALL | METH_STATIC, NULL},
    {"__getnewargs__", method_getnewargs, METH_NOARGS, NULL},
    {"__sizeof__", method_sizeof, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
