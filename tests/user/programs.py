"""What tests of ring 3 share: our programs and Debian's, run in the guest as `qemu/run --program` does it and, where they can be, on Linux."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pynet_qemu import program
from pynet_qemu.build import build
from pynet_qemu.lab import TAP, Lab
from pynet_qemu.machine import Machine, MachineConfig, tap_netdev
from pynet_qemu.namespace import Namespace

BUSYBOX = Path("/bin/busybox")
#: Seconds that a program may take, in a guest without KVM on a machine with other things to do.
PATIENCE = 280.0


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it said."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode(errors="replace")


def ours(name: str) -> Path:
    """One of our own programs, brought up to date."""
    build("tests-user")
    return build(f"tests/user/{name}")


@contextmanager
def quiet_namespace() -> Iterator[Namespace]:
    """A network namespace for the same program on Linux: loopback, and an interface with the guest's address at whose other end is nobody."""
    namespace = Namespace()
    commands = "ip link set lo up; ip tuntap add eth0 mode tap; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.2.2"
    try:
        namespace.run("sh", "-ec", commands)
        yield namespace
    finally:
        namespace.close()


def on_linux(file: Path, *arguments: str, prefix: Sequence[str] = (), stdin: bytes = b"") -> Ended:
    """Run a program here, in a namespace of its own; `prefix` is put before it (strace)."""
    with quiet_namespace() as namespace:
        command = [*namespace.prefix, *prefix, str(file), *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE, check=False, cwd="/")
    return Ended(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


class Guest:
    """A program that runs in a guest of its own inside a lab; use it as a context manager, which ends the guest.

    What it prints is collected; words are of the guest's command line, files further ones of fw_cfg (name, path).
    """

    def __init__(
        self,
        lab: Lab,
        directory: Path,
        file: Path,
        *arguments: str,
        stdin: bytes = b"",
        words: str = "",
        files: Sequence[tuple[str, Path]] = (),
        memory_mib: int = 256,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        named = directory / "arguments"
        named.write_bytes(b"".join(os.fsencode(argument) + b"\0" for argument in (str(file), *arguments)))
        given = directory / "stdin"
        given.write_bytes(stdin)
        config = MachineConfig(
            image=build("pynet.elf"),
            netdev=tap_netdev(TAP),
            trust_anchor=lab.certificates.trust_anchor,
            command_line=f"program {words}".strip(),
            second_port=True,
            files=(("program", file), ("arguments", named), *files),
            memory_mib=memory_mib,
        )
        self.lab = lab
        self._paths = directory / "stdout", directory / "stderr"
        self._files = [given.open("rb"), *(path.open("wb") for path in self._paths)]
        self.machine = Machine(config, directory / "machine", lab.namespace.prefix)
        self.line = program.Line(self.machine.port, *(file.fileno() for file in self._files))
        self._thread = threading.Thread(target=self._carry, daemon=True)

    def _carry(self) -> None:
        while self.line.status is None and self.line.step(0.1):
            pass

    def __enter__(self) -> Self:
        self.machine.resume()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.machine.close()
        self._thread.join(5.0)
        for file in self._files:
            file.close()

    @property
    def out(self) -> bytes:
        """Standard output so far."""
        return self._paths[0].read_bytes()

    @property
    def err(self) -> str:
        """Standard error output so far."""
        return self._paths[1].read_text(errors="replace")

    def wait_for(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until the program has printed `text`."""
        deadline = time.monotonic() + patience
        while text.encode() not in self.out:
            assert self._thread.is_alive() and time.monotonic() < deadline, self.told()
            time.sleep(0.1)

    def end(self, number: int = signal.SIGTERM) -> Ended:
        """Send the program a signal, and say how it ended."""
        self.line.signal(number)
        return self.ended()

    def ended(self, patience: float = PATIENCE) -> Ended:
        """Wait for the program's end."""
        self._thread.join(patience)
        assert self.line.status is not None, self.told()
        return Ended(program.exit_status(self.line.status), self.out, self.err)

    def told(self) -> str:
        """What program and console said last, for whoever looks into a failure."""
        return f"out: {self.out[-2000:]!r}\nerr: {self.err[-2000:]}\nconsole: {self.machine.console.text()[-2000:]}"


def in_guest(lab: Lab, directory: Path, file: Path, *arguments: str, stdin: bytes = b"", words: str = "", patience: float = PATIENCE) -> Ended:
    """Run a program in a guest to its end."""
    with Guest(lab, directory, file, *arguments, stdin=stdin, words=words) as guest:
        return guest.ended(patience)
