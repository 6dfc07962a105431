"""A machine without a processor: what kernel/user/ gives to Python, in Python, so that whole processes run in virtual time.

A program is a generator function that yields system calls as tuples, ("write", 1, b"text", 4), and is sent their results. A bytes argument is laid
into the program's scratch memory and its address passed. Programs are known by the address they start at: execve finds them by the entry of the file,
a signal handler is one at the handler's address. A fork's child runs the function that the parent put into `context.children`.

`Host` puts it together: a stack, a file system, processes. A thread that the machine was asked to start runs when another one waits, to its end or its
own wait; so a child may not wait for what only its parent can do after the wait in which it runs.
"""

from __future__ import annotations

from collections import deque
from struct import pack, unpack
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix import execute, syscalls
from pynet.posix.files import FileSystem
from pynet.posix.process import FAULT, INTERRUPTED, SYSCALL, Processes
from pynet.sockets import Sockets
from tests.world import PumpBlocker, World

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from pynet.net import Stack
    from pynet.posix.process import Process, Thread
    from pynet.readiness import Waiter

    Program = Callable[["FakeContext"], Generator[Any, Any, Any]]

# pack and unpack too, for tests that lay out structures.
__all__ = ["NUMBER", "SCRATCH", "FakeContext", "FakeMachine", "FakeSpace", "Host", "elf_file", "pack", "unpack"]

PAGE = 4096
USER_LOW = 0x10000
USER_HIGH = 0x7FFFFFFFF000
# Below what execve maps for the stack.
HIGHEST_MAPPING = USER_HIGH - (64 << 20)
# Where bytes arguments are laid, and how much room there is for the calls of a program.
SCRATCH = 0x20000000
SCRATCH_SIZE = 1 << 20
FIRST_PROGRAM = 0x401000

NUMBER = {call.name: number for number, call in syscalls.TABLE.items()}
# What ends a process whose call raised something that is no answer.
SIGSYS = 31
RSP = 15
RIP = 16
RAX = 13
VECTOR_SIZE = 512


