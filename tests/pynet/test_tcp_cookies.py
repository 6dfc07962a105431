"""SYN cookies (RFC 4987 §3.6): who floods a listener takes no memory, and who does not is served all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.tcp import cookies, layer
from pynet.tcp.layer import Config
from pynet.tcp.segment import Segment
from pynet.tcp.states import ESTABLISHED
from tests.support import Random, eq, table
from tests.tcp import SECOND, Bench

if TYPE_CHECKING:
    from typing import Any

    from tests.tcp import Got

HONEST = 50_000


def flooded(config: Config | None = None) -> Bench:
    """A listener whose half-open connections are at their bound."""
    bench = Bench(config)
    bench.listen(8)
    for port in range(1, 9):
        bench.peer_port = port
        bench.inject("S")
    eq(len(bench.tcp.connections), 8)
    bench.sent()
    bench.peer_port = HONEST
    return bench


def cookie(bench: Bench, **options: Any) -> Got:
    """The honest peer's SYN and its answer, which makes no connection."""
    before = len(bench.tcp.connections)
    bench.inject("S", **options)
    answer = bench.one()
    bench.iss = answer.raw_seq
    eq((answer.flags, answer.dport, len(bench.tcp.connections)), ("S.", HONEST, before))
    return answer


def accepted(bench: Bench) -> Any:
    """The connection that the handshake's ACK has made."""
    conn = next(iter(bench.tcp.listeners.values())).accept()
    assert conn is not None
    eq((conn.state, conn.rport), (ESTABLISHED, HONEST))
    return conn


def test_rfc4987_3_6_an_ack_brings_the_connection_back() -> None:
    """RFC 4987 §3.6: no state until the ACK; then a connection like any other, both ways."""
    bench = flooded()
    cookie(bench, mss=1000)
    bench.inject(".", 1, 1, wnd=3000)
    conn = accepted(bench)
    eq((bench.sent(), conn.snd_wnd, conn.snd_mss), ([], 3000, 536))
    bench.inject("P.", 1, 1, b"question")
    eq(conn.receive(100, bench.now), b"question")
    conn.send(b"answer", bench.now)
    eq(bench.sent()[-1].brief(), ("P.", 1, 6, 9))
    bench.inject(".", 9, 7)
    eq((conn.snd_una, conn.bytes_acked), (conn.snd_nxt, 6))
    listener = conn.layer.listeners[(0, bench.port)]
    eq((listener.half_open, bench.tcp.half_open), (8, 8))


def test_rfc4987_3_6_the_ack_may_carry_data_and_a_fin() -> None:
    """RFC 4987 §3.6, RFC 9293 §3.10.7.4: what follows the SYN,ACK in one segment is taken, also when the ACK itself was lost."""
    bench = flooded()
    cookie(bench)
    bench.inject("FP.", 1, 1, b"all of it")
    listener = bench.tcp.listeners[(0, bench.port)]
    conn = listener.accept()
    assert conn is not None
    eq((conn.receive(100, bench.now), conn.receive(100, bench.now)), (b"all of it", b""))
    bench.expect((".", 1, 0, 11))


def test_cookies_are_made_at_the_bound_and_not_before() -> None:
    """RFC 4987 §3.6: cookies lose options, so the table comes first; one half-open connection less and the next SYN gets a real answer."""
    bench = Bench()
    listener = bench.listen(8)
    for port in range(1, 8):
        bench.peer_port = port
        bench.inject("S")
    bench.sent()
    bench.peer_port = HONEST
    honest = bench.half_open().raw_seq
    eq((len(bench.tcp.connections), bench.drops(), bench.tcp.cookies.key), (8, {}, b""))
    bench.peer_port = HONEST + 1
    bench.inject("S")
    eq((len(bench.tcp.connections), bench.drops()), (8, {"tcp: half-open queue full": 1}))
    bench.peer_port = HONEST
    bench.iss = honest
    bench.inject(".", 1, 1)
    assert listener.accept() is not None
    bench.peer_port = HONEST + 2
    bench.inject("S")
    eq(len(bench.tcp.connections), 9)


