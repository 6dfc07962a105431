"""Futexes (futex(2)): threads that sleep until another says that a word in memory has changed.

The word's name is (memory, address) where it is private. Where the page is shared, processes that were forked from one another see it at the same
address, and the name is (family, address). Bounded by MAX_THREADS: each sleeps on one word.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.abi import UINT32, UINT64, read_struct, read_timespec, signed32
from pynet.posix.wait import park
from pynet.readiness import WaitQueue

if TYPE_CHECKING:
    from pynet.net import Stack
    from pynet.posix.process import Memory, Thread

FUTEX_WAIT = 0
FUTEX_WAKE = 1
FUTEX_REQUEUE = 3
FUTEX_CMP_REQUEUE = 4
FUTEX_WAKE_OP = 5
FUTEX_WAIT_BITSET = 9
FUTEX_WAKE_BITSET = 10
FUTEX_PRIVATE_FLAG = 128
FUTEX_CLOCK_REALTIME = 256
FUTEX_BITSET_MATCH_ANY = 0xFFFFFFFF

# What a word that is a lock holds (futex(2)): the owner's number, that somebody waits, that the owner ended with it.
FUTEX_WAITERS = 0x80000000
FUTEX_OWNER_DIED = 0x40000000
FUTEX_TID_MASK = 0x3FFFFFFF
# struct robust_list_head: the first entry, where an entry's word lies from the entry, the entry that is being locked or unlocked.
ROBUST_LIST_HEAD = Struct("<QqQ")
# Entries that are looked at: a list may be a circle.
ROBUST_LIST_LIMIT = 2048


class Sleeper:
    """One thread asleep on a word."""

    def __init__(self, name: tuple[object, int], bits: int) -> None:
        self.name = name
        self.bits = bits
        self.queue = WaitQueue()
        self.woken = False


class Futexes:
    """Who sleeps on which word, in the order in which they came."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.sleepers: dict[tuple[object, int], list[Sleeper]] = {}

    def name(self, memory: Memory, address: int, private: bool) -> tuple[object, int]:
        """What a word is called."""
        if not private:
            for start, end, _, shared in memory.space.regions():
                if start <= address < end:
                    return (memory.family if shared else memory), address
        return memory, address

    def wait(self, name: tuple[object, int], bits: int, deadline: int) -> None:
        """Sleep until woken. OSError ETIMEDOUT at the deadline (microseconds, -1: none), EINTR."""
        sleeper = Sleeper(name, bits)
        self.sleepers.setdefault(name, []).append(sleeper)
        try:
            while not sleeper.woken:
                if 0 <= deadline <= self.stack.now():
                    raise os_error(errno.ETIMEDOUT)
                park(self.stack, sleeper.queue, deadline)
        finally:
            if not sleeper.woken:
                self.remove(sleeper)

    def remove(self, sleeper: Sleeper) -> None:
        """It sleeps no more."""
        there = self.sleepers[sleeper.name]
        there.remove(sleeper)
        if not there:
            del self.sleepers[sleeper.name]

    def wake(self, memory: Memory, address: int, count: int) -> int:
        """Wake at most `count` on a word, under both of its names; how many."""
        woken = self.wake_name((memory, address), count, FUTEX_BITSET_MATCH_ANY)
        return woken + self.wake_name((memory.family, address), count - woken, FUTEX_BITSET_MATCH_ANY)

    def wake_name(self, name: tuple[object, int], count: int, bits: int) -> int:
        """Wake at most `count` of those whose bits meet `bits`; how many."""
        woken = 0
        for sleeper in list(self.sleepers.get(name, [])):
            if woken >= count:
                break
            if sleeper.bits & bits:
                sleeper.woken = True
                self.remove(sleeper)
                sleeper.queue.wake()
                woken += 1
        return woken

    def requeue(self, old: tuple[object, int], new: tuple[object, int], count: int) -> int:
        """Have at most `count` sleepers of one word sleep on another; how many."""
        moved = 0
        for sleeper in list(self.sleepers.get(old, []))[: max(count, 0)]:
            self.remove(sleeper)
            sleeper.name = new
            self.sleepers.setdefault(new, []).append(sleeper)
            moved += 1
        return moved


def futex(thread: Thread, address: int, operation: int, value: int, timeout: int, second: int, value3: int) -> int:
    """futex(2): WAIT, WAKE, their BITSET forms, REQUEUE, CMP_REQUEUE, WAKE_OP. OSError ENOSYS for the priority-inheriting ones."""
    operation = signed32(operation)
    command = operation & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)
    private = bool(operation & FUTEX_PRIVATE_FLAG)
    if operation & FUTEX_CLOCK_REALTIME and command != FUTEX_WAIT_BITSET:
        raise os_error(errno.ENOSYS)
    if command not in (FUTEX_WAIT, FUTEX_WAKE, FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP, FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET):
        raise os_error(errno.ENOSYS)
    value, value3 = value & 0xFFFFFFFF, value3 & 0xFFFFFFFF
    waits = command in (FUTEX_WAIT, FUTEX_WAIT_BITSET)
    deadline = futex_deadline(thread, operation, command, timeout) if waits else -1
    if address & 3:
        raise os_error(errno.EINVAL)
    futexes = thread.process.processes.futexes
    name = futexes.name(thread.process.memory, address, private)
    if waits:
        return futex_wait(thread, futexes, name, address, value, FUTEX_BITSET_MATCH_ANY if command == FUTEX_WAIT else value3, deadline)
    if command in (FUTEX_WAKE, FUTEX_WAKE_BITSET):
        bits = FUTEX_BITSET_MATCH_ANY if command == FUTEX_WAKE else value3
        if not bits:
            raise os_error(errno.EINVAL)
        return futexes.wake_name(name, max(signed32(value), 1), bits)
    if second & 3:
        raise os_error(errno.EINVAL)
    other = futexes.name(thread.process.memory, second, private)
    second_count = signed32(timeout)
    if command == FUTEX_WAKE_OP:
        holds = wake_operation(thread, second, value3)
        woken = futexes.wake_name(name, max(signed32(value), 1), FUTEX_BITSET_MATCH_ANY)
        return woken + (futexes.wake_name(other, max(second_count, 1), FUTEX_BITSET_MATCH_ANY) if holds else 0)
    if signed32(value) < 0 or second_count < 0:
        raise os_error(errno.EINVAL)
    if command == FUTEX_CMP_REQUEUE and read_struct(thread, address, UINT32)[0] != value3:
        raise os_error(errno.EAGAIN)
    woken = futexes.wake_name(name, signed32(value), FUTEX_BITSET_MATCH_ANY)
    return woken + futexes.requeue(name, other, second_count)


