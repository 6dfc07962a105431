/* Our text of numbers against glibc's, over random and awkward values. Prints each mismatch; status 1 if any. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libc/text.h"

static int mismatches;
static uint64_t state = 0x9E3779B97F4A7C15;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void expect(const char *what, double value, const char *got, const char *wanted)
{
    if (strcmp(got, wanted) != 0 && mismatches++ < 50) {
        printf("%s of %a: got %s, glibc has %s\n", what, value, got, wanted);
    }
}

/* Formats come from tables, and text that does not fit is one of the cases. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-truncation"

static void check_double_format(const char *format, double value)
{
    static char ours[2000], theirs[2000];
    text_snprintf(ours, sizeof ours, format, value);
    snprintf(theirs, sizeof theirs, format, value);
    expect(format, value, ours, theirs);
}

static void check_read(const char *text)
{
    char *end;
    const char *stop;
    double wanted = strtod(text, &end), got = text_strtod(text, &stop, NULL);
    if ((memcmp(&wanted, &got, sizeof got) != 0 && !(isnan(wanted) && isnan(got))) || stop != end) {
        if (mismatches++ < 50) {
            printf("strtod(%s): got %a, glibc has %a\n", text, got, wanted);
        }
    }
}

/* The shortest digits read back as the value, and no text of one digit less does. */
static void check_shortest(double value)
{
    char digits[TEXT_DIGITS_MAX], text[TEXT_DIGITS_MAX + 20], shorter[64];
    int point;
    bool negative;
    int count = text_dtoa(value, TEXT_SHORTEST, 0, digits, &point, &negative);
    snprintf(text, sizeof text, "%s0.%se%d", negative ? "-" : "", count != 0 ? digits : "0", point);
    if (strtod(text, NULL) != value) {
        expect("shortest", value, text, "another");
    }
    snprintf(shorter, sizeof shorter, "%.*e", count > 1 ? count - 2 : 0, value);
    if (count > 1 && strtod(shorter, NULL) == value) {
        expect("shortest", value, text, shorter);
    }
}

static void check_value(double value)
{
    static const char *formats[] = {"%.0f", "%f",   "%.1f", "%.17e", "%e",    "%.0e", "%g",     "%.17g",
                                    "%.3g", "%#g",  "%G",   "%+.2f", "%020.3f", "%-12.2e|", "% g", "%.25f",
                                    "%.40g", "%#.0f", "%.15g", "%.2f"};
    static char text[64];
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        check_double_format(formats[i], value);
    }
    snprintf(text, sizeof text, "%.17g", value);
    check_read(text);
    snprintf(text, sizeof text, "%.*g", (int)(1 + next_random() % 25), value);
    check_read(text);
    if (isfinite(value)) {
        check_shortest(value);
    }
}

/* The exact middle between two doubles, and a little above and below it. */
static void check_halves(double value)
{
    static char text[1200];
    long double middle = ((long double)value + (long double)nextafter(value, INFINITY)) / 2;
    int length = snprintf(text, sizeof text, "%.1100Lg", middle);
    check_read(text);
    if (length < 1100 && strchr(text, 'e') == NULL && strchr(text, '.') != NULL) {
        strcat(text, "000000000000000000001");
        check_read(text);
    }
}

static void check_integers(void)
{
    static const char *formats[] = {"%ld",    "%8ld|", "%-8ld|", "%08ld",   "%+ld",      "% ld", "%lx",  "%#lx",
                                    "%#lX",   "%lo",   "%#lo",   "%.5ld",   "%12.5ld",   "%lu",  "%zu",  "%.0ld",
                                    "%#.0lx", "%hhd",  "%hu",    "%#.0lo",  "%-12.5lx|", "%d",   "%x"};
    for (int i = 0; i < 20000; i++) {
        long value = i == 0 ? 0 : i == 1 ? INT64_MIN : (long)(next_random() >> (next_random() % 64));
        value = i & 1 ? -(uint64_t)value : (uint64_t)value;
        for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
            char ours[64], theirs[64];
            int a = text_snprintf(ours, sizeof ours, formats[f], value);
            int b = snprintf(theirs, sizeof theirs, formats[f], value);
            if (a != b || strcmp(ours, theirs) != 0) {
                expect(formats[f], (double)value, ours, theirs);
            }
        }
    }
}

static void check_strings(void)
{
    char ours[8], theirs[8], star[40], star_wanted[40];
    for (size_t size = 1; size < sizeof ours; size++) {
        int a = text_snprintf(ours, size, "%s-%d", "abc", 12345);
        int b = snprintf(theirs, size, "%s-%d", "abc", 12345);
        expect("truncated", (double)size, ours, theirs);
        mismatches += a != b;
    }
    text_snprintf(star, sizeof star, "%*.*s|%-*d|%c|%%|%.2s|%5s", 6, 2, "abc", 5, 7, 'x', "yyyy", "z");
    snprintf(star_wanted, sizeof star_wanted, "%*.*s|%-*d|%c|%%|%.2s|%5s", 6, 2, "abc", 5, 7, 'x', "yyyy", "z");
    expect("strings", 0, star, star_wanted);
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 5000;
    static const char *texts[] = {
        "1e23", "9007199254740993", "2.2250738585072011e-308", "2.2250738585072012e-308", "4.9e-324",
        "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623158e308", "1.7976931348623159e308",
        "1e400", "1e-400", "0e999999999999999999999", "-0.0", ".5", "5.", ".", "e5", "1e", "1e+", "1e+5x", "inf",
        "-Infinity", "infinit", "nan", "  12", "+-1", "", "0.000000000000000000000000000000000000000000000000001e60",
        "123456789012345678901234567890"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        check_read(texts[i]);
    }
    for (int exponent = -1074; exponent <= 1023; exponent++) {
        check_value(ldexp(1, exponent));
        check_halves(ldexp(1, exponent));
    }
    for (int i = 0; i < count; i++) {
        double value = from_bits(next_random());
        check_value(i % 3 == 0   ? value
                    : i % 3 == 1 ? (double)(int64_t)next_random() / 1000
                                 : ldexp((double)(next_random() % 100000), -(int)(next_random() % 20)));
        check_halves(value);
    }
    check_value(0.0);
    check_value(-0.0);
    check_value(INFINITY);
    check_value(-INFINITY);
    check_value(0.5);
    check_value(2.5);
    check_value(9.5);
    check_integers();
    check_strings();
    printf("text_test: %d mismatches\n", mismatches);
    return mismatches != 0;
}
