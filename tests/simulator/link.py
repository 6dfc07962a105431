"""A wire between two sides, in virtual time: rate, delay, a drop-tail queue, and everything that can happen to a frame, all from one seed.

What happens to a frame, in order: it waits in the queue of its direction or is dropped there; it is serialised; on the wire it is lost, altered,
or carried, once or twice; it arrives after the delay, later by some jitter, later still if others are to overtake it.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from pynet.net import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.frame import Octets

NS = 1_000_000_000


class Wire:
    """What one direction is made of. Probabilities are in millionths, times in microseconds."""

    def __init__(
        self,
        delay: int = 0,
        rate: int = 0,
        queue: int = 0,
        loss: int = 0,
        reorder: int = 0,
        reorder_by: int = 0,
        duplicate: int = 0,
        corrupt: int = 0,
        jitter: int = 0,
    ) -> None:
        self.delay = delay
        # Octets of frames a second, 0 for no limit; `queue` bounds the octets that wait for the wire, the one that is on it included.
        self.rate = rate
        self.queue = queue
        self.loss = loss
        # A frame that is reordered arrives `reorder_by` later than it should: those behind it overtake.
        self.reorder = reorder
        self.reorder_by = reorder_by
        self.duplicate = duplicate
        # One bit of the frame, any, is the other one.
        self.corrupt = corrupt
        # Up to so much later, evenly; it reorders nothing, as a queue elsewhere on the path would not.
        self.jitter = jitter


class Direction:
    """One direction of the link, shared by all that send into it. `deliver(when, frame)` takes what arrives."""

    def __init__(self, wire: Wire, seed: str, deliver: Callable[[int, bytes], None]) -> None:
        self.wire = wire
        self.deliver = deliver
        # One stream of random numbers for each thing that can happen, so that switching one on does not move the others.
        self.losses = Random(seed + " loss")
        self.corruptions = Random(seed + " corrupt")
        self.duplicates = Random(seed + " duplicate")
        self.reorderings = Random(seed + " reorder")
        self.jitters = Random(seed + " jitter")
        # False: the wire is as good as its rate, queue and delay.
        self.disturbed = False
        # Nanoseconds: when the wire has sent all that waits.
        self.free_at = 0
        self.last_arrival = 0
        self.carried = 0
        self.carried_octets = 0
        self.lost = 0
        self.overflowed = 0
        self.altered = 0
        self.doubled = 0
        self.overtaken = 0

    def waiting(self, now: int) -> int:
        """Octets that wait for the wire at `now`."""
        return max(self.free_at - now * 1000, 0) * self.wire.rate // NS

    def send(self, frame: bytes, now: int) -> None:
        """`frame` enters the link at `now`."""
        wire = self.wire
        when = now
        if wire.rate:
            if self.waiting(now) + len(frame) > wire.queue:
                self.overflowed += 1
                return
            self.free_at = max(self.free_at, now * 1000) + len(frame) * NS // wire.rate
            when = self.free_at // 1000
        self.carried += 1
        self.carried_octets += len(frame)
        if not self.disturbed:
            self.arrive(when + wire.delay, frame)
            return
        if wire.loss and self.losses.randrange(1_000_000) < wire.loss:
            self.lost += 1
            return
        if wire.corrupt and self.corruptions.randrange(1_000_000) < wire.corrupt:
            frame = self.alter(frame)
        when += wire.delay
        if wire.jitter:
            when += self.jitters.randrange(wire.jitter + 1)
        if wire.reorder and self.reorderings.randrange(1_000_000) < wire.reorder:
            self.overtaken += 1
            self.deliver(when + wire.reorder_by, frame)
        else:
            self.arrive(when, frame)
        if wire.duplicate and self.duplicates.randrange(1_000_000) < wire.duplicate:
            self.doubled += 1
            self.arrive(when, frame)

    def arrive(self, when: int, frame: bytes) -> None:
        """In the order of sending, whatever the jitter."""
        self.last_arrival = max(self.last_arrival, when)
        self.deliver(self.last_arrival, frame)

    def alter(self, frame: bytes) -> bytes:
        """One bit of it, any, is the other one."""
        self.altered += 1
        bit = self.corruptions.randrange(len(frame) * 8)
        altered = bytearray(frame)
        altered[bit >> 3] ^= 1 << (bit & 7)
        return bytes(altered)


class Port(Transport):
    """A host's end of the link: what a NIC is to the kernel. `put(frame)` takes what the host sends."""

    def __init__(self, mac: int, put: Callable[[bytes], None]) -> None:
        self.mac = mac
        self.put = put

    def send(self, frame: bytearray, csum_start: int = 0, csum_offset: int = 0, gso_size: int = 0) -> bool:
        self.put(bytes(frame))
        return True

    def recv(self) -> tuple[Octets, int] | None:
        """Nothing: the simulation hands frames over as they arrive."""
        return None
