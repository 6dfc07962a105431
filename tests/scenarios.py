"""Scenarios of system calls that Linux and pynet must answer alike, one function each.

`t` is the machine: `t.call(name, arguments)` makes a system call, notes its result and returns it, negative for an errno; `t.fd(...)` is for calls
that return a new descriptor, whose number is not noted; `quiet` notes nothing. Bytes as an argument are put into memory. tests/peers/record_linux.py has Linux play them
and writes what it noted to tests/linux_answers.py; tests/pynet/test_calls.py has pynet play them and compares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Protocol

    class Player(Protocol):
        """Who makes the calls."""

        def call(self, name: str, *args: Any) -> int: ...

        def fd(self, name: str, *args: Any) -> int: ...

        def quiet(self, name: str, *args: Any) -> int: ...

        def put(self, data: bytes) -> int: ...

        def put_at(self, address: int, data: bytes) -> None: ...

        def get(self, address: int, count: int) -> bytes: ...

        def note(self, *what: Any) -> None: ...

        def settle(self) -> None: ...


# Addresses where nothing is, and beyond what a program can have.
BAD = 0x1000
BEYOND = 1 << 62

UNIX, INET, INET6, PACKET = 1, 2, 10, 17
STREAM, DGRAM, RAW, SEQPACKET = 1, 2, 3, 5
NONBLOCK, CLOEXEC = 0o4000, 0o2000000
SOL_SOCKET, IP, TCP, UDP = 1, 0, 6, 17
PEEK, CTRUNC, TRUNC, DONTWAIT, WAITALL, NOSIGNAL, MORE, ERRQUEUE = 0x2, 0x8, 0x20, 0x40, 0x100, 0x4000, 0x8000, 0x2000
POLLIN, POLLPRI, POLLOUT, POLLERR, POLLHUP, POLLNVAL, POLLRDNORM, POLLWRNORM, POLLRDHUP = 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x100, 0x2000
LOCALHOST = 0x7F000001


def inet(port: int, address: int = LOCALHOST, family: int = INET) -> bytes:
    """struct sockaddr_in"""
    return family.to_bytes(2, "little") + port.to_bytes(2, "big") + address.to_bytes(4, "big") + bytes(8)


def unix(path: bytes) -> bytes:
    """struct sockaddr_un"""
    return b"\x01\0" + path


def i32(*values: int) -> bytes:
    """ints"""
    return b"".join([(value & 0xFFFFFFFF).to_bytes(4, "little") for value in values])


def i64(*values: int) -> bytes:
    """longs"""
    return b"".join([(value & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little") for value in values])


def word(t: Player, address: int) -> int:
    """The int at an address."""
    return int.from_bytes(t.get(address, 4), "little", signed=True)


def port_of(t: Player, fd: int) -> int:
    """The port that a socket has."""
    name = t.put(bytes(16))
    t.quiet("getsockname", fd, name, t.put(i32(16)))
    return int.from_bytes(t.get(name, 4)[2:], "big")


def poll(t: Player, fd: int, events: int, timeout: int = 0) -> None:
    """Note poll()'s revents."""
    row = t.put(i32(fd) + events.to_bytes(2, "little") + b"\xff\xff")
    result = t.quiet("poll", row, 1, timeout)
    t.note("poll", result, hex(int.from_bytes(t.get(row + 6, 2), "little")))


def listener(t: Player, backlog: int = 5) -> tuple[int, int]:
    """A listening TCP socket on loopback, and its port."""
    fd = t.quiet("socket", INET, STREAM, 0)
    t.quiet("bind", fd, inet(0), 16)
    t.quiet("listen", fd, backlog)
    return fd, port_of(t, fd)


def tcp_pair(t: Player) -> tuple[int, int]:
    """The two ends of a TCP connection."""
    listening, port = listener(t)
    near = t.quiet("socket", INET, STREAM, 0)
    t.quiet("connect", near, inet(port), 16)
    far = t.quiet("accept4", listening, 0, 0, 0)
    t.quiet("close", listening)
    return near, far


def udp_socket(t: Player) -> tuple[int, int]:
    """A bound UDP socket, and its port."""
    fd = t.quiet("socket", INET, DGRAM, 0)
    t.quiet("bind", fd, inet(0), 16)
    return fd, port_of(t, fd)


def unix_pair(t: Player, kind: int) -> tuple[int, int]:
    """A socketpair."""
    pair = t.put(bytes(8))
    t.quiet("socketpair", UNIX, kind, 0, pair)
    return word(t, pair), word(t, pair + 4)


def received(t: Player, fd: int, count: int, flags: int = 0) -> None:
    """Note what recv gives."""
    buffer = t.put(b"\xee" * max(count, 1))
    result = t.quiet("recvfrom", fd, buffer, count, flags, 0, 0)
    t.note("recv", result, t.get(buffer, min(result, count)) if result > 0 else b"")


def making_sockets(t: Player) -> None:
    for domain, kind, protocol in (
        (INET, STREAM, 0), (INET, STREAM, TCP), (INET, STREAM, UDP), (INET, DGRAM, 0), (INET, DGRAM, UDP), (INET, DGRAM, TCP),
        (INET, RAW, 0), (INET, RAW, 1), (INET, 4, 0), (INET, SEQPACKET, 0), (INET, 6, 0), (INET, 7, 0), (INET, 11, 0), (INET, STREAM, -1),
        (INET, STREAM, 300), (INET, STREAM | 0x100, 0), (INET, STREAM | NONBLOCK | CLOEXEC, 0), (INET, 0, 0), (UNIX, STREAM, 0), (UNIX, DGRAM, 0),
        (UNIX, SEQPACKET, 0), (UNIX, RAW, 0), (UNIX, 4, 0), (UNIX, STREAM, 1), (UNIX, STREAM, 2), (46, STREAM, 0), (-1, STREAM, 0), (0, STREAM, 0),
    ):  # fmt: skip
        t.note(domain, kind, protocol)
        t.fd("socket", domain, kind, protocol)
    pair = t.put(bytes(8))
    for domain, kind, protocol, where in (
        (UNIX, STREAM, 0, pair), (UNIX, STREAM | CLOEXEC | NONBLOCK, 0, pair), (UNIX, DGRAM, 0, pair), (UNIX, SEQPACKET, 0, pair), (INET, STREAM, 0, pair),
        (INET, 9, 0, pair), (UNIX, STREAM, 5, pair), (UNIX, 4, 0, pair), (UNIX, STREAM, 0, BAD), (UNIX, STREAM | 0x100, 0, pair),
    ):  # fmt: skip
        t.call("socketpair", domain, kind, protocol, where)


def no_sockets(t: Player) -> None:
    """EBADF and ENOTSOCK come before what is wrong with the arguments, but not before a buffer beyond the program's addresses."""
    reader, _ = pipe(t)
    for fd in (999, -1, reader):
        t.call("bind", fd, BAD, 16)
        t.call("connect", fd, BAD, 16)
        t.call("listen", fd, 5)
        t.call("accept4", fd, 0, 0, 0)
        t.call("accept4", fd, 0, 0, 0x100)
        t.call("getsockname", fd, BAD, BAD)
        t.call("getpeername", fd, BAD, BAD)
        t.call("shutdown", fd, 9)
        t.call("sendto", fd, BAD, 1, 0, 0, 0)
        t.call("sendto", fd, BEYOND, 1, 0, 0, 0)
        t.call("recvfrom", fd, BAD, 1, 0, 0, 0)
        t.call("recvfrom", fd, BEYOND, 1, 0, 0, 0)
        t.call("sendmsg", fd, BAD, 0)
        t.call("recvmsg", fd, BAD, 0)
        t.call("sendmmsg", fd, BAD, 1, 0)
        t.call("recvmmsg", fd, BAD, 1, 0, BAD)
        t.call("setsockopt", fd, 1, 2, BAD, -1)
        t.call("getsockopt", fd, 1, 2, BAD, BAD)


def pipe(t: Player) -> tuple[int, int]:
    """A pipe's reading and writing ends."""
    pair = t.put(bytes(8))
    t.quiet("pipe2", pair, 0)
    return word(t, pair), word(t, pair + 4)


def inet_names(t: Player) -> None:
    for kind in (STREAM, DGRAM):
        fd = t.fd("socket", INET, kind, 0)
        for raw, length in (
            (b"", 0), (inet(0), 15), (inet(0), -1), (inet(0).ljust(130, b"\0"), 129), (inet(0, LOCALHOST, 0), 16), (inet(0, 0, INET6), 16), (inet(0, 0xC0000201), 16),
        ):  # fmt: skip
            t.call("bind", fd, raw, length)
        t.call("bind", fd, BAD, 16)
        t.call("bind", fd, inet(0, 0, 0), 16)
        t.call("bind", fd, inet(0), 16)
        name = t.put(b"\xee" * 20)
        for room in (-1, 0, 2, 8, 16, 20):
            size = t.put(i32(room))
            t.call("getsockname", fd, name, size)
            t.note(word(t, size), t.get(name, 2), t.get(name + 4, 16) if room >= 0 else b"")
        t.call("getsockname", fd, BAD, t.put(i32(16)))
        t.call("getsockname", fd, name, BAD)
        t.call("getpeername", fd, name, t.put(i32(16)))
        t.call("getpeername", fd, name, BAD)
        for raw, length in ((b"", 0), (b"\x02", 1), (inet(9), 15), (inet(9), -1), (inet(9, LOCALHOST, INET6), 16), (inet(9).ljust(130, b"\0"), 129)):
            t.call("connect", fd, raw, length)
        t.call("connect", fd, BAD, 16)
    fd = t.fd("socket", INET, STREAM, 0)
    t.call("listen", fd, -1)
    t.call("listen", fd, 3)
    t.call("bind", fd, inet(0), 16)
    fd = t.fd("socket", INET, DGRAM, 0)
    t.call("listen", fd, 1)
    t.call("accept4", fd, 0, 0, 0)
    fd = t.fd("socket", INET, STREAM, 0)
    t.call("accept4", fd, 0, 0, 0)
    t.call("accept4", fd, 0, 0, 1)


