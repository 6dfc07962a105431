"""The controllers and what they stand on: rate samples, HyStart++ (RFC 9406), BBR (draft-ietf-ccwg-bbr), pacing, TCP_CONGESTION, cwnd's validation (RFC 7661)."""

from __future__ import annotations

from pynet import errno
from pynet.tcp import bbr, congestion, hystart, pacing, registry, trace
from pynet.tcp.bbr import Bbr
from pynet.tcp.congestion import INFINITE, NewReno
from pynet.tcp.cubic import Cubic
from pynet.tcp.delivery import Delivery, Rates, Sent
from pynet.tcp.hystart import HyStart
from pynet.tcp.layer import Config
from pynet.tcp.recovery import Scoreboard
from tests.support import eq, raises, table
from tests.tcp import MS, SECOND, Bench, Pair, Transfer, plain

# Rate samples.


def test_delivery_rate_is_over_the_longer_of_two_times() -> None:
    """draft-ietf-ccwg-bbr §4.1.1: sent in 10 ms, acknowledged in 40: the ACKs' time counts; the other way round, the sending's."""

    def check(send_gap: int, ack_gap: int, rate: int) -> None:
        board = Scoreboard([])
        for i in range(5):
            board.add(i * 1000, (i + 1) * 1000, i * send_gap)
        delivery = Delivery(0)
        for i in range(5):
            now = 100 * MS + i * ack_gap
            delivery.begin(board.fack)
            board.acknowledge((i + 1) * 1000, now, delivery, -1)
            board.rates.sample(delivery, 1)
        # The last was sent with nothing delivered: 5000 octets since the first was sent, or since the connection was idle.
        eq((delivery.delivered, delivery.interval, delivery.rate), (5000, max(4 * send_gap, 100 * MS + 4 * ack_gap), rate))

    table(((2500, 10 * MS, 5000 * SECOND // (140 * MS)), (50 * MS, 0, 5000 * SECOND // (200 * MS))), check)


def test_delivery_rate_in_the_steady_state_is_the_links() -> None:
    """draft-ietf-ccwg-bbr §4.1.1: a segment each millisecond, acknowledged 20 ms later: a million octets a second, whatever comes in lumps."""
    for lump in (1, 5):
        board = Scoreboard([])
        delivery = Delivery(0)
        acked = 0
        for tick in range(200):
            now = tick * MS
            if tick >= 20 and tick % lump == 0:
                acked = (tick - 20) * 1000
                delivery.begin(board.fack)
                board.acknowledge(acked, now, delivery, -1)
                board.rates.sample(delivery, 1)
            board.add(tick * 1000, (tick + 1) * 1000, now)
        assert 950_000 <= delivery.rate <= 1_000_000, (lump, delivery.rate)
        eq(board.rates.delivered, acked)


def test_delivery_rate_faster_than_a_round_trip_is_none() -> None:
    """draft-ietf-ccwg-bbr §4.1.1.3: an interval below the shortest round trip comes from a retransmission that was not what arrived."""
    rates = Rates()
    sent = Sent()
    sent.begin(0, 1000, 0, 1)
    rates.on_send(sent, 0, 0)
    delivery = Delivery(0)
    rates.on_delivered(sent, 5 * MS, delivery)
    rates.sample(delivery, 10 * MS)
    eq((delivery.rate, delivery.interval, rates.rate), (0, 0, 0))


def test_delivery_rate_knows_when_the_user_was_the_limit() -> None:
    """draft-ietf-ccwg-bbr §4.1.1.5: what is sent while there was nothing more to send is marked, until it is all delivered."""
    config = plain()
    bench = Bench(config)
    conn = bench.connect()
    bench.sleep(50 * MS)
    bench.inject("S.", 0, 1, mss=1000)
    conn.send(bytes(3000), bench.now)
    bench.sleep(50 * MS)
    bench.inject(".", 1, 3001)
    eq(conn.info(bench.now)["delivery_rate"], 3000 * SECOND // (50 * MS))
    conn.send(bytes(2000), bench.now)
    eq([sent.app_limited for sent in conn.board.sent], [True, True])
    bench.sleep(50 * MS)
    bench.inject(".", 1, 5001)
    eq((conn.delivery.app_limited, conn.info(bench.now)["delivery_rate"]), (True, 3000 * SECOND // (50 * MS)))


def test_delivery_counts_octets_and_segments_once() -> None:
    """TCP_INFO: delivered counts what is SACKed when it is, and not again when it is acknowledged."""
    board = Scoreboard([])
    for i in range(4):
        board.add(i * 1000, (i + 1) * 1000, 0)
    delivery = Delivery(0)
    board.sack(1000, 3000, 0, 4000, 10, delivery, -1)
    eq((board.rates.delivered, board.rates.segments), (2000, 2))
    board.acknowledge(4000, 20, delivery, -1)
    eq((board.rates.delivered, board.rates.segments), (4000, 4))


# HyStart++.


def rounds(control: HyStart, trips: list[int], samples: int = 8) -> list[bool]:
    """A round of `samples` ACKs for each of `trips`, microseconds; after each round: slow start over?"""
    over = []
    nxt = 1000
    una = 0
    for trip in trips:
        ended = False
        for i in range(samples):
            una = nxt if i == samples - 1 else una
            ended = control.on_ack(trip, una, nxt + 1000) or ended
        nxt += 1000
        over.append(ended)
    return over


def test_rfc9406_4_2_a_longer_round_trip_starts_css() -> None:
    """RFC 9406 §4.2: RttThresh is an eighth of the last round's, at least 4 ms and at most 16."""

    def check(before: int, after: int, css: bool) -> None:
        control = HyStart()
        control.window_end = 1000
        rounds(control, [before * MS, after * MS])
        eq(control.css, css)

    table(
        ((10, 13, False), (10, 14, True), (80, 89, False), (80, 90, True), (400, 415, False), (400, 416, True), (80, 60, False)),
        check,
    )


def test_rfc9406_4_2_few_samples_say_nothing() -> None:
    """RFC 9406 §4.2: at least N_RTT_SAMPLE of a round."""
    control = HyStart()
    control.window_end = 1000
    rounds(control, [50 * MS, 100 * MS, 200 * MS], hystart.N_RTT_SAMPLE - 1)
    eq(control.css, False)


def test_rfc9406_4_2_css_ends_slow_start_after_five_rounds() -> None:
    """RFC 9406 §4.2: CSS_ROUNDS rounds, the one in which it began counts; a shorter round trip ends CSS instead."""
    control = HyStart()
    control.window_end = 1000
    over = rounds(control, [50 * MS] + [60 * MS] * 6)
    eq(over.index(True), hystart.CSS_ROUNDS)
    control = HyStart()
    control.window_end = 1000
    over = rounds(control, [50 * MS, 60 * MS, 60 * MS, 59 * MS])
    eq((control.css, True in over), (False, False))


def test_linuxs_hystart_compares_with_the_shortest_of_all() -> None:
    """Not RFC 9406 but Ha and Rhee (2011), as Linux has it: the shortest of a round's first eight, an eighth of the shortest of all longer (4 to 16 ms): over at once."""

    def check(before: int, after: int, over: bool) -> None:
        control = hystart.LinuxHyStart("cubic")
        # What is measured while the window is small counts for the shortest.
        control.note(before * MS)
        eq(True in rounds(control, [before * MS] + [after * MS] * 4, hystart.N_RTT_SAMPLE + 1), over)

    table(((10, 14, False), (10, 15, True), (80, 90, False), (80, 91, True), (400, 416, False), (400, 417, True)), check)


def test_linuxs_hystart_without_a_sample_says_nothing() -> None:
    """What stands in place of RFC 9406: a round trip of 0 is none; and Linux has it for CUBIC from 16 segments on, for no other."""
    control = hystart.LinuxHyStart("cubic")
    eq((control.on_ack(0, 1000, 2000), control.shortest, control.low_window), (False, 0, hystart.LOW_WINDOW))
    eq(hystart.LinuxHyStart("reno").low_window, hystart.NEVER)


def test_rfc9406_4_2_css_grows_a_quarter_as_fast() -> None:
    """RFC 9406 §4.2: cwnd += N / CSS_GROWTH_DIVISOR; when slow start is over ssthresh is cwnd."""
    for control in (NewReno(1000), Cubic(1000)):
        control.on_ack(4000, 1000, 0, 0)
        eq(control.cwnd, 14_000)
        control.hystart.css = True
        control.on_ack(4000, 1000, 0, 0)
        eq(control.cwnd, 15_000)
        control.hystart.css_rounds = hystart.CSS_ROUNDS - 1
        control.hystart.window_end = 5000
        delivery = Delivery(0)
        delivery.una = 5000
        delivery.nxt = 9000
        control.on_delivery(delivery, 1000, 0)
        eq(control.ssthresh, 15_000)


def test_rfc9406_1_slow_start_ends_before_it_overshoots() -> None:
    """RFC 9406 §1: over 60 ms and a queue of six round trips' worth the first slow start loses far less."""

    def lost(off: bool) -> int:
        config = Config()
        config.sndbuf = config.rcvbuf = 1_000_000
        pair = Pair(1, config)
        pair.to_a.delay = pair.to_b.delay = 30 * MS
        pair.to_b.rate = 500_000
        pair.to_b.queue = 200_000
        client, server = pair.connect()
        if off:
            # Not the initial value, so HyStart++ has no say.
            client.congestion.ssthresh = INFINITE - 1
        sending = Transfer(pair, client, server, bytes(900_000))
        pair.run(lambda: len(sending.got) > 600_000)
        return pair.to_b.lost

    with_it, without = lost(False), lost(True)
    assert without > 20 and with_it * 3 < without, (with_it, without)


# Windows that are not used do not grow.


def test_rfc7661_4_4_a_window_grows_only_while_it_limits() -> None:
    """RFC 7661 §4.4, RFC 9438 §5.8: ten round trips of three segments leave cwnd alone, in slow start and in congestion avoidance; full ones do not."""
    for name in ("reno", "cubic"):
        for ssthresh in (INFINITE, 10_000):
            config = plain()
            config.congestion = name
            bench = Bench(config)
            conn = bench.established(mss=1000)
            conn.congestion.ssthresh = ssthresh
            seq = 1
            for _ in range(10):
                conn.send(bytes(3000), bench.now)
                seq += 3000
                bench.sleep(100 * MS)
                bench.inject(".", 1, seq)
            eq(conn.congestion.cwnd, 10_000, name)
            for _ in range(3):
                size = conn.congestion.cwnd
                conn.send(bytes(size), bench.now)
                bench.sleep(100 * MS)
                bench.inject(".", 1, (conn.snd_nxt - conn.iss) & 0xFFFFFFFF)
            assert conn.congestion.cwnd > 10_000, (name, ssthresh)


def test_rfc9937_6_1_and_6_4_what_recovery_starts_and_ends_with() -> None:
    """RFC 9937 §6.1: RecoverFS is what is outstanding and not SACKed before, what the ACK at hand delivers included; §6.4: at the end cwnd is ssthresh."""
    config = plain()
    config.sack = True
    bench = Bench(config)
    conn = bench.connect()
    bench.sleep(100 * MS)
    bench.inject("S.", 0, 1, mss=1000, sack=True)
    conn.send(bytes(10_000), bench.now)
    bench.sleep(100 * MS)
    bench.inject(".", 1, 1, sacks=[2001, 4001])
    bench.inject(".", 1, 1, sacks=[2001, 5001])
    eq((conn.prr.recover_fs, conn.congestion.ssthresh), (8000, 5000))
    conn.congestion.cwnd = 3000
    bench.inject(".", 1, 10_001)
    eq(conn.congestion.cwnd, 5000)


# Pacing.


def paced_bench(rate: int = 0, trip: int = 100 * MS) -> Bench:
    """ESTABLISHED, segments of 1000 octets, an initial window of ten, pacing on."""
    config = plain()
    config.pacing = True
    bench = Bench(config)
    conn = bench.connect()
    conn.max_pacing_rate = rate
    bench.sleep(trip)
    bench.inject("S.", 0, 1, mss=1000)
    bench.sent()
    return bench


def test_pacing_spreads_a_window_and_never_holds_up_the_first() -> None:
    """pacing.rate: twice cwnd a round trip in slow start; an initial window goes at once (RFC 6928), the next over half a round trip."""
    bench = paced_bench()
    conn = bench.find()
    conn.send(bytes(40_000), bench.now)
    eq(len(bench.sent()), 10)
    bench.sleep(100 * MS)
    start = bench.now
    bench.inject(".", 1, 9001)
    eq(conn.info(bench.now)["pacing_rate"], 2 * 19_000 * 10)
    bench.sleep(60 * MS)
    got = bench.sent()
    eq(len(got), 18)
    eq([len([1 for one in got if one.at == at]) > 2 for at in {one.at for one in got}].count(True), 0, "two at a time at most")
    assert 35 * MS <= got[-1].at - start <= 50 * MS, got[-1].at - start


def test_pacing_is_off_where_it_would_only_cost() -> None:
    """pacing.MIN_RTT: below five milliseconds a window goes as ACKs come, with no timer."""
    bench = paced_bench(trip=4 * MS)
    conn = bench.find()
    conn.send(bytes(40_000), bench.now)
    bench.sleep(4 * MS)
    bench.sent()
    bench.inject(".", 1, 10_001)
    eq((len(bench.sent()), conn.t_pace, conn.pace_rate), (20, -1, 0))


def test_so_max_pacing_rate_is_kept() -> None:
    """socket(7), SO_MAX_PACING_RATE: octets a second, after the burst that silence allows; whatever cwnd would let go, on a path of no length too."""
    bench = paced_bench(rate=10_000, trip=1 * MS)
    conn = bench.find()
    eq(conn.info(bench.now)["max_pacing_rate"], 10_000)
    conn.send(bytes(60_000), bench.now)
    start = bench.now
    sent = 0
    while bench.now < start + 4 * SECOND:
        bench.sleep(10 * MS)
        sent += sum([len(got.data) for got in bench.sent()])
        bench.inject(".", 1, (conn.snd_nxt - conn.iss) & 0xFFFFFFFF)
    assert 36_000 <= sent <= 40_000 + 10_000, sent


def test_paced_retransmissions_arrive_too() -> None:
    """pacing.may_send: a paced transfer over a lossy wire, by each controller, is whole."""
    for name in registry.names():
        config = Config()
        config.congestion = name
        pair = Pair(7, config)
        pair.to_a.loss = pair.to_b.loss = 300
        client, server = pair.connect()
        data = bytes(range(256)) * 1500
        sending = Transfer(pair, client, server, data)
        pair.run(sending.done)
        eq(bytes(sending.got) == data, True, name)
        assert client.pace_rate > 0 and client.board.retransmitted > 0, name


# TCP_CONGESTION.


def test_tcp_congestion_by_name() -> None:
    """tcp(7), TCP_CONGESTION: the windows stay, the rules change; a name that is none is ENOENT."""
    eq(registry.names()[:2] + registry.names()[-1:], ["bbr", "cubic", "reno"])
    bench = Bench()
    conn = bench.established(mss=1000)
    conn.congestion.cwnd = 33_000
    conn.congestion.ssthresh = 22_000
    for name in ("cubic", "bbr", "reno"):
        registry.set_congestion(conn, name)
        eq((registry.congestion_of(conn), conn.congestion.cwnd, conn.congestion.ssthresh), (name, 33_000, 22_000))
    same = conn.congestion
    registry.set_congestion(conn, "reno")
    eq(conn.congestion is same, True)
    error = raises(OSError, registry.set_congestion, conn, "vegas")
    eq(error.errno, errno.ENOENT)  # type: ignore[attr-defined]


def test_controllers_change_in_the_middle_of_a_transfer() -> None:
    """tcp(7), TCP_CONGESTION: whatever the phase, recovery, loss, paced or not, the octets arrive."""
    pair = Pair(5, Config())
    pair.to_b.loss = 500
    client, server = pair.connect()
    data = bytes(range(256)) * 2000
    sending = Transfer(pair, client, server, data)
    names = ["bbr", "reno", "cubic"]
    turn = 0
    while not sending.done():
        registry.set_congestion(client, names[turn % 3])
        turn += 1
        pair.sleep(37 * MS)
    assert turn > 10
    eq(bytes(sending.got) == data, True)


# BBR.


def bottleneck(rate: int, delay: int, queue: int, loss: int = 0, seed: int = 1) -> tuple[Pair, Transfer, Bbr]:
    """A transfer without end by BBR, through a link of so many octets a second."""
    config = Config()
    config.congestion = "bbr"
    pair = Pair(seed, config)
    for link in (pair.to_a, pair.to_b):
        link.delay = delay
        link.loss = loss
    pair.to_b.rate = rate
    pair.to_b.queue = queue
    client, server = pair.connect()
    sending = Transfer(pair, client, server, bytes(12_000_000))
    control = client.congestion
    assert isinstance(control, Bbr)
    return pair, sending, control


def test_bbr_finds_the_bandwidth_and_the_round_trip() -> None:
    """draft-ietf-ccwg-bbr §4.3: 300 kB/s over 40 ms: the model says so within a tenth, and the link is used."""
    pair, sending, control = bottleneck(300_000, 20 * MS, 40_000)
    pair.sleep(3 * SECOND)
    assert 270_000 <= control.max_bw() <= 320_000, control.max_bw()
    assert 40 * MS <= control.min_rtt <= 50 * MS, control.min_rtt
    eq(control.full_bw_reached, True)
    assert control.state >= bbr.PROBE_BW_DOWN, control.state
    before = len(sending.got)
    pair.sleep(3 * SECOND)
    assert len(sending.got) - before > 770_000, len(sending.got) - before


def test_bbr_keeps_the_queue_short() -> None:
    """draft-ietf-ccwg-bbr §1: a queue of ten round trips' worth is not filled: Startup's is drained, and the round trip stays below three."""
    pair, sending, _ = bottleneck(300_000, 20 * MS, 120_000)
    pair.sleep(2 * SECOND)
    longest = 0
    for _ in range(200):
        pair.sleep(10 * MS)
        longest = max(longest, sending.sender.rtt.latest)
    assert longest < 120 * MS, longest
    eq(pair.to_b.lost, 0)


def test_bbr_does_not_take_random_loss_for_congestion() -> None:
    """draft-ietf-ccwg-bbr §1: one per cent lost at random leaves it four fifths of the link and more."""
    pair, sending, _ = bottleneck(300_000, 20 * MS, 40_000, loss=100)
    pair.sleep(8 * SECOND)
    assert len(sending.got) > 1_900_000, len(sending.got)
    assert pair.to_b.lost >= 8, pair.to_b.lost


def test_bbr_probes_the_round_trip_with_four_segments() -> None:
    """draft-ietf-ccwg-bbr §5.3.4.3: when no shorter round trip came for five seconds, half the pipe's content at most, for 200 ms, once in five seconds."""
    pair, sending, control = bottleneck(200_000, 20 * MS, 30_000)
    seen = 0
    inside = False
    for _ in range(1200):
        pair.sleep(10 * MS)
        probing = control.state == bbr.PROBE_RTT
        if probing:
            assert control.cwnd <= max(control.probe_rtt_cwnd(), 4 * control.mss), control.cwnd
        seen += probing and not inside
        inside = probing
    assert 1 <= seen <= 3, seen
    assert len(sending.got) > 1_900_000, len(sending.got)


def test_bbr_finds_more_when_the_link_gets_wider() -> None:
    """draft-ietf-ccwg-bbr §5.3.3: probes find it within seconds."""
    pair, sending, control = bottleneck(150_000, 20 * MS, 30_000)
    pair.sleep(3 * SECOND)
    assert control.max_bw() < 180_000, control.max_bw()
    pair.to_b.rate = 400_000
    pair.to_b.queue = 60_000
    pair.sleep(8 * SECOND)
    assert control.max_bw() > 350_000, control.max_bw()
    assert len(sending.got) > 2_000_000, len(sending.got)


def test_bbr_stays_within_64_bits() -> None:
    """draft-ietf-ccwg-bbr §2: at the widest window and a hundred gigabits no integer reaches 2**63."""
    control = Bbr(65_535)
    rate = 12_500_000_000
    control.bw_this_cycle = rate
    control.min_rtt = 120 * SECOND
    control.full_bw_reached = True
    control.extra_acked = INFINITE
    assert rate * 120 * SECOND < 2**63
    assert rate * 277 < 2**63
    delivery = Delivery(0)
    delivery.acked = INFINITE
    delivery.order = 1
    delivery.rate = rate
    for now in (0, SECOND, 10**12):
        control.on_delivery(delivery, 65_535, now)
        assert 0 < control.cwnd <= congestion.INFINITE
        assert 0 < control.pacing_rate < 1 << 40


# The trace.


def test_trace_tells_windows_phases_and_times() -> None:
    """trace.start: a line for each change, the first column the time; switched off by None; bounded by MAX_LINES."""
    bench = Bench()
    conn = bench.established(mss=1000)
    traced = trace.start(conn)
    conn.send(bytes(5000), bench.now)
    bench.sleep(250 * MS)
    lines = list(traced.lines)
    eq((lines[0][1], lines[0][5], lines[0][6]), (10_000, 5000, 0))
    eq((lines[-1][1], lines[-1][6], abs(bench.now - 50 * MS - lines[-1][0]) < MS), (1000, 4, True))
    rows = traced.text().splitlines()
    eq((rows[0].split("\t")[:3], len(rows)), (["time", "cwnd", "ssthresh"], len(lines) + 1))
    conn.trace = None
    bench.inject(".", 1, 5001)
    eq(len(traced.lines), len(lines))
    for i in range(trace.MAX_LINES + 5):
        traced.lines.append((i,))
    eq(len(traced.lines), trace.MAX_LINES)
    eq(pacing.rate(conn), 0)
