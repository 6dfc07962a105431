"""The socket test suite: every call of pynet.sockets, with a success and an error, over loopback and over the wire.

It runs inside the image on a thread of its own, against the lab's peer at the gateway (qemu/pynet_qemu/peer.py says what each of its ports does), and
on CPython in the same way. Each case prints its name and result; data that crosses the wire is checked by SHA-256 on both sides. A case waits no
longer than its patience for anything, so that a broken stack fails rather than hangs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, sockets
from pynet.readiness import POLLHUP, POLLIN, POLLOUT
from pynet.sockets import (
    AF_INET,
    AF_INET6,
    AF_UNIX,
    IPPROTO_TCP,
    MSG_DONTWAIT,
    MSG_PEEK,
    MSG_WAITALL,
    SHUT_RD,
    SHUT_RDWR,
    SHUT_WR,
    SO_ACCEPTCONN,
    SO_BROADCAST,
    SO_ERROR,
    SO_KEEPALIVE,
    SO_LINGER,
    SO_RCVTIMEO,
    SO_REUSEPORT,
    SO_SNDTIMEO,
    SO_TYPE,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_NODELAY,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# How long a case waits for anything, in microseconds, unless `run` is told otherwise.
PATIENCE = 5_000_000
LOCALHOST = "127.0.0.1"

# The peer's ports.
ECHO = 7
SINK = 9
SOURCE = 19
RESETTER = 20
CLOSED = 21
SLOW = 22
HOLDER = 23
HALF_CLOSER = 24
CALLER = 25


class Failure(Exception):
    """A case saw something else than it should."""


class Case:
    """What a case has at hand; the descriptors it opened are closed behind it."""

    def __init__(self, calls: sockets.Sockets, peer: str, name: str, sha256: Callable[[bytes], bytes], patience: int) -> None:
        self.calls = calls
        self.peer = peer
        self.name = name
        self.sha256 = sha256
        self.patience = patience
        self.opened: list[int] = []

    def eq(self, actual: Any, expected: Any) -> None:
        """Failure unless the two are equal."""
        if actual != expected:
            raise Failure("got " + short(actual) + ", expected " + short(expected))

    def fails(self, number: int, call: Callable[..., Any], *args: Any) -> None:
        """Failure unless the call raises OSError with errno `number`."""
        try:
            result = call(*args)
        except OSError as error:
            self.eq(error.errno, number)
        else:
            raise Failure("returned " + short(result) + ", expected errno " + str(number))

    def keep(self, fd: int) -> int:
        """Close `fd` when the case is over."""
        self.opened.append(fd)
        return fd

    def drop(self, fd: int) -> None:
        """Close `fd` now."""
        self.opened.remove(fd)
        self.calls.close(fd)

    def tcp(self) -> int:
        """A TCP socket that waits no longer than the patience it was given."""
        return self.patient(self.keep(self.calls.socket(AF_INET, SOCK_STREAM)))

    def udp(self) -> int:
        """A UDP socket that waits no longer than the patience it was given."""
        return self.patient(self.keep(self.calls.socket(AF_INET, SOCK_DGRAM)))

    def patient(self, fd: int) -> int:
        """Bound every wait on `fd`."""
        self.calls.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, self.patience)
        self.calls.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, self.patience)
        return fd

    def connected(self, port: int) -> int:
        """A TCP connection to a port of the peer."""
        fd = self.tcp()
        self.calls.connect(fd, (self.peer, port))
        return fd

    def pair(self) -> tuple[int, int]:
        """Both ends of a TCP connection over loopback."""
        listener = self.tcp()
        self.calls.bind(listener, (LOCALHOST, 0))
        self.calls.listen(listener, 4)
        client = self.tcp()
        self.calls.connect(client, tuple(self.calls.getsockname(listener)))
        server, _ = self.calls.accept(listener)
        self.patient(self.keep(server))
        self.drop(listener)
        return client, server

    def read_all(self, fd: int) -> bytes:
        """Everything up to the peer's end."""
        pieces: list[bytes] = []
        while True:
            data = self.calls.recv(fd, 65_536)
            if not data:
                return b"".join(pieces)
            pieces.append(data)

    def close_all(self) -> None:
        """Close what the case left open."""
        for fd in self.opened:
            self.calls.close(fd)
        self.opened.clear()


