/* dict, its views and iterators, and the read-only proxy of a class's dictionary. */
#include "lookup.h"

#define INDEX_SIZE_MIN 8
#define INDEX_SIZE_MAX ((Py_ssize_t)1 << 30)    /* bound of the table: two thirds of it are entries */

static Py_ssize_t capacity_of(Py_ssize_t index_size) { return index_size * 2 / 3; }

/* ---- constructor ---- */

static PyObject *dict_init_empty(PyDictObject *self)
{
    self->ma_used = self->ma_filled = self->ma_capacity = self->ma_index_size = 0;
    self->ma_entries = NULL;
    self->ma_index = NULL;
    return (PyObject *)self;
}

PyObject *PyDict_New(void)
{
    PyDictObject *self = PyObject_GC_New(PyDictObject, &PyDict_Type);
    if (!self)
        return NULL;
    dict_init_empty(self);
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

/* The first free slot of the index for a key with this hash, which is not in the table. */
static Py_ssize_t free_slot(PyDictObject *self, Py_hash_t hash)
{
    size_t mask = (size_t)self->ma_index_size - 1, perturb = (size_t)hash, i = (size_t)hash & mask;
    while (self->ma_index[i] >= 0) {
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
    return (Py_ssize_t)i;
}

/* Move the entries in use to a table with room for `wanted`, closing the gaps. */
static int dict_resize(PyDictObject *self, Py_ssize_t wanted)
{
    Py_ssize_t index_size = INDEX_SIZE_MIN;
    while (capacity_of(index_size) < wanted && index_size < INDEX_SIZE_MAX)
        index_size <<= 1;
    Py_ssize_t capacity = capacity_of(index_size);
    PyDictEntry *old = self->ma_entries, *entries = NULL;
    if (capacity >= wanted)
        entries = PyMem_Malloc((size_t)capacity * sizeof(PyDictEntry) + (size_t)index_size * sizeof(int32_t));
    if (!entries) {
        PyErr_NoMemory();
        return -1;
    }
    Py_ssize_t filled = self->ma_filled, to = 0;
    self->ma_entries = entries;
    self->ma_index = (int32_t *)(entries + capacity);
    self->ma_index_size = index_size;
    self->ma_capacity = capacity;
    memset(self->ma_index, 0xff, (size_t)index_size * sizeof(int32_t));
    for (Py_ssize_t i = 0; i < filled; i++) {
        if (!old[i].me_key)
            continue;
        self->ma_index[free_slot(self, old[i].me_hash)] = (int32_t)to;
        entries[to++] = old[i];
    }
    self->ma_filled = to;
    PyMem_Free(old);
    return 0;
}

PyObject *_PyDict_NewPresized(Py_ssize_t size)
{
    PyObject *op = PyDict_New();
    if (op && size > 5 && dict_resize((PyDictObject *)op, size) < 0)
        Py_CLEAR(op);
    return op;
}

static PyObject *dict_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    PyObject *op = type->tp_alloc(type, 0);
    return op ? dict_init_empty((PyDictObject *)op) : NULL;
}

void PyDict_Clear(PyObject *op)
{
    PyDictObject *self = (PyDictObject *)op;
    PyDictEntry *entries = self->ma_entries;
    Py_ssize_t filled = self->ma_filled;
    dict_init_empty(self);
    for (Py_ssize_t i = 0; i < filled; i++) {
        Py_XDECREF(entries[i].me_key);
        Py_XDECREF(entries[i].me_value);
    }
    PyMem_Free(entries);
}

static int dict_clear_slot(PyObject *self)
{
    PyDict_Clear(self);
    return 0;
}

static void dict_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    PyDict_Clear(self);
    Py_TYPE(self)->tp_free(self);
}

static int dict_traverse(PyObject *op, visitproc visit, void *arg)
{
    PyDictObject *self = (PyDictObject *)op;
    for (Py_ssize_t i = 0; i < self->ma_filled; i++) {
        Py_VISIT(self->ma_entries[i].me_key);
        Py_VISIT(self->ma_entries[i].me_value);
    }
    return 0;
}

/* ---- lookup ---- */

static Py_hash_t hash_key(PyObject *key)
{
    if (PyUnicode_CheckExact(key) && ((PyASCIIObject *)key)->hash != -1)
        return ((PyASCIIObject *)key)->hash;
    return PyObject_Hash(key);
}

/* 1 equal, 0 not, -1 error, -2 the comparison changed the table: look again. */
static int same_key(PyDictObject *self, Py_ssize_t number, PyObject *key, Py_hash_t hash)
{
    PyDictEntry *entry = &self->ma_entries[number];
    if (entry->me_key == key)
        return 1;
    if (entry->me_hash != hash)
        return 0;
    if (PyUnicode_CheckExact(key) && PyUnicode_CheckExact(entry->me_key))
        return _PyUnicode_EQ(entry->me_key, key);
    PyDictEntry *entries = self->ma_entries;
    PyObject *held = Py_NewRef(entry->me_key);
    int equal = PyObject_RichCompareBool(held, key, Py_EQ);
    Py_DECREF(held);
    if (equal >= 0 && (self->ma_entries != entries || number >= self->ma_filled || entries[number].me_key != held))
        return -2;
    return equal;
}

