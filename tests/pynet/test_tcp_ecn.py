"""Explicit congestion notification (RFC 3168) on the wire, and what it does to a transfer."""

from __future__ import annotations

from pynet.tcp import ecn
from pynet.tcp.layer import Config
from pynet.tcp.recovery import CA_CWR, CA_OPEN
from tests.support import eq, table
from tests.tcp import MS, SECOND, Bench, Pair, Transfer, plain


def ask_config(number: int) -> Config:
    config = plain()
    config.ecn = number
    return config


def agreed(mss: int = 1000) -> Bench:
    """ESTABLISHED with ECN after a round trip of 100 ms."""
    bench = Bench(ask_config(ecn.ASK))
    bench.connect()
    bench.sleep(100 * MS)
    bench.inject("SE.", 0, 1, mss=mss)
    bench.sent()
    bench.take_fields()
    return bench


def test_rfc3168_6_1_1_who_agrees() -> None:
    """RFC 3168 §6.1.1: a SYN with ECE and CWR asks; by tcp_ecn's number it is answered; a router's mark on a SYN, or another pair of bits, is no question."""

    def check(number: int, flags: str, field: int, answer: str, ok: bool) -> None:
        bench = Bench(ask_config(number))
        listener = bench.listen()
        bench.field = field
        got = bench.half_open_with(flags)
        eq((got.flags, bench.take_fields()), (answer, [0]))
        bench.inject(".", 1, 1)
        conn = listener.accept()
        assert conn is not None
        eq(conn.ecn_ok, ok)

    table(
        (
            (ecn.ACCEPT, "SEW", 0, "SE.", True),
            (ecn.ASK, "SEW", 0, "SE.", True),
            (ecn.NEVER, "SEW", 0, "S.", False),
            (ecn.ACCEPT, "S", 0, "S.", False),
            (ecn.ACCEPT, "SE", 0, "S.", False),
            (ecn.ACCEPT, "SW", 0, "S.", False),
            (ecn.ACCEPT, "SEW", 3, "S.", False),
        ),
        check,
    )


def test_rfc3168_6_1_1_what_our_syn_asks() -> None:
    """RFC 3168 §6.1.1: only tcp_ecn 1 asks; only ECE alone agrees."""

    def check(number: int, syn: str, answer: str, ok: bool) -> None:
        bench = Bench(ask_config(number))
        conn = bench.tcp.connect(0x0A000001, 0, 0x0A000002, 80, bench.now)
        got = bench.one()
        eq(got.flags, syn)
        bench.iss, bench.port, bench.peer_port = got.raw_seq, got.sport, 80
        bench.inject(answer, 0, 1, mss=1000)
        eq(conn.ecn_ok, ok)

    table(
        (
            (ecn.ASK, "SEW", "SE.", True),
            (ecn.ASK, "SEW", "S.", False),
            (ecn.ASK, "SEW", "SEW.", False),
            (ecn.ACCEPT, "S", "SE.", False),
            (ecn.NEVER, "S", "SE.", False),
        ),
        check,
    )


def test_rfc3168_6_1_1_1_a_syn_sent_again_does_not_ask() -> None:
    """RFC 3168 §6.1.1.1: a host that hears nothing of its ECN-setup SYN tries without; an agreement that then comes is none."""
    bench = Bench(ask_config(ecn.ASK))
    conn = bench.connect()
    bench.sleep(SECOND)
    eq([got.flags for got in bench.sent()], ["S"])
    bench.inject("SE.", 0, 1, mss=1000)
    eq(conn.ecn_ok, False)


def test_rfc3168_6_1_2_once_in_a_window() -> None:
    """RFC 3168 §6.1.2: ECE shrinks cwnd as a loss does, at most once in a window; the next new data says CWR, once; nothing is sent again."""
    bench = agreed()
    conn = bench.find()
    conn.send(bytes(40_000), bench.now)
    eq((len(bench.sent()), bench.take_fields()), (10, [ecn.ECT0] * 10))
    bench.sleep(100 * MS)
    bench.inject("E.", 1, 2001)
    eq([got.flags for got in bench.sent()], ["W."])
    eq((conn.ca_state, conn.congestion.ssthresh), (CA_CWR, 5000))
    for ack in (4001, 6001, 8001):
        bench.inject("E.", 1, ack)
    eq(conn.congestion.ssthresh, 5000)
    bench.inject(".", 1, 10_001)
    eq({got.flags for got in bench.sent()}, {"."})
    eq(conn.board.retransmitted, 0)
    bench.sleep(100 * MS)
    bench.inject(".", 1, 12_001)
    eq((conn.ca_state, conn.congestion.cwnd), (CA_OPEN, 5000))
    bench.inject("E.", 1, 13_001)
    assert conn.ca_state == CA_CWR and conn.congestion.ssthresh < 5000, "a new window"


