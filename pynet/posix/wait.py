"""The one wait: for any of several descriptions, until a deadline, by a thread or by a coroutine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT

if TYPE_CHECKING:
    from pynet.net import Stack
    from pynet.posix.description import FileDescription
    from pynet.readiness import Waiter, WaitQueue

    Interest = tuple[FileDescription, int]

# What poll(2) reports whether it was asked for or not.
ALWAYS = POLLERR | POLLHUP | POLLNVAL


# The same as POLLIN and POLLOUT by other names, which descriptions need not know.
POLLRDNORM = 0x040
POLLWRNORM = 0x100


def widened(bits: int) -> int:
    """poll()'s answer by all of its names."""
    return bits | (POLLRDNORM if bits & POLLIN else 0) | (POLLWRNORM if bits & POLLOUT else 0)


def narrowed(events: int) -> int:
    """What a description is to be asked for."""
    return events | (POLLIN if events & POLLRDNORM else 0) | (POLLOUT if events & POLLWRNORM else 0)


def ready(interests: list[Interest]) -> list[Interest]:
    """Those of `interests` that hold now, each with the events that do."""
    answers = []
    for description, events in interests:
        held = description.poll() & (events | ALWAYS)
        if held:
            answers.append((description, held))
    return answers


def wait(stack: Stack, interests: list[Interest], deadline: int = -1) -> list[Interest]:
    """Park the calling thread until one of `interests` holds; [] when `deadline` (microseconds, -1: none) came first.

    RuntimeError on the loop's own thread. Everything read before the call is stale after it.
    """
    while True:
        answers = ready(interests)
        if answers or (0 <= deadline <= stack.now()):
            return answers
        news(stack, interests, deadline)


def news(stack: Stack, interests: list[Interest], deadline: int = -1) -> None:
    """Sleep until something changes about one of `interests`, or `deadline`; nobody is asked whether it holds. OSError EINTR."""
    waiter = stack.blocker.new_waiter()
    register(interests, waiter)
    try:
        stack.leave()
        stack.blocker.block(stack, waiter, deadline)
    finally:
        withdraw(interests, waiter)


def park(stack: Stack, queue: WaitQueue, deadline: int = -1) -> None:
    """Sleep once, until `queue` wakes its waiters or `deadline` comes. OSError EINTR. The caller looks again at what it waits for."""
    waiter = stack.blocker.new_waiter()
    queue.add(waiter)
    try:
        stack.leave()
        stack.blocker.block(stack, waiter, deadline)
    finally:
        queue.discard(waiter)


async def wait_async(stack: Stack, interests: list[Interest], deadline: int = -1) -> list[Interest]:
    """`wait` for a coroutine of the stack's loop."""
    while True:
        answers = ready(interests)
        if answers or (0 <= deadline <= stack.now()):
            return answers
        await news_async(stack, interests, deadline)


async def news_async(stack: Stack, interests: list[Interest], deadline: int = -1) -> None:
    """Wait, as a coroutine, until something changes about one of `interests`, or `deadline`.

    For who has just tried in vain and will try again: nobody is asked whether it holds.
    """
    waiter = stack.loop.new_waiter()
    register(interests, waiter)
    try:
        await stack.loop.park(waiter, deadline)
    finally:
        withdraw(interests, waiter)


def register(interests: list[Interest], waiter: Waiter) -> None:
    """Have `waiter` woken by a change of any of `interests`."""
    for interest in interests:
        queue = interest[0].waiters
        queue.add(waiter)


def withdraw(interests: list[Interest], waiter: Waiter) -> None:
    """Undo `register`."""
    for interest in interests:
        queue = interest[0].waiters
        queue.discard(waiter)
