/* list, its iterators, and the sort. */
#include "gc.h"
#include "spare.h"

#define MAX_SPARE 64
static struct spare spare;

/* A list of so few slots keeps them when it is emptied. */
#define FEW_SLOTS 4

/* ---- constructor ---- */

static void close_gap(PyListObject *self)
{
    PyObject **first = self->ob_item - self->gap;
    memmove(first, self->ob_item, (size_t)Py_SIZE(self) * sizeof(PyObject *));
    self->ob_item = first;
    self->allocated += self->gap;
    self->gap = 0;
}

/* Room for `size` items, growing by an eighth so that appending costs constant time. Fewer than before always fit. */
static int list_resize(PyListObject *self, Py_ssize_t size)
{
    if (size <= self->allocated && (size >= self->allocated / 2 || self->allocated <= FEW_SLOTS)) {
        Py_SET_SIZE(self, size);
        return 0;
    }
    if (self->gap) {
        /* A narrow gap would be closed again soon: a queue of this length then moves all its items for a few. */
        bool wide = self->gap >= size / 4;
        close_gap(self);
        if (wide && size <= self->allocated && size >= self->allocated / 2) {
            Py_SET_SIZE(self, size);
            return 0;
        }
    }
    Py_ssize_t room = size ? (size + (size >> 3) + 6) & ~(Py_ssize_t)3 : 0;
    if (size > self->allocated && size - Py_SIZE(self) > room - size)
        room = (size + 3) & ~(Py_ssize_t)3;
    /* The first item gets one slot: where a list mostly has one, generated code then takes it away without a call. */
    if (size == 1 && self->allocated == 0)
        room = 1;
    if (room == 0) {
        PyMem_Free(self->ob_item);
        self->ob_item = NULL;
    } else {
        PyObject **items = room <= PY_SSIZE_T_MAX / 8 ? PyMem_Realloc(self->ob_item, (size_t)room * sizeof(PyObject *)) : NULL;
        if (!items && size > self->allocated) {
            PyErr_NoMemory();
            return -1;
        }
        /* What could not be made smaller is large enough. */
        if (items)
            self->ob_item = items;
        else
            room = self->allocated;
    }
    self->allocated = room;
    Py_SET_SIZE(self, size);
    return 0;
}

/* Forget the first `count` items, not all of them: a list that is used as a queue moves nothing. */
static void forget_front(PyListObject *self, Py_ssize_t count)
{
    self->ob_item += count;
    self->gap += count;
    self->allocated -= count;
    Py_SET_SIZE(self, Py_SIZE(self) - count);
    if (self->gap > Py_SIZE(self)) {
        close_gap(self);
        list_resize(self, Py_SIZE(self));
    }
}

static PyListObject *list_alloc(void)
{
    gc_head *head = spare_take(&spare);
    if (!head)
        return PyObject_GC_New(PyListObject, &PyList_Type);
    gc_count_allocation();
    *head = (gc_head){NULL, NULL, 0, 0};
    PyListObject *op = (PyListObject *)GC_OBJECT(head);
    op->ob_base = (PyVarObject){{1, &PyList_Type}, 0};
    return op;
}

PyObject *PyList_New(Py_ssize_t size)
{
    if (size < 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyListObject *op = list_alloc();
    if (!op)
        return NULL;
    op->ob_item = size ? PyMem_Calloc((size_t)size, sizeof(PyObject *)) : NULL;
    Py_SET_SIZE(op, size);
    op->allocated = size;
    op->gap = 0;
    if (size && !op->ob_item) {
        Py_SET_SIZE(op, 0);
        Py_DECREF(op);
        return PyErr_NoMemory();
    }
    PyObject_GC_Track(op);
    return (PyObject *)op;
}

static PyObject *list_from_array(PyObject *const *items, Py_ssize_t count)
{
    PyObject *op = PyList_New(count);
    for (Py_ssize_t i = 0; op && i < count; i++)
        PyList_SET_ITEM(op, i, Py_NewRef(items[i]));
    return op;
}

static int list_clear(PyObject *op)
{
    PyListObject *self = (PyListObject *)op;
    PyObject **items = self->ob_item, **first = items ? items - self->gap : NULL;
    Py_ssize_t i = Py_SIZE(self);
    self->ob_item = NULL;
    self->allocated = self->gap = 0;
    Py_SET_SIZE(self, 0);
    while (--i >= 0)
        Py_XDECREF(items[i]);
    PyMem_Free(first);
    return 0;
}

static void list_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    list_clear(self);
    if (PyList_CheckExact(self) && spare_keep(&spare, GC_HEAD(self), MAX_SPARE))
        gc_count_free();
    else
        Py_TYPE(self)->tp_free(self);
}

