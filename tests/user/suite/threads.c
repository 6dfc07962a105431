/* Threads by the C library, and the calls under them: clone, futex, set_tid_address, arch_prctl. */
#include "suite.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

/* futex(2): musl has no header of it. */
enum {
    FUTEX_WAIT = 0,
    FUTEX_WAKE = 1,
    FUTEX_REQUEUE = 3,
    FUTEX_CMP_REQUEUE = 4,
    FUTEX_WAIT_BITSET = 9,
    FUTEX_WAKE_BITSET = 10,
    FUTEX_PRIVATE_FLAG = 128,
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static int counter;
static __thread int own = 1;

static void *count_up(void *argument)
{
    for (int i = 0; i < 500; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
        if (i % 100 == 0)
            sched_yield();
    }
    own += (int)(long)argument;
    return (void *)(long)own;
}

CASE(threads_and_a_mutex)
{
    pthread_t threads[4];
    void *result;
    for (long i = 0; i < 4; i++)
        SHOW(pthread_create(&threads[i], 0, count_up, (void *)i));
    for (int i = 0; i < 4; i++) {
        SHOW(pthread_join(threads[i], &result));
        SEE(result);
    }
    SEE(counter);
    SEE(own);
}

static int whose;
static void *take_turns(void *argument)
{
    int me = (int)(long)argument;
    for (int i = 0; i < 5; i++) {
        pthread_mutex_lock(&mutex);
        while (whose != me)
            pthread_cond_wait(&turn, &mutex);
        say("thread %d, turn %d", me, i);
        whose = !me;
        pthread_cond_broadcast(&turn);
        pthread_mutex_unlock(&mutex);
    }
    return 0;
}

CASE(threads_take_turns)
{
    pthread_t other;
    pthread_create(&other, 0, take_turns, (void *)1);
    take_turns((void *)0);
    SHOW(pthread_join(other, 0));
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 30000000;
    if (soon.tv_nsec >= 1000000000) {
        soon.tv_nsec -= 1000000000;
        soon.tv_sec++;
    }
    pthread_mutex_lock(&mutex);
    say("timed out: %s", strerror(pthread_cond_timedwait(&turn, &mutex, &soon)));
    sem_t semaphore;
    SHOW(sem_init(&semaphore, 0, 1));
    SHOW(sem_wait(&semaphore));
    SHOW(sem_trywait(&semaphore));
}

static int ends[2];
static void *read_one(void *argument)
{
    char byte = 0;
    (void)argument;
    read(ends[0], &byte, 1);
    return (void *)(long)byte;
}

CASE(a_thread_waits_while_another_runs)
{
    pthread_t other;
    void *result;
    pipe(ends);
    pthread_create(&other, 0, read_one, 0);
    pause_ms(30);
    SHOW(write(ends[1], "A", 1));
    SHOW(pthread_join(other, &result));
    SEE(result);
}

static volatile int spinning = 1;
static void *spin(void *argument)
{
    (void)argument;
    while (spinning)
        ;
    return 0;
}

CASE(a_thread_that_spins_is_preempted)
{
    pthread_t other;
    pthread_create(&other, 0, spin, 0);
    pause_ms(50);
    spinning = 0;
    SHOW(pthread_join(other, 0));
}

static volatile pid_t handled_by, other_tid;
static void note_thread(int number)
{
    (void)number;
    handled_by = syscall(SYS_gettid);
}
static void *wait_for_signal(void *argument)
{
    (void)argument;
    other_tid = syscall(SYS_gettid);
    pause();
    return (void *)(long)errno;
}

CASE(signals_go_to_one_thread)
{
    pthread_t other;
    void *result;
    sigset_t set, old;
    struct sigaction action = {.sa_handler = note_thread};
    sigaction(SIGUSR1, &action, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_create(&other, 0, wait_for_signal, 0);
    while (!other_tid)
        pause_ms(5);
    pause_ms(50);
    SEE(other_tid != getpid());
    SHOW(syscall(SYS_tgkill, getpid(), other_tid, SIGUSR1));
    SHOW(pthread_join(other, &result));
    say("its pause: %s", errno_name((int)(long)result));
    SEE(handled_by == other_tid);
    SHOW(pthread_sigmask(SIG_BLOCK, &set, &old));
    handled_by = other_tid = 0;
    pthread_create(&other, 0, read_one, 0);
    kill(getpid(), SIGUSR1);
    SEE(handled_by);
    SHOW(pthread_sigmask(SIG_SETMASK, &old, 0));
    SEE(handled_by == getpid());
    leave(0);
}

static void *exit_all(void *argument)
{
    (void)argument;
    fflush(stdout);
    _exit(12);
}

CASE(exit_group_ends_all_threads)
{
    pid_t pid = child();
    if (pid == 0) {
        pthread_t other;
        pthread_create(&other, 0, exit_all, 0);
        for (;;)
            pause();
    }
    reap("two threads", pid);
    pid = child();
    if (pid == 0) {
        pthread_t other;
        pthread_create(&other, 0, spin, 0);
        *(volatile int *)16 = 1;
    }
    reap("a fault among two threads", pid);
    pid = child();
    if (pid == 0) {
        pthread_t other;
        spinning = 0;
        pthread_create(&other, 0, exit_all, 0);
        syscall(SYS_exit, 3);
    }
    reap("the first thread leaves first", pid);
}

CASE(futexes)
{
    static int word = 5;
    struct timespec timeout = {0, 30000000};
    long before;
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT, 6, 0));
    before = now_ms();
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 5, &timeout));
    SEE(now_ms() - before >= 30);
    SHOW(syscall(SYS_futex, &word, FUTEX_WAKE, 1));
    SHOW(syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1 << 20));
    SHOW(syscall(SYS_futex, BAD_POINTER, FUTEX_WAIT, 5, 0));
    SHOW(syscall(SYS_futex, (char *)&word + 1, FUTEX_WAIT, 5, 0));
    SHOW(syscall(SYS_futex, &word, 99, 5, 0));
    timeout.tv_nsec = 1000000000;
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT, 5, &timeout));
    timeout = (struct timespec){0, 10000000};
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 5, &(struct timespec){1, 0}, 0, -1));
    SHOW(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 5, &timeout, 0, 0));
    SHOW(syscall(SYS_futex, &word, FUTEX_WAKE_BITSET, 1, 0, 0, 1));
    SHOW(syscall(SYS_futex, &word, FUTEX_REQUEUE, 1, 1, &word + 1, 0));
    SHOW(syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE, 1, 1, &word + 1, 6));
    int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = child();
    if (pid == 0) {
        while (*shared == 0)
            syscall(SYS_futex, shared, FUTEX_WAIT, 0, 0);
        leave(*shared);
    }
    pause_ms(30);
    *shared = 8;
    SEE(syscall(SYS_futex, shared, FUTEX_WAKE, 1) <= 1);
    reap("a futex of two processes", pid);
}

