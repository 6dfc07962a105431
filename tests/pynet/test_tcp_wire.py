"""The wire format (RFC 9293 §3.1) and options (§3.2), and what a segment that breaks them meets."""

from __future__ import annotations

from pynet.checksum import checksum, pseudo_header
from pynet.frame import HEADROOM
from pynet.octets import put16
from pynet.tcp.segment import HEADER, Segment, describe, emit, new_segment, parse
from tests.support import Random, eq, table
from tests.tcp import HERE, PEER_PORT, PORT, THERE, Bench, plain


def segment(options: bytes = b"", data: bytes = b"", flags: int = 0x10) -> bytearray:
    """A segment from the peer with any octets as options."""
    frame = new_segment(len(options), len(data))
    frame[HEADROOM + HEADER : HEADROOM + HEADER + len(options)] = options
    frame[HEADROOM + HEADER + len(options) :] = data
    emit(frame, len(options), THERE, HERE, PEER_PORT << 16 | PORT, 0x01020304, 0x05060708, flags, 0x1234, 0x0102)
    return frame


def parsed(frame: bytearray) -> Segment:
    seg = Segment()
    eq(parse(seg, frame, HEADROOM, len(frame), THERE, HERE), "")
    return seg


def test_3_1_header_fields_are_where_the_rfc_draws_them() -> None:
    """RFC 9293 §3.1, figure 1: octet by octet."""
    frame = segment(b"\x01\x01\x01\x00", b"data", 0x18)
    eq(bytes(frame[34:50]).hex(), "9c4000500102030405060708" + "60181234")
    eq(bytes(frame[52:54]).hex(), "0102")
    seg = parsed(frame)
    eq((seg.sport, seg.dport, seg.seg_seq, seg.seg_ack), (PEER_PORT, PORT, 0x01020304, 0x05060708))
    eq((seg.flags, seg.seg_wnd, seg.seg_up, seg.seg_len), (0x18, 0x1234, 0x0102, 4))
    eq(bytes(frame[seg.at : seg.end]), b"data")


def test_3_1_checksum_covers_pseudo_header_and_odd_data() -> None:
    """RFC 9293 §3.1: the sum over all, checksum included, is zero; for even and odd lengths."""
    eq(pseudo_header(0x01020304, 0x05060708, 6, 32), 0x0102 + 0x0304 + 0x0506 + 0x0708 + 6 + 32)
    for size in (0, 1, 2, 3, 1459, 1460, 65000):
        frame = segment(data=bytes(size))
        eq(checksum(frame, HEADROOM, len(frame), pseudo_header(THERE, HERE, 6, len(frame) - HEADROOM)), 0)


def test_3_3_1_syn_and_fin_take_sequence_space() -> None:
    """RFC 9293 §3.3.1: "SEG.LEN = the number of octets occupied by the data in the segment (counting SYN and FIN)"."""
    table(
        ((0x10, 3), (0x12, 4), (0x11, 4), (0x13, 5)),
        lambda flags, size: eq(parsed(segment(data=b"abc", flags=flags)).seg_len, size),
    )


def test_3_2_options_are_read_in_any_order_and_place() -> None:
    """RFC 9293 §3.2, RFC 7323 §2.2 §3.2, RFC 2018 §2 §3: each option alone, together, unaligned, behind an unknown one."""
    seg = parsed(segment(bytes.fromhex("020405b4")))
    eq((seg.mss, seg.wscale, seg.sack_permitted, seg.has_timestamps, seg.sacks), (1460, -1, False, False, []))
    seg = parsed(segment(bytes.fromhex("04020303070204" + "0218" + "fd04abcd" + "080a0000000100000002" + "010100")))
    eq((seg.mss, seg.wscale, seg.sack_permitted, seg.tsval, seg.tsecr), (0x218, 7, True, 1, 2))
    seg = parsed(segment(bytes.fromhex("0101080a8000000000000009")))
    eq((seg.has_timestamps, seg.tsval, seg.tsecr), (True, 0x80000000, 9))
    seg = parsed(segment(bytes.fromhex("0101051200000001000000020000000300000004")))
    eq(seg.sacks, [1, 2, 3, 4])
    # What follows the end of the list is padding, whatever it is.
    eq(parsed(segment(bytes.fromhex("00020000"))).mss, 0)
    # One record for all segments: nothing of the last may be left.
    seg = Segment()
    for frame in (segment(bytes.fromhex("0402030307020402180101080a0000000100000002000000")), segment()):
        eq(parse(seg, frame, HEADROOM, len(frame), THERE, HERE), "")
    eq((seg.mss, seg.wscale, seg.sack_permitted, seg.has_timestamps, seg.sacks), (0, -1, False, False, []))


