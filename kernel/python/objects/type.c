/* type: classes in C and in Python, their MRO, lookup, creation and end. */
#include "lookup.h"
#include "type.h"

/* ---- subclasses: a plain table of borrowed pointers, left by a class when it dies ---- */

typedef struct {
    Py_ssize_t count, room;
    PyTypeObject **types;
} subclass_table;

static int subclass_add(PyTypeObject *base, PyTypeObject *type)
{
    subclass_table *table = base->tp_subclasses;
    if (!table && !(base->tp_subclasses = table = PyMem_Calloc(1, sizeof *table)))
        goto full;
    for (Py_ssize_t i = 0; i < table->count; i++)
        if (table->types[i] == type)
            return 0;
    if (table->count == table->room) {
        Py_ssize_t room = table->room * 2 + 4;
        PyTypeObject **types = PyMem_Realloc(table->types, (size_t)room * sizeof *types);
        if (!types)
            goto full;
        table->types = types;
        table->room = room;
    }
    table->types[table->count++] = type;
    return 0;
full:
    PyErr_NoMemory();
    return -1;
}

static void subclass_remove(PyTypeObject *base, PyTypeObject *type)
{
    subclass_table *table = base->tp_subclasses;
    for (Py_ssize_t i = 0; table && i < table->count; i++)
        if (table->types[i] == type) {
            memmove(table->types + i, table->types + i + 1, (size_t)(--table->count - i) * sizeof *table->types);
            return;
        }
}

static void subclass_free(PyTypeObject *type)
{
    subclass_table *table = type->tp_subclasses;
    if (table) {
        PyMem_Free(table->types);
        PyMem_Free(table);
        type->tp_subclasses = NULL;
    }
}

void type_for_each_subclass(PyTypeObject *type, void (*visit)(PyTypeObject *))
{
    subclass_table *table = type->tp_subclasses;
    for (Py_ssize_t i = 0; table && i < table->count; i++)
        visit(table->types[i]);
}

/* ---- lookup, through a cache by class version and name ---- */

struct type_cache_entry type_cache[TYPE_CACHE_SIZE];
static unsigned int next_version = 1;

static void forget_version(PyTypeObject *type)
{
    if (type->tp_version_tag) {
        type->tp_version_tag = 0;
        type_for_each_subclass(type, forget_version);
    }
}

void PyType_Modified(PyTypeObject *type) { forget_version(type); }

/* A class has a version only while all its bases have one, so that a change of a base reaches it. */
static int assign_version(PyTypeObject *type)
{
    if (type->tp_version_tag)
        return 1;
    if (!(type->tp_flags & Py_TPFLAGS_READY) || next_version == UINT_MAX)
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_bases); i++)
        if (!assign_version((PyTypeObject *)PyTuple_GET_ITEM(type->tp_bases, i)))
            return 0;
    type->tp_version_tag = next_version++;
    return 1;
}

static PyObject *lookup_in_mro(PyTypeObject *type, PyObject *name)
{
    PyObject *mro = type->tp_mro;
    Py_hash_t hash = PyObject_Hash(name);
    if (!mro || hash == -1)
        return NULL;
    Py_INCREF(mro);
    PyObject *value = NULL;
    for (Py_ssize_t i = 0; !value && i < PyTuple_GET_SIZE(mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict;
        if (dict)
            value = _PyDict_GetItem_KnownHash(dict, name, hash);
    }
    Py_DECREF(mro);
    return value;
}

PyObject *_PyType_Lookup(PyTypeObject *type, PyObject *name)
{
    int cached = PyUnicode_CheckExact(name) && PyUnicode_CHECK_INTERNED(name) && assign_version(type);
    if (!cached)
        return lookup_in_mro(type, name);
    struct type_cache_entry *entry = type_cache_entry(type, name);
    unsigned int version = type->tp_version_tag;
    if (entry->version == version && entry->name == name)
        return entry->value;
    PyObject *value = lookup_in_mro(type, name);
    if (!value && PyErr_Occurred())
        return NULL;
    /* The key comparison may have run Python code that changed the class. */
    if (type->tp_version_tag == version) {
        PyObject *old = entry->name;
        *entry = (struct type_cache_entry){version, Py_NewRef(name), value};
        Py_XDECREF(old);
    }
    return value;
}

PyObject *_PyType_LookupRef(PyTypeObject *type, PyObject *name) { return Py_XNewRef(_PyType_Lookup(type, name)); }

PyObject *_PyType_LookupName(PyTypeObject *type, const char *text)
{
    PyObject *name = PyUnicode_InternFromString(text);
    if (!name)
        return NULL;
    PyObject *value = _PyType_Lookup(type, name);
    Py_DECREF(name);
    return value;
}

/* The special method as bound to op; special methods are looked up in the class only. */
PyObject *_PyObject_LookupSpecial(PyObject *op, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(op);
    PyObject *found = Py_XNewRef(_PyType_Lookup(type, name));
    if (found && Py_TYPE(found)->tp_descr_get)
        Py_SETREF(found, Py_TYPE(found)->tp_descr_get(found, op, (PyObject *)type));
    return found;
}

PyObject *_PyObject_LookupSpecialName(PyObject *op, const char *text)
{
    PyObject *name = PyUnicode_InternFromString(text);
    PyObject *method = name ? _PyObject_LookupSpecial(op, name) : NULL;
    Py_XDECREF(name);
    return method;
}

int PyType_IsSubtype(PyTypeObject *a, PyTypeObject *b)
{
    if (a == b)
        return 1;
    if (a->tp_mro) {
        for (Py_ssize_t i = PyTuple_GET_SIZE(a->tp_mro); --i >= 0;)
            if (PyTuple_GET_ITEM(a->tp_mro, i) == (PyObject *)b)
                return 1;
        return 0;
    }
    while ((a = a->tp_base))
        if (a == b)
            return 1;
    return b == &PyBaseObject_Type;
}

const char *_PyType_Name(PyTypeObject *type)
{
    const char *dot = strrchr(type->tp_name, '.');
    return dot ? dot + 1 : type->tp_name;
}

/* ---- the C3 method resolution order ---- */

/* The head of a list that no other list holds in its tail; NULL if there is none. */
static PyObject *next_class(PyObject *const *lists, const Py_ssize_t *at, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        if (at[i] >= PySequence_Fast_GET_SIZE(lists[i]))
            continue;
        PyObject *candidate = PySequence_Fast_GET_ITEM(lists[i], at[i]);
        int in_tail = 0;
        for (Py_ssize_t j = 0; j < count && !in_tail; j++)
            for (Py_ssize_t k = at[j] + 1; k < PySequence_Fast_GET_SIZE(lists[j]) && !in_tail; k++)
                in_tail = PySequence_Fast_GET_ITEM(lists[j], k) == candidate;
        if (!in_tail)
            return candidate;
    }
    return NULL;
}

static int all_taken(PyObject *const *lists, const Py_ssize_t *at, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++)
        if (at[i] < PySequence_Fast_GET_SIZE(lists[i]))
            return 0;
    return 1;
}

static void no_consistent_order(PyObject *const *lists, const Py_ssize_t *at, Py_ssize_t count)
{
    PyObject *names = PyUnicode_New(0, 0), *seen = PyList_New(0);
    for (Py_ssize_t i = 0; names && seen && i < count; i++) {
        if (at[i] >= PySequence_Fast_GET_SIZE(lists[i]))
            continue;
        PyObject *cls = PySequence_Fast_GET_ITEM(lists[i], at[i]);
        if (PySequence_Contains(seen, cls))
            continue;
        PyList_Append(seen, cls);
        PyObject *longer = PyUnicode_FromFormat(PyUnicode_GET_LENGTH(names) ? "%U, %s" : "%U%s", names,
                                                ((PyTypeObject *)cls)->tp_name);
        Py_SETREF(names, longer);
    }
    if (names)
        PyErr_Format(PyExc_TypeError, "Cannot create a consistent method resolution\norder (MRO) for bases %U", names);
    Py_XDECREF(names);
    Py_XDECREF(seen);
}

static PyObject *merge_orders(PyTypeObject *type, PyObject **lists, Py_ssize_t *at, Py_ssize_t count)
{
    PyObject *order = PyList_New(0), *next;
    if (!order || PyList_Append(order, (PyObject *)type) < 0)
        goto failed;
    while ((next = next_class(lists, at, count))) {
        if (PyList_Append(order, next) < 0)
            goto failed;
        for (Py_ssize_t i = 0; i < count; i++)
            if (at[i] < PySequence_Fast_GET_SIZE(lists[i]) && PySequence_Fast_GET_ITEM(lists[i], at[i]) == next)
                at[i]++;
    }
    if (!all_taken(lists, at, count)) {
        no_consistent_order(lists, at, count);
        goto failed;
    }
    PyObject *mro = PyList_AsTuple(order);
    Py_DECREF(order);
    return mro;
failed:
    Py_XDECREF(order);
    return NULL;
}

static int check_distinct(PyObject *bases)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++)
        for (Py_ssize_t j = i + 1; j < PyTuple_GET_SIZE(bases); j++)
            if (PyTuple_GET_ITEM(bases, i) == PyTuple_GET_ITEM(bases, j)) {
                PyErr_Format(PyExc_TypeError, "duplicate base class %s", ((PyTypeObject *)PyTuple_GET_ITEM(bases, i))->tp_name);
                return -1;
            }
    return 0;
}

