"""Who plays tests/scenarios.py: what every player notes, and pynet as a player, on a host in virtual time with memory of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix import socket_calls, wait_calls
from pynet.posix.description import FIONBIO, O_NONBLOCK
from pynet.posix.endpoint import SocketDescription
from pynet.posix.pipe import make_pipe
from pynet.readiness import POLLIN, POLLOUT
from pynet.sockets import SOCK_CLOEXEC, Sockets
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SCRATCH = 0x10000
SCRATCH_SIZE = 1 << 20


class Notes:
    """What a player wrote down, a line each."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def make(self, name: str, args: tuple[Any, ...]) -> int:
        """The call itself: its result, or the negative errno."""
        raise NotImplementedError

    def put(self, data: bytes) -> int:
        """Octets into memory, somewhere; where."""
        raise NotImplementedError

    def note(self, *what: Any) -> None:
        """A line."""
        self.lines.append(" ".join([item if isinstance(item, str) else repr(item) for item in what]))

    def quiet(self, name: str, *args: Any) -> int:
        """A call that is not noted."""
        return self.make(name, tuple([self.put(arg) if isinstance(arg, bytes) else arg for arg in args]))

    def call(self, name: str, *args: Any) -> int:
        """A call and its result."""
        result = self.quiet(name, *args)
        self.note(name, result)
        return result

    def fd(self, name: str, *args: Any) -> int:
        """A call that returns a descriptor."""
        result = self.quiet(name, *args)
        self.note(name, "a descriptor" if result >= 0 else result)
        return result


class Space:
    """A program's memory: one range that can be read and written, nothing else."""

    def __init__(self) -> None:
        self.memory = bytearray(SCRATCH_SIZE)

    def check(self, address: int, count: int) -> int:
        """Where it is in `memory`. OSError EFAULT."""
        if address < SCRATCH or address + count > SCRATCH + SCRATCH_SIZE:
            raise os_error(errno.EFAULT)
        return address - SCRATCH

    def read(self, address: int, count: int) -> bytes:
        if count == 0:
            return b""
        at = self.check(address, count)
        return bytes(self.memory[at : at + count])

    def write(self, address: int, data: Any) -> None:
        if len(data):
            at = self.check(address, len(data))
            self.memory[at : at + len(data)] = data


class Process:
    """The part of a process that the calls of sockets know."""

    def __init__(self, sockets: Sockets) -> None:
        self.sockets = sockets


class Thread:
    """The part of a thread that they know."""

    def __init__(self, sockets: Sockets) -> None:
        self.process = Process(sockets)
        self.space = Space()
        self.signals: list[int] = []
        self.masks: list[int] = []
        self.timed_call = False

    def signal(self, number: int) -> None:
        """A signal for this thread."""
        self.signals.append(number)

    def mask_until_return(self, mask: int) -> None:
        """A mask for this call."""
        self.masks.append(mask)


class Pynet(Notes):
    """pynet plays."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.stack = self.world.stack(self.world.cable()[0], 0x0A000001)
        self.sockets = Sockets(self.stack)
        self.thread = Thread(self.sockets)
        self.used = 0
        self.calls: dict[str, Callable[..., int]] = {"read": read, "write": write, "close": close, "pipe2": pipe2, "fcntl": fcntl, "ioctl": ioctl, "dup": dup}
        self.calls.update(socket_calls.CALLS)
        self.calls.update(wait_calls.CALLS)

    def put(self, data: bytes) -> int:
        size = (len(data) + 15) & ~15
        if self.used + size > SCRATCH_SIZE:
            raise AssertionError("a scenario wants more memory than there is")
        address = SCRATCH + self.used
        self.used += size
        self.thread.space.write(address, data)
        return address

    def put_at(self, address: int, data: bytes) -> None:
        """Octets at an address."""
        self.thread.space.write(address, data)

    def get(self, address: int, count: int) -> bytes:
        """Octets in memory."""
        return self.thread.space.read(address, count)

    def make(self, name: str, args: tuple[Any, ...]) -> int:
        try:
            return self.calls[name](self.thread, *[arg & 0xFFFFFFFFFFFFFFFF for arg in args])
        except OSError as error:
            return -(error.errno or 0)

    def settle(self) -> None:
        """Let everything arrive."""
        self.world.run(20_000)


# The calls of files that scenarios make on sockets and pipes. What a program calls is in pynet.posix.file_calls.


def read(thread: Any, fd: int, buffer: int, count: int) -> int:
    sockets = thread.process.sockets
    description = sockets.table.readable(fd)
    data = sockets.attempt(description, POLLIN, 0, 0, lambda: description.read(count))
    thread.space.write(buffer, data)
    return len(data)


def write(thread: Any, fd: int, buffer: int, count: int) -> int:
    sockets = thread.process.sockets
    description = sockets.table.writable(fd)
    data = thread.space.read(buffer, count)
    taken: int = sockets.attempt(description, POLLOUT, 0, 0, lambda: description.write(data))
    return taken


def close(thread: Any, fd: int) -> int:
    thread.process.sockets.close(fd)
    return 0


def dup(thread: Any, fd: int) -> int:
    number: int = thread.process.sockets.table.dup(fd)
    return number


def pipe2(thread: Any, pair: int, flags: int) -> int:
    table = thread.process.sockets.table
    numbers = b""
    for end in make_pipe():
        end.nonblocking = flags & O_NONBLOCK != 0
        numbers += table.add(end, 0, flags & SOCK_CLOEXEC != 0).to_bytes(4, "little")
    thread.space.write(pair, numbers)
    return 0


def fcntl(thread: Any, fd: int, command: int, argument: int) -> int:
    number: int = thread.process.sockets.fcntl(fd, command, argument)
    return number


def ioctl(thread: Any, fd: int, request: int, argument: int) -> int:
    description = thread.process.sockets.table.get(fd)
    if request == FIONBIO:
        number: int = description.ioctl(request, int.from_bytes(thread.space.read(argument, 4), "little"))
        return number
    if isinstance(description, SocketDescription):
        return description.ioctl_memory(thread, request, argument)
    thread.space.write(argument, description.ioctl(request, argument).to_bytes(4, "little"))
    return 0
