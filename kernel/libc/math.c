/* The part of C11 7.12 that the runtime uses. */
#include <math.h>

#include <stdint.h>
#include <string.h>

#define SIGN_BIT (1ULL << 63)
#define FRACTION_BITS 52
#define FRACTION_MASK ((1ULL << FRACTION_BITS) - 1)

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static int biased_exponent(double x)
{
    return (int)(bits_of(x) >> FRACTION_BITS & 0x7FF);
}

double fabs(double x)
{
    return from_bits(bits_of(x) & ~SIGN_BIT);
}

double copysign(double x, double sign)
{
    return from_bits((bits_of(x) & ~SIGN_BIT) | (bits_of(sign) & SIGN_BIT));
}

double trunc(double x)
{
    int exponent = biased_exponent(x) - 1023;
    if (exponent < 0) {
        return copysign(0, x);
    }
    return exponent >= FRACTION_BITS ? x : from_bits(bits_of(x) & ~(FRACTION_MASK >> exponent));
}

double floor(double x)
{
    double whole = trunc(x);
    return whole > x ? whole - 1 : whole;
}

double ceil(double x)
{
    double whole = trunc(x);
    return copysign(whole < x ? whole + 1 : whole, x);
}

/* Halves away from zero. */
double round(double x)
{
    double whole = trunc(x);
    return fabs(x - whole) >= 0.5 ? whole + copysign(1, x) : whole;
}

/* Halves to even. */
double rint(double x)
{
    double whole = trunc(x), rest = fabs(x - whole);
    if (rest > 0.5 || (rest == 0.5 && trunc(whole / 2) * 2 != whole)) {
        whole += copysign(1, x);
    }
    return copysign(whole, x);
}

double sqrt(double x)
{
    __asm__("sqrtsd %1, %0" : "=x"(x) : "x"(x));
    return x;
}

double frexp(double x, int *exponent)
{
    *exponent = 0;
    if (x == 0 || !isfinite(x)) {
        return x;
    }
    if (biased_exponent(x) == 0) {
        x *= 0x1p64;
        *exponent = -64;
    }
    *exponent += biased_exponent(x) - 1022;
    return from_bits((bits_of(x) & ~(0x7FFULL << FRACTION_BITS)) | 1022ULL << FRACTION_BITS);
}

double ldexp(double x, int exponent)
{
    /* In steps that stay normal, so that the result is rounded once. */
    for (; exponent > 1023; exponent -= 1023) {
        x *= 0x1p1023;
        if (x == 0 || !isfinite(x)) {
            return x;
        }
    }
    for (; exponent < -1022; exponent += 969) {
        x *= 0x1p-1022 * 0x1p53;
        if (x == 0 || !isfinite(x)) {
            return x;
        }
    }
    return x * from_bits((uint64_t)(exponent + 1023) << FRACTION_BITS);
}

double modf(double x, double *integral)
{
    *integral = trunc(x);
    return copysign(isinf(x) ? 0 : x - *integral, x);
}

/* Exact: shift and subtract on the fractions. */
double fmod(double x, double y)
{
    if (isnan(x) || isnan(y) || isinf(x) || y == 0) {
        return (x * y) / (x * y);
    }
    double size = fabs(x), divisor = fabs(y);
    if (size < divisor || isinf(y)) {
        return x;
    }
    int ex, ey;
    uint64_t a = (uint64_t)(frexp(size, &ex) * 0x1p53), b = (uint64_t)(frexp(divisor, &ey) * 0x1p53);
    for (int left = ex - ey; left >= 0; left--) {
        if (a >= b) {
            a -= b;
        }
        if (left > 0) {
            a <<= 1;
        }
    }
    return copysign(ldexp((double)a, ey - 53), x);
}

/* An unevaluated sum of two doubles, about 106 bits: enough for pow() to be rounded right but for the rarest cases. */
struct pair {
    double high, low;
};

#define LN2_HIGH 0x1.62e42fefa39efp-1
#define LN2_LOW 0x1.abc9e3b39803fp-56
#define LN10_HIGH 0x1.26bb1bbb55516p+1
#define LN10_LOW -0x1.f48ad494ea3e9p-53

static struct pair normalise(double high, double low)
{
    double sum = high + low;
    return (struct pair){sum, low - (sum - high)};
}

/* a + b exactly, for any order of size. */
static struct pair two_sum(double a, double b)
{
    double sum = a + b, part = sum - a;
    return (struct pair){sum, (a - (sum - part)) + (b - part)};
}

/* a * b exactly, by halves of 26 bits (no FMA on the x86-64 baseline). */
static struct pair two_product(double a, double b)
{
    double t = 134217729.0 * a, ah = t - (t - a), al = a - ah;
    t = 134217729.0 * b;
    double bh = t - (t - b), bl = b - bh, product = a * b;
    return (struct pair){product, ((ah * bh - product) + ah * bl + al * bh) + al * bl};
}

static struct pair pair_add(struct pair a, struct pair b)
{
    struct pair sum = two_sum(a.high, b.high), rest = two_sum(a.low, b.low);
    sum = normalise(sum.high, sum.low + rest.high);
    return normalise(sum.high, sum.low + rest.low);
}

static struct pair pair_multiply(struct pair a, struct pair b)
{
    struct pair product = two_product(a.high, b.high);
    return normalise(product.high, product.low + (a.high * b.low + a.low * b.high));
}

