"""Ring 3 from outside: the tests of tests/image/guest, in the booted image, on processors with and without the protections and AVX."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pynet_qemu.build import build
from pynet_qemu.machine import GUEST_SUCCESS, Machine

from tests import collect

SOURCE = Path(__file__).resolve().parent / "guest/test_ring3.py"
PASSED = re.compile(r"^test test_ring3\.(\w+): ok$", re.MULTILINE)


@pytest.mark.image
@pytest.mark.timeout(600)
@pytest.mark.parametrize("cpu", ["max", "qemu64", "max,-avx,-smap", "max,-xsave,-apic"])
def test_ring_3_in_the_image(boot: Callable[..., Machine], cpu: str) -> None:
    machine = boot(image=build("pynet-ring3.elf"), extra=("-cpu", cpu))
    status = machine.wait(500)
    text = machine.console.text()
    assert PASSED.findall(text) == collect.tests_of(SOURCE), text
    assert status == GUEST_SUCCESS, text
