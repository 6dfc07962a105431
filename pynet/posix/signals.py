"""Signals (signal(7), POSIX.1-2017 XSH 2.4): what is pending, what is to be done, and the frame that a handler runs on.

The frame is Linux's rt_sigframe of x86-64, byte for byte, because C libraries and unwinders read it: a return address (SA_RESTORER's), a ucontext, a
siginfo, and above them the vector state on a boundary of 64.

    higher    red zone of the interrupted function (128 bytes)
              vector state (FXSAVE or XSAVE area)
              siginfo (128)
              ucontext (304): flags link stack registers mask
    rsp ->    address of the restorer, which calls rt_sigreturn
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.abi import (
    MASK64,
    SECOND,
    TWO_LONGS,
    UINT64,
    read_struct,
    read_timespec,
    read_timeval,
    signed32,
    timeval,
)
from pynet.posix.wait import park
from pynet.readiness import Waiter, WaitQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.posix.process import Process, Thread

SIGHUP = 1
SIGINT = 2
SIGQUIT = 3
SIGILL = 4
SIGTRAP = 5
SIGABRT = 6
SIGBUS = 7
SIGFPE = 8
SIGKILL = 9
SIGSEGV = 11
SIGPIPE = 13
SIGALRM = 14
SIGTERM = 15
SIGCHLD = 17
SIGCONT = 18
SIGSTOP = 19
SIGTSTP = 20
SIGTTIN = 21
SIGTTOU = 22
SIGURG = 23
SIGVTALRM = 26
SIGPROF = 27
SIGWINCH = 28
SIGSYS = 31
# The first of the real-time signals, of which every one sent is kept.
SIGRTMIN = 32
SIGNALS = 64

SIG_DFL = 0
SIG_IGN = 1

SA_NOCLDSTOP = 0x00000001
SA_NOCLDWAIT = 0x00000002
SA_SIGINFO = 0x00000004
SA_RESTORER = 0x04000000
SA_ONSTACK = 0x08000000
SA_RESTART = 0x10000000
SA_NODEFER = 0x40000000
SA_RESETHAND = 0x80000000

SIG_BLOCK = 0
SIG_UNBLOCK = 1
SIG_SETMASK = 2

SS_ONSTACK = 1
SS_DISABLE = 2
SS_AUTODISARM = 1 << 31
MINSIGSTKSZ = 2048

SI_USER = 0
SI_KERNEL = 0x80
SI_QUEUE = -1
SI_TIMER = -2
SI_TKILL = -6
CLD_EXITED = 1
CLD_KILLED = 2
CLD_STOPPED = 5
CLD_CONTINUED = 6
SEGV_MAPERR = 1
SEGV_ACCERR = 2
ILL_ILLOPN = 2
FPE_INTDIV = 1
BUS_ADRALN = 1
BUS_ADRERR = 2
TRAP_BRKPT = 1

IGNORED_BY_DEFAULT = frozenset((SIGCHLD, SIGCONT, SIGURG, SIGWINCH))
STOPPING = frozenset((SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU))

# Real-time signals kept for one process or thread (RLIMIT_SIGPENDING); EAGAIN for rt_sigqueueinfo beyond, the signal alone for kill.
MAX_QUEUED = 256

KERNEL_SIGACTION = Struct("<QQQQ")
STACK_T = Struct("<QixxxxQ")
UC_FLAGS_LINK = Struct("<QQ")
REGISTERS = Struct("<18Q")
# sigcontext behind the registers: cs gs fs ss, err, trapno, oldmask, cr2, fpstate, reserved.
SEGMENTS_AND_FAULT = Struct("<HHHHQQQQQ64x")
ITIMERVAL = Struct("<qqqq")
# setitimer's timers; which of them that count a process's own time sends which signal.
ITIMER_REAL = 0
ITIMER_VIRTUAL = 1
ITIMER_PROF = 2
CPU_TIMERS = {SIGVTALRM: ITIMER_VIRTUAL, SIGPROF: ITIMER_PROF}

UCONTEXT = 304
SIGINFO = 128
FRAME = 8 + UCONTEXT + SIGINFO
RED_ZONE = 128
# UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS; UC_FP_XSTATE when the vector state is an XSAVE area.
UC_FLAGS = 6
UC_FP_XSTATE = 1
FXSAVE_SIZE = 512
USER_CS = 0x33
USER_SS = 0x2B
# Direction, resume and trap flags are off when a handler starts.
FLAGS_CLEARED = 0x400 | 0x10000 | 0x100

# Where in Context.registers() they stand (struct sigcontext's order).
RDI = 8
RSI = 9
RDX = 12
RAX = 13
RSP = 15
RIP = 16
RFLAGS = 17
# The length of the `syscall` instruction: a call that is to be made again starts that much earlier.
SYSCALL_LENGTH = 2

# Calls that a handler with SA_RESTART has made again (ERESTARTSYS); any other call that EINTR ends is ended by every handler.
RESTARTED = frozenset((
    "read", "readv", "pread64", "write", "writev", "pwrite64", "open", "openat", "creat", "accept", "accept4", "connect", "sendto", "recvfrom",
    "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "wait4", "waitid", "fcntl", "flock", "ioctl", "sendfile", "getrandom", "futex",
))  # fmt: skip
# Those whose first argument is a descriptor that may have a timeout.
ON_DESCRIPTORS = frozenset((
    "read", "readv", "write", "writev", "accept", "accept4", "connect", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg",
))  # fmt: skip
# Calls that fail with EINTR even where no handler ran (a process that was stopped and continued).
NEVER_RESTARTED = frozenset(("epoll_wait", "epoll_pwait", "epoll_pwait2", "rt_sigtimedwait"))


def bit(number: int) -> int:
    """A signal's bit in a mask."""
    return 1 << (number - 1)


