"""The system calls that wait for descriptors: select, poll and epoll in all their forms, eventfd and timerfd.

Each is pynet.posix.wait's one `wait` behind Linux's argument forms. A signal mask that comes with a call holds while it waits: the thread takes it
(`thread.mask_until_return`), and the dispatcher puts the old one back after the signals it let in were delivered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.abi import (
    TWO_LONGS,
    TWO_UINT64,
    UINT64,
    read_struct,
    read_timespec,
    signed32,
    timespec,
    timeval,
    unsigned32,
)
from pynet.posix.epoll import EPOLL_CTL_DEL, EpollDescription
from pynet.posix.eventfd import EFD_SEMAPHORE, EventDescription
from pynet.posix.net_abi import EPOLL_EVENT, POLLFD_SIZE, check_range
from pynet.posix.timerfd import CLOCKS, TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET, TimerDescription
from pynet.posix.wait import narrowed, news, wait, widened
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI
from pynet.sockets import SOCK_CLOEXEC, SOCK_NONBLOCK

if TYPE_CHECKING:
    from pynet.posix.description import FileDescription
    from pynet.posix.process import Thread

    Watched = tuple[FileDescription, int, int]

# Octets of a signal mask in the kernel's form.
SIGSET = 8
# select(2)'s words, and how many descriptors its sets can name here.
WORD = 64
# What makes a descriptor readable, writable and exceptional to select (Linux's POLLIN_SET, POLLOUT_SET, POLLEX_SET).
SELECT_READ = POLLIN | POLLHUP | POLLERR
SELECT_WRITE = POLLOUT | POLLERR
SELECT_EXCEPT = POLLPRI
# The most events of one epoll_wait (EP_MAX_EVENTS).
MAX_EVENTS = 0x7FFFFFFF // 12


def deadline_of(thread: Thread, timeout: int) -> int:
    """When a wait of `timeout` microseconds ends, -1 for never."""
    return thread.process.sockets.stack.now() + timeout if timeout >= 0 else -1


def take_mask(thread: Thread, mask: int, size: int) -> None:
    """A signal mask for the time of this call. OSError EINVAL, EFAULT."""
    if not mask:
        return
    if size != SIGSET:
        raise os_error(errno.EINVAL)
    (bits,) = read_struct(thread, mask, UINT64)
    thread.mask_until_return(bits)


def milliseconds(timeout: int) -> int:
    """poll's timeout as microseconds, -1 for none."""
    timeout = signed32(timeout)
    return timeout * 1000 if timeout >= 0 else -1


# poll.


def poll(thread: Thread, fds: int, count: int, timeout: int) -> int:
    return poll_until(thread, fds, unsigned32(count), deadline_of(thread, milliseconds(timeout)))


def ppoll(thread: Thread, fds: int, count: int, timeout: int, mask: int, size: int) -> int:
    deadline = deadline_of(thread, read_timespec(thread, timeout) if timeout else -1)
    take_mask(thread, mask, size)
    try:
        return poll_until(thread, fds, unsigned32(count), deadline)
    finally:
        write_rest(thread, timeout, deadline, False)


def poll_until(thread: Thread, fds: int, count: int, deadline: int) -> int:
    """An array of struct pollfd: wait, and write what holds into each. OSError EINVAL, EFAULT, EINTR."""
    table = thread.process.sockets.table
    if count > table.limit:
        raise os_error(errno.EINVAL)
    rows = bytearray(thread.space.read(fds, count * POLLFD_SIZE)) if count else bytearray()
    watched, closed = watched_of(rows, table.descriptions)
    stack = thread.process.sockets.stack
    found = answer_poll(rows, watched)
    # One that is no descriptor is an answer already.
    if not (found or closed or 0 <= deadline <= stack.now()):
        held = [description for description, _, _ in watched]
        interests = [(description, narrowed(events)) for description, events, _ in watched]
        hold(held)
        try:
            while not (found or 0 <= deadline <= stack.now()):
                news(stack, interests, deadline)
                found = answer_poll(rows, watched)
        finally:
            release(held)
    if count:
        thread.space.write(fds, rows)
    return found + closed


