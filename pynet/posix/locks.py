"""Advisory locks on files: flock(2)'s, held by an open description, and fcntl(2)'s on ranges of bytes, held by a process."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.abi import read_struct
from pynet.posix.description import O_ACCMODE, O_RDONLY, O_WRONLY
from pynet.posix.files import OpenFile
from pynet.posix.wait import park
from pynet.readiness import WaitQueue

if TYPE_CHECKING:
    from typing import Any

    from pynet.posix.process import Process, Thread

LOCK_SH = 1
LOCK_EX = 2
LOCK_NB = 4
LOCK_UN = 8

F_RDLCK = 0
F_WRLCK = 1
F_UNLCK = 2
F_GETLK = 5
F_SETLK = 6
F_SETLKW = 7

# struct flock: type, whence, start, length, pid.
FLOCK = Struct("<hh4xqqi4x")
# Ranges held on one file; ENOLCK beyond.
MAX_RANGES = 512
TO_THE_END = 1 << 63


class Range:
    """Bytes [start, end) that a process has locked."""

    def __init__(self, owner: Process, kind: int, start: int, end: int) -> None:
        self.owner = owner
        self.kind = kind
        self.start = start
        self.end = end

    def stands_against(self, owner: Process, kind: int, start: int, end: int) -> bool:
        """Another's lock that forbids such a one."""
        return self.owner is not owner and self.start < end and start < self.end and F_WRLCK in (self.kind, kind)


class FileLocks:
    """The locks of one file."""

    def __init__(self) -> None:
        self.held: dict[OpenFile, int] = {}
        self.ranges: list[Range] = []
        self.changed = WaitQueue()

    def flock(self, description: OpenFile, kind: int) -> bool:
        """Take, change or give back; False: others stand against it. A lock that is changed is given back first, as on Linux."""
        had = self.held.pop(description, 0)
        if had:
            self.changed.wake()
        if kind == LOCK_UN:
            return True
        others = [other for holder, other in self.held.items() if holder.references > 0]
        if others and (kind == LOCK_EX or LOCK_EX in others):
            return False
        self.held = {holder: other for holder, other in self.held.items() if holder.references > 0}
        self.held[description] = kind
        return True

    def conflict(self, owner: Process, kind: int, start: int, end: int) -> Range | None:
        """Somebody else's range that stands against this one."""
        for other in self.ranges:
            if other.stands_against(owner, kind, start, end):
                return other
        return None

    def set(self, owner: Process, kind: int, start: int, end: int) -> None:
        """The owner has these bytes locked like this from now on. OSError ENOLCK at MAX_RANGES."""
        kept: list[Range] = []
        for other in self.ranges:
            if other.owner is not owner or other.end <= start or end <= other.start:
                kept.append(other)
                continue
            if other.start < start:
                kept.append(Range(owner, other.kind, other.start, start))
            if end < other.end:
                kept.append(Range(owner, other.kind, end, other.end))
        if kind != F_UNLCK:
            kept.append(Range(owner, kind, start, end))
        if len(kept) > MAX_RANGES:
            raise os_error(errno.ENOLCK)
        self.ranges = kept
        self.changed.wake()


def locks_of(node: Any) -> FileLocks:
    """The file's locks."""
    if node.locks is None:
        node.locks = FileLocks()
    locks: FileLocks = node.locks
    return locks


def flock(thread: Thread, fd: int, operation: int) -> int:
    """flock(2)"""
    from_table = thread.process.sockets.table.get(signed(fd))
    kind = operation & 0xFFFFFFFF & ~LOCK_NB
    if kind not in (LOCK_SH, LOCK_EX, LOCK_UN):
        raise os_error(errno.EINVAL)
    if not isinstance(from_table, OpenFile):
        raise os_error(errno.EBADF)
    locks = locks_of(from_table.node)
    while not locks.flock(from_table, kind):
        if operation & LOCK_NB:
            raise os_error(errno.EAGAIN)
        park(thread.process.stack, locks.changed)
    return 0


def signed(fd: int) -> int:
    """A descriptor out of a register."""
    fd &= 0xFFFFFFFF
    return fd - 0x100000000 if fd >> 31 else fd


def record_lock(thread: Thread, description: Any, command: int, address: int) -> int:
    """F_GETLK, F_SETLK, F_SETLKW. OSError EBADF where the mode of opening does not allow it, EINVAL, EAGAIN, EINTR."""
    kind, whence, start, length, pid = read_struct(thread, address, FLOCK)
    if not isinstance(description, OpenFile):
        raise os_error(errno.EBADF)
    if kind not in (F_RDLCK, F_WRLCK, F_UNLCK) or not 0 <= whence <= 2:
        raise os_error(errno.EINVAL)
    first = start + (description.position if whence == 1 else description.node.size() if whence == 2 else 0)
    first, end = (first, first + length if length else TO_THE_END) if length >= 0 else (first + length, first)
    if first < 0:
        raise os_error(errno.EINVAL)
    if end > TO_THE_END:
        raise os_error(errno.EOVERFLOW)
    locks = locks_of(description.node)
    process = thread.process
    if command == F_GETLK:
        if kind == F_UNLCK:
            raise os_error(errno.EINVAL)
        other = locks.conflict(process, kind, first, end)
        answer = FLOCK.pack(F_UNLCK, whence, start, length, pid)
        if other is not None:
            answer = FLOCK.pack(other.kind, 0, other.start, 0 if other.end == TO_THE_END else other.end - other.start, other.owner.pid)
        thread.space.write(address, answer)
        return 0
    access = description.status_flags & O_ACCMODE
    if (kind == F_RDLCK and access == O_WRONLY) or (kind == F_WRLCK and access == O_RDONLY):
        raise os_error(errno.EBADF)
    while kind != F_UNLCK and locks.conflict(process, kind, first, end) is not None:
        if command == F_SETLK:
            raise os_error(errno.EAGAIN)
        park(process.stack, locks.changed)
    locks.set(process, kind, first, end)
    return 0


def release_ranges(process: Process, description: Any) -> None:
    """A process that closes any descriptor of a file has no ranges of it any more (POSIX's rule)."""
    if isinstance(description, OpenFile) and description.node.locks is not None:
        locks: FileLocks = description.node.locks
        if any(held.owner is process for held in locks.ranges):
            locks.set(process, F_UNLCK, 0, TO_THE_END)


def release_all(process: Process) -> None:
    """The process ends."""
    for description in process.sockets.table.descriptions.values():
        release_ranges(process, description)


CALLS = {"flock": flock}
