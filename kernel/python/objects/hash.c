/* Hashes: SipHash-1-3 of bytes under a key from the host, numbers by their value, everything else by its address. */
#include <math.h>
#include <string.h>

#include "internal/runtime_internal.h"
#include "port.h"
#include "text.h"

static uint64_t key[2];

int _PyHash_Init(void)
{
    port_entropy(key, sizeof key);
    return 0;
}

static inline uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

/* SipRound of Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012). */
static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* One compression round a word, three to finish. */
static uint64_t siphash13(const unsigned char *in, size_t length)
{
    uint64_t v[4] = {key[0] ^ 0x736F6D6570736575, key[1] ^ 0x646F72616E646F6D, key[0] ^ 0x6C7967656E657261,
                     key[1] ^ 0x7465646279746573};
    uint64_t last = (uint64_t)length << 56;
    for (; length >= 8; length -= 8, in += 8) {
        uint64_t word;
        memcpy(&word, in, sizeof word);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    for (size_t i = 0; i < length; i++) {
        last |= (uint64_t)in[i] << 8 * i;
    }
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xFF;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Never -1, which means an error; nothing hashes to 0. */
Py_hash_t _Py_HashBytes(const void *bytes, Py_ssize_t length)
{
    if (length == 0) {
        return 0;
    }
    Py_hash_t hash = (Py_hash_t)siphash13(bytes, (size_t)length);
    return hash == -1 ? -2 : hash;
}

/* The low bits of an address are always zero. */
Py_hash_t _Py_HashPointer(const void *pointer)
{
    Py_hash_t hash = (Py_hash_t)rotate((uintptr_t)pointer, 60);
    return hash == -1 ? -2 : hash;
}

Py_hash_t Py_HashPointer(const void *pointer)
{
    return _Py_HashPointer(pointer);
}

/* value modulo 2**61 - 1, as int hashes; multiplying by a power of two is a rotation of 61 bits. */
Py_hash_t _Py_HashDouble(PyObject *op, double value)
{
    int exponent;
    uint64_t hash = 0;
    if (isinf(value)) {
        return value > 0 ? _PyHASH_INF : -_PyHASH_INF;
    }
    if (isnan(value)) {
        return _Py_HashPointer(op);
    }
    double fraction = frexp(fabs(value), &exponent);
    while (fraction != 0) {
        hash = (hash << 28 & _PyHASH_MODULUS) | hash >> (_PyHASH_BITS - 28);
        fraction *= 268435456.0;
        exponent -= 28;
        uint64_t whole = (uint64_t)fraction;
        fraction -= (double)whole;
        hash += whole;
        if (hash >= _PyHASH_MODULUS) {
            hash -= _PyHASH_MODULUS;
        }
    }
    exponent = (exponent % _PyHASH_BITS + _PyHASH_BITS) % _PyHASH_BITS;
    hash = (hash << exponent & _PyHASH_MODULUS) | hash >> (_PyHASH_BITS - exponent);
    Py_hash_t result = value < 0 ? -(Py_hash_t)hash : (Py_hash_t)hash;
    return result == -1 ? -2 : result;
}