static int list_traverse(PyObject *self, visitproc visit, void *arg)
{
    for (Py_ssize_t i = PyList_GET_SIZE(self); --i >= 0;)
        Py_VISIT(PyList_GET_ITEM(self, i));
    return 0;
}

/* ---- changes from C ---- */

int PyList_Append(PyObject *op, PyObject *value)
{
    Py_ssize_t size = PyList_GET_SIZE(op);
    if (list_resize((PyListObject *)op, size + 1) < 0)
        return -1;
    PyList_SET_ITEM(op, size, Py_NewRef(value));
    return 0;
}

int PyList_Insert(PyObject *op, Py_ssize_t i, PyObject *value)
{
    PyListObject *self = (PyListObject *)op;
    Py_ssize_t size = Py_SIZE(self);
    if (list_resize(self, size + 1) < 0)
        return -1;
    i = i < 0 ? Py_MAX(i + size, 0) : Py_MIN(i, size);
    memmove(self->ob_item + i + 1, self->ob_item + i, (size_t)(size - i) * sizeof(PyObject *));
    self->ob_item[i] = Py_NewRef(value);
    return 0;
}

/* items is a list or tuple; it may be op itself. */
static int extend_sequence(PyObject *op, PyObject *items)
{
    Py_ssize_t size = PyList_GET_SIZE(op), more = PySequence_Fast_GET_SIZE(items);
    if (more == 0)
        return 0;
    if (list_resize((PyListObject *)op, size + more) < 0)
        return -1;
    PyObject **from = PySequence_Fast_ITEMS(items);
    for (Py_ssize_t i = 0; i < more; i++)
        PyList_SET_ITEM(op, size + i, Py_NewRef(from[i]));
    return 0;
}

int PyList_Extend(PyObject *op, PyObject *items)
{
    if (PyList_CheckExact(items) || PyTuple_CheckExact(items))
        return extend_sequence(op, items);
    PyObject *it = PyObject_GetIter(items), *item;
    if (!it)
        return -1;
    iternextfunc next = Py_TYPE(it)->tp_iternext;
    while ((item = next(it))) {
        int failed = PyList_Append(op, item);
        Py_DECREF(item);
        if (failed) {
            Py_DECREF(it);
            return -1;
        }
    }
    Py_DECREF(it);
    if (!PyErr_Occurred())
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return -1;
    PyErr_Clear();
    return 0;
}

PyObject *_PyList_Extend(PyListObject *op, PyObject *items)
{
    return PyList_Extend((PyObject *)op, items) < 0 ? NULL : Py_NewRef(Py_None);
}

int PyList_Clear(PyObject *op) { return list_clear(op); }

PyObject *PyList_GetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high)
{
    low = low < 0 ? 0 : Py_MIN(low, PyList_GET_SIZE(op));
    high = high < low ? low : Py_MIN(high, PyList_GET_SIZE(op));
    return list_from_array(((PyListObject *)op)->ob_item + low, high - low);
}

