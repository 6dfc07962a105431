/* Modules, and the definitions they are made from (PEP 489). */
#include "gc.h"

#define MODULE(op) ((PyModuleObject *)(op))

/* ---- definitions ---- */

PyTypeObject PyModuleDef_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "moduledef",
    .tp_basicsize = sizeof(PyModuleDef),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

PyObject *PyModuleDef_Init(PyModuleDef *def)
{
    Py_SET_TYPE(def, &PyModuleDef_Type);
    return (PyObject *)def;
}

/* ---- constructor ---- */

static int init_dict(PyObject *dict, PyObject *name)
{
    static const char *const none[] = {"__doc__", "__package__", "__loader__", "__spec__"};
    if (PyDict_SetItemString(dict, "__name__", name) < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(none); i++)
        if (PyDict_SetItemString(dict, none[i], Py_None) < 0)
            return -1;
    return 0;
}

static PyObject *module_alloc(PyTypeObject *type)
{
    PyObject *op = type->tp_alloc(type, 0);
    if (!op)
        return NULL;
    MODULE(op)->md_dict = PyDict_New();
    if (!MODULE(op)->md_dict)
        Py_CLEAR(op);
    return op;
}

PyObject *PyModule_NewObject(PyObject *name)
{
    PyObject *op = module_alloc(&PyModule_Type);
    if (!op)
        return NULL;
    MODULE(op)->md_name = Py_NewRef(name);
    if (init_dict(MODULE(op)->md_dict, name) < 0)
        Py_CLEAR(op);
    return op;
}

PyObject *PyModule_New(const char *name)
{
    PyObject *text = PyUnicode_FromString(name), *op = text ? PyModule_NewObject(text) : NULL;
    Py_XDECREF(text);
    return op;
}

static PyObject *module_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    return module_alloc(type);
}

static int module_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"name", "doc", NULL};
    PyObject *name, *doc = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U|O:module", names, &name, &doc))
        return -1;
    Py_XSETREF(MODULE(op)->md_name, Py_NewRef(name));
    if (init_dict(MODULE(op)->md_dict, name) < 0)
        return -1;
    return PyDict_SetItemString(MODULE(op)->md_dict, "__doc__", doc);
}

static int add_definition(PyObject *op, PyModuleDef *def)
{
    MODULE(op)->md_def = def;
    if (def->m_size > 0 && !(MODULE(op)->md_state = PyMem_Calloc(1, (size_t)def->m_size))) {
        PyErr_NoMemory();
        return -1;
    }
    if (def->m_methods && PyModule_AddFunctions(op, def->m_methods) < 0)
        return -1;
    return def->m_doc ? PyModule_SetDocString(op, def->m_doc) : 0;
}

PyObject *PyModule_Create2(PyModuleDef *def, int Py_UNUSED(api_version))
{
    PyObject *op = PyModule_New(def->m_name);
    if (op && add_definition(op, def) < 0)
        Py_CLEAR(op);
    return op;
}

PyObject *PyModule_FromDefAndSpec2(PyModuleDef *def, PyObject *spec, int Py_UNUSED(api_version))
{
    PyObject *(*create)(PyObject *, PyModuleDef *) = NULL;
    for (PyModuleDef_Slot *slot = def->m_slots; slot && slot->slot; slot++)
        if (slot->slot == Py_mod_create)
            create = (PyObject *(*)(PyObject *, PyModuleDef *))slot->value;
    PyObject *name = PyObject_GetAttrString(spec, "name"), *op = NULL;
    if (name)
        op = create ? create(spec, def) : PyModule_NewObject(name);
    Py_XDECREF(name);
    if (op && PyModule_Check(op) && add_definition(op, def) < 0)
        Py_CLEAR(op);
    return op;
}

int PyModule_ExecDef(PyObject *module, PyModuleDef *def)
{
    for (PyModuleDef_Slot *slot = def->m_slots; slot && slot->slot; slot++) {
        if (slot->slot != Py_mod_exec)
            continue;
        int failed = ((int (*)(PyObject *))slot->value)(module);
        if (failed && !PyErr_Occurred())
            PyErr_Format(PyExc_SystemError, "execution of module %s failed without setting an exception", def->m_name);
        if (failed || PyErr_Occurred())
            return -1;
    }
    return 0;
}

/* ---- what is in one ---- */

PyObject *PyModule_GetDict(PyObject *op)
{
    if (!PyModule_Check(op)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return MODULE(op)->md_dict;
}

PyObject *PyModule_GetNameObject(PyObject *op)
{
    PyObject *name = PyModule_Check(op) ? PyDict_GetItemString(MODULE(op)->md_dict, "__name__") : NULL;
    if (!name || !PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_SystemError, "nameless module");
        return NULL;
    }
    return Py_NewRef(name);
}

const char *PyModule_GetName(PyObject *op)
{
    PyObject *name = PyModule_GetNameObject(op);
    if (!name)
        return NULL;
    Py_DECREF(name);        /* the dict still holds it */
    return PyUnicode_AsUTF8(name);
}

PyModuleDef *PyModule_GetDef(PyObject *op) { return MODULE(op)->md_def; }
void *PyModule_GetState(PyObject *op) { return MODULE(op)->md_state; }

int PyModule_AddObjectRef(PyObject *op, const char *name, PyObject *value)
{
    if (!value) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_SystemError, "PyModule_AddObjectRef() must be called with an exception or a value");
        return -1;
    }
    return PyDict_SetItemString(PyModule_GetDict(op), name, value);
}

