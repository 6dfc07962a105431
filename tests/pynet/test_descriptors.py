"""Descriptions that several refer to: over dup, fork, exec and SCM_RIGHTS; and what waits on them (POSIX.1-2017 XSH 2.14, fork(), exec, unix(7))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.posix import description as descriptions
from pynet.posix import pipe, rights, unix
from pynet.posix.description import O_APPEND, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY, FDTable, FileDescription
from pynet.posix.endpoint import Ancillary
from pynet.posix.epoll import EPOLL_CTL_ADD, EPOLLET, EPOLLEXCLUSIVE
from pynet.posix.eventfd import LARGEST, EventDescription
from pynet.posix.pipe import PIPE_BUF, make_pipe
from pynet.posix.timerfd import CLOCK_MONOTONIC, CLOCK_REALTIME, TimerDescription
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLOUT
from pynet.sockets import AF_UNIX, MSG_DONTWAIT, SO_LINGER, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, Sockets
from tests.player import Pynet
from tests.support import eq, raises
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SECOND = 1_000_000


def fails(number: int, call: Callable[..., Any], *args: Any) -> None:
    """`call(*args)` raises OSError with this errno."""
    error = raises(OSError, call, *args)
    eq(getattr(error, "errno", None), number, repr(error))


def alone() -> Sockets:
    """One host."""
    world = World()
    return Sockets(world.stack(world.cable()[0], 0x0A000001))


def connected() -> tuple[World, Sockets, int, Sockets, int]:
    """(world, a, a's end, b, b's end) of a TCP connection."""
    world = World()
    stack_a, stack_b = world.pair()
    a, b = Sockets(stack_a), Sockets(stack_b)
    listening = b.socket()
    b.bind(listening, ("", 80))
    b.listen(listening)
    near = a.socket()
    a.connect(near, ("10.0.0.2", 80))
    far, _ = b.accept(listening)
    b.close(listening)
    return world, a, near, b, far


class Closable(FileDescription):
    """Counts how often it is closed."""

    closings = 0

    def close(self) -> None:
        self.closings += 1


# Tables.


def test_the_last_close_sends_the_fin() -> None:
    """A child that serves an accepted descriptor: the parent's close says nothing to the peer, the child's does."""
    world, a, near, parent, far = connected()
    child = parent.copy()
    parent.close(far)
    world.run(SECOND)
    eq(a.poll([(near, POLLIN)], 0), [])
    a.send(near, b"question")
    eq(child.recv(far, 100), b"question")
    child.send(far, b"answer")
    eq(a.recv(near, 100), b"answer")
    child.table.close_all()
    eq(a.recv(near, 100), b"")


def test_fork_shares_descriptions_and_not_numbers() -> None:
    """Status flags are the description's, FD_CLOEXEC and the numbers each table's own."""
    parent = alone()
    one, two = parent.socketpair()
    child = parent.copy()
    child.fcntl(one, 4, O_NONBLOCK)
    eq(parent.fcntl(one, 3), O_RDWR | O_NONBLOCK)
    child.fcntl(one, 2, 1)
    eq(parent.fcntl(one, 1), 0)
    child.close(two)
    eq(child.socket(AF_UNIX), two)
    eq(parent.send(one, b"x"), 1)
    eq((parent.names is child.names, parent.table.get(one).references), (True, 2))


def test_exec_closes_what_has_fd_cloexec() -> None:
    table = FDTable()
    kept, gone = Closable(), Closable()
    eq([table.add(kept), table.add(gone, 5, True), table.add(kept, 0, True)], [0, 5, 1])
    table.close_for_exec()
    eq((sorted(table.descriptions), kept.closings, gone.closings), ([0], 0, 1))
    eq(table.add(kept), 1)
    eq(table.close_on_exec, set())


def test_dup3_and_the_limits() -> None:
    table = FDTable(8)
    one, two = Closable(), Closable()
    table.add(one)
    table.add(two)
    eq(table.dup3(0, 5, True), 5)
    eq(table.close_on_exec, {5})
    fails(errno.EINVAL, table.dup3, 0, 0, False)
    fails(errno.EBADF, table.dup3, 0, 8, False)
    fails(errno.EBADF, table.dup3, 3, 1, False)
    eq(two.closings, 0)
    eq(table.dup3(0, 1, False), 1)
    eq((two.closings, one.references), (1, 3))
    eq(table.dup(0, 4, True), 4)
    fails(errno.EINVAL, table.dup, 0, 8)
    for _ in range(4):
        table.dup(0)
    fails(errno.EMFILE, table.dup, 0)
    eq(one.references, 8)
    table.close_range(2, 6)
    eq(sorted(table.descriptions), [0, 1, 7])
    table.close_all()
    eq((one.references, one.closings), (0, 1))


def test_open_descriptions_of_all_processes_are_bounded() -> None:
    """ENFILE: what several numbers of several processes refer to is one; with the last of them there is room again."""
    host = alone()
    first = host.socket(AF_UNIX)
    child = host.copy()
    other = host.beside(None)
    opened = host.table.opened
    eq((opened.count, other.table.opened is opened), (1, True))
    opened.count = descriptions.MAX_OPEN - 1
    last = other.socket(AF_UNIX)
    fails(errno.ENFILE, host.socket, AF_UNIX)
    fails(errno.ENFILE, host.socketpair)
    # A number more for what is open already is none of them.
    host.table.dup(first)
    child.close(first)
    eq(opened.count, descriptions.MAX_OPEN)
    other.close(last)
    eq(opened.count, descriptions.MAX_OPEN - 1)
    host.close(host.socket(AF_UNIX))
    fails(errno.ENFILE, host.socketpair)
    eq(opened.count, descriptions.MAX_OPEN - 1)


def test_a_connection_that_finds_no_description_left_stays_where_it_is() -> None:
    """accept(2), ENFILE: before the connection is taken."""
    player = Pynet()
    listening = player.quiet("socket", 1, SOCK_STREAM, 0)
    name = player.put(b"\1\0\0there")
    player.quiet("bind", listening, name, 8)
    player.quiet("listen", listening, 5)
    client = player.quiet("socket", 1, SOCK_STREAM, 0)
    eq(player.quiet("connect", client, name, 8), 0)
    opened = player.thread.process.sockets.table.opened
    before, opened.count = opened.count, descriptions.MAX_OPEN
    eq(player.quiet("accept", listening, 0, 0), -errno.ENFILE)
    opened.count = before
    assert player.quiet("accept", listening, 0, 0) > 0


def test_access_modes_are_checked() -> None:
    table = FDTable()
    reader, writer = make_pipe()
    eq([table.add(reader), table.add(writer), table.add(FileDescription())], [0, 1, 2])
    eq((reader.get_flags(), writer.get_flags()), (O_RDONLY, O_WRONLY))
    fails(errno.EBADF, table.readable, 1)
    fails(errno.EBADF, table.writable, 0)
    eq((table.readable(2), table.writable(2)), (table.get(2), table.get(2)))
    writer.set_flags(O_APPEND | O_NONBLOCK | O_RDWR)
    eq(writer.get_flags(), O_WRONLY | O_APPEND | O_NONBLOCK)


def test_a_description_outlives_its_number_while_a_call_waits_on_it() -> None:
    """Another thread closes the number: the call goes on with what it had."""
    host = alone()
    one, two = host.socketpair()
    waited: Any = host.table.get(one)
    host.stack.loop.add_timer(_timer(lambda: host.close(one)), host.stack.now() + SECOND)
    host.stack.loop.add_timer(_timer(lambda: host.send(two, b"late")), host.stack.now() + 2 * SECOND)
    eq(host.recv(one, 10), b"late")
    eq((waited.references, waited.closed), (0, True))
    eq(host.poll([(two, POLLIN)], 0)[0][1] & POLLHUP, POLLHUP)


def _timer(call: Callable[[], Any]) -> Any:
    """A loop's timer that makes a call."""
    from pynet.readiness import Waiter

    return Waiter(lambda waiter: call())


