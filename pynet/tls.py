"""TLS 1.2 and 1.3 over a TCP socket (RFC 5246, RFC 8446): a thin coroutine round an engine that is handed in.

The engine never touches the network. It takes ciphertext (`feed`), gives ciphertext (`take`), and steps through the handshake; TLSSocket carries
the bytes between it and the socket. In the image and in the tests it is mbedTLS (lib/mbedtls/tlsengine.pyx).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.sockets import current

if TYPE_CHECKING:
    from typing import Protocol

    from pynet.frame import Octets
    from pynet.sockets import Sockets

    class TlsEngine(Protocol):
        """One end of one connection. read and write raise BlockingIOError where they need bytes that were not fed yet; b"" fed is the end.

        version ("TLSv1.3"), cipher and alpn tell what was agreed on. Verification failures are OSError with the reason as text.
        """

        version: str
        cipher: str
        alpn: str

        def feed(self, data: Octets) -> int: ...

        def take(self) -> bytes: ...

        def handshake_step(self) -> bool: ...

        def read(self, count: int) -> bytes: ...

        def write(self, data: Octets) -> int: ...

        def close(self) -> None: ...


# Ciphertext read from the socket at a time: a whole record (RFC 8446: 16,384 bytes and what goes with them) and a bit.
READ_SIZE = 17_408
# A handshake that takes longer than this is given up, in microseconds.
HANDSHAKE_TIMEOUT = 30_000_000
# A read or write that hears nothing of the peer for this long is given up: it may have vanished without a word.
SILENCE_TIMEOUT = 30_000_000


class PlainSocket:
    """A TCP socket with TLSSocket's methods and no encryption."""

    def __init__(self, raw_fd: int, sockets: Sockets) -> None:
        self.raw_fd = raw_fd
        self.sockets = sockets

    async def read(self, count: int) -> bytes:
        """At most `count` bytes, b'' at the end. TimeoutError after SILENCE_TIMEOUT."""
        return await self.sockets.recv_async(self.raw_fd, count, self.sockets.stack.now() + SILENCE_TIMEOUT)

    async def write(self, data: Octets) -> int:
        """Send all of `data`. TimeoutError after SILENCE_TIMEOUT."""
        return await self.sockets.send_async(self.raw_fd, data, self.sockets.stack.now() + SILENCE_TIMEOUT)

    async def close(self) -> None:
        """Close the socket."""
        self.sockets.close(self.raw_fd)


class TLSSocket:
    """The client's end of a TLS connection over the connected socket `raw_fd`, to the server that can prove to be `hostname`.

    sockets: whose descriptor `raw_fd` is, those in use by default. engine: a TlsEngine for that host name; by default sockets.new_engine
    makes it, whose trust, clock and entropy were chosen by whoever set that.
    """

    def __init__(self, raw_fd: int, hostname: str, sockets: Sockets | None = None, engine: TlsEngine | None = None) -> None:
        self.raw_fd = raw_fd
        self.hostname = hostname
        self.sockets = sockets if sockets is not None else current()
        self.engine = engine if engine is not None else self.sockets.new_engine(hostname)
        self.established = False
        self.ended = False

    async def handshake(self) -> None:
        """Agree on keys and verify the server. OSError says which check failed; TimeoutError after HANDSHAKE_TIMEOUT."""
        deadline = self.sockets.stack.now() + HANDSHAKE_TIMEOUT
        try:
            while True:
                done = self.engine.handshake_step()
                await self.drain()
                if done:
                    self.established = True
                    return
                await self.fill(deadline)
        except OSError:
            # The alert that tells the server why, if there is one.
            await self.drain()
            raise

    async def drain(self) -> None:
        """Send what the engine has to say."""
        while True:
            data = self.engine.take()
            if not data:
                return
            await self.sockets.send_async(self.raw_fd, data, self.sockets.stack.now() + SILENCE_TIMEOUT)

    async def fill(self, deadline: int = -1) -> None:
        """Feed the engine with what comes next; b"" is the end of the connection. TimeoutError at `deadline`, by default SILENCE_TIMEOUT from now."""
        if deadline < 0:
            deadline = self.sockets.stack.now() + SILENCE_TIMEOUT
        self.engine.feed(await self.sockets.recv_async(self.raw_fd, READ_SIZE, deadline))

    async def read(self, count: int) -> bytes:
        """At most `count` bytes of plain text, b'' after the server's close_notify.

        OSError when the connection ended without one: what was read is truncated (RFC 8446 §6.1).
        """
        self.check_established()
        while True:
            try:
                data = self.engine.read(count)
            except BlockingIOError:
                await self.drain()
                await self.fill()
                continue
            await self.drain()
            return data

    async def write(self, data: Octets) -> int:
        """Send all of `data`."""
        self.check_established()
        view = memoryview(data)
        sent = 0
        while sent < len(view):
            try:
                sent += self.engine.write(view[sent:])
            except BlockingIOError:
                await self.drain()
                await self.fill()
            await self.drain()
        return sent

    async def close(self) -> None:
        """Send close_notify (RFC 8446 §6.1) and close the socket. A second call does nothing."""
        if self.ended:
            return
        self.ended = True
        try:
            if self.established:
                self.engine.close()
                await self.drain()
        except OSError:
            # The peer is gone already; the socket still has to be given back.
            pass
        finally:
            self.sockets.close(self.raw_fd)

    def check_established(self) -> None:
        """OSError ENOTCONN before the handshake."""
        if not self.established:
            raise os_error(errno.ENOTCONN)


async def connect_tls(host: str, port: int, sockets: Sockets | None = None, deadline: int = -1) -> TLSSocket:
    """Resolve `host`, connect, and shake hands. GaiError; OSError of the connection or the handshake."""
    sockets = sockets if sockets is not None else current()
    answers = await sockets.getaddrinfo_async(host, port)
    fd = sockets.socket()
    try:
        await sockets.connect_async(fd, answers[0].sockaddr, deadline)
        tls = TLSSocket(fd, host, sockets)
        await tls.handshake()
    except BaseException:
        sockets.close(fd)
        raise
    return tls
