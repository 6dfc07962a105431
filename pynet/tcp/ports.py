"""Local ports: which are bound, which have connections, and a free one that nobody can guess (RFC 6056).

Towards a peer ports are taken in turn, from a secret place that differs from peer to peer (§3.3.4, algorithm 4), so that one is not used again before
the others were, and TIME-WAIT seldom stands in the way. Where no peer is known yet, one is taken at random (§3.3.1, algorithm 1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.tcp import isn

if TYPE_CHECKING:
    from collections.abc import Callable

# Linux's range: 28,232 ports, outside of which services live.
FIRST = 32768
LAST = 60999
# Ports that sockets have bound, all addresses together; beyond it bind() says ENOBUFS.
MAX_BOUND = 4096
# RFC 6056 §3.3.4: counters that the peers share by hash.
TURNS = 256
# A turn goes on by 1 to 8 ports, so that a peer's server learns little of how many connections others get (as Linux).
LONGEST_STEP = 8


def choose(start: int, is_free: Callable[[int], bool]) -> int:
    """The first free port from FIRST + `start` on, modulo how many there are; 0 if none is free."""
    count = LAST - FIRST + 1
    for step in range(count):
        port = FIRST + (start + step) % count
        if is_free(port):
            return port
    return 0


class Turns:
    """RFC 6056 §3.3.4, algorithm 4: the double-hash port selection. key: the secret of both hashes, which are two halves of one."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        # TURNS counters, never more.
        self.counters = [0] * TURNS

    def choose(self, local: int, remote: int, rport: int, random: int, is_free: Callable[[int], bool]) -> int:
        """A free port towards remote:rport, or 0. random: at least 16 random bits."""
        hashed = isn.siphash(self.key, isn.pack(local, 0, remote, rport) + b"port")
        offset, index = hashed & 0xFFFFFFFF, (hashed >> 32) % TURNS
        start = (offset + self.counters[index]) % (LAST - FIRST + 1)
        port = choose(start, is_free)
        if port:
            self.counters[index] += (port - FIRST - start) % (LAST - FIRST + 1) + 1 + random % LONGEST_STEP
            self.counters[index] %= LAST - FIRST + 1
        return port


class PortTable:
    """The local ports in use: those that bind() took, at most MAX_BOUND, and those of connections, as many as there are connections (MAX_CONNECTIONS)."""

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
