"""Open file descriptions and the table that numbers them (POSIX.1-2017, XBD 3.258 and XSH open())."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.readiness import POLLNVAL, WaitQueue

if TYPE_CHECKING:
    from typing import Any

    from pynet.frame import Octets

# Numbers in one table, as RLIMIT_NOFILE; EMFILE beyond.
MAX_DESCRIPTORS = 1024
# Descriptions that the numbers of all processes refer to; ENFILE beyond, for root too.
MAX_OPEN = 8192

# ioctl(2) requests, with Linux's numbers.
FIONREAD = 0x541B
FIONBIO = 0x5421

# open(2)'s flags that outlive it: the access mode, and the status flags of which O_APPEND and O_NONBLOCK can be changed by fcntl.
O_RDONLY = 0
O_WRONLY = 1
O_RDWR = 2
O_ACCMODE = 3
O_APPEND = 0o2000
O_NONBLOCK = 0o4000

# The file types of st_mode (inode(7)).
S_IFIFO = 0o010000
S_IFSOCK = 0o140000


class OpenFiles:
    """How many descriptions of a host have been given a number and live: at most MAX_OPEN (Linux's file-max)."""

    def __init__(self) -> None:
        self.count = 0
        # Octets in all pipes (pynet.posix.pipe).
        self.piped = 0

    def check_room(self) -> None:
        """OSError ENFILE where no more may be opened."""
        if self.count >= MAX_OPEN:
            raise os_error(errno.ENFILE)


class FileDescription:
    """What a descriptor number refers to. None of its methods waits: where they would, they raise BlockingIOError.

    nonblocking: O_NONBLOCK, read by whoever would wait. status_flags: the access mode and the other flags of F_GETFL. references: numbers in
    all tables, copies in flight between processes, and calls that wait on it. waiters: woken when poll()'s answer may have changed.
    """

    # What it was opened by name (pynet.posix.files.Node), if it was.
    node: Any = None
    # st_ino of what has no node, once somebody asked.
    ino = 0
    # The type in fstat(2)'s st_mode; 0 for what has none.
    file_type = 0
    # Whether epoll takes it: what never has news is refused.
    watchable = True
    # As for every socket.
    status_flags = O_RDWR
    # Where it is counted, from its first number to its end.
    counted: OpenFiles | None = None
    # The EPOLLEXCLUSIVE watches of this, if there are any (pynet.posix.epoll.Exclusives).
    exclusives: Any = None

    def __init__(self) -> None:
        self.nonblocking = False
        self.references = 0
        self.waiters = WaitQueue()

    def hold(self) -> None:
        """One more refers to this."""
        self.references += 1

    def release(self) -> None:
        """One less does; with the last one this is closed."""
        self.references -= 1
        if self.references == 0:
            if self.counted is not None:
                self.counted.count -= 1
                self.counted = None
            self.close()

    def get_flags(self) -> int:
        """F_GETFL"""
        return self.status_flags | (O_NONBLOCK if self.nonblocking else 0)

    def set_flags(self, flags: int) -> None:
        """F_SETFL: O_NONBLOCK and O_APPEND; the others stay as they are."""
        self.nonblocking = flags & O_NONBLOCK != 0
        self.status_flags = self.status_flags & ~O_APPEND | flags & O_APPEND

    def carried(self) -> list[FileDescription]:
        """The descriptions in messages that wait here to be received."""
        return []

    def forget_messages(self) -> None:
        """Drop the messages that wait here."""

    def interests(self, events: int) -> list[tuple[FileDescription, int]]:
        """What a call that found none of `events` has to wait for before it tries again."""
        return [(self, events)]

    def read(self, count: int) -> bytes:
        """At most `count` bytes, b'' at the end. BlockingIOError when there is none yet."""
        raise os_error(errno.EINVAL)

    def give_back(self, data: bytes) -> None:
        """What was just read found no memory to go to. A stream gives it again, as on Linux; everything else has lost it."""

    def write(self, data: Octets) -> int:
        """The bytes of `data` that were taken. BlockingIOError when none could be."""
        raise os_error(errno.EINVAL)

    def poll(self) -> int:
        """The poll bits of pynet.readiness that hold now."""
        return POLLNVAL

    def ioctl(self, request: int, arg: int = 0) -> int:
        """FIONBIO and FIONREAD where there is something to read; ENOTTY for what this kind does not know."""
        if request == FIONBIO:
            self.nonblocking = arg != 0
            return 0
        raise os_error(errno.ENOTTY)

    def close(self) -> None:
        """The last descriptor is gone: give everything back."""


class FDTable:
    """The descriptors of one process: small numbers for FileDescriptions, which live as long as something refers to them."""

    def __init__(self, limit: int = MAX_DESCRIPTORS, opened: OpenFiles | None = None) -> None:
        self.limit = limit
        self.opened = opened if opened is not None else OpenFiles()
        self.descriptions: dict[int, FileDescription] = {}
        self.close_on_exec: set[int] = set()
        # No number below this one is free.
        self.lowest = 0

    def add(self, description: FileDescription, at_least: int = 0, close_on_exec: bool = False) -> int:
        """The lowest free number from `at_least` on, now that of `description`. OSError EMFILE at the limit; ENFILE for a new one at the host's."""
        number = self.free_number(at_least)
        if description.counted is None:
            self.opened.check_room()
            self.opened.count += 1
            description.counted = self.opened
        if at_least <= self.lowest:
            self.lowest = number + 1
        self.descriptions[number] = description
        description.references += 1
        if close_on_exec:
            self.close_on_exec.add(number)
        return number

    def free_number(self, at_least: int = 0) -> int:
        """The number that add() would give. OSError EMFILE at the limit."""
        number = max(at_least, self.lowest)
        while number in self.descriptions:
            number += 1
        if number >= self.limit:
            raise os_error(errno.EMFILE)
        return number

    def get(self, fd: int) -> FileDescription:
        """What `fd` refers to. OSError EBADF."""
        description = self.descriptions.get(fd)
        if description is None:
            raise os_error(errno.EBADF)
        return description

    def readable(self, fd: int) -> FileDescription:
        """What `fd` refers to, if it was opened for reading. OSError EBADF."""
        description = self.get(fd)
        if description.status_flags & O_ACCMODE == O_WRONLY:
            raise os_error(errno.EBADF)
        return description

    def writable(self, fd: int) -> FileDescription:
        """What `fd` refers to, if it was opened for writing. OSError EBADF."""
        description = self.get(fd)
        if description.status_flags & O_ACCMODE == O_RDONLY:
            raise os_error(errno.EBADF)
        return description

    def close(self, fd: int) -> None:
        """Free the number; the description is closed when nothing refers to it any more. OSError EBADF."""
        description = self.get(fd)
        del self.descriptions[fd]
        self.close_on_exec.discard(fd)
        self.lowest = min(self.lowest, fd)
        description.release()

    def dup(self, fd: int, at_least: int = 0, close_on_exec: bool = False) -> int:
        """Another number for the same description (dup, F_DUPFD). OSError EBADF; EINVAL for an `at_least` beyond all numbers; EMFILE."""
        description = self.get(fd)
        if not 0 <= at_least < self.limit:
            raise os_error(errno.EINVAL)
        return self.add(description, at_least, close_on_exec)

    def dup2(self, fd: int, number: int) -> int:
        """Make `number` refer to what `fd` does, closing what it referred to. OSError EBADF."""
        self.get(fd)
        if number == fd:
            return number
        return self.dup3(fd, number, False)

    def dup3(self, fd: int, number: int, close_on_exec: bool) -> int:
        """`dup2`, with FD_CLOEXEC as told. OSError EINVAL where both numbers are the same; EBADF."""
        if number == fd:
            raise os_error(errno.EINVAL)
        if not 0 <= number < self.limit:
            raise os_error(errno.EBADF)
        description = self.get(fd)
        description.references += 1
        if number in self.descriptions:
            self.close(number)
        self.descriptions[number] = description
        if close_on_exec:
            self.close_on_exec.add(number)
        return number

    def copy(self) -> FDTable:
        """The table of a forked process: the same descriptions under the same numbers, each referred to once more."""
        other = FDTable(self.limit, self.opened)
        other.descriptions = dict(self.descriptions)
        other.close_on_exec = set(self.close_on_exec)
        other.lowest = self.lowest
        for description in other.descriptions.values():
            description.references += 1
        return other

    def close_for_exec(self) -> None:
        """execve(2): those with FD_CLOEXEC are closed."""
        for fd in sorted(self.close_on_exec):
            self.close(fd)

    def close_range(self, first: int, last: int) -> None:
        """Close every number from `first` to `last`."""
        for fd in sorted(self.descriptions):
            if first <= fd <= last:
                self.close(fd)

    def close_all(self) -> None:
        """The process ends."""
        for fd in sorted(self.descriptions):
            self.close(fd)