def test_close_waits_for_so_linger() -> None:
    """socket(7): with a time in SO_LINGER close() waits until the peer has everything, for at most that long."""
    world, a, near, b, far = connected()
    a.send(near, b"to be acknowledged")
    a.setsockopt(near, SOL_SOCKET, SO_LINGER, 5)
    before = world.now
    a.close(near)
    took = world.now - before
    assert 0 < took < SECOND, took
    eq(b.recv(far, 100), b"to be acknowledged")
    world, a, near, b, far = connected()
    wire: Any = a.stack.transport
    wire.plugged = False
    a.setsockopt(near, SOL_SOCKET, SO_LINGER, 5)
    a.send(near, b"never")
    before = world.now
    a.close(near)
    eq(world.now - before, 5 * SECOND)


# Pipes.


def test_a_small_write_to_a_pipe_is_whole_or_waits() -> None:
    """POSIX write(): PIPE_BUF bytes at most are not mixed with others'; more may be."""
    reader, writer = make_pipe()
    eq(writer.write(bytes(pipe.CAPACITY - 10)), pipe.CAPACITY - 10)
    fails(errno.EAGAIN, writer.write, bytes(11))
    eq(writer.write(bytes(PIPE_BUF + 1)), 10)
    fails(errno.EAGAIN, writer.write, bytes(PIPE_BUF + 1))
    eq((writer.poll(), reader.poll()), (0, POLLIN))
    eq(len(reader.read(PIPE_BUF)), PIPE_BUF)
    eq(writer.poll(), POLLOUT)


