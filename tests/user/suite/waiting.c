/* select, poll and epoll over every kind of descriptor; eventfd and timerfd. */
#include "suite.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/timerfd.h>

CASE(poll_of_many_kinds)
{
    struct pollfd rows[5];
    int ends[2], pair[2], port;
    pipe(ends);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    rows[0] = (struct pollfd){ends[0], POLLIN, 0};
    rows[1] = (struct pollfd){ends[1], POLLOUT, 0};
    rows[2] = (struct pollfd){pair[0], POLLIN | POLLOUT | POLLRDHUP, 0};
    rows[3] = (struct pollfd){udp_socket(&port), POLLIN | POLLOUT, 0};
    rows[4] = (struct pollfd){99, POLLIN, 0};
    SHOW(poll(rows, 5, 0));
    for (int i = 0; i < 5; i++)
        say("row %d: %s", i, poll_bits(rows[i].revents));
    rows[4].fd = -1;
    SHOW(poll(rows, 5, -1));
    SEE(rows[4].revents);
    write(ends[1], "x", 1);
    close(pair[1]);
    SHOW(poll(rows, 5, 0));
    for (int i = 0; i < 5; i++)
        say("row %d: %s", i, poll_bits(rows[i].revents));
    SHOW(syscall(SYS_poll, BAD_POINTER, 1, 0));
    SHOW(poll(rows, 1 << 24, 0));
    SHOW(poll(0, 0, 0));
}

CASE(poll_waits_no_longer_than_it_should)
{
    int ends[2];
    pipe(ends);
    struct pollfd row = {ends[0], POLLIN, 0};
    long before = now_ms();
    SHOW(poll(&row, 1, 60));
    SEE(now_ms() - before >= 60 && now_ms() - before < 3000);
    pid_t pid = child();
    if (pid == 0) {
        pause_ms(30);
        write(ends[1], "x", 1);
        leave(0);
    }
    SHOW(poll(&row, 1, 5000));
    say("woken by %s", poll_bits(row.revents));
    reap("writer", pid);
    struct timespec timeout = {0, 40000000};
    char byte;
    read(ends[0], &byte, 1);
    before = now_ms();
    SHOW(ppoll(&row, 1, &timeout, 0));
    SEE(now_ms() - before >= 40);
    timeout.tv_nsec = 1000000000;
    SHOW(syscall(SYS_ppoll, &row, 1, &timeout, 0, 8));
    close(ends[1]);
    SHOW(poll(&row, 1, -1));
    say("ended: %s", poll_bits(row.revents));
}

CASE(select_in_all_its_spellings)
{
    fd_set readable, writable, odd;
    int ends[2];
    struct timeval timeout = {0, 50000};
    struct timespec spec = {0, 1000000};
    pipe(ends);
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&odd);
    FD_SET(ends[0], &readable);
    FD_SET(ends[1], &writable);
    SHOW(select(10, &readable, &writable, &odd, 0));
    say("readable %d writable %d", !!FD_ISSET(ends[0], &readable), !!FD_ISSET(ends[1], &writable));
    FD_SET(ends[0], &readable);
    SHOW(syscall(SYS_select, 10, &readable, 0, 0, &timeout));
    say("readable %d, left %ld us", !!FD_ISSET(ends[0], &readable), (long)timeout.tv_usec);
    write(ends[1], "x", 1);
    FD_SET(ends[0], &readable);
    timeout = (struct timeval){5, 0};
    SHOW(syscall(SYS_select, 10, &readable, 0, 0, &timeout));
    SEE(timeout.tv_sec == 4 && timeout.tv_usec > 0);
    FD_ZERO(&readable);
    FD_SET(50, &readable);
    SHOW(select(60, &readable, 0, 0, &timeout));
    SHOW(select(-1, 0, 0, 0, &timeout));
    timeout = (struct timeval){-1, 0};
    SHOW(syscall(SYS_select, 0, 0, 0, 0, &timeout));
    SHOW(syscall(SYS_select, 10, BAD_POINTER, 0, 0, 0));
    FD_ZERO(&readable);
    FD_SET(ends[0], &readable);
    SHOW(pselect(10, &readable, 0, 0, &spec, 0));
    timeout = (struct timeval){0, 1000};
    SHOW(select(0, 0, 0, 0, &timeout));
    close(ends[0]);
    FD_ZERO(&writable);
    FD_SET(ends[1], &writable);
    SHOW(select(10, 0, &writable, 0, &timeout));
}

