/* memoryview: a view of another object's buffer, with its own shape and strides. */
#include <string.h>

#include "bytes.h"
#include "internal/runtime_internal.h"
#include "text.h"

#define VIEW(op) (&((PyMemoryViewObject *)(op))->view)
#define RELEASED 1

/* The buffer that all views of one export share; released with the last of them. */

static _PyManagedBufferObject *new_managed(void)
{
    _PyManagedBufferObject *m = PyObject_GC_New(_PyManagedBufferObject, &_PyManagedBuffer_Type);
    if (m != NULL) {
        m->flags = 0;
        m->exports = 0;
        m->master.obj = NULL;
        PyObject_GC_Track(m);
    }
    return m;
}

static void managed_release(_PyManagedBufferObject *m)
{
    if ((m->flags & RELEASED) == 0) {
        m->flags |= RELEASED;
        PyBuffer_Release(&m->master);
    }
}

static void managed_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    managed_release((_PyManagedBufferObject *)op);
    PyObject_GC_Del(op);
}

static int managed_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((_PyManagedBufferObject *)op)->master.obj);
    return 0;
}

static int managed_clear(PyObject *op)
{
    managed_release((_PyManagedBufferObject *)op);
    return 0;
}

PyTypeObject _PyManagedBuffer_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "managedbuffer",
    .tp_basicsize = sizeof(_PyManagedBufferObject),
    .tp_dealloc = managed_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = managed_traverse,
    .tp_clear = managed_clear,
};

/* Making views. */

static PyMemoryViewObject *allocate(int ndim)
{
    PyMemoryViewObject *v = PyObject_GC_NewVar(PyMemoryViewObject, &PyMemoryView_Type, 3 * ndim);
    if (v == NULL) {
        return NULL;
    }
    v->mbuf = NULL;
    v->hash = -1;
    v->flags = 0;
    v->exports = 0;
    v->weakreflist = NULL;
    v->view = (Py_buffer){.ndim = ndim, .shape = v->ob_array, .strides = v->ob_array + ndim};
    return v;
}

/* Shape, strides and suboffsets of `from`, with what it leaves out filled in for C order. */
static void copy_shape(PyMemoryViewObject *v, const Py_buffer *from)
{
    int ndim = from->ndim;
    Py_ssize_t *suboffsets = v->ob_array + 2 * ndim;
    Py_ssize_t stride = from->itemsize;
    for (int i = ndim - 1; i >= 0; i--) {
        v->view.shape[i] = from->shape != NULL ? from->shape[i] : from->len / from->itemsize;
        v->view.strides[i] = from->strides != NULL ? from->strides[i] : stride;
        stride *= v->view.shape[i];
        suboffsets[i] = from->suboffsets != NULL ? from->suboffsets[i] : -1;
    }
    v->view.suboffsets = from->suboffsets != NULL ? suboffsets : NULL;
}

/* A view on a shared buffer with the shape of `from`. */
static PyObject *add_view(_PyManagedBufferObject *m, const Py_buffer *from)
{
    if (from->ndim > PyBUF_MAX_NDIM) {
        PyErr_Format(PyExc_ValueError, "memoryview: number of dimensions must not exceed %d", PyBUF_MAX_NDIM);
        return NULL;
    }
    PyMemoryViewObject *v = allocate(from->ndim);
    if (v == NULL) {
        return NULL;
    }
    v->view.buf = from->buf;
    v->view.obj = m->master.obj;
    v->view.len = from->len;
    v->view.itemsize = from->itemsize;
    v->view.readonly = from->readonly;
    v->view.format = from->format != NULL ? from->format : "B";
    copy_shape(v, from);
    v->mbuf = (_PyManagedBufferObject *)Py_NewRef((PyObject *)m);
    m->exports++;
    PyObject_GC_Track(v);
    return (PyObject *)v;
}

/* -1 with ValueError if the view was released. */
static int check_live(PyObject *op)
{
    PyMemoryViewObject *v = (PyMemoryViewObject *)op;
    if ((v->flags & RELEASED) == 0 && (v->mbuf->flags & RELEASED) == 0) {
        return 0;
    }
    PyErr_SetString(PyExc_ValueError, "operation forbidden on released memoryview object");
    return -1;
}

PyObject *PyMemoryView_FromObject(PyObject *op)
{
    if (PyMemoryView_Check(op)) {
        return check_live(op) < 0 ? NULL : add_view(((PyMemoryViewObject *)op)->mbuf, VIEW(op));
    }
    if (!PyObject_CheckBuffer(op)) {
        return PyErr_Format(PyExc_TypeError, "memoryview: a bytes-like object is required, not '%.200s'", Py_TYPE(op)->tp_name);
    }
    _PyManagedBufferObject *m = new_managed();
    PyObject *result = NULL;
    if (m != NULL && PyObject_GetBuffer(op, &m->master, PyBUF_FULL_RO) == 0) {
        result = add_view(m, &m->master);
    }
    Py_XDECREF(m);
    return result;
}

/* A view of a buffer that the caller keeps alive. */
PyObject *PyMemoryView_FromBuffer(const Py_buffer *view)
{
    if (view->buf == NULL) {
        PyErr_SetString(PyExc_ValueError, "PyMemoryView_FromBuffer(): info->buf must not be NULL");
        return NULL;
    }
    _PyManagedBufferObject *m = new_managed();
    if (m == NULL) {
        return NULL;
    }
    m->master = *view;
    m->master.obj = NULL;
    PyObject *result = add_view(m, &m->master);
    Py_DECREF(m);
    return result;
}