class FakeSpace:
    """kernel.AddressSpace over a dict of pages."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.areas: list[tuple[int, int, int, bool]] = []
        self.pages: dict[int, bytearray] = {}
        self.closed = False

    def cut(self, start: int, end: int) -> None:
        """Nothing is mapped between the two."""
        kept = []
        for first, last, protection, shared in self.areas:
            if last <= start or end <= first:
                kept.append((first, last, protection, shared))
                continue
            if first < start:
                kept.append((first, start, protection, shared))
            if end < last:
                kept.append((end, last, protection, shared))
        self.areas = sorted(kept)

    def check(self, address: int, length: int) -> int:
        """The end of a range of whole pages inside ring 3. OSError EINVAL."""
        if address % PAGE or length % PAGE or length <= 0 or address < USER_LOW or address + length > USER_HIGH:
            raise os_error(errno.EINVAL)
        return address + length

    def map(self, address: int, length: int, protection: int, shared: bool = False) -> None:
        end = self.check(address, length)
        self.unmap(address, length)
        self.areas = sorted([*self.areas, (address, end, protection, shared)])
        if shared:
            for at in range(address, end, PAGE):
                self.pages[at] = self.new_page()

    def new_page(self) -> bytearray:
        """A page of zeros. OSError ENOMEM at the limit."""
        if len(self.pages) >= self.limit:
            raise os_error(errno.ENOMEM)
        return bytearray(PAGE)

    def unmap(self, address: int, length: int) -> None:
        end = self.check(address, length)
        self.cut(address, end)
        self.pages = {at: page for at, page in self.pages.items() if not address <= at < end}

    def protect(self, address: int, length: int, protection: int) -> None:
        end = self.check(address, length)
        changed = [
            (max(first, address), min(last, end), shared) for first, last, _, shared in self.areas if first < end and address < last
        ]
        if sum([last - first for first, last, _ in changed]) != length:
            raise os_error(errno.ENOMEM)
        self.cut(address, end)
        self.areas = sorted([*self.areas, *[(first, last, protection, shared) for first, last, shared in changed]])

    def find(self, length: int, hint: int = 0) -> int:
        if hint and not any(first < hint + length and hint < last for first, last, _, _ in self.areas):
            return hint
        end = HIGHEST_MAPPING
        for first, last, _, _ in reversed(self.areas):
            if last <= end - length:
                break
            end = min(end, first)
        if end - length < USER_LOW:
            raise os_error(errno.ENOMEM)
        return end - length

    def page(self, address: int, needed: int) -> bytearray:
        """The page that holds an address. OSError EFAULT."""
        for first, last, protection, _ in self.areas:
            if first <= address < last and protection & needed == needed:
                at = address & ~(PAGE - 1)
                if at not in self.pages:
                    self.pages[at] = self.new_page()
                return self.pages[at]
        raise os_error(errno.EFAULT)

    def read(self, address: int, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            at = (address + len(data)) % PAGE
            data += self.page(address + len(data), 1)[at : min(PAGE, at + count - len(data))]
        return bytes(data)

    def write(self, address: int, data: Any) -> None:
        for at in range(address & ~(PAGE - 1), address + len(data), PAGE):
            self.page(at, 2)
        self.put(address, data, 2)

    def load(self, address: int, data: Any) -> None:
        self.put(address, data, 0)

    def put(self, address: int, data: Any, needed: int) -> None:
        """Write, whatever may be written."""
        done = 0
        while done < len(data):
            at = (address + done) % PAGE
            piece = data[done : done + PAGE - at]
            self.page(address + done, needed)[at : at + len(piece)] = piece
            done += len(piece)

    def read_string(self, address: int, limit: int) -> bytes:
        text = bytearray()
        while len(text) < limit:
            octet = self.read(address + len(text), 1)
            if octet == b"\0":
                return bytes(text)
            text += octet
        raise os_error(errno.ENAMETOOLONG)

    def regions(self) -> list[tuple[int, int, int, bool]]:
        return list(self.areas)

    def resident(self) -> int:
        return len(self.pages)

    def fork(self) -> FakeSpace:
        other = FakeSpace(self.limit)
        other.areas = list(self.areas)
        for first, last, _, shared in self.areas:
            for at, page in self.pages.items():
                if first <= at < last:
                    other.pages[at] = page if shared else bytearray(page)
        return other

    def close(self) -> None:
        self.closed = True
        self.pages = {}
        self.areas = []


class FakeContext:
    """kernel.Context that runs a generator. children: programs for the contexts that are copied from this one, the next first."""

    def __init__(self, machine: FakeMachine, space: FakeSpace) -> None:
        self.machine = machine
        self._space = space
        self.words = [0] * 18
        self.words[17] = 0x202
        self.vector = bytes(VECTOR_SIZE)
        self.fs_base = 0
        self.gs_base = 0
        # The functions that run, each with the address that stands for it and the arguments of its last call; the last one is under way.
        self.running: list[tuple[Any, int, list[int]]] = []
        self.children: deque[Any] = deque()
        self.number = 0
        self.arguments = [0] * 6
        self.used = 0
        self.interrupts = 0
        self.faults = (0, 0, 0)
        self.results: list[int] = []

    def _get_space(self) -> FakeSpace:
        return self._space

    def _set_space(self, space: FakeSpace) -> None:
        self._space = space
        for generator, _, _ in self.running:
            self.machine.abandoned.append(generator)
        self.running = []

    space = property(_get_space, _set_space)

    def interrupt(self) -> None:
        self.interrupts += 1

    def argument(self, n: int) -> int:
        return self.arguments[n]

    def _set_result(self, value: int) -> None:
        if not -4095 <= value < 1 << 63:
            raise ValueError("no result of a call: " + str(value))
        self.words[RAX] = value & 0xFFFFFFFFFFFFFFFF

    result = property(None, _set_result)

    def registers(self) -> tuple[int, ...]:
        return tuple(self.words)

    def set_registers(self, words: tuple[int, ...]) -> None:
        if len(words) != 18:
            raise ValueError("18 registers")
        self.words = list(words)

    def vector_state(self) -> bytes:
        return self.vector

    def set_vector_state(self, state: bytes) -> None:
        if len(state) != VECTOR_SIZE:
            raise ValueError("vector state")
        self.vector = bytes(state)

    def fault(self) -> tuple[int, int, int]:
        return self.faults

    def copy(self, space: FakeSpace) -> FakeContext:
        other = FakeContext(self.machine, space)
        other.words = list(self.words)
        other.vector = self.vector
        other.fs_base, other.gs_base = self.fs_base, self.gs_base
        if self.children:
            other.running = [(self.children.popleft()(other), self.words[RIP], [])]
        return other

    def run(self) -> int:
        """Ring 3 until its next call."""
        if self.interrupts:
            self.interrupts = 0
            return INTERRUPTED
        rip = self.words[RIP]
        if self.running and rip == self.running[-1][1] - 2:
            # The call is made again, with the same arguments.
            self.words[RIP] = self.running[-1][1]
            self.number = self.words[RAX]
            self.arguments = self.running[-1][2]
            return SYSCALL
        while self.running and rip != self.running[-1][1] and any(rip == there for _, there, _ in self.running):
            self.machine.abandoned.append(self.running.pop()[0])
        if not self.running or self.running[-1][1] != rip:
            if rip not in self.machine.programs:
                self.faults = (14, 20, rip)
                return FAULT
            self.running.append((self.machine.programs[rip](self), rip, []))
        return self.step()

    def step(self) -> int:
        """Send the last result, take the next call."""
        generator, address, _ = self.running[-1]
        word = self.words[RAX]
        result = word - (1 << 64) if word >> 63 else word
        try:
            if generator in self.machine.fresh:
                call = generator.send(result)
            else:
                self.machine.fresh.append(generator)
                call = next(generator)
        except StopIteration:
            if len(self.running) > 1:
                # The handler returns to its restorer, which calls rt_sigreturn.
                self.running.pop()
                self.words[RSP] += 8
                self.number, self.arguments = NUMBER["rt_sigreturn"], [0] * 6
                return SYSCALL
            else:
                call = ("exit_group", 0)
        if call[0] == "fault":
            self.faults = call[1]
            return FAULT
        self.number = NUMBER[call[0]] if isinstance(call[0], str) else call[0]
        self.arguments = [self.value(argument) for argument in call[1:]]
        self.arguments += [0] * (6 - len(self.arguments))
        self.running[-1] = (generator, address, self.arguments)
        return SYSCALL

    def value(self, argument: Any) -> int:
        """An argument as a register holds it."""
        if isinstance(argument, (bytes, bytearray)):
            return self.lay(bytes(argument))
        return int(argument) & 0xFFFFFFFFFFFFFFFF

    def lay(self, data: bytes) -> int:
        """Put bytes, and a NUL behind them, into scratch memory; where."""
        if not any(first <= SCRATCH < last for first, last, _, _ in self._space.areas):
            self._space.map(SCRATCH, SCRATCH_SIZE, 3)
        if self.used + len(data) + 1 > SCRATCH_SIZE:
            self.used = 0
        at = SCRATCH + self.used
        self._space.put(at, data + b"\0", 0)
        self.used += (len(data) + 16) & ~15
        return at

    def room(self, size: int) -> int:
        """Scratch memory of that many zeros."""
        return self.lay(bytes(size))

    def read(self, address: int, count: int) -> bytes:
        """What ring 3 would see."""
        return self._space.read(address, count)


class FakeMachine:
    """What pynet.posix asks of the `kernel` module."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.programs: dict[int, Any] = {}
        self.ready: deque[Any] = deque()
        # Generators that have started, and such as will never go on.
        self.fresh: list[Any] = []
        self.abandoned: list[Any] = []
        self.threads_refused = False
        self.wall_offset = 1_700_000_000_000_000
        self.files: dict[str, bytes] = {}
        self.serial_in: dict[int, bytearray] = {0: bytearray(), 1: bytearray()}
        self.serial_out: dict[int, bytearray] = {0: bytearray(), 1: bytearray()}
        # How many bytes a port takes at once.
        self.serial_room = 16
        self.power: list[int] = []

    def AddressSpace(self, limit: int) -> FakeSpace:
        return FakeSpace(limit)

    def Context(self, space: FakeSpace) -> FakeContext:
        return FakeContext(self, space)

    def thread_start(self, function: Any, name: str) -> None:
        if self.threads_refused:
            raise MemoryError
        self.ready.append(function)

    def run_next(self) -> None:
        """Run a thread that was started, to its end or until what it waits for has come."""
        self.ready.popleft()()

    def memory(self) -> dict[str, int]:
        return {"frames_total": 65536, "frames_free": 32768}

    def wall_time_us(self) -> int:
        return self.world.now + self.wall_offset

    def random_bytes(self, count: int) -> bytes:
        return self.world.random.octets(count)

    def firmware_file(self, name: str) -> bytes | None:
        return self.files.get(name)

    def serial_ports(self) -> int:
        return 2

    def serial_write(self, port: int, data: bytes) -> int:
        taken = min(len(data), self.serial_room)
        self.serial_out[port] += data[:taken]
        return taken

    def serial_read(self, port: int) -> bytes:
        data = bytes(self.serial_in[port])
        self.serial_in[port].clear()
        return data

    def serial_wait(self, port: int, deadline_us: int) -> None:
        raise AssertionError("tests feed the input themselves")

    def power_off(self, status: int) -> None:
        self.power.append(status)


