/* suite [NAME...]: run the cases of these names, or all; one line for each value, `case: call = result`. */
#include "suite.h"
#include <stdarg.h>

/* A case that takes longer is killed. */
#define PATIENCE 20

extern const struct test __start_cases[], __stop_cases[];
static const char *current = "suite";
volatile sig_atomic_t caught, last_signal;

#define E(name) [name] = #name
static const char *const errnos[] = {
    E(EPERM), E(ENOENT), E(ESRCH), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(ENOEXEC), E(EBADF), E(ECHILD), E(EAGAIN), E(ENOMEM), E(EACCES), E(EFAULT),
    E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV), E(ENOTDIR), E(EISDIR), E(EINVAL), E(ENFILE), E(EMFILE), E(ENOTTY), E(ETXTBSY), E(EFBIG), E(ENOSPC),
    E(ESPIPE), E(EROFS), E(EMLINK), E(EPIPE), E(EDOM), E(ERANGE), E(EDEADLK), E(ENAMETOOLONG), E(ENOLCK), E(ENOSYS), E(ENOTEMPTY), E(ELOOP),
    E(ENOTSOCK), E(EDESTADDRREQ), E(EMSGSIZE), E(EPROTOTYPE), E(ENOPROTOOPT), E(EPROTONOSUPPORT), E(ESOCKTNOSUPPORT), E(EOPNOTSUPP),
    E(EPFNOSUPPORT), E(EAFNOSUPPORT), E(EADDRINUSE), E(EADDRNOTAVAIL), E(ENETDOWN), E(ENETUNREACH), E(ENETRESET), E(ECONNABORTED), E(ECONNRESET),
    E(ENOBUFS), E(EISCONN), E(ENOTCONN), E(ESHUTDOWN), E(ETOOMANYREFS), E(ETIMEDOUT), E(ECONNREFUSED), E(EHOSTDOWN), E(EHOSTUNREACH), E(EALREADY),
    E(EINPROGRESS), E(ECANCELED), E(EOVERFLOW), E(EPROTO), E(EILSEQ),
};
static const char *const signals[] = {
    E(SIGHUP), E(SIGINT), E(SIGQUIT), E(SIGILL), E(SIGTRAP), E(SIGABRT), E(SIGBUS), E(SIGFPE), E(SIGKILL), E(SIGUSR1), E(SIGSEGV), E(SIGUSR2),
    E(SIGPIPE), E(SIGALRM), E(SIGTERM), E(SIGCHLD), E(SIGCONT), E(SIGSTOP), E(SIGTSTP), E(SIGTTIN), E(SIGTTOU), E(SIGURG), E(SIGSYS), E(SIGVTALRM),
};

static const char *name_in(const char *const *names, int count, int number)
{
    static char text[16];
    if (number > 0 && number < count && names[number])
        return names[number];
    snprintf(text, sizeof text, "%d", number);
    return text;
}

const char *errno_name(int error)
{
    return name_in(errnos, COUNT(errnos), error);
}

const char *signal_name(int number)
{
    return name_in(signals, COUNT(signals), number);
}

const char *poll_bits(int bits)
{
    static const struct { int bit; const char *name; } names[] = {
        {POLLIN, "IN"}, {POLLPRI, "PRI"}, {POLLOUT, "OUT"}, {POLLERR, "ERR"}, {POLLHUP, "HUP"}, {POLLNVAL, "NVAL"}, {POLLRDNORM, "RDNORM"},
        {POLLRDBAND, "RDBAND"}, {POLLWRNORM, "WRNORM"}, {POLLWRBAND, "WRBAND"}, {0x2000, "RDHUP"},
    };
    static char text[100];
    text[0] = 0;
    for (int i = 0; i < COUNT(names); i++)
        if (bits & names[i].bit) {
            if (text[0])
                strcat(text, "|");
            strcat(text, names[i].name);
        }
    return text[0] ? text : "0";
}

