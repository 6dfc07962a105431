/* Text of numbers: the same code in the kernel and, beside glibc, in the hosted build of the runtime. */
#ifndef PYNET_LIBC_TEXT_H
#define PYNET_LIBC_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* What text_dtoa is asked for. */
enum text_mode {
    TEXT_SHORTEST,    /* fewest digits that read back as the same double; ndigits is ignored */
    TEXT_SIGNIFICANT, /* ndigits >= 1 significant digits */
    TEXT_DECIMALS,    /* ndigits digits after the decimal point; negative: before it */
};

/* A finite double has at most 767 significant decimal digits; with the NUL they fit here. */
#define TEXT_DIGITS_MAX 800

/*
 * The decimal digits of a finite value, correctly rounded, ties to even.
 * digits: at least TEXT_DIGITS_MAX bytes, NUL-terminated, no trailing zeros, "" for zero or what rounds to it.
 * point: the value is 0.DIGITS * 10**point. Returns the number of digits.
 */
int text_dtoa(double value, enum text_mode mode, int ndigits, char *digits, int *point, bool *negative);

/*
 * C11 7.22.1.3 in the C locale, without hexadecimal: correctly rounded. Takes "inf", "infinity" and "nan" in any case.
 * overflow, if not NULL, is set when a finite text became an infinity.
 */
double text_strtod(const char *text, const char **end, bool *overflow);

/* C11 7.21.6.12: returns the length the whole text has; never writes more than size bytes. No %n, no %a, no %Lf. */
int text_vsnprintf(char *to, size_t size, const char *format, va_list arguments) __attribute__((format(printf, 3, 0)));
int text_snprintf(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