def test_a_writer_waits_for_the_reader() -> None:
    host = alone()
    reader, writer = make_pipe()
    fds = host.table.add(reader), host.table.add(writer)
    got: list[bytes] = []

    async def drain() -> None:
        while True:
            data = await host.attempt_async(reader, POLLIN, -1, lambda: reader.read(10_000))
            if not data:
                break
            got.append(data)

    task = host.stack.loop.spawn(drain(), "reader")
    eq(host.send(fds[1], bytes(300_000)), 300_000)
    host.close(fds[1])
    while not task.done:
        host.stack.poll()
    eq(sum([len(data) for data in got]), 300_000)
    host.close(fds[0])
    eq(writer.pipe.reader, None)


def test_a_pipes_capacity_can_be_changed() -> None:
    """fcntl(2), F_SETPIPE_SZ: whole pages, a power of two; not below what is in it, not beyond MAX_CAPACITY."""
    _, writer = make_pipe()
    eq([writer.pipe.resize(size) for size in (1, 4096, 4097, 100_000)], [4096, 4096, 8192, 131_072])
    writer.write(bytes(10_000))
    fails(errno.EBUSY, writer.pipe.resize, 4096)
    fails(errno.EPERM, writer.pipe.resize, pipe.MAX_CAPACITY + 1)
    fails(errno.EINVAL, writer.pipe.resize, 0)
    eq(writer.pipe.room(), 131_072 - 10_000)


def test_sigpipe_comes_with_epipe_from_streams_alone() -> None:
    """send(2): not with MSG_NOSIGNAL, not for datagrams."""
    player = Pynet()
    for kind, flags, signals in ((SOCK_STREAM, 0, [13]), (SOCK_STREAM, 0x4000, []), (SOCK_DGRAM, 0, [])):
        where = player.put(bytes(8))
        player.quiet("socketpair", AF_UNIX, kind, 0, where)
        near = int.from_bytes(player.get(where, 4), "little")
        player.quiet("shutdown", near, 1)
        eq(player.quiet("sendto", near, b"x", 1, flags, 0, 0), -errno.EPIPE)
        found = [signal for signal in range(1, 32) if player.thread.pending.bits >> signal - 1 & 1]
        eq((kind, flags, found), (kind, flags, signals))
        player.thread.pending.bits = 0


# AF_UNIX.


def carry(*descriptions: FileDescription) -> Ancillary:
    """SCM_RIGHTS for these."""
    ancillary = Ancillary()
    ancillary.rights = list(descriptions)
    return ancillary


def pair_of(host: Sockets, kind: int = SOCK_STREAM) -> tuple[Any, Any]:
    """The descriptions of a socketpair."""
    one, two = host.socketpair(kind)
    return host.table.get(one), host.table.get(two)