PyObject *PyMemoryView_FromMemory(char *memory, Py_ssize_t size, int flags)
{
    Py_buffer view;
    if (PyBuffer_FillInfo(&view, NULL, memory, size, flags != PyBUF_WRITE, PyBUF_FULL_RO) < 0) {
        return NULL;
    }
    return PyMemoryView_FromBuffer(&view);
}

/* The object's own memory if it is contiguous, else a copy in bytes (for reading only). */
PyObject *PyMemoryView_GetContiguous(PyObject *op, int flags, char order)
{
    PyObject *view = PyMemoryView_FromObject(op);
    if (view == NULL) {
        return NULL;
    }
    bool dense = PyBuffer_IsContiguous(VIEW(view), order) != 0;
    if (flags == PyBUF_WRITE && (VIEW(view)->readonly || !dense)) {
        PyErr_SetString(PyExc_BufferError, VIEW(view)->readonly ? "underlying buffer is not writable" : "writable contiguous buffer requested for a non-contiguous object.");
        Py_CLEAR(view);
    }
    if (view == NULL || dense) {
        return view;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, VIEW(view)->len);
    if (bytes != NULL && PyBuffer_ToContiguous(PyBytes_AS_STRING(bytes), VIEW(view), VIEW(view)->len, order) < 0) {
        Py_CLEAR(bytes);
    }
    Py_DECREF(view);
    PyObject *result = bytes != NULL ? PyMemoryView_FromObject(bytes) : NULL;
    Py_XDECREF(bytes);
    return result;
}

/* Ends the use of the shared buffer; false with BufferError while the view itself is lent. */
static bool release(PyMemoryViewObject *v)
{
    if ((v->flags & RELEASED) != 0) {
        return true;
    }
    if (v->exports > 0) {
        PyErr_Format(PyExc_BufferError, "memoryview has %zd exported buffer%s", v->exports, v->exports == 1 ? "" : "s");
        return false;
    }
    v->flags |= RELEASED;
    if (v->mbuf != NULL && --v->mbuf->exports == 0) {
        managed_release(v->mbuf);
    }
    return true;
}

static void memory_dealloc(PyObject *op)
{
    PyMemoryViewObject *v = (PyMemoryViewObject *)op;
    PyObject_GC_UnTrack(op);
    release(v);
    Py_CLEAR(v->mbuf);
    if (v->weakreflist != NULL) {
        PyObject_ClearWeakRefs(op);
    }
    PyObject_GC_Del(op);
}

static int memory_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((PyMemoryViewObject *)op)->mbuf);
    return 0;
}

static int memory_clear(PyObject *op)
{
    PyMemoryViewObject *v = (PyMemoryViewObject *)op;
    if (v->exports == 0) {
        release(v);
    }
    return 0;
}

/* Items: one native format character. */

static char format_char(const Py_buffer *view)
{
    const char *format = view->format;
    format += format[0] == '@';
    return format[0] != '\0' && format[1] == '\0' ? format[0] : '\0';
}

/* Bytes of a native item, 0 if the format is not one of a single item. */
static Py_ssize_t native_size(const char *format)
{
    static const char codes[] = "cbB?hHiIfelLqQdnNP", sizes[] = "111122444288888888";
    format += format[0] == '@';
    if (format[0] == '\0' || format[1] != '\0') {
        return 0;
    }
    const char *at = strchr(codes, format[0]);
    return at != NULL ? sizes[at - codes] - '0' : 0;
}

static PyObject *unsupported(const Py_buffer *view)
{
    return PyErr_Format(PyExc_NotImplementedError, "memoryview: format %s not supported", view->format);
}

#define LOAD(type)                      \
    type value;                         \
    memcpy(&value, at, sizeof value);

static PyObject *load_item(const Py_buffer *view, const char *at)
{
    switch (format_char(view)) {
    case 'B':
        return PyLong_FromLong((unsigned char)*at);
    case 'b':
        return PyLong_FromLong((signed char)*at);
    case 'c':
        return PyBytes_FromStringAndSize(at, 1);
    case '?':
        return PyBool_FromLong(*at != 0);
    case 'h': { LOAD(int16_t) return PyLong_FromLong(value); }
    case 'H': { LOAD(uint16_t) return PyLong_FromLong(value); }
    case 'i': { LOAD(int32_t) return PyLong_FromLong(value); }
    case 'I': { LOAD(uint32_t) return PyLong_FromLong((long)value); }
    case 'l': case 'q': case 'n': { LOAD(int64_t) return PyLong_FromLong(value); }
    case 'L': case 'Q': case 'N': case 'P': { LOAD(uint64_t) return PyLong_FromUnsignedLong(value); }
    case 'f': { LOAD(float) return PyFloat_FromDouble((double)value); }
    case 'd': { LOAD(double) return PyFloat_FromDouble(value); }
    default:
        return unsupported(view);
    }
}

static int bad_value(const Py_buffer *view, bool type)
{
    PyErr_Format(type ? PyExc_TypeError : PyExc_ValueError, "memoryview: invalid %s for format '%s'", type ? "type" : "value", view->format);
    return -1;
}

