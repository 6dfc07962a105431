/* Weak references and proxies.
 *
 * The references to one object are a list that starts in the object (its type's weaklist offset, or the pre-header). A reference
 * without a callback stands first and is shared: asked for again, it is given again. */
#include "gc.h"

#define WR(op) ((PyWeakReference *)(op))

/* ---- the list ---- */

static void list_insert(PyWeakReference **head, PyWeakReference *after, PyWeakReference *self)
{
    self->wr_prev = after;
    self->wr_next = after ? after->wr_next : *head;
    if (self->wr_next)
        self->wr_next->wr_prev = self;
    if (after)
        after->wr_next = self;
    else
        *head = self;
}

/* Take a reference off its object's list; from then on the object counts as gone. */
static void detach(PyWeakReference *self)
{
    if (Py_IsNone(self->wr_object))
        return;
    PyWeakReference **head = (PyWeakReference **)_PyObject_WeakrefList(self->wr_object);
    if (self->wr_prev)
        self->wr_prev->wr_next = self->wr_next;
    else
        *head = self->wr_next;
    if (self->wr_next)
        self->wr_next->wr_prev = self->wr_prev;
    self->wr_prev = self->wr_next = NULL;
    self->wr_object = Py_None;
}

/* ---- constructor ---- */

static PyObject *make(PyTypeObject *type, PyObject *op, PyObject *callback)
{
    PyWeakReference **head = (PyWeakReference **)_PyObject_WeakrefList(op);
    if (!head)
        return PyErr_Format(PyExc_TypeError, "cannot create weak reference to '%s' object", Py_TYPE(op)->tp_name);
    if (callback && Py_IsNone(callback))
        callback = NULL;
    bool basic = type == &_PyWeakref_RefType && !callback;
    if (basic && *head && Py_IS_TYPE(*head, type) && !(*head)->wr_callback)
        return Py_NewRef(*head);
    PyWeakReference *self = WR(type->tp_alloc(type, 0));
    if (!self)
        return NULL;
    self->wr_object = op;       /* borrowed: that is the point */
    self->wr_callback = Py_XNewRef(callback);
    self->hash = -1;
    /* The allocation may have collected, and so changed the list. */
    PyWeakReference *first = *head;
    bool keeps_first = !basic && first && Py_IS_TYPE(first, &_PyWeakref_RefType) && !first->wr_callback;
    list_insert(head, keeps_first ? first : NULL, self);
    return (PyObject *)self;
}

static PyTypeObject *proxy_type(PyObject *op)
{
    return PyCallable_Check(op) ? &_PyWeakref_CallableProxyType : &_PyWeakref_ProxyType;
}

PyObject *PyWeakref_NewRef(PyObject *op, PyObject *callback) { return make(&_PyWeakref_RefType, op, callback); }
PyObject *PyWeakref_NewProxy(PyObject *op, PyObject *callback) { return make(proxy_type(op), op, callback); }

static PyObject *ref_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *op, *callback = NULL;
    if (!_PyArg_NoKeywords("ref", type == &_PyWeakref_RefType ? kwargs : NULL) ||
        !PyArg_UnpackTuple(args, "ref", 1, 2, &op, &callback))
        return NULL;
    return make(type, op, callback);
}

static int ref_init(PyObject *Py_UNUSED(op), PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs)) { return 0; }

static void ref_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    detach(WR(op));
    Py_CLEAR(WR(op)->wr_callback);
    Py_TYPE(op)->tp_free(op);
}

static int ref_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(WR(op)->wr_callback);
    return 0;
}

static int ref_clear(PyObject *op)
{
    detach(WR(op));
    Py_CLEAR(WR(op)->wr_callback);
    return 0;
}

/* ---- when the object goes ---- */

/* Call the callback of a reference whose object is gone; what it raises goes to the console. */
static void call_back(PyObject *reference)
{
    PyObject *callback = WR(reference)->wr_callback;
    WR(reference)->wr_callback = NULL;
    if (!callback)
        return;
    PyObject *result = PyObject_CallOneArg(callback, reference);
    if (!result)
        PyErr_WriteUnraisable(callback);
    Py_XDECREF(result);
    Py_DECREF(callback);
}

static bool is_unreachable(PyObject *op) { return PyObject_IS_GC(op) && (GC_HEAD(op)->flags & GC_UNREACHABLE); }

int weakref_detach_all(PyObject *op, PyObject *callbacks)
{
    PyWeakReference **head = (PyWeakReference **)_PyObject_WeakrefList(op);
    int status = 0;
    while (head && *head) {
        PyObject *reference = (PyObject *)*head;
        detach(WR(reference));
        /* A reference that is itself being deallocated will not be told. */
        if (WR(reference)->wr_callback && Py_REFCNT(reference) > 0 && !is_unreachable(reference) &&
            PyList_Append(callbacks, reference) < 0)
            status = -1;
    }
    return status;
}

