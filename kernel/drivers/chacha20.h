/* The ChaCha20 block function (RFC 8439, 2.3). */
#ifndef CHACHA20_H
#define CHACHA20_H

#include <stdint.h>

#define CHACHA20_KEY   32
#define CHACHA20_BLOCK 64

void chacha20_block(const uint8_t key[CHACHA20_KEY], uint32_t counter, const uint8_t nonce[12], uint8_t out[CHACHA20_BLOCK]);

#endif
