"""A network namespace of the lab's own, so that nothing of the lab touches the machine's network and all of it ends together."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

TUN = Path("/dev/net/tun")
#: Put before a command: it is killed when the thread that started it ends, in whatever way. (In a namespace it comes after
#: nsenter, whose change of credentials would undo it.)
TIED_TO_STARTER = ("setpriv", "--pdeathsig", "KILL", "--")


class LabError(Exception):
    """The lab cannot be set up or has failed; the text is one line for the user."""


class Namespace:
    """Holds a fresh network namespace open; `run` and `start` put programs inside it.

    As root the namespace is made with `unshare -n`, otherwise together with a user namespace (`unshare -rn`).
    Every program started here is killed when this process ends, in whatever way it ends.
    """

    def __init__(self) -> None:
        if not os.access(TUN, os.R_OK | os.W_OK):
            raise LabError(
                f"no {TUN} that this user may open, so the lab has no cable: run as root, or with `--net user`"
            )
        self._children: list[subprocess.Popen[bytes]] = []
        root = os.geteuid() == 0
        self._holder = subprocess.Popen(
            ["unshare", *([] if root else ["--map-root-user"]), "--net", *TIED_TO_STARTER, "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        # `cat` answers once the namespace stands; an end of file instead means that unshare was refused.
        if self._ask_holder() != b"\n":
            reason = self._stderr().read().decode(errors="replace").strip() or "unshare failed"
            self.close()
            raise LabError(f"the kernel refuses a network namespace ({reason}): run as root, or with `--net user`")
        into = ["nsenter", f"--target={self._holder.pid}", *([] if root else ["--user", "--preserve-credentials"]), "--net"]
        self.prefix: tuple[str, ...] = (*into, *TIED_TO_STARTER)
        #: What a user puts before a command to run it inside.
        self.entrance = " ".join(into)

    def _ask_holder(self) -> bytes:
        assert self._holder.stdin is not None and self._holder.stdout is not None
        try:
            self._holder.stdin.write(b"\n")
            self._holder.stdin.flush()
        except BrokenPipeError:
            return b""
        return self._holder.stdout.readline()

    def _stderr(self) -> IO[bytes]:
        assert self._holder.stderr is not None
        return self._holder.stderr

    def run(self, *command: str, timeout: float = 20.0) -> str:
        """Run a program inside to its end and return its standard output; raises LabError when it fails."""
        done = self.attempt(*command, timeout=timeout)
        if done.returncode != 0:
            raise LabError(f"`{' '.join(command)}` failed: {done.stderr.strip() or done.returncode}")
        return done.stdout

    def attempt(self, *command: str, timeout: float = 20.0) -> subprocess.CompletedProcess[str]:
        """Run a program inside to its end, and return how it ended and what it said."""
        arguments = [*self.prefix, *command]
        return subprocess.run(
            arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, check=False
        )

    def start(self, command: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a program inside that runs until the namespace is closed; what it says goes to `log`."""
        with log.open("ab") as output:
            arguments = [*self.prefix, *command]
            child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self._children.append(child)
        return child

    def close(self) -> None:
        """End every program inside, latest first, and with them the namespace."""
        for child in [*reversed(self._children), self._holder]:
            end_process(child)
        for pipe in (self._holder.stdin, self._holder.stdout, self._holder.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()


def end_process(process: subprocess.Popen[bytes], patience: float = 3.0) -> None:
    """Ask a process to end, wait `patience` seconds, then kill it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
