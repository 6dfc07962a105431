"""Paths that swallow long segments and say nothing (RFC 4821, RFC 2923 §2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.frame import HEADROOM
from pynet.tcp import path
from pynet.tcp.layer import Config
from pynet.tcp.states import ESTABLISHED
from tests.support import eq
from tests.tcp import MS, SECOND, THERE, Bench, Pair, Transfer

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.tcp.connection import Connection

IP_HEADER = 20


def longer_than(mtu: int) -> Callable[[bytearray], bool]:
    """What a router does that drops, and tells nobody."""
    return lambda frame: len(frame) - HEADROOM + IP_HEADER > mtu


def upload(pair: Pair, mtu: int, octets: int) -> tuple[Connection, int]:
    """Through a path of `mtu`: the sender, and how long it took."""
    sender, receiver = pair.connect()
    pair.to_b.kills = longer_than(mtu)
    transfer = Transfer(pair, sender, receiver, bytes(octets))
    took = pair.run(transfer.done, 120 * SECOND)
    eq(transfer.got == bytes(octets), True, "all of it")
    return sender, took


def test_rfc4821_7_7_a_black_hole_is_found_and_measured() -> None:
    """RFC 4821 §7.7, §7.3: after three timeouts segments get shorter; then probes find what the path takes, to within PROBE_THRESHOLD."""
    for mtu in (1400, 600):
        pair = Pair(1, Config())
        pair.to_b.rate = 60_000
        sender, took = upload(pair, mtu, 700_000)
        assert mtu - path.HEADERS - path.PROBE_THRESHOLD <= sender.snd_mss <= mtu - path.HEADERS, (mtu, sender.snd_mss)
        assert took < 60 * SECOND, took
        eq(pair.a.paths.mss(THERE, 1460, pair.now), sender.snd_mss)


def test_rfc4821_7_7_without_it_a_black_hole_is_the_end() -> None:
    """RFC 4821 §7.7, RFC 2923 §2.1: what happens then; Config.mtu_probing."""
    config = Config()
    config.mtu_probing = False
    pair = Pair(1, config)
    sender, receiver = pair.connect()
    pair.to_b.kills = longer_than(1400)
    transfer = Transfer(pair, sender, receiver, bytes(100_000))
    pair.sleep(200 * SECOND)
    eq((len(transfer.got), sender.snd_mss, sender.search), (0, 1460, None))


def test_rfc4821_7_6_1_an_outage_is_no_black_hole() -> None:
    """RFC 4821 §7.6.1: when the wire is good again the first probe is of the old length, and is acknowledged."""
    pair = Pair(1, Config())
    sender, receiver = pair.connect()
    pair.to_b.kills = lambda frame: True
    pair.to_b.rate = 100_000
    transfer = Transfer(pair, sender, receiver, bytes(1_000_000))
    pair.run(lambda: sender.snd_mss == 1024, 20 * SECOND)
    pair.to_b.kills = longer_than(1500)
    pair.run(lambda: sender.snd_mss == 1460, 20 * SECOND)
    eq(sender.search, None)
    pair.run(transfer.done, 120 * SECOND)


def test_rfc4821_7_6_2_a_lost_probe_is_no_congestion() -> None:
    """RFC 4821 §7.6.2: the probe alone was lost: its octets go again in shorter segments, cwnd and ssthresh stay."""
    bench = Bench(Config())
    conn = bench.established(mss=1460, sack=True)
    path.begin_search(conn, bench.now)
    conn.snd_mss = 1000
    conn.congestion.cwnd = 20_000
    conn.send(bytes(30_000), bench.now)
    got = bench.sent()
    # A probe needs something outstanding, so that it is not the probe that waits for a timeout.
    eq([len(segment.data) for segment in got[:3]], [1000, 1460, 1000])
    end = got[-1].seq + len(got[-1].data)
    before = (conn.congestion.cwnd, conn.congestion.ssthresh)
    bench.sleep(1 * MS)
    bench.inject(".", 1, 1001, sacks=[2461, end])
    eq([(segment.seq, len(segment.data)) for segment in bench.sent()[:2]], [(1001, 1000), (2001, 460)])
    eq((before[0] <= conn.congestion.cwnd, conn.congestion.ssthresh, conn.ca_state < 3), (True, before[1], True))
    search = conn.search
    assert search is not None
    eq((search.end, search.high, search.at), (-1, 1459, bench.now + path.PROBE_INTERVAL))


def test_rfc4821_7_6_2_a_lost_probe_among_other_losses_is_congestion() -> None:
    """RFC 4821 §7.6.2: when other segments are lost too, recovery is entered."""
    bench = Bench(Config())
    conn = bench.established(mss=1460, sack=True)
    path.begin_search(conn, bench.now)
    conn.snd_mss = 1000
    conn.congestion.cwnd = 20_000
    conn.send(bytes(30_000), bench.now)
    end = bench.sent()[-1].seq + 1000
    bench.sleep(1 * MS)
    bench.inject(".", 1, 1001, sacks=[4461, end])
    eq(conn.ca_state, 3)


def test_rfc4821_7_4_a_probe_has_segments_behind_it() -> None:
    """RFC 4821 §7.4: no probe at the tail, none with nothing outstanding, none in recovery, none below TCP_MAXSEG."""
    for octets, state, maxseg, outstanding in ((5000, 0, 0, True), (30_000, 3, 0, True), (30_000, 0, 900, True), (30_000, 0, 0, False)):
        bench = Bench(Config())
        conn = bench.established(mss=1460, sack=True)
        conn.send(b"x", bench.now)
        path.begin_search(conn, bench.now)
        conn.snd_mss = 1000
        conn.congestion.cwnd = 20_000
        conn.ca_state, conn.maxseg = state, maxseg
        if not outstanding:
            conn.board.clear()
        eq(path.next_probe(conn, octets, 60_000, bench.now), 0)
        conn.ca_state, conn.maxseg = 0, 0
        eq(path.next_probe(conn, 30_000, 60_000, bench.now), 1460 if outstanding else 0)


def test_rfc1191_6_3_a_router_may_tell_of_the_probe() -> None:
    """RFC 1191 §6.3: "fragmentation needed" about the probe says the path's MTU to the octet; ten minutes later a longer one is tried."""
    bench = Bench(Config())
    conn = bench.established(mss=1460, sack=True)
    path.begin_search(conn, bench.now)
    conn.snd_mss = 1000
    conn.congestion.cwnd = 20_000
    conn.send(bytes(30_000), bench.now)
    bench.sent()
    path.icmp_error(conn, (conn.iss + 1001) & 0xFFFFFFFF, "fragmentation-needed", 1240, bench.now)
    search = conn.search
    assert search is not None
    eq((conn.snd_mss, search.full, search.at), (1200, 1460, bench.now + path.PATH_MTU_AGE))
    eq([(segment.seq, len(segment.data)) for segment in bench.sent()[:2]], [(1001, 1200), (2201, 260)])
    path.icmp_error(conn, (conn.iss + 1001) & 0xFFFFFFFF, "fragmentation-needed", 1400, bench.now)
    eq(bench.drops()["tcp: ICMP error with an MTU that changes nothing"], 1)


def test_rfc4821_7_2_short_segments_are_not_cut_further() -> None:
    """RFC 4821 §7.2, §7.7: timeouts of a segment that is short already say nothing of length; at MIN_MTU it is at an end."""
    bench = Bench(Config())
    conn = bench.established(mss=1460)
    conn.send(b"short", bench.now)
    bench.sleep(30 * SECOND)
    eq((conn.snd_mss, conn.state, conn.probes >= 5), (1460, ESTABLISHED, True))
    other = Bench(Config())
    conn = other.established(mss=1460)
    conn.send(bytes(5000), other.now)
    seen = []
    for _ in range(60):
        other.sleep(SECOND)
        seen.append(conn.snd_mss)
    eq(sorted(set(seen)), [512, 1024, 1460])
