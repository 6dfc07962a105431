/* The exception types: BaseException and all that CPython's builtins have below it.
 *
 * One table gives each type its name, base and layout; _PyExc_Init fills the static types from it. */
#include "gc.h"
#include "structmember.h"

/* ---- BaseException ---- */

static PyObject *base_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    PyBaseExceptionObject *self = (PyBaseExceptionObject *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->args = args ? Py_NewRef(args) : PyTuple_New(0);
    if (!self->args)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static int base_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    if (!_PyArg_NoKeywords(_PyType_Name(Py_TYPE(op)), kwargs))
        return -1;
    Py_XSETREF(((PyBaseExceptionObject *)op)->args, Py_NewRef(args));
    return 0;
}

static int base_clear(PyObject *op)
{
    PyBaseExceptionObject *self = (PyBaseExceptionObject *)op;
    Py_CLEAR(self->dict);
    Py_CLEAR(self->args);
    Py_CLEAR(self->notes);
    Py_CLEAR(self->traceback);
    Py_CLEAR(self->context);
    Py_CLEAR(self->cause);
    return 0;
}

static int base_traverse(PyObject *op, visitproc visit, void *arg)
{
    PyBaseExceptionObject *self = (PyBaseExceptionObject *)op;
    Py_VISIT(self->dict);
    Py_VISIT(self->args);
    Py_VISIT(self->notes);
    Py_VISIT(self->traceback);
    Py_VISIT(self->context);
    Py_VISIT(self->cause);
    return 0;
}


static PyObject *base_repr(PyObject *op)
{
    PyObject *args = ((PyBaseExceptionObject *)op)->args;
    const char *name = _PyType_Name(Py_TYPE(op));
    if (PyTuple_GET_SIZE(args) == 1)
        return PyUnicode_FromFormat("%s(%R)", name, PyTuple_GET_ITEM(args, 0));
    return PyUnicode_FromFormat("%s%R", name, args);
}

static PyObject *base_str(PyObject *op)
{
    PyObject *args = ((PyBaseExceptionObject *)op)->args;
    if (PyTuple_GET_SIZE(args) == 0)
        return PyUnicode_FromString("");
    return PyObject_Str(PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : args);
}

static PyObject *base_with_traceback(PyObject *op, PyObject *traceback)
{
    return PyException_SetTraceback(op, traceback) < 0 ? NULL : Py_NewRef(op);
}

static PyObject *base_add_note(PyObject *op, PyObject *note)
{
    if (!PyUnicode_Check(note))
        return PyErr_Format(PyExc_TypeError, "note must be a str, not '%s'", Py_TYPE(note)->tp_name);
    PyObject *notes = NULL;
    PyObject *name = PyUnicode_FromString("__notes__");
    if (!name || PyObject_GetOptionalAttr(op, name, &notes) < 0)
        goto failed;
    if (!notes) {
        notes = PyList_New(0);
        if (!notes || PyObject_SetAttr(op, name, notes) < 0)
            goto failed;
    }
    if (!PyList_Check(notes)) {
        PyErr_SetString(PyExc_TypeError, "Cannot add note: __notes__ is not a list");
        goto failed;
    }
    if (PyList_Append(notes, note) < 0)
        goto failed;
    Py_DECREF(name);
    Py_DECREF(notes);
    Py_RETURN_NONE;
failed:
    Py_XDECREF(name);
    Py_XDECREF(notes);
    return NULL;
}

static PyObject *base_reduce(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    PyBaseExceptionObject *self = (PyBaseExceptionObject *)op;
    if (self->dict)
        return PyTuple_Pack(3, Py_TYPE(op), self->args, self->dict);
    return PyTuple_Pack(2, Py_TYPE(op), self->args);
}

static PyMethodDef base_methods[] = {
    {"with_traceback", base_with_traceback, METH_O, NULL},
    {"add_note", base_add_note, METH_O, NULL},
    {"__reduce__", base_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyObject *get_args(PyObject *op, void *Py_UNUSED(closure))
{
    return Py_NewRef(((PyBaseExceptionObject *)op)->args);
}

static int set_args(PyObject *op, PyObject *value, void *Py_UNUSED(closure))
{
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "args may not be deleted");
        return -1;
    }
    PyObject *args = PySequence_Tuple(value);
    if (!args)
        return -1;
    Py_XSETREF(((PyBaseExceptionObject *)op)->args, args);
    return 0;
}

