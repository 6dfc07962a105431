/* Descriptors of types in C (methods, members, getters, slot wrappers) and property, staticmethod, classmethod. */
#include "gc.h"

/* ---- constructor ---- */

static PyDescrObject *descr_new(PyTypeObject *descr_type, PyTypeObject *type, const char *name)
{
    PyDescrObject *descr = (PyDescrObject *)PyType_GenericAlloc(descr_type, 0);
    if (!descr)
        return NULL;
    descr->d_type = (PyTypeObject *)Py_NewRef(type);
    descr->d_name = PyUnicode_InternFromString(name);
    if (!descr->d_name)
        Py_CLEAR(descr);
    return descr;
}

static PyObject *method_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames);

PyObject *PyDescr_NewMethod(PyTypeObject *type, PyMethodDef *method)
{
    PyMethodDescrObject *descr = (PyMethodDescrObject *)descr_new(&PyMethodDescr_Type, type, method->ml_name);
    if (descr) {
        descr->d_method = method;
        descr->vectorcall = method_vectorcall;
    }
    return (PyObject *)descr;
}

PyObject *PyDescr_NewClassMethod(PyTypeObject *type, PyMethodDef *method)
{
    PyMethodDescrObject *descr = (PyMethodDescrObject *)descr_new(&PyClassMethodDescr_Type, type, method->ml_name);
    if (descr)
        descr->d_method = method;
    return (PyObject *)descr;
}

PyObject *PyDescr_NewMember(PyTypeObject *type, PyMemberDef *member)
{
    PyMemberDescrObject *descr = (PyMemberDescrObject *)descr_new(&PyMemberDescr_Type, type, member->name);
    if (descr)
        descr->d_member = member;
    return (PyObject *)descr;
}

PyObject *PyDescr_NewGetSet(PyTypeObject *type, PyGetSetDef *getset)
{
    PyGetSetDescrObject *descr = (PyGetSetDescrObject *)descr_new(&PyGetSetDescr_Type, type, getset->name);
    if (descr)
        descr->d_getset = getset;
    return (PyObject *)descr;
}

PyObject *PyDescr_NewWrapper(PyTypeObject *type, struct wrapperbase *base, void *wrapped)
{
    PyWrapperDescrObject *descr = (PyWrapperDescrObject *)descr_new(&PyWrapperDescr_Type, type, base->name);
    if (descr) {
        descr->d_base = base;
        descr->d_wrapped = wrapped;
    }
    return (PyObject *)descr;
}

int PyDescr_IsData(PyObject *op) { return Py_TYPE(op)->tp_descr_set != NULL; }

static void descr_dealloc(PyObject *self)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    PyObject_GC_UnTrack(self);
    Py_XDECREF(descr->d_type);
    Py_XDECREF(descr->d_name);
    Py_XDECREF(descr->d_qualname);
    PyObject_GC_Del(self);
}

static int descr_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(PyDescr_TYPE(self));
    return 0;
}

/* ---- repr ---- */

static PyObject *descr_repr(PyObject *self, const char *format)
{
    return PyUnicode_FromFormat(format, PyDescr_NAME(self), PyDescr_TYPE(self)->tp_name);
}

static PyObject *method_repr(PyObject *self) { return descr_repr(self, "<method '%U' of '%s' objects>"); }
static PyObject *member_repr(PyObject *self) { return descr_repr(self, "<member '%U' of '%s' objects>"); }
static PyObject *getset_repr(PyObject *self) { return descr_repr(self, "<attribute '%U' of '%s' objects>"); }
static PyObject *wrapper_repr(PyObject *self) { return descr_repr(self, "<slot wrapper '%U' of '%s' objects>"); }

/* ---- what they share ---- */

static int check_object(PyObject *descr, PyObject *op)
{
    if (PyObject_TypeCheck(op, PyDescr_TYPE(descr)))
        return 1;
    PyErr_Format(PyExc_TypeError, "descriptor '%U' for '%.100s' objects doesn't apply to a '%.100s' object",
                 PyDescr_NAME(descr), PyDescr_TYPE(descr)->tp_name, Py_TYPE(op)->tp_name);
    return 0;
}