static struct pair pair_divide(struct pair a, struct pair b)
{
    double first = a.high / b.high;
    struct pair back = pair_multiply(b, (struct pair){-first, 0});
    struct pair rest = pair_add(a, back);
    double second = rest.high / b.high;
    rest = pair_add(rest, pair_multiply(b, (struct pair){-second, 0}));
    return pair_add(normalise(first, second), (struct pair){rest.high / b.high, 0});
}

/* ln(x) of a positive finite x: ln(m) = 2 atanh((m - 1) / (m + 1)), m between sqrt(1/2) and sqrt(2). */
static struct pair pair_log(double x)
{
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0x1.6a09e667f3bcdp-1) {
        m *= 2;
        exponent--;
    }
    struct pair s = pair_divide((struct pair){m - 1, 0}, two_sum(m, 1));
    struct pair square = pair_multiply(s, s), sum = {0, 0};
    for (int n = 43; n >= 1; n -= 2) {
        struct pair term = pair_divide((struct pair){1, 0}, (struct pair){n, 0});
        sum = pair_add(pair_multiply(sum, square), term);
    }
    sum = pair_multiply(sum, (struct pair){2 * s.high, 2 * s.low});
    struct pair whole = pair_multiply((struct pair){LN2_HIGH, LN2_LOW}, (struct pair){exponent, 0});
    return pair_add(whole, sum);
}

/* e**v: v = k ln 2 + r, the series of r / 256, squared eight times. */
static double exp_of_pair(struct pair v)
{
    if (v.high > 710) {
        return HUGE_VAL;
    }
    if (v.high < -746) {
        return 0;
    }
    double k = rint(v.high * 0x1.71547652b82fep+0);
    struct pair r = pair_add(v, pair_multiply((struct pair){LN2_HIGH, LN2_LOW}, (struct pair){-k, 0}));
    r = (struct pair){r.high / 256, r.low / 256};
    /* e**r - 1, kept without the 1 so that squaring loses nothing: (1 + s)**2 - 1 = 2 s + s*s */
    struct pair sum = {0, 0};
    for (int n = 13; n >= 1; n--) {
        sum = pair_add(sum, (struct pair){1, 0});
        sum = pair_divide(pair_multiply(sum, r), (struct pair){n, 0});
    }
    for (int i = 0; i < 8; i++) {
        sum = pair_add((struct pair){2 * sum.high, 2 * sum.low}, pair_multiply(sum, sum));
    }
    sum = pair_add(sum, (struct pair){1, 0});
    if (k >= -1021) {
        return ldexp(sum.high, (int)k);
    }
    /* Subnormal: round the sum of both halves at the final scale, where one unit is 2**-1022 before the last step. */
    double high = ldexp(sum.high, (int)k + 52), low = ldexp(sum.low, (int)k + 52), unit = 0x1p-1022;
    double rounded = floor(high / unit), rest = (high / unit - rounded) + low / unit;
    if (rest > 0.5 || (rest == 0.5 && fmod(rounded, 2) != 0)) {
        rounded++;
    }
    return rounded * 0x1p-1074;
}

double exp(double x)
{
    if (isnan(x)) {
        return x;
    }
    return exp_of_pair((struct pair){x, 0});
}

/* What all logarithms say outside the positive finite numbers; otherwise 0. */
static double log_special(double x)
{
    return x == 0 ? -HUGE_VAL : x < 0 ? __builtin_nan("") : x;
}

double log(double x)
{
    return x > 0 && isfinite(x) ? pair_log(x).high : log_special(x);
}

double log2(double x)
{
    return x > 0 && isfinite(x) ? pair_divide(pair_log(x), (struct pair){LN2_HIGH, LN2_LOW}).high : log_special(x);
}

double log10(double x)
{
    return x > 0 && isfinite(x) ? pair_divide(pair_log(x), (struct pair){LN10_HIGH, LN10_LOW}).high : log_special(x);
}

/* C11 F.10.4.4, the cases in which no logarithm is needed; true if *result was set. */
static int pow_special(double x, double y, int odd, double *result)
{
    if (y == 0 || x == 1) {
        *result = 1;
    } else if (isnan(x) || isnan(y)) {
        *result = x + y;
    } else if (isinf(y)) {
        double size = fabs(x);
        *result = size == 1 ? 1 : (size > 1) == (y > 0) ? HUGE_VAL : 0;
    } else if (x == 0 || isinf(x)) {
        double size = (x == 0) == (y > 0) ? 0 : HUGE_VAL;
        *result = odd ? copysign(size, x) : size;
    } else if (x < 0 && trunc(y) != y) {
        *result = __builtin_nan("");
    } else {
        return 0;
    }
    return 1;
}

double pow(double x, double y)
{
    int odd = trunc(y) == y && fabs(y) < 0x1p53 && fmod(y, 2) != 0;
    double result;
    if (pow_special(x, y, odd, &result)) {
        return result;
    }
    struct pair logarithm = pair_log(fabs(x));
    double guess = logarithm.high * y;
    if (!(fabs(guess) < 800)) {
        result = guess > 0 ? HUGE_VAL : 0;
    } else if (fabs(y) < 0x1p-60) {
        result = 1;
    } else {
        result = exp_of_pair(pair_multiply(logarithm, (struct pair){y, 0}));
    }
    return x < 0 && odd ? -result : result;
}
