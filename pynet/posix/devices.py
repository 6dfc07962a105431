"""The files of /dev: null, zero, full, the random ones, and terminals with their line discipline (termios(3), POSIX.1-2017 XBD 11)."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix import signals
from pynet.posix.abi import INT32, WINSIZE, read_struct, signed32
from pynet.posix.description import FIONREAD, FileDescription
from pynet.posix.files import (
    O_FORGOTTEN,
    O_LARGEFILE,
    O_NOCTTY,
    S_IFCHR,
    FileSystem,
    Node,
    OpenFile,
    Symlink,
    ZeroDevice,
)
from pynet.posix.wait import park
from pynet.readiness import POLLHUP, POLLIN, POLLOUT, WaitQueue

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.frame import Octets
    from pynet.net import Stack
    from pynet.posix.process import Process, Thread

# c_iflag, c_oflag, c_cflag, c_lflag, with Linux's values.
ISTRIP = 0o40
INLCR = 0o100
IGNCR = 0o200
ICRNL = 0o400
IXON = 0o2000
OPOST = 0o1
ONLCR = 0o4
CS8_CREAD_B38400 = 0o60 | 0o200 | 0o17
ISIG = 0o1
ICANON = 0o2
ECHO = 0o10
ECHOE = 0o20
ECHOK = 0o40
ECHONL = 0o100
NOFLSH = 0o200
TOSTOP = 0o400
ECHOCTL = 0o1000
ECHOKE = 0o4000
IEXTEN = 0o100000

VINTR = 0
VQUIT = 1
VERASE = 2
VKILL = 3
VEOF = 4
VTIME = 5
VMIN = 6
VSTART = 8
VSTOP = 9
VSUSP = 10
VEOL = 11
VREPRINT = 12
VWERASE = 14
VLNEXT = 15
VEOL2 = 16
# The kernel's struct termios: four words, a line discipline's number, 19 characters.
TERMIOS = Struct("<IIIIB19s")
FIRST_CHARACTERS = b"\x03\x1c\x7f\x15\x04\x00\x01\x00\x11\x13\x1a\x00\x12\x0f\x17\x16\x00\x00\x00"

TCGETS = 0x5401
TCSETS = 0x5402
TCSETSW = 0x5403
TCSETSF = 0x5404
TCSBRK = 0x5409
TCXONC = 0x540A
TCFLSH = 0x540B
TIOCSCTTY = 0x540E
TIOCGPGRP = 0x540F
TIOCSPGRP = 0x5410
TIOCOUTQ = 0x5411
TIOCGWINSZ = 0x5413
TIOCSWINSZ = 0x5414
TIOCNOTTY = 0x5422
TIOCGSID = 0x5429

# Characters that wait to be read; more are lost with a bell, as on Linux.
MAX_INPUT = 4096
TENTH = 100_000
# When to look again whether a serial port takes more, as it does not interrupt for that.
SERIAL_PAUSE = 500


def put_serial(machine: Any, stack: Stack, port: int, data: bytes) -> None:
    """All of `data` to a serial port; a thread that finds the port full sleeps in between, and no signal cuts that short."""
    sent = 0
    thread = stack.blocker.current
    while sent < len(data):
        taken = machine.serial_write(port, data[sent:])
        sent += taken
        if taken == 0:
            held = thread.uninterruptible if thread is not None else False
            if thread is not None:
                thread.uninterruptible = True
            try:
                park(stack, WaitQueue(), stack.now() + SERIAL_PAUSE)
            finally:
                if thread is not None:
                    thread.uninterruptible = held


class CharacterDevice(Node):
    """A device that answers at once."""

    def __init__(self, files: FileSystem, rdev: int) -> None:
        super().__init__(files, S_IFCHR | 0o666)
        self.rdev = rdev

    def open(self, opener: Any, flags: int) -> FileDescription:
        return OpenDevice(self, flags)

    def truncate(self, length: int) -> None:
        raise os_error(errno.EINVAL)

    def read_at(self, at: int, count: int) -> bytes:
        """/dev/null: nothing."""
        return b""

    def write_at(self, at: int, data: Octets) -> int:
        """Whatever is written is gone."""
        return len(data)


class OpenDevice(OpenFile):
    """An open device: it has no size, and its position means nothing."""

    file_type = S_IFCHR

    def seek(self, offset: int, whence: int) -> int:
        return 0


class Zero(CharacterDevice, ZeroDevice):
    """/dev/zero"""

    def read_at(self, at: int, count: int) -> bytes:
        return bytes(count)


class Full(Zero):
    """/dev/full: zeros, and no room."""

    def write_at(self, at: int, data: Octets) -> int:
        raise os_error(errno.ENOSPC)


class Random(CharacterDevice):
    """/dev/random and /dev/urandom: the machine's generator."""

    def __init__(self, files: FileSystem, rdev: int, entropy: Callable[[int], bytes]) -> None:
        super().__init__(files, rdev)
        self.entropy = entropy

    def read_at(self, at: int, count: int) -> bytes:
        return self.entropy(count)


