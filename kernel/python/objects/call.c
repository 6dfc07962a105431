/* Calls: vectorcall (PEP 590) where a callable has it, tp_call with a tuple and a dict where not. */
#include "lookup.h"

/* Arguments that a call from C passes without asking for memory. */
#define SMALL_STACK 8

/* Generated code calls what this returns without asking for leave to recurse: where the stack is low it gets NULL, and so
 * comes to call_slot, which raises. */
vectorcallfunc PyVectorcall_Function(PyObject *callable)
{
    PyTypeObject *type = Py_TYPE(callable);
    if (!PyType_HasFeature(type, Py_TPFLAGS_HAVE_VECTORCALL) || _Py_StackIsLow())
        return NULL;
    return *(vectorcallfunc *)((char *)callable + type->tp_vectorcall_offset);
}

/* A slot gives a result or an exception, never both or neither. */
static PyObject *checked(PyObject *callable, PyObject *result)
{
    if (!result == !!PyErr_Occurred())
        return result;
    if (result) {
        Py_DECREF(result);
        return _PyErr_FormatFromCause(PyExc_SystemError, "%R returned a result with an exception set", callable);
    }
    return PyErr_Format(PyExc_SystemError, "%R returned NULL without setting an exception", callable);
}

static PyObject *call_slot(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    ternaryfunc call = Py_TYPE(callable)->tp_call;
    if (!call)
        return PyErr_Format(PyExc_TypeError, "'%.200s' object is not callable", Py_TYPE(callable)->tp_name);
    if (Py_EnterRecursiveCall(" while calling a Python object"))
        return NULL;
    PyObject *result = call(callable, args, kwargs);
    Py_LeaveRecursiveCall();
    return checked(callable, result);
}

/* ---- from an array of arguments ---- */

PyObject *_PyObject_MakeTpCall(PyObject *callable, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *tuple = _PyTuple_FromArray(args, nargs), *kwargs = NULL, *result = NULL;
    bool has_keywords = kwnames && PyTuple_GET_SIZE(kwnames);
    if (tuple && has_keywords)
        kwargs = _PyStack_AsDict(args + nargs, kwnames);
    if (tuple && (kwargs || !has_keywords))
        result = call_slot(callable, tuple, kwargs);
    Py_XDECREF(tuple);
    Py_XDECREF(kwargs);
    return result;
}

PyObject *PyObject_Vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    vectorcallfunc function = PyVectorcall_Function(callable);
    if (!function)
        return _PyObject_MakeTpCall(callable, args, PyVectorcall_NARGS(nargsf), kwnames);
    return checked(callable, function(callable, args, nargsf, kwnames));
}

/* ---- from a tuple and a dict ---- */

/* The arguments in one array, the keywords' values last; *kwnames, owned, names them. PyMem, references borrowed. */
static PyObject **unpack_dict(PyObject *const *args, Py_ssize_t nargs, PyObject *kwargs, PyObject **kwnames)
{
    Py_ssize_t count = PyDict_GET_SIZE(kwargs), position = 0, i = 0;
    PyObject **stack = PyMem_Malloc((size_t)(1 + nargs + count) * sizeof(PyObject *)), *key, *value;
    *kwnames = stack ? PyTuple_New(count) : NULL;
    if (!*kwnames) {
        PyMem_Free(stack);
        return (PyObject **)PyErr_NoMemory();
    }
    if (nargs)
        memcpy(stack + 1, args, (size_t)nargs * sizeof(PyObject *));
    bool all_str = true;
    while (PyDict_Next(kwargs, &position, &key, &value)) {
        all_str = all_str && PyUnicode_Check(key);
        PyTuple_SET_ITEM(*kwnames, i, Py_NewRef(key));
        stack[1 + nargs + i++] = Py_NewRef(value);
    }
    if (all_str)
        return stack;
    PyErr_SetString(PyExc_TypeError, "keywords must be strings");
    for (i = 0; i < count; i++)
        Py_DECREF(stack[1 + nargs + i]);
    Py_CLEAR(*kwnames);
    PyMem_Free(stack);
    return NULL;
}