def watched_of(rows: bytearray, descriptions: dict[int, FileDescription]) -> tuple[list[Watched], int]:
    """(description, events, where its revents are) of each struct pollfd {int fd; short events, revents} that names one, and how many others name a
    number that has none: POLLNVAL is in their revents, 0 in all others.
    """
    watched = []
    closed = 0
    for at in range(0, len(rows), POLLFD_SIZE):
        rows[at + 6] = rows[at + 7] = 0
        # A negative fd is one to be passed over.
        if rows[at + 3] < 0x80:
            fd = rows[at] | rows[at + 1] << 8 | rows[at + 2] << 16 | rows[at + 3] << 24
            description = descriptions.get(fd)
            if description is not None:
                watched.append((description, rows[at + 4] | rows[at + 5] << 8, at + 6))
            else:
                rows[at + 6] = POLLNVAL
                closed += 1
    return watched, closed


def answer_poll(rows: bytearray, watched: list[Watched]) -> int:
    """Write what holds now into the revents; of how many something does."""
    found = 0
    for description, events, at in watched:
        bits = widened(description.poll()) & (events | POLLERR | POLLHUP)
        rows[at] = bits & 0xFF
        rows[at + 1] = bits >> 8
        found += bits != 0
    return found


def hold(descriptions: list[FileDescription]) -> None:
    """Another thread may close them meanwhile."""
    for description in descriptions:
        description.references += 1


def release(descriptions: list[FileDescription]) -> None:
    """Undo `hold`."""
    for description in descriptions:
        description.release()


def wait_held(thread: Thread, interests: list[tuple[FileDescription, int]], deadline: int) -> None:
    """`wait` for descriptions that another thread may close meanwhile."""
    held = [description for description, _ in interests]
    hold(held)
    try:
        wait(thread.process.sockets.stack, [(description, narrowed(events)) for description, events in interests], deadline)
    finally:
        release(held)


def write_rest(thread: Thread, timeout: int, deadline: int, micro: bool) -> None:
    """How much of the timeout is left, where it was; what cannot be written there stays, as on Linux."""
    if not timeout or deadline < 0:
        return
    left = max(deadline - thread.process.sockets.stack.now(), 0)
    try:
        thread.space.write(timeout, timeval(left) if micro else timespec(left))
    except OSError:
        pass


# select.


def select(thread: Thread, count: int, read: int, write: int, exceptional: int, timeout: int) -> int:
    deadline = deadline_of(thread, read_select_timeout(thread, timeout) if timeout else -1)
    try:
        return select_until(thread, signed32(count), (read, write, exceptional), deadline)
    finally:
        write_rest(thread, timeout, deadline, True)


def pselect6(thread: Thread, count: int, read: int, write: int, exceptional: int, timeout: int, mask: int) -> int:
    """`mask` points to a pointer to the mask, and its size."""
    pointer, size = read_struct(thread, mask, TWO_UINT64) if mask else (0, 0)
    deadline = deadline_of(thread, read_timespec(thread, timeout) if timeout else -1)
    take_mask(thread, pointer, size)
    try:
        return select_until(thread, signed32(count), (read, write, exceptional), deadline)
    finally:
        write_rest(thread, timeout, deadline, False)


def read_select_timeout(thread: Thread, timeout: int) -> int:
    """select's timeval may have a second's worth of microseconds and more. OSError EINVAL for negative ones, EFAULT."""
    seconds, microseconds = read_struct(thread, timeout, TWO_LONGS)
    if seconds < 0 or microseconds < 0:
        raise os_error(errno.EINVAL)
    return int(min(seconds, 1 << 40) * 1_000_000 + microseconds)


