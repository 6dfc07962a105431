/* Arguments between Python and C: PyArg_Parse* takes them apart by a format, Py_BuildValue puts values together. */
#include "internal/runtime_internal.h"

/* ---- how many ---- */

static const char *plural(Py_ssize_t count) { return count == 1 ? "" : "s"; }

int _PyArg_CheckPositional(const char *name, Py_ssize_t nargs, Py_ssize_t least, Py_ssize_t most)
{
    if (nargs >= least && nargs <= most)
        return 1;
    Py_ssize_t wanted = nargs < least ? least : most;
    const char *bound = least == most ? "" : nargs < least ? "at least " : "at most ";
    if (name)
        PyErr_Format(PyExc_TypeError, "%.200s expected %s%zd argument%s, got %zd", name, bound, wanted, plural(wanted), nargs);
    else
        PyErr_Format(PyExc_TypeError, "unpacked tuple should have %s%zd element%s, but has %zd", bound, wanted, plural(wanted),
                     nargs);
    return 0;
}

int _PyArg_NoKeywords(const char *name, PyObject *kwargs)
{
    if (!kwargs || PyDict_GET_SIZE(kwargs) == 0)
        return 1;
    PyErr_Format(PyExc_TypeError, "%.200s() takes no keyword arguments", name);
    return 0;
}

int _PyArg_NoKwnames(const char *name, PyObject *kwnames)
{
    if (!kwnames || PyTuple_GET_SIZE(kwnames) == 0)
        return 1;
    PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", name);
    return 0;
}

int PyArg_UnpackTuple(PyObject *args, const char *name, Py_ssize_t least, Py_ssize_t most, ...)
{
    Py_ssize_t nargs = PyTuple_GET_SIZE(args);
    if (!_PyArg_CheckPositional(name, nargs, least, most))
        return 0;
    va_list targets;
    va_start(targets, most);
    for (Py_ssize_t i = 0; i < nargs; i++)
        *va_arg(targets, PyObject **) = PyTuple_GET_ITEM(args, i);
    va_end(targets);
    return 1;
}

int PyArg_ValidateKeywordArguments(PyObject *kwargs)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(kwargs, &position, &key, &value)) {
        if (!PyUnicode_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "keywords must be strings");
            return 0;
        }
    }
    return 1;
}

/* ---- one argument ---- */

/* What is being parsed: the format's next unit, the targets, and how to name the function and the argument in a message. */
struct parser {
    const char *at;
    va_list targets;
    const char *function;       /* behind ':', or NULL */
    const char *message;        /* behind ';', or NULL */
    Py_ssize_t number;          /* of the argument, from 1; 0 for PyArg_Parse's only one */
};

static int must_be(struct parser *p, const char *expected, PyObject *arg)
{
    const char *given = Py_IsNone(arg) ? "None" : Py_TYPE(arg)->tp_name;
    if (p->message)
        PyErr_SetString(PyExc_TypeError, p->message);
    else if (p->number)
        PyErr_Format(PyExc_TypeError, "%.200s%s argument %zd must be %.50s, not %.50s", p->function ? p->function : "",
                     p->function ? "()" : "function", p->number, expected, given);
    else
        PyErr_Format(PyExc_TypeError, "must be %.50s, not %.50s", expected, given);
    return 0;
}

/* The value of an int, range checked. */
static int get_signed(PyObject *arg, long long low, long long high, const char *kind, long long *value)
{
    PyObject *index = _PyNumber_Index(arg);
    if (!index)
        return 0;
    int overflow;
    *value = PyLong_AsLongLongAndOverflow(index, &overflow);
    Py_DECREF(index);
    if (overflow == 0 && *value >= low && *value <= high)
        return 1;
    bool above = overflow > 0 || (overflow == 0 && *value > high);
    PyErr_Format(PyExc_OverflowError, "%s is %s", kind, above ? "greater than maximum" : "less than minimum");
    return 0;
}

/* An unsigned unit wraps, as CPython's do. */
static int get_wrapping(struct parser *p, PyObject *arg, unsigned long long *value)
{
    PyObject *index = _PyNumber_Index(arg);
    (void)p;
    if (!index)
        return 0;
    *value = PyLong_AsUnsignedLongLongMask(index);
    Py_DECREF(index);
    return !PyErr_Occurred();
}

