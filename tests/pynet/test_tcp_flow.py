"""Data on a good wire: windows, Nagle, silly windows, delayed ACKs, urgent data, keepalive (RFC 9293 §3.7, §3.8; RFC 7323; RFC 6093)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.readiness import POLLIN, POLLOUT, POLLPRI
from pynet.tcp import output
from pynet.tcp.layer import Config
from pynet.tcp.states import CLOSED, ESTABLISHED, FIN_WAIT_1, TIME_WAIT
from tests.support import Random, eq, raises, table
from tests.tcp import MS, SECOND, Bench, Pair, plain

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection


def test_3_10_3_receive_takes_peeks_and_waits() -> None:
    """RFC 9293 §3.10.3: data in order; None while there is none; peeking leaves it."""
    bench = Bench()
    conn = bench.established()
    told: list[int] = []
    conn.changed = lambda: told.append(conn.poll())
    eq((conn.receive(10, bench.now), conn.poll()), (None, POLLOUT))
    bench.inject("P.", 1, 1, b"hello world")
    eq(told, [POLLIN | POLLOUT])
    eq(conn.receive(5, bench.now, True), b"hello")
    eq(conn.receive(5, bench.now), b"hello")
    eq(conn.receive(100, bench.now), b" world")
    eq((conn.receive(1, bench.now), conn.poll()), (None, POLLOUT))
    eq(conn.info(bench.now)["bytes_received"], 11)


def test_3_8_6_3_every_second_full_segment_is_acknowledged() -> None:
    """RFC 9293 §3.8.6.3 (SHLD-18, SHLD-19, MUST-40): an ACK for every second full segment, else within half a second."""
    bench = Bench()
    bench.established(mss=1460)
    bench.inject(".", 1, 1, bytes(1460))
    bench.expect()
    bench.inject(".", 1461, 1, bytes(1460))
    bench.expect((".", 1, 0, 2921))
    bench.inject("P.", 2921, 1, b"x")
    bench.expect()
    bench.sleep(39 * MS)
    bench.expect()
    bench.sleep(1 * MS)
    bench.expect((".", 1, 0, 2922))
    bench.sleep(SECOND)
    bench.expect()


def test_the_first_acks_are_quick() -> None:
    """As Linux's quickack: a peer in slow start is not held up by the delay of the first ACKs."""
    config = plain()
    config.quick_acks = 4
    bench = Bench(config)
    conn = bench.established(mss=1000)
    seq = 1
    for _ in range(4):
        bench.inject("P.", seq, 1, b"x")
        seq += 1
        bench.expect((".", 1, 0, seq))
    bench.inject("P.", seq, 1, b"x")
    bench.expect()
    conn.set_quickack(True, bench.now)
    bench.expect((".", 1, 0, seq + 1))
    bench.inject("P.", seq + 1, 1, b"x")
    bench.expect((".", 1, 0, seq + 2))
    conn.set_quickack(False, bench.now)
    bench.inject("P.", seq + 2, 1, b"x")
    bench.expect()


def test_an_acknowledgment_rides_on_data() -> None:
    """RFC 9293 §3.8.6.3: a delayed ACK is sent with data that goes anyway, and not again."""
    bench = Bench()
    conn = bench.established()
    bench.inject("P.", 1, 1, b"question")
    conn.send(b"answer", bench.now)
    bench.expect(("P.", 1, 6, 9))
    bench.inject(".", 9, 7)
    bench.sleep(SECOND)
    bench.expect()


def test_3_7_4_nagle_holds_the_second_small_segment() -> None:
    """RFC 9293 §3.7.4 (SHLD-7), in Minshall's form: one small segment may be outstanding, and it may follow full ones."""
    bench = Bench()
    conn = bench.established(mss=1000)
    conn.send(b"a", bench.now)
    bench.expect(("P.", 1, 1, 1))
    conn.send(b"b", bench.now)
    conn.send(b"c", bench.now)
    bench.expect()
    bench.inject(".", 1, 2)
    bench.expect(("P.", 2, 2, 1))
    bench.inject(".", 1, 4)
    # A write that ends in a small segment goes out whole: its full segments do not hold it.
    conn.send(bytes(2500), bench.now)
    bench.expect((".", 4, 1000, 1), (".", 1004, 1000, 1), ("P.", 2004, 500, 1))
    conn.send(b"d", bench.now)
    bench.expect()