static PyObject *vectorcall_with_dict(vectorcallfunc function, PyObject *callable, PyObject *const *args, Py_ssize_t nargs,
                                      PyObject *kwargs)
{
    PyObject *kwnames, **stack = unpack_dict(args, nargs, kwargs, &kwnames);
    if (!stack)
        return NULL;
    PyObject *result = function(callable, stack + 1, (size_t)nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); i++)
        Py_DECREF(stack[1 + nargs + i]);
    Py_DECREF(kwnames);
    PyMem_Free(stack);
    return checked(callable, result);
}

PyObject *PyObject_VectorcallDict(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwargs)
{
    vectorcallfunc function = PyVectorcall_Function(callable);
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    bool has_keywords = kwargs && PyDict_GET_SIZE(kwargs);
    if (function && !has_keywords)
        return checked(callable, function(callable, args, nargsf, NULL));
    if (function)
        return vectorcall_with_dict(function, callable, args, nargs, kwargs);
    PyObject *tuple = _PyTuple_FromArray(args, nargs), *result = tuple ? call_slot(callable, tuple, kwargs) : NULL;
    Py_XDECREF(tuple);
    return result;
}

PyObject *PyVectorcall_Call(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    vectorcallfunc function = PyVectorcall_Function(callable);
    if (!function)
        return PyErr_Format(PyExc_TypeError, "'%.200s' object does not support vectorcall", Py_TYPE(callable)->tp_name);
    PyObject *const *items = ((PyTupleObject *)args)->ob_item;
    if (!kwargs || PyDict_GET_SIZE(kwargs) == 0)
        return checked(callable, function(callable, items, (size_t)PyTuple_GET_SIZE(args), NULL));
    return vectorcall_with_dict(function, callable, items, PyTuple_GET_SIZE(args), kwargs);
}

PyObject *PyObject_Call(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    return PyVectorcall_Function(callable) ? PyVectorcall_Call(callable, args, kwargs) : call_slot(callable, args, kwargs);
}

PyObject *PyObject_CallObject(PyObject *callable, PyObject *args)
{
    if (!args)
        return PyObject_CallNoArgs(callable);
    if (!PyTuple_Check(args)) {
        PyErr_SetString(PyExc_TypeError, "argument list must be a tuple");
        return NULL;
    }
    return PyObject_Call(callable, args, NULL);
}

PyObject *PyObject_CallNoArgs(PyObject *callable) { return PyObject_Vectorcall(callable, NULL, 0, NULL); }

