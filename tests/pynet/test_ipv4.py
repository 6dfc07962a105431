"""RFC 791, RFC 1122 §3: IPv4, ICMP and UDP through a whole Stack, packet by packet."""

from __future__ import annotations

from pynet import arp, errno, ethernet, icmp, ipv4, net, udp
from pynet.checksum import checksum
from pynet.frame import new_frame
from pynet.net import Stack
from pynet.octets import get16, get32, put16
from tests.support import Random, eq, raises
from tests.world import ADDRESS_A, ADDRESS_B, MAC_A, MAC_B, CableEnd, World


def packet(payload: bytes, protocol: int = 253, src: int = ADDRESS_B, dst: int = ADDRESS_A, flags: int = 0, id_: int = 7) -> bytearray:
    """A frame from B to A with an IPv4 packet in it."""
    frame = new_frame(len(payload))
    frame[34:] = payload
    ethernet.emit(frame, MAC_A, MAC_B, ethernet.TYPE_IPV4)
    ipv4.emit(frame, 20 + len(payload), id_, flags, 64, 0, protocol, src, dst)
    return frame


def patched(frame: bytearray, at: int, value: int) -> bytearray:
    """`frame` with one byte of its IPv4 header changed and the header's checksum mended."""
    frame[ipv4.AT + at] = value
    put16(frame, ipv4.AT + 10, 0)
    put16(frame, ipv4.AT + 10, checksum(frame, ipv4.AT, ipv4.AT + min(ipv4.header_length(frame), len(frame) - ipv4.AT)))
    return frame


def host() -> tuple[World, Stack, CableEnd]:
    """Station A, which knows B's MAC, and the far end of its cable, nobody behind it."""
    world = World()
    near, _ = world.cable(0)
    stack = world.stack(near, ADDRESS_A)
    stack.handle_packet(arp.emit(arp.REQUEST, MAC_B, ADDRESS_B, 0, ADDRESS_A, ethernet.BROADCAST))
    near.sent.clear()
    return world, stack, near


def echo(payload: bytes) -> bytes:
    """An ICMP echo."""
    return bytes(icmp.emit(icmp.ECHO, 0, 0x12340001, payload)[34:])


def datagram(data: bytes, sport: int = 5000, dport: int = 6000) -> bytes:
    """A UDP datagram from B to A."""
    return bytes(udp.emit(ADDRESS_B, sport, ADDRESS_A, dport, data)[34:])


def test_rfc792_an_echo_is_answered() -> None:
    """RFC 792 p. 14, RFC 1122 §3.2.2.6: same identifier, sequence number and data, addresses exchanged."""
    _, stack, near = host()
    eq(stack.handle_packet(packet(echo(b"are you there?"), ipv4.ICMP)), "")
    reply = near.sent[0]
    eq((ethernet.destination(reply), ipv4.source(reply), ipv4.destination(reply)), (MAC_B, ADDRESS_A, ADDRESS_B))
    eq(ipv4.check(reply), "")
    eq((reply[34], get32(reply, 38), reply[42:]), (icmp.ECHO_REPLY, 0x12340001, b"are you there?"))
    eq(checksum(reply, 34, len(reply)), 0)


def test_rfc791_options_are_stepped_over() -> None:
    """RFC 791 §3.1: the data starts behind the options, whatever they are."""
    _, stack, near = host()
    message = echo(b"x")
    frame = bytearray(packet(b"\x94\x04\x00\x00" + message, ipv4.ICMP))
    eq(stack.handle_packet(patched(frame, 0, 0x46)), "")
    eq(near.sent[0][42:], b"x")


def test_rfc894_padding_is_no_data() -> None:
    """RFC 894: Total Length says where the packet ends, not the frame."""
    _, stack, near = host()
    eq(stack.handle_packet(packet(echo(b"abc"), ipv4.ICMP) + bytes(20)), "")
    eq(near.sent[0][42:], b"abc")


