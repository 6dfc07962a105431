/* Clocks and sleeping: no value is the same twice, so relations are shown. */
#include "suite.h"

CASE(clocks)
{
    static const int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW,
        CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI, 77, -1};
    struct timespec first, second;
    for (int i = 0; i < COUNT(clocks); i++) {
        errno = 0;
        long result = syscall(SYS_clock_gettime, clocks[i], &first);
        say("clock %d: %ld %s", clocks[i], result, result ? errno_name(errno) : "ok");
        if (result)
            continue;
        pause_ms(2);
        syscall(SYS_clock_gettime, clocks[i], &second);
        say("goes on: %d", second.tv_sec > first.tv_sec || (second.tv_sec == first.tv_sec && second.tv_nsec >= first.tv_nsec));
        say("resolution: %ld", syscall(SYS_clock_getres, clocks[i], &second));
    }
    SHOW(syscall(SYS_clock_getres, 1, 0));
    SHOW(syscall(SYS_clock_getres, 77, 0));
    struct timeval now;
    SHOW(syscall(SYS_gettimeofday, &now, 0));
    SEE(labs(now.tv_sec - syscall(SYS_time, 0)) <= 1);
    long seconds = 0;
    SEE(syscall(SYS_time, &seconds) == seconds);
    SEE(now.tv_sec > 1700000000);
}

CASE(sleeping)
{
    struct timespec request = {0, 50000000}, deadline;
    long before = now_ms();
    SHOW(syscall(SYS_nanosleep, &request, 0));
    SEE(now_ms() - before >= 50 && now_ms() - before < 3000);
    before = now_ms();
    SHOW(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &request, 0));
    SEE(now_ms() - before >= 50);
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_nsec += 50000000;
    if (deadline.tv_nsec >= 1000000000) {
        deadline.tv_nsec -= 1000000000;
        deadline.tv_sec++;
    }
    SHOW(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, 0));
    SEE(now_ms() >= deadline.tv_sec * 1000 + deadline.tv_nsec / 1000000);
    SHOW(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){1, 0}, 0));
    request.tv_nsec = 1000000000;
    SHOW(syscall(SYS_nanosleep, &request, 0));
    request = (struct timespec){-1, 0};
    SHOW(syscall(SYS_nanosleep, &request, 0));
    SHOW(syscall(SYS_clock_nanosleep, 77, 0, &request, 0));
    SHOW(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &request, 0));
    SHOW(syscall(SYS_nanosleep, BAD_POINTER, 0));
}
