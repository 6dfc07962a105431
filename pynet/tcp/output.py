"""What to send, and when (RFC 9293 §3.7 and §3.8): segments from sequence space, Nagle, silly-window avoidance, acknowledgments.

output() is the one place that new data and retransmissions leave from. Everything here is called with a connection that may send.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.frame import HEADROOM
from pynet.lower import CAN_CHECKSUM, CAN_SEGMENT
from pynet.tcp import chrono, ecn, pacing, path, timers
from pynet.tcp.recovery import OFF
from pynet.tcp.segment import (
    ACK,
    FIN,
    HEADER,
    PSH,
    RST,
    SUM_LEFT,
    SYN,
    TIMESTAMPS_SIZE,
    URG,
    emit,
    new_segment,
    put_sacks,
    put_syn_options,
    put_timestamps,
    syn_options_size,
)
from pynet.tcp.sequence import MASK, le, lt
from pynet.tcp.states import CLOSED, SYN_RECEIVED, SYN_SENT

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection
    from pynet.tcp.delivery import Sent

# Segments outstanding at once, whatever their size: the bound of the scoreboard. Data waits beyond it.
MAX_OUTSTANDING = 8192
# The longest piece of a write: what one segment left to a NIC can hold.
MAX_PIECE = 65_535
# Octets of data that leave as one segment for the NIC to cut: what the IPv4 length says, less both headers and all options.
MAX_TRAIN = 65_535 - 20 - 60
# Octets that Linux adds to a segment (MAX_TCP_HEADER, skb_shared_info) before it makes a power of two of it, and its sk_buff.
SEGMENT_OVERHEAD = 576
RECORD_OVERHEAD = 256


def output(conn: Connection, now: int) -> None:
    """Send what is lost, then what is new, as far as both windows allow, then an ACK if one is due and nothing carried it."""
    if conn.state == CLOSED:
        return
    conn.pace_rate = pacing.rate(conn)
    if conn.frto_new:
        send_forward(conn, now)
    if not conn.frto_wait:
        resend_lost(conn, now)
    if conn.state not in (SYN_SENT, SYN_RECEIVED):
        send_new(conn, now)
    if conn.ack_now:
        send_ack(conn, now)
    timers.arm_after_output(conn, now)


def effective_mss(conn: Connection) -> int:
    """RFC 9293 §3.7.1: the data that fits a segment beside the options that it will carry (RFC 6691)."""
    # TCP_MAXSEG bounds what the peer's MSS bounds.
    mss = conn.maxseg if conn.maxseg and conn.maxseg < conn.snd_mss else conn.snd_mss
    size = mss - options_size(conn)
    return size if size > 0 else 1


def options_size(conn: Connection) -> int:
    """Octets of options in a segment without SYN."""
    size = TIMESTAMPS_SIZE if conn.ts_ok else 0
    return size + sacks_size(sack_blocks(conn)) if has_sacks(conn) else size


def has_sacks(conn: Connection) -> bool:
    """There is something that SACK blocks would tell."""
    return conn.sack_ok and (conn.out_of_order.octets > 0 or conn.dsack_left != conn.dsack_right)


def sacks_size(blocks: list[tuple[int, int]]) -> int:
    """Octets of a SACK option with these blocks and the two NOPs before it (RFC 2018 §3)."""
    return 4 + 8 * len(blocks) if blocks else 0


def sack_blocks(conn: Connection) -> list[tuple[int, int]]:
    """RFC 2018 §4, with a DSACK in front (RFC 2883 §4): at most 4, or 3 beside timestamps (RFC 2018 §3)."""
    limit = 3 if conn.ts_ok else 4
    if conn.dsack_left == conn.dsack_right:
        return conn.out_of_order.ranges(limit)
    return [(conn.dsack_left, conn.dsack_right), *conn.out_of_order.ranges(limit - 1)]


# Sending new data.


def send_new(conn: Connection, now: int) -> None:
    """Segments of queued data, and the FIN behind them, while the windows are open and it is their time."""
    restart_after_idle(conn, now)
    before = conn.snd_nxt
    closed = False
    # Where the segments begin that leave together.
    train = before
    most = OFF
    mss = 0
    while len(conn.board.sent) < MAX_OUTSTANDING:
        unsent = conn.unsent()
        room = usable_window(conn)
        if conn.fin_sent or (unsent == 0 and not conn.fin_queued):
            break
        if room == 0:
            closed = True
            break
        if conn.search is not None and (probe := path.next_probe(conn, unsent, room, now)):
            # It waits until it fits cwnd, which the ACKs of what is outstanding see to.
            if conn.congestion.cwnd - pipe(conn) < probe:
                break
            send_data(conn, probe, False, False, now)
            path.probe_sent(conn)
            train = conn.snd_nxt
            continue
        mss = effective_mss(conn)
        size = 0
        if unsent:
            size = min(unsent, mss, room, conn.congestion.cwnd - pipe(conn))
            if size <= 0 or not may_send_now(conn, size, unsent, mss):
                # The peer's window is what holds a segment back that cwnd has room for.
                closed = size > 0 and size == room
                break
        if conn.pace_rate and not pacing.may_send(conn, now):
            break
        if must_wait(conn):
            break
        # A FIN needs an octet of the peer's window, none of ours.
        fin = conn.fin_queued and size == unsent and room > size
        push = begin_data(conn, size, fin, False, now)
        if not push and size == mss and size < unsent:
            # Another may follow.
            if most == OFF:
                most = longest_train(conn)
            if ((conn.snd_nxt - train) & MASK) + mss <= most:
                continue
        send_range(conn, train, conn.snd_nxt, push, mss, now)
        train = conn.snd_nxt
    if train != conn.snd_nxt:
        send_range(conn, train, conn.snd_nxt, False, mss, now)
    note_usage(conn, conn.snd_nxt != before)
    chrono.after_output(conn, closed, now)


def longest_train(conn: Connection) -> int:
    """Octets of full segments that leave as one, for the NIC to cut, each of them still a record of the scoreboard; 0: each leaves by itself.

    Where the segments of a train would have to differ by more than a NIC knows of, there is none: SACK blocks and CWR go once, urgent pointers move.
    """
    if conn.urgent or conn.ecn_cwr or conn.search is not None or has_sacks(conn):
        return 0
    return MAX_TRAIN if conn.layer.offload & CAN_SEGMENT else 0


def note_usage(conn: Connection, sent: bool) -> None:
    """Is it cwnd that holds the sending back? Kept for a round trip, as loss.cwnd_limited() asks; else the most that was outstanding (RFC 7661)."""
    mss = effective_mss(conn)
    in_network = pipe(conn)
    cwnd = conn.congestion.cwnd
    unsent = conn.unsent()
    limited = in_network + mss > cwnd
    if sent or (limited and unsent):
        outstanding = conn.board.outstanding
        if limited or le(conn.usage_seq, conn.snd_una) or (not conn.cwnd_limited and outstanding > conn.max_flight):
            conn.cwnd_limited = limited
            conn.max_flight = outstanding
            conn.usage_seq = conn.snd_nxt
    if not limited and conn.board.lost_octets == 0 and unsent < mss and conn.t_pace == OFF:
        conn.board.rates.on_app_limited(in_network)


def send_forward(conn: Connection, now: int) -> None:
    """F-RTO, step 2.b (RFC 5682 §2.1): new data in place of what is taken for lost; if that cannot be sent, the loss is believed."""
    conn.frto_new = False
    before = conn.snd_nxt
    send_new(conn, now)
    conn.frto = conn.frto_wait = conn.snd_nxt != before


def usable_window(conn: Connection) -> int:
    """U of RFC 9293 §3.8.6.2.1: SND.UNA + SND.WND - SND.NXT, 0 if the peer took back what it had offered."""
    used = (conn.snd_nxt - conn.snd_una) & MASK
    return conn.snd_wnd - used if used < conn.snd_wnd else 0


def reno_dup_acks(conn: Connection) -> int:
    """RFC 5681 §3.2: without SACK each duplicate ACK says that a segment has left the network (and §3.2, step 1: limited transmit)."""
    if conn.sack_ok or conn.dup_acks == 0:
        return 0
    return min(conn.dup_acks * effective_mss(conn), conn.board.pipe())


def pipe(conn: Connection) -> int:
    """RFC 6675 §4: octets believed to be in the network, whether SACKs or duplicate ACKs tell what has left it."""
    return conn.board.pipe() - reno_dup_acks(conn)


def may_send_now(conn: Connection, size: int, unsent: int, mss: int) -> bool:
    """RFC 9293 §3.8.6.2.1 (silly window) and §3.7.4 (Nagle) for a segment of `size` octets, the next of `unsent`."""
    # (1) a full segment
    if size >= mss:
        return True
    idle = conn.board.outstanding == 0
    if size == unsent:
        if conn.fin_queued or conn.nodelay and not conn.cork:
            return True
        # (2) all that is queued: unless a small segment is already under way (Minshall's Nagle), or the user corked it.
        return not conn.cork and (idle or le(conn.snd_small, conn.snd_una))
    # (3) half the largest window that the peer ever offered.
    return (idle or conn.nodelay) and size * 2 >= conn.max_snd_wnd


def must_wait(conn: Connection) -> bool:
    """The link's queue on this host is long enough: what is more is sent when it is shorter. Each connection may have one segment in it."""
    if conn.board.pipe() <= 0 or conn.layer.lower.has_room(conn.remote):
        return False
    conn.layer.hold_back(conn)
    return True