static PyObject *descr_qualname(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *type_name = PyType_GetQualName(PyDescr_TYPE(self));
    PyObject *name = type_name ? PyUnicode_FromFormat("%U.%U", type_name, PyDescr_NAME(self)) : NULL;
    Py_XDECREF(type_name);
    return name;
}

static PyObject *descr_doc(PyObject *self, void *Py_UNUSED(closure))
{
    const char *doc = NULL;
    if (Py_IS_TYPE(self, &PyMethodDescr_Type) || Py_IS_TYPE(self, &PyClassMethodDescr_Type))
        doc = ((PyMethodDescrObject *)self)->d_method->ml_doc;
    else if (Py_IS_TYPE(self, &PyGetSetDescr_Type))
        doc = ((PyGetSetDescrObject *)self)->d_getset->doc;
    else if (Py_IS_TYPE(self, &PyMemberDescr_Type))
        doc = ((PyMemberDescrObject *)self)->d_member->doc;
    return doc ? PyUnicode_FromString(doc) : Py_NewRef(Py_None);
}

static PyGetSetDef descr_getset[] = {
    {"__qualname__", descr_qualname, NULL, NULL, NULL},
    {"__doc__", descr_doc, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef descr_members[] = {
    {"__objclass__", _Py_T_OBJECT, offsetof(PyDescrObject, d_type), Py_READONLY, NULL},
    {"__name__", _Py_T_OBJECT, offsetof(PyDescrObject, d_name), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* ---- get, set, call ---- */

static PyObject *method_get(PyObject *self, PyObject *op, PyObject *Py_UNUSED(type))
{
    if (!op)
        return Py_NewRef(self);
    if (!check_object(self, op))
        return NULL;
    return PyCMethod_New(((PyMethodDescrObject *)self)->d_method, op, NULL, PyDescr_TYPE(self));
}

static PyObject *classmethod_get(PyObject *self, PyObject *op, PyObject *type)
{
    if (!type)
        type = (PyObject *)Py_TYPE(op);
    if (!PyType_Check(type) || !PyType_IsSubtype((PyTypeObject *)type, PyDescr_TYPE(self))) {
        PyErr_Format(PyExc_TypeError, "descriptor '%U' requires a subtype of '%.100s' but received '%.100s'",
                     PyDescr_NAME(self), PyDescr_TYPE(self)->tp_name, ((PyTypeObject *)type)->tp_name);
        return NULL;
    }
    return PyCMethod_New(((PyMethodDescrObject *)self)->d_method, type, NULL, PyDescr_TYPE(self));
}

static PyObject *classmethod_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!PyTuple_GET_SIZE(args)) {
        PyErr_Format(PyExc_TypeError, "descriptor '%U' of '%.100s' object needs an argument", PyDescr_NAME(self),
                     PyDescr_TYPE(self)->tp_name);
        return NULL;
    }
    PyObject *bound = classmethod_get(self, NULL, PyTuple_GET_ITEM(args, 0));
    PyObject *rest = bound ? PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args)) : NULL;
    PyObject *result = rest ? PyObject_Call(bound, rest, kwargs) : NULL;
    Py_XDECREF(bound);
    Py_XDECREF(rest);
    return result;
}


static PyObject *method_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (nargs < 1) {
        PyErr_Format(PyExc_TypeError, "unbound method %.100s.%U() needs an argument", PyDescr_TYPE(self)->tp_name,
                     PyDescr_NAME(self));
        return NULL;
    }
    if (!check_object(self, args[0]))
        return NULL;
    return _PyMethodDef_Call(((PyMethodDescrObject *)self)->d_method, args[0], PyDescr_TYPE(self), args + 1, nargs - 1, kwnames);
}

static PyObject *member_get(PyObject *self, PyObject *op, PyObject *Py_UNUSED(type))
{
    if (!op)
        return Py_NewRef(self);
    return check_object(self, op) ? PyMember_GetOne((char *)op, ((PyMemberDescrObject *)self)->d_member) : NULL;
}

static int member_set(PyObject *self, PyObject *op, PyObject *value)
{
    return check_object(self, op) ? PyMember_SetOne((char *)op, ((PyMemberDescrObject *)self)->d_member, value) : -1;
}