/* Replace [low, high) by `count` owned references; the old items are let go last, when the list is whole again. */
static int replace_range(PyListObject *self, Py_ssize_t low, Py_ssize_t high, PyObject *const *items, Py_ssize_t count)
{
    Py_ssize_t size = Py_SIZE(self), removed = high - low, delta = count - removed;
    PyObject **gone = removed ? PyMem_Malloc((size_t)removed * sizeof(PyObject *)) : NULL;
    if (removed && !gone) {
        PyErr_NoMemory();
        return -1;
    }
    if (removed)
        memcpy(gone, self->ob_item + low, (size_t)removed * sizeof(PyObject *));
    if (delta > 0 && list_resize(self, size + delta) < 0) {
        PyMem_Free(gone);
        return -1;
    }
    bool front = low == 0 && count == 0 && removed > 0 && high < size;
    if (delta && size > high && !front)
        memmove(self->ob_item + high + delta, self->ob_item + high, (size_t)(size - high) * sizeof(PyObject *));
    for (Py_ssize_t i = 0; i < count; i++)
        self->ob_item[low + i] = Py_NewRef(items[i]);
    if (front)
        forget_front(self, removed);
    else if (delta < 0)
        list_resize(self, size + delta);
    for (Py_ssize_t i = 0; i < removed; i++)
        Py_XDECREF(gone[i]);
    PyMem_Free(gone);
    return 0;
}

int PyList_SetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high, PyObject *items)
{
    PyObject *fast = items ? items == op ? PyList_GetSlice(op, 0, PyList_GET_SIZE(op))
                                         : PySequence_Fast(items, "can only assign an iterable")
                           : NULL;
    if (items && !fast)
        return -1;
    low = low < 0 ? 0 : Py_MIN(low, PyList_GET_SIZE(op));
    high = high < low ? low : Py_MIN(high, PyList_GET_SIZE(op));
    int result = replace_range((PyListObject *)op, low, high, fast ? PySequence_Fast_ITEMS(fast) : NULL,
                               fast ? PySequence_Fast_GET_SIZE(fast) : 0);
    Py_XDECREF(fast);
    return result;
}

Py_ssize_t PyList_Size(PyObject *op)
{
    if (PyList_Check(op))
        return PyList_GET_SIZE(op);
    PyErr_BadInternalCall();
    return -1;
}

PyObject *PyList_GetItem(PyObject *op, Py_ssize_t i)
{
    if (i < 0 || i >= PyList_GET_SIZE(op)) {
        PyErr_SetString(PyExc_IndexError, "list index out of range");
        return NULL;
    }
    return PyList_GET_ITEM(op, i);
}

PyObject *PyList_GetItemRef(PyObject *op, Py_ssize_t i) { return Py_XNewRef(PyList_GetItem(op, i)); }

int PyList_SetItem(PyObject *op, Py_ssize_t i, PyObject *value)
{
    if (i < 0 || i >= PyList_GET_SIZE(op)) {
        Py_XDECREF(value);
        PyErr_SetString(PyExc_IndexError, "list assignment index out of range");
        return -1;
    }
    Py_XSETREF(PyList_GET_ITEM(op, i), value);
    return 0;
}

int PyList_Reverse(PyObject *op)
{
    PyObject **items = ((PyListObject *)op)->ob_item;
    for (Py_ssize_t i = 0, j = PyList_GET_SIZE(op) - 1; i < j; i++, j--) {
        PyObject *item = items[i];
        items[i] = items[j];
        items[j] = item;
    }
    return 0;
}

PyObject *PyList_AsTuple(PyObject *op)
{
    return _PyTuple_FromArray(((PyListObject *)op)->ob_item, PyList_GET_SIZE(op));
}

/* ---- repr, compare ---- */

static PyObject *list_repr(PyObject *self)
{
    if (PyList_GET_SIZE(self) == 0)
        return PyUnicode_FromString("[]");
    int entered = Py_ReprEnter(self);
    if (entered)
        return entered > 0 ? PyUnicode_FromString("[...]") : NULL;
    PyObject *text = NULL, *parts = PyList_New(0), *comma = PyUnicode_FromString(", ");
    for (Py_ssize_t i = 0; parts && comma && i < PyList_GET_SIZE(self); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(self, i)), *part = PyObject_Repr(item);
        Py_DECREF(item);
        if (!part || PyList_Append(parts, part) < 0)
            Py_CLEAR(parts);
        Py_XDECREF(part);
    }
    PyObject *inner = parts && comma ? PyUnicode_Join(comma, parts) : NULL;
    if (inner)
        text = PyUnicode_FromFormat("[%U]", inner);
    Py_XDECREF(inner);
    Py_XDECREF(comma);
    Py_XDECREF(parts);
    Py_ReprLeave(self);
    return text;
}

