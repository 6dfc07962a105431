"""SEGMENT ARRIVES (RFC 9293 §3.10.7), step by step in the RFC's order.

segment_arrives() is for a connection; closed() and listen() are for the two states that have none. A step returns True to go on with the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.tcp import ecn, loss, output, path, timers
from pynet.tcp.recovery import OFF
from pynet.tcp.segment import ACK, CWR, ECE, FIN, RST, SYN, TIMESTAMPS_SIZE, URG
from pynet.tcp.sequence import MASK, add, between, le, lt
from pynet.tcp.states import (
    CLOSE_WAIT,
    CLOSED,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    LAST_ACK,
    SYN_RECEIVED,
    SYN_SENT,
    TIME_WAIT,
    may_receive,
)

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection
    from pynet.tcp.layer import Listener, Tcp
    from pynet.tcp.segment import Segment

# RFC 7323 §5.5: a TS.Recent older than this says nothing.
PAWS_IDLE = 24 * 24 * 3600 * 1_000_000
# No peer's MSS makes us send less than this: below it a few octets of window cost a flood of headers (as CVE-2019-11479).
MIN_MSS = 88
# Full segments that may come in one burst before one of them is acknowledged at once: an ACK for 64 KiB at most, as with the GRO of others.
BURST_SEGMENTS = 44
# RFC 9293 §3.7.1: a SYN without the option (MUST-15).
DEFAULT_MSS = 536

DROP_REASONS = (
    "tcp: no connection",
    "tcp: RST for no connection",
    "tcp: LISTEN, not a SYN",
    "tcp: SYN-SENT, unacceptable ACK",
    "tcp: SYN-SENT, RST without our ACK",
    "tcp: SYN-SENT, neither SYN nor RST",
    "tcp: PAWS",
    "tcp: timestamp missing",
    "tcp: out of window",
    "tcp: RST out of window",
    "tcp: RST in the window, not at its edge",
    "tcp: RST in TIME-WAIT",
    "tcp: SYN in the window",
    "tcp: ACK missing",
    "tcp: ACK of what was not sent, or too old",
    "tcp: accept queue full",
    "tcp: ACK without the data that accept waits for",
    "tcp: data after CLOSE",
    "tcp: out-of-order queue full",
    "tcp: too much queued",
    "tcp: challenge ACK not sent, rate",
)


def closed(layer: Tcp, seg: Segment, now: int) -> None:
    """§3.10.7.1: the state is CLOSED, that is, there is no connection."""
    if seg.flags & RST:
        layer.drop("tcp: RST for no connection")
        return
    layer.drop("tcp: no connection")
    layer.reset_segment(seg, now)


def listen(layer: Tcp, listener: Listener, seg: Segment, iss: int, now: int) -> None:
    """§3.10.7.2: the state is LISTEN. iss: where our sequence numbers start, or OFF to choose."""
    # First: a RST is ignored. Second: an ACK is for something that is no more, or for what only a cookie remembers.
    if seg.flags & RST:
        layer.drop("tcp: LISTEN, not a SYN")
        return
    if seg.flags & ACK:
        # RFC 4987 §3.6.
        if layer.accept_cookie(listener, seg, now):
            return
        layer.drop("tcp: LISTEN, not a SYN")
        layer.reset_segment(seg, now)
        return
    # Third: a SYN. Fourth: anything else is dropped.
    if not seg.flags & SYN:
        layer.drop("tcp: LISTEN, not a SYN")
        return
    conn = layer.accept_syn(listener, seg, iss, now)
    if conn is None:
        return
    take_syn(conn, seg, now)
    conn.state = SYN_RECEIVED
    send_first_syn(conn, now)


def send_first_syn(conn: Connection, now: int) -> None:
    """Our SYN goes out for the first time, as all of our sequence space that is outstanding."""
    occupy_syn(conn, now)
    conn.progress_at = now
    output.send_syn(conn, now)
    timers.arm_after_output(conn, now)
    conn.settle(now)


def occupy_syn(conn: Connection, now: int) -> None:
    """Our SYN is outstanding (RFC 9293 §3.4: it takes the first sequence number)."""
    conn.snd_una = conn.iss
    conn.snd_nxt = conn.send_seq = add(conn.iss, 1)
    conn.snd_small = conn.snd_up = conn.recover = conn.snd_una
    conn.board.add(conn.iss, conn.snd_nxt, now)


def resume_handshake(conn: Connection, syn: Segment, now: int) -> None:
    """RFC 4987 §3.6: be in SYN-RECEIVED as if `syn` had come and been answered; the ACK that proved it is still to be taken."""
    take_syn(conn, syn, now)
    conn.state = SYN_RECEIVED
    occupy_syn(conn, now)
    # The SYN,ACK is not there to be sent again.
    conn.defer_accept = 0
    # What the cookie's SYN,ACK offered, whatever buffer the user of the LISTEN asked for.
    if conn.scale_ok:
        conn.rcv_scale = conn.layer.scale_for(conn.layer.config.rcvbuf_max)
    conn.rcv_adv = add(conn.rcv_nxt, min(conn.layer.config.rcvbuf, 0xFFFF))


def take_syn(conn: Connection, seg: Segment, now: int) -> None:
    """The peer's SYN: IRS, and what its options offer (RFC 7323 §2.2 and §3.2, RFC 2018 §2, RFC 9293 §3.7.1)."""
    config = conn.layer.config
    conn.irs = seg.seg_seq
    conn.rcv_nxt = conn.rcv_adv = conn.last_ack_sent = conn.rcv_up = add(seg.seg_seq, 1)
    ecn.on_syn(conn, seg)
    conn.scale_ok = config.window_scale and seg.wscale >= 0
    conn.snd_scale = seg.wscale if conn.scale_ok else 0
    if not conn.scale_ok:
        conn.rcv_scale = 0
    conn.sack_ok = config.sack and seg.sack_permitted
    conn.ts_ok = config.timestamps and seg.has_timestamps
    if conn.ts_ok:
        conn.ts_recent = seg.tsval
        conn.ts_recent_at = now
    peer_mss = max(seg.mss, MIN_MSS) if seg.mss else DEFAULT_MSS
    conn.snd_mss = min(peer_mss, conn.snd_mss)
    # RFC 7323 §2.2: this window is not scaled.
    conn.snd_wnd = conn.max_snd_wnd = seg.seg_wnd
    conn.snd_wl1 = seg.seg_seq
    conn.snd_wl2 = seg.seg_ack
    conn.heard_at = now


