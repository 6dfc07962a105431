/* bytes. */
#include "bytes.h"

#include <string.h>

#include "internal/runtime_internal.h"
#include "text.h"

/* The empty one and those of one byte exist once. */
static PyObject *empty, *single[256];

static PyObject *allocate(Py_ssize_t size)
{
    if (size > PY_SSIZE_T_MAX - (Py_ssize_t)sizeof(PyBytesObject)) {
        PyErr_SetString(PyExc_OverflowError, "byte string is too large");
        return NULL;
    }
    PyBytesObject *op = PyObject_Malloc(offsetof(PyBytesObject, ob_sval) + (size_t)size + 1);
    if (op == NULL) {
        return PyErr_NoMemory();
    }
    PyObject_InitVar((PyVarObject *)op, &PyBytes_Type, size);
    op->ob_shash = -1;
    op->ob_sval[size] = '\0';
    return (PyObject *)op;
}

int _PyBytes_Init(void)
{
    empty = allocate(0);
    for (int c = 0; c < 256; c++) {
        single[c] = allocate(1);
        if (single[c] == NULL) {
            return -1;
        }
        PyBytes_AS_STRING(single[c])[0] = (char)c;
    }
    return empty != NULL ? 0 : -1;
}

void _PyBytes_Fini(void)
{
    for (int c = 0; c < 256; c++) {
        Py_CLEAR(single[c]);
    }
    Py_CLEAR(empty);
}

/* bytes NULL: to be filled before anyone sees it. */
PyObject *PyBytes_FromStringAndSize(const char *bytes, Py_ssize_t size)
{
    if (size < 0) {
        PyErr_SetString(PyExc_SystemError, "Negative size passed to PyBytes_FromStringAndSize");
        return NULL;
    }
    if (size == 0) {
        return Py_NewRef(empty);
    }
    if (size == 1 && bytes != NULL) {
        return Py_NewRef(single[(unsigned char)bytes[0]]);
    }
    PyObject *op = allocate(size);
    if (op != NULL && bytes != NULL) {
        memcpy(PyBytes_AS_STRING(op), bytes, (size_t)size);
    }
    return op;
}

PyObject *PyBytes_FromString(const char *text)
{
    return PyBytes_FromStringAndSize(text, (Py_ssize_t)strlen(text));
}

static bool expect_bytes(PyObject *op)
{
    if (PyBytes_Check(op)) {
        return true;
    }
    PyErr_Format(PyExc_TypeError, "expected bytes, %.200s found", Py_TYPE(op)->tp_name);
    return false;
}

char *PyBytes_AsString(PyObject *op)
{
    return expect_bytes(op) ? PyBytes_AS_STRING(op) : NULL;
}

Py_ssize_t PyBytes_Size(PyObject *op)
{
    return expect_bytes(op) ? PyBytes_GET_SIZE(op) : -1;
}

/* size NULL: bytes with a NUL inside are refused. */
int PyBytes_AsStringAndSize(PyObject *op, char **bytes, Py_ssize_t *size)
{
    if (!expect_bytes(op)) {
        return -1;
    }
    *bytes = PyBytes_AS_STRING(op);
    if (size != NULL) {
        *size = PyBytes_GET_SIZE(op);
    } else if (strlen(*bytes) != (size_t)PyBytes_GET_SIZE(op)) {
        PyErr_SetString(PyExc_ValueError, "embedded null byte");
        return -1;
    }
    return 0;
}

PyObject *PyBytes_Repr(PyObject *op, int Py_UNUSED(smart_quotes))
{
    return bytes_repr_text(bytes_span(op), "b", "");
}

static PyObject *concatenate(PyObject *a, PyObject *b)
{
    Py_buffer x = {.obj = NULL}, y = {.obj = NULL};
    if (!PyObject_CheckBuffer(a) || !PyObject_CheckBuffer(b)) {
        PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(b)->tp_name, Py_TYPE(a)->tp_name);
        return NULL;
    }
    if (PyBytes_CheckExact(a) && PyBytes_CheckExact(b) && (PyBytes_GET_SIZE(a) == 0 || PyBytes_GET_SIZE(b) == 0)) {
        return Py_NewRef(PyBytes_GET_SIZE(a) == 0 ? b : a);
    }
    PyObject *result = NULL;
    if (PyObject_GetBuffer(a, &x, PyBUF_SIMPLE) == 0 && PyObject_GetBuffer(b, &y, PyBUF_SIMPLE) == 0) {
        result = x.len <= PY_SSIZE_T_MAX - y.len ? PyBytes_FromStringAndSize(NULL, x.len + y.len) : PyErr_NoMemory();
        if (result != NULL) {
            memcpy(PyBytes_AS_STRING(result), x.buf, (size_t)x.len);
            memcpy(PyBytes_AS_STRING(result) + x.len, y.buf, (size_t)y.len);
        }
    }
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    return result;
}

