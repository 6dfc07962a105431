"""Mutation by clause: take away the code that cites a clause, and see a test that names the clause fail.

A comment's code is the statement below it: it is removed, or, where it only sets a number or a flag, another is set. A function's docstring stands for its whole
body: it returns at once, nothing, 0 or ""; of a predicate that says True, and one that says False, one at least must be noticed. Classes and modules are too
much to take away, and constants are no code.
"""

from __future__ import annotations

import ast
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.audit import TOP, Clause, Place, Row, order, proofs

# What a test needs beside pynet: its own folder, and the modules that it leans on.
NEEDED = (*sorted(str(path.relative_to(TOP)) for path in (TOP / "tests").glob("*.py")), "tests/pynet", "tests/packetdrill")
PATIENCE = 120

RUNNER = """
import importlib, sys
for name in sys.argv[1:]:
    if name.endswith(".pkt"):
        from tests.packetdrill.test_packetdrill import test_script
        from pathlib import Path
        test_script(Path(name))
    else:
        module, _, function = name.rpartition(".")
        getattr(importlib.import_module(module), function)()
"""

NEUTRAL = {"None": ["None"], "bool": ["True", "False"], "int": ["0"], "str": ["''"], "bytes": ["b''"], "bytes | None": ["None"]}


@dataclass(frozen=True)
class Mutant:
    """A file without the code of one clause: the texts it may then have, of which one at least must be noticed."""

    clause: Clause
    place: Place
    what: str
    texts: tuple[str, ...]


def mutants(clause: Clause, place: Place) -> Iterator[Mutant]:
    """The ways to take away the code at `place`; none where there is no single piece of it."""
    text = place.path.read_text()
    tree = ast.parse(text)
    if place.comment:
        statement = statement_below(tree, place.line)
        # How an attribute starts is no code of a clause; how much of something a default is, is.
        initial = place.name.endswith("__init__") and isinstance(statement, ast.Assign) and ast.unparse(statement.value) in ("0", "-1", "OFF", "False", "None")
        if statement is not None and not initial:
            changed = without(text, statement)
            if changed is not None:
                yield Mutant(clause, place, "without line " + str(statement.lineno), (changed,))
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.lineno + 1 == place.line and node.returns is not None:
            values = NEUTRAL.get(ast.unparse(node.returns), [])
            texts = tuple(with_body(text, node, "return " + value) for value in values)
            if texts:
                yield Mutant(clause, place, f"{node.name} returns {' or '.join(values)}", texts)


def statement_below(tree: ast.Module, line: int) -> ast.stmt | None:
    """The first statement that starts at `line` or below."""
    below = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and node.lineno >= line]
    return min(below, key=lambda node: (node.lineno, -(node.end_lineno or 0)), default=None)


def without(text: str, statement: ast.stmt) -> str | None:
    """The text without a statement, or with another number in it; None for what cannot be removed by itself."""
    if statement.col_offset == 0:
        return None
    lines = text.splitlines(keepends=True)
    value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    if isinstance(value, ast.Constant) and isinstance(value.value, bool):
        return put(lines, value, str(not value.value))
    if isinstance(value, (ast.Constant, ast.BinOp)) and value.end_lineno == value.lineno:
        source = ast.get_source_segment(text, value) or ""
        return put(lines, value, f"({source}) * 3 + 7") if not source.startswith(("'", '"', "b")) else None
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.AnnAssign)):
        return None
    indent = " " * statement.col_offset
    before = lines[statement.lineno - 1][: statement.col_offset].strip()
    if before:
        return None
    end = statement.end_lineno or statement.lineno
    return "".join([*lines[: statement.lineno - 1], indent + "pass\n", *["\n"] * (end - statement.lineno), *lines[end:]])


def put(lines: list[str], value: ast.expr, text: str) -> str:
    """The lines with another expression in the place of one."""
    line = lines[value.lineno - 1].encode()
    lines[value.lineno - 1] = (line[: value.col_offset] + text.encode() + line[value.end_col_offset or 0 :]).decode()
    return "".join(lines)


def with_body(text: str, function: ast.FunctionDef, body: str) -> str:
    """The text with another body for a function."""
    lines = text.splitlines(keepends=True)
    start, end = function.body[0].lineno - 1, function.end_lineno or 0
    return "".join([*lines[:start], " " * function.body[0].col_offset + body + "\n", *["\n"] * (end - start - 1), *lines[end:]])


class Laboratory:
    """A copy of what is tested, in which one file at a time is changed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        shutil.copytree(TOP / "pynet", directory / "pynet", ignore=shutil.ignore_patterns("__pycache__"))
        for name in NEEDED:
            source, target = TOP / name, directory / name
            target.parent.mkdir(exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)

    def run(self, tests: list[str], patience: int = PATIENCE) -> str:
        """"" if all of them pass, else how it ended."""
        command = [sys.executable, "-B", "-c", RUNNER, *tests]
        try:
            done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, timeout=patience, check=False)
        except subprocess.TimeoutExpired:
            return "no end"
        return done.stderr[-2000:] or "a status" if done.returncode else ""

    def survives(self, mutant: Mutant, tests: list[str]) -> bool:
        """The tests do not notice."""
        target = self.directory / mutant.place.path.relative_to(TOP)
        right = target.read_text()
        try:
            for text in mutant.texts:
                target.write_text(text)
                if self.run(tests):
                    return False
            return True
        finally:
            target.write_text(right)


def runnable(places: list[Place]) -> list[str]:
    """The tests among the places that Laboratory can run, by name."""
    names = set()
    for place in places:
        if place.path.suffix == ".pkt":
            names.add(str(place.path.relative_to(TOP)))
        elif place.path.parent.name == "pynet":
            names |= {f"tests.pynet.{place.path.stem}.{name}" for name in whole_tests(place)}
    return sorted(names)


def whole_tests(place: Place) -> list[str]:
    """The test at a place; for a check that a table calls, the tests of the file that name it."""
    if place.name.startswith("test_"):
        return [place.name]
    tree = ast.parse(place.path.read_text())
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return [test.name for test in tests if any(isinstance(node, ast.Name) and node.id == place.name for node in ast.walk(test))]


def candidates(rows: dict[Clause, Row]) -> list[tuple[Mutant, list[str]]]:
    """Every mutant that some runnable test should notice."""
    found = []
    for clause, row in sorted(rows.items(), key=order):
        tests = runnable(proofs(rows, clause))
        for place in row.code:
            found += [(mutant, tests) for mutant in mutants(clause, place) if tests]
    return found


def mutate(rows: dict[Clause, Row], count: int, seed: int, rfcs: set[int]) -> int:
    """Try `count` mutants chosen by `seed`, 0: all, of these RFCs or of any; print what became of each. How many survived."""
    chosen = [(mutant, tests) for mutant, tests in candidates(rows) if not rfcs or mutant.clause[0] in rfcs]
    if count:
        chosen = random.Random(seed).sample(chosen, min(count, len(chosen)))
    survived = 0
    with tempfile.TemporaryDirectory(prefix="pynet-mutate-") as directory:
        laboratory = Laboratory(Path(directory))
        everything = sorted({test for _, tests in chosen for test in tests})
        wrong = laboratory.run(everything, 10 * PATIENCE)
        assert not wrong, "without any mutation: " + wrong
        for mutant, tests in chosen:
            alive = laboratory.survives(mutant, tests)
            survived += alive
            print(f"{'SURVIVED' if alive else 'noticed '} RFC {mutant.clause[0]} §{mutant.clause[1]}: {mutant.place}: {mutant.what}", flush=True)
    print(f"{len(chosen)} mutants, {survived} survived")
    return survived
