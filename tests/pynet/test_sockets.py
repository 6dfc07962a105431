"""The socket calls, between two hosts in virtual time and on one host's loopback (POSIX.1-2017 XSH 2.10 and the pages it names)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, names, sockets
from pynet.net import Stack
from pynet.octets import get16
from pynet.posix import options, unix
from pynet.posix.description import FIONBIO, FIONREAD, FDTable, FileDescription
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLOUT
from pynet.sockets import (
    AF_INET,
    AF_INET6,
    AF_UNIX,
    IPPROTO_TCP,
    IPPROTO_UDP,
    MSG_DONTWAIT,
    MSG_PEEK,
    MSG_WAITALL,
    SHUT_RD,
    SHUT_RDWR,
    SHUT_WR,
    SO_ACCEPTCONN,
    SO_BROADCAST,
    SO_DOMAIN,
    SO_ERROR,
    SO_KEEPALIVE,
    SO_LINGER,
    SO_PROTOCOL,
    SO_RCVBUF,
    SO_RCVTIMEO,
    SO_REUSEADDR,
    SO_SNDBUF,
    SO_SNDTIMEO,
    SO_TYPE,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_STREAM,
    SOL_SOCKET,
    AddrInfo,
    GaiError,
    SockAddr,
    Sockets,
)
from tests.support import eq, raises, table
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SECOND = 1_000_000


def fails(number: int, call: Callable[..., Any], *args: Any) -> None:
    """`call(*args)` raises OSError with this errno."""
    error = raises(OSError, call, *args)
    eq(getattr(error, "errno", None), number, repr(error))


class Hosts:
    """Two hosts with socket calls: a is 10.0.0.1, b is 10.0.0.2."""

    def __init__(self) -> None:
        self.world = World()
        self.stack_a, self.stack_b = self.world.pair()
        self.a = Sockets(self.stack_a)
        self.b = Sockets(self.stack_b)

    def connected(self, port: int = 80) -> tuple[int, int]:
        """(a's number, b's number) of one connection."""
        listening = self.listening(port)
        client = self.a.socket()
        self.a.connect(client, ("10.0.0.2", port))
        server, peer = self.b.accept(listening)
        eq(peer, self.a.getsockname(client))
        self.b.close(listening)
        return client, server

    def listening(self, port: int = 80, backlog: int = 5) -> int:
        """b's number of a listener."""
        fd = self.b.socket()
        self.b.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
        self.b.bind(fd, ("", port))
        self.b.listen(fd, backlog)
        return fd

    def datagrams(self, port: int = 7) -> tuple[int, int]:
        """(a's number, b's number, bound to `port`) of UDP sockets."""
        bound = self.b.socket(AF_INET, SOCK_DGRAM)
        self.b.bind(bound, ("10.0.0.2", port))
        return self.a.socket(AF_INET, SOCK_DGRAM), bound


def alone() -> Sockets:
    """One host whose cable ends nowhere; loopback works."""
    world = World()
    return Sockets(world.stack(world.cable()[0], 0x0A000001))


# socket(), and numbers.


def test_socket_refuses_what_it_does_not_know() -> None:
    host = alone()

    def check(number: int, domain: int, type_: int, protocol: int) -> None:
        fails(number, host.socket, domain, type_, protocol)

    table(
        (
            (errno.EAFNOSUPPORT, AF_INET6, SOCK_STREAM, 0),
            (errno.EPROTONOSUPPORT, AF_INET, SOCK_STREAM, IPPROTO_UDP),
            (errno.EPROTONOSUPPORT, AF_INET, SOCK_DGRAM, IPPROTO_TCP),
            (errno.ESOCKTNOSUPPORT, AF_INET, 4, 0),
            (errno.ESOCKTNOSUPPORT, AF_UNIX, 4, 0),
            (errno.EINVAL, AF_INET, SOCK_STREAM | 0x100, 0),
        ),
        check,
    )


def test_numbers_are_the_lowest_free_ones() -> None:
    host = Sockets(alone().stack, FDTable(4))
    eq([host.socket() for _ in range(4)], [0, 1, 2, 3])
    fails(errno.EMFILE, host.socket)
    fails(errno.EMFILE, host.socketpair)
    host.close(1)
    fails(errno.EMFILE, host.socketpair)
    eq(host.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK), 1)
    eq(host.table.close_on_exec, {1})
    assert host.table.get(1).nonblocking
    fails(errno.EBADF, host.close, 9)


def test_dup_keeps_the_description_open() -> None:
    host = alone()
    fds = host.table
    one, two = host.socketpair()
    again = fds.dup(one, 10)
    eq(again, 10)
    eq(fds.dup2(one, one), one)
    eq(fds.dup2(one, 20), 20)
    host.close(one)
    host.send(again, b"still here")
    eq(host.recv(two, 100), b"still here")
    eq(fds.dup2(two, 20), 20)
    fails(errno.EBADF, fds.dup2, two, -1)
    fails(errno.EBADF, fds.dup2, 99, 1)
    eq(host.socket(), one)
    fds.close_all()
    eq(fds.descriptions, {})


def test_a_description_of_no_kind_does_nothing() -> None:
    plain = FileDescription()
    fails(errno.EINVAL, plain.read, 1)
    fails(errno.EINVAL, plain.write, b"")
    fails(errno.ENOTTY, plain.ioctl, 1)
    eq((plain.ioctl(FIONBIO, 1), plain.nonblocking), (0, True))
    host = alone()
    fd = host.table.add(plain)
    for call in (lambda: host.recv(fd, 1), lambda: host.getsockname(fd), lambda: host.accept(fd), lambda: host.listen(fd)):
        fails(errno.ENOTSOCK, call)
    host.close(fd)


