/* Echo, discard and character generator over TCP, echo over UDP, by processes: one accepts on each TCP port and forks for every connection, one answers
 * datagrams. Run in the guest with `services=user`. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char pattern[95 * 700];

static void must(int worked, const char *what)
{
    if (worked)
        return;
    perror(what);
    exit(1);
}

static int bound(int type, int port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, type, 0), on = 1;
    must(fd >= 0, "socket");
    must(!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "setsockopt");
    must(!bind(fd, (struct sockaddr *)&any, sizeof any), "bind");
    must(type == SOCK_DGRAM || !listen(fd, 64), "listen");
    return fd;
}

static int written(int fd, const char *data, long count)
{
    long done = 0, more = 1;
    while (done < count && (more = write(fd, data + done, count - done)) > 0)
        done += more;
    return done == count;
}

static void echo(int fd)
{
    char block[8192];
    long count;
    while ((count = read(fd, block, sizeof block)) > 0 && written(fd, block, count))
        ;
}

static void discard(int fd)
{
    char block[8192];
    while (read(fd, block, sizeof block) > 0)
        ;
}

static void chargen(int fd)
{
    while (written(fd, pattern, sizeof pattern))
        ;
}

static void datagrams(int fd)
{
    struct sockaddr_in from;
    char block[2048];
    for (;;) {
        socklen_t size = sizeof from;
        long count = recvfrom(fd, block, sizeof block, 0, (struct sockaddr *)&from, &size);
        if (count >= 0)
            sendto(fd, block, count, 0, (struct sockaddr *)&from, size);
    }
}

static void accepting(int listener, void (*serve)(int))
{
    int fd;
    while ((fd = accept(listener, 0, 0)) >= 0) {
        pid_t pid = fork();
        if (pid == 0) {
            close(listener);
            serve(fd);
            exit(0);
        }
        if (pid < 0)
            perror("fork");
        close(fd);
    }
    perror("accept");
}

int main(void)
{
    static const struct { int port; void (*serve)(int); } services[] = {{7, echo}, {9, discard}, {19, chargen}};
    int udp = bound(SOCK_DGRAM, 7);
    for (unsigned i = 0; i < sizeof pattern; i++)
        pattern[i] = (char)(' ' + i % 95);
    /* No zombies, and a reader that goes away is an error of write. */
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (unsigned i = 0; i < 3; i++) {
        int listener = bound(SOCK_STREAM, services[i].port);
        if (fork() == 0) {
            close(udp);
            accepting(listener, services[i].serve);
            exit(1);
        }
        close(listener);
    }
    datagrams(udp);
}
