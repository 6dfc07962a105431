/* What a program sees of the machine under it: memory, faults, vector registers, threads. It prints the values it saw, and prints the same on
   Linux. `machine` runs all cases but those that end it; `machine NAME [ARGUMENT]` one. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void check(int good, const char *what)
{
    if (good)
        return;
    printf("%s failed: %s\n", what, strerror(errno));
    exit(99);
}

static unsigned char *map(size_t length, int protection, int flags)
{
    void *at = mmap(NULL, length, protection, flags | MAP_ANONYMOUS, -1, 0);
    check(at != MAP_FAILED, "mmap");
    return at;
}

static unsigned long sum(const unsigned char *at, size_t length)
{
    unsigned long total = 0;
    for (size_t i = 0; i < length; i++)
        total = total * 31 + at[i];
    return total;
}

/* Copy on write, both ways, and shared pages, through three generations. */
static void fork_and_memory(const char *unused)
{
    (void)unused;
    size_t length = 64 * PAGE;
    unsigned char *private = map(length, PROT_READ | PROT_WRITE, MAP_PRIVATE), *shared = map(length, PROT_READ | PROT_WRITE, MAP_SHARED);
    for (size_t i = 0; i < length / 2; i++)
        private[i] = (unsigned char)(i * 7), shared[i] = (unsigned char)(i * 3);
    fflush(stdout);
    pid_t child = fork();
    check(child >= 0, "fork");
    if (child == 0) {
        for (size_t i = 0; i < length; i += 3)
            private[i] ^= 0x5a, shared[i] ^= 0xa5;
        pid_t grandchild = fork();
        if (grandchild == 0) {
            memset(private, 1, length);
            shared[length - 1] = 77;
            _exit(5);
        }
        int status = 0;
        check(waitpid(grandchild, &status, 0) == grandchild, "waitpid");
        printf("child: private %lx shared %lx status %x\n", sum(private, length), sum(shared, length), status);
        fflush(stdout);
        _exit(6);
    }
    int status = 0;
    check(waitpid(child, &status, 0) == child, "waitpid");
    printf("parent: private %lx shared %lx status %x\n", sum(private, length), sum(shared, length), status);
    check(munmap(private, length) == 0 && munmap(shared, length) == 0, "munmap");
}

/* Faults, as signals. */
static sigjmp_buf back;
static volatile int seen_signal, seen_code;
static void *volatile seen_address;

static void caught(int number, siginfo_t *info, void *context)
{
    (void)context;
    seen_signal = number;
    seen_code = info->si_code;
    seen_address = info->si_addr;
    siglongjmp(back, 1);
}

static unsigned char *page;

static void read_null(void) { (void)*(volatile char *)8; }
static void write_constant(void) { *(volatile char *)page = 1; }
static void run_data(void) { ((void (*)(void))page)(); }
static void divide(void) { __asm__ volatile("xorl %%ecx, %%ecx; divl %%ecx" : : : "rax", "rcx", "rdx"); }
static void undefined(void) { __asm__ volatile("ud2"); }
static void privileged(void) { __asm__ volatile("hlt"); }
static void port(void) { __asm__ volatile("inb $0x60, %%al" : : : "rax"); }
static void not_canonical(void) { (void)*(volatile char *)0x8000000000000000; }
static void kernels(void) { (void)*(volatile char *)0xffffffff80000000; }
static void jump_to_kernel(void) { ((void (*)(void))0xffffffff80000000)(); }
static void breakpoint(void) { __asm__ volatile("int3"); }
static void interrupt(void) { __asm__ volatile("int $0x20"); }

static const struct {
    const char *name;
    void (*commit)(void);
} faults[] = {
    {"read of a null pointer", read_null}, {"write to what may be read", write_constant}, {"running data", run_data}, {"division", divide},
    {"undefined instruction", undefined}, {"privileged instruction", privileged}, {"port", port}, {"no address", not_canonical},
    {"kernel's address", kernels}, {"kernel's code", jump_to_kernel}, {"breakpoint", breakpoint}, {"interrupt", interrupt},
};

static void faults_as_signals(const char *unused)
{
    (void)unused;
    page = map(PAGE, PROT_READ, MAP_PRIVATE);
    struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO};
    const int signals[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS};
    for (size_t i = 0; i < COUNT(signals); i++)
        check(sigaction(signals[i], &action, NULL) == 0, "sigaction");
    for (size_t i = 0; i < COUNT(faults); i++) {
        seen_signal = 0;
        if (sigsetjmp(back, 1) == 0)
            faults[i].commit();
        long long address = (long long)seen_address;
        if (seen_address >= (void *)page && seen_address < (void *)(page + PAGE))
            address = 0;
        /* The address of an instruction is the program's own affair. */
        int tells = seen_signal == SIGSEGV;
        printf("%s: signal %d code %d address %llx\n", faults[i].name, seen_signal, seen_code, tells ? address : 0);
    }
}

