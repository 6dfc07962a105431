/* fork, execve, wait; process groups and sessions; who a process is. argv[1] of the suite run as a program: see `helper`. */
#include "suite.h"
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <grp.h>

static int data_of_parent = 1;

CASE(fork_copies_memory)
{
    int *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int *own = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *shared = *own = 1;
    pid_t pid = child();
    if (pid == 0) {
        *shared = *own = data_of_parent = 2;
        leave(data_of_parent);
    }
    reap("child", pid);
    say("shared %d, own %d, data %d", *shared, *own, data_of_parent);
}

CASE(wait_in_all_its_ways)
{
    int status = -1;
    struct rusage usage;
    siginfo_t information;
    pid_t pid;
    SHOW(wait(&status));
    SHOW(waitpid(getpid(), &status, 0));
    SHOW(waitpid(-1, &status, WNOHANG));
    SHOW(waitpid(-1, &status, 0x1000));
    pid = child();
    if (pid == 0) {
        pause_ms(50);
        leave(300);
    }
    SHOW(waitpid(pid, &status, WNOHANG));
    SEE(wait4(pid, &status, 0, &usage) == pid);
    say("%s", status_text(status));
    SHOW(waitpid(pid, &status, 0));
    pid = child();
    if (pid == 0)
        leave(5);
    memset(&information, 0, sizeof information);
    SHOW(waitid(P_PID, pid, &information, WEXITED | WNOWAIT));
    SEE(information.si_pid == pid);
    say("code %d status %d signal %s", information.si_code, information.si_status, signal_name(information.si_signo));
    SHOW(waitid(P_ALL, 0, &information, WEXITED));
    SHOW(waitid(P_ALL, 0, &information, WEXITED));
    SHOW(waitid(P_ALL, 0, &information, 0));
    pid = child();
    if (pid == 0)
        raise(SIGTERM);
    reap("a child that a signal kills", pid);
    pid = child();
    if (pid == 0)
        abort();
    reap("a child that aborts", pid);
}

CASE(zombies_and_orphans)
{
    int ends[2];
    char byte;
    pid_t pid, self = getpid();
    pipe(ends);
    pid = child();
    if (pid == 0) {
        if (child() == 0) {
            while (getppid() != 1 && getppid() != 0 && getppid() != self && kill(getppid(), 0) == 0)
                pause_ms(5);
            write(ends[1], "o", 1);
            leave(0);
        }
        leave(6);
    }
    reap("parent of the orphan", pid);
    close(ends[1]);
    SHOW(read(ends[0], &byte, 1));
    SHOW(read(ends[0], &byte, 1));
    pid = child();
    if (pid == 0)
        leave(0);
    while (waitid(P_PID, pid, &(siginfo_t){0}, WEXITED | WNOWAIT))
        ;
    SHOW(kill(pid, 0));
    reap("zombie", pid);
    SHOW(kill(pid, 0));
}

CASE(children_that_nobody_waits_for)
{
    signal(SIGCHLD, SIG_IGN);
    pid_t pid = child();
    if (pid == 0)
        leave(3);
    SHOW(waitpid(pid, 0, 0));
}

CASE(execve_replaces_the_program)
{
    char *arguments[] = {"self", "no-such-case", 0}, *environment[] = {"A=1", 0};
    pid_t pid = child();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        execve("/proc/self/exe", arguments, environment);
        _exit(9);
    }
    reap("itself without a case", pid);
    SHOW(execve("/no/such/program", arguments, environment));
    SHOW(execve("/", arguments, environment));
    int fd = open("script", O_WRONLY | O_CREAT, 0644);
    write(fd, "not a program\n", 14);
    close(fd);
    SHOW(execve("script", arguments, environment));
    chmod("script", 0755);
    SHOW(execve("script", arguments, environment));
    SHOW(syscall(SYS_execve, BAD_POINTER, arguments, environment));
    SHOW(syscall(SYS_execve, "/proc/self/exe", BAD_POINTER, environment));
    static char long_one[140000];
    memset(long_one, 'a', sizeof long_one - 1);
    arguments[1] = long_one;
    SHOW(execve("/proc/self/exe", arguments, environment));
    SHOW(unlink("script"));
}

