/* Objects in general: memory, life and death, attributes, comparison, text, truth. */
#include "lookup.h"
#include "port.h"

/* ---- memory ---- */

void *PyMem_Malloc(size_t size) { return size > PY_SSIZE_T_MAX ? NULL : port_alloc(size ? size : 1); }

void *PyMem_Calloc(size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    void *memory = PyMem_Malloc(total);
    if (memory)
        memset(memory, 0, total ? total : 1);
    return memory;
}

void *PyMem_Realloc(void *memory, size_t size)
{
    if (size > PY_SSIZE_T_MAX)
        return NULL;
    return memory ? port_realloc(memory, size ? size : 1) : PyMem_Malloc(size);
}

void PyMem_Free(void *memory)
{
    if (memory)
        port_free(memory);
}

void *PyObject_Malloc(size_t size) { return PyMem_Malloc(size); }
void *PyObject_Calloc(size_t count, size_t size) { return PyMem_Calloc(count, size); }
void *PyObject_Realloc(void *memory, size_t size) { return PyMem_Realloc(memory, size); }
void PyObject_Free(void *memory) { PyMem_Free(memory); }

static int instance_size(PyTypeObject *type, Py_ssize_t nitems, size_t *size)
{
    size_t items;
    if (nitems < 0 || __builtin_mul_overflow((size_t)nitems, (size_t)type->tp_itemsize, &items) ||
        items > PY_SSIZE_T_MAX - (size_t)type->tp_basicsize - 256)
        return -1;
    *size = ((size_t)type->tp_basicsize + items + 7) & ~(size_t)7;
    return 0;
}

/* Memory of one instance, its headers zeroed; `zero` clears the rest too. */
static PyObject *instance_memory(PyTypeObject *type, Py_ssize_t nitems, int zero)
{
    size_t size, prefix = gc_prefix(type);
    if (instance_size(type, nitems, &size) < 0)
        return PyErr_NoMemory();
    if (type->tp_flags & Py_TPFLAGS_HAVE_GC)
        gc_count_allocation();
    char *memory = PyMem_Malloc(prefix + size);
    if (!memory)
        return PyErr_NoMemory();
    memset(memory, 0, zero ? prefix + size : prefix);
    return (PyObject *)(memory + prefix);
}

PyObject *PyObject_Init(PyObject *op, PyTypeObject *type)
{
    if (!op)
        return PyErr_NoMemory();
    op->ob_type = type;
    op->ob_refcnt = 1;
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        Py_INCREF(type);
    return op;
}

PyVarObject *PyObject_InitVar(PyVarObject *op, PyTypeObject *type, Py_ssize_t size)
{
    if (PyObject_Init((PyObject *)op, type))
        op->ob_size = size;
    return op;
}

PyObject *_PyObject_New(PyTypeObject *type)
{
    PyObject *op = instance_memory(type, 0, 0);
    return op ? PyObject_Init(op, type) : NULL;
}

PyVarObject *_PyObject_NewVar(PyTypeObject *type, Py_ssize_t size)
{
    PyObject *op = instance_memory(type, size, 0);
    return op ? PyObject_InitVar((PyVarObject *)op, type, size) : NULL;
}

PyObject *_PyObject_GC_New(PyTypeObject *type) { return _PyObject_New(type); }
PyVarObject *_PyObject_GC_NewVar(PyTypeObject *type, Py_ssize_t size) { return _PyObject_NewVar(type, size); }

/* Only for an untracked object: it may move. */
PyVarObject *_PyObject_GC_Resize(PyVarObject *op, Py_ssize_t count)
{
    PyTypeObject *type = Py_TYPE(op);
    size_t size, prefix = gc_prefix(type);
    if (instance_size(type, count, &size) < 0)
        return (PyVarObject *)PyErr_NoMemory();
    char *memory = PyMem_Realloc((char *)op - prefix, prefix + size);
    if (!memory)
        return (PyVarObject *)PyErr_NoMemory();
    op = (PyVarObject *)(memory + prefix);
    op->ob_size = count;
    return op;
}

void PyObject_GC_Del(void *op)
{
    PyTypeObject *type = Py_TYPE((PyObject *)op);
    if (type->tp_flags & Py_TPFLAGS_HAVE_GC) {
        PyObject_GC_UnTrack(op);
        gc_count_free();
    }
    PyMem_Free((char *)op - gc_prefix(type));
}