def select_until(thread: Thread, count: int, sets: tuple[int, int, int], deadline: int) -> int:
    """Three bit sets of `count` descriptors: wait, and leave those that hold. OSError EINVAL, EFAULT, EBADF, EINTR."""
    if count < 0:
        raise os_error(errno.EINVAL)
    table = thread.process.sockets.table
    # Beyond the table there is nothing to name.
    count = min(count, -(-table.limit // WORD) * WORD)
    size = -(-count // WORD) * 8
    wanted = [int.from_bytes(thread.space.read(address, size), "little") & ((1 << count) - 1) if address and size else 0 for address in sets]
    interests = []
    for fd in bits_of(wanted[0] | wanted[1] | wanted[2]):
        description = table.get(fd)
        events = (POLLIN if wanted[0] >> fd & 1 else 0) | (POLLOUT if wanted[1] >> fd & 1 else 0) | (POLLPRI if wanted[2] >> fd & 1 else 0)
        interests.append((fd, description, events))
    wait_select(thread, [(description, events) for _, description, events in interests], deadline)
    found = [0, 0, 0]
    for fd, description, _ in interests:
        bits = description.poll()
        for place, mask in enumerate((SELECT_READ, SELECT_WRITE, SELECT_EXCEPT)):
            if bits & mask and wanted[place] >> fd & 1:
                found[place] |= 1 << fd
    for address, bits in zip(sets, found, strict=True):
        if address and size:
            thread.space.write(address, bits.to_bytes(size, "little"))
    return sum([len(bits_of(bits)) for bits in found])


def wait_select(thread: Thread, interests: list[tuple[FileDescription, int]], deadline: int) -> None:
    """A hang-up is told to poll whatever it asked for, to select only as readable: where it is all there is, the wait is for the others."""
    while True:
        wait_held(thread, interests, deadline)
        held = [
            (description, events) for description, events in interests
            if description.poll() & (events | (SELECT_READ if events & POLLIN else 0) | (SELECT_WRITE if events & POLLOUT else 0))
        ]  # fmt: skip
        stack = thread.process.sockets.stack
        if held or not interests or 0 <= deadline <= stack.now():
            return
        interests = [(description, events) for description, events in interests if not description.poll() & (POLLHUP | POLLERR)]


def bits_of(bits: int) -> list[int]:
    """The places of the ones, from the lowest on."""
    places = []
    while bits:
        lowest = bits & -bits
        places.append(lowest.bit_length() - 1)
        bits ^= lowest
    return places


# epoll.


def epoll_create(thread: Thread, size: int) -> int:
    if signed32(size) <= 0:
        raise os_error(errno.EINVAL)
    return epoll_create1(thread, 0)


def epoll_create1(thread: Thread, flags: int) -> int:
    number: int = thread.process.sockets.epoll_create(unsigned32(flags))
    return number


def epoll_ctl(thread: Thread, epoll: int, operation: int, fd: int, event: int) -> int:
    operation = signed32(operation)
    events, data = (0, 0) if operation == EPOLL_CTL_DEL else read_struct(thread, event, EPOLL_EVENT)
    thread.process.sockets.epoll_ctl(signed32(epoll), operation, signed32(fd), events, data)
    return 0


def epoll_wait(thread: Thread, epoll: int, events: int, count: int, timeout: int) -> int:
    return epoll_until(thread, epoll, events, count, deadline_of(thread, milliseconds(timeout)))


def epoll_pwait(thread: Thread, epoll: int, events: int, count: int, timeout: int, mask: int, size: int) -> int:
    take_mask(thread, mask, size)
    return epoll_wait(thread, epoll, events, count, timeout)


def epoll_pwait2(thread: Thread, epoll: int, events: int, count: int, timeout: int, mask: int, size: int) -> int:
    deadline = deadline_of(thread, read_timespec(thread, timeout) if timeout else -1)
    take_mask(thread, mask, size)
    return epoll_until(thread, epoll, events, count, deadline)


def epoll_until(thread: Thread, epoll: int, events: int, count: int, deadline: int) -> int:
    """Write at most `count` events. OSError EBADF, EINVAL, EFAULT, EINTR."""
    sockets = thread.process.sockets
    count = signed32(count)
    description = sockets.table.get(signed32(epoll))
    if not 0 < count <= MAX_EVENTS:
        raise os_error(errno.EINVAL)
    check_range(events, count * EPOLL_EVENT.size)
    if not isinstance(description, EpollDescription):
        raise os_error(errno.EINVAL)
    while True:
        try:
            answers = description.take(count)
            break
        except BlockingIOError:
            if 0 <= deadline <= sockets.stack.now():
                return 0
            wait_held(thread, [(description, POLLIN)], deadline)
    try:
        thread.space.write(events, b"".join([EPOLL_EVENT.pack(bits, data) for bits, data in answers]))
    except OSError:
        description.put_back()
        raise
    return len(answers)


# eventfd and timerfd.


def eventfd(thread: Thread, count: int) -> int:
    return eventfd2(thread, count, 0)


def eventfd2(thread: Thread, count: int, flags: int) -> int:
    flags = unsigned32(flags)
    if flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK | EFD_SEMAPHORE):
        raise os_error(errno.EINVAL)
    description = EventDescription(unsigned32(count), flags & EFD_SEMAPHORE != 0)
    return new_description(thread, description, flags)


def new_description(thread: Thread, description: FileDescription, flags: int) -> int:
    """Its number; O_NONBLOCK and O_CLOEXEC as told. OSError EMFILE."""
    description.nonblocking = flags & SOCK_NONBLOCK != 0
    number: int = thread.process.sockets.table.add(description, 0, flags & SOCK_CLOEXEC != 0)
    return number


def timerfd_create(thread: Thread, clock: int, flags: int) -> int:
    flags = unsigned32(flags)
    if flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK) or signed32(clock) not in CLOCKS:
        raise os_error(errno.EINVAL)
    sockets = thread.process.sockets
    return new_description(thread, TimerDescription(sockets.stack, sockets.wall_clock, signed32(clock)), flags)


def timer(thread: Thread, fd: int) -> TimerDescription:
    """OSError EBADF, EINVAL."""
    description = thread.process.sockets.table.get(signed32(fd))
    if not isinstance(description, TimerDescription):
        raise os_error(errno.EINVAL)
    return description


def timerfd_settime(thread: Thread, fd: int, flags: int, new: int, old: int) -> int:
    raw = thread.space.read(new, 32)
    interval, value = nanoseconds(raw, 0), nanoseconds(raw, 16)
    flags = unsigned32(flags)
    if flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) or interval < 0 or value < 0:
        raise os_error(errno.EINVAL)
    description = timer(thread, fd)
    before = description.get()
    description.set(value, interval, flags & TFD_TIMER_ABSTIME != 0)
    thread.process.sockets.stack.leave()
    if old:
        thread.space.write(old, itimerspec(before))
    return 0


