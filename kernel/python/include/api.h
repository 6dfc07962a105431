/* The calls of the C API, grouped as CPython's manual groups them. Meanings, reference ownership and errors are CPython 3.13's. */
#ifndef PYNET_API_H
#define PYNET_API_H

/* Types. */
extern PyTypeObject PyType_Type, PyBaseObject_Type, PySuper_Type;
extern PyTypeObject _PyNone_Type, _PyNotImplemented_Type, PyEllipsis_Type;
extern PyTypeObject PyLong_Type, PyBool_Type, PyFloat_Type, PyComplex_Type;
extern PyTypeObject PyUnicode_Type, PyBytes_Type, PyByteArray_Type, PyMemoryView_Type, _PyManagedBuffer_Type;
extern PyTypeObject PyUnicodeIter_Type, PyBytesIter_Type, PyByteArrayIter_Type, _PyMemoryIter_Type;
extern PyTypeObject PyTuple_Type, PyList_Type, PyDict_Type, PySet_Type, PyFrozenSet_Type, PySlice_Type;
extern PyTypeObject PyTupleIter_Type, PyListIter_Type, PyListRevIter_Type, PySetIter_Type;
extern PyTypeObject PyDictKeys_Type, PyDictValues_Type, PyDictItems_Type;
extern PyTypeObject PyDictIterKey_Type, PyDictIterValue_Type, PyDictIterItem_Type;
extern PyTypeObject PyDictRevIterKey_Type, PyDictRevIterValue_Type, PyDictRevIterItem_Type;
extern PyTypeObject PyDictProxy_Type;
extern PyTypeObject PyCFunction_Type, PyCMethod_Type, PyMethod_Type, PyMethodDescr_Type, PyClassMethodDescr_Type;
extern PyTypeObject PyMemberDescr_Type, PyGetSetDescr_Type, PyWrapperDescr_Type, _PyMethodWrapper_Type;
extern PyTypeObject PyProperty_Type, PyStaticMethod_Type, PyClassMethod_Type;
extern PyTypeObject PyModule_Type, PyModuleDef_Type, PyCapsule_Type, PyCode_Type, PyFrame_Type, PyTraceBack_Type;
extern PyTypeObject PyRange_Type, PyRangeIter_Type, PyEnum_Type, PyReversed_Type, PyZip_Type, PyMap_Type, PyFilter_Type;
extern PyTypeObject PySeqIter_Type, PyCallIter_Type, Py_GenericAliasType;
extern PyTypeObject PyGen_Type, PyCoro_Type, PyAsyncGen_Type;
extern PyTypeObject _PyWeakref_RefType, _PyWeakref_ProxyType, _PyWeakref_CallableProxyType;

#define PyLong_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_LONG_SUBCLASS)
#define PyLong_CheckExact(op) Py_IS_TYPE((op), &PyLong_Type)
#define PyBool_Check(op) Py_IS_TYPE((op), &PyBool_Type)
#define PyFloat_Check(op) PyObject_TypeCheck((op), &PyFloat_Type)
#define PyFloat_CheckExact(op) Py_IS_TYPE((op), &PyFloat_Type)
#define PyComplex_Check(op) PyObject_TypeCheck((op), &PyComplex_Type)
#define PyComplex_CheckExact(op) Py_IS_TYPE((op), &PyComplex_Type)
#define PyUnicode_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_UNICODE_SUBCLASS)
#define PyUnicode_CheckExact(op) Py_IS_TYPE((op), &PyUnicode_Type)
#define PyBytes_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_BYTES_SUBCLASS)
#define PyBytes_CheckExact(op) Py_IS_TYPE((op), &PyBytes_Type)
#define PyByteArray_Check(op) PyObject_TypeCheck((op), &PyByteArray_Type)
#define PyByteArray_CheckExact(op) Py_IS_TYPE((op), &PyByteArray_Type)
#define PyMemoryView_Check(op) Py_IS_TYPE((op), &PyMemoryView_Type)
#define PyTuple_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_TUPLE_SUBCLASS)
#define PyTuple_CheckExact(op) Py_IS_TYPE((op), &PyTuple_Type)
#define PyList_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_LIST_SUBCLASS)
#define PyList_CheckExact(op) Py_IS_TYPE((op), &PyList_Type)
#define PyDict_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_DICT_SUBCLASS)
#define PyDict_CheckExact(op) Py_IS_TYPE((op), &PyDict_Type)
#define PyDictKeys_Check(op) PyObject_TypeCheck((op), &PyDictKeys_Type)
#define PyDictItems_Check(op) PyObject_TypeCheck((op), &PyDictItems_Type)
#define PyDictValues_Check(op) PyObject_TypeCheck((op), &PyDictValues_Type)
#define PyDictViewSet_Check(op) (PyDictKeys_Check(op) || PyDictItems_Check(op))
#define PySet_Check(op) PyObject_TypeCheck((op), &PySet_Type)
#define PySet_CheckExact(op) Py_IS_TYPE((op), &PySet_Type)
#define PyFrozenSet_Check(op) PyObject_TypeCheck((op), &PyFrozenSet_Type)
#define PyFrozenSet_CheckExact(op) Py_IS_TYPE((op), &PyFrozenSet_Type)
#define PyAnySet_CheckExact(op) (PySet_CheckExact(op) || PyFrozenSet_CheckExact(op))
#define PyAnySet_Check(op) (PySet_Check(op) || PyFrozenSet_Check(op))
#define PySlice_Check(op) Py_IS_TYPE((op), &PySlice_Type)
#define PyRange_Check(op) Py_IS_TYPE((op), &PyRange_Type)
#define PyCFunction_CheckExact(op) Py_IS_TYPE((op), &PyCFunction_Type)
#define PyCFunction_Check(op) PyObject_TypeCheck((op), &PyCFunction_Type)
#define PyCMethod_Check(op) PyObject_TypeCheck((op), &PyCMethod_Type)
#define PyMethod_Check(op) Py_IS_TYPE((op), &PyMethod_Type)
#define PyModule_Check(op) PyObject_TypeCheck((op), &PyModule_Type)
#define PyModule_CheckExact(op) Py_IS_TYPE((op), &PyModule_Type)
#define PyCapsule_CheckExact(op) Py_IS_TYPE((op), &PyCapsule_Type)
#define PyCode_Check(op) Py_IS_TYPE((op), &PyCode_Type)
#define PyFrame_Check(op) Py_IS_TYPE((op), &PyFrame_Type)
#define PyTraceBack_Check(op) Py_IS_TYPE((op), &PyTraceBack_Type)
#define PyGen_Check(op) PyObject_TypeCheck((op), &PyGen_Type)
#define PyGen_CheckExact(op) Py_IS_TYPE((op), &PyGen_Type)
#define PyCoro_CheckExact(op) Py_IS_TYPE((op), &PyCoro_Type)
#define PyAsyncGen_CheckExact(op) Py_IS_TYPE((op), &PyAsyncGen_Type)
#define PyFunction_Check(op) (0)
#define PySeqIter_Check(op) Py_IS_TYPE((op), &PySeqIter_Type)
#define PyExceptionClass_Check(op) (PyType_Check(op) && PyType_FastSubclass((PyTypeObject *)(op), Py_TPFLAGS_BASE_EXC_SUBCLASS))
#define PyExceptionInstance_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_BASE_EXC_SUBCLASS)
#define PyExceptionInstance_Class(op) (_PyObject_CAST(Py_TYPE(op)))
#define PyExceptionClass_Name(op) (((PyTypeObject *)(op))->tp_name)
#define PyWeakref_CheckRef(op) PyObject_TypeCheck((op), &_PyWeakref_RefType)
#define PyWeakref_CheckProxy(op) (Py_IS_TYPE((op), &_PyWeakref_ProxyType) || Py_IS_TYPE((op), &_PyWeakref_CallableProxyType))
#define PyWeakref_Check(op) (PyWeakref_CheckRef(op) || PyWeakref_CheckProxy(op))

