/* secure HOST PORT: one HTTPS request, verified, by no TLS library but the system. */
#include <netdb.h>
#include <pynet/tls.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    char request[300], answer[4096], reason[200] = "";
    socklen_t size = sizeof reason - 1;
    long count;
    if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &found)) {
        fprintf(stderr, "usage: secure HOST PORT\n");
        return 2;
    }
    int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TLS);
    setsockopt(fd, IPPROTO_TLS, TLS_REMOTE_HOSTNAME, argv[1], strlen(argv[1]));
    if (connect(fd, found->ai_addr, found->ai_addrlen)) {
        perror("connect");
        getsockopt(fd, IPPROTO_TLS, TLS_ERROR, reason, &size);
        fprintf(stderr, "%s\n", reason);
        return 1;
    }
    write(fd, request, snprintf(request, sizeof request, "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", argv[1]));
    while ((count = read(fd, answer, sizeof answer)) > 0)
        fwrite(answer, 1, count, stdout);
    if (count < 0)
        perror("read");
    return count != 0;
}
