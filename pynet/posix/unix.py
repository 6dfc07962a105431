"""AF_UNIX stream sockets: two byte queues between two ends of the same host (POSIX.1-2017 XSH 2.10.17)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.description import FIONREAD, FileDescription
from pynet.posix.pipe import ByteQueue
from pynet.readiness import POLLHUP, POLLIN, POLLOUT, POLLRDHUP

if TYPE_CHECKING:
    from pynet.frame import Octets

# Names bound at once; sun_path's length (unix(7)); the longest queue of connections not yet accepted.
MAX_NAMES = 1024
MAX_PATH = 108
MAX_BACKLOG = 4096


class UnixNames:
    """Who listens under which path."""

    def __init__(self) -> None:
        self.bound: dict[str, UnixSocketDescription] = {}


class UnixSocketDescription(FileDescription):
    """One end of a stream, or a listener for them."""

    def __init__(self, names: UnixNames) -> None:
        super().__init__()
        self.names = names
        self.path = ""
        self.peer: UnixSocketDescription | None = None
        self.incoming = ByteQueue()
        self.backlog = -1
        self.pending: deque[UnixSocketDescription] = deque()
        self.connected = False
        self.write_shut = False

    def pair(self, other: UnixSocketDescription) -> None:
        """Make the two ends of one stream of self and `other`."""
        self.peer = other
        other.peer = self
        self.connected = other.connected = True

    def bind(self, path: str) -> None:
        """Take a name. OSError EINVAL, EADDRINUSE, ENOBUFS."""
        if self.path or not path or len(path) >= MAX_PATH:
            raise os_error(errno.EINVAL)
        if path in self.names.bound:
            raise os_error(errno.EADDRINUSE)
        if len(self.names.bound) >= MAX_NAMES:
            raise os_error(errno.ENOBUFS)
        self.path = path
        self.names.bound[path] = self

    def listen(self, backlog: int) -> None:
        """Take connections. OSError EINVAL without a name."""
        if not self.path or self.connected:
            raise os_error(errno.EINVAL)
        self.backlog = min(max(backlog, 0), MAX_BACKLOG)

    def connect(self, path: str) -> None:
        """Join the listener at `path`. OSError ENOENT, ECONNREFUSED, EISCONN, EAGAIN when its queue is full."""
        if self.connected:
            raise os_error(errno.EISCONN)
        listener = self.names.bound.get(path)
        if listener is None:
            raise os_error(errno.ENOENT)
        if listener.backlog < 0:
            raise os_error(errno.ECONNREFUSED)
        if len(listener.pending) > listener.backlog:
            raise os_error(errno.EAGAIN)
        end = UnixSocketDescription(self.names)
        end.path = ""
        self.pair(end)
        listener.pending.append(end)
        listener.waiters.wake()

    def accept(self) -> UnixSocketDescription:
        """The next connection. BlockingIOError, EINVAL."""
        if self.backlog < 0:
            raise os_error(errno.EINVAL)
        if not self.pending:
            raise os_error(errno.EAGAIN)
        end = self.pending.popleft()
        self.waiters.wake()
        return end

    def recv(self, count: int, peek: bool = False) -> bytes:
        """At most `count` bytes, b'' at the end. BlockingIOError, ENOTCONN (EINVAL on Linux for a stream that never was connected)."""
        if not self.connected:
            raise os_error(errno.EINVAL)
        if self.incoming.size == 0:
            if self.incoming.ended or count == 0:
                return b""
            raise os_error(errno.EAGAIN)
        data = self.incoming.take(count, peek)
        if self.peer is not None:
            self.peer.waiters.wake()
        return data

    def send(self, data: Octets) -> int:
        """Bytes taken. BlockingIOError, BrokenPipeError, ENOTCONN."""
        if not self.connected:
            raise os_error(errno.ENOTCONN)
        if self.write_shut or self.peer is None or self.peer.incoming.refused:
            raise os_error(errno.EPIPE)
        taken = self.peer.incoming.put(data)
        if taken == 0 and len(data):
            raise os_error(errno.EAGAIN)
        self.peer.waiters.wake()
        return taken

    read = recv
    write = send

    def shutdown(self, read: bool, write: bool) -> None:
        """End one direction or both. OSError ENOTCONN."""
        if not self.connected:
            raise os_error(errno.ENOTCONN)
        if read:
            self.incoming.ended = self.incoming.refused = True
        if write:
            self.write_shut = True
            if self.peer is not None:
                self.peer.incoming.ended = True
        self.changed()

    def changed(self) -> None:
        """poll()'s answer may have changed at both ends."""
        self.waiters.wake()
        if self.peer is not None:
            self.peer.waiters.wake()

    def poll(self) -> int:
        if self.backlog >= 0:
            return POLLIN if self.pending else 0
        if not self.connected:
            return POLLOUT | POLLHUP
        events = POLLIN if self.incoming.size or self.incoming.ended else 0
        if self.incoming.ended:
            events |= POLLRDHUP
        if self.peer is None:
            return events | POLLHUP | POLLOUT
        if self.peer.incoming.room() and not self.write_shut:
            events |= POLLOUT
        return events

    def ioctl(self, request: int, arg: int = 0) -> int:
        if request == FIONREAD:
            return self.incoming.size
        return super().ioctl(request, arg)

    def close(self) -> None:
        if self.path and self.names.bound.get(self.path) is self:
            del self.names.bound[self.path]
        for end in self.pending:
            end.close()
        self.pending.clear()
        peer = self.peer
        if peer is not None:
            peer.incoming.ended = True
            peer.peer = None
            self.peer = None
            peer.waiters.wake()
        self.waiters.wake()