UNBLOCKABLE = bit(SIGKILL) | bit(SIGSTOP)


class Siginfo:
    """Why a signal was sent (siginfo_t). `value` is the second word of the union: a status for SIGCHLD, sigval for a queued signal."""

    def __init__(self, number: int, code: int = SI_USER, pid: int = 0, uid: int = 0, value: int = 0, address: int = -1) -> None:
        self.number = number
        self.code = code
        self.pid = pid
        self.uid = uid
        self.value = value
        self.address = address

    def pack(self) -> bytes:
        """siginfo_t, 128 bytes."""
        head = SIGINFO_HEAD.pack(self.number, 0, self.code)
        if self.address >= 0:
            body = UINT64.pack(self.address & MASK64)
        elif self.number == SIGCHLD and self.code > 0:
            body = SIGINFO_CHILD.pack(self.pid, self.uid, self.value)
        else:
            body = SIGINFO_SENT.pack(self.pid, self.uid, self.value & MASK64)
        return (head + body).ljust(SIGINFO, b"\0")


SIGINFO_HEAD = Struct("<iii4x")
SIGINFO_SENT = Struct("<iIQ")
SIGINFO_CHILD = Struct("<iIi")


class Action:
    """What a process does about one signal (struct sigaction)."""

    def __init__(self, handler: int = SIG_DFL, flags: int = 0, restorer: int = 0, mask: int = 0) -> None:
        self.handler = handler
        self.flags = flags
        self.restorer = restorer
        self.mask = mask


DEFAULT = Action()


