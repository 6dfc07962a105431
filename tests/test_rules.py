"""The rules of the house, as tests: who may know what, and what may stand in the repository."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import calls_text

TOP = Path(__file__).resolve().parent.parent
PYNET = sorted((TOP / "pynet").rglob("*.py"))
SUBSTRATE_TESTS = sorted((TOP / "tests/pynet").glob("*.py"))

TRACKED = [
    TOP / name
    for name in subprocess.run(
        ["git", "ls-files", "-z"], cwd=TOP, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    if name
]
SOURCES = [path for path in TRACKED if path.is_file() and path.stat().st_size < 1 << 20]


def name_of(path: Path) -> str:
    """The path as the repository has it."""
    return str(path.relative_to(TOP))


def below(folder: str, *suffixes: str) -> list[Path]:
    """Tracked files under a folder with one of the suffixes."""
    return [path for path in SOURCES if path.is_relative_to(TOP / folder) and path.suffix in suffixes]


# The C rule. The other half of its proof is behaviour: tests/image/nic sends random frames through each driver, both ways.

# A word of a protocol above the wire, in any spelling that C, Cython and Python use.
PROTOCOL_WORD = re.compile(
    r"(?<![a-z0-9])(ether_?types?|eth_p|ip_?proto|ip_?hdr|eth_?hdr|arp_?hdr|tcp_?hdr|udp_?hdr|icmp_?hdr"
    r"|arp|ipv4|icmp|tcp|udp|dhcp|dns|https?|inet|htons|ntohs|htonl|ntohl)(?![a-z0-9])",
    re.IGNORECASE,
)
# What a driver does with bytes of a frame if it reads them, and the EtherTypes as numbers.
FRAME_BYTE = re.compile(r"\b(frame|packet)\s*\[|\b0x0?(800|806)\b|\b0x86dd\b", re.IGNORECASE)
# Tools that have a Python module's name, `pynet.tcp`, as the example in a help text.
NAMED_AS_EXAMPLE = {"kernel/python/tools/translation.py", "kernel/tools/symbols.py"}


def test_the_word_of_no_protocol_stands_in_the_kernel() -> None:
    """Design: no C in kernel/, nor kernel.pyx, nor the runtime, reads or writes a byte of a header."""
    files = [path for path in below("kernel", ".c", ".h", ".S", ".pyx", ".py", ".pyi") if name_of(path) not in NAMED_AS_EXAMPLE]
    # What programs include is no part of the kernel.
    files = [path for path in files if not path.is_relative_to(TOP / "kernel/user/include")]
    assert len(files) > 50
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if PROTOCOL_WORD.search(line.replace("_", " "))
        or PROTOCOL_WORD.search(line)
        or (path.is_relative_to(TOP / "kernel/drivers") and FRAME_BYTE.search(line))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line", ["if (type == ETH_P_IP)", "struct tcphdr *h;", "htons(port)", "uint16_t ether_type;", "IPPROTO_UDP", "arp_input(frame)"]
)
def test_the_c_rule_sees_what_it_looks_for(line: str) -> None:
    """The search above is no empty one."""
    assert PROTOCOL_WORD.search(line.replace("_", " ")) or PROTOCOL_WORD.search(line)


def test_the_kernels_door_hands_frames_over_whole() -> None:
    """kernel.pyx takes and gives frames; it subscripts none."""
    for node in re.findall(r"^.*\bframe\s*\[[^\]]*\].*$", (TOP / "kernel/kernel.pyx").read_text(), re.MULTILINE):
        assert "[0:" in node or "[:" in node or "&frame[0]" in node or "::1" in node, node


# Single authority.


def pxd_statement_is_a_declaration(line: str) -> bool:
    """A line of a .pxd that declares a C type and nothing else: no body, no inline, no extern, no value but `= *` and `= ?`."""
    if line.startswith("@"):
        # The types of a function's local variables; `final` forbids subclasses.
        return re.fullmatch(r"@cython\.(final|locals\((\w+=[\w.* \[\]:]+(, )?)+\))", line) is not None
    if re.search(r"\b(inline|extern|return|lambda|if|for|while|def)\b", line):
        return False
    if re.fullmatch(r"(from [\w.]+ )?c?import [\w., ()]+( as \w+)?", line):
        return True
    if re.fullmatch(r"((cdef|cpdef)? ?(class|enum|struct|packed struct)\b[^=]*|ctypedef fused \w+):", line.strip()) or line == "pass":
        return True
    declaration = re.sub(r"=\s*[*?]", "", line)
    return "=" not in declaration and not declaration.rstrip().endswith(":")


def test_a_pxd_adds_types_and_nothing_else() -> None:
    """Design: a .pxd beside a module holds declarations; each has its module."""
    for path in (TOP / "pynet").rglob("*.pxd"):
        assert path.with_suffix(".py").exists(), f"{name_of(path)} has no module"
        text = re.sub(r'""".*?"""', "", path.read_text(), flags=re.DOTALL)
        for line in text.splitlines():
            code = line.partition("#")[0].strip()
            assert not code or pxd_statement_is_a_declaration(code), f"{name_of(path)}: {line}"


@pytest.mark.parametrize(
    ("line", "good"),
    [
        ("cdef class Segment:", True),
        ("cdef public unsigned int seg_seq", True),
        ("cpdef unsigned int get32(const unsigned char[::1] buffer, Py_ssize_t at)", True),
        ("cpdef int check(object packet, int at=*)", True),
        ("from pynet.tcp.segment cimport Segment", True),
        ("@cython.locals(total=cython.ulong, at=Py_ssize_t)", True),
        ("@cython.boundscheck(False)", False),
        ("cdef inline int twice(int x):", False),
        ("cdef extern from 'stdint.h':", False),
        ("cdef int twice(int x): return x + x", False),
        ("cdef int limit = 5", False),
    ],
)
def test_the_pxd_rule_tells_declarations_from_code(line: str, good: bool) -> None:
    """The rule above by examples."""
    assert pxd_statement_is_a_declaration(line) == good


def test_no_protocol_logic_outside_pynet() -> None:
    """No C twin and no committed generated C: nothing that Cython wrote, and no C beside a Python module of the same name."""
    assert not below("pynet", ".c", ".h", ".so", ".pyx")
    for path in SOURCES:
        if path.suffix == ".c":
            assert "Cython 3" not in path.read_text()[:200], name_of(path)
            assert not path.with_suffix(".pyx").exists(), name_of(path)


# What pynet may import.

MAY_IMPORT = {"__future__", "typing", "enum", "collections", "heapq", "struct"}
# The image's own modules, which are imported where they are used, and by whom.
INSIDE_ONLY = {
    "pynet/net.py": {"kernel"},
    "pynet/init.py": {"kernel", "tlsengine", "tests_main", "socket_suite", "posix_suite"},
}


def imports(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every import statement below `tree`, with each module it names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield node, node.module or ""


def is_type_checking(node: ast.stmt) -> bool:
    """`if TYPE_CHECKING:`"""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


@pytest.mark.parametrize("path", PYNET, ids=name_of)
def test_a_module_of_pynet_imports_only_what_it_may(path: Path) -> None:
    """The contract's short list at the top; `kernel` and what only an image has, lazily, in net.py and init.py alone."""
    tree = ast.parse(path.read_text())
    for_checkers = {id(node) for body in tree.body if is_type_checking(body) for node in ast.walk(body)}
    at_top = {id(node) for node in tree.body}
    for node, module in imports(tree):
        if id(node) in for_checkers or module.partition(".")[0] == "pynet":
            continue
        if module in MAY_IMPORT:
            assert module != "typing" or {name.name for name in getattr(node, "names", [])} <= {"TYPE_CHECKING"}
            continue
        assert module in INSIDE_ONLY.get(name_of(path), set()), f"{name_of(path)} imports {module}"
        assert id(node) not in at_top, f"{name_of(path)} imports {module} at the top"


