"""Three old services, for whoever wants to try a network: echo (RFC 862), discard (RFC 863) and character generator (RFC 864).

Each runs as coroutines of the stack's loop: one for each TCP listener, one for each of its connections, one for each UDP port.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.sockets import AF_INET, IPPROTO_TCP, SOCK_DGRAM, TCP_NODELAY

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from pynet.loop import Task
    from pynet.net import Stack
    from pynet.sockets import Sockets

ECHO_PORT = 7
DISCARD_PORT = 9
CHARGEN_PORT = 19

READ_SIZE = 65_536
BACKLOG = 128
# Connections served at once, of all services together; the next ones wait in the listener's queue.
MAX_CONNECTIONS = 512

# RFC 864's pattern: 72 printing characters a line, each line starting one further.
LINE = 72
PRINTING = bytes(range(32, 127))


def chargen_pattern() -> bytes:
    """The 95 lines after which the pattern repeats."""
    doubled = PRINTING + PRINTING
    return b"".join([doubled[start : start + LINE] + b"\r\n" for start in range(len(PRINTING))])


def unserved(stack: Stack) -> list[str]:
    """Which of the ports that every server of the three has (TCP's three, and echo of UDP) nobody listens on."""
    listening = {port for _, port in stack.tcp.listeners}
    missing = ["TCP " + str(port) for port in (ECHO_PORT, DISCARD_PORT, CHARGEN_PORT) if port not in listening]
    if ECHO_PORT not in stack.udp.ports:
        missing.append("UDP " + str(ECHO_PORT))
    return missing


class Services:
    """The listeners of one host and their connections."""

    def __init__(self, sockets: Sockets) -> None:
        self.sockets = sockets
        self.loop = sockets.stack.loop
        self.tasks: list[Task] = []
        self.connections = 0
        self.pattern = chargen_pattern() * 8

    def start(self) -> None:
        """Open the ports and start serving. OSError where a port is taken."""
        self.listen(ECHO_PORT, self.echo)
        self.listen(DISCARD_PORT, self.discard)
        self.listen(CHARGEN_PORT, self.chargen)
        self.datagrams(ECHO_PORT, self.echo_datagrams)
        self.datagrams(DISCARD_PORT, self.discard_datagrams)
        self.datagrams(CHARGEN_PORT, self.chargen_datagrams)

    def stop(self) -> None:
        """Close the ports; connections that stand are served on."""
        for task in self.tasks:
            task.cancel()
        self.tasks.clear()

    def listen(self, port: int, serve: Callable[[int], Coroutine[Any, Any, None]]) -> None:
        """Serve the TCP connections of a port."""
        fd = self.sockets.socket()
        self.sockets.bind(fd, ("", port))
        self.sockets.listen(fd, BACKLOG)
        self.tasks.append(self.loop.spawn(self.accept(fd, serve), "tcp port " + str(port)))

    def datagrams(self, port: int, serve: Callable[[int], Coroutine[Any, Any, None]]) -> None:
        """Serve the datagrams of a port."""
        fd = self.sockets.socket(AF_INET, SOCK_DGRAM)
        self.sockets.bind(fd, ("", port))
        self.tasks.append(self.loop.spawn(self.closing(fd, serve), "udp port " + str(port)))

    async def accept(self, fd: int, serve: Callable[[int], Coroutine[Any, Any, None]]) -> None:
        """Take connections, each served by a task of its own."""
        try:
            while True:
                try:
                    connection, _ = await self.sockets.accept_async(fd)
                except OSError:
                    # A connection that was reset before it was taken, or no descriptor for it: the next one may fare better.
                    continue
                if self.connections >= MAX_CONNECTIONS:
                    self.sockets.close(connection)
                    continue
                self.connections += 1
                self.sockets.setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, 1)
                self.loop.spawn(self.connection(connection, serve), "connection")
        finally:
            self.sockets.close(fd)

    async def connection(self, fd: int, serve: Callable[[int], Coroutine[Any, Any, None]]) -> None:
        """Serve one connection to its end."""
        try:
            await self.closing(fd, serve)
        finally:
            self.connections -= 1

    async def closing(self, fd: int, serve: Callable[[int], Coroutine[Any, Any, None]]) -> None:
        """Run `serve` on a descriptor and close it; a peer that is gone ends it."""
        try:
            await serve(fd)
        except OSError:
            pass
        finally:
            self.sockets.close(fd)

    async def echo(self, fd: int) -> None:
        """Send back what comes (RFC 862)."""
        while True:
            data = await self.sockets.recv_async(fd, READ_SIZE)
            if not data:
                return
            await self.sockets.send_async(fd, data)

    async def discard(self, fd: int) -> None:
        """Read what comes (RFC 863)."""
        while await self.sockets.recv_async(fd, READ_SIZE):
            pass

    async def chargen(self, fd: int) -> None:
        """Send characters until the peer has enough (RFC 864)."""
        while True:
            await self.sockets.send_async(fd, self.pattern)

    async def echo_datagrams(self, fd: int) -> None:
        """Send back each datagram (RFC 862)."""
        while True:
            data, peer = await self.sockets.recvfrom_async(fd, READ_SIZE)
            self.answer(fd, data, peer)

    async def discard_datagrams(self, fd: int) -> None:
        """Read each datagram (RFC 863)."""
        while True:
            await self.sockets.recvfrom_async(fd, READ_SIZE)

    async def chargen_datagrams(self, fd: int) -> None:
        """Answer each datagram with one of up to 512 characters (RFC 864)."""
        while True:
            data, peer = await self.sockets.recvfrom_async(fd, READ_SIZE)
            self.answer(fd, self.pattern[: len(data) % 513], peer)

    def answer(self, fd: int, data: bytes, peer: Any) -> None:
        """Send a datagram back; one that cannot be sent is lost, as any may be.

        A peer on one of these ports is such a service itself: a forged source port would have the two answer each other for ever.
        """
        if peer.port in (ECHO_PORT, CHARGEN_PORT):
            return
        try:
            self.sockets.table.get(fd).sendto(data, peer)  # type: ignore[attr-defined]
        except OSError:
            pass
