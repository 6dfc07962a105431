"""Hypothesis looks for the story in which arrives.fast_path does not do what the eight checks of RFC 9293 §3.10.7.4 do: it tells it to two hosts, of which one
has no fast path, and after every step they must be the same. A difference is shrunk to the shortest story that shows it.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pynet.tcp.layer import Config
from pynet.tcp.states import CLOSED
from tests.pynet.test_tcp_flow import visible
from tests.tcp import MS, Bench

# What the fast path is for: it follows RCV.NXT in order and says nothing new. Most of what comes differs from it in nothing, one thing, or two or three.
USUAL: dict[str, Any] = {
    "flags": "P.",
    "offset": 0,
    "size": 100,
    "ack": 0,
    "wnd": None,
    "older": 0,
    "unstamped": False,
    "sack": None,
    "field": 0,
    "up": 0,
}
OTHERS = {
    "flags": st.sampled_from((".", "PU.", "PE.", "PW.", "PEW.", "F.", "FP.", "P", "S.", "R", "S")),
    "offset": st.integers(-300, 300),
    "size": st.one_of(st.just(0), st.integers(0, 9000)),
    "ack": st.one_of(st.just(1000), st.integers(-2000, 3000)),
    "wnd": st.sampled_from((0, 1, 500, 20_001, 65_535)),
    "older": st.integers(-1, 3),
    "unstamped": st.just(True),
    "sack": st.tuples(st.integers(-2000, 3000), st.integers(1, 2000)),
    "field": st.integers(1, 3),
    "up": st.integers(1, 2000),
}
CHANGE = st.one_of(*[st.tuples(st.just(name), values) for name, values in OTHERS.items()])
SEGMENT = st.lists(CHANGE, max_size=3).map(lambda changes: USUAL | dict(changes))
STEP = st.one_of(
    SEGMENT,
    SEGMENT,
    st.tuples(st.just("sleep"), st.integers(0, 400)),
    st.tuples(st.sampled_from(("receive", "send")), st.integers(1, 2500)),
    st.tuples(st.just("burst"), st.lists(SEGMENT, min_size=2, max_size=5)),
    st.just(("shutdown_read", 0)),
    st.just(("quickack", 1)),
)


class Host(Bench):
    """A bench with one connection, and what befalls it."""

    def __init__(self, fast: bool, timestamps: bool, ecn: bool, rcvbuf: int) -> None:
        config = Config()
        config.fast_path, config.timestamps, config.rcvbuf = fast, timestamps, rcvbuf
        config.ecn = 1 if ecn else 0
        super().__init__(config, 1)
        self.use_timestamps = timestamps
        self.tsval = 100
        self.conn = self.connect()
        self.inject("SE." if ecn else "S.", 0, 1, mss=1000, sack=True, scale=0)

    def segment(self, it: dict[str, Any]) -> None:
        """What the peer sends, from where the connection stands."""
        conn = self.conn
        self.tsval += 1
        self.field = it["field"]
        acked = (conn.snd_una - conn.iss) + it["ack"]
        wnd = conn.snd_wnd if it["wnd"] is None else it["wnd"]
        sacks = [] if it["sack"] is None else [acked + it["sack"][0], acked + sum(it["sack"])]
        stamps, self.use_timestamps = self.use_timestamps, self.use_timestamps and not it["unstamped"]
        tsval = self.tsval - it["older"] if self.use_timestamps else -1
        seq = (conn.rcv_nxt - conn.irs) + it["offset"]
        self.inject(it["flags"], seq, acked, bytes(it["size"]), wnd, sacks=sacks, tsval=tsval, up=it["up"])
        self.use_timestamps = stamps

    def step(self, it: Any) -> None:
        """One line of the story."""
        conn = self.conn
        if isinstance(it, dict):
            self.segment(it)
        elif it[0] == "sleep":
            self.sleep(it[1] * MS)
        elif it[0] == "receive":
            conn.receive(it[1], self.now)
        elif it[0] == "send":
            conn.send(bytes(it[1]), self.now)
        elif it[0] == "burst":
            self.tcp.begin_burst()
            for segment in it[1]:
                if conn.state != CLOSED:
                    self.segment(segment)
            self.tcp.end_burst(self.now)
        elif it[0] == "shutdown_read":
            conn.shutdown_read()
        else:
            conn.set_quickack(bool(it[1]), self.now)


def seen(host: Host) -> list[Any]:
    """All that there is to compare."""
    conn = host.conn
    marks = [conn.ecn_ok, conn.ecn_echo, conn.ecn_cwr, conn.ecn_marks, conn.delivered_ce]
    return [visible(conn, host.now), marks, host.drops(), host.fields]


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(STEP, min_size=20, max_size=80),
    timestamps=st.booleans(),
    ecn=st.booleans(),
    rcvbuf=st.sampled_from((4000, 65_536)),
)
def test_no_story_tells_the_fast_path_from_the_slow_one(steps: list[Any], timestamps: bool, ecn: bool, rcvbuf: int) -> None:
    hosts = [Host(fast, timestamps, ecn, rcvbuf) for fast in (True, False)]
    for it in steps:
        for host in hosts:
            host.step(it)
        fast, slow = hosts
        assert seen(fast) == seen(slow)
        assert [bytes(frame) for frame, _ in fast.frames] == [bytes(frame) for frame, _ in slow.frames]
        if fast.conn.state == CLOSED:
            return
