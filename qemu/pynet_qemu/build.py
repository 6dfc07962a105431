"""Build the image with Meson; what Meson and Ninja say is shown as they say it, on the standard error output."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
BUILD_DIRECTORY = Path(os.environ.get("PYNET_BUILD", TOP / "build"))


class BuildError(Exception):
    """The build failed; its own messages have been shown."""


def build(target: str = "pynet.iso", directory: Path = BUILD_DIRECTORY, source: Path = TOP) -> Path:
    """Bring `target` of a build directory up to date and return its path; `source` is the tree that is built.

    Ninja does not expect a second Ninja in the same directory, so a build waits for one that is under way.
    """
    directory.mkdir(parents=True, exist_ok=True)
    lock = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "build.ninja").exists():
            _run("meson", "setup", str(directory), str(source))
        _run("ninja", "-C", str(directory), target)
    finally:
        os.close(lock)
    return directory / target


def _run(*command: str) -> None:
    # The tools of our own environment, whoever calls: another Ninja does not read this one's log, and builds everything anew.
    environment = dict(os.environ, PATH=f"{TOP / '.venv/bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    # The standard output of qemu/run is the guest's console and nothing else.
    if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=2, cwd=TOP, env=environment, check=False).returncode != 0:
        raise BuildError(f"`{' '.join(command)}` failed")
