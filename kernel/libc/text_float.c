/*
 * Decimal text of doubles, exact both ways by big integers: no table of powers, no case that is only nearly right.
 * Shortest digits: Steele and White, "How to print floating-point numbers accurately" (1990), the free-format algorithm.
 */
#include "libc/text.h"

#include <stdint.h>
#include <string.h>

/* 770 digits times 10**0 below 10**1114: 3,740 bits and a 64-bit alignment fit in 4,096. */
#define BIG_WORDS 128
/* Digits beyond these cannot change the rounding, except by not being zero. */
#define READ_DIGITS_MAX 770

struct big {
    int length; /* words in use, the top one is not zero */
    uint32_t word[BIG_WORDS];
};

static void big_set(struct big *a, uint64_t value)
{
    a->word[0] = (uint32_t)value;
    a->word[1] = (uint32_t)(value >> 32);
    a->length = a->word[1] != 0 ? 2 : a->word[0] != 0;
}

static void big_copy(struct big *to, const struct big *from)
{
    to->length = from->length;
    memcpy(to->word, from->word, (size_t)from->length * sizeof from->word[0]);
}

/* a = a * factor + addend */
static void big_multiply(struct big *a, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (int i = 0; i < a->length; i++) {
        carry += (uint64_t)a->word[i] * factor;
        a->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) {
        a->word[a->length++] = (uint32_t)carry;
    }
}

static void big_multiply_power_of_ten(struct big *a, int power)
{
    for (; power >= 9; power -= 9) {
        big_multiply(a, 1000000000, 0);
    }
    for (; power > 0; power--) {
        big_multiply(a, 10, 0);
    }
}

static void big_shift_left(struct big *a, int bits)
{
    int words = bits / 32, rest = bits % 32;
    if (a->length == 0) {
        return;
    }
    uint32_t high = rest != 0 ? a->word[a->length - 1] >> (32 - rest) : 0;
    for (int i = a->length - 1; i >= 0; i--) {
        uint32_t low = i > 0 && rest != 0 ? a->word[i - 1] >> (32 - rest) : 0;
        a->word[i + words] = a->word[i] << rest | low;
    }
    memset(a->word, 0, (size_t)words * sizeof a->word[0]);
    a->length += words;
    if (high != 0) {
        a->word[a->length++] = high;
    }
}

static int big_compare(const struct big *a, const struct big *b)
{
    if (a->length != b->length) {
        return a->length < b->length ? -1 : 1;
    }
    for (int i = a->length - 1; i >= 0; i--) {
        if (a->word[i] != b->word[i]) {
            return a->word[i] < b->word[i] ? -1 : 1;
        }
    }
    return 0;
}

/* a -= b, where a >= b */
static void big_subtract(struct big *a, const struct big *b)
{
    uint64_t borrow = 0;
    for (int i = 0; i < a->length; i++) {
        uint64_t taken = borrow + (i < b->length ? b->word[i] : 0);
        borrow = a->word[i] < taken;
        a->word[i] -= (uint32_t)taken;
    }
    while (a->length > 0 && a->word[a->length - 1] == 0) {
        a->length--;
    }
}

/* The order of a + b against c. */
static int big_compare_sum(const struct big *a, const struct big *b, const struct big *c)
{
    struct big sum;
    const struct big *longer = a->length >= b->length ? a : b, *shorter = longer == a ? b : a;
    uint64_t carry = 0;
    for (int i = 0; i < longer->length; i++) {
        carry += (uint64_t)longer->word[i] + (i < shorter->length ? shorter->word[i] : 0);
        sum.word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    sum.length = longer->length;
    if (carry != 0) {
        sum.word[sum.length++] = (uint32_t)carry;
    }
    return big_compare(&sum, c);
}

static int big_bits(const struct big *a)
{
    return a->length == 0 ? 0 : 32 * a->length - __builtin_clz(a->word[a->length - 1]);
}

/* The digit R / S, 0..9; R becomes the remainder. */
static int next_digit(struct big *R, const struct big *S)
{
    int digit = 0;
    while (big_compare(R, S) >= 0) {
        big_subtract(R, S);
        digit++;
    }
    return digit;
}

/* value = fraction * 2**exponent with an integer fraction; the sign is left out. */
static uint64_t split_double(double value, int *exponent)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & 0xFFFFFFFFFFFFFULL;
    int biased = (int)(bits >> 52 & 0x7FF);
    *exponent = (biased != 0 ? biased : 1) - 1075;
    return biased != 0 ? fraction | 1ULL << 52 : fraction;
}

/* Adds one to the last digit; returns true if the number grew by a place ("999" became "1"). */
static bool round_up(char *digits, int *count)
{
    while (*count > 0 && digits[*count - 1] == '9') {
        (*count)--;
    }
    if (*count == 0) {
        digits[(*count)++] = '1';
        return true;
    }
    digits[*count - 1]++;
    return false;
}

/*
 * Digits until what is left is inside the rounding interval of the value: below M_minus, or above S - M_plus.
 * An even fraction owns the ends of its interval, since reading rounds ties to even.
 */
