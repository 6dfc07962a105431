/* bytearray: ob_start moves forward when bytes are deleted at the front, so a queue of bytes costs no copies. */
#include <string.h>

#include "bytes.h"
#include "internal/runtime_internal.h"
#include "spare.h"
#include "text.h"

char _PyByteArray_empty_string[] = "";

#define ARRAY(op) ((PyByteArrayObject *)(op))
#define OUT_OF_RANGE "byte must be in range(0, 256)"

static bool can_resize(PyObject *op)
{
    if (ARRAY(op)->ob_exports > 0) {
        PyErr_SetString(PyExc_BufferError, "Existing exports of data: object cannot be re-sized");
        return false;
    }
    return true;
}

/* Storage of the size of a network frame comes and goes most often: it is all of one size, so that it can be kept. */
#define FRAME_LEAST 256
#define FRAME_ROOM 2048
#define MAX_SPARE 64
static struct spare spare_objects, spare_frames;

/* Room for at least *room bytes; *room says for how many. */
static char *storage_new(Py_ssize_t *room)
{
    if (*room < FRAME_LEAST || *room > FRAME_ROOM) {
        return PyMem_Malloc((size_t)*room);
    }
    *room = FRAME_ROOM;
    char *bytes = spare_take(&spare_frames);
    return bytes != NULL ? bytes : PyMem_Malloc(FRAME_ROOM);
}

static void storage_free(char *bytes, Py_ssize_t room)
{
    if (room != FRAME_ROOM || !spare_keep(&spare_frames, bytes, MAX_SPARE)) {
        PyMem_Free(bytes);
    }
}

PyObject *PyByteArray_FromStringAndSize(const char *bytes, Py_ssize_t size)
{
    if (size < 0) {
        PyErr_SetString(PyExc_SystemError, "Negative size passed to PyByteArray_FromStringAndSize");
        return NULL;
    }
    PyByteArrayObject *op = spare_take(&spare_objects);
    if (op == NULL && (op = PyObject_Malloc(sizeof *op)) == NULL) {
        return PyErr_NoMemory();
    }
    *op = (PyByteArrayObject){.ob_base = {{1, &PyByteArray_Type}, 0}, .ob_start = _PyByteArray_empty_string};
    if (size == 0) {
        return (PyObject *)op;
    }
    Py_ssize_t room = size + 1;
    char *storage = storage_new(&room);
    if (storage == NULL) {
        Py_DECREF(op);
        return PyErr_NoMemory();
    }
    op->ob_bytes = op->ob_start = storage;
    op->ob_alloc = room;
    Py_SET_SIZE(op, size);
    if (bytes != NULL) {
        memcpy(storage, bytes, (size_t)size);
    }
    storage[size] = '\0';
    return (PyObject *)op;
}

static PyObject *bytearray_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwds))
{
    PyObject *op = type->tp_alloc(type, 0);
    if (op != NULL) {
        ARRAY(op)->ob_start = _PyByteArray_empty_string;
    }
    return op;
}

PyObject *PyByteArray_FromObject(PyObject *op)
{
    return PyObject_CallOneArg((PyObject *)&PyByteArray_Type, op);
}

Py_ssize_t PyByteArray_Size(PyObject *op)
{
    return Py_SIZE(op);
}

char *PyByteArray_AsString(PyObject *op)
{
    return PyByteArray_AS_STRING(op);
}