void weakref_call_all(PyObject *callbacks)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(callbacks); i++)
        call_back(PyList_GET_ITEM(callbacks, i));
}

/* Called by a deallocator, with the object's count at 0. */
void PyObject_ClearWeakRefs(PyObject *op)
{
    PyWeakReference **head = (PyWeakReference **)_PyObject_WeakrefList(op);
    if (!head || !*head)
        return;
    PyObject *error = PyErr_GetRaisedException();
    while (*head) {
        PyObject *reference = (PyObject *)*head;
        detach(WR(reference));
        if (WR(reference)->wr_callback && Py_REFCNT(reference) > 0) {
            Py_INCREF(reference);
            call_back(reference);
            Py_DECREF(reference);
        }
    }
    PyErr_SetRaisedException(error);
}

/* ---- access ---- */

/* The object, owned, or NULL without an exception once it is gone or going. */
static PyObject *target(PyObject *reference)
{
    PyObject *op = WR(reference)->wr_object;
    return Py_IsNone(op) || Py_REFCNT(op) <= 0 ? NULL : Py_NewRef(op);
}

int PyWeakref_GetRef(PyObject *reference, PyObject **op)
{
    *op = NULL;
    if (!reference || !PyWeakref_Check(reference)) {
        PyErr_SetString(PyExc_TypeError, "expected a weakref");
        return -1;
    }
    *op = target(reference);
    return *op != NULL;
}

PyObject *PyWeakref_GetObject(PyObject *reference) { return WR(reference)->wr_object; }

static PyObject *ref_vectorcall(PyObject *op, PyObject *const *Py_UNUSED(args), size_t nargsf, PyObject *kwnames)
{
    if (!_PyArg_NoKwnames("weakref", kwnames) || !_PyArg_CheckPositional("weakref", PyVectorcall_NARGS(nargsf), 0, 0))
        return NULL;
    PyObject *found = target(op);
    return found ? found : Py_NewRef(Py_None);
}

static PyObject *ref_call(PyObject *op, PyObject *args, PyObject *kwargs)
{
    if (!_PyArg_NoKeywords("weakref", kwargs) || !_PyArg_CheckPositional("weakref", PyTuple_GET_SIZE(args), 0, 0))
        return NULL;
    return ref_vectorcall(op, NULL, 0, NULL);
}

static PyObject *ref_repr(PyObject *op)
{
    PyObject *found = target(op);
    if (!found)
        return PyUnicode_FromFormat("<weakref at %p; dead>", op);
    PyObject *text = PyUnicode_FromFormat("<weakref at %p; to '%s' at %p>", op, Py_TYPE(found)->tp_name, found);
    Py_DECREF(found);
    return text;
}

/* The object's hash, kept so that the reference stays findable after the object is gone. */
static Py_hash_t ref_hash(PyObject *op)
{
    if (WR(op)->hash != -1)
        return WR(op)->hash;
    PyObject *found = target(op);
    if (!found) {
        PyErr_SetString(PyExc_TypeError, "weak object has gone away");
        return -1;
    }
    WR(op)->hash = PyObject_Hash(found);
    Py_DECREF(found);
    return WR(op)->hash;
}

/* Equal while both objects live and are equal; afterwards a reference equals only itself. */
static PyObject *ref_richcompare(PyObject *a, PyObject *b, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyWeakref_Check(a) || !PyWeakref_Check(b))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *one = target(a), *two = target(b), *result;
    if (one && two)
        result = PyObject_RichCompare(one, two, op);
    else
        result = PyBool_FromLong((a == b) == (op == Py_EQ));
    Py_XDECREF(one);
    Py_XDECREF(two);
    return result;
}

static PyObject *ref_get_callback(PyObject *op, void *Py_UNUSED(closure))
{
    PyObject *callback = WR(op)->wr_callback;
    return Py_NewRef(callback ? callback : Py_None);
}