static int parse_integer(struct parser *p, char unit, PyObject *arg)
{
    long long v = 0;
    unsigned long long u = 0;
    switch (unit) {
    case 'b':
        if (!get_signed(arg, 0, UCHAR_MAX, "unsigned byte integer", &v))
            return 0;
        *va_arg(p->targets, unsigned char *) = (unsigned char)v;
        return 1;
    case 'h':
        if (!get_signed(arg, SHRT_MIN, SHRT_MAX, "signed short integer", &v))
            return 0;
        *va_arg(p->targets, short *) = (short)v;
        return 1;
    case 'i':
        if (!get_signed(arg, INT_MIN, INT_MAX, "signed integer", &v))
            return 0;
        *va_arg(p->targets, int *) = (int)v;
        return 1;
    case 'l':
    case 'L':
        if (!get_signed(arg, LLONG_MIN, LLONG_MAX, "Python int too large to convert to C long; it", &v))
            return 0;
        *va_arg(p->targets, long long *) = v;
        return 1;
    case 'n': {
        Py_ssize_t size = PyNumber_AsSsize_t(arg, PyExc_OverflowError);
        if (size == -1 && PyErr_Occurred())
            return 0;
        *va_arg(p->targets, Py_ssize_t *) = size;
        return 1;
    }
    default:
        break;
    }
    if (!get_wrapping(p, arg, &u))
        return 0;
    if (unit == 'B')
        *va_arg(p->targets, unsigned char *) = (unsigned char)u;
    else if (unit == 'H')
        *va_arg(p->targets, unsigned short *) = (unsigned short)u;
    else if (unit == 'I')
        *va_arg(p->targets, unsigned int *) = (unsigned int)u;
    else
        *va_arg(p->targets, unsigned long long *) = u;
    return 1;
}

static int parse_float(struct parser *p, char unit, PyObject *arg)
{
    double value = PyFloat_AsDouble(arg);
    if (value == -1.0 && PyErr_Occurred())
        return 0;
    if (unit == 'f')
        *va_arg(p->targets, float *) = (float)value;
    else
        *va_arg(p->targets, double *) = value;
    return 1;
}

/* y* s* w*: a buffer, which the caller releases. */
static int parse_view(struct parser *p, char unit, PyObject *arg)
{
    Py_buffer *view = va_arg(p->targets, Py_buffer *);
    if (unit == 'z' && Py_IsNone(arg)) {
        PyBuffer_FillInfo(view, NULL, NULL, 0, 1, 0);
        return 1;
    }
    if ((unit == 's' || unit == 'z') && PyUnicode_Check(arg)) {
        Py_ssize_t size;
        const char *text = PyUnicode_AsUTF8AndSize(arg, &size);
        return text && PyBuffer_FillInfo(view, arg, (void *)(uintptr_t)text, size, 1, 0) == 0;
    }
    if (PyObject_GetBuffer(arg, view, unit == 'w' ? PyBUF_WRITABLE : PyBUF_SIMPLE) == 0)
        return 1;
    PyErr_Clear();
    return must_be(p, unit == 'w' ? "read-write bytes-like object" : "a bytes-like object", arg);
}

/* s z y, with # for the length: bytes of a str or bytes that live as long as the argument. */
static int parse_text(struct parser *p, char unit, PyObject *arg)
{
    bool sized = *p->at == '#';
    const char **text = va_arg(p->targets, const char **);
    Py_ssize_t size = 0;
    *text = NULL;
    p->at += sized;
    if (unit == 'y') {
        if (!PyBytes_Check(arg))
            return must_be(p, "bytes", arg);
        *text = PyBytes_AS_STRING(arg);
        size = PyBytes_GET_SIZE(arg);
    } else if (PyUnicode_Check(arg)) {
        *text = PyUnicode_AsUTF8AndSize(arg, &size);
        if (!*text)
            return 0;
    } else if (unit == 's' || !Py_IsNone(arg)) {
        return must_be(p, unit == 's' ? "str" : "str or None", arg);
    }
    if (sized)
        *va_arg(p->targets, Py_ssize_t *) = size;
    else if (*text && strlen(*text) != (size_t)size) {
        PyErr_SetString(PyExc_ValueError, unit == 'y' ? "embedded null byte" : "embedded null character");
        return 0;
    }
    return 1;
}

