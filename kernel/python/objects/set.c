/* set and frozenset. */
#include "gc.h"

#define PERTURB_SHIFT 5
#define SMALL_SIZE 8
static PyObject deleted_entry = {PY_STATIC_REFCNT, &PyBaseObject_Type};
#define DELETED (&deleted_entry)    /* key of a slot whose member was removed */

/* ---- constructor ---- */

static void set_init_empty(PySetObject *self)
{
    memset(self->smalltable, 0, sizeof self->smalltable);
    self->fill = self->used = 0;
    self->mask = SMALL_SIZE - 1;
    self->table = self->smalltable;
    self->hash = -1;
    self->finger = 0;
}

static PyObject *set_alloc(PyTypeObject *type)
{
    PySetObject *self = (PySetObject *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    set_init_empty(self);
    self->weakreflist = NULL;
    return (PyObject *)self;
}

static int set_clear(PyObject *op)
{
    PySetObject *self = (PySetObject *)op;
    setentry small[SMALL_SIZE], *table = self->table;
    Py_ssize_t size = self->mask + 1;
    if (table == self->smalltable) {
        memcpy(small, table, sizeof small);
        table = small;
    }
    set_init_empty(self);
    for (Py_ssize_t i = 0; i < size; i++)
        if (table[i].key && table[i].key != DELETED)
            Py_DECREF(table[i].key);
    if (table != small)
        PyMem_Free(table);
    return 0;
}

static void set_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    if (((PySetObject *)self)->weakreflist)
        PyObject_ClearWeakRefs(self);
    set_clear(self);
    Py_TYPE(self)->tp_free(self);
}

static int set_traverse(PyObject *op, visitproc visit, void *arg)
{
    PySetObject *self = (PySetObject *)op;
    for (Py_ssize_t i = 0; i <= self->mask; i++)
        if (self->table[i].key != DELETED)
            Py_VISIT(self->table[i].key);
    return 0;
}

/* ---- the table ---- */

static void insert_clean(setentry *table, Py_ssize_t mask, PyObject *key, Py_hash_t hash)
{
    size_t perturb = (size_t)hash, i = (size_t)hash & (size_t)mask;
    while (table[i].key) {
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & (size_t)mask;
    }
    table[i] = (setentry){key, hash};
}

static int set_resize(PySetObject *self, Py_ssize_t wanted)
{
    Py_ssize_t size = SMALL_SIZE;
    while (size <= wanted && size < PY_SSIZE_T_MAX / 64)
        size <<= 1;
    setentry *table = PyMem_Calloc((size_t)size, sizeof(setentry)), *old = self->table;
    if (!table) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i <= self->mask; i++)
        if (old[i].key && old[i].key != DELETED)
            insert_clean(table, size - 1, old[i].key, old[i].hash);
    if (old != self->smalltable)
        PyMem_Free(old);
    self->table = table;
    self->mask = size - 1;
    self->fill = self->used;
    return 0;
}

