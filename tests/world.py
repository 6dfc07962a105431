"""Hosts and cables in virtual time: nothing sleeps, and the same seed gives the same bytes.

A World has a clock and Stacks; a Cable joins two of them, with a delay, and loses, repeats or alters what a test tells it to. `World.run` lets time
pass: it jumps from one thing that is due to the next.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pynet.net import Blocker, Stack, Transport
from pynet.readiness import Waiter
from pynet.sockets import Sockets
from tests.nic import finished
from tests.support import Random

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.frame import Octets

MAC_A = 0x020000000001
MAC_B = 0x020000000002
ADDRESS_A = 0x0A000001
ADDRESS_B = 0x0A000002
NETMASK = 0xFFFFFF00

# Turns of all stacks at one moment: more means that they keep each other busy for ever.
MAX_TURNS = 100_000


class CableEnd(Transport):
    """One end of a Cable: what a NIC is to the kernel."""

    def __init__(self, world: World, mac: int, delay: int) -> None:
        self.world = world
        self.mac = mac
        self.delay = delay
        self.peer: CableEnd | None = None
        self.arriving: deque[tuple[int, bytes]] = deque()
        # Every frame that this end sent, for tests to look at; and what becomes of a frame: a list of those that arrive.
        self.sent: list[bytes] = []
        self.fate: Callable[[bytes], list[bytes]] = unchanged
        self.plugged = True
        self.full = False
        # What this NIC does for the stack (pynet.lower); to be set before a Stack is made on it.
        self.capabilities = 0

    def send(self, frame: bytearray, csum_start: int = 0, csum_offset: int = 0, gso_size: int = 0) -> bool:
        if self.full:
            return False
        for whole in finished(bytes(frame), csum_start, csum_offset, gso_size):
            self.sent.append(whole)
            if self.peer is not None and self.plugged and self.peer.plugged:
                for arrived in self.fate(whole):
                    self.peer.arriving.append((self.world.now + self.delay, arrived))
        return True

    def recv(self) -> tuple[Octets, int] | None:
        if self.arriving and self.arriving[0][0] <= self.world.now:
            return self.arriving.popleft()[1], 0
        return None

    def link_up(self) -> bool:
        return self.plugged


def unchanged(frame: bytes) -> list[bytes]:
    """A cable that carries every frame once."""
    return [frame]


class PumpBlocker(Blocker):
    """A blocking call in virtual time: the world runs on until the waiter is woken."""

    def __init__(self, world: World) -> None:
        self.world = world

    def sleep(self, stack: Stack, waiter: Waiter, deadline: int) -> None:
        self.world.run_until(lambda: waiter.woken, deadline)


class World:
    """A clock that only `run` moves, and what lives by it."""

    def __init__(self, seed: int = 1) -> None:
        self.now = 1_000_000
        self.random = Random(seed)
        self.stacks: list[Stack] = []
        self.log: list[str] = []

    def clock(self) -> int:
        """Microseconds."""
        return self.now

    def cable(self, delay: int = 1000, mac_a: int = MAC_A, mac_b: int = MAC_B) -> tuple[CableEnd, CableEnd]:
        """The two ends of a new cable; a frame takes `delay` microseconds."""
        a = CableEnd(self, mac_a, delay)
        b = CableEnd(self, mac_b, delay)
        a.peer = b
        b.peer = a
        return a, b

    def stack(self, transport: Transport, address: int = 0, gateway: int = 0) -> Stack:
        """A host on `transport`, with `address` if it is given."""
        stack = Stack(transport, self.clock, self.random.octets, PumpBlocker(self), self.log.append)
        if address:
            stack.configure(address, NETMASK, gateway)
        self.stacks.append(stack)
        return stack

    def pair(self, delay: int = 1000, capabilities: int = 0) -> tuple[Stack, Stack]:
        """Two hosts on one cable: 10.0.0.1 and 10.0.0.2. capabilities: of both NICs."""
        a, b = self.cable(delay)
        a.capabilities = b.capabilities = capabilities
        return self.stack(a, ADDRESS_A), self.stack(b, ADDRESS_B)

    def sockets(self, stack: Stack) -> Sockets:
        """The socket calls of a host."""
        return Sockets(stack)

    def settle(self) -> None:
        """Let every stack do what is due at this moment."""
        for _ in range(MAX_TURNS):
            for stack in self.stacks:
                stack.poll()
            due = self.next_deadline()
            if due < 0 or due > self.now:
                return
        raise AssertionError("the stacks never come to rest")

    def next_deadline(self) -> int:
        """When something happens next, or -1."""
        earliest = -1
        for stack in self.stacks:
            deadlines = [stack.next_deadline()]
            transport = stack.transport
            if isinstance(transport, CableEnd) and transport.arriving:
                deadlines.append(transport.arriving[0][0])
            for deadline in deadlines:
                if deadline >= 0 and (earliest < 0 or deadline < earliest):
                    earliest = deadline
        return earliest

    def run_until(self, happened: Callable[[], bool], deadline: int) -> None:
        """Let time pass until happened(), or to `deadline` (-1: none). AssertionError when nothing can happen any more."""
        while True:
            self.settle()
            if happened() or (0 <= deadline <= self.now):
                return
            due = self.next_deadline()
            if due < 0 and deadline < 0:
                raise AssertionError("nothing will ever happen again")
            if due < 0 or (0 <= deadline < due):
                due = deadline
            self.now = max(due, self.now)

    def run(self, duration: int) -> None:
        """Let `duration` microseconds pass."""
        self.run_until(never, self.now + duration)

    def finish(self, stack: Stack, coroutine: Any, limit: int = 600_000_000) -> Any:
        """The result of `coroutine`, run by `stack` for at most `limit` microseconds; what it raises, raised again."""
        task = stack.loop.spawn(coroutine, "test")
        self.run_until(lambda: task.done, self.now + limit)
        if not task.done:
            raise AssertionError("the coroutine did not end in time")
        if task.error is not None:
            raise task.error
        return task.result


def never() -> bool:
    """Time passes to the deadline."""
    return False
