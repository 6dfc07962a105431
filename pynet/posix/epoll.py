"""epoll (Linux's epoll(7)): descriptions that are watched until told otherwise, and a queue of those that may be ready.

A watch is queued when its description wakes its waiters, and looked at with poll() when somebody asks: level-triggered ones stay queued while they
are ready, edge-triggered ones (EPOLLET) leave until the next wake, one-shot ones are silent until they are set anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.description import FileDescription
from pynet.posix.wait import ALWAYS, widened
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, Waiter

if TYPE_CHECKING:
    from pynet.frame import Octets

EPOLL_CTL_ADD = 1
EPOLL_CTL_DEL = 2
EPOLL_CTL_MOD = 3

# Beside poll(2)'s bits, which have the same values. EPOLLWAKEUP keeps a machine from sleeping, which this one does not.
EPOLLEXCLUSIVE = 1 << 28
EPOLLWAKEUP = 1 << 29
EPOLLONESHOT = 1 << 30
EPOLLET = 1 << 31

# What may be asked for together with EPOLLEXCLUSIVE.
WITH_EXCLUSIVE = POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE

# Watches of one epoll; ENOSPC beyond.
MAX_WATCHES = 4096
# How deep epolls may watch epolls; ELOOP beyond (Linux's number). How many of them one may watch; EINVAL beyond: a wake goes all the ways.
MAX_DEPTH = 4
MAX_NESTED = 64


class Watch:
    """One description under one number. mask: 0 once a one-shot watch has spoken. data: the user's, given back as it came."""

    def __init__(self, epoll: EpollDescription, fd: int, description: FileDescription, events: int, data: int) -> None:
        self.epoll = epoll
        self.fd = fd
        self.description = description
        self.waiter = Waiter(self.woken)
        self.exclusive = events & EPOLLEXCLUSIVE != 0
        self.set(events, data)

    def set(self, events: int, data: int) -> None:
        """EPOLL_CTL_ADD and EPOLL_CTL_MOD: what to watch for, from now on."""
        self.events = events
        self.mask = events & 0xFFFF | ALWAYS
        self.data = data

    def arm(self) -> None:
        """Have the description's next wake queue this watch."""
        if self.exclusive:
            if self.description.exclusives is None:
                self.description.exclusives = Exclusives(self.description)
            self.description.exclusives.add(self)
            return
        self.waiter = Waiter(self.woken)
        self.description.waiters.add(self.waiter)

    def disarm(self) -> None:
        """Undo `arm`."""
        if self.exclusive:
            self.description.exclusives.discard(self)
        else:
            self.description.waiters.discard(self.waiter)

    def woken(self, waiter: Waiter) -> None:
        """poll()'s answer may have changed."""
        self.arm()
        if self.mask:
            self.epoll.queue(self)

    def ready(self) -> int:
        """The events that hold now."""
        return widened(self.description.poll()) & self.mask

    def closed(self) -> bool:
        """The last number of the description is gone, and with it the watch."""
        return self.description.references == 0


class Exclusives:
    """The EPOLLEXCLUSIVE watches of one description: a wake of it ends the wait on one epoll, the first of those that are waited on."""

    def __init__(self, description: FileDescription) -> None:
        self.description = description
        self.watches: list[Watch] = []
        self.waiter = Waiter(self.woken)

    def add(self, watch: Watch) -> None:
        """One more watch, behind the others."""
        self.watches.append(watch)
        if len(self.watches) == 1:
            self.arm()

    def discard(self, watch: Watch) -> None:
        """One less."""
        self.watches.remove(watch)
        if not self.watches:
            self.description.waiters.discard(self.waiter)

    def arm(self) -> None:
        """See Watch.arm."""
        self.waiter = Waiter(self.woken)
        self.description.waiters.add(self.waiter)

    def woken(self, waiter: Waiter) -> None:
        """poll()'s answer may have changed: an epoll that nobody waits on learns of it, and so does the next."""
        self.arm()
        for watch in list(self.watches):
            waited_on = bool(watch.epoll.waiters.waiters)
            if watch.mask:
                watch.epoll.queue(watch)
                if waited_on and watch.ready():
                    return