static PyObject *or_none(PyObject *value) { return Py_NewRef(value ? value : Py_None); }

static PyObject *get_traceback(PyObject *op, void *Py_UNUSED(closure))
{
    return or_none(((PyBaseExceptionObject *)op)->traceback);
}

static int set_traceback(PyObject *op, PyObject *value, void *Py_UNUSED(closure))
{
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "__traceback__ may not be deleted");
        return -1;
    }
    return PyException_SetTraceback(op, value);
}

static PyObject *get_context(PyObject *op, void *Py_UNUSED(closure))
{
    return or_none(((PyBaseExceptionObject *)op)->context);
}

static PyObject *get_cause(PyObject *op, void *Py_UNUSED(closure))
{
    return or_none(((PyBaseExceptionObject *)op)->cause);
}

/* The exception that `value` stands for (None: none) goes to `set`, which takes the reference. */
static int set_exception(PyObject *op, PyObject *value, const char *what, void (*set)(PyObject *, PyObject *))
{
    if (!value) {
        PyErr_Format(PyExc_TypeError, "%s may not be deleted", what);
        return -1;
    }
    if (!Py_IsNone(value) && !PyExceptionInstance_Check(value)) {
        PyErr_Format(PyExc_TypeError, "exception %s must be %sderive from BaseException",
                     strcmp(what, "__cause__") == 0 ? "cause" : "context", "None or ");
        return -1;
    }
    set(op, Py_IsNone(value) ? NULL : Py_NewRef(value));
    return 0;
}

static int set_context(PyObject *op, PyObject *value, void *Py_UNUSED(closure))
{
    return set_exception(op, value, "__context__", PyException_SetContext);
}

static int set_cause(PyObject *op, PyObject *value, void *Py_UNUSED(closure))
{
    return set_exception(op, value, "__cause__", PyException_SetCause);
}

