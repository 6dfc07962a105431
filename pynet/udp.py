"""UDP (RFC 768; RFC 1122 §4.1): the header, the ports, and endpoints with a queue of datagrams.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |          Source Port          |       Destination Port        |
    +-------------------------------+-------------------------------+
    |            Length             |           Checksum            |
    +-------------------------------+-------------------------------+
    |                             data ...
    +---------------------------------------------------------------+
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pynet import errno, ipv4
from pynet.checksum import checksum, pseudo_header
from pynet.frame import HEADROOM, new_frame
from pynet.octets import get16, put16
from pynet.readiness import POLLERR, POLLIN, POLLOUT, nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.frame import Octets
    from pynet.igmp import Igmp
    from pynet.lower import Lower

HEADER = 8
MAX_DATA = 65535 - ipv4.HEADER - HEADER

# RFC 6335 §6: the dynamic ports.
FIRST_EPHEMERAL = 49152
LAST_EPHEMERAL = 65535

MAX_ENDPOINTS = 1024
# Bytes that wait in one endpoint, each datagram counted with OVERHEAD more; what comes beyond is dropped.
DEFAULT_RECEIVE_BUFFER = 212_992
OVERHEAD = 256
# The same of all endpoints together: at the bound, one where something waits takes no more.
MAX_QUEUED = 16 << 20
# Multicast groups of one endpoint: Linux's igmp_max_memberships; join() beyond it says ENOBUFS.
MAX_MEMBERSHIPS = 20

DROP_REASONS = (
    "udp: shorter than its header",
    "udp: bad length",
    "udp: bad checksum",
    "udp: port 0",
    "udp: no such port",
    "udp: receive buffer full",
    "udp: too much queued",
)

# errno for what an ICMP error says (RFC 1122 §4.1.3.3; Linux's choice of numbers).
ERRORS = {
    "port-unreachable": errno.ECONNREFUSED,
    "protocol-unreachable": errno.ENOPROTOOPT,
    "host-unreachable": errno.EHOSTUNREACH,
    "net-unreachable": errno.ENETUNREACH,
    "prohibited": errno.EHOSTUNREACH,
    "parameter-problem": errno.EPROTO,
    "time-exceeded": errno.EHOSTUNREACH,
    "fragmentation-needed": errno.EMSGSIZE,
}


def emit(src: int, sport: int, dst: int, dport: int, data: Octets) -> bytearray:
    """A frame with HEADROOM in front of a whole datagram. A sum of zero is sent as 0xFFFF: zero means "no checksum"."""
    length = HEADER + len(data)
    frame = new_frame(length)
    at = HEADROOM
    put16(frame, at, sport)
    put16(frame, at + 2, dport)
    put16(frame, at + 4, length)
    frame[at + HEADER :] = data
    total = checksum(frame, at, at + length, pseudo_header(src, dst, ipv4.UDP, length))
    put16(frame, at + 6, total if total else 0xFFFF)
    return frame


def check(packet: bytearray, at: int, end: int, src: int, dst: int, verified: bool = False) -> str:
    """The reason to drop a datagram, or ''. Data after Length is padding. verified: its checksum is known to be right."""
    if end - at < HEADER:
        return "udp: shorter than its header"
    length = get16(packet, at + 4)
    if length < HEADER or length > end - at:
        return "udp: bad length"
    if not verified and get16(packet, at + 6) and checksum(packet, at, at + length, pseudo_header(src, dst, ipv4.UDP, length)):
        return "udp: bad checksum"
    if get16(packet, at + 2) == 0:
        return "udp: port 0"
    return ""


class UdpEndpoint:
    """A bound port. `changed` is called when poll()'s answer may have changed."""

    def __init__(self, layer: Udp, address: int, port: int) -> None:
        self.layer = layer
        self.address = address
        self.port = port
        self.peer = 0
        self.peer_port = 0
        self.receive_buffer = DEFAULT_RECEIVE_BUFFER
        # Bounded by receive_buffer, of which each datagram takes at least OVERHEAD.
        self.queue: deque[tuple[bytes, int, int, int]] = deque()
        self.queued = 0
        self.error = 0
        # Told of each ICMP error about a datagram of this port (IP_RECVERR): its destination and port, the packet, where the UDP header is, the kind.
        self.report: Callable[[int, int, Octets, int, int, str], None] | None = None
        # SO_REUSEADDR: bind may take this port again if both say so.
        self.share = False
        self.ttl = ipv4.DEFAULT_TTL
        self.tos = 0
        # At most MAX_MEMBERSHIPS. multicast_all: take what comes for groups that only others have joined too (Linux's IP_MULTICAST_ALL).
        self.groups: list[int] = []
        self.multicast_all = True
        self.multicast_ttl = 1
        self.multicast_loop = True
        self.changed: Callable[[], None] = nothing

    def connect(self, peer: int, port: int) -> None:
        """Take datagrams of one peer only, and let ICMP errors about it show here. `peer` 0 undoes it."""
        self.peer = peer
        self.peer_port = port

    def takes(self, src: int, sport: int, dst: int) -> bool:
        """A datagram of src:sport to the address `dst` is for this endpoint."""
        if self.address and self.address != dst and dst != ipv4.BROADCAST:
            return False
        if ipv4.is_multicast(dst) and not self.multicast_all and dst not in self.groups:
            return False
        return not self.peer_port or (src == self.peer and sport == self.peer_port)

    def send_to(self, data: Octets, dst: int, port: int, src: int, now: int) -> None:
        """Send one datagram from `src`. OSError EMSGSIZE beyond MAX_DATA."""
        if len(data) > MAX_DATA:
            raise errno.os_error(errno.EMSGSIZE)
        frame = emit(src, self.port, dst, port, data)
        if not ipv4.is_multicast(dst):
            self.layer.lower.send_udp(frame, src, dst, self.ttl, self.tos, now)
            return
        self.layer.lower.send_udp(frame, src, dst, self.multicast_ttl, self.tos, now)
        if self.multicast_loop:
            self.layer.lower.loop_back(frame)

    def join(self, group: int, now: int) -> None:
        """IP_ADD_MEMBERSHIP: take what is sent to `group`. OSError EINVAL (not a group), EADDRINUSE (joined before), ENOBUFS."""
        if group in self.groups:
            raise errno.os_error(errno.EADDRINUSE)
        if len(self.groups) >= MAX_MEMBERSHIPS:
            raise errno.os_error(errno.ENOBUFS)
        self.layer.membership().join(group, now)
        self.groups.append(group)

    def leave(self, group: int, now: int) -> None:
        """IP_DROP_MEMBERSHIP. OSError EADDRNOTAVAIL if it was not joined."""
        if group not in self.groups:
            raise errno.os_error(errno.EADDRNOTAVAIL)
        self.groups.remove(group)
        self.layer.membership().leave(group, now)

    def receive(self, peek: bool = False) -> tuple[bytes, int, int, int] | None:
        """(data, source address, source port, the address it was sent to) of the oldest datagram, or None."""
        if not self.queue:
            return None
        if peek:
            return self.queue[0]
        datagram = self.queue.popleft()
        self.queued -= len(datagram[0]) + OVERHEAD
        self.layer.queued -= len(datagram[0]) + OVERHEAD
        return datagram

    def take_error(self) -> int:
        """The errno of an ICMP error that came since the last call, or 0."""
        error = self.error
        self.error = 0
        return error

    def poll(self) -> int:
        """POLLIN, POLLOUT, POLLERR."""
        return POLLOUT | (POLLIN if self.queue else 0) | (POLLERR if self.error else 0)

    def close(self, now: int = 0) -> None:
        """Give the port back, and leave the groups."""
        for group in list(self.groups):
            self.leave(group, now)
        self.layer.forget(self)


