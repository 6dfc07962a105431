"""TIMEOUTS (RFC 9293 §3.10.8, and where each is cited): what happens when a deadline of timers.py has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.tcp import loss, output, path, timers
from pynet.tcp.recovery import OFF
from pynet.tcp.states import CLOSED, SYN_RECEIVED, SYN_SENT, synchronized

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection


def due(deadline: int, now: int) -> bool:
    """The timer runs and its time has come."""
    return deadline != OFF and deadline <= now


def run(conn: Connection, now: int) -> None:
    """Run the timers that are due. Each sets itself anew or stops, so that none can fire twice for one time."""
    if due(conn.t_end, now):
        conn.finish(0)
        return
    if due(conn.t_delack, now):
        conn.t_delack = OFF
        output.send_ack(conn, now)
    if due(conn.t_reorder, now):
        conn.t_reorder = OFF
        loss.on_reorder_timeout(conn, now)
    if due(conn.t_pace, now):
        conn.t_pace = OFF
        output.output(conn, now)
    if due(conn.t_probe, now):
        conn.t_probe = OFF
        loss.on_probe_timeout(conn, now)
    if due(conn.t_persist, now):
        conn.t_persist = OFF
        on_persist_timeout(conn, now)
    if due(conn.t_retransmit, now):
        conn.t_retransmit = OFF
        on_retransmission_timeout(conn, now)
    if conn.state != CLOSED and due(conn.t_keepalive, now):
        on_keepalive_timeout(conn, now)
    if conn.state != CLOSED:
        conn.settle(now)


def on_persist_timeout(conn: Connection, now: int) -> None:
    """§3.8.6.1: the window is still closed, so send one octet into it; or it is open too little to wait any longer for more."""
    if conn.snd_wnd == 0 and conn.layer.config.empty_probe:
        send_empty_probe(conn, now)
        return
    unsent = conn.unsent()
    size = min(unsent, output.effective_mss(conn), max(output.usable_window(conn), 1))
    # Nagle is not to hold the rest back for the sake of a probe.
    small = conn.snd_small
    output.send_data(conn, size, conn.fin_queued and size == unsent, size == unsent, now)
    conn.snd_small = small
    timers.arm_after_output(conn, now)


def send_empty_probe(conn: Connection, now: int) -> None:
    """As Linux probes a closed window: with nothing that the peer could take, ever less often."""
    if gave_up(conn, now):
        give_up(conn, conn.layer.config.reset_at_timeout, now)
        return
    output.send_probe(conn, now)
    conn.probes += 1
    conn.t_persist = now + min(conn.rtt.rto << min(conn.probes, 16), conn.rtt.limit)


def on_retransmission_timeout(conn: Connection, now: int) -> None:
    """RFC 6298 §5.4 to §5.7."""
    if conn.board.outstanding == 0:
        return
    if gave_up(conn, now):
        give_up(conn, conn.layer.config.reset_at_timeout, now)
        return
    conn.probes += 1
    conn.timeouts += 1
    if conn.state in (SYN_SENT, SYN_RECEIVED):
        conn.board.mark_all_lost(False)
        output.resend(conn, conn.board.sent[0], now)
    elif conn.snd_wnd == 0:
        # RFC 9293 §3.8.6.1: a probe of a closed window says nothing about congestion.
        output.resend(conn, conn.board.sent[0], now)
    else:
        path.probe_failed(conn, now)
        if conn.probes >= path.BLACK_HOLE_TIMEOUTS:
            path.on_black_hole(conn, now)
        loss.on_timeout(conn, now)
        # §5.4: the earliest goes whatever may still be in the network.
        output.resend(conn, conn.board.sent[0], now)
        output.output(conn, now)
    conn.rtt.back_off(conn.layer.config.syn_slop if conn.state in (SYN_SENT, SYN_RECEIVED) else 0)
    conn.t_probe = OFF
    conn.t_retransmit = now + conn.rtt.rto
    if conn.state == SYN_SENT and conn.layer.config.syn_timeout_exact:
        conn.t_retransmit = min(conn.t_retransmit, conn.progress_at + limit_of_patience(conn))


def limit_of_patience(conn: Connection) -> int:
    """R2 of RFC 9293 §3.8.3, as a time: how long nothing may be acknowledged; the user's own (RFC 5482) goes first."""
    config = conn.layer.config
    if conn.state == SYN_RECEIVED:
        return config.syn_received_timeout
    if conn.user_timeout:
        return conn.user_timeout
    if conn.state == SYN_SENT:
        return conn.syn_timeout
    return config.orphan_timeout if conn.orphan else config.timeout


def gave_up(conn: Connection, now: int) -> bool:
    """The peer has taken nothing, nor said that its window is closed, for too long."""
    return now - conn.progress_at >= limit_of_patience(conn)


def give_up(conn: Connection, reset: bool, now: int) -> None:
    """§3.10.8, USER TIMEOUT: flush, tell the user, delete the TCB. What ICMP said explains it best (RFC 5461). reset: tell the peer."""
    if reset and synchronized(conn.state):
        output.send_reset(conn, now)
    conn.finish(conn.soft_error if conn.soft_error else errno.ETIMEDOUT)


def on_keepalive_timeout(conn: Connection, now: int) -> None:
    """RFC 9293 §3.8.4: probe an idle connection; one that has data outstanding is watched by the retransmission timer."""
    idle = now - conn.heard_at
    if idle < conn.keep_idle or conn.board.outstanding or conn.unsent():
        conn.keep_probes = 0
        conn.t_keepalive = now + max(conn.keep_idle - idle, conn.keep_interval)
        return
    if conn.keep_probes >= conn.keep_count:
        give_up(conn, True, now)
        return
    conn.keep_probes += 1
    output.send_probe(conn, now)
    conn.t_keepalive = now + conn.keep_interval
