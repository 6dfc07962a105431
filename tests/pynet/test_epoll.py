"""epoll, over sockets of two hosts in virtual time (Linux's epoll(7), epoll_ctl(2), epoll_wait(2))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.posix import epoll
from pynet.posix.description import FileDescription
from pynet.posix.epoll import EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT
from pynet.readiness import POLLHUP, POLLIN, POLLOUT, POLLRDHUP
from pynet.sockets import SOCK_CLOEXEC, Sockets
from tests.support import eq, raises
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def fails(number: int, call: Callable[..., Any], *args: Any) -> None:
    """`call(*args)` raises OSError with this errno."""
    error = raises(OSError, call, *args)
    eq(getattr(error, "errno", None), number, repr(error))


class Watched:
    """A host `a` with an epoll, and a connection: `near` is a's end of it, `far` is b's."""

    def __init__(self) -> None:
        self.world = World()
        stack_a, stack_b = self.world.pair()
        self.a = Sockets(stack_a)
        self.b = Sockets(stack_b)
        listening = self.b.socket()
        self.b.bind(listening, ("", 80))
        self.b.listen(listening)
        self.near = self.a.socket()
        self.a.connect(self.near, ("10.0.0.2", 80))
        self.far, _ = self.b.accept(listening)
        self.world.run(1_000_000)
        self.epoll = self.a.epoll_create()

    def add(self, events: int, data: int = 7) -> None:
        """Watch the near end."""
        self.a.epoll_ctl(self.epoll, EPOLL_CTL_ADD, self.near, events, data)

    def arrive(self, data: bytes) -> None:
        """The far end sends, and it arrives."""
        self.b.send(self.far, data)
        self.world.run(1_000_000)

    def ready(self, timeout: int = 0) -> list[tuple[int, int]]:
        """What epoll_wait gives."""
        return self.a.epoll_wait(self.epoll, 10, timeout)


def test_level_triggered_is_ready_until_it_is_not() -> None:
    host = Watched()
    host.add(POLLIN, 1 << 63)
    eq(host.ready(), [])
    host.arrive(b"abc")
    eq(host.ready(), [(POLLIN, 1 << 63)], "the data comes back as it was given")
    eq(host.ready(), [(POLLIN, 1 << 63)])
    host.a.recv(host.near, 2)
    eq(host.ready(), [(POLLIN, 1 << 63)])
    host.a.recv(host.near, 2)
    eq(host.ready(), [])


def test_edge_triggered_is_ready_once_for_what_came() -> None:
    host = Watched()
    host.add(POLLIN | EPOLLET)
    host.arrive(b"abc")
    eq(host.ready(), [(POLLIN, 7)])
    eq(host.ready(), [])
    host.a.recv(host.near, 1)
    eq(host.ready(), [], "reading is no event")
    host.arrive(b"more")
    eq(host.ready(), [(POLLIN, 7)], "though the rest was not read")


def test_one_shot_speaks_once_until_it_is_set_anew() -> None:
    host = Watched()
    host.add(POLLIN | EPOLLONESHOT)
    host.arrive(b"abc")
    eq(host.ready(), [(POLLIN, 7)])
    host.arrive(b"abc")
    eq(host.ready(), [])
    host.a.epoll_ctl(host.epoll, EPOLL_CTL_MOD, host.near, POLLIN | EPOLLONESHOT, 8)
    eq(host.ready(), [(POLLIN, 8)])


def test_errors_and_ends_are_told_unasked() -> None:
    host = Watched()
    host.add(0)
    host.b.close(host.far)
    host.world.run(1_000_000)
    eq(host.ready(), [])
    host.a.shutdown(host.near, 1)
    eq(host.ready(), [(POLLHUP, 7)])
    host.a.epoll_ctl(host.epoll, EPOLL_CTL_MOD, host.near, POLLIN | POLLRDHUP, 7)
    eq(host.ready(), [(POLLIN | POLLHUP | POLLRDHUP, 7)])


def test_the_wait_ends_with_an_event_or_with_its_timeout() -> None:
    host = Watched()
    host.add(POLLIN)
    before = host.world.now
    eq(host.ready(50_000), [])
    eq(host.world.now - before, 50_000)
    host.b.send(host.far, b"x")
    before = host.world.now
    eq(host.ready(-1), [(POLLIN, 7)])
    assert host.world.now - before < 10_000


def test_those_that_wait_longest_come_first() -> None:
    """No more than asked for, and the next time the others: a busy descriptor starves none."""
    host = Watched()
    other = host.a.socket()
    host.a.epoll_ctl(host.epoll, EPOLL_CTL_ADD, other, POLLOUT, 1)
    host.add(POLLOUT, 2)
    eq(host.a.epoll_wait(host.epoll, 1, 0), [(POLLOUT | POLLHUP, 1)])
    eq(host.a.epoll_wait(host.epoll, 1, 0), [(POLLOUT, 2)])
    eq(host.a.epoll_wait(host.epoll, 1, 0), [(POLLOUT | POLLHUP, 1)])


def test_an_epoll_can_be_watched() -> None:
    host = Watched()
    host.add(POLLIN)
    outer = host.a.epoll_create()
    host.a.epoll_ctl(outer, EPOLL_CTL_ADD, host.epoll, POLLIN, 9)
    eq(host.a.epoll_wait(outer, 5, 0), [])
    eq(host.a.poll([(outer, POLLIN)], 0), [])
    host.arrive(b"abc")
    eq(host.a.epoll_wait(outer, 5, 0), [(POLLIN, 9)])
    eq(host.a.poll([(outer, POLLIN)], 0), [(outer, POLLIN)])


def test_a_closed_description_is_watched_no_more() -> None:
    """The watch goes with the last number of the description, not with the one that it was made under."""
    host = Watched()
    host.add(POLLIN)
    copy = host.a.table.dup(host.near)
    host.arrive(b"abc")
    host.a.close(host.near)
    eq(host.ready(), [(POLLIN, 7)])
    host.a.close(copy)
    eq(host.ready(), [])
    eq(host.a.epoll(host.epoll).watches, {})


def test_control_is_checked() -> None:
    host = Watched()
    control = host.a.epoll_ctl
    fails(errno.ENOENT, control, host.epoll, EPOLL_CTL_DEL, host.near)
    fails(errno.ENOENT, control, host.epoll, EPOLL_CTL_MOD, host.near, POLLIN)
    host.add(POLLIN | EPOLLEXCLUSIVE)
    fails(errno.EEXIST, control, host.epoll, EPOLL_CTL_ADD, host.near, POLLIN)
    fails(errno.EINVAL, control, host.epoll, EPOLL_CTL_MOD, host.near, POLLIN)
    fails(errno.EINVAL, control, host.epoll, 9, host.near, POLLIN)
    control(host.epoll, EPOLL_CTL_DEL, host.near)
    host.arrive(b"abc")
    eq(host.ready(), [])
    fails(errno.EINVAL, control, host.near, EPOLL_CTL_ADD, host.epoll, POLLIN)
    fails(errno.EINVAL, control, host.epoll, EPOLL_CTL_ADD, host.epoll, POLLIN)
    fails(errno.EBADF, control, 99, EPOLL_CTL_ADD, host.near, POLLIN)
    fails(errno.EBADF, control, host.epoll, EPOLL_CTL_ADD, 99, POLLIN)
    fails(errno.EPERM, control, host.epoll, EPOLL_CTL_ADD, host.a.table.add(FileDescription()), POLLIN)
    fails(errno.EINVAL, host.a.epoll_wait, host.epoll, 0, 0)
    fails(errno.EINVAL, host.a.epoll_wait, host.near, 1, 0)
    fails(errno.EINVAL, host.a.epoll_create, 1)
    fails(errno.EINVAL, host.a.table.get(host.epoll).read, 1)
    fails(errno.EINVAL, host.a.table.get(host.epoll).write, b"x")
    eq(host.a.epoll_create(SOCK_CLOEXEC) in host.a.table.close_on_exec, True)


def test_epolls_do_not_watch_each_other() -> None:
    """ELOOP: round in a circle, or deeper than MAX_DEPTH. EPOLLEXCLUSIVE is not for them."""
    host = Watched()
    chain = [host.a.epoll_create() for _ in range(epoll.MAX_DEPTH + 2)]
    fails(errno.EINVAL, host.a.epoll_ctl, chain[0], EPOLL_CTL_ADD, chain[1], POLLIN | EPOLLEXCLUSIVE)
    for outer, inner in zip(chain[1:-1], chain, strict=False):
        host.a.epoll_ctl(outer, EPOLL_CTL_ADD, inner, POLLIN)
    fails(errno.ELOOP, host.a.epoll_ctl, chain[0], EPOLL_CTL_ADD, chain[-2], POLLIN)
    fails(errno.ELOOP, host.a.epoll_ctl, chain[-1], EPOLL_CTL_ADD, chain[-2], POLLIN)


def test_epolls_in_an_epoll_are_bounded() -> None:
    """MAX_NESTED: EINVAL, unless one was closed; and looking for circles costs no more than there are epolls and watches, however they are woven."""
    host = Watched()
    layers = [[host.a.epoll_create() for _ in range(16)] for _ in range(epoll.MAX_DEPTH - 1)]
    for outer, inner in zip(layers[1:], layers, strict=False):
        for one in outer:
            for other in inner:
                host.a.epoll_ctl(one, EPOLL_CTL_ADD, other, POLLIN)
    top = host.a.epoll_create()
    for one in layers[-1]:
        host.a.epoll_ctl(top, EPOLL_CTL_ADD, one, POLLIN)
    fails(errno.ELOOP, host.a.epoll_ctl, layers[0][0], EPOLL_CTL_ADD, top, POLLIN)
    host.a.epoll_ctl(layers[0][0], EPOLL_CTL_ADD, host.near, POLLIN)
    host.arrive(b"x")
    eq(host.a.poll([(top, POLLIN)], 0), [(top, POLLIN)])
    host.a.recv(host.near, 10)
    eq(host.a.poll([(top, POLLIN)], 0), [])
    wide = host.a.epoll_create()
    inside = [host.a.epoll_create() for _ in range(epoll.MAX_NESTED + 1)]
    for one in inside[:-1]:
        host.a.epoll_ctl(wide, EPOLL_CTL_ADD, one, POLLIN)
    fails(errno.EINVAL, host.a.epoll_ctl, wide, EPOLL_CTL_ADD, inside[-1], POLLIN)
    host.a.close(inside[0])
    host.a.epoll_ctl(wide, EPOLL_CTL_ADD, inside[-1], POLLIN)
    host.a.close(wide)


def test_watches_are_bounded() -> None:
    """MAX_WATCHES: ENOSPC, unless one is of a description that was closed; closing the epoll leaves no waiter behind."""
    host = Watched()
    instance = host.a.epoll(host.epoll)
    other = host.a.socket()
    host.a.epoll_ctl(host.epoll, EPOLL_CTL_ADD, other, POLLIN)
    for number in range(1, epoll.MAX_WATCHES):
        instance.control(EPOLL_CTL_ADD, number, host.a.table.get(host.near), POLLIN, 0)
    fails(errno.ENOSPC, instance.control, EPOLL_CTL_ADD, -1, host.a.table.get(host.near), POLLIN, 0)
    host.a.close(other)
    instance.control(EPOLL_CTL_ADD, -1, host.a.table.get(host.near), POLLIN, 0)
    host.a.close(host.epoll)
    eq(host.a.table.get(host.near).waiters.waiters, [])
