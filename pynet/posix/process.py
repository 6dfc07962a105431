"""Processes and their threads: who is whose child, what fork copies and what threads share, how they stop and how they end.

A thread of ring 3 is a thread of the kernel that runs `Thread.run`: enter ring 3, see why it came back, do what is asked, deliver signals, go on.
The machine is handed in: `AddressSpace`, `Context` and `thread_start` of the `kernel` module, or of a fake one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix import signals
from pynet.posix.abi import UINT32, page_up, path_text
from pynet.posix.description import MAX_DESCRIPTORS
from pynet.posix.files import SocketNode
from pynet.posix.futex import Futexes, release_robust_list
from pynet.posix.locks import release_all
from pynet.posix.signals import SIGCHLD, SIGCONT, SIGKILL, AlternateStack, CpuTimer, Pending, RealTimer, Siginfo, bit
from pynet.posix.wait import park
from pynet.readiness import WaitQueue
from pynet.sockets import Sockets

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.net import Stack
    from pynet.posix.devices import Terminal
    from pynet.posix.files import FileSystem, Node
    from pynet.posix.signals import Action
    from pynet.readiness import Waiter

# EAGAIN for fork and clone beyond these.
MAX_PROCESSES = 64
MAX_THREADS = 96
MAX_PID = 32768

# What Context.run returns.
SYSCALL = 0
FAULT = 1
INTERRUPTED = 2

# The vector of a page fault, and the bit in its error code by which the machine says that the access was allowed but memory is out.
PAGE_FAULT = 14
OUT_OF_MEMORY = 1 << 31

CLONE_VM = 0x00000100
CLONE_FS = 0x00000200
CLONE_FILES = 0x00000400
CLONE_SIGHAND = 0x00000800
CLONE_VFORK = 0x00004000
CLONE_PARENT = 0x00008000
CLONE_THREAD = 0x00010000
CLONE_SYSVSEM = 0x00040000
CLONE_SETTLS = 0x00080000
CLONE_PARENT_SETTID = 0x00100000
CLONE_CHILD_CLEARTID = 0x00200000
CLONE_DETACHED = 0x00400000
CLONE_CHILD_SETTID = 0x01000000
CLONE_KNOWN = (
    0xFF | CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | CLONE_PARENT | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS
    | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_CHILD_SETTID
)  # fmt: skip

# getrlimit's resources, and what a process starts with: (soft, hard).
RLIMIT_STACK = 3
RLIMIT_CORE = 4
RLIMIT_NPROC = 6
RLIMIT_NOFILE = 7
RLIMIT_AS = 9
RLIM_INFINITY = 0xFFFFFFFFFFFFFFFF
RLIMITS = 16
STACK_SIZE = 8 << 20


def first_limits() -> dict[int, tuple[int, int]]:
    """The limits that differ from infinity."""
    return {
        RLIMIT_STACK: (STACK_SIZE, RLIM_INFINITY),
        RLIMIT_CORE: (0, 0),
        RLIMIT_NPROC: (MAX_PROCESSES, MAX_PROCESSES),
        RLIMIT_NOFILE: (MAX_DESCRIPTORS, MAX_DESCRIPTORS),
    }


class Memory:
    """An address space and what is known of its parts. Shared by the threads of a process, and by a vfork child until it is itself.

    family: common to a process and what it forked, so that a futex in memory that they share has one name (pynet.posix.futex).
    """

    def __init__(self, space: Any, family: object) -> None:
        self.space = space
        self.family = family
        self.users = 1
        self.brk_start = 0
        self.brk = 0
        self.stack_top = 0
        self.executable = ""
        self.arguments = b""
        self.environment = b""
        self.auxiliary = b""
        # start: (end, name), for /proc/self/maps.
        self.names: dict[int, tuple[int, str]] = {}

    def fork(self) -> Memory:
        """A copy, page by page when either writes. OSError ENOMEM."""
        other = Memory(self.space.fork(), self.family)
        other.brk_start = self.brk_start
        other.brk = self.brk
        other.stack_top = self.stack_top
        other.executable = self.executable
        other.arguments = self.arguments
        other.environment = self.environment
        other.auxiliary = self.auxiliary
        other.names = dict(self.names)
        return other

    def release(self) -> None:
        """One user less; the last one's end gives everything back."""
        self.users -= 1
        if self.users == 0:
            self.space.close()


