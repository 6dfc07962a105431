"""The wire format of TCP (RFC 9293 §3.1) and its options (RFC 9293 §3.2, 7323, 2018).

 0                   1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-------------------------------+-------------------------------+
|          Source Port          |       Destination Port        |
+-------------------------------+-------------------------------+
|                        Sequence Number                        |
+---------------------------------------------------------------+
|                    Acknowledgment Number                      |
+-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
| Data  | Rsrvd |C|E|U|A|P|R|S|F|            Window             |
| Offset|       |W|C|R|C|S|S|Y|I|                               |
|       |       |R|E|G|K|H|T|N|N|                               |
+-------+-------+-+-+-+-+-+-+-+-+-------------------------------+
|           Checksum            |         Urgent Pointer        |
+-------------------------------+-------------------------------+
|   Options, padded to a multiple of 32 bits, then the data ... |
+---------------------------------------------------------------+
"""

from __future__ import annotations

from pynet.checksum import checksum, fold, pseudo_header
from pynet.frame import HEADROOM, new_frame
from pynet.octets import get16, get32, put16, put32

HEADER = 20
MAX_OPTIONS = 40
PROTOCOL = 6

FIN = 0x01
SYN = 0x02
RST = 0x04
PSH = 0x08
ACK = 0x10
URG = 0x20
ECE = 0x40
CWR = 0x80

# Option kinds (RFC 9293 §3.2, RFC 7323 §2.2 and §3.2, RFC 2018 §2 and §3).
END = 0
NOP = 1
MSS = 2
WINDOW_SCALE = 3
SACK_PERMITTED = 4
SACK = 5
TIMESTAMPS = 8

# NOP NOP TIMESTAMPS 10: how everyone aligns the timestamps option (RFC 7323, Appendix A).
ALIGNED_TIMESTAMPS = 0x0101080A
TIMESTAMPS_SIZE = 12

# Lower.transmit's `offload` of a segment whose sum is left to the NIC; gso_size is still to be added.
SUM_LEFT = HEADROOM << 32 | 16 << 16

# What a Segment refers to between two segments.
NO_OCTETS = bytearray()

DROP_REASONS = (
    "tcp: shorter than its header",
    "tcp: bad data offset",
    "tcp: bad checksum",
    "tcp: malformed options",
    "tcp: port 0",
)


class Segment:
    """A received segment as plain integers, in RFC 9293 §3.3.1's names.

    seg_seq, seg_ack, tsval, tsecr: 32 bits. seg_wnd: the window field, not yet scaled. seg_up: the urgent pointer field.
    seg_len: octets of sequence space, SYN and FIN counted. mss: 0 if absent. wscale: -1 if absent.
    sacks: flat list of left and right edges, at most 8, as no more fit 40 octets of options. The data is buffer[at:end], lent for the time of the call.
    """

    def __init__(self) -> None:
        self.src = 0
        self.dst = 0
        self.sport = 0
        self.dport = 0
        self.seg_seq = 0
        self.seg_ack = 0
        self.seg_wnd = 0
        self.seg_up = 0
        self.seg_len = 0
        self.flags = 0
        # The ECN field of the IP header that it came in (RFC 3168 §5).
        self.ecn = 0
        self.mss = 0
        self.wscale = -1
        self.sack_permitted = False
        self.has_timestamps = False
        self.tsval = 0
        self.tsecr = 0
        self.sacks: list[int] = []
        self.buffer = NO_OCTETS
        self.at = 0
        self.end = 0


def parse(seg: Segment, packet: bytearray, at: int, end: int, src: int, dst: int, verified: bool = False) -> str:
    """Fill `seg` from the segment at packet[at:end]. verified: its checksum is known to be right. Returns '' or the reason to drop it."""
    seg.buffer = packet
    if end - at < HEADER:
        return "tcp: shorter than its header"
    header = (packet[at + 12] >> 4) * 4
    if header < HEADER or header > end - at:
        return "tcp: bad data offset"
    if not verified and checksum(packet, at, end, pseudo_header(src, dst, PROTOCOL, end - at)) != 0:
        return "tcp: bad checksum"
    seg.src = src
    seg.dst = dst
    seg.sport = get16(packet, at)
    seg.dport = get16(packet, at + 2)
    if seg.sport == 0 or seg.dport == 0:
        return "tcp: port 0"
    seg.seg_seq = get32(packet, at + 4)
    seg.seg_ack = get32(packet, at + 8)
    seg.flags = packet[at + 13]
    seg.seg_wnd = get16(packet, at + 14)
    seg.seg_up = get16(packet, at + 18)
    seg.at = at + header
    seg.end = end
    seg.seg_len = end - seg.at + (seg.flags & SYN != 0) + (seg.flags & FIN != 0)
    seg.mss = 0
    seg.wscale = -1
    seg.sack_permitted = False
    seg.has_timestamps = False
    if seg.sacks:
        seg.sacks = []
    if header == HEADER:
        return ""
    if header == HEADER + TIMESTAMPS_SIZE and get32(packet, at + HEADER) == ALIGNED_TIMESTAMPS:
        take_timestamps(seg, packet, at + HEADER + 4)
        return ""
    return parse_options(seg, packet, at + HEADER, at + header)


