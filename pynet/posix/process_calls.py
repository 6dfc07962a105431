"""The calls about processes and the system they run on: making and ending them, waiting for them, who they are, what they may."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix import signals
from pynet.posix.abi import (
    INT32,
    PAGE,
    RUSAGE,
    SECOND,
    SYSINFO,
    TWO_UINT64,
    UINT32,
    UINT64,
    read_struct,
    signed32,
    uts_field,
)
from pynet.posix.description import MAX_DESCRIPTORS
from pynet.posix.elf import USER_HIGH
from pynet.posix.process import (
    CLONE_VFORK,
    CLONE_VM,
    RLIM_INFINITY,
    RLIMIT_NOFILE,
    RLIMITS,
    Process,
    Thread,
    give_way,
    resident_pages,
)
from pynet.posix.signals import SIGCHLD
from pynet.posix.wait import park

if TYPE_CHECKING:
    from collections.abc import Callable

WNOHANG = 1
WUNTRACED = 2
WSTOPPED = 2
WEXITED = 4
WCONTINUED = 8
WNOWAIT = 0x01000000
# __WNOTHREAD, __WALL, __WCLONE: about threads as children, which there are none of.
WAIT_EXTRA = 0xE0000000
P_ALL = 0
P_PID = 1
P_PGID = 2

RUSAGE_SELF = 0
RUSAGE_CHILDREN = -1
RUSAGE_THREAD = 1

ARCH_SET_GS = 0x1001
ARCH_SET_FS = 0x1002
ARCH_GET_FS = 0x1003
ARCH_GET_GS = 0x1004

PR_SET_PDEATHSIG = 1
PR_GET_PDEATHSIG = 2
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_GET_NAME = 16
PR_GET_SECCOMP = 21
PR_CAPBSET_READ = 23
PR_SET_NO_NEW_PRIVS = 38
PR_GET_NO_NEW_PRIVS = 39
CAP_LAST = 40

GRND_NONBLOCK = 1
GRND_RANDOM = 2
GRND_INSECURE = 4
# Random bytes asked for at once.
RANDOM_PIECE = 65536

CAPABILITY_VERSION_3 = 0x20080522
ALL_CAPABILITIES = (1 << (CAP_LAST + 1)) - 1
CAPABILITIES = Struct("<IIIIII")

RELEASE = "6.1.0-pynet"
VERSION = "#1 pynet"
MAX_HOSTNAME = 64


# Making processes.


def fork(thread: Thread) -> int:
    """fork(2)"""
    return thread.process.clone(thread, SIGCHLD, 0, 0, 0, 0)


def vfork(thread: Thread) -> int:
    """vfork(2)"""
    return thread.process.clone(thread, CLONE_VFORK | CLONE_VM | SIGCHLD, 0, 0, 0, 0)


def clone(thread: Thread, flags: int, stack: int, parent_tid: int, child_tid: int, tls: int) -> int:
    """clone(2), with x86-64's order of arguments."""
    return thread.process.clone(thread, flags & 0xFFFFFFFF, stack, parent_tid, child_tid, tls)


def exit_(thread: Thread, status: int) -> int:
    """exit(2): this thread; the process when it is the last."""
    process = thread.process
    if len(process.threads) == 1 and process.wait_status < 0:
        process.wait_status = (status & 0xFF) << 8
    thread.alive = False
    return 0


def exit_group(thread: Thread, status: int) -> int:
    """exit_group(2)"""
    thread.process.end((status & 0xFF) << 8)
    return 0


# Waiting for them.


class News:
    """What there is to tell of a child."""

    def __init__(self, child: Process, wait_status: int, code: int, status: int) -> None:
        self.child = child
        self.wait_status = wait_status
        self.code = code
        self.status = status


