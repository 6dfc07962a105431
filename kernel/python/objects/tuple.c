/* tuple and its iterator. */
#include "gc.h"
#include "spare.h"

static PyTupleObject *empty;    /* the one empty tuple, made at first use */

#define SPARE_SIZES 8
#define MAX_SPARE 64
static struct spare spare[SPARE_SIZES];     /* by size */

/* ---- constructor ---- */

static PyTupleObject *tuple_alloc(Py_ssize_t size)
{
    if (size < 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    gc_head *head = size < SPARE_SIZES ? spare_take(&spare[size]) : NULL;
    if (!head)
        return (PyTupleObject *)_PyObject_GC_NewVar(&PyTuple_Type, size);
    gc_count_allocation();
    *head = (gc_head){NULL, NULL, 0, 0};
    PyTupleObject *op = (PyTupleObject *)GC_OBJECT(head);
    op->ob_base = (PyVarObject){{1, &PyTuple_Type}, size};
    return op;
}

static void tuple_free(PyObject *self)
{
    Py_ssize_t size = PyTuple_GET_SIZE(self);
    if (PyTuple_CheckExact(self) && size < SPARE_SIZES && spare_keep(&spare[size], GC_HEAD(self), MAX_SPARE))
        gc_count_free();
    else
        Py_TYPE(self)->tp_free(self);
}

PyObject *PyTuple_New(Py_ssize_t size)
{
    if (size == 0 && empty)
        return Py_NewRef(empty);
    PyTupleObject *op = tuple_alloc(size);
    if (!op)
        return NULL;
    memset(op->ob_item, 0, (size_t)size * sizeof(PyObject *));
    if (size == 0) {
        empty = op;
        return Py_NewRef(op);
    }
    PyObject_GC_Track(op);
    return (PyObject *)op;
}

PyObject *_PyTuple_FromArray(PyObject *const *items, Py_ssize_t count)
{
    if (count == 0)
        return PyTuple_New(0);
    PyTupleObject *op = tuple_alloc(count);
    if (!op)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++)
        op->ob_item[i] = Py_NewRef(items[i]);
    PyObject_GC_Track(op);
    return (PyObject *)op;
}

PyObject *PyTuple_Pack(Py_ssize_t count, ...)
{
    PyObject *op = PyTuple_New(count);
    if (!op)
        return NULL;
    va_list items;
    va_start(items, count);
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SET_ITEM(op, i, Py_NewRef(va_arg(items, PyObject *)));
    va_end(items);
    return op;
}

void _PyTuple_Fini(void) { Py_CLEAR(empty); }

static void tuple_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    for (Py_ssize_t i = PyTuple_GET_SIZE(self); --i >= 0;)
        Py_XDECREF(PyTuple_GET_ITEM(self, i));
    tuple_free(self);
}

static int tuple_traverse(PyObject *self, visitproc visit, void *arg)
{
    for (Py_ssize_t i = PyTuple_GET_SIZE(self); --i >= 0;)
        Py_VISIT(PyTuple_GET_ITEM(self, i));
    return 0;
}

static PyObject *tuple_subtype_new(PyTypeObject *type, PyObject *items)
{
    PyObject *plain = items ? PySequence_Tuple(items) : PyTuple_New(0);
    if (!plain)
        return NULL;
    Py_ssize_t size = PyTuple_GET_SIZE(plain);
    PyObject *op = type->tp_alloc(type, size);
    for (Py_ssize_t i = 0; op && i < size; i++)
        PyTuple_SET_ITEM(op, i, Py_NewRef(PyTuple_GET_ITEM(plain, i)));
    Py_DECREF(plain);
    return op;
}

static PyObject *tuple_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *items = NULL;
    if (type == &PyTuple_Type && !_PyArg_NoKeywords("tuple", kwargs))
        return NULL;
    if (!PyArg_UnpackTuple(args, "tuple", 0, 1, &items))
        return NULL;
    if (type != &PyTuple_Type)
        return tuple_subtype_new(type, items);
    return items ? PySequence_Tuple(items) : PyTuple_New(0);
}

static PyObject *tuple_vectorcall(PyObject *Py_UNUSED(type), PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames("tuple", kwnames) || !_PyArg_CheckPositional("tuple", nargs, 0, 1))
        return NULL;
    return nargs ? PySequence_Tuple(args[0]) : PyTuple_New(0);
}

