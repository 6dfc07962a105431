"""`qemu/run --program` itself, with a stand-in for the guest: a few instructions that speak its end of the second serial port."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pynet_qemu.build import TOP
from pynet_qemu.machine import GUEST_SUCCESS
from pynet_qemu.program import HEADER, MARK, NOT_THE_PROGRAM

# Multiboot 1; entered in 32-bit mode. It sends the bytes of the file `first`, then every byte it is sent comes back in a frame of stdout of its
# own, until the byte of `end` has come; then it sends the file `last`, and ends QEMU.
STAND_IN = """
    .section .text
    .align 4
    .long 0x1BADB002, 0, -0x1BADB002
    .globl _start
_start:
    mov $stack, %esp
    mov $0x2F9, %dx
    mov $0, %al
    out %al, %dx
    mov $0x2FA, %dx
    mov $7, %al
    out %al, %dx
    mov $first, %esi
    mov $first_end, %edi
    call send
next:
    call receive
    mov %al, echo + 3
    mov $echo, %esi
    mov $echo + 4, %edi
    push %eax
    call send
    pop %eax
    cmp $END, %al
    jne next
    mov $last, %esi
    mov $last_end, %edi
    call send
    mov $EXIT, %al
    mov $0xF4, %dx
    out %al, %dx
hang:
    hlt
    jmp hang
send:
    cmp %edi, %esi
    je done
    mov $0x2FD, %dx
1:  in %dx, %al
    test $0x20, %al
    jz 1b
    lodsb
    mov $0x2F8, %dx
    out %al, %dx
    jmp send
receive:
    mov $0x2FD, %dx
1:  in %dx, %al
    test $1, %al
    jz 1b
    mov $0x2F8, %dx
    in %dx, %al
done:
    ret
    .section .data
echo: .byte 'O', 1, 0, 0
first: .incbin "first"
first_end:
last: .incbin "last"
last_end:
    .skip 256
