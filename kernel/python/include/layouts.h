/* The objects whose fields generated code, or more than one file of the runtime, reads in place. */
#ifndef PYNET_LAYOUTS_H
#define PYNET_LAYOUTS_H

/* int: magnitude in 30-bit digits, least significant first; lv_tag = digits << 3 | sign (0 positive, 1 zero, 2 negative). */
#define PyLong_SHIFT 30
#define PyLong_BASE ((uint32_t)1 << PyLong_SHIFT)
#define PyLong_MASK (PyLong_BASE - 1)
#define _PyLong_SIGN_MASK 3
#define _PyLong_NON_SIZE_BITS 3
typedef uint32_t digit;
typedef int32_t sdigit;
typedef uint64_t twodigits;
typedef int64_t stwodigits;
typedef struct {
    uintptr_t lv_tag;
    digit ob_digit[1];
} _PyLongValue;
typedef struct _longobject {
    PyObject_HEAD
    _PyLongValue long_value;
} PyLongObject;
extern PyLongObject _Py_FalseStruct, _Py_TrueStruct;
#define Py_False (_PyObject_CAST(&_Py_FalseStruct))
#define Py_True (_PyObject_CAST(&_Py_TrueStruct))

typedef struct {
    PyObject_HEAD
    double ob_fval;
} PyFloatObject;
#define PyFloat_AS_DOUBLE(op) (((PyFloatObject *)(op))->ob_fval)

typedef struct {
    double real;
    double imag;
} Py_complex;
typedef struct {
    PyObject_HEAD
    Py_complex cval;
} PyComplexObject;

/* str (PEP 393), always compact: the characters follow PyASCIIObject if ascii, else PyCompactUnicodeObject; a 0 follows them.
 * hash is -1 until first asked for; the constants of a module always have it. */
enum PyUnicode_Kind { PyUnicode_1BYTE_KIND = 1, PyUnicode_2BYTE_KIND = 2, PyUnicode_4BYTE_KIND = 4 };
typedef struct {
    PyObject_HEAD
    Py_ssize_t length;
    Py_hash_t hash;
    struct {
        unsigned int interned : 2;
        unsigned int kind : 3;
        unsigned int compact : 1;
        unsigned int ascii : 1;
        unsigned int statically_allocated : 1;
        unsigned int : 24;
    } state;
} PyASCIIObject;
typedef struct {
    PyASCIIObject _base;
    Py_ssize_t utf8_length;
    char *utf8;             /* cached UTF-8 form, owned; NULL until asked for */
} PyCompactUnicodeObject;
typedef struct {
    PyCompactUnicodeObject _base;
    union {
        void *any;
        Py_UCS1 *latin1;
        Py_UCS2 *ucs2;
        Py_UCS4 *ucs4;
    } data;                 /* a subclass's instance points to an owned buffer (compact == 0) */
} PyUnicodeObject;
#define PyUnicode_IS_COMPACT(op) (((PyASCIIObject *)(op))->state.compact)
#define PyUnicode_IS_ASCII(op) (((PyASCIIObject *)(op))->state.ascii)
#define PyUnicode_IS_COMPACT_ASCII(op) (PyUnicode_IS_COMPACT(op) && PyUnicode_IS_ASCII(op))
#define PyUnicode_IS_READY(op) (1)
#define PyUnicode_READY(op) (0)
#define PyUnicode_KIND(op) (((PyASCIIObject *)(op))->state.kind)
#define PyUnicode_GET_LENGTH(op) (((PyASCIIObject *)(op))->length)
#define PyUnicode_CHECK_INTERNED(op) (((PyASCIIObject *)(op))->state.interned)
#define PyUnicode_DATA(op)                                                                  \
    (!PyUnicode_IS_COMPACT(op) ? ((PyUnicodeObject *)(op))->data.any                        \
     : PyUnicode_IS_ASCII(op)  ? (void *)((PyASCIIObject *)(op) + 1)                        \
                               : (void *)((PyCompactUnicodeObject *)(op) + 1))
