"""The POSIX suite (suite/): the same binary on Linux and in the guest, their outputs compared line by line; and whether it covers what is supported."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import programs
import pytest
from pynet_qemu.lab import Lab

from pynet.posix import supported, table

HERE = Path(__file__).parent
#: What Linux printed; the image holds it, to compare with. `python tests/user/test_suite.py` records it.
LINUX = HERE / "linux.txt"
#: What is meant to differ: a line of Linux's and, behind `=> `, the guest's.
DIFFERENCES = HERE / "differences.txt"

# How strace names levels, and what has two names.
LEVELS = {0: "SOL_IP", 1: "SOL_SOCKET", 6: "SOL_TCP", 17: "SOL_UDP", 255: "SOL_RAW", 263: "SOL_PACKET", 715: "0x2cb /* SOL_?? */"}
SPELLINGS = {"SO_RCVTIMEO": "SO_RCVTIMEO_OLD", "SO_SNDTIMEO": "SO_SNDTIMEO_OLD", "WUNTRACED": "WSTOPPED"}
TLS_LEVEL = 715


def differences() -> dict[str, str]:
    """Linux's line -> the guest's."""
    lines = [line for line in DIFFERENCES.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    assert len(lines) % 2 == 0
    assert all(line.startswith("=> ") for line in lines[1::2])
    return {linux: ours.removeprefix("=> ") for linux, ours in zip(lines[::2], lines[1::2], strict=True)}


def compared(expected: str, seen: str) -> str:
    """The lines in which they differ, "" for none."""
    return "\n".join(difflib.unified_diff(expected.splitlines(), seen.splitlines(), "Linux", "here", lineterm="", n=1))


def test_linux_prints_what_was_recorded() -> None:
    done = programs.on_linux(programs.ours("posix-suite"))
    assert (done.status, done.err) == (0, "")
    assert compared(LINUX.read_text(encoding="ascii"), done.text) == ""


@pytest.mark.parametrize("binary", ["posix-suite", "posix-suite-glibc"])
def test_the_guest_prints_what_linux_prints(start_lab: Callable[..., Lab], artifacts: Path, binary: str) -> None:
    expected = LINUX.read_text(encoding="ascii").splitlines()
    meant = differences()
    assert set(meant) <= set(expected), "a difference of differences.txt that Linux does not print"
    done = programs.in_guest(start_lab(), artifacts / "guest", programs.ours(binary))
    assert compared("\n".join(meant.get(line, line) for line in expected), done.text) == ""
    assert (done.status, done.err) == (0, "")


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The lines that strace prints of the suite on Linux, by system call."""
    log = tmp_path_factory.mktemp("strace") / "log"
    programs.on_linux(programs.ours("posix-suite"), prefix=["strace", "-f", "-qq", "-s", "16", "-o", str(log)])
    lines = defaultdict(list)
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if found := re.match(r"\d+ +(?:<\.\.\. )?(\w+)", line):
            lines[found[1]].append(line)
    return lines


def rows() -> list[tuple[str, str]]:
    """(call, text that strace must have printed in a line of it) for every row of what is supported."""
    wanted = [(call, SPELLINGS.get(flag, flag)) for rows in (supported.TABLE, table.CALLS) for call, flags in rows.items() for flag in ("", *flags)]
    for level, number, name, ways, _ in table.OPTIONS:
        option = f"{number}, " if level == TLS_LEVEL else SPELLINGS.get(name, name)
        wanted += [(way + "sockopt", f"{LEVELS[level]}, {option}") for way in ways.split()]
    wanted += [("ioctl", SPELLINGS.get(name, name)) for _, name in table.IOCTLS]
    wanted += [("epoll_ctl", name) for _, name in (*table.EPOLL_OPERATIONS, *table.EVENTS)]
    wanted += [("timerfd_create", name) for _, name in table.CLOCKS]
    for _, _, _, name in table.SOCKETS:
        domain, kind, *protocol = name.split()
        wanted.append(("socket", f"{domain}, {kind}"))
        wanted += [("socket", "0x2cb" if word == "IPPROTO_TLS" else word) for word in protocol]
    return wanted


def test_every_supported_call_flag_and_option_has_a_case(traced: dict[str, list[str]]) -> None:
    missing = [row for row in rows() if not any(row[1] in line for line in traced.get(row[0], []))]
    assert missing == []


def test_a_difference_that_nobody_meant_is_told() -> None:
    assert compared("one: 1\ntwo: 2\n", "one: 1\ntwo: 3\n").splitlines()[-2:] == ["-two: 2", "+two: 3"]
    assert compared("one: 1\n", "one: 1\ntwo: 2\n") != ""
    assert compared("one: 1\n", "one: 1\n") == ""


if __name__ == "__main__":
    LINUX.write_text(programs.on_linux(programs.ours("posix-suite")).text, encoding="ascii")
