/* Module _struct: C structures to bytes and back. */
#include <string.h>

#include "internal/runtime_internal.h"
#include "text.h"

static PyObject *StructError;

/* One kind of item of a format; `count` of them stand one after the other from `offset`. */
struct code {
    char code;
    Py_ssize_t size, offset, count; /* s and p: one item of `size` bytes */
};

typedef struct {
    PyObject_HEAD
    PyObject *format;         /* str */
    struct code *codes;       /* without the padding */
    Py_ssize_t code_count, item_count, size;
    bool big, native;
} StructObject;

static PyTypeObject Struct_Type;

/* Size of an item and, in native order, its alignment; 0 for an unknown character. */
static Py_ssize_t code_size(char code, bool native)
{
    switch (code) {
    case 'x': case 'c': case 'b': case 'B': case '?': case 's': case 'p':
        return 1;
    case 'h': case 'H': case 'e':
        return 2;
    case 'i': case 'I': case 'f':
        return 4;
    case 'l': case 'L':
        return native ? 8 : 4;
    case 'q': case 'Q': case 'd':
        return 8;
    case 'n': case 'N': case 'P':
        return native ? 8 : 0;
    default:
        return 0;
    }
}

static bool fail(const char *message)
{
    PyErr_SetString(StructError, message);
    return false;
}

/* A repeat count at *at, 1 if there is none, -1 with an exception. */
static Py_ssize_t read_count(const char **at)
{
    Py_ssize_t count = 0;
    if (**at < '0' || **at > '9') {
        return 1;
    }
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        if (count > (PY_SSIZE_T_MAX - 9) / 10) {
            fail("total struct size too long");
            return -1;
        }
        count = count * 10 + (**at - '0');
    }
    if (**at == '\0') {
        fail("repeat count given without format specifier");
        return -1;
    }
    return count;
}

/* Lays the items out; with codes NULL only measures: sizes, number of codes and of values. */
static bool lay_out(StructObject *self, const char *at, struct code *codes)
{
    bool native = *at != '<' && *at != '>' && *at != '!' && *at != '=', aligned = native;
    self->big = *at == '>' || *at == '!';
    self->native = native;
    at += !native || *at == '@';
    self->code_count = self->item_count = self->size = 0;
    for (; *at != '\0'; at++) {
        if (_Py_ascii_whitespace[*at & 127] && *at > 0) {
            continue;
        }
        Py_ssize_t count = read_count(&at), size = code_size(*at, native), total;
        if (count < 0) {
            return false;
        }
        if (size == 0) {
            return fail("bad char in struct format");
        }
        if (aligned && size > 1) {
            self->size = (self->size + size - 1) / size * size;
        }
        bool one = *at == 's' || *at == 'p';
        if (*at != 'x' && (one || count > 0)) {
            if (codes != NULL) {
                codes[self->code_count] = (struct code){*at, one ? count : size, self->size, one ? 1 : count};
            }
            self->code_count++;
            self->item_count += one ? 1 : count;
        }
        if (__builtin_mul_overflow(count, size, &total) || __builtin_add_overflow(self->size, total, &self->size)
            || self->size > PY_SSIZE_T_MAX - 16) {
            return fail("total struct size too long");
        }
    }
    return true;
}

/* The format as NUL-terminated text in a new str. */
static PyObject *format_text(PyObject *format)
{
    if (PyUnicode_Check(format)) {
        return PyUnicode_FromObject(format);
    }
    if (PyBytes_Check(format)) {
        return PyUnicode_DecodeASCII(PyBytes_AS_STRING(format), PyBytes_GET_SIZE(format), NULL);
    }
    return PyErr_Format(PyExc_TypeError, "Struct() argument 1 must be a str or bytes object, not %.200s", Py_TYPE(format)->tp_name);
}