#define PyUnicode_1BYTE_DATA(op) ((Py_UCS1 *)PyUnicode_DATA(op))
#define PyUnicode_2BYTE_DATA(op) ((Py_UCS2 *)PyUnicode_DATA(op))
#define PyUnicode_4BYTE_DATA(op) ((Py_UCS4 *)PyUnicode_DATA(op))
static inline Py_UCS4 PyUnicode_READ_(int kind, const void *data, Py_ssize_t index)
{
    if (kind == PyUnicode_1BYTE_KIND)
        return ((const Py_UCS1 *)data)[index];
    if (kind == PyUnicode_2BYTE_KIND)
        return ((const Py_UCS2 *)data)[index];
    return ((const Py_UCS4 *)data)[index];
}
static inline void PyUnicode_WRITE_(int kind, void *data, Py_ssize_t index, Py_UCS4 value)
{
    if (kind == PyUnicode_1BYTE_KIND)
        ((Py_UCS1 *)data)[index] = (Py_UCS1)value;
    else if (kind == PyUnicode_2BYTE_KIND)
        ((Py_UCS2 *)data)[index] = (Py_UCS2)value;
    else
        ((Py_UCS4 *)data)[index] = value;
}
#define PyUnicode_READ(kind, data, index) PyUnicode_READ_((int)(kind), (data), (index))
#define PyUnicode_WRITE(kind, data, index, value) PyUnicode_WRITE_((int)(kind), (data), (index), (Py_UCS4)(value))
#define PyUnicode_READ_CHAR(op, index) PyUnicode_READ(PyUnicode_KIND(op), PyUnicode_DATA(op), (index))
#define PyUnicode_MAX_CHAR_VALUE(op)                                   \
    (PyUnicode_IS_ASCII(op)       ? (Py_UCS4)0x7f                      \
     : PyUnicode_KIND(op) == 1    ? (Py_UCS4)0xff                      \
     : PyUnicode_KIND(op) == 2    ? (Py_UCS4)0xffff                    \
                                  : (Py_UCS4)0x10ffff)

/* bytes: ob_sval holds ob_size bytes and a 0. */
typedef struct {
    PyObject_VAR_HEAD
    Py_hash_t ob_shash;
    char ob_sval[1];
} PyBytesObject;
#define PyBytes_AS_STRING(op) (((PyBytesObject *)(op))->ob_sval)
#define PyBytes_GET_SIZE(op) Py_SIZE(op)

/* bytearray: ob_start[0..ob_size) inside ob_bytes[0..ob_alloc); a 0 follows; resizing is refused while ob_exports > 0. Without storage
 * ob_bytes is NULL and ob_start is the empty string, so that ob_start can be read at any time. */
typedef struct {
    PyObject_VAR_HEAD
    Py_ssize_t ob_alloc;
    char *ob_bytes;
    char *ob_start;
    Py_ssize_t ob_exports;
} PyByteArrayObject;
extern char _PyByteArray_empty_string[];
#define PyByteArray_AS_STRING(op) (((PyByteArrayObject *)(op))->ob_start)
#define PyByteArray_GET_SIZE(op) Py_SIZE(op)

/* memoryview; managed buffer shared by all views made from one export. */
typedef struct {
    PyObject_HEAD
    int flags;
    Py_ssize_t exports;
    Py_buffer master;
} _PyManagedBufferObject;
typedef struct {
    PyObject_VAR_HEAD
    _PyManagedBufferObject *mbuf;
    Py_hash_t hash;
    int flags;
    Py_ssize_t exports;
    Py_buffer view;
    PyObject *weakreflist;
    Py_ssize_t ob_array[1];     /* shape, strides, suboffsets: 3 * ndim */
} PyMemoryViewObject;
#define PyMemoryView_GET_BUFFER(op) (&((PyMemoryViewObject *)(op))->view)
#define PyMemoryView_GET_BASE(op) (((PyMemoryViewObject *)(op))->view.obj)

