"""The `kernel` module's services on Linux, so that pynet.init runs on CPython in the lab as it runs in the image: the network card
is the lab's tap device, the one lock is a lock, and what QEMU's fw_cfg holds comes from the environment (PYNET_CMDLINE,
PYNET_TRUST_ANCHOR, PYNET_MAC).
"""

from __future__ import annotations

import contextlib
import os
import select
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pynet_qemu.lab import TAP
from pynet_qemu.relay import TapEnd

#: The one lock: whoever runs Python of pynet holds it, and gives it back for as long as it waits.
_world = threading.Lock()
_world.acquire()
_tap = TapEnd(TAP)
_wake_reader, _wake_writer = os.pipe()
os.set_blocking(_wake_writer, False)


@contextlib.contextmanager
def _released() -> Iterator[None]:
    _world.release()
    try:
        yield
    finally:
        _world.acquire()


def _seconds_until(deadline_us: int) -> float | None:
    return None if deadline_us < 0 else max(deadline_us - clock_us(), 0) / 1e6


def net_init() -> bool:
    return True


def net_mac_address() -> bytes:
    return bytes.fromhex(os.environ["PYNET_MAC"].replace(":", ""))


def net_driver() -> str:
    return "virtio-net"


def net_location() -> str:
    return "00:03.0"


def net_link_up() -> bool:
    return True


def net_capabilities() -> int:
    return 0


def net_send(frame: bytes | bytearray | memoryview, csum_start: int, csum_offset: int, gso_size: int) -> bool:
    del csum_start, csum_offset, gso_size
    _tap.send(bytes(frame).ljust(60, b"\0"))
    return True


def net_recv() -> tuple[bytes, int] | None:
    frame = _tap.receive()
    return None if frame is None else (frame, 0)


def net_flush() -> None:
    """Frames are on the wire at once."""


def net_wait(deadline_us: int) -> None:
    with _released():
        readable = select.select([_tap, _wake_reader], [], [], _seconds_until(deadline_us))[0]
    if _wake_reader in readable:
        os.read(_wake_reader, 4096)


def net_wake() -> None:
    with contextlib.suppress(BlockingIOError):
        os.write(_wake_writer, b"\0")


def clock_us() -> int:
    return time.monotonic_ns() // 1000


def wall_time_us() -> int:
    return time.time_ns() // 1000


END = "-----END CERTIFICATE-----\n"


def random_bytes(count: int) -> bytes:
    return os.urandom(count)


def console_write(text: str) -> None:
    sys.stdout.write(text)


def command_line() -> str:
    return os.environ.get("PYNET_CMDLINE", "")


def firmware_file(name: str) -> bytes | None:
    path = os.environ.get("PYNET_" + name.upper().replace("-", "_"))
    return Path(path).read_bytes() if path else None


def ca_bundle() -> bytes:
    pem = Path("/etc/ssl/certs/ca-certificates.crt").read_text(encoding="ascii")
    return b"".join(ssl.PEM_cert_to_DER_cert(text + END) for text in pem.split(END)[:-1])


def thread_start(function: Callable[[], None], name: str) -> None:
    def run() -> None:
        with _world:
            function()

    threading.Thread(target=run, name=name, daemon=True).start()


class Gate:
    """A sticky event: open before the wait is not lost."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def wait(self, deadline_us: int) -> bool:
        with _released():
            opened = self._event.wait(_seconds_until(deadline_us))
        self._event.clear()
        return opened

    def open(self) -> None:
        self._event.set()


def sleep_until(deadline_us: int) -> None:
    with _released():
        time.sleep(_seconds_until(deadline_us) or 0)


def lock_holds() -> tuple[int, str]:
    return 0, ""


def memory() -> dict[str, int]:
    return {}


def power_off(status: int) -> None:
    sys.stdout.flush()
    os._exit(status)