static PyGetSetDef ref_getset[] = {
    {"__callback__", ref_get_callback, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef ref_methods[] = {
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject _PyWeakref_RefType = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "weakref.ReferenceType",
    .tp_basicsize = sizeof(PyWeakReference),
    .tp_dealloc = ref_dealloc,
    .tp_repr = ref_repr,
    .tp_hash = ref_hash,
    .tp_call = ref_call,
    .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_traverse = ref_traverse,
    .tp_clear = ref_clear,
    .tp_richcompare = ref_richcompare,
    .tp_methods = ref_methods,
    .tp_getset = ref_getset,
    .tp_init = ref_init,
    .tp_new = ref_new,
    .tp_free = PyObject_GC_Del,
};

/* ---- proxies ---- */

/* What stands behind a proxy, owned; ReferenceError once it is gone. Anything else stands for itself. */
static PyObject *behind(PyObject *op)
{
    if (!PyWeakref_CheckProxy(op))
        return Py_NewRef(op);
    PyObject *found = target(op);
    if (!found)
        PyErr_SetString(PyExc_ReferenceError, "weakly-referenced object no longer exists");
    return found;
}

static PyObject *proxy_unary(PyObject *op, PyObject *(*call)(PyObject *))
{
    PyObject *found = behind(op), *result = found ? call(found) : NULL;
    Py_XDECREF(found);
    return result;
}

static PyObject *proxy_binary(PyObject *a, PyObject *b, PyObject *(*call)(PyObject *, PyObject *))
{
    PyObject *one = behind(a), *two = one ? behind(b) : NULL, *result = two ? call(one, two) : NULL;
    Py_XDECREF(one);
    Py_XDECREF(two);
    return result;
}

#define UNARY(name, call) static PyObject *name(PyObject *op) { return proxy_unary(op, call); }
#define BINARY(name, call) static PyObject *name(PyObject *a, PyObject *b) { return proxy_binary(a, b, call); }
UNARY(proxy_str, PyObject_Str)
UNARY(proxy_negative, PyNumber_Negative)
UNARY(proxy_positive, PyNumber_Positive)
UNARY(proxy_absolute, PyNumber_Absolute)
UNARY(proxy_invert, PyNumber_Invert)
UNARY(proxy_int, PyNumber_Long)
UNARY(proxy_float, PyNumber_Float)
UNARY(proxy_index, PyNumber_Index)
UNARY(proxy_iter, PyObject_GetIter)
BINARY(proxy_add, PyNumber_Add)
BINARY(proxy_subtract, PyNumber_Subtract)
BINARY(proxy_multiply, PyNumber_Multiply)
BINARY(proxy_floor_divide, PyNumber_FloorDivide)
BINARY(proxy_true_divide, PyNumber_TrueDivide)
BINARY(proxy_remainder, PyNumber_Remainder)
BINARY(proxy_divmod, PyNumber_Divmod)
BINARY(proxy_lshift, PyNumber_Lshift)
BINARY(proxy_rshift, PyNumber_Rshift)
BINARY(proxy_and, PyNumber_And)
BINARY(proxy_xor, PyNumber_Xor)
BINARY(proxy_or, PyNumber_Or)
BINARY(proxy_getitem, PyObject_GetItem)
BINARY(proxy_getattr, PyObject_GetAttr)

static int proxy_setattr(PyObject *op, PyObject *name, PyObject *value)
{
    PyObject *found = behind(op);
    int status = found ? PyObject_SetAttr(found, name, value) : -1;
    Py_XDECREF(found);
    return status;
}

static int proxy_setitem(PyObject *op, PyObject *key, PyObject *value)
{
    PyObject *found = behind(op);
    int status = !found ? -1 : value ? PyObject_SetItem(found, key, value) : PyObject_DelItem(found, key);
    Py_XDECREF(found);
    return status;
}

static Py_ssize_t proxy_length(PyObject *op)
{
    PyObject *found = behind(op);
    Py_ssize_t length = found ? PyObject_Size(found) : -1;
    Py_XDECREF(found);
    return length;
}

static int proxy_contains(PyObject *op, PyObject *value)
{
    PyObject *found = behind(op);
    int result = found ? PySequence_Contains(found, value) : -1;
    Py_XDECREF(found);
    return result;
}

static int proxy_bool(PyObject *op)
{
    PyObject *found = behind(op);
    int result = found ? PyObject_IsTrue(found) : -1;
    Py_XDECREF(found);
    return result;
}

static PyObject *proxy_repr(PyObject *op)
{
    PyObject *found = target(op);
    PyObject *of = found ? found : Py_None;
    PyObject *text = PyUnicode_FromFormat("<weakproxy at %p; to '%s' at %p>", op, Py_TYPE(of)->tp_name, of);
    Py_XDECREF(found);
    return text;
}

static PyObject *proxy_richcompare(PyObject *a, PyObject *b, int op)
{
    PyObject *one = behind(a), *two = one ? behind(b) : NULL, *result = two ? PyObject_RichCompare(one, two, op) : NULL;
    Py_XDECREF(one);
    Py_XDECREF(two);
    return result;
}

static PyObject *proxy_next(PyObject *op)
{
    PyObject *found = behind(op);
    if (!found)
        return NULL;
    PyObject *item = NULL;
    if (PyIter_Check(found))
        item = PyIter_Next(found);
    else
        PyErr_Format(PyExc_TypeError, "Weakref proxy referenced a non-iterator '%s' object", Py_TYPE(found)->tp_name);
    Py_DECREF(found);
    return item;
}

static PyObject *proxy_call(PyObject *op, PyObject *args, PyObject *kwargs)
{
    PyObject *found = behind(op), *result = found ? PyObject_Call(found, args, kwargs) : NULL;
    Py_XDECREF(found);
    return result;
}

static PyNumberMethods proxy_number = {
    .nb_add = proxy_add,
    .nb_subtract = proxy_subtract,
    .nb_multiply = proxy_multiply,
    .nb_remainder = proxy_remainder,
    .nb_divmod = proxy_divmod,
    .nb_negative = proxy_negative,
    .nb_positive = proxy_positive,
    .nb_absolute = proxy_absolute,
    .nb_bool = proxy_bool,
    .nb_invert = proxy_invert,
    .nb_lshift = proxy_lshift,
    .nb_rshift = proxy_rshift,
    .nb_and = proxy_and,
    .nb_xor = proxy_xor,
    .nb_or = proxy_or,
    .nb_int = proxy_int,
    .nb_float = proxy_float,
    .nb_floor_divide = proxy_floor_divide,
    .nb_true_divide = proxy_true_divide,
    .nb_index = proxy_index,
};

static PySequenceMethods proxy_sequence = {.sq_length = proxy_length, .sq_contains = proxy_contains};
static PyMappingMethods proxy_mapping = {
    .mp_length = proxy_length,
    .mp_subscript = proxy_getitem,
    .mp_ass_subscript = proxy_setitem,
};

#define PROXY(name, caller)                                                 \
    {                                                                       \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                              \
        .tp_name = name,                                                    \
        .tp_basicsize = sizeof(PyWeakReference),                            \
        .tp_dealloc = ref_dealloc,                                          \
        .tp_repr = proxy_repr,                                              \
        .tp_as_number = &proxy_number,                                      \
        .tp_as_sequence = &proxy_sequence,                                  \
        .tp_as_mapping = &proxy_mapping,                                    \
        .tp_hash = PyObject_HashNotImplemented,                             \
        .tp_call = caller,                                                  \
        .tp_str = proxy_str,                                                \
        .tp_getattro = proxy_getattr,                                       \
        .tp_setattro = proxy_setattr,                                       \
        .tp_flags = Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION, \
        .tp_traverse = ref_traverse,                                        \
        .tp_clear = ref_clear,                                              \
        .tp_richcompare = proxy_richcompare,                                \
        .tp_iter = proxy_iter,                                              \
        .tp_iternext = proxy_next,                                          \
        .tp_free = PyObject_GC_Del,                                         \
    }

PyTypeObject _PyWeakref_ProxyType = PROXY("weakref.ProxyType", NULL);
PyTypeObject _PyWeakref_CallableProxyType = PROXY("weakref.CallableProxyType", proxy_call);

/* ---- module _weakref ---- */

static PyObject *weakref_proxy(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *op, *callback = NULL;
    return PyArg_UnpackTuple(args, "proxy", 1, 2, &op, &callback) ? PyWeakref_NewProxy(op, callback) : NULL;
}

static PyObject *weakref_refs(PyObject *Py_UNUSED(module), PyObject *op)
{
    PyWeakReference **head = (PyWeakReference **)_PyObject_WeakrefList(op);
    PyObject *list = PyList_New(0);
    for (PyWeakReference *node = head ? *head : NULL; list && node; node = node->wr_next) {
        if (PyList_Append(list, (PyObject *)node) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *weakref_count(PyObject *Py_UNUSED(module), PyObject *op)
{
    PyWeakReference **head = (PyWeakReference **)_PyObject_WeakrefList(op);
    long count = 0;
    for (PyWeakReference *node = head ? *head : NULL; node; node = node->wr_next)
        count++;
    return PyLong_FromLong(count);
}

static PyMethodDef weakref_functions[] = {
    {"proxy", weakref_proxy, METH_VARARGS, NULL},
    {"getweakrefs", weakref_refs, METH_O, NULL},
    {"getweakrefcount", weakref_count, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef weakref_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_weakref",
    .m_size = -1,
    .m_methods = weakref_functions,
};

PyObject *PyInit__weakref(void)
{
    static const struct { const char *name; PyTypeObject *type; } types[] = {
        {"ref", &_PyWeakref_RefType},
        {"ReferenceType", &_PyWeakref_RefType},
        {"ProxyType", &_PyWeakref_ProxyType},
        {"CallableProxyType", &_PyWeakref_CallableProxyType},
    };
    PyObject *module = PyModule_Create(&weakref_module);
    for (size_t i = 0; module && i < sizeof types / sizeof *types; i++) {
        if (PyModule_AddObjectRef(module, types[i].name, (PyObject *)types[i].type) < 0)
            Py_CLEAR(module);
    }
    return module;
}
