/* Files, directories and links of a file system in memory; the caller is root and works in a directory of its own. */
#include "suite.h"
#include <dirent.h>
#include <sys/file.h>
#include <sys/statfs.h>

static void say_stat(const char *what, const struct stat *found)
{
    say("%s: mode %o, links %ld, size %ld, uid %d", what, found->st_mode, S_ISDIR(found->st_mode) ? 0L : (long)found->st_nlink,
        S_ISDIR(found->st_mode) ? 0L : (long)found->st_size, found->st_uid);
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    need(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
    close(fd);
}

static void show_text(const char *path)
{
    char text[100];
    int fd = open(path, O_RDONLY);
    long count = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (count < 0)
        say("%s: %s", path, errno_name(errno));
    else
        say_bytes(path, text, count);
    close(fd);
}

CASE(open_creates_and_truncates)
{
    int fd;
    umask(022);
    SHOW(open("new", O_RDONLY));
    fd = SHOW(open("new", O_RDWR | O_CREAT, 0666));
    SHOW(write(fd, "content", 7));
    SHOW(open("new", O_RDWR | O_CREAT | O_EXCL, 0666));
    SHOW(open("new/more", O_RDONLY));
    SHOW(open("no/where", O_RDWR | O_CREAT, 0666));
    SHOW(open("new", O_RDONLY | O_DIRECTORY));
    SHOW(open(".", O_WRONLY));
    SHOW(open("", O_RDONLY));
    SHOW(syscall(SYS_open, BAD_POINTER, O_RDONLY));
    SHOW(fcntl(fd, F_GETFL) & ~0100000);
    SHOW(close(SHOW(open("new", O_WRONLY | O_TRUNC))));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(unlink("new"));
    SHOW(syscall(SYS_creat, "new", 0600));
    SHOW(unlink("new"));
}

CASE(reading_and_writing)
{
    char data[20];
    int fd = open("file", O_RDWR | O_CREAT, 0644), append;
    SHOW(write(fd, "hello world", 11));
    SHOW(read(fd, data, 5));
    SHOW(lseek(fd, 6, SEEK_SET));
    SHOW(read(fd, data, 20));
    say_bytes("read", data, 5);
    SHOW(lseek(fd, -3, SEEK_END));
    SHOW(lseek(fd, 1, SEEK_CUR));
    SHOW(lseek(fd, -100, SEEK_CUR));
    SHOW(lseek(fd, 0, 77));
    SHOW(pwrite(fd, "HE", 2, 0));
    SHOW(pread(fd, data, 4, 0));
    say_bytes("pread", data, 4);
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(pread(fd, data, 4, -1));
    SHOW(pread(fd, data, 4, 1000));
    SHOW(lseek(fd, 20, SEEK_SET));
    SHOW(write(fd, "far", 3));
    SHOW(pread(fd, data, 20, 9));
    say_bytes("with a hole", data, 14);
    append = open("file", O_WRONLY | O_APPEND);
    SHOW(write(append, "!", 1));
    SHOW(lseek(append, 0, SEEK_CUR));
    SHOW(pwrite(append, "?", 1, 0));
    SHOW(read(append, data, 1));
    SHOW(lseek(fd, 0, SEEK_END));
    struct iovec pieces[2] = {{data, 3}, {data + 3, 3}};
    SHOW(preadv(fd, pieces, 2, 0));
    say_bytes("preadv", data, 6);
    SHOW(pwritev(fd, pieces, 1, 10));
    int waiting = -1;
    SHOW(lseek(fd, 4, SEEK_SET));
    SHOW(ioctl(fd, FIONREAD, &waiting));
    SEE(waiting);
    show_poll("a file", fd, POLLIN | POLLOUT | POLLPRI, 0);
    SHOW(unlink("file"));
}

CASE(truncation)
{
    struct stat found;
    int fd = open("file", O_RDWR | O_CREAT, 0644), reader;
    write(fd, "0123456789", 10);
    SHOW(ftruncate(fd, 4));
    SHOW(fstat(fd, &found));
    SEE(found.st_size);
    SHOW(ftruncate(fd, 8));
    char data[8];
    SHOW(pread(fd, data, 8, 0));
    say_bytes("data", data, 8);
    SHOW(truncate("file", 2));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(ftruncate(fd, -1));
    reader = open("file", O_RDONLY);
    SHOW(ftruncate(reader, 1));
    SHOW(truncate("nothing", 1));
    SHOW(truncate(".", 1));
    SHOW(syscall(SYS_fallocate, fd, 0, 0, 100));
    SHOW(lseek(fd, 0, SEEK_END));
    SHOW(fsync(fd));
    SHOW(fdatasync(fd));
    SHOW(fsync(99));
    SHOW(syscall(SYS_fadvise64, fd, 0, 0, 0));
    SHOW(unlink("file"));
}

CASE(stat_in_all_its_spellings)
{
    struct stat found, other;
    umask(022);
    put("file", "12345");
    SHOW(mkdir("dir", 0750));
    SHOW(symlink("file", "link"));
    SHOW(stat("file", &found));
    say_stat("file", &found);
    SEE(found.st_blksize > 0 && found.st_ino > 0);
    SHOW(stat("link", &other));
    SEE(other.st_ino == found.st_ino && other.st_dev == found.st_dev);
    SHOW(lstat("link", &other));
    say_stat("link", &other);
    SHOW(stat("dir", &found));
    say_stat("dir", &found);
    SHOW(fstatat(AT_FDCWD, "link", &found, AT_SYMLINK_NOFOLLOW));
    SHOW(syscall(SYS_newfstatat, 0, "", &found, AT_EMPTY_PATH));
    SHOW(syscall(SYS_newfstatat, AT_FDCWD, "file", &found, 0x8000));
    SHOW(stat("nothing", &found));
    SHOW(fstat(99, &found));
    SHOW(syscall(SYS_stat, "file", BAD_POINTER));
    SHOW(syscall(SYS_lstat, "file", &found));
    SHOW(fstat(0, &found));
    SHOW(stat("/dev/null", &found));
    say("/dev/null: %o", found.st_mode & S_IFMT);
    unsigned char extended[256] = {0};
    SHOW(syscall(SYS_statx, AT_FDCWD, "file", 0, 0x7ff, extended));
    SEE(*(uint16_t *)(extended + 28));
    SEE(*(uint64_t *)(extended + 40));
    SHOW(unlink("link"));
    SHOW(unlink("file"));
    SHOW(rmdir("dir"));
}

CASE(directories)
{
    SHOW(mkdir("d", 0755));
    SHOW(mkdir("d", 0755));
    SHOW(mkdir("d/e/", 0755));
    SHOW(mkdir("x/y", 0755));
    SHOW(rmdir("d"));
    SHOW(unlink("d"));
    SHOW(rmdir("d/e/."));
    SHOW(rmdir("d/e/.."));
    put("d/file", "x");
    SHOW(rmdir("d/file"));
    SHOW(mkdirat(AT_FDCWD, "d/file/x", 0755));
    int dir = SHOW(open("d", O_RDONLY | O_DIRECTORY));
    SHOW(unlinkat(dir, "file", AT_REMOVEDIR));
    SHOW(unlinkat(dir, "file", 0));
    SHOW(unlinkat(dir, "e", 0));
    SHOW(unlinkat(dir, "e", AT_REMOVEDIR));
    SHOW(unlinkat(dir, "e", 5));
    char data[10];
    SHOW(read(dir, data, 10));
    SHOW(write(dir, data, 10));
    SHOW(rmdir("d"));
    SHOW(openat(dir, "new", O_CREAT | O_RDWR, 0600));
    SHOW(rmdir("/"));
}

CASE(getdents64_lists)
{
    struct entry { uint64_t ino; int64_t off; uint16_t length; uint8_t type; char name[]; } *entry;
    char buffer[2000], names[10][300];
    int count = 0, dir;
    long got, at;
    mkdir("d", 0755);
    put("d/one", "1");
    mkdir("d/two", 0755);
    symlink("one", "d/three");
    dir = open("d", O_RDONLY | O_DIRECTORY);
    SHOW(syscall(SYS_getdents64, dir, buffer, 10));
    got = syscall(SYS_getdents64, dir, buffer, sizeof buffer);
    for (at = 0; at < got; at += entry->length) {
        entry = (void *)(buffer + at);
        snprintf(names[count++], 300, "%s type %d%s", entry->name, entry->type, entry->length % 8 || !entry->ino ? " misaligned" : "");
    }
    qsort(names, count, 300, (int (*)(const void *, const void *))strcmp);
    for (int i = 0; i < count; i++)
        say("%s", names[i]);
    SHOW(syscall(SYS_getdents64, dir, buffer, sizeof buffer));
    SHOW(lseek(dir, 0, SEEK_SET));
    SEE(syscall(SYS_getdents64, dir, buffer, sizeof buffer) == got);
    SHOW(syscall(SYS_getdents64, open("d/one", O_RDONLY), buffer, sizeof buffer));
    SHOW(syscall(SYS_getdents64, 99, buffer, sizeof buffer));
    SHOW(unlink("d/one") | rmdir("d/two") | unlink("d/three") | rmdir("d"));
}

CASE(names_and_links)
{
    char text[100];
    struct stat found;
    put("a", "content of a");
    SHOW(link("a", "b"));
    SHOW(stat("b", &found));
    SEE(found.st_nlink);
    SHOW(link("a", "b"));
    SHOW(link(".", "c"));
    SHOW(link("nothing", "c"));
    SHOW(unlink("a"));
    show_text("b");
    SHOW(symlink("b", "s"));
    SHOW(symlink("", "e"));
    SHOW(readlink("s", text, sizeof text));
    SHOW(readlink("s", text, 0));
    SHOW(readlink("b", text, 100));
    SHOW(readlinkat(AT_FDCWD, "s", text, 100));
    show_text("s");
    SHOW(open("s", O_RDONLY | O_NOFOLLOW));
    SHOW(symlink("loop", "loop"));
    SHOW(open("loop", O_RDONLY));
    SHOW(symlink("nowhere", "dangling"));
    SHOW(open("dangling", O_RDONLY));
    SHOW(open("dangling", O_RDWR | O_CREAT | O_EXCL, 0600));
    SHOW(access("dangling", F_OK));
    SHOW(unlink("loop") | unlink("dangling") | unlink("s"));
    SHOW(linkat(AT_FDCWD, "b", AT_FDCWD, "c", 0));
    SHOW(symlinkat("b", AT_FDCWD, "s"));
    SHOW(unlink("s") | unlink("b") | unlink("c"));
    SHOW(unlink("c"));
}

CASE(renaming)
{
    put("a", "A");
    put("b", "B");
    mkdir("d", 0755);
    mkdir("d/sub", 0755);
    mkdir("empty", 0755);
    SHOW(rename("a", "b"));
    show_text("b");
    SHOW(rename("a", "c"));
    SHOW(rename("b", "d"));
    SHOW(rename("d", "b"));
    SHOW(rename("d", "d/sub/inside"));
    SHOW(rename("empty", "d"));
    SHOW(rename("d", "empty"));
    SHOW(rename("b", "empty/b"));
    show_text("empty/b");
    SHOW(rename("empty/b", "b/"));
    put("b", "B");
    SHOW(renameat(AT_FDCWD, "b", AT_FDCWD, "c"));
    SHOW(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "empty/b", 1));
    SHOW(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "empty/b", 2));
    show_text("c");
    SHOW(unlink("c") | unlink("empty/b") | rmdir("empty/sub") | rmdir("empty"));
}

