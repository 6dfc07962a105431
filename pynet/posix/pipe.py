"""Pipes (POSIX.1-2017 XSH pipe(), pipe(7)): bytes from descriptions that write to descriptions that read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.description import FIONREAD, O_RDONLY, O_WRONLY, S_IFIFO, FileDescription, OpenFiles
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLOUT

if TYPE_CHECKING:
    from pynet.frame import Octets

# Bytes in a pipe unless it is told otherwise, and the most it can be told (pipe(7)); what does not fit waits in the writer.
CAPACITY = 65536
MAX_CAPACITY = 1 << 20
# A write of at most this many bytes is never mixed with another's: all of it fits, or none is taken.
PIPE_BUF = 4096
# In all pipes of a host: from here on each takes PIPE_BUF.
MAX_PIPED = 16 << 20


class Pipe:
    """The bytes on their way, and its two ends. An end is None once it is closed. opened: counts what all pipes of the host hold."""

    def __init__(self, opened: OpenFiles | None = None) -> None:
        self.opened = opened if opened is not None else OpenFiles()
        self.data = bytearray()
        self.capacity = CAPACITY
        self.reader: PipeReader | None = PipeReader(self)
        self.writer: PipeWriter | None = PipeWriter(self)

    def room(self) -> int:
        """Bytes that fit."""
        bound = self.capacity if self.opened.piped < MAX_PIPED else PIPE_BUF
        return max(bound - len(self.data), 0)

    def resize(self, size: int) -> int:
        """F_SETPIPE_SZ: the capacity that this makes it, a power of two of pages. OSError EINVAL, EPERM beyond MAX_CAPACITY, EBUSY."""
        if not 0 < size < 1 << 31:
            raise os_error(errno.EINVAL)
        if size > MAX_CAPACITY:
            raise os_error(errno.EPERM)
        capacity = PIPE_BUF
        while capacity < size:
            capacity *= 2
        if capacity < len(self.data):
            raise os_error(errno.EBUSY)
        self.capacity = capacity
        return capacity


class PipeEnd(FileDescription):
    """What both ends have."""

    file_type = S_IFIFO

    def __init__(self, pipe: Pipe) -> None:
        super().__init__()
        self.pipe = pipe

    def ioctl(self, request: int, arg: int = 0) -> int:
        if request == FIONREAD:
            return len(self.pipe.data)
        return super().ioctl(request, arg)


class PipeReader(PipeEnd):
    """The end that is read. One description, however many numbers refer to it."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__(pipe)
        self.status_flags = O_RDONLY

    def read(self, count: int) -> bytes:
        pipe = self.pipe
        if not pipe.data:
            if pipe.writer is None or count == 0:
                return b""
            raise os_error(errno.EAGAIN)
        data = bytes(pipe.data[:count])
        del pipe.data[:count]
        pipe.opened.piped -= len(data)
        if pipe.writer is not None:
            pipe.writer.waiters.wake()
        return data

    def give_back(self, data: bytes) -> None:
        self.pipe.data[:0] = data
        self.pipe.opened.piped += len(data)

    def write(self, data: Octets) -> int:
        raise os_error(errno.EBADF)

    def poll(self) -> int:
        return (POLLIN if self.pipe.data else 0) | (POLLHUP if self.pipe.writer is None else 0)

    def close(self) -> None:
        pipe = self.pipe
        pipe.reader = None
        pipe.opened.piped -= len(pipe.data)
        pipe.data = bytearray()
        self.waiters.wake()
        if pipe.writer is not None:
            pipe.writer.waiters.wake()


class PipeWriter(PipeEnd):
    """The end that is written."""

    def __init__(self, pipe: Pipe) -> None:
        super().__init__(pipe)
        self.status_flags = O_WRONLY

    def read(self, count: int) -> bytes:
        raise os_error(errno.EBADF)

    def write(self, data: Octets) -> int:
        """OSError EPIPE when nobody will read it."""
        pipe = self.pipe
        count = len(data)
        if count == 0:
            return 0
        if pipe.reader is None:
            raise os_error(errno.EPIPE)
        room = pipe.room()
        if room == 0 or room < count <= PIPE_BUF:
            raise os_error(errno.EAGAIN)
        taken = min(count, room)
        pipe.data += data[:taken]
        pipe.opened.piped += taken
        pipe.reader.waiters.wake()
        return taken

    def poll(self) -> int:
        if self.pipe.reader is None:
            return POLLOUT | POLLERR
        return POLLOUT if self.pipe.room() >= PIPE_BUF else 0

    def close(self) -> None:
        pipe = self.pipe
        pipe.writer = None
        self.waiters.wake()
        if pipe.reader is not None:
            pipe.reader.waiters.wake()


def make_pipe(opened: OpenFiles | None = None) -> tuple[PipeReader, PipeWriter]:
    """A new pipe's two ends."""
    pipe = Pipe(opened)
    assert pipe.reader is not None
    assert pipe.writer is not None
    return pipe.reader, pipe.writer
