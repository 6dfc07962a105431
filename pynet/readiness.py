"""Who waits for what: the poll bits, a pending wait, and the queue of those who wait on one thing.

Waiting is written once: whatever can become ready has a WaitQueue and calls `wake` when the answer of its `poll()` may have changed. A thread,
a coroutine and a test in virtual time register the same Waiter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# poll(2)'s bits, with Linux's values.
POLLIN = 0x001
POLLPRI = 0x002
POLLOUT = 0x004
POLLERR = 0x008
POLLHUP = 0x010
POLLNVAL = 0x020
POLLRDHUP = 0x2000


def sooner(one: int, other: int) -> int:
    """The earlier of two deadlines, each of which may be -1 for never."""
    if one < 0 or 0 <= other < one:
        return other
    return one


def nothing() -> None:
    """The `changed` of what nobody watches."""


class Waiter:
    """One pending wait. `woken` becomes true once, and `notify(self)` is then called once.

    `deadline` (microseconds, -1 for none) is for the loop that times it; `timed_out` tells which of the two ended the wait. `gate` is what a
    thread sleeps on.
    """

    __slots__ = ("deadline", "gate", "notify", "timed_out", "woken")

    def __init__(self, notify: Callable[[Waiter], None]) -> None:
        self.notify = notify
        self.woken = False
        self.timed_out = False
        self.deadline = -1
        self.gate: Any = None

    def wake(self) -> None:
        """End the wait. A second call does nothing."""
        if not self.woken:
            self.woken = True
            self.notify(self)


class WaitQueue:
    """Those who wait on one thing. Bounded by the number of threads and tasks (loop.MAX_TASKS), each of which waits once on it."""

    __slots__ = ("waiters",)

    def __init__(self) -> None:
        self.waiters: list[Waiter] = []

    def add(self, waiter: Waiter) -> None:
        """Register `waiter`: the next wake ends it."""
        self.waiters.append(waiter)

    def discard(self, waiter: Waiter) -> None:
        """Forget `waiter`, if it is here."""
        if waiter in self.waiters:
            self.waiters.remove(waiter)

    def wake(self) -> None:
        """Wake all who wait; each looks at poll() again and waits anew if it must."""
        if self.waiters:
            waiters = self.waiters
            self.waiters = []
            for waiter in waiters:
                waiter.wake()
