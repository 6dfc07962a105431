"""Loss detection and the phases of recovery: what an ACK, or its absence, does to the scoreboard and to the congestion window.

Open -> Disorder     SACKs or duplicate ACKs, nothing known to be lost
-> CWR               the peer echoes ECN's mark (RFC 3168 §6.1.2); the window shrinks as in recovery
-> Recovery          RACK (RFC 8985), or three duplicate ACKs (RFC 6582), marked something lost; PRR (RFC 9937) paces the sending
-> Loss              the retransmission timer expired (RFC 6298 §5): slow start over what was outstanding, unless F-RTO finds that it was not lost
-> Open              `recover`, the SND.NXT of when the phase began, is acknowledged; or undo.py found that nothing was lost
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.tcp import ecn, output, path, undo
from pynet.tcp.recovery import CA_CWR, CA_DISORDER, CA_LOSS, CA_OPEN, CA_RECOVERY, DUP_THRESH, OFF
from pynet.tcp.segment import ECE, FIN, SYN
from pynet.tcp.sequence import MASK, le, lt

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection
    from pynet.tcp.delivery import Delivery
    from pynet.tcp.segment import Segment

# The least time, microseconds, that a peer has to acknowledge what it had SACKed before that is sent again.
LEAST_RENEGING = 10_000


def echoed_sent_at(conn: Connection, seg: Segment, now: int) -> int:
    """When the segment that TSecr echoes was sent (RFC 7323 §4), to the millisecond; OFF without timestamps."""
    if not (conn.ts_ok and seg.has_timestamps and seg.tsecr):
        return OFF
    age = (conn.tsval(now) - seg.tsecr) & MASK
    return (now // 1000 - age) * 1000 if age < 0x80000000 and age <= now // 1000 else OFF


def take_ack(conn: Connection, seg: Segment, now: int) -> None:
    """SEG.ACK is in [SND.UNA, SND.NXT]: update the scoreboard, the round trip, and the windows. SND.UNA moves."""
    board = conn.board
    delivery = conn.delivery
    delivery.begin(board.fack)
    segments = board.rates.segments
    delivery.prior_in_flight = output.pipe(conn)
    echoed = echoed_sent_at(conn, seg, now)
    advanced = lt(conn.snd_una, seg.seg_ack)
    if advanced or seg.at == seg.end:
        conn.ack_heard_at = now
    if advanced:
        board.acknowledge(seg.seg_ack, now, delivery, echoed)
        conn.snd_una = seg.seg_ack
        conn.progress_at = now
        conn.probes = 0
    if conn.sack_ok and seg.sacks:
        take_sacks(conn, seg, now, delivery, echoed)
    if advanced:
        measure(conn, delivery, echoed, now)
    delivery.una = conn.snd_una
    delivery.nxt = conn.snd_nxt
    if conn.undo_at != OFF:
        undo.on_ack(conn, seg, delivery, advanced, echoed, now)
    if conn.sack_ok:
        detect(conn, delivery, now)
    else:
        count_duplicates(conn, seg, advanced, delivery, now)
    mss = output.effective_mss(conn)
    delivery.in_flight = output.pipe(conn)
    board.rates.sample(delivery, conn.rtt.minimum)
    if delivery.order or delivery.sacked or delivery.lost:
        conn.congestion.on_delivery(delivery, mss, now)
    if conn.ecn_ok and seg.flags & (ECE | SYN) == ECE:
        conn.delivered_ce += board.rates.segments - segments
        enter_cwr(conn, now)
    after_ack(conn, delivery, advanced, mss, now)
    if conn.tlp_out:
        end_probe(conn, seg, delivery, now)


def cwnd_limited(conn: Connection) -> bool:
    """RFC 7661 §4.4: cwnd, not the user or the peer, held the sending back since a round trip; in slow start half of it is enough to double it."""
    if conn.cwnd_limited:
        return True
    control = conn.congestion
    return control.cwnd < control.ssthresh and control.cwnd < 2 * conn.max_flight


def take_sacks(conn: Connection, seg: Segment, now: int, delivery: Delivery, echoed: int) -> None:
    """RFC 2018 §3; the first block is a DSACK if it lies below SEG.ACK or within the second (RFC 2883 §4)."""
    sacks = seg.sacks
    left, right = sacks[0], sacks[1]
    if lt(left, seg.seg_ack) or (len(sacks) >= 4 and le(sacks[2], left) and le(right, sacks[3])):
        delivery.dsack = lt(left, right) and le(right, conn.snd_nxt)
    if delivery.dsack:
        conn.dsack_dups += 1
        conn.board.on_dsack(left, conn.snd_una, conn.snd_nxt)
    conn.board.begin_sacks()
    for i in range(0, len(sacks), 2):
        conn.board.sack(sacks[i], sacks[i + 1], conn.snd_una, conn.snd_nxt, now, delivery, echoed)


def measure(conn: Connection, delivery: Delivery, echoed: int, now: int) -> None:
    """RFC 6298 §3 (Karn), RFC 7323 §4: a sample from what was sent once, else from the echoed timestamp."""
    if delivery.round_trip:
        conn.rtt.sample(delivery.round_trip)
    elif echoed != OFF and delivery.acked:
        conn.rtt.sample(max(now - echoed, 1))


def detect(conn: Connection, delivery: Delivery, now: int) -> None:
    """RFC 8985 §6.2: mark what RACK believes lost; enter recovery if that is new."""
    board = conn.board
    if board.sacked_octets == 0 and not board.reordering_seen and conn.ca_state in (CA_OPEN, CA_CWR):
        conn.t_reorder = OFF
        return
    mss = output.effective_mss(conn)
    reo_wnd = board.reordering_window(conn.rtt.minimum, conn.rtt.srtt(), conn.ca_state >= CA_RECOVERY, mss)
    marked, timeout = board.detect_loss(reo_wnd, now)
    conn.t_reorder = now + timeout if timeout != OFF else OFF
    if marked:
        delivery.lost += marked
        enter_recovery(conn, delivery, now)


def count_duplicates(conn: Connection, seg: Segment, advanced: bool, delivery: Delivery, now: int) -> None:
    """RFC 5681 §2 and §3.2, RFC 6582 §3.2, for a peer without SACK."""
    board = conn.board
    mss = output.effective_mss(conn)
    if advanced:
        if conn.ca_state == CA_RECOVERY and lt(conn.snd_una, conn.recover):
            # A partial ACK: the next hole is now the first, in place of the one that was filled.
            board.mark_first_lost()
        # One segment of what is acknowledged was the hole; duplicates had told of the rest.
        told = min(conn.dup_acks * mss, max(delivery.acked - mss, 0))
        delivery.sacked -= told
        conn.dup_acks = conn.dup_acks - told // mss if conn.ca_state == CA_RECOVERY else 0
        return
    window = seg.seg_wnd << conn.snd_scale
    data = seg.end > seg.at or seg.flags & (SYN | FIN)
    # What answers a probe of a closed window is no duplicate either.
    if board.outstanding == 0 or conn.snd_wnd == 0 or data or window != conn.snd_wnd or seg.seg_ack != conn.snd_una:
        return
    conn.dup_acks += 1
    delivery.sacked += mss
    # §3.2, step 2: once for what is outstanding, whatever duplicates a timeout causes later.
    if conn.dup_acks == DUP_THRESH and conn.ca_state < CA_RECOVERY and le(conn.recover, conn.snd_una):
        delivery.lost += board.mark_first_lost()
        enter_recovery(conn, delivery, now)


def enter_recovery(conn: Connection, delivery: Delivery, now: int) -> None:
    """Something was marked lost (RFC 6582 §3.2, step 2; RFC 6675 §5, step 4). The window follows in after_ack."""
    if conn.ca_state >= CA_RECOVERY or (conn.search is not None and path.only_the_probe_is_lost(conn, now)):
        return
    if conn.ca_state != CA_CWR:
        undo.remember(conn, now)
        reduce_window(conn, delivery, now)
    conn.ca_state = CA_RECOVERY
    conn.recover = conn.snd_nxt
    conn.board.on_recovery(conn.snd_una, conn.snd_nxt)
    conn.t_probe = OFF


def enter_cwr(conn: Connection, now: int) -> None:
    """RFC 3168 §6.1.2: the ACK says that the network was congested: as for a lost segment, but once in a window, and nothing is sent again."""
    if conn.ca_state >= CA_CWR:
        return
    conn.undo_at = OFF
    reduce_window(conn, conn.delivery, now)
    conn.ca_state = CA_CWR
    conn.recover = conn.snd_nxt


def reduce_window(conn: Connection, delivery: Delivery, now: int) -> None:
    """ssthresh falls, and PRR begins to bring what is in flight down to it (RFC 9937 §6.1)."""
    board = conn.board
    # RFC 8985 §7.4.2: one reduction for what is outstanding; the probe of it asks for no second one.
    conn.tlp_out = False
    # What was in flight when the ACK came.
    flight = min(board.outstanding + delivery.acked, conn.congestion.cwnd)
    conn.congestion.on_loss(flight, output.effective_mss(conn), now)
    # RecoverFS: what was SACKed before will not be delivered any more; what this ACK delivers will count.
    conn.prr.start(board.outstanding - board.sacked_octets + delivery.octets())
    ecn.queue_cwr(conn)


def flight_size(conn: Connection) -> int:
    """FlightSize of RFC 5681 §2; beyond cwnd there is only what limited transmit sent, or what an earlier recovery left SACKed."""
    return min(conn.board.outstanding, conn.congestion.cwnd)


def after_ack(conn: Connection, delivery: Delivery, advanced: bool, mss: int, now: int) -> None:
    """The congestion window after an ACK, by the phase; and whether the phase ends."""
    control = conn.congestion
    if conn.ca_state >= CA_CWR and advanced and phase_ends(conn):
        slow_start = conn.ca_state == CA_LOSS
        end_phase(conn, mss, now)
        if slow_start:
            # RFC 5681 §3.1: after a timeout every ACK of new data widens the window, the last one too.
            control.on_ack(delivery.octets(), mss, conn.rtt.srtt(), now)
    elif conn.ca_state in (CA_CWR, CA_RECOVERY):
        if delivery.octets() > 0 and not control.owns_window:
            # RFC 9937 §6.2; RFC 6582 §3.2, step 3: a partial ACK without SACK resends at once, however much may still be in the network.
            safe = advanced and delivery.lost == 0
            pipe = output.pipe(conn)
            control.cwnd = conn.prr.window(delivery.octets(), pipe, control.ssthresh, mss, safe)
            if advanced and not conn.sack_ok and conn.ca_state == CA_RECOVERY:
                control.cwnd = max(control.cwnd, pipe + mss)
    elif raises_window(conn, delivery, mss) and (conn.ca_state == CA_LOSS or cwnd_limited(conn)):
        control.on_ack(delivery.octets(), mss, conn.rtt.srtt(), now)
    if conn.ca_state < CA_CWR:
        disorder = conn.board.sacked_octets or conn.dup_acks
        conn.ca_state = CA_DISORDER if disorder else CA_OPEN
    if advanced:
        # RFC 6298 §5.3.
        conn.t_retransmit = now + conn.rtt.rto if conn.board.outstanding else OFF
        if conn.board.sent and conn.board.sent[0].sacked:
            # RFC 2018 §8: the peer has no longer what it said it had. As Linux, half a round trip for it to think better of it.
            conn.t_retransmit = now + max(conn.rtt.srtt() // 2, LEAST_RENEGING)


def raises_window(conn: Connection, delivery: Delivery, mss: int) -> bool:
    """SND.UNA moved; or, where the path reorders by more than DupThresh and a hole is no sign of loss, a SACK came (Linux's tcp_may_raise_cwnd)."""
    return delivery.acked > 0 or (delivery.sacked > 0 and conn.sack_ok and conn.board.reorder_extent > DUP_THRESH * mss)


def phase_ends(conn: Connection) -> bool:
    """`recover` is acknowledged; in CWR something beyond it, so that the peer has seen our CWR before an ECE of its counts again."""
    if conn.ca_state == CA_CWR and conn.board.outstanding:
        return lt(conn.recover, conn.snd_una)
    return le(conn.recover, conn.snd_una)


def end_phase(conn: Connection, mss: int, now: int) -> None:
    """Back to Open: RFC 6582 §3.2, step 3; RFC 9937 §6.4."""
    if conn.ca_state != CA_LOSS:
        conn.congestion.on_recovered(mss, now)
    if conn.ca_state == CA_RECOVERY:
        conn.board.on_recovered()
    conn.ca_state = CA_OPEN
    conn.dup_acks = 0
    undo.end_forward(conn)


def on_timeout(conn: Connection, now: int) -> None:
    """RFC 6298 §5.4, RFC 5681 §3.1, RFC 8985 §6.3: what is outstanding and old is to be sent again, in slow start from one segment."""
    board = conn.board
    mss = output.effective_mss(conn)
    first_sacked = bool(board.sent) and board.sent[0].sacked
    undo.end_forward(conn)
    # RFC 5682 §2.1: not within recovery, where what is sent again has company.
    conn.frto = conn.layer.config.frto and conn.ca_state != CA_RECOVERY and not first_sacked
    # A second expiry without progress does not halve ssthresh again (RFC 5681 §3.1, equation 4 and what follows).
    if conn.ca_state != CA_LOSS:
        if conn.ca_state < CA_CWR:
            undo.remember(conn, now)
        conn.congestion.on_rto(flight_size(conn), mss, now)
        ecn.queue_cwr(conn)
    conn.congestion.cwnd = mss
    conn.tlp_out = False
    conn.ca_state = CA_LOSS
    conn.recover = conn.snd_nxt
    conn.dup_acks = 0
    conn.t_reorder = OFF
    if conn.sack_ok and not first_sacked:
        board.mark_expired_lost(board.reordering_window(conn.rtt.minimum, conn.rtt.srtt(), True, mss), now)
    else:
        board.mark_all_lost(first_sacked)


def on_reorder_timeout(conn: Connection, now: int) -> None:
    """RFC 8985 §6.3: what was late then is lost now."""
    conn.delivery.begin(conn.board.fack)
    phase = conn.ca_state
    detect(conn, conn.delivery, now)
    if phase < CA_RECOVERY and conn.ca_state == CA_RECOVERY and not conn.congestion.owns_window:
        control = conn.congestion
        control.cwnd = conn.prr.window(0, output.pipe(conn), control.ssthresh, output.effective_mss(conn), False)
    output.output(conn, now)


# Tail loss probe (RFC 8985 §7).


def on_probe_timeout(conn: Connection, now: int) -> None:
    """RFC 8985 §7.3: send new data if there is some, or the last segment again, so that an ACK comes and tells."""
    board = conn.board
    if not board.sent or conn.tlp_out:
        return
    size = min(conn.unsent(), output.effective_mss(conn), output.usable_window(conn))
    conn.tlp_out = True
    conn.tlp_again = size == 0
    if size:
        output.send_data(conn, size, False, False, now)
    else:
        output.resend(conn, board.sent[-1], now)
    conn.tlp_end = conn.snd_nxt
    # §7.3: the retransmission timer starts again.
    conn.t_retransmit = now + conn.rtt.rto


def end_probe(conn: Connection, seg: Segment, delivery: Delivery, now: int) -> None:
    """RFC 8985 §7.4.2: is the probe over, and did it repair a loss that nothing else would have told of? Then that loss counts."""
    if lt(seg.seg_ack, conn.tlp_end):
        return
    if not conn.tlp_again or delivery.dsack:
        conn.tlp_out = False
    elif lt(conn.tlp_end, seg.seg_ack):
        conn.tlp_out = False
        if conn.ca_state < CA_RECOVERY:
            mss = output.effective_mss(conn)
            conn.congestion.on_loss(flight_size(conn), mss, now)
            conn.congestion.on_recovered(mss, now)
            ecn.queue_cwr(conn)
    elif delivery.acked == 0 and delivery.sacked == 0 and seg.at == seg.end:
        # Both the segment and its repetition arrived.
        conn.tlp_out = False
