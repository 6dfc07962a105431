"""`qemu/run --program` with real programs: streams, statuses, signals, what cannot be run, `--strace`, and a verified HTTPS request."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from programs import BUSYBOX, PATIENCE, in_guest, ours
from pynet_qemu.build import TOP, build
from pynet_qemu.lab import Lab, make_page

StartLab = Callable[..., Lab]


def run(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """qemu/run, with the kernel that is built already."""
    command = [str(TOP / "qemu/run"), "--image", str(build("pynet.elf")), *words]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE, check=False)


def test_streams_and_status_are_the_programs() -> None:
    data = os.urandom(20_000)
    done = run("--program", str(BUSYBOX), "sh", "-c", "echo told >&2; md5sum; exit 42", stdin=data)
    assert (done.returncode, done.stdout, done.stderr) == (42, f"{hashlib.md5(data).hexdigest()}  -\n".encode(), b"told\n")


def test_a_killed_program_has_a_shells_status_and_the_calls_are_told() -> None:
    done = run("--strace", "--program", str(BUSYBOX), "sh", "-c", "echo out; kill -SEGV $$")
    assert (done.returncode, done.stdout) == (128 + 11, b"out\n")
    told = done.stderr.decode()
    assert re.search(r'^write\(1, "out\\n", 4\) += 4$', told, re.MULTILINE)
    assert "--- SIGSEGV {si_signo=SIGSEGV, si_code=SI_USER" in told
    assert "+++ killed by SIGSEGV +++" in told


def test_what_is_no_program_is_told(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("this is no program\n")
    done = run("--program", str(text))
    assert (done.returncode, done.stdout, done.stderr) == (126, b"", b"program: Exec format error\n")
    missing = run("--program", str(tmp_path / "missing"))
    assert missing.returncode == 2
    assert b"there is no file" in missing.stderr


def test_an_https_request_of_thirty_lines(start_lab: StartLab, artifacts: Path) -> None:
    done = in_guest(start_lab(), artifacts / "guest", ours("secure"), "example.com", "443")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(b"HTTP/1.1 200 OK\r\n")
    assert done.out.endswith(b"\r\n\r\n" + make_page(1256))


def test_an_https_request_to_somebody_else_is_none(start_lab: StartLab, artifacts: Path) -> None:
    lab = start_lab(certificate="wrong-host")
    done = in_guest(lab, artifacts / "guest", ours("secure"), "example.com", "443")
    assert (done.status, done.out) == (1, b"")
    assert done.err.startswith("connect: Protocol error\n")
    assert len(done.err.splitlines()) == 2
    assert lab.web_requests() == []