def same_port(t: Player) -> None:
    """EADDRINUSE, and what SO_REUSEADDR changes."""
    for kind in (STREAM, DGRAM):
        first, _ = t.fd("socket", INET, kind, 0), 0
        t.call("bind", first, inet(0), 16)
        port = port_of(t, first)
        second = t.fd("socket", INET, kind, 0)
        t.call("bind", second, inet(port), 16)
        t.call("bind", second, inet(port, 0), 16)
        t.call("setsockopt", second, SOL_SOCKET, 2, i32(1), 4)
        t.call("bind", second, inet(port), 16)
        t.call("setsockopt", first, SOL_SOCKET, 2, i32(1), 4)
        t.call("bind", second, inet(port), 16)
        t.call("bind", second, inet(0), 16)
    first, second = t.fd("socket", INET, STREAM, 0), t.fd("socket", INET, STREAM, 0)
    t.call("setsockopt", first, SOL_SOCKET, 2, i32(1), 4)
    t.call("setsockopt", second, SOL_SOCKET, 2, i32(1), 4)
    t.call("bind", first, inet(0), 16)
    t.call("bind", second, inet(port_of(t, first)), 16)
    t.call("listen", first, 1)
    t.call("listen", second, 1)
    third = t.fd("socket", INET, STREAM, 0)
    t.call("setsockopt", third, SOL_SOCKET, 2, i32(1), 4)
    t.call("bind", third, inet(port_of(t, first)), 16)


def connecting(t: Player) -> None:
    listening, port = listener(t)
    fd = t.fd("socket", INET, STREAM, 0)
    poll(t, fd, POLLIN | POLLOUT | POLLRDHUP)
    t.call("sendto", fd, b"x", 1, NOSIGNAL, 0, 0)
    received(t, fd, 1)
    t.call("shutdown", fd, 0)
    t.call("shutdown", fd, 2)
    t.call("connect", fd, inet(port), 16)
    t.call("connect", fd, inet(port), 16)
    t.call("listen", fd, 1)
    t.call("bind", fd, inet(0), 16)
    name = t.put(bytes(16))
    t.call("getpeername", fd, name, t.put(i32(16)))
    t.note(t.get(name + 4, 12))
    t.settle()
    poll(t, listening, POLLIN | POLLOUT)
    t.call("connect", listening, inet(port), 16)
    far_name, size = t.put(b"\xee" * 16), t.put(i32(16))
    far = t.fd("accept4", listening, far_name, size, CLOEXEC | NONBLOCK)
    t.note(word(t, size), t.get(far_name + 4, 12))
    t.call("fcntl", far, 1, 0)
    t.call("fcntl", far, 3, 0)
    t.call("accept4", listening, 0, 0, 0x100)
    t.call("fcntl", listening, 4, NONBLOCK)
    t.call("accept4", listening, 0, 0, 0)
    received(t, listening, 1)
    t.call("sendto", listening, b"x", 1, NOSIGNAL, 0, 0)
    t.call("connect", fd, inet(0, 0, 0), 16)
    t.call("getpeername", fd, name, t.put(i32(16)))
    t.settle()
    received(t, far, 1)
    t.call("connect", fd, inet(port), 16)
    t.call("shutdown", listening, 1)
    t.call("shutdown", listening, 0)
    t.call("accept4", listening, 0, 0, 0)
    poll(t, listening, POLLIN | POLLOUT)


def refused(t: Player) -> None:
    """A connection attempt that fails: who is told, and when."""
    gone, port = listener(t)
    t.quiet("close", gone)
    fd = t.fd("socket", INET, STREAM, 0)
    t.call("connect", fd, inet(port), 16)
    t.call("connect", fd, inet(port), 16)
    for first in ("SO_ERROR", "connect", "send", "recv"):
        fd = t.fd("socket", INET, STREAM | NONBLOCK, 0)
        t.call("connect", fd, inet(port), 16)
        t.settle()
        poll(t, fd, POLLIN | POLLOUT | POLLRDHUP)
        if first == "SO_ERROR":
            value = t.put(i32(-1))
            t.call("getsockopt", fd, SOL_SOCKET, 4, value, t.put(i32(4)))
            t.note(word(t, value))
            t.call("getsockopt", fd, SOL_SOCKET, 4, value, t.put(i32(4)))
            t.note(word(t, value))
            poll(t, fd, POLLIN | POLLOUT | POLLRDHUP)
        elif first == "send":
            t.call("sendto", fd, b"x", 1, NOSIGNAL, 0, 0)
        elif first == "recv":
            received(t, fd, 1)
        t.call("connect", fd, inet(port), 16)
        t.settle()
        t.call("connect", fd, inet(port), 16)
        t.settle()
        received(t, fd, 1)


def streams(t: Player) -> None:
    near, far = tcp_pair(t)
    t.call("sendto", near, b"hello", 5, 0, 0, 0)
    t.call("sendto", near, BAD, 5, 0, 0, 0)
    t.call("sendto", near, b"", 0, 0, 0, 0)
    t.settle()
    received(t, far, 3, PEEK)
    received(t, far, 9, PEEK | DONTWAIT)
    received(t, far, 0)
    count = t.put(i32(0))
    t.call("ioctl", far, 0x541B, count)
    t.note(word(t, count))
    received(t, far, 2, TRUNC)
    name, size = t.put(b"\xee" * 16), t.put(i32(16))
    buffer = t.put(bytes(10))
    t.call("recvfrom", far, buffer, 1, 0, name, size)
    t.note(word(t, size), t.get(name, 4), t.get(buffer, 2))
    received(t, far, 10, WAITALL | DONTWAIT)
    received(t, far, 10, DONTWAIT)
    received(t, far, 10, ERRQUEUE)
    received(t, far, 10, 1)
    poll(t, far, POLLIN | POLLOUT | POLLRDHUP | POLLRDNORM | POLLWRNORM)
    t.call("sendto", near, b"tail", 4, 0, inet(1), 16)
    t.call("shutdown", near, 1)
    t.call("shutdown", near, 1)
    t.call("sendto", near, b"x", 1, NOSIGNAL, 0, 0)
    t.settle()
    poll(t, near, POLLIN | POLLOUT | POLLRDHUP)
    poll(t, far, POLLIN | POLLOUT | POLLRDHUP)
    received(t, far, 10, WAITALL)
    received(t, far, 10)
    t.call("shutdown", far, 3)
    t.call("shutdown", far, 0)
    t.call("sendto", far, b"back", 4, 0, 0, 0)
    t.settle()
    received(t, near, 10)
    t.call("shutdown", far, 2)
    t.settle()
    poll(t, near, POLLIN | POLLOUT | POLLRDHUP)
    poll(t, far, POLLIN | POLLOUT | POLLRDHUP)
    received(t, near, 10)
    t.call("getpeername", far, name, t.put(i32(16)))
    t.call("shutdown", far, 2)


def resets(t: Player) -> None:
    """SO_LINGER 0, and what both ends see then."""
    near, far = tcp_pair(t)
    t.call("setsockopt", near, SOL_SOCKET, 13, i32(1, 0), 8)
    t.call("close", near)
    t.settle()
    poll(t, far, POLLIN | POLLOUT | POLLRDHUP)
    received(t, far, 1)
    received(t, far, 1)
    t.call("sendto", far, b"x", 1, NOSIGNAL, 0, 0)
    poll(t, far, POLLIN | POLLOUT | POLLRDHUP)
    near, far = tcp_pair(t)
    t.call("sendto", far, b"unread", 6, 0, 0, 0)
    t.settle()
    t.call("close", near)
    t.settle()
    t.call("sendto", far, b"x", 1, NOSIGNAL, 0, 0)
    t.call("sendto", far, b"x", 1, NOSIGNAL, 0, 0)
    received(t, far, 1)


