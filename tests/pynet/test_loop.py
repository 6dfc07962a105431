"""The loop: tasks, timers, joining, cancelling (pynet/loop.py, pynet/readiness.py)."""

from __future__ import annotations

from pynet import loop as loops
from pynet.loop import Cancelled, Loop, Task
from pynet.readiness import Waiter, WaitQueue
from tests.support import eq, raises


class Crashes:
    """Collects what the loop says of tasks that failed."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def crashed(self, task: Task, error: BaseException) -> None:
        self.told.append(task.name + ": " + str(error))


async def give(value: int) -> int:
    return value


async def fail() -> None:
    raise ValueError("on purpose")


def test_a_task_runs_and_is_joined() -> None:
    loop = Loop(Crashes().crashed)

    async def joiner(task: Task) -> int:
        result: int = await task.join()
        return result + 1

    first = loop.spawn(give(1), "first")
    second = loop.spawn(joiner(first), "second")
    early = loop.spawn(joiner(second), "third")
    for _ in range(5):
        loop.run(0)
    eq((first.result, second.result, early.result), (1, 2, 3))
    eq((loop.next_deadline(), len(loop.tasks)), (-1, 0))
    first.cancel()
    eq(first.error, None)


def test_an_exception_goes_to_who_joins_or_is_told() -> None:
    crashes = Crashes()
    loop = Loop(crashes.crashed)
    loop.spawn(fail(), "alone")
    loop.run(0)
    eq(crashes.told, ["alone: on purpose"])

    async def joiner(task: Task) -> None:
        await task.join()

    failing = loop.spawn(fail(), "watched")
    task = loop.spawn(joiner(failing), "watcher")
    # The watcher waits before the other fails.
    loop.ready.reverse()
    for _ in range(3):
        loop.run(0)
    assert isinstance(task.error, ValueError)
    eq(crashes.told, ["alone: on purpose", "watcher: on purpose"])


def test_a_task_sleeps_until_its_time() -> None:
    loop = Loop(Crashes().crashed)
    woken: list[int] = []

    async def sleeper(until: int) -> None:
        await loop.sleep_until(until)
        woken.append(until)

    for until in (30, 10, 20):
        loop.spawn(sleeper(until), "sleeper")
    loop.run(0)
    eq(loop.next_deadline(), 10)
    loop.run(25)
    eq(woken, [10, 20])
    loop.run(30)
    eq(woken, [10, 20, 30])


def test_cancel_throws_where_the_task_waits() -> None:
    crashes = Crashes()
    loop = Loop(crashes.crashed)
    ends: list[str] = []

    async def patient(queue: WaitQueue) -> None:
        waiter = loop.new_waiter()
        queue.add(waiter)
        try:
            await loop.park(waiter)
        except Cancelled:
            ends.append("cancelled")
            raise

    queue = WaitQueue()
    task = loop.spawn(patient(queue), "patient")
    loop.run(0)
    task.cancel()
    loop.run(0)
    eq((ends, task.done, crashes.told), (["cancelled"], True, []))
    never_ran = loop.spawn(patient(queue), "never ran")
    never_ran.cancel()
    loop.run(0)
    assert isinstance(never_ran.error, Cancelled)


def test_what_was_woken_before_it_is_awaited_does_not_wait() -> None:
    loop = Loop(Crashes().crashed)

    async def quick() -> bool:
        waiter = loop.new_waiter()
        waiter.wake()
        waiter.wake()
        return bool(await loop.park(waiter, 100))

    task = loop.spawn(quick(), "quick")
    loop.run(0)
    eq((task.result, loop.timers), (True, []))


def test_a_wait_that_ended_early_leaves_no_deadline() -> None:
    loop = Loop(Crashes().crashed)
    waiter = Waiter(lambda _: None)
    loop.add_timer(waiter, 50)
    eq(loop.next_deadline(), 50)
    waiter.wake()
    eq(loop.next_deadline(), -1)
    loop.add_timer(waiter, 60)
    loop.run(70)
    eq(waiter.timed_out, False)
    for at in range(loops.MAX_TIMERS + 1):
        loop.add_timer(waiter, at)
    eq(loop.timers, [])


def test_tasks_are_bounded() -> None:
    loop = Loop(Crashes().crashed)
    for _ in range(loops.MAX_TASKS):
        loop.spawn(give(1), "one of many")
    raises(RuntimeError, loop.spawn, give(1), "one too many")
    loop.run(0)
    eq(len(loop.tasks), 0)


def test_a_wait_queue_wakes_all_once() -> None:
    told: list[Waiter] = []
    queue = WaitQueue()
    first = Waiter(told.append)
    second = Waiter(told.append)
    for waiter in (first, second):
        queue.add(waiter)
    queue.discard(second)
    queue.discard(second)
    queue.wake()
    queue.wake()
    eq(told, [first])
