"""pynet.init on CPython in the lab, from the .py sources: the same eight lines, the same oracle, no image.

What fails here and in the image is a fault of pynet; what fails only in the image is one of what is under it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pynet_qemu.build import TOP, build
from pynet_qemu.console import Console
from pynet_qemu.lab import Lab
from pynet_qemu.machine import Card
from pynet_qemu.namespace import end_process
from pynet_qemu.oracle import CardWitness, LabWitness, Oracle

PATIENCE = 90.0


@contextmanager
def stack_in(lab: Lab, words: str = "") -> Iterator[Console]:
    """pynet.init at the other end of the lab's cable; what it prints."""
    tls = build("tests-tls").parent / "tests"
    path = [TOP, TOP / "qemu", TOP / "tests/suite", TOP / "tests/image/linux", tls]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYNET_CMDLINE": words,
        "PYNET_MAC": lab.config.mac,
        "PYNET_TRUST_ANCHOR": str(lab.certificates.trust_anchor),
    }
    process = subprocess.Popen(
        [*lab.namespace.prefix, sys.executable, "-u", "-c", "import pynet.init; pynet.init.main()"],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield Console(process.stdout)
    finally:
        end_process(process)
        process.stdout.close()


def test_eight_true_lines(start_lab: Callable[..., Lab]) -> None:
    lab = start_lab()
    oracle = Oracle([CardWitness(Card("virtio-net", "00:03.0", lab.config.mac)), LabWitness(lab)])
    with stack_in(lab) as console:
        while not oracle.complete and (line := console.next_line(PATIENCE)) is not None:
            oracle.hear(line)
            assert "FAIL" not in line, console.text()
        assert oracle.verdict() == [], console.text()


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("wrong-host", "certificate is for another host name"),
        ("expired", "certificate has expired"),
        ("untrusted", "certificate's issuer is not trusted"),
    ],
)
def test_a_bad_certificate_is_named(start_lab: Callable[..., Lab], kind: str, told: str) -> None:
    with stack_in(start_lab(certificate=kind)) as console:
        assert told in console.expect("[SERIAL] TLS handshake: ", PATIENCE)