/* An integer into an item of `size` bytes. */
static int store_integer(const Py_buffer *view, char *at, PyObject *value, bool is_signed)
{
    PyObject *number = PyNumber_Index(value);
    if (number == NULL) {
        return PyErr_ExceptionMatches(PyExc_TypeError) ? (PyErr_Clear(), bad_value(view, true)) : -1;
    }
    int result = _PyLong_AsByteArray((PyLongObject *)number, (unsigned char *)at, (size_t)view->itemsize, 1, is_signed, 0);
    Py_DECREF(number);
    return result < 0 ? bad_value(view, false) : 0;
}

static int store_float(const Py_buffer *view, char *at, PyObject *value, bool single)
{
    double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred()) {
        return PyErr_ExceptionMatches(PyExc_TypeError) ? (PyErr_Clear(), bad_value(view, true)) : -1;
    }
    float narrow = (float)number;
    memcpy(at, single ? (void *)&narrow : (void *)&number, (size_t)view->itemsize);
    return 0;
}

static int store_item(const Py_buffer *view, char *at, PyObject *value)
{
    char code = format_char(view), kept[8];
    int result, truth;
    switch (code) {
    case 'c':
        if (!PyBytes_Check(value)) {
            return bad_value(view, true);
        }
        if (PyBytes_GET_SIZE(value) != 1) {
            return bad_value(view, false);
        }
        *at = PyBytes_AS_STRING(value)[0];
        return 0;
    case '?':
        truth = PyObject_IsTrue(value);
        *at = truth > 0;
        return truth < 0 ? -1 : 0;
    case 'f': case 'd':
        return store_float(view, at, value, code == 'f');
    case 'b': case 'B': case 'h': case 'H': case 'i': case 'I': case 'l': case 'L': case 'q': case 'Q': case 'n': case 'N': case 'P':
        /* What does not fit must not change the memory. */
        memcpy(kept, at, (size_t)view->itemsize);
        result = store_integer(view, at, value, code >= 'a');
        if (result < 0) {
            memcpy(at, kept, (size_t)view->itemsize);
        }
        return result;
    default:
        unsupported(view);
        return -1;
    }
}

/* The address of item `index` along axis `axis` from `at`; NULL with IndexError. */
static char *locate(const Py_buffer *view, char *at, Py_ssize_t index, int axis)
{
    Py_ssize_t size = view->shape[axis];
    index = index < 0 ? index + size : index;
    if (index < 0 || index >= size) {
        PyErr_Format(PyExc_IndexError, "index out of bounds on dimension %d", axis + 1);
        return NULL;
    }
    at += view->strides[axis] * index;
    if (view->suboffsets != NULL && view->suboffsets[axis] >= 0) {
        at = *(char **)at + view->suboffsets[axis];
    }
    return at;
}

/* The address that an index or a tuple of them means; NULL with an exception. */
static char *locate_key(PyObject *op, PyObject *key)
{
    const Py_buffer *view = VIEW(op);
    Py_ssize_t count = PyTuple_Check(key) ? PyTuple_GET_SIZE(key) : 1;
    if (count < view->ndim) {
        PyErr_SetString(PyExc_NotImplementedError, PyTuple_Check(key) ? "sub-views are not implemented"
                                                                      : "multi-dimensional sub-views are not implemented");
        return NULL;
    }
    if (count > view->ndim) {
        PyErr_Format(PyExc_TypeError, "cannot index %d-dimension view with %zd-element tuple", view->ndim, count);
        return NULL;
    }
    char *at = view->buf;
    for (int axis = 0; at != NULL && axis < view->ndim; axis++) {
        PyObject *item = PyTuple_Check(key) ? PyTuple_GET_ITEM(key, axis) : key;
        Py_ssize_t index = PyNumber_AsSsize_t(item, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred()) {
            return NULL;
        }
        at = locate(view, at, index, axis);
    }
    return at;
}

static bool is_index_key(PyObject *key)
{
    if (!PyTuple_Check(key)) {
        return PyIndex_Check(key);
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key); i++) {
        if (!PyIndex_Check(PyTuple_GET_ITEM(key, i))) {
            return false;
        }
    }
    return true;
}

static bool is_multi_slice(PyObject *key)
{
    bool any = PyTuple_Check(key) && PyTuple_GET_SIZE(key) > 0;
    for (Py_ssize_t i = 0; any && i < PyTuple_GET_SIZE(key); i++) {
        any = PySlice_Check(PyTuple_GET_ITEM(key, i));
    }
    return any;
}

/* Narrows the first axis of a view that is not yet shared. */
static int slice_first_axis(PyObject *op, PyObject *slice)
{
    Py_buffer *view = VIEW(op);
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(slice, &start, &stop, &step) < 0) {
        return -1;
    }
    Py_ssize_t count = PySlice_AdjustIndices(view->shape[0], &start, &stop, step);
    if (view->suboffsets == NULL || view->suboffsets[0] < 0) {
        view->buf = (char *)view->buf + view->strides[0] * start;
    } else {
        view->suboffsets[0] += view->strides[0] * start;
    }
    view->shape[0] = count;
    view->strides[0] *= step;
    view->len = view->itemsize;
    for (int i = 0; i < view->ndim; i++) {
        view->len *= view->shape[i];
    }
    return 0;
}

