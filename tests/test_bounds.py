"""Every queue and table of the stack has a bound: it stands beside its declaration, a test reaches it, and nothing that strangers send goes beyond it.

The containers are found in the sources, so that a new one without a bound fails here.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pynet_qemu.build import build

from pynet import arp, ethernet, igmp, ipv4, udp
from pynet.frame import new_frame
from pynet.net import Stack
from pynet.octets import put32
from pynet.tcp import segment
from tests.idle import COUNTED, FIRST, PORT, idle_connections
from tests.support import Random
from tests.world import ADDRESS_A, ADDRESS_B, MAC_A, World

TOP = Path(__file__).resolve().parent.parent
# What a stranger's frames reach. What only this machine's own programs fill (pynet/posix, sockets.py) is bounded by their descriptors.
MODULES = [
    path
    for path in sorted((TOP / "pynet").rglob("*.py"))
    if "posix" not in path.parts and path.name not in ("sockets.py", "init.py", "services.py", "tls.py")
]
EMPTY = re.compile(r"^(collections\.)?(deque\(.*\)|OrderedDict\(\)|dict\(\)|set\(\)|bytearray\(\)|\{\}|\[\])$")


@dataclass(frozen=True)
class Bound:
    """limit: the constant that bounds the number of entries, `module.NAME`, or an integer; test: of what happens there, `file::name`."""

    limit: str | int
    test: str


BOUNDS = {
    "arp.Entry.queue": Bound("arp.MAX_QUEUED", "test_arp::test_bound_of_packets_that_wait"),
    "arp.ArpTable.entries": Bound("arp.MAX_ENTRIES", "test_arp::test_bound_of_entries"),
    "arp.ArpTable.asked": Bound("arp.MAX_ENTRIES", "test_arp::test_bound_of_entries"),
    "dhcp.DHCPMessage.dns": Bound("dhcp.MAX_SERVERS", "test_dhcp::test_name_servers_are_bounded"),
    "dhcp.DHCPClient.dns": Bound("dhcp.MAX_SERVERS", "test_dhcp::test_name_servers_are_bounded"),
    "dns.Response.answers": Bound("dns.MAX_RECORDS", "test_dns::test_bound_of_records"),
    "dns.Response.authority": Bound("dns.MAX_RECORDS", "test_dns::test_bound_of_records"),
    "dns.Cache.entries": Bound("dns.MAX_CACHE", "test_dns::test_bound_of_the_cache"),
    "http.Response.headers": Bound("http.MAX_HEAD", "test_http::test_rfc9112_malformed_messages"),
    "http.ResponseParser.pending": Bound("http.MAX_BODY", "test_http::test_rfc9112_malformed_messages"),
    "http.ResponseParser.pieces": Bound("http.MAX_BODY", "test_http::test_rfc9112_malformed_messages"),
    "igmp.Igmp.groups": Bound("igmp.MAX_GROUPS", "test_igmp::test_groups_are_bounded"),
    "ipv4.RouteTable.routes": Bound("ipv4.MAX_ROUTES", "test_net::test_ipv4_bounds"),
    "ipv4.Reassembly.pieces": Bound("ipv4.MAX_PIECES", "test_ipv4::test_bound_of_reassemblies"),
    "ipv4.Reassembler.reassemblies": Bound("ipv4.MAX_REASSEMBLIES", "test_ipv4::test_bound_of_reassemblies"),
    "loop.Loop.ready": Bound("loop.MAX_TASKS", "test_loop::test_tasks_are_bounded"),
    "loop.Loop.tasks": Bound("loop.MAX_TASKS", "test_loop::test_tasks_are_bounded"),
    "loop.Loop.parked": Bound("loop.MAX_TASKS", "test_loop::test_tasks_are_bounded"),
    "loop.Loop.timers": Bound("loop.MAX_TIMERS", "test_loop::test_a_wait_that_ended_early_leaves_no_deadline"),
    "net.LoopbackTransport.frames": Bound("net.MAX_LOOPBACK", "test_ipv4::test_net_reasons_to_drop"),
    "net.Stack.backlog": Bound("net.MAX_BACKLOG", "test_net::test_a_full_ring_keeps_frames_for_later"),
    "net.Stack.taps": Bound("posix.packet.MAX_TAPS", "test_packet::test_sockets_below_the_transports_are_bounded"),
    "net.Stack.raw": Bound("posix.packet.MAX_RAW", "test_packet::test_sockets_below_the_transports_are_bounded"),
    "net.Stack.bound_sockets": Bound("tcp.ports.MAX_BOUND", "test_tcp_parts::test_bound_ports_are_bounded"),
    "readiness.WaitQueue.waiters": Bound("loop.MAX_TASKS", "test_loop::test_tasks_are_bounded"),
    "tcp.buffers.ByteQueue.blocks": Bound((4 << 20) // 512 + 1, "test_tcp_loss::test_receive_memory_is_bounded_by_the_window"),
    "tcp.buffers.BlockQueue.blocks": Bound((4 << 20) // 1024 + 1, "test_tcp_parts::test_block_queue_keeps_order_and_frees_both_ends"),
    "tcp.buffers.OutOfOrder.pieces": Bound("tcp.buffers.MAX_PIECES", "test_tcp_parts::test_out_of_order_pieces_are_bounded"),
    "tcp.layer.Listener.queue": Bound("tcp.layer.MAX_BACKLOG", "test_tcp_open_close::test_backlog_bounds_the_accept_queue"),
    "tcp.layer.Tcp.burst": Bound("tcp.layer.MAX_CONNECTIONS", "test_tcp_open_close::test_connections_are_bounded"),
    "tcp.layer.Tcp.held_back": Bound("tcp.layer.MAX_CONNECTIONS", "test_tcp_flow::test_who_waits_for_room_waits_once_and_goes_with_its_connection"),
    "tcp.layer.Tcp.connections": Bound("tcp.layer.MAX_CONNECTIONS", "test_tcp_open_close::test_connections_are_bounded"),
    "tcp.layer.Tcp.listeners": Bound("tcp.ports.MAX_BOUND", "test_tcp_open_close::test_listeners_are_bounded"),
    "tcp.layer.Tcp.time_waits": Bound("tcp.layer.MAX_TIME_WAIT", "test_tcp_open_close::test_time_wait_is_bounded"),
    "tcp.layer.Tcp.heap": Bound(2 * 4096 + 65, "test_tcp_loss::test_the_timer_heap_is_bounded"),
    "tcp.path.PathTable.entries": Bound("tcp.path.PATH_MTU_ENTRIES", "test_tcp_loss::test_path_mtus_are_bounded"),
    "tcp.ports.PortTable.bound": Bound("tcp.ports.MAX_BOUND", "test_tcp_parts::test_bound_ports_are_bounded"),
    "tcp.ports.PortTable.connections": Bound("tcp.layer.MAX_CONNECTIONS", "test_tcp_open_close::test_connections_are_bounded"),
    "tcp.recovery.Scoreboard.sent": Bound("tcp.output.MAX_OUTSTANDING", "test_tcp_flow::test_segments_outstanding_are_bounded"),
    "tcp.recovery.Scoreboard.holes": Bound("tcp.output.MAX_OUTSTANDING", "test_tcp_parts::test_rack_looks_at_holes_and_not_at_what_lies_between_them"),
    "tcp.recovery.Scoreboard.telling": Bound(8, "test_tcp_parts::test_of_a_sack_block_that_has_grown_what_is_new_is_looked_at"),
    "tcp.recovery.Scoreboard.told": Bound(8, "test_tcp_parts::test_of_a_sack_block_that_has_grown_what_is_new_is_looked_at"),
    "tcp.layer.Tcp.spare": Bound("tcp.recovery.MAX_SPARE", "test_tcp_parts::test_records_of_segments_kept_to_serve_again_are_bounded"),
    "tcp.segment.Segment.sacks": Bound(8, "test_tcp_wire::test_sack_blocks_are_bounded_by_the_header"),
    "tcp.trace.Trace.last": Bound(7, "test_tcp_congestion::test_trace_tells_windows_phases_and_times"),
    "tcp.trace.Trace.lines": Bound("tcp.trace.MAX_LINES", "test_tcp_congestion::test_trace_tells_windows_phases_and_times"),
    "udp.UdpEndpoint.queue": Bound(udp.DEFAULT_RECEIVE_BUFFER // udp.OVERHEAD, "test_ipv4::test_udp_reasons_to_drop"),
    "udp.UdpEndpoint.groups": Bound("udp.MAX_MEMBERSHIPS", "test_igmp::test_memberships_of_an_endpoint_are_bounded"),
    "udp.Udp.ports": Bound("udp.MAX_ENDPOINTS", "test_ipv4::test_udp_ports_and_bounds"),
}


def declared() -> Iterator[tuple[str, Path, ast.ClassDef]]:
    """(module.Class.attribute, file, class) of each container that a class of the stack starts empty."""
    for path in MODULES:
        module = ".".join(path.relative_to(TOP / "pynet").with_suffix("").parts)
        for cls in [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]:
            found: dict[str, None] = {}
            for node in ast.walk(cls):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
                value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
                if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self" and value is not None and EMPTY.match(ast.unparse(value)):
                    found[target.attr] = None
            for attribute in found:
                yield f"{module}.{cls.name}.{attribute}", path, cls


DECLARED = {name: (path, cls) for name, path, cls in declared()}


def number(limit: str | int) -> int:
    """The value of a limit."""
    if isinstance(limit, int):
        return limit
    module, _, constant = limit.rpartition(".")
    value = getattr(import_module("pynet." + module), constant)
    assert isinstance(value, int) and value > 0
    return value


def test_every_container_has_a_bound() -> None:
    """The table above is of what the sources declare, no more and no less."""
    assert len(DECLARED) > 30
    assert sorted(set(DECLARED) - set(BOUNDS)) == [], "without a bound"
    assert sorted(set(BOUNDS) - set(DECLARED)) == [], "gone"


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_a_bound_is_stated_and_tested(name: str) -> None:
    """Its constant exists, the class says in docstring or comment how far the container grows, and the test of the bound is there."""
    bound = BOUNDS[name]
    assert number(bound.limit) > 0
    path, cls = DECLARED[name]
    lines = path.read_text().splitlines()[cls.lineno - 1 : cls.end_lineno]
    words = " ".join(line for line in lines if "#" in line) + (ast.get_docstring(cls) or "")
    stated = bound.limit.rpartition(".")[2] if isinstance(bound.limit, str) else r"[Bb]ound|at most|[Nn]o more"
    assert re.search(stated, words), f"{name}: nothing in its class says how far it grows"
    file, _, test = bound.test.partition("::")
    tree = ast.parse((TOP / "tests/pynet" / f"{file}.py").read_text())
    assert test in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)], bound.test


# And while strangers do their worst.


def containers(root: Any) -> Iterator[tuple[str, Any]]:
    """(name as in BOUNDS, container) of everything that is reached from `root` through pynet's own objects."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, (list, tuple, deque, set)):
            waiting += list(thing)
        elif isinstance(thing, (dict, OrderedDict)):
            waiting += list(thing.values())
        elif type(thing).__module__.startswith("pynet."):
            names = [*getattr(thing, "__dict__", {}), *getattr(type(thing), "__slots__", ())]
            for attribute in names:
                value = getattr(thing, attribute, None)
                name = f"{type(thing).__module__.removeprefix('pynet.')}.{type(thing).__name__}.{attribute}"
                if name in BOUNDS:
                    yield name, value
                waiting.append(value)