/* On failure *a becomes NULL. */
void PyBytes_Concat(PyObject **a, PyObject *b)
{
    if (*a != NULL) {
        PyObject *sum = b != NULL ? concatenate(*a, b) : NULL;
        Py_SETREF(*a, sum);
    }
}

void PyBytes_ConcatAndDel(PyObject **a, PyObject *b)
{
    PyBytes_Concat(a, b);
    Py_XDECREF(b);
}

/* Only for bytes nobody else has seen. On failure *op becomes NULL. */
int _PyBytes_Resize(PyObject **op, Py_ssize_t size)
{
    PyObject *old = *op;
    if (PyBytes_GET_SIZE(old) == size) {
        return 0;
    }
    if (size == 0 || PyBytes_GET_SIZE(old) == 0 || Py_REFCNT(old) != 1) {
        Py_ssize_t kept = Py_MIN(size, PyBytes_GET_SIZE(old));
        *op = PyBytes_FromStringAndSize(NULL, size);
        if (*op != NULL && kept > 0) {
            memcpy(PyBytes_AS_STRING(*op), PyBytes_AS_STRING(old), (size_t)kept);
        }
        Py_DECREF(old);
        return *op != NULL ? 0 : -1;
    }
    PyBytesObject *moved = PyObject_Realloc(old, offsetof(PyBytesObject, ob_sval) + (size_t)size + 1);
    if (moved == NULL) {
        Py_CLEAR(*op);
        PyErr_NoMemory();
        return -1;
    }
    Py_SET_SIZE(moved, size);
    moved->ob_shash = -1;
    moved->ob_sval[size] = '\0';
    *op = (PyObject *)moved;
    return 0;
}

PyObject *_PyBytes_Join(PyObject *separator, PyObject *items)
{
    return bytes_join(separator, items);
}

/* The ints of an iterable as bytes. */
static PyObject *from_iterable(PyObject *op)
{
    PyObject *array = PyByteArray_FromStringAndSize(NULL, 0), *it = PyObject_GetIter(op), *item, *result = NULL;
    if (it == NULL && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Format(PyExc_TypeError, "cannot convert '%.200s' object to bytes", Py_TYPE(op)->tp_name);
    }
    while (array != NULL && it != NULL && (item = PyIter_Next(it)) != NULL) {
        int byte = byte_argument(item, "bytes must be in range(0, 256)");
        Py_DECREF(item);
        if (byte < 0 || PyByteArray_Resize(array, PyByteArray_GET_SIZE(array) + 1) < 0) {
            break;
        }
        PyByteArray_AS_STRING(array)[PyByteArray_GET_SIZE(array) - 1] = (char)byte;
    }
    if (array != NULL && it != NULL && !PyErr_Occurred()) {
        result = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(array), PyByteArray_GET_SIZE(array));
    }
    Py_XDECREF(array);
    Py_XDECREF(it);
    return result;
}

/* A copy of a buffer, or of an iterable of ints. */
PyObject *PyBytes_FromObject(PyObject *op)
{
    Py_buffer view;
    if (PyBytes_CheckExact(op)) {
        return Py_NewRef(op);
    }
    if (PyObject_CheckBuffer(op)) {
        if (PyObject_GetBuffer(op, &view, PyBUF_FULL_RO) < 0) {
            return NULL;
        }
        PyObject *result = PyBytes_FromStringAndSize(NULL, view.len);
        if (result != NULL && PyBuffer_ToContiguous(PyBytes_AS_STRING(result), &view, view.len, 'C') < 0) {
            Py_CLEAR(result);
        }
        PyBuffer_Release(&view);
        return result;
    }
    if (PyUnicode_Check(op)) {
        PyErr_Format(PyExc_TypeError, "cannot convert '%.200s' object to bytes", Py_TYPE(op)->tp_name);
        return NULL;
    }
    return from_iterable(op);
}

Py_ssize_t bytes_count(PyObject *op)
{
    if (!PyIndex_Check(op)) {
        return -2;
    }
    Py_ssize_t count = PyNumber_AsSsize_t(op, PyExc_OverflowError);
    if (count == -1 && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError)) {
            return -1;
        }
        PyErr_Clear();
        return -2;
    }
    if (count < 0) {
        PyErr_SetString(PyExc_ValueError, "negative count");
        return -1;
    }
    return count;
}

