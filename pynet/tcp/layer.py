"""TCP as a layer: all connections and listeners of a host, who gets a segment, whose timers are due.

Everything that a stranger can make grow is bounded here or where it stands: MAX_CONNECTIONS, MAX_HALF_OPEN, MAX_TIME_WAIT, MAX_ORPHANS, MAX_GRANTED,
ports.MAX_BOUND, the backlog of a listener and its half-open connections, PATH_MTU_ENTRIES; the queues of one connection in connection.py and buffers.py.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from pynet import errno
from pynet.ipv4 import DEFAULT_TTL
from pynet.octets import get16, get32
from pynet.readiness import POLLIN, nothing
from pynet.tcp import arrives, cookies, isn, output, path, ports, rto, segment, timeouts, timers
from pynet.tcp.congestion import initial_window
from pynet.tcp.connection import Connection
from pynet.tcp.hystart import LinuxHyStart
from pynet.tcp.recovery import OFF
from pynet.tcp.registry import CONTROLLERS
from pynet.tcp.segment import ACK, FIN, RST, SYN, Segment, emit, new_segment, parse
from pynet.tcp.sequence import MASK, add, lt
from pynet.tcp.states import CLOSED, SYN_SENT, TIME_WAIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.lower import Lower
    from pynet.tcp.delivery import Sent

# Connections in all states; at the bound a SYN is dropped, and connect() fails with ENOBUFS.
MAX_CONNECTIONS = 4096
# Half-open connections of all listeners together; at the bound, as at that of one listener, SYN cookies take over.
MAX_HALF_OPEN = 1024
# Connections in TIME-WAIT; at the bound the oldest is deleted.
MAX_TIME_WAIT = 1024
# Connections without a user that still have something to say; at the bound a further one is reset.
MAX_ORPHANS = 256
# Octets that tuning has added to the buffers of all connections together; beyond them buffers stay as they are.
MAX_GRANTED = 64 << 20
# Octets in the queues of all connections together. At the first bound each may only queue LEAST_QUEUED in each direction; at the second, data that
# was within the window is dropped where that much waits, and has to come again. One call or one burst of frames may pass the first.
MAX_QUEUED = 64 << 20
MOST_QUEUED = 80 << 20
LEAST_QUEUED = 8_192
# The longest backlog that listen() takes: Linux's somaxconn.
MAX_BACKLOG = 4096

DROP_REASONS = (
    "tcp: not a unicast address",
    "tcp: half-open queue full",
    "tcp: connection table full",
    "tcp: SYN and FIN",
)

SECOND = 1_000_000


class Config:
    """What may be tuned, as sysctl has it. Times are microseconds."""

    def __init__(self) -> None:
        self.congestion = "cubic"
        # RFC 3168, with Linux's numbers of tcp_ecn: ecn.NEVER, ecn.ASK (and accept), ecn.ACCEPT.
        self.ecn = 2
        # False: a window goes out as ACKs come, however long its round trip. A controller that sets a rate is paced all the same.
        self.pacing = True
        # RFC 5682.
        self.frto = True
        # False only in the test that compares.
        self.fast_path = True
        self.window_scale = True
        self.sack = True
        self.timestamps = True
        # RFC 4987 §3.6, once half-open connections are at their bound; without it a SYN is then dropped.
        self.syn_cookies = True
        # RFC 8985 §7. Without it a loss at the tail waits for the retransmission timeout.
        self.tail_loss_probe = True
        # RFC 4821, once segments vanish in silence; without it only ICMP tells of a narrow path.
        self.mtu_probing = True
        # True: a closed window is probed without the octet of new data that RFC 9293 §3.8.6.1 has, as Linux does.
        self.empty_probe = False
        # As FreeBSD: the receive buffer is a whole number of segments, and each segment says how much room there is to the octet.
        self.exact_window = False
        # As the BSDs: what comes after shutdown_read() is dropped.
        self.shut_rd_discards = False
        # As FreeBSD: CWR goes with the next octets, though they be sent again; RFC 3168 §6.1.2 wants new ones.
        self.cwr_at_once = False
        # True: Linux's HyStart, for CUBIC only, in place of HyStart++ (hystart.py).
        self.linux_hystart = False
        # RFC 5961 §3.2 and §4.2; without them any RST in the window resets, and so does any SYN, as RFC 793 had it.
        self.careful_reset = True
        self.careful_syn = True
        # RFC 1337 §3: a RST does not end TIME-WAIT, as RFC 9293 §3.10.7.4 would have it.
        self.keeps_time_wait = False
        # As FreeBSD (tcp_twcheck): in TIME-WAIT only what has an ACK is answered, wherever it lies; a SYN above RCV.NXT opens anew.
        self.bsd_time_wait = False
        # As FreeBSD: an active OPEN is given up when its time is over, not with the next retransmission; from the third on, its SYN is bare.
        self.syn_timeout_exact = False
        self.syn_drops_options = False
        # As the BSDs: a RST is ECONNRESET in every synchronized state.
        self.always_connreset = False
        # As the BSDs: only an error that stays one (RFC 1122 §4.2.3.9) ends an attempt to connect; and whether any does.
        self.patient_connect = False
        self.icmp_may_reset = True
        # Segments with SYN and FIN are dropped.
        self.drops_syn_fin = False
        # RFC 5681 §4.1: the window starts again from its beginning when nothing was sent for an RTO.
        self.restart_idle = True
        # As the BSDs: every ACK repeats our FIN until it is acknowledged.
        self.repeats_fin = False
        # RFC 7323 §3.2: a segment without timestamps is dropped where they were agreed on. Linux takes it.
        self.drops_unstamped = True
        # RFC 2525 §2.17: a close with data unread is a reset. The BSDs send a FIN.
        self.reset_unread = True
        # As Linux: the ACK of a FIN may wait as one of data does, and tells of nothing that came twice.
        self.delayed_fin_ack = False
        # As Linux: in ESTABLISHED the ACK of what was not sent gets no answer, where RFC 9293 §3.10.7.4 sends an ACK.
        self.ignores_future_acks = False
        # As Linux: who gives up sending again is silent. A reset tells the peer, if it is there after all.
        self.reset_at_timeout = True
        # As Linux: a write goes in pieces of half the peer's window, and one that has begun is taken whole, though it exceed sndbuf.
        self.whole_pieces = False
        # Octets: where a connection starts, and how far tuning may go; rcvbuf_max decides the window scale.
        self.sndbuf = 262_144
        self.sndbuf_max = 4_194_304
        self.rcvbuf = 262_144
        self.rcvbuf_max = 4_194_304
        self.default_mss = 1460
        # What TCP_NOTSENT_LOWAT is where the user does not say: octets, 0 for no limit.
        self.notsent_lowat = 0
        # How long a connection with timestamps is in TIME-WAIT at least before an active OPEN may take its place (RFC 6191 §2), microseconds. And as
        # Linux: no time at all where the user has bound the port.
        self.tw_reuse_delay = SECOND
        self.replaces_time_wait = False
        # RFC 9293 §3.8.6.3 allows 500 ms; 40 ms is below everyone's minimum RTO.
        self.delack = 40_000
        self.quick_acks = 16
        # 2MSL. RFC 9293 §3.4.2 says MSL is two minutes; one minute in all is what everyone does, and timestamps protect better.
        self.time_wait = 60 * SECOND
        # FIN-WAIT-2 without a user, as Linux.
        self.fin_timeout = 60 * SECOND
        # R2 (RFC 9293 §3.8.3): at least 3 minutes for a SYN, 100 s for data. Half-open and orphaned connections are nobody's.
        self.syn_timeout = 180 * SECOND
        # RFC 6298 §2.1; and, as FreeBSD, what is added to each longer wait for the answer to a SYN.
        self.rto_initial = rto.INITIAL
        self.syn_slop = 0
        # A SYN that is sent again asks for ECN so often (RFC 3168 §6.1.1.1).
        self.ecn_retries = 0
        # RFC 6298 §2.5, at most rto.MAXIMUM.
        self.rto_max = 120 * SECOND
        self.syn_received_timeout = 63 * SECOND
        self.timeout = 924 * SECOND
        self.orphan_timeout = 100 * SECOND
        # RFC 9293 §3.8.4: off by default, and no sooner than two hours.
        self.keep_idle = 7200 * SECOND
        self.keep_interval = 75 * SECOND
        self.keep_count = 9
        # RFC 5961 §7.
        self.challenge_acks = 10
        self.challenge_period = 5 * SECOND


class Listener:
    """A LISTEN: passive OPEN with unspecified remote (§3.10.1).

    backlog: connections that wait for accept(); as many again, but at least 8, may be half-open. A SYN beyond is answered with a cookie. At the
    backlog a SYN is dropped, the ACK of a handshake too: its sender tries again.
    """

    def __init__(self, layer: Tcp, local: int, port: int, backlog: int) -> None:
        self.layer = layer
        self.local = local
        self.port = port
        self.backlog = backlog
        self.half_open = 0
        # When a cookie was last sent: only for a while after that is an ACK looked at as the answer to one.
        self.cookie_sent_at = OFF
        # At most `backlog`, and so MAX_BACKLOG.
        self.queue: deque[Connection] = deque()
        self.changed: Callable[[], None] = nothing
        # Told each connection before its SYN is answered: what the user set on the LISTEN holds from there on.
        self.prepare: Callable[[Connection], None] = unprepared
        self.closed = False

    def accept(self) -> Connection | None:
        """The oldest established connection, or None."""
        return self.queue.popleft() if self.queue else None

    def poll(self) -> int:
        """POLLIN when accept() has one."""
        return POLLIN if self.queue else 0

    def set_backlog(self, backlog: int) -> None:
        """listen() again on the same socket."""
        self.backlog = max(1, min(backlog, MAX_BACKLOG))

    def has_room(self) -> bool:
        """The accept queue takes one more."""
        return len(self.queue) < self.backlog

    def takes_syn(self) -> bool:
        """One more may become half-open."""
        return self.half_open < max(self.backlog, 8) and self.layer.half_open < MAX_HALF_OPEN

    def add(self, conn: Connection) -> None:
        """A handshake is complete."""
        self.queue.append(conn)
        self.changed()

    def close(self, now: int) -> None:
        """CLOSE in LISTEN (§3.10.4): half-open connections are forgotten, those that nobody accepted are reset."""
        if self.closed:
            return
        self.closed = True
        self.changed = nothing
        self.layer.forget_listener(self)
        while self.queue:
            self.queue.popleft().abort(now)
        for conn in self.layer.half_open_of(self):
            conn.finish(0)


class Tcp:
    """The TCP of a host.

    lower: sends segments. entropy(n): n random bytes. All times are microseconds.
    """

    def __init__(
        self,
        lower: Lower,
        entropy: Callable[[int], bytes],
        config: Config | None = None,
    ) -> None:
        self.lower = lower
        self.entropy = entropy
        self.config = config if config is not None else Config()
        # The most data in a segment to `remote`, if there were no options: the link's MTU less 40. The stack may set another.
        self.mss_for: Callable[[int], int] = self.default_mss_for
        self.drops = dict.fromkeys(segment.DROP_REASONS + arrives.DROP_REASONS + path.DROP_REASONS + DROP_REASONS, 0)
        self.key = entropy(isn.KEY_SIZE)
        # At most MAX_CONNECTIONS, of them MAX_TIME_WAIT in time_waits; ports.MAX_BOUND listeners.
        self.connections: dict[tuple[int, int, int, int], Connection] = {}
        self.listeners: dict[tuple[int, int], Listener] = {}
        self.ports = ports.PortTable()
        self.turns = ports.Turns(self.key)
        self.time_waits: OrderedDict[tuple[int, int, int, int], Connection] = OrderedDict()
        self.cookies = cookies.Cookies(entropy)
        self.half_open = 0
        self.orphans = 0
        self.granted = 0
        self.queued = 0
        self.paths = path.PathTable()
        # What segments leave to the link (pynet.lower's CAN_...).
        self.offload = 0
        self.segment = Segment()
        # Whose the last segment was. In a burst: those that had one, each once (at most MAX_CONNECTIONS).
        self.last: Connection | None = None
        self.in_burst = False
        self.burst: list[Connection] = []
        # Those whose data waits for room on the link, each once (at most MAX_CONNECTIONS).
        self.held_back: list[Connection] = []
        # Records of acknowledged segments, to serve again: at most recovery.MAX_SPARE.
        self.spare: list[Sent] = []
        # (deadline, serial number, connection): the earliest first; no more than twice the connections and 65. An entry is stale unless its deadline is the connection's `scheduled`.
        self.heap: list[tuple[int, int, Connection]] = []
        self.serial = 0

    def default_mss_for(self, remote: int) -> int:
        """For a link of 1500 octets."""
        return self.config.default_mss

    # OPEN.

    def bind(self, local: int, port: int, share: bool) -> int:
        """Reserve a port for a socket, 0 for any that is free; the port. `share` (SO_REUSEADDR): connections that are ending do not count.

        local: 0 for every address. OSError EADDRINUSE, EADDRNOTAVAIL (no port is free), ENOBUFS.
        """
        if port == 0:
            port = self.random_port(self.is_unused)
        elif not share and self.has_connection(local, port):
            raise errno.os_error(errno.EADDRINUSE)
        self.ports.bind(local, port)
        return port

    def has_connection(self, local: int, port: int) -> bool:
        """A connection, in whatever state, has this port at an address that `local` means."""
        if port not in self.ports.connections:
            return False
        return any(key[1] == port and (not local or key[0] == local) for key in self.connections)

    def connect(self, local: int, lport: int, remote: int, rport: int, now: int) -> Connection:
        """Active OPEN (§3.10.1): the SYN goes out at once. lport 0 chooses one. OSError as open()."""
        conn = self.open(local, lport, remote, rport, now)
        arrives.send_first_syn(conn, now)
        return conn

    def open(self, local: int, lport: int, remote: int, rport: int, now: int) -> Connection:
        """The TCB of an active OPEN, in SYN-SENT; the SYN is the caller's to send (arrives.send_first_syn) when the options are set.

        OSError EADDRINUSE (these four numbers have a connection), EADDRNOTAVAIL (no port is free), ENOBUFS (too many connections).
        """
        if lport == 0:
            lport = self.ephemeral_port(local, remote, rport)
        before = self.connections.get((local, lport, remote, rport))
        again = before is not None and self.may_replace(before, now)
        if before is not None and not again and not self.gives_way(before):
            raise errno.os_error(errno.EADDRINUSE)
        if len(self.connections) >= MAX_CONNECTIONS:
            raise errno.os_error(errno.ENOBUFS)
        iss = self.choose_iss(local, lport, remote, rport, now)
        if before is not None:
            iss = add(before.snd_nxt, 65535 + 2)
            before.finish(0)
        conn = self.new_connection(local, lport, remote, rport, iss, now)
        conn.state = SYN_SENT
        if again and before is not None and self.config.replaces_time_wait:
            # RFC 7323 §3.2 would have 0 in the TSecr of a SYN.
            conn.ts_recent = before.ts_recent
        return conn

    def may_replace(self, conn: Connection, now: int) -> bool:
        """RFC 6191 §2, RFC 1122 §4.2.2.13: a connection in TIME-WAIT for a second may make room, as its timestamps go on growing."""
        return conn.state == TIME_WAIT and conn.ts_ok and now - conn.heard_at >= self.config.tw_reuse_delay

    def gives_way(self, conn: Connection) -> bool:
        """As Linux: a TIME-WAIT that has the very port which the user has bound."""
        return conn.state == TIME_WAIT and self.config.replaces_time_wait

    def ephemeral_port(self, local: int, remote: int, rport: int) -> int:
        """A port that is free towards remote:rport, and that no socket has bound or listens on. OSError EADDRNOTAVAIL."""

        def is_free(port: int) -> bool:
            if (local, port) in self.listeners or (0, port) in self.listeners:
                return False
            return port not in self.ports.bound and (local, port, remote, rport) not in self.connections

        return some_port(self.turns.choose(local, remote, rport, int.from_bytes(self.entropy(2), "big"), is_free))

    def is_unused(self, port: int) -> bool:
        """No socket, no LISTEN and no connection has it."""
        return self.ports.is_unused(port) and not any(key[1] == port for key in self.listeners)

    def random_port(self, is_free: Callable[[int], bool]) -> int:
        """RFC 6056 §3.3.1: a random port of those that are free. OSError EADDRNOTAVAIL."""
        return some_port(ports.choose(int.from_bytes(self.entropy(2), "big"), is_free))

    def choose_iss(self, local: int, lport: int, remote: int, rport: int, now: int) -> int:
        """RFC 6528."""
        return isn.initial_sequence_number(self.key, local, lport, remote, rport, now)

    def new_connection(self, local: int, lport: int, remote: int, rport: int, iss: int, now: int) -> Connection:
        """A TCB in the table, its state still to be said."""
        config = self.config
        mss = self.mss_for(remote)
        controller = CONTROLLERS[config.congestion](mss)
        conn = Connection(self, local, lport, remote, rport, controller, now)
        conn.iss = conn.push_end = iss
        conn.rtt.configure(config.rto_initial, config.rto_max)
        if config.linux_hystart:
            controller.hystart = LinuxHyStart(controller.name)
        conn.adv_mss = mss
        conn.snd_mss = self.paths.mss(remote, mss, now)
        conn.ts_offset = isn.timestamp_offset(self.key, local, remote)
        conn.rcv_scale = self.scale_for(config.rcvbuf_max) if config.window_scale else 0
        self.connections[conn.key] = conn
        self.ports.connection_made(lport)
        return conn

    def scale_for(self, octets: int) -> int:
        """RFC 7323 §2.3: the smallest shift that lets the window field say `octets`, at most 14."""
        scale = 0
        while scale < 14 and 0xFFFF << scale < octets:
            scale += 1
        return scale

    def start_window(self, conn: Connection) -> None:
        """RFC 6928 §2: the handshake says what a segment holds, so the initial window is known."""
        conn.congestion.cwnd = initial_window(output.effective_mss(conn))

    def listen(self, local: int, port: int, backlog: int) -> Listener:
        """Passive OPEN on local:port, local 0 for every address. OSError EADDRINUSE, ENOBUFS."""
        if port == 0:
            port = self.random_port(self.is_unused)
        if (local, port) in self.listeners:
            raise errno.os_error(errno.EADDRINUSE)
        if len(self.listeners) >= ports.MAX_BOUND:
            raise errno.os_error(errno.ENOBUFS)
        listener = Listener(self, local, port, 1)
        listener.set_backlog(backlog)
        self.listeners[(local, port)] = listener
        return listener

    def forget_listener(self, listener: Listener) -> None:
        """The port listens no more."""
        self.listeners.pop((listener.local, listener.port), None)

    def half_open_of(self, listener: Listener) -> list[Connection]:
        """The connections in SYN-RECEIVED that `listener` made."""
        return [conn for conn in self.connections.values() if conn.listener is listener]

    # SEGMENT ARRIVES.

    def input(self, packet: bytearray, at: int, end: int, src: int, dst: int, now: int, field: int = 0, verified: bool = False) -> None:
        """Take the segment at packet[at:end]; field: IP's ECN field, 2 bits. Nothing in it can make this raise; `drops` counts what is not taken."""
        seg = self.segment
        reason = parse(seg, packet, at, end, src, dst, verified)
        if reason:
            self.drop(reason)
            return
        seg.ecn = field
        if self.config.drops_syn_fin and seg.flags & (SYN | FIN) == SYN | FIN:
            self.drop("tcp: SYN and FIN")
            return
        conn = self.find(seg)
        if conn is not None and not (conn.state == TIME_WAIT and self.reopens(conn, seg, now)):
            arrives.segment_arrives(conn, seg, now)
        elif not (is_unicast(src) and is_unicast(dst)):
            # RFC 9293 §3.9.2.3 (MUST-57, MUST-63).
            self.drop("tcp: not a unicast address")
        else:
            listener = self.listeners.get((dst, seg.dport)) or self.listeners.get((0, seg.dport))
            if listener is None:
                if conn is not None:
                    conn.finish(0)
                arrives.closed(self, seg, now)
                return
            iss = OFF
            if conn is not None:
                # RFC 9293 §3.10.7.4, TIME-WAIT: "with its initial sequence number larger than the largest it used before".
                iss = add(conn.snd_nxt, 65535 + 2)
                conn.finish(0)
            arrives.listen(self, listener, seg, iss, now)
        seg.buffer = segment.NO_OCTETS

    def find(self, seg: Segment) -> Connection | None:
        """Whose segment it is: most often that of the last one."""
        conn = self.last
        if conn is not None and conn.remote == seg.src and conn.ports == (seg.dport << 16 | seg.sport) and conn.local == seg.dst:
            return conn
        conn = self.connections.get((seg.dst, seg.dport, seg.src, seg.sport))
        if conn is not None:
            self.last = conn
        return conn

    # A burst: segments that come at once. What they ask for once is done once, at its end.

    def begin_burst(self) -> None:
        """Several segments may come before end_burst."""
        self.in_burst = True

    def settle_later(self, conn: Connection) -> None:
        """settle() at the end of the burst."""
        if not conn.in_burst:
            conn.in_burst = True
            self.burst.append(conn)

    def end_burst(self, now: int) -> None:
        """Acknowledge what is to be acknowledged, tell the users, look at the timers."""
        self.in_burst = False
        if not self.burst:
            return
        burst = self.burst
        self.burst = []
        for conn in burst:
            conn.in_burst = False
            if conn.state != CLOSED:
                if conn.ack_due:
                    output.send_ack(conn, now)
                conn.settle(now)

    # The link's queue: what it has no room for stays in the connections.

    def hold_back(self, conn: Connection) -> None:
        """`conn` has data to send, once there is room."""
        if not conn.held_back:
            conn.held_back = True
            self.held_back.append(conn)

    def go_on(self, now: int) -> None:
        """There is room again: each in turn sends as far as it reaches."""
        waiting = self.held_back
        self.held_back = []
        for conn in waiting:
            conn.held_back = False
        for conn in waiting:
            if conn.state != CLOSED:
                output.output(conn, now)
                conn.settle(now)

    def reopens(self, conn: Connection, seg: Segment, now: int) -> bool:
        """RFC 6191 §2 and RFC 9293 MAY-2: a SYN that is surely new ends TIME-WAIT."""
        if not seg.flags & SYN or seg.flags & (RST | ACK):
            return False
        if self.config.bsd_time_wait:
            return lt(conn.rcv_nxt, seg.seg_seq)
        if (conn.local, conn.lport) not in self.listeners and (0, conn.lport) not in self.listeners:
            return False
        if conn.ts_ok and seg.has_timestamps and conn.ts_recent != seg.tsval:
            return lt(conn.ts_recent, seg.tsval)
        return lt(conn.rcv_nxt, seg.seg_seq)

    def accept_syn(self, listener: Listener, seg: Segment, iss: int, now: int) -> Connection | None:
        """A TCB for a SYN, or None when a bound is reached: then the peer gets a cookie, or its SYN comes again."""
        if not self.has_room_for_another(listener):
            return None
        if not listener.takes_syn():
            self.drop("tcp: half-open queue full")
            if self.config.syn_cookies:
                listener.cookie_sent_at = now
                cookies.answer(self, seg, now)
            return None
        if iss == OFF:
            iss = self.choose_iss(seg.dst, seg.dport, seg.src, seg.sport, now)
        return self.new_half_open(listener, seg, iss, now)

    def has_room_for_another(self, listener: Listener) -> bool:
        """One more connection may be made for `listener`; if not, that is counted."""
        if not listener.has_room():
            self.drop("tcp: accept queue full")
            return False
        if len(self.connections) >= MAX_CONNECTIONS:
            self.drop("tcp: connection table full")
            return False
        return True

    def new_half_open(self, listener: Listener, seg: Segment, iss: int, now: int) -> Connection:
        """The TCB that `listener` makes for the SYN `seg`."""
        conn = self.new_connection(seg.dst, seg.dport, seg.src, seg.sport, iss, now)
        conn.listener = listener
        listener.half_open += 1
        self.half_open += 1
        listener.prepare(conn)
        return conn

    def accept_cookie(self, listener: Listener, seg: Segment, now: int) -> bool:
        """An ACK for a LISTEN: does it end a handshake of which only a cookie was kept? Then it is taken, as a connection's, and True."""
        sent_at = listener.cookie_sent_at
        if sent_at == OFF or now - sent_at >= 2 * cookies.PERIOD or seg.flags & SYN:
            return False
        syn = cookies.recall(self, seg, now)
        if syn is None:
            return False
        if self.has_room_for_another(listener):
            conn = self.new_half_open(listener, syn, (seg.seg_ack - 1) & MASK, now)
            arrives.resume_handshake(conn, syn, now)
            arrives.segment_arrives(conn, seg, now)
        return True

    def reset_segment(self, seg: Segment, now: int) -> None:
        """The RST that §3.10.7.1 makes from a segment: never in answer to a RST."""
        frame = new_segment(0, 0)
        pair = seg.dport << 16 | seg.sport
        if seg.flags & ACK:
            emit(frame, 0, seg.dst, seg.src, pair, seg.seg_ack, 0, RST, 0, 0)
        else:
            emit(frame, 0, seg.dst, seg.src, pair, 0, (seg.seg_seq + seg.seg_len) & MASK, RST | ACK, 0, 0)
        self.lower.send_tcp(frame, seg.dst, seg.src, DEFAULT_TTL, 0, now, 0)

    def drop(self, reason: str) -> None:
        """Count a segment, or a part of one, that was not taken."""
        self.drops[reason] += 1

    # ICMP.

    def icmp_error(self, src: int, dst: int, packet: bytearray, at: int, end: int, kind: str, mtu: int, now: int) -> None:
        """An ICMP error quotes a segment of ours from `src` to `dst`, its header (8 octets or more) at `at`.

        kind: as pynet.icmp.error_kind names it. mtu: the next hop's, for "fragmentation-needed"; 0 if it did not say.
        """
        conn = None
        if end - at >= 8:
            conn = self.connections.get((src, get16(packet, at), dst, get16(packet, at + 2)))
        if conn is None:
            self.drop("tcp: ICMP error about no connection")
            return
        path.icmp_error(conn, get32(packet, at + 4), kind, mtu, now)

    # Timers.

    def schedule(self, conn: Connection) -> None:
        """See that run_timers looks at `conn` in time. An entry that is too early by then is only put back: moving a timer costs nothing."""
        deadline = timers.next_deadline(conn)
        if deadline == OFF or (conn.scheduled != OFF and conn.scheduled <= deadline):
            return
        conn.scheduled = deadline
        self.serial += 1
        heappush(self.heap, (deadline, self.serial, conn))
        # Stale entries are bounded by as many as live ones.
        if len(self.heap) > 2 * len(self.connections) + 64:
            self.heap = [entry for entry in self.heap if entry[0] == entry[2].scheduled]
            heapify(self.heap)

    def run_timers(self, now: int) -> None:
        """Run every timer that is due at `now`."""
        while self.heap:
            first = self.heap[0]
            deadline = first[0]
            if deadline > now:
                return
            conn = first[2]
            heappop(self.heap)
            if conn.scheduled != deadline:
                continue
            conn.scheduled = OFF
            if conn.state != CLOSED:
                if timers.next_deadline(conn) <= now:
                    timeouts.run(conn, now)
                if conn.state != CLOSED:
                    self.schedule(conn)

    def next_deadline(self) -> int | None:
        """When run_timers has something to look at, None for never."""
        while self.heap:
            deadline, _, conn = self.heap[0]
            if conn.scheduled == deadline:
                return deadline
            heappop(self.heap)
        return None

    # The tables.

    def remove(self, conn: Connection) -> None:
        """Delete a TCB that is CLOSED."""
        key = conn.key
        if self.connections.get(key) is conn:
            del self.connections[key]
            self.ports.connection_gone(conn.lport)
        if self.time_waits.get(key) is conn:
            del self.time_waits[key]
        if self.last is conn:
            self.last = None
        if conn.held_back:
            conn.held_back = False
            self.held_back.remove(conn)
        self.forget_orphan(conn)
        self.granted -= conn.granted
        conn.granted = 0
        conn.scheduled = OFF

    def add_time_wait(self, conn: Connection) -> None:
        """`conn` entered TIME-WAIT: nobody needs its queues; at MAX_TIME_WAIT the oldest goes."""
        conn.send_queue.clear()
        conn.board.clear()
        self.forget_orphan(conn)
        self.time_waits[conn.key] = conn
        if len(self.time_waits) > MAX_TIME_WAIT:
            self.time_waits.popitem(last=False)[1].finish(0)

    def count_queued(self, conn: Connection) -> None:
        """What `conn` has in its queues now is a part of `queued`."""
        self.queued -= conn.held
        conn.held = conn.send_queue.octets + conn.receive_queue.octets + conn.out_of_order.octets
        self.queued += conn.held

    def bound_of(self, octets: int) -> int:
        """What a buffer of that many octets may hold as things are: all of it, or LEAST_QUEUED from MAX_QUEUED on."""
        return octets if self.queued < MAX_QUEUED else min(octets, LEAST_QUEUED)

    def has_too_much(self, conn: Connection) -> bool:
        """MOST_QUEUED is reached, and `conn` has enough to go on with."""
        return self.queued >= MOST_QUEUED and conn.receive_queue.octets + conn.out_of_order.octets >= LEAST_QUEUED

    def grant(self, conn: Connection, octets: int) -> int:
        """How many of `octets` more a buffer of `conn` may hold, within MAX_GRANTED."""
        octets = min(octets, MAX_GRANTED - self.granted)
        self.granted += octets
        conn.granted += octets
        return octets

    def too_many_orphans(self) -> bool:
        """MAX_ORPHANS is reached."""
        return self.orphans >= MAX_ORPHANS

    def add_orphan(self, conn: Connection) -> None:
        """`conn` has no user any more."""
        self.orphans += 1
        conn.counted_orphan = True

    def forget_orphan(self, conn: Connection) -> None:
        """`conn` is deleted, or in TIME-WAIT, which has a bound of its own."""
        if conn.counted_orphan:
            conn.counted_orphan = False
            self.orphans -= 1


def some_port(port: int) -> int:
    """`port`; OSError EADDRNOTAVAIL for 0."""
    if port == 0:
        raise errno.os_error(errno.EADDRNOTAVAIL)
    return port


def unprepared(conn: Connection) -> None:
    """The `prepare` of a LISTEN that has no options."""


def is_unicast(address: int) -> bool:
    """Not "this host", not multicast (class D), not reserved (class E, with the broadcast address)."""
    return address != 0 and address < 0xE0000000
