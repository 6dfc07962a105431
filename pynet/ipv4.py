"""IPv4: the header, routes, fragmentation and reassembly (RFC 791; RFC 1122 §3; RFC 815).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------+-------+---------------+-------------------------------+
    |Version|  IHL  |Type of Service|          Total Length         |
    +-------+-------+---------------+-----+-------------------------+
    |         Identification        |Flags|     Fragment Offset     |
    +---------------+---------------+-----+-------------------------+
    |  Time to Live |    Protocol   |        Header Checksum        |
    +---------------+---------------+-------------------------------+
    |                         Source Address                        |
    +---------------------------------------------------------------+
    |                      Destination Address                      |
    +---------------------------------------------------------------+
    |                    Options, padded to 32 bits                 |
    +---------------------------------------------------------------+

Addresses are ints of 32 bits. The header of a received packet stands at `ethernet.HEADER`, and so does that of a packet to be sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import ethernet
from pynet.checksum import checksum, fold
from pynet.octets import get16, get32, put16, put32

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.frame import Octets

HEADER = 20
AT = ethernet.HEADER

ICMP = 1
IGMP = 2
TCP = 6
UDP = 17

DEFAULT_TTL = 64
DONT_FRAGMENT = 0x4000
MORE_FRAGMENTS = 0x2000
OFFSET_MASK = 0x1FFF

ANY = 0
BROADCAST = 0xFFFFFFFF
LOCALHOST = 0x7F000001

# Datagrams being put together at once, and the bytes they hold together; at either bound the oldest is given up.
MAX_REASSEMBLIES = 16
MAX_REASSEMBLY_BYTES = 256 * 1024
# Pieces of one datagram: at the bound it is given up.
MAX_PIECES = 64
# RFC 1122 §3.3.2: between 60 and 120 seconds.
REASSEMBLY_TIMEOUT = 60_000_000
MAX_ROUTES = 64

DROP_REASONS = (
    "ipv4: shorter than its header",
    "ipv4: version is not 4",
    "ipv4: bad header length",
    "ipv4: bad total length",
    "ipv4: bad header checksum",
    "ipv4: bad options",
    "ipv4: source is not a host",
    "ipv4: not for this host",
    "ipv4: loopback address on a wire",
    "ipv4: unknown protocol",
    "ipv4: bad fragment",
    "ipv4: overlapping fragments",
    "ipv4: too many fragments",
    "ipv4: reassembly timed out",
)


def total_length(packet: Octets) -> int:
    """Bytes of header and data."""
    return get16(packet, AT + 2)


def header_length(packet: Octets) -> int:
    """Bytes of the header, options included: 20 to 60."""
    return (packet[AT] & 0x0F) * 4


def identification(packet: Octets) -> int:
    """Tells the fragments of one datagram from those of another."""
    return get16(packet, AT + 4)


def flags_offset(packet: Octets) -> int:
    """DONT_FRAGMENT | MORE_FRAGMENTS | the offset in units of 8 bytes."""
    return get16(packet, AT + 6)


def ttl(packet: Octets) -> int:
    """Time to live, in hops."""
    return packet[AT + 8]


def protocol(packet: Octets) -> int:
    """ICMP, TCP, UDP or another of the IANA's protocol numbers."""
    return packet[AT + 9]


def source(packet: Octets) -> int:
    """Source address."""
    return get32(packet, AT + 12)


def destination(packet: Octets) -> int:
    """Destination address."""
    return get32(packet, AT + 16)


def emit(packet: bytearray, length: int, id_: int, flags: int, ttl_: int, tos: int, proto: int, src: int, dst: int) -> None:
    """Write a header without options in place at AT, checksum and all. `length`: Total Length; `flags`: as flags_offset returns."""
    packet[AT] = 0x45
    packet[AT + 1] = tos
    put16(packet, AT + 2, length)
    put16(packet, AT + 4, id_)
    put16(packet, AT + 6, flags)
    packet[AT + 8] = ttl_
    packet[AT + 9] = proto
    words = (0x4500 | tos) + length + id_ + flags + (ttl_ << 8 | proto)
    put16(packet, AT + 10, ~fold(words + (src >> 16) + (src & 0xFFFF) + (dst >> 16) + (dst & 0xFFFF)))
    put32(packet, AT + 12, src)
    put32(packet, AT + 16, dst)


def emit_options(packet: bytearray, options: Octets) -> None:
    """Put options (a multiple of four bytes) behind the header that emit() wrote; the room for them is there."""
    packet[AT] = 0x45 + len(options) // 4
    packet[AT + HEADER : AT + HEADER + len(options)] = options
    put16(packet, AT + 10, 0)
    put16(packet, AT + 10, checksum(packet, AT, AT + HEADER + len(options)))