def test_names_of_addresses_are_checked() -> None:
    host = alone()
    fd = host.socket(AF_INET, SOCK_DGRAM)
    for name in (("1.2.3", 1), ("1.2.3.4", -1), ("1.2.3.4", 65536), ("1.2.3.4", "x"), ("1.2.3.400", 1), 5, ("1.2.3.4",)):
        fails(errno.EINVAL, host.bind, fd, name)
    fails(errno.EADDRNOTAVAIL, host.bind, fd, ("10.9.9.9", 1))
    name = SockAddr("10.0.0.1", 8)
    eq((repr(name), list(name), hash(name) == hash(SockAddr("10.0.0.1", 8))), ("10.0.0.1:8", ["10.0.0.1", 8], True))
    assert name != SockAddr("10.0.0.1", 9)
    assert name != ("10.0.0.1", 8)


# UDP.


def test_udp_there_and_back() -> None:
    hosts = Hosts()
    a, b = hosts.datagrams()
    eq(hosts.a.sendto(a, b"question", 0, ("10.0.0.2", 7)), 8)
    data, peer = hosts.b.recvfrom(b, 100, MSG_PEEK)
    eq((data, peer.address), (b"question", "10.0.0.1"))
    eq(hosts.b.table.get(b).ioctl(FIONREAD), 8)
    eq(hosts.b.recvfrom(b, 4), (b"ques", peer))
    eq(hosts.b.table.get(b).ioctl(FIONREAD), 0)
    fails(errno.ENOTTY, hosts.b.table.get(b).ioctl, 0x1234)
    hosts.b.sendto(b, b"answer", 0, peer)
    eq(hosts.a.recv(a, 100), b"answer")
    eq(hosts.a.getsockname(a).port, peer.port)
    fails(errno.EAGAIN, hosts.a.recv, a, 100, MSG_DONTWAIT)


def test_udp_connected() -> None:
    """connect() chooses the peer: others are not heard, and its ICMP errors are."""
    hosts = Hosts()
    a, b = hosts.datagrams()
    fails(errno.EDESTADDRREQ, hosts.a.send, a, b"to whom?")
    fails(errno.ENOTCONN, hosts.a.getpeername, a)
    fails(errno.ENOTCONN, hosts.a.shutdown, hosts.a.socket(AF_INET, SOCK_DGRAM), SHUT_RD)
    hosts.a.connect(a, ("10.0.0.2", 7))
    eq(hosts.a.getpeername(a), SockAddr("10.0.0.2", 7))
    eq(hosts.a.getsockname(a).address, "10.0.0.1")
    hosts.a.send(a, b"1")
    _, peer = hosts.b.recvfrom(b, 10)
    stranger = hosts.b.socket(AF_INET, SOCK_DGRAM)
    hosts.b.sendto(stranger, b"not asked", 0, peer)
    hosts.b.sendto(b, b"2", 0, peer)
    eq(hosts.a.recv(a, 10), b"2")
    hosts.b.close(b)
    hosts.a.send(a, b"3")
    hosts.world.run(SECOND)
    eq(hosts.a.poll([(a, POLLIN)], 0), [(a, POLLERR)])
    eq(hosts.a.getsockopt(a, SOL_SOCKET, SO_ERROR), errno.ECONNREFUSED)
    hosts.a.send(a, b"4")
    hosts.world.run(SECOND)
    fails(errno.ECONNREFUSED, hosts.a.recv, a, 10)
    hosts.a.shutdown(a, SHUT_RDWR)
    eq(hosts.a.recv(a, 10), b"")
    eq(hosts.a.poll([(a, POLLIN)], 0), [(a, POLLIN | POLLHUP)])


def test_udp_errors() -> None:
    hosts = Hosts()
    a, b = hosts.datagrams()
    table(
        (
            (errno.EINVAL, ("10.0.0.2", 0)),
            (errno.EACCES, ("10.0.0.255", 7)),
            (errno.ENETUNREACH, ("192.0.2.1", 7)),
        ),
        lambda number, name: fails(number, hosts.a.sendto, a, b"x", 0, name),
    )
    fails(errno.EMSGSIZE, hosts.a.sendto, a, bytes(65_508), 0, ("10.0.0.2", 7))
    fails(errno.EINVAL, hosts.b.bind, b, ("", 8))
    fails(errno.EADDRINUSE, hosts.b.bind, hosts.b.socket(AF_INET, SOCK_DGRAM), ("", 7))
    fails(errno.EACCES, hosts.a.connect, a, ("255.255.255.255", 7))
    nowhere = World()
    bare = Sockets(nowhere.stack(nowhere.cable()[0]))
    fails(errno.ENETUNREACH, bare.connect, bare.socket(AF_INET, SOCK_DGRAM), ("10.0.0.2", 7))
    fails(errno.ENETUNREACH, bare.sendto, bare.socket(AF_INET, SOCK_DGRAM), b"x", 0, ("10.0.0.2", 7))
    fails(errno.EOPNOTSUPP, hosts.b.accept, b)
    fails(errno.EOPNOTSUPP, hosts.b.listen, b)


def test_udp_options() -> None:
    """Set before and after bind; broadcasts want SO_BROADCAST, a shared port SO_REUSEADDR."""
    hosts = Hosts()
    a, b = hosts.datagrams()
    hosts.a.setsockopt(a, 0, sockets.IP_TTL, 3)
    hosts.a.setsockopt(a, SOL_SOCKET, SO_BROADCAST, 1)
    hosts.b.setsockopt(b, SOL_SOCKET, SO_REUSEADDR, 1)
    shared = hosts.b.socket(AF_INET, SOCK_DGRAM)
    hosts.b.setsockopt(shared, SOL_SOCKET, SO_REUSEADDR, 1)
    hosts.b.bind(shared, ("", 7))
    hosts.a.sendto(a, b"all", 0, ("10.0.0.255", 7))
    wire: Any = hosts.stack_a.transport
    eq(hosts.b.recv(shared, 10), b"all")
    eq(wire.sent[-1][22], 3)
    hosts.a.setsockopt(a, 0, sockets.IP_TTL, 9)
    hosts.a.setsockopt(a, 0, sockets.IP_TOS, 0x10)
    hosts.a.setsockopt(a, SOL_SOCKET, SO_RCVBUF, 1000)
    hosts.a.setsockopt(a, SOL_SOCKET, SO_SNDBUF, 1000)
    hosts.a.sendto(a, b"b", 0, ("10.0.0.2", 7))
    hosts.world.run(SECOND)
    eq((wire.sent[-1][22], wire.sent[-1][15]), (9, 0x10))
    eq(hosts.a.getsockopt(a, 0, sockets.IP_TTL), 9)
    table(
        ((SO_TYPE, SOCK_DGRAM), (SO_PROTOCOL, IPPROTO_UDP), (SO_DOMAIN, AF_INET), (SO_ACCEPTCONN, 0), (SO_ERROR, 0)),
        lambda option, value: eq(hosts.a.getsockopt(a, SOL_SOCKET, option), value),
    )
    fails(errno.ENOPROTOOPT, hosts.a.getsockopt, a, SOL_SOCKET, 99)
    fails(errno.ENOPROTOOPT, hosts.a.setsockopt, a, IPPROTO_TCP, sockets.TCP_NODELAY, 1)
    eq(hosts.b.recv(b, 10), b"b")