def test_a_flood_of_syns_takes_no_memory() -> None:
    """RFC 4987 §3.6: every SYN beyond the bound is answered, none is kept; the honest one among them gets through."""
    bench = flooded()
    for port in range(100, 5000):
        bench.peer_port = port
        bench.inject("S")
    eq((len(bench.sent()), len(bench.tcp.connections), len(bench.tcp.ports.connections)), (4900, 8, 1))
    assert len(bench.tcp.heap) <= 2 * 8 + 65
    bench.peer_port = HONEST
    cookie(bench)
    bench.inject(".", 1, 1)
    accepted(bench)


def test_half_open_connections_of_all_listeners_are_bounded() -> None:
    """MAX_HALF_OPEN: however long the backlogs are, a flood leaves the connection table to others."""
    bench = Bench()
    bench.listen(layer.MAX_BACKLOG)
    for port in range(1, layer.MAX_HALF_OPEN + 100):
        bench.peer_port = port
        bench.inject("S")
    eq((len(bench.tcp.connections), bench.tcp.half_open), (layer.MAX_HALF_OPEN, layer.MAX_HALF_OPEN))
    eq(bench.drops(), {"tcp: half-open queue full": 99})
    bench.sleep(100 * SECOND)
    eq((len(bench.tcp.connections), bench.tcp.half_open), (0, 0))


def test_without_cookies_a_syn_beyond_the_bound_is_dropped() -> None:
    """listen(2): then its sender tries again."""
    config = Config()
    config.syn_cookies = False
    bench = flooded(config)
    bench.inject("S")
    eq((bench.sent(), bench.drops()), ([], {"tcp: half-open queue full": 1}))


def check_forged(change: dict[str, int], age: int) -> None:
    """An ACK that differs from the honest one, or comes too late."""
    bench = flooded()
    cookie(bench)
    bench.sleep(age)
    bench.sent()
    bench.peer_port = HONEST + change.get("port", 0)
    bench.inject(".", 1 + change.get("seq", 0), 1 + change.get("ack", 0))
    eq([got.flags for got in bench.sent()], ["R"])
    eq(bench.tcp.listeners[(0, bench.port)].accept(), None)


def test_rfc4987_3_6_nobody_can_guess_a_cookie() -> None:
    """RFC 4987 §3.6: another number, port or sequence number, or two periods later: RFC 9293 §3.10.7.2's reset."""
    table(
        [({"ack": 1}, 0), ({"ack": -1}, 0), ({"ack": 1 << 29}, 0), ({"seq": 1}, 0), ({"port": 1}, 0), ({}, 2 * cookies.PERIOD)],
        check_forged,
    )


def test_rfc4987_3_6_the_secret_rotates() -> None:
    """RFC 4987 §3.6: a key makes cookies for a period and is believed for one more; nothing is asked of an ACK when no cookie was sent lately."""
    bench = flooded()
    start = cookies.PERIOD - bench.now % cookies.PERIOD
    bench.sleep(start - 1)
    for port in range(9, 17):
        bench.peer_port = port
        bench.inject("S")
    bench.sent()
    bench.peer_port = HONEST
    first = cookie(bench).raw_seq
    bench.sleep(1)
    second = cookie(bench).raw_seq
    assert first != second
    bench.sleep(cookies.PERIOD - 1)
    bench.sent()
    bench.iss = first
    bench.inject(".", 1, 1)
    accepted(bench)
    quiet = Bench()
    quiet.listen(8)
    quiet.inject(".", 1, 1)
    eq((quiet.one().flags, quiet.tcp.cookies.period), ("R", -1))