/* Vector and x87 registers over a signal whose handler spoils them all. */
static void spoil(int number)
{
    (void)number;
    __asm__ volatile("pxor %%xmm0, %%xmm0; pcmpeqb %%xmm5, %%xmm5; movdqa %%xmm5, %%xmm15; fninit; fldz; fldz"
                     : : : "xmm0", "xmm5", "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
}

static void vectors_over_a_signal(const char *unused)
{
    (void)unused;
    check(signal(SIGUSR1, spoil) != SIG_ERR, "signal");
    unsigned char in[48], out[48];
    for (unsigned i = 0; i < sizeof in; i++)
        in[i] = (unsigned char)(i * 5 + 1);
    long double pi = 0;
    long number = SYS_kill;
    __asm__ volatile("movdqu (%2), %%xmm0; movdqu 16(%2), %%xmm5; movdqu 32(%2), %%xmm15; fldpi; syscall;"
                     "movdqu %%xmm0, (%3); movdqu %%xmm5, 16(%3); movdqu %%xmm15, 32(%3); fstpt %1"
                     : "+a"(number), "=m"(pi)
                     : "r"(in), "r"(out), "D"((long)getpid()), "S"((long)SIGUSR1)
                     : "rcx", "r11", "xmm0", "xmm5", "xmm15", "memory");
    printf("kill %ld, registers %s, pi %.15Lf\n", number, memcmp(in, out, sizeof in) ? "differ" : "are the same", pi);
}

/* Floating point in several threads and processes at a time: a register that went astray changes the sum. */
static double series(unsigned seed)
{
    double sum = 0;
    long double fine = 0;
    for (unsigned i = 1; i < 300000; i++) {
        sum += 1.0 / (i + seed) * (i % 3 == 0 ? -1 : 1);
        fine += 1.0L / (i * (long double)i);
    }
    return sum + (double)fine;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;
static double sums[4];

static void *work(void *argument)
{
    long number = (long)argument;
    for (int i = 0; i < 5000; i++) {
        pthread_mutex_lock(&lock);
        counter += number + 1;
        pthread_mutex_unlock(&lock);
    }
    sums[number] = series((unsigned)number);
    return NULL;
}

static void threads(const char *unused)
{
    (void)unused;
    pthread_t all[4];
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        printf("child: %.17g\n", series(9));
        fflush(stdout);
        _exit(0);
    }
    counter = 0;
    for (long i = 0; i < 4; i++)
        check((errno = pthread_create(&all[i], NULL, work, (void *)i)) == 0, "pthread_create");
    for (int i = 0; i < 4; i++)
        check(pthread_join(all[i], NULL) == 0, "pthread_join");
    check(waitpid(child, NULL, 0) == child, "waitpid");
    printf("threads: %ld %.17g %.17g %.17g %.17g\n", counter, sums[0], sums[1], sums[2], sums[3]);
}

/* System calls and memory that is not there, or only in part. */
static void bad_pointers(const char *unused)
{
    (void)unused;
    int ends[2];
    check(pipe(ends) == 0, "pipe");
    unsigned char *two = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    check(mprotect(two + PAGE, PAGE, PROT_NONE) == 0, "mprotect");
    const struct {
        const void *at;
        size_t length;
    } places[] = {
        {two, 16}, {two + PAGE, 16}, {NULL, 1}, {(void *)0xffffffff80000000, 8}, {(void *)0x7ffffffff000, 1}, {(void *)-1, 1}, {two + PAGE - 4, 4},
    };
    for (size_t i = 0; i < COUNT(places); i++) {
        errno = 0;
        long wrote = write(ends[1], places[i].at, places[i].length);
        int error = errno;
        errno = 0;
        long got = wrote > 0 ? read(ends[0], (void *)places[i].at, (size_t)wrote) : -1;
        printf("write %ld %s, read %ld\n", wrote, wrote < 0 ? strerror(error) : "", got);
    }
    check(mprotect(two, PAGE, PROT_READ) == 0, "mprotect");
    check(write(ends[1], "x", 1) == 1, "write");
    long got = read(ends[0], two, 1);
    printf("read into what may not be written: %ld %s\n", got, strerror(errno));
    printf("mmap of no length: %s\n", mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? strerror(errno) : "allowed");
    printf("munmap of no address: %d %s\n", munmap((void *)1, PAGE), strerror(errno));
    printf("mprotect of a hole: %d %s\n", mprotect((void *)0x10000000000, PAGE, PROT_READ), strerror(errno));
}

/* Those that end it. */
static void spin(const char *unused)
{
    (void)unused;
    printf("spinning\n");
    fflush(stdout);
    for (volatile unsigned long i = 0;; i++)
        ;
}

static void crash(const char *unused)
{
    (void)unused;
    printf("before\n");
    fflush(stdout);
    static volatile int *volatile nowhere;
    *nowhere = 1;
}

static void copy(const char *unused)
{
    (void)unused;
    char buffer[3000];
    size_t count, total = 0;
    while ((count = fread(buffer, 1, sizeof buffer, stdin)) > 0) {
        total += count;
        check(fwrite(buffer, 1, count, stdout) == count, "write");
    }
    fprintf(stderr, "%zu bytes\n", total);
}

static void leave(const char *status)
{
    exit(atoi(status));
}

static const struct {
    const char *name;
    void (*run)(const char *);
    int ends;
} cases[] = {
    {"fork", fork_and_memory, 0}, {"faults", faults_as_signals, 0}, {"signal", vectors_over_a_signal, 0}, {"threads", threads, 0},
    {"pointers", bad_pointers, 0}, {"spin", spin, 1}, {"crash", crash, 1}, {"copy", copy, 1}, {"exit", leave, 1},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < COUNT(cases); i++)
        if (argc > 1 ? strcmp(argv[1], cases[i].name) == 0 : !cases[i].ends)
            cases[i].run(argc > 2 ? argv[2] : "");
    return 0;
}
