/* types.GenericAlias: list[int] and the like; calls and attributes go on to the origin. */
#include "internal/runtime_internal.h"

typedef struct {
    PyObject_HEAD
    PyObject *origin;
    PyObject *args;         /* a tuple */
} aliasobject;

PyObject *Py_GenericAlias(PyObject *origin, PyObject *args)
{
    PyObject *tuple = PyTuple_Check(args) ? Py_NewRef(args) : PyTuple_Pack(1, args);
    aliasobject *self = tuple ? PyObject_GC_New(aliasobject, &Py_GenericAliasType) : NULL;
    if (!self) {
        Py_XDECREF(tuple);
        return NULL;
    }
    self->origin = Py_NewRef(origin);
    self->args = tuple;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static PyObject *alias_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *origin, *parameters;

    (void)type;
    if (kwds && PyDict_GET_SIZE(kwds)) {
        PyErr_SetString(PyExc_TypeError, "GenericAlias() takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_UnpackTuple(args, "GenericAlias", 2, 2, &origin, &parameters))
        return NULL;
    return Py_GenericAlias(origin, parameters);
}

static int alias_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((aliasobject *)op)->origin);
    Py_VISIT(((aliasobject *)op)->args);
    return 0;
}

static void alias_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_DECREF(((aliasobject *)op)->origin);
    Py_DECREF(((aliasobject *)op)->args);
    PyObject_GC_Del(op);
}

/* A class shows as module.qualname, without the module if that is builtins. */
PyObject *_Py_typing_repr(PyObject *op)
{
    if (op == Py_Ellipsis)
        return PyUnicode_FromString("...");
    if (!PyType_Check(op))
        return PyObject_Repr(op);
    PyObject *module = PyObject_GetAttrString(op, "__module__");
    PyObject *name = module ? PyObject_GetAttrString(op, "__qualname__") : NULL;
    PyObject *text = NULL;
    if (name && PyUnicode_Check(module) && PyUnicode_CompareWithASCIIString(module, "builtins") == 0)
        text = Py_NewRef(name);
    else if (name)
        text = PyUnicode_FromFormat("%S.%S", module, name);
    Py_XDECREF(module);
    Py_XDECREF(name);
    return text;
}

static PyObject *shown_list(PyObject *args)
{
    PyObject *texts = PyList_New(0), *comma, *joined;

    for (Py_ssize_t i = 0; texts && i < PyTuple_GET_SIZE(args); i++) {
        PyObject *text = _Py_typing_repr(PyTuple_GET_ITEM(args, i));
        if (!text || PyList_Append(texts, text) < 0)
            Py_CLEAR(texts);
        Py_XDECREF(text);
    }
    comma = texts ? PyUnicode_FromString(", ") : NULL;
    joined = comma ? PyUnicode_Join(comma, texts) : NULL;
    Py_XDECREF(comma);
    Py_XDECREF(texts);
    return joined;
}

static PyObject *alias_repr(PyObject *op)
{
    aliasobject *self = (aliasobject *)op;
    PyObject *origin = _Py_typing_repr(self->origin);
    PyObject *args = origin ? shown_list(self->args) : NULL;
    PyObject *text = NULL;

    if (args)
        text = PyUnicode_FromFormat(PyTuple_GET_SIZE(self->args) ? "%U[%U]" : "%U[()]", origin, args);
    Py_XDECREF(origin);
    Py_XDECREF(args);
    return text;
}

static Py_hash_t alias_hash(PyObject *op)
{
    Py_hash_t origin = PyObject_Hash(((aliasobject *)op)->origin);
    Py_hash_t args = origin == -1 ? -1 : PyObject_Hash(((aliasobject *)op)->args);
    if (args == -1)
        return -1;
    Py_hash_t hash = origin ^ args;
    return hash == -1 ? -2 : hash;
}

static PyObject *alias_richcompare(PyObject *left, PyObject *right, int op)
{
    aliasobject *a = (aliasobject *)left, *b = (aliasobject *)right;
    int equal;

    if (!Py_IS_TYPE(right, &Py_GenericAliasType) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    equal = PyObject_RichCompareBool(a->origin, b->origin, Py_EQ);
    if (equal > 0)
        equal = PyObject_RichCompareBool(a->args, b->args, Py_EQ);
    return equal < 0 ? NULL : PyBool_FromLong(equal == (op == Py_EQ));
}

static PyObject *alias_call(PyObject *op, PyObject *args, PyObject *kwds)
{
    return PyObject_Call(((aliasobject *)op)->origin, args, kwds);
}

/* Dunder names but the alias's own, and all plain names, are the origin's. */
static PyObject *alias_getattro(PyObject *op, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);

    if (!text)
        return NULL;
    if (strcmp(text, "__origin__") == 0 || strcmp(text, "__args__") == 0 || strcmp(text, "__class__") == 0
        || strcmp(text, "__mro_entries__") == 0)
        return PyObject_GenericGetAttr(op, name);
    return PyObject_GetAttr(((aliasobject *)op)->origin, name);
}

static PyObject *alias_mro_entries(PyObject *op, PyObject *bases)
{
    (void)bases;
    return PyTuple_Pack(1, ((aliasobject *)op)->origin);
}

/* list[int] says nothing of an object at run time. */
static PyObject *alias_instancecheck(PyObject *op, PyObject *instance)
{
    (void)op;
    (void)instance;
    PyErr_SetString(PyExc_TypeError, "isinstance() argument 2 cannot be a parameterized generic");
    return NULL;
}

static PyObject *alias_subclasscheck(PyObject *op, PyObject *derived)
{
    (void)op;
    (void)derived;
    PyErr_SetString(PyExc_TypeError, "issubclass() argument 2 cannot be a parameterized generic");
    return NULL;
}

static PyNumberMethods alias_as_number = {.nb_or = _Py_union_type_or};

static PyMethodDef alias_methods[] = {
    {"__mro_entries__", alias_mro_entries, METH_O, NULL},
    {"__instancecheck__", alias_instancecheck, METH_O, NULL},
    {"__subclasscheck__", alias_subclasscheck, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef alias_members[] = {
    {"__origin__", Py_T_OBJECT_EX, offsetof(aliasobject, origin), Py_READONLY, NULL},
    {"__args__", Py_T_OBJECT_EX, offsetof(aliasobject, args), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject Py_GenericAliasType = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "types.GenericAlias",
    .tp_basicsize = sizeof(aliasobject),
    .tp_dealloc = alias_dealloc,
    .tp_repr = alias_repr,
    .tp_as_number = &alias_as_number,
    .tp_hash = alias_hash,
    .tp_call = alias_call,
    .tp_getattro = alias_getattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A class with type arguments, such as list[int].",
    .tp_traverse = alias_traverse,
    .tp_richcompare = alias_richcompare,
    .tp_methods = alias_methods,
    .tp_members = alias_members,
    .tp_new = alias_new,
};