/* Fills an empty StructObject. */
static int compile(StructObject *self, PyObject *format)
{
    PyObject *text = format_text(format);
    if (text == NULL) {
        return -1;
    }
    Py_XSETREF(self->format, text);
    const char *chars = PyUnicode_AsUTF8(text);
    if (chars == NULL || !lay_out(self, chars, NULL)) {
        return -1;
    }
    PyMem_Free(self->codes);
    self->codes = PyMem_Malloc(((size_t)self->code_count + 1) * sizeof(struct code));
    if (self->codes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return lay_out(self, chars, self->codes) ? 0 : -1;
}

/* The last few formats that the module's functions were given, so that each is read once. */
#define CACHE_SIZE 16
static StructObject *cache[CACHE_SIZE];
static unsigned cache_next;

static StructObject *find_cached(PyObject *format)
{
    for (int i = 0; PyUnicode_CheckExact(format) && i < CACHE_SIZE; i++) {
        if (cache[i] != NULL && _PyUnicode_Equal(cache[i]->format, format)) {
            return (StructObject *)Py_NewRef((PyObject *)cache[i]);
        }
    }
    return NULL;
}


/* The compiled format; new reference. */
static StructObject *get_struct(PyObject *format)
{
    StructObject *self = find_cached(format);
    if (self != NULL) {
        return self;
    }
    self = (StructObject *)PyType_GenericAlloc(&Struct_Type, 0);
    if (self != NULL && compile(self, format) < 0) {
        Py_CLEAR(self);
    }
    if (self != NULL) {
        Py_XSETREF(cache[cache_next], (StructObject *)Py_NewRef((PyObject *)self));
        cache_next = (cache_next + 1) % CACHE_SIZE;
    }
    return self;
}

static uint64_t load(const unsigned char *at, Py_ssize_t size, bool big)
{
    uint64_t value = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        value |= (uint64_t)at[big ? size - 1 - i : i] << 8 * i;
    }
    return value;
}

static void store(unsigned char *at, Py_ssize_t size, bool big, uint64_t value)
{
    for (Py_ssize_t i = 0; i < size; i++) {
        at[big ? size - 1 - i : i] = (unsigned char)(value >> 8 * i);
    }
}

/* IEEE 754 binary16. */
static double half_to_double(unsigned bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 0x3FF;
    double value = exponent == 31 ? (fraction ? Py_NAN : Py_HUGE_VAL)
                   : exponent == 0 ? fraction * 0x1p-24
                                   : (1024 + fraction) * __builtin_ldexp(1.0, exponent - 25);
    return bits >> 15 ? -value : value;
}

/* Rounded to even; false if it is too large. */
static bool double_to_half(double value, unsigned *bits)
{
    unsigned sign = __builtin_signbit(value) ? 0x8000 : 0;
    double size = __builtin_fabs(value);
    int exponent;
    if (!Py_IS_FINITE(value)) {
        *bits = sign | (Py_IS_NAN(value) ? 0x7E00 : 0x7C00);
        return true;
    }
    frexp(size, &exponent);
    /* The last place is 2**-24 below the normal range, 2**(exponent - 11) in it. */
    int place = exponent - 11 < -24 ? -24 : exponent - 11;
    double scaled = ldexp(size, -place), whole = floor(scaled), rest = scaled - whole;
    unsigned fraction = (unsigned)whole + (rest > 0.5 || (rest == 0.5 && ((unsigned)whole & 1) != 0));
    /* A carry out of the fraction runs into the exponent, as it should. */
    unsigned magnitude = size == 0 ? 0 : fraction + (place > -24 ? (unsigned)(place + 24) << 10 : 0);
    *bits = sign | magnitude;
    return magnitude < 0x7C00;
}

static PyObject *unpack_float(char code, uint64_t bits)
{
    double value;
    float single;
    uint32_t low = (uint32_t)bits;
    if (code == 'e') {
        return PyFloat_FromDouble(half_to_double((unsigned)bits));
    }
    if (code == 'f') {
        memcpy(&single, &low, sizeof single);
        return PyFloat_FromDouble(single);
    }
    memcpy(&value, &bits, sizeof value);
    return PyFloat_FromDouble(value);
}