/* Version, fatal errors, text. */
extern const unsigned long Py_Version;
_Noreturn void Py_FatalError(const char *message);
_Noreturn void _Py_FatalErrorFunc(const char *function, const char *message);
int PyOS_snprintf(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int PyOS_vsnprintf(char *text, size_t size, const char *format, va_list arguments);
double PyOS_string_to_double(const char *text, char **end, PyObject *overflow_exception);
char *PyOS_double_to_string(double value, char format_code, int precision, int flags, int *type);
#define Py_DTSF_SIGN 0x01
#define Py_DTSF_ADD_DOT_0 0x02
#define Py_DTSF_ALT 0x04
#define Py_DTST_FINITE 0
#define Py_DTST_INFINITE 1
#define Py_DTST_NAN 2
long PyOS_strtol(const char *text, char **end, int base);

/* Memory. PyMem and PyObject are one allocator; NULL without an exception when it is full. */
void *PyMem_Malloc(size_t size);
void *PyMem_Calloc(size_t count, size_t size);
void *PyMem_Realloc(void *memory, size_t size);
void PyMem_Free(void *memory);
#define PyMem_RawMalloc PyMem_Malloc
#define PyMem_RawRealloc PyMem_Realloc
#define PyMem_RawFree PyMem_Free
#define PyMem_New(type, n) ((size_t)(n) > PY_SSIZE_T_MAX / sizeof(type) ? NULL : (type *)PyMem_Malloc((n) * sizeof(type)))
#define PyMem_NEW PyMem_New
#define PyMem_Resize(p, type, n) \
    ((p) = (size_t)(n) > PY_SSIZE_T_MAX / sizeof(type) ? NULL : (type *)PyMem_Realloc((p), (n) * sizeof(type)))
#define PyMem_Del PyMem_Free
#define PyMem_MALLOC PyMem_Malloc
#define PyMem_FREE PyMem_Free
void *PyObject_Malloc(size_t size);
void *PyObject_Calloc(size_t count, size_t size);
void *PyObject_Realloc(void *memory, size_t size);
void PyObject_Free(void *memory);
#define PyObject_MALLOC PyObject_Malloc
#define PyObject_FREE PyObject_Free
#define PyObject_Del PyObject_Free
PyObject *PyObject_Init(PyObject *op, PyTypeObject *type);
PyVarObject *PyObject_InitVar(PyVarObject *op, PyTypeObject *type, Py_ssize_t size);
#define PyObject_INIT(op, type) PyObject_Init(_PyObject_CAST(op), (type))
#define PyObject_INIT_VAR(op, type, size) PyObject_InitVar((PyVarObject *)(op), (type), (size))
PyObject *_PyObject_New(PyTypeObject *type);
PyVarObject *_PyObject_NewVar(PyTypeObject *type, Py_ssize_t size);
PyObject *_PyObject_GC_New(PyTypeObject *type);
PyVarObject *_PyObject_GC_NewVar(PyTypeObject *type, Py_ssize_t size);
PyVarObject *_PyObject_GC_Resize(PyVarObject *op, Py_ssize_t size);
#define PyObject_New(type, typeobj) ((type *)_PyObject_New(typeobj))
#define PyObject_NewVar(type, typeobj, n) ((type *)_PyObject_NewVar((typeobj), (n)))
#define PyObject_GC_New(type, typeobj) ((type *)_PyObject_GC_New(typeobj))
#define PyObject_GC_NewVar(type, typeobj, n) ((type *)_PyObject_GC_NewVar((typeobj), (n)))
#define PyObject_GC_Resize(type, op, n) ((type *)_PyObject_GC_Resize((PyVarObject *)(op), (n)))
void PyObject_GC_Del(void *op);
void PyObject_GC_Track(void *op);
void PyObject_GC_UnTrack(void *op);
int PyObject_GC_IsTracked(PyObject *op);
int PyObject_GC_IsFinalized(PyObject *op);
#define _PyObject_GC_TRACK PyObject_GC_Track
#define _PyObject_GC_UNTRACK PyObject_GC_UnTrack
Py_ssize_t PyGC_Collect(void);
int PyGC_Enable(void);
int PyGC_Disable(void);
int PyGC_IsEnabled(void);
void _Py_NewReference(PyObject *op);
int PyObject_CallFinalizerFromDealloc(PyObject *self);
void PyObject_CallFinalizer(PyObject *self);
#define Py_TRASHCAN_BEGIN(op, dealloc)
#define Py_TRASHCAN_END

/* The object protocol. */
PyObject *PyObject_GetAttr(PyObject *op, PyObject *name);
PyObject *PyObject_GetAttrString(PyObject *op, const char *name);
int PyObject_GetOptionalAttr(PyObject *op, PyObject *name, PyObject **result);
int PyObject_GetOptionalAttrString(PyObject *op, const char *name, PyObject **result);
int PyObject_HasAttr(PyObject *op, PyObject *name);
int PyObject_HasAttrString(PyObject *op, const char *name);
int PyObject_HasAttrWithError(PyObject *op, PyObject *name);
int PyObject_HasAttrStringWithError(PyObject *op, const char *name);
int PyObject_SetAttr(PyObject *op, PyObject *name, PyObject *value);
int PyObject_SetAttrString(PyObject *op, const char *name, PyObject *value);
int PyObject_DelAttr(PyObject *op, PyObject *name);
int PyObject_DelAttrString(PyObject *op, const char *name);
PyObject *PyObject_GenericGetAttr(PyObject *op, PyObject *name);
int PyObject_GenericSetAttr(PyObject *op, PyObject *name, PyObject *value);
PyObject *PyObject_GenericGetDict(PyObject *op, void *closure);
int PyObject_GenericSetDict(PyObject *op, PyObject *value, void *closure);
PyObject **_PyObject_GetDictPtr(PyObject *op);
int PyObject_VisitManagedDict(PyObject *op, visitproc visit, void *arg);
void PyObject_ClearManagedDict(PyObject *op);
#define _PyObject_VisitManagedDict PyObject_VisitManagedDict
#define _PyObject_ClearManagedDict PyObject_ClearManagedDict
PyObject *PyObject_RichCompare(PyObject *a, PyObject *b, int op);
int PyObject_RichCompareBool(PyObject *a, PyObject *b, int op);
PyObject *PyObject_Repr(PyObject *op);
PyObject *PyObject_Str(PyObject *op);
PyObject *PyObject_ASCII(PyObject *op);
PyObject *PyObject_Bytes(PyObject *op);
PyObject *PyObject_Format(PyObject *op, PyObject *spec);
PyObject *PyObject_Dir(PyObject *op);
PyObject *PyObject_Type(PyObject *op);
PyObject *PyObject_SelfIter(PyObject *op);
Py_hash_t PyObject_Hash(PyObject *op);
Py_hash_t PyObject_HashNotImplemented(PyObject *op);
int PyObject_IsTrue(PyObject *op);
int PyObject_Not(PyObject *op);
int PyObject_IsInstance(PyObject *op, PyObject *classes);
int PyObject_IsSubclass(PyObject *op, PyObject *classes);
Py_ssize_t PyObject_Size(PyObject *op);
#define PyObject_Length PyObject_Size
Py_ssize_t PyObject_LengthHint(PyObject *op, Py_ssize_t fallback);
PyObject *PyObject_GetItem(PyObject *op, PyObject *key);
int PyObject_SetItem(PyObject *op, PyObject *key, PyObject *value);
int PyObject_DelItem(PyObject *op, PyObject *key);
PyObject *PyObject_GetIter(PyObject *op);
PyObject *PyObject_GetAIter(PyObject *op);
int PyIter_Check(PyObject *op);
int PyAIter_Check(PyObject *op);
PyObject *PyIter_Next(PyObject *iter);
int PyIter_NextItem(PyObject *iter, PyObject **item);
PySendResult PyIter_Send(PyObject *iter, PyObject *value, PyObject **result);
int Py_ReprEnter(PyObject *op);
void Py_ReprLeave(PyObject *op);
void PyObject_ClearWeakRefs(PyObject *op);
int Py_EnterRecursiveCall(const char *where);
void Py_LeaveRecursiveCall(void);
#define Py_GetRecursionLimit() 1000

/* Calls. */
#define PY_VECTORCALL_ARGUMENTS_OFFSET ((size_t)1 << (8 * sizeof(size_t) - 1))
static inline Py_ssize_t PyVectorcall_NARGS(size_t n) { return (Py_ssize_t)(n & ~PY_VECTORCALL_ARGUMENTS_OFFSET); }
int PyCallable_Check(PyObject *op);
PyObject *PyObject_Call(PyObject *callable, PyObject *args, PyObject *kwargs);
PyObject *PyObject_CallObject(PyObject *callable, PyObject *args);
PyObject *PyObject_CallNoArgs(PyObject *callable);
PyObject *PyObject_CallOneArg(PyObject *callable, PyObject *arg);
PyObject *PyObject_CallFunction(PyObject *callable, const char *format, ...);
PyObject *PyObject_CallMethod(PyObject *op, const char *name, const char *format, ...);
PyObject *PyObject_CallFunctionObjArgs(PyObject *callable, ...);
PyObject *PyObject_CallMethodObjArgs(PyObject *op, PyObject *name, ...);
PyObject *PyObject_CallMethodNoArgs(PyObject *op, PyObject *name);
PyObject *PyObject_CallMethodOneArg(PyObject *op, PyObject *name, PyObject *arg);
PyObject *PyObject_Vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames);
PyObject *PyObject_VectorcallDict(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwargs);
PyObject *PyObject_VectorcallMethod(PyObject *name, PyObject *const *args, size_t nargsf, PyObject *kwnames);
PyObject *PyVectorcall_Call(PyObject *callable, PyObject *args, PyObject *kwargs);
vectorcallfunc PyVectorcall_Function(PyObject *callable);
#define _PyObject_Vectorcall PyObject_Vectorcall
#define _PyObject_CallNoArg PyObject_CallNoArgs