static PyObject *list_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyList_Check(a) || !PyList_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    if (PyList_GET_SIZE(a) != PyList_GET_SIZE(b) && (op == Py_EQ || op == Py_NE))
        return Py_NewRef(op == Py_NE ? Py_True : Py_False);
    Py_ssize_t i;
    for (i = 0; i < PyList_GET_SIZE(a) && i < PyList_GET_SIZE(b); i++) {
        PyObject *x = Py_NewRef(PyList_GET_ITEM(a, i)), *y = Py_NewRef(PyList_GET_ITEM(b, i));
        int equal = PyObject_RichCompareBool(x, y, Py_EQ);
        PyObject *result = NULL;
        if (equal == 0)
            result = op == Py_EQ ? Py_NewRef(Py_False) : op == Py_NE ? Py_NewRef(Py_True) : PyObject_RichCompare(x, y, op);
        Py_DECREF(x);
        Py_DECREF(y);
        if (equal <= 0)
            return result;
    }
    Py_RETURN_RICHCOMPARE(PyList_GET_SIZE(a), PyList_GET_SIZE(b), op);
}

/* ---- sequence and mapping ---- */

static Py_ssize_t list_length(PyObject *self) { return PyList_GET_SIZE(self); }

static PyObject *list_concat(PyObject *a, PyObject *b)
{
    if (!PyList_Check(b)) {
        PyErr_Format(PyExc_TypeError, "can only concatenate list (not \"%.200s\") to list", Py_TYPE(b)->tp_name);
        return NULL;
    }
    PyObject *op = PyList_GetSlice(a, 0, PyList_GET_SIZE(a));
    if (op && extend_sequence(op, b) < 0)
        Py_CLEAR(op);
    return op;
}

static PyObject *list_repeat(PyObject *self, Py_ssize_t count)
{
    Py_ssize_t size = PyList_GET_SIZE(self);
    if (count <= 0 || size == 0)
        return PyList_New(0);
    if (size > PY_SSIZE_T_MAX / 8 / count)
        return PyErr_NoMemory();
    PyObject *op = PyList_New(size * count);
    for (Py_ssize_t i = 0; op && i < size * count; i++)
        PyList_SET_ITEM(op, i, Py_NewRef(PyList_GET_ITEM(self, i % size)));
    return op;
}

static PyObject *list_inplace_repeat(PyObject *self, Py_ssize_t count)
{
    PyObject *op = list_repeat(self, count);
    if (!op || PyList_SetSlice(self, 0, PyList_GET_SIZE(self), op) < 0) {
        Py_XDECREF(op);
        return NULL;
    }
    Py_DECREF(op);
    return Py_NewRef(self);
}

static PyObject *list_inplace_concat(PyObject *self, PyObject *items)
{
    return PyList_Extend(self, items) < 0 ? NULL : Py_NewRef(self);
}

static PyObject *list_item(PyObject *self, Py_ssize_t i)
{
    return Py_XNewRef(PyList_GetItem(self, i));
}

static int list_ass_item(PyObject *self, Py_ssize_t i, PyObject *value)
{
    if (i < 0 || i >= PyList_GET_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "list assignment index out of range");
        return -1;
    }
    if (!value)
        return PyList_SetSlice(self, i, i + 1, NULL);
    Py_INCREF(value);
    Py_SETREF(PyList_GET_ITEM(self, i), value);
    return 0;
}

static int list_contains(PyObject *self, PyObject *value)
{
    int found = 0;
    for (Py_ssize_t i = 0; !found && i < PyList_GET_SIZE(self); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(self, i));
        found = PyObject_RichCompareBool(item, value, Py_EQ);
        Py_DECREF(item);
    }
    return found;
}

static PyObject *list_subscript(PyObject *self, PyObject *key)
{
    if (PyIndex_Check(key)) {
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred())
            return NULL;
        return list_item(self, i < 0 ? i + PyList_GET_SIZE(self) : i);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "list indices must be integers or slices, not %.200s", Py_TYPE(key)->tp_name);
        return NULL;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t count = PySlice_AdjustIndices(PyList_GET_SIZE(self), &start, &stop, step);
    PyObject *op = PyList_New(count);
    for (Py_ssize_t i = 0; op && i < count; i++)
        PyList_SET_ITEM(op, i, Py_NewRef(PyList_GET_ITEM(self, start + i * step)));
    return op;
}

