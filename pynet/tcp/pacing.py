"""Pacing: a window is spread over its round trip, so that no burst of it meets a queue at once.

Octets may go while there are tokens, which come at the rate and are bounded: by what a millisecond brings, so that there are not more wake-ups
than that, and by an initial window after silence, so that a request or a response is never held up. Octets, octets a second, microseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.tcp import output

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection

SECOND = 1_000_000
# What goes at once: so many microseconds' worth, and at least two segments.
QUANTUM = 1_000
# A window whose round trip is shorter would be cut in fewer than so many quanta, for a wake-up each: it is sent as ACKs come.
MIN_RTT = 5_000
# The window after silence (RFC 6928 §2), segments.
BURST = 10


def rate(conn: Connection) -> int:
    """Octets a second; 0: as cwnd allows. Linux's factors: twice the window a round trip in slow start, which doubles it, a fifth more beyond."""
    control = conn.congestion
    paced = control.pacing_rate
    if paced == 0 and conn.layer.config.pacing and conn.rtt.srtt8 >= MIN_RTT * 8:
        window = max(control.cwnd, conn.board.outstanding) * SECOND // conn.rtt.srtt()
        paced = window * 2 if control.cwnd * 2 < control.ssthresh else window * 6 // 5
    if conn.max_pacing_rate and (paced == 0 or conn.max_pacing_rate < paced):
        paced = conn.max_pacing_rate
    return paced


def may_send(conn: Connection, now: int) -> bool:
    """There are tokens; or else t_pace is when there will be."""
    mss = output.effective_mss(conn)
    quantum = max(conn.pace_rate * QUANTUM // SECOND, 2 * mss)
    most = quantum if conn.board.outstanding else max(quantum, BURST * mss)
    # A user's call may know a later time than the frames that are taken together: the clock of tokens does not go back for it.
    since = min(max(now - conn.paced_at, 0), SECOND)
    if conn.pace_tokens < most:
        conn.pace_tokens = min(conn.pace_tokens + conn.pace_rate * since // SECOND, most)
    conn.paced_at = max(conn.paced_at, now)
    if conn.pace_tokens > 0:
        return True
    conn.t_pace = now + max((quantum - conn.pace_tokens) * SECOND // conn.pace_rate, 1)
    return False
