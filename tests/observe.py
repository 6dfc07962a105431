"""A pytest plugin (`-p tests.observe`): writes which tests of pynet passed, and which reasons to drop were counted, to the file OBSERVED names."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
from pathlib import Path
from typing import Any

import pynet

passed: list[str] = []
reached: set[str] = set()
reasons: set[str] = set()


class Noting(dict[Any, Any]):
    """A dict that notes each key whose count moves."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if value:
            reached.add(key)
        super().__setitem__(key, value)


def pytest_configure() -> None:
    """Every module that lists reasons makes its counters of Noting."""
    for found in pkgutil.walk_packages(pynet.__path__, "pynet."):
        module: Any = importlib.import_module(found.name)
        if hasattr(module, "DROP_REASONS"):
            reasons.update(module.DROP_REASONS)
            module.dict = Noting


def pytest_runtest_logreport(report: Any) -> None:
    """`tests/pynet/test_arp.py::test_x` is tests.pynet.test_arp.test_x, as the compiled programs print it."""
    if report.when == "call" and report.passed:
        path, _, name = report.nodeid.partition("::")
        passed.append(path.removesuffix(".py").replace("/", ".") + "." + name)


def pytest_sessionfinish() -> None:
    """Hand over."""
    observed = {"passed": passed, "reasons": sorted(reasons), "reached": sorted(reached)}
    Path(os.environ["OBSERVED"]).write_text(json.dumps(observed))