static void show_epoll(const char *what, int epoll, int timeout)
{
    struct epoll_event events[8];
    int count = epoll_wait(epoll, events, 8, timeout);
    say("%s: %d", what, count);
    for (int i = 0; i < count; i++)
        say("  data %llx: %s", (unsigned long long)events[i].data.u64, poll_bits(events[i].events & 0xffff));
}

CASE(epoll_by_level)
{
    int ends[2], epoll = SHOW(epoll_create1(EPOLL_CLOEXEC));
    struct epoll_event event = {EPOLLIN, {.u64 = 0xfeedfacecafebeefULL}};
    char byte;
    pipe(ends);
    SHOW(fcntl(epoll, F_GETFD));
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
    show_epoll("nothing yet", epoll, 0);
    write(ends[1], "ab", 2);
    show_epoll("two bytes", epoll, -1);
    show_epoll("still", epoll, 0);
    read(ends[0], &byte, 1);
    show_epoll("one left", epoll, 0);
    read(ends[0], &byte, 1);
    show_epoll("none left", epoll, 0);
    event = (struct epoll_event){EPOLLOUT, {.u64 = 2}};
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &event));
    show_epoll("room", epoll, 0);
    event.events = 0;
    SHOW(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[1], &event));
    show_epoll("nothing wanted", epoll, 0);
    close(ends[0]);
    show_epoll("the reader is gone", epoll, 0);
    SHOW(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[1], 0));
    SHOW(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[1], 0));
    SHOW(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[1], &event));
    show_epoll("nobody", epoll, 0);
}

CASE(epoll_by_edge)
{
    int ends[2], epoll = epoll_create1(0);
    struct epoll_event event = {EPOLLIN | EPOLLET, {.u64 = 7}};
    char byte;
    pipe(ends);
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
    write(ends[1], "ab", 2);
    show_epoll("an edge", epoll, 0);
    show_epoll("no edge", epoll, 0);
    write(ends[1], "c", 1);
    show_epoll("one more", epoll, 0);
    read(ends[0], &byte, 1);
    show_epoll("after a read", epoll, 0);
    SHOW(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event));
    show_epoll("armed anew", epoll, 0);
    close(ends[1]);
    show_epoll("the end", epoll, 0);
}

CASE(epoll_once)
{
    int ends[2], epoll = epoll_create1(0);
    struct epoll_event event = {EPOLLIN | EPOLLONESHOT, {.u64 = 8}};
    pipe(ends);
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
    write(ends[1], "a", 1);
    show_epoll("once", epoll, 0);
    write(ends[1], "b", 1);
    show_epoll("not twice", epoll, 0);
    SHOW(epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &event));
    show_epoll("again", epoll, 0);
}

CASE(epoll_of_epoll)
{
    int ends[2], inner = epoll_create1(0), outer = epoll_create1(0), listening, port;
    struct epoll_event event = {EPOLLIN, {.u64 = 1}};
    pipe(ends);
    SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, ends[0], &event));
    event.data.u64 = 2;
    SHOW(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event));
    show_epoll("nothing", outer, 0);
    show_poll("epoll itself", inner, POLLIN, 0);
    write(ends[1], "x", 1);
    show_poll("epoll itself", inner, POLLIN, 0);
    show_epoll("through two", outer, 0);
    SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &event));
    SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, inner, &event));
    listening = listener(&port, 3);
    event = (struct epoll_event){EPOLLIN | EPOLLEXCLUSIVE, {.u64 = 3}};
    SHOW(epoll_ctl(inner, EPOLL_CTL_ADD, listening, &event));
    SHOW(epoll_ctl(inner, EPOLL_CTL_MOD, listening, &event));
    SHOW(connect(socket(AF_INET, SOCK_STREAM, 0), LOCAL(port)));
    wait_for(listening, POLLIN);
    show_epoll("both", inner, 0);
}

