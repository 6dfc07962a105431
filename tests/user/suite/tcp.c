/* TCP sockets over loopback, and what socket calls refuse. */
#include "suite.h"
#include <pynet/tls.h>

CASE(sockets_of_every_kind)
{
    SHOW(socket(AF_INET, SOCK_STREAM, 0));
    SHOW(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
    SHOW(socket(AF_INET, SOCK_DGRAM, 0));
    SHOW(socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP));
    SHOW(socket(AF_UNIX, SOCK_STREAM, 0));
    SHOW(socket(AF_UNIX, SOCK_DGRAM, 0));
    SHOW(socket(AF_UNIX, SOCK_SEQPACKET, 0));
    SHOW(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
    SHOW(socket(AF_INET, SOCK_SEQPACKET, 0));
    SHOW(socket(AF_INET, 77, 0));
    SHOW(socket(77, SOCK_STREAM, 0));
    SHOW(fcntl(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), F_GETFL));
    SHOW(fcntl(10, F_GETFD));
    SHOW(socket(AF_INET, SOCK_STREAM | 0x100, 0));
}

CASE(what_is_no_socket)
{
    struct sockaddr_in name;
    socklen_t size = sizeof name;
    int value = 0, ends[2];
    pipe(ends);
    SHOW(bind(ends[0], LOCAL(0)));
    SHOW(connect(ends[0], LOCAL(9)));
    SHOW(listen(ends[0], 1));
    SHOW(accept(ends[0], 0, 0));
    SHOW(send(ends[0], "x", 1, 0));
    SHOW(recv(ends[0], &value, 1, 0));
    SHOW(shutdown(ends[0], SHUT_WR));
    SHOW(getsockname(ends[0], (struct sockaddr *)&name, &size));
    SHOW(getpeername(ends[0], (struct sockaddr *)&name, &size));
    SHOW(setsockopt(ends[0], SOL_SOCKET, SO_REUSEADDR, &value, 4));
    SHOW(getsockopt(ends[0], SOL_SOCKET, SO_REUSEADDR, &value, &size));
    SHOW(bind(99, LOCAL(0)));
    SHOW(accept(99, 0, 0));
    SHOW(send(99, "x", 1, 0));
    SHOW(listen(99, 1));
}

CASE(bind_and_names)
{
    struct sockaddr_in name = local(0);
    socklen_t size = sizeof name;
    int fd = socket(AF_INET, SOCK_STREAM, 0), other;
    SHOW(getsockname(fd, (struct sockaddr *)&name, &size));
    say_name("unbound", &name);
    SHOW(bind(fd, LOCAL(0)));
    SHOW(bind(fd, LOCAL(0)));
    SHOW(getsockname(fd, (struct sockaddr *)&name, &size));
    SEE(size);
    say_name("bound", &name);
    SHOW(getpeername(fd, (struct sockaddr *)&name, &size));
    size = 4;
    SHOW(getsockname(fd, (struct sockaddr *)&name, &size));
    SEE(size);
    SHOW(getsockname(fd, BAD_POINTER, &size));
    other = socket(AF_INET, SOCK_STREAM, 0);
    SHOW(bind(other, LOCAL(port_of(fd))));
    SHOW(bind(other, (struct sockaddr *)&name, 3));
    name = local(0);
    name.sin_family = AF_INET6;
    SHOW(bind(other, (struct sockaddr *)&name, sizeof name));
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(0xC0000201);
    SHOW(bind(other, (struct sockaddr *)&name, sizeof name));
    SHOW(bind(other, BAD_POINTER, sizeof name));
    name.sin_addr.s_addr = INADDR_ANY;
    SHOW(bind(other, (struct sockaddr *)&name, sizeof name));
    size = sizeof name;
    SHOW(getsockname(other, (struct sockaddr *)&name, &size));
    say_name("any", &name);
}