CASE(an_unlinked_file_lives_while_it_is_open)
{
    struct stat found;
    char data[10];
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    write(fd, "still here", 10);
    SHOW(unlink("file"));
    SHOW(open("file", O_RDONLY));
    SHOW(pread(fd, data, 10, 0));
    say_bytes("data", data, 10);
    SHOW(fstat(fd, &found));
    SEE(found.st_nlink);
}

CASE(paths_that_are_too_long)
{
    static char path[5000];
    memset(path, 'n', 256);
    SHOW(open(path, O_RDONLY));
    path[255] = 0;
    SHOW(open(path, O_RDONLY));
    memset(path, '/', 4096);
    SHOW(access(path, F_OK));
    path[4095] = 0;
    SHOW(access(path, F_OK));
}

CASE(the_working_directory)
{
    char here[200], text[200];
    SHOW(getcwd(here, sizeof here) != 0);
    mkdir("d", 0755);
    put("d/file", "in d");
    SHOW(chdir("d"));
    show_text("file");
    SHOW(getcwd(text, sizeof text) != 0);
    SEE(strncmp(text, here, strlen(here)));
    say("then %s", text + strlen(here));
    SHOW(syscall(SYS_getcwd, text, 3));
    SHOW(chdir("file"));
    SHOW(chdir("nothing"));
    int up = open("..", O_RDONLY);
    SHOW(fchdir(up));
    show_text("d/file");
    SHOW(fchdir(99));
    SHOW(unlink("d/file") | rmdir("d"));
}