def test_a_receive_timeout_ends_the_wait() -> None:
    hosts = Hosts()
    _, b = hosts.datagrams()
    hosts.b.setsockopt(b, SOL_SOCKET, SO_RCVTIMEO, 2 * SECOND)
    eq(hosts.b.getsockopt(b, SOL_SOCKET, SO_RCVTIMEO), 2 * SECOND)
    start = hosts.world.now
    fails(errno.EAGAIN, hosts.b.recv, b, 10)
    eq(hosts.world.now - start, 2 * SECOND)


# TCP.


def test_tcp_there_and_back() -> None:
    hosts = Hosts()
    a, b = hosts.connected()
    eq(hosts.a.send(a, b"question"), 8)
    eq(hosts.b.recv(b, 3, MSG_PEEK), b"que")
    eq(hosts.b.table.get(b).ioctl(FIONREAD), 8)
    eq(hosts.b.recv(b, 3), b"que")
    eq(hosts.b.recvfrom(b, 100), (b"stion", hosts.a.getsockname(a)))
    eq(hosts.b.sendto(b, b"answer", 0, None), 6)
    eq(hosts.a.recv(a, 100), b"answer")
    fails(errno.EAGAIN, hosts.a.recv, a, 1, MSG_DONTWAIT)
    fails(errno.ENOTTY, hosts.a.table.get(a).ioctl, 5)
    hosts.a.shutdown(a, SHUT_WR)
    eq(hosts.b.recv(b, 1), b"")
    hosts.b.send(b, b"late")
    eq(hosts.a.recv(a, 10), b"late")
    fails(errno.EPIPE, hosts.a.send, a, b"too late")
    hosts.a.shutdown(a, SHUT_RD)
    fails(errno.EINVAL, hosts.a.shutdown, a, 3)
    hosts.b.close(b)
    hosts.a.close(a)
    hosts.world.run(120 * SECOND)
    eq((len(hosts.stack_a.tcp.connections), len(hosts.stack_b.tcp.connections)), (0, 0))


def test_waitall_waits_for_all() -> None:
    """recv(): MSG_WAITALL; less only where the peer ends."""
    hosts = Hosts()
    a, b = hosts.connected()
    data = bytes(range(256)) * 4096
    hosts.stack_b.loop.spawn(drain_later(hosts, b), "server")
    eq(hosts.a.send(a, data), len(data))
    hosts.a.shutdown(a, SHUT_WR)
    eq(hosts.a.recv(a, len(data), MSG_WAITALL) == data, True)
    eq(hosts.a.recv(a, 100, MSG_WAITALL), b"tail")


async def drain_later(hosts: Hosts, fd: int) -> None:
    """Send back what comes, then a tail."""
    while True:
        data = await hosts.b.recv_async(fd, 10_000)
        if not data:
            break
        await hosts.b.send_async(fd, data)
    await hosts.b.send_async(fd, b"tail")
    hosts.b.close(fd)


def test_waitall_gives_what_came_before_the_error() -> None:
    hosts = Hosts()
    a, b = hosts.connected()
    hosts.b.send(b, b"partly")
    hosts.world.run(SECOND)
    hosts.a.setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, SECOND)
    eq(hosts.a.recv(a, 100, MSG_WAITALL), b"partly")
    fails(errno.EAGAIN, hosts.a.recv, a, 100, MSG_WAITALL)


def test_a_full_buffer_is_eagain_or_a_wait() -> None:
    hosts = Hosts()
    a, b = hosts.connected()
    hosts.b.setsockopt(b, SOL_SOCKET, SO_RCVBUF, 4096)
    hosts.a.table.get(a).ioctl(FIONBIO, 1)
    sent = 0
    while True:
        try:
            sent += hosts.a.send(a, bytes(100_000))
        except BlockingIOError:
            break
        hosts.world.run(SECOND)
    assert sent >= 4096
    eq(hosts.a.poll([(a, POLLOUT)], 0), [])
    hosts.a.table.get(a).ioctl(FIONBIO, 0)
    hosts.a.setsockopt(a, SOL_SOCKET, SO_SNDTIMEO, SECOND)
    fails(errno.EAGAIN, hosts.a.send, a, b"x")
    while sent:
        sent -= len(hosts.b.recv(b, 65536))
    eq(hosts.a.poll([(a, POLLOUT)], 60 * SECOND), [(a, POLLOUT)])


def test_connect_refused_and_unreachable() -> None:
    hosts = Hosts()
    fd = hosts.a.socket()
    fails(errno.ECONNREFUSED, hosts.a.connect, fd, ("10.0.0.2", 81))
    # A failed attempt may be repeated.
    hosts.listening(81)
    hosts.a.connect(fd, ("10.0.0.2", 81))
    fails(errno.EISCONN, hosts.a.connect, fd, ("10.0.0.2", 81))
    other = hosts.a.socket()
    fails(errno.ENETUNREACH, hosts.a.connect, other, ("192.0.2.1", 80))
    fails(errno.ENETUNREACH, hosts.a.connect, other, ("10.0.0.255", 80))
    fails(errno.EADDRNOTAVAIL, hosts.a.connect, other, ("10.0.0.2", 0))
    fails(errno.EHOSTUNREACH, hosts.a.connect, other, ("10.0.0.77", 80))


