"""The fuzzer in the Linux program, under AddressSanitizer and UndefinedBehaviorSanitizer, guided by the edges that frames take."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pynet_qemu.build import build

TOP = Path(__file__).resolve().parents[2]
FRAMES = 100_000
# With --full. The sanitizers' build takes 1,000 to 3,500 of them a second on a core of 2.5 GHz, by what else it is doing.
FULL_FRAMES = 10_000_000
# Edges of pynet that so many frames reached; fewer mean that the sessions are no longer what they were.
LEAST_EDGES = 60_000


def run(frames: int, seed: int, tell: Callable[[str], None]) -> int:
    """Fuzz with `frames` frames; the edges reached. The program ends well only if nothing was raised, left over or leaked."""
    program = build("tests-hosted").parent / "tests/hosted-tests"
    environment = os.environ | {"FUZZ_FRAMES": str(frames), "FUZZ_SEED": str(seed)}
    command = [str(program), "tests.fuzz.fuzz", "main"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    report = ran.stdout.strip().splitlines()
    tell("\n".join(report[-2:-1]))
    assert ran.returncode == 0, "\n".join(report[-20:]) + ran.stderr[-6000:]
    assert report[-1] == "fuzz: done"
    counted = re.fullmatch(r"fuzz: (\d+) frames, (\d+) edges, .*", report[-2])
    assert counted is not None
    assert int(counted[1]) >= frames
    return int(counted[2])


@pytest.mark.timeout(1200)
def test_a_hundred_thousand_frames(tell: Callable[[str], None]) -> None:
    """The same ones in every run."""
    assert run(FRAMES, 1, tell) >= LEAST_EDGES


@pytest.mark.full
@pytest.mark.timeout(14_400)
def test_ten_million_frames(tell: Callable[[str], None]) -> None:
    """Others than those of every run, on all cores."""
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        runs = [pool.submit(run, -(-FULL_FRAMES // cores), 2 + core, tell) for core in range(cores)]
        assert min(done.result() for done in runs) >= LEAST_EDGES


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_a_hundred_thousand_frames_on_cpython() -> None:
    """The same sessions, interpreted: nothing raised, nothing left, no growth."""
    environment = os.environ | {"FUZZ_FRAMES": str(FRAMES), "FUZZ_SEED": "1000"}
    command = [sys.executable, "-m", "tests.fuzz.fuzz"]
    ran = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout.endswith("fuzz: done\n"), ran.stdout[-3000:] + ran.stderr[-3000:]
