/* Raising, catching and showing exceptions: the thread's one exception in flight, and the stack of those being handled. */
#include "gc.h"
#include "runtime.h"

/* Exceptions of one chain that are shown; a longer chain is cut. */
#define MAX_CHAIN 64

/* ---- the exception in flight ---- */

PyObject *PyErr_GetRaisedException(void)
{
    PyObject *error = runtime_current->current_exception;
    runtime_current->current_exception = NULL;
    return error;
}

void PyErr_SetRaisedException(PyObject *error)
{
    PyObject *old = runtime_current->current_exception;
    runtime_current->current_exception = error;
    Py_XDECREF(old);
}

void PyErr_Clear(void) { PyErr_SetRaisedException(NULL); }

/* An instance of `type` made from `value`: itself, a call without arguments, with a tuple of them, or with one. New reference. */
static PyObject *make_exception(PyObject *type, PyObject *value)
{
    PyObject *error;
    if (value && PyExceptionInstance_Check(value) && PyObject_TypeCheck(value, (PyTypeObject *)type))
        return Py_NewRef(value);
    if (!value || Py_IsNone(value))
        error = PyObject_CallNoArgs(type);
    else if (PyTuple_Check(value))
        error = PyObject_Call(type, value, NULL);
    else
        error = PyObject_CallOneArg(type, value);
    if (error && !PyExceptionInstance_Check(error)) {
        PyErr_Format(PyExc_TypeError, "calling %R should have returned an instance of BaseException, not %s", type,
                     Py_TYPE(error)->tp_name);
        Py_CLEAR(error);
    }
    return error;
}

static PyObject *handled(void)
{
    _PyErr_StackItem *item = runtime_current->exc_info;
    while (item && (!item->exc_value || Py_IsNone(item->exc_value)))
        item = item->previous_item;
    return item ? item->exc_value : NULL;
}

/* The exception being handled becomes the new one's context; a chain that would come back to the new one is cut before that. */
static void set_context(PyObject *error)
{
    PyObject *context = handled();
    if (!context || context == error)
        return;
    for (PyBaseExceptionObject *at = (PyBaseExceptionObject *)context; at->context; at = (PyBaseExceptionObject *)at->context) {
        if (at->context == error) {
            Py_CLEAR(at->context);
            break;
        }
    }
    PyException_SetContext(error, Py_NewRef(context));
}

void PyErr_SetObject(PyObject *type, PyObject *value)
{
    if (!type || !PyExceptionClass_Check(type)) {
        PyErr_Format(PyExc_SystemError, "exception %R not a BaseException subclass", type ? type : Py_None);
        return;
    }
    PyErr_Clear();
    PyObject *error = make_exception(type, value);
    if (!error)
        return;
    set_context(error);
    PyErr_SetRaisedException(error);
}

void PyErr_SetNone(PyObject *type) { PyErr_SetObject(type, NULL); }

void PyErr_SetString(PyObject *type, const char *text)
{
    PyObject *value = PyUnicode_FromString(text);
    if (value)
        PyErr_SetObject(type, value);
    Py_XDECREF(value);
}

PyObject *PyErr_FormatV(PyObject *type, const char *format, va_list arguments)
{
    PyErr_Clear();
    PyObject *text = PyUnicode_FromFormatV(format, arguments);
    if (text)
        PyErr_SetObject(type, text);
    Py_XDECREF(text);
    return NULL;
}

PyObject *PyErr_Format(PyObject *type, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyErr_FormatV(type, format, arguments);
    va_end(arguments);
    return NULL;
}

/* A new exception caused by the one in flight. */
PyObject *_PyErr_FormatFromCause(PyObject *type, const char *format, ...)
{
    PyObject *cause = PyErr_GetRaisedException();
    va_list arguments;
    va_start(arguments, format);
    PyErr_FormatV(type, format, arguments);
    va_end(arguments);
    PyObject *error = PyErr_GetRaisedException();
    if (error && cause) {
        PyException_SetCause(error, Py_NewRef(cause));
        PyException_SetContext(error, Py_NewRef(cause));
    }
    Py_XDECREF(cause);
    PyErr_SetRaisedException(error);
    return NULL;
}

/* Memory is full: an instance is kept for that, so that raising it needs none. */
static PyObject *spare_memory_error;

PyObject *PyErr_NoMemory(void)
{
    PyErr_Clear();
    if (!spare_memory_error)
        Py_FatalError("memory ran out before the runtime had started");
    if (Py_REFCNT(spare_memory_error) == 1)
        PyException_SetTraceback(spare_memory_error, NULL);
    PyErr_SetRaisedException(Py_NewRef(spare_memory_error));
    return NULL;
}

