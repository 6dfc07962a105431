"""Explicit congestion notification (RFC 3168 §6.1): asked for and agreed to on the SYNs, echoed by the receiver, answered by the sender.

conn.ecn: NEVER, ASK or ACCEPT, from Config.ecn or the user. ecn_ok: agreed. ecn_echo: a mark came, and every ACK says ECE until a CWR comes.
ecn_cwr: the window shrank, and the next new data says CWR.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.tcp.segment import ACK, CWR, ECE

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection
    from pynet.tcp.segment import Segment

# Linux's numbers of net.ipv4.tcp_ecn.
NEVER = 0
ASK = 1
ACCEPT = 2

# The ECN field of the IP header (RFC 3168 §5).
NOT_ECT = 0
ECT0 = 2
CE = 3


def syn_flags(conn: Connection, answer: bool) -> int:
    """What our SYN says: ECE and CWR ask, ECE alone agrees (§6.1.1). A SYN that is sent again does not ask (§6.1.1.1): the path may drop those that do."""
    if answer:
        return ECE if conn.ecn_ok else 0
    conn.ecn_asked = conn.ecn == ASK and conn.board.sent[0].retransmits <= conn.layer.config.ecn_retries
    return ECE | CWR if conn.ecn_asked else 0


def on_syn(conn: Connection, seg: Segment) -> None:
    """The peer's SYN asks, or its SYN,ACK agrees. One that echoes whatever it gets does not (§6.1.1), nor does a SYN that a router marked."""
    bits = seg.flags & (ECE | CWR)
    if conn.ecn_asked and seg.flags & ACK:
        conn.ecn_ok = bits == ECE
    else:
        conn.ecn_ok = conn.ecn != NEVER and bits == ECE | CWR and seg.ecn == NOT_ECT


def on_data(conn: Connection, seg: Segment) -> None:
    """§6.1.3: CWR ends the echo, a mark starts it; either is acknowledged at once, so that the sender hears of it within a round trip."""
    if seg.flags & CWR:
        conn.ecn_echo = False
        conn.ack_now = True
    if seg.ecn == CE:
        conn.ecn_echo = True
        conn.ack_now = True
        conn.ecn_marks += 1


def queue_cwr(conn: Connection) -> None:
    """§6.1.2: the window shrank, for whatever reason: the next new data says so."""
    if conn.ecn_ok:
        conn.ecn_cwr = True


def flags(conn: Connection, takes_cwr: bool) -> int:
    """ECE and CWR of a segment; CWR goes once, with data that is new (Config.cwr_at_once: or not)."""
    bits = ECE if conn.ecn_echo else 0
    if takes_cwr and conn.ecn_cwr:
        conn.ecn_cwr = False
        bits |= CWR
    return bits