CASE(modes_and_owners)
{
    struct stat found;
    SHOW(umask(027));
    SHOW(umask(022));
    put("file", "x");
    SHOW(chmod("file", 0600));
    stat("file", &found);
    say("mode %o", found.st_mode);
    int fd = open("file", O_RDWR);
    SHOW(fchmod(fd, 04755));
    fstat(fd, &found);
    say("mode %o", found.st_mode);
    SHOW(fchmodat(AT_FDCWD, "file", 0444, 0));
    SHOW(access("file", R_OK | W_OK));
    SHOW(access("file", X_OK));
    SHOW(access("file", 8));
    SHOW(faccessat(AT_FDCWD, "file", R_OK, 0));
    SHOW(access("/nothing", F_OK));
    SHOW(chown("file", 0, 0));
    SHOW(fchown(fd, -1, -1));
    SHOW(lchown("file", 0, 0));
    SHOW(chmod("nothing", 0600));
    SHOW(fchmod(99, 0600));
    SHOW(unlink("file"));
}

CASE(times_of_a_file)
{
    struct stat found;
    struct timespec both[2] = {{1000, 5000}, {2000, 7000}};
    put("file", "x");
    stat("file", &found);
    SEE(labs(time(0) - found.st_mtime) < 3);
    SHOW(utimensat(AT_FDCWD, "file", both, 0));
    stat("file", &found);
    SEE(found.st_atim.tv_sec);
    SEE(found.st_mtim.tv_sec);
    SEE(found.st_mtim.tv_nsec);
    both[0].tv_nsec = UTIME_OMIT;
    both[1].tv_nsec = UTIME_NOW;
    SHOW(utimensat(AT_FDCWD, "file", both, 0));
    stat("file", &found);
    SEE(found.st_atim.tv_sec);
    SEE(labs(time(0) - found.st_mtime) < 3);
    SHOW(utimensat(AT_FDCWD, "nothing", 0, 0));
    SHOW(unlink("file"));
}