CASE(listen_connect_accept)
{
    struct sockaddr_in name = {0};
    socklen_t size = sizeof name;
    int port, listening = listener(&port, 5), near = socket(AF_INET, SOCK_STREAM, 0), far;
    SHOW(fcntl(listening, F_SETFL, O_NONBLOCK));
    SHOW(accept(listening, 0, 0));
    show_poll("listener", listening, POLLIN | POLLOUT, 0);
    SHOW(connect(near, LOCAL(port)));
    SHOW(connect(near, LOCAL(port)));
    show_poll("listener", listening, POLLIN | POLLOUT, 2000);
    far = SHOW(accept4(listening, (struct sockaddr *)&name, &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
    SEE(size);
    SEE(ntohs(name.sin_port) == port_of(near));
    SEE(port_of(far) == port);
    SHOW(fcntl(far, F_GETFL));
    SHOW(fcntl(far, F_GETFD));
    SHOW(getpeername(near, (struct sockaddr *)&name, &size));
    SEE(ntohs(name.sin_port) == port);
    SHOW(accept(near, 0, 0));
    SHOW(accept4(listening, 0, 0, 0x40));
    SHOW(listen(near, 5));
    SHOW(connect(listening, LOCAL(port)));
    SHOW(send(listening, "x", 1, MSG_NOSIGNAL));
    SHOW(recv(listening, &size, 1, 0));
    SHOW(fcntl(listening, F_SETFL, 0));
    near = socket(AF_INET, SOCK_STREAM, 0);
    SHOW(connect(near, LOCAL(port)));
    far = SHOW(accept(listening, 0, 0));
    SHOW(fcntl(far, F_GETFL));
}

CASE(a_refused_connection)
{
    int port, fd = listener(&port, 1), error = -1;
    socklen_t size = sizeof error;
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    SHOW(connect(fd, LOCAL(port)));
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    SHOW(connect(fd, LOCAL(port)));
    show_poll("refused", fd, POLLIN | POLLOUT, 2000);
    SHOW(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size));
    say("error %s", errno_name(error));
    SHOW(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size));
    SEE(error);
    SHOW(connect(fd, LOCAL(0)) == -1);
    struct sockaddr_in name = local(port);
    name.sin_family = AF_INET6;
    SHOW(connect(fd, (struct sockaddr *)&name, sizeof name));
    SHOW(connect(fd, (struct sockaddr *)&name, 4));
    SHOW(connect(fd, BAD_POINTER, sizeof name));
}

CASE(connect_without_waiting)
{
    int port, listening = listener(&port, 5), fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = -1;
    socklen_t size = sizeof error;
    long result = connect(fd, LOCAL(port));
    SEE(result == 0 || errno == EINPROGRESS);
    show_poll("connected", fd, POLLIN | POLLOUT, 2000);
    SHOW(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size));
    SEE(error);
    SHOW(accept(listening, 0, 0));
    SHOW(send(fd, "hello", 5, 0));
}

CASE(streams_of_bytes)
{
    int ends[2], waiting = 0;
    char data[20];
    tcp_pair(ends);
    SHOW(send(ends[0], "hello ", 6, 0));
    SHOW(write(ends[0], "world", 5));
    SHOW(send(ends[0], "", 0, 0));
    SHOW(recv(ends[1], data, 5, MSG_WAITALL));
    wait_for(ends[1], POLLIN);
    pause_ms(20);
    SHOW(ioctl(ends[1], FIONREAD, &waiting));
    SEE(waiting);
    SHOW(recv(ends[1], data, 3, MSG_PEEK));
    SHOW(recv(ends[1], data, 20, MSG_PEEK | MSG_DONTWAIT));
    say_bytes("peeked", data, 6);
    SHOW(recv(ends[1], data, 2, MSG_TRUNC));
    SHOW(recv(ends[1], data, 4, 0));
    say_bytes("received", data, 4);
    SHOW(recv(ends[1], data, 4, MSG_DONTWAIT));
    SHOW(recv(ends[1], data, 4, MSG_OOB));
    SHOW(recv(ends[1], data, 0, MSG_DONTWAIT));
    SHOW(syscall(SYS_sendto, ends[0], BAD_POINTER, 4, 0, 0, 0));
    SHOW(syscall(SYS_recvfrom, ends[1], data, 4, MSG_DONTWAIT, 0, 0));
    SHOW(send(ends[1], "back", 4, MSG_NOSIGNAL | MSG_MORE));
    SHOW(send(ends[1], "!", 1, MSG_DONTWAIT));
    SHOW(recv(ends[0], data, 5, MSG_WAITALL));
    say_bytes("received", data, 5);
}

