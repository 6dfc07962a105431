/* The POSIX suite: many small cases, each in a process of its own, that print what the system answers. The same binary runs on Linux and on pynet,
 * and the two outputs are compared line by line; so a value that may differ (a port, a pid, a time) is printed as a relation. */
#ifndef SUITE_H
#define SUITE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct test {
    const char *name;
    void (*run)(void);
};

/* CASE(name) { ... } defines a case. All cases lie in one section, in the order of the files and of their lines. */
#define CASE(name)                                                                                            \
    static void name(void);                                                                                   \
    static const struct test test_##name __attribute__((section("cases"), used, aligned(8))) = {#name, name}; \
    static void name(void)

/* Print a call as it stands here with its result, or -1 and errno's name; the value is the result. */
#define SHOW(call) (errno = 0, show(#call, (long)(call)))
/* Print one value with what it is called here. */
#define SEE(value) see(#value, (long)(value))

long show(const char *text, long result);
long see(const char *text, long value);
/* Print a line, printf's way. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Print bytes as a C string. */
void say_bytes(const char *what, const void *data, long count);
const char *errno_name(int error);
const char *signal_name(int number);
/* Names of poll's bits. */
const char *poll_bits(int bits);
/* An exit status as wait gives it, in words. */
const char *status_text(int status);

/* fork, with nothing left in stdio's buffer. */
pid_t child(void);
/* End a child, with what it printed. */
void leave(int status) __attribute__((noreturn));
/* Wait for a child and say how it ended. */
void reap(const char *what, pid_t pid);
/* End the case when something it rests on is not there. */
void need(int condition, const char *what);

/* The address 127.0.0.1 and a port in host order. */
struct sockaddr_in local(int port);
/* The port of a socket, in host order. */
int port_of(int fd);
/* Print an IPv4 address; its port is only told from 0. */
void say_name(const char *what, const struct sockaddr_in *name);
/* A listening TCP socket on loopback. */
int listener(int *port, int backlog);
/* A connection: ends[0] connected, ends[1] was accepted. */
void tcp_pair(int ends[2]);
/* A bound UDP socket on loopback. */
int udp_socket(int *port);
/* What poll says of a descriptor, waiting up to a time in milliseconds. */
void show_poll(const char *what, int fd, int events, int timeout);
/* Wait until a descriptor has an event, or an error or hang-up, which need no asking, up to two seconds. */
int wait_for(int fd, int events);
/* Receive what comes until `count` bytes are there or the end; how many came. */
long read_all(int fd, void *buffer, long count);
/* Monotonic time in milliseconds. */
long now_ms(void);
void pause_ms(long duration);
/* A handler that counts. */
extern volatile sig_atomic_t caught, last_signal;
void count_signal(int number);
void on_signal(int number, int flags);

#define LOCAL(port) (const struct sockaddr *)&(struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}}, sizeof(struct sockaddr_in)
#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))
#define BAD_POINTER ((void *)0x1000)

#endif