/* The entry's number, -1 if there is none, -2 on an error; *slot: its place in the index. */
static Py_ssize_t lookup(PyDictObject *self, PyObject *key, Py_hash_t hash, Py_ssize_t *slot)
{
again:
    if (self->ma_used == 0)
        return -1;
    size_t mask = (size_t)self->ma_index_size - 1, perturb = (size_t)hash, i = (size_t)hash & mask;
    for (;;) {
        int32_t number = self->ma_index[i];
        if (number == INDEX_EMPTY)
            return -1;
        if (number >= 0) {
            int same = same_key(self, number, key, hash);
            if (same == 1) {
                *slot = (Py_ssize_t)i;
                return number;
            }
            if (same == -1)
                return -2;
            if (same == -2)
                goto again;
        }
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
}

PyObject *_PyDict_GetItem_KnownHash(PyObject *op, PyObject *key, Py_hash_t hash)
{
    Py_ssize_t slot;
    if (hash == -1 && (hash = hash_key(key)) == -1)
        return NULL;
    Py_ssize_t number = lookup((PyDictObject *)op, key, hash, &slot);
    return number < 0 ? NULL : ((PyDictObject *)op)->ma_entries[number].me_value;
}

PyObject *PyDict_GetItemWithError(PyObject *op, PyObject *key)
{
    Py_hash_t hash = hash_key(key);
    return hash == -1 ? NULL : _PyDict_GetItem_KnownHash(op, key, hash);
}

/* For callers that cannot tell errors: they are dropped, as CPython does; an exception already set stays. */
PyObject *PyDict_GetItem(PyObject *op, PyObject *key)
{
    if (!PyDict_Check(op))
        return NULL;
    PyObject *error = PyErr_GetRaisedException();
    PyObject *value = PyDict_GetItemWithError(op, key);
    PyErr_SetRaisedException(error);
    return value;
}

int PyDict_GetItemRef(PyObject *op, PyObject *key, PyObject **result)
{
    *result = Py_XNewRef(PyDict_GetItemWithError(op, key));
    return *result ? 1 : PyErr_Occurred() ? -1 : 0;
}

int PyDict_Contains(PyObject *op, PyObject *key)
{
    Py_ssize_t slot;
    Py_hash_t hash = hash_key(key);
    if (hash == -1)
        return -1;
    Py_ssize_t number = lookup((PyDictObject *)op, key, hash, &slot);
    return number == -2 ? -1 : number >= 0;
}

/* ---- changes ---- */

static int insert_new(PyDictObject *self, PyObject *key, Py_hash_t hash, PyObject *value)
{
    if (self->ma_filled >= self->ma_capacity && dict_resize(self, self->ma_used ? self->ma_used * 2 + 1 : 1) < 0)
        return -1;
    Py_ssize_t number = self->ma_filled;
    self->ma_index[free_slot(self, hash)] = (int32_t)number;
    self->ma_entries[number] = (PyDictEntry){hash, Py_NewRef(key), Py_NewRef(value)};
    self->ma_filled++;
    self->ma_used++;
    return 0;
}

int _PyDict_SetItem_KnownHash(PyObject *op, PyObject *key, PyObject *value, Py_hash_t hash)
{
    PyDictObject *self = (PyDictObject *)op;
    Py_ssize_t slot, number = lookup(self, key, hash, &slot);
    if (number == -2)
        return -1;
    if (number < 0)
        return insert_new(self, key, hash, value);
    Py_INCREF(value);
    Py_SETREF(self->ma_entries[number].me_value, value);
    return 0;
}

int PyDict_SetItem(PyObject *op, PyObject *key, PyObject *value)
{
    if (!PyDict_Check(op)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Py_hash_t hash = hash_key(key);
    return hash == -1 ? -1 : _PyDict_SetItem_KnownHash(op, key, value, hash);
}

/* Give up the entries from `filled` on. Their slots of the index stay marked as deleted until the next resize, so the room
 * shrinks too: at least a third of the index is always empty, which is what ends a search. */
static void drop_tail(PyDictObject *self, Py_ssize_t filled)
{
    self->ma_capacity -= self->ma_filled - filled;
    self->ma_filled = filled;
}

/* Take the entry out; its value is handed to the caller. */
static PyObject *take_entry(PyDictObject *self, Py_ssize_t number, Py_ssize_t slot)
{
    PyDictEntry *entry = &self->ma_entries[number];
    PyObject *key = entry->me_key, *value = entry->me_value;
    self->ma_index[slot] = INDEX_DELETED;
    entry->me_key = entry->me_value = NULL;
    if (number == self->ma_filled - 1)
        drop_tail(self, number);
    self->ma_used--;
    Py_DECREF(key);
    return value;
}

int PyDict_Pop(PyObject *op, PyObject *key, PyObject **result)
{
    Py_ssize_t slot, number;
    PyObject *value = NULL;
    Py_hash_t hash = ((PyDictObject *)op)->ma_used ? hash_key(key) : 0;
    if (result)
        *result = NULL;
    if (hash == -1)
        return -1;
    number = lookup((PyDictObject *)op, key, hash, &slot);
    if (number < 0)
        return number == -2 ? -1 : 0;
    value = take_entry((PyDictObject *)op, number, slot);
    if (result)
        *result = value;
    else
        Py_DECREF(value);
    return 1;
}

PyObject *_PyDict_Pop(PyObject *op, PyObject *key, PyObject *fallback)
{
    PyObject *value;
    int found = PyDict_Pop(op, key, &value);
    if (found)
        return value;
    if (fallback)
        return Py_NewRef(fallback);
    _PyErr_SetKeyError(key);
    return NULL;
}

int PyDict_DelItem(PyObject *op, PyObject *key)
{
    Py_hash_t hash = hash_key(key);
    if (hash == -1)
        return -1;
    int found = PyDict_Pop(op, key, NULL);
    if (found == 0)
        _PyErr_SetKeyError(key);
    return found > 0 ? 0 : -1;
}

int PyDict_SetDefaultRef(PyObject *op, PyObject *key, PyObject *fallback, PyObject **result)
{
    PyDictObject *self = (PyDictObject *)op;
    Py_ssize_t slot, number;
    Py_hash_t hash = hash_key(key);
    if (result)
        *result = NULL;
    if (hash == -1 || (number = lookup(self, key, hash, &slot)) == -2)
        return -1;
    if (number < 0 && insert_new(self, key, hash, fallback) < 0)
        return -1;
    if (result)
        *result = Py_NewRef(number < 0 ? fallback : self->ma_entries[number].me_value);
    return number >= 0;
}

PyObject *PyDict_SetDefault(PyObject *op, PyObject *key, PyObject *fallback)
{
    PyObject *value;
    if (PyDict_SetDefaultRef(op, key, fallback, &value) < 0)
        return NULL;
    Py_DECREF(value);
    return value;
}

int _PyDict_Next(PyObject *op, Py_ssize_t *position, PyObject **key, PyObject **value, Py_hash_t *hash)
{
    PyDictObject *self = (PyDictObject *)op;
    Py_ssize_t i = *position;
    while (i < self->ma_filled && !self->ma_entries[i].me_key)
        i++;
    if (i < 0 || i >= self->ma_filled)
        return 0;
    *position = i + 1;
    if (key)
        *key = self->ma_entries[i].me_key;
    if (value)
        *value = self->ma_entries[i].me_value;
    if (hash)
        *hash = self->ma_entries[i].me_hash;
    return 1;
}

int PyDict_Next(PyObject *op, Py_ssize_t *position, PyObject **key, PyObject **value)
{
    return PyDict_Check(op) ? _PyDict_Next(op, position, key, value, NULL) : 0;
}

Py_ssize_t PyDict_Size(PyObject *op)
{
    if (PyDict_Check(op))
        return PyDict_GET_SIZE(op);
    PyErr_BadInternalCall();
    return -1;
}

PyObject *PyDict_Copy(PyObject *op)
{
    PyObject *copy = _PyDict_NewPresized(PyDict_GET_SIZE(op));
    if (copy && PyDict_Merge(copy, op, 1) < 0)
        Py_CLEAR(copy);
    return copy;
}

/* ---- keys given as C text ---- */

#define WITH_KEY(text, failure, expression)                     \
    PyObject *key = PyUnicode_FromString(text);                 \
    if (!key)                                                   \
        return failure;                                         \
    __auto_type outcome = expression;                           \
    Py_DECREF(key);                                             \
    return outcome

PyObject *_PyDict_GetItemStringWithError(PyObject *op, const char *text)
{
    WITH_KEY(text, NULL, PyDict_GetItemWithError(op, key));
}

PyObject *PyDict_GetItemString(PyObject *op, const char *text) { WITH_KEY(text, NULL, PyDict_GetItem(op, key)); }

int PyDict_GetItemStringRef(PyObject *op, const char *text, PyObject **result)
{
    *result = NULL;
    WITH_KEY(text, -1, PyDict_GetItemRef(op, key, result));
}

int PyDict_ContainsString(PyObject *op, const char *text) { WITH_KEY(text, -1, PyDict_Contains(op, key)); }
int PyDict_DelItemString(PyObject *op, const char *text) { WITH_KEY(text, -1, PyDict_DelItem(op, key)); }

int PyDict_PopString(PyObject *op, const char *text, PyObject **result)
{
    WITH_KEY(text, -1, PyDict_Pop(op, key, result));
}

int PyDict_SetItemString(PyObject *op, const char *text, PyObject *value)
{
    PyObject *key = PyUnicode_InternFromString(text);
    if (!key)
        return -1;
    int result = PyDict_SetItem(op, key, value);
    Py_DECREF(key);
    return result;
}

PyObject *_PyStack_AsDict(PyObject *const *values, PyObject *kwnames)
{
    Py_ssize_t count = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
    PyObject *dict = _PyDict_NewPresized(count);
    for (Py_ssize_t i = 0; dict && i < count; i++)
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(kwnames, i), values[i]) < 0)
            Py_CLEAR(dict);
    return dict;
}

