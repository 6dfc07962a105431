/* Signals: handlers, masks, waits that they end, alternate stacks, faults. */
#include "suite.h"
#include <setjmp.h>
#include <ucontext.h>

CASE(handlers_run_and_masks_hold_back)
{
    struct sigaction old;
    sigset_t set, pending;
    on_signal(SIGUSR1, 0);
    SHOW(raise(SIGUSR1));
    SEE(caught);
    SHOW(sigaction(SIGUSR1, 0, &old));
    SEE(old.sa_handler == count_signal);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    SHOW(sigprocmask(SIG_BLOCK, &set, 0));
    SHOW(kill(getpid(), SIGUSR1));
    SHOW(kill(getpid(), SIGUSR1));
    SEE(caught);
    SHOW(sigpending(&pending));
    SEE(sigismember(&pending, SIGUSR1));
    SHOW(sigprocmask(SIG_UNBLOCK, &set, 0));
    SEE(caught);
    SHOW(sigprocmask(99, &set, 0));
    SHOW(sigprocmask(SIG_SETMASK, 0, &set));
    SEE(sigismember(&set, SIGUSR1));
    SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, BAD_POINTER, 0, 8));
    SHOW(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, 4));
    SHOW(sigaction(SIGKILL, &old, 0));
    SHOW(syscall(SYS_rt_sigaction, 99, &old, 0, 8));
    SHOW(syscall(SYS_rt_sigaction, SIGUSR1, BAD_POINTER, 0, 8));
}

CASE(kill_refuses)
{
    SHOW(kill(999999, SIGUSR1));
    SHOW(kill(getpid(), 99));
    SHOW(kill(getpid(), 0));
    SHOW(syscall(SYS_tkill, getpid(), 0));
    SHOW(syscall(SYS_tgkill, getpid(), getpid(), 0));
    SHOW(syscall(SYS_tgkill, getpid(), 999999, 0));
    SHOW(syscall(SYS_tgkill, -1, getpid(), 0));
    SHOW(syscall(SYS_tkill, 999999, 0));
}

static siginfo_t seen;
static void take_information(int number, siginfo_t *information, void *context)
{
    (void)number;
    (void)context;
    seen = *information;
}

CASE(what_a_handler_is_told)
{
    struct sigaction action = {.sa_sigaction = take_information, .sa_flags = SA_SIGINFO};
    union sigval value = {.sival_int = 77};
    sigaction(SIGUSR1, &action, 0);
    sigaction(SIGCHLD, &action, 0);
    kill(getpid(), SIGUSR1);
    say("signal %s code %d", signal_name(seen.si_signo), seen.si_code);
    SEE(seen.si_pid == getpid() && seen.si_uid == getuid());
    SHOW(sigqueue(getpid(), SIGUSR1, value));
    say("code %d value %d", seen.si_code, seen.si_value.sival_int);
    syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
    say("code %d", seen.si_code);
    pid_t pid = child();
    if (pid == 0)
        leave(9);
    reap("child", pid);
    say("signal %s code %d status %d", signal_name(seen.si_signo), seen.si_code, seen.si_status);
    SEE(seen.si_pid == pid);
}

CASE(a_signal_ends_a_wait)
{
    int ends[2];
    char byte;
    pipe(ends);
    on_signal(SIGALRM, 0);
    struct itimerval soon = {{0, 0}, {0, 30000}};
    setitimer(ITIMER_REAL, &soon, 0);
    SHOW(read(ends[0], &byte, 1));
    SEE(caught);
    setitimer(ITIMER_REAL, &soon, 0);
    SHOW(poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, -1));
    setitimer(ITIMER_REAL, &soon, 0);
    struct timespec left = {0, 0};
    SHOW(nanosleep(&(struct timespec){10, 0}, &left));
    SEE(left.tv_sec == 9);
    setitimer(ITIMER_REAL, &soon, 0);
    SHOW(pause());
    int port, udp = udp_socket(&port), tcp = listener(&port, 1);
    setitimer(ITIMER_REAL, &soon, 0);
    SHOW(recv(udp, &byte, 1, 0));
    setitimer(ITIMER_REAL, &soon, 0);
    SHOW(accept(tcp, 0, 0));
    setitimer(ITIMER_REAL, &soon, 0);
    SHOW(syscall(SYS_epoll_wait, syscall(SYS_epoll_create1, 0), &(char[16]){0}, 1, -1));
    pid_t pid = child();
    if (pid == 0) {
        pause_ms(200);
        leave(0);
    }
    setitimer(ITIMER_REAL, &soon, 0);
    SHOW(waitpid(pid, 0, 0));
    reap("child", pid);
    SEE(caught);
}

