/*
 * The kernel's table of contents: what is started, in which order.
 *
 * Words on the command line (the loader's, or QEMU's -fw_cfg name=opt/pynet/cmdline,string=...):
 *   selftest                         check allocator, page rights, clock, wait queues, threads, entropy; print a line "selftest: NAME: ok"
 *                                    for each and "selftest: PASS" or "selftest: FAIL (n)"; power off with status 0 or 1
 *   fault=null|text|data|stack|div|heap   commit that fault, to see its panic (QEMU's exit code is then 127)
 *   idle                             sleep for ever instead of starting Python (to measure an idle guest)
 *   clock                            print "clock: MONOTONIC_US WALL_US" once a second instead of starting Python (to measure drift)
 * Any other word is for pynet.init, which reads them by kernel.command_line().
 */
#include "kernel.h"

#include "arch/arch.h"
#include "boot/boot.h"
#include "boot/selftest.h"
#include "drivers/entropy.h"
#include "drivers/pci.h"
#include "drivers/rtc.h"
#include "drivers/serial.h"
#include "drivers/virtio_rng.h"
#include "mm/mm.h"
#include "pyhost.h"
#include "sched/sched.h"
#include "user/user.h"

_Noreturn void kernel_main(uint32_t protocol, uint32_t information);

static void print_machine(void)
{
    struct memory_statistics memory;
    memory_statistics(&memory);
    kprintf("pynet: booted by %s, %llu MiB of memory\n", boot_info.loader, (unsigned long long)(memory.frames_total / 256));
    kprintf("clock: TSC %llu kHz, timer: %s, random: %s\n", (unsigned long long)(clock_tsc_hz() / 1000), timer_name(),
            entropy_sources());
}

_Noreturn static void sleep_for_ever(void)
{
    for (;;)
        sleep_until(NO_DEADLINE);
}

_Noreturn static void tell_time(void)
{
    for (uint64_t next = clock_us();; next += 1000000) {
        sleep_until(next);
        kprintf("clock: %llu %llu\n", (unsigned long long)clock_us(), (unsigned long long)wall_time_us());
    }
}

static void run_command_line_tests(void)
{
    char name[16];
    if (command_line_value("fault", name, sizeof name))
        selftest_fault(name);
    if (command_line_has("selftest"))
        power_off(selftest_run() ? STATUS_OK : STATUS_FAILED);
    if (command_line_has("idle"))
        sleep_for_ever();
    if (command_line_has("clock"))
        tell_time();
}

/* The first thread. Its stack is as large as any other's. */
static void main_thread(void *unused)
{
    (void)unused;
    print_machine();
    run_command_line_tests();
    power_off(python_run());            /* pynet.init.main() */
}

void kernel_main(uint32_t protocol, uint32_t information)
{
    serial_init();                      /* console, output only */
    boot_read(protocol, information);   /* loader's memory map */
    gdt_init();                         /* segments, exception stacks */
    idt_init();                         /* faults become panics */
    frames_init();                      /* physical memory allocator */
    paging_init();                      /* page tables, rights */
    acpi_init();                        /* PM timer, power-off */
    pic_init();                         /* device interrupts masked */
    clock_init();                       /* monotonic time calibrated */
    timer_init();                       /* one-shot deadline timer */
    command_line_init();                /* loader's and fw_cfg's words */
    pci_init();                         /* functions found, BARs read */
    rtc_init();                         /* wall time read */
    entropy_init();                     /* processor and jitter seeds */
    virtio_rng_seed();                  /* host's entropy, if offered */
    serial_input_init();                /* console input by interrupt */
    user_init();                        /* system calls, ring 3's protections */
    if (thread_create("main", main_thread, NULL) == NULL)
        panic("no memory for the first thread");
    sched_start();                      /* threads run from here */
}
