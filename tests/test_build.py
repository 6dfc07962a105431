"""The build, sentence by sentence of its promise: what is built, what is made again, where mbedTLS comes from."""

from __future__ import annotations

import bz2
import fcntl
import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pynet_qemu.build import BUILD_DIRECTORY, TOP, build


def ninja(directory: Path, *arguments: str) -> str:
    """What Ninja prints."""
    done = subprocess.run(["ninja", "-C", directory, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commands(directory: Path, *targets: str) -> dict[str, str]:
    """What each step on the way to the targets makes: its command."""
    steps = json.loads(ninja(directory, "--quiet", "-t", "compdb-targets", *targets))
    return {step["output"]: step["command"] for step in steps}


def make(directory: Path, *arguments: str) -> set[str]:
    """What Ninja makes; the arguments are targets, and "-n"."""
    targets = [word for word in arguments if word != "-n"]
    output_of = {command: output for output, command in commands(directory, *targets).items()}
    lines = ninja(directory, "-v", *arguments).splitlines()
    return {output_of[found[1]] for line in lines if (found := re.fullmatch(r"\[\d+/\d+\] (.+)", line))}


def due(directory: Path, *targets: str) -> set[str]:
    """What Ninja would make, were it asked for the targets; nothing is made."""
    return make(directory, "-n", *targets)


@contextmanager
def touched(path: Path) -> Iterator[None]:
    """The file as if it had been written just now."""
    before = path.stat()
    os.utime(path)
    try:
        yield
    finally:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@contextmanager
def nobody_else_builds() -> Iterator[None]:
    """The lock that pynet_qemu.build takes."""
    lock = os.open(BUILD_DIRECTORY, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def tracked(*patterns: str) -> set[Path]:
    """Files of the repository."""
    names = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=TOP, capture_output=True, text=True, check=True)
    return {TOP / name for name in names.stdout.split("\0") if name and (TOP / name).exists()}


def sources_of(*targets: str) -> set[Path]:
    """The files that Ninja reads on the way to the targets."""
    inputs = ninja(BUILD_DIRECTORY, "--quiet", "-t", "inputs", *targets).splitlines()
    return {Path(os.path.abspath(BUILD_DIRECTORY / name)) for name in inputs}


@pytest.fixture(scope="module")
def plan() -> None:
    """Ninja's plan of the build is that of the meson.build files."""
    build("build.ninja")


def test_the_tools_are_our_own_whoever_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another Ninja does not read our Ninja's log: it would build everything anew."""
    other = tmp_path / "ninja"
    other.write_text("#!/bin/sh\nexit 1\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    build("build.ninja")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the source tree, without what is fetched."""
    directory = tmp_path_factory.mktemp("copy") / "tree"
    for path in tracked() | tracked("--others", "--exclude-standard"):
        place = directory / path.relative_to(TOP)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


# What is built.


def test_every_source_is_built(plan: None) -> None:
    """What is in kernel/, pynet/ and lib/ is in the image, but what makes it a Linux program instead."""
    c = tracked("kernel/*.c", "kernel/*.S", "lib/*.c")
    wanted = c | tracked("kernel/*.pyx", "lib/*.pyx", "kernel/python/lib/*.py", "pynet/*.py")
    on_linux = {TOP / "kernel/python/hosted.c", TOP / "lib/mbedtls/entropy_linux.c"}
    built = sources_of("pynet.iso")
    assert wanted - built == on_linux
    assert not on_linux & built


def test_every_test_that_is_compiled_is_built(plan: None) -> None:
    """tests/pynet is in both programs that run it, the language programs in theirs."""
    ours, languages = tracked("tests/pynet/*.py"), tracked("tests/lang/programs/*.py")
    assert ours
    assert ours <= sources_of("pynet-tests.elf")
    assert ours <= sources_of("tests-hosted")
    assert languages
    assert languages <= sources_of("tests-lang")


def test_both_sides_of_the_language_tests_have_the_same_c(plan: None) -> None:
    """One translation a program; CPython's extension and our program are compiled from its C."""
    steps = commands(BUILD_DIRECTORY, "tests-lang")
    for path in tracked("tests/lang/programs/*.py"):
        parts = path.relative_to(TOP / "tests/lang/programs").with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        assert len([command for command in steps.values() if f" --module {name} " in command]) == 1
        compiled = [output for output, command in steps.items() if command.endswith(f" -c tests/lang/{name}.c")]
        assert len(compiled) == 2, name
        assert sum("/extensions/" in output for output in compiled) == 1, name


def test_the_flags_are_the_same_everywhere(plan: None) -> None:
    """Freestanding, no red zone; warnings are errors in our own C: not in what Cython wrote, not in mbedTLS."""
    steps = commands(BUILD_DIRECTORY, "pynet.iso")
    compiled = {output: command for output, command in steps.items() if output.endswith(".o")}
    assert len(compiled) > 200
    foreign = re.compile(r" -c (kernel/[\w.]+\.c|\S*lib/mbedtls/source/library/\w+\.c)$")
    for output, command in compiled.items():
        assert " -ffreestanding " in command, output
        assert " -nostdinc " in command, output
        assert " -mno-red-zone " in command, output
        assert foreign.search(command) or {"-Wall", "-Wextra", "-Werror"} <= set(command.split()), output
    translations = [command for command in steps.values() if "/translate.py " in command]
    unchecked = {re.findall(r" --unchecked (\S+)| -X ", command)[0] for command in translations if " --module " in command}
    assert unchecked == {"pynet.octets,pynet.checksum"}, "meson.build names two modules that check their ranges themselves"


def translated(words: list[str], directory: Path, *, alone: bool) -> subprocess.CompletedProcess[str]:
    """The translator with these words, its helper (if it may have one) in `directory`."""
    program = str(TOP / "kernel/python/tools/translate.py")
    command = [sys.executable, program] if not alone else [sys.executable, "-c", "import sys, translation; sys.exit(translation.main(sys.argv[1:]))"]
    paths = {"PYTHONPATH": str(TOP / "kernel/python/tools")}
    return subprocess.run([*command, "--root", str(TOP), *words], cwd=directory, env=os.environ | paths, capture_output=True, text=True, check=False)


def test_the_translators_helper_makes_what_the_translator_makes_alone(tmp_path: Path) -> None:
    """Loaded once, forked for each module: the same C, and the same complaint."""
    made = []
    for alone in (False, True):
        output = tmp_path / "sequence.c"
        done = translated(["--module", "pynet.tcp.sequence", "--output", str(output), str(TOP / "pynet/tcp/sequence.py")], tmp_path, alone=alone)
        assert (done.returncode, done.stderr) == (0, "")
        made.append(output.read_bytes())
        output.unlink()
    assert made[0] == made[1]
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def f(:\n")
    told = [translated(["--module", "wrong", "--output", str(tmp_path / "wrong.c"), str(wrong)], tmp_path, alone=alone) for alone in (False, True)]
    assert told[0].returncode == told[1].returncode == 1
    assert "wrong.py:1:6" in told[0].stderr
    assert told[0].stderr == told[1].stderr
    missing = translated(["--module", "none", "--output", "none.c", str(tmp_path / "none.py")], tmp_path, alone=False)
    assert missing.returncode == 1
    assert "none.py" in missing.stderr
    assert [path.name for path in tmp_path.glob(".translator-*") if path.is_socket()], "the helper ended with the error"


def test_what_builds_is_pinned() -> None:
    """One lock file; every package in it at one version, with hashes; and that is what runs here."""
    lock = (TOP / "qemu/requirements.lock").read_text().replace("\\\n", " ")
    pinned = [line.split() for line in lock.splitlines() if line.strip() and not line.startswith(("#", "--"))]
    for package, *hashes in pinned:
        assert re.fullmatch(r"[\w.\[\]-]+==[\w.]+", package), package
        assert hashes, package
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", word) for word in hashes), package
    names = {package.partition("==")[0].lower() for package, *_ in pinned}
    assert {"cython", "meson", "ninja", "pytest", "ruff", "mypy", "scapy", "hypothesis"} <= names


# What a change makes again.

SYMBOLS = ["pynet-second-symbols.S", "pynet.elf.p/meson-generated_.._pynet-second-symbols.S.o"]
IMAGE = ["pynet-first.elf", *SYMBOLS, "pynet.elf", "pynet.iso"]


def module_steps(name: str) -> list[str]:
    """What is made of one module: its C, the object, the archive."""
    archive = f"kernel/libkernel-{name}.a"
    return [f"kernel/{name}.c", f"{archive}.p/meson-generated_.._{name}.c.o", archive]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("pynet/init.py", "pynet.init"),
        ("pynet/__init__.py", "pynet"),
        ("kernel/python/lib/enum.py", "enum"),
        ("kernel/kernel.pyx", "kernel"),
    ],
)
def test_touching_one_module_recompiles_that_one(iso: Path, source: str, name: str) -> None:
    """One translation and one compilation, then the two links and the image, if no other reads its constants."""
    with nobody_else_builds():
        assert due(BUILD_DIRECTORY, iso.name) == set()
        with touched(TOP / source):
            assert due(BUILD_DIRECTORY, iso.name) == {*module_steps(name), *IMAGE}


def test_changing_one_module_recompiles_that_one(plan: None, copy: Path, tmp_path: Path) -> None:
    """Modules that read its constants are translated again, and their C, which is the same, is not compiled."""
    directory = tmp_path / "build"
    setup = ["meson", "setup", str(directory), str(copy), f"-Dmbedtls_source={TOP / 'lib/mbedtls/source'}"]
    subprocess.run(setup, stdout=subprocess.DEVNULL, check=True)
    names = [f"pynet.{name}" for name in ("ethernet", "ipv4", "icmp", "udp")]
    targets = [f"kernel/libkernel-{name}.a" for name in names]
    assert make(directory, *targets) >= {step for name in names for step in module_steps(name)}
    assert make(directory, *targets) == set()
    with (copy / "pynet/ipv4.py").open("a") as module:
        module.write("\n\ndef one_more() -> int:\n    return 1\n")
    made = make(directory, *targets)
    assert {output for output in made if not output.endswith(".c")} == set(module_steps("pynet.ipv4")[1:])
    assert "kernel/pynet.ipv4.c" in made
    assert "kernel/pynet.ethernet.c" not in made
    assert make(directory, *targets) == set()


def cimports(path: Path) -> set[Path]:
    """The .pxd files of pynet that a .pxd cimports."""
    found = set()
    for package, names in re.findall(r"^from (\S+) cimport (.+)$", path.read_text(), re.MULTILINE):
        for module in [package, *(f"{package}.{name.strip()}" for name in names.split(","))]:
            found.add(TOP / f"{module.replace('.', '/')}.pxd")
    return {pxd for pxd in found if pxd.exists()}


@pytest.mark.parametrize("source", ["pynet/checksum.pxd", "pynet/tcp/rto.pxd", "pynet/udp.pxd"])
def test_touching_a_pxd_retranslates_all_that_cimport_it(iso: Path, source: str) -> None:
    """Through other .pxd files, too, and no other module."""
    stale = {TOP / source}
    while more := {pxd for pxd in (TOP / "pynet").rglob("*.pxd") if pxd not in stale and cimports(pxd) & stale}:
        stale |= more
    names = [".".join(pxd.relative_to(TOP).with_suffix("").parts) for pxd in stale]
    with nobody_else_builds(), touched(TOP / source):
        made = due(BUILD_DIRECTORY, iso.name)
    assert {output for output in made if output.endswith(".c")} == {f"kernel/{name}.c" for name in names}
    assert made == {*(step for name in names for step in module_steps(name)), *IMAGE}


# Where mbedTLS comes from. The mirror is a Debian archive on this machine: it is not signed, so apt is told to let that
# pass, but in the test of the signature.

UNSIGNED_IS_WELL = 'Acquire::AllowInsecureRepositories "true";\nAPT::Get::AllowUnauthenticated "true";\n'
HERE_WITHOUT_PROXY = 'Acquire::http::Proxy::127.0.0.1 "DIRECT";\n'


def tarball_of(version: str) -> bytes:
    """A source tarball with one file, which tells the version."""
    written, text = io.BytesIO(), version.encode()
    with tarfile.open(fileobj=written, mode="w") as archive:
        member = tarfile.TarInfo(f"mbedtls-{version}/VERSION")
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
    return bz2.compress(written.getvalue())


class Archive:
    """A Debian archive whose suite `sid` has mbedTLS as source; what is asked of it is in `asked`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        archive = self

        class Handler(SimpleHTTPRequestHandler):
            def log_request(self, code: Any = "-", size: Any = "-") -> None:
                archive.asked.append(self.path)

            def log_message(self, format: str, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def offer(self, version: str, served: bytes | None = None) -> None:
        """The tarball of a version is listed; `served` comes in its place."""
        tarball, description = tarball_of(version), b"Format: 3.0 (quilt)\n"
        files = {f"mbedtls_{version}-1.dsc": description, f"mbedtls_{version}.orig.tar.bz2": tarball}
        sums = [
            "".join(f"\n {hashlib.new(kind, data).hexdigest()} {len(data)} {name}" for name, data in files.items())
            for kind in ("md5", "sha256")
        ]
        sources = (
            f"Package: mbedtls\nBinary: libmbedtls-dev\nVersion: {version}-1\nMaintainer: nobody\nArchitecture: any\n"
            f"Format: 3.0 (quilt)\nDirectory: pool\nFiles:{sums[0]}\nChecksums-Sha256:{sums[1]}\n\n"
        ).encode()
        suite, pool = self.folder / "dists/sid", self.folder / "pool"
        (suite / "main/source").mkdir(parents=True)
        pool.mkdir()
        (suite / "main/source/Sources").write_bytes(sources)
        (suite / "Release").write_text(
            "Origin: Debian\nSuite: sid\nCodename: sid\nComponents: main\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n"
            f"SHA256:\n {hashlib.sha256(sources).hexdigest()} {len(sources)} main/source/Sources\n"
        )
        for name, data in files.items():
            (pool / name).write_bytes(data if served is None or name.endswith(".dsc") else served)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """One that serves, with nothing in it yet."""
    (tmp_path / "archive").mkdir()
    archive = Archive(tmp_path / "archive")
    thread = threading.Thread(target=archive.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield archive
    archive.server.shutdown()
    thread.join()
    archive.server.server_close()


class Fetch:
    """lib/mbedtls/fetch.py with a cache and a destination of its own."""

    def __init__(self, module: ModuleType, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.module, self.capsys = module, capsys
        self.cache, self.source = folder / "cache", folder / "source"
        self.cache.mkdir()

    def __call__(self) -> tuple[int, str]:
        """Its exit status, and what it said."""
        return self.module.main(), self.capsys.readouterr().err

    def cached(self) -> list[str]:
        return sorted(path.name for path in self.cache.iterdir())


@pytest.fixture
def fetch(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Fetch:
    """It knows the archive and no other."""
    spec = importlib.util.spec_from_file_location("fetch", TOP / "lib/mbedtls/fetch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    fetch = Fetch(module, tmp_path, capsys)
    monkeypatch.setattr(module, "configured_archives", lambda: iter([archive.url]))
    monkeypatch.setattr(sys, "argv", ["fetch.py", str(fetch.source)])
    monkeypatch.setenv("PYNET_CACHE", str(fetch.cache))
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    (tmp_path / "apt.conf").write_text(UNSIGNED_IS_WELL + HERE_WITHOUT_PROXY)
    return fetch


@pytest.mark.parametrize("version", ["3.6.7", "3.6.12"])
def test_an_acceptable_release_is_fetched_once(archive: Archive, fetch: Fetch, version: str) -> None:
    """It is unpacked and kept in the cache, from where the next build takes it without a network."""
    archive.offer(version)
    fetch.module.EXPECTED = {"3.6.7": hashlib.sha256(tarball_of("3.6.7")).hexdigest()}
    assert fetch()[0] == 0
    assert (fetch.source / "VERSION").read_text() == version
    assert fetch.cached() == [f"mbedtls_{version}.orig.tar.bz2"]
    shutil.rmtree(fetch.source)
    archive.asked.clear()
    assert fetch()[0] == 0
    assert (fetch.source / "VERSION").read_text() == version
    assert archive.asked == []


@pytest.mark.parametrize("version", ["3.6.6", "3.7.0", "4.0.0"])
def test_without_an_acceptable_release_the_error_names_the_file_to_change(
    archive: Archive, fetch: Fetch, version: str
) -> None:
    """And what is offered instead."""
    archive.offer(version)
    status, said = fetch()
    assert status == 1
    assert "no acceptable version (3.6.7 or a later 3.6) is served" in said
    assert f"sid: offers mbedtls_{version}.orig.tar.bz2" in said
    assert "lib/mbedtls/fetch.py" in said
    assert set(re.findall(r"\S+/\S+\.(?:py|build|options|lock)\b", said)) == {"lib/mbedtls/fetch.py"}
    assert not fetch.source.exists()
    assert fetch.cached() == []


def test_an_archive_that_debian_has_not_signed_is_refused(archive: Archive, fetch: Fetch, tmp_path: Path) -> None:
    """apt's own rule, which nothing here weakens."""
    (tmp_path / "apt.conf").write_text(HERE_WITHOUT_PROXY)
    archive.offer("3.6.7")
    status, said = fetch()
    assert status == 1
    assert "is not signed" in said
    assert not fetch.source.exists()


def test_a_tarball_that_is_not_the_one_the_index_lists_is_refused(archive: Archive, fetch: Fetch) -> None:
    """By its size or its SHA-256, whichever shows it."""
    true = tarball_of("3.6.7")
    archive.offer("3.6.7", served=true[:40] + bytes([true[40] ^ 1]) + true[41:])
    status, said = fetch()
    assert status == 1
    assert "sid: E: Failed to fetch" in said
    assert not fetch.source.exists()
    assert fetch.cached() == []


def test_a_corrupted_tarball_in_the_cache_is_passed_over(archive: Archive, fetch: Fetch) -> None:
    """Another SHA-256 than the one on record: it is fetched again."""
    archive.offer("3.6.8")
    fetch.module.EXPECTED = {"3.6.7": hashlib.sha256(tarball_of("3.6.7")).hexdigest()}
    (fetch.cache / "mbedtls_3.6.7.orig.tar.bz2").write_bytes(tarball_of("3.6.7")[:-1])
    status, said = fetch()
    assert status == 0
    assert "is passed over: SHA-256" in said
    assert (fetch.source / "VERSION").read_text() == "3.6.8"


def test_a_cached_tarball_that_cannot_be_unpacked_is_told(fetch: Fetch) -> None:
    """Of a version without a SHA-256 on record; no half of it is left behind."""
    tarball = fetch.cache / "mbedtls_3.6.9.orig.tar.bz2"
    tarball.write_bytes(tarball_of("3.6.9")[:60])
    status, said = fetch()
    assert status == 1
    assert f"{tarball} cannot be unpacked" in said
    assert not fetch.source.exists()


def test_without_mbedtls_the_set_up_fails_and_says_so(copy: Path, tmp_path: Path) -> None:
    """Meson shows the error: no cache, and an apt that serves nothing."""
    apt = tmp_path / "bin/apt-get"
    apt.parent.mkdir()
    apt.write_text("#!/bin/sh\necho 'no network' >&2\nexit 100\n")
    apt.chmod(0o755)
    environment = os.environ | {"PYNET_CACHE": str(tmp_path / "cache"), "PATH": f"{apt.parent}:{os.environ['PATH']}"}
    setup = ["meson", "setup", str(tmp_path / "build"), str(copy)]
    done = subprocess.run(setup, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "mbedTLS could not be fetched" in done.stdout
    assert "lib/mbedtls/fetch.py" in done.stdout
    assert not (copy / "lib/mbedtls/source").exists()
