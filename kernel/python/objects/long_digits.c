/* Arithmetic on magnitudes: arrays of 30-bit digits, least significant first. Nothing here touches an object. */
#include "long.h"

#include <string.h>

Py_ssize_t digits_normalise(const digit *a, Py_ssize_t size)
{
    while (size > 0 && a[size - 1] == 0) {
        size--;
    }
    return size;
}

int digits_compare(const digit *a, Py_ssize_t na, const digit *b, Py_ssize_t nb)
{
    if (na != nb) {
        return na < nb ? -1 : 1;
    }
    for (Py_ssize_t i = na - 1; i >= 0; i--) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

Py_ssize_t digits_add(digit *z, const digit *a, Py_ssize_t na, const digit *b, Py_ssize_t nb)
{
    if (na < nb) {
        return digits_add(z, b, nb, a, na);
    }
    digit carry = 0;
    for (Py_ssize_t i = 0; i < na; i++) {
        carry += a[i] + (i < nb ? b[i] : 0);
        z[i] = carry & DIGIT_MASK;
        carry >>= DIGIT_BITS;
    }
    z[na] = carry;
    return na + (carry != 0);
}

Py_ssize_t digits_subtract(digit *z, const digit *a, Py_ssize_t na, const digit *b, Py_ssize_t nb)
{
    digit borrow = 0;
    for (Py_ssize_t i = 0; i < na; i++) {
        /* The top bit of the wrapped difference is the borrow. */
        digit difference = a[i] - (i < nb ? b[i] : 0) - borrow;
        z[i] = difference & DIGIT_MASK;
        borrow = difference >> 31;
    }
    return digits_normalise(z, na);
}

Py_ssize_t digits_multiply(digit *z, const digit *a, Py_ssize_t na, const digit *b, Py_ssize_t nb)
{
    memset(z, 0, (size_t)(na + nb) * sizeof *z);
    for (Py_ssize_t i = 0; i < na; i++) {
        twodigits carry = 0, factor = a[i];
        digit *out = z + i;
        for (Py_ssize_t j = 0; j < nb; j++) {
            carry += factor * b[j] + out[j];
            out[j] = (digit)(carry & DIGIT_MASK);
            carry >>= DIGIT_BITS;
        }
        out[nb] = (digit)carry;
    }
    return digits_normalise(z, na + nb);
}

Py_ssize_t digits_multiply_small(digit *z, const digit *a, Py_ssize_t na, digit factor, digit addend)
{
    twodigits carry = addend;
    for (Py_ssize_t i = 0; i < na; i++) {
        carry += (twodigits)a[i] * factor;
        z[i] = (digit)(carry & DIGIT_MASK);
        carry >>= DIGIT_BITS;
    }
    z[na] = (digit)carry;
    return na + (carry != 0);
}

digit digits_divide_small(digit *q, const digit *a, Py_ssize_t na, digit n)
{
    twodigits rest = 0;
    for (Py_ssize_t i = na - 1; i >= 0; i--) {
        rest = rest << DIGIT_BITS | a[i];
        q[i] = (digit)(rest / n);
        rest %= n;
    }
    return (digit)rest;
}

/* a[0..nb] -= estimate * b; returns true if that went below zero. */
static bool subtract_multiple(digit *a, const digit *b, Py_ssize_t nb, digit estimate)
{
    twodigits carry = 0;
    digit borrow = 0;
    for (Py_ssize_t i = 0; i <= nb; i++) {
        carry += i < nb ? (twodigits)estimate * b[i] : 0;
        digit difference = a[i] - (digit)(carry & DIGIT_MASK) - borrow;
        a[i] = difference & DIGIT_MASK;
        borrow = difference >> 31;
        carry >>= DIGIT_BITS;
    }
    return borrow != 0;
}

/* Knuth, The Art of Computer Programming, 4.3.1, algorithm D. */
void digits_divide(digit *q, digit *a, Py_ssize_t na, const digit *b, Py_ssize_t nb)
{
    twodigits top = b[nb - 1], second = b[nb - 2];
    for (Py_ssize_t j = na - nb; j >= 0; j--) {
        digit *part = a + j;
        twodigits high = (twodigits)part[nb] << DIGIT_BITS | part[nb - 1];
        twodigits estimate = high / top, rest = high % top;
        while (estimate > DIGIT_MASK || estimate * second > (rest << DIGIT_BITS | part[nb - 2])) {
            estimate--;
            rest += top;
            if (rest > DIGIT_MASK) {
                break;
            }
        }
        if (subtract_multiple(part, b, nb, (digit)estimate)) {
            estimate--;
            digit carry = 0;
            for (Py_ssize_t i = 0; i <= nb; i++) {
                carry += part[i] + (i < nb ? b[i] : 0);
                part[i] = carry & DIGIT_MASK;
                carry >>= DIGIT_BITS;
            }
        }
        q[j] = (digit)estimate;
    }
}

Py_ssize_t digits_shift_left(digit *z, const digit *a, Py_ssize_t na, int bits)
{
    twodigits carry = 0;
    for (Py_ssize_t i = 0; i < na; i++) {
        carry |= (twodigits)a[i] << bits;
        z[i] = (digit)(carry & DIGIT_MASK);
        carry >>= DIGIT_BITS;
    }
    z[na] = (digit)carry;
    return na + (carry != 0);
}

Py_ssize_t digits_shift_right(digit *z, const digit *a, Py_ssize_t na, int bits)
{
    for (Py_ssize_t i = 0; i < na; i++) {
        twodigits pair = a[i] | (i + 1 < na ? (twodigits)a[i + 1] << DIGIT_BITS : 0);
        z[i] = (digit)(pair >> bits & DIGIT_MASK);
    }
    return digits_normalise(z, na);
}
