/* The object, sequence, mapping and iterator protocols: containers, len(), iteration, isinstance(). */
#include "internal/runtime_internal.h"

static Py_ssize_t null_error(void)
{
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "null argument to internal routine");
    return -1;
}

static int type_error(const char *format, PyObject *op)
{
    PyErr_Format(PyExc_TypeError, format, Py_TYPE(op)->tp_name);
    return -1;
}

/* ---- len() ---- */

Py_ssize_t PyObject_Size(PyObject *op)
{
    if (!op)
        return null_error();
    PySequenceMethods *s = Py_TYPE(op)->tp_as_sequence;
    return s && s->sq_length ? s->sq_length(op) : PyMapping_Size(op);
}

Py_ssize_t PyMapping_Size(PyObject *op)
{
    PyMappingMethods *m = Py_TYPE(op)->tp_as_mapping;
    return m && m->mp_length ? m->mp_length(op) : type_error("object of type '%.200s' has no len()", op);
}

Py_ssize_t PySequence_Size(PyObject *op)
{
    PySequenceMethods *s = Py_TYPE(op)->tp_as_sequence;
    return s && s->sq_length ? s->sq_length(op) : type_error("object of type '%.200s' has no len()", op);
}

static bool has_length(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    return (type->tp_as_sequence && type->tp_as_sequence->sq_length) || (type->tp_as_mapping && type->tp_as_mapping->mp_length);
}

/* The answer of __length_hint__ as a size: -1 on error. */
static Py_ssize_t hint_value(PyObject *hint, Py_ssize_t fallback)
{
    if (Py_Is(hint, Py_NotImplemented))
        return fallback;
    if (!PyLong_Check(hint))
        return type_error("__length_hint__ must be an integer, not %.100s", hint);
    Py_ssize_t value = PyLong_AsSsize_t(hint);
    if (value < 0 && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "__length_hint__() should return >= 0");
    return value < 0 ? -1 : value;
}

/* TypeError raised by len() or __length_hint__ means "not known". */
static Py_ssize_t forgive_type_error(Py_ssize_t fallback)
{
    if (!PyErr_ExceptionMatches(PyExc_TypeError))
        return -1;
    PyErr_Clear();
    return fallback;
}

Py_ssize_t PyObject_LengthHint(PyObject *op, Py_ssize_t fallback)
{
    if (has_length(op)) {
        Py_ssize_t size = PyObject_Size(op);
        if (size >= 0)
            return size;
        if (forgive_type_error(0) < 0)
            return -1;
    }
    PyObject *method = _PyObject_LookupSpecialName(op, "__length_hint__");
    if (!method)
        return PyErr_Occurred() ? -1 : fallback;
    PyObject *hint = PyObject_CallNoArgs(method);
    Py_DECREF(method);
    if (!hint)
        return forgive_type_error(fallback);
    Py_ssize_t value = hint_value(hint, fallback);
    Py_DECREF(hint);
    return value;
}

/* ---- op[key] ---- */

/* type[item]: a class's __class_getitem__, or the metaclass. */
static PyObject *class_getitem(PyObject *type, PyObject *key)
{
    if (type == (PyObject *)&PyType_Type)
        return Py_GenericAlias(type, key);
    PyObject *method;
    if (PyObject_GetOptionalAttrString(type, "__class_getitem__", &method) < 0)
        return NULL;
    if (!method || Py_IsNone(method)) {
        Py_XDECREF(method);
        return PyErr_Format(PyExc_TypeError, "type '%.200s' is not subscriptable", ((PyTypeObject *)type)->tp_name);
    }
    PyObject *result = PyObject_CallOneArg(method, key);
    Py_DECREF(method);
    return result;
}

PyObject *PyObject_GetItem(PyObject *op, PyObject *key)
{
    PyMappingMethods *m = Py_TYPE(op)->tp_as_mapping;
    PySequenceMethods *s = Py_TYPE(op)->tp_as_sequence;
    if (m && m->mp_subscript)
        return m->mp_subscript(op, key);
    if (s && s->sq_item) {
        if (!PyIndex_Check(key))
            return PyErr_Format(PyExc_TypeError, "sequence index must be integer, not '%.200s'", Py_TYPE(key)->tp_name);
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        return i == -1 && PyErr_Occurred() ? NULL : PySequence_GetItem(op, i);
    }
    if (PyType_Check(op))
        return class_getitem(op, key);
    type_error("'%.200s' object is not subscriptable", op);
    return NULL;
}