def news_of(child: Process, options: int, keep: bool) -> News | None:
    """What `options` ask for and has happened; told once unless `keep`."""
    if child.has_ended and options & WEXITED:
        status = child.wait_status
        killed = status & 0x7F
        return News(child, status, signals.CLD_KILLED if killed else signals.CLD_EXITED, killed if killed else status >> 8)
    if child.stop_news and options & WSTOPPED:
        number = child.stop_news
        if not keep:
            child.stop_news = 0
        return News(child, number << 8 | 0x7F, signals.CLD_STOPPED, number)
    if child.continue_news and options & WCONTINUED:
        if not keep:
            child.continue_news = False
        return News(child, 0xFFFF, signals.CLD_CONTINUED, signals.SIGCONT)
    return None


def wait_for(thread: Thread, wanted: Callable[[Process], bool], options: int) -> News | None:
    """The next news of a child that is wanted; None with WNOHANG. OSError ECHILD, EINTR. A child whose end is told is gone after."""
    process = thread.process
    while True:
        children = [child for child in process.children if wanted(child)]
        if not children:
            raise os_error(errno.ECHILD)
        for child in children:
            news = news_of(child, options, bool(options & WNOWAIT))
            if news is not None:
                return news
        if options & WNOHANG:
            return None
        park(process.stack, process.children_changed)


def rusage(user: int, system: int, resident: int) -> bytes:
    """struct rusage."""
    fields = [0] * 14
    fields[0] = resident * PAGE // 1024
    return RUSAGE.pack(user // SECOND, user % SECOND, system // SECOND, system % SECOND, *fields)


def usage_of_ended(child: Process) -> bytes:
    """struct rusage of a child that was waited for."""
    user, system = child.cpu_time()
    return rusage(user + child.children_user_time, system + child.children_system_time, 0)


def by_pid(pid: int, pgid: int) -> Callable[[Process], bool]:
    """Whom waitpid's number means."""
    if pid > 0:
        return lambda child: child.pid == pid
    if pid == -1:
        return lambda child: True
    group = -pid if pid else pgid
    return lambda child: child.pgid == group


def wait4(thread: Thread, pid: int, status: int, options: int, usage: int) -> int:
    """wait4(2)"""
    options, pid = options & 0xFFFFFFFF, signed32(pid)
    if options & ~(WNOHANG | WUNTRACED | WCONTINUED | WAIT_EXTRA):
        raise os_error(errno.EINVAL)
    if pid == -0x80000000:
        raise os_error(errno.ESRCH)
    news = wait_for(thread, by_pid(pid, thread.process.pgid), options | WEXITED)
    if news is None:
        return 0
    if status:
        thread.space.write(status, INT32.pack(news.wait_status))
    if usage:
        thread.space.write(usage, usage_of_ended(news.child))
    if news.child.has_ended:
        thread.process.child_was_waited_for(news.child)
    return news.child.pid


def waitid(thread: Thread, kind: int, number: int, info: int, options: int, usage: int) -> int:
    """waitid(2)"""
    options, kind, number = options & 0xFFFFFFFF, signed32(kind), signed32(number)
    if options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | WAIT_EXTRA) or not options & (WEXITED | WSTOPPED | WCONTINUED):
        raise os_error(errno.EINVAL)
    if kind == P_ALL:
        wanted = by_pid(-1, 0)
    elif kind == P_PID and number > 0:
        wanted = by_pid(number, 0)
    elif kind == P_PGID and number >= 0:
        wanted = by_pid(-number, thread.process.pgid)
    else:
        raise os_error(errno.EINVAL)
    news = wait_for(thread, wanted, options)
    if news is not None and usage:
        thread.space.write(usage, usage_of_ended(news.child))
    if info:
        filled = signals.Siginfo(SIGCHLD, news.code, news.child.pid, news.child.uid, news.status).pack() if news is not None else bytes(28)
        thread.space.write(info, filled[:28])
    if news is not None and news.child.has_ended and not options & WNOWAIT:
        thread.process.child_was_waited_for(news.child)
    return 0


# Who they are.