static PyObject *unpack_item(const struct code *c, const unsigned char *at, bool big)
{
    Py_ssize_t length = c->size;
    switch (c->code) {
    case 'c': case 's':
        return PyBytes_FromStringAndSize((const char *)at, c->size);
    case 'p':
        length = c->size > 0 ? Py_MIN(at[0], c->size - 1) : 0;
        return PyBytes_FromStringAndSize((const char *)at + (c->size > 0), length);
    case '?':
        return PyBool_FromLong(at[0] != 0);
    case 'e': case 'f': case 'd':
        return unpack_float(c->code, load(at, c->size, big));
    case 'b': case 'h': case 'i': case 'l': case 'q': case 'n': {
        uint64_t value = load(at, c->size, big), sign = 1ULL << (8 * c->size - 1);
        return PyLong_FromLongLong((long long)((value ^ sign) - sign));
    }
    default:
        return PyLong_FromUnsignedLongLong(load(at, c->size, big));
    }
}

static PyObject *unpack_all(StructObject *self, const unsigned char *at)
{
    PyObject *result = PyTuple_New(self->item_count);
    Py_ssize_t next = 0;
    for (Py_ssize_t i = 0; result != NULL && i < self->code_count; i++) {
        const struct code *c = &self->codes[i];
        for (Py_ssize_t j = 0; j < c->count; j++) {
            PyObject *value = unpack_item(c, at + c->offset + j * c->size, self->big);
            if (value == NULL) {
                Py_DECREF(result);
                return NULL;
            }
            PyTuple_SET_ITEM(result, next++, value);
        }
    }
    return result;
}

/* A value's __index__; "required argument is not an integer" otherwise. */
static PyObject *integer(PyObject *value)
{
    if (!PyIndex_Check(value)) {
        fail("required argument is not an integer");
        return NULL;
    }
    return PyNumber_Index(value);
}

/* The words are CPython's: it packs bytes, and shorts of the machine's own byte order, by other functions than the rest. */
static bool out_of_range(char code, Py_ssize_t size, bool big)
{
    static const char *const names[] = {"byte", "short"};
    long low = -(1L << (8 * size - 1)), high = (1L << (8 * size - 1)) - 1;
    unsigned long top = size == 8 ? ~0UL : (1UL << 8 * size) - 1;
    if (size == 1 || (size == 2 && !big)) {
        bool is_signed = code == 'b' || code == 'h';
        PyErr_Format(StructError, "%s%s format requires %ld <= number <= %ld", is_signed ? "" : "u", names[size - 1],
                     is_signed ? low : 0L, is_signed ? high : (long)top);
    } else if (code >= 'a') {
        PyErr_Format(StructError, "'%c' format requires %ld <= number <= %ld", code, low, high);
    } else {
        PyErr_Format(StructError, "'%c' format requires 0 <= number <= %lu", code, top);
    }
    return false;
}

static bool pack_signed(const struct code *c, unsigned char *at, bool big, PyObject *number)
{
    int overflow;
    long value = PyLong_AsLongAndOverflow(number, &overflow);
    if (overflow != 0) {
        return fail(big && c->size == 8 ? "int too large to convert" : "argument out of range");
    }
    if (c->code == 'B' || c->code == 'H') {
        if (value < 0 || value >= 1L << 8 * c->size) {
            return out_of_range(c->code, c->size, big);
        }
    } else if (c->size < 8 && (value < -(1L << (8 * c->size - 1)) || value >= 1L << (8 * c->size - 1))) {
        return out_of_range(c->code, c->size, big);
    }
    store(at, c->size, big, (uint64_t)value);
    return true;
}

static bool pack_unsigned(const struct code *c, unsigned char *at, bool big, PyObject *number)
{
    unsigned long value = PyLong_AsUnsignedLong(number);
    if (value == (unsigned long)-1 && PyErr_Occurred()) {
        PyErr_Clear();
        return fail(big && c->size == 8 ? "int too large to convert" : "argument out of range");
    }
    if (c->size < 8 && value >> 8 * c->size != 0) {
        return out_of_range(c->code, c->size, big);
    }
    store(at, c->size, big, value);
    return true;
}