class EpollDescription(FileDescription):
    """An epoll instance; readable when a watch is ready, so that another can watch it."""

    def __init__(self) -> None:
        super().__init__()
        # Keyed by number and description, as one number may come to mean another.
        self.watches: dict[tuple[int, FileDescription], Watch] = {}
        # Watches of epolls, at most MAX_NESTED.
        self.nested: list[EpollDescription] = []
        # In the order in which they were queued; a dict, so that each is in it once. Bounded by `watches`.
        self.queued: dict[Watch, None] = {}
        # What the last take() gave, as it was before.
        self.taken: list[tuple[Watch, int]] = []

    def control(self, operation: int, fd: int, description: FileDescription, events: int, data: int) -> None:
        """epoll_ctl(2). OSError EINVAL, EEXIST, ENOENT, ENOSPC, ELOOP."""
        watch = self.watches.get((fd, description))
        if operation == EPOLL_CTL_ADD:
            if watch is not None:
                raise os_error(errno.EEXIST)
            self.add(fd, description, events, data)
        elif operation not in (EPOLL_CTL_DEL, EPOLL_CTL_MOD):
            raise os_error(errno.EINVAL)
        elif watch is None:
            raise os_error(errno.ENOENT)
        elif operation == EPOLL_CTL_DEL:
            self.remove(watch)
        elif (events | watch.events) & EPOLLEXCLUSIVE:
            raise os_error(errno.EINVAL)
        else:
            watch.set(events, data)
            self.queue(watch)

    def add(self, fd: int, description: FileDescription, events: int, data: int) -> None:
        """EPOLL_CTL_ADD. OSError EPERM: a kind without poll(); EINVAL: what does not go with EPOLLEXCLUSIVE; ELOOP, ENOSPC."""
        if description.poll() & POLLNVAL or not description.watchable:
            raise os_error(errno.EPERM)
        if events & EPOLLEXCLUSIVE and events & ~WITH_EXCLUSIVE:
            raise os_error(errno.EINVAL)
        if isinstance(description, EpollDescription):
            if events & EPOLLEXCLUSIVE:
                raise os_error(errno.EINVAL)
            if len(self.nested) >= MAX_NESTED:
                self.forget_closed()
            if len(self.nested) >= MAX_NESTED:
                raise os_error(errno.EINVAL)
            if description.reaches(self, MAX_DEPTH, {}):
                raise os_error(errno.ELOOP)
        if len(self.watches) >= MAX_WATCHES:
            self.forget_closed()
        if len(self.watches) >= MAX_WATCHES:
            raise os_error(errno.ENOSPC)
        watch = Watch(self, fd, description, events, data)
        self.watches[fd, description] = watch
        if isinstance(description, EpollDescription):
            self.nested.append(description)
        watch.arm()
        self.queue(watch)

    def reaches(self, target: EpollDescription, depth: int, seen: dict[EpollDescription, int]) -> bool:
        """This epoll is `target`, watches it through others, or is too deep to tell. seen: the depth at which an epoll was found harmless."""
        if self is target or depth == 0:
            return True
        if seen.get(self, MAX_DEPTH + 1) <= depth:
            return False
        if any(epoll.reaches(target, depth - 1, seen) for epoll in self.nested):
            return True
        seen[self] = depth
        return False

    def remove(self, watch: Watch) -> None:
        """The watch ends."""
        del self.watches[watch.fd, watch.description]
        if isinstance(watch.description, EpollDescription):
            self.nested.remove(watch.description)
        self.queued.pop(watch, None)
        watch.disarm()

    def forget_closed(self) -> None:
        """A description that was closed is watched no more. One that nobody wakes any more is found here, when its place is needed."""
        for watch in [watch for watch in self.watches.values() if watch.closed()]:
            self.remove(watch)

    def queue(self, watch: Watch) -> None:
        """The watch may be ready: whoever waits looks."""
        self.queued[watch] = None
        if watch.ready():
            self.waiters.wake()

    def take(self, count: int) -> list[tuple[int, int]]:
        """At most `count` of (events, data) of watches that are ready, those that waited longest first. BlockingIOError for none."""
        answers: list[tuple[int, int]] = []
        self.taken = []
        for watch in list(self.queued):
            if len(answers) == count:
                break
            if watch.closed():
                self.remove(watch)
                continue
            del self.queued[watch]
            events = watch.ready()
            if not events:
                continue
            answers.append((events, watch.data))
            self.taken.append((watch, watch.mask))
            if watch.events & EPOLLONESHOT:
                watch.mask = 0
            elif not watch.events & EPOLLET:
                self.queued[watch] = None
        if not answers:
            raise os_error(errno.EAGAIN)
        return answers

    def put_back(self) -> None:
        """Nobody saw what the last take() gave: it is to be given again."""
        for watch, mask in self.taken:
            watch.mask = mask
            self.queued[watch] = None

    def read(self, count: int) -> bytes:
        raise os_error(errno.EINVAL)

    def write(self, data: Octets) -> int:
        raise os_error(errno.EINVAL)

    def poll(self) -> int:
        """What was queued and is not ready after all leaves the queue: its next wake brings it back."""
        for watch in list(self.queued):
            if watch.closed():
                self.remove(watch)
            elif watch.ready():
                return POLLIN
            else:
                del self.queued[watch]
        return 0

    def close(self) -> None:
        for watch in list(self.watches.values()):
            self.remove(watch)
