/* fuzz SEED COUNT: COUNT random system calls (random numbers, pointers, lengths, descriptors), in processes that come and go; beside them a healthy
 * program, which must notice nothing. To be run where it can do no harm: in the guest. Exit status 0: the healthy program was well to the end.
 *
 * What would be no mistake of the kernel is left out: signals for other processes, limits of other processes, the powers of root over the machine. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Calls that one process makes at most; milliseconds in which it must have made another. */
#define CALLS_OF_ONE 400
#define PATIENCE 300
#define NUMBERS 450

struct shared {
    volatile long calls, succeeded;
    volatile unsigned char seen[NUMBERS];
};
static struct shared *shared;
static uint64_t state;
static char *area;
/* /dev/null, opened before anybody could unlink or rename it. */
static int null;

static uint32_t below(uint32_t limit)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 32) * limit >> 32);
}

static long random_argument(void)
{
    static const long odd[] = {0, 1, 2, 3, 7, 8, 16, 100, 4095, 4096, 4097, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff, -1, -2, -4096,
        0x10000, 0x7ffffffff000, 0x7fffffffffff, 0x800000000000, (long)0x8000000000000000, 0x7fffffffffffffff, (long)0xffffffff80000000, (long)0xffff800000000000};
    static const char *const names[] = {"f", "d", "d/f", "/proc/self/maps", "/dev/zero", "/proc/self/fd/3", "", ".", "..", "f/x", "/tmp", "/dev/null"};
    switch (below(12)) {
    case 0: return below(24);
    case 1: return 3 + below(12);
    case 2: return 1L << below(64);
    case 3: return odd[below(sizeof odd / sizeof *odd)];
    case 4: return (long)names[below(sizeof names / sizeof *names)];
    case 5: return (long)area + 4096 - below(64);
    case 6: return (long)area + below(4096);
    case 7: return below(5000);
    case 8: return (long)((uint64_t)below(0xffffffff) << 32 | below(0xffffffff));
    case 9: return -(long)below(200);
    default: return (long)area + below(256) * 8;
    }
}

/* Structures in the area hold numbers like those of the arguments, and pointers. */
static void fill_area(void)
{
    for (int i = 0; i < 512; i++)
        ((long *)area)[i] = below(3) ? random_argument() : 0;
}

/* Calls that programs make: three of four are of these. */
static const short usual[] = {
    SYS_read, SYS_write, SYS_open, SYS_close, SYS_stat, SYS_fstat, SYS_lstat, SYS_poll, SYS_lseek, SYS_mmap, SYS_mprotect, SYS_munmap, SYS_brk,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_ioctl, SYS_pread64, SYS_pwrite64, SYS_readv, SYS_writev, SYS_access, SYS_pipe,
    SYS_select, SYS_sched_yield, SYS_mremap, SYS_msync, SYS_mincore, SYS_madvise, SYS_dup, SYS_dup2, SYS_nanosleep, SYS_getitimer, SYS_alarm,
    SYS_setitimer, SYS_getpid, SYS_sendfile, SYS_socket, SYS_connect, SYS_accept, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_shutdown,
    SYS_bind, SYS_listen, SYS_getsockname, SYS_getpeername, SYS_socketpair, SYS_setsockopt, SYS_getsockopt, SYS_clone, SYS_fork, SYS_execve,
    SYS_wait4, SYS_uname, SYS_fcntl, SYS_flock, SYS_fsync, SYS_truncate, SYS_ftruncate, SYS_getcwd, SYS_chdir, SYS_rename, SYS_mkdir, SYS_rmdir,
    SYS_link, SYS_unlink, SYS_symlink, SYS_readlink, SYS_chmod, SYS_umask, SYS_gettimeofday, SYS_getrlimit, SYS_getrusage, SYS_sysinfo, SYS_times,
    SYS_setpgid, SYS_setsid, SYS_rt_sigpending, SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_sigaltstack, SYS_mknod, SYS_statfs, SYS_prctl,
    SYS_arch_prctl, SYS_gettid, SYS_futex, SYS_getdents64, SYS_set_tid_address, SYS_clock_gettime, SYS_clock_nanosleep, SYS_epoll_wait,
    SYS_epoll_ctl, SYS_waitid, SYS_openat, SYS_newfstatat, SYS_unlinkat, SYS_renameat, SYS_pselect6, SYS_ppoll, SYS_splice, SYS_utimensat,
    SYS_epoll_pwait, SYS_timerfd_create, SYS_eventfd, SYS_fallocate, SYS_timerfd_settime, SYS_timerfd_gettime, SYS_accept4, SYS_eventfd2,
    SYS_epoll_create1, SYS_dup3, SYS_pipe2, SYS_preadv, SYS_pwritev, SYS_recvmmsg, SYS_sendmmsg, SYS_getrandom, SYS_execveat,
    SYS_copy_file_range, SYS_statx,
};

static long random_number(void)
{
    for (;;) {
        long number = below(20) ? below(NUMBERS) : (long)below(0xffffffff) - 0x7fffffff;
        if (below(4))
            number = usual[below(sizeof usual / sizeof *usual)];
        switch (number) {
        case SYS_kill: case SYS_tkill: case SYS_tgkill: case SYS_rt_sigqueueinfo: case SYS_rt_tgsigqueueinfo: case SYS_prlimit64: case SYS_reboot:
        case SYS_ptrace: case SYS_process_vm_writev: case 424:
            continue;
        }
        return number;
    }
}