static PyObject *getset_get(PyObject *self, PyObject *op, PyObject *Py_UNUSED(type))
{
    PyGetSetDef *getset = ((PyGetSetDescrObject *)self)->d_getset;
    if (!op)
        return Py_NewRef(self);
    if (!check_object(self, op))
        return NULL;
    if (getset->get)
        return getset->get(op, getset->closure);
    PyErr_Format(PyExc_AttributeError, "attribute '%U' of '%.100s' objects is not readable", PyDescr_NAME(self),
                 PyDescr_TYPE(self)->tp_name);
    return NULL;
}

static int getset_set(PyObject *self, PyObject *op, PyObject *value)
{
    PyGetSetDef *getset = ((PyGetSetDescrObject *)self)->d_getset;
    if (!check_object(self, op))
        return -1;
    if (getset->set)
        return getset->set(op, value, getset->closure);
    PyErr_Format(PyExc_AttributeError, "attribute '%U' of '%.100s' objects is not writable", PyDescr_NAME(self),
                 PyDescr_TYPE(self)->tp_name);
    return -1;
}

static PyObject *wrapper_get(PyObject *self, PyObject *op, PyObject *Py_UNUSED(type))
{
    if (!op)
        return Py_NewRef(self);
    return check_object(self, op) ? PyWrapper_New(self, op) : NULL;
}

static PyObject *wrapper_call_on(PyObject *self, PyObject *op, PyObject *args, PyObject *kwargs)
{
    PyWrapperDescrObject *descr = (PyWrapperDescrObject *)self;
    if (descr->d_base->flags & PyWrapperFlag_KEYWORDS)
        return ((wrapperfunc_kwds)(void (*)(void))descr->d_base->wrapper)(op, args, descr->d_wrapped, kwargs);
    if (kwargs && PyDict_GET_SIZE(kwargs)) {
        PyErr_Format(PyExc_TypeError, "wrapper %s() takes no keyword arguments", descr->d_base->name);
        return NULL;
    }
    return descr->d_base->wrapper(op, args, descr->d_wrapped);
}

static PyObject *wrapper_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!PyTuple_GET_SIZE(args)) {
        PyErr_Format(PyExc_TypeError, "descriptor '%U' of '%.100s' object needs an argument", PyDescr_NAME(self),
                     PyDescr_TYPE(self)->tp_name);
        return NULL;
    }
    PyObject *op = PyTuple_GET_ITEM(args, 0);
    if (!PyObject_TypeCheck(op, PyDescr_TYPE(self))) {
        PyErr_Format(PyExc_TypeError, "descriptor '%U' requires a '%.100s' object but received a '%.100s'", PyDescr_NAME(self),
                     PyDescr_TYPE(self)->tp_name, Py_TYPE(op)->tp_name);
        return NULL;
    }
    PyObject *rest = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    PyObject *result = rest ? wrapper_call_on(self, op, rest, kwargs) : NULL;
    Py_XDECREF(rest);
    return result;
}

PyTypeObject PyMethodDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "method_descriptor",
    .tp_basicsize = sizeof(PyMethodDescrObject),
    .tp_dealloc = descr_dealloc,
    .tp_vectorcall_offset = offsetof(PyMethodDescrObject, vectorcall),
    .tp_repr = method_repr,
    .tp_call = PyVectorcall_Call,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_traverse = descr_traverse,
    .tp_members = descr_members,
    .tp_getset = descr_getset,
    .tp_descr_get = method_get,
};

PyTypeObject PyClassMethodDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "classmethod_descriptor",
    .tp_basicsize = sizeof(PyMethodDescrObject),
    .tp_dealloc = descr_dealloc,
    .tp_repr = method_repr,
    .tp_call = classmethod_call,
    .tp_flags = Py_TPFLAGS_HAVE_GC,
    .tp_traverse = descr_traverse,
    .tp_members = descr_members,
    .tp_getset = descr_getset,
    .tp_descr_get = classmethod_get,
};

PyTypeObject PyMemberDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "member_descriptor",
    .tp_basicsize = sizeof(PyMemberDescrObject),
    .tp_dealloc = descr_dealloc,
    .tp_repr = member_repr,
    .tp_flags = Py_TPFLAGS_HAVE_GC,
    .tp_traverse = descr_traverse,
    .tp_members = descr_members,
    .tp_getset = descr_getset,
    .tp_descr_get = member_get,
    .tp_descr_set = member_set,
};

