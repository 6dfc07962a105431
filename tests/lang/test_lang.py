"""The runtime's language, program by program: one module, translated once by Cython, compiled for CPython and for our
runtime under the sanitizers, must print the same. Interpreted CPython must too, but for the lines of differences.py."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from pynet_qemu.build import TOP, build

sys.path.insert(0, str(Path(__file__).parent))

from differences import INTERPRETED, INTERPRETED_ORACLE, PROGRAMS, UNLIKE_CPYTHON

UNCAUGHT = "uncaught"
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.py") if path.stem != UNCAUGHT)
# Longest run of one program, s; on an idle machine the slowest takes a few.
TIMEOUT = 120


class Built(NamedTuple):
    """What Meson makes: the program of our runtime with all of them in it, CPython's extensions, text-test."""

    hosted: str
    extensions: Path
    text_test: str


@pytest.fixture(scope="session")
def built() -> Built:
    """All of it, brought up to date."""
    tests = build("tests-lang").parent / "tests"
    return Built(str(tests / "hosted-lang"), tests / "lang/extensions", str(tests / "text-test"))


def run(command: list[str], directory: Path = TOP) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        errors="backslashreplace",
        cwd=directory,
    )


def cpython(name: str, place: Path) -> str:
    """What CPython prints when it imports the module from a directory."""
    code = f"import sys; sys.path.insert(0, {str(place)!r}); import {name}"
    done = run([sys.executable, "-E", "-s", "-B", "-W", "ignore", "-c", code])
    assert done.returncode == 0, done.stderr
    return done.stdout


def replaced(text: str, pairs: list[tuple[str, str]]) -> str:
    """Each first text replaced by its second, once, in order; one that is not there is an error of differences.py."""
    for old, new in pairs:
        assert old in text, f"differences.py names what is not printed: {old}"
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("name", NAMES)
def test_program(built: Built, name: str) -> None:
    """Compiled for CPython and for our runtime, a program prints the same."""
    wanted = cpython(name, PROGRAMS if name in INTERPRETED_ORACLE else built.extensions)
    wanted = replaced(wanted, UNLIKE_CPYTHON.get(name, []))
    done = run([built.hosted, name])
    assert done.stdout.splitlines() == wanted.splitlines(), done.stderr
    assert done.returncode == 0, done.stderr
    assert wanted.count("\n") > 3, "the program prints next to nothing"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in INTERPRETED_ORACLE])
def test_interpreted(built: Built, name: str) -> None:
    """Interpreted, a program prints the same but for what differences.py lists."""
    compiled = replaced(cpython(name, built.extensions), INTERPRETED.get(name, []))
    assert cpython(name, PROGRAMS).splitlines() == compiled.splitlines()


def uncaught_functions() -> list[str]:
    """The functions of the module whose exceptions nobody catches."""
    tree = ast.parse((PROGRAMS / f"{UNCAUGHT}.py").read_text())
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [name for name in names if name != "inner"]


@pytest.mark.parametrize("function", uncaught_functions())
def test_uncaught(built: Built, tmp_path: Path, function: str) -> None:
    """An unhandled exception prints CPython's traceback, without source lines: they are not at hand. Same status."""
    code = (
        f"import sys; sys.path.insert(0, {str(built.extensions)!r}); import {UNCAUGHT}; {UNCAUGHT}.{function}()"
    )
    theirs = run([sys.executable, "-E", "-s", "-B", "-c", code], tmp_path)
    wanted = [line for line in theirs.stderr.splitlines() if line != '  File "<string>", line 1, in <module>']
    ours = run([built.hosted, UNCAUGHT, function], tmp_path)
    assert ours.stdout.splitlines() == wanted, ours.stderr
    assert ours.returncode == theirs.returncode


def test_number_text(built: Built) -> None:
    """printf's and strtod's work, as kernel/libc does it, gives what glibc gives."""
    done = run([built.text_test])
    assert done.returncode == 0, done.stdout + done.stderr
