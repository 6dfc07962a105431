"""Fetch the mbedTLS source: any 3.6 release from 3.6.7 on, as Debian's archive serves and signs it.

usage: fetch.py DESTINATION

The tarball is looked for in the cache ($PYNET_CACHE, else ~/.cache/pynet) and then asked for from the Debian mirror
that this machine's own apt configuration names.  apt checks the archive's signature, the index and the tarball's
SHA-256; EXPECTED is only compared and told.  3.6.6 and older cannot be used: their client fails against a TLS 1.2
server with an RSA certificate.  4.x has no crypto API of its own.  When Debian moves on, this is the file to change.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

SUITES = ("forky", "sid", "trixie")
EXPECTED = {"3.6.7": "a7e8bcbec0e6f761b4af24f25677626b35f762f68eef79c08677a363212d11f6"}
TARBALL = re.compile(r"mbedtls_(3\.6\.(\d+))\.orig\.tar\.\w+")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class FetchError(Exception):
    """Why a source of the tarball was of no use."""


def say(text: str) -> None:
    print(f"mbedtls: {text}", file=sys.stderr, flush=True)


def acceptable(name: str) -> bool:
    """Whether the file's name is that of a release we can build: 3.6.z with 7 <= z < 100."""
    found = TARBALL.fullmatch(name)
    return found is not None and 7 <= int(found[2]) < 100


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def version_of(path: Path) -> str:
    found = TARBALL.fullmatch(path.name)
    assert found is not None
    return found[1]


def cache_folder() -> Path:
    named = os.environ.get("PYNET_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "pynet"


def from_cache(cache: Path) -> Path:
    """The newest acceptable tarball in the cache. One whose SHA-256 is known to be another is passed over."""
    paths = [path for path in cache.glob("mbedtls_3.6.*") if acceptable(path.name)]
    for path in sorted(paths, key=lambda path: int(version_of(path).split(".")[2]), reverse=True):
        found, wanted = sha256(path), EXPECTED.get(version_of(path))
        if wanted in (None, found):
            if wanted is None:
                say(f"{path} has SHA-256 {found}; none is on record for this version")
            return path
        say(f"{path} is passed over: SHA-256 {found}, expected {wanted}")
    raise FetchError(f"nothing usable in the cache {cache}")


def run(*command: str, folder: Path | None = None) -> str:
    """Output of a command; FetchError with its last lines of complaint when it fails or is not there."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FetchError(str(error)) from error
    if done.returncode:
        raise FetchError(" ".join(done.stderr.split()[-60:]) or f"{command[0]} failed")
    return done.stdout


def configured_archives() -> Iterator[str]:
    """URLs of the Debian archive in the machine's apt configuration, the main archive's only."""
    listed = run("apt-get", "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)")
    urls = [line.partition("|")[2] for line in listed.splitlines() if line.startswith("Debian|")]
    for source in sorted(Path("/etc/apt").glob("sources.list*")) + sorted(Path("/etc/apt/sources.list.d").glob("*")):
        if source.is_file() and source.suffix in (".list", ".sources"):
            lines = [line for line in source.read_text(errors="replace").splitlines() if not line.startswith("#")]
            urls += re.findall(r"\bhttps?://\S*/debian/?(?=\s|$)", "\n".join(lines))
    seen = dict.fromkeys(url.rstrip("/") for url in urls if "security" not in url)
    if not seen:
        raise FetchError("apt is not configured with a Debian archive")
    yield from seen


def from_archive(url: str, suite: str, folder: Path) -> Path:
    """Download the suite's mbedTLS source into a folder by an apt of its own, that knows this suite only."""
    for name in ("parts", "lists/partial", "cache/archives/partial", "download"):
        (folder / name).mkdir(parents=True)
    signed = f"[signed-by={KEYRING}] " if Path(KEYRING).exists() else ""
    (folder / "parts" / "source.list").write_text(f"deb-src {signed}{url} {suite} main\n")
    options = [
        word
        for setting in (
            "Dir::Etc::SourceList=/dev/null",
            f"Dir::Etc::SourceParts={folder}/parts",
            f"Dir::State::Lists={folder}/lists",
            f"Dir::Cache={folder}/cache",
            "APT::Sandbox::User=",
            "APT::Get::List-Cleanup=false",
            "Acquire::Languages=none",
            "APT::Update::Error-Mode=any",
            # A mirror that stands still has an index past its date; the signature and the accepted versions decide.
            "Acquire::Check-Valid-Until=false",
        )
        for word in ("-o", setting)
    ]
    run("apt-get", *options, "update")
    names = re.findall(r"mbedtls_\S+\.orig\.tar\.\w+(?=\s|$)", run("apt-cache", *options, "showsrc", "mbedtls"))
    if not any(acceptable(name) for name in names):
        raise FetchError("offers " + (", ".join(sorted(set(names))) or "no mbedtls"))
    run("apt-get", *options, "source", "--download-only", "mbedtls", folder=folder / "download")
    for path in (folder / "download").iterdir():
        if acceptable(path.name):
            return path
    raise FetchError("the tarball did not come")


def from_mirror(cache: Path) -> Path:
    """The first suite's acceptable tarball, put into the cache."""
    reasons = []
    for url in configured_archives():
        for suite in SUITES:
            with tempfile.TemporaryDirectory(prefix="pynet-mbedtls-") as folder:
                try:
                    path = from_archive(url, suite, Path(folder))
                except FetchError as error:
                    reasons.append(f"{suite}: {error}")
                    continue
                found, wanted = sha256(path), EXPECTED.get(version_of(path))
                if found != wanted:
                    say(f"note: {path.name} has SHA-256 {found}, on record is {wanted}; apt has verified it")
                cache.mkdir(parents=True, exist_ok=True)
                arriving = cache / f".{path.name}.{os.getpid()}"
                shutil.copyfile(path, arriving)
                return arriving.rename(cache / path.name)
    raise FetchError("no acceptable version (3.6.7 or a later 3.6) is served:\n  " + "\n  ".join(reasons))


def unpack(tarball: Path, destination: Path) -> None:
    """Unpack without the top folder. The destination appears whole or not at all."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unpack-", dir=destination.parent) as folder:
        with tarfile.open(tarball) as archive:
            archive.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(folder)
        (top,) = Path(folder).iterdir()
        try:
            top.rename(destination)
        except OSError:
            # Another build of the same tree was faster.
            if not destination.is_dir():
                raise


def main() -> int:
    destination = Path(sys.argv[1])
    if destination.is_dir():
        return 0
    cache = cache_folder()
    try:
        tarball = from_cache(cache)
    except FetchError:
        try:
            tarball = from_mirror(cache)
        except FetchError as error:
            say(
                f"{error}\n  Put an mbedtls_3.6.z.orig.tar.bz2 into {cache}, or change SUITES or the accepted "
                f"versions in lib/mbedtls/fetch.py."
            )
            return 1
    try:
        unpack(tarball, destination)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        say(f"{tarball} cannot be unpacked: {error}")
        return 1
    say(f"{tarball.name} unpacked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
