/* types.UnionType: int | str, for isinstance(), issubclass() and annotations that are evaluated. */
#include "internal/runtime_internal.h"

typedef struct {
    PyObject_HEAD
    PyObject *args;         /* a tuple: no unions, nothing twice */
} unionobject;

#define is_union(op) Py_IS_TYPE(op, &_PyUnion_Type)

static int unionable(PyObject *op)
{
    return op == Py_None || PyType_Check(op) || Py_IS_TYPE(op, &Py_GenericAliasType) || is_union(op);
}

static int add_once(PyObject *args, PyObject *op)
{
    int found = PySequence_Contains(args, op);
    return found ? found : PyList_Append(args, op);
}

/* The members of `op`, a union or one member, none of them twice. */
static int add_members(PyObject *args, PyObject *op)
{
    if (!is_union(op))
        return add_once(args, op == Py_None ? (PyObject *)&_PyNone_Type : op);
    PyObject *members = ((unionobject *)op)->args;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(members); i++)
        if (add_once(args, PyTuple_GET_ITEM(members, i)) < 0)
            return -1;
    return 0;
}

static PyObject *union_of(PyObject *args)
{
    if (PyList_GET_SIZE(args) == 1)
        return Py_NewRef(PyList_GET_ITEM(args, 0));
    PyObject *tuple = PyList_AsTuple(args);
    unionobject *self = tuple ? PyObject_GC_New(unionobject, &_PyUnion_Type) : NULL;
    if (!self) {
        Py_XDECREF(tuple);
        return NULL;
    }
    self->args = tuple;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

PyObject *_Py_union_type_or(PyObject *left, PyObject *right)
{
    if (!unionable(left) || !unionable(right))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *args = PyList_New(0), *made = NULL;
    if (args && add_members(args, left) >= 0 && add_members(args, right) >= 0)
        made = union_of(args);
    Py_XDECREF(args);
    return made;
}

static int union_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((unionobject *)op)->args);
    return 0;
}

static void union_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_DECREF(((unionobject *)op)->args);
    PyObject_GC_Del(op);
}

static PyObject *union_repr(PyObject *op)
{
    PyObject *args = ((unionobject *)op)->args, *texts = PyList_New(0);
    for (Py_ssize_t i = 0; texts && i < PyTuple_GET_SIZE(args); i++) {
        PyObject *member = PyTuple_GET_ITEM(args, i);
        PyObject *text = member == (PyObject *)&_PyNone_Type ? PyUnicode_FromString("None") : _Py_typing_repr(member);
        if (!text || PyList_Append(texts, text) < 0)
            Py_CLEAR(texts);
        Py_XDECREF(text);
    }
    PyObject *bar = texts ? PyUnicode_FromString(" | ") : NULL;
    PyObject *joined = bar ? PyUnicode_Join(bar, texts) : NULL;
    Py_XDECREF(bar);
    Py_XDECREF(texts);
    return joined;
}

static Py_hash_t union_hash(PyObject *op)
{
    PyObject *members = PyFrozenSet_New(((unionobject *)op)->args);
    Py_hash_t hash = members ? PyObject_Hash(members) : -1;
    Py_XDECREF(members);
    return hash;
}

/* The order of the members makes no difference. */
static PyObject *union_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!is_union(right) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *a = PySet_New(((unionobject *)left)->args), *b = a ? PySet_New(((unionobject *)right)->args) : NULL;
    PyObject *answer = b ? PyObject_RichCompare(a, b, op) : NULL;
    Py_XDECREF(a);
    Py_XDECREF(b);
    return answer;
}

static PyObject *union_instancecheck(PyObject *op, PyObject *instance)
{
    PyObject *args = ((unionobject *)op)->args;
    int found = 0;
    for (Py_ssize_t i = 0; found == 0 && i < PyTuple_GET_SIZE(args); i++)
        found = PyObject_IsInstance(instance, PyTuple_GET_ITEM(args, i));
    return found < 0 ? NULL : PyBool_FromLong(found);
}

static PyObject *union_subclasscheck(PyObject *op, PyObject *derived)
{
    PyObject *args = ((unionobject *)op)->args;
    if (!PyType_Check(derived)) {
        PyErr_SetString(PyExc_TypeError, "issubclass() arg 1 must be a class");
        return NULL;
    }
    int found = 0;
    for (Py_ssize_t i = 0; found == 0 && i < PyTuple_GET_SIZE(args); i++)
        found = PyObject_IsSubclass(derived, PyTuple_GET_ITEM(args, i));
    return found < 0 ? NULL : PyBool_FromLong(found);
}

static PyNumberMethods union_as_number = {.nb_or = _Py_union_type_or};

static PyMethodDef union_methods[] = {
    {"__instancecheck__", union_instancecheck, METH_O, NULL},
    {"__subclasscheck__", union_subclasscheck, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef union_members[] = {
    {"__args__", Py_T_OBJECT_EX, offsetof(unionobject, args), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject _PyUnion_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "types.UnionType",
    .tp_basicsize = sizeof(unionobject),
    .tp_dealloc = union_dealloc,
    .tp_repr = union_repr,
    .tp_as_number = &union_as_number,
    .tp_hash = union_hash,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_doc = "Represent a PEP 604 union type",
    .tp_traverse = union_traverse,
    .tp_richcompare = union_richcompare,
    .tp_methods = union_methods,
    .tp_members = union_members,
};
