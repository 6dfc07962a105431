"""What every test of pynet uses: equality that tells both sides, an exception that must come, tables, and random numbers from a seed.

Nothing here but plain Python: these tests also run compiled, on Linux and in the booted image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


def eq(actual: Any, expected: Any, what: str = "") -> None:
    """Both are equal, or AssertionError says what they are."""
    if not actual == expected:
        raise AssertionError((what + ": " if what else "") + repr(actual) + " is not " + repr(expected))


def raises(exception: type[BaseException], call: Callable[..., Any], *args: Any) -> BaseException:
    """`call(*args)` raises `exception`, which is returned."""
    try:
        result = call(*args)
    except exception as error:
        return error
    raise AssertionError("no " + exception.__name__ + " but " + repr(result))


def table(rows: Iterable[tuple[Any, ...]], check: Callable[..., None]) -> None:
    """check(*row) for each row; a failure names its row."""
    for row in rows:
        try:
            check(*row)
        except AssertionError as error:
            raise AssertionError("row " + repr(row) + ": " + str(error)) from error


class Random:
    """Random numbers that are the same everywhere: a 64-bit linear congruential generator (Knuth's MMIX constants)."""

    def __init__(self, seed: int) -> None:
        self.state = seed & 0xFFFFFFFFFFFFFFFF

    def below(self, limit: int) -> int:
        """An integer in [0, limit), limit at most 2**32."""
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return ((self.state >> 32) * limit) >> 32

    def octets(self, count: int) -> bytes:
        """`count` random bytes."""
        return bytes([self.below(256) for _ in range(count)])
