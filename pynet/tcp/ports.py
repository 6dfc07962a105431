"""Ephemeral ports, chosen at random (RFC 6056 §3.3.1, algorithm 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Linux's range: 28,232 ports, outside of which services live.
FIRST = 32768
LAST = 60999


def choose(random: int, is_free: Callable[[int], bool]) -> int:
    """The first free port from a random start on; 0 if none is free. random: at least 16 random bits."""
    count = LAST - FIRST + 1
    start = random % count
    for step in range(count):
        port = FIRST + (start + step) % count
        if is_free(port):
            return port
    return 0