def test_sockets_that_carry_each_other_are_collected() -> None:
    """unix(7): cycles of descriptions in flight do not live on when the last number is closed; what can still be received does."""
    host = alone()
    names = host.names
    one, two = pair_of(host)
    outsider = Closable()
    one.send_message(b"x", 0, None, carry(one, two, outsider))
    eq((names.flight.total, outsider.references), (3, 1))
    host.table.close(0)
    eq((two.closed, outsider.closings), (False, 0))
    host.table.close(1)
    eq((one.closed, two.closed, outsider.closings, names.flight.counts, names.flight.total), (True, True, 1, {}, 0))


def test_what_a_live_socket_holds_is_not_collected() -> None:
    host = alone()
    one, two = pair_of(host)
    inner, other = pair_of(host)
    outsider = Closable()
    one.send_message(b"x", 0, None, carry(inner))
    other.send_message(b"y", 0, None, carry(outsider))
    for fd in (2, 3):
        host.table.close(fd)
    eq((inner.closed, other.closed, outsider.closings), (False, True, 0))
    message = two.receive_message(10, 0)
    eq(message.rights, [inner])
    host.names.flight.drop(message.rights)
    eq((inner.closed, outsider.closings, host.names.flight.counts), (True, 1, {}))


def test_a_listener_in_flight_holds_its_connections() -> None:
    host = alone()
    one, two = pair_of(host)
    listening = host.socket(AF_UNIX)
    host.bind(listening, "/run/it")
    host.listen(listening)
    client = host.socket(AF_UNIX)
    host.connect(client, "/run/it")
    outsider = Closable()
    end: Any = host.table.get(client)
    listener: Any = host.table.get(listening)
    end.send_message(b"x", 0, None, carry(outsider, listener))
    one.send_message(b"y", 0, None, carry(listener))
    host.close(listening)
    eq((listener.closed, listener.carried()), (False, [outsider, listener]))
    host.table.close_all()
    eq((listener.closed, outsider.closings, two.closed, host.names.flight.counts), (True, 1, True, {}))


def test_a_chain_of_messages_in_messages_ends_without_recursion() -> None:
    """Each socket's queue holds the next: closing the first closes them all."""
    host = Sockets(alone().stack, FDTable(4096))
    length = 150
    pairs = [pair_of(host) for _ in range(length)]
    for (_, receiver), (sender, _) in zip(pairs[1:], pairs, strict=False):
        sender.send_message(b"x", 0, None, carry(receiver))
    for fd in range(2, 2 * length):
        host.table.close(fd)
    eq(len(host.names.flight.counts), length - 1)
    host.table.close_all()
    eq(host.names.flight.counts, {})
    eq([ends for ends in pairs if not (ends[0].closed and ends[1].closed)], [])


def test_descriptions_in_flight_are_bounded() -> None:
    """MAX_RIGHTS a message: EINVAL; MAX_IN_FLIGHT in all: ETOOMANYREFS."""
    host = alone()
    one, two = pair_of(host, SOCK_DGRAM)
    fails(errno.EINVAL, one.send_message, b"", 0, None, carry(*[one] * (rights.MAX_RIGHTS + 1)))
    sent = 0
    while sent + rights.MAX_RIGHTS <= rights.MAX_IN_FLIGHT:
        one.send_message(b"", 0, None, carry(*[Closable()] * rights.MAX_RIGHTS))
        sent += rights.MAX_RIGHTS
    fails(errno.ETOOMANYREFS, one.send_message, b"", 0, None, carry(*[one] * rights.MAX_RIGHTS))
    eq(one.outstanding, 4 * unix.OVERHEAD)
    message = two.receive_message(1, 0)
    one.send_message(b"", 0, None, carry(*[one] * rights.MAX_RIGHTS))
    host.names.flight.drop(message.rights)


