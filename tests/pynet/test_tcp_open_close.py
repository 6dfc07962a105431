"""Opening and closing (RFC 9293 §3.5, §3.6, §3.10.1, §3.10.4, §3.10.5), resets (RFC 5961), TIME-WAIT (RFC 6191)."""

from __future__ import annotations

from pynet import errno
from pynet.frame import HEADROOM
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP
from pynet.tcp import layer, ports
from pynet.tcp.segment import emit, new_segment
from pynet.tcp.states import (
    CLOSE_WAIT,
    CLOSED,
    CLOSING,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    LAST_ACK,
    SYN_RECEIVED,
    SYN_SENT,
    TIME_WAIT,
)
from tests.support import eq, raises, table
from tests.tcp import HERE, MS, PORT, SECOND, THERE, Bench, Pair, Transfer, plain


def test_3_5_active_open() -> None:
    """RFC 9293 §3.5, figure 6, §3.10.1: SYN, SYN,ACK, ACK."""
    bench = Bench()
    conn = bench.tcp.connect(HERE, 0, THERE, PORT, bench.now)
    syn = bench.one()
    eq((syn.flags, syn.mss, syn.wnd, syn.data), ("S", 1460, 65535, b""))
    eq((conn.state, conn.poll()), (SYN_SENT, 0))
    bench.iss, bench.port, bench.peer_port = syn.raw_seq, syn.sport, PORT
    bench.inject("S.", 0, 1, mss=1000)
    bench.expect((".", 1, 0, 1))
    eq((conn.state, conn.poll(), conn.snd_mss), (ESTABLISHED, POLLOUT, 1000))


def test_3_5_passive_open() -> None:
    """RFC 9293 §3.5, figure 6, seen from the other side; accept() has it only once it is established."""
    bench = Bench()
    listener = bench.listen()
    told: list[int] = []
    listener.changed = lambda: told.append(listener.poll())
    answer = bench.half_open(mss=1200)
    eq((answer.flags, answer.ack, answer.wnd), ("S.", 1, 65535))
    eq((listener.poll(), listener.accept()), (0, None))
    bench.inject(".", 1, 1)
    bench.expect()
    eq(told, [POLLIN])
    conn = listener.accept()
    assert conn is not None
    eq((conn.state, conn.remote, conn.rport, conn.snd_mss), (ESTABLISHED, THERE, bench.peer_port, 1200))
    eq(listener.accept(), None)


def test_3_5_simultaneous_open() -> None:
    """RFC 9293 §3.5, figure 7: both SYNs cross; both ends become ESTABLISHED (MUST-10)."""
    pair = Pair()
    a = pair.a.connect(HERE, 1000, THERE, 2000, pair.now)
    b = pair.b.connect(THERE, 2000, HERE, 1000, pair.now)
    pair.run(lambda: a.state == ESTABLISHED and b.state == ESTABLISHED)
    transfer = Transfer(pair, a, b, b"crossed")
    pair.run(transfer.done)
    eq(bytes(transfer.got), b"crossed")


def test_3_5_simultaneous_open_packet_by_packet() -> None:
    """RFC 9293 §3.5, figure 7: SYN-SENT --SYN--> SYN-RECEIVED, which answers SYN,ACK; the peer's SYN,ACK ends it."""
    bench = Bench()
    conn = bench.connect()
    bench.inject("S")
    bench.expect(("S.", 0, 0, 1))
    eq(conn.state, SYN_RECEIVED)
    bench.inject("S.", 0, 1)
    bench.expect((".", 1, 0, 1))
    eq(conn.state, ESTABLISHED)


def test_3_7_1_without_an_mss_option_536_is_assumed() -> None:
    """RFC 9293 §3.7.1 (MUST-15)."""
    bench = Bench()
    conn = bench.established()
    conn.send(bytes(2000), bench.now)
    eq([len(got.data) for got in bench.sent()], [536, 536, 536, 392])


def test_3_7_1_an_absurd_mss_has_a_floor() -> None:
    """As CVE-2019-11479: the peer cannot make us send a header for each octet."""
    bench = Bench()
    conn = bench.established(mss=1)
    conn.send(bytes(1000), bench.now)
    eq([len(got.data) for got in bench.sent()][:2], [88, 88])


def test_3_10_7_2_listen_refuses_what_is_not_a_syn() -> None:
    """RFC 9293 §3.10.7.2: RST ignored; ACK answered by <SEQ=SEG.ACK><CTL=RST>; anything else dropped."""
    bench = Bench()
    bench.listen()
    bench.inject("R", 5)
    bench.inject("F", 5)
    eq(bench.sent(), [])
    bench.inject("S.", 5, 77)
    got = bench.one()
    eq((got.flags, got.raw_seq), ("R", 77))
    eq(bench.drops(), {"tcp: LISTEN, not a SYN": 3})


