/* format(): the format specification mini-language, and the templates of str.format. */
#include <string.h>

#include "internal/runtime_internal.h"
#include "long.h"
#include "text.h"

/* [[fill]align][sign][z][#][0][width][grouping][.precision][type] */
struct spec {
    Py_UCS4 fill, align, sign, grouping, type; /* 0: not given */
    bool alternate, no_negative_zero, align_given;
    Py_ssize_t width, precision; /* -1: not given */
};

#define READ(op, i) PyUnicode_READ_CHAR(op, i)
#define LENGTH(op) PyUnicode_GET_LENGTH(op)

static bool is_align(Py_UCS4 c)
{
    return c == '<' || c == '>' || c == '=' || c == '^';
}

/* A decimal number at *at, -1 if there is none, -2 with ValueError. */
static Py_ssize_t read_number(PyObject *text, Py_ssize_t *at)
{
    Py_ssize_t number = 0, start = *at;
    for (; *at < LENGTH(text); (*at)++) {
        int digit = _PyUnicode_ToDecimalDigit(READ(text, *at));
        if (digit < 0) {
            break;
        }
        if (number > (PY_SSIZE_T_MAX - digit) / 10) {
            PyErr_SetString(PyExc_ValueError, "Too many decimal digits in format string");
            return -2;
        }
        number = number * 10 + digit;
    }
    return *at == start ? -1 : number;
}

static bool spec_error(const char *message)
{
    PyErr_SetString(PyExc_ValueError, message);
    return false;
}

/* The character at `at`, 0 past the end. */
static Py_UCS4 peek(PyObject *text, Py_ssize_t at)
{
    return at < LENGTH(text) ? READ(text, at) : 0;
}

/* fill, align, sign, z, # and 0. */
static Py_ssize_t read_head(PyObject *text, struct spec *s, Py_UCS4 default_align)
{
    Py_ssize_t at = 0;
    if (is_align(peek(text, 1))) {
        s->fill = READ(text, 0);
        s->align = READ(text, 1);
        at = 2;
    } else if (is_align(peek(text, 0))) {
        s->align = READ(text, 0);
        at = 1;
    }
    s->align_given = at > 0;
    Py_UCS4 c = peek(text, at);
    if (c == '+' || c == '-' || c == ' ') {
        s->sign = c;
        at++;
    }
    if (peek(text, at) == 'z') {
        s->no_negative_zero = true;
        at++;
    }
    if (peek(text, at) == '#') {
        s->alternate = true;
        at++;
    }
    if (at < LENGTH(text) && peek(text, at) == '0' && s->fill == 0) {
        s->fill = '0';
        if (!s->align_given && default_align == '>') {
            s->align = '=';
        }
        at++;
    }
    return at;
}

static bool read_grouping(PyObject *text, Py_ssize_t *at, struct spec *s)
{
    if (peek(text, *at) == ',') {
        s->grouping = ',';
        (*at)++;
    }
    if (peek(text, *at) == '_') {
        if (s->grouping != 0) {
            return spec_error("Cannot specify both ',' and '_'.");
        }
        s->grouping = '_';
        (*at)++;
    }
    if (peek(text, *at) == ',' && s->grouping == '_') {
        return spec_error("Cannot specify both ',' and '_'.");
    }
    return true;
}

/* Which types a grouping goes with. */
static bool check_grouping(const struct spec *s)
{
    bool known = s->type == 0 || (s->type < 128 && strchr("defgEFG%", (int)s->type) != NULL);
    bool binary = s->type != 0 && s->type < 128 && strchr("boxX", (int)s->type) != NULL;
    if (s->grouping == 0 || known || (binary && s->grouping == '_')) {
        return true;
    }
    if (s->type > 32 && s->type < 128) {
        PyErr_Format(PyExc_ValueError, "Cannot specify '%c' with '%c'.", (int)s->grouping, (int)s->type);
    } else {
        PyErr_Format(PyExc_ValueError, "Cannot specify '%c' with '\\x%x'.", (int)s->grouping, (unsigned)s->type);
    }
    return false;
}

