/* Between the slots of a type and its special methods, both ways: a slot in C appears as a method (a wrapper descriptor), a
 * method in Python fills the slot by a function that calls it. */
#include "type.h"

/* ---- interned names ---- */

#define STATIC_NAMES_MAX 512    /* distinct uses of _Py_NAME in the runtime */
static PyObject **static_names[STATIC_NAMES_MAX];
static int static_name_count;

PyObject *_Py_InternStatic(PyObject **slot, const char *text)
{
    *slot = PyUnicode_InternFromString(text);
    if (!*slot || static_name_count == STATIC_NAMES_MAX)
        Py_FatalError("no memory for the names of special methods");
    static_names[static_name_count++] = slot;
    return *slot;
}

void _PyNames_Fini(void)
{
    while (static_name_count)
        Py_CLEAR(*static_names[--static_name_count]);
}

/* ---- calling a special method from a slot ---- */

/* NULL without an exception: there is no such method. */
static PyObject *call_maybe(PyObject *name, PyObject *const *args, Py_ssize_t nargs)
{
    PyTypeObject *type = Py_TYPE(args[0]);
    PyObject *method = Py_XNewRef(_PyType_Lookup(type, name)), *result;
    if (!method)
        return NULL;
    if (Py_TYPE(method)->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR) {
        result = PyObject_Vectorcall(method, args, (size_t)nargs, NULL);
    } else {
        if (Py_TYPE(method)->tp_descr_get)
            Py_SETREF(method, Py_TYPE(method)->tp_descr_get(method, args[0], (PyObject *)type));
        result = method ? PyObject_Vectorcall(method, args + 1, (size_t)nargs - 1, NULL) : NULL;
    }
    Py_XDECREF(method);
    return result;
}

static PyObject *call_method(PyObject *name, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *result = call_maybe(name, args, nargs);
    if (!result && !PyErr_Occurred())
        PyErr_Format(PyExc_AttributeError, "'%.100s' object has no attribute '%U'", Py_TYPE(args[0])->tp_name, name);
    return result;
}

static PyObject *call0(PyObject *self, PyObject *name) { return call_method(name, &self, 1); }

static PyObject *call1(PyObject *self, PyObject *name, PyObject *arg)
{
    PyObject *args[] = {self, arg};
    return call_method(name, args, 2);
}

static PyObject *call1_or_notimplemented(PyObject *self, PyObject *name, PyObject *arg)
{
    PyObject *args[] = {self, arg};
    PyObject *result = call_maybe(name, args, 2);
    if (!result && !PyErr_Occurred())
        Py_RETURN_NOTIMPLEMENTED;
    return result;
}

static int call_for_status(PyObject *name, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *result = call_method(name, args, nargs);
    Py_XDECREF(result);
    return result ? 0 : -1;
}

/* ---- slots that call methods ---- */

#define UNARY_SLOT(function, name) \
    static PyObject *function(PyObject *self) { return call0(self, _Py_NAME(name)); }
#define INPLACE_SLOT(function, name) \
    static PyObject *function(PyObject *self, PyObject *arg) { return call1_or_notimplemented(self, _Py_NAME(name), arg); }

/* The reflected method goes first if the right operand's class is a proper subclass that overrides it. */
static PyObject *binary(PyObject *a, PyObject *b, PyObject *name, PyObject *reflected, int mine, int theirs)
{
    if (mine) {
        if (theirs && PyType_IsSubtype(Py_TYPE(b), Py_TYPE(a)) &&
            _PyType_Lookup(Py_TYPE(a), reflected) != _PyType_Lookup(Py_TYPE(b), reflected)) {
            PyObject *result = call1_or_notimplemented(b, reflected, a);
            if (result != Py_NotImplemented)
                return result;
            Py_DECREF(result);
            theirs = 0;
        }
        PyObject *result = call1_or_notimplemented(a, name, b);
        if (result != Py_NotImplemented || Py_TYPE(a) == Py_TYPE(b))
            return result;
        Py_DECREF(result);
    }
    if (theirs)
        return call1_or_notimplemented(b, reflected, a);
    Py_RETURN_NOTIMPLEMENTED;
}

#define BINARY_SLOT(function, slot, name, reflected)                                                             \
    static PyObject *function(PyObject *a, PyObject *b)                                                          \
    {                                                                                                            \
        PyNumberMethods *na = Py_TYPE(a)->tp_as_number, *nb = Py_TYPE(b)->tp_as_number;                          \
        return binary(a, b, _Py_NAME(name), _Py_NAME(reflected), na && na->slot == function,                     \
                      Py_TYPE(a) != Py_TYPE(b) && nb && nb->slot == function);                                   \
    }

