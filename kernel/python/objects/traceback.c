/* Tracebacks. */
#include "gc.h"

/* ---- the object ---- */

static void tb_dealloc(PyObject *op)
{
    PyTracebackObject *self = (PyTracebackObject *)op;
    PyObject_GC_UnTrack(op);
    Py_XDECREF(self->tb_next);
    Py_XDECREF(self->tb_frame);
    PyObject_GC_Del(op);
}

static int tb_traverse(PyObject *op, visitproc visit, void *arg)
{
    Py_VISIT(((PyTracebackObject *)op)->tb_next);
    Py_VISIT(((PyTracebackObject *)op)->tb_frame);
    return 0;
}

static int tb_clear(PyObject *op)
{
    Py_CLEAR(((PyTracebackObject *)op)->tb_next);
    Py_CLEAR(((PyTracebackObject *)op)->tb_frame);
    return 0;
}

static PyObject *tb_get_next(PyObject *op, void *Py_UNUSED(closure))
{
    PyTracebackObject *next = ((PyTracebackObject *)op)->tb_next;
    return Py_NewRef(next ? (PyObject *)next : Py_None);
}

static int tb_set_next(PyObject *op, PyObject *value, void *Py_UNUSED(closure))
{
    if (!value || (value != Py_None && !PyTraceBack_Check(value))) {
        PyErr_Format(PyExc_TypeError, "expected traceback object, got '%s'", value ? Py_TYPE(value)->tp_name : "NULL");
        return -1;
    }
    PyTracebackObject *next = value == Py_None ? NULL : (PyTracebackObject *)value;
    for (PyTracebackObject *at = next; at; at = at->tb_next)
        if ((PyObject *)at == op) {
            PyErr_SetString(PyExc_ValueError, "traceback loop detected");
            return -1;
        }
    Py_XINCREF(next);
    PyObject *old = (PyObject *)((PyTracebackObject *)op)->tb_next;
    ((PyTracebackObject *)op)->tb_next = next;
    Py_XDECREF(old);
    return 0;
}

static PyGetSetDef tb_getset[] = {
    {"tb_next", tb_get_next, tb_set_next, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef tb_members[] = {
    {"tb_frame", _Py_T_OBJECT, offsetof(PyTracebackObject, tb_frame), Py_READONLY, NULL},
    {"tb_lasti", Py_T_INT, offsetof(PyTracebackObject, tb_lasti), Py_READONLY, NULL},
    {"tb_lineno", Py_T_INT, offsetof(PyTracebackObject, tb_lineno), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PyTraceBack_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "traceback",
    .tp_basicsize = sizeof(PyTracebackObject),
    .tp_dealloc = tb_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = tb_traverse,
    .tp_clear = tb_clear,
    .tp_members = tb_members,
    .tp_getset = tb_getset,
};

/* ---- growing one ---- */

static PyTracebackObject *tb_new(PyTracebackObject *next, PyFrameObject *frame)
{
    PyTracebackObject *self = PyObject_GC_New(PyTracebackObject, &PyTraceBack_Type);
    if (!self)
        return NULL;
    self->tb_next = (PyTracebackObject *)Py_XNewRef(next);
    self->tb_frame = (PyFrameObject *)Py_NewRef(frame);
    self->tb_lasti = -1;
    self->tb_lineno = PyFrame_GetLineNumber(frame);
    PyObject_GC_Track(self);
    return self;
}

/* The raised exception left `frame`: one more entry, in front, for the caller comes first when it is printed. */
int PyTraceBack_Here(PyFrameObject *frame)
{
    PyObject *error = PyErr_GetRaisedException();
    if (!error)
        return -1;
    PyObject *old = PyException_GetTraceback(error);
    PyTracebackObject *new = tb_new((PyTracebackObject *)old, frame);
    if (new)
        PyException_SetTraceback(error, (PyObject *)new);
    else
        PyErr_Clear();
    Py_XDECREF(old);
    Py_XDECREF(new);
    PyErr_SetRaisedException(error);
    return new ? 0 : -1;
}

/* ---- printing ---- */

#define REPEATS_SHOWN 3         /* equal lines in a row; of more only the number is told */

static void put(const char *text) { runtime_write(text, (Py_ssize_t)strlen(text)); }

/* Text that cannot be had is told, not raised. */
static void put_str(PyObject *text, const char *instead)
{
    PyObject *bytes = text && PyUnicode_Check(text) ? PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace") : NULL;
    if (bytes)
        runtime_write(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    else
        put(instead);
    PyErr_Clear();
    Py_XDECREF(bytes);
}

static void put_number(long number)
{
    char text[32];
    PyOS_snprintf(text, sizeof text, "%ld", number);
    put(text);
}

static void print_entry(PyTracebackObject *tb)
{
    PyCodeObject *code = tb->tb_frame->f_code;
    put("  File \"");
    put_str(code->co_filename, "?");
    put("\", line ");
    put_number(tb->tb_lineno);
    put(", in ");
    put_str(code->co_name, "?");
    put("\n");
}

static bool same_place(PyTracebackObject *a, PyTracebackObject *b)
{
    PyCodeObject *left = a->tb_frame->f_code, *right = b->tb_frame->f_code;
    return a->tb_lineno == b->tb_lineno && PyUnicode_Equal(left->co_filename, right->co_filename) == 1 &&
           PyUnicode_Equal(left->co_name, right->co_name) == 1;
}

static void print_repeats(long count)
{
    if (count <= REPEATS_SHOWN)
        return;
    put("  [Previous line repeated ");
    put_number(count - REPEATS_SHOWN);
    put(count - REPEATS_SHOWN == 1 ? " more time]\n" : " more times]\n");
}

/* The lines as CPython prints them, to the console whatever the file. */
int PyTraceBack_Print(PyObject *op, PyObject *Py_UNUSED(file))
{
    if (!op || !PyTraceBack_Check(op))
        return 0;
    put("Traceback (most recent call last):\n");
    PyTracebackObject *last = NULL;
    long count = 0;
    for (PyTracebackObject *tb = (PyTracebackObject *)op; tb; last = tb, tb = tb->tb_next) {
        if (last && same_place(last, tb)) {
            count++;
        } else {
            print_repeats(count);
            count = 1;
        }
        if (count <= REPEATS_SHOWN)
            print_entry(tb);
    }
    print_repeats(count);
    return 0;
}
