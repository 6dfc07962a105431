/* What the runtime's own files share and generated code never sees. */
#ifndef PYNET_RUNTIME_INTERNAL_H
#define PYNET_RUNTIME_INTERNAL_H

#include "Python.h"

/* Start and end, in this order (state.c). Each returns 0, or -1 with an exception. */
int _PyHash_Init(void);                     /* hash.c: the SipHash key from port_entropy */
int _PyLong_Init(void);                     /* long.c: the small ints -5..256, before any type is ready */
int _PyUnicode_Init(void);                  /* unicode.c: empty and one-character strings, the table of interned ones */
int _PyBytes_Init(void);
int _PyExc_Init(void);                      /* exceptions.c: readies the exception types */
int _PyErr_Init(void);                      /* errors.c, behind _PyExc_Init: the spare MemoryError */
int _PyBuiltins_Init(PyObject *module);     /* builtins.c (RT3): functions and types of module `builtins` */
int _PySys_Init(PyObject *module);          /* sys.c (RT3): attributes of `sys` besides modules */
void _PyLong_Fini(void);
void _PyUnicode_Fini(void);
void _PyBytes_Fini(void);
void _PyBuiltins_Fini(void);
void _PyDict_Fini(void);
void _PyTuple_Fini(void);
struct runtime_module;
int _PyImport_Init(const struct runtime_module *table);     /* import.c: sys.modules, the host's table */
void _PyImport_Fini(void);
void _PyType_Fini(void);
void _PyExc_Fini(void);
void _PyErr_Fini(void);
void _PySet_Fini(void);
void _PyGC_Fini(void);

/* Modules written in C of the runtime, imported like others; ends with {NULL}. RT2 and RT3 add theirs in state.c. */
PyObject *PyInit__struct(void);             /* struct.c (RT2) */
PyObject *PyInit__itertools(void);          /* itertools.c (RT3): module `itertools` */
PyObject *PyInit__time(void);               /* time.c (RT3): module `time` */
PyObject *PyInit__gc(void);                 /* gc.c: module `gc` */
PyObject *PyInit__weakref(void);            /* weakref.c: module `_weakref` */

/* Console: sys.stdout and the traceback printer go here. */
void runtime_write(const char *text, Py_ssize_t length);

/* Arguments of a METH_FASTCALL | METH_KEYWORDS function. `names` lists all parameters in order and ends with NULL; an empty
 * name is positional only. `format` is PyArg_ParseTuple's, with | before the optional and $ before the keyword-only ones, and
 * :name at the end for messages. Returns 1, or 0 with an exception. */
int _PyArg_ParseStackAndKeywords(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, const char *format,
                                 const char *const *names, ...);
int _PyArg_ParseStack(PyObject *const *args, Py_ssize_t nargs, const char *format, ...);
/* TypeError unless least <= nargs <= most: "name expected 1 argument, got 2". */
int _PyArg_CheckPositional(const char *name, Py_ssize_t nargs, Py_ssize_t least, Py_ssize_t most);
/* TypeError "name() takes no keyword arguments" if there are any. */
int _PyArg_NoKeywords(const char *name, PyObject *kwargs);
int _PyArg_NoKwnames(const char *name, PyObject *kwnames);

/* long.c, long_text.c: the int of bytes in ASCII; v in a base, with its prefix. */
PyObject *_PyLong_FromBytes(const char *text, Py_ssize_t length, int base);
PyObject *_PyLong_Format(PyObject *v, int base);

/* Call a function of a method table by its own convention (METH_*). */
PyObject *_PyMethodDef_Call(PyMethodDef *method, PyObject *self, PyTypeObject *cls, PyObject *const *args, Py_ssize_t nargs,
                            PyObject *kwnames);

/* Numbers as indices: value through __index__; clipped at the ends when `overflow` is NULL. */
PyObject *_PyNumber_Index(PyObject *op);

/* Attribute and special-method access by C name; the name is interned on the way. New reference or NULL; the "Optional" form
 * gives NULL without an exception where there is none. */
PyObject *_PyObject_CallMethod0(PyObject *op, const char *name);
PyObject *_PyObject_CallMethod1(PyObject *op, const char *name, PyObject *arg);
PyObject *_PyType_LookupName(PyTypeObject *type, const char *name);     /* borrowed */
/* The special method bound to op (type lookup only), or NULL, with an exception only on failure. */
PyObject *_PyObject_LookupSpecialName(PyObject *op, const char *name);
/* list(iterable) of an object with __length_hint__, for constructors. */
PyObject *_PyObject_GetMethodRef(PyObject *op, PyObject *name, int *is_unbound);

/* Exceptions from C: KeyError(key) with the key itself, StopIteration(value). */
void _PyErr_SetKeyError(PyObject *key);
int _PyGen_SetStopIterationValue(PyObject *value);
int _PyGen_FetchStopIterationValue(PyObject **value);
void _PyErr_ChainExceptions1(PyObject *error);
PyObject *_PyErr_SetOSError(int number, const char *text);
/* Print error with its causes and traceback as CPython does. */
void _PyErr_PrintException(PyObject *error);
PyObject *_PyNotImplementedFeature(const char *what);   /* raises NotImplementedError(what), returns NULL */

/* The first name in op's MRO after the last dot of tp_name; never NULL. */
const char *_PyType_Name(PyTypeObject *type);
PyObject *_PyType_CalculateMetaclass(PyTypeObject *metatype, PyObject *bases);
int _PyType_IsReady(PyTypeObject *type);

/* int | str: nb_or of types, of their aliases and of unions. _Py_typing_repr names one member as repr of the whole does. */
extern PyTypeObject _PyUnion_Type;
PyObject *_Py_union_type_or(PyObject *left, PyObject *right);
PyObject *_Py_typing_repr(PyObject *op);

/* dict internals for iteration in other files. */
PyObject *_PyDict_FromKeywords(PyObject *const *values, PyObject *kwnames);
PyObject *_PyStack_AsDict(PyObject *const *values, PyObject *kwnames);

/* The call by tp_call, with a tuple and a dict made of the array: for a tp_vectorcall that knows only some of its arguments. */
PyObject *_PyObject_MakeTpCall(PyObject *callable, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);

/* Objects with a pre-header: the managed dict and the list of weak references stand before the collector's header. */
PyObject **_PyObject_ManagedDict(PyObject *op);
PyObject **_PyObject_WeakrefList(PyObject *op);     /* NULL when the type has none */

/* Rotating hash combination of tuples (xxHash-like as in CPython), for RT3's types too. */
Py_hash_t _PyTuple_HashItems(PyObject *const *items, Py_ssize_t count);

/* A string of the runtime, interned at first use and given back by _PyNames_Fini. */
PyObject *_Py_InternStatic(PyObject **slot, const char *text);
void _PyNames_Fini(void);
#define _Py_NAME(text)                                              \
    ({                                                              \
        static PyObject *interned_;                                 \
        interned_ ? interned_ : _Py_InternStatic(&interned_, text); \
    })

/* True near the end of the thread's C stack: Py_EnterRecursiveCall would refuse. Never where its end is not known: no stack lies so low. */
#define STACK_MARGIN 12288      /* bytes of C stack kept for leaf functions */
static inline int _Py_StackIsLow(void)
{
    return (uintptr_t)__builtin_frame_address(0) < (uintptr_t)runtime_current->stack_lowest + STACK_MARGIN;
}

int _Py_CheckSlotResult(PyObject *op, const char *slot, int success);
#define _Py_STR_OR_NULL(text) ((text) ? (text) : "")

#endif
