/* range: an arithmetic progression of ints of any size, its length computed once. */
#include "builtins.h"

typedef struct {
    PyObject_HEAD
    PyObject *start, *stop, *step, *length;     /* ints */
} rangeobject;

/* Iterates while everything fits a C long. */
typedef struct {
    PyObject_HEAD
    long next, step;
    unsigned long left;
} rangeiterobject;

/* Iterates over any ints. */
typedef struct {
    PyObject_HEAD
    PyObject *next, *step, *left;
} longrangeiterobject;

static PyTypeObject longrangeiter_type;

static int is_one(PyObject *number)
{
    int overflow;
    return PyLong_AsLongAndOverflow(number, &overflow) == 1;
}

/* number - 1 */
static PyObject *predecessor(PyObject *number)
{
    PyObject *one = PyLong_FromLong(1);
    PyObject *difference = one ? PyNumber_Subtract(number, one) : NULL;
    Py_XDECREF(one);
    return difference;
}

/* (high - low - 1) // step + 1 for low < high and step > 0 */
static PyObject *count_steps(PyObject *low, PyObject *high, PyObject *step)
{
    PyObject *one = PyLong_FromLong(1);
    PyObject *span = PyNumber_Subtract(high, low);
    PyObject *last = span ? predecessor(span) : NULL;
    PyObject *whole = last ? PyNumber_FloorDivide(last, step) : NULL;
    PyObject *count = whole && one ? PyNumber_Add(whole, one) : NULL;

    Py_XDECREF(one);
    Py_XDECREF(span);
    Py_XDECREF(last);
    Py_XDECREF(whole);
    return count;
}

static PyObject *range_length_of(PyObject *start, PyObject *stop, PyObject *step)
{
    int falling = _PyLong_Sign(step) < 0;
    PyObject *low = falling ? stop : start, *high = falling ? start : stop, *count, *stride;

    switch (PyObject_RichCompareBool(low, high, Py_LT)) {
    case 0:
        return PyLong_FromLong(0);
    case -1:
        return NULL;
    }
    stride = falling ? PyNumber_Negative(step) : Py_NewRef(step);
    count = stride ? count_steps(low, high, stride) : NULL;
    Py_XDECREF(stride);
    return count;
}

/* Takes over the three references, also when it fails. */
static PyObject *range_from_ints(PyObject *start, PyObject *stop, PyObject *step)
{
    PyObject *length = start && stop && step ? range_length_of(start, stop, step) : NULL;
    rangeobject *self = length ? PyObject_New(rangeobject, &PyRange_Type) : NULL;

    if (!self) {
        Py_XDECREF(start);
        Py_XDECREF(stop);
        Py_XDECREF(step);
        Py_XDECREF(length);
        return NULL;
    }
    self->start = start;
    self->stop = stop;
    self->step = step;
    self->length = length;
    return (PyObject *)self;
}

static PyObject *range_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    PyObject *first = NULL, *second = NULL, *third = NULL, *step;

    (void)type;
    if (kwds && PyDict_GET_SIZE(kwds)) {
        PyErr_SetString(PyExc_TypeError, "range() takes no keyword arguments");
        return NULL;
    }
    if (!PyArg_UnpackTuple(args, "range", 1, 3, &first, &second, &third))
        return NULL;
    if (!second) {
        PyObject *stop = PyNumber_Index(first);
        return stop ? range_from_ints(PyLong_FromLong(0), stop, PyLong_FromLong(1)) : NULL;
    }
    PyObject *start = PyNumber_Index(first);
    PyObject *stop = start ? PyNumber_Index(second) : NULL;
    step = !stop ? NULL : third ? PyNumber_Index(third) : PyLong_FromLong(1);
    if (step && PyObject_Not(step)) {
        PyErr_SetString(PyExc_ValueError, "range() arg 3 must not be zero");
        Py_CLEAR(step);
    }
    return range_from_ints(start, stop, step);
}

static void range_dealloc(PyObject *op)
{
    rangeobject *self = (rangeobject *)op;
    Py_DECREF(self->start);
    Py_DECREF(self->stop);
    Py_DECREF(self->step);
    Py_DECREF(self->length);
    PyObject_Free(op);
}

static PyObject *range_repr(PyObject *op)
{
    rangeobject *self = (rangeobject *)op;
    if (is_one(self->step))
        return PyUnicode_FromFormat("range(%R, %R)", self->start, self->stop);
    return PyUnicode_FromFormat("range(%R, %R, %R)", self->start, self->stop, self->step);
}