def segment_arrives(conn: Connection, seg: Segment, now: int) -> None:
    """§3.10.7.3 and §3.10.7.4."""
    conn.segs_in += 1
    if conn.state == SYN_SENT:
        syn_sent(conn, seg, now)
    elif not (conn.state == ESTABLISHED and conn.layer.config.fast_path and fast_path(conn, seg, now)):
        other_states(conn, seg, now)
    if conn.state != CLOSED:
        if conn.layer.in_burst:
            conn.layer.settle_later(conn)
        else:
            conn.settle(now)


def fast_path(conn: Connection, seg: Segment, now: int) -> bool:
    """The segment that a transfer is made of, in ESTABLISHED: the next data in order, acknowledging nothing new. False: not that one.

    It does what the eight checks would do, and no more (a test compares them); everything else takes the long way.
    """
    size = seg.end - seg.at
    if (
        seg.flags & (SYN | FIN | RST | URG | ACK | ECE | CWR) != ACK
        or (seg.ecn == ecn.CE and conn.ecn_ok)
        or seg.seg_seq != conn.rcv_nxt
        or seg.seg_ack != conn.snd_una
        or size == 0
        or size > conn.rcv_wnd()
        or seg.sacks
        or seg.seg_wnd << conn.snd_scale != conn.snd_wnd
        or conn.snd_wnd == 0
        or lt(seg.seg_seq, conn.snd_wl1)
        or conn.out_of_order.pieces
        or conn.rcv_fin != OFF
        or conn.ca_state
    ):
        return False
    if conn.ts_ok:
        if not seg.has_timestamps or lt(seg.tsval, conn.ts_recent):
            return False
        if le(seg.seg_seq, conn.last_ack_sent):
            conn.ts_recent = seg.tsval
            conn.ts_recent_at = now
    conn.snd_wl1 = seg.seg_seq
    conn.snd_wl2 = seg.seg_ack
    timers.on_heard(conn, now)
    if segment_text(conn, seg, now) and conn.ack_now:
        output.send_ack(conn, now)
    return True