def check(packet: Octets) -> str:
    """RFC 1122 §3.2.1's checks of a received header, each before what relies on it. The reason to drop the packet, or ''."""
    available = len(packet) - AT
    if available < HEADER:
        return "ipv4: shorter than its header"
    if packet[AT] >> 4 != 4:
        return "ipv4: version is not 4"
    length = header_length(packet)
    if length < HEADER or length > available:
        return "ipv4: bad header length"
    if total_length(packet) < length or total_length(packet) > available:
        return "ipv4: bad total length"
    if checksum(packet, AT, AT + length) != 0:
        return "ipv4: bad header checksum"
    if length > HEADER and not options_are_sound(packet, AT + HEADER, AT + length):
        return "ipv4: bad options"
    src = source(packet)
    if src == BROADCAST or src >> 28 == 0xE:
        return "ipv4: source is not a host"
    return ""


def options_are_sound(packet: Octets, at: int, end: int) -> bool:
    """Every option fits (RFC 791 §3.1) and none is a source route, which a host need not and this one does not follow (RFC 7126 §4.3, §4.4)."""
    while at < end:
        kind = packet[at]
        if kind == 0:
            return True
        if kind == 1:
            at += 1
            continue
        if kind in (131, 137) or at + 1 >= end:
            return False
        length = packet[at + 1]
        if length < 2 or at + length > end:
            return False
        at += length
    return True


def parse_address(text: str) -> int:
    """The address in dotted decimal `text`. ValueError if it is not one."""
    parts = text.split(".")
    if len(parts) != 4:
        raise ValueError("not an IPv4 address: " + repr(text))
    address = 0
    for part in parts:
        if not part.isascii() or not part.isdigit() or len(part) > 3 or int(part) > 255 or (len(part) > 1 and part[0] == "0"):
            raise ValueError("not an IPv4 address: " + repr(text))
        address = address << 8 | int(part)
    return address


def address_text(address: int) -> str:
    """`10.0.2.15`"""
    return f"{address >> 24 & 0xFF}.{address >> 16 & 0xFF}.{address >> 8 & 0xFF}.{address & 0xFF}"


def prefix_length(netmask: int) -> int:
    """24 for 255.255.255.0."""
    length = 0
    while length < 32 and netmask >> (31 - length) & 1:
        length += 1
    return length


def is_multicast(address: int) -> bool:
    """224.0.0.0/4 (RFC 1112)."""
    return address >> 28 == 0xE


def is_loopback(address: int) -> bool:
    """127.0.0.0/8 (RFC 1122 §3.2.1.3 (g))."""
    return address >> 24 == 127


class Route:
    """Destinations under `network`/`netmask` are reached through `gateway`, or directly where that is 0."""

    __slots__ = ("gateway", "netmask", "network")

    def __init__(self, network: int, netmask: int, gateway: int) -> None:
        self.network = network
        self.netmask = netmask
        self.gateway = gateway