def datagrams(t: Player) -> None:
    a, port_a = udp_socket(t)
    b, port_b = udp_socket(t)
    t.call("sendto", a, b"x", 1, 0, 0, 0)
    for raw, length in ((inet(port_b), 15), (inet(port_b, LOCALHOST, INET6), 16), (inet(0), 16), (inet(port_b), -1), (inet(port_b).ljust(200, b"\0"), 129)):
        t.call("sendto", a, b"x", 1, 0, raw, length)
    t.call("sendto", a, b"x", 1, 0, BAD, 16)
    t.call("sendto", a, bytes(65508), 65508, 0, inet(port_b), 16)
    t.call("sendto", a, bytes(70000), 70000, 0, inet(port_b), 16)
    t.call("sendto", a, BAD, 4, 0, inet(port_b), 16)
    t.call("sendto", a, b"x", 1, 1, inet(port_b), 16)
    t.call("sendto", a, b"question", 8, 0, inet(port_b), 16)
    t.call("sendto", a, b"", 0, 0, inet(port_b), 16)
    t.call("sendto", a, b"uns", 3, 0, inet(port_b, LOCALHOST, 0), 16)
    t.settle()
    count = t.put(i32(-1))
    t.call("ioctl", b, 0x541B, count)
    t.note(word(t, count))
    received(t, b, 4, PEEK)
    received(t, b, 4, PEEK | TRUNC)
    received(t, b, 4, TRUNC)
    received(t, b, 4)
    name, size, buffer = t.put(b"\xee" * 20), t.put(i32(20)), t.put(bytes(20))
    t.call("recvfrom", b, buffer, 20, 0, name, size)
    t.note(word(t, size), t.get(name, 2), t.get(name + 4, 16), t.get(buffer, 4))
    received(t, b, 4, DONTWAIT)
    received(t, b, 4, DONTWAIT | 1)
    received(t, b, 4, ERRQUEUE)
    t.call("connect", a, inet(port_b), 16)
    t.call("sendto", a, b"one ", 4, MORE, 0, 0)
    t.call("sendto", a, b"datagram", 8, 0, 0, 0)
    t.settle()
    received(t, b, 20)
    t.call("getpeername", a, name, t.put(i32(16)))
    t.call("connect", a, inet(0, 0, 0), 16)
    t.call("getpeername", a, name, t.put(i32(16)))
    t.call("sendto", a, b"x", 1, 0, 0, 0)
    t.call("sendto", a, b"x", 1, 0, inet(port_b, 0), 16)
    t.settle()
    received(t, b, 20)
    t.call("sendto", a, b"x", 1, 0, inet(port_b, 0xFFFFFFFF), 16)
    t.call("connect", a, inet(port_b, 0xFFFFFFFF), 16)
    poll(t, a, POLLIN | POLLOUT)
    t.call("shutdown", b, 0)
    poll(t, b, POLLIN | POLLOUT | POLLRDHUP)
    received(t, b, 4)
    c, _ = udp_socket(t)
    t.call("connect", c, inet(port_a), 16)
    t.call("shutdown", c, 2)
    poll(t, c, POLLIN | POLLOUT | POLLRDHUP)
    t.call("sendto", c, b"x", 1, NOSIGNAL, 0, 0)
    received(t, c, 4)


def unreachable_ports(t: Player) -> None:
    """ICMP's port unreachable reaches a connected UDP socket; once, by whatever asks first."""
    gone, port = udp_socket(t)
    t.quiet("close", gone)
    fd = t.fd("socket", INET, DGRAM, 0)
    t.call("connect", fd, inet(port), 16)
    for ask in ("SO_ERROR", "send", "recv"):
        t.call("sendto", fd, b"x", 1, 0, 0, 0)
        t.settle()
        poll(t, fd, POLLIN | POLLOUT)
        if ask == "SO_ERROR":
            value = t.put(i32(-1))
            t.call("getsockopt", fd, SOL_SOCKET, 4, value, t.put(i32(4)))
            t.note(word(t, value))
        elif ask == "send":
            t.call("sendto", fd, b"x", 1, 0, 0, 0)
        else:
            received(t, fd, 1)
        poll(t, fd, POLLIN | POLLOUT)


def header(t: Player, name: int, size: int, pieces: list[tuple[int, int]], control: int = 0, room: int = 0) -> int:
    """A struct msghdr."""
    vector = t.put(b"".join([i64(base, length) for base, length in pieces]) or bytes(16))
    return t.put(i64(name) + i32(size, 0) + i64(vector, len(pieces), control, room) + i32(-1, 0))


def got(t: Player, result: int, message: int, pieces: list[tuple[int, int]], control: int = 0) -> None:
    """Note what recvmsg wrote."""
    raw = t.get(message, 56)
    fields = [int.from_bytes(raw[8:12], "little"), int.from_bytes(raw[40:48], "little"), hex(int.from_bytes(raw[48:52], "little"))]
    t.note("recvmsg", result, fields, [t.get(base, length) for base, length in pieces])


def messages(t: Player) -> None:
    a, _ = udp_socket(t)
    b, port = udp_socket(t)
    to = t.put(inet(port))
    one, two = t.put(b"abcd"), t.put(b"efgh")
    t.call("sendmsg", a, header(t, to, 16, [(one, 4), (two, 2)]), 0)
    t.call("sendmsg", a, header(t, to, 16, []), 0)
    t.call("sendmsg", a, header(t, 0, 16, [(one, 4)]), 0)
    t.call("sendmsg", a, header(t, to, -1, [(one, 4)]), 0)
    t.call("sendmsg", a, header(t, to, 4, [(one, 4)]), 0)
    t.call("sendmsg", a, header(t, BAD, 16, [(one, 4)]), 0)
    t.call("sendmsg", a, header(t, to, 16, [(BAD, 4)]), 0)
    t.call("sendmsg", a, header(t, to, 16, [(one, -1)]), 0)
    t.call("sendmsg", a, t.put(i64(to) + i32(16, 0) + i64(t.put(bytes(16)), 1025, 0, 0) + i32(0, 0)), 0)
    t.call("sendmsg", a, t.put(i64(to) + i32(16, 0) + i64(BAD, 1, 0, 0) + i32(0, 0)), 0)
    t.call("sendmsg", a, header(t, to, 16, [(one, 4)], BAD, 32), 0)
    t.call("sendmsg", a, header(t, to, 16, [(one, 4)], t.put(i64(8) + i32(0, 0)), 16), 0)
    t.call("sendmsg", a, header(t, to, 16, [(one, 4)], t.put(i64(40) + i32(0, 0)), 16), 0)
    t.call("sendmsg", a, header(t, to, 16, [(one, 4)], t.put(i64(20) + i32(0, 2, 64, 0)), 24), 0)
    t.call("sendmsg", a, header(t, to, 16, [(one, 4)], t.put(i64(20) + i32(0, 2, 0, 0)), 24), 0)
    t.call("sendmsg", a, header(t, to, 16, [(one, 4)], t.put(i64(20) + i32(0, 99, 64, 0)), 24), 0)
    t.call("sendmsg", a, header(t, to, 16, [(one, 4)], t.put(i64(20) + i32(99, 99, 64, 0)), 24), 0)
    t.call("sendmsg", a, header(t, to, 16, [(one, 4)]), 0x80000000)
    t.settle()
    for count in (6, 0, 4, 4, 4):
        pieces = [(t.put(bytes(2)), 2), (t.put(bytes(8)), count)]
        name = t.put(b"\xee" * 16)
        message = header(t, name, 16, pieces)
        got(t, t.quiet("recvmsg", b, message, DONTWAIT), message, pieces)
        t.note(t.get(name, 2), t.get(name + 4, 4))
    t.call("sendto", a, b"too long", 8, 0, to, 16)
    t.settle()
    pieces = [(t.put(bytes(3)), 3)]
    message = header(t, 0, 0, pieces)
    got(t, t.quiet("recvmsg", b, message, TRUNC), message, pieces)
    t.call("recvmsg", b, header(t, 0, 0, pieces), DONTWAIT)
    t.call("recvmsg", b, BAD, DONTWAIT)


def many_messages(t: Player) -> None:
    a, _ = udp_socket(t)
    b, port = udp_socket(t)
    to = t.put(inet(port))
    rows = b"".join([t.get(header(t, to, 16, [(t.put(text), len(text))]), 56) + i32(-1, -1) for text in (b"one", b"twoo", b"three")])
    vector = t.put(rows)
    t.call("sendmmsg", a, vector, 3, 0)
    t.note([word(t, vector + 64 * place + 56) for place in range(3)])
    t.call("sendmmsg", a, vector, 0, 0)
    t.call("sendmmsg", a, BAD, 1, 0)
    broken = t.put(rows[:64] + t.get(header(t, to, 4, [(t.put(b"x"), 1)]), 56) + bytes(8))
    t.call("sendmmsg", a, broken, 2, 0)
    t.settle()
    buffers = [t.put(bytes(8)) for _ in range(6)]
    vector = t.put(b"".join([t.get(header(t, 0, 0, [(buffer, 8)]), 56) + i32(-1, -1) for buffer in buffers]))
    t.call("recvmmsg", b, vector, 2, 0, 0)
    t.note([word(t, vector + 64 * place + 56) for place in range(3)], [t.get(buffer, 5) for buffer in buffers])
    t.call("recvmmsg", b, vector, 6, 0x10000, 0)
    t.call("recvmmsg", b, vector, 6, DONTWAIT, 0)
    t.call("recvmmsg", b, vector, 6, DONTWAIT, t.put(i64(0, 1_000_000_000)))
    t.call("recvmmsg", b, vector, 6, DONTWAIT, BAD)


def packet_info(t: Player) -> None:
    """IP_PKTINFO: the address that a datagram was sent to."""
    a, _ = udp_socket(t)
    fd = t.fd("socket", INET, DGRAM, 0)
    t.call("bind", fd, inet(0, 0), 16)
    t.call("setsockopt", fd, IP, 8, i32(1), 4)
    port = port_of(t, fd)
    for room in (32, 28, 20, 8, 0):
        t.call("sendto", a, b"x", 1, 0, inet(port), 16)
        t.settle()
        control, pieces = t.put(b"\xee" * 40), [(t.put(bytes(2)), 2)]
        message = header(t, 0, 0, pieces, control, room)
        got(t, t.quiet("recvmsg", fd, message, 0), message, pieces)
        t.note(t.get(control, room))
    info = t.put(i64(28) + i32(0, 8, 0) + bytes([127, 0, 0, 1]) + i32(0, 0))
    to = t.put(inet(port))
    t.call("sendmsg", a, header(t, to, 16, [(t.put(b"y"), 1)], info, 28), 0)
    wrong = t.put(i64(28) + i32(0, 8, 99) + bytes([127, 0, 0, 1]) + i32(0, 0))
    t.call("sendmsg", a, header(t, to, 16, [(t.put(b"y"), 1)], wrong, 28), 0)
    short = t.put(i64(20) + i32(0, 8, 0, 0))
    t.call("sendmsg", a, header(t, to, 16, [(t.put(b"y"), 1)], short, 20), 0)


