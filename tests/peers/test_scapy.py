"""scapy as the judge of every header: what pynet builds it dissects to the same fields and checksums; what it builds pynet parses to the same values.

Frames come from the emitters with random fields, and from whole scenarios between two Stacks in virtual time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pynet import arp, dhcp, dns, ethernet, icmp, ipv4, udp
from pynet.frame import HEADROOM
from pynet.net import Stack
from pynet.sockets import AF_INET, SOCK_DGRAM, SOCK_STREAM
from pynet.tcp import segment
from tests.world import ADDRESS_A, ADDRESS_B, MAC_A, MAC_B, World

scapy = pytest.importorskip("scapy.all")

PATIENT = settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


def given(*strategies: Any) -> Any:
    """Hypothesis' `given`, the same examples in every run."""
    return lambda test: PATIENT(hypothesis.given(*strategies)(test))


u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
port = st.integers(1, 0xFFFF)
unicast_mac = st.integers(0, 0xFFFFFFFFFFFF).map(lambda mac: mac & ~ethernet.GROUP)
host = st.integers(0x01000000, 0x7EFFFFFF)
payload = st.binary(max_size=1400)


def dotted(address: int) -> str:
    """scapy's spelling of an address."""
    return ipv4.address_text(address)


def mac(address: int) -> str:
    """scapy's spelling of a MAC address."""
    return ethernet.mac_text(address)


def dissect(frame: bytes | bytearray) -> Any:
    """The frame as scapy understands it."""
    return scapy.Ether(bytes(frame))


# What scapy computes when it builds a packet, and so checks here: checksums, lengths, where the data starts.
COMPUTED = (("IP", "chksum"), ("IP", "len"), ("IP", "ihl"), ("TCP", "chksum"), ("TCP", "dataofs"), ("UDP", "chksum"), ("UDP", "len"))
COMPUTED += (("ICMP", "chksum"),)


def computed(packet: Any) -> list[tuple[Any, str]]:
    """(layer, field) of what scapy can compute in `packet`: of a fragment only IPv4's own, as the rest of the data is elsewhere."""
    ip = packet.getlayer("IP")
    whole = ip is None or not (ip.flags.MF or ip.frag)
    layers = [(packet.getlayer(name), field) for name, field in COMPUTED if whole or name == "IP"]
    return [(layer, field) for layer, field in layers if layer is not None]


def check_frame(frame: bytes | bytearray) -> Any:
    """scapy computes the same checksums and lengths, and builds the very same bytes from what it dissected."""
    packet = dissect(frame)
    again = packet.copy()
    for layer, field in computed(again):
        delattr(layer, field)
    rebuilt = dissect(bytes(again))
    pairs = zip(computed(packet), computed(rebuilt), strict=True)
    assert [(field, getattr(a, field), getattr(b, field)) for (a, field), (b, _) in pairs if getattr(a, field) != getattr(b, field)] == []
    assert bytes(rebuilt) == bytes(frame)
    return packet


def finish(frame: bytearray, src: int, dst: int, protocol: int) -> bytearray:
    """IPv4 and Ethernet headers in front of what stands at HEADROOM."""
    ipv4.emit(frame, len(frame) - ipv4.AT, 7, ipv4.DONT_FRAGMENT, 64, 0, protocol, src, dst)
    ethernet.emit(frame, MAC_B, MAC_A, ethernet.TYPE_IPV4)
    return frame


# Ethernet and ARP.


@given(unicast_mac, unicast_mac, u16)
def test_ethernet(dst: int, src: int, type_: int) -> None:
    """Both ways."""
    frame = bytearray(60)
    ethernet.emit(frame, dst, src, type_)
    packet = dissect(frame)
    # scapy takes a value of at most 1500 for a length (802.3).
    found = packet.len if type_ <= 1500 else packet.type
    assert (packet.dst, packet.src, found) == (mac(dst), mac(src), type_)
    built = bytes(scapy.Ether(dst=mac(dst), src=mac(src), type=type_))
    assert (ethernet.destination(built), ethernet.source(built), ethernet.ethertype(built)) == (dst, src, type_)


