"""The whole of pynet as a Linux process on a TAP device, from the .py files on CPython, against the lab's real programs: the eight lines."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pynet_qemu.build import BUILD_DIRECTORY, build
from pynet_qemu.lab import TAP, Lab

TOP = Path(__file__).resolve().parents[2]


def run_host(lab: Lab, *words: str, until: str, seconds: float = 120.0, tree: Path = TOP) -> list[str]:
    """What pynet.init of the source `tree` prints in the lab's namespace, up to the line that starts with `until`."""
    build("tests-tls")
    environment = dict(os.environ, PYTHONPATH=str(BUILD_DIRECTORY / "tests"))
    command = [
        *lab.namespace.prefix, "timeout", str(seconds), sys.executable, "-m", "tests.peers.tap_kernel",
        TAP, lab.config.mac, str(lab.certificates.trust_anchor), *words,
    ]  # fmt: skip
    lines: list[str] = []
    with subprocess.Popen(command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith(until):
                break
        process.kill()
    return lines


def test_the_eight_lines_on_cpython(start_lab: Callable[..., Lab]) -> None:
    """design.md: what the image prints, from the same .py files, with every value from the wire."""
    lab = start_lab()
    lines = run_host(lab, until="[SERIAL] Socket test suite")
    told = [line for line in lines if line.startswith("[SERIAL] ") and "trust anchor" not in line]
    assert told == [
        "[SERIAL] virtio-net found at PCI 00:03.0",
        "[SERIAL] MAC: 52:54:00:12:34:56",
        "[SERIAL] DHCP: acquired 10.0.2.15/24 gw 10.0.2.2",
        "[SERIAL] DNS: resolved example.com → 93.184.216.34",
        "[SERIAL] TCP connect to 93.184.216.34:80: OK",
        "[SERIAL] TLS handshake: OK",
        "[SERIAL] HTTPS GET /: 200 OK (received 1256 bytes)",
        "[SERIAL] Socket test suite: PASS",
    ], "\n".join(lines)


def test_no_offer_is_said_and_tried_again(start_lab: Callable[..., Lab]) -> None:
    """The issue's form of a failure: what failed, and what was tried."""
    lab = start_lab(dhcp=False)
    lines = run_host(lab, until="[SERIAL] DHCP")
    assert lines[-1] == "[SERIAL] DHCP: no offer in 10 s (tried 4 times)"


def test_a_certificate_for_another_host_is_refused(start_lab: Callable[..., Lab]) -> None:
    """A failed check says which."""
    lab = start_lab(certificate="wrong-host")
    lines = run_host(lab, until="[SERIAL] TLS")
    assert lines[-1].startswith("[SERIAL] TLS handshake: "), lines
    assert "example.com" in lines[-1] or "name" in lines[-1]


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        pytest.param("pynet/tcp/segment.py", "packet[at + 13]\n", "packet[at + 13] & 0xFE\n", id="FIN is dropped"),
        pytest.param("pynet/sockets.py", "connection = self.listener.accept()", "connection = None", id="accept is broken"),
    ],
)
def test_a_broken_stack_fails_the_suite(start_lab: Callable[..., Lab], tmp_path: Path, module: str, line: str, broken: str) -> None:
    """The suite can say FAIL: it does where FIN is dropped, and where accept is broken."""
    for folder in ("pynet", "tests"):
        shutil.copytree(TOP / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = (tmp_path / module).read_text(encoding="utf-8")
    assert text.count(line) == 1, f"{module} has changed: this test must be told anew how to break it"
    (tmp_path / module).write_text(text.replace(line, broken), encoding="utf-8")
    lines = run_host(start_lab(), "patience=1", until="[SERIAL] Socket test suite", tree=tmp_path)
    assert lines[-1].startswith("[SERIAL] Socket test suite: FAIL ("), "\n".join(lines)
