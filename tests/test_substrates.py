"""Three substrates, one test: what pytest runs on CPython, what the Linux program under the sanitizers runs and what the image runs is the same list.

The run on CPython is measured too: branch coverage of pynet, and every reason to drop something reached.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pynet_qemu.build import build
from pynet_qemu.machine import GUEST_SUCCESS, Machine

from tests import collect

TOP = Path(__file__).resolve().parent.parent
# Of the protocols; and of what POSIX adds to them, much of which only programs of ring 3 reach.
LEAST_COVERAGE = 95.0
LEAST_COVERAGE_OF_POSIX = 90.0
POSIX = "pynet/posix/"
# The order of the image's services on the kernel's module: the boot tests prove it.
NOT_MEASURED = "pynet/init.py"

PASSED = re.compile(r"^test ([\w.]+): ok$", re.MULTILINE)
FAILED = re.compile(r"^test [\w.]+: FAIL.*$", re.MULTILINE)


def names_in_the_sources() -> list[str]:
    """The tests that the AST of tests/pynet holds."""
    paths = sorted((TOP / "tests/pynet").glob("test_*.py"))
    return [f"tests.pynet.{path.stem}.{name}" for path in paths for name in collect.tests_of(path)]


@dataclass(frozen=True)
class Observed:
    """What one run of tests/pynet on CPython told."""

    passed: list[str]
    reasons: set[str]
    reached: set[str]
    coverage: dict[str, Any]


@pytest.fixture(scope="module")
def cpython(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    """One run, measured."""
    directory = tmp_path_factory.mktemp("cpython")
    data, told = f"--data-file={directory / 'coverage'}", directory / "observed.json"
    suite = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.observe", "tests/pynet"]
    environment = os.environ | {"OBSERVED": str(told)}
    ran = subprocess.run(
        [sys.executable, "-m", "coverage", "run", data, f"--omit={NOT_MEASURED}", *suite],
        cwd=TOP, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
    report = directory / "coverage.json"
    subprocess.run([sys.executable, "-m", "coverage", "json", "-q", data, "-o", str(report)], cwd=TOP, check=True)
    observed = json.loads(told.read_text())
    return Observed(
        observed["passed"], set(observed["reasons"]), set(observed["reached"]), json.loads(report.read_text())
    )


@pytest.mark.timeout(900)
def test_cpython_runs_every_test_there_is(cpython: Observed) -> None:
    """pytest passes exactly what the sources hold."""
    assert names_in_the_sources()
    assert sorted(cpython.passed) == sorted(names_in_the_sources())


def test_every_reason_to_drop_is_reached(cpython: Observed) -> None:
    """Bad input is counted by reason, and a test reaches each."""
    assert cpython.reasons
    assert sorted(cpython.reasons - cpython.reached) == []


def percent_of(modules: dict[str, Any]) -> float:
    """Statements and branches reached, of all modules together."""
    sums = [module["summary"] for module in modules.values()]
    reached = sum(one["covered_lines"] + one["covered_branches"] for one in sums)
    return 100 * reached / sum(one["num_statements"] + one["num_branches"] for one in sums)


def test_branch_coverage(cpython: Observed, tell: Callable[[str], None]) -> None:
    """Statements and branches: of the protocols together and of each, and of POSIX together."""
    files = cpython.coverage["files"]
    protocols = {name: module for name, module in files.items() if not name.startswith(POSIX)}
    posix = {name: module for name, module in files.items() if name.startswith(POSIX)}
    tell(f"branch coverage of the protocols: {percent_of(protocols):.1f} %, of {POSIX}: {percent_of(posix):.1f} %")
    for name, module in sorted(files.items(), key=lambda item: item[1]["summary"]["percent_covered"]):
        if module["summary"]["percent_covered"] < 100:
            tell(f"  {module['summary']['percent_covered']:5.1f} %  {name}")
    assert percent_of(protocols) >= LEAST_COVERAGE
    assert percent_of(posix) >= LEAST_COVERAGE_OF_POSIX
    assert {name for name, module in protocols.items() if module["summary"]["percent_covered"] < 90} == set()


def check_same(text: str) -> None:
    """A compiled program's report names the tests of the sources, all passed."""
    assert not FAILED.findall(text), "\n".join(FAILED.findall(text))
    assert sorted(PASSED.findall(text)) == sorted(names_in_the_sources())


@pytest.mark.timeout(1800)
def test_linux_under_the_sanitizers_runs_the_same() -> None:
    """AddressSanitizer and UndefinedBehaviorSanitizer end the program with a status, leaks too."""
    program = build("tests-hosted").parent / "tests/hosted-tests"
    ran = subprocess.run([program], capture_output=True, text=True, errors="replace", timeout=1500, check=False)
    check_same(ran.stdout)
    assert ran.returncode == 0, ran.stderr[-4000:]
    # Nothing is torn down noisily: no coroutine is left that complains when it goes.
    assert re.fullmatch(r"tests: \d+ passed, 0 failed", ran.stdout.splitlines()[-1]), ran.stdout[-2000:]


@pytest.mark.image
@pytest.mark.timeout(1800)
def test_the_image_runs_the_same(boot: Callable[..., Machine]) -> None:
    """The tests compiled into an image, booted."""
    machine = boot(image=build("pynet-tests.elf"), append="tests")
    status = machine.wait(1500)
    check_same(machine.console.text())
    assert status == GUEST_SUCCESS, machine.console.text()[-4000:]