static PyObject *compute_mro(PyTypeObject *type)
{
    if (check_distinct(type->tp_bases) < 0)
        return NULL;
    Py_ssize_t bases = PyTuple_GET_SIZE(type->tp_bases);
    PyObject **lists = PyMem_Malloc((size_t)(bases + 1) * sizeof(PyObject *));
    Py_ssize_t *at = PyMem_Calloc((size_t)bases + 1, sizeof(Py_ssize_t));
    PyObject *mro = NULL;
    if (!lists || !at) {
        PyErr_NoMemory();
    } else {
        for (Py_ssize_t i = 0; i < bases; i++)
            lists[i] = ((PyTypeObject *)PyTuple_GET_ITEM(type->tp_bases, i))->tp_mro;
        lists[bases] = type->tp_bases;
        mro = merge_orders(type, lists, at, bases + 1);
    }
    PyMem_Free(lists);
    PyMem_Free(at);
    return mro;
}

static PyObject *type_mro_method(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *mro = compute_mro((PyTypeObject *)self);
    PyObject *list = mro ? PySequence_List(mro) : NULL;
    Py_XDECREF(mro);
    return list;
}

/* A metaclass may have its own mro(). */
static int set_mro(PyTypeObject *type)
{
    PyObject *mro = NULL;
    if (Py_IS_TYPE(type, &PyType_Type) || !Py_TYPE(type)) {
        mro = compute_mro(type);
    } else {
        PyObject *order = _PyObject_CallMethod0((PyObject *)type, "mro");
        mro = order ? PySequence_Tuple(order) : NULL;
        Py_XDECREF(order);
    }
    if (!mro)
        return -1;
    Py_XSETREF(type->tp_mro, mro);
    return 0;
}

/* ---- inheritance of slots and flags ---- */

#define COPY(type, base, slot)                  \
    if (!(type)->slot && (base)->slot)          \
        (type)->slot = (base)->slot

#define COPY_TABLE(type, base, table, Struct)                                                       \
    if ((base)->table) {                                                                            \
        if (!(type)->table)                                                                         \
            (type)->table = (base)->table;                                                          \
        else if ((type)->table != (base)->table)                                                    \
            inherit_functions((void **)(type)->table, (void **)(base)->table, sizeof(Struct));      \
    }

static void inherit_functions(void **to, void **from, size_t size)
{
    for (size_t i = 0; i < size / sizeof(void *); i++)
        if (!to[i])
            to[i] = from[i];
}

/* Attribute access, comparison and hash come in groups: one given by the class itself shuts out the inherited others. */
static void inherit_groups(PyTypeObject *type, PyTypeObject *base)
{
    if (!type->tp_getattr && !type->tp_getattro) {
        type->tp_getattr = base->tp_getattr;
        type->tp_getattro = base->tp_getattro;
    }
    if (!type->tp_setattr && !type->tp_setattro) {
        type->tp_setattr = base->tp_setattr;
        type->tp_setattro = base->tp_setattro;
    }
    if (!type->tp_richcompare && !type->tp_hash) {
        PyObject *own_eq = type->tp_dict ? PyDict_GetItemString(type->tp_dict, "__eq__") : NULL;
        PyObject *own_hash = type->tp_dict ? PyDict_GetItemString(type->tp_dict, "__hash__") : NULL;
        if (!own_eq && !own_hash) {
            type->tp_richcompare = base->tp_richcompare;
            type->tp_hash = base->tp_hash;
        }
    }
}

static void inherit_slots(PyTypeObject *type, PyTypeObject *base)
{
    COPY_TABLE(type, base, tp_as_number, PyNumberMethods);
    COPY_TABLE(type, base, tp_as_sequence, PySequenceMethods);
    COPY_TABLE(type, base, tp_as_mapping, PyMappingMethods);
    COPY_TABLE(type, base, tp_as_async, PyAsyncMethods);
    COPY_TABLE(type, base, tp_as_buffer, PyBufferProcs);
    inherit_groups(type, base);
    COPY(type, base, tp_dealloc);
    COPY(type, base, tp_repr);
    COPY(type, base, tp_call);
    COPY(type, base, tp_str);
    COPY(type, base, tp_iter);
    COPY(type, base, tp_iternext);
    COPY(type, base, tp_descr_get);
    COPY(type, base, tp_descr_set);
    COPY(type, base, tp_init);
    COPY(type, base, tp_alloc);
    COPY(type, base, tp_finalize);
    COPY(type, base, tp_is_gc);
    if (!(type->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL) && !type->tp_vectorcall_offset &&
        !(type->tp_flags & Py_TPFLAGS_HEAPTYPE && type->tp_call != base->tp_call)) {
        type->tp_vectorcall_offset = base->tp_vectorcall_offset;
        if (type->tp_call == base->tp_call)
            type->tp_flags |= base->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL;
    }
    if (type->tp_descr_get == base->tp_descr_get)
        type->tp_flags |= base->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR;
    if ((type->tp_flags & Py_TPFLAGS_HAVE_GC) == (base->tp_flags & Py_TPFLAGS_HAVE_GC))
        COPY(type, base, tp_free);
}

#define SUBCLASS_FLAGS 0xFF000000UL

static void inherit_special(PyTypeObject *type, PyTypeObject *base)
{
    if (base->tp_flags & Py_TPFLAGS_HAVE_GC && !type->tp_traverse && !type->tp_clear) {
        type->tp_flags |= Py_TPFLAGS_HAVE_GC;
        type->tp_traverse = base->tp_traverse;
        type->tp_clear = base->tp_clear;
    }
    type->tp_flags |= base->tp_flags & (SUBCLASS_FLAGS | _Py_TPFLAGS_MATCH_SELF | Py_TPFLAGS_SEQUENCE |
                                        Py_TPFLAGS_MAPPING | Py_TPFLAGS_PREHEADER);
    if (type->tp_basicsize == 0)
        type->tp_basicsize = base->tp_basicsize;
    COPY(type, base, tp_itemsize);
    COPY(type, base, tp_weaklistoffset);
    COPY(type, base, tp_dictoffset);
    if (!type->tp_new && !(type->tp_flags & Py_TPFLAGS_DISALLOW_INSTANTIATION) &&
        (base != &PyBaseObject_Type || type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        type->tp_new = base->tp_new;
}

/* ---- making a type ready ---- */

static int add_to_dict(PyTypeObject *type, const char *name, PyObject *value, int replace)
{
    if (!value)
        return -1;
    PyObject *key = PyUnicode_InternFromString(name);
    int result = !key      ? -1
                 : replace ? PyDict_SetItem(type->tp_dict, key, value)
                           : PyDict_SetDefaultRef(type->tp_dict, key, value, NULL);
    Py_XDECREF(key);
    Py_DECREF(value);
    return result < 0 ? -1 : 0;
}

static PyObject *method_descriptor(PyTypeObject *type, PyMethodDef *method)
{
    if (method->ml_flags & METH_CLASS)
        return PyDescr_NewClassMethod(type, method);
    if (!(method->ml_flags & METH_STATIC))
        return PyDescr_NewMethod(type, method);
    PyObject *function = PyCFunction_NewEx(method, (PyObject *)type, NULL);
    PyObject *descriptor = function ? PyStaticMethod_New(function) : NULL;
    Py_XDECREF(function);
    return descriptor;
}

static int add_methods(PyTypeObject *type)
{
    for (PyMethodDef *method = type->tp_methods; method && method->ml_name; method++)
        if (add_to_dict(type, method->ml_name, method_descriptor(type, method), method->ml_flags & METH_COEXIST) < 0)
            return -1;
    for (PyMemberDef *member = type->tp_members; member && member->name; member++)
        if (add_to_dict(type, member->name, PyDescr_NewMember(type, member), 0) < 0)
            return -1;
    for (PyGetSetDef *getset = type->tp_getset; getset && getset->name; getset++)
        if (add_to_dict(type, getset->name, PyDescr_NewGetSet(type, getset), 0) < 0)
            return -1;
    return 0;
}

/* __new__ of a type in C: a function bound to the type, as CPython shows it. */
static int add_new_method(PyTypeObject *type)
{
    if (!type->tp_new || type->tp_new == slot_tp_new)
        return 0;
    return add_to_dict(type, "__new__", PyCFunction_NewEx(&type_new_method, (PyObject *)type, NULL), 0);
}

static int add_doc(PyTypeObject *type)
{
    if (PyDict_ContainsString(type->tp_dict, "__doc__"))
        return 0;
    const char *doc = type->tp_doc;
    return add_to_dict(type, "__doc__", doc ? PyUnicode_FromString(doc) : Py_NewRef(Py_None), 0);
}

static int ready_bases(PyTypeObject *type)
{
    if (!type->tp_base && type != &PyBaseObject_Type)
        type->tp_base = (PyTypeObject *)Py_NewRef(&PyBaseObject_Type);
    if (type->tp_base && PyType_Ready(type->tp_base) < 0)
        return -1;
    if (!Py_TYPE(type) && type->tp_base)
        Py_SET_TYPE(type, Py_TYPE(type->tp_base));
    if (!type->tp_bases)
        type->tp_bases = type->tp_base ? PyTuple_Pack(1, type->tp_base) : PyTuple_New(0);
    if (!type->tp_dict)
        type->tp_dict = PyDict_New();
    return type->tp_bases && type->tp_dict ? 0 : -1;
}

static int ready_inherit(PyTypeObject *type)
{
    if (type->tp_base)
        inherit_special(type, type->tp_base);
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(type->tp_mro); i++)
        inherit_slots(type, (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i));
    if (!type->tp_free)
        type->tp_free = type->tp_flags & Py_TPFLAGS_HAVE_GC ? PyObject_GC_Del : PyObject_Free;
    if (!type->tp_alloc)
        type->tp_alloc = PyType_GenericAlloc;
    if (!type->tp_hash && !PyDict_ContainsString(type->tp_dict, "__hash__")) {
        if (add_to_dict(type, "__hash__", Py_NewRef(Py_None), 0) < 0)
            return -1;
        type->tp_hash = PyObject_HashNotImplemented;
    }
    return 0;
}

/* Every static type made ready, for the end. */
#define STATIC_TYPES_MAX 1024       /* types in C and cdef classes of the whole program */
static PyTypeObject *static_types[STATIC_TYPES_MAX];
static Py_ssize_t static_type_count;

static int remember_static(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        return 0;
    if (static_type_count == STATIC_TYPES_MAX) {
        PyErr_SetString(PyExc_SystemError, "too many static types");
        return -1;
    }
    static_types[static_type_count++] = type;
    if (Py_REFCNT(type) < PY_STATIC_REFCNT / 2)
        Py_SET_REFCNT(type, PY_STATIC_REFCNT);
    return 0;
}

static int ready(PyTypeObject *type)
{
    if (remember_static(type) < 0 || ready_bases(type) < 0)
        return -1;
    if (type_add_slot_wrappers(type) < 0 || add_new_method(type) < 0 || add_methods(type) < 0 || add_doc(type) < 0)
        return -1;
    if (set_mro(type) < 0 || ready_inherit(type) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_bases); i++)
        if (subclass_add((PyTypeObject *)PyTuple_GET_ITEM(type->tp_bases, i), type) < 0)
            return -1;
    return 0;
}