def restart_after_idle(conn: Connection, now: int) -> None:
    """RFC 5681 §4.1: after an RTO without sending, the ACK clock is gone."""
    if conn.board.outstanding == 0 and now - conn.sent_at > conn.rtt.rto and conn.unsent() and conn.layer.config.restart_idle:
        conn.congestion.after_idle(effective_mss(conn))


def send_data(conn: Connection, size: int, fin: bool, push: bool, now: int) -> None:
    """The next `size` octets, and the FIN if it is their turn, in a segment. push: though the user did not push here."""
    seq = conn.snd_nxt
    push = begin_data(conn, size, fin, push, now)
    send_range(conn, seq, conn.snd_nxt, push, 0, now)


def begin_data(conn: Connection, size: int, fin: bool, push: bool, now: int) -> bool:
    """A segment of the next `size` octets, and the FIN if it is their turn, is outstanding from now on. Whether it says PSH."""
    if conn.board.outstanding == 0:
        conn.progress_at = now
    seq = conn.snd_nxt
    if size and size < effective_mss(conn):
        conn.snd_small = (seq + size) & MASK
    conn.fin_sent = fin
    conn.snd_nxt = (seq + size + fin) & MASK
    # §3.9.1.2: the last octets of a SEND are pushed.
    push = size > 0 and (push or conn.push_end == (seq + size) & MASK)
    conn.board.add(seq, conn.snd_nxt, now, push)
    # RFC 3168 §6.1.6: a probe of a closed window is not ECN-capable.
    conn.ecn_new = size > 0 and conn.snd_wnd > 0
    if conn.ca_state >= 2:
        conn.prr.out += size
    if conn.pace_rate:
        conn.pace_tokens -= size
    return push