def getpid(thread: Thread) -> int:
    """getpid(2)"""
    return thread.process.pid


def gettid(thread: Thread) -> int:
    """gettid(2)"""
    return thread.tid


def getppid(thread: Thread) -> int:
    """getppid(2)"""
    parent = thread.process.parent
    return parent.pid if parent is not None else 0


def zero(thread: Thread) -> int:
    """getuid(2) and its kin: everybody is root."""
    return 0


def setuid(thread: Thread, uid: int) -> int:
    """setuid(2) and its kin: root may become another, but nobody else is known here, so only root itself."""
    if uid & 0xFFFFFFFF not in (0, 0xFFFFFFFF):
        raise os_error(errno.EPERM)
    return 0


def setreuid(thread: Thread, real: int, effective: int) -> int:
    """setreuid(2), setregid(2)"""
    setuid(thread, real)
    return setuid(thread, effective)


def setresuid(thread: Thread, real: int, effective: int, saved: int) -> int:
    """setresuid(2), setresgid(2)"""
    setreuid(thread, real, effective)
    return setuid(thread, saved)


def getresuid(thread: Thread, real: int, effective: int, saved: int) -> int:
    """getresuid(2), getresgid(2)"""
    for address in (real, effective, saved):
        thread.space.write(address, UINT32.pack(0))
    return 0


def setfsuid(thread: Thread, uid: int) -> int:
    """setfsuid(2), setfsgid(2): the number before."""
    return 0


def getgroups(thread: Thread, size: int, address: int) -> int:
    """getgroups(2): none."""
    if signed32(size) < 0:
        raise os_error(errno.EINVAL)
    return 0


def setgroups(thread: Thread, size: int, address: int) -> int:
    """setgroups(2): read and forgotten, as root passes every check."""
    if size & 0xFFFFFFFF > 65536:
        raise os_error(errno.EINVAL)
    if size:
        thread.space.read(address, 4 * (size & 0xFFFFFFFF))
    return 0


def find_process(thread: Thread, pid: int) -> Process:
    """A process by number, 0 for the caller's. OSError ESRCH."""
    pid = signed32(pid)
    process = thread.process if pid == 0 else thread.process.processes.by_pid.get(pid)
    if process is None:
        raise os_error(errno.ESRCH)
    return process


def setpgid(thread: Thread, pid: int, pgid: int) -> int:
    """setpgid(2)"""
    pid, pgid = signed32(pid) or thread.process.pid, signed32(pgid)
    if pgid < 0:
        raise os_error(errno.EINVAL)
    pgid = pgid or pid
    caller = thread.process
    target = caller.processes.by_pid.get(pid)
    if target is None or (target is not caller and target.parent is not caller):
        raise os_error(errno.ESRCH)
    if target is not caller:
        if target.sid != caller.sid:
            raise os_error(errno.EPERM)
        if target.has_executed:
            raise os_error(errno.EACCES)
    if target.sid == target.pid:
        raise os_error(errno.EPERM)
    if pgid != pid and not any(other.pgid == pgid and other.sid == caller.sid for other in caller.processes.by_pid.values()):
        raise os_error(errno.EPERM)
    target.pgid = pgid
    return 0


def getpgid(thread: Thread, pid: int) -> int:
    """getpgid(2)"""
    return find_process(thread, pid).pgid


def getpgrp(thread: Thread) -> int:
    """getpgrp(2)"""
    return thread.process.pgid


def getsid(thread: Thread, pid: int) -> int:
    """getsid(2)"""
    return find_process(thread, pid).sid


def setsid(thread: Thread) -> int:
    """setsid(2)"""
    process = thread.process
    if any(other.pgid == process.pid for other in process.processes.by_pid.values()):
        raise os_error(errno.EPERM)
    process.sid = process.pgid = process.pid
    process.terminal = None
    return process.pid


# What they may.


