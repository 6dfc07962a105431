"""`qemu/run --program`: a program from the host runs here; its three streams, its end and signals for it travel over the second serial port.

A frame, in both directions: type (1 byte), length (2 bytes, little endian), that many bytes.

    guest -> host   O stdout   E stderr   T strace's text   W 4 bytes: so many more bytes of stdin may come   X 4 bytes: wait status; the last frame
    host -> guest   I stdin, of length 0 its end            S 1 byte: a signal for the program's process group

The host sends stdin only as far as it was told, because the port's input ring is small.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.abi import NAME_MAX, UINT32, path_text
from pynet.posix.description import FIONREAD, O_RDONLY, O_WRONLY, S_IFIFO, FileDescription
from pynet.posix.devices import SERIAL_PAUSE, put_serial
from pynet.posix.signals import SI_KERNEL, SIGNALS, Siginfo
from pynet.posix.syscalls import trace_to
from pynet.posix.wait import park
from pynet.readiness import POLLHUP, POLLIN, POLLOUT, WaitQueue

if TYPE_CHECKING:
    from typing import Any

    from pynet.frame import Octets
    from pynet.net import Stack
    from pynet.posix.process import Process
    from pynet.posix.system import System

PORT = 1
HEADER = Struct("<cH")
MAX_FRAME = 1024
# Bytes of stdin under way: half of the port's input ring.
WINDOW = 2048


class Line:
    """The frames on the port. Nothing the host sends can do more than end the program: what makes no sense is passed over."""

    def __init__(self, machine: Any, stack: Stack) -> None:
        self.machine = machine
        self.stack = stack
        # One frame at a time: a thread that has to wait for the port is not interrupted by another's frame.
        self.sending = False
        self.sent = WaitQueue()
        # The last frame is out.
        self.finished = False
        self.input = SerialInput(self)
        self.received = bytearray()
        self.process: Process | None = None

    def send(self, kind: bytes, data: Octets) -> None:
        """Data of one kind, in as many frames as it takes."""
        view = memoryview(data)
        while self.sending:
            park(self.stack, self.sent, self.stack.now() + SERIAL_PAUSE)
        self.sending = True
        try:
            for at in range(0, max(len(view), 1), MAX_FRAME):
                piece = view[at : at + MAX_FRAME]
                put_serial(self.machine, self.stack, PORT, HEADER.pack(kind, len(piece)) + bytes(piece))
        finally:
            self.sending = False
            self.sent.wake()

    def feed(self, data: bytes) -> None:
        """Bytes from the host."""
        self.received += data
        while len(self.received) >= HEADER.size:
            kind, length = HEADER.unpack_from(self.received, 0)
            end = HEADER.size + length
            if len(self.received) < end:
                return
            payload = bytes(self.received[HEADER.size : end])
            del self.received[:end]
            if kind == b"I":
                self.input.feed(payload)
            elif kind == b"S" and length == 1:
                self.signal(payload[0])

    def signal(self, number: int) -> None:
        """A signal for the program's process group."""
        program = self.process
        if program is None or not 1 <= number <= SIGNALS:
            return
        for process in list(program.processes.by_pid.values()):
            if process.pgid == program.pgid:
                process.post(Siginfo(number, SI_KERNEL))

    def pump(self) -> None:
        """A thread of the kernel: says how much may come, and takes it, for ever."""
        self.send(b"W", UINT32.pack(WINDOW))
        while True:
            data = self.machine.serial_read(PORT)
            if data:
                self.feed(data)
            else:
                self.machine.serial_wait(PORT, -1)


class SerialInput(FileDescription):
    """The program's stdin. It holds at most WINDOW bytes, as the host is told of no more room."""

    file_type = S_IFIFO

    def __init__(self, line: Line) -> None:
        super().__init__()
        self.status_flags = O_RDONLY
        self.line = line
        self.data = bytearray()
        self.ended = False

    def feed(self, data: bytes) -> None:
        """Bytes from the host, none at the end. What exceeds the window is dropped: the host was told."""
        if not data:
            self.ended = True
        self.data += data[: WINDOW - len(self.data)]
        self.waiters.wake()

    def read(self, count: int) -> bytes:
        if not self.data:
            if self.ended or count == 0:
                return b""
            raise os_error(errno.EAGAIN)
        data = bytes(self.data[:count])
        del self.data[: len(data)]
        if not self.ended:
            self.line.send(b"W", UINT32.pack(len(data)))
        return data

    def write(self, data: Octets) -> int:
        raise os_error(errno.EBADF)

    def poll(self) -> int:
        return (POLLIN if self.data else 0) | (POLLHUP if self.ended else 0)

    def ioctl(self, request: int, arg: int = 0) -> int:
        return len(self.data) if request == FIONREAD else super().ioctl(request, arg)


class SerialOutput(FileDescription):
    """The program's stdout or stderr."""

    file_type = S_IFIFO

    def __init__(self, line: Line, kind: bytes) -> None:
        super().__init__()
        self.status_flags = O_WRONLY
        self.line = line
        self.kind = kind

    def read(self, count: int) -> bytes:
        raise os_error(errno.EBADF)

    def write(self, data: Octets) -> int:
        if len(data):
            self.line.send(self.kind, data)
        return len(data)

    def poll(self) -> int:
        return POLLOUT


def files_at(system: System, path: str) -> bool:
    """There is something at `path` already."""
    return system.files.find(None, path, system.files.root).node is not None


def strings(data: bytes | None, default: list[bytes]) -> list[bytes]:
    """Strings that each end in a NUL."""
    return data.split(b"\0")[:-1] if data is not None else default


def start(system: System, environment: list[bytes], trace: bool) -> Line:
    """Run the machine's file `program`; when the line is `finished`, it has ended and the host knows.

    One that cannot be run is told to the host as a shell would.
    """
    machine = system.machine
    line = Line(machine, system.sockets.stack)
    if trace:
        trace_to(system.processes, lambda text: line.send(b"T", (text + "\n").encode()))
    try:
        arguments = strings(machine.firmware_file("arguments"), [b"program"])
        path = "/" + path_text(arguments[0].rpartition(b"/")[2] if arguments else b"")[:NAME_MAX]
        if path in ("/", "/.", "/..") or files_at(system, path):
            # A name that is nobody's.
            path = "/program"
        if not system.install("program", path):
            raise os_error(errno.ENOENT)
        environment = strings(machine.firmware_file("environment"), environment)
        descriptions = [line.input, SerialOutput(line, b"O"), SerialOutput(line, b"E")]
        process = system.start(path, arguments, environment, descriptions)
    except OSError as error:
        # As a shell says it: 126 for what cannot be run, 127 for what is not there.
        text, status = ("program: " + str(error.strerror) + "\n").encode(), (127 if error.errno == errno.ENOENT else 126) << 8
        machine.thread_start(lambda: refuse(line, text, status), "program's end")
        return line
    line.process = process
    machine.thread_start(line.pump, "program's input")
    machine.thread_start(lambda: wait_and_tell(line, process), "program's end")
    return line


def refuse(line: Line, text: bytes, status: int) -> None:
    """A thread of the kernel: tell the host that there is nothing to run."""
    line.send(b"E", text)
    tell_end(line, status)


def tell_end(line: Line, status: int) -> None:
    """The last frame."""
    line.send(b"X", UINT32.pack(status))
    line.finished = True
    line.sent.wake()
    line.stack.leave()


def wait_and_tell(line: Line, process: Process) -> None:
    """A thread of the kernel: when the program has ended, the host is told how."""
    while not process.has_ended:
        park(line.stack, process.ended)
    tell_end(line, process.wait_status)
