/* object: what every class has. */
#include "type.h"

static int excess_arguments(PyObject *args, PyObject *kwargs)
{
    return PyTuple_GET_SIZE(args) || (kwargs && PyDict_GET_SIZE(kwargs));
}

static PyObject *refuse_abstract(PyTypeObject *type)
{
    PyObject *names = PyObject_GetAttrString((PyObject *)type, "__abstractmethods__");
    PyObject *sorted = names ? PySequence_List(names) : NULL, *comma = PyUnicode_FromString(", ");
    Py_XDECREF(names);
    if (sorted && comma && PyList_Sort(sorted) == 0) {
        PyObject *joined = PyUnicode_Join(comma, sorted);
        if (joined)
            PyErr_Format(PyExc_TypeError, "Can't instantiate abstract class %s with abstract method%s %U", type->tp_name,
                         PyList_GET_SIZE(sorted) > 1 ? "s" : "", joined);
        Py_XDECREF(joined);
    }
    Py_XDECREF(sorted);
    Py_XDECREF(comma);
    return NULL;
}

/* Extra arguments are an error unless the other of __new__ and __init__ is overridden and takes them. */
PyObject *object_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (excess_arguments(args, kwargs)) {
        if (type->tp_new != object_new) {
            PyErr_SetString(PyExc_TypeError, "object.__new__() takes exactly one argument (the type to instantiate)");
            return NULL;
        }
        if (type->tp_init == object_init) {
            PyErr_Format(PyExc_TypeError, "%.200s() takes no arguments", type->tp_name);
            return NULL;
        }
    }
    return type->tp_flags & Py_TPFLAGS_IS_ABSTRACT ? refuse_abstract(type) : type->tp_alloc(type, 0);
}

int object_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyTypeObject *type = Py_TYPE(self);
    if (!excess_arguments(args, kwargs))
        return 0;
    if (type->tp_init != object_init) {
        PyErr_SetString(PyExc_TypeError, "object.__init__() takes exactly one argument (the instance to initialize)");
        return -1;
    }
    if (type->tp_new == object_new) {
        PyErr_Format(PyExc_TypeError, "%.200s.__init__() takes exactly one argument (the instance to initialize)", type->tp_name);
        return -1;
    }
    return 0;
}

static void object_dealloc(PyObject *self) { Py_TYPE(self)->tp_free(self); }

static PyObject *object_repr(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *module = PyType_GetModuleName(type), *name = PyType_GetQualName(type), *text = NULL;
    if (!module)
        PyErr_Clear();
    if (name && module && PyUnicode_Check(module) && !_PyUnicode_EqualToASCIIString(module, "builtins"))
        text = PyUnicode_FromFormat("<%U.%U object at %p>", module, name, (void *)self);
    else if (name)
        text = PyUnicode_FromFormat("<%s object at %p>", type->tp_name, (void *)self);
    Py_XDECREF(module);
    Py_XDECREF(name);
    return text;
}

static PyObject *object_str(PyObject *self)
{
    reprfunc repr = Py_TYPE(self)->tp_repr;
    return repr && repr != object_str ? repr(self) : object_repr(self);
}

static Py_hash_t object_hash(PyObject *self) { return _Py_HashPointer(self); }

/* != is the opposite of == where a class gives only the latter. */
static PyObject *object_richcompare(PyObject *self, PyObject *other, int op)
{
    if (op == Py_EQ && self == other)
        Py_RETURN_TRUE;
    if (op != Py_NE || !Py_TYPE(self)->tp_richcompare)
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *equal = Py_TYPE(self)->tp_richcompare(self, other, Py_EQ);
    if (!equal || equal == Py_NotImplemented)
        return equal;
    int truth = PyObject_IsTrue(equal);
    Py_DECREF(equal);
    return truth < 0 ? NULL : PyBool_FromLong(!truth);
}

/* ---- __class__ ---- */

static PyObject *object_get_class(PyObject *self, void *Py_UNUSED(closure)) { return Py_NewRef(Py_TYPE(self)); }

static int same_layout(PyTypeObject *a, PyTypeObject *b)
{
    while (a->tp_flags & Py_TPFLAGS_HEAPTYPE && a->tp_base->tp_basicsize == a->tp_basicsize)
        a = a->tp_base;
    while (b->tp_flags & Py_TPFLAGS_HEAPTYPE && b->tp_base->tp_basicsize == b->tp_basicsize)
        b = b->tp_base;
    return a == b;
}