def test_3_7_4_nodelay_switches_nagle_off() -> None:
    """RFC 9293 §3.7.4 (MUST-17): TCP_NODELAY; switching it on sends what was held."""
    bench = Bench()
    conn = bench.established(mss=1000)
    conn.send(b"a", bench.now)
    conn.send(b"b", bench.now)
    bench.expect(("P.", 1, 1, 1))
    conn.set_nodelay(True, bench.now)
    bench.expect(("P.", 2, 1, 1))
    conn.send(b"c", bench.now)
    bench.expect(("P.", 3, 1, 1))


def test_tcp_cork_holds_for_at_most_200_ms() -> None:
    """tcp(7), TCP_CORK: only full segments go; the rest after 200 ms, or when the cork is pulled."""
    bench = Bench()
    conn = bench.established(mss=1000)
    conn.set_cork(True, bench.now)
    conn.send(bytes(1200), bench.now)
    bench.expect((".", 1, 1000, 1))
    bench.inject(".", 1, 1001)
    bench.sleep(199 * MS)
    bench.expect()
    bench.sleep(1 * MS)
    bench.expect(("P.", 1001, 200, 1))
    bench.inject(".", 1, 1201)
    conn.send(b"more", bench.now)
    bench.expect()
    conn.set_cork(False, bench.now)
    bench.expect(("P.", 1201, 4, 1))


def test_data_waits_for_room_on_the_link() -> None:
    """RFC 9293 §3.7: what the link's queue on this host has no room for stays here, new data and data sent again; one segment always goes."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=60_000)
    bench.room = False
    eq(conn.send(bytes(5_000), bench.now), 5_000)
    bench.expect((".", 1, 1000, 1))
    eq(bench.tcp.held_back, [conn])
    bench.inject(".", 1, 1001, wnd=60_000)
    bench.expect((".", 1001, 1000, 1))
    bench.room = True
    bench.tcp.go_on(bench.now)
    bench.expect((".", 2001, 1000, 1), (".", 3001, 1000, 1), ("P.", 4001, 1000, 1))
    eq(bench.tcp.held_back, [])
    # The timer takes all for lost: the first goes again, the others wait.
    bench.room = False
    bench.sleep(1_200_000)
    assert all(got.brief()[1] == 1001 for got in bench.sent())
    bench.inject(".", 1, 2001, wnd=60_000)
    bench.expect((".", 2001, 1000, 1))
    eq(bench.tcp.held_back, [conn])
    bench.room = True
    bench.tcp.go_on(bench.now)
    bench.expect((".", 3001, 1000, 1))


def test_who_waits_for_room_waits_once_and_goes_with_its_connection() -> None:
    """RFC 9293 §3.10.5: Tcp.held_back has each connection once, so MAX_CONNECTIONS at most, and none that is deleted."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=60_000)
    bench.room = False
    for _ in range(3):
        conn.send(bytes(5_000), bench.now)
    eq(bench.tcp.held_back, [conn])
    conn.abort(bench.now)
    eq((bench.tcp.held_back, conn.held_back), ([], False))
    bench.sent()
    bench.tcp.go_on(bench.now)
    eq(bench.sent(), [])


def test_delayed_ack_and_nagle_never_wait_on_each_other() -> None:
    """The stall of the anchors: write-write-read over 10 ms must cost round trips, not delayed ACKs, whatever the size of the writes."""
    table(((10,), (1000,), (1460,), (1461,), (2000,), (4000,)), write_write_read)