def test_every_module_of_pynet_imports_on_a_plain_cpython() -> None:
    """Design: nothing but pynet itself on the path, no site-packages; and `kernel` was not asked for."""
    names = [".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__") for path in PYNET]
    program = (
        f"import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p] + [{str(TOP)!r}]\n"
        f"import importlib\nfor name in {names!r}: importlib.import_module(name)\n"
        "assert 'kernel' not in sys.modules\n"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in ('tests', 'scapy', 'Cython', 'cython', 'asyncio', 'socket')))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


# The tests of the three substrates.


@pytest.mark.parametrize("path", SUBSTRATE_TESTS, ids=name_of)
def test_a_test_of_pynet_is_a_plain_function(path: Path) -> None:
    """Design: plain functions without arguments, that import pynet and the tests' own modules; so they compile as they are."""
    tree = ast.parse(path.read_text())
    for _, module in imports(tree):
        assert module.partition(".")[0] == "pynet" or module in {
            "__future__",
            "typing",
            "collections.abc",
            "tests",
            "tests.support",
            "tests.world",
            "tests.tcp",
            "tests.machine",
            "tests.file_steps",
            "tests.file_answers",
            "tests.player",
            "tests.scenarios",
            "tests.linux_answers",
        }, module
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name.lower().startswith("test"):
            assert isinstance(node, ast.FunctionDef), f"{node.name} is no plain function"
            assert not node.decorator_list, f"{node.name} is decorated"
            arguments = node.args
            assert not (arguments.args or arguments.vararg or arguments.kwarg or arguments.kwonlyargs), node.name