CASE(not_connected)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char data[4];
    SHOW(recv(fd, data, 4, 0));
    SHOW(send(fd, "x", 1, MSG_NOSIGNAL));
    SHOW(shutdown(fd, SHUT_WR));
    SHOW(shutdown(fd, 7));
    show_poll("fresh", fd, POLLIN | POLLOUT, 0);
    SHOW(accept(fd, 0, 0));
    on_signal(SIGPIPE, 0);
    SHOW(send(fd, "x", 1, 0));
    SEE(caught);
}

CASE(shutdown_of_one_way)
{
    int ends[2];
    char data[10];
    tcp_pair(ends);
    on_signal(SIGPIPE, 0);
    SHOW(send(ends[0], "last", 4, 0));
    SHOW(shutdown(ends[0], SHUT_WR));
    show_poll("the other end", ends[1], POLLIN | POLLRDHUP, 2000);
    SHOW(recv(ends[1], data, 10, MSG_WAITALL));
    SHOW(recv(ends[1], data, 10, 0));
    show_poll("the other end", ends[1], POLLIN | POLLOUT | POLLRDHUP, 0);
    SHOW(send(ends[0], "x", 1, 0));
    SEE(caught);
    SHOW(write(ends[0], "x", 1));
    SEE(caught);
    SHOW(send(ends[0], "x", 1, MSG_NOSIGNAL));
    SEE(caught);
    SHOW(send(ends[1], "reply", 5, 0));
    SHOW(recv(ends[0], data, 5, MSG_WAITALL));
    SHOW(shutdown(ends[1], SHUT_RDWR));
    SHOW(recv(ends[0], data, 5, 0));
    wait_for(ends[0], 0);
    show_poll("closed both ways", ends[0], POLLIN | POLLOUT | POLLRDHUP, 2000);
}

CASE(shutdown_of_reading)
{
    int ends[2];
    char data[10];
    tcp_pair(ends);
    SHOW(shutdown(ends[1], SHUT_RD));
    SHOW(recv(ends[1], data, 10, 0));
    SHOW(send(ends[1], "x", 1, 0));
    SHOW(recv(ends[0], data, 10, 0));
    show_poll("reading shut", ends[1], POLLIN | POLLRDHUP, 0);
}