const char *status_text(int status)
{
    static char text[40];
    if (WIFEXITED(status))
        snprintf(text, sizeof text, "exit %d", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        snprintf(text, sizeof text, "killed by %s", signal_name(WTERMSIG(status)));
    else if (WIFSTOPPED(status))
        snprintf(text, sizeof text, "stopped by %s", signal_name(WSTOPSIG(status)));
    else
        snprintf(text, sizeof text, WIFCONTINUED(status) ? "continued" : "status %x", status);
    return text;
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%s: ", current);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

/* The text of a call as one line: macros leave the spaces of the source. */
long show(const char *text, long result)
{
    int error = errno;
    if (result == -1)
        say("%s = -1 %s", text, errno_name(error));
    else
        say("%s = %ld", text, result);
    errno = error;
    return result;
}

long see(const char *text, long value)
{
    say("%s: %ld", text, value);
    return value;
}

void say_bytes(const char *what, const void *data, long count)
{
    const unsigned char *bytes = data;
    printf("%s: %s: \"", current, what);
    for (long i = 0; i < count; i++)
        if (bytes[i] >= ' ' && bytes[i] < 127 && bytes[i] != '"' && bytes[i] != '\\')
            putchar(bytes[i]);
        else
            printf("\\%03o", bytes[i]);
    printf("\"\n");
}

pid_t child(void)
{
    fflush(stdout);
    return fork();
}

void leave(int status)
{
    fflush(stdout);
    _exit(status);
}

void reap(const char *what, pid_t pid)
{
    int status = 0;
    fflush(stdout);
    if (waitpid(pid, &status, 0) != pid)
        say("%s: waitpid: %s", what, errno_name(errno));
    else
        say("%s: %s", what, status_text(status));
}

void need(int condition, const char *what)
{
    if (condition)
        return;
    say("cannot go on without %s (%s)", what, errno_name(errno));
    leave(99);
}

struct sockaddr_in local(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

int port_of(int fd)
{
    struct sockaddr_in name = {0};
    socklen_t size = sizeof name;
    getsockname(fd, (struct sockaddr *)&name, &size);
    return ntohs(name.sin_port);
}

void say_name(const char *what, const struct sockaddr_in *name)
{
    say("%s: family %d, address %s, %s", what, name->sin_family, inet_ntoa(name->sin_addr), name->sin_port ? "a port" : "no port");
}

int listener(int *port, int backlog)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    need(fd >= 0 && !bind(fd, LOCAL(0)) && !listen(fd, backlog), "a listener");
    *port = port_of(fd);
    return fd;
}

void tcp_pair(int ends[2])
{
    int port, listening = listener(&port, 5);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    need(!connect(ends[0], LOCAL(port)), "a connection");
    ends[1] = accept(listening, 0, 0);
    need(ends[1] >= 0, "the other end");
    close(listening);
}

int udp_socket(int *port)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    need(fd >= 0 && !bind(fd, LOCAL(0)), "a UDP socket");
    *port = port_of(fd);
    return fd;
}

void show_poll(const char *what, int fd, int events, int timeout)
{
    struct pollfd row = {.fd = fd, .events = events};
    int result = poll(&row, 1, timeout);
    say("poll %s = %d, %s", what, result, poll_bits(row.revents));
}

int wait_for(int fd, int events)
{
    struct pollfd row = {.fd = fd, .events = events};
    return poll(&row, 1, 2000);
}

long read_all(int fd, void *buffer, long count)
{
    long got = 0, result = 1;
    while (got < count && result > 0) {
        result = read(fd, (char *)buffer + got, count - got);
        if (result > 0)
            got += result;
    }
    return got;
}

long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void pause_ms(long duration)
{
    nanosleep(&(struct timespec){duration / 1000, duration % 1000 * 1000000}, 0);
}

void count_signal(int number)
{
    caught++;
    last_signal = number;
}

void on_signal(int number, int flags)
{
    struct sigaction action = {.sa_handler = count_signal, .sa_flags = flags};
    sigaction(number, &action, 0);
}

static int is_wanted(const char *name, char **names)
{
    if (!*names)
        return 1;
    for (; *names; names++)
        if (!strcmp(name, *names))
            return 1;
    return 0;
}

/* One case, in a process and a process group of its own. */
static int run(const struct test *test)
{
    int status = 0;
    pid_t pid;
    current = test->name;
    pid = child();
    if (pid == 0) {
        alarm(PATIENCE);
        test->run();
        leave(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        say("no process: %s", errno_name(errno));
    else if (status)
        say("the case ended with: %s", status_text(status));
    return status != 0;
}

int main(int argc, char **argv)
{
    static char directory[] = "/tmp/suiteXXXXXX";
    int cases = 0, bad = 0;
    (void)argc;
    syscall(SYS_close_range, 3, -1, 0);
    if (!mkdtemp(directory) || chdir(directory)) {
        perror(directory);
        return 2;
    }
    for (const struct test *test = __start_cases; test < __stop_cases; test++)
        if (is_wanted(test->name, argv + 1)) {
            bad += run(test);
            cases++;
        }
    current = "suite";
    say("%d cases, %d ended badly", cases, bad);
    fflush(stdout);
    if (chdir("/") || rmdir(directory))
        perror(directory);
    return bad != 0 || cases == 0;
}
