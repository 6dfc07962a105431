"""pynet.init on CPython in the lab, from the .py sources: the same eight lines, the same oracle, no image.

What fails here and in the image is a fault of pynet; what fails only in the image is one of what is under it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cases import CHANGES, WRONGS, bad_frames, inject, missing_counters, name_of
from pynet_qemu.build import TOP, build
from pynet_qemu.console import Console
from pynet_qemu.lab import Lab
from pynet_qemu.machine import Card
from pynet_qemu.namespace import end_process
from pynet_qemu.oracle import PREFIX, CardWitness, LabWitness, Oracle

StartLab = Callable[..., Lab]

PATIENCE = 90.0


@contextmanager
def stack_in(lab: Lab, words: str = "", tree: Path = TOP) -> Iterator[Console]:
    """pynet.init of the source `tree` at the other end of the lab's cable; what it prints."""
    tls = build("tests-tls").parent / "tests"
    path = [tree, TOP / "qemu", TOP / "tests/suite", TOP / "tests/image/linux", tls]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYNET_CMDLINE": words,
        "PYNET_MAC": lab.config.mac,
        "PYNET_TRUST_ANCHOR": str(lab.certificates.trust_anchor),
    }
    process = subprocess.Popen(
        [*lab.namespace.prefix, sys.executable, "-u", "-c", "import pynet.init; pynet.init.main()"],
        cwd=tree, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield Console(process.stdout)
    finally:
        end_process(process)
        process.stdout.close()


def assert_true_lines(lab: Lab, *expected: str) -> None:
    oracle = Oracle([CardWitness(Card("virtio-net", "00:03.0", lab.config.mac)), LabWitness(lab)])
    with stack_in(lab) as console:
        while not oracle.complete and (line := console.next_line(PATIENCE)) is not None:
            oracle.hear(line)
            assert not oracle.complaint, console.text()
        assert oracle.verdict() == [], console.text()
        for line in expected:
            assert PREFIX + line in console.text().splitlines()


def test_eight_true_lines(start_lab: StartLab) -> None:
    assert_true_lines(start_lab())


@pytest.mark.parametrize(("change", "line"), CHANGES, ids=name_of)
def test_a_change_in_the_lab_changes_its_line(start_lab: StartLab, change: dict[str, Any], line: str) -> None:
    assert_true_lines(start_lab(**change), line)


@pytest.mark.parametrize(("change", "complaint"), WRONGS, ids=name_of)
def test_what_is_wrong_in_the_lab_is_named(start_lab: StartLab, change: dict[str, Any], complaint: str) -> None:
    oracle = Oracle([])
    with stack_in(start_lab(**change)) as console:
        while not oracle.complaint and (line := console.next_line(PATIENCE)) is not None:
            oracle.hear(line)
        assert re.fullmatch(complaint, oracle.complaint.removeprefix(PREFIX)), console.text()


def test_bad_frames_are_dropped_and_counted_by_reason(start_lab: StartLab) -> None:
    lab = start_lab()
    frames = bad_frames(lab.config.mac, lab.config.address, lab.config.gateway)
    with stack_in(lab, "counters=1") as console:
        console.expect("DHCP: acquired", PATIENCE)
        inject(lab, [frame for frame, _ in frames])
        for _ in range(2):
            console.expect("counters: ", PATIENCE)
        assert not missing_counters(console.text(), frames), console.text()
        # The suite may have ended before the second line of counters.
        if "Socket test suite: PASS" not in console.text():
            console.expect("Socket test suite: PASS", PATIENCE)


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        pytest.param("tcp/segment.py", "packet[at + 13]\n", "packet[at + 13] & 0xFE\n", id="FIN is dropped"),
        pytest.param("sockets.py", "connection = self.listener.accept()", "connection = None", id="accept is broken"),
    ],
)
def test_a_broken_stack_fails_the_suite(start_lab: StartLab, tmp_path: Path, module: str, line: str, broken: str) -> None:
    shutil.copytree(TOP / "pynet", tmp_path / "pynet", ignore=shutil.ignore_patterns("__pycache__"))
    text = (tmp_path / "pynet" / module).read_text(encoding="utf-8")
    assert text.count(line) == 1, f"{module} has changed: this test must be told anew how to break it"
    (tmp_path / "pynet" / module).write_text(text.replace(line, broken), encoding="utf-8")
    with stack_in(start_lab(), "patience=1", tmp_path) as console:
        verdict = console.expect("Socket test suite: ", PATIENCE)
        assert verdict.startswith(PREFIX + "Socket test suite: FAIL ("), console.text()
