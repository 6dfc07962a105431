/* Functions in C (builtin_function_or_method) and methods bound to an instance. */
#include "gc.h"

/* ---- calling a function of a method table ---- */

static PyObject *refuse_keywords(PyMethodDef *method)
{
    PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", method->ml_name);
    return NULL;
}

static PyObject *call_varargs(PyMethodDef *method, PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *tuple = _PyTuple_FromArray(args, nargs), *kwargs = NULL, *result = NULL;
    if (!tuple)
        return NULL;
    if (method->ml_flags & METH_KEYWORDS) {
        if (!kwnames || (kwargs = _PyStack_AsDict(args + nargs, kwnames)))
            result = ((PyCFunctionWithKeywords)(void (*)(void))method->ml_meth)(self, tuple, kwargs);
    } else {
        result = method->ml_meth(self, tuple);
    }
    Py_DECREF(tuple);
    Py_XDECREF(kwargs);
    return result;
}

static PyObject *call_counted(PyMethodDef *method, PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t wanted = method->ml_flags & METH_O ? 1 : 0;
    if (nargs == wanted)
        return method->ml_meth(self, wanted ? args[0] : NULL);
    PyErr_Format(PyExc_TypeError, wanted ? "%s() takes exactly one argument (%zd given)" : "%s() takes no arguments (%zd given)",
                 method->ml_name, nargs);
    return NULL;
}

static PyObject *call_by_convention(PyMethodDef *method, PyObject *self, PyTypeObject *cls, PyObject *const *args,
                                    Py_ssize_t nargs, PyObject *kwnames)
{
    int flags = method->ml_flags;
    if (kwnames && !PyTuple_GET_SIZE(kwnames))
        kwnames = NULL;
    if (kwnames && !(flags & METH_KEYWORDS))
        return refuse_keywords(method);
    void (*function)(void) = (void (*)(void))method->ml_meth;
    if (flags & METH_METHOD)
        return ((PyCMethod)function)(self, cls, args, nargs, kwnames);
    if (flags & METH_FASTCALL && flags & METH_KEYWORDS)
        return ((PyCFunctionFastWithKeywords)function)(self, args, nargs, kwnames);
    if (flags & METH_FASTCALL)
        return ((PyCFunctionFast)function)(self, args, nargs);
    if (flags & METH_VARARGS)
        return call_varargs(method, self, args, nargs, kwnames);
    return call_counted(method, self, args, nargs);
}

PyObject *_PyMethodDef_Call(PyMethodDef *method, PyObject *self, PyTypeObject *cls, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames)
{
    if (Py_EnterRecursiveCall(" while calling a Python object"))
        return NULL;
    PyObject *result = call_by_convention(method, self, cls, args, nargs, kwnames);
    Py_LeaveRecursiveCall();
    return result;
}

/* ---- builtin_function_or_method ---- */

static PyObject *function_vectorcall(PyObject *op, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyCFunctionObject *function = (PyCFunctionObject *)op;
    return _PyMethodDef_Call(function->m_ml, PyCFunction_GET_SELF(op), PyCFunction_GET_CLASS(op), args,
                             PyVectorcall_NARGS(nargsf), kwnames);
}

PyObject *PyCMethod_New(PyMethodDef *method, PyObject *self, PyObject *module, PyTypeObject *cls)
{
    int with_class = method->ml_flags & METH_METHOD;
    PyCFunctionObject *op = PyObject_GC_New(PyCFunctionObject, with_class ? &PyCMethod_Type : &PyCFunction_Type);
    if (!op)
        return NULL;
    if (with_class)
        ((PyCMethodObject *)op)->mm_class = (PyTypeObject *)Py_XNewRef(cls);
    op->m_ml = method;
    op->m_self = Py_XNewRef(self);
    op->m_module = Py_XNewRef(module);
    op->m_weakreflist = NULL;
    op->vectorcall = function_vectorcall;
    PyObject_GC_Track(op);
    return (PyObject *)op;
}

PyObject *PyCFunction_NewEx(PyMethodDef *method, PyObject *self, PyObject *module)
{
    return PyCMethod_New(method, self, module, NULL);
}

static void function_dealloc(PyObject *op)
{
    PyCFunctionObject *function = (PyCFunctionObject *)op;
    PyObject_GC_UnTrack(op);
    if (function->m_weakreflist)
        PyObject_ClearWeakRefs(op);
    if (Py_IS_TYPE(op, &PyCMethod_Type))
        Py_XDECREF(((PyCMethodObject *)op)->mm_class);
    Py_XDECREF(function->m_self);
    Py_XDECREF(function->m_module);
    PyObject_GC_Del(op);
}

static int function_traverse(PyObject *op, visitproc visit, void *arg)
{
    if (Py_IS_TYPE(op, &PyCMethod_Type))
        Py_VISIT(((PyCMethodObject *)op)->mm_class);
    Py_VISIT(((PyCFunctionObject *)op)->m_self);
    Py_VISIT(((PyCFunctionObject *)op)->m_module);
    return 0;
}