BINARY_SLOT(slot_nb_add, nb_add, "__add__", "__radd__")
BINARY_SLOT(slot_nb_subtract, nb_subtract, "__sub__", "__rsub__")
BINARY_SLOT(slot_nb_multiply, nb_multiply, "__mul__", "__rmul__")
BINARY_SLOT(slot_nb_remainder, nb_remainder, "__mod__", "__rmod__")
BINARY_SLOT(slot_nb_divmod, nb_divmod, "__divmod__", "__rdivmod__")
BINARY_SLOT(slot_nb_lshift, nb_lshift, "__lshift__", "__rlshift__")
BINARY_SLOT(slot_nb_rshift, nb_rshift, "__rshift__", "__rrshift__")
BINARY_SLOT(slot_nb_and, nb_and, "__and__", "__rand__")
BINARY_SLOT(slot_nb_xor, nb_xor, "__xor__", "__rxor__")
BINARY_SLOT(slot_nb_or, nb_or, "__or__", "__ror__")
BINARY_SLOT(slot_nb_floor_divide, nb_floor_divide, "__floordiv__", "__rfloordiv__")
BINARY_SLOT(slot_nb_true_divide, nb_true_divide, "__truediv__", "__rtruediv__")
BINARY_SLOT(slot_nb_matrix_multiply, nb_matrix_multiply, "__matmul__", "__rmatmul__")

static PyObject *slot_nb_power(PyObject *a, PyObject *b, PyObject *modulus)
{
    PyNumberMethods *na = Py_TYPE(a)->tp_as_number, *nb = Py_TYPE(b)->tp_as_number;
    int mine = na && na->nb_power == slot_nb_power;
    if (modulus == Py_None)
        return binary(a, b, _Py_NAME("__pow__"), _Py_NAME("__rpow__"), mine,
                      Py_TYPE(a) != Py_TYPE(b) && nb && nb->nb_power == slot_nb_power);
    if (!mine)
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *args[] = {a, b, modulus};
    return call_method(_Py_NAME("__pow__"), args, 3);
}

static PyObject *slot_nb_inplace_power(PyObject *a, PyObject *b, PyObject *Py_UNUSED(modulus))
{
    return call1_or_notimplemented(a, _Py_NAME("__ipow__"), b);
}

UNARY_SLOT(slot_nb_negative, "__neg__")
UNARY_SLOT(slot_nb_positive, "__pos__")
UNARY_SLOT(slot_nb_absolute, "__abs__")
UNARY_SLOT(slot_nb_invert, "__invert__")
UNARY_SLOT(slot_nb_int, "__int__")
UNARY_SLOT(slot_nb_float, "__float__")
UNARY_SLOT(slot_nb_index, "__index__")
INPLACE_SLOT(slot_nb_inplace_add, "__iadd__")
INPLACE_SLOT(slot_nb_inplace_subtract, "__isub__")
INPLACE_SLOT(slot_nb_inplace_multiply, "__imul__")
INPLACE_SLOT(slot_nb_inplace_remainder, "__imod__")
INPLACE_SLOT(slot_nb_inplace_lshift, "__ilshift__")
INPLACE_SLOT(slot_nb_inplace_rshift, "__irshift__")
INPLACE_SLOT(slot_nb_inplace_and, "__iand__")
INPLACE_SLOT(slot_nb_inplace_xor, "__ixor__")
INPLACE_SLOT(slot_nb_inplace_or, "__ior__")
INPLACE_SLOT(slot_nb_inplace_floor_divide, "__ifloordiv__")
INPLACE_SLOT(slot_nb_inplace_true_divide, "__itruediv__")
INPLACE_SLOT(slot_nb_inplace_matrix_multiply, "__imatmul__")
UNARY_SLOT(slot_am_await, "__await__")
UNARY_SLOT(slot_am_aiter, "__aiter__")
UNARY_SLOT(slot_am_anext, "__anext__")

static int slot_nb_bool(PyObject *self)
{
    int by_length = 0;
    PyObject *value = call_maybe(_Py_NAME("__bool__"), &self, 1);
    if (!value && !PyErr_Occurred()) {
        by_length = 1;
        value = call_maybe(_Py_NAME("__len__"), &self, 1);
    }
    if (!value)
        return PyErr_Occurred() ? -1 : 1;
    int truth = -1;
    if (by_length || PyBool_Check(value))
        truth = PyObject_IsTrue(value);
    else
        PyErr_Format(PyExc_TypeError, "__bool__ should return bool, returned %s", Py_TYPE(value)->tp_name);
    Py_DECREF(value);
    return truth;
}

static Py_ssize_t slot_length(PyObject *self)
{
    PyObject *value = call0(self, _Py_NAME("__len__"));
    if (!value)
        return -1;
    Py_SETREF(value, PyNumber_Index(value));
    if (!value)
        return -1;
    Py_ssize_t length = -1;
    if (_PyLong_Sign(value) < 0)
        PyErr_SetString(PyExc_ValueError, "__len__() should return >= 0");
    else
        length = PyNumber_AsSsize_t(value, PyExc_OverflowError);
    Py_DECREF(value);
    return length;
}

static PyObject *slot_mp_subscript(PyObject *self, PyObject *key) { return call1(self, _Py_NAME("__getitem__"), key); }

static PyObject *slot_sq_item(PyObject *self, Py_ssize_t i)
{
    PyObject *index = PyLong_FromSsize_t(i), *item = index ? call1(self, _Py_NAME("__getitem__"), index) : NULL;
    Py_XDECREF(index);
    return item;
}

