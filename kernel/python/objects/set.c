/* set and frozenset: an open-addressed table of keys and their hashes. */
#include "gc.h"

/* A slot whose key was removed: a search goes on past it. */
static PyObject dummy_object = {PY_STATIC_REFCNT, NULL};
#define DUMMY (&dummy_object)
#define SMALL 8
#define SET(op) ((PySetObject *)(op))
#define LIVE(entry) ((entry)->key && (entry)->key != DUMMY)

static PyObject *empty_frozenset;   /* the one empty frozenset, made at first use */

/* ---- the table ---- */

/* The slot that holds `key`, or the free one where it belongs. NULL: a comparison raised. The table may change under a comparison:
 * then the search starts again. */
static setentry *find(PySetObject *so, PyObject *key, Py_hash_t hash)
{
restart:;
    size_t mask = (size_t)so->mask, perturb = (size_t)hash, i = (size_t)hash & mask;
    setentry *freed = NULL, *table = so->table;
    for (;;) {
        setentry *entry = &table[i];
        if (!entry->key)
            return freed ? freed : entry;
        if (entry->key == key)
            return entry;
        if (entry->key == DUMMY) {
            if (!freed)
                freed = entry;
        } else if (entry->hash == hash) {
            PyObject *found = Py_NewRef(entry->key);
            int equal = PyObject_RichCompareBool(found, key, Py_EQ);
            bool changed = so->table != table || entry->key != found;
            Py_DECREF(found);
            if (equal < 0)
                return NULL;
            if (changed)
                goto restart;
            if (equal)
                return entry;
        }
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
}

/* Put a key that is not there yet into a table without dummies. */
static void insert_clean(setentry *table, size_t mask, PyObject *key, Py_hash_t hash)
{
    size_t perturb = (size_t)hash, i = (size_t)hash & mask;
    while (table[i].key) {
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
    table[i].key = key;
    table[i].hash = hash;
}

/* A table with room for `wanted` keys at most three fifths full. 0, or -1 with MemoryError. */
static int resize(PySetObject *so, Py_ssize_t wanted)
{
    size_t size = SMALL;
    while (size * 3 <= (size_t)wanted * 5)
        size <<= 1;
    setentry *old = so->table, *table, copy[SMALL];
    size_t old_size = (size_t)so->mask + 1;
    if (size == SMALL) {
        if (old == so->smalltable) {
            memcpy(copy, old, sizeof copy);
            old = copy;
        }
        table = so->smalltable;
        memset(table, 0, sizeof so->smalltable);
    } else {
        table = PyMem_Calloc(size, sizeof(setentry));
        if (!table) {
            PyErr_NoMemory();
            return -1;
        }
    }
    for (size_t i = 0; i < old_size; i++) {
        if (LIVE(&old[i]))
            insert_clean(table, size - 1, old[i].key, old[i].hash);
    }
    if (so->table != so->smalltable)
        PyMem_Free(so->table);
    so->table = table;
    so->mask = (Py_ssize_t)size - 1;
    so->fill = so->used;
    return 0;
}

static int add_hashed(PySetObject *so, PyObject *key, Py_hash_t hash)
{
    Py_INCREF(key);
    setentry *entry = find(so, key, hash);
    if (!entry || LIVE(entry)) {
        Py_DECREF(key);
        return entry ? 0 : -1;
    }
    if (!entry->key)
        so->fill++;
    entry->key = key;
    entry->hash = hash;
    so->used++;
    if (so->fill * 5 < so->mask * 3)
        return 0;
    return resize(so, so->used > 50000 ? so->used * 2 : so->used * 4);
}

static int contains_hashed(PySetObject *so, PyObject *key, Py_hash_t hash)
{
    setentry *entry = find(so, key, hash);
    return entry ? LIVE(entry) : -1;
}

/* 1: removed, 0: was not there, -1: error. */
static int discard_hashed(PySetObject *so, PyObject *key, Py_hash_t hash)
{
    setentry *entry = find(so, key, hash);
    if (!entry)
        return -1;
    if (!LIVE(entry))
        return 0;
    PyObject *old = entry->key;
    entry->key = DUMMY;
    so->used--;
    Py_DECREF(old);
    return 1;
}

/* The next key from *position on; 0 at the end. */
int _PySet_NextEntry(PyObject *op, Py_ssize_t *position, PyObject **key, Py_hash_t *hash)
{
    PySetObject *so = SET(op);
    Py_ssize_t i = *position;
    while (i <= so->mask && !LIVE(&so->table[i]))
        i++;
    *position = i + 1;
    if (i > so->mask)
        return 0;
    *key = so->table[i].key;
    *hash = so->table[i].hash;
    return 1;
}

static int set_clear_table(PyObject *op)
{
    PySetObject *so = SET(op);
    setentry *table = so->table, copy[SMALL];
    size_t size = (size_t)so->mask + 1;
    bool small = table == so->smalltable;
    if (small) {
        memcpy(copy, table, sizeof copy);
        table = copy;
    }
    memset(so->smalltable, 0, sizeof so->smalltable);
    so->table = so->smalltable;
    so->mask = SMALL - 1;
    so->fill = so->used = so->finger = 0;
    so->hash = -1;
    for (size_t i = 0; i < size; i++) {
        if (LIVE(&table[i]))
            Py_DECREF(table[i].key);
    }
    if (!small)
        PyMem_Free(table);
    return 0;
}

/* ---- constructor ---- */

static PyObject *make(PyTypeObject *type, PyObject *items);

/* Add every item of an iterable. */
static int update_from(PySetObject *so, PyObject *items)
{
    PyObject *key;
    Py_hash_t hash;
    Py_ssize_t position = 0;
    if (PyAnySet_Check(items)) {
        if (items == (PyObject *)so)
            return 0;
        while (_PySet_NextEntry(items, &position, &key, &hash)) {
            if (add_hashed(so, key, hash) < 0)
                return -1;
        }
        return 0;
    }
    PyObject *iterator = PyObject_GetIter(items);
    if (!iterator)
        return -1;
    int status = 0;
    while (status == 0 && (key = PyIter_Next(iterator))) {
        hash = PyObject_Hash(key);
        status = hash == -1 ? -1 : add_hashed(so, key, hash);
        Py_DECREF(key);
    }
    Py_DECREF(iterator);
    return status < 0 || PyErr_Occurred() ? -1 : 0;
}

static PyObject *make(PyTypeObject *type, PyObject *items)
{
    PySetObject *so = SET(type->tp_alloc(type, 0));
    if (!so)
        return NULL;
    so->table = so->smalltable;
    so->mask = SMALL - 1;
    so->hash = -1;
    if (items && update_from(so, items) < 0)
        Py_CLEAR(so);
    return (PyObject *)so;
}

/* A plain set or frozenset, whichever op is. */
static PyObject *make_like(PyObject *op, PyObject *items)
{
    return make(PyFrozenSet_Check(op) ? &PyFrozenSet_Type : &PySet_Type, items);
}

PyObject *PySet_New(PyObject *items) { return make(&PySet_Type, items); }

PyObject *PyFrozenSet_New(PyObject *items)
{
    if (items && PyFrozenSet_CheckExact(items))
        return Py_NewRef(items);
    PyObject *op = make(&PyFrozenSet_Type, items);
    /* without items it is to be filled by PySet_Add */
    if (!op || SET(op)->used || !items)
        return op;
    if (!empty_frozenset)
        empty_frozenset = Py_NewRef(op);
    Py_DECREF(op);
    return Py_NewRef(empty_frozenset);
}

void _PySet_Fini(void) { Py_CLEAR(empty_frozenset); }

static PyObject *set_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs)) { return make(type, NULL); }

