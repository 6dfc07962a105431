"""socket(AF_INET, SOCK_STREAM, IPPROTO_TLS): plain text for the program, TLS on the wire (O'Neill et al., "The Secure Socket API").

The engine here is a toy with TLS's shape; tests/peers/test_tls_socket.py has mbedTLS on both ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix import options, tls_socket
from pynet.posix.options import (
    TLS_ALPN,
    TLS_CERTIFICATE_CHAIN,
    TLS_CIPHER,
    TLS_ERROR,
    TLS_PRIVATE_KEY,
    TLS_REMOTE_HOSTNAME,
    TLS_VERSION,
)
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP
from pynet.sockets import (
    AF_INET,
    IPPROTO_TCP,
    IPPROTO_TLS,
    MSG_DONTWAIT,
    MSG_PEEK,
    SHUT_WR,
    SO_PROTOCOL,
    SOCK_NONBLOCK,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_NODELAY,
    Sockets,
)
from tests.support import eq, raises
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

HELLO = b"HELLO\n"
BYE = b"BYE\n"
SECOND = 1_000_000


def fails(number: int, call: Callable[..., Any], *args: Any) -> None:
    """`call(*args)` raises OSError with this errno."""
    error = raises(OSError, call, *args)
    eq(getattr(error, "errno", None), number, repr(error))


class Toy:
    """HELLO from each side, or NO; then each octet with its bits turned over; BYE is close_notify. An end without BYE is truncation."""

    version = "toy"
    cipher = "none"

    def __init__(self, hostname: str, alpn: list[str], certificate: bytes, key: bytes) -> None:
        if certificate == b"rubbish":
            raise OSError(errno.EPROTO, "no certificate")
        self.hostname = hostname
        self.alpn = alpn[0] if alpn else ""
        self.incoming = bytearray()
        self.outgoing = b"" if certificate else HELLO
        self.certificate = certificate
        self.done = False
        self.cut = False

    def feed(self, data: Any) -> int:
        self.cut = self.cut or not len(data)
        self.incoming += data
        return len(data)

    def take(self) -> bytes:
        data, self.outgoing = self.outgoing, b""
        return data

    def handshake_step(self) -> bool:
        if self.incoming.startswith(b"NO"):
            self.outgoing += b"ALERT"
            raise OSError(errno.EPROTO, "the name is not " + self.hostname)
        if self.incoming.startswith(HELLO):
            del self.incoming[: len(HELLO)]
            if self.certificate:
                self.outgoing += HELLO if self.certificate == b"good" else b"NO"
            self.done = True
        elif self.cut:
            raise os_error(errno.ECONNRESET)
        return self.done

    def read(self, count: int) -> bytes:
        if self.incoming.startswith(BYE):
            return b""
        end = self.incoming.find(BYE)
        ready = self.incoming[: end if end >= 0 else len(self.incoming)][:count]
        if not ready:
            if self.cut:
                raise OSError(errno.EPROTO, "truncated")
            raise os_error(errno.EAGAIN)
        del self.incoming[: len(ready)]
        return flipped(ready)

    def write(self, data: Any) -> int:
        piece = bytes(data[:16_384])
        self.outgoing += flipped(piece)
        return len(piece)

    def close(self) -> None:
        self.outgoing += BYE


def flipped(data: Any) -> bytes:
    """Every octet with its highest bit turned over: no BYE comes out of text."""
    return bytes([octet ^ 0x80 for octet in data])


class Ends:
    """Two hosts that have the toy; a listener on b."""

    def __init__(self, certificate: bytes = b"good") -> None:
        self.world = World()
        stack_a, stack_b = self.world.pair()
        self.a, self.b = Sockets(stack_a), Sockets(stack_b)
        self.a.tls_engine = self.b.tls_engine = Toy
        self.listening = self.b.socket(AF_INET, SOCK_STREAM, IPPROTO_TLS)
        self.set(self.b, self.listening, TLS_CERTIFICATE_CHAIN, certificate)
        self.set(self.b, self.listening, TLS_PRIVATE_KEY, b"key")
        self.b.bind(self.listening, ("", 443))

    def set(self, host: Sockets, fd: int, option: int, value: bytes) -> None:
        """setsockopt"""
        options.find(host.endpoint(fd), IPPROTO_TLS, option, "set").set(host.endpoint(fd), value)

    def get(self, host: Sockets, fd: int, option: int) -> bytes:
        """getsockopt"""
        value: bytes = options.find(host.endpoint(fd), IPPROTO_TLS, option, "get").get(host.endpoint(fd))
        return value

    def client(self, flags: int = 0) -> int:
        """A socket of a's with a name to verify."""
        fd = self.a.socket(AF_INET, SOCK_STREAM | flags, IPPROTO_TLS)
        self.set(self.a, fd, TLS_REMOTE_HOSTNAME, b"example.com\0")
        return fd

    def connected(self) -> tuple[int, int]:
        """Both ends of a connection."""
        accepted = self.serve()
        near = self.client()
        self.a.connect(near, ("10.0.0.2", 443))
        far, _ = accepted.result
        return near, far

    def serve(self) -> Any:
        """Listen, and have b's loop accept one connection."""
        self.b.listen(self.listening)
        return self.b.stack.loop.spawn(self.b.accept_async(self.listening), "accept")


