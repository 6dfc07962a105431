"""What is left to the NIC: sums, and the cutting of long segments (VIRTIO 1.2 §5.1.6.2). On the wire it is as if the stack had done it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import ethernet, ipv4, net
from pynet.frame import HEADROOM
from pynet.lower import CAN_CHECKSUM, CAN_SEGMENT
from pynet.net import RX_CHECKSUM_VALID, RX_NEEDS_CHECKSUM, Stack
from pynet.octets import get16, put16
from pynet.sockets import AF_INET, SOCK_DGRAM, Sockets
from pynet.tcp import info, output, segment
from pynet.tcp.connection import Connection
from pynet.tcp.segment import Segment, parse
from tests.support import Random, eq, table
from tests.world import ADDRESS_A, ADDRESS_B, MAC_A, MAC_B, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SECOND = 1_000_000
ALL = CAN_CHECKSUM | CAN_SEGMENT


class Story:
    """Host A sends to B, who reads; a is an `Any`, as tests look at its transport's parts."""

    def __init__(self, capabilities: int, seed: int = 1, delay: int = 1000) -> None:
        self.world = World(seed)
        a, b = self.world.pair(delay, capabilities)
        self.a: Any = a
        self.b: Any = b
        # The frames that A's card got, as they came to it: (octets, csum_start, csum_offset, gso_size).
        self.hints: list[tuple[int, int, int, int]] = []
        listener = b.tcp.listen(0, 80, 5)
        self.client: Connection = a.tcp.connect(ADDRESS_A, 0, ADDRESS_B, 80, self.world.now)
        self.world.run(SECOND)
        server = listener.accept()
        assert server is not None
        self.server: Connection = server
        self.data = bytearray()

    def go(self, count: int, pieces: int) -> bytes:
        """A writes `count` octets `pieces` times, B reads all. What B read."""
        sent = bytearray()
        for n in range(pieces):
            data = Random(n).octets(16) * (count // 16) + bytes(count % 16)
            sent += data[: self.client.send(data, self.world.now)]
            self.world.run(SECOND // 10)
            self.read()
        self.client.close(self.world.now)
        for _ in range(100):
            self.world.run(SECOND)
            self.read()
        eq(bytes(self.data), bytes(sent), "what B read")
        return bytes(sent)

    def read(self) -> None:
        """B takes what there is."""
        while data := self.server.receive(100_000, self.world.now):
            self.data += data


def on_the_wire(sent: list[bytes]) -> list[bytes]:
    """Frames without IPv4's identification, which says nothing of a packet that is never cut (RFC 6864 §4.1), and its sum."""
    return [frame[:18] + frame[20:24] + frame[26:] for frame in sent]


def bad_cable(story: Story, losses: int) -> None:
    """Both ways lose, and now and then repeat: the same frames, where the same come."""
    for end in (story.a.transport, story.b.transport):
        random = Random(77)

        def fate(frame: bytes, random: Random = random) -> list[bytes]:
            draw = random.below(100)
            return [] if draw < losses else [frame, frame] if draw == 99 else [frame]

        end.fate = fate


def test_the_wire_does_not_show_who_cut_and_summed() -> None:
    """VIRTIO 1.2 §5.1.6.2: the same frames, octet for octet, whether the stack or its NIC sums and cuts; on a cable that loses, and paced, too.

    RFC 4898 §4: segments are counted as they are on the wire.
    """
    # A round trip of 20 ms is paced (pacing.MIN_RTT).
    for losses, delay, capabilities in ((0, 1000, CAN_CHECKSUM), (0, 1000, ALL), (2, 1000, ALL), (10, 1000, ALL), (0, 10_000, ALL), (2, 10_000, ALL)):
        plain, offloaded = Story(0, 1, delay), Story(capabilities, 1, delay)
        for story in (plain, offloaded):
            bad_cable(story, losses)
            story.go(70_000, 6)
        eq(len(offloaded.a.transport.sent), len(plain.a.transport.sent), f"frames at {losses} % loss")
        assert on_the_wire(offloaded.a.transport.sent) == on_the_wire(plain.a.transport.sent)
        assert on_the_wire(offloaded.b.transport.sent) == on_the_wire(plain.b.transport.sent)
        eq(info.counters(offloaded.client, 0), info.counters(plain.client, 0))


def watched(story: Story) -> None:
    """Note what A's card is given."""
    transport = story.a.transport

    class Watch(net.Transport):
        """A's card, and what is told to it."""

        def __init__(self) -> None:
            self.mac = transport.mac
            self.capabilities = transport.capabilities

        def send(self, frame: bytearray, csum_start: int = 0, csum_offset: int = 0, gso_size: int = 0) -> bool:
            if transport.full:
                return False
            story.hints.append((len(frame), csum_start, csum_offset, gso_size))
            return bool(transport.send(frame, csum_start, csum_offset, gso_size))

        def recv(self) -> Any:
            return transport.recv()

        def link_up(self) -> bool:
            return bool(transport.link_up())

    story.a.transport = Watch()


def test_a_window_of_segments_leaves_as_one() -> None:
    """VIRTIO 1.2 §5.1.6.2: ten segments of the initial window are one frame with the MSS as gso_size; so is the longest train, within IPv4's length."""
    story = Story(ALL)
    watched(story)
    mss = output.effective_mss(story.client)
    story.client.send(bytes(10 * mss), story.world.now)
    eq(story.hints, [(HEADROOM + 32 + 10 * mss, HEADROOM, 16, mss)])
    story.client.set_sndbuf(4_000_000)
    story.server.set_rcvbuf(4_000_000)
    for _ in range(12):
        story.world.run(SECOND)
        story.read()
        story.client.send(bytes(300_000), story.world.now)
    longest = max([size for size, _, _, _ in story.hints])
    eq(longest, HEADROOM + 32 + output.MAX_TRAIN // mss * mss)
    assert longest - ipv4.AT <= 0xFFFF


def quiet(story: Story) -> None:
    """Nothing that forbids a train."""


def urgent(story: Story) -> None:
    """RFC 9293 §3.8.5: the urgent pointer counts from each segment's own sequence number."""
    story.client.send(b"!", story.world.now, True)


def reduced(story: Story) -> None:
    """RFC 3168 §6.1.2: CWR goes once."""
    story.client.ecn_ok = story.client.ecn_cwr = True


def searching(story: Story) -> None:
    """RFC 4821 §7.4: a probe goes alone."""
    from pynet.tcp import path

    path.begin_search(story.client, 0)


def holed(story: Story) -> None:
    """RFC 2018 §4: SACK blocks are of the moment."""
    story.client.out_of_order.insert(story.client.rcv_nxt, story.client.rcv_nxt + 5000, bytes(10), 0, 10)


def tapped(story: Story) -> None:
    """packet(7): who captures sees frames as they will be on the wire."""

    class Tap:
        """Looks at nothing."""

        def frame(self, frame: Any, index: int, outgoing: bool) -> None:
            """A frame."""

    story.a.taps.append(Tap())
    story.a.note_taps()


def test_segments_that_would_differ_leave_one_by_one() -> None:
    """VIRTIO 1.2 §5.1.6.2: a NIC copies the headers of the first segment to all."""

    def check(prepare: Callable[[Story], None], trains: bool) -> None:
        story = Story(ALL)
        watched(story)
        prepare(story)
        story.client.send(bytes(8000), story.world.now)
        eq(len([hint for hint in story.hints if hint[3]]) > 0, trains)

    table([(quiet, True), (urgent, False), (reduced, False), (searching, False), (holed, False), (tapped, False)], check)


def test_a_full_ring_keeps_the_hints() -> None:
    """VIRTIO 1.2 §5.1.6.2: what waits for room, or for ARP's answer, is sent later as it would have been at once."""
    story = Story(ALL)
    watched(story)
    transport: Any = story.b.transport.peer
    mss = output.effective_mss(story.client)
    transport.full = True
    story.client.send(bytes(5 * mss), story.world.now)
    eq((story.hints, len(story.a.backlog)), ([], 1))
    assert story.a.backlog_octets > 5 * mss
    transport.full = False
    story.world.run(SECOND)
    eq((story.hints[0], story.a.backlog_octets), ((HEADROOM + 32 + 5 * mss, HEADROOM, 16, mss), 0))
    story.a.arp.forget()
    del story.hints[:]
    story.client.send(bytes(3 * mss), story.world.now)
    story.world.run(SECOND)
    eq([hint for hint in story.hints if hint[3]], [(HEADROOM + 32 + 3 * mss, HEADROOM, 16, mss)])
    story.read()
    eq(bytes(story.data), bytes(8 * mss))


def test_tcp_holds_its_data_back_by_octets_too() -> None:
    """net.ENOUGH_OCTETS: a few long trains in a full ring's queue are as much as many short frames; what is more stays in the connection."""
    story = Story(ALL)
    story.a.tcp.config.restart_idle = False
    story.client.set_sndbuf(4_000_000)
    story.server.set_rcvbuf(4_000_000)
    for _ in range(12):
        story.client.send(bytes(300_000), story.world.now)
        story.world.run(SECOND)
        story.read()
    story.a.transport.full = True
    taken = story.client.send(bytes(2_000_000), story.world.now)
    assert net.ENOUGH_OCTETS <= story.a.backlog_octets < net.ENOUGH_OCTETS + 65536, story.a.backlog_octets
    eq((len(story.a.backlog) < net.ENOUGH_BACKLOG, story.a.tcp.held_back), (True, [story.client]))
    story.a.transport.full = False
    before = len(story.data)
    story.world.run(10 * SECOND)
    story.read()
    eq((len(story.data) - before, story.client.board.retransmitted, story.a.backlog_octets), (taken, 0, 0))


def datagram(stack: Stack, wrong: int) -> bytearray:
    """A UDP datagram to port 9 whose sum is off by `wrong`."""
    from pynet import udp

    frame = udp.emit(ADDRESS_B, 7, ADDRESS_A, 9, b"data")
    put16(frame, HEADROOM + 6, get16(frame, HEADROOM + 6) ^ wrong)
    ipv4.emit(frame, len(frame) - ipv4.AT, 9, 0, 64, 0, ipv4.UDP, ADDRESS_B, ADDRESS_A)
    ethernet.emit(frame, MAC_A, MAC_B, ethernet.TYPE_IPV4)
    return frame


def test_a_received_sum_is_verified_unless_the_nic_has_said_that_it_is_right() -> None:
    """VIRTIO 1.2 §5.1.6.4.2: DATA_VALID, and NEEDS_CSUM, whose data never was on a wire; nothing else is believed."""
    world = World()
    a, _ = world.pair()
    sockets = Sockets(a)
    fd = sockets.socket(AF_INET, SOCK_DGRAM)
    sockets.bind(fd, ("", 9))
    eq(a.handle_packet(datagram(a, 1)), "udp: bad checksum")
    for flag in (RX_CHECKSUM_VALID, RX_NEEDS_CHECKSUM):
        eq(a.handle_packet(datagram(a, 1), flag), "")
    eq([sockets.recvfrom(fd, 10)[0] for _ in range(2)], [b"data", b"data"])
    syn = segment.new_segment(0, 0)
    segment.emit(syn, 0, ADDRESS_B, ADDRESS_A, 7 << 16 | 80, 1, 0, segment.SYN, 1000, 0)
    put16(syn, HEADROOM + 16, get16(syn, HEADROOM + 16) ^ 1)
    ipv4.emit(syn, len(syn) - ipv4.AT, 9, 0, 64, 0, ipv4.TCP, ADDRESS_B, ADDRESS_A)
    ethernet.emit(syn, MAC_A, MAC_B, ethernet.TYPE_IPV4)
    a.tcp.listen(0, 80, 5)
    a.handle_packet(syn)
    eq((a.tcp.drops["tcp: bad checksum"], len(a.tcp.connections)), (1, 0))
    a.handle_packet(syn, RX_CHECKSUM_VALID)
    eq((a.tcp.drops["tcp: bad checksum"], len(a.tcp.connections)), (1, 1))


def test_what_is_said_of_a_fragment_is_not_said_of_the_whole() -> None:
    """RFC 791 §3.2: the sum in the first fragment is over all of them; a NIC that saw one has not seen it."""
    world = World()
    a, _ = world.pair()
    whole = datagram(a, 1)
    whole += bytes(1600)
    put16(whole, HEADROOM + 4, len(whole) - HEADROOM)
    ipv4.emit(whole, len(whole) - ipv4.AT, 9, 0, 64, 0, ipv4.UDP, ADDRESS_B, ADDRESS_A)
    answers = []
    for piece in ipv4.fragments(whole, 1500):
        ethernet.emit(piece, MAC_A, MAC_B, ethernet.TYPE_IPV4)
        answers.append(a.handle_packet(piece, RX_CHECKSUM_VALID))
    eq(answers, ["", "udp: bad checksum"])


def test_loopback_verifies_no_sum() -> None:
    """RFC 1122 §3.2.1.3 (g): what goes to this host itself never is on a wire; a sum that was left to the NIC is made by nobody, and not missed."""
    world = World()
    a, _ = world.pair(capabilities=ALL)
    listener = a.tcp.listen(0, 80, 5)
    client = a.tcp.connect(ipv4.LOCALHOST, 0, ipv4.LOCALHOST, 80, world.now)
    frame = bytes(a.loopback.frames[0])
    reason = parse(Segment(), bytearray(frame), HEADROOM, len(frame), ipv4.LOCALHOST, ipv4.LOCALHOST)
    world.run(SECOND)
    server = listener.accept()
    assert server is not None
    client.send(b"hello", world.now)
    world.run(SECOND)
    eq((reason, server.receive(10, world.now)), ("tcp: bad checksum", b"hello"))


def test_a_long_frame_is_as_many_segments_as_it_holds() -> None:
    """VIRTIO 1.2 §5.1.6.4, RFC 4898 §4: what a NIC handed over uncut is taken whole, acknowledged as its segments would be, and counted as them."""
    story = Story(0)
    story.server.rcvbuf = 100_000
    mss = 1448
    conn = story.client
    frame = segment.new_segment(segment.TIMESTAMPS_SIZE, 0)
    segment.put_timestamps(frame, HEADROOM + segment.HEADER, conn.tsval(story.world.now), conn.ts_recent)
    frame += bytes(range(256)) * 160
    size = len(frame) - HEADROOM - 32
    segment.emit(frame, 12, ADDRESS_A, ADDRESS_B, conn.ports, conn.snd_nxt, conn.rcv_nxt, segment.ACK, conn.layer.config.rcvbuf >> 3, 0, True)
    ipv4.emit(frame, len(frame) - ipv4.AT, 9, ipv4.DONT_FRAGMENT, 64, 0, ipv4.TCP, ADDRESS_A, ADDRESS_B)
    ethernet.emit(frame, MAC_B, MAC_A, ethernet.TYPE_IPV4)
    before = info.counters(story.server, 0)
    eq(story.b.handle_packet(frame, RX_NEEDS_CHECKSUM), "")
    after = info.counters(story.server, 0)
    story.read()
    eq((bytes(story.data), story.server.last_ack_sent), (bytes(range(256)) * 160, story.server.rcv_nxt))
    segments = -(-size // mss)
    eq([after[name] - before[name] for name in ("segs_in", "data_segs_in")], [segments, segments])