static int set_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    PyObject *items = NULL;
    if ((Py_IS_TYPE(op, &PySet_Type) && !_PyArg_NoKeywords("set", kwargs)) || !PyArg_UnpackTuple(args, "set", 0, 1, &items))
        return -1;
    set_clear_table(op);
    return items ? update_from(SET(op), items) : 0;
}

static PyObject *frozenset_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *items = NULL;
    if ((type == &PyFrozenSet_Type && !_PyArg_NoKeywords("frozenset", kwargs)) ||
        !PyArg_UnpackTuple(args, "frozenset", 0, 1, &items))
        return NULL;
    if (type == &PyFrozenSet_Type && !items && empty_frozenset)
        return Py_NewRef(empty_frozenset);
    return type == &PyFrozenSet_Type ? PyFrozenSet_New(items) : make(type, items);
}

static void set_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    if (SET(op)->weakreflist)
        PyObject_ClearWeakRefs(op);
    set_clear_table(op);
    Py_TYPE(op)->tp_free(op);
}

static int set_traverse(PyObject *op, visitproc visit, void *arg)
{
    PySetObject *so = SET(op);
    for (Py_ssize_t i = 0; i <= so->mask; i++) {
        if (LIVE(&so->table[i]))
            Py_VISIT(so->table[i].key);
    }
    return 0;
}