int PyType_Ready(PyTypeObject *type)
{
    if (type->tp_flags & (Py_TPFLAGS_READY | Py_TPFLAGS_READYING))
        return 0;
    type->tp_flags |= Py_TPFLAGS_READYING;
    int result = ready(type);
    type->tp_flags &= ~Py_TPFLAGS_READYING;
    if (result == 0)
        type->tp_flags |= Py_TPFLAGS_READY;
    return result;
}

int _PyType_IsReady(PyTypeObject *type) { return (type->tp_flags & Py_TPFLAGS_READY) != 0; }

/* First half of the end: the classes let go of everything they own; a second pass frees what lookup still needed. */
void _PyType_Fini(void)
{
    for (Py_ssize_t i = 0; i < TYPE_CACHE_SIZE; i++) {
        Py_CLEAR(type_cache[i].name);
        type_cache[i].version = 0;
    }
    for (Py_ssize_t i = static_type_count; --i >= 0;) {
        PyTypeObject *type = static_types[i];
        forget_version(type);
        Py_CLEAR(type->tp_dict);
        Py_CLEAR(type->tp_cache);
    }
    for (Py_ssize_t i = static_type_count; --i >= 0;) {
        PyTypeObject *type = static_types[i];
        Py_CLEAR(type->tp_bases);
        Py_CLEAR(type->tp_mro);
        subclass_free(type);
        type->tp_flags &= ~Py_TPFLAGS_READY;
        type->tp_version_tag = 0;
    }
    static_type_count = 0;
}

/* ---- instances of classes made in Python ---- */

static PyTypeObject *first_c_base(PyTypeObject *type, size_t slot_offset, void *own)
{
    while (type && *(void **)((char *)type + slot_offset) == own)
        type = type->tp_base;
    return type;
}

static int visit_slots(PyTypeObject *type, PyObject *self, visitproc visit, void *arg)
{
    PyMemberDef *member = ((PyHeapTypeObject *)type)->_ht_members;
    for (; member && member->name; member++)
        if (member->type == Py_T_OBJECT_EX)
            Py_VISIT(*(PyObject **)((char *)self + member->offset));
    return 0;
}

static void clear_slots(PyTypeObject *type, PyObject *self)
{
    PyMemberDef *member = ((PyHeapTypeObject *)type)->_ht_members;
    for (; member && member->name; member++)
        if (member->type == Py_T_OBJECT_EX)
            Py_CLEAR(*(PyObject **)((char *)self + member->offset));
}

/* The dictionary is visited by the first class in C only if that class made it. */
static int adds_dict(PyTypeObject *type, PyTypeObject *base)
{
    return type->tp_flags & Py_TPFLAGS_MANAGED_DICT && !(base->tp_flags & Py_TPFLAGS_MANAGED_DICT);
}

int heap_subtype_traverse(PyObject *self, visitproc visit, void *arg)
{
    PyTypeObject *type = Py_TYPE(self), *base = type;
    for (; base && base->tp_traverse == heap_subtype_traverse; base = base->tp_base) {
        int stopped = visit_slots(base, self, visit, arg);
        if (stopped)
            return stopped;
    }
    if (adds_dict(type, base))
        Py_VISIT(*_PyObject_ManagedDict(self));
    Py_VISIT(type);
    return base->tp_traverse ? base->tp_traverse(self, visit, arg) : 0;
}

static int heap_subtype_clear(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self), *base = type;
    for (; base && base->tp_clear == heap_subtype_clear; base = base->tp_base)
        clear_slots(base, self);
    if (adds_dict(type, base))
        Py_CLEAR(*_PyObject_ManagedDict(self));
    return base->tp_clear ? base->tp_clear(self) : 0;
}

/* __del__, weak references, slots, dictionary, then what the base in C does; the class is let go last. */
static void heap_subtype_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self), *base = first_c_base(type, offsetof(PyTypeObject, tp_dealloc), heap_subtype_dealloc);
    PyObject *error = PyErr_GetRaisedException();
    if (type->tp_finalize) {
        PyObject_GC_Track(self);
        int revived = PyObject_CallFinalizerFromDealloc(self) < 0;
        if (revived) {
            PyErr_SetRaisedException(error);
            return;
        }
    }
    PyObject_GC_UnTrack(self);
    if (_PyObject_WeakrefList(self))
        PyObject_ClearWeakRefs(self);
    for (PyTypeObject *t = type; t != base; t = t->tp_base)
        clear_slots(t, self);
    if (adds_dict(type, base))
        Py_CLEAR(*_PyObject_ManagedDict(self));
    PyErr_SetRaisedException(error);
    int base_frees_type = base->tp_flags & Py_TPFLAGS_HEAPTYPE;
    if (base->tp_flags & Py_TPFLAGS_HAVE_GC)
        PyObject_GC_Track(self);
    Py_INCREF(type);
    base->tp_dealloc(self);
    Py_DECREF(type);
    if (!base_frees_type)
        Py_DECREF(type);
}

/* ---- which base decides the layout ---- */

/* Whether `type` adds fields of its own to the instances of its base. */
static int adds_fields(PyTypeObject *type, PyTypeObject *base)
{
    return type->tp_basicsize != base->tp_basicsize || type->tp_itemsize != base->tp_itemsize;
}

static PyTypeObject *layout_of(PyTypeObject *type)
{
    while (type->tp_base && !adds_fields(type, type->tp_base))
        type = type->tp_base;
    return type;
}

static PyTypeObject *best_base(PyObject *bases)
{
    PyTypeObject *best = NULL, *layout = NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *item = PyTuple_GET_ITEM(bases, i);
        if (!PyType_Check(item)) {
            PyErr_SetString(PyExc_TypeError, "bases must be types");
            return NULL;
        }
        PyTypeObject *base = (PyTypeObject *)item;
        if (PyType_Ready(base) < 0)
            return NULL;
        if (!(base->tp_flags & Py_TPFLAGS_BASETYPE)) {
            PyErr_Format(PyExc_TypeError, "type '%.100s' is not an acceptable base type", base->tp_name);
            return NULL;
        }
        PyTypeObject *candidate = layout_of(base);
        if (!layout || PyType_IsSubtype(candidate, layout)) {
            if (!layout || candidate != layout)
                best = base;
            layout = candidate;
        } else if (!PyType_IsSubtype(layout, candidate)) {
            PyErr_SetString(PyExc_TypeError, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return best;
}

PyObject *_PyType_CalculateMetaclass(PyTypeObject *winner, PyObject *bases)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyTypeObject *meta = Py_TYPE(PyTuple_GET_ITEM(bases, i));
        if (PyType_IsSubtype(winner, meta))
            continue;
        if (PyType_IsSubtype(meta, winner)) {
            winner = meta;
            continue;
        }
        PyErr_SetString(PyExc_TypeError, "metaclass conflict: the metaclass of a derived class must be a (non-strict) "
                                         "subclass of the metaclasses of all its bases");
        return NULL;
    }
    return (PyObject *)winner;
}

/* ---- type(name, bases, dict) ---- */

/* A private name is mangled as the compiler does in a class body. */
static PyObject *mangled(PyObject *name, PyObject *class_name)
{
    const char *text = PyUnicode_AsUTF8(name), *cls = PyUnicode_AsUTF8(class_name);
    if (!text || !cls)
        return NULL;
    size_t length = strlen(text);
    while (*cls == '_')
        cls++;
    if (text[0] != '_' || text[1] != '_' || (length > 3 && !strcmp(text + length - 2, "__")) || !*cls)
        return Py_NewRef(name);
    return PyUnicode_FromFormat("_%s%s", cls, text);
}

