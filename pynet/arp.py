"""ARP: which MAC address has an IPv4 address (RFC 826; RFC 1122 §2.3.2).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |    ar$hrd hardware type = 1   |  ar$pro protocol type = 0800  |
    +---------------+---------------+-------------------------------+
    | ar$hln = 6    | ar$pln = 4    |  ar$op 1 = request, 2 = reply |
    +---------------+---------------+-------------------------------+
    |                     ar$sha sender MAC                         |
    +                               +-------------------------------+
    |                               |        ar$spa sender IP ...   |
    +-------------------------------+-------------------------------+
    |   ... ar$spa                  |        ar$tha target MAC      |
    +-------------------------------+                               +
    |                                                               |
    +---------------------------------------------------------------+
    |                     ar$tpa target IP                          |
    +---------------------------------------------------------------+

An address is resolved by asking once a second, three times; packets wait meanwhile. What was learned holds for REACHABLE_TIME; while it is in
use it is confirmed by a unicast request before it expires (RFC 1122 §2.3.2.1), so traffic never pauses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import ethernet
from pynet.octets import get16, get32, get48, put16, put32, put48

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.frame import Octets
    from pynet.lower import Lower

PACKET = 28
REQUEST = 1
REPLY = 2

# Addresses known or being asked for at once; at the bound the one used longest ago is forgotten.
MAX_ENTRIES = 512
# How fine "longest ago" is told apart, microseconds: moving an entry to the end of a table is not for every packet.
USE_GRAIN = 1_000_000
# Packets that wait for one address (RFC 1122 §2.3.2.2 asks for at least one); at the bound the oldest is dropped.
MAX_QUEUED = 16
RETRY_INTERVAL = 1_000_000
MAX_REQUESTS = 3
REACHABLE_TIME = 300_000_000
# How long before the end of REACHABLE_TIME an entry in use is confirmed.
CONFIRM_TIME = 30_000_000

DROP_REASONS = (
    "arp: shorter than a packet",
    "arp: not Ethernet and IPv4",
    "arp: unknown operation",
    "arp: sender is a group address",
    "arp: queue full",
    "arp: no answer",
)


def operation(frame: Octets) -> int:
    """ar$op: REQUEST or REPLY."""
    return get16(frame, ethernet.HEADER + 6)


def sender_mac(frame: Octets) -> int:
    """ar$sha"""
    return get48(frame, ethernet.HEADER + 8)


def sender_ip(frame: Octets) -> int:
    """ar$spa"""
    return get32(frame, ethernet.HEADER + 14)


def target_ip(frame: Octets) -> int:
    """ar$tpa"""
    return get32(frame, ethernet.HEADER + 24)


def is_ipv4_over_ethernet(frame: Octets) -> bool:
    """The first four fields are those of IPv4 over Ethernet, the only pair in use."""
    at = ethernet.HEADER
    return (
        get16(frame, at) == 1
        and get16(frame, at + 2) == ethernet.TYPE_IPV4
        and frame[at + 4] == 6
        and frame[at + 5] == 4
    )


def emit(op: int, sha: int, spa: int, tha: int, tpa: int, dst: int) -> bytearray:
    """A whole frame to the station `dst`, with the ARP packet in it."""
    frame = bytearray(ethernet.HEADER + PACKET)
    ethernet.emit(frame, dst, sha, ethernet.TYPE_ARP)
    at = ethernet.HEADER
    put16(frame, at, 1)
    put16(frame, at + 2, ethernet.TYPE_IPV4)
    frame[at + 4] = 6
    frame[at + 5] = 4
    put16(frame, at + 6, op)
    put48(frame, at + 8, sha)
    put32(frame, at + 14, spa)
    put48(frame, at + 18, tha)
    put32(frame, at + 24, tpa)
    return frame


class Entry:
    """What is known of one address. `mac` is -1 while it is being asked for; then `queue` holds the packets that wait, MAX_QUEUED at most."""

    __slots__ = ("deadline", "expires", "mac", "queue", "requests", "used_at")

    def __init__(self) -> None:
        self.mac = -1
        self.queue: list[tuple[bytearray, int]] = []
        self.requests = 0
        # When the next request goes out, or -1; and until when `mac` holds.
        self.deadline = -1
        self.expires = 0
        self.used_at = 0


class ArpTable:
    """The addresses of one link.

    mac: this station's address (48 bits). lower: puts frames on the wire, and hears of those that waited in vain.
    """

    def __init__(self, mac: int, lower: Lower) -> None:
        self.mac = mac
        self.lower = lower
        # This station's own IPv4 address, 0 while it has none; and the one that its requests name, 0 until nobody else is known to have it.
        self.address = 0
        self.sender = 0
        # Told the sender and target of each packet: (sha, spa, tpa, now).
        self.heard: Callable[[int, int, int, int], None] = unheard
        # At most MAX_ENTRIES, in order of use to USE_GRAIN, the one used longest ago first.
        self.entries: dict[int, Entry] = {}
        # Those of them with a request under way.
        self.asked: dict[int, Entry] = {}
        self.drops = dict.fromkeys(DROP_REASONS, 0)

    def send(self, frame: bytearray, next_hop: int, now: int, offload: int) -> None:
        """Send an IPv4 packet (its IPv4 header at ethernet.HEADER) to the station that has `next_hop`, once that is known. offload: as in Lower.transmit."""
        entry = self.entries.get(next_hop)
        if entry is None:
            entry = self.new_entry()
            self.entries[next_hop] = entry
            entry.used_at = now
        elif now - entry.used_at >= USE_GRAIN:
            self.entries[next_hop] = self.entries.pop(next_hop)
            entry.used_at = now
        if entry.mac >= 0 and now < entry.expires:
            ethernet.emit(frame, entry.mac, self.mac, ethernet.TYPE_IPV4)
            self.lower.transmit(frame, offload)
            if now >= entry.expires - CONFIRM_TIME and entry.deadline < 0:
                self.ask(next_hop, entry, now)
            return
        entry.mac = -1
        if len(entry.queue) >= MAX_QUEUED:
            entry.queue.pop(0)
            self.drops["arp: queue full"] += 1
        entry.queue.append((frame, offload))
        if entry.deadline < 0:
            entry.requests = 0
            self.ask(next_hop, entry, now)

    def new_entry(self) -> Entry:
        """An empty entry; the one used longest ago makes room for it, if it must."""
        if len(self.entries) >= MAX_ENTRIES:
            oldest = next(iter(self.entries))
            self.asked.pop(oldest, None)
            self.drops["arp: queue full"] += len(self.entries.pop(oldest).queue)
        return Entry()

    def ask(self, ip: int, entry: Entry, now: int) -> None:
        """Send one request: to all, or to the station believed to have the address (RFC 1122 §2.3.2.1 (2))."""
        entry.requests += 1
        entry.deadline = now + RETRY_INTERVAL
        self.asked[ip] = entry
        dst = entry.mac if entry.mac >= 0 else ethernet.BROADCAST
        self.lower.transmit(emit(REQUEST, self.mac, self.sender, 0, ip, dst), 0)

    def input(self, frame: bytearray, now: int) -> str:
        """Take an ARP frame (RFC 826, "Packet Reception"). Returns the reason why it was dropped, or ''."""
        if len(frame) < ethernet.HEADER + PACKET:
            return self.drop("arp: shorter than a packet")
        if not is_ipv4_over_ethernet(frame):
            return self.drop("arp: not Ethernet and IPv4")
        op = operation(frame)
        if op != REQUEST and op != REPLY:
            return self.drop("arp: unknown operation")
        sha = sender_mac(frame)
        spa = sender_ip(frame)
        if sha & ethernet.GROUP:
            return self.drop("arp: sender is a group address")
        self.heard(sha, spa, target_ip(frame), now)
        to_us = self.address != 0 and target_ip(frame) == self.address
        if spa != 0 and spa != self.address:
            self.learn(spa, sha, to_us and op == REQUEST, now)
        if to_us and op == REQUEST:
            self.lower.transmit(emit(REPLY, self.mac, self.address, sha, spa, sha), 0)
        return ""

    def learn(self, ip: int, mac: int, create: bool, now: int) -> None:
        """RFC 826's merge: update what is known; a new entry only for a station that asked for us, which will be answered."""
        entry = self.entries.get(ip)
        if entry is None:
            if not create:
                return
            entry = self.new_entry()
            entry.used_at = now
            self.entries[ip] = entry
        entry.mac = mac
        entry.expires = now + REACHABLE_TIME
        entry.deadline = -1
        self.asked.pop(ip, None)
        queue = entry.queue
        entry.queue = []
        for frame, offload in queue:
            ethernet.emit(frame, mac, self.mac, ethernet.TYPE_IPV4)
            self.lower.transmit(frame, offload)

    def drop(self, reason: str) -> str:
        """Count a frame that was not taken."""
        self.drops[reason] += 1
        return reason

    def forget(self) -> None:
        """Nothing that was learned holds any more: the link went down, or the address changed."""
        self.entries.clear()
        self.asked.clear()

    def run_timers(self, now: int) -> None:
        """Ask again, or give up, where it is time."""
        if not self.asked:
            return
        due = [ip for ip, entry in self.asked.items() if entry.deadline <= now]
        for ip in due:
            entry = self.asked[ip]
            if entry.requests < MAX_REQUESTS:
                self.ask(ip, entry, now)
                continue
            del self.entries[ip]
            del self.asked[ip]
            for frame, _ in entry.queue:
                self.drops["arp: no answer"] += 1
                self.lower.unreachable(frame, now)

    def next_deadline(self) -> int:
        """When run_timers has something to do (microseconds), or -1."""
        return min([entry.deadline for entry in self.asked.values()]) if self.asked else -1


def unheard(sha: int, spa: int, tpa: int, now: int) -> None:
    """The `heard` of a link that nobody watches."""