static int slot_mp_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    PyObject *args[] = {self, key, value};
    return value ? call_for_status(_Py_NAME("__setitem__"), args, 3) : call_for_status(_Py_NAME("__delitem__"), args, 2);
}

static int slot_sq_ass_item(PyObject *self, Py_ssize_t i, PyObject *value)
{
    PyObject *index = PyLong_FromSsize_t(i);
    int result = index ? slot_mp_ass_subscript(self, index, value) : -1;
    Py_XDECREF(index);
    return result;
}

static int slot_sq_contains(PyObject *self, PyObject *value)
{
    PyObject *method = _PyType_Lookup(Py_TYPE(self), _Py_NAME("__contains__")), *args[] = {self, value};
    if (method == Py_None) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not a container", Py_TYPE(self)->tp_name);
        return -1;
    }
    if (!method) {
        PyObject *it = PyObject_GetIter(self);
        int found = it ? PySequence_Contains(it, value) : -1;
        Py_XDECREF(it);
        return found;
    }
    PyObject *result = call_method(_Py_NAME("__contains__"), args, 2);
    int truth = result ? PyObject_IsTrue(result) : -1;
    Py_XDECREF(result);
    return truth;
}

static PyObject *slot_tp_repr(PyObject *self) { return call0(self, _Py_NAME("__repr__")); }
static PyObject *slot_tp_str(PyObject *self) { return call0(self, _Py_NAME("__str__")); }

static Py_hash_t slot_tp_hash(PyObject *self)
{
    PyObject *value = call0(self, _Py_NAME("__hash__"));
    if (!value)
        return -1;
    if (!PyLong_Check(value)) {
        Py_DECREF(value);
        PyErr_SetString(PyExc_TypeError, "__hash__ method should return an integer");
        return -1;
    }
    int overflow;
    Py_hash_t hash = PyLong_AsLongAndOverflow(value, &overflow);
    if (overflow)
        hash = PyLong_Type.tp_hash(value);
    Py_DECREF(value);
    return hash == -1 ? -2 : hash;
}

static PyObject *slot_tp_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *method = _PyObject_LookupSpecial(self, _Py_NAME("__call__"));
    if (!method) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "'%.200s' object is not callable", Py_TYPE(self)->tp_name);
        return NULL;
    }
    PyObject *result = PyObject_Call(method, args, kwargs);
    Py_DECREF(method);
    return result;
}

/* __getattribute__, then __getattr__ once it raised AttributeError. */
static PyObject *slot_tp_getattr_hook(PyObject *self, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *getattr = Py_XNewRef(_PyType_Lookup(type, _Py_NAME("__getattr__")));
    PyObject *getattribute = _PyType_Lookup(type, _Py_NAME("__getattribute__")), *value, *args[] = {self, name};
    if (getattribute && Py_IS_TYPE(getattribute, &PyWrapperDescr_Type) &&
        ((PyWrapperDescrObject *)getattribute)->d_wrapped == (void *)PyObject_GenericGetAttr) {
        if (!getattr)
            return PyObject_GenericGetAttr(self, name);
        value = PyObject_GenericGetAttr(self, name);
    } else {
        value = call_method(_Py_NAME("__getattribute__"), args, 2);
    }
    if (!value && getattr && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        value = call_method(_Py_NAME("__getattr__"), args, 2);
    }
    Py_XDECREF(getattr);
    return value;
}

static int slot_tp_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    PyObject *args[] = {self, name, value};
    return value ? call_for_status(_Py_NAME("__setattr__"), args, 3) : call_for_status(_Py_NAME("__delattr__"), args, 2);
}

static PyObject *compare_name(int op)
{
    switch (op) {
    case Py_LT: return _Py_NAME("__lt__");
    case Py_LE: return _Py_NAME("__le__");
    case Py_EQ: return _Py_NAME("__eq__");
    case Py_NE: return _Py_NAME("__ne__");
    case Py_GT: return _Py_NAME("__gt__");
    default: return _Py_NAME("__ge__");
    }
}

static PyObject *slot_tp_richcompare(PyObject *self, PyObject *other, int op)
{
    return call1_or_notimplemented(self, compare_name(op), other);
}

static PyObject *slot_tp_iter(PyObject *self)
{
    PyObject *method = _PyType_Lookup(Py_TYPE(self), _Py_NAME("__iter__"));
    if (method && method != Py_None)
        return call0(self, _Py_NAME("__iter__"));
    if (method == Py_None || !_PyType_Lookup(Py_TYPE(self), _Py_NAME("__getitem__"))) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not iterable", Py_TYPE(self)->tp_name);
        return NULL;
    }
    return PySeqIter_New(self);
}

static PyObject *slot_tp_iternext(PyObject *self) { return call0(self, _Py_NAME("__next__")); }

static PyObject *slot_tp_descr_get(PyObject *self, PyObject *op, PyObject *type)
{
    PyObject *args[] = {self, op ? op : Py_None, type ? type : Py_None};
    PyObject *result = call_maybe(_Py_NAME("__get__"), args, 3);
    return result || PyErr_Occurred() ? result : Py_NewRef(self);
}

