"""The booted kernel by itself, before any network: its own checks, its panics, its clock, its two firmwares."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pynet_qemu.machine import GUEST_PANIC, GUEST_SUCCESS, Machine

Boot = Callable[..., Machine]


@pytest.mark.parametrize("cpus", [1, 2])
def test_the_kernels_own_checks_pass(boot: Boot, cpus: int) -> None:
    machine = boot(append="selftest", cpus=cpus)
    assert machine.wait(60) == GUEST_SUCCESS, machine.console.text()
    assert "selftest: PASS" in machine.console.text()
    assert "FAIL" not in machine.console.text()


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_the_iso_boots(boot: Boot, iso: Path, firmware: str) -> None:
    machine = boot(append="selftest", image=iso, firmware=firmware)
    assert machine.wait(90) == GUEST_SUCCESS, machine.console.text()
    assert "pynet: booted by multiboot2" in machine.console.text()


@pytest.mark.parametrize("firmware", ["bios", "uefi"])
def test_a_machine_without_the_exit_device_is_switched_off_by_acpi(boot: Boot, iso: Path, firmware: str) -> None:
    """ACPI 6.4, 7.4.2: on real machines nothing else ends them; QEMU then exits with 0."""
    machine = boot(append="selftest", image=iso, firmware=firmware, debug_exit=False)
    assert machine.wait(90) == 0, machine.console.text()
    assert "selftest: PASS" in machine.console.text()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("null", "write of 0 by the kernel: no page is mapped"),
        ("text", "the kernel's text is read-only"),
        ("data", "execution of"),
        ("stack", 'stack overflow: the guard area of thread "main" was touched'),
        ("div", "PANIC: divide error"),
        ("heap", "PANIC: "),
    ],
)
def test_a_fault_ends_in_a_readable_panic(boot: Boot, fault: str, told: str) -> None:
    machine = boot(append=f"fault={fault}")
    assert machine.wait(30) == GUEST_PANIC, machine.console.text()
    text = machine.console.text()
    assert "PANIC: " in text
    assert told in text
    backtrace = text.partition("backtrace:")[2]
    assert re.search(r"thread_start\+0x[0-9a-f]+  \(kernel/arch/switch\.S:\d+\)", backtrace)


def test_an_idle_kernel_uses_no_processor(boot: Boot) -> None:
    machine = boot(append="idle")
    machine.console.expect("clock:", 30)
    time.sleep(1.0)
    before, seconds = machine.cpu_seconds(), 5.0
    time.sleep(seconds)
    assert (machine.cpu_seconds() - before) / seconds < 0.01


def test_the_clock_keeps_pace_with_the_hosts(boot: Boot) -> None:
    machine = boot(append="clock")
    count = 6
    for _ in range(count):
        machine.console.expect("clock: ", 30)
    ticks = [
        (int(line.text.split()[1]), int(line.text.split()[2]), line.at)
        for line in machine.console.lines
        if line.text.startswith("clock: ") and line.text.split()[1].isdigit()
    ]
    first, last = ticks[0], ticks[-1]
    host = last[2] - first[2]
    assert host > count - 3
    # A line may reach us some tens of milliseconds late on a busy host; a wrong calibration shows as percents.
    assert abs((last[0] - first[0]) / 1e6 - host) < 0.01 * host + 0.1
    assert abs((last[1] - first[1]) - (last[0] - first[0])) < 1000
    now = time.time() - (time.monotonic() - last[2])
    assert abs(last[1] / 1e6 - now) < 2.0


def test_the_clock_at_power_on_is_the_machines(boot: Boot) -> None:
    machine = boot(append="clock", clock="2040-01-01T00:00:00")
    machine.console.expect("clock: TSC", 30)
    wall_time = int(machine.console.expect("clock: ", 30).split()[2]) / 1e6
    new_year_2040 = 2208988800
    assert new_year_2040 <= wall_time < new_year_2040 + 60