def test_rfc791_every_malformed_header_is_dropped() -> None:
    """RFC 1122 §3.2.1: each check of ipv4.check, and the reasons beside it, drop the packet and count it."""
    _, stack, near = host()
    good = packet(b"12345678")
    stack.handle_packet(good[:33])
    stack.handle_packet(patched(bytearray(good), 0, 0x65))
    stack.handle_packet(patched(bytearray(good), 0, 0x44))
    stack.handle_packet(patched(bytearray(good), 3, 200))
    wrong = bytearray(good)
    wrong[24] ^= 1
    stack.handle_packet(wrong)
    stack.handle_packet(patched(packet(b"\x07\x27\x04\x00rest"), 0, 0x46))
    stack.handle_packet(packet(b"", src=0xE0000001))
    stack.handle_packet(packet(b"", dst=0x0A000063))
    stack.handle_packet(packet(b"", src=0x7F000001))
    stack.handle_packet(packet(b"whatever"))
    stack.handle_packet(packet(b"1234567", flags=ipv4.MORE_FRAGMENTS))
    reasons = [
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
    ]
    eq([stack.drops[reason] for reason in reasons], [1] * len(reasons))
    eq(len(near.sent), 1, "only the unknown protocol is reported")
    eq((near.sent[0][34], near.sent[0][35]), (icmp.UNREACHABLE, icmp.PROTOCOL_UNREACHABLE))


def test_rfc7126_source_routes_are_refused() -> None:
    """RFC 7126 §4.3, §4.4: a packet with a source route is dropped."""
    _, stack, _ = host()
    for option in (131, 137):
        eq(stack.handle_packet(patched(packet(bytes([option, 7, 4, 1, 2, 3, 4, 0])), 0, 0x47)), "ipv4: bad options")


def test_ethernet_reasons_to_drop() -> None:
    """Each of ethernet.DROP_REASONS is reached."""
    _, stack, _ = host()
    good = bytes(packet(b""))
    stack.handle_packet(good[:13])
    stack.handle_packet(b"\x02\x00\x00\x00\x00\x77" + good[6:])
    stack.handle_packet(good[:6] + b"\x01" + good[7:])
    stack.handle_packet(good[:12] + b"\x86\xdd" + good[14:])
    eq([stack.drops[reason] for reason in ethernet.DROP_REASONS], [1] * len(ethernet.DROP_REASONS))


def test_rfc791_fragments_in_any_order() -> None:
    """RFC 791 §3.2: the datagram is whole when the last hole is filled, whichever piece does it."""
    random = Random(791)
    data = random.octets(4000)
    whole = packet(datagram(data), ipv4.UDP)
    for turn in range(20):
        _, stack, _ = host()
        endpoint = stack.udp.bind(0, 6000)
        pieces = ipv4.fragments(whole, 576)
        eq(all(len(piece) <= 576 + 14 for piece in pieces), True)
        while pieces:
            piece = pieces.pop(random.below(len(pieces)) if turn else 0)
            ethernet.emit(piece, MAC_A, MAC_B, ethernet.TYPE_IPV4)
            stack.handle_packet(piece)
            if random.below(4) == 0:
                stack.handle_packet(piece)
        received = endpoint.receive()
        eq(received is not None and received[0] == data, True)
        eq(endpoint.receive(), None)


def test_rfc5722_overlapping_fragments_condemn_the_datagram() -> None:
    """RFC 5722 §4 for IPv6, and the teardrop attacks: no byte is decided by who comes last."""
    _, stack, _ = host()
    stack.handle_packet(packet(bytes(24), flags=ipv4.MORE_FRAGMENTS))
    stack.handle_packet(packet(bytes(24), flags=ipv4.MORE_FRAGMENTS | 2))
    eq(stack.drops["ipv4: overlapping fragments"], 1)
    eq(len(stack.reassembler.reassemblies), 0)


def test_rfc1122_3_3_2_reassembly_times_out() -> None:
    """RFC 1122 §3.3.2: after the timeout the pieces go and the sender is told."""
    world, stack, near = host()
    world.run(10_000_000)
    stack.handle_packet(packet(bytes(24), flags=ipv4.MORE_FRAGMENTS))
    eq(stack.next_deadline(), world.now + ipv4.REASSEMBLY_TIMEOUT)
    world.run(ipv4.REASSEMBLY_TIMEOUT)
    eq(stack.drops["ipv4: reassembly timed out"], 1)
    eq((near.sent[-1][34], near.sent[-1][35]), (icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME_EXCEEDED))
    eq(stack.next_deadline(), -1)