/* Which of the layout's extras __slots__ asks for. */
typedef struct {
    PyObject *names;        /* sorted list of mangled slot names, NULL without __slots__ */
    int dict;
    int weakref;
} slot_request;

static int take_slot_name(slot_request *request, PyObject *name, PyObject *class_name, PyObject *dict)
{
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "__slots__ items must be strings, not '%.200s'", Py_TYPE(name)->tp_name);
        return -1;
    }
    if (!PyUnicode_IsIdentifier(name)) {
        PyErr_SetString(PyExc_TypeError, "__slots__ must be identifiers");
        return -1;
    }
    if (_PyUnicode_EqualToASCIIString(name, "__dict__")) {
        request->dict = 1;
        return 0;
    }
    if (_PyUnicode_EqualToASCIIString(name, "__weakref__")) {
        request->weakref = 1;
        return 0;
    }
    PyObject *key = mangled(name, class_name);
    if (!key)
        return -1;
    int clash = PyDict_Contains(dict, key);
    if (clash && !_PyUnicode_EqualToASCIIString(key, "__qualname__") && !_PyUnicode_EqualToASCIIString(key, "__classcell__")) {
        PyErr_Format(PyExc_ValueError, "%R in __slots__ conflicts with class variable", name);
        Py_DECREF(key);
        return -1;
    }
    int result = PyList_Append(request->names, key);
    Py_DECREF(key);
    return result;
}

static int read_slots(slot_request *request, PyObject *slots, PyObject *class_name, PyTypeObject *base, PyObject *dict)
{
    *request = (slot_request){NULL, 1, 1};
    if (!slots)
        return 0;
    *request = (slot_request){PyList_New(0), 0, 0};
    PyObject *names = PyUnicode_Check(slots) ? PyTuple_Pack(1, slots) : PySequence_Tuple(slots);
    if (!request->names || !names) {
        Py_XDECREF(names);
        return -1;
    }
    int result = 0;
    if (PyTuple_GET_SIZE(names) && base->tp_itemsize) {
        PyErr_Format(PyExc_TypeError, "nonempty __slots__ not supported for subtype of '%s'", base->tp_name);
        result = -1;
    }
    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(names); i++)
        result = take_slot_name(request, PyTuple_GET_ITEM(names, i), class_name, dict);
    Py_DECREF(names);
    return result < 0 ? -1 : PyList_Sort(request->names);
}

static PyObject *subtype_dict(PyObject *self, void *closure) { return PyObject_GenericGetDict(self, closure); }

static PyObject *subtype_weakref(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject **list = _PyObject_WeakrefList(self);
    return Py_NewRef(list && *list ? *list : Py_None);
}

static PyGetSetDef subtype_dict_getset = {"__dict__", subtype_dict, PyObject_GenericSetDict, NULL, NULL};
static PyGetSetDef subtype_weakref_getset = {"__weakref__", subtype_weakref, NULL, NULL, NULL};

/* Fields for the slots at the end of the base's, and the two pre-header words where they are wanted and new. */
static int lay_out(PyHeapTypeObject *heap, slot_request *request)
{
    PyTypeObject *type = &heap->ht_type, *base = type->tp_base;
    Py_ssize_t count = request->names ? PyList_GET_SIZE(request->names) : 0;
    if (count) {
        heap->_ht_members = PyMem_Calloc((size_t)count + 1, sizeof(PyMemberDef));
        if (!heap->_ht_members) {
            PyErr_NoMemory();
            return -1;
        }
        type->tp_basicsize = (type->tp_basicsize + 7) & ~(Py_ssize_t)7;
        heap->ht_slots = PyList_AsTuple(request->names);
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyMemberDef *member = &heap->_ht_members[i];
        member->name = PyUnicode_AsUTF8(PyList_GET_ITEM(request->names, i));
        member->type = Py_T_OBJECT_EX;
        member->offset = type->tp_basicsize;
        type->tp_basicsize += (Py_ssize_t)sizeof(PyObject *);
    }
    type->tp_members = heap->_ht_members;
    if (request->dict && !base->tp_dictoffset && !(base->tp_flags & Py_TPFLAGS_MANAGED_DICT)) {
        type->tp_flags |= Py_TPFLAGS_MANAGED_DICT;
        type->tp_dictoffset = -1;
        if (add_to_dict(type, "__dict__", PyDescr_NewGetSet(type, &subtype_dict_getset), 0) < 0)
            return -1;
    }
    if (request->weakref && !base->tp_weaklistoffset && !base->tp_itemsize &&
        !(base->tp_flags & Py_TPFLAGS_MANAGED_WEAKREF)) {
        type->tp_flags |= Py_TPFLAGS_MANAGED_WEAKREF;
        type->tp_weaklistoffset = -1;
        if (add_to_dict(type, "__weakref__", PyDescr_NewGetSet(type, &subtype_weakref_getset), 0) < 0)
            return -1;
    }
    return 0;
}

static int wrap_entry(PyObject *dict, const char *name, PyObject *(*wrap)(PyObject *))
{
    PyObject *function = PyDict_GetItemString(dict, name);
    if (!function || Py_IS_TYPE(function, &PyStaticMethod_Type) || Py_IS_TYPE(function, &PyClassMethod_Type) ||
        Py_IS_TYPE(function, &PyCFunction_Type))
        return 0;
    /* Only functions are wrapped, as in CPython; Cython's are told by their being method descriptors. */
    if (!(Py_TYPE(function)->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR) && !Py_TYPE(function)->tp_descr_get)
        return 0;
    PyObject *wrapped = wrap(function);
    int result = wrapped ? PyDict_SetItemString(dict, name, wrapped) : -1;
    Py_XDECREF(wrapped);
    return result;
}

static int take_qualname(PyHeapTypeObject *heap)
{
    PyObject *dict = heap->ht_type.tp_dict, *qualname;
    int found = PyDict_PopString(dict, "__qualname__", &qualname);
    if (found < 0)
        return -1;
    if (found && !PyUnicode_Check(qualname)) {
        PyErr_Format(PyExc_TypeError, "type __qualname__ must be a str, not %s", Py_TYPE(qualname)->tp_name);
        Py_DECREF(qualname);
        return -1;
    }
    heap->ht_qualname = found ? qualname : Py_NewRef(heap->ht_name);
    return PyDict_PopString(dict, "__classcell__", NULL) < 0 ? -1 : 0;
}

/* The `__hash__` of a class with __eq__ alone is None. */
static int take_hash(PyObject *dict)
{
    if (PyDict_ContainsString(dict, "__eq__") && !PyDict_ContainsString(dict, "__hash__"))
        return PyDict_SetItemString(dict, "__hash__", Py_None);
    return 0;
}

static int fill_dict(PyHeapTypeObject *heap)
{
    PyObject *dict = heap->ht_type.tp_dict;
    if (take_qualname(heap) < 0 || take_hash(dict) < 0)
        return -1;
    if (wrap_entry(dict, "__new__", PyStaticMethod_New) < 0 || wrap_entry(dict, "__init_subclass__", PyClassMethod_New) < 0 ||
        wrap_entry(dict, "__class_getitem__", PyClassMethod_New) < 0)
        return -1;
    return 0;
}

static void heap_type_slots(PyHeapTypeObject *heap)
{
    PyTypeObject *type = &heap->ht_type;
    type->tp_as_async = &heap->as_async;
    type->tp_as_number = &heap->as_number;
    type->tp_as_sequence = &heap->as_sequence;
    type->tp_as_mapping = &heap->as_mapping;
    type->tp_as_buffer = &heap->as_buffer;
}

/* The class object itself, before it is ready. */
static PyHeapTypeObject *new_heap_type(PyTypeObject *metatype, PyObject *name, PyObject *bases, PyTypeObject *base)
{
    PyHeapTypeObject *heap = (PyHeapTypeObject *)metatype->tp_alloc(metatype, 0);
    if (!heap)
        return NULL;
    PyTypeObject *type = &heap->ht_type;
    type->tp_flags = Py_TPFLAGS_HEAPTYPE | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
    heap->ht_name = Py_NewRef(name);
    heap_type_slots(heap);
    type->tp_name = PyUnicode_AsUTF8(name);
    type->tp_bases = Py_NewRef(bases);
    type->tp_base = (PyTypeObject *)Py_NewRef(base);
    type->tp_basicsize = base->tp_basicsize;
    type->tp_itemsize = base->tp_itemsize;
    type->tp_dealloc = heap_subtype_dealloc;
    type->tp_traverse = heap_subtype_traverse;
    type->tp_clear = heap_subtype_clear;
    type->tp_alloc = PyType_GenericAlloc;
    type->tp_free = PyObject_GC_Del;
    type->tp_dictoffset = base->tp_dictoffset;
    type->tp_weaklistoffset = base->tp_weaklistoffset;
    if (!type->tp_name) {
        Py_DECREF(heap);
        return NULL;
    }
    return heap;
}