# Sending again.


def resend_lost(conn: Connection, now: int) -> None:
    """What is marked lost goes first, as cwnd allows; one segment always when the network is empty."""
    while True:
        sent = conn.board.next_lost()
        if sent is None:
            return
        size = min(sent.size(), effective_mss(conn))
        if conn.board.pipe() > 0 and pipe(conn) + size > conn.congestion.cwnd:
            return
        # A window that the peer took back is respected, but for the probe that the first segment is.
        beyond = ((sent.seq + size - conn.snd_una) & MASK) > conn.snd_wnd
        if beyond and sent.seq != conn.snd_una and conn.snd_wnd < conn.max_snd_wnd:
            return
        if conn.pace_rate and not pacing.may_send(conn, now):
            return
        if must_wait(conn):
            return
        resend(conn, sent, now)


def resend(conn: Connection, sent: Sent, now: int) -> None:
    """Send `sent` again, cut to what a segment may hold now."""
    mss = effective_mss(conn)
    fin = conn.fin_sent and sent.end == conn.snd_nxt
    if sent.size() - fin > mss:
        conn.board.split(sent, mss)
    conn.board.resend(sent, now)
    if conn.ca_state >= 2:
        conn.prr.out += sent.size()
    if conn.pace_rate:
        conn.pace_tokens -= sent.size()
    if conn.undo_at != OFF:
        conn.undo_left = max(conn.undo_left, 0) + 1
    send_range(conn, sent.seq, sent.end, sent.push, 0, now)