/* The entry with that key, or the empty one where the search ended; NULL on an error. */
static setentry *set_lookup(PySetObject *self, PyObject *key, Py_hash_t hash)
{
    setentry *table;
    size_t mask, perturb, i;
again:
    table = self->table;
    mask = (size_t)self->mask;
    perturb = (size_t)hash;
    i = (size_t)hash & mask;
    for (;;) {
        setentry *entry = &table[i];
        if (!entry->key || entry->key == key)
            return entry;
        if (entry->hash == hash && entry->key != DELETED) {
            PyObject *held = Py_NewRef(entry->key);
            int equal = PyUnicode_CheckExact(held) && PyUnicode_CheckExact(key) ? _PyUnicode_EQ(held, key)
                                                                                : PyObject_RichCompareBool(held, key, Py_EQ);
            Py_DECREF(held);
            if (equal < 0)
                return NULL;
            if (self->table != table || entry->key != held)
                goto again;
            if (equal)
                return entry;
        }
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
}

static int add_hashed(PySetObject *self, PyObject *key, Py_hash_t hash)
{
    setentry *entry = set_lookup(self, key, hash);
    if (!entry)
        return -1;
    if (entry->key)
        return 0;
    *entry = (setentry){Py_NewRef(key), hash};
    self->fill++;
    self->used++;
    if (self->fill * 5 < self->mask * 3)
        return 0;
    return set_resize(self, self->used > 50000 ? self->used * 2 : self->used * 4);
}

static int discard_hashed(PySetObject *self, PyObject *key, Py_hash_t hash)
{
    setentry *entry = set_lookup(self, key, hash);
    if (!entry)
        return -1;
    if (!entry->key)
        return 0;
    PyObject *old = entry->key;
    *entry = (setentry){DELETED, -1};
    self->used--;
    Py_DECREF(old);
    return 1;
}

static int contains_hashed(PySetObject *self, PyObject *key, Py_hash_t hash)
{
    setentry *entry = set_lookup(self, key, hash);
    return entry ? entry->key != NULL : -1;
}

static int add_key(PyObject *self, PyObject *key)
{
    Py_hash_t hash = PyObject_Hash(key);
    return hash == -1 ? -1 : add_hashed((PySetObject *)self, key, hash);
}

static int discard_key(PyObject *self, PyObject *key)
{
    Py_hash_t hash = PyObject_Hash(key);
    return hash == -1 ? -1 : discard_hashed((PySetObject *)self, key, hash);
}

/* A set as a member stands for the frozenset of its members: `{1} in sets`. */
static PyObject *frozen_key(PyObject *key)
{
    if (!PySet_Check(key) || !PyErr_ExceptionMatches(PyExc_TypeError))
        return NULL;
    PyErr_Clear();
    return PyFrozenSet_New(key);
}

static int with_frozen(PyObject *self, PyObject *key, int (*operation)(PySetObject *, PyObject *, Py_hash_t))
{
    Py_hash_t hash = PyObject_Hash(key);
    if (hash != -1)
        return operation((PySetObject *)self, key, hash);
    PyObject *frozen = frozen_key(key);
    if (!frozen)
        return -1;
    int result = operation((PySetObject *)self, frozen, PyObject_Hash(frozen));
    Py_DECREF(frozen);
    return result;
}

int _PySet_NextEntry(PyObject *op, Py_ssize_t *position, PyObject **key, Py_hash_t *hash)
{
    PySetObject *self = (PySetObject *)op;
    Py_ssize_t i = *position;
    while (i <= self->mask && (!self->table[i].key || self->table[i].key == DELETED))
        i++;
    if (i > self->mask)
        return 0;
    *position = i + 1;
    *key = self->table[i].key;
    if (hash)
        *hash = self->table[i].hash;
    return 1;
}

static int update_from_set(PyObject *self, PyObject *other)
{
    PyObject *key;
    Py_ssize_t position = 0;
    Py_hash_t hash;
    int failed = 0;
    while (self != other && !failed && _PySet_NextEntry(other, &position, &key, &hash)) {
        Py_INCREF(key);
        failed = add_hashed((PySetObject *)self, key, hash) < 0;
        Py_DECREF(key);
    }
    return failed ? -1 : 0;
}

int _PySet_Update(PyObject *self, PyObject *items)
{
    if (PyAnySet_Check(items))
        return update_from_set(self, items);
    PyObject *it = PyObject_GetIter(items), *key;
    if (!it)
        return -1;
    while ((key = PyIter_Next(it))) {
        int failed = add_key(self, key) < 0;
        Py_DECREF(key);
        if (failed)
            break;
    }
    Py_DECREF(it);
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *make_set(PyTypeObject *type, PyObject *items)
{
    PyObject *self = set_alloc(type);
    if (self && items && _PySet_Update(self, items) < 0)
        Py_CLEAR(self);
    return self;
}

/* What an operation gives: a plain set or frozenset, as the left operand is one or the other. */
static PyTypeObject *base_type(PyObject *self) { return PySet_Check(self) ? &PySet_Type : &PyFrozenSet_Type; }

static PyObject *set_copy_plain(PyObject *self) { return make_set(base_type(self), self); }

static PyObject *set_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return set_alloc(type);
}

static int set_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *items = NULL;
    if (Py_IS_TYPE(self, &PySet_Type) && !_PyArg_NoKeywords("set", kwargs))
        return -1;
    if (!PyArg_UnpackTuple(args, "set", 0, 1, &items))
        return -1;
    set_clear(self);
    return items ? _PySet_Update(self, items) : 0;
}

static PyObject *frozenset_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *items = NULL;
    if ((type == &PyFrozenSet_Type || type->tp_init == PyFrozenSet_Type.tp_init) && !_PyArg_NoKeywords("frozenset", kwargs))
        return NULL;
    if (!PyArg_UnpackTuple(args, "frozenset", 0, 1, &items))
        return NULL;
    if (type == &PyFrozenSet_Type && items && PyFrozenSet_CheckExact(items))
        return Py_NewRef(items);
    return make_set(type, items);
}

