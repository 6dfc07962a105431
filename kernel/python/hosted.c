/* The runtime as a Linux program: the functions of port.h, and a main that runs one module of the table linked in.
 *
 * usage: PROGRAM [MODULE [FUNCTION]]   MODULE is imported, then FUNCTION() of it is called; without arguments linked_main's main().
 *        PROGRAM -l                    lists the modules.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "Python.h"
#include "port.h"
#include "runtime.h"

extern const struct runtime_module linked_modules[];
extern const char linked_main[];

void *port_alloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *port_realloc(void *old, size_t size)
{
    return realloc(old, size ? size : 1);
}

void port_free(void *memory)
{
    free(memory);
}

void port_write(const char *text, size_t length)
{
    fwrite(text, 1, length, stdout);
}

uint64_t port_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void port_wait(uint64_t deadline_us)
{
    struct timespec until = {(time_t)(deadline_us / 1000000), (long)(deadline_us % 1000000) * 1000};

    fflush(stdout);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        ;
}

/* A fixed sequence, so that hashes and what depends on them are the same in every run. */
void port_entropy(void *out, size_t length)
{
    static uint64_t state = 0x9e3779b97f4a7c15;
    unsigned char *bytes = out;

    for (size_t i = 0; i < length; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes[i] = (unsigned char)(state >> 32);
    }
}

_Noreturn void port_panic(const char *message)
{
    fflush(stdout);
    fprintf(stderr, "panic: %s\n", message);
    abort();
}

/* Full memory is NULL, as in the kernel, not an abort of AddressSanitizer. Where each block was allocated is not kept, which takes a fifth of the time:
   who must know it runs the program again with ASAN_OPTIONS=malloc_context_size=30. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1:detect_leaks=1:detect_stack_use_after_return=0:malloc_context_size=1";
}

/* Kept below the main thread's last Python call: the sanitizers' own functions need much. */
#define STACK_RESERVE (512 << 10)
#define STACK_MOST (8 << 20)

static const void *lowest_stack(void)
{
    struct rlimit limit;
    size_t size = STACK_MOST;

    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < size)
        size = limit.rlim_cur;
    return (const char *)__builtin_frame_address(0) - size + STACK_RESERVE;
}

static int list_modules(void)
{
    for (const struct runtime_module *module = linked_modules; module->name; module++)
        puts(module->name);
    return 0;
}

int main(int argc, char **argv)
{
    int status;

    if (argc > 1 && strcmp(argv[1], "-l") == 0)
        return list_modules();
    if (runtime_init(linked_modules) < 0)
        return 2;
    runtime_thread_stack(runtime_current, lowest_stack());
    status = argc > 1 ? runtime_run(argv[1], argc > 2 ? argv[2] : NULL) : runtime_run(linked_main, "main");
    runtime_shutdown();
    fflush(stdout);
    return status;
}