static PyObject *bytes_from_source(PyObject *source, const char *encoding, const char *errors)
{
    if (encoding != NULL || errors != NULL) {
        if (source == NULL || !PyUnicode_Check(source)) {
            PyErr_SetString(PyExc_TypeError, encoding != NULL ? "encoding without a string argument"
                                                              : "errors without a string argument");
            return NULL;
        }
        return PyUnicode_AsEncodedString(source, encoding, errors);
    }
    if (source == NULL) {
        return PyBytes_FromStringAndSize(NULL, 0);
    }
    PyObject *special = _PyObject_LookupSpecialName(source, "__bytes__");
    if (special != NULL) {
        PyObject *result = PyObject_CallNoArgs(special);
        Py_DECREF(special);
        if (result != NULL && !PyBytes_Check(result)) {
            PyErr_Format(PyExc_TypeError, "__bytes__ returned non-bytes (type %.200s)", Py_TYPE(result)->tp_name);
            Py_CLEAR(result);
        }
        return result;
    }
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (PyUnicode_Check(source)) {
        PyErr_SetString(PyExc_TypeError, "string argument without an encoding");
        return NULL;
    }
    Py_ssize_t count = bytes_count(source);
    if (count == -1) {
        return NULL;
    }
    if (count == -2) {
        return PyBytes_FromObject(source);
    }
    PyObject *result = PyBytes_FromStringAndSize(NULL, count);
    if (result != NULL) {
        memset(PyBytes_AS_STRING(result), 0, (size_t)count);
    }
    return result;
}

/* bytes(source=b'', encoding, errors) */
static PyObject *bytes_new(PyTypeObject *type, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"source", "encoding", "errors", NULL};
    PyObject *source = NULL;
    const char *encoding = NULL, *errors = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|Oss:bytes", names, &source, &encoding, &errors)) {
        return NULL;
    }
    PyObject *plain = bytes_from_source(source, encoding, errors);
    if (plain == NULL || type == &PyBytes_Type) {
        return plain;
    }
    Py_ssize_t size = PyBytes_GET_SIZE(plain);
    PyObject *op = type->tp_alloc(type, size);
    if (op != NULL) {
        ((PyBytesObject *)op)->ob_shash = -1;
        memcpy(PyBytes_AS_STRING(op), PyBytes_AS_STRING(plain), (size_t)size + 1);
    }
    Py_DECREF(plain);
    return op;
}

/* bytes(source) of the two types that are copied most, without a tuple of arguments. */
static PyObject *bytes_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (type == (PyObject *)&PyBytes_Type && nargs == 1 && kwnames == NULL) {
        if (PyBytes_CheckExact(args[0])) {
            return Py_NewRef(args[0]);
        }
        if (PyByteArray_CheckExact(args[0])) {
            return PyBytes_FromStringAndSize(PyByteArray_AS_STRING(args[0]), Py_SIZE(args[0]));
        }
    }
    return _PyObject_MakeTpCall(type, args, nargs, kwnames);
}

static Py_hash_t bytes_hash(PyObject *op)
{
    PyBytesObject *v = (PyBytesObject *)op;
    if (v->ob_shash == -1) {
        v->ob_shash = _Py_HashBytes(v->ob_sval, Py_SIZE(v));
    }
    return v->ob_shash;
}

static PyObject *bytes_repr(PyObject *op)
{
    return PyBytes_Repr(op, 1);
}

static Py_ssize_t bytes_length(PyObject *op)
{
    return Py_SIZE(op);
}

static PyObject *bytes_repeat(PyObject *op, Py_ssize_t count)
{
    Py_ssize_t size = Py_SIZE(op), total;
    count = count < 0 ? 0 : count;
    if (__builtin_mul_overflow(size, count, &total)) {
        PyErr_SetString(PyExc_OverflowError, "repeated bytes are too long");
        return NULL;
    }
    if (total == size && PyBytes_CheckExact(op)) {
        return Py_NewRef(op);
    }
    PyObject *result = PyBytes_FromStringAndSize(NULL, total);
    for (Py_ssize_t i = 0; result != NULL && total > 0 && i < count; i++) {
        memcpy(PyBytes_AS_STRING(result) + i * size, PyBytes_AS_STRING(op), (size_t)size);
    }
    return result;
}

static PyObject *bytes_item(PyObject *op, Py_ssize_t i)
{
    if (i < 0 || i >= Py_SIZE(op)) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    return PyLong_FromLong((unsigned char)PyBytes_AS_STRING(op)[i]);
}

static PyObject *subscript(PyObject *op, PyObject *key)
{
    return bytes_subscript(op, key, "byte");
}