/* Bytes that are new are not set. -1 with BufferError while a buffer is lent, or MemoryError. */
int PyByteArray_Resize(PyObject *op, Py_ssize_t size)
{
    PyByteArrayObject *v = ARRAY(op);
    if (size == Py_SIZE(v)) {
        return 0;
    }
    if (size < 0 || !can_resize(op)) {
        if (size < 0) {
            PyErr_BadInternalCall();
        }
        return -1;
    }
    Py_ssize_t room = v->ob_alloc, offset = room > 0 ? v->ob_start - v->ob_bytes : 0;
    bool fits = size + offset + 1 <= room;
    if (!fits || (size < room / 2 && room > FRAME_ROOM)) {
        /* Growing leaves a half in reserve, so that appending is linear in all; shrinking below half gives back. */
        Py_ssize_t wanted = !fits && size <= room + room / 2 ? size + (size >> 1) + 10 : size + 1;
        char *moved = wanted >= size ? storage_new(&wanted) : NULL;
        if (moved == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        if (Py_SIZE(v) > 0) {
            memcpy(moved, v->ob_start, (size_t)Py_MIN(size, Py_SIZE(v)));
        }
        storage_free(v->ob_bytes, room);
        v->ob_bytes = v->ob_start = moved;
        v->ob_alloc = wanted;
    }
    Py_SET_SIZE(v, size);
    v->ob_start[size] = '\0';
    return 0;
}

/* Less than half of the storage is in use: move to less, if there is any to be had. */
static void give_back(PyByteArrayObject *v)
{
    Py_ssize_t room = Py_SIZE(v) + 1;
    char *moved = storage_new(&room);
    if (moved != NULL) {
        memcpy(moved, v->ob_start, (size_t)Py_SIZE(v));
        moved[Py_SIZE(v)] = '\0';
        storage_free(v->ob_bytes, v->ob_alloc);
        v->ob_bytes = v->ob_start = moved;
        v->ob_alloc = room;
    }
}

/* Replaces [low, high) by `count` bytes that do not belong to op itself. */
static int set_range(PyObject *op, Py_ssize_t low, Py_ssize_t high, const char *bytes, Py_ssize_t count)
{
    PyByteArrayObject *v = ARRAY(op);
    Py_ssize_t size = Py_SIZE(v), growth = count - (high - low);
    if (growth != 0 && !can_resize(op)) {
        return -1;
    }
    if (growth < 0 && low == 0) {
        /* Deleted at the front: the rest stays where it is. */
        v->ob_start -= growth;
        Py_SET_SIZE(v, size + growth);
        if (Py_SIZE(v) < v->ob_alloc / 2 && v->ob_alloc > FRAME_ROOM) {
            give_back(v);
        }
    } else if (growth < 0) {
        memmove(v->ob_start + high + growth, v->ob_start + high, (size_t)(size - high));
        if (PyByteArray_Resize(op, size + growth) < 0) {
            return -1;
        }
    } else if (growth > 0) {
        if (size > PY_SSIZE_T_MAX - growth || PyByteArray_Resize(op, size + growth) < 0) {
            return PyErr_Occurred() ? -1 : (PyErr_NoMemory(), -1);
        }
        memmove(v->ob_start + high + growth, v->ob_start + high, (size_t)(size - high));
    }
    if (count > 0) {
        memcpy(v->ob_start + low, bytes, (size_t)count);
    }
    return 0;
}

/* As set_range with any source: a buffer, or what bytearray() takes. NULL: deletion. */
static int set_slice(PyObject *op, Py_ssize_t low, Py_ssize_t high, PyObject *values)
{
    high = Py_MAX(high, low);
    if (values == NULL) {
        return set_range(op, low, high, NULL, 0);
    }
    if (values == op || !PyObject_CheckBuffer(values)) {
        if (PyUnicode_Check(values) || PyIndex_Check(values)) {
            PyErr_SetString(PyExc_TypeError, "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
            return -1;
        }
        PyObject *copy = PyByteArray_FromObject(values);
        int result = copy != NULL ? set_slice(op, low, high, copy) : -1;
        Py_XDECREF(copy);
        return result;
    }
    Py_buffer view;
    if (PyObject_GetBuffer(values, &view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    int result = set_range(op, low, high, view.buf, view.len);
    PyBuffer_Release(&view);
    return result;
}

static int set_item(PyObject *op, Py_ssize_t i, PyObject *value)
{
    i = i < 0 ? i + Py_SIZE(op) : i;
    if (value == NULL && i >= 0 && i < Py_SIZE(op)) {
        return set_range(op, i, i + 1, NULL, 0);
    }
    int byte = value != NULL ? byte_argument(value, OUT_OF_RANGE) : 0;
    if (byte < 0) {
        return -1;
    }
    if (i < 0 || i >= Py_SIZE(op)) {
        PyErr_SetString(PyExc_IndexError, "bytearray index out of range");
        return -1;
    }
    PyByteArray_AS_STRING(op)[i] = (char)byte;
    return 0;
}

/* Every step-th byte deleted, first to last. */
static int delete_steps(PyObject *op, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    if (count == 0) {
        return 0;
    }
    if (!can_resize(op)) {
        return -1;
    }
    if (step < 0) {
        start += step * (count - 1);
        step = -step;
    }
    char *bytes = PyByteArray_AS_STRING(op);
    Py_ssize_t to = start, size = Py_SIZE(op);
    for (Py_ssize_t from = start; from < size; from++) {
        bool drop = (from - start) % step == 0 && (from - start) / step < count;
        if (!drop) {
            bytes[to++] = bytes[from];
        }
    }
    return PyByteArray_Resize(op, to);
}

static int set_steps(PyObject *op, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count, PyObject *values)
{
    PyObject *copy = PyByteArray_FromObject(values);
    if (copy == NULL) {
        return -1;
    }
    int result = 0;
    if (Py_SIZE(copy) != count) {
        PyErr_Format(PyExc_ValueError, "attempt to assign bytes of size %zd to extended slice of size %zd", Py_SIZE(copy), count);
        result = -1;
    }
    for (Py_ssize_t i = 0; result == 0 && i < count; i++) {
        PyByteArray_AS_STRING(op)[start + i * step] = PyByteArray_AS_STRING(copy)[i];
    }
    Py_DECREF(copy);
    return result;
}

static int bytearray_ass_subscript(PyObject *op, PyObject *key, PyObject *value)
{
    if (PyIndex_Check(key)) {
        Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (i == -1 && PyErr_Occurred()) {
            return -1;
        }
        if (value == NULL && (i < -Py_SIZE(op) || i >= Py_SIZE(op))) {
            PyErr_SetString(PyExc_IndexError, "bytearray index out of range");
            return -1;
        }
        return set_item(op, i, value);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "bytearray indices must be integers or slices, not %.200s", Py_TYPE(key)->tp_name);
        return -1;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0) {
        return -1;
    }
    Py_ssize_t count = PySlice_AdjustIndices(Py_SIZE(op), &start, &stop, step);
    if (step == 1) {
        return set_slice(op, start, stop, value);
    }
    return value == NULL ? delete_steps(op, start, step, count) : set_steps(op, start, step, count, value);
}

static PyObject *bytearray_subscript(PyObject *op, PyObject *key)
{
    return bytes_subscript(op, key, "bytearray");
}

static PyObject *bytearray_item(PyObject *op, Py_ssize_t i)
{
    if (i < 0 || i >= Py_SIZE(op)) {
        PyErr_SetString(PyExc_IndexError, "bytearray index out of range");
        return NULL;
    }
    return PyLong_FromLong((unsigned char)PyByteArray_AS_STRING(op)[i]);
}

static int bytearray_ass_item(PyObject *op, Py_ssize_t i, PyObject *value)
{
    if (i < 0 || i >= Py_SIZE(op)) {
        PyErr_SetString(PyExc_IndexError, "bytearray assignment index out of range");
        return -1;
    }
    return set_item(op, i, value);
}

static Py_ssize_t bytearray_length(PyObject *op)
{
    return Py_SIZE(op);
}

PyObject *PyByteArray_Concat(PyObject *a, PyObject *b)
{
    Py_buffer x = {.obj = NULL}, y = {.obj = NULL};
    PyObject *result = NULL;
    if (!PyObject_CheckBuffer(a) || !PyObject_CheckBuffer(b)) {
        PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(b)->tp_name, Py_TYPE(a)->tp_name);
        return NULL;
    }
    if (PyObject_GetBuffer(a, &x, PyBUF_SIMPLE) == 0 && PyObject_GetBuffer(b, &y, PyBUF_SIMPLE) == 0) {
        result = x.len <= PY_SSIZE_T_MAX - y.len ? PyByteArray_FromStringAndSize(NULL, x.len + y.len) : PyErr_NoMemory();
        if (result != NULL) {
            memcpy(PyByteArray_AS_STRING(result), x.buf, (size_t)x.len);
            memcpy(PyByteArray_AS_STRING(result) + x.len, y.buf, (size_t)y.len);
        }
    }
    PyBuffer_Release(&x);
    PyBuffer_Release(&y);
    return result;
}

static PyObject *bytearray_iconcat(PyObject *op, PyObject *other)
{
    if (PyBytes_CheckExact(other) || (PyByteArray_CheckExact(other) && other != op)) {
        struct span in = bytes_span(other);
        return set_range(op, Py_SIZE(op), Py_SIZE(op), in.data, in.length) < 0 ? NULL : Py_NewRef(op);
    }
    if (!PyObject_CheckBuffer(other)) {
        PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(other)->tp_name, Py_TYPE(op)->tp_name);
        return NULL;
    }
    return set_slice(op, Py_SIZE(op), Py_SIZE(op), other) < 0 ? NULL : Py_NewRef(op);
}

static void fill_repeated(char *out, struct span in, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; in.length > 0 && i < count; i++) {
        memmove(out + i * in.length, in.data, (size_t)in.length);
    }
}