def test_rfc7323_2_3_a_shift_above_14_is_14() -> None:
    """RFC 7323 §2.3: "MUST use 14 instead of the specified value"."""
    eq(parsed(segment(bytes.fromhex("0303ff00"))).wscale, 14)


def test_3_1_illegal_option_lengths_drop_the_segment() -> None:
    """RFC 9293 §3.1 (MUST-7): lengths of 0 and 1, beyond the header, and known options of the wrong size."""

    def check(options: str) -> None:
        bench = Bench()
        bench.raw(segment(bytes.fromhex(options)))
        eq(bench.drops(), {"tcp: malformed options": 1})
        eq(bench.sent(), [])

    table(
        (
            ("02000000",),
            ("fd010000",),
            ("01010102",),
            ("020605b4",),
            ("02030500",),
            ("03040000",),
            ("04030000",),
            ("080900000001000000000000",),
            ("05020000",),
            ("0506000000010000",),
        ),
        check,
    )


def test_3_1_broken_headers_are_dropped_and_counted() -> None:
    """RFC 9293 §3.1: too short, an offset below 5 or beyond the segment, a wrong checksum (MUST-3), port 0."""
    bench = Bench()
    frame = segment(data=b"data")
    for size in range(HEADER):
        bench.tcp.input(frame, HEADROOM, HEADROOM + size, THERE, HERE, bench.now)
    eq(bench.drops(), {"tcp: shorter than its header": 20})
    for offset in (0, 4, 7, 15):
        frame = segment(data=b"data")
        frame[HEADROOM + 12] = offset << 4
        bench.raw(frame)
    eq(bench.drops()["tcp: bad data offset"], 4)
    for at in range(HEADROOM, len(frame)):
        if at != HEADROOM + 12:
            frame = segment(data=b"data")
            frame[at] ^= 0x40
            bench.raw(frame)
    eq(bench.drops()["tcp: bad checksum"], 23)
    for at in (HEADROOM, HEADROOM + 2):
        frame = segment()
        put16(frame, at, 0)
        put16(frame, HEADROOM + 16, 0)
        put16(frame, HEADROOM + 16, checksum(frame, HEADROOM, len(frame), pseudo_header(THERE, HERE, 6, HEADER)))
        bench.raw(frame)
    eq(bench.drops()["tcp: port 0"], 2)
    eq(bench.sent(), [])


def test_random_octets_never_raise() -> None:
    """RFC 9293 §3.1: nothing in a segment makes the layer raise, in no state; with the checksum right, so that the rest is looked at."""
    random = Random(9)
    bench = Bench()
    bench.listen()
    for round_ in range(3000):
        if round_ % 100 == 0:
            bench = Bench(seed=round_)
            if round_ % 300 == 0:
                bench.listen()
            else:
                bench.established(sack=True)
        frame = bytearray(HEADROOM) + random.octets(HEADER + random.below(60))
        frame[HEADROOM + 12] = (5 + random.below(6)) << 4
        ports = (bench.peer_port, bench.port)
        put16(frame, HEADROOM, ports[0])
        put16(frame, HEADROOM + 2, ports[1])
        if random.below(2):
            for i in range(8):
                shift = 24 - 8 * (i % 4)
                frame[HEADROOM + 4 + i] = ((bench.irs if i < 4 else bench.iss) + 1 >> shift) & 0xFF
        put16(frame, HEADROOM + 16, 0)
        put16(
            frame, HEADROOM + 16, checksum(frame, HEADROOM, len(frame), pseudo_header(THERE, HERE, 6, len(frame) - 34))
        )
        bench.raw(frame)
        bench.sleep(random.below(1000))
    assert bench.drops()


def test_sack_blocks_are_bounded_by_the_header() -> None:
    """RFC 2018 §3: forty octets of options hold four blocks, however they are filled."""
    eq(len(parsed(segment(b"\x05\x22" + bytes(range(32)) + b"\x01" * 6)).sacks), 8)
    # Four options of one block each are as many.
    eq(len(parsed(segment((b"\x05\x0a" + bytes(8)) * 4)).sacks), 8)


def test_describe_reads_like_tcpdump() -> None:
    """RFC 9293 §3.1: a trace's line of a segment, as tcpdump writes it."""
    eq(describe(parsed(segment(data=b"abc"))), ". 16909060:16909063(3) ack 84281096 win 4660")


def test_segments_of_64_kib_are_taken() -> None:
    """design.md: a segment may have 64 KiB everywhere (TSO, GRO)."""
    bench = Bench(plain())
    bench.tcp.config.rcvbuf = 65535
    conn = bench.established()
    bench.inject("P.", 1, 1, bytes(65000))
    eq(conn.receive(100_000, bench.now), bytes(65000))