CASE(file_locks)
{
    int fd = open("file", O_RDWR | O_CREAT, 0600), other = open("file", O_RDWR);
    pid_t pid;
    SHOW(flock(fd, LOCK_EX));
    SHOW(flock(other, LOCK_EX | LOCK_NB));
    SHOW(flock(other, LOCK_SH | LOCK_NB));
    SHOW(flock(fd, LOCK_UN));
    SHOW(flock(other, LOCK_SH | LOCK_NB));
    SHOW(flock(fd, LOCK_SH | LOCK_NB));
    SHOW(flock(fd, 77));
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10};
    SHOW(fcntl(fd, F_SETLK, &lock));
    pid = child();
    if (pid == 0) {
        SHOW(fcntl(fd, F_SETLK, &lock));
        SHOW(fcntl(fd, F_GETLK, &lock));
        SEE(lock.l_type == F_WRLCK && lock.l_pid == getppid());
        lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
        SHOW(fcntl(fd, F_SETLKW, &lock));
        leave(0);
    }
    reap("child", pid);
    SHOW(unlink("file"));
}

CASE(special_files)
{
    struct stat found;
    char data[4];
    SHOW(mkfifo("fifo", 0600));
    SHOW(open("fifo", O_WRONLY | O_NONBLOCK));
    int reader = SHOW(open("fifo", O_RDONLY | O_NONBLOCK));
    SHOW(read(reader, data, 4));
    int writer = SHOW(open("fifo", O_WRONLY));
    SHOW(read(reader, data, 4));
    SHOW(write(writer, "abc", 3));
    SHOW(read(reader, data, 4));
    SHOW(fstat(reader, &found));
    SEE(S_ISFIFO(found.st_mode));
    SHOW(unlink("fifo"));
    SHOW(mknod("plain", S_IFREG | 0600, 0));
    SHOW(unlink("plain"));
    struct statfs system;
    SHOW(statfs("/tmp", &system));
    SEE(system.f_bsize > 0);
    SHOW(fstatfs(reader, &system));
    SHOW(statfs("/nothing", &system));
    sync();
}