static int run_child(void *argument)
{
    *(int *)argument = 42;
    _exit(5);
}

CASE(clone_with_shared_memory)
{
    static char stack[16384] __attribute__((aligned(16)));
    int value = 0;
    pid_t pid;
    fflush(stdout);
    pid = clone(run_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &value);
    SEE(value);
    reap("clone", pid);
    fflush(stdout);
    pid = vfork();
    if (pid == 0)
        _exit(6);
    reap("vfork", pid);
    SHOW(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, 0, 0, 0, 0));
    SHOW(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
}

CASE(robust_locks)
{
    struct { struct { void *next; long offset; void *pending; } head; unsigned word; } *shared =
        mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct { void *next; unsigned word; } *entry = (void *)(shared + 1);
    long size = 0;
    void *head = 0;
    pid_t pid = child();
    if (pid == 0) {
        shared->head.next = entry;
        shared->head.offset = offsetof(__typeof__(*entry), word);
        entry->next = shared;
        entry->word = getpid() | 0x80000000;
        SHOW(syscall(SYS_set_robust_list, shared, 24));
        SHOW(syscall(SYS_get_robust_list, 0, &head, &size));
        SEE(head == shared);
        SEE(size);
        /* The parent sleeps on the word by now, or it sees that the owner is gone. */
        pause_ms(10);
        leave(0);
    }
    while (!entry->word)
        pause_ms(1);
    SEE(!syscall(SYS_futex, &entry->word, 0, pid | 0x80000000, 0, 0, 0) || errno == EAGAIN);
    reap("the owner", pid);
    say("the word: %x", entry->word);
    SHOW(syscall(SYS_get_robust_list, 1 << 30, &head, &size));
}

CASE(the_base_of_fs)
{
    unsigned long base = 0, gs = 0;
    SHOW(syscall(SYS_arch_prctl, 0x1003, &base));
    SEE(base == *(unsigned long *)base);
    SHOW(syscall(SYS_arch_prctl, 0x1001, 0x5000));
    SHOW(syscall(SYS_arch_prctl, 0x1004, &gs));
    SEE(gs);
    SHOW(syscall(SYS_arch_prctl, 0x1002, 0x800000000000));
    SHOW(syscall(SYS_arch_prctl, 0x9999, 0));
    SHOW(syscall(SYS_arch_prctl, 0x1003, BAD_POINTER));
    SEE(syscall(SYS_set_tid_address, &gs) == getpid());
    SHOW(syscall(SYS_set_robust_list, &gs, 24));
    SHOW(syscall(SYS_set_robust_list, &gs, 23));
}
