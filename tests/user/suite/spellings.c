/* Calls that C libraries spell in more than one way, and flags that the other cases have no use for. */
#include "suite.h"
#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <termios.h>

CASE(openat_takes_the_flags_of_open)
{
    int dir, fd, path;
    char data[8];
    SHOW(mkdirat(AT_FDCWD, "dir", 0755));
    dir = SHOW(openat(AT_FDCWD, "dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    fd = SHOW(openat(dir, "file", O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600));
    SHOW(openat(dir, "file", O_RDWR | O_CREAT | O_EXCL, 0600));
    SHOW(write(fd, "abc", 3));
    SHOW(close(openat(dir, "file", O_WRONLY | O_TRUNC)));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(write(openat(dir, "file", O_WRONLY | O_APPEND), "end", 3));
    SHOW(openat(dir, "file", O_RDONLY | O_NOFOLLOW));
    path = SHOW(openat(dir, "file", O_PATH));
    SHOW(read(path, data, 3));
    SHOW(open("dir", O_PATH | O_DIRECTORY));
    SHOW(openat(99, "file", O_RDONLY));
    SHOW(openat(fd, "file", O_RDONLY));
    SHOW(openat(99, "/dev/null", O_RDONLY) > 0);
    SHOW(lseek(fd, 0, SEEK_DATA));
    SHOW(lseek(fd, 0, SEEK_HOLE));
    SHOW(lseek(fd, 100, SEEK_DATA));
    SHOW(unlinkat(dir, "file", 0));
    SHOW(unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR));
}

CASE(files_by_their_other_calls)
{
    struct stat found;
    unsigned char extended[256];
    struct { long actime, modtime; } old_times = {1000, 2000};
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    write(fd, "0123456789", 10);
    symlink("file", "link");
    SHOW(syscall(SYS_newfstatat, AT_FDCWD, "link", &found, AT_SYMLINK_NOFOLLOW));
    SEE(S_ISLNK(found.st_mode));
    SHOW(syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0x7ff, extended));
    SHOW(syscall(SYS_statx, AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, 0x7ff, extended));
    SHOW(syscall(SYS_faccessat, AT_FDCWD, "file", F_OK));
    SHOW(syscall(439, AT_FDCWD, "file", R_OK, AT_EACCESS));
    SHOW(syscall(439, AT_FDCWD, "file", R_OK, 0x8000));
    SHOW(linkat(AT_FDCWD, "link", AT_FDCWD, "other", AT_SYMLINK_FOLLOW));
    SHOW(stat("file", &found));
    SEE(found.st_nlink);
    SHOW(mknodat(AT_FDCWD, "made", S_IFREG | 0600, 0));
    SHOW(mknodat(AT_FDCWD, "named", S_IFIFO | 0600, 0));
    SHOW(unlink("named"));
    SHOW(fchownat(AT_FDCWD, "link", 0, 0, AT_SYMLINK_NOFOLLOW));
    SHOW(syscall(SYS_utime, "file", &old_times));
    SHOW(stat("file", &found));
    SEE(found.st_mtime);
    SHOW(utimensat(AT_FDCWD, "link", (struct timespec[2]){{1, 0}, {2, 0}}, AT_SYMLINK_NOFOLLOW));
    SHOW(stat("file", &found));
    SEE(found.st_mtime);
    SHOW(syscall(SYS_fallocate, fd, 1, 0, 100));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(syscall(SYS_fadvise64, fd, 0, 0, POSIX_FADV_SEQUENTIAL));
    SHOW(syscall(SYS_fadvise64, fd, 0, 0, 99));
    SHOW(syncfs(fd));
    SHOW(syscall(SYS_sync_file_range, fd, 0, 0, 0));
    SHOW(syscall(SYS_renameat2, AT_FDCWD, "made", AT_FDCWD, "file", 1));
    int other = open("made", O_RDWR);
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(syscall(SYS_copy_file_range, fd, 0, other, 0, 100, 0));
    SHOW(syscall(SYS_copy_file_range, fd, 0, other, 0, 100, 1));
    SHOW(lseek(other, 0, SEEK_END));
    SHOW(unlink("file") | unlink("link") | unlink("other") | unlink("made"));
}

