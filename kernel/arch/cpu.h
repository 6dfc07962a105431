/* x86-64 processor primitives, named as Intel's manual (SDM) names them. */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>
#include <stdint.h>

#define IA32_APIC_BASE 0x1b
#define IA32_EFER      0xc0000080
#define EFER_SCE       (1u << 0)
#define EFER_NXE       (1u << 11)
#define IA32_STAR      0xc0000081
#define IA32_LSTAR     0xc0000082
#define IA32_CSTAR     0xc0000083
#define IA32_FMASK     0xc0000084
#define IA32_FS_BASE   0xc0000100
#define IA32_GS_BASE   0xc0000101

#define CR4_UMIP       (1u << 11)
#define CR4_OSXSAVE    (1u << 18)
#define CR4_SMEP       (1u << 20)
#define CR4_SMAP       (1u << 21)

#define RFLAGS_FIXED   0x2u             /* the bit that is always set */
#define RFLAGS_TF      (1u << 8)
#define RFLAGS_IF      (1u << 9)
#define RFLAGS_RF      (1u << 16)

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid r;
    __asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return ((uint64_t)high << 32) | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;
    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return ((uint64_t)high << 32) | low;
}

static inline uint64_t read_cr2(void) { uint64_t v; __asm__ volatile("movq %%cr2, %0" : "=r"(v)); return v; }
static inline uint64_t read_cr3(void) { uint64_t v; __asm__ volatile("movq %%cr3, %0" : "=r"(v)); return v; }
static inline void write_cr3(uint64_t v) { __asm__ volatile("movq %0, %%cr3" : : "r"(v) : "memory"); }
static inline uint64_t read_cr4(void) { uint64_t v; __asm__ volatile("movq %%cr4, %0" : "=r"(v)); return v; }
static inline void write_cr4(uint64_t v) { __asm__ volatile("movq %0, %%cr4" : : "r"(v) : "memory"); }
static inline void invlpg(uint64_t virt) { __asm__ volatile("invlpg (%0)" : : "r"(virt) : "memory"); }
static inline void interrupts_on(void) { __asm__ volatile("sti" : : : "memory"); }

/* Sleeps until an interrupt. STI's shadow lets none in before HLT, so a wake between the check and the sleep is not lost. */
static inline void wait_for_interrupt(void) { __asm__ volatile("sti; hlt; cli" : : : "memory"); }

#endif