/* ---- access from C ---- */

Py_ssize_t PyTuple_Size(PyObject *op)
{
    if (PyTuple_Check(op))
        return PyTuple_GET_SIZE(op);
    PyErr_BadInternalCall();
    return -1;
}

PyObject *PyTuple_GetItem(PyObject *op, Py_ssize_t i)
{
    if (!PyTuple_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (i < 0 || i >= PyTuple_GET_SIZE(op)) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return NULL;
    }
    return PyTuple_GET_ITEM(op, i);
}

int PyTuple_SetItem(PyObject *op, Py_ssize_t i, PyObject *value)
{
    if (!PyTuple_Check(op) || Py_REFCNT(op) != 1 || i < 0 || i >= PyTuple_GET_SIZE(op)) {
        Py_XDECREF(value);
        PyErr_SetString(PyExc_IndexError, "tuple assignment index out of range");
        return -1;
    }
    Py_XSETREF(PyTuple_GET_ITEM(op, i), value);
    return 0;
}

PyObject *PyTuple_GetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high)
{
    Py_ssize_t size = PyTuple_GET_SIZE(op);
    low = low < 0 ? 0 : low;
    high = high > size ? size : high;
    if (low == 0 && high == size && PyTuple_CheckExact(op))
        return Py_NewRef(op);
    return _PyTuple_FromArray(((PyTupleObject *)op)->ob_item + low, high > low ? high - low : 0);
}

int _PyTuple_Resize(PyObject **slot, Py_ssize_t size)
{
    PyObject *op = *slot, *resized = PyTuple_New(size);
    Py_ssize_t keep = Py_MIN(size, PyTuple_GET_SIZE(op));
    for (Py_ssize_t i = 0; resized && i < keep; i++)
        PyTuple_SET_ITEM(resized, i, Py_XNewRef(PyTuple_GET_ITEM(op, i)));
    *slot = resized;
    Py_DECREF(op);
    return resized ? 0 : -1;
}

/* ---- repr, hash, compare ---- */

static PyObject *tuple_repr(PyObject *self)
{
    Py_ssize_t size = PyTuple_GET_SIZE(self);
    if (size == 0)
        return PyUnicode_FromString("()");
    int entered = Py_ReprEnter(self);
    if (entered)
        return entered > 0 ? PyUnicode_FromString("(...)") : NULL;
    PyObject *text = NULL, *parts = PyList_New(0), *comma = PyUnicode_FromString(", ");
    for (Py_ssize_t i = 0; parts && comma && i < size; i++) {
        PyObject *part = PyObject_Repr(PyTuple_GET_ITEM(self, i));
        if (!part || PyList_Append(parts, part) < 0)
            Py_CLEAR(parts);
        Py_XDECREF(part);
    }
    PyObject *inner = parts && comma ? PyUnicode_Join(comma, parts) : NULL;
    if (inner)
        text = PyUnicode_FromFormat(size == 1 ? "(%U,)" : "(%U)", inner);
    Py_XDECREF(inner);
    Py_XDECREF(comma);
    Py_XDECREF(parts);
    Py_ReprLeave(self);
    return text;
}

/* The mixing of xxHash64, as CPython applies it to the hashes of the items. */
#define XXPRIME_1 ((Py_uhash_t)11400714785074694791ULL)
#define XXPRIME_2 ((Py_uhash_t)14029467366897019727ULL)
#define XXPRIME_5 ((Py_uhash_t)2870177450012600261ULL)

Py_hash_t _PyTuple_HashItems(PyObject *const *items, Py_ssize_t count)
{
    Py_uhash_t acc = XXPRIME_5;
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_uhash_t lane = (Py_uhash_t)PyObject_Hash(items[i]);
        if (lane == (Py_uhash_t)-1)
            return -1;
        acc += lane * XXPRIME_2;
        acc = (acc << 31 | acc >> 33) * XXPRIME_1;
    }
    acc += (Py_uhash_t)count ^ (XXPRIME_5 ^ 3527539UL);
    return acc == (Py_uhash_t)-1 ? 1546275796 : (Py_hash_t)acc;
}

