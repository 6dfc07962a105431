"""Data on a bad wire: retransmission (RFC 6298), New Reno (5681, 6582), SACK (2018, 2883, 6675), RACK-TLP (8985), PAWS (7323), paths (1191, 5927)."""

from __future__ import annotations

from pynet import errno
from pynet.tcp import arrives, buffers, layer, output, path, segment, timeouts
from pynet.tcp.layer import Config
from pynet.tcp.recovery import CA_LOSS, CA_OPEN, CA_RECOVERY
from pynet.tcp.states import CLOSED, ESTABLISHED, SYN_SENT, TIME_WAIT
from tests.support import Random, eq, table
from tests.tcp import HERE, MS, PORT, SECOND, THERE, Bench, Pair, Transfer, plain


def sack_config() -> Config:
    config = plain()
    config.sack = True
    return config


def slow(bench: Bench, mss: int = 1000, sack: bool = False) -> None:
    """ESTABLISHED with a round trip of 100 ms measured: RTO is 300 ms."""
    conn = bench.connect()
    bench.sleep(100 * MS)
    bench.inject("S.", 0, 1, mss=mss, sack=sack)
    bench.sent()
    eq((conn.rtt.srtt(), conn.rtt.rto), (100 * MS, 300 * MS))


def test_rfc6298_5_4_to_5_6_retransmission_backs_off() -> None:
    """RFC 6298 §5.1, §5.4 to §5.6: the first unacknowledged segment, after RTO, 2 RTO, 4 RTO ...; §5.2: with everything acknowledged the timer is off."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    conn.send(b"lost", bench.now)
    start = bench.now
    bench.sleep(10 * SECOND)
    got = bench.sent()
    eq([(again.at - start) // MS for again in got], [0, 300, 900, 2100, 4500, 9300])
    eq({again.brief() for again in got}, {("P.", 1, 4, 1)})
    eq((conn.congestion.cwnd, conn.ca_state), (1000, CA_LOSS))
    bench.inject(".", 1, 5)
    eq(conn.ca_state, CA_OPEN)
    eq(bench.tcp.connections[next(iter(bench.tcp.connections))].t_retransmit, -1)


def test_rfc6298_5_3_new_data_acknowledged_restarts_the_timer() -> None:
    """RFC 6298 §5.3: so that it expires an RTO after the ACK, not after the sending."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    conn.send(bytes(2000), bench.now)
    bench.sent()
    bench.sleep(200 * MS)
    bench.inject(".", 1, 1001)
    acked, rto = bench.now, conn.rtt.rto
    bench.sleep(SECOND)
    got = bench.sent()[0]
    eq((got.seq, got.at), (1001, acked + rto))


def test_rfc5681_4_1_after_idleness_the_window_starts_anew() -> None:
    """RFC 5681 §4.1: more than an RTO without sending, and what leaves at once is the initial window, however wide cwnd was."""
    bench = Bench()
    conn = bench.established(mss=1000)
    conn.congestion.cwnd = 40_000
    conn.send(bytes(40_000), bench.now)
    eq(len(bench.sent()), 40)
    bench.inject(".", 1, 40_001)
    bench.sleep(10 * SECOND)
    conn.send(bytes(40_000), bench.now)
    eq(len(bench.sent()), 10)


def test_rfc7661_4_4_a_window_that_is_not_used_does_not_grow() -> None:
    """RFC 7661 §4.4: an ACK while the user, not cwnd, held the sending back says nothing of what the path would take."""
    bench = Bench()
    conn = bench.established(mss=1000)
    start = conn.congestion.cwnd
    acked = 1
    for octets in (1000,) * 30:
        conn.send(bytes(octets), bench.now)
        acked += octets
        bench.inject(".", 1, acked)
    eq(conn.congestion.cwnd, start)
    conn.send(bytes(start), bench.now)
    bench.inject(".", 1, acked + 2000)
    assert conn.congestion.cwnd > start


def test_rfc6298_3_karn_no_sample_from_what_was_sent_twice() -> None:
    """RFC 6298 §3: without timestamps the ACK of a retransmission measures nothing, and the backed-off RTO stays (§5.7's note)."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    conn.send(b"a", bench.now)
    bench.sleep(400 * MS)
    bench.inject(".", 1, 2)
    eq((conn.rtt.srtt(), conn.rtt.rto, conn.rtt.backoff), (100 * MS, 600 * MS, 1), "backed off, no sample")
    conn.send(b"b", bench.now)
    bench.sleep(100 * MS)
    bench.inject(".", 1, 3)
    eq((conn.rtt.backoff, conn.rtt.rto), (0, 300 * MS))


def test_rfc7323_4_1_timestamps_measure_retransmissions_too() -> None:
    """RFC 7323 §4.1, §5.4: TSecr says which transmission was acknowledged."""
    config = plain()
    config.timestamps = True
    bench = Bench(config)
    bench.use_timestamps = True
    bench.tsval = 1
    conn = bench.connect()
    bench.sleep(100 * MS)
    bench.inject("S.", 0, 1, mss=1000)
    bench.sent()
    conn.send(b"a", bench.now)
    bench.sleep(400 * MS)
    again = bench.sent()[-1]
    bench.sleep(60 * MS)
    bench.tsecr = again.seg.tsval
    bench.inject(".", 1, 2)
    eq(conn.rtt.latest // MS, (bench.now - again.at) // MS)
    eq(conn.rtt.backoff, 0)


def test_rfc6298_nothing_acknowledged_for_924_seconds_is_the_end() -> None:
    """RFC 9293 §3.8.3 (MUST-20, SHLD-11), §3.10.8: R2 is at least 100 seconds; then the peer is reset and the user told."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    start = bench.now
    conn.send(b"lost", bench.now)
    bench.sleep(2000 * SECOND)
    last = bench.sent()[-1]
    eq((conn.state, conn.error, last.flags), (CLOSED, errno.ETIMEDOUT, "R."))
    assert 924 * SECOND <= last.at - start <= 1045 * SECOND