def short(value: Any) -> str:
    """repr, cut."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def pattern(count: int, seed: int) -> bytes:
    """`count` bytes that belong to `seed` and do not repeat soon."""
    state = seed * 2654435761 & 0xFFFFFFFF
    words = []
    for _ in range(count // 4 + 1):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        words.append(state.to_bytes(4, "big"))
    return b"".join(words)[:count]


# socket, close

def socket_gives_the_lowest_free_number(t: Case) -> None:
    one = t.tcp()
    two = t.tcp()
    t.drop(one)
    t.eq(t.tcp(), one)
    t.eq(two > one, True)


def socket_refuses_ipv6(t: Case) -> None:
    t.fails(errno.EAFNOSUPPORT, t.calls.socket, AF_INET6, SOCK_STREAM)


def socket_refuses_an_unknown_type_and_protocol(t: Case) -> None:
    t.fails(errno.ESOCKTNOSUPPORT, t.calls.socket, AF_INET, 9)
    t.fails(errno.EPROTONOSUPPORT, t.calls.socket, AF_INET, SOCK_STREAM, 17)


def close_frees_the_number(t: Case) -> None:
    fd = t.tcp()
    t.drop(fd)
    t.fails(errno.EBADF, t.calls.close, fd)
    t.fails(errno.EBADF, t.calls.recv, fd, 1)


# bind, getsockname, listen, accept

def bind_takes_a_port_and_getsockname_tells_it(t: Case) -> None:
    fd = t.tcp()
    t.calls.bind(fd, (LOCALHOST, 4001))
    t.eq(tuple(t.calls.getsockname(fd)), (LOCALHOST, 4001))


def bind_refuses_a_port_in_use(t: Case) -> None:
    one = t.tcp()
    t.calls.bind(one, (LOCALHOST, 4002))
    t.calls.listen(one)
    t.fails(errno.EADDRINUSE, t.calls.bind, t.tcp(), (LOCALHOST, 4002))


def bind_refuses_an_address_of_another_host(t: Case) -> None:
    t.fails(errno.EADDRNOTAVAIL, t.calls.bind, t.tcp(), ("192.0.2.77", 0))


def bind_refuses_what_is_no_address(t: Case) -> None:
    t.fails(errno.EINVAL, t.calls.bind, t.udp(), ("300.1.1.1", 80))


def listen_refuses_udp(t: Case) -> None:
    t.fails(errno.EOPNOTSUPP, t.calls.listen, t.udp(), 1)


def accept_gives_each_connection_once(t: Case) -> None:
    listener = t.tcp()
    t.calls.bind(listener, (LOCALHOST, 0))
    t.calls.listen(listener, 8)
    name = tuple(t.calls.getsockname(listener))
    clients = [t.tcp() for _ in range(3)]
    for client in clients:
        t.calls.connect(client, name)
    for client in clients:
        fd, peer = t.calls.accept(listener)
        t.keep(fd)
        t.eq(peer, t.calls.getsockname(client))
        t.eq(t.calls.getpeername(fd), peer)
        t.eq(tuple(t.calls.getsockname(fd)), name)


def accept_does_not_wait_on_a_non_blocking_listener(t: Case) -> None:
    listener = t.keep(t.calls.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK))
    t.calls.bind(listener, (LOCALHOST, 0))
    t.calls.listen(listener)
    t.fails(errno.EAGAIN, t.calls.accept, listener)


def accept_refuses_what_does_not_listen(t: Case) -> None:
    t.fails(errno.EINVAL, t.calls.accept, t.tcp())
    t.fails(errno.EOPNOTSUPP, t.calls.accept, t.udp())


def accept_serves_a_connection_from_the_wire(t: Case) -> None:
    listener = t.tcp()
    t.calls.bind(listener, ("", 0))
    t.calls.listen(listener)
    port = t.calls.getsockname(listener).port
    control = t.connected(CALLER)
    t.calls.send(control, b"%d 100000 7\n" % port)
    fd, peer = t.calls.accept(listener)
    t.patient(t.keep(fd))
    t.eq(peer.address, t.peer)
    received = t.read_all(fd)
    answer = pattern(50_000, 8)
    t.calls.send(fd, answer)
    t.drop(fd)
    report = t.read_all(control).split()
    t.eq(report[0], b"OK")
    t.eq(len(received), 100_000)
    t.eq(report[1], t.sha256(received).hex().encode())
    t.eq(report[2], b"50000")
    t.eq(report[3], t.sha256(answer).hex().encode())


# connect, getpeername

def connect_over_the_wire(t: Case) -> None:
    fd = t.connected(ECHO)
    t.eq(tuple(t.calls.getpeername(fd)), (t.peer, ECHO))
    t.eq(t.calls.getsockname(fd).port >= 1024, True)


def connect_is_refused_by_a_closed_port(t: Case) -> None:
    t.fails(errno.ECONNREFUSED, t.calls.connect, t.tcp(), (t.peer, CLOSED))
    t.fails(errno.ECONNREFUSED, t.calls.connect, t.tcp(), (LOCALHOST, 4003))


def connect_refuses_a_second_time(t: Case) -> None:
    t.fails(errno.EISCONN, t.calls.connect, t.connected(ECHO), (t.peer, ECHO))


def connect_without_waiting_is_in_progress(t: Case) -> None:
    fd = t.keep(t.calls.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK))
    t.fails(errno.EINPROGRESS, t.calls.connect, fd, (t.peer, ECHO))
    t.eq(t.calls.poll([(fd, POLLOUT)], t.patience), [(fd, POLLOUT)])
    t.eq(t.calls.getsockopt(fd, SOL_SOCKET, SO_ERROR), 0)
    t.calls.connect(fd, (t.peer, ECHO))


def getpeername_needs_a_connection(t: Case) -> None:
    t.fails(errno.ENOTCONN, t.calls.getpeername, t.tcp())


# send, recv

def send_and_recv_over_loopback(t: Case) -> None:
    client, server = t.pair()
    t.eq(t.calls.send(client, b"question"), 8)
    t.eq(t.calls.recv(server, 100), b"question")
    t.eq(t.calls.send(server, b"answer"), 6)
    t.eq(t.calls.recv(client, 3), b"ans")
    t.eq(t.calls.recv(client, 100), b"wer")


def echo_over_the_wire(t: Case) -> None:
    fd = t.connected(ECHO)
    t.calls.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1)
    for count in (1, 2, 1459, 1460, 1461, 5000):
        data = pattern(count, count)
        t.eq(t.calls.send(fd, data), count)
        t.eq(t.calls.recv(fd, count, MSG_WAITALL), data)


def the_sink_gets_what_was_sent(t: Case) -> None:
    fd = t.connected(SINK)
    data = pattern(300_000, 1)
    t.eq(t.calls.send(fd, data), len(data))
    t.calls.shutdown(fd, SHUT_WR)
    t.eq(t.read_all(fd), t.sha256(data).hex().encode() + b"\n")


def a_slow_reader_gets_what_was_sent(t: Case) -> None:
    fd = t.connected(SLOW)
    data = pattern(60_000, 2)
    t.eq(t.calls.send(fd, data), len(data))
    t.calls.shutdown(fd, SHUT_WR)
    t.eq(t.read_all(fd), t.sha256(data).hex().encode() + b"\n")


def the_source_is_received_whole(t: Case) -> None:
    fd = t.connected(SOURCE)
    t.calls.send(fd, b"500000 3\n")
    answer = t.read_all(fd)
    t.eq(len(answer), 500_000 + 65)
    t.eq(answer[500_000:], t.sha256(answer[:500_000]).hex().encode() + b"\n")


def recv_peeks(t: Case) -> None:
    client, server = t.pair()
    t.calls.send(client, b"abc")
    t.eq(t.calls.recv(server, 2, MSG_PEEK), b"ab")
    t.eq(t.calls.recv(server, 10), b"abc")


def recv_does_not_wait_when_told_so(t: Case) -> None:
    client, _ = t.pair()
    t.fails(errno.EAGAIN, t.calls.recv, client, 10, MSG_DONTWAIT)


def recv_gives_up_after_its_timeout(t: Case) -> None:
    fd = t.connected(HOLDER)
    t.calls.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, 200_000)
    t.fails(errno.EAGAIN, t.calls.recv, fd, 10)


def recv_tells_of_a_reset(t: Case) -> None:
    fd = t.connected(RESETTER)
    t.calls.send(fd, b"x")
    t.fails(errno.ECONNRESET, t.calls.recv, fd, 10)
    t.eq(t.calls.recv(fd, 10), b"")


def recv_needs_a_connection(t: Case) -> None:
    t.fails(errno.ENOTCONN, t.calls.recv, t.tcp(), 1)


def send_needs_a_connection(t: Case) -> None:
    t.fails(errno.EPIPE, t.calls.send, t.tcp(), b"x")


def send_after_shutdown_is_a_broken_pipe(t: Case) -> None:
    client, _ = t.pair()
    t.calls.shutdown(client, SHUT_WR)
    t.fails(errno.EPIPE, t.calls.send, client, b"x")


def a_full_connection_takes_no_more_without_waiting(t: Case) -> None:
    client, server = t.pair()
    sent = 0
    block = bytes(65_536)
    try:
        for _ in range(1000):
            sent += t.calls.send(client, block, MSG_DONTWAIT)
    except BlockingIOError:
        pass
    else:
        raise Failure("65 MB were taken though nobody reads")
    t.calls.shutdown(client, SHUT_WR)
    t.eq(len(t.read_all(server)), sent)


# shutdown

def shutdown_of_writing_is_the_peers_end(t: Case) -> None:
    client, server = t.pair()
    t.calls.send(client, b"last")
    t.calls.shutdown(client, SHUT_WR)
    t.eq(t.read_all(server), b"last")
    t.calls.send(server, b"still")
    t.eq(t.calls.recv(client, 10), b"still")


def the_peers_half_close_over_the_wire(t: Case) -> None:
    fd = t.connected(HALF_CLOSER)
    t.eq(t.read_all(fd), b"bye\n")
    t.eq(t.calls.send(fd, b"after your end"), 14)


def shutdown_of_reading_ends_recv(t: Case) -> None:
    client, _ = t.pair()
    t.calls.shutdown(client, SHUT_RD)
    t.eq(t.calls.recv(client, 10), b"")


def shutdown_needs_a_connection_and_a_known_way(t: Case) -> None:
    t.fails(errno.ENOTCONN, t.calls.shutdown, t.tcp(), SHUT_RDWR)
    t.fails(errno.EINVAL, t.calls.shutdown, t.pair()[0], 7)


def close_with_linger_zero_resets(t: Case) -> None:
    client, server = t.pair()
    t.calls.setsockopt(client, SOL_SOCKET, SO_LINGER, 0)
    t.drop(client)
    t.fails(errno.ECONNRESET, t.calls.recv, server, 1)


# sendto, recvfrom

def datagrams_over_loopback(t: Case) -> None:
    server = t.udp()
    t.calls.bind(server, (LOCALHOST, 0))
    client = t.udp()
    name = tuple(t.calls.getsockname(server))
    t.eq(t.calls.sendto(client, b"ping", 0, name), 4)
    data, peer = t.calls.recvfrom(server, 100)
    t.eq((data, peer.address), (b"ping", LOCALHOST))
    t.calls.sendto(server, b"pong", 0, tuple(peer))
    t.eq(t.calls.recvfrom(client, 2), (b"po", t.calls.getsockname(server)))


def datagrams_over_the_wire(t: Case) -> None:
    fd = t.udp()
    for count in (0, 1, 1000, 1472, 1473, 9000):
        data = pattern(count, count)
        t.calls.sendto(fd, data, 0, (t.peer, ECHO))
        echoed, peer = t.calls.recvfrom(fd, 65_535)
        t.eq(tuple(peer), (t.peer, ECHO))
        t.eq(echoed == data, True)


def a_connected_datagram_socket(t: Case) -> None:
    fd = t.udp()
    t.calls.connect(fd, (t.peer, SINK))
    t.calls.send(fd, b"hash me")
    t.eq(t.calls.recv(fd, 100).strip(), t.sha256(b"hash me").hex().encode())
    t.eq(tuple(t.calls.getpeername(fd)), (t.peer, SINK))


def a_closed_port_refuses_a_connected_datagram_socket(t: Case) -> None:
    fd = t.udp()
    t.calls.connect(fd, (t.peer, CLOSED))
    t.calls.send(fd, b"x")
    t.fails(errno.ECONNREFUSED, t.calls.recv, fd, 1)


def sendto_refuses_what_cannot_be_sent(t: Case) -> None:
    t.fails(errno.EMSGSIZE, t.calls.sendto, t.udp(), bytes(65_508), 0, (t.peer, ECHO))
    t.fails(errno.EACCES, t.calls.sendto, t.udp(), b"x", 0, ("255.255.255.255", 9))
    t.fails(errno.EDESTADDRREQ, t.calls.send, t.udp(), b"x")


def recvfrom_does_not_wait_when_told_so(t: Case) -> None:
    fd = t.udp()
    t.calls.bind(fd, (LOCALHOST, 0))
    t.fails(errno.EAGAIN, t.calls.recvfrom, fd, 10, MSG_DONTWAIT)


# options

def options_are_kept(t: Case) -> None:
    fd = t.tcp()
    t.calls.setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
    t.eq(t.calls.getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE), 1)
    t.eq(t.calls.getsockopt(fd, SOL_SOCKET, SO_TYPE), SOCK_STREAM)
    t.eq(t.calls.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN), 0)
    t.calls.bind(fd, (LOCALHOST, 0))
    t.calls.listen(fd)
    t.eq(t.calls.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN), 1)


def unknown_options_are_refused(t: Case) -> None:
    t.fails(errno.ENOPROTOOPT, t.calls.setsockopt, t.tcp(), SOL_SOCKET, SO_REUSEPORT, 1)
    t.fails(errno.ENOPROTOOPT, t.calls.getsockopt, t.udp(), IPPROTO_TCP, TCP_NODELAY)
    t.calls.setsockopt(t.udp(), SOL_SOCKET, SO_BROADCAST, 1)


# poll, socketpair, AF_UNIX

def poll_tells_what_is_ready(t: Case) -> None:
    client, server = t.pair()
    t.eq(t.calls.poll([(client, POLLIN)], 0), [])
    t.calls.send(server, b"x")
    t.eq(t.calls.poll([(client, POLLIN)], t.patience), [(client, POLLIN)])
    t.eq(t.calls.poll([(t.tcp(), POLLIN)], 0)[0][1] & POLLHUP, POLLHUP)


def poll_ends_at_its_timeout(t: Case) -> None:
    client, _ = t.pair()
    before = t.calls.stack.now()
    t.eq(t.calls.poll([(client, POLLIN)], 50_000), [])
    t.eq(t.calls.stack.now() - before >= 50_000, True)


def socketpair_joins_two_ends(t: Case) -> None:
    one, two = t.calls.socketpair()
    t.keep(one)
    t.keep(two)
    t.calls.send(one, b"through the kernel")
    t.eq(t.calls.recv(two, 100), b"through the kernel")
    t.drop(one)
    t.eq(t.calls.recv(two, 1), b"")
    t.fails(errno.EPIPE, t.calls.send, two, b"x")


def unix_sockets_by_name(t: Case) -> None:
    listener = t.keep(t.calls.socket(AF_UNIX, SOCK_STREAM))
    t.calls.bind(listener, "/run/suite")
    t.calls.listen(listener, 1)
    client = t.keep(t.calls.socket(AF_UNIX, SOCK_STREAM))
    t.calls.connect(client, "/run/suite")
    server = t.keep(t.calls.accept(listener)[0])
    t.calls.send(client, b"local")
    t.eq(t.calls.recv(server, 10), b"local")
    t.fails(errno.ENOENT, t.calls.connect, t.keep(t.calls.socket(AF_UNIX, SOCK_STREAM)), "/run/nobody")


# names

def getaddrinfo_knows_numbers_and_this_host(t: Case) -> None:
    t.eq(tuple(t.calls.getaddrinfo("192.0.2.1", "https")[0].sockaddr), ("192.0.2.1", 443))
    t.eq(t.calls.gethostbyname("localhost"), LOCALHOST)


def getaddrinfo_asks_the_name_server(t: Case) -> None:
    t.eq(len(t.calls.gethostbyname("example.com").split(".")), 4)


def getaddrinfo_refuses_what_has_no_answer(t: Case) -> None:
    t.fails(sockets.EAI_SERVICE, t.calls.getaddrinfo, "localhost", "no-such-service")
    t.fails(sockets.EAI_NONAME, t.calls.gethostbyname, "no..name")


# What needs nobody but this host, and what needs the peer and a name server.
LOCAL_CASES: list[Callable[[Case], None]] = [
    socket_gives_the_lowest_free_number,
    socket_refuses_ipv6,
    socket_refuses_an_unknown_type_and_protocol,
    close_frees_the_number,
    bind_takes_a_port_and_getsockname_tells_it,
    bind_refuses_a_port_in_use,
    bind_refuses_an_address_of_another_host,
    bind_refuses_what_is_no_address,
    listen_refuses_udp,
    accept_gives_each_connection_once,
    accept_does_not_wait_on_a_non_blocking_listener,
    accept_refuses_what_does_not_listen,
    getpeername_needs_a_connection,
    send_and_recv_over_loopback,
    recv_peeks,
    recv_does_not_wait_when_told_so,
    recv_needs_a_connection,
    send_needs_a_connection,
    send_after_shutdown_is_a_broken_pipe,
    a_full_connection_takes_no_more_without_waiting,
    shutdown_of_writing_is_the_peers_end,
    shutdown_of_reading_ends_recv,
    shutdown_needs_a_connection_and_a_known_way,
    close_with_linger_zero_resets,
    datagrams_over_loopback,
    recvfrom_does_not_wait_when_told_so,
    options_are_kept,
    unknown_options_are_refused,
    poll_tells_what_is_ready,
    poll_ends_at_its_timeout,
    socketpair_joins_two_ends,
    unix_sockets_by_name,
    getaddrinfo_knows_numbers_and_this_host,
    getaddrinfo_refuses_what_has_no_answer,
]
WIRE_CASES: list[Callable[[Case], None]] = [
    accept_serves_a_connection_from_the_wire,
    connect_over_the_wire,
    connect_is_refused_by_a_closed_port,
    connect_refuses_a_second_time,
    connect_without_waiting_is_in_progress,
    echo_over_the_wire,
    the_sink_gets_what_was_sent,
    a_slow_reader_gets_what_was_sent,
    the_source_is_received_whole,
    recv_gives_up_after_its_timeout,
    recv_tells_of_a_reset,
    the_peers_half_close_over_the_wire,
    datagrams_over_the_wire,
    a_connected_datagram_socket,
    a_closed_port_refuses_a_connected_datagram_socket,
    sendto_refuses_what_cannot_be_sent,
    getaddrinfo_asks_the_name_server,
]
CASES = LOCAL_CASES + WIRE_CASES


def run(
    calls: sockets.Sockets,
    peer: str,
    report: Callable[[str], None],
    sha256: Callable[[bytes], bytes],
    patience: int = PATIENCE,
) -> int:
    """Run every case against the peer at address `peer`; the number that failed. report(line) gets `suite: NAME: ok`, or what went wrong.

    Without a peer ('') the cases that need one are left out, and report says so.
    """
    failed = 0
    cases = CASES if peer else LOCAL_CASES
    if not peer:
        report("suite: no peer: " + str(len(WIRE_CASES)) + " cases over the wire are left out")
    for case in cases:
        t = Case(calls, peer, case.__name__, sha256, patience)
        try:
            case(t)
            t.close_all()
        except Exception as error:  # noqa: BLE001 (a case fails by whatever it raises)
            failed += 1
            report("suite: " + t.name + ": FAIL: " + type(error).__name__ + ": " + str(error))
            t.close_all()
        else:
            report("suite: " + t.name + ": ok")
    report("suite: " + str(len(cases) - failed) + " passed, " + str(failed) + " failed")
    return failed