static int assign_item(PyObject *op, PyObject *key, PyObject *value, const char *refusal)
{
    PyMappingMethods *m = Py_TYPE(op)->tp_as_mapping;
    PySequenceMethods *s = Py_TYPE(op)->tp_as_sequence;
    if (m && m->mp_ass_subscript)
        return m->mp_ass_subscript(op, key, value);
    if (!s || !s->sq_ass_item)
        return type_error(refusal, op);
    if (!PyIndex_Check(key))
        return type_error("sequence index must be integer, not '%.200s'", key);
    Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i == -1 && PyErr_Occurred())
        return -1;
    return value ? PySequence_SetItem(op, i, value) : PySequence_DelItem(op, i);
}

int PyObject_SetItem(PyObject *op, PyObject *key, PyObject *value)
{
    return assign_item(op, key, value, "'%.200s' object does not support item assignment");
}

int PyObject_DelItem(PyObject *op, PyObject *key)
{
    return assign_item(op, key, NULL, "'%.200s' object does not support item deletion");
}

/* ---- sequences ---- */

int PySequence_Check(PyObject *op)
{
    return !PyDict_Check(op) && Py_TYPE(op)->tp_as_sequence && Py_TYPE(op)->tp_as_sequence->sq_item;
}

/* A negative index counts from the end, where the sequence knows its length. 0, or -1 with an exception. */
static int wrap_index(PyObject *op, Py_ssize_t *i)
{
    PySequenceMethods *s = Py_TYPE(op)->tp_as_sequence;
    if (*i >= 0 || !s->sq_length)
        return 0;
    Py_ssize_t size = s->sq_length(op);
    *i += size;
    return size < 0 ? -1 : 0;
}

PyObject *PySequence_GetItem(PyObject *op, Py_ssize_t i)
{
    PySequenceMethods *s = Py_TYPE(op)->tp_as_sequence;
    if (s && s->sq_item)
        return wrap_index(op, &i) < 0 ? NULL : s->sq_item(op, i);
    type_error(Py_TYPE(op)->tp_as_mapping && Py_TYPE(op)->tp_as_mapping->mp_subscript ? "%.200s is not a sequence"
                                                                                      : "'%.200s' object does not support indexing",
               op);
    return NULL;
}

PyObject *PySequence_ITEM(PyObject *op, Py_ssize_t i) { return Py_TYPE(op)->tp_as_sequence->sq_item(op, i); }

static int assign_index(PyObject *op, Py_ssize_t i, PyObject *value, const char *refusal)
{
    PySequenceMethods *s = Py_TYPE(op)->tp_as_sequence;
    if (!s || !s->sq_ass_item)
        return type_error(refusal, op);
    return wrap_index(op, &i) < 0 ? -1 : s->sq_ass_item(op, i, value);
}

int PySequence_SetItem(PyObject *op, Py_ssize_t i, PyObject *value)
{
    return assign_index(op, i, value, "'%.200s' object does not support item assignment");
}

int PySequence_DelItem(PyObject *op, Py_ssize_t i)
{
    return assign_index(op, i, NULL, "'%.200s' object doesn't support item deletion");
}

static PyObject *make_slice(Py_ssize_t low, Py_ssize_t high)
{
    PyObject *start = PyLong_FromSsize_t(low), *stop = PyLong_FromSsize_t(high);
    PyObject *slice = start && stop ? PySlice_New(start, stop, NULL) : NULL;
    Py_XDECREF(start);
    Py_XDECREF(stop);
    return slice;
}

/* An end counts from the back if it is negative. */
static Py_ssize_t cut(Py_ssize_t at, Py_ssize_t size)
{
    at = at < 0 ? at + size : at;
    return at < 0 ? 0 : at < size ? at : size;
}

PyObject *PySequence_GetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high)
{
    if (PyByteArray_CheckExact(op)) {
        low = cut(low, Py_SIZE(op));
        high = cut(high, Py_SIZE(op));
        return PyByteArray_FromStringAndSize(PyByteArray_AS_STRING(op) + low, high > low ? high - low : 0);
    }
    if (PyBytes_CheckExact(op)) {
        low = cut(low, Py_SIZE(op));
        high = cut(high, Py_SIZE(op));
        return high - low == Py_SIZE(op) ? Py_NewRef(op) : PyBytes_FromStringAndSize(PyBytes_AS_STRING(op) + low, high > low ? high - low : 0);
    }
    PyObject *slice = make_slice(low, high), *result = slice ? PyObject_GetItem(op, slice) : NULL;
    Py_XDECREF(slice);
    return result;
}