/* One more item than asked for, as CPython does: room for a terminator. */
PyObject *PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t nitems)
{
    PyObject *op = instance_memory(type, type->tp_itemsize ? nitems + 1 : nitems, 1);
    if (!op)
        return NULL;
    PyObject_Init(op, type);
    if (type->tp_itemsize)
        Py_SET_SIZE(op, nitems);
    if (type->tp_flags & Py_TPFLAGS_HAVE_GC)
        PyObject_GC_Track(op);
    return op;
}

PyObject *PyType_GenericNew(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return type->tp_alloc(type, 0);
}

void _Py_NewReference(PyObject *op) { op->ob_refcnt = 1; }

/* Deallocators nest as deep as the data; past DELETE_DEPTH_MAX they are put off, chained through the collector's header,
 * and run by the outermost one, so that a long chain of objects needs no deep stack. */
#define DELETE_DEPTH_MAX 24

void _Py_Dealloc(PyObject *op)
{
    PyThreadState *state = runtime_current;
    PyTypeObject *type = Py_TYPE(op);
    if (state->delete_depth >= DELETE_DEPTH_MAX && PyType_IS_GC(type)) {
        PyObject_GC_UnTrack(op);
        GC_HEAD(op)->refs = (Py_ssize_t)state->delete_later;
        state->delete_later = op;
        return;
    }
    state->delete_depth++;
    type->tp_dealloc(op);
    while (state->delete_depth == 1 && state->delete_later) {
        op = state->delete_later;
        state->delete_later = (PyObject *)GC_HEAD(op)->refs;
        Py_TYPE(op)->tp_dealloc(op);
    }
    state->delete_depth--;
}

void PyObject_CallFinalizer(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (!type->tp_finalize || (PyType_IS_GC(type) && PyObject_GC_IsFinalized(self)))
        return;
    type->tp_finalize(self);
    if (PyType_IS_GC(type))
        GC_HEAD(self)->flags |= GC_FINALIZED;
}

/* -1: the finalizer brought the object back to life. */
int PyObject_CallFinalizerFromDealloc(PyObject *self)
{
    self->ob_refcnt = 1;
    PyObject_CallFinalizer(self);
    if (--self->ob_refcnt == 0)
        return 0;
    return -1;
}

/* ---- the instance dictionary ---- */

PyObject **_PyObject_ManagedDict(PyObject *op)
{
    return (PyObject **)((char *)op - gc_prefix(Py_TYPE(op)));
}

PyObject **_PyObject_WeakrefList(PyObject *op)
{
    PyTypeObject *type = Py_TYPE(op);
    if (type->tp_flags & Py_TPFLAGS_MANAGED_WEAKREF)
        return (PyObject **)((char *)op - gc_prefix(type)) + 1;
    return type->tp_weaklistoffset > 0 ? (PyObject **)((char *)op + type->tp_weaklistoffset) : NULL;
}

PyObject **_PyObject_GetDictPtr(PyObject *op)
{
    return instance_dict(op);
}