def test_3_10_7_1_closed_answers_with_a_reset() -> None:
    """RFC 9293 §3.10.7.1: with ACK <SEQ=SEG.ACK><CTL=RST>, without <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>; a RST never."""
    bench = Bench()
    bench.inject(".", 5, 77, b"data")
    got = bench.one()
    eq((got.flags, got.raw_seq), ("R", 77))
    bench.inject("SF", 5, data=b"data")
    got = bench.one()
    eq((got.flags, got.raw_seq, got.ack), ("R.", 0, 5 + 6))
    bench.inject("R.", 5, 77)
    eq(bench.sent(), [])
    eq(bench.drops(), {"tcp: no connection": 2, "tcp: RST for no connection": 1})


def test_3_10_7_3_syn_sent_checks_the_ack_first() -> None:
    """RFC 9293 §3.10.7.3, first: an ACK of what was not sent is reset, and a RST with one is ignored."""
    bench = Bench()
    conn = bench.connect()
    for ack in (0, 2, 0x80000000):
        bench.inject("S.", 0, ack)
        got = bench.one()
        eq((got.flags, got.seq), ("R", ack))
    bench.inject("R.", 0, 2)
    bench.inject("R", 0)
    bench.inject(".", 0, 1)
    eq((bench.sent(), conn.state), ([], SYN_SENT))
    eq(
        bench.drops(),
        {
            "tcp: SYN-SENT, unacceptable ACK": 4,
            "tcp: SYN-SENT, RST without our ACK": 1,
            "tcp: SYN-SENT, neither SYN nor RST": 1,
        },
    )


def test_3_10_7_3_refused() -> None:
    """RFC 9293 §3.10.7.3, second: "error: connection reset", which is ECONNREFUSED to a user who connects."""
    bench = Bench()
    conn = bench.connect()
    told: list[int] = []
    conn.changed = lambda: told.append(conn.poll())
    bench.inject("R.", 0, 1)
    eq((conn.state, conn.error), (CLOSED, errno.ECONNREFUSED))
    eq(told, [POLLERR | POLLHUP | POLLIN | POLLRDHUP | POLLOUT])
    eq((conn.receive(10, bench.now), conn.send(b"x", bench.now)), (None, 0))
    eq((conn.take_error(), conn.take_error()), (errno.ECONNREFUSED, 0))
    eq(conn.receive(10, bench.now), b"")
    eq(len(bench.tcp.connections), 0)


def test_3_10_7_3_text_with_the_syn_ack_is_taken() -> None:
    """RFC 9293 §3.10.7.3, fourth: "continue processing at the sixth step": data and FIN behind the SYN,ACK."""
    bench = Bench()
    conn = bench.connect()
    bench.inject("SF.", 0, 1, b"hello")
    bench.expect((".", 1, 0, 7))
    eq((conn.state, conn.receive(10, bench.now), conn.receive(10, bench.now)), (CLOSE_WAIT, b"hello", b""))


def test_3_10_2_send_before_established_is_queued() -> None:
    """RFC 9293 §3.10.2: in SYN-SENT "queue the data for transmission after entering ESTABLISHED state"."""
    bench = Bench()
    conn = bench.connect()
    eq(conn.send(b"early", bench.now), 5)
    eq(bench.sent(), [])
    bench.inject("S.", 0, 1)
    bench.expect(("P.", 1, 5, 1))


