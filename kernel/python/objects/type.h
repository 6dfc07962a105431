/* What type.c, slots.c, base_object.c and super.c share. */
#ifndef PYNET_TYPE_H
#define PYNET_TYPE_H

#include "gc.h"

/* slots.c: wrap every filled slot of a ready type as its special method, and the other way round. */
int type_add_slot_wrappers(PyTypeObject *type);
void type_fix_slots(PyTypeObject *type);                        /* all slots of a class made in Python */
int type_update_slot(PyTypeObject *type, PyObject *name);       /* after type.name was set or deleted; its subclasses too */
int type_is_special_name(PyObject *name);

/* type.c */
void **type_slot_pointer(PyTypeObject *type, size_t offset);
void type_for_each_subclass(PyTypeObject *type, void (*visit)(PyTypeObject *));
int heap_subtype_traverse(PyObject *self, visitproc visit, void *arg);

/* base_object.c: object's own new and init, to be recognised by others. */
PyObject *object_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
int object_init(PyObject *self, PyObject *args, PyObject *kwargs);

/* slots.c */
PyObject *slot_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
extern PyMethodDef type_new_method;    /* __new__ of types written in C */

#endif