def test_connect_without_waiting() -> None:
    """connect(): EINPROGRESS, then EALREADY, then writable, then done."""
    hosts = Hosts()
    hosts.listening()
    fd = hosts.a.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    description = hosts.a.table.get(fd)
    fails(errno.ENOTCONN, hosts.a.recv, fd, 1)
    fails(errno.ENOTCONN, hosts.a.shutdown, fd, SHUT_WR)
    fails(errno.ENOTCONN, hosts.a.getpeername, fd)
    eq(description.poll(), POLLOUT | POLLHUP)
    fails(errno.EINPROGRESS, hosts.a.connect, fd, ("10.0.0.2", 80))
    fails(errno.EALREADY, hosts.a.connect, fd, ("10.0.0.2", 80))
    fails(errno.EAGAIN, hosts.a.send, fd, b"x")
    fails(errno.ENOTCONN, hosts.a.getpeername, fd)
    eq(hosts.a.poll([(fd, POLLOUT)], 10 * SECOND), [(fd, POLLOUT)])
    eq(hosts.a.getsockopt(fd, SOL_SOCKET, SO_ERROR), 0)
    hosts.a.connect(fd, ("10.0.0.2", 80))
    eq(hosts.a.getpeername(fd), SockAddr("10.0.0.2", 80))


def test_listen_and_accept() -> None:
    hosts = Hosts()
    fd = hosts.listening(80, 1)
    hosts.b.listen(fd, 2)
    eq(hosts.b.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN), 1)
    fails(errno.EISCONN, hosts.b.connect, fd, ("10.0.0.1", 80))
    fails(errno.EINVAL, hosts.b.bind, fd, ("", 81))
    fails(errno.EINVAL, hosts.b.table.get(fd).ioctl, FIONREAD)
    fails(errno.EADDRINUSE, hosts.b.bind, hosts.b.socket(), ("", 80))
    fails(errno.EINVAL, hosts.b.accept, hosts.b.socket())
    hosts.b.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, SECOND)
    fails(errno.EAGAIN, hosts.b.accept, fd)
    eq(hosts.b.poll([(fd, POLLIN)], 0), [])
    client = hosts.a.socket()
    hosts.a.bind(client, ("", 0))
    hosts.a.connect(client, ("10.0.0.2", 80))
    fails(errno.EINVAL, hosts.a.listen, client)
    hosts.world.run(SECOND)
    eq(hosts.b.poll([(fd, POLLIN)], 0), [(fd, POLLIN)])
    hosts.b.table.limit = 0
    fails(errno.EMFILE, hosts.b.accept, fd)
    hosts.world.run(SECOND)
    fails(errno.ECONNRESET, hosts.a.recv, client, 1)
    unbound = hosts.a.socket()
    hosts.a.listen(unbound, 0)
    assert hosts.a.getsockname(unbound).port


def test_so_linger_zero_resets() -> None:
    hosts = Hosts()
    a, b = hosts.connected()
    hosts.a.setsockopt(a, SOL_SOCKET, SO_LINGER, 0)
    hosts.a.close(a)
    hosts.world.run(SECOND)
    fails(errno.ECONNRESET, hosts.b.recv, b, 1)
    eq(len(hosts.stack_a.tcp.connections), 0)


def test_tcp_options_reach_the_connection() -> None:
    """Set before connect and after it; accept() hands the listener's on."""
    hosts = Hosts()
    listening = hosts.listening()
    values = (
        (SOL_SOCKET, SO_KEEPALIVE, 1),
        (SOL_SOCKET, SO_RCVBUF, 30_000),
        (SOL_SOCKET, SO_SNDBUF, 40_000),
        (IPPROTO_TCP, sockets.TCP_NODELAY, 1),
        (IPPROTO_TCP, sockets.TCP_CORK, 1),
        (IPPROTO_TCP, sockets.TCP_MAXSEG, 700),
        (IPPROTO_TCP, sockets.TCP_KEEPIDLE, 10),
        (IPPROTO_TCP, sockets.TCP_KEEPINTVL, 3),
        (IPPROTO_TCP, sockets.TCP_KEEPCNT, 2),
        (IPPROTO_TCP, sockets.TCP_USER_TIMEOUT, 5000),
        (IPPROTO_TCP, sockets.TCP_LINGER2, 4),
        (IPPROTO_TCP, sockets.TCP_DEFER_ACCEPT, 0),
        (IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT, 9000),
    )
    for level, option, value in values:
        hosts.b.setsockopt(listening, level, option, value)
    client = hosts.a.socket()
    hosts.a.connect(client, ("10.0.0.2", 80))
    server, _ = hosts.b.accept(listening)
    for level, option, value in values:
        hosts.a.setsockopt(client, level, option, value)
        # A segment has room for timestamps too (RFC 6691).
        answer = value - 12 if option == sockets.TCP_MAXSEG else value
        eq(hosts.a.getsockopt(client, level, option), answer)
        eq(hosts.b.getsockopt(server, level, option), answer)
    description: Any = hosts.b.table.get(server)
    connection = description.connection
    eq((connection.keep_interval, connection.keep_count, connection.user_timeout), (3 * SECOND, 2, 5 * SECOND))
    eq((connection.fin_timeout, connection.notsent_lowat), (4 * SECOND, 9000))
    hosts.a.setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, 0)
    fails(errno.ENOPROTOOPT, hosts.a.getsockopt, client, IPPROTO_TCP, 99)
    eq(hosts.a.getsockopt(client, SOL_SOCKET, SO_TYPE), SOCK_STREAM)


