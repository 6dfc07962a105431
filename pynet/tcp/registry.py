"""TCP_CONGESTION: the congestion controllers by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.tcp.bbr import Bbr
from pynet.tcp.congestion import NewReno
from pynet.tcp.cubic import Cubic

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection

CONTROLLERS: dict[str, type[NewReno]] = {"reno": NewReno, "cubic": Cubic, "bbr": Bbr}


def names() -> list[str]:
    """What set_congestion takes, sorted."""
    return sorted(CONTROLLERS)


def set_congestion(conn: Connection, name: str) -> None:
    """setsockopt(TCP_CONGESTION): another controller from now on, with the windows of the one before. OSError ENOENT for a name that is none."""
    kind = CONTROLLERS.get(name)
    if kind is None:
        raise errno.os_error(errno.ENOENT)
    before = conn.congestion
    if before.name == name:
        return
    control = kind(conn.snd_mss)
    control.cwnd = before.cwnd
    control.ssthresh = before.ssthresh
    # What it saved belongs to it; there is nothing to go back to.
    conn.undo_at = -1
    conn.congestion = control


def congestion_of(conn: Connection) -> str:
    """getsockopt(TCP_CONGESTION)."""
    return conn.congestion.name