PyTypeObject PyGetSetDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "getset_descriptor",
    .tp_basicsize = sizeof(PyGetSetDescrObject),
    .tp_dealloc = descr_dealloc,
    .tp_repr = getset_repr,
    .tp_flags = Py_TPFLAGS_HAVE_GC,
    .tp_traverse = descr_traverse,
    .tp_members = descr_members,
    .tp_getset = descr_getset,
    .tp_descr_get = getset_get,
    .tp_descr_set = getset_set,
};

PyTypeObject PyWrapperDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "wrapper_descriptor",
    .tp_basicsize = sizeof(PyWrapperDescrObject),
    .tp_dealloc = descr_dealloc,
    .tp_repr = wrapper_repr,
    .tp_call = wrapper_call,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_traverse = descr_traverse,
    .tp_members = descr_members,
    .tp_getset = descr_getset,
    .tp_descr_get = wrapper_get,
};

/* ---- a slot wrapper bound to its object ---- */

typedef struct {
    PyObject_HEAD
    PyObject *descr;
    PyObject *self;
} wrapperobject;

PyObject *PyWrapper_New(PyObject *descr, PyObject *self)
{
    wrapperobject *op = PyObject_GC_New(wrapperobject, &_PyMethodWrapper_Type);
    if (!op)
        return NULL;
    op->descr = Py_NewRef(descr);
    op->self = Py_NewRef(self);
    PyObject_GC_Track(op);
    return (PyObject *)op;
}

static void bound_wrapper_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((wrapperobject *)op)->descr);
    Py_XDECREF(((wrapperobject *)op)->self);
    PyObject_GC_Del(op);
}

static int bound_wrapper_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((wrapperobject *)op)->descr);
    Py_VISIT(((wrapperobject *)op)->self);
    return 0;
}

static PyObject *bound_wrapper_repr(PyObject *op)
{
    wrapperobject *bound = (wrapperobject *)op;
    return PyUnicode_FromFormat("<method-wrapper '%U' of %s object at %p>", PyDescr_NAME(bound->descr),
                                Py_TYPE(bound->self)->tp_name, (void *)bound->self);
}

static PyObject *bound_wrapper_compare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !Py_IS_TYPE(b, &_PyMethodWrapper_Type) || !Py_IS_TYPE(a, &_PyMethodWrapper_Type))
        Py_RETURN_NOTIMPLEMENTED;
    wrapperobject *x = (wrapperobject *)a, *y = (wrapperobject *)b;
    return PyBool_FromLong((x->descr == y->descr && x->self == y->self) == (op == Py_EQ));
}

static Py_hash_t bound_wrapper_hash(PyObject *op)
{
    Py_hash_t hash = _Py_HashPointer(((wrapperobject *)op)->self) ^ _Py_HashPointer(((wrapperobject *)op)->descr);
    return hash == -1 ? -2 : hash;
}

static PyObject *bound_wrapper_call(PyObject *op, PyObject *args, PyObject *kwargs)
{
    return wrapper_call_on(((wrapperobject *)op)->descr, ((wrapperobject *)op)->self, args, kwargs);
}

static PyObject *bound_wrapper_name(PyObject *op, void *Py_UNUSED(closure))
{
    return Py_NewRef(PyDescr_NAME(((wrapperobject *)op)->descr));
}

static PyObject *bound_wrapper_qualname(PyObject *op, void *closure) { return descr_qualname(((wrapperobject *)op)->descr, closure); }

static PyObject *bound_wrapper_objclass(PyObject *op, void *Py_UNUSED(closure))
{
    return Py_NewRef(PyDescr_TYPE(((wrapperobject *)op)->descr));
}

