"""RFC 2131: the client against a scripted server, in virtual time."""

from __future__ import annotations

from pynet import acd, arp, dhcp, ethernet, ipv4
from pynet.dhcp import (
    ACK,
    DECLINE,
    DISCOVER,
    NAK,
    OFFER,
    RELEASE,
    REQUEST,
    DHCPAck,
    DHCPClient,
    DHCPConflict,
    DHCPError,
)
from pynet.net import Stack
from pynet.octets import get32, put32, put48
from pynet.sockets import AF_INET, SO_BROADCAST, SOCK_DGRAM, SOL_SOCKET, Sockets
from tests.support import eq, raises
from tests.world import ADDRESS_B, MAC_A, CableEnd, World

SECOND = 1_000_000
OFFERED = 0x0A000032
RIVAL = 0x020000000077


def reply(kind: int, xid: int, options: list[tuple[int, bytes]], address: int = OFFERED) -> bytearray:
    """A server's message."""
    packet = bytearray(dhcp.FIXED + 4)
    packet[0] = 2
    put32(packet, 4, xid)
    put32(packet, 16, address)
    put48(packet, 28, MAC_A)
    put32(packet, dhcp.FIXED, dhcp.MAGIC)
    for code, value in [(dhcp.MESSAGE_TYPE, bytes([kind])), *options]:
        packet += bytes([code, len(value)]) + value
    packet.append(dhcp.END)
    return packet


def grant(lease: int = 3600) -> list[tuple[int, bytes]]:
    """The options of an offer or ACK."""
    return [
        (dhcp.SERVER_ID, ADDRESS_B.to_bytes(4, "big")),
        (dhcp.LEASE_TIME, lease.to_bytes(4, "big")),
        (dhcp.SUBNET_MASK, b"\xff\xff\xff\x00"),
        (dhcp.ROUTER, ADDRESS_B.to_bytes(4, "big")),
        (dhcp.NAME_SERVER, ADDRESS_B.to_bytes(4, "big") + b"\x08\x08\x08\x08"),
    ]


class Server:
    """Answers by a table: what it says to each type of message; None is silence. `heard` is every message that came: (type, ciaddr, options)."""

    def __init__(self, world: World, stack: Stack) -> None:
        self.sockets = Sockets(stack)
        self.stack = stack
        self.world = world
        self.answers: dict[int, bytearray | None] = {}
        self.plan = {DISCOVER: (OFFER, grant()), REQUEST: (ACK, grant())}
        self.heard: list[tuple[int, int, dict[int, bytes]]] = []
        self.when: list[int] = []
        self.address = OFFERED
        stack.loop.spawn(self.serve(), "dhcp server")

    async def serve(self) -> None:
        """Answer for ever, by broadcast."""
        fd = self.sockets.socket(AF_INET, SOCK_DGRAM)
        self.sockets.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, 1)
        self.sockets.bind(fd, ("", dhcp.SERVER_PORT))
        while True:
            packet, _ = await self.sockets.recvfrom_async(fd, 2000)
            options: dict[int, bytes] = {}
            dhcp.collect_options(packet, dhcp.FIXED + 4, len(packet), options)
            kind = options[dhcp.MESSAGE_TYPE][0]
            self.heard.append((kind, get32(packet, 12), options))
            self.when.append(self.world.now)
            if kind in self.plan:
                answer = reply(self.plan[kind][0], get32(packet, 4), self.plan[kind][1], self.address)
                self.sockets.sendto(fd, answer, 0, ("255.255.255.255", dhcp.CLIENT_PORT))


class Lab:
    """A client without an address, and a server."""

    def __init__(self) -> None:
        self.world = World(2131)
        near, far = self.world.cable()
        self.near: CableEnd = near
        self.stack = self.world.stack(near)
        self.server = Server(self.world, self.world.stack(far, ADDRESS_B))
        self.bound: list[DHCPAck | None] = []
        self.log: list[str] = []
        self.client = DHCPClient(Sockets(self.stack), MAC_A, self.take, self.log.append)

    def take(self, ack: DHCPAck | None) -> None:
        """What init does with a lease."""
        self.bound.append(ack)
        if ack is None:
            self.stack.configure(0, 0, 0)
        else:
            self.stack.configure(ack.address, self.client.netmask, ack.gateway)

    def kinds(self) -> list[int]:
        """The types of the messages that the server heard."""
        return [kind for kind, _, _ in self.server.heard]