def test_bound_of_reassemblies() -> None:
    """MAX_REASSEMBLIES, MAX_REASSEMBLY_BYTES and MAX_PIECES: the oldest datagram goes; one in too many pieces goes."""
    _, stack, _ = host()
    for id_ in range(100):
        stack.handle_packet(packet(bytes(1480), flags=ipv4.MORE_FRAGMENTS, id_=id_))
    eq(len(stack.reassembler.reassemblies), ipv4.MAX_REASSEMBLIES)
    eq(stack.reassembler.size, ipv4.MAX_REASSEMBLIES * 1480)
    for piece in range(ipv4.MAX_PIECES + 1):
        stack.handle_packet(packet(bytes(8), flags=ipv4.MORE_FRAGMENTS | 2 * piece, id_=999))
    eq(stack.drops["ipv4: too many fragments"], 100 - ipv4.MAX_REASSEMBLIES + 1 + 1)
    for id_ in range(20):
        for piece in range(22):
            stack.handle_packet(packet(bytes(1480), flags=ipv4.MORE_FRAGMENTS | piece * 185, id_=2000 + id_))
    eq(stack.reassembler.size <= ipv4.MAX_REASSEMBLY_BYTES, True)


def test_rfc791_a_datagram_longer_than_the_mtu_is_cut() -> None:
    """RFC 791 §3.2: fragments of at most the MTU, whole again at the other side."""
    world = World()
    a, b = world.pair()
    endpoint = b.udp.bind(0, 9)
    sender = a.udp.bind(0, 0)
    data = world.random.octets(9000)
    sender.send_to(data, ADDRESS_B, 9, ADDRESS_A, world.now)
    world.run(10_000)
    received = endpoint.receive()
    eq(received is not None and received[0] == data, True)


def test_rfc1122_3_2_1_3_loopback_never_reaches_a_wire() -> None:
    """RFC 1122 §3.2.1.3 (g): 127/8 stays in the host, and so does what is sent to its own address."""
    world, stack, near = host()
    endpoint = stack.udp.bind(0, 7)
    for address in (0x7F000001, 0x7F0A0B0C, ADDRESS_A):
        endpoint.send_to(b"to myself", address, 7, stack.source_for(address), world.now)
        world.settle()
        received = endpoint.receive()
        eq(received is not None and received[0], b"to myself")
    eq(near.sent, [])


def test_rfc1122_3_3_1_1_routes() -> None:
    """RFC 1122 §3.3.1.1: the own network directly, all else by the gateway; the longest prefix decides."""
    routes = ipv4.RouteTable()
    eq(routes.next_hop(0x08080808), -1)
    routes.add(0, 0, 0x0A000001)
    routes.add(0x0A000000, 0xFFFFFF00, 0)
    routes.add(0x0A000080, 0xFFFFFF80, 0x0A000002)
    eq([routes.next_hop(dst) for dst in (0x0A000005, 0x0A000085, 0x08080808)], [0x0A000005, 0x0A000002, 0x0A000001])
    raises(ValueError, routes.add, 0x0A000001, 0xFFFFFF00, 0)
    for host_number in range(ipv4.MAX_ROUTES - 3):
        routes.add(0x0B000000 + host_number, 0xFFFFFFFF, 1)
    raises(ValueError, routes.add, 0x0C000000, 0xFF000000, 1)


def test_rfc1122_4_1_3_1_a_port_that_nobody_has_is_unreachable() -> None:
    """RFC 1122 §4.1.3.1, §3.3.4.3: ICMP port unreachable from our address, quoting the datagram; not for a broadcast (§3.2.2)."""
    _, stack, near = host()
    eq(stack.handle_packet(packet(datagram(b"anyone?"), ipv4.UDP)), "udp: no such port")
    error = near.sent[0]
    eq((error[34], error[35], get32(error, 26)), (icmp.UNREACHABLE, icmp.PORT_UNREACHABLE, ADDRESS_A))
    eq((get32(error, 42 + 12), get32(error, 42 + 16), get16(error, 42 + 22)), (ADDRESS_B, ADDRESS_A, 6000))
    broadcast = bytes(udp.emit(ADDRESS_B, 1, 0x0A0000FF, 6000, b"")[34:])
    stack.handle_packet(packet(broadcast, ipv4.UDP, dst=0x0A0000FF))
    eq(len(near.sent), 1)


def test_rfc1812_4_3_2_3_an_error_quotes_what_every_host_takes() -> None:
    """RFC 1812 §4.3.2.3: as much of the packet as fits 576 octets, which everyone can reassemble."""
    _, stack, near = host()
    stack.handle_packet(packet(datagram(bytes(1400)), ipv4.UDP))
    eq(ipv4.total_length(near.sent[0]), 576)


