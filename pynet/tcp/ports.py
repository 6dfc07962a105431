"""Local ports: which are bound, which have connections, and a free one chosen at random (RFC 6056 §3.3.1, algorithm 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno

if TYPE_CHECKING:
    from collections.abc import Callable

# Linux's range: 28,232 ports, outside of which services live.
FIRST = 32768
LAST = 60999
# Ports that sockets have bound, all addresses together.
MAX_BOUND = 4096


def choose(random: int, is_free: Callable[[int], bool]) -> int:
    """The first free port from a random start on; 0 if none is free. random: at least 16 random bits."""
    count = LAST - FIRST + 1
    start = random % count
    for step in range(count):
        port = FIRST + (start + step) % count
        if is_free(port):
            return port
    return 0


class PortTable:
    """The local ports in use: those that bind() took, at most MAX_BOUND, and those of connections, as many as there are connections."""

    def __init__(self) -> None:
        self.bound: dict[int, list[int]] = {}
        self.count = 0
        self.connections: dict[int, int] = {}

    def bind(self, address: int, port: int) -> None:
        """Take `port` at `address` (0: at every address). OSError EADDRINUSE, ENOBUFS."""
        others = self.bound.get(port, [])
        if 0 in others or address in others or (others and not address):
            raise errno.os_error(errno.EADDRINUSE)
        if self.count >= MAX_BOUND:
            raise errno.os_error(errno.ENOBUFS)
        self.bound[port] = [*others, address]
        self.count += 1

    def release(self, address: int, port: int) -> None:
        """Undo bind(); a second call does nothing."""
        others = self.bound.get(port, [])
        if address in others:
            others.remove(address)
            self.count -= 1
            if not others:
                del self.bound[port]

    def connection_made(self, port: int) -> None:
        """One connection more has this local port."""
        self.connections[port] = self.connections.get(port, 0) + 1

    def connection_gone(self, port: int) -> None:
        """One less."""
        count = self.connections[port] - 1
        if count:
            self.connections[port] = count
        else:
            del self.connections[port]

    def is_unused(self, port: int) -> bool:
        """No socket and no connection has it."""
        return port not in self.bound and port not in self.connections