static bool read_spec(PyObject *text, PyObject *value, struct spec *s, Py_UCS4 default_type, Py_UCS4 default_align)
{
    *s = (struct spec){.align = default_align, .type = default_type, .width = -1, .precision = -1};
    Py_ssize_t at = read_head(text, s, default_align);
    s->width = read_number(text, &at);
    if (s->width == -2 || !read_grouping(text, &at, s)) {
        return false;
    }
    if (peek(text, at) == '.') {
        at++;
        s->precision = read_number(text, &at);
        if (s->precision == -1) {
            return spec_error("Format specifier missing precision");
        }
        if (s->precision == -2) {
            return false;
        }
    }
    if (LENGTH(text) - at > 1) {
        PyErr_Format(PyExc_ValueError, "Invalid format specifier '%U' for object of type '%.200s'", text, Py_TYPE(value)->tp_name);
        return false;
    }
    if (LENGTH(text) - at == 1) {
        s->type = READ(text, at);
    }
    return check_grouping(s);
}

static PyObject *unknown_type(const struct spec *s, PyObject *value)
{
    const char *name = Py_TYPE(value)->tp_name;
    if (s->type > 32 && s->type < 128) {
        return PyErr_Format(PyExc_ValueError, "Unknown format code '%c' for object of type '%.200s'", (int)s->type, name);
    }
    return PyErr_Format(PyExc_ValueError, "Unknown format code '\\x%x' for object of type '%.200s'", (unsigned)s->type, name);
}

static bool check_str_spec(const struct spec *s)
{
    if (s->sign != 0) {
        return spec_error(s->sign == ' ' ? "Space not allowed in string format specifier"
                                         : "Sign not allowed in string format specifier");
    }
    if (s->no_negative_zero) {
        return spec_error("Negative zero coercion (z) not allowed in string format specifier");
    }
    if (s->alternate) {
        return spec_error("Alternate form (#) not allowed in string format specifier");
    }
    return s->align != '=' || spec_error("'=' alignment not allowed in string format specifier");
}

static PyObject *finish(struct text_writer *w, bool done)
{
    if (!done) {
        writer_discard(w);
        return NULL;
    }
    return writer_finish(w);
}

PyObject *format_str(PyObject *value, PyObject *spec)
{
    struct spec s;
    struct text_writer w = TEXT_WRITER_INIT;
    if (!PyUnicode_Check(spec)) {
        return PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %.50s", Py_TYPE(spec)->tp_name);
    }
    if (LENGTH(spec) == 0) {
        return PyUnicode_CheckExact(value) ? Py_NewRef(value) : PyObject_Str(value);
    }
    if (!read_spec(spec, value, &s, 's', '<')) {
        return NULL;
    }
    if (s.type != 's') {
        return unknown_type(&s, value);
    }
    if (!check_str_spec(&s)) {
        return NULL;
    }
    Py_ssize_t length = LENGTH(value);
    length = s.precision >= 0 && s.precision < length ? s.precision : length;
    Py_ssize_t padding = s.width > length ? s.width - length : 0;
    Py_ssize_t left = s.align == '>' ? padding : s.align == '^' ? padding / 2 : 0;
    Py_UCS4 fill = s.fill != 0 ? s.fill : ' ';
    return finish(&w, writer_fill(&w, fill, left) && writer_put_str(&w, value, 0, length)
                          && writer_fill(&w, fill, padding - left));
}

/* The parts of a formatted number. */
struct number {
    const char *sign, *prefix, *digits, *rest; /* rest: decimal point, fraction, exponent, percent sign */
    Py_ssize_t digit_count;
};

/* Characters of the digits with separators every `size` places, at least `least` of them (by leading zeros). */
static Py_ssize_t grouped_length(Py_ssize_t digits, Py_ssize_t size, Py_ssize_t least)
{
    Py_ssize_t length = digits + (size > 0 && digits > 0 ? (digits - 1) / size : 0);
    if (size > 0 && length < least) {
        /* A separator is never first: where one would be, one more zero stands. */
        length = least + (least % (size + 1) == 0);
    }
    return Py_MAX(length, least);
}

static bool put_grouped(struct text_writer *w, const struct number *n, Py_ssize_t length, Py_ssize_t size, Py_UCS4 separator)
{
    Py_ssize_t digits = length - (size > 0 ? length / (size + 1) : 0), zeros = digits - n->digit_count;
    for (Py_ssize_t i = 0; i < digits; i++) {
        if (i > 0 && size > 0 && (digits - i) % size == 0 && !writer_put_char(w, separator)) {
            return false;
        }
        if (!writer_put_char(w, i < zeros ? '0' : (Py_UCS4)(unsigned char)n->digits[i - zeros])) {
            return false;
        }
    }
    return true;
}

