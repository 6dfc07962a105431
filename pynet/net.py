"""The stack: the layers wired together over a Transport.

The way of a frame in: Transport.recv -> Stack.handle_packet -> Ethernet -> ARP, or IPv4 -> ICMP, UDP, TCP -> an endpoint's queue. The way out is
the same, backwards. Time and entropy are handed in, so two Stacks back to back run in virtual time anywhere; only PhysicalTransport and
rx_thread know the `kernel` module, and they import it when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, ethernet, icmp, igmp, ipv4
from pynet.acd import IDLE, PROBING, ConflictDetector
from pynet.arp import ArpTable
from pynet.frame import as_frame
from pynet.igmp import Igmp
from pynet.ipv4 import Reassembler, RouteTable
from pynet.loop import Loop
from pynet.lower import CAN_CHECKSUM, CAN_SEGMENT, Lower
from pynet.octets import get32
from pynet.readiness import Waiter, WaitQueue, nothing, sooner
from pynet.tcp.layer import Tcp
from pynet.udp import Udp

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.frame import Octets
    from pynet.loop import Task
    from pynet.tcp.connection import Connection

# What a Transport says of a received frame (flags): its sum is still to be made, and the data as it was sent; or it was found right.
RX_NEEDS_CHECKSUM = 1
RX_CHECKSUM_VALID = 2

# The interfaces' numbers (netdevice(7)).
LOOPBACK = 1
ETHERNET = 2

# Frames taken from a Transport before timers and tasks have their turn.
RX_BUDGET = 256
# Frames that wait for room in the NIC's ring; beyond it they are dropped, as on any full wire.
MAX_BACKLOG = 1024
# From so many on, or so many octets, TCP holds its data back.
ENOUGH_BACKLOG = 64
ENOUGH_OCTETS = 2 * 65536
# When to look for room again, as the NIC does not interrupt for it.
BACKLOG_RETRY = 200
# Frames under way to this host itself.
MAX_LOOPBACK = 4096

DROP_REASONS = (
    "net: transmit queue full",
    "net: loopback queue full",
    "net: no route",
    "net: source is this host",
    "net: TCP to a group address",
    "net: ICMP error rate",
    "net: no memory",
)


class Transport:
    """A link that frames travel on.

    mac: the station's address (48 bits, 0 for a link without stations). mtu: the longest IPv4 packet, in bytes.
    capabilities: CAN_CHECKSUM | CAN_SEGMENT.
    """

    mac = 0
    mtu = ethernet.MTU
    capabilities = 0

    def send(self, frame: bytearray, csum_start: int = 0, csum_offset: int = 0, gso_size: int = 0) -> bool:
        """Send a frame; False when there is no room. The offload hints are numbers for the NIC: where the sum starts, where it goes, the MSS."""
        raise NotImplementedError("Transport.send")

    def recv(self) -> tuple[Octets, int] | None:
        """(frame, flags) of the next received frame, or None."""
        raise NotImplementedError("Transport.recv")

    def flush(self) -> None:
        """Ring the doorbell: what was sent since the last call goes out."""

    def link_up(self) -> bool:
        """The cable is in."""
        return True


class PhysicalTransport(Transport):
    """The NIC that the kernel found. OSError ENODEV where there is none."""

    def __init__(self) -> None:
        import kernel

        if not kernel.net_init():
            raise errno.os_error(errno.ENODEV)
        self.net_send = kernel.net_send
        self.net_recv = kernel.net_recv
        self.net_flush = kernel.net_flush
        self.net_link_up = kernel.net_link_up
        self.mac = int.from_bytes(kernel.net_mac_address(), "big")
        self.capabilities = kernel.net_capabilities()
        self.name: str = kernel.net_driver()
        self.location: str = kernel.net_location()

    def send(self, frame: bytearray, csum_start: int = 0, csum_offset: int = 0, gso_size: int = 0) -> bool:
        return bool(self.net_send(frame, csum_start, csum_offset, gso_size))

    def recv(self) -> tuple[Octets, int] | None:
        received: tuple[Octets, int] | None = self.net_recv()
        return received

    def flush(self) -> None:
        self.net_flush()

    def link_up(self) -> bool:
        return bool(self.net_link_up())


class LoopbackTransport(Transport):
    """This host itself: what is sent is received (RFC 1122 §3.2.1.3 (g)). At MAX_LOOPBACK frames there is no room."""

    mtu = 65535

    def __init__(self) -> None:
        self.frames: list[bytearray] = []

    def send(self, frame: bytearray, csum_start: int = 0, csum_offset: int = 0, gso_size: int = 0) -> bool:
        if len(self.frames) >= MAX_LOOPBACK:
            return False
        self.frames.append(frame)
        return True

    def recv(self) -> tuple[Octets, int] | None:
        if not self.frames:
            return None
        frame = self.frames[0]
        # A slice: what is behind it is not moved.
        del self.frames[:1]
        return frame, RX_CHECKSUM_VALID


class Blocker:
    """How a thread waits for the stack: one of these is handed to the Stack, as the clock is.

    This one is for a stack whose loop runs on the only thread: nothing could ever wake it, so it refuses. current: the thread of a program
    (pynet.posix.process.Thread) that holds the lock now, None while a thread of the kernel's own does.
    """

    current: Any = None

    def new_waiter(self) -> Waiter:
        """A waiter for the calling thread."""
        return Waiter(ignore)

    def block(self, stack: Stack, waiter: Waiter, deadline: int) -> None:
        """Return when `waiter` is woken, or at `deadline` (microseconds, -1: none). OSError EINTR: a signal waits for the calling thread."""
        if stack.polling:
            raise RuntimeError("a blocking call on the loop's own thread would wait for itself")
        thread = self.current
        if thread is None:
            self.sleep(stack, waiter, deadline)
            return
        thread.before_wait(waiter)
        self.current = None
        since = stack.now()
        try:
            self.sleep(stack, waiter, deadline)
        finally:
            self.current = thread
            thread.after_wait(since)

    def sleep(self, stack: Stack, waiter: Waiter, deadline: int) -> None:
        """`block` behind its checks."""
        raise RuntimeError("a blocking call needs a thread of its own: this one runs the loop")


def ignore(waiter: Waiter) -> None:
    """The `notify` of a waiter that is looked at, not told."""


class Stack(Lower):
    """One host.

    transport: its wire. clock(): microseconds, never going back. entropy(n): n random bytes. blocker: how its threads wait.
    log(text): takes a line about what the stack noticed.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Callable[[], int],
        entropy: Callable[[int], bytes],
        blocker: Blocker | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.transport = transport
        self.mac = transport.mac
        self.mtu = transport.mtu
        # Who cuts a segment also sums the pieces.
        self.capabilities = transport.capabilities & (CAN_CHECKSUM | CAN_SEGMENT) if transport.capabilities & CAN_CHECKSUM else 0
        self.clock = clock
        self.entropy = entropy
        self.blocker = blocker if blocker is not None else Blocker()
        self.log = log if log is not None else print
        self.loopback = LoopbackTransport()
        self.address = 0
        self.netmask = 0
        self.gateway = 0
        self.routes = RouteTable()
        self.drops = dict.fromkeys(DROP_REASONS + ethernet.DROP_REASONS + ipv4.DROP_REASONS + icmp.DROP_REASONS, 0)
        self.arp = ArpTable(transport.mac, self)
        self.acd = ConflictDetector(self.arp, entropy)
        self.reassembler = Reassembler(self.drops, self.reassembly_expired)
        self.igmp = Igmp(self, entropy)
        self.udp = Udp(self, entropy)
        self.udp.igmp = self.igmp
        self.tcp = Tcp(self, entropy)
        self.tcp.offload = self.capabilities
        # Who is shown every frame, at most MAX_TAPS, and every whole IPv4 packet to this host, at most MAX_RAW (pynet.posix.packet).
        self.taps: list[Any] = []
        self.raw: list[Any] = []
        # The TCP sockets that bind gave a port, by that port, MAX_BOUND in all: SO_REUSEADDR is a matter between them.
        self.bound_sockets: dict[int, list[Any]] = {}
        # The budget ended before the frames did: another turn is due at once.
        self.more_to_receive = False
        self.loop = Loop(self.task_crashed)
        # Frames that found no room in the NIC's ring, with what is left to the NIC: at most MAX_BACKLOG; and their octets.
        self.backlog: list[tuple[bytearray, int]] = []
        self.backlog_octets = 0
        self.next_id = int.from_bytes(entropy(2), "big")
        self.frames_in = 0
        self.frames_out = 0
        self.link = transport.link_up()
        self.link_changed = WaitQueue()
        self.errors_left = icmp.MAX_ERRORS_PER_SECOND
        self.errors_since = 0
        # Until when the loop sleeps: 0 while it runs, -1 without end. wake_loop() ends that sleep.
        self.sleeps_until = 0
        self.wake_loop: Callable[[], None] = nothing
        self.running = True
        # True during poll(): a thread that then asks to be blocked is the loop's own.
        self.polling = False

    def now(self) -> int:
        """The Stack's clock, microseconds."""
        return self.clock()

    # The way in.

    def handle_packet(self, frame: Octets, flags: int = 0) -> str:
        """Take a frame from the wire. The reason why it was dropped, or ''."""
        return self.ethernet_input(as_frame(frame), flags, self.clock())

    def ethernet_input(self, frame: bytearray, flags: int, now: int) -> str:
        """handle_packet() of a frame of the NIC's ring, which is lent: who keeps some of it copies that."""
        self.frames_in += 1
        if len(frame) < ethernet.HEADER:
            return self.drop("ethernet: shorter than its header")
        if self.taps:
            self.tap(frame, ETHERNET, False)
        dst = ethernet.destination(frame)
        if dst != self.mac and not dst & ethernet.GROUP:
            return self.drop("ethernet: not for this station")
        if ethernet.source(frame) & ethernet.GROUP:
            return self.drop("ethernet: source is a group address")
        kind = ethernet.ethertype(frame)
        if kind == ethernet.TYPE_IPV4:
            return self.ipv4_input(frame, flags, True, now)
        if kind == ethernet.TYPE_ARP:
            return self.arp.input(frame, now)
        return self.drop("ethernet: unknown EtherType")

    def ipv4_input(self, packet: bytearray, flags: int, from_wire: bool, now: int) -> str:
        """Take an IPv4 packet whose header stands at ethernet.HEADER (RFC 1122 §3.2.1)."""
        reason = ipv4.check(packet)
        if reason:
            return self.drop(reason)
        src = ipv4.source(packet)
        dst = ipv4.destination(packet)
        if from_wire:
            if ipv4.is_loopback(src) or ipv4.is_loopback(dst):
                return self.drop("ipv4: loopback address on a wire")
            if src == self.address and src != 0:
                return self.drop("net: source is this host")
        if not self.is_for_us(dst):
            return self.drop("ipv4: not for this host")
        if ipv4.flags_offset(packet) & (ipv4.MORE_FRAGMENTS | ipv4.OFFSET_MASK):
            whole = self.reassembler.input(packet, now)
            if whole is None:
                return ""
            packet = whole
            # What was said of a fragment.
            flags = 0
        at = ipv4.AT + ipv4.header_length(packet)
        end = ipv4.AT + ipv4.total_length(packet)
        protocol = ipv4.protocol(packet)
        taken = self.show_raw(packet, protocol, src, dst) if self.raw else False
        if protocol == ipv4.TCP:
            if self.is_broadcast(dst):
                return self.drop("net: TCP to a group address")
            self.tcp.input(packet, at, end, src, dst, now, packet[ipv4.AT + 1] & 3, flags != 0)
            return ""
        if protocol == ipv4.UDP:
            return self.udp_input(packet, at, end, src, dst, now, flags != 0)
        if protocol == ipv4.ICMP:
            if taken and packet[at] == icmp.ECHO_REPLY:
                return ""
            return self.icmp_input(packet, at, end, src, dst, now)
        if protocol == ipv4.IGMP:
            return self.igmp.input(packet, at, end, now)
        if taken:
            return ""
        self.send_error(icmp.UNREACHABLE, icmp.PROTOCOL_UNREACHABLE, packet, now)
        return self.drop("ipv4: unknown protocol")

    def show_raw(self, packet: bytearray, protocol: int, src: int, dst: int) -> bool:
        """Let every raw socket have a copy; True if one took it."""
        return bool([socket for socket in list(self.raw) if socket.packet(packet, protocol, src, dst)])

    def tap(self, frame: bytearray, index: int, outgoing: bool) -> None:
        """Let every packet socket have a copy of a frame."""
        for socket in list(self.taps):
            socket.frame(frame, index, outgoing)

    def is_for_us(self, dst: int) -> bool:
        """`dst` is an address of this host. Without a lease any is: that is how a DHCP server answers (RFC 2131 §4.1)."""
        if ipv4.is_multicast(dst):
            return self.igmp.has(dst)
        return dst == self.address or ipv4.is_loopback(dst) or self.is_broadcast(dst) or self.address == 0

    def is_broadcast(self, dst: int) -> bool:
        """`dst` is a broadcast address of this host's network, or a multicast group."""
        if dst == ipv4.BROADCAST or ipv4.is_multicast(dst):
            return True
        return self.address != 0 and dst == (self.address | ~self.netmask & 0xFFFFFFFF) and self.netmask < 0xFFFFFFFE

    def udp_input(self, packet: bytearray, at: int, end: int, src: int, dst: int, now: int, verified: bool) -> str:
        """Deliver a datagram, or say that nobody listens (RFC 1122 §4.1.3.1)."""
        group = self.is_broadcast(dst)
        reason = self.udp.input(packet, at, end, src, dst, now, group, verified)
        if reason == "udp: no such port" and not group:
            self.send_error(icmp.UNREACHABLE, icmp.PORT_UNREACHABLE, packet, now)
        return reason

    def icmp_input(self, packet: bytearray, at: int, end: int, src: int, dst: int, now: int) -> str:
        """Answer an echo, pass an error on to who caused it (RFC 1122 §3.2.2)."""
        reason = icmp.check(packet, at, end)
        if reason:
            return self.drop(reason)
        kind = packet[at]
        if kind == icmp.ECHO:
            if self.is_broadcast(dst):
                return self.drop("icmp: echo to a group address")
            self.ipv4_output(icmp.echo_reply(packet, at, end), dst, src, ipv4.ICMP, ipv4.DEFAULT_TTL, 0, True, now)
            return ""
        if kind == icmp.ECHO_REPLY:
            return self.drop("icmp: reply nobody waits for")
        error = icmp.error_kind(kind, packet[at + 1])
        if not error:
            return self.drop("icmp: unknown type")
        return self.icmp_error(packet, at, end, error, icmp.next_hop_mtu(packet, at), now)

    def icmp_error(self, packet: bytearray, at: int, end: int, kind: str, mtu: int, now: int) -> str:
        """An error quotes a packet that this host sent, from packet[at + 8] on: tell the transport that sent it."""
        quote = at + icmp.HEADER
        if end - quote < ipv4.HEADER + 8 or packet[quote] >> 4 != 4:
            return self.drop("icmp: error quotes too little")
        inner = quote + (packet[quote] & 0x0F) * 4
        if inner < quote + ipv4.HEADER or inner + 8 > end:
            return self.drop("icmp: error quotes too little")
        src = get32(packet, quote + 12)
        dst = get32(packet, quote + 16)
        if src != self.address and not ipv4.is_loopback(src):
            return self.drop("icmp: error is not about a packet of ours")
        if packet[quote + 9] == ipv4.TCP:
            self.tcp.icmp_error(src, dst, packet, inner, end, kind, mtu, now)
            return ""
        if packet[quote + 9] == ipv4.UDP and self.udp.icmp_error(src, dst, packet, inner, end, kind):
            return ""
        return self.drop("icmp: error is not about a packet of ours")

    # The way out.

    def source_for(self, dst: int) -> int:
        """The address that this host talks to `dst` from (RFC 1122 §3.3.4.3)."""
        return ipv4.LOCALHOST if ipv4.is_loopback(dst) else self.address

    def send_udp(self, frame: bytearray, src: int, dst: int, ttl: int, tos: int, now: int) -> None:
        """UDP's way to IPv4: a datagram may be cut into fragments. OSError ENETUNREACH where there is no route."""
        if not self.ipv4_output(frame, src, dst, ipv4.UDP, ttl, tos, False, now):
            raise errno.os_error(errno.ENETUNREACH)

    def send_igmp(self, frame: bytearray, dst: int, now: int) -> None:
        """IGMP's way to IPv4: one hop, with the Router Alert option (RFC 3376 §4)."""
        self.next_id = self.next_id + 1 & 0xFFFF
        ipv4.emit(frame, len(frame) - ipv4.AT, self.next_id, 0, 1, igmp.TOS, ipv4.IGMP, self.address, dst)
        ipv4.emit_options(frame, igmp.ROUTER_ALERT)
        ethernet.emit(frame, group_mac(dst), self.mac, ethernet.TYPE_IPV4)
        self.transmit(frame, 0)

    def loop_back(self, frame: bytearray) -> None:
        """A multicast datagram that was sent, to this host too (RFC 1112 §6.1), if it is in the group."""
        if self.igmp.has(ipv4.destination(frame)) and not self.loopback.send(bytearray(frame)):
            self.drop("net: loopback queue full")

    def has_room(self, dst: int) -> bool:
        """Fewer than ENOUGH_BACKLOG frames and ENOUGH_OCTETS wait for the NIC's ring, or `dst` is this host itself."""
        few = len(self.backlog) < ENOUGH_BACKLOG and self.backlog_octets < ENOUGH_OCTETS
        return few or dst == self.address or ipv4.is_loopback(dst)

    def send_tcp(self, frame: bytearray, src: int, dst: int, ttl: int, tos: int, now: int, offload: int) -> None:
        """TCP's way to IPv4: never cut, so that the path's MTU shows (RFC 1191 §3)."""
        self.send_packet(frame, src, dst, ipv4.TCP, ttl, tos, True, now, offload)

    def note_taps(self) -> None:
        """`taps` has changed: while somebody looks at frames nothing is left to the NIC, so that they are as on the wire."""
        self.tcp.offload = 0 if self.taps else self.capabilities

    def ipv4_output(self, frame: bytearray, src: int, dst: int, protocol: int, ttl: int, tos: int, whole: bool, now: int) -> bool:
        """Send what stands at HEADROOM in `frame`; False: no route. `whole`: set Don't Fragment."""
        return self.send_packet(frame, src, dst, protocol, ttl, tos, whole, now, 0)

    def send_packet(
        self, frame: bytearray, src: int, dst: int, protocol: int, ttl: int, tos: int, whole: bool, now: int, offload: int
    ) -> bool:
        """ipv4_output(), some of it left to the NIC (Lower.transmit). On the way to this host itself that is done by nobody, and not missed."""
        self.next_id = self.next_id + 1 & 0xFFFF
        flags = ipv4.DONT_FRAGMENT if whole else 0
        ipv4.emit(frame, len(frame) - ipv4.AT, self.next_id, flags, ttl, tos, protocol, src, dst)
        if ipv4.is_loopback(dst) or (dst == self.address and dst != 0):
            ethernet.emit(frame, 0, 0, ethernet.TYPE_IPV4)
            if not self.loopback.send(frame):
                self.drop("net: loopback queue full")
            return True
        if self.is_broadcast(dst):
            ethernet.emit(frame, group_mac(dst), self.mac, ethernet.TYPE_IPV4)
            self.transmit_packet(frame, -1, now, 0)
            return True
        next_hop = self.routes.next_hop(dst)
        if next_hop < 0:
            self.drop("net: no route")
            return False
        self.transmit_packet(frame, next_hop, now, offload)
        return True

    def transmit_packet(self, frame: bytearray, next_hop: int, now: int, offload: int) -> None:
        """Send a packet, in fragments if it is longer than the MTU, to a neighbour, or as it is addressed where `next_hop` is -1."""
        fits = len(frame) - ethernet.HEADER <= self.mtu or offload & 0xFFFF != 0
        if fits and next_hop >= 0:
            self.arp.send(frame, next_hop, now, offload)
            return
        packets = [frame] if fits else ipv4.fragments(frame, self.mtu)
        for packet in packets:
            if next_hop < 0:
                packet[: ethernet.HEADER] = frame[: ethernet.HEADER]
                self.transmit(packet, 0)
            else:
                self.arp.send(packet, next_hop, now, 0)

    def transmit(self, frame: bytearray, offload: int) -> None:
        """Put a whole frame on the wire, or behind those that wait for room there. offload: as in Lower.transmit."""
        self.frames_out += 1
        if self.taps:
            self.tap(frame, ETHERNET, True)
        if not self.backlog and self.hand_over(frame, offload):
            return
        if len(self.backlog) >= MAX_BACKLOG:
            self.drop("net: transmit queue full")
            return
        self.backlog.append((frame, offload))
        self.backlog_octets += len(frame)

    def hand_over(self, frame: bytearray, offload: int) -> bool:
        """Transport.send; False: no room."""
        if offload == 0:
            return self.transport.send(frame)
        return self.transport.send(frame, offload >> 32, offload >> 16 & 0xFFFF, offload & 0xFFFF)

    def send_error(self, type_: int, code: int, packet: bytearray, now: int) -> None:
        """Tell the sender of `packet` what went wrong, if that may be told and not too often."""
        if not icmp.may_report(packet):
            return
        if now - self.errors_since >= 1_000_000:
            self.errors_since = now
            self.errors_left = icmp.MAX_ERRORS_PER_SECOND
        if self.errors_left == 0:
            self.drop("net: ICMP error rate")
            return
        self.errors_left -= 1
        src = ipv4.source(packet)
        frame = icmp.error(type_, code, 0, packet)
        self.ipv4_output(frame, self.source_for(src), src, ipv4.ICMP, ipv4.DEFAULT_TTL, 0, False, now)

    def unreachable(self, frame: bytearray, now: int) -> None:
        """ARP gave up on the next hop of `frame`: its sender hears what a router's "host unreachable" would say."""
        at = ipv4.AT + ipv4.header_length(frame)
        end = len(frame)
        if ipv4.flags_offset(frame) & ipv4.OFFSET_MASK or end - at < 8:
            return
        src = ipv4.source(frame)
        dst = ipv4.destination(frame)
        if ipv4.protocol(frame) == ipv4.TCP:
            self.tcp.icmp_error(src, dst, frame, at, end, "host-unreachable", 0, now)
        elif ipv4.protocol(frame) == ipv4.UDP:
            self.udp.icmp_error(src, dst, frame, at, end, "host-unreachable")

    def reassembly_expired(self, packet: bytearray, now: int) -> None:
        """The rest of a datagram never came."""
        self.send_error(icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME_EXCEEDED, packet, now)

    def drop(self, reason: str) -> str:
        """Count what was not taken."""
        self.drops[reason] += 1
        return reason

    def counters(self) -> dict[str, int]:
        """Frames in and out, and every reason for which something was dropped, with its count."""
        counters = {"frames in": self.frames_in, "frames out": self.frames_out}
        for drops in (self.drops, self.arp.drops, self.igmp.drops, self.udp.drops, self.tcp.drops):
            counters.update(drops)
        return counters

    # The host's address.

    def configure(self, address: int, netmask: int, gateway: int) -> None:
        """Take an address (0: have none), with the routes that follow from it. One that `acd` is watching over is told of when it may be; any other at once."""
        self.address = address
        self.netmask = netmask
        self.gateway = gateway
        self.routes.clear()
        self.arp.address = address
        self.arp.sender = 0
        if address != self.acd.address:
            self.acd.stop()
        if address:
            self.arp.forget()
            self.routes.add(address & netmask, netmask, 0)
            if gateway:
                self.routes.add(0, 0, gateway)
            if self.acd.phase == IDLE:
                self.acd.claim(address, self.clock())
            elif self.acd.phase != PROBING:
                self.arp.sender = address

    # Multicast.

    def join_group(self, group: int) -> None:
        """Take what is sent to a multicast group, and tell the link's routers. OSError EINVAL (not a group), ENOBUFS."""
        self.igmp.join(group, self.clock())

    def leave_group(self, group: int) -> None:
        """Undo one join_group(). OSError EADDRNOTAVAIL without one."""
        self.igmp.leave(group, self.clock())

    # The loop.

    def poll(self) -> None:
        """One turn: drain the received frames, run the timers that are due, run the tasks that are ready, flush."""
        self.sleeps_until = 0
        self.polling = True
        try:
            self.watch_link()
            now = self.clock()
            if self.receive(now):
                now = self.clock()
            self.arp.run_timers(now)
            self.acd.run_timers(now)
            self.igmp.run_timers(now)
            self.reassembler.run_timers(now)
            self.tcp.run_timers(now)
            self.loop.run(now)
            self.flush()
        finally:
            self.polling = False

    def receive(self, now: int) -> bool:
        """Take at most RX_BUDGET frames of each transport; False: there was none.

        Nothing in a frame can make this raise; one that memory is too full for is lost.
        """
        before = self.frames_in
        self.tcp.begin_burst()
        # Until the transport has said that there is no more it does not interrupt.
        self.more_to_receive = True
        for _ in range(RX_BUDGET):
            received = self.transport.recv()
            if received is None:
                self.more_to_receive = False
                break
            try:
                self.ethernet_input(as_frame(received[0]), received[1], now)
            except MemoryError:
                self.drop("net: no memory")
        return self.receive_loopback(now) or self.frames_in != before

    def receive_loopback(self, now: int) -> bool:
        """Take at most RX_BUDGET of the frames that this host has sent to itself; False: there was none."""
        some = bool(self.loopback.frames)
        for _ in range(RX_BUDGET):
            received = self.loopback.recv()
            if received is None:
                break
            try:
                packet = as_frame(received[0])
                if self.taps:
                    self.tap(packet, LOOPBACK, True)
                    self.tap(packet, LOOPBACK, False)
                if ethernet.ethertype(packet) == ethernet.TYPE_IPV4:
                    self.ipv4_input(packet, received[1], False, now)
            except MemoryError:
                self.drop("net: no memory")
        try:
            self.tcp.end_burst(now)
        except MemoryError:
            self.drop("net: no memory")
        return some

    def watch_link(self) -> None:
        """See a cable pulled or plugged in; what ARP learned may not hold on the other side of it."""
        link = self.transport.link_up()
        if link != self.link:
            self.link = link
            self.arp.forget()
            if link:
                self.igmp.restart(self.clock())
            self.link_changed.wake()

    def flush(self) -> None:
        """Send what waited for room, as far as there is room, then what TCP held back meanwhile, and ring the doorbell."""
        while self.backlog:
            frame, offload = self.backlog[0]
            if not self.hand_over(frame, offload):
                break
            # A slice: what is behind it is not moved.
            del self.backlog[:1]
            self.backlog_octets -= len(frame)
        if self.tcp.held_back and self.has_room(0):
            self.tcp.go_on(self.clock())
        self.transport.flush()

    def next_deadline(self) -> int:
        """When poll() has something to do: 0 for at once, -1 when only a frame can bring it."""
        if self.loopback.frames or self.more_to_receive:
            return 0
        tcp = self.tcp.next_deadline()
        earliest = sooner(-1 if tcp is None else tcp, self.loop.next_deadline())
        earliest = sooner(earliest, sooner(self.arp.next_deadline(), self.acd.next_deadline()))
        earliest = sooner(earliest, sooner(self.igmp.next_deadline(), self.reassembler.next_deadline()))
        return sooner(earliest, self.clock() + BACKLOG_RETRY) if self.backlog else earliest

    def leave(self) -> None:
        """To be called when a thread leaves the stack: what it sent goes out, and the loop is woken if it must run sooner than it thinks.

        What the thread sent to this host itself arrives here and now, as on Linux: a program may look for it with its next call.
        """
        if self.sleeps_until == 0:
            return
        if self.loopback.frames:
            self.receive_loopback(self.clock())
        self.flush()
        deadline = self.next_deadline()
        if deadline >= 0 and (self.sleeps_until < 0 or deadline < self.sleeps_until):
            self.wake_loop()

    def task_crashed(self, task: Task, error: BaseException) -> None:
        """A task that nobody joins ended with an exception."""
        self.log("task " + task.name + " ended with " + type(error).__name__ + ": " + str(error))


