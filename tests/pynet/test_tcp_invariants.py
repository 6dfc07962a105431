"""What must hold after every event, whatever the wire, the users and strangers do: random histories from seeds, every number checked at each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.tcp import timers
from pynet.tcp.layer import Config
from pynet.tcp.sequence import MASK
from pynet.tcp.states import CLOSED, ESTABLISHED, TIME_WAIT
from tests.support import Random, eq
from tests.tcp import HERE, MS, PORT, SECOND, THERE, Bench, Pair

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection
    from pynet.tcp.layer import Tcp

SEEDS = 8
STEPS = 150


def check_layer(tcp: Tcp) -> None:
    """The tables and counters of a layer agree with its connections."""
    connections = list(tcp.connections.values())
    for conn in connections:
        check_connection(conn)
    half_open = len([conn for conn in connections if conn.listener is not None])
    eq(half_open, sum([listener.half_open for listener in tcp.listeners.values()]), "half-open")
    eq(tcp.orphans, len([conn for conn in connections if conn.counted_orphan]), "orphans")
    eq(tcp.granted, sum([conn.granted for conn in connections]), "granted")
    assert len(tcp.heap) <= 2 * len(connections) + 65, "heap"


def check_connection(conn: Connection) -> None:
    """The scoreboard covers what is outstanding, exactly; whoever waits has a timer, and the layer knows of it; queues are bounded."""
    board = conn.board
    assert conn.state != CLOSED, "CLOSED and still in the table"
    if conn.state != TIME_WAIT:
        eq(board.outstanding, (conn.snd_nxt - conn.snd_una) & MASK, "outstanding")
    eq(board.outstanding, sum([sent.size() for sent in board.sent]), "the scoreboard's sizes")
    eq(board.sacked_octets, sum([sent.size() for sent in board.sent if sent.sacked]), "SACKed")
    eq(board.lost_octets, sum([sent.size() for sent in board.sent if sent.lost]), "lost")
    assert not [1 for sent in board.sent if sent.sacked and sent.lost], "lost and SACKed"
    holes = [sent for sent in board.sent if not sent.sacked and (sent.lost or sent.retransmits)]
    assert len(holes) == len(board.holes) and not [1 for a, b in zip(holes, board.holes) if a is not b], "what RACK looks at"
    assert not [1 for sent in board.sent[: board.settled] if not (sent.sacked or sent.lost or sent.retransmits)], "what RACK looks past"
    orders = [sent.order for sent in board.sent if not sent.retransmits]
    eq(orders, sorted(orders), "sent once, in order")
    for i in range(1, len(board.sent)):
        eq(board.sent[i].seq, board.sent[i - 1].end, "a hole in the scoreboard")
    if board.sent:
        eq((board.sent[0].seq, board.sent[-1].end), (conn.snd_una, conn.snd_nxt), "the scoreboard's edges")
        assert conn.t_retransmit >= 0, "outstanding without a timer"
    elif conn.unsent() and conn.state == ESTABLISHED:
        assert conn.t_persist >= 0 or conn.t_pace >= 0, "waiting without a timer"
    deadline = timers.next_deadline(conn)
    assert deadline < 0 or 0 <= conn.scheduled <= deadline, "a deadline that the layer does not know"
    assert len(conn.send_queue) <= conn.sndbuf or not conn.tune_send
    assert len(conn.receive_queue) + conn.out_of_order.octets <= conn.layer.config.rcvbuf_max
    assert conn.congestion.cwnd > 0


class History:
    """Up to eight connections between two hosts, and users who do anything at any time."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        config = Config()
        config.sack = random.below(3) > 0
        config.timestamps = random.below(3) > 0
        config.window_scale = random.below(3) > 0
        config.congestion = ("reno", "cubic", "bbr")[random.below(3)]
        config.ecn = random.below(3)
        config.pacing = random.below(2) == 0
        config.frto = random.below(4) != 0
        config.rcvbuf = (2000, 20_000, 262_144)[random.below(3)]
        config.sndbuf = (1500, 30_000, 262_144)[random.below(3)]
        self.pair = Pair(seed, config)
        for link in (self.pair.to_a, self.pair.to_b):
            link.loss = (0, 200, 1500)[random.below(3)]
            link.jitter = (0, 2 * MS, 40 * MS)[random.below(3)]
            link.duplicates = (0, 500)[random.below(2)]
            link.delay = (0, 1 * MS, 50 * MS)[random.below(3)]
            link.marks = (0, 1000)[random.below(2)]
        self.listener = self.pair.b.listen(0, PORT, 3)
        self.ends: list[Connection] = []
        self.given: list[bytearray] = []
        self.got: list[bytearray] = []
        # Which end is the other end of which: indices, -1 if it has none.
        self.mate: list[int] = []

    def track(self, conn: Connection) -> None:
        self.ends.append(conn)
        self.given.append(bytearray())
        self.got.append(bytearray())
        self.mate.append(-1)

    def accept(self) -> None:
        while True:
            conn = self.listener.accept()
            if conn is None:
                return
            self.track(conn)
            for i, other in enumerate(self.ends[:-1]):
                if other.lport == conn.rport and other.local == conn.remote and self.mate[i] < 0:
                    self.mate[i] = len(self.ends) - 1
                    self.mate[-1] = i

    def read(self, i: int, count: int) -> bool:
        data = self.ends[i].receive(count, self.pair.now)
        self.got[i] += data or b""
        return bool(data)

    def act(self) -> None:
        """One user does one thing."""
        random = self.random
        now = self.pair.now
        action = random.below(18)
        if action == 0 and len(self.ends) < 16:
            self.track(self.pair.a.connect(HERE, 0, THERE, PORT, now))
        i = random.below(len(self.ends))
        conn = self.ends[i]
        if action in (1, 2, 3, 4):
            data = random.octets(random.below(50)) * (1 + random.below(400))
            if not conn.fin_queued and conn.state not in (CLOSED, TIME_WAIT):
                self.given[i] += data[: conn.send(data, now, random.below(20) == 0)]
        elif action in (5, 6, 7, 8):
            self.read(i, 1 + random.below(100_000))
        elif action == 9 and random.below(4) == 0:
            conn.shutdown_write(now)
        elif action == 10 and random.below(8) == 0:
            conn.close(now)
        elif action == 11 and random.below(20) == 0:
            conn.abort(now)
        elif action == 12:
            conn.set_nodelay(bool(random.below(2)), now)
        elif action == 13:
            conn.set_cork(bool(random.below(2)), now)
        elif action == 14:
            conn.keepalive(random.below(3) * SECOND, SECOND, 3, now)
        elif action == 15:
            conn.set_quickack(bool(random.below(2)), now)
        elif action == 16:
            conn.set_rcvbuf(1000 + random.below(50_000))
        elif action == 17:
            self.narrow(conn)
        conn.poll()
        conn.info(now)

    def narrow(self, conn: Connection) -> None:
        """A router says that the path is narrow."""
        seq = (conn.snd_una + self.random.below(3)) & MASK
        words = (conn.ports >> 16, conn.ports & 0xFFFF, seq >> 16, seq & 0xFFFF)
        quote = bytearray([octet for word in words for octet in (word >> 8, word & 0xFF)])
        mtu = 600 + self.random.below(900)
        conn.layer.icmp_error(conn.local, conn.remote, quote, 0, 8, "fragmentation-needed", mtu, self.pair.now)

    def check(self) -> None:
        check_layer(self.pair.a)
        check_layer(self.pair.b)
        for i, mate in enumerate(self.mate):
            if mate >= 0:
                assert self.given[mate].startswith(self.got[i]), "other octets than were sent"

    def settle(self) -> None:
        """The wire heals, everybody reads and closes: everything that was sent has arrived, and nothing is left."""
        self.pair.to_a.loss = self.pair.to_b.loss = 0
        for conn in self.ends:
            conn.set_cork(False, self.pair.now)
        for _ in range(3000):
            for i, conn in enumerate(self.ends):
                while self.read(i, 1 << 20):
                    pass
                conn.shutdown_write(self.pair.now)
            if not self.pair.step(self.pair.now + 30 * SECOND):
                break
            self.check()
        for i, mate in enumerate(self.mate):
            if mate >= 0 and self.ends[i].fin_received and not self.ends[i].orphan:
                eq(self.got[i] == self.given[mate], True, "all of it")