def take_timestamps(seg: Segment, packet: bytearray, at: int) -> None:
    """TSval and TSecr, whose octets start at `at` (RFC 7323 §3.2)."""
    seg.has_timestamps = True
    seg.tsval = get32(packet, at)
    seg.tsecr = get32(packet, at + 4)


def parse_options(seg: Segment, packet: bytearray, at: int, end: int) -> str:
    """RFC 9293 §3.1: options of an unknown kind are skipped by their length; an illegal length drops the segment (MUST-7)."""
    while at < end:
        kind = packet[at]
        if kind == END:
            break
        if kind == NOP:
            at += 1
            continue
        if at + 1 >= end:
            return "tcp: malformed options"
        length = packet[at + 1]
        if length < 2 or at + length > end:
            return "tcp: malformed options"
        if not parse_option(seg, kind, packet, at + 2, length - 2):
            return "tcp: malformed options"
        at += length
    return ""


def parse_option(seg: Segment, kind: int, packet: bytearray, at: int, size: int) -> bool:
    """One option whose `size` octets of value start at `at`. False: a known kind of the wrong size."""
    if kind == TIMESTAMPS:
        if size != 8:
            return False
        take_timestamps(seg, packet, at)
    elif kind == SACK:
        if size == 0 or size % 8:
            return False
        for edge in range(at, at + size, 4):
            seg.sacks.append(get32(packet, edge))
    elif kind == MSS:
        if size != 2:
            return False
        seg.mss = get16(packet, at)
    elif kind == WINDOW_SCALE:
        if size != 1:
            return False
        # RFC 7323 §2.3: a shift above 14 is used as 14.
        seg.wscale = min(packet[at], 14)
    elif kind == SACK_PERMITTED:
        if size != 0:
            return False
        seg.sack_permitted = True
    return True


def put_syn_options(frame: bytearray, at: int, mss: int, wscale: int, sack: bool) -> int:
    """The options that only a SYN carries, as new_segment's `options` start; returns where the next goes. wscale -1: none."""
    frame[at] = MSS
    frame[at + 1] = 4
    put16(frame, at + 2, mss)
    at += 4
    if sack:
        frame[at] = frame[at + 1] = NOP
        frame[at + 2] = SACK_PERMITTED
        frame[at + 3] = 2
        at += 4
    if wscale >= 0:
        frame[at] = NOP
        frame[at + 1] = WINDOW_SCALE
        frame[at + 2] = 3
        frame[at + 3] = wscale
        at += 4
    return at


def syn_options_size(wscale: int, sack: bool) -> int:
    """What put_syn_options will write."""
    return 4 + (4 if sack else 0) + (4 if wscale >= 0 else 0)


def put_timestamps(frame: bytearray, at: int, tsval: int, tsecr: int) -> int:
    """The timestamps option, aligned; returns where the next goes."""
    put32(frame, at, ALIGNED_TIMESTAMPS)
    put32(frame, at + 4, tsval)
    put32(frame, at + 8, tsecr)
    return at + TIMESTAMPS_SIZE


def put_sacks(frame: bytearray, at: int, blocks: list[tuple[int, int]]) -> int:
    """The SACK option with all of `blocks`, aligned; returns where the next goes (RFC 2018 §3)."""
    frame[at] = frame[at + 1] = NOP
    frame[at + 2] = SACK
    frame[at + 3] = 2 + 8 * len(blocks)
    at += 4
    for left, right in blocks:
        put32(frame, at, left)
        put32(frame, at + 4, right)
        at += 8
    return at


def new_segment(options: int, data: int) -> bytearray:
    """A frame for a segment with that many octets of options and data, HEADROOM in front."""
    return new_frame(HEADER + options + data)


def emit(
    frame: bytearray, options: int, src: int, dst: int, ports: int, seq: int, ack: int, flags: int, wnd: int, up: int, partial: bool = False
) -> None:
    """Write the header in front of options and data that are in place, and the checksum over all. ports: source << 16 | destination.

    partial: the checksum is the NIC's to make, who starts from the sum over the pseudo-header that stands in its place.
    """
    at = HEADROOM
    put32(frame, at, ports)
    put32(frame, at + 4, seq)
    put32(frame, at + 8, ack)
    frame[at + 12] = (HEADER + options) << 2
    frame[at + 13] = flags
    put16(frame, at + 14, wnd)
    put16(frame, at + 16, 0)
    put16(frame, at + 18, up)
    length = len(frame) - at
    pseudo = pseudo_header(src, dst, PROTOCOL, length)
    put16(frame, at + 16, fold(pseudo) if partial else checksum(frame, at, len(frame), pseudo))


def describe(seg: Segment) -> str:
    """The segment in a line, as a trace shows it."""
    names = ((SYN, "S"), (FIN, "F"), (RST, "R"), (PSH, "P"), (URG, "U"), (ACK, "."))
    flags = "".join([name for bit, name in names if seg.flags & bit])
    last = (seg.seg_seq + seg.end - seg.at) & 0xFFFFFFFF
    return f"{flags} {seg.seg_seq}:{last}({seg.end - seg.at}) ack {seg.seg_ack} win {seg.seg_wnd}"
