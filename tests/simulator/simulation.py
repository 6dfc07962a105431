"""Pairs of Stacks on one link, flows between them, and the clock that moves them.

Host i on the left (10.0.0.i) sends to host i on the right (10.0.1.i); all share the link, left to right for data, right to left for what
acknowledges it. Everything follows from the seed: the same seed gives the same octets at the same times.
"""

from __future__ import annotations

import hashlib
import struct
from heapq import heappop, heappush
from random import Random
from typing import TYPE_CHECKING

from pynet.net import Stack
from pynet.tcp.congestion import INFINITE, NewReno
from pynet.tcp.registry import CONTROLLERS
from pynet.tcp.states import ESTABLISHED
from tests.simulator.link import Direction, Port, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.tcp.connection import Connection
    from pynet.tcp.layer import Config, Listener

SECOND = 1_000_000
NETMASK = 0xFFFF0000
LEFT = 0x0A000001
RIGHT = 0x0A000101
MAC_LEFT = 0x020000000001
MAC_RIGHT = 0x020000000101
FIRST_PORT = 5001

# Ten times what the slowest cell takes.
MAX_TIME = 36_000 * SECOND


class Unlimited(NewReno):
    """No congestion control: only the peer's window and the buffers hold the sender back, whatever is lost."""

    name = "none"

    @property
    def cwnd(self) -> int:
        return INFINITE

    @cwnd.setter
    def cwnd(self, octets: int) -> None:
        """Recovery, the timer and the handshake ask for less: not here."""


CONTROLLERS["none"] = Unlimited


def pattern() -> bytes:
    """Octets that the receiver can check: no stretch of 64 of them comes twice within the period, which no segment size divides."""
    return Random("pattern").randbytes(65_521)


PATTERN = pattern()
DOUBLE = PATTERN + PATTERN


class Flow:
    """`size` octets (0: without end) from one host of a pair to the other, as fast as TCP takes them."""

    def __init__(self, simulation: Simulation, pair: int, port: int, size: int) -> None:
        self.simulation = simulation
        self.size = size
        self.given = 0
        self.got = 0
        self.done = False
        self.begun_at = 0
        self.done_at = 0
        # Events that made the controller reduce its window: losses (RFC 5681 §3.2) and, of these, expiries of the timer.
        self.losses = 0
        self.timeouts = 0
        # The RTO at each of these expiries, its backoff taken off, summed; and SRTT at each loss.
        self.rto_sum = 0
        self.rtt_sum = 0
        self.left = simulation.left[pair]
        self.right = simulation.right[pair]
        self.listener: Listener = self.right.tcp.listen(0, port, 1)
        self.sender: Connection = self.left.tcp.connect(self.left.address, 0, self.right.address, port, simulation.now)
        self.receiver: Connection | None = None
        self.count_reductions(self.sender.congestion)

    def count_reductions(self, control: NewReno) -> None:
        """Note when the controller is told of a loss."""
        on_loss, on_rto = control.on_loss, control.on_rto

        def loss(flight: int, mss: int, now: int) -> None:
            self.losses += 1
            self.rtt_sum += self.sender.rtt.srtt()
            on_loss(flight, mss, now)

        def rto(flight: int, mss: int, now: int) -> None:
            self.timeouts += 1
            self.rto_sum += self.sender.rtt.rto >> self.sender.rtt.backoff
            on_rto(flight, mss, now)

        control.on_loss = loss  # type: ignore[method-assign]
        control.on_rto = rto  # type: ignore[method-assign]

    def established(self) -> bool:
        """Both ends have shaken hands."""
        if self.receiver is None:
            self.receiver = self.listener.accept()
        return self.receiver is not None and self.sender.state == ESTABLISHED

    def begin(self) -> None:
        """Send from now on."""
        assert self.receiver is not None
        self.begun_at = self.simulation.now
        self.sender.changed = self.give
        self.receiver.changed = self.take
        self.give()
        self.simulation.touch(self.left)

    def give(self) -> None:
        """Fill the send buffer."""
        while not self.size or self.given < self.size:
            at = self.given % len(PATTERN)
            count = min(65_536, self.size - self.given) if self.size else 65_536
            taken = self.sender.send(DOUBLE[at : at + count], self.simulation.now)
            if taken == 0:
                return
            self.given += taken

    def take(self) -> None:
        """Empty the receive buffer; what is in it must be what was sent."""
        assert self.receiver is not None
        while data := self.receiver.receive(65_536, self.simulation.now):
            at = self.got % len(PATTERN)
            assert data == DOUBLE[at : at + len(data)], f"octets {self.got} to {self.got + len(data)} are not what was sent"
            self.got += len(data)
        if self.size and self.got == self.size and not self.done:
            self.done = True
            self.done_at = self.simulation.now

    def mean_rto(self) -> int:
        """Microseconds, over the expiries of the timer; 0 without one."""
        return self.rto_sum // self.timeouts if self.timeouts else 0

    def mean_rtt(self) -> int:
        """Microseconds, SRTT over the losses; 0 without one."""
        return self.rtt_sum // self.losses if self.losses else 0

    def goodput(self) -> int:
        """Octets a second that arrived in order, from the first sent to the last received, or to now."""
        end = self.done_at if self.done else self.simulation.now
        return self.got * SECOND // max(end - self.begun_at, 1)


