"""Clocks and sleeping. The stack's clock is the monotonic one; wall time comes from the machine."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.abi import SECOND, UINT64, read_timespec, read_timeval, signed32, timespec, timeval
from pynet.posix.wait import park
from pynet.readiness import WaitQueue

if TYPE_CHECKING:
    from pynet.posix.process import Thread

CLOCK_REALTIME = 0
CLOCK_MONOTONIC = 1
CLOCK_PROCESS_CPUTIME_ID = 2
CLOCK_THREAD_CPUTIME_ID = 3
CLOCK_MONOTONIC_RAW = 4
CLOCK_REALTIME_COARSE = 5
CLOCK_MONOTONIC_COARSE = 6
CLOCK_BOOTTIME = 7
CLOCK_REALTIME_ALARM = 8
CLOCK_BOOTTIME_ALARM = 9
CLOCK_TAI = 11
REALTIME = frozenset((CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_REALTIME_ALARM, CLOCK_TAI))
MONOTONIC = frozenset((CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_BOOTTIME_ALARM))
TIMER_ABSTIME = 1

# Of times(2) and /proc: a hundred ticks a second (AT_CLKTCK).
TICK = 10_000
TMS = Struct("<qqqq")


def wall_time(thread: Thread) -> int:
    """Microseconds since 1970."""
    now: int = thread.process.processes.machine.wall_time_us()
    return now


def clock_now(thread: Thread, clock: int) -> int:
    """A clock's time, microseconds. OSError EINVAL."""
    if clock in REALTIME:
        return wall_time(thread)
    if clock in MONOTONIC:
        return thread.process.stack.now()
    if clock == CLOCK_PROCESS_CPUTIME_ID:
        return sum(thread.process.cpu_time())
    if clock == CLOCK_THREAD_CPUTIME_ID:
        return thread.user_time + thread.system_time
    raise os_error(errno.EINVAL)


def clock_gettime(thread: Thread, clock: int, address: int) -> int:
    """clock_gettime(2)"""
    thread.space.write(address, timespec(clock_now(thread, signed32(clock))))
    return 0


def clock_getres(thread: Thread, clock: int, address: int) -> int:
    """clock_getres(2): a microsecond."""
    clock_now(thread, signed32(clock))
    if address:
        thread.space.write(address, timespec(1))
    return 0


def clock_settime(thread: Thread, clock: int, address: int) -> int:
    """clock_settime(2): the clock is the machine's. OSError EINVAL, EFAULT, EPERM."""
    if signed32(clock) != CLOCK_REALTIME:
        raise os_error(errno.EINVAL)
    read_timespec(thread, address)
    raise os_error(errno.EPERM)


def settimeofday(thread: Thread, address: int, zone: int) -> int:
    """settimeofday(2): as clock_settime."""
    if address:
        read_timeval(thread, address)
    if zone:
        thread.space.read(zone, 8)
    raise os_error(errno.EPERM)


def gettimeofday(thread: Thread, address: int, zone: int) -> int:
    """gettimeofday(2)"""
    if address:
        thread.space.write(address, timeval(wall_time(thread)))
    if zone:
        thread.space.write(zone, bytes(8))
    return 0


def time(thread: Thread, address: int) -> int:
    """time(2)"""
    seconds = wall_time(thread) // SECOND
    if address:
        thread.space.write(address, UINT64.pack(seconds))
    return seconds


def sleep_until(thread: Thread, deadline: int) -> None:
    """Sleep until a time of the stack's clock. OSError EINTR."""
    nobody = WaitQueue()
    stack = thread.process.stack
    while stack.now() < deadline:
        park(stack, nobody, deadline)


def sleep_for(thread: Thread, duration: int, left: int) -> int:
    """nanosleep's work: what was left goes to the program when a signal ends the sleep."""
    stack = thread.process.stack
    deadline = stack.now() + duration
    try:
        sleep_until(thread, deadline)
    except InterruptedError:
        if left:
            thread.space.write(left, timespec(max(deadline - stack.now(), 0)))
        raise
    return 0


def nanosleep(thread: Thread, request: int, left: int) -> int:
    """nanosleep(2)"""
    return sleep_for(thread, read_timespec(thread, request), left)


def clock_nanosleep(thread: Thread, clock: int, flags: int, request: int, left: int) -> int:
    """clock_nanosleep(2)"""
    clock = signed32(clock)
    if clock not in REALTIME and clock not in MONOTONIC:
        raise os_error(errno.EOPNOTSUPP if clock in (CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID) else errno.EINVAL)
    wanted = read_timespec(thread, request)
    if not flags & TIMER_ABSTIME:
        return sleep_for(thread, wanted, left)
    stack = thread.process.stack
    sleep_until(thread, wanted if clock in MONOTONIC else stack.now() + wanted - wall_time(thread))
    return 0


def times(thread: Thread, address: int) -> int:
    """times(2)"""
    process = thread.process
    if address:
        user, system = process.cpu_time()
        children = (process.children_user_time // TICK, process.children_system_time // TICK)
        thread.space.write(address, TMS.pack(user // TICK, system // TICK, *children))
    return process.stack.now() // TICK


CALLS = {
    "clock_gettime": clock_gettime,
    "clock_getres": clock_getres,
    "clock_settime": clock_settime,
    "settimeofday": settimeofday,
    "gettimeofday": gettimeofday,
    "time": time,
    "nanosleep": nanosleep,
    "clock_nanosleep": clock_nanosleep,
    "times": times,
}
