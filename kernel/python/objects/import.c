/* import: of modules that were compiled into the program. There is no search path and no file; a name is in the table or it is not. */
#include "gc.h"
#include "runtime.h"

static PyObject *modules;                           /* sys.modules */
static const struct runtime_module *linked;         /* the host's table */

/* Modules of the runtime itself, written in C. */
static const struct runtime_module own[] = {
    {"_struct", PyInit__struct, 0},
    {"_weakref", PyInit__weakref, 0},
    {"gc", PyInit__gc, 0},
    {"time", PyInit__time, 0},
    {NULL, NULL, 0},
};

int _PyImport_Init(const struct runtime_module *table)
{
    linked = table;
    modules = PyDict_New();
    return modules ? 0 : -1;
}

/* Modules let go of what they hold in the order they came, builtins and sys last: others' code may still need those. */
static void clear_modules(PyObject *all, bool last)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(all); i++) {
        PyObject *module = PyList_GET_ITEM(all, i);
        if (!PyModule_Check(module) || !((PyModuleObject *)module)->md_dict)
            continue;
        PyObject *name = ((PyModuleObject *)module)->md_name;
        bool is_last = name && PyUnicode_Check(name) &&
                       (_PyUnicode_EqualToASCIIString(name, "builtins") || _PyUnicode_EqualToASCIIString(name, "sys"));
        if (is_last == last)
            PyDict_Clear(((PyModuleObject *)module)->md_dict);
    }
}

void _PyImport_Fini(void)
{
    PyObject *all = modules ? PyDict_Values(modules) : NULL;
    if (all) {
        PyDict_Clear(modules);
        clear_modules(all, false);
        runtime_collect();
        clear_modules(all, true);
    }
    Py_XDECREF(all);
    Py_CLEAR(modules);
}

/* ---- sys.modules ---- */

PyObject *PyImport_GetModuleDict(void) { return modules; }

/* New reference, or NULL, without an exception where there is none. */
PyObject *PyImport_GetModule(PyObject *name)
{
    PyObject *module = NULL;
    return modules && PyDict_GetItemRef(modules, name, &module) > 0 ? module : NULL;
}

PyObject *PyImport_AddModuleObject(PyObject *name)
{
    PyObject *module = PyDict_GetItemWithError(modules, name);
    if (module || PyErr_Occurred())
        return module;
    module = PyModule_NewObject(name);
    if (module && PyDict_SetItem(modules, name, module) == 0)
        Py_DECREF(module);      /* sys.modules holds it */
    else
        Py_CLEAR(module);
    return module;
}

PyObject *PyImport_AddModule(const char *name)
{
    PyObject *text = PyUnicode_FromString(name), *module = text ? PyImport_AddModuleObject(text) : NULL;
    Py_XDECREF(text);
    return module;
}

PyObject *PyImport_AddModuleRef(const char *name) { return Py_XNewRef(PyImport_AddModule(name)); }

/* ---- module specs ---- */

/* What importlib's ModuleSpec is to a module's code: where it belongs. */
typedef struct {
    PyObject_HEAD
    PyObject *name, *loader, *origin, *parent, *submodule_search_locations;
} spec_object;

static void spec_dealloc(PyObject *op)
{
    spec_object *self = (spec_object *)op;
    Py_XDECREF(self->name);
    Py_XDECREF(self->loader);
    Py_XDECREF(self->origin);
    Py_XDECREF(self->parent);
    Py_XDECREF(self->submodule_search_locations);
    PyObject_Free(op);
}

static PyObject *spec_repr(PyObject *op) { return PyUnicode_FromFormat("ModuleSpec(name=%R)", ((spec_object *)op)->name); }