static PyObject *sliced(PyObject *op, PyObject *slice)
{
    PyObject *result = add_view(((PyMemoryViewObject *)op)->mbuf, VIEW(op));
    if (result != NULL && slice_first_axis(result, slice) < 0) {
        Py_CLEAR(result);
    }
    return result;
}

static PyObject *memory_subscript(PyObject *op, PyObject *key)
{
    if (check_live(op) < 0) {
        return NULL;
    }
    Py_buffer *view = VIEW(op);
    if (view->ndim == 0) {
        if (PyTuple_Check(key) && PyTuple_GET_SIZE(key) == 0) {
            return load_item(view, view->buf);
        }
        if (key == Py_Ellipsis) {
            return Py_NewRef(op);
        }
        PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
        return NULL;
    }
    if (is_index_key(key)) {
        if (native_size(view->format) == 0) {
            return unsupported(view);
        }
        char *at = locate_key(op, key);
        return at != NULL ? load_item(view, at) : NULL;
    }
    if (PySlice_Check(key)) {
        return sliced(op, key);
    }
    if (is_multi_slice(key)) {
        PyErr_SetString(PyExc_NotImplementedError, "multi-dimensional slicing is not implemented");
        return NULL;
    }
    PyErr_SetString(PyExc_TypeError, "memoryview: invalid slice key");
    return NULL;
}

static bool same_format(const Py_buffer *a, const Py_buffer *b)
{
    const char *x = a->format != NULL ? a->format : "B", *y = b->format != NULL ? b->format : "B";
    return strcmp(x + (x[0] == '@'), y + (y[0] == '@')) == 0 && a->itemsize == b->itemsize;
}

/* value's items into the slice; both are first gathered in order, so they may overlap. */
static int assign_slice(PyObject *op, PyObject *slice, PyObject *value)
{
    Py_buffer source;
    if (PyObject_GetBuffer(value, &source, PyBUF_FULL_RO) < 0) {
        return -1;
    }
    PyObject *target = sliced(op, slice);
    Py_buffer *to = target != NULL ? VIEW(target) : NULL;
    int result = -1;
    Py_ssize_t length = source.ndim == 1 ? (source.shape != NULL ? source.shape[0] : source.len / source.itemsize) : -1;
    if (to != NULL && (length != to->shape[0] || !same_format(&source, to))) {
        PyErr_SetString(PyExc_ValueError, "memoryview assignment: lvalue and rvalue have different structures");
    } else if (to != NULL) {
        char *gathered = PyMem_Malloc((size_t)source.len + 1);
        if (gathered == NULL) {
            PyErr_NoMemory();
        } else if (PyBuffer_ToContiguous(gathered, &source, source.len, 'C') == 0) {
            for (Py_ssize_t i = 0; i < to->shape[0]; i++) {
                memcpy(locate(to, to->buf, i, 0), gathered + i * to->itemsize, (size_t)to->itemsize);
            }
            result = 0;
        }
        PyMem_Free(gathered);
    }
    Py_XDECREF(target);
    PyBuffer_Release(&source);
    return result;
}

static int memory_ass_subscript(PyObject *op, PyObject *key, PyObject *value)
{
    if (check_live(op) < 0) {
        return -1;
    }
    Py_buffer *view = VIEW(op);
    if (view->readonly) {
        PyErr_SetString(PyExc_TypeError, "cannot modify read-only memory");
        return -1;
    }
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "cannot delete memory");
        return -1;
    }
    if (view->ndim == 0) {
        if (key == Py_Ellipsis || (PyTuple_Check(key) && PyTuple_GET_SIZE(key) == 0)) {
            return store_item(view, view->buf, value);
        }
        PyErr_SetString(PyExc_TypeError, "invalid indexing of 0-dim memory");
        return -1;
    }
    if (is_index_key(key)) {
        char *at = locate_key(op, key);
        return at != NULL ? store_item(view, at, value) : -1;
    }
    if (PySlice_Check(key) && view->ndim == 1) {
        return assign_slice(op, key, value);
    }
    if (PySlice_Check(key) || is_multi_slice(key)) {
        PyErr_SetString(PyExc_NotImplementedError, "memoryview slice assignments are currently restricted to ndim = 1");
        return -1;
    }
    PyErr_SetString(PyExc_TypeError, "memoryview: invalid slice key");
    return -1;
}

static Py_ssize_t memory_length(PyObject *op)
{
    if (check_live(op) < 0) {
        return -1;
    }
    if (VIEW(op)->ndim == 0) {
        PyErr_SetString(PyExc_TypeError, "0-dim memory has no length");
        return -1;
    }
    return VIEW(op)->shape[0];
}

static PyObject *memory_item(PyObject *op, Py_ssize_t i)
{
    if (check_live(op) < 0) {
        return NULL;
    }
    if (VIEW(op)->ndim != 1) {
        PyErr_SetString(VIEW(op)->ndim == 0 ? PyExc_TypeError : PyExc_NotImplementedError,
                        VIEW(op)->ndim == 0 ? "invalid indexing of 0-dim memory" : "multi-dimensional sub-views are not implemented");
        return NULL;
    }
    char *at = locate(VIEW(op), VIEW(op)->buf, i, 0);
    return at != NULL ? load_item(VIEW(op), at) : NULL;
}

/* Lending the view's memory on. */

