"""What the path says: its MTU (RFC 1191) and ICMP errors, believed as RFC 5927 allows; and what it does not say (RFC 4821).

A path whose routers drop long packets in silence is a black hole (RFC 2923 §2.1): after BLACK_HOLE_TIMEOUTS segments are cut shorter. From a narrower
MTU, whoever told of it, the connection finds its way up again by probes: single longer segments whose loss says nothing of congestion.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pynet import errno
from pynet.tcp import output
from pynet.tcp.recovery import OFF
from pynet.tcp.sequence import MASK, le
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

# Timeouts in a row after which it may be the length of the segments: Linux's tcp_retries1. What it is then cut to (RFC 4821 §7.2 and §7.7).
BLACK_HOLE_TIMEOUTS = 3
SHORTER = (1024, MIN_MTU - HEADERS)
# RFC 4821 §7.6.1 and §7.6.2: how long after the fall, or after a probe that was lost, the next one goes.
PROBE_INTERVAL = 1_000_000
# A search ends when it could win less than this, octets; it begins anew after PATH_MTU_AGE.
PROBE_THRESHOLD = 16
# A probe goes when so many segments wait behind it: their ACKs tell soon whether it was lost (RFC 4821 §7.4).
SEGMENTS_BEHIND = 4

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


# RFC 6069 §3: what may say that a path is broken for a while.
DISRUPTION = ("net-unreachable", "host-unreachable")

# Of them those that the BSDs take for final while connecting, and their numbers.
HARD = {
    "port-unreachable": errno.ECONNREFUSED,
    "protocol-unreachable": errno.ECONNREFUSED,
    "prohibited": errno.ECONNREFUSED,
    "time-exceeded": errno.EHOSTUNREACH,
}


class PathTable:
    """The narrow paths that were found, at most PATH_MTU_ENTRIES: destination -> (MSS, when that is forgotten)."""

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


class Search:
    """The way up from a narrow MTU (RFC 4821 §7.3). All sizes are as snd_mss: data and options.

    full: from where the fall was, and beyond which nothing is tried. high: the longest not yet known to be lost. size: of the probe that is outstanding,
    whose last octet is before the sequence number `end`; OFF: none is. at: when the next may go. fallen: nothing was acknowledged since the fall.
    """

    def __init__(self, full: int, at: int) -> None:
        self.full = full
        self.high = full
        self.size = 0
        self.end = OFF
        self.at = at
        self.fallen = False


def begin_search(conn: Connection, at: int) -> Search:
    """snd_mss is about to shrink: from `at` on look whether it may grow again."""
    full = conn.snd_mss if conn.search is None else max(conn.search.full, conn.snd_mss)
    conn.search = Search(full, at)
    return conn.search


def on_black_hole(conn: Connection, now: int) -> None:
    """RFC 4821 §7.7, a full stop timeout: it may be congestion, or the length of the first segment. Try a shorter one."""
    size = conn.board.sent[0].size()
    if not conn.layer.config.mtu_probing or size <= output.effective_mss(conn) // 2:
        return
    for mss in SHORTER:
        if mss < conn.snd_mss:
            begin_search(conn, now + PROBE_INTERVAL).fallen = True
            conn.snd_mss = mss
            return


def next_probe(conn: Connection, unsent: int, room: int, now: int) -> int:
    """The octets of data of a probe that should go now, 0 for none: the whole length first, then halves of what is left (RFC 4821 §7.3)."""
    search = conn.search
    if search is None or search.end != OFF or now < search.at or search.fallen:
        return 0
    if conn.ca_state or conn.maxseg or conn.board.outstanding == 0:
        return 0
    if search.high - conn.snd_mss < PROBE_THRESHOLD:
        search.high = search.full
        search.at = now + PATH_MTU_AGE
        return 0
    search.size = search.full if search.high == search.full else (conn.snd_mss + search.high + 1) // 2
    size = search.size - output.options_size(conn)
    return size if unsent >= size + SEGMENTS_BEHIND * conn.snd_mss and room >= size and conn.congestion.cwnd >= size else 0


def probe_sent(conn: Connection) -> None:
    """The probe that next_probe asked for is the last segment sent."""
    if conn.search is not None:
        conn.search.end = conn.snd_nxt


def on_ack(conn: Connection, now: int) -> None:
    """Something was acknowledged: what passes is known to the host, and the probe may be through (RFC 4821 §7.6.1)."""
    search = conn.search
    if search is None:
        return
    if search.fallen and conn.probes == 0:
        search.fallen = False
        conn.layer.paths.learn(conn.remote, conn.snd_mss, now)
    if search.end != OFF and le(search.end, conn.snd_una):
        search.end = OFF
        conn.snd_mss = search.size
        conn.layer.paths.learn(conn.remote, conn.snd_mss, now)
        if conn.snd_mss == search.full:
            conn.search = None


def only_the_probe_is_lost(conn: Connection, now: int) -> bool:
    """RFC 4821 §7.6.2: of all that is outstanding the probe alone is marked lost. Then it was too long, and no congestion: it goes again in pieces."""
    search = conn.search
    if search is None or search.end == OFF or [1 for sent in conn.board.holes if sent.lost and sent.end != search.end]:
        return False
    probe_failed(conn, now)
    return True


def probe_failed(conn: Connection, now: int) -> None:
    """RFC 4821 §7.6.2: search_high := probe_size - 1."""
    search = conn.search
    if search is not None and search.end != OFF:
        search.end = OFF
        search.high = search.size - 1
        search.at = now + PROBE_INTERVAL


def icmp_error(conn: Connection, seq: int, kind: str, mtu: int, now: int) -> None:
    """RFC 5927 §4.1: the quoted sequence number must be of what is outstanding, or the error is somebody's guess."""
    if ((seq - conn.snd_una) & MASK) >= ((conn.snd_nxt - conn.snd_una) & MASK):
        conn.layer.drop("tcp: ICMP error about what is not outstanding")
        return
    if kind == "fragmentation-needed":
        narrow(conn, mtu, now)
        return
    number = ERRORS.get(kind, errno.EHOSTUNREACH)
    config = conn.layer.config
    if conn.state == SYN_SENT and not config.patient_connect:
        # RFC 5461 §4.1: nothing is lost by telling the user at once.
        conn.finish(number)
    elif conn.state == SYN_SENT and kind in HARD and config.icmp_may_reset:
        conn.finish(HARD[kind])
    else:
        # RFC 5927 §5.2: in a synchronized state no ICMP error is hard.
        conn.soft_error = number
    if kind in DISRUPTION and seq == conn.snd_una and conn.rtt.backoff and conn.board.outstanding and conn.state != SYN_SENT:
        revert_backoff(conn, now)