static int slot_tp_descr_set(PyObject *self, PyObject *op, PyObject *value)
{
    PyObject *args[] = {self, op, value};
    return value ? call_for_status(_Py_NAME("__set__"), args, 3) : call_for_status(_Py_NAME("__delete__"), args, 2);
}

static int slot_tp_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *method = _PyObject_LookupSpecial(self, _Py_NAME("__init__"));
    PyObject *result = method ? PyObject_Call(method, args, kwargs) : NULL;
    Py_XDECREF(method);
    if (!result)
        return -1;
    int ok = result == Py_None;
    if (!ok)
        PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'", Py_TYPE(result)->tp_name);
    Py_DECREF(result);
    return ok ? 0 : -1;
}

PyObject *slot_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function = PyObject_GetAttr((PyObject *)type, _Py_NAME("__new__")), *result = NULL;
    PyObject *all = function ? PyTuple_New(PyTuple_GET_SIZE(args) + 1) : NULL;
    if (all) {
        PyTuple_SET_ITEM(all, 0, Py_NewRef(type));
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++)
            PyTuple_SET_ITEM(all, i + 1, Py_NewRef(PyTuple_GET_ITEM(args, i)));
        result = PyObject_Call(function, all, kwargs);
    }
    Py_XDECREF(function);
    Py_XDECREF(all);
    return result;
}

/* __del__: an exception in it is printed, not raised. */
static void slot_tp_finalize(PyObject *self)
{
    PyObject *error = PyErr_GetRaisedException();
    PyObject *result = call_maybe(_Py_NAME("__del__"), &self, 1);
    if (!result && PyErr_Occurred()) {
        PyObject *method = _PyType_Lookup(Py_TYPE(self), _Py_NAME("__del__"));
        PyErr_WriteUnraisable(method ? method : self);
    }
    Py_XDECREF(result);
    PyErr_SetRaisedException(error);
}

/* ---- methods that call slots ---- */

static int count_is(PyObject *args, Py_ssize_t wanted)
{
    Py_ssize_t given = PyTuple_GET_SIZE(args);
    if (given == wanted)
        return 1;
    PyErr_Format(PyExc_TypeError, "expected %zd argument%s, got %zd", wanted, wanted == 1 ? "" : "s", given);
    return 0;
}

#define ARG(i) PyTuple_GET_ITEM(args, i)

static PyObject *done(int status) { return status < 0 ? NULL : Py_NewRef(Py_None); }

static PyObject *wrap_unary(PyObject *self, PyObject *args, void *wrapped)
{
    return count_is(args, 0) ? ((unaryfunc)wrapped)(self) : NULL;
}

static PyObject *wrap_inquiry(PyObject *self, PyObject *args, void *wrapped)
{
    int truth = count_is(args, 0) ? ((inquiry)wrapped)(self) : -1;
    return truth < 0 ? NULL : PyBool_FromLong(truth);
}

static PyObject *wrap_length(PyObject *self, PyObject *args, void *wrapped)
{
    Py_ssize_t length = count_is(args, 0) ? ((lenfunc)wrapped)(self) : -1;
    return length < 0 ? NULL : PyLong_FromSsize_t(length);
}

static PyObject *wrap_binary(PyObject *self, PyObject *args, void *wrapped)
{
    return count_is(args, 1) ? ((binaryfunc)wrapped)(self, ARG(0)) : NULL;
}

static PyObject *wrap_binary_left(PyObject *self, PyObject *args, void *wrapped)
{
    return count_is(args, 1) ? ((binaryfunc)wrapped)(self, ARG(0)) : NULL;
}

static PyObject *wrap_binary_right(PyObject *self, PyObject *args, void *wrapped)
{
    return count_is(args, 1) ? ((binaryfunc)wrapped)(ARG(0), self) : NULL;
}

static PyObject *wrap_ternary(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *other, *third = Py_None;
    if (!PyArg_UnpackTuple(args, "", 1, 2, &other, &third))
        return NULL;
    return ((ternaryfunc)wrapped)(self, other, third);
}

static PyObject *wrap_ternary_right(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *other, *third = Py_None;
    if (!PyArg_UnpackTuple(args, "", 1, 2, &other, &third))
        return NULL;
    return ((ternaryfunc)wrapped)(other, self, third);
}

static PyObject *wrap_index(PyObject *self, PyObject *args, void *wrapped)
{
    if (!count_is(args, 1))
        return NULL;
    Py_ssize_t i = PyNumber_AsSsize_t(ARG(0), PyExc_OverflowError);
    return i == -1 && PyErr_Occurred() ? NULL : ((ssizeargfunc)wrapped)(self, i);
}

static Py_ssize_t item_index(PyObject *self, PyObject *arg)
{
    Py_ssize_t i = PyNumber_AsSsize_t(arg, PyExc_OverflowError);
    if (i == -1 && PyErr_Occurred())
        return -1;
    PySequenceMethods *sequence = Py_TYPE(self)->tp_as_sequence;
    if (i < 0 && sequence && sequence->sq_length) {
        Py_ssize_t length = sequence->sq_length(self);
        i = length < 0 ? -1 : i + length;
    }
    return i;
}