int PySequence_SetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high, PyObject *value)
{
    PyObject *slice = make_slice(low, high);
    int status = slice ? PyObject_SetItem(op, slice, value) : -1;
    Py_XDECREF(slice);
    return status;
}

int PySequence_DelSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high)
{
    PyObject *slice = make_slice(low, high);
    int status = slice ? PyObject_DelItem(op, slice) : -1;
    Py_XDECREF(slice);
    return status;
}

PyObject *PySequence_Concat(PyObject *a, PyObject *b)
{
    PySequenceMethods *s = Py_TYPE(a)->tp_as_sequence;
    if (s && s->sq_concat)
        return s->sq_concat(a, b);
    if (PySequence_Check(a) && PySequence_Check(b))
        return PyNumber_Add(a, b);
    type_error("'%.200s' object can't be concatenated", a);
    return NULL;
}

PyObject *PySequence_InPlaceConcat(PyObject *a, PyObject *b)
{
    PySequenceMethods *s = Py_TYPE(a)->tp_as_sequence;
    return s && s->sq_inplace_concat ? s->sq_inplace_concat(a, b) : PySequence_Concat(a, b);
}

PyObject *PySequence_Repeat(PyObject *op, Py_ssize_t count)
{
    PySequenceMethods *s = Py_TYPE(op)->tp_as_sequence;
    if (s && s->sq_repeat)
        return s->sq_repeat(op, count);
    if (!PySequence_Check(op)) {
        type_error("'%.200s' object can't be repeated", op);
        return NULL;
    }
    PyObject *n = PyLong_FromSsize_t(count), *result = n ? PyNumber_Multiply(op, n) : NULL;
    Py_XDECREF(n);
    return result;
}

PyObject *PySequence_InPlaceRepeat(PyObject *op, Py_ssize_t count)
{
    PySequenceMethods *s = Py_TYPE(op)->tp_as_sequence;
    return s && s->sq_inplace_repeat ? s->sq_inplace_repeat(op, count) : PySequence_Repeat(op, count);
}

PyObject *PySequence_List(PyObject *op)
{
    PyObject *list = PyList_New(0);
    PyObject *done = list ? _PyList_Extend((PyListObject *)list, op) : NULL;
    if (!done)
        Py_CLEAR(list);
    Py_XDECREF(done);
    return list;
}

PyObject *PySequence_Tuple(PyObject *op)
{
    if (PyTuple_CheckExact(op))
        return Py_NewRef(op);
    if (PyList_CheckExact(op))
        return PyList_AsTuple(op);
    PyObject *list = PySequence_List(op), *tuple = list ? PyList_AsTuple(list) : NULL;
    Py_XDECREF(list);
    return tuple;
}

PyObject *PySequence_Fast(PyObject *op, const char *message)
{
    if (PyList_CheckExact(op) || PyTuple_CheckExact(op))
        return Py_NewRef(op);
    PyObject *iterator = PyObject_GetIter(op);
    if (!iterator) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, message);
        return NULL;
    }
    PyObject *list = PySequence_List(iterator);
    Py_DECREF(iterator);
    return list;
}

/* Walk op for items equal to value: how many there are, or, with `first`, where the first stands (-2: nowhere). -1 on error. */
static Py_ssize_t search(PyObject *op, PyObject *value, bool first)
{
    PyObject *iterator = PyObject_GetIter(op), *item;
    if (!iterator) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            type_error("argument of type '%.200s' is not iterable", op);
        return -1;
    }
    Py_ssize_t count = 0, at = 0;
    int equal = 0;
    while (equal >= 0 && (item = PyIter_Next(iterator))) {
        equal = PyObject_RichCompareBool(item, value, Py_EQ);
        Py_DECREF(item);
        if (equal > 0 && first)
            break;
        count += equal > 0;
        at++;
    }
    Py_DECREF(iterator);
    if (equal < 0 || PyErr_Occurred())
        return -1;
    return first ? (equal > 0 ? at : -2) : count;
}

int PySequence_Contains(PyObject *op, PyObject *value)
{
    PySequenceMethods *s = Py_TYPE(op)->tp_as_sequence;
    if (s && s->sq_contains)
        return s->sq_contains(op, value);
    Py_ssize_t at = search(op, value, true);
    return at == -1 ? -1 : at >= 0;
}

