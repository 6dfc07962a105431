"""RFC 826 and RFC 1122 §2.3.2: ARP, packet by packet."""

from __future__ import annotations

from pynet import arp, ethernet, ipv4
from pynet.frame import new_frame
from pynet.lower import Lower
from tests.support import eq
from tests.world import ADDRESS_A, ADDRESS_B, MAC_A, MAC_B

SECOND = 1_000_000


class Wire(Lower):
    """An ArpTable for station A, and what it did."""

    def __init__(self) -> None:
        self.sent: list[bytearray] = []
        self.lost: list[bytearray] = []
        self.table = arp.ArpTable(MAC_A, self)
        self.table.address = self.table.sender = ADDRESS_A

    def transmit(self, frame: bytearray, offload: int) -> None:
        self.sent.append(frame)

    def unreachable(self, frame: bytearray, now: int) -> None:
        self.lost.append(frame)

    def packet(self, text: bytes = b"data") -> bytearray:
        """A packet to be sent to B."""
        frame = new_frame(len(text))
        frame[34:] = text
        return frame

    def reply(self, now: int, sha: int = MAC_B) -> str:
        """B answers."""
        return self.table.input(arp.emit(arp.REPLY, sha, ADDRESS_B, MAC_A, ADDRESS_A, MAC_A), now)


def test_rfc826_a_packet_waits_for_the_answer() -> None:
    """RFC 826, Packet Generation; RFC 1122 §2.3.2.2: ask all, keep the packet, send it when the answer comes."""
    wire = Wire()
    wire.table.send(wire.packet(), ADDRESS_B, 0, 0)
    request = wire.sent[0]
    eq(ethernet.destination(request), ethernet.BROADCAST)
    eq(ethernet.ethertype(request), ethernet.TYPE_ARP)
    eq((arp.operation(request), arp.sender_mac(request), arp.sender_ip(request), arp.target_ip(request)), (1, MAC_A, ADDRESS_A, ADDRESS_B))
    eq(wire.reply(1000), "")
    packet = wire.sent[1]
    eq((ethernet.destination(packet), ethernet.source(packet), ethernet.ethertype(packet)), (MAC_B, MAC_A, ethernet.TYPE_IPV4))
    eq(bytes(packet[34:]), b"data")
    wire.table.send(wire.packet(b"next"), ADDRESS_B, 2000, 0)
    eq(len(wire.sent), 3)


def test_rfc1122_2_3_2_1_asks_once_a_second_and_gives_up() -> None:
    """RFC 1122 §2.3.2.1: no more than one request a second; after three the sender hears that the host is unreachable."""
    wire = Wire()
    wire.table.send(wire.packet(b"one"), ADDRESS_B, 0, 0)
    wire.table.send(wire.packet(b"two"), ADDRESS_B, 10, 0)
    eq(len(wire.sent), 1)
    times = []
    while wire.table.next_deadline() >= 0:
        times.append(wire.table.next_deadline())
        wire.table.run_timers(times[-1])
    eq(times, [SECOND, 2 * SECOND, 3 * SECOND])
    eq(len(wire.sent), 3)
    eq([bytes(frame[34:]) for frame in wire.lost], [b"one", b"two"])
    eq(wire.table.drops["arp: no answer"], 2)


def test_rfc826_answers_a_request_for_its_address_and_learns_the_asker() -> None:
    """RFC 826, Packet Reception: the sender is merged into the table before the answer goes out."""
    wire = Wire()
    wire.table.input(arp.emit(arp.REQUEST, MAC_B, ADDRESS_B, 0, ADDRESS_A, ethernet.BROADCAST), 0)
    reply = wire.sent[0]
    eq((ethernet.destination(reply), arp.operation(reply), arp.sender_mac(reply), arp.sender_ip(reply)), (MAC_B, 2, MAC_A, ADDRESS_A))
    wire.table.send(wire.packet(), ADDRESS_B, 1, 0)
    eq(ethernet.destination(wire.sent[1]), MAC_B)


def test_rfc826_does_not_learn_from_what_is_for_others() -> None:
    """RFC 826: a new entry is made only by who talks to us; so a stranger's announcements cannot fill the table."""
    wire = Wire()
    for host in range(2, 100):
        wire.table.input(arp.emit(arp.REQUEST, MAC_B, 0x0A000000 + host, 0, 0x0A0000FE, ethernet.BROADCAST), 0)
    eq(len(wire.table.entries), 0)
    eq(wire.sent, [])