def revert_backoff(conn: Connection, now: int) -> None:
    """RFC 6069 §4: the path was broken, not congested: one doubling of the timeout is taken back, and what is overdue then goes at once."""
    conn.rtt.undo_back_off()
    conn.t_retransmit = max(conn.board.sent[0].sent_at + conn.rtt.rto, now)
    conn.settle(now)


def narrow(conn: Connection, mtu: int, now: int) -> None:
    """RFC 1191 §6.3: cut segments to the new MTU, and send again what did not fit, without calling it congestion (§6.2)."""
    before = conn.snd_mss + HEADERS
    if mtu == 0:
        mtu = max([plateau for plateau in PLATEAUS if plateau < before], default=MIN_MTU)
    mss = max(mtu, MIN_MTU) - HEADERS
    search = conn.search
    probing = search is not None and search.end != OFF and mss < search.size
    if mss >= conn.snd_mss and not probing:
        conn.layer.drop("tcp: ICMP error with an MTU that changes nothing")
        return
    # RFC 1191 §6.3: not before ten minutes is a longer one tried.
    begin_search(conn, now + PATH_MTU_AGE)
    conn.snd_mss = mss
    conn.layer.paths.learn(conn.remote, mss, now)
    size = output.effective_mss(conn)
    for sent in conn.board.sent:
        if sent.size() > size + 1:
            conn.board.mark_lost(sent)
    output.output(conn, now)
    conn.settle(now)