def group_mac(dst: int) -> int:
    """The MAC address for a broadcast, or for a multicast group (RFC 1112 §6.4)."""
    return 0x01005E000000 | dst & 0x7FFFFF if ipv4.is_multicast(dst) else ethernet.BROADCAST


def rx_thread(stack: Stack) -> None:
    """The loop of `stack`, for ever: turn, then sleep until the NIC interrupts, a thread asks, or the next deadline comes."""
    import kernel

    stack.wake_loop = kernel.net_wake
    full = False
    while stack.running:
        try:
            stack.poll()
        except MemoryError:
            if not full:
                stack.log("memory: the heap is full; what was under way was given up (give the machine more than it has, QEMU's -m)")
            full = True
        # A deadline of 0 is past: the wait then only lets the other threads run.
        stack.sleeps_until = stack.next_deadline()
        kernel.net_wait(stack.sleeps_until)


class TCPSocket:
    """A TCP connection of one Stack, without waiting: the form that everything above is made of.

    connection: what Tcp.connect or Listener.accept returned.
    """

    def __init__(self, stack: Stack, connection: Connection) -> None:
        self.stack = stack
        self.connection = connection

    def send(self, data: Octets) -> int:
        """Queue `data` and send what the window allows. The bytes taken; BlockingIOError when the buffer is full, OSError of the connection."""
        taken = self.connection.send(data, self.stack.now())
        self.stack.leave()
        self.check_error()
        if taken == 0 and len(data):
            raise errno.os_error(errno.EAGAIN)
        return taken

    def recv(self, count: int) -> bytes:
        """At most `count` bytes in order, b'' after the peer's FIN. BlockingIOError when there is none yet, OSError of the connection."""
        data = self.connection.receive(count, self.stack.now())
        self.stack.leave()
        if data is None:
            self.check_error()
            raise errno.os_error(errno.EAGAIN)
        return data

    def poll(self) -> int:
        """The poll bits of pynet.readiness."""
        return self.connection.poll()

    def close(self) -> None:
        """Send what is queued, then FIN; the connection lives on until the peer has it (RFC 9293 §3.10.4)."""
        self.connection.close(self.stack.now())
        self.stack.leave()

    def check_error(self) -> None:
        """Raise the error that ended the connection, once."""
        number = self.connection.take_error()
        if number:
            raise errno.os_error(number)