static PyMemberDef spec_members[] = {
    {"name", _Py_T_OBJECT, offsetof(spec_object, name), 0, NULL},
    {"loader", _Py_T_OBJECT, offsetof(spec_object, loader), 0, NULL},
    {"origin", _Py_T_OBJECT, offsetof(spec_object, origin), 0, NULL},
    {"parent", _Py_T_OBJECT, offsetof(spec_object, parent), 0, NULL},
    {"submodule_search_locations", _Py_T_OBJECT, offsetof(spec_object, submodule_search_locations), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyTypeObject spec_type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "importlib.ModuleSpec",
    .tp_basicsize = sizeof(spec_object),
    .tp_dealloc = spec_dealloc,
    .tp_repr = spec_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_members = spec_members,
};

/* The part of a dotted name before its last dot, "" without one. New reference. */
static PyObject *parent_name(PyObject *name)
{
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    return dot < -1 ? NULL : PyUnicode_Substring(name, 0, dot < 0 ? 0 : dot);
}

static PyObject *new_spec(PyObject *name, bool is_package)
{
    if (PyType_Ready(&spec_type) < 0)
        return NULL;
    spec_object *spec = PyObject_New(spec_object, &spec_type);
    if (!spec)
        return NULL;
    spec->name = Py_NewRef(name);
    spec->loader = Py_NewRef(Py_None);
    spec->origin = Py_NewRef(Py_None);
    spec->parent = is_package ? Py_NewRef(name) : parent_name(name);
    spec->submodule_search_locations = is_package ? PyList_New(0) : Py_NewRef(Py_None);
    if (!spec->parent || !spec->submodule_search_locations)
        Py_CLEAR(spec);
    return (PyObject *)spec;
}

/* ---- loading one module ---- */

static const struct runtime_module *find_in(const struct runtime_module *table, PyObject *name)
{
    for (; table && table->name; table++)
        if (_PyUnicode_EqualToASCIIString(name, table->name))
            return table;
    return NULL;
}

static const struct runtime_module *find(PyObject *name)
{
    const struct runtime_module *entry = find_in(linked, name);
    return entry ? entry : find_in(own, name);
}

static int set_attributes(PyObject *module, PyObject *spec, bool is_package)
{
    PyObject *dict = PyModule_GetDict(module);
    if (!dict || PyDict_SetItemString(dict, "__spec__", spec) < 0 ||
        PyDict_SetItemString(dict, "__package__", ((spec_object *)spec)->parent) < 0)
        return -1;
    return is_package ? PyDict_SetItemString(dict, "__path__", ((spec_object *)spec)->submodule_search_locations) : 0;
}

/* Two-phase: made, entered in sys.modules so that circles of imports find it, then run. */
static PyObject *load_from_definition(PyModuleDef *def, PyObject *name, bool is_package)
{
    PyObject *spec = new_spec(name, is_package), *module = spec ? PyModule_FromDefAndSpec(def, spec) : NULL;
    if (module && (set_attributes(module, spec, is_package) < 0 || PyDict_SetItem(modules, name, module) < 0))
        Py_CLEAR(module);
    Py_XDECREF(spec);
    if (module && PyModule_ExecDef(module, def) < 0) {
        PyObject *error = PyErr_GetRaisedException();
        PyDict_Pop(modules, name, NULL);
        PyErr_SetRaisedException(error);
        Py_CLEAR(module);
    }
    return module;
}

static PyObject *load(const struct runtime_module *entry, PyObject *name)
{
    PyObject *made = entry->init();
    if (!made)
        return NULL;
    if (Py_IS_TYPE(made, &PyModuleDef_Type))
        return load_from_definition((PyModuleDef *)made, name, entry->is_package);
    if (PyDict_SetItem(modules, name, made) < 0)
        Py_CLEAR(made);
    return made;
}

/* ---- finding it by name ---- */

static PyObject *not_found(PyObject *name, PyObject *parent)
{
    PyObject *text = parent ? PyUnicode_FromFormat("No module named %R; %R is not a package", name, parent)
                            : PyUnicode_FromFormat("No module named %R", name);
    PyObject *error = text ? PyObject_CallOneArg(PyExc_ModuleNotFoundError, text) : NULL;
    if (error && PyObject_SetAttrString(error, "name", name) == 0)
        PyErr_SetObject(PyExc_ModuleNotFoundError, error);
    Py_XDECREF(text);
    Py_XDECREF(error);
    return NULL;
}

static PyObject *import_absolute(PyObject *name);

/* The parent of a.b is imported first, and a.b becomes its attribute b. */
static PyObject *import_in_parent(PyObject *name, PyObject *parent)
{
    PyObject *package = import_absolute(parent);
    if (!package)
        return NULL;
    PyObject *module = PyImport_GetModule(name);        /* the package itself may have imported it */
    const struct runtime_module *entry = module ? NULL : find(name);
    if (!module && entry)
        module = load(entry, name);
    else if (!module)
        not_found(name, PyObject_HasAttrString(package, "__path__") ? NULL : parent);
    Py_ssize_t length = PyUnicode_GET_LENGTH(parent);
    PyObject *last = module ? PyUnicode_Substring(name, length + 1, PyUnicode_GET_LENGTH(name)) : NULL;
    if (last && PyObject_SetAttr(package, last, module) < 0)
        Py_CLEAR(last);
    if (!last)
        Py_CLEAR(module);
    Py_XDECREF(last);
    Py_DECREF(package);
    return module;
}

static PyObject *import_absolute(PyObject *name)
{
    PyObject *module = PyImport_GetModule(name);
    if (module == Py_None) {
        Py_DECREF(module);
        return PyErr_Format(PyExc_ModuleNotFoundError, "import of %U halted; None in sys.modules", name);
    }
    if (module)
        return module;
    PyObject *parent = parent_name(name);
    if (!parent)
        return NULL;
    if (Py_EnterRecursiveCall(" while importing")) {
        Py_DECREF(parent);
        return NULL;
    }
    const struct runtime_module *entry = find(name);
    if (PyUnicode_GET_LENGTH(parent))
        module = import_in_parent(name, parent);
    else
        module = entry ? load(entry, name) : not_found(name, NULL);
    Py_LeaveRecursiveCall();
    Py_DECREF(parent);
    return module;
}

/* ---- relative names ---- */

/* The package of the module whose globals these are. New reference. */
static PyObject *package_of(PyObject *globals)
{
    PyObject *package = globals && PyDict_Check(globals) ? PyDict_GetItemString(globals, "__package__") : NULL;
    if (package && package != Py_None && PyUnicode_Check(package))
        return Py_NewRef(package);
    PyObject *name = globals && PyDict_Check(globals) ? PyDict_GetItemString(globals, "__name__") : NULL;
    if (!name || !PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_KeyError, "'__name__' not in globals");
        return NULL;
    }
    return PyDict_ContainsString(globals, "__path__") ? Py_NewRef(name) : parent_name(name);
}

