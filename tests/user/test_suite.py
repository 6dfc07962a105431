"""The POSIX suite (suite/): the same binary on Linux and in the guest, their outputs compared line by line; and whether it covers what is supported.

The image compares by itself whenever it boots (tests/suite/posix_suite.py); here the same comparison sees what Linux prints today, and the guest's own
lines by way of `qemu/run --program`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import programs
import pytest
from pynet_qemu.lab import Lab

from pynet.posix import supported, table
from tests.suite.posix_suite import Comparison, differences, expected_lines

HERE = Path(__file__).parent
#: What Linux printed; the image holds it, to compare with. `python tests/user/test_suite.py` records it.
LINUX = HERE / "linux.txt"
#: What is meant to differ: a line of Linux's and, behind `=> `, the guest's.
DIFFERENCES = HERE / "differences.txt"

# How strace names levels, and what has two names.
LEVELS = {0: "SOL_IP", 1: "SOL_SOCKET", 6: "SOL_TCP", 17: "SOL_UDP", 255: "SOL_RAW", 263: "SOL_PACKET", 715: "0x2cb /* SOL_?? */"}
SPELLINGS = {"SO_RCVTIMEO": "SO_RCVTIMEO_OLD", "SO_SNDTIMEO": "SO_SNDTIMEO_OLD", "WUNTRACED": "WSTOPPED"}
TLS_LEVEL = 715


def compared(expected: list[str], seen: bytes) -> list[str]:
    """What is said of the cases that differ."""
    told: list[str] = []
    comparison = Comparison(expected, told.append)
    comparison.feed(seen)
    comparison.end()
    return [line for line in told if not line.endswith(": ok")]


def test_linux_prints_what_was_recorded() -> None:
    done = programs.on_linux(programs.ours("posix-suite"))
    assert (done.status, done.err) == (0, "")
    assert compared(LINUX.read_text(encoding="ascii").splitlines(), done.out) == []
    assert done.out == LINUX.read_bytes()


@pytest.mark.parametrize("binary", ["posix-suite", "posix-suite-glibc"])
def test_the_guest_prints_what_linux_prints(start_lab: Callable[..., Lab], artifacts: Path, binary: str) -> None:
    # The record is of musl's binary: the C libraries spell some calls otherwise, and answer some themselves.
    linux = LINUX.read_text(encoding="ascii") if binary == "posix-suite" else programs.on_linux(programs.ours(binary)).text
    expected = expected_lines(linux, differences(DIFFERENCES.read_text(encoding="ascii")))
    done = programs.in_guest(start_lab(), artifacts / "guest", programs.ours(binary))
    assert compared(expected, done.out) == []
    assert (done.status, done.err) == (0, "")
    assert done.text.splitlines() == expected


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


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (b"one: 1\ntwo: 2\ntwo: 3\nsuite: 2\n", []),
        (b"one: 1\ntwo: 2\ntwo: 4\nsuite: 2\n", ["suite: two: FAIL: expected two: 3, got two: 4"]),
        (b"one: 1\ntwo: 2\n", ["suite: two: FAIL: ended before two: 3"]),
        (b"one: 1\none: 5\ntwo: 2\ntwo: 3\nsuite: 2\n", ["suite: one: FAIL: printed more: one: 5"]),
        (b"one: 1\n", ["suite: two: FAIL: did not run"]),
        (b"two: 2\ntwo: 3\nsuite: 2", ["suite: one: FAIL: did not run"]),
        (b"one: 1\none: a\xffb\ntwo: 2\ntwo: 3\nsuite: 2\n", ["suite: one: FAIL: printed more: one: a\\xffb"]),
        (b"/bin/x: broken\none: 1\ntwo: 2\ntwo: 3\nsuite: 2\n", ["suite: : FAIL: printed: /bin/x: broken"]),
        (b"one: 1\ntwo: 2\ntwo: 3\nsuite: 2\none: 1\n", ["suite: one: FAIL: printed: one: 1"]),
    ],
)
def test_a_difference_that_nobody_meant_is_told(seen: bytes, told: list[str]) -> None:
    expected = ["one: 1", "two: 2", "two: 3", "suite: 2"]
    assert compared(expected, seen) == told
    # However it is cut.
    in_pieces: list[str] = []
    comparison = Comparison(expected, in_pieces.append)
    for at in range(len(seen)):
        comparison.feed(seen[at : at + 1])
    assert comparison.end() == len(told)


def test_the_list_of_differences_is_whole() -> None:
    assert differences("# why\none: 1\n=> one: 2\n") == {"one: 1": "one: 2"}
    for broken in ("one: 1\n", "one: 1\ntwo: 2\n", "one: 1\n=> one: 2\ntwo: 1\n"):
        with pytest.raises(ValueError, match="no line instead"):
            differences(broken)
    with pytest.raises(ValueError, match="does not print"):
        expected_lines("two: 1\n", {"one: 1": "one: 2"})


if __name__ == "__main__":
    LINUX.write_text(programs.on_linux(programs.ours("posix-suite")).text, encoding="ascii")