CASE(extended_attributes)
{
    char text[20];
    int fd = open("/proc/version", O_RDONLY);
    SHOW(syscall(SYS_getxattr, "/proc/version", "user.x", text, sizeof text));
    SHOW(syscall(SYS_lgetxattr, "/proc/version", "user.x", text, sizeof text));
    SHOW(syscall(SYS_fgetxattr, fd, "user.x", text, sizeof text));
    SHOW(syscall(SYS_fgetxattr, 99, "user.x", text, sizeof text));
    SHOW(syscall(SYS_getxattr, "/nothing", "user.x", text, sizeof text));
    SHOW(syscall(SYS_setxattr, "/nothing", "user.x", text, 1, 0));
    SHOW(syscall(SYS_lsetxattr, "/nothing", "user.x", text, 1, 0));
    SHOW(syscall(SYS_fsetxattr, 99, "user.x", text, 1, 0));
    SHOW(syscall(SYS_listxattr, "/nothing", text, sizeof text));
    SHOW(syscall(SYS_llistxattr, "/nothing", text, sizeof text));
    SHOW(syscall(SYS_flistxattr, 99, text, sizeof text));
}

CASE(pipes_by_their_other_calls)
{
    int one[2], two[2], size;
    char data[10];
    pipe(one);
    pipe(two);
    SHOW(fcntl(one[0], F_SETPIPE_SZ, 8192));
    size = SHOW(fcntl(one[0], F_GETPIPE_SZ));
    SEE(size >= 8192);
    SHOW(write(one[1], "spliced", 7));
    SHOW(syscall(SYS_splice, one[0], 0, two[1], 0, 7, 0) == 7 || errno == EINVAL);
    SHOW(syscall(SYS_tee, 99, 99, 7, 0));
    SHOW(syscall(SYS_splice, 99, 0, two[1], 0, 7, 0));
    SHOW(syscall(SYS_vmsplice, 99, &(struct iovec){data, 3}, 1, 0));
}

CASE(what_is_no_terminal)
{
    struct termios terminal;
    int fd = open("/dev/null", O_RDWR), group;
    SHOW(tcgetattr(fd, &terminal));
    SHOW(syscall(SYS_ioctl, fd, TCSETS, &terminal));
    SHOW(ioctl(fd, TIOCGPGRP, &group));
}

CASE(processes_by_their_other_calls)
{
    struct rlimit limit;
    struct rusage usage;
    siginfo_t information;
    struct { unsigned version; int pid; } header = {0x20080522, 0};
    unsigned capabilities[6];
    char host[65], thread_name[16];
    SEE(syscall(SYS_getpgrp) == getpgid(0));
    SHOW(syscall(SYS_setgroups, 0, 0));
    SHOW(syscall(SYS_getgroups, 0, 0));
    SHOW(syscall(SYS_getrlimit, RLIMIT_NOFILE, &limit));
    SHOW(syscall(SYS_setrlimit, RLIMIT_NOFILE, &limit));
    SHOW(getrusage(RUSAGE_THREAD, &usage));
    SHOW(prctl(PR_CAPBSET_READ, 0));
    SHOW(prctl(PR_CAPBSET_READ, 99));
    SHOW(syscall(SYS_capget, &header, capabilities));
    header.version = 1;
    SHOW(syscall(SYS_capget, &header, capabilities));
    SEE(header.version);
    SHOW(prctl(PR_GET_NAME, thread_name));
    SHOW(gethostname(host, sizeof host));
    SHOW(sethostname(host, -1));
    SHOW(sethostname(host, 65));
    int ready[2];
    char byte;
    pipe(ready);
    pid_t pid = child();
    if (pid == 0) {
        setpgid(0, 0);
        write(ready[1], "r", 1);
        for (;;)
            pause();
    }
    read(ready[0], &byte, 1);
    memset(&information, 0, sizeof information);
    SHOW(waitid(P_PGID, pid, &information, WEXITED | WNOHANG));
    SEE(information.si_pid);
    SHOW(kill(pid, SIGSTOP));
    SHOW(waitid(P_PID, pid, &information, WSTOPPED));
    say("code %d status %s", information.si_code, signal_name(information.si_status));
    SHOW(kill(pid, SIGCONT));
    SHOW(waitid(P_PGID, pid, &information, WCONTINUED));
    say("code %d", information.si_code);
    SHOW(kill(pid, SIGTERM));
    reap("the child", pid);
    fflush(stdout);
    pid = syscall(SYS_clone, SIGCHLD | 0x01000000, 0, 0, &(int){0}, 0);
    if (pid == 0)
        _exit(7);
    reap("clone as fork", pid);
}

static void quiet(int number)
{
    (void)number;
}

