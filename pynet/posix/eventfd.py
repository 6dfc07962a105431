"""eventfd(2): a counter of 64 bits that can be waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.description import FileDescription
from pynet.readiness import POLLIN, POLLOUT

if TYPE_CHECKING:
    from pynet.frame import Octets

EFD_SEMAPHORE = 1
# The largest count; a write that would exceed it waits.
LARGEST = 0xFFFFFFFFFFFFFFFE
SIZE = 8


class EventDescription(FileDescription):
    """count: what was written and not yet read. semaphore: a read takes one, not all."""

    def __init__(self, count: int, semaphore: bool) -> None:
        super().__init__()
        self.count = count
        self.semaphore = semaphore

    def read(self, count: int) -> bytes:
        """Eight octets. OSError EINVAL for less room."""
        if count < SIZE:
            raise os_error(errno.EINVAL)
        if self.count == 0:
            raise os_error(errno.EAGAIN)
        taken = 1 if self.semaphore else self.count
        self.count -= taken
        self.waiters.wake()
        return taken.to_bytes(SIZE, "little")

    def write(self, data: Octets) -> int:
        """Add eight octets' number. OSError EINVAL for more or fewer octets, and for the largest number of all."""
        if len(data) != SIZE:
            raise os_error(errno.EINVAL)
        added = int.from_bytes(bytes(data), "little")
        if added > LARGEST:
            raise os_error(errno.EINVAL)
        if self.count + added > LARGEST:
            raise os_error(errno.EAGAIN)
        self.count += added
        if added:
            self.waiters.wake()
        return SIZE

    def interests(self, events: int) -> list[tuple[FileDescription, int]]:
        """A large write may find no room where poll() says there is some: it waits for the next read."""
        return [(Drained(self), POLLOUT)] if events == POLLOUT else [(self, events)]

    def poll(self) -> int:
        return (POLLIN if self.count else 0) | (POLLOUT if self.count < LARGEST else 0)


class Drained(FileDescription):
    """Ready once an eventfd has been read since this was made."""

    def __init__(self, event: EventDescription) -> None:
        super().__init__()
        self.event = event
        self.count = event.count
        self.waiters = event.waiters

    def poll(self) -> int:
        return POLLOUT if self.event.count < self.count else 0
