"""The `kernel` module for CPython on Linux: the whole of pynet, init included, as a process on a TAP device.

`python -m tests.peers.tap_kernel TAP MAC TRUST_ANCHOR [WORD...]` runs pynet.init.main() as the image does, with the words as command line. The
threads are real ones under one lock, which is released in every wait: the one Python world of design.md.
"""

from __future__ import annotations

import fcntl
import os
import select
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

TUNSETIFF = 0x400454CA
IFF_TAP = 2
IFF_NO_PI = 0x1000
# The lab's TAP has a virtio header before each frame: zeros, as no offload is asked for.
IFF_VNET_HDR = 0x4000
VNET_HEADER = bytes(10)

world = threading.RLock()


class Machine:
    """What the image would find: a card (the TAP), a command line, a trust anchor."""

    def __init__(self, tap: str, mac: str, anchor: Path, words: list[str]) -> None:
        self.tap = tap
        self.mac = bytes.fromhex(mac.replace(":", ""))
        self.anchor = anchor
        self.words = words
        self.fd = -1
        self.wake_read, self.wake_write = os.pipe2(os.O_NONBLOCK)


machine: Machine


def net_init() -> bool:
    """Open the TAP."""
    machine.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(machine.fd, TUNSETIFF, struct.pack("16sH22x", machine.tap.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
    return True


def net_mac_address() -> bytes:
    return machine.mac


def net_driver() -> str:
    return "virtio-net"


def net_location() -> str:
    return "00:03.0"


def net_link_up() -> bool:
    return True


def net_capabilities() -> int:
    return 0


def net_send(frame: bytes, csum_start: int, csum_offset: int, gso_size: int) -> bool:
    """Frames go out at once, padded as a card pads them."""
    try:
        os.write(machine.fd, VNET_HEADER + bytes(frame).ljust(60, b"\0"))
    except BlockingIOError:
        return False
    return True


def net_recv() -> tuple[bytes, int] | None:
    try:
        return os.read(machine.fd, 65536)[len(VNET_HEADER) :], 0
    except BlockingIOError:
        return None


def net_flush() -> None:
    """net_send did it."""


def net_wait(deadline_us: int) -> None:
    """Until a frame, net_wake() or the deadline."""
    timeout = None if deadline_us < 0 else max(0.0, (deadline_us - clock_us()) / 1e6)
    world.release()
    try:
        ready, _, _ = select.select([machine.fd, machine.wake_read], [], [], timeout)
    finally:
        world.acquire()
    if machine.wake_read in ready:
        os.read(machine.wake_read, 4096)


def net_wake() -> None:
    os.write(machine.wake_write, b"w")


def clock_us() -> int:
    return time.monotonic_ns() // 1000


def wall_time_us() -> int:
    return time.time_ns() // 1000


def random_bytes(count: int) -> bytes:
    return os.urandom(count)


def command_line() -> str:
    return " ".join(machine.words)


def firmware_file(name: str) -> bytes | None:
    return machine.anchor.read_bytes() if name == "trust-anchor" else None


def ca_bundle() -> bytes:
    return Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()


def thread_start(function: Callable[[], None], name: str) -> None:
    """Run function() on a thread of its own, which holds the world's lock except where it waits."""

    def body() -> None:
        with world:
            function()

    threading.Thread(target=body, name=name, daemon=True).start()


class Gate:
    """What one thread waits at until another opens it."""

    def __init__(self) -> None:
        self.event = threading.Event()

    def wait(self, deadline_us: int) -> bool:
        timeout = None if deadline_us < 0 else max(0.0, (deadline_us - clock_us()) / 1e6)
        world.release()
        try:
            opened = self.event.wait(timeout)
        finally:
            world.acquire()
        self.event.clear()
        return opened

    def open(self) -> None:
        self.event.set()


def lock_holds() -> tuple[int, str]:
    return 0, "nobody"


def main() -> None:
    """Be the kernel: put the modules where pynet.init looks for them, and call it."""
    global machine
    top = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(top), str(top / "tests" / "suite")]
    machine = Machine(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:])
    sys.modules["kernel"] = sys.modules[__name__]
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    from pynet import init

    with world:
        init.main()


if __name__ == "__main__":
    main()
