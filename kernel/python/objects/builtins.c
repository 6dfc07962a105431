/* The module builtins: its functions (arithmetic and print stand in files of their own), types, exceptions, constants. */
#include "builtins.h"

static PyObject *builtin_all(PyObject *module, PyObject *iterable)
{
    PyObject *iterator = PyObject_GetIter(iterable), *item;
    int truth = 1;

    (void)module;
    if (!iterator)
        return NULL;
    while (truth > 0 && (item = PyIter_Next(iterator))) {
        truth = PyObject_IsTrue(item);
        Py_DECREF(item);
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? NULL : PyBool_FromLong(truth);
}

static PyObject *builtin_any(PyObject *module, PyObject *iterable)
{
    PyObject *iterator = PyObject_GetIter(iterable), *item;
    int truth = 0;

    (void)module;
    if (!iterator)
        return NULL;
    while (truth == 0 && (item = PyIter_Next(iterator))) {
        truth = PyObject_IsTrue(item);
        Py_DECREF(item);
    }
    Py_DECREF(iterator);
    return PyErr_Occurred() ? NULL : PyBool_FromLong(truth);
}

static PyObject *builtin_ascii(PyObject *module, PyObject *op)
{
    (void)module;
    return PyObject_ASCII(op);
}

static PyObject *builtin_callable(PyObject *module, PyObject *op)
{
    (void)module;
    return PyBool_FromLong(PyCallable_Check(op));
}

static PyObject *builtin_chr(PyObject *module, PyObject *op)
{
    int overflow;
    long number;
    PyObject *index = PyNumber_Index(op);

    (void)module;
    if (!index)
        return NULL;
    number = PyLong_AsLongAndOverflow(index, &overflow);
    Py_DECREF(index);
    if (overflow || number < INT_MIN || number > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C int");
        return NULL;
    }
    return PyUnicode_FromOrdinal((int)number);
}

static PyObject *bad_ord_size(Py_ssize_t size)
{
    PyErr_Format(PyExc_TypeError, "ord() expected a character, but string of length %zd found", size);
    return NULL;
}

static PyObject *builtin_ord(PyObject *module, PyObject *op)
{
    (void)module;
    if (PyUnicode_Check(op)) {
        Py_ssize_t size = PyUnicode_GET_LENGTH(op);
        return size == 1 ? PyLong_FromLong((long)PyUnicode_READ_CHAR(op, 0)) : bad_ord_size(size);
    }
    if (PyBytes_Check(op))
        return PyBytes_GET_SIZE(op) == 1 ? PyLong_FromLong((unsigned char)*PyBytes_AS_STRING(op))
                                         : bad_ord_size(PyBytes_GET_SIZE(op));
    if (PyByteArray_Check(op))
        return PyByteArray_GET_SIZE(op) == 1 ? PyLong_FromLong((unsigned char)*PyByteArray_AS_STRING(op))
                                             : bad_ord_size(PyByteArray_GET_SIZE(op));
    PyErr_Format(PyExc_TypeError, "ord() expected string of length 1, but %.200s found", Py_TYPE(op)->tp_name);
    return NULL;
}

static PyObject *builtin_dir(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (!_PyArg_CheckPositional("dir", nargs, 0, 1))
        return NULL;
    return nargs ? PyObject_Dir(args[0]) : _PyNotImplementedFeature("dir() without an argument");
}

static PyObject *builtin_vars(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *dict;

    (void)module;
    if (!_PyArg_CheckPositional("vars", nargs, 0, 1))
        return NULL;
    if (!nargs)
        return _PyNotImplementedFeature("vars() without an argument");
    if (PyObject_GetOptionalAttrString(args[0], "__dict__", &dict) == 0)
        PyErr_SetString(PyExc_TypeError, "vars() argument must have __dict__ attribute");
    return dict;
}

static PyObject *builtin_format(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (!_PyArg_CheckPositional("format", nargs, 1, 2))
        return NULL;
    if (nargs == 2 && !PyUnicode_Check(args[1])) {
        PyErr_Format(PyExc_TypeError, "format() argument 2 must be str, not %.50s", Py_TYPE(args[1])->tp_name);
        return NULL;
    }
    return PyObject_Format(args[0], nargs == 2 ? args[1] : NULL);
}

static int check_name(const char *function, PyObject *name)
{
    if (PyUnicode_Check(name))
        return 1;
    PyErr_Format(PyExc_TypeError, "%s(): attribute name must be string", function);
    return 0;
}

static PyObject *builtin_getattr(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *value;

    (void)module;
    if (!_PyArg_CheckPositional("getattr", nargs, 2, 3) || !check_name("getattr", args[1]))
        return NULL;
    if (nargs == 2)
        return PyObject_GetAttr(args[0], args[1]);
    if (PyObject_GetOptionalAttr(args[0], args[1], &value) == 0)
        return Py_NewRef(args[2]);
    return value;
}

static PyObject *builtin_hasattr(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int found;

    (void)module;
    if (!_PyArg_CheckPositional("hasattr", nargs, 2, 2) || !check_name("hasattr", args[1]))
        return NULL;
    found = PyObject_HasAttrWithError(args[0], args[1]);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

static PyObject *builtin_setattr(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (!_PyArg_CheckPositional("setattr", nargs, 3, 3) || PyObject_SetAttr(args[0], args[1], args[2]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *builtin_delattr(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (!_PyArg_CheckPositional("delattr", nargs, 2, 2) || PyObject_DelAttr(args[0], args[1]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *builtin_hash(PyObject *module, PyObject *op)
{
    Py_hash_t hash = PyObject_Hash(op);
    (void)module;
    return hash == -1 ? NULL : PyLong_FromSsize_t(hash);
}

static PyObject *builtin_id(PyObject *module, PyObject *op)
{
    (void)module;
    return PyLong_FromVoidPtr(op);
}

static PyObject *builtin_isinstance(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int answer;

    (void)module;
    if (!_PyArg_CheckPositional("isinstance", nargs, 2, 2))
        return NULL;
    answer = PyObject_IsInstance(args[0], args[1]);
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static PyObject *builtin_issubclass(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int answer;

    (void)module;
    if (!_PyArg_CheckPositional("issubclass", nargs, 2, 2))
        return NULL;
    answer = PyObject_IsSubclass(args[0], args[1]);
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static PyObject *builtin_iter(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (!_PyArg_CheckPositional("iter", nargs, 1, 2))
        return NULL;
    if (nargs == 1)
        return PyObject_GetIter(args[0]);
    if (!PyCallable_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "iter(v, w): v must be callable");
        return NULL;
    }
    return PyCallIter_New(args[0], args[1]);
}

static PyObject *builtin_next(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *item;

    (void)module;
    if (!_PyArg_CheckPositional("next", nargs, 1, 2))
        return NULL;
    if (!PyIter_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not an iterator", Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    item = Py_TYPE(args[0])->tp_iternext(args[0]);
    if (item)
        return item;
    if (nargs == 1) {
        if (!PyErr_Occurred())
            PyErr_SetNone(PyExc_StopIteration);
        return NULL;
    }
    if (PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_StopIteration))
            return NULL;
        PyErr_Clear();
    }
    return Py_NewRef(args[1]);
}

static PyObject *builtin_aiter(PyObject *module, PyObject *op)
{
    (void)module;
    return PyObject_GetAIter(op);
}

static PyObject *builtin_anext(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    if (!_PyArg_CheckPositional("anext", nargs, 1, 2))
        return NULL;
    if (nargs == 2)
        return _PyNotImplementedFeature("anext() with a default");
    if (!PyAIter_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not an async iterator", Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    return Py_TYPE(args[0])->tp_as_async->am_anext(args[0]);
}

static PyObject *builtin_len(PyObject *module, PyObject *op)
{
    Py_ssize_t length = PyObject_Size(op);
    (void)module;
    return length < 0 ? NULL : PyLong_FromSsize_t(length);
}

static PyObject *builtin_repr(PyObject *module, PyObject *op)
{
    (void)module;
    return PyObject_Repr(op);
}

/* sorted(iterable, key, reverse) is list(iterable) and its sort method with the same keywords. */
static PyObject *builtin_sorted(PyObject *module, PyObject *args, PyObject *kwds)
{
    PyObject *iterable, *list, *sort, *result, *none;

    (void)module;
    if (!PyArg_UnpackTuple(args, "sorted", 1, 1, &iterable))
        return NULL;
    list = PySequence_List(iterable);
    sort = list ? PyObject_GetAttrString(list, "sort") : NULL;
    none = sort ? PyTuple_New(0) : NULL;
    result = none ? PyObject_Call(sort, none, kwds) : NULL;
    Py_XDECREF(sort);
    Py_XDECREF(none);
    if (!result)
        Py_CLEAR(list);
    Py_XDECREF(result);
    return list;
}

static PyObject *builtin_import(PyObject *module, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"name", "globals", "locals", "fromlist", "level", NULL};
    PyObject *name, *globals = NULL, *locals = NULL, *fromlist = NULL;
    int level = 0;

    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "U|OOOi:__import__", names, &name, &globals, &locals, &fromlist, &level))
        return NULL;
    return PyImport_ImportModuleLevelObject(name, globals, locals, fromlist, level);
}

static PyObject *no_compiler(PyObject *self, PyObject *args, PyObject *kwds)
{
    (void)args;
    (void)kwds;
    PyErr_Format(PyExc_NotImplementedError, "%U: no compiler in this runtime", self);
    return NULL;
}

static PyObject *no_files(PyObject *self, PyObject *args, PyObject *kwds)
{
    (void)args;
    (void)kwds;
    PyErr_Format(PyExc_NotImplementedError, "%U: no files and no keyboard in this runtime", self);
    return NULL;
}

static PyMethodDef functions[] = {
    {"__import__", _PyCFunction_CAST(builtin_import), METH_VARARGS | METH_KEYWORDS, NULL},
    {"aiter", builtin_aiter, METH_O, "aiter(x): its asynchronous iterator."},
    {"all", builtin_all, METH_O, "all(iterable): True if no item is false."},
    {"anext", _PyCFunction_CAST(builtin_anext), METH_FASTCALL, "anext(iterator): an awaitable of its next item."},
    {"any", builtin_any, METH_O, "any(iterable): True if an item is true."},
    {"ascii", builtin_ascii, METH_O, "ascii(x): repr with \\x, \\u and \\U for what is not ASCII."},
    {"callable", builtin_callable, METH_O, "callable(x)"},
    {"chr", builtin_chr, METH_O, "chr(n): the character with that code point."},
    {"delattr", _PyCFunction_CAST(builtin_delattr), METH_FASTCALL, "delattr(x, name)"},
    {"dir", _PyCFunction_CAST(builtin_dir), METH_FASTCALL, "dir(x): names of its attributes."},
    {"format", _PyCFunction_CAST(builtin_format), METH_FASTCALL, "format(x, spec='')"},
    {"getattr", _PyCFunction_CAST(builtin_getattr), METH_FASTCALL, "getattr(x, name[, default])"},
    {"hasattr", _PyCFunction_CAST(builtin_hasattr), METH_FASTCALL, "hasattr(x, name)"},
    {"hash", builtin_hash, METH_O, "hash(x)"},
    {"id", builtin_id, METH_O, "id(x): its address."},
    {"isinstance", _PyCFunction_CAST(builtin_isinstance), METH_FASTCALL, "isinstance(x, class or tuple)"},
    {"issubclass", _PyCFunction_CAST(builtin_issubclass), METH_FASTCALL, "issubclass(cls, class or tuple)"},
    {"iter", _PyCFunction_CAST(builtin_iter), METH_FASTCALL, "iter(iterable) or iter(callable, sentinel)"},
    {"len", builtin_len, METH_O, "len(x)"},
    {"next", _PyCFunction_CAST(builtin_next), METH_FASTCALL, "next(iterator[, default])"},
    {"ord", builtin_ord, METH_O, "ord(c): the code point of a character."},
    {"repr", builtin_repr, METH_O, "repr(x)"},
    {"setattr", _PyCFunction_CAST(builtin_setattr), METH_FASTCALL, "setattr(x, name, value)"},
    {"sorted", _PyCFunction_CAST(builtin_sorted), METH_VARARGS | METH_KEYWORDS, "sorted(iterable, /, *, key=None, reverse=False)"},
    {"vars", _PyCFunction_CAST(builtin_vars), METH_FASTCALL, "vars(x): its __dict__."},
    {NULL, NULL, 0, NULL},
};

/* Each gets its own name as self, for the message. */
static PyMethodDef missing_functions[] = {
    {"compile", _PyCFunction_CAST(no_compiler), METH_VARARGS | METH_KEYWORDS, NULL},
    {"eval", _PyCFunction_CAST(no_compiler), METH_VARARGS | METH_KEYWORDS, NULL},
    {"exec", _PyCFunction_CAST(no_compiler), METH_VARARGS | METH_KEYWORDS, NULL},
    {"input", _PyCFunction_CAST(no_files), METH_VARARGS | METH_KEYWORDS, NULL},
    {"open", _PyCFunction_CAST(no_files), METH_VARARGS | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

static const struct {
    const char *name;
    PyTypeObject *type;
} types[] = {
    {"bool", &PyBool_Type}, {"bytearray", &PyByteArray_Type}, {"bytes", &PyBytes_Type},
    {"classmethod", &PyClassMethod_Type}, {"complex", &PyComplex_Type}, {"dict", &PyDict_Type},
    {"enumerate", &PyEnum_Type}, {"filter", &PyFilter_Type}, {"float", &PyFloat_Type},
    {"frozenset", &PyFrozenSet_Type}, {"int", &PyLong_Type}, {"list", &PyList_Type}, {"map", &PyMap_Type},
    {"memoryview", &PyMemoryView_Type}, {"object", &PyBaseObject_Type}, {"property", &PyProperty_Type},
    {"range", &PyRange_Type}, {"reversed", &PyReversed_Type}, {"set", &PySet_Type}, {"slice", &PySlice_Type},
    {"staticmethod", &PyStaticMethod_Type}, {"str", &PyUnicode_Type}, {"super", &PySuper_Type},
    {"tuple", &PyTuple_Type}, {"type", &PyType_Type}, {"zip", &PyZip_Type},
};

static PyObject **const exceptions[] = {
    &PyExc_BaseException, &PyExc_Exception, &PyExc_GeneratorExit, &PyExc_KeyboardInterrupt, &PyExc_SystemExit,
    &PyExc_StopIteration, &PyExc_StopAsyncIteration, &PyExc_ArithmeticError, &PyExc_FloatingPointError,
    &PyExc_OverflowError, &PyExc_ZeroDivisionError, &PyExc_AssertionError, &PyExc_AttributeError, &PyExc_BufferError,
    &PyExc_EOFError, &PyExc_ImportError, &PyExc_ModuleNotFoundError, &PyExc_LookupError, &PyExc_IndexError,
    &PyExc_KeyError, &PyExc_MemoryError, &PyExc_NameError, &PyExc_UnboundLocalError, &PyExc_OSError,
    &PyExc_BlockingIOError, &PyExc_ChildProcessError, &PyExc_ConnectionError, &PyExc_BrokenPipeError,
    &PyExc_ConnectionAbortedError, &PyExc_ConnectionRefusedError, &PyExc_ConnectionResetError, &PyExc_FileExistsError,
    &PyExc_FileNotFoundError, &PyExc_InterruptedError, &PyExc_IsADirectoryError, &PyExc_NotADirectoryError,
    &PyExc_PermissionError, &PyExc_ProcessLookupError, &PyExc_TimeoutError, &PyExc_ReferenceError, &PyExc_RuntimeError,
    &PyExc_NotImplementedError, &PyExc_RecursionError, &PyExc_SyntaxError, &PyExc_IndentationError, &PyExc_TabError,
    &PyExc_SystemError, &PyExc_TypeError, &PyExc_ValueError, &PyExc_UnicodeError, &PyExc_UnicodeDecodeError,
    &PyExc_UnicodeEncodeError, &PyExc_UnicodeTranslateError, &PyExc_Warning, &PyExc_BytesWarning,
    &PyExc_DeprecationWarning, &PyExc_EncodingWarning, &PyExc_FutureWarning, &PyExc_ImportWarning,
    &PyExc_PendingDeprecationWarning, &PyExc_ResourceWarning, &PyExc_RuntimeWarning, &PyExc_SyntaxWarning,
    &PyExc_UnicodeWarning, &PyExc_UserWarning,
};

static PyTypeObject *const own_types[] = {
    &PySlice_Type, &PyEnum_Type, &PyReversed_Type, &PyZip_Type, &PyMap_Type, &PyFilter_Type, &PySeqIter_Type,
    &PyCallIter_Type, &Py_GenericAliasType, &_PyUnion_Type,
};

static int add_types(PyObject *module)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(own_types); i++)
        if (PyType_Ready(own_types[i]) < 0)
            return -1;
    if (_PyRange_Init() < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
        if (PyModule_AddObjectRef(module, types[i].name, (PyObject *)types[i].type) < 0)
            return -1;
    return 0;
}

static int add_exceptions(PyObject *module)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(exceptions); i++)
        if (PyModule_AddObjectRef(module, _PyType_Name((PyTypeObject *)*exceptions[i]), *exceptions[i]) < 0)
            return -1;
    if (PyModule_AddObjectRef(module, "EnvironmentError", PyExc_OSError) < 0)
        return -1;
    return PyModule_AddObjectRef(module, "IOError", PyExc_OSError);
}

static int add_constants(PyObject *module)
{
    if (PyModule_AddObjectRef(module, "None", Py_None) < 0 || PyModule_AddObjectRef(module, "True", Py_True) < 0
        || PyModule_AddObjectRef(module, "False", Py_False) < 0 || PyModule_AddObjectRef(module, "Ellipsis", Py_Ellipsis) < 0
        || PyModule_AddObjectRef(module, "__debug__", Py_True) < 0)
        return -1;
    return PyModule_AddObjectRef(module, "NotImplemented", Py_NotImplemented);
}

static int add_missing(PyObject *module)
{
    for (PyMethodDef *method = missing_functions; method->ml_name; method++) {
        PyObject *name = PyUnicode_FromString(method->ml_name);
        PyObject *function = name ? PyCFunction_NewEx(method, name, NULL) : NULL;
        int status = function ? PyModule_AddObjectRef(module, method->ml_name, function) : -1;
        Py_XDECREF(name);
        Py_XDECREF(function);
        if (status < 0)
            return -1;
    }
    return 0;
}

int _PyBuiltins_Init(PyObject *module)
{
    if (add_types(module) < 0 || add_exceptions(module) < 0 || add_constants(module) < 0)
        return -1;
    if (PyModule_AddFunctions(module, functions) < 0 || runtime_add_arithmetic(module) < 0)
        return -1;
    return runtime_add_print(module) < 0 || add_missing(module) < 0 ? -1 : 0;
}

/* Everything here belongs to the module or is static. */
void _PyBuiltins_Fini(void)
{
}