static bool pack_integer(const struct code *c, unsigned char *at, bool big, PyObject *value)
{
    PyObject *number = integer(value);
    if (number == NULL) {
        return false;
    }
    bool wide = (c->code == 'H' && big) || c->code == 'I' || c->code == 'L' || c->code == 'Q' || c->code == 'N';
    bool done = true;
    if (c->code == 'P') {
        store(at, 8, big, PyLong_AsUnsignedLongMask(number));
    } else {
        done = wide ? pack_unsigned(c, at, big, number) : pack_signed(c, at, big, number);
    }
    Py_DECREF(number);
    return done;
}

static bool pack_float(const struct code *c, unsigned char *at, bool big, bool native, PyObject *value)
{
    double number = PyFloat_AsDouble(value);
    uint64_t bits;
    if (number == -1.0 && PyErr_Occurred()) {
        return fail("required argument is not a float");
    }
    if (c->code == 'd') {
        memcpy(&bits, &number, sizeof bits);
    } else if (c->code == 'f') {
        /* The largest float and half a unit more round to infinity. */
        bool too_large = !native && Py_IS_FINITE(number) && __builtin_fabs(number) >= 0x1.ffffffp127;
        if (too_large) {
            PyErr_SetString(PyExc_OverflowError, "float too large to pack with f format");
            return false;
        }
        /* Beyond the range the C conversion is undefined: infinity is what the machine's own format holds. */
        float single = __builtin_fabs(number) >= 0x1.ffffffp127 ? (float)__builtin_copysign(Py_INFINITY, number) : (float)number;
        uint32_t low;
        memcpy(&low, &single, sizeof low);
        bits = low;
    } else {
        unsigned half;
        if (!double_to_half(number, &half)) {
            PyErr_SetString(PyExc_OverflowError, "float too large to pack with e format");
            return false;
        }
        bits = half;
    }
    store(at, c->size, big, bits);
    return true;
}

/* s: cut or filled up with zeros; p: the length in the first byte. */
static bool pack_string(const struct code *c, unsigned char *at, PyObject *value)
{
    if (!PyBytes_Check(value) && !PyByteArray_Check(value)) {
        PyErr_Format(StructError, "argument for '%c' must be a bytes object", c->code);
        return false;
    }
    bool array = PyByteArray_Check(value), counted = c->code == 'p';
    const char *bytes = array ? PyByteArray_AS_STRING(value) : PyBytes_AS_STRING(value);
    Py_ssize_t room = c->size - counted, length = Py_MIN(Py_SIZE(value), room);
    if (room < 0) {
        return true;
    }
    if (counted) {
        at[0] = (unsigned char)Py_MIN(length, 255);
    }
    memcpy(at + counted, bytes, (size_t)length);
    memset(at + counted + length, 0, (size_t)(room - length));
    return true;
}

static bool pack_any(const struct code *c, unsigned char *at, bool big, bool native, PyObject *value)
{
    int truth;
    switch (c->code) {
    case 'c':
        if (!PyBytes_Check(value) || PyBytes_GET_SIZE(value) != 1) {
            return fail("char format requires a bytes object of length 1");
        }
        at[0] = (unsigned char)PyBytes_AS_STRING(value)[0];
        return true;
    case 's': case 'p':
        return pack_string(c, at, value);
    case '?':
        truth = PyObject_IsTrue(value);
        at[0] = truth > 0;
        return truth >= 0;
    case 'e': case 'f': case 'd':
        return pack_float(c, at, big, native, value);
    default:
        return pack_integer(c, at, big, value);
    }
}

/* As pack_any; an int that is too large is a struct.error whatever the format. */
static bool pack_item(StructObject *self, const struct code *c, unsigned char *at, PyObject *value)
{
    if (pack_any(c, at, self->big, self->native, value)) {
        return true;
    }
    if (PyLong_Check(value) && PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        fail("int too large to convert");
    }
    return false;
}

/* The values into `at`, which has self->size bytes. */
static bool pack_all(StructObject *self, unsigned char *at, PyObject *const *values)
{
    memset(at, 0, (size_t)self->size);
    for (Py_ssize_t i = 0; i < self->code_count; i++) {
        const struct code *c = &self->codes[i];
        for (Py_ssize_t j = 0; j < c->count; j++) {
            if (!pack_item(self, c, at + c->offset + j * c->size, *values++)) {
                return false;
            }
        }
    }
    return true;
}