static int call_set_names(PyTypeObject *type)
{
    PyObject *names = PyDict_Copy(type->tp_dict), *key, *value;
    Py_ssize_t position = 0;
    int result = names ? 0 : -1;
    while (result == 0 && PyDict_Next(names, &position, &key, &value)) {
        PyObject *method = _PyObject_LookupSpecialName(value, "__set_name__");
        if (!method) {
            result = PyErr_Occurred() ? -1 : 0;
            continue;
        }
        PyObject *done = PyObject_CallFunctionObjArgs(method, type, key, NULL);
        Py_DECREF(method);
        result = done ? 0 : -1;
        Py_XDECREF(done);
        if (result < 0) {
            /* The oracle, CPython 3.11, tells where it came from by a RuntimeError. */
            PyObject *error = PyErr_GetRaisedException();
            PyErr_Format(PyExc_RuntimeError, "Error calling __set_name__ on '%.100s' instance %R in '%.100s'",
                         Py_TYPE(value)->tp_name, key, type->tp_name);
            PyObject *outer = PyErr_GetRaisedException();
            PyException_SetCause(outer, Py_NewRef(error));
            PyException_SetContext(outer, error);
            PyErr_SetRaisedException(outer);
        }
    }
    Py_XDECREF(names);
    return result;
}

static int call_init_subclass(PyTypeObject *type, PyObject *kwargs)
{
    PyObject *super = PyObject_CallFunctionObjArgs((PyObject *)&PySuper_Type, type, type, NULL);
    PyObject *method = super ? PyObject_GetAttrString(super, "__init_subclass__") : NULL;
    PyObject *done = method ? PyObject_VectorcallDict(method, NULL, 0, kwargs) : NULL;
    Py_XDECREF(super);
    Py_XDECREF(method);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static int finish_class(PyHeapTypeObject *heap, PyObject *kwargs)
{
    PyTypeObject *type = &heap->ht_type;
    if (PyType_Ready(type) < 0)
        return -1;
    type_fix_slots(type);
    if (type->tp_dealloc != heap_subtype_dealloc || type->tp_traverse != heap_subtype_traverse) {
        PyErr_SetString(PyExc_SystemError, "a class in Python took over C memory slots");
        return -1;
    }
    return call_set_names(type) < 0 ? -1 : call_init_subclass(type, kwargs);
}

static PyObject *make_class(PyTypeObject *metatype, PyObject *name, PyObject *bases, PyObject *namespace, PyObject *kwargs)
{
    slot_request request = {NULL, 0, 0};
    PyTypeObject *base = best_base(bases);
    PyHeapTypeObject *heap = base ? new_heap_type(metatype, name, bases, base) : NULL;
    if (!heap)
        return NULL;
    heap->ht_type.tp_dict = PyDict_Copy(namespace);
    PyObject *dict = heap->ht_type.tp_dict;
    int failed = !dict || fill_dict(heap) < 0 ||
                 read_slots(&request, PyDict_GetItemString(dict, "__slots__"), name, base, dict) < 0 ||
                 lay_out(heap, &request) < 0;
    Py_XDECREF(request.names);
    if (failed || finish_class(heap, kwargs) < 0) {
        Py_DECREF(heap);
        return NULL;
    }
    return (PyObject *)heap;
}

static PyObject *type_new(PyTypeObject *metatype, PyObject *args, PyObject *kwargs)
{
    PyObject *name, *bases, *namespace;
    if (!PyArg_ParseTuple(args, "UO!O!:type.__new__", &name, &PyTuple_Type, &bases, &PyDict_Type, &namespace))
        return NULL;
    metatype = (PyTypeObject *)_PyType_CalculateMetaclass(metatype, bases);
    if (!metatype)
        return NULL;
    if (metatype->tp_new != type_new) {
        PyTypeObject *winner = metatype;
        if (winner->tp_new && winner->tp_new != slot_tp_new)
            return winner->tp_new(winner, args, kwargs);
    }
    if (PyTuple_GET_SIZE(bases))
        return make_class(metatype, name, bases, namespace, kwargs);
    bases = PyTuple_Pack(1, &PyBaseObject_Type);
    PyObject *cls = bases ? make_class(metatype, name, bases, namespace, kwargs) : NULL;
    Py_XDECREF(bases);
    return cls;
}

static int type_init(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwargs)
{
    Py_ssize_t nargs = PyTuple_GET_SIZE(args);
    if (kwargs && nargs == 1 && PyDict_GET_SIZE(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "type.__init__() takes no keyword arguments");
        return -1;
    }
    if (nargs != 1 && nargs != 3) {
        PyErr_SetString(PyExc_TypeError, "type.__init__() takes 1 or 3 arguments");
        return -1;
    }
    return 0;
}

/* ---- types from a specification ---- */

#define SLOT_OF(table, field) (offsetof(PyHeapTypeObject, table) + offsetof(__typeof__(((PyHeapTypeObject *)0)->table), field))
#define TYPE_SLOT(field) offsetof(PyTypeObject, field)

/* Offsets into PyHeapTypeObject by slot number (see Py_bf_getbuffer and so on). */
static const size_t slot_offsets[] = {
    [Py_bf_getbuffer] = SLOT_OF(as_buffer, bf_getbuffer),
    [Py_bf_releasebuffer] = SLOT_OF(as_buffer, bf_releasebuffer),
    [Py_mp_ass_subscript] = SLOT_OF(as_mapping, mp_ass_subscript),
    [Py_mp_length] = SLOT_OF(as_mapping, mp_length),
    [Py_mp_subscript] = SLOT_OF(as_mapping, mp_subscript),
    [Py_nb_absolute] = SLOT_OF(as_number, nb_absolute),
    [Py_nb_add] = SLOT_OF(as_number, nb_add),
    [Py_nb_and] = SLOT_OF(as_number, nb_and),
    [Py_nb_bool] = SLOT_OF(as_number, nb_bool),
    [Py_nb_divmod] = SLOT_OF(as_number, nb_divmod),
    [Py_nb_float] = SLOT_OF(as_number, nb_float),
    [Py_nb_floor_divide] = SLOT_OF(as_number, nb_floor_divide),
    [Py_nb_index] = SLOT_OF(as_number, nb_index),
    [Py_nb_inplace_add] = SLOT_OF(as_number, nb_inplace_add),
    [Py_nb_inplace_and] = SLOT_OF(as_number, nb_inplace_and),
    [Py_nb_inplace_floor_divide] = SLOT_OF(as_number, nb_inplace_floor_divide),
    [Py_nb_inplace_lshift] = SLOT_OF(as_number, nb_inplace_lshift),
    [Py_nb_inplace_multiply] = SLOT_OF(as_number, nb_inplace_multiply),
    [Py_nb_inplace_or] = SLOT_OF(as_number, nb_inplace_or),
    [Py_nb_inplace_power] = SLOT_OF(as_number, nb_inplace_power),
    [Py_nb_inplace_remainder] = SLOT_OF(as_number, nb_inplace_remainder),
    [Py_nb_inplace_rshift] = SLOT_OF(as_number, nb_inplace_rshift),
    [Py_nb_inplace_subtract] = SLOT_OF(as_number, nb_inplace_subtract),
    [Py_nb_inplace_true_divide] = SLOT_OF(as_number, nb_inplace_true_divide),
    [Py_nb_inplace_xor] = SLOT_OF(as_number, nb_inplace_xor),
    [Py_nb_int] = SLOT_OF(as_number, nb_int),
    [Py_nb_invert] = SLOT_OF(as_number, nb_invert),
    [Py_nb_lshift] = SLOT_OF(as_number, nb_lshift),
    [Py_nb_multiply] = SLOT_OF(as_number, nb_multiply),
    [Py_nb_negative] = SLOT_OF(as_number, nb_negative),
    [Py_nb_or] = SLOT_OF(as_number, nb_or),
    [Py_nb_positive] = SLOT_OF(as_number, nb_positive),
    [Py_nb_power] = SLOT_OF(as_number, nb_power),
    [Py_nb_remainder] = SLOT_OF(as_number, nb_remainder),
    [Py_nb_rshift] = SLOT_OF(as_number, nb_rshift),
    [Py_nb_subtract] = SLOT_OF(as_number, nb_subtract),
    [Py_nb_true_divide] = SLOT_OF(as_number, nb_true_divide),
    [Py_nb_xor] = SLOT_OF(as_number, nb_xor),
    [Py_sq_ass_item] = SLOT_OF(as_sequence, sq_ass_item),
    [Py_sq_concat] = SLOT_OF(as_sequence, sq_concat),
    [Py_sq_contains] = SLOT_OF(as_sequence, sq_contains),
    [Py_sq_inplace_concat] = SLOT_OF(as_sequence, sq_inplace_concat),
    [Py_sq_inplace_repeat] = SLOT_OF(as_sequence, sq_inplace_repeat),
    [Py_sq_item] = SLOT_OF(as_sequence, sq_item),
    [Py_sq_length] = SLOT_OF(as_sequence, sq_length),
    [Py_sq_repeat] = SLOT_OF(as_sequence, sq_repeat),
    [Py_tp_alloc] = TYPE_SLOT(tp_alloc),
    [Py_tp_base] = TYPE_SLOT(tp_base),
    [Py_tp_bases] = TYPE_SLOT(tp_bases),
    [Py_tp_call] = TYPE_SLOT(tp_call),
    [Py_tp_clear] = TYPE_SLOT(tp_clear),
    [Py_tp_dealloc] = TYPE_SLOT(tp_dealloc),
    [Py_tp_del] = TYPE_SLOT(tp_del),
    [Py_tp_descr_get] = TYPE_SLOT(tp_descr_get),
    [Py_tp_descr_set] = TYPE_SLOT(tp_descr_set),
    [Py_tp_doc] = TYPE_SLOT(tp_doc),
    [Py_tp_getattr] = TYPE_SLOT(tp_getattr),
    [Py_tp_getattro] = TYPE_SLOT(tp_getattro),
    [Py_tp_hash] = TYPE_SLOT(tp_hash),
    [Py_tp_init] = TYPE_SLOT(tp_init),
    [Py_tp_is_gc] = TYPE_SLOT(tp_is_gc),
    [Py_tp_iter] = TYPE_SLOT(tp_iter),
    [Py_tp_iternext] = TYPE_SLOT(tp_iternext),
    [Py_tp_methods] = TYPE_SLOT(tp_methods),
    [Py_tp_new] = TYPE_SLOT(tp_new),
    [Py_tp_repr] = TYPE_SLOT(tp_repr),
    [Py_tp_richcompare] = TYPE_SLOT(tp_richcompare),
    [Py_tp_setattr] = TYPE_SLOT(tp_setattr),
    [Py_tp_setattro] = TYPE_SLOT(tp_setattro),
    [Py_tp_str] = TYPE_SLOT(tp_str),
    [Py_tp_traverse] = TYPE_SLOT(tp_traverse),
    [Py_tp_members] = TYPE_SLOT(tp_members),
    [Py_tp_getset] = TYPE_SLOT(tp_getset),
    [Py_tp_free] = TYPE_SLOT(tp_free),
    [Py_nb_matrix_multiply] = SLOT_OF(as_number, nb_matrix_multiply),
    [Py_nb_inplace_matrix_multiply] = SLOT_OF(as_number, nb_inplace_matrix_multiply),
    [Py_am_await] = SLOT_OF(as_async, am_await),
    [Py_am_aiter] = SLOT_OF(as_async, am_aiter),
    [Py_am_anext] = SLOT_OF(as_async, am_anext),
    [Py_tp_finalize] = TYPE_SLOT(tp_finalize),
    [Py_am_send] = SLOT_OF(as_async, am_send),
};

/* The three offsets a specification gives as members. */
static void read_offset_members(PyTypeObject *type)
{
    for (PyMemberDef *member = type->tp_members; member && member->name; member++) {
        if (!strcmp(member->name, "__dictoffset__"))
            type->tp_dictoffset = member->offset;
        else if (!strcmp(member->name, "__weaklistoffset__"))
            type->tp_weaklistoffset = member->offset;
        else if (!strcmp(member->name, "__vectorcalloffset__"))
            type->tp_vectorcall_offset = member->offset;
    }
}

static PyObject *spec_bases(PyType_Spec *spec, PyObject *bases)
{
    for (PyType_Slot *slot = spec->slots; !bases && slot->slot; slot++)
        if (slot->slot == Py_tp_base || slot->slot == Py_tp_bases)
            bases = slot->pfunc;
    if (!bases)
        return PyTuple_Pack(1, &PyBaseObject_Type);
    return PyTuple_Check(bases) ? Py_NewRef(bases) : PyTuple_Pack(1, bases);
}

static int fill_from_spec(PyHeapTypeObject *heap, PyType_Spec *spec)
{
    PyTypeObject *type = &heap->ht_type;
    for (PyType_Slot *slot = spec->slots; slot->slot; slot++) {
        if (slot->slot == Py_tp_base || slot->slot == Py_tp_bases)
            continue;
        if (slot->slot < 0 || (size_t)slot->slot >= Py_ARRAY_LENGTH(slot_offsets) || !slot_offsets[slot->slot]) {
            PyErr_Format(PyExc_SystemError, "invalid slot %d in the specification of %s", slot->slot, spec->name);
            return -1;
        }
        *(void **)((char *)heap + slot_offsets[slot->slot]) = slot->pfunc;
    }
    if (!type->tp_dealloc)
        type->tp_dealloc = heap_subtype_dealloc;
    read_offset_members(type);
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        type->tp_dictoffset = -1;
    if (type->tp_flags & Py_TPFLAGS_MANAGED_WEAKREF)
        type->tp_weaklistoffset = -1;
    return 0;
}

static PyHeapTypeObject *spec_type(PyTypeObject *metatype, PyType_Spec *spec, PyObject *bases, PyTypeObject *base)
{
    const char *dot = strrchr(spec->name, '.');
    PyObject *name = PyUnicode_InternFromString(dot ? dot + 1 : spec->name);
    PyHeapTypeObject *heap = name ? (PyHeapTypeObject *)metatype->tp_alloc(metatype, 0) : NULL;
    if (!heap) {
        Py_XDECREF(name);
        return NULL;
    }
    PyTypeObject *type = &heap->ht_type;
    heap->ht_name = name;
    heap->ht_qualname = Py_NewRef(name);
    heap_type_slots(heap);
    size_t length = strlen(spec->name) + 1;
    heap->_ht_tpname = PyMem_Malloc(length);
    if (heap->_ht_tpname)
        memcpy(heap->_ht_tpname, spec->name, length);
    type->tp_name = heap->_ht_tpname;
    type->tp_flags = spec->flags | Py_TPFLAGS_HEAPTYPE;
    type->tp_bases = Py_NewRef(bases);
    type->tp_base = (PyTypeObject *)Py_NewRef(base);
    type->tp_basicsize = spec->basicsize ? spec->basicsize : base->tp_basicsize;
    type->tp_itemsize = spec->itemsize;
    type->tp_dict = PyDict_New();
    if (!type->tp_name || !type->tp_dict || fill_from_spec(heap, spec) < 0) {
        Py_DECREF(heap);
        return NULL;
    }
    return heap;
}

PyObject *PyType_FromMetaclass(PyTypeObject *metatype, PyObject *module, PyType_Spec *spec, PyObject *given_bases)
{
    PyObject *bases = spec_bases(spec, given_bases);
    PyTypeObject *base = bases ? best_base(bases) : NULL;
    metatype = base ? (PyTypeObject *)_PyType_CalculateMetaclass(metatype ? metatype : &PyType_Type, bases) : NULL;
    PyHeapTypeObject *heap = metatype ? spec_type(metatype, spec, bases, base) : NULL;
    Py_XDECREF(bases);
    if (!heap)
        return NULL;
    heap->ht_module = Py_XNewRef(module);
    if (PyType_Ready(&heap->ht_type) < 0)
        Py_CLEAR(heap);
    /* a member of that name, as Cython's functions have it, goes before the type's own module */
    const char *dot = strrchr(spec->name, '.');
    if (heap && dot &&
        add_to_dict(&heap->ht_type, "__module__", PyUnicode_FromStringAndSize(spec->name, dot - spec->name), 0) < 0)
        Py_CLEAR(heap);
    return (PyObject *)heap;
}

PyObject *PyType_FromModuleAndSpec(PyObject *module, PyType_Spec *spec, PyObject *bases)
{
    return PyType_FromMetaclass(NULL, module, spec, bases);
}

PyObject *PyType_FromSpecWithBases(PyType_Spec *spec, PyObject *bases) { return PyType_FromMetaclass(NULL, NULL, spec, bases); }
PyObject *PyType_FromSpec(PyType_Spec *spec) { return PyType_FromMetaclass(NULL, NULL, spec, NULL); }

/* The slot at an offset of PyHeapTypeObject, in any type; NULL where the type has no such table. */
void **type_slot_pointer(PyTypeObject *type, size_t offset)
{
    static const struct {
        size_t heap, size, pointer;
    } tables[] = {
        {offsetof(PyHeapTypeObject, as_async), sizeof(PyAsyncMethods), TYPE_SLOT(tp_as_async)},
        {offsetof(PyHeapTypeObject, as_number), sizeof(PyNumberMethods), TYPE_SLOT(tp_as_number)},
        {offsetof(PyHeapTypeObject, as_mapping), sizeof(PyMappingMethods), TYPE_SLOT(tp_as_mapping)},
        {offsetof(PyHeapTypeObject, as_sequence), sizeof(PySequenceMethods), TYPE_SLOT(tp_as_sequence)},
        {offsetof(PyHeapTypeObject, as_buffer), sizeof(PyBufferProcs), TYPE_SLOT(tp_as_buffer)},
    };
    if (offset < sizeof(PyTypeObject))
        return (void **)((char *)type + offset);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(tables); i++)
        if (offset >= tables[i].heap && offset < tables[i].heap + tables[i].size) {
            char *table = *(char **)((char *)type + tables[i].pointer);
            return table ? (void **)(table + offset - tables[i].heap) : NULL;
        }
    return NULL;
}