def test_ip_tos_and_ttl_are_on_every_segment() -> None:
    """ip(7): IP_TOS and IP_TTL, set before connect and by accept() from the listener; TCP's two ECN bits stay TCP's."""
    hosts = Hosts()
    listening: Any = hosts.b.endpoint(hosts.listening())
    for host, description, value in ((hosts.b, listening, 0x20), (hosts.a, hosts.a.endpoint(hosts.a.socket()), 0x10)):
        options.find(description, 0, sockets.IP_TOS, "set").set(description, value.to_bytes(4, "little"))
        options.find(description, 0, sockets.IP_TTL, "set").set(description, (value + 1).to_bytes(4, "little"))
        eq(host.stack.drops["net: no route"], 0)
    hosts.a.connect(0, ("10.0.0.2", 80))
    server, _ = hosts.b.accept(0)
    hosts.b.send(server, b"x")
    hosts.world.run(SECOND)
    for stack, value in ((hosts.stack_a, 0x10), (hosts.stack_b, 0x20)):
        wire: Any = stack.transport
        tcp = [frame for frame in wire.sent if frame[12:14] == b"\x08\x00" and frame[23] == IPPROTO_TCP]
        eq({(frame[15] & ~3, frame[22]) for frame in tcp}, {(value, value + 1)})


def test_ip_ttl_is_on_every_segment() -> None:
    """ip(7): set before connect and by accept() from the listener, and changed while the connection stands. -1 is the default again."""
    hosts = Hosts()
    listening: Any = hosts.b.endpoint(hosts.listening())
    for description, value in ((listening, 3), (hosts.a.endpoint(hosts.a.socket()), 9)):
        options.find(description, 0, sockets.IP_TTL, "set").set(description, value.to_bytes(4, "little"))
    hosts.a.connect(0, ("10.0.0.2", 80))
    server, _ = hosts.b.accept(0)
    hosts.b.send(server, b"x")
    hosts.world.run(SECOND)

    def seen(stack: Any) -> set[int]:
        return {frame[22] for frame in stack.transport.sent if frame[12:14] == b"\x08\x00" and frame[23] == IPPROTO_TCP}

    eq((seen(hosts.stack_a), seen(hosts.stack_b)), ({9}, {3}))
    changed = hosts.b.endpoint(server)
    options.find(changed, 0, sockets.IP_TTL, "set").set(changed, b"\xff\xff\xff\xff")
    hosts.b.send(server, b"y")
    hosts.world.run(SECOND)
    eq(seen(hosts.stack_b), {3, 64})


def test_so_max_pacing_rate_is_the_connections() -> None:
    """socket(7): of a connection that stands and, from the listener, of one that is accepted; no limit again with all ones."""
    hosts = Hosts()
    listening: Any = hosts.b.endpoint(hosts.listening())
    option = options.find(listening, SOL_SOCKET, sockets.SO_MAX_PACING_RATE, "set")
    option.set(listening, (20_000).to_bytes(8, "little"))
    hosts.a.connect(hosts.a.socket(), ("10.0.0.2", 80))
    server, _ = hosts.b.accept(0)
    description: Any = hosts.b.endpoint(server)
    eq(description.connection.max_pacing_rate, 20_000)
    hosts.b.send(server, bytes(100_000))
    hosts.world.run(2 * SECOND)
    got = len(hosts.a.recv(0, 200_000))
    assert 30_000 < got < 60_000, got
    option.set(description, b"\xff" * 4)
    eq(description.connection.max_pacing_rate, 0)
    hosts.world.run(2 * SECOND)
    eq(len(hosts.a.recv(0, 200_000)) + got, 100_000)
    for room, answer in ((8, b"\xff" * 8), (4, b"\xff" * 4), (2, b"\xff" * 2)):
        eq(option.value(description, room), answer)
    option.set(description, (1 << 63).to_bytes(8, "little"))
    eq(description.connection.max_pacing_rate, sockets.MAX_PACING_RATE)


def test_loopback_reaches_this_host() -> None:
    """RFC 1122 §3.2.1.3 (g): 127/8, and the host's own address."""
    host = alone()
    for address in ("127.0.0.1", "10.0.0.1"):
        listening = host.socket()
        host.bind(listening, (address, 80))
        host.listen(listening)
        client = host.socket()
        host.connect(client, (address, 80))
        server, peer = host.accept(listening)
        eq(peer, host.getsockname(client))
        host.send(client, b"round")
        eq(host.recv(server, 10), b"round")
        for fd in (client, server, listening):
            host.close(fd)
    wire: Any = host.stack.transport
    eq([frame for frame in wire.sent if frame[12:14] == b"\x08\x00"], [])


def test_what_a_thread_sends_to_its_own_host_is_there_when_the_call_returns() -> None:
    """As on Linux, while the loop sleeps: datagram, connection, data, FIN and reset are seen by the next call, without a wait."""
    host = alone()
    receiver, sender = host.socket(AF_INET, SOCK_DGRAM), host.socket(AF_INET, SOCK_DGRAM)
    host.bind(receiver, ("127.0.0.1", 9))
    listening, client = host.socket(), host.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK)
    host.bind(listening, ("127.0.0.1", 80))
    host.listen(listening)
    host.stack.sleeps_until = -1
    host.sendto(sender, b"x", 0, ("127.0.0.1", 9))
    eq(host.recv(receiver, 10, MSG_DONTWAIT), b"x")
    fails(errno.EINPROGRESS, host.connect, client, ("127.0.0.1", 80))
    eq(host.poll([(client, POLLOUT), (listening, POLLIN)], 0), [(client, POLLOUT), (listening, POLLIN)])
    server, _ = host.accept(listening)
    host.send(client, b"data")
    eq(host.recv(server, 10, MSG_DONTWAIT), b"data")
    host.shutdown(client, SHUT_WR)
    eq(host.recv(server, 10, MSG_DONTWAIT), b"")
    host.setsockopt(server, SOL_SOCKET, SO_LINGER, 0)
    host.close(server)
    fails(errno.ECONNRESET, host.recv, client, 10)
    eq(host.stack.sleeps_until, -1, "the loop has slept all the time")


# poll, and the forms for coroutines.