class Pending:
    """Signals sent and not yet taken. Bounded: one of each number below SIGRTMIN, MAX_QUEUED of the others."""

    def __init__(self) -> None:
        self.infos: list[Siginfo] = []
        self.bits = 0

    def add(self, info: Siginfo) -> bool:
        """Keep it; False: there was no room for another of its number."""
        wanted = bit(info.number)
        if self.bits & wanted and (info.number < SIGRTMIN or len(self.infos) >= MAX_QUEUED + SIGRTMIN):
            return info.number < SIGRTMIN
        self.bits |= wanted
        self.infos.append(info)
        return True

    def take(self, allowed: int) -> Siginfo | None:
        """The oldest of the lowest number in the mask `allowed`."""
        chosen: Siginfo | None = None
        for info in self.infos:
            if bit(info.number) & allowed and (chosen is None or info.number < chosen.number):
                chosen = info
        if chosen is not None:
            self.infos.remove(chosen)
            self.count()
        return chosen

    def forget(self, mask: int) -> None:
        """Those in `mask` were never sent."""
        if self.bits & mask:
            self.infos = [info for info in self.infos if not bit(info.number) & mask]
            self.count()

    def count(self) -> None:
        """The bits follow the list."""
        self.bits = 0
        for info in self.infos:
            self.bits |= bit(info.number)


class AlternateStack:
    """sigaltstack's. size 0: there is none."""

    def __init__(self) -> None:
        self.base = 0
        self.size = 0
        self.flags = SS_DISABLE

    def holds(self, rsp: int) -> bool:
        """A program with this stack pointer runs on it. One that disarms itself never counts as in use."""
        return self.size > 0 and not self.flags & SS_AUTODISARM and self.base < rsp <= self.base + self.size

    def told(self, rsp: int) -> int:
        """ss_flags as sigaltstack tells them."""
        if not self.size:
            return SS_DISABLE
        return (SS_ONSTACK if self.holds(rsp) else 0) | self.flags & SS_AUTODISARM


# Delivery


def deliver(thread: Thread) -> None:
    """Before a thread goes back to ring 3: take the signals that are not blocked, and do what their actions say."""
    process = thread.process
    while thread.alive and not thread.dying:
        if process.stopped:
            process.wait_until_continued(thread)
            continue
        info = thread.take_signal()
        if info is None:
            break
        action = process.actions.get(info.number, DEFAULT)
        if action.handler == SIG_DFL:
            default_action(thread, info)
        elif action.handler != SIG_IGN:
            enter_handler(thread, info, action)
    if thread.interrupted:
        if thread.interrupted not in NEVER_RESTARTED:
            restart_call(thread)
        thread.interrupted = ""
    if thread.saved_mask is not None:
        thread.set_mask(thread.saved_mask)
        thread.saved_mask = None


def default_action(thread: Thread, info: Siginfo) -> None:
    """SIG_DFL: nothing, stop, or the end (a core is never written)."""
    process = thread.process
    if info.number in IGNORED_BY_DEFAULT or process.is_init:
        return
    if info.number in STOPPING:
        process.stop(info.number)
    else:
        process.end(info.number)


def restart_call(thread: Thread) -> None:
    """The interrupted call is made again."""
    registers = list(thread.context.registers())
    registers[RIP] = registers[RIP] - SYSCALL_LENGTH & MASK64
    registers[RAX] = thread.call_number
    thread.context.set_registers(tuple(registers))


def enter_handler(thread: Thread, info: Siginfo, action: Action) -> None:
    """Have ring 3 go on in the handler. A stack that cannot be written ends in SIGSEGV."""
    if thread.interrupted:
        if action.flags & SA_RESTART and thread.interrupted in RESTARTED and not thread.timed_call and not has_timeout(thread):
            restart_call(thread)
        thread.interrupted = ""
    if action.flags & SA_RESETHAND:
        thread.process.actions.pop(info.number, None)
    try:
        if not action.flags & SA_RESTORER:
            raise os_error(errno.EFAULT)
        push_frame(thread, info, action)
    except OSError:
        force(thread, Siginfo(SIGSEGV, SI_KERNEL), info.number == SIGSEGV)
        return
    mask = thread.mask | action.mask
    if not action.flags & SA_NODEFER:
        mask |= bit(info.number)
    thread.saved_mask = None
    thread.set_mask(mask)