def test_connect_returns_when_the_server_is_verified() -> None:
    ends = Ends()
    near, far = ends.connected()
    fails(errno.EISCONN, ends.a.connect, near, ("10.0.0.2", 443))
    eq(ends.a.send(near, b"question"), 8)
    eq(ends.b.recv(far, 3, MSG_PEEK), b"que")
    eq(ends.b.recv(far, 100), b"question")
    eq(ends.b.send(far, b"answer"), 6)
    eq(ends.a.recv(near, 3), b"ans")
    eq(ends.a.recv(near, 100), b"wer")
    wire: Any = ends.a.stack.transport
    eq([frame for frame in wire.sent if b"question" in frame], [], "plain text on the wire")
    eq((ends.get(ends.a, near, TLS_VERSION), ends.get(ends.a, near, TLS_CIPHER)), (b"toy", b"none"))
    eq(ends.get(ends.a, near, TLS_REMOTE_HOSTNAME), b"example.com")
    eq((ends.a.getsockopt(near, SOL_SOCKET, SO_PROTOCOL), ends.get(ends.a, near, TLS_ERROR)), (IPPROTO_TLS, b""))
    ends.a.setsockopt(near, IPPROTO_TCP, TCP_NODELAY, 1)
    eq(ends.a.getpeername(near).port, 443)


def test_without_a_name_there_is_no_connection() -> None:
    ends = Ends()
    ends.serve()
    fails(errno.EDESTADDRREQ, ends.a.connect, ends.a.socket(AF_INET, SOCK_STREAM, IPPROTO_TLS), ("10.0.0.2", 443))
    near = ends.client()
    for name in (b"", b"\0", b"a b", b"x" * 256, b"\xff"):
        fails(errno.EINVAL, ends.set, ends.a, near, TLS_REMOTE_HOSTNAME, name)
    ends.a.connect(near, ("10.0.0.2", 443))
    fails(errno.EISCONN, ends.set, ends.a, near, TLS_REMOTE_HOSTNAME, b"other.example")
    fails(errno.EISCONN, ends.set, ends.a, near, TLS_ALPN, b"h2")
    bare = Sockets(ends.a.stack)
    lonely = bare.socket(AF_INET, SOCK_STREAM, IPPROTO_TLS)
    ends.set(bare, lonely, TLS_REMOTE_HOSTNAME, b"example.com")
    fails(errno.EPROTONOSUPPORT, bare.connect, lonely, ("10.0.0.2", 443))


def test_a_server_that_proves_nothing_is_no_peer() -> None:
    """connect() fails, says why, and no plain text can be sent or read."""
    ends = Ends(b"of another host")
    ends.serve()
    near = ends.client()
    fails(errno.EPROTO, ends.a.connect, near, ("10.0.0.2", 443))
    eq(ends.get(ends.a, near, TLS_ERROR), b"the name is not example.com")
    fails(errno.EPIPE, ends.a.send, near, b"secret")
    eq(ends.a.recv(near, 10), b"")
    fails(errno.ECONNABORTED, ends.a.connect, near, ("10.0.0.2", 443))
    ends.world.run(SECOND)
    wire: Any = ends.a.stack.transport
    assert [frame for frame in wire.sent if b"ALERT" in frame], "the server is told"
    refused = ends.client()
    fails(errno.ECONNREFUSED, ends.a.connect, refused, ("10.0.0.2", 444))


def test_without_waiting_poll_tells_when_the_proof_is_done() -> None:
    ends = Ends()
    ends.serve()
    near = ends.client(SOCK_NONBLOCK)
    fails(errno.EINPROGRESS, ends.a.connect, near, ("10.0.0.2", 443))
    eq(ends.a.poll([(near, POLLIN | POLLOUT)], 0), [])
    fails(errno.EALREADY, ends.a.connect, near, ("10.0.0.2", 443))
    fails(errno.EAGAIN, ends.a.send, near, b"too early")
    fails(errno.EAGAIN, ends.a.recv, near, 1)
    fails(errno.ENOTCONN, ends.a.getpeername, near)
    fails(errno.ENOTCONN, ends.get, ends.a, near, TLS_VERSION)
    eq(ends.a.poll([(near, POLLOUT)], SECOND), [(near, POLLOUT)])
    ends.a.connect(near, ("10.0.0.2", 443))
    silent = Ends(b"of another host")
    silent.serve()
    near = silent.client(SOCK_NONBLOCK)
    fails(errno.EINPROGRESS, silent.a.connect, near, ("10.0.0.2", 443))
    bits = POLLIN | POLLOUT | POLLHUP | POLLRDHUP | POLLERR
    eq(silent.a.poll([(near, POLLIN | POLLOUT | POLLRDHUP)], SECOND), [(near, bits)])
    eq(silent.a.getsockopt(near, SOL_SOCKET, 4), errno.EPROTO)


