"""The guest's serial console: lines as they come, each with the time it came, and waiting for them with deadlines."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import IO, NamedTuple

#: Terminal control (ECMA-48) that firmware and boot loader print: it would clear the user's screen.
_CONTROL = re.compile(r"\x1b(\[[0-9;?=]*[A-Za-z]|[()][0-9A-B]|[=>c])|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]")


class Line(NamedTuple):
    """One line of the console and when it was complete, in seconds of time.monotonic()."""

    text: str
    at: float


class ConsoleError(Exception):
    """What was waited for did not come; the text tells what did."""


class Console:
    """Reads `stream` to its end in a thread of its own. `on_line` is called in that thread for every line."""

    def __init__(self, stream: IO[bytes], on_line: Callable[[str], None] = lambda text: None) -> None:
        self.lines: list[Line] = []
        self.ended = False
        self._stream, self._on_line = stream, on_line
        self._changed = threading.Condition()
        self._cursor = 0
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for raw in self._stream:
            text = _CONTROL.sub("", raw.decode("utf-8", errors="replace")).rstrip("\r\n")
            with self._changed:
                self.lines.append(Line(text, time.monotonic()))
                self._changed.notify_all()
            self._on_line(text)
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def next_line(self, timeout: float) -> str | None:
        """The next line that was not handed out yet, or None after `timeout` seconds (inf: never) or at the end (then `ended`)."""
        with self._changed:
            patience = min(max(timeout, 0.0), threading.TIMEOUT_MAX)
            self._changed.wait_for(lambda: self.ended or len(self.lines) > self._cursor, patience)
            if len(self.lines) <= self._cursor:
                return None
            self._cursor += 1
            return self.lines[self._cursor - 1].text

    def expect(self, wanted: str, timeout: float) -> str:
        """Hand out lines up to the first that contains `wanted` and return it; ConsoleError after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (line := self.next_line(deadline - time.monotonic())) is not None:
            if wanted in line:
                return line
        reason = "the console ended" if self.ended else f"{timeout:g} s passed"
        last_lines = "\n".join(f"    {line.text}" for line in self.lines[-15:])
        raise ConsoleError(f"{reason} without {wanted!r}; the last lines were:\n{last_lines}")

    def text(self) -> str:
        """Everything printed so far."""
        with self._changed:
            return "\n".join(line.text for line in self.lines)

    def join(self, timeout: float) -> None:
        """Wait until the end of the stream."""
        self._thread.join(timeout)