/* ---- access from C ---- */

Py_ssize_t PySet_Size(PyObject *op)
{
    if (PyAnySet_Check(op))
        return PySet_GET_SIZE(op);
    PyErr_BadInternalCall();
    return -1;
}

/* The hash of a key to look for; an unhashable set stands for the frozenset of the same items. `made` is owned, or NULL. */
static Py_hash_t hash_to_find(PyObject **key, PyObject **made)
{
    Py_hash_t hash = PyObject_Hash(*key);
    *made = NULL;
    if (hash != -1 || !PySet_Check(*key) || !PyErr_ExceptionMatches(PyExc_TypeError))
        return hash;
    PyErr_Clear();
    *key = *made = make(&PyFrozenSet_Type, *key);
    return *made ? PyObject_Hash(*made) : -1;
}

static int set_contains(PyObject *op, PyObject *key)
{
    PyObject *made;
    Py_hash_t hash = hash_to_find(&key, &made);
    int found = hash == -1 ? -1 : contains_hashed(SET(op), key, hash);
    Py_XDECREF(made);
    return found;
}

static int discard(PyObject *op, PyObject *key)
{
    PyObject *made;
    Py_hash_t hash = hash_to_find(&key, &made);
    int found = hash == -1 ? -1 : discard_hashed(SET(op), key, hash);
    Py_XDECREF(made);
    return found;
}

int PySet_Contains(PyObject *op, PyObject *key)
{
    Py_hash_t hash = PyObject_Hash(key);
    return hash == -1 ? -1 : contains_hashed(SET(op), key, hash);
}

int PySet_Add(PyObject *op, PyObject *key)
{
    if (!PySet_Check(op) && !(PyFrozenSet_Check(op) && Py_REFCNT(op) == 1)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Py_hash_t hash = PyObject_Hash(key);
    return hash == -1 ? -1 : add_hashed(SET(op), key, hash);
}

int PySet_Discard(PyObject *op, PyObject *key)
{
    Py_hash_t hash = PyObject_Hash(key);
    return hash == -1 ? -1 : discard_hashed(SET(op), key, hash);
}

int PySet_Clear(PyObject *op) { return set_clear_table(op); }

int _PySet_Update(PyObject *op, PyObject *items) { return update_from(SET(op), items); }

PyObject *PySet_Pop(PyObject *op)
{
    PySetObject *so = SET(op);
    if (so->used == 0) {
        PyErr_SetString(PyExc_KeyError, "pop from an empty set");
        return NULL;
    }
    Py_ssize_t i = so->finger & so->mask;
    while (!LIVE(&so->table[i]))
        i = (i + 1) & so->mask;
    PyObject *key = so->table[i].key;
    so->table[i].key = DUMMY;
    so->used--;
    so->finger = i + 1;
    return key;
}

/* ---- repr, hash, compare ---- */

static PyObject *set_repr(PyObject *op)
{
    const char *name = _PyType_Name(Py_TYPE(op));
    int entered = Py_ReprEnter(op);
    if (entered)
        return entered > 0 ? PyUnicode_FromFormat("%s(...)", name) : NULL;
    PyObject *text = NULL, *items = NULL, *inner = NULL;
    if (SET(op)->used == 0) {
        text = PyUnicode_FromFormat("%s()", name);
    } else if ((items = PySequence_List(op)) && (inner = PyObject_Repr(items))) {
        PyObject *bare = PyUnicode_Substring(inner, 1, PyUnicode_GET_LENGTH(inner) - 1);
        if (bare && Py_IS_TYPE(op, &PySet_Type))
            text = PyUnicode_FromFormat("{%U}", bare);
        else if (bare)
            text = PyUnicode_FromFormat("%s({%U})", name, bare);
        Py_XDECREF(bare);
    }
    Py_XDECREF(items);
    Py_XDECREF(inner);
    Py_ReprLeave(op);
    return text;
}

/* Independent of order: the exclusive or of the keys' hashes, spread so that nested sets differ. The constants are CPython's. */
static Py_hash_t frozenset_hash(PyObject *op)
{
    PySetObject *so = SET(op);
    if (so->hash != -1)
        return so->hash;
    Py_uhash_t hash = 0;
    PyObject *key;
    Py_hash_t one;
    Py_ssize_t position = 0;
    while (_PySet_NextEntry(op, &position, &key, &one)) {
        Py_uhash_t bits = (Py_uhash_t)one;
        hash ^= (bits ^ 89869747UL ^ (bits << 16)) * 3644798167UL;
    }
    hash ^= ((Py_uhash_t)so->used + 1) * 1927868237UL;
    hash ^= hash >> 11 ^ hash >> 25;
    hash = hash * 69069U + 907133923UL;
    so->hash = hash == (Py_uhash_t)-1 ? 590923713 : (Py_hash_t)hash;
    return so->hash;
}

/* Every key of a is in b: 1, 0, or -1. */
static int is_subset(PyObject *a, PyObject *b)
{
    if (SET(a)->used > SET(b)->used)
        return 0;
    PyObject *key;
    Py_hash_t hash;
    Py_ssize_t position = 0;
    int found = 1;
    while (found == 1 && _PySet_NextEntry(a, &position, &key, &hash)) {
        Py_INCREF(key);
        found = contains_hashed(SET(b), key, hash);
        Py_DECREF(key);
    }
    return found;
}

static PyObject *set_richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyAnySet_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    bool same_size = SET(a)->used == SET(b)->used;
    int result;
    switch (op) {
    case Py_EQ: result = same_size ? is_subset(a, b) : 0; break;
    case Py_NE: result = same_size ? is_subset(a, b) : 0; break;
    case Py_LE: result = is_subset(a, b); break;
    case Py_GE: result = is_subset(b, a); break;
    case Py_LT: result = same_size ? 0 : is_subset(a, b); break;
    default: result = same_size ? 0 : is_subset(b, a); break;
    }
    if (result < 0)
        return NULL;
    return PyBool_FromLong(op == Py_NE ? !result : result);
}

