/* The runtime as a whole: its start and end, threads of Python code, what the host asks of it (runtime.h). */
#include "gc.h"
#include "port.h"
#include "runtime.h"

struct _is {
    int64_t id;
};

static PyInterpreterState interpreter;
static PyThreadState main_state;
static PyThreadState *threads;          /* every state but the main one's, linked by next */
static bool initialized, finalizing;

PyThreadState *runtime_current;
const unsigned long Py_Version = PY_VERSION_HEX;

/* ---- console and the worst ---- */

void runtime_write(const char *text, Py_ssize_t length) { port_write(text, (size_t)length); }

_Noreturn void Py_FatalError(const char *message) { port_panic(message); }

_Noreturn void _Py_FatalErrorFunc(const char *function, const char *message)
{
    char text[256];
    PyOS_snprintf(text, sizeof text, "%s: %s", function, message);
    port_panic(text);
}

/* ---- threads ---- */

static void thread_init(PyThreadState *state)
{
    memset(state, 0, sizeof *state);
    state->interp = &interpreter;
    state->exc_info = &state->exc_state;
}

PyThreadState *runtime_thread_new(void)
{
    PyThreadState *state = PyMem_Malloc(sizeof *state);
    if (!state)
        return NULL;
    thread_init(state);
    state->next = threads;
    threads = state;
    return state;
}

static void thread_clear(PyThreadState *state)
{
    Py_CLEAR(state->current_exception);
    Py_CLEAR(state->exc_state.exc_value);
    Py_CLEAR(state->async_gen_firstiter);
    Py_CLEAR(state->async_gen_finalizer);
    Py_CLEAR(state->repr_stack);
}

void runtime_thread_delete(PyThreadState *state)
{
    thread_clear(state);
    PyThreadState **at = &threads;
    while (*at && *at != state)
        at = &(*at)->next;
    if (*at)
        *at = state->next;
    PyMem_Free(state);
}

void runtime_thread_stack(PyThreadState *state, const void *lowest) { state->stack_lowest = lowest; }

PyThreadState *PyThreadState_Get(void) { return runtime_current; }
PyFrameObject *PyThreadState_GetFrame(PyThreadState *Py_UNUSED(state)) { return NULL; }
PyInterpreterState *PyInterpreterState_Get(void) { return &interpreter; }
int64_t PyInterpreterState_GetID(PyInterpreterState *of) { return of->id; }
PyInterpreterState *PyThreadState_GetInterpreter(PyThreadState *state) { return state->interp; }

/* The one lock is the host's: it changes hands only where a thread waits, so there is nothing to take or to give here. */
PyGILState_STATE PyGILState_Ensure(void) { return PyGILState_LOCKED; }
void PyGILState_Release(PyGILState_STATE Py_UNUSED(state)) {}
int PyGILState_Check(void) { return 1; }
PyThreadState *PyEval_SaveThread(void) { return runtime_current; }
void PyEval_RestoreThread(PyThreadState *Py_UNUSED(state)) {}

/* Locks that nobody can be waiting for: held or not is all there is to know. */
PyThread_type_lock PyThread_allocate_lock(void) { return PyMem_Calloc(1, sizeof(int)); }
void PyThread_free_lock(PyThread_type_lock lock) { PyMem_Free(lock); }
void PyThread_release_lock(PyThread_type_lock lock) { *(int *)lock = 0; }
unsigned long PyThread_get_thread_ident(void) { return (unsigned long)(uintptr_t)runtime_current; }

int PyThread_acquire_lock(PyThread_type_lock lock, int Py_UNUSED(wait))
{
    int free = *(int *)lock == 0;
    *(int *)lock = 1;
    return free;
}

/* ---- builtins and sys ---- */

static PyObject *builtins, *sys;        /* their namespaces, owned */

PyObject *PyEval_GetBuiltins(void) { return builtins; }
PyObject *PyEval_GetGlobals(void) { return NULL; }
PyObject *PySys_GetObject(const char *name) { return sys ? PyDict_GetItemString(sys, name) : NULL; }

int PySys_SetObject(const char *name, PyObject *value)
{
    return value ? PyDict_SetItemString(sys, name, value) : PyDict_PopString(sys, name, NULL);
}

int Py_IsInitialized(void) { return initialized; }
int Py_IsFinalizing(void) { return finalizing; }

/* ---- start ---- */

