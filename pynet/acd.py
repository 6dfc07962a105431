"""Is the address ours alone? Address conflict detection (RFC 5227).

An address is probed (§2.1): three ARP requests for it that name no sender, so that no cache is touched; whoever has it answers. Then it is announced
(§2.3), and from then on defended once (§2.4); a second conflict within ten seconds means that it is given up, or, where it was set by hand, kept.

Where this differs from §2.1, which has the host wait five to nine seconds before it uses the address: the first probe goes out at once, and the address is
in use from FIRST_LOOK on, while the other two probes follow in their time. A station on a wired link that has the address answers the first probe within
a millisecond; what the longer wait would also catch is caught by the later probes, and then costs this host its connections. Until all is quiet
the address is not announced, and our own ARP requests name no sender, so that no neighbour's cache is turned from the rightful owner to us. (§2.2 leaves
shorter times to networks that answer fast; RFC 4429 does the same for IPv6.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import arp, ethernet
from pynet.readiness import WaitQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.arp import ArpTable

# RFC 5227 §1.1, in microseconds.
PROBE_NUM = 3
PROBE_MIN = 1_000_000
PROBE_MAX = 2_000_000
ANNOUNCE_WAIT = 2_000_000
ANNOUNCE_NUM = 2
ANNOUNCE_INTERVAL = 2_000_000
DEFEND_INTERVAL = 10_000_000
# How long an answer to the first probe is waited for before the address is used.
FIRST_LOOK = 100_000

IDLE = 0
PROBING = 1
ANNOUNCING = 2
HOLDING = 3


class ConflictDetector:
    """Watches over one address, 0 for none.

    arp: the link's table, which hands over each ARP packet that it hears. entropy(n): n random bytes. lost: woken when the address is another's; `owner` is then
    that station's MAC, else -1.
    """

    def __init__(self, table: ArpTable, entropy: Callable[[int], bytes]) -> None:
        self.arp = table
        table.heard = self.heard
        self.entropy = entropy
        self.address = 0
        self.phase = IDLE
        # Probes or announcements still to be sent, when the next is due (-1: never), and when the address was last defended (-1: never).
        self.left = 0
        self.deadline = -1
        self.defended_at = -1
        # Given up at the second conflict; False for an address that was set by hand (§2.4 (c)).
        self.yields = False
        self.owner = -1
        self.lost = WaitQueue()

    def probe(self, address: int, now: int) -> None:
        """§2.1.1: ask for `address`, at once and again; announce it when nobody answers."""
        self.begin(address, PROBING, PROBE_NUM, True)
        self.act(now)

    def claim(self, address: int, now: int) -> None:
        """An address that was set by hand: announce it (§2.3), keep it come what may."""
        self.begin(address, ANNOUNCING, ANNOUNCE_NUM, False)
        self.act(now)

    def begin(self, address: int, phase: int, count: int, yields: bool) -> None:
        """Watch over `address` from now on."""
        self.address = address
        self.phase = phase
        self.left = count
        self.yields = yields
        self.defended_at = self.owner = -1

    def stop(self) -> None:
        """The address is ours no longer."""
        self.address = 0
        self.phase = IDLE
        self.deadline = -1

    def act(self, now: int) -> None:
        """Send the probe or the announcement that is due, and say when the next is."""
        self.left -= 1
        if self.phase == PROBING and self.left >= 0:
            self.arp.lower.transmit(arp.emit(arp.REQUEST, self.arp.mac, 0, 0, self.address, ethernet.BROADCAST), 0)
            spread = int.from_bytes(self.entropy(2), "big") * (PROBE_MAX - PROBE_MIN) // 0xFFFF
            self.deadline = now + (PROBE_MIN + spread if self.left else ANNOUNCE_WAIT)
            return
        if self.phase == PROBING:
            self.phase = ANNOUNCING
            self.left = ANNOUNCE_NUM - 1
        self.arp.sender = self.arp.address
        self.announce()
        self.deadline = now + ANNOUNCE_INTERVAL if self.left else -1
        if not self.left:
            self.phase = HOLDING

    def announce(self) -> None:
        """§2.3: a request for the address that names it as the sender's too."""
        self.arp.lower.transmit(arp.emit(arp.REQUEST, self.arp.mac, self.address, 0, self.address, ethernet.BROADCAST), 0)

    def heard(self, sha: int, spa: int, tpa: int, now: int) -> None:
        """An ARP packet came: does another station use the address (§2.4), or probe it as we do (§2.1.1)?"""
        if self.phase == IDLE or sha == self.arp.mac:
            return
        if spa != self.address and not (self.phase == PROBING and spa == 0 and tpa == self.address):
            return
        if self.phase == PROBING:
            self.give_up(sha)
        elif self.defended_at < 0 or now - self.defended_at >= DEFEND_INTERVAL:
            # §2.4 (b): once, and not again within DEFEND_INTERVAL, or two hosts would go on for ever.
            self.defended_at = now
            self.announce()
        elif self.yields:
            self.give_up(sha)

    def give_up(self, owner: int) -> None:
        """The address is that of the station `owner`."""
        self.stop()
        self.owner = owner
        self.lost.wake()

    def run_timers(self, now: int) -> None:
        """Send what is due."""
        if 0 <= self.deadline <= now:
            self.act(now)

    def next_deadline(self) -> int:
        """When run_timers has something to do, or -1."""
        return self.deadline