static PyGetSetDef bound_wrapper_getset[] = {
    {"__name__", bound_wrapper_name, NULL, NULL, NULL},
    {"__qualname__", bound_wrapper_qualname, NULL, NULL, NULL},
    {"__objclass__", bound_wrapper_objclass, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef bound_wrapper_members[] = {
    {"__self__", _Py_T_OBJECT, offsetof(wrapperobject, self), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject _PyMethodWrapper_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "method-wrapper",
    .tp_basicsize = sizeof(wrapperobject),
    .tp_dealloc = bound_wrapper_dealloc,
    .tp_repr = bound_wrapper_repr,
    .tp_hash = bound_wrapper_hash,
    .tp_call = bound_wrapper_call,
    .tp_flags = Py_TPFLAGS_HAVE_GC,
    .tp_traverse = bound_wrapper_traverse,
    .tp_richcompare = bound_wrapper_compare,
    .tp_members = bound_wrapper_members,
    .tp_getset = bound_wrapper_getset,
};

/* ---- members ---- */

PyObject *PyMember_GetOne(const char *base, PyMemberDef *member)
{
    const char *at = base + member->offset;
    PyObject *value;
    switch (member->type) {
    case Py_T_BOOL: return PyBool_FromLong(*at);
    case Py_T_BYTE: return PyLong_FromLong(*(const signed char *)at);
    case Py_T_UBYTE: return PyLong_FromLong(*(const unsigned char *)at);
    case Py_T_SHORT: return PyLong_FromLong(*(const short *)at);
    case Py_T_USHORT: return PyLong_FromLong(*(const unsigned short *)at);
    case Py_T_INT: return PyLong_FromLong(*(const int *)at);
    case Py_T_UINT: return PyLong_FromUnsignedLong(*(const unsigned int *)at);
    case Py_T_LONG: return PyLong_FromLong(*(const long *)at);
    case Py_T_ULONG: return PyLong_FromUnsignedLong(*(const unsigned long *)at);
    case Py_T_PYSSIZET: return PyLong_FromSsize_t(*(const Py_ssize_t *)at);
    case Py_T_LONGLONG: return PyLong_FromLongLong(*(const long long *)at);
    case Py_T_ULONGLONG: return PyLong_FromUnsignedLongLong(*(const unsigned long long *)at);
    case Py_T_FLOAT: return PyFloat_FromDouble(*(const float *)at);
    case Py_T_DOUBLE: return PyFloat_FromDouble(*(const double *)at);
    case Py_T_CHAR: return PyUnicode_FromStringAndSize(at, 1);
    case Py_T_STRING: return *(char *const *)at ? PyUnicode_FromString(*(char *const *)at) : Py_NewRef(Py_None);
    case Py_T_STRING_INPLACE: return PyUnicode_FromString(at);
    case _Py_T_OBJECT:
        value = *(PyObject *const *)at;
        return Py_NewRef(value ? value : Py_None);
    case Py_T_OBJECT_EX:
        value = *(PyObject *const *)at;
        if (!value)
            PyErr_Format(PyExc_AttributeError, "'%.200s' object has no attribute '%s'", Py_TYPE((PyObject *)base)->tp_name,
                         member->name);
        return Py_XNewRef(value);
    default:
        PyErr_Format(PyExc_SystemError, "bad memberdescr type for %s", member->name);
        return NULL;
    }
}

static int set_object_member(char *base, PyObject **slot, PyMemberDef *member, PyObject *value)
{
    if (!value && member->type == Py_T_OBJECT_EX && !*slot) {
        PyErr_Format(PyExc_AttributeError, "'%.200s' object has no attribute '%s'", Py_TYPE((PyObject *)base)->tp_name,
                     member->name);
        return -1;
    }
    Py_XINCREF(value);
    Py_XSETREF(*slot, value);
    return 0;
}

static int set_integer_member(char *at, PyMemberDef *member, PyObject *value)
{
    if (member->type == Py_T_BOOL) {
        if (!PyBool_Check(value)) {
            PyErr_SetString(PyExc_TypeError, "attribute value type must be bool");
            return -1;
        }
        *at = value == Py_True;
        return 0;
    }
    long long number = PyLong_AsLongLong(value);
    if (number == -1 && PyErr_Occurred())
        return -1;
    switch (member->type) {
    case Py_T_BYTE: case Py_T_UBYTE: *(unsigned char *)at = (unsigned char)number; return 0;
    case Py_T_SHORT: case Py_T_USHORT: *(unsigned short *)at = (unsigned short)number; return 0;
    case Py_T_INT: case Py_T_UINT: *(unsigned int *)at = (unsigned int)number; return 0;
    default: *(unsigned long long *)at = (unsigned long long)number; return 0;
    }
}

int PyMember_SetOne(char *base, PyMemberDef *member, PyObject *value)
{
    char *at = base + member->offset;
    if (member->flags & Py_READONLY || member->type == Py_T_STRING || member->type == Py_T_STRING_INPLACE) {
        PyErr_SetString(PyExc_AttributeError, "readonly attribute");
        return -1;
    }
    if (member->type == _Py_T_OBJECT || member->type == Py_T_OBJECT_EX)
        return set_object_member(base, (PyObject **)at, member, value);
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "can't delete numeric/char attribute");
        return -1;
    }
    if (member->type == Py_T_FLOAT || member->type == Py_T_DOUBLE) {
        double number = PyFloat_AsDouble(value);
        if (number == -1 && PyErr_Occurred())
            return -1;
        if (member->type == Py_T_FLOAT)
            *(float *)at = (float)number;
        else
            *(double *)at = number;
        return 0;
    }
    return set_integer_member(at, member, value);
}

/* ---- property ---- */

typedef struct {
    PyObject_HEAD
    PyObject *get, *set, *del, *doc, *name;
    int doc_from_getter;
} propertyobject;

static int property_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *const names[] = {"fget", "fset", "fdel", "doc", NULL};
    propertyobject *self = (propertyobject *)op;
    PyObject *get = NULL, *set = NULL, *del = NULL, *doc = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|OOOO:property", names, &get, &set, &del, &doc))
        return -1;
    Py_XSETREF(self->get, get == Py_None ? NULL : Py_XNewRef(get));
    Py_XSETREF(self->set, set == Py_None ? NULL : Py_XNewRef(set));
    Py_XSETREF(self->del, del == Py_None ? NULL : Py_XNewRef(del));
    Py_XSETREF(self->doc, Py_XNewRef(doc));
    self->doc_from_getter = 0;
    if ((!doc || doc == Py_None) && self->get) {
        PyObject *from_getter;
        if (PyObject_GetOptionalAttr(self->get, _Py_NAME("__doc__"), &from_getter) < 0)
            return -1;
        Py_XSETREF(self->doc, from_getter);
        self->doc_from_getter = 1;
    }
    return 0;
}