def test_poll_waits_for_the_first_of_several() -> None:
    hosts = Hosts()
    a, b = hosts.datagrams()
    tcp_a, tcp_b = hosts.connected()
    eq(hosts.b.poll([(b, POLLIN), (tcp_b, POLLIN)], SECOND), [])
    hosts.a.sendto(a, b"x", 0, ("10.0.0.2", 7))
    eq(hosts.b.poll([(b, POLLIN), (tcp_b, POLLIN)]), [(b, POLLIN)])
    hosts.a.close(tcp_a)
    hosts.world.run(SECOND)
    eq([fd for fd, _ in hosts.b.poll([(b, POLLIN), (tcp_b, POLLIN)])], [b, tcp_b])


def test_a_coroutine_has_the_same_calls() -> None:
    hosts = Hosts()
    listening = hosts.listening()
    _, bound = hosts.datagrams()

    async def serve() -> bytes:
        fd, peer = await hosts.b.accept_async(listening)
        eq(peer.address, "10.0.0.1")
        data = await hosts.b.recv_async(fd, 100)
        hosts.b.close(fd)
        return data

    async def ask() -> None:
        fd = hosts.a.socket()
        await hosts.a.connect_async(fd, ("10.0.0.2", 80))
        await hosts.a.send_async(fd, b"hello")
        eq(await hosts.a.recv_async(fd, 1), b"")
        hosts.a.close(fd)

    task = hosts.stack_b.loop.spawn(serve(), "serve")
    hosts.world.finish(hosts.stack_a, ask())
    eq(task.result, b"hello")

    async def late() -> None:
        await hosts.b.recvfrom_async(bound, 10, hosts.world.now + SECOND)

    raises(TimeoutError, hosts.world.finish, hosts.stack_b, late())

    async def wrong() -> None:
        await hosts.b.recvfrom_async(listening, 10)

    fails(errno.EOPNOTSUPP, hosts.world.finish, hosts.stack_b, wrong())


def test_the_loops_own_thread_may_not_block() -> None:
    """Design: a blocking form on the loop's own thread is a RuntimeError, not a deadlock."""
    hosts = Hosts()
    _, b = hosts.datagrams()

    async def block() -> None:
        hosts.b.recv(b, 1)

    raises(RuntimeError, hosts.world.finish, hosts.stack_b, block())
    world = World()
    alone_ = Sockets(Stack(world.cable()[0], world.clock, world.random.octets))
    raises(RuntimeError, alone_.poll, [(alone_.socket(AF_INET, SOCK_DGRAM), POLLIN)])


# Names.


def test_getaddrinfo() -> None:
    """RFC 3493 §6.1, §6.4: numbers and names of hosts and services, and the errors; RFC 6761 §6.3: localhost is answered here."""
    host = alone()

    def check(name: str, service: str | int, address: str, port: int) -> None:
        answer = host.getaddrinfo(name, service)[0]
        eq((answer.sockaddr, answer.family, answer.type), (SockAddr(address, port), AF_INET, SOCK_STREAM))

    table(
        (
            ("192.0.2.1", "https", "192.0.2.1", 443),
            ("localhost", "8080", "127.0.0.1", 8080),
            ("localhost.", 0, "127.0.0.1", 0),
            ("", "echo", "0.0.0.0", 7),
        ),
        check,
    )
    for service in ("nonsense", 65536, "-1"):
        eq(getattr(raises(GaiError, host.getaddrinfo, "localhost", service), "errno", 0), sockets.EAI_SERVICE)
    eq(getattr(raises(GaiError, host.getaddrinfo, "example.com"), "errno", 0), sockets.EAI_AGAIN)
    eq(host.gethostbyname("192.0.2.7"), "192.0.2.7")
    assert "192.0.2.1:5" in repr(AddrInfo(SOCK_DGRAM, 17, "x", SockAddr("192.0.2.1", 5)))


def test_addresses_in_all_numeric_forms() -> None:
    """inet_aton(3); the answers are glibc's getaddrinfo's with AI_NUMERICHOST."""
    rows: tuple[tuple[str, str], ...] = (
        ("127.0.0.1", "127.0.0.1"), ("127.1", "127.0.0.1"), ("127.0.1", "127.0.0.1"), ("1", "0.0.0.1"), ("0x7f000001", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"), ("017700000001", "127.0.0.1"), ("1.256", "1.0.1.0"), ("1.16777215", "1.255.255.255"), ("1.2.65535", "1.2.255.255"),
        ("4294967295", "255.255.255.255"), ("00.0.0.1", "0.0.0.1"), ("0xFF.0377.255.1", "255.255.255.1"), ("0X7f.1", "127.0.0.1"),
        ("1.2.3.4.5", ""), ("1.2.3.", ""), ("256.1.1.1", ""), ("1.16777216", ""), ("1.2.65536", ""), ("4294967296", ""), ("08", ""), ("0x", ""),
        ("1..2", ""), ("-1", ""), ("+1", ""), ("1.2.3.0x100", ""), ("0x1g", ""), ("a", ""), ("1_0.1.1.1", ""),
    )  # fmt: skip
    host = alone()
    for text, address in rows:
        if address:
            eq((text, host.gethostbyname(text)), (text, address))
        else:
            eq((text, names.numeric_address(text)), (text, -1))


def test_the_hosts_file_comes_before_the_resolver() -> None:
    """hosts(5): comments, several names a line, case; names that it has not go on."""
    host = alone()
    host.hosts_file = lambda: b"# 1.1.1.1 no\n10.0.0.9 First first.example  # second\n\n::1 first\nx first\n10.0.0.8\tfirst\n10.0.0.9 first\n"
    eq([answer.sockaddr.address for answer in host.getaddrinfo("FIRST", 80)], ["10.0.0.9", "10.0.0.8"])
    eq(host.gethostbyname("first.example."), "10.0.0.9")
    eq(host.copy().gethostbyname("first"), "10.0.0.9")
    for name in ("second", "no", "10.0.0.9.x"):
        eq(getattr(raises(GaiError, host.gethostbyname, name), "errno", 0), sockets.EAI_AGAIN)


def test_the_modules_functions_use_the_sockets_in_use() -> None:
    """design.md's names."""
    host = alone()
    sockets.in_use.clear()
    raises(RuntimeError, sockets.current)
    sockets.use(host)
    listening = sockets.socket(AF_INET, SOCK_STREAM, 0)
    sockets.setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, 1)
    eq(sockets.getsockopt(listening, SOL_SOCKET, SO_REUSEADDR), 1)
    sockets.bind(listening, ("127.0.0.1", 80))
    sockets.listen(listening)
    client = sockets.socket()
    sockets.connect(client, ("127.0.0.1", 80))
    server, _ = sockets.accept(listening)
    sockets.send(client, b"x")
    eq(sockets.recv(server, 1), b"x")
    sockets.shutdown(client, SHUT_WR)
    one = sockets.socket(AF_INET, SOCK_DGRAM)
    two = sockets.socket(AF_INET, SOCK_DGRAM)
    sockets.bind(one, ("127.0.0.1", 9))
    sockets.sendto(two, b"y", 0, ("127.0.0.1", 9))
    eq(sockets.recvfrom(one, 9)[0], b"y")
    eq(sockets.getaddrinfo("localhost", 80)[0].sockaddr, SockAddr("127.0.0.1", 80))
    eq(sockets.gethostbyname("localhost"), "127.0.0.1")
    fails(errno.EPROTONOSUPPORT, host.new_engine, "example.com")
    sockets.in_use.clear()