typedef struct {
    PyObject_VAR_HEAD
    PyObject *ob_item[1];
} PyTupleObject;
#define PyTuple_GET_SIZE(op) Py_SIZE(op)
#define PyTuple_GET_ITEM(op, i) (((PyTupleObject *)(op))->ob_item[i])
#define PyTuple_SET_ITEM(op, i, v) ((void)(((PyTupleObject *)(op))->ob_item[i] = (PyObject *)(v)))

typedef struct {
    PyObject_VAR_HEAD
    PyObject **ob_item;
    Py_ssize_t allocated;       /* slots from ob_item on */
    Py_ssize_t gap;             /* slots before ob_item, of items that were taken from the front: never more than `allocated` */
} PyListObject;
#define PyList_GET_SIZE(op) Py_SIZE(op)
#define PyList_GET_ITEM(op, i) (((PyListObject *)(op))->ob_item[i])
#define PyList_SET_ITEM(op, i, v) ((void)(((PyListObject *)(op))->ob_item[i] = (PyObject *)(v)))
#define PySequence_Fast_GET_SIZE(op) Py_SIZE(op)
#define PySequence_Fast_ITEMS(op) \
    (PyList_Check(op) ? ((PyListObject *)(op))->ob_item : ((PyTupleObject *)(op))->ob_item)
#define PySequence_Fast_GET_ITEM(op, i) (PySequence_Fast_ITEMS(op)[i])

/* dict: an open-addressed index of ma_index_size slots over entries kept in insertion order. */
typedef struct {
    Py_hash_t me_hash;
    PyObject *me_key;       /* NULL: a deleted entry */
    PyObject *me_value;
} PyDictEntry;
typedef struct {
    PyObject_HEAD
    Py_ssize_t ma_used;
    Py_ssize_t ma_filled;       /* entries in use or deleted: the next one is ma_entries[ma_filled] */
    Py_ssize_t ma_capacity;     /* entries that fit: two thirds of ma_index_size */
    Py_ssize_t ma_index_size;   /* a power of two, 0 while empty */
    PyDictEntry *ma_entries;
    int32_t *ma_index;          /* entry number, -1 empty, -2 deleted; in one allocation with, and after, ma_entries */
} PyDictObject;
#define PyDict_GET_SIZE(op) (((PyDictObject *)(op))->ma_used)

typedef struct {
    PyObject *key;
    Py_hash_t hash;
} setentry;
typedef struct {
    PyObject_HEAD
    Py_ssize_t fill;        /* used and dummy entries */
    Py_ssize_t used;
    Py_ssize_t mask;        /* table size - 1 */
    setentry *table;
    Py_hash_t hash;         /* frozenset's, -1 until asked for */
    Py_ssize_t finger;      /* where pop() looks next */
    setentry smalltable[8];
    PyObject *weakreflist;
} PySetObject;
#define PySet_GET_SIZE(op) (((PySetObject *)(op))->used)

typedef struct {
    PyObject_HEAD
    PyObject *start, *stop, *step;
} PySliceObject;

/* Functions in C and methods. Cython's function type begins with PyCMethodObject. */
typedef struct {
    PyObject_HEAD
    PyMethodDef *m_ml;
    PyObject *m_self;
    PyObject *m_module;
    PyObject *m_weakreflist;
    vectorcallfunc vectorcall;
} PyCFunctionObject;
typedef struct {
    PyCFunctionObject func;
    PyTypeObject *mm_class;
} PyCMethodObject;
#define PyCFunction_GET_FUNCTION(func) (((PyCFunctionObject *)(func))->m_ml->ml_meth)
#define PyCFunction_GET_FLAGS(func) (((PyCFunctionObject *)(func))->m_ml->ml_flags)
#define PyCFunction_GET_SELF(func) \
    (PyCFunction_GET_FLAGS(func) & METH_STATIC ? NULL : ((PyCFunctionObject *)(func))->m_self)