PyObject *_PyDict_FromKeywords(PyObject *const *values, PyObject *kwnames) { return _PyStack_AsDict(values, kwnames); }

/* ---- merging ---- */

/* How a key already there is treated. */
enum { MERGE_KEEP = 0, MERGE_OVERRIDE = 1, MERGE_REFUSE = 2 };

static int merge_one(PyObject *op, PyObject *key, PyObject *value, int override)
{
    if (override == MERGE_OVERRIDE)
        return PyDict_SetItem(op, key, value);
    int found = PyDict_Contains(op, key);
    if (found > 0 && override == MERGE_REFUSE)
        _PyErr_SetKeyError(key);
    return found ? (found > 0 && override == MERGE_KEEP ? 0 : -1) : PyDict_SetItem(op, key, value);
}

static int merge_dict(PyObject *op, PyObject *other, int override)
{
    PyDictObject *from = (PyDictObject *)other;
    Py_ssize_t position = 0, size = from->ma_used;
    PyObject *key, *value;
    Py_hash_t hash;
    if (op == other)
        return 0;
    while (_PyDict_Next(other, &position, &key, &value, &hash)) {
        Py_INCREF(key);
        Py_INCREF(value);
        int failed = override == MERGE_OVERRIDE ? _PyDict_SetItem_KnownHash(op, key, value, hash)
                                                : merge_one(op, key, value, override);
        Py_DECREF(key);
        Py_DECREF(value);
        if (failed)
            return -1;
        if (from->ma_used != size) {
            PyErr_SetString(PyExc_RuntimeError, "dict mutated during update");
            return -1;
        }
    }
    return 0;
}

static int merge_mapping(PyObject *op, PyObject *other, int override)
{
    PyObject *keys = PyMapping_Keys(other), *it = keys ? PyObject_GetIter(keys) : NULL, *key;
    Py_XDECREF(keys);
    if (!it)
        return -1;
    while ((key = PyIter_Next(it))) {
        PyObject *value = PyObject_GetItem(other, key);
        int failed = !value || merge_one(op, key, value, override) < 0;
        Py_XDECREF(value);
        Py_DECREF(key);
        if (failed)
            break;
    }
    Py_DECREF(it);
    return PyErr_Occurred() ? -1 : 0;
}

