"""Raw, ping and packet sockets between two hosts (raw(7), icmp(7), packet(7)); tests/scenarios.py has what one host sees of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, icmp, ipv4
from pynet.checksum import checksum
from pynet.octets import put16
from pynet.posix import packet
from pynet.posix.endpoint import LinkName
from pynet.posix.options import IP_HDRINCL, IP_PKTINFO
from pynet.readiness import POLLIN, POLLOUT
from pynet.sockets import AF_INET, AF_PACKET, MSG_DONTWAIT, SO_BROADCAST, SOCK_DGRAM, SOCK_RAW, SOL_SOCKET, Sockets
from tests.support import eq, raises
from tests.world import MAC_A, MAC_B, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SECOND = 1_000_000
ETH_P_ALL = 0x0300
ETH_P_ARP = 0x0608
THERE = (0x0A000002, 0)


def fails(number: int, call: Callable[..., Any], *args: Any) -> None:
    """`call(*args)` raises OSError with this errno."""
    error = raises(OSError, call, *args)
    eq(getattr(error, "errno", None), number, repr(error))


class Pair:
    """Two hosts."""

    def __init__(self) -> None:
        self.world = World()
        stack_a, stack_b = self.world.pair()
        self.a, self.b = Sockets(stack_a), Sockets(stack_b)

    def open(self, host: Sockets, domain: int, type_: int, protocol: int) -> Any:
        """A socket's description."""
        return host.endpoint(host.socket(domain, type_, protocol))


def echo(identifier: int, sequence: int) -> bytes:
    """An ICMP echo request."""
    message = bytearray(bytes([icmp.ECHO, 0, 0, 0]) + identifier.to_bytes(2, "big") + sequence.to_bytes(2, "big") + b"data")
    put16(message, 2, checksum(message, 0, len(message), 0))
    return bytes(message)


def test_ping_over_a_raw_socket() -> None:
    """busybox's ping: the reply comes with its IP header; nobody else's packets do, and it is no drop."""
    pair = Pair()
    raw = pair.open(pair.a, AF_INET, SOCK_RAW, ipv4.ICMP)
    other = pair.open(pair.a, AF_INET, SOCK_RAW, ipv4.UDP)
    eq(raw.send_message(echo(5, 1), 0, THERE, None), 12)
    pair.world.run(SECOND)
    eq((raw.poll(), other.poll()), (POLLIN | POLLOUT, POLLOUT))
    message = raw.receive_message(100, 0)
    eq((message.data[9], message.data[12:16], message.data[20], message.data[24:]), (1, b"\x0a\0\0\x02", 0, b"\0\x05\0\x01data"))
    eq((message.name, message.length), ((0x0A000002, 0), 32))
    eq(pair.a.stack.drops["icmp: reply nobody waits for"], 0)
    fails(errno.EAGAIN, raw.receive_message, 100, 0)


def test_the_answer_to_a_datagram_that_ran_out_of_hops_is_seen() -> None:
    """traceroute: a raw ICMP socket sees the error, which the UDP socket may not."""
    pair = Pair()
    raw = pair.open(pair.a, AF_INET, SOCK_RAW, ipv4.ICMP)
    probe = pair.a.socket(AF_INET, SOCK_DGRAM)
    pair.a.sendto(probe, b"probe", 0, ("10.0.0.2", 33434))
    pair.world.run(SECOND)
    message = raw.receive_message(200, 0)
    eq((message.data[20], message.data[21], message.data[28 + 22 : 28 + 24]), (3, 3, (33434).to_bytes(2, "big")))


def test_a_raw_socket_chooses_what_it_takes() -> None:
    """bind: packets to that address alone; connect: of that peer alone; IP_PKTINFO says which address it was."""
    pair = Pair()
    bound = pair.open(pair.b, AF_INET, SOCK_RAW, ipv4.ICMP)
    bound.bind((ipv4.LOCALHOST, 0))
    connected = pair.open(pair.b, AF_INET, SOCK_RAW, ipv4.ICMP)
    connected.connect((0x0A000063, 0))
    anyone = pair.open(pair.b, AF_INET, SOCK_RAW, ipv4.ICMP)
    anyone.options[0, IP_PKTINFO] = 1
    ping = pair.open(pair.a, AF_INET, SOCK_DGRAM, ipv4.ICMP)
    ping.send_message(echo(1, 1), 0, THERE, None)
    pair.world.run(SECOND)
    eq([socket.poll() & POLLIN for socket in (bound, connected, anyone)], [0, 0, POLLIN])
    eq(anyone.receive_message(100, 0).control, [(0, IP_PKTINFO, b"\2\0\0\0\x0a\0\0\x02\x0a\0\0\x02")])
    connected.disconnect()
    fails(errno.ENOTCONN, connected.remote_name)
    fails(errno.EDESTADDRREQ, connected.send_message, b"x", 0, None, None)
    fails(errno.EACCES, anyone.send_message, b"x", 0, (0x0A0000FF, 0), None)
    anyone.options[SOL_SOCKET, SO_BROADCAST] = 1
    eq(anyone.send_message(b"x", 0, (0x0A0000FF, 0), None), 1)
    fails(errno.ENETUNREACH, anyone.send_message, b"x", 0, (0xC0000201, 0), None)
    fails(errno.EMSGSIZE, anyone.send_message, bytes(65_516), 0, THERE, None)