static PyObject *richcompare(PyObject *a, PyObject *b, int op)
{
    if (!PyBytes_Check(a) || !PyBytes_Check(b)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return bytes_richcompare(a, b, op);
}

static PyObject *bytes_modulo(PyObject *a, PyObject *b)
{
    return PyBytes_Check(a) ? percent_bytes(PyBytes_AS_STRING(a), Py_SIZE(a), b, false) : Py_NewRef(Py_NotImplemented);
}

static int bytes_getbuffer(PyObject *op, Py_buffer *view, int flags)
{
    return PyBuffer_FillInfo(view, op, PyBytes_AS_STRING(op), Py_SIZE(op), 1, flags);
}

static PyObject *bytes_fromhex(PyObject *type, PyObject *text)
{
    PyObject *result = bytes_from_hex(text);
    if (result != NULL && type != (PyObject *)&PyBytes_Type) {
        Py_SETREF(result, PyObject_CallOneArg(type, result));
    }
    return result;
}

static PyObject *bytes_itself(PyObject *op, PyObject *Py_UNUSED(none))
{
    return PyBytes_CheckExact(op) ? Py_NewRef(op) : PyBytes_FromStringAndSize(PyBytes_AS_STRING(op), Py_SIZE(op));
}

static PyObject *bytes_getnewargs(PyObject *op, PyObject *Py_UNUSED(none))
{
    return Py_BuildValue("(N)", PyBytes_FromStringAndSize(PyBytes_AS_STRING(op), Py_SIZE(op)));
}

/* Iterator. */
struct bytes_iterator {
    PyObject_HEAD
    PyObject *bytes; /* NULL once it is exhausted */
    Py_ssize_t index;
};

static PyObject *bytes_iter(PyObject *op)
{
    struct bytes_iterator *it = PyObject_GC_New(struct bytes_iterator, &PyBytesIter_Type);
    if (it == NULL) {
        return NULL;
    }
    it->bytes = Py_NewRef(op);
    it->index = 0;
    PyObject_GC_Track(it);
    return (PyObject *)it;
}

static void iterator_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((struct bytes_iterator *)op)->bytes);
    PyObject_GC_Del(op);
}

static int iterator_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((struct bytes_iterator *)op)->bytes);
    return 0;
}

static PyObject *iterator_next(PyObject *op)
{
    struct bytes_iterator *it = (struct bytes_iterator *)op;
    if (it->bytes == NULL) {
        return NULL;
    }
    if (it->index < Py_SIZE(it->bytes)) {
        return PyLong_FromLong((unsigned char)PyBytes_AS_STRING(it->bytes)[it->index++]);
    }
    Py_CLEAR(it->bytes);
    return NULL;
}

static PyObject *iterator_length_hint(PyObject *op, PyObject *Py_UNUSED(none))
{
    struct bytes_iterator *it = (struct bytes_iterator *)op;
    return PyLong_FromSsize_t(it->bytes != NULL ? Py_SIZE(it->bytes) - it->index : 0);
}

static PyMethodDef iterator_methods[] = {
    {"__length_hint__", iterator_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyBytesIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bytes_iterator",
    .tp_basicsize = sizeof(struct bytes_iterator),
    .tp_dealloc = iterator_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iterator_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iterator_next,
    .tp_methods = iterator_methods,
};

static PyMethodDef bytes_methods[] = {
    {"fromhex", bytes_fromhex, METH_O | METH_CLASS, NULL},
    {"__bytes__", bytes_itself, METH_NOARGS, NULL},
    {"__getnewargs__", bytes_getnewargs, METH_NOARGS, NULL},
    BYTES_METHODS,
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods bytes_as_number = {
    .nb_remainder = bytes_modulo,
};

static PySequenceMethods bytes_as_sequence = {
    .sq_length = bytes_length,
    .sq_concat = concatenate,
    .sq_repeat = bytes_repeat,
    .sq_item = bytes_item,
    .sq_contains = bytes_contains,
};

static PyMappingMethods bytes_as_mapping = {
    .mp_length = bytes_length,
    .mp_subscript = subscript,
};

static PyBufferProcs bytes_as_buffer = {
    .bf_getbuffer = bytes_getbuffer,
};

PyTypeObject PyBytes_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bytes",
    .tp_basicsize = offsetof(PyBytesObject, ob_sval) + 1,
    .tp_itemsize = 1,
    .tp_repr = bytes_repr,
    .tp_as_number = &bytes_as_number,
    .tp_as_sequence = &bytes_as_sequence,
    .tp_as_mapping = &bytes_as_mapping,
    .tp_hash = bytes_hash,
    .tp_str = bytes_repr,
    .tp_as_buffer = &bytes_as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_BYTES_SUBCLASS | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "bytes(iterable_of_ints) -> bytes",
    .tp_richcompare = richcompare,
    .tp_iter = bytes_iter,
    .tp_methods = bytes_methods,
    .tp_new = bytes_new,
    .tp_vectorcall = bytes_vectorcall,
};