static bool put_text(struct text_writer *w, const char *text)
{
    return writer_put_ascii(w, text, (Py_ssize_t)strlen(text));
}

static PyObject *layout(const struct spec *s, const struct number *n, Py_ssize_t group_size)
{
    struct text_writer w = TEXT_WRITER_INIT;
    Py_ssize_t around = (Py_ssize_t)(strlen(n->sign) + strlen(n->prefix) + strlen(n->rest)), size = s->grouping != 0 ? group_size : 0;
    Py_UCS4 fill = s->fill != 0 ? s->fill : ' ';
    /* With zeros as fill behind the sign the digits themselves are widened, and grouped too. */
    Py_ssize_t least = fill == '0' && s->align == '=' ? s->width - around : 0;
    Py_ssize_t length = grouped_length(n->digit_count, n->digit_count > 0 ? size : 0, n->digit_count > 0 ? least : 0);
    Py_ssize_t padding = s->width > around + length ? s->width - around - length : 0;
    Py_ssize_t left = s->align == '>' ? padding : s->align == '^' ? padding / 2 : 0, middle = s->align == '=' ? padding : 0;
    return finish(&w, writer_fill(&w, fill, left) && put_text(&w, n->sign) && put_text(&w, n->prefix) && writer_fill(&w, fill, middle)
                          && put_grouped(&w, n, length, n->digit_count > 0 ? size : 0, s->grouping) && put_text(&w, n->rest)
                          && writer_fill(&w, fill, padding - left - middle));
}

static const char *sign_of(const struct spec *s, bool negative)
{
    return negative ? "-" : s->sign == '+' ? "+" : s->sign == ' ' ? " " : "";
}

static PyObject *format_char(PyObject *value, const struct spec *s)
{
    if (s->sign != 0 || s->alternate) {
        PyErr_SetString(PyExc_ValueError, s->sign != 0 ? "Sign not allowed with integer format specifier 'c'"
                                                       : "Alternate form (#) not allowed with integer format specifier 'c'");
        return NULL;
    }
    int overflow;
    long c = PyLong_AsLongAndOverflow(value, &overflow);
    if (overflow != 0 || c < 0 || c > 0x10FFFF) {
        PyErr_SetString(PyExc_OverflowError, overflow != 0 ? "Python int too large to convert to C long"
                                                           : "%c arg not in range(0x110000)");
        return NULL;
    }
    struct text_writer w = TEXT_WRITER_INIT;
    Py_ssize_t padding = s->width > 1 ? s->width - 1 : 0;
    Py_ssize_t left = s->align == '>' || s->align == '=' ? padding : s->align == '^' ? padding / 2 : 0;
    Py_UCS4 fill = s->fill != 0 ? s->fill : ' ';
    return finish(&w, writer_fill(&w, fill, left) && writer_put_char(&w, (Py_UCS4)c) && writer_fill(&w, fill, padding - left));
}

static PyObject *format_digits(PyObject *value, const struct spec *s)
{
    Py_UCS4 type = s->type | 32;
    int base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' ? 16 : 10;
    PyObject *text = long_to_text(value, base, false);
    if (text == NULL) {
        return NULL;
    }
    char *digits = PyUnicode_DATA(text);
    bool negative = digits[0] == '-';
    /* The text is ours alone unless it is a shared one-character str, which is then copied. */
    char one[2] = {digits[0], '\0'};
    if (LENGTH(text) == 1) {
        digits = one;
    }
    struct number n = {sign_of(s, negative), "", digits + negative, "", LENGTH(text) - negative};
    if (s->alternate && base != 10) {
        n.prefix = s->type == 'X' ? "0X" : s->type == 'x' ? "0x" : s->type == 'o' ? "0o" : "0b";
    }
    for (char *c = digits; s->type == 'X' && *c != '\0'; c++) {
        *c = *c >= 'a' && *c <= 'f' ? (char)(*c - 32) : *c;
    }
    PyObject *result = layout(s, &n, base == 10 ? 3 : 4);
    Py_DECREF(text);
    return result;
}