# §3.10.7.3: SYN-SENT.


def syn_sent(conn: Connection, seg: Segment, now: int) -> None:
    """First the ACK, second RST, third (security) nothing, fourth SYN, fifth the rest."""
    acknowledges = seg.flags & ACK != 0
    if acknowledges and not between(add(conn.iss, 1), seg.seg_ack, conn.snd_nxt):
        conn.layer.drop("tcp: SYN-SENT, unacceptable ACK")
        if not seg.flags & RST:
            conn.layer.reset_segment(seg, now)
        return
    if seg.flags & RST:
        if acknowledges:
            conn.finish(errno.ECONNREFUSED)
        else:
            conn.layer.drop("tcp: SYN-SENT, RST without our ACK")
        return
    if not seg.flags & SYN:
        conn.layer.drop("tcp: SYN-SENT, neither SYN nor RST")
        return
    take_syn(conn, seg, now)
    if not acknowledges:
        if seg.end > seg.at:
            # "If there are other controls or text in the segment, queue them for processing after the ESTABLISHED state has been reached".
            conn.out_of_order.insert(conn.rcv_nxt, conn.rcv_nxt, seg.buffer, seg.at, seg.end)
        simultaneous_open(conn, now)
        return
    retransmitted = conn.board.sent[0].retransmits
    loss.take_ack(conn, seg, now)
    established(conn, retransmitted, now)
    conn.ack_now = True
    # "Continue processing at the sixth step": what follows our SYN,ACK in the segment is taken.
    seg.seg_seq = add(seg.seg_seq, 1)
    seg.seg_len -= 1
    urgent_text_fin(conn, seg, now)
    if conn.state != CLOSED:
        output.output(conn, now)


def simultaneous_open(conn: Connection, now: int) -> None:
    """A SYN without ACK crossed ours: SYN-RECEIVED, and a SYN,ACK (§3.5, figure 7)."""
    conn.state = SYN_RECEIVED
    if conn.layer.config.exact_window:
        whole_buffers(conn)
    output.send_syn(conn, now)


def whole_buffers(conn: Connection) -> None:
    """As FreeBSD's tcp_mss(): both buffers hold a whole number of segments, options counted as data."""
    mss = conn.snd_mss
    conn.rcvbuf = (conn.rcvbuf + mss - 1) // mss * mss
    conn.sndbuf = (conn.sndbuf + mss - 1) // mss * mss


def established(conn: Connection, syn_retransmits: int, now: int) -> None:
    """Our SYN is acknowledged, the peer's is here."""
    conn.state = ESTABLISHED
    conn.data_heard_at = now
    if conn.layer.config.exact_window:
        whole_buffers(conn)
    if syn_retransmits:
        # RFC 6298 §5.7, RFC 6928 §2: a lost SYN asks for care, unless timestamps measured the round trip anyway.
        conn.congestion.cwnd = output.effective_mss(conn)
        if not conn.rtt.srtt8:
            conn.rtt.after_syn_timeout()
    else:
        conn.layer.start_window(conn)
    timers.on_heard(conn, now)
    timers.arm_keepalive(conn, now)
    conn.touched = True


# §3.10.7.4: the other states.


def other_states(conn: Connection, seg: Segment, now: int) -> None:
    """The eight checks, in order. (Third: security and compartment, which nobody uses.)"""
    if conn.state == TIME_WAIT and conn.layer.config.bsd_time_wait:
        time_wait(conn, seg, now)
        return
    fresh = conn.ts_ok and seg.has_timestamps and le(seg.seg_seq, conn.last_ack_sent)
    if not (
        check_sequence(conn, seg, now)
        and check_rst(conn, seg, now)
        and check_syn(conn, seg, now)
        and check_ack(conn, seg, now)
    ):
        return
    if fresh:
        # RFC 7323 §4.3 (2); PAWS has seen that it is not older. Only now, as a segment whose ACK or SYN is refused may be anybody's.
        conn.ts_recent = seg.tsval
        conn.ts_recent_at = now
    timers.on_heard(conn, now)
    urgent_text_fin(conn, seg, now)
    if conn.state != CLOSED and conn.state != TIME_WAIT:
        output.output(conn, now)
    elif conn.ack_now and conn.state == TIME_WAIT:
        output.send_ack(conn, now)


