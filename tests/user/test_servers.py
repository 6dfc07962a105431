"""An unmodified server: redis from Debian's own source, static by musl, in ring 3; on the host its own clients, and one that checks every reply."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import Guest
from pynet_qemu.build import BUILD_DIRECTORY, TOP
from pynet_qemu.lab import Lab

sys.path.insert(0, str(TOP / "lib/mbedtls"))

from fetch import cache_folder, configured_archives

SCRATCH = BUILD_DIRECTORY / "tests/user/servers"
ADDRESS = "10.0.2.15"
CONNECTIONS = 50
REQUESTS, MANY_REQUESTS = 2_000, 100_000


def tarball(package: str) -> Path:
    """The upstream tarball of a source package of this machine's Debian: from the cache, else from its mirror by an apt that checks the signatures."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    if found := sorted(cache.glob(f"{package}_*.orig.tar.*z*")):
        return found[-1]
    with tempfile.TemporaryDirectory(prefix="pynet-source-") as scratch:
        folder = Path(scratch)
        for name in ("parts", "lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True)
        suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
        archive = next(configured_archives())
        (folder / "parts/source.list").write_text(f"deb-src {archive} {suite} main\n")
        settings = (
            "Dir::Etc::SourceList=/dev/null", f"Dir::Etc::SourceParts={folder}/parts", f"Dir::State::Lists={folder}/lists",
            f"Dir::Cache={folder}/cache", "APT::Sandbox::User=", "APT::Update::Error-Mode=any", "Acquire::Languages=none",
        )  # fmt: skip
        apt = ["apt-get", "-qq", *(word for setting in settings for word in ("-o", setting))]
        for words in (["update"], ["source", "--download-only", package]):
            subprocess.run([*apt, *words], cwd=folder, check=True, stdout=2)
        (arrived,) = folder.glob(f"{package}_*.orig.tar.*z*")
        arriving = cache / f".{arrived.name}.{os.getpid()}"
        shutil.copyfile(arrived, arriving)
        return arriving.rename(cache / arrived.name)


def debian_source(package: str) -> Path:
    """The unpacked upstream source."""
    there = SCRATCH / package
    if not there.exists():
        fresh = SCRATCH / f"{package}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        subprocess.run(["tar", "xf", str(tarball(package)), "-C", str(fresh), "--strip-components=1"], check=True)
        fresh.rename(there)
    return there


def redis(program: str) -> Path:
    """redis-server or a client of it as Debian has their source, without anything shared; built once."""
    source = debian_source("redis") / "src"
    if not (source / program).exists():
        make = ["make", "-s", "-j2", "CC=musl-gcc", "CFLAGS=-static", "LDFLAGS=-static", "MALLOC=libc", "OPTIMIZATION=-O1"]
        subprocess.run([*make, "redis-server", "redis-cli", "redis-benchmark"], cwd=source, check=True, stdout=2)
    return source / program


CLIENT = """
import select, socket, sys
connections, requests = int(sys.argv[1]), int(sys.argv[2])
def command(*words):
    return b"*%d\\r\\n" % len(words) + b"".join(b"$%d\\r\\n%s\\r\\n" % (len(word), word) for word in words)
def conversation(me):
    # Pairs of what is asked and what must come back.
    n = 0
    while True:
        key, value = b"key:%d:%d" % (me, n % 50), b"value %d of %d" % (n, me) * (1 + n % 7)
        yield command(b"SET", key, value), b"+OK\\r\\n"
        yield command(b"GET", key), b"$%d\\r\\n%s\\r\\n" % (len(value), value)
        yield command(b"INCR", b"count:%d" % me), b":%d\\r\\n" % (n + 1)
        yield command(b"GET", b"nothing"), b"$-1\\r\\n"
        n += 1
class Connection:
    def __init__(self, me):
        self.socket = socket.create_connection(("10.0.2.15", 6379), 60)
        self.talk, self.got, self.done = conversation(me), b"", 0
        self.ask()
    def ask(self):
        request, self.expected = next(self.talk)
        self.socket.sendall(request)
    def read(self):
        data = self.socket.recv(65536)
        assert data, "the server hung up"
        self.got += data
        assert self.expected.startswith(self.got), (self.got, self.expected)
        if self.got == self.expected:
            self.got, self.done = b"", self.done + 1
            return True
all_of_them = [Connection(me) for me in range(connections)]
by_socket = {c.socket: c for c in all_of_them}
total = 0
while total < requests:
    ready, _, _ = select.select(list(by_socket), [], [], 60)
    assert ready, "no answer for a minute"
    for s in ready:
        if by_socket[s].read():
            total += 1
            by_socket[s].ask()
print(total, min(c.done for c in all_of_them) > 0)
"""


def ask(lab: Lab, *words: str) -> str:
    """What redis-cli prints."""
    return lab.namespace.run(str(redis("redis-cli")), "-h", ADDRESS, *words, timeout=60).strip()


def serve(lab: Lab, directory: Path, requests: int, patience: float) -> None:
    """The server takes that many requests over CONNECTIONS connections, once with every reply checked and once of its own benchmark, and ends as it should."""
    words = ["--save", "", "--appendonly", "no", "--protected-mode", "no", "--bind", "0.0.0.0"]
    with Guest(lab, directory, redis("redis-server"), *words) as guest:
        guest.wait_for("Ready to accept connections")
        assert (ask(lab, "SET", "greeting", "hello"), ask(lab, "GET", "greeting"), ask(lab, "PING")) == ("OK", "hello", "PONG")
        told = lab.namespace.run(sys.executable, "-c", CLIENT, str(CONNECTIONS), str(requests), timeout=patience).split()
        assert int(told[0]) >= requests
        assert told[1] == "True"
        assert ask(lab, "CONFIG", "RESETSTAT") == "OK"
        load = ["-h", ADDRESS, "-c", str(CONNECTIONS), "-n", str(requests), "-t", "incr", "--csv"]
        measured = lab.namespace.run(str(redis("redis-benchmark")), *load, timeout=patience)
        assert re.search(r'^"INCR",', measured, re.MULTILINE), measured
        # What the benchmark sent has been done, all of it and nothing twice.
        assert ask(lab, "GET", "counter:__rand_int__") == str(requests)
        assert f"cmdstat_incr:calls={requests}," in ask(lab, "INFO", "commandstats")
        ended = guest.end()
        assert ended.status == 0
        assert "Redis is now ready to exit, bye bye..." in ended.text


# The first run builds the server, which takes some minutes.
@pytest.mark.timeout(1800)
def test_redis_serves_fifty_connections(start_lab: Callable[..., Lab], artifacts: Path) -> None:
    serve(start_lab(), artifacts / "guest", REQUESTS, 200)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_redis_serves_a_hundred_thousand_requests(start_lab: Callable[..., Lab], artifacts: Path) -> None:
    serve(start_lab(), artifacts / "guest", MANY_REQUESTS, 3000)