CASE(a_restarted_wait)
{
    int ends[2];
    char byte;
    pid_t pid, parent = getpid();
    pipe(ends);
    on_signal(SIGUSR1, SA_RESTART);
    pid = child();
    if (pid == 0) {
        pause_ms(30);
        kill(parent, SIGUSR1);
        pause_ms(60);
        write(ends[1], "x", 1);
        leave(0);
    }
    SHOW(read(ends[0], &byte, 1));
    SEE(caught);
    reap("child", pid);
    pid = child();
    if (pid == 0) {
        pause_ms(30);
        kill(parent, SIGUSR1);
        leave(0);
    }
    SHOW(poll(0, 0, 1000));
    reap("child", pid);
    pid = child();
    if (pid == 0) {
        pause_ms(30);
        kill(parent, SIGUSR1);
        leave(0);
    }
    int port, fd = udp_socket(&port);
    struct timeval timeout = {0, 300000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    SHOW(recv(fd, &byte, 1, 0));
    reap("child", pid);
}

CASE(a_mask_for_the_length_of_a_wait)
{
    sigset_t blocked, none, all;
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    on_signal(SIGUSR1, 0);
    sigprocmask(SIG_BLOCK, &blocked, 0);
    raise(SIGUSR1);
    SEE(caught);
    SHOW(ppoll(0, 0, &(struct timespec){2, 0}, &none));
    SEE(caught);
    raise(SIGUSR1);
    SHOW(sigsuspend(&none));
    SEE(caught);
    raise(SIGUSR1);
    SHOW(pselect(0, 0, 0, 0, &(struct timespec){2, 0}, &none));
    SEE(caught);
    raise(SIGUSR1);
    int epoll = syscall(SYS_epoll_create1, 0);
    SHOW(syscall(SYS_epoll_pwait, epoll, &(char[16]){0}, 1, 2000, &none, 8));
    SEE(caught);
    sigprocmask(SIG_BLOCK, 0, &all);
    SEE(sigismember(&all, SIGUSR1));
    siginfo_t information;
    raise(SIGUSR1);
    SHOW(sigwaitinfo(&blocked, &information));
    say("code %d", information.si_code);
    SHOW(sigtimedwait(&blocked, &information, &(struct timespec){0, 10000000}));
}

CASE(flags_of_an_action)
{
    struct sigaction now;
    on_signal(SIGUSR1, SA_RESETHAND);
    raise(SIGUSR1);
    sigaction(SIGUSR1, 0, &now);
    SEE(now.sa_handler == SIG_DFL);
    pid_t pid = child();
    if (pid == 0) {
        on_signal(SIGCHLD, SA_NOCLDWAIT);
        pid = child();
        if (pid == 0)
            leave(0);
        SHOW(waitpid(pid, 0, 0));
        SEE(caught);
        leave(0);
    }
    reap("child", pid);
}

static volatile int depth, deepest, runs;
static void nest(int number)
{
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (++runs < 3)
        raise(number);
    depth--;
}

CASE(a_handler_is_not_interrupted_by_its_own_signal)
{
    struct sigaction action = {.sa_handler = nest, .sa_flags = 0};
    sigaction(SIGUSR1, &action, 0);
    raise(SIGUSR1);
    say("%d runs, %d deep", runs, deepest);
    deepest = runs = 0;
    action.sa_flags = SA_NODEFER;
    sigaction(SIGUSR1, &action, 0);
    raise(SIGUSR1);
    say("%d runs, %d deep", runs, deepest);
}

static sigjmp_buf out;
static volatile int code;
static void *volatile address;
static char *volatile stack_low, *volatile stack_high;
static volatile int on_stack;
static void leave_fault(int number, siginfo_t *information, void *context)
{
    char here;
    (void)context;
    last_signal = number;
    code = information->si_code;
    address = information->si_addr;
    on_stack = &here >= stack_low && &here < stack_high;
    siglongjmp(out, 1);
}

static void catch_faults(int flags)
{
    struct sigaction action = {.sa_sigaction = leave_fault, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGSEGV, &action, 0);
    sigaction(SIGBUS, &action, 0);
    sigaction(SIGILL, &action, 0);
    sigaction(SIGFPE, &action, 0);
    sigaction(SIGTRAP, &action, 0);
}

#define FAULT(what, statement)                                                            \
    do {                                                                                  \
        if (!sigsetjmp(out, 1)) {                                                         \
            statement;                                                                    \
            say("%s: no fault", what);                                                    \
        } else                                                                            \
            say("%s: %s code %d", what, signal_name(last_signal), code);                  \
    } while (0)

CASE(faults_are_caught)
{
    char *page = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile int zero = 0;
    catch_faults(0);
    FAULT("a null pointer", *(volatile int *)16 = 1);
    SEE(address == (void *)16);
    FAULT("a page that is read only", *(volatile char *)(page + 5) = 1);
    SEE(address == page + 5);
    FAULT("a page that is not executable", ((void (*)(void))(uintptr_t)page)());
    FAULT("a kernel address", *(volatile int *)0xffffffff80000000 = 1);
    FAULT("no address", *(volatile int *)0x8000000000000000 = 1);
    FAULT("division by zero", asm volatile("idivl %0" ::"r"(zero), "a"(1), "d"(0)));
    FAULT("an invalid instruction", asm volatile("ud2"));
    FAULT("a privileged instruction", asm volatile("hlt"));
    FAULT("a privileged register", asm volatile("mov %%cr0, %%rax" ::: "rax"));
    FAULT("a breakpoint", asm volatile("int3"));
    SHOW(munmap(page, 4096));
    FAULT("a page that is gone", *(volatile char *)page);
}

CASE(a_fault_that_nobody_catches)
{
    pid_t pid = child();
    if (pid == 0)
        *(volatile int *)16 = 1;
    reap("a null pointer", pid);
    pid = child();
    if (pid == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, 0);
        *(volatile int *)16 = 1;
    }
    reap("with the signal blocked", pid);
    pid = child();
    if (pid == 0) {
        signal(SIGSEGV, SIG_IGN);
        *(volatile int *)16 = 1;
    }
    reap("with the signal ignored", pid);
    pid = child();
    if (pid == 0)
        asm volatile("ud2");
    reap("an invalid instruction", pid);
}

