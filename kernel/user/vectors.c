/* Vector registers of ring 3 (SDM 1, chapter 13). Kernel code uses SSE: they are saved whole before any of it runs. */
#include "arch/cpu.h"
#include "user/user.h"

#define XCR0_X87 1u
#define XCR0_SSE 2u
#define XCR0_AVX 4u

/* Offsets in the area (SDM 1, 10.5.1 and 13.4.2), and of what Linux puts into a signal frame's copy of it (struct _fpx_sw_bytes). */
enum { AREA_FCW = 0, AREA_MXCSR = 24, AREA_MXCSR_MASK = 28, AREA_SOFTWARE = 464, AREA_LEGACY_END = 512, AREA_HEADER = 512, AREA_HEADER_END = 576 };
#define FRAME_MAGIC1 0x46505853u
#define FRAME_MAGIC2 0x46505845u

#define FCW_RESET   0x37f
#define MXCSR_RESET 0x1f80u
#define MXCSR_MASK_DEFAULT 0xffbfu      /* where FXSAVE tells none (SDM 1, 11.6.6) */

static uint64_t components;             /* bits of XCR0; 0: there is no XSAVE */
static uint32_t area_size = AREA_LEGACY_END;
static uint32_t mxcsr_mask = MXCSR_MASK_DEFAULT;

static uint32_t get32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static void put32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void copy(uint8_t *to, const uint8_t *from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        to[i] = from[i];
}

static void clear(uint8_t *from, uint8_t *to)
{
    while (from < to)
        *from++ = 0;
}

static void set_xcr0(uint64_t value)
{
    __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

/* The widest state that fits the area: with AVX, or without. */
static void choose_components(void)
{
    uint64_t offered = cpuid(0xd, 0).eax & (XCR0_X87 | XCR0_SSE | XCR0_AVX);
    set_xcr0(offered);
    if (cpuid(0xd, 0).ebx > VECTOR_AREA) {
        offered &= ~(uint64_t)XCR0_AVX;
        set_xcr0(offered);
    }
    components = offered;
    area_size = cpuid(0xd, 0).ebx;
}

void vectors_init(void)
{
    static uint8_t probe[AREA_LEGACY_END] __attribute__((aligned(16)));
    __asm__ volatile("fxsave64 %0" : "=m"(probe));
    if (get32(probe + AREA_MXCSR_MASK))
        mxcsr_mask = get32(probe + AREA_MXCSR_MASK);
    if (cpuid(1, 0).ecx & (1u << 26)) {
        write_cr4(read_cr4() | CR4_OSXSAVE);
        choose_components();
    }
}

void vectors_reset(uint8_t *area)
{
    clear(area, area + VECTOR_AREA);
    area[AREA_FCW] = FCW_RESET & 0xff;
    area[AREA_FCW + 1] = FCW_RESET >> 8;
    put32(area + AREA_MXCSR, MXCSR_RESET);
}

void vectors_save(uint8_t *area)
{
    static const uint32_t mxcsr = MXCSR_RESET;
    if (components)
        __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"((uint32_t)components), "d"(0) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
    __asm__ volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
}

void vectors_load(const uint8_t *area)
{
    if (components)
        __asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"((uint32_t)components), "d"(0) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

uint32_t vectors_to_frame(const uint8_t *area, uint8_t *out)
{
    copy(out, area, area_size);
    clear(out + AREA_SOFTWARE, out + AREA_LEGACY_END);
    if (components == 0)
        return area_size;
    put32(out + AREA_SOFTWARE, FRAME_MAGIC1);
    put32(out + AREA_SOFTWARE + 4, area_size + 4);
    put32(out + AREA_SOFTWARE + 8, (uint32_t)components);
    put32(out + AREA_SOFTWARE + 16, area_size);
    put32(out + area_size, FRAME_MAGIC2);
    return area_size + 4;
}

/* Linux (fpu__restore_sig): without both marks only the first 512 bytes count. */
static bool is_whole(const uint8_t *bytes, uint64_t count)
{
    return components && count >= area_size + 4 && get32(bytes + AREA_SOFTWARE) == FRAME_MAGIC1
           && get32(bytes + AREA_SOFTWARE + 16) == area_size && get32(bytes + area_size) == FRAME_MAGIC2;
}

/* What XRSTOR would fault on (SDM 1, 13.8.1): reserved bits of MXCSR, and in the header all but the components there are. */
int vectors_from_frame(uint8_t *area, const uint8_t *bytes, uint64_t count)
{
    if (count < AREA_LEGACY_END)
        return -EINVAL;
    bool whole = is_whole(bytes, count);
    vectors_reset(area);
    copy(area, bytes, whole ? area_size : AREA_SOFTWARE);
    clear(area + AREA_SOFTWARE, area + AREA_LEGACY_END);
    put32(area + AREA_MXCSR, get32(area + AREA_MXCSR) & mxcsr_mask);
    uint32_t present = whole ? get32(area + AREA_HEADER) & (uint32_t)components : XCR0_X87 | XCR0_SSE;
    if (components) {
        clear(area + AREA_HEADER, area + AREA_HEADER_END);
        put32(area + AREA_HEADER, present);
    }
    return 0;
}