int _PyErr_Init(void)
{
    spare_memory_error = PyObject_CallNoArgs(PyExc_MemoryError);
    return spare_memory_error ? 0 : -1;
}

void _PyErr_Fini(void) { Py_CLEAR(spare_memory_error); }

int PyErr_BadArgument(void)
{
    PyErr_SetString(PyExc_TypeError, "bad argument type for built-in operation");
    return 0;
}

void _PyErr_BadInternalCall(const char *file, int line)
{
    PyErr_Format(PyExc_SystemError, "%s:%d: bad argument to internal function", file, line);
}

void PyErr_BadInternalCall_(const char *file, int line) { _PyErr_BadInternalCall(file, line); }

PyObject *PyErr_SetImportError(PyObject *message, PyObject *name, PyObject *path)
{
    PyObject *args = PyTuple_Pack(1, message), *kwargs = args ? PyDict_New() : NULL, *error = NULL;
    if (kwargs && PyDict_SetItemString(kwargs, "name", name ? name : Py_None) == 0 &&
        PyDict_SetItemString(kwargs, "path", path ? path : Py_None) == 0)
        error = PyObject_Call(PyExc_ImportError, args, kwargs);
    if (error)
        PyErr_SetObject(PyExc_ImportError, error);
    Py_XDECREF(error);
    Py_XDECREF(args);
    Py_XDECREF(kwargs);
    return NULL;
}

/* The key itself, not what a tuple as key would unpack to. */
void _PyErr_SetKeyError(PyObject *key)
{
    PyObject *error = PyObject_CallOneArg(PyExc_KeyError, key);
    if (error)
        PyErr_SetObject(PyExc_KeyError, error);
    Py_XDECREF(error);
}

PyObject *_PyErr_SetOSError(int number, const char *text)
{
    PyObject *args = Py_BuildValue("is", number, text);
    if (args)
        PyErr_SetObject(PyExc_OSError, args);
    Py_XDECREF(args);
    return NULL;
}

PyObject *_PyNotImplementedFeature(const char *what)
{
    PyErr_SetString(PyExc_NotImplementedError, what);
    return NULL;
}

int PyErr_CheckSignals(void) { return 0; }

/* ---- matching ---- */

int PyErr_GivenExceptionMatches(PyObject *error, PyObject *type)
{
    if (!error || !type)
        return 0;
    if (PyTuple_Check(type)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type); i++) {
            if (PyErr_GivenExceptionMatches(error, PyTuple_GET_ITEM(type, i)))
                return 1;
        }
        return 0;
    }
    if (PyExceptionInstance_Check(error))
        error = PyExceptionInstance_Class(error);
    if (PyExceptionClass_Check(error) && PyExceptionClass_Check(type))
        return PyType_IsSubtype((PyTypeObject *)error, (PyTypeObject *)type);
    return error == type;
}

int PyErr_ExceptionMatches(PyObject *type) { return PyErr_GivenExceptionMatches(runtime_current->current_exception, type); }

/* ---- the triples of before 3.12 ---- */

void PyErr_Fetch(PyObject **type, PyObject **value, PyObject **traceback)
{
    *value = PyErr_GetRaisedException();
    *type = *value ? Py_NewRef(Py_TYPE(*value)) : NULL;
    *traceback = *value ? PyException_GetTraceback(*value) : NULL;
}

void PyErr_NormalizeException(PyObject **type, PyObject **value, PyObject **traceback)
{
    if (!*type || !PyExceptionClass_Check(*type))
        return;
    PyObject *error = make_exception(*type, *value);
    if (!error) {
        PyErr_Fetch(type, value, traceback);
        return;
    }
    Py_XSETREF(*value, error);
    Py_SETREF(*type, Py_NewRef(Py_TYPE(error)));
}