def get_limit(process: Process, resource: int) -> tuple[int, int]:
    """(soft, hard). OSError EINVAL."""
    resource &= 0xFFFFFFFF
    if resource >= RLIMITS:
        raise os_error(errno.EINVAL)
    return process.limits.get(resource, (RLIM_INFINITY, RLIM_INFINITY))


def set_limit(process: Process, resource: int, soft: int, hard: int) -> None:
    """OSError EINVAL; EPERM for more descriptors than there can be."""
    resource &= 0xFFFFFFFF
    if resource >= RLIMITS or soft > hard:
        raise os_error(errno.EINVAL)
    if resource == RLIMIT_NOFILE:
        if hard > MAX_DESCRIPTORS:
            raise os_error(errno.EPERM)
        process.sockets.table.limit = soft
    process.limits[resource] = (soft, hard)


def prlimit64(thread: Thread, pid: int, resource: int, new: int, old: int) -> int:
    """prlimit64(2)"""
    wanted = read_struct(thread, new, TWO_UINT64) if new else None
    process = find_process(thread, pid)
    before = get_limit(process, resource)
    if wanted is not None:
        set_limit(process, resource, wanted[0], wanted[1])
    if old:
        thread.space.write(old, TWO_UINT64.pack(*before))
    return 0


def getrlimit(thread: Thread, resource: int, address: int) -> int:
    """getrlimit(2)"""
    thread.space.write(address, TWO_UINT64.pack(*get_limit(thread.process, resource)))
    return 0


def setrlimit(thread: Thread, resource: int, address: int) -> int:
    """setrlimit(2)"""
    soft, hard = read_struct(thread, address, TWO_UINT64)
    set_limit(thread.process, resource, soft, hard)
    return 0


def getrusage(thread: Thread, who: int, address: int) -> int:
    """getrusage(2)"""
    process = thread.process
    who = signed32(who)
    if who == RUSAGE_SELF:
        user, system = process.cpu_time()
    elif who == RUSAGE_CHILDREN:
        user, system = process.children_user_time, process.children_system_time
    elif who == RUSAGE_THREAD:
        user, system = thread.user_time, thread.system_time
    else:
        raise os_error(errno.EINVAL)
    thread.space.write(address, rusage(user, system, resident_pages(process) if who != RUSAGE_CHILDREN else 0))
    return 0


def getpriority(thread: Thread, which: int, who: int) -> int:
    """getpriority(2): all are alike; 20 is nice 0 as the call encodes it."""
    if not 0 <= signed32(which) <= 2:
        raise os_error(errno.EINVAL)
    if which == 0:
        find_process(thread, who)
    return 20


def setpriority(thread: Thread, which: int, who: int, nice: int) -> int:
    """setpriority(2): taken, and changes nothing."""
    getpriority(thread, which, who)
    return 0


# The thread's own words.


def set_tid_address(thread: Thread, address: int) -> int:
    """set_tid_address(2)"""
    thread.clear_child_tid = address
    return thread.tid


def arch_prctl(thread: Thread, code: int, address: int) -> int:
    """arch_prctl(2): the bases of FS and GS. OSError EPERM for an address that is not ring 3's, EINVAL."""
    code = signed32(code)
    if code in (ARCH_SET_FS, ARCH_SET_GS):
        if address >= USER_HIGH:
            raise os_error(errno.EPERM)
        if code == ARCH_SET_FS:
            thread.context.fs_base = address
        else:
            thread.context.gs_base = address
        return 0
    if code not in (ARCH_GET_FS, ARCH_GET_GS):
        raise os_error(errno.EINVAL)
    thread.space.write(address, UINT64.pack(thread.context.fs_base if code == ARCH_GET_FS else thread.context.gs_base))
    return 0