def time_wait(conn: Connection, seg: Segment, now: int) -> None:
    """As FreeBSD's tcp_twcheck: what is no plain duplicate of the last ACK gets one, whatever its sequence number; a RST, or no ACK, gets nothing."""
    if seg.flags & RST:
        conn.layer.drop("tcp: RST in TIME-WAIT")
        return
    if not seg.flags & ACK:
        conn.layer.drop("tcp: ACK missing")
        return
    if seg.flags & FIN and add(seg.seg_seq, seg.seg_len) == conn.rcv_nxt:
        timers.start_time_wait(conn, now)
    if seg.flags != ACK or seg.seg_len or seg.seg_seq != conn.rcv_nxt or seg.seg_ack != conn.snd_nxt:
        output.challenge(conn, now)


def check_sequence(conn: Connection, seg: Segment, now: int) -> bool:
    """First: is the segment in the window? Before that PAWS (RFC 7323 §5.3, R1). What lies before the window is cut off."""
    if conn.state == SYN_RECEIVED and seg.flags & SYN and seg.seg_seq == conn.irs:
        return repeated_syn(conn, seg, now)
    if conn.ts_ok and not seg.flags & RST and not check_timestamp(conn, seg, now):
        return False
    if not acceptable(conn, seg):
        return unacceptable(conn, seg, now)
    trim(conn, seg)
    return True


def repeated_syn(conn: Connection, seg: Segment, now: int) -> bool:
    """The SYN that made this SYN-RECEIVED, again: our answer was lost; or, with our ACK, the end of a simultaneous open (§3.5)."""
    if seg.flags & RST:
        conn.layer.drop("tcp: RST out of window")
        return False
    if seg.flags & ACK and seg.seg_ack == conn.snd_nxt:
        seg.seg_seq = add(seg.seg_seq, 1)
        seg.seg_len -= 1
        seg.flags &= ~SYN
        conn.ack_now = True
        return True
    conn.layer.drop("tcp: out of window")
    output.send_syn(conn, now)
    return False


def check_timestamp(conn: Connection, seg: Segment, now: int) -> bool:
    """RFC 7323 §3.2: every segment has timestamps once they are agreed on; §5.3 R1: none may be older than TS.Recent."""
    if not seg.has_timestamps:
        if not conn.layer.config.drops_unstamped:
            return True
        conn.layer.drop("tcp: timestamp missing")
        return False
    if lt(seg.tsval, conn.ts_recent) and now - conn.ts_recent_at < PAWS_IDLE:
        conn.layer.drop("tcp: PAWS")
        answer_unacceptable(conn, seg, now)
        return False
    return True


def acceptable(conn: Connection, seg: Segment) -> bool:
    """The four rows of §3.10.7.4's table, for the window as ever offered."""
    wnd = conn.rcv_wnd()
    if seg.seg_len == 0:
        return seg.seg_seq == conn.rcv_nxt if wnd == 0 else in_window(conn, seg.seg_seq, wnd)
    if wnd == 0:
        return False
    return in_window(conn, seg.seg_seq, wnd) or in_window(conn, add(seg.seg_seq, seg.seg_len - 1), wnd)


def in_window(conn: Connection, seq: int, wnd: int) -> bool:
    """RCV.NXT =< seq < RCV.NXT+RCV.WND."""
    return ((seq - conn.rcv_nxt) & MASK) < wnd


def unacceptable(conn: Connection, seg: Segment, now: int) -> bool:
    """Not in the window: "an acknowledgment should be sent in reply", unless it is a RST."""
    if seg.flags & RST:
        conn.layer.drop("tcp: RST out of window")
        return False
    conn.layer.drop("tcp: out of window")
    if conn.state == TIME_WAIT and seg.flags & FIN:
        # Eighth step: the peer did not hear our ACK of its FIN; wait 2MSL anew.
        timers.start_time_wait(conn, now)
    if conn.rcv_wnd() == 0 and seg.seg_seq == conn.rcv_nxt and not seg.flags & SYN:
        # "Special allowance should be made to accept valid ACKs, URGs": the window is closed, the rest is as expected.
        conn.ack_now = True
        seg.end = seg.at
        seg.flags &= ~FIN
        seg.seg_len = 0
        return True
    answer_unacceptable(conn, seg, now)
    return False


