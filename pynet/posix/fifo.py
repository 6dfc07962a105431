"""Named pipes (fifo(7)): a name under which the two ends of a pipe are opened, each open waiting for the other end.

Who opens an end that is open already gets the same description, so its O_NONBLOCK is everybody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.description import O_ACCMODE, O_NONBLOCK, O_RDONLY, O_RDWR, S_IFIFO, FileDescription
from pynet.posix.files import Node
from pynet.posix.pipe import Pipe, PipeReader, PipeWriter
from pynet.posix.wait import park
from pynet.readiness import WaitQueue

if TYPE_CHECKING:
    from typing import Any

    from pynet.frame import Octets
    from pynet.posix.files import FileSystem


class Fifo(Node):
    """The name."""

    def __init__(self, files: FileSystem, mode: int) -> None:
        super().__init__(files, S_IFIFO | mode & 0o7777)
        self.pipe = Pipe()
        self.pipe.reader = None
        self.pipe.writer = None
        self.opened = WaitQueue()

    def open(self, opener: Any, flags: int) -> FileDescription:
        if self.pipe.reader is None:
            # There is nothing in it, and so nothing is counted elsewhere.
            self.pipe.opened = opener.process.sockets.table.opened
        mode = flags & O_ACCMODE
        if mode == O_RDWR:
            both = FifoBothWays(self.reader(), self.writer())
            both.node = self
            return both
        at_once = bool(flags & O_NONBLOCK)
        if mode == O_RDONLY:
            return self.wait_for_other(opener, self.reader(), at_once)
        if at_once and self.pipe.reader is None:
            raise os_error(errno.ENXIO)
        return self.wait_for_other(opener, self.writer(), at_once)

    def reader(self) -> PipeReader:
        """The end that is read."""
        if self.pipe.reader is None:
            self.pipe.reader = PipeReader(self.pipe)
            self.pipe.reader.node = self
            self.opened.wake()
        return self.pipe.reader

    def writer(self) -> PipeWriter:
        """The end that is written."""
        if self.pipe.writer is None:
            self.pipe.writer = PipeWriter(self.pipe)
            self.pipe.writer.node = self
            self.opened.wake()
        return self.pipe.writer

    def wait_for_other(self, opener: Any, end: FileDescription, at_once: bool) -> FileDescription:
        """`end`, once somebody has the other one open. OSError EINTR."""
        end.hold()
        try:
            while not at_once and (self.pipe.reader is None or self.pipe.writer is None):
                park(opener.process.stack, self.opened)
        except OSError:
            end.release()
            raise
        # The number that it gets now holds it; that it may be held by nobody for a moment must not close it.
        end.references -= 1
        return end


class FifoBothWays(FileDescription):
    """O_RDWR: both ends, so that neither open nor read ever finds the other one missing."""

    file_type = S_IFIFO

    def __init__(self, reader: PipeReader, writer: PipeWriter) -> None:
        super().__init__()
        self.pipe = reader.pipe
        self.ends = (reader, writer)
        for end in self.ends:
            end.hold()

    def interests(self, events: int) -> list[tuple[FileDescription, int]]:
        return [(end, events) for end in self.ends]

    def read(self, count: int) -> bytes:
        return self.ends[0].read(count)

    def write(self, data: Octets) -> int:
        return self.ends[1].write(data)

    def poll(self) -> int:
        return self.ends[0].poll() | self.ends[1].poll()

    def ioctl(self, request: int, arg: int = 0) -> int:
        return self.ends[0].ioctl(request, arg)

    def close(self) -> None:
        for end in self.ends:
            end.release()