def test_rfc6298_5_4_after_a_timeout_the_rest_follows_in_slow_start() -> None:
    """RFC 6298 §5.4, RFC 5681 §3.1: LW is one segment; what was outstanding goes again as ACKs come, and new data after it."""
    config = plain()
    config.frto = False
    bench = Bench(config)
    slow(bench)
    conn = bench.find()
    conn.send(bytes(12_000), bench.now)
    eq(len(bench.sent()), 10)
    bench.sleep(300 * MS)
    bench.expect((".", 1, 1000, 1))
    bench.inject(".", 1, 1001)
    bench.expect((".", 1001, 1000, 1), (".", 2001, 1000, 1))
    bench.inject(".", 1, 3001)
    eq([got.seq for got in bench.sent()], [3001, 4001, 5001, 6001])
    # The rest had arrived after all.
    bench.inject(".", 1, 10_001)
    eq([got.seq for got in bench.sent()], [10_001, 11_001])
    eq(conn.ca_state, CA_OPEN)


def test_rfc5681_3_2_three_duplicate_acks_resend_the_first() -> None:
    """RFC 5681 §3.2: fast retransmit at the third, limited transmit before; the window halves; full ACK ends it (RFC 6582 §3.2)."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    conn.send(bytes(20_000), bench.now)
    eq(len(bench.sent()), 10)
    for _ in range(2):
        bench.inject(".", 1, 1)
    bench.expect((".", 10_001, 1000, 1), (".", 11_001, 1000, 1))
    bench.inject(".", 1, 1)
    eq(bench.sent()[0].seq, 1)
    eq((conn.ca_state, conn.congestion.ssthresh), (CA_RECOVERY, 5000))
    bench.inject(".", 1, 12_001)
    eq((conn.ca_state, conn.congestion.cwnd), (CA_OPEN, 5000))


def test_rfc8985_6_3_the_timeouts_first_segment_goes_beside_what_is_in_the_network() -> None:
    """RFC 8985 §6.3, RFC 6298 §5.4: one segment was sent just now; the timeout sends the earliest all the same, and not that one."""
    bench = Bench(sack_config())
    slow(bench, sack=True)
    conn = bench.find()
    conn.send(bytes(2000), bench.now)
    bench.sleep(150 * MS)
    conn.send(bytes(1000), bench.now)
    eq([got.seq for got in bench.sent()], [1, 1001, 2001])
    timeouts.on_retransmission_timeout(conn, bench.now)
    eq([got.seq for got in bench.sent()], [1])
    eq((conn.ca_state, conn.congestion.cwnd, conn.board.pipe(), conn.board.lost_octets), (CA_LOSS, 1000, 2000, 1000))


def test_rfc6582_3_2_duplicates_release_no_more_than_proportion_allows() -> None:
    """RFC 6582 §3.2, step 3 with RFC 6937 §3: without SACK too, about every second duplicate lets a segment go; at the end of it ssthresh is in the network."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    conn.send(bytes(40_000), bench.now)
    eq(len(bench.sent()), 10)
    bench.sleep(100 * MS)
    released = []
    for _ in range(11):
        bench.inject(".", 1, 1)
        released.append(len(bench.sent()))
    # Two of limited transmit (RFC 3042), the fast retransmit, then half as many as left the network.
    eq(released[:3], [1, 1, 1])
    assert 3 <= sum(released[3:]) <= 5, released
    assert max(released) == 1, released
    eq((conn.congestion.ssthresh, output.pipe(conn) <= 6000), (5000, True))


def test_rfc6582_3_2_a_partial_ack_resends_the_next_hole() -> None:
    """RFC 6582 §3.2, step 3: an ACK short of `recover` shows another loss; it is repaired without a timeout."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    conn.send(bytes(10_000), bench.now)
    bench.sent()
    for _ in range(3):
        bench.inject(".", 1, 1)
    eq(bench.sent()[0].seq, 1)
    bench.sleep(100 * MS)
    bench.inject(".", 1, 4001)
    eq([got.seq for got in bench.sent()], [4001])
    eq(conn.ca_state, CA_RECOVERY)
    bench.sleep(100 * MS)
    bench.inject(".", 1, 10_001)
    eq((bench.sent(), conn.ca_state), ([], CA_OPEN))


def test_rfc5681_2_what_is_no_duplicate_ack() -> None:
    """RFC 5681 §2: with data, with another window, or with nothing outstanding it is no duplicate."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    for _ in range(5):
        bench.inject(".", 1, 1)
    conn.send(bytes(3000), bench.now)
    for i in range(5):
        bench.inject(".", 1 + i, 1, b"x")
        bench.inject(".", 1, 1, wnd=60_000 + i)
    eq((conn.dup_acks, conn.ca_state), (0, CA_OPEN))


def test_rfc2018_3_and_4_sacks_are_sent_for_what_is_out_of_order() -> None:
    """RFC 2018 §3, §4: the newest block first, then the ones before it; the ACK stays where the hole is."""
    bench = Bench(sack_config())
    conn = bench.established(mss=1000, sack=True)
    for seq in (1001, 3001, 5001, 7001, 9001):
        bench.inject(".", seq, 1, bytes(1000))
    got = bench.sent()
    eq([ack.ack for ack in got], [1] * 5)
    eq(got[0].sacks, [1001, 2001])
    eq(got[1].sacks, [3001, 4001, 1001, 2001])
    eq(got[4].sacks, [9001, 10_001, 7001, 8001, 5001, 6001, 3001, 4001])
    bench.inject(".", 1, 1, bytes(1000))
    last = bench.one()
    eq((last.ack, last.sacks[:2]), (2001, [9001, 10_001]))
    eq(len(conn.receive(100_000, bench.now) or b""), 2000)


