"""What was sent again had only been late, or had arrived: the windows go back to what they were (RFC 4015).

Three ways to know: Eifel (RFC 3522), where timestamps tell which of two arrived; F-RTO (RFC 5682), where after a timeout what was never sent again
is acknowledged; DSACK (RFC 3708), where the peer got everything that was sent again twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.tcp import output
from pynet.tcp.recovery import CA_LOSS, CA_OPEN, CA_RECOVERY, OFF
from pynet.tcp.sequence import MASK, le, lt

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection
    from pynet.tcp.delivery import Delivery
    from pynet.tcp.segment import Segment


def remember(conn: Connection, now: int) -> None:
    """RFC 3522 §3.2, steps 1 to 3: the windows before the first retransmission, when that was, and what of earlier ones is still under way."""
    conn.congestion.save()
    conn.undo_at = now
    conn.undo_una = conn.snd_una
    conn.eifel = True
    # What DSACKs have yet to tell of; below 0: nothing was sent again yet.
    under_way = conn.board.retransmissions_in_flight()
    conn.undo_left = under_way if under_way else -1


def on_ack(conn: Connection, seg: Segment, delivery: Delivery, advanced: bool, echoed: int, now: int) -> None:
    """An ACK, after remember(): does it prove that nothing was lost?"""
    if delivery.dsack:
        count_dsack(conn, seg)
    if conn.undo_left == 0:
        undo(conn)
        return
    if conn.ca_state < CA_RECOVERY:
        return
    if advanced and conn.eifel and echoed != OFF:
        # RFC 3522 §3.2, steps 4 and 5: the first new ACK echoes a timestamp from before the retransmission, so the original arrived.
        conn.eifel = False
        if echoed < conn.undo_at // 1000 * 1000:
            undo(conn)
            return
    if conn.frto and conn.ca_state == CA_LOSS:
        forward_recovery(conn, seg, delivery, advanced)


def forward_recovery(conn: Connection, seg: Segment, delivery: Delivery, advanced: bool) -> None:
    """F-RTO (RFC 5682 §2.1, and §3.1 for SACK): the steps after a timeout."""
    # 3.b: what was never sent again has arrived. Without SACK only an ACK that is not for the retransmission too says so.
    if delivery.original and (conn.sack_ok or not delivery.repeated):
        undo(conn)
    elif lt(conn.recover, conn.snd_nxt):
        # 3.a: new data made a duplicate, or filled no hole: the loss is real. cwnd may be three segments: the two new ones left the network, or will.
        if delivery.sacked or not advanced:
            end_forward(conn)
            conn.congestion.cwnd = max(conn.congestion.cwnd, 3 * output.effective_mss(conn))
    elif advanced and lt(conn.snd_una, conn.recover):
        # 2.b: the first new ACK. Send new data, and see what that brings; where there is none, resend as ever.
        if conn.unsent() and output.usable_window(conn):
            conn.frto_new = True
        else:
            end_forward(conn)


def count_dsack(conn: Connection, seg: Segment) -> None:
    """RFC 3708 §2: so many of the retransmissions arrived twice."""
    left, right = seg.sacks[0], seg.sacks[1]
    if conn.undo_left <= 0 or not (le(right, conn.snd_una) and lt(conn.undo_una, right)):
        return
    mss = output.effective_mss(conn)
    segments = (((right - left) & MASK) + mss - 1) // mss
    conn.undo_left = max(conn.undo_left - segments, 0)


def undo(conn: Connection) -> None:
    """RFC 4015 §3.2, RFC 9438 §4.9: as if it had not been."""
    conn.congestion.restore()
    conn.board.unmark_lost()
    if conn.ca_state != CA_LOSS:
        # RFC 8985 §6.2, step 3, sees only what was not sent again.
        conn.board.reordering_seen = True
    if conn.ca_state >= CA_RECOVERY:
        conn.ca_state = CA_OPEN
        conn.dup_acks = 0
    conn.undo_at = OFF
    end_forward(conn)


def end_forward(conn: Connection) -> None:
    """F-RTO is over: what is lost is sent again from now on."""
    conn.frto = conn.frto_new = conn.frto_wait = False