def test_received_descriptions_are_numbered_or_dropped() -> None:
    """recvmsg: no number for one is MSG_CTRUNC, and its reference is given back."""
    host = alone()
    player = Pynet()
    where = player.put(bytes(8))
    player.quiet("socketpair", AF_UNIX, SOCK_STREAM, 0, where)
    near: Any = player.sockets.table.get(0)
    closables = [Closable(), Closable()]
    near.send_message(b"x", 0, None, carry(*closables))
    player.sockets.table.limit = 3
    vector = player.put(player.put(b"....").to_bytes(8, "little") + (4).to_bytes(8, "little"))
    control = player.put(bytes(64))
    header = player.put(bytes(16) + b"".join([number.to_bytes(8, "little") for number in (vector, 1, control, 64, 0)]))
    eq(player.quiet("recvmsg", 1, header, 0), 1)
    eq((player.get(header + 48, 1), player.get(control, 8), player.get(control + 16, 4)), (b"\x08", b"\x14\0\0\0\0\0\0\0", b"\2\0\0\0"))
    eq([closable.references for closable in closables], [1, 0])
    eq([closable.closings for closable in closables], [0, 1])
    eq(host.names.flight.total, 0)


def test_peer_credentials() -> None:
    """SO_PEERCRED: of who called connect, and of who called listen; of a socketpair, of who made it."""
    server = alone()
    server.credentials = (10, 0, 0)
    client = server.copy()
    client.credentials = (20, 7, 8)
    listening = server.socket(AF_UNIX)
    server.bind(listening, "/run/it")
    server.listen(listening)
    near = client.socket(AF_UNIX)
    client.connect(near, "/run/it")
    far, _ = server.accept(listening)
    ends: tuple[Any, Any] = (client.table.get(near), server.table.get(far))
    eq((ends[0].peer_credentials, ends[1].peer_credentials), ((10, 0, 0), (20, 7, 8)))
    eq(pair_of(client)[0].peer_credentials, (20, 7, 8))
    eq(unix.credentials_octets((20, 7, -1)), b"\x14\0\0\0\7\0\0\0\xff\xff\xff\xff")


def test_scm_credentials_come_with_so_passcred() -> None:
    host = alone()
    host.credentials = (5, 0, 0)
    one, two = pair_of(host)
    two.pass_credentials = True
    one.send(b"x")
    eq(two.receive_message(10, 0).control, [(SOL_SOCKET, unix.SCM_CREDENTIALS, unix.credentials_octets((5, 0, 0)))])


def test_connect_waits_for_room_at_the_listener() -> None:
    host = alone()
    listening = host.socket(AF_UNIX)
    host.bind(listening, "/run/it")
    host.listen(listening, 0)
    host.connect(host.socket(AF_UNIX), "/run/it")
    host.stack.loop.add_timer(_timer(lambda: host.accept(listening)), host.stack.now() + 3 * SECOND)
    before = host.stack.now()
    host.connect(host.socket(AF_UNIX), "/run/it")
    eq(host.stack.now() - before, 3 * SECOND)


def test_a_datagram_waits_for_room_at_its_receiver() -> None:
    """MAX_DATAGRAMS, and one more; EAGAIN where nobody may wait."""
    host = alone()
    receiver = host.socket(AF_UNIX, SOCK_DGRAM)
    host.bind(receiver, "\0it")
    sender = host.socket(AF_UNIX, SOCK_DGRAM)
    host.connect(sender, "\0it")
    for _ in range(unix.MAX_DATAGRAMS + 1):
        host.send(sender, b"x", MSG_DONTWAIT)
    fails(errno.EAGAIN, host.send, sender, b"x", MSG_DONTWAIT)
    host.stack.loop.add_timer(_timer(lambda: host.recv(receiver, 1)), host.stack.now() + 3 * SECOND)
    before = host.stack.now()
    eq(host.send(sender, b"x"), 1)
    eq(host.stack.now() - before, 3 * SECOND)


def test_a_streams_small_writes_are_put_together() -> None:
    """COALESCE: many writes are few packets, so that a byte at a time costs no packet a byte."""
    host = alone()
    one, two = pair_of(host)
    for _ in range(unix.COALESCE + 1):
        one.send(b"x")
    eq((len(two.queue), one.outstanding), (2, unix.COALESCE + 1 + 2 * unix.OVERHEAD))
    eq(len(two.recv(10_000)), unix.COALESCE + 1)
    eq(one.outstanding, 0)