static PyObject *format_double(double value, PyObject *op, struct spec *s);

PyObject *format_int(PyObject *value, PyObject *spec)
{
    struct spec s;
    if (!PyUnicode_Check(spec)) {
        return PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %.50s", Py_TYPE(spec)->tp_name);
    }
    if (LENGTH(spec) == 0) {
        return PyLong_CheckExact(value) ? long_to_text(value, 10, false) : PyObject_Str(value);
    }
    if (!read_spec(spec, value, &s, 'd', '>')) {
        return NULL;
    }
    if (s.type < 128 && strchr("eEfFgG%", (int)s.type) != NULL) {
        double number = PyLong_AsDouble(value);
        return number == -1.0 && PyErr_Occurred() ? NULL : format_double(number, value, &s);
    }
    if (s.type >= 128 || strchr("bcdoxXn", (int)s.type) == NULL) {
        return unknown_type(&s, value);
    }
    if (s.precision >= 0) {
        PyErr_SetString(PyExc_ValueError, "Precision not allowed in integer format specifier");
        return NULL;
    }
    if (s.no_negative_zero) {
        PyErr_SetString(PyExc_ValueError, "Negative zero coercion (z) not allowed in integer format specifier");
        return NULL;
    }
    return s.type == 'c' ? format_char(value, &s) : format_digits(value, &s);
}

static bool is_zero_text(const char *text)
{
    for (; *text != '\0' && *text != 'e' && *text != 'E'; text++) {
        if (*text != '0' && *text != '.') {
            return false;
        }
    }
    return true;
}

static PyObject *format_double(double value, PyObject *op, struct spec *s)
{
    Py_ssize_t precision = s->precision;
    Py_UCS4 type = s->type;
    int flags = s->alternate ? Py_DTSF_ALT : 0;
    bool percent = type == '%';
    if (type == 0) {
        /* Like repr when no precision is given, like g with a digit behind the point otherwise. */
        flags |= Py_DTSF_ADD_DOT_0;
        type = precision < 0 ? 'r' : 'g';
        precision = precision < 0 ? 0 : precision;
    } else if (type == 'n') {
        type = 'g';
    } else if (type >= 128 || strchr("eEfFgG%", (int)type) == NULL) {
        return unknown_type(s, op);
    }
    if (percent) {
        type = 'f';
        value *= 100;
    }
    if (precision > 0x7FFFFFF0) {
        PyErr_SetString(PyExc_ValueError, "precision too big");
        return NULL;
    }
    char *text = float_to_text(value, (char)type, precision < 0 ? 6 : (int)precision, flags);
    if (text == NULL) {
        return NULL;
    }
    bool negative = text[0] == '-';
    char *digits = text + negative;
    if (negative && s->no_negative_zero && is_zero_text(digits)) {
        negative = false;
    }
    Py_ssize_t whole = 0;
    while (digits[whole] >= '0' && digits[whole] <= '9') {
        whole++;
    }
    size_t length = strlen(text);
    char *tail = PyMem_Malloc(length + 2);
    if (tail == NULL) {
        PyMem_Free(text);
        return PyErr_NoMemory();
    }
    strcpy(tail, digits + whole);
    if (percent) {
        strcat(tail, "%");
    }
    struct number n = {sign_of(s, negative), "", digits, tail, whole};
    PyObject *result = layout(s, &n, 3);
    PyMem_Free(tail);
    PyMem_Free(text);
    return result;
}

PyObject *format_float(PyObject *value, PyObject *spec)
{
    struct spec s;
    if (!PyUnicode_Check(spec)) {
        return PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %.50s", Py_TYPE(spec)->tp_name);
    }
    if (LENGTH(spec) == 0) {
        return PyObject_Str(value);
    }
    return read_spec(spec, value, &s, 0, '>') ? format_double(PyFloat_AS_DOUBLE(value), value, &s) : NULL;
}

/* A template under way. */
struct template {
    PyObject *text, *args, *kwargs;
    Py_ssize_t next;          /* number of the next {} field */
    enum { NOT_YET, AUTOMATIC, MANUAL } numbering;
};

static bool render(struct template *t, Py_ssize_t at, Py_ssize_t end, int depth, struct text_writer *out);