static void property_dealloc(PyObject *op)
{
    propertyobject *self = (propertyobject *)op;
    PyObject_GC_UnTrack(op);
    Py_XDECREF(self->get);
    Py_XDECREF(self->set);
    Py_XDECREF(self->del);
    Py_XDECREF(self->doc);
    Py_XDECREF(self->name);
    Py_TYPE(op)->tp_free(op);
}

static int property_traverse(PyObject *op, visitproc visit, void *arg)
{
    propertyobject *self = (propertyobject *)op;
    Py_VISIT(self->get);
    Py_VISIT(self->set);
    Py_VISIT(self->del);
    Py_VISIT(self->doc);
    Py_VISIT(self->name);
    return 0;
}

static void no_accessor(PyObject *op, PyObject *obj, const char *what)
{
    propertyobject *self = (propertyobject *)op;
    PyObject *owner = PyType_GetQualName(Py_TYPE(obj));
    if (self->name && owner)
        PyErr_Format(PyExc_AttributeError, "property %R of %R object has no %s", self->name, owner, what);
    else if (owner)
        PyErr_Format(PyExc_AttributeError, "property of %R object has no %s", owner, what);
    Py_XDECREF(owner);
}

static PyObject *property_get(PyObject *op, PyObject *obj, PyObject *Py_UNUSED(type))
{
    propertyobject *self = (propertyobject *)op;
    if (!obj || obj == Py_None)
        return Py_NewRef(op);
    if (self->get)
        return PyObject_CallOneArg(self->get, obj);
    no_accessor(op, obj, "getter");
    return NULL;
}