int PyObject_VisitManagedDict(PyObject *op, visitproc visit, void *arg)
{
    if (Py_TYPE(op)->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        Py_VISIT(*_PyObject_ManagedDict(op));
    return 0;
}

void PyObject_ClearManagedDict(PyObject *op)
{
    if (Py_TYPE(op)->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        Py_CLEAR(*_PyObject_ManagedDict(op));
}

PyObject *PyObject_GenericGetDict(PyObject *op, void *Py_UNUSED(closure))
{
    PyObject **slot = _PyObject_GetDictPtr(op);
    if (!slot) {
        PyErr_SetString(PyExc_AttributeError, "This object has no __dict__");
        return NULL;
    }
    if (!*slot && !(*slot = PyDict_New()))
        return NULL;
    return Py_NewRef(*slot);
}

int PyObject_GenericSetDict(PyObject *op, PyObject *value, void *Py_UNUSED(closure))
{
    PyObject **slot = _PyObject_GetDictPtr(op);
    if (!slot) {
        PyErr_SetString(PyExc_AttributeError, "This object has no __dict__");
        return -1;
    }
    if (!value) {
        PyErr_SetString(PyExc_TypeError, "cannot delete __dict__");
        return -1;
    }
    if (!PyDict_Check(value)) {
        PyErr_Format(PyExc_TypeError, "__dict__ must be set to a dictionary, not a '%.200s'", Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_INCREF(value);
    Py_XSETREF(*slot, value);
    return 0;
}

/* ---- attributes ---- */

static void no_attribute(PyObject *op, PyObject *name, const char *format, const char *type_name)
{
    PyErr_Format(PyExc_AttributeError, format, type_name, name);
    PyObject *error = PyErr_GetRaisedException();
    if (error && Py_IS_TYPE(error, (PyTypeObject *)PyExc_AttributeError)) {
        PyAttributeErrorObject *details = (PyAttributeErrorObject *)error;
        Py_XSETREF(details->obj, Py_NewRef(op));
        Py_XSETREF(details->name, Py_NewRef(name));
    }
    PyErr_SetRaisedException(error);
}

static int name_check(PyObject *name)
{
    if (PyUnicode_Check(name))
        return 0;
    PyErr_Format(PyExc_TypeError, "attribute name must be string, not '%.200s'", Py_TYPE(name)->tp_name);
    return -1;
}

/* The order of the language reference, 3.3.2: data descriptor, instance dictionary, other descriptor, class attribute.
 * `quiet`: NULL without an exception where there is no such attribute. */
static PyObject *generic_get(PyObject *op, PyObject *name, int quiet)
{
    PyTypeObject *type = Py_TYPE(op);
    if (name_check(name) < 0)
        return NULL;
    PyObject *found = Py_XNewRef(class_attribute(type, name)), *value;
    descrgetfunc get = found ? Py_TYPE(found)->tp_descr_get : NULL;
    if (get && Py_TYPE(found)->tp_descr_set) {
        value = get(found, op, (PyObject *)type);
        Py_DECREF(found);
        goto done;
    }
    PyObject **slot = instance_dict(op);
    if (slot && *slot) {
        if (dict_find(*slot, name, &value))
            Py_XINCREF(value);
        else {
            PyObject *dict = Py_NewRef(*slot);
            value = Py_XNewRef(PyDict_GetItemWithError(dict, name));
            Py_DECREF(dict);
            if (!value && PyErr_Occurred()) {
                Py_XDECREF(found);
                return NULL;
            }
        }
        if (value) {
            Py_XDECREF(found);
            return value;
        }
    }
    if (get) {
        value = get(found, op, (PyObject *)type);
        Py_DECREF(found);
        goto done;
    }
    if (!found && !quiet)
        no_attribute(op, name, "'%.100s' object has no attribute '%U'", type->tp_name);
    return found;
done:
    if (!value && quiet && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    return value;
}

PyObject *PyObject_GenericGetAttr(PyObject *op, PyObject *name) { return generic_get(op, name, 0); }

static void cannot_set(PyObject *op, PyObject *name, int exists)
{
    const char *type_name = Py_TYPE(op)->tp_name;
    no_attribute(op, name, exists ? "'%.100s' object attribute '%U' is read-only" : "'%.100s' object has no attribute '%U'",
                 type_name);
}

int PyObject_GenericSetAttr(PyObject *op, PyObject *name, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(op);
    int result;
    if (name_check(name) < 0)
        return -1;
    PyObject *found = Py_XNewRef(class_attribute(type, name));
    if (found && Py_TYPE(found)->tp_descr_set) {
        result = Py_TYPE(found)->tp_descr_set(found, op, value);
        Py_DECREF(found);
        return result;
    }
    PyObject **slot = instance_dict(op);
    if (!slot) {
        cannot_set(op, name, found != NULL);
        Py_XDECREF(found);
        return -1;
    }
    Py_XDECREF(found);
    if (!*slot && !value) {
        cannot_set(op, name, 0);
        return -1;
    }
    if (!*slot && !(*slot = PyDict_New()))
        return -1;
    PyObject *dict = Py_NewRef(*slot);
    result = value ? PyDict_SetItem(dict, name, value) : PyDict_DelItem(dict, name);
    Py_DECREF(dict);
    if (result < 0 && !value && PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        cannot_set(op, name, 0);
    }
    return result;
}

PyObject *PyObject_GetAttr(PyObject *op, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(op);
    if (name_check(name) < 0)
        return NULL;
    if (type->tp_getattro)
        return type->tp_getattro(op, name);
    no_attribute(op, name, "'%.100s' object has no attribute '%U'", type->tp_name);
    return NULL;
}

int PyObject_GetOptionalAttr(PyObject *op, PyObject *name, PyObject **result)
{
    if (Py_TYPE(op)->tp_getattro == PyObject_GenericGetAttr) {
        *result = generic_get(op, name, 1);
        return *result ? 1 : PyErr_Occurred() ? -1 : 0;
    }
    *result = PyObject_GetAttr(op, name);
    if (*result)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return -1;
    PyErr_Clear();
    return 0;
}

int PyObject_SetAttr(PyObject *op, PyObject *name, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(op);
    if (name_check(name) < 0)
        return -1;
    if (!type->tp_setattro) {
        PyErr_Format(PyExc_TypeError, "'%.100s' object has %s attributes (%s .%U)", type->tp_name,
                     type->tp_getattro ? "only read-only" : "no", value ? "assign to" : "del", name);
        return -1;
    }
    if (PyUnicode_CHECK_INTERNED(name))
        return type->tp_setattro(op, name, value);
    Py_INCREF(name);
    PyUnicode_InternInPlace(&name);
    int result = type->tp_setattro(op, name, value);
    Py_DECREF(name);
    return result;
}

int PyObject_DelAttr(PyObject *op, PyObject *name) { return PyObject_SetAttr(op, name, NULL); }

PyObject *PyObject_GetAttrString(PyObject *op, const char *text)
{
    PyObject *name = PyUnicode_InternFromString(text);
    if (!name)
        return NULL;
    PyObject *value = PyObject_GetAttr(op, name);
    Py_DECREF(name);
    return value;
}

int PyObject_GetOptionalAttrString(PyObject *op, const char *text, PyObject **result)
{
    PyObject *name = PyUnicode_InternFromString(text);
    *result = NULL;
    if (!name)
        return -1;
    int found = PyObject_GetOptionalAttr(op, name, result);
    Py_DECREF(name);
    return found;
}

int PyObject_SetAttrString(PyObject *op, const char *text, PyObject *value)
{
    PyObject *name = PyUnicode_InternFromString(text);
    if (!name)
        return -1;
    int result = PyObject_SetAttr(op, name, value);
    Py_DECREF(name);
    return result;
}

int PyObject_DelAttrString(PyObject *op, const char *text) { return PyObject_SetAttrString(op, text, NULL); }

int PyObject_HasAttrWithError(PyObject *op, PyObject *name)
{
    PyObject *value;
    int found = PyObject_GetOptionalAttr(op, name, &value);
    Py_XDECREF(value);
    return found;
}

int PyObject_HasAttrStringWithError(PyObject *op, const char *text)
{
    PyObject *value;
    int found = PyObject_GetOptionalAttrString(op, text, &value);
    Py_XDECREF(value);
    return found;
}

int PyObject_HasAttr(PyObject *op, PyObject *name)
{
    int found = PyObject_HasAttrWithError(op, name);
    if (found < 0)
        PyErr_Clear();
    return found > 0;
}

int PyObject_HasAttrString(PyObject *op, const char *text)
{
    int found = PyObject_HasAttrStringWithError(op, text);
    if (found < 0)
        PyErr_Clear();
    return found > 0;
}

PyObject *PyObject_SelfIter(PyObject *op) { return Py_NewRef(op); }

/* ---- recursion ---- */

#define RECURSION_LIMIT 1000        /* calls through the C API in one thread */
#define RECURSION_HEADROOM 50       /* further calls for handling a RecursionError */

int Py_EnterRecursiveCall(const char *where)
{
    PyThreadState *state = runtime_current;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    int low = _Py_StackIsLow();
    if (++state->recursion_depth <= RECURSION_LIMIT && !low)
        return 0;
    if (state->recursion_headroom && state->recursion_depth <= RECURSION_LIMIT + RECURSION_HEADROOM &&
        (!low || here > (uintptr_t)state->stack_lowest + STACK_MARGIN / 2))
        return 0;
    state->recursion_headroom++;
    PyErr_Format(PyExc_RecursionError, "maximum recursion depth exceeded%s", where);
    state->recursion_headroom--;
    state->recursion_depth--;
    return -1;
}

void Py_LeaveRecursiveCall(void) { runtime_current->recursion_depth--; }

int Py_ReprEnter(PyObject *op)
{
    PyThreadState *state = runtime_current;
    if (!state->repr_stack && !(state->repr_stack = PyList_New(0)))
        return -1;
    for (Py_ssize_t i = PyList_GET_SIZE(state->repr_stack); --i >= 0;)
        if (PyList_GET_ITEM(state->repr_stack, i) == op)
            return 1;
    return PyList_Append(state->repr_stack, op);
}

void Py_ReprLeave(PyObject *op)
{
    PyObject *stack = runtime_current->repr_stack;
    for (Py_ssize_t i = stack ? PyList_GET_SIZE(stack) : 0; --i >= 0;)
        if (PyList_GET_ITEM(stack, i) == op) {
            PyList_SetSlice(stack, i, i + 1, NULL);
            break;
        }
    if (stack && !PyList_GET_SIZE(stack))
        Py_CLEAR(runtime_current->repr_stack);
}

/* ---- text ---- */

static PyObject *text_of(PyObject *op, reprfunc function, const char *method, const char *where)
{
    if (Py_EnterRecursiveCall(where))
        return NULL;
    PyObject *text = function(op);
    Py_LeaveRecursiveCall();
    if (text && !PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "%s returned non-string (type %.200s)", method, Py_TYPE(text)->tp_name);
        Py_CLEAR(text);
    }
    return text;
}

PyObject *PyObject_Repr(PyObject *op)
{
    if (!op)
        return PyUnicode_FromString("<NULL>");
    if (!Py_TYPE(op)->tp_repr)
        return PyUnicode_FromFormat("<%s object at %p>", Py_TYPE(op)->tp_name, (void *)op);
    return text_of(op, Py_TYPE(op)->tp_repr, "__repr__", " while getting the repr of an object");
}

PyObject *PyObject_Str(PyObject *op)
{
    if (!op)
        return PyUnicode_FromString("<NULL>");
    if (PyUnicode_CheckExact(op))
        return Py_NewRef(op);
    if (!Py_TYPE(op)->tp_str)
        return PyObject_Repr(op);
    return text_of(op, Py_TYPE(op)->tp_str, "__str__", " while getting the str of an object");
}

PyObject *PyObject_ASCII(PyObject *op)
{
    PyObject *text = PyObject_Repr(op);
    if (!text || PyUnicode_IS_ASCII(text))
        return text;
    PyObject *bytes = PyUnicode_AsEncodedString(text, "ascii", "backslashreplace");
    Py_DECREF(text);
    if (!bytes)
        return NULL;
    text = PyUnicode_DecodeASCII(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes), NULL);
    Py_DECREF(bytes);
    return text;
}

PyObject *PyObject_Bytes(PyObject *op)
{
    if (PyBytes_CheckExact(op))
        return Py_NewRef(op);
    PyObject *method = _PyObject_LookupSpecialName(op, "__bytes__");
    if (!method)
        return PyErr_Occurred() ? NULL : PyBytes_FromObject(op);
    PyObject *bytes = PyObject_CallNoArgs(method);
    Py_DECREF(method);
    if (bytes && !PyBytes_Check(bytes)) {
        PyErr_Format(PyExc_TypeError, "__bytes__ returned non-bytes (type %.200s)", Py_TYPE(bytes)->tp_name);
        Py_CLEAR(bytes);
    }
    return bytes;
}

PyObject *PyObject_Format(PyObject *op, PyObject *spec)
{
    if (spec && !PyUnicode_Check(spec)) {
        PyErr_Format(PyExc_SystemError, "Format specifier must be a string, not %.200s", Py_TYPE(spec)->tp_name);
        return NULL;
    }
    if (!spec || !PyUnicode_GET_LENGTH(spec)) {
        if (PyUnicode_CheckExact(op))
            return Py_NewRef(op);
        if (PyLong_CheckExact(op))
            return PyObject_Str(op);
    }
    PyObject *method = _PyObject_LookupSpecialName(op, "__format__");
    if (!method) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "Type %.100s doesn't define __format__", Py_TYPE(op)->tp_name);
        return NULL;
    }
    PyObject *empty = spec ? Py_NewRef(spec) : PyUnicode_New(0, 0);
    PyObject *text = empty ? PyObject_CallOneArg(method, empty) : NULL;
    Py_XDECREF(empty);
    Py_DECREF(method);
    if (text && !PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "__format__ must return a str, not %.200s", Py_TYPE(text)->tp_name);
        Py_CLEAR(text);
    }
    return text;
}