static int overflow(int n)
{
    volatile char space[4096];
    space[0] = n;
    return n ? overflow(n + 1) + space[0] : 0;
}

CASE(an_alternate_stack)
{
    static char space[32768];
    stack_t stack = {.ss_sp = space, .ss_size = sizeof space}, old;
    stack_low = space;
    stack_high = space + sizeof space;
    SHOW(sigaltstack(0, &old));
    SEE(old.ss_flags);
    SHOW(sigaltstack(&stack, 0));
    SHOW(sigaltstack(0, &old));
    SEE(old.ss_sp == space && old.ss_size == sizeof space && old.ss_flags == 0);
    catch_faults(SA_ONSTACK);
    FAULT("an endless recursion", overflow(1));
    SEE(on_stack);
    stack.ss_size = 100;
    SHOW(sigaltstack(&stack, 0));
    stack.ss_flags = 99;
    SHOW(sigaltstack(&stack, 0));
    stack.ss_flags = SS_DISABLE;
    SHOW(sigaltstack(&stack, 0));
    FAULT("a null pointer", *(volatile int *)16 = 1);
    SEE(on_stack);
}

static double before_signal;
static void spoil(int number)
{
    (void)number;
    asm volatile("pxor %%xmm0, %%xmm0\n pxor %%xmm7, %%xmm7" ::: "xmm0", "xmm7");
    before_signal = 0;
}

