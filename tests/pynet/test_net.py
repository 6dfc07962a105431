"""The stack as a whole: TCPSocket, links, full rings, broadcasts, what it says when a neighbour is silent (RFC 1122)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, ethernet, icmp, ipv4, net, readiness, udp
from pynet.lower import Lower
from pynet.net import LoopbackTransport, Stack, TCPSocket, Transport
from pynet.readiness import POLLIN, POLLOUT
from pynet.sockets import AF_INET, SO_BROADCAST, SOCK_DGRAM, SOL_SOCKET, Sockets
from pynet.udp import Udp
from tests.support import eq, raises, table
from tests.world import ADDRESS_A, ADDRESS_B, MAC_A, MAC_B, CableEnd, World

if TYPE_CHECKING:
    from typing import Any

SECOND = 1_000_000


def host() -> tuple[World, Stack, Any]:
    """10.0.0.1 on a cable whose other end is the test's."""
    world = World()
    wire, _ = world.cable()
    return world, world.stack(wire, ADDRESS_A), wire


def frame_to(stack: Stack, payload: bytes, protocol: int, src: int = ADDRESS_B, dst: int = ADDRESS_A, ttl: int = 64) -> bytearray:
    """An IPv4 packet for the stack, in its frame."""
    frame = bytearray(ipv4.AT + ipv4.HEADER) + payload
    ipv4.emit(frame, len(frame) - ipv4.AT, 9, 0, ttl, 0, protocol, src, dst)
    ethernet.emit(frame, MAC_A, MAC_B, ethernet.TYPE_IPV4)
    return frame


def test_tcpsocket_is_a_connection_without_waiting() -> None:
    """design.md: TCPSocket (send recv poll close)."""
    world = World()
    a, b = world.pair()
    listener = b.tcp.listen(0, 80, 5)
    client = TCPSocket(a, a.tcp.connect(ADDRESS_A, 0, ADDRESS_B, 80, world.now))
    world.run(SECOND)
    connection = listener.accept()
    assert connection is not None
    server = TCPSocket(b, connection)
    raises(BlockingIOError, server.recv, 10)
    eq(client.send(b"hello"), 5)
    world.run(SECOND)
    eq((server.poll(), server.recv(10)), (POLLIN | POLLOUT, b"hello"))
    while True:
        try:
            client.send(bytes(100_000))
        except BlockingIOError:
            break
    client.close()
    world.run(60 * SECOND)
    connection.abort(world.now)
    world.run(SECOND)
    raises(OSError, client.send, b"x")


def test_a_transport_says_what_it_is() -> None:
    bare = Transport()
    raises(NotImplementedError, bare.send, bytearray(60))
    raises(NotImplementedError, bare.recv)
    bare.flush()
    assert bare.link_up()
    loop = LoopbackTransport()
    eq(loop.recv(), None)


def test_a_full_ring_keeps_frames_for_later() -> None:
    """nic.h: ring-full is a return value; what waits goes first, and is looked at again soon."""
    world, stack, wire = host()
    world.run(10 * SECOND)
    sent = len(wire.sent)
    wire.full = True
    stack.acd.announce()
    stack.acd.announce()
    eq(len(wire.sent), sent)
    eq(stack.next_deadline(), world.now + net.BACKLOG_RETRY)
    for _ in range(net.MAX_BACKLOG):
        stack.acd.announce()
    eq(stack.drops["net: transmit queue full"], 2)
    wire.full = False
    world.run(SECOND)
    eq(len(wire.sent), sent + net.MAX_BACKLOG)
    eq(stack.next_deadline(), -1)