/* ---- comparison, hash, truth ---- */

static const char *const compare_signs[] = {"<", "<=", "==", "!=", ">", ">="};
static const int compare_mirror[] = {Py_GT, Py_GE, Py_EQ, Py_NE, Py_LT, Py_LE};

/* The right operand goes first if its class is a proper subclass of the left one's. */
static PyObject *compare(PyObject *a, PyObject *b, int op)
{
    PyTypeObject *ta = Py_TYPE(a), *tb = Py_TYPE(b);
    PyObject *result;
    int tried_mirror = 0;
    if (ta != tb && tb->tp_richcompare && PyType_IsSubtype(tb, ta)) {
        tried_mirror = 1;
        result = tb->tp_richcompare(b, a, compare_mirror[op]);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    if (ta->tp_richcompare) {
        result = ta->tp_richcompare(a, b, op);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    if (!tried_mirror && tb->tp_richcompare) {
        result = tb->tp_richcompare(b, a, compare_mirror[op]);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    if (op == Py_EQ || op == Py_NE)
        return Py_NewRef((a == b) == (op == Py_EQ) ? Py_True : Py_False);
    PyErr_Format(PyExc_TypeError, "'%s' not supported between instances of '%.100s' and '%.100s'", compare_signs[op],
                 ta->tp_name, tb->tp_name);
    return NULL;
}

PyObject *PyObject_RichCompare(PyObject *a, PyObject *b, int op)
{
    if (Py_EnterRecursiveCall(" in comparison"))
        return NULL;
    PyObject *result = compare(a, b, op);
    Py_LeaveRecursiveCall();
    return result;
}

int PyObject_RichCompareBool(PyObject *a, PyObject *b, int op)
{
    if (a == b && (op == Py_EQ || op == Py_NE))
        return op == Py_EQ;
    PyObject *result = PyObject_RichCompare(a, b, op);
    if (!result)
        return -1;
    int truth = PyObject_IsTrue(result);
    Py_DECREF(result);
    return truth;
}

Py_hash_t PyObject_HashNotImplemented(PyObject *op)
{
    PyErr_Format(PyExc_TypeError, "unhashable type: '%.200s'", Py_TYPE(op)->tp_name);
    return -1;
}

Py_hash_t PyObject_Hash(PyObject *op)
{
    hashfunc hash = Py_TYPE(op)->tp_hash;
    return hash ? hash(op) : PyObject_HashNotImplemented(op);
}

int PyObject_IsTrue(PyObject *op)
{
    if (op == Py_True)
        return 1;
    if (op == Py_False || op == Py_None)
        return 0;
    PyTypeObject *type = Py_TYPE(op);
    Py_ssize_t result = 1;
    if (type->tp_as_number && type->tp_as_number->nb_bool)
        result = type->tp_as_number->nb_bool(op);
    else if (type->tp_as_mapping && type->tp_as_mapping->mp_length)
        result = type->tp_as_mapping->mp_length(op);
    else if (type->tp_as_sequence && type->tp_as_sequence->sq_length)
        result = type->tp_as_sequence->sq_length(op);
    return result > 0 ? 1 : (int)result;
}

int PyObject_Not(PyObject *op)
{
    int truth = PyObject_IsTrue(op);
    return truth < 0 ? truth : !truth;
}

int PyCallable_Check(PyObject *op) { return op && Py_TYPE(op)->tp_call; }

PyObject *PyObject_Type(PyObject *op) { return Py_NewRef(Py_TYPE(op)); }

PyObject *PyObject_Dir(PyObject *op)
{
    if (!op)
        return _PyNotImplementedFeature("dir() without an argument");
    PyObject *method = _PyObject_LookupSpecialName(op, "__dir__");
    PyObject *names = method ? PyObject_CallNoArgs(method) : NULL;
    if (!method && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "object does not provide __dir__");
    Py_XDECREF(method);
    if (!names)
        return NULL;
    PyObject *list = PySequence_List(names);
    Py_DECREF(names);
    if (list && PyList_Sort(list) < 0)
        Py_CLEAR(list);
    return list;
}