/* Arguments. The formats known: O O! O& S U Y s s# s* z z# y y# y* w* b B h H i I l k L K n f d D c C p ( ) | $ : ; */
int PyArg_Parse(PyObject *args, const char *format, ...);
int PyArg_ParseTuple(PyObject *args, const char *format, ...);
int PyArg_VaParse(PyObject *args, const char *format, va_list targets);
int PyArg_ParseTupleAndKeywords(PyObject *args, PyObject *kwargs, const char *format, char *const *names, ...);
int PyArg_UnpackTuple(PyObject *args, const char *name, Py_ssize_t least, Py_ssize_t most, ...);
int PyArg_ValidateKeywordArguments(PyObject *kwargs);
PyObject *Py_BuildValue(const char *format, ...);
PyObject *Py_VaBuildValue(const char *format, va_list values);

/* Types. */
int PyType_Ready(PyTypeObject *type);
int PyType_IsSubtype(PyTypeObject *a, PyTypeObject *b);
void PyType_Modified(PyTypeObject *type);
PyObject *_PyType_Lookup(PyTypeObject *type, PyObject *name);
PyObject *_PyType_LookupRef(PyTypeObject *type, PyObject *name);
PyObject *PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t nitems);
PyObject *PyType_GenericNew(PyTypeObject *type, PyObject *args, PyObject *kwargs);
PyObject *PyType_FromSpec(PyType_Spec *spec);
PyObject *PyType_FromSpecWithBases(PyType_Spec *spec, PyObject *bases);
PyObject *PyType_FromModuleAndSpec(PyObject *module, PyType_Spec *spec, PyObject *bases);
PyObject *PyType_FromMetaclass(PyTypeObject *metaclass, PyObject *module, PyType_Spec *spec, PyObject *bases);
void *PyType_GetSlot(PyTypeObject *type, int slot);
unsigned long PyType_GetFlags(PyTypeObject *type);
PyObject *PyType_GetName(PyTypeObject *type);
PyObject *PyType_GetQualName(PyTypeObject *type);
PyObject *PyType_GetModule(PyTypeObject *type);
PyObject *PyType_GetModuleName(PyTypeObject *type);
PyObject *PyType_GetDict(PyTypeObject *type);
PyObject *_PyObject_LookupSpecial(PyObject *op, PyObject *name);

