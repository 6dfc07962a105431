"""A program of the host's in the guest: the host's end of the second serial port, over which its streams, its end and signals for it travel.

pynet/posix/program.py is the guest's end. A frame, in both directions: type (1 byte), length (2 bytes, little endian), that many bytes.

    guest -> host   O stdout   E stderr   T strace's text   W 4 bytes: so many more bytes of stdin may come   X 4 bytes: wait status; the last frame
    host -> guest   I stdin, of length 0 its end            S 1 byte: a signal for the program's process group
"""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pynet_qemu.machine import Machine

HEADER = struct.Struct("<cH")
KINDS = b"OETWX"
#: What the kernel sends before anything else: firmware may have printed on this port (kernel/drivers/serial.h).
MARK = b"\0pynet\0\n"
#: A frame of the guest's is at most this long, one of ours too.
MAX_FRAME = 1024
#: Seconds until the guest has to have started the program, and to switch itself off when it has ended.
PATIENCE_FOR_START = 180.0
PATIENCE_FOR_END = 10.0
#: As a shell says it of a signal, and as docker says that it is not the program that failed.
SIGNALLED = 128
NOT_THE_PROGRAM = 125
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class ProgramError(Exception):
    """The guest did not run the program to its end; the text is one line for the user."""


def exit_status(status: int) -> int:
    """What a shell makes of a wait status."""
    return SIGNALLED + (status & 0x7F) if status & 0x7F else status >> 8 & 0xFF


class Line:
    """One run. `stdin`, `stdout`, `stderr` are descriptors; `channel` is the other end of the guest's second serial port."""

    def __init__(self, channel: socket.socket, stdin: int, stdout: int, stderr: int) -> None:
        self.channel, self.stdin, self.outputs = channel, stdin, {b"O": stdout, b"E": stderr, b"T": stderr}
        #: Bytes of stdin that the guest has room for.
        self.window = 0
        self.input_ended = False
        #: The kernel's mark has come; so has a frame.
        self.marked = self.started = False
        #: The wait status, once the program has ended.
        self.status: int | None = None
        self._received, self._unsent = bytearray(), bytearray()
        self._signals: list[int] = []

    def signal(self, number: int) -> None:
        """Send the program a signal; may be called in a signal handler."""
        self._signals.append(number)

    def step(self, timeout: float) -> bool:
        """Wait for something to do, at most `timeout` seconds, and do it; False when the guest's end is closed."""
        for number in self._signals:
            self._send(b"S", bytes([number]))
        self._signals.clear()
        readable = [self.channel.fileno()]
        if self.window and not self.input_ended:
            readable.append(self.stdin)
        ready, writable, _ = select.select(readable, [self.channel] if self._unsent else [], [], timeout)
        if writable:
            del self._unsent[: self.channel.send(self._unsent)]
        if self.stdin in ready:
            self._read_input()
        return self.channel.fileno() not in ready or self._read_channel()

    def _send(self, kind: bytes, data: bytes) -> None:
        self._unsent += HEADER.pack(kind, len(data)) + data

    def _read_input(self) -> None:
        data = os.read(self.stdin, min(self.window, MAX_FRAME))
        self._send(b"I", data)
        self.window -= len(data)
        self.input_ended = not data

    def _read_channel(self) -> bool:
        try:
            data = self.channel.recv(65536)
        except ConnectionError:
            return False
        self._received += data
        while self._take_frame():
            pass
        return bool(data)

    def _take_frame(self) -> bool:
        if not self.marked and MARK in self._received:
            self._received = self._received.partition(MARK)[2]
            self.marked = True
        if not self.marked or len(self._received) < HEADER.size:
            return False
        kind, length = HEADER.unpack_from(self._received)
        if kind not in KINDS or length > MAX_FRAME:
            raise ProgramError(f"the guest sent no frame: {bytes(self._received[:16])!r}")
        if len(self._received) < HEADER.size + length:
            return False
        payload = bytes(self._received[HEADER.size : HEADER.size + length])
        del self._received[: HEADER.size + length]
        self.started = True
        self._handle(kind, payload)
        return True

    def _handle(self, kind: bytes, payload: bytes) -> None:
        if kind in self.outputs:
            self._write(kind, payload)
        elif kind == b"W":
            self.window += int.from_bytes(payload, "little")
        else:
            self.status = int.from_bytes(payload, "little")

    def _write(self, kind: bytes, data: bytes) -> None:
        while data and self.outputs[kind] >= 0:
            try:
                data = data[os.write(self.outputs[kind], data) :]
            except BrokenPipeError:
                # Who reads us has had enough (`| head`): so it is for the program.
                self.outputs[kind] = -1
                self.signal(signal.SIGPIPE)


@contextmanager
def _forwarding(line: Line) -> Iterator[None]:
    """The signals of FORWARDED go to the program; before it has started, and the second of one kind, they end us."""
    before = {int(number): signal.getsignal(number) for number in FORWARDED}
    sent = set()

    def forward(number: int, _: object) -> None:
        if not line.started or number in sent:
            raise KeyboardInterrupt
        sent.add(number)
        line.signal(number)

    try:
        for number in before:
            signal.signal(number, forward)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(machine: Machine, line: Line, limit: float | None, tell: Callable[[str], None]) -> int:
    """Carry the streams until the program has ended, and return its exit status. `limit`: seconds that all of it may take."""
    begun = time.monotonic()
    end = begun + limit if limit is not None else float("inf")
    with _forwarding(line):
        while not line.started:
            _check(line.step(0.2), machine, time.monotonic() < min(end, begun + PATIENCE_FOR_START))
        while line.status is None:
            _check(line.step(0.2), machine, time.monotonic() < end)
    machine.wait(PATIENCE_FOR_END)
    if number := line.status & 0x7F:
        tell(f"the program was ended by signal {number} ({signal.strsignal(number)})")
    return exit_status(line.status)


def _check(open_: bool, machine: Machine, in_time: bool) -> None:
    if not open_:
        raise ProgramError("the guest ended before the program did")
    if not in_time:
        raise ProgramError("time is up; `--timeout S` gives more")
