"""The socket test suite would see it: an image whose TCP drops FIN, one whose accept is broken, and one whose eventfds count wrongly, say FAIL.

The last is seen in ring 3 alone: the kernel's own callers have no eventfds.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from pynet_qemu.build import BUILD_DIRECTORY, TOP
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
    "an eventfd counts wrongly": Break("pynet/posix/eventfd.py", "        self.count += added\n", "        self.count = added\n"),
}


def broken_image(what: Break, image: Path, scratch: Path) -> Path:
    """The image that comes of the break, in a directory of its own; the build directory is only read.

    Ninja tells how it makes the image. What follows from the module is made again, by the same commands, with a path
    below `scratch` for the module, for the tree that the translator sees, and for each file that follows from them.
    """
    shutil.copytree(TOP / "pynet", scratch / "tree/pynet", ignore=shutil.ignore_patterns("__pycache__"))
    module = scratch / "tree" / what.module
    text = module.read_text(encoding="utf-8")
    assert text.count(what.line) == 1, f"{what.module} has changed: this test must be told anew how to break it"
    module.write_text(text.replace(what.line, what.broken), encoding="utf-8")

    ninja = ["ninja", "-C", str(BUILD_DIRECTORY), "--quiet", "-t", "compdb-targets", image.name]
    told = subprocess.run(ninja, capture_output=True, text=True, check=True).stdout
    moved = {TOP / what.module: module}
    for step in json.loads(told):
        words = shlex.split(step["command"])
        if not any(_absolute(word) in moved for word in words):
            continue
        made = scratch / "build" / step["output"]
        made.parent.mkdir(parents=True, exist_ok=True)
        moved[_absolute(step["output"])] = made
        moved[_absolute(step["output"] + ".d")] = made.with_name(made.name + ".d")
        translation = _absolute(step["file"]) == TOP / what.module
        here = moved | ({TOP: scratch / "tree"} if translation else {})
        command = [str(here.get(_absolute(word), word)) for word in words]
        # A command is one of the shell's only where it has its "and".
        line = " ".join(word if word == "&&" else shlex.quote(word) for word in command)
        done = subprocess.run(["sh", "-c", line], cwd=BUILD_DIRECTORY, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return moved[_absolute(image.name)]


def _absolute(word: str) -> Path:
    """What a word of a command means if it is a path."""
    return Path(os.path.abspath(BUILD_DIRECTORY / word))


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_stack_fails_the_suite(
    start_lab: Callable[..., Lab], boot: Callable[..., Machine], elf: Path, tmp_path: Path, what: str
) -> None:
    image = broken_image(BREAKS[what], elf, tmp_path)
    machine = boot(start_lab(), image=image, append="patience=2")
    verdict = machine.console.expect("Socket test suite: ", PATIENCE)
    assert verdict.startswith("[SERIAL] Socket test suite: FAIL ("), machine.console.text()
    in_ring_3 = "suite: in ring 3 " in machine.console.text()
    assert in_ring_3 == what.startswith("an eventfd")