static PyObject *bytearray_repeat(PyObject *op, Py_ssize_t count)
{
    Py_ssize_t total;
    if (__builtin_mul_overflow(Py_SIZE(op), Py_MAX(count, 0), &total)) {
        return PyErr_NoMemory();
    }
    PyObject *result = PyByteArray_FromStringAndSize(NULL, total);
    if (result != NULL) {
        fill_repeated(PyByteArray_AS_STRING(result), bytes_span(op), count);
    }
    return result;
}

static PyObject *bytearray_irepeat(PyObject *op, Py_ssize_t count)
{
    Py_ssize_t size = Py_SIZE(op), total;
    if (__builtin_mul_overflow(size, Py_MAX(count, 0), &total)) {
        return PyErr_NoMemory();
    }
    if (PyByteArray_Resize(op, total) < 0) {
        return NULL;
    }
    if (total > size) {
        fill_repeated(ARRAY(op)->ob_start, (struct span){ARRAY(op)->ob_start, size}, count);
    }
    return Py_NewRef(op);
}

static int bytearray_getbuffer(PyObject *op, Py_buffer *view, int flags)
{
    if (PyBuffer_FillInfo(view, op, PyByteArray_AS_STRING(op), Py_SIZE(op), 0, flags) < 0) {
        return -1;
    }
    ARRAY(op)->ob_exports++;
    return 0;
}

