"""Losses that were none: F-RTO (RFC 5682), DSACK (RFC 3708), and what CUBIC remembers (RFC 9438 §4.9). Eifel is in test_tcp_loss.py."""

from __future__ import annotations

from pynet.tcp.cubic import Cubic
from pynet.tcp.layer import Config
from pynet.tcp.recovery import CA_LOSS, CA_OPEN, CA_RECOVERY
from tests.support import eq, table
from tests.tcp import MS, SECOND, Bench, Pair, Transfer, plain


def slow(sack: bool, congestion: str = "reno") -> Bench:
    """ESTABLISHED with a round trip of 100 ms measured: RTO is 300 ms. No probe goes in the timeout's place."""
    config = plain()
    config.sack = sack
    config.tail_loss_probe = False
    config.congestion = congestion
    bench = Bench(config)
    bench.connect()
    bench.sleep(100 * MS)
    bench.inject("S.", 0, 1, mss=1000, sack=sack)
    bench.sent()
    return bench


def timed_out(sack: bool, octets: int, congestion: str = "reno") -> Bench:
    """Ten segments out, the first sent again by the timer."""
    bench = slow(sack, congestion)
    bench.find().send(bytes(octets), bench.now)
    eq(len(bench.sent()), 10)
    bench.sleep(300 * MS)
    eq([got.seq for got in bench.sent()], [1])
    eq(bench.find().ca_state, CA_LOSS)
    return bench


def test_rfc5682_2_1_a_delay_is_no_loss() -> None:
    """RFC 5682 §2.1: the first ACK (2.b) sends two new segments, the second (3.b) acknowledges what was sent once: everything is as it was."""
    bench = timed_out(False, 20_000)
    conn = bench.find()
    bench.inject(".", 1, 1001)
    eq([got.seq for got in bench.sent()], [10_001, 11_001])
    eq((conn.frto, conn.ca_state), (True, CA_LOSS))
    bench.inject(".", 1, 3001)
    eq((conn.ca_state, conn.congestion.cwnd >= 10_000, conn.congestion.ssthresh > 1_000_000), (CA_OPEN, True, True))
    eq({got.seq >= 12_001 for got in bench.sent()}, {True})
    bench.inject(".", 1, 12_001)
    eq(conn.board.retransmitted, 1)


def test_rfc5682_2_1_3a_a_duplicate_means_loss() -> None:
    """RFC 5682 §2.1, 3.a: the second ACK acknowledges nothing new: resend, with at most three segments."""
    bench = timed_out(False, 20_000)
    conn = bench.find()
    bench.inject(".", 1, 1001)
    bench.sent()
    bench.inject(".", 1, 1001)
    eq(bench.sent()[0].seq, 1001)
    eq((conn.frto, conn.ca_state, conn.congestion.cwnd), (False, CA_LOSS, 3000))


def test_rfc5682_2_1_2a_without_new_data_it_is_a_timeout_as_ever() -> None:
    """RFC 5682 §2.1, 2.a and what follows 2.b: nothing new to send, or the window is full: what is lost goes again."""

    def check(octets: int, wnd: int) -> None:
        bench = timed_out(False, octets)
        bench.inject(".", 1, 1001, wnd=wnd)
        eq([got.seq for got in bench.sent()], [1001, 2001])
        eq(bench.find().frto, False)

    table(((10_000, 65_535), (20_000, 9000)), check)


def test_rfc5682_2_1_an_ack_of_the_retransmission_and_more_is_no_proof() -> None:
    """RFC 5682 §2.1: without SACK the hole that the retransmission filled may have been the only one; that is no spurious timeout."""
    bench = timed_out(False, 20_000)
    bench.inject(".", 1, 5001)
    eq((bench.find().ca_state, bench.find().frto), (CA_LOSS, True))
    bench.inject(".", 1, 5001)
    eq((bench.find().frto, bench.find().congestion.ssthresh), (False, 5000))


def test_rfc5682_3_1_a_sack_of_what_was_sent_once() -> None:
    """RFC 5682 §3.1, 3.b: with SACK the first such block proves it; a block of new data (3.a) proves the opposite."""
    bench = timed_out(True, 20_000)
    conn = bench.find()
    bench.inject(".", 1, 1, sacks=[5001, 6001])
    eq((conn.congestion.cwnd, conn.frto, conn.board.lost_octets), (10_000, False, 0))
    bench = timed_out(True, 20_000)
    conn = bench.find()
    bench.inject(".", 1, 1001)
    eq([got.seq for got in bench.sent()], [10_001, 11_001])
    bench.inject(".", 1, 1001, sacks=[10_001, 11_001])
    eq((conn.frto, conn.ca_state), (False, CA_LOSS))
    eq(bench.sent()[0].seq, 1001)


