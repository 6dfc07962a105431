"""What a sender waited for (Linux's tcp_chrono, as TCP_INFO shows it): the network, the peer's window, or the user's buffer. Microseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.tcp import loss

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection

NOTHING = 0
BUSY = 1
RECEIVE_WINDOW = 2
SEND_BUFFER = 3


def after_output(conn: Connection, closed: bool, now: int) -> None:
    """Something may have been sent. `closed`: the peer's window holds back what is left."""
    if closed:
        kind = RECEIVE_WINDOW
    elif conn.unsent() == 0 and conn.refused and not loss.cwnd_limited(conn):
        # The user would have had more, and there was no room for it; nothing else held it back.
        kind = SEND_BUFFER
    elif conn.board.outstanding or conn.unsent():
        kind = BUSY
    else:
        kind = NOTHING
    if kind != conn.chrono_kind:
        change(conn, kind, now)


def change(conn: Connection, kind: int, now: int) -> None:
    """One wait is over, another begins."""
    since = now - conn.chrono_since
    if conn.chrono_kind != NOTHING:
        conn.busy_time += since
    if conn.chrono_kind == RECEIVE_WINDOW:
        conn.rwnd_limited += since
    elif conn.chrono_kind == SEND_BUFFER:
        conn.sndbuf_limited += since
    conn.chrono_kind = kind
    conn.chrono_since = now
