"""Have the Linux kernel under this machine play tests/scenarios.py, by system calls as they are, and write what it answers to tests/linux_answers.py.

    python tests/peers/record_linux.py            writes
    python tests/peers/record_linux.py --check    compares; in both cases in a network namespace of its own, which it makes (root, or user namespaces)
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent.parent
ANSWERS = TOP / "tests/linux_answers.py"
sys.path.insert(0, str(TOP))

from tests import scenarios
from tests.player import Notes

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
# A scenario that hangs is none.
PATIENCE = 10


def numbers() -> dict[str, int]:
    """The number of each call, from Linux's own header."""
    text = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h").read_text()
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", text)}


class Linux(Notes):
    """Linux plays."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = numbers()
        self.kept: list[Any] = []

    def put(self, data: bytes) -> int:
        # Something behind it, so that a length that is too long reads what was there before on both.
        buffer = ctypes.create_string_buffer(data, len(data) + 32)
        self.kept.append(buffer)
        return ctypes.addressof(buffer)

    def put_at(self, address: int, data: bytes) -> None:
        ctypes.memmove(address, data, len(data))

    def get(self, address: int, count: int) -> bytes:
        return ctypes.string_at(address, count)

    def make(self, name: str, args: tuple[Any, ...]) -> int:
        result: int = LIBC.syscall(ctypes.c_long(self.numbers[name]), *[ctypes.c_long(arg) for arg in args])
        return -ctypes.get_errno() if result == -1 else result

    def settle(self) -> None:
        time.sleep(0.02)


def play(scenario: Callable[[Any], None]) -> list[str]:
    """One scenario in a process of its own, whose descriptors end with it."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        player = Linux()
        try:
            scenario(player)
        except BaseException as error:  # noqa: BLE001 (it goes to the parent as a line)
            player.note("failed", repr(error))
        os.write(into, "\n".join(player.lines).encode())
        os._exit(0)
    os.close(into)
    pieces = []
    while piece := os.read(out, 65536):
        pieces.append(piece)
    os.close(out)
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"{scenario.__name__} hung, or died of signal {status & 0x7F}")
    return b"".join(pieces).decode().split("\n")


def isolated(*arguments: str) -> list[str]:
    """The command that runs this file in a network namespace of its own, whose loopback is up."""
    return ["unshare", "-n" if os.geteuid() == 0 else "-rn", "sh", "-c", 'ip link set lo up && echo 0 65535 > /proc/sys/net/ipv4/ping_group_range && exec "$@"', "sh", sys.executable, __file__, *arguments]


def record() -> dict[str, list[str]]:
    """What Linux answers, by the scenario's name."""
    return {scenario.__name__: play(scenario) for scenario in scenarios.SCENARIOS}


def differences(answers: dict[str, list[str]]) -> tuple[list[str], int]:
    """Where they are not what is written down, and how many there are in all."""
    from tests.linux_answers import ANSWERS as WRITTEN

    found = []
    for name, lines in answers.items():
        written = WRITTEN.get(name, ())
        found += [f"{name}: {old!r} is now {new!r}" for old, new in zip_longest(written, lines) if old != new]
    return found, sum(len(lines) for lines in answers.values())


def write(answers: dict[str, list[str]]) -> None:
    """tests/linux_answers.py"""
    text = f'"""What Linux answers in tests/scenarios.py, as tests/peers/record_linux.py wrote it down."""\n\nKERNEL = {release()!r}\n\nANSWERS = {{\n'
    for name, lines in answers.items():
        text += f"    {name!r}: (\n" + "".join(f"        {line!r},\n" for line in lines) + "    ),\n"
    ANSWERS.write_text(text + "}\n")


def release() -> str:
    """This machine's kernel."""
    return ".".join(os.uname().release.split(".")[:2])


def main() -> None:
    if sys.argv[1:2] != ["--inside"]:
        sys.exit(subprocess.run(isolated("--inside", *sys.argv[1:]), check=False).returncode)
    answers = record()
    if sys.argv[2:] == ["--check"]:
        found, count = differences(answers)
        print("\n".join([*found, f"{len(found)} of {count} answers differ"]))
        sys.exit(min(len(found), 100))
    write(answers)
    print(f"{sum(len(lines) for lines in answers.values())} answers in {len(answers)} scenarios")


if __name__ == "__main__":
    main()