int PyDict_Merge(PyObject *op, PyObject *other, int override)
{
    if (PyDict_Check(other) && Py_TYPE(other)->tp_iter == PyDict_Type.tp_iter)
        return merge_dict(op, other, override);
    return merge_mapping(op, other, override);
}

int PyDict_Update(PyObject *op, PyObject *other) { return PyDict_Merge(op, other, 1); }

static int merge_pair(PyObject *op, PyObject *pair, Py_ssize_t number, int override)
{
    PyObject *fast = PySequence_Fast(pair, "");
    if (!fast) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "cannot convert dictionary update sequence element #%zd to a sequence", number);
        return -1;
    }
    int result = -1;
    if (PySequence_Fast_GET_SIZE(fast) != 2)
        PyErr_Format(PyExc_ValueError, "dictionary update sequence element #%zd has length %zd; 2 is required", number,
                     PySequence_Fast_GET_SIZE(fast));
    else
        result = merge_one(op, PySequence_Fast_GET_ITEM(fast, 0), PySequence_Fast_GET_ITEM(fast, 1), override);
    Py_DECREF(fast);
    return result;
}

int PyDict_MergeFromSeq2(PyObject *op, PyObject *pairs, int override)
{
    PyObject *it = PyObject_GetIter(pairs), *pair;
    if (!it)
        return -1;
    for (Py_ssize_t number = 0; (pair = PyIter_Next(it)); number++) {
        int failed = merge_pair(op, pair, number, override);
        Py_DECREF(pair);
        if (failed)
            break;
    }
    Py_DECREF(it);
    return PyErr_Occurred() ? -1 : 0;
}

static int update_from_any(PyObject *op, PyObject *other)
{
    if (PyDict_CheckExact(other))
        return PyDict_Merge(op, other, 1);
    int mapping = PyObject_HasAttrStringWithError(other, "keys");
    if (mapping < 0)
        return -1;
    return mapping ? PyDict_Merge(op, other, 1) : PyDict_MergeFromSeq2(op, other, 1);
}

static int dict_update_common(PyObject *self, PyObject *args, PyObject *kwargs, const char *name)
{
    PyObject *other = NULL;
    if (!PyArg_UnpackTuple(args, name, 0, 1, &other))
        return -1;
    if (other && update_from_any(self, other) < 0)
        return -1;
    return kwargs ? PyArg_ValidateKeywordArguments(kwargs) ? PyDict_Merge(self, kwargs, 1) : -1 : 0;
}

static int dict_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return dict_update_common(self, args, kwargs, "dict");
}

static PyObject *dict_vectorcall(PyObject *Py_UNUSED(type), PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_CheckPositional("dict", nargs, 0, 1))
        return NULL;
    PyObject *self = PyDict_New();
    if (self && nargs && update_from_any(self, args[0]) < 0)
        Py_CLEAR(self);
    for (Py_ssize_t i = 0; self && kwnames && i < PyTuple_GET_SIZE(kwnames); i++)
        if (PyDict_SetItem(self, PyTuple_GET_ITEM(kwnames, i), args[nargs + i]) < 0)
            Py_CLEAR(self);
    return self;
}

/* ---- repr, compare ---- */

static PyObject *pair_repr(PyObject *key, PyObject *value)
{
    Py_INCREF(key);
    Py_INCREF(value);
    PyObject *left = PyObject_Repr(key), *right = left ? PyObject_Repr(value) : NULL;
    PyObject *text = right ? PyUnicode_FromFormat("%U: %U", left, right) : NULL;
    Py_XDECREF(left);
    Py_XDECREF(right);
    Py_DECREF(key);
    Py_DECREF(value);
    return text;
}

static PyObject *dict_repr(PyObject *self)
{
    if (PyDict_GET_SIZE(self) == 0)
        return PyUnicode_FromString("{}");
    int entered = Py_ReprEnter(self);
    if (entered)
        return entered > 0 ? PyUnicode_FromString("{...}") : NULL;
    PyObject *text = NULL, *parts = PyList_New(0), *comma = PyUnicode_FromString(", "), *key, *value;
    Py_ssize_t position = 0;
    while (parts && comma && PyDict_Next(self, &position, &key, &value)) {
        PyObject *part = pair_repr(key, value);
        if (!part || PyList_Append(parts, part) < 0)
            Py_CLEAR(parts);
        Py_XDECREF(part);
    }
    PyObject *inner = parts && comma ? PyUnicode_Join(comma, parts) : NULL;
    if (inner)
        text = PyUnicode_FromFormat("{%U}", inner);
    Py_XDECREF(inner);
    Py_XDECREF(comma);
    Py_XDECREF(parts);
    Py_ReprLeave(self);
    return text;
}

static int dict_equal(PyObject *a, PyObject *b)
{
    if (PyDict_GET_SIZE(a) != PyDict_GET_SIZE(b))
        return 0;
    PyObject *key, *left;
    Py_ssize_t position = 0;
    Py_hash_t hash;
    int equal = 1;
    while (equal > 0 && _PyDict_Next(a, &position, &key, &left, &hash)) {
        Py_INCREF(key);
        Py_INCREF(left);
        PyObject *right = Py_XNewRef(_PyDict_GetItem_KnownHash(b, key, hash));
        equal = right ? PyObject_RichCompareBool(left, right, Py_EQ) : PyErr_Occurred() ? -1 : 0;
        Py_XDECREF(right);
        Py_DECREF(key);
        Py_DECREF(left);
    }
    return equal;
}

static PyObject *dict_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyDict_Check(a) || !PyDict_Check(b) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    int equal = dict_equal(a, b);
    return equal < 0 ? NULL : Py_NewRef(equal == (op == Py_EQ) ? Py_True : Py_False);
}

/* ---- number, sequence, mapping ---- */

