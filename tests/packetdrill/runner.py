"""Runs one script: walks its events in virtual time, and says at the first one that does not come true what was expected and what came.

What the script says in numbers of its own (sequence numbers from 0, timestamps, ports) is put in the terms of the connection under test, and
back: as packetdrill does, there is one such connection at a time, the last one that was made.
"""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pynet import ipv4
from pynet.tcp.states import NAMES
from tests.packetdrill import packets, settings
from tests.packetdrill.calls import Calls, Mismatch, value
from tests.packetdrill.constants import CODE_NAMES, ERRORS, error_name
from tests.packetdrill.host import OUR_MAC, THEIR_MAC, BlockedCall, Host, WouldBlock
from tests.packetdrill.packets import Live
from tests.packetdrill.script import Call, Code, Command, Ellipsis, Event, Option, Packet, Quote, Script, ScriptError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pynet.tcp.connection import Connection

MASK = 0xFFFFFFFF
# How long after the time that the script gives a packet is still waited for, so that the report can say when it came.
GRACE = 5_000_000
# The first port that a peer of a listening socket comes from.
PEER_PORT = 40_000

# Options of packetdrill that say nothing to a run in process; mss is how a NIC would cut what it was given as one.
NOT_HERE = {
    "mss", "tcp_ts_ecr_scaled",
    "ip_version", "init_scripts", "speed", "non_fatal", "wire_client", "wire_server", "wire_server_ip", "wire_server_at", "debug",
    "wire_server_port", "wire_client_dev", "wire_server_dev", "so_filename", "so_flags", "dry_run", "is_anyip", "send_omit_free",
    "verbose", "define", "code_command", "code_format", "code_sockopt", "netmask_ip", "persistent_tun_dev", "tun_device",
}  # fmt: skip


def octets(start: int, size: int) -> bytes:
    """The data that runs through a script's stream, from offset `start`: each octet tells its place, so that none is lost, doubled or moved unseen."""
    return bytes([(at ^ at >> 8 ^ at >> 16) * 7 + 1 & 0xFF for at in range(start, start + size)])


@dataclass
class Flow:
    """The connection under test. script_* and live_*: initial sequence numbers in the script's terms and on the wire.

    state: "listening"; "connecting", then "syn sent", or "packet received", then "syn acknowledged"; "open". An end of a UDP socket: "connecting".
    """

    protocol: str
    state: str
    fd: int
    local_port: int
    remote_port: int
    script_isn: int = 0
    live_isn: int = 0
    script_remote_isn: int = 0
    # The script's outbound TSval -> the wire's; and the first of them.
    timestamps: dict[int, int] = field(default_factory=dict)
    first_timestamp: tuple[int, int] | None = None
    # What the user wrote, and how far it read.
    written: bytearray = field(default_factory=bytearray)
    read: int = 0


@dataclass
class Settings:
    """packetdrill's options, with its defaults; the FreeBSD dialect has no tolerance in per cent."""

    tolerance: int = 4000
    percent: float = 12.5
    strict_segments: bool = False
    ts_tick: int = 0
    local: int = 0xC0A80001
    remote: int = 0xC0000201
    gateway: int = 0xC0A80001
    bind_port: int = 8080
    connect_port: int = 8080
    mtu: int = 1500

    def set(self, line: int, name: str, text: str) -> None:
        """--name=text. ScriptError for one that packetdrill has not."""
        try:
            if name == "tolerance_usecs":
                self.tolerance = int(text)
            elif name == "tolerance_percent":
                self.percent = float(text)
            elif name == "strict_segments":
                self.strict_segments = True
            elif name == "tcp_ts_tick_usecs":
                self.ts_tick = int(text)
            elif name in ("local_ip", "remote_ip", "gateway_ip"):
                setattr(self, name.removesuffix("_ip"), ipv4.parse_address(text.partition("/")[0]))
            elif name in ("bind_port", "connect_port"):
                setattr(self, name, int(text))
            elif name == "mtu":
                self.mtu = int(text) or self.mtu
            elif name not in NOT_HERE:
                raise ScriptError(line, f"--{name} is no option of packetdrill")
        except ValueError:
            raise ScriptError(line, f"--{name}={text} has no such value") from None


