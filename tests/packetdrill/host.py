"""The stack under test in virtual time: a wire whose other end is the script, and system calls that block in a thread of their own.

Only one thread ever runs: a call that blocks hands the turn back, and gets it again when its waiter is woken or its deadline has come.
"""

from __future__ import annotations

from collections import deque
from threading import Semaphore, Thread
from typing import TYPE_CHECKING

from pynet import arp, ethernet
from pynet.net import Blocker, Stack, Transport, ignore
from pynet.readiness import Waiter
from pynet.sockets import Sockets
from tests.support import Random

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.frame import Octets
    from pynet.tcp.layer import Config

OUR_MAC = 0x020000000001
THEIR_MAC = 0x020000000002
# The clock when a script starts: late enough that nothing in the stack takes it for "never".
START = 1_000_000_000
# Turns of the loop at one moment: more means that it keeps itself busy for ever.
MAX_TURNS = 10_000


class WouldBlock(Exception):
    """A system call would have waited, and the script does not say so."""


class Abandoned(BaseException):
    """Ends the thread of a call that is still blocked when the script is over."""


class Wire(Transport):
    """The link: every neighbour answers ARP with THEIR_MAC; IPv4 packets are kept for the script."""

    def __init__(self, host: Host, mtu: int) -> None:
        self.host = host
        self.mac = OUR_MAC
        self.mtu = mtu
        self.sent: deque[tuple[int, bytes]] = deque()
        self.arriving: deque[bytes] = deque()

    def send(self, frame: bytearray, csum_start: int = 0, csum_offset: int = 0, gso_size: int = 0) -> bool:
        if ethernet.ethertype(frame) != ethernet.TYPE_ARP:
            self.sent.append((self.host.now, bytes(frame)))
        elif arp.operation(frame) == arp.REQUEST and arp.target_ip(frame) != arp.sender_ip(frame):
            answer = arp.emit(arp.REPLY, THEIR_MAC, arp.target_ip(frame), OUR_MAC, arp.sender_ip(frame), OUR_MAC)
            self.arriving.append(bytes(answer))
        return True

    def recv(self) -> tuple[Octets, int] | None:
        return (self.arriving.popleft(), 0) if self.arriving else None


class BlockedCall:
    """A system call that may block, in a thread of its own; `error` is what it raised."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function
        self.resume = Semaphore(0)
        self.yielded = Semaphore(0)
        self.waiter: Waiter | None = None
        self.deadline = -1
        self.done = False
        self.abandoned = False
        self.result: Any = None
        self.error: Exception | None = None
        # The clock when it was done.
        self.ended = 0
        self.thread = Thread(target=self.run, daemon=True)

    def run(self) -> None:
        """The thread."""
        try:
            self.result = self.function()
        except Exception as error:  # noqa: BLE001 (the script's call decides what may come)
            self.error = error
        except Abandoned:
            pass
        self.done = True
        self.yielded.release()

    def start(self) -> None:
        """Run until the call blocks or is done."""
        self.thread.start()
        self.yielded.acquire()

    def park(self, waiter: Waiter, deadline: int) -> None:
        """In the thread: block."""
        self.waiter = waiter
        self.deadline = deadline
        self.yielded.release()
        self.resume.acquire()
        if self.abandoned:
            raise Abandoned

    def is_due(self, now: int) -> bool:
        """It may go on."""
        assert self.waiter is not None
        return not self.done and (self.waiter.woken or 0 <= self.deadline <= now)

    def step(self) -> None:
        """Go on until it blocks again or is done."""
        self.resume.release()
        self.yielded.acquire()

    def abandon(self) -> None:
        """The script is over."""
        if not self.done:
            self.abandoned = True
            self.step()


class ScriptBlocker(Blocker):
    """Blocking as the script says it: in the call that it marks as blocking, and nowhere else."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def new_waiter(self) -> Waiter:
        return Waiter(ignore)

    def sleep(self, stack: Stack, waiter: Waiter, deadline: int) -> None:
        if self.host.running is None:
            raise WouldBlock
        self.host.running.park(waiter, deadline)


class Host:
    """A Stack, its clock, and the system calls of one process."""

    def __init__(self, address: int, netmask: int, gateway: int, mtu: int, config: Config) -> None:
        self.now = START
        self.wire = Wire(self, mtu)
        self.log: list[str] = []
        self.stack = Stack(self.wire, self.clock, Random(1).octets, ScriptBlocker(self), self.log.append)
        self.stack.tcp.config = config
        self.stack.configure(address, netmask, gateway)
        self.sockets = Sockets(self.stack)
        # Numbers 0 to 2 are the process's own files, so that the first socket is 3.
        for _ in range(3):
            self.sockets.socket()
        # The call that blocks now, and the one whose thread has the turn.
        self.blocked: BlockedCall | None = None
        self.running: BlockedCall | None = None
        self.settle()
        self.wire.sent.clear()

    def clock(self) -> int:
        """Microseconds."""
        return self.now

    def inject(self, frame: bytes) -> None:
        """A frame arrives now."""
        self.wire.arriving.append(frame)
        self.settle()

    def settle(self) -> None:
        """Do everything that is due at this moment."""
        for _ in range(MAX_TURNS):
            self.stack.poll()
            call = self.blocked
            if call is not None and not call.done and call.is_due(self.now):
                self.turn(call, call.step)
                continue
            due = self.stack.next_deadline()
            if not self.wire.arriving and (due < 0 or due > self.now):
                return
        raise AssertionError("the stack never comes to rest")

    def turn(self, call: BlockedCall, action: Callable[[], None]) -> None:
        """Give a call's thread the turn."""
        self.running = call
        try:
            action()
        finally:
            self.running = None
        if call.done and not call.ended:
            call.ended = self.now

    def begin(self, function: Callable[[], Any]) -> BlockedCall:
        """Start a call that may block."""
        call = BlockedCall(function)
        self.blocked = call
        self.turn(call, call.start)
        self.settle()
        return call

    def next_event(self, until: int) -> int:
        """When something happens next, `until` at the latest."""
        due = self.stack.next_deadline()
        call = self.blocked
        if call is not None and not call.done and call.deadline >= 0 and (due < 0 or call.deadline < due):
            due = call.deadline
        return until if due < 0 or due > until else max(due, self.now)

    def run_until(self, until: int, happened: Callable[[], bool]) -> bool:
        """Let time pass to `until` or to when happened() is true, which is returned."""
        self.settle()
        while not happened():
            if self.now >= until:
                return False
            self.now = self.next_event(until)
            self.settle()
        return True

    def close(self) -> None:
        """Let no thread stay."""
        if self.blocked is not None:
            self.turn(self.blocked, self.blocked.abandon)