/* `level` dots, then `name`, made absolute. */
static PyObject *resolve(PyObject *name, PyObject *globals, int level)
{
    PyObject *package = package_of(globals);
    if (!package)
        return NULL;
    if (PyUnicode_GET_LENGTH(package) == 0) {
        Py_DECREF(package);
        PyErr_SetString(PyExc_ImportError, "attempted relative import with no known parent package");
        return NULL;
    }
    for (; level > 1; level--) {
        PyObject *above = parent_name(package);
        Py_SETREF(package, above);
        if (!above || PyUnicode_GET_LENGTH(above) == 0) {
            Py_XDECREF(above);
            PyErr_SetString(PyExc_ImportError, "attempted relative import beyond top-level package");
            return NULL;
        }
    }
    if (PyUnicode_GET_LENGTH(name) == 0)
        return package;
    PyObject *absolute = PyUnicode_FromFormat("%U.%U", package, name);
    Py_DECREF(package);
    return absolute;
}

/* ---- from ... import ---- */

static int import_names(PyObject *module, PyObject *absolute, PyObject *names, bool in_all);

/* A name that a package lacks may be a module in it; if that does not exist either, the caller's attribute lookup says so. */
static int import_submodule(PyObject *module, PyObject *absolute, PyObject *item)
{
    int has = PyObject_HasAttrWithError(module, item);
    if (has)
        return has < 0 ? -1 : 0;
    PyObject *full = PyUnicode_FromFormat("%U.%U", absolute, item);
    PyObject *submodule = full && find(full) ? import_absolute(full) : NULL;
    Py_XDECREF(full);
    Py_XDECREF(submodule);
    return PyErr_Occurred() ? -1 : 0;
}

