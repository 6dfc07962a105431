"""Two ways to test TCP in virtual time: Bench, one layer whose peer is the test, packet by packet; Pair, two layers and a link that misbehaves."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from pynet.frame import HEADROOM
from pynet.lower import Lower
from pynet.tcp.layer import Config, Tcp
from pynet.tcp.segment import (
    ACK,
    CWR,
    ECE,
    FIN,
    HEADER,
    PSH,
    RST,
    SYN,
    TIMESTAMPS_SIZE,
    URG,
    Segment,
    emit,
    new_segment,
    parse,
    put_sacks,
    put_syn_options,
    put_timestamps,
    syn_options_size,
)
from pynet.tcp.sequence import MASK
from pynet.tcp.states import ESTABLISHED
from tests.support import Random, eq

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.tcp.connection import Connection
    from pynet.tcp.layer import Listener

HERE = 0x0A000001
THERE = 0x0A000002
PORT = 80
PEER_PORT = 40000

MS = 1000
SECOND = 1_000_000

LETTERS = (("S", SYN), ("F", FIN), ("R", RST), ("P", PSH), ("U", URG), ("E", ECE), ("W", CWR), (".", ACK))


def control(letters: str) -> int:
    """The control bits of "S", "S.", "F.", "R", "P." and so on, as tcpdump writes them."""
    flags = 0
    for letter, bit in LETTERS:
        if letter in letters:
            flags |= bit
    return flags


def letters(flags: int) -> str:
    """The inverse of `control`."""
    return "".join([letter for letter, bit in LETTERS if flags & bit])


def plain() -> Config:
    """A Config without options, so that a packet is what it looks like."""
    config = Config()
    config.timestamps = False
    config.sack = False
    config.window_scale = False
    config.congestion = "reno"
    config.pacing = False
    config.quick_acks = 0
    config.rcvbuf = 65535
    return config


class Got:
    """A segment that the layer under test sent; `seq` and `ack` count from the two initial sequence numbers."""

    def __init__(self, bench: Bench, frame: bytearray, now: int) -> None:
        seg = Segment()
        eq(parse(seg, frame, HEADROOM, len(frame), HERE, THERE), "", "what we sent")
        self.at = now
        self.flags = letters(seg.flags)
        self.seg = seg
        self.sport = seg.sport
        self.dport = seg.dport
        self.raw_seq = seg.seg_seq
        self.seq = (seg.seg_seq - bench.iss) & MASK
        self.ack = (seg.seg_ack - bench.irs) & MASK if seg.flags & ACK else 0
        self.wnd = seg.seg_wnd
        self.data = bytes(frame[seg.at : seg.end])
        self.sacks = [(edge - bench.irs) & MASK for edge in seg.sacks]
        self.mss = seg.mss

    def __repr__(self) -> str:
        return f"<{self.flags} {self.seq}:{self.seq + len(self.data)} ack {self.ack} wnd {self.wnd} sacks {self.sacks}>"

    def brief(self) -> tuple[str, int, int, int]:
        """(control bits, seq, octets of data, ack)."""
        return (self.flags, self.seq, len(self.data), self.ack)


class Bench(Lower):
    """A Tcp whose peer is the test: inject a segment with the fields that matter, look at what is sent."""

    def __init__(self, config: Config | None = None, seed: int = 1) -> None:
        self.now = 1_000 * SECOND
        self.random = Random(seed)
        self.tcp = Tcp(self, self.random.octets, config if config is not None else plain())
        self.frames: list[tuple[bytearray, int]] = []
        # The ECN field of IP's header: of each frame sent since take_fields(), and of what is injected.
        self.fields: list[int] = []
        self.field = 0
        # Our initial sequence number, the peer's, and our port: known after the handshake.
        self.iss = 0
        self.irs = 7_000_000
        self.port = PORT
        self.peer_port = PEER_PORT
        self.tsval = 0
        self.tsecr = 0
        self.use_timestamps = False
        # What has_room() says.
        self.room = True

    def has_room(self, dst: int) -> bool:
        return self.room

    def send_tcp(self, frame: bytearray, src: int, dst: int, ttl: int, tos: int, now: int, offload: int) -> None:
        eq((src, dst, now), (HERE, THERE, self.now), "what goes to IP")
        self.frames.append((frame, now))
        self.fields.append(tos & 3)

    def inject(
        self,
        flags: str,
        seq: int = 0,
        ack: int = 0,
        data: bytes = b"",
        wnd: int = 65535,
        mss: int = 0,
        scale: int = -1,
        sack: bool = False,
        sacks: list[int] | None = None,
        tsval: int = -1,
        up: int = 0,
    ) -> None:
        """A segment of the peer. `seq` and `ack` count from the initial sequence numbers."""
        bits = control(flags)
        syn = bits & SYN != 0 and (mss or scale >= 0 or sack)
        timestamps = tsval >= 0 or self.use_timestamps
        blocks = [((s[0] + self.iss) & MASK, (s[1] + self.iss) & MASK) for s in pairs(sacks or [])]
        size = (syn_options_size(scale, sack) if syn else 0) + (TIMESTAMPS_SIZE if timestamps else 0)
        size += 4 + 8 * len(blocks) if blocks else 0
        frame = new_segment(size, len(data))
        at = HEADROOM + HEADER
        if syn:
            at = put_syn_options(frame, at, mss if mss else 1460, scale, sack)
        if timestamps:
            at = put_timestamps(frame, at, tsval if tsval >= 0 else self.tsval, self.tsecr)
        if blocks:
            at = put_sacks(frame, at, blocks)
        frame[at:] = data
        ports = self.peer_port << 16 | self.port
        acknowledged = (ack + self.iss) & MASK if bits & ACK else 0
        emit(frame, size, THERE, HERE, ports, (seq + self.irs) & MASK, acknowledged, bits, wnd, up)
        self.raw(frame)

    def raw(self, frame: bytearray, src: int = THERE, dst: int = HERE) -> None:
        """Octets from HEADROOM on, as they are."""
        self.tcp.input(frame, HEADROOM, len(frame), src, dst, self.now, self.field)

    def take_fields(self) -> list[int]:
        """The ECN fields of what was sent since the last call."""
        fields, self.fields = self.fields, []
        return fields

    def sent(self) -> list[Got]:
        """What was sent since the last call."""
        frames, self.frames = self.frames, []
        return [Got(self, frame, at) for frame, at in frames]

    def one(self) -> Got:
        """The one segment that was sent since the last call."""
        got = self.sent()
        eq(len(got), 1, "segments sent: " + repr(got))
        return got[0]

    def expect(self, *briefs: tuple[str, int, int, int]) -> None:
        """(control bits, seq, octets of data, ack) of all that was sent since the last call."""
        eq([got.brief() for got in self.sent()], list(briefs))

    def sleep(self, microseconds: int) -> None:
        """Let time pass, running the timers as they come due."""
        until = self.now + microseconds
        turns = 0
        while True:
            deadline = self.tcp.next_deadline()
            if deadline is None or deadline > until:
                break
            self.now = max(self.now, deadline)
            self.tcp.run_timers(self.now)
            turns += 1
            assert turns < 100_000, "timers spin"
        self.now = until

    def drops(self) -> dict[str, int]:
        """The reasons counted so far."""
        return {reason: count for reason, count in self.tcp.drops.items() if count}

    # Ways to get to a state.

    def connect(self) -> Connection:
        """Active OPEN: SYN-SENT."""
        conn = self.tcp.connect(HERE, 0, THERE, PORT, self.now)
        syn = self.one()
        self.iss = syn.raw_seq
        self.port = syn.sport
        self.peer_port = PORT
        return conn

    def established(self, **options: Any) -> Connection:
        """Active OPEN, and the peer's SYN,ACK: ESTABLISHED, nothing outstanding."""
        conn = self.connect()
        self.inject("S.", 0, 1, **options)
        self.expect((".", 1, 0, 1))
        return conn

    def listen(self, backlog: int = 5) -> Listener:
        """Passive OPEN on PORT."""
        return self.tcp.listen(0, PORT, backlog)

    def half_open(self, **options: Any) -> Got:
        """A SYN for the LISTEN, answered: SYN-RECEIVED."""
        self.inject("S", **options)
        answer = self.one()
        self.iss = answer.raw_seq
        return answer

    def half_open_with(self, flags: str) -> Got:
        """As half_open, by a SYN with these control bits."""
        self.take_fields()
        self.inject(flags, mss=1000)
        answer = self.one()
        self.iss = answer.raw_seq
        return answer

    def accepted(self, listener: Listener, **options: Any) -> Connection:
        """Passive OPEN to ESTABLISHED."""
        self.half_open(**options)
        self.inject(".", 1, 1)
        conn = listener.accept()
        assert conn is not None
        return conn

    def find(self) -> Connection:
        """The only connection there is."""
        connections = list(self.tcp.connections.values())
        eq(len(connections), 1, "connections")
        return connections[0]


