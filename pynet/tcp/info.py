"""TCP_INFO (tcp(7)): what a connection knows of itself, by the names of Linux's struct tcp_info, without tcpi_.

Integers only. Times are microseconds, those named last_* milliseconds; windows and counts of what is outstanding are segments, as Linux has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.tcp import chrono, output, pacing
from pynet.tcp.congestion import INFINITE
from pynet.tcp.recovery import CA_RECOVERY, DUP_THRESH

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection

# TCPI_OPT_*.
OPT_TIMESTAMPS = 1
OPT_SACK = 2
OPT_WSCALE = 4
OPT_ECN = 8
OPT_ECN_SEEN = 16

# What Linux says for "no limit".
INFINITE_SSTHRESH = 0x7FFFFFFF
NO_RATE_LIMIT = 0xFFFFFFFFFFFFFFFF
HEADERS = 40


def fields(conn: Connection, now: int) -> dict[str, int]:
    """All of them."""
    return {**state(conn, now), **outstanding(conn), **windows(conn), **counters(conn, now)}


def state(conn: Connection, now: int) -> dict[str, int]:
    """States, timers, and when something was last heard or sent."""
    options = OPT_TIMESTAMPS if conn.ts_ok else 0
    options |= OPT_SACK if conn.sack_ok else 0
    options |= OPT_WSCALE if conn.scale_ok else 0
    options |= OPT_ECN if conn.ecn_ok else 0
    options |= OPT_ECN_SEEN if conn.ecn_marks else 0
    closed = conn.snd_wnd == 0
    return {
        "state": conn.state,
        "ca_state": conn.ca_state,
        "retransmits": 0 if closed else conn.probes,
        "probes": conn.probes if closed else 0,
        "backoff": conn.rtt.backoff,
        "options": options,
        "snd_wscale": conn.snd_scale,
        "rcv_wscale": conn.rcv_scale,
        "delivery_rate_app_limited": int(conn.board.rates.rate_limited),
        "fastopen_client_fail": 0,
        "rto": conn.rtt.rto,
        "ato": conn.layer.config.delack,
        "last_data_sent": (now - conn.sent_at) // 1000,
        "last_ack_sent": 0,
        "last_data_recv": (now - conn.data_heard_at) // 1000,
        "last_ack_recv": (now - conn.ack_heard_at) // 1000,
        "rtt": conn.rtt.srtt(),
        "rttvar": conn.rtt.rttvar(),
        "min_rtt": conn.rtt.minimum,
        "rcv_rtt": conn.rtt.srtt(),
    }


def outstanding(conn: Connection) -> dict[str, int]:
    """Segments outstanding, and what is believed of them. A lost one that was sent again is still lost, and also under way again (retrans)."""
    sacked = lost = retransmitted = 0
    probe = conn.board.sent[-1] if conn.tlp_out and conn.board.sent and conn.ca_state < CA_RECOVERY else None
    for sent in conn.board.sent:
        if sent.sacked:
            sacked += 1
        elif sent.lost:
            lost += 1
        elif sent.retransmits:
            retransmitted += 1
            lost += sent is not probe
    return {
        "unacked": len(conn.board.sent),
        "sacked": sacked if conn.sack_ok else conn.dup_acks,
        "lost": lost,
        "retrans": retransmitted,
        "fackets": 0,
    }


def windows(conn: Connection) -> dict[str, int]:
    """Windows, segment sizes, rates."""
    mss = output.effective_mss(conn)
    control = conn.congestion
    extent = (conn.board.reorder_extent + mss - 1) // mss
    return {
        "snd_mss": mss,
        "rcv_mss": conn.rcv_mss,
        "pmtu": conn.snd_mss + HEADERS,
        "advmss": conn.adv_mss,
        "rcv_ssthresh": conn.rcvbuf,
        "snd_ssthresh": INFINITE_SSTHRESH if control.ssthresh >= INFINITE else control.ssthresh // mss,
        "snd_cwnd": control.cwnd // mss,
        "reordering": max(extent, DUP_THRESH),
        "rcv_space": conn.read_octets,
        "pacing_rate": pacing.rate(conn) or NO_RATE_LIMIT,
        "max_pacing_rate": conn.max_pacing_rate or NO_RATE_LIMIT,
        "delivery_rate": conn.board.rates.rate,
        "snd_wnd": conn.snd_wnd,
        "rcv_wnd": conn.rcv_wnd(),
    }


def counters(conn: Connection, now: int) -> dict[str, int]:
    """What was counted since the connection began."""
    board = conn.board
    chrono.change(conn, conn.chrono_kind, now)
    return {
        "total_retrans": board.retransmitted,
        "bytes_acked": conn.bytes_acked,
        "bytes_received": conn.bytes_received,
        "segs_out": conn.segs_out,
        "segs_in": conn.segs_in,
        "notsent_bytes": conn.unsent(),
        "data_segs_in": conn.data_segs_in,
        "data_segs_out": conn.data_segs_out,
        "busy_time": conn.busy_time,
        "rwnd_limited": conn.rwnd_limited,
        "sndbuf_limited": conn.sndbuf_limited,
        "delivered": board.rates.segments,
        "delivered_ce": conn.delivered_ce,
        "bytes_sent": conn.bytes_sent,
        "bytes_retrans": board.retransmitted_octets,
        "dsack_dups": conn.dsack_dups,
        "reord_seen": board.reorderings,
        "rcv_ooopack": conn.rcv_ooopack,
        "rehash": 0,
        "total_rto": conn.timeouts,
    }