class Simulation:
    """`pairs` of hosts and a link: `forward` from left to right, `back` from right to left."""

    def __init__(self, seed: int, forward: Wire, back: Wire, pairs: int = 1) -> None:
        assert 1 <= pairs <= 250
        self.now = SECOND
        self.forward = Direction(forward, f"{seed} forward", lambda when, frame: self.schedule(when, frame, self.rights))
        self.back = Direction(back, f"{seed} back", lambda when, frame: self.schedule(when, frame, self.lefts))
        # (when, serial number, frame, who may receive it by MAC address)
        self.flying: list[tuple[int, int, bytes, dict[int, Stack]]] = []
        self.serial = 0
        # (deadline, serial number, host): stale unless `due` agrees.
        self.deadlines: list[tuple[int, int, Stack]] = []
        self.due: dict[int, int] = {}
        # Called with (time, True from left to right, frame) for each frame that a host sends.
        self.watch: Callable[[int, bool, bytes], None] | None = None
        self.flows: list[Flow] = []
        self.lefts: dict[int, Stack] = {}
        self.rights: dict[int, Stack] = {}
        self.left = [self.host(seed, self.forward, LEFT + i, MAC_LEFT + i, self.lefts) for i in range(pairs)]
        self.right = [self.host(seed, self.back, RIGHT + i, MAC_RIGHT + i, self.rights) for i in range(pairs)]

    def host(self, seed: int, direction: Direction, address: int, mac: int, side: dict[int, Stack]) -> Stack:
        """A host that sends into `direction`."""

        def put(frame: bytes) -> None:
            if self.watch is not None:
                self.watch(self.now, direction is self.forward, frame)
            direction.send(frame, self.now)

        stack = Stack(Port(mac, put), self.clock, Random(f"{seed} host {address}").randbytes)
        side[mac] = stack
        stack.configure(address, NETMASK, 0)
        return stack

    def clock(self) -> int:
        """Microseconds."""
        return self.now

    def configure(self, setting: Callable[[Config], None]) -> None:
        """`setting` on the Config of every host."""
        for stack in self.left + self.right:
            setting(stack.tcp.config)

    def schedule(self, when: int, frame: bytes, side: dict[int, Stack]) -> None:
        """`frame` reaches the hosts of `side` at `when`."""
        self.serial += 1
        heappush(self.flying, (when, self.serial, frame, side))

    def touch(self, stack: Stack) -> None:
        """`stack` was used: see that it is looked at in time."""
        deadline = stack.next_deadline()
        if self.due.get(stack.address, -1) != deadline:
            self.due[stack.address] = deadline
            if deadline >= 0:
                self.serial += 1
                heappush(self.deadlines, (deadline, self.serial, stack))

    def turn(self, stack: Stack) -> None:
        """One turn of a host's loop."""
        stack.poll()
        self.touch(stack)

    def step(self, until: int) -> bool:
        """Jump to the next thing that is due, and do it. False: nothing is due by `until`, which it is now."""
        deadlines = self.deadlines
        while deadlines and self.due[deadlines[0][2].address] != deadlines[0][0]:
            heappop(deadlines)
        when = deadlines[0][0] if deadlines else MAX_TIME
        if self.flying and self.flying[0][0] <= when:
            when = self.flying[0][0]
            if when > until:
                self.now = until
                return False
            self.now = max(self.now, when)
            self.arrive(when)
            return True
        if when > until:
            self.now = until
            return False
        self.now = max(self.now, when)
        _, _, stack = heappop(deadlines)
        self.due[stack.address] = -1
        self.turn(stack)
        return True

    def arrive(self, when: int) -> None:
        """All that reaches a host at `when`, before its loop turns: its timers do not run between two frames of one microsecond.

        Each frame comes alone, as from a NIC that interrupts for each: frames of one microsecond are an artefact of wires without a rate, and
        would otherwise be acknowledged as one, where the theory and smoltcp have an ACK for two segments.
        """
        hosts: dict[Stack, None] = {}
        while self.flying and self.flying[0][0] == when:
            _, _, frame, side = heappop(self.flying)
            for host in self.addressed(frame, side):
                host.handle_packet(frame)
                hosts[host] = None
        for host in hosts:
            self.turn(host)

    def addressed(self, frame: bytes, side: dict[int, Stack]) -> list[Stack]:
        """The host that `frame` is addressed to, all if it is a broadcast, nobody if its address was altered."""
        stack = side.get(int.from_bytes(frame[:6], "big"))
        if stack is not None:
            return [stack]
        return list(side.values()) if frame[0] & 1 else []

    def run(self, until: int) -> None:
        """Let time pass until `until`."""
        while self.step(until):
            pass

    def run_while(self, going: Callable[[], bool], limit: int = MAX_TIME) -> None:
        """Let time pass while `going()`. AssertionError if it goes on beyond `limit`."""
        while going():
            assert self.step(limit), f"not within {limit} microseconds"

    def connect(self, flows: int, size: int = 0) -> list[Flow]:
        """So many flows, spread over the pairs, their handshakes made while the link disturbs nothing."""
        pairs = len(self.left)
        for i in range(flows):
            flow = Flow(self, i % pairs, FIRST_PORT + i, size)
            self.flows.append(flow)
            self.touch(flow.left)
        self.run_while(lambda: not all(flow.established() for flow in self.flows))
        self.forward.disturbed = self.back.disturbed = True
        return self.flows


class Capture:
    """Every frame that a host sent, as a digest; and, if `keep`, as a pcap file's octets."""

    def __init__(self, simulation: Simulation, keep: bool = False) -> None:
        self.digest = hashlib.sha256()
        self.frames = 0
        self.keep = keep
        # The header of a pcap file: microseconds, LINKTYPE_ETHERNET.
        self.pcap = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1))
        simulation.watch = self.take

    def take(self, now: int, forward: bool, frame: bytes) -> None:
        self.frames += 1
        record = struct.pack("<IIII", now // SECOND, now % SECOND, len(frame), len(frame)) + frame
        self.digest.update(b">" if forward else b"<")
        self.digest.update(record)
        if self.keep:
            self.pcap += record