# AF_UNIX.


def test_unix_streams() -> None:
    host = alone()
    one, two = host.socketpair()
    eq(host.send(one, b"hello"), 5)
    eq(host.table.get(two).ioctl(FIONREAD), 5)
    fails(errno.ENOTTY, host.table.get(two).ioctl, 1)
    eq(host.recv(two, 2, MSG_PEEK), b"he")
    eq(host.recv(two, 2), b"he")
    eq(host.recv(two, 0), b"")
    host.send(one, b" again")
    eq(host.recv(two, 4), b"llo ")
    eq(host.recv(two, 100), b"again")
    fails(errno.EAGAIN, host.recv, two, 1, MSG_DONTWAIT)
    host.shutdown(one, SHUT_WR)
    eq(host.recv(two, 1), b"")
    fails(errno.EPIPE, host.send, one, b"x")
    host.shutdown(one, SHUT_RD)
    fails(errno.EPIPE, host.send, two, b"x")
    host.close(one)
    eq(host.poll([(two, POLLIN)], 0)[0][1] & POLLHUP, POLLHUP)
    fails(errno.EPIPE, host.send, two, b"x")
    eq(host.recv(two, 1), b"")
    host.shutdown(two, SHUT_RDWR)
    host.close(two)


def test_a_full_unix_stream_waits() -> None:
    host = alone()
    one, two = host.socketpair()
    eq(host.send(one, bytes(300_000), MSG_DONTWAIT), unix.SEND_BUFFER)
    fails(errno.EAGAIN, host.send, one, b"x", MSG_DONTWAIT)
    eq(host.poll([(one, POLLOUT)], 0), [])
    eq(len(host.recv(two, 70_000)), 70_000)
    eq(host.poll([(one, POLLOUT)], 0), [], "until three quarters are free")
    eq(len(host.recv(two, 300_000)), unix.SEND_BUFFER - 70_000)
    eq(host.poll([(one, POLLOUT)], 0), [(one, POLLOUT)])
    fails(errno.EINVAL, host.recv, host.socket(AF_UNIX), 1)
    fails(errno.ENOTCONN, host.send, host.socket(AF_UNIX), b"x")
    host.shutdown(host.socket(AF_UNIX), SHUT_WR)


def test_fcntl() -> None:
    """POSIX fcntl(): the status flags are the description's, FD_CLOEXEC is the number's; F_DUPFD takes the lowest number from its argument on."""
    host = alone()
    fd = host.socket()
    eq(host.fcntl(fd, sockets.F_GETFL), sockets.O_RDWR)
    eq(host.fcntl(fd, sockets.F_SETFL, sockets.O_RDWR | sockets.O_NONBLOCK), 0)
    eq(host.fcntl(fd, sockets.F_GETFL), sockets.O_RDWR | sockets.O_NONBLOCK)
    copy = host.fcntl(fd, sockets.F_DUPFD, 7)
    eq((copy, host.fcntl(fd, sockets.F_DUPFD, 7)), (7, 8))
    host.fcntl(copy, sockets.F_SETFL, sockets.O_RDWR)
    eq(host.fcntl(fd, sockets.F_GETFL), sockets.O_RDWR)
    eq(host.fcntl(copy, sockets.F_GETFD), 0)
    host.fcntl(copy, sockets.F_SETFD, sockets.FD_CLOEXEC)
    eq((host.fcntl(copy, sockets.F_GETFD), host.fcntl(fd, sockets.F_GETFD)), (sockets.FD_CLOEXEC, 0))
    host.fcntl(copy, sockets.F_SETFD, 0)
    eq(host.fcntl(copy, sockets.F_GETFD), 0)
    eq(host.fcntl(host.fcntl(fd, sockets.F_DUPFD_CLOEXEC, 0), sockets.F_GETFD), sockets.FD_CLOEXEC)
    fails(errno.EINVAL, host.fcntl, fd, 99)
    fails(errno.EINVAL, host.fcntl, fd, sockets.F_DUPFD, -1)
    fails(errno.EINVAL, host.fcntl, fd, sockets.F_DUPFD, host.table.limit)
    fails(errno.EBADF, host.fcntl, 99, sockets.F_GETFL)


def test_ioctl() -> None:
    """FIONBIO is O_NONBLOCK by another name; what a socket does not know is ENOTTY."""
    host = alone()
    fd = host.socket()
    eq(host.ioctl(fd, FIONBIO, 1), 0)
    eq(host.fcntl(fd, sockets.F_GETFL), sockets.O_RDWR | sockets.O_NONBLOCK)
    eq(host.ioctl(fd, FIONREAD), 0)
    fails(errno.ENOTTY, host.ioctl, fd, 0x1234)
    fails(errno.EBADF, host.ioctl, 99, FIONBIO, 1)


def segments(stack: Stack) -> list[bytes]:
    """The TCP segments that a host of Hosts has put on its wire, each from its TCP header on."""
    transport: Any = stack.transport
    return [frame[34:] for frame in transport.sent if frame[12:14] == b"\x08\x00" and frame[23] == IPPROTO_TCP]