def test_rfc826_an_announcement_updates_what_is_known() -> None:
    """RFC 826 and RFC 5227 §2.3: a host that changed its card announces it, and is believed."""
    wire = Wire()
    wire.table.send(wire.packet(), ADDRESS_B, 0, 0)
    wire.reply(0)
    wire.table.input(arp.emit(arp.REQUEST, 0x020000000009, ADDRESS_B, 0, ADDRESS_B, ethernet.BROADCAST), 1)
    wire.table.send(wire.packet(), ADDRESS_B, 2, 0)
    eq(ethernet.destination(wire.sent[-1]), 0x020000000009)


def test_rfc1122_2_3_2_1_an_entry_expires() -> None:
    """RFC 1122 §2.3.2.1: what was learned does not hold for ever; in use it is confirmed by a unicast request before that."""
    wire = Wire()
    wire.table.send(wire.packet(), ADDRESS_B, 0, 0)
    wire.reply(0)
    late = arp.REACHABLE_TIME - arp.CONFIRM_TIME
    wire.table.send(wire.packet(), ADDRESS_B, late, 0)
    eq(ethernet.ethertype(wire.sent[-2]), ethernet.TYPE_IPV4)
    eq((ethernet.ethertype(wire.sent[-1]), ethernet.destination(wire.sent[-1])), (ethernet.TYPE_ARP, MAC_B))
    wire.reply(late + 1)
    wire.table.send(wire.packet(), ADDRESS_B, arp.REACHABLE_TIME + 1, 0)
    eq(ethernet.ethertype(wire.sent[-1]), ethernet.TYPE_IPV4)
    wire.table.send(wire.packet(), ADDRESS_B, 3 * arp.REACHABLE_TIME, 0)
    eq(ethernet.destination(wire.sent[-1]), ethernet.BROADCAST)


def test_bound_of_packets_that_wait() -> None:
    """MAX_QUEUED: the oldest packet makes room."""
    wire = Wire()
    for number in range(arp.MAX_QUEUED + 3):
        wire.table.send(wire.packet(b"%d" % number), ADDRESS_B, 0, 0)
    eq(wire.table.drops["arp: queue full"], 3)
    wire.reply(1)
    eq(bytes(wire.sent[1][34:]), b"3")
    eq(len(wire.sent), 1 + arp.MAX_QUEUED)


def test_bound_of_entries() -> None:
    """MAX_ENTRIES: the address used longest ago is forgotten, and its packets with it."""
    wire = Wire()
    for host in range(arp.MAX_ENTRIES + 5):
        wire.table.send(wire.packet(), 0x0A010000 + host, host, 0)
    eq(len(wire.table.entries), arp.MAX_ENTRIES)
    eq(len(wire.table.asked), arp.MAX_ENTRIES)
    eq(wire.table.drops["arp: queue full"], 5)


def test_every_reason_to_drop() -> None:
    """Each of arp.DROP_REASONS is reached."""
    wire = Wire()
    good = bytearray(arp.emit(arp.REPLY, MAC_B, ADDRESS_B, MAC_A, ADDRESS_A, MAC_A))
    wire.table.input(good[:-1], 0)
    wire.table.input(good[:14] + b"\x00\x06" + good[16:], 0)
    wire.table.input(good[:20] + b"\x00\x09" + good[22:], 0)
    wire.table.input(good[:22] + b"\xff" * 6 + good[28:], 0)
    for _ in range(arp.MAX_QUEUED + 1):
        wire.table.send(wire.packet(), ADDRESS_B, 0, 0)
    while wire.table.next_deadline() >= 0:
        wire.table.run_timers(wire.table.next_deadline())
    eq([reason for reason in arp.DROP_REASONS if not wire.table.drops[reason]], [])


def test_ethernet_addresses_as_text() -> None:
    """IEEE 802: six octets in hexadecimal."""
    eq(ethernet.mac_text(0x525400123456), "52:54:00:12:34:56")
    eq(ethernet.mac_from_bytes(b"\x52\x54\x00\x12\x34\x56"), 0x525400123456)
    eq(ipv4.address_text(0x0A00020F), "10.0.2.15")