def test_rfc2131_3_1_four_messages() -> None:
    """RFC 2131 §2, §3.1: DISCOVER, OFFER, REQUEST, ACK; the request names the offer and its server."""
    lab = Lab()
    ack = lab.world.finish(lab.stack, lab.client.acquire())
    eq(ack.address, OFFERED)
    eq(lab.kinds(), [DISCOVER, REQUEST])
    options = lab.server.heard[1][2]
    eq(options[dhcp.REQUESTED_ADDRESS], OFFERED.to_bytes(4, "big"))
    eq(options[dhcp.SERVER_ID], ADDRESS_B.to_bytes(4, "big"))
    client = lab.client
    eq((client.address, client.netmask, client.gateway, client.dns), (OFFERED, 0xFFFFFF00, ADDRESS_B, [ADDRESS_B, 0x08080808]))
    eq(client.lease_expires // SECOND, 3600 + 1)
    eq(lab.stack.address, OFFERED)


def test_rfc2131_4_1_it_asks_again_and_then_says_so() -> None:
    """RFC 2131 §4.1: retransmission with growing intervals; after ten seconds the user hears what was tried."""
    lab = Lab()
    lab.server.plan.clear()
    error = raises(DHCPError, lab.world.finish, lab.stack, lab.client.discover())
    eq(isinstance(error, DHCPError) and error.strerror, "no offer in 10 s (tried 4 times)")
    eq([when // SECOND - 1 for when in lab.server.when], [0, 1, 3, 6])
    eq(len({entry[2][dhcp.CLIENT_ID] for entry in lab.server.heard}), 1)


def test_rfc2131_3_1_a_nak_ends_the_request() -> None:
    """RFC 2131 §3.1 (5): the server's reason is told."""
    lab = Lab()
    lab.server.plan[REQUEST] = (NAK, [(dhcp.MESSAGE, b"wrong network")])
    error = raises(DHCPError, lab.world.finish, lab.stack, lab.client.acquire())
    eq("wrong network" in str(error), True)
    eq(lab.client.address, 0)


def test_rfc2131_4_4_5_renews_at_t1_by_unicast() -> None:
    """RFC 2131 §4.4.5: at half the lease the server is asked directly, with the address in ciaddr."""
    lab = Lab()
    lab.stack.loop.spawn(lab.client.keep(), "keep")
    lab.world.run(1801 * SECOND)
    eq(lab.kinds(), [DISCOVER, REQUEST, REQUEST])
    _, ciaddr, options = lab.server.heard[2]
    eq(ciaddr, OFFERED)
    eq(dhcp.REQUESTED_ADDRESS in options or dhcp.SERVER_ID in options, False)
    unicast = [frame for frame in lab.near.sent if frame[:6] != b"\xff" * 6 and frame[12:14] == b"\x08\x00"]
    eq(len(unicast), 1)
    eq(lab.client.lease_expires // SECOND, 1800 + 3600 + 1)
    eq(lab.log, [])


def test_rfc2131_4_4_5_rebinds_at_t2_and_loses_the_lease_at_its_end() -> None:
    """RFC 2131 §4.4.5: unanswered, it asks everybody from T2 on; when the lease ends the address is given up and sought anew."""
    lab = Lab()
    lab.stack.loop.spawn(lab.client.keep(), "keep")
    lab.world.run(10 * SECOND)
    del lab.server.plan[REQUEST]
    del lab.server.plan[DISCOVER]
    lab.world.run(3500 * SECOND)
    eq(lab.stack.address, OFFERED)
    broadcasts = [frame for frame in lab.near.sent if frame[:6] == b"\xff" * 6 and frame[12:14] == b"\x08\x00"]
    eq(len(broadcasts) > 2, True, "rebinding is by broadcast")
    lab.world.run(200 * SECOND)
    eq(lab.stack.address, 0)
    eq(lab.bound[-1], None)
    eq(DISCOVER in lab.kinds()[3:], True)
    eq("expired" in lab.log[0], True)


def test_rfc2131_4_4_6_releases_by_unicast() -> None:
    """RFC 2131 §4.4.6: RELEASE names the address and the server."""
    lab = Lab()
    lab.world.finish(lab.stack, lab.client.acquire())
    lab.client.release()
    lab.world.run(SECOND)
    eq(lab.kinds()[-1], RELEASE)
    eq(lab.server.heard[-1][1], OFFERED)


def test_rfc2131_3_2_verifies_its_lease_when_the_link_comes_back() -> None:
    """RFC 2131 §3.2, §4.4.2: INIT-REBOOT after the cable was out; a NAK means another network."""
    lab = Lab()
    lab.stack.loop.spawn(lab.client.keep(), "keep")
    lab.world.run(10 * SECOND)
    for answer in (ACK, NAK):
        lab.server.plan[REQUEST] = (answer, grant())
        before = len(lab.kinds())
        lab.near.plugged = False
        lab.world.run(SECOND)
        lab.near.plugged = True
        lab.world.run(3 * SECOND)
        kind, ciaddr, options = lab.server.heard[before]
        eq((kind, ciaddr, options[dhcp.REQUESTED_ADDRESS]), (REQUEST, 0, OFFERED.to_bytes(4, "big")))
    eq(None in lab.bound, True)


def test_rfc2131_only_its_own_answers_are_taken() -> None:
    """RFC 2131 §4.1: another transaction, another client, an offer of nonsense: each is counted and passed over."""
    lab = Lab()
    lab.world.finish(lab.stack, lab.client.acquire())
    client = lab.client
    eq(dhcp.parse(bytes(100), MAC_A, 1), "dhcp: shorter than a message")
    eq(dhcp.parse(bytes(300), MAC_A, 1), "dhcp: not a reply")
    eq(dhcp.parse(reply(OFFER, 2, []), MAC_A, 1), "dhcp: not for this client")
    eq(dhcp.parse(reply(OFFER, 1, [])[:-1] + b"\x33\x09", MAC_A, 1), "dhcp: bad options")
    sender = Sockets(lab.server.stack)
    fd = sender.socket(AF_INET, SOCK_DGRAM)
    client.begin()
    client.stack.loop.spawn(client.receive(lab.world.now + 5 * SECOND, (ACK,)), "receive")
    bad = [b"short", bytes(300), reply(ACK, client.xid ^ 1, grant()), reply(ACK, client.xid, grant())[:-1] + b"\x33\x09"]
    for packet in [*bad, reply(OFFER, client.xid, grant()), reply(ACK, client.xid, grant(), 0x7F000001)]:
        sender.sendto(fd, packet, 0, (ipv4.address_text(OFFERED), dhcp.CLIENT_PORT))
    lab.world.run(SECOND)
    eq([reason for reason in dhcp.DROP_REASONS if not client.drops[reason]], [])
    eq(client.drops["dhcp: not what was asked for"], 2)


def test_rfc2132_options_may_overflow_into_sname_and_file() -> None:
    """RFC 2132 §9.3: option overload; RFC 3396 §5: an option in two pieces; short BOOTP replies are taken."""
    packet = reply(OFFER, 1, [(dhcp.OVERLOAD, b"\x03")])
    packet[108:117] = bytes([dhcp.ROUTER, 2, 10, 0, dhcp.ROUTER, 2, 0, 9, dhcp.END])
    packet[44:51] = bytes([dhcp.LEASE_TIME, 4, 0, 0, 0, 60, dhcp.END])
    offer = dhcp.parse(packet, MAC_A, 1)
    eq(not isinstance(offer, str) and (offer.gateway, offer.lease_time), (0x0A000009, 60))

def test_rfc791_3_2_without_a_mask_the_class_decides() -> None:
    """RFC 791 §3.2: 8, 16 or 24 bits of network, for a server that names no mask."""
    for address, mask in ((0x0A000005, 0xFF000000), (0xAC100005, 0xFFFF0000), (0xC0000205, 0xFFFFFF00)):
        lab = Lab()
        options = [option for option in grant() if option[0] != dhcp.SUBNET_MASK]
        lab.server.plan = {DISCOVER: (OFFER, options), REQUEST: (ACK, options)}
        lab.server.address = address
        lab.world.finish(lab.stack, lab.client.acquire())
        eq((lab.client.address, lab.client.netmask), (address, mask))


def test_name_servers_are_bounded() -> None:
    """RFC 2132 §3.8, dhcp.MAX_SERVERS: the first that a message names, in their order; the rest is left out."""
    names = b"".join([bytes((10, 0, 0, host)) for host in range(1, 61)])
    ack = dhcp.parse(reply(ACK, 1, [*grant()[:2], (dhcp.NAME_SERVER, names)]), MAC_A, 1)
    assert isinstance(ack, DHCPAck)
    eq(ack.dns, [0x0A000001 + i for i in range(dhcp.MAX_SERVERS)])


# RFC 5227 with a lease.


def arps(wire: CableEnd) -> list[tuple[int, int]]:
    """(sender address, target address) of each ARP request that was sent to all, since the last call."""
    sent, wire.sent = wire.sent, []
    return [
        (arp.sender_ip(frame), arp.target_ip(frame))
        for frame in sent
        if ethernet.ethertype(frame) == ethernet.TYPE_ARP and ethernet.destination(frame) == ethernet.BROADCAST
    ]


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
    """acd.FIRST_LOOK: a free address costs a tenth of a second at boot, not the seven of RFC 5227 §2.1.1 (§2.2: shorter where answers are fast); the server does not hear of it."""
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
    for _ in range(2):
        lab.stack.handle_packet(arp.emit(arp.REQUEST, RIVAL, OFFERED, 0, ADDRESS_B, ethernet.BROADCAST))
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