Py_ssize_t PySequence_Count(PyObject *op, PyObject *value) { return search(op, value, false); }

Py_ssize_t PySequence_Index(PyObject *op, PyObject *value)
{
    Py_ssize_t at = search(op, value, true);
    if (at == -2)
        PyErr_SetString(PyExc_ValueError, "sequence.index(x): x not in sequence");
    return at < 0 ? -1 : at;
}

/* ---- mappings ---- */

int PyMapping_Check(PyObject *op) { return op && Py_TYPE(op)->tp_as_mapping && Py_TYPE(op)->tp_as_mapping->mp_subscript; }

static PyObject *as_list(PyObject *op, const char *method)
{
    PyObject *view = _PyObject_CallMethod0(op, method), *list = view ? PySequence_List(view) : NULL;
    Py_XDECREF(view);
    return list;
}

PyObject *PyMapping_Keys(PyObject *op) { return as_list(op, "keys"); }
PyObject *PyMapping_Values(PyObject *op) { return as_list(op, "values"); }
PyObject *PyMapping_Items(PyObject *op) { return as_list(op, "items"); }

int PyMapping_GetOptionalItem(PyObject *op, PyObject *key, PyObject **result)
{
    if (PyDict_CheckExact(op))
        return PyDict_GetItemRef(op, key, result);
    *result = PyObject_GetItem(op, key);
    if (*result)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_KeyError))
        return -1;
    PyErr_Clear();
    return 0;
}

int PyMapping_GetOptionalItemString(PyObject *op, const char *key, PyObject **result)
{
    PyObject *name = PyUnicode_FromString(key);
    int found = -1;
    *result = NULL;
    if (name)
        found = PyMapping_GetOptionalItem(op, name, result);
    Py_XDECREF(name);
    return found;
}

PyObject *PyMapping_GetItemString(PyObject *op, const char *key)
{
    PyObject *name = PyUnicode_FromString(key), *result = name ? PyObject_GetItem(op, name) : NULL;
    Py_XDECREF(name);
    return result;
}

/* ---- iteration ---- */

int PyIter_Check(PyObject *op) { return Py_TYPE(op)->tp_iternext != NULL; }

PyObject *PyObject_GetIter(PyObject *op)
{
    getiterfunc iter = Py_TYPE(op)->tp_iter;
    if (!iter) {
        if (PySequence_Check(op))
            return PySeqIter_New(op);
        type_error("'%.200s' object is not iterable", op);
        return NULL;
    }
    PyObject *iterator = iter(op);
    if (iterator && !PyIter_Check(iterator)) {
        type_error("iter() returned non-iterator of type '%.100s'", iterator);
        Py_CLEAR(iterator);
    }
    return iterator;
}

/* 1: an item; 0: the end; -1: an exception. StopIteration is the end. */
int PyIter_NextItem(PyObject *iterator, PyObject **item)
{
    *item = Py_TYPE(iterator)->tp_iternext(iterator);
    if (*item)
        return 1;
    if (!PyErr_Occurred())
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return -1;
    PyErr_Clear();
    return 0;
}

PyObject *PyIter_Next(PyObject *iterator)
{
    PyObject *item;
    PyIter_NextItem(iterator, &item);
    return item;
}

PySendResult PyIter_Send(PyObject *iterator, PyObject *value, PyObject **result)
{
    PyAsyncMethods *async = Py_TYPE(iterator)->tp_as_async;
    if (async && async->am_send)
        return async->am_send(iterator, value, result);
    if (Py_IsNone(value) && PyIter_Check(iterator))
        *result = Py_TYPE(iterator)->tp_iternext(iterator);
    else
        *result = _PyObject_CallMethod1(iterator, "send", value);
    if (*result)
        return PYGEN_NEXT;
    return _PyGen_FetchStopIterationValue(result) == 0 ? PYGEN_RETURN : PYGEN_ERROR;
}

int PyAIter_Check(PyObject *op) { return Py_TYPE(op)->tp_as_async && Py_TYPE(op)->tp_as_async->am_anext; }

PyObject *PyObject_GetAIter(PyObject *op)
{
    PyAsyncMethods *async = Py_TYPE(op)->tp_as_async;
    if (!async || !async->am_aiter) {
        type_error("'%.200s' object is not an async iterable", op);
        return NULL;
    }
    PyObject *iterator = async->am_aiter(op);
    if (iterator && !PyAIter_Check(iterator)) {
        type_error("aiter() returned not an async iterator of type '%.100s'", iterator);
        Py_CLEAR(iterator);
    }
    return iterator;
}

