/* str to bytes and back: UTF-8, ASCII, Latin-1, UTF-16 and UTF-32. */
#include <string.h>

#include "internal/runtime_internal.h"
#include "text.h"

#define KIND(op) ((int)PyUnicode_KIND(op))
#define DATA(op) PyUnicode_DATA(op)
#define LENGTH(op) PyUnicode_GET_LENGTH(op)

enum codec { UTF_8, ASCII, LATIN_1, UTF_16, UTF_16_LE, UTF_16_BE, UTF_32, UTF_32_LE, UTF_32_BE, UNKNOWN_CODEC };

enum handler { STRICT, IGNORE, REPLACE, SURROGATE_ESCAPE, SURROGATE_PASS, BACKSLASH_REPLACE, XML_REPLACE, UNKNOWN_HANDLER };

/* Lower case, with '-' for '_' and ' ', as the codec registry compares names. */
static bool same_name(const char *a, const char *b)
{
    for (; *a != '\0'; a++, b++) {
        char c = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a == '_' || *a == ' ' ? '-' : *a;
        if (c != *b) {
            return false;
        }
    }
    return *b == '\0';
}

static enum codec find_codec(const char *name)
{
    static const struct {
        const char *name;
        enum codec codec;
    } known[] = {
        {"utf-8", UTF_8},         {"utf8", UTF_8},         {"u8", UTF_8},           {"cp65001", UTF_8},
        {"ascii", ASCII},         {"us-ascii", ASCII},     {"646", ASCII},          {"latin-1", LATIN_1},
        {"latin1", LATIN_1},      {"iso-8859-1", LATIN_1}, {"iso8859-1", LATIN_1},  {"8859", LATIN_1},
        {"l1", LATIN_1},          {"utf-16", UTF_16},      {"utf16", UTF_16},       {"utf-16-le", UTF_16_LE},
        {"utf-16le", UTF_16_LE},  {"utf-16-be", UTF_16_BE}, {"utf-16be", UTF_16_BE}, {"utf-32", UTF_32},
        {"utf32", UTF_32},        {"utf-32-le", UTF_32_LE}, {"utf-32le", UTF_32_LE}, {"utf-32-be", UTF_32_BE},
        {"utf-32be", UTF_32_BE},
    };
    if (name == NULL) {
        return UTF_8;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(known); i++) {
        if (same_name(name, known[i].name)) {
            return known[i].codec;
        }
    }
    PyErr_Format(PyExc_LookupError, "unknown encoding: %s", name);
    return UNKNOWN_CODEC;
}

static enum handler find_handler(const char *name)
{
    static const char *const names[] = {"strict",        "ignore",           "replace",          "surrogateescape",
                                        "surrogatepass", "backslashreplace", "xmlcharrefreplace"};
    if (name == NULL) {
        return STRICT;
    }
    for (int i = 0; i < (int)Py_ARRAY_LENGTH(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum handler)i;
        }
    }
    return UNKNOWN_HANDLER;
}

static void set_error(PyObject *type, PyObject *error)
{
    if (error != NULL) {
        PyErr_SetObject(type, error);
        Py_DECREF(error);
    }
}

/* What stands for undecodable bytes [start, end). */
static bool decode_error(struct text_writer *w, const char *errors, const char *codec, const char *bytes, Py_ssize_t size,
                         Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    const unsigned char *bad = (const unsigned char *)bytes;
    bool done = true;
    switch (find_handler(errors)) {
    case IGNORE:
        return true;
    case REPLACE:
        return writer_put_char(w, 0xFFFD);
    case SURROGATE_ESCAPE:
        for (Py_ssize_t i = start; done && i < end && bad[i] >= 0x80; i++) {
            done = writer_put_char(w, 0xDC00U + bad[i]);
        }
        return done;
    case BACKSLASH_REPLACE:
        for (Py_ssize_t i = start; done && i < end; i++) {
            char text[4] = {'\\', 'x', "0123456789abcdef"[bad[i] >> 4], "0123456789abcdef"[bad[i] & 15]};
            done = writer_put_ascii(w, text, 4);
        }
        return done;
    case UNKNOWN_HANDLER:
        PyErr_Format(PyExc_LookupError, "unknown error handler name '%.400s'", errors);
        return false;
    default:
        set_error(PyExc_UnicodeDecodeError, PyUnicodeDecodeError_Create(codec, bytes, size, start, end, reason));
        return false;
    }
}

