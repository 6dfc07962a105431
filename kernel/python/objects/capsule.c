/* PyCapsule: a C pointer with a name. Cython passes vtables and C functions between modules in them. */
#include "internal/runtime_internal.h"

typedef struct {
    PyObject_HEAD
    void *pointer;
    const char *name;
    void *context;
    PyCapsule_Destructor destroy;
} PyCapsule;

PyObject *PyCapsule_New(void *pointer, const char *name, PyCapsule_Destructor destroy)
{
    if (!pointer) {
        PyErr_SetString(PyExc_ValueError, "PyCapsule_New called with null pointer");
        return NULL;
    }
    PyCapsule *capsule = PyObject_New(PyCapsule, &PyCapsule_Type);
    if (!capsule)
        return NULL;
    capsule->pointer = pointer;
    capsule->name = name;
    capsule->context = NULL;
    capsule->destroy = destroy;
    return (PyObject *)capsule;
}

static bool names_match(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

int PyCapsule_IsValid(PyObject *op, const char *name)
{
    return op && PyCapsule_CheckExact(op) && names_match(((PyCapsule *)op)->name, name);
}

void *PyCapsule_GetPointer(PyObject *op, const char *name)
{
    if (PyCapsule_IsValid(op, name))
        return ((PyCapsule *)op)->pointer;
    PyErr_SetString(PyExc_ValueError, op && PyCapsule_CheckExact(op)
                                          ? "PyCapsule_GetPointer called with incorrect name"
                                          : "PyCapsule_GetPointer called with invalid PyCapsule object");
    return NULL;
}

/* The capsule behind op, or NULL with ValueError. */
static PyCapsule *checked(PyObject *op, const char *function)
{
    if (op && PyCapsule_CheckExact(op))
        return (PyCapsule *)op;
    PyErr_Format(PyExc_ValueError, "%s called with invalid PyCapsule object", function);
    return NULL;
}

const char *PyCapsule_GetName(PyObject *op)
{
    PyCapsule *capsule = checked(op, "PyCapsule_GetName");
    return capsule ? capsule->name : NULL;
}

void *PyCapsule_GetContext(PyObject *op)
{
    PyCapsule *capsule = checked(op, "PyCapsule_GetContext");
    return capsule ? capsule->context : NULL;
}

int PyCapsule_SetContext(PyObject *op, void *context)
{
    PyCapsule *capsule = checked(op, "PyCapsule_SetContext");
    if (!capsule)
        return -1;
    capsule->context = context;
    return 0;
}

int PyCapsule_SetName(PyObject *op, const char *name)
{
    PyCapsule *capsule = checked(op, "PyCapsule_SetName");
    if (!capsule)
        return -1;
    capsule->name = name;
    return 0;
}

static void capsule_dealloc(PyObject *op)
{
    PyCapsule *capsule = (PyCapsule *)op;
    if (capsule->destroy)
        capsule->destroy(op);
    PyObject_Free(op);
}

static PyObject *capsule_repr(PyObject *op)
{
    const char *name = ((PyCapsule *)op)->name, *quote = name ? "\"" : "";
    return PyUnicode_FromFormat("<capsule object %s%s%s at %p>", quote, name ? name : "NULL", quote, op);
}

PyTypeObject PyCapsule_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "PyCapsule",
    .tp_basicsize = sizeof(PyCapsule),
    .tp_dealloc = capsule_dealloc,
    .tp_repr = capsule_repr,
    .tp_flags = Py_TPFLAGS_DISALLOW_INSTANTIATION,
};