static int shortest_digits(struct big *R, struct big *S, struct big *M_plus, struct big *M_minus, bool even,
                           char *digits, int *point)
{
    int count = 0;
    for (;;) {
        digits[count++] = (char)('0' + next_digit(R, S));
        int below = big_compare(R, M_minus), above = big_compare_sum(R, M_plus, S);
        bool low = even ? below <= 0 : below < 0, high = even ? above >= 0 : above > 0;
        if (low || high) {
            int half = low && high ? big_compare_sum(R, R, S) : high ? 1 : -1;
            if (half > 0 || (half == 0 && (digits[count - 1] & 1) != 0)) {
                *point += round_up(digits, &count);
            }
            return count;
        }
        big_multiply(R, 10, 0);
        big_multiply(M_plus, 10, 0);
        big_multiply(M_minus, 10, 0);
    }
}

/* `wanted` digits, then rounded by what is left. */
static int fixed_digits(struct big *R, struct big *S, int wanted, char *digits, int *point)
{
    int count = 0;
    if (wanted > READ_DIGITS_MAX) {
        wanted = READ_DIGITS_MAX;
    }
    while (count < wanted && R->length != 0) {
        digits[count++] = (char)('0' + next_digit(R, S));
        big_multiply(R, 10, 0);
    }
    /* R was multiplied for the digit that is not taken: compare a tenth of it. */
    big_multiply(S, 5, 0);
    int half = wanted < 0 ? -1 : big_compare(R, S);
    if (half > 0 || (half == 0 && count > 0 && (digits[count - 1] & 1) != 0)) {
        *point += round_up(digits, &count);
    }
    return count;
}

/* R / S = value / 10**(*point - 1), between 1 and 10; the M are half the distances to the neighbours in the same scale. */
static void scale(double value, struct big *R, struct big *S, struct big *M_plus, struct big *M_minus, int *point)
{
    int exponent;
    uint64_t fraction = split_double(value, &exponent);
    /* A power of two has its lower neighbour at half the distance. */
    int uneven = fraction == 1ULL << 52 && exponent > -1074;
    int up = exponent > 0 ? exponent : 0, down = exponent < 0 ? -exponent : 0;
    big_set(R, fraction);
    big_shift_left(R, up + 1 + uneven);
    big_set(S, 1);
    big_shift_left(S, down + 1 + uneven);
    big_set(M_plus, 1);
    big_shift_left(M_plus, up + uneven);
    big_set(M_minus, 1);
    big_shift_left(M_minus, up);
    int log2 = exponent + 63 - __builtin_clzll(fraction);
    /* floor(log2 * log10(2)): the true floor(log10) or one less. */
    int log10 = (int)(((long)log2 * 1292913986) >> 32);
    if (log10 >= 0) {
        big_multiply_power_of_ten(S, log10);
    } else {
        big_multiply_power_of_ten(R, -log10);
        big_multiply_power_of_ten(M_plus, -log10);
        big_multiply_power_of_ten(M_minus, -log10);
    }
    struct big ten;
    big_copy(&ten, S);
    big_multiply(&ten, 10, 0);
    if (big_compare(R, &ten) >= 0) {
        big_copy(S, &ten);
        log10++;
    }
    *point = log10 + 1;
}

int text_dtoa(double value, enum text_mode mode, int ndigits, char *digits, int *point, bool *negative)
{
    struct big R, S, M_plus, M_minus;
    int count;
    *negative = __builtin_signbit(value) != 0;
    *point = 0;
    digits[0] = '\0';
    if (value == 0) {
        return 0;
    }
    scale(value, &R, &S, &M_plus, &M_minus, point);
    if (mode == TEXT_SHORTEST) {
        int exponent;
        bool even = (split_double(value, &exponent) & 1) == 0;
        count = shortest_digits(&R, &S, &M_plus, &M_minus, even, digits, point);
    } else {
        long wanted = mode == TEXT_DECIMALS ? (long)*point + ndigits : ndigits;
        int limited = wanted > READ_DIGITS_MAX ? READ_DIGITS_MAX : wanted < -1 ? -1 : (int)wanted;
        count = fixed_digits(&R, &S, limited, digits, point);
    }
    while (count > 0 && digits[count - 1] == '0') {
        count--;
    }
    digits[count] = '\0';
    return count;
}

