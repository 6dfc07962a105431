"""The deadlines of a connection (RFC 9293 §3.10.8 and where each is cited), as integers of microseconds; OFF when a timer is stopped.

t_retransmit  RFC 6298 §5          resend the first, double the timeout; with a closed window it is the probe timer (RFC 9293 §3.8.6.1)
t_probe       RFC 8985 §7          tail loss probe: ask before the timeout
t_reorder     RFC 8985 §6.2        a segment that was only late is lost by now
t_pace        pacing.py            the next octets may go
t_persist     RFC 9293 §3.8.6      start probing a closed window, or end the wait for a better one
t_delack      RFC 9293 §3.8.6.3    acknowledge after all
t_keepalive   RFC 9293 §3.8.4
t_end         RFC 9293 §3.6        2MSL in TIME-WAIT; FIN-WAIT-2 without a user
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.readiness import sooner
from pynet.tcp.recovery import OFF
from pynet.tcp.states import ESTABLISHED, SYN_RECEIVED, SYN_SENT, TIME_WAIT, synchronized

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection

# RFC 8985 §7.2: the allowance for the peer's delayed ACK when one segment is out.
WORST_DELAYED_ACK = 200_000
# Above two round trips when more are out, for what clocks and schedulers are late: as Linux.
PROBE_GUARD = 2_000
# RFC 9293 §3.8.6.2.1: the override timeout of silly-window avoidance, 0.1 to 1 second; also how long a cork holds.
OVERRIDE = 200_000


def next_deadline(conn: Connection) -> int:
    """The earliest deadline of the connection, or OFF."""
    sending = sooner(sooner(conn.t_retransmit, conn.t_probe), sooner(conn.t_reorder, conn.t_pace))
    return sooner(sooner(sending, conn.t_persist), sooner(sooner(conn.t_delack, conn.t_keepalive), conn.t_end))


def arm_after_output(conn: Connection, now: int) -> None:
    """RFC 6298 §5.1 and §5.2, RFC 8985 §7.2; and the persist timer where data waits for a window with nothing outstanding."""
    if conn.board.outstanding:
        conn.t_persist = OFF
        if conn.t_retransmit == OFF:
            conn.t_retransmit = now + conn.rtt.rto
        arm_probe(conn, now)
        return
    conn.t_retransmit = OFF
    conn.t_probe = OFF
    conn.t_reorder = OFF
    waiting = conn.unsent() > 0 or (conn.fin_queued and not conn.fin_sent)
    if not waiting or not (synchronized(conn.state)) or conn.t_pace != OFF:
        conn.t_persist = OFF
    elif conn.t_persist == OFF:
        conn.progress_at = now
        conn.t_persist = now + (OVERRIDE if conn.snd_wnd else conn.rtt.rto)


def arm_probe(conn: Connection, now: int) -> None:
    """RFC 8985 §7.2, tail loss probe: two round trips after sending, when no ACK can tell of a loss at the tail."""
    board = conn.board
    open_ = conn.ca_state == 0 and board.sacked_octets == 0
    if not conn.layer.config.tail_loss_probe or not conn.sack_ok or not open_ or conn.tlp_out or not conn.rtt.srtt8 or conn.state in (SYN_SENT, SYN_RECEIVED):
        conn.t_probe = OFF
        return
    last = board.sent[-1]
    # From the ACK that SND.UNA moved for, as from sending: "upon receiving an ACK that cumulatively acknowledges data".
    deadline = max(last.sent_at, conn.progress_at) + 2 * conn.rtt.srtt() + (WORST_DELAYED_ACK if len(board.sent) == 1 else PROBE_GUARD)
    # §7.2: "If PTO would be later than the RTO, it is the RTO": the probe then goes in the place of the timeout, which starts anew.
    conn.t_probe = min(deadline, conn.t_retransmit) if conn.snd_wnd else OFF


def arm_keepalive(conn: Connection, now: int) -> None:
    """From now on, or from when the peer was last heard."""
    if conn.keep and conn.state >= ESTABLISHED and synchronized(conn.state) and conn.state != TIME_WAIT:
        wait = conn.keep_interval if conn.keep_probes else conn.keep_idle
        conn.t_keepalive = max(conn.heard_at + conn.keep_idle, now) if not conn.keep_probes else now + wait
    else:
        conn.t_keepalive = OFF


def on_heard(conn: Connection, now: int) -> None:
    """A segment of the peer is acceptable: it lives. The keepalive timer looks at heard_at when it fires."""
    conn.heard_at = now
    if conn.keep_probes:
        conn.keep_probes = 0
        arm_keepalive(conn, now)


def start_time_wait(conn: Connection, now: int) -> None:
    """RFC 9293 §3.10.7.4: "start the time-wait timer, turn off the other timers"."""
    stop_all(conn)
    conn.t_end = now + conn.layer.config.time_wait


def delay_ack(conn: Connection, now: int) -> None:
    """RFC 9293 §3.8.6.3: at most half a second; the wait is not prolonged by more data."""
    if conn.t_delack == OFF:
        conn.t_delack = now + conn.layer.config.delack


def stop_all(conn: Connection) -> None:
    """Every timer off."""
    conn.t_retransmit = OFF
    conn.t_probe = OFF
    conn.t_reorder = OFF
    conn.t_pace = OFF
    conn.t_persist = OFF
    conn.t_delack = OFF
    conn.t_keepalive = OFF
    conn.t_end = OFF