/* del list[start:stop:step]: the items between move down, the removed ones are let go at the end. */
static int delete_stepped(PyObject *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    Py_ssize_t size = PyList_GET_SIZE(self), to, next;
    if (count == 0)
        return 0;
    if (step < 0) {
        start += step * (count - 1);
        step = -step;
    }
    PyObject *gone = PyList_New(count);
    if (!gone)
        return -1;
    to = next = start;
    for (Py_ssize_t i = start, taken = 0; i < size; i++) {
        if (i == next && taken < count) {
            PyList_SET_ITEM(gone, taken++, PyList_GET_ITEM(self, i));
            next = taken < count ? next + step : -1;
        } else {
            PyList_SET_ITEM(self, to++, PyList_GET_ITEM(self, i));
        }
    }
    int result = list_resize((PyListObject *)self, size - count);
    Py_DECREF(gone);
    return result;
}

static int assign_stepped(PyObject *self, PyObject *value, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    PyObject *fast = value == self ? PyList_GetSlice(self, 0, PyList_GET_SIZE(self))
                                   : PySequence_Fast(value, "must assign iterable to extended slice");
    if (!fast)
        return -1;
    if (PySequence_Fast_GET_SIZE(fast) != count) {
        PyErr_Format(PyExc_ValueError, "attempt to assign sequence of size %zd to extended slice of size %zd",
                     PySequence_Fast_GET_SIZE(fast), count);
        Py_DECREF(fast);
        return -1;
    }
    PyObject *gone = PyList_New(count);
    for (Py_ssize_t i = 0; gone && i < count; i++) {
        PyList_SET_ITEM(gone, i, PyList_GET_ITEM(self, start + i * step));
        PyList_SET_ITEM(self, start + i * step, Py_NewRef(PySequence_Fast_GET_ITEM(fast, i)));
    }
    Py_DECREF(fast);
    Py_XDECREF(gone);
    return gone ? 0 : -1;
}

static int list_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    if (PyIndex_Check(key)) {
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred())
            return -1;
        return list_ass_item(self, i < 0 ? i + PyList_GET_SIZE(self) : i, value);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "list indices must be integers or slices, not %.200s", Py_TYPE(key)->tp_name);
        return -1;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return -1;
    Py_ssize_t count = PySlice_AdjustIndices(PyList_GET_SIZE(self), &start, &stop, step);
    if (step == 1)
        return PyList_SetSlice(self, start, start + count, value);
    return value ? assign_stepped(self, value, start, step, count) : delete_stepped(self, start, step, count);
}

/* ---- iterators ---- */

typedef struct {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *list;         /* NULL once exhausted */
} listiterobject;

static PyObject *list_iter_from(PyObject *self, PyTypeObject *type, Py_ssize_t index)
{
    listiterobject *it = PyObject_GC_New(listiterobject, type);
    if (!it)
        return NULL;
    it->index = index;
    it->list = Py_NewRef(self);
    PyObject_GC_Track(it);
    return (PyObject *)it;
}

static PyObject *list_iter(PyObject *self) { return list_iter_from(self, &PyListIter_Type, 0); }

static PyObject *list_reversed(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return list_iter_from(self, &PyListRevIter_Type, PyList_GET_SIZE(self) - 1);
}

static void listiter_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((listiterobject *)self)->list);
    PyObject_GC_Del(self);
}

static int listiter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((listiterobject *)self)->list);
    return 0;
}

static PyObject *listiter_next(PyObject *self)
{
    listiterobject *it = (listiterobject *)self;
    if (it->list && it->index < PyList_GET_SIZE(it->list))
        return Py_NewRef(PyList_GET_ITEM(it->list, it->index++));
    Py_CLEAR(it->list);
    return NULL;
}

static PyObject *listreviter_next(PyObject *self)
{
    listiterobject *it = (listiterobject *)self;
    if (it->list && it->index >= 0 && it->index < PyList_GET_SIZE(it->list))
        return Py_NewRef(PyList_GET_ITEM(it->list, it->index--));
    it->index = -1;
    Py_CLEAR(it->list);
    return NULL;
}

