"""Sequence numbers (RFC 9293 §3.4): 32 bits, compared modulo 2**32.

All take and return plain integers in [0, 2**32). An order exists only between numbers less than 2**31 apart; at exactly 2**31 `lt` says yes
both ways, which no window reaches (RFC 7323 §2.3 keeps windows below 2**30).
"""

from __future__ import annotations

MASK = 0xFFFFFFFF
HALF = 0x80000000


def add(a: int, n: int) -> int:
    """a + n. `n` may be negative."""
    return (a + n) & MASK


def distance(a: int, b: int) -> int:
    """How far `b` is after `a`, in [0, 2**32)."""
    return (b - a) & MASK


def lt(a: int, b: int) -> bool:
    """a < b."""
    return ((a - b) & HALF) != 0


def le(a: int, b: int) -> bool:
    """a <= b."""
    return ((b - a) & HALF) == 0


def between(low: int, x: int, high: int) -> bool:
    """low <= x <= high."""
    return ((x - low) & MASK) <= ((high - low) & MASK)


def later(a: int, b: int) -> int:
    """The greater of the two."""
    return b if lt(a, b) else a