/* ---- the iterator ---- */

typedef struct {
    PyObject_HEAD
    PySetObject *set;
    Py_ssize_t used;
    Py_ssize_t position;
} setiter;

static void setiter_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((setiter *)op)->set);
    PyObject_GC_Del(op);
}

static int setiter_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((setiter *)op)->set);
    return 0;
}

static PyObject *setiter_next(PyObject *op)
{
    setiter *it = (setiter *)op;
    if (!it->set)
        return NULL;
    if (it->used != it->set->used) {
        PyErr_SetString(PyExc_RuntimeError, "Set changed size during iteration");
        it->used = -1;
        return NULL;
    }
    PyObject *key;
    Py_hash_t hash;
    if (_PySet_NextEntry((PyObject *)it->set, &it->position, &key, &hash))
        return Py_NewRef(key);
    Py_CLEAR(it->set);
    return NULL;
}

static PyObject *setiter_hint(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    setiter *it = (setiter *)op;
    Py_ssize_t left = 0, position = it->position;
    PyObject *key;
    Py_hash_t hash;
    while (it->set && it->used == it->set->used && _PySet_NextEntry((PyObject *)it->set, &position, &key, &hash))
        left++;
    return PyLong_FromSsize_t(left);
}

static PyMethodDef setiter_methods[] = {
    {"__length_hint__", setiter_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject setiter_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "set_iterator",
    .tp_basicsize = sizeof(setiter),
    .tp_dealloc = setiter_dealloc,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = setiter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = setiter_next,
    .tp_methods = setiter_methods,
};

static PyObject *set_iter(PyObject *op)
{
    if (!_PyType_IsReady(&setiter_type) && PyType_Ready(&setiter_type) < 0)
        return NULL;
    setiter *it = PyObject_GC_New(setiter, &setiter_type);
    if (!it)
        return NULL;
    it->set = SET(Py_NewRef(op));
    it->used = SET(op)->used;
    it->position = 0;
    PyObject_GC_Track(it);
    return (PyObject *)it;
}

/* ---- algebra ---- */

/* `items` as a set: itself, or a new one of its items. Owned. */
static PyObject *as_set(PyObject *items) { return PyAnySet_Check(items) ? Py_NewRef(items) : make(&PySet_Type, items); }

/* Those keys of a that are in b (keep), or that are not. A new set of a's kind. */
static PyObject *filtered(PyObject *a, PyObject *b, bool keep)
{
    PyObject *result = make_like(a, NULL), *key;
    Py_hash_t hash;
    Py_ssize_t position = 0;
    while (result && _PySet_NextEntry(a, &position, &key, &hash)) {
        Py_INCREF(key);
        int found = contains_hashed(SET(b), key, hash);
        if (found < 0 || ((found == 1) == keep && add_hashed(SET(result), key, hash) < 0))
            Py_CLEAR(result);
        Py_DECREF(key);
    }
    return result;
}

static PyObject *union_with(PyObject *a, PyObject *items)
{
    PyObject *result = make_like(a, a);
    if (result && update_from(SET(result), items) < 0)
        Py_CLEAR(result);
    return result;
}

static PyObject *filtered_by(PyObject *a, PyObject *items, bool keep)
{
    PyObject *b = as_set(items), *result = b ? filtered(a, b, keep) : NULL;
    Py_XDECREF(b);
    return result;
}

static PyObject *intersection_with(PyObject *a, PyObject *items) { return filtered_by(a, items, true); }
static PyObject *difference_with(PyObject *a, PyObject *items) { return filtered_by(a, items, false); }

static PyObject *symmetric_with(PyObject *a, PyObject *items)
{
    PyObject *b = as_set(items), *result = b ? filtered(a, b, false) : NULL, *rest = result ? filtered(b, a, false) : NULL;
    if (!rest || update_from(SET(result), rest) < 0)
        Py_CLEAR(result);
    Py_XDECREF(rest);
    Py_XDECREF(b);
    return result;
}

/* a takes over the table of `from`, which is dropped. */
static int replace(PyObject *a, PyObject *from)
{
    if (!from)
        return -1;
    Py_INCREF(a);
    set_clear_table(a);
    int status = update_from(SET(a), from);
    Py_DECREF(from);
    Py_DECREF(a);
    return status;
}

static PyObject *none_or_error(int status)
{
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* Apply `step` for each argument, starting from a copy. */
static PyObject *fold(PyObject *op, PyObject *args, PyObject *(*step)(PyObject *, PyObject *))
{
    PyObject *result = PyTuple_GET_SIZE(args) ? Py_NewRef(op) : make_like(op, op);
    for (Py_ssize_t i = 0; result && i < PyTuple_GET_SIZE(args); i++)
        Py_SETREF(result, step(result, PyTuple_GET_ITEM(args, i)));
    return result;
}

static PyObject *set_union(PyObject *op, PyObject *args) { return fold(op, args, union_with); }
static PyObject *set_intersection(PyObject *op, PyObject *args) { return fold(op, args, intersection_with); }
static PyObject *set_difference(PyObject *op, PyObject *args) { return fold(op, args, difference_with); }

static PyObject *set_update(PyObject *op, PyObject *args)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        if (update_from(SET(op), PyTuple_GET_ITEM(args, i)) < 0)
            return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *set_intersection_update(PyObject *op, PyObject *args)
{
    return none_or_error(replace(op, set_intersection(op, args)));
}

static PyObject *set_difference_update(PyObject *op, PyObject *args)
{
    return none_or_error(replace(op, set_difference(op, args)));
}

static PyObject *set_symmetric_update(PyObject *op, PyObject *items)
{
    return none_or_error(replace(op, symmetric_with(op, items)));
}

static PyObject *set_isdisjoint(PyObject *op, PyObject *items)
{
    PyObject *common = intersection_with(op, items);
    if (!common)
        return NULL;
    bool none = SET(common)->used == 0;
    Py_DECREF(common);
    return PyBool_FromLong(none);
}

static PyObject *set_issubset(PyObject *op, PyObject *items)
{
    PyObject *other = as_set(items);
    int result = other ? is_subset(op, other) : -1;
    Py_XDECREF(other);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

static PyObject *set_issuperset(PyObject *op, PyObject *items)
{
    PyObject *other = as_set(items);
    int result = other ? is_subset(other, op) : -1;
    Py_XDECREF(other);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

static bool both_sets(PyObject *a, PyObject *b) { return PyAnySet_Check(a) && PyAnySet_Check(b); }

#define OPERATOR(name, call)                                             \
    static PyObject *name(PyObject *a, PyObject *b)                      \
    {                                                                    \
        if (!both_sets(a, b))                                            \
            Py_RETURN_NOTIMPLEMENTED;                                    \
        return call(a, b);                                               \
    }
OPERATOR(set_or, union_with)
OPERATOR(set_and, intersection_with)
OPERATOR(set_sub, difference_with)
OPERATOR(set_xor, symmetric_with)

static PyObject *set_ior(PyObject *a, PyObject *b)
{
    if (!PyAnySet_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    return update_from(SET(a), b) < 0 ? NULL : Py_NewRef(a);
}

#define INPLACE(name, call)                                              \
    static PyObject *name(PyObject *a, PyObject *b)                      \
    {                                                                    \
        if (!PyAnySet_Check(b))                                          \
            Py_RETURN_NOTIMPLEMENTED;                                    \
        return replace(a, call(a, b)) < 0 ? NULL : Py_NewRef(a);         \
    }
INPLACE(set_iand, intersection_with)
INPLACE(set_isub, difference_with)
INPLACE(set_ixor, symmetric_with)

/* ---- methods ---- */

static Py_ssize_t set_length(PyObject *op) { return SET(op)->used; }

static PyObject *set_add(PyObject *op, PyObject *key)
{
    Py_hash_t hash = PyObject_Hash(key);
    return none_or_error(hash == -1 ? -1 : add_hashed(SET(op), key, hash));
}

static PyObject *set_discard(PyObject *op, PyObject *key) { return none_or_error(discard(op, key)); }

static PyObject *set_remove(PyObject *op, PyObject *key)
{
    int found = discard(op, key);
    if (found == 0)
        _PyErr_SetKeyError(key);
    return none_or_error(found == 1 ? 0 : -1);
}

static PyObject *set_pop(PyObject *op, PyObject *Py_UNUSED(ignored)) { return PySet_Pop(op); }
static PyObject *set_clear(PyObject *op, PyObject *Py_UNUSED(ignored)) { return none_or_error(set_clear_table(op)); }

static PyObject *set_copy(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    return PyFrozenSet_CheckExact(op) ? Py_NewRef(op) : make_like(op, op);
}

static PyObject *set_contains_method(PyObject *op, PyObject *key)
{
    int found = set_contains(op, key);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

#define COMMON_METHODS                                                      \
    {"__contains__", set_contains_method, METH_O | METH_COEXIST, NULL},     \
    {"copy", set_copy, METH_NOARGS, NULL},                                  \
    {"difference", set_difference, METH_VARARGS, NULL},                     \
    {"intersection", set_intersection, METH_VARARGS, NULL},                 \
    {"isdisjoint", set_isdisjoint, METH_O, NULL},                           \
    {"issubset", set_issubset, METH_O, NULL},                               \
    {"issuperset", set_issuperset, METH_O, NULL},                           \
    {"symmetric_difference", symmetric_with, METH_O, NULL},                 \
    {"union", set_union, METH_VARARGS, NULL},                               \
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL}

static PyMethodDef set_methods[] = {
    COMMON_METHODS,
    {"add", set_add, METH_O, NULL},
    {"clear", set_clear, METH_NOARGS, NULL},
    {"difference_update", set_difference_update, METH_VARARGS, NULL},
    {"discard", set_discard, METH_O, NULL},
    {"intersection_update", set_intersection_update, METH_VARARGS, NULL},
    {"pop", set_pop, METH_NOARGS, NULL},
    {"remove", set_remove, METH_O, NULL},
    {"symmetric_difference_update", set_symmetric_update, METH_O, NULL},
    {"update", set_update, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef frozenset_methods[] = {
    COMMON_METHODS,
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods set_sequence = {.sq_length = set_length, .sq_contains = set_contains};

static PyNumberMethods set_number = {
    .nb_subtract = set_sub,
    .nb_and = set_and,
    .nb_xor = set_xor,
    .nb_or = set_or,
    .nb_inplace_subtract = set_isub,
    .nb_inplace_and = set_iand,
    .nb_inplace_xor = set_ixor,
    .nb_inplace_or = set_ior,
};

static PyNumberMethods frozenset_number = {.nb_subtract = set_sub, .nb_and = set_and, .nb_xor = set_xor, .nb_or = set_or};

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
    .tp_clear = set_clear_table,
    .tp_richcompare = set_richcompare,
    .tp_weaklistoffset = offsetof(PySetObject, weakreflist),
    .tp_iter = set_iter,
    .tp_methods = set_methods,
    .tp_init = set_init,
    .tp_new = set_new,
    .tp_free = PyObject_GC_Del,
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
    .tp_clear = set_clear_table,
    .tp_richcompare = set_richcompare,
    .tp_weaklistoffset = offsetof(PySetObject, weakreflist),
    .tp_iter = set_iter,
    .tp_methods = frozenset_methods,
    .tp_new = frozenset_new,
    .tp_free = PyObject_GC_Del,
};