static int import_all(PyObject *module, PyObject *absolute)
{
    PyObject *names = NULL;
    int result = PyObject_GetOptionalAttrString(module, "__all__", &names);
    if (result > 0)
        result = import_names(module, absolute, names, true);
    Py_XDECREF(names);
    return result < 0 ? -1 : 0;
}

static int import_names(PyObject *module, PyObject *absolute, PyObject *names, bool in_all)
{
    PyObject *list = PySequence_Fast(names, "fromlist must be a sequence");
    int result = list ? 0 : -1;
    for (Py_ssize_t i = 0; result == 0 && i < PySequence_Fast_GET_SIZE(list); i++) {
        PyObject *item = PySequence_Fast_GET_ITEM(list, i);
        if (!PyUnicode_Check(item)) {
            PyErr_Format(PyExc_TypeError, "Item in ``from list'' must be str, not %.200s", Py_TYPE(item)->tp_name);
            result = -1;
        } else if (_PyUnicode_EqualToASCIIString(item, "*")) {
            result = in_all ? 0 : import_all(module, absolute);
        } else {
            result = import_submodule(module, absolute, item);
        }
    }
    Py_XDECREF(list);
    return result;
}

/* `import a.b` gives a; `from . import` without names gives what the dots and the first part of the name say. */
static PyObject *first_package(PyObject *name, PyObject *absolute)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name), dot = PyUnicode_FindChar(name, '.', 0, length, 1);
    if (dot < 0)
        dot = length;
    PyObject *first = PyUnicode_Substring(absolute, 0, PyUnicode_GET_LENGTH(absolute) - (length - dot));
    PyObject *module = first ? import_absolute(first) : NULL;
    Py_XDECREF(first);
    return module;
}

PyObject *PyImport_ImportModuleLevelObject(PyObject *name, PyObject *globals, PyObject *Py_UNUSED(locals), PyObject *fromlist,
                                           int level)
{
    if (!name || !PyUnicode_Check(name))
        return PyErr_Format(PyExc_TypeError, "module name must be a string");
    if (level < 0)
        return PyErr_Format(PyExc_ValueError, "level must be >= 0");
    if (level == 0 && PyUnicode_GET_LENGTH(name) == 0)
        return PyErr_Format(PyExc_ValueError, "Empty module name");
    PyObject *absolute = level ? resolve(name, globals, level) : Py_NewRef(name);
    PyObject *module = absolute ? import_absolute(absolute) : NULL;
    int wants_names = module && fromlist && fromlist != Py_None ? PyObject_IsTrue(fromlist) : 0;
    if (wants_names < 0) {
        Py_CLEAR(module);
    } else if (module && !wants_names && PyUnicode_GET_LENGTH(name)) {
        Py_SETREF(module, first_package(name, absolute));
    } else if (wants_names && PyObject_HasAttrString(module, "__path__") && import_names(module, absolute, fromlist, false) < 0) {
        Py_CLEAR(module);
    }
    Py_XDECREF(absolute);
    return module;
}

PyObject *PyImport_ImportModuleLevel(const char *name, PyObject *globals, PyObject *locals, PyObject *fromlist, int level)
{
    PyObject *text = PyUnicode_FromString(name);
    PyObject *module = text ? PyImport_ImportModuleLevelObject(text, globals, locals, fromlist, level) : NULL;
    Py_XDECREF(text);
    return module;
}

/* The module itself, not its first package. */
PyObject *PyImport_Import(PyObject *name) { return import_absolute(name); }

PyObject *PyImport_ImportModule(const char *name)
{
    PyObject *text = PyUnicode_FromString(name), *module = text ? import_absolute(text) : NULL;
    Py_XDECREF(text);
    return module;
}
