"""IGMP and multicast: RFC 3376's host, RFC 2236 and RFC 1112 beside older routers, and who gets a datagram to a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, igmp, ipv4, udp
from pynet.checksum import checksum
from pynet.frame import new_frame
from pynet.lower import Lower
from pynet.octets import get16, get32, put16, put32
from tests.support import eq, raises, table
from tests.world import ADDRESS_A, ADDRESS_B, MAC_B, CableEnd, World

if TYPE_CHECKING:
    from pynet.net import Stack

SECOND = 1_000_000
GROUP = 0xE8010203
OTHER = 0xEF000001


class Nowhere(Lower):
    """A stack without a wire."""

    def send_udp(self, frame: bytearray, src: int, dst: int, ttl: int, tos: int, now: int) -> None:
        pass

    def loop_back(self, frame: bytearray) -> None:
        pass


def host() -> tuple[World, Stack, CableEnd]:
    """A host at rest: its own announcements are over."""
    world = World(3376)
    near, _ = world.cable()
    stack = world.stack(near, ADDRESS_A)
    world.run(5 * SECOND)
    near.sent.clear()
    return world, stack, near


def reports(wire: CableEnd) -> list[tuple[int, int, int, int]]:
    """(type, record type or 0, group, destination) of each IGMP message sent since the last call, its headers checked."""
    found = []
    for frame in wire.sent:
        if frame[12:14] != b"\x08\x00" or frame[23] != ipv4.IGMP:
            continue
        eq((frame[14], frame[15], frame[22], frame[34:38]), (0x46, 0xC0, 1, igmp.ROUTER_ALERT))
        eq((ipv4.check(frame), checksum(frame, igmp.AT, len(frame))), ("", 0))
        dst = get32(frame, 30)
        eq(frame[:6], bytes((1, 0, 0x5E, frame[31] & 0x7F, frame[32], frame[33])))
        if frame[igmp.AT] == igmp.REPORT_3:
            for i in range(get16(frame, igmp.AT + 6)):
                at = igmp.AT + igmp.HEADER + i * igmp.RECORD
                eq(get16(frame, at + 2), 0)
                found.append((frame[igmp.AT], frame[at], get32(frame, at + 4), dst))
        else:
            found.append((frame[igmp.AT], 0, get32(frame, igmp.AT + 4), dst))
    wire.sent.clear()
    return found


def heard(stack: Stack, message: bytes, ttl: int = 1, dst: int = igmp.ALL_HOSTS) -> str:
    """A message of B's, its checksum made right."""
    body = bytearray(message)
    if len(body) >= 4:
        put16(body, 2, checksum(body, 0, len(body)))
    frame = new_frame(len(body))
    frame[34:] = body
    ipv4.emit(frame, 20 + len(body), 1, 0, ttl, 0, ipv4.IGMP, ADDRESS_B, dst)
    frame[6:12] = MAC_B.to_bytes(6, "big")
    frame[:6] = b"\x01\x00\x5e\x00\x00\x01"
    frame[12:14] = b"\x08\x00"
    return stack.handle_packet(frame)


def query(version: int, group: int = 0, code: int = 10) -> bytes:
    """A query as a router of that version sends it."""
    message = bytearray(12 if version == 3 else 8)
    message[0] = igmp.QUERY
    message[1] = 0 if version == 1 else code
    put32(message, 4, group)
    return bytes(message)


def test_rfc3376_5_1_a_change_is_told_twice() -> None:
    """RFC 3376 §5.1, §4.2.12, §8.1, §8.11: joining and leaving are told at once and ROBUSTNESS - 1 times more within a second; no record names a source (§3.1)."""
    world, stack, wire = host()
    stack.join_group(GROUP)
    eq(reports(wire), [(igmp.REPORT_3, igmp.TO_EXCLUDE, GROUP, igmp.ALL_IGMP_3)])
    stack.join_group(GROUP)
    world.run(2 * SECOND)
    eq(reports(wire), [(igmp.REPORT_3, igmp.TO_EXCLUDE, GROUP, igmp.ALL_IGMP_3)])
    stack.leave_group(GROUP)
    eq((reports(wire), stack.igmp.has(GROUP)), ([], True))
    stack.leave_group(GROUP)
    eq(stack.igmp.has(GROUP), False)
    world.run(2 * SECOND)
    eq(reports(wire), [(igmp.REPORT_3, igmp.TO_INCLUDE, GROUP, igmp.ALL_IGMP_3)] * 2)
    eq((len(stack.igmp.groups), stack.next_deadline()), (0, -1))
    eq(raises(OSError, stack.leave_group, GROUP).args[0], errno.EADDRNOTAVAIL)
    eq(raises(OSError, stack.join_group, ADDRESS_B).args[0], errno.EINVAL)