CASE(proc_self)
{
    char text[4096], path[200];
    int fd;
    long count;
    SHOW(readlink("/proc/self/exe", text, sizeof text) > 0);
    snprintf(path, sizeof path, "/proc/%d/stat", getpid());
    fd = open(path, O_RDONLY);
    count = read(fd, text, sizeof text - 1);
    text[count > 0 ? count : 0] = 0;
    SEE(atoi(text) == getpid());
    say_bytes("state", strrchr(text, ')') + 2, 1);
    fd = open("/proc/self/cmdline", O_RDONLY);
    SEE(read(fd, text, sizeof text) > 0);
    fd = open("/proc/meminfo", O_RDONLY);
    count = read(fd, text, sizeof text - 1);
    SEE(strncmp(text, "MemTotal:", 9));
    fd = open("/proc/self/status", O_RDONLY);
    count = read(fd, text, sizeof text - 1);
    SEE(strncmp(text, "Name:\t", 6));
    fd = open("/proc/net/tcp", O_RDONLY);
    count = read(fd, text, sizeof text - 1);
    SEE(strncmp(text, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode", 96));
    SHOW(access("/proc/net/snmp", R_OK));
    SHOW(access("/proc/net/dev", R_OK));
    SHOW(access("/proc/self/maps", R_OK));
    SHOW(access("/proc/uptime", R_OK));
    SHOW(access("/proc/loadavg", R_OK));
    SHOW(access("/proc/sys/net/core/somaxconn", R_OK));
    SHOW(access("/proc/sys/vm/overcommit_memory", R_OK));
    fd = open("/dev/null", O_RDWR);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    count = readlink(path, text, sizeof text);
    say_bytes("/proc/self/fd of /dev/null", text, count);
    SHOW(open("/proc/999999/stat", O_RDONLY));
}

CASE(proc_net_tcp_shows_a_listener)
{
    char text[16384], wanted[60];
    int port, fd, listening = listener(&port, 7);
    snprintf(wanted, sizeof wanted, "0100007F:%04X 00000000:0000 0A", port);
    fd = open("/proc/net/tcp", O_RDONLY);
    long count = read_all(fd, text, sizeof text - 1);
    text[count] = 0;
    SEE(strstr(text, wanted) != 0);
    close(listening);
    SHOW(lseek(fd, 0, SEEK_SET));
    count = read_all(fd, text, sizeof text - 1);
    text[count] = 0;
    SEE(strstr(text, wanted) != 0);
}