/* Numbers. */
int PyNumber_Check(PyObject *op);
int PyIndex_Check(PyObject *op);
PyObject *PyNumber_Add(PyObject *a, PyObject *b);
PyObject *PyNumber_Subtract(PyObject *a, PyObject *b);
PyObject *PyNumber_Multiply(PyObject *a, PyObject *b);
PyObject *PyNumber_MatrixMultiply(PyObject *a, PyObject *b);
PyObject *PyNumber_FloorDivide(PyObject *a, PyObject *b);
PyObject *PyNumber_TrueDivide(PyObject *a, PyObject *b);
PyObject *PyNumber_Remainder(PyObject *a, PyObject *b);
PyObject *PyNumber_Divmod(PyObject *a, PyObject *b);
PyObject *PyNumber_Power(PyObject *a, PyObject *b, PyObject *modulus);
PyObject *PyNumber_Negative(PyObject *a);
PyObject *PyNumber_Positive(PyObject *a);
PyObject *PyNumber_Absolute(PyObject *a);
PyObject *PyNumber_Invert(PyObject *a);
PyObject *PyNumber_Lshift(PyObject *a, PyObject *b);
PyObject *PyNumber_Rshift(PyObject *a, PyObject *b);
PyObject *PyNumber_And(PyObject *a, PyObject *b);
PyObject *PyNumber_Xor(PyObject *a, PyObject *b);
PyObject *PyNumber_Or(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceAdd(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceSubtract(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceMultiply(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceMatrixMultiply(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceFloorDivide(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceTrueDivide(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceRemainder(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlacePower(PyObject *a, PyObject *b, PyObject *modulus);
PyObject *PyNumber_InPlaceLshift(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceRshift(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceAnd(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceXor(PyObject *a, PyObject *b);
PyObject *PyNumber_InPlaceOr(PyObject *a, PyObject *b);
PyObject *PyNumber_Long(PyObject *op);
PyObject *PyNumber_Float(PyObject *op);
PyObject *PyNumber_Index(PyObject *op);
PyObject *PyNumber_ToBase(PyObject *op, int base);
Py_ssize_t PyNumber_AsSsize_t(PyObject *op, PyObject *overflow_exception);

/* Sequences and mappings. */
int PySequence_Check(PyObject *op);
Py_ssize_t PySequence_Size(PyObject *op);
#define PySequence_Length PySequence_Size
PyObject *PySequence_Concat(PyObject *a, PyObject *b);
PyObject *PySequence_Repeat(PyObject *op, Py_ssize_t count);
PyObject *PySequence_InPlaceConcat(PyObject *a, PyObject *b);
PyObject *PySequence_InPlaceRepeat(PyObject *op, Py_ssize_t count);
PyObject *PySequence_GetItem(PyObject *op, Py_ssize_t i);
PyObject *PySequence_ITEM(PyObject *op, Py_ssize_t i);
int PySequence_SetItem(PyObject *op, Py_ssize_t i, PyObject *value);
int PySequence_DelItem(PyObject *op, Py_ssize_t i);
PyObject *PySequence_GetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high);
int PySequence_SetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high, PyObject *value);
int PySequence_DelSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high);
PyObject *PySequence_List(PyObject *op);
PyObject *PySequence_Tuple(PyObject *op);
PyObject *PySequence_Fast(PyObject *op, const char *message);
int PySequence_Contains(PyObject *op, PyObject *value);
Py_ssize_t PySequence_Index(PyObject *op, PyObject *value);
Py_ssize_t PySequence_Count(PyObject *op, PyObject *value);
int PyMapping_Check(PyObject *op);
Py_ssize_t PyMapping_Size(PyObject *op);
#define PyMapping_Length PyMapping_Size
PyObject *PyMapping_Keys(PyObject *op);
PyObject *PyMapping_Values(PyObject *op);
PyObject *PyMapping_Items(PyObject *op);
PyObject *PyMapping_GetItemString(PyObject *op, const char *key);
int PyMapping_GetOptionalItem(PyObject *op, PyObject *key, PyObject **result);
int PyMapping_GetOptionalItemString(PyObject *op, const char *key, PyObject **result);

/* Buffers. */
int PyObject_CheckBuffer(PyObject *op);
int PyObject_GetBuffer(PyObject *op, Py_buffer *view, int flags);
void PyBuffer_Release(Py_buffer *view);
int PyBuffer_FillInfo(Py_buffer *view, PyObject *op, void *memory, Py_ssize_t length, int readonly, int flags);
int PyBuffer_IsContiguous(const Py_buffer *view, char order);
int PyBuffer_ToContiguous(void *out, const Py_buffer *view, Py_ssize_t length, char order);
void *PyBuffer_GetPointer(const Py_buffer *view, const Py_ssize_t *indices);
Py_ssize_t PyBuffer_SizeFromFormat(const char *format);
PyObject *PyMemoryView_FromObject(PyObject *op);
PyObject *PyMemoryView_FromMemory(char *memory, Py_ssize_t size, int flags);
PyObject *PyMemoryView_FromBuffer(const Py_buffer *view);
PyObject *PyMemoryView_GetContiguous(PyObject *op, int flags, char order);

/* int, bool, float, complex. */
PyObject *PyLong_FromLong(long value);
PyObject *PyLong_FromUnsignedLong(unsigned long value);
PyObject *PyLong_FromLongLong(long long value);
PyObject *PyLong_FromUnsignedLongLong(unsigned long long value);
PyObject *PyLong_FromSsize_t(Py_ssize_t value);
PyObject *PyLong_FromSize_t(size_t value);
PyObject *PyLong_FromDouble(double value);
PyObject *PyLong_FromVoidPtr(void *value);
PyObject *PyLong_FromString(const char *text, char **end, int base);
PyObject *PyLong_FromUnicodeObject(PyObject *text, int base);
long PyLong_AsLong(PyObject *op);
int PyLong_AsInt(PyObject *op);
#define _PyLong_AsInt PyLong_AsInt
long PyLong_AsLongAndOverflow(PyObject *op, int *overflow);
long long PyLong_AsLongLong(PyObject *op);
long long PyLong_AsLongLongAndOverflow(PyObject *op, int *overflow);
Py_ssize_t PyLong_AsSsize_t(PyObject *op);
size_t PyLong_AsSize_t(PyObject *op);
unsigned long PyLong_AsUnsignedLong(PyObject *op);
unsigned long long PyLong_AsUnsignedLongLong(PyObject *op);
unsigned long PyLong_AsUnsignedLongMask(PyObject *op);
unsigned long long PyLong_AsUnsignedLongLongMask(PyObject *op);
double PyLong_AsDouble(PyObject *op);
void *PyLong_AsVoidPtr(PyObject *op);
int _PyLong_Sign(PyObject *op);
size_t _PyLong_NumBits(PyObject *op);
#define Py_ASNATIVEBYTES_DEFAULTS -1
#define Py_ASNATIVEBYTES_BIG_ENDIAN 0
#define Py_ASNATIVEBYTES_LITTLE_ENDIAN 1
#define Py_ASNATIVEBYTES_NATIVE_ENDIAN 3
#define Py_ASNATIVEBYTES_UNSIGNED_BUFFER 4
#define Py_ASNATIVEBYTES_REJECT_NEGATIVE 8
#define Py_ASNATIVEBYTES_ALLOW_INDEX 16
Py_ssize_t PyLong_AsNativeBytes(PyObject *op, void *buffer, Py_ssize_t length, int flags);
PyObject *PyLong_FromNativeBytes(const void *buffer, size_t length, int flags);
PyObject *PyLong_FromUnsignedNativeBytes(const void *buffer, size_t length, int flags);
int _PyLong_AsByteArray(PyLongObject *op, unsigned char *bytes, size_t length, int little, int is_signed, int with_exceptions);
PyObject *_PyLong_FromByteArray(const unsigned char *bytes, size_t length, int little, int is_signed);
PyObject *_PyLong_Copy(PyLongObject *op);
static inline int PyUnstable_Long_IsCompact(const PyLongObject *op) { return op->long_value.lv_tag < (2 << 3); }
static inline Py_ssize_t PyUnstable_Long_CompactValue(const PyLongObject *op)
{
    return (1 - (Py_ssize_t)(op->long_value.lv_tag & 3)) * (Py_ssize_t)op->long_value.ob_digit[0];
}
PyObject *PyBool_FromLong(long value);
PyObject *PyFloat_FromDouble(double value);
PyObject *PyFloat_FromString(PyObject *text);
double PyFloat_AsDouble(PyObject *op);
PyObject *PyComplex_FromDoubles(double real, double imag);
PyObject *PyComplex_FromCComplex(Py_complex value);
double PyComplex_RealAsDouble(PyObject *op);
double PyComplex_ImagAsDouble(PyObject *op);
Py_complex PyComplex_AsCComplex(PyObject *op);
Py_hash_t _Py_HashDouble(PyObject *op, double value);
Py_hash_t _Py_HashPointer(const void *pointer);
Py_hash_t Py_HashPointer(const void *pointer);
Py_hash_t _Py_HashBytes(const void *bytes, Py_ssize_t length);
#define Py_HashBuffer _Py_HashBytes
#define _PyHASH_BITS 61
#define _PyHASH_MODULUS (((size_t)1 << _PyHASH_BITS) - 1)
#define _PyHASH_INF 314159
#define Py_IS_NAN(x) __builtin_isnan(x)
#define Py_IS_INFINITY(x) __builtin_isinf(x)
#define Py_IS_FINITE(x) __builtin_isfinite(x)
#define Py_HUGE_VAL __builtin_huge_val()
#define Py_NAN __builtin_nan("")
#define Py_INFINITY __builtin_inf()

/* str. */
PyObject *PyUnicode_New(Py_ssize_t length, Py_UCS4 max_char);
PyObject *PyUnicode_FromString(const char *utf8);
PyObject *PyUnicode_FromStringAndSize(const char *utf8, Py_ssize_t size);
PyObject *PyUnicode_FromKindAndData(int kind, const void *data, Py_ssize_t length);
PyObject *PyUnicode_FromFormat(const char *format, ...);
PyObject *PyUnicode_FromFormatV(const char *format, va_list arguments);
PyObject *PyUnicode_FromObject(PyObject *op);
PyObject *PyUnicode_FromOrdinal(int ordinal);
PyObject *PyUnicode_FromEncodedObject(PyObject *op, const char *encoding, const char *errors);
PyObject *PyUnicode_InternFromString(const char *utf8);
void PyUnicode_InternInPlace(PyObject **op);
PyObject *PyUnicode_Decode(const char *bytes, Py_ssize_t size, const char *encoding, const char *errors);
PyObject *PyUnicode_DecodeUTF8(const char *bytes, Py_ssize_t size, const char *errors);
PyObject *PyUnicode_DecodeASCII(const char *bytes, Py_ssize_t size, const char *errors);
PyObject *PyUnicode_DecodeLatin1(const char *bytes, Py_ssize_t size, const char *errors);
PyObject *PyUnicode_DecodeUTF16(const char *bytes, Py_ssize_t size, const char *errors, int *byteorder);
PyObject *PyUnicode_DecodeUTF32(const char *bytes, Py_ssize_t size, const char *errors, int *byteorder);
PyObject *PyUnicode_AsEncodedString(PyObject *op, const char *encoding, const char *errors);
PyObject *PyUnicode_AsUTF8String(PyObject *op);
PyObject *PyUnicode_AsASCIIString(PyObject *op);
PyObject *PyUnicode_AsLatin1String(PyObject *op);
const char *PyUnicode_AsUTF8(PyObject *op);
const char *PyUnicode_AsUTF8AndSize(PyObject *op, Py_ssize_t *size);
Py_UCS4 *PyUnicode_AsUCS4(PyObject *op, Py_UCS4 *buffer, Py_ssize_t size, int copy_null);
Py_UCS4 *PyUnicode_AsUCS4Copy(PyObject *op);
Py_ssize_t PyUnicode_GetLength(PyObject *op);
Py_UCS4 PyUnicode_ReadChar(PyObject *op, Py_ssize_t index);
int PyUnicode_WriteChar(PyObject *op, Py_ssize_t index, Py_UCS4 value);
Py_ssize_t PyUnicode_CopyCharacters(PyObject *to, Py_ssize_t to_start, PyObject *from, Py_ssize_t from_start, Py_ssize_t count);
void _PyUnicode_FastCopyCharacters(PyObject *to, Py_ssize_t to_start, PyObject *from, Py_ssize_t from_start, Py_ssize_t count);
Py_ssize_t PyUnicode_Fill(PyObject *op, Py_ssize_t start, Py_ssize_t count, Py_UCS4 value);
int PyUnicode_Resize(PyObject **op, Py_ssize_t length);
PyObject *PyUnicode_Concat(PyObject *a, PyObject *b);
void PyUnicode_Append(PyObject **a, PyObject *b);
void PyUnicode_AppendAndDel(PyObject **a, PyObject *b);
PyObject *PyUnicode_Join(PyObject *separator, PyObject *items);
PyObject *_PyUnicode_JoinArray(PyObject *separator, PyObject *const *items, Py_ssize_t count);
PyObject *PyUnicode_Split(PyObject *op, PyObject *separator, Py_ssize_t most);
PyObject *PyUnicode_RSplit(PyObject *op, PyObject *separator, Py_ssize_t most);
PyObject *PyUnicode_Splitlines(PyObject *op, int keep_ends);
PyObject *PyUnicode_Partition(PyObject *op, PyObject *separator);
PyObject *PyUnicode_RPartition(PyObject *op, PyObject *separator);
PyObject *PyUnicode_Substring(PyObject *op, Py_ssize_t start, Py_ssize_t end);
PyObject *PyUnicode_Replace(PyObject *op, PyObject *old, PyObject *new, Py_ssize_t most);
PyObject *PyUnicode_Format(PyObject *format, PyObject *arguments);
Py_ssize_t PyUnicode_Find(PyObject *op, PyObject *part, Py_ssize_t start, Py_ssize_t end, int direction);
Py_ssize_t PyUnicode_FindChar(PyObject *op, Py_UCS4 value, Py_ssize_t start, Py_ssize_t end, int direction);
Py_ssize_t PyUnicode_Count(PyObject *op, PyObject *part, Py_ssize_t start, Py_ssize_t end);
Py_ssize_t PyUnicode_Tailmatch(PyObject *op, PyObject *part, Py_ssize_t start, Py_ssize_t end, int direction);
int PyUnicode_Contains(PyObject *op, PyObject *part);
int PyUnicode_Compare(PyObject *a, PyObject *b);
int PyUnicode_CompareWithASCIIString(PyObject *a, const char *b);
int PyUnicode_EqualToUTF8(PyObject *a, const char *b);
int PyUnicode_Equal(PyObject *a, PyObject *b);
int _PyUnicode_EQ(PyObject *a, PyObject *b);
int _PyUnicode_Equal(PyObject *a, PyObject *b);
int _PyUnicode_EqualToASCIIString(PyObject *a, const char *b);
PyObject *PyUnicode_RichCompare(PyObject *a, PyObject *b, int op);
int PyUnicode_IsIdentifier(PyObject *op);
int _PyUnicode_IsWhitespace(Py_UCS4 c);
int _PyUnicode_IsLinebreak(Py_UCS4 c);
int _PyUnicode_IsAlpha(Py_UCS4 c);
int _PyUnicode_IsDecimalDigit(Py_UCS4 c);
int _PyUnicode_IsDigit(Py_UCS4 c);
int _PyUnicode_IsNumeric(Py_UCS4 c);
int _PyUnicode_IsLowercase(Py_UCS4 c);
int _PyUnicode_IsUppercase(Py_UCS4 c);
int _PyUnicode_IsTitlecase(Py_UCS4 c);
int _PyUnicode_IsPrintable(Py_UCS4 c);
Py_UCS4 _PyUnicode_ToLowercase(Py_UCS4 c);
Py_UCS4 _PyUnicode_ToUppercase(Py_UCS4 c);
Py_UCS4 _PyUnicode_ToTitlecase(Py_UCS4 c);
int _PyUnicode_ToDecimalDigit(Py_UCS4 c);
extern const unsigned char _Py_ascii_whitespace[128];
#define Py_UNICODE_ISSPACE(c) ((c) < 128U ? _Py_ascii_whitespace[(c)] : _PyUnicode_IsWhitespace(c))
#define Py_UNICODE_ISALPHA(c) _PyUnicode_IsAlpha(c)
#define Py_UNICODE_ISDECIMAL(c) _PyUnicode_IsDecimalDigit(c)
#define Py_UNICODE_ISDIGIT(c) _PyUnicode_IsDigit(c)
#define Py_UNICODE_ISNUMERIC(c) _PyUnicode_IsNumeric(c)
#define Py_UNICODE_ISALNUM(c) \
    (_PyUnicode_IsAlpha(c) || _PyUnicode_IsDecimalDigit(c) || _PyUnicode_IsDigit(c) || _PyUnicode_IsNumeric(c))
#define Py_UNICODE_ISLOWER(c) _PyUnicode_IsLowercase(c)
#define Py_UNICODE_ISUPPER(c) _PyUnicode_IsUppercase(c)
#define Py_UNICODE_ISTITLE(c) _PyUnicode_IsTitlecase(c)
#define Py_UNICODE_ISPRINTABLE(c) _PyUnicode_IsPrintable(c)
#define Py_UNICODE_ISLINEBREAK(c) _PyUnicode_IsLinebreak(c)
#define Py_UNICODE_TOLOWER(c) _PyUnicode_ToLowercase(c)
#define Py_UNICODE_TOUPPER(c) _PyUnicode_ToUppercase(c)
#define Py_UNICODE_TOTITLE(c) _PyUnicode_ToTitlecase(c)
#define Py_UNICODE_TODECIMAL(c) _PyUnicode_ToDecimalDigit(c)
#define Py_UNICODE_IS_SURROGATE(c) ((c) >= 0xD800 && (c) <= 0xDFFF)

/* bytes and bytearray. */
PyObject *PyBytes_FromString(const char *text);
PyObject *PyBytes_FromStringAndSize(const char *bytes, Py_ssize_t size);
PyObject *PyBytes_FromObject(PyObject *op);
PyObject *PyBytes_FromFormat(const char *format, ...);
char *PyBytes_AsString(PyObject *op);
int PyBytes_AsStringAndSize(PyObject *op, char **bytes, Py_ssize_t *size);
Py_ssize_t PyBytes_Size(PyObject *op);
PyObject *PyBytes_Repr(PyObject *op, int smart_quotes);
void PyBytes_Concat(PyObject **a, PyObject *b);
void PyBytes_ConcatAndDel(PyObject **a, PyObject *b);
int _PyBytes_Resize(PyObject **op, Py_ssize_t size);
PyObject *_PyBytes_Join(PyObject *separator, PyObject *items);
PyObject *PyByteArray_FromObject(PyObject *op);
PyObject *PyByteArray_FromStringAndSize(const char *bytes, Py_ssize_t size);
PyObject *PyByteArray_Concat(PyObject *a, PyObject *b);
char *PyByteArray_AsString(PyObject *op);
Py_ssize_t PyByteArray_Size(PyObject *op);
int PyByteArray_Resize(PyObject *op, Py_ssize_t size);

/* tuple, list, dict, set, slice, range. */
PyObject *PyTuple_New(Py_ssize_t size);
PyObject *PyTuple_Pack(Py_ssize_t count, ...);
Py_ssize_t PyTuple_Size(PyObject *op);
PyObject *PyTuple_GetItem(PyObject *op, Py_ssize_t i);
int PyTuple_SetItem(PyObject *op, Py_ssize_t i, PyObject *value);
PyObject *PyTuple_GetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high);
int _PyTuple_Resize(PyObject **op, Py_ssize_t size);
PyObject *_PyTuple_FromArray(PyObject *const *items, Py_ssize_t count);
PyObject *PyList_New(Py_ssize_t size);
Py_ssize_t PyList_Size(PyObject *op);
PyObject *PyList_GetItem(PyObject *op, Py_ssize_t i);
PyObject *PyList_GetItemRef(PyObject *op, Py_ssize_t i);
int PyList_SetItem(PyObject *op, Py_ssize_t i, PyObject *value);
int PyList_Insert(PyObject *op, Py_ssize_t i, PyObject *value);
int PyList_Append(PyObject *op, PyObject *value);
int PyList_Extend(PyObject *op, PyObject *items);
int PyList_Clear(PyObject *op);
PyObject *_PyList_Extend(PyListObject *op, PyObject *items);
PyObject *PyList_GetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high);
int PyList_SetSlice(PyObject *op, Py_ssize_t low, Py_ssize_t high, PyObject *items);
int PyList_Sort(PyObject *op);
int PyList_Reverse(PyObject *op);
PyObject *PyList_AsTuple(PyObject *op);
PyObject *PyDict_New(void);
PyObject *_PyDict_NewPresized(Py_ssize_t size);
void PyDict_Clear(PyObject *op);
int PyDict_Contains(PyObject *op, PyObject *key);
int PyDict_ContainsString(PyObject *op, const char *key);
PyObject *PyDict_Copy(PyObject *op);
PyObject *PyDict_GetItem(PyObject *op, PyObject *key);
PyObject *PyDict_GetItemWithError(PyObject *op, PyObject *key);
PyObject *PyDict_GetItemString(PyObject *op, const char *key);
int PyDict_GetItemRef(PyObject *op, PyObject *key, PyObject **result);
int PyDict_GetItemStringRef(PyObject *op, const char *key, PyObject **result);
PyObject *_PyDict_GetItem_KnownHash(PyObject *op, PyObject *key, Py_hash_t hash);
PyObject *_PyDict_GetItemStringWithError(PyObject *op, const char *key);
int PyDict_SetItem(PyObject *op, PyObject *key, PyObject *value);
int PyDict_SetItemString(PyObject *op, const char *key, PyObject *value);
int _PyDict_SetItem_KnownHash(PyObject *op, PyObject *key, PyObject *value, Py_hash_t hash);
int PyDict_DelItem(PyObject *op, PyObject *key);
int PyDict_DelItemString(PyObject *op, const char *key);
PyObject *PyDict_SetDefault(PyObject *op, PyObject *key, PyObject *fallback);
int PyDict_SetDefaultRef(PyObject *op, PyObject *key, PyObject *fallback, PyObject **result);
int PyDict_Pop(PyObject *op, PyObject *key, PyObject **result);
int PyDict_PopString(PyObject *op, const char *key, PyObject **result);
PyObject *_PyDict_Pop(PyObject *op, PyObject *key, PyObject *fallback);
int PyDict_Next(PyObject *op, Py_ssize_t *position, PyObject **key, PyObject **value);
int _PyDict_Next(PyObject *op, Py_ssize_t *position, PyObject **key, PyObject **value, Py_hash_t *hash);
PyObject *PyDict_Keys(PyObject *op);
PyObject *PyDict_Values(PyObject *op);
PyObject *PyDict_Items(PyObject *op);
Py_ssize_t PyDict_Size(PyObject *op);
int PyDict_Update(PyObject *op, PyObject *other);
int PyDict_Merge(PyObject *op, PyObject *other, int override);
int PyDict_MergeFromSeq2(PyObject *op, PyObject *pairs, int override);
PyObject *PyDictProxy_New(PyObject *mapping);
PyObject *PySet_New(PyObject *items);
PyObject *PyFrozenSet_New(PyObject *items);
Py_ssize_t PySet_Size(PyObject *op);
int PySet_Contains(PyObject *op, PyObject *key);
int PySet_Add(PyObject *op, PyObject *key);
int PySet_Discard(PyObject *op, PyObject *key);
PyObject *PySet_Pop(PyObject *op);
int PySet_Clear(PyObject *op);
int _PySet_NextEntry(PyObject *op, Py_ssize_t *position, PyObject **key, Py_hash_t *hash);
int _PySet_Update(PyObject *op, PyObject *items);
PyObject *PySlice_New(PyObject *start, PyObject *stop, PyObject *step);
int PySlice_Unpack(PyObject *op, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step);
Py_ssize_t PySlice_AdjustIndices(Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t step);
int PySlice_GetIndicesEx(PyObject *op, Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step, Py_ssize_t *count);
int _PyEval_SliceIndex(PyObject *op, Py_ssize_t *index);
PyObject *PySeqIter_New(PyObject *sequence);
PyObject *PyCallIter_New(PyObject *callable, PyObject *sentinel);
PyObject *Py_GenericAlias(PyObject *origin, PyObject *args);

/* Functions, methods, descriptors. */
PyObject *PyCMethod_New(PyMethodDef *method, PyObject *self, PyObject *module, PyTypeObject *cls);
PyObject *PyCFunction_NewEx(PyMethodDef *method, PyObject *self, PyObject *module);
#define PyCFunction_New(method, self) PyCFunction_NewEx((method), (self), NULL)
PyCFunction PyCFunction_GetFunction(PyObject *op);
PyObject *PyCFunction_GetSelf(PyObject *op);
int PyCFunction_GetFlags(PyObject *op);
PyObject *PyMethod_New(PyObject *function, PyObject *self);
PyObject *PyMethod_Function(PyObject *op);
PyObject *PyMethod_Self(PyObject *op);
PyObject *PyStaticMethod_New(PyObject *callable);
PyObject *PyClassMethod_New(PyObject *callable);
PyObject *PyDescr_NewMethod(PyTypeObject *type, PyMethodDef *method);
PyObject *PyDescr_NewClassMethod(PyTypeObject *type, PyMethodDef *method);
PyObject *PyDescr_NewMember(PyTypeObject *type, PyMemberDef *member);
PyObject *PyDescr_NewGetSet(PyTypeObject *type, PyGetSetDef *getset);
PyObject *PyDescr_NewWrapper(PyTypeObject *type, struct wrapperbase *base, void *wrapped);
int PyDescr_IsData(PyObject *op);
PyObject *PyWrapper_New(PyObject *descriptor, PyObject *self);
PyObject *PyMember_GetOne(const char *base, PyMemberDef *member);
int PyMember_SetOne(char *base, PyMemberDef *member, PyObject *value);

/* Exceptions. */
extern PyObject *PyExc_BaseException, *PyExc_Exception, *PyExc_GeneratorExit, *PyExc_KeyboardInterrupt, *PyExc_SystemExit;
extern PyObject *PyExc_StopIteration, *PyExc_StopAsyncIteration;
extern PyObject *PyExc_ArithmeticError, *PyExc_FloatingPointError, *PyExc_OverflowError, *PyExc_ZeroDivisionError;
extern PyObject *PyExc_AssertionError, *PyExc_AttributeError, *PyExc_BufferError, *PyExc_EOFError;
extern PyObject *PyExc_ImportError, *PyExc_ModuleNotFoundError, *PyExc_LookupError, *PyExc_IndexError, *PyExc_KeyError;
extern PyObject *PyExc_MemoryError, *PyExc_NameError, *PyExc_UnboundLocalError;
extern PyObject *PyExc_OSError, *PyExc_BlockingIOError, *PyExc_ChildProcessError, *PyExc_ConnectionError;
extern PyObject *PyExc_BrokenPipeError, *PyExc_ConnectionAbortedError, *PyExc_ConnectionRefusedError, *PyExc_ConnectionResetError;
extern PyObject *PyExc_FileExistsError, *PyExc_FileNotFoundError, *PyExc_InterruptedError, *PyExc_IsADirectoryError;
extern PyObject *PyExc_NotADirectoryError, *PyExc_PermissionError, *PyExc_ProcessLookupError, *PyExc_TimeoutError;
extern PyObject *PyExc_ReferenceError, *PyExc_RuntimeError, *PyExc_NotImplementedError, *PyExc_RecursionError;
extern PyObject *PyExc_SyntaxError, *PyExc_IndentationError, *PyExc_TabError, *PyExc_SystemError, *PyExc_TypeError;
extern PyObject *PyExc_ValueError, *PyExc_UnicodeError, *PyExc_UnicodeDecodeError, *PyExc_UnicodeEncodeError;
extern PyObject *PyExc_UnicodeTranslateError;
extern PyObject *PyExc_Warning, *PyExc_BytesWarning, *PyExc_DeprecationWarning, *PyExc_EncodingWarning, *PyExc_FutureWarning;
extern PyObject *PyExc_ImportWarning, *PyExc_PendingDeprecationWarning, *PyExc_ResourceWarning, *PyExc_RuntimeWarning;
extern PyObject *PyExc_SyntaxWarning, *PyExc_UnicodeWarning, *PyExc_UserWarning;
#define PyExc_EnvironmentError PyExc_OSError
#define PyExc_IOError PyExc_OSError
void PyErr_Clear(void);
void PyErr_SetNone(PyObject *type);
void PyErr_SetObject(PyObject *type, PyObject *value);
void PyErr_SetString(PyObject *type, const char *text);
PyObject *PyErr_Format(PyObject *type, const char *format, ...);
PyObject *PyErr_FormatV(PyObject *type, const char *format, va_list arguments);
PyObject *_PyErr_FormatFromCause(PyObject *type, const char *format, ...);
PyObject *PyErr_NoMemory(void);
int PyErr_BadArgument(void);
void _PyErr_BadInternalCall(const char *file, int line);
void PyErr_BadInternalCall_(const char *file, int line);
#define PyErr_BadInternalCall() _PyErr_BadInternalCall(__FILE__, __LINE__)
PyObject *PyErr_SetImportError(PyObject *message, PyObject *name, PyObject *path);
int PyErr_ExceptionMatches(PyObject *type);
int PyErr_GivenExceptionMatches(PyObject *error, PyObject *type);
void PyErr_NormalizeException(PyObject **type, PyObject **value, PyObject **traceback);
void PyErr_Fetch(PyObject **type, PyObject **value, PyObject **traceback);
void PyErr_Restore(PyObject *type, PyObject *value, PyObject *traceback);
PyObject *PyErr_GetRaisedException(void);
void PyErr_SetRaisedException(PyObject *error);
PyObject *PyErr_GetHandledException(void);
void PyErr_SetHandledException(PyObject *error);
void PyErr_GetExcInfo(PyObject **type, PyObject **value, PyObject **traceback);
void PyErr_SetExcInfo(PyObject *type, PyObject *value, PyObject *traceback);
void PyErr_WriteUnraisable(PyObject *op);
void PyErr_FormatUnraisable(const char *format, ...);
void PyErr_Print(void);
void PyErr_PrintEx(int set_sys_last);
void PyErr_Display(PyObject *type, PyObject *value, PyObject *traceback);
void PyErr_DisplayException(PyObject *error);
int PyErr_WarnEx(PyObject *category, const char *text, Py_ssize_t stack_level);
int PyErr_WarnFormat(PyObject *category, Py_ssize_t stack_level, const char *format, ...);
int PyErr_WarnExplicit(PyObject *category, const char *text, const char *file, int line, const char *module, PyObject *registry);
#define PyErr_Warn(category, text) PyErr_WarnEx((category), (text), 1)
int PyErr_CheckSignals(void);
PyObject *PyErr_NewException(const char *name, PyObject *base, PyObject *dict);
PyObject *PyException_GetTraceback(PyObject *op);
int PyException_SetTraceback(PyObject *op, PyObject *traceback);
PyObject *PyException_GetCause(PyObject *op);
void PyException_SetCause(PyObject *op, PyObject *cause);
PyObject *PyException_GetContext(PyObject *op);
void PyException_SetContext(PyObject *op, PyObject *context);
PyObject *PyException_GetArgs(PyObject *op);
void PyException_SetArgs(PyObject *op, PyObject *args);
PyObject *PyUnicodeDecodeError_Create(const char *encoding, const char *object, Py_ssize_t length, Py_ssize_t start,
                                      Py_ssize_t end, const char *reason);
PyObject *PyUnicodeEncodeError_Create(const char *encoding, PyObject *object, Py_ssize_t start, Py_ssize_t end, const char *reason);

/* Code, frames, tracebacks. */
PyCodeObject *PyCode_NewEmpty(const char *file, const char *function, int first_line);
PyCodeObject *PyUnstable_Code_NewWithPosOnlyArgs(int argcount, int posonlyargcount, int kwonlyargcount, int nlocals,
                                                 int stacksize, int flags, PyObject *code, PyObject *consts, PyObject *names,
                                                 PyObject *varnames, PyObject *freevars, PyObject *cellvars, PyObject *filename,
                                                 PyObject *name, PyObject *qualname, int first_line, PyObject *linetable,
                                                 PyObject *exceptiontable);
#define PyUnstable_Code_New PyUnstable_Code_New_
PyFrameObject *PyFrame_New(PyThreadState *state, PyCodeObject *code, PyObject *globals, PyObject *locals);
int PyFrame_GetLineNumber(PyFrameObject *frame);
PyCodeObject *PyFrame_GetCode(PyFrameObject *frame);
PyFrameObject *PyFrame_GetBack(PyFrameObject *frame);
int PyTraceBack_Here(PyFrameObject *frame);
int PyTraceBack_Print(PyObject *traceback, PyObject *file);
PyCodeObject *PyGen_GetCode(PyGenObject *generator);

/* Modules and import. */
PyObject *PyModule_New(const char *name);
PyObject *PyModule_NewObject(PyObject *name);
PyObject *PyModule_Create2(PyModuleDef *def, int api_version);
#define PYTHON_API_VERSION 1013
#define PYTHON_ABI_VERSION 3
#define PyModule_Create(def) PyModule_Create2((def), PYTHON_API_VERSION)
PyObject *PyModuleDef_Init(PyModuleDef *def);
PyObject *PyModule_FromDefAndSpec2(PyModuleDef *def, PyObject *spec, int api_version);
#define PyModule_FromDefAndSpec(def, spec) PyModule_FromDefAndSpec2((def), (spec), PYTHON_API_VERSION)
int PyModule_ExecDef(PyObject *module, PyModuleDef *def);
PyObject *PyModule_GetDict(PyObject *module);
const char *PyModule_GetName(PyObject *module);
PyObject *PyModule_GetNameObject(PyObject *module);
PyModuleDef *PyModule_GetDef(PyObject *module);
void *PyModule_GetState(PyObject *module);
int PyModule_AddObject(PyObject *module, const char *name, PyObject *value);
int PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value);
int PyModule_Add(PyObject *module, const char *name, PyObject *value);
int PyModule_AddIntConstant(PyObject *module, const char *name, long value);
int PyModule_AddStringConstant(PyObject *module, const char *name, const char *value);
int PyModule_AddType(PyObject *module, PyTypeObject *type);
int PyModule_AddFunctions(PyObject *module, PyMethodDef *functions);
int PyModule_SetDocString(PyObject *module, const char *doc);
int PyState_AddModule(PyObject *module, PyModuleDef *def);
int PyState_RemoveModule(PyModuleDef *def);
PyObject *PyState_FindModule(PyModuleDef *def);
PyObject *PyImport_ImportModule(const char *name);
PyObject *PyImport_Import(PyObject *name);
PyObject *PyImport_ImportModuleLevel(const char *name, PyObject *globals, PyObject *locals, PyObject *fromlist, int level);
PyObject *PyImport_ImportModuleLevelObject(PyObject *name, PyObject *globals, PyObject *locals, PyObject *fromlist, int level);
PyObject *PyImport_GetModule(PyObject *name);
PyObject *PyImport_GetModuleDict(void);
PyObject *PyImport_AddModule(const char *name);
PyObject *PyImport_AddModuleRef(const char *name);
PyObject *PyImport_AddModuleObject(PyObject *name);
PyObject *PyEval_GetBuiltins(void);
PyObject *PyEval_GetGlobals(void);
PyObject *PySys_GetObject(const char *name);
int PySys_SetObject(const char *name, PyObject *value);

/* Capsules and weak references. */
typedef void (*PyCapsule_Destructor)(PyObject *);
PyObject *PyCapsule_New(void *pointer, const char *name, PyCapsule_Destructor destroy);
void *PyCapsule_GetPointer(PyObject *capsule, const char *name);
const char *PyCapsule_GetName(PyObject *capsule);
int PyCapsule_IsValid(PyObject *capsule, const char *name);
void *PyCapsule_GetContext(PyObject *capsule);
int PyCapsule_SetContext(PyObject *capsule, void *context);
int PyCapsule_SetName(PyObject *capsule, const char *name);
PyObject *PyWeakref_NewRef(PyObject *op, PyObject *callback);
PyObject *PyWeakref_NewProxy(PyObject *op, PyObject *callback);
int PyWeakref_GetRef(PyObject *reference, PyObject **op);
PyObject *PyWeakref_GetObject(PyObject *reference);

/* Threads. One Python world, one lock, which the host holds: these keep only the books. */
typedef void *PyThread_type_lock;
#define WAIT_LOCK 1
#define NOWAIT_LOCK 0
PyThread_type_lock PyThread_allocate_lock(void);
void PyThread_free_lock(PyThread_type_lock lock);
int PyThread_acquire_lock(PyThread_type_lock lock, int wait);
void PyThread_release_lock(PyThread_type_lock lock);
unsigned long PyThread_get_thread_ident(void);
PyThreadState *PyThreadState_Get(void);
extern PyThreadState *runtime_current;
/* Compiled code asks after every call of a function that returns nothing: it must cost two loads. */
static inline PyObject *PyErr_Occurred(void)
{
    PyObject *error = runtime_current->current_exception;
    return error ? (PyObject *)Py_TYPE(error) : NULL;
}
#define PyThreadState_GetUnchecked() (runtime_current)
#define PyThreadState_GET() (runtime_current)
#define _PyThreadState_UncheckedGet() (runtime_current)
PyFrameObject *PyThreadState_GetFrame(PyThreadState *state);
PyInterpreterState *PyInterpreterState_Get(void);
int64_t PyInterpreterState_GetID(PyInterpreterState *interpreter);
PyInterpreterState *PyThreadState_GetInterpreter(PyThreadState *state);
PyGILState_STATE PyGILState_Ensure(void);
void PyGILState_Release(PyGILState_STATE state);
int PyGILState_Check(void);
PyThreadState *PyEval_SaveThread(void);
void PyEval_RestoreThread(PyThreadState *state);
#define Py_BEGIN_ALLOW_THREADS { PyThreadState *_save = PyEval_SaveThread();
#define Py_END_ALLOW_THREADS PyEval_RestoreThread(_save); }
#define Py_UNBLOCK_THREADS _save = PyEval_SaveThread();
#define Py_BLOCK_THREADS PyEval_RestoreThread(_save);
#define Py_BEGIN_CRITICAL_SECTION(op) {
#define Py_END_CRITICAL_SECTION() }
#define Py_BEGIN_CRITICAL_SECTION2(a, b) {
#define Py_END_CRITICAL_SECTION2() }
int Py_IsInitialized(void);
int Py_IsFinalizing(void);
#define _Py_IsFinalizing Py_IsFinalizing

#endif