static PyObject *dict_or(PyObject *a, PyObject *b)
{
    if (!PyDict_Check(a) || !PyDict_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *merged = PyDict_Copy(a);
    if (merged && PyDict_Merge(merged, b, 1) < 0)
        Py_CLEAR(merged);
    return merged;
}

static PyObject *dict_inplace_or(PyObject *self, PyObject *other)
{
    return update_from_any(self, other) < 0 ? NULL : Py_NewRef(self);
}

static Py_ssize_t dict_length(PyObject *self) { return PyDict_GET_SIZE(self); }

static PyObject *dict_subscript(PyObject *self, PyObject *key)
{
    PyObject *value = PyDict_GetItemWithError(self, key);
    if (value)
        return Py_NewRef(value);
    if (PyErr_Occurred())
        return NULL;
    if (!PyDict_CheckExact(self)) {
        PyObject *missing = _PyObject_LookupSpecialName(self, "__missing__");
        if (missing) {
            value = PyObject_CallOneArg(missing, key);
            Py_DECREF(missing);
            return value;
        }
        if (PyErr_Occurred())
            return NULL;
    }
    _PyErr_SetKeyError(key);
    return NULL;
}

static int dict_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    return value ? PyDict_SetItem(self, key, value) : PyDict_DelItem(self, key);
}

/* ---- iterators: of keys, values, items, forwards and backwards ---- */

typedef struct {
    PyObject_HEAD
    PyObject *dict;         /* NULL once exhausted */
    Py_ssize_t size;        /* the dict's size at the start; -1 after it was seen to change */
    Py_ssize_t position;
    Py_ssize_t left;
} dictiterobject;

static PyObject *dictiter_new(PyObject *dict, PyTypeObject *type)
{
    dictiterobject *it = PyObject_GC_New(dictiterobject, type);
    if (!it)
        return NULL;
    int backwards = type == &PyDictRevIterKey_Type || type == &PyDictRevIterValue_Type || type == &PyDictRevIterItem_Type;
    it->dict = Py_NewRef(dict);
    it->size = it->left = PyDict_GET_SIZE(dict);
    it->position = backwards ? ((PyDictObject *)dict)->ma_filled - 1 : 0;
    PyObject_GC_Track(it);
    return (PyObject *)it;
}

static void dictiter_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((dictiterobject *)self)->dict);
    PyObject_GC_Del(self);
}

static int dictiter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((dictiterobject *)self)->dict);
    return 0;
}

static PyDictEntry *dictiter_entry(dictiterobject *it, int step)
{
    PyDictObject *dict = (PyDictObject *)it->dict;
    if (!dict)
        return NULL;
    if (dict->ma_used != it->size) {
        it->size = -1;
        PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
        return NULL;
    }
    while (it->position >= 0 && it->position < dict->ma_filled) {
        PyDictEntry *entry = &dict->ma_entries[it->position];
        it->position += step;
        if (entry->me_key) {
            if (it->left-- > 0)
                return entry;
            PyErr_SetString(PyExc_RuntimeError, "dictionary keys changed during iteration");
            break;
        }
    }
    Py_CLEAR(it->dict);
    return NULL;
}

static PyObject *entry_item(PyDictEntry *entry) { return PyTuple_Pack(2, entry->me_key, entry->me_value); }

static PyObject *key_next(PyObject *self)
{
    PyDictEntry *entry = dictiter_entry((dictiterobject *)self, 1);
    return entry ? Py_NewRef(entry->me_key) : NULL;
}

static PyObject *value_next(PyObject *self)
{
    PyDictEntry *entry = dictiter_entry((dictiterobject *)self, 1);
    return entry ? Py_NewRef(entry->me_value) : NULL;
}

static PyObject *item_next(PyObject *self)
{
    PyDictEntry *entry = dictiter_entry((dictiterobject *)self, 1);
    return entry ? entry_item(entry) : NULL;
}

static PyObject *key_previous(PyObject *self)
{
    PyDictEntry *entry = dictiter_entry((dictiterobject *)self, -1);
    return entry ? Py_NewRef(entry->me_key) : NULL;
}

static PyObject *value_previous(PyObject *self)
{
    PyDictEntry *entry = dictiter_entry((dictiterobject *)self, -1);
    return entry ? Py_NewRef(entry->me_value) : NULL;
}

static PyObject *item_previous(PyObject *self)
{
    PyDictEntry *entry = dictiter_entry((dictiterobject *)self, -1);
    return entry ? entry_item(entry) : NULL;
}

static PyObject *dictiter_length_hint(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    dictiterobject *it = (dictiterobject *)self;
    return PyLong_FromSsize_t(it->dict && it->size == PyDict_GET_SIZE(it->dict) ? it->left : 0);
}

static PyMethodDef dictiter_methods[] = {
    {"__length_hint__", dictiter_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

#define DICT_ITERATOR(symbol, text, next)                                       \
    PyTypeObject symbol = {                                                     \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                  \
        .tp_name = text,                                                        \
        .tp_basicsize = sizeof(dictiterobject),                                 \
        .tp_dealloc = dictiter_dealloc,                                         \
        .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,     \
        .tp_traverse = dictiter_traverse,                                       \
        .tp_iter = PyObject_SelfIter,                                           \
        .tp_iternext = next,                                                    \
        .tp_methods = dictiter_methods,                                         \
    }

DICT_ITERATOR(PyDictIterKey_Type, "dict_keyiterator", key_next);
DICT_ITERATOR(PyDictIterValue_Type, "dict_valueiterator", value_next);
DICT_ITERATOR(PyDictIterItem_Type, "dict_itemiterator", item_next);
DICT_ITERATOR(PyDictRevIterKey_Type, "dict_reversekeyiterator", key_previous);
DICT_ITERATOR(PyDictRevIterValue_Type, "dict_reversevalueiterator", value_previous);
DICT_ITERATOR(PyDictRevIterItem_Type, "dict_reverseitemiterator", item_previous);

static PyObject *dict_iter(PyObject *self) { return dictiter_new(self, &PyDictIterKey_Type); }

/* ---- views ---- */

typedef struct {
    PyObject_HEAD
    PyObject *dict;
} dictviewobject;

#define VIEWED(view) (((dictviewobject *)(view))->dict)

static PyObject *dictview_new(PyObject *dict, PyTypeObject *type)
{
    dictviewobject *view = PyObject_GC_New(dictviewobject, type);
    if (!view)
        return NULL;
    view->dict = Py_NewRef(dict);
    PyObject_GC_Track(view);
    return (PyObject *)view;
}

static void dictview_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(VIEWED(self));
    PyObject_GC_Del(self);
}

static int dictview_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(VIEWED(self));
    return 0;
}

