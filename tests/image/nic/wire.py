"""The other end of a guest's network cable: frames as datagrams over two unix sockets, so no root and no namespace."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pynet_qemu.machine import dgram_netdev

FRAME_MAX = 1514
#: QEMU stops reading when the guest's receive ring is full, and its queue of frames is the socket's: nothing is lost on the way.
STALL_SECONDS = 20.0


class Wire:
    """Frames to and from QEMU's `netdev`. Made before QEMU starts, and sent to only once it has."""

    def __init__(self, directory: Path) -> None:
        self._guest = directory / "guest.sock"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(directory / "wire.sock"))
        self._socket.setblocking(False)
        self.netdev = dgram_netdev(self._guest, directory / "wire.sock")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, frame: bytes) -> bool:
        """Put a frame on the wire; False: QEMU does not take any more now."""
        try:
            self._socket.sendto(frame, str(self._guest))
        except BlockingIOError:
            return False
        return True

    def receive(self, timeout: float) -> bytes | None:
        """The next frame from the guest, or None when `timeout` seconds bring none."""
        if not select.select([self._socket], [], [], timeout)[0]:
            return None
        return self._socket.recv(65536)

    def drain(self, quiet: float) -> list[bytes]:
        """Every frame until none comes for `quiet` seconds."""
        frames = []
        while (frame := self.receive(quiet)) is not None:
            frames.append(frame)
        return frames

    def exchange(self, frames: Iterable[bytes], count: int, window: int = 1_000_000) -> list[bytes]:
        """Send `frames` while taking what comes back, with at most `window` on their way, until `count` have come.

        Ends early when nothing moves for STALL_SECONDS: the caller compares, and sees what is missing.
        """
        waiting, back = iter(frames), []
        frame, sent, moved = next(waiting, None), 0, time.monotonic()
        while len(back) < count and time.monotonic() - moved < STALL_SECONDS:
            if frame is not None and sent - len(back) < window and self.send(frame):
                frame, sent, moved = next(waiting, None), sent + 1, time.monotonic()
                timeout = 0.0
            else:
                timeout = 0.001
            while (answer := self.receive(timeout)) is not None:
                back.append(answer)
                moved, timeout = time.monotonic(), 0.0
        return back

    def until_reflected(self, probe: bytes, patience: float) -> bool:
        """Send `probe` again and again until it comes back, then empty the wire; False after `patience` seconds."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                self.send(probe)
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.05)  # QEMU has not bound its socket yet
                continue
            if self.receive(0.1) == probe:
                self.drain(0.5)
                return True
        return False