def test_tcp_waits_for_a_full_ring_and_loses_nothing() -> None:
    """RFC 9293 §3.7: beyond ENOUGH_BACKLOG frames the data stays in the connection; when the ring has room it goes, without a loss."""
    world = World()
    a, b = world.pair()
    a.tcp.config.restart_idle = False
    listener = b.tcp.listen(0, 80, 5)
    client = a.tcp.connect(ADDRESS_A, 0, ADDRESS_B, 80, world.now)
    world.run(SECOND)
    server = listener.accept()
    assert server is not None
    client.set_sndbuf(1_000_000)
    server.set_rcvbuf(1_000_000)
    # Often enough that the congestion window is larger than the backlog may be.
    for _ in range(20):
        client.send(bytes(200_000), world.now)
        world.run(SECOND)
        server.receive(200_000, world.now)
    transport: Any = a.transport
    transport.full = True
    eq(client.send(bytes(400_000), world.now), 400_000)
    eq((len(a.backlog), a.tcp.held_back), (net.ENOUGH_BACKLOG, [client]))
    transport.full = False
    world.run(10 * SECOND)
    data = server.receive(400_000, world.now)
    eq((len(data) if data else 0, a.drops["net: transmit queue full"], client.board.retransmitted), (400_000, 0, 0))


def test_what_goes_to_this_host_does_not_wait_for_the_ring() -> None:
    """RFC 1122 §3.2.1.3 (g): loopback has a queue of its own; a full ring holds nothing back there."""
    world, stack, wire = host()
    world.run(10 * SECOND)
    listener = stack.tcp.listen(0, 80, 5)
    client = stack.tcp.connect(ipv4.LOCALHOST, 0, ipv4.LOCALHOST, 80, world.now)
    world.run(SECOND)
    assert listener.accept() is not None
    wire.full = True
    while len(stack.backlog) < net.ENOUGH_BACKLOG:
        stack.acd.announce()
    eq([stack.has_room(dst) for dst in (ADDRESS_B, ADDRESS_A, ipv4.LOCALHOST)], [False, True, True])
    client.send(bytes(100_000), world.now)
    eq(stack.tcp.held_back, [])


def test_no_sleep_before_the_ring_said_that_it_is_empty() -> None:
    """VIRTIO 1.2 §2.7.7.2: a card interrupts again only for who has looked in vain; a turn that its budget ended is followed by another at once."""
    world, stack, wire = host()
    world.run(10 * SECOND)
    for _ in range(net.RX_BUDGET):
        wire.arriving.append((world.now, bytes(60)))
    stack.poll()
    eq((len(wire.arriving), stack.next_deadline()), (0, 0))
    stack.poll()
    eq(stack.next_deadline(), -1)


def test_a_pulled_cable_is_seen() -> None:
    """What ARP learned may not hold on the other side of it."""
    world = World()
    a, b = world.pair()
    world.run(SECOND)
    client = Sockets(a)
    fd = client.socket(AF_INET, SOCK_DGRAM)
    client.sendto(fd, b"x", 0, ("10.0.0.2", 9))
    world.run(SECOND)
    assert ADDRESS_B in a.arp.entries
    wire: Any = a.transport
    wire.plugged = False
    world.run(SECOND)
    eq((a.link, a.arp.entries), (False, {}))
    wire.plugged = True
    world.run(SECOND)
    eq((a.link, b.link), (True, True))


def test_a_silent_neighbour_is_unreachable() -> None:
    """RFC 1122 §4.1.3.3, §4.2.3.9: connections and connected endpoints hear of it; an unknown protocol's packet is lost."""
    world, stack, _ = host()
    client = Sockets(stack)
    fd = client.socket(AF_INET, SOCK_DGRAM)
    client.connect(fd, ("10.0.0.9", 9))
    client.send(fd, b"x")
    stack.ipv4_output(bytearray(34) + bytes(20), ADDRESS_A, ADDRESS_B, 253, 64, 0, False, world.now)
    stack.ipv4_output(bytearray(34) + bytes(4), ADDRESS_A, ADDRESS_B, ipv4.UDP, 64, 0, False, world.now)
    world.run(5 * SECOND)
    eq(client.getsockopt(fd, SOL_SOCKET, 4), errno.EHOSTUNREACH)
    eq(stack.drops["net: no route"], 0)
    eq(stack.arp.drops["arp: no answer"], 3)