static PyObject *dictview_repr(PyObject *self)
{
    int entered = Py_ReprEnter(self);
    if (entered)
        return entered > 0 ? PyUnicode_FromString("...") : NULL;
    PyObject *list = PySequence_List(self);
    PyObject *text = list ? PyUnicode_FromFormat("%s(%R)", Py_TYPE(self)->tp_name, list) : NULL;
    Py_XDECREF(list);
    Py_ReprLeave(self);
    return text;
}

static Py_ssize_t dictview_length(PyObject *self) { return PyDict_GET_SIZE(VIEWED(self)); }

static int keys_contains(PyObject *self, PyObject *key) { return PyDict_Contains(VIEWED(self), key); }

static int items_contains(PyObject *self, PyObject *item)
{
    if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 2)
        return 0;
    PyObject *value = Py_XNewRef(PyDict_GetItemWithError(VIEWED(self), PyTuple_GET_ITEM(item, 0)));
    if (!value)
        return PyErr_Occurred() ? -1 : 0;
    int equal = PyObject_RichCompareBool(value, PyTuple_GET_ITEM(item, 1), Py_EQ);
    Py_DECREF(value);
    return equal;
}

static PyObject *keys_iter(PyObject *self) { return dictiter_new(VIEWED(self), &PyDictIterKey_Type); }
static PyObject *values_iter(PyObject *self) { return dictiter_new(VIEWED(self), &PyDictIterValue_Type); }
static PyObject *items_iter(PyObject *self) { return dictiter_new(VIEWED(self), &PyDictIterItem_Type); }

static PyObject *view_reversed(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyTypeObject *type = Py_IS_TYPE(self, &PyDictKeys_Type)     ? &PyDictRevIterKey_Type
                         : Py_IS_TYPE(self, &PyDictValues_Type) ? &PyDictRevIterValue_Type
                                                                : &PyDictRevIterItem_Type;
    return dictiter_new(VIEWED(self), type);
}

/* Every member of a is in b. */
static int all_contained(PyObject *a, PyObject *b)
{
    PyObject *it = PyObject_GetIter(a), *item;
    int contained = 1;
    if (!it)
        return -1;
    while (contained > 0 && (item = PyIter_Next(it))) {
        contained = PySequence_Contains(b, item);
        Py_DECREF(item);
    }
    Py_DECREF(it);
    return PyErr_Occurred() ? -1 : contained;
}