PyObject *PySet_New(PyObject *items) { return make_set(&PySet_Type, items); }
PyObject *PyFrozenSet_New(PyObject *items) { return make_set(&PyFrozenSet_Type, items); }

static PyObject *set_vectorcall(PyObject *Py_UNUSED(type), PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames("set", kwnames) || !_PyArg_CheckPositional("set", nargs, 0, 1))
        return NULL;
    return PySet_New(nargs ? args[0] : NULL);
}

void _PySet_Fini(void) {}

/* ---- access from C ---- */

Py_ssize_t PySet_Size(PyObject *op)
{
    if (PyAnySet_Check(op))
        return PySet_GET_SIZE(op);
    PyErr_BadInternalCall();
    return -1;
}

int PySet_Contains(PyObject *op, PyObject *key)
{
    Py_hash_t hash = PyObject_Hash(key);
    return hash == -1 ? -1 : contains_hashed((PySetObject *)op, key, hash);
}

int PySet_Add(PyObject *op, PyObject *key) { return add_key(op, key); }
int PySet_Discard(PyObject *op, PyObject *key) { return discard_key(op, key); }
int PySet_Clear(PyObject *op) { return set_clear(op); }

PyObject *PySet_Pop(PyObject *op)
{
    PySetObject *self = (PySetObject *)op;
    if (self->used == 0) {
        PyErr_SetString(PyExc_KeyError, "pop from an empty set");
        return NULL;
    }
    Py_ssize_t i = self->finger & self->mask;
    while (!self->table[i].key || self->table[i].key == DELETED)
        i = (i + 1) & self->mask;
    PyObject *key = self->table[i].key;
    self->table[i] = (setentry){DELETED, -1};
    self->used--;
    self->finger = i + 1;
    return key;
}

/* ---- repr, hash, compare ---- */

static PyObject *set_repr(PyObject *self)
{
    const char *name = Py_TYPE(self)->tp_name;
    if (PySet_GET_SIZE(self) == 0)
        return PyUnicode_FromFormat("%s()", name);
    int entered = Py_ReprEnter(self);
    if (entered)
        return entered > 0 ? PyUnicode_FromFormat("%s(...)", name) : NULL;
    PyObject *text = NULL, *list = PySequence_List(self), *whole = list ? PyObject_Repr(list) : NULL;
    PyObject *inner = whole ? PyUnicode_Substring(whole, 1, PyUnicode_GET_LENGTH(whole) - 1) : NULL;
    if (inner)
        text = Py_IS_TYPE(self, &PySet_Type) ? PyUnicode_FromFormat("{%U}", inner)
                                             : PyUnicode_FromFormat("%s({%U})", name, inner);
    Py_XDECREF(inner);
    Py_XDECREF(whole);
    Py_XDECREF(list);
    Py_ReprLeave(self);
    return text;
}

/* Independent of the order of the members. */
static Py_hash_t frozenset_hash(PyObject *op)
{
    PySetObject *self = (PySetObject *)op;
    Py_uhash_t hash = 0;
    if (self->hash != -1)
        return self->hash;
    for (Py_ssize_t i = 0; i <= self->mask; i++)
        if (self->table[i].key && self->table[i].key != DELETED) {
            Py_uhash_t h = (Py_uhash_t)self->table[i].hash;
            hash ^= ((h ^ 89869747UL) ^ (h << 16)) * 3644798167UL;
        }
    hash ^= ((Py_uhash_t)self->used + 1) * 1927868237UL;
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash * 69069U + 907133923UL;
    self->hash = hash == (Py_uhash_t)-1 ? 590923713 : (Py_hash_t)hash;
    return self->hash;
}

static int is_subset(PyObject *a, PyObject *b)
{
    PyObject *key;
    Py_ssize_t position = 0;
    Py_hash_t hash;
    int found = PySet_GET_SIZE(a) <= PySet_GET_SIZE(b);
    while (found > 0 && _PySet_NextEntry(a, &position, &key, &hash)) {
        Py_INCREF(key);
        found = contains_hashed((PySetObject *)b, key, hash);
        Py_DECREF(key);
    }
    return found;
}

