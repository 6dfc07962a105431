"""What of Linux's system calls there is, those of sockets and of waiting aside (pynet.posix.table).

call -> the flags, options and commands of it that are supported, each spelt as strace prints it.
A call that is not here answers ENOSYS. What is not named of a call answers as Linux does for what it does not know (EINVAL, ENOPROTOOPT, ENOTTY ...).
"""

from __future__ import annotations

OPEN_FLAGS = (
    "O_RDONLY", "O_WRONLY", "O_RDWR", "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_NONBLOCK", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_PATH",
)  # fmt: skip
CLOCKS = ("CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID", "CLOCK_THREAD_CPUTIME_ID", "CLOCK_BOOTTIME")
PROTECTIONS = ("PROT_NONE", "PROT_READ", "PROT_WRITE", "PROT_EXEC")
TIMERS = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")
WAIT_OPTIONS = ("WNOHANG", "WUNTRACED", "WCONTINUED")

FILES: dict[str, tuple[str, ...]] = {
    "read": (), "write": (), "readv": (), "writev": (), "pread64": (), "pwrite64": (), "preadv": (), "pwritev": (),
    "lseek": ("SEEK_SET", "SEEK_CUR", "SEEK_END", "SEEK_DATA", "SEEK_HOLE"),
    "open": OPEN_FLAGS, "openat": (*OPEN_FLAGS, "AT_FDCWD"), "creat": (), "close": (), "close_range": ("CLOSE_RANGE_CLOEXEC",),
    "dup": (), "dup2": (), "dup3": ("O_CLOEXEC",), "pipe": (), "pipe2": ("O_CLOEXEC", "O_NONBLOCK"),
    "fcntl": ("F_DUPFD", "F_DUPFD_CLOEXEC", "F_GETFD", "F_SETFD", "F_GETFL", "F_SETFL", "F_GETLK", "F_SETLK", "F_SETLKW", "F_GETPIPE_SZ", "F_SETPIPE_SZ"),
    "flock": ("LOCK_SH", "LOCK_EX", "LOCK_UN", "LOCK_NB"),
    "ioctl": ("FIONREAD", "FIONBIO", "FIOCLEX", "FIONCLEX", "TCGETS", "TCSETS", "TIOCGWINSZ", "TIOCGPGRP"),
    "stat": (), "lstat": (), "fstat": (), "newfstatat": ("AT_FDCWD", "AT_SYMLINK_NOFOLLOW", "AT_EMPTY_PATH"),
    "statx": ("AT_EMPTY_PATH", "AT_SYMLINK_NOFOLLOW"), "statfs": (), "fstatfs": (),
    "access": ("F_OK", "R_OK", "W_OK", "X_OK"), "faccessat": ("F_OK",), "faccessat2": ("AT_EACCESS",),
    "readlink": (), "readlinkat": (), "symlink": (), "symlinkat": (), "link": (), "linkat": ("AT_SYMLINK_FOLLOW",),
    "unlink": (), "unlinkat": ("AT_REMOVEDIR",), "rename": (), "renameat": (), "renameat2": ("RENAME_NOREPLACE", "RENAME_EXCHANGE"),
    "mkdir": (), "mkdirat": (), "rmdir": (), "mknod": ("S_IFREG", "S_IFIFO"), "mknodat": ("S_IFREG", "S_IFIFO"),
    "chmod": (), "fchmod": (), "fchmodat": (), "chown": (), "lchown": (), "fchown": (), "fchownat": ("AT_SYMLINK_NOFOLLOW",),
    "utime": (), "utimensat": ("UTIME_NOW", "UTIME_OMIT", "AT_SYMLINK_NOFOLLOW"),
    "truncate": (), "ftruncate": (), "fallocate": ("FALLOC_FL_KEEP_SIZE",),
    "getxattr": (), "lgetxattr": (), "fgetxattr": (), "setxattr": (), "lsetxattr": (), "fsetxattr": (), "listxattr": (), "llistxattr": (), "flistxattr": (),
    "fsync": (), "fdatasync": (), "sync": (), "syncfs": (), "sync_file_range": (), "fadvise64": ("POSIX_FADV_SEQUENTIAL",),
    "sendfile": (), "copy_file_range": (), "splice": (), "tee": (), "vmsplice": (),
    "getdents64": (), "getcwd": (), "chdir": (), "fchdir": (), "umask": (),
}  # fmt: skip

