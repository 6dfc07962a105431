"""The fuzzer in the Linux program, under AddressSanitizer and UndefinedBehaviorSanitizer, guided by the edges that frames take."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pynet_qemu.build import build

TOP = Path(__file__).resolve().parents[2]
FRAMES = 100_000
# With --full ten million frames in all: so many compiled under the sanitizers, at 830 a second on each of two cores forty minutes, as the whole of
# `tests/run --full` may take eighty; the rest interpreted, where they are ten times as fast. PYNET_FUZZ_FRAMES=10000000 has all of them compiled.
ALL_FRAMES = 10_000_000
FULL_FRAMES = int(os.environ.get("PYNET_FUZZ_FRAMES", "4_000_000"))
# Edges of pynet that so many frames reached; fewer mean that the sessions are no longer what they were.
LEAST_EDGES = 60_000


def run(frames: int, seed: int, capsys: pytest.CaptureFixture[str]) -> int:
    """Fuzz with `frames` frames; the edges reached. The program ends well only if nothing was raised, left over or leaked."""
    program = build("tests-hosted").parent / "tests/hosted-tests"
    environment = os.environ | {"FUZZ_FRAMES": str(frames), "FUZZ_SEED": str(seed)}
    command = [str(program), "tests.fuzz.fuzz", "main"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    report = ran.stdout.strip().splitlines()
    with capsys.disabled():
        print("\n" + "\n".join(report[-2:]))
    assert ran.returncode == 0, "\n".join(report[-20:]) + ran.stderr[-6000:]
    assert report[-1] == "fuzz: done"
    counted = re.fullmatch(r"fuzz: (\d+) frames, (\d+) edges, .*", report[-2])
    assert counted is not None
    assert int(counted[1]) >= frames
    return int(counted[2])


@pytest.mark.timeout(1200)
def test_a_hundred_thousand_frames(capsys: pytest.CaptureFixture[str]) -> None:
    """The same ones in every run."""
    assert run(FRAMES, 1, capsys) >= LEAST_EDGES


@pytest.mark.full
@pytest.mark.timeout(14_400)
def test_millions_of_frames(capsys: pytest.CaptureFixture[str]) -> None:
    """Others than those of every run, on all cores."""
    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        runs = [pool.submit(run, FULL_FRAMES // cores, 2 + core, capsys) for core in range(cores)]
        assert min(done.result() for done in runs) >= LEAST_EDGES


@pytest.mark.full
@pytest.mark.timeout(7200)
def test_the_rest_of_ten_million_on_cpython() -> None:
    """The same sessions, interpreted: nothing raised, nothing left, no growth."""
    cores = os.cpu_count() or 1
    each = max(ALL_FRAMES - FULL_FRAMES, 0) // cores

    def one(core: int) -> str:
        environment = os.environ | {"FUZZ_FRAMES": str(each), "FUZZ_SEED": str(1000 + core)}
        command = [sys.executable, "-m", "tests.fuzz.fuzz"]
        ran = subprocess.run(command, cwd=TOP, env=environment, capture_output=True, text=True, check=False)
        return ran.stdout[-3000:] + ran.stderr[-3000:]

    with ThreadPoolExecutor(cores) as pool:
        for told in pool.map(one, range(cores)):
            assert told.endswith("fuzz: done\n"), told