static int parse_object(struct parser *p, PyObject *arg)
{
    if (*p->at == '!') {
        p->at++;
        PyTypeObject *type = va_arg(p->targets, PyTypeObject *);
        if (!PyObject_TypeCheck(arg, type))
            return must_be(p, type->tp_name, arg);
    } else if (*p->at == '&') {
        typedef int (*converter)(PyObject *, void *);
        p->at++;
        converter convert = va_arg(p->targets, converter);
        void *target = va_arg(p->targets, void *);
        return convert(arg, target) != 0;
    }
    *va_arg(p->targets, PyObject **) = arg;
    return 1;
}

static int parse_exact(struct parser *p, PyObject *arg, int matches, const char *expected)
{
    PyObject **target = va_arg(p->targets, PyObject **);
    if (!matches)
        return must_be(p, expected, arg);
    *target = arg;
    return 1;
}

static int parse_character(struct parser *p, char unit, PyObject *arg)
{
    if (unit == 'C') {
        int *target = va_arg(p->targets, int *);
        if (!PyUnicode_Check(arg) || PyUnicode_GET_LENGTH(arg) != 1)
            return must_be(p, "a unicode character", arg);
        *target = (int)PyUnicode_READ_CHAR(arg, 0);
        return 1;
    }
    char *target = va_arg(p->targets, char *);
    if (PyBytes_Check(arg) && PyBytes_GET_SIZE(arg) == 1)
        *target = PyBytes_AS_STRING(arg)[0];
    else if (PyByteArray_Check(arg) && PyByteArray_GET_SIZE(arg) == 1)
        *target = PyByteArray_AS_STRING(arg)[0];
    else
        return must_be(p, "a byte string of length 1", arg);
    return 1;
}

/* Store one argument by the unit at p->at, and step over the unit. */
static int parse_one(struct parser *p, PyObject *arg)
{
    char unit = *p->at++;
    if (strchr("szyw", unit) && *p->at == '*') {
        p->at++;
        return parse_view(p, unit, arg);
    }
    switch (unit) {
    case 'O': return parse_object(p, arg);
    case 'S': return parse_exact(p, arg, PyBytes_Check(arg), "bytes");
    case 'Y': return parse_exact(p, arg, PyByteArray_Check(arg), "bytearray");
    case 'U': return parse_exact(p, arg, PyUnicode_Check(arg), "str");
    case 's': case 'z': case 'y': return parse_text(p, unit, arg);
    case 'f': case 'd': return parse_float(p, unit, arg);
    case 'c': case 'C': return parse_character(p, unit, arg);
    case 'p': {
        int truth = PyObject_IsTrue(arg);
        *va_arg(p->targets, int *) = truth;
        return truth >= 0;
    }
    case 'b': case 'B': case 'h': case 'H': case 'i': case 'I': case 'l': case 'k': case 'L': case 'K': case 'n':
        return parse_integer(p, unit, arg);
    default:
        PyErr_Format(PyExc_NotImplementedError, "argument format unit '%c'", unit);
        return 0;
    }
}

/* Step over one unit, its targets too: the argument was not given. */
static void skip_one(struct parser *p)
{
    char unit = *p->at++;
    (void)va_arg(p->targets, void *);
    if (unit == 'O' && (*p->at == '!' || *p->at == '&'))
        (void)va_arg(p->targets, void *);
    if (strchr("szy", unit) && *p->at == '#')
        (void)va_arg(p->targets, void *);
    if (*p->at && strchr("!&#*", *p->at))
        p->at++;
}

/* ---- the whole list ---- */

/* What a format says of its arguments: how many must be given, may stand by position, and are there at all. */
struct shape {
    Py_ssize_t least, positional, total;
};