static PyObject *listiter_length_hint(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    listiterobject *it = (listiterobject *)self;
    Py_ssize_t left = it->list ? PyList_GET_SIZE(it->list) - it->index : 0;
    return PyLong_FromSsize_t(Py_MAX(left, 0));
}

static PyObject *listreviter_length_hint(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    listiterobject *it = (listiterobject *)self;
    return PyLong_FromSsize_t(it->list && it->index < PyList_GET_SIZE(it->list) ? it->index + 1 : 0);
}

static PyMethodDef listiter_methods[] = {
    {"__length_hint__", listiter_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef listreviter_methods[] = {
    {"__length_hint__", listreviter_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyListIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "list_iterator",
    .tp_basicsize = sizeof(listiterobject),
    .tp_dealloc = listiter_dealloc,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = listiter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = listiter_next,
    .tp_methods = listiter_methods,
};

PyTypeObject PyListRevIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "list_reverseiterator",
    .tp_basicsize = sizeof(listiterobject),
    .tp_dealloc = listiter_dealloc,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = listiter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = listreviter_next,
    .tp_methods = listreviter_methods,
};

/* ---- sort: a stable merge sort over runs already in order ---- */

typedef struct {
    PyObject *key;
    PyObject *value;
} sort_entry;

#define INSERTION_RUN 16    /* shorter stretches are sorted by insertion */

static int entry_less(const sort_entry *a, const sort_entry *b)
{
    return PyObject_RichCompareBool(a->key, b->key, Py_LT);
}

static int insertion_sort(sort_entry *entries, Py_ssize_t count)
{
    for (Py_ssize_t i = 1; i < count; i++) {
        sort_entry pivot = entries[i];
        Py_ssize_t low = 0, high = i;
        while (low < high) {
            Py_ssize_t middle = (low + high) >> 1;
            int less = entry_less(&pivot, &entries[middle]);
            if (less < 0)
                return -1;
            if (less)
                high = middle;
            else
                low = middle + 1;
        }
        memmove(entries + low + 1, entries + low, (size_t)(i - low) * sizeof(sort_entry));
        entries[low] = pivot;
    }
    return 0;
}

/* Merge the sorted halves; the left one is copied out. On an error every entry is still there, in some order. */
static int merge_halves(sort_entry *entries, Py_ssize_t half, Py_ssize_t count, sort_entry *left)
{
    Py_ssize_t i = 0, j = half, to = 0;
    int less = entry_less(&entries[half], &entries[half - 1]);
    if (less <= 0)
        return less;
    memcpy(left, entries, (size_t)half * sizeof(sort_entry));
    while (i < half && j < count) {
        less = entry_less(&entries[j], &left[i]);
        if (less < 0)
            break;
        entries[to++] = less ? entries[j++] : left[i++];
    }
    memmove(entries + to, left + i, (size_t)(half - i) * sizeof(sort_entry));
    return less < 0 ? -1 : 0;
}

static int merge_sort(sort_entry *entries, Py_ssize_t count, sort_entry *spare)
{
    if (count <= INSERTION_RUN)
        return insertion_sort(entries, count);
    Py_ssize_t half = count / 2;
    if (merge_sort(entries, half, spare) < 0 || merge_sort(entries + half, count - half, spare) < 0)
        return -1;
    return merge_halves(entries, half, count, spare);
}

static void reverse_entries(sort_entry *entries, Py_ssize_t count)
{
    for (Py_ssize_t i = 0, j = count - 1; i < j; i++, j--) {
        sort_entry entry = entries[i];
        entries[i] = entries[j];
        entries[j] = entry;
    }
}

static int compute_keys(sort_entry *entries, PyObject **items, Py_ssize_t count, PyObject *function)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        entries[i].value = items[i];
        entries[i].key = function ? PyObject_CallOneArg(function, items[i]) : Py_NewRef(items[i]);
        if (!entries[i].key) {
            while (--i >= 0)
                Py_DECREF(entries[i].key);
            return -1;
        }
    }
    return 0;
}