CASE(a_reset)
{
    int ends[2], error = -1;
    socklen_t size = sizeof error;
    char data[10];
    struct linger linger = {1, 0};
    tcp_pair(ends);
    SHOW(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    SHOW(close(ends[0]));
    wait_for(ends[1], 0);
    show_poll("reset", ends[1], POLLIN | POLLOUT | POLLRDHUP, 2000);
    SHOW(recv(ends[1], data, 10, 0));
    SHOW(recv(ends[1], data, 10, 0));
    SHOW(send(ends[1], "x", 1, MSG_NOSIGNAL));
    tcp_pair(ends);
    setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(ends[0]);
    wait_for(ends[1], POLLIN);
    SHOW(getsockopt(ends[1], SOL_SOCKET, SO_ERROR, &error, &size));
    say("error %s", errno_name(error));
    SHOW(recv(ends[1], data, 10, 0));
    tcp_pair(ends);
    SHOW(send(ends[1], "unread", 6, 0));
    wait_for(ends[0], POLLIN);
    SHOW(close(ends[0]));
    wait_for(ends[1], 0);
    show_poll("closed with unread data", ends[1], POLLIN | POLLOUT | POLLRDHUP, 2000);
    SHOW(recv(ends[1], data, 10, 0));
}

CASE(the_last_close_sends_the_fin)
{
    int ends[2], copy;
    char data[4];
    pid_t pid;
    tcp_pair(ends);
    copy = dup(ends[0]);
    SHOW(close(ends[0]));
    show_poll("after one close", ends[1], POLLIN, 50);
    pid = child();
    if (pid == 0) {
        close(ends[1]);
        pause_ms(100);
        leave((int)write(copy, "c", 1));
    }
    SHOW(close(copy));
    SHOW(recv(ends[1], data, 4, 0));
    SHOW(recv(ends[1], data, 4, 0));
    reap("child", pid);
}

CASE(a_child_serves_an_accepted_descriptor)
{
    int port, listening = listener(&port, 5), fd;
    char data[20];
    pid_t pid = child();
    if (pid == 0) {
        fd = accept(listening, 0, 0);
        pid = child();
        if (pid == 0) {
            close(listening);
            long count = read(fd, data, sizeof data);
            write(fd, data, count);
            leave(3);
        }
        close(fd);
        int status = 0;
        waitpid(pid, &status, 0);
        leave(WEXITSTATUS(status) + 1);
    }
    fd = socket(AF_INET, SOCK_STREAM, 0);
    SHOW(connect(fd, LOCAL(port)));
    SHOW(write(fd, "who serves?", 11));
    SHOW(read_all(fd, data, 12));
    say_bytes("answer", data, 11);
    reap("child", pid);
}

CASE(much_data_both_ways)
{
    enum { TOTAL = 300000 };
    static unsigned char data[8192];
    int ends[2];
    unsigned sum = 0, expected = 0;
    long total = 0, count;
    pid_t pid;
    tcp_pair(ends);
    pid = child();
    if (pid == 0) {
        close(ends[0]);
        while ((count = read(ends[1], data, sizeof data)) > 0)
            for (long at = 0, sent; at < count; at += sent)
                need((sent = write(ends[1], data + at, count - at)) > 0, "an echo");
        leave(0);
    }
    close(ends[1]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    long sent = 0;
    while (total < TOTAL) {
        wait_for(ends[0], sent < TOTAL ? POLLIN | POLLOUT : POLLIN);
        while (sent < TOTAL) {
            long want = TOTAL - sent < 4096 ? TOTAL - sent : 4096;
            for (long i = 0; i < want; i++)
                data[i] = (unsigned char)((sent + i) * 7 + (sent + i) / 251);
            count = write(ends[0], data, want);
            if (count <= 0)
                break;
            for (long i = 0; i < count; i++)
                expected = expected * 31 + data[i];
            sent += count;
        }
        while ((count = read(ends[0], data, sizeof data)) > 0) {
            for (long i = 0; i < count; i++)
                sum = sum * 31 + data[i];
            total += count;
        }
        need(count != 0 && errno == EAGAIN, "more");
    }
    SEE(total);
    SEE(sum == expected);
    SHOW(shutdown(ends[0], SHUT_WR));
    wait_for(ends[0], POLLIN);
    SHOW(read(ends[0], data, 1));
    reap("echo", pid);
}

CASE(a_full_connection)
{
    static char data[65536];
    int ends[2];
    long total = 0, drained = 0, count;
    tcp_pair(ends);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    while ((count = send(ends[0], data, sizeof data, 0)) > 0)
        total += count;
    say("stopped by %s", errno_name(errno));
    SEE(total > 50000);
    show_poll("full", ends[0], POLLOUT, 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (drained < total && wait_for(ends[1], POLLIN) == 1)
        while ((count = recv(ends[1], data, sizeof data, 0)) > 0)
            drained += count;
    SEE(drained == total);
    show_poll("empty", ends[0], POLLOUT, 2000);
}

CASE(a_receive_that_waits)
{
    int ends[2];
    char data[10];
    struct timeval timeout = {0, 100000};
    long before;
    tcp_pair(ends);
    SHOW(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
    before = now_ms();
    SHOW(recv(ends[0], data, 10, 0));
    SEE(now_ms() - before >= 100 && now_ms() - before < 3000);
    timeout.tv_usec = 0;
    SHOW(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
    timeout.tv_usec = 100000;
    pid_t pid = child();
    if (pid == 0) {
        pause_ms(30);
        send(ends[1], "late", 4, 0);
        leave(0);
    }
    SHOW(recv(ends[0], data, 10, 0));
    reap("sender", pid);
    int listening, port;
    listening = listener(&port, 1);
    SHOW(setsockopt(listening, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout));
    SHOW(accept(listening, 0, 0));
}

CASE(messages_in_pieces)
{
    int ends[2];
    char one[4], two[20];
    struct iovec out[2] = {{"abc", 3}, {"defgh", 5}}, in[2] = {{one, 4}, {two, 20}};
    struct msghdr message = {.msg_iov = out, .msg_iovlen = 2};
    tcp_pair(ends);
    SHOW(sendmsg(ends[0], &message, 0));
    message.msg_iov = in;
    wait_for(ends[1], POLLIN);
    SHOW(recvmsg(ends[1], &message, 0));
    say_bytes("first", one, 4);
    say_bytes("second", two, 4);
    SEE(message.msg_flags);
    SEE(message.msg_namelen);
    message.msg_iovlen = 1025;
    SHOW(syscall(SYS_sendmsg, ends[0], &message, 0));
    SHOW(syscall(SYS_recvmsg, ends[1], &message, MSG_DONTWAIT));
    SHOW(syscall(SYS_sendmsg, ends[0], BAD_POINTER, 0));
    message.msg_iovlen = 1;
    SHOW(syscall(SYS_recvmsg, ends[1], &message, MSG_DONTWAIT));
}

CASE(ipv6_and_its_kin_are_refused_alike)
{
    SHOW(socket(AF_INET, SOCK_STREAM, -1));
    SHOW(socket(-1, SOCK_STREAM, 0));
    SHOW(socketpair(AF_INET, SOCK_STREAM, 0, (int[2]){0, 0}));
}

/* The differences that are meant: see differences.txt. */
CASE(meant_to_differ)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    char text[100] = "";
    socklen_t size;
    SHOW(socket(AF_INET6, SOCK_STREAM, 0));
    SHOW(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on));
    fd = SHOW(socket(AF_INET, SOCK_STREAM, IPPROTO_TLS));
    SHOW(connect(fd, LOCAL(1)));
    SHOW(setsockopt(fd, IPPROTO_TLS, TLS_REMOTE_HOSTNAME, "localhost", 9));
    SHOW(getsockopt(fd, IPPROTO_TLS, TLS_REMOTE_HOSTNAME, text, (size = sizeof text, &size)));
    say("named %s", text);
    SHOW(setsockopt(fd, IPPROTO_TLS, TLS_ALPN, "http/1.1", 8));
    SHOW(getsockopt(fd, IPPROTO_TLS, TLS_ALPN, text, (size = sizeof text, &size)));
    SHOW(setsockopt(fd, IPPROTO_TLS, TLS_CERTIFICATE_CHAIN, "nonsense", 8));
    SHOW(setsockopt(fd, IPPROTO_TLS, TLS_PRIVATE_KEY, "nonsense", 8));
    SHOW(getsockopt(fd, IPPROTO_TLS, TLS_PEER_CERTIFICATE, text, (size = sizeof text, &size)));
    SHOW(getsockopt(fd, IPPROTO_TLS, TLS_VERSION, text, (size = sizeof text, &size)));
    SHOW(getsockopt(fd, IPPROTO_TLS, TLS_CIPHER, text, (size = sizeof text, &size)));
    SHOW(connect(fd, LOCAL(2)));
    SHOW(getsockopt(fd, IPPROTO_TLS, TLS_ERROR, text, (size = sizeof text, &size)));
}