static struct shape shape_of(struct parser *p, const char *format)
{
    struct shape shape = {-1, -1, 0};
    for (const char *at = format; *at && *at != ':' && *at != ';'; at++) {
        if (*at == '|')
            shape.least = shape.total;
        else if (*at == '$')
            shape.positional = shape.total;
        else if (!strchr("!&#*", *at))
            shape.total++;
    }
    if (shape.least < 0)
        shape.least = shape.total;
    if (shape.positional < 0)
        shape.positional = shape.total;
    const char *name = strchr(format, ':'), *message = strchr(format, ';');
    p->at = format;
    p->function = name ? name + 1 : NULL;
    p->message = message && !name ? message + 1 : NULL;
    p->number = 0;
    return shape;
}

static int wrong_count(struct parser *p, struct shape shape, Py_ssize_t nargs, const char *kind)
{
    Py_ssize_t wanted = nargs < shape.least ? shape.least : shape.positional;
    const char *bound = shape.least == shape.positional ? "exactly" : nargs < shape.least ? "at least" : "at most";
    if (p->message)
        PyErr_SetString(PyExc_TypeError, p->message);
    else
        PyErr_Format(PyExc_TypeError, "%.150s%s takes %s %zd %sargument%s (%zd given)", p->function ? p->function : "function",
                     p->function ? "()" : "", bound, wanted, kind, plural(wanted), nargs);
    return 0;
}

static int parse_positional(struct parser *p, PyObject *const *args, Py_ssize_t nargs, const char *format)
{
    struct shape shape = shape_of(p, format);
    if (nargs < shape.least || nargs > shape.total)
        return wrong_count(p, shape, nargs, "");
    for (Py_ssize_t i = 0; i < nargs; i++) {
        while (*p->at == '|' || *p->at == '$')
            p->at++;
        p->number = i + 1;
        if (!parse_one(p, args[i]))
            return 0;
    }
    return 1;
}

int _PyArg_ParseStack(PyObject *const *args, Py_ssize_t nargs, const char *format, ...)
{
    struct parser p;
    va_start(p.targets, format);
    int ok = parse_positional(&p, args, nargs, format);
    va_end(p.targets);
    return ok;
}

int PyArg_ParseTuple(PyObject *args, const char *format, ...)
{
    struct parser p;
    va_start(p.targets, format);
    int ok = parse_positional(&p, ((PyTupleObject *)args)->ob_item, PyTuple_GET_SIZE(args), format);
    va_end(p.targets);
    return ok;
}

/* One unit takes the object itself; several take the items of a tuple. */
int PyArg_VaParse(PyObject *args, const char *format, va_list targets)
{
    struct parser p;
    va_copy(p.targets, targets);
    int ok = parse_positional(&p, ((PyTupleObject *)args)->ob_item, PyTuple_GET_SIZE(args), format);
    va_end(p.targets);
    return ok;
}

int PyArg_Parse(PyObject *args, const char *format, ...)
{
    struct parser p;
    struct shape shape = shape_of(&p, format);
    int ok;
    va_start(p.targets, format);
    if (shape.total == 1) {
        ok = parse_one(&p, args);
    } else if (PyTuple_Check(args)) {
        ok = parse_positional(&p, ((PyTupleObject *)args)->ob_item, PyTuple_GET_SIZE(args), format);
    } else {
        PyErr_SetString(PyExc_TypeError, "function requires a tuple of arguments");
        ok = 0;
    }
    va_end(p.targets);
    return ok;
}

/* ---- keywords ---- */

/* Keywords as a dict (values NULL) or as names beside an array of values. */
struct keywords {
    PyObject *dict;
    PyObject *names;
    PyObject *const *values;
};

static Py_ssize_t keyword_count(const struct keywords *k)
{
    return k->dict ? PyDict_GET_SIZE(k->dict) : k->names ? PyTuple_GET_SIZE(k->names) : 0;
}

static PyObject *keyword_name(const struct keywords *k, Py_ssize_t *position)
{
    PyObject *key, *value;
    if (k->dict)
        return PyDict_Next(k->dict, position, &key, &value) ? key : NULL;
    return *position < keyword_count(k) ? PyTuple_GET_ITEM(k->names, (*position)++) : NULL;
}