class TerminalDevice(Node):
    """/dev/console, /dev/ttyS0: a certain terminal; /dev/tty: the process's own (terminal None)."""

    def __init__(self, files: FileSystem, rdev: int, terminal: Terminal | None) -> None:
        super().__init__(files, S_IFCHR | 0o620)
        self.rdev = rdev
        self.terminal = terminal

    def open(self, opener: Any, flags: int) -> FileDescription:
        process: Process = opener.process
        terminal = self.terminal if self.terminal is not None else process.terminal
        if terminal is None:
            raise os_error(errno.ENXIO)
        if not flags & O_NOCTTY and process.sid == process.pid and process.terminal is None and not terminal.session:
            terminal.adopt(process)
        return OpenTerminal(terminal, self, flags)


class Terminal:
    """A terminal: what is typed becomes lines, signals and echoes; what is written becomes what the device shows.

    put(data): bytes to the device. session, foreground: the session that it controls, 0 for none, and the process group that may read.
    """

    def __init__(self, stack: Stack, put: Callable[[bytes], None]) -> None:
        self.stack = stack
        self.put = put
        self.iflag = ICRNL | IXON
        self.oflag = OPOST | ONLCR
        self.cflag = CS8_CREAD_B38400
        self.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN
        self.discipline = 0
        self.characters = FIRST_CHARACTERS
        self.size = (24, 80, 0, 0)
        # Typed and not yet read; in canonical mode up to `lines_end` it is whole lines. `ends`: places in it where an end of file was typed.
        self.input = bytearray()
        self.lines_end = 0
        self.ends: list[int] = []
        self.literal = False
        self.paused = False
        self.hung_up = False
        self.held = bytearray()
        self.openings: list[OpenTerminal] = []
        self.processes: dict[int, Process] = {}
        self.session = 0
        self.foreground = 0

    # Typing.

    def feed(self, data: Octets) -> None:
        """Characters arrive from the device."""
        for octet in data:
            self.typed(octet)
        self.changed()

    def changed(self) -> None:
        """Whoever waits looks again."""
        for opening in list(self.openings):
            opening.waiters.wake()

    def is_character(self, octet: int, number: int) -> bool:
        """`octet` is that special character; 0 disables one."""
        return octet != 0 and self.characters[number] == octet

    def typed(self, octet: int) -> None:
        """One character, in the order of POSIX XBD 11.1.9: translation, signals, flow control, editing."""
        if self.literal:
            self.literal = False
            self.keep(octet)
            return
        if self.iflag & ISTRIP:
            octet &= 0x7F
        if octet == 13:
            if self.iflag & IGNCR:
                return
            octet = 10 if self.iflag & ICRNL else 13
        elif octet == 10 and self.iflag & INLCR:
            octet = 13
        if self.flow(octet) or self.interrupts(octet):
            return
        if self.lflag & ICANON:
            self.edit(octet)
        else:
            self.keep(octet)

    def flow(self, octet: int) -> bool:
        """IXON: stop and go on."""
        if not self.iflag & IXON:
            return False
        if self.is_character(octet, VSTOP):
            self.paused = True
            return True
        if self.is_character(octet, VSTART):
            self.resume()
            return True
        return False

    def resume(self) -> None:
        """Show what was held back."""
        self.paused = False
        if self.held:
            held, self.held = bytes(self.held), bytearray()
            self.put(held)

    def interrupts(self, octet: int) -> bool:
        """ISIG: a character that is a signal for the foreground."""
        if not self.lflag & ISIG:
            return False
        for number, signal in ((VINTR, signals.SIGINT), (VQUIT, signals.SIGQUIT), (VSUSP, signals.SIGTSTP)):
            if self.is_character(octet, number):
                if not self.lflag & NOFLSH:
                    self.flush_input()
                self.resume()
                self.echo(octet)
                self.signal_foreground(signal)
                return True
        return False

    def edit(self, octet: int) -> None:
        """Canonical mode: erase, kill, ends of lines."""
        if self.is_character(octet, VERASE):
            self.erase(1)
        elif self.lflag & IEXTEN and self.is_character(octet, VWERASE):
            self.erase(self.last_word())
        elif self.is_character(octet, VKILL):
            self.erase(len(self.input) - self.lines_end)
        elif self.lflag & IEXTEN and self.is_character(octet, VLNEXT):
            self.literal = True
        elif self.lflag & IEXTEN and self.is_character(octet, VREPRINT):
            self.echo(octet)
            self.show(b"\n" + bytes(self.input[self.lines_end :]))
        elif self.is_character(octet, VEOF):
            self.ends.append(len(self.input))
            self.lines_end = len(self.input)
        else:
            self.keep(octet)
            if octet == 10 or self.is_character(octet, VEOL) or self.is_character(octet, VEOL2):
                self.lines_end = len(self.input)

    def last_word(self) -> int:
        """Characters from the end of the line back to the start of its last word."""
        line = bytes(self.input[self.lines_end :])
        kept = line.rstrip(b" \t")
        while kept and kept[-1:] not in (b" ", b"\t"):
            kept = kept[:-1]
        return len(line) - len(kept)

    def erase(self, count: int) -> None:
        """Take back characters of the line that is being typed."""
        for _ in range(min(count, len(self.input) - self.lines_end)):
            octet = self.input.pop()
            if self.lflag & ECHO and self.lflag & ECHOE:
                self.show(b"\b \b" * (2 if octet < 32 and octet != 9 and self.lflag & ECHOCTL else 1))

    def keep(self, octet: int) -> None:
        """A character to be read."""
        if len(self.input) >= MAX_INPUT - (1 if self.lflag & ICANON and octet != 10 else 0):
            self.show(b"\a")
            return
        self.input.append(octet)
        self.echo(octet)

    def echo(self, octet: int) -> None:
        """ECHO, with ^X for control characters; ECHONL for a newline all the same."""
        if self.lflag & ECHO or (octet == 10 and self.lflag & ECHONL and self.lflag & ICANON):
            if octet < 32 and octet not in (9, 10) and self.lflag & ECHOCTL:
                self.show(b"^" + bytes([octet + 64]))
            elif octet == 127 and self.lflag & ECHOCTL:
                self.show(b"^?")
            else:
                self.show(bytes([octet]))

    def flush_input(self) -> None:
        """Forget what was typed."""
        self.input.clear()
        self.lines_end = 0
        self.ends = []

    # Reading and writing.

    def available(self) -> int:
        """Characters that a read could have."""
        return self.lines_end if self.lflag & ICANON else len(self.input)

    def is_ready(self) -> bool:
        """A read would not wait."""
        if self.hung_up:
            return True
        if self.lflag & ICANON:
            return self.lines_end > 0 or bool(self.ends)
        return len(self.input) >= max(self.characters[VMIN], 1)

    def read(self, count: int) -> bytes:
        """A line or a part of it, or in non-canonical mode what there is. BlockingIOError."""
        if self.hung_up:
            return b""
        if not self.lflag & ICANON:
            if not self.is_ready():
                if self.characters[VMIN] == 0 and self.characters[VTIME] == 0:
                    return b""
                raise os_error(errno.EAGAIN)
            return self.take(count)
        if not self.is_ready():
            raise os_error(errno.EAGAIN)
        end = self.line_length()
        data = self.take(min(count, end))
        if len(data) == end and self.ends and self.ends[0] == 0 and (not data or data[-1] not in self.line_ends()):
            # The end of file was typed here: this read has been told by being short.
            self.ends.pop(0)
        return data

    def line_ends(self) -> list[int]:
        """The characters that end a line."""
        return [octet for octet in (10, self.characters[VEOL], self.characters[VEOL2]) if octet]

    def line_length(self) -> int:
        """Up to and with the end of the first line."""
        end = self.ends[0] if self.ends else self.lines_end
        stops = self.line_ends()
        for at in range(end):
            if self.input[at] in stops:
                return at + 1
        return end

    def take(self, count: int) -> bytes:
        """The first characters of the input."""
        data = bytes(self.input[:count])
        del self.input[: len(data)]
        self.lines_end = max(self.lines_end - len(data), 0)
        self.ends = [max(end - len(data), 0) for end in self.ends]
        return data

    def show(self, data: bytes) -> None:
        """To the device, with OPOST's translation."""
        if self.oflag & OPOST and self.oflag & ONLCR:
            data = data.replace(b"\n", b"\r\n")
        if self.paused:
            self.held += data
        else:
            self.put(data)

    def can_write(self) -> bool:
        """Output is not stopped by ^S, or little of it is held back yet."""
        return not self.paused or len(self.held) < MAX_INPUT

    # Job control.

    def adopt(self, process: Process) -> None:
        """It controls the session of `process` from now on."""
        self.session = process.sid
        self.foreground = process.pgid
        self.processes = process.processes.by_pid
        process.terminal = self

    def signal_foreground(self, number: int) -> None:
        """A signal for every process of the foreground group."""
        for process in list(self.processes.values()):
            if self.foreground and process.pgid == self.foreground:
                process.post(signals.Siginfo(number, signals.SI_KERNEL))

    def session_ended(self, leader: Process) -> None:
        """The session's leader is gone: its foreground hears SIGHUP, and the terminal is free again."""
        if self.session == leader.sid:
            self.signal_foreground(signals.SIGHUP)
            self.signal_foreground(signals.SIGCONT)
            for process in self.processes.values():
                if process.sid == leader.sid:
                    process.terminal = None
            self.session = self.foreground = 0

    def check_foreground(self, thread: Thread | None, signal: int) -> None:
        """A background process that asks for the terminal is stopped. OSError EINTR (to ask again), EIO where it cannot be stopped."""
        if thread is None or thread.process.terminal is not self or thread.process.pgid == self.foreground:
            return
        process = thread.process
        action = process.actions.get(signal, signals.DEFAULT)
        if thread.mask & signals.bit(signal) or action.handler == signals.SIG_IGN:
            if signal == signals.SIGTTIN:
                raise os_error(errno.EIO)
            return
        if process.is_orphaned_group():
            raise os_error(errno.EIO)
        for other in list(self.processes.values()):
            if other.pgid == process.pgid:
                other.post(signals.Siginfo(signal, signals.SI_KERNEL))
        raise os_error(errno.EINTR)


