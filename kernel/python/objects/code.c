/* Code objects and frames: in compiled modules they only say where a line is. */
#include "gc.h"

/* ---- code ---- */

static void code_dealloc(PyObject *op)
{
    PyCodeObject *self = (PyCodeObject *)op;
    if (self->co_weakreflist)
        PyObject_ClearWeakRefs(op);
    Py_XDECREF(self->co_filename);
    Py_XDECREF(self->co_name);
    Py_XDECREF(self->co_qualname);
    Py_XDECREF(self->co_varnames);
    Py_XDECREF(self->co_consts);
    Py_XDECREF(self->co_names);
    Py_XDECREF(self->co_code);
    PyObject_Free(op);
}

static PyObject *code_repr(PyObject *op)
{
    PyCodeObject *self = (PyCodeObject *)op;
    return PyUnicode_FromFormat("<code object %U at %p, file \"%U\", line %d>", self->co_name, op, self->co_filename,
                                self->co_firstlineno);
}

static PyMemberDef code_members[] = {
    {"co_argcount", Py_T_INT, offsetof(PyCodeObject, co_argcount), Py_READONLY, NULL},
    {"co_posonlyargcount", Py_T_INT, offsetof(PyCodeObject, co_posonlyargcount), Py_READONLY, NULL},
    {"co_kwonlyargcount", Py_T_INT, offsetof(PyCodeObject, co_kwonlyargcount), Py_READONLY, NULL},
    {"co_nlocals", Py_T_INT, offsetof(PyCodeObject, co_nlocals), Py_READONLY, NULL},
    {"co_flags", Py_T_INT, offsetof(PyCodeObject, co_flags), Py_READONLY, NULL},
    {"co_firstlineno", Py_T_INT, offsetof(PyCodeObject, co_firstlineno), Py_READONLY, NULL},
    {"co_filename", _Py_T_OBJECT, offsetof(PyCodeObject, co_filename), Py_READONLY, NULL},
    {"co_name", _Py_T_OBJECT, offsetof(PyCodeObject, co_name), Py_READONLY, NULL},
    {"co_qualname", _Py_T_OBJECT, offsetof(PyCodeObject, co_qualname), Py_READONLY, NULL},
    {"co_varnames", _Py_T_OBJECT, offsetof(PyCodeObject, co_varnames), Py_READONLY, NULL},
    {"co_consts", _Py_T_OBJECT, offsetof(PyCodeObject, co_consts), Py_READONLY, NULL},
    {"co_names", _Py_T_OBJECT, offsetof(PyCodeObject, co_names), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PyCode_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "code",
    .tp_basicsize = sizeof(PyCodeObject),
    .tp_dealloc = code_dealloc,
    .tp_repr = code_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_weaklistoffset = offsetof(PyCodeObject, co_weakreflist),
    .tp_members = code_members,
};

/* A code object with everything but its names and line at 0. */
static PyCodeObject *code_new(PyObject *filename, PyObject *name, PyObject *qualname, int first_line)
{
    PyCodeObject *self = PyObject_New(PyCodeObject, &PyCode_Type);
    if (!self)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    self->co_filename = Py_NewRef(filename);
    self->co_name = Py_NewRef(name);
    self->co_qualname = Py_NewRef(qualname);
    self->co_firstlineno = first_line;
    return self;
}

PyCodeObject *PyCode_NewEmpty(const char *file, const char *function, int first_line)
{
    PyObject *filename = PyUnicode_FromString(file), *name = filename ? PyUnicode_FromString(function) : NULL;
    PyCodeObject *self = name ? code_new(filename, name, name, first_line) : NULL;
    Py_XDECREF(filename);
    Py_XDECREF(name);
    return self;
}

PyCodeObject *PyUnstable_Code_NewWithPosOnlyArgs(int argcount, int posonlyargcount, int kwonlyargcount, int nlocals,
                                                 int Py_UNUSED(stacksize), int flags, PyObject *code, PyObject *consts,
                                                 PyObject *names, PyObject *varnames, PyObject *freevars,
                                                 PyObject *Py_UNUSED(cellvars), PyObject *filename, PyObject *name,
                                                 PyObject *qualname, int first_line, PyObject *Py_UNUSED(linetable),
                                                 PyObject *Py_UNUSED(exceptiontable))
{
    PyCodeObject *self = code_new(filename, name, qualname, first_line);
    if (!self)
        return NULL;
    self->co_argcount = argcount;
    self->co_posonlyargcount = posonlyargcount;
    self->co_kwonlyargcount = kwonlyargcount;
    self->co_nlocals = nlocals;
    self->co_flags = flags;
    self->co_nfreevars = freevars && PyTuple_Check(freevars) ? (int)PyTuple_GET_SIZE(freevars) : 0;
    self->co_code = Py_XNewRef(code);
    self->co_consts = Py_XNewRef(consts);
    self->co_names = Py_XNewRef(names);
    self->co_varnames = Py_XNewRef(varnames);
    return self;
}

/* ---- frames ---- */

static void frame_dealloc(PyObject *op)
{
    PyFrameObject *self = (PyFrameObject *)op;
    PyObject_GC_UnTrack(op);
    Py_XDECREF(self->f_back);
    Py_XDECREF(self->f_code);
    Py_XDECREF(self->f_globals);
    PyObject_GC_Del(op);
}

static int frame_traverse(PyObject *op, visitproc visit, void *arg)
{
    PyFrameObject *self = (PyFrameObject *)op;
    Py_VISIT(self->f_back);
    Py_VISIT(self->f_code);
    Py_VISIT(self->f_globals);
    return 0;
}

static int frame_clear(PyObject *op)
{
    PyFrameObject *self = (PyFrameObject *)op;
    Py_CLEAR(self->f_back);
    Py_CLEAR(self->f_globals);
    return 0;
}

static PyObject *frame_get_lineno(PyObject *op, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(PyFrame_GetLineNumber((PyFrameObject *)op));
}

static PyGetSetDef frame_getset[] = {
    {"f_lineno", frame_get_lineno, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef frame_members[] = {
    {"f_back", _Py_T_OBJECT, offsetof(PyFrameObject, f_back), Py_READONLY, NULL},
    {"f_code", _Py_T_OBJECT, offsetof(PyFrameObject, f_code), Py_READONLY, NULL},
    {"f_globals", _Py_T_OBJECT, offsetof(PyFrameObject, f_globals), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PyFrame_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "frame",
    .tp_basicsize = sizeof(PyFrameObject),
    .tp_dealloc = frame_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = frame_traverse,
    .tp_clear = frame_clear,
    .tp_members = frame_members,
    .tp_getset = frame_getset,
};

PyFrameObject *PyFrame_New(PyThreadState *Py_UNUSED(state), PyCodeObject *code, PyObject *globals, PyObject *Py_UNUSED(locals))
{
    PyFrameObject *self = PyObject_GC_New(PyFrameObject, &PyFrame_Type);
    if (!self)
        return NULL;
    self->f_back = NULL;
    self->f_code = (PyCodeObject *)Py_NewRef(code);
    self->f_globals = Py_XNewRef(globals);
    self->f_lineno = 0;
    PyObject_GC_Track(self);
    return self;
}

int PyFrame_GetLineNumber(PyFrameObject *frame) { return frame->f_lineno ? frame->f_lineno : frame->f_code->co_firstlineno; }
PyCodeObject *PyFrame_GetCode(PyFrameObject *frame) { return (PyCodeObject *)Py_NewRef(frame->f_code); }
PyFrameObject *PyFrame_GetBack(PyFrameObject *frame) { return (PyFrameObject *)Py_XNewRef(frame->f_back); }

/* ---- the interpreter's generators ---- */

/* Generators are Cython's own objects; these types exist to be compared with, and have no instances. */
#define NO_INSTANCES(text)                                                                                      \
    {PyVarObject_HEAD_INIT(&PyType_Type, 0).tp_name = (text), .tp_basicsize = sizeof(PyGenObject),               \
     .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION}

PyTypeObject PyGen_Type = NO_INSTANCES("generator");
PyTypeObject PyCoro_Type = NO_INSTANCES("coroutine");
PyTypeObject PyAsyncGen_Type = NO_INSTANCES("async_generator");

PyCodeObject *PyGen_GetCode(PyGenObject *Py_UNUSED(generator))
{
    PyErr_BadInternalCall();
    return NULL;
}