def test_what_all_unix_sockets_queue_is_bounded() -> None:
    """unix.MAX_QUEUED: beyond it each may have LEAST_QUEUED waiting; MOST_QUEUED: and a packet that is longer is ENOBUFS."""
    host = alone()
    one, two = pair_of(host)
    one.send(bytes(10_000))
    eq((host.names.queued, one.outstanding), (10_000 + unix.OVERHEAD, 10_000 + unix.OVERHEAD))
    others = unix.MAX_QUEUED - host.names.queued
    host.names.queued += others
    fails(errno.EAGAIN, one.send, b"x")
    eq(one.poll() & POLLOUT, 0)
    two.recv(10_000)
    eq((host.names.queued, one.poll() & POLLOUT), (others, POLLOUT))
    host.names.queued = unix.MOST_QUEUED
    eq(one.send(bytes(10_000)), unix.LEAST_QUEUED)
    first = host.endpoint(host.socketpair(SOCK_DGRAM)[0])
    fails(errno.ENOBUFS, first.send, bytes(unix.LEAST_QUEUED + 1))
    eq(first.send(bytes(unix.LEAST_QUEUED)), unix.LEAST_QUEUED)
    one.close()
    two.close()
    eq(host.names.queued, unix.MOST_QUEUED + unix.LEAST_QUEUED + unix.OVERHEAD)


def test_what_all_pipes_hold_is_bounded() -> None:
    """pipe.MAX_PIPED: beyond it each holds PIPE_BUF, whole."""
    host = alone()
    opened = host.table.opened
    reader, writer = make_pipe(opened)
    eq((writer.write(bytes(60_000)), opened.piped), (60_000, 60_000))
    opened.piped += pipe.MAX_PIPED
    fails(errno.EAGAIN, writer.write, b"x")
    reader.read(55_904)
    fails(errno.EAGAIN, writer.write, b"x")
    eq(writer.poll(), 0)
    reader.read(4096)
    eq((writer.poll(), writer.write(bytes(PIPE_BUF))), (POLLOUT, PIPE_BUF))
    reader.give_back(b"back")
    reader.close()
    eq(opened.piped, pipe.MAX_PIPED)


# epoll, eventfd, timerfd.


class Sleeper:
    """Someone who waits on an epoll."""

    def __init__(self, epoll: Any) -> None:
        self.woken = False
        from pynet.readiness import Waiter

        epoll.waiters.add(Waiter(self.wake))

    def wake(self, waiter: Any) -> None:
        self.woken = True


def test_epollexclusive_wakes_one() -> None:
    """epoll_ctl(2): of the epolls that are waited on, one; those that nobody waits on learn of it too."""
    host = alone()
    one, two = host.socketpair(SOCK_STREAM | SOCK_NONBLOCK)
    epolls = [host.epoll_create() for _ in range(3)]
    for epoll in epolls:
        host.epoll_ctl(epoll, EPOLL_CTL_ADD, one, POLLIN | EPOLLEXCLUSIVE, epoll)
    idle, *others = epolls
    sleepers = [Sleeper(host.epoll(epoll)) for epoll in others]
    host.send(two, b"x")
    eq([sleeper.woken for sleeper in sleepers], [True, False])
    eq(host.epoll_wait(idle, 1, 0), [(POLLIN, idle)])
    eq(host.epoll_wait(others[0], 1, 0), [(POLLIN, others[0])])
    host.send(two, b"y")
    eq([sleeper.woken for sleeper in sleepers], [True, True])
    for epoll in epolls:
        host.close(epoll)
    eq(host.table.get(one).waiters.waiters, [])


def test_without_epollexclusive_all_wake() -> None:
    host = alone()
    one, two = host.socketpair()
    epolls = [host.epoll_create() for _ in range(2)]
    for epoll in epolls:
        host.epoll_ctl(epoll, EPOLL_CTL_ADD, one, POLLIN, epoll)
    sleepers = [Sleeper(host.epoll(epoll)) for epoll in epolls]
    host.send(two, b"x")
    eq([sleeper.woken for sleeper in sleepers], [True, True])