def test_3_8_3_a_lost_syn_is_sent_again_and_given_up_after_three_minutes() -> None:
    """RFC 6298 §2.1 §5.5: after 1, 2, 4 ... seconds; RFC 9293 §3.8.3 (MUST-23): R2 of a SYN is at least 3 minutes."""
    bench = Bench()
    conn = bench.connect()
    start = bench.now
    bench.sleep(400 * SECOND)
    got = bench.sent()
    eq([(syn.at - start) // SECOND for syn in got], [1, 3, 7, 15, 31, 63, 127])
    eq({syn.flags for syn in got}, {"S"})
    eq((conn.state, conn.error), (CLOSED, errno.ETIMEDOUT))


def test_rfc6298_5_7_after_a_lost_syn() -> None:
    """RFC 6298 §5.7: RTO is 3 seconds for the data; RFC 5681 §3.1, RFC 6928 §2: the initial window is one segment."""
    bench = Bench()
    conn = bench.connect()
    bench.sleep(1500 * MS)
    bench.sent()
    bench.inject("S.", 0, 1, mss=1000)
    eq((conn.rtt.rto, conn.congestion.cwnd), (3 * SECOND, 1000))


def test_half_open_connection_repeats_its_syn_ack() -> None:
    """RFC 6298 §5: the SYN,ACK is sent again; a SYN that comes again is answered again; after a minute the TCB is gone."""
    bench = Bench()
    listener = bench.listen()
    bench.half_open()
    bench.inject("S")
    bench.expect(("S.", 0, 0, 1))
    bench.sleep(10 * SECOND)
    bench.expect(("S.", 0, 0, 1), ("S.", 0, 0, 1), ("S.", 0, 0, 1))
    eq(listener.half_open, 1)
    bench.sleep(100 * SECOND)
    eq((listener.half_open, len(bench.tcp.connections)), (0, 0))


def test_3_10_7_4_a_reset_ends_a_half_open_connection_silently() -> None:
    """RFC 9293 §3.10.7.4, second: a passive OPEN returns to LISTEN and tells nobody."""
    bench = Bench()
    listener = bench.listen()
    bench.half_open()
    bench.inject("R", 1)
    eq((listener.half_open, listener.poll(), len(bench.tcp.connections)), (0, 0, 0))
    bench.half_open()
    bench.inject(".", 1, 5)
    eq((bench.one().flags, listener.half_open), ("R", 1))


def test_3_10_4_close_and_3_6_four_way() -> None:
    """RFC 9293 §3.6, figure 12: FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT; CLOSE-WAIT, LAST-ACK; both ends end, ours after 2MSL (§3.4.2, §3.10.8)."""
    pair = Pair()
    client, server = pair.connect()
    client.shutdown_write(pair.now)
    eq(client.state, FIN_WAIT_1)
    pair.run(lambda: client.state == FIN_WAIT_2)
    eq((server.state, server.receive(10, pair.now)), (CLOSE_WAIT, b""))
    server.close(pair.now)
    eq(server.state, LAST_ACK)
    pair.run(lambda: client.state == TIME_WAIT and server.state == CLOSED)
    eq((client.poll(), client.receive(1, pair.now)), (POLLIN | POLLRDHUP | POLLHUP | POLLOUT, b""))
    took = pair.run(lambda: client.state == CLOSED)
    assert 59 * SECOND <= took <= 61 * SECOND
    eq((len(pair.a.connections), len(pair.b.connections)), (0, 0))
    eq((pair.a.next_deadline(), pair.b.next_deadline()), (None, None))


def test_3_6_simultaneous_close() -> None:
    """RFC 9293 §3.6, figure 13: both FINs cross; CLOSING, TIME-WAIT on both sides."""
    pair = Pair()
    client, server = pair.connect()
    client.close(pair.now)
    server.close(pair.now)
    seen = set()
    while client.state != TIME_WAIT or server.state != TIME_WAIT:
        assert pair.step(pair.now + SECOND)
        seen |= {client.state, server.state}
    assert CLOSING in seen
    pair.sleep(61 * SECOND)
    eq((client.state, server.state), (CLOSED, CLOSED))


def test_3_6_half_close_lets_the_other_half_flow() -> None:
    """RFC 9293 §3.6, case 1: "CLOSE is an operation meaning 'I have no more data to send'"; receiving goes on."""
    pair = Pair()
    client, server = pair.connect()
    client.shutdown_write(pair.now)
    pair.run(lambda: client.state == FIN_WAIT_2)
    raises(OSError, client.send, b"x", pair.now)
    data = bytes(range(256)) * 1000
    transfer = Transfer(pair, server, client, data)
    pair.run(transfer.done)
    eq(bytes(transfer.got), data)
    eq((client.state, server.state), (TIME_WAIT, LAST_ACK))


def test_3_10_4_close_waits_for_what_is_queued() -> None:
    """RFC 9293 §3.10.4: "queue this until all preceding SENDs have been segmentized, then form a FIN segment"."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=2500)
    conn.send(bytes(4000), bench.now)
    conn.close(bench.now)
    eq(conn.state, FIN_WAIT_1)
    bench.expect((".", 1, 1000, 1), (".", 1001, 1000, 1))
    bench.inject(".", 1, 2001, wnd=5000)
    bench.expect((".", 2001, 1000, 1), ("FP.", 3001, 1000, 1))
    bench.inject(".", 1, 4002)
    eq(conn.state, FIN_WAIT_2)


def test_3_10_4_fin_needs_no_congestion_window_and_can_ride_alone() -> None:
    """RFC 9293 §3.10.4: CLOSE with everything acknowledged sends the FIN at once."""
    bench = Bench()
    conn = bench.established()
    conn.close(bench.now)
    bench.expect(("F.", 1, 0, 1))
    bench.sleep(250 * MS)
    bench.expect(("F.", 1, 0, 1))
    bench.inject("F.", 1, 2)
    bench.expect((".", 2, 0, 2))
    eq(conn.state, TIME_WAIT)


def test_3_6_1_close_with_unread_data_resets() -> None:
    """RFC 9293 §3.6.1 (SHLD-3), RFC 2525 §2.17: nobody will read it, and the peer must know."""
    bench = Bench()
    conn = bench.established()
    bench.inject("P.", 1, 1, b"unread")
    bench.sent()
    conn.close(bench.now)
    bench.expect(("R.", 1, 0, 7))
    eq(conn.state, CLOSED)


def test_3_6_1_data_after_close_resets() -> None:
    """RFC 9293 §3.6.1 (MUST-13's half-duplex close): data for a user who is gone is answered by a reset."""
    bench = Bench()
    conn = bench.established()
    conn.close(bench.now)
    bench.inject(".", 1, 2)
    bench.sent()
    bench.inject("P.", 1, 2, b"late")
    bench.expect(("R", 2, 0, 0))
    eq((conn.state, bench.drops()), (CLOSED, {"tcp: data after CLOSE": 1}))


def test_3_6_1_the_reset_is_where_the_peer_expects_it() -> None:
    """RFC 5961 §3.2: only a RST at RCV.NXT resets the peer at once; what of ours is still on its way must not make this one lie beyond."""
    bench = Bench()
    conn = bench.established()
    conn.send(bytes(500), bench.now)
    conn.close(bench.now)
    bench.sent()
    bench.inject("P.", 1, 1, b"late")
    bench.expect(("R", 1, 0, 0))
    eq(conn.state, CLOSED)


def test_fin_wait_2_without_a_user_ends() -> None:
    """As Linux's tcp_fin_timeout: a peer that never closes does not hold the TCB; a half-closed one with its user stays."""
    bench = Bench()
    conn = bench.established()
    conn.shutdown_write(bench.now)
    bench.inject(".", 1, 2)
    bench.sleep(1000 * SECOND)
    eq(conn.state, FIN_WAIT_2)
    conn.close(bench.now)
    bench.sleep(61 * SECOND)
    eq(conn.state, CLOSED)


def test_3_10_5_abort_resets_at_snd_nxt() -> None:
    """RFC 9293 §3.10.5: <SEQ=SND.NXT><CTL=RST>; everything queued is dropped."""
    bench = Bench()
    conn = bench.established(mss=1000)
    conn.send(bytes(100), bench.now)
    bench.sent()
    conn.abort(bench.now)
    bench.expect(("R.", 101, 0, 1))
    eq((conn.state, bench.tcp.next_deadline()), (CLOSED, None))
    raises(OSError, conn.send, b"x", bench.now)


def test_rfc5961_3_2_a_reset_must_be_exact() -> None:
    """RFC 5961 §3.2: at RCV.NXT it resets; in the window it is challenged; outside it is dropped."""
    bench = Bench()
    conn = bench.established()
    bench.inject("R", 0x80000000)
    bench.inject("R", 0)
    eq(bench.sent(), [])
    bench.inject("R", 2)
    bench.expect((".", 1, 0, 1))
    eq(conn.state, ESTABLISHED)
    bench.inject("P.", 1, 1, b"keep")
    bench.inject("R", 5)
    eq((conn.state, conn.error), (CLOSED, errno.ECONNRESET))
    eq((conn.receive(10, bench.now), conn.receive(10, bench.now)), (b"keep", None))
    eq(bench.drops(), {"tcp: RST out of window": 2, "tcp: RST in the window, not at its edge": 1})


def test_rfc5961_4_2_a_syn_in_the_window_is_challenged() -> None:
    """RFC 5961 §4.2: "irrespective of the sequence number, TCP MUST send an ACK"."""
    bench = Bench()
    conn = bench.established()
    for seq in (0, 1, 100, 0x90000000):
        bench.inject("S", seq)
        bench.expect((".", 1, 0, 1))
    eq(conn.state, ESTABLISHED)


def test_rfc5961_5_2_an_ack_has_a_range() -> None:
    """RFC 5961 §5.2: (SND.UNA - MAX.SND.WND) =< SEG.ACK =< SND.NXT, and nothing before the ISS (CVE-2023-52881); outside, a challenge, and the data is not taken."""
    bench = Bench()
    conn = bench.established(wnd=1000)
    for ack in (2, 0x40000000, -1, -1500, -0x70000000):
        bench.inject("P.", 1, ack, b"evil")
        bench.expect((".", 1, 0, 1))
    eq(conn.receive(10, bench.now), None)
    eq(bench.drops(), {"tcp: ACK of what was not sent, or too old": 5})
    bench.inject("P.", 1, 0, b"good", wnd=1000)
    eq(conn.receive(10, bench.now), b"good")
    for sent in range(1, 3001, 1000):
        conn.send(bytes(1000), bench.now)
        bench.inject(".", 5, sent + 1000, wnd=1000)
    bench.sent()
    for ack, data in ((2000, b""), (2001, b"old")):
        bench.inject("P.", 5, ack, b"old", wnd=1000)
        eq(conn.receive(10, bench.now) or b"", data)


def test_rfc5961_7_challenges_are_rationed() -> None:
    """RFC 5961 §7: no more than 10 in any 5 seconds; two stacks cannot keep each other busy."""
    bench = Bench()
    bench.established()
    for _ in range(100):
        bench.inject("S", 50)
    eq(len(bench.sent()), 10)
    eq(bench.drops(), {"tcp: SYN in the window": 100, "tcp: challenge ACK not sent, rate": 90})
    bench.sleep(5 * SECOND)
    bench.inject("S", 50)
    eq(len(bench.sent()), 1)


def test_3_10_7_4_a_segment_without_ack_is_dropped() -> None:
    """RFC 9293 §3.10.7.4, fifth: "if the ACK bit is off, drop the segment"."""
    bench = Bench()
    conn = bench.established()
    bench.inject("P", 1, data=b"no ack")
    eq((bench.sent(), conn.receive(9, bench.now)), ([], None))
    eq(bench.drops(), {"tcp: ACK missing": 1})


def test_backlog_bounds_the_accept_queue() -> None:
    """listen(2): at the backlog a SYN is dropped, and the ACK of a handshake waits; accept() makes room."""
    bench = Bench()
    listener = bench.listen(2)
    for port in (1, 2, 3):
        bench.peer_port = port
        bench.half_open()
    for port in (1, 2, 3):
        bench.peer_port = port
        bench.iss = next(conn for conn in bench.tcp.connections.values() if conn.rport == port).iss
        bench.inject(".", 1, 1)
    eq((len(listener.queue), listener.half_open), (2, 1))
    eq(bench.drops(), {"tcp: accept queue full": 1})
    bench.peer_port = 4
    bench.inject("S")
    eq((bench.sent(), bench.drops()), ([], {"tcp: accept queue full": 2}))
    assert listener.accept() is not None
    bench.peer_port = 3
    bench.inject(".", 1, 1)
    eq((len(listener.queue), listener.half_open), (2, 0))


def test_half_open_connections_are_bounded() -> None:
    """listen(2), and a flood of SYNs: at max(backlog, 8) half-open connections none is kept any more, and memory stays where it is."""
    bench = Bench()
    listener = bench.listen(16)
    for port in range(1, 5000):
        bench.peer_port = port
        bench.inject("S")
    eq((listener.half_open, len(bench.tcp.connections)), (16, 16))
    eq(bench.drops(), {"tcp: half-open queue full": 4999 - 16})
    assert len(bench.tcp.heap) <= 2 * 16 + 65
    bench.sleep(100 * SECOND)
    eq((listener.half_open, len(bench.tcp.connections)), (0, 0))


def test_connections_are_bounded() -> None:
    """MAX_CONNECTIONS: a SYN is dropped, connect() says ENOBUFS."""
    bench = Bench()
    bench.listen(layer.MAX_BACKLOG)
    for i in range(layer.MAX_CONNECTIONS):
        bench.tcp.connections[(i, 0, 0, 0)] = None  # type: ignore[assignment]
    bench.inject("S")
    eq((bench.sent(), bench.drops()), ([], {"tcp: connection table full": 1}))
    error = raises(OSError, bench.tcp.connect, HERE, 0, THERE, PORT, bench.now)
    eq(error.args[0], errno.ENOBUFS)


def test_listeners_are_bounded() -> None:
    """ports.MAX_BOUND: listen() says ENOBUFS."""
    bench = Bench()
    for port in range(1, ports.MAX_BOUND + 1):
        bench.tcp.listen(0, port, 1)
    eq(raises(OSError, bench.tcp.listen, 0, 9999, 1).args[0], errno.ENOBUFS)
    bench.tcp.listeners[(0, 7)].close(bench.now)
    bench.tcp.listen(0, 9999, 1)


def test_closing_a_listener_resets_who_waits() -> None:
    """RFC 9293 §3.10.4, LISTEN: whoever was not accepted hears of it, half-open ones are forgotten, the port is closed."""
    bench = Bench()
    listener = bench.listen()
    bench.half_open()
    bench.inject(".", 1, 1)
    bench.peer_port += 1
    bench.half_open()
    listener.close(bench.now)
    listener.close(bench.now)
    got = bench.sent()
    eq([(reset.flags, reset.dport) for reset in got], [("R.", bench.peer_port - 1)])
    eq((len(bench.tcp.connections), bench.tcp.listeners), (0, {}))
    bench.inject("S")
    eq(bench.one().flags, "R.")


def test_addresses_in_use() -> None:
    """bind(2), connect(2): EADDRINUSE for a second LISTEN and for a second connection of the same four numbers."""
    bench = Bench()
    bench.listen()
    eq(raises(OSError, bench.tcp.listen, 0, PORT, 1).args[0], errno.EADDRINUSE)
    other = bench.tcp.listen(0, 0, 1)
    assert other.port >= 32768
    bench.tcp.connect(HERE, 555, THERE, PORT, bench.now)
    eq(raises(OSError, bench.tcp.connect, HERE, 555, THERE, PORT, bench.now).args[0], errno.EADDRINUSE)


def test_bind_keeps_a_port_for_one_socket() -> None:
    """bind(2), RFC 6056 §3.3.1: one holder of a port at an address; SO_REUSEADDR lets connections that are ending be, port 0 avoids both."""
    bench = Bench()
    tcp = bench.tcp
    eq(tcp.bind(0, 80, False), 80)
    eq(raises(OSError, tcp.bind, HERE, 80, True).args[0], errno.EADDRINUSE)
    tcp.ports.release(0, 80)
    tcp.ports.release(0, 80)
    eq(tcp.bind(HERE, 80, False), 80)
    eq(raises(OSError, tcp.bind, 0, 80, True).args[0], errno.EADDRINUSE)
    eq(tcp.bind(HERE + 1, 80, False), 80)
    tcp.entropy = bytes
    first = tcp.connect(HERE, ports.FIRST, THERE, PORT, bench.now)
    eq(raises(OSError, tcp.bind, 0, ports.FIRST, False).args[0], errno.EADDRINUSE)
    eq(tcp.bind(HERE + 1, ports.FIRST, False), ports.FIRST)
    eq(tcp.bind(HERE, ports.FIRST, True), ports.FIRST)
    eq(tcp.bind(0, 0, False), ports.FIRST + 1)
    tcp.ports.release(HERE, ports.FIRST)
    tcp.ports.release(HERE + 1, ports.FIRST)
    eq(tcp.bind(0, 0, False), ports.FIRST + 2)
    tcp.turns.counters = [(ports.FIRST - tcp.connect(HERE, 0, THERE, PORT, bench.now).lport) % (ports.LAST - ports.FIRST + 1) + 1] * ports.TURNS
    eq(tcp.connect(HERE, 0, THERE, PORT, bench.now).lport, ports.FIRST + 3)
    first.finish(0)
    eq(tcp.bind(0, 0, False), ports.FIRST)


def test_a_listener_of_an_address_goes_before_one_of_all() -> None:
    """RFC 9293 §3.10.7, CLOSED and LISTEN: the fully specified local socket matches first."""
    bench = Bench()
    wild = bench.tcp.listen(0, PORT, 5)
    exact = bench.tcp.listen(HERE, PORT, 5)
    bench.half_open()
    eq((wild.half_open, exact.half_open), (0, 1))


def test_3_9_2_3_a_syn_from_or_to_a_group_is_dropped() -> None:
    """RFC 9293 §3.9.2.3 (MUST-57, MUST-63)."""

    def check(src: int, dst: int) -> None:
        fresh = Bench()
        fresh.listen()
        syn = new_segment(0, 0)
        emit(syn, 0, src, dst, 1 << 16 | PORT, 1, 0, 2, 1000, 0)
        fresh.tcp.input(syn, HEADROOM, len(syn), src, dst, fresh.now)
        eq((fresh.frames, fresh.drops()), ([], {"tcp: not a unicast address": 1}))

    table(((0xE0000001, HERE), (THERE, 0xE0000001), (0xFFFFFFFF, HERE), (THERE, 0xFFFFFFFF), (0, HERE)), check)


def time_wait(bench: Bench, **options: bool) -> None:
    """Our side closed first: TIME-WAIT; SND.NXT is 2, RCV.NXT is 2."""
    listener = bench.listen()
    conn = bench.accepted(listener, **options)
    conn.close(bench.now)
    bench.inject(".", 1, 2)
    bench.inject("F.", 1, 2)
    eq(conn.state, TIME_WAIT)
    bench.sent()


def test_3_10_7_4_time_wait_answers_a_fin_and_waits_anew() -> None:
    """RFC 9293 §3.10.7.4, eighth, TIME-WAIT: "restart the 2 MSL time-wait timeout"."""
    bench = Bench()
    time_wait(bench)
    bench.sleep(50 * SECOND)
    bench.inject("F.", 1, 2)
    bench.expect((".", 2, 0, 2))
    bench.sleep(50 * SECOND)
    eq(bench.find().state, TIME_WAIT)
    bench.sleep(11 * SECOND)
    eq(len(bench.tcp.connections), 0)


def test_rfc1337_3_time_wait_can_outlive_a_reset() -> None:
    """RFC 1337 §3, where Config asks for it; RFC 9293 §3.10.7.4 has the connection end."""

    def check(keeps: bool, left: int, drops: dict[str, int]) -> None:
        config = plain()
        config.keeps_time_wait = keeps
        bench = Bench(config)
        time_wait(bench)
        bench.inject("R", 2)
        eq((len(bench.tcp.connections), bench.frames, bench.drops()), (left, [], drops))

    table(((True, 1, {"tcp: RST in TIME-WAIT": 1}), (False, 0, {})), check)


def test_time_wait_can_be_freebsds() -> None:
    """RFC 9293 §3.10.7.4 as FreeBSD's tcp_twcheck has it, where Config asks for it: whatever has an ACK, wherever it lies, is answered."""
    config = plain()
    config.bsd_time_wait = True
    bench = Bench(config)
    time_wait(bench)
    bench.inject(".", 2, 2)
    bench.inject("R.", 2, 2)
    bench.inject("", 2)
    bench.inject("S", 1)
    bench.expect()
    for flags, seq, data in ((".", 0x40000000, b""), (".", 2, b"late"), ("S.", 0, b"")):
        bench.inject(flags, seq, 2, data)
        bench.expect((".", 2, 0, 2))
    bench.sleep(50 * SECOND)
    bench.inject("F.", 1, 2)
    bench.expect((".", 2, 0, 2))
    bench.sleep(50 * SECOND)
    eq(bench.find().state, TIME_WAIT, "from the FIN on")
    for listener in list(bench.tcp.listeners.values()):
        listener.close(bench.now)
    bench.inject("S", 100_000)
    eq(([got.flags for got in bench.sent()], len(bench.tcp.connections)), (["R."], 0), "opened anew by nobody")
    eq(bench.drops(), {"tcp: RST in TIME-WAIT": 1, "tcp: ACK missing": 2, "tcp: no connection": 1})


def test_an_active_open_can_be_freebsds() -> None:
    """RFC 9293 §3.8.3, R2 for a SYN, where Config asks for it: given up when its time is over, not with the next retransmission; then without options."""
    config = layer.Config()
    config.syn_timeout = 10 * SECOND
    config.syn_timeout_exact = config.syn_drops_options = True
    bench = Bench(config)
    conn = bench.connect()
    began = bench.now
    while conn.state == SYN_SENT:
        bench.sleep(SECOND // 2)
    eq((conn.error, bench.now - began), (errno.ETIMEDOUT, 10 * SECOND))
    eq([(got.at - began, got.seg.has_timestamps, got.seg.sack_permitted, got.seg.wscale >= 0) for got in bench.sent()], [
        (1 * SECOND, True, True, True),
        (3 * SECOND, True, True, True),
        (7 * SECOND, False, False, False),
    ])


def test_a_segment_with_syn_and_fin_can_be_dropped() -> None:
    """FreeBSD's drop_synfin, where Config asks for it; RFC 9293 §3.10.7.2 lets it open a connection."""

    def check(drops_it: bool, half_open: int, drops: dict[str, int]) -> None:
        config = plain()
        config.drops_syn_fin = drops_it
        bench = Bench(config)
        bench.listen()
        bench.inject("SF", 0)
        eq((bench.tcp.half_open, bench.drops()), (half_open, drops))

    table(((True, 0, {"tcp: SYN and FIN": 1}), (False, 1, {})), check)


def test_the_ack_of_a_fin_can_wait() -> None:
    """Linux's, where Config asks for it: after data that is acknowledged the FIN's ACK is delayed, as RFC 9293 §3.8.6.3 lets one of data be."""
    config = plain()
    config.delayed_fin_ack = True
    bench = Bench(config)
    conn = bench.established(mss=1000)
    for seq in (1, 1001):
        bench.inject(".", seq, 1, bytes(1000))
    bench.sent()
    bench.inject("F.", 2001, 1)
    eq((conn.state, bench.sent()), (CLOSE_WAIT, []))
    bench.sleep(SECOND)
    bench.expect((".", 1, 0, 2002))


def test_3_10_7_4_time_wait_gives_way_to_a_new_syn() -> None:
    """RFC 9293 §3.10.7.4 (MAY-2): a SYN beyond RCV.NXT opens anew, our ISN beyond the old SND.NXT; an older one is answered by an ACK."""
    bench = Bench()
    time_wait(bench)
    bench.inject("S", 1)
    bench.expect((".", 2, 0, 2))
    bench.inject("S", 100_000)
    answer = bench.one()
    eq((answer.flags, answer.ack), ("S.", 100_001))
    assert 2 < answer.seq < 0x80000000
    eq(bench.find().state, SYN_RECEIVED)


def test_rfc6191_2_timestamps_decide_in_time_wait() -> None:
    """RFC 6191 §2: a SYN with a later timestamp opens anew whatever its sequence number; with an earlier one it does not."""
    config = plain()
    config.timestamps = True
    bench = Bench(config)
    bench.use_timestamps = True
    bench.tsval = 1000
    time_wait(bench)
    bench.inject("S", -500_000, tsval=999)
    eq(bench.one().flags, ".")
    bench.inject("S", -500_000, tsval=1001)
    eq(bench.one().flags, "S.")


def test_rfc6191_connect_again_at_once() -> None:
    """RFC 6191 §2, §3, RFC 1122 §4.2.2.13: an active OPEN of the same four numbers after a second in TIME-WAIT, with timestamps."""
    pair = Pair()
    client, server = pair.connect()
    client.close(pair.now)
    pair.run(lambda: server.state == CLOSE_WAIT)
    server.close(pair.now)
    pair.run(lambda: client.state == TIME_WAIT)
    again = (client.local, client.lport, client.remote, client.rport)
    eq(raises(OSError, pair.a.connect, *again, pair.now).args[0], errno.EADDRINUSE)
    pair.sleep(2 * SECOND)
    listener = pair.b.listen(0, PORT, 5)
    second = pair.a.connect(*again, pair.now)
    pair.run(lambda: listener.poll() != 0 and second.state == ESTABLISHED)


def test_time_wait_is_bounded() -> None:
    """MAX_TIME_WAIT: the oldest goes."""
    bench = Bench()
    listener = bench.listen(8)
    for port in range(1, layer.MAX_TIME_WAIT + 11):
        bench.peer_port = port
        conn = bench.accepted(listener)
        conn.close(bench.now)
        bench.inject(".", 1, 2)
        bench.inject("F.", 1, 2)
        bench.sent()
    eq((len(bench.tcp.time_waits), len(bench.tcp.connections)), (layer.MAX_TIME_WAIT, layer.MAX_TIME_WAIT))
    eq(min(conn.rport for conn in bench.tcp.connections.values()), 11)
    assert len(bench.tcp.heap) <= 2 * layer.MAX_TIME_WAIT + 65
    eq(bench.tcp.orphans, 0)


def test_orphans_are_bounded() -> None:
    """MAX_ORPHANS: one more connection without a user is reset."""
    bench = Bench()
    listener = bench.listen(8)
    for port in range(1, layer.MAX_ORPHANS + 3):
        bench.peer_port = port
        conn = bench.accepted(listener)
        bench.sent()
        conn.close(bench.now)
        eq(bench.one().flags, "F." if port <= layer.MAX_ORPHANS else "R.")
    eq(bench.tcp.orphans, layer.MAX_ORPHANS)
    bench.sleep(300 * SECOND)
    eq((bench.tcp.orphans, len(bench.tcp.connections)), (0, 0))


def test_the_same_entropy_gives_the_same_octets() -> None:
    """design.md: deterministic given entropy; and other entropy gives another port and another ISN."""

    def syn(seed: int) -> bytes:
        bench = Bench(seed=seed)
        bench.now = 5
        bench.tcp.connect(HERE, 0, THERE, PORT, 5)
        return bytes(bench.frames[0][0])

    eq(syn(1), syn(1))
    assert syn(1)[34:36] != syn(2)[34:36]
    assert syn(1)[38:42] != syn(2)[38:42]
