/* Descriptors: numbers, dup, fcntl, close-on-exec, limits, sharing; pipes; reading and writing by vectors; sendfile. */
#include "suite.h"
#include <sys/resource.h>
#include <sys/sendfile.h>

CASE(numbers_are_the_lowest_free)
{
    SHOW(open("/dev/null", O_RDWR));
    SHOW(open("/dev/null", O_RDONLY));
    SHOW(close(3));
    SHOW(open("/dev/null", O_WRONLY));
    SHOW(close(3));
    SHOW(close(3));
    SHOW(close(-1));
    SHOW(close(1 << 20));
}

CASE(dup_dup2_dup3)
{
    int fd = SHOW(open("/dev/zero", O_RDONLY | O_CLOEXEC));
    SHOW(dup(fd));
    SHOW(dup(99));
    SHOW(dup2(fd, 7));
    SHOW(dup2(fd, fd));
    SHOW(dup2(99, 99));
    SHOW(dup2(99, 7));
    SHOW(fcntl(7, F_GETFD));
    SHOW(dup2(fd, -1));
    SHOW(dup2(fd, 1 << 24));
    SHOW(dup3(fd, 9, O_CLOEXEC));
    SHOW(fcntl(9, F_GETFD));
    SHOW(dup3(fd, fd, 0));
    SHOW(dup3(fd, 9, O_NONBLOCK));
    SHOW(dup3(99, 9, 0));
    SHOW(dup(fd));
}

CASE(fcntl_commands)
{
    int fd = SHOW(open("/dev/null", O_RDWR));
    SHOW(fcntl(fd, F_GETFD));
    SHOW(fcntl(fd, F_SETFD, FD_CLOEXEC));
    SHOW(fcntl(fd, F_GETFD));
    SHOW(fcntl(fd, F_SETFD, 0));
    SHOW(fcntl(fd, F_DUPFD, 10));
    SHOW(fcntl(fd, F_DUPFD_CLOEXEC, 10));
    SHOW(fcntl(10, F_GETFD));
    SHOW(fcntl(11, F_GETFD));
    SHOW(fcntl(fd, F_DUPFD, -1));
    SHOW(fcntl(fd, F_DUPFD, 1 << 24));
    SHOW(fcntl(99, F_GETFD));
    SHOW(fcntl(99, F_GETFL));
    SHOW(fcntl(fd, 9999));
    SHOW(fcntl(fd, F_GETFL) & O_ACCMODE);
}

CASE(status_flags_belong_to_the_description)
{
    int ends[2], copy;
    char byte;
    SHOW(pipe(ends));
    copy = SHOW(dup(ends[0]));
    SHOW(fcntl(ends[0], F_GETFL));
    SHOW(fcntl(ends[1], F_GETFL));
    SHOW(fcntl(copy, F_SETFL, O_NONBLOCK));
    SHOW(fcntl(ends[0], F_GETFL));
    SHOW(read(ends[0], &byte, 1));
    SHOW(fcntl(ends[0], F_SETFL, O_APPEND));
    SHOW(fcntl(copy, F_GETFL));
    SHOW(fcntl(copy, F_SETFL, O_RDWR | O_CREAT | O_NONBLOCK));
    SHOW(fcntl(ends[0], F_GETFL));
}

CASE(fork_shares_descriptions)
{
    int ends[2], fd;
    pid_t pid;
    char data[4] = "";
    fd = open("shared", O_RDWR | O_CREAT, 0644);
    SHOW(write(fd, "abcdef", 6));
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(pipe(ends));
    pid = child();
    if (pid == 0) {
        SHOW(read(fd, data, 2));
        SHOW(fcntl(ends[0], F_SETFL, O_NONBLOCK));
        SHOW(close(ends[0]));
        leave(7);
    }
    reap("child", pid);
    SHOW(read(fd, data, 2));
    say_bytes("the rest", data, 2);
    SHOW(fcntl(ends[0], F_GETFL));
    SHOW(unlink("shared"));
}

CASE(too_many_descriptors)
{
    struct rlimit limit = {6, 6}, seen;
    int ends[2];
    SHOW(setrlimit(RLIMIT_NOFILE, &limit));
    SHOW(getrlimit(RLIMIT_NOFILE, &seen));
    SEE(seen.rlim_cur);
    SHOW(dup(0));
    SHOW(dup(0));
    SHOW(pipe(ends));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    SHOW(dup(0));
    SHOW(dup(0));
    SHOW(open("/dev/null", O_RDONLY));
    SHOW(socket(AF_INET, SOCK_STREAM, 0));
    SHOW(fcntl(0, F_DUPFD, 6));
    SHOW(dup2(0, 6));
    SHOW(dup2(0, 5));
    SHOW(syscall(SYS_epoll_create1, 0));
}