static PyObject *wrap_item(PyObject *self, PyObject *args, void *wrapped)
{
    Py_ssize_t i = count_is(args, 1) ? item_index(self, ARG(0)) : -1;
    return PyErr_Occurred() ? NULL : ((ssizeargfunc)wrapped)(self, i);
}

static PyObject *wrap_setitem_index(PyObject *self, PyObject *args, void *wrapped)
{
    Py_ssize_t i = count_is(args, 2) ? item_index(self, ARG(0)) : -1;
    return PyErr_Occurred() ? NULL : done(((ssizeobjargproc)wrapped)(self, i, ARG(1)));
}

static PyObject *wrap_delitem_index(PyObject *self, PyObject *args, void *wrapped)
{
    Py_ssize_t i = count_is(args, 1) ? item_index(self, ARG(0)) : -1;
    return PyErr_Occurred() ? NULL : done(((ssizeobjargproc)wrapped)(self, i, NULL));
}

static PyObject *wrap_contains(PyObject *self, PyObject *args, void *wrapped)
{
    int found = count_is(args, 1) ? ((objobjproc)wrapped)(self, ARG(0)) : -1;
    return found < 0 ? NULL : PyBool_FromLong(found);
}

static PyObject *wrap_setitem(PyObject *self, PyObject *args, void *wrapped)
{
    return count_is(args, 2) ? done(((objobjargproc)wrapped)(self, ARG(0), ARG(1))) : NULL;
}

static PyObject *wrap_delitem(PyObject *self, PyObject *args, void *wrapped)
{
    return count_is(args, 1) ? done(((objobjargproc)wrapped)(self, ARG(0), NULL)) : NULL;
}

/* object.__setattr__ must not get round a class in C that forbids setting attributes. */
static int may_set(PyObject *self, setattrofunc wrapped, const char *what)
{
    PyTypeObject *type = Py_TYPE(self);
    while (type && type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        type = type->tp_base;
    if (!type || type->tp_setattro == wrapped || wrapped != PyObject_GenericSetAttr || type->tp_setattro == NULL ||
        type->tp_setattro != PyType_Type.tp_setattro)
        return 1;
    PyErr_Format(PyExc_TypeError, "can't apply this %s to %s object", what, Py_TYPE(self)->tp_name);
    return 0;
}

static PyObject *wrap_setattr(PyObject *self, PyObject *args, void *wrapped)
{
    if (!count_is(args, 2) || !may_set(self, (setattrofunc)wrapped, "__setattr__"))
        return NULL;
    return done(((setattrofunc)wrapped)(self, ARG(0), ARG(1)));
}

static PyObject *wrap_delattr(PyObject *self, PyObject *args, void *wrapped)
{
    if (!count_is(args, 1) || !may_set(self, (setattrofunc)wrapped, "__delattr__"))
        return NULL;
    return done(((setattrofunc)wrapped)(self, ARG(0), NULL));
}

static PyObject *wrap_hash(PyObject *self, PyObject *args, void *wrapped)
{
    Py_hash_t hash = count_is(args, 0) ? ((hashfunc)wrapped)(self) : -1;
    return hash == -1 && PyErr_Occurred() ? NULL : PyLong_FromSsize_t(hash);
}

static PyObject *wrap_call(PyObject *self, PyObject *args, void *wrapped, PyObject *kwargs)
{
    return ((ternaryfunc)wrapped)(self, args, kwargs);
}

static PyObject *wrap_init(PyObject *self, PyObject *args, void *wrapped, PyObject *kwargs)
{
    return done(((initproc)wrapped)(self, args, kwargs));
}

static PyObject *wrap_del(PyObject *self, PyObject *args, void *wrapped)
{
    if (!count_is(args, 0))
        return NULL;
    ((destructor)wrapped)(self);
    Py_RETURN_NONE;
}

#define WRAP_COMPARE(function, op)                                                  \
    static PyObject *function(PyObject *self, PyObject *args, void *wrapped)        \
    {                                                                               \
        return count_is(args, 1) ? ((richcmpfunc)wrapped)(self, ARG(0), op) : NULL; \
    }
WRAP_COMPARE(wrap_lt, Py_LT)
WRAP_COMPARE(wrap_le, Py_LE)
WRAP_COMPARE(wrap_eq, Py_EQ)
WRAP_COMPARE(wrap_ne, Py_NE)
WRAP_COMPARE(wrap_gt, Py_GT)
WRAP_COMPARE(wrap_ge, Py_GE)

static PyObject *wrap_next(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *item = count_is(args, 0) ? ((iternextfunc)wrapped)(self) : NULL;
    if (!item && !PyErr_Occurred())
        PyErr_SetNone(PyExc_StopIteration);
    return item;
}

static PyObject *wrap_descr_get(PyObject *self, PyObject *args, void *wrapped)
{
    PyObject *op, *type = NULL;
    if (!PyArg_UnpackTuple(args, "", 1, 2, &op, &type))
        return NULL;
    op = op == Py_None ? NULL : op;
    type = type == Py_None ? NULL : type;
    if (!op && !type) {
        PyErr_SetString(PyExc_TypeError, "__get__(None, None) is invalid");
        return NULL;
    }
    return ((descrgetfunc)wrapped)(self, op, type);
}

static PyObject *wrap_descr_set(PyObject *self, PyObject *args, void *wrapped)
{
    return count_is(args, 2) ? done(((descrsetfunc)wrapped)(self, ARG(0), ARG(1))) : NULL;
}

static PyObject *wrap_descr_delete(PyObject *self, PyObject *args, void *wrapped)
{
    return count_is(args, 1) ? done(((descrsetfunc)wrapped)(self, ARG(0), NULL)) : NULL;
}

/* T.__new__(cls, ...) of a type T in C: cls must be T or a subclass whose instances T's function can make. */
static PyObject *tp_new_wrapper(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyTypeObject *type = (PyTypeObject *)self;
    PyObject *cls = PyTuple_GET_SIZE(args) ? ARG(0) : NULL;
    if (!cls) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(): not enough arguments", type->tp_name);
        return NULL;
    }
    if (!PyType_Check(cls)) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(X): X is not a type object (%s)", type->tp_name, Py_TYPE(cls)->tp_name);
        return NULL;
    }
    PyTypeObject *subtype = (PyTypeObject *)cls, *maker = subtype;
    if (!PyType_IsSubtype(subtype, type)) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(%s): %s is not a subtype of %s", type->tp_name, subtype->tp_name,
                     subtype->tp_name, type->tp_name);
        return NULL;
    }
    while (maker && maker->tp_new == slot_tp_new)
        maker = maker->tp_base;
    if (maker && maker->tp_new != type->tp_new) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(%s) is not safe, use %s.__new__()", type->tp_name, subtype->tp_name,
                     maker->tp_name);
        return NULL;
    }
    PyObject *rest = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    PyObject *op = rest ? type->tp_new(subtype, rest, kwargs) : NULL;
    Py_XDECREF(rest);
    return op;
}