def test_rfc1191_3_a_tcp_segment_is_never_cut() -> None:
    """RFC 1191 §3: Don't Fragment is set in all of TCP's packets, and in none of UDP's."""
    world, stack, near = host()
    stack.arp.learn(ADDRESS_B, MAC_B, True, world.now)
    stack.tcp.connect(ADDRESS_A, 0, ADDRESS_B, 80, world.now)
    stack.udp.bind(0, 0).send_to(b"x", ADDRESS_B, 9, ADDRESS_A, world.now)
    eq([ipv4.flags_offset(frame) for frame in near.sent if frame[12:14] == b"\x08\x00"], [ipv4.DONT_FRAGMENT, 0])


def test_rfc1812_4_3_2_8_errors_are_rationed() -> None:
    """RFC 1812 §4.3.2.8: no more than MAX_ERRORS_PER_SECOND, and again in the next second."""
    world, stack, near = host()
    for _ in range(icmp.MAX_ERRORS_PER_SECOND + 50):
        stack.handle_packet(packet(datagram(b""), ipv4.UDP))
    eq(len(near.sent), icmp.MAX_ERRORS_PER_SECOND)
    eq(stack.drops["net: ICMP error rate"], 50)
    world.run(1_000_000)
    stack.handle_packet(packet(datagram(b""), ipv4.UDP))
    eq(len(near.sent), icmp.MAX_ERRORS_PER_SECOND + 1)


def test_rfc1122_4_1_3_3_an_icmp_error_reaches_the_connected_endpoint() -> None:
    """RFC 1122 §4.1.3.3: who sent the datagram hears of it."""
    world, stack, near = host()
    endpoint = stack.udp.bind(0, 4000)
    endpoint.connect(ADDRESS_B, 6000)
    endpoint.send_to(b"x", ADDRESS_B, 6000, ADDRESS_A, world.now)
    error = bytes(icmp.error(icmp.UNREACHABLE, icmp.PORT_UNREACHABLE, 0, near.sent[0])[34:])
    eq(stack.handle_packet(packet(error, ipv4.ICMP)), "")
    eq(endpoint.take_error(), errno.ECONNREFUSED)
    eq(endpoint.take_error(), 0)


def test_icmp_reasons_to_drop() -> None:
    """Each of icmp.DROP_REASONS is reached."""
    _, stack, _ = host()
    stack.handle_packet(packet(b"\x08\x00\x00", ipv4.ICMP))
    stack.handle_packet(packet(b"\x08\x00\x00\x01\x00\x00\x00\x00", ipv4.ICMP))
    stack.handle_packet(packet(bytes(icmp.emit(42, 0, 0, b"")[34:]), ipv4.ICMP))
    stack.handle_packet(packet(echo(b""), ipv4.ICMP, dst=0x0A0000FF))
    stack.handle_packet(packet(bytes(icmp.emit(3, 3, 0, b"short")[34:]), ipv4.ICMP))
    stranger = packet(datagram(b""), ipv4.UDP, src=0x0A000009)
    stack.handle_packet(packet(bytes(icmp.error(3, 3, 0, stranger)[34:]), ipv4.ICMP))
    stack.handle_packet(packet(bytes(icmp.emit(0, 0, 0, b"")[34:]), ipv4.ICMP))
    eq([reason for reason in icmp.DROP_REASONS if stack.drops[reason] != 1], [])


def test_udp_reasons_to_drop() -> None:
    """Each of udp.DROP_REASONS is reached; a sum of 0 is "none" and taken (RFC 768)."""
    _, stack, _ = host()
    endpoint = stack.udp.bind(0, 6000)
    good = datagram(b"good")
    stack.handle_packet(packet(good[:7], ipv4.UDP))
    stack.handle_packet(packet(good[:4] + b"\x00\x07" + good[6:], ipv4.UDP))
    stack.handle_packet(packet(good[:-1] + b"\x00", ipv4.UDP))
    stack.handle_packet(packet(datagram(b"", dport=0), ipv4.UDP))
    stack.handle_packet(packet(datagram(b"", dport=1), ipv4.UDP))
    stack.handle_packet(packet(good[:6] + b"\x00\x00" + good[8:], ipv4.UDP))
    eq(endpoint.receive(), (b"good", ADDRESS_B, 5000, ADDRESS_A))
    endpoint.receive_buffer = 1000
    for _ in range(4):
        stack.handle_packet(packet(good, ipv4.UDP))
    # Others' datagrams fill all the room there is: who has one waits, who has none takes one.
    others = udp.MAX_QUEUED - stack.udp.queued
    stack.udp.queued += others
    endpoint.receive()
    stack.udp.queued += 4 + udp.OVERHEAD
    stack.handle_packet(packet(good, ipv4.UDP))
    endpoint.receive()
    endpoint.receive()
    stack.udp.queued = udp.MAX_QUEUED
    stack.handle_packet(packet(good, ipv4.UDP))
    eq(endpoint.queued, 4 + udp.OVERHEAD)
    endpoint.close()
    eq(stack.udp.queued, udp.MAX_QUEUED)
    eq([stack.udp.drops[reason] for reason in udp.DROP_REASONS], [1] * len(udp.DROP_REASONS))