def has_timeout(thread: Thread) -> bool:
    """The interrupted call was on a socket with SO_RCVTIMEO or SO_SNDTIMEO: such a call is never made again (signal(7))."""
    if thread.interrupted not in ON_DESCRIPTORS:
        return False
    description = thread.process.sockets.table.descriptions.get(signed32(thread.context.argument(0)))
    if description is None:
        return False
    sends = thread.interrupted in ("write", "writev", "sendto", "sendmsg", "sendmmsg", "connect")
    return bool(getattr(description, "send_timeout" if sends else "receive_timeout", 0))


def push_frame(thread: Thread, info: Siginfo, action: Action) -> None:
    """Write the rt_sigframe and set the registers as a call of the handler has them. OSError EFAULT."""
    registers = list(thread.context.registers())
    vector = thread.context.vector_state()
    stack = thread.alternate_stack
    rsp = registers[RSP]
    told = stack.told(rsp)
    if action.flags & SA_ONSTACK and stack.size and not stack.holds(rsp):
        top = stack.base + stack.size
    else:
        top = rsp - RED_ZONE
    vector_at = top - len(vector) & ~63
    frame = (vector_at - FRAME & ~15) - 8
    if frame < 0 or (stack.holds(rsp) and frame < stack.base):
        raise os_error(errno.EFAULT)
    flags = UC_FLAGS | (UC_FP_XSTATE if len(vector) > FXSAVE_SIZE else 0)
    mask = thread.saved_mask if thread.saved_mask is not None else thread.mask
    vector_number, error_code, address = thread.last_fault
    content = (
        UINT64.pack(action.restorer)
        + UC_FLAGS_LINK.pack(flags, 0)
        + STACK_T.pack(stack.base, signed32(told), stack.size)
        + REGISTERS.pack(*registers)
        + SEGMENTS_AND_FAULT.pack(USER_CS, 0, 0, USER_SS, error_code, vector_number, mask, address, vector_at)
        + UINT64.pack(mask)
        + info.pack()
    )
    thread.space.write(vector_at, vector)
    thread.space.write(frame, content)
    if stack.flags & SS_AUTODISARM:
        thread.alternate_stack = AlternateStack()
    registers[RDI] = info.number
    registers[RSI] = frame + 8 + UCONTEXT
    registers[RDX] = frame + 8
    registers[RAX] = 0
    registers[RSP] = frame
    registers[RIP] = action.handler
    registers[RFLAGS] &= ~FLAGS_CLEARED
    thread.context.set_registers(tuple(registers))


def force(thread: Thread, info: Siginfo, deadly: bool = False) -> None:
    """A signal that the thread itself has caused and cannot refuse: one that it blocks or ignores ends the process. `deadly`: end it anyway."""
    action = thread.process.actions.get(info.number, DEFAULT)
    if deadly or thread.mask & bit(info.number) or action.handler in (SIG_DFL, SIG_IGN):
        thread.process.end(info.number)
        return
    thread.pending.add(info)


# Calls


def check_number(number: int) -> int:
    """A signal's number out of a register. OSError EINVAL."""
    number = signed32(number)
    if not 1 <= number <= SIGNALS:
        raise os_error(errno.EINVAL)
    return number


def check_size(size: int) -> None:
    """sizeof(sigset_t) as the kernel has it. OSError EINVAL."""
    if size != 8:
        raise os_error(errno.EINVAL)


def read_mask(thread: Thread, address: int) -> int:
    """A sigset_t, without the two that cannot be blocked. OSError EFAULT."""
    (mask,) = read_struct(thread, address, UINT64)
    return int(mask) & ~UNBLOCKABLE


