"""The parts of TCP that know of no connection: sequence numbers, queues, the timeout, hashes, ports, congestion control."""

from __future__ import annotations

from pynet import errno
from pynet.tcp import buffers, congestion, cubic, isn, ports, rto
from pynet.tcp.buffers import BlockQueue, ByteQueue, OutOfOrder
from pynet.tcp.congestion import NewReno, initial_window
from pynet.tcp.cubic import Cubic, cube_root
from pynet.tcp.delivery import Delivery
from pynet.tcp.prr import Prr
from pynet.tcp.recovery import MAX_SPARE, Scoreboard
from pynet.tcp.rto import RoundTrip
from pynet.tcp.sequence import MASK, add, between, distance, later, le, lt
from tests.support import Random, eq, raises, table


def test_rfc9293_3_4_sequence_numbers_compare_modulo_2_32() -> None:
    """RFC 9293 §3.4: "the symbol =< means less than or equal (modulo 2**32)"."""

    def check(a: int, b: int, less: bool) -> None:
        eq(lt(a, b), less)
        eq(le(a, b), less or a == b)
        eq(later(a, b), b if less else a)

    table(
        ((0, 1, True), (1, 0, False), (5, 5, False), (MASK, 0, True), (0, MASK, False), (0xFFFFFF00, 0x100, True)),
        check,
    )
    eq(add(MASK, 1), 0)
    eq(add(0, -1), MASK)
    eq(distance(MASK, 1), 2)
    eq([between(MASK, x, 1) for x in (MASK - 1, MASK, 0, 1, 2)], [False, True, True, True, False])


