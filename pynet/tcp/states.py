"""The eleven states of RFC 9293 §3.3.2 and what moves a connection between them (figure 5), as data that tests walk.

The numbers are Linux's (include/net/tcp_states.h), as TCP_INFO shows them.
"""

from __future__ import annotations

ESTABLISHED = 1
SYN_SENT = 2
SYN_RECEIVED = 3
FIN_WAIT_1 = 4
FIN_WAIT_2 = 5
TIME_WAIT = 6
CLOSED = 7
CLOSE_WAIT = 8
LAST_ACK = 9
LISTEN = 10
CLOSING = 11

NAMES = {
    CLOSED: "CLOSED",
    LISTEN: "LISTEN",
    SYN_SENT: "SYN-SENT",
    SYN_RECEIVED: "SYN-RECEIVED",
    ESTABLISHED: "ESTABLISHED",
    FIN_WAIT_1: "FIN-WAIT-1",
    FIN_WAIT_2: "FIN-WAIT-2",
    CLOSE_WAIT: "CLOSE-WAIT",
    CLOSING: "CLOSING",
    LAST_ACK: "LAST-ACK",
    TIME_WAIT: "TIME-WAIT",
}

# Events: a user's call, a segment as it matters to the state, or the 2MSL timeout. "SYN,ACK": one that acknowledges our SYN.
# "ACK": of our SYN in SYN-RECEIVED, of our FIN after CLOSE, of nothing new elsewhere. "SYN": new in LISTEN and SYN-SENT, in the window elsewhere.
EVENTS = ("CLOSE", "ABORT", "SYN", "SYN,ACK", "ACK", "FIN", "RST", "timeout")

# state -> event -> (the next state, the control bits of what is sent at once, "" for nothing).
# A connection that a LISTEN made; "CLOSED" of it is the listener's "back to LISTEN". CLOSE is of one that has nothing to send or read.
TRANSITIONS: dict[int, dict[str, tuple[int, str]]] = {
    SYN_SENT: {
        "CLOSE": (CLOSED, ""),
        "ABORT": (CLOSED, ""),
        "SYN": (SYN_RECEIVED, "SYN,ACK"),
        "SYN,ACK": (ESTABLISHED, "ACK"),
        "ACK": (SYN_SENT, "RST"),
        "FIN": (SYN_SENT, ""),
        "RST": (CLOSED, ""),
        "timeout": (CLOSED, ""),
    },
    SYN_RECEIVED: {
        "CLOSE": (FIN_WAIT_1, "FIN,ACK"),
        "ABORT": (CLOSED, "RST,ACK"),
        "SYN": (CLOSED, ""),
        "SYN,ACK": (CLOSED, ""),
        "ACK": (ESTABLISHED, ""),
        "FIN": (CLOSE_WAIT, "ACK"),
        "RST": (CLOSED, ""),
        "timeout": (CLOSED, ""),
    },
    ESTABLISHED: {
        "CLOSE": (FIN_WAIT_1, "FIN,ACK"),
        "ABORT": (CLOSED, "RST,ACK"),
        "SYN": (ESTABLISHED, "ACK"),
        "SYN,ACK": (ESTABLISHED, "ACK"),
        "ACK": (ESTABLISHED, ""),
        "FIN": (CLOSE_WAIT, "ACK"),
        "RST": (CLOSED, ""),
        "timeout": (ESTABLISHED, ""),
    },
    FIN_WAIT_1: {
        "CLOSE": (FIN_WAIT_1, ""),
        "ABORT": (CLOSED, "RST,ACK"),
        "SYN": (FIN_WAIT_1, "ACK"),
        "SYN,ACK": (FIN_WAIT_1, "ACK"),
        "ACK": (FIN_WAIT_2, ""),
        "FIN": (CLOSING, "ACK"),
        "RST": (CLOSED, ""),
        "timeout": (CLOSED, "RST,ACK"),
    },
    FIN_WAIT_2: {
        "CLOSE": (FIN_WAIT_2, ""),
        "ABORT": (CLOSED, "RST,ACK"),
        "SYN": (FIN_WAIT_2, "ACK"),
        "SYN,ACK": (FIN_WAIT_2, "ACK"),
        "ACK": (FIN_WAIT_2, ""),
        "FIN": (TIME_WAIT, "ACK"),
        "RST": (CLOSED, ""),
        "timeout": (CLOSED, ""),
    },
    CLOSE_WAIT: {
        "CLOSE": (LAST_ACK, "FIN,ACK"),
        "ABORT": (CLOSED, "RST,ACK"),
        "SYN": (CLOSE_WAIT, "ACK"),
        "SYN,ACK": (CLOSE_WAIT, "ACK"),
        "ACK": (CLOSE_WAIT, ""),
        "FIN": (CLOSE_WAIT, "ACK"),
        "RST": (CLOSED, ""),
        "timeout": (CLOSE_WAIT, ""),
    },
    CLOSING: {
        "CLOSE": (CLOSING, ""),
        "ABORT": (CLOSED, ""),
        "SYN": (CLOSING, "ACK"),
        "SYN,ACK": (CLOSING, "ACK"),
        "ACK": (TIME_WAIT, ""),
        "FIN": (CLOSING, "ACK"),
        "RST": (CLOSED, ""),
        "timeout": (CLOSED, "RST,ACK"),
    },
    LAST_ACK: {
        "CLOSE": (LAST_ACK, ""),
        "ABORT": (CLOSED, ""),
        "SYN": (LAST_ACK, "ACK"),
        "SYN,ACK": (LAST_ACK, "ACK"),
        "ACK": (CLOSED, ""),
        "FIN": (LAST_ACK, "ACK"),
        "RST": (CLOSED, ""),
        "timeout": (CLOSED, "RST,ACK"),
    },
    TIME_WAIT: {
        "CLOSE": (TIME_WAIT, ""),
        "ABORT": (CLOSED, ""),
        "SYN": (TIME_WAIT, "ACK"),
        "SYN,ACK": (TIME_WAIT, "ACK"),
        "ACK": (TIME_WAIT, ""),
        "FIN": (TIME_WAIT, "ACK"),
        "RST": (CLOSED, ""),
        "timeout": (CLOSED, ""),
    },
}


def synchronized(state: int) -> bool:
    """RFC 9293 §3.3.2: both sides know each other's sequence numbers."""
    return state not in (CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED)


def may_receive(state: int) -> bool:
    """The peer's FIN has not come (RFC 9293 §3.10.7.4, seventh step)."""
    return state in (ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2)
