"""A cable in Python between QEMU and something else, and a bad one where wanted: loss, duplicates, reordering, corruption, delay.

QEMU's dgram back end sends each frame as one datagram over unix sockets, which needs no root and no namespace. A test may hold the
other end itself (FrameSocket) and talk to the guest in frames of its own making, or lay the cable on to the lab's tap device:
`python -m pynet_qemu.relay --directory D --tap tap0 --seed 1 --loss 0.05 ...`, inside the lab's namespace.
"""

from __future__ import annotations

import argparse
import fcntl
import heapq
import json
import os
import random
import select
import selectors
import signal
import socket
import struct
import sys
import time
from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NoReturn, Protocol

from pynet_qemu.machine import dgram_netdev

#: Ethernet without its checksum, with room for a segment the size of an IPv4 packet.
FRAME_LIMIT = 65536 + 14
#: A frame held back for reordering goes on after this time even when none has overtaken it.
REORDER_HOLD = 0.02
SEND_PATIENCE = 0.2


class FrameSocket:
    """Our end of the cable, the unix socket `ours`; QEMU's end is `theirs`, its back end `netdev`. Made before QEMU starts.

    The kernel queues some ten frames; a sender that is faster than its receiver waits for up to `patience` seconds.
    """

    def __init__(self, ours: Path, theirs: Path, patience: float = SEND_PATIENCE) -> None:
        self._ours, self._theirs = ours, theirs
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(ours))
        self._socket.settimeout(patience)
        self.netdev = dgram_netdev(theirs, ours)

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    def send(self, frame: bytes) -> bool:
        """Put one frame on the cable; False: nobody takes it now."""
        try:
            self._socket.sendto(frame, str(self._theirs))
        except (BlockingIOError, TimeoutError, ConnectionRefusedError, FileNotFoundError):
            return False
        return True

    def receive(self, timeout: float = 0.0) -> bytes | None:
        """The next frame from the guest, or None when none came within `timeout` seconds."""
        if not select.select([self._socket], [], [], max(timeout, 0.0))[0]:
            return None
        return self._socket.recv(FRAME_LIMIT)

    def close(self) -> None:
        """Pull the cable out at our end, for good."""
        self._socket.close()
        self._ours.unlink(missing_ok=True)


class TapEnd:
    """A tap device as an end of the cable."""

    _TUNSETIFF = 0x400454CA
    _IFF_TAP, _IFF_NO_PI = 0x0002, 0x1000

    def __init__(self, name: str) -> None:
        self._file = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self._file, self._TUNSETIFF, struct.pack("16sH", name.encode(), self._IFF_TAP | self._IFF_NO_PI))

    def fileno(self) -> int:
        """For select."""
        return self._file

    def send(self, frame: bytes) -> bool:
        """Hand one frame to the kernel; False: it takes no more now."""
        try:
            os.write(self._file, frame)
        except BlockingIOError:
            return False
        return True

    def receive(self, timeout: float = 0.0) -> bytes | None:
        """The next frame from the kernel, or None; it never waits."""
        del timeout
        try:
            return os.read(self._file, FRAME_LIMIT)
        except BlockingIOError:
            return None


class End(Protocol):
    """What the relay needs of an end of the cable."""

    def fileno(self) -> int: ...
    def send(self, frame: bytes) -> bool: ...
    def receive(self, timeout: float = 0.0) -> bytes | None: ...


@dataclass(frozen=True)
class Faults:
    """How bad the cable is: probabilities of 0 to 1 for each frame, and a delay of up to `delay` seconds."""

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    corrupt: float = 0.0
    delay: float = 0.0


class Relay:
    """Carries frames both ways between two ends.

    Each direction has a random stream of its own, from which every frame takes the same number of values: what happens to the
    n-th frame of a direction depends on `seed` and n alone.
    """

    def __init__(self, left: End, right: End, faults: Faults, seed: int) -> None:
        self._faults = faults
        self._ways = {left: (right, random.Random(f"{seed} left")), right: (left, random.Random(f"{seed} right"))}
        #: Frames on their way: when due, a number that keeps the order of frames due together, where to, the frame.
        self._flight: list[tuple[float, int, End, bytes]] = []
        self._count = 0
        self.statistics: Counter[str] = Counter()

    def run(self) -> None:
        """Carry frames until the thread or process ends."""
        with selectors.DefaultSelector() as selector:
            for end in self._ways:
                selector.register(end, selectors.EVENT_READ, end)
            while True:
                wait = max(self._flight[0][0] - time.monotonic(), 0.0) if self._flight else None
                for key, _ in selector.select(wait):
                    self._take(key.data)
                self._deliver()

    def _take(self, end: End) -> None:
        to, chance = self._ways[end]
        while (frame := end.receive()) is not None:
            self._decide(frame, to, chance)

    def _decide(self, frame: bytes, to: End, chance: random.Random) -> None:
        loss, duplicate, reorder, corrupt, delay, place = (chance.random() for _ in range(6))
        faults = self._faults
        self.statistics["frames"] += 1
        if loss < faults.loss:
            self.statistics["lost"] += 1
            return
        due = time.monotonic() + delay * faults.delay
        if reorder < faults.reorder:
            self.statistics["reordered"] += 1
            due += REORDER_HOLD
        if corrupt < faults.corrupt:
            self.statistics["corrupted"] += 1
            bit = int(place * len(frame) * 8)
            frame = frame[: bit // 8] + bytes([frame[bit // 8] ^ 1 << bit % 8]) + frame[bit // 8 + 1 :]
        copies = 1
        if duplicate < faults.duplicate:
            self.statistics["duplicated"] += 1
            copies = 2
        for _ in range(copies):
            self._count += 1
            heapq.heappush(self._flight, (due, self._count, to, frame))

    def _deliver(self) -> None:
        now = time.monotonic()
        while self._flight and self._flight[0][0] <= now:
            _, _, to, frame = heapq.heappop(self._flight)
            # Like a cable, the relay does not mind when nobody takes a frame.
            to.send(frame)


def relay_socket(directory: Path) -> FrameSocket:
    """Our end of the cable to the QEMU whose sockets are in `directory`."""
    return FrameSocket(directory / "relay.sock", directory / "qemu.sock")


def relay_command(directory: Path, tap: str, faults: Faults, seed: int) -> list[str]:
    """The command that runs a relay between QEMU and a tap device, for Namespace.start; sockets go to `directory`."""
    package_root = Path(__file__).resolve().parent.parent
    command = ["env", f"PYTHONPATH={package_root}", sys.executable, "-m", "pynet_qemu.relay"]
    command += ["--directory", str(directory), "--tap", tap, "--seed", str(seed)]
    for field in fields(Faults):
        command += [f"--{field.name}", str(getattr(faults, field.name))]
    return command


def main() -> None:
    """Relay until terminated; statistics.json in the directory then says what was done to how many frames."""
    parser = argparse.ArgumentParser(prog="relay")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--tap", required=True)
    parser.add_argument("--seed", type=int, default=0)
    for field in fields(Faults):
        parser.add_argument(f"--{field.name}", type=float, default=0.0)
    options = parser.parse_args()
    faults = Faults(**{field.name: getattr(options, field.name) for field in fields(Faults)})
    relay = Relay(relay_socket(options.directory), TapEnd(options.tap), faults, options.seed)
    signal.signal(signal.SIGTERM, _end)
    try:
        relay.run()
    finally:
        (options.directory / "statistics.json").write_text(json.dumps(relay.statistics), encoding="ascii")


def _end(*_: object) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    main()