def test_rfc2018_no_sack_without_agreement() -> None:
    """RFC 2018 §2: SACK goes only to a peer that permitted it."""
    bench = Bench(sack_config())
    bench.established(mss=1000)
    bench.inject(".", 1001, 1, bytes(1000))
    eq(bench.one().sacks, [])


def test_rfc2883_4_dsack_tells_what_came_twice() -> None:
    """RFC 2883 §4.1: below the ACK, in one ACK only; §4.2: within what is out of order."""
    bench = Bench(sack_config())
    bench.established(mss=1000, sack=True)
    bench.inject("P.", 1, 1, bytes(500))
    bench.inject("P.", 1, 1, bytes(500))
    got = bench.sent()[-1]
    eq((got.ack, got.sacks), (501, [1, 501]))
    bench.inject("P.", 1001, 1, bytes(500))
    eq(bench.one().sacks, [1001, 1501])
    bench.inject("P.", 1001, 1, bytes(500))
    eq(bench.one().sacks, [1001, 1501, 1001, 1501])
    bench.inject("P.", 301, 1, bytes(500))
    eq(bench.one().sacks, [301, 501, 1001, 1501])


def test_rfc2883_4_2_1_only_what_came_twice_is_told() -> None:
    """RFC 2883 §4.2.1: of a segment that overlaps others the part that was here; the first of several; pieces that touch are one."""
    bench = Bench(sack_config())
    bench.established(mss=1000, sack=True)
    bench.inject("P.", 1001, 1, bytes(500))
    bench.inject("P.", 2001, 1, bytes(500))
    bench.sent()
    bench.inject("P.", 801, 1, bytes(400))
    eq(bench.one().sacks, [1001, 1201, 801, 1501, 2001, 2501])
    bench.inject("P.", 1401, 1, bytes(700))
    eq(bench.one().sacks, [1401, 1501, 801, 2501])
    bench.inject("P.", 1, 1, bytes(3000))
    got = bench.one()
    eq((got.ack, got.sacks), (3001, [801, 2501]))


def test_rfc6675_5_several_losses_are_repaired_in_one_round_trip() -> None:
    """RFC 2018 §3, RFC 6675 §4, §5, RFC 8985 §6.2: SACKs show three holes; all three go again before any of them is acknowledged."""
    bench = Bench(sack_config())
    slow(bench, sack=True)
    conn = bench.find()
    conn.send(bytes(10_000), bench.now)
    eq(len(bench.sent()), 10)
    bench.sleep(100 * MS)
    bench.inject(".", 1, 1, sacks=[1001, 2001])
    bench.inject(".", 1, 1, sacks=[3001, 4001, 1001, 2001])
    eq(bench.sent(), [])
    bench.inject(".", 1, 1, sacks=[5001, 10_001, 3001, 4001, 1001, 2001])
    eq([got.seq for got in bench.sent()], [1, 2001, 4001])
    eq((conn.ca_state, conn.congestion.ssthresh), (CA_RECOVERY, 5000))
    bench.sleep(100 * MS)
    bench.inject(".", 1, 10_001)
    eq((conn.ca_state, conn.congestion.cwnd, conn.board.outstanding), (CA_OPEN, 5000, 0))


def test_rfc8985_6_2_reordering_is_not_loss() -> None:
    """RFC 8985 §6.2, step 4: a segment that is late by less than a quarter of the round trip is not sent again."""
    bench = Bench(sack_config())
    slow(bench, sack=True)
    conn = bench.find()
    conn.send(bytes(4000), bench.now)
    bench.sent()
    bench.sleep(100 * MS)
    bench.inject(".", 1, 1, sacks=[1001, 3001])
    bench.sleep(24 * MS)
    bench.inject(".", 1, 3001)
    bench.sleep(20 * MS)
    eq((bench.sent(), conn.ca_state, conn.board.reordering_seen), ([], CA_OPEN, True))


def test_rfc8985_6_3_the_reordering_timer_finds_the_loss() -> None:
    """RFC 8985 §6.3: when the wait is over and no ACK comes, the timer marks it."""
    bench = Bench(sack_config())
    slow(bench, sack=True)
    conn = bench.find()
    conn.send(bytes(3000), bench.now)
    bench.sent()
    bench.sleep(100 * MS)
    bench.inject(".", 1, 1, sacks=[1001, 2001])
    bench.expect()
    bench.sleep(26 * MS)
    bench.expect((".", 1, 1000, 1))
    eq(conn.ca_state, CA_RECOVERY)


def test_rfc8985_7_a_lost_tail_is_probed() -> None:
    """RFC 8985 §7.2, §7.3: two round trips after the last ACK of new data the last segment again, or new data; the SACK it brings repairs the rest."""
    bench = Bench(sack_config())
    slow(bench, sack=True)
    conn = bench.find()
    conn.send(bytes(4000), bench.now)
    bench.sent()
    bench.sleep(100 * MS)
    bench.inject(".", 1, 1001)
    conn.rtt.rto = 1 * SECOND
    conn.t_retransmit = bench.now + SECOND
    bench.sleep(201 * MS)
    bench.expect()
    bench.sleep(1 * MS)
    bench.expect(("P.", 3001, 1000, 1))
    bench.sleep(100 * MS)
    bench.inject(".", 1, 1001, sacks=[3001, 4001])
    bench.sleep(26 * MS)
    # RFC 9937 §6.2: no ACK marked it lost, so one segment goes; the next one's ACK clocks out the other.
    eq([got.seq for got in bench.sent()], [1001])
    bench.sleep(100 * MS)
    bench.inject(".", 1, 2001, sacks=[3001, 4001])
    eq([got.seq for got in bench.sent()], [2001])