def test_rfc1112_broadcasts_and_groups_have_their_own_macs() -> None:
    """RFC 1112 §6.4: the low 23 bits of the group go into 01-00-5E-00-00-00."""
    world, stack, wire = host()
    client = Sockets(stack)
    fd = client.socket(AF_INET, SOCK_DGRAM)
    client.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, 1)
    for address in ("255.255.255.255", "10.0.0.255", "224.0.1.129"):
        client.sendto(fd, b"x", 0, (address, 9))
    macs = [ethernet.destination(frame) for frame in wire.sent[-3:]]
    eq(macs, [ethernet.BROADCAST, ethernet.BROADCAST, 0x01005E000181])
    client.sendto(fd, bytes(2000), 0, ("255.255.255.255", 9))
    eq([ethernet.destination(frame) for frame in wire.sent[-2:]], [ethernet.BROADCAST] * 2)
    assert world.now


def test_rfc1122_3_2_2_when_an_error_may_be_told() -> None:
    """RFC 1122 §3.2.2: not about an ICMP error, a broadcast, a later fragment, or a packet from nobody in particular."""
    _, stack, _ = host()

    def check(allowed: bool, frame: bytearray) -> None:
        eq(icmp.may_report(frame), allowed)

    echo = bytes(icmp.emit(icmp.ECHO, 0, 0, b"")[34:])
    error = bytes(icmp.emit(icmp.UNREACHABLE, 0, 0, b"")[34:])
    fragment = frame_to(stack, b"12345678", 253)
    fragment[20] = 0
    fragment[21] = 1
    table(
        (
            (True, frame_to(stack, b"12345678", 253)),
            (True, frame_to(stack, echo, ipv4.ICMP)),
            (False, frame_to(stack, error, ipv4.ICMP)),
            (False, frame_to(stack, b"", ipv4.ICMP)),
            (False, frame_to(stack, b"", 253, 0)),
            (False, frame_to(stack, b"", 253, ipv4.LOCALHOST)),
            (False, frame_to(stack, b"", 253, 0xE0000001)),
            (False, frame_to(stack, b"", 253, ipv4.BROADCAST)),
            (False, frame_to(stack, b"", 253, ADDRESS_B, ipv4.BROADCAST)),
            (False, frame_to(stack, b"", 253, ADDRESS_B, 0xE0000001)),
            (False, fragment),
        ),
        check,
    )


def test_rfc792_what_an_error_means() -> None:
    table(
        (
            (icmp.TIME_EXCEEDED, 0, "time-exceeded"),
            (icmp.TIME_EXCEEDED, 1, "reassembly-time-exceeded"),
            (icmp.PARAMETER_PROBLEM, 0, "parameter-problem"),
            (icmp.ECHO, 0, ""),
            (icmp.UNREACHABLE, icmp.NET_UNREACHABLE, "net-unreachable"),
            (icmp.UNREACHABLE, icmp.HOST_UNREACHABLE, "host-unreachable"),
            (icmp.UNREACHABLE, icmp.PROTOCOL_UNREACHABLE, "protocol-unreachable"),
            (icmp.UNREACHABLE, icmp.PORT_UNREACHABLE, "port-unreachable"),
            (icmp.UNREACHABLE, icmp.FRAGMENTATION_NEEDED, "fragmentation-needed"),
            (icmp.UNREACHABLE, icmp.ADMINISTRATIVELY_PROHIBITED, "prohibited"),
            (icmp.UNREACHABLE, 7, "unreachable"),
        ),
        lambda type_, code, kind: eq(icmp.error_kind(type_, code), kind),
    )


def test_udp_errors_find_their_endpoint() -> None:
    """RFC 1122 §4.1.3.3: the connected endpoint that sent the datagram, nobody else."""
    layer = Udp(Lower(), lambda count: bytes(count))
    told: list[int] = []
    endpoint = layer.bind(0, 5000, True)
    layer.bind(0, 5000, True)
    endpoint.changed = lambda: told.append(1)
    quoted = udp.emit(ADDRESS_A, 5000, ADDRESS_B, 53, b"")
    eq(layer.icmp_error(ADDRESS_A, ADDRESS_B, quoted, 34, 36, "port-unreachable"), False)
    eq(layer.icmp_error(ADDRESS_A, ADDRESS_B, quoted, 34, 42, "port-unreachable"), True)
    endpoint.connect(ADDRESS_B, 53)
    eq(layer.icmp_error(ADDRESS_A, ADDRESS_B, quoted, 34, 42, "something new"), True)
    eq((told, endpoint.take_error()), ([1], errno.EHOSTUNREACH))
    endpoint.close()
    endpoint.close()
    eq(layer.count, 1)