/* The characters as a number; -1 if they are not one, -2 with ValueError. */
static Py_ssize_t as_number(PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    Py_ssize_t number = 0;
    for (Py_ssize_t i = start; i < end; i++) {
        int digit = _PyUnicode_ToDecimalDigit(READ(text, i));
        if (digit < 0) {
            return -1;
        }
        if (number > (PY_SSIZE_T_MAX - digit) / 10) {
            spec_error("Too many decimal digits in format string");
            return -2;
        }
        number = number * 10 + digit;
    }
    return start == end ? -1 : number;
}

static bool set_numbering(struct template *t, bool automatic)
{
    if (t->numbering == NOT_YET) {
        t->numbering = automatic ? AUTOMATIC : MANUAL;
    }
    if ((t->numbering == AUTOMATIC) == automatic) {
        return true;
    }
    return spec_error(automatic ? "cannot switch from manual field specification to automatic field numbering"
                                : "cannot switch from automatic field numbering to manual field specification");
}

static PyObject *positional(struct template *t, Py_ssize_t index)
{
    if (t->args == NULL) {
        PyErr_SetString(PyExc_ValueError, "Format string contains positional fields");
        return NULL;
    }
    if (index >= PyTuple_GET_SIZE(t->args)) {
        return PyErr_Format(PyExc_IndexError, "Replacement index %zd out of range for positional args tuple", index);
    }
    return Py_NewRef(PyTuple_GET_ITEM(t->args, index));
}

/* The argument that the first part of a field name means. */
static PyObject *first_value(struct template *t, Py_ssize_t start, Py_ssize_t end)
{
    Py_ssize_t index = as_number(t->text, start, end);
    if (index == -2) {
        return NULL;
    }
    if (start == end) {
        return set_numbering(t, true) ? positional(t, t->next++) : NULL;
    }
    if (index >= 0) {
        return set_numbering(t, false) ? positional(t, index) : NULL;
    }
    PyObject *key = unicode_slice(t->text, start, end), *value = NULL;
    if (key != NULL && t->kwargs == NULL) {
        _PyErr_SetKeyError(key);
    } else if (key != NULL) {
        value = PyObject_GetItem(t->kwargs, key);
    }
    Py_XDECREF(key);
    return value;
}

/* value.name or value[index] at *at; takes value's reference. */
static PyObject *step_into(struct template *t, PyObject *value, Py_ssize_t *at, Py_ssize_t end)
{
    bool attribute = READ(t->text, *at) == '.';
    Py_ssize_t start = ++*at;
    while (*at < end && (attribute ? READ(t->text, *at) != '.' && READ(t->text, *at) != '[' : READ(t->text, *at) != ']')) {
        (*at)++;
    }
    PyObject *key = NULL, *result = NULL;
    Py_ssize_t stop = *at, index = attribute ? -1 : as_number(t->text, start, stop);
    if (!attribute && *at == end) {
        spec_error("Missing ']' in format string");
    } else if (start == stop) {
        spec_error("Empty attribute in format string");
    } else if (index != -2) {
        *at += !attribute;
        key = index >= 0 ? PyLong_FromSsize_t(index) : unicode_slice(t->text, start, stop);
    }
    if (key != NULL) {
        result = attribute ? PyObject_GetAttr(value, key) : PyObject_GetItem(value, key);
        Py_DECREF(key);
    }
    Py_DECREF(value);
    return result;
}

static PyObject *field_value(struct template *t, Py_ssize_t start, Py_ssize_t end)
{
    Py_ssize_t at = start;
    while (at < end && READ(t->text, at) != '.' && READ(t->text, at) != '[') {
        at++;
    }
    PyObject *value = first_value(t, start, at);
    while (value != NULL && at < end) {
        Py_UCS4 c = READ(t->text, at);
        if (c != '.' && c != '[') {
            spec_error("Only '.' or '[' may follow ']' in format field specifier");
            Py_CLEAR(value);
        } else {
            value = step_into(t, value, &at, end);
        }
    }
    return value;
}

static PyObject *convert(PyObject *value, Py_UCS4 conversion)
{
    switch (conversion) {
    case 'r':
        return PyObject_Repr(value);
    case 's':
        return PyObject_Str(value);
    case 'a':
        return PyObject_ASCII(value);
    default:
        if (conversion > 32 && conversion < 127) {
            return PyErr_Format(PyExc_ValueError, "Unknown conversion specifier %c", (int)conversion);
        }
        return PyErr_Format(PyExc_ValueError, "Unknown conversion specifier \\x%x", (unsigned)conversion);
    }
}

