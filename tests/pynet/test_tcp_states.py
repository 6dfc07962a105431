"""RFC 9293 §3.3.2, figure 5: every state meets every event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.tcp import states
from pynet.tcp.states import (
    CLOSE_WAIT,
    CLOSED,
    CLOSING,
    ESTABLISHED,
    EVENTS,
    FIN_WAIT_1,
    FIN_WAIT_2,
    LAST_ACK,
    LISTEN,
    NAMES,
    SYN_RECEIVED,
    SYN_SENT,
    TIME_WAIT,
    TRANSITIONS,
)
from tests.support import eq
from tests.tcp import SECOND, Bench

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection


def reach(bench: Bench, state: int) -> Connection:
    """A connection in `state`, everything that was sent so far forgotten."""
    if state == SYN_SENT:
        return bench.connect()
    if state == SYN_RECEIVED:
        bench.listen()
        bench.half_open()
        return bench.find()
    conn = bench.established()
    if state in (CLOSE_WAIT, LAST_ACK):
        bench.inject("F.", 1, 1)
    if state in (FIN_WAIT_1, FIN_WAIT_2, CLOSING, TIME_WAIT, LAST_ACK):
        conn.close(bench.now)
    if state in (FIN_WAIT_2, TIME_WAIT):
        bench.inject(".", 1, 2)
    if state in (CLOSING, TIME_WAIT):
        bench.inject("F.", 1, 2 if state == TIME_WAIT else 1)
    eq(conn.state, state, "reaching " + NAMES[state])
    bench.sent()
    return conn


def apply(bench: Bench, conn: Connection, event: str) -> None:
    """`event` as TRANSITIONS means it."""
    fin = 1 if conn.fin_received else 0
    if event == "CLOSE":
        conn.close(bench.now)
    elif event == "ABORT":
        conn.abort(bench.now)
    elif event == "timeout":
        bench.sleep(1000 * SECOND)
    elif conn.state == SYN_SENT:
        flags = {"SYN": "S", "SYN,ACK": "S.", "ACK": ".", "FIN": "F.", "RST": "R."}[event]
        bench.inject(flags, 0, 0 if event == "ACK" else 1)
    elif event == "ACK":
        bench.inject(".", 1 + fin, 2 if conn.fin_sent else 1)
    elif event == "FIN":
        bench.inject("F.", 1, 1)
    else:
        flags = {"SYN": "S", "SYN,ACK": "S.", "RST": "R"}[event]
        bench.inject(flags, 1 + fin, 1)


def check(state: int, event: str) -> None:
    bench = Bench()
    conn = reach(bench, state)
    apply(bench, conn, event)
    after, control = TRANSITIONS[state][event]
    eq(NAMES[conn.state], NAMES[after], NAMES[state] + " meets " + event)
    got = [segment.flags for segment in bench.sent()]
    if event == "timeout":
        got = [flags for flags in got if "R" in flags]
    wanted = {"": [], "ACK": ["."], "RST": ["R"], "RST,ACK": ["R."], "SYN,ACK": ["S."], "FIN,ACK": ["F."]}[control]
    eq(got, wanted, NAMES[state] + " meets " + event + ", sent")
    eq(conn.state == CLOSED, conn not in bench.tcp.connections.values(), "in the table")


def test_3_3_2_every_state_meets_every_event() -> None:
    """RFC 9293 §3.3.2, §3.10: the table of states.py is what the code does."""
    for state in TRANSITIONS:
        for event in EVENTS:
            check(state, event)


def test_3_3_2_the_table_is_whole() -> None:
    """RFC 9293 §3.3.2: eleven states; CLOSED has no connection, LISTEN has no TCB; every event has an answer everywhere else."""
    eq(len(NAMES), 11)
    eq(sorted([*TRANSITIONS, CLOSED, LISTEN]), sorted(NAMES))
    for row in TRANSITIONS.values():
        eq(sorted(row), sorted(EVENTS))
        for after, _ in row.values():
            assert after in NAMES


def test_3_3_2_figure_5_is_connected() -> None:
    """RFC 9293 §3.3.2: from every state CLOSED is reached, and every state is reached from an OPEN."""
    reached = {SYN_SENT, SYN_RECEIVED}
    for _ in NAMES:
        for state in list(reached):
            if state in TRANSITIONS:
                reached |= {after for after, _ in TRANSITIONS[state].values()}
    eq(reached, set(NAMES) - {LISTEN})


def test_3_3_2_predicates() -> None:
    """RFC 9293 §3.3.2: synchronized; §3.10.7.4: text is taken."""
    for state in NAMES:
        eq(states.synchronized(state), state not in (CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED))
        eq(states.may_receive(state), state in (ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2))