static Py_hash_t tuple_hash(PyObject *self)
{
    return _PyTuple_HashItems(((PyTupleObject *)self)->ob_item, PyTuple_GET_SIZE(self));
}

static PyObject *tuple_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyTuple_Check(a) || !PyTuple_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    Py_ssize_t na = PyTuple_GET_SIZE(a), nb = PyTuple_GET_SIZE(b), i;
    for (i = 0; i < na && i < nb; i++) {
        int equal = PyObject_RichCompareBool(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i), Py_EQ);
        if (equal < 0)
            return NULL;
        if (!equal)
            break;
    }
    if (i >= na || i >= nb)
        Py_RETURN_RICHCOMPARE(na, nb, op);
    if (op == Py_EQ || op == Py_NE)
        return Py_NewRef(op == Py_NE ? Py_True : Py_False);
    return PyObject_RichCompare(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i), op);
}

/* ---- sequence ---- */

static Py_ssize_t tuple_length(PyObject *self) { return PyTuple_GET_SIZE(self); }

static PyObject *tuple_concat(PyObject *a, PyObject *b)
{
    if (!PyTuple_Check(b)) {
        PyErr_Format(PyExc_TypeError, "can only concatenate tuple (not \"%.200s\") to tuple", Py_TYPE(b)->tp_name);
        return NULL;
    }
    Py_ssize_t na = PyTuple_GET_SIZE(a), nb = PyTuple_GET_SIZE(b);
    if (nb == 0 && PyTuple_CheckExact(a))
        return Py_NewRef(a);
    if (na == 0 && PyTuple_CheckExact(b))
        return Py_NewRef(b);
    PyObject *op = PyTuple_New(na + nb);
    for (Py_ssize_t i = 0; op && i < na; i++)
        PyTuple_SET_ITEM(op, i, Py_NewRef(PyTuple_GET_ITEM(a, i)));
    for (Py_ssize_t i = 0; op && i < nb; i++)
        PyTuple_SET_ITEM(op, na + i, Py_NewRef(PyTuple_GET_ITEM(b, i)));
    return op;
}

static PyObject *tuple_repeat(PyObject *self, Py_ssize_t count)
{
    Py_ssize_t size = PyTuple_GET_SIZE(self);
    if (count == 1 && PyTuple_CheckExact(self))
        return Py_NewRef(self);
    if (count <= 0 || size == 0)
        return PyTuple_New(0);
    if (size > PY_SSIZE_T_MAX / 8 / count)
        return PyErr_NoMemory();
    PyObject *op = PyTuple_New(size * count);
    for (Py_ssize_t i = 0; op && i < size * count; i++)
        PyTuple_SET_ITEM(op, i, Py_NewRef(PyTuple_GET_ITEM(self, i % size)));
    return op;
}

static PyObject *tuple_item(PyObject *self, Py_ssize_t i)
{
    if (i < 0 || i >= PyTuple_GET_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return NULL;
    }
    return Py_NewRef(PyTuple_GET_ITEM(self, i));
}

static int tuple_contains(PyObject *self, PyObject *value)
{
    int found = 0;
    for (Py_ssize_t i = 0; !found && i < PyTuple_GET_SIZE(self); i++)
        found = PyObject_RichCompareBool(PyTuple_GET_ITEM(self, i), value, Py_EQ);
    return found;
}

static PyObject *tuple_subscript(PyObject *self, PyObject *key)
{
    if (PyIndex_Check(key)) {
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred())
            return NULL;
        return tuple_item(self, i < 0 ? i + PyTuple_GET_SIZE(self) : i);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "tuple indices must be integers or slices, not %.200s", Py_TYPE(key)->tp_name);
        return NULL;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t count = PySlice_AdjustIndices(PyTuple_GET_SIZE(self), &start, &stop, step);
    if (step == 1)
        return PyTuple_GetSlice(self, start, start + count);
    PyObject *op = PyTuple_New(count);
    for (Py_ssize_t i = 0; op && i < count; i++)
        PyTuple_SET_ITEM(op, i, Py_NewRef(PyTuple_GET_ITEM(self, start + i * step)));
    return op;
}

/* ---- iterator ---- */

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *tuple;        /* NULL once exhausted */
} tupleiterobject;