static Py_ssize_t range_length(PyObject *op)
{
    return PyLong_AsSsize_t(((rangeobject *)op)->length);
}

static int range_bool(PyObject *op)
{
    return PyObject_IsTrue(((rangeobject *)op)->length);
}

/* start + index * step, whatever the index */
static PyObject *range_value(rangeobject *self, PyObject *index)
{
    PyObject *offset = PyNumber_Multiply(index, self->step);
    PyObject *value = offset ? PyNumber_Add(self->start, offset) : NULL;
    Py_XDECREF(offset);
    return value;
}

/* Takes over the reference to index. */
static PyObject *range_item_object(rangeobject *self, PyObject *index)
{
    PyObject *value = NULL;

    if (_PyLong_Sign(index) < 0)
        Py_SETREF(index, PyNumber_Add(index, self->length));
    if (!index)
        return NULL;
    if (_PyLong_Sign(index) < 0 || PyObject_RichCompareBool(index, self->length, Py_GE))
        PyErr_SetString(PyExc_IndexError, "range object index out of range");
    else
        value = range_value(self, index);
    Py_DECREF(index);
    return value;
}

static PyObject *range_item(PyObject *op, Py_ssize_t position)
{
    PyObject *index = PyLong_FromSsize_t(position);
    return index ? range_item_object((rangeobject *)op, index) : NULL;
}

/* A slice of a range is a range; indices beyond Py_ssize_t are cut to it. */
static PyObject *range_slice(rangeobject *self, PyObject *slice)
{
    Py_ssize_t start, stop, step, length = PyLong_AsSsize_t(self->length);
    PyObject *numbers[3], *ends[3];

    if ((length == -1 && PyErr_Occurred()) || PySlice_Unpack(slice, &start, &stop, &step) < 0)
        return NULL;
    PySlice_AdjustIndices(length, &start, &stop, step);
    numbers[0] = PyLong_FromSsize_t(start);
    numbers[1] = PyLong_FromSsize_t(stop);
    numbers[2] = PyLong_FromSsize_t(step);
    ends[0] = numbers[0] ? range_value(self, numbers[0]) : NULL;
    ends[1] = numbers[1] ? range_value(self, numbers[1]) : NULL;
    ends[2] = numbers[2] ? PyNumber_Multiply(self->step, numbers[2]) : NULL;
    for (int i = 0; i < 3; i++)
        Py_XDECREF(numbers[i]);
    return range_from_ints(ends[0], ends[1], ends[2]);
}

static PyObject *range_subscript(PyObject *op, PyObject *item)
{
    if (PyIndex_Check(item)) {
        PyObject *index = PyNumber_Index(item);
        return index ? range_item_object((rangeobject *)op, index) : NULL;
    }
    if (PySlice_Check(item))
        return range_slice((rangeobject *)op, item);
    PyErr_Format(PyExc_TypeError, "range indices must be integers or slices, not %.200s", Py_TYPE(item)->tp_name);
    return NULL;
}

/* The position of an int as a new reference; NULL without an exception if the range does not hold it. */
static PyObject *range_position(rangeobject *self, PyObject *value)
{
    PyObject *offset = PyNumber_Subtract(value, self->start);
    PyObject *pair = offset ? PyNumber_Divmod(offset, self->step) : NULL;
    PyObject *position = NULL;

    Py_XDECREF(offset);
    if (!pair)
        return NULL;
    PyObject *quotient = PyTuple_GET_ITEM(pair, 0), *remainder = PyTuple_GET_ITEM(pair, 1);
    if (!PyObject_IsTrue(remainder) && _PyLong_Sign(quotient) >= 0
        && PyObject_RichCompareBool(quotient, self->length, Py_LT) == 1)
        position = Py_NewRef(quotient);
    Py_DECREF(pair);
    return position;
}

/* How often value occurs, or with `first` its first position; -1 with an exception, -2 if it does not occur. */
static Py_ssize_t search(PyObject *range, PyObject *value, int first)
{
    PyObject *iterator = PyObject_GetIter(range), *item;
    Py_ssize_t position = 0, count = 0;
    int equal = 0;

    if (!iterator)
        return -1;
    while (equal >= 0 && !(first && equal) && (item = PyIter_Next(iterator))) {
        equal = PyObject_RichCompareBool(item, value, Py_EQ);
        Py_DECREF(item);
        count += equal > 0;
        position++;
    }
    Py_DECREF(iterator);
    if (equal < 0 || PyErr_Occurred())
        return -1;
    if (!count)
        return -2;
    return first ? position - 1 : count;
}

