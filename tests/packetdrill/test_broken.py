"""Each script of ours fails when the mechanism that it is named after is broken: so it proves something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pynet import net, sockets
from pynet.tcp import (
    arrives,
    buffers,
    congestion,
    connection,
    ecn,
    hystart,
    layer,
    loss,
    output,
    path,
    prr,
    recovery,
    rto,
    timeouts,
    timers,
    undo,
)
from pynet.tcp.recovery import OFF
from pynet.tcp.segment import RST
from tests.packetdrill.__main__ import profile_of, run_text
from tests.packetdrill.test_packetdrill import SCRIPTS


def nothing(*arguments: Any, **words: Any) -> None:
    """Does not happen."""


def always(*arguments: Any) -> bool:
    """Is true of everything."""
    return True


def never(*arguments: Any) -> bool:
    """Is true of nothing."""
    return False


def reset_ends_it(conn: Any, seg: Any, now: int) -> bool:
    """Every RST ends the connection without a word."""
    if seg.flags & RST:
        conn.finish(0)
    return not seg.flags & RST


def no_probe(conn: Any, now: int) -> None:
    conn.t_probe = OFF


def probe_before_the_timeout_only(conn: Any, now: int) -> None:
    """A probe that would be later than the timeout is none."""
    WORKING[timers, "arm_probe"](conn, now)
    if conn.t_probe == conn.t_retransmit:
        conn.t_probe = OFF


def any_timestamp(conn: Any, seg: Any, now: int) -> bool:
    """Whatever comes updates TS.Recent."""
    conn.ts_recent = seg.tsval
    return bool(WORKING[arrives, "check_sequence"](conn, seg, now))


def unscaled(conn: Any, seg: Any, now: int) -> None:
    WORKING[arrives, "take_syn"](conn, seg, now)
    conn.snd_scale = 0


def bare_reset(conn: Any, now: int) -> None:
    conn.ts_ok = False
    WORKING[output, "send_reset"](conn, now)


def no_dsack(conn: Any) -> list[tuple[int, int]]:
    return list(conn.out_of_order.ranges(4))


def oldest_first(pieces: Any, limit: int) -> list[tuple[int, int]]:
    return list(reversed(WORKING[buffers.OutOfOrder, "ranges"](pieces, limit)))


def any_reset(conn: Any, seg: Any, now: int) -> bool:
    """A RST anywhere in the window resets."""
    if seg.flags & 4:
        conn.finish(104)
        return False
    return True


def every_error_is_ours(conn: Any, seq: int, kind: str, mtu: int, now: int) -> None:
    WORKING[path, "icmp_error"](conn, conn.snd_una, kind, mtu, now)


def every_error_is_hard(conn: Any, seq: int, kind: str, mtu: int, now: int) -> None:
    conn.finish(113)


def quick_patience(conn: Any) -> int:
    return 10_000_000


def forget(conn: Any, now: int) -> None:
    """ABORT that tells nobody."""
    conn.finish(0)


def no_time_wait(conn: Any, now: int) -> None:
    conn.finish(0)


def sample_anyway(*arguments: Any) -> None:
    """Every ACK measures a round trip."""
    arguments[0].rtt.sample(10_000)


def no_loss(*arguments: Any) -> tuple[int, int]:
    """RACK sees nothing."""
    return 0, OFF


def keep_nothing(*arguments: Any) -> tuple[int, bool]:
    """What is out of order is dropped."""
    return 0, False


def all_that_is_out(conn: Any) -> int:
    """SACKed or not, it counts as in the network."""
    return int(conn.board.outstanding)


def eager_window(conn: Any) -> int:
    """Whatever is free is offered."""
    return min(output.free_window(conn) >> conn.rcv_scale, 0xFFFF)


def drop(*arguments: Any) -> str:
    """Nothing of it is taken."""
    return ""


def agrees_to_any(conn: Any, seg: Any) -> None:
    conn.ecn_ok = True


def always_asks(conn: Any, answer: bool) -> int:
    conn.ecn_asked = not answer
    return 0 if answer else 0xC0


def mark_what_is_sent_again(conn: Any, sent: Any, now: int) -> None:
    conn.ecn_new = True
    WORKING[output, "resend"](conn, sent, now)


def slow_start_bound(self: Any, delivered: int, pipe: int, ssthresh: int, mss: int, safe: bool) -> int:
    return int(WORKING[prr.Prr, "window"](self, delivered, pipe, ssthresh, mss, True))


def conservative_bound(self: Any, delivered: int, pipe: int, ssthresh: int, mss: int, safe: bool) -> int:
    return int(WORKING[prr.Prr, "window"](self, delivered, pipe, ssthresh, mss, False))


def all_of_it(control: Any, acked: int, mss: int) -> int:
    """Slow start by all that is acknowledged."""
    control.grow(acked)
    return 0


def all_left(control: Any, acked: int, mss: int) -> int:
    """No slow start."""
    return acked


def at_once(conn: Any, now: int) -> None:
    """No ACK waits."""
    conn.ack_now = True


# script -> (where, name, what stands there instead)
BROKEN: dict[str, tuple[Any, str, Any]] = {
    "rfc1122-3.2.2.6-echo": (net.Stack, "icmp_input", drop),
    "rfc1122-4.1.3.3-icmp-to-the-user": (net.Stack, "icmp_error", drop),
    "rfc1122-4.1.3.1-port-unreachable": (net.Stack, "send_error", nothing),
    "rfc1122-4.2.2.13-time-wait-reuse": (layer.Tcp, "reopens", never),
    "rfc1122-4.2.3.5-syn-gives-up": (timeouts, "limit_of_patience", quick_patience),
    "rfc1191-6.3-fragmentation-needed": (path, "narrow", nothing),
    "rfc2018-8-reneging": (loss, "LEAST_RENEGING", 10_000_000),
    "rfc2018-4-sack-blocks": (buffers.OutOfOrder, "ranges", oldest_first),
    "rfc2883-4.2.1-partial-duplicate": (arrives, "note_duplicate", nothing),
    "rfc2883-4-dsack": (output, "sack_blocks", no_dsack),
    "rfc3042-2-limited-transmit": (output, "pipe", all_that_is_out),
    "rfc3522-3.2-eifel": (undo, "on_ack", nothing),
    "rfc5461-4.1-soft-error": (path, "icmp_error", every_error_is_hard),
    "rfc5482-2-user-timeout.pynet": (timeouts, "limit_of_patience", quick_patience),
    "rfc5681-3.1-slow-start": (congestion.NewReno, "slow_start", nothing),
    "rfc5681-3.2-fast-retransmit": (loss, "DUP_THRESH", 4),
    "rfc5927-4-icmp-out-of-the-window": (path, "icmp_error", every_error_is_ours),
    "rfc5961-3.2-rst-in-the-window": (arrives, "check_rst", any_reset),
    "rfc5961-4.2-syn-in-the-window": (output, "challenge", nothing),
    "rfc5961-5.2-ack-of-what-was-not-sent.pynet": (output, "challenge", nothing),
    "rfc6093-3-urgent-pointer": (arrives, "URG", 0),
    "rfc6069-4-a-broken-path": (path, "revert_backoff", nothing),
    "rfc6191-2-in-place-of-time-wait.linux": (layer.Tcp, "gives_way", never),
    "rfc6298-2.1-initial-rto": (rto, "INITIAL", 3_000_000),
    "rfc6298-2.4-minimum-rto": (rto, "MINIMUM", 1_000),
    "rfc6298-3-karn": (loss, "measure", sample_anyway),
    "rfc6582-3.2-partial-ack": (recovery.Scoreboard, "mark_first_lost", nothing),
    "rfc6928-2-initial-window": (layer, "initial_window", lambda mss: 4 * mss),
    "rfc7323-2.2-window-scale": (arrives, "take_syn", unscaled),
    "rfc7323-3.2-reset-with-timestamps": (output, "send_reset", bare_reset),
    "rfc7323-4.3-ts-recent.pynet": (arrives, "check_sequence", any_timestamp),
    "rfc7323-5.3-paws": (arrives, "check_timestamp", always),
    "rfc8985-6.2-several-holes": (recovery.Scoreboard, "detect_loss", no_loss),
    "rfc8985-7.2-probe-in-place-of-the-timeout": (timers, "arm_probe", probe_before_the_timeout_only),
    "rfc8985-7.2-tail-loss-probe": (timers, "arm_probe", no_probe),
    "rfc9293-3.10-blocking-calls.pynet": (sockets.InetSocketDescription, "changed", nothing),
    "rfc9293-3.10.5-abort": (connection.Connection, "abort", forget),
    "rfc9293-3.10.7.2-backlog": (layer.Listener, "has_room", always),
    "rfc9293-3.10.7.2-listen": (layer.Tcp, "reset_segment", nothing),
    "rfc9293-3.10.7.3-connection-refused": (arrives, "syn_sent", nothing),
    "rfc9293-3.10.7.3-syn-sent-unacceptable-ack": (layer.Tcp, "reset_segment", nothing),
    "rfc9293-3.10.7.3-text-of-a-crossing-syn": (arrives, "take_queued", nothing),
    "rfc9293-3.10.7.4-time-wait.bsd": (arrives, "time_wait", nothing),
    "rfc9293-3.10.7.4-outside-the-window": (arrives, "answer_unacceptable", nothing),
    "rfc9293-3.10.7.4-overlap": (buffers.OutOfOrder, "insert", keep_nothing),
    "rfc9293-3.6-simultaneous-close": (arrives, "enter_time_wait", no_time_wait),
    "rfc9293-3.8.6.2.2-receiver-silly-window": (output, "select_window", eager_window),
    "rfc9293-3.10.7.1-closed": (layer.Tcp, "reset_segment", nothing),
    "rfc9293-3.5-active-open": (output, "send_ack", nothing),
    "rfc9293-3.5-simultaneous-open": (arrives, "simultaneous_open", nothing),
    "rfc9293-3.6-half-close": (arrives, "enter_time_wait", no_time_wait),
    "rfc9293-3.6.1-close-with-data-unread": (connection.Connection, "abort", forget),
    "rfc9293-3.7.1-mss-absent-means-536": (arrives, "DEFAULT_MSS", 1460),
    "rfc9293-3.7.4-nagle": (output, "may_send_now", always),
    "rfc9293-3.8.4-keepalive": (timers, "arm_keepalive", nothing),
    "rfc9293-3.8.6.1-zero-window-probe.bsd": (timeouts, "on_persist_timeout", nothing),
    "rfc9293-3.8.6.1-empty-probe": (timeouts, "send_empty_probe", nothing),
    "rfc3168-6.1.1-setup-crossing": (ecn, "syn_flags", always_asks),
    "rfc3168-6.1.1-setup-passive": (ecn, "on_syn", nothing),
    "rfc3168-6.1.1-setup-active": (ecn, "on_syn", agrees_to_any),
    "rfc3168-6.1.1.1-syn-again": (ecn, "syn_flags", always_asks),
    "rfc3168-6.1.2-once-in-a-window": (loss, "phase_ends", always),
    "rfc3168-6.1.3-ece-until-cwr": (ecn, "on_data", nothing),
    "rfc3168-6.1.5-sent-again-unmarked": (output, "resend", mark_what_is_sent_again),
    "rfc5682-2.1-frto": (undo, "forward_recovery", nothing),
    "rfc5682-2.1-loss-is-real": (undo, "end_forward", nothing),
    "rfc5682-3.1-frto-sack": (undo, "forward_recovery", nothing),
    "rfc3708-2-dsack-undo": (undo, "count_dsack", nothing),
    "rfc9937-6.2-conserve": (prr.Prr, "window", slow_start_bound),
    "rfc9937-6.2-safe-ack": (prr.Prr, "window", conservative_bound),
    "rfc7661-4.4-not-limited": (loss, "cwnd_limited", always),
    "rfc3465-2.3-after-a-timeout": (congestion.NewReno, "slow_start", all_of_it),
    "rfc9406-4.2-css.pynet": (hystart.HyStart, "on_ack", never),
    "rfc9293-3.8.6.3-delayed-ack": (timers, "delay_ack", nothing),
    "rfc9293-3.9.1.2-push": (output, "PSH", 0),
    "rfc5681-3.1-after-a-timeout": (congestion.NewReno, "slow_start", all_left),
    "rfc9293-3.10.7.4-fin-ack-waits.linux": (timers, "delay_ack", at_once),
    "rfc3168-6.1.2-cwr-at-once.bsd": (ecn, "queue_cwr", nothing),
    "rfc9293-3.6-closing-repeats-fin.bsd": (connection.Connection, "fin_acked", always),
    "rfc1337-3-rst-in-time-wait": (arrives, "check_rst", reset_ends_it),
    "rfc793-3.4-any-rst-in-the-window.bsd": (arrives, "check_rst", always),
    "rfc793-3.9-any-syn-in-the-window.bsd": (arrives, "check_syn", always),
}

WORKING: dict[tuple[Any, str], Callable[..., Any]] = {(place, name): getattr(place, name) for place, name, _ in BROKEN.values()}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_fails_when_its_mechanism_is_broken(path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    place, name, instead = BROKEN[path.stem]
    monkeypatch.setattr(place, name, instead)
    assert run_text(path.read_text(), profile_of(path, "linux"))[0] == "failed"