/* One UTF-8 sequence. Returns its length with the character in *c, or minus the length of what is wrong, with *reason. */
static int utf8_sequence(const unsigned char *at, Py_ssize_t left, Py_UCS4 *c, const char **reason)
{
    unsigned first = at[0];
    int length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0) {
        *reason = "invalid start byte";
        return -1;
    }
    *c = length == 1 ? first : first & (0x7FU >> length);
    for (int i = 1; i < length; i++) {
        if (i >= left) {
            *reason = "unexpected end of data";
            return -i;
        }
        /* The second byte rules out overlong forms, surrogates and what lies past U+10FFFF. */
        unsigned low = 0x80, high = 0xBF;
        if (i == 1) {
            low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
            high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        }
        if (at[i] < low || at[i] > high) {
            *reason = "invalid continuation byte";
            return -i;
        }
        *c = *c << 6 | (at[i] & 0x3F);
    }
    return length;
}

/* surrogatepass: ED A0..BF 80..BF as the surrogate it would be. */
static bool passes_surrogate(const unsigned char *at, Py_ssize_t left, const char *errors, Py_UCS4 *c)
{
    if (left < 3 || at[0] != 0xED || at[1] < 0xA0 || at[1] > 0xBF || at[2] < 0x80 || at[2] > 0xBF
        || find_handler(errors) != SURROGATE_PASS) {
        return false;
    }
    *c = 0xD000U | (at[1] & 0x3FU) << 6 | (at[2] & 0x3FU);
    return true;
}

static PyObject *decode_utf8_slowly(const char *bytes, Py_ssize_t size, const char *errors)
{
    struct text_writer w = TEXT_WRITER_INIT;
    const unsigned char *in = (const unsigned char *)bytes;
    Py_ssize_t at = 0;
    while (at < size) {
        Py_UCS4 c;
        const char *reason;
        int length = utf8_sequence(in + at, size - at, &c, &reason);
        if (length < 0 && passes_surrogate(in + at, size - at, errors, &c)) {
            length = 3;
        }
        bool done = length > 0 ? writer_put_char(&w, c)
                               : decode_error(&w, errors, "utf-8", bytes, size, at, at - length, reason);
        if (!done) {
            writer_discard(&w);
            return NULL;
        }
        at += length > 0 ? length : -length;
    }
    return writer_finish(&w);
}

static Py_ssize_t ascii_prefix(const unsigned char *in, Py_ssize_t size)
{
    Py_ssize_t at = 0;
    for (; at + 8 <= size; at += 8) {
        uint64_t word;
        memcpy(&word, in + at, sizeof word);
        if ((word & 0x8080808080808080) != 0) {
            break;
        }
    }
    while (at < size && in[at] < 0x80) {
        at++;
    }
    return at;
}

static PyObject *from_ascii(const char *bytes, Py_ssize_t size)
{
    if (size == 1) {
        return unicode_char((unsigned char)bytes[0]);
    }
    PyObject *text = PyUnicode_New(size, 127);
    if (text != NULL && size > 0) {
        memcpy(DATA(text), bytes, (size_t)size);
    }
    return text;
}

PyObject *PyUnicode_DecodeUTF8(const char *bytes, Py_ssize_t size, const char *errors)
{
    if (ascii_prefix((const unsigned char *)bytes, size) == size) {
        return from_ascii(bytes, size);
    }
    return decode_utf8_slowly(bytes, size, errors);
}

PyObject *PyUnicode_DecodeASCII(const char *bytes, Py_ssize_t size, const char *errors)
{
    struct text_writer w = TEXT_WRITER_INIT;
    const unsigned char *in = (const unsigned char *)bytes;
    if (ascii_prefix(in, size) == size) {
        return from_ascii(bytes, size);
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        bool done = in[i] < 0x80 ? writer_put_char(&w, in[i])
                                 : decode_error(&w, errors, "ascii", bytes, size, i, i + 1, "ordinal not in range(128)");
        if (!done) {
            writer_discard(&w);
            return NULL;
        }
    }
    return writer_finish(&w);
}

PyObject *PyUnicode_DecodeLatin1(const char *bytes, Py_ssize_t size, const char *Py_UNUSED(errors))
{
    return PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, bytes, size);
}

static Py_UCS4 read_unit(const char *at, int width, bool big)
{
    Py_UCS4 unit = 0;
    for (int i = 0; i < width; i++) {
        unit |= (Py_UCS4)(unsigned char)at[i] << 8 * (big ? width - 1 - i : i);
    }
    return unit;
}