stack:
"""

# OVMF prints on every port there is, and GRUB there with it; every run here has to pass over that.
BEFORE = b"\x1b[2JBdsDxe: loading Boot0001\r\nWELCOME to GRUB!\r\n\0"

Start = Callable[..., "subprocess.Popen[bytes]"]


def frame(kind: bytes, data: bytes) -> bytes:
    """One frame of the line."""
    return HEADER.pack(kind, len(data)) + data


def window(count: int) -> bytes:
    """So many bytes of stdin may come."""
    return frame(b"W", count.to_bytes(4, "little"))


def ended(status: int) -> bytes:
    """The program has ended."""
    return frame(b"X", status.to_bytes(4, "little"))


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """`start(first, last, end=b"e", options=[...], arguments=[...])` gives the qemu/run process, its streams being pipes."""

    def make(
        first: bytes, last: bytes, end: bytes = b"e", options: list[str] | None = None, arguments: list[str] | None = None
    ) -> subprocess.Popen[bytes]:
        (tmp_path / "first").write_bytes(BEFORE + MARK + first)
        (tmp_path / "last").write_bytes(last)
        (tmp_path / "stand-in.S").write_text(STAND_IN)
        image = tmp_path / "stand-in.elf"
        symbols = [f"-Wa,--defsym,END={end[0]}", f"-Wa,--defsym,EXIT={GUEST_SUCCESS >> 1}"]
        command = ["gcc", "-m32", *symbols, "-nostdlib", "-static", "-Wl,--build-id=none,-Ttext=0x100000", "-o", str(image), "stand-in.S"]
        subprocess.run(command, cwd=tmp_path, check=True)
        run = [str(TOP / "qemu/run"), "--image", str(image), "--net", "user", *(options or []), "--program", str(image), *(arguments or [])]
        return subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    return make


@pytest.mark.image
@pytest.mark.parametrize(("status", "wanted"), [(0, 0), (3 << 8, 3), (255 << 8, 255), (11, 139), (0x80 | 6, 134)])
def test_the_exit_status_is_the_programs(start: Start, status: int, wanted: int) -> None:
    process = start(window(1), ended(status))
    out, errors = process.communicate(b"e", timeout=60)
    assert process.returncode == wanted, errors
    assert (b"was ended by signal" in errors) == (status & 0x7F != 0)
    assert out == frame(b"I", b"e")


@pytest.mark.image
def test_the_streams_are_the_programs_and_nothing_else_is_on_them(start: Start) -> None:
    process = start(frame(b"O", b"out\n") + frame(b"E", b"err\n") + frame(b"O", bytes(range(256))) + window(1), ended(0))
    out, errors = process.communicate(b"e", timeout=60)
    assert process.returncode == 0
    assert out == b"out\n" + bytes(range(256)) + frame(b"I", b"e")
    assert errors == b"err\n"


@pytest.mark.image
def test_input_comes_as_far_as_there_is_room_and_its_end_is_told(start: Start) -> None:
    """Three bytes may come, of six; then there is room for no more. The end of the file comes when there is room again."""
    process = start(window(3), ended(0), end=b"c")
    out, errors = process.communicate(b"abcdef", timeout=60)
    assert (out, process.returncode) == (frame(b"I", b"abc"), 0), errors
    process = start(window(100), ended(0), end=b"\0")
    out, errors = process.communicate(b"", timeout=60)
    # The length of an empty frame holds the zeros that end this one.
    assert out.startswith(b"I\0"), errors


@pytest.mark.image
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_the_programs(start: Start, number: signal.Signals) -> None:
    # No room for input: else its end, which communicate() brings, may come before the signal.
    process = start(frame(b"O", b"ready"), ended(number), end=bytes([number]))
    assert process.stdout is not None
    assert process.stdout.read(5) == b"ready"
    process.send_signal(number)
    out, errors = process.communicate(timeout=60)
    assert out == frame(b"S", bytes([number]))
    assert process.returncode == 128 + number, errors


@pytest.mark.image
def test_a_reader_that_leaves_is_a_broken_pipe_for_the_program(start: Start) -> None:
    process = start(window(1) + frame(b"O", b"ready"), ended(signal.SIGPIPE), end=bytes([signal.SIGPIPE]))
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.read(5) == b"ready"
    process.stdout.close()
    process.stdin.write(b"x")
    process.stdin.flush()
    assert process.wait(60) == 128 + signal.SIGPIPE


@pytest.mark.image
def test_a_guest_that_ends_first_is_not_the_program(start: Start) -> None:
    process = start(window(1), b"")
    _, errors = process.communicate(b"e", timeout=60)
    assert process.returncode == NOT_THE_PROGRAM
    assert b"the guest ended before the program did" in errors


@pytest.mark.image
def test_a_guest_that_says_nothing_is_given_up(start: Start) -> None:
    begun = time.monotonic()
    process = start(b"", b"", options=["--timeout", "2"])
    _, errors = process.communicate(timeout=60)
    assert process.returncode == NOT_THE_PROGRAM
    assert b"time is up" in errors
    assert time.monotonic() - begun < 40


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--program"], "the name of a file has to follow"),
        (["--program", "/nowhere"], "there is no file /nowhere"),
        (["--strace"], "--strace goes with --program"),
    ],
)
def test_a_wrong_option_is_told_at_once(words: list[str], told: str) -> None:
    done = subprocess.run([str(TOP / "qemu/run"), *words], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert told in done.stderr


def test_what_follows_the_program_is_its_own() -> None:
    """--help is its argument, and no help of ours."""
    done = subprocess.run(
        ["python3", "-c", "from pynet_qemu.options import parse; print(parse(['--strace', '--program', '/bin/sh', '--help', '--net', 'x']).program)"],
        env=os.environ | {"PYTHONPATH": str(TOP / "qemu")}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "['/bin/sh', '--help', '--net', 'x']"