def answer_unacceptable(conn: Connection, seg: Segment, now: int) -> None:
    """The ACK in reply; sparingly to a segment without data, as that may be the answer to one of ours."""
    size = seg.end - seg.at
    if size == 0:
        output.challenge(conn, now)
        return
    left = seg.seg_seq
    if conn.sack_ok and lt(left, conn.rcv_nxt):
        # RFC 2883 §4: tell which octets came twice.
        conn.dsack_left = left
        right = add(left, size)
        conn.dsack_right = right if lt(right, conn.rcv_nxt) else conn.rcv_nxt
    output.send_ack(conn, now)


def trim(conn: Connection, seg: Segment) -> None:
    """Make it "the idealized segment that begins at RCV.NXT and does not exceed the window"."""
    before = (conn.rcv_nxt - seg.seg_seq) & MASK
    if seg.seg_seq != conn.rcv_nxt and before < 0x80000000:
        if seg.flags & SYN:
            seg.flags &= ~SYN
            seg.seg_seq = add(seg.seg_seq, 1)
            seg.seg_len -= 1
            before -= 1
        if before and conn.sack_ok:
            conn.dsack_left, conn.dsack_right = seg.seg_seq, conn.rcv_nxt
        seg.at = min(seg.at + before, seg.end)
        seg.seg_len -= before
        seg.seg_seq = conn.rcv_nxt
        if before:
            conn.ack_now = True
    beyond = ((seg.seg_seq - conn.rcv_nxt) & MASK) + seg.seg_len - conn.rcv_wnd()
    if beyond > 0:
        if seg.flags & FIN:
            seg.flags &= ~FIN
            seg.seg_len -= 1
            beyond -= 1
        seg.end -= beyond
        seg.seg_len -= beyond


def check_rst(conn: Connection, seg: Segment, now: int) -> bool:
    """Second, with RFC 5961 §3.2: only a RST exactly at RCV.NXT resets."""
    if not seg.flags & RST:
        return True
    config = conn.layer.config
    if seg.seg_seq != conn.rcv_nxt and config.careful_reset:
        conn.layer.drop("tcp: RST in the window, not at its edge")
        output.challenge(conn, now)
    elif conn.state == SYN_RECEIVED:
        # A passive OPEN returns to LISTEN, an active one is refused.
        conn.finish(0 if conn.listener is not None else errno.ECONNREFUSED)
    elif conn.state == TIME_WAIT:
        if config.keeps_time_wait:
            conn.layer.drop("tcp: RST in TIME-WAIT")
        else:
            conn.finish(0)
    elif conn.state in (ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2) or config.always_connreset:
        conn.finish(errno.ECONNRESET)
    else:
        conn.finish(errno.EPIPE if conn.state == CLOSE_WAIT else 0)
    return False


def check_syn(conn: Connection, seg: Segment, now: int) -> bool:
    """Fourth, with RFC 5961 §4.2: a SYN in the window is answered by a challenge ACK."""
    if not seg.flags & SYN:
        return True
    conn.layer.drop("tcp: SYN in the window")
    if conn.state == SYN_RECEIVED and conn.listener is not None:
        # "If the connection was initiated with a passive OPEN, then return this connection to the LISTEN state".
        conn.finish(0)
    elif conn.layer.config.careful_syn or conn.state == TIME_WAIT:
        output.challenge(conn, now)
    else:
        output.send_reset(conn, now)
        conn.finish(errno.ECONNRESET)
    return False


def check_ack(conn: Connection, seg: Segment, now: int) -> bool:
    """Fifth: the ACK field."""
    if not seg.flags & ACK:
        conn.layer.drop("tcp: ACK missing")
        return False
    if conn.state == SYN_RECEIVED and not ack_in_syn_received(conn, seg, now):
        return False
    # RFC 5961 §5.2. Nor older than all that we sent: while that is less than a window, half of all guesses would do (CVE-2023-52881).
    oldest = min(conn.max_snd_wnd, conn.bytes_acked + 1)
    if not between((conn.snd_una - oldest) & MASK, seg.seg_ack, conn.snd_nxt):
        conn.layer.drop("tcp: ACK of what was not sent, or too old")
        if not (conn.layer.config.ignores_future_acks and conn.state == ESTABLISHED and lt(conn.snd_nxt, seg.seg_ack)):
            output.challenge(conn, now)
        return False
    if le(conn.snd_una, seg.seg_ack):
        take_ack(conn, seg, now)
    elif conn.sack_ok and seg.sacks:
        # An ACK that was overtaken: its SACKs may still be news.
        seg.seg_ack = conn.snd_una
        loss.take_ack(conn, seg, now)
    return after_ack(conn, seg, now)