class RouteTable:
    """Routes, at most MAX_ROUTES, the longest prefix first (RFC 1122 §3.3.1.1)."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def add(self, network: int, netmask: int, gateway: int) -> None:
        """Add a route. ValueError at MAX_ROUTES, or where host bits are set."""
        if len(self.routes) >= MAX_ROUTES:
            raise ValueError("no more than " + str(MAX_ROUTES) + " routes")
        if network & ~netmask & 0xFFFFFFFF:
            raise ValueError("host bits set in " + address_text(network) + "/" + str(prefix_length(netmask)))
        self.routes.append(Route(network, netmask, gateway))
        self.routes.sort(key=lambda route: -route.netmask)

    def clear(self) -> None:
        """Forget all routes."""
        self.routes.clear()

    def next_hop(self, dst: int) -> int:
        """The neighbour to hand a packet for `dst` to: a gateway, or `dst` itself. -1: no route."""
        for route in self.routes:
            if dst & route.netmask == route.network:
                return route.gateway if route.gateway else dst
        return -1


class Reassembly:
    """The pieces of one datagram, at most MAX_PIECES: payload bytes by offset, no two of which overlap."""

    __slots__ = ("expires", "first", "length", "pieces", "size")

    def __init__(self, expires: int) -> None:
        self.expires = expires
        self.pieces: dict[int, bytes] = {}
        self.size = 0
        # Bytes of the whole payload, -1 until the last fragment came; and the packet with offset 0, whose header is kept.
        self.length = -1
        self.first: bytearray | None = None

    def overlaps(self, start: int, end: int) -> bool:
        """start..end shares a byte with a piece that is here, or reaches beyond the known end."""
        if self.length >= 0 and end > self.length:
            return True
        return any(start < at + len(piece) and at < end for at, piece in self.pieces.items())

    def reaches_beyond(self, end: int) -> bool:
        """A piece that is here ends behind `end`."""
        return any(at + len(piece) > end for at, piece in self.pieces.items())


class Reassembler:
    """Datagrams being put together (RFC 791 §3.2). An overlap condemns the datagram, as RFC 5722 says for IPv6: nobody sends one in good faith.

    expired(packet): the first fragment of a datagram that was given up by time, for ICMP time exceeded (RFC 1122 §3.3.2).
    """

    def __init__(self, drops: dict[str, int], expired: Callable[[bytearray, int], None]) -> None:
        self.drops = drops
        self.expired = expired
        # At most MAX_REASSEMBLIES with MAX_REASSEMBLY_BYTES in all. Oldest first: all live equally long.
        self.reassemblies: dict[tuple[int, int, int, int], Reassembly] = {}
        self.size = 0

    def input(self, packet: bytearray, now: int) -> bytearray | None:
        """Take a fragment. The whole packet when it was the last that lacked, else None."""
        offset = (flags_offset(packet) & OFFSET_MASK) * 8
        more = flags_offset(packet) & MORE_FRAGMENTS
        start = AT + header_length(packet)
        end = AT + total_length(packet)
        length = end - start
        if length == 0 or offset + length > 65535 - HEADER or (more and length % 8):
            self.drops["ipv4: bad fragment"] += 1
            return None
        key = (source(packet), destination(packet), protocol(packet), identification(packet))
        self.make_room(key, length)
        whole = self.reassemblies.get(key)
        if whole is None:
            whole = Reassembly(now + REASSEMBLY_TIMEOUT)
            self.reassemblies[key] = whole
        if not more and whole.reaches_beyond(offset + length):
            self.give_up(key, "ipv4: overlapping fragments")
            return None
        if whole.overlaps(offset, offset + length):
            # A repeated fragment is no overlap: networks duplicate.
            if whole.pieces.get(offset) != bytes(packet[start:end]):
                self.give_up(key, "ipv4: overlapping fragments")
            return None
        if not more:
            whole.length = offset + length
        if len(whole.pieces) >= MAX_PIECES:
            self.give_up(key, "ipv4: too many fragments")
            return None
        whole.pieces[offset] = bytes(packet[start:end])
        whole.size += length
        self.size += length
        if offset == 0:
            whole.first = packet[:start]
        if whole.size != whole.length:
            return None
        self.forget(key)
        return self.put_together(whole)

    def put_together(self, whole: Reassembly) -> bytearray:
        """One packet of the pieces, with the header of the first."""
        packet = bytearray(whole.first or b"")
        header = len(packet) - AT
        for at in sorted(whole.pieces):
            packet += whole.pieces[at]
        put16(packet, AT + 2, header + whole.length)
        put16(packet, AT + 6, 0)
        return packet

    def make_room(self, key: tuple[int, int, int, int], length: int) -> None:
        """Give up the oldest datagrams until a piece of `length` bytes for the datagram `key` is within the bounds."""
        while self.reassemblies and (
            self.size + length > MAX_REASSEMBLY_BYTES
            or (len(self.reassemblies) >= MAX_REASSEMBLIES and key not in self.reassemblies)
        ):
            self.give_up(next(iter(self.reassemblies)), "ipv4: too many fragments")

    def give_up(self, key: tuple[int, int, int, int], reason: str) -> None:
        """Drop a datagram."""
        self.forget(key)
        self.drops[reason] += 1

    def forget(self, key: tuple[int, int, int, int]) -> None:
        """Take a datagram out of the table."""
        self.size -= self.reassemblies.pop(key).size

    def run_timers(self, now: int) -> None:
        """Give up what has waited too long."""
        while self.reassemblies:
            key = next(iter(self.reassemblies))
            whole = self.reassemblies[key]
            if whole.expires > now:
                return
            self.give_up(key, "ipv4: reassembly timed out")
            if whole.first is not None:
                self.expired(whole.first + whole.pieces[0][:8], now)

    def next_deadline(self) -> int:
        """When run_timers has something to do, or -1."""
        for whole in self.reassemblies.values():
            return whole.expires
        return -1


def fragments(packet: bytearray, mtu: int) -> list[bytearray]:
    """Cut a packet to be sent, with a header without options, into fragments of at most `mtu` bytes (RFC 791 §3.2)."""
    at = AT + HEADER
    room = (mtu - HEADER) // 8 * 8
    end = AT + total_length(packet)
    pieces = []
    offset = 0
    while at + offset < end:
        length = min(room, end - at - offset)
        piece = bytearray(at + length)
        piece[at:] = packet[at + offset : at + offset + length]
        flags = offset // 8 | (MORE_FRAGMENTS if at + offset + length < end else 0)
        emit(
            piece,
            HEADER + length,
            identification(packet),
            flags,
            ttl(packet),
            packet[AT + 1],
            protocol(packet),
            source(packet),
            destination(packet),
        )
        pieces.append(piece)
        offset += length
    return pieces