def timerfd_gettime(thread: Thread, fd: int, current: int) -> int:
    thread.space.write(current, itimerspec(timer(thread, fd).get()))
    return 0


def nanoseconds(raw: bytes, at: int) -> int:
    """A struct timespec, -1 for what is none."""
    seconds, nanos = TWO_LONGS.unpack_from(raw, at)
    if seconds < 0 or not 0 <= nanos < 1_000_000_000:
        return -1
    return int(min(seconds, 1 << 33) * 1_000_000_000 + nanos)


def itimerspec(times: tuple[int, int]) -> bytes:
    """struct itimerspec of (interval, time left) in nanoseconds."""
    return b"".join([TWO_LONGS.pack(time // 1_000_000_000, time % 1_000_000_000) for time in times])


CALLS = {
    "select": select,
    "pselect6": pselect6,
    "poll": poll,
    "ppoll": ppoll,
    "epoll_create": epoll_create,
    "epoll_create1": epoll_create1,
    "epoll_ctl": epoll_ctl,
    "epoll_wait": epoll_wait,
    "epoll_pwait": epoll_pwait,
    "epoll_pwait2": epoll_pwait2,
    "eventfd": eventfd,
    "eventfd2": eventfd2,
    "timerfd_create": timerfd_create,
    "timerfd_settime": timerfd_settime,
    "timerfd_gettime": timerfd_gettime,
}