def ack_in_syn_received(conn: Connection, seg: Segment, now: int) -> bool:
    """SND.UNA < SEG.ACK =< SND.NXT enters ESTABLISHED, anything else is reset. A full accept queue makes the peer try again."""
    if not between(add(conn.snd_una, 1), seg.seg_ack, conn.snd_nxt):
        conn.layer.drop("tcp: ACK of what was not sent, or too old")
        conn.layer.reset_segment(seg, now)
        return False
    listener = conn.listener
    if listener is not None and not listener.has_room():
        conn.layer.drop("tcp: accept queue full")
        return False
    if listener is not None and conn.defer_accept and seg.end == seg.at and not seg.flags & FIN and defer(conn, now):
        return False
    retransmitted = conn.board.sent[0].retransmits if conn.board.sent else 0
    loss.take_ack(conn, seg, now)
    conn.snd_wnd = seg.seg_wnd << conn.snd_scale
    conn.max_snd_wnd = max(conn.max_snd_wnd, conn.snd_wnd)
    conn.snd_wl1 = seg.seg_seq
    conn.snd_wl2 = seg.seg_ack
    established(conn, retransmitted, now)
    if conn.out_of_order.pieces:
        # What came with the crossing SYN; the segment at hand may repeat it.
        take_queued(conn)
        if seg.seg_len:
            trim(conn, seg)
        how_soon(conn, now)
    if listener is not None:
        conn.leave_listener()
        listener.add(conn)
    if conn.fin_queued:
        # CLOSE came before, with data queued (§3.10.4, SYN-RECEIVED).
        conn.state = FIN_WAIT_1
    return True


def defer(conn: Connection, now: int) -> bool:
    """TCP_DEFER_ACCEPT: the handshake's ACK alone is no reason to wake the user. When the wait is over the SYN,ACK is sent again, and its ACK taken."""
    until = conn.opened_at + conn.defer_accept
    if now >= until:
        return False
    conn.layer.drop("tcp: ACK without the data that accept waits for")
    conn.t_retransmit = until
    return True


def take_ack(conn: Connection, seg: Segment, now: int) -> None:
    """ESTABLISHED: SND.UNA =< SEG.ACK =< SND.NXT. What it acknowledges leaves the queue; the send window is updated."""
    loss.take_ack(conn, seg, now)
    free_acked(conn)
    if conn.search is not None:
        path.on_ack(conn, now)
    if lt(conn.snd_wl1, seg.seg_seq) or (conn.snd_wl1 == seg.seg_seq and le(conn.snd_wl2, seg.seg_ack)):
        update_window(conn, seg)
    if conn.snd_wnd == 0:
        # §3.8.6.1: the peer answers, so it is there, however long its window stays closed.
        conn.progress_at = now
        if conn.layer.config.empty_probe and conn.t_persist != OFF:
            # As Linux (tcp_ack_probe): the next probe is that long after the answer to the last.
            conn.t_persist = now + min(conn.rtt.rto << min(conn.probes, 16), conn.rtt.limit)


def free_acked(conn: Connection) -> None:
    """Octets that are acknowledged leave the send queue; there is room for the user."""
    octets = (conn.snd_una - conn.send_seq) & MASK
    if octets == 0 or octets >= 0x80000000:
        return
    octets = min(octets, conn.send_queue.octets)
    conn.send_queue.consume(octets)
    conn.send_seq = add(conn.send_seq, octets)
    conn.bytes_acked += octets
    # Who had no room tries again, even where poll() says that it is not worth it yet.
    conn.touched = conn.touched or conn.no_space
    output.tune_send_buffer(conn)