#define PyCFunction_GET_CLASS(func) \
    (PyCFunction_GET_FLAGS(func) & METH_METHOD ? ((PyCMethodObject *)(func))->mm_class : NULL)
typedef struct {
    PyObject_HEAD
    PyObject *im_func;
    PyObject *im_self;
    PyObject *im_weakreflist;
    vectorcallfunc vectorcall;
} PyMethodObject;
#define PyMethod_GET_FUNCTION(op) (((PyMethodObject *)(op))->im_func)
#define PyMethod_GET_SELF(op) (((PyMethodObject *)(op))->im_self)

/* Descriptors. */
typedef struct {
    PyObject_HEAD
    PyTypeObject *d_type;
    PyObject *d_name;
    PyObject *d_qualname;
} PyDescrObject;
#define PyDescr_TYPE(op) (((PyDescrObject *)(op))->d_type)
#define PyDescr_NAME(op) (((PyDescrObject *)(op))->d_name)
#define PyDescr_COMMON PyDescrObject d_common
typedef struct {
    PyDescr_COMMON;
    PyMethodDef *d_method;
    vectorcallfunc vectorcall;
} PyMethodDescrObject;
typedef struct {
    PyDescr_COMMON;
    PyMemberDef *d_member;
} PyMemberDescrObject;
typedef struct {
    PyDescr_COMMON;
    PyGetSetDef *d_getset;
} PyGetSetDescrObject;
typedef PyObject *(*wrapperfunc)(PyObject *self, PyObject *args, void *wrapped);
typedef PyObject *(*wrapperfunc_kwds)(PyObject *self, PyObject *args, void *wrapped, PyObject *kwds);
struct wrapperbase {
    const char *name;
    int offset;
    void *function;
    wrapperfunc wrapper;
    const char *doc;
    int flags;
    PyObject *name_strobj;
};
#define PyWrapperFlag_KEYWORDS 1
typedef struct {
    PyDescr_COMMON;
    struct wrapperbase *d_base;
    void *d_wrapped;
} PyWrapperDescrObject;

/* Exceptions. */
#define PyException_HEAD        \
    PyObject_HEAD               \
    PyObject *dict;             \
    PyObject *args;             \
    PyObject *notes;            \
    PyObject *traceback;        \
    PyObject *context;          \
    PyObject *cause;            \
    char suppress_context;
typedef struct {
    PyException_HEAD
} PyBaseExceptionObject;
typedef struct {
    PyException_HEAD
    PyObject *value;
} PyStopIterationObject;
typedef struct {
    PyException_HEAD
    PyObject *code;
} PySystemExitObject;
typedef struct {
    PyException_HEAD
    PyObject *msg, *name, *path, *name_from;
} PyImportErrorObject;
typedef struct {
    PyException_HEAD
    PyObject *myerrno, *strerror, *filename, *filename2;
    Py_ssize_t written;
} PyOSErrorObject;
typedef struct {
    PyException_HEAD
    PyObject *encoding, *object;
    Py_ssize_t start, end;
    PyObject *reason;
} PyUnicodeErrorObject;
typedef struct {
    PyException_HEAD
    PyObject *name;
} PyNameErrorObject;
typedef struct {
    PyException_HEAD
    PyObject *obj, *name;
} PyAttributeErrorObject;

/* Code, frames, tracebacks: only what names a line. */
typedef struct {
    PyObject_HEAD
    int co_argcount, co_posonlyargcount, co_kwonlyargcount, co_nlocals, co_flags, co_firstlineno, co_nfreevars, _co_firsttraceable;
    PyObject *co_filename, *co_name, *co_qualname;
    PyObject *co_varnames, *co_consts, *co_names, *co_code;
    PyObject *co_weakreflist;
} PyCodeObject;
#define PyCode_GetNumFree(code) ((code)->co_nfreevars)
#define CO_OPTIMIZED 0x0001
#define CO_NEWLOCALS 0x0002
#define CO_VARARGS 0x0004
#define CO_VARKEYWORDS 0x0008
#define CO_NESTED 0x0010
#define CO_GENERATOR 0x0020
#define CO_COROUTINE 0x0080
#define CO_ITERABLE_COROUTINE 0x0100
#define CO_ASYNC_GENERATOR 0x0200
typedef struct _frame {
    PyObject_HEAD
    struct _frame *f_back;
    PyCodeObject *f_code;
    PyObject *f_globals;
    int f_lineno;           /* 0: the code's first line */
} PyFrameObject;
typedef struct _traceback {
    PyObject_HEAD
    struct _traceback *tb_next;
    PyFrameObject *tb_frame;
    int tb_lasti;
    int tb_lineno;
} PyTracebackObject;