void *PyType_GetSlot(PyTypeObject *type, int slot)
{
    if (slot < 0 || (size_t)slot >= Py_ARRAY_LENGTH(slot_offsets) || !slot_offsets[slot]) {
        PyErr_BadInternalCall();
        return NULL;
    }
    void **pointer = type_slot_pointer(type, slot_offsets[slot]);
    return pointer ? *pointer : NULL;
}

unsigned long PyType_GetFlags(PyTypeObject *type) { return type->tp_flags; }
PyObject *PyType_GetDict(PyTypeObject *type) { return Py_XNewRef(type->tp_dict); }

PyObject *PyType_GetModule(PyTypeObject *type)
{
    PyObject *module = type->tp_flags & Py_TPFLAGS_HEAPTYPE ? ((PyHeapTypeObject *)type)->ht_module : NULL;
    if (!module)
        PyErr_Format(PyExc_TypeError, "PyType_GetModule: Type '%s' has no associated module", type->tp_name);
    return module;
}

/* ---- repr and attributes of classes ---- */

static PyObject *type_get_name(PyObject *self, void *Py_UNUSED(closure))
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        return Py_NewRef(((PyHeapTypeObject *)type)->ht_name);
    return PyUnicode_InternFromString(_PyType_Name(type));
}

PyObject *PyType_GetName(PyTypeObject *type) { return type_get_name((PyObject *)type, NULL); }

