"""The audit table holds what it promises: every clause that the code cites has a test, every test says what it proves, and tests notice missing code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import audit, mutate

ROWS = audit.table()
# What a test may prove beside a clause of an RFC: a manual page, a standard, a rule of the design or the house, a bound, another system's choice, a known defect.
OTHER_SOURCES = re.compile(r"\w\(\d?\)|POSIX|design|Design|the anchors|nic\.h|IEEE|draft-[a-z]|[A-Z]{2,}_[A-Z]{2,}|As Linux|As CVE|\b[a-z_]+\.[A-Za-z_]+")


# Whose tests each name their source.
PROTOCOLS = ("test_tcp_", "test_ipv4", "test_arp", "test_acd", "test_igmp", "test_dhcp", "test_dns")


def docstrings() -> list[tuple[str, str]]:
    """(name, docstring) of each test of a protocol."""
    found = []
    for path in [path for path in audit.TESTS if path.parent.name == "pynet" and path.name.startswith(PROTOCOLS)]:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.append((f"{path.name}::{node.name}", ast.get_docstring(node) or ""))
    return found


def test_every_clause_that_the_code_cites_has_a_test() -> None:
    """No clause is claimed without proof."""
    assert len([row for row in ROWS.values() if row.code]) > 150
    assert [f"RFC {rfc} §{section}: {place}" for (rfc, section), place in audit.unproven(ROWS)] == []


def test_every_test_of_a_protocol_says_what_it_proves() -> None:
    """A clause of an RFC, a manual page, a bound."""
    assert len(docstrings()) > 250
    silent = [name for name, docstring in docstrings() if not re.search(r"RFC \d", docstring) and not OTHER_SOURCES.search(docstring)]
    assert silent == []


def test_a_name_cites_what_the_docstring_cites() -> None:
    """test_rfc4821_7_7_... has RFC 4821 §7.7 in its docstring, or a clause below it: a name that promises another clause misleads."""
    wrong = []
    for name, docstring in docstrings():
        match = re.search(r"::test_rfc(\d+)_(\d+(?:_\d+)*)_", name)
        if match:
            cited = {section for rfc, section in audit.clauses_in(docstring, 0)[0] if rfc == int(match[1])}
            section = match[2].replace("_", ".")
            if not any((other + ".").startswith(section + ".") or (section + ".").startswith(other + ".") for other in cited):
                wrong.append(f"{name}: §{section} is not among {sorted(cited)}")
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("RFC 9293 §3.10.7.4, §3.8 and RFC 6298 §5.4 to §5.7", [(9293, "3.10.7.4"), (9293, "3.8"), *[(6298, f"5.{n}") for n in (4, 5, 6, 7)]]),
        ("§7.3: the timer", [(1, "7.3")]),
        ("RFC 793 without a clause", []),
    ],
)
def test_clauses_are_read_from_texts(text: str, found: list[tuple[int, str]]) -> None:
    """What stands beside a section sign, and what a bare one means."""
    assert audit.clauses_in(text, 1)[0] == found


def test_the_command_prints_the_table() -> None:
    """RFC, clause, code, tests, verdict; its status is 0 while nothing is unproven."""
    done = subprocess.run([sys.executable, "-m", "tests.audit", "9293"], cwd=audit.TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "§3.10.7.4: implemented" in done.stdout
    assert re.search(r"test tests/pynet/test_tcp_open_close.py:\d+ test_rfc5961|code pynet/tcp/arrives.py:\d+ segment_arrives", done.stdout)
    assert re.search(r"\d+ clauses of \d+ RFCs implemented, 0 without a test", done.stdout)


def test_a_clause_without_a_test_is_told() -> None:
    """The check above sees what it looks for."""
    place = audit.Place(Path(audit.TOP / "pynet/net.py"), 1, "f")
    rows = {(1, "2.3"): audit.Row([place]), (1, "2.4"): audit.Row([place]), (1, "2.4.1"): audit.Row([], [place])}
    assert audit.unproven(rows) == [((1, "2.3"), place)]


# Whose code is taken away in every run.
FEW = {
    ((4987, "3.6"), "resume_handshake"),
    ((4821, "7.7"), "on_black_hole"),
    ((1191, "6.2"), "narrow"),
    ((2131, "4.4.4"), "DHCPClient.decline"),
}
# With --full so many, chosen by a seed, not by what becomes of them. What may survive: code that is only a second safeguard, and clauses that cite a whole section
# for a part of it; which ones did is printed.
MANY, MAY_SURVIVE = 60, 6


@pytest.mark.timeout(600)
def test_missing_code_is_noticed(tmp_path: Path) -> None:
    """A few clauses, in every run: the tests that name them fail without the function that does what they say."""
    chosen = [(mutant, tests) for mutant, tests in mutate.candidates(ROWS) if (mutant.clause, mutant.place.name) in FEW and not mutant.place.comment]
    assert len(chosen) == len(FEW)
    laboratory = mutate.Laboratory(tmp_path)
    for mutant, tests in chosen:
        wrong = laboratory.run(tests)
        assert not wrong, wrong
        assert not laboratory.survives(mutant, tests), str(mutant.place)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_missing_code_is_noticed_nearly_everywhere(tell: Callable[[str], None]) -> None:
    """A sample of all clauses."""
    command = [sys.executable, "-m", "tests.audit", "--mutate", str(MANY), "--seed", "9293"]
    done = subprocess.run(command, cwd=audit.TOP, capture_output=True, text=True, check=False)
    tell("\n".join(line for line in done.stdout.splitlines() if not line.startswith("noticed")))
    told = re.search(rf"^{MANY} mutants, (\d+) survived$", done.stdout, re.MULTILINE)
    assert told is not None, done.stderr
    assert int(told[1]) <= MAY_SURVIVE


def test_a_mutant_lacks_what_stands_below_the_comment() -> None:
    """How code is taken away: a statement goes, a number changes, a function returns at once."""
    text = "def f(x: int) -> int:\n    # RFC 1 §1: why\n    if x:\n        return 1\n    return 2\n"
    tree = ast.parse(text)
    statement = mutate.statement_below(tree, 2)
    assert statement is not None
    assert mutate.without(text, statement) == "def f(x: int) -> int:\n    # RFC 1 §1: why\n    pass\n\n    return 2\n"
    number = "class A:\n    # RFC 1 §1\n    LIMIT = 5 * 2\n"
    limit = mutate.statement_below(ast.parse(number), 2)
    assert limit is not None
    assert mutate.without(number, limit) == "class A:\n    # RFC 1 §1\n    LIMIT = (5 * 2) * 3 + 7\n"
    assert mutate.without("LIMIT = 5\n", ast.parse("LIMIT = 5\n").body[0]) is None
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert mutate.with_body(text, function, "return 0").splitlines()[2] == "    return 0"
