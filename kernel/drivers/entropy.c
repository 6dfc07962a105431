/* One generator behind every random byte: a 256-bit key, ChaCha20 as the function, fast key erasure (the first half of each block
   replaces the key before the second is given out, so that a later look at memory tells nothing of earlier output). */
#include "drivers/entropy.h"

#include <string.h>

#include "arch/cpu.h"
#include "drivers/chacha20.h"
#include "kernel.h"

#define SEED_BITS        256u           /* credited before the first byte leaves */
#define RESEED_BYTES     (1u << 20)
#define RESEED_US        60000000u
#define HARDWARE_TRIES   10             /* RDRAND and RDSEED may be briefly empty (SDM 1, 7.3.17) */
#define HARDWARE_WORDS   8u
#define JITTER_PER_BIT   4u             /* timings that must differ for one credited bit: far below what they hold */

/* What a block of the function is for; part of its nonce. */
enum { FOR_MIXING = 1, FOR_OUTPUT = 2 };

static uint8_t key[CHACHA20_KEY];
static unsigned credited;
static uint64_t output_since_reseed, reseeded_us;
static bool has_rdrand, has_rdseed, has_outside;

static void block_for(uint8_t purpose, uint8_t out[CHACHA20_BLOCK])
{
    const uint8_t nonce[12] = {purpose};
    chacha20_block(key, 0, nonce, out);
}

/* key := ChaCha20(key xor data): whoever knows only the data, or only the old key, does not know the new one. */
void entropy_add(const void *data, size_t length, unsigned bits)
{
    const uint8_t *bytes = data;
    uint8_t block[CHACHA20_BLOCK];
    while (length) {
        size_t part = length < sizeof key ? length : sizeof key;
        for (size_t i = 0; i < part; i++)
            key[i] ^= bytes[i];
        block_for(FOR_MIXING, block);
        memcpy(key, block, sizeof key);
        bytes += part;
        length -= part;
    }
    memset(block, 0, sizeof block);
    credited = credited + bits < SEED_BITS ? credited + bits : SEED_BITS;
    has_outside |= bits != 0;
}

static bool rdrand(uint64_t *out)
{
    bool ok = false;
    for (unsigned i = 0; i < HARDWARE_TRIES && !ok; i++)
        __asm__ volatile("rdrand %0; setc %1" : "=r"(*out), "=qm"(ok) : : "cc");
    return ok;
}

static bool rdseed(uint64_t *out)
{
    bool ok = false;
    for (unsigned i = 0; i < HARDWARE_TRIES && !ok; i++)
        __asm__ volatile("rdseed %0; setc %1" : "=r"(*out), "=qm"(ok) : : "cc");
    return ok;
}

/* A word of all zeros or all ones is what a broken instruction gives. */
static bool plausible(uint64_t word)
{
    return word != 0 && word != UINT64_MAX;
}

static void add_hardware(void)
{
    bool outside = has_outside;
    for (unsigned i = 0; i < HARDWARE_WORDS; i++) {
        uint64_t word = 0;
        if (!(has_rdseed && rdseed(&word)) && !(has_rdrand && rdrand(&word)))
            return;
        entropy_add(&word, sizeof word, plausible(word) ? 32 : 0);
    }
    has_outside = outside;
}

/* The time a slow port read and a memory walk take, in TSC ticks. Only timings unlike their neighbours are credited. */
static void add_jitter(unsigned rounds)
{
    static uint64_t last, last_delta;
    static unsigned different;
    bool outside = has_outside;
    for (unsigned i = 0; i < rounds; i++) {
        in8(0x61);
        uint64_t now = rdtsc(), delta = now - last;
        bool new_timing = delta != last_delta && delta != last_delta + 1 && delta + 1 != last_delta;
        different += new_timing;
        entropy_add(&now, sizeof now, new_timing && different % JITTER_PER_BIT == 0);
        last = now;
        last_delta = delta;
    }
    has_outside = outside;
}

void entropy_init(void)
{
    has_rdrand = cpuid(1, 0).ecx & (1u << 30);
    has_rdseed = cpuid(0, 0).eax >= 7 && (cpuid(7, 0).ebx & (1u << 18));
    add_hardware();
    uint64_t wall = wall_time_us();
    entropy_add(&wall, sizeof wall, 0);
    has_outside = false;
    add_jitter(256);
    reseeded_us = clock_us();
}

bool entropy_is_seeded(void)
{
    return credited >= SEED_BITS;
}

const char *entropy_sources(void)
{
    if (has_outside)
        return has_rdseed || has_rdrand ? "processor, virtio-rng, jitter" : "virtio-rng, jitter";
    return has_rdseed ? "RDSEED, jitter" : has_rdrand ? "RDRAND, jitter" : "jitter";
}

static void reseed_if_due(void)
{
    uint64_t now = clock_us();
    if (output_since_reseed < RESEED_BYTES && now - reseeded_us < RESEED_US)
        return;
    add_hardware();
    add_jitter(64);
    output_since_reseed = 0;
    reseeded_us = now;
}

void random_bytes(void *out, size_t length)
{
    uint8_t *bytes = out, block[CHACHA20_BLOCK];
    while (!entropy_is_seeded())
        add_jitter(64);
    reseed_if_due();
    output_since_reseed += length;
    while (length) {
        block_for(FOR_OUTPUT, block);
        memcpy(key, block, sizeof key);
        size_t part = length < CHACHA20_BLOCK - sizeof key ? length : CHACHA20_BLOCK - sizeof key;
        memcpy(bytes, block + sizeof key, part);
        bytes += part;
        length -= part;
    }
    memset(block, 0, sizeof block);
    __asm__ volatile("" : : "r"(block) : "memory");     /* the clearing is not dead */
}