def test_a_handshake_that_hears_nothing_ends() -> None:
    """HANDSHAKE_TIMEOUT: ETIMEDOUT."""
    ends = Ends()
    mute = ends.b.socket()
    ends.b.bind(mute, ("", 80))
    ends.b.listen(mute)
    near = ends.client()
    before = ends.world.now
    fails(errno.ETIMEDOUT, ends.a.connect, near, ("10.0.0.2", 80))
    assert tls_socket.HANDSHAKE_TIMEOUT <= ends.world.now - before < 2 * tls_socket.HANDSHAKE_TIMEOUT


def test_rfc8446_6_1_an_end_without_close_notify_is_truncation() -> None:
    ends = Ends()
    near, far = ends.connected()
    ends.b.send(far, b"part")
    ends.world.run(SECOND)
    description: Any = ends.b.endpoint(far)
    description.connection.shutdown_write(ends.world.now)
    ends.world.run(SECOND)
    eq(ends.a.recv(near, 100), b"part")
    fails(errno.EPROTO, ends.a.recv, near, 100)
    eq(ends.a.recv(near, 100), b"")
    near, far = Ends.connected(again := Ends())
    again.b.send(far, b"all")
    again.b.close(far)
    again.world.run(SECOND)
    eq(again.a.poll([(near, POLLIN | POLLRDHUP)], 0), [(near, POLLIN | POLLRDHUP)])
    eq((again.a.recv(near, 100), again.a.recv(near, 100)), (b"all", b""))


def test_shut_wr_says_close_notify() -> None:
    ends = Ends()
    near, far = ends.connected()
    ends.a.send(near, b"last words")
    ends.a.shutdown(near, SHUT_WR)
    fails(errno.EPIPE, ends.a.send, near, b"x")
    eq((ends.b.recv(far, 100), ends.b.recv(far, 100)), (b"last words", b""))
    ends.b.send(far, b"answer")
    eq(ends.a.recv(near, 100), b"answer")


def test_what_waits_is_bounded_and_close_loses_none_of_it() -> None:
    """PLAIN_LIMIT and CIPHER_LIMIT: a reader that does not read stops the writer; what was taken arrives, though the socket is closed."""
    ends = Ends()
    near, far = ends.connected()
    taken = 0
    idle = 0
    while idle < 3:
        try:
            taken += ends.a.send(near, bytes(50_000), MSG_DONTWAIT)
        except BlockingIOError:
            idle += 1
        ends.world.run(SECOND)
    near_end: Any = ends.a.endpoint(near)
    far_end: Any = ends.b.endpoint(far)
    assert far_end.plain_size <= tls_socket.PLAIN_LIMIT + tls_socket.RECORD_SIZE
    assert len(near_end.cipher) <= tls_socket.CIPHER_LIMIT + tls_socket.RECORD_SIZE
    eq(ends.a.poll([(near, POLLOUT)], 0), [])
    ends.a.close(near)
    got = 0
    while data := ends.b.recv(far, 1_000_000):
        got += len(data)
    eq(got, taken)
    eq(ends.a.stack.bound_sockets, {})


def test_a_listener_needs_a_certificate_and_a_key() -> None:
    ends = Ends(b"rubbish")
    fails(errno.EINVAL, ends.b.listen, ends.listening)
    fd = ends.b.socket(AF_INET, SOCK_STREAM, IPPROTO_TLS)
    fails(errno.EINVAL, ends.b.listen, fd)
    fails(errno.EINVAL, ends.set, ends.b, fd, TLS_CERTIFICATE_CHAIN, bytes(tls_socket.MAX_PEM))
    fails(errno.EINVAL, ends.set, ends.b, fd, TLS_PRIVATE_KEY, bytes(tls_socket.MAX_PEM))
    fails(errno.ENOPROTOOPT, ends.get, ends.b, fd, TLS_PRIVATE_KEY)
    fails(errno.ENOPROTOOPT, ends.set, ends.b, ends.b.socket(), TLS_PRIVATE_KEY, b"key")
    fails(errno.EINVAL, ends.set, ends.b, fd, TLS_ALPN, b"h2,,http/1.1")
    ends.set(ends.b, fd, TLS_ALPN, b"h2,http/1.1\0")
    description: Any = ends.b.endpoint(fd)
    eq(description.alpn, ["h2", "http/1.1"])


def test_a_peer_that_resets_is_told() -> None:
    ends = Ends()
    near, far = ends.connected()
    description: Any = ends.b.endpoint(far)
    description.connection.abort(ends.world.now)
    ends.world.run(SECOND)
    eq(ends.a.poll([(near, POLLIN)], 0)[0][1] & (POLLERR | POLLHUP), POLLERR | POLLHUP)
    fails(errno.ECONNRESET, ends.a.recv, near, 1)
    eq(ends.a.recv(near, 1), b"")
    fails(errno.EPIPE, ends.a.send, near, b"x")
