"""The other end of a guest's network cable, with what a test of a network card does there."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pynet_qemu.relay import FrameSocket

FRAME_MAX = 1514
#: QEMU stops reading when the guest's receive ring is full, and its queue of frames is the socket's: nothing is lost on the way.
STALL_SECONDS = 20.0


class Wire(FrameSocket):
    """Frames to and from QEMU's `netdev`. It never waits to send: QEMU may have to be rid of a frame before it takes one."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory / "wire.sock", directory / "guest.sock", patience=0.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
            self.send(probe)
            if self.receive(0.1) == probe:
                self.drain(0.5)
                return True
        return False
