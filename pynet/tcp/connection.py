"""One connection: its transmission control block (RFC 9293 §3.3.1) and the user's calls on it (§3.10.1 to §3.10.6).

No call waits: each does what can be done now and says how much that was. `changed` tells that another try may do more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.ipv4 import DEFAULT_TTL
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, nothing
from pynet.tcp import info, output, sequence, timers
from pynet.tcp.buffers import BlockQueue, ByteQueue, OutOfOrder
from pynet.tcp.delivery import Delivery
from pynet.tcp.prr import Prr
from pynet.tcp.recovery import CA_OPEN, OFF, Scoreboard
from pynet.tcp.rto import RoundTrip
from pynet.tcp.states import (
    CLOSE_WAIT,
    CLOSED,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    LAST_ACK,
    LISTEN,
    NAMES,
    SYN_RECEIVED,
    SYN_SENT,
    TIME_WAIT,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.frame import Octets
    from pynet.tcp.congestion import NewReno
    from pynet.tcp.layer import Listener, Tcp
    from pynet.tcp.path import Search
    from pynet.tcp.trace import Trace


class Connection:
    """The TCB. Sequence numbers and windows as RFC 9293 §3.3.1 names them, in octets; times in microseconds, OFF (-1) for none.

    One that is idle holds less than 5,000 octets of the kernel's memory (tests/test_bounds.py).
    """

    def __init__(
        self, layer: Tcp, local: int, lport: int, remote: int, rport: int, congestion: NewReno, now: int
    ) -> None:
        self.layer = layer
        config = self.layer.config
        # Under which the layer finds it.
        self.key = (local, lport, remote, rport)
        self.local = local
        self.lport = lport
        self.remote = remote
        self.rport = rport
        self.ports = lport << 16 | rport
        self.state = CLOSED
        self.listener: Listener | None = None
        self.changed: Callable[[], None] = nothing
        # errno of what ended the connection, until the user has seen it; and of what may yet end it (RFC 5461: a soft error).
        self.error = 0
        self.soft_error = 0
        self.orphan = False
        self.counted_orphan = False
        self.read_shut = False
        # What comes is acknowledged and dropped: a BSD's answer to shutdown_read().
        self.discards = False
        self.touched = False

        # Send sequence variables. send_seq: the sequence number of the first octet in send_queue.
        self.iss = 0
        self.snd_una = 0
        self.snd_nxt = 0
        self.snd_wnd = 0
        self.snd_wl1 = 0
        self.snd_wl2 = 0
        self.snd_up = 0
        self.send_seq = 0
        self.max_snd_wnd = 0
        self.urgent = False
        # Behind the last octet that the user pushed.
        self.push_end = 0
        self.fin_queued = False
        self.fin_sent = False
        # Minshall: the end of the last segment that was not full.
        self.snd_small = 0

        # Receive sequence variables. rcv_adv: the highest right edge ever offered (RFC 7323 §2.4). rcv_fin: where the FIN is, once seen.
        self.irs = 0
        self.rcv_nxt = 0
        self.rcv_adv = 0
        self.rcv_up = 0
        self.rcv_fin = OFF
        self.fin_received = False
        self.urgent_received = False

        # What the SYNs agreed on. A shift of 0 and ok flags of False: not agreed.
        self.snd_scale = 0
        self.rcv_scale = 0
        self.scale_ok = False
        self.sack_ok = False
        self.ts_ok = False
        self.ts_offset = 0
        self.ts_recent = 0
        self.ts_recent_at = 0
        self.last_ack_sent = 0
        # snd_mss: the most data and options in a segment we send; rcv_mss: the most data seen in one that came.
        self.snd_mss = config.default_mss
        self.adv_mss = config.default_mss
        self.rcv_mss = min(config.default_mss, 536)
        self.maxseg = 0
        # While segments are shorter than they were: the way up again (RFC 4821).
        self.search: Search | None = None

        # Bounds of send_queue, and of receive_queue and out_of_order together, octets.
        self.sndbuf = config.sndbuf
        self.rcvbuf = config.rcvbuf
        # False once the user has set the bound; granted: what tuning added to both; held: what the layer has counted of the three queues; read_octets: taken by the user since read_since.
        self.tune_send = True
        self.tune_receive = True
        self.granted = 0
        self.held = 0
        self.read_octets = 0
        self.read_since = now
        self.send_queue = ByteQueue()
        self.receive_queue = BlockQueue()
        self.out_of_order = OutOfOrder()
        # The block of a DSACK that is due, left and right edge; equal: none (RFC 2883).
        self.dsack_left = 0
        self.dsack_right = 0

        self.rtt = RoundTrip()
        self.board = Scoreboard(layer.spare)
        self.congestion = congestion
        self.prr = Prr()
        self.ca_state = CA_OPEN
        self.recover = 0
        self.dup_acks = 0
        # What the ACK at hand told.
        self.delivery = Delivery(0)
        # undo.py: when the windows were remembered, SND.UNA then, retransmissions of which no DSACK has told, and the stages of its tests.
        self.undo_at = OFF
        self.undo_una = 0
        self.undo_left = 0
        self.eifel = False
        self.frto = False
        self.frto_new = False
        self.frto_wait = False
        # output.note_usage(): was cwnd the limit, the most outstanding, and the SND.NXT up to which that holds.
        self.cwnd_limited = False
        self.max_flight = 0
        self.usage_seq = 0
        # ECN (ecn.py). ecn_new: the segment being made is of new data.
        self.ecn = config.ecn
        self.ecn_asked = False
        self.ecn_ok = False
        self.ecn_echo = False
        self.ecn_cwr = False
        self.ecn_new = False
        # Segments of ours that the peer says were marked, and marked ones that came.
        self.delivered_ce = 0
        self.ecn_marks = 0
        # Pacing (pacing.py). max_pacing_rate: the user's (SO_MAX_PACING_RATE), octets a second, 0 for none. pace_rate 0: not paced.
        self.max_pacing_rate = 0
        self.pace_rate = 0
        self.pace_tokens = 0
        self.paced_at = 0
        # IP's time to live, and its type of service, the ECN field empty.
        self.ttl = DEFAULT_TTL
        self.tos = 0

        # Acknowledging. quick_acks: how many are still sent at once, so that the peer's slow start is not held up.
        self.ack_now = False
        # In a burst of segments: an ACK is due at its end.
        self.ack_due = False
        self.in_burst = False
        # Data waits for room on the link (layer.hold_back).
        self.held_back = False
        self.quick_acks = config.quick_acks
        self.quickack = False
        self.challenge_since = OFF
        self.challenges = 0

        # Deadlines.
        self.t_retransmit = OFF
        self.t_probe = OFF
        self.t_reorder = OFF
        self.t_pace = OFF
        self.t_persist = OFF
        self.t_delack = OFF
        self.t_keepalive = OFF
        self.t_end = OFF
        self.scheduled = OFF
        # The last sign that the peer takes what we send; when it last sent at all; when we last sent data.
        self.progress_at = now
        self.heard_at = now
        self.sent_at = now
        self.keep_probes = 0
        self.probes = 0
        self.tlp_end = 0
        self.tlp_out = False
        self.tlp_again = False

        # Options of the user.
        self.nodelay = False
        self.cork = False
        self.keep = False
        self.keep_idle = config.keep_idle
        self.keep_interval = config.keep_interval
        self.keep_count = config.keep_count
        self.user_timeout = 0
        # TCP_NOTSENT_LOWAT: octets, 0 for no limit. TCP_DEFER_ACCEPT, of what a LISTEN makes: microseconds, 0 for at once.
        self.notsent_lowat = config.notsent_lowat
        # TCP_LINGER2: how long FIN-WAIT-2 lasts without a user, microseconds.
        self.fin_timeout = config.fin_timeout
        # TCP_KEEPINIT: how long an active OPEN tries, microseconds.
        self.syn_timeout = config.syn_timeout
        self.defer_accept = 0

        # Counters.
        self.bytes_acked = 0
        self.bytes_received = 0
        self.bytes_sent = 0
        self.segs_in = 0
        self.segs_out = 0
        self.data_segs_in = 0
        self.data_segs_out = 0
        self.dsack_dups = 0
        self.rcv_ooopack = 0
        self.timeouts = 0
        self.data_heard_at = now
        self.ack_heard_at = now
        # What the sender waited for (chrono.py), and whether the user was last refused for want of room.
        self.refused = False
        # Somebody was told that there is no room: he is to hear when there is again (Linux's SOCK_NOSPACE).
        self.no_space = False
        self.chrono_kind = 0
        self.chrono_since = now
        self.busy_time = 0
        self.rwnd_limited = 0
        self.sndbuf_limited = 0
        # Trace, or None: switched on by trace.start().
        self.trace: Trace | None = None
        self.opened_at = now

    # The user's calls, each step under its section of RFC 9293.

    def send(self, data: Octets, now: int, urgent: bool = False, more: bool = False) -> int:
        """SEND (§3.10.2): queue `data`, send what may go. The octets taken: 0 when the buffer is full, or when `error` is set.

        more: the user has more to say soon (MSG_MORE): no PUSH, and what does not fill a segment waits. OSError EPIPE after close or shutdown_write.
        """
        if self.error:
            return 0
        if self.fin_queued or self.state in (CLOSED, TIME_WAIT):
            raise errno.os_error(errno.EPIPE)
        if self.notsent_lowat and self.unsent() >= self.notsent_lowat:
            return 0
        corked = self.cork
        self.cork = corked or more
        try:
            taken = self.enqueue(data, now)
            self.refused = taken < len(data)
            self.no_space = self.no_space or self.refused
            if taken:
                if not more:
                    self.push_end = self.snd_end()
                if urgent:
                    # RFC 6093 §2: the pointer says where the octet after the urgent data is.
                    self.urgent = True
                    self.snd_up = self.snd_end()
                if self.state in (ESTABLISHED, CLOSE_WAIT):
                    output.output(self, now)
        finally:
            self.cork = corked
        if taken:
            self.settle(now)
        return taken

    def enqueue(self, data: Octets, now: int) -> int:
        """Put as much of `data` in the send queue as there is room for; in pieces where the room depends on what the network takes."""
        if not self.notsent_lowat and not self.layer.config.whole_pieces:
            taken = min(len(data), max(self.layer.bound_of(self.sndbuf) - self.send_queue.octets, 0))
            self.send_queue.append(data, 0, taken)
            return taken
        taken = 0
        while taken < len(data):
            room = output.piece_room(self, len(data) - taken)
            if room == 0:
                break
            self.send_queue.append(data, taken, taken + room)
            taken += room
            if taken < len(data) and self.state in (ESTABLISHED, CLOSE_WAIT):
                output.output(self, now)
        return taken

    def receive(self, count: int, now: int, peek: bool = False) -> bytes | None:
        """RECEIVE (§3.10.3): at most `count` octets in order; None when there is none yet or `error` is set; b'' after the peer's FIN."""
        queue = self.receive_queue
        if queue.octets == 0:
            if self.error:
                return None
            if self.fin_received or self.read_shut or self.state in (CLOSED, TIME_WAIT):
                return b""
            if self.t_delack != OFF:
                # The user wants more before it answers: an ACK that waited for the answer may be what the peer's Nagle waits for.
                output.send_ack(self, now)
            return None
        data = queue.read(count)
        if not peek:
            queue.consume(len(data))
            output.tune_receive_buffer(self, len(data), now)
            if output.window_update_due(self):
                output.send_ack(self, now)
            self.settle(now)
        return data

    def shutdown_write(self, now: int) -> None:
        """The half of CLOSE (§3.10.4) that says "I have no more data to send"; what is queued still goes, then FIN. Idempotent."""
        if self.fin_queued or self.state in (CLOSED, LISTEN, SYN_SENT):
            return
        self.fin_queued = True
        self.push_end = self.snd_end()
        # §3.10.4: "in any case, enter FIN-WAIT-1", though the FIN waits for the data before it.
        if self.state == CLOSE_WAIT:
            self.state = LAST_ACK
        elif self.state == ESTABLISHED or (self.state == SYN_RECEIVED and self.send_queue.octets == 0):
            self.enter_fin_wait_1()
        output.output(self, now)
        self.touched = True
        self.settle(now)

    def enter_fin_wait_1(self) -> None:
        """CLOSE was called in SYN-RECEIVED or ESTABLISHED."""
        if self.state == SYN_RECEIVED:
            self.leave_listener()
        self.state = FIN_WAIT_1

    def shutdown_read(self) -> None:
        """SHUT_RD: receive() says b'' instead of waiting. As on Linux, what is here, and what still comes, can be read all the same; with
        config.shut_rd_discards, as on the BSDs, it is acknowledged and dropped.
        """
        self.read_shut = True
        if self.layer.config.shut_rd_discards:
            self.discards = True
            self.receive_queue.clear()
            self.layer.count_queued(self)
        self.touched = True
        self.notify()

    def close(self, now: int) -> None:
        """CLOSE (§3.10.4) of both directions: the connection lives on without its user until the peer has everything.

        With data that nobody will read the peer is told by a reset (§3.6.1, RFC 2525 §2.17).
        """
        self.changed = nothing
        if self.orphan:
            return
        self.orphan = True
        if self.state in (SYN_SENT, CLOSED):
            self.finish(0)
        elif (self.receive_queue.octets and self.layer.config.reset_unread) or self.layer.too_many_orphans():
            self.abort(now)
        else:
            self.layer.add_orphan(self)
            self.shutdown_write(now)
            if self.state == FIN_WAIT_2:
                self.t_end = now + self.fin_timeout
            self.progress_at = now
            self.settle(now)

    def abort(self, now: int) -> None:
        """ABORT (§3.10.5): drop everything and reset the peer."""
        self.receive_queue.clear()
        if self.state in (SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT):
            output.send_reset(self, now)
        self.finish(0)

    def status(self) -> str:
        """STATUS (§3.10.6): the connection in a line."""
        state = NAMES[self.state]
        return f"{state} una {self.snd_una - self.iss} nxt {self.snd_nxt - self.iss} wnd {self.snd_wnd} cwnd {self.congestion.cwnd}"

    def keepalive(self, idle: int, interval: int, count: int, now: int) -> None:
        """RFC 9293 §3.8.4: probe after `idle` microseconds of silence, every `interval`, and give up after `count`. idle 0 turns it off."""
        self.keep = idle > 0
        if self.keep:
            self.keep_idle = idle
            self.keep_interval = interval
            self.keep_count = count
        timers.arm_keepalive(self, now)
        self.settle(now)

    def set_nodelay(self, nodelay: bool, now: int) -> None:
        """TCP_NODELAY: True switches Nagle off and sends what it held, and once what a cork held, which then holds again (Linux's tcp(7))."""
        self.nodelay = nodelay
        corked = self.cork
        self.cork = corked and not nodelay
        self.push(now)
        self.cork = corked

    def set_cork(self, cork: bool, now: int) -> None:
        """TCP_CORK: True holds what does not fill a segment, for at most 200 ms; False sends it."""
        self.cork = cork
        self.push(now)

    def push(self, now: int) -> None:
        """Try to send again after an option changed."""
        if self.state in (ESTABLISHED, CLOSE_WAIT, FIN_WAIT_1, LAST_ACK, CLOSING):
            output.output(self, now)
            self.settle(now)

    def set_rcvbuf(self, octets: int) -> None:
        """SO_RCVBUF: this bound, and no tuning. What was offered to the peer stays offered; before the SYN the window scale follows from it."""
        self.rcvbuf = octets
        self.tune_receive = False
        config = self.layer.config
        if not self.board.sent and self.state in (CLOSED, SYN_SENT) and config.window_scale and not config.exact_window:
            self.rcv_scale = self.layer.scale_for(octets)

    def set_sndbuf(self, octets: int) -> None:
        """SO_SNDBUF: this bound, and no tuning."""
        self.sndbuf = octets
        self.tune_send = False

    def set_quickack(self, quickack: bool, now: int) -> None:
        """TCP_QUICKACK: True acknowledges at once from now on, False delays again."""
        self.quickack = quickack
        if not quickack:
            self.quick_acks = 0
        elif self.t_delack != OFF:
            output.send_ack(self, now)
            self.settle(now)

    def poll(self) -> int:
        """The poll bits of pynet.readiness, as Linux's tcp_poll gives them."""
        bits = POLLERR if self.error else 0
        if self.state in (SYN_SENT, SYN_RECEIVED):
            return bits
        read_ended = self.fin_received or self.read_shut
        if self.state == CLOSED or (read_ended and self.fin_queued):
            bits |= POLLHUP
        if read_ended or self.state == CLOSED:
            bits |= POLLIN | POLLRDHUP
        elif self.receive_queue.octets or self.error:
            bits |= POLLIN
        if self.urgent_received and sequence.lt(self.read_seq(), self.rcv_up):
            bits |= POLLPRI
        if self.fin_queued or self.state == CLOSED or self.writable():
            bits |= POLLOUT
        else:
            self.no_space = True
        return bits

    def writable(self) -> bool:
        """A third of the send buffer is free, so that the user is not woken for each segment, and less than half of TCP_NOTSENT_LOWAT was not yet sent."""
        if self.notsent_lowat and self.unsent() * 2 >= self.notsent_lowat:
            return False
        bound = self.layer.bound_of(self.sndbuf)
        return (bound - self.send_queue.octets) * 3 >= bound

    def is_closing(self) -> bool:
        """The peer has not yet acknowledged our FIN, and so not all of our data: what SO_LINGER waits for. `changed` tells of the end."""
        return self.state in (FIN_WAIT_1, CLOSING, LAST_ACK) or (self.fin_queued and not self.fin_acked() and self.state != CLOSED)

    def take_error(self) -> int:
        """SO_ERROR: the errno, once; 0 for none."""
        error = self.error
        self.error = 0
        return error

    # What the rest of the package asks.

    def snd_end(self) -> int:
        """The sequence number after the last octet in the send queue: where the FIN goes."""
        return (self.send_seq + self.send_queue.octets) & sequence.MASK

    def unsent(self) -> int:
        """Octets queued and never sent."""
        if self.fin_sent:
            return 0
        return self.send_queue.octets - ((self.snd_nxt - self.send_seq) & sequence.MASK)

    def read_seq(self) -> int:
        """The sequence number of the first octet that the user has not read."""
        return (self.rcv_nxt - self.fin_received - self.receive_queue.octets) & sequence.MASK

    def rcv_wnd(self) -> int:
        """RCV.WND: octets from RCV.NXT to the highest right edge ever offered."""
        return (self.rcv_adv - self.rcv_nxt) & sequence.MASK

    def fin_acked(self) -> bool:
        """Our FIN was sent and acknowledged."""
        return self.fin_sent and self.snd_una == self.snd_nxt

    def tsval(self, now: int) -> int:
        """The timestamp clock: milliseconds (RFC 7323 §5.4), with a secret offset."""
        return (now // 1000 + self.ts_offset) & sequence.MASK

    def leave_listener(self) -> None:
        """No longer half-open at the LISTEN that made it."""
        if self.listener is not None:
            self.listener.half_open -= 1
            self.layer.half_open -= 1
            self.listener = None

    def finish(self, error: int) -> None:
        """Enter CLOSED and delete the TCB. `error`: the errno that the user sees, 0 for none."""
        if self.state == SYN_RECEIVED:
            self.leave_listener()
        if error:
            self.error = error
        self.state = CLOSED
        self.send_queue.clear()
        self.out_of_order.clear()
        self.board.clear()
        if self.orphan:
            self.receive_queue.clear()
        self.layer.count_queued(self)
        timers.stop_all(self)
        self.layer.remove(self)
        self.touched = True
        self.notify()

    def settle(self, now: int) -> None:
        """After every event: see that the layer wakes us in time, and tell the user if there is something to tell."""
        self.layer.schedule(self)
        self.layer.count_queued(self)
        if self.trace is not None:
            self.trace.note(self, now)
        if self.no_space and self.writable():
            self.no_space = False
            self.touched = True
        self.notify()

    def notify(self) -> None:
        """Call `changed` if poll()'s answer may have changed."""
        if self.touched:
            self.touched = False
            self.changed()

    def info(self, now: int) -> dict[str, int]:
        """TCP_INFO: the fields of Linux's struct tcp_info by name, without tcpi_ (info.py)."""
        return info.fields(self, now)