static PyGetSetDef base_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {"args", get_args, set_args, NULL, NULL},
    {"__traceback__", get_traceback, set_traceback, NULL, NULL},
    {"__context__", get_context, set_context, NULL, NULL},
    {"__cause__", get_cause, set_cause, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef base_members[] = {
    {"__suppress_context__", Py_T_BOOL, offsetof(PyBaseExceptionObject, suppress_context), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* ---- access from C ---- */

#define BASE(op) ((PyBaseExceptionObject *)(op))

PyObject *PyException_GetTraceback(PyObject *op) { return Py_XNewRef(BASE(op)->traceback); }
PyObject *PyException_GetContext(PyObject *op) { return Py_XNewRef(BASE(op)->context); }
PyObject *PyException_GetCause(PyObject *op) { return Py_XNewRef(BASE(op)->cause); }
PyObject *PyException_GetArgs(PyObject *op) { return Py_NewRef(BASE(op)->args); }
void PyException_SetArgs(PyObject *op, PyObject *args) { Py_XSETREF(BASE(op)->args, Py_NewRef(args)); }
void PyException_SetContext(PyObject *op, PyObject *context) { Py_XSETREF(BASE(op)->context, context); }

void PyException_SetCause(PyObject *op, PyObject *cause)
{
    BASE(op)->suppress_context = 1;
    Py_XSETREF(BASE(op)->cause, cause);
}

int PyException_SetTraceback(PyObject *op, PyObject *traceback)
{
    if (traceback && !Py_IsNone(traceback) && !PyTraceBack_Check(traceback)) {
        PyErr_SetString(PyExc_TypeError, "__traceback__ must be a traceback or None");
        return -1;
    }
    Py_XSETREF(BASE(op)->traceback, traceback && !Py_IsNone(traceback) ? Py_NewRef(traceback) : NULL);
    return 0;
}

/* ---- StopIteration, SystemExit: the first argument is a field ---- */

static int stop_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    if (base_init(op, args, kwargs) < 0)
        return -1;
    PyObject *value = PyTuple_GET_SIZE(args) ? PyTuple_GET_ITEM(args, 0) : Py_None;
    Py_XSETREF(((PyStopIterationObject *)op)->value, Py_NewRef(value));
    return 0;
}

static int exit_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    if (base_init(op, args, kwargs) < 0)
        return -1;
    Py_ssize_t size = PyTuple_GET_SIZE(args);
    PyObject *code = size == 0 ? Py_None : size == 1 ? PyTuple_GET_ITEM(args, 0) : args;
    Py_XSETREF(((PySystemExitObject *)op)->code, Py_NewRef(code));
    return 0;
}

static PyMemberDef stop_members[] = {
    {"value", _Py_T_OBJECT, offsetof(PyStopIterationObject, value), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyMemberDef exit_members[] = {
    {"code", _Py_T_OBJECT, offsetof(PySystemExitObject, code), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* ---- KeyError ---- */

static PyObject *key_str(PyObject *op)
{
    /* The key itself, quoted: an empty or blank one would not be seen. */
    PyObject *args = BASE(op)->args;
    return PyTuple_GET_SIZE(args) == 1 ? PyObject_Repr(PyTuple_GET_ITEM(args, 0)) : base_str(op);
}

/* ---- ImportError, NameError, AttributeError: fields by keyword ---- */

/* Move the keyword `name` out of *kwargs into *slot; *kwargs is a copy once it was changed. */
static int take_keyword(PyObject *kwargs, const char *name, PyObject **slot)
{
    PyObject *value = kwargs ? PyDict_GetItemString(kwargs, name) : NULL;
    Py_XSETREF(*slot, Py_XNewRef(value));
    return value && PyDict_DelItemString(kwargs, name) < 0 ? -1 : 0;
}

/* base_init, with the keywords in `names` stored in the object slots from `first` on. */
static int init_with_keywords(PyObject *op, PyObject *args, PyObject *kwargs, const char *const *names, PyObject **first)
{
    PyObject *left = kwargs ? PyDict_Copy(kwargs) : NULL;
    int status = kwargs && !left ? -1 : 0;
    for (int i = 0; status == 0 && names[i]; i++)
        status = take_keyword(left, names[i], first + i);
    if (status == 0 && left && PyDict_GET_SIZE(left) > 0) {
        PyObject *key, *value;
        Py_ssize_t position = 0;
        PyDict_Next(left, &position, &key, &value);
        PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%S'", _PyType_Name(Py_TYPE(op)), key);
        status = -1;
    }
    Py_XDECREF(left);
    return status < 0 ? -1 : base_init(op, args, NULL);
}

static int import_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"name", "path", "name_from", NULL};
    PyImportErrorObject *self = (PyImportErrorObject *)op;
    if (init_with_keywords(op, args, kwargs, names, &self->name) < 0)
        return -1;
    Py_XSETREF(self->msg, PyTuple_GET_SIZE(args) == 1 ? Py_NewRef(PyTuple_GET_ITEM(args, 0)) : NULL);
    return 0;
}

static PyObject *import_str(PyObject *op)
{
    PyImportErrorObject *self = (PyImportErrorObject *)op;
    return self->msg && PyUnicode_CheckExact(self->msg) ? Py_NewRef(self->msg) : base_str(op);
}

static int name_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"name", NULL};
    return init_with_keywords(op, args, kwargs, names, &((PyNameErrorObject *)op)->name);
}

static int attribute_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"obj", "name", NULL};
    return init_with_keywords(op, args, kwargs, names, &((PyAttributeErrorObject *)op)->obj);
}