def test_every_test_of_pynet_is_in_mesons_list() -> None:
    """What pytest runs is what the two compiled programs are built from."""
    text = (TOP / "tests/pynet/meson.build").read_text()
    assert set(re.findall(r"'(test_\w+\.py)'", text)) == {path.name for path in SUBSTRATE_TESTS if path.name != "__init__.py"}


def test_every_module_of_pynet_is_in_mesons_list() -> None:
    """A module that is not compiled is not in the image."""
    text = (TOP / "pynet/meson.build").read_text()
    listed = set(re.findall(r"^  '([\w/]+\.py)',$", text, re.MULTILINE))
    assert listed == {str(path.relative_to(TOP / "pynet")) for path in PYNET}


# What the repository holds.


def test_the_top_of_the_repository_is_laid_out_as_agreed() -> None:
    """The issue fixes the names at the top."""
    agreed = {"kernel", "pynet", "lib", "qemu", "tests", "meson.build", "meson.options", "README.md", "pyproject.toml", "LICENSE"}
    names = {path.relative_to(TOP).parts[0] for path in TRACKED}
    assert {name for name in names if not name.startswith(".")} <= agreed


def test_nothing_third_party_and_nothing_generated_is_committed() -> None:
    """No foreign notice, no generator's mark, no archive or object file; lib/ holds only our recipe and adapter."""
    marks = re.compile("SPDX-" + "License|Copy" + r"right \(|Generated " + "by |DO NOT " + "EDIT", re.IGNORECASE)
    for path in SOURCES:
        assert path.suffix not in {".o", ".a", ".so", ".elf", ".iso", ".tar", ".gz", ".xz", ".bz2", ".zip", ".whl"}, path
        if path.name != "LICENSE":
            assert not marks.search(path.read_text(errors="replace")), name_of(path)
    assert not below("lib/mbedtls/source", ".c", ".h")


# Hosts that everyone has: the documentation's own, and where Debian, Python and mbedTLS are published.
KNOWN_HOSTS = re.compile(r"(^|\.)(example\.(com|org|net)|debian\.org|pypi\.org|pythonhosted\.org|github\.com|rfc-editor\.org|w3\.org)$")


def test_no_tracked_file_names_this_machine() -> None:
    """No mirror's name, no address of a private server, and no path of the tree that happens to be here."""
    places = [place for place in (str(TOP), str(TOP.parent / "shared"), str(Path.home()) + "/") if len(place) > 5]
    for path in SOURCES:
        text = path.read_text(errors="replace")
        for place in places:
            assert place not in text, f"{name_of(path)} names {place}"
        for host in re.findall(r"\b(?:https?|ftp|git|ssh)://(?:[^/@\s]*@)?([A-Za-z0-9.-]+)", text):
            assert KNOWN_HOSTS.search(host) or host == "localhost" or re.fullmatch(r"[\d.]+", host), f"{name_of(path)} names {host}"


def rebound_constants(source: str) -> list[int]:
    """Lines that bind a name in capitals of another module anew, or one of their own from within a function."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        stored = node.attr if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) else ""
        if stored.isupper() or (isinstance(node, ast.Global) and any(name.isupper() for name in node.names)):
            lines.append(node.lineno)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "setattr":
            lines += [node.lineno for word in node.args if isinstance(word, ast.Constant) and str(word.value).rpartition(".")[2].isupper()]
    return lines


def test_no_constant_is_bound_anew() -> None:
    """kernel/python/tools/constants.py: compiled code holds the number, so a new value would reach CPython alone."""
    assert rebound_constants("arp.LIMIT = 3\nsetattr(arp, 'LIMIT', 4)\ndef f():\n    global LIMIT\n") == [1, 2, 4]
    files = below("pynet", ".py") + below("tests/pynet", ".py") + below("tests/suite", ".py")
    assert len(files) > 50
    found = [f"{name_of(path)}:{line}" for path in files for line in rebound_constants(path.read_text())]
    assert not found, "\n".join(found)


def test_readme_shows_the_tables_of_system_calls() -> None:
    """Issue 3: the machine-readable table, as README shows it."""
    text = calls_text.README.read_text(encoding="utf-8")
    assert calls_text.readme_with_section(text) == text, "python -m tests.calls_text writes the section anew"
