"""Who plays tests/scenarios.py: what every player notes, and pynet as a player, on a host in virtual time with memory of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.posix import execute, syscalls
from tests.machine import Host

if TYPE_CHECKING:
    from typing import Any

SCRATCH = 0x30000000
SCRATCH_SIZE = 1 << 20
PROT_READ = 1
PROT_WRITE = 2


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


class Pynet(Notes):
    """pynet plays: a process of a host in virtual time, whose calls are made for it."""

    def __init__(self) -> None:
        super().__init__()
        host = Host()
        self.world = host.world
        self.stack = host.stack
        host.install("/bin/player", nothing_to_do)
        process = execute.start(host.processes, "/bin/player", [b"player"], [])
        self.sockets = process.sockets
        self.thread = host.thread(process)
        self.thread.space.map(SCRATCH, SCRATCH_SIZE, PROT_READ | PROT_WRITE)
        self.used = 0
        self.calls = {call.name: call.handler for call in syscalls.TABLE.values()}

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


def nothing_to_do(context: Any) -> Any:
    """The program of the process: it is never run."""
    yield ("exit", 0)