@given(st.sampled_from((arp.REQUEST, arp.REPLY)), unicast_mac, u32, unicast_mac, u32)
def test_arp(op: int, sha: int, spa: int, tha: int, tpa: int) -> None:
    """Both ways, byte for byte."""
    frame = arp.emit(op, sha, spa, tha, tpa, ethernet.BROADCAST)
    built = bytes(
        scapy.Ether(dst="ff:ff:ff:ff:ff:ff", src=mac(sha))
        / scapy.ARP(op=op, hwsrc=mac(sha), psrc=dotted(spa), hwdst=mac(tha), pdst=dotted(tpa))
    )
    assert bytes(frame) == built
    assert arp.is_ipv4_over_ethernet(built)
    read = (arp.operation(built), arp.sender_mac(built), arp.sender_ip(built), arp.target_ip(built))
    assert read == (op, sha, spa, tpa)


# IPv4.

OPTIONS = st.lists(
    st.one_of(
        st.just(scapy.IPOption_NOP()),
        st.just(scapy.IPOption_Router_Alert()),
        st.integers(1, 3).map(lambda n: scapy.IPOption_RR(pointer=4, routers=["0.0.0.0"] * n)),
        st.binary(min_size=1, max_size=6).map(lambda value: scapy.IPOption(copy_flag=0, optclass=2, option=30, value=value)),
    ),
    max_size=2,
)


@given(u8, u16, st.integers(0, 7), st.integers(0, 0x1FFF), u8, u8, host, u32, OPTIONS, st.binary(max_size=60))
def test_ipv4_that_scapy_builds(
    tos: int, id_: int, flags: int, offset: int, ttl: int, protocol: int, src: int, dst: int, options: list[Any], data: bytes
) -> None:
    """Every field of the header, with options."""
    header = scapy.IP(
        tos=tos, id=id_, flags=flags, frag=offset, ttl=ttl, proto=protocol, src=dotted(src), dst=dotted(dst), options=options
    )
    packet = bytes(scapy.Ether(dst=mac(MAC_B), src=mac(MAC_A), type=0x800) / header / scapy.Raw(data))
    assert ipv4.check(packet) == ""
    assert ipv4.total_length(packet) == len(packet) - ipv4.AT
    assert ipv4.header_length(packet) == len(packet) - ipv4.AT - len(data)
    assert (ipv4.identification(packet), ipv4.flags_offset(packet)) == (id_, flags << 13 | offset)
    assert (ipv4.ttl(packet), ipv4.protocol(packet), packet[ipv4.AT + 1]) == (ttl, protocol, tos)
    assert (ipv4.source(packet), ipv4.destination(packet)) == (src, dst)


@given(u8, u16, st.integers(0, 3), st.integers(0, 0x1FFF), u8, u32, u32, payload)
def test_ipv4_that_pynet_builds(tos: int, id_: int, flags: int, offset: int, ttl: int, src: int, dst: int, data: bytes) -> None:
    """Every field, and the checksum."""
    frame = bytearray(HEADROOM) + data
    ipv4.emit(frame, len(frame) - ipv4.AT, id_, flags << 13 | offset, ttl, tos, 253, src, dst)
    ethernet.emit(frame, MAC_B, MAC_A, ethernet.TYPE_IPV4)
    ip = check_frame(frame)[scapy.IP]
    assert (ip.version, ip.ihl, ip.tos, ip.len, ip.id) == (4, 5, tos, 20 + len(data), id_)
    assert (int(ip.flags), ip.frag, ip.ttl, ip.proto) == (flags, offset, ttl, 253)
    assert (ip.src, ip.dst, bytes(ip.payload)) == (dotted(src), dotted(dst), data)