/* What a decimal text says: DIGITS * 10**exponent, and whether non-zero digits were left out. */
struct decimal {
    char digits[READ_DIGITS_MAX];
    int count;
    long exponent;
    bool inexact;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void take_digit(struct decimal *d, char c, bool after_point)
{
    if (d->count == READ_DIGITS_MAX) {
        d->inexact |= c != '0';
        d->exponent += !after_point;
        return;
    }
    d->exponent -= after_point;
    if (d->count != 0 || c != '0') {
        d->digits[d->count++] = c;
    }
}

/* Returns the end of the number, or NULL if there is none. */
static const char *read_decimal(const char *at, struct decimal *d)
{
    bool any = false, after_point = false;
    d->count = 0;
    d->exponent = 0;
    d->inexact = false;
    for (;; at++) {
        if (is_digit(*at)) {
            take_digit(d, *at, after_point);
            any = true;
        } else if (*at == '.' && !after_point) {
            after_point = true;
        } else {
            break;
        }
    }
    if (!any) {
        return NULL;
    }
    if (*at != 'e' && *at != 'E') {
        return at;
    }
    const char *power = at + 1;
    bool down = *power == '-';
    power += *power == '-' || *power == '+';
    if (!is_digit(*power)) {
        return at;
    }
    long exponent = 0;
    for (; is_digit(*power); power++) {
        /* Bounded: no text is long enough to bring a larger one back into range. */
        exponent = exponent < 100000000000000000 ? exponent * 10 + (*power - '0') : exponent;
    }
    d->exponent += down ? -exponent : exponent;
    return power;
}

/* quotient = floor(N / S) for a quotient below 2**64; N becomes the remainder. */
static uint64_t big_divide(struct big *N, struct big *S, int bits)
{
    uint64_t quotient = 0;
    big_shift_left(S, bits);
    for (int i = bits; i >= 0; i--) {
        quotient <<= 1;
        if (big_compare(N, S) >= 0) {
            big_subtract(N, S);
            quotient |= 1;
        }
        big_shift_left(N, 1);
    }
    return quotient;
}

static double make_double(uint64_t fraction, int exponent)
{
    uint64_t bits = fraction;
    double value;
    if (fraction >> 52 != 0) {
        bits = (fraction & 0xFFFFFFFFFFFFFULL) | (uint64_t)(exponent + 1075) << 52;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* N / S rounded to the nearest double, ties to even; `inexact`: N is a little more than it says. */
static double nearest_double(struct big *N, struct big *S, bool inexact)
{
    /* Scaled by 2**-exponent the quotient has 54 or 55 bits, fewer below the smallest normal number. */
    int exponent = big_bits(N) - big_bits(S) - 54;
    if (exponent < -1075) {
        exponent = -1075;
    }
    big_shift_left(exponent < 0 ? N : S, exponent < 0 ? -exponent : exponent);
    int bits = big_bits(N) - big_bits(S);
    uint64_t quotient = big_divide(N, S, bits > 0 ? bits : 0);
    bool sticky = inexact || N->length != 0;
    while (quotient >> 54 != 0) {
        sticky |= quotient & 1;
        quotient >>= 1;
        exponent++;
    }
    uint64_t fraction = quotient >> 1;
    exponent++;
    if ((quotient & 1) != 0 && (sticky || (fraction & 1) != 0)) {
        fraction++;
    }
    if (fraction >> 53 != 0) {
        fraction >>= 1;
        exponent++;
    }
    return exponent > 971 ? __builtin_huge_val() : make_double(fraction, exponent);
}

static double decimal_to_double(const struct decimal *d)
{
    static const double exact_power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                         1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct big N, S;
    if (d->count == 0 || d->exponent + d->count < -330) {
        return 0;
    }
    if (d->exponent + d->count > 310) {
        return __builtin_huge_val();
    }
    big_set(&N, 0);
    for (int i = 0; i < d->count; i++) {
        if (N.length == 0) {
            big_set(&N, (uint64_t)(d->digits[i] - '0'));
        } else {
            big_multiply(&N, 10, (uint32_t)(d->digits[i] - '0'));
        }
    }
    int exponent = (int)d->exponent;
    if (d->count <= 15 && exponent >= -22 && exponent <= 22) {
        /* Both operands are exact, so the one rounding is the right one. */
        double value = (double)((uint64_t)N.word[0] | (N.length > 1 ? (uint64_t)N.word[1] << 32 : 0));
        return exponent < 0 ? value / exact_power[-exponent] : value * exact_power[exponent];
    }
    big_set(&S, 1);
    big_multiply_power_of_ten(exponent < 0 ? &S : &N, exponent < 0 ? -exponent : exponent);
    return nearest_double(&N, &S, d->inexact);
}

/* The length of `word` if the text starts with it in any case, otherwise 0. */
static int word_length(const char *text, const char *word)
{
    int length = 0;
    for (; word[length] != '\0'; length++) {
        if ((text[length] | 32) != word[length]) {
            return 0;
        }
    }
    return length;
}

double text_strtod(const char *text, const char **end, bool *overflow)
{
    const char *at = text;
    struct decimal d;
    double value;
    while (*at == ' ' || (*at >= '\t' && *at <= '\r')) {
        at++;
    }
    bool negative = *at == '-';
    at += *at == '-' || *at == '+';
    const char *stop = read_decimal(at, &d);
    if (stop != NULL) {
        value = decimal_to_double(&d);
        if (overflow != NULL && __builtin_isinf_sign(value)) {
            *overflow = true;
        }
    } else if (word_length(at, "inf") != 0) {
        int length = word_length(at, "infinity");
        stop = at + (length != 0 ? length : 3);
        value = __builtin_huge_val();
    } else if (word_length(at, "nan") != 0) {
        stop = at + 3;
        value = __builtin_nan("");
    } else {
        stop = text;
        negative = false;
        value = 0;
    }
    if (end != NULL) {
        *end = stop;
    }
    return negative ? -value : value;
}
