/* The printf family (C11 7.21.6.1) over the exact float text; the C locale. */
#include "libc/text.h"

#include <stdint.h>
#include <string.h>

/* Where the text goes: what does not fit is only counted. */
struct sink {
    char *to;
    size_t size, length;
};

struct spec {
    bool left, plus, space, alternate, zero;
    int width, precision; /* precision -1: not given */
    int size;             /* bytes of the integer argument */
    char conversion;
};

static void put(struct sink *out, const char *text, size_t length)
{
    if (out->length < out->size) {
        size_t room = out->size - out->length;
        memcpy(out->to + out->length, text, length < room ? length : room);
    }
    out->length += length;
}

static void fill(struct sink *out, char c, long count)
{
    for (; count > 0; count--) {
        put(out, &c, 1);
    }
}

/* prefix (sign, 0x), then `zeros` and body, padded to the width: zeros go between the prefix and the body. */
static void put_field(struct sink *out, const struct spec *spec, const char *prefix, long zeros, const char *body,
                      size_t length)
{
    size_t prefix_length = strlen(prefix);
    long padding = spec->width - (long)prefix_length - zeros - (long)length;
    if (!spec->left && !spec->zero) {
        fill(out, ' ', padding);
    }
    put(out, prefix, prefix_length);
    if (spec->zero && !spec->left) {
        fill(out, '0', padding);
    }
    fill(out, '0', zeros);
    put(out, body, length);
    if (spec->left) {
        fill(out, ' ', padding);
    }
}

static const char *sign_text(const struct spec *spec, bool negative)
{
    return negative ? "-" : spec->plus ? "+" : spec->space ? " " : "";
}

static void put_integer(struct sink *out, struct spec *spec, uint64_t value, bool negative)
{
    char body[24];
    int at = (int)sizeof body;
    char c = spec->conversion;
    unsigned base = c == 'o' ? 8 : c == 'x' || c == 'X' || c == 'p' ? 16 : 10;
    const char *digits = c == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    const char *prefix = c == 'd' || c == 'i' ? sign_text(spec, negative) : "";
    if ((base == 16 && spec->alternate && value != 0) || c == 'p') {
        prefix = c == 'X' ? "0X" : "0x";
    }
    for (uint64_t left = value; left != 0; left /= base) {
        body[--at] = digits[left % base];
    }
    long length = (long)sizeof body - at;
    long zeros = spec->precision >= 0 ? spec->precision - length : length == 0;
    if (base == 8 && spec->alternate && zeros <= 0 && (length == 0 || body[at] != '0')) {
        zeros = 1;
    }
    /* A precision switches the 0 flag off. */
    spec->zero = spec->zero && spec->precision < 0;
    put_field(out, spec, prefix, zeros > 0 ? zeros : 0, body + at, (size_t)length);
}

/* The digits as if followed by zeros for ever. */
static char digit_at(const char *digits, int count, long index)
{
    return index >= 0 && index < count ? digits[index] : '0';
}

/* "d.ddde+xx" or "ddd.ddd" of `decimals` places, into `out` without sign or padding. */
static void put_decimal(struct sink *out, const char *digits, int count, int point, bool scientific, long decimals,
                        bool alternate, bool capital)
{
    long first = scientific ? 1 : point > 0 ? point : 1; /* digits before the point */
    long start = scientific ? 0 : point - first;
    for (long i = 0; i < first; i++) {
        fill(out, digit_at(digits, count, start + i), 1);
    }
    if (decimals > 0 || alternate) {
        fill(out, '.', 1);
    }
    for (long i = 0; i < decimals; i++) {
        fill(out, digit_at(digits, count, start + first + i), 1);
    }
    if (scientific) {
        int exponent = count == 0 ? 0 : point - 1, size = exponent < 0 ? -exponent : exponent;
        char text[5] = {capital ? 'E' : 'e', exponent < 0 ? '-' : '+'};
        int at = 2;
        if (size >= 100) {
            text[at++] = (char)('0' + size / 100);
        }
        text[at++] = (char)('0' + size / 10 % 10);
        text[at++] = (char)('0' + size % 10);
        put(out, text, (size_t)at);
    }
}

/* The magnitude of a finite value under spec->conversion (f e g). */
static void put_magnitude(struct sink *out, const struct spec *spec, double value)
{
    char digits[TEXT_DIGITS_MAX];
    int point;
    bool negative, capital = spec->conversion < 'a', scientific;
    char c = spec->conversion | 32;
    long precision = spec->precision < 0 ? 6 : spec->precision;
    if (c == 'g' && precision == 0) {
        precision = 1;
    }
    enum text_mode mode = c == 'f' ? TEXT_DECIMALS : TEXT_SIGNIFICANT;
    long wanted = c == 'e' ? precision + 1 : precision;
    int count = text_dtoa(value, mode, wanted > 2000 ? 2000 : (int)wanted, digits, &point, &negative);
    long decimals = precision;
    scientific = c == 'e';
    if (c == 'g') {
        long X = count == 0 ? 0 : point - 1;
        scientific = X < -4 || X >= precision;
        decimals = scientific ? precision - 1 : precision - 1 - X;
        long used = scientific ? count - 1 : count - 1 - X;
        if (!spec->alternate && decimals > used) {
            decimals = used > 0 ? used : 0;
        }
    }
    put_decimal(out, digits, count, count == 0 ? 1 : point, scientific, decimals, spec->alternate, capital);
}

