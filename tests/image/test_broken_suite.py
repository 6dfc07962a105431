"""The socket test suite would see it: an image whose TCP drops FIN, and one whose accept is broken, say FAIL and not PASS."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from pynet_qemu.build import TOP, build
from pynet_qemu.lab import Lab
from pynet_qemu.machine import Machine

PATIENCE = 280.0


class Break(NamedTuple):
    """One line of a module, and what is put in its place."""

    module: str
    line: str
    broken: str


BREAKS = {
    "FIN is dropped": Break(
        "pynet/tcp/segment.py", "seg.flags = packet[at + 13]\n", "seg.flags = packet[at + 13] & 0xFE\n"
    ),
    "accept is broken": Break("pynet/sockets.py", "connection = self.listener.accept()", "connection = None"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the source tree, to be broken."""
    directory = tmp_path_factory.mktemp("broken")
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in names.stdout.splitlines():
        if (TOP / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, directory / name)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.mark.full
@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_stack_fails_the_suite(
    start_lab: Callable[..., Lab], boot: Callable[..., Machine], copy: Path, what: str
) -> None:
    module, line, broken = BREAKS[what]
    text = (copy / module).read_text(encoding="utf-8")
    assert text.count(line) == 1, f"{module} has changed: this test must be told anew how to break it"
    (copy / module).write_text(text.replace(line, broken), encoding="utf-8")
    try:
        image = build("pynet.elf", copy / "build", copy)
    finally:
        (copy / module).write_text(text, encoding="utf-8")
    machine = boot(start_lab(), image=image, append="patience=2")
    verdict = machine.console.expect("Socket test suite: ", PATIENCE)
    assert verdict.startswith("[SERIAL] Socket test suite: FAIL ("), machine.console.text()