static void bytearray_releasebuffer(PyObject *op, Py_buffer *Py_UNUSED(view))
{
    ARRAY(op)->ob_exports--;
}

static void bytearray_dealloc(PyObject *op)
{
    storage_free(ARRAY(op)->ob_bytes, ARRAY(op)->ob_alloc);
    if (!PyByteArray_CheckExact(op) || !spare_keep(&spare_objects, op, MAX_SPARE)) {
        Py_TYPE(op)->tp_free(op);
    }
}

static PyObject *bytearray_repr(PyObject *op)
{
    char prefix[80];
    PyOS_snprintf(prefix, sizeof prefix, "%.60s(b", _PyType_Name(Py_TYPE(op)));
    return bytes_repr_text(bytes_span(op), prefix, ")");
}

static PyObject *bytearray_modulo(PyObject *a, PyObject *b)
{
    return PyByteArray_Check(a) ? percent_bytes(PyByteArray_AS_STRING(a), Py_SIZE(a), b, true) : Py_NewRef(Py_NotImplemented);
}

static bool append_byte(PyObject *op, int byte)
{
    if (byte < 0 || PyByteArray_Resize(op, Py_SIZE(op) + 1) < 0) {
        return false;
    }
    PyByteArray_AS_STRING(op)[Py_SIZE(op) - 1] = (char)byte;
    return true;
}