def test_a_protocol_that_only_a_raw_socket_knows_is_not_unreachable() -> None:
    """RFC 1122 §3.2.2.1: protocol unreachable, unless somebody takes it."""
    pair = Pair()
    sender = pair.open(pair.a, AF_INET, SOCK_RAW, 99)
    errors = pair.open(pair.a, AF_INET, SOCK_RAW, ipv4.ICMP)
    sender.send_message(b"nobody", 0, THERE, None)
    pair.world.run(SECOND)
    eq(errors.receive_message(100, 0).data[20:22], bytes([icmp.UNREACHABLE, icmp.PROTOCOL_UNREACHABLE]))
    taker = pair.open(pair.b, AF_INET, SOCK_RAW, 99)
    sender.send_message(b"somebody", 0, THERE, None)
    pair.world.run(SECOND)
    eq(taker.receive_message(100, 0).data[20:], b"somebody")
    fails(errno.EAGAIN, errors.receive_message, 100, 0)


def test_ip_hdrincl_keeps_the_users_header() -> None:
    """raw(7): what is written as IHL, TTL, TOS and protocol stays; length, sum, and a source of zero are filled in."""
    pair = Pair()
    raw = pair.open(pair.a, AF_INET, SOCK_RAW, packet.IPPROTO_RAW)
    eq(raw.options[0, IP_HDRINCL], 1)
    head = bytes([0x45, 8, 0, 0, 0, 0, 0x40, 0, 3, 99, 0, 0]) + bytes(4) + bytes([10, 0, 0, 2])
    eq(raw.send_message(head + b"payload", 0, THERE, None), 27)
    pair.world.run(SECOND)
    wire: Any = pair.a.stack.transport
    sent = [frame[14:] for frame in wire.sent if frame[12:14] == b"\x08\0"][-1]
    eq((sent[1], sent[2:4], sent[6] & 0x40, sent[8:10], sent[12:20]), (8, b"\0\x1b", 0x40, b"\x03\x63", b"\x0a\0\0\x01\x0a\0\0\x02"))
    eq(checksum(bytearray(sent), 0, 20, 0), 0)
    fails(errno.EMSGSIZE, raw.send_message, head + bytes(1500), 0, THERE, None)
    for wrong in (b"short", bytes([0x46]) + head[1:] + bytes(4)):
        fails(errno.EINVAL, raw.send_message, wrong, 0, THERE, None)
    fails(errno.ENETUNREACH, raw.send_message, head, 0, (0xC0000201, 0), None)


def test_a_packet_socket_sees_both_ways() -> None:
    """tcpdump: every frame, with its direction; SOCK_DGRAM without the Ethernet header, and only its own EtherType, coming in."""
    pair = Pair()
    # The announcements of the addresses are over.
    pair.world.run(20 * SECOND)
    everything = pair.open(pair.a, AF_PACKET, SOCK_RAW, ETH_P_ALL)
    arps = pair.open(pair.a, AF_PACKET, SOCK_DGRAM, ETH_P_ARP)
    elsewhere = pair.open(pair.a, AF_PACKET, SOCK_RAW, ETH_P_ALL)
    elsewhere.bind(LinkName(0, 1))
    probe = pair.a.socket(AF_INET, SOCK_DGRAM)
    pair.a.sendto(probe, b"probe", 0, ("10.0.0.2", 9))
    pair.world.run(SECOND)
    seen = []
    while everything.poll() & POLLIN:
        message = everything.receive_message(1600, 0)
        seen.append((message.name.protocol, message.name.kind, int.from_bytes(message.name.address, "big")))
    request = (0x0806, packet.PACKET_OUTGOING, MAC_A)
    reply = (0x0806, packet.PACKET_HOST, MAC_B)
    eq(seen, [request, reply, (0x0800, packet.PACKET_OUTGOING, MAC_A), (0x0800, packet.PACKET_HOST, MAC_B)])
    message = arps.receive_message(1600, 0)
    eq((message.data[:2], message.data[6:8], message.name.kind), (b"\0\x01", b"\0\x02", packet.PACKET_HOST))
    eq((arps.poll(), elsewhere.poll()), (POLLOUT, POLLOUT))
    eq(arps.local_name().protocol, 0x0806)
    everything.close()
    eq(len(pair.a.stack.taps), 2)


