"""Terminals: the line discipline (POSIX.1-2017 XBD 11), job control, and the devices beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.posix import devices
from pynet.posix.devices import MAX_INPUT, OpenTerminal, Terminal
from pynet.readiness import POLLIN, POLLOUT
from tests.machine import Host, pack, unpack
from tests.support import eq, raises, table

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from pynet.posix.process import Process
    from tests.machine import FakeContext

    Calls = Generator[Any, Any, Any]

TCGETS = 0x5401
TCSETS = 0x5402
TIOCGPGRP = 0x540F
TIOCSPGRP = 0x5410
TIOCGWINSZ = 0x5413
TIOCSWINSZ = 0x5414
SIGINT = 2
SIGTTIN = 21


class Console:
    """A host with a console, and what it shows."""

    def __init__(self) -> None:
        self.host = Host()
        self.shown = bytearray()
        self.terminal = Terminal(self.host.stack, self.put)
        devices.populate(self.host.files, self.host.stack.entropy, self.terminal)

    def put(self, data: bytes) -> None:
        """The device."""
        self.shown += data

    def take_shown(self) -> bytes:
        """What it showed since the last look."""
        shown, self.shown = bytes(self.shown), bytearray()
        return shown

    def start(self, program: Any) -> Process:
        """A program whose terminal it is."""
        process = self.host.start(program)
        opened = OpenTerminal(self.terminal, self.host.files.walk(None, "/dev/console", self.host.files.root), 2)
        for _ in range(3):
            process.sockets.table.add(opened)
        self.terminal.adopt(process)
        return process


def test_lines_are_edited_and_echoed() -> None:
    def check(typed: bytes, read: bytes, shown: bytes) -> None:
        console = Console()
        terminal = console.terminal
        terminal.feed(typed)
        eq(terminal.read(100) if terminal.is_ready() else b"", read)
        eq(console.take_shown(), shown)

    table(
        (
            (b"ls\r", b"ls\n", b"ls\r\n"),
            (b"lx\x7fs\n", b"ls\n", b"lx\b \bs\r\n"),
            (b"\x7f\n", b"\n", b"\r\n"),
            (b"one two\x17x\n", b"one x\n", b"one two" + b"\b \b" * 3 + b"x\r\n"),
            (b"gone\x15x\n", b"x\n", b"gone" + b"\b \b" * 4 + b"x\r\n"),
            (b"\x01\x7f\n", b"\n", b"^A\b \b\b \b\r\n"),
            (b"no end", b"", b"no end"),
            (b"part\x04", b"part", b"part"),
            (b"\x16\x03\n", b"\x03\n", b"^C\r\n"),
            (b"a\x03b\n", b"b\n", b"a^Cb\r\n"),
        ),
        check,
    )


def test_a_read_gives_one_line_and_an_end_of_file_once() -> None:
    terminal = Console().terminal
    terminal.feed(b"one\ntwo\n\x04three\x04")
    eq([terminal.read(100), terminal.read(2), terminal.read(100), terminal.read(100), terminal.read(100)], [b"one\n", b"tw", b"o\n", b"", b"three"])
    raises(BlockingIOError, terminal.read, 100)
    eq(terminal.available(), 0)


def test_without_canonical_mode_characters_come_at_once_as_vmin_says() -> None:
    terminal = Console().terminal
    terminal.lflag = 0
    terminal.characters = bytes([0, 0, 0, 0, 0, 0, 3]) + bytes(12)
    terminal.feed(b"\x03a")
    assert not terminal.is_ready()
    raises(BlockingIOError, terminal.read, 10)
    terminal.feed(b"b")
    eq(terminal.read(10), b"\x03ab")
    terminal.characters = bytes(19)
    eq(terminal.read(10), b"")


def test_a_read_with_a_time_and_no_minimum_ends_with_nothing() -> None:
    console = Console()
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        before = console.host.world.now
        log.append((yield ("ioctl", 0, TCSETS, pack("<IIIIB19s", 0, 0, 0, 0, 0, bytes([0, 0, 0, 0, 0, 5, 0])))))
        log.append((yield ("read", 0, context.room(8), 8)))
        log.append(console.host.world.now - before)

    console.start(program)
    console.host.run()
    eq(log, [0, 0, 500_000])


def test_what_is_typed_is_bounded() -> None:
    console = Console()
    terminal = console.terminal
    terminal.lflag &= ~8
    terminal.feed(b"x" * (MAX_INPUT + 100))
    eq(console.take_shown(), b"\a" * 101)
    terminal.feed(b"\n")
    eq(len(terminal.read(10_000)), MAX_INPUT)


def test_output_stops_and_goes_on() -> None:
    console = Console()
    opened = OpenTerminal(console.terminal, console.host.files.walk(None, "/dev/console", console.host.files.root), 2)
    eq(opened.write(b"a\n"), 2)
    console.terminal.feed(b"\x13")
    eq(opened.write(b"b" * MAX_INPUT), MAX_INPUT)
    raises(BlockingIOError, opened.write, b"c")
    eq(opened.poll() & POLLOUT, 0)
    eq(console.take_shown(), b"a\r\n")
    console.terminal.feed(b"\x11")
    eq(console.take_shown(), b"b" * MAX_INPUT)
    eq(opened.poll() & POLLOUT, POLLOUT)


def test_control_c_is_a_signal_for_the_foreground() -> None:
    console = Console()
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        console.host.stack.loop.spawn(type_later(console, b"\x03"), "typing")
        log.append((yield ("read", 0, context.room(8), 8)))

    process = console.start(program)
    console.host.run()
    eq((log, process.wait_status, console.take_shown()), ([], SIGINT, b"^C"))


async def type_later(console: Console, data: bytes) -> None:
    """Somebody types in a millisecond."""
    loop = console.host.stack.loop
    await loop.sleep_until(console.host.world.now + 1000)
    console.terminal.feed(data)


def test_a_program_reads_what_is_typed() -> None:
    console = Console()
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        console.host.stack.loop.spawn(type_later(console, b"hello\r"), "typing")
        buffer = context.room(64)
        count = yield ("read", 0, buffer, 64)
        log.append(context.read(buffer, count))
        log.append((yield ("write", 1, b"ok\n", 3)))
        log.append((yield ("lseek", 0, 0, 0)))
        log.append((yield ("ioctl", 0, 0x541B, buffer)))

    console.start(program)
    console.host.run()
    eq((log, console.take_shown()), ([b"hello\n", 3, -errno.ESPIPE, 0], b"hello\r\nok\r\n"))


def test_the_requests_of_a_terminal() -> None:
    console = Console()
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        place = context.room(64)
        log.append((yield ("ioctl", 0, TCGETS, place)))
        fields = unpack("<IIIIB19s", context.read(place, 36))
        log.append((oct(fields[3]), fields[5][:7]))
        yield ("ioctl", 0, TCSETS, pack("<IIIIB19s", *fields[:3], fields[3] & ~8, *fields[4:]))
        log.append(console.terminal.lflag & 8)
        yield ("ioctl", 0, TIOCGWINSZ, place)
        log.append(unpack("<HHHH", context.read(place, 8)))
        yield ("ioctl", 0, TIOCSWINSZ, pack("<HHHH", 50, 132, 0, 0))
        log.append(console.terminal.size)
        yield ("ioctl", 0, TIOCGPGRP, place)
        log.append(unpack("<i", context.read(place, 4))[0])
        for pgid in (99, -1, 2):
            log.append((yield ("ioctl", 0, TIOCSPGRP, pack("<i", pgid))))
        log.append((yield ("ioctl", 0, 0x9999, place)))
        log.append((yield ("ioctl", 0, TCGETS, 8)))
        log.append((yield ("open", b"/dev/tty", 2, 0)))

    console.start(program)
    console.host.run()
    eq(log[:2], [0, ("0o105073", b"\x03\x1c\x7f\x15\x04\0\1")])
    eq(log[2:6], [0, (24, 80, 0, 0), (50, 132, 0, 0), 2])
    eq(log[6:], [-errno.ESRCH, -errno.EINVAL, 0, -errno.ENOTTY, -errno.EFAULT, 3])


def test_a_background_process_that_reads_is_stopped_or_refused() -> None:
    console = Console()
    log: list[Any] = []

    def child(context: FakeContext) -> Calls:
        yield ("setpgid", 0, 0)
        yield ("rt_sigaction", SIGTTIN, pack("<QQQQ", 1, 0, 0, 0), 0, 8)
        log.append((yield ("read", 0, context.room(8), 8)))
        yield ("rt_sigaction", SIGTTIN, pack("<QQQQ", console.host.add(handler), 0x04000000, 1, 0), 0, 8)
        log.append((yield ("read", 0, context.room(8), 8)))

    def handler(context: FakeContext) -> Calls:
        log.append("SIGTTIN")
        yield ("getpid",)

    def program(context: FakeContext) -> Calls:
        context.children.append(child)
        yield ("fork",)
        yield ("wait4", -1, 0, 0, 0)

    console.start(program)
    console.host.run()
    eq(log, [-errno.EIO, "SIGTTIN", -errno.EINTR])


def test_devices() -> None:
    console = Console()
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        buffer = context.lay(b"x" * 16)
        for path in (b"/dev/null", b"/dev/zero", b"/dev/full", b"/dev/urandom"):
            fd = yield ("open", path, 2, 0)
            read = yield ("read", fd, buffer, 16)
            log.append((read, context.read(buffer, 16) == bytes(16), (yield ("write", fd, b"abc", 3)), (yield ("lseek", fd, 5, 0))))
        yield ("fstat", 0, context.room(144))
        log.append((yield ("open", b"/dev/tty", 2, 0)))
        log.append((yield ("ioctl", 0, TCGETS, buffer)))
        log.append((yield ("mmap", 0, 4096, 3, 2, 1, 0)) > 0)

    console.host.finish(program)
    eq(log[:3], [(0, False, 3, 0), (16, True, 3, 0), (16, True, -errno.ENOSPC, 0)])
    eq(log[3], (16, False, 3, 0))
    eq(log[4:], [-errno.ENXIO, -errno.ENOTTY, True])


def test_polling_a_terminal() -> None:
    console = Console()
    opened = OpenTerminal(console.terminal, console.host.files.walk(None, "/dev/console", console.host.files.root), 2)
    eq(opened.poll(), POLLOUT)
    console.terminal.feed(b"x")
    eq(opened.poll(), POLLOUT)
    console.terminal.feed(b"\n")
    eq(opened.poll(), POLLIN | POLLOUT)