static int property_set(PyObject *op, PyObject *obj, PyObject *value)
{
    propertyobject *self = (propertyobject *)op;
    PyObject *function = value ? self->set : self->del;
    if (!function) {
        no_accessor(op, obj, value ? "setter" : "deleter");
        return -1;
    }
    PyObject *result = value ? PyObject_CallFunctionObjArgs(function, obj, value, NULL) : PyObject_CallOneArg(function, obj);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

static PyObject *property_copy(PyObject *op, PyObject *get, PyObject *set, PyObject *del)
{
    propertyobject *self = (propertyobject *)op;
    PyObject *none = Py_None;
    get = get ? get : self->get ? self->get : none;
    set = set ? set : self->set ? self->set : none;
    del = del ? del : self->del ? self->del : none;
    PyObject *doc = self->doc && !self->doc_from_getter ? self->doc : none;
    PyObject *copy = PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(op), get, set, del, doc, NULL);
    if (copy && PyObject_TypeCheck(copy, &PyProperty_Type))
        Py_XSETREF(((propertyobject *)copy)->name, Py_XNewRef(self->name));
    return copy;
}

static PyObject *property_getter(PyObject *op, PyObject *function) { return property_copy(op, function, NULL, NULL); }
static PyObject *property_setter(PyObject *op, PyObject *function) { return property_copy(op, NULL, function, NULL); }
static PyObject *property_deleter(PyObject *op, PyObject *function) { return property_copy(op, NULL, NULL, function); }

static PyObject *property_set_name(PyObject *op, PyObject *const *args, Py_ssize_t nargs)
{
    if (!_PyArg_CheckPositional("__set_name__", nargs, 2, 2))
        return NULL;
    Py_XSETREF(((propertyobject *)op)->name, Py_NewRef(args[1]));
    Py_RETURN_NONE;
}

static PyObject *is_abstract(PyObject *function)
{
    PyObject *value;
    if (!function)
        Py_RETURN_FALSE;
    if (PyObject_GetOptionalAttr(function, _Py_NAME("__isabstractmethod__"), &value) < 0)
        return NULL;
    int truth = value ? PyObject_IsTrue(value) : 0;
    Py_XDECREF(value);
    return truth < 0 ? NULL : PyBool_FromLong(truth);
}

static PyObject *property_abstract(PyObject *op, void *Py_UNUSED(closure))
{
    propertyobject *self = (propertyobject *)op;
    PyObject *functions[] = {self->get, self->set, self->del}, *answer = NULL;
    for (int i = 0; i < 3; i++) {
        Py_XDECREF(answer);
        answer = is_abstract(functions[i]);
        if (!answer || answer == Py_True)
            break;
    }
    return answer;
}

static PyMethodDef property_methods[] = {
    {"getter", property_getter, METH_O, NULL},
    {"setter", property_setter, METH_O, NULL},
    {"deleter", property_deleter, METH_O, NULL},
    {"__set_name__", _PyCFunction_CAST(property_set_name), METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef property_members[] = {
    {"fget", _Py_T_OBJECT, offsetof(propertyobject, get), Py_READONLY, NULL},
    {"fset", _Py_T_OBJECT, offsetof(propertyobject, set), Py_READONLY, NULL},
    {"fdel", _Py_T_OBJECT, offsetof(propertyobject, del), Py_READONLY, NULL},
    {"__doc__", _Py_T_OBJECT, offsetof(propertyobject, doc), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef property_getset[] = {
    {"__isabstractmethod__", property_abstract, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyProperty_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "property",
    .tp_basicsize = sizeof(propertyobject),
    .tp_dealloc = property_dealloc,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_traverse = property_traverse,
    .tp_methods = property_methods,
    .tp_members = property_members,
    .tp_getset = property_getset,
    .tp_descr_get = property_get,
    .tp_descr_set = property_set,
    .tp_init = property_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_GC_Del,
};

/* ---- staticmethod and classmethod ---- */

typedef struct {
    PyObject_HEAD
    PyObject *callable;
    PyObject *dict;
} wrappedmethod;

#define CALLABLE(op) (((wrappedmethod *)(op))->callable)

static PyObject *wrapped_new(PyTypeObject *type, PyObject *callable)
{
    PyObject *self = PyType_GenericAlloc(type, 0);
    if (self)
        CALLABLE(self) = Py_NewRef(callable);
    return self;
}

PyObject *PyStaticMethod_New(PyObject *callable) { return wrapped_new(&PyStaticMethod_Type, callable); }
PyObject *PyClassMethod_New(PyObject *callable) { return wrapped_new(&PyClassMethod_Type, callable); }

static int wrapped_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *callable;
    const char *name = PyObject_TypeCheck(self, &PyStaticMethod_Type) ? "staticmethod" : "classmethod";
    if (!_PyArg_NoKeywords(name, kwargs) || !PyArg_UnpackTuple(args, name, 1, 1, &callable))
        return -1;
    Py_XSETREF(CALLABLE(self), Py_NewRef(callable));
    return 0;
}

static void wrapped_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(CALLABLE(self));
    Py_XDECREF(((wrappedmethod *)self)->dict);
    Py_TYPE(self)->tp_free(self);
}

static int wrapped_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(CALLABLE(self));
    Py_VISIT(((wrappedmethod *)self)->dict);
    return 0;
}

static int wrapped_clear(PyObject *self)
{
    Py_CLEAR(CALLABLE(self));
    Py_CLEAR(((wrappedmethod *)self)->dict);
    return 0;
}

static PyObject *wrapped_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<%s(%R)>", Py_TYPE(self)->tp_name, CALLABLE(self));
}

static PyObject *static_get(PyObject *self, PyObject *Py_UNUSED(op), PyObject *Py_UNUSED(type))
{
    return Py_NewRef(CALLABLE(self));
}

static PyObject *static_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return PyObject_Call(CALLABLE(self), args, kwargs);
}

