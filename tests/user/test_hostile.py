"""Programs that mean harm, or take all there is: they lose themselves only."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import PATIENCE, Guest, in_guest, ours
from pynet_qemu.lab import Lab

StartLab = Callable[..., Lab]

#: Random calls in every run, and in a long one.
CALLS, MANY_CALLS = 4000, 100_000


def fuzz(lab: Lab, directory: Path, seed: int, calls: int, patience: float = PATIENCE) -> None:
    """The healthy program beside the calls was well, and most calls were made."""
    done = in_guest(lab, directory, ours("fuzz"), str(seed), str(calls), patience=patience)
    assert (done.status, done.err) == (0, ""), done
    assert "the healthy program: well to the end" in done.text
    made = int(done.text.split(": ")[1].split()[0])
    assert made >= calls


def test_random_calls_harm_nobody_else(start_lab: StartLab, artifacts: Path) -> None:
    # Another seed every time; a failure's artifacts tell it.
    fuzz(start_lab(), artifacts / "guest", int.from_bytes(os.urandom(4), "little"), CALLS)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_many_random_calls_harm_nobody_else(start_lab: StartLab, artifacts: Path) -> None:
    fuzz(start_lab(), artifacts / "guest", int.from_bytes(os.urandom(4), "little"), MANY_CALLS, 1500.0)


@pytest.mark.parametrize(
    ("what", "end"),
    [
        ("forks", "fork: Resource temporarily unavailable"),
        ("threads", "pthread_create: Resource temporarily unavailable"),
        ("memory", "mmap: Out of memory"),
        ("descriptors", "dup: No file descriptors available"),
        ("sockets", "socket: No file descriptors available"),
        ("files", "socket: Too many open files in system"),
        ("file", "write: No space left on device"),
    ],
)
def test_who_takes_all_is_told_and_goes_on(start_lab: StartLab, artifacts: Path, what: str, end: str) -> None:
    done = in_guest(start_lab(), artifacts / "guest", ours("hog"), what)
    assert (done.status, done.text.splitlines()) == (0, [end, f"{what}: many, then fine"]), done


def test_endless_recursion_ends_the_program(start_lab: StartLab, artifacts: Path) -> None:
    assert in_guest(start_lab(), artifacts / "guest", ours("hog"), "stack").status == 128 + 11


def test_the_network_answers_while_a_program_runs_for_ever(start_lab: StartLab, artifacts: Path) -> None:
    lab = start_lab()
    with Guest(lab, artifacts / "guest", ours("hog"), "time") as guest:
        guest.machine.console.expect("DHCP: acquired", 120)
        lab.namespace.run("ping", "-c", "5", "-W", "5", "10.0.2.15", timeout=60)
        assert guest.end(9).status == 128 + 9