static PyObject *function_repr(PyObject *op)
{
    PyCFunctionObject *function = (PyCFunctionObject *)op;
    if (!function->m_self || PyModule_Check(function->m_self))
        return PyUnicode_FromFormat("<built-in function %s>", function->m_ml->ml_name);
    return PyUnicode_FromFormat("<built-in method %s of %s object at %p>", function->m_ml->ml_name,
                                Py_TYPE(function->m_self)->tp_name, (void *)function->m_self);
}

static Py_hash_t function_hash(PyObject *op)
{
    PyCFunctionObject *function = (PyCFunctionObject *)op;
    Py_hash_t hash = _Py_HashPointer(function->m_self) ^ _Py_HashPointer((void *)function->m_ml->ml_meth);
    return hash == -1 ? -2 : hash;
}

static PyObject *function_compare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyCFunction_Check(a) || !PyCFunction_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    PyCFunctionObject *x = (PyCFunctionObject *)a, *y = (PyCFunctionObject *)b;
    return PyBool_FromLong((x->m_self == y->m_self && x->m_ml->ml_meth == y->m_ml->ml_meth) == (op == Py_EQ));
}

static PyObject *function_name(PyObject *op, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(((PyCFunctionObject *)op)->m_ml->ml_name);
}

static PyObject *function_qualname(PyObject *op, void *closure)
{
    PyObject *self = ((PyCFunctionObject *)op)->m_self;
    if (!self || PyModule_Check(self))
        return function_name(op, closure);
    PyObject *owner = PyType_GetQualName(PyType_Check(self) ? (PyTypeObject *)self : Py_TYPE(self));
    PyObject *name = owner ? PyUnicode_FromFormat("%U.%s", owner, ((PyCFunctionObject *)op)->m_ml->ml_name) : NULL;
    Py_XDECREF(owner);
    return name;
}

static PyObject *function_doc(PyObject *op, void *Py_UNUSED(closure))
{
    const char *doc = ((PyCFunctionObject *)op)->m_ml->ml_doc;
    return doc ? PyUnicode_FromString(doc) : Py_NewRef(Py_None);
}

static PyObject *function_self(PyObject *op, void *Py_UNUSED(closure))
{
    PyObject *self = PyCFunction_GET_SELF(op);
    return Py_NewRef(self ? self : Py_None);
}

static PyGetSetDef function_getset[] = {
    {"__name__", function_name, NULL, NULL, NULL},
    {"__qualname__", function_qualname, NULL, NULL, NULL},
    {"__doc__", function_doc, NULL, NULL, NULL},
    {"__self__", function_self, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef function_members[] = {
    {"__module__", _Py_T_OBJECT, offsetof(PyCFunctionObject, m_module), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyCFunction PyCFunction_GetFunction(PyObject *op) { return PyCFunction_GET_FUNCTION(op); }
PyObject *PyCFunction_GetSelf(PyObject *op) { return PyCFunction_GET_SELF(op); }
int PyCFunction_GetFlags(PyObject *op) { return PyCFunction_GET_FLAGS(op); }

PyTypeObject PyCFunction_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "builtin_function_or_method",
    .tp_basicsize = sizeof(PyCFunctionObject),
    .tp_dealloc = function_dealloc,
    .tp_vectorcall_offset = offsetof(PyCFunctionObject, vectorcall),
    .tp_repr = function_repr,
    .tp_hash = function_hash,
    .tp_call = PyVectorcall_Call,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_traverse = function_traverse,
    .tp_richcompare = function_compare,
    .tp_weaklistoffset = offsetof(PyCFunctionObject, m_weakreflist),
    .tp_members = function_members,
    .tp_getset = function_getset,
};

PyTypeObject PyCMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "builtin_method",
    .tp_basicsize = sizeof(PyCMethodObject),
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_base = &PyCFunction_Type,
    .tp_dealloc = function_dealloc,
    .tp_traverse = function_traverse,
    .tp_vectorcall_offset = offsetof(PyCFunctionObject, vectorcall),
    .tp_call = PyVectorcall_Call,
};

/* ---- bound methods ---- */

/* The slot in front of the arguments is lent by the caller for self, or a copy is made. */
static PyObject *method_vectorcall(PyObject *op, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyObject *function = PyMethod_GET_FUNCTION(op), *self = PyMethod_GET_SELF(op), *result;
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (nargsf & PY_VECTORCALL_ARGUMENTS_OFFSET) {
        PyObject **all = (PyObject **)args - 1, *lent = all[0];
        all[0] = self;
        result = PyObject_Vectorcall(function, all, (size_t)nargs + 1, kwnames);
        all[0] = lent;
        return result;
    }
    Py_ssize_t total = nargs + (kwnames ? PyTuple_GET_SIZE(kwnames) : 0);
    PyObject *few[6], **all = total < 6 ? few : PyMem_Malloc((size_t)(total + 1) * sizeof(PyObject *));
    if (!all)
        return PyErr_NoMemory();
    all[0] = self;
    if (total)
        memcpy(all + 1, args, (size_t)total * sizeof(PyObject *));
    result = PyObject_Vectorcall(function, all, (size_t)nargs + 1, kwnames);
    if (all != few)
        PyMem_Free(all);
    return result;
}

PyObject *PyMethod_New(PyObject *function, PyObject *self)
{
    if (!self) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyMethodObject *op = PyObject_GC_New(PyMethodObject, &PyMethod_Type);
    if (!op)
        return NULL;
    op->im_func = Py_NewRef(function);
    op->im_self = Py_NewRef(self);
    op->im_weakreflist = NULL;
    op->vectorcall = method_vectorcall;
    PyObject_GC_Track(op);
    return (PyObject *)op;
}

static PyObject *method_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwargs)
{
    PyObject *function, *self;
    if (!_PyArg_NoKeywords("method", kwargs) || !PyArg_UnpackTuple(args, "method", 2, 2, &function, &self))
        return NULL;
    if (!PyCallable_Check(function)) {
        PyErr_SetString(PyExc_TypeError, "first argument must be callable");
        return NULL;
    }
    if (self == Py_None) {
        PyErr_SetString(PyExc_TypeError, "instance must not be None");
        return NULL;
    }
    return PyMethod_New(function, self);
}

PyObject *PyMethod_Function(PyObject *op) { return PyMethod_GET_FUNCTION(op); }
PyObject *PyMethod_Self(PyObject *op) { return PyMethod_GET_SELF(op); }

static void method_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    if (((PyMethodObject *)op)->im_weakreflist)
        PyObject_ClearWeakRefs(op);
    Py_DECREF(PyMethod_GET_FUNCTION(op));
    Py_XDECREF(PyMethod_GET_SELF(op));
    PyObject_GC_Del(op);
}

