"""timerfd_create(2): a timer that can be waited for and read: how often it has expired since the last read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.description import FileDescription
from pynet.readiness import POLLIN, Waiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.frame import Octets
    from pynet.net import Stack

CLOCK_REALTIME = 0
CLOCK_MONOTONIC = 1
CLOCK_BOOTTIME = 7
CLOCK_REALTIME_ALARM = 8
CLOCK_BOOTTIME_ALARM = 9
CLOCKS = (CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM)
WALL_CLOCKS = (CLOCK_REALTIME, CLOCK_REALTIME_ALARM)
TFD_TIMER_ABSTIME = 1
TFD_TIMER_CANCEL_ON_SET = 2
SIZE = 8


class TimerDescription(FileDescription):
    """Times are nanoseconds; those of the stack's clock and wall_clock() are microseconds. interval 0: once. expires: -1 when disarmed."""

    def __init__(self, stack: Stack, wall_clock: Callable[[], int], clock: int) -> None:
        super().__init__()
        self.stack = stack
        self.wall_clock = wall_clock
        self.clock = clock
        # On the stack's clock: when it next expires, expirations that were counted already, and the loop's timer for it.
        self.expires = -1
        self.interval = 0
        self.waiter: Waiter | None = None

    def now(self) -> int:
        """The stack's clock."""
        return self.stack.now() * 1000

    def set(self, value: int, interval: int, absolute: bool) -> None:
        """timerfd_settime: expire at or in `value`, then every `interval`; value 0 disarms."""
        self.interval = interval
        if value == 0:
            self.expires = -1
        elif not absolute:
            self.expires = self.now() + value
        else:
            clock = self.wall_clock() if self.clock in WALL_CLOCKS else self.stack.now()
            self.expires = max(self.now() + value - clock * 1000, 0)
        self.arm()

    def get(self) -> tuple[int, int]:
        """timerfd_gettime: the interval, and how long to the next expiry, 0 when there is none to come."""
        if self.expires < 0:
            return self.interval, 0
        left = self.expires - self.now()
        if left <= 0:
            if self.interval == 0:
                return 0, 0
            left = self.interval - -left % self.interval
        return self.interval, left

    def arm(self) -> None:
        """Have the loop wake those who wait when the timer expires."""
        if self.waiter is not None:
            self.waiter.notify = ignore
            self.waiter.wake()
            self.waiter = None
        if self.expires >= 0:
            self.waiter = Waiter(self.expired)
            self.stack.loop.add_timer(self.waiter, -(-self.expires // 1000))
        self.waiters.wake()

    def expired(self, waiter: Waiter) -> None:
        """The loop says that the time has come: each expiry of a periodic timer is an event of its own (for EPOLLET)."""
        self.waiter = None
        self.waiters.wake()

    def count(self) -> int:
        """Expirations since the last read or set."""
        late = self.now() - self.expires
        if self.expires < 0 or late < 0:
            return 0
        return 1 + late // self.interval if self.interval else 1

    def read(self, count: int) -> bytes:
        """The number of expirations, eight octets. OSError EINVAL for less room."""
        if count < SIZE:
            raise os_error(errno.EINVAL)
        times = self.count()
        if times == 0:
            raise os_error(errno.EAGAIN)
        self.expires = self.expires + times * self.interval if self.interval else -1
        self.arm()
        return times.to_bytes(SIZE, "little")

    def write(self, data: Octets) -> int:
        raise os_error(errno.EINVAL)

    def poll(self) -> int:
        return POLLIN if self.count() else 0

    def close(self) -> None:
        self.expires = -1
        self.arm()


def ignore(waiter: Waiter) -> None:
    """The `notify` of a timer that was set anew."""
