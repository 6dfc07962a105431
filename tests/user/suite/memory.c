/* brk, mmap and its kin, and what copies between the kernel and a program check. */
#include "suite.h"
#include <sys/resource.h>

CASE(the_end_of_the_heap)
{
    char *start = (char *)syscall(SYS_brk, 0);
    SEE(syscall(SYS_brk, start + 10000) == (long)(start + 10000));
    start[9999] = 7;
    SEE(start[0] + start[5000]);
    SEE(syscall(SYS_brk, 0) == (long)(start + 10000));
    SEE(syscall(SYS_brk, start) == (long)start);
    SEE(syscall(SYS_brk, start + 10000) == (long)(start + 10000));
    SEE(start[9999]);
    SEE(syscall(SYS_brk, 5) == (long)(start + 10000));
}

CASE(anonymous_mappings)
{
    char *area = mmap(0, 20000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *other;
    SEE(area != MAP_FAILED && (uintptr_t)area % 4096 == 0);
    SEE(area[0] + area[19999]);
    memset(area, 5, 20000);
    SHOW(munmap(area + 4096, 4096));
    SEE(area[0] + area[8192]);
    other = mmap(area + 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    SEE(other == area + 4096);
    SEE(other[0]);
    SHOW(mmap(area, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? -1 : 0);
    SHOW((long)mmap(0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    SHOW((long)mmap(0, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0));
    SHOW((long)mmap(area + 1, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    SHOW((long)mmap(0, 1UL << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    SHOW((long)mmap(0, 4096, PROT_READ, MAP_PRIVATE, 99, 0));
    SHOW((long)syscall(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 5));
    SHOW(munmap(area + 1, 4096));
    SHOW(munmap(area, 0));
    SHOW(munmap(area, 1UL << 60));
    SHOW(munmap(area, 20000));
    SHOW(munmap(area, 20000));
}

CASE(mappings_of_files)
{
    char text[10], *area;
    int fd = open("file", O_RDWR | O_CREAT, 0600), ends[2];
    write(fd, "mapped file", 11);
    area = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    say_bytes("mapped", area, 13);
    area[0] = 'M';
    SHOW(pread(fd, text, 6, 0));
    say_bytes("file", text, 6);
    area = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
    SEE(area != MAP_FAILED);
    pipe(ends);
    SHOW((long)mmap(0, 4096, PROT_READ, MAP_PRIVATE, ends[0], 0));
    fd = open("file", O_WRONLY);
    SHOW((long)mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
    fd = open("file", O_RDONLY);
    SHOW((long)mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    fd = open("/dev/zero", O_RDWR);
    area = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    SEE(area[100]);
    SHOW(unlink("file"));
}

CASE(limits_of_memory)
{
    struct rlimit limit = {64 << 20, 64 << 20};
    char *area = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    SEE(area != MAP_FAILED);
    SEE(area[(1 << 20) - 1]);
    SHOW(setrlimit(RLIMIT_AS, &limit));
    SHOW((long)mmap(0, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    SHOW((long)mmap(0, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0));
    SHOW((long)mremap(area, 1 << 20, 64 << 20, MREMAP_MAYMOVE));
    SEE(mmap(0, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    long end = syscall(SYS_brk, 0);
    SEE(syscall(SYS_brk, end + (64 << 20)) == end);
}

CASE(protections)
{
    char *area = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int ends[2];
    pipe(ends);
    write(ends[1], "hello", 5);
    SHOW(mprotect(area + 4096, 4096, PROT_READ));
    SHOW(read(ends[0], area + 4096, 2));
    SHOW(read(ends[0], area, 2));
    SHOW(mprotect(area, 4096, PROT_NONE));
    SHOW(write(ends[1], area, 2));
    SHOW(mprotect(area, 3 * 4096, PROT_READ | PROT_WRITE));
    SEE(area[0]);
    SHOW(mprotect(area + 1, 4096, PROT_READ));
    SHOW(mprotect(area, 4096, 0x100));
    SHOW(mprotect(area, 0, PROT_READ));
    SHOW(munmap(area + 4096, 4096));
    SHOW(mprotect(area, 3 * 4096, PROT_READ));
    static const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3};
    area = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(area, code, sizeof code);
    SHOW(mprotect(area, 4096, PROT_READ | PROT_EXEC));
    SEE(((int (*)(void))(uintptr_t)area)());
}

CASE(moving_mappings)
{
    char *area = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *moved;
    strcpy(area, "moved along");
    moved = mremap(area, 8192, 1 << 20, MREMAP_MAYMOVE);
    SEE(moved != MAP_FAILED);
    say("%s %d", moved, moved[(1 << 20) - 1]);
    SEE(mremap(moved, 1 << 20, 4096, 0) == moved);
    SHOW((long)mremap(moved + 1, 4096, 8192, 0));
    SHOW((long)mremap(moved, 4096, 0, 0));
    SHOW((long)mremap((void *)0x10000, 4096, 8192, MREMAP_MAYMOVE));
    SHOW(madvise(moved, 4096, MADV_DONTNEED));
    SEE(moved[0]);
    SHOW(madvise(moved, 4096, 9999));
    SHOW(madvise(moved + 1, 4096, MADV_NORMAL));
    SHOW(msync(moved, 4096, MS_SYNC));
    SHOW(msync(moved, 4096, 99));
    SHOW(mlock(moved, 4096));
    SHOW(munlock(moved, 4096));
    unsigned char present[1] = {9};
    moved[0] = 1;
    SHOW(syscall(SYS_mincore, moved, 4096, present));
    SEE(present[0] & 1);
    SHOW(syscall(SYS_mlockall, 0));
    SHOW(syscall(SYS_munlockall));
}

CASE(pointers_are_checked)
{
    char *area = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = open("/dev/zero", O_RDONLY);
    munmap(area + 4096, 4096);
    SHOW(syscall(SYS_read, fd, area + 4000, 96));
    SHOW(syscall(SYS_read, fd, area + 4096, 10));
    SHOW(syscall(SYS_read, fd, 0xffffffff80000000, 10));
    SHOW(syscall(SYS_read, fd, 0x8000000000000000, 10));
    SHOW(syscall(SYS_read, fd, 0x7ffffffff000, 10));
    SHOW(syscall(SYS_open, 0xffffffff80000000, 0));
    memset(area, 'x', 4096);
    SHOW(syscall(SYS_open, area + 4090, 0));
    SHOW(syscall(SYS_getcwd, area + 4096, 100));
    SHOW(syscall(SYS_clock_gettime, 1, 0xffffffff80000000));
    SHOW(syscall(SYS_nanosleep, area + 4090, 0));
    SHOW(syscall(SYS_fstat, fd, area + 4090));
}