def rt_sigaction(thread: Thread, number: int, new: int, old: int, size: int) -> int:
    """rt_sigaction(2)."""
    check_size(size)
    wanted: Action | None = None
    if new:
        handler, flags, restorer, mask = read_struct(thread, new, KERNEL_SIGACTION)
        wanted = Action(handler, flags, restorer, mask & ~UNBLOCKABLE)
    number = check_number(number)
    if wanted is not None and bit(number) & UNBLOCKABLE:
        raise os_error(errno.EINVAL)
    process = thread.process
    before = process.actions.get(number, DEFAULT)
    if wanted is not None:
        process.actions[number] = wanted
        if process.ignores(number):
            process.forget_pending(bit(number))
    if old:
        thread.space.write(old, KERNEL_SIGACTION.pack(before.handler, before.flags, before.restorer, before.mask))
    return 0


def rt_sigprocmask(thread: Thread, how: int, new: int, old: int, size: int) -> int:
    """rt_sigprocmask(2)."""
    check_size(size)
    before = thread.mask
    if new:
        wanted = read_mask(thread, new)
        how = signed32(how)
        if how == SIG_BLOCK:
            thread.set_mask(before | wanted)
        elif how == SIG_UNBLOCK:
            thread.set_mask(before & ~wanted)
        elif how == SIG_SETMASK:
            thread.set_mask(wanted)
        else:
            raise os_error(errno.EINVAL)
    if old:
        thread.space.write(old, UINT64.pack(before))
    return 0


def rt_sigpending(thread: Thread, address: int, size: int) -> int:
    """rt_sigpending(2): what is sent and blocked."""
    if size > 8:
        raise os_error(errno.EINVAL)
    bits = (thread.pending.bits | thread.process.shared.bits) & thread.mask
    thread.space.write(address, UINT64.pack(bits)[:size])
    return 0


def rt_sigsuspend(thread: Thread, address: int, size: int) -> int:
    """rt_sigsuspend(2): another mask, until a handler has run."""
    check_size(size)
    thread.mask_until_return(read_mask(thread, address))
    return pause(thread)


def pause(thread: Thread) -> int:
    """pause(2)"""
    nobody = WaitQueue()
    while True:
        park(thread.process.stack, nobody)


def rt_sigtimedwait(thread: Thread, address: int, info: int, timeout: int, size: int) -> int:
    """rt_sigtimedwait(2): take one of a set, without its handler."""
    check_size(size)
    wanted = read_mask(thread, address)
    deadline = thread.process.stack.now() + read_timespec(thread, timeout) if timeout else -1
    taken = take_awaited(thread, wanted, deadline)
    if info:
        thread.space.write(info, taken.pack())
    return taken.number


def take_awaited(thread: Thread, wanted: int, deadline: int) -> Siginfo:
    """Wait for one of `wanted`: while the thread sleeps these are not blocked, so that they wake it. OSError EAGAIN at the deadline, EINTR."""
    stack = thread.process.stack
    nobody = WaitQueue()
    while True:
        taken = thread.pending.take(wanted) or thread.process.shared.take(wanted)
        if taken is not None:
            return taken
        if 0 <= deadline <= stack.now():
            raise os_error(errno.EAGAIN)
        thread.real_mask = thread.mask
        thread.mask &= ~wanted
        try:
            park(stack, nobody, deadline)
        except InterruptedError:
            if not (thread.pending.bits | thread.process.shared.bits) & wanted:
                raise
        finally:
            thread.mask = thread.real_mask
            thread.real_mask = 0


def rt_sigreturn(thread: Thread) -> int:
    """rt_sigreturn(2): the end of a handler. A frame that cannot be read ends in SIGSEGV."""
    frame = thread.context.registers()[RSP]
    try:
        content = thread.space.read(frame, UCONTEXT)
        base, stack_flags, stack_size = STACK_T.unpack_from(content, 16)
        registers = REGISTERS.unpack_from(content, 40)
        vector_at = SEGMENTS_AND_FAULT.unpack_from(content, 184)[8]
        (mask,) = UINT64.unpack_from(content, 296)
        vector = thread.space.read(vector_at, len(thread.context.vector_state())) if vector_at else b""
    except OSError:
        force(thread, Siginfo(SIGSEGV, SI_KERNEL))
        return 0
    thread.set_mask(mask & ~UNBLOCKABLE)
    thread.context.set_registers(registers)
    if vector:
        thread.context.set_vector_state(vector)
    try:
        set_alternate_stack(thread, base, stack_flags & 0xFFFFFFFF, stack_size, registers[RSP])
    except OSError:
        # Linux too keeps the stack that there is when the frame's makes no sense.
        pass
    thread.keeps_registers = True
    return 0


