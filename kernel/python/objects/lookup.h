/* Attributes looked up without a call where that is enough: a class's through the cache, an instance's own in its dictionary. */
#ifndef PYNET_OBJECTS_LOOKUP_H
#define PYNET_OBJECTS_LOOKUP_H

#include "gc.h"

#define TYPE_CACHE_SIZE 2048    /* entries; a power of two. One that is in the way of another is overwritten. */

struct type_cache_entry {
    unsigned int version;   /* the class's tp_version_tag; 0: the entry is empty */
    PyObject *name;         /* owned; an interned string */
    PyObject *value;        /* borrowed from the class; NULL: known to be absent */
};
extern struct type_cache_entry type_cache[TYPE_CACHE_SIZE];     /* type.c */

static inline struct type_cache_entry *type_cache_entry(const PyTypeObject *type, PyObject *name)
{
    return &type_cache[(type->tp_version_tag * 31u ^ ((uintptr_t)name >> 4)) & (TYPE_CACHE_SIZE - 1)];
}

/* _PyType_Lookup. A class without a version, which is 0, finds no entry: an empty one has no name. */
static inline PyObject *class_attribute(PyTypeObject *type, PyObject *name)
{
    const struct type_cache_entry *entry = type_cache_entry(type, name);
    if (entry->name == name && entry->version == type->tp_version_tag)
        return entry->value;
    return _PyType_Lookup(type, name);
}

/* _PyObject_GetDictPtr. */
static inline PyObject **instance_dict(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    if (type->tp_dictoffset > 0)
        return (PyObject **)((char *)op + type->tp_dictoffset);
    return type->tp_flags & Py_TPFLAGS_MANAGED_DICT ? (PyObject **)((char *)op - gc_prefix(type)) : NULL;
}

/* A dictionary's index: what is not the number of an entry, and how the next probe is found. */
#define INDEX_EMPTY (-1)
#define INDEX_DELETED (-2)
#define PERTURB_SHIFT 5

/* 1: *value, borrowed, is what `name` is mapped to, or NULL as it is not there. 0: that takes a comparison of strings to tell. */
static inline int dict_find(PyObject *dict, PyObject *name, PyObject **value)
{
    const PyDictObject *self = (const PyDictObject *)dict;
    *value = NULL;
    if (self->ma_used == 0)
        return 1;
    if (!PyUnicode_CheckExact(name) || ((PyASCIIObject *)name)->hash == -1)
        return 0;
    Py_hash_t hash = ((PyASCIIObject *)name)->hash;
    size_t mask = (size_t)self->ma_index_size - 1, perturb = (size_t)hash, i = (size_t)hash & mask;
    for (;;) {
        int32_t number = self->ma_index[i];
        if (number == INDEX_EMPTY)
            return 1;
        if (number >= 0) {
            const PyDictEntry *entry = &self->ma_entries[number];
            if (entry->me_key == name) {
                *value = entry->me_value;
                return 1;
            }
            if (entry->me_hash == hash)
                return 0;
        }
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + perturb + 1) & mask;
    }
}

#endif