/* Modules (PEP 489). */
typedef struct PyModuleDef PyModuleDef;
typedef struct {
    PyObject_HEAD
    PyObject *(*m_init)(void);
    Py_ssize_t m_index;
    PyObject *m_copy;
} PyModuleDef_Base;
#define PyModuleDef_HEAD_INIT {PyObject_HEAD_INIT(NULL) NULL, 0, NULL}
typedef struct {
    int slot;
    void *value;
} PyModuleDef_Slot;
#define Py_mod_create 1
#define Py_mod_exec 2
#define Py_mod_multiple_interpreters 3
#define Py_mod_gil 4
#define Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED ((void *)0)
#define Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED ((void *)1)
#define Py_MOD_PER_INTERPRETER_GIL_SUPPORTED ((void *)2)
#define Py_MOD_GIL_USED ((void *)0)
#define Py_MOD_GIL_NOT_USED ((void *)1)
struct PyModuleDef {
    PyModuleDef_Base m_base;
    const char *m_name;
    const char *m_doc;
    Py_ssize_t m_size;
    PyMethodDef *m_methods;
    PyModuleDef_Slot *m_slots;
    traverseproc m_traverse;
    inquiry m_clear;
    freefunc m_free;
};
typedef struct {
    PyObject_HEAD
    PyObject *md_dict;
    PyModuleDef *md_def;
    void *md_state;
    PyObject *md_weaklist;
    PyObject *md_name;
} PyModuleObject;

typedef struct _PyWeakReference PyWeakReference;
struct _PyWeakReference {
    PyObject_HEAD
    PyObject *wr_object;        /* None once the object is gone */
    PyObject *wr_callback;
    Py_hash_t hash;
    PyWeakReference *wr_prev, *wr_next;
    vectorcallfunc vectorcall;
};

/* Threads of Python code. exc_info is the stack of exceptions being handled; generators push an entry of their own. */
typedef struct _ts PyThreadState;
typedef struct _is PyInterpreterState;
typedef struct _err_stackitem {
    PyObject *exc_value;
    struct _err_stackitem *previous_item;
} _PyErr_StackItem;
struct _ts {
    PyInterpreterState *interp;
    PyObject *current_exception;    /* raised and not yet caught, owned */
    _PyErr_StackItem *exc_info;     /* top of the stack */
    PyObject *async_gen_firstiter;
    PyObject *async_gen_finalizer;
    int recursion_depth;
    int recursion_headroom;         /* extra calls allowed while a RecursionError is handled */
    const char *stack_lowest;       /* lowest usable address of the thread's C stack, NULL: only depth counts */
    int repr_depth;
    PyObject *repr_stack;           /* list of containers whose repr is under way, NULL at first */
    int delete_depth;               /* nesting of deallocators */
    PyObject *delete_later;         /* chain of GC objects put off, see object.c */
    PyThreadState *next;
    _PyErr_StackItem exc_state;     /* the bottom of exc_info */
};

typedef enum { PyGILState_LOCKED, PyGILState_UNLOCKED } PyGILState_STATE;

/* Slots of PyErr_Fetch and friends speak in triples; here the type and traceback derive from the one object. */
typedef struct {
    PyObject *ag_finalizer;
} PyAsyncGenObject;
typedef struct {
    PyObject_HEAD
} PyGenObject;

#endif