def prctl(thread: Thread, option: int, argument: int, third: int, fourth: int, fifth: int) -> int:
    """prctl(2): names, and what answers the same for every process here."""
    option = signed32(option)
    if option == PR_SET_NAME:
        try:
            name = thread.space.read_string(argument, 16)
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            name = thread.space.read(argument, 15)
        thread.name = name.decode("latin-1")
        if thread.tid == thread.process.pid:
            thread.process.name = thread.name
    elif option == PR_GET_NAME:
        thread.space.write(argument, thread.name.encode("latin-1")[:15].ljust(16, b"\0"))
    elif option == PR_GET_DUMPABLE:
        return 1
    elif option == PR_CAPBSET_READ:
        if argument > CAP_LAST:
            raise os_error(errno.EINVAL)
        return 1
    elif option == PR_GET_NO_NEW_PRIVS:
        return int(thread.process.no_new_privileges)
    elif option == PR_SET_NO_NEW_PRIVS:
        if argument != 1 or third or fourth or fifth:
            raise os_error(errno.EINVAL)
        thread.process.no_new_privileges = True
    elif option in (PR_GET_SECCOMP, PR_SET_DUMPABLE):
        if option == PR_SET_DUMPABLE and argument > 1:
            raise os_error(errno.EINVAL)
        return 0
    else:
        raise os_error(errno.EINVAL)
    return 0


def capget(thread: Thread, header: int, data: int) -> int:
    """capget(2): root has them all."""
    version, pid = read_struct(thread, header, Struct("<Ii"))
    if version != CAPABILITY_VERSION_3:
        thread.space.write(header, UINT32.pack(CAPABILITY_VERSION_3))
        if data:
            raise os_error(errno.EINVAL)
        return 0
    find_process(thread, pid)
    if data:
        low, high = ALL_CAPABILITIES & 0xFFFFFFFF, ALL_CAPABILITIES >> 32
        thread.space.write(data, CAPABILITIES.pack(low, low, 0, high, high, 0))
    return 0


# The system.


def uname(thread: Thread, address: int) -> int:
    """uname(2)"""
    fields = ["Linux", thread.process.processes.hostname, RELEASE, VERSION, "x86_64", "(none)"]
    thread.space.write(address, b"".join([uts_field(field) for field in fields]))
    return 0


def sethostname(thread: Thread, address: int, length: int) -> int:
    """sethostname(2)"""
    length = signed32(length)
    if not 0 <= length <= MAX_HOSTNAME:
        raise os_error(errno.EINVAL)
    thread.process.processes.hostname = thread.space.read(address, length).decode("latin-1")
    return 0


def sysinfo(thread: Thread, address: int) -> int:
    """sysinfo(2)"""
    processes = thread.process.processes
    memory = processes.machine.memory()
    total, free = memory["frames_total"] * PAGE, memory["frames_free"] * PAGE
    uptime = processes.stack.now() // SECOND
    thread.space.write(address, SYSINFO.pack(uptime, 0, 0, 0, total, free, 0, 0, 0, 0, len(processes.by_pid), 0, 0, 1))
    return 0


def getrandom(thread: Thread, buffer: int, count: int, flags: int) -> int:
    """getrandom(2)"""
    flags &= 0xFFFFFFFF
    if flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) or flags & (GRND_RANDOM | GRND_INSECURE) == GRND_RANDOM | GRND_INSECURE:
        raise os_error(errno.EINVAL)
    count = min(count, 0x7FFFFFFF)
    for at in range(0, count, RANDOM_PIECE):
        try:
            thread.space.write(buffer + at, thread.process.stack.entropy(min(RANDOM_PIECE, count - at)))
        except OSError:
            if at:
                return at
            raise
    return count


def sched_yield(thread: Thread) -> int:
    """sched_yield(2)"""
    give_way(thread)
    return 0


def sched_getaffinity(thread: Thread, pid: int, size: int, address: int) -> int:
    """sched_getaffinity(2): one CPU. The bytes of the mask that were written."""
    size &= 0xFFFFFFFF
    if size < 8 or size & 7:
        raise os_error(errno.EINVAL)
    find_thread_or_self(thread, pid)
    thread.space.write(address, UINT64.pack(1))
    return 8


