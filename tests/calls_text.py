"""README's section about system calls, made of the two tables (pynet.posix.supported, pynet.posix.table): `python -m tests.calls_text` writes it anew."""

from __future__ import annotations

import textwrap
from pathlib import Path

from pynet.posix import supported, table

README = Path(__file__).resolve().parent.parent / "README.md"
HEADING = "## System calls\n"
INTRODUCTION = """
Linux's, by name and number on x86-64; what is not named answers as Linux does for what it does not know, a call that is not here ENOSYS. In parentheses:
flags and commands that a call takes. Tests hold these tables against the code, and every word of them against the lines that `strace` prints of
`tests/user/suite` on Linux. A file can be mapped shared to be read; to be written it is refused (ENODEV).
(`python -m tests.calls_text` writes this section.)
"""
LEVELS = {0: "IPPROTO_IP", 1: "SOL_SOCKET", 6: "IPPROTO_TCP", 17: "IPPROTO_UDP", 255: "SOL_RAW", 263: "SOL_PACKET", 715: "IPPROTO_TLS"}
WIDTH = 150


def calls(rows: dict[str, tuple[str, ...]]) -> str:
    """Calls with their flags; where several have the same ones, these stand behind the last."""
    named: dict[tuple[str, ...], list[str]] = {}
    for call, flags in rows.items():
        named.setdefault(flags, []).append(call)
    texts = [" ".join(names) + (f" ({' '.join(flags)})" if flags else "") for flags, names in named.items()]
    return ", ".join(texts)


def options(level: int) -> str:
    """A level's options with what of them is less than on Linux."""
    texts = []
    for of, _, name, ways, less in table.OPTIONS:
        if of == level:
            notes = [note for note in ("read only" if ways == "get" else "write only" if ways == "set" else "", less) if note]
            texts.append(name + (f" ({'; '.join(notes)})" if notes else ""))
    return ", ".join(texts)


def section() -> str:
    """The section, from its heading to the end of its last line."""
    paragraphs = [
        ("Files and descriptors", calls(supported.FILES)),
        ("Processes", calls(supported.PROCESSES)),
        ("Memory", calls(supported.MEMORY)),
        ("Signals", calls(supported.SIGNALS)),
        ("Time", calls(supported.TIME)),
        ("Sockets and waiting", calls(table.CALLS)),
        ("Kinds of sockets", ", ".join(name for *_, name in table.SOCKETS)),
        *((f"Options, {name}", options(level)) for level, name in LEVELS.items()),
        ("ioctl on sockets", ", ".join(name for _, name in table.IOCTLS)),
        ("epoll", ", ".join(name for _, name in (*table.EPOLL_OPERATIONS, *table.EVENTS))),
        ("timerfd", ", ".join(name for _, name in table.CLOCKS)),
    ]
    rows = [textwrap.fill(f"- **{what}**: {text}", WIDTH, subsequent_indent="  ", break_on_hyphens=False) for what, text in paragraphs]
    return HEADING + INTRODUCTION + "\n" + "\n".join(rows) + "\n"


def readme_with_section(text: str) -> str:
    """README's text with the section as it has to be."""
    start = text.index(HEADING)
    end = text.index("\n## ", start + 1) + 1
    return text[:start] + section() + "\n" + text[end:]


if __name__ == "__main__":
    README.write_text(readme_with_section(README.read_text(encoding="utf-8")), encoding="utf-8")