/* ---- isinstance(), issubclass() ---- */

/* The __bases__ of something that behaves like a class, owned; NULL without an exception when it has none. */
static PyObject *abstract_bases(PyObject *cls)
{
    PyObject *bases;
    if (PyObject_GetOptionalAttrString(cls, "__bases__", &bases) > 0 && !PyTuple_Check(bases))
        Py_CLEAR(bases);
    return bases;
}

/* 0, or -1 with TypeError when cls is not a class. */
static int check_class(PyObject *cls, const char *message)
{
    PyObject *bases = abstract_bases(cls);
    if (!bases && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, message);
    Py_XDECREF(bases);
    return bases ? 0 : -1;
}

static int abstract_subclass(PyObject *derived, PyObject *cls)
{
    if (Py_Is(derived, cls))
        return 1;
    if (Py_EnterRecursiveCall(" in __issubclass__"))
        return -1;
    PyObject *bases = abstract_bases(derived);
    int found = bases || !PyErr_Occurred() ? 0 : -1;
    for (Py_ssize_t i = 0; bases && found == 0 && i < PyTuple_GET_SIZE(bases); i++)
        found = abstract_subclass(PyTuple_GET_ITEM(bases, i), cls);
    Py_XDECREF(bases);
    Py_LeaveRecursiveCall();
    return found;
}

/* Without __instancecheck__: by type, then by the __class__ the object claims. */
static int plain_instance(PyObject *op, PyObject *cls)
{
    if (PyType_Check(cls) && PyObject_TypeCheck(op, (PyTypeObject *)cls))
        return 1;
    if (!PyType_Check(cls) && check_class(cls, "isinstance() arg 2 must be a type, a tuple of types, or a union") < 0)
        return -1;
    PyObject *claimed;
    int found = PyObject_GetOptionalAttrString(op, "__class__", &claimed);
    if (found <= 0)
        return found;
    if (!PyType_Check(cls))
        found = abstract_subclass(claimed, cls);
    else if (claimed == (PyObject *)Py_TYPE(op) || !PyType_Check(claimed))
        found = 0;
    else
        found = PyType_IsSubtype((PyTypeObject *)claimed, (PyTypeObject *)cls);
    Py_DECREF(claimed);
    return found;
}

static int plain_subclass(PyObject *derived, PyObject *cls)
{
    if (PyType_Check(cls) && PyType_Check(derived))
        return PyType_IsSubtype((PyTypeObject *)derived, (PyTypeObject *)cls);
    if (check_class(derived, "issubclass() arg 1 must be a class") < 0 ||
        check_class(cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union") < 0)
        return -1;
    return abstract_subclass(derived, cls);
}

/* What isinstance() and issubclass() share: tuples, then the metaclass's word, then `plain`. */
static int ask_classes(PyObject *op, PyObject *classes, const char *special, const char *where,
                       int (*plain)(PyObject *, PyObject *))
{
    if (PyType_CheckExact(classes))
        return plain(op, classes);
    if (Py_EnterRecursiveCall(where))
        return -1;
    int found = 0;
    if (PyTuple_Check(classes)) {
        for (Py_ssize_t i = 0; found == 0 && i < PyTuple_GET_SIZE(classes); i++)
            found = ask_classes(op, PyTuple_GET_ITEM(classes, i), special, where, plain);
    } else {
        PyObject *check = _PyObject_LookupSpecialName(classes, special);
        PyObject *answer = check ? PyObject_CallOneArg(check, op) : NULL;
        if (check)
            found = answer ? PyObject_IsTrue(answer) : -1;
        else
            found = PyErr_Occurred() ? -1 : plain(op, classes);
        Py_XDECREF(answer);
        Py_XDECREF(check);
    }
    Py_LeaveRecursiveCall();
    return found;
}

int PyObject_IsInstance(PyObject *op, PyObject *classes)
{
    if (classes == (PyObject *)Py_TYPE(op))
        return 1;
    return ask_classes(op, classes, "__instancecheck__", " in __instancecheck__", plain_instance);
}

int PyObject_IsSubclass(PyObject *derived, PyObject *classes)
{
    return ask_classes(derived, classes, "__subclasscheck__", " in __subclasscheck__", plain_subclass);
}