CASE(signals_by_their_other_calls)
{
    struct sigaction action = {.sa_handler = quiet, .sa_flags = SA_NOCLDSTOP}, seen;
    siginfo_t information = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
    stack_t stack = {.ss_flags = SS_ONSTACK, .ss_sp = malloc(20000), .ss_size = 20000};
    SHOW(sigaction(SIGCHLD, &action, 0));
    SHOW(sigaction(SIGCHLD, 0, &seen));
    SEE(seen.sa_flags & SA_NOCLDSTOP);
    sigaction(SIGUSR1, &action, 0);
    SHOW(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, &information));
    SHOW(syscall(SYS_rt_tgsigqueueinfo, getpid(), 999999, SIGUSR1, &information));
    SHOW(syscall(SYS_sigaltstack, &stack, 0));
    SHOW(syscall(SYS_alarm, 50) > 0);
    SHOW(syscall(SYS_alarm, 0));
    alarm(20);
}

CASE(memory_by_its_other_calls)
{
    char *area = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0), *there;
    SEE(area != MAP_FAILED);
    there = mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SEE(there != MAP_FAILED);
    strcpy(area, "moved to a place");
    SEE(mremap(area, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, there) == there);
    say("%s", there);
    SHOW(madvise(there, 4096, MADV_FREE));
    SHOW(msync(there, 4096, MS_ASYNC));
    SHOW(msync(there, 4096, MS_INVALIDATE));
    SHOW(mlockall(MCL_CURRENT));
    SHOW(munlockall());
    int word = 5, other = 7;
    SHOW(syscall(SYS_futex, &word, 5, 1, 1, &other, 1 << 12));
    SEE(other);
}

CASE(time_by_its_other_calls)
{
    struct timespec now;
    SHOW(syscall(SYS_clock_settime, 77, &(struct timespec){0, 0}));
    SHOW(syscall(SYS_settimeofday, &(struct timeval){0, -1}, 0));
    clock_gettime(CLOCK_REALTIME, &now);
    SHOW(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &now, 0));
    SHOW(syscall(SYS_clock_nanosleep, CLOCK_REALTIME, 0, &(struct timespec){0, 1000}, 0));
    SHOW(syscall(SYS_getrandom, &now, sizeof now, 2));
    static const int clocks[] = {CLOCK_BOOTTIME, CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM};
    for (int i = 0; i < COUNT(clocks); i++)
        say("timerfd of clock %d: %d", clocks[i], timerfd_create(clocks[i], 0) > 0);
    int fd = timerfd_create(CLOCK_REALTIME, 0);
    struct itimerspec far = {{0, 0}, {4000000000, 0}};
    SHOW(timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far, 0));
}

CASE(flags_of_send)
{
    static const int flags[] = {MSG_DONTROUTE, MSG_EOR, MSG_CONFIRM, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_MORE};
    char data[20];
    struct iovec piece = {data, 2};
    for (int i = 0; i < COUNT(flags); i++) {
        int port_a, port_b, a = udp_socket(&port_a), b = udp_socket(&port_b);
        connect(a, LOCAL(port_b));
        say("send with %x: %ld", flags[i], (long)send(a, "ab", 2, flags[i]));
        send(a, "", 0, 0);
        say("it came: %ld", (long)recv(b, data, 20, 0));
        struct mmsghdr message = {{.msg_iov = &piece, .msg_iovlen = 1}, 0};
        say("sendmsg: %ld", (long)sendmsg(a, &message.msg_hdr, flags[i]));
        send(a, "", 0, 0);
        say("it came: %ld", (long)recv(b, data, 20, 0));
        if (flags[i] != MSG_MORE)
            recv(b, data, 20, 0);
        say("sendmmsg: %ld", syscall(SYS_sendmmsg, a, &message, 1, flags[i]));
        close(a);
        close(b);
    }
}

CASE(flags_of_receive)
{
    static const int flags[] = {MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_ERRQUEUE, MSG_CMSG_CLOEXEC};
    char data[20];
    struct iovec piece = {data, 2};
    int port_a, port_b, a = udp_socket(&port_a), b = udp_socket(&port_b);
    connect(a, LOCAL(port_b));
    for (int i = 0; i < COUNT(flags); i++) {
        struct mmsghdr message = {{.msg_iov = &piece, .msg_iovlen = 1}, 0};
        send(a, "abc", 3, 0);
        wait_for(b, POLLIN);
        say("recv with %x: %ld", flags[i], (long)recv(b, data, 2, flags[i]));
        send(a, "abc", 3, 0);
        wait_for(b, POLLIN);
        long result = recvmsg(b, &message.msg_hdr, flags[i]);
        say("recvmsg: %ld, flags %x", result, message.msg_hdr.msg_flags & ~MSG_CMSG_CLOEXEC);
        send(a, "abc", 3, 0);
        wait_for(b, POLLIN);
        result = syscall(SYS_recvmmsg, b, &message, 1, flags[i] | MSG_DONTWAIT, 0);
        say("recvmmsg: %ld, length %u", result, message.msg_len);
        while (recv(b, data, 20, MSG_DONTWAIT) >= 0)
            ;
    }
}

