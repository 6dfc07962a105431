#ifndef PYNET_LIBC_MATH_H
#define PYNET_LIBC_MATH_H

#define HUGE_VAL __builtin_huge_val()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define M_PI 3.14159265358979323846
#define M_E 2.7182818284590452354
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf_sign(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) __builtin_signbit(x)

double fabs(double x);
double copysign(double x, double sign);
double floor(double x);
double ceil(double x);
double trunc(double x);
double round(double x);
double rint(double x);
double sqrt(double x);
double fmod(double x, double y);
double frexp(double x, int *exponent);
double ldexp(double x, int exponent);
double modf(double x, double *integral);
double pow(double x, double y);
double exp(double x);
double log(double x);
double log2(double x);
double log10(double x);

#endif
