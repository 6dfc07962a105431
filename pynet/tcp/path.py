"""What the path says: its MTU (RFC 1191) and ICMP errors, believed as RFC 5927 allows."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pynet import errno
from pynet.tcp import output
from pynet.tcp.sequence import MASK
from pynet.tcp.states import SYN_SENT

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection

# Destinations whose MTU is remembered; at the bound the oldest is forgotten.
PATH_MTU_ENTRIES = 256
# RFC 1191 §6.3: after ten minutes try the link's MTU again.
PATH_MTU_AGE = 600_000_000
# RFC 1191 §7: the plateaus, for a router that does not say its MTU.
PLATEAUS = (32000, 17914, 8166, 4352, 2002, 1492, 1006, 508)
# IPv4 and TCP headers without options.
HEADERS = 40
# RFC 5927 §7.2: no path is believed to be narrower: Linux's min_pmtu.
MIN_MTU = 552

DROP_REASONS = (
    "tcp: ICMP error about no connection",
    "tcp: ICMP error about what is not outstanding",
    "tcp: ICMP error with an MTU that changes nothing",
)

# errno for what an ICMP error says (RFC 1122 §4.2.3.9; Linux's choice of numbers).
ERRORS = {
    "port-unreachable": errno.ECONNREFUSED,
    "protocol-unreachable": errno.ECONNREFUSED,
    "host-unreachable": errno.EHOSTUNREACH,
    "net-unreachable": errno.ENETUNREACH,
    "prohibited": errno.EHOSTUNREACH,
    "time-exceeded": errno.EHOSTUNREACH,
    "parameter-problem": errno.EPROTO,
}


class PathTable:
    """The narrow paths that were found: destination -> (MSS, when that is forgotten)."""

    def __init__(self) -> None:
        self.entries: OrderedDict[int, tuple[int, int]] = OrderedDict()

    def mss(self, remote: int, link: int, now: int) -> int:
        """The MSS towards `remote`: the link's, or what a narrower path allows."""
        entry = self.entries.get(remote)
        if entry is None:
            return link
        if entry[1] <= now:
            del self.entries[remote]
            return link
        return min(entry[0], link)

    def learn(self, remote: int, mss: int, now: int) -> None:
        """The path to `remote` takes no more than `mss`."""
        self.entries.pop(remote, None)
        if len(self.entries) >= PATH_MTU_ENTRIES:
            self.entries.popitem(last=False)
        self.entries[remote] = (mss, now + PATH_MTU_AGE)


def icmp_error(conn: Connection, seq: int, kind: str, mtu: int, now: int) -> None:
    """RFC 5927 §4.1: the quoted sequence number must be of what is outstanding, or the error is somebody's guess."""
    if ((seq - conn.snd_una) & MASK) >= ((conn.snd_nxt - conn.snd_una) & MASK):
        conn.layer.drop("tcp: ICMP error about what is not outstanding")
        return
    if kind == "fragmentation-needed":
        narrow(conn, mtu, now)
        return
    number = ERRORS.get(kind, errno.EHOSTUNREACH)
    if conn.state == SYN_SENT:
        # RFC 5461 §4.1: nothing is lost by telling the user at once.
        conn.finish(number)
    else:
        # RFC 5927 §5.2: in a synchronized state no ICMP error is hard.
        conn.soft_error = number


def narrow(conn: Connection, mtu: int, now: int) -> None:
    """RFC 1191 §6.3: cut segments to the new MTU, and send again what did not fit, without calling it congestion (§6.2)."""
    before = conn.snd_mss + HEADERS
    if mtu == 0:
        mtu = max([plateau for plateau in PLATEAUS if plateau < before], default=MIN_MTU)
    mss = max(mtu, MIN_MTU) - HEADERS
    if mss >= conn.snd_mss:
        conn.layer.drop("tcp: ICMP error with an MTU that changes nothing")
        return
    conn.snd_mss = mss
    conn.layer.paths.learn(conn.remote, mss, now)
    size = output.effective_mss(conn)
    for sent in conn.board.sent:
        if sent.size() > size + 1:
            conn.board.mark_lost(sent)
    output.output(conn, now)
    conn.settle(now)