/* One character of UTF-16 or UTF-32; as utf8_sequence. */
static int wide_sequence(const char *at, Py_ssize_t left, int width, bool big, Py_UCS4 *c, const char **reason)
{
    if (left < width) {
        *reason = "truncated data";
        return -(int)left;
    }
    *c = read_unit(at, width, big);
    if (width == 4) {
        *reason = *c > 0x10FFFF ? "code point not in range(0x110000)"
                                : "code point in surrogate code point range(0xd800, 0xe000)";
        return *c > 0x10FFFF || Py_UNICODE_IS_SURROGATE(*c) ? -4 : 4;
    }
    if (!Py_UNICODE_IS_SURROGATE(*c)) {
        return 2;
    }
    if (*c >= 0xDC00) {
        *reason = "illegal encoding";
        return -2;
    }
    if (left < 4) {
        *reason = "unexpected end of data";
        return -(int)left;
    }
    Py_UCS4 low = read_unit(at + 2, 2, big);
    if (low < 0xDC00 || low > 0xDFFF) {
        *reason = "illegal UTF-16 surrogate";
        return -2;
    }
    *c = 0x10000 + ((*c & 0x3FF) << 10 | (low & 0x3FF));
    return 4;
}

static PyObject *decode_wide(const char *bytes, Py_ssize_t size, const char *errors, int width, int order, const char *codec)
{
    struct text_writer w = TEXT_WRITER_INIT;
    Py_ssize_t at = 0;
    if (order == 0 && size >= width) {
        order = read_unit(bytes, width, false) == 0xFEFF ? -1 : read_unit(bytes, width, true) == 0xFEFF ? 1 : 0;
        at = order != 0 ? width : 0;
    }
    while (at < size) {
        Py_UCS4 c;
        const char *reason;
        int length = wide_sequence(bytes + at, size - at, width, order > 0, &c, &reason);
        if (!(length > 0 ? writer_put_char(&w, c)
                         : decode_error(&w, errors, codec, bytes, size, at, at - length, reason))) {
            writer_discard(&w);
            return NULL;
        }
        at += length > 0 ? length : -length;
    }
    return writer_finish(&w);
}

/* *byteorder: -1 little, 1 big, 0 by the mark, else little. */
PyObject *PyUnicode_DecodeUTF16(const char *bytes, Py_ssize_t size, const char *errors, int *byteorder)
{
    int order = byteorder != NULL ? *byteorder : 0;
    return decode_wide(bytes, size, errors, 2, order, order <= 0 ? "utf-16-le" : "utf-16-be");
}

PyObject *PyUnicode_DecodeUTF32(const char *bytes, Py_ssize_t size, const char *errors, int *byteorder)
{
    int order = byteorder != NULL ? *byteorder : 0;
    return decode_wide(bytes, size, errors, 4, order, order <= 0 ? "utf-32-le" : "utf-32-be");
}

PyObject *PyUnicode_Decode(const char *bytes, Py_ssize_t size, const char *encoding, const char *errors)
{
    enum codec codec = find_codec(encoding);
    int order = codec == UTF_16_LE || codec == UTF_32_LE ? -1 : codec == UTF_16_BE || codec == UTF_32_BE ? 1 : 0;
    switch (codec) {
    case UTF_8:
        return PyUnicode_DecodeUTF8(bytes, size, errors);
    case ASCII:
        return PyUnicode_DecodeASCII(bytes, size, errors);
    case LATIN_1:
        return PyUnicode_DecodeLatin1(bytes, size, errors);
    case UNKNOWN_CODEC:
        return NULL;
    case UTF_16: case UTF_16_LE: case UTF_16_BE:
        return PyUnicode_DecodeUTF16(bytes, size, errors, &order);
    default:
        return PyUnicode_DecodeUTF32(bytes, size, errors, &order);
    }
}

