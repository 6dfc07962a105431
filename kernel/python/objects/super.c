/* super(type, obj): attribute lookup that starts after `type` in obj's MRO. */
#include "type.h"

typedef struct {
    PyObject_HEAD
    PyTypeObject *type;
    PyObject *obj;              /* NULL: unbound */
    PyTypeObject *obj_type;
} superobject;

/* The class whose MRO is searched: obj itself if it is a subclass of type, else obj's class (or what it says is its class). */
static PyTypeObject *super_check(PyTypeObject *type, PyObject *obj)
{
    if (PyType_Check(obj) && PyType_IsSubtype((PyTypeObject *)obj, type))
        return (PyTypeObject *)Py_NewRef(obj);
    if (PyType_IsSubtype(Py_TYPE(obj), type))
        return (PyTypeObject *)Py_NewRef(Py_TYPE(obj));
    PyObject *cls;
    if (PyObject_GetOptionalAttr(obj, _Py_NAME("__class__"), &cls) < 0)
        return NULL;
    if (cls && PyType_Check(cls) && cls != (PyObject *)Py_TYPE(obj) && PyType_IsSubtype((PyTypeObject *)cls, type))
        return (PyTypeObject *)cls;
    Py_XDECREF(cls);
    PyErr_SetString(PyExc_TypeError, "super(type, obj): obj must be an instance or subtype of type");
    return NULL;
}

static int super_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    superobject *self = (superobject *)op;
    PyObject *type = NULL, *obj = NULL;
    PyTypeObject *obj_type = NULL;
    if (!_PyArg_NoKeywords("super", kwargs) || !PyArg_UnpackTuple(args, "super", 0, 2, &type, &obj))
        return -1;
    if (!type) {
        PyErr_SetString(PyExc_RuntimeError, "super(): no arguments");
        return -1;
    }
    if (!PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError, "super() argument 1 must be a type, not %.200s", Py_TYPE(type)->tp_name);
        return -1;
    }
    if (obj == Py_None)
        obj = NULL;
    if (obj && !(obj_type = super_check((PyTypeObject *)type, obj)))
        return -1;
    Py_XSETREF(self->type, (PyTypeObject *)Py_NewRef(type));
    Py_XSETREF(self->obj, Py_XNewRef(obj));
    Py_XSETREF(self->obj_type, obj_type);
    return 0;
}

static void super_dealloc(PyObject *op)
{
    superobject *self = (superobject *)op;
    PyObject_GC_UnTrack(op);
    Py_XDECREF(self->type);
    Py_XDECREF(self->obj);
    Py_XDECREF(self->obj_type);
    Py_TYPE(op)->tp_free(op);
}

static int super_traverse(PyObject *op, visitproc visit, void *arg)
{
    superobject *self = (superobject *)op;
    Py_VISIT(self->type);
    Py_VISIT(self->obj);
    Py_VISIT(self->obj_type);
    return 0;
}

static PyObject *super_repr(PyObject *op)
{
    superobject *self = (superobject *)op;
    const char *name = self->type ? self->type->tp_name : "NULL";
    if (self->obj_type)
        return PyUnicode_FromFormat("<super: <class '%s'>, <%s object>>", name, self->obj_type->tp_name);
    return PyUnicode_FromFormat("<super: <class '%s'>, NULL>", name);
}

static PyObject *find_after(superobject *self, PyObject *name)
{
    PyObject *mro = Py_XNewRef(self->obj_type->tp_mro), *found = NULL;
    Py_ssize_t i = 0, count = mro ? PyTuple_GET_SIZE(mro) : 0;
    while (i < count && PyTuple_GET_ITEM(mro, i) != (PyObject *)self->type)
        i++;
    for (i++; !found && i < count && !PyErr_Occurred(); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(mro, i))->tp_dict;
        found = dict ? Py_XNewRef(PyDict_GetItemWithError(dict, name)) : NULL;
    }
    Py_XDECREF(mro);
    return found;
}

static PyObject *super_getattro(PyObject *op, PyObject *name)
{
    superobject *self = (superobject *)op;
    if (!self->obj_type || (PyUnicode_Check(name) && _PyUnicode_EqualToASCIIString(name, "__class__")))
        return PyObject_GenericGetAttr(op, name);
    PyObject *found = find_after(self, name);
    if (!found)
        return PyErr_Occurred() ? NULL : PyObject_GenericGetAttr(op, name);
    descrgetfunc get = Py_TYPE(found)->tp_descr_get;
    if (get)
        Py_SETREF(found, get(found, self->obj == (PyObject *)self->obj_type ? NULL : self->obj, (PyObject *)self->obj_type));
    return found;
}

static PyObject *super_descr_get(PyObject *op, PyObject *obj, PyObject *Py_UNUSED(type))
{
    superobject *self = (superobject *)op;
    if (!obj || obj == Py_None || self->obj)
        return Py_NewRef(op);
    return PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(op), self->type, obj, NULL);
}

static PyMemberDef super_members[] = {
    {"__thisclass__", _Py_T_OBJECT, offsetof(superobject, type), Py_READONLY, NULL},
    {"__self__", _Py_T_OBJECT, offsetof(superobject, obj), Py_READONLY, NULL},
    {"__self_class__", _Py_T_OBJECT, offsetof(superobject, obj_type), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PySuper_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "super",
    .tp_basicsize = sizeof(superobject),
    .tp_dealloc = super_dealloc,
    .tp_repr = super_repr,
    .tp_getattro = super_getattro,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_traverse = super_traverse,
    .tp_members = super_members,
    .tp_descr_get = super_descr_get,
    .tp_init = super_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_GC_Del,
};