CASE(a_script_names_its_interpreter)
{
    char self[200], text[300];
    long count = readlink("/proc/self/exe", self, sizeof self - 1);
    self[count] = 0;
    snprintf(text, sizeof text, "#! %s no-such-case\n", self);
    int fd = open("script", O_WRONLY | O_CREAT, 0755);
    write(fd, text, strlen(text));
    close(fd);
    pid_t pid = child();
    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY), 1);
        execl("script", "script", (char *)0);
        _exit(9);
    }
    reap("the interpreter without a case", pid);
    SHOW(unlink("script"));
}

/* What the program that exec starts finds: run as `suite exec_finds` with descriptors 5 and 6. */
CASE(exec_keeps_what_is_not_close_on_exec)
{
    char *arguments[] = {"suite", "exec_finds", 0};
    if (getenv("SUITE_EXEC"))
        return;
    pid_t pid = child();
    if (pid == 0) {
        dup2(0, 5);
        dup2(0, 6);
        fcntl(6, F_SETFD, FD_CLOEXEC);
        signal(SIGUSR1, SIG_IGN);
        on_signal(SIGUSR2, 0);
        setenv("SUITE_EXEC", "1", 1);
        execve("/proc/self/exe", arguments, environ);
        _exit(9);
    }
    reap("the program", pid);
}

CASE(exec_finds)
{
    struct sigaction action;
    if (!getenv("SUITE_EXEC"))
        return;
    SHOW(fcntl(5, F_GETFD));
    SHOW(fcntl(6, F_GETFD));
    SHOW(sigaction(SIGUSR1, 0, &action));
    SEE(action.sa_handler == SIG_IGN);
    SHOW(sigaction(SIGUSR2, 0, &action));
    SEE(action.sa_handler == SIG_DFL);
}

CASE(groups_and_sessions)
{
    int ends[2], ready[2];
    char byte;
    pid_t pid;
    pipe(ends);
    pipe(ready);
    SEE(getpgid(0) == getpgrp());
    SEE(getsid(0) > 0 || getsid(0) == 0);
    SHOW(getpgid(999999));
    SHOW(getsid(999999));
    SHOW(setpgid(0, -1));
    SHOW(setpgid(999999, 0));
    pid = child();
    if (pid == 0) {
        close(ends[1]);
        SHOW(setpgid(0, 0));
        SEE(getpgrp() == getpid());
        SHOW(setsid());
        fflush(stdout);
        write(ready[1], "r", 1);
        read(ends[0], &byte, 1);
        leave(0);
    }
    read(ready[0], &byte, 1);
    SEE(getpgid(pid) == pid);
    SHOW(setpgid(pid, 1));
    SHOW(kill(-pid, SIGUSR1));
    reap("the group's child", pid);
    pid = child();
    if (pid == 0) {
        SEE(setsid() == getpid());
        SEE(getsid(0) == getpid() && getpgrp() == getpid());
        leave(0);
    }
    reap("the leader of a session", pid);
}

CASE(everybody_is_root)
{
    int one = 7, two = 7, three = 7;
    SHOW(getuid());
    SHOW(geteuid());
    SHOW(getgid());
    SHOW(getegid());
    SHOW(syscall(SYS_setuid, 0));
    SHOW(syscall(SYS_setgid, 0));
    SHOW(syscall(SYS_setreuid, 0, 0));
    SHOW(syscall(SYS_setregid, -1, 0));
    SHOW(syscall(SYS_setresuid, 0, 0, 0));
    SHOW(syscall(SYS_setresgid, 0, 0, 0));
    SHOW(syscall(SYS_getresuid, &one, &two, &three));
    say("%d %d %d", one, two, three);
    SHOW(syscall(SYS_getresgid, &one, &two, &three));
    SHOW(syscall(SYS_setfsuid, 0));
    SHOW(syscall(SYS_setfsgid, 0));
    SHOW(getgroups(-1, 0));
    SHOW(syscall(SYS_getresuid, BAD_POINTER, &two, &three));
    SEE(getpid() == (int)syscall(SYS_gettid));
    SEE(getppid() > 0);
}