PyMethodDef type_new_method = {"__new__", _PyCFunction_CAST(tp_new_wrapper), METH_VARARGS | METH_KEYWORDS, NULL};

/* ---- the table: entries of one slot stand together ---- */

#define OF_TYPE(field) offsetof(PyTypeObject, field)
#define OF(table, field) (offsetof(PyHeapTypeObject, table) + offsetof(__typeof__(((PyHeapTypeObject *)0)->table), field))
#define ENTRY(name, offset, function, wrapper) {name, (int)(offset), (void *)(function), (wrapper), NULL, 0, NULL}
#define ENTRY_KEYWORDS(name, offset, function, wrapper) \
    {name, (int)(offset), (void *)(function), (wrapperfunc)(void (*)(void))(wrapper), NULL, PyWrapperFlag_KEYWORDS, NULL}
#define NUMBER(name, field, wrapper) ENTRY(name, OF(as_number, nb_##field), slot_nb_##field, wrapper)

static struct wrapperbase slot_table[] = {
    ENTRY("__getattribute__", OF_TYPE(tp_getattro), slot_tp_getattr_hook, wrap_binary),
    ENTRY("__getattr__", OF_TYPE(tp_getattro), slot_tp_getattr_hook, NULL),
    ENTRY("__setattr__", OF_TYPE(tp_setattro), slot_tp_setattro, wrap_setattr),
    ENTRY("__delattr__", OF_TYPE(tp_setattro), slot_tp_setattro, wrap_delattr),
    ENTRY("__repr__", OF_TYPE(tp_repr), slot_tp_repr, wrap_unary),
    ENTRY("__hash__", OF_TYPE(tp_hash), slot_tp_hash, wrap_hash),
    ENTRY_KEYWORDS("__call__", OF_TYPE(tp_call), slot_tp_call, wrap_call),
    ENTRY("__str__", OF_TYPE(tp_str), slot_tp_str, wrap_unary),
    ENTRY("__lt__", OF_TYPE(tp_richcompare), slot_tp_richcompare, wrap_lt),
    ENTRY("__le__", OF_TYPE(tp_richcompare), slot_tp_richcompare, wrap_le),
    ENTRY("__eq__", OF_TYPE(tp_richcompare), slot_tp_richcompare, wrap_eq),
    ENTRY("__ne__", OF_TYPE(tp_richcompare), slot_tp_richcompare, wrap_ne),
    ENTRY("__gt__", OF_TYPE(tp_richcompare), slot_tp_richcompare, wrap_gt),
    ENTRY("__ge__", OF_TYPE(tp_richcompare), slot_tp_richcompare, wrap_ge),
    ENTRY("__iter__", OF_TYPE(tp_iter), slot_tp_iter, wrap_unary),
    ENTRY("__next__", OF_TYPE(tp_iternext), slot_tp_iternext, wrap_next),
    ENTRY("__get__", OF_TYPE(tp_descr_get), slot_tp_descr_get, wrap_descr_get),
    ENTRY("__set__", OF_TYPE(tp_descr_set), slot_tp_descr_set, wrap_descr_set),
    ENTRY("__delete__", OF_TYPE(tp_descr_set), slot_tp_descr_set, wrap_descr_delete),
    ENTRY_KEYWORDS("__init__", OF_TYPE(tp_init), slot_tp_init, wrap_init),
    ENTRY("__new__", OF_TYPE(tp_new), slot_tp_new, NULL),
    ENTRY("__del__", OF_TYPE(tp_finalize), slot_tp_finalize, wrap_del),
    ENTRY("__await__", OF(as_async, am_await), slot_am_await, wrap_unary),
    ENTRY("__aiter__", OF(as_async, am_aiter), slot_am_aiter, wrap_unary),
    ENTRY("__anext__", OF(as_async, am_anext), slot_am_anext, wrap_unary),
    NUMBER("__add__", add, wrap_binary_left),
    NUMBER("__radd__", add, wrap_binary_right),
    NUMBER("__sub__", subtract, wrap_binary_left),
    NUMBER("__rsub__", subtract, wrap_binary_right),
    NUMBER("__mul__", multiply, wrap_binary_left),
    NUMBER("__rmul__", multiply, wrap_binary_right),
    NUMBER("__mod__", remainder, wrap_binary_left),
    NUMBER("__rmod__", remainder, wrap_binary_right),
    NUMBER("__divmod__", divmod, wrap_binary_left),
    NUMBER("__rdivmod__", divmod, wrap_binary_right),
    NUMBER("__pow__", power, wrap_ternary),
    NUMBER("__rpow__", power, wrap_ternary_right),
    NUMBER("__neg__", negative, wrap_unary),
    NUMBER("__pos__", positive, wrap_unary),
    NUMBER("__abs__", absolute, wrap_unary),
    NUMBER("__bool__", bool, wrap_inquiry),
    NUMBER("__invert__", invert, wrap_unary),
    NUMBER("__lshift__", lshift, wrap_binary_left),
    NUMBER("__rlshift__", lshift, wrap_binary_right),
    NUMBER("__rshift__", rshift, wrap_binary_left),
    NUMBER("__rrshift__", rshift, wrap_binary_right),
    NUMBER("__and__", and, wrap_binary_left),
    NUMBER("__rand__", and, wrap_binary_right),
    NUMBER("__xor__", xor, wrap_binary_left),
    NUMBER("__rxor__", xor, wrap_binary_right),
    NUMBER("__or__", or, wrap_binary_left),
    NUMBER("__ror__", or, wrap_binary_right),
    NUMBER("__int__", int, wrap_unary),
    NUMBER("__float__", float, wrap_unary),
    NUMBER("__iadd__", inplace_add, wrap_binary),
    NUMBER("__isub__", inplace_subtract, wrap_binary),
    NUMBER("__imul__", inplace_multiply, wrap_binary),
    NUMBER("__imod__", inplace_remainder, wrap_binary),
    NUMBER("__ipow__", inplace_power, wrap_ternary),
    NUMBER("__ilshift__", inplace_lshift, wrap_binary),
    NUMBER("__irshift__", inplace_rshift, wrap_binary),
    NUMBER("__iand__", inplace_and, wrap_binary),
    NUMBER("__ixor__", inplace_xor, wrap_binary),
    NUMBER("__ior__", inplace_or, wrap_binary),
    NUMBER("__floordiv__", floor_divide, wrap_binary_left),
    NUMBER("__rfloordiv__", floor_divide, wrap_binary_right),
    NUMBER("__truediv__", true_divide, wrap_binary_left),
    NUMBER("__rtruediv__", true_divide, wrap_binary_right),
    NUMBER("__ifloordiv__", inplace_floor_divide, wrap_binary),
    NUMBER("__itruediv__", inplace_true_divide, wrap_binary),
    NUMBER("__index__", index, wrap_unary),
    NUMBER("__matmul__", matrix_multiply, wrap_binary_left),
    NUMBER("__rmatmul__", matrix_multiply, wrap_binary_right),
    NUMBER("__imatmul__", inplace_matrix_multiply, wrap_binary),
    ENTRY("__len__", OF(as_mapping, mp_length), slot_length, wrap_length),
    ENTRY("__getitem__", OF(as_mapping, mp_subscript), slot_mp_subscript, wrap_binary),
    ENTRY("__setitem__", OF(as_mapping, mp_ass_subscript), slot_mp_ass_subscript, wrap_setitem),
    ENTRY("__delitem__", OF(as_mapping, mp_ass_subscript), slot_mp_ass_subscript, wrap_delitem),
    ENTRY("__len__", OF(as_sequence, sq_length), slot_length, wrap_length),
    ENTRY("__add__", OF(as_sequence, sq_concat), NULL, wrap_binary),
    ENTRY("__mul__", OF(as_sequence, sq_repeat), NULL, wrap_index),
    ENTRY("__rmul__", OF(as_sequence, sq_repeat), NULL, wrap_index),
    ENTRY("__getitem__", OF(as_sequence, sq_item), slot_sq_item, wrap_item),
    ENTRY("__setitem__", OF(as_sequence, sq_ass_item), slot_sq_ass_item, wrap_setitem_index),
    ENTRY("__delitem__", OF(as_sequence, sq_ass_item), slot_sq_ass_item, wrap_delitem_index),
    ENTRY("__contains__", OF(as_sequence, sq_contains), slot_sq_contains, wrap_contains),
    ENTRY("__iadd__", OF(as_sequence, sq_inplace_concat), NULL, wrap_binary),
    ENTRY("__imul__", OF(as_sequence, sq_inplace_repeat), NULL, wrap_index),
    {NULL, 0, NULL, NULL, NULL, 0, NULL},
};