@given(st.integers(0, 4000), st.integers(300, 1500), u16)
def test_fragments_that_pynet_cuts_scapy_puts_together(size: int, mtu: int, id_: int) -> None:
    """RFC 791 §3.2."""
    data = bytes(at * 7 & 0xFF for at in range(size))
    frame = bytearray(HEADROOM) + data
    ipv4.emit(frame, len(frame) - ipv4.AT, id_, 0, 64, 0, 253, ADDRESS_A, ADDRESS_B)
    pieces = ipv4.fragments(frame, mtu)
    for piece in pieces:
        ethernet.emit(piece, MAC_B, MAC_A, ethernet.TYPE_IPV4)
        assert len(piece) <= ethernet.HEADER + mtu
        check_frame(piece)
    whole = scapy.defragment([dissect(piece)[scapy.IP] for piece in pieces])
    assert b"".join(bytes(packet.payload) for packet in whole) == data


@given(st.integers(1, 4000), st.integers(300, 1480), u16, st.permutations(range(16)))
def test_fragments_that_scapy_cuts_pynet_puts_together(size: int, room: int, id_: int, order: list[int]) -> None:
    """In any order."""
    data = bytes(at * 5 & 0xFF for at in range(size))
    packet = scapy.IP(src=dotted(ADDRESS_A), dst=dotted(ADDRESS_B), id=id_, proto=253) / scapy.Raw(data)
    cut = packet.fragment(room)
    pieces = [cut[at] for at in order if at < len(cut)]
    reassembler = ipv4.Reassembler(dict.fromkeys(ipv4.DROP_REASONS, 0), lambda packet, now: None)
    frames = [bytes(scapy.Ether(dst=mac(MAC_B), src=mac(MAC_A), type=0x800) / piece) for piece in pieces]
    if len(frames) < 2:
        return
    results = [reassembler.input(frame, 0) for frame in frames]
    assert results[:-1] == [None] * (len(frames) - 1)
    whole = results[-1]
    assert whole is not None
    assert bytes(whole[HEADROOM:]) == data


# ICMP.


@given(st.sampled_from((icmp.ECHO, icmp.ECHO_REPLY)), u16, u16, payload)
def test_icmp_echo(type_: int, id_: int, seq: int, data: bytes) -> None:
    """Both ways."""
    frame = finish(icmp.emit(type_, 0, id_ << 16 | seq, data), ADDRESS_A, ADDRESS_B, ipv4.ICMP)
    message = check_frame(frame)[scapy.ICMP]
    assert (message.type, message.code, message.id, message.seq) == (type_, 0, id_, seq)
    assert bytes(message.payload) == data
    built = bytes(scapy.Ether() / scapy.IP(dst=dotted(ADDRESS_B)) / scapy.ICMP(type=type_, id=id_, seq=seq) / scapy.Raw(data))
    assert icmp.check(built, HEADROOM, len(built)) == ""
    reply = icmp.echo_reply(built, HEADROOM, len(built))
    assert bytes(reply[HEADROOM + 4 :]) == built[HEADROOM + 4 :]


@given(st.integers(0, 15), u16, port, port, payload)
def test_icmp_errors(code: int, mtu: int, sport: int, dport: int, data: bytes) -> None:
    """What an error quotes is the packet that caused it; the MTU is where RFC 1191 says."""
    cause = finish(udp.emit(ADDRESS_A, sport, ADDRESS_B, dport, data), ADDRESS_A, ADDRESS_B, ipv4.UDP)
    frame = finish(icmp.error(icmp.UNREACHABLE, code, mtu, cause), ADDRESS_B, ADDRESS_A, ipv4.ICMP)
    message = dissect(frame)[scapy.ICMP]
    assert (message.type, message.code, message.nexthopmtu) == (icmp.UNREACHABLE, code, mtu if code == 4 else message.nexthopmtu)
    quoted = message[scapy.IPerror]
    assert (quoted.src, quoted.dst, quoted[scapy.UDPerror].sport) == (dotted(ADDRESS_A), dotted(ADDRESS_B), sport)
    assert quoted[scapy.UDPerror].dport == dport
    built = bytes(
        scapy.Ether() / scapy.IP(dst=dotted(ADDRESS_A)) / scapy.ICMP(type=3, code=4, nexthopmtu=mtu) / bytes(cause[14:42])
    )
    assert icmp.check(built, HEADROOM, len(built)) == ""
    assert icmp.next_hop_mtu(built, HEADROOM) == mtu