def set_alternate_stack(thread: Thread, base: int, flags: int, size: int, rsp: int) -> None:
    """sigaltstack behind its pointers. OSError EPERM on the stack itself, EINVAL, ENOMEM."""
    if thread.alternate_stack.holds(rsp):
        raise os_error(errno.EPERM)
    mode = flags & ~SS_AUTODISARM
    if mode not in (0, SS_ONSTACK, SS_DISABLE):
        raise os_error(errno.EINVAL)
    stack = AlternateStack()
    if mode != SS_DISABLE:
        if size < MINSIGSTKSZ:
            raise os_error(errno.ENOMEM)
        stack.base = base
        stack.size = size
        stack.flags = flags & SS_AUTODISARM
    thread.alternate_stack = stack


def sigaltstack(thread: Thread, new: int, old: int) -> int:
    """sigaltstack(2)."""
    rsp = thread.context.registers()[RSP]
    before = thread.alternate_stack
    told = before.told(rsp)
    if new:
        base, flags, size = read_struct(thread, new, STACK_T)
        set_alternate_stack(thread, base, flags & 0xFFFFFFFF, size, rsp)
    if old:
        thread.space.write(old, STACK_T.pack(before.base, signed32(told), before.size))
    return 0


def kill(thread: Thread, pid: int, number: int) -> int:
    """kill(2): a process, a group, or everybody but init and the caller."""
    pid, number = signed32(pid), signed32(number)
    if not 0 <= number <= SIGNALS:
        raise os_error(errno.EINVAL)
    process = thread.process
    info = Siginfo(number, SI_USER, process.pid, process.uid)
    targets = kill_targets(process, pid)
    if not targets:
        raise os_error(errno.ESRCH)
    if number:
        for target in targets:
            target.post(info)
    return 0


def kill_targets(process: Process, pid: int) -> list[Process]:
    """Whom kill(pid) means; zombies are there still."""
    everybody = list(process.processes.by_pid.values())
    if pid > 0:
        return [other for other in everybody if other.pid == pid]
    if pid == -1:
        return [other for other in everybody if other is not process and not other.is_init]
    group = -pid if pid else process.pgid
    return [other for other in everybody if other.pgid == group]


def find_thread(thread: Thread, tgid: int, tid: int) -> Thread:
    """The thread `tid`, of the process `tgid` where that is not 0. OSError ESRCH."""
    target = thread.process.processes.threads.get(tid)
    if target is None or (tgid and target.process.pid != tgid):
        raise os_error(errno.ESRCH)
    return target


def tgkill(thread: Thread, tgid: int, tid: int, number: int) -> int:
    """tgkill(2)"""
    tgid, tid, number = signed32(tgid), signed32(tid), signed32(number)
    if tgid <= 0 or tid <= 0:
        raise os_error(errno.EINVAL)
    return send_to_thread(thread, tgid, tid, number)


def tkill(thread: Thread, tid: int, number: int) -> int:
    """tkill(2)"""
    if signed32(tid) <= 0:
        raise os_error(errno.EINVAL)
    return send_to_thread(thread, 0, signed32(tid), signed32(number))


def send_to_thread(thread: Thread, tgid: int, tid: int, number: int) -> int:
    """tgkill behind its checks. Linux looks for the thread first."""
    target = find_thread(thread, tgid, tid)
    if not 0 <= number <= SIGNALS:
        raise os_error(errno.EINVAL)
    if number:
        target.post(Siginfo(number, SI_TKILL, thread.process.pid, thread.process.uid))
    return 0