def test_rfc5682_config_switches_it_off() -> None:
    """RFC 5682 §2.1 is not done with Config.frto False: the first ACK resends."""
    bench = slow(False)
    bench.tcp.config.frto = False
    bench.find().send(bytes(20_000), bench.now)
    bench.sent()
    bench.sleep(300 * MS)
    bench.sent()
    bench.inject(".", 1, 1001)
    eq([got.seq for got in bench.sent()], [1001, 2001])


def test_rfc3708_2_dsacks_of_all_that_was_sent_again() -> None:
    """RFC 3708 §2: so many DSACKs as retransmissions: undone, and it was reordering; one short of that: not."""
    for told in (1, 2):
        bench = slow(True)
        conn = bench.find()
        conn.send(bytes(10_000), bench.now)
        bench.sent()
        bench.sleep(100 * MS)
        bench.inject(".", 1, 1, sacks=[2001, 6001])
        bench.inject(".", 1, 1, sacks=[2001, 8001])
        eq([got.seq for got in bench.sent()], [1, 1001])
        eq(conn.ca_state, CA_RECOVERY)
        bench.inject(".", 1, 10_001)
        eq((conn.ca_state, conn.congestion.cwnd), (CA_OPEN, 5000))
        bench.inject(".", 1, 10_001, sacks=[1, 1001])
        eq(conn.congestion.cwnd, 5000)
        if told == 2:
            bench.inject(".", 1, 10_001, sacks=[1001, 2001])
        eq((conn.congestion.cwnd, conn.board.reordering_seen), (10_000, True) if told == 2 else (5000, False))


def test_rfc9438_4_9_the_cubic_goes_on() -> None:
    """RFC 9438 §4.9.2, RFC 4015 §3.2: after a loss that was none W_max, K and the epoch are as before; the same ACKs give the same window as without it."""
    mss = 1000

    def grown(spurious: bool) -> tuple[int, ...]:
        control = Cubic(mss)
        control.cwnd = 100_000
        control.save()
        control.on_loss(100_000, mss, 0)
        control.on_recovered(mss, 0)
        now = 0
        for i in range(2000):
            now += 2 * MS
            control.on_ack(2 * mss, mss, 100 * MS, now)
            if spurious and i == 1000:
                control.save()
                control.on_loss(control.cwnd, mss, now)
                control.restore()
        return control.cwnd, control.ssthresh, control.w_max, control.k, control.epoch, control.cwnd_prior

    plainly, undone = grown(False), grown(True)
    eq(undone[1:], plainly[1:])
    assert abs(undone[0] - plainly[0]) <= mss, (plainly, undone)


def test_rfc9438_4_9_1_a_spurious_timeout_of_cubic() -> None:
    """RFC 9438 §4.9.1: F-RTO finds it; cwnd, ssthresh and W_max come back."""
    bench = timed_out(True, 20_000, "cubic")
    conn = bench.find()
    control = conn.congestion
    assert isinstance(control, Cubic)
    bench.inject(".", 1, 1, sacks=[5001, 6001])
    eq((control.cwnd, control.w_max, control.ssthresh > 1_000_000), (10_000, 0, True))


def test_a_wire_that_stands_still_costs_one_retransmission() -> None:
    """RFC 5682 §1: for a second nothing moves, then everything arrives in order; without timestamps F-RTO alone finds out."""

    def check(sack: bool) -> None:
        config = Config()
        config.timestamps = False
        config.sack = sack
        config.tail_loss_probe = False
        pair = Pair(2, config)
        pair.to_a.delay = pair.to_b.delay = 50 * MS
        client, server = pair.connect()
        data = bytes(500_000)
        sending = Transfer(pair, client, server, data)
        pair.run(lambda: len(sending.got) > 200_000)
        cwnd = client.congestion.cwnd
        pair.to_b.rate = 100_000_000
        pair.to_b.free_at = pair.now + 600 * MS
        pair.run(sending.done, 60 * SECOND)
        eq(bytes(sending.got), data)
        assert client.congestion.cwnd >= cwnd, (client.congestion.cwnd, cwnd)
        assert 1 <= client.board.retransmitted <= 2, client.board.retransmitted

    table(((False,), (True,)), check)