/* The types every program has. Readying one readies its bases; those not listed are readied where they live. */
static PyTypeObject *const types[] = {
    &PyBaseObject_Type, &PyType_Type, &PyUnicode_Type, &PyDict_Type, &PyTuple_Type, &PyList_Type, &PyLong_Type, &PyBool_Type,
    &_PyNone_Type, &_PyNotImplemented_Type, &PyEllipsis_Type, &PyFloat_Type, &PyComplex_Type, &PyBytes_Type,
    &PyByteArray_Type, &PyMemoryView_Type, &_PyManagedBuffer_Type, &PySet_Type, &PyFrozenSet_Type, &PySlice_Type,
    &PyCFunction_Type, &PyCMethod_Type, &PyMethod_Type, &PyMethodDescr_Type, &PyClassMethodDescr_Type, &PyMemberDescr_Type,
    &PyGetSetDescr_Type, &PyWrapperDescr_Type, &_PyMethodWrapper_Type, &PyProperty_Type, &PyStaticMethod_Type,
    &PyClassMethod_Type, &PySuper_Type, &PyModule_Type, &PyModuleDef_Type, &PyCapsule_Type, &PyCode_Type, &PyFrame_Type,
    &PyTraceBack_Type, &PyGen_Type, &PyCoro_Type, &PyAsyncGen_Type, &_PyWeakref_RefType, &_PyWeakref_ProxyType,
    &_PyWeakref_CallableProxyType, &PyUnicodeIter_Type, &PyBytesIter_Type, &PyByteArrayIter_Type, &_PyMemoryIter_Type,
    &PyTupleIter_Type, &PyListIter_Type, &PyListRevIter_Type, &PyDictKeys_Type, &PyDictValues_Type, &PyDictItems_Type,
    &PyDictIterKey_Type, &PyDictIterValue_Type, &PyDictIterItem_Type, &PyDictRevIterKey_Type, &PyDictRevIterValue_Type,
    &PyDictRevIterItem_Type, &PyDictProxy_Type,
};

/* Objects of types not ready yet are already made and freed while the first types are being readied. */
static void give_memory_slots(PyTypeObject *type)
{
    if (!type->tp_free)
        type->tp_free = type->tp_flags & Py_TPFLAGS_HAVE_GC ? PyObject_GC_Del : PyObject_Free;
    if (!type->tp_alloc)
        type->tp_alloc = PyType_GenericAlloc;
}

static int ready_types(void)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
        give_memory_slots(types[i]);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++)
        if (PyType_Ready(types[i]) < 0)
            return -1;
    return 0;
}

static int make_module(const char *name, int (*fill)(PyObject *), PyObject **namespace)
{
    PyObject *module = PyImport_AddModuleRef(name);
    if (!module)
        return -1;
    *namespace = Py_NewRef(PyModule_GetDict(module));
    int result = fill(module);
    Py_DECREF(module);
    return result;
}

static int start(const struct runtime_module *modules)
{
    if (_PyHash_Init() < 0 || _PyLong_Init() < 0 || _PyUnicode_Init() < 0 || _PyBytes_Init() < 0)
        return -1;
    if (ready_types() < 0 || _PyExc_Init() < 0 || _PyErr_Init() < 0 || _PyImport_Init(modules) < 0)
        return -1;
    if (make_module("builtins", _PyBuiltins_Init, &builtins) < 0 || make_module("sys", _PySys_Init, &sys) < 0)
        return -1;
    return PyDict_SetItemString(sys, "modules", PyImport_GetModuleDict());
}

int runtime_init(const struct runtime_module *modules)
{
    static const char why[] = "the Python runtime cannot start:\n";
    thread_init(&main_state);
    runtime_current = &main_state;
    if (start(modules) == 0) {
        initialized = true;
        return 0;
    }
    runtime_write(why, sizeof why - 1);
    PyErr_Print();
    return -1;
}

/* ---- running ---- */

/* SystemExit's status: None is 0, an int itself, anything else is printed and 1. */
static int exit_status(PyObject *error)
{
    PyObject *code = ((PySystemExitObject *)error)->code;
    if (!code || code == Py_None)
        return 0;
    if (PyLong_Check(code))
        return (int)PyLong_AsLong(code);
    PyObject *text = PyObject_Str(code);
    Py_ssize_t size;
    const char *utf8 = text ? PyUnicode_AsUTF8AndSize(text, &size) : NULL;
    if (utf8) {
        runtime_write(utf8, size);
        runtime_write("\n", 1);
    }
    Py_XDECREF(text);
    PyErr_Clear();
    return 1;
}

static int failed(void)
{
    if (!PyErr_ExceptionMatches(PyExc_SystemExit)) {
        PyErr_Print();
        return 1;
    }
    PyObject *error = PyErr_GetRaisedException();
    int status = exit_status(error);
    Py_DECREF(error);
    return status;
}

int runtime_run(const char *module, const char *function)
{
    PyObject *imported = PyImport_ImportModule(module);
    PyObject *callable = imported && function ? PyObject_GetAttrString(imported, function) : NULL;
    PyObject *result = callable ? PyObject_CallNoArgs(callable) : function ? NULL : Py_XNewRef(imported);
    int status = result ? 0 : failed();
    Py_XDECREF(result);
    Py_XDECREF(callable);
    Py_XDECREF(imported);
    return status;
}

/* ---- end ---- */

void runtime_shutdown(void)
{
    /* What only cycles hold goes first: its finalizers, and coroutines in mid-wait, still find their modules' names. */
    runtime_collect();
    finalizing = true;
    _PyImport_Fini();
    Py_CLEAR(builtins);
    Py_CLEAR(sys);
    runtime_collect();
    _PyBuiltins_Fini();
    while (threads)
        runtime_thread_delete(threads);
    thread_clear(&main_state);
    _PyType_Fini();
    runtime_collect();
    _PyErr_Fini();
    _PyExc_Fini();
    _PyDict_Fini();
    _PySet_Fini();
    _PyTuple_Fini();
    _PyBytes_Fini();
    _PyUnicode_Fini();
    _PyLong_Fini();
    _PyNames_Fini();
    _PyGC_Fini();
    initialized = false;
}