def test_udp_ephemeral_ports_end() -> None:
    layer = Udp(Lower(), lambda count: bytes(count))
    for port in range(udp.FIRST_EPHEMERAL, udp.LAST_EPHEMERAL + 1):
        layer.ports[port] = []
    error = raises(OSError, layer.bind, 0, 0)
    eq(getattr(error, "errno", 0), errno.EADDRINUSE)


def test_leaving_the_stack_wakes_its_loop_only_if_it_must() -> None:
    """design.md: the loop is woken only if the next deadline moved nearer."""
    world, stack, _ = host()
    world.run(10 * SECOND)
    woken: list[int] = []
    stack.wake_loop = lambda: woken.append(1)
    stack.sleeps_until = -1
    stack.leave()
    eq(woken, [])
    stack.tcp.connect(ADDRESS_A, 0, ADDRESS_B, 80, world.now)
    stack.leave()
    eq(woken, [1])
    stack.sleeps_until = world.now
    stack.leave()
    eq(woken, [1])
    readiness.nothing()
    net.ignore(stack.blocker.new_waiter())


def test_a_task_that_crashes_is_told_on_the_log() -> None:
    world, stack, _ = host()

    async def crash() -> None:
        raise ValueError("on purpose")

    stack.loop.spawn(crash(), "clumsy")
    world.run(1)
    eq(world.log[-1], "task clumsy ended with ValueError: on purpose")


def test_counters_tell_every_reason() -> None:
    world, stack, _ = host()
    counters = stack.counters()
    eq(stack.now(), world.now)
    for reasons in (ipv4.DROP_REASONS, ethernet.DROP_REASONS, icmp.DROP_REASONS, udp.DROP_REASONS, net.DROP_REASONS):
        for reason in reasons:
            assert reason in counters
    assert counters["frames out"]


def test_a_cable_end_knows_its_stack() -> None:
    """The world's own parts: a frame takes its time."""
    world = World()
    one, two = world.cable(5000)
    assert isinstance(one, CableEnd)
    one.send(bytearray(60))
    eq(two.recv(), None)
    world.now += 5000
    eq(two.recv(), (bytes(60), 0))


def test_ipv4_bounds() -> None:
    """RouteTable refuses host bits and a full table, MAX_ROUTES; options run to their end (RFC 791 §3.1)."""
    routes = ipv4.RouteTable()
    raises(ValueError, routes.add, 0x0A000001, 0xFFFFFF00, 0)
    for number in range(ipv4.MAX_ROUTES):
        routes.add(number << 8, 0xFFFFFF00, 0)
    raises(ValueError, routes.add, 0, 0, 0)
    table(
        ((b"\x00", True), (b"\x01\x01", True), (b"\x07", False), (b"\x07\x01", False), (b"\x07\x05", False), (b"\x83\x03\x04", False)),
        lambda options, sound: eq(ipv4.options_are_sound(options, 0, len(options)), sound),
    )
    for text in ("1.2.3", "1.2.3.x", "1.2.3.256", "01.2.3.4", "1.2.3.0000", "1.2.3.\u0664"):
        raises(ValueError, ipv4.parse_address, text)
    eq([ipv4.prefix_length(mask) for mask in (0, 0xFFFFFF00, 0xFFFFFFFF)], [0, 24, 32])


def test_the_stack_below_the_layers_is_made_by_who_derives_it() -> None:
    """Design, "What may know what": Lower is the type of what a layer asks for, and does nothing itself."""
    below = Lower()
    raises(NotImplementedError, below.transmit, bytearray(60), 0)
    raises(NotImplementedError, below.unreachable, bytearray(60), 0)
    raises(NotImplementedError, below.send_udp, bytearray(60), 0, 0, 64, 0, 0)
    raises(NotImplementedError, below.send_tcp, bytearray(60), 0, 0, 64, 0, 0, 0)
    raises(NotImplementedError, below.send_igmp, bytearray(60), 0, 0)
    raises(NotImplementedError, below.loop_back, bytearray(60))
