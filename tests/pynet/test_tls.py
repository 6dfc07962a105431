"""TLSSocket's part of TLS: carrying bytes between the socket and an engine (RFC 8446 §5, §6.1). The engine here is a toy; tests/peers has mbedTLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, sockets, tls
from pynet.errno import os_error
from pynet.sockets import GaiError, Sockets
from pynet.tls import PlainSocket, TLSSocket, connect_tls
from tests.support import eq, raises
from tests.world import World

if TYPE_CHECKING:
    from typing import Any

HELLO = b"HELLO\n"
BYE = b"BYE\n"
RENEW = b"RENEW\n"
SECOND = 1_000_000


class ToyEngine:
    """Sends HELLO and wants HELLO back; then plain text is sent as it is. b"" is truncation unless BYE came first."""

    version = "toy"
    cipher = "none"
    alpn = ""

    def __init__(self, hostname: str) -> None:
        self.hostname = hostname
        self.incoming = b""
        self.outgoing = b""
        self.said_hello = False
        self.cut = False
        self.wants_before_write = False

    def feed(self, data: Any) -> int:
        if not data:
            self.cut = True
        self.incoming += bytes(data)
        return len(data)

    def take(self) -> bytes:
        data = self.outgoing
        self.outgoing = b""
        return data

    def handshake_step(self) -> bool:
        if not self.said_hello:
            self.outgoing += HELLO
            self.said_hello = True
        if self.incoming.startswith(b"?"):
            self.outgoing += b"ALERT"
            raise OSError(errno.EPROTO, "no such name")
        if self.incoming.startswith(HELLO):
            self.incoming = self.incoming[len(HELLO) :]
            return True
        if self.cut:
            raise os_error(errno.ECONNRESET)
        return False

    def read(self, count: int) -> bytes:
        if self.incoming == BYE:
            return b""
        if self.incoming:
            data = self.incoming[:count]
            self.incoming = self.incoming[count:]
            return data
        if self.cut:
            raise OSError(errno.EPROTO, "truncated")
        raise os_error(errno.EAGAIN)

    def write(self, data: Any) -> int:
        if self.wants_before_write:
            if not self.incoming:
                raise os_error(errno.EAGAIN)
            self.incoming = b""
            self.wants_before_write = False
        piece = bytes(data[:5])
        self.outgoing += piece
        return len(piece)

    def close(self) -> None:
        self.outgoing += BYE


class Wire:
    """A client with the toy, and the plain socket of the server it talks to."""

    def __init__(self) -> None:
        self.world = World()
        self.stack, server = self.world.pair()
        self.client = Sockets(self.stack)
        self.server = Sockets(server)
        self.engines: list[ToyEngine] = []
        self.client.new_engine = self.new_engine
        self.listening = self.server.socket()
        self.server.bind(self.listening, ("", 443))
        self.server.listen(self.listening)
        self.heard = bytearray()

    def new_engine(self, hostname: str) -> Any:
        self.engines.append(ToyEngine(hostname))
        return self.engines[-1]

    async def serve(self, *answers: bytes) -> None:
        """One connection: an answer for everything that comes, b"" ends it."""
        fd, _ = await self.server.accept_async(self.listening)
        for answer in answers:
            self.heard += await self.server.recv_async(fd, 1000)
            if not answer:
                break
            await self.server.send_async(fd, answer)
        else:
            while True:
                data = await self.server.recv_async(fd, 1000)
                if not data:
                    break
                self.heard += data
        self.server.close(fd)

    def start(self, *answers: bytes) -> None:
        self.server.stack.loop.spawn(self.serve(*answers), "server")

    def finish(self, coroutine: Any) -> Any:
        return self.world.finish(self.stack, coroutine)


def test_a_handshake_then_data_then_close_notify() -> None:
    wire = Wire()
    wire.start(HELLO, b"page")

    async def client() -> bytes:
        secure = await connect_tls("10.0.0.2", 443, wire.client)
        eq(wire.engines[0].hostname, "10.0.0.2")
        eq(await secure.write(b"a question of some length"), 25)
        data = await secure.read(100)
        await secure.close()
        await secure.close()
        return data

    eq(wire.finish(client()), b"page")
    wire.world.run(SECOND)
    eq(bytes(wire.heard), HELLO + b"a question of some length" + BYE)
    eq(wire.client.table.descriptions, {})


def test_an_end_without_close_notify_is_truncated() -> None:
    """RFC 8446 §6.1."""
    wire = Wire()
    wire.start(HELLO, b"")

    async def client() -> None:
        secure = await connect_tls("10.0.0.2", 443, wire.client)
        await secure.write(b"x")
        try:
            await secure.read(100)
        finally:
            await secure.close()

    eq(str(getattr(raises(OSError, wire.finish, client()), "strerror", "")), "truncated")


def test_the_end_with_close_notify_is_an_end() -> None:
    wire = Wire()
    wire.start(HELLO, BYE)

    async def client() -> bytes:
        secure = await connect_tls("10.0.0.2", 443, wire.client)
        await secure.write(b"x")
        await wire.stack.loop.sleep_until(wire.world.now + SECOND)
        secure.engine.feed(await wire.client.recv_async(secure.raw_fd, 100))
        return await secure.read(100)

    eq(wire.finish(client()), b"")


def test_a_failed_check_sends_its_alert_and_says_why() -> None:
    wire = Wire()
    wire.start(b"?", b"never")
    error = raises(OSError, wire.finish, connect_tls("10.0.0.2", 443, wire.client))
    eq(getattr(error, "strerror", ""), "no such name")
    wire.world.run(SECOND)
    eq(bytes(wire.heard), HELLO + b"ALERT")
    eq(wire.client.table.descriptions, {})


def test_a_server_that_never_answers_is_given_up() -> None:
    wire = Wire()
    start = wire.world.now
    raises(TimeoutError, wire.finish, connect_tls("10.0.0.2", 443, wire.client))
    assert wire.world.now - start >= tls.HANDSHAKE_TIMEOUT


def test_writing_may_need_reading() -> None:
    """An engine that must hear something first, as in a key update (RFC 8446 §4.6.3)."""
    wire = Wire()
    wire.start(HELLO + RENEW)

    async def client() -> int:
        secure = await connect_tls("10.0.0.2", 443, wire.client)
        wire.engines[0].wants_before_write = True
        wire.engines[0].incoming = b""
        wire.server.stack.loop.spawn(send_more(wire), "more")
        return await secure.write(b"123456")

    async def send_more(wire: Wire) -> None:
        for fd in wire.server.table.descriptions:
            if fd != wire.listening:
                await wire.server.send_async(fd, RENEW)

    eq(wire.finish(client()), 6)


def test_nothing_is_read_or_written_before_the_handshake() -> None:
    wire = Wire()
    sockets.use(wire.client)
    fd = wire.client.socket()
    secure = TLSSocket(fd, "example.com")
    sockets.in_use.clear()
    for coroutine in (secure.read(1), secure.write(b"x")):
        eq(getattr(raises(OSError, wire.finish, coroutine), "errno", 0), errno.ENOTCONN)
    wire.finish(secure.close())
    raises(GaiError, wire.finish, connect_tls("no.such.name", 443, wire.client))


def test_close_after_the_peer_is_gone_gives_the_socket_back() -> None:
    wire = Wire()
    wire.start(HELLO)

    async def client() -> None:
        secure = await connect_tls("10.0.0.2", 443, wire.client)
        description: Any = wire.client.table.get(secure.raw_fd)
        description.connection.abort(wire.world.now)
        await secure.close()

    wire.finish(client())
    eq(wire.client.table.descriptions, {})


def test_a_plain_socket_has_the_same_methods() -> None:
    wire = Wire()
    wire.start(b"answer")

    async def client() -> bytes:
        fd = wire.client.socket()
        await wire.client.connect_async(fd, ("10.0.0.2", 443))
        plain = PlainSocket(fd, wire.client)
        await plain.write(b"question")
        data = await plain.read(100)
        await plain.close()
        return data

    eq(wire.finish(client()), b"answer")