int PyModule_Add(PyObject *op, const char *name, PyObject *value)
{
    int result = PyModule_AddObjectRef(op, name, value);
    Py_XDECREF(value);
    return result;
}

/* Takes the reference only when it succeeds, as CPython's does. */
int PyModule_AddObject(PyObject *op, const char *name, PyObject *value)
{
    int result = PyModule_AddObjectRef(op, name, value);
    if (result == 0)
        Py_DECREF(value);
    return result;
}

int PyModule_AddIntConstant(PyObject *op, const char *name, long value)
{
    return PyModule_Add(op, name, PyLong_FromLong(value));
}

int PyModule_AddStringConstant(PyObject *op, const char *name, const char *value)
{
    return PyModule_Add(op, name, PyUnicode_FromString(value));
}

int PyModule_AddType(PyObject *op, PyTypeObject *type)
{
    if (PyType_Ready(type) < 0)
        return -1;
    return PyModule_AddObjectRef(op, _PyType_Name(type), (PyObject *)type);
}

int PyModule_AddFunctions(PyObject *op, PyMethodDef *functions)
{
    PyObject *name = PyModule_GetNameObject(op);
    int result = name ? 0 : -1;
    for (PyMethodDef *method = functions; result == 0 && method->ml_name; method++)
        result = PyModule_Add(op, method->ml_name, PyCFunction_NewEx(method, op, name));
    Py_XDECREF(name);
    return result;
}

int PyModule_SetDocString(PyObject *op, const char *doc) { return PyModule_AddStringConstant(op, "__doc__", doc); }

/* ---- the module of a definition ---- */

int PyState_AddModule(PyObject *module, PyModuleDef *def)
{
    Py_XSETREF(def->m_base.m_copy, Py_NewRef(module));
    return 0;
}

int PyState_RemoveModule(PyModuleDef *def)
{
    Py_CLEAR(def->m_base.m_copy);
    return 0;
}

PyObject *PyState_FindModule(PyModuleDef *def) { return def->m_base.m_copy; }

/* ---- the type ---- */

static void module_dealloc(PyObject *op)
{
    PyModuleObject *self = MODULE(op);
    PyObject_GC_UnTrack(op);
    if (self->md_weaklist)
        PyObject_ClearWeakRefs(op);
    if (self->md_def && self->md_def->m_free)
        self->md_def->m_free(op);
    Py_XDECREF(self->md_dict);
    Py_XDECREF(self->md_name);
    PyMem_Free(self->md_state);
    Py_TYPE(op)->tp_free(op);
}

static int module_traverse(PyObject *op, visitproc visit, void *arg)
{
    PyModuleObject *self = MODULE(op);
    if (self->md_def && self->md_def->m_traverse) {
        int result = self->md_def->m_traverse(op, visit, arg);
        if (result)
            return result;
    }
    Py_VISIT(self->md_dict);
    return 0;
}

static int module_clear(PyObject *op)
{
    PyModuleObject *self = MODULE(op);
    if (self->md_def && self->md_def->m_clear)
        self->md_def->m_clear(op);
    Py_CLEAR(self->md_dict);
    return 0;
}

static PyObject *module_repr(PyObject *op)
{
    PyObject *name = MODULE(op)->md_dict ? PyDict_GetItemString(MODULE(op)->md_dict, "__name__") : NULL;
    return name ? PyUnicode_FromFormat("<module %R (built-in)>", name) : PyUnicode_FromString("<module '?'>");
}

/* A module may have a function __getattr__ for what it lacks (PEP 562). */
static PyObject *module_getattro(PyObject *op, PyObject *name)
{
    PyObject *value = PyObject_GenericGetAttr(op, name);
    if (value || !PyErr_ExceptionMatches(PyExc_AttributeError))
        return value;
    PyObject *dict = MODULE(op)->md_dict;
    PyErr_Clear();
    PyObject *function = dict ? PyDict_GetItemString(dict, "__getattr__") : NULL;
    if (function)
        return PyObject_CallOneArg(function, name);
    PyObject *own_name = dict ? PyDict_GetItemString(dict, "__name__") : NULL;
    if (own_name && PyUnicode_Check(own_name))
        return PyErr_Format(PyExc_AttributeError, "module '%U' has no attribute '%U'", own_name, name);
    return PyErr_Format(PyExc_AttributeError, "module has no attribute '%U'", name);
}

static PyObject *module_dir(PyObject *op, PyObject *Py_UNUSED(ignored))
{
    PyObject *function = PyDict_GetItemString(MODULE(op)->md_dict, "__dir__");
    return function ? PyObject_CallNoArgs(function) : PyDict_Keys(MODULE(op)->md_dict);
}

static PyMethodDef module_methods[] = {
    {"__dir__", module_dir, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef module_members[] = {
    {"__dict__", _Py_T_OBJECT, offsetof(PyModuleObject, md_dict), Py_READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PyModule_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "module",
    .tp_basicsize = sizeof(PyModuleObject),
    .tp_dealloc = module_dealloc,
    .tp_repr = module_repr,
    .tp_getattro = module_getattro,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "module(name, doc=None)",
    .tp_traverse = module_traverse,
    .tp_clear = module_clear,
    .tp_weaklistoffset = offsetof(PyModuleObject, md_weaklist),
    .tp_methods = module_methods,
    .tp_members = module_members,
    .tp_dictoffset = offsetof(PyModuleObject, md_dict),
    .tp_init = module_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = module_new,
    .tp_free = PyObject_GC_Del,
};