static int is_plain_int(PyObject *op)
{
    return PyLong_CheckExact(op) || PyBool_Check(op);
}

static int range_contains(PyObject *op, PyObject *value)
{
    if (!is_plain_int(value)) {
        Py_ssize_t found = search(op, value, 1);
        return found == -1 ? -1 : found >= 0;
    }
    PyObject *position = range_position((rangeobject *)op, value);
    if (!position)
        return PyErr_Occurred() ? -1 : 0;
    Py_DECREF(position);
    return 1;
}

static PyObject *range_index(PyObject *op, PyObject *value)
{
    if (!is_plain_int(value)) {
        Py_ssize_t found = search(op, value, 1);
        if (found == -2)
            PyErr_SetString(PyExc_ValueError, "sequence.index(x): x not in sequence");
        return found < 0 ? NULL : PyLong_FromSsize_t(found);
    }
    PyObject *position = range_position((rangeobject *)op, value);
    if (!position && !PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "%R is not in range", value);
    return position;
}

static PyObject *range_count(PyObject *op, PyObject *value)
{
    if (is_plain_int(value)) {
        int found = range_contains(op, value);
        return found < 0 ? NULL : PyLong_FromLong(found);
    }
    Py_ssize_t count = search(op, value, 0);
    return count == -1 ? NULL : PyLong_FromSsize_t(count == -2 ? 0 : count);
}

/* What makes two ranges equal: the length, then the first item, then the step, where each is of importance. */
static PyObject *range_key(rangeobject *self)
{
    if (PyObject_Not(self->length))
        return PyTuple_Pack(3, self->length, Py_None, Py_None);
    if (is_one(self->length))
        return PyTuple_Pack(3, self->length, self->start, Py_None);
    return PyTuple_Pack(3, self->length, self->start, self->step);
}