class Thread:
    """A thread of ring 3. Its numbers are those of gettid; the first of a process has the process's own."""

    def __init__(self, process: Process, tid: int, context: Any, mask: int = 0) -> None:
        self.process = process
        self.tid = tid
        self.context = context
        self.space = process.memory.space
        self.name = process.name
        self.alive = True
        # The process ends, or is replaced by execve: this thread does nothing more.
        self.dying = False
        self.mask = mask
        # What was blocked before sigtimedwait lent its set to the wait.
        self.real_mask = 0
        # The mask to come back to when the present call is over (sigsuspend, ppoll).
        self.saved_mask: int | None = None
        self.pending = Pending()
        self.alternate_stack = AlternateStack()
        self.last_fault = (0, 0, 0)
        self.waiter: Waiter | None = None
        self.uninterruptible = False
        # The call under way: its number; its name once EINTR ended it; it had a timeout; it has set rax itself.
        self.call_number = 0
        self.interrupted = ""
        self.timed_call = False
        self.keeps_registers = False
        self.clear_child_tid = 0
        # The address of its struct robust_list_head (pynet.posix.futex), 0 for none.
        self.robust_list = 0
        # Microseconds in ring 3, and in calls; waited: how much of the present call was no work.
        self.user_time = 0
        self.system_time = 0
        self.waited = 0

    # The thread's life.

    def start(self) -> None:
        """Let it run. OSError EAGAIN where there is no thread of the kernel for it."""
        try:
            self.process.processes.machine.thread_start(self.run, self.name)
        except MemoryError:
            raise os_error(errno.EAGAIN) from None

    def run(self) -> None:
        """The kernel's thread: ring 3 until it wants something, then that, then its signals."""
        processes = self.process.processes
        blocker = processes.stack.blocker
        blocker.current = self
        try:
            while self.alive and not self.dying:
                if self.must_deliver():
                    signals.deliver(self)
                else:
                    self.turn(processes, blocker)
        finally:
            self.finish()
            blocker.current = None

    def turn(self, processes: Processes, blocker: Any) -> None:
        """Into ring 3 once, and what it came back with."""
        clock = processes.stack.clock
        timers = self.process.cpu_timers
        if timers:
            for timer in timers.values():
                timer.watch()
        entered = clock()
        blocker.current = None
        event = self.context.run()
        blocker.current = self
        left = clock()
        self.user_time += left - entered
        self.waited = 0
        if event == SYSCALL:
            processes.dispatch(self)
        elif event == FAULT:
            self.post_fault()
        self.system_time += clock() - left - self.waited
        if timers:
            for timer in list(timers.values()):
                timer.check()

    def finish(self) -> None:
        """The thread is over: tell who joins it, and the process's end if it was the last."""
        self.alive = False
        process = self.process
        if process.processes.trace_end is not None:
            process.processes.trace_end(self)
        release_robust_list(self)
        self.clear_tid()
        process.threads.pop(self.tid, None)
        process.processes.threads.pop(self.tid, None)
        process.user_time += self.user_time
        process.system_time += self.system_time
        if process.threads:
            process.threads_changed.wake()
        else:
            process.finish()

    def clear_tid(self) -> None:
        """CLONE_CHILD_CLEARTID: pthread_join waits on that word."""
        address, self.clear_child_tid = self.clear_child_tid, 0
        memory = self.process.memory
        if address and memory.users + len(self.process.threads) > 2:
            try:
                self.space.write(address, UINT32.pack(0))
            except OSError:
                return
            self.process.processes.futexes.wake(memory, address, 1)

    # Signals.

    def set_mask(self, mask: int) -> None:
        """What is blocked from now on."""
        self.mask = mask & ~signals.UNBLOCKABLE

    def mask_until_return(self, mask: int) -> None:
        """Another mask for the length of this call; a handler that ends the call still runs under it (ppoll, pselect6, epoll_pwait)."""
        self.saved_mask = self.mask
        self.set_mask(mask)

    def deliverable(self) -> int:
        """The signals that wait and are not blocked, as bits."""
        waiting = self.pending.bits | self.process.shared.bits
        return waiting & ~self.mask if waiting else 0

    def must_deliver(self) -> bool:
        """signals.deliver has something to do."""
        return bool(self.deliverable()) or self.process.stopped or self.interrupted != "" or self.saved_mask is not None

    def take_signal(self) -> Siginfo | None:
        """The next signal that is not blocked: the thread's own before the process's."""
        info = self.pending.take(~self.mask) or self.process.shared.take(~self.mask)
        if info is not None and self.process.processes.trace_signal is not None:
            self.process.processes.trace_signal(self, info)
        return info

    def signal(self, number: int) -> None:
        """What the kernel itself sends to this thread, as SIGPIPE."""
        self.post(Siginfo(number, signals.SI_USER, self.process.pid, self.process.uid))

    def post(self, info: Siginfo) -> bool:
        """Send to this thread. False: it had no room."""
        self.process.prepare(info.number)
        blocked = (self.mask | self.real_mask) & bit(info.number)
        if info.number != SIGKILL and not blocked and self.process.ignores(info.number):
            return True
        kept = self.pending.add(info)
        if self.deliverable():
            self.kick()
        return kept

    def post_fault(self) -> None:
        """A fault in ring 3 is a signal that the thread cannot refuse."""
        vector, error_code, address = self.context.fault()
        self.last_fault = (vector, error_code & 0xFFFF, address)
        if vector != PAGE_FAULT:
            # Where the instruction stands is what Linux tells of these.
            address = self.context.registers()[signals.RIP]
        signals.force(self, self.process.fault_signal(vector, error_code, address))

    def before_wait(self, waiter: Waiter) -> None:
        """Blocker: this thread is about to sleep on `waiter`. OSError EINTR if a signal, or its end, is here already."""
        if not self.uninterruptible and (self.dying or self.process.stopped or self.deliverable()):
            raise os_error(errno.EINTR)
        self.waiter = waiter

    def after_wait(self, since: int) -> None:
        """Blocker: the sleep that began then is over."""
        self.waiter = None
        self.waited += self.process.stack.now() - since

    def kick(self) -> None:
        """Have the thread look at its signals soon, wherever it is."""
        if self.waiter is None:
            self.context.interrupt()
        elif not self.uninterruptible:
            self.waiter.wake()