def pairs(flat: list[int]) -> list[tuple[int, int]]:
    """[a, b, c, d] as [(a, b), (c, d)]."""
    return [(flat[i], flat[i + 1]) for i in range(0, len(flat), 2)]


class Link:
    """One direction of a wire: `delay` and up to `jitter` more (microseconds), losses and duplicates in ten thousand, octets a second (0: no limit)
    with a queue of `queue` octets in front."""

    def __init__(self) -> None:
        self.delay = 10 * MS
        self.jitter = 0
        self.loss = 0
        self.duplicates = 0
        self.rate = 0
        self.queue = 1 << 30
        self.free_at = 0
        self.lost = 0
        self.carried = 0
        # Of ten thousand ECN-capable packets so many are marked.
        self.marks = 0
        # Told each frame; True loses it.
        self.kills: Callable[[bytearray], bool] = never


def never(frame: bytearray) -> bool:
    """Nothing is lost."""
    return False


class Pair(Lower):
    """Two Tcp layers, `a` at HERE and `b` at THERE, with a Link each way; everything follows from the seed."""

    def __init__(self, seed: int = 1, config: Config | None = None, other: Config | None = None) -> None:
        self.now = 1_000 * SECOND
        self.random = Random(seed)
        self.a = Tcp(self, self.random.octets, config)
        self.b = Tcp(self, self.random.octets, other if other is not None else config)
        self.to_a = Link()
        self.to_b = Link()
        # (when, serial number, frame, source, destination, IP's ECN field)
        self.flying: list[tuple[int, int, bytearray, int, int, int]] = []
        self.serial = 0

    def send_tcp(self, frame: bytearray, src: int, dst: int, ttl: int, tos: int, now: int, offload: int) -> None:
        link = self.to_b if dst == THERE else self.to_a
        if self.random.below(10_000) < link.loss or link.kills(frame):
            link.lost += 1
            return
        for _ in range(2 if self.random.below(10_000) < link.duplicates else 1):
            field = tos & 3
            if field and link.marks and self.random.below(10_000) < link.marks:
                field = 3
            self.fly(link, frame, src, dst, field)

    def fly(self, link: Link, frame: bytearray, src: int, dst: int, field: int) -> None:
        start = max(self.now, link.free_at)
        if link.rate:
            if (start - self.now) * link.rate // SECOND > link.queue:
                link.lost += 1
                return
            start += len(frame) * SECOND // link.rate
            link.free_at = start
        when = start + link.delay + (self.random.below(link.jitter) if link.jitter else 0)
        link.carried += 1
        self.serial += 1
        heappush(self.flying, (when, self.serial, frame, src, dst, field))

    def step(self, until: int) -> bool:
        """Jump to the next thing that is due, and do it. False: nothing is due by `until`."""
        when = self.flying[0][0] if self.flying else -1
        for tcp in (self.a, self.b):
            deadline = tcp.next_deadline()
            if deadline is not None and (when < 0 or deadline < when):
                when = deadline
        if when < 0 or when > until:
            self.now = until
            return False
        self.now = max(self.now, when)
        while self.flying and self.flying[0][0] <= self.now:
            _, _, frame, src, dst, field = heappop(self.flying)
            tcp = self.b if dst == THERE else self.a
            tcp.input(frame, HEADROOM, len(frame), src, dst, self.now, field)
        self.a.run_timers(self.now)
        self.b.run_timers(self.now)
        return True

    def run(self, until: Callable[[], bool], limit: int = 600 * SECOND) -> int:
        """Let time pass until `until()`, at most `limit` microseconds. Returns how long it took; AssertionError if it never came."""
        start = self.now
        while not until():
            assert self.step(start + limit), "not within " + str(limit) + " microseconds"
        return self.now - start

    def sleep(self, microseconds: int) -> None:
        """Let time pass."""
        end = self.now + microseconds
        while self.step(end):
            pass

    def connect(self, port: int = PORT) -> tuple[Connection, Connection]:
        """An established connection: (a's end, b's end)."""
        listener = self.b.listen(0, port, 16)
        client = self.a.connect(HERE, 0, THERE, port, self.now)
        self.run(lambda: listener.poll() != 0)
        server = listener.accept()
        assert server is not None
        listener.close(self.now)
        self.run(lambda: client.state == ESTABLISHED)
        return client, server


class Transfer:
    """Octets from one connection to another, as fast as they are taken, then a FIN."""

    def __init__(self, pair: Pair, sender: Connection, receiver: Connection, data: bytes) -> None:
        self.pair = pair
        self.sender = sender
        self.receiver = receiver
        self.data = data
        self.given = 0
        self.got = bytearray()
        self.ended = False
        sender.changed = self.give
        receiver.changed = self.take
        self.give()

    def give(self) -> None:
        while self.given < len(self.data):
            taken = self.sender.send(self.data[self.given : self.given + 65536], self.pair.now)
            if taken == 0:
                return
            self.given += taken
        self.sender.shutdown_write(self.pair.now)

    def take(self) -> None:
        while True:
            octets = self.receiver.receive(65536, self.pair.now)
            if octets is None:
                return
            if octets == b"":
                self.ended = True
                return
            self.got += octets

    def done(self) -> bool:
        return self.ended
