"""The POSIX suite inside the image: the binary of tests/user/suite in ring 3, its lines held against those that Linux printed.

The image holds the binary, Linux's lines and the committed list of differences that are meant (tests/user/meson.build). What a line belongs to is said
by its start, `case: `; a case is right when its lines are Linux's, in their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.posix.pipe import make_pipe
from pynet.posix.signals import SI_KERNEL, SIGKILL, Siginfo
from pynet.posix.system import ENVIRONMENT
from pynet.posix.wait import park, wait
from pynet.readiness import POLLIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.posix.process import Process
    from pynet.posix.system import System

PATH = "/sbin/posix-suite"
# Microseconds that the whole of it may take; a single case is killed by the binary itself, after 20 seconds.
PATIENCE = 240_000_000
# In differences.txt: what the guest prints in place of the line above.
INSTEAD = "=> "
# What starts the line that counts the cases, at the end and wherever a case runs the binary: no case of its own.
COUNT = "suite"


def differences(text: str) -> dict[str, str]:
    """Linux's line -> ours, from differences.txt. ValueError for a text of another form."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    meant = {}
    for at in range(0, len(lines), 2):
        if at + 1 == len(lines) or not lines[at + 1].startswith(INSTEAD):
            raise ValueError("no line instead of: " + lines[at])
        meant[lines[at]] = lines[at + 1][len(INSTEAD) :]
    return meant


def expected_lines(linux: str, meant: dict[str, str]) -> list[str]:
    """What is to be printed here. ValueError for a difference of a line that Linux does not print."""
    lines = linux.splitlines()
    unknown = [line for line in meant if line not in lines]
    if unknown:
        raise ValueError("Linux does not print: " + unknown[0])
    return [meant.get(line, line) for line in lines]


class Comparison:
    """Lines as they come against those that are expected. report(line) gets `suite: CASE: ok`, or what differs, when a case is over."""

    def __init__(self, expected: list[str], report: Callable[[str], None]) -> None:
        self.report = report
        self.failed = 0
        self.rest = b""
        self.expected: dict[str, list[str]] = {}
        case = ""
        for line in expected:
            case = self.case_of(line, case, expected=True)
            self.expected.setdefault(case, []).append(line)
        self.waiting = list(self.expected)
        self.case = ""
        self.lines: list[str] = []

    def case_of(self, line: str, case: str, expected: bool = False) -> str:
        """Which case a line belongs to: the present one, unless it starts with another's name."""
        name, colon, _ = line.partition(": ")
        if not colon or " " in name or name == COUNT:
            return case
        return name if expected or name in self.expected else case

    def feed(self, data: bytes) -> None:
        """Bytes that were printed."""
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            self.line(line.decode("ascii", "backslashreplace"))

    def line(self, line: str) -> None:
        """One line that was printed."""
        case = self.case_of(line, self.case)
        if case != self.case:
            self.close()
            self.case = case
        self.lines.append(line)

    def close(self) -> None:
        """The present case is over."""
        if self.case in self.waiting:
            self.waiting.remove(self.case)
            self.verdict(self.case, first_difference(self.expected[self.case], self.lines))
        elif self.lines:
            self.verdict(self.case, "printed: " + self.lines[0])
        self.lines = []

    def verdict(self, case: str, difference: str) -> None:
        """Report one case."""
        self.failed += difference != ""
        self.report("suite: " + case + ": " + ("FAIL: " + difference if difference else "ok"))

    def end(self) -> int:
        """Nothing more comes; how many cases failed, those that never ran with them."""
        if self.rest:
            self.feed(b"\n")
        self.close()
        for case in self.waiting:
            self.verdict(case, "did not run")
        self.waiting = []
        return self.failed


def first_difference(expected: list[str], seen: list[str]) -> str:
    """Where one list of lines leaves the other, "" where they are the same."""
    for ours, linux in zip(seen, expected, strict=False):
        if ours != linux:
            return "expected " + linux + ", got " + ours
    if len(seen) < len(expected):
        return "ended before " + expected[len(seen)]
    return "printed more: " + seen[len(expected)] if len(seen) > len(expected) else ""


def run(system: System, files: Callable[[str], bytes | None], report: Callable[[str], None], patience: int = PATIENCE) -> int:
    """Run the binary in ring 3 on the calling thread's time; how many cases failed. files(name): what the image holds."""
    texts = [(files(name) or b"").decode("ascii") for name in ("linux.txt", "differences.txt")]
    comparison = Comparison(expected_lines(texts[0], differences(texts[1])), report)
    system.files.create(PATH, files("posix-suite") or b"", 0o755)
    nothing, writer = make_pipe()
    writer.close()
    reader, output = make_pipe()
    process = system.start(PATH, [b"suite"], ENVIRONMENT, [nothing, output, output])
    cases = len(comparison.waiting)
    if not listen(process, reader, comparison, system.sockets.stack.now() + patience):
        report("suite: it takes too long, and is ended")
        process.post(Siginfo(SIGKILL, SI_KERNEL))
    while not process.has_ended:
        park(system.sockets.stack, process.ended)
    failed = comparison.end()
    if process.wait_status and not failed:
        report("suite: the binary ended with status " + str(process.wait_status))
        failed = 1
    report("suite: in ring 3 " + str(cases - failed) + " passed, " + str(failed) + " failed")
    return failed


def listen(process: Process, reader: Any, comparison: Comparison, deadline: int) -> bool:
    """Compare what it prints until nobody writes any more; False when the deadline came first."""
    while wait(process.stack, [(reader, POLLIN)], deadline):
        data = reader.read(65536)
        if not data:
            return True
        comparison.feed(data)
    return False