/* Unlike PyBuffer_IsContiguous, an empty view of one dimension goes by its stride. */
static bool is_contiguous(const Py_buffer *view, char order)
{
    if (view->ndim == 1 && view->suboffsets == NULL) {
        return view->shape[0] == 1 || view->strides[0] == view->itemsize;
    }
    return PyBuffer_IsContiguous(view, order) != 0;
}

static const char *refused(const Py_buffer *view, int flags)
{
    if ((flags & PyBUF_WRITABLE) != 0 && view->readonly) {
        return "memoryview: underlying buffer is not writable";
    }
    if ((flags & PyBUF_C_CONTIGUOUS) == PyBUF_C_CONTIGUOUS && !is_contiguous(view, 'C')) {
        return "memoryview: underlying buffer is not C-contiguous";
    }
    if ((flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS && !is_contiguous(view, 'F')) {
        return "memoryview: underlying buffer is not Fortran contiguous";
    }
    if ((flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS && !is_contiguous(view, 'A')) {
        return "memoryview: underlying buffer is not contiguous";
    }
    if ((flags & PyBUF_INDIRECT) != PyBUF_INDIRECT && view->suboffsets != NULL) {
        return "memoryview: underlying buffer requires suboffsets";
    }
    if ((flags & PyBUF_STRIDES) != PyBUF_STRIDES && !is_contiguous(view, 'C')) {
        return "memoryview: underlying buffer is not C-contiguous";
    }
    return NULL;
}

static int memory_getbuffer(PyObject *op, Py_buffer *view, int flags)
{
    view->obj = NULL;
    if (check_live(op) < 0) {
        return -1;
    }
    const char *message = refused(VIEW(op), flags);
    if (message != NULL) {
        PyErr_SetString(PyExc_BufferError, message);
        return -1;
    }
    *view = *VIEW(op);
    view->obj = NULL;
    if ((flags & PyBUF_FORMAT) == 0) {
        view->format = NULL;
    }
    if ((flags & PyBUF_STRIDES) != PyBUF_STRIDES) {
        view->strides = NULL;
    }
    if ((flags & PyBUF_ND) == 0) {
        /* Without a shape the memory is plain bytes, which a format would deny. */
        if (view->format != NULL) {
            PyErr_SetString(PyExc_BufferError, "memoryview: cannot cast to unsigned bytes if the format flag is present");
            return -1;
        }
        view->ndim = 1;
        view->shape = NULL;
    }
    view->obj = Py_NewRef(op);
    ((PyMemoryViewObject *)op)->exports++;
    return 0;
}

static void memory_releasebuffer(PyObject *op, Py_buffer *Py_UNUSED(view))
{
    ((PyMemoryViewObject *)op)->exports--;
}

/* Comparison and hash. */

/* Whether items at two addresses are equal as values: 1, 0, -1 with an exception. */
static int equal_items(const Py_buffer *a, const char *x, const Py_buffer *b, const char *y)
{
    char code = format_char(a);
    if (same_format(a, b) && code != 'f' && code != 'd' && code != 'e') {
        return memcmp(x, y, (size_t)a->itemsize) == 0;
    }
    PyObject *left = load_item(a, x), *right = left != NULL ? load_item(b, y) : NULL;
    int result = right != NULL ? PyObject_RichCompareBool(left, right, Py_EQ) : -1;
    if (result == 1 && (code == 'f' || code == 'd') && PyFloat_Check(left) && Py_IS_NAN(PyFloat_AS_DOUBLE(left))) {
        result = 0;
    }
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

static int equal_axis(const Py_buffer *a, char *x, const Py_buffer *b, char *y, int axis)
{
    if (axis == a->ndim) {
        return equal_items(a, x, b, y);
    }
    int result = 1;
    for (Py_ssize_t i = 0; result == 1 && i < a->shape[axis]; i++) {
        result = equal_axis(a, locate(a, x, i, axis), b, locate(b, y, i, axis), axis + 1);
    }
    return result;
}

static int equal_views(PyObject *v, PyObject *w)
{
    Py_buffer *a = VIEW(v), *b = VIEW(w);
    if (a->ndim != b->ndim || (native_size(a->format) == 0) != (native_size(b->format) == 0)) {
        return 0;
    }
    for (int i = 0; i < a->ndim; i++) {
        if (a->shape[i] != b->shape[i]) {
            return 0;
        }
    }
    int result = equal_axis(a, a->buf, b, b->buf, 0);
    if (result < 0 && PyErr_ExceptionMatches(PyExc_NotImplementedError)) {
        PyErr_Clear();
        return 0;
    }
    return result;
}

static PyObject *memory_richcompare(PyObject *v, PyObject *w, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyMemoryView_Check(v) || (!PyMemoryView_Check(w) && !PyObject_CheckBuffer(w))) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    PyMemoryViewObject *left = (PyMemoryViewObject *)v;
    bool live = (left->flags & RELEASED) == 0 && (left->mbuf->flags & RELEASED) == 0;
    if (v == w || !live) {
        return PyBool_FromLong((v == w) == (op == Py_EQ));
    }
    PyObject *other = PyMemoryView_FromObject(w);
    if (other == NULL) {
        PyErr_Clear();
        if (PyMemoryView_Check(w)) {
            return PyBool_FromLong(op == Py_NE);
        }
        Py_RETURN_NOTIMPLEMENTED;
    }
    int equal = equal_views(v, other);
    Py_DECREF(other);
    return equal < 0 ? NULL : PyBool_FromLong(equal == (op == Py_EQ));
}

/* All items one after the other in C order, as bytes. */
static PyObject *to_bytes(PyObject *op, char order)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, VIEW(op)->len);
    if (bytes != NULL && PyBuffer_ToContiguous(PyBytes_AS_STRING(bytes), VIEW(op), VIEW(op)->len, order) < 0) {
        Py_CLEAR(bytes);
    }
    return bytes;
}