def test_byte_queue_keeps_order_and_frees_its_front() -> None:
    """RFC 9293 §3.8.6, the send buffer: what went in comes out."""
    random = Random(5)
    queue = ByteQueue()
    wanted = bytearray()
    for _ in range(500):
        block = random.octets(1 + random.below(200 if random.below(4) else 3000))
        source = b"xy" + block + b"z"
        if random.below(2):
            queue.append(block, 0, len(block))
        else:
            queue.append(bytearray(source) if random.below(2) else memoryview(source), 2, 2 + len(block))
        wanted += block
        for _ in range(3):
            at = random.below(len(wanted) + 1)
            count = random.below(5000)
            eq(queue.piece(at, count), wanted[at : at + count])
        freed = random.below(min(len(wanted), 900) + 1)
        queue.consume(freed)
        del wanted[:freed]
        eq(len(queue), len(wanted))
        assert len(queue.blocks) <= 2 * (len(queue) // buffers.BLOCK + 2)
    queue.clear()
    eq((len(queue), queue.piece(0, 1)), (0, b""))


def test_byte_queue_keeps_bytes_and_copies_what_may_change() -> None:
    """RFC 9293 §3.8.6, the send buffer: what its user does to a buffer later is not sent; octets that nobody can change are not copied."""
    queue = ByteQueue()
    mutable = bytearray(b"a" * 2000)
    queue.append(mutable, 0, 2000)
    mutable[:] = b"b" * 2000
    eq(queue.piece(1000, 1000), b"a" * 1000)
    constant = b"c" * 2000
    queue.append(constant, 0, 2000)
    assert queue.blocks[1] is constant
    queue.append(constant, 500, 2000)
    eq(queue.piece(3999, 3000), b"c" * 1501)


def test_block_queue_keeps_order_and_frees_both_ends() -> None:
    """RFC 9293 §3.8.6, the receive buffer: what went in comes out, in few blocks however small the segments were."""
    random = Random(6)
    queue = BlockQueue()
    wanted = bytearray()
    for _ in range(1000):
        block = random.octets(random.below(3 if random.below(2) else 1500))
        queue.append(bytearray(b"xy" + block + b"z"), 2, 2 + len(block))
        wanted += block
        count = random.below(4000)
        eq(queue.read(count), bytes(wanted[:count]))
        freed = random.below(min(len(wanted), 1400) + 1)
        queue.consume(freed)
        del wanted[:freed]
        cut = random.below(min(len(wanted), 40) + 1)
        queue.drop_last(cut)
        del wanted[len(wanted) - cut :]
        eq(len(queue), len(wanted))
        assert len(queue.blocks) <= 2 * (len(queue) // buffers.BLOCK + 2)
    eq(queue.read(len(wanted)), bytes(wanted))
    queue.clear()
    eq((len(queue), queue.read(10)), (0, b""))


def test_rfc9293_3_10_7_4_out_of_order_octets_survive_any_cutting() -> None:
    """RFC 9293 §3.7.5, §3.10.7.4: a sender may cut the same octets differently each time; pieces never overlap, nothing is lost."""
    for seed in range(40):
        random = Random(seed)
        start = (MASK - 700 + seed * 37) & MASK
        data = bytearray(random.octets(2000))
        pieces = OutOfOrder()
        queue = BlockQueue()
        nxt = start
        held = [False] * len(data)
        for _ in range(400):
            at = random.below(len(data))
            end = min(at + 1 + random.below(300), len(data))
            done = (nxt - start) & MASK
            if end <= done:
                continue
            at = max(at, done)
            if at == done:
                queue.append(data, at, end)
                nxt = add(start, end)
                nxt = add(nxt, pieces.take(nxt, queue))
            else:
                kept, dropped = pieces.insert(nxt, add(start, at), data, at, end)
                eq((kept, dropped), (held[at:end].count(False), False))
            for i in range(at, end):
                held[i] = True
            done = (nxt - start) & MASK
            eq(pieces.octets, held[done:].count(True))
            eq(sum([distance(left, right) for left, right in pieces.ranges(1000)]), pieces.octets)
        eq(queue.read(5000), bytes(data[: (nxt - start) & MASK]))


def test_rfc2018_4_the_newest_range_comes_first() -> None:
    """RFC 2018 §4: "the first SACK block MUST specify the contiguous block of data containing the segment which triggered this ACK"."""
    pieces = OutOfOrder()
    for seq in (100, 300, 500, 200):
        pieces.insert(0, seq, bytes(50), 0, 50)
    eq(pieces.ranges(4), [(200, 250), (500, 550), (300, 350), (100, 150)])
    eq(pieces.ranges(2), [(200, 250), (500, 550)])
    pieces.insert(0, 150, bytes(50), 0, 50)
    eq(pieces.ranges(4), [(100, 250), (500, 550), (300, 350)])
    pieces.clear()
    eq(pieces.ranges(4), [])


def test_out_of_order_pieces_are_bounded() -> None:
    """MAX_PIECES: one more is dropped; what joins a piece that is there still fits."""
    pieces = OutOfOrder()
    for i in range(buffers.MAX_PIECES):
        eq(pieces.insert(0, 10 + 2 * i, b"x", 0, 1), (1, False))
    eq(pieces.insert(0, 5000, b"x", 0, 1), (0, True))
    eq(pieces.insert(0, 11, b"y", 0, 1), (1, False))
    eq(len(pieces.pieces), buffers.MAX_PIECES)
    eq(pieces.octets, buffers.MAX_PIECES + 1)


def test_rfc6298_2_round_trip_samples() -> None:
    """RFC 6298 §2.2: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 * RTTVAR; §2.3: 7/8 and 3/4 of the old."""
    trip = RoundTrip()
    eq(trip.rto, 1_000_000)
    trip.sample(400_000)
    eq((trip.srtt(), trip.rttvar(), trip.rto), (400_000, 200_000, 1_200_000))
    trip.sample(800_000)
    eq((trip.srtt(), trip.rttvar()), (450_000, 250_000))
    eq(trip.rto, 1_450_000)
    eq(trip.minimum, 400_000)


def test_rfc6298_2_4_and_2_5_the_timeout_has_bounds() -> None:
    """RFC 6298 §2.4, §2.5: at least MINIMUM above the round trip, however steady that is, never above MAXIMUM, also when it backs off (§5.5)."""
    for steady in (50, 100_000, 900_000):
        trip = RoundTrip()
        for _ in range(200):
            trip.sample(steady)
        eq(trip.rto, steady + rto.MINIMUM)
    for _ in range(40):
        trip.back_off()
    eq((trip.rto, trip.backoff), (rto.MAXIMUM, 40))
    trip.sample(10**12)
    eq(trip.backoff, 0)
    for _ in range(100):
        trip.sample(10**12)
    assert trip.rto <= rto.MAXIMUM


def test_rfc6528_siphash_gives_its_published_vector() -> None:
    """RFC 6528 §3: SipHash-2-4 with the key and the input of its paper's appendix A."""
    eq(isn.siphash(bytes(range(16)), bytes(range(15))), 0xA129CA6149BE45E5)
    eq(isn.siphash(bytes(range(16)), b""), 0x726FDB47DD0E0E31)
    eq(isn.siphash(bytes(range(16)), bytes(range(8))), 0x93F5F5799A932462)


def test_rfc6528_3_initial_sequence_numbers_depend_on_all_and_grow() -> None:
    """RFC 6528 §3: a number of its own for each connection, and a clock of 4 microseconds; RFC 7323 §5.4: timestamps differ from host to host."""
    key = bytes(range(16))
    base = isn.initial_sequence_number(key, 1, 2, 3, 4, 0)
    eq(isn.initial_sequence_number(key, 1, 2, 3, 4, 4_000_000), add(base, 1_000_000))
    others = [
        isn.initial_sequence_number(key, 9, 2, 3, 4, 0),
        isn.initial_sequence_number(key, 1, 9, 3, 4, 0),
        isn.initial_sequence_number(key, 1, 2, 9, 4, 0),
        isn.initial_sequence_number(key, 1, 2, 3, 9, 0),
        isn.initial_sequence_number(bytes(16), 1, 2, 3, 4, 0),
    ]
    eq(len({base, *others}), 6)
    eq(isn.timestamp_offset(key, 1, 3), isn.timestamp_offset(key, 1, 3))
    assert isn.timestamp_offset(key, 1, 3) != isn.timestamp_offset(key, 3, 1)


def test_rfc6056_3_3_1_ephemeral_ports() -> None:
    """RFC 6056 §3.3.1: from a random start, the next that is free; 0 when none is."""
    eq(ports.choose(5, lambda port: True), ports.FIRST + 5)
    eq(ports.choose(5, lambda port: port == ports.FIRST + 4), ports.FIRST + 4)
    eq(ports.choose(65535, lambda port: False), 0)


def test_rfc6056_3_3_4_ports_go_in_turn_from_a_secret_place() -> None:
    """RFC 6056 §3.3.4: towards one peer ports go up by small steps and come back only after all others; each peer has a place of its own."""
    turns = ports.Turns(bytes(range(16)))
    random = Random(6)
    count = ports.LAST - ports.FIRST + 1
    taken = [turns.choose(1, 2, 80, random.below(65536), lambda port: True) for _ in range(3000)]
    steps = [(taken[i + 1] - taken[i]) % count for i in range(len(taken) - 1)]
    eq((min(steps), max(steps)), (1, ports.LONGEST_STEP))
    eq(len(set(taken)), len(taken))
    starts = {ports.Turns(bytes(range(16))).choose(1, remote, rport, 0, lambda port: True) for remote in range(2, 12) for rport in (80, 443)}
    assert len(starts) >= 19
    assert ports.Turns(bytes(16)).choose(1, 2, 80, 0, lambda port: True) != taken[0]


def test_rfc6056_3_3_4_ports_that_are_taken_are_passed_over() -> None:
    """RFC 6056 §3.3.4: every free port is found, 0 when there is none; the counters stay as many and within the range."""
    turns = ports.Turns(bytes(range(16)))
    for only in (ports.FIRST, ports.FIRST + 777, ports.LAST):
        eq(turns.choose(1, 2, 80, 7, lambda port: port == only), only)  # noqa: B023
    eq(turns.choose(1, 2, 80, 7, lambda port: False), 0)
    for rport in range(2000):
        turns.choose(1, 2, rport, rport, lambda port: True)
    eq(len(turns.counters), ports.TURNS)
    assert all(0 <= counter <= ports.LAST - ports.FIRST for counter in turns.counters)


def test_bound_ports_are_bounded() -> None:
    """MAX_BOUND: bind() says ENOBUFS; what is released makes room."""
    held = ports.PortTable()
    for address in range(1, ports.MAX_BOUND + 1):
        held.bind(address, 1)
    eq(raises(OSError, held.bind, 0, 2).args[0], errno.ENOBUFS)
    eq(raises(OSError, held.bind, 0, 1).args[0], errno.EADDRINUSE)
    held.release(5, 1)
    held.bind(0, 2)
    held.connection_made(3)
    held.connection_made(3)
    held.connection_gone(3)
    eq([held.is_unused(port) for port in (1, 2, 3, 4)], [False, False, False, True])
    held.connection_gone(3)
    eq(held.is_unused(3), True)


def test_rfc6928_2_initial_window() -> None:
    """RFC 6928 §2: min(10 * MSS, max(2 * MSS, 14600))."""
    table(
        ((1460, 14600), (536, 5360), (8960, 17920), (65495, 130990), (1000, 10000)),
        lambda mss, wnd: eq(initial_window(mss), wnd),
    )


def test_rfc5681_3_1_new_reno_grows() -> None:
    """RFC 5681 §3.1: slow start by what is acknowledged (RFC 3465 §2.3: after a loss at most 2 segments), then one segment a round trip."""
    control = NewReno(1000)
    eq(control.cwnd, 10_000)
    control.on_ack(1000, 1000, 0, 0)
    eq(control.cwnd, 11_000)
    control.on_ack(50_000, 1000, 0, 0)
    eq(control.cwnd, 61_000)
    control.on_loss(20_000, 1000, 0)
    eq(control.ssthresh, 10_000)
    control.on_recovered(1000, 0)
    eq(control.cwnd, 10_000)
    for _ in range(10):
        control.on_ack(1000, 1000, 0, 0)
    eq(control.cwnd, 11_000)
    control.on_rto(3_000, 1000, 0)
    eq((control.cwnd, control.ssthresh), (1000, 2000))
    control.ssthresh = 4500
    control.on_ack(10_000, 1000, 0, 0)
    eq(control.cwnd, 3000)
    control.on_ack(2000, 1000, 0, 0)
    eq((control.cwnd, control.counted), (4500, 500), "what slow start leaves is congestion avoidance's")


def test_rfc5681_4_1_restart_window() -> None:
    """RFC 5681 §4.1, RFC 9438 §5.8: after idleness no more than the initial window, and the cubic does not count the time."""
    for control in (NewReno(1000), Cubic(1000)):
        control.cwnd = 100_000
        control.after_idle(1000)
        eq(control.cwnd, 10_000)


def test_rfc9438_5_8_an_epoch_ends_with_idleness() -> None:
    """RFC 9438 §5.8: the cubic begins anew, from the window that is."""
    control = Cubic(1000)
    control.cwnd, control.ssthresh = 50_000, 40_000
    control.on_ack(1000, 1000, 10_000, 0)
    eq(control.epoch, 0)
    control.after_idle(1000)
    eq(control.epoch, -1)


def test_rfc9438_4_4_and_4_5_slower_towards_w_max_and_faster_beyond() -> None:
    """RFC 9438 §4.4, §4.5: concave before K, convex after it, and never more than half a window in a round trip."""
    control = Cubic(1000)
    control.cwnd, control.ssthresh = 1_000_000, 900_000
    control.on_loss(1_000_000, 1000, 0)
    control.on_recovered(1000, 0)
    windows = []
    for second in range(19):
        for _ in range(10):
            acked = control.cwnd
            while acked > 0:
                control.on_ack(2000, 1000, 100_000, second * 1_000_000)
                acked -= 2000
        windows.append(control.cwnd)
    gains = [windows[i + 1] - windows[i] for i in range(len(windows) - 1)]
    assert gains[1] > gains[4] > gains[7], gains
    assert gains[10] < gains[13] < gains[16], gains
    assert all(gain <= windows[i] * 58 for i, gain in enumerate(gains))


def test_cube_root_is_exact() -> None:
    """RFC 9438 §4.2: the integer cube root, at and around cubes."""
    for r in (0, 1, 2, 3, 10, 99, 1000, 65_535, 1_000_000):
        eq(cube_root(r**3), r)
        eq(cube_root(r**3 + 1), r if r else 1)
        if r > 1:
            eq(cube_root(r**3 - 1), r - 1)


def test_rfc9438_4_2_cubic_returns_to_w_max_after_k() -> None:
    """RFC 9438 §4.2: K seconds after a loss the window is where it was; §4.6: beta is 0.7."""
    mss = 1000
    control = Cubic(mss)
    control.cwnd = 1_000_000
    control.ssthresh = 900_000
    control.on_loss(1_000_000, mss, 0)
    eq((control.ssthresh, control.w_max), (700_000, 1_000_000))
    control.on_recovered(mss, 0)
    now = 0
    rtt = 100_000
    while now < 9_086_000:
        acked = control.cwnd
        while acked > 0:
            control.on_ack(2 * mss, mss, rtt, now)
            acked -= 2 * mss
        now += rtt
    # K = cubic_root(1000 * 0.3 / 0.4) = 9.086 s.
    eq(control.k, 9085)
    assert 980_000 <= control.cwnd <= 1_010_000, control.cwnd


def test_rfc9438_4_7_fast_convergence() -> None:
    """RFC 9438 §4.7: a second loss below W_max gives way: W_max = cwnd * (1 + beta) / 2."""
    control = Cubic(1000)
    control.cwnd = 100_000
    control.on_loss(100_000, 1000, 0)
    control.cwnd = 80_000
    control.on_loss(80_000, 1000, 0)
    eq(control.w_max, 68_000)


def test_rfc9438_4_3_alpha_is_one_from_cwnd_prior_on() -> None:
    """RFC 9438 §4.3: W_est gains 9/17 of a segment a window until it reaches the cwnd of the loss, W_max of fast convergence or not; one after that."""
    control = Cubic(1000)
    control.cwnd = 20_000
    control.on_loss(20_000, 1000, 0)
    control.cwnd = 18_000
    control.on_loss(18_000, 1000, 0)
    eq((control.w_max, control.cwnd_prior), (15_300, 18_000))
    control.on_recovered(1000, 0)
    control.start_epoch(1000, 0)
    for w_est, grown in ((15_400, 1), (17_900, 1), (18_000, 2)):
        control.w_est = w_est
        control.counted_est = 0
        for _ in range(2):
            control.estimate_reno(control.cwnd, 1000)
        eq((control.w_est - w_est) // 1000, grown)


def test_rfc9438_4_8_after_a_timeout_the_cubic_starts_flat() -> None:
    """RFC 9438 §4.8: K is 0 and W_max the window that congestion avoidance begins with, whatever was before the timeout."""
    control = Cubic(1000)
    control.cwnd = 100_000
    control.on_rto(100_000, 1000, 0)
    eq((control.cwnd, control.ssthresh), (1000, 70_000))
    control.cwnd = 70_000
    control.on_ack(1000, 1000, 100_000, 1_000_000)
    eq((control.k, control.w_max), (0, 70_000))


def test_cubic_stays_within_64_bits() -> None:
    """The integers of RFC 9438 §4.2 stay below 2**63 for an MSS of 65535 and a century since the loss, and the window below 2**30."""
    control = Cubic(65535)
    control.w_max = congestion.INFINITE
    control.cwnd = control.ssthresh = congestion.INFINITE // 2
    control.on_ack(65535, 65535, 100_000, 0)
    for now in (10**6, 10**9, 3 * 10**15):
        control.on_ack(65535, 65535, 100_000, now)
        assert 0 < control.cwnd <= congestion.INFINITE
    assert 4 * 65535 * cubic.MAX_CUBIC_MS**3 < 2**63


def outstanding(count: int, size: int = 1000, at: int = 1000) -> Scoreboard:
    board = Scoreboard([])
    for i in range(count):
        board.add(i * size, (i + 1) * size, at + i)
    return board


def test_rfc6675_4_pipe_counts_what_is_in_the_network() -> None:
    """RFC 6675 §4: outstanding, less what is SACKed, less what is lost and not yet sent again."""
    board = outstanding(10)
    delivery = Delivery(0)
    eq(board.pipe(), 10_000)
    board.sack(3000, 6000, 0, 10_000, 5000, delivery, -1)
    eq((board.pipe(), delivery.sacked, board.sacked_octets), (7000, 3000, 3000))
    board.mark_first_lost()
    eq(board.pipe(), 6000)
    first = board.next_lost()
    assert first is board.sent[0]
    board.resend(first, 6000)
    eq(board.pipe(), 7000)
    board.acknowledge(6500, 7000, delivery, -1)
    eq((board.pipe(), board.outstanding, delivery.acked), (3500, 3500, 3500))
    eq(board.sent[0].seq, 6500)


def test_rfc2018_8_reneging_forgets_what_was_sacked() -> None:
    """RFC 2018 §8, RFC 6675 §5.1: after a timeout what was SACKed may have to be sent again."""
    board = outstanding(4)
    board.sack(0, 2000, 0, 4000, 5000, Delivery(0), -1)
    board.mark_all_lost(False)
    eq((board.lost_octets, board.sacked_octets), (2000, 2000))
    board.mark_all_lost(True)
    eq((board.lost_octets, board.sacked_octets, board.pipe()), (4000, 0, 0))


def test_sacks_outside_what_is_outstanding_are_not_believed() -> None:
    """RFC 2018 §3, RFC 2883 §4: empty, reversed, below SND.UNA, above SND.NXT."""

    def check(left: int, right: int) -> None:
        board = outstanding(4)
        board.sack(left, right, 0, 4000, 5000, Delivery(0), -1)
        eq(board.sacked_octets, 0)

    table(((1000, 1000), (2000, 1000), (MASK - 5, 1000), (3000, 5000), (100, 900)), check)


def test_of_a_sack_block_that_has_grown_what_is_new_is_looked_at() -> None:
    """RFC 2018 §4: each ACK repeats the blocks before it, and a peer may make them long (CVE-2019-11478)."""
    board = outstanding(10)

    def sack(left: int, right: int) -> list[int]:
        board.begin_sacks()
        board.sack(left, right, 0, 1000 * len(board.sent), 5000, Delivery(0), -1)
        return [i for i in range(len(board.sent)) if board.sent[i].sacked]

    eq(sack(2000, 4000), [2, 3])
    board.sent[2].sacked = False
    eq(sack(2000, 6500), [3, 4, 5], "the first was looked at before")
    eq(sack(2000, 7000), [3, 4, 5, 6], "its end lay within a segment")
    eq(sack(1000, 7000), [1, 2, 3, 4, 5, 6], "another block, all of it")
    eq(sack(8000, 11_000), [1, 2, 3, 4, 5, 6], "beyond SND.NXT: not believed")
    board.add(10_000, 11_000, 6000)
    eq(sack(8000, 11_000), [1, 2, 3, 4, 5, 6, 8, 9, 10], "and so not remembered")
    board.mark_all_lost(True)
    eq(sack(8000, 11_000), [8, 9, 10], "the receiver reneged (RFC 2018 §8): nothing is known")


def test_rack_looks_at_holes_and_not_at_what_lies_between_them() -> None:
    """RFC 8985 §6.2, step 5: what is SACKed, and what was sent after the newest that arrived, is not looked at with every ACK."""
    board = outstanding(100)
    for last in range(90, 95):
        board.begin_sacks()
        board.sack(10_000, last * 1000, 0, 100_000, 5000 + last, Delivery(0), -1)
        board.detect_loss(0, 5000 + last)
        eq((len(board.holes), board.settled), (10, last), "ten lost, the rest SACKed")
    for sent in list(board.holes):
        board.resend(sent, 6000)
    eq((board.next_lost(), board.retransmissions_in_flight(), len(board.holes)), (None, 10, 10))
    board.acknowledge(5000, 7000, Delivery(0), -1)
    eq(([sent.seq for sent in board.holes], board.settled), ([5000, 6000, 7000, 8000, 9000], 89))
    board.split(board.sent[0], 400)
    eq(([sent.seq for sent in board.holes][:3], board.settled), ([5000, 5400, 6000], 90))
    board.sack(6000, 8000, 5000, 100_000, 7000, Delivery(0), -1)
    eq([sent.seq for sent in board.holes], [5000, 5400, 8000, 9000])
    board.mark_all_lost(False)
    board.unmark_lost()
    eq(([sent.seq for sent in board.holes], board.settled), ([5000, 5400, 8000, 9000], 0), "what was sent again is looked at")


def test_rfc6298_3_what_waited_behind_a_hole_is_no_sample() -> None:
    """RFC 6298 §3: without SACK the ACK of a retransmission also acknowledges what arrived long before it; its time is not a round trip."""
    board = outstanding(3, at=0)
    board.resend(board.sent[0], 100_000)
    delivery = Delivery(board.fack)
    board.acknowledge(3000, 200_000, delivery, -1)
    eq((delivery.acked, delivery.round_trip), (3000, 0))
    board.add(3000, 4000, 200_000)
    board.acknowledge(4000, 300_000, delivery, -1)
    eq(delivery.round_trip, 100_000)


def test_rfc8985_6_2_step_5_rack_marks_what_was_sent_earlier() -> None:
    """RFC 8985 §5.3, §6.2: a later segment arrived, so an earlier one is lost once the reordering window has passed."""
    board = outstanding(5, at=1000)
    board.sack(4000, 5000, 0, 5000, 101_004, Delivery(0), -1)
    eq(board.rack_rtt, 100_000)
    marked, timeout = board.detect_loss(25_000, 101_004)
    eq(marked, 0)
    eq(timeout, 1003 + 100_000 + 25_000 - 101_004)
    marked, timeout = board.detect_loss(25_000, 101_004 + timeout)
    eq((marked, timeout), (4000, -1))
    eq(board.lost_octets, 4000)


def test_rfc8985_6_2_step_2_the_later_of_two_is_known_within_a_tick() -> None:
    """RFC 8985 §6.2, RACK_sent_after: new data, then a retransmission, in one microsecond; the first to arrive says nothing of the second."""
    board = outstanding(2, at=0)
    board.add(2000, 3000, 100_000)
    board.resend(board.sent[0], 100_000)
    board.add(3000, 4000, 100_000)
    board.sack(2000, 3000, 0, 4000, 200_000, Delivery(0), -1)
    eq(board.detect_loss(0, 200_000), (1000, -1), "only what was sent at first")
    eq([sent.lost for sent in board.sent], [False, True, False, False])
    board.sack(3000, 4000, 0, 4000, 200_000, Delivery(0), -1)
    eq(board.detect_loss(0, 200_000), (1000, -1))
    eq(board.sent[0].lost, True)


def test_records_of_segments_kept_to_serve_again_are_bounded() -> None:
    """Tcp.spare: MAX_SPARE records of acknowledged segments are kept for the next ones, the rest is given back."""
    board = outstanding(3 * MAX_SPARE)
    board.acknowledge(2 * MAX_SPARE * 1000, 1000, Delivery(0), -1)
    eq((len(board.spare), len(board.sent)), (MAX_SPARE, MAX_SPARE))
    kept = board.spare[-1]
    board.add(3 * MAX_SPARE * 1000, 3 * MAX_SPARE * 1000 + 7, 2000)
    eq((len(board.spare), board.sent[-1] is kept), (MAX_SPARE - 1, True))
    eq((kept.size(), kept.sacked, kept.lost, kept.retransmits), (7, False, False, 0))


def test_rfc8985_6_2_step_4_the_reordering_window_adapts() -> None:
    """RFC 8985 §4, §6.2, step 4: until reordering was seen none in recovery or at DupThresh, a quarter of the round trip else; more after a round with DSACKs."""
    board = outstanding(10)
    eq(board.reordering_window(40_000, 100_000, False, 1000), 10_000)
    eq(board.reordering_window(40_000, 100_000, True, 1000), 0)
    board.sack(5000, 8000, 0, 10_000, 5000, Delivery(0), -1)
    eq(board.reordering_window(40_000, 100_000, False, 1000), 0)
    board.on_recovery(0, 10_000)
    board.on_dsack(4000, 0, 10_000)
    eq(board.reordering_window(40_000, 100_000, True, 1000), 0, "a DSACK alone is no reordering")
    board.sack(1000, 2000, 0, 10_000, 5000, Delivery(board.fack), -1)
    eq(board.reordering_window(40_000, 100_000, True, 1000), 20_000)
    board.on_dsack(5000, 9999, 20_000)
    eq(board.reordering_window(40_000, 100_000, True, 1000), 20_000, "the same round")
    board.on_dsack(10_000, 10_000, 20_000)
    eq(board.reordering_window(40_000, 100_000, True, 1000), 20_000, "not of what recovery sent again")
    for una in range(10_000, 210_000, 1000):
        board.on_dsack(9000, una, una + 1000)
    eq(board.reordering_window(40_000, 100_000, True, 1000), 100_000)
    for _ in range(16):
        board.on_recovered()
    eq(board.reordering_window(40_000, 100_000, True, 1000), 10_000)


def test_rfc8985_6_2_step_3_two_blocks_of_one_ack_are_no_reordering() -> None:
    """RFC 8985 §6.2, step 3: the newest block stands first (RFC 2018 §4); what the others tell for the first time is late only if more had arrived before."""
    board = outstanding(9)
    delivery = Delivery(board.fack)
    board.sack(7000, 8000, 0, 9000, 5000, delivery, -1)
    board.sack(3000, 5000, 0, 9000, 5000, delivery, -1)
    eq(board.reordering_seen, False)
    board.sack(6000, 7000, 0, 9000, 5000, Delivery(board.fack), -1)
    eq(board.reordering_seen, True)


def test_rfc8985_6_2_step_4_a_dsack_after_a_timeout_says_that_acks_were_lost() -> None:
    """RFC 8985 §6.2, step 4, and what we leave out: after a timeout has sent all again its DSACKs widen no window."""
    board = outstanding(10)
    board.on_recovery(0, 10_000)
    board.mark_all_lost(False)
    board.on_dsack(4000, 0, 10_000)
    eq(board.reo_wnd_mult, 1)


def test_rfc8985_6_3_at_a_timeout_only_what_is_old_is_lost() -> None:
    """RFC 8985 §6.3: the first segment, and what was sent longer ago than a round trip and the reordering window; without SACK everything."""
    board = outstanding(4, at=0)
    board.rack_rtt = 100_000
    board.sent[2].sent_at = 200_000
    board.sent[3].sent_at = 250_000
    board.mark_expired_lost(25_000, 325_000)
    eq([sent.lost for sent in board.sent], [True, True, True, False])
    board.sent[0].sent_at = 325_000
    board.resend(board.sent[0], 325_000)
    board.mark_expired_lost(25_000, 325_000)
    eq([sent.lost for sent in board.sent], [True, True, True, False], "the first whenever it was sent")
    board.mark_all_lost(False)
    eq(board.pipe(), 0)


def test_rfc9937_6_2_prr_halves_in_proportion() -> None:
    """RFC 9937 §6.2: by the end of recovery ssthresh octets are sent; never more than is delivered plus a segment below ssthresh."""
    prr = Prr()
    prr.start(20_000)
    pipe = 20_000
    for _ in range(9):
        pipe -= 1000
        window = prr.window(1000, pipe, 10_000, 1000, False)
        while pipe + 1000 <= window:
            pipe += 1000
            prr.out += 1000
    assert 3000 <= prr.out <= 5000, prr.out
    eq(prr.window(0, 2000, 10_000, 1000, False), 2000 + max(prr.delivered - prr.out, 0))
    eq(prr.window(0, 2000, 10_000, 1000, True), 2000 + max(prr.delivered - prr.out, 0) + 1000, "SafeACK")
    eq(prr.window(0, 9500, 10_000, 1000, True), 10_000, "never beyond ssthresh")
    eq(Prr().window(0, 50_000, 10_000, 1000, True), 51_000)


def test_rfc6675_5_the_first_retransmission_waits_for_no_proportion() -> None:
    """RFC 6675 §5, step 4.3: the ACK that starts recovery sends a segment, though PRR's half of what it delivered is less than one."""
    prr = Prr()
    prr.start(10_000)
    eq(prr.window(1000, 9000, 5000, 1000, False), 10_000)
    prr.out = 1000
    eq(prr.window(1000, 9000, 5000, 1000, False), 9000)


def test_a_segment_is_cut_when_the_mss_shrank() -> None:
    """RFC 1191 §6.3: what is sent again fits the new MTU."""
    board = outstanding(2)
    board.mark_first_lost()
    board.split(board.sent[0], 400)
    eq(
        [(sent.seq, sent.end, sent.lost) for sent in board.sent],
        [(0, 400, True), (400, 1000, True), (1000, 2000, False)],
    )
    eq(board.lost_octets, 1000)