def futex_deadline(thread: Thread, operation: int, command: int, timeout: int) -> int:
    """When a wait ends: WAIT takes a length, WAIT_BITSET a time of the monotonic clock or of the wall's. -1: never. OSError EFAULT, EINVAL."""
    if not timeout:
        return -1
    thread.timed_call = True
    given = read_timespec(thread, timeout)
    now = thread.process.stack.now()
    if command == FUTEX_WAIT:
        return now + given
    if operation & FUTEX_CLOCK_REALTIME:
        wall: int = thread.process.processes.machine.wall_time_us()
        return max(now + given - wall, 0)
    return given


def futex_wait(thread: Thread, futexes: Futexes, name: tuple[object, int], address: int, value: int, bits: int, deadline: int) -> int:
    """Sleep if the word still is `value`. OSError EFAULT, EAGAIN, ETIMEDOUT, EINTR, EINVAL."""
    if not bits:
        raise os_error(errno.EINVAL)
    if read_struct(thread, address, UINT32)[0] != value:
        raise os_error(errno.EAGAIN)
    futexes.wait(name, bits, deadline)
    return 0


def wake_operation(thread: Thread, address: int, encoded: int) -> bool:
    """FUTEX_WAKE_OP: change the second word as `encoded` says, and whether its old value compares as that says. OSError EFAULT, ENOSYS."""
    operation, comparison = encoded >> 28 & 0xF, encoded >> 24 & 0xF
    operand = encoded >> 12 & 0xFFF
    against = encoded & 0xFFF
    operand = operand - 4096 if operand & 0x800 else operand
    against = against - 4096 if against & 0x800 else against
    if operation & 8:
        operand = 1 << (operand & 31)
    (word,) = read_struct(thread, address, UINT32)
    old = signed32(word)
    results = {0: operand, 1: old + operand, 2: old | operand, 3: old & ~operand, 4: old ^ operand}
    holds = {0: old == against, 1: old != against, 2: old < against, 3: old <= against, 4: old > against, 5: old >= against}
    if operation & 7 not in results or comparison not in holds:
        raise os_error(errno.ENOSYS)
    thread.space.write(address, UINT32.pack(results[operation & 7] & 0xFFFFFFFF))
    return holds[comparison]


def set_robust_list(thread: Thread, head: int, length: int) -> int:
    """set_robust_list(2): the locks that the kernel gives back when the thread ends with them."""
    if length != ROBUST_LIST_HEAD.size:
        raise os_error(errno.EINVAL)
    thread.robust_list = head
    return 0


def get_robust_list(thread: Thread, tid: int, head: int, length: int) -> int:
    """get_robust_list(2): of a thread by its number, 0 for the caller."""
    tid = signed32(tid)
    other = thread.process.processes.threads.get(tid) if tid else thread
    if other is None:
        raise os_error(errno.ESRCH)
    thread.space.write(length, UINT64.pack(ROBUST_LIST_HEAD.size))
    thread.space.write(head, UINT64.pack(other.robust_list))
    return 0


def release_robust_list(thread: Thread) -> None:
    """The thread ends, or its memory is replaced: each lock of its list that it holds says so, and wakes one who waits. What makes no sense ends the walk."""
    head, thread.robust_list = thread.robust_list, 0
    if not head:
        return
    try:
        entry, offset, pending = read_struct(thread, head, ROBUST_LIST_HEAD)
        # The lowest bit marks locks that inherit priorities, of which there are none.
        pending &= ~1
        for _ in range(ROBUST_LIST_LIMIT):
            at = entry & ~1
            if at == head:
                break
            (entry,) = read_struct(thread, at, UINT64)
            if at != pending:
                owner_died(thread, at + offset, False)
        if pending:
            owner_died(thread, pending + offset, True)
    except OSError:
        return


def owner_died(thread: Thread, address: int, pending: bool) -> None:
    """One lock of the list. pending: it was being unlocked, so that it may be free already and the wake not yet done. OSError EFAULT, EINVAL."""
    if address & 3 or not 0 <= address < 1 << 64:
        raise os_error(errno.EINVAL)
    memory, futexes = thread.process.memory, thread.process.processes.futexes
    (word,) = read_struct(thread, address, UINT32)
    if word & FUTEX_TID_MASK != thread.tid:
        if pending and not word:
            futexes.wake(memory, address, 1)
        return
    thread.space.write(address, UINT32.pack(word & FUTEX_WAITERS | FUTEX_OWNER_DIED))
    if word & FUTEX_WAITERS:
        futexes.wake(memory, address, 1)


CALLS = {"futex": futex, "set_robust_list": set_robust_list, "get_robust_list": get_robust_list}