# UDP.


@given(host, host, port, port, payload)
def test_udp(src: int, dst: int, sport: int, dport: int, data: bytes) -> None:
    """Both ways, byte for byte from the transport on."""
    frame = finish(udp.emit(src, sport, dst, dport, data), src, dst, ipv4.UDP)
    datagram = check_frame(frame)[scapy.UDP]
    assert (datagram.sport, datagram.dport, datagram.len) == (sport, dport, 8 + len(data))
    built = bytes(
        scapy.Ether() / scapy.IP(src=dotted(src), dst=dotted(dst)) / scapy.UDP(sport=sport, dport=dport) / scapy.Raw(data)
    )
    assert built[HEADROOM:] == bytes(frame[HEADROOM:])
    assert udp.check(built, HEADROOM, len(built), src, dst) == ""


# TCP.

SACK_BLOCKS = st.lists(st.tuples(u32, u32), min_size=1, max_size=3)


def options_of(tcp: Any) -> dict[str, Any]:
    """scapy's options by name, without padding."""
    return {name: value for name, value in tcp.options if name not in ("NOP", "EOL")}


@given(port, port, u32, u32, u8, u16, u16, st.booleans(), st.integers(-1, 14), st.booleans(), st.none() | SACK_BLOCKS, payload)
def test_tcp_that_pynet_builds(
    sport: int,
    dport: int,
    seq: int,
    ack: int,
    flags: int,
    wnd: int,
    up: int,
    stamped: bool,
    wscale: int,
    permitted: bool,
    blocks: list[tuple[int, int]] | None,
    data: bytes,
) -> None:
    """Every field and every option."""
    syn = flags & segment.SYN
    size = segment.syn_options_size(wscale, permitted) if syn else 0
    size += segment.TIMESTAMPS_SIZE if stamped else 0
    blocks = blocks[: (segment.MAX_OPTIONS - size - 4) // 8] if blocks else []
    size += 4 + 8 * len(blocks) if blocks else 0
    frame = segment.new_segment(size, len(data))
    at = HEADROOM + segment.HEADER
    wanted: dict[str, Any] = {}
    if syn:
        at = segment.put_syn_options(frame, at, 1460, wscale, permitted)
        wanted |= {"MSS": 1460} | ({"WScale": wscale} if wscale >= 0 else {}) | ({"SAckOK": b""} if permitted else {})
    if stamped:
        at = segment.put_timestamps(frame, at, seq ^ 0x55, ack ^ 0xAA)
        wanted["Timestamp"] = (seq ^ 0x55, ack ^ 0xAA)
    if blocks:
        at = segment.put_sacks(frame, at, blocks)
        wanted["SAck"] = tuple(edge for block in blocks for edge in block)
    frame[at:] = data
    segment.emit(frame, size, ADDRESS_A, ADDRESS_B, sport << 16 | dport, seq, ack, flags, wnd, up)
    tcp = check_frame(finish(frame, ADDRESS_A, ADDRESS_B, ipv4.TCP))[scapy.TCP]
    assert (tcp.sport, tcp.dport, tcp.seq, tcp.ack, int(tcp.flags)) == (sport, dport, seq, ack, flags)
    assert (tcp.window, tcp.urgptr, tcp.dataofs, tcp.reserved) == (wnd, up, 5 + size // 4, 0)
    assert options_of(tcp) == wanted
    assert bytes(tcp.payload) == data


TCP_OPTIONS = st.lists(
    st.one_of(
        st.just(("NOP", None)),
        u16.map(lambda value: ("MSS", value)),
        u8.map(lambda value: ("WScale", value)),
        st.just(("SAckOK", b"")),
        st.tuples(u32, u32).map(lambda value: ("Timestamp", value)),
        SACK_BLOCKS.map(lambda blocks: ("SAck", tuple(edge for block in blocks for edge in block))),
        st.binary(max_size=4).map(lambda value: (253, value)),
    ),
    max_size=4,
    unique_by=lambda option: option[0],
)
LENGTH = {"NOP": 1, "MSS": 4, "WScale": 3, "SAckOK": 2, "Timestamp": 10}


def length_of(option: tuple[Any, Any]) -> int:
    """Octets of an option."""
    name, value = option
    return LENGTH.get(name) or (2 + 4 * len(value) if name == "SAck" else 2 + len(value))


def fitting(options: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """The first options, as many as 40 octets hold."""
    taken: list[tuple[Any, Any]] = []
    for option in options:
        if sum(map(length_of, taken)) + length_of(option) <= segment.MAX_OPTIONS:
            taken.append(option)
    return taken


@given(port, port, u32, u32, u8, u16, u16, TCP_OPTIONS, payload)
def test_tcp_that_scapy_builds(
    sport: int, dport: int, seq: int, ack: int, flags: int, wnd: int, up: int, options: list[Any], data: bytes
) -> None:
    """Every field and every option, in any order, with unknown ones between."""
    options = fitting(options)
    packet = scapy.TCP(
        sport=sport, dport=dport, seq=seq, ack=ack, flags=flags, window=wnd, urgptr=up, options=list(options)
    ) / scapy.Raw(data)
    frame = bytes(scapy.Ether() / scapy.IP(src=dotted(ADDRESS_A), dst=dotted(ADDRESS_B)) / packet)
    seg = segment.Segment()
    assert segment.parse(seg, frame, HEADROOM, len(frame), ADDRESS_A, ADDRESS_B) == ""
    assert (seg.sport, seg.dport, seg.seg_seq, seg.seg_ack) == (sport, dport, seq, ack)
    assert (seg.flags, seg.seg_wnd, seg.seg_up) == (flags, wnd, up)
    assert frame[seg.at : seg.end] == data
    named = dict(options)
    assert seg.mss == named.get("MSS", 0)
    assert seg.wscale == min(named.get("WScale", -1), 14)
    assert seg.sack_permitted == ("SAckOK" in named)
    assert seg.has_timestamps == ("Timestamp" in named)
    assert not seg.has_timestamps or (seg.tsval, seg.tsecr) == named["Timestamp"]
    assert tuple(seg.sacks) == named.get("SAck", ())


# DHCP.


@given(st.sampled_from((1, 3, 7)), unicast_mac, u32, u16, u32, u32, u32)
def test_dhcp_that_pynet_builds(type_: int, chaddr: int, xid: int, secs: int, ciaddr: int, wanted: int, server: int) -> None:
    """The fixed fields and the options."""
    options = [(dhcp.REQUESTED_ADDRESS, dhcp.word_bytes(wanted)), (dhcp.SERVER_ID, dhcp.word_bytes(server))]
    packet = scapy.BOOTP(bytes(dhcp.message(type_, chaddr, xid, secs, ciaddr, options)))
    assert (packet.op, packet.htype, packet.hlen, packet.xid, packet.secs) == (1, 1, 6, xid, secs)
    assert (packet.ciaddr, packet.yiaddr, packet.giaddr) == (dotted(ciaddr), "0.0.0.0", "0.0.0.0")
    assert packet.chaddr[:6] == chaddr.to_bytes(6, "big")
    found = dict(option for option in packet[scapy.DHCP].options if isinstance(option, tuple))
    assert found == {"message-type": type_, "requested_addr": dotted(wanted), "server_id": dotted(server)}


@given(
    st.sampled_from(("offer", "ack", "nak")), unicast_mac, u32, u32, u32, st.lists(u32, max_size=3), u32, st.tuples(u32, u32, u32)
)
def test_dhcp_that_scapy_builds(
    type_: str, chaddr: int, xid: int, yiaddr: int, router: int, servers: list[int], server: int, times: tuple[int, int, int]
) -> None:
    """A reply's fields and options."""
    options: list[Any] = [
        ("message-type", type_),
        ("subnet_mask", "255.255.255.0"),
        ("router", dotted(router)),
        ("server_id", dotted(server)),
        ("lease_time", times[0]),
        ("renewal_time", times[1]),
        ("rebinding_time", times[2]),
    ]
    if servers:
        options.append(("name_server", *map(dotted, servers)))
    bootp = scapy.BOOTP(op=2, xid=xid, yiaddr=dotted(yiaddr), chaddr=chaddr.to_bytes(6, "big"))
    reply = dhcp.parse(bytes(bootp / scapy.DHCP(options=[*options, "end"])), chaddr, xid)
    assert isinstance(reply, dhcp.DHCPMessage), reply
    assert reply.type == {"offer": dhcp.OFFER, "ack": dhcp.ACK, "nak": dhcp.NAK}[type_]
    assert (reply.address, reply.netmask, reply.gateway, reply.server) == (yiaddr, 0xFFFFFF00, router, server)
    assert (reply.lease_time, reply.renewal_time, reply.rebinding_time) == times
    assert reply.dns == servers


# DNS.

label = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
name = st.lists(label, min_size=1, max_size=5).map(".".join)


@given(u16, name, st.sampled_from((dns.TYPE_A, dns.TYPE_PTR)), st.booleans())
def test_dns_that_pynet_builds(id_: int, qname: str, type_: int, edns: bool) -> None:
    """A question, and EDNS0's record."""
    packet = scapy.DNS(bytes(dns.query(id_, qname, type_, edns)))
    assert (packet.id, packet.qr, packet.opcode, packet.rd, packet.tc) == (id_, 0, 0, 1, 0)
    assert (packet.qdcount, packet.ancount, packet.nscount, packet.arcount) == (1, 0, 0, int(edns))
    question = packet.qd[0]
    assert (question.qname.decode(), question.qtype, question.qclass) == (qname + ".", type_, 1)
    if edns:
        assert (packet.ar[0].type, packet.ar[0].rclass) == (dns.TYPE_OPT, dns.UDP_SIZE)


@given(u16, name, name, u32, st.lists(u32, min_size=1, max_size=4), st.integers(0, 5), st.booleans())
def test_dns_that_scapy_builds(
    id_: int, qname: str, alias: str, ttl: int, addresses: list[int], rcode: int, compressed: bool
) -> None:
    """A CNAME, addresses and an SOA, with names compressed or not."""
    answers = [scapy.DNSRR(rrname=qname, type="CNAME", ttl=ttl, rdata=alias)]
    answers += [scapy.DNSRR(rrname=alias, type="A", ttl=ttl, rdata=dotted(address)) for address in addresses]
    soa = scapy.DNSRRSOA(rrname=qname, ttl=ttl, mname="ns." + qname, rname="root." + qname, minimum=300)
    packet = scapy.DNS(id=id_, qr=1, rcode=rcode, qd=[scapy.DNSQR(qname=qname)], an=answers, ns=[soa])
    response = dns.parse(bytes(scapy.dns_compress(packet) if compressed else packet))
    assert (response.id, response.rcode, response.truncated) == (id_, rcode, False)
    assert (response.name, response.type) == (qname, dns.TYPE_A)
    kept = 0 if ttl >> 31 else ttl
    found = [(record.name, record.type, record.ttl, record.data) for record in response.answers]
    assert found == [(qname, dns.TYPE_CNAME, kept, alias)] + [(alias, dns.TYPE_A, kept, address) for address in addresses]
    assert [record.data for record in response.authority] == [min(ttl, 300)]


# Whole scenarios: every frame that two Stacks put on their cable.


def carry(world: World, a: Stack, b: Stack) -> None:
    """TCP both ways with losses, and its end."""
    client, server = world.sockets(a), world.sockets(b)
    listening = server.socket(AF_INET, SOCK_STREAM)
    server.bind(listening, ("", 80))
    server.listen(listening, 5)
    fd = client.socket(AF_INET, SOCK_STREAM)
    client.connect(fd, ("10.0.0.2", 80))
    accepted, _ = server.accept(listening)
    data = world.random.octets(60_000)
    sent = received = b""
    while len(received) < len(data):
        if len(sent) < len(data):
            sent += data[len(sent) : len(sent) + client.send(fd, data[len(sent) : len(sent) + 8000])]
        received += server.recv(accepted, 65536)
    assert received == data
    client.close(fd)
    assert server.recv(accepted, 10) == b""
    server.close(accepted)
    world.run(5_000_000)


def exchange_datagrams(world: World, a: Stack, b: Stack) -> None:
    """Datagrams of all sizes, a port that nobody has, and an echo."""
    client, server = world.sockets(a), world.sockets(b)
    bound = server.socket(AF_INET, SOCK_DGRAM)
    server.bind(bound, ("", 7))
    fd = client.socket(AF_INET, SOCK_DGRAM)
    for size in (0, 1, 17, 1472, 1473, 9000):
        client.sendto(fd, bytes(size), 0, ("10.0.0.2", 7))
        data, source = server.recvfrom(bound, 65535)
        assert data == bytes(size)
        server.sendto(bound, data, 0, source)
    client.sendto(fd, b"nobody", 0, ("10.0.0.2", 9))
    a.ipv4_output(icmp.emit(icmp.ECHO, 0, 0x12340001, bytes(56)), ADDRESS_A, ADDRESS_B, ipv4.ICMP, 64, 0, True, world.now)
    world.run(1_000_000)


@pytest.mark.parametrize("scenario", [carry, exchange_datagrams])
def test_every_frame_of_a_scenario(scenario: Any) -> None:
    """scapy builds each of them again from its fields, checksums computed anew, to the same bytes."""
    world = World(3)
    a, b = world.pair()
    lost = [7, 20, 33]

    def lossy(frame: bytes) -> list[bytes]:
        lost[:] = [count - 1 for count in lost]
        return [] if 0 in lost else [frame]

    wire: Any = a.transport
    other: Any = b.transport
    if scenario is carry:
        wire.fate = lossy
    scenario(world, a, b)
    frames = wire.sent + other.sent
    kinds = set()
    for frame in frames:
        packet = dissect(frame)
        kinds |= {layer.__name__ for layer in packet.layers()}
        check_frame(frame)
    assert {"ARP", "IP"} <= kinds
    assert kinds & ({"TCP"} if scenario is carry else {"UDP", "ICMP"})



def test_igmp_reports_and_queries() -> None:
    """RFC 3376 §4.1, §4.2: our reports as scapy's igmpv3 dissects them, checksum and Router Alert right; scapy's queries answered."""
    from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mq, IGMPv3mr

    world = World(3376)
    near, _ = world.cable()
    stack = world.stack(near, ADDRESS_A)
    groups = ["239.1.2.3", "232.0.0.9"]
    for group in groups:
        stack.join_group(ipv4.parse_address(group))
    world.run(3_000_000)
    near.sent.clear()
    query = IGMPv3(mrcode=10) / IGMPv3mq(gaddr="0.0.0.0", qrv=2, qqic=125)
    frame = scapy.Ether(dst="01:00:5e:00:00:01", src=mac(MAC_B)) / scapy.IP(src="10.0.0.2", dst="224.0.0.1", ttl=1, options=[scapy.IPOption_Router_Alert()])
    assert stack.handle_packet(bytes(frame / query)) == ""
    world.run(2_000_000)
    (report,) = [dissect(sent) for sent in near.sent if sent[12:14] == b"\x08\x00"]
    assert (report[scapy.IP].dst, report[scapy.IP].ttl, report[scapy.IP].tos, report.dst) == ("224.0.0.22", 1, 0xC0, "01:00:5e:00:00:16")
    assert isinstance(report[scapy.IP].options[0], scapy.IPOption_Router_Alert)
    body = IGMPv3(bytes(report[scapy.IP].payload))
    assert body.type == 0x22 and body[IGMPv3mr].numgrp == 2
    assert [(record.rtype, record.maddr, record.numsrc) for record in body[IGMPv3mr].records] == [(2, group, 0) for group in groups]
    assert all(isinstance(record, IGMPv3gr) for record in body[IGMPv3mr].records)
    again = report.copy()
    del again[scapy.IP].chksum
    assert dissect(bytes(again))[scapy.IP].chksum == report[scapy.IP].chksum
    assert scapy.checksum(bytes(report[scapy.IP].payload)) == 0