static PyObject *set_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyAnySet_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    Py_ssize_t na = PySet_GET_SIZE(a), nb = PySet_GET_SIZE(b);
    int truth;
    switch (op) {
    case Py_EQ: truth = na == nb ? is_subset(a, b) : 0; break;
    case Py_NE: truth = na == nb ? is_subset(a, b) : 0; truth = truth < 0 ? truth : !truth; break;
    case Py_LE: truth = is_subset(a, b); break;
    case Py_GE: truth = is_subset(b, a); break;
    case Py_LT: truth = na < nb ? is_subset(a, b) : 0; break;
    default: truth = nb < na ? is_subset(b, a) : 0; break;
    }
    return truth < 0 ? NULL : PyBool_FromLong(truth);
}

/* ---- operations ---- */

static PyObject *as_set(PyObject *items)
{
    return PyAnySet_Check(items) ? Py_NewRef(items) : PySet_New(items);
}

/* Members of a that are, or are not, in b. */
static PyObject *select_members(PyObject *a, PyObject *items, int wanted)
{
    PyObject *b = as_set(items), *result = b ? set_alloc(base_type(a)) : NULL, *key;
    Py_ssize_t position = 0;
    Py_hash_t hash;
    while (result && _PySet_NextEntry(a, &position, &key, &hash)) {
        Py_INCREF(key);
        int found = contains_hashed((PySetObject *)b, key, hash);
        if (found < 0 || (found == wanted && add_hashed((PySetObject *)result, key, hash) < 0))
            Py_CLEAR(result);
        Py_DECREF(key);
    }
    Py_XDECREF(b);
    return result;
}

static PyObject *set_union_one(PyObject *self, PyObject *items)
{
    PyObject *result = set_copy_plain(self);
    if (result && _PySet_Update(result, items) < 0)
        Py_CLEAR(result);
    return result;
}

static int subtract_items(PyObject *self, PyObject *items)
{
    if (items == self)
        return set_clear(self);
    PyObject *it = PyObject_GetIter(items), *key;
    if (!it)
        return -1;
    while ((key = PyIter_Next(it))) {
        int failed = discard_key(self, key) < 0;
        Py_DECREF(key);
        if (failed)
            break;
    }
    Py_DECREF(it);
    return PyErr_Occurred() ? -1 : 0;
}

static int toggle_items(PyObject *self, PyObject *items)
{
    PyObject *other = items == self ? set_copy_plain(items) : as_set(items), *key;
    Py_ssize_t position = 0;
    Py_hash_t hash;
    int removed = other ? 0 : -1;
    while (removed >= 0 && _PySet_NextEntry(other, &position, &key, &hash)) {
        Py_INCREF(key);
        removed = discard_hashed((PySetObject *)self, key, hash);
        if (removed == 0)
            removed = add_hashed((PySetObject *)self, key, hash);
        Py_DECREF(key);
    }
    Py_XDECREF(other);
    return removed < 0 ? -1 : 0;
}

static PyObject *set_symmetric_difference(PyObject *self, PyObject *items)
{
    PyObject *result = set_copy_plain(self);
    if (result && toggle_items(result, items) < 0)
        Py_CLEAR(result);
    return result;
}

static int keep_common(PyObject *self, PyObject *items)
{
    PyObject *common = select_members(self, items, 1);
    if (!common)
        return -1;
    set_clear(self);
    int result = update_from_set(self, common);
    Py_DECREF(common);
    return result;
}

#define BOTH_SETS(a, b)                                 \
    if (!PyAnySet_Check(a) || !PyAnySet_Check(b))       \
        Py_RETURN_NOTIMPLEMENTED

static PyObject *set_or(PyObject *a, PyObject *b)
{
    BOTH_SETS(a, b);
    return set_union_one(a, b);
}

static PyObject *set_and(PyObject *a, PyObject *b)
{
    BOTH_SETS(a, b);
    return select_members(a, b, 1);
}

static PyObject *set_sub(PyObject *a, PyObject *b)
{
    BOTH_SETS(a, b);
    return select_members(a, b, 0);
}

static PyObject *set_xor(PyObject *a, PyObject *b)
{
    BOTH_SETS(a, b);
    return set_symmetric_difference(a, b);
}

#define INPLACE(name, operation)                                \
    static PyObject *name(PyObject *self, PyObject *other)      \
    {                                                           \
        if (!PyAnySet_Check(other))                             \
            Py_RETURN_NOTIMPLEMENTED;                           \
        return operation(self, other) < 0 ? NULL : Py_NewRef(self); \
    }
INPLACE(set_inplace_or, _PySet_Update)
INPLACE(set_inplace_and, keep_common)
INPLACE(set_inplace_sub, subtract_items)
INPLACE(set_inplace_xor, toggle_items)