def send_range(conn: Connection, seq: int, end: int, push: bool, mss: int, now: int) -> None:
    """The segment of the sequence space [seq, end): SYN, data and FIN as they lie in it. With more data than `mss` it is for the NIC to cut; 0: it is not."""
    if seq == conn.iss:
        send_syn(conn, now)
        return
    fin = conn.fin_sent and end == conn.snd_nxt
    size = ((end - seq) & MASK) - fin
    flags = ACK
    if fin:
        flags |= FIN
    if size and push:
        flags |= PSH
    conn.sent_at = now
    gso_size = mss if mss and size > mss else 0
    conn.data_segs_out += -(-size // mss) if gso_size else 1
    conn.bytes_sent += size
    send_segment(conn, seq, size, flags, now, gso_size)


# Segments.


def send_syn(conn: Connection, now: int) -> None:
    """Our SYN, with the ACK of the peer's once that has come, and what we offer (or, having seen its options, agree to)."""
    flags = SYN
    if conn.state != SYN_SENT:
        flags |= ACK
    config = conn.layer.config
    answer = conn.state != SYN_SENT
    flags |= ecn.syn_flags(conn, answer)
    scale = conn.rcv_scale if (conn.scale_ok if answer else config.window_scale) else OFF
    sack = conn.sack_ok if answer else config.sack
    timestamps = conn.ts_ok if answer else config.timestamps
    if config.syn_drops_options and not answer and conn.board.sent[0].retransmits >= 3:
        scale = OFF
        sack = timestamps = False
    size = syn_options_size(scale, sack) + (TIMESTAMPS_SIZE if timestamps else 0)
    frame = new_segment(size, 0)
    at = put_syn_options(frame, HEADROOM + HEADER, conn.adv_mss, scale, sack)
    if timestamps:
        put_timestamps(frame, at, conn.tsval(now), conn.ts_recent)
    # RFC 7323 §2.2: the window of a SYN is never scaled.
    wnd = min(conn.rcvbuf, 0xFFFF)
    if answer:
        # As with every segment (send_segment); what a LISTEN answers is not yet a connection's (FreeBSD's syncache).
        room = conn.rcvbuf if config.exact_window and conn.listener is None else wnd
        note_ack(conn, (conn.rcv_nxt + room) & MASK)
    transmit(conn, frame, size, conn.iss, flags, wnd, 0, ecn.NOT_ECT, 0, now)


def send_segment(conn: Connection, seq: int, size: int, flags: int, now: int, gso_size: int = 0) -> None:
    """A segment with `size` octets of the send queue from `seq` on, and all that an ACK carries; the NIC cuts it where gso_size is not 0."""
    options = TIMESTAMPS_SIZE if conn.ts_ok else 0
    blocks = None
    if has_sacks(conn):
        blocks = sack_blocks(conn)
        options += sacks_size(blocks)
    frame = new_segment(options, 0)
    at = HEADROOM + HEADER
    if conn.ts_ok:
        at = put_timestamps(frame, at, conn.tsval(now), conn.ts_recent)
    if blocks:
        put_sacks(frame, at, blocks)
        conn.dsack_left = conn.dsack_right
    if size:
        frame += conn.send_queue.piece((seq - conn.send_seq) & MASK, size)
    up = 0
    if conn.urgent and lt(seq, conn.snd_up):
        # RFC 6093 §2, RFC 9293 §3.8.5.
        flags |= URG
        up = min((conn.snd_up - seq) & MASK, 0xFFFF)
    wnd = select_window(conn)
    offered = wnd << conn.rcv_scale
    if conn.layer.config.exact_window:
        # What the field cannot say is taken all the same.
        offered = max(offered, conn.rcvbuf - conn.receive_queue.octets)
    note_ack(conn, (conn.rcv_nxt + offered) & MASK)
    field = ecn.NOT_ECT
    if conn.ecn_ok:
        flags |= ecn.flags(conn, conn.ecn_new or (size > 0 and conn.layer.config.cwr_at_once))
        if conn.ecn_new:
            # RFC 3168 §6.1.4, §6.1.5: new data, and nothing else, may be marked.
            conn.ecn_new = False
            field = ecn.ECT0
    transmit(conn, frame, options, seq, flags, wnd, up, field, gso_size, now)


def transmit(
    conn: Connection, frame: bytearray, options: int, seq: int, flags: int, wnd: int, up: int, field: int, gso_size: int, now: int
) -> None:
    """Finish a segment and hand it to IP. field: the two bits of IP's ECN field. gso_size: the data of each segment that the NIC cuts it into, or 0."""
    conn.segs_out += -(-(len(frame) - HEADROOM - HEADER - options) // gso_size) if gso_size else 1
    ack = conn.rcv_nxt if flags & ACK else 0
    partial = conn.layer.offload & CAN_CHECKSUM != 0
    emit(frame, options, conn.local, conn.remote, conn.ports, seq, ack, flags, wnd, up, partial)
    conn.layer.lower.send_tcp(frame, conn.local, conn.remote, conn.ttl, conn.tos | field, now, SUM_LEFT | gso_size if partial else 0)


def note_ack(conn: Connection, edge: int) -> None:
    """An acknowledgment of RCV.NXT goes out that offers the window up to `edge`."""
    if lt(conn.rcv_adv, edge):
        conn.rcv_adv = edge
    conn.last_ack_sent = conn.rcv_nxt
    conn.ack_now = conn.ack_due = False
    conn.t_delack = OFF
    if conn.quick_acks and conn.bytes_received:
        conn.quick_acks -= 1


def send_ack(conn: Connection, now: int) -> None:
    """<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>"""
    if conn.layer.config.repeats_fin and conn.fin_sent and not conn.fin_acked():
        send_segment(conn, (conn.snd_nxt - 1) & MASK, 0, ACK | FIN, now)
        return
    send_segment(conn, conn.snd_nxt, 0, ACK, now)


def send_probe(conn: Connection, now: int) -> None:
    """RFC 9293 §3.8.4: SEG.SEQ = SND.NXT - 1 is outside every window, so that the peer must answer."""
    send_segment(conn, (conn.snd_nxt - 1) & MASK, 0, ACK, now)


def send_reset(conn: Connection, now: int) -> None:
    """RFC 9293 §3.10.5: <SEQ=SND.NXT><CTL=RST>; with an ACK, as everyone sends it, and with timestamps (RFC 7323 §3.2)."""
    options = TIMESTAMPS_SIZE if conn.ts_ok else 0
    frame = new_segment(options, 0)
    if options:
        put_timestamps(frame, HEADROOM + HEADER, conn.tsval(now), conn.ts_recent)
    transmit(conn, frame, options, conn.snd_nxt, RST | ACK, 0, 0, ecn.NOT_ECT, 0, now)


def challenge(conn: Connection, now: int) -> None:
    """RFC 5961 §3.2, §4.2, §5.2: an ACK that a genuine peer knows how to answer, sparingly.

    §7: at most config.challenge_acks in config.challenge_period, counted for each connection: a count for all is an oracle (CVE-2016-5696).
    """
    config = conn.layer.config
    if conn.challenge_since == OFF or now - conn.challenge_since >= config.challenge_period:
        conn.challenge_since = now
        conn.challenges = 0
    if conn.challenges >= config.challenge_acks:
        conn.layer.drop("tcp: challenge ACK not sent, rate")
        return
    conn.challenges += 1
    # Without our FIN, whatever Config.repeats_fin says: FreeBSD sends it by tcp_respond, not by tcp_output.
    send_segment(conn, conn.snd_nxt, 0, ACK, now)


# The send buffer.


def piece_room(conn: Connection, wanted: int) -> int:
    """How many of `wanted` octets a piece of a write may have, so that between two of them it is seen what the network took of the first.

    As Linux has it: a piece ends where half the widest window of the peer, in whole segments, is queued and not sent; it may begin while the
    buffer has room, and while less than TCP_NOTSENT_LOWAT waits.
    """
    mss = effective_mss(conn)
    goal = max(min(conn.max_snd_wnd // 2, MAX_PIECE) // mss * mss, mss)
    unsent = conn.unsent()
    begun = unsent % goal
    if begun == 0 and conn.notsent_lowat and unsent >= conn.notsent_lowat:
        return 0
    room = conn.layer.bound_of(conn.sndbuf) - conn.send_queue.octets
    if conn.layer.config.whole_pieces:
        return min(wanted, goal - begun) if begun or room > 0 else 0
    return min(wanted, goal - begun, max(room, 0))


# The receive window.


def free_window(conn: Connection) -> int:
    """Octets that the receive buffer has room for, as far as the window field can say it."""
    free = conn.layer.bound_of(conn.rcvbuf) - conn.receive_queue.octets
    limit = 0xFFFF << conn.rcv_scale
    return max(0, min(free, limit))


def select_window(conn: Connection) -> int:
    """The window field (RFC 9293 §3.8.6.2.2): the right edge stays until it can move by a segment or by half the buffer.

    It is rounded down to what the scale can say; the octets between are still taken, as rcv_adv does not move back.
    """
    current = conn.rcv_wnd()
    free = free_window(conn)
    if conn.fin_received or conn.layer.config.exact_window:
        # Nothing follows a FIN, so no window is silly.
        free = max(free, current)
    elif free < current + min(conn.rcvbuf // 2, conn.rcv_mss):
        free = current
    return min(free >> conn.rcv_scale, 0xFFFF)


def window_update_due(conn: Connection) -> bool:
    """The user has read: the peer should hear that the window can open (RFC 9293 §3.8.6.2.2).

    Only while it knows of less than half of the buffer: otherwise the next acknowledgment of data tells it early enough.
    """
    if conn.fin_received or conn.state in (CLOSED, SYN_SENT, SYN_RECEIVED):
        return False
    known = conn.rcv_wnd()
    free = free_window(conn)
    return known * 2 <= free and free >= known + min(conn.rcvbuf // 2, 2 * conn.rcv_mss)


def tune_receive_buffer(conn: Connection, octets: int, now: int) -> None:
    """Dynamic right-sizing (Fisk and Feng, 2001): room for twice what the user reads in a round trip, so that slow start is not held up."""
    conn.read_octets += octets
    if now - conn.read_since < conn.rtt.srtt() or conn.state == CLOSED:
        return
    wanted = min(2 * conn.read_octets, conn.layer.config.rcvbuf_max)
    if conn.tune_receive and wanted > conn.rcvbuf:
        conn.rcvbuf += conn.layer.grant(conn, wanted - conn.rcvbuf)
    conn.read_octets = 0
    conn.read_since = now


def tune_send_buffer(conn: Connection) -> None:
    """Room for what is in flight and as much again, so that an ACK always finds data to send."""
    wanted = 2 * conn.congestion.cwnd
    if conn.layer.config.whole_pieces:
        # Linux's tcp_sndbuf_expand, once a write had to wait: it counts what a segment takes of memory.
        mss = effective_mss(conn)
        wanted = wanted // mss * ((1 << (mss + SEGMENT_OVERHEAD - 1).bit_length()) + RECORD_OVERHEAD) if conn.no_space else 0
    wanted = min(wanted, conn.layer.config.sndbuf_max)
    if conn.tune_send and wanted > conn.sndbuf and conn.ca_state == 0:
        conn.sndbuf += conn.layer.grant(conn, wanted - conn.sndbuf)