/* The list is empty to everyone else while its items are being sorted, so that a comparison cannot disturb them. */
static int sort_items(PyObject **items, Py_ssize_t count, PyObject *function, int reverse)
{
    sort_entry *entries = count <= PY_SSIZE_T_MAX / 32 ? PyMem_Malloc((size_t)count * 2 * sizeof(sort_entry)) : NULL;
    if (!entries) {
        PyErr_NoMemory();
        return -1;
    }
    if (compute_keys(entries, items, count, function) < 0) {
        PyMem_Free(entries);
        return -1;
    }
    if (reverse)
        reverse_entries(entries, count);
    int result = merge_sort(entries, count, entries + count);
    if (reverse)
        reverse_entries(entries, count);
    for (Py_ssize_t i = 0; i < count; i++) {
        items[i] = entries[i].value;
        Py_DECREF(entries[i].key);
    }
    PyMem_Free(entries);
    return result;
}

static int list_sort_with(PyListObject *self, PyObject *function, int reverse)
{
    PyObject **items = self->ob_item;
    Py_ssize_t count = Py_SIZE(self), allocated = self->allocated, gap = self->gap;
    if (count < 1)
        return 0;
    self->ob_item = NULL;
    self->allocated = -1;
    self->gap = 0;
    Py_SET_SIZE(self, 0);
    int result = sort_items(items, count, function, reverse);
    if (self->allocated != -1 && result == 0) {
        PyErr_SetString(PyExc_ValueError, "list modified during sort");
        result = -1;
    }
    PyObject **stray = self->ob_item, **first_stray = stray ? stray - self->gap : NULL;
    Py_ssize_t strays = Py_SIZE(self);
    self->ob_item = items;
    self->allocated = allocated;
    self->gap = gap;
    Py_SET_SIZE(self, count);
    while (--strays >= 0)
        Py_XDECREF(stray[strays]);
    PyMem_Free(first_stray);
    return result;
}

int PyList_Sort(PyObject *op) { return list_sort_with((PyListObject *)op, NULL, 0); }

static PyObject *list_sort(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const char *const names[] = {"key", "reverse", NULL};
    PyObject *function = Py_None;
    int reverse = 0;
    if (!_PyArg_ParseStackAndKeywords(args, nargs, kwnames, "|$Op:sort", names, &function, &reverse))
        return NULL;
    if (list_sort_with((PyListObject *)self, function == Py_None ? NULL : function, reverse) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ---- methods ---- */

static PyObject *list_append(PyObject *self, PyObject *value)
{
    return PyList_Append(self, value) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *list_extend(PyObject *self, PyObject *items)
{
    return PyList_Extend(self, items) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *list_insert(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t i;
    PyObject *value;
    if (!_PyArg_CheckPositional("insert", nargs, 2, 2) || !_PyArg_ParseStack(args, nargs, "nO:insert", &i, &value))
        return NULL;
    return PyList_Insert(self, i, value) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *list_pop(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t i = -1, size;
    if (!_PyArg_CheckPositional("pop", nargs, 0, 1) || (nargs && !_PyArg_ParseStack(args, nargs, "n:pop", &i)))
        return NULL;
    size = PyList_GET_SIZE(self);
    i = i < 0 ? i + size : i;
    if (i < 0 || i >= size) {
        PyErr_SetString(PyExc_IndexError, size ? "pop index out of range" : "pop from empty list");
        return NULL;
    }
    PyObject **items = ((PyListObject *)self)->ob_item, *item = items[i];
    if (i == 0 && size > 1) {
        forget_front((PyListObject *)self, 1);
        return item;
    }
    memmove(items + i, items + i + 1, (size_t)(size - i - 1) * sizeof(PyObject *));
    list_resize((PyListObject *)self, size - 1);
    return item;
}

static PyObject *list_index(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t start = 0, stop = PY_SSIZE_T_MAX;
    if (!_PyArg_CheckPositional("index", nargs, 1, 3) || (nargs > 1 && !_PyEval_SliceIndex(args[1], &start)) ||
        (nargs > 2 && !_PyEval_SliceIndex(args[2], &stop)))
        return NULL;
    PySlice_AdjustIndices(PyList_GET_SIZE(self), &start, &stop, 1);
    for (Py_ssize_t i = start; i < stop && i < PyList_GET_SIZE(self); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(self, i));
        int equal = PyObject_RichCompareBool(item, args[0], Py_EQ);
        Py_DECREF(item);
        if (equal)
            return equal < 0 ? NULL : PyLong_FromSsize_t(i);
    }
    PyErr_Format(PyExc_ValueError, "%R is not in list", args[0]);
    return NULL;
}

static PyObject *list_remove(PyObject *self, PyObject *value)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(self); i++) {
        PyObject *item = Py_NewRef(PyList_GET_ITEM(self, i));
        int equal = PyObject_RichCompareBool(item, value, Py_EQ);
        Py_DECREF(item);
        if (equal > 0)
            return PyList_SetSlice(self, i, i + 1, NULL) < 0 ? NULL : Py_NewRef(Py_None);
        if (equal < 0)
            return NULL;
    }
    PyErr_SetString(PyExc_ValueError, "list.remove(x): x not in list");
    return NULL;
}

static PyObject *list_count(PyObject *self, PyObject *value)
{
    Py_ssize_t count = PySequence_Count(self, value);
    return count < 0 ? NULL : PyLong_FromSsize_t(count);
}

static PyObject *list_reverse(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyList_Reverse(self);
    Py_RETURN_NONE;
}

static PyObject *list_copy(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyList_GetSlice(self, 0, PyList_GET_SIZE(self));
}

static PyObject *list_clear_method(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    list_clear(self);
    Py_RETURN_NONE;
}

static int list_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *items = NULL;
    if (Py_IS_TYPE(self, &PyList_Type) && !_PyArg_NoKeywords("list", kwargs))
        return -1;
    if (!PyArg_UnpackTuple(args, "list", 0, 1, &items))
        return -1;
    list_clear(self);
    return items ? PyList_Extend(self, items) : 0;
}

static PyObject *list_vectorcall(PyObject *Py_UNUSED(type), PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames("list", kwnames) || !_PyArg_CheckPositional("list", nargs, 0, 1))
        return NULL;
    PyObject *op = PyList_New(0);
    if (op && nargs && PyList_Extend(op, args[0]) < 0)
        Py_CLEAR(op);
    return op;
}