/* A replacement field taken apart. */
struct field {
    Py_ssize_t name_start, name_end, spec_start, spec_end;
    Py_UCS4 conversion; /* 0: none */
};

static bool put_field(struct template *t, const struct field *f, int depth, struct text_writer *out)
{
    PyObject *value = field_value(t, f->name_start, f->name_end), *text = NULL, *spec = NULL;
    struct text_writer inner = TEXT_WRITER_INIT;
    if (value != NULL && f->conversion != 0) {
        Py_SETREF(value, convert(value, f->conversion));
    }
    if (value != NULL && render(t, f->spec_start, f->spec_end, depth - 1, &inner)) {
        spec = writer_finish(&inner);
    } else {
        writer_discard(&inner);
    }
    if (spec != NULL) {
        text = PyObject_Format(value, spec);
    }
    bool done = text != NULL && writer_put_str(out, text, 0, LENGTH(text));
    Py_XDECREF(value);
    Py_XDECREF(spec);
    Py_XDECREF(text);
    return done;
}

/* The end of the field name at *at: a ':', '!' or '}' outside brackets. */
static bool read_name(struct template *t, Py_ssize_t *at, Py_ssize_t end)
{
    bool bracket = false;
    for (; *at < end; (*at)++) {
        Py_UCS4 c = READ(t->text, *at);
        if (c == '{') {
            return spec_error("unexpected '{' in field name");
        }
        if (c == '[') {
            bracket = true;
        } else if (c == ']') {
            bracket = false;
        } else if (!bracket && (c == '}' || c == ':' || c == '!')) {
            return true;
        }
    }
    return spec_error("expected '}' before end of string");
}

/* The conversion and the specification behind the name, up to past the closing brace. */
static bool read_tail(struct template *t, Py_ssize_t *at, Py_ssize_t end, struct field *f)
{
    if (READ(t->text, *at) == '!') {
        (*at)++;
        if (*at >= end) {
            return spec_error("end of string while looking for conversion specifier");
        }
        f->conversion = READ(t->text, (*at)++);
        if (*at >= end) {
            return spec_error("unmatched '{' in format spec");
        }
        if (READ(t->text, *at) != ':' && READ(t->text, *at) != '}') {
            return spec_error("expected ':' after conversion specifier");
        }
    }
    f->spec_start = f->spec_end = *at;
    if (READ(t->text, *at) == '}') {
        (*at)++;
        return true;
    }
    f->spec_start = ++*at;
    for (int open = 1; *at < end; (*at)++) {
        Py_UCS4 c = READ(t->text, *at);
        open += (c == '{') - (c == '}');
        if (open == 0) {
            f->spec_end = (*at)++;
            return true;
        }
    }
    return spec_error("unmatched '{' in format spec");
}

/* text[at:end] with its fields filled in; fields inside specifications are one level deeper. */
static bool render(struct template *t, Py_ssize_t at, Py_ssize_t end, int depth, struct text_writer *out)
{
    if (depth < 0 && at < end) {
        return spec_error("Max string recursion exceeded");
    }
    while (at < end) {
        Py_UCS4 c = READ(t->text, at++);
        if (c != '{' && c != '}') {
            if (!writer_put_char(out, c)) {
                return false;
            }
        } else if (at < end && READ(t->text, at) == c) {
            at++;
            if (!writer_put_char(out, c)) {
                return false;
            }
        } else if (c == '}') {
            return spec_error("Single '}' encountered in format string");
        } else if (at == end) {
            return spec_error("Single '{' encountered in format string");
        } else {
            struct field f = {.name_start = at};
            if (!read_name(t, &at, end)) {
                return false;
            }
            f.name_end = at;
            if (!read_tail(t, &at, end, &f) || !put_field(t, &f, depth, out)) {
                return false;
            }
        }
    }
    return true;
}

PyObject *format_template(PyObject *template, PyObject *args, PyObject *kwargs)
{
    struct template t = {.text = template, .args = args, .kwargs = kwargs};
    struct text_writer out = TEXT_WRITER_INIT;
    return finish(&out, render(&t, 0, LENGTH(template), 1, &out));
}
