"""What tools say of the sources without running them: ruff, mypy --strict, gcc's analyzer. Each must be silent."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent

LINTED = ["pynet", "tests", "qemu", "kernel", "lib/mbedtls/bundle.py", "lib/mbedtls/fetch.py"]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """A tool, in the repository."""
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)


def test_ruff_is_quiet() -> None:
    """Every Python file, the runtime's library included."""
    done = run(sys.executable, "-m", "ruff", "check", "--no-cache", *LINTED)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_is_quiet_about_pynet(tmp_path: Path) -> None:
    """--strict, as pyproject.toml sets it."""
    done = run(sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), "-p", "pynet")
    assert done.returncode == 0, done.stdout + done.stderr


# gcc -fanalyzer.

INCLUDE = run("gcc", "-print-file-name=include").stdout.strip()
FREESTANDING = ["-ffreestanding", "-nostdinc", "-isystem", "kernel/libc/include", "-idirafter", INCLUDE]
FREESTANDING += ["-U__unix__", "-U__linux__", "-mno-red-zone", "-mcmodel=kernel", "-fno-pic", "-fno-strict-aliasing"]
OURS = ["-std=gnu11", "-O1", "-fanalyzer", "-Ikernel", "-Ikernel/python", "-Ikernel/python/include"]
MBEDTLS = ["-isystem", "lib/mbedtls/source/include", "-isystem", "lib/mbedtls/source/library", "-Ilib/mbedtls"]
MBEDTLS += ['-DMBEDTLS_CONFIG_FILE="pynet_config.h"']
# Programs of Linux: they are analyzed with Linux's headers.
ON_LINUX = {"kernel/python/hosted.c", "lib/mbedtls/entropy_linux.c"}
# The types of the runtime take the analyzer five minutes of one core: only --full waits for them.
SLOW = "kernel/python/objects/"

# What gcc 12 takes for a mistake, by (file, function, warning), and why it is none.
FALSE_ALARMS = {
    ("kernel/libc/malloc.c", "malloc", "malloc-leak"): "calloc returns the block: memset gives back what it was given",
    ("kernel/python/objects/descr.c", "classmethod_get", "null-dereference"): "who has no object gives a type",
    ("kernel/python/objects/import.c", "Py_DECREF_", "null-dereference"): "what equals Py_None is not NULL",
    ("kernel/python/objects/slots.c", "Py_DECREF_", "null-dereference"): "what equals Py_NotImplemented is not NULL",
    ("kernel/python/objects/memoryview.c", "locate", "null-dereference"): "both views have one shape: no index is beyond it",
    ("lib/mbedtls/pynet_adapter.c", "set_alpn", "malloc-leak"): "the connection owns the list, and frees it with itself",
}


def c_files() -> list[str]:
    """Our own C: the kernel, the runtime, the TLS adapter."""
    names = run("git", "ls-files", "kernel/*.c", "lib/mbedtls/*.c").stdout.split()
    return [name for name in names if (TOP / name).exists()]


def analyze(name: str) -> list[str]:
    """What gcc says of one file, a line each, without the false alarms."""
    flags = [] if name in ON_LINUX else FREESTANDING
    where = MBEDTLS if name.startswith("lib/") else []
    quiet = ["-fdiagnostics-plain-output", "-fdiagnostics-path-format=none", "-c", "-o", os.devnull]
    done = run("nice", "gcc", *OURS, *flags, *where, *quiet, name)
    said, function = [], ""
    for line in done.stderr.splitlines():
        if inside := re.search(r"In function ['‘](\w+)['’]", line):
            function = inside[1]
        elif "warning:" in line or "error:" in line:
            kind = re.search(r"-Wanalyzer-([\w-]+)", line)
            if kind is None or (name, function, kind[1]) not in FALSE_ALARMS:
                said.append(f"{line} [in {function}]")
    return said


def findings(names: list[str]) -> list[str]:
    """What gcc says of the files, two at a time."""
    assert names
    with ThreadPoolExecutor(2) as pool:
        return [line for said in pool.map(analyze, names) for line in said]


@pytest.mark.timeout(900)
def test_gccs_analyzer_is_quiet_about_the_kernel_and_the_tls_adapter() -> None:
    """Every C file but the types of the runtime."""
    found = findings([name for name in c_files() if not name.startswith(SLOW)])
    assert not found, "\n".join(found)


@pytest.mark.full
@pytest.mark.timeout(2400)
def test_gccs_analyzer_is_quiet_about_the_types_of_the_runtime() -> None:
    """The rest."""
    found = findings([name for name in c_files() if name.startswith(SLOW)])
    assert not found, "\n".join(found)