def error_queue(t: Player) -> None:
    """IP_RECVERR and MSG_ERRQUEUE: the error, who said so, and the datagram that it is about."""
    gone, port = udp_socket(t)
    t.quiet("close", gone)
    fd = t.fd("socket", INET, DGRAM, 0)
    t.call("setsockopt", fd, IP, 11, i32(1), 4)
    t.call("sendto", fd, b"lost", 4, 0, inet(port), 16)
    t.settle()
    poll(t, fd, POLLIN | POLLOUT)
    control, name, pieces = t.put(b"\xee" * 64), t.put(b"\xee" * 16), [(t.put(bytes(8)), 8)]
    message = header(t, name, 16, pieces, control, 64)
    result = t.quiet("recvmsg", fd, message, ERRQUEUE)
    got(t, result, message, pieces)
    if result >= 0:
        t.note(t.get(control, 48), t.get(name, 2), t.get(name + 4, 4))
    poll(t, fd, POLLIN | POLLOUT)
    t.call("recvmsg", fd, header(t, 0, 0, pieces), ERRQUEUE)
    received(t, fd, 1, DONTWAIT)
    received(t, fd, 1, DONTWAIT)


VALUES = (-2, -1, 0, 1, 2, 5, 60, 87, 88, 120, 127, 128, 255, 256, 1000, 32767, 32768, 70000, 0x7FFFFFFF)
# What both have, with ints as values.
INT_OPTIONS = {
    STREAM: ((1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (1, 9), (1, 10), (1, 11), (1, 12), (1, 19), (1, 30), (1, 38), (1, 39), (0, 1), (0, 2), (0, 3), (0, 8), (0, 11),
             (0, 34), (0, 49), (6, 1), (6, 3), (6, 4), (6, 5), (6, 6), (6, 9), (6, 12), (6, 18), (6, 23), (6, 99), (17, 1), (99, 1), (1, 999), (0, 999)),
    DGRAM: ((1, 2), (1, 3), (1, 4), (1, 6), (1, 38), (1, 39), (0, 1), (0, 2), (0, 8), (0, 11), (0, 33), (0, 34), (0, 49), (6, 1), (17, 1)),
}  # fmt: skip


def int_options(t: Player) -> None:
    """Every int option: values in and out."""
    for kind, options in INT_OPTIONS.items():
        for level, name in options:
            fd = t.quiet("socket", INET, kind, 0)
            value, size = t.put(bytes(8)), t.put(bytes(4))
            answers: list[Any] = []
            for given in VALUES:
                result = t.quiet("setsockopt", fd, level, name, t.put(i32(given)), 4)
                t.put_at(size, i32(8))
                seen = t.quiet("getsockopt", fd, level, name, value, size)
                answers.append((given, result, seen, word(t, size), word(t, value)) if not seen else (given, result, seen))
            t.note("option", kind, level, name, answers)
            t.quiet("close", fd)


def option_forms(t: Player) -> None:
    """Lengths and pointers of setsockopt and getsockopt."""
    fd = t.fd("socket", INET, STREAM, 0)
    one = t.put(i32(1, 0, 0, 0))
    for level, name in ((1, 2), (1, 9), (0, 1), (0, 2), (0, 11), (6, 1), (6, 4), (1, 13), (1, 20), (6, 13), (6, 11), (1, 4), (1, 30)):
        for length in (-1, 0, 1, 3, 4, 5, 8, 15, 16):
            t.note(level, name, length)
            t.call("setsockopt", fd, level, name, one, length)
        t.call("setsockopt", fd, level, name, BAD, 16)
        t.call("getsockopt", fd, level, name, BAD, t.put(i32(4)))
        t.call("getsockopt", fd, level, name, one, BAD)
        for room in (-1, 0, 1, 2, 3, 4, 8, 20):
            value, size = t.put(b"\xee" * 20), t.put(i32(room))
            t.call("getsockopt", fd, level, name, value, size)
            if name not in (11, 13) or level != 6:
                t.note(word(t, size), t.get(value, 20))
    for seconds, microseconds in ((1, 0), (0, 1), (0, 500_000), (0, 1_000_000), (0, -1), (-1, 0), (3, 500_000), (0, 0)):
        t.call("setsockopt", fd, SOL_SOCKET, 20, i64(seconds, microseconds), 16)
        value = t.put(bytes(16))
        t.call("getsockopt", fd, SOL_SOCKET, 20, value, t.put(i32(16)))
        if microseconds % 500_000 == 0:
            t.note(t.get(value, 16))
    for on, seconds in ((0, 0), (1, 0), (1, 5), (0, 9), (1, -1)):
        t.call("setsockopt", fd, SOL_SOCKET, 13, i32(on, seconds), 8)
        value = t.put(bytes(8))
        t.call("getsockopt", fd, SOL_SOCKET, 13, value, t.put(i32(8)))
        if seconds >= 0:
            t.note(t.get(value, 8))
    for name in (b"cubic", b"cubic\0rest", b"reno", b"nonesuch", b"", b"averylongnamethatisnocontrol"):
        t.call("setsockopt", fd, TCP, 13, t.put(name + bytes(1)), len(name))
    value, size = t.put(bytes(16)), t.put(i32(16))
    t.call("getsockopt", fd, TCP, 13, value, size)
    t.note(word(t, size), t.get(value, 16))
    for asked in (1, 2303, 5000, 100_000):
        for name in (7, 8):
            t.call("setsockopt", fd, SOL_SOCKET, name, i32(asked), 4)
            value = t.put(bytes(4))
            t.call("getsockopt", fd, SOL_SOCKET, name, value, t.put(i32(4)))
            t.note(asked, name, word(t, value))


def maximum_segment(t: Player) -> None:
    """TCP_MAXSEG and TCP_INFO have the state in them; IP_MTU wants a peer."""
    fd = t.fd("socket", INET, STREAM, 0)
    for given in (0, 1, 87, 88, 1000, 32767, 32768, -1):
        t.call("setsockopt", fd, TCP, 2, i32(given), 4)
    value = t.put(bytes(8))
    t.call("getsockopt", fd, IP, 14, value, t.put(i32(4)))
    near, _ = tcp_pair(t)
    t.call("getsockopt", near, IP, 14, value, t.put(i32(4)))
    t.note(word(t, value))
    info, size = t.put(bytes(300)), t.put(i32(8))
    for which in (fd, near):
        t.call("getsockopt", which, TCP, 11, info, size)
        t.note(word(t, size), t.get(info, 1))
    t.call("setsockopt", near, TCP, 11, info, 4)


def groups(t: Player) -> None:
    """Multicast options, without a group on the wire."""
    fd = t.fd("socket", INET, DGRAM, 0)
    loopback = bytes([127, 0, 0, 1])
    for group in (bytes([10, 0, 0, 1]), bytes([224, 0, 0, 251])):
        for raw in (group + loopback, group + loopback + i32(0), group + bytes(4) + i32(1), group + bytes(4) + i32(99), group):
            t.call("setsockopt", fd, IP, 35, raw, len(raw))
            t.call("setsockopt", fd, IP, 36, raw, len(raw))
            t.call("setsockopt", fd, IP, 36, raw, len(raw))
    for raw in (loopback, bytes(4), bytes([10, 9, 8, 7]), bytes(4) + loopback, bytes(8) + i32(1), bytes(8) + i32(99), b"xy"):
        t.call("setsockopt", fd, IP, 32, raw, len(raw))
    stream = t.fd("socket", INET, STREAM, 0)
    t.call("setsockopt", stream, IP, 35, bytes([224, 0, 0, 251]) + loopback, 8)
    t.call("setsockopt", stream, IP, 32, loopback, 4)
    t.call("setsockopt", stream, IP, 33, i32(2), 4)
    t.call("getsockopt", fd, IP, 35, t.put(bytes(8)), t.put(i32(8)))


def unix_streams(t: Player) -> None:
    near, far = unix_pair(t, STREAM)
    name, size = t.put(b"\xee" * 20), t.put(i32(20))
    for which in ("getsockname", "getpeername"):
        t.put_at(size, i32(20))
        t.call(which, near, name, size)
        t.note(word(t, size), t.get(name, 4))
    poll(t, near, POLLIN | POLLOUT | POLLRDHUP | POLLRDNORM | POLLWRNORM)
    t.call("sendto", near, b"hello", 5, 0, 0, 0)
    t.call("sendto", near, b" world", 6, 0, 0, 0)
    t.call("sendto", near, b"x", 1, 0, unix(b"/x"), 4)
    t.call("sendto", near, b"", 0, 0, 0, 0)
    count = t.put(i32(0))
    t.call("ioctl", far, 0x541B, count)
    t.note(word(t, count))
    received(t, far, 3, PEEK)
    received(t, far, 7)
    t.put_at(size, i32(20))
    buffer = t.put(bytes(10))
    t.call("recvfrom", far, buffer, 2, 0, name, size)
    t.note(word(t, size), t.get(buffer, 3))
    received(t, far, 9, DONTWAIT)
    received(t, far, 9, DONTWAIT)
    received(t, far, 9, TRUNC | DONTWAIT)
    received(t, far, 9, 1)
    poll(t, far, POLLIN | POLLOUT | POLLRDHUP)
    t.call("listen", near, 1)
    t.call("connect", near, unix(b"\0nobody at all"), 16)
    t.call("accept4", near, 0, 0, 0)
    t.call("shutdown", near, 1)
    t.call("sendto", near, b"x", 1, NOSIGNAL, 0, 0)
    poll(t, near, POLLIN | POLLOUT | POLLRDHUP)
    poll(t, far, POLLIN | POLLOUT | POLLRDHUP)
    received(t, far, 9)
    t.call("sendto", far, b"unread", 6, 0, 0, 0)
    t.call("shutdown", far, 3)
    t.call("close", near)
    poll(t, far, POLLIN | POLLOUT | POLLRDHUP)
    received(t, far, 9)
    received(t, far, 9)
    t.call("sendto", far, b"x", 1, NOSIGNAL, 0, 0)
    t.call("getpeername", far, name, t.put(i32(20)))
    near, far = unix_pair(t, STREAM)
    t.call("sendto", near, b"last words", 10, 0, 0, 0)
    t.call("close", near)
    poll(t, far, POLLIN | POLLOUT | POLLRDHUP)
    received(t, far, 20)
    received(t, far, 20)
    fresh = t.fd("socket", UNIX, STREAM, 0)
    poll(t, fresh, POLLIN | POLLOUT | POLLRDHUP)
    received(t, fresh, 1)
    t.call("sendto", fresh, b"x", 1, NOSIGNAL, 0, 0)
    t.call("sendto", fresh, b"x", 1, NOSIGNAL, unix(b"/x"), 4)
    t.call("shutdown", fresh, 2)
    t.call("getpeername", fresh, name, t.put(i32(20)))
    t.call("connect", fresh, i32(0), 4)


def unix_names(t: Player) -> None:
    """Abstract names; their lengths count."""
    fd = t.fd("socket", UNIX, STREAM, 0)
    for raw, length in ((b"", 0), (b"\x01", 1), (unix(b"\0" + bytes(108)), 111), (inet(1), 16), (unix(b"\0abc"), -1), (unix(bytes(130)), 129)):
        t.call("bind", fd, raw, length)
    t.call("listen", fd, 1)
    t.call("bind", fd, unix(b"\0pynet one"), 12)
    t.call("bind", fd, unix(b"\0pynet two"), 12)
    name, size = t.put(b"\xee" * 32), t.put(i32(32))
    t.call("getsockname", fd, name, size)
    t.note(word(t, size), t.get(name, 14))
    other = t.fd("socket", UNIX, STREAM, 0)
    t.call("bind", other, unix(b"\0pynet one"), 12)
    t.call("connect", other, unix(b"\0pynet one"), 12)
    t.call("listen", fd, 0)
    poll(t, fd, POLLIN | POLLOUT)
    t.call("connect", fd, unix(b"\0pynet one"), 12)
    for raw, length in ((unix(b"\0pynet one"), 11), (unix(b"\0pynet one\0"), 13), (unix(b"\0pynet one"), 12)):
        t.call("connect", other, raw, length)
    full = t.fd("socket", UNIX, STREAM | NONBLOCK, 0)
    t.call("connect", full, unix(b"\0pynet one"), 12)
    wrong = t.fd("socket", UNIX, DGRAM, 0)
    t.call("connect", wrong, unix(b"\0pynet one"), 12)
    poll(t, fd, POLLIN | POLLOUT)
    t.put_at(size, i32(32))
    got_it = t.fd("accept4", fd, name, size, 0)
    t.note(word(t, size))
    t.put_at(size, i32(32))
    t.call("getsockname", got_it, name, size)
    t.note(word(t, size), t.get(name, 12))
    t.put_at(size, i32(32))
    t.call("getpeername", other, name, size)
    t.note(word(t, size), t.get(name, 12))
    t.call("fcntl", fd, 4, NONBLOCK)
    t.call("accept4", fd, 0, 0, 0)
    t.call("connect", full, unix(b"\0pynet one"), 12)
    t.call("close", fd)
    received(t, full, 1)
    poll(t, full, POLLIN | POLLOUT | POLLRDHUP)
    t.call("connect", t.fd("socket", UNIX, STREAM, 0), unix(b"\0pynet one"), 12)
    auto = t.fd("socket", UNIX, DGRAM, 0)
    t.call("bind", auto, unix(b""), 2)
    t.put_at(size, i32(32))
    t.call("getsockname", auto, name, size)
    t.note(word(t, size))
    t.call("bind", auto, unix(b""), 2)
    t.call("connect", t.fd("socket", UNIX, STREAM, 0), unix(b"/nowhere/at/all\0"), 18)


def unix_datagrams(t: Player) -> None:
    one, two = unix_pair(t, DGRAM)
    t.call("sendto", one, b"first", 5, 0, 0, 0)
    t.call("sendto", one, b"", 0, 0, 0, 0)
    t.call("sendto", one, b"third", 5, 0, 0, 0)
    count = t.put(i32(0))
    t.call("ioctl", two, 0x541B, count)
    t.note(word(t, count))
    received(t, two, 3, TRUNC)
    received(t, two, 3, DONTWAIT)
    received(t, two, 9, PEEK)
    received(t, two, 9)
    received(t, two, 9, DONTWAIT)
    named = t.fd("socket", UNIX, DGRAM, 0)
    t.call("bind", named, unix(b"\0pynet datagrams"), 18)
    third = t.fd("socket", UNIX, DGRAM, 0)
    t.call("sendto", third, b"x", 1, 0, 0, 0)
    t.call("sendto", third, b"to it", 5, 0, unix(b"\0pynet datagrams"), 18)
    t.call("sendto", third, b"x", 1, 0, unix(b"\0pynet nobody"), 15)
    name, size, buffer = t.put(b"\xee" * 32), t.put(i32(32)), t.put(bytes(8))
    t.call("recvfrom", named, buffer, 8, 0, name, size)
    t.note(word(t, size), t.get(buffer, 6))
    t.call("connect", named, unix(b"\0pynet datagrams"), 18)
    t.call("sendto", third, b"x", 1, 0, unix(b"\0pynet datagrams"), 18)
    t.call("connect", named, i32(0), 4)
    t.call("connect", third, unix(b"\0pynet datagrams"), 18)
    t.put_at(size, i32(32))
    t.call("getpeername", third, name, size)
    t.note(word(t, size))
    t.call("listen", third, 1)
    t.call("accept4", third, 0, 0, 0)
    sent = 0
    while t.quiet("sendto", third, b"x", 1, DONTWAIT, 0, 0) == 1:
        sent += 1
    t.note(sent)
    t.call("sendto", third, b"x", 1, DONTWAIT, 0, 0)
    poll(t, third, POLLIN | POLLOUT)
    received(t, named, 1)
    poll(t, third, POLLIN | POLLOUT)
    t.call("sendto", third, bytes(300_000), 300_000, DONTWAIT, 0, 0)
    t.call("close", named)
    poll(t, third, POLLIN | POLLOUT)
    t.call("sendto", third, b"x", 1, 0, 0, 0)
    t.call("sendto", third, b"x", 1, 0, 0, 0)
    t.call("shutdown", two, 0)
    poll(t, two, POLLIN | POLLOUT | POLLRDHUP)
    t.call("sendto", one, b"x", 1, NOSIGNAL, 0, 0)
    received(t, two, 1)
    received(t, two, 1, DONTWAIT)


def unix_packets(t: Player) -> None:
    near, far = unix_pair(t, SEQPACKET)
    t.call("sendto", near, b"one", 3, 0, 0, 0)
    t.call("sendto", near, b"two", 3, 0, 0, 0)
    t.call("sendto", near, b"x", 1, 0, unix(b"\0pynet nobody"), 15)
    received(t, far, 2)
    received(t, far, 9)
    received(t, far, 9, DONTWAIT)
    t.call("shutdown", near, 1)
    received(t, far, 9)
    poll(t, far, POLLIN | POLLOUT | POLLRDHUP)
    t.call("sendto", near, b"x", 1, NOSIGNAL, 0, 0)
    t.call("close", far)
    poll(t, near, POLLIN | POLLOUT | POLLRDHUP)
    fresh = t.fd("socket", UNIX, SEQPACKET, 0)
    received(t, fresh, 1)
    t.call("sendto", fresh, b"x", 1, NOSIGNAL, 0, 0)
    poll(t, fresh, POLLIN | POLLOUT | POLLRDHUP)


def rights(t: Player) -> None:
    """SCM_RIGHTS: descriptions that travel, and what does not fit."""
    near, far = unix_pair(t, STREAM)
    reader, writer = pipe(t)
    t.call("sendto", near, b"before", 6, 0, 0, 0)
    control = t.put(i64(24) + i32(1, 1, reader, writer))
    t.call("sendmsg", near, header(t, 0, 0, [(t.put(b"with"), 4)], control, 24), 0)
    t.call("sendto", near, b"after", 5, 0, 0, 0)
    t.call("sendmsg", near, header(t, 0, 0, [(t.put(b"bad"), 3)], t.put(i64(20) + i32(1, 1, 999, 0)), 20), 0)
    t.call("sendmsg", near, header(t, 0, 0, [(t.put(b"bad"), 3)], t.put(i64(20) + i32(1, 99, 999, 0)), 20), 0)
    t.call("sendmsg", near, header(t, 0, 0, [(t.put(b"bad"), 3)], t.put(i64(16 + 4 * 254) + i32(1, 1, *([reader] * 254))), 16 + 4 * 254), 0)
    t.call("close", reader)
    t.call("close", writer)
    space, pieces = t.put(b"\xee" * 64), [(t.put(bytes(20)), 20)]
    message = header(t, 0, 0, pieces, space, 64)
    got(t, t.quiet("recvmsg", far, message, CLOEXEC_MESSAGE), message, pieces)
    t.note(t.get(space, 16))
    new_reader, new_writer = word(t, space + 16), word(t, space + 20)
    t.call("fcntl", new_reader, 1, 0)
    t.call("write", new_writer, b"through", 7)
    buffer = t.put(bytes(8))
    t.call("read", new_reader, buffer, 8)
    t.note(t.get(buffer, 8))
    received(t, far, 20)
    control = t.put(i64(24) + i32(1, 1, new_reader, new_writer))
    for room in (20, 16, 8, 0):
        t.call("sendmsg", near, header(t, 0, 0, [(t.put(b"x"), 1)], control, 24), 0)
        message = header(t, 0, 0, pieces, space, room)
        got(t, t.quiet("recvmsg", far, message, 0), message, [])
    t.call("sendmsg", near, header(t, 0, 0, [(t.put(b"x"), 1)], control, 24), 0)
    received(t, far, 5)
    t.call("sendmsg", near, header(t, 0, 0, [(t.put(b"x"), 1)], control, 24), 0)
    message = header(t, 0, 0, pieces, space, 64)
    got(t, t.quiet("recvmsg", far, message, PEEK), message, [])
    got(t, t.quiet("recvmsg", far, message, 0), message, [])
    one, two = unix_pair(t, DGRAM)
    t.call("sendmsg", one, header(t, 0, 0, [], control, 24), 0)
    message = header(t, 0, 0, pieces, space, 64)
    got(t, t.quiet("recvmsg", two, message, 0), message, [])


CLOEXEC_MESSAGE = 0x40000000


def pipes(t: Player) -> None:
    reader, writer = pipe(t)
    poll(t, reader, POLLIN | POLLOUT)
    poll(t, writer, POLLIN | POLLOUT | POLLWRNORM)
    t.call("write", reader, b"x", 1)
    t.call("read", writer, t.put(bytes(4)), 1)
    t.call("write", writer, b"abc", 3)
    poll(t, reader, POLLIN | POLLRDNORM)
    count = t.put(i32(0))
    t.call("ioctl", reader, 0x541B, count)
    t.note(word(t, count))
    buffer = t.put(bytes(8))
    t.call("read", reader, buffer, 2)
    t.call("read", reader, buffer, 8)
    t.call("fcntl", reader, 3, 0)
    t.call("fcntl", writer, 3, 0)
    t.call("fcntl", writer, 4, NONBLOCK)
    t.call("fcntl", reader, 4, NONBLOCK)
    t.call("read", reader, buffer, 8)
    t.call("write", writer, bytes(70000), 70000)
    poll(t, writer, POLLOUT)
    t.call("write", writer, b"x", 1)
    large = t.put(bytes(5000))
    t.call("read", reader, large, 4095)
    poll(t, writer, POLLOUT)
    t.call("write", writer, bytes(4096), 4096)
    t.call("read", reader, large, 1)
    poll(t, writer, POLLOUT)
    t.call("write", writer, bytes(4096), 4096)
    t.call("close", writer)
    poll(t, reader, POLLIN | POLLOUT)
    while t.quiet("read", reader, large, 5000) > 0:
        pass
    t.call("read", reader, large, 1)
    poll(t, reader, POLLIN | POLLOUT)
    reader, writer = pipe(t)
    t.call("close", reader)
    poll(t, writer, POLLIN | POLLOUT)
    t.call("write", writer, b"", 0)


def selecting(t: Player) -> None:
    reader, writer = pipe(t)
    near, far = tcp_pair(t)

    def show(label: str, result: int, sets: tuple[int, int, int]) -> None:
        found = []
        for address in sets:
            bits = int.from_bytes(t.get(address, 128), "little") if address > BAD else 0
            found.append([fd_name for fd_name, fd in (("reader", reader), ("writer", writer), ("near", near), ("far", far)) if bits >> fd & 1])
        t.note(label, result, found)

    def sets_of(*groups_: tuple[int, ...]) -> tuple[int, int, int]:
        return tuple([t.put(sum([1 << fd for fd in group]).to_bytes(128, "little")) for group in groups_])  # type: ignore[return-value]

    everyone = (reader, writer, near, far)
    highest = max(everyone) + 1
    now = t.put(i64(0, 0))
    sets = sets_of(everyone, everyone, everyone)
    show("select", t.quiet("select", highest, *sets, now), sets)
    t.call("write", writer, b"x", 1)
    t.call("sendto", far, b"y", 1, 0, 0, 0)
    t.settle()
    sets = sets_of(everyone, everyone, everyone)
    show("select", t.quiet("select", highest, *sets, now), sets)
    t.call("close", writer)
    t.call("shutdown", far, 1)
    t.settle()
    others = (reader, near, far)
    sets = sets_of(others, others, others)
    show("select", t.quiet("select", highest, *sets, now), sets)
    writer = 900
    sets = sets_of((), (), ())
    for count, timeout in ((-1, now), (0, t.put(i64(0, -1))), (0, t.put(i64(-1, 0))), (0, t.put(i64(0, 2_000_000 - 2_000_000))), (highest, BAD)):
        t.call("select", count, *sets, timeout)
    t.call("select", highest, BAD, 0, 0, now)
    t.call("select", 0, BAD, BAD, BAD, now)
    wrong = sets_of((max(everyone) + 1,), (), ())
    t.call("select", max(everyone) + 2, *wrong, now)
    t.call("select", max(everyone) + 1, *wrong, now)
    t.call("pselect6", 0, 0, 0, 0, t.put(i64(0, 1000)), 0)
    t.call("pselect6", 0, 0, 0, 0, t.put(i64(0, 1_000_000_000)), 0)
    t.call("pselect6", 0, 0, 0, 0, t.put(i64(0, 0)), t.put(i64(t.put(bytes(8)), 8)))
    t.call("pselect6", 0, 0, 0, 0, t.put(i64(0, 0)), t.put(i64(t.put(bytes(8)), 7)))
    t.call("pselect6", 0, 0, 0, 0, t.put(i64(0, 0)), t.put(i64(BAD, 8)))
    t.call("pselect6", 0, 0, 0, 0, t.put(i64(0, 0)), t.put(i64(0, 99)))
    t.call("pselect6", 0, 0, 0, 0, t.put(i64(0, 0)), BAD)
    left = t.put(i64(50, 0))
    sets = sets_of((reader,), (), ())
    t.call("select", reader + 1, *sets, left)
    t.note(int.from_bytes(t.get(left, 8), "little") in (49, 50))


def polling(t: Player) -> None:
    reader, writer = pipe(t)
    rows = t.put(b"".join([i32(fd) + POLLIN.to_bytes(2, "little") + b"\xff\xff" for fd in (-1, 999, reader, writer, -5)]))
    t.call("poll", rows, 5, 0)
    t.note([hex(int.from_bytes(t.get(rows + 8 * place + 6, 2), "little")) for place in range(5)])
    t.call("poll", rows, 1, 0)
    t.call("poll", BAD, 1, 0)
    t.call("poll", BAD, 0, 0)
    t.call("poll", rows, 2_000_000, 0)
    t.call("poll", 0, 0, 10)
    t.call("poll", t.put(i32(reader) + POLLIN.to_bytes(2, "little") + bytes(2)), 1, 20)
    t.call("ppoll", 0, 0, t.put(i64(0, 1_000_000)), 0, 0)
    t.call("ppoll", 0, 0, t.put(i64(0, -1)), 0, 0)
    t.call("ppoll", 0, 0, BAD, 0, 0)
    t.call("ppoll", 0, 0, t.put(i64(0, 0)), t.put(bytes(8)), 8)
    t.call("ppoll", 0, 0, t.put(i64(0, 0)), t.put(bytes(8)), 4)
    t.call("ppoll", 0, 0, t.put(i64(0, 0)), BAD, 8)
    t.call("close", reader)
    poll(t, writer, 0)


ADD, DEL, MOD = 1, 2, 3
ET, ONESHOT, EXCLUSIVE, WAKEUP = 1 << 31, 1 << 30, 1 << 28, 1 << 29


def event(events: int, data: int) -> bytes:
    """struct epoll_event"""
    return i32(events) + i64(data)


def ready(t: Player, epoll: int, count: int = 8, timeout: int = 0) -> None:
    """Note what epoll_wait gives."""
    events = t.put(b"\xee" * 12 * count)
    result = t.quiet("epoll_wait", epoll, events, count, timeout)
    found = []
    for place in range(max(result, 0)):
        raw = t.get(events + 12 * place, 12)
        found.append((hex(int.from_bytes(raw[:4], "little")), hex(int.from_bytes(raw[4:], "little"))))
    t.note("epoll_wait", result, found)


def epolls(t: Player) -> None:
    for size in (0, -1, 1):
        t.fd("epoll_create", size)
    for flags in (1, CLOEXEC | 1, CLOEXEC):
        t.fd("epoll_create1", flags)
    epoll = t.fd("epoll_create1", 0)
    near, far = tcp_pair(t)
    reader, writer = pipe(t)
    ok = event(POLLIN, 0xFEDCBA9876543210)
    for arguments in (
        (999, ADD, near, ok), (epoll, ADD, 999, ok), (epoll, ADD, epoll, ok), (near, ADD, far, ok), (epoll, 9, near, ok), (epoll, MOD, near, ok), (epoll, DEL, near, 0),
        (epoll, ADD, near, BAD), (epoll, ADD, near, ok), (epoll, ADD, near, ok), (epoll, MOD, near, BAD), (epoll, MOD, near, event(POLLIN | EXCLUSIVE, 1)),
        (epoll, DEL, near, 0), (epoll, DEL, near, BAD), (epoll, ADD, near, event(POLLIN | EXCLUSIVE | ONESHOT, 1)), (epoll, ADD, near, event(POLLIN | EXCLUSIVE | POLLRDHUP, 1)),
        (epoll, ADD, near, event(POLLIN | EXCLUSIVE | ET | WAKEUP, 1)), (epoll, MOD, near, event(POLLIN, 1)), (epoll, DEL, near, 0),
    ):  # fmt: skip
        t.call("epoll_ctl", *arguments)
    events = t.put(bytes(96))
    for arguments in ((999, events, 8, 0), (near, events, 8, 0), (epoll, events, 0, 0), (epoll, events, -1, 0), (epoll, events, 0x7FFFFFFF, 0), (epoll, BAD, 8, 0)):
        t.call("epoll_wait", *arguments)
    t.call("epoll_pwait", epoll, events, 8, 0, t.put(bytes(8)), 8)
    t.call("epoll_pwait", epoll, events, 8, 0, t.put(bytes(8)), 7)
    t.call("epoll_pwait", epoll, events, 8, 0, BAD, 8)
    t.call("epoll_pwait2", epoll, events, 8, t.put(i64(0, 1000)), 0, 0)
    t.call("epoll_pwait2", epoll, events, 8, t.put(i64(0, -1)), 0, 0)
    t.call("epoll_pwait2", epoll, events, 8, BAD, 0, 0)
    t.call("epoll_ctl", epoll, ADD, near, ok)
    t.call("epoll_ctl", epoll, ADD, reader, event(POLLIN | ET, 2))
    t.call("epoll_ctl", epoll, ADD, writer, event(POLLOUT | ONESHOT, 3))
    ready(t, epoll)
    ready(t, epoll)
    t.call("epoll_ctl", epoll, MOD, writer, event(POLLOUT | ONESHOT, 4))
    ready(t, epoll)
    t.call("write", writer, b"x", 1)
    t.call("sendto", far, b"y", 1, 0, 0, 0)
    t.settle()
    ready(t, epoll, 1)
    ready(t, epoll, 1)
    ready(t, epoll)
    t.call("epoll_wait", epoll, BAD, 8, 0)
    ready(t, epoll)
    t.call("write", writer, b"z", 1)
    ready(t, epoll)
    ready(t, epoll)
    outer = t.fd("epoll_create1", 0)
    t.call("epoll_ctl", outer, ADD, epoll, event(POLLIN, 9))
    ready(t, outer)
    poll(t, epoll, POLLIN | POLLOUT)
    t.call("epoll_ctl", epoll, ADD, outer, event(POLLIN, 9))
    received(t, near, 5)
    ready(t, outer)
    copy = t.quiet("dup", far)
    t.call("epoll_ctl", epoll, ADD, far, event(POLLIN | POLLRDHUP, 5))
    t.call("close", far)
    t.call("shutdown", near, 1)
    t.settle()
    ready(t, epoll)
    t.call("close", copy)
    t.settle()
    ready(t, epoll)
    chain = [t.quiet("epoll_create1", 0) for _ in range(8)]
    t.note([t.quiet("epoll_ctl", chain[place + 1], ADD, chain[place], ok) for place in range(7)])
    read_only = t.put(bytes(8))
    t.call("read", epoll, read_only, 8)
    t.call("write", epoll, read_only, 8)


def event_counts(t: Player) -> None:
    for count, flags in ((0, 4), (7, 0o4000 | 1), (0, CLOEXEC)):
        t.fd("eventfd2", count, flags)
    fd = t.fd("eventfd2", 3, NONBLOCK)
    buffer = t.put(bytes(16))
    for count in (0, 7, 8, 8):
        t.call("read", fd, buffer, count)
        t.note(t.get(buffer, 8))
    poll(t, fd, POLLIN | POLLOUT)
    for value, size in ((5, 7), (5, 8), (1, 16), (0, 8), (-1, 8), (-2, 8), (-9, 8)):
        t.call("write", fd, i64(value, 0), size)
        poll(t, fd, POLLIN | POLLOUT)
    t.call("read", fd, buffer, 16)
    t.note(t.get(buffer, 8))
    t.call("write", fd, i64(-2), 8)
    poll(t, fd, POLLIN | POLLOUT)
    fd = t.fd("eventfd2", 2, NONBLOCK | 1)
    for _ in range(3):
        t.call("read", fd, buffer, 8)
        t.note(t.get(buffer, 8))
    t.call("fcntl", fd, 3, 0)
    t.call("ioctl", fd, 0x541B, buffer)


def timers(t: Player) -> None:
    for clock, flags in ((0, 0), (1, 0), (2, 0), (3, 0), (7, 0), (8, 0), (9, 0), (99, 0), (1, 4), (1, CLOEXEC | NONBLOCK)):
        t.fd("timerfd_create", clock, flags)
    fd = t.fd("timerfd_create", 1, NONBLOCK)
    buffer, old = t.put(bytes(16)), t.put(b"\xee" * 32)
    t.call("read", fd, buffer, 8)
    for flags, new, before in (
        (0, i64(0, 0, 0, 1_000_000_000), old), (0, i64(0, -1, 0, 1), old), (0, i64(-1, 0, 0, 1), old), (4, i64(0, 0, 0, 1), old), (0, BAD, old), (0, i64(0, 0, 100, 0), BAD),
        (0, i64(3, 0, 100, 0), 0), (0, i64(0, 0, 0, 0), old),
    ):  # fmt: skip
        t.call("timerfd_settime", fd, flags, new, before)
    t.note([int.from_bytes(t.get(old + at, 8), "little") in (99, 100) or int.from_bytes(t.get(old + at, 8), "little") for at in (0, 16)])
    t.call("timerfd_gettime", fd, old)
    t.note(t.get(old, 32))
    for which, new in ((999, i64(0, 0, 0, 1)), (t.quiet("eventfd2", 0, 0), i64(0, 0, 0, 1))):
        t.call("timerfd_settime", which, 0, new, 0)
        t.call("timerfd_gettime", which, old)
    t.call("timerfd_gettime", fd, BAD)
    t.call("timerfd_settime", fd, 0, i64(0, 0, 0, 1_000_000), 0)
    poll(t, fd, POLLIN | POLLOUT, 1000)
    t.call("read", fd, buffer, 7)
    t.call("read", fd, buffer, 8)
    t.note(t.get(buffer, 8))
    t.call("read", fd, buffer, 8)
    t.call("timerfd_settime", fd, 1, i64(0, 0, 0, 1), 0)
    poll(t, fd, POLLIN)
    t.call("timerfd_settime", fd, 0, i64(0, 4_000_000, 0, 1), 0)
    t.settle()
    t.call("read", fd, buffer, 8)
    t.note(int.from_bytes(t.get(buffer, 8), "little") >= 5)
    t.call("write", fd, buffer, 8)


def echo(identifier: int, sequence: int, sum_: int = 0, kind: int = 8) -> bytes:
    """An ICMP echo request of eight octets and four of data; the sum is the caller's."""
    head = bytes([kind, 0]) + sum_.to_bytes(2, "big") + identifier.to_bytes(2, "big") + sequence.to_bytes(2, "big") + b"ping"
    if sum_:
        return head
    total = sum([int.from_bytes(head[at : at + 2], "big") for at in range(0, len(head), 2)])
    total = (total & 0xFFFF) + (total >> 16)
    return echo(identifier, sequence, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF, kind)


def raw_sockets(t: Player) -> None:
    """An echo over a raw socket: the request is seen too, as it comes to this host, and the reply, each behind its IP header."""
    fd = t.fd("socket", INET, RAW | NONBLOCK, 1)
    t.call("sendto", fd, echo(7, 1), 12, 0, 0, 0)
    t.call("sendto", fd, echo(7, 1), 12, 0, inet(99), 16)
    t.settle()
    name, size, buffer = t.put(b"\xee" * 16), t.put(i32(16)), t.put(bytes(64))
    for _ in range(2):
        result = t.quiet("recvfrom", fd, buffer, 64, 0, name, size)
        raw = t.get(buffer, 32)
        t.note(result, raw[:4], raw[8:10], raw[12:20], raw[20:32], t.get(name, 8), word(t, size))
    received(t, fd, 64)
    value = t.put(i32(1 << 8))
    t.call("setsockopt", fd, 255, 1, value, 4)
    t.call("getsockopt", fd, 255, 1, buffer, t.put(i32(4)))
    t.note(word(t, buffer))
    t.call("sendto", fd, echo(7, 2), 12, 0, inet(0), 16)
    t.settle()
    t.note(t.quiet("recvfrom", fd, buffer, 64, 0, 0, 0), t.get(buffer + 20, 1))
    received(t, fd, 64)
    t.call("getsockname", fd, name, size)
    t.note(t.get(name, 8))
    t.call("getpeername", fd, name, size)
    t.call("connect", fd, inet(5), 16)
    t.call("getpeername", fd, name, size)
    t.note(t.get(name, 8))
    t.call("sendto", fd, echo(7, 3), 12, 0, 0, 0)
    t.call("listen", fd, 1)
    t.call("sendto", fd, echo(7, 9), 12, 0, inet(0, 0xFFFFFFFF), 16)
    t.call("bind", fd, inet(0), 16)
    t.call("bind", t.quiet("socket", INET, RAW, 1), inet(0, 0xC0000201), 16)
    t.call("setsockopt", fd, IP, 3, i32(1), 4)
    head = bytes([0x45, 0x10, 0, 99, 0, 7, 0, 0, 9, 1, 0, 0]) + bytes(4) + bytes([127, 0, 0, 1])
    for data in (head + echo(7, 4), b"short"):
        t.call("sendto", fd, data, len(data), 0, inet(0), 16)
    t.settle()
    while (result := t.quiet("recvfrom", fd, buffer, 64, 0, 0, 0)) > 0:
        raw = t.get(buffer, 32)
        t.note(result, raw[2:4], raw[8:10], raw[12:20], raw[27:28])
    near = t.fd("socket", INET, RAW, 255)
    t.call("getsockopt", near, IP, 3, buffer, t.put(i32(4)))
    t.note(word(t, buffer))
    t.call("getsockopt", near, 255, 1, buffer, t.put(i32(4)))


def pings(t: Player) -> None:
    """SOCK_DGRAM with IPPROTO_ICMP: the identifier and the sum are the system's."""
    fd = t.fd("socket", INET, DGRAM | NONBLOCK, 1)
    t.call("bind", fd, inet(4321, 0), 16)
    t.call("sendto", fd, echo(7, 1), 12, 0, 0, 0)
    for data in (b"short", echo(1, 1, 1, 0), bytes([8, 1]) + bytes(6)):
        t.call("sendto", fd, data, len(data), 0, inet(0), 16)
    t.call("bind", fd, inet(4322), 16)
    other = t.fd("socket", INET, DGRAM | NONBLOCK, 1)
    t.call("bind", other, inet(4399, 0), 16)
    name, size, buffer = t.put(b"\xee" * 16), t.put(i32(16)), t.put(bytes(64))
    t.call("getsockname", fd, name, size)
    t.note(t.get(name, 8))
    t.call("sendto", fd, echo(7, 5), 12, 0, inet(77), 16)
    t.call("sendto", other, echo(8, 6), 12, 0, inet(0), 16)
    t.settle()
    poll(t, fd, POLLIN | POLLOUT)
    t.call("recvfrom", fd, buffer, 64, 0, name, size)
    t.note(t.get(buffer, 12), t.get(name, 8))
    received(t, fd, 64)
    t.note(t.quiet("recvfrom", other, buffer, 64, 0, 0, 0), t.get(buffer + 6, 6))


def packet_sockets(t: Player) -> None:
    """Frames of the loopback: each is seen going out, and coming in."""
    protocol = 0x0300
    fd = t.fd("socket", PACKET, RAW | NONBLOCK, protocol)
    t.fd("socket", PACKET, STREAM, protocol)
    cooked = t.fd("socket", PACKET, DGRAM | NONBLOCK, 0x0008)
    nothing = t.fd("socket", PACKET, RAW | NONBLOCK, 0)
    link = (17).to_bytes(2, "little") + protocol.to_bytes(2, "little") + i32(1) + bytes(12)
    t.call("bind", fd, link, 20)
    t.call("bind", fd, link, 11)
    t.call("bind", fd, link[:4] + i32(77) + bytes(12), 20)
    t.call("bind", fd, inet(0) + bytes(4), 20)
    t.call("connect", fd, link, 20)
    t.call("listen", fd, 1)
    name, size, buffer = t.put(b"\xee" * 32), t.put(i32(32)), t.put(bytes(128))
    t.call("getsockname", fd, name, size)
    t.note(word(t, size), t.get(name, 18))
    t.call("getpeername", fd, name, size)
    a, _ = udp_socket(t)
    _, port = udp_socket(t)
    t.call("sendto", a, b"hello", 5, 0, inet(port), 16)
    t.settle()
    for which in (fd, fd, cooked, cooked, nothing):
        t.put_at(size, i32(32))
        result = t.quiet("recvfrom", which, buffer, 128, 0, name, size)
        t.note(result)
        if result > 0:
            skip = 14 if which == fd else 0
            t.note(t.get(buffer, skip), t.get(buffer + skip, 1), t.get(buffer + result - 5, 5), word(t, size), t.get(name, 18))
    received(t, fd, 128)
    t.call("setsockopt", fd, 263, 1, i32(1, 1) + bytes(8), 16)
    t.call("setsockopt", fd, 263, 1, i32(1), 4)
    t.call("setsockopt", fd, 263, 1, i32(99) + bytes(12), 16)
    t.call("getsockopt", fd, 263, 6, buffer, t.put(i32(8)))
    t.note(t.get(buffer, 8))
    t.call("getsockopt", fd, 263, 6, buffer, t.put(i32(8)))
    t.note(t.get(buffer, 8))
    t.call("sendto", fd, b"short", 5, 0, 0, 0)
    t.call("sendto", nothing, bytes(20), 20, 0, 0, 0)


def interfaces(t: Player) -> None:
    """netdevice(7) of the loopback."""
    fd = t.fd("socket", INET, DGRAM, 0)
    for request in (0x8913, 0x8915, 0x8919, 0x891B, 0x8921, 0x8927, 0x8933):
        row = t.put(b"lo".ljust(16, b"\0") + b"\xee" * 24)
        t.note(hex(request))
        t.call("ioctl", fd, request, row)
        t.note(t.get(row + 16, {0x8913: 2, 0x8921: 4, 0x8933: 4, 0x8927: 8}.get(request, 8)))
        t.call("ioctl", fd, request, t.put(b"none0".ljust(40, b"\0")))
        t.call("ioctl", fd, request, BAD)
    row = t.put(bytes(16) + i32(1) + bytes(20))
    t.call("ioctl", fd, 0x8910, row)
    t.note(t.get(row, 16))
    t.call("ioctl", fd, 0x8910, t.put(bytes(16) + i32(99) + bytes(20)))
    t.call("ioctl", fd, 0x1234, row)
    t.call("ioctl", fd, 0x541B, BAD)
    near, _ = tcp_pair(t)
    t.call("sendto", near, b"abc", 3, 0, 0, 0)
    t.settle()
    for request in (0x5411, 0x894B, 0x541B):
        t.put_at(row, i32(-1))
        t.call("ioctl", near, request, row)
        t.note(word(t, row))


def faults(t: Player) -> None:
    """Data that finds no memory: whether it is still there afterwards."""
    reader, writer = pipe(t)
    udp_fd, port = udp_socket(t)
    event_fd = t.quiet("eventfd2", 5, NONBLOCK)
    ends = [("tcp", *tcp_pair(t)), ("stream", *unix_pair(t, STREAM)), ("datagram", *unix_pair(t, DGRAM)), ("packet", *unix_pair(t, SEQPACKET)), ("pipe", writer, reader)]
    for call in ("read", "recvfrom", "recvmsg", "readv"):
        for name, near, far in [*ends, ("udp", udp_fd, udp_fd)]:
            t.note(call, name)
            if name == "udp":
                t.call("sendto", near, b"data", 4, 0, inet(port), 16)
            else:
                t.call("write", near, b"data", 4)
            t.settle()
            t.quiet("fcntl", far, 4, NONBLOCK)
            if call == "read":
                t.call("read", far, BAD, 4)
            elif call == "recvfrom":
                t.call("recvfrom", far, BAD, 4, 0, 0, 0)
            elif call == "readv":
                t.call("readv", far, i64(BAD, 4), 1)
            else:
                t.call("recvmsg", far, header(t, 0, 0, [(BAD, 4)]), 0)
            buffer = t.put(bytes(8))
            t.call("read", far, buffer, 8)
            t.note(t.get(buffer, 8))
    t.call("read", event_fd, BAD, 8)
    t.call("read", event_fd, t.put(bytes(8)), 8)
    for name, near, far in ends[:2]:
        t.call("write", near, b"data", 4)
        t.settle()
        good = t.put(bytes(8))
        t.call("recvmsg", far, header(t, 0, 0, [(good, 2), (BAD, 4)]), 0)
        t.note(name, t.get(good, 4))
        t.call("read", far, good, 8)
        t.note(t.get(good, 4))
        t.call("write", near, b"data", 4)
        t.settle()
        t.call("recvfrom", far, good, 8, 0, BAD, t.put(i32(16)))
        t.call("read", far, good, 8)
        t.call("write", near, b"data", 4)
        t.settle()
        t.call("recvfrom", far, good, 8, 0, good, BAD)
        t.call("read", far, good, 8)


SCENARIOS = (
    making_sockets, no_sockets, inet_names, same_port, connecting, refused, streams, resets, datagrams, unreachable_ports, messages, many_messages,
    packet_info, error_queue, int_options, option_forms, maximum_segment, groups, unix_streams, unix_names, unix_datagrams, unix_packets, rights, pipes,
    selecting, polling, epolls, event_counts, timers,
    raw_sockets, pings, packet_sockets, interfaces, faults,
)  # fmt: skip