static PyObject *do_pack(StructObject *self, PyObject *const *values, Py_ssize_t count)
{
    if (count != self->item_count) {
        return PyErr_Format(StructError, "pack expected %zd items for packing (got %zd)", self->item_count, count);
    }
    PyObject *result = PyBytes_FromStringAndSize(NULL, self->size);
    if (result != NULL && self->size > 0 && !pack_all(self, (unsigned char *)PyBytes_AS_STRING(result), values)) {
        Py_CLEAR(result);
    }
    return result;
}

/* An offset into a buffer of `length` bytes at which self->size bytes lie; false with struct.error. */
static bool check_offset(StructObject *self, Py_ssize_t length, Py_ssize_t *offset, bool packing)
{
    Py_ssize_t given = *offset;
    if (given < 0) {
        if (given + self->size > 0) {
            PyErr_Format(StructError, packing ? "no space to pack %zd bytes at offset %zd" : "not enough data to unpack %zd bytes at offset %zd",
                         self->size, given);
            return false;
        }
        if (given + length < 0) {
            PyErr_Format(StructError, "offset %zd out of range for %zd-byte buffer", given, length);
            return false;
        }
        *offset = given + length;
    }
    if (length - *offset < self->size) {
        PyErr_Format(StructError,
                     packing ? "pack_into requires a buffer of at least %zu bytes for packing %zd bytes at offset %zd (actual buffer size is %zd)"
                             : "unpack_from requires a buffer of at least %zu bytes for unpacking %zd bytes at offset %zd (actual buffer size is %zd)",
                     (size_t)self->size + (size_t)*offset, self->size, *offset, length);
        return false;
    }
    return true;
}

static PyObject *do_pack_into(StructObject *self, PyObject *const *args, Py_ssize_t count)
{
    Py_buffer view;
    if (count < 2) {
        PyErr_SetString(PyExc_TypeError, count == 0 ? "pack_into expected buffer argument" : "pack_into expected offset argument");
        return NULL;
    }
    if (count - 2 != self->item_count) {
        return PyErr_Format(StructError, "pack_into expected %zd items for packing (got %zd)", self->item_count, count - 2);
    }
    Py_ssize_t offset;
    if (!index_argument(args[1], false, &offset)) {
        return NULL;
    }
    if (PyObject_GetBuffer(args[0], &view, PyBUF_WRITABLE) < 0) {
        if (PyObject_CheckBuffer(args[0])) {
            PyErr_Clear();
            PyErr_Format(PyExc_TypeError, "pack_into() argument 1 must be read-write bytes-like object, not %.50s", Py_TYPE(args[0])->tp_name);
        }
        return NULL;
    }
    bool done = check_offset(self, view.len, &offset, true)
                && (self->size == 0 || pack_all(self, (unsigned char *)view.buf + offset, args + 2));
    PyBuffer_Release(&view);
    return done ? Py_NewRef(Py_None) : NULL;
}

