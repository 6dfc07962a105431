/* Built-in functions over numbers and over what can be compared. */
#include "builtins.h"

static PyObject *builtin_abs(PyObject *module, PyObject *number)
{
    (void)module;
    return PyNumber_Absolute(number);
}

static PyObject *builtin_bin(PyObject *module, PyObject *number)
{
    (void)module;
    return PyNumber_ToBase(number, 2);
}

static PyObject *builtin_oct(PyObject *module, PyObject *number)
{
    (void)module;
    return PyNumber_ToBase(number, 8);
}

static PyObject *builtin_hex(PyObject *module, PyObject *number)
{
    (void)module;
    return PyNumber_ToBase(number, 16);
}

static PyObject *builtin_divmod(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    (void)module;
    return _PyArg_CheckPositional("divmod", nargs, 2, 2) ? PyNumber_Divmod(args[0], args[1]) : NULL;
}

static PyObject *builtin_pow(PyObject *module, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"base", "exp", "mod", NULL};
    PyObject *base, *exponent, *modulus = Py_None;

    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "OO|O:pow", names, &base, &exponent, &modulus))
        return NULL;
    return PyNumber_Power(base, exponent, modulus);
}

static PyObject *builtin_round(PyObject *module, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"number", "ndigits", NULL};
    PyObject *number, *digits = Py_None, *method, *result;

    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|O:round", names, &number, &digits))
        return NULL;
    method = _PyObject_LookupSpecialName(number, "__round__");
    if (!method) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "type %.100s doesn't define __round__ method", Py_TYPE(number)->tp_name);
        return NULL;
    }
    result = Py_IsNone(digits) ? PyObject_CallNoArgs(method) : PyObject_CallOneArg(method, digits);
    Py_DECREF(method);
    return result;
}

/* sum() refuses what join does better. */
static int refuse_text(PyObject *start)
{
    const char *text = PyUnicode_Check(start)     ? "sum() can't sum strings [use ''.join(seq) instead]"
                       : PyBytes_Check(start)     ? "sum() can't sum bytes [use b''.join(seq) instead]"
                       : PyByteArray_Check(start) ? "sum() can't sum bytearray [use b''.join(seq) instead]"
                                                  : NULL;
    if (text)
        PyErr_SetString(PyExc_TypeError, text);
    return text ? -1 : 0;
}

static PyObject *builtin_sum(PyObject *module, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"", "start", NULL};
    PyObject *iterable, *start = NULL, *iterator, *total, *item;

    (void)module;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O|O:sum", names, &iterable, &start))
        return NULL;
    iterator = PyObject_GetIter(iterable);
    if (!iterator)
        return NULL;
    if (start && refuse_text(start) < 0) {
        Py_DECREF(iterator);
        return NULL;
    }
    total = start ? Py_NewRef(start) : PyLong_FromLong(0);
    while (total && (item = PyIter_Next(iterator))) {
        Py_SETREF(total, PyNumber_Add(total, item));
        Py_DECREF(item);
    }
    Py_DECREF(iterator);
    if (PyErr_Occurred())
        Py_CLEAR(total);
    return total;
}

/* Replaces *best, whose key is *best_key, by item if it wins; takes over item. 0, or -1 with an exception. */
static int challenge(PyObject *item, PyObject *key_function, int op, PyObject **best, PyObject **best_key)
{
    int plain = !key_function || Py_IsNone(key_function);
    PyObject *key = plain ? Py_NewRef(item) : PyObject_CallOneArg(key_function, item);
    int wins = !key ? -1 : !*best ? 1 : PyObject_RichCompareBool(key, *best_key, op);

    if (wins > 0) {
        Py_XSETREF(*best, item);
        Py_XSETREF(*best_key, key);
        return 0;
    }
    Py_DECREF(item);
    Py_XDECREF(key);
    return wins;
}

/* The best of an iterable, NULL without an exception if it is empty. */
static PyObject *best_of(PyObject *iterable, PyObject *key_function, int op)
{
    PyObject *iterator = PyObject_GetIter(iterable), *item, *best = NULL, *best_key = NULL;
    int status = iterator ? 0 : -1;

    while (!status && (item = PyIter_Next(iterator)))
        status = challenge(item, key_function, op, &best, &best_key);
    Py_XDECREF(iterator);
    Py_XDECREF(best_key);
    if (PyErr_Occurred())
        Py_CLEAR(best);
    return best;
}

static PyObject *extreme(PyObject *args, PyObject *kwds, int op)
{
    static char *names[] = {"key", "default", NULL};
    const char *name = op == Py_LT ? "min" : "max";
    PyObject *key_function = NULL, *fallback = NULL, *best, *none = PyTuple_New(0);
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    int parsed;

    if (!none)
        return NULL;
    parsed = !kwds || PyArg_ParseTupleAndKeywords(none, kwds, op == Py_LT ? "|$OO:min" : "|$OO:max", names, &key_function,
                                                  &fallback);
    Py_DECREF(none);
    if (!parsed)
        return NULL;
    if (count == 0)
        return PyErr_Format(PyExc_TypeError, "%s expected at least 1 argument, got 0", name);
    if (count > 1 && fallback)
        return PyErr_Format(PyExc_TypeError, "Cannot specify a default for %s() with multiple positional arguments", name);
    best = best_of(count > 1 ? args : PyTuple_GET_ITEM(args, 0), key_function, op);
    if (best || PyErr_Occurred())
        return best;
    if (fallback)
        return Py_NewRef(fallback);
    return PyErr_Format(PyExc_ValueError, "%s() arg is an empty sequence", name);
}

static PyObject *builtin_min(PyObject *module, PyObject *args, PyObject *kwds)
{
    (void)module;
    return extreme(args, kwds, Py_LT);
}

static PyObject *builtin_max(PyObject *module, PyObject *args, PyObject *kwds)
{
    (void)module;
    return extreme(args, kwds, Py_GT);
}

static PyMethodDef number_functions[] = {
    {"abs", builtin_abs, METH_O, "abs(x): the absolute value."},
    {"bin", builtin_bin, METH_O, "bin(n): '0b...'"},
    {"divmod", _PyCFunction_CAST(builtin_divmod), METH_FASTCALL, "divmod(x, y): (x // y, x % y)"},
    {"hex", builtin_hex, METH_O, "hex(n): '0x...'"},
    {"max", _PyCFunction_CAST(builtin_max), METH_VARARGS | METH_KEYWORDS, "max(iterable or a, b, ..., key=None, default=)"},
    {"min", _PyCFunction_CAST(builtin_min), METH_VARARGS | METH_KEYWORDS, "min(iterable or a, b, ..., key=None, default=)"},
    {"oct", builtin_oct, METH_O, "oct(n): '0o...'"},
    {"pow", _PyCFunction_CAST(builtin_pow), METH_VARARGS | METH_KEYWORDS, "pow(base, exp, mod=None)"},
    {"round", _PyCFunction_CAST(builtin_round), METH_VARARGS | METH_KEYWORDS, "round(number, ndigits=None)"},
    {"sum", _PyCFunction_CAST(builtin_sum), METH_VARARGS | METH_KEYWORDS, "sum(iterable, start=0)"},
    {NULL, NULL, 0, NULL},
};

int runtime_add_arithmetic(PyObject *module)
{
    return PyModule_AddFunctions(module, number_functions);
}
