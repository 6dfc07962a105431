"""The course of one connection, for who wants to see it: time, windows, round trip, what is in flight, phase. Off unless start() is called."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pynet.tcp import output

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection

# Lines kept; at the bound the oldest is dropped.
MAX_LINES = 65_536

# Microseconds, octets, octets, microseconds, octets, octets, Linux's TCP_CA_*, octets a second (0: not paced).
COLUMNS = ("time", "cwnd", "ssthresh", "srtt", "in flight", "outstanding", "state", "pacing")


class Trace:
    """lines: tuples of what COLUMNS says; one for each event that changed something, MAX_LINES of them."""

    def __init__(self) -> None:
        self.lines: deque[tuple[int, ...]] = deque(maxlen=MAX_LINES)
        # What the last line says behind its time: at most 7 numbers.
        self.last: list[int] = []

    def note(self, conn: Connection, now: int) -> None:
        """A line, if it says something new."""
        control = conn.congestion
        line = [
            control.cwnd,
            control.ssthresh,
            conn.rtt.srtt(),
            output.pipe(conn),
            conn.board.outstanding,
            conn.ca_state,
            conn.pace_rate,
        ]
        if line != self.last:
            self.last = line
            self.lines.append((now, *line))

    def text(self) -> str:
        """All lines, the columns apart by tabs, under their names."""
        rows = ["\t".join(COLUMNS)]
        rows += ["\t".join([str(number) for number in line]) for line in self.lines]
        return "\n".join(rows) + "\n"


def start(conn: Connection) -> Trace:
    """Switch it on; None in conn.trace switches it off."""
    conn.trace = Trace()
    return conn.trace