def test_random_histories_keep_every_invariant() -> None:
    """RFC 9293 §3.3.1: the variables of the TCB relate as figure 3 and 4 show, at every moment of any history."""
    for seed in range(SEEDS):
        history = History(seed)
        history.track(history.pair.a.connect(HERE, 0, THERE, PORT, history.pair.now))
        for _ in range(STEPS):
            history.accept()
            history.act()
            history.check()
            history.pair.sleep(history.random.below(60) * MS)
            history.check()
        history.settle()


def test_strangers_break_no_invariant() -> None:
    """RFC 5961: segments of somebody who guesses near the windows, with any flags, options and SACKs: nothing raises, every bound holds."""
    for seed in range(SEEDS):
        random = Random(seed)
        config = Config()
        config.rcvbuf = 20_000
        bench = Bench(config, seed)
        bench.use_timestamps = seed % 2 == 0
        bench.tsval = 1000
        bench.listen(4)
        conn = bench.established(mss=1000, sack=True, scale=2)
        for _ in range(STEPS * 3):
            if conn.state == CLOSED:
                bench.port, bench.peer_port = PORT, 1 + random.below(60_000)
                conn = bench.established(mss=1000, sack=True, scale=2)
            near = [
                (conn.rcv_nxt - bench.irs) & MASK,
                (conn.snd_una - bench.iss) & MASK,
                (conn.snd_nxt - bench.iss) & MASK,
            ]
            blocks = []
            for _ in range(random.below(4)):
                left = near[1] + random.below(6000) - 1000
                blocks += [left, left + random.below(3000)]
            bench.inject(
                ("", ".", ".", ".", "P.", "P.", "F.", "S", "S.", "R", "R.", "SF", "PU.")[random.below(13)],
                near[0] + (random.below(4000) - 1500 if random.below(2) else 0),
                near[1 + random.below(2)] + (random.below(2000) - 1000 if random.below(3) == 0 else 0),
                bytes(random.below(1500)),
                wnd=random.below(65_536) if random.below(4) else 0,
                sacks=blocks,
                tsval=1000 + random.below(1000) if bench.use_timestamps else -1,
                up=random.below(3000),
            )
            if random.below(3) == 0 and conn.state == ESTABLISHED:
                conn.send(bytes(random.below(5000)), bench.now)
            if random.below(5) == 0:
                conn.receive(random.below(20_000), bench.now)
            check_layer(bench.tcp)
            bench.sleep(random.below(300) * MS)
            check_layer(bench.tcp)
            bench.sent()