def read_queued(thread: Thread, number: int, address: int, to_self: bool) -> Siginfo:
    """The siginfo of rt_sigqueueinfo. OSError EFAULT, EPERM: only the kernel says that it sent something itself."""
    number = signed32(number)
    head = thread.space.read(address, SIGINFO)
    _, _, code = SIGINFO_HEAD.unpack_from(head, 0)
    pid, uid, value = SIGINFO_SENT.unpack_from(head, 16)
    if (code >= 0 or code == SI_TKILL) and not to_self:
        raise os_error(errno.EPERM)
    return Siginfo(number, code, pid, uid, value)


def rt_sigqueueinfo(thread: Thread, pid: int, number: int, address: int) -> int:
    """rt_sigqueueinfo(2), which sigqueue(3) calls."""
    info = read_queued(thread, number, address, signed32(pid) == thread.process.pid)
    target = thread.process.processes.by_pid.get(signed32(pid))
    if target is None:
        raise os_error(errno.ESRCH)
    return queue_to(target.post, info)


def rt_tgsigqueueinfo(thread: Thread, tgid: int, tid: int, number: int, address: int) -> int:
    """rt_tgsigqueueinfo(2), which pthread_sigqueue(3) calls."""
    if signed32(tgid) <= 0 or signed32(tid) <= 0:
        raise os_error(errno.EINVAL)
    info = read_queued(thread, number, address, signed32(tgid) == thread.process.pid)
    return queue_to(find_thread(thread, signed32(tgid), signed32(tid)).post, info)


def queue_to(post: Callable[[Siginfo], bool], info: Siginfo) -> int:
    """Send with information; nothing for number 0. OSError EINVAL, EAGAIN where the queue is full."""
    if not 0 <= info.number <= SIGNALS:
        raise os_error(errno.EINVAL)
    if info.number and not post(info):
        raise os_error(errno.EAGAIN)
    return 0


# Timers that send SIGALRM, SIGVTALRM, SIGPROF


