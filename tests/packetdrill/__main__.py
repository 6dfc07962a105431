"""run [--profile linux|bsd|pynet] PATH...: run packetdrill scripts, files or directories of them; a line for each, the first mismatch below it."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.packetdrill.parser import chosen, parse
from tests.packetdrill.runner import Runner, Settings
from tests.packetdrill.script import ScriptError
from tests.packetdrill.settings import PROFILES
from tests.packetdrill.skips import reason_to_skip

# Seconds of the real clock that a script may take; virtual hours take less than one.
PATIENCE = 30


@contextmanager
def hurried() -> Iterator[None]:
    """TimeoutError when a script spins."""

    def late(number: int, frame: object) -> None:
        raise TimeoutError(f"the script did not end within {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def run_text(text: str, profile: str, options: Sequence[tuple[int, str, str]] = ()) -> tuple[str, int, str]:
    """("passed" | "failed" | "skipped", the line, what was wrong or why it was not run)."""
    try:
        text = chosen(text, profile)
        reason = reason_to_skip(text)
        if reason:
            return "skipped", 0, reason
        Runner(parse(text), profile, options).run()
    except ScriptError as error:
        return "failed", error.line, str(error)
    except Exception as error:  # noqa: BLE001 (one script may not end the run of the others)
        return "failed", 0, f"{type(error).__name__}: {error}"
    return "passed", 0, ""


def scripts(paths: list[Path]) -> list[Path]:
    """Files as they are given, directories with all the scripts below them."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.pkt")) if path.is_dir() else [path]
    return found


def profile_of(path: Path, otherwise: str) -> str:
    """What its name ends with, as in what.bsd.pkt."""
    ending = path.stem.rpartition(".")[2]
    return ending if ending in PROFILES else otherwise


def report(path: Path, profile: str, given: Sequence[tuple[int, str, str]] = ()) -> str:
    """Run a script, on the profile that its name may end with, and print what became of it: "passed", "failed" or "skipped"."""
    profile = profile_of(path, profile)
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        outcome, line, what = "failed", 0, str(error)
    else:
        with hurried():
            outcome, line, what = run_text(text, profile, given)
    place = f"{path}:{line}" if line else str(path)
    print(f"{outcome:7} {place}" + (f": {what}" if what else ""), flush=True)
    return outcome


def main() -> int:
    """The exit status: 0 unless a script failed or there was none."""
    epilog = "packetdrill's own options may be given too, as --name=value: they hold for each script that does not say otherwise"
    options = argparse.ArgumentParser(prog="tests/packetdrill/run", description=__doc__, epilog=epilog)
    options.add_argument("--profile", choices=sorted(PROFILES), default="linux", help="whose defaults to take where they differ")
    options.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a script, or a directory of scripts (*.pkt)")
    arguments, words = options.parse_known_args()
    given = [(0, *word.removeprefix("--").partition("=")[::2]) for word in words]
    try:
        for option in given:
            Settings().set(*option)
    except ScriptError as error:
        options.error(str(error))
    outcomes = [report(path, arguments.profile, given) for path in scripts(arguments.paths)]
    counts = {outcome: outcomes.count(outcome) for outcome in ("passed", "failed", "skipped")}
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 0 if outcomes and not counts["failed"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
