/* slice objects, and how their indices are cut to a sequence's length. */
#include "gc.h"
#include "spare.h"

/* A slice lives for one subscription: the next is made where the last one was. */
static struct spare spare;

PyObject *PySlice_New(PyObject *start, PyObject *stop, PyObject *step)
{
    gc_head *head = spare_take(&spare);
    PySliceObject *self = head ? (PySliceObject *)GC_OBJECT(head) : PyObject_GC_New(PySliceObject, &PySlice_Type);
    if (!self)
        return NULL;
    if (head) {
        gc_count_allocation();
        *head = (gc_head){NULL, NULL, 0, 0};
        self->ob_base = (PyObject){1, &PySlice_Type};
    }
    self->start = Py_NewRef(start ? start : Py_None);
    self->stop = Py_NewRef(stop ? stop : Py_None);
    self->step = Py_NewRef(step ? step : Py_None);
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static PyObject *slice_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *first = NULL, *second = NULL, *third = NULL;

    (void)type;
    if (kwds && PyDict_GET_SIZE(kwds)) {
        PyErr_SetString(PyExc_TypeError, "slice() takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_UnpackTuple(args, "slice", 1, 3, &first, &second, &third))
        return NULL;
    if (!second)
        return PySlice_New(NULL, first, NULL);
    return PySlice_New(first, second, third);
}

static int slice_traverse(PyObject *op, visitproc visit, void *arg)
{
    PySliceObject *self = (PySliceObject *)op;
    Py_VISIT(self->start);
    Py_VISIT(self->stop);
    Py_VISIT(self->step);
    return 0;
}

static void slice_dealloc(PyObject *op)
{
    PySliceObject *self = (PySliceObject *)op;
    PyObject_GC_UnTrack(op);
    Py_DECREF(self->start);
    Py_DECREF(self->stop);
    Py_DECREF(self->step);
    if (spare_keep(&spare, GC_HEAD(op), 1))
        gc_count_free();
    else
        PyObject_GC_Del(op);
}

static PyObject *slice_repr(PyObject *op)
{
    PySliceObject *self = (PySliceObject *)op;
    return PyUnicode_FromFormat("slice(%R, %R, %R)", self->start, self->stop, self->step);
}

/* slices compare as the tuples (start, stop, step) would */
static PyObject *slice_richcompare(PyObject *left, PyObject *right, int op)
{
    PySliceObject *a = (PySliceObject *)left, *b = (PySliceObject *)right;
    PyObject *first, *second, *answer = NULL;

    if (!PySlice_Check(left) || !PySlice_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    first = PyTuple_Pack(3, a->start, a->stop, a->step);
    second = first ? PyTuple_Pack(3, b->start, b->stop, b->step) : NULL;
    if (second)
        answer = PyObject_RichCompare(first, second, op);
    Py_XDECREF(first);
    Py_XDECREF(second);
    return answer;
}

/* An index is None, which leaves *value alone, or has __index__; too large is cut to Py_ssize_t's range. */
int _PyEval_SliceIndex(PyObject *index, Py_ssize_t *value)
{
    if (Py_IsNone(index))
        return 1;
    if (!PyIndex_Check(index)) {
        PyErr_SetString(PyExc_TypeError, "slice indices must be integers or None or have an __index__ method");
        return 0;
    }
    Py_ssize_t number = PyNumber_AsSsize_t(index, NULL);
    if (number == -1 && PyErr_Occurred())
        return 0;
    *value = number;
    return 1;
}

int PySlice_Unpack(PyObject *slice, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step)
{
    PySliceObject *self = (PySliceObject *)slice;

    *step = 1;
    if (!_PyEval_SliceIndex(self->step, step))
        return -1;
    if (*step == 0) {
        PyErr_SetString(PyExc_ValueError, "slice step cannot be zero");
        return -1;
    }
    /* so that -step is representable */
    if (*step < -PY_SSIZE_T_MAX)
        *step = -PY_SSIZE_T_MAX;
    *start = *step < 0 ? PY_SSIZE_T_MAX : 0;
    *stop = *step < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX;
    return _PyEval_SliceIndex(self->start, start) && _PyEval_SliceIndex(self->stop, stop) ? 0 : -1;
}

static Py_ssize_t clip(Py_ssize_t index, Py_ssize_t length, Py_ssize_t step)
{
    if (index < 0) {
        index += length;
        if (index < 0)
            return step < 0 ? -1 : 0;
    }
    if (index >= length)
        return step < 0 ? length - 1 : length;
    return index;
}

Py_ssize_t PySlice_AdjustIndices(Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t step)
{
    *start = clip(*start, length, step);
    *stop = clip(*stop, length, step);
    if (step < 0)
        return *stop < *start ? (*start - *stop - 1) / -step + 1 : 0;
    return *start < *stop ? (*stop - *start - 1) / step + 1 : 0;
}

int PySlice_GetIndicesEx(PyObject *slice, Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step,
                         Py_ssize_t *slicelength)
{
    if (PySlice_Unpack(slice, start, stop, step) < 0)
        return -1;
    *slicelength = PySlice_AdjustIndices(length, start, stop, *step);
    return 0;
}

static PyObject *slice_indices(PyObject *self, PyObject *length_object)
{
    Py_ssize_t start, stop, step;
    Py_ssize_t length = PyNumber_AsSsize_t(length_object, PyExc_OverflowError);

    if (length == -1 && PyErr_Occurred())
        return NULL;
    if (length < 0) {
        PyErr_SetString(PyExc_ValueError, "length should not be negative");
        return NULL;
    }
    if (PySlice_Unpack(self, &start, &stop, &step) < 0)
        return NULL;
    PySlice_AdjustIndices(length, &start, &stop, step);
    return Py_BuildValue("(nnn)", start, stop, step);
}

static PyMethodDef slice_methods[] = {
    {"indices", slice_indices, METH_O, "indices(length) -> (start, stop, step) for a sequence of that length."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef slice_members[] = {
    {"start", Py_T_OBJECT_EX, offsetof(PySliceObject, start), Py_READONLY, NULL},
    {"stop", Py_T_OBJECT_EX, offsetof(PySliceObject, stop), Py_READONLY, NULL},
    {"step", Py_T_OBJECT_EX, offsetof(PySliceObject, step), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PySlice_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "slice",
    .tp_basicsize = sizeof(PySliceObject),
    .tp_dealloc = slice_dealloc,
    .tp_repr = slice_repr,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "slice(stop) or slice(start, stop[, step])",
    .tp_traverse = slice_traverse,
    .tp_richcompare = slice_richcompare,
    .tp_methods = slice_methods,
    .tp_members = slice_members,
    .tp_new = slice_new,
};