CASE(registers_survive_a_handler)
{
    uint64_t in = 0x123456789abcdef0, out_of_it = 0, r12 = 0;
    signal(SIGUSR1, spoil);
    asm volatile("movq %2, %%xmm7\n movq %2, %%r12\n syscall\n movq %%xmm7, %0\n movq %%r12, %1"
                 : "=r"(out_of_it), "=r"(r12)
                 : "r"(in), "a"((long)SYS_kill), "D"((long)getpid()), "S"((long)SIGUSR1)
                 : "rcx", "r11", "r12", "xmm7", "memory");
    SEE(out_of_it == in);
    SEE(r12 == in);
}

CASE(timers_that_signal)
{
    struct itimerval timer = {{0, 10000}, {0, 10000}}, left;
    on_signal(SIGALRM, 0);
    SHOW(alarm(0) > 0);
    SHOW(alarm(100));
    SHOW(alarm(0));
    SHOW(setitimer(ITIMER_REAL, &timer, 0));
    while (caught < 3)
        pause();
    SHOW(getitimer(ITIMER_REAL, &left));
    SEE(left.it_interval.tv_usec);
    timer = (struct itimerval){{0, 0}, {0, 0}};
    SHOW(setitimer(ITIMER_REAL, &timer, &left));
    SEE(caught >= 3);
    timer.it_value.tv_usec = 1000000;
    SHOW(setitimer(ITIMER_REAL, &timer, 0));
    SHOW(setitimer(77, &timer, 0));
}

CASE(timers_of_processor_time)
{
    static const struct { int which, signal; } timers[] = {{ITIMER_VIRTUAL, SIGVTALRM}, {ITIMER_PROF, SIGPROF}};
    for (int i = 0; i < COUNT(timers); i++) {
        struct itimerval timer = {{0, 0}, {0, 10000}}, left;
        on_signal(timers[i].signal, 0);
        caught = 0;
        SHOW(getitimer(timers[i].which, &left));
        SEE(left.it_value.tv_sec + left.it_value.tv_usec);
        SHOW(setitimer(timers[i].which, &timer, 0));
        /* Nothing but work. */
        while (!caught)
            ;
        SEE(last_signal == timers[i].signal);
        SHOW(getitimer(timers[i].which, &left));
        SEE(left.it_value.tv_sec + left.it_value.tv_usec);
        timer = (struct itimerval){{0, 10000}, {0, 10000}};
        SHOW(setitimer(timers[i].which, &timer, 0));
        while (caught < 4)
            getppid();
        timer = (struct itimerval){{0, 0}, {100, 0}};
        SHOW(setitimer(timers[i].which, &timer, &left));
        SEE(left.it_interval.tv_usec);
        SHOW(getitimer(timers[i].which, &left));
        SEE(left.it_value.tv_sec > 90 && left.it_value.tv_sec <= 100);
        pid_t pid = child();
        if (pid == 0) {
            SHOW(getitimer(timers[i].which, &left));
            SEE(left.it_value.tv_sec);
            leave(0);
        }
        reap("a child has none of it", pid);
        SHOW(setitimer(timers[i].which, &(struct itimerval){{0, 0}, {0, 0}}, &left));
        SHOW(setitimer(timers[i].which, &(struct itimerval){{0, 0}, {0, 1000000}}, &left));
    }
}

CASE(stopping_and_going_on)
{
    int status;
    pid_t pid = child();
    if (pid == 0)
        for (;;)
            pause();
    kill(pid, SIGSTOP);
    SEE(waitpid(pid, &status, WUNTRACED) == pid);
    say("%s", status_text(status));
    kill(pid, SIGCONT);
    SEE(waitpid(pid, &status, WCONTINUED) == pid);
    say("%s", status_text(status));
    kill(pid, SIGKILL);
    reap("child", pid);
}