static int method_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(PyMethod_GET_FUNCTION(op));
    Py_VISIT(PyMethod_GET_SELF(op));
    return 0;
}

static PyObject *method_repr(PyObject *op)
{
    PyObject *name;
    if (PyObject_GetOptionalAttr(PyMethod_GET_FUNCTION(op), _Py_NAME("__qualname__"), &name) < 0 ||
        (!name && PyObject_GetOptionalAttr(PyMethod_GET_FUNCTION(op), _Py_NAME("__name__"), &name) < 0))
        return NULL;
    PyObject *text = name && PyUnicode_Check(name)
                         ? PyUnicode_FromFormat("<bound method %U of %R>", name, PyMethod_GET_SELF(op))
                         : PyUnicode_FromFormat("<bound method ? of %R>", PyMethod_GET_SELF(op));
    Py_XDECREF(name);
    return text;
}

static Py_hash_t method_hash(PyObject *op)
{
    Py_hash_t function = PyObject_Hash(PyMethod_GET_FUNCTION(op));
    Py_hash_t hash = _Py_HashPointer(PyMethod_GET_SELF(op)) ^ function;
    return function == -1 ? -1 : hash == -1 ? -2 : hash;
}

static PyObject *method_compare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyMethod_Check(a) || !PyMethod_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    int equal = PyMethod_GET_SELF(a) == PyMethod_GET_SELF(b);
    if (equal)
        equal = PyObject_RichCompareBool(PyMethod_GET_FUNCTION(a), PyMethod_GET_FUNCTION(b), Py_EQ);
    return equal < 0 ? NULL : PyBool_FromLong(equal == (op == Py_EQ));
}

/* Attributes are those of the function, but for the method's own. */
static PyObject *method_getattro(PyObject *op, PyObject *name)
{
    PyObject *found = _PyType_Lookup(&PyMethod_Type, name);
    if (!found)
        return PyErr_Occurred() ? NULL : PyObject_GetAttr(PyMethod_GET_FUNCTION(op), name);
    return PyObject_GenericGetAttr(op, name);
}

static PyObject *method_doc(PyObject *op, void *Py_UNUSED(closure))
{
    return PyObject_GetAttr(PyMethod_GET_FUNCTION(op), _Py_NAME("__doc__"));
}

static PyObject *method_get(PyObject *op, PyObject *Py_UNUSED(obj), PyObject *Py_UNUSED(type)) { return Py_NewRef(op); }

static PyGetSetDef method_getset[] = {
    {"__doc__", method_doc, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef method_members[] = {
    {"__func__", _Py_T_OBJECT, offsetof(PyMethodObject, im_func), Py_READONLY, NULL},
    {"__self__", _Py_T_OBJECT, offsetof(PyMethodObject, im_self), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PyMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "method",
    .tp_basicsize = sizeof(PyMethodObject),
    .tp_dealloc = method_dealloc,
    .tp_vectorcall_offset = offsetof(PyMethodObject, vectorcall),
    .tp_repr = method_repr,
    .tp_hash = method_hash,
    .tp_call = PyVectorcall_Call,
    .tp_getattro = method_getattro,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_traverse = method_traverse,
    .tp_richcompare = method_compare,
    .tp_weaklistoffset = offsetof(PyMethodObject, im_weakreflist),
    .tp_getset = method_getset,
    .tp_members = method_members,
    .tp_descr_get = method_get,
    .tp_new = method_new,
};
