"""RFC 5227: an address is probed, announced, and defended; and RFC 2131's DHCPDECLINE when it is another's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import acd, arp, dhcp, ethernet
from pynet.dhcp import ACK, DECLINE, DISCOVER, OFFER, REQUEST, DHCPConflict, DHCPError
from tests.pynet.test_dhcp import OFFERED, Lab, grant
from tests.support import eq, raises
from tests.world import ADDRESS_A, ADDRESS_B, MAC_A, MAC_B, CableEnd, World

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
    """RFC 5227 §2.1.1, §2.3: PROBE_NUM probes without a sender, PROBE_MIN to PROBE_MAX apart, ANNOUNCE_WAIT, ANNOUNCE_NUM announcements; then silence."""
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
    """RFC 5227 §2.4 (c): announced, defended at most once in DEFEND_INTERVAL, and never given up."""
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


def test_rfc5227_2_1_no_request_names_an_address_that_is_only_probed() -> None:
    """RFC 5227 §2.1.1: until the probes were in vain our ARP requests have no sender, so that no cache forgets the rightful owner; who asks is answered."""
    lab = Lab()
    lab.world.finish(lab.stack, lab.client.acquire())
    arps(lab.near)
    lab.stack.tcp.connect(OFFERED, 0, ADDRESS_B, 80, lab.world.now)
    eq(arps(lab.near), [(0, ADDRESS_B)])
    lab.world.run(SECOND // 2)
    assert ADDRESS_B in lab.stack.arp.entries
    assert lab.server.stack.arp.entries[OFFERED].mac == MAC_A
    lab.world.run(10 * SECOND)
    eq(arps(lab.near)[-2:], [(OFFERED, OFFERED)] * 2)
    lab.stack.tcp.connect(OFFERED, 0, ADDRESS_B + 1, 80, lab.world.now)
    eq(arps(lab.near), [(OFFERED, ADDRESS_B + 1)])


def test_a_lease_is_used_after_the_first_look() -> None:
    """acd.FIRST_LOOK: a free address costs a tenth of a second at boot, not the seven of RFC 5227 §2.1.1; the server does not hear of it."""
    lab = Lab()
    start = lab.world.now
    lab.world.finish(lab.stack, lab.client.acquire())
    took = lab.world.now - start
    assert acd.FIRST_LOOK <= took <= acd.FIRST_LOOK + SECOND // 50, took
    eq((lab.stack.address, lab.stack.acd.phase), (OFFERED, acd.PROBING))
    lab.world.run(20 * SECOND)
    eq((lab.kinds(), lab.stack.acd.phase, lab.stack.arp.sender), ([DISCOVER, REQUEST], acd.HOLDING, OFFERED))


class Owner:
    """A station on the server's side of the cable that has the offered address, and answers who asks for it."""

    def __init__(self, lab: Lab) -> None:
        self.address = OFFERED
        far = lab.server.stack.transport
        assert isinstance(far, CableEnd)
        self.far = far
        lab.near.fate = self.hear

    def hear(self, frame: bytes) -> list[bytes]:
        if ethernet.ethertype(frame) == ethernet.TYPE_ARP and arp.target_ip(frame) == self.address:
            self.far.send(arp.emit(arp.REPLY, RIVAL, self.address, MAC_A, 0, MAC_A))
        return [frame]


def test_rfc2131_3_1_5_an_address_in_use_is_declined() -> None:
    """RFC 2131 §3.1 (5), §4.4.4: DECLINE names the address and the server, ciaddr is 0; the address is never used; the next try is ten seconds later."""
    lab = Lab()
    Owner(lab)
    task = lab.stack.loop.spawn(lab.client.acquire(), "acquire")
    lab.world.run(SECOND)
    kind, ciaddr, options = lab.server.heard[2]
    eq((lab.kinds(), kind, ciaddr), ([DISCOVER, REQUEST, DECLINE], DECLINE, 0))
    eq(options[dhcp.REQUESTED_ADDRESS], OFFERED.to_bytes(4, "big"))
    eq(options[dhcp.SERVER_ID], ADDRESS_B.to_bytes(4, "big"))
    eq((lab.bound, lab.stack.address, lab.client.address), ([], 0, 0))
    eq(lab.log, ["DHCP: 10.0.0.50 is in use by 02:00:00:00:00:77: declined"])
    lab.server.address = OFFERED + 1
    lab.world.run(11 * SECOND)
    eq((task.done, lab.stack.address, lab.kinds()[3:]), (True, OFFERED + 1, [DISCOVER, REQUEST]))
    assert 10 * SECOND <= lab.server.when[3] - lab.server.when[2] <= 11 * SECOND


def test_rfc5227_2_1_1_a_host_that_meets_only_conflicts_says_so() -> None:
    """RFC 5227 §2.1.1, MAX_CONFLICTS: after ten addresses that others had the user is told, and the service starts anew when it will."""
    lab = Lab()
    Owner(lab)
    error = raises(DHCPError, lab.world.finish, lab.stack, lab.client.acquire())
    assert isinstance(error, DHCPConflict)
    lab.world.run(SECOND)
    eq(lab.kinds().count(DECLINE), dhcp.MAX_CONFLICTS)


def test_rfc5227_2_4_a_lease_that_is_lost_to_another_is_declined() -> None:
    """RFC 5227 §2.4 (b), RFC 2131 §4.4.4: the address is given up at once, declined, and another is sought."""
    lab = Lab()
    lab.stack.loop.spawn(lab.client.keep(), "keep")
    lab.world.run(20 * SECOND)
    eq(lab.stack.address, OFFERED)
    rival(lab.stack, OFFERED, ADDRESS_B)
    rival(lab.stack, OFFERED, ADDRESS_B)
    lab.world.run(SECOND)
    eq((lab.stack.address, lab.bound[-1], lab.kinds()), (0, None, [DISCOVER, REQUEST, DECLINE]))
    lab.server.address = OFFERED + 1
    lab.world.run(15 * SECOND)
    eq((lab.stack.address, lab.kinds()[3:]), (OFFERED + 1, [DISCOVER, REQUEST]))
    eq(len(lab.log), 1)


def test_rfc5227_2_1_the_link_coming_back_asks_again() -> None:
    """RFC 5227 §2.1: an interface that was inactive probes anew; on the other link the address may be another's."""
    lab = Lab()
    lab.server.plan = {DISCOVER: (OFFER, grant()), REQUEST: (ACK, grant())}
    lab.stack.loop.spawn(lab.client.keep(), "keep")
    lab.world.run(20 * SECOND)
    arps(lab.near)
    lab.near.plugged = False
    lab.world.run(SECOND)
    lab.near.plugged = True
    lab.world.run(20 * SECOND)
    eq(arps(lab.near), [(0, OFFERED)] * 3 + [(OFFERED, OFFERED)] * 2)
    eq(lab.bound.count(None), 0)
    assert MAC_B != RIVAL