static PyObject *range_richcompare(PyObject *left, PyObject *right, int op)
{
    PyObject *a, *b, *answer;

    if (!PyRange_Check(right) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    a = range_key((rangeobject *)left);
    b = a ? range_key((rangeobject *)right) : NULL;
    answer = b ? PyObject_RichCompare(a, b, op) : NULL;
    Py_XDECREF(a);
    Py_XDECREF(b);
    return answer;
}

static Py_hash_t range_hash(PyObject *op)
{
    PyObject *key = range_key((rangeobject *)op);
    Py_hash_t hash = key ? PyObject_Hash(key) : -1;
    Py_XDECREF(key);
    return hash;
}

static PyObject *short_iterator(long start, long step, unsigned long count)
{
    rangeiterobject *iterator = PyObject_New(rangeiterobject, &PyRangeIter_Type);
    if (!iterator)
        return NULL;
    iterator->next = start;
    iterator->step = step;
    iterator->left = count;
    return (PyObject *)iterator;
}

/* Takes over the reference to start. */
static PyObject *long_iterator(PyObject *start, PyObject *step, PyObject *length)
{
    longrangeiterobject *iterator = start ? PyObject_New(longrangeiterobject, &longrangeiter_type) : NULL;
    if (!iterator) {
        Py_XDECREF(start);
        return NULL;
    }
    iterator->next = start;
    iterator->step = Py_NewRef(step);
    iterator->left = Py_NewRef(length);
    return (PyObject *)iterator;
}

/* Takes over start. Every value up to one step past the end must fit for the short form. */
static PyObject *iterate(PyObject *start, PyObject *step, PyObject *length)
{
    int overflow[3];
    long first = PyLong_AsLongAndOverflow(start, &overflow[0]), stride = PyLong_AsLongAndOverflow(step, &overflow[1]);
    long count = PyLong_AsLongAndOverflow(length, &overflow[2]), travel, end;

    if (overflow[0] || overflow[1] || overflow[2] || __builtin_mul_overflow(stride, count, &travel)
        || __builtin_add_overflow(first, travel, &end))
        return long_iterator(start, step, length);
    Py_DECREF(start);
    return short_iterator(first, stride, (unsigned long)count);
}

static PyObject *range_iter(PyObject *op)
{
    rangeobject *self = (rangeobject *)op;
    return iterate(Py_NewRef(self->start), self->step, self->length);
}

static PyObject *range_reverse(PyObject *op, PyObject *unused)
{
    rangeobject *self = (rangeobject *)op;
    PyObject *last_index = predecessor(self->length);
    PyObject *last = last_index ? range_value(self, last_index) : NULL;
    PyObject *step = last ? PyNumber_Negative(self->step) : NULL;
    PyObject *iterator = NULL;

    (void)unused;
    if (step)
        iterator = iterate(Py_NewRef(last), step, self->length);
    Py_XDECREF(last_index);
    Py_XDECREF(last);
    Py_XDECREF(step);
    return iterator;
}

static PyNumberMethods range_as_number = {.nb_bool = range_bool};
static PySequenceMethods range_as_sequence = {
    .sq_length = range_length, .sq_item = range_item, .sq_contains = range_contains};
static PyMappingMethods range_as_mapping = {.mp_length = range_length, .mp_subscript = range_subscript};

static PyMethodDef range_methods[] = {
    {"__reversed__", range_reverse, METH_NOARGS, "Return a reverse iterator."},
    {"count", range_count, METH_O, "rangeobject.count(value) -> integer -- return number of occurrences of value"},
    {"index", range_index, METH_O, "rangeobject.index(value) -> integer -- position of value, or ValueError"},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef range_members[] = {
    {"start", Py_T_OBJECT_EX, offsetof(rangeobject, start), Py_READONLY, NULL},
    {"stop", Py_T_OBJECT_EX, offsetof(rangeobject, stop), Py_READONLY, NULL},
    {"step", Py_T_OBJECT_EX, offsetof(rangeobject, step), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyObject *rangeiter_next(PyObject *op)
{
    rangeiterobject *self = (rangeiterobject *)op;
    if (!self->left)
        return NULL;
    long value = self->next;
    self->left--;
    self->next = value + self->step;
    return PyLong_FromLong(value);
}

static PyObject *rangeiter_length_hint(PyObject *op, PyObject *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLong(((rangeiterobject *)op)->left);
}

static PyMethodDef rangeiter_methods[] = {
    {"__length_hint__", rangeiter_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static void longrangeiter_dealloc(PyObject *op)
{
    longrangeiterobject *self = (longrangeiterobject *)op;
    Py_DECREF(self->next);
    Py_DECREF(self->step);
    Py_DECREF(self->left);
    PyObject_Free(op);
}

static PyObject *longrangeiter_next(PyObject *op)
{
    longrangeiterobject *self = (longrangeiterobject *)op;
    PyObject *left, *following, *value;

    if (PyObject_Not(self->left))
        return NULL;
    left = predecessor(self->left);
    following = left ? PyNumber_Add(self->next, self->step) : NULL;
    if (!following) {
        Py_XDECREF(left);
        return NULL;
    }
    value = self->next;
    self->next = following;
    Py_SETREF(self->left, left);
    return value;
}

static PyTypeObject longrangeiter_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "longrange_iterator",
    .tp_basicsize = sizeof(longrangeiterobject),
    .tp_dealloc = longrangeiter_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = longrangeiter_next,
};

PyTypeObject PyRangeIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "range_iterator",
    .tp_basicsize = sizeof(rangeiterobject),
    .tp_dealloc = (destructor)PyObject_Free,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = rangeiter_next,
    .tp_methods = rangeiter_methods,
};

PyTypeObject PyRange_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "range",
    .tp_basicsize = sizeof(rangeobject),
    .tp_dealloc = range_dealloc,
    .tp_repr = range_repr,
    .tp_as_number = &range_as_number,
    .tp_as_sequence = &range_as_sequence,
    .tp_as_mapping = &range_as_mapping,
    .tp_hash = range_hash,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "range(stop) or range(start, stop[, step]): ints from start to before stop.",
    .tp_richcompare = range_richcompare,
    .tp_iter = range_iter,
    .tp_methods = range_methods,
    .tp_members = range_members,
    .tp_new = range_new,
};

int _PyRange_Init(void)
{
    return PyType_Ready(&PyRange_Type) < 0 || PyType_Ready(&PyRangeIter_Type) < 0 || PyType_Ready(&longrangeiter_type) < 0
               ? -1 : 0;
}