PyObject *PyObject_CallOneArg(PyObject *callable, PyObject *arg)
{
    PyObject *stack[2] = {NULL, arg};
    return PyObject_Vectorcall(callable, stack + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

/* ---- methods by name ---- */

/* op.name to be called: with *is_unbound, as a function that takes op first, which saves the bound method. New reference. */
PyObject *_PyObject_GetMethodRef(PyObject *op, PyObject *name, int *is_unbound)
{
    PyTypeObject *type = Py_TYPE(op);
    *is_unbound = 0;
    if (type->tp_getattro != PyObject_GenericGetAttr)
        return PyObject_GetAttr(op, name);
    PyObject *found = class_attribute(type, name), *own = NULL;
    if (!found || !PyType_HasFeature(Py_TYPE(found), Py_TPFLAGS_METHOD_DESCRIPTOR))
        return PyObject_GetAttr(op, name);
    PyObject **dict = instance_dict(op);
    if (dict && *dict && (!dict_find(*dict, name, &own) || own))
        return PyObject_GetAttr(op, name);
    *is_unbound = 1;
    return Py_NewRef(found);
}

PyObject *PyObject_VectorcallMethod(PyObject *name, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    int is_unbound;
    PyObject *method = _PyObject_GetMethodRef(args[0], name, &is_unbound);
    if (!method)
        return NULL;
    PyObject *result;
    if (is_unbound)
        result = PyObject_Vectorcall(method, args, nargsf & ~PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
    else
        result = PyObject_Vectorcall(method, args + 1, (size_t)(PyVectorcall_NARGS(nargsf) - 1), kwnames);
    Py_DECREF(method);
    return result;
}

PyObject *PyObject_CallMethodNoArgs(PyObject *op, PyObject *name) { return PyObject_VectorcallMethod(name, &op, 1, NULL); }

PyObject *PyObject_CallMethodOneArg(PyObject *op, PyObject *name, PyObject *arg)
{
    PyObject *stack[2] = {op, arg};
    return PyObject_VectorcallMethod(name, stack, 2, NULL);
}

PyObject *_PyObject_CallMethod0(PyObject *op, const char *name)
{
    PyObject *text = PyUnicode_InternFromString(name), *result = text ? PyObject_CallMethodNoArgs(op, text) : NULL;
    Py_XDECREF(text);
    return result;
}

PyObject *_PyObject_CallMethod1(PyObject *op, const char *name, PyObject *arg)
{
    PyObject *text = PyUnicode_InternFromString(name), *result = text ? PyObject_CallMethodOneArg(op, text, arg) : NULL;
    Py_XDECREF(text);
    return result;
}

/* ---- arguments that C lists ---- */

/* Calls `called`, or op's method of that name when op is not NULL, with the objects up to NULL. */
static PyObject *call_listed(PyObject *called, PyObject *op, va_list objects)
{
    PyObject *small[SMALL_STACK], **stack = small, *arg;
    va_list counting;
    size_t count = op ? 1 : 0;
    va_copy(counting, objects);
    while (va_arg(counting, PyObject *))
        count++;
    va_end(counting);
    if (count > SMALL_STACK && !(stack = PyMem_Malloc(count * sizeof(PyObject *))))
        return PyErr_NoMemory();
    size_t i = 0;
    if (op)
        stack[i++] = op;
    while ((arg = va_arg(objects, PyObject *)))
        stack[i++] = arg;
    PyObject *result =
        op ? PyObject_VectorcallMethod(called, stack, count, NULL) : PyObject_Vectorcall(called, stack, count, NULL);
    if (stack != small)
        PyMem_Free(stack);
    return result;
}

PyObject *PyObject_CallFunctionObjArgs(PyObject *callable, ...)
{
    va_list objects;
    va_start(objects, callable);
    PyObject *result = call_listed(callable, NULL, objects);
    va_end(objects);
    return result;
}

PyObject *PyObject_CallMethodObjArgs(PyObject *op, PyObject *name, ...)
{
    va_list objects;
    va_start(objects, name);
    PyObject *result = call_listed(name, op, objects);
    va_end(objects);
    return result;
}

/* Arguments by a Py_BuildValue format; a single tuple is the whole list of them. */
static PyObject *call_formatted(PyObject *callable, const char *format, va_list values)
{
    PyObject *args = format && *format ? Py_VaBuildValue(format, values) : PyTuple_New(0);
    if (args && !PyTuple_Check(args))
        Py_SETREF(args, PyTuple_Pack(1, args));
    PyObject *result = args ? PyObject_Call(callable, args, NULL) : NULL;
    Py_XDECREF(args);
    return result;
}

PyObject *PyObject_CallFunction(PyObject *callable, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    PyObject *result = call_formatted(callable, format, values);
    va_end(values);
    return result;
}

PyObject *PyObject_CallMethod(PyObject *op, const char *name, const char *format, ...)
{
    PyObject *method = PyObject_GetAttrString(op, name);
    if (!method)
        return NULL;
    va_list values;
    va_start(values, format);
    PyObject *result = call_formatted(method, format, values);
    va_end(values);
    Py_DECREF(method);
    return result;
}