static PyObject *view_richcompare(PyObject *self, PyObject *other, int op)
{
    if (!PyAnySet_Check(other) && !PyDictViewSet_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    Py_ssize_t mine = dictview_length(self), theirs = PyObject_Size(other);
    if (theirs < 0)
        return NULL;
    int truth = op == Py_EQ || op == Py_NE ? mine == theirs
                : op == Py_LT              ? mine < theirs
                : op == Py_LE              ? mine <= theirs
                : op == Py_GT              ? mine > theirs
                                           : mine >= theirs;
    if (truth)
        truth = op == Py_GT || op == Py_GE ? all_contained(other, self) : all_contained(self, other);
    if (truth < 0)
        return NULL;
    return PyBool_FromLong(op == Py_NE ? !truth : truth);
}

static PyObject *view_operation(PyObject *a, PyObject *b, const char *method)
{
    PyObject *set = PySet_New(a);
    PyObject *done = set ? _PyObject_CallMethod1(set, method, b) : NULL;
    Py_XDECREF(done);
    if (!done)
        Py_CLEAR(set);
    return set;
}

static PyObject *view_and(PyObject *a, PyObject *b) { return view_operation(a, b, "intersection_update"); }
static PyObject *view_or(PyObject *a, PyObject *b) { return view_operation(a, b, "update"); }
static PyObject *view_xor(PyObject *a, PyObject *b) { return view_operation(a, b, "symmetric_difference_update"); }
static PyObject *view_sub(PyObject *a, PyObject *b) { return view_operation(a, b, "difference_update"); }

static PyObject *view_isdisjoint(PyObject *self, PyObject *other)
{
    PyObject *common = view_and(self, other);
    PyObject *result = common ? PyBool_FromLong(PySet_GET_SIZE(common) == 0) : NULL;
    Py_XDECREF(common);
    return result;
}

static PyObject *view_mapping(PyObject *self, void *Py_UNUSED(closure)) { return PyDictProxy_New(VIEWED(self)); }

static PyGetSetDef view_getset[] = {
    {"mapping", view_mapping, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef view_methods[] = {
    {"__reversed__", view_reversed, METH_NOARGS, NULL},
    {"isdisjoint", view_isdisjoint, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef values_methods[] = {
    {"__reversed__", view_reversed, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods view_number = {
    .nb_subtract = view_sub, .nb_and = view_and, .nb_xor = view_xor, .nb_or = view_or};
static PySequenceMethods keys_sequence = {.sq_length = dictview_length, .sq_contains = keys_contains};
static PySequenceMethods items_sequence = {.sq_length = dictview_length, .sq_contains = items_contains};
static PySequenceMethods values_sequence = {.sq_length = dictview_length};

PyTypeObject PyDictKeys_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict_keys",
    .tp_basicsize = sizeof(dictviewobject),
    .tp_dealloc = dictview_dealloc,
    .tp_repr = dictview_repr,
    .tp_as_number = &view_number,
    .tp_as_sequence = &keys_sequence,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = dictview_traverse,
    .tp_richcompare = view_richcompare,
    .tp_iter = keys_iter,
    .tp_methods = view_methods,
    .tp_getset = view_getset,
};

PyTypeObject PyDictItems_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict_items",
    .tp_basicsize = sizeof(dictviewobject),
    .tp_dealloc = dictview_dealloc,
    .tp_repr = dictview_repr,
    .tp_as_number = &view_number,
    .tp_as_sequence = &items_sequence,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = dictview_traverse,
    .tp_richcompare = view_richcompare,
    .tp_iter = items_iter,
    .tp_methods = view_methods,
    .tp_getset = view_getset,
};

PyTypeObject PyDictValues_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict_values",
    .tp_basicsize = sizeof(dictviewobject),
    .tp_dealloc = dictview_dealloc,
    .tp_repr = dictview_repr,
    .tp_as_sequence = &values_sequence,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = dictview_traverse,
    .tp_iter = values_iter,
    .tp_methods = values_methods,
    .tp_getset = view_getset,
};

PyObject *PyDict_Keys(PyObject *op)
{
    PyObject *list = PyList_New(0), *key;
    Py_ssize_t position = 0;
    while (list && PyDict_Next(op, &position, &key, NULL))
        if (PyList_Append(list, key) < 0)
            Py_CLEAR(list);
    return list;
}

PyObject *PyDict_Values(PyObject *op)
{
    PyObject *list = PyList_New(0), *value;
    Py_ssize_t position = 0;
    while (list && PyDict_Next(op, &position, NULL, &value))
        if (PyList_Append(list, value) < 0)
            Py_CLEAR(list);
    return list;
}

PyObject *PyDict_Items(PyObject *op)
{
    PyObject *view = dictview_new(op, &PyDictItems_Type);
    PyObject *list = view ? PySequence_List(view) : NULL;
    Py_XDECREF(view);
    return list;
}

/* ---- methods ---- */

static PyObject *dict_contains(PyObject *self, PyObject *key)
{
    int found = PyDict_Contains(self, key);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

static PyObject *dict_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("get", nargs, 1, 2))
        return NULL;
    PyObject *value = PyDict_GetItemWithError(self, args[0]);
    if (!value && PyErr_Occurred())
        return NULL;
    return Py_NewRef(value ? value : nargs > 1 ? args[1] : Py_None);
}

static PyObject *dict_setdefault(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *value;
    if (!_PyArg_CheckPositional("setdefault", nargs, 1, 2))
        return NULL;
    PyDict_SetDefaultRef(self, args[0], nargs > 1 ? args[1] : Py_None, &value);
    return value;
}

static PyObject *dict_pop(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("pop", nargs, 1, 2))
        return NULL;
    return _PyDict_Pop(self, args[0], nargs > 1 ? args[1] : NULL);
}

static PyObject *dict_popitem(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    PyDictObject *self = (PyDictObject *)op;
    if (self->ma_used == 0) {
        PyErr_SetString(PyExc_KeyError, "popitem(): dictionary is empty");
        return NULL;
    }
    Py_ssize_t number = self->ma_filled - 1, slot;
    while (!self->ma_entries[number].me_key)
        number--;
    PyObject *item = entry_item(&self->ma_entries[number]);
    if (!item)
        return NULL;
    drop_tail(self, number + 1);
    size_t mask = (size_t)self->ma_index_size - 1, perturb = (size_t)self->ma_entries[number].me_hash, i = perturb & mask;
    while (self->ma_index[i] != number) {
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
    slot = (Py_ssize_t)i;
    Py_DECREF(take_entry(self, number, slot));
    return item;
}

static PyObject *dict_keys(PyObject *self, PyObject *Py_UNUSED(ignored)) { return dictview_new(self, &PyDictKeys_Type); }
static PyObject *dict_values(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return dictview_new(self, &PyDictValues_Type);
}
static PyObject *dict_items(PyObject *self, PyObject *Py_UNUSED(ignored)) { return dictview_new(self, &PyDictItems_Type); }

static PyObject *dict_reversed(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return dictiter_new(self, &PyDictRevIterKey_Type);
}

static PyObject *dict_clear(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyDict_Clear(self);
    Py_RETURN_NONE;
}

static PyObject *dict_copy(PyObject *self, PyObject *Py_UNUSED(ignored)) { return PyDict_Copy(self); }

static PyObject *dict_update(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return dict_update_common(self, args, kwargs, "update") < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *dict_fromkeys(PyObject *cls, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("fromkeys", nargs, 1, 2))
        return NULL;
    PyObject *value = nargs > 1 ? args[1] : Py_None, *key, *self = PyObject_CallNoArgs(cls);
    PyObject *it = self ? PyObject_GetIter(args[0]) : NULL;
    while (it && (key = PyIter_Next(it))) {
        int failed = PyObject_SetItem(self, key, value);
        Py_DECREF(key);
        if (failed)
            break;
    }
    Py_XDECREF(it);
    if (PyErr_Occurred())
        Py_CLEAR(self);
    return self;
}

static PyMethodDef dict_methods[] = {
    {"__contains__", dict_contains, METH_O | METH_COEXIST, NULL},
    {"__getitem__", dict_subscript, METH_O | METH_COEXIST, NULL},
    {"__reversed__", dict_reversed, METH_NOARGS, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {"clear", dict_clear, METH_NOARGS, NULL},
    {"copy", dict_copy, METH_NOARGS, NULL},
    {"fromkeys", _PyCFunction_CAST(dict_fromkeys), METH_FASTCALL | METH_CLASS, NULL},
    {"get", _PyCFunction_CAST(dict_get), METH_FASTCALL, NULL},
    {"items", dict_items, METH_NOARGS, NULL},
    {"keys", dict_keys, METH_NOARGS, NULL},
    {"pop", _PyCFunction_CAST(dict_pop), METH_FASTCALL, NULL},
    {"popitem", dict_popitem, METH_NOARGS, NULL},
    {"setdefault", _PyCFunction_CAST(dict_setdefault), METH_FASTCALL, NULL},
    {"update", _PyCFunction_CAST(dict_update), METH_VARARGS | METH_KEYWORDS, NULL},
    {"values", dict_values, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods dict_number = {.nb_or = dict_or, .nb_inplace_or = dict_inplace_or};
static PySequenceMethods dict_sequence = {.sq_contains = PyDict_Contains};
static PyMappingMethods dict_mapping = {
    .mp_length = dict_length, .mp_subscript = dict_subscript, .mp_ass_subscript = dict_ass_subscript};

PyTypeObject PyDict_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict",
    .tp_basicsize = sizeof(PyDictObject),
    .tp_dealloc = dict_dealloc,
    .tp_repr = dict_repr,
    .tp_as_number = &dict_number,
    .tp_as_sequence = &dict_sequence,
    .tp_as_mapping = &dict_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DICT_SUBCLASS | Py_TPFLAGS_MAPPING |
                _Py_TPFLAGS_MATCH_SELF,
    .tp_traverse = dict_traverse,
    .tp_clear = dict_clear_slot,
    .tp_richcompare = dict_richcompare,
    .tp_iter = dict_iter,
    .tp_methods = dict_methods,
    .tp_init = dict_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = dict_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = dict_vectorcall,
};

void _PyDict_Fini(void) {}

/* ---- mappingproxy ---- */

typedef struct {
    PyObject_HEAD
    PyObject *mapping;
} mappingproxyobject;

#define MAPPING(op) (((mappingproxyobject *)(op))->mapping)

PyObject *PyDictProxy_New(PyObject *mapping)
{
    mappingproxyobject *self = PyObject_GC_New(mappingproxyobject, &PyDictProxy_Type);
    if (!self)
        return NULL;
    self->mapping = Py_NewRef(mapping);
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static PyObject *proxy_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwargs)
{
    PyObject *mapping;
    if (!_PyArg_NoKeywords("mappingproxy", kwargs) || !PyArg_UnpackTuple(args, "mappingproxy", 1, 1, &mapping))
        return NULL;
    if (!PyMapping_Check(mapping) || PyList_Check(mapping) || PyTuple_Check(mapping)) {
        PyErr_Format(PyExc_TypeError, "mappingproxy() argument must be a mapping, not %s", Py_TYPE(mapping)->tp_name);
        return NULL;
    }
    return PyDictProxy_New(mapping);
}

static void proxy_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(MAPPING(self));
    PyObject_GC_Del(self);
}

static int proxy_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(MAPPING(self));
    return 0;
}

static PyObject *proxy_repr(PyObject *self) { return PyUnicode_FromFormat("mappingproxy(%R)", MAPPING(self)); }
static PyObject *proxy_str(PyObject *self) { return PyObject_Str(MAPPING(self)); }
static Py_ssize_t proxy_length(PyObject *self) { return PyObject_Size(MAPPING(self)); }
static PyObject *proxy_getitem(PyObject *self, PyObject *key) { return PyObject_GetItem(MAPPING(self), key); }
static int proxy_contains(PyObject *self, PyObject *key) { return PySequence_Contains(MAPPING(self), key); }
static PyObject *proxy_iter(PyObject *self) { return PyObject_GetIter(MAPPING(self)); }

static PyObject *proxy_richcompare(PyObject *self, PyObject *other, int op)
{
    return PyObject_RichCompare(MAPPING(self), other, op);
}

static PyObject *proxy_or(PyObject *a, PyObject *b)
{
    if (Py_IS_TYPE(a, &PyDictProxy_Type))
        a = MAPPING(a);
    if (Py_IS_TYPE(b, &PyDictProxy_Type))
        b = MAPPING(b);
    return PyNumber_Or(a, b);
}

static PyObject *proxy_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("get", nargs, 1, 2))
        return NULL;
    PyObject *value = PyObject_GetItem(MAPPING(self), args[0]);
    if (value || !PyErr_ExceptionMatches(PyExc_KeyError))
        return value;
    PyErr_Clear();
    return Py_NewRef(nargs > 1 ? args[1] : Py_None);
}

static PyObject *proxy_keys(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return _PyObject_CallMethod0(MAPPING(self), "keys");
}

static PyObject *proxy_values(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return _PyObject_CallMethod0(MAPPING(self), "values");
}

static PyObject *proxy_items(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return _PyObject_CallMethod0(MAPPING(self), "items");
}

static PyObject *proxy_copy(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return _PyObject_CallMethod0(MAPPING(self), "copy");
}

static PyMethodDef proxy_methods[] = {
    {"get", _PyCFunction_CAST(proxy_get), METH_FASTCALL, NULL},
    {"keys", proxy_keys, METH_NOARGS, NULL},
    {"values", proxy_values, METH_NOARGS, NULL},
    {"items", proxy_items, METH_NOARGS, NULL},
    {"copy", proxy_copy, METH_NOARGS, NULL},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods proxy_number = {.nb_or = proxy_or};
static PySequenceMethods proxy_sequence = {.sq_contains = proxy_contains};
static PyMappingMethods proxy_mapping = {.mp_length = proxy_length, .mp_subscript = proxy_getitem};

PyTypeObject PyDictProxy_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "mappingproxy",
    .tp_basicsize = sizeof(mappingproxyobject),
    .tp_dealloc = proxy_dealloc,
    .tp_repr = proxy_repr,
    .tp_as_number = &proxy_number,
    .tp_as_sequence = &proxy_sequence,
    .tp_as_mapping = &proxy_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_str = proxy_str,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_MAPPING,
    .tp_traverse = proxy_traverse,
    .tp_richcompare = proxy_richcompare,
    .tp_iter = proxy_iter,
    .tp_methods = proxy_methods,
    .tp_new = proxy_new,
};