static void put_double(struct sink *out, struct spec *spec, double value)
{
    const char *sign = sign_text(spec, __builtin_signbit(value) != 0);
    if (!__builtin_isfinite(value)) {
        bool capital = spec->conversion < 'a';
        const char *text = value != value ? (capital ? "NAN" : "nan") : capital ? "INF" : "inf";
        spec->zero = false;
        put_field(out, spec, sign, 0, text, 3);
        return;
    }
    /* First measured, then written between its padding. */
    struct sink measure = {NULL, 0, 0};
    put_magnitude(&measure, spec, value);
    long padding = spec->width - (long)strlen(sign) - (long)measure.length;
    if (!spec->left && !spec->zero) {
        fill(out, ' ', padding);
    }
    put(out, sign, strlen(sign));
    if (spec->zero && !spec->left) {
        fill(out, '0', padding);
    }
    put_magnitude(out, spec, value);
    if (spec->left) {
        fill(out, ' ', padding);
    }
}

static void put_string(struct sink *out, struct spec *spec, const char *text)
{
    size_t limit = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision, length = 0;
    text = text != NULL ? text : "(null)";
    while (length < limit && text[length] != '\0') {
        length++;
    }
    spec->zero = false;
    put_field(out, spec, "", 0, text, length);
}

static const char *read_flags(const char *at, struct spec *spec)
{
    for (;; at++) {
        switch (*at) {
        case '-': spec->left = true; break;
        case '+': spec->plus = true; break;
        case ' ': spec->space = true; break;
        case '#': spec->alternate = true; break;
        case '0': spec->zero = true; break;
        default: return at;
        }
    }
}

static const char *read_size(const char *at, struct spec *spec)
{
    spec->size = sizeof(int);
    if (at[0] == 'h') {
        spec->size = at[1] == 'h' ? 1 : 2;
        return at + 1 + (at[1] == 'h');
    }
    if (at[0] == 'l') {
        spec->size = 8;
        return at + 1 + (at[1] == 'l');
    }
    if (*at == 'z' || *at == 'j' || *at == 't') {
        spec->size = 8;
        return at + 1;
    }
    return at;
}

/* A width or a precision: digits, or `*` for the next argument. */
static const char *read_number(const char *at, int *number, va_list *arguments)
{
    if (*at == '*') {
        *number = va_arg(*arguments, int);
        return at + 1;
    }
    for (*number = 0; *at >= '0' && *at <= '9'; at++) {
        *number = *number < 100000000 ? *number * 10 + (*at - '0') : *number;
    }
    return at;
}

static const char *read_spec(const char *at, struct spec *spec, va_list *arguments)
{
    *spec = (struct spec){.precision = -1};
    at = read_flags(at, spec);
    at = read_number(at, &spec->width, arguments);
    if (spec->width < 0) {
        spec->left = true;
        spec->width = spec->width == INT32_MIN ? 0 : -spec->width;
    }
    if (*at == '.') {
        at = read_number(at + 1, &spec->precision, arguments);
    }
    at = read_size(at, spec);
    spec->conversion = *at;
    return at;
}

static void put_signed(struct sink *out, struct spec *spec, va_list *arguments)
{
    int64_t value = spec->size == 8 ? va_arg(*arguments, int64_t) : va_arg(*arguments, int);
    if (spec->size == 1) {
        value = (int8_t)value;
    } else if (spec->size == 2) {
        value = (int16_t)value;
    }
    put_integer(out, spec, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

static void put_unsigned(struct sink *out, struct spec *spec, va_list *arguments)
{
    uint64_t value = spec->size == 8 ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned);
    if (spec->size < 4) {
        value &= spec->size == 1 ? 0xFF : 0xFFFF;
    }
    put_integer(out, spec, value, false);
}

/* One conversion; an unknown one is written as it stands. */
static void convert(struct sink *out, struct spec *spec, va_list *arguments)
{
    char c;
    switch (spec->conversion) {
    case 'd': case 'i':
        put_signed(out, spec, arguments);
        break;
    case 'u': case 'o': case 'x': case 'X':
        put_unsigned(out, spec, arguments);
        break;
    case 'p':
        put_integer(out, spec, (uintptr_t)va_arg(*arguments, void *), false);
        break;
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
        put_double(out, spec, va_arg(*arguments, double));
        break;
    case 'c':
        c = (char)va_arg(*arguments, int);
        spec->zero = false;
        put_field(out, spec, "", 0, &c, 1);
        break;
    case 's':
        put_string(out, spec, va_arg(*arguments, const char *));
        break;
    default:
        put(out, &spec->conversion, 1);
    }
}

int text_vsnprintf(char *to, size_t size, const char *format, va_list arguments)
{
    struct sink out = {to, size > 0 ? size - 1 : 0, 0};
    va_list left;
    va_copy(left, arguments);
    while (*format != '\0') {
        const char *percent = format;
        while (*percent != '\0' && *percent != '%') {
            percent++;
        }
        put(&out, format, (size_t)(percent - format));
        if (*percent == '\0') {
            break;
        }
        struct spec spec;
        format = read_spec(percent + 1, &spec, &left);
        if (*format == '\0') {
            break;
        }
        convert(&out, &spec, &left);
        format++;
    }
    va_end(left);
    if (size > 0) {
        to[out.length < size ? out.length : size - 1] = '\0';
    }
    return out.length > INT32_MAX ? -1 : (int)out.length;
}

int text_snprintf(char *to, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = text_vsnprintf(to, size, format, arguments);
    va_end(arguments);
    return length;
}