def test_eventfd_makes_a_large_write_wait_for_a_read() -> None:
    host = alone()
    event = EventDescription(5, False)
    fd = host.table.add(event)
    host.stack.loop.add_timer(_timer(lambda: event.read(8)), host.stack.now() + 2 * SECOND)
    before = host.stack.now()
    eq(host.send(fd, LARGEST.to_bytes(8, "little")), 8)
    eq((host.stack.now() - before, event.count), (2 * SECOND, LARGEST))


def test_timerfd_on_both_clocks() -> None:
    """timerfd_create(2): an absolute time on CLOCK_REALTIME is the wall's; reading tells how often, and an edge comes with each expiry."""
    host = alone()
    offset = 1_700_000_000 * SECOND
    timer = TimerDescription(host.stack, lambda: host.stack.now() + offset, CLOCK_REALTIME)
    fd = host.table.add(timer)
    timer.set((host.stack.now() + offset + 3 * SECOND) * 1000, SECOND * 1000, True)
    eq(timer.get(), (1_000_000_000, 3_000_000_000))
    before = host.stack.now()
    eq(host.poll([(fd, POLLIN)]), [(fd, POLLIN)])
    eq(host.stack.now() - before, 3 * SECOND)
    epoll = host.epoll_create()
    host.epoll_ctl(epoll, EPOLL_CTL_ADD, fd, POLLIN | EPOLLET, 1)
    eq(host.epoll_wait(epoll, 1, 0), [(POLLIN, 1)])
    eq(host.epoll_wait(epoll, 1, 5 * SECOND), [], "not read, no new edge")
    eq(timer.read(8), (6).to_bytes(8, "little"))
    eq(host.epoll_wait(epoll, 1, -1), [(POLLIN, 1)])
    timer.set(0, 0, False)
    eq((timer.poll(), timer.get()), (0, (0, 0)))
    monotonic = TimerDescription(host.stack, lambda: 0, CLOCK_MONOTONIC)
    monotonic.set(host.stack.now() * 1000 + 500, 0, True)
    eq(monotonic.poll(), 0)
    other = host.table.add(monotonic)
    before = host.stack.now()
    eq(host.poll([(other, POLLIN)]), [(other, POLLIN)])
    eq(host.stack.now() - before, 1, "rounded up, never early")
    host.close(other)
    host.close(fd)
    eq(host.stack.loop.next_deadline(), -1)


def test_waiting_calls_keep_to_their_mask_and_their_timeout() -> None:
    """ppoll(2), pselect(2): the mask is the thread's for the call; what is left of the time is written back."""
    player = Pynet()
    mask, timeout = player.put((0x4000).to_bytes(8, "little")), player.put((2).to_bytes(8, "little") + bytes(8))
    before = player.world.now
    eq(player.quiet("ppoll", 0, 0, timeout, mask, 8), 0)
    eq((player.world.now - before, player.thread.mask, player.thread.saved_mask), (2 * SECOND, 0x4000, 0))
    eq(player.get(timeout, 16), bytes(16))
    where = player.put(bytes(8))
    player.quiet("socketpair", AF_UNIX, SOCK_STREAM, 0, where)
    player.stack.loop.add_timer(_timer(lambda: player.sockets.send(1, b"x")), player.world.now + SECOND)
    read, left = player.put(b"\1" + bytes(7)), player.put((3).to_bytes(8, "little") + bytes(8))
    eq(player.quiet("select", 1, read, 0, 0, left), 1)
    eq(player.get(left, 16), (2).to_bytes(8, "little") + bytes(8))


def test_select_waits_past_a_hang_up_that_it_did_not_ask_about() -> None:
    """select(2): POLLHUP makes readable, not exceptional; whoever asks for exceptions alone waits on."""
    player = Pynet()
    near = player.quiet("socket", 2, SOCK_STREAM, 0)
    eq(player.sockets.poll([(near, 0)], 0), [(near, POLLHUP)])
    wanted = player.put((1 << near).to_bytes(8, "little"))
    before = player.world.now
    eq(player.quiet("select", near + 1, 0, 0, wanted, player.put((1).to_bytes(8, "little") + bytes(8))), 0)
    eq(player.world.now - before, SECOND)
    eq(POLLERR, 8)
