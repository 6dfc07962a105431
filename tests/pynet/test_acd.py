"""RFC 5227: an address is probed, announced, and defended; with DHCP in test_dhcp.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import acd, arp, ethernet
from tests.support import eq
from tests.world import ADDRESS_A, ADDRESS_B, MAC_A, CableEnd, World

if TYPE_CHECKING:
    from pynet.net import Stack

SECOND = 1_000_000
RIVAL = 0x020000000077


def arps(wire: CableEnd) -> list[tuple[int, int]]:
    """(sender address, target address) of each ARP request that was sent to all, since the last call."""
    sent, wire.sent = wire.sent, []
    return [
        (arp.sender_ip(frame), arp.target_ip(frame))
        for frame in sent
        if ethernet.ethertype(frame) == ethernet.TYPE_ARP and ethernet.destination(frame) == ethernet.BROADCAST
    ]


def host() -> tuple[World, Stack, CableEnd]:
    """A host without an address, alone on its link."""
    world = World(5227)
    near, _ = world.cable()
    return world, world.stack(near), near


def rival(stack: Stack, spa: int, tpa: int, op: int = arp.REQUEST) -> None:
    """Another station says something."""
    stack.handle_packet(arp.emit(op, RIVAL, spa, 0, tpa, ethernet.BROADCAST))


def test_rfc5227_2_1_1_three_probes_and_two_announcements() -> None:
    """RFC 5227 §1.1, §2.1.1, §2.3: PROBE_NUM probes without a sender, PROBE_MIN to PROBE_MAX apart, ANNOUNCE_WAIT, ANNOUNCE_NUM announcements; then silence."""
    world, stack, wire = host()
    stack.acd.probe(ADDRESS_A, world.now)
    times: list[int] = []
    while stack.acd.next_deadline() >= 0:
        times.append(world.now)
        world.run(stack.acd.next_deadline() - world.now)
    times.append(world.now)
    eq(arps(wire), [(0, ADDRESS_A)] * 3 + [(ADDRESS_A, ADDRESS_A)] * 2)
    gaps = [times[i + 1] - times[i] for i in range(len(times) - 1)]
    assert acd.PROBE_MIN <= gaps[0] <= acd.PROBE_MAX and acd.PROBE_MIN <= gaps[1] <= acd.PROBE_MAX and gaps[0] != gaps[1], gaps
    eq(gaps[2:], [acd.ANNOUNCE_WAIT, acd.ANNOUNCE_INTERVAL])
    eq((stack.acd.phase, stack.acd.owner), (acd.HOLDING, -1))


def test_rfc5227_2_1_1_who_answers_a_probe_has_the_address() -> None:
    """RFC 5227 §2.1.1: any ARP packet from the address, or another's probe for it, ends the probing; our own echo does not."""
    for spa, tpa, op in ((ADDRESS_A, 0, arp.REPLY), (ADDRESS_A, ADDRESS_B, arp.REQUEST), (0, ADDRESS_A, arp.REQUEST)):
        world, stack, _ = host()
        stack.acd.probe(ADDRESS_A, world.now)
        stack.handle_packet(arp.emit(arp.REQUEST, MAC_A, 0, 0, ADDRESS_A, ethernet.BROADCAST))
        rival(stack, ADDRESS_B, ADDRESS_A)
        eq(stack.acd.owner, -1)
        rival(stack, spa, tpa, op)
        eq((stack.acd.owner, stack.acd.phase, stack.acd.next_deadline()), (RIVAL, acd.IDLE, -1))


def test_rfc5227_2_4_b_a_lease_is_defended_once() -> None:
    """RFC 5227 §2.4 (b): one announcement; a second conflict within DEFEND_INTERVAL and the address is given up; later it is defended again."""
    world, stack, wire = host()
    stack.acd.probe(ADDRESS_A, world.now)
    stack.configure(ADDRESS_A, 0xFFFFFF00, 0)
    world.run(20 * SECOND)
    arps(wire)
    rival(stack, ADDRESS_A, ADDRESS_B)
    eq((arps(wire), stack.acd.owner), ([(ADDRESS_A, ADDRESS_A)], -1))
    rival(stack, 0, ADDRESS_A)
    eq(stack.acd.owner, -1)
    world.run(acd.DEFEND_INTERVAL)
    rival(stack, ADDRESS_A, ADDRESS_B)
    eq((arps(wire), stack.acd.owner), ([(ADDRESS_A, ADDRESS_A)], -1))
    world.run(acd.DEFEND_INTERVAL - 1)
    rival(stack, ADDRESS_A, ADDRESS_B)
    eq((arps(wire), stack.acd.owner), ([], RIVAL))


def test_rfc5227_2_4_c_an_address_set_by_hand_is_kept() -> None:
    """RFC 5227 §2.3, §2.4 (c): announced, defended at most once in DEFEND_INTERVAL, and never given up."""
    world = World(5227)
    near, _ = world.cable()
    stack = world.stack(near, ADDRESS_A)
    world.run(5 * SECOND)
    eq(arps(near), [(ADDRESS_A, ADDRESS_A)] * acd.ANNOUNCE_NUM)
    for _ in range(3):
        rival(stack, ADDRESS_A, ADDRESS_B)
    eq((arps(near), stack.address, stack.acd.owner), ([(ADDRESS_A, ADDRESS_A)], ADDRESS_A, -1))
    stack.configure(0, 0, 0)
    rival(stack, ADDRESS_A, ADDRESS_B)
    eq((arps(near), stack.acd.phase), ([], acd.IDLE))
