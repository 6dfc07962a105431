"""Fixtures that every test may use. Tests marked `full` run only under `tests/run --full`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

TOP = Path(__file__).resolve().parent.parent
for place in (TOP, TOP / "qemu"):
    sys.path.insert(0, str(place))

from pynet_qemu.build import build
from pynet_qemu.lab import TAP, Lab, LabConfig
from pynet_qemu.machine import Machine, MachineConfig, tap_netdev
from pynet_qemu.namespace import TIED_TO_STARTER

FULL = "PYNET_FULL" in os.environ
# Its tests run in the image of ring 3 (tests/image/test_ring3.py boots it).
collect_ignore = ["image/guest"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "full: long; runs only under `tests/run --full`")


# First, as xdist's own hook reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not FULL:
        long = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
    # With several workers the longest come first, so that no worker is left alone with one at the end.
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


# Where one test takes minutes; any worker may run it.
LONG = (
    "test_substrates.py",
    "test_tcp_linux.py",
    "test_fuzz.py",
    "test_simulator.py",
    "test_broken_suite.py",
    "test_build.py",
)
# And where all together do.
LONGEST = (*LONG, "test_ring3.py", "test_tlsengine.py")


def _group(item: pytest.Item) -> str:
    """What one worker runs, of several at a time: the tests that share a costly fixture; "" for one that any may run."""
    callspec = getattr(item, "callspec", None)
    fixtures = getattr(item, "fixturenames", ())
    if callspec and "guest" in callspec.params:
        return f"guest {callspec.params['guest'].name}"
    if "cpython" in fixtures:
        return item.path.stem
    alone = item.path.is_relative_to(TOP / "tests/image") or item.path.name in LONG
    return "" if alone else item.path.stem


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let fixtures see, when they clean up, how their test ended."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.when == "call":
        item.stash[_FAILED] = report.failed


_FAILED = pytest.StashKey[bool]()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """tell(text): the text stands at the end of pytest's report, whichever worker ran the test; what a worker prints is lost."""
    return lambda text: request.node.user_properties.append(("told", text))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What tests told."""
    reports = [report for group in terminalreporter.stats.values() for report in group if getattr(report, "when", "") == "call"]
    for report in reports:
        for name, text in report.user_properties:
            if name == "told":
                terminalreporter.line(text)


@pytest.fixture
def artifacts(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A directory for a test's logs and sockets (the path is short: a socket's may have 107 bytes). Kept when the test fails."""
    directory = Path(tempfile.mkdtemp(prefix="pynet-"))
    yield directory
    if request.node.stash.get(_FAILED, False):
        print(f"artifacts of {request.node.name}: {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def start_lab(artifacts: Path) -> Iterator[Callable[..., Lab]]:
    """`start_lab(page_size=7, ...)` gives a running lab whose LabConfig has these values."""
    with ExitStack() as stack:

        def start(**values: Any) -> Lab:
            return stack.enter_context(Lab(LabConfig(**values), artifacts / "lab"))

        yield start


@pytest.fixture(scope="session")
def iso() -> Path:
    """The bootable image, brought up to date."""
    return build("pynet.iso")


@pytest.fixture(scope="session")
def elf() -> Path:
    """The same kernel as an ELF, which QEMU boots without a boot loader."""
    return build("pynet.elf")


@pytest.fixture
def boot(artifacts: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Machine]]:
    """`boot(lab, append="stay", nic="e1000", ...)` gives a running Machine; further words are fields of MachineConfig.

    Without a lab the machine's cable ends nowhere, unless `netdev` says where. It boots the ELF unless `image` is given,
    and waits before its first instruction with `paused`.
    """
    with ExitStack() as stack:

        def start(lab: Lab | None = None, *, append: str = "", paused: bool = False, **values: Any) -> Machine:
            fields: dict[str, Any] = {
                "image": values.get("image") or request.getfixturevalue("elf"),
                "netdev": tap_netdev(TAP) if lab else "user,restrict=on",
                "trust_anchor": lab.certificates.trust_anchor if lab else None,
                "command_line": append,
            } | values
            machine = stack.enter_context(
                Machine(
                    MachineConfig(**fields), artifacts / "machine", lab.namespace.prefix if lab else TIED_TO_STARTER
                )
            )
            if not paused:
                machine.resume()
            return machine

        yield start
