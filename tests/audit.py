"""The audit table: RFC -> clause -> where the code says that it does it -> the tests that prove it. Nothing in it is written by hand.

usage: python -m tests.audit [RFC...]              the table, of these RFCs or of all
       python -m tests.audit --mutate N [--seed S] [RFC...]  remove the code of N clauses (0: of all), one at a time, and see the named tests fail

A clause is cited as "RFC 9293 §3.10.7.4"; a further "§3.7.4" is of the RFC last named, in the same text or in the docstrings around it. The code cites in
comments and docstrings, a test in its docstring, a packetdrill script in its name. What is left out on purpose stands in module docstrings as "Left out: RFC ...".
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
# The protocols. What pynet/posix cites of RFCs is beside its matter, which is POSIX and Linux, and has a table of its own.
CODE = sorted(path for path in (TOP / "pynet").rglob("*.py") if "posix" not in path.parts)
TESTS = sorted([*(TOP / "tests/pynet").glob("test_*.py"), *(TOP / "tests/peers").glob("*.py"), *(TOP / "tests/simulator").glob("*.py")])
SCRIPTS = sorted((TOP / "tests/packetdrill/scripts").glob("*.pkt"))

CITED = re.compile(r"RFCs? (\d{3,5})|§(\d+(?:\.\d+)*)(?: to §(\d+(?:\.\d+)*))?")
SCRIPT = re.compile(r"rfc(\d+)-(\d+(?:\.\d+)*)-")
LEFT_OUT = re.compile(r"Left out: RFC (\d+)(?: §([\d.]+))?,? ?(.*)")

Clause = tuple[int, str]


@dataclass(frozen=True)
class Place:
    """A line of a file, and the function, class or script that it stands in. `comment`: it is a comment's, not a docstring's."""

    path: Path
    line: int
    name: str
    comment: bool = False

    def __str__(self) -> str:
        return f"{self.path.relative_to(TOP)}:{self.line} {self.name}".rstrip()


@dataclass
class Row:
    """What is known of one clause."""

    code: list[Place] = field(default_factory=list)
    tests: list[Place] = field(default_factory=list)
    left_out: str = ""


def clauses_in(text: str, default: int) -> tuple[list[Clause], int]:
    """The clauses that a text cites, and the RFC that it names last; `default`: the RFC of a § before any is named, 0 for none."""
    found: list[Clause] = []
    rfc = default
    for match in CITED.finditer(text):
        if match[1]:
            rfc = int(match[1])
        elif rfc:
            found += [(rfc, clause) for clause in expand(match[2], match[3])]
    return found, rfc


def expand(first: str, last: str | None) -> list[str]:
    """§5.4 to §5.7: both and what lies between."""
    if last is None:
        return [first]
    stem, _, start = first.rpartition(".")
    other, _, end = last.rpartition(".")
    if stem != other or int(end) < int(start):
        return [first, last]
    return [f"{stem}.{number}" if stem else str(number) for number in range(int(start), int(end) + 1)]


def first_rfc(text: str | None, default: int) -> int:
    """The RFC that a docstring names first: what a bare § below it means."""
    match = re.search(r"RFC (\d{3,5})", text or "")
    return int(match[1]) if match else default


@dataclass
class Scope:
    """A module, class or function: its lines, its name, and what a bare § in it means."""

    start: int
    end: int
    name: str
    rfc: int
    docstring: str | None
    line: int


def scopes(tree: ast.Module) -> list[Scope]:
    """All of a module, the outermost first."""
    docstring = ast.get_docstring(tree)
    found = [Scope(1, 1 << 30, "", first_rfc(docstring, 0), docstring, 1)]

    def walk(node: ast.AST, prefix: str, rfc: int) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                docstring = ast.get_docstring(child)
                own = first_rfc(docstring, rfc)
                name = prefix + child.name
                found.append(Scope(child.lineno, child.end_lineno or child.lineno, name, own, docstring, child.lineno + 1))
                walk(child, name + ".", own)
            else:
                walk(child, prefix, rfc)

    walk(tree, "", found[0].rfc)
    return found


def citations(path: Path) -> Iterator[tuple[Clause, Place]]:
    """Every clause that a Python file cites, in comments and docstrings."""
    text = path.read_text()
    known = scopes(ast.parse(text, str(path)))
    for scope in known:
        outer = [other.rfc for other in known if other is not scope and other.start <= scope.start and other.end >= scope.end]
        for clause in clauses_in(scope.docstring or "", outer[-1] if outer else 0)[0]:
            yield clause, Place(path, scope.line, scope.name)
    rfc, last = 0, -2
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            inner = [scope for scope in known if scope.start <= line <= scope.end][-1]
            # A comment of several lines is one text.
            rfc = rfc if line == last + 1 else inner.rfc
            found, rfc = clauses_in(token.string, rfc)
            last = line
            for clause in found:
                yield clause, Place(path, line, inner.name, True)


def table() -> dict[Clause, Row]:
    """The whole table."""
    rows: dict[Clause, Row] = defaultdict(Row)
    for path in CODE:
        for clause, place in citations(path):
            rows[clause].code.append(place)
        for number, clause_text, why in LEFT_OUT.findall(path.read_text()):
            rows[int(number), clause_text].left_out = why
    for path in TESTS:
        for clause, place in citations(path):
            if re.match(r"(\w+\.)?(test_|check)", place.name):
                rows[clause].tests.append(place)
    for path in SCRIPTS:
        match = SCRIPT.match(path.name)
        if match:
            rows[int(match[1]), match[2]].tests.append(Place(path, 1, ""))
    return rows


def proofs(rows: dict[Clause, Row], clause: Clause) -> list[Place]:
    """The tests of a clause, and of what stands below it: §3.7.4 is proven by §3.7.4 and by §3.7.4.1."""
    rfc, section = clause
    return [place for (other, deeper), row in rows.items() if other == rfc and (deeper + ".").startswith(section + ".") for place in row.tests]


def unproven(rows: dict[Clause, Row]) -> list[tuple[Clause, Place]]:
    """What the code says that it does, and no test names."""
    return [(clause, row.code[0]) for clause, row in sorted(rows.items(), key=order) if row.code and not proofs(rows, clause)]


def order(item: tuple[Clause, Row]) -> tuple[int, list[int]]:
    """RFCs and sections as numbers."""
    (rfc, section), _ = item
    return rfc, [int(number) for number in section.split(".") if number]


def verdict(rows: dict[Clause, Row], clause: Clause, row: Row) -> str:
    """The last column."""
    if row.left_out:
        return "left out: " + row.left_out
    if not row.code:
        return "tested; the code does not cite it"
    return "implemented" if proofs(rows, clause) else "implemented, NO TEST"


def show(rows: dict[Clause, Row], wanted: set[int]) -> None:
    """Print the table."""
    rfc = 0
    for clause, row in sorted(rows.items(), key=order):
        if wanted and clause[0] not in wanted:
            continue
        if clause[0] != rfc:
            rfc = clause[0]
            print(f"\nRFC {rfc}")
        print(f"  §{clause[1]}: {verdict(rows, clause, row)}" if clause[1] else f"  {verdict(rows, clause, row)}")
        for title, places in (("code", row.code), ("test", proofs(rows, clause))):
            for place in places:
                print(f"    {title} {place}")
    done = [clause for clause, row in rows.items() if row.code]
    count = len({place for row in rows.values() for place in row.tests})
    print(f"\n{len(done)} clauses of {len({clause[0] for clause in done})} RFCs implemented, {len(unproven(rows))} without a test; {count} tests name a clause")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.audit", description="RFC, clause, code, tests.")
    parser.add_argument("rfc", type=int, nargs="*", help="show these only")
    parser.add_argument("--mutate", type=int, metavar="N", help="remove the code of N clauses in turn (0: of all): its tests must fail")
    parser.add_argument("--seed", type=int, default=1, help="which N")
    given = parser.parse_args()
    rows = table()
    if given.mutate is None:
        show(rows, set(given.rfc))
        return bool(unproven(rows))
    from tests.mutate import mutate

    return mutate(rows, given.mutate, given.seed, set(given.rfc))


if __name__ == "__main__":
    sys.exit(main())