static PyObject *tuple_iter(PyObject *self)
{
    tupleiterobject *it = PyObject_GC_New(tupleiterobject, &PyTupleIter_Type);
    if (!it)
        return NULL;
    it->index = 0;
    it->tuple = Py_NewRef(self);
    PyObject_GC_Track(it);
    return (PyObject *)it;
}

static void tupleiter_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((tupleiterobject *)self)->tuple);
    PyObject_GC_Del(self);
}

static int tupleiter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((tupleiterobject *)self)->tuple);
    return 0;
}

static PyObject *tupleiter_next(PyObject *self)
{
    tupleiterobject *it = (tupleiterobject *)self;
    if (it->tuple && it->index < PyTuple_GET_SIZE(it->tuple))
        return Py_NewRef(PyTuple_GET_ITEM(it->tuple, it->index++));
    Py_CLEAR(it->tuple);
    return NULL;
}

static PyObject *tupleiter_length_hint(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    tupleiterobject *it = (tupleiterobject *)self;
    return PyLong_FromSsize_t(it->tuple ? PyTuple_GET_SIZE(it->tuple) - it->index : 0);
}

static PyMethodDef tupleiter_methods[] = {
    {"__length_hint__", tupleiter_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyTupleIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "tuple_iterator",
    .tp_basicsize = sizeof(tupleiterobject),
    .tp_dealloc = tupleiter_dealloc,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = tupleiter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = tupleiter_next,
    .tp_methods = tupleiter_methods,
};

/* ---- methods ---- */

static PyObject *tuple_index(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t start = 0, stop = PY_SSIZE_T_MAX, size = PyTuple_GET_SIZE(self);
    if (!_PyArg_CheckPositional("index", nargs, 1, 3) || (nargs > 1 && !_PyEval_SliceIndex(args[1], &start)) ||
        (nargs > 2 && !_PyEval_SliceIndex(args[2], &stop)))
        return NULL;
    PySlice_AdjustIndices(size, &start, &stop, 1);
    for (Py_ssize_t i = start; i < stop && i < size; i++) {
        int equal = PyObject_RichCompareBool(PyTuple_GET_ITEM(self, i), args[0], Py_EQ);
        if (equal)
            return equal < 0 ? NULL : PyLong_FromSsize_t(i);
    }
    PyErr_SetString(PyExc_ValueError, "tuple.index(x): x not in tuple");
    return NULL;
}

static PyObject *tuple_count(PyObject *self, PyObject *value)
{
    Py_ssize_t count = PySequence_Count(self, value);
    return count < 0 ? NULL : PyLong_FromSsize_t(count);
}

static PyObject *tuple_getnewargs(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("(N)", PyTuple_GetSlice(self, 0, PyTuple_GET_SIZE(self)));
}

static PyMethodDef tuple_methods[] = {
    {"__getnewargs__", tuple_getnewargs, METH_NOARGS, NULL},
    {"index", _PyCFunction_CAST(tuple_index), METH_FASTCALL, NULL},
    {"count", tuple_count, METH_O, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods tuple_sequence = {
    .sq_length = tuple_length,
    .sq_concat = tuple_concat,
    .sq_repeat = tuple_repeat,
    .sq_item = tuple_item,
    .sq_contains = tuple_contains,
};

static PyMappingMethods tuple_mapping = {.mp_length = tuple_length, .mp_subscript = tuple_subscript};

PyTypeObject PyTuple_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "tuple",
    .tp_basicsize = offsetof(PyTupleObject, ob_item),
    .tp_itemsize = sizeof(PyObject *),
    .tp_dealloc = tuple_dealloc,
    .tp_repr = tuple_repr,
    .tp_as_sequence = &tuple_sequence,
    .tp_as_mapping = &tuple_mapping,
    .tp_hash = tuple_hash,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_TUPLE_SUBCLASS | Py_TPFLAGS_SEQUENCE |
                _Py_TPFLAGS_MATCH_SELF,
    .tp_traverse = tuple_traverse,
    .tp_richcompare = tuple_richcompare,
    .tp_iter = tuple_iter,
    .tp_methods = tuple_methods,
    .tp_new = tuple_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = tuple_vectorcall,
};
