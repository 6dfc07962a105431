/* The buffer protocol (PEP 3118). */
#include <string.h>

#include "Python.h"

int PyObject_CheckBuffer(PyObject *op)
{
    PyBufferProcs *procs = Py_TYPE(op)->tp_as_buffer;
    return procs != NULL && procs->bf_getbuffer != NULL;
}

int PyObject_GetBuffer(PyObject *op, Py_buffer *view, int flags)
{
    if (!PyObject_CheckBuffer(op)) {
        view->obj = NULL;
        PyErr_Format(PyExc_TypeError, "a bytes-like object is required, not '%.100s'", Py_TYPE(op)->tp_name);
        return -1;
    }
    return Py_TYPE(op)->tp_as_buffer->bf_getbuffer(op, view, flags);
}

/* May be called twice, and on a view that was never filled if its obj is NULL. */
void PyBuffer_Release(Py_buffer *view)
{
    PyObject *op = view->obj;
    if (op == NULL) {
        return;
    }
    PyBufferProcs *procs = Py_TYPE(op)->tp_as_buffer;
    if (procs != NULL && procs->bf_releasebuffer != NULL) {
        procs->bf_releasebuffer(op, view);
    }
    view->obj = NULL;
    Py_DECREF(op);
}

/* The view of `length` plain bytes. */
int PyBuffer_FillInfo(Py_buffer *view, PyObject *op, void *memory, Py_ssize_t length, int readonly, int flags)
{
    if ((flags & PyBUF_WRITABLE) != 0 && readonly) {
        view->obj = NULL;
        PyErr_SetString(PyExc_BufferError, "Object is not writable.");
        return -1;
    }
    *view = (Py_buffer){.buf = memory, .obj = Py_XNewRef(op), .len = length, .itemsize = 1, .readonly = readonly, .ndim = 1};
    view->format = (flags & PyBUF_FORMAT) != 0 ? "B" : NULL;
    view->shape = (flags & PyBUF_ND) != 0 ? &view->len : NULL;
    view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &view->itemsize : NULL;
    return 0;
}

/* Rows (order C) or columns (F) without gaps, as the strides say. */
static int is_dense(const Py_buffer *view, bool fortran)
{
    Py_ssize_t expected = view->itemsize;
    if (view->len == 0 || view->strides == NULL) {
        /* Without strides the order is C, which is also F if there is one dimension. */
        return view->len == 0 || !fortran || view->ndim <= 1;
    }
    for (int i = 0; i < view->ndim; i++) {
        int axis = fortran ? i : view->ndim - 1 - i;
        Py_ssize_t size = view->shape != NULL ? view->shape[axis] : view->len / view->itemsize;
        if (size > 1 && view->strides[axis] != expected) {
            return 0;
        }
        expected *= size;
    }
    return 1;
}

/* order: 'C', 'F' or 'A' for either. */
int PyBuffer_IsContiguous(const Py_buffer *view, char order)
{
    if (view->suboffsets != NULL) {
        return 0;
    }
    return order == 'C' ? is_dense(view, false) : order == 'F' ? is_dense(view, true) : is_dense(view, false) || is_dense(view, true);
}

void *PyBuffer_GetPointer(const Py_buffer *view, const Py_ssize_t *indices)
{
    char *at = view->buf;
    for (int i = 0; i < view->ndim; i++) {
        at += view->strides[i] * indices[i];
        if (view->suboffsets != NULL && view->suboffsets[i] >= 0) {
            at = *(char **)at + view->suboffsets[i];
        }
    }
    return at;
}

/* The next index in C order, or with the first axis fastest. */
static void advance(Py_ssize_t *indices, const Py_buffer *view, bool fortran)
{
    for (int i = 0; i < view->ndim; i++) {
        int axis = fortran ? i : view->ndim - 1 - i;
        if (++indices[axis] < view->shape[axis]) {
            return;
        }
        indices[axis] = 0;
    }
}

/* All items of the view one after the other into `out`, which has `length` bytes. order 'A' is 'F' only for F views. */
int PyBuffer_ToContiguous(void *out, const Py_buffer *view, Py_ssize_t length, char order)
{
    Py_ssize_t indices[PyBUF_MAX_NDIM] = {0};
    bool fortran = order == 'F' || (order == 'A' && is_dense(view, true) && !is_dense(view, false));
    if (length != view->len) {
        PyErr_SetString(PyExc_ValueError, "PyBuffer_ToContiguous: len != view->len");
        return -1;
    }
    if (length == 0) {
        return 0;
    }
    if (PyBuffer_IsContiguous(view, fortran ? 'F' : 'C')) {
        memcpy(out, view->buf, (size_t)length);
        return 0;
    }
    char *to = out;
    for (Py_ssize_t done = 0; done < length; done += view->itemsize) {
        memcpy(to + done, PyBuffer_GetPointer(view, indices), (size_t)view->itemsize);
        advance(indices, view, fortran);
    }
    return 0;
}

/* struct.calcsize(format) */
Py_ssize_t PyBuffer_SizeFromFormat(const char *format)
{
    PyObject *module = PyImport_ImportModule("_struct");
    PyObject *size = module != NULL ? PyObject_CallMethod(module, "calcsize", "s", format) : NULL;
    Py_XDECREF(module);
    Py_ssize_t result = size != NULL ? PyLong_AsSsize_t(size) : -1;
    Py_XDECREF(size);
    return result;
}