class OpenTerminal(FileDescription):
    """An open terminal."""

    file_type = S_IFCHR

    def __init__(self, terminal: Terminal, node: Node, flags: int) -> None:
        super().__init__()
        self.terminal = terminal
        self.node = node
        self.status_flags = flags & ~O_FORGOTTEN | O_LARGEFILE
        terminal.openings.append(self)

    @property
    def receive_timeout(self) -> int:
        """VTIME without VMIN: how long a read waits, in microseconds."""
        terminal = self.terminal
        if terminal.lflag & ICANON or terminal.characters[VMIN]:
            return 0
        return terminal.characters[VTIME] * TENTH

    # What a read gives whose time is over.
    nothing_in_time = b""

    def current(self) -> Thread | None:
        """The thread that asks."""
        thread: Thread | None = self.terminal.stack.blocker.current
        return thread

    def read(self, count: int) -> bytes:
        self.terminal.check_foreground(self.current(), signals.SIGTTIN)
        return self.terminal.read(count)

    def write(self, data: Octets) -> int:
        terminal = self.terminal
        if terminal.hung_up:
            raise os_error(errno.EIO)
        if terminal.lflag & TOSTOP:
            terminal.check_foreground(self.current(), signals.SIGTTOU)
        if not terminal.can_write():
            raise os_error(errno.EAGAIN)
        terminal.show(bytes(data))
        return len(data)

    def poll(self) -> int:
        terminal = self.terminal
        if terminal.hung_up:
            return POLLIN | POLLOUT | POLLHUP
        return (POLLIN if terminal.is_ready() else 0) | (POLLOUT if terminal.can_write() else 0)

    def close(self) -> None:
        self.terminal.openings.remove(self)

    def ioctl_memory(self, thread: Thread, request: int, argument: int) -> int:
        """ioctl_tty(2). OSError ENOTTY for requests that are not a terminal's."""
        terminal = self.terminal
        if request == TCGETS:
            fields = (terminal.iflag, terminal.oflag, terminal.cflag, terminal.lflag, terminal.discipline, terminal.characters)
            thread.space.write(argument, TERMIOS.pack(*fields))
        elif request in (TCSETS, TCSETSW, TCSETSF):
            self.set_termios(read_struct(thread, argument, TERMIOS), request == TCSETSF)
        elif request == TIOCGWINSZ:
            thread.space.write(argument, WINSIZE.pack(*terminal.size))
        elif request == TIOCSWINSZ:
            self.set_size(read_struct(thread, argument, WINSIZE))
        elif request == FIONREAD:
            thread.space.write(argument, INT32.pack(terminal.available()))
        elif request == TIOCOUTQ:
            thread.space.write(argument, INT32.pack(len(terminal.held)))
        elif request == TCFLSH:
            self.flush(argument)
        elif request in (TCSBRK, TCXONC):
            if request == TCXONC and argument == 1:
                terminal.resume()
        else:
            return self.job_control(thread, request, argument)
        return 0

    def set_termios(self, fields: tuple[Any, ...], flush: bool) -> None:
        """tcsetattr(3). What was typed in canonical mode can be read at once in the other, and the other way round is whole lines."""
        terminal = self.terminal
        was_canonical = terminal.lflag & ICANON
        terminal.iflag, terminal.oflag, terminal.cflag, terminal.lflag, terminal.discipline, terminal.characters = fields
        if flush:
            terminal.flush_input()
        if not was_canonical and terminal.lflag & ICANON:
            terminal.lines_end = len(terminal.input)
        if not terminal.iflag & IXON and terminal.paused:
            terminal.resume()
        terminal.changed()

    def set_size(self, size: tuple[Any, ...]) -> None:
        """TIOCSWINSZ; SIGWINCH where it changes."""
        terminal = self.terminal
        if size != terminal.size:
            terminal.size = (size[0], size[1], size[2], size[3])
            terminal.signal_foreground(signals.SIGWINCH)

    def flush(self, which: int) -> None:
        """tcflush(3). OSError EINVAL."""
        if which > 2:
            raise os_error(errno.EINVAL)
        if which in (0, 2):
            self.terminal.flush_input()

    def job_control(self, thread: Thread, request: int, argument: int) -> int:
        """The requests about sessions and groups. OSError ENOTTY, EPERM, ESRCH, EINVAL."""
        terminal, process = self.terminal, thread.process
        if request == TIOCSCTTY:
            if process.terminal is terminal and process.sid == process.pid:
                return 0
            if process.sid != process.pid or process.terminal is not None or terminal.session:
                raise os_error(errno.EPERM)
            terminal.adopt(process)
            return 0
        if request not in (TIOCGPGRP, TIOCSPGRP, TIOCGSID, TIOCNOTTY) or process.terminal is not terminal:
            raise os_error(errno.ENOTTY)
        if request == TIOCNOTTY:
            if process.sid == process.pid:
                terminal.session_ended(process)
            process.terminal = None
        elif request == TIOCGPGRP:
            thread.space.write(argument, INT32.pack(terminal.foreground))
        elif request == TIOCGSID:
            thread.space.write(argument, INT32.pack(terminal.session))
        else:
            self.set_foreground(thread, signed32(read_struct(thread, argument, INT32)[0]))
        return 0

    def set_foreground(self, thread: Thread, pgid: int) -> None:
        """tcsetpgrp(3)"""
        terminal, process = self.terminal, thread.process
        terminal.check_foreground(thread, signals.SIGTTOU)
        if pgid < 0:
            raise os_error(errno.EINVAL)
        members = [other for other in process.processes.by_pid.values() if other.pgid == pgid]
        if not members:
            raise os_error(errno.ESRCH)
        if not any(other.sid == process.sid for other in members):
            raise os_error(errno.EPERM)
        terminal.foreground = pgid
        terminal.changed()


def populate(files: FileSystem, entropy: Callable[[int], bytes], console: Terminal | None) -> None:
    """Make /dev."""
    dev = files.make_directories("/dev")
    nodes: dict[str, Node] = {
        "null": CharacterDevice(files, 0x103),
        "zero": Zero(files, 0x105),
        "full": Full(files, 0x107),
        "random": Random(files, 0x108, entropy),
        "urandom": Random(files, 0x109, entropy),
        "tty": TerminalDevice(files, 0x500, None),
        "fd": Symlink(files, "/proc/self/fd"),
        "stdin": Symlink(files, "/proc/self/fd/0"),
        "stdout": Symlink(files, "/proc/self/fd/1"),
        "stderr": Symlink(files, "/proc/self/fd/2"),
    }
    if console is not None:
        nodes["console"] = TerminalDevice(files, 0x501, console)
        nodes["ttyS0"] = TerminalDevice(files, 0x440, console)
    for name, node in nodes.items():
        files.add(files.find(dev, name, files.root), node)
