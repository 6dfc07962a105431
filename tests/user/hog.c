/* hog WHAT: take of one thing as much as there is (processes, threads, memory, descriptors, sockets, the open files of all processes, a file's size,
 * time), say what the end looked like, and do something ordinary after it. To be run in the guest. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK (1 << 20)

static int taken;

static void forks(void)
{
    pid_t pid;
    while ((pid = fork()) > 0)
        taken++;
    if (pid == 0)
        for (;;)
            pause();
    printf("fork: %s\n", strerror(errno));
    fflush(stdout);
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    while (wait(0) > 0)
        ;
}

static void *stay(void *argument)
{
    for (;;)
        pause();
    return argument;
}

static void threads(void)
{
    pthread_t thread;
    int error;
    while (!(error = pthread_create(&thread, 0, stay, 0)))
        taken++;
    printf("pthread_create: %s\n", strerror(error));
}

static void memory(void)
{
    char *first = 0, *block;
    while ((block = mmap(0, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0)) != MAP_FAILED) {
        memset(block, 1, BLOCK);
        if (!first)
            first = block;
        taken++;
    }
    printf("mmap: %s\n", strerror(errno));
    for (int i = 0; i < 16; i++)
        munmap(first - (long)i * BLOCK, BLOCK);
}

static void descriptors(void)
{
    while (dup(0) >= 0)
        taken++;
    printf("dup: %s\n", strerror(errno));
    close(3);
    close(4);
}

static void sockets(void)
{
    while (socket(AF_INET, taken % 2 ? SOCK_STREAM : SOCK_DGRAM, 0) >= 0)
        taken++;
    printf("socket: %s\n", strerror(errno));
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
}

/* As many sockets as all processes may have: a process after the other takes what one may. */
static void files(void)
{
    for (;;) {
        int ends[2], error = 0;
        if (pipe(ends))
            break;
        if (fork() == 0) {
            while (socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
                ;
            error = errno;
            write(ends[1], &error, sizeof error);
            for (;;)
                pause();
        }
        read(ends[0], &error, sizeof error);
        close(ends[0]);
        close(ends[1]);
        taken += 4;
        if (error != EMFILE) {
            printf("socket: %s\n", strerror(error));
            break;
        }
    }
    fflush(stdout);
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    while (wait(0) > 0)
        ;
}

static void file(void)
{
    static char block[65536];
    int fd = open("/tmp/hog", O_RDWR | O_CREAT, 0600);
    while (write(fd, block, sizeof block) == sizeof block)
        taken++;
    printf("write: %s\n", strerror(errno));
    ftruncate(fd, 0);
    unlink("/tmp/hog");
    close(fd);
}

static int deeper(int n)
{
    volatile char space[4096];
    space[0] = (char)n;
    return n < 0 ? 0 : deeper(n + 1) + space[0];
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*take)(void); } ways[] = {
        {"forks", forks}, {"threads", threads}, {"memory", memory}, {"descriptors", descriptors}, {"sockets", sockets}, {"files", files}, {"file", file},
    };
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "stack"))
        return deeper(0);
    if (!strcmp(what, "time"))
        for (;;)
            ;
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++)
        if (!strcmp(what, ways[i].name)) {
            int ends[2];
            char byte = 0;
            ways[i].take();
            int fine = !strcmp(what, "threads") || (!pipe(ends) && write(ends[1], "f", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'f');
            printf("%s: %s, then %s\n", what, taken > 10 ? "many" : "few", fine ? "fine" : strerror(errno));
            fprintf(stderr, "%d\n", taken);
            fflush(stdout);
            _exit(0);
        }
    fprintf(stderr, "usage: hog WHAT\n");
    return 2;
}