def sched_setaffinity(thread: Thread, pid: int, size: int, address: int) -> int:
    """sched_setaffinity(2). OSError EINVAL for a mask without the one CPU."""
    mask = thread.space.read(address, min(size & 0xFFFFFFFF, 8))
    find_thread_or_self(thread, pid)
    if not mask or not mask[0] & 1:
        raise os_error(errno.EINVAL)
    return 0


def find_thread_or_self(thread: Thread, tid: int) -> None:
    """OSError ESRCH unless there is such a thread; 0 is the caller."""
    tid = signed32(tid)
    if tid and tid not in thread.process.processes.threads:
        raise os_error(errno.ESRCH)


def sched_getscheduler(thread: Thread, pid: int) -> int:
    """sched_getscheduler(2): SCHED_OTHER."""
    find_thread_or_self(thread, pid)
    return 0


def sched_setscheduler(thread: Thread, pid: int, policy: int, address: int) -> int:
    """sched_setscheduler(2): SCHED_OTHER is what there is. OSError EINVAL for another."""
    (priority,) = read_struct(thread, address, INT32)
    find_thread_or_self(thread, pid)
    if signed32(policy) & ~0x40000000 or priority:
        raise os_error(errno.EINVAL)
    return 0


def sched_getparam(thread: Thread, pid: int, address: int) -> int:
    """sched_getparam(2): priority 0."""
    find_thread_or_self(thread, pid)
    thread.space.write(address, INT32.pack(0))
    return 0


def sched_priority_limit(thread: Thread, policy: int) -> int:
    """sched_get_priority_max(2) and _min(2): Linux's numbers for policies that it knows."""
    policy = signed32(policy)
    if policy not in (0, 3, 5):
        raise os_error(errno.EINVAL)
    return 0


def getcpu(thread: Thread, cpu: int, node: int) -> int:
    """getcpu(2): CPU 0 of node 0."""
    for address in (cpu, node):
        if address:
            thread.space.write(address, UINT32.pack(0))
    return 0


def not_there(thread: Thread) -> int:
    """A call that C libraries try and do without (rseq, clone3, membarrier)."""
    raise os_error(errno.ENOSYS)


CALLS = {
    "fork": fork, "vfork": vfork, "clone": clone, "exit": exit_, "exit_group": exit_group, "wait4": wait4, "waitid": waitid,
    "getpid": getpid, "gettid": gettid, "getppid": getppid, "getuid": zero, "geteuid": zero, "getgid": zero, "getegid": zero,
    "setuid": setuid, "setgid": setuid, "setreuid": setreuid, "setregid": setreuid, "setresuid": setresuid, "setresgid": setresuid,
    "getresuid": getresuid, "getresgid": getresuid, "setfsuid": setfsuid, "setfsgid": setfsuid, "getgroups": getgroups, "setgroups": setgroups,
    "setpgid": setpgid, "getpgid": getpgid, "getpgrp": getpgrp, "getsid": getsid, "setsid": setsid,
    "prlimit64": prlimit64, "getrlimit": getrlimit, "setrlimit": setrlimit, "getrusage": getrusage,
    "getpriority": getpriority, "setpriority": setpriority, "set_tid_address": set_tid_address, "arch_prctl": arch_prctl, "prctl": prctl,
    "capget": capget, "uname": uname, "sethostname": sethostname, "sysinfo": sysinfo, "getrandom": getrandom, "sched_yield": sched_yield,
    "sched_getaffinity": sched_getaffinity, "sched_setaffinity": sched_setaffinity, "sched_getscheduler": sched_getscheduler,
    "sched_setscheduler": sched_setscheduler, "sched_getparam": sched_getparam, "sched_get_priority_max": sched_priority_limit,
    "sched_get_priority_min": sched_priority_limit, "getcpu": getcpu, "rseq": not_there, "clone3": not_there, "membarrier": not_there,
}  # fmt: skip