def test_rfc8985_7_2_a_probe_later_than_the_timeout_goes_in_its_place() -> None:
    """RFC 8985 §7.2: PTO is at most the time to the RTO's expiry; §7.3: then the RTO starts anew, and nothing is taken for lost before that."""
    bench = Bench(sack_config())
    slow(bench, sack=True)
    conn = bench.find()
    conn.send(bytes(1000), bench.now)
    bench.sent()
    rto = conn.rtt.rto
    bench.sleep(rto)
    bench.expect(("P.", 1, 1000, 1))
    eq((conn.rtt.backoff, conn.ca_state), (0, 0), "that was the probe")
    bench.sleep(rto - 1)
    bench.expect()
    bench.sleep(1)
    bench.expect(("P.", 1, 1000, 1))
    eq(conn.rtt.backoff, 1, "this is the timeout")


def test_rfc8985_7_the_probe_can_be_switched_off() -> None:
    """RFC 8985 §7 is optional, Config.tail_loss_probe: without it the tail waits for the timeout."""
    config = sack_config()
    config.tail_loss_probe = False
    bench = Bench(config)
    slow(bench, sack=True)
    conn = bench.find()
    conn.send(bytes(3000), bench.now)
    bench.sent()
    bench.sleep(conn.rtt.rto - 1)
    bench.expect()
    bench.sleep(1)
    bench.expect((".", 1, 1000, 1))


def test_rfc2018_8_a_receiver_that_reneges_is_survived() -> None:
    """RFC 2018 §8: at a timeout with the first segment SACKed, the SACKs are forgotten and everything goes again."""
    bench = Bench(sack_config())
    slow(bench, sack=True)
    conn = bench.find()
    conn.send(bytes(3000), bench.now)
    bench.inject(".", 1, 1, sacks=[1, 3001])
    bench.sent()
    bench.sleep(2 * SECOND)
    eq([got.seq for got in bench.sent()][:1], [1])
    eq(conn.board.sacked_octets, 0)


def test_3_10_7_4_out_of_order_data_and_fin_wait_for_the_hole() -> None:
    """RFC 9293 §3.10.7.4, seventh and eighth, RFC 5681 §4.2: delivered once, in order, whatever the order of arrival; the FIN last."""
    bench = Bench()
    conn = bench.established(mss=1000)
    bench.inject("F.", 11, 1, b"3333")
    bench.expect((".", 1, 0, 1))
    bench.inject(".", 6, 1, b"22222")
    bench.expect((".", 1, 0, 1))
    bench.inject(".", 3, 1, b"112222")
    eq(conn.receive(100, bench.now), None)
    bench.inject(".", 1, 1, b"0011")
    eq(
        (conn.receive(100, bench.now), conn.receive(100, bench.now)),
        (b"00112222223333", b""),
    )
    eq(bench.sent()[-1].ack, 16)


def test_3_10_7_4_what_lies_outside_the_window_is_cut_off() -> None:
    """RFC 9293 §3.10.7.4: "segments with higher beginning sequence numbers SHOULD be held"; data beyond the window is not, nor is a FIN there."""
    config = plain()
    config.rcvbuf = 1000
    bench = Bench(config)
    conn = bench.established(mss=1000)
    bench.inject("F.", 1, 1, bytes(1500))
    eq((len(conn.receive(5000, bench.now, True) or b""), conn.fin_received), (1000, False))
    bench.sleep(40 * MS)
    eq(bench.one().wnd, 0)
    bench.inject("P.", 1001, 1, b"beyond")
    eq((bench.one().ack, bench.drops()), (1001, {"tcp: out of window": 1}))


def test_a_closed_window_still_takes_acks() -> None:
    """RFC 9293 §3.10.7.4, first: with RCV.WND zero "special allowance should be made to accept valid ACKs, URGs, and RSTs"."""
    config = plain()
    config.rcvbuf = 1000
    bench = Bench(config)
    conn = bench.established(mss=1000)
    bench.inject("P.", 1, 1, bytes(1000))
    conn.send(b"x", bench.now)
    bench.inject("P.", 1001, 2, b"refused")
    eq((conn.board.outstanding, conn.receive(1000, bench.now)), (0, bytes(1000)))
    bench.inject("R", 1001)
    eq(conn.state, CLOSED)


def test_out_of_order_queue_is_bounded_in_pieces() -> None:
    """buffers.MAX_PIECES: one more segment is dropped and counted, and the transfer goes on when it comes again."""
    bench = Bench()
    conn = bench.established(mss=1000)
    for i in range(buffers.MAX_PIECES + 10):
        bench.inject(".", 3 + 2 * i, 1, b"a")
    eq(bench.drops(), {"tcp: out-of-order queue full": 10})
    for i in range(buffers.MAX_PIECES + 10):
        bench.inject(".", 1 + 2 * i, 1, b"ab")
    eq(conn.receive(10_000, bench.now), b"ab" * (buffers.MAX_PIECES + 10))


def test_receive_memory_is_bounded_by_the_window() -> None:
    """RFC 9293 §3.8.6: the octets queued in and out of order never exceed the window that was offered, whatever is sent."""
    random = Random(3)
    config = plain()
    config.rcvbuf = 20_000
    bench = Bench(config)
    conn = bench.established(mss=1000)
    for _ in range(3000):
        bench.inject(".", random.below(60_000), 1, bytes(random.below(1400)))
        held = len(conn.receive_queue) + conn.out_of_order.octets
        assert held <= 20_000, held
        assert sum([len(block) for block in conn.receive_queue.blocks]) == len(conn.receive_queue)