CASE(epoll_refuses)
{
    int epoll = epoll_create1(0), ends[2], file = open("file", O_RDWR | O_CREAT, 0600);
    struct epoll_event event = {EPOLLIN, {0}};
    pipe(ends);
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, file, &event));
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, 99, &event));
    SHOW(epoll_ctl(99, EPOLL_CTL_ADD, ends[0], &event));
    SHOW(epoll_ctl(ends[1], EPOLL_CTL_ADD, ends[0], &event));
    SHOW(epoll_ctl(epoll, 77, ends[0], &event));
    SHOW(syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, ends[0], BAD_POINTER));
    SHOW(epoll_wait(epoll, &event, 0, 0));
    SHOW(epoll_wait(ends[0], &event, 1, 0));
    SHOW(syscall(SYS_epoll_create, 0));
    SHOW(syscall(SYS_epoll_create, 5));
    SHOW(epoll_create1(0x40));
    SHOW(syscall(SYS_epoll_wait, epoll, &event, 1, 0));
    SHOW(syscall(SYS_epoll_pwait, epoll, &event, 1, 10, 0, 8));
    SHOW(syscall(441, epoll, &event, 1, &(struct timespec){0, 1000000}, 0, 8));
    SHOW(read(epoll, &event, 8));
    SHOW(unlink("file"));
}

CASE(closing_leaves_epoll)
{
    int ends[2], epoll = epoll_create1(0), copy;
    struct epoll_event event = {EPOLLIN, {.u64 = 4}};
    pipe(ends);
    write(ends[1], "x", 1);
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
    copy = dup(ends[0]);
    close(ends[0]);
    show_epoll("a copy is open", epoll, 0);
    close(copy);
    show_epoll("all closed", epoll, 0);
}

CASE(eventfds)
{
    uint64_t value = 5;
    int fd = SHOW(eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC));
    SHOW(fcntl(fd, F_GETFD));
    show_poll("3", fd, POLLIN | POLLOUT, 0);
    SHOW(write(fd, &value, 8));
    SHOW(read(fd, &value, 8));
    SEE(value);
    SHOW(read(fd, &value, 8));
    show_poll("0", fd, POLLIN | POLLOUT, 0);
    SHOW(write(fd, &value, 4));
    SHOW(read(fd, &value, 4));
    value = -1;
    SHOW(write(fd, &value, 8));
    value = -2;
    SHOW(write(fd, &value, 8));
    show_poll("full", fd, POLLIN | POLLOUT, 0);
    value = 1;
    SHOW(write(fd, &value, 8));
    fd = SHOW(eventfd(2, EFD_SEMAPHORE));
    SHOW(read(fd, &value, 8));
    SEE(value);
    SHOW(read(fd, &value, 8));
    show_poll("semaphore", fd, POLLIN, 0);
    SHOW(eventfd(0, 0x40));
    SHOW(syscall(SYS_eventfd, 1));
}

CASE(timerfds)
{
    struct itimerspec setting = {{0, 0}, {100, 0}}, old;
    uint64_t count = 0;
    int fd = SHOW(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    SHOW(read(fd, &count, 8));
    SHOW(timerfd_settime(fd, 0, &setting, &old));
    show_poll("not yet", fd, POLLIN, 0);
    setting.it_value = (struct timespec){0, 30000000};
    SHOW(timerfd_settime(fd, 0, &setting, &old));
    SEE(old.it_value.tv_sec);
    show_poll("in time", fd, POLLIN, 2000);
    SHOW(read(fd, &count, 8));
    SEE(count);
    SHOW(read(fd, &count, 8));
    setting = (struct itimerspec){{0, 10000000}, {0, 10000000}};
    SHOW(timerfd_settime(fd, 0, &setting, 0));
    pause_ms(100);
    SHOW(read(fd, &count, 8));
    SEE(count >= 5);
    SHOW(timerfd_gettime(fd, &setting));
    SEE(setting.it_interval.tv_nsec);
    SEE(setting.it_value.tv_nsec > 0 && setting.it_value.tv_nsec <= 10000000);
    setting = (struct itimerspec){{0, 0}, {1, 0}};
    SHOW(timerfd_settime(fd, TFD_TIMER_ABSTIME, &setting, 0));
    show_poll("long ago", fd, POLLIN, 0);
    SHOW(read(fd, &count, 4));
    setting.it_value.tv_nsec = 1000000000;
    SHOW(timerfd_settime(fd, 0, &setting, 0));
    SHOW(timerfd_create(77, 0));
    SHOW(timerfd_create(CLOCK_REALTIME, 0));
    SHOW(timerfd_settime(0, 0, &setting, 0));
    SHOW(write(fd, &count, 8));
}