static PyMemberDef import_members[] = {
    {"msg", _Py_T_OBJECT, offsetof(PyImportErrorObject, msg), 0, NULL},
    {"name", _Py_T_OBJECT, offsetof(PyImportErrorObject, name), 0, NULL},
    {"path", _Py_T_OBJECT, offsetof(PyImportErrorObject, path), 0, NULL},
    {"name_from", _Py_T_OBJECT, offsetof(PyImportErrorObject, name_from), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyMemberDef name_members[] = {
    {"name", _Py_T_OBJECT, offsetof(PyNameErrorObject, name), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyMemberDef attribute_members[] = {
    {"obj", _Py_T_OBJECT, offsetof(PyAttributeErrorObject, obj), 0, NULL},
    {"name", _Py_T_OBJECT, offsetof(PyAttributeErrorObject, name), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* ---- OSError ---- */

/* Linux's errno numbers that have a class of their own (PEP 3151). */
static PyObject *oserror_class(long number)
{
    switch (number) {
    case 1: case 13: return PyExc_PermissionError;
    case 2: return PyExc_FileNotFoundError;
    case 3: return PyExc_ProcessLookupError;
    case 4: return PyExc_InterruptedError;
    case 10: return PyExc_ChildProcessError;
    case 11: case 114: case 115: return PyExc_BlockingIOError;
    case 17: return PyExc_FileExistsError;
    case 20: return PyExc_NotADirectoryError;
    case 21: return PyExc_IsADirectoryError;
    case 32: case 108: return PyExc_BrokenPipeError;
    case 103: return PyExc_ConnectionAbortedError;
    case 104: return PyExc_ConnectionResetError;
    case 110: return PyExc_TimeoutError;
    case 111: return PyExc_ConnectionRefusedError;
    default: return NULL;
    }
}

/* The fields of OSError(errno, strerror[, filename[, winerror[, filename2]]]); another number of arguments leaves them alone. */
static int oserror_fill(PyOSErrorObject *self, PyObject *args)
{
    Py_ssize_t size = PyTuple_GET_SIZE(args);
    self->written = -1;
    if (size >= 2 && size <= 5) {
        Py_XSETREF(self->myerrno, Py_NewRef(PyTuple_GET_ITEM(args, 0)));
        Py_XSETREF(self->strerror, Py_NewRef(PyTuple_GET_ITEM(args, 1)));
        if (size >= 3 && !Py_IsNone(PyTuple_GET_ITEM(args, 2))) {
            Py_XSETREF(self->filename, Py_NewRef(PyTuple_GET_ITEM(args, 2)));
            if (size == 5 && !Py_IsNone(PyTuple_GET_ITEM(args, 4)))
                Py_XSETREF(self->filename2, Py_NewRef(PyTuple_GET_ITEM(args, 4)));
            args = PyTuple_GetSlice(args, 0, 2);
            if (!args)
                return -1;
            Py_XSETREF(self->args, args);
            return 0;
        }
    }
    Py_XSETREF(self->args, Py_NewRef(args));
    return 0;
}

static int oserror_init(PyObject *op, PyObject *args, PyObject *kwargs);

/* A subclass with an __init__ of its own fills the fields when that calls this one's. */
static bool oserror_waits_for_init(PyTypeObject *type)
{
    return type->tp_init != oserror_init && type->tp_new == ((PyTypeObject *)PyExc_OSError)->tp_new;
}

static PyObject *oserror_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (oserror_waits_for_init(type)) {
        PyObject *nothing = PyTuple_New(0);
        PyObject *op = nothing ? base_new(type, nothing, NULL) : NULL;
        Py_XDECREF(nothing);
        return op;
    }
    if (!_PyArg_NoKeywords(_PyType_Name(type), kwargs))
        return NULL;
    if ((PyObject *)type == PyExc_OSError && PyTuple_GET_SIZE(args) >= 2 && PyTuple_GET_SIZE(args) <= 5 &&
        PyLong_Check(PyTuple_GET_ITEM(args, 0))) {
        int overflow;
        PyObject *better = oserror_class(PyLong_AsLongAndOverflow(PyTuple_GET_ITEM(args, 0), &overflow));
        if (better && !overflow)
            type = (PyTypeObject *)better;
    }
    PyObject *op = base_new(type, args, NULL);
    if (op && oserror_fill((PyOSErrorObject *)op, args) < 0)
        Py_CLEAR(op);
    return op;
}

static int oserror_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    if (!oserror_waits_for_init(Py_TYPE(op)))
        return 0;
    if (!_PyArg_NoKeywords(_PyType_Name(Py_TYPE(op)), kwargs))
        return -1;
    return oserror_fill((PyOSErrorObject *)op, args);
}

static PyObject *oserror_str(PyObject *op)
{
    PyOSErrorObject *self = (PyOSErrorObject *)op;
    PyObject *number = self->myerrno ? self->myerrno : Py_None;
    PyObject *text = self->strerror ? self->strerror : Py_None;
    if (self->filename && self->filename2)
        return PyUnicode_FromFormat("[Errno %S] %S: %R -> %R", number, text, self->filename, self->filename2);
    if (self->filename)
        return PyUnicode_FromFormat("[Errno %S] %S: %R", number, text, self->filename);
    if (self->myerrno && self->strerror)
        return PyUnicode_FromFormat("[Errno %S] %S", number, text);
    return base_str(op);
}

static PyMemberDef oserror_members[] = {
    {"errno", _Py_T_OBJECT, offsetof(PyOSErrorObject, myerrno), 0, NULL},
    {"strerror", _Py_T_OBJECT, offsetof(PyOSErrorObject, strerror), 0, NULL},
    {"filename", _Py_T_OBJECT, offsetof(PyOSErrorObject, filename), 0, NULL},
    {"filename2", _Py_T_OBJECT, offsetof(PyOSErrorObject, filename2), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* ---- UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError ---- */

/* `format` reads the arguments; a decoding error keeps bytes, the others str. */
static int unicode_error_init(PyObject *op, PyObject *args, PyObject *kwargs, bool has_encoding, bool is_decode)
{
    PyUnicodeErrorObject *self = (PyUnicodeErrorObject *)op;
    if (base_init(op, args, kwargs) < 0)
        return -1;
    Py_ssize_t at = has_encoding ? 1 : 0;
    if (PyTuple_GET_SIZE(args) != 4 + at) {
        PyErr_Format(PyExc_TypeError, "function takes exactly %zd arguments (%zd given)", 4 + at, PyTuple_GET_SIZE(args));
        return -1;
    }
    PyObject *object = PyTuple_GET_ITEM(args, at), *reason = PyTuple_GET_ITEM(args, at + 3);
    PyObject *encoding = has_encoding ? PyTuple_GET_ITEM(args, 0) : NULL;
    if ((encoding && !PyUnicode_Check(encoding)) || !PyUnicode_Check(reason) || (!is_decode && !PyUnicode_Check(object))) {
        PyErr_SetString(PyExc_TypeError, "argument must be str");
        return -1;
    }
    self->start = PyLong_AsSsize_t(PyTuple_GET_ITEM(args, at + 1));
    self->end = PyLong_AsSsize_t(PyTuple_GET_ITEM(args, at + 2));
    if (PyErr_Occurred())
        return -1;
    object = is_decode ? PyBytes_FromObject(object) : Py_NewRef(object);
    if (!object)
        return -1;
    Py_XSETREF(self->object, object);
    Py_XSETREF(self->encoding, Py_XNewRef(encoding));
    Py_XSETREF(self->reason, Py_NewRef(reason));
    return 0;
}

static int decode_error_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    return unicode_error_init(op, args, kwargs, true, true);
}

static int encode_error_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    return unicode_error_init(op, args, kwargs, true, false);
}

static int translate_error_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    return unicode_error_init(op, args, kwargs, false, false);
}

static PyObject *decode_error_str(PyObject *op)
{
    PyUnicodeErrorObject *self = (PyUnicodeErrorObject *)op;
    if (!self->object)
        return PyUnicode_FromString("");
    if (self->start < PyBytes_GET_SIZE(self->object) && self->end == self->start + 1) {
        int byte = (unsigned char)PyBytes_AS_STRING(self->object)[self->start];
        return PyUnicode_FromFormat("'%U' codec can't decode byte 0x%02x in position %zd: %U", self->encoding, byte, self->start,
                                    self->reason);
    }
    return PyUnicode_FromFormat("'%U' codec can't decode bytes in position %zd-%zd: %U", self->encoding, self->start,
                                self->end - 1, self->reason);
}

/* One character is named by its escape, more by their range. */
static PyObject *character_error_str(PyUnicodeErrorObject *self, const char *verb)
{
    PyObject *who = self->encoding ? PyUnicode_FromFormat("'%U' codec can't %s", self->encoding, verb)
                                   : PyUnicode_FromFormat("can't %s", verb);
    if (!who)
        return NULL;
    PyObject *text;
    if (self->start < PyUnicode_GET_LENGTH(self->object) && self->end == self->start + 1) {
        Py_UCS4 bad = PyUnicode_READ_CHAR(self->object, self->start);
        const char *format = bad <= 0xff     ? "%U character '\\x%02x' in position %zd: %U"
                             : bad <= 0xffff ? "%U character '\\u%04x' in position %zd: %U"
                                             : "%U character '\\U%08x' in position %zd: %U";
        text = PyUnicode_FromFormat(format, who, (int)bad, self->start, self->reason);
    } else {
        text = PyUnicode_FromFormat("%U characters in position %zd-%zd: %U", who, self->start, self->end - 1, self->reason);
    }
    Py_DECREF(who);
    return text;
}

static PyObject *encode_error_str(PyObject *op)
{
    PyUnicodeErrorObject *self = (PyUnicodeErrorObject *)op;
    return self->object ? character_error_str(self, "encode") : PyUnicode_FromString("");
}

static PyObject *translate_error_str(PyObject *op)
{
    PyUnicodeErrorObject *self = (PyUnicodeErrorObject *)op;
    return self->object ? character_error_str(self, "translate") : PyUnicode_FromString("");
}

static PyMemberDef unicode_error_members[] = {
    {"encoding", _Py_T_OBJECT, offsetof(PyUnicodeErrorObject, encoding), 0, NULL},
    {"object", _Py_T_OBJECT, offsetof(PyUnicodeErrorObject, object), 0, NULL},
    {"start", Py_T_PYSSIZET, offsetof(PyUnicodeErrorObject, start), 0, NULL},
    {"end", Py_T_PYSSIZET, offsetof(PyUnicodeErrorObject, end), 0, NULL},
    {"reason", _Py_T_OBJECT, offsetof(PyUnicodeErrorObject, reason), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyObject *PyUnicodeDecodeError_Create(const char *encoding, const char *object, Py_ssize_t length, Py_ssize_t start,
                                      Py_ssize_t end, const char *reason)
{
    return PyObject_CallFunction(PyExc_UnicodeDecodeError, "sy#nns", encoding, object, length, start, end, reason);
}

PyObject *PyUnicodeEncodeError_Create(const char *encoding, PyObject *object, Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    return PyObject_CallFunction(PyExc_UnicodeEncodeError, "sOnns", encoding, object, start, end, reason);
}

/* ---- the layouts ---- */

/* How instances of a layout are made, shown and freed: `fields` object slots follow BaseException's own, from `first` on. */
struct layout {
    size_t size;
    size_t first[5];
    int fields;
    newfunc new;
    initproc init;
    reprfunc str;
    PyMemberDef *members;
};

static const struct layout base_layout = {sizeof(PyBaseExceptionObject), {0}, 0, base_new, base_init, base_str, base_members};
static const struct layout stop_layout = {
    sizeof(PyStopIterationObject), {offsetof(PyStopIterationObject, value)}, 1, NULL, stop_init, NULL, stop_members};
static const struct layout exit_layout = {
    sizeof(PySystemExitObject), {offsetof(PySystemExitObject, code)}, 1, NULL, exit_init, NULL, exit_members};
static const struct layout key_layout = {sizeof(PyBaseExceptionObject), {0}, 0, NULL, NULL, key_str, NULL};
static const struct layout import_layout = {
    sizeof(PyImportErrorObject),
    {offsetof(PyImportErrorObject, msg), offsetof(PyImportErrorObject, name), offsetof(PyImportErrorObject, path),
     offsetof(PyImportErrorObject, name_from)},
    4, NULL, import_init, import_str, import_members};
static const struct layout name_layout = {
    sizeof(PyNameErrorObject), {offsetof(PyNameErrorObject, name)}, 1, NULL, name_init, NULL, name_members};
static const struct layout attribute_layout = {
    sizeof(PyAttributeErrorObject),
    {offsetof(PyAttributeErrorObject, obj), offsetof(PyAttributeErrorObject, name)},
    2, NULL, attribute_init, NULL, attribute_members};
static const struct layout oserror_layout = {
    sizeof(PyOSErrorObject),
    {offsetof(PyOSErrorObject, myerrno), offsetof(PyOSErrorObject, strerror), offsetof(PyOSErrorObject, filename),
     offsetof(PyOSErrorObject, filename2)},
    4, oserror_new, oserror_init, oserror_str, oserror_members};
#define UNICODE_FIELDS                                                                                      \
    {offsetof(PyUnicodeErrorObject, encoding), offsetof(PyUnicodeErrorObject, object),                      \
     offsetof(PyUnicodeErrorObject, reason)}, 3, NULL
static const struct layout decode_layout = {
    sizeof(PyUnicodeErrorObject), UNICODE_FIELDS, decode_error_init, decode_error_str, unicode_error_members};
static const struct layout encode_layout = {
    sizeof(PyUnicodeErrorObject), UNICODE_FIELDS, encode_error_init, encode_error_str, unicode_error_members};
static const struct layout translate_layout = {
    sizeof(PyUnicodeErrorObject), UNICODE_FIELDS, translate_error_init, translate_error_str, unicode_error_members};

/* ---- the tree ---- */

#define EXCEPTIONS(E)                                            \
    E(BaseException, BaseException, &base_layout)                \
    E(Exception, BaseException, NULL)                            \
    E(GeneratorExit, BaseException, NULL)                        \
    E(KeyboardInterrupt, BaseException, NULL)                    \
    E(SystemExit, BaseException, &exit_layout)                   \
    E(StopIteration, Exception, &stop_layout)                    \
    E(StopAsyncIteration, Exception, NULL)                       \
    E(ArithmeticError, Exception, NULL)                          \
    E(FloatingPointError, ArithmeticError, NULL)                 \
    E(OverflowError, ArithmeticError, NULL)                      \
    E(ZeroDivisionError, ArithmeticError, NULL)                  \
    E(AssertionError, Exception, NULL)                           \
    E(AttributeError, Exception, &attribute_layout)              \
    E(BufferError, Exception, NULL)                              \
    E(EOFError, Exception, NULL)                                 \
    E(ImportError, Exception, &import_layout)                    \
    E(ModuleNotFoundError, ImportError, NULL)                    \
    E(LookupError, Exception, NULL)                              \
    E(IndexError, LookupError, NULL)                             \
    E(KeyError, LookupError, &key_layout)                        \
    E(MemoryError, Exception, NULL)                              \
    E(NameError, Exception, &name_layout)                        \
    E(UnboundLocalError, NameError, NULL)                        \
    E(OSError, Exception, &oserror_layout)                       \
    E(BlockingIOError, OSError, NULL)                            \
    E(ChildProcessError, OSError, NULL)                          \
    E(ConnectionError, OSError, NULL)                            \
    E(BrokenPipeError, ConnectionError, NULL)                    \
    E(ConnectionAbortedError, ConnectionError, NULL)             \
    E(ConnectionRefusedError, ConnectionError, NULL)             \
    E(ConnectionResetError, ConnectionError, NULL)               \
    E(FileExistsError, OSError, NULL)                            \
    E(FileNotFoundError, OSError, NULL)                          \
    E(InterruptedError, OSError, NULL)                           \
    E(IsADirectoryError, OSError, NULL)                          \
    E(NotADirectoryError, OSError, NULL)                         \
    E(PermissionError, OSError, NULL)                            \
    E(ProcessLookupError, OSError, NULL)                         \
    E(TimeoutError, OSError, NULL)                               \
    E(ReferenceError, Exception, NULL)                           \
    E(RuntimeError, Exception, NULL)                             \
    E(NotImplementedError, RuntimeError, NULL)                   \
    E(RecursionError, RuntimeError, NULL)                        \
    E(SyntaxError, Exception, NULL)                              \
    E(IndentationError, SyntaxError, NULL)                       \
    E(TabError, IndentationError, NULL)                          \
    E(SystemError, Exception, NULL)                              \
    E(TypeError, Exception, NULL)                                \
    E(ValueError, Exception, NULL)                               \
    E(UnicodeError, ValueError, NULL)                            \
    E(UnicodeDecodeError, UnicodeError, &decode_layout)          \
    E(UnicodeEncodeError, UnicodeError, &encode_layout)          \
    E(UnicodeTranslateError, UnicodeError, &translate_layout)    \
    E(Warning, Exception, NULL)                                  \
    E(BytesWarning, Warning, NULL)                               \
    E(DeprecationWarning, Warning, NULL)                         \
    E(EncodingWarning, Warning, NULL)                            \
    E(FutureWarning, Warning, NULL)                              \
    E(ImportWarning, Warning, NULL)                              \
    E(PendingDeprecationWarning, Warning, NULL)                  \
    E(ResourceWarning, Warning, NULL)                            \
    E(RuntimeWarning, Warning, NULL)                             \
    E(SyntaxWarning, Warning, NULL)                              \
    E(UnicodeWarning, Warning, NULL)                             \
    E(UserWarning, Warning, NULL)

#define INDEX(name, base, layout) index_##name,
enum { EXCEPTIONS(INDEX) EXCEPTION_COUNT };

static PyTypeObject types[EXCEPTION_COUNT];

#define DEFINE(name, base, layout) PyObject *PyExc_##name = (PyObject *)&types[index_##name];
EXCEPTIONS(DEFINE)

static const struct {
    const char *name;
    int base;
    const struct layout *layout;
} table[] = {
#define ROW(name, base, layout) {#name, index_##base, layout},
    EXCEPTIONS(ROW)
};

/* The layout of a static exception type: its own, or the nearest base's. */
static const struct layout *layout_of(int index)
{
    while (!table[index].layout)
        index = table[index].base;
    return table[index].layout;
}

/* The layout of any exception type: that of the static one below it. */
static const struct layout *instance_layout(PyTypeObject *type)
{
    while (type < types || type >= types + EXCEPTION_COUNT)
        type = type->tp_base;
    return layout_of((int)(type - types));
}

static int exception_traverse(PyObject *op, visitproc visit, void *arg)
{
    const struct layout *layout = instance_layout(Py_TYPE(op));
    for (int i = 0; i < layout->fields; i++)
        Py_VISIT(*(PyObject **)((char *)op + layout->first[i]));
    return base_traverse(op, visit, arg);
}

static int exception_clear(PyObject *op)
{
    const struct layout *layout = instance_layout(Py_TYPE(op));
    for (int i = 0; i < layout->fields; i++)
        Py_CLEAR(*(PyObject **)((char *)op + layout->first[i]));
    return base_clear(op);
}

static void exception_free(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    exception_clear(op);
    Py_TYPE(op)->tp_free(op);
}

/* What the table says of one type, as a static type object. */
static void fill(int index)
{
    PyTypeObject *type = &types[index];
    const struct layout *own = table[index].layout, *layout = layout_of(index);
    Py_SET_REFCNT(type, PY_STATIC_REFCNT);
    Py_SET_TYPE(type, &PyType_Type);
    type->tp_name = table[index].name;
    type->tp_basicsize = (Py_ssize_t)layout->size;
    type->tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_BASE_EXC_SUBCLASS;
    type->tp_dealloc = exception_free;
    type->tp_traverse = exception_traverse;
    type->tp_clear = exception_clear;
    type->tp_dictoffset = offsetof(PyBaseExceptionObject, dict);
    type->tp_free = PyObject_GC_Del;
    type->tp_base = index ? &types[table[index].base] : &PyBaseObject_Type;
    if (own) {
        type->tp_new = own->new;
        type->tp_init = own->init;
        type->tp_str = own->str;
        type->tp_members = own->members;
    }
}

int _PyExc_Init(void)
{
    for (int index = 0; index < EXCEPTION_COUNT; index++)
        fill(index);
    types[0].tp_repr = base_repr;
    types[0].tp_methods = base_methods;
    types[0].tp_getset = base_getset;
    types[0].tp_getattro = PyObject_GenericGetAttr;
    types[0].tp_setattro = PyObject_GenericSetAttr;
    for (int index = 0; index < EXCEPTION_COUNT; index++) {
        if (PyType_Ready(&types[index]) < 0)
            return -1;
    }
    return 0;
}

/* The types are static and go with the program. */
void _PyExc_Fini(void) {}
