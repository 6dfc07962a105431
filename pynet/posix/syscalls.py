"""The system calls of x86-64 Linux by number, and the dispatcher that serves one.

A handler is `call(thread, ...) -> int`: its arguments are the registers' unsigned 64-bit values, as many as the table's format has letters; it returns
rax, or raises OSError whose errno the program sees. The formats are strace's business (pynet.posix.strace).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.posix import (
    execute,
    file_calls,
    futex,
    locks,
    memory_calls,
    process_calls,
    signals,
    socket_calls,
    strace,
    time_calls,
    wait_calls,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.posix.process import Processes, Thread

# number name format, by asm/unistd_64.h. A letter an argument: pynet.posix.strace says what each means.
NUMBERS = """
0 read fBk;1 write fbk;2 open som;3 close f;4 stat sp;5 fstat fp;6 lstat sp;7 poll pkd;8 lseek flh;9 mmap pkPMfx;10 mprotect pkP;11 munmap pk
12 brk p;13 rt_sigaction Sppk;14 rt_sigprocmask Hppk;15 rt_sigreturn ;16 ioctl fip;17 pread64 fBkl;18 pwrite64 fbkl;19 readv fpd;20 writev fpd
21 access sd;22 pipe p;23 select dpppp;24 sched_yield ;25 mremap pkkdp;26 msync pkd;27 mincore pkp;28 madvise pka;32 dup f;33 dup2 ff;34 pause
35 nanosleep tp;36 getitimer dp;37 alarm u;38 setitimer dpp;39 getpid ;40 sendfile ffpk;41 socket ATd;42 connect fnd;43 accept fpp
44 sendto fbkdnd;45 recvfrom fBkdpp;46 sendmsg fpd;47 recvmsg fpd;48 shutdown fd;49 bind fnd;50 listen fd;51 getsockname fpp;52 getpeername fpp
53 socketpair ATdp;54 setsockopt fdDpd;55 getsockopt fdDpp;56 clone xpppp;57 fork ;58 vfork ;59 execve sVq;60 exit d;61 wait4 dpwp;62 kill dS
63 uname p;72 fcntl fFx;73 flock fd;74 fsync f;75 fdatasync f;76 truncate sl;77 ftruncate fl;79 getcwd Qk;80 chdir s;81 fchdir f;82 rename ss
83 mkdir sm;84 rmdir s;85 creat sm;86 link ss;87 unlink s;88 symlink ss;89 readlink sBk;90 chmod sm;91 fchmod fm;92 chown sdd;93 fchown fdd
94 lchown sdd;95 umask m;96 gettimeofday pp;97 getrlimit dp;98 getrusage dp;99 sysinfo p;100 times p;102 getuid ;104 getgid ;105 setuid d
106 setgid d;107 geteuid ;108 getegid ;109 setpgid dd;110 getppid ;111 getpgrp ;112 setsid ;113 setreuid dd;114 setregid dd;115 getgroups dp
116 setgroups dp;117 setresuid ddd;118 getresuid ppp;119 setresgid ddd;120 getresgid ppp;121 getpgid d;122 setfsuid d;123 setfsgid d;124 getsid d
125 capget pp;127 rt_sigpending pk;128 rt_sigtimedwait pptk;129 rt_sigqueueinfo dSp;130 rt_sigsuspend pk;131 sigaltstack pp;132 utime sp
133 mknod smx;137 statfs sp;138 fstatfs fp;140 getpriority dd;141 setpriority ddd;143 sched_getparam dp;144 sched_setscheduler ddp
145 sched_getscheduler d;146 sched_get_priority_max d;147 sched_get_priority_min d;149 mlock pk;150 munlock pk;151 mlockall d;152 munlockall
157 prctl dxxxx;158 arch_prctl Rp;160 setrlimit dp;162 sync ;164 settimeofday pp;170 sethostname bk;186 gettid
188 setxattr sspkx;189 lsetxattr sspkx;190 fsetxattr fspkx
191 getxattr sspk;192 lgetxattr sspk;193 fgetxattr fspk;194 listxattr spk;195 llistxattr spk;196 flistxattr fpk
200 tkill dS;201 time p
202 futex pWutpx;203 sched_setaffinity dkp;204 sched_getaffinity dkp;213 epoll_create d;217 getdents64 fpk;218 set_tid_address p
221 fadvise64 flkd;227 clock_settime dp;228 clock_gettime Cp;229 clock_getres Cp;230 clock_nanosleep Cdtp;231 exit_group d;232 epoll_wait fpdd
233 epoll_ctl fdfp;234 tgkill ddS;247 waitid ddpwp;257 openat Zsom;258 mkdirat Zsm;259 mknodat Zsmx;260 fchownat Zsddx;262 newfstatat Zspx
263 unlinkat Zsx;264 renameat ZsZs;265 linkat ZsZsx;266 symlinkat sZs;267 readlinkat ZsBk;268 fchmodat Zsm;269 faccessat Zsd;270 pselect6 dppptp
271 ppoll pktpk;273 set_robust_list pk;274 get_robust_list dpp;275 splice fpfpkx;276 tee ffkx;277 sync_file_range flkx;278 vmsplice fpkx;280 utimensat Zspx
281 epoll_pwait fpddpk;283 timerfd_create Cx;284 eventfd u;285 fallocate fdll;286 timerfd_settime fdpp;287 timerfd_gettime fp;288 accept4 fppx
290 eventfd2 ux;291 epoll_create1 x;292 dup3 ffo;293 pipe2 po;295 preadv fpdll;296 pwritev fpdll;297 rt_tgsigqueueinfo ddSp;299 recvmmsg fpudp
302 prlimit64 ddpp;306 syncfs f;307 sendmmsg fpud;309 getcpu pp;316 renameat2 ZsZsx;318 getrandom pkx;322 execveat ZsVqx;324 membarrier
326 copy_file_range fpfpkx;332 statx Zsxxp;334 rseq ;435 clone3 ;436 close_range uux;439 faccessat2 Zsdx;441 epoll_pwait2 fpdtpk
"""


# Calls that are not there are counted one by one up to this number; all beyond it are counted as this one.
MAX_NUMBER = 512


class Call:
    """One system call. handler: None for a call that is known by name alone."""

    def __init__(self, name: str, form: str, handler: Callable[..., int] | None) -> None:
        self.name = name
        self.form = form
        self.count = len(form)
        self.handler = handler


def handlers() -> dict[str, Any]:
    """Every handler there is, by name."""
    calls: dict[str, Any] = {}
    for module in (execute, file_calls, futex, locks, memory_calls, process_calls, signals, socket_calls, time_calls, wait_calls):
        calls.update(module.CALLS)
    return calls


def trace_to(processes: Processes, take: Callable[[str], None]) -> None:
    """Have `take` called with a line for every call, signal and end from now on."""
    processes.trace = take
    processes.trace_signal = lambda thread, info: take(strace.signal_line(thread, info))
    processes.trace_end = lambda thread: take(strace.end_line(thread))


def read_table() -> dict[int, Call]:
    """NUMBERS with the handlers."""
    known = handlers()
    table: dict[int, Call] = {}
    for entry in NUMBERS.replace("\n", ";").split(";"):
        words = entry.split()
        if words:
            form = words[2] if len(words) > 2 else ""
            table[int(words[0])] = Call(words[1], form, known.get(words[1]))
    return table


TABLE = read_table()


def dispatch(thread: Thread) -> None:
    """Serve the call that the thread's context holds. ENOSYS for one that is not there; those are counted."""
    context = thread.context
    number = context.number & 0xFFFFFFFF
    thread.call_number = number
    thread.timed_call = False
    call = TABLE.get(number)
    processes = thread.process.processes
    trace = processes.trace
    before = strace.entering(thread, number, call) if trace is not None else ""
    if call is None or call.handler is None:
        counted = min(number, MAX_NUMBER)
        processes.unknown_calls[counted] = processes.unknown_calls.get(counted, 0) + 1
        result = -errno.ENOSYS
    else:
        result = serve(thread, call, context)
    if trace is not None:
        trace(strace.left(thread, call, before, result))
    if thread.keeps_registers:
        thread.keeps_registers = False
    else:
        context.result = result
    if thread.saved_mask is not None and not thread.interrupted:
        thread.set_mask(thread.saved_mask)
        thread.saved_mask = None


def serve(thread: Thread, call: Call, context: Any) -> int:
    """The handler's result, or the error as a negative number. Whatever else goes wrong in it ends the process that asked, and nothing more."""
    argument = context.argument
    count = call.count
    handler: Any = call.handler
    try:
        if count == 3:
            result = handler(thread, argument(0), argument(1), argument(2))
        elif count == 2:
            result = handler(thread, argument(0), argument(1))
        elif count == 4:
            result = handler(thread, argument(0), argument(1), argument(2), argument(3))
        else:
            result = handler(thread, *[argument(number) for number in range(count)])
        return int(result)
    except OSError as error:
        if error.errno == errno.EINTR:
            thread.interrupted = call.name
        return -(error.errno or errno.EIO)
    except MemoryError:
        return -errno.ENOMEM
    except OverflowError:
        # An address beyond 64 bits: a pointer and what was added to it.
        return -errno.EFAULT
    except Exception as error:  # noqa: BLE001 (a fault of ours must not take the others along)
        thread.process.processes.stack.log(call.name + ": " + type(error).__name__ + ": " + str(error))
        thread.process.end(signals.SIGSYS)
        return -errno.ENOSYS