CASE(limits)
{
    struct rlimit limit;
    SHOW(getrlimit(RLIMIT_STACK, &limit));
    SEE(limit.rlim_cur >= 1 << 20);
    SHOW(getrlimit(RLIMIT_NOFILE, &limit));
    SEE(limit.rlim_cur >= 256);
    limit = (struct rlimit){100, 50};
    SHOW(setrlimit(RLIMIT_CPU, &limit));
    SHOW(syscall(SYS_getrlimit, 99, &limit));
    SHOW(syscall(SYS_setrlimit, 99, &limit));
    limit = (struct rlimit){40, 50};
    SHOW(syscall(SYS_prlimit64, 0, RLIMIT_CPU, &limit, 0));
    SHOW(syscall(SYS_prlimit64, 0, RLIMIT_CPU, 0, &limit));
    say("%ld of %ld", (long)limit.rlim_cur, (long)limit.rlim_max);
    SHOW(syscall(SYS_prlimit64, 999999, RLIMIT_CPU, 0, &limit));
    SHOW(syscall(SYS_prlimit64, 0, RLIMIT_CPU, 0, BAD_POINTER));
}

CASE(the_system)
{
    struct utsname name;
    struct sysinfo information;
    struct rusage usage;
    struct tms times_used;
    SHOW(uname(&name));
    say("%s %s", name.sysname, name.machine);
    SHOW(syscall(SYS_uname, BAD_POINTER));
    SHOW(sysinfo(&information));
    SEE(information.totalram > 0 && information.mem_unit > 0 && information.procs > 0);
    SHOW(getrusage(RUSAGE_SELF, &usage));
    SHOW(getrusage(RUSAGE_CHILDREN, &usage));
    SHOW(getrusage(77, &usage));
    SHOW(times(&times_used) > 0);
    unsigned long mask = 0;
    SHOW(syscall(SYS_sched_getaffinity, 0, 8, &mask) > 0);
    SEE(mask != 0);
    SHOW(syscall(SYS_sched_getaffinity, 0, 3, &mask));
    mask = 1;
    SHOW(syscall(SYS_sched_setaffinity, 0, 8, &mask));
    SHOW(syscall(SYS_sched_getscheduler, 0));
    SHOW(syscall(SYS_sched_get_priority_max, 0));
    SHOW(syscall(SYS_sched_get_priority_min, 0));
    int priority = 1;
    SHOW(syscall(SYS_sched_getparam, 0, &priority));
    SEE(priority);
    SHOW(syscall(SYS_sched_setscheduler, 0, 0, &priority));
    SHOW(syscall(SYS_sched_yield));
    SHOW(syscall(SYS_setpriority, 0, 0, 0));
    SHOW(syscall(SYS_getpriority, 0, 0));
    SHOW(syscall(SYS_setpriority, 9, 0, 0));
    unsigned cpu = 99;
    SHOW(syscall(SYS_getcpu, &cpu, 0, 0));
    SEE(cpu < 99);
    char thread_name[16] = "";
    SHOW(prctl(PR_SET_NAME, "a long name that is cut"));
    SHOW(prctl(PR_GET_NAME, thread_name));
    say("%s", thread_name);
    SHOW(prctl(PR_GET_DUMPABLE));
    SHOW(prctl(PR_SET_DUMPABLE, 1));
    SHOW(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    SHOW(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    SHOW(prctl(99999));
    SHOW(syscall(499));
    SHOW(syscall(-1));
}