def test_a_packet_socket_puts_frames_on_the_wire() -> None:
    pair = Pair()
    seer = pair.open(pair.b, AF_PACKET, SOCK_RAW, 0xB588)
    raw = pair.open(pair.a, AF_PACKET, SOCK_RAW, ETH_P_ALL)
    fails(errno.ENXIO, raw.send_message, bytes(60), 0, None, None)
    frame = MAC_B.to_bytes(6, "big") + MAC_A.to_bytes(6, "big") + b"\x88\xb5" + bytes(46)
    raw.bind(LinkName(0, 2))
    eq(raw.send_message(frame, 0, None, None), 60)
    cooked = pair.open(pair.a, AF_PACKET, SOCK_DGRAM, 0xB588)
    eq(cooked.send_message(b"x" * 46, 0, LinkName(0x88B5, 2, address=b"\xff" * 6), None), 46)
    fails(errno.EINVAL, cooked.send_message, b"x", 0, LinkName(0, 2), None)
    fails(errno.EINVAL, raw.send_message, b"x", 0, None, None)
    fails(errno.EMSGSIZE, raw.send_message, bytes(1515), 0, None, None)
    pair.world.run(SECOND)
    eq([seer.receive_message(100, 0).name.kind for _ in range(2)], [packet.PACKET_HOST, packet.PACKET_BROADCAST])
    fails(errno.EAGAIN, seer.receive_message, 100, 0)


def test_what_waits_at_a_socket_is_bounded() -> None:
    """RECEIVE_BUFFER: what comes beyond is counted and not kept; reading makes room."""
    pair = Pair()
    raw = pair.open(pair.b, AF_INET, SOCK_RAW, 99)
    sender = pair.open(pair.a, AF_INET, SOCK_RAW, 99)
    fits = packet.RECEIVE_BUFFER // (1020 + packet.OVERHEAD)
    for _ in range(fits + 3):
        sender.send_message(bytes(1000), 0, THERE, None)
        pair.world.run(5000)
    eq((len(raw.queue), raw.dropped), (fits, 3))
    raw.receive_message(1, 0)
    sender.send_message(bytes(1000), 0, THERE, None)
    pair.world.run(5000)
    eq((len(raw.queue), raw.dropped), (fits, 3))


def test_sockets_below_the_transports_are_bounded() -> None:
    """MAX_RAW, MAX_TAPS: ENOBUFS; a socket that finds no number for itself gives its place back."""
    pair = Pair()
    pair.a.table.limit = 512
    for _ in range(packet.MAX_RAW):
        pair.a.socket(AF_INET, SOCK_RAW, ipv4.ICMP)
    fails(errno.ENOBUFS, pair.a.socket, AF_INET, SOCK_RAW, ipv4.ICMP)
    fails(errno.ENOBUFS, pair.a.socket, AF_INET, SOCK_DGRAM, ipv4.ICMP)
    taps = [pair.a.socket(AF_PACKET, SOCK_RAW, ETH_P_ALL) for _ in range(packet.MAX_TAPS)]
    fails(errno.ENOBUFS, pair.a.socket, AF_PACKET, SOCK_RAW, ETH_P_ALL)
    pair.a.close(taps[0])
    pair.a.table.limit = 0
    fails(errno.EMFILE, pair.a.socket, AF_PACKET, SOCK_RAW, ETH_P_ALL)
    eq(len(pair.a.stack.taps), packet.MAX_TAPS - 1)
    pair.a.table.close_all()
    eq((pair.a.stack.taps, pair.a.stack.raw), ([], []))


def test_ping_sockets_are_told_apart() -> None:
    pair = Pair()
    sockets = [pair.open(pair.a, AF_INET, SOCK_DGRAM, ipv4.ICMP) for _ in range(2)]
    for number, socket in enumerate(sockets):
        socket.connect(THERE)
        socket.send_message(echo(0, number), 0, None, None)
    pair.world.run(SECOND)
    eq([socket.receive_message(100, 0).data[6:8] for socket in sockets], [b"\0\0", b"\0\x01"])
    assert sockets[0].identifier != sockets[1].identifier
    fails(errno.EAGAIN, pair.a.recv, 0, 1, MSG_DONTWAIT)