def test_rfc7323_5_3_paws() -> None:
    """RFC 7323 §5.3, R1: an older timestamp is dropped and answered; a RST is not judged by it; §3.2: none at all is dropped."""
    config = plain()
    config.timestamps = True
    bench = Bench(config)
    bench.use_timestamps = True
    bench.tsval = 5000
    conn = bench.established(mss=1000)
    bench.inject("P.", 1, 1, b"new")
    bench.inject("P.", 4, 1, b"old", tsval=4999)
    eq(bench.sent()[-1].ack, 4)
    bench.use_timestamps = False
    bench.inject("P.", 4, 1, b"bare")
    eq(conn.receive(100, bench.now), b"new")
    eq(bench.drops(), {"tcp: PAWS": 1, "tcp: timestamp missing": 1})
    bench.inject("R", 4)
    eq(conn.state, CLOSED)


def test_rfc7323_4_3_what_is_refused_updates_no_ts_recent() -> None:
    """RFC 7323 §4.3 with RFC 5961 §4, §5: a segment in the window whose ACK or SYN is refused may be anybody's; PAWS must not drop the peer's for it."""
    for flags, ack in ((".", 9999), ("S", 1), ("", 0)):
        bench = Bench(timestamps_config())
        conn = bench.established(mss=1000, tsval=100)
        bench.inject(flags, 1, ack, b"evil", tsval=200_000)
        bench.inject(".", 1, 1, b"good", tsval=101)
        eq(conn.receive(10, bench.now), b"good", flags)
        eq(conn.ts_recent, 101, flags)


def test_rfc7323_3_2_a_reset_carries_timestamps_too() -> None:
    """RFC 7323 §3.2: "and SHOULD be sent in a <RST> segment"."""
    bench = Bench(timestamps_config())
    conn = bench.established(mss=1000, tsval=100)
    bench.sleep(SECOND)
    conn.abort(bench.now)
    got = bench.one()
    eq((got.flags, got.seq, got.ack), ("R.", 1, 1))
    eq((got.seg.has_timestamps, got.seg.tsval, got.seg.tsecr), (True, conn.tsval(bench.now), 100))


def timestamps_config() -> Config:
    """Timestamps are the only option."""
    config = plain()
    config.timestamps = True
    return config


def test_rfc7323_5_5_an_outdated_ts_recent_is_not_believed() -> None:
    """RFC 7323 §5.5: after 24 days of silence the peer's clock may have wrapped."""
    config = plain()
    config.timestamps = True
    bench = Bench(config)
    bench.use_timestamps = True
    bench.tsval = 5000
    conn = bench.established(mss=1000)
    bench.now += 25 * 24 * 3600 * SECOND
    bench.inject("P.", 1, 1, b"wrapped", tsval=4000)
    eq(conn.receive(100, bench.now), b"wrapped")


def test_rfc7323_4_3_ts_recent_follows_what_is_acknowledged() -> None:
    """RFC 7323 §4.3: only a segment at or before Last.ACK.sent updates TS.Recent, so that a delayed ACK echoes the first."""
    config = plain()
    config.timestamps = True
    bench = Bench(config)
    bench.use_timestamps = True
    bench.tsval = 100
    bench.established(mss=1000)
    bench.inject(".", 1, 1, bytes(1000), tsval=200)
    bench.inject(".", 1001, 1, bytes(1000), tsval=300)
    eq(bench.one().seg.tsecr, 200)


def icmp(bench: Bench, kind: str, mtu: int = 0, seq: int = 1, port: int = -1) -> None:
    """An ICMP error that quotes a segment of ours."""
    raw = (seq + bench.iss) & 0xFFFFFFFF
    source = bench.port if port < 0 else port
    quote = bytes([source >> 8, source & 255, bench.peer_port >> 8, bench.peer_port & 255])
    quote += bytes([raw >> 24, raw >> 16 & 255, raw >> 8 & 255, raw & 255])
    bench.tcp.icmp_error(HERE, THERE, bytearray(b"xx" + quote), 2, 10, kind, mtu, bench.now)


def test_rfc1191_6_3_fragmentation_needed_cuts_segments() -> None:
    """RFC 1191 §6.3: the MSS follows, what did not fit goes again at once, cwnd stays (§6.2), and the next connection knows."""
    bench = Bench()
    slow(bench, 1460)
    conn = bench.find()
    conn.send(bytes(3000), bench.now)
    eq([len(got.data) for got in bench.sent()], [1460, 1460, 80])
    cwnd = conn.congestion.cwnd
    icmp(bench, "fragmentation-needed", 1000)
    eq([(got.seq, len(got.data)) for got in bench.sent()], [(1, 960), (961, 500), (1461, 960), (2421, 500)])
    eq((conn.snd_mss, conn.congestion.cwnd), (960, cwnd))
    icmp(bench, "fragmentation-needed", 1400)
    eq(bench.drops(), {"tcp: ICMP error with an MTU that changes nothing": 1})
    eq(bench.tcp.connect(HERE, 0, THERE, 81, bench.now).snd_mss, 960)
    bench.now += path.PATH_MTU_AGE + 1
    eq(bench.tcp.connect(HERE, 0, THERE, 82, bench.now).snd_mss, 1460)


