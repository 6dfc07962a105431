"""The loop's two tables: timers ordered by deadline, and coroutines that are ready to run.

There is no clock here: `now` is an argument and the next deadline a result. A coroutine waits by awaiting `Loop.park(waiter, deadline)`; whoever
makes the awaited thing true calls `waiter.wake()`, and `run(now)` resumes the coroutine.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from pynet.readiness import Waiter, WaitQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from typing import Any

# Tasks alive at once. spawn() beyond it raises RuntimeError: each connection of a service has one.
MAX_TASKS = 4096
# Timers kept, those of waits that ended early included; beyond it the ended ones are thrown out.
MAX_TIMERS = 4 * MAX_TASKS


class Cancelled(Exception):
    """Thrown into a coroutine where it waits, when its task is cancelled."""


class Task:
    """A coroutine that the loop runs. `done` is true after it returned or raised; then `result` or `error` is set."""

    def __init__(self, loop: Loop, coroutine: Coroutine[Any, Any, Any], name: str) -> None:
        self.loop = loop
        self.coroutine = coroutine
        self.name = name
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.finished = WaitQueue()
        self.waiter: Waiter | None = None
        self.cancelled = False

    def cancel(self) -> None:
        """Throw Cancelled into the coroutine the next time the loop runs it."""
        if not self.done:
            self.cancelled = True
            if self.waiter is not None:
                self.waiter.wake()

    async def join(self) -> Any:
        """Wait for the end of the task; its result, or its exception raised again."""
        while not self.done:
            waiter = self.loop.new_waiter()
            self.finished.add(waiter)
            await self.loop.park(waiter)
        if self.error is not None:
            raise self.error
        return self.result


class Suspension:
    """What a coroutine yields to the loop: the waiter that resumes it."""

    def __init__(self, waiter: Waiter) -> None:
        self.waiter = waiter

    def __await__(self) -> Generator[Waiter, None, bool]:
        if not self.waiter.woken:
            yield self.waiter
        return not self.waiter.timed_out


class Loop:
    """Timers and tasks of one Stack: at most MAX_TASKS, each ready, parked or running, and MAX_TIMERS.

    `crashed(task, error)` is told of a task that nobody joins and that ended with an exception.
    """

    def __init__(self, crashed: Callable[[Task, BaseException], None]) -> None:
        self.crashed = crashed
        self.ready: list[Task] = []
        self.tasks: set[Task] = set()
        self.parked: dict[Waiter, Task] = {}
        # (deadline, order of entry, waiter); an entry whose waiter was woken meanwhile is skipped when it comes up.
        self.timers: list[tuple[int, int, Waiter]] = []
        self.order = 0

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> Task:
        """Start `coroutine` the next time the loop runs. Raises RuntimeError at MAX_TASKS."""
        if len(self.tasks) >= MAX_TASKS:
            coroutine.close()
            raise RuntimeError("no more than " + str(MAX_TASKS) + " tasks: " + name + " was not started")
        task = Task(self, coroutine, name)
        self.tasks.add(task)
        self.ready.append(task)
        return task

    def new_waiter(self) -> Waiter:
        """A waiter for the running coroutine, to be registered and then parked on."""
        return Waiter(self.resume)

    def park(self, waiter: Waiter, deadline: int = -1) -> Suspension:
        """`await` this to wait for `waiter`, at most until `deadline` (microseconds, -1 for ever). True unless the deadline passed."""
        if deadline >= 0 and not waiter.woken:
            self.add_timer(waiter, deadline)
        return Suspension(waiter)

    async def sleep_until(self, deadline: int) -> None:
        """Wait for the time `deadline`, microseconds of the Stack's clock."""
        await self.park(self.new_waiter(), deadline)

    def add_timer(self, waiter: Waiter, deadline: int) -> None:
        """Wake `waiter` with timed_out set when `deadline` comes, unless it is woken before."""
        waiter.deadline = deadline
        self.order += 1
        heapq.heappush(self.timers, (deadline, self.order, waiter))
        if len(self.timers) > MAX_TIMERS:
            self.timers = [timer for timer in self.timers if not timer[2].woken]
            heapq.heapify(self.timers)

    def resume(self, waiter: Waiter) -> None:
        """A waiter was woken: the task parked on it is ready."""
        task = self.parked.pop(waiter, None)
        if task is not None:
            task.waiter = None
            self.ready.append(task)

    def run(self, now: int) -> None:
        """Fire the timers that are due, then run each task that is ready, once."""
        timers = self.timers
        while timers and timers[0][0] <= now:
            waiter = heapq.heappop(timers)[2]
            if not waiter.woken:
                waiter.timed_out = True
                waiter.wake()
        ready = self.ready
        if ready:
            ran = 0
            most = len(ready)
            try:
                while ran < most:
                    ran += 1
                    self.step(ready[ran - 1])
            finally:
                del ready[:ran]

    def step(self, task: Task) -> None:
        """Run `task` to its next wait."""
        try:
            if task.cancelled:
                task.cancelled = False
                waiter = task.coroutine.throw(Cancelled("task " + task.name + " was cancelled"))
            else:
                waiter = task.coroutine.send(None)
        except StopIteration as stop:
            self.finish(task, stop.value, None)
        except BaseException as error:  # noqa: BLE001 (whatever ends a task is the task's, not the loop's)
            self.finish(task, None, error)
        else:
            if waiter.woken:
                self.ready.append(task)
            else:
                task.waiter = waiter
                self.parked[waiter] = task

    def finish(self, task: Task, result: Any, error: BaseException | None) -> None:
        """Record how `task` ended and tell those who join it; nobody joining an exception means a crash."""
        self.tasks.discard(task)
        task.done = True
        task.result = result
        task.error = error
        if error is not None and not task.finished.waiters and not isinstance(error, Cancelled):
            self.crashed(task, error)
        task.finished.wake()

    def next_deadline(self) -> int:
        """When `run` has something to do: 0 for at once, -1 for never."""
        if self.ready:
            return 0
        timers = self.timers
        while timers and timers[0][2].woken:
            heapq.heappop(timers)
        return timers[0][0] if timers else -1