CASE(accept_without_a_number_keeps_the_connection)
{
    struct rlimit limit = {6, 6};
    int port, listening = listener(&port, 5), near, spare;
    near = socket(AF_INET, SOCK_STREAM, 0);
    SHOW(connect(near, LOCAL(port)));
    spare = dup(0);
    setrlimit(RLIMIT_NOFILE, &limit);
    SHOW(accept(listening, 0, 0));
    SHOW(close(spare));
    SHOW(accept(listening, 0, 0));
}

CASE(pipes)
{
    int ends[2];
    char data[20];
    SHOW(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    SHOW(fcntl(ends[0], F_GETFD));
    SHOW(fcntl(ends[1], F_GETFL));
    SHOW(pipe2(ends, O_APPEND));
    SHOW(syscall(SYS_pipe2, BAD_POINTER, 0));
    SHOW(syscall(SYS_pipe, BAD_POINTER));
    SHOW(read(ends[0], data, 1));
    SHOW(write(ends[1], "hello", 5));
    SHOW(write(ends[0], "x", 1));
    SHOW(read(ends[1], data, 1));
    SHOW(read(ends[0], data, 2));
    SHOW(read(ends[0], data, 20));
    SHOW(read(ends[0], data, 0));
    SHOW(write(ends[1], "", 0));
    SHOW(lseek(ends[0], 0, SEEK_CUR));
    SHOW(syscall(SYS_write, ends[1], BAD_POINTER, 5));
    SHOW(write(ends[1], "x", 1));
    SHOW(syscall(SYS_read, ends[0], BAD_POINTER, 5));
    SHOW(read(ends[0], data, 5));
    SHOW(close(ends[1]));
    SHOW(read(ends[0], data, 5));
}

CASE(a_pipe_without_a_reader)
{
    int ends[2];
    pid_t pid;
    SHOW(pipe(ends));
    SHOW(close(ends[0]));
    pid = child();
    if (pid == 0) {
        write(ends[1], "x", 1);
        leave(0);
    }
    reap("writer", pid);
    signal(SIGPIPE, SIG_IGN);
    SHOW(write(ends[1], "x", 1));
    show_poll("writer", ends[1], POLLOUT | POLLIN, 0);
    on_signal(SIGPIPE, 0);
    SHOW(write(ends[1], "x", 1));
    SEE(caught);
    say("last signal %s", signal_name(last_signal));
}

CASE(a_pipe_fills_up)
{
    static char block[4096];
    int ends[2], blocks = 0;
    pipe2(ends, O_NONBLOCK);
    SHOW(fcntl(ends[1], F_GETPIPE_SZ));
    while (write(ends[1], block, sizeof block) == sizeof block)
        blocks++;
    SEE(blocks);
    SHOW(write(ends[1], block, 1));
    show_poll("full", ends[1], POLLOUT, 0);
    SHOW(read(ends[0], block, 4096));
    show_poll("with room", ends[1], POLLOUT, 0);
    SHOW(write(ends[1], block, 4096));
    SHOW(write(ends[1], block, 4096));
    int waiting = 0;
    SHOW(ioctl(ends[0], FIONREAD, &waiting));
    SEE(waiting);
}

CASE(a_blocking_write_waits_for_its_reader)
{
    static char data[200000];
    int ends[2];
    long total = 0, result;
    pid_t pid;
    pipe(ends);
    memset(data, 'p', sizeof data);
    pid = child();
    if (pid == 0) {
        close(ends[0]);
        SHOW(write(ends[1], data, sizeof data));
        leave(0);
    }
    close(ends[1]);
    while ((result = read(ends[0], data, 3000)) > 0) {
        for (long i = 0; i < result; i++)
            need(data[i] == 'p', "the bytes that were written");
        total += result;
    }
    reap("writer", pid);
    SEE(total);
}

CASE(vectors)
{
    int ends[2];
    char one[3], two[10] = "";
    struct iovec out[3] = {{"abc", 3}, {"", 0}, {"defg", 4}}, in[2] = {{one, 3}, {two, 10}};
    pipe(ends);
    SHOW(writev(ends[1], out, 3));
    SHOW(readv(ends[0], in, 2));
    say_bytes("first", one, 3);
    say_bytes("second", two, 4);
    SHOW(writev(ends[1], out, 0));
    SHOW(writev(ends[1], out, -1));
    SHOW(writev(ends[1], out, 1025));
    SHOW(syscall(SYS_writev, ends[1], BAD_POINTER, 1));
    out[1] = (struct iovec){BAD_POINTER, 4};
    SHOW(writev(ends[1], out, 3));
    out[0] = (struct iovec){BAD_POINTER, 4};
    SHOW(writev(ends[1], out, 3));
    out[0] = (struct iovec){"x", (size_t)-1};
    SHOW(writev(ends[1], out, 1));
    SHOW(readv(99, in, 2));
    SHOW(writev(99, in, 2));
}

CASE(the_null_and_zero_devices)
{
    char data[8] = "xxxxxxx";
    int fd = open("/dev/null", O_RDWR);
    SHOW(read(fd, data, 8));
    SHOW(write(fd, data, 8));
    SHOW(lseek(fd, 100, SEEK_SET));
    show_poll("/dev/null", fd, POLLIN | POLLOUT, 0);
    fd = open("/dev/zero", O_RDWR);
    SHOW(read(fd, data, 4));
    say_bytes("zeros", data, 8);
    SHOW(write(fd, data, 8));
    SHOW(syscall(SYS_read, fd, BAD_POINTER, 4));
    fd = open("/dev/full", O_RDWR);
    SHOW(write(fd, data, 8));
    SHOW(read(fd, data, 2));
    SHOW(ioctl(fd, FIONREAD, data));
    SHOW(ioctl(0x4000, FIONREAD, data));
}

CASE(random_devices_give_other_bytes_every_time)
{
    char one[16] = "", two[16] = "", three[16] = "";
    int fd = open("/dev/urandom", O_RDONLY);
    SHOW(read(fd, one, 16));
    SHOW(read(fd, two, 16));
    SEE(memcmp(one, two, 16) != 0);
    SHOW(syscall(SYS_getrandom, three, 16, 0));
    SHOW(syscall(SYS_getrandom, two, 16, 1));
    SEE(memcmp(three, two, 16) != 0);
    SHOW(syscall(SYS_getrandom, two, 16, 8));
    SHOW(syscall(SYS_getrandom, two, 0, 0));
    SHOW(syscall(SYS_getrandom, BAD_POINTER, 16, 0));
    show_poll("/dev/urandom", fd, POLLIN, 0);
}

CASE(sendfile_from_a_file)
{
    int ends[2], file = open("source", O_RDWR | O_CREAT | O_TRUNC, 0600), target[2];
    char data[20];
    off_t offset = 2;
    write(file, "0123456789", 10);
    lseek(file, 0, SEEK_SET);
    pipe(ends);
    tcp_pair(target);
    SHOW(sendfile(ends[1], file, 0, 4));
    SHOW(sendfile(ends[1], file, &offset, 3));
    SEE(offset);
    SHOW(sendfile(target[0], file, 0, 100));
    SHOW(sendfile(target[0], file, 0, 100));
    SHOW(lseek(file, 0, SEEK_CUR));
    SHOW(read(ends[0], data, 20));
    say_bytes("pipe", data, 7);
    SHOW(read(target[1], data, 20));
    say_bytes("socket", data, 6);
    offset = -1;
    SHOW(sendfile(ends[1], file, &offset, 3));
    SHOW(sendfile(ends[1], ends[0], 0, 3));
    SHOW(sendfile(ends[0], file, 0, 3));
    SHOW(sendfile(99, file, 0, 3));
    SHOW(sendfile(ends[1], 99, 0, 3));
    SHOW(syscall(SYS_sendfile, ends[1], file, BAD_POINTER, 3));
    SHOW(unlink("source"));
}

CASE(closing_a_range)
{
    dup2(0, 5);
    dup2(0, 6);
    dup2(0, 8);
    SHOW(syscall(SYS_close_range, 6, 100, 0));
    SHOW(fcntl(5, F_GETFD));
    SHOW(fcntl(6, F_GETFD));
    SHOW(fcntl(8, F_GETFD));
    SHOW(syscall(SYS_close_range, 5, 5, 4));
    SHOW(fcntl(5, F_GETFD));
    SHOW(syscall(SYS_close_range, 9, 5, 0));
    SHOW(syscall(SYS_close_range, 5, 9, 64));
}

CASE(fionbio)
{
    int ends[2], on = 1;
    char byte;
    pipe(ends);
    SHOW(ioctl(ends[0], FIONBIO, &on));
    SHOW(fcntl(ends[0], F_GETFL));
    SHOW(read(ends[0], &byte, 1));
    on = 0;
    SHOW(ioctl(ends[0], FIONBIO, &on));
    SHOW(fcntl(ends[0], F_GETFL));
    SHOW(ioctl(ends[0], FIONBIO, BAD_POINTER));
    SHOW(ioctl(ends[0], FIOCLEX, 0));
    SHOW(fcntl(ends[0], F_GETFD));
    SHOW(ioctl(ends[0], FIONCLEX, 0));
    SHOW(fcntl(ends[0], F_GETFD));
    SHOW(ioctl(ends[0], TIOCGWINSZ, &on));
    SHOW(isatty(ends[0]));
}