static PyObject *class_get(PyObject *self, PyObject *op, PyObject *type)
{
    PyObject *callable = CALLABLE(self);
    if (!type)
        type = (PyObject *)Py_TYPE(op);
    /* CPython 3.9 to 3.12 chain to the wrapped object's own descriptor, as for a property. */
    if (Py_TYPE(callable)->tp_descr_get && Py_IS_TYPE(callable, &PyProperty_Type))
        return Py_TYPE(callable)->tp_descr_get(callable, type, type);
    return PyMethod_New(callable, type);
}

static PyObject *wrapped_abstract(PyObject *self, void *Py_UNUSED(closure)) { return is_abstract(CALLABLE(self)); }

/* __name__, __doc__ and the like are those of the function. */
static PyObject *wrapped_attribute(PyObject *self, void *name) { return PyObject_GetAttrString(CALLABLE(self), name); }

static PyMemberDef wrapped_members[] = {
    {"__func__", _Py_T_OBJECT, offsetof(wrappedmethod, callable), Py_READONLY, NULL},
    {"__wrapped__", _Py_T_OBJECT, offsetof(wrappedmethod, callable), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef wrapped_getset[] = {
    {"__isabstractmethod__", wrapped_abstract, NULL, NULL, NULL},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {"__name__", wrapped_attribute, NULL, NULL, "__name__"},
    {"__qualname__", wrapped_attribute, NULL, NULL, "__qualname__"},
    {"__module__", wrapped_attribute, NULL, NULL, "__module__"},
    {"__doc__", wrapped_attribute, NULL, NULL, "__doc__"},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyStaticMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "staticmethod",
    .tp_basicsize = sizeof(wrappedmethod),
    .tp_dealloc = wrapped_dealloc,
    .tp_repr = wrapped_repr,
    .tp_call = static_call,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_traverse = wrapped_traverse,
    .tp_clear = wrapped_clear,
    .tp_members = wrapped_members,
    .tp_getset = wrapped_getset,
    .tp_descr_get = static_get,
    .tp_dictoffset = offsetof(wrappedmethod, dict),
    .tp_init = wrapped_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_GC_Del,
};

PyTypeObject PyClassMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "classmethod",
    .tp_basicsize = sizeof(wrappedmethod),
    .tp_dealloc = wrapped_dealloc,
    .tp_repr = wrapped_repr,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_traverse = wrapped_traverse,
    .tp_clear = wrapped_clear,
    .tp_members = wrapped_members,
    .tp_getset = wrapped_getset,
    .tp_descr_get = class_get,
    .tp_dictoffset = offsetof(wrappedmethod, dict),
    .tp_init = wrapped_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_GC_Del,
};