static int may_change(PyObject *self, PyObject *value, const char *name)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        PyErr_Format(PyExc_TypeError, "cannot set '%s' attribute of immutable type '%s'", name, type->tp_name);
        return 0;
    }
    if (value)
        return 1;
    PyErr_Format(PyExc_TypeError, "cannot delete '%s' attribute of type '%s'", name, type->tp_name);
    return 0;
}

static int type_set_name(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    PyHeapTypeObject *heap = (PyHeapTypeObject *)self;
    if (!may_change(self, value, "__name__"))
        return -1;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "can only assign string to %s.__name__, not '%s'", heap->ht_type.tp_name,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    const char *text = PyUnicode_AsUTF8(value);
    if (!text)
        return -1;
    heap->ht_type.tp_name = text;
    Py_INCREF(value);
    Py_SETREF(heap->ht_name, value);
    return 0;
}

static PyObject *type_get_qualname(PyObject *self, void *closure)
{
    if (((PyTypeObject *)self)->tp_flags & Py_TPFLAGS_HEAPTYPE)
        return Py_NewRef(((PyHeapTypeObject *)self)->ht_qualname);
    return type_get_name(self, closure);
}

PyObject *PyType_GetQualName(PyTypeObject *type) { return type_get_qualname((PyObject *)type, NULL); }

static int type_set_qualname(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (!may_change(self, value, "__qualname__"))
        return -1;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "can only assign string to %s.__qualname__, not '%s'",
                     ((PyTypeObject *)self)->tp_name, Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_INCREF(value);
    Py_SETREF(((PyHeapTypeObject *)self)->ht_qualname, value);
    return 0;
}

static PyObject *type_get_module(PyObject *self, void *Py_UNUSED(closure))
{
    PyTypeObject *type = (PyTypeObject *)self;
    PyObject *module = PyDict_GetItemString(type->tp_dict, "__module__");
    if (module)
        return Py_NewRef(module);
    const char *dot = strrchr(type->tp_name, '.');
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE || !dot)
        return PyUnicode_InternFromString("builtins");
    return PyUnicode_FromStringAndSize(type->tp_name, dot - type->tp_name);
}

PyObject *PyType_GetModuleName(PyTypeObject *type) { return type_get_module((PyObject *)type, NULL); }

static int type_set_module(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (!may_change(self, value, "__module__"))
        return -1;
    PyType_Modified((PyTypeObject *)self);
    return PyDict_SetItemString(((PyTypeObject *)self)->tp_dict, "__module__", value);
}

static PyObject *type_get_bases(PyObject *self, void *Py_UNUSED(closure)) { return Py_NewRef(((PyTypeObject *)self)->tp_bases); }

static PyObject *type_get_base(PyObject *self, void *Py_UNUSED(closure))
{
    PyTypeObject *base = ((PyTypeObject *)self)->tp_base;
    return Py_NewRef(base ? (PyObject *)base : Py_None);
}

static PyObject *type_get_mro(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *mro = ((PyTypeObject *)self)->tp_mro;
    return Py_NewRef(mro ? mro : Py_None);
}

static PyObject *type_get_dict(PyObject *self, void *Py_UNUSED(closure)) { return PyDictProxy_New(((PyTypeObject *)self)->tp_dict); }

static PyObject *type_get_doc(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *doc = _PyType_LookupName((PyTypeObject *)self, "__doc__");
    PyObject *own = PyDict_GetItemString(((PyTypeObject *)self)->tp_dict, "__doc__");
    doc = own ? own : doc;
    if (doc && Py_TYPE(doc)->tp_descr_get)
        return Py_TYPE(doc)->tp_descr_get(doc, NULL, self);
    return Py_NewRef(doc ? doc : Py_None);
}

static int type_set_doc(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (!may_change(self, value, "__doc__"))
        return -1;
    PyType_Modified((PyTypeObject *)self);
    return PyDict_SetItemString(((PyTypeObject *)self)->tp_dict, "__doc__", value);
}

static PyObject *type_get_abstract(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *names = self == (PyObject *)&PyType_Type
                          ? NULL
                          : PyDict_GetItemString(((PyTypeObject *)self)->tp_dict, "__abstractmethods__");
    if (!names)
        PyErr_SetString(PyExc_AttributeError, "__abstractmethods__");
    return Py_XNewRef(names);
}

static int type_set_abstract(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    PyTypeObject *type = (PyTypeObject *)self;
    int abstract = value ? PyObject_IsTrue(value) : 0;
    if (abstract < 0)
        return -1;
    int result = value ? PyDict_SetItemString(type->tp_dict, "__abstractmethods__", value)
                       : PyDict_DelItemString(type->tp_dict, "__abstractmethods__");
    if (result < 0)
        return -1;
    PyType_Modified(type);
    type->tp_flags = abstract ? type->tp_flags | Py_TPFLAGS_IS_ABSTRACT : type->tp_flags & ~Py_TPFLAGS_IS_ABSTRACT;
    return 0;
}

static PyObject *type_get_annotations(PyObject *self, void *Py_UNUSED(closure))
{
    PyTypeObject *type = (PyTypeObject *)self;
    PyObject *annotations = PyDict_GetItemString(type->tp_dict, "__annotations__");
    if (annotations)
        return Py_NewRef(annotations);
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        PyErr_Format(PyExc_AttributeError, "type object '%s' has no attribute '__annotations__'", type->tp_name);
        return NULL;
    }
    annotations = PyDict_New();
    if (annotations && PyDict_SetItemString(type->tp_dict, "__annotations__", annotations) < 0)
        Py_CLEAR(annotations);
    return annotations;
}

static int type_set_annotations(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (!may_change(self, Py_None, "__annotations__"))
        return -1;
    PyObject *dict = ((PyTypeObject *)self)->tp_dict;
    return value ? PyDict_SetItemString(dict, "__annotations__", value) : PyDict_DelItemString(dict, "__annotations__");
}

static PyGetSetDef type_getset[] = {
    {"__name__", type_get_name, type_set_name, NULL, NULL},
    {"__qualname__", type_get_qualname, type_set_qualname, NULL, NULL},
    {"__module__", type_get_module, type_set_module, NULL, NULL},
    {"__bases__", type_get_bases, NULL, NULL, NULL},
    {"__base__", type_get_base, NULL, NULL, NULL},
    {"__mro__", type_get_mro, NULL, NULL, NULL},
    {"__dict__", type_get_dict, NULL, NULL, NULL},
    {"__doc__", type_get_doc, type_set_doc, NULL, NULL},
    {"__abstractmethods__", type_get_abstract, type_set_abstract, NULL, NULL},
    {"__annotations__", type_get_annotations, type_set_annotations, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef type_members[] = {
    {"__basicsize__", Py_T_PYSSIZET, offsetof(PyTypeObject, tp_basicsize), Py_READONLY, NULL},
    {"__itemsize__", Py_T_PYSSIZET, offsetof(PyTypeObject, tp_itemsize), Py_READONLY, NULL},
    {"__flags__", Py_T_ULONG, offsetof(PyTypeObject, tp_flags), Py_READONLY, NULL},
    {"__dictoffset__", Py_T_PYSSIZET, offsetof(PyTypeObject, tp_dictoffset), Py_READONLY, NULL},
    {"__weakrefoffset__", Py_T_PYSSIZET, offsetof(PyTypeObject, tp_weaklistoffset), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyObject *type_repr(PyObject *self)
{
    PyObject *module = type_get_module(self, NULL), *name = type_get_qualname(self, NULL), *text = NULL;
    if (!module)
        PyErr_Clear();
    if (name && module && PyUnicode_Check(module) && !_PyUnicode_EqualToASCIIString(module, "builtins"))
        text = PyUnicode_FromFormat("<class '%U.%U'>", module, name);
    else if (name)
        text = PyUnicode_FromFormat("<class '%s'>", ((PyTypeObject *)self)->tp_name);
    Py_XDECREF(module);
    Py_XDECREF(name);
    return text;
}

static Py_hash_t type_hash(PyObject *self) { return _Py_HashPointer(self); }

/* Attribute of a class: data descriptor of the metaclass, then the class's own MRO, then the metaclass's others. */
static PyObject *type_getattro(PyObject *self, PyObject *name)
{
    PyTypeObject *type = (PyTypeObject *)self, *meta = Py_TYPE(self);
    if (!PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "attribute name must be string, not '%.200s'", Py_TYPE(name)->tp_name);
        return NULL;
    }
    PyObject *from_meta = Py_XNewRef(_PyType_Lookup(meta, name)), *value;
    descrgetfunc meta_get = from_meta ? Py_TYPE(from_meta)->tp_descr_get : NULL;
    if (meta_get && Py_TYPE(from_meta)->tp_descr_set) {
        value = meta_get(from_meta, self, (PyObject *)meta);
        Py_DECREF(from_meta);
        return value;
    }
    PyObject *found = Py_XNewRef(_PyType_Lookup(type, name));
    if (found) {
        Py_XDECREF(from_meta);
        if (Py_TYPE(found)->tp_descr_get)
            Py_SETREF(found, Py_TYPE(found)->tp_descr_get(found, NULL, self));
        return found;
    }
    if (meta_get) {
        value = meta_get(from_meta, self, (PyObject *)meta);
        Py_DECREF(from_meta);
        return value;
    }
    if (!from_meta && !PyErr_Occurred()) {
        PyErr_Format(PyExc_AttributeError, "type object '%.100s' has no attribute '%U'", type->tp_name, name);
        PyObject *error = PyErr_GetRaisedException();
        Py_XSETREF(((PyAttributeErrorObject *)error)->obj, Py_NewRef(self));
        Py_XSETREF(((PyAttributeErrorObject *)error)->name, Py_NewRef(name));
        PyErr_SetRaisedException(error);
    }
    return from_meta;
}

static int type_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    PyTypeObject *type = (PyTypeObject *)self, *meta = Py_TYPE(self);
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) {
        PyErr_Format(PyExc_TypeError, "cannot set '%U' attribute of immutable type '%s'", name, type->tp_name);
        return -1;
    }
    PyObject *descriptor = _PyType_Lookup(meta, name);
    if (descriptor && Py_TYPE(descriptor)->tp_descr_set) {
        Py_INCREF(descriptor);
        int result = Py_TYPE(descriptor)->tp_descr_set(descriptor, self, value);
        Py_DECREF(descriptor);
        return result;
    }
    PyType_Modified(type);
    int result = value ? PyDict_SetItem(type->tp_dict, name, value) : PyDict_DelItem(type->tp_dict, name);
    PyType_Modified(type);
    if (result < 0 && !value && PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        PyErr_Format(PyExc_AttributeError, "type object '%.100s' has no attribute '%U'", type->tp_name, name);
    }
    if (result == 0 && type_is_special_name(name))
        result = type_update_slot(type, name);
    return result;
}

/* ---- calling a class ---- */

static PyObject *type_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (type == &PyType_Type && PyTuple_GET_SIZE(args) == 1 && (!kwargs || !PyDict_GET_SIZE(kwargs)))
        return Py_NewRef(Py_TYPE(PyTuple_GET_ITEM(args, 0)));
    if (type == &PyType_Type && PyTuple_GET_SIZE(args) != 3) {
        PyErr_SetString(PyExc_TypeError, "type() takes 1 or 3 arguments");
        return NULL;
    }
    if (!type->tp_new) {
        PyErr_Format(PyExc_TypeError, "cannot create '%s' instances", type->tp_name);
        return NULL;
    }
    PyObject *op = type->tp_new(type, args, kwargs);
    if (!op || !PyType_IsSubtype(Py_TYPE(op), type))
        return op;
    initproc init = Py_TYPE(op)->tp_init;
    if (init && init(op, args, kwargs) < 0)
        Py_CLEAR(op);
    return op;
}