static Py_ssize_t set_length(PyObject *self) { return PySet_GET_SIZE(self); }
static int set_contains(PyObject *self, PyObject *key) { return with_frozen(self, key, contains_hashed); }

/* ---- iterator ---- */

typedef struct {
    PyObject_HEAD
    PyObject *set;          /* NULL once exhausted */
    Py_ssize_t used, position, left;
} setiterobject;

static PyObject *set_iter(PyObject *self)
{
    setiterobject *it = PyObject_GC_New(setiterobject, &PySetIter_Type);
    if (!it)
        return NULL;
    it->set = Py_NewRef(self);
    it->used = it->left = PySet_GET_SIZE(self);
    it->position = 0;
    PyObject_GC_Track(it);
    return (PyObject *)it;
}

static void setiter_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((setiterobject *)self)->set);
    PyObject_GC_Del(self);
}

static int setiter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((setiterobject *)self)->set);
    return 0;
}

static PyObject *setiter_next(PyObject *self)
{
    setiterobject *it = (setiterobject *)self;
    PyObject *key;
    if (!it->set)
        return NULL;
    if (it->used != PySet_GET_SIZE(it->set)) {
        PyErr_SetString(PyExc_RuntimeError, "Set changed size during iteration");
        it->used = -1;
        return NULL;
    }
    if (_PySet_NextEntry(it->set, &it->position, &key, NULL)) {
        it->left--;
        return Py_NewRef(key);
    }
    Py_CLEAR(it->set);
    return NULL;
}

static PyObject *setiter_length_hint(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    setiterobject *it = (setiterobject *)self;
    return PyLong_FromSsize_t(it->set && it->used == PySet_GET_SIZE(it->set) ? it->left : 0);
}