def test_rfc3376_5_2_queries_are_answered_in_time() -> None:
    """RFC 3376 §5.2, §4.2: a general query by all groups in one report, but for all hosts' own (RFC 1112 §4); a specific one by its group; in the time allowed."""
    world, stack, wire = host()
    for group in (GROUP, OTHER, igmp.ALL_HOSTS):
        stack.join_group(group)
    world.run(3 * SECOND)
    wire.sent.clear()
    eq(heard(stack, query(3, 0, 50)), "")
    eq(reports(wire), [])
    assert 0 <= stack.next_deadline() - world.now <= 5 * SECOND
    world.run(5 * SECOND)
    current = [(igmp.REPORT_3, igmp.IS_EXCLUDE, group, igmp.ALL_IGMP_3) for group in (GROUP, OTHER)]
    eq(reports(wire), current)
    heard(stack, query(3, OTHER), dst=OTHER)
    heard(stack, query(3, OTHER + 1))
    world.run(SECOND)
    eq(reports(wire), current[1:])


def test_rfc3376_4_1_1_the_response_code() -> None:
    """RFC 3376 §4.1.1: tenths of a second, from 128 on (mant | 0x10) << (exp + 3)."""
    table([(1, 1), (127, 127), (128, 128), (0x8F, 248), (0xFF, 31744)], check_code)


def check_code(code: int, wanted: int) -> None:
    eq(igmp.response_time(code), wanted)


def test_rfc3376_7_2_1_an_older_router_is_spoken_to_in_its_way() -> None:
    """RFC 3376 §7.1, §7.2.1, §8.12, RFC 2236 §2, §3, RFC 1112 Appendix I: version 2's report and leave, version 1's report; after the timeout 3 again."""
    for version, report in ((2, igmp.REPORT_2), (1, igmp.REPORT_1)):
        world, stack, wire = host()
        heard(stack, query(version, code=100))
        stack.join_group(GROUP)
        eq(reports(wire), [(report, 0, GROUP, GROUP)])
        world.run(2 * SECOND)
        wire.sent.clear()
        heard(stack, query(version, code=100))
        world.run(10 * SECOND)
        eq(reports(wire), [(report, 0, GROUP, GROUP)])
        stack.leave_group(GROUP)
        eq(reports(wire), [(igmp.LEAVE_2, 0, GROUP, igmp.ALL_ROUTERS)] if version == 2 else [])
        world.run(igmp.OLDER_QUERIER_TIMEOUT)
        wire.sent.clear()
        stack.join_group(GROUP)
        eq(reports(wire)[0][0], igmp.REPORT_3)


def test_rfc2236_3_each_group_answers_in_its_own_time() -> None:
    """RFC 2236 §3: a random delay for each group, so that one member's report can speak for the others'."""
    world, stack, wire = host()
    heard(stack, query(2, code=100))
    for i in range(8):
        stack.join_group(GROUP + i)
    world.run(5 * SECOND)
    heard(stack, query(2, code=100))
    eq(len({group.respond_at for group in stack.igmp.groups.values()}), 8)
    wire.sent.clear()
    world.run(11 * SECOND)
    eq(len(reports(wire)), 8)


def test_rfc2236_3_another_members_report_is_enough() -> None:
    """RFC 2236 §3: a report of the group that is heard before ours cancels ours."""
    world, stack, wire = host()
    stack.join_group(GROUP)
    world.run(2 * SECOND)
    wire.sent.clear()
    heard(stack, query(2, code=100))
    report = bytearray(8)
    report[0] = igmp.REPORT_2
    put32(report, 4, GROUP)
    eq(heard(stack, bytes(report), dst=GROUP), "")
    world.run(20 * SECOND)
    eq(reports(wire), [])


def test_rfc3376_messages_that_are_not_taken() -> None:
    """RFC 3376 §4: too short, a wrong checksum, from beyond a router, of an unknown type: counted, and nothing happens."""
    _, stack, wire = host()
    eq(heard(stack, b"\x11\x00\x00\x00"), "igmp: shorter than its header")
    eq(heard(stack, query(3), ttl=2), "igmp: not from this link")
    eq(heard(stack, b"\x99" + bytes(7)), "igmp: unknown type")
    eq(heard(stack, bytes((igmp.LEAVE_2,)) + bytes(7)), "")
    broken = new_frame(8)
    broken[34] = igmp.QUERY
    ipv4.emit(broken, 28, 1, 0, 1, 0, ipv4.IGMP, ADDRESS_B, igmp.ALL_HOSTS)
    broken[:14] = b"\x01\x00\x5e\x00\x00\x01" + MAC_B.to_bytes(6, "big") + b"\x08\x00"
    eq(stack.handle_packet(broken), "igmp: bad checksum")
    eq(([reason for reason in igmp.DROP_REASONS if stack.counters()[reason] != 1], reports(wire)), ([], []))


def test_groups_are_bounded() -> None:
    """MAX_GROUPS: join says ENOBUFS; a group whose leave is still being told makes room."""
    world, stack, _ = host()
    for i in range(igmp.MAX_GROUPS):
        stack.join_group(GROUP + i)
    eq(raises(OSError, stack.join_group, OTHER).args[0], errno.ENOBUFS)
    stack.leave_group(GROUP)
    eq(len(stack.igmp.groups), igmp.MAX_GROUPS)
    stack.join_group(OTHER)
    eq((len(stack.igmp.groups), stack.igmp.has(OTHER)), (igmp.MAX_GROUPS, True))
    world.run(5 * SECOND)


