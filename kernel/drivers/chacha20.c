/* ChaCha20 (RFC 8439), written from the RFC's text. */
#include "drivers/chacha20.h"

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t rotate(uint32_t value, unsigned by)
{
    return value << by | value >> (32 - by);
}

/* 2.1 */
static void quarter_round(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    *a += *b; *d = rotate(*d ^ *a, 16);
    *c += *d; *b = rotate(*b ^ *c, 12);
    *a += *b; *d = rotate(*d ^ *a, 8);
    *c += *d; *b = rotate(*b ^ *c, 7);
}

/* Columns, then diagonals. */
static void double_round(uint32_t x[16])
{
    for (unsigned i = 0; i < 4; i++)
        quarter_round(&x[i], &x[4 + i], &x[8 + i], &x[12 + i]);
    for (unsigned i = 0; i < 4; i++)
        quarter_round(&x[i], &x[4 + (i + 1) % 4], &x[8 + (i + 2) % 4], &x[12 + (i + 3) % 4]);
}

void chacha20_block(const uint8_t key[CHACHA20_KEY], uint32_t counter, const uint8_t nonce[12], uint8_t out[CHACHA20_BLOCK])
{
    uint32_t start[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    for (unsigned i = 0; i < 8; i++)
        start[4 + i] = get32(key + 4 * i);
    start[12] = counter;
    for (unsigned i = 0; i < 3; i++)
        start[13 + i] = get32(nonce + 4 * i);
    uint32_t x[16];
    for (unsigned i = 0; i < 16; i++)
        x[i] = start[i];
    for (unsigned i = 0; i < 10; i++)
        double_round(x);
    for (unsigned i = 0; i < 16; i++)
        put32(out + 4 * i, x[i] + start[i]);
}