def check(stack: Stack) -> dict[str, int]:
    """No container is beyond its bound; the longest of each."""
    longest: dict[str, int] = {}
    for name, container in containers(stack):
        longest[name] = max(longest.get(name, 0), len(container))
        assert len(container) <= number(BOUNDS[name].limit), name
    return longest


def frame_of(random: Random, protocol: int, body: bytes, src: int, flags: int = 0) -> bytearray:
    """An IPv4 packet from anywhere."""
    frame = new_frame(len(body))
    frame[34:] = body
    ethernet.emit(frame, MAC_A, 0x020000000099, ethernet.TYPE_IPV4)
    ipv4.emit(frame, 20 + len(body), random.below(65536), flags, 64, 0, protocol, src, ADDRESS_A)
    return frame


def hostile(random: Random, port: int) -> bytearray:
    """A frame that makes something grow."""
    src = 0x0B000000 + random.below(1 << 20)
    kind = random.below(5)
    if kind == 0:
        seg = segment.new_segment(0, 0)
        segment.emit(seg, 0, src, ADDRESS_A, (1 + random.below(65535)) << 16 | port, random.below(1 << 32), 0, segment.SYN, 1000, 0)
        return frame_of(random, ipv4.TCP, bytes(seg[34:]), src)
    if kind == 1:
        return frame_of(random, ipv4.UDP, bytes(random.below(600)), src, ipv4.MORE_FRAGMENTS | random.below(0x1FFF))
    if kind == 2:
        return frame_of(random, ipv4.UDP, bytes(udp.emit(src, 9, ADDRESS_A, 1111, random.octets(8) * random.below(60))[34:]), src)
    if kind == 3:
        return arp.emit(arp.REQUEST, 0x020000000000 + random.below(1 << 20), src, 0, ADDRESS_A, ethernet.BROADCAST)
    query = bytearray(8)
    query[0] = igmp.QUERY
    put32(query, 4, 0xE8000000 + random.below(256))
    return frame_of(random, ipv4.IGMP, bytes(query), src)