PROCESSES: dict[str, tuple[str, ...]] = {
    "fork": (), "vfork": (), "execve": (), "exit": (), "exit_group": (),
    "clone": (
        "CLONE_VM", "CLONE_FS", "CLONE_FILES", "CLONE_SIGHAND", "CLONE_THREAD", "CLONE_SYSVSEM", "CLONE_SETTLS", "CLONE_PARENT_SETTID",
        "CLONE_CHILD_CLEARTID", "CLONE_CHILD_SETTID", "CLONE_VFORK",
    ),
    "wait4": WAIT_OPTIONS, "waitid": ("P_ALL", "P_PID", "P_PGID", "WEXITED", "WSTOPPED", "WCONTINUED", "WNOHANG", "WNOWAIT"),
    "getpid": (), "gettid": (), "getppid": (), "getpgid": (), "getpgrp": (), "setpgid": (), "getsid": (), "setsid": (),
    "getuid": (), "geteuid": (), "getgid": (), "getegid": (), "setuid": (), "setgid": (), "setreuid": (), "setregid": (), "setresuid": (),
    "setresgid": (), "getresuid": (), "getresgid": (), "setfsuid": (), "setfsgid": (), "getgroups": (), "setgroups": (),
    "prlimit64": ("RLIMIT_NOFILE", "RLIMIT_STACK", "RLIMIT_AS"), "getrlimit": ("RLIMIT_NOFILE",), "setrlimit": ("RLIMIT_NOFILE",),
    "getrusage": ("RUSAGE_SELF", "RUSAGE_CHILDREN", "RUSAGE_THREAD"), "getpriority": ("PRIO_PROCESS",), "setpriority": ("PRIO_PROCESS",),
    "set_tid_address": (), "set_robust_list": (), "get_robust_list": (), "arch_prctl": ("ARCH_SET_FS", "ARCH_GET_FS", "ARCH_SET_GS", "ARCH_GET_GS"),
    "prctl": ("PR_SET_NAME", "PR_GET_NAME", "PR_GET_DUMPABLE", "PR_SET_NO_NEW_PRIVS", "PR_GET_NO_NEW_PRIVS", "PR_CAPBSET_READ"),
    "capget": ("_LINUX_CAPABILITY_VERSION_3",),
    "futex": ("FUTEX_WAIT_PRIVATE", "FUTEX_WAKE_PRIVATE", "FUTEX_WAIT_BITSET", "FUTEX_WAKE_BITSET", "FUTEX_REQUEUE", "FUTEX_CMP_REQUEUE", "FUTEX_WAKE_OP"),
    "uname": (), "sethostname": (), "sysinfo": (), "getrandom": ("GRND_NONBLOCK", "GRND_RANDOM"), "getcpu": (),
    "sched_yield": (), "sched_getaffinity": (), "sched_setaffinity": (), "sched_getscheduler": (), "sched_setscheduler": ("SCHED_OTHER",),
    "sched_getparam": (), "sched_get_priority_max": ("SCHED_OTHER",), "sched_get_priority_min": ("SCHED_OTHER",),
}  # fmt: skip

MEMORY: dict[str, tuple[str, ...]] = {
    "brk": (), "munmap": (), "mprotect": PROTECTIONS, "mincore": (), "mlock": (), "munlock": (), "mlockall": ("MCL_CURRENT",), "munlockall": (),
    "mmap": (*PROTECTIONS, "MAP_PRIVATE", "MAP_SHARED", "MAP_ANONYMOUS", "MAP_FIXED", "MAP_FIXED_NOREPLACE", "MAP_NORESERVE", "MAP_POPULATE", "MAP_STACK"),
    "mremap": ("MREMAP_MAYMOVE", "MREMAP_FIXED"), "madvise": ("MADV_DONTNEED", "MADV_FREE"), "msync": ("MS_SYNC", "MS_ASYNC", "MS_INVALIDATE"),
}  # fmt: skip

SIGNALS: dict[str, tuple[str, ...]] = {
    "rt_sigaction": ("SA_RESTORER", "SA_RESTART", "SA_SIGINFO", "SA_ONSTACK", "SA_NODEFER", "SA_RESETHAND", "SA_NOCLDSTOP", "SA_NOCLDWAIT"),
    "rt_sigprocmask": ("SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK"), "rt_sigpending": (), "rt_sigsuspend": (), "rt_sigtimedwait": (), "rt_sigreturn": (),
    "rt_sigqueueinfo": ("SI_QUEUE",), "rt_tgsigqueueinfo": ("SI_QUEUE",), "sigaltstack": ("SS_ONSTACK", "SS_DISABLE"), "pause": (),
    "kill": ("SIGKILL", "SIGTERM", "SIGSTOP", "SIGCONT"), "tkill": (), "tgkill": (),
    "alarm": (), "getitimer": TIMERS, "setitimer": TIMERS,
}  # fmt: skip

TIME: dict[str, tuple[str, ...]] = {
    "clock_gettime": CLOCKS, "clock_getres": ("CLOCK_MONOTONIC",), "clock_settime": (), "settimeofday": (), "gettimeofday": (), "time": (), "times": (),
    "nanosleep": (), "clock_nanosleep": ("CLOCK_REALTIME", "CLOCK_MONOTONIC", "TIMER_ABSTIME"),
}  # fmt: skip

TABLE: dict[str, tuple[str, ...]] = {**FILES, **PROCESSES, **MEMORY, **SIGNALS, **TIME}

# Calls that are answered with ENOSYS on purpose: C libraries try them and do without.
DONE_WITHOUT = ("rseq", "clone3", "membarrier")