static Py_hash_t memory_hash(PyObject *op)
{
    PyMemoryViewObject *v = (PyMemoryViewObject *)op;
    if (v->hash != -1) {
        return v->hash;
    }
    if (check_live(op) < 0) {
        return -1;
    }
    char code = format_char(&v->view);
    if (!v->view.readonly) {
        PyErr_SetString(PyExc_ValueError, "cannot hash writable memoryview object");
        return -1;
    }
    if (code != 'B' && code != 'b' && code != 'c') {
        PyErr_SetString(PyExc_ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
        return -1;
    }
    if (v->view.obj != NULL && PyObject_Hash(v->view.obj) == -1) {
        return -1;
    }
    PyObject *bytes = to_bytes(op, 'C');
    if (bytes != NULL) {
        v->hash = PyObject_Hash(bytes);
        Py_DECREF(bytes);
    }
    return v->hash;
}

static PyObject *memory_repr(PyObject *op)
{
    PyMemoryViewObject *v = (PyMemoryViewObject *)op;
    return PyUnicode_FromFormat((v->flags & RELEASED) != 0 ? "<released memory at %p>" : "<memory at %p>", op);
}

/* memoryview(object) */
static PyObject *memory_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwds)
{
    static char *names[] = {"object", NULL};
    PyObject *object;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O:memoryview", names, &object)) {
        return NULL;
    }
    return PyMemoryView_FromObject(object);
}

/* Methods. */

static PyObject *method_release(PyObject *op, PyObject *Py_UNUSED(none))
{
    return release((PyMemoryViewObject *)op) ? Py_NewRef(Py_None) : NULL;
}

static PyObject *method_enter(PyObject *op, PyObject *Py_UNUSED(none))
{
    return check_live(op) < 0 ? NULL : Py_NewRef(op);
}

static PyObject *method_exit(PyObject *op, PyObject *Py_UNUSED(args))
{
    return method_release(op, NULL);
}

static PyObject *method_tobytes(PyObject *op, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const names[] = {"order", NULL};
    const char *order = NULL;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|z:tobytes", names, &order) || check_live(op) < 0) {
        return NULL;
    }
    if (order != NULL && strcmp(order, "C") != 0 && strcmp(order, "F") != 0 && strcmp(order, "A") != 0) {
        PyErr_SetString(PyExc_ValueError, "order must be 'C', 'F' or 'A'");
        return NULL;
    }
    return to_bytes(op, order != NULL ? order[0] : 'C');
}

static PyObject *list_axis(const Py_buffer *view, char *at, int axis)
{
    if (axis == view->ndim) {
        return load_item(view, at);
    }
    PyObject *list = PyList_New(view->shape[axis]);
    for (Py_ssize_t i = 0; list != NULL && i < view->shape[axis]; i++) {
        PyObject *item = list_axis(view, locate(view, at, i, axis), axis + 1);
        if (item == NULL) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, i, item);
    }
    return list;
}

static PyObject *method_tolist(PyObject *op, PyObject *Py_UNUSED(none))
{
    if (check_live(op) < 0) {
        return NULL;
    }
    return native_size(VIEW(op)->format) == 0 ? unsupported(VIEW(op)) : list_axis(VIEW(op), VIEW(op)->buf, 0);
}

static PyObject *method_toreadonly(PyObject *op, PyObject *Py_UNUSED(none))
{
    PyObject *result = PyMemoryView_FromObject(op);
    if (result != NULL) {
        VIEW(result)->readonly = 1;
    }
    return result;
}

static PyObject *method_hex(PyObject *op, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const names[] = {"sep", "bytes_per_sep", NULL};
    PyObject *separator = NULL;
    int group = 1;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "|Oi:hex", names, &separator, &group) || check_live(op) < 0) {
        return NULL;
    }
    PyObject *bytes = to_bytes(op, 'C');
    PyObject *text = bytes != NULL ? bytes_hex_text(bytes_span(bytes), separator, group) : NULL;
    Py_XDECREF(bytes);
    return text;
}

static PyObject *cast_error(PyObject *type, const char *message)
{
    PyErr_SetString(type, message);
    return NULL;
}

/* The product of a shape given as list or tuple of ints; -1 with an exception. */
static Py_ssize_t shape_items(PyObject *shape, Py_ssize_t *out)
{
    Py_ssize_t items = 1;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(shape); i++) {
        PyObject *size = PySequence_Fast_GET_ITEM(shape, i);
        if (!PyLong_Check(size)) {
            PyErr_SetString(PyExc_TypeError, "memoryview.cast(): elements of shape must be integers");
            return -1;
        }
        out[i] = PyLong_AsSsize_t(size);
        if (out[i] == -1 && PyErr_Occurred()) {
            return -1;
        }
        if (out[i] <= 0) {
            PyErr_SetString(PyExc_ValueError, "memoryview.cast(): elements of shape must be integers > 0");
            return -1;
        }
        if (__builtin_mul_overflow(items, out[i], &items)) {
            PyErr_SetString(PyExc_ValueError, "memoryview.cast(): product(shape) > SSIZE_MAX");
            return -1;
        }
    }
    return items;
}