static PyObject *entry_name(struct wrapperbase *entry)
{
    return entry->name_strobj ? entry->name_strobj : _Py_InternStatic(&entry->name_strobj, entry->name);
}

int type_add_slot_wrappers(PyTypeObject *type)
{
    for (struct wrapperbase *entry = slot_table; entry->name; entry++) {
        void **slot = entry->wrapper ? type_slot_pointer(type, (size_t)entry->offset) : NULL;
        if (!slot || !*slot)
            continue;
        PyObject *name = entry_name(entry);
        int known = PyDict_Contains(type->tp_dict, name);
        if (known)
            continue;
        PyObject *method = *slot == (void *)PyObject_HashNotImplemented ? Py_NewRef(Py_None)
                                                                        : PyDescr_NewWrapper(type, entry, *slot);
        if (!method)
            return -1;
        int result = PyDict_SetItem(type->tp_dict, name, method);
        Py_DECREF(method);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* The one filled slot among those of a name (__getitem__ serves two tables); NULL when several are. */
static void **only_filled(PyTypeObject *type, const char *name)
{
    void **found = NULL;
    for (struct wrapperbase *entry = slot_table; entry->name; entry++) {
        void **slot = strcmp(entry->name, name) ? NULL : type_slot_pointer(type, (size_t)entry->offset);
        if (!slot || !*slot)
            continue;
        if (found && found != slot)
            return NULL;
        found = slot;
    }
    return found;
}

/* What one entry of the table says about its slot. */
typedef struct {
    void *specific;     /* the C function all its methods wrap */
    void *generic;      /* calls the methods */
    int use_generic;
} slot_choice;

static void consider(PyTypeObject *type, struct wrapperbase *entry, void **slot, slot_choice *choice)
{
    PyObject *method = _PyType_Lookup(type, entry_name(entry));
    if (!method)
        return;
    if (Py_IS_TYPE(method, &PyWrapperDescr_Type) && !strcmp(((PyWrapperDescrObject *)method)->d_base->name, entry->name)) {
        PyWrapperDescrObject *wrapper = (PyWrapperDescrObject *)method;
        void **only = only_filled(type, entry->name);
        if (!only || only == slot)
            choice->generic = entry->function;
        if ((!choice->specific || choice->specific == wrapper->d_wrapped) && wrapper->d_base->wrapper == entry->wrapper &&
            PyType_IsSubtype(type, PyDescr_TYPE(wrapper)))
            choice->specific = wrapper->d_wrapped;
        else
            choice->use_generic = 1;
    } else if (PyCFunction_CheckExact(method) && ((PyCFunctionObject *)method)->m_ml == &type_new_method &&
               entry->function == (void *)slot_tp_new) {
        choice->specific = (void *)((PyTypeObject *)((PyCFunctionObject *)method)->m_self)->tp_new;
    } else if (method == Py_None && entry->function == (void *)slot_tp_hash) {
        choice->specific = (void *)PyObject_HashNotImplemented;
    } else {
        choice->use_generic = 1;
        choice->generic = entry->function;
    }
}

static struct wrapperbase *fix_one(PyTypeObject *type, struct wrapperbase *entry)
{
    int offset = entry->offset;
    void **slot = type_slot_pointer(type, (size_t)offset);
    slot_choice choice = {NULL, NULL, 0};
    for (; entry->name && entry->offset == offset; entry++)
        if (slot && entry->function)
            consider(type, entry, slot, &choice);
    if (slot && entry[-1].function)
        *slot = choice.specific && !choice.use_generic ? choice.specific : choice.generic;
    return entry;
}

/* A class that has __call__ of its own is not called through its base's vectorcall. */
static void fix_vectorcall(PyTypeObject *type)
{
    if (type->tp_call == slot_tp_call)
        type->tp_flags &= ~Py_TPFLAGS_HAVE_VECTORCALL;
}

void type_fix_slots(PyTypeObject *type)
{
    for (struct wrapperbase *entry = slot_table; entry->name;)
        entry = fix_one(type, entry);
    fix_vectorcall(type);
}

static void fix_subclass(PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return;
    type_fix_slots(type);
    type_for_each_subclass(type, fix_subclass);
}

int type_is_special_name(PyObject *name)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    return length > 4 && PyUnicode_IS_ASCII(name) && !memcmp(PyUnicode_1BYTE_DATA(name), "__", 2) &&
           !memcmp(PyUnicode_1BYTE_DATA(name) + length - 2, "__", 2);
}

int type_update_slot(PyTypeObject *type, PyObject *name)
{
    for (struct wrapperbase *entry = slot_table; entry->name; entry++)
        if (_PyUnicode_EqualToASCIIString(name, entry->name)) {
            fix_subclass(type);
            break;
        }
    return 0;
}