def update_window(conn: Connection, seg: Segment) -> None:
    """SND.WND := SEG.WND; what was sent into a closed window and not taken goes again at once when it opens."""
    wnd = seg.seg_wnd << conn.snd_scale
    if conn.snd_wnd == 0 and wnd and conn.board.outstanding:
        conn.board.mark_all_lost(False)
        conn.t_retransmit = OFF
    if conn.snd_wnd == 0 and wnd:
        conn.probes = 0
    conn.snd_wnd = wnd
    conn.max_snd_wnd = max(conn.max_snd_wnd, wnd)
    conn.snd_wl1 = seg.seg_seq
    conn.snd_wl2 = seg.seg_ack


def after_ack(conn: Connection, seg: Segment, now: int) -> bool:
    """What the acknowledgment of our FIN does in each state."""
    if not conn.fin_acked():
        return True
    if conn.state == FIN_WAIT_1:
        conn.state = FIN_WAIT_2
        conn.touched = True
        if conn.orphan:
            conn.t_end = now + conn.fin_timeout
    elif conn.state == CLOSING:
        enter_time_wait(conn, now)
    elif conn.state == LAST_ACK:
        conn.finish(0)
        return False
    return True


def enter_time_wait(conn: Connection, now: int) -> None:
    """Both FINs are acknowledged, ours and theirs."""
    conn.state = TIME_WAIT
    conn.touched = True
    timers.start_time_wait(conn, now)
    conn.layer.add_time_wait(conn)


def urgent_text_fin(conn: Connection, seg: Segment, now: int) -> None:
    """Sixth to eighth: URG, the text, FIN."""
    if seg.flags & URG and may_receive(conn.state):
        # RFC 6093 §3: the user is told, the octets stay in line.
        up = add(seg.seg_seq, seg.seg_up)
        if not conn.urgent_received or lt(conn.rcv_up, up):
            conn.rcv_up = up
            conn.urgent_received = conn.touched = True
    if seg.end > seg.at:
        if may_receive(conn.state):
            if not segment_text(conn, seg, now):
                return
        else:
            # "This should not occur since a FIN has been received": ignored.
            conn.ack_now = True
    if seg.flags & FIN and conn.state not in (SYN_SENT, CLOSED):
        note_fin(conn, add(seg.seg_seq, seg.end - seg.at), now)
    if conn.rcv_fin != OFF and conn.rcv_fin == conn.rcv_nxt and not conn.fin_received:
        take_fin(conn, now)


def segment_text(conn: Connection, seg: Segment, now: int) -> bool:
    """Seventh: deliver what is in order, keep what is not, and decide how soon to acknowledge."""
    if conn.orphan or conn.read_shut and nobody_reads(conn):
        # §3.6.1: nobody will ever read it.
        conn.layer.drop("tcp: data after CLOSE")
        # From the segment, as for no connection: its SEG.ACK is where the peer expects the next of ours, and only there does it believe a RST.
        conn.layer.reset_segment(seg, now)
        conn.finish(0 if conn.orphan else errno.ECONNRESET)
        return False
    size = seg.end - seg.at
    if conn.layer.has_too_much(conn):
        conn.layer.drop("tcp: too much queued")
        conn.ack_now = True
        return True
    conn.data_heard_at = now
    if conn.ecn_ok and (seg.ecn == ecn.CE or seg.flags & CWR):
        ecn.on_data(conn, seg)
    conn.rcv_mss = max(conn.rcv_mss, min(size, conn.adv_mss - TIMESTAMPS_SIZE if conn.ts_ok else conn.adv_mss))
    conn.data_segs_in += 1
    if size > conn.rcv_mss:
        # What a NIC made of several counts as them (RFC 4898 §4, tcpEStatsPerfSegsIn).
        more = (size - 1) // conn.rcv_mss
        conn.data_segs_in += more
        conn.segs_in += more
    if conn.out_of_order.pieces and conn.sack_ok and conn.dsack_left == conn.dsack_right:
        note_duplicate(conn, seg.seg_seq, add(seg.seg_seq, size))
    if seg.seg_seq != conn.rcv_nxt:
        conn.rcv_ooopack += 1
        _, dropped = conn.out_of_order.insert(conn.rcv_nxt, seg.seg_seq, seg.buffer, seg.at, seg.end)
        if dropped:
            conn.layer.drop("tcp: out-of-order queue full")
        # RFC 5681 §4.2: a duplicate ACK at once, so that the sender sees the hole.
        conn.ack_now = True
        return True
    take_text(conn, seg.buffer, seg.at, seg.end)
    if conn.out_of_order.pieces:
        take_queued(conn)
        conn.ack_now = True
    how_soon(conn, now)
    return True