static bool extend_by_iterating(PyObject *op, PyObject *values)
{
    PyObject *it = PyObject_GetIter(values), *item;
    bool done = it != NULL;
    while (done && (item = PyIter_Next(it)) != NULL) {
        done = append_byte(op, byte_argument(item, OUT_OF_RANGE));
        Py_DECREF(item);
    }
    Py_XDECREF(it);
    return done && !PyErr_Occurred();
}

/* bytearray(source=b'', encoding, errors), into an object that is emptied first. */
static int fill_from(PyObject *op, PyObject *source, const char *encoding, const char *errors)
{
    if (source == NULL || PyUnicode_Check(source) || encoding != NULL || errors != NULL) {
        if (source == NULL || !PyUnicode_Check(source)) {
            if (encoding == NULL && errors == NULL) {
                return 0;
            }
            PyErr_SetString(PyExc_TypeError, encoding != NULL ? "encoding without a string argument"
                                                              : "errors without a string argument");
            return -1;
        }
        if (encoding == NULL) {
            PyErr_SetString(PyExc_TypeError, "string argument without an encoding");
            return -1;
        }
        PyObject *bytes = PyUnicode_AsEncodedString(source, encoding, errors);
        int result = bytes != NULL ? set_slice(op, 0, 0, bytes) : -1;
        Py_XDECREF(bytes);
        return result;
    }
    Py_ssize_t count = bytes_count(source);
    if (count >= 0) {
        if (PyByteArray_Resize(op, count) < 0) {
            return -1;
        }
        memset(PyByteArray_AS_STRING(op), 0, (size_t)count);
        return 0;
    }
    if (count == -1) {
        return -1;
    }
    if (PyObject_CheckBuffer(source)) {
        PyObject *bytes = PyBytes_FromObject(source);
        int result = bytes != NULL ? set_slice(op, 0, 0, bytes) : -1;
        Py_XDECREF(bytes);
        return result;
    }
    if (extend_by_iterating(op, source)) {
        return 0;
    }
    if (PyErr_ExceptionMatches(PyExc_TypeError) && Py_TYPE(source)->tp_iter == NULL && !PySequence_Check(source)) {
        PyErr_Format(PyExc_TypeError, "cannot convert '%.200s' object to bytearray", Py_TYPE(source)->tp_name);
    }
    return -1;
}

static int bytearray_init(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"source", "encoding", "errors", NULL};
    PyObject *source = NULL;
    const char *encoding = NULL, *errors = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "|Oss:bytearray", names, &source, &encoding, &errors)) {
        return -1;
    }
    if (Py_SIZE(op) > 0 && PyByteArray_Resize(op, 0) < 0) {
        return -1;
    }
    return fill_from(op, source, encoding, errors);
}

/* bytearray(n), and of bytes or another bytearray, without a tuple of arguments. */
static PyObject *bytearray_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (type == (PyObject *)&PyByteArray_Type && nargs == 0 && kwnames == NULL) {
        return PyByteArray_FromStringAndSize(NULL, 0);
    }
    if (type == (PyObject *)&PyByteArray_Type && nargs == 1 && kwnames == NULL) {
        PyObject *source = args[0];
        if (PyBytes_CheckExact(source) || PyByteArray_CheckExact(source)) {
            struct span in = bytes_span(source);
            return PyByteArray_FromStringAndSize(in.data, in.length);
        }
        Py_ssize_t count = PyLong_CheckExact(source) ? PyLong_AsSsize_t(source) : -1;
        PyObject *result = count >= 0 ? PyByteArray_FromStringAndSize(NULL, count) : NULL;
        if (count >= 0 && result != NULL) {
            memset(PyByteArray_AS_STRING(result), 0, (size_t)count);
        }
        if (count >= 0) {
            return result;
        }
        PyErr_Clear();
    }
    return _PyObject_MakeTpCall(type, args, nargs, kwnames);
}