static PyObject *type_vectorcall(PyObject *metatype, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (nargs == 1 && metatype == (PyObject *)&PyType_Type && (!kwnames || !PyTuple_GET_SIZE(kwnames)))
        return Py_NewRef(Py_TYPE(args[0]));
    PyObject *tuple = _PyTuple_FromArray(args, nargs), *kwargs = NULL, *result = NULL;
    if (tuple && (!kwnames || (kwargs = _PyStack_AsDict(args + nargs, kwnames))))
        result = type_call(metatype, tuple, kwargs);
    Py_XDECREF(tuple);
    Py_XDECREF(kwargs);
    return result;
}

/* ---- methods ---- */

static PyObject *type_subclasses(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    subclass_table *table = ((PyTypeObject *)self)->tp_subclasses;
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list && table && i < table->count; i++)
        if (Py_REFCNT(table->types[i]) > 0 && PyList_Append(list, (PyObject *)table->types[i]) < 0)
            Py_CLEAR(list);
    return list;
}

static PyObject *type_prepare(PyObject *Py_UNUSED(cls), PyObject *const *Py_UNUSED(args), Py_ssize_t Py_UNUSED(nargs),
                              PyObject *Py_UNUSED(kwnames))
{
    return PyDict_New();
}

static PyObject *type_instancecheck(PyObject *self, PyObject *op)
{
    if (PyObject_TypeCheck(op, (PyTypeObject *)self))
        Py_RETURN_TRUE;
    PyObject *cls;
    if (PyObject_GetOptionalAttrString(op, "__class__", &cls) < 0)
        return NULL;
    int found = cls && cls != (PyObject *)Py_TYPE(op) && PyType_Check(cls) &&
                PyType_IsSubtype((PyTypeObject *)cls, (PyTypeObject *)self);
    Py_XDECREF(cls);
    return PyBool_FromLong(found);
}

static PyObject *type_subclasscheck(PyObject *self, PyObject *cls)
{
    if (!PyType_Check(cls)) {
        PyErr_SetString(PyExc_TypeError, "issubclass() arg 1 must be a class");
        return NULL;
    }
    return PyBool_FromLong(PyType_IsSubtype((PyTypeObject *)cls, (PyTypeObject *)self));
}

static PyObject *type_dir(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *names = PyDict_New(), *mro = ((PyTypeObject *)self)->tp_mro;
    for (Py_ssize_t i = PyTuple_GET_SIZE(mro); names && --i >= 0;)
        if (PyDict_Update(names, ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict) < 0)
            Py_CLEAR(names);
    PyObject *list = names ? PyDict_Keys(names) : NULL;
    Py_XDECREF(names);
    return list;
}

static PyMethodDef type_methods[] = {
    {"mro", type_mro_method, METH_NOARGS, NULL},
    {"__subclasses__", type_subclasses, METH_NOARGS, NULL},
    {"__prepare__", _PyCFunction_CAST(type_prepare), METH_FASTCALL | METH_KEYWORDS | METH_CLASS, NULL},
    {"__instancecheck__", type_instancecheck, METH_O, NULL},
    {"__subclasscheck__", type_subclasscheck, METH_O, NULL},
    {"__dir__", type_dir, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

/* ---- the end of a class ---- */

static int type_traverse(PyObject *self, visitproc visit, void *arg)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return 0;
    Py_VISIT(type->tp_dict);
    Py_VISIT(type->tp_cache);
    Py_VISIT(type->tp_mro);
    Py_VISIT(type->tp_bases);
    Py_VISIT(type->tp_base);
    Py_VISIT(((PyHeapTypeObject *)type)->ht_module);
    return 0;
}

/* The bases stay until the memory goes: instances still find their layout through them. */
static int type_clear(PyObject *self)
{
    PyTypeObject *type = (PyTypeObject *)self;
    PyType_Modified(type);
    if (type->tp_dict)
        PyDict_Clear(type->tp_dict);
    Py_CLEAR(((PyHeapTypeObject *)type)->ht_module);
    Py_CLEAR(type->tp_mro);
    return 0;
}

static void type_dealloc(PyObject *self)
{
    PyTypeObject *type = (PyTypeObject *)self;
    PyHeapTypeObject *heap = (PyHeapTypeObject *)self;
    PyObject_GC_UnTrack(self);
    forget_version(type);
    if (type->tp_weaklist)
        PyObject_ClearWeakRefs(self);
    for (Py_ssize_t i = 0; type->tp_bases && i < PyTuple_GET_SIZE(type->tp_bases); i++)
        subclass_remove((PyTypeObject *)PyTuple_GET_ITEM(type->tp_bases, i), type);
    subclass_free(type);
    Py_XDECREF(type->tp_dict);
    Py_XDECREF(type->tp_cache);
    Py_XDECREF(type->tp_mro);
    Py_XDECREF(type->tp_bases);
    Py_XDECREF(type->tp_base);
    Py_XDECREF(heap->ht_name);
    Py_XDECREF(heap->ht_qualname);
    Py_XDECREF(heap->ht_slots);
    Py_XDECREF(heap->ht_module);
    PyMem_Free(heap->_ht_tpname);
    PyMem_Free(heap->_ht_members);
    PyTypeObject *meta = Py_TYPE(self);
    meta->tp_free(self);
    if (meta->tp_flags & Py_TPFLAGS_HEAPTYPE && meta->tp_dealloc == type_dealloc)
        Py_DECREF(meta);
}

static int type_is_gc(PyObject *self) { return (((PyTypeObject *)self)->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0; }

static PyNumberMethods type_as_number = {.nb_or = _Py_union_type_or};

PyTypeObject PyType_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "type",
    .tp_basicsize = sizeof(PyHeapTypeObject),
    .tp_dealloc = type_dealloc,
    .tp_vectorcall_offset = offsetof(PyTypeObject, tp_vectorcall),
    .tp_dictoffset = offsetof(PyTypeObject, tp_dict),
    .tp_repr = type_repr,
    .tp_as_number = &type_as_number,
    .tp_hash = type_hash,
    .tp_call = type_call,
    .tp_getattro = type_getattro,
    .tp_setattro = type_setattro,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_TYPE_SUBCLASS | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_traverse = type_traverse,
    .tp_clear = type_clear,
    .tp_weaklistoffset = offsetof(PyTypeObject, tp_weaklist),
    .tp_methods = type_methods,
    .tp_members = type_members,
    .tp_getset = type_getset,
    .tp_init = type_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = type_new,
    .tp_free = PyObject_GC_Del,
    .tp_is_gc = type_is_gc,
    .tp_vectorcall = type_vectorcall,
};