def write_write_read(size: int) -> None:
    """Twenty questions of two writes each, and their answers, within two round trips and a bit each."""
    pair = Pair(config=Config())
    client, server = pair.connect()
    server.quick_acks = client.quick_acks = 0
    start = pair.now
    got = bytearray()

    def asked() -> bool:
        data = server.receive(65536, pair.now)
        while data:
            got.extend(data)
            data = server.receive(65536, pair.now)
        return len(got) == 100 + size

    for _ in range(20):
        client.send(bytes(100), pair.now)
        client.send(bytes(size), pair.now)
        pair.run(asked)
        got.clear()
        server.send(b"ok", pair.now)
        pair.run(lambda: client.receive(10, pair.now) == b"ok")
    eq((pair.now - start) // (20 * 45 * MS), 0)


def test_3_8_6_2_1_the_sender_avoids_silly_windows() -> None:
    """RFC 9293 §3.8.6.2.1 (MUST-38): wait for a segment's worth, or half of the largest window, or 0.1 to 1 second."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=4000)
    conn.send(bytes(10_000), bench.now)
    eq(len(bench.sent()), 4)
    bench.inject(".", 1, 4001, wnd=900)
    bench.expect()
    bench.sleep(199 * MS)
    bench.expect()
    bench.sleep(1 * MS)
    bench.expect((".", 4001, 900, 1))
    bench.inject(".", 1, 4901, wnd=2000)
    bench.expect((".", 4901, 1000, 1), (".", 5901, 1000, 1))


def test_3_8_6_2_2_the_receiver_avoids_silly_windows() -> None:
    """RFC 9293 §3.8.6.2.2 (MUST-39): the edge moves by a segment or half the buffer, not by what the user happens to read."""
    config = plain()
    config.rcvbuf = 4000
    bench = Bench(config)
    conn = bench.established(mss=1000)
    for seq in (1, 1001, 2001, 3001):
        bench.inject(".", seq, 1, bytes(1000))
    eq(bench.sent()[-1].wnd, 0)
    for _ in range(19):
        conn.receive(100, bench.now)
    bench.expect()
    conn.receive(100, bench.now)
    got = bench.one()
    eq((got.ack, got.wnd), (4001, 2000))


def test_3_8_6_the_offered_edge_never_moves_back() -> None:
    """RFC 9293 §3.8.6 (SHLD-14): "a TCP receiver SHOULD NOT shrink the window", also when the user makes the buffer smaller."""
    bench = Bench()
    conn = bench.established(mss=1000)
    conn.rcvbuf = 2000
    edge = 0
    for seq in range(1, 60_001, 1000):
        bench.inject("P.", seq, 1, bytes(1000))
        for got in bench.sent():
            assert got.ack + got.wnd >= edge
            edge = got.ack + got.wnd
    eq(len(conn.receive(100_000, bench.now) or b""), 60_000)


def test_rfc7323_2_window_scale() -> None:
    """RFC 7323 §2.2, §2.3: the shift is offered in the SYN, whose own window is not scaled; afterwards every window is."""
    config = plain()
    config.window_scale = True
    config.rcvbuf = 1_000_000
    bench = Bench(config)
    conn = bench.connect()
    bench.inject("S.", 0, 1, wnd=50_000, scale=3)
    eq((conn.snd_wnd, conn.snd_scale, conn.rcv_scale), (50_000, 3, 7))
    got = bench.one()
    assert got.wnd << 7 > 65535
    bench.inject(".", 1, 1, wnd=50_000)
    eq(conn.snd_wnd, 400_000)


def test_rfc7323_2_2_without_the_peer_no_scale() -> None:
    """RFC 7323 §2.2: both sides must send the option, or neither scales; the same for SACK and timestamps."""
    bench = Bench(Config())
    conn = bench.connect()
    bench.inject("S.", 0, 1)
    eq((conn.snd_scale, conn.rcv_scale, conn.sack_ok, conn.ts_ok), (0, 0, False, False))
    got = bench.one()
    eq((got.wnd, got.seg.has_timestamps), (65535, False))
    answer = Bench(Config())
    answer.listen()
    reply = answer.half_open(mss=1000)
    eq((reply.seg.wscale, reply.seg.sack_permitted, reply.seg.has_timestamps), (-1, False, False))


def test_rfc7323_2_4_octets_lost_to_rounding_are_still_taken() -> None:
    """RFC 7323 §2.4: whatever was in the window of any ACK is taken, though the scaled window rounds down."""
    config = plain()
    config.window_scale = True
    config.rcvbuf = 10_000
    config.rcvbuf_max = 65535 << 7
    bench = Bench(config)
    conn = bench.connect()
    bench.inject("S.", 0, 1, scale=0)
    edge = 1 + (bench.one().wnd << 7)
    seq = 1
    while seq < edge:
        size = min(1001, edge - seq)
        bench.inject("P.", seq, 1, bytes(size))
        seq += size
    eq(len(conn.receive(100_000, bench.now) or b""), edge - 1)


def test_3_8_6_1_a_closed_window_is_probed_for_ever() -> None:
    """RFC 9293 §3.8.6.1 (MUST-35, MUST-37): probes with backoff, and the connection stays while the peer answers them."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=0)
    conn.send(b"waiting", bench.now)
    bench.expect()
    gaps = []
    last = bench.now
    for _ in range(100):
        deadline = bench.tcp.next_deadline()
        assert deadline is not None
        bench.sleep(deadline - bench.now)
        got = bench.sent()
        eq([probe.brief()[1:3] for probe in got], [(1, 1)])
        gaps.append(bench.now - last)
        last = bench.now
        bench.inject(".", 1, 1, wnd=0)
    eq(conn.state, ESTABLISHED)
    eq(gaps[1:8], [gaps[1] << i for i in range(7)])
    eq(max(gaps), 120 * SECOND)
    bench.inject(".", 1, 1, wnd=1000)
    eq(b"".join([got.data for got in bench.sent()]), b"waiting")


def test_3_8_6_1_a_probe_that_is_taken_counts() -> None:
    """RFC 9293 §3.8.6.1: the probe is an octet of the stream; the rest follows it when the window opens."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=0)
    conn.send(b"waiting", bench.now)
    bench.sleep(1 * SECOND)
    bench.sent()
    bench.inject(".", 1, 2, wnd=1000)
    bench.expect(("P.", 2, 6, 1))


def test_3_8_6_1_a_silent_peer_is_given_up() -> None:
    """RFC 9293 §3.8.3: when probes are not even answered the user timeout holds."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=0)
    conn.user_timeout = 60 * SECOND
    conn.send(b"waiting", bench.now)
    bench.sleep(400 * SECOND)
    eq((conn.state, conn.error), (CLOSED, errno.ETIMEDOUT))


def test_a_window_that_closed_with_data_under_way_opens_again() -> None:
    """The zero-window deadlock of the anchors: what was sent into the closed window goes again as soon as it opens."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=3000)
    conn.send(bytes(5000), bench.now)
    eq(len(bench.sent()), 3)
    bench.inject(".", 1, 1001, wnd=0)
    bench.sleep(10 * SECOND)
    probes = bench.sent()
    assert probes and {got.seq for got in probes} == {1001}
    eq(conn.congestion.cwnd >= 10_000, True)
    bench.inject(".", 1, 1001, wnd=3000)
    eq([got.seq for got in bench.sent()], [1001, 2001, 3001])


def test_slow_reader_gets_everything() -> None:
    """The slow reader of the anchors: the window closes again and again, the updates get lost, and still all arrives."""
    pair = Pair(seed=4, config=Config())
    client, server = pair.connect()
    server.rcvbuf = 20_000
    pair.to_a.loss = 2000
    data = bytes(range(256)) * 1000
    sent = client.send(data, pair.now)
    got = bytearray()
    while len(got) < len(data):
        pair.sleep(50 * MS)
        sent += client.send(data[sent:], pair.now)
        got += server.receive(3000, pair.now) or b""
        assert pair.now < 1_600 * SECOND, len(got)
    eq(bytes(got), data)


def test_3_10_2_the_send_buffer_is_bounded() -> None:
    """RFC 9293 §3.10.2: send() takes what fits, 0 when full; POLLOUT comes back when a third is free. Who was refused looks again at every ACK until then."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=1000)
    conn.set_sndbuf(6000)
    told: list[int] = []
    conn.changed = lambda: told.append(conn.poll() & POLLOUT)
    eq((conn.send(bytes(10_000), bench.now), conn.send(b"x", bench.now), conn.poll()), (6000, 0, 0))
    bench.inject(".", 1, 1001, wnd=1000)
    eq((told, conn.send(bytes(5000), bench.now)), ([0], 1000))
    bench.inject(".", 1, 2001, wnd=1000)
    eq(told, [0, 0])
    bench.inject(".", 1, 3001, wnd=1000)
    eq(told, [0, 0, POLLOUT])
    bench.inject(".", 1, 4001, wnd=1000)
    eq(told, [0, 0, POLLOUT])


def test_3_9_1_2_who_has_more_to_say_does_not_push() -> None:
    """RFC 9293 §3.9.1.2, MSG_MORE: PSH where a SEND that pushed ends, sent again or not; none where there is more to come."""
    bench = Bench()
    conn = bench.established(mss=1000)
    conn.send(bytes(2500), bench.now, more=True)
    eq([(got.flags, len(got.data)) for got in bench.sent()], [(".", 1000), (".", 1000)])
    conn.send(bytes(500), bench.now)
    conn.send(bytes(1000), bench.now)
    eq([got.flags for got in bench.sent()], ["P.", "P."])
    bench.inject(".", 1, 2001)
    bench.sleep(SECOND)
    eq([got.brief() for got in bench.sent()][:1], [("P.", 2001, 1000, 1)])


def test_3_9_1_2_push_marks_the_last_octets() -> None:
    """RFC 9293 §3.9.1.2 (MUST-60, MUST-61): PSH on the last segment of what is queued, and only there."""
    bench = Bench()
    conn = bench.established(mss=1000)
    conn.send(bytes(3000), bench.now)
    eq([got.flags for got in bench.sent()], [".", ".", "P."])


def test_rfc6093_urgent_data() -> None:
    """RFC 9293 §3.8.5, RFC 6093 §2: the pointer names the octet after; the data stays in line; POLLPRI until it is read past."""
    bench = Bench()
    conn = bench.established()
    conn.send(b"abc", bench.now)
    bench.sent()
    conn.nodelay = True
    conn.send(b"!", bench.now, True)
    got = bench.one()
    eq((got.flags, got.seq, got.seg.seg_up, got.data), ("PU.", 4, 1, b"!"))
    bench.inject("PU.", 1, 5, b"xyz", up=2)
    eq(conn.poll(), POLLIN | POLLOUT | POLLPRI)
    eq(conn.receive(2, bench.now), b"xy")
    eq((conn.poll(), conn.receive(2, bench.now)), (POLLIN | POLLOUT, b"z"))


def test_3_8_4_keepalive_finds_a_dead_peer() -> None:
    """RFC 9293 §3.8.4 (MUST-24 to MUST-27): off by default; SEG.SEQ = SND.NXT-1; one lost probe is not the end; then ETIMEDOUT."""
    bench = Bench()
    conn = bench.established()
    eq(conn.keep_idle, 7200 * SECOND)
    bench.sleep(100_000 * SECOND)
    bench.expect()
    conn.keepalive(100 * SECOND, 10 * SECOND, 3, bench.now)
    start = bench.now
    bench.sleep(15 * SECOND)
    bench.expect((".", 0, 0, 1), (".", 0, 0, 1))
    bench.inject(".", 1, 1)
    bench.sleep(125 * SECOND)
    got = bench.sent()
    eq([probe.at - start for probe in got], [(115 + 10 * i) * SECOND for i in range(3)])
    bench.sleep(10 * SECOND)
    eq((conn.state, conn.error, bench.one().flags), (CLOSED, errno.ETIMEDOUT, "R."))


def test_3_8_4_keepalive_waits_while_there_is_traffic() -> None:
    """RFC 9293 §3.8.4 (MUST-26): only when nothing was received for the interval; switched off it is silent."""
    bench = Bench()
    conn = bench.established()
    conn.keepalive(100 * SECOND, 10 * SECOND, 3, bench.now)
    seq = 1
    for _ in range(10):
        bench.sleep(60 * SECOND)
        bench.inject("P.", seq, 1, b"x")
        seq += 1
    bench.sleep(SECOND)
    eq({got.seq for got in bench.sent()}, {1})
    conn.keepalive(0, 0, 0, bench.now)
    bench.sleep(1000 * SECOND)
    bench.expect()


def test_3_8_4_a_keepalive_probe_is_answered() -> None:
    """RFC 9293 §3.8.4: the peer's probe, with an octet of garbage or without, draws an ACK."""
    bench = Bench()
    bench.established()
    bench.inject(".", 0, 1)
    bench.expect((".", 1, 0, 1))
    bench.inject(".", 0, 1, b"\0")
    bench.expect((".", 1, 0, 1))


def test_rfc5482_user_timeout() -> None:
    """RFC 5482 §2, TCP_USER_TIMEOUT: unacknowledged for so long ends the connection."""
    bench = Bench()
    conn = bench.established()
    conn.user_timeout = 30 * SECOND
    conn.send(b"x", bench.now)
    start = bench.now
    bench.sleep(200 * SECOND)
    eq((conn.state, conn.error), (CLOSED, errno.ETIMEDOUT))
    last = bench.sent()[-1]
    assert last.flags == "R." and 30 * SECOND <= last.at - start <= 60 * SECOND


def test_send_after_shutdown_is_epipe() -> None:
    """RFC 9293 §3.10.2, "error: connection closing"."""
    bench = Bench()
    conn = bench.established()
    conn.shutdown_write(bench.now)
    conn.shutdown_write(bench.now)
    eq(len(bench.sent()), 1)
    eq(raises(OSError, conn.send, b"x", bench.now).args[0], errno.EPIPE)
    eq(conn.state, FIN_WAIT_1)


def test_shutdown_read_says_the_end_and_still_gives_what_comes() -> None:
    """shutdown(2), SHUT_RD, as Linux has it: no read waits any more, but what is here and what still comes can be read."""
    bench = Bench()
    conn = bench.established()
    bench.inject("P.", 1, 1, b"unread")
    conn.shutdown_read()
    eq((conn.receive(10, bench.now), conn.receive(10, bench.now)), (b"unread", b""))
    assert conn.poll() & POLLIN
    bench.inject("P.", 17, 1, b"later")
    eq(conn.receive(10, bench.now), b"")
    bench.inject("P.", 7, 1, b"0123456789")
    eq((conn.receive(100, bench.now), conn.receive(100, bench.now)), (b"0123456789later", b""))
    conn.send(b"the other direction is open", bench.now)
    eq(len(bench.sent()[-1].data), 27)


def test_shutdown_read_of_the_bsds_drops() -> None:
    """FreeBSD's shutdown(2), SHUT_RD: what is here and what comes is acknowledged and dropped; the peer is not held up."""
    config = plain()
    config.shut_rd_discards = True
    bench = Bench(config)
    conn = bench.established()
    bench.inject("P.", 1, 1, b"unread")
    conn.shutdown_read()
    eq(conn.receive(10, bench.now), b"")
    bench.inject("P.", 17, 1, b"later")
    bench.inject("P.", 7, 1, b"0123456789")
    eq((conn.rcv_nxt - conn.irs, len(conn.receive_queue)), (22, 0))


def test_3_6_1_shutdown_of_both_directions_resets_what_comes() -> None:
    """RFC 9293 §3.6.1, as Linux has it for SHUT_RDWR too: nobody will read it, and the user hears ECONNRESET; a FIN alone is taken."""
    bench = Bench()
    conn = bench.established()
    conn.shutdown_read()
    conn.shutdown_write(bench.now)
    bench.inject(".", 1, 2)
    bench.sent()
    bench.inject("P.", 1, 2, b"data")
    eq((bench.one().flags, conn.state, conn.error), ("R", CLOSED, errno.ECONNRESET))
    other = Bench()
    conn = other.established()
    conn.shutdown_read()
    conn.shutdown_write(other.now)
    other.inject("F.", 1, 2)
    eq((conn.state, conn.error), (TIME_WAIT, 0))


def test_segments_outstanding_are_bounded() -> None:
    """output.MAX_OUTSTANDING: a user of one-octet segments fills no memory with their records; the rest waits for ACKs."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=65535)
    conn.set_nodelay(True, bench.now)
    conn.congestion.cwnd = 1 << 20
    for _ in range(output.MAX_OUTSTANDING + 50):
        conn.send(b"x", bench.now)
    eq((len(conn.board.sent), conn.unsent()), (output.MAX_OUTSTANDING, 50))
    bench.frames.clear()
    bench.inject(".", 1, 11)
    eq((len(conn.board.sent), conn.unsent()), (output.MAX_OUTSTANDING - 9, 0))


def test_notsent_lowat_keeps_the_queue_short() -> None:
    """tcp(7), TCP_NOTSENT_LOWAT: no piece of a write is taken while that much was not yet sent, and none asked for while half of it was not."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=2000)
    conn.notsent_lowat = 1500
    eq(conn.send(bytes(3000), bench.now), 3000)
    eq((conn.unsent(), conn.poll() & POLLOUT), (1000, 0))
    eq(conn.send(bytes(5000), bench.now), 1000)
    eq((conn.unsent(), conn.poll() & POLLOUT, conn.send(b"x", bench.now)), (2000, 0, 0))
    woken: list[int] = []
    conn.changed = lambda: woken.append(conn.poll() & POLLOUT)
    bench.inject(".", 1, 2001, wnd=5000)
    eq((conn.unsent(), conn.poll() & POLLOUT), (0, POLLOUT))
    eq(woken, [POLLOUT])


def test_defer_accept_waits_for_data() -> None:
    """tcp(7), TCP_DEFER_ACCEPT: the ACK alone wakes nobody; data does; and after the time an ACK is enough, which another SYN,ACK asks for."""
    bench = Bench()
    listener = bench.listen()
    listener.prepare = defer_five_seconds
    bench.half_open()
    bench.inject(".", 1, 1)
    eq((listener.poll(), bench.drops()), (0, {"tcp: ACK without the data that accept waits for": 1}))
    bench.sleep(4 * SECOND)
    eq(bench.sent(), [])
    bench.inject("P.", 1, 1, b"GET")
    conn = listener.accept()
    assert conn is not None
    eq(conn.receive(10, bench.now), b"GET")
    bench.sleep(SECOND)
    bench.sent()
    bench.peer_port += 1
    bench.half_open()
    bench.inject(".", 1, 1)
    bench.sleep(5 * SECOND)
    bench.expect(("S.", 0, 0, 1))
    bench.inject(".", 1, 1)
    assert listener.accept() is not None


def defer_five_seconds(conn: Connection) -> None:
    conn.defer_accept = 5 * SECOND


def test_linger_waits_until_the_peer_has_everything() -> None:
    """RFC 9293 §3.10.4 (MAY: "wait for the close"), SO_LINGER: is_closing() until our FIN is acknowledged, and `changed` tells."""
    bench = Bench()
    conn = bench.established()
    conn.send(b"last words", bench.now)
    eq(conn.is_closing(), False)
    told: list[bool] = []
    conn.changed = lambda: told.append(conn.is_closing())
    conn.shutdown_write(bench.now)
    eq(conn.is_closing(), True)
    bench.inject(".", 1, 11)
    eq(conn.is_closing(), True)
    bench.inject(".", 1, 12)
    eq((conn.is_closing(), told[-1]), (False, False))


def test_tcp_info_tells_the_truth() -> None:
    """RFC 9293 §3.10.6, tcp(7), TCP_INFO: the fields follow what happened."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=5000)
    conn.send(bytes(7000), bench.now)
    info = conn.info(bench.now)
    wanted = {
        "state": 1,
        "unacked": 5,
        "snd_cwnd": 10,
        "snd_mss": 1000,
        "notsent_bytes": 2000,
        "snd_wnd": 5000,
        "advmss": 1460,
    }
    eq({key: info[key] for key in wanted}, wanted)
    bench.sleep(250 * MS)
    info = conn.info(bench.now)
    wanted = {"ca_state": 4, "lost": 5, "retrans": 1, "total_retrans": 1, "retransmits": 1, "snd_cwnd": 1}
    eq({key: info[key] for key in wanted}, wanted)
    eq(conn.status().split(" ")[0], "ESTABLISHED")


def test_bulk_both_ways_at_once() -> None:
    """RFC 9293 §3.8: full duplex; each end sends a megabyte to the other over 10 ms."""
    pair = Pair(config=Config())
    client, server = pair.connect()
    data = bytes(range(256)) * 2000
    there = bytearray()
    back = bytearray()
    given = [0, 0]

    def turn() -> bool:
        for i, (conn, got) in enumerate(((client, back), (server, there))):
            given[i] += conn.send(data[given[i] : given[i] + 50_000], pair.now) if given[i] < len(data) else 0
            got += conn.receive(1 << 20, pair.now) or b""
        return len(there) == len(back) == len(data)

    took = pair.run(turn)
    eq((bytes(there), bytes(back)), (data, data))
    assert took < 1 * SECOND, took


def test_tcp_maxseg_bounds_what_is_sent() -> None:
    """tcp(7), TCP_MAXSEG: no segment carries more, nor more than the peer takes."""
    bench = Bench()
    conn = bench.established(mss=1000)
    conn.maxseg = 300
    conn.send(bytes(700), bench.now)
    eq([len(got.data) for got in bench.sent()], [300, 300, 100])
    conn.maxseg = 5000
    conn.nodelay = True
    conn.send(bytes(1200), bench.now)
    eq([len(got.data) for got in bench.sent()], [1000, 200])


NUMBERS = [
    "state",
    "error",
    "snd_una",
    "snd_nxt",
    "snd_wnd",
    "snd_wl1",
    "snd_wl2",
    "snd_up",
    "send_seq",
    "max_snd_wnd",
    "snd_small",
    "rcv_nxt",
    "rcv_adv",
    "rcv_up",
    "rcv_fin",
    "fin_received",
    "urgent_received",
    "ts_recent",
    "ts_recent_at",
    "last_ack_sent",
    "snd_mss",
    "rcv_mss",
    "dsack_left",
    "dsack_right",
    "ca_state",
    "recover",
    "dup_acks",
    "ack_now",
    "quick_acks",
    "challenge_since",
    "challenges",
    "t_retransmit",
    "t_probe",
    "t_reorder",
    "t_persist",
    "t_delack",
    "t_keepalive",
    "t_end",
    "progress_at",
    "heard_at",
    "sent_at",
    "keep_probes",
    "probes",
    "tlp_out",
    "bytes_acked",
    "bytes_received",
    "segs_in",
    "segs_out",
]


def visible(conn: Connection, now: int) -> list[object]:
    """What a connection is: its numbers, its queues, its scoreboard."""
    board = conn.board
    sent = [
        (record.seq, record.end, record.sent_at, record.retransmits, record.sacked, record.lost)
        for record in board.sent
    ]
    queues = [len(conn.receive_queue), len(conn.send_queue), conn.out_of_order.ranges(1000)]
    return [
        [(name, getattr(conn, name)) for name in NUMBERS],
        sent,
        queues,
        sorted(conn.info(now).items()),
        conn.poll(),
    ]


def test_the_fast_path_is_the_slow_path() -> None:
    """arrives.fast_path: the same segments in the same order leave the same connection and the same frames behind, with it and without."""
    for seed in range(12):
        benches = []
        for fast in (True, False):
            config = Config()
            config.fast_path = fast
            config.timestamps = seed % 2 == 0
            config.rcvbuf = 8000
            bench = Bench(config, seed)
            bench.use_timestamps = config.timestamps
            bench.tsval = 100
            benches.append(bench)
        random = Random(seed)
        conns = [bench.connect() for bench in benches]
        for bench in benches:
            bench.inject("S.", 0, 1, mss=1000, sack=True, scale=0)
        nxt = sent = acked = 1
        for _ in range(200):
            choice = random.below(16)
            size = random.below(1200)
            ack = acked
            if choice == 0 and sent > acked:
                ack = acked = acked + 1 + random.below(sent - acked)
            seq = nxt + (random.below(3000) - 1000 if choice == 1 else 0)
            wnd = 20_000 + (choice == 2) * random.below(100)
            tsval = benches[0].tsval - (choice == 3) * 2
            pause = random.below(30) * MS
            for i in (0, 1):
                bench, conn = benches[i], conns[i]
                bench.inject(
                    "P." if choice != 4 else "PU.",
                    seq,
                    ack,
                    bytes(size),
                    wnd=wnd,
                    tsval=tsval if bench.use_timestamps else -1,
                )
                if choice == 5:
                    conn.receive(3000, bench.now)
                if choice == 6:
                    conn.send(bytes(size), bench.now)
                bench.sleep(pause)
            benches[0].tsval += random.below(3)
            benches[1].tsval = benches[0].tsval
            nxt = conns[0].rcv_nxt - conns[0].irs
            sent = conns[0].snd_nxt - conns[0].iss
            eq(visible(conns[0], benches[0].now), visible(conns[1], benches[1].now), "seed " + str(seed))
        eq([bytes(frame) for frame, _ in benches[0].frames], [bytes(frame) for frame, _ in benches[1].frames])
