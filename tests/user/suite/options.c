/* setsockopt and getsockopt: every option, with values in and out. */
#include "suite.h"

struct option {
    int level, name;
    const char *text;
};
#define O(level, name) {level, name, #name}

static const struct option of_tcp[] = {
    O(SOL_SOCKET, SO_REUSEADDR), O(SOL_SOCKET, SO_TYPE), O(SOL_SOCKET, SO_ERROR), O(SOL_SOCKET, SO_KEEPALIVE), O(SOL_SOCKET, SO_BROADCAST),
    O(SOL_SOCKET, SO_ACCEPTCONN), O(SOL_SOCKET, SO_DOMAIN), O(SOL_SOCKET, SO_PROTOCOL), O(SOL_SOCKET, SO_OOBINLINE), O(SOL_SOCKET, SO_PRIORITY),
    O(SOL_SOCKET, SO_DONTROUTE), O(SOL_SOCKET, SO_MAX_PACING_RATE), O(IPPROTO_TCP, TCP_NODELAY), O(IPPROTO_TCP, TCP_CORK), O(IPPROTO_TCP, TCP_KEEPIDLE), O(IPPROTO_TCP, TCP_KEEPINTVL),
    O(IPPROTO_TCP, TCP_KEEPCNT), O(IPPROTO_TCP, TCP_USER_TIMEOUT), O(IPPROTO_TCP, TCP_NOTSENT_LOWAT),
    O(IPPROTO_TCP, TCP_DEFER_ACCEPT), O(IPPROTO_IP, IP_TTL), O(IPPROTO_IP, IP_TOS), O(IPPROTO_IP, IP_RECVERR),
};
static const struct option of_udp[] = {
    O(SOL_SOCKET, SO_REUSEADDR), O(SOL_SOCKET, SO_TYPE), O(SOL_SOCKET, SO_BROADCAST), O(SOL_SOCKET, SO_DOMAIN), O(SOL_SOCKET, SO_PROTOCOL),
    O(IPPROTO_IP, IP_TTL), O(IPPROTO_IP, IP_TOS), O(IPPROTO_IP, IP_RECVERR), O(IPPROTO_IP, IP_PKTINFO), O(IPPROTO_IP, IP_MULTICAST_TTL),
    O(IPPROTO_IP, IP_MULTICAST_LOOP), O(IPPROTO_IP, IP_MULTICAST_ALL), O(IPPROTO_TCP, TCP_NODELAY), O(SOL_SOCKET, SO_MAX_PACING_RATE),
};

/* What is read at first, and after each of some values was set. */
static void walk(int type, const struct option *options, int count)
{
    static const int values[] = {1, 0, 5, 255, -1};
    for (int i = 0; i < count; i++) {
        int fd = socket(AF_INET, type, 0), value = -77;
        socklen_t size = sizeof value;
        long result = getsockopt(fd, options[i].level, options[i].name, &value, &size);
        say("%s at first: %s %d size %d", options[i].text, result ? errno_name(errno) : "ok", value, (int)size);
        for (int j = 0; j < COUNT(values); j++) {
            result = setsockopt(fd, options[i].level, options[i].name, &values[j], sizeof values[j]);
            say("%s set to %d: %s", options[i].text, values[j], result ? errno_name(errno) : "ok");
            value = -77;
            size = sizeof value;
            result = getsockopt(fd, options[i].level, options[i].name, &value, &size);
            say("%s then: %s %d", options[i].text, result ? errno_name(errno) : "ok", value);
        }
        close(fd);
    }
}

CASE(options_of_tcp)
{
    walk(SOCK_STREAM, of_tcp, COUNT(of_tcp));
}

CASE(options_of_udp)
{
    walk(SOCK_DGRAM, of_udp, COUNT(of_udp));
}

CASE(forms_of_options)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), value = 1;
    socklen_t size;
    SHOW(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 2));
    SHOW(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, BAD_POINTER, 4));
    SHOW(setsockopt(fd, SOL_SOCKET, 9999, &value, 4));
    SHOW(setsockopt(fd, 9999, 1, &value, 4));
    SHOW(setsockopt(fd, IPPROTO_TCP, 9999, &value, 4));
    SHOW(setsockopt(fd, IPPROTO_IP, 9999, &value, 4));
    SHOW(getsockopt(fd, SOL_SOCKET, 9999, &value, (size = 4, &size)));
    SHOW(getsockopt(fd, 9999, 1, &value, (size = 4, &size)));
    SHOW(getsockopt(fd, IPPROTO_TCP, 9999, &value, (size = 4, &size)));
    SHOW(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, (size = 2, &size)));
    SEE(size);
    SHOW(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, (size = 20, &size)));
    SEE(size);
    SHOW(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, (size = -1, &size)));
    SHOW(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, BAD_POINTER, (size = 4, &size)));
    SHOW(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, BAD_POINTER));
}

CASE(linger_and_timeouts)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct linger linger = {1, 7};
    struct timeval timeout = {3, 500000};
    socklen_t size = sizeof linger;
    SHOW(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    linger = (struct linger){0, 0};
    SHOW(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size));
    say("linger %d for %d", linger.l_onoff, linger.l_linger);
    SHOW(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, 4));
    SHOW(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
    SHOW(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout));
    timeout = (struct timeval){0, 0};
    size = sizeof timeout;
    SHOW(getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, &size));
    say("%ld s %ld us", (long)timeout.tv_sec, (long)timeout.tv_usec);
    SHOW(getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &size));
    say("%ld s %ld us", (long)timeout.tv_sec, (long)timeout.tv_usec);
    timeout = (struct timeval){0, 1000000};
    SHOW(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
    SHOW(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, 4));
}