class SocketPaths:
    """Where a process's AF_UNIX sockets with path names are found (pynet.posix.unix.Paths)."""

    def __init__(self, process: Process) -> None:
        self.process = process

    def bind_socket(self, path: bytes, socket: Any) -> None:
        """OSError EADDRINUSE, and those of mknod(2)."""
        process = self.process
        files = process.processes.files
        found = files.find(None, path_text(path), process.cwd, False)
        if found.node is not None:
            raise os_error(errno.EADDRINUSE)
        files.add(found, SocketNode(files, 0o777 & ~process.umask, socket))

    def find_socket(self, path: bytes) -> Any:
        """OSError ECONNREFUSED for what is no socket or a closed one, and those of a walk."""
        process = self.process
        node = process.processes.files.walk(None, path_text(path), process.cwd)
        if not isinstance(node, SocketNode) or node.socket.references == 0:
            raise os_error(errno.ECONNREFUSED)
        return node.socket


class Process:
    """A process. wait_status: what wait4 gives once it has ended, -1 while it runs. stopped: by a signal, as a whole."""

    def __init__(self, processes: Processes, pid: int, parent: Process | None, memory: Memory, sockets: Sockets) -> None:
        self.processes = processes
        self.stack: Stack = processes.stack
        self.pid = pid
        self.parent = parent
        self.is_init = parent is None
        self.memory = memory
        self.sockets = sockets
        sockets.credentials = (pid, 0, 0)
        sockets.paths = SocketPaths(self)
        sockets.wall_clock = processes.machine.wall_time_us
        self.name = "init"
        self.uid = 0
        self.children: list[Process] = []
        self.threads: dict[int, Thread] = {}
        self.threads_changed = WaitQueue()
        self.pgid = pid
        self.sid = pid
        self.terminal: Terminal | None = None
        self.cwd: Node = processes.files.root
        self.umask = 0o022
        self.limits = first_limits()
        self.actions: dict[int, Action] = {}
        self.shared = Pending()
        self.real_timer = RealTimer(self)
        # Those of ITIMER_VIRTUAL and ITIMER_PROF that run.
        self.cpu_timers: dict[int, CpuTimer] = {}
        self.exit_signal = SIGCHLD
        self.started = processes.stack.now()
        self.user_time = 0
        self.system_time = 0
        self.children_user_time = 0
        self.children_system_time = 0
        self.wait_status = -1
        self.has_ended = False
        self.stopped = False
        # What wait4 has yet to tell: the signal that stopped it, or that it goes on.
        self.stop_news = 0
        self.continue_news = False
        self.continued = WaitQueue()
        self.children_changed = WaitQueue()
        # A vfork's parent waits here until this child is itself.
        self.shares_parents_memory = False
        self.itself = WaitQueue()
        self.ended = WaitQueue()
        self.has_executed = False
        self.no_new_privileges = False

    # Fork and clone.

    def clone(self, thread: Thread, flags: int, stack: int, parent_tid: int, child_tid: int, tls: int) -> int:
        """clone(2), of which fork and vfork are cases. OSError EINVAL, EAGAIN, ENOMEM."""
        if flags & ~CLONE_KNOWN:
            raise os_error(errno.EINVAL)
        if flags & CLONE_THREAD:
            needed = CLONE_VM | CLONE_SIGHAND | CLONE_FILES | CLONE_FS
            if flags & needed != needed:
                raise os_error(errno.EINVAL)
        elif flags & (CLONE_SIGHAND | CLONE_FILES | CLONE_FS) or (flags & CLONE_VM and not flags & CLONE_VFORK):
            # Processes that share some parts and not others: nobody asks for them but to make threads.
            raise os_error(errno.EINVAL)
        processes = self.processes
        processes.check_room(bool(flags & CLONE_THREAD))
        child = self if flags & CLONE_THREAD else self.fork(flags)
        new = Thread(child, child.pid if child is not self else processes.new_pid(), None, thread.mask)
        try:
            new.context = thread.context.copy(child.memory.space)
            self.prepare_child(thread, new, flags, stack, parent_tid, child_tid, tls)
            child.threads[new.tid] = new
            processes.threads[new.tid] = new
            new.start()
        except (OSError, MemoryError):
            self.undo_clone(child, new)
            raise
        if flags & CLONE_VFORK:
            self.wait_for_vfork(thread, child)
        return new.tid

    def prepare_child(self, thread: Thread, new: Thread, flags: int, stack: int, parent_tid: int, child_tid: int, tls: int) -> None:
        """The registers and words that make the child know that it is one. OSError EFAULT, EPERM."""
        new.context.result = 0
        new.name = thread.name
        if not flags & CLONE_VM or flags & CLONE_VFORK:
            new.alternate_stack = thread.alternate_stack
        if stack:
            registers = list(new.context.registers())
            registers[signals.RSP] = stack
            new.context.set_registers(tuple(registers))
        if flags & CLONE_SETTLS:
            new.context.fs_base = tls
        if flags & CLONE_PARENT_SETTID:
            thread.space.write(parent_tid, UINT32.pack(new.tid))
        if flags & CLONE_CHILD_SETTID:
            try:
                new.space.write(child_tid, UINT32.pack(new.tid))
            except OSError:
                # Linux writes it in the child, where nobody hears of a fault.
                pass
        if flags & CLONE_CHILD_CLEARTID:
            new.clear_child_tid = child_tid

    def undo_clone(self, child: Process, new: Thread) -> None:
        """The thread never ran: take everything back."""
        new.alive = False
        child.threads.pop(new.tid, None)
        self.processes.threads.pop(new.tid, None)
        if child is not self:
            child.sockets.table.close_all()
            child.memory.release()
            child.leave_family()

    def fork(self, flags: int) -> Process:
        """A child with copies of what this process has, without a thread yet."""
        processes = self.processes
        if flags & CLONE_VM:
            memory = self.memory
            memory.users += 1
        else:
            memory = self.memory.fork()
        parent = self.parent if flags & CLONE_PARENT and self.parent is not None else self
        child = Process(processes, processes.new_pid(), parent, memory, processes.sockets(self.sockets.table.copy()))
        child.name = self.name
        child.pgid, child.sid = self.pgid, self.sid
        child.terminal = self.terminal
        child.cwd = self.cwd
        child.umask = self.umask
        child.limits = dict(self.limits)
        child.actions = dict(self.actions)
        child.exit_signal = flags & 0xFF
        child.shares_parents_memory = bool(flags & CLONE_VFORK)
        parent.children.append(child)
        processes.by_pid[child.pid] = child
        return child

    def wait_for_vfork(self, thread: Thread, child: Process) -> None:
        """vfork(2): until the child has executed something else or is gone. Only the end of this process ends that wait."""
        while child.shares_parents_memory and not thread.dying:
            thread.uninterruptible = True
            try:
                park(self.stack, child.itself)
            finally:
                thread.uninterruptible = False

    def become_itself(self) -> None:
        """A vfork child has memory of its own now, or needs none any more."""
        if self.shares_parents_memory:
            self.shares_parents_memory = False
            self.itself.wake()

    def end_other_threads(self, thread: Thread) -> None:
        """execve(2): one thread goes on, under the process's own number. OSError EINTR: another one was first, or the process ends."""
        for other in list(self.threads.values()):
            if other is not thread:
                other.dying = True
                other.kick()
        while len(self.threads) > 1:
            park(self.stack, self.threads_changed)
        if thread.tid != self.pid:
            del self.threads[thread.tid]
            del self.processes.threads[thread.tid]
            thread.tid = self.pid
            self.threads[thread.tid] = thread
            self.processes.threads[thread.tid] = thread

    def replace_memory(self, thread: Thread, memory: Memory) -> None:
        """execve(2) has loaded `memory`: the thread runs in it, and what does not survive is forgotten."""
        release_robust_list(thread)
        old, self.memory = self.memory, memory
        thread.space = memory.space
        thread.context.space = memory.space
        old.release()
        self.become_itself()
        self.has_executed = True
        self.sockets.table.close_for_exec()
        self.actions = {number: action for number, action in self.actions.items() if action.handler == signals.SIG_IGN}
        thread.alternate_stack = AlternateStack()
        thread.clear_child_tid = 0

    def cpu_time(self) -> tuple[int, int]:
        """(user, system) microseconds, those of the threads that run included."""
        user, system = self.user_time, self.system_time
        for thread in self.threads.values():
            user += thread.user_time
            system += thread.system_time
        return user, system

    # Signals.

    def ignores(self, number: int) -> bool:
        """A signal that is sent now would do nothing."""
        if self.is_init:
            return True
        action = self.actions.get(number, signals.DEFAULT)
        return action.handler == signals.SIG_IGN or (action.handler == signals.SIG_DFL and number in signals.IGNORED_BY_DEFAULT)

    def prepare(self, number: int) -> None:
        """What sending a signal does whatever becomes of it: SIGCONT and SIGKILL end a stop, SIGCONT and the stops undo each other."""
        if number in signals.STOPPING:
            self.forget_pending(bit(SIGCONT))
        elif number in (SIGCONT, SIGKILL):
            if number == SIGCONT:
                self.forget_pending(sum([bit(stop) for stop in signals.STOPPING]))
            if self.stopped:
                self.stopped = False
                self.stop_news = 0
                self.continued.wake()
                if number == SIGCONT:
                    self.continue_news = True
                    self.tell_parent(signals.CLD_CONTINUED, SIGCONT)

    def forget_pending(self, mask: int) -> None:
        """Signals that were sent to the process or one of its threads were not."""
        self.shared.forget(mask)
        for thread in self.threads.values():
            thread.pending.forget(mask)

    def post(self, info: Siginfo) -> bool:
        """Send to the process: a thread that does not block it will take it. False: there was no room."""
        if self.has_ended:
            return True
        self.prepare(info.number)
        wanted = bit(info.number)
        threads = list(self.threads.values())
        blocked = all((thread.mask | thread.real_mask) & wanted for thread in threads)
        if info.number != SIGKILL and self.ignores(info.number) and not blocked:
            return True
        kept = self.shared.add(info)
        for thread in threads:
            if not thread.mask & wanted:
                thread.kick()
                break
        return kept

    def fault_signal(self, vector: int, error_code: int, address: int) -> Siginfo:
        """The signal for a processor exception (Intel SDM volume 3, 6.15), as Linux sends it."""
        if vector == PAGE_FAULT:
            return self.page_fault_signal(error_code, address)
        if vector == 6:
            return Siginfo(signals.SIGILL, signals.ILL_ILLOPN, address=address)
        if vector in (0, 16, 19):
            return Siginfo(signals.SIGFPE, signals.FPE_INTDIV if vector == 0 else 0, address=address)
        if vector in (1, 3):
            return Siginfo(signals.SIGTRAP, signals.SI_KERNEL if vector == 3 else signals.TRAP_BRKPT)
        if vector == 17:
            return Siginfo(signals.SIGBUS, signals.BUS_ADRALN, address=address)
        return Siginfo(signals.SIGBUS if vector == 12 else signals.SIGSEGV, signals.SI_KERNEL)

    def page_fault_signal(self, error_code: int, address: int) -> Siginfo:
        """SIGSEGV; but the end, as the OOM killer's, where the process may not have more memory or there is none."""
        if error_code & OUT_OF_MEMORY:
            return Siginfo(SIGKILL, signals.SI_KERNEL)
        for start, end, _, _ in self.memory.space.regions():
            if start <= address < end:
                return Siginfo(signals.SIGSEGV, signals.SEGV_ACCERR, address=address)
        return Siginfo(signals.SIGSEGV, signals.SEGV_MAPERR, address=address)

    # Stopping.

    def stop(self, number: int) -> None:
        """All threads pause until SIGCONT. A group that nobody could continue is not stopped from the keyboard (POSIX XBD 11.1.4)."""
        if number != signals.SIGSTOP and self.is_orphaned_group():
            return
        self.stopped = True
        self.stop_news = number
        self.continue_news = False
        for thread in self.threads.values():
            if thread is not self.stack.blocker.current:
                thread.kick()
        self.tell_parent(signals.CLD_STOPPED, number)

    def is_orphaned_group(self) -> bool:
        """No member's parent is outside of the group and in its session."""
        for other in self.processes.by_pid.values():
            if other.pgid == self.pgid and other.parent is not None and not other.has_ended:
                parent = other.parent
                if parent.pgid != self.pgid and parent.sid == self.sid:
                    return False
        return True

    def wait_until_continued(self, thread: Thread) -> None:
        """A thread of a stopped process sleeps here; SIGKILL ends that too."""
        thread.uninterruptible = True
        try:
            park(self.stack, self.continued)
        finally:
            thread.uninterruptible = False

    # The end.

    def end(self, wait_status: int) -> None:
        """exit_group, or a deadly signal: every thread does nothing more."""
        if self.wait_status < 0:
            self.wait_status = wait_status
        self.stopped = False
        self.continued.wake()
        for thread in self.threads.values():
            thread.dying = True
            if thread is not self.stack.blocker.current:
                thread.kick()

    def finish(self) -> None:
        """The last thread is gone: give back what the process had; it stays as a zombie until its parent has asked."""
        self.wait_status = max(self.wait_status, 0)
        self.real_timer.set(0, 0)
        for timer in list(self.cpu_timers.values()):
            timer.stop()
        self.has_ended = True
        release_all(self)
        self.sockets.table.close_all()
        self.memory.release()
        self.become_itself()
        if self.terminal is not None and self.sid == self.pid:
            self.terminal.session_ended(self)
        self.hand_over_children()
        self.stack.leave()
        parent = self.parent
        if parent is None or parent.is_init:
            self.leave_family()
        else:
            action = parent.actions.get(SIGCHLD, signals.DEFAULT)
            unwanted = action.handler == signals.SIG_IGN or bool(action.flags & signals.SA_NOCLDWAIT)
            ended = self.wait_status & 0x7F
            code = signals.CLD_KILLED if ended else signals.CLD_EXITED
            self.tell_parent(code, ended if ended else self.wait_status >> 8)
            if unwanted and self.exit_signal == SIGCHLD:
                self.leave_family()
        self.ended.wake()

    def hand_over_children(self) -> None:
        """Orphans are init's. Those that have ended already, init has asked about; a stopped group that nobody can continue any more is told."""
        init = self.processes.init
        for child in list(self.children):
            child.parent = init
            init.children.append(child)
            if child.has_ended:
                child.leave_family()
            elif child.stopped and child.is_orphaned_group():
                child.post(Siginfo(signals.SIGHUP, signals.SI_KERNEL))
                child.post(Siginfo(SIGCONT, signals.SI_KERNEL))
        self.children = []

    def leave_family(self) -> None:
        """Nothing is left of it."""
        if self.parent is not None and self in self.parent.children:
            self.parent.children.remove(self)
        self.processes.by_pid.pop(self.pid, None)

    def tell_parent(self, code: int, status: int) -> None:
        """SIGCHLD, and whoever waits."""
        parent = self.parent
        if parent is None:
            return
        action = parent.actions.get(SIGCHLD, signals.DEFAULT)
        stopping = code in (signals.CLD_STOPPED, signals.CLD_CONTINUED)
        if self.exit_signal and not (stopping and action.flags & signals.SA_NOCLDSTOP):
            parent.post(Siginfo(SIGCHLD if stopping else self.exit_signal, code, self.pid, self.uid, status))
        parent.children_changed.wake()

    def child_was_waited_for(self, child: Process) -> None:
        """wait4 has told of its end."""
        self.children_user_time += child.user_time + child.children_user_time
        self.children_system_time += child.system_time + child.children_system_time
        child.leave_family()