def test_rfc3168_6_1_3_the_receiver_echoes_until_cwr() -> None:
    """RFC 3168 §6.1.3: after CE every ACK says ECE, data of ours too, until CWR; a marked segment with CWR starts anew."""
    bench = agreed()
    conn = bench.find()
    bench.field = ecn.CE
    bench.inject("P.", 1, 1, b"a")
    bench.field = ecn.ECT0
    bench.inject("P.", 2, 1, b"b")
    bench.sleep(50 * MS)
    eq({got.flags for got in bench.sent()}, {"E."})
    conn.send(b"c", bench.now)
    eq([got.flags for got in bench.sent()], ["PE."])
    bench.inject("PW.", 3, 2, b"d")
    eq([got.flags for got in bench.sent()], ["."])
    bench.field = ecn.CE
    bench.inject("PW.", 4, 2, b"e")
    eq([got.flags for got in bench.sent()], ["E."])
    eq((conn.ecn_marks, conn.info(bench.now)["options"] & 24), (2, 24))


def test_rfc3168_6_1_4_to_6_1_6_what_may_be_marked() -> None:
    """RFC 3168 §6.1.4 to §6.1.6: new data only, as ECT(0) (§5): no pure ACK, nothing sent again, no probe of a closed window, no RST."""
    bench = agreed()
    conn = bench.find()
    conn.send(bytes(1000), bench.now)
    bench.sleep(400 * MS)
    eq(bench.take_fields(), [ecn.ECT0, 0])
    bench.inject("P.", 1, 1001, b"x")
    bench.sleep(50 * MS)
    eq(bench.take_fields(), [0])
    bench.inject(".", 2, 1001, wnd=0)
    conn.send(bytes(1000), bench.now)
    bench.sleep(2 * SECOND)
    fields = bench.take_fields()
    assert len(fields) > 0
    eq(set(fields), {0})
    conn.abort(bench.now)
    eq(bench.take_fields(), [0])


def test_rfc3168_6_1_2_a_timeout_says_cwr_too() -> None:
    """RFC 3168 §6.1.2: CWR whatever made the window shrink, in new data and not in what is sent again."""
    bench = agreed()
    conn = bench.find()
    conn.send(bytes(1000), bench.now)
    bench.sleep(400 * MS)
    eq([got.flags for got in bench.sent()], ["P.", "P."])
    bench.inject(".", 1, 1001)
    conn.send(bytes(1000), bench.now)
    eq([got.flags for got in bench.sent()], ["PW."])


def test_ece_without_agreement_means_nothing() -> None:
    """RFC 3168 §6.1.1: without ECN agreed on ECE and marks are ignored."""
    bench = Bench(ask_config(ecn.NEVER))
    conn = bench.established(mss=1000)
    conn.send(bytes(10_000), bench.now)
    bench.inject("E.", 1, 5001)
    eq((conn.ca_state, conn.congestion.ssthresh > 1_000_000), (CA_OPEN, True))
    bench.field = ecn.CE
    bench.inject("P.", 1, 5001, b"x")
    bench.sleep(50 * MS)
    assert "E" not in "".join([got.flags for got in bench.sent()])


def test_a_marking_link_loses_nothing_and_is_heeded() -> None:
    """RFC 3168 §1: marks in place of drops: nothing is sent again, and the window stays small; each mark is told of (tcpi_delivered_ce)."""
    for name in ("reno", "cubic", "bbr"):
        config = Config()
        config.ecn = ecn.ASK
        config.congestion = name
        pair = Pair(3, config)
        pair.to_b.marks = 300
        client, server = pair.connect()
        data = bytes(range(256)) * 4000
        sending = Transfer(pair, client, server, data)
        pair.run(sending.done)
        eq((bytes(sending.got) == data, client.board.retransmitted), (True, 0), name)
        assert server.ecn_marks > 5, (name, server.ecn_marks)
        assert client.delivered_ce >= server.ecn_marks // 2, (name, client.delivered_ce)
        if name != "bbr":
            assert client.congestion.ssthresh < 100_000, (name, client.congestion.ssthresh)