def test_rfc1191_7_a_router_that_does_not_say_its_mtu() -> None:
    """RFC 1191 §7: the next plateau; RFC 5927 §7.2: never below MIN_MTU."""
    bench = Bench()
    slow(bench, 1460)
    conn = bench.find()
    conn.send(bytes(1000), bench.now)
    for wanted in (1492, 1006, path.MIN_MTU):
        icmp(bench, "fragmentation-needed")
        eq(conn.snd_mss, wanted - 40)
    icmp(bench, "fragmentation-needed", 68)
    eq(conn.snd_mss, path.MIN_MTU - 40)


def test_path_mtus_are_bounded() -> None:
    """PATH_MTU_ENTRIES: the oldest is forgotten."""
    paths = path.PathTable()
    for remote in range(path.PATH_MTU_ENTRIES + 5):
        paths.learn(remote, 1000, 0)
    eq(len(paths.entries), path.PATH_MTU_ENTRIES)
    eq((paths.mss(4, 1460, 0), paths.mss(5, 1460, 0)), (1460, 1000))


def test_rfc5927_4_1_an_error_must_quote_what_is_outstanding() -> None:
    """RFC 5927 §4.1: a sequence number that is not outstanding is a guess; so is an unknown port, or too short a quote."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    icmp(bench, "port-unreachable")
    conn.send(b"x", bench.now)
    icmp(bench, "port-unreachable", seq=2)
    icmp(bench, "port-unreachable", seq=0)
    icmp(bench, "port-unreachable", port=1)
    bench.tcp.icmp_error(HERE, THERE, bytearray(7), 0, 7, "port-unreachable", 0, bench.now)
    eq((conn.soft_error, conn.state), (0, ESTABLISHED))
    eq(bench.drops(), {"tcp: ICMP error about what is not outstanding": 3, "tcp: ICMP error about no connection": 2})


def test_rfc5927_5_2_in_a_synchronized_state_errors_are_soft() -> None:
    """RFC 5927 §5.2: the connection stays; if it ends by a timeout the user hears the reason (RFC 5461)."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    conn.user_timeout = 5 * SECOND
    conn.send(b"x", bench.now)
    icmp(bench, "protocol-unreachable")
    icmp(bench, "host-unreachable")
    eq((conn.state, conn.error), (ESTABLISHED, 0))
    bench.sleep(100 * SECOND)
    eq((conn.state, conn.error), (CLOSED, errno.EHOSTUNREACH))


def test_rfc6069_4_a_broken_path_takes_back_a_doubling() -> None:
    """RFC 6069 §3, §4: net or host unreachable, about SND.UNA, while the timeout is doubled; for what is overdue then, at once. Not more than was doubled."""
    bench = Bench()
    slow(bench)
    conn = bench.find()
    conn.send(b"lost", bench.now)
    for kind in ("host-unreachable", "net-unreachable"):
        icmp(bench, kind)
    eq(conn.rtt.rto, 300 * MS, "nothing to take back")
    bench.sleep(900 * MS)
    eq(len(bench.sent()), 3)
    eq((conn.rtt.rto, conn.rtt.backoff), (1200 * MS, 2))
    for kind in ("prohibited", "unreachable", "time-exceeded"):
        icmp(bench, kind)
    eq(conn.rtt.rto, 1200 * MS)
    bench.sleep(700 * MS)
    icmp(bench, "net-unreachable")
    eq((conn.rtt.rto, conn.t_retransmit), (600 * MS, bench.now))
    bench.sleep(1)
    eq((len(bench.sent()), conn.rtt.backoff), (1, 2))
    bench.sleep(100 * MS - 1)
    icmp(bench, "host-unreachable")
    eq((conn.rtt.rto, conn.t_retransmit - bench.now), (600 * MS, 500 * MS))


def test_rfc5461_4_1_in_syn_sent_errors_end_the_attempt() -> None:
    """RFC 5461 §4.1: the user is told at once."""

    def check(kind: str, number: int) -> None:
        bench = Bench()
        conn = bench.connect()
        eq(conn.state, SYN_SENT)
        icmp(bench, kind, seq=0)
        eq((conn.state, conn.error), (CLOSED, number))

    table(
        (
            ("port-unreachable", errno.ECONNREFUSED),
            ("protocol-unreachable", errno.ECONNREFUSED),
            ("host-unreachable", errno.EHOSTUNREACH),
            ("net-unreachable", errno.ENETUNREACH),
            ("prohibited", errno.EHOSTUNREACH),
            ("time-exceeded", errno.EHOSTUNREACH),
            ("parameter-problem", errno.EPROTO),
        ),
        check,
    )


