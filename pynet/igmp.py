"""IGMP: telling the routers of the link which multicast groups this host takes part in (RFC 3376, host part; RFC 2236 and RFC 1112 beside older routers).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------------+
    |     Type      | Max Resp Code |           Checksum            |
    +---------------+---------------+-------------------------------+
    |   query, version 1 and 2: Group Address, 0 for all of them    |
    |   report, version 3: reserved (16), number of records (16)    |
    +-------+-+-----+---------------+-------------------------------+
    | Resv  |S| QRV |     QQIC      |     Number of Sources         |  query, version 3
    +-------+-+-----+---------------+-------------------------------+

    record:  Type (8), Aux Data Len (8), Number of Sources (16), Group Address (32), the sources

A host here takes a group from whoever sends to it: its filter is EXCLUDE of nothing (RFC 3376 §3.1), so no record ever names a source.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, ipv4
from pynet.checksum import checksum
from pynet.octets import get32, put16, put32
from pynet.readiness import sooner

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.lower import Lower

HEADER = 8
RECORD = 8
# The Router Alert option (RFC 2113), of four octets, which every IGMP message carries.
ROUTER_ALERT = b"\x94\x04\x00\x00"
AT = ipv4.AT + ipv4.HEADER + 4

QUERY = 0x11
REPORT_1 = 0x12
REPORT_2 = 0x16
LEAVE_2 = 0x17
REPORT_3 = 0x22

# Record types (RFC 3376 §4.2.12).
IS_EXCLUDE = 2
TO_INCLUDE = 3
TO_EXCLUDE = 4

ALL_HOSTS = 0xE0000001
ALL_ROUTERS = 0xE0000002
ALL_IGMP_3 = 0xE0000016
# RFC 3376 §4: internetwork control.
TOS = 0xC0

# Groups of a host, those of which the leave is still being told included; one that is being left makes room, else join() says ENOBUFS.
MAX_GROUPS = 64
# RFC 3376 §8.1, §8.11 and §8.12 with the default query interval: times in microseconds.
ROBUSTNESS = 2
UNSOLICITED_INTERVAL = 1_000_000
OLDER_QUERIER_TIMEOUT = 260_000_000
# RFC 1112, Appendix I: version 1 does not say how long; in tenths of a second.
RESPONSE_TIME_1 = 100

DROP_REASONS = (
    "igmp: shorter than its header",
    "igmp: bad checksum",
    "igmp: not from this link",
    "igmp: unknown type",
)


class Group:
    """One group: `users` joined it; 0: its leave is still being told.

    changes: how often the last change is still to be told, the next time at `change_at`; respond_at: when a query is answered. -1: never.
    """

    __slots__ = ("change_at", "changes", "respond_at", "users")

    def __init__(self) -> None:
        self.users = 0
        self.changes = 0
        self.change_at = -1
        self.respond_at = -1


class Igmp:
    """The groups of one host on one link.

    lower: sends messages. entropy(n): n random bytes.
    """

    def __init__(self, lower: Lower, entropy: Callable[[int], bytes]) -> None:
        self.lower = lower
        self.entropy = entropy
        # At most MAX_GROUPS.
        self.groups: dict[int, Group] = {}
        # Until when a querier of version 1, or of version 2, rules (RFC 3376 §7.2.1).
        self.version_1_until = 0
        self.version_2_until = 0
        self.drops = dict.fromkeys(DROP_REASONS, 0)

    def version(self, now: int) -> int:
        """RFC 3376 §7.2.1: the version that the oldest querier understands."""
        if now < self.version_1_until:
            return 1
        return 2 if now < self.version_2_until else 3

    def has(self, address: int) -> bool:
        """Datagrams to `address` are taken: a group that was joined, or all hosts (RFC 1112 §4)."""
        group = self.groups.get(address)
        return address == ALL_HOSTS or (group is not None and group.users > 0)

    # What the host wants.

    def join(self, address: int, now: int) -> None:
        """Take part in a group; as often as wanted. OSError EINVAL (not a group), ENOBUFS."""
        if not ipv4.is_multicast(address):
            raise errno.os_error(errno.EINVAL)
        group = self.groups.get(address)
        if group is None:
            if len(self.groups) >= MAX_GROUPS:
                self.make_room()
            group = Group()
            self.groups[address] = group
        group.users += 1
        if group.users == 1:
            self.change(address, group, now)

    def make_room(self) -> None:
        """Forget a group that is only being left. OSError ENOBUFS."""
        for address, group in self.groups.items():
            if group.users == 0:
                del self.groups[address]
                return
        raise errno.os_error(errno.ENOBUFS)

    def leave(self, address: int, now: int) -> None:
        """Undo one join. OSError EADDRNOTAVAIL without one."""
        group = self.groups.get(address)
        if group is None or group.users == 0:
            raise errno.os_error(errno.EADDRNOTAVAIL)
        group.users -= 1
        if group.users == 0:
            group.respond_at = -1
            self.change(address, group, now)

    def restart(self, now: int) -> None:
        """The link came back: its routers may be others."""
        self.version_1_until = self.version_2_until = 0
        for address, group in list(self.groups.items()):
            if group.users:
                self.change(address, group, now)

    def change(self, address: int, group: Group, now: int) -> None:
        """RFC 3376 §5.1: the state of a group changed: tell it at once, and ROBUSTNESS - 1 times more."""
        group.changes = 0 if address == ALL_HOSTS else ROBUSTNESS
        self.tell_change(address, group, now)

    def tell_change(self, address: int, group: Group, now: int) -> None:
        """Tell of a change once; when it was told often enough a group without users is forgotten."""
        if group.changes:
            group.changes -= 1
            self.send_change(address, group.users > 0, now)
        group.change_at = now + self.random(UNSOLICITED_INTERVAL) if group.changes else -1
        if not group.changes and not group.users:
            del self.groups[address]

    def send_change(self, address: int, joined: bool, now: int) -> None:
        """In the version that is spoken; version 1 knows no leave (RFC 2236 §3)."""
        version = self.version(now)
        if version == 3:
            self.send_records([(TO_EXCLUDE if joined else TO_INCLUDE, address)], now)
        elif joined:
            self.send(REPORT_1 if version == 1 else REPORT_2, address, address, now)
        elif version == 2:
            self.send(LEAVE_2, address, ALL_ROUTERS, now)

    # What comes.

    def input(self, packet: bytearray, at: int, end: int, now: int) -> str:
        """Take the message at packet[at:end]. The reason why it was dropped, or ''."""
        if end - at < HEADER:
            return self.drop("igmp: shorter than its header")
        if checksum(packet, at, end) != 0:
            return self.drop("igmp: bad checksum")
        if ipv4.ttl(packet) != 1:
            # RFC 3376 §4: no router forwards IGMP, so a higher one is a forger's from elsewhere.
            return self.drop("igmp: not from this link")
        kind = packet[at]
        if kind == QUERY:
            self.query(packet, at, end, now)
        elif kind in (REPORT_1, REPORT_2):
            self.suppress(get32(packet, at + 4))
        elif kind not in (LEAVE_2, REPORT_3):
            return self.drop("igmp: unknown type")
        return ""

    def query(self, packet: bytearray, at: int, end: int, now: int) -> None:
        """RFC 3376 §5.2, §7.1 and §7.2.1: answer within the time that the query allows, so that not all hosts do at once."""
        code = packet[at + 1]
        if end - at < HEADER + 4:
            # Version 1 has 0 where version 2 has the time.
            if code == 0:
                self.version_1_until = now + OLDER_QUERIER_TIMEOUT
            else:
                self.version_2_until = now + OLDER_QUERIER_TIMEOUT
        wait = self.random((response_time(code) if code else RESPONSE_TIME_1) * 100_000)
        asked = get32(packet, at + 4)
        for address, group in self.groups.items():
            if group.users and address != ALL_HOSTS and asked in (0, address):
                group.respond_at = sooner(group.respond_at, now + wait)
                if self.version(now) < 3:
                    # RFC 2236 §3: each group in its own time, so that one report can speak for all members.
                    wait = self.random((response_time(code) if code else RESPONSE_TIME_1) * 100_000)

    def suppress(self, address: int) -> None:
        """RFC 2236 §3: another member has reported, so we need not."""
        group = self.groups.get(address)
        if group is not None:
            group.respond_at = -1

    def drop(self, reason: str) -> str:
        """Count a message that was not taken."""
        self.drops[reason] += 1
        return reason

    # Timers.

    def run_timers(self, now: int) -> None:
        """Answer queries and repeat changes whose time has come."""
        if not self.groups:
            return
        for address in [address for address, group in self.groups.items() if 0 <= group.change_at <= now]:
            self.tell_change(address, self.groups[address], now)
        due = [address for address, group in self.groups.items() if 0 <= group.respond_at <= now]
        for address in due:
            self.groups[address].respond_at = -1
        version = self.version(now)
        if version == 3 and due:
            self.send_records([(IS_EXCLUDE, address) for address in due], now)
        elif version < 3:
            for address in due:
                self.send(REPORT_1 if version == 1 else REPORT_2, address, address, now)

    def next_deadline(self) -> int:
        """When run_timers has something to do (microseconds), or -1."""
        earliest = -1
        for group in self.groups.values():
            earliest = sooner(sooner(earliest, group.change_at), group.respond_at)
        return earliest

    def random(self, limit: int) -> int:
        """0 to `limit` microseconds."""
        return int.from_bytes(self.entropy(2), "big") * limit // 0xFFFF

    # What goes out.

    def send(self, kind: int, address: int, dst: int, now: int) -> None:
        """A message of version 1 or 2 (RFC 2236 §2)."""
        frame = bytearray(AT + HEADER)
        frame[AT] = kind
        put32(frame, AT + 4, address)
        self.finish(frame, dst, now)

    def send_records(self, records: list[tuple[int, int]], now: int) -> None:
        """A report of version 3 (RFC 3376 §4.2): (type, group) of each record. MAX_GROUPS of them fit every link."""
        frame = bytearray(AT + HEADER + RECORD * len(records))
        frame[AT] = REPORT_3
        put16(frame, AT + 6, len(records))
        at = AT + HEADER
        for kind, address in records:
            frame[at] = kind
            put32(frame, at + 4, address)
            at += RECORD
        self.finish(frame, ALL_IGMP_3, now)

    def finish(self, frame: bytearray, dst: int, now: int) -> None:
        """The checksum, and on the way."""
        put16(frame, AT + 2, checksum(frame, AT, len(frame)))
        self.lower.send_igmp(frame, dst, now)


def response_time(code: int) -> int:
    """RFC 3376 §4.1.1: tenths of a second; from 128 on a small floating-point number."""
    return code if code < 128 else ((code & 0x0F) | 0x10) << ((code >> 4 & 0x07) + 3)
