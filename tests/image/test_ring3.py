"""Ring 3 from outside: the tests of tests/image/guest, in the booted image, on processors with and without the protections and AVX."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pynet_qemu.build import build
from pynet_qemu.machine import GUEST_SUCCESS, Machine
from pynet_qemu.program import MARK

from tests import collect

SOURCE = Path(__file__).resolve().parent / "guest/test_ring3.py"
PASSED = re.compile(r"^test test_ring3\.(\w+): ok$", re.MULTILINE)


@pytest.mark.image
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("cpu", "clock", "word"),
    [("max", ("-icount", "shift=2,sleep=off"), "exact"), ("qemu64", (), ""), ("max,-xsave,-apic", (), "")],
)
def test_ring_3_in_the_image(boot: Callable[..., Machine], cpu: str, clock: tuple[str, ...], word: str) -> None:
    """`exact`: time passes by instructions, whatever the host is doing."""
    machine = boot(image=build("pynet-ring3.elf"), append=word, extra=("-cpu", cpu, *clock))
    status = machine.wait(800)
    text = machine.console.text()
    assert PASSED.findall(text) == collect.tests_of(SOURCE), text
    assert status == GUEST_SUCCESS, text


# Twelve rings full, of every value.
STREAM = bytes(range(256)) * 192


@pytest.mark.image
def test_the_second_serial_port_loses_nothing(boot: Callable[..., Machine]) -> None:
    """The guest reads slower than we write: its full ring stops us. What it sends comes whole and unchanged behind the kernel's mark."""
    machine = boot(image=build("pynet-ring3.elf"), append=f"echo=1:{len(STREAM)}", second_port=True)
    machine.console.expect("ready", 60)
    writer = threading.Thread(target=machine.port.sendall, args=[STREAM])
    writer.start()
    machine.port.settimeout(60)
    got = b""
    while len(got) < len(MARK + STREAM) and (data := machine.port.recv(65536)):
        got += data
    writer.join()
    assert got == MARK + STREAM
    assert machine.wait(20) == GUEST_SUCCESS, machine.console.text()


@pytest.mark.image
def test_the_console_takes_input() -> None:
    """So does the first port, whose other end is here QEMU's standard input. What is typed before the kernel is there is the firmware's."""
    typed = bytes(range(256)) * 40
    command = ["qemu-system-x86_64", "-machine", "pc", "-accel", "tcg", "-m", "256", "-nodefaults", "-display", "none", "-no-reboot"]
    command += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
    command += ["-kernel", str(build("pynet-ring3.elf")), "-append", f"echo=0:{len(typed)}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"ready\r\n" in process.stdout
        got, _ = process.communicate(typed, timeout=120)
    assert got == typed
    assert process.returncode == GUEST_SUCCESS