def test_what_is_set_before_the_handshake_is_in_it() -> None:
    """RFC 9293 §3.7.1, tcp(7): TCP_MAXSEG set before connect or listen is what the SYN offers; SO_RCVBUF is its window."""
    for passive in (False, True):
        hosts = Hosts()
        server = hosts.b.socket()
        client = hosts.a.socket()
        changed, fd, stack = (hosts.b, server, hosts.stack_b) if passive else (hosts.a, client, hosts.stack_a)
        changed.setsockopt(fd, IPPROTO_TCP, sockets.TCP_MAXSEG, 1000)
        changed.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 8000)
        hosts.b.bind(server, ("10.0.0.2", 80))
        hosts.b.listen(server)
        hosts.a.connect(client, ("10.0.0.2", 80))
        accepted, _ = hosts.b.accept(server)
        syn = segments(stack)[0]
        eq((get16(syn, 14), syn[20], get16(syn, 22)), (8000, 2, 1000), "window, MSS")
        description: Any = (hosts.b if passive else hosts.a).table.get(accepted if passive else client)
        eq(description.connection.rcv_scale, 0, "RFC 7323 §2.3: what the buffer needs")
        eq(hosts.a.getsockopt(client, IPPROTO_TCP, sockets.TCP_MAXSEG), 988, "timestamps take twelve")
        eq(hosts.b.getsockopt(accepted, IPPROTO_TCP, sockets.TCP_MAXSEG), 988)
        eq(changed.getsockopt(changed.socket(), IPPROTO_TCP, sockets.TCP_MAXSEG), 536, "of no connection yet")


def test_msg_more_holds_what_does_not_fill_a_segment() -> None:
    """send(2): MSG_MORE is TCP_CORK for one call."""
    hosts = Hosts()
    client, server = hosts.connected()
    before = len(segments(hosts.stack_a))
    eq(hosts.a.send(client, b"abc", sockets.MSG_MORE), 3)
    eq(len(segments(hosts.stack_a)), before)
    eq(hosts.a.send(client, b"def"), 3)
    eq(len(segments(hosts.stack_a)), before + 1)
    eq(hosts.b.recv(server, 10), b"abcdef")


def test_tcp_inq_tells_what_is_left() -> None:
    """tcp(7), TCP_INQ: each message says how much there is still to read; 1 after the end, so that the user comes for it."""
    hosts = Hosts()
    client, server = hosts.connected()
    hosts.b.setsockopt(server, IPPROTO_TCP, sockets.TCP_INQ, 1)
    hosts.a.send(client, bytes(1000))
    hosts.a.close(client)
    hosts.world.run(SECOND)
    description: Any = hosts.b.table.get(server)
    for count, left in ((300, 700), (500, 200), (500, 1)):
        message = description.receive_message(count, 0)
        eq(message.control, [(IPPROTO_TCP, sockets.TCP_INQ, left.to_bytes(4, "little"))])
    eq(description.receive_message(10, 0).data, b"")


def test_buffer_options_tell_what_holds() -> None:
    """SO_RCVBUF and SO_SNDBUF are the bounds that hold: the stack's where nobody set them; TCP_QUICKACK is on until it is turned off."""
    host = alone()
    fd = host.socket()
    config = host.stack.tcp.config
    eq(host.getsockopt(fd, SOL_SOCKET, SO_RCVBUF), config.rcvbuf)
    eq(host.getsockopt(fd, SOL_SOCKET, SO_SNDBUF), config.sndbuf)
    host.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, 5000)
    eq(host.getsockopt(fd, SOL_SOCKET, SO_RCVBUF), 5000)
    eq(host.getsockopt(fd, IPPROTO_TCP, sockets.TCP_QUICKACK), 1)
    host.setsockopt(fd, IPPROTO_TCP, sockets.TCP_QUICKACK, 0)
    eq(host.getsockopt(fd, IPPROTO_TCP, sockets.TCP_QUICKACK), 0)


def test_unix_listeners() -> None:
    host = alone()
    listening = host.socket(AF_UNIX)
    fails(errno.EINVAL, host.listen, listening)
    fails(errno.EINVAL, host.accept, listening)
    for path in ("", "x" * 109):
        fails(errno.EINVAL, host.bind, listening, path)
    host.bind(listening, "/run/it")
    fails(errno.EINVAL, host.bind, listening, "/run/other")
    fails(errno.EADDRINUSE, host.bind, host.socket(AF_UNIX), "/run/it")
    client = host.socket(AF_UNIX)
    eq(host.table.get(client).poll(), POLLOUT | POLLHUP)
    fails(errno.ENOENT, host.connect, client, "/run/nothing")
    fails(errno.ECONNREFUSED, host.connect, client, "/run/it")
    host.listen(listening, 0)
    host.table.get(listening).ioctl(FIONBIO, 1)
    fails(errno.EAGAIN, host.accept, listening)
    host.connect(client, "/run/it")
    fails(errno.EAGAIN, host.connect, host.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK), "/run/it")
    eq(host.poll([(listening, POLLIN)], 0), [(listening, POLLIN)])
    server, peer = host.accept(listening)
    eq(peer, SockAddr("", 0))
    fails(errno.EISCONN, host.connect, client, "/run/it")
    host.send(server, b"welcome")
    eq(host.recv(client, 100), b"welcome")
    waiting = host.socket(AF_UNIX)
    host.connect(waiting, "/run/it")
    host.close(listening)
    fails(errno.ECONNRESET, host.recv, waiting, 1)
    eq(host.recv(waiting, 1), b"")
    fails(errno.ENOENT, host.connect, host.socket(AF_UNIX), "/run/it")


def test_unix_names_are_bounded() -> None:
    host = alone()
    names = unix.UnixNames()
    for number in range(unix.MAX_NAMES):
        unix.UnixSocketDescription(names).bind(str(number))
    fails(errno.ENOBUFS, unix.UnixSocketDescription(names).bind, "one more")
    eq(host.names.bound, {})