/* The formats that a cast may name, as text that outlives every view. */
static const char *known_format(const char *format)
{
    static const char *const known[] = {"c", "b", "B", "?", "h", "H", "i", "I", "f", "l", "L", "q", "Q", "d", "n", "N", "P", "e",
                                        "@c", "@b", "@B", "@?", "@h", "@H", "@i", "@I", "@f", "@l", "@L", "@q", "@Q", "@d", "@n", "@N", "@P"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(known); i++) {
        if (strcmp(known[i], format) == 0) {
            return known[i];
        }
    }
    return NULL;
}

static bool is_bytes_format(const char *format)
{
    format += format[0] == '@';
    return strlen(format) == 1 && strchr("bBc", format[0]) != NULL;
}

static PyObject *cast(PyObject *op, const char *format, PyObject *shape)
{
    const Py_buffer *view = VIEW(op);
    const char *name = known_format(format);
    Py_ssize_t sizes[PyBUF_MAX_NDIM], size = name != NULL ? native_size(name) : 0;
    int ndim = shape != NULL ? (int)PySequence_Fast_GET_SIZE(shape) : 1;
    if (size == 0) {
        return cast_error(PyExc_ValueError, "memoryview: destination format must be a native single character format prefixed with an optional '@'");
    }
    if (!is_bytes_format(view->format) && !is_bytes_format(name)) {
        return cast_error(PyExc_TypeError, "memoryview: cannot cast between two non-byte formats");
    }
    if (view->len % size != 0) {
        return cast_error(PyExc_TypeError, "memoryview: length is not a multiple of itemsize");
    }
    sizes[0] = view->len / size;
    if (shape != NULL) {
        Py_ssize_t items = ndim > PyBUF_MAX_NDIM ? -2 : shape_items(shape, sizes);
        if (items == -1) {
            return NULL;
        }
        if (items < 0 || items > PY_SSIZE_T_MAX / size || items * size != view->len) {
            return cast_error(PyExc_TypeError, "memoryview: product(shape) * itemsize != buffer size");
        }
    }
    Py_buffer changed = *view;
    changed.format = (char *)name;
    changed.itemsize = size;
    changed.ndim = ndim;
    changed.shape = sizes;
    changed.strides = changed.suboffsets = NULL;
    return add_view(((PyMemoryViewObject *)op)->mbuf, &changed);
}

static PyObject *method_cast(PyObject *op, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const names[] = {"format", "shape", NULL};
    PyObject *format, *shape = NULL;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "U|O:cast", names, &format, &shape) || check_live(op) < 0) {
        return NULL;
    }
    if (!is_contiguous(VIEW(op), 'C')) {
        return cast_error(PyExc_TypeError, "memoryview: casts are restricted to C-contiguous views");
    }
    if ((shape != NULL || VIEW(op)->ndim != 1)) {
        for (int i = 0; i < VIEW(op)->ndim; i++) {
            if (VIEW(op)->shape[i] == 0) {
                return cast_error(PyExc_TypeError, "memoryview: cannot cast view with zeros in shape or strides");
            }
        }
    }
    if (shape != NULL && !PyList_Check(shape) && !PyTuple_Check(shape)) {
        return cast_error(PyExc_TypeError, "shape must be a list or a tuple");
    }
    if (shape != NULL && PySequence_Fast_GET_SIZE(shape) > 1 && VIEW(op)->ndim != 1) {
        return cast_error(PyExc_TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D");
    }
    const char *name = PyUnicode_AsUTF8(format);
    return name != NULL ? cast(op, name, shape) : NULL;
}

/* Attributes. */

static PyObject *tuple_of(const Py_ssize_t *values, int count)
{
    PyObject *tuple = PyTuple_New(values != NULL ? count : 0);
    for (int i = 0; tuple != NULL && values != NULL && i < count; i++) {
        PyObject *value = PyLong_FromSsize_t(values[i]);
        if (value == NULL) {
            Py_DECREF(tuple);
            return NULL;
        }
        PyTuple_SET_ITEM(tuple, i, value);
    }
    return tuple;
}

/* One getter for all: the closure says which. */
enum attribute { OBJ, NBYTES, READONLY, ITEMSIZE, FORMAT, NDIM, SHAPE, STRIDES, SUBOFFSETS, C_CONTIGUOUS, F_CONTIGUOUS, CONTIGUOUS };

static PyObject *get_attribute(PyObject *op, void *closure)
{
    Py_buffer *view = VIEW(op);
    if (check_live(op) < 0) {
        return NULL;
    }
    switch ((enum attribute)(intptr_t)closure) {
    case OBJ:
        return Py_NewRef(view->obj != NULL ? view->obj : Py_None);
    case NBYTES:
        return PyLong_FromSsize_t(view->len);
    case READONLY:
        return PyBool_FromLong(view->readonly);
    case ITEMSIZE:
        return PyLong_FromSsize_t(view->itemsize);
    case FORMAT:
        return PyUnicode_FromString(view->format);
    case NDIM:
        return PyLong_FromLong(view->ndim);
    case SHAPE:
        return tuple_of(view->shape, view->ndim);
    case STRIDES:
        return tuple_of(view->strides, view->ndim);
    case SUBOFFSETS:
        return tuple_of(view->suboffsets, view->ndim);
    case C_CONTIGUOUS:
        return PyBool_FromLong(is_contiguous(view, 'C'));
    case F_CONTIGUOUS:
        return PyBool_FromLong(is_contiguous(view, 'F'));
    default:
        return PyBool_FromLong(is_contiguous(view, 'A'));
    }
}