class Udp:
    """All ports of a stack.

    lower: sends datagrams. entropy(n): n random bytes, for ephemeral ports (RFC 6056).
    """

    def __init__(self, lower: Lower, entropy: Callable[[int], bytes]) -> None:
        self.lower = lower
        self.entropy = entropy
        # At most MAX_ENDPOINTS in all.
        self.ports: dict[int, list[UdpEndpoint]] = {}
        self.count = 0
        self.queued = 0
        # The host's groups; the stack sets it.
        self.igmp: Igmp | None = None
        self.drops = dict.fromkeys(DROP_REASONS, 0)

    def bind(self, address: int, port: int, share: bool = False) -> UdpEndpoint:
        """An endpoint on address:port; address 0 takes all, port 0 picks one. OSError EADDRINUSE, ENOBUFS."""
        if self.count >= MAX_ENDPOINTS:
            raise errno.os_error(errno.ENOBUFS)
        if port == 0:
            port = self.ephemeral_port()
        others = self.ports.setdefault(port, [])
        for other in others:
            if not (share and other.share) and (not address or not other.address or address == other.address):
                raise errno.os_error(errno.EADDRINUSE)
        endpoint = UdpEndpoint(self, address, port)
        endpoint.share = share
        others.append(endpoint)
        self.count += 1
        return endpoint

    def ephemeral_port(self) -> int:
        """A free port from a random start (RFC 6056 §3.3.1). OSError EADDRINUSE when all are taken."""
        span = LAST_EPHEMERAL - FIRST_EPHEMERAL + 1
        start = int.from_bytes(self.entropy(2), "big")
        for step in range(span):
            port = FIRST_EPHEMERAL + (start + step) % span
            if port not in self.ports:
                return port
        raise errno.os_error(errno.EADDRINUSE)

    def forget(self, endpoint: UdpEndpoint) -> None:
        """Close an endpoint; a second call does nothing."""
        others = self.ports.get(endpoint.port, [])
        if endpoint in others:
            others.remove(endpoint)
            self.count -= 1
            self.queued -= endpoint.queued
            endpoint.queued = 0
            endpoint.queue.clear()
            if not others:
                del self.ports[endpoint.port]

    def find(self, src: int, sport: int, dst: int, dport: int) -> UdpEndpoint | None:
        """Who takes the datagram: the connected endpoint before the bound, the one bound to an address before the one bound to all."""
        best = None
        best_score = -1
        for endpoint in self.ports.get(dport, ()):
            if endpoint.takes(src, sport, dst):
                score = (2 if endpoint.peer_port else 0) + (1 if endpoint.address else 0)
                if score > best_score:
                    best = endpoint
                    best_score = score
        return best

    def membership(self) -> Igmp:
        """OSError ENODEV where there is no link to join groups on."""
        if self.igmp is None:
            raise errno.os_error(errno.ENODEV)
        return self.igmp

    def input(
        self, packet: bytearray, at: int, end: int, src: int, dst: int, now: int, group: bool = False, verified: bool = False
    ) -> str:
        """Deliver the datagram at packet[at:end]; `group`: to all endpoints that take it (RFC 1122 §4.1.3.5). The reason why it was dropped, or ''."""
        reason = check(packet, at, end, src, dst, verified)
        if reason:
            return self.drop(reason)
        sport = get16(packet, at)
        length = get16(packet, at + 4) - HEADER
        if not group:
            endpoint = self.find(src, sport, dst, get16(packet, at + 2))
            if endpoint is None:
                return self.drop("udp: no such port")
            return self.deliver(endpoint, packet, at + HEADER, length, src, sport, dst)
        takers = [endpoint for endpoint in self.ports.get(get16(packet, at + 2), ()) if endpoint.takes(src, sport, dst)]
        if not takers:
            return self.drop("udp: no such port")
        for endpoint in takers:
            self.deliver(endpoint, packet, at + HEADER, length, src, sport, dst)
        return ""

    def deliver(self, endpoint: UdpEndpoint, packet: bytearray, at: int, length: int, src: int, sport: int, dst: int) -> str:
        """Queue the data at packet[at:]. The reason why it was dropped, or ''."""
        if endpoint.queued + length + OVERHEAD > endpoint.receive_buffer:
            return self.drop("udp: receive buffer full")
        if self.queued >= MAX_QUEUED and endpoint.queued:
            return self.drop("udp: too much queued")
        endpoint.queue.append((bytes(packet[at : at + length]), src, sport, dst))
        endpoint.queued += length + OVERHEAD
        self.queued += length + OVERHEAD
        endpoint.changed()
        return ""

    def drop(self, reason: str) -> str:
        """Count a datagram that was not taken."""
        self.drops[reason] += 1
        return reason

    def icmp_error(self, src: int, dst: int, packet: bytearray, at: int, end: int, kind: str) -> bool:
        """An ICMP error quotes a datagram of ours from `src` to `dst`, its header at `at`. False if no endpoint sent it.

        Only an endpoint that is connected, or has a `report` (IP_RECVERR), is told (RFC 1122 §4.1.3.3, as Linux has it).
        """
        if end - at < 4:
            return False
        for endpoint in self.ports.get(get16(packet, at), ()):
            connected = endpoint.peer == dst and endpoint.peer_port == get16(packet, at + 2)
            if connected or (endpoint.report is not None and not endpoint.peer_port):
                if endpoint.report is not None:
                    endpoint.report(dst, get16(packet, at + 2), packet, at, end, kind)
                endpoint.error = ERRORS.get(kind, errno.EHOSTUNREACH)
                endpoint.changed()
                return True
        return get16(packet, at) in self.ports