class MachineBlocker(PumpBlocker):
    """A wait in which the threads that are ready run first, and then time passes."""

    def __init__(self, world: World, machine: FakeMachine) -> None:
        super().__init__(world)
        self.machine = machine

    def sleep(self, stack: Stack, waiter: Waiter, deadline: int) -> None:
        while not waiter.woken:
            if self.machine.ready:
                self.machine.run_next()
                continue
            if 0 <= deadline <= self.world.now:
                return
            self.world.run_until(lambda: waiter.woken or bool(self.machine.ready), deadline)


def elf_file(entry: int, kind: int = 2, interpreter: bytes = b"") -> bytes:
    """A small executable: one page of code at the entry's page, which holds the headers too."""
    base = entry & ~(PAGE - 1)
    count = 2 if interpreter else 1
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + pack("<HHIQQQIHHHHHH", kind, 62, 1, entry, 64, 0, 0, 64, 56, count, 0, 0, 0)
    size = 64 + 56 * count + len(interpreter) + 1
    program = pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, PAGE)
    if interpreter:
        program += pack("<IIQQQQQQ", 3, 4, 64 + 56 * count, base + 176, base + 176, len(interpreter) + 1, len(interpreter) + 1, 1)
    return header + program + interpreter + b"\0"


class Host:
    """A host that runs programs, in virtual time."""

    def __init__(self, seed: int = 1) -> None:
        self.world = World(seed)
        self.machine = FakeMachine(self.world)
        self.stack = self.world.stack(self.world.cable()[0], 0x0A000001)
        self.stack.blocker = MachineBlocker(self.world, self.machine)
        self.sockets = Sockets(self.stack)
        self.files = FileSystem(16 << 20, self.machine.wall_time_us)
        self.processes = Processes(self.machine, self.sockets, self.files, syscalls.dispatch, 4096)
        self.addresses = FIRST_PROGRAM

    def add(self, program: Any) -> int:
        """Make a function known as a program or a handler; its address."""
        at = self.addresses
        self.addresses += 0x10000
        self.machine.programs[at] = program
        return at

    def install(self, path: str, program: Any) -> None:
        """A file that execve runs as `program`."""
        self.files.create(path, elf_file(self.add(program)), 0o755)

    def start(self, program: Any, arguments: list[bytes] | None = None) -> Process:
        """A process that runs `program`, once `run` is called."""
        path = "/bin/program" + str(self.addresses)
        self.install(path, program)
        process = execute.start(self.processes, path, arguments or [b"program"], [])
        self.thread(process).start()
        return process

    def thread(self, process: Process) -> Thread:
        """The first thread of a process."""
        return process.threads[process.pid]

    def run(self) -> None:
        """Everything that was started, to its end."""
        while self.machine.ready:
            self.machine.run_next()

    def finish(self, program: Any, arguments: list[bytes] | None = None) -> Process:
        """Run `program` to its end; its process. A process that ends is gone from the table, as its parent is init."""
        process = self.start(program, arguments)
        self.run()
        if not process.has_ended:
            raise AssertionError("the program did not end")
        if process.wait_status == SIGSYS:
            raise AssertionError(self.world.log[-1])
        return process
