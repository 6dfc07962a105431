/* The module sys, but for sys.modules, which import.c keeps. */
#include "builtins.h"

/* Records: tuples whose items have names, such as sys.version_info. A class of them has at most this many items. */
#define RECORD_ITEMS 9

struct record {
    PyTypeObject type;
    const char *const *names;       /* ends with NULL */
    PyGetSetDef getters[RECORD_ITEMS + 1];
};

static PyObject *record_get(PyObject *op, void *index)
{
    return PySequence_GetItem(op, (Py_ssize_t)(intptr_t)index);
}

static PyObject *record_repr(PyObject *op)
{
    const struct record *kind = (const struct record *)Py_TYPE(op);
    PyObject *text = PyUnicode_FromFormat("%s(", kind->type.tp_name);

    for (Py_ssize_t i = 0; text && kind->names[i]; i++)
        PyUnicode_AppendAndDel(&text, PyUnicode_FromFormat(i ? ", %s=%R" : "%s=%R", kind->names[i], PyTuple_GET_ITEM(op, i)));
    if (text)
        PyUnicode_AppendAndDel(&text, PyUnicode_FromString(")"));
    return text;
}

static int record_ready(struct record *kind)
{
    int count = 0;

    for (; kind->names[count]; count++)
        kind->getters[count] = (PyGetSetDef){kind->names[count], record_get, NULL, NULL, (void *)(intptr_t)count};
    kind->type.tp_base = &PyTuple_Type;
    kind->type.tp_basicsize = PyTuple_Type.tp_basicsize;
    kind->type.tp_itemsize = PyTuple_Type.tp_itemsize;
    kind->type.tp_getset = kind->getters;
    kind->type.tp_repr = record_repr;
    return PyType_Ready(&kind->type);
}

/* Adds sys.<name>, a record of the tuple's items; takes over the tuple. */
static int record_add(PyObject *module, const char *name, struct record *kind, PyObject *items)
{
    PyObject *arguments = items && record_ready(kind) == 0 ? PyTuple_Pack(1, items) : NULL;
    PyObject *made = arguments ? PyTuple_Type.tp_new(&kind->type, arguments, NULL) : NULL;
    int status = made ? PyModule_AddObjectRef(module, name, made) : -1;

    Py_XDECREF(items);
    Py_XDECREF(arguments);
    Py_XDECREF(made);
    return status;
}

#define RECORD_TYPE(text)                                                                                       \
    {PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = (text),                                                   \
     .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION}

static const char *const version_names[] = {"major", "minor", "micro", "releaselevel", "serial", NULL};
static struct record version_info = {.type = RECORD_TYPE("sys.version_info"), .names = version_names};
static const char *const float_names[] = {"max", "min", "dig", "mant_dig", "epsilon", "max_exp", "min_exp", "radix", NULL};
static struct record float_info = {.type = RECORD_TYPE("sys.float_info"), .names = float_names};
static const char *const hash_names[] = {"width", "modulus", "inf", "nan", "imag", "algorithm", "hash_bits", "seed_bits", NULL};
static struct record hash_info = {.type = RECORD_TYPE("sys.hash_info"), .names = hash_names};
static const char *const implementation_names[] = {"name", "cache_tag", "version", "hexversion", NULL};
static struct record implementation = {.type = RECORD_TYPE("sys.implementation"), .names = implementation_names};

/* sys.stdout and sys.stderr: the console. */

static PyObject *console_write(PyObject *self, PyObject *text)
{
    Py_ssize_t size;

    (void)self;
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "write() argument must be str, not %.200s", Py_TYPE(text)->tp_name);
        return NULL;
    }
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &size);
    if (!bytes)
        return NULL;
    runtime_write(bytes, size);
    return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text));
}

static PyObject *console_flush(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    Py_RETURN_NONE;
}

static PyObject *console_isatty(PyObject *self, PyObject *unused)
{
    (void)self;
    (void)unused;
    Py_RETURN_FALSE;
}

static PyObject *console_encoding(PyObject *self, void *unused)
{
    (void)self;
    (void)unused;
    return PyUnicode_FromString("utf-8");
}