static PyObject *do_unpack(StructObject *self, PyObject *buffer)
{
    Py_buffer view;
    PyObject *result = NULL;
    if (PyObject_GetBuffer(buffer, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    if (view.len != self->size) {
        PyErr_Format(StructError, "unpack requires a buffer of %zd bytes", self->size);
    } else {
        result = unpack_all(self, view.buf);
    }
    PyBuffer_Release(&view);
    return result;
}

static PyObject *do_unpack_from(StructObject *self, PyObject *buffer, Py_ssize_t offset)
{
    Py_buffer view;
    PyObject *result = NULL;
    if (PyObject_GetBuffer(buffer, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    if (check_offset(self, view.len, &offset, false)) {
        result = unpack_all(self, (unsigned char *)view.buf + offset);
    }
    PyBuffer_Release(&view);
    return result;
}

/* iter_unpack: one tuple a step. */
typedef struct {
    PyObject_HEAD
    StructObject *layout;
    Py_buffer view;
    Py_ssize_t at;
} UnpackIterator;

static void iterator_dealloc(PyObject *op)
{
    UnpackIterator *it = (UnpackIterator *)op;
    PyBuffer_Release(&it->view);
    Py_XDECREF(it->layout);
    PyObject_Free(op);
}

static PyObject *iterator_next(PyObject *op)
{
    UnpackIterator *it = (UnpackIterator *)op;
    if (it->at >= it->view.len) {
        return NULL;
    }
    PyObject *result = unpack_all(it->layout, (unsigned char *)it->view.buf + it->at);
    it->at += it->layout->size;
    return result;
}

static PyTypeObject UnpackIterator_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_struct.unpack_iterator",
    .tp_basicsize = sizeof(UnpackIterator),
    .tp_dealloc = iterator_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iterator_next,
};

static PyObject *do_iter_unpack(StructObject *self, PyObject *buffer)
{
    if (self->size == 0) {
        fail("cannot iteratively unpack with a struct of length 0");
        return NULL;
    }
    UnpackIterator *it = PyObject_New(UnpackIterator, &UnpackIterator_Type);
    if (it == NULL) {
        return NULL;
    }
    it->view.obj = NULL;
    it->at = 0;
    it->layout = (StructObject *)Py_NewRef((PyObject *)self);
    if (PyObject_GetBuffer(buffer, &it->view, PyBUF_SIMPLE) < 0) {
        Py_DECREF(it);
        return NULL;
    }
    if (it->view.len % self->size != 0) {
        PyErr_Format(StructError, "iterative unpacking requires a buffer of a multiple of %zd bytes", self->size);
        Py_DECREF(it);
        return NULL;
    }
    return (PyObject *)it;
}

/* Struct objects. */

static int struct_init(PyObject *op, PyObject *args, PyObject *kwds)
{
    static char *names[] = {"format", NULL};
    PyObject *format;
    if (!PyArg_ParseTupleAndKeywords(args, kwds, "O:Struct", names, &format)) {
        return -1;
    }
    return compile((StructObject *)op, format);
}

static void struct_dealloc(PyObject *op)
{
    Py_XDECREF(((StructObject *)op)->format);
    PyMem_Free(((StructObject *)op)->codes);
    Py_TYPE(op)->tp_free(op);
}

static PyObject *struct_pack(PyObject *op, PyObject *const *args, Py_ssize_t count)
{
    return do_pack((StructObject *)op, args, count);
}

static PyObject *struct_pack_into(PyObject *op, PyObject *const *args, Py_ssize_t count)
{
    return do_pack_into((StructObject *)op, args, count);
}

static PyObject *struct_unpack(PyObject *op, PyObject *buffer)
{
    return do_unpack((StructObject *)op, buffer);
}

static PyObject *struct_unpack_from(PyObject *op, PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const names[] = {"buffer", "offset", NULL};
    PyObject *buffer;
    Py_ssize_t offset = 0;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "O|n:unpack_from", names, &buffer, &offset)) {
        return NULL;
    }
    return do_unpack_from((StructObject *)op, buffer, offset);
}

static PyObject *struct_iter_unpack(PyObject *op, PyObject *buffer)
{
    return do_iter_unpack((StructObject *)op, buffer);
}

static PyObject *get_format(PyObject *op, void *Py_UNUSED(closure))
{
    return Py_XNewRef(((StructObject *)op)->format);
}

static PyObject *get_size(PyObject *op, void *Py_UNUSED(closure))
{
    return PyLong_FromSsize_t(((StructObject *)op)->size);
}

static PyMethodDef struct_methods[] = {
    {"pack", _PyCFunction_CAST(struct_pack), METH_FASTCALL, NULL},
    {"pack_into", _PyCFunction_CAST(struct_pack_into), METH_FASTCALL, NULL},
    {"unpack", struct_unpack, METH_O, NULL},
    {"unpack_from", _PyCFunction_CAST(struct_unpack_from), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"iter_unpack", struct_iter_unpack, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef struct_getset[] = {
    {"format", get_format, NULL, NULL, NULL},
    {"size", get_size, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyTypeObject Struct_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_struct.Struct",
    .tp_basicsize = sizeof(StructObject),
    .tp_dealloc = struct_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "Struct(fmt) --> compiled struct object",
    .tp_methods = struct_methods,
    .tp_getset = struct_getset,
    .tp_init = struct_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
};

/* Functions of the module: the format comes first. */

static StructObject *first_format(PyObject *const *args, Py_ssize_t count)
{
    if (count == 0) {
        PyErr_SetString(PyExc_TypeError, "missing format argument");
        return NULL;
    }
    return get_struct(args[0]);
}

static PyObject *module_calcsize(PyObject *Py_UNUSED(module), PyObject *format)
{
    StructObject *self = get_struct(format);
    PyObject *size = self != NULL ? PyLong_FromSsize_t(self->size) : NULL;
    Py_XDECREF(self);
    return size;
}

static PyObject *module_pack(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    StructObject *self = first_format(args, count);
    PyObject *result = self != NULL ? do_pack(self, args + 1, count - 1) : NULL;
    Py_XDECREF(self);
    return result;
}

static PyObject *module_pack_into(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    StructObject *self = first_format(args, count);
    PyObject *result = self != NULL ? do_pack_into(self, args + 1, count - 1) : NULL;
    Py_XDECREF(self);
    return result;
}

static PyObject *module_unpack(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    StructObject *self = check_positional("unpack", count, 2, 2) ? get_struct(args[0]) : NULL;
    PyObject *result = self != NULL ? do_unpack(self, args[1]) : NULL;
    Py_XDECREF(self);
    return result;
}

static PyObject *module_unpack_from(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count, PyObject *kwnames)
{
    static const char *const names[] = {"", "buffer", "offset", NULL};
    PyObject *format, *buffer;
    Py_ssize_t offset = 0;
    if (!_PyArg_ParseStackAndKeywords(args, count, kwnames, "OO|n:unpack_from", names, &format, &buffer, &offset)) {
        return NULL;
    }
    StructObject *self = get_struct(format);
    PyObject *result = self != NULL ? do_unpack_from(self, buffer, offset) : NULL;
    Py_XDECREF(self);
    return result;
}

static PyObject *module_iter_unpack(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    StructObject *self = check_positional("iter_unpack", count, 2, 2) ? get_struct(args[0]) : NULL;
    PyObject *result = self != NULL ? do_iter_unpack(self, args[1]) : NULL;
    Py_XDECREF(self);
    return result;
}

static PyObject *module_clearcache(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none))
{
    for (int i = 0; i < CACHE_SIZE; i++) {
        Py_CLEAR(cache[i]);
    }
    Py_RETURN_NONE;
}

/* At the end of the runtime: what the module's functions kept. */
static void module_free(void *Py_UNUSED(module))
{
    for (int i = 0; i < CACHE_SIZE; i++) {
        Py_CLEAR(cache[i]);
    }
    Py_CLEAR(StructError);
}

static PyMethodDef module_methods[] = {
    {"calcsize", module_calcsize, METH_O, NULL},
    {"pack", _PyCFunction_CAST(module_pack), METH_FASTCALL, NULL},
    {"pack_into", _PyCFunction_CAST(module_pack_into), METH_FASTCALL, NULL},
    {"unpack", _PyCFunction_CAST(module_unpack), METH_FASTCALL, NULL},
    {"unpack_from", _PyCFunction_CAST(module_unpack_from), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"iter_unpack", _PyCFunction_CAST(module_iter_unpack), METH_FASTCALL, NULL},
    {"_clearcache", module_clearcache, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_struct",
    .m_doc = "Functions to convert between Python values and C structs.",
    .m_size = -1,
    .m_methods = module_methods,
    .m_free = module_free,
};

PyObject *PyInit__struct(void)
{
    if (PyType_Ready(&Struct_Type) < 0 || PyType_Ready(&UnpackIterator_Type) < 0) {
        return NULL;
    }
    if (StructError == NULL) {
        StructError = PyErr_NewException("struct.error", NULL, NULL);
    }
    PyObject *module = StructError != NULL ? PyModule_Create(&module_def) : NULL;
    if (module != NULL && (PyModule_AddObjectRef(module, "error", StructError) < 0
                           || PyModule_AddObjectRef(module, "Struct", (PyObject *)&Struct_Type) < 0)) {
        Py_CLEAR(module);
    }
    return module;
}