def transfer(seed: int, config: Config, loss: int, jitter: int, duplicates: int, size: int) -> Pair:
    """`size` octets across a link that loses `loss` and repeats `duplicates` in ten thousand, and an orderly end."""
    pair = Pair(seed, config)
    for link in (pair.to_a, pair.to_b):
        link.loss = loss
        link.jitter = jitter
        link.duplicates = duplicates
    client, server = pair.connect()
    data = pair.random.octets(1000) * (size // 1000)
    sending = Transfer(pair, client, server, data)
    pair.run(sending.done)
    eq(bytes(sending.got), data)
    server.close(pair.now)
    pair.run(lambda: client.state in (TIME_WAIT, CLOSED) and server.state == CLOSED)
    client.close(pair.now)
    pair.sleep(300 * SECOND)
    eq((len(pair.a.connections), len(pair.b.connections)), (0, 0))
    eq((pair.a.next_deadline(), pair.b.next_deadline()), (None, None))
    return pair


def test_everything_arrives_whatever_the_wire_does() -> None:
    """RFC 9293 §3.4: with loss, reordering and duplication, from many seeds, with and without options: the same octets, once, in order."""
    for seed in range(12):
        config = Config() if seed % 2 else plain()
        config.congestion = "cubic" if seed % 3 else "reno"
        config.sack = seed % 4 != 0
        transfer(
            seed, config, (0, 100, 500, 1500)[seed % 4], (0, 3 * MS, 30 * MS)[seed % 3], (0, 500)[seed % 2], 100_000
        )


def test_a_link_that_is_full_settles() -> None:
    """RFC 5681: 1 MB/s with a queue of 50 kB and no other loss: the queue overflows, and still most of the link is used."""
    for name in ("reno", "cubic"):
        config = Config()
        config.congestion = name
        pair = Pair(7, config)
        pair.to_b.rate = 1_000_000
        pair.to_b.queue = 50_000
        client, server = pair.connect()
        sending = Transfer(pair, client, server, bytes(2_000_000))
        took = pair.run(sending.done)
        eq(len(sending.got), 2_000_000)
        assert 2 * SECOND < took < 3500 * MS, (name, took)
        assert client.board.retransmitted * 1460 < 200_000, (name, client.board.retransmitted)


def test_a_killed_segment_costs_a_round_trip_not_a_timeout() -> None:
    """RFC 6675, RFC 8985: each single segment of a transfer, lost once, is repaired well before the retransmission timer."""
    for victim in range(1, 20):
        pair = Pair(1, Config())
        pair.to_a.delay = pair.to_b.delay = 50 * MS
        client, server = pair.connect()
        seen = [0]

        def kills(frame: bytearray, victim: int = victim, seen: list[int] = seen) -> bool:
            seen[0] += len(frame) > 1000
            return seen[0] == victim and len(frame) > 1000

        pair.to_b.kills = kills
        sending = Transfer(pair, client, server, bytes(30_000))
        took = pair.run(sending.done)
        eq((len(sending.got), pair.to_b.lost), (30_000, 1))
        assert took <= 650 * MS, (victim, took)


def test_an_idle_host_has_nothing_to_do() -> None:
    """The 1 kHz spin of the anchors: established, idle connections have no deadline at all."""
    pair = Pair(config=Config())
    client, server = pair.connect()
    sending = Transfer(pair, client, server, bytes(100_000))
    sending.data = bytes(100_000)
    pair.run(sending.done)
    pair.sleep(1 * SECOND)
    while pair.a.next_deadline() is not None or pair.b.next_deadline() is not None:
        assert pair.step(pair.now + 3600 * SECOND)
    eq((client.state == CLOSED, len(pair.flying)), (False, 0))


def test_the_timer_heap_is_bounded() -> None:
    """layer.Tcp.schedule: a connection that is busy for an hour with keepalive on leaves no trail of stale entries."""
    pair = Pair(config=Config())
    client, server = pair.connect()
    client.keepalive(7200 * SECOND, 75 * SECOND, 9, pair.now)
    most = 0
    for _ in range(3000):
        client.send(b"ping", pair.now)
        pair.sleep(30 * MS)
        server.receive(100, pair.now)
        server.send(b"pong", pair.now)
        pair.sleep(500 * MS)
        client.receive(100, pair.now)
        most = max(most, len(pair.a.heap), len(pair.b.heap))
    assert most <= 2 + 65, most


def test_every_reason_to_drop_has_a_test() -> None:
    """DROP_REASONS: unique, and each named by a test of these files (the ones above and test_tcp_open_close, _wire)."""
    reasons = segment.DROP_REASONS + arrives.DROP_REASONS + path.DROP_REASONS + layer.DROP_REASONS
    eq(len(set(reasons)), len(reasons))
    bench = Bench()
    eq(sorted(bench.tcp.drops), sorted(reasons))
    eq(PORT, 80)


def test_rfc3522_a_spurious_timeout_is_undone() -> None:
    """RFC 3522 §3.2, RFC 4015: a delay of a second, not a loss: one retransmission, and the window is as it was."""
    pair = Pair(2, Config())
    pair.to_a.delay = pair.to_b.delay = 50 * MS
    client, server = pair.connect()
    data = bytes(1_000_000)
    sending = Transfer(pair, client, server, data)
    pair.run(lambda: len(sending.got) > 200_000)
    cwnd = client.congestion.cwnd
    # The wire stands still for a while, and then carries everything in order.
    pair.to_b.rate = 100_000_000
    pair.to_b.free_at = pair.now + SECOND
    pair.run(sending.done)
    eq(bytes(sending.got), data)
    assert client.congestion.cwnd >= cwnd, (client.congestion.cwnd, cwnd)
    assert 1 <= client.board.retransmitted <= 3, client.board.retransmitted


def test_rfc3522_a_spurious_recovery_is_undone_and_was_reordering() -> None:
    """RFC 3522 §3.2: the timestamp that the ACK echoes is the original's; RFC 8985 §6.2, step 3: so the path reorders, and RACK waits from now on."""
    config = sack_config()
    config.timestamps = True
    bench = Bench(config)
    conn = bench.connect()
    bench.use_timestamps = True
    bench.tsecr = conn.tsval(bench.now)
    bench.sleep(100 * MS)
    bench.inject("S.", 0, 1, mss=1012, sack=True)
    bench.tsecr = conn.tsval(bench.now)
    conn.send(bytes(5000), bench.now)
    bench.sent()
    bench.sleep(100 * MS)
    bench.inject(".", 1, 1, sacks=[1001, 5001])
    eq([got.seq for got in bench.sent()], [1])
    eq((conn.ca_state, conn.board.reordering_seen), (CA_RECOVERY, False))
    bench.sleep(10 * MS)
    bench.inject(".", 1, 5001)
    eq((conn.ca_state, conn.congestion.cwnd, conn.board.reordering_seen), (CA_OPEN, 10_000, True))


def test_rfc8985_7_4_a_loss_that_the_probe_repaired_counts() -> None:
    """RFC 8985 §7.4.2: the last segment was lost, the probe repaired it, and the window is smaller for it; a DSACK says it was not lost."""

    def check(lost: bool) -> None:
        bench = Bench(sack_config())
        slow(bench, sack=True)
        conn = bench.find()
        conn.rtt.rto = SECOND
        conn.send(bytes(4000), bench.now)
        bench.sent()
        bench.sleep(250 * MS)
        bench.expect(("P.", 3001, 1000, 1))
        eq(conn.tlp_out, True)
        bench.inject(".", 1, 4001)
        conn.nodelay = True
        conn.send(bytes(500), bench.now)
        if lost:
            bench.inject(".", 1, 4501)
        else:
            bench.inject(".", 1, 4501, sacks=[3001, 4001])
        eq((conn.tlp_out, conn.congestion.ssthresh < 10_000), (False, lost))

    table(((True,), (False,)), check)


def test_buffers_tune_themselves() -> None:
    """The buffers too large, or too small, of the anchors: no user ever has to tune one: over 200 ms at 4 MB/s a long transfer uses most of the link; a set buffer stays as set."""
    pair = Pair(1, Config())
    for link in (pair.to_a, pair.to_b):
        link.delay = 100 * MS
        link.rate = 4_000_000
        link.queue = 1_000_000
    client, server = pair.connect()
    fixed, _ = pair.connect(81)
    fixed.set_rcvbuf(100_000)
    fixed.set_sndbuf(50_000)
    sending = Transfer(pair, client, server, bytes(6_000_000))
    took = pair.run(sending.done)
    assert took < 3500 * MS, took
    assert server.rcvbuf > 262_144 and client.sndbuf > 262_144
    eq((fixed.rcvbuf, fixed.sndbuf), (100_000, 50_000))
    server.close(pair.now)
    client.close(pair.now)
    pair.sleep(SECOND)
    assert pair.b.granted == 0
    pair.sleep(61 * SECOND)
    eq(pair.a.granted, 0)


def test_tuning_is_bounded() -> None:
    """layer.MAX_GRANTED: beyond it buffers stay as they are."""
    bench = Bench()
    conn = bench.established()
    eq(bench.tcp.grant(conn, layer.MAX_GRANTED - 10), layer.MAX_GRANTED - 10)
    eq((bench.tcp.grant(conn, 100), bench.tcp.grant(conn, 100)), (10, 0))
    conn.abort(bench.now)
    eq(bench.tcp.granted, 0)


def test_what_all_connections_queue_is_bounded() -> None:
    """layer.MAX_QUEUED: beyond it a connection sends from and offers LEAST_QUEUED, so that each goes on; what is freed anywhere is everybody's."""
    bench = Bench()
    conn = bench.established()
    eq(conn.send(bytes(50_000), bench.now), 50_000)
    eq((bench.tcp.queued, conn.held), (50_000, 50_000))
    others = layer.MAX_QUEUED - 50_000
    bench.tcp.queued += others
    eq((conn.send(b"x", bench.now), conn.writable()), (0, False))
    while len(conn.send_queue):
        bench.sent()
        bench.inject(".", 1, (conn.snd_nxt - conn.iss) & 0xFFFFFFFF)
    eq(bench.tcp.queued, others)
    bench.tcp.queued += 50_000
    eq((conn.writable(), conn.send(bytes(50_000), bench.now), conn.writable()), (True, layer.LEAST_QUEUED, False))
    # What was offered is taken, and no more is offered.
    edge = conn.rcv_adv
    bench.inject(".", 1, 1 + 50_000, bytes(1000))
    eq((len(conn.receive_queue), conn.rcv_adv, output.free_window(conn)), (1000, edge, layer.LEAST_QUEUED - 1000))
    bench.tcp.queued -= 50_000 + others
    eq((conn.writable(), bench.tcp.queued), (True, conn.held))
    conn.abort(bench.now)
    eq(bench.tcp.queued, 0)


def test_data_in_the_window_is_dropped_where_too_much_waits() -> None:
    """layer.MOST_QUEUED: the window was offered before. The segment is acknowledged as if it had not come, its FIN is not taken, and it comes again."""
    bench = Bench()
    conn = bench.established()
    bench.inject(".", 1, 1, bytes(layer.LEAST_QUEUED - 1))
    bench.tcp.queued += layer.MOST_QUEUED
    first = layer.LEAST_QUEUED
    bench.inject(".", first, 1, b"the least that it may have")
    bench.sent()
    second = first + 26
    for seq in (second, second + 100):
        bench.inject("F.", seq, 1, b"more")
        eq([(got.flags, got.ack) for got in bench.sent()], [(".", second)])
    eq((bench.tcp.drops["tcp: too much queued"], conn.state, len(conn.receive_queue)), (2, ESTABLISHED, second - 1))
    conn.receive(100_000, bench.now)
    bench.inject("F.", second, 1, b"more")
    eq((conn.receive(100, bench.now), conn.receive(100, bench.now)), (b"more", b""))


def test_what_nobody_will_read_is_not_counted() -> None:
    """The bound of a host's queues, tcp(7) tcp_mem: a connection that was reset counts for what its user can still read, until that is read or closed."""
    for close in (True, False):
        bench = Bench()
        conn = bench.established()
        bench.inject(".", 1, 1, bytes(1000))
        bench.inject(".", 3001, 1, bytes(500))
        eq(bench.tcp.queued, 1500)
        bench.inject("R", 1001)
        eq((conn.state, bench.tcp.queued), (CLOSED, 1000))
        if close:
            conn.close(bench.now)
        else:
            conn.receive(1000, bench.now)
        eq(bench.tcp.queued, 0)