def test_rfc7323_options_come_back_with_the_timestamp() -> None:
    """RFC 7323 §3.2, RFC 2018 §2: the peer's window scale and SACK, kept in the low bits of the timestamp that it echoes."""
    for scale in (-1, 0, 7, 14):
        for sack in (False, True):
            bench = flooded(Config())
            answer = cookie(bench, mss=1460, scale=scale, sack=sack, tsval=4000)
            eq((answer.seg.has_timestamps, answer.seg.sack_permitted, answer.seg.wscale >= 0), (True, sack, scale >= 0))
            bench.use_timestamps, bench.tsval, bench.tsecr = True, 4001, answer.seg.tsval
            bench.inject(".", 1, 1, wnd=1000)
            conn = accepted(bench)
            eq((conn.ts_ok, conn.sack_ok, conn.scale_ok, conn.snd_scale), (True, sack, scale >= 0, max(scale, 0)))
            eq((conn.snd_wnd, conn.ts_recent, conn.snd_mss), (1000 << max(scale, 0), 4001, 1460))
            assert (conn.tsval(bench.now) - answer.seg.tsval) & 0xFFFFFFFF < 64


def test_without_timestamps_a_cookie_agrees_on_no_option() -> None:
    """RFC 4987 §3.6: there is room for the MSS only, so the SYN,ACK offers nothing that could not be remembered."""
    bench = flooded(Config())
    answer = cookie(bench, mss=1460, scale=7, sack=True)
    eq((answer.seg.has_timestamps, answer.seg.sack_permitted, answer.seg.wscale), (False, False, -1))
    bench.inject(".", 1, 1)
    conn = accepted(bench)
    eq((conn.ts_ok, conn.sack_ok, conn.scale_ok, conn.rcv_scale), (False, False, False, 0))


def test_rfc7323_5_4_a_timestamp_with_options_is_never_ahead() -> None:
    """RFC 7323 §5.4: timestamps grow; the bits are the options, and the number is at most 64 ms old."""
    random = Random(4)
    for _ in range(1000):
        clock = random.below(1 << 32)
        scale, sack = random.below(16) - 1, bool(random.below(2))
        stamp = cookies.encode_options(clock, scale, sack)
        assert 0 <= (clock - stamp) & 0xFFFFFFFF < 64
        eq((stamp & 15, bool(stamp & 16)), (scale if scale >= 0 else 15, sack))
    eq(cookies.encode_options(0, 7, True), 0xFFFFFFC0 | 23)


def test_rfc9293_3_7_1_the_mss_is_rounded_down() -> None:
    """RFC 9293 §3.7.1: a segment is never longer than the peer takes; without the option 536."""
    table([(0, 536), (1, 88), (88, 88), (535, 88), (536, 536), (1459, 1440), (1460, 1460), (8959, 1460), (65535, 8960)], check_size)


def check_size(mss: int, wanted: int) -> None:
    eq(cookies.SIZES[cookies.size_index(mss)], wanted)


def test_at_the_other_bounds_a_cookie_is_of_no_use() -> None:
    """MAX_CONNECTIONS, and the backlog: the ACK is dropped as a SYN would be, not reset, so that its sender tries again."""
    bench = flooded()
    cookie(bench)
    listener = bench.tcp.listeners[(0, bench.port)]
    listener.queue.extend([None] * 8)  # type: ignore[list-item]
    bench.inject(".", 1, 1)
    eq((bench.sent(), bench.drops()["tcp: accept queue full"]), ([], 1))
    listener.queue.clear()
    for i in range(layer.MAX_CONNECTIONS):
        bench.tcp.connections[(i, 0, 0, 0)] = None  # type: ignore[assignment]
    bench.inject(".", 1, 1)
    eq((bench.sent(), bench.drops()["tcp: connection table full"]), ([], 1))


def test_cookies_of_two_hosts_differ() -> None:
    """RFC 4987 §3.6: the key is random, so a cookie of one host says nothing of another's."""
    seg = Segment()
    seg.src, seg.dst, seg.sport, seg.dport, seg.seg_seq = 1, 2, 3, 4, 5
    one, two = (cookies.Cookies(Random(seed).octets).make(seg, 0) for seed in (1, 2))
    assert one != two