static PyMethodDef console_methods[] = {
    {"write", console_write, METH_O, "write(text): to the console; the number of characters."},
    {"flush", console_flush, METH_NOARGS, NULL},
    {"isatty", console_isatty, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef console_getters[] = {
    {"encoding", console_encoding, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyTypeObject console_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "sys.Console",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = console_methods,
    .tp_getset = console_getters,
};

static PyObject console = {PY_STATIC_REFCNT, &console_type};

static PyObject *sys_exit(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (_PyArg_CheckPositional("exit", nargs, 0, 1))
        PyErr_SetObject(PyExc_SystemExit, nargs ? args[0] : Py_None);
    return NULL;
}

static PyObject *sys_exc_info(PyObject *module, PyObject *unused)
{
    PyObject *type, *value, *traceback, *result;

    (void)module;
    (void)unused;
    PyErr_GetExcInfo(&type, &value, &traceback);
    result = PyTuple_Pack(3, type ? type : Py_None, value ? value : Py_None, traceback ? traceback : Py_None);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return result;
}

static PyObject *sys_exception(PyObject *module, PyObject *unused)
{
    PyObject *error = PyErr_GetHandledException();
    (void)module;
    (void)unused;
    return error ? error : Py_NewRef(Py_None);
}

static PyObject *sys_getrefcount(PyObject *module, PyObject *op)
{
    (void)module;
    return PyLong_FromSsize_t(Py_REFCNT(op));
}

static PyObject *sys_getrecursionlimit(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromLong(Py_GetRecursionLimit());
}

static PyObject *sys_setrecursionlimit(PyObject *module, PyObject *limit)
{
    (void)module;
    (void)limit;
    return _PyNotImplementedFeature("sys.setrecursionlimit");
}

static PyObject *sys_getframe(PyObject *module, PyObject *args)
{
    (void)module;
    (void)args;
    return _PyNotImplementedFeature("sys._getframe");
}

static PyObject *sys_intern(PyObject *module, PyObject *text)
{
    (void)module;
    if (!PyUnicode_CheckExact(text)) {
        PyErr_Format(PyExc_TypeError, "can't intern %.400s", Py_TYPE(text)->tp_name);
        return NULL;
    }
    Py_INCREF(text);
    PyUnicode_InternInPlace(&text);
    return text;
}

static PyObject *sys_getdefaultencoding(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyUnicode_FromString("utf-8");
}

static PyObject *sys_thread_ident(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    return PyLong_FromUnsignedLong(PyThread_get_thread_ident());
}

static PyMethodDef sys_functions[] = {
    {"_thread_ident", sys_thread_ident, METH_NOARGS, "_thread_ident(): tells threads apart, for threading."},
    {"_getframe", sys_getframe, METH_VARARGS, NULL},
    {"exc_info", sys_exc_info, METH_NOARGS, "exc_info(): type, value and traceback of the exception being handled."},
    {"exception", sys_exception, METH_NOARGS, "exception(): the exception being handled, or None."},
    {"exit", _PyCFunction_CAST(sys_exit), METH_FASTCALL, "exit(status=None): raises SystemExit."},
    {"getdefaultencoding", sys_getdefaultencoding, METH_NOARGS, NULL},
    {"getrecursionlimit", sys_getrecursionlimit, METH_NOARGS, NULL},
    {"getrefcount", sys_getrefcount, METH_O, "getrefcount(x): references to x."},
    {"intern", sys_intern, METH_O, "intern(text): the one copy of it that is kept."},
    {"setrecursionlimit", sys_setrecursionlimit, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static int add_records(PyObject *module)
{
    if (record_add(module, "version_info", &version_info,
                   Py_BuildValue("(iiisi)", PY_MAJOR_VERSION, PY_MINOR_VERSION, PY_MICRO_VERSION, "final", 0)) < 0)
        return -1;
    if (record_add(module, "float_info", &float_info,
                   Py_BuildValue("(ddiidiii)", DBL_MAX, DBL_MIN, DBL_DIG, DBL_MANT_DIG, DBL_EPSILON, DBL_MAX_EXP, DBL_MIN_EXP,
                                 FLT_RADIX)) < 0)
        return -1;
    if (record_add(module, "hash_info", &hash_info,
                   Py_BuildValue("(inlllsii)", 64, (Py_ssize_t)_PyHASH_MODULUS, (long)_PyHASH_INF, 0L, 1000003L, "siphash13", 64,
                                 128)) < 0)
        return -1;
    return record_add(module, "implementation", &implementation,
                      Py_BuildValue("(sOOl)", "pynet", Py_None, PySys_GetObject("version_info"), (long)PY_VERSION_HEX));
}

static int add_values(PyObject *module)
{
    if (PyModule_Add(module, "maxsize", PyLong_FromSsize_t(PY_SSIZE_T_MAX)) < 0
        || PyModule_AddIntConstant(module, "maxunicode", 0x10ffff) < 0
        || PyModule_AddIntConstant(module, "hexversion", PY_VERSION_HEX) < 0
        || PyModule_AddStringConstant(module, "version", PY_VERSION " (pynet)") < 0
        || PyModule_AddStringConstant(module, "byteorder", "little") < 0
        || PyModule_AddStringConstant(module, "platform", "pynet") < 0
        || PyModule_AddStringConstant(module, "executable", "") < 0)
        return -1;
    if (PyModule_Add(module, "path", PyList_New(0)) < 0 || PyModule_Add(module, "argv", PyList_New(0)) < 0
        || PyModule_Add(module, "warnoptions", PyList_New(0)) < 0)
        return -1;
    return PyModule_AddObjectRef(module, "stdin", Py_None);
}

static int add_console(PyObject *module)
{
    static const char *const names[] = {"stdout", "stderr", "__stdout__", "__stderr__"};

    if (PyType_Ready(&console_type) < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++)
        if (PyModule_AddObjectRef(module, names[i], &console) < 0)
            return -1;
    return 0;
}

int _PySys_Init(PyObject *module)
{
    if (PyModule_AddFunctions(module, sys_functions) < 0 || add_console(module) < 0 || add_values(module) < 0)
        return -1;
    return add_records(module);
}