static PyObject *method_append(PyObject *op, PyObject *value)
{
    if (!append_byte(op, byte_argument(value, OUT_OF_RANGE))) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *method_clear(PyObject *op, PyObject *Py_UNUSED(none))
{
    if (PyByteArray_Resize(op, 0) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *method_copy(PyObject *op, PyObject *Py_UNUSED(none))
{
    return PyByteArray_FromStringAndSize(PyByteArray_AS_STRING(op), Py_SIZE(op));
}

static PyObject *method_extend(PyObject *op, PyObject *values)
{
    int result;
    if (PyObject_CheckBuffer(values)) {
        result = set_slice(op, Py_SIZE(op), Py_SIZE(op), values);
    } else if (PyUnicode_Check(values)) {
        PyErr_SetString(PyExc_TypeError, "expected iterable of integers; got: 'str'");
        result = -1;
    } else {
        /* Nothing is appended unless all of it can be. */
        PyObject *more = PyByteArray_FromStringAndSize(NULL, 0);
        result = more != NULL && extend_by_iterating(more, values) ? set_slice(op, Py_SIZE(op), Py_SIZE(op), more) : -1;
        Py_XDECREF(more);
        if (result < 0 && PyErr_ExceptionMatches(PyExc_TypeError) && Py_TYPE(values)->tp_iter == NULL) {
            PyErr_Format(PyExc_TypeError, "can't extend bytearray with %.100s", Py_TYPE(values)->tp_name);
        }
    }
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *method_insert(PyObject *op, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t i;
    if (!check_positional("insert", count, 2, 2) || !index_argument(args[0], false, &i)) {
        return NULL;
    }
    int byte = byte_argument(args[1], OUT_OF_RANGE);
    char c = (char)byte;
    if (byte < 0) {
        return NULL;
    }
    i = i < 0 ? i + Py_SIZE(op) : i;
    i = i < 0 ? 0 : Py_MIN(i, Py_SIZE(op));
    return set_range(op, i, i, &c, 1) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *method_pop(PyObject *op, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t i = -1;
    if (!check_positional("pop", count, 0, 1) || (count == 1 && !index_argument(args[0], false, &i))) {
        return NULL;
    }
    i = i < 0 ? i + Py_SIZE(op) : i;
    if (i < 0 || i >= Py_SIZE(op)) {
        PyErr_SetString(PyExc_IndexError, Py_SIZE(op) == 0 ? "pop from empty bytearray" : "pop index out of range");
        return NULL;
    }
    int byte = (unsigned char)PyByteArray_AS_STRING(op)[i];
    return set_range(op, i, i + 1, NULL, 0) < 0 ? NULL : PyLong_FromLong(byte);
}

static PyObject *method_remove(PyObject *op, PyObject *value)
{
    int byte = byte_argument(value, OUT_OF_RANGE);
    char c = (char)byte;
    if (byte < 0) {
        return NULL;
    }
    Py_ssize_t at = bytes_find(bytes_span(op), (struct span){&c, 1}, 1);
    if (at < 0) {
        PyErr_SetString(PyExc_ValueError, "value not found in bytearray");
        return NULL;
    }
    return set_range(op, at, at + 1, NULL, 0) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *method_reverse(PyObject *op, PyObject *Py_UNUSED(none))
{
    char *bytes = PyByteArray_AS_STRING(op);
    for (Py_ssize_t i = 0, j = Py_SIZE(op) - 1; i < j; i++, j--) {
        char kept = bytes[i];
        bytes[i] = bytes[j];
        bytes[j] = kept;
    }
    Py_RETURN_NONE;
}

static PyObject *method_fromhex(PyObject *type, PyObject *text)
{
    PyObject *bytes = bytes_from_hex(text);
    PyObject *result = bytes != NULL ? PyObject_CallOneArg(type, bytes) : NULL;
    Py_XDECREF(bytes);
    return result;
}

static PyObject *method_alloc(PyObject *op, PyObject *Py_UNUSED(none))
{
    return PyLong_FromSsize_t(ARRAY(op)->ob_alloc);
}

/* Iterator: it looks at the length each time, as the bytearray may change. */
struct bytearray_iterator {
    PyObject_HEAD
    PyObject *array; /* NULL once it is exhausted */
    Py_ssize_t index;
};

static PyObject *bytearray_iter(PyObject *op)
{
    struct bytearray_iterator *it = PyObject_GC_New(struct bytearray_iterator, &PyByteArrayIter_Type);
    if (it == NULL) {
        return NULL;
    }
    it->array = Py_NewRef(op);
    it->index = 0;
    PyObject_GC_Track(it);
    return (PyObject *)it;
}

static void iterator_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((struct bytearray_iterator *)op)->array);
    PyObject_GC_Del(op);
}

static int iterator_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((struct bytearray_iterator *)op)->array);
    return 0;
}

static PyObject *iterator_next(PyObject *op)
{
    struct bytearray_iterator *it = (struct bytearray_iterator *)op;
    if (it->array == NULL) {
        return NULL;
    }
    if (it->index < Py_SIZE(it->array)) {
        return bytearray_item(it->array, it->index++);
    }
    Py_CLEAR(it->array);
    return NULL;
}

static PyObject *iterator_length_hint(PyObject *op, PyObject *Py_UNUSED(none))
{
    struct bytearray_iterator *it = (struct bytearray_iterator *)op;
    Py_ssize_t left = it->array != NULL ? Py_SIZE(it->array) - it->index : 0;
    return PyLong_FromSsize_t(Py_MAX(left, 0));
}

static PyMethodDef iterator_methods[] = {
    {"__length_hint__", iterator_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyByteArrayIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bytearray_iterator",
    .tp_basicsize = sizeof(struct bytearray_iterator),
    .tp_dealloc = iterator_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iterator_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iterator_next,
    .tp_methods = iterator_methods,
};

static PyMethodDef bytearray_methods[] = {
    {"append", method_append, METH_O, NULL},
    {"clear", method_clear, METH_NOARGS, NULL},
    {"copy", method_copy, METH_NOARGS, NULL},
    {"extend", method_extend, METH_O, NULL},
    {"insert", _PyCFunction_CAST(method_insert), METH_FASTCALL, NULL},
    {"pop", _PyCFunction_CAST(method_pop), METH_FASTCALL, NULL},
    {"remove", method_remove, METH_O, NULL},
    {"reverse", method_reverse, METH_NOARGS, NULL},
    {"fromhex", method_fromhex, METH_O | METH_CLASS, NULL},
    {"__alloc__", method_alloc, METH_NOARGS, NULL},
    BYTES_METHODS,
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods bytearray_as_number = {
    .nb_remainder = bytearray_modulo,
};

static PySequenceMethods bytearray_as_sequence = {
    .sq_length = bytearray_length,
    .sq_concat = PyByteArray_Concat,
    .sq_repeat = bytearray_repeat,
    .sq_item = bytearray_item,
    .sq_ass_item = bytearray_ass_item,
    .sq_contains = bytes_contains,
    .sq_inplace_concat = bytearray_iconcat,
    .sq_inplace_repeat = bytearray_irepeat,
};

static PyMappingMethods bytearray_as_mapping = {
    .mp_length = bytearray_length,
    .mp_subscript = bytearray_subscript,
    .mp_ass_subscript = bytearray_ass_subscript,
};

static PyBufferProcs bytearray_as_buffer = {
    .bf_getbuffer = bytearray_getbuffer,
    .bf_releasebuffer = bytearray_releasebuffer,
};

PyTypeObject PyByteArray_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bytearray",
    .tp_basicsize = sizeof(PyByteArrayObject),
    .tp_dealloc = bytearray_dealloc,
    .tp_repr = bytearray_repr,
    .tp_as_number = &bytearray_as_number,
    .tp_as_sequence = &bytearray_as_sequence,
    .tp_as_mapping = &bytearray_as_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_str = bytearray_repr,
    .tp_as_buffer = &bytearray_as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "bytearray(iterable_of_ints) -> bytearray",
    .tp_richcompare = bytes_richcompare,
    .tp_iter = bytearray_iter,
    .tp_methods = bytearray_methods,
    .tp_init = bytearray_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = bytearray_new,
    .tp_vectorcall = bytearray_vectorcall,
};