void PyErr_Restore(PyObject *type, PyObject *value, PyObject *traceback)
{
    PyObject *error = type ? make_exception(type, value) : NULL;
    if (error && traceback)
        PyException_SetTraceback(error, traceback);
    if (error || !type)
        PyErr_SetRaisedException(error);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

/* ---- the exceptions being handled ---- */

PyObject *PyErr_GetHandledException(void)
{
    PyObject *error = handled();
    return Py_XNewRef(error);
}

void PyErr_SetHandledException(PyObject *error)
{
    PyObject *old = runtime_current->exc_info->exc_value;
    runtime_current->exc_info->exc_value = Py_XNewRef(error && !Py_IsNone(error) ? error : NULL);
    Py_XDECREF(old);
}

void PyErr_GetExcInfo(PyObject **type, PyObject **value, PyObject **traceback)
{
    *value = PyErr_GetHandledException();
    *type = *value ? Py_NewRef(Py_TYPE(*value)) : NULL;
    *traceback = *value ? PyException_GetTraceback(*value) : NULL;
}

void PyErr_SetExcInfo(PyObject *type, PyObject *value, PyObject *traceback)
{
    PyErr_SetHandledException(value);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

/* An earlier exception, whose reference is taken, becomes the context of the one in flight; or is in flight again, if there is none. */
void _PyErr_ChainExceptions1(PyObject *error)
{
    if (!error)
        return;
    if (!PyErr_Occurred()) {
        PyErr_SetRaisedException(error);
        return;
    }
    PyObject *later = PyErr_GetRaisedException();
    PyException_SetContext(later, error);
    PyErr_SetRaisedException(later);
}

/* ---- StopIteration's value ---- */

/* Raise StopIteration(value), where value may be a tuple or an exception and still is one argument. */
int _PyGen_SetStopIterationValue(PyObject *value)
{
    if (!value || (!PyTuple_Check(value) && !PyExceptionInstance_Check(value))) {
        PyErr_SetObject(PyExc_StopIteration, value);
        return 0;
    }
    PyObject *error = PyObject_CallOneArg(PyExc_StopIteration, value);
    if (!error)
        return -1;
    PyErr_SetObject(PyExc_StopIteration, error);
    Py_DECREF(error);
    return 0;
}

/* What an iterator's end brought: None without an exception, StopIteration's value. 0, or -1 with another exception. */
int _PyGen_FetchStopIterationValue(PyObject **value)
{
    *value = NULL;
    if (!PyErr_Occurred()) {
        *value = Py_NewRef(Py_None);
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return -1;
    PyObject *error = PyErr_GetRaisedException(), *held = ((PyStopIterationObject *)error)->value;
    *value = Py_NewRef(held ? held : Py_None);
    Py_DECREF(error);
    return 0;
}

/* ---- a new exception class ---- */

PyObject *PyErr_NewException(const char *name, PyObject *base, PyObject *dict)
{
    const char *dot = strrchr(name, '.');
    if (!dot) {
        PyErr_SetString(PyExc_SystemError, "PyErr_NewException: name must be module.class");
        return NULL;
    }
    PyObject *names = dict ? PyDict_Copy(dict) : PyDict_New(), *bases = NULL, *result = NULL;
    PyObject *module = PyUnicode_FromStringAndSize(name, dot - name);
    base = base ? base : PyExc_Exception;
    bases = PyTuple_Check(base) ? Py_NewRef(base) : PyTuple_Pack(1, base);
    if (names && module && bases && PyDict_SetItemString(names, "__module__", module) == 0)
        result = PyObject_CallFunction((PyObject *)&PyType_Type, "sOO", dot + 1, bases, names);
    Py_XDECREF(names);
    Py_XDECREF(module);
    Py_XDECREF(bases);
    return result;
}

/* ---- showing ---- */

static void write_text(const char *text) { runtime_write(text, (Py_ssize_t)strlen(text)); }

/* Write a str; whatever cannot be shown is said to be so. Takes the reference. */
static void write_object(PyObject *text, const char *otherwise)
{
    Py_ssize_t size;
    const char *utf8 = text ? PyUnicode_AsUTF8AndSize(text, &size) : NULL;
    if (utf8)
        runtime_write(utf8, size);
    else
        write_text(otherwise);
    if (!utf8)
        PyErr_Clear();
    Py_XDECREF(text);
}

/* `module.` unless it is builtins or __main__, then the class's name. */
static void write_class(PyObject *error)
{
    PyObject *type = (PyObject *)Py_TYPE(error), *module = PyObject_GetAttrString(type, "__module__");
    if (module && PyUnicode_Check(module) && !PyUnicode_EqualToUTF8(module, "builtins") &&
        !PyUnicode_EqualToUTF8(module, "__main__")) {
        write_object(Py_NewRef(module), "?");
        write_text(".");
    }
    PyErr_Clear();
    Py_XDECREF(module);
    write_object(PyObject_GetAttrString(type, "__qualname__"), Py_TYPE(error)->tp_name);
}

static void write_notes(PyObject *error)
{
    PyObject *notes;
    if (PyObject_GetOptionalAttrString(error, "__notes__", &notes) <= 0) {
        PyErr_Clear();
        return;
    }
    for (Py_ssize_t i = 0; PyList_Check(notes) && i < PyList_GET_SIZE(notes); i++) {
        write_object(PyObject_Str(PyList_GET_ITEM(notes, i)), "<note str() failed>");
        write_text("\n");
    }
    Py_DECREF(notes);
}

/* One exception: its traceback, class, text and notes. */
static void write_one(PyObject *error)
{
    PyObject *traceback = ((PyBaseExceptionObject *)error)->traceback;
    if (traceback)
        PyTraceBack_Print(traceback, NULL);
    write_class(error);
    PyObject *text = PyObject_Str(error);
    if (!text || PyUnicode_GET_LENGTH(text)) {
        write_text(": ");
        write_object(text, "<exception str() failed>");
    } else {
        Py_DECREF(text);
    }
    write_text("\n");
    write_notes(error);
}

/* What came before `error` and is shown with it, or NULL; *how is the line between. */
static PyObject *predecessor(PyObject *error, const char **how)
{
    PyBaseExceptionObject *base = (PyBaseExceptionObject *)error;
    if (base->cause) {
        *how = "\nThe above exception was the direct cause of the following exception:\n\n";
        return base->cause;
    }
    *how = "\nDuring handling of the above exception, another exception occurred:\n\n";
    return base->suppress_context ? NULL : base->context;
}

void _PyErr_PrintException(PyObject *error)
{
    PyObject *chain[MAX_CHAIN];
    const char *how[MAX_CHAIN];
    int length = 0;
    for (PyObject *at = error; at && length < MAX_CHAIN; length++) {
        bool seen = false;
        for (int i = 0; i < length; i++)
            seen = seen || chain[i] == at;
        if (seen)
            break;
        chain[length] = at;
        at = predecessor(at, &how[length]);
    }
    for (int i = length; i-- > 0;) {
        if (i < length - 1)
            write_text(how[i]);
        write_one(chain[i]);
    }
}

void PyErr_DisplayException(PyObject *error) { _PyErr_PrintException(error); }

void PyErr_Display(PyObject *Py_UNUSED(type), PyObject *value, PyObject *Py_UNUSED(traceback))
{
    if (value && PyExceptionInstance_Check(value))
        _PyErr_PrintException(value);
}

void PyErr_PrintEx(int Py_UNUSED(set_sys_last))
{
    PyObject *error = PyErr_GetRaisedException();
    if (error)
        _PyErr_PrintException(error);
    Py_XDECREF(error);
}

void PyErr_Print(void) { PyErr_PrintEx(1); }

/* An exception that nobody can catch, in a destructor or a callback. */
void PyErr_WriteUnraisable(PyObject *op)
{
    PyObject *error = PyErr_GetRaisedException();
    if (!error)
        return;
    write_text("Exception ignored in: ");
    write_object(op ? PyObject_Repr(op) : NULL, op ? "<object repr() failed>" : "?");
    write_text("\n");
    _PyErr_PrintException(error);
    Py_DECREF(error);
}

void PyErr_FormatUnraisable(const char *format, ...)
{
    PyObject *error = PyErr_GetRaisedException();
    va_list arguments;
    va_start(arguments, format);
    write_object(PyUnicode_FromFormatV(format, arguments), "Exception ignored");
    va_end(arguments);
    write_text(":\n");
    if (error)
        _PyErr_PrintException(error);
    Py_XDECREF(error);
}

/* ---- warnings: a line each, with no filters ---- */

int PyErr_WarnEx(PyObject *category, const char *text, Py_ssize_t Py_UNUSED(stack_level))
{
    write_text(category ? ((PyTypeObject *)category)->tp_name : "RuntimeWarning");
    write_text(": ");
    write_text(text);
    write_text("\n");
    return 0;
}

int PyErr_WarnExplicit(PyObject *category, const char *text, const char *Py_UNUSED(file), int Py_UNUSED(line),
                       const char *Py_UNUSED(module), PyObject *Py_UNUSED(registry))
{
    return PyErr_WarnEx(category, text, 1);
}

int PyErr_WarnFormat(PyObject *category, Py_ssize_t stack_level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyObject *text = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
    int status = utf8 ? PyErr_WarnEx(category, utf8, stack_level) : -1;
    Py_XDECREF(text);
    return status;
}
