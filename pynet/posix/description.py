"""Open file descriptions and the table that numbers them (POSIX.1-2017, XBD 3.258 and XSH open())."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.readiness import POLLNVAL, WaitQueue

if TYPE_CHECKING:
    from pynet.frame import Octets

# Numbers in one table, as RLIMIT_NOFILE; EMFILE beyond.
MAX_DESCRIPTORS = 1024

# ioctl(2) requests, with Linux's numbers.
FIONREAD = 0x541B
FIONBIO = 0x5421


class FileDescription:
    """What a descriptor number refers to. None of its methods waits: where they would, they raise BlockingIOError.

    nonblocking: O_NONBLOCK, read by whoever would wait. status_flags: the access mode and the other flags of F_GETFL.
    waiters: woken when poll()'s answer may have changed.
    """

    # O_RDWR, as for every socket.
    status_flags = 2

    def __init__(self) -> None:
        self.nonblocking = False
        self.references = 0
        self.waiters = WaitQueue()

    def read(self, count: int) -> bytes:
        """At most `count` bytes, b'' at the end. BlockingIOError when there is none yet."""
        raise os_error(errno.EINVAL)

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
    """The descriptors of one process: small numbers for FileDescriptions, which live as long as a number refers to them."""

    def __init__(self, limit: int = MAX_DESCRIPTORS) -> None:
        self.limit = limit
        self.descriptions: dict[int, FileDescription] = {}
        self.close_on_exec: set[int] = set()
        # No number below this one is free.
        self.lowest = 0

    def add(self, description: FileDescription, at_least: int = 0) -> int:
        """The lowest free number from `at_least` on, now that of `description`. OSError EMFILE at the limit."""
        number = max(at_least, self.lowest)
        while number in self.descriptions:
            number += 1
        if number >= self.limit:
            raise os_error(errno.EMFILE)
        if at_least <= self.lowest:
            self.lowest = number + 1
        self.descriptions[number] = description
        description.references += 1
        return number

    def get(self, fd: int) -> FileDescription:
        """What `fd` refers to. OSError EBADF."""
        description = self.descriptions.get(fd)
        if description is None:
            raise os_error(errno.EBADF)
        return description

    def close(self, fd: int) -> None:
        """Free the number; the description is closed with its last one. OSError EBADF."""
        description = self.get(fd)
        del self.descriptions[fd]
        self.close_on_exec.discard(fd)
        self.lowest = min(self.lowest, fd)
        description.references -= 1
        if description.references == 0:
            description.close()

    def dup(self, fd: int, at_least: int = 0) -> int:
        """Another number for the same description (dup, F_DUPFD)."""
        return self.add(self.get(fd), at_least)

    def dup2(self, fd: int, number: int) -> int:
        """Make `number` refer to what `fd` does, closing what it referred to. OSError EBADF."""
        description = self.get(fd)
        if number < 0 or number >= self.limit:
            raise os_error(errno.EBADF)
        if number == fd:
            return number
        if number in self.descriptions:
            self.close(number)
        self.descriptions[number] = description
        description.references += 1
        return number

    def copy(self) -> FDTable:
        """The table of a forked process: the same descriptions under the same numbers, each referred to once more."""
        other = FDTable(self.limit)
        other.descriptions = dict(self.descriptions)
        other.close_on_exec = set(self.close_on_exec)
        other.lowest = self.lowest
        for description in self.descriptions.values():
            description.references += 1
        return other

    def close_for_exec(self) -> None:
        """execve(2): those with FD_CLOEXEC are closed."""
        for fd in sorted(self.close_on_exec):
            self.close(fd)

    def close_all(self) -> None:
        """The process ends."""
        for fd in list(self.descriptions):
            self.close(fd)