/* Iterator. */
struct memory_iterator {
    PyObject_HEAD
    PyObject *view; /* NULL once it is exhausted */
    Py_ssize_t index, length;
};

static PyObject *memory_iter(PyObject *op)
{
    if (check_live(op) < 0) {
        return NULL;
    }
    if (VIEW(op)->ndim != 1) {
        PyErr_SetString(VIEW(op)->ndim == 0 ? PyExc_TypeError : PyExc_NotImplementedError,
                        VIEW(op)->ndim == 0 ? "invalid indexing of 0-dim memory" : "multi-dimensional sub-views are not implemented");
        return NULL;
    }
    struct memory_iterator *it = PyObject_GC_New(struct memory_iterator, &_PyMemoryIter_Type);
    if (it == NULL) {
        return NULL;
    }
    it->view = Py_NewRef(op);
    it->index = 0;
    it->length = VIEW(op)->shape[0];
    PyObject_GC_Track(it);
    return (PyObject *)it;
}

static void iterator_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    Py_XDECREF(((struct memory_iterator *)op)->view);
    PyObject_GC_Del(op);
}

static int iterator_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((struct memory_iterator *)op)->view);
    return 0;
}

static PyObject *iterator_next(PyObject *op)
{
    struct memory_iterator *it = (struct memory_iterator *)op;
    if (it->view == NULL) {
        return NULL;
    }
    if (it->index < it->length) {
        return memory_item(it->view, it->index++);
    }
    Py_CLEAR(it->view);
    return NULL;
}

PyTypeObject _PyMemoryIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "memory_iterator",
    .tp_basicsize = sizeof(struct memory_iterator),
    .tp_dealloc = iterator_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iterator_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iterator_next,
};

static PyMethodDef memory_methods[] = {
    {"release", method_release, METH_NOARGS, NULL},
    {"tobytes", _PyCFunction_CAST(method_tobytes), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"hex", _PyCFunction_CAST(method_hex), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"tolist", method_tolist, METH_NOARGS, NULL},
    {"cast", _PyCFunction_CAST(method_cast), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"toreadonly", method_toreadonly, METH_NOARGS, NULL},
    {"__enter__", method_enter, METH_NOARGS, NULL},
    {"__exit__", method_exit, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef memory_getset[] = {
    {"obj", get_attribute, NULL, NULL, (void *)OBJ},
    {"nbytes", get_attribute, NULL, NULL, (void *)NBYTES},
    {"readonly", get_attribute, NULL, NULL, (void *)READONLY},
    {"itemsize", get_attribute, NULL, NULL, (void *)ITEMSIZE},
    {"format", get_attribute, NULL, NULL, (void *)FORMAT},
    {"ndim", get_attribute, NULL, NULL, (void *)NDIM},
    {"shape", get_attribute, NULL, NULL, (void *)SHAPE},
    {"strides", get_attribute, NULL, NULL, (void *)STRIDES},
    {"suboffsets", get_attribute, NULL, NULL, (void *)SUBOFFSETS},
    {"c_contiguous", get_attribute, NULL, NULL, (void *)C_CONTIGUOUS},
    {"f_contiguous", get_attribute, NULL, NULL, (void *)F_CONTIGUOUS},
    {"contiguous", get_attribute, NULL, NULL, (void *)CONTIGUOUS},
    {NULL, NULL, NULL, NULL, NULL},
};

static PySequenceMethods memory_as_sequence = {
    .sq_length = memory_length,
    .sq_item = memory_item,
};

static PyMappingMethods memory_as_mapping = {
    .mp_length = memory_length,
    .mp_subscript = memory_subscript,
    .mp_ass_subscript = memory_ass_subscript,
};

static PyBufferProcs memory_as_buffer = {
    .bf_getbuffer = memory_getbuffer,
    .bf_releasebuffer = memory_releasebuffer,
};

PyTypeObject PyMemoryView_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "memoryview",
    .tp_basicsize = offsetof(PyMemoryViewObject, ob_array),
    .tp_itemsize = sizeof(Py_ssize_t),
    .tp_dealloc = memory_dealloc,
    .tp_repr = memory_repr,
    .tp_as_sequence = &memory_as_sequence,
    .tp_as_mapping = &memory_as_mapping,
    .tp_hash = memory_hash,
    .tp_as_buffer = &memory_as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "Create a new memoryview object which references the given object.",
    .tp_traverse = memory_traverse,
    .tp_clear = memory_clear,
    .tp_richcompare = memory_richcompare,
    .tp_weaklistoffset = offsetof(PyMemoryViewObject, weakreflist),
    .tp_iter = memory_iter,
    .tp_methods = memory_methods,
    .tp_getset = memory_getset,
    .tp_new = memory_new,
};