/* The value given for `name`, borrowed, or NULL. */
static PyObject *keyword_value(const struct keywords *k, const char *name)
{
    if (k->dict)
        return PyDict_GetItemString(k->dict, name);
    for (Py_ssize_t i = 0; i < keyword_count(k); i++) {
        if (PyUnicode_EqualToUTF8(PyTuple_GET_ITEM(k->names, i), name))
            return k->values[i];
    }
    return NULL;
}

/* Some keyword is none of the parameters: TypeError that names it. */
static int unknown_keyword(struct parser *p, const struct keywords *k, const char *const *names)
{
    Py_ssize_t position = 0;
    PyObject *key;
    while ((key = keyword_name(k, &position))) {
        bool known = false;
        if (!PyUnicode_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "keywords must be strings");
            return 0;
        }
        for (const char *const *name = names; *name && !known; name++)
            known = **name && PyUnicode_EqualToUTF8(key, *name);
        if (!known) {
            PyErr_Format(PyExc_TypeError, "'%S' is an invalid keyword argument for %.200s%s", key,
                         p->function ? p->function : "this function", p->function ? "()" : "");
            return 0;
        }
    }
    return 1;
}

static int parse_keywords(struct parser *p, PyObject *const *args, Py_ssize_t nargs, const struct keywords *k, const char *format,
                          const char *const *names)
{
    struct shape shape = shape_of(p, format);
    const char *function = p->function ? p->function : "function", *brackets = p->function ? "()" : "";
    Py_ssize_t left = keyword_count(k), positional_only = 0;
    while (names[positional_only] && !*names[positional_only])
        positional_only++;
    if (nargs > shape.positional || nargs + left > shape.total) {
        struct shape bound = {Py_MIN(shape.least, shape.positional), left && nargs <= shape.positional ? shape.total : shape.positional,
                              shape.total};
        return wrong_count(p, bound, nargs > shape.positional ? nargs : nargs + left, left ? "" : shape.positional < shape.total ? "positional " : "");
    }
    for (Py_ssize_t i = 0; i < shape.total; i++) {
        while (*p->at == '|' || *p->at == '$')
            p->at++;
        PyObject *by_name = left && *names[i] ? keyword_value(k, names[i]) : NULL;
        p->number = i + 1;
        if (by_name && i < nargs) {
            PyErr_Format(PyExc_TypeError, "argument for %.200s%s given by name ('%s') and position (%zd)", function, brackets,
                         names[i], i + 1);
            return 0;
        }
        PyObject *arg = i < nargs ? args[i] : by_name;
        left -= by_name != NULL;
        if (arg) {
            if (!parse_one(p, arg))
                return 0;
        } else if (i < shape.least) {
            if (i < positional_only)
                return wrong_count(p, (struct shape){shape.least, shape.positional, shape.total}, nargs, "positional ");
            PyErr_Format(PyExc_TypeError, "%.200s%s missing required argument '%s' (pos %zd)", function, brackets, names[i], i + 1);
            return 0;
        } else {
            skip_one(p);
        }
    }
    return left ? unknown_keyword(p, k, names) : 1;
}

int PyArg_ParseTupleAndKeywords(PyObject *args, PyObject *kwargs, const char *format, char *const *names, ...)
{
    struct parser p;
    struct keywords k = {kwargs, NULL, NULL};
    va_start(p.targets, names);
    int ok = parse_keywords(&p, ((PyTupleObject *)args)->ob_item, PyTuple_GET_SIZE(args), &k, format, (const char *const *)names);
    va_end(p.targets);
    return ok;
}

int _PyArg_ParseStackAndKeywords(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, const char *format,
                                 const char *const *names, ...)
{
    struct parser p;
    struct keywords k = {NULL, kwnames, args + nargs};
    va_start(p.targets, names);
    int ok = parse_keywords(&p, args, nargs, &k, format, names);
    va_end(p.targets);
    return ok;
}

/* ---- Py_BuildValue ---- */

struct builder {
    const char *at;
    va_list values;
};

static PyObject *build_one(struct builder *b);

/* The units up to `end`, which is stepped over, as a list. After a failure the other values are still taken, so that N leaks nothing. */
static PyObject *build_list(struct builder *b, char end)
{
    PyObject *list = PyList_New(0);
    bool failed = !list;
    while (*b->at && *b->at != end) {
        if (strchr(", \t:", *b->at)) {
            b->at++;
            continue;
        }
        PyObject *item = build_one(b);
        if (!item || failed || PyList_Append(list, item) < 0)
            failed = true;
        Py_XDECREF(item);
    }
    if (*b->at)
        b->at++;
    if (failed)
        Py_CLEAR(list);
    return list;
}

