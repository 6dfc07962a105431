/* AF_UNIX: pairs, names, descriptors that travel, credentials. */
#include "suite.h"

#define NAME(text) (const struct sockaddr *)&(struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = text}, offsetof(struct sockaddr_un, sun_path) + sizeof(text)

CASE(pairs_of_streams)
{
    int ends[2], waiting;
    char data[10];
    SHOW(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
    SHOW(fcntl(ends[0], F_GETFL));
    SHOW(fcntl(ends[1], F_GETFD));
    SHOW(recv(ends[0], data, 10, 0));
    SHOW(write(ends[1], "hello", 5));
    SHOW(send(ends[1], " you", 4, 0));
    SHOW(ioctl(ends[0], FIONREAD, &waiting));
    SEE(waiting);
    SHOW(recv(ends[0], data, 3, MSG_PEEK));
    SHOW(read(ends[0], data, 10));
    say_bytes("read", data, 9);
    SHOW(shutdown(ends[1], SHUT_WR));
    show_poll("end", ends[0], POLLIN | POLLOUT | POLLRDHUP, 0);
    SHOW(close(ends[1]));
    show_poll("closed", ends[0], POLLIN | POLLOUT | POLLRDHUP, 0);
    SHOW(send(ends[0], "x", 1, MSG_NOSIGNAL));
    on_signal(SIGPIPE, 0);
    SHOW(write(ends[0], "x", 1));
    SEE(caught);
}

CASE(pairs_of_datagrams)
{
    int ends[2];
    char data[10];
    SHOW(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends));
    SHOW(send(ends[0], "one", 3, 0));
    SHOW(send(ends[0], "second", 6, 0));
    SHOW(recv(ends[1], data, 2, 0));
    SHOW(recv(ends[1], data, 2, MSG_TRUNC));
    SHOW(recv(ends[1], data, 2, MSG_DONTWAIT));
    SHOW(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
    SHOW(send(ends[0], "one", 3, 0));
    SHOW(send(ends[0], "second", 6, 0));
    SHOW(recv(ends[1], data, 10, 0));
    SHOW(recv(ends[1], data, 10, 0));
    SHOW(close(ends[0]));
    SHOW(recv(ends[1], data, 10, 0));
    SHOW(socketpair(AF_UNIX, SOCK_STREAM, 5, ends));
    SHOW(socketpair(AF_UNIX, 9, 0, ends));
    SHOW(syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, BAD_POINTER));
}

CASE(sockets_by_path)
{
    struct sockaddr_un name;
    socklen_t size = sizeof name;
    struct stat found;
    char data[10];
    int listening = socket(AF_UNIX, SOCK_STREAM, 0), near, far;
    SHOW(bind(listening, NAME("socket")));
    SHOW(bind(socket(AF_UNIX, SOCK_STREAM, 0), NAME("socket")));
    SHOW(stat("socket", &found));
    SEE(S_ISSOCK(found.st_mode));
    near = socket(AF_UNIX, SOCK_STREAM, 0);
    SHOW(connect(near, NAME("socket")));
    SHOW(listen(listening, 2));
    SHOW(connect(near, NAME("socket")));
    far = SHOW(accept(listening, (struct sockaddr *)&name, &size));
    SEE(size);
    SHOW(getpeername(near, (struct sockaddr *)&name, &size) || strcmp(name.sun_path, "socket"));
    size = sizeof name;
    SHOW(getsockname(listening, (struct sockaddr *)&name, &size));
    SEE(size);
    SHOW(write(near, "by path", 7));
    SHOW(read(far, data, 10));
    SHOW(open("socket", O_RDWR));
    SHOW(connect(socket(AF_UNIX, SOCK_DGRAM, 0), NAME("socket")));
    SHOW(unlink("socket"));
    SHOW(connect(socket(AF_UNIX, SOCK_STREAM, 0), NAME("socket")));
    SHOW(write(far, "still", 5));
    SHOW(read(near, data, 10));
    SHOW(connect(socket(AF_UNIX, SOCK_STREAM, 0), NAME("nothing/at/all")));
}

CASE(sockets_by_abstract_name)
{
    struct sockaddr_un name;
    socklen_t size = sizeof name;
    int one = socket(AF_UNIX, SOCK_DGRAM, 0), two = socket(AF_UNIX, SOCK_DGRAM, 0);
    char data[10];
    SHOW(bind(one, NAME("\0suite one")));
    SHOW(bind(two, NAME("\0suite one")));
    SHOW(bind(two, NAME("\0suite two")));
    SHOW(sendto(two, "hi", 2, 0, NAME("\0suite one")));
    SHOW(recvfrom(one, data, 10, 0, (struct sockaddr *)&name, &size));
    say_bytes("from", name.sun_path, size - 2);
    SHOW(sendto(two, "hi", 2, 0, NAME("\0nobody")));
    SHOW(connect(two, NAME("\0suite one")));
    SHOW(send(two, "hey", 3, 0));
    SHOW(recv(one, data, 10, 0));
    SHOW(close(one));
    SHOW(send(two, "x", 1, 0));
}

CASE(a_descriptor_travels)
{
    union { struct cmsghdr header; char space[CMSG_SPACE(2 * sizeof(int))]; } control = {0};
    char data[10];
    struct iovec piece = {"with", 4}, in = {data, 10};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int ends[2], pipes[2], fds[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    pipe(pipes);
    control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof pipes), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), pipes, sizeof pipes);
    SHOW(sendmsg(ends[0], &message, 0));
    close(pipes[0]);
    close(pipes[1]);
    pid_t pid = child();
    if (pid == 0) {
        memset(&control, 0, sizeof control);
        message = (struct msghdr){.msg_iov = &in, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        SHOW(recvmsg(ends[1], &message, MSG_CMSG_CLOEXEC));
        say("level %d type %d length %d flags %x", control.header.cmsg_level, control.header.cmsg_type, (int)control.header.cmsg_len, message.msg_flags & ~MSG_CMSG_CLOEXEC);
        memcpy(fds, CMSG_DATA(&control.header), sizeof fds);
        say("descriptors %d %d", fds[0], fds[1]);
        SHOW(fcntl(fds[0], F_GETFD));
        SHOW(write(fds[1], "through", 7));
        SHOW(read(fds[0], data, 10));
        leave(0);
    }
    reap("receiver", pid);
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    *(int *)CMSG_DATA(&control.header) = 99;
    message.msg_controllen = CMSG_LEN(sizeof(int));
    SHOW(sendmsg(ends[0], &message, 0));
}

CASE(credentials)
{
    struct { int pid, uid, gid; } peer;
    socklen_t size = sizeof peer;
    int ends[2], on = 1;
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    SHOW(getsockopt(ends[0], SOL_SOCKET, SO_PEERCRED, &peer, &size));
    SEE(peer.pid == getpid());
    say("uid %d gid %d size %d", peer.uid, peer.gid, (int)size);
    SHOW(setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    size = sizeof on;
    SHOW(getsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, &size));
    SEE(on);
}