def test_the_link_coming_back_tells_its_routers_anew() -> None:
    """RFC 3376 §5.1: on the other side of the cable may be other routers."""
    world, stack, wire = host()
    heard(stack, query(2))
    stack.join_group(GROUP)
    world.run(2 * SECOND)
    wire.plugged = False
    world.run(SECOND)
    wire.sent.clear()
    wire.plugged = True
    stack.poll()
    eq(reports(wire), [(igmp.REPORT_3, igmp.TO_EXCLUDE, GROUP, igmp.ALL_IGMP_3)])


def send(stack: Stack, world: World, dst: int, data: bytes) -> udp.UdpEndpoint:
    """A datagram to port 5353."""
    endpoint = stack.udp.bind(0, 0)
    endpoint.send_to(data, dst, 5353, stack.address, world.now)
    world.run(10_000)
    return endpoint


def test_rfc1112_7_only_groups_that_were_joined_are_taken() -> None:
    """RFC 1112 §7: a datagram to another group is not for this host, and nobody is told of it."""
    world = World()
    a, b = world.pair()
    endpoint = b.udp.bind(0, 5353)
    send(a, world, GROUP, b"before")
    eq((endpoint.receive(), b.drops["ipv4: not for this host"]), (None, 1))
    endpoint.join(GROUP, world.now)
    send(a, world, GROUP, b"during")
    got = endpoint.receive()
    assert got is not None
    eq((got[0], got[1], got[3]), (b"during", ADDRESS_A, GROUP))
    endpoint.leave(GROUP, world.now)
    send(a, world, GROUP, b"after")
    eq((endpoint.receive(), b.drops["ipv4: not for this host"]), (None, 2))


def test_rfc1122_4_1_3_5_each_endpoint_gets_a_copy() -> None:
    """RFC 1122 §4.1.3.5, IP_MULTICAST_ALL: all that are bound to the port; one that wants only its own groups is passed over; broadcasts too."""
    world = World()
    a, b = world.pair()
    one, two = b.udp.bind(0, 5353, True), b.udp.bind(0, 5353, True)
    one.join(GROUP, world.now)
    send(a, world, GROUP, b"both")
    eq([endpoint.receive() is not None for endpoint in (one, two)], [True, True])
    two.multicast_all = False
    send(a, world, GROUP, b"one")
    eq([endpoint.receive() is not None for endpoint in (one, two)], [True, False])
    send(a, world, 0x0A0000FF, b"broadcast")
    eq([endpoint.receive() is not None for endpoint in (one, two)], [True, True])
    one.close(world.now)
    eq(b.igmp.has(GROUP), False)
    send(a, world, ipv4.BROADCAST, b"broadcast")
    eq(two.receive() is not None, True)


def test_rfc1112_6_1_the_sender_hears_itself_unless_it_will_not() -> None:
    """RFC 1112 §6.1: a copy for the host itself if it is in the group, ttl 1 unless asked otherwise (IP_MULTICAST_LOOP, IP_MULTICAST_TTL)."""
    world, stack, wire = host()
    endpoint = stack.udp.bind(0, 5353)
    endpoint.join(GROUP, world.now)
    wire.sent.clear()
    endpoint.send_to(b"hello", GROUP, 5353, ADDRESS_A, world.now)
    stack.poll()
    eq((endpoint.receive(), wire.sent[0][22]), ((b"hello", ADDRESS_A, 5353, GROUP), 1))
    endpoint.multicast_loop, endpoint.multicast_ttl = False, 7
    endpoint.send_to(b"hello", GROUP, 5353, ADDRESS_A, world.now)
    stack.poll()
    eq((endpoint.receive(), wire.sent[1][22]), (None, 7))
    endpoint.multicast_loop = True
    endpoint.leave(GROUP, world.now)
    endpoint.send_to(b"hello", GROUP, 5353, ADDRESS_A, world.now)
    stack.poll()
    eq(endpoint.receive(), None)


def test_memberships_of_an_endpoint_are_bounded() -> None:
    """ip(7): EADDRINUSE, EADDRNOTAVAIL, ENOBUFS at MAX_MEMBERSHIPS, ENODEV without a link."""
    world, stack, _ = host()
    endpoint = stack.udp.bind(0, 5353)
    for i in range(udp.MAX_MEMBERSHIPS):
        endpoint.join(GROUP + i, world.now)
    eq(raises(OSError, endpoint.join, GROUP, world.now).args[0], errno.EADDRINUSE)
    eq(raises(OSError, endpoint.join, OTHER, world.now).args[0], errno.ENOBUFS)
    eq(raises(OSError, endpoint.leave, OTHER, world.now).args[0], errno.EADDRNOTAVAIL)
    endpoint.close(world.now)
    world.run(5 * SECOND)
    eq(len(stack.igmp.groups), 0)
    bare = udp.Udp(Nowhere(), bytes)
    lonely = bare.bind(0, 1)
    eq(raises(OSError, lonely.join, GROUP, 0).args[0], errno.ENODEV)
    lonely.send_to(b"x", GROUP, 1, ADDRESS_A, 0)