static PyObject *build_tuple(struct builder *b, char end)
{
    PyObject *list = build_list(b, end), *tuple = list ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    return tuple;
}

static PyObject *build_dict(struct builder *b)
{
    PyObject *list = build_list(b, '}'), *dict = list ? PyDict_New() : NULL;
    for (Py_ssize_t i = 0; dict && i + 1 < PyList_GET_SIZE(list); i += 2) {
        if (PyDict_SetItem(dict, PyList_GET_ITEM(list, i), PyList_GET_ITEM(list, i + 1)) < 0)
            Py_CLEAR(dict);
    }
    Py_XDECREF(list);
    return dict;
}

/* s z U y, with # for the length; NULL is None. */
static PyObject *build_text(struct builder *b, char unit)
{
    const char *text = va_arg(b->values, const char *);
    Py_ssize_t size = -1;
    if (*b->at == '#') {
        b->at++;
        size = va_arg(b->values, Py_ssize_t);
    }
    if (!text)
        Py_RETURN_NONE;
    if (size < 0)
        size = (Py_ssize_t)strlen(text);
    return unit == 'y' ? PyBytes_FromStringAndSize(text, size) : PyUnicode_FromStringAndSize(text, size);
}

static PyObject *build_object(struct builder *b, char unit)
{
    if (*b->at == '&') {
        typedef PyObject *(*converter)(void *);
        b->at++;
        converter convert = va_arg(b->values, converter);
        return convert(va_arg(b->values, void *));
    }
    PyObject *op = va_arg(b->values, PyObject *);
    if (!op && !PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "NULL object passed to Py_BuildValue");
    return unit == 'N' ? op : Py_XNewRef(op);
}

static PyObject *build_one(struct builder *b)
{
    char unit = *b->at++;
    switch (unit) {
    case '(': return build_tuple(b, ')');
    case '[': return build_list(b, ']');
    case '{': return build_dict(b);
    case 'O': case 'S': case 'N': return build_object(b, unit);
    case 's': case 'z': case 'U': case 'y': return build_text(b, unit);
    case 'b': case 'B': case 'h': case 'i': return PyLong_FromLong(va_arg(b->values, int));
    case 'H': return PyLong_FromLong((long)va_arg(b->values, unsigned));
    case 'I': return PyLong_FromUnsignedLong(va_arg(b->values, unsigned));
    case 'l': case 'L': return PyLong_FromLongLong(va_arg(b->values, long long));
    case 'k': case 'K': return PyLong_FromUnsignedLongLong(va_arg(b->values, unsigned long long));
    case 'n': return PyLong_FromSsize_t(va_arg(b->values, Py_ssize_t));
    case 'f': case 'd': return PyFloat_FromDouble(va_arg(b->values, double));
    case 'p': return PyBool_FromLong(va_arg(b->values, int));
    case 'C': return PyUnicode_FromOrdinal(va_arg(b->values, int));
    case 'c': {
        char byte = (char)va_arg(b->values, int);
        return PyBytes_FromStringAndSize(&byte, 1);
    }
    default:
        return PyErr_Format(PyExc_SystemError, "bad format char '%c' passed to Py_BuildValue", unit);
    }
}

/* No unit: None; one: the value itself; more: a tuple. */
PyObject *Py_VaBuildValue(const char *format, va_list values)
{
    struct builder b = {.at = format};
    va_copy(b.values, values);
    PyObject *tuple = build_tuple(&b, '\0');
    va_end(b.values);
    if (!tuple || PyTuple_GET_SIZE(tuple) > 1)
        return tuple;
    PyObject *only = Py_NewRef(PyTuple_GET_SIZE(tuple) ? PyTuple_GET_ITEM(tuple, 0) : Py_None);
    Py_DECREF(tuple);
    return only;
}

PyObject *Py_BuildValue(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    PyObject *result = Py_VaBuildValue(format, values);
    va_end(values);
    return result;
}