CASE(buffer_sizes)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), value;
    socklen_t size = sizeof value;
    SHOW(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, &size));
    SEE(value > 4096);
    SHOW(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, &size));
    SEE(value > 4096);
    for (int asked = 1; asked < 200000; asked *= 10) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &asked, sizeof asked);
        getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, &size);
        say("SO_RCVBUF %d: %d", asked, value);
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &asked, sizeof asked);
        getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, &size);
        say("SO_SNDBUF %d: %d", asked, value);
    }
}

CASE(a_rate_of_eight_octets)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), narrow = 0;
    unsigned long wide = 0, rates[] = {12345, 1UL << 32, 0xFFFFFFFF, ~0UL};
    socklen_t size = sizeof wide;
    SHOW(getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &wide, &size));
    say("%lx, size %d", wide, (int)size);
    for (int i = 0; i < COUNT(rates); i++) {
        SHOW(setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rates[i], sizeof rates[i]));
        size = sizeof wide;
        getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &wide, &size);
        say("%lx, size %d", wide, (int)size);
        size = sizeof narrow;
        getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &narrow, &size);
        say("%x, size %d", narrow, (int)size);
        size = 6;
        getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &narrow, &size);
        say("%x, size %d", narrow, (int)size);
    }
    SHOW(setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, rates, 3));
}

CASE(options_of_a_connection)
{
    int ends[2], value = 0;
    char name[20] = "";
    unsigned char information[104];
    socklen_t size = sizeof value;
    tcp_pair(ends);
    SHOW(getsockopt(ends[0], IPPROTO_TCP, TCP_MAXSEG, &value, &size));
    SEE(value > 500);
    value = 1000;
    SHOW(setsockopt(ends[0], IPPROTO_TCP, TCP_MAXSEG, &value, sizeof value));
    value = 10;
    SHOW(setsockopt(ends[0], IPPROTO_TCP, TCP_MAXSEG, &value, sizeof value));
    size = sizeof information;
    SHOW(getsockopt(ends[0], IPPROTO_TCP, TCP_INFO, information, &size));
    say("state %d, retransmits %d, size %d", information[0], information[2], (int)size);
    SHOW(setsockopt(ends[0], IPPROTO_TCP, TCP_CONGESTION, "cubic", 5));
    size = sizeof name;
    SHOW(getsockopt(ends[0], IPPROTO_TCP, TCP_CONGESTION, name, &size));
    say("%s, size %d", name, (int)size);
    SHOW(setsockopt(ends[0], IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
    size = sizeof name;
    SHOW(getsockopt(ends[0], IPPROTO_TCP, TCP_CONGESTION, name, &size));
    say("%s", name);
    SHOW(setsockopt(ends[0], IPPROTO_TCP, TCP_CONGESTION, "nonesuch", 8));
    size = sizeof value;
    SHOW(getsockopt(ends[0], IPPROTO_TCP, TCP_QUICKACK, &value, &size));
    value = 0;
    SHOW(setsockopt(ends[0], IPPROTO_TCP, TCP_QUICKACK, &value, sizeof value));
    SHOW(getsockopt(ends[0], IPPROTO_TCP, TCP_QUICKACK, &value, &size));
    SEE(value);
    value = 1;
    SHOW(setsockopt(ends[0], IPPROTO_TCP, TCP_QUICKACK, &value, sizeof value));
    SHOW(getsockopt(ends[0], SOL_SOCKET, SO_ERROR, &value, &size));
    SEE(value);
}

CASE(a_listener_is_told_from_others)
{
    int port, fd = listener(&port, 1), value = -1;
    socklen_t size = sizeof value;
    SHOW(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size));
    SEE(value);
    SHOW(listen(fd, 3));
}

CASE(cork_holds_back)
{
    int ends[2], on = 1, off = 0;
    char data[10];
    tcp_pair(ends);
    SHOW(setsockopt(ends[0], IPPROTO_TCP, TCP_CORK, &on, sizeof on));
    SHOW(send(ends[0], "cork", 4, 0));
    show_poll("corked", ends[1], POLLIN, 0);
    SHOW(setsockopt(ends[0], IPPROTO_TCP, TCP_CORK, &off, sizeof off));
    show_poll("uncorked", ends[1], POLLIN, 2000);
    SHOW(recv(ends[1], data, 10, 0));
    SHOW(send(ends[0], "more", 4, MSG_MORE));
    show_poll("more to come", ends[1], POLLIN, 0);
    SHOW(send(ends[0], "!", 1, 0));
    SHOW(recv(ends[1], data, 5, MSG_WAITALL));
}

CASE(a_deferred_accept)
{
    int port, listening = listener(&port, 5), value = 5, near = socket(AF_INET, SOCK_STREAM, 0);
    SHOW(setsockopt(listening, IPPROTO_TCP, TCP_DEFER_ACCEPT, &value, sizeof value));
    SHOW(connect(near, LOCAL(port)));
    show_poll("without data", listening, POLLIN, 50);
    SHOW(send(near, "x", 1, 0));
    show_poll("with data", listening, POLLIN, 2000);
    SHOW(accept(listening, 0, 0));
}