static PyMethodDef setiter_methods[] = {
    {"__length_hint__", setiter_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PySetIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "set_iterator",
    .tp_basicsize = sizeof(setiterobject),
    .tp_dealloc = setiter_dealloc,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = setiter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = setiter_next,
    .tp_methods = setiter_methods,
};

/* ---- methods ---- */

static PyObject *none_or_error(int result) { return result < 0 ? NULL : Py_NewRef(Py_None); }

static PyObject *set_add(PyObject *self, PyObject *key) { return none_or_error(add_key(self, key)); }
static PyObject *set_discard(PyObject *self, PyObject *key) { return none_or_error(with_frozen(self, key, discard_hashed)); }

static PyObject *set_remove(PyObject *self, PyObject *key)
{
    int found = with_frozen(self, key, discard_hashed);
    if (found == 0)
        _PyErr_SetKeyError(key);
    return found > 0 ? Py_NewRef(Py_None) : NULL;
}

static PyObject *set_pop(PyObject *self, PyObject *Py_UNUSED(ignored)) { return PySet_Pop(self); }
static PyObject *set_clear_method(PyObject *self, PyObject *Py_UNUSED(ignored)) { return none_or_error(set_clear(self)); }

static PyObject *set_copy(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyFrozenSet_CheckExact(self) ? Py_NewRef(self) : set_copy_plain(self);
}

static PyObject *set_contains_method(PyObject *self, PyObject *key)
{
    int found = set_contains(self, key);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

/* One change after another for each argument. */
static PyObject *for_each(PyObject *self, PyObject *const *args, Py_ssize_t nargs, int (*change)(PyObject *, PyObject *))
{
    for (Py_ssize_t i = 0; i < nargs; i++)
        if (change(self, args[i]) < 0)
            return NULL;
    Py_RETURN_NONE;
}

static PyObject *set_update(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return for_each(self, args, nargs, _PySet_Update);
}

static PyObject *set_difference_update(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return for_each(self, args, nargs, subtract_items);
}

static PyObject *set_intersection_update(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return for_each(self, args, nargs, keep_common);
}

static PyObject *set_symmetric_difference_update(PyObject *self, PyObject *items)
{
    return none_or_error(toggle_items(self, items));
}

static PyObject *changed_copy(PyObject *self, PyObject *const *args, Py_ssize_t nargs, int (*change)(PyObject *, PyObject *))
{
    PyObject *result = set_copy_plain(self), *done = result ? for_each(result, args, nargs, change) : NULL;
    Py_XDECREF(done);
    if (!done)
        Py_CLEAR(result);
    return result;
}

static PyObject *set_union(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return changed_copy(self, args, nargs, _PySet_Update);
}

static PyObject *set_difference(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return changed_copy(self, args, nargs, subtract_items);
}

static PyObject *set_intersection(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return changed_copy(self, args, nargs, keep_common);
}

static PyObject *set_isdisjoint(PyObject *self, PyObject *items)
{
    PyObject *common = select_members(self, items, 1);
    PyObject *result = common ? PyBool_FromLong(PySet_GET_SIZE(common) == 0) : NULL;
    Py_XDECREF(common);
    return result;
}

static PyObject *compare_with(PyObject *self, PyObject *items, int op)
{
    PyObject *other = as_set(items), *result = other ? set_richcompare(self, other, op) : NULL;
    Py_XDECREF(other);
    return result;
}

static PyObject *set_issubset(PyObject *self, PyObject *items) { return compare_with(self, items, Py_LE); }
static PyObject *set_issuperset(PyObject *self, PyObject *items) { return compare_with(self, items, Py_GE); }

#define READING_METHODS                                                                     \
    {"__contains__", set_contains_method, METH_O | METH_COEXIST, NULL},                     \
    {"copy", set_copy, METH_NOARGS, NULL},                                                  \
    {"difference", _PyCFunction_CAST(set_difference), METH_FASTCALL, NULL},                 \
    {"intersection", _PyCFunction_CAST(set_intersection), METH_FASTCALL, NULL},             \
    {"isdisjoint", set_isdisjoint, METH_O, NULL},                                           \
    {"issubset", set_issubset, METH_O, NULL},                                               \
    {"issuperset", set_issuperset, METH_O, NULL},                                           \
    {"symmetric_difference", set_symmetric_difference, METH_O, NULL},                       \
    {"union", _PyCFunction_CAST(set_union), METH_FASTCALL, NULL},                           \
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL}

static PyMethodDef set_methods[] = {
    READING_METHODS,
    {"add", set_add, METH_O, NULL},
    {"clear", set_clear_method, METH_NOARGS, NULL},
    {"discard", set_discard, METH_O, NULL},
    {"difference_update", _PyCFunction_CAST(set_difference_update), METH_FASTCALL, NULL},
    {"intersection_update", _PyCFunction_CAST(set_intersection_update), METH_FASTCALL, NULL},
    {"pop", set_pop, METH_NOARGS, NULL},
    {"remove", set_remove, METH_O, NULL},
    {"symmetric_difference_update", set_symmetric_difference_update, METH_O, NULL},
    {"update", _PyCFunction_CAST(set_update), METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef frozenset_methods[] = {
    READING_METHODS,
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods set_number = {
    .nb_subtract = set_sub,
    .nb_and = set_and,
    .nb_xor = set_xor,
    .nb_or = set_or,
    .nb_inplace_subtract = set_inplace_sub,
    .nb_inplace_and = set_inplace_and,
    .nb_inplace_xor = set_inplace_xor,
    .nb_inplace_or = set_inplace_or,
};

static PyNumberMethods frozenset_number = {
    .nb_subtract = set_sub, .nb_and = set_and, .nb_xor = set_xor, .nb_or = set_or};

static PySequenceMethods set_sequence = {.sq_length = set_length, .sq_contains = set_contains};

PyTypeObject PySet_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "set",
    .tp_basicsize = sizeof(PySetObject),
    .tp_dealloc = set_dealloc,
    .tp_repr = set_repr,
    .tp_as_number = &set_number,
    .tp_as_sequence = &set_sequence,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | _Py_TPFLAGS_MATCH_SELF,
    .tp_traverse = set_traverse,
    .tp_clear = set_clear,
    .tp_richcompare = set_richcompare,
    .tp_weaklistoffset = offsetof(PySetObject, weakreflist),
    .tp_iter = set_iter,
    .tp_methods = set_methods,
    .tp_init = set_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = set_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = set_vectorcall,
};

PyTypeObject PyFrozenSet_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "frozenset",
    .tp_basicsize = sizeof(PySetObject),
    .tp_dealloc = set_dealloc,
    .tp_repr = set_repr,
    .tp_as_number = &frozenset_number,
    .tp_as_sequence = &set_sequence,
    .tp_hash = frozenset_hash,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | _Py_TPFLAGS_MATCH_SELF,
    .tp_traverse = set_traverse,
    .tp_clear = set_clear,
    .tp_richcompare = set_richcompare,
    .tp_weaklistoffset = offsetof(PySetObject, weakreflist),
    .tp_iter = set_iter,
    .tp_methods = frozenset_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = frozenset_new,
    .tp_free = PyObject_GC_Del,
};