static void both_ways(int fd, int level, int name, const char *text, int value)
{
    int seen = -77;
    socklen_t size = sizeof seen;
    long result = setsockopt(fd, level, name, &value, sizeof value);
    say("%s set to %d: %s", text, value, result ? errno_name(errno) : "ok");
    result = getsockopt(fd, level, name, &seen, &size);
    say("%s: %s %d", text, result ? errno_name(errno) : "ok", seen);
}

CASE(options_that_few_programs_set)
{
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0), raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), port, value;
    int frames = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP)), ends[2];
    char name[20] = "";
    socklen_t size = sizeof value;
    both_ways(tcp, SOL_SOCKET, SO_DEBUG, "SO_DEBUG", 1);
    both_ways(udp, SOL_SOCKET, SO_NO_CHECK, "SO_NO_CHECK", 1);
    both_ways(raw, IPPROTO_IP, IP_HDRINCL, "IP_HDRINCL", 1);
    both_ways(udp, IPPROTO_IP, IP_HDRINCL, "IP_HDRINCL", 1);
    both_ways(udp, IPPROTO_UDP, 1, "UDP_CORK", 1);
    both_ways(raw, 255, 1, "ICMP_FILTER", 5);
    SHOW(setsockopt(tcp, IPPROTO_TCP, TCP_FASTOPEN, &(int){5}, 4));
    SHOW(getsockopt(tcp, IPPROTO_TCP, TCP_FASTOPEN, &value, &size));
    SHOW(getsockopt(tcp, SOL_SOCKET, SO_SNDLOWAT, &value, &size));
    SEE(value);
    SHOW(setsockopt(tcp, SOL_SOCKET, SO_SNDLOWAT, &value, 4));
    SHOW(setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
    size = sizeof name;
    SHOW(getsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, name, &size));
    say("bound to %s", name);
    SHOW(setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, "none0", 6));
    size = sizeof value;
    SHOW(getsockopt(udp, IPPROTO_IP, IP_MULTICAST_IF, &value, &size));
    SEE(value);
    SHOW(getsockopt(udp, IPPROTO_IP, 14, &value, &size));
    tcp_pair(ends);
    SHOW(getsockopt(ends[0], IPPROTO_IP, 14, &value, &size));
    SEE(value);
    struct packet_mreq group = {.mr_ifindex = 1, .mr_type = PACKET_MR_PROMISC};
    SHOW(setsockopt(frames, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof group));
    SHOW(setsockopt(frames, SOL_PACKET, PACKET_DROP_MEMBERSHIP, &group, sizeof group));
    unsigned statistics[2];
    size = sizeof statistics;
    SHOW(getsockopt(frames, SOL_PACKET, PACKET_STATISTICS, statistics, &size));
    SEE(size);
    (void)port;
}

CASE(ioctls_that_few_programs_make)
{
    struct { char name[16]; union { struct sockaddr_in address; int value; char space[24]; }; } row = {.name = "lo"};
    int ends[2], count = -1;
    tcp_pair(ends);
    SHOW(ioctl(ends[0], TIOCOUTQ, &count));
    SEE(count);
    SHOW(ioctl(ends[0], 0x894B, &count));
    SEE(count);
    SHOW(ioctl(ends[0], 0x8917, &row));
    say_name("SIOCGIFDSTADDR", &row.address);
    SHOW(ioctl(ends[0], 0x8919, &row));
    say_name("SIOCGIFBRDADDR", &row.address);
    SHOW(ioctl(ends[0], 0x891D, &row));
    SEE(row.value);
    SHOW(ioctl(ends[0], 0x8942, &row));
    SEE(row.value);
}

CASE(events_that_few_programs_want)
{
    int ends[2], epoll = epoll_create1(0);
    struct epoll_event event = {EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDNORM | EPOLLWRNORM | EPOLLRDHUP | EPOLLWAKEUP, {.u64 = 1}};
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    write(ends[1], "x", 1);
    SHOW(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
    SHOW(epoll_wait(epoll, &event, 1, 0));
    say("%s", poll_bits(event.events));
    close(ends[1]);
    SHOW(epoll_wait(epoll, &event, 1, 0));
    say("%s", poll_bits(event.events));
}

CASE(ping_without_a_raw_socket)
{
    int fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
    SEE(fd >= 0 || errno == EACCES);
}
