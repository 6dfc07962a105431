/* Console, panic and power: how the kernel speaks and how it stops. */
#include <stdarg.h>

#include "arch/arch.h"
#include "arch/cpu.h"
#include "drivers/serial.h"
#include "kernel.h"
#include "libc/text.h"

#define LINE_SIZE 1024u         /* longer messages of kprintf are cut */

#define DEBUG_EXIT 0xf4         /* QEMU's isa-debug-exit: writing v ends it with code 2 v + 1 */
#define DEBUG_EXIT_BASE 0x10

void console_write(const char *text, size_t length)
{
    serial_print(text, length);
}

int kvprintf(const char *format, va_list arguments)
{
    char line[LINE_SIZE];
    int length = text_vsnprintf(line, sizeof line, format, arguments);
    if (length < 0)
        return length;
    console_write(line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
    return length;
}

int kprintf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = kvprintf(format, arguments);
    va_end(arguments);
    return length;
}

_Noreturn static void halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

void power_off(unsigned status)
{
    interrupts_off();
    out8(DEBUG_EXIT, (uint8_t)(DEBUG_EXIT_BASE + (status < STATUS_PANIC ? status : STATUS_PANIC)));
    /* Without the device we are still here. A machine with somebody watching keeps its panic on the screen. */
    if (status != STATUS_PANIC)
        acpi_power_off();
    halt();
}

void panic(const char *format, ...)
{
    static bool again;
    interrupts_off();
    if (again)
        power_off(STATUS_PANIC);
    again = true;
    va_list arguments;
    va_start(arguments, format);
    kprintf("\nPANIC: ");
    kvprintf(format, arguments);
    kprintf("\nthread: %s\nbacktrace:\n", thread_name(thread_current()));
    va_end(arguments);
    backtrace((uint64_t)__builtin_frame_address(0));
    power_off(STATUS_PANIC);
}