def take_queued(conn: Connection) -> None:
    """What waited out of order, as far as it is in order now."""
    before = conn.receive_queue.octets
    filled = conn.out_of_order.take(conn.rcv_nxt, conn.receive_queue)
    conn.rcv_nxt = add(conn.rcv_nxt, filled)
    conn.bytes_received += filled
    conn.touched = True
    if conn.discards:
        conn.receive_queue.drop_last(conn.receive_queue.octets - before)


def how_soon(conn: Connection, now: int) -> None:
    """§3.8.6.3: acknowledge at least every second full segment; of those that come at once, as a NIC hands them over, every BURST_SEGMENTS."""
    waiting = (conn.rcv_nxt - conn.last_ack_sent) & MASK
    if conn.quick_acks or conn.quickack or waiting >= BURST_SEGMENTS * conn.rcv_mss:
        conn.ack_now = True
    elif waiting >= 2 * conn.rcv_mss:
        if conn.layer.in_burst:
            conn.ack_due = True
        else:
            conn.ack_now = True
    elif not conn.ack_now:
        timers.delay_ack(conn, now)


def nobody_reads(conn: Connection) -> bool:
    """The user has shut down both directions: as on Linux, new data then resets, as after CLOSE (§3.6.1)."""
    return conn.state in (FIN_WAIT_1, FIN_WAIT_2) and not conn.discards


def note_duplicate(conn: Connection, seq: int, end: int) -> None:
    """RFC 2883 §4.2.1: of [seq, end) the first octets that are here already, out of order, and no others, are told of by a DSACK."""
    for piece in conn.out_of_order.pieces:
        right = add(piece.seq, len(piece.data))
        start = piece.seq if lt(seq, piece.seq) else seq
        stop = right if lt(right, end) else end
        if conn.dsack_left != conn.dsack_right and start != conn.dsack_right:
            return
        if lt(start, stop):
            if conn.dsack_left == conn.dsack_right:
                conn.dsack_left = start
            conn.dsack_right = stop


def take_text(conn: Connection, buffer: bytearray, at: int, end: int) -> None:
    """Octets in order: copied, as the buffer is lent."""
    if not conn.discards:
        conn.receive_queue.append(buffer, at, end)
    conn.rcv_nxt = add(conn.rcv_nxt, end - at)
    conn.bytes_received += end - at
    conn.touched = True


def note_fin(conn: Connection, seq: int, now: int) -> None:
    """Eighth: where the peer's stream ends; in order or not. One that came before is repeated."""
    if conn.fin_received:
        conn.ack_now = True
        if conn.state == TIME_WAIT:
            timers.start_time_wait(conn, now)
    elif conn.rcv_fin == OFF:
        conn.rcv_fin = seq


def take_fin(conn: Connection, now: int) -> None:
    """Eighth: "advance RCV.NXT over the FIN, and send an acknowledgment for the FIN"."""
    conn.rcv_nxt = add(conn.rcv_nxt, 1)
    conn.fin_received = True
    if conn.state == ESTABLISHED and conn.layer.config.delayed_fin_ack:
        delay_fin_ack(conn, now)
    else:
        conn.ack_now = True
    conn.touched = True
    conn.out_of_order.clear()
    if conn.state in (SYN_RECEIVED, ESTABLISHED):
        conn.state = CLOSE_WAIT
    elif conn.state == FIN_WAIT_1:
        if conn.fin_acked():
            enter_time_wait(conn, now)
        else:
            conn.state = CLOSING
    elif conn.state == FIN_WAIT_2:
        enter_time_wait(conn, now)


def delay_fin_ack(conn: Connection, now: int) -> None:
    """As Linux: the user is likely to answer a FIN with its own. Data before it that waits for its ACK, or that never came, make it urgent."""
    conn.dsack_left = conn.dsack_right
    waiting = (conn.rcv_nxt - conn.last_ack_sent) & MASK
    conn.ack_now = conn.bytes_received == 0 or waiting > conn.rcv_mss
    if not conn.ack_now:
        timers.delay_ack(conn, now)