static PyMethodDef list_methods[] = {
    {"__reversed__", list_reversed, METH_NOARGS, NULL},
    {"append", list_append, METH_O, NULL},
    {"clear", list_clear_method, METH_NOARGS, NULL},
    {"copy", list_copy, METH_NOARGS, NULL},
    {"count", list_count, METH_O, NULL},
    {"extend", list_extend, METH_O, NULL},
    {"index", _PyCFunction_CAST(list_index), METH_FASTCALL, NULL},
    {"insert", _PyCFunction_CAST(list_insert), METH_FASTCALL, NULL},
    {"pop", _PyCFunction_CAST(list_pop), METH_FASTCALL, NULL},
    {"remove", list_remove, METH_O, NULL},
    {"reverse", list_reverse, METH_NOARGS, NULL},
    {"sort", _PyCFunction_CAST(list_sort), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods list_sequence = {
    .sq_length = list_length,
    .sq_concat = list_concat,
    .sq_repeat = list_repeat,
    .sq_item = list_item,
    .sq_ass_item = list_ass_item,
    .sq_contains = list_contains,
    .sq_inplace_concat = list_inplace_concat,
    .sq_inplace_repeat = list_inplace_repeat,
};

static PyMappingMethods list_mapping = {
    .mp_length = list_length,
    .mp_subscript = list_subscript,
    .mp_ass_subscript = list_ass_subscript,
};

PyTypeObject PyList_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "list",
    .tp_basicsize = sizeof(PyListObject),
    .tp_dealloc = list_dealloc,
    .tp_repr = list_repr,
    .tp_as_sequence = &list_sequence,
    .tp_as_mapping = &list_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_LIST_SUBCLASS | Py_TPFLAGS_SEQUENCE |
                _Py_TPFLAGS_MATCH_SELF,
    .tp_traverse = list_traverse,
    .tp_clear = list_clear,
    .tp_richcompare = list_richcompare,
    .tp_iter = list_iter,
    .tp_methods = list_methods,
    .tp_init = list_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = list_vectorcall,
};
