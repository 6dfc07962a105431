"""The virtio entropy device feeds the kernel's generator, whichever face it has."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pynet_qemu.machine import Machine

Boot = Callable[..., Machine]


@pytest.mark.parametrize("options", ["", ",disable-legacy=on", ",disable-modern=on"])
def test_the_hosts_entropy_is_a_source(boot: Boot, options: str) -> None:
    machine = boot(append="idle", extra=("-device", f"virtio-rng-pci{options}"))
    assert "virtio-rng" in machine.console.expect("random:", 30)


def test_without_the_device_the_kernel_is_seeded_by_other_sources(boot: Boot) -> None:
    source = boot(append="idle").console.expect("random:", 30)
    assert "virtio-rng" not in source
    assert "jitter" in source