static void note(int number)
{
    (void)number;
}

/* A process that makes calls until one of them, or its parent, ends it. */
static void victim(uint64_t seed, long limit)
{
    struct itimerval often = {{0, 5000}, {0, 5000}};
    state = seed;
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    area = mmap((void *)0x200000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGALRM, &action, 0);
    setitimer(ITIMER_REAL, &often, 0);
    socket(AF_INET, SOCK_STREAM, 0);
    socket(AF_INET, SOCK_DGRAM, 0);
    socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0, 0});
    syscall(SYS_pipe, area);
    open("f", O_RDWR | O_CREAT, 0600);
    syscall(SYS_epoll_create1, 0);
    for (int i = 0; i < CALLS_OF_ONE && shared->calls < limit; i++) {
        long number = random_number(), arguments[6], result;
        if (i % 16 == 0 && area != MAP_FAILED)
            fill_area();
        for (int j = 0; j < 6; j++)
            arguments[j] = random_argument();
        if (below(3) == 0)
            arguments[0] = below(16);
        shared->calls++;
        if (number >= 0 && number < NUMBERS)
            shared->seen[number] = 1;
        pid_t self = getpid();
        result = syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
        if (getpid() != self)
            _exit(0);
        if (result >= 0)
            shared->succeeded++;
    }
    _exit(0);
}

static void must(int condition, const char *what)
{
    if (condition)
        return;
    printf("the healthy program: %s (%s)\n", what, strerror(errno));
    fflush(stdout);
    _exit(1);
}

/* What an ordinary program does, over and over, checking all of it, until `stop` has an end. */
static void healthy(int stop)
{
    char path[] = "/tmp/healthyXXXXXX", back[64];
    uint32_t round = 0;
    int listening = socket(AF_INET, SOCK_STREAM, 0), near = socket(AF_INET, SOCK_STREAM, 0), far, ends[2], file = mkstemp(path);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof name;
    uint32_t *memory = malloc(1 << 18);
    must(memory && file >= 0 && !bind(listening, (void *)&name, size) && !listen(listening, 3), "cannot begin");
    must(!getsockname(listening, (void *)&name, &size) && !connect(near, (void *)&name, size), "cannot connect");
    must((far = accept(listening, 0, 0)) >= 0 && !pipe(ends), "cannot accept");
    while (poll(&(struct pollfd){stop, POLLIN, 0}, 1, 0) == 0) {
        char text[64];
        int length = snprintf(text, sizeof text, "round %u of the healthy program", round);
        must(send(near, text, length, 0) == length, "send");
        must(recv(far, back, length, MSG_WAITALL) == length && !memcmp(back, text, length), "received something else");
        must(write(ends[1], text, length) == length && read(ends[0], back, length) == length && !memcmp(back, text, length), "the pipe");
        must(pwrite(file, text, length, 100) == length && pread(file, back, length, 100) == length && !memcmp(back, text, length), "the file");
        for (int i = 0; i < 1 << 16; i += 61)
            must(round == 0 || memory[i] == (round - 1) * 31 + i, "memory has changed"), memory[i] = round * 31 + i;
        pid_t pid = fork();
        if (pid == 0)
            _exit(round & 63);
        int status = -1;
        must(pid > 0 && waitpid(pid, &status, 0) == pid && status == (int)(round & 63) << 8, "a child");
        round++;
        nanosleep(&(struct timespec){0, 20000000}, 0);
    }
    must(round > 3, "had no time");
    unlink(path);
    _exit(0);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 2 ? strtoull(argv[1], 0, 0) : 0;
    long limit = argc > 2 ? atol(argv[2]) : 0, victims = 0, killed = 0, signals = 0;
    int stop[2], status = -1, different = 0;
    null = open("/dev/null", O_RDWR);
    if (argc != 3 || limit <= 0) {
        fprintf(stderr, "usage: fuzz SEED COUNT\n");
        return 2;
    }
    shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    mkdir("/tmp/fuzz", 0700);
    if (null < 0 || chdir("/tmp/fuzz") || pipe(stop))
        return 2;
    pid_t well = fork();
    if (well == 0) {
        close(stop[1]);
        healthy(stop[0]);
    }
    while (shared->calls < limit) {
        long before = shared->calls;
        int end = 0;
        pid_t pid = fork();
        if (pid == 0) {
            close(stop[0]);
            close(stop[1]);
            victim(seed + 0x9e3779b97f4a7c15u * victims, limit);
        }
        if (pid < 0) {
            nanosleep(&(struct timespec){0, 50000000}, 0);
            continue;
        }
        victims++;
        for (long waited = 0; waitpid(pid, &end, WNOHANG) != pid; waited += 10) {
            nanosleep(&(struct timespec){0, 10000000}, 0);
            if (shared->calls != before)
                waited = 0;
            before = shared->calls;
            if (waited >= PATIENCE) {
                kill(pid, SIGKILL);
                killed++;
                waited = 0;
            }
        }
        signals += WIFSIGNALED(end) != 0;
    }
    close(stop[1]);
    waitpid(well, &status, 0);
    for (int i = 0; i < NUMBERS; i++)
        different += shared->seen[i];
    printf("seed %llu: %ld calls of %d numbers by %ld processes, %ld calls succeeded, %ld processes ended by a signal, %ld for standing still\n",
           (unsigned long long)seed, shared->calls, different, victims, shared->succeeded, signals, killed);
    printf("the healthy program: %s\n", status ? "was not well" : "well to the end");
    return status != 0;
}