class Processes:
    """All processes of the host.

    machine: the `kernel` module or a fake. dispatch(thread): serves the call that the thread's context holds. base: the kernel's own socket calls, whose
    resolver, engine and names the processes share.
    """

    def __init__(self, machine: Any, base: Sockets, files: FileSystem, dispatch: Callable[[Thread], None], memory_limit: int = 0) -> None:
        self.machine = machine
        self.base = base
        self.stack = base.stack
        self.files = files
        self.dispatch = dispatch
        # Pages that one process may hold; by default half of what is free at the start.
        self.memory_limit = memory_limit or machine.memory()["frames_free"] // 2
        self.by_pid: dict[int, Process] = {}
        self.threads: dict[int, Thread] = {}
        self.last_pid = 0
        self.futexes = Futexes(self.stack)
        self.hostname = "pynet"
        self.unknown_calls: dict[int, int] = {}
        # What strace sees (pynet.posix.syscalls.trace_to).
        self.trace: Callable[[str], None] | None = None
        self.trace_signal: Callable[[Thread, Siginfo], None] | None = None
        self.trace_end: Callable[[Thread], None] | None = None
        self.init = Process(self, self.new_pid(), None, Memory(None, object()), self.sockets(None))
        self.by_pid[self.init.pid] = self.init

    def sockets(self, table: Any) -> Sockets:
        """The socket calls of one process."""
        return self.base.beside(table)

    def new_pid(self) -> int:
        """The next number that nobody has. There is one: MAX_PID is far above what may exist."""
        while True:
            self.last_pid = self.last_pid % MAX_PID + 1
            if self.last_pid not in self.by_pid and self.last_pid not in self.threads:
                return self.last_pid

    def check_room(self, for_thread: bool) -> None:
        """OSError EAGAIN at MAX_PROCESSES or MAX_THREADS."""
        if len(self.threads) >= MAX_THREADS or (not for_thread and len(self.by_pid) >= MAX_PROCESSES):
            raise os_error(errno.EAGAIN)

    def new_memory(self) -> Memory:
        """An empty address space."""
        return Memory(self.machine.AddressSpace(self.memory_limit), object())

    def create(self, parent: Process) -> Process:
        """A process in its own session without a thread or anything in its memory, to be loaded (pynet.posix.execute) and started."""
        self.check_room(False)
        process = Process(self, self.new_pid(), parent, self.new_memory(), self.sockets(None))
        parent.children.append(process)
        self.by_pid[process.pid] = process
        return process

    def add_thread(self, process: Process) -> Thread:
        """The first thread of a created process."""
        thread = Thread(process, process.pid, self.machine.Context(process.memory.space))
        process.threads[thread.tid] = thread
        self.threads[thread.tid] = thread
        return thread


def resident_pages(process: Process) -> int:
    """Pages that a process holds."""
    return 0 if process.has_ended or process.is_init else int(process.memory.space.resident())


def give_way(thread: Thread) -> None:
    """A wait that is over at once: whoever is ready runs. No signal ends it."""
    process = thread.process
    thread.uninterruptible = True
    try:
        park(process.stack, process.continued, process.stack.now())
    finally:
        thread.uninterruptible = False


def mapped_bytes(process: Process) -> int:
    """The size of its regions."""
    if process.has_ended or process.is_init:
        return 0
    return sum([page_up(end - start) for start, end, _, _ in process.memory.space.regions()])
