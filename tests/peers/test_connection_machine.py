"""Hypothesis drives two hosts, their users and the wire between them: whatever it thinks of, every invariant of test_tcp_invariants holds after every step, what is
read is what was written, and in the end nothing is left. A failure is shrunk to the shortest story that shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pynet.readiness import POLLIN, POLLOUT
from pynet.tcp.layer import Config
from pynet.tcp.states import CLOSED, ESTABLISHED, SYN_RECEIVED, SYN_SENT, TIME_WAIT
from tests.pynet.test_tcp_invariants import check_layer
from tests.tcp import HERE, MS, PORT, SECOND, THERE, Link, Pair

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection

MAX_CONNECTIONS = 4


class End:
    """One end of a connection, what its user wrote and read, and whether its stream was cut short by somebody's will."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.given = bytearray()
        self.got = bytearray()
        self.cut = False


class TwoHosts(RuleBasedStateMachine):
    """The story."""

    @initialize(
        seed=st.integers(0, 1 << 20),
        sack=st.booleans(),
        timestamps=st.booleans(),
        scale=st.booleans(),
        rcvbuf=st.sampled_from((2000, 20_000, 262_144)),
        control=st.sampled_from(("reno", "cubic", "bbr")),
    )
    def begin(self, seed: int, sack: bool, timestamps: bool, scale: bool, rcvbuf: int, control: str) -> None:
        config = Config()
        config.sack, config.timestamps, config.window_scale = sack, timestamps, scale
        config.rcvbuf, config.congestion = rcvbuf, control
        self.pair = Pair(seed, config)
        self.listener = self.pair.b.listen(0, PORT, 2)
        self.ends: list[End] = []
        self.mates: dict[int, End] = {}
        # The story begins in the middle: two connections stand.
        for _ in range(2):
            self.connect()
        self.pair.sleep(50 * MS)
        self.accept()
        assert [end.conn.state for end in self.ends] == [ESTABLISHED] * 4

    def pick(self, number: int) -> End:
        return self.ends[number % len(self.ends)]

    def links(self) -> tuple[Link, Link]:
        return self.pair.to_a, self.pair.to_b

    # The users.

    @precondition(lambda self: len(self.mates) < MAX_CONNECTIONS)
    @rule()
    def connect(self) -> None:
        end = End(self.pair.a.connect(HERE, 0, THERE, PORT, self.pair.now))
        self.ends.append(end)
        self.mates[end.conn.lport] = end

    @rule()
    def accept(self) -> None:
        while (conn := self.listener.accept()) is not None:
            end = End(conn)
            self.ends.append(end)
            end.mate = self.mates[conn.rport]  # type: ignore[attr-defined]

    @precondition(lambda self: self.ends)
    @rule(number=st.integers(0, 7), data=st.binary(min_size=1, max_size=30), times=st.integers(1, 1000), urgent=st.booleans())
    def send(self, number: int, data: bytes, times: int, urgent: bool) -> None:
        end = self.pick(number)
        conn = end.conn
        if conn.fin_queued or conn.state in (CLOSED, TIME_WAIT):
            return
        data *= times
        end.given += data[: conn.send(data, self.pair.now, urgent)]

    @precondition(lambda self: self.ends)
    @rule(number=st.integers(0, 7), count=st.integers(1, 100_000), peek=st.booleans())
    def read(self, number: int, count: int, peek: bool) -> None:
        end = self.pick(number)
        data = end.conn.receive(count, self.pair.now, peek)
        if not peek:
            end.got += data or b""

    @precondition(lambda self: self.ends)
    @rule(number=st.integers(0, 7))
    def shutdown(self, number: int) -> None:
        self.pick(number).conn.shutdown_write(self.pair.now)

    @precondition(lambda self: self.ends)
    @rule(number=st.integers(0, 7), abort=st.booleans())
    def leave(self, number: int, abort: bool) -> None:
        end = self.pick(number)
        self.cut(end)
        if abort:
            end.conn.abort(self.pair.now)
        else:
            end.conn.close(self.pair.now)

    def cut(self, end: End) -> None:
        """Its stream may end early from now on, and so may its mate's."""
        end.cut = True
        for other in self.ends:
            if getattr(other, "mate", None) is end or getattr(end, "mate", None) is other:
                other.cut = True
        self.mates.get(end.conn.rport, end).cut = True

    @precondition(lambda self: self.ends)
    @rule(number=st.integers(0, 7), what=st.sampled_from(("nodelay", "cork", "uncork", "keepalive", "quickack", "rcvbuf")))
    def option(self, number: int, what: str) -> None:
        conn, now = self.pick(number).conn, self.pair.now
        calls: dict[str, Callable[[], Any]] = {
            "nodelay": lambda: conn.set_nodelay(True, now),
            "cork": lambda: conn.set_cork(True, now),
            "uncork": lambda: conn.set_cork(False, now),
            "keepalive": lambda: conn.keepalive(SECOND, SECOND, 3, now),
            "quickack": lambda: conn.set_quickack(True, now),
            "rcvbuf": lambda: conn.set_rcvbuf(3000),
        }
        calls[what]()

    # The wire, and time.

    @rule(milliseconds=st.sampled_from((1, 5, 20, 45, 250, 1500)))
    def wait(self, milliseconds: int) -> None:
        self.pair.sleep(milliseconds * MS)

    @rule(towards_b=st.booleans(), count=st.integers(1, 6))
    def lose(self, towards_b: bool, count: int) -> None:
        """The next frames of that way."""
        link = self.links()[towards_b]
        left = [count]

        def kills(frame: bytearray) -> bool:
            left[0] -= 1
            return left[0] >= 0

        link.kills = kills

    @rule(towards_b=st.booleans(), jitter=st.sampled_from((0, 3 * MS, 60 * MS)), duplicates=st.sampled_from((0, 3000)))
    def disturb(self, towards_b: bool, jitter: int, duplicates: int) -> None:
        link = self.links()[towards_b]
        link.jitter, link.duplicates = jitter, duplicates

    # What must hold.

    @invariant()
    def the_tables_agree(self) -> None:
        if hasattr(self, "pair"):
            check_layer(self.pair.a)
            check_layer(self.pair.b)

    @invariant()
    def what_is_read_was_written(self) -> None:
        for end in getattr(self, "ends", ()):
            mate = getattr(end, "mate", None)
            if mate is not None:
                assert mate.given.startswith(end.got) and end.given.startswith(mate.got)

    @invariant()
    def poll_tells_the_truth(self) -> None:
        """POLLIN: a read has something to say; POLLOUT in ESTABLISHED: a write takes something."""
        for end in getattr(self, "ends", ()):
            conn = end.conn
            bits = conn.poll()
            if bits & POLLIN and not conn.error:
                assert conn.receive(1, self.pair.now, True) is not None
            if bits & POLLOUT and conn.state == ESTABLISHED and not conn.fin_queued:
                assert conn.sndbuf > len(conn.send_queue)

    def teardown(self) -> None:
        """The wire heals and everyone reads and ends: each stream that nobody cut has arrived whole, and once all have closed nothing is left."""
        if not hasattr(self, "pair"):
            return
        for link in self.links():
            link.kills, link.jitter, link.duplicates = never, 0, 0
        for _ in range(400):
            self.accept()
            for end in self.ends:
                end.conn.set_cork(False, self.pair.now)
                end.got += end.conn.receive(1 << 20, self.pair.now) or b""
                end.conn.shutdown_write(self.pair.now)
            # Looked at after the reading: a reset may end TIME-WAIT (RFC 1337) before its user has read.
            if not self.pair.a.connections and not self.pair.b.connections:
                break
            self.pair.sleep(SECOND)
        for end in self.ends:
            if end.conn.state in (SYN_SENT, SYN_RECEIVED):
                continue
            mate = getattr(end, "mate", None)
            if mate is not None and not end.cut and not mate.cut:
                assert end.got == mate.given and mate.got == end.given, (len(end.got), len(mate.given), len(mate.got), len(end.given))
        # One whose peer went in silence, its reset lost, is held half closed by its user alone.
        for end in self.ends:
            end.conn.close(self.pair.now)
        for _ in range(200):
            if self.pair.a.connections or self.pair.b.connections:
                self.pair.sleep(SECOND)
        for tcp in (self.pair.a, self.pair.b):
            assert (len(tcp.connections), tcp.half_open, tcp.orphans, tcp.granted) == (0, 0, 0, 0)


def never(frame: bytearray) -> bool:
    """A whole wire."""
    return False


def story(examples: int, steps: int) -> None:
    """So many stories of so many steps, the same in every run."""
    run_state_machine_as_test(
        TwoHosts,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        ),
    )  # type: ignore[no-untyped-call]


@pytest.mark.timeout(600)
def test_no_story_breaks_an_invariant() -> None:
    """RFC 9293 §3.3.1, §3.4, §3.10: in every run."""
    story(40, 30)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_no_long_story_breaks_an_invariant() -> None:
    """RFC 9293 §3.3.1, §3.4, §3.10: with --full."""
    story(1000, 60)