static int object_set_class(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    PyTypeObject *old = Py_TYPE(self), *new = (PyTypeObject *)value;
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "can't delete __class__ attribute");
        return -1;
    }
    if (!PyType_Check(value)) {
        PyErr_Format(PyExc_TypeError, "__class__ must be set to a class, not '%s' object", Py_TYPE(value)->tp_name);
        return -1;
    }
    if (!(old->tp_flags & new->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        PyErr_SetString(PyExc_TypeError, "__class__ assignment only supported for mutable types or ModuleType subclasses");
        return -1;
    }
    if (gc_prefix(old) != gc_prefix(new) || old->tp_dealloc != new->tp_dealloc ||
        (old->tp_flags ^ new->tp_flags) & Py_TPFLAGS_PREHEADER || !same_layout(old, new)) {
        PyErr_Format(PyExc_TypeError, "__class__ assignment: '%s' object layout differs from '%s'", new->tp_name, old->tp_name);
        return -1;
    }
    Py_INCREF(new);
    Py_SET_TYPE(self, new);
    Py_DECREF(old);
    return 0;
}

static PyGetSetDef object_getset[] = {
    {"__class__", object_get_class, object_set_class, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- methods ---- */

static PyObject *object_format(PyObject *self, PyObject *spec)
{
    if (!PyUnicode_Check(spec)) {
        PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %s", Py_TYPE(spec)->tp_name);
        return NULL;
    }
    if (PyUnicode_GET_LENGTH(spec)) {
        PyErr_Format(PyExc_TypeError, "unsupported format string passed to %.200s.__format__", Py_TYPE(self)->tp_name);
        return NULL;
    }
    return PyObject_Str(self);
}

static PyObject *object_init_subclass(PyObject *cls, PyObject *args, PyObject *kwargs)
{
    const char *name = ((PyTypeObject *)cls)->tp_name;
    if (kwargs && PyDict_GET_SIZE(kwargs)) {
        PyErr_Format(PyExc_TypeError, "%s.__init_subclass__() takes no keyword arguments", name);
        return NULL;
    }
    if (PyTuple_GET_SIZE(args)) {
        PyErr_Format(PyExc_TypeError, "%s.__init_subclass__() takes no arguments (%zd given)", name, PyTuple_GET_SIZE(args));
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *object_subclasshook(PyObject *Py_UNUSED(cls), PyObject *Py_UNUSED(args)) { Py_RETURN_NOTIMPLEMENTED; }

static PyObject *object_dir(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *names, *attributes, *cls_names;
    int found = PyObject_GetOptionalAttr(self, _Py_NAME("__dict__"), &attributes);
    if (found < 0)
        return NULL;
    names = attributes && PyDict_Check(attributes) ? PyDict_Keys(attributes) : PyList_New(0);
    Py_XDECREF(attributes);
    cls_names = names ? PyObject_Dir((PyObject *)Py_TYPE(self)) : NULL;
    for (Py_ssize_t i = 0; cls_names && i < PyList_GET_SIZE(cls_names); i++) {
        int known = PySequence_Contains(names, PyList_GET_ITEM(cls_names, i));
        if (known < 0 || (!known && PyList_Append(names, PyList_GET_ITEM(cls_names, i)) < 0))
            Py_CLEAR(cls_names);
    }
    if (!cls_names)
        Py_CLEAR(names);
    Py_XDECREF(cls_names);
    return names;
}

static PyObject *object_sizeof(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyTypeObject *type = Py_TYPE(self);
    Py_ssize_t items = type->tp_itemsize ? Py_ABS(Py_SIZE(self)) : 0;
    return PyLong_FromSsize_t(type->tp_basicsize + items * type->tp_itemsize);
}

/* Modules compiled by Cython look for these when they start; nothing here can pickle. */
static PyObject *object_reduce(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args))
{
    return _PyNotImplementedFeature("pickling");
}

static PyMethodDef object_methods[] = {
    {"__reduce__", object_reduce, METH_VARARGS, NULL},
    {"__reduce_ex__", object_reduce, METH_VARARGS, NULL},
    {"__format__", object_format, METH_O, NULL},
    {"__init_subclass__", _PyCFunction_CAST(object_init_subclass), METH_VARARGS | METH_KEYWORDS | METH_CLASS, NULL},
    {"__subclasshook__", object_subclasshook, METH_VARARGS | METH_CLASS, NULL},
    {"__dir__", object_dir, METH_NOARGS, NULL},
    {"__sizeof__", object_sizeof, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyBaseObject_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "object",
    .tp_basicsize = sizeof(PyObject),
    .tp_dealloc = object_dealloc,
    .tp_repr = object_repr,
    .tp_hash = object_hash,
    .tp_str = object_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_BASETYPE,
    .tp_richcompare = object_richcompare,
    .tp_methods = object_methods,
    .tp_getset = object_getset,
    .tp_init = object_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = object_new,
    .tp_free = PyObject_Free,
};