/* str(op, encoding, errors) of any buffer. */
PyObject *PyUnicode_FromEncodedObject(PyObject *op, const char *encoding, const char *errors)
{
    if (PyUnicode_Check(op)) {
        PyErr_SetString(PyExc_TypeError, "decoding str is not supported");
        return NULL;
    }
    Py_buffer view;
    if (!PyObject_CheckBuffer(op)) {
        PyErr_Format(PyExc_TypeError, "decoding to str: need a bytes-like object, %.80s found", Py_TYPE(op)->tp_name);
        return NULL;
    }
    if (PyObject_GetBuffer(op, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    PyObject *text = PyUnicode_Decode(view.buf, view.len, encoding, errors);
    PyBuffer_Release(&view);
    return text;
}

/* Bytes under construction. */
struct encoder {
    PyObject *text;
    const char *codec, *errors, *reason;
    enum handler handler;
    unsigned char *out;
    size_t length, room;
};

static bool emit(struct encoder *e, const void *bytes, size_t count)
{
    if (count > e->room - e->length) {
        size_t room = (e->length + count) * 3 / 2 + 16;
        unsigned char *grown = PyMem_Realloc(e->out, room);
        if (grown == NULL) {
            PyErr_NoMemory();
            return false;
        }
        e->out = grown;
        e->room = room;
    }
    memcpy(e->out + e->length, bytes, count);
    e->length += count;
    return true;
}

static bool emit_unit(struct encoder *e, Py_UCS4 unit, int width, bool big)
{
    unsigned char bytes[4];
    for (int i = 0; i < width; i++) {
        bytes[big ? width - 1 - i : i] = (unsigned char)(unit >> 8 * i);
    }
    return emit(e, bytes, (size_t)width);
}

static size_t utf8_bytes(Py_UCS4 c, unsigned char out[4])
{
    if (c < 0x80) {
        out[0] = (unsigned char)c;
        return 1;
    }
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (unsigned char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (unsigned char)((0xF00U >> length & 0xF0) | c);
    return length;
}

/* ASCII text in the codec's own width. */
static bool emit_ascii(struct encoder *e, const char *text, int width, bool big)
{
    for (; *text != '\0'; text++) {
        if (!emit_unit(e, (unsigned char)*text, width, big)) {
            return false;
        }
    }
    return true;
}

/* What stands for the characters [start, end) that the codec does not have. */
static bool encode_error(struct encoder *e, Py_ssize_t start, Py_ssize_t end, int width, bool big)
{
    char text[16];
    for (Py_ssize_t i = start; i < end; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(e->text, i);
        unsigned char bytes[4];
        bool done = true;
        if (e->handler == REPLACE) {
            done = emit_ascii(e, "?", width, big);
        } else if (e->handler == BACKSLASH_REPLACE) {
            PyOS_snprintf(text, sizeof text, c < 256 ? "\\x%02x" : c < 65536 ? "\\u%04x" : "\\U%08x", (unsigned)c);
            done = emit_ascii(e, text, width, big);
        } else if (e->handler == XML_REPLACE) {
            PyOS_snprintf(text, sizeof text, "&#%u;", (unsigned)c);
            done = emit_ascii(e, text, width, big);
        } else if (e->handler == SURROGATE_ESCAPE && c >= 0xDC80 && c <= 0xDCFF) {
            bytes[0] = (unsigned char)(c - 0xDC00);
            done = emit(e, bytes, 1);
        } else if (e->handler == SURROGATE_PASS && Py_UNICODE_IS_SURROGATE(c) && strncmp(e->codec, "utf", 3) == 0) {
            done = strcmp(e->codec, "utf-8") == 0 ? emit(e, bytes, utf8_bytes(c, bytes)) : emit_unit(e, c, width, big);
        } else if (e->handler == UNKNOWN_HANDLER) {
            PyErr_Format(PyExc_LookupError, "unknown error handler name '%.400s'", e->errors);
            return false;
        } else if (e->handler != IGNORE) {
            set_error(PyExc_UnicodeEncodeError, PyUnicodeEncodeError_Create(e->codec, e->text, start, end, e->reason));
            return false;
        }
        if (!done) {
            return false;
        }
    }
    return true;
}

static bool is_encodable(enum codec codec, Py_UCS4 c)
{
    return codec == ASCII ? c < 128 : codec == LATIN_1 ? c < 256 : !Py_UNICODE_IS_SURROGATE(c);
}

static bool encode_char(struct encoder *e, enum codec codec, Py_UCS4 c, int width, bool big)
{
    unsigned char bytes[4];
    if (codec == UTF_8) {
        return emit(e, bytes, utf8_bytes(c, bytes));
    }
    if (width == 2 && c >= 0x10000) {
        return emit_unit(e, 0xD800 + ((c - 0x10000) >> 10), 2, big) && emit_unit(e, 0xDC00 + (c & 0x3FF), 2, big);
    }
    return emit_unit(e, c, width, big);
}

static bool encode_all(struct encoder *e, enum codec codec)
{
    int width = codec >= UTF_32 ? 4 : codec >= UTF_16 ? 2 : 1;
    bool big = codec == UTF_16_BE || codec == UTF_32_BE;
    Py_ssize_t at = 0, length = LENGTH(e->text);
    if ((codec == UTF_16 || codec == UTF_32) && !emit_unit(e, 0xFEFF, width, false)) {
        return false;
    }
    while (at < length) {
        Py_UCS4 c = PyUnicode_READ_CHAR(e->text, at);
        if (is_encodable(codec, c)) {
            if (!encode_char(e, codec, c, width, big)) {
                return false;
            }
            at++;
            continue;
        }
        /* An error tells of the whole run of characters that cannot be written. */
        Py_ssize_t end = at + 1;
        while (end < length && !is_encodable(codec, PyUnicode_READ_CHAR(e->text, end))) {
            end++;
        }
        if (!encode_error(e, at, end, width, big)) {
            return false;
        }
        at = end;
    }
    return true;
}

static PyObject *encode(PyObject *text, enum codec codec, const char *errors)
{
    static const char *const names[] = {"utf-8",  "ascii",     "latin-1",   "utf-16", "utf-16-le",
                                        "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"};
    if (!PyUnicode_Check(text)) {
        PyErr_BadArgument();
        return NULL;
    }
    if ((PyUnicode_IS_ASCII(text) && codec <= LATIN_1) || (KIND(text) == 1 && codec == LATIN_1)) {
        return PyBytes_FromStringAndSize(DATA(text), LENGTH(text));
    }
    struct encoder e = {.text = text, .codec = names[codec], .errors = errors, .handler = find_handler(errors)};
    e.reason = codec == ASCII ? "ordinal not in range(128)" : codec == LATIN_1 ? "ordinal not in range(256)" : "surrogates not allowed";
    PyObject *bytes = NULL;
    if (encode_all(&e, codec)) {
        bytes = PyBytes_FromStringAndSize((char *)e.out, (Py_ssize_t)e.length);
    }
    PyMem_Free(e.out);
    return bytes;
}

PyObject *PyUnicode_AsEncodedString(PyObject *text, const char *encoding, const char *errors)
{
    enum codec codec = find_codec(encoding);
    return codec == UNKNOWN_CODEC ? NULL : encode(text, codec, errors);
}

PyObject *PyUnicode_AsUTF8String(PyObject *text)
{
    return encode(text, UTF_8, NULL);
}

PyObject *PyUnicode_AsASCIIString(PyObject *text)
{
    return encode(text, ASCII, NULL);
}

PyObject *PyUnicode_AsLatin1String(PyObject *text)
{
    return encode(text, LATIN_1, NULL);
}

/* UTF-8 that lives as long as the str does, with a final NUL. */
const char *PyUnicode_AsUTF8AndSize(PyObject *text, Py_ssize_t *size)
{
    if (!PyUnicode_Check(text)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (PyUnicode_IS_ASCII(text)) {
        if (size != NULL) {
            *size = LENGTH(text);
        }
        return DATA(text);
    }
    PyCompactUnicodeObject *op = (PyCompactUnicodeObject *)text;
    if (op->utf8 == NULL) {
        PyObject *bytes = encode(text, UTF_8, NULL);
        size_t length = bytes != NULL ? (size_t)PyBytes_GET_SIZE(bytes) : 0;
        char *kept = bytes != NULL ? PyMem_Malloc(length + 1) : NULL;
        if (kept == NULL) {
            Py_XDECREF(bytes);
            return bytes != NULL ? (const char *)PyErr_NoMemory() : NULL;
        }
        memcpy(kept, PyBytes_AS_STRING(bytes), length + 1);
        Py_DECREF(bytes);
        op->utf8 = kept;
        op->utf8_length = (Py_ssize_t)length;
    }
    if (size != NULL) {
        *size = op->utf8_length;
    }
    return op->utf8;
}

const char *PyUnicode_AsUTF8(PyObject *text)
{
    return PyUnicode_AsUTF8AndSize(text, NULL);
}

Py_UCS4 *PyUnicode_AsUCS4(PyObject *text, Py_UCS4 *buffer, Py_ssize_t size, int copy_null)
{
    if (size < LENGTH(text) + (copy_null != 0)) {
        PyErr_SetString(PyExc_SystemError, "string is longer than the buffer");
        return NULL;
    }
    unicode_copy(4, buffer, KIND(text), DATA(text), LENGTH(text) + (copy_null != 0));
    return buffer;
}

Py_UCS4 *PyUnicode_AsUCS4Copy(PyObject *text)
{
    Py_UCS4 *buffer = PyMem_New(Py_UCS4, LENGTH(text) + 1);
    return buffer != NULL ? PyUnicode_AsUCS4(text, buffer, LENGTH(text) + 1, 1) : (Py_UCS4 *)PyErr_NoMemory();
}
