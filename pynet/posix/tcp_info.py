"""struct tcp_info (linux/tcp.h), filled from what a connection says of itself."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet.tcp.states import CLOSED, LISTEN

if TYPE_CHECKING:
    from pynet.sockets import TCPSocketDescription

# Eight octets, 24 numbers of 32 bits, four of 64, six of 32, four of 64, two of 32, two of 64, six of 32, two of 16 and one of 32.
SHAPE = Struct("<8B24I4Q6I4Q2I2Q6I2HI")

OCTETS = ("state", "ca_state", "retransmits", "probes", "backoff", "options", "scales", "limited")
FIELDS = (
    "rto", "ato", "snd_mss", "rcv_mss", "unacked", "sacked", "lost", "retrans", "fackets", "last_data_sent", "last_ack_sent", "last_data_recv",
    "last_ack_recv", "pmtu", "rcv_ssthresh", "rtt", "rttvar", "snd_ssthresh", "snd_cwnd", "advmss", "reordering", "rcv_rtt", "rcv_space",
    "total_retrans", "pacing_rate", "max_pacing_rate", "bytes_acked", "bytes_received", "segs_out", "segs_in", "notsent_bytes", "min_rtt",
    "data_segs_in", "data_segs_out", "delivery_rate", "busy_time", "rwnd_limited", "sndbuf_limited", "delivered", "delivered_ce", "bytes_sent",
    "bytes_retrans", "dsack_dups", "reord_seen", "rcv_ooopack", "snd_wnd", "rcv_wnd", "rehash", "total_rto", "total_rto_recoveries",
    "total_rto_time",
)  # fmt: skip
# What fields of 8, 16, 32 and 64 bits hold at most.
LIMITS = (
    [0xFF] * 8 + [0xFFFFFFFF] * 24 + [(1 << 64) - 1] * 4 + [0xFFFFFFFF] * 6 + [(1 << 64) - 1] * 4
    + [0xFFFFFFFF] * 2 + [(1 << 64) - 1] * 2 + [0xFFFFFFFF] * 6 + [0xFFFF] * 2 + [0xFFFFFFFF]
)  # fmt: skip


def pack(socket: TCPSocketDescription) -> bytes:
    """The structure for a socket in any state. A field that the connection does not tell is 0."""
    if socket.listener is not None:
        fields = {"state": LISTEN, "unacked": len(socket.listener.queue), "sacked": socket.listener.backlog}
    elif socket.connection is None:
        fields = {"state": CLOSED}
    else:
        fields = socket.connection.info(socket.stack.now())
    fields["scales"] = fields.get("snd_wscale", 0) & 0xF | (fields.get("rcv_wscale", 0) & 0xF) << 4
    values = [fields.get(name, 0) for name in OCTETS + FIELDS]
    return SHAPE.pack(*[min(max(value, 0), limit) for value, limit in zip(values, LIMITS, strict=True)])
