/* print() */
#include "builtins.h"

/* Writes one piece: text goes straight to a file's write method. */
static int write_piece(PyObject *file, PyObject *piece)
{
    PyObject *text = PyObject_Str(piece);
    PyObject *result = text ? _PyObject_CallMethod1(file, "write", text) : NULL;

    Py_XDECREF(text);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

static int write_text(PyObject *file, PyObject *given, const char *usual)
{
    PyObject *text = given ? Py_NewRef(given) : PyUnicode_FromString(usual);
    int status = text ? write_piece(file, text) : -1;
    Py_XDECREF(text);
    return status;
}

static int write_all(PyObject *file, PyObject *args, PyObject *separator, PyObject *end)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        if (i && write_text(file, separator, " ") < 0)
            return -1;
        if (write_piece(file, PyTuple_GET_ITEM(args, i)) < 0)
            return -1;
    }
    return write_text(file, end, "\n");
}

/* sep and end: None is as good as absent, anything else must be a str */
static int check_text(PyObject **text, const char *name)
{
    if (*text && Py_IsNone(*text))
        *text = NULL;
    if (!*text || PyUnicode_Check(*text))
        return 0;
    PyErr_Format(PyExc_TypeError, "%s must be None or a string, not %.200s", name, Py_TYPE(*text)->tp_name);
    return -1;
}

static PyObject *builtin_print(PyObject *module, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"sep", "end", "file", "flush", NULL};
    PyObject *separator = NULL, *end = NULL, *file = NULL, *flushed, *none;
    int flush = 0, status = 0;

    (void)module;
    none = PyTuple_New(0);
    if (!none)
        return NULL;
    if (kwds)
        status = !PyArg_ParseTupleAndKeywords(none, kwds, "|$OOOp:print", names, &separator, &end, &file, &flush);
    Py_DECREF(none);
    if (status || check_text(&separator, "sep") < 0 || check_text(&end, "end") < 0)
        return NULL;
    if (!file || Py_IsNone(file)) {
        file = PySys_GetObject("stdout");
        if (!file) {
            PyErr_SetString(PyExc_RuntimeError, "lost sys.stdout");
            return NULL;
        }
        if (Py_IsNone(file))
            Py_RETURN_NONE;
    }
    /* writing may rebind sys.stdout */
    Py_INCREF(file);
    status = write_all(file, args, separator, end);
    if (!status && flush) {
        flushed = _PyObject_CallMethod0(file, "flush");
        status = flushed ? 0 : -1;
        Py_XDECREF(flushed);
    }
    Py_DECREF(file);
    return status ? NULL : Py_NewRef(Py_None);
}

static PyMethodDef print_functions[] = {
    {"print", _PyCFunction_CAST(builtin_print), METH_VARARGS | METH_KEYWORDS,
     "print(*values, sep=' ', end='\\n', file=sys.stdout, flush=False)"},
    {NULL, NULL, 0, NULL},
};

int runtime_add_print(PyObject *module)
{
    return PyModule_AddFunctions(module, print_functions);
}