class Runner:
    """One run of one script. `run` returns, or raises ScriptError."""

    def __init__(self, script: Script, profile: str = "linux", options: Sequence[tuple[int, str, str]] = ()) -> None:
        """options: (0, name, value) of packetdrill's command line; the script's own come after them."""
        self.script = script
        self.settings = Settings()
        for option in (*options, *script.options):
            self.settings.set(*option)
        self.config = settings.PROFILES[profile]()
        self.config.default_mss = self.settings.mtu - 40
        if profile == "linux":
            self.take_buffers()
        self.local = self.settings.local
        self.remote = self.settings.remote
        self.bind_port = self.settings.bind_port
        self.connect_port = self.settings.connect_port
        # The peer is no neighbour: what goes to it goes to a gateway.
        self.host = Host(self.local, 0xFFFFFFFF, 0, self.settings.mtu, self.config)
        self.host.stack.routes.add(0, 0, 0)
        self.start = self.host.now
        self.calls = Calls(self)
        self.flows: list[Flow] = []
        self.flow: Flow | None = None
        self.next_peer_port = PEER_PORT
        # The blocking call under way: the event, its end in script time, and the thread.
        self.pending: tuple[Event, int, BlockedCall, int] | None = None
        self.before = 0
        # The octets of the longest segment that went out.
        self.longest = 0
        self.profile = profile
        self.names: dict[str, object] = dict(CODE_NAMES)

    def take_buffers(self) -> None:
        """A script that does not say how large the buffers are was written for some machine's defaults: its first SYN shows them."""
        actions = [event.action for event in self.script.events]
        if any(isinstance(action, Command) and re.search(r"defaults\.sh|tcp_rmem", action.text) for action in actions):
            return
        for action in actions:
            if isinstance(action, Packet) and not action.inbound and "S" in action.flags:
                for option in action.options or ():
                    if option.name == "wscale":
                        self.config.rcvbuf_max = 0xFFFF << (option.values[0] or 0)
                if action.win:
                    self.config.rcvbuf = action.win
                return

    # Time.

    def now(self) -> int:
        """Microseconds since the script's start."""
        return self.host.now - self.start

    def tolerance(self, wanted: int) -> int:
        """How far from the time `wanted` is near enough."""
        return max(self.settings.tolerance, int((wanted - self.before) * self.settings.percent / 100))

    def check_time(self, line: int, what: str, first: int, last: int, actual: int) -> None:
        """`actual` lies in [first, last], or near enough."""
        slack = self.tolerance(first)
        if not first - slack <= actual <= last + slack:
            wanted = seconds(first) if first == last else f"{seconds(first)} to {seconds(last)}"
            raise ScriptError(line, f"{what} at {seconds(actual)}, expected at {wanted}")

    # The events.

    def run(self) -> None:
        """The script, from its first event to its last. ScriptError."""
        try:
            for event in self.script.events:
                self.run_event(event)
                self.reap(False)
            self.finish_pending()
        finally:
            self.host.close()

    def run_event(self, event: Event) -> None:
        """One event, at its time."""
        offset = self.now() if event.relative else 0
        start = event.start if event.start is None else event.start + offset
        end = start if event.end is None else event.end + offset
        action = event.action
        if isinstance(action, Packet):
            if action.inbound:
                assert start is not None
                self.wait_until(start)
                self.send_in(event.line, action)
            else:
                self.expect_out(event.line, action, start, end)
        else:
            assert start is not None
            if isinstance(action, Call):
                self.finish_pending()
            self.wait_until(start)
            self.do(event, action, offset)
        self.before = self.now() if start is None else start

    def wait_until(self, time: int) -> None:
        """Let time pass to `time` of the script."""
        self.host.run_until(self.start + time, lambda: False)

    def do(self, event: Event, action: Call | Command | Code, offset: int) -> None:
        """An event that is no packet."""
        if isinstance(action, Command):
            try:
                settings.run_command(action.text, self.config)
                self.check_states(event.line, action)
            except settings.UnknownCommand as error:
                raise ScriptError(event.line, str(error)) from None
        elif isinstance(action, Code):
            self.run_code(event.line, action)
        else:
            self.run_call(event, action, offset)

    # Packets in.

    def send_in(self, line: int, packet: Packet) -> None:
        """Put an inbound packet on the wire."""
        flow = self.flow_for(line, packet)
        tos = packet.tos if packet.tos is not None else (packet.dscp or 0) << 2 | packets.ECN.get(packet.ecn or "", 0)
        ttl = packet.ttl or 64
        ends = (self.remote, self.local, packet.sport or flow.remote_port, packet.dport or flow.local_port)
        if packet.protocol == "tcp":
            protocol, body = ipv4.TCP, self.segment_in(line, flow, packet, ends)
        elif packet.protocol == "udp":
            protocol, body = ipv4.UDP, packets.udp_octets(ends, octets(0, packet.size))
        else:
            protocol, body = ipv4.ICMP, self.icmp_in(line, flow, packet)
        self.host.inject(packets.frame_of(protocol, self.remote, self.local, tos, ttl, body, THEIR_MAC, OUR_MAC))

    def segment_in(self, line: int, flow: Flow, packet: Packet, ends: tuple[int, int, int, int]) -> bytes:
        """An inbound segment, its numbers on the wire's terms."""
        if flow.state == "syn sent" and "S" in packet.flags:
            flow.script_remote_isn = packet.seq or 0
            if "." in packet.flags:
                flow.state = "open"
        elif "." in packet.flags and flow.state == "syn acknowledged":
            flow.state = "open"
        offset = (flow.live_isn - flow.script_isn) & MASK
        ack = ((packet.ack or 0) + offset) & MASK if "." in packet.flags else packet.ack or 0
        options = tuple(self.option_in(line, flow, packet, option, offset) for option in packet.options or ())
        try:
            field_ = packets.option_octets(options)
        except KeyError as error:
            raise ScriptError(line, f"the TCP option {error} cannot be sent") from None
        # A SYN takes the first sequence number, and what it carries follows.
        data = octets(((packet.seq or 0) - flow.script_remote_isn - ("S" not in packet.flags)) & MASK, packet.size)
        bits = packets.flag_bits(packet.flags)
        if packet.ace is not None:
            bits |= (packet.ace & 3) << 6 | (packet.ace & 4) << 6
        return packets.tcp_octets(ends, packet.seq or 0, ack, bits, packet.win or 0, packet.urg or 0, field_, data)

    def option_in(self, line: int, flow: Flow, packet: Packet, option: Option, offset: int) -> Option:
        """SACK edges and the echoed timestamp are ours: as the wire has them."""
        if option.name == "sack":
            return replace(option, values=tuple(((edge or 0) + offset) & MASK for edge in option.values))
        if option.name == "TS" and "." in packet.flags and option.values[1] is not None and not option.absolute:
            return replace(option, values=(option.values[0], self.echo(line, flow, option.values[1])))
        return option

    def echo(self, line: int, flow: Flow, script: int) -> int:
        """The wire's timestamp for one that the script echoes: what went out under that number, or as far from the first as the script has it."""
        if script in flow.timestamps:
            return flow.timestamps[script]
        if flow.first_timestamp is None:
            raise ScriptError(line, f"TS ecr {script} echoes no timestamp: none has gone out")
        return (script - flow.first_timestamp[0] + flow.first_timestamp[1]) & MASK

    def icmp_in(self, line: int, flow: Flow, packet: Packet) -> bytes:
        """An ICMP message about a packet of the flow, or an echo."""
        try:
            type_ = packets.icmp_number(packet.type, packets.ICMP_TYPES, "type_")
            code = packets.icmp_number(packet.code or "code_0", packets.ICMP_CODES, "code_")
        except (KeyError, ValueError):
            raise ScriptError(line, f"icmp {packet.type} {packet.code} is not known") from None
        # Without a word about it a message quotes the connection's SYN.
        quote = packet.quote or Quote(flow.protocol, flow.script_isn, 0)
        if quote.protocol == "raw":
            return packets.icmp_octets(type_, code, (packet.echo_id or 0) << 16, bytes(max(quote.size - 8, 0)))
        protocol = ipv4.TCP if quote.protocol == "tcp" else ipv4.UDP
        size = quote.size + (20 if protocol == ipv4.TCP else 8)
        seq = (quote.seq + flow.live_isn - flow.script_isn) & MASK
        second = seq if protocol == ipv4.TCP else size << 16
        first = flow.local_port << 16 | flow.remote_port
        inner = bytearray(packets.frame_of(protocol, self.local, self.remote, 0, 64, bytes(size), 0, 0))[ipv4.AT :]
        inner[20:28] = (first << 32 | second).to_bytes(8, "big")
        return packets.icmp_octets(type_, code, packet.mtu or (packet.echo_id or 0) << 16, bytes(inner[:28]))

    # Which connection.

    def flow_for(self, line: int, packet: Packet) -> Flow:
        """The flow that a packet of the script belongs to; an inbound one makes a new one for a listening socket, or for none."""
        flow = self.flow
        if packet.protocol == "tcp":
            if packet.inbound and (flow is None or flow.state == "listening"):
                known = self.by_ports(packet.sport, packet.dport)
                return known if known is not None else self.new_peer(packet, flow.local_port if flow is not None else self.bind_port)
            if packet.inbound and packet.sport is not None:
                return self.by_ports(packet.sport, packet.dport) or self.new_peer(packet, packet.dport or self.bind_port)
            if not packet.inbound and packet.dport is not None:
                flow = self.by_ports(packet.dport, packet.sport) or flow
        if flow is None and packet.protocol == "udp" and packet.inbound:
            return self.use(Flow("udp", "connecting", -1, packet.dport or self.bind_port, packet.sport or self.connect_port))
        if flow is None:
            raise ScriptError(line, "there is no socket for this packet")
        return flow

    def by_ports(self, remote: int | None, local: int | None) -> Flow | None:
        """The flow between two ports that the script names."""
        return next((flow for flow in self.flows if (flow.remote_port, flow.local_port) == (remote, local)), None)

    def new_peer(self, packet: Packet, local_port: int) -> Flow:
        """A flow that starts with an inbound packet."""
        port = packet.sport
        if port is None:
            port = self.next_peer_port
            self.next_peer_port += 1
        flow = Flow("tcp", "packet received", -1, packet.dport or local_port, port, script_remote_isn=packet.seq or 0)
        return self.use(flow)

    def use(self, flow: Flow) -> Flow:
        """The script speaks of this flow from now on."""
        self.flows.append(flow)
        self.flow = flow
        return flow

    def of_fd(self, fd: int) -> Flow | None:
        """The flow of one of our descriptors."""
        return next((flow for flow in reversed(self.flows) if flow.fd == fd), None)

    # What the calls tell.

    def on_listen(self, fd: int) -> None:
        """The socket listens: the next segment that comes is for it."""
        port = self.host.sockets.getsockname(fd).port
        if self.flow is None or self.flow.fd != fd:
            self.use(Flow("tcp", "listening", fd, port, 0))

    def on_connect(self, fd: int, port: int) -> None:
        """connect() was called: its SYN tells the local port."""
        flow = self.of_fd(fd)
        description = self.host.sockets.table.descriptions.get(fd)
        again = getattr(description, "connection", None) is not None
        if flow is None or flow is not self.flow or not again:
            self.use(Flow("tcp", "connecting", fd, 0, port))

    def on_accept(self, fd: int, port: int) -> None:
        """A flow has its descriptor."""
        for flow in self.flows:
            if flow.remote_port == port and flow.fd < 0:
                flow.fd = fd

    def on_datagram_socket(self, fd: int) -> None:
        """A UDP socket speaks."""
        if self.of_fd(fd) is None:
            local = self.host.sockets.getsockname(fd).port
            self.use(Flow("udp", "connecting", fd, local, self.connect_port))

    def next_octets(self, fd: int, size: int) -> bytes:
        """What a write sends that does not say."""
        flow = self.of_fd(fd)
        return octets(len(flow.written) if flow is not None else 0, size)

    def on_sent(self, fd: int, data: bytes) -> None:
        """The stack took this."""
        flow = self.of_fd(fd)
        if flow is not None:
            flow.written += data

    def check_read(self, fd: int, data: bytes, peek: bool) -> str:
        """The stack gave this to the user: is it what came?"""
        flow = self.of_fd(fd)
        if flow is None:
            return ""
        wanted = octets(flow.read, len(data))
        flow.read += 0 if peek else len(data)
        return "" if data == wanted else f"the octets read from {flow.read - len(data)} on are not those that were sent"

    # Packets out.

    def expect_out(self, line: int, packet: Packet, first: int | None, last: int | None) -> None:
        """The next packet of the flow is this one, at its time."""
        flow = self.flow_for(line, packet)
        if packet.protocol == "tcp" and flow.state == "connecting" and packet.flags in ("S", "SEW", "SEWA", "SW", "SE"):
            flow.state = "syn sent"
            flow.script_isn = packet.seq or 0
        limit = GRACE + (last if last is not None else self.now() + 120_000_000)
        whole = self.next_out(flow, packet, limit)
        if whole is None:
            raise self.mismatch(line, f"no packet by {seconds(limit)}", packet, None)
        parts = 1
        while self.joins(whole, packet):
            part = self.next_out(flow, packet, limit)
            if part is None or not self.append(whole, part):
                break
            parts += 1
        if parts > 1:
            # Linux pushes whatever it leaves to a NIC to cut; what the stack cuts itself it pushes at the end of the user's data only.
            whole.bits = whole.bits & ~packets.flag_bits("P") | packets.flag_bits(packet.flags) & packets.flag_bits("P")
        elif self.is_full(whole, packet):
            whole.bits |= packets.flag_bits(packet.flags) & packets.flag_bits("P")
        problem = packets.difference(packet, whole, self.settings.ts_tick > 0) or self.check_payload(flow, whole)
        if problem:
            raise self.mismatch(line, problem, packet, whole)
        if first is not None and last is not None:
            try:
                self.check_time(line, "packet", first, last, whole.at)
            except ScriptError as error:
                raise self.mismatch(line, str(error), packet, whole) from None

    def joins(self, whole: Live, packet: Packet) -> bool:
        """The packet may be the first part of the one that the script expects: where a NIC would cut it, the stack did."""
        longer = 0 < len(whole.data) < packet.size and packet.protocol == "tcp" and not self.settings.strict_segments
        return longer and packet.seq in (None, whole.seq) and not whole.problem

    def is_full(self, whole: Live, packet: Packet) -> bool:
        """As long as the longest that was seen: it may be the last that was cut off from what Linux pushed as one (tcp_transmit_skb)."""
        self.longest = max(self.longest, len(whole.data))
        return self.profile == "linux" and packet.protocol == "tcp" and 0 < self.longest == len(whole.data)

    def append(self, whole: Live, part: Live) -> bool:
        """Make `part` one with `whole`, if it continues that and nothing else differs."""
        same = ("dport", "sport", "ack", "win", "tos")
        fixed = ~(packets.flag_bits("FPW"))
        fits = all(getattr(whole, name) == getattr(part, name) for name in same)
        if not fits or whole.bits & fixed != part.bits & fixed or part.seq != (whole.seq + len(whole.data)) & MASK:
            return False
        whole.data += part.data
        whole.bits |= part.bits
        return True

    def next_out(self, flow: Flow, packet: Packet, limit: int) -> Live | None:
        """The next packet of the flow that goes out, in the script's terms; None when there is none by `limit`."""
        wire = self.host.wire
        while self.host.run_until(self.start + limit, lambda: len(wire.sent) > 0):
            at, frame = wire.sent.popleft()
            live = packets.read_frame(frame, at - self.start)
            if live is not None and self.is_of(flow, live, packet.protocol):
                return self.to_script(flow, packet, live)
        return None

    def is_of(self, flow: Flow, live: Live, wanted: str) -> bool:
        """The packet is one of the flow, which may learn its port from it; an ICMP message is one if the script waits for such."""
        if live.protocol == "icmp":
            return wanted == "icmp" and live.dst == self.remote
        if live.protocol != flow.protocol or live.dport != flow.remote_port:
            return False
        if flow.local_port == 0 and flow.state in ("syn sent", "connecting") and live.bits & 0x12 in (0, 2):
            flow.local_port = live.sport
        if flow.state == "syn sent" and flow.live_isn == 0 and live.bits & 0x12 == 2:
            flow.live_isn = live.seq
        return live.sport == flow.local_port

    def to_script(self, flow: Flow, packet: Packet, live: Live) -> Live:
        """Sequence numbers and timestamps as the script counts them."""
        if live.protocol != "tcp":
            return live
        if flow.state == "packet received" and live.bits & 0x12 == 0x12 and "S" in packet.flags and "." in packet.flags:
            flow.state = "syn acknowledged"
            flow.script_isn = packet.seq or 0
            flow.live_isn = live.seq
        if not packet.absolute:
            live.seq = (live.seq - flow.live_isn + flow.script_isn) & MASK
        scripted = next((option for option in packet.options or () if option.name == "TS"), None)
        live.options = tuple(self.option_out(flow, option, scripted) for option in live.options)
        return live

    def option_out(self, flow: Flow, option: Option, scripted: Option | None) -> Option:
        """A timestamp of ours, counted from the first that the script names."""
        if option.name != "TS" or option.values[0] is None:
            return option
        actual = option.values[0]
        if scripted is not None and scripted.values[0] is not None:
            flow.timestamps[scripted.values[0]] = actual
            if flow.first_timestamp is None:
                flow.first_timestamp = (scripted.values[0], actual)
        if flow.first_timestamp is None:
            return option
        mapped = (actual - flow.first_timestamp[1] + flow.first_timestamp[0]) & MASK
        if scripted is not None and scripted.values[0] is not None and self.settings.ts_tick:
            # Near enough in time is near enough in ticks.
            off = (mapped - scripted.values[0] + 0x80000000 & MASK) - 0x80000000
            if abs(off) * self.settings.ts_tick <= self.settings.tolerance:
                mapped = scripted.values[0]
        return replace(option, values=(mapped, option.values[1]))

    def check_payload(self, flow: Flow, live: Live) -> str:
        """The octets are those that the user wrote there."""
        if live.protocol != "tcp" or not live.data or flow.fd < 0:
            return ""
        at = (live.seq - flow.script_isn - 1) & MASK
        wanted = bytes(flow.written[at : at + len(live.data)])
        return "" if live.data[: len(wanted)] == wanted else "the payload is not what was written"

    def mismatch(self, line: int, problem: str, expected: Packet, actual: Live | None) -> ScriptError:
        """The error, with both packets."""
        text = f"{problem}\n    expected: {packets.describe(expected)}"
        return ScriptError(line, text + (f"\n    actual:   {seconds(actual.at)} {actual.describe()}" if actual is not None else ""))

    # System calls.

    def run_call(self, event: Event, call: Call, offset: int) -> None:
        """A system call: at once, or in a thread of its own that the script says the end of."""
        function = self.calls.find(call.name)
        if function is None:
            raise ScriptError(event.line, f"there is no {call.name}() here")

        def perform() -> int:
            return function(*call.arguments)

        if call.end is None:
            result: object = None
            error: Exception | None = None
            try:
                result = perform()
            except Exception as raised:  # noqa: BLE001 (whatever it is, it is what the call did)
                error = raised
            self.check_call(event.line, call, result, error)
            self.host.settle()
        else:
            self.pending = (event, call.end + offset, self.host.begin(perform), self.now())

    def reap(self, last: bool) -> None:
        """If the blocking call is done: was its end as the script has it?"""
        if self.pending is None:
            return
        event, end, thread, began = self.pending
        call = event.action
        assert isinstance(call, Call)
        if not thread.done:
            if last:
                raise ScriptError(event.line, f"{call.name}() still blocks at {seconds(self.now())}, expected to return at {seconds(end)}")
            return
        self.pending = None
        self.host.blocked = None
        self.check_call(event.line, call, thread.result, thread.error)
        slack = max(self.settings.tolerance, int((end - began) * self.settings.percent / 100))
        if not end - slack <= thread.ended - self.start <= end + slack:
            raise ScriptError(event.line, f"{call.name}() returned at {seconds(thread.ended - self.start)}, expected at {seconds(end)}")

    def finish_pending(self) -> None:
        """The script goes on only when the blocking call has returned."""
        if self.pending is not None:
            thread = self.pending[2]
            self.host.run_until(self.start + self.pending[1] + GRACE, lambda: thread.done)
            self.reap(True)

    def check_call(self, line: int, call: Call, result: object, error: Exception | None) -> None:
        """What the call returned is what the script says."""
        if isinstance(error, WouldBlock):
            raise ScriptError(line, f"{call.name}() blocks, and the script does not say so")
        if isinstance(error, Mismatch):
            raise ScriptError(line, f"{call.name}(): {error}")
        if isinstance(error, TypeError) and "argument" in str(error):
            raise ScriptError(line, f"{call.name}() takes other arguments") from error
        if error is not None and not (isinstance(error, OSError) and error.errno):
            raise ScriptError(line, f"{call.name}(): {type(error).__name__}: {error}") from error
        try:
            wanted = value(call.result)
        except Mismatch as unknown:
            raise ScriptError(line, str(unknown)) from None
        if isinstance(error, OSError):
            self.check_error(line, call, wanted, error)
        elif call.error is not None or (isinstance(wanted, int) and wanted < 0):
            raise ScriptError(line, f"{call.name}() returned {result}, expected {wanted} {call.error or ''}".rstrip())
        elif call.name in ("socket", "accept", "accept4", "epoll_create", "epoll_create1", "dup"):
            assert isinstance(result, int)
            self.calls.numbers[wanted if isinstance(wanted, int) else result] = result
        elif not isinstance(wanted, Ellipsis) and wanted != result:
            raise ScriptError(line, f"{call.name}() returned {result}, expected {wanted}")

    def check_error(self, line: int, call: Call, wanted: object, error: OSError) -> None:
        """It failed: with the errno that the script says?"""
        got = error_name(error.errno or 0)
        if call.error is not None and call.error not in ERRORS:
            raise ScriptError(line, f"errno {call.error} is not known here")
        if wanted != -1 and not isinstance(wanted, Ellipsis):
            raise ScriptError(line, f"{call.name}() returned -1 {got}, expected {wanted}")
        if call.error is not None and ERRORS[call.error] != error.errno:
            raise ScriptError(line, f"{call.name}() returned -1 {got}, expected -1 {call.error}")

    def check_states(self, line: int, command: Command) -> None:
        """`sockstat ... | grep -c STATE | grep N`, by which FreeBSD's scripts ask how many connections are in a state: N of them."""
        for name, wanted in re.findall(r"sockstat\b[^`\n]*grep -c (\w+) *\| *grep (\d+)", command.text):
            plain = name.replace("_", "-").replace("SYN-RCVD", "SYN-RECEIVED")
            tcp = self.host.stack.tcp
            found = len(tcp.listeners) if plain == "LISTEN" else 0
            found += sum(NAMES[connection.state] == plain for connection in tcp.connections.values())
            if found != int(wanted):
                raise ScriptError(line, f"{found} connections are in {name}, expected {wanted}")

    # Code.

    def connection(self) -> Connection | None:
        """The TCB of the flow."""
        flow = self.flow
        if flow is None:
            return None
        connections = self.host.stack.tcp.connections
        return connections.get((self.local, flow.local_port, self.remote, flow.remote_port))

    def run_code(self, line: int, code: Code) -> None:
        """Python that asserts something of TCP_INFO, whose fields are names: tcpi_snd_cwnd and so on."""
        connection = self.connection()
        if connection is not None:
            self.names |= {"tcpi_" + name: found for name, found in connection.info(self.host.now).items()}
        elif self.flow is None or self.flow.state == "listening":
            # A socket without a connection has a state all the same: CLOSED, by the system's number, or LISTEN.
            self.names["tcpi_state"] = 10 if self.flow is not None else 0 if self.profile == "bsd" else 7
        try:
            # Python 2's print statement is still in many scripts. What they print is of no use to who runs hundreds of them.
            text = re.sub(r"^(\s*)print +([^(\s].*)$", r"\1print(\2)", code.text, flags=re.MULTILINE)
            # A line that goes on into the end of the block.
            text = re.sub(r"\\\s*$", "", text)
            with redirect_stdout(io.StringIO()):
                exec(compile(text, "script", "exec"), self.names)  # noqa: S102 (that is what the script asks for)
        except AssertionError as error:
            raise ScriptError(line, f"assertion failed: {error or code.text.strip()}\n    code: {code.text.strip()}") from None
        except Exception as error:  # noqa: BLE001 (the script's code may raise anything)
            raise ScriptError(line, f"code: {type(error).__name__}: {error}") from None


def seconds(microseconds: int) -> str:
    """1.250000"""
    return f"{microseconds / 1_000_000:.6f}"