def test_a_flood_of_everything_stays_within_every_bound() -> None:
    """SYNs, fragments, datagrams nobody reads, ARP requests and queries from a million addresses."""
    world = World()
    near, _ = world.cable()
    stack = world.stack(near, ADDRESS_A, ADDRESS_B)
    stack.tcp.listen(0, 80, 64)
    unread = stack.udp.bind(0, 1111)
    for group in range(igmp.MAX_GROUPS):
        stack.join_group(0xE8000000 + group)
    random = Random(7)
    for turn in range(20_000):
        stack.handle_packet(hostile(random, 80))
        if turn % 200 == 0:
            near.sent.clear()
            world.run(50_000)
            check(stack)
    longest = check(stack)
    assert len(unread.queue) > 100
    for name in ("arp.ArpTable.entries", "ipv4.Reassembler.reassemblies", "igmp.Igmp.groups"):
        assert longest[name] == number(BOUNDS[name].limit), name
    assert longest["tcp.layer.Tcp.connections"] == 64


# What one connection costs that does nothing.

# Bytes on CPython: 4 KiB for the objects that a connection is made of, and their numbers.
IDLE_CONNECTION = 12_000
# Bytes on our runtime.
COMPILED_IDLE_CONNECTION = 5_000


def weight(root: Any, known: set[int]) -> int:
    """sys.getsizeof of `root` and of all that only it holds."""
    import sys

    total, waiting = 0, [root]
    while waiting:
        thing = waiting.pop()
        if id(thing) in known or isinstance(thing, type) or callable(thing):
            continue
        known.add(id(thing))
        total += sys.getsizeof(thing)
        if isinstance(thing, (list, tuple, deque, set)):
            waiting += list(thing)
        elif isinstance(thing, dict):
            waiting += [*thing.keys(), *thing.values()]
        elif type(thing).__module__.startswith("pynet."):
            waiting += [getattr(thing, "__dict__", None)]
            waiting += [getattr(thing, slot, None) for slot in getattr(type(thing), "__slots__", ())]
    return total


def test_an_idle_connection_is_small() -> None:
    """Established, everything read and acknowledged: what the layer holds for it, on CPython."""
    world = World()
    a, b = world.pair()
    b.tcp.listen(0, PORT, 1000)
    idle_connections(world, a, b, FIRST)
    before = weight(b.tcp, set())
    idle_connections(world, a, b, COUNTED)
    each = (weight(b.tcp, set()) - before) // COUNTED
    print(f"an idle connection: {each} bytes on CPython")
    assert 1000 < each < IDLE_CONNECTION


def test_an_idle_connection_is_small_on_our_runtime() -> None:
    """All that is allocated for one end, compiled, byte for byte as in the kernel."""
    program = build("tests-hosted").parent / "tests/hosted-tests"
    told = subprocess.run([program, "tests.idle", "main"], capture_output=True, text=True, check=True).stdout
    each = int(told.split()[-2])
    print("compiled:", told.strip())
    assert 1000 < each < COMPILED_IDLE_CONNECTION