class RealTimer:
    """ITIMER_REAL of one process: an entry of the loop's table of timers. `deadline` -1: it does not run."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.deadline = -1
        self.interval = 0
        self.waiter: Waiter | None = None

    def set(self, delay: int, interval: int) -> None:
        """Send SIGALRM in `delay` microseconds (0: never), and every `interval` after that."""
        if self.waiter is not None:
            # An entry that was woken is passed over when it comes up.
            self.waiter.woken = True
            self.waiter = None
        self.interval = interval
        self.deadline = -1
        if delay:
            self.deadline = self.process.stack.now() + delay
            self.waiter = Waiter(self.fire)
            self.process.stack.loop.add_timer(self.waiter, self.deadline)
            self.process.stack.leave()

    def fire(self, waiter: Waiter) -> None:
        """The deadline came. An interval that was missed several times sends one signal."""
        self.waiter = None
        self.deadline = -1
        if self.interval:
            self.set(self.interval, self.interval)
        self.process.post(Siginfo(SIGALRM, SI_KERNEL))

    def left(self) -> int:
        """Microseconds until the next signal, 0 for none."""
        return max(self.deadline - self.process.stack.now(), 1) if self.deadline >= 0 else 0


class CpuTimer:
    """ITIMER_VIRTUAL or ITIMER_PROF of one process: `target` is the processor time at which the signal is due, microseconds.

    Whoever enters ring 3 sees to it that it is called back when the time may be over, and looks then: a process that only waits wakes nobody.
    """

    def __init__(self, process: Process, signal: int, delay: int, interval: int) -> None:
        self.process = process
        self.signal = signal
        self.interval = interval
        self.target = self.used() + delay
        self.waiter: Waiter | None = None

    def used(self) -> int:
        """Time in ring 3; of ITIMER_PROF that in calls too."""
        user, system = self.process.cpu_time()
        return user if self.signal == SIGVTALRM else user + system

    def left(self) -> int:
        """Microseconds until the signal."""
        return max(self.target - self.used(), 1)

    def watch(self) -> None:
        """A thread is about to enter ring 3."""
        if self.waiter is None:
            stack = self.process.stack
            self.waiter = Waiter(self.fire)
            stack.loop.add_timer(self.waiter, stack.now() + self.left())
            stack.leave()

    def fire(self, waiter: Waiter) -> None:
        """If a thread was in ring 3 all the while, the time is over: threads that are there come back to look."""
        self.waiter = None
        for thread in self.process.threads.values():
            if thread.waiter is None:
                thread.kick()

    def check(self) -> None:
        """A thread has come back, and its time is counted. Intervals that were missed send one signal."""
        used = self.used()
        if used < self.target:
            return
        if self.interval:
            self.target += ((used - self.target) // self.interval + 1) * self.interval
        else:
            self.stop()
        self.process.post(Siginfo(self.signal, SI_KERNEL))

    def stop(self) -> None:
        """It is no timer of the process any more."""
        if self.waiter is not None:
            # An entry that was woken is passed over when it comes up.
            self.waiter.woken = True
        self.process.cpu_timers.pop(CPU_TIMERS[self.signal], None)


def alarm(thread: Thread, seconds: int) -> int:
    """alarm(2): the seconds that were left, rounded as Linux does: to the nearest, but never down to 0."""
    timer = thread.process.real_timer
    left = timer.left()
    timer.set(min(seconds & 0xFFFFFFFF, 0x7FFFFFFF) * SECOND, 0)
    return max((left + SECOND // 2) // SECOND, 1) if left else 0


def read_timer(process: Process, which: int) -> bytes:
    """struct itimerval of one of the three. OSError EINVAL."""
    which = signed32(which)
    if which == ITIMER_REAL:
        return timeval(process.real_timer.interval) + timeval(process.real_timer.left())
    if which not in CPU_TIMERS.values():
        raise os_error(errno.EINVAL)
    timer = process.cpu_timers.get(which)
    return timeval(timer.interval) + timeval(timer.left()) if timer is not None else bytes(ITIMERVAL.size)


def getitimer(thread: Thread, which: int, address: int) -> int:
    """getitimer(2)"""
    thread.space.write(address, read_timer(thread.process, which))
    return 0


def setitimer(thread: Thread, which: int, new: int, old: int) -> int:
    """setitimer(2); without a new value it stops the timer, as Linux does."""
    interval = read_timeval(thread, new) if new else 0
    delay = read_timeval(thread, new + TWO_LONGS.size) if new else 0
    process = thread.process
    before = read_timer(process, which)
    which = signed32(which)
    if which == ITIMER_REAL:
        process.real_timer.set(delay, interval)
    else:
        if which in process.cpu_timers:
            process.cpu_timers[which].stop()
        if delay:
            process.cpu_timers[which] = CpuTimer(process, SIGVTALRM if which == ITIMER_VIRTUAL else SIGPROF, delay, interval)
    if old:
        thread.space.write(old, before)
    return 0


CALLS = {
    "rt_sigaction": rt_sigaction,
    "rt_sigprocmask": rt_sigprocmask,
    "rt_sigpending": rt_sigpending,
    "rt_sigsuspend": rt_sigsuspend,
    "rt_sigtimedwait": rt_sigtimedwait,
    "rt_sigreturn": rt_sigreturn,
    "rt_sigqueueinfo": rt_sigqueueinfo,
    "rt_tgsigqueueinfo": rt_tgsigqueueinfo,
    "sigaltstack": sigaltstack,
    "pause": pause,
    "kill": kill,
    "tkill": tkill,
    "tgkill": tgkill,
    "alarm": alarm,
    "getitimer": getitimer,
    "setitimer": setitimer,
}
