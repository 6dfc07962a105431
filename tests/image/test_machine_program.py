"""A static executable in the guest, by `qemu/run --program`, against the same executable on this Linux: what it says of the machine is the same."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pynet_qemu.build import TOP

SOURCE = TOP / "tests/user/machine.c"
PATIENCE = 240

Run = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def executable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, as gcc and glibc make it."""
    path = tmp_path_factory.mktemp("machine") / "machine"
    subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-static", "-pthread", "-o", str(path), str(SOURCE)], check=True)
    return path


@pytest.fixture
def guest(executable: Path, elf: Path) -> Run:
    """`guest(argument, ...)` starts it there, its streams being pipes."""
    run = [str(TOP / "qemu/run"), "--image", str(elf), "--net", "user", "--program", str(executable)]
    return lambda *arguments: subprocess.Popen(
        [*run, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


@pytest.mark.image
def test_memory_faults_vectors_and_threads_are_linuxs(guest: Run, executable: Path) -> None:
    """fork and copy on write, shared pages, every fault as a signal, registers over signals and switches, pointers that are none."""
    wanted = subprocess.run([executable], capture_output=True, check=True).stdout
    got, errors = guest().communicate(timeout=PATIENCE)
    assert got.decode().splitlines() == wanted.decode().splitlines(), errors.decode()
    assert len(wanted.splitlines()) > 25


@pytest.mark.image
def test_streams_carry_every_byte(guest: Run) -> None:
    """More than any buffer on the way holds, of every value."""
    data = bytes(range(256)) * 300 + b"\0\n\r\x04\x03end"
    process = guest("copy")
    got, errors = process.communicate(data, timeout=PATIENCE)
    assert got == data
    assert errors == f"{len(data)} bytes\n".encode()
    assert process.returncode == 0


@pytest.mark.image
@pytest.mark.parametrize("status", [0, 1, 42, 255])
def test_the_exit_status(guest: Run, status: int) -> None:
    process = guest("exit", str(status))
    out, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (status, b""), errors


@pytest.mark.image
def test_a_crash_is_the_programs_own(guest: Run) -> None:
    process = guest("crash")
    out, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (128 + signal.SIGSEGV, b"before\n"), errors


@pytest.mark.image
def test_an_endless_loop_ends_by_a_signal(guest: Run) -> None:
    """Ring 3 is preempted: the signal's way through the kernel does not wait for the program."""
    process = guest("spin")
    assert process.stdout is not None
    assert process.stdout.readline() == b"spinning\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + signal.SIGINT, errors