def test_rfc768_a_sum_of_zero_is_sent_as_ones() -> None:
    """RFC 768: zero on the wire would mean that there is none."""
    first = get16(udp.emit(ADDRESS_A, 1, ADDRESS_B, 2, b"\0\0"), 40)
    # What the sum lacks to all ones, as data, makes its complement zero.
    eq(get16(udp.emit(ADDRESS_A, 1, ADDRESS_B, 2, first.to_bytes(2, "big")), 40), 0xFFFF)


def test_udp_ports_and_bounds() -> None:
    """A port is one endpoint's; port 0 picks a dynamic one (RFC 6335 §6, RFC 6056 §3.3.1); MAX_ENDPOINTS is the end."""
    _, stack, _ = host()
    first = stack.udp.bind(0, 53)
    eq(str(raises(OSError, stack.udp.bind, ADDRESS_A, 53))[:10], "[Errno 98]")
    first.close()
    first.close()
    stack.udp.bind(ADDRESS_A, 53)
    endpoints = [stack.udp.bind(0, 0) for _ in range(udp.MAX_ENDPOINTS - 1)]
    eq(len({endpoint.port for endpoint in endpoints}), udp.MAX_ENDPOINTS - 1)
    eq(min(endpoint.port for endpoint in endpoints) >= udp.FIRST_EPHEMERAL, True)
    error = raises(OSError, stack.udp.bind, 0, 0)
    eq(isinstance(error, OSError) and error.errno, errno.ENOBUFS)


def test_net_reasons_to_drop() -> None:
    """Each of net.DROP_REASONS is reached."""
    world, stack, near = host()
    near.full = True
    for _ in range(net.MAX_BACKLOG + 1):
        stack.transmit(bytearray(60), 0)
    near.full = False
    stack.flush()
    eq(len(near.sent), net.MAX_BACKLOG)
    for _ in range(net.MAX_LOOPBACK + 1):
        stack.ipv4_output(new_frame(8), 0x7F000001, 0x7F000001, 253, 64, 0, True, world.now)
    eq(stack.ipv4_output(new_frame(8), ADDRESS_A, 0x08080808, 253, 64, 0, True, world.now), False)
    stack.handle_packet(packet(b"", src=ADDRESS_A))
    stack.handle_packet(packet(bytes(20), ipv4.TCP, dst=0x0A0000FF))
    for _ in range(icmp.MAX_ERRORS_PER_SECOND + 1):
        stack.handle_packet(packet(datagram(b""), ipv4.UDP))
    near.arriving.append((world.now, bytes(packet(datagram(b""), ipv4.UDP))))

    def full() -> None:
        raise MemoryError

    stack.udp.bind(0, 6000).changed = full
    stack.poll()
    eq([reason for reason in net.DROP_REASONS if not stack.drops[reason]], [])
    eq(stack.counters()["net: no route"], 1)


def test_addresses_as_text() -> None:
    """RFC 6943 §3.1.1: four decimal numbers and nothing else, so that no two programs read one differently."""
    for text in ("0.0.0.0", "10.0.2.15", "255.255.255.255"):
        eq(ipv4.address_text(ipv4.parse_address(text)), text)
    for text in ("", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.x", "-1.2.3.4", "1..2.3", "1.2.3.4 "):
        raises(ValueError, ipv4.parse_address, text)
    eq([ipv4.prefix_length(mask) for mask in (0, 0xFF000000, 0xFFFFFF00, 0xFFFFFFFF)], [0, 8, 24, 32])
