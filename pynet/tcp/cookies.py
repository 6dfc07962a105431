"""SYN cookies (RFC 4987 §3.6): a handshake that costs no memory, for the time when half-open connections are at their bound.

The SYN,ACK's sequence number is the whole memory of the SYN; the handshake's ACK brings it back:

     31  29 28                                                         0
    +------+------------------------------------------------------------+
    | MSS  |  SipHash under the period's key, of addresses, ports, IRS, MSS |
    +------+------------------------------------------------------------+

The other options travel in the low six bits of our timestamp, which the ACK echoes: the peer's window scale in bits 0 to 3 (15: none), SACK
permitted in bit 4. A peer without timestamps gets none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.frame import HEADROOM
from pynet.ipv4 import DEFAULT_TTL
from pynet.tcp import isn
from pynet.tcp.recovery import OFF
from pynet.tcp.segment import (
    ACK,
    HEADER,
    SYN,
    TIMESTAMPS_SIZE,
    Segment,
    emit,
    new_segment,
    put_syn_options,
    put_timestamps,
    syn_options_size,
)
from pynet.tcp.sequence import MASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.tcp.layer import Tcp

# How long one key makes cookies, microseconds; it is believed for as long again. Then it is forgotten, and no cookie of it can be replayed.
PERIOD = 64_000_000
# The MSS that a cookie can say: the greatest that is not above the peer's. 1460 is Ethernet's, 8960 of jumbo frames, 536 of a SYN without the option.
SIZES = (88, 536, 1220, 1300, 1400, 1440, 1460, 8960)
SIZE_SHIFT = 29
HASH_MASK = (1 << SIZE_SHIFT) - 1
NO_SCALE = 15
SACK_BIT = 16
OPTION_BITS = 63


class Cookies:
    """The keys of this period and of the one before. Nothing is kept of any SYN.

    entropy(n): n random bytes, asked for when a period starts in which a cookie is made.
    """

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self.entropy = entropy
        self.key = b""
        self.before = b""
        self.period = OFF

    def rotate(self, now: int) -> None:
        """Forget keys whose time is over."""
        period = now // PERIOD
        if period == self.period:
            return
        self.before = self.key if period == self.period + 1 else b""
        self.key = b""
        self.period = period

    def make(self, seg: Segment, now: int) -> int:
        """The initial sequence number that answers the SYN `seg`."""
        self.rotate(now)
        if not self.key:
            self.key = self.entropy(isn.KEY_SIZE)
        return cookie(self.key, seg, seg.seg_seq, size_index(seg.mss))

    def check(self, seg: Segment, now: int) -> int:
        """The MSS that the ACK `seg` proves its sender has offered; 0 if it acknowledges no cookie of the last two periods."""
        self.rotate(now)
        number = (seg.seg_ack - 1) & MASK
        index = number >> SIZE_SHIFT
        for key in (self.key, self.before):
            if key and cookie(key, seg, (seg.seg_seq - 1) & MASK, index) == number:
                return SIZES[index]
        return 0


def size_index(mss: int) -> int:
    """Where in SIZES the greatest stands that does not exceed the peer's MSS; mss 0: it named none."""
    wanted = mss if mss else 536
    index = len(SIZES) - 1
    while index > 0 and SIZES[index] > wanted:
        index -= 1
    return index


def cookie(key: bytes, seg: Segment, irs: int, index: int) -> int:
    """The cookie for a peer whose SYN had the sequence number `irs`, from the addresses and ports of any segment of it."""
    data = isn.pack(seg.dst, seg.dport, seg.src, seg.sport) + isn.pack(irs, 0, index, 0)
    return index << SIZE_SHIFT | (isn.siphash(key, data) & HASH_MASK)


def encode_options(clock: int, wscale: int, sack: bool) -> int:
    """The timestamp that says these options: the latest one that is not after `clock`, so that timestamps go on growing (RFC 7323 §5.4)."""
    bits = (wscale if wscale >= 0 else NO_SCALE) | (SACK_BIT if sack else 0)
    stamp = (clock & ~OPTION_BITS) | bits
    return (stamp if stamp <= clock else stamp - OPTION_BITS - 1) & MASK


def answer(layer: Tcp, seg: Segment, now: int) -> None:
    """The SYN,ACK with a cookie: what arrives.listen() would send, and nothing remembered."""
    config = layer.config
    timestamps = config.timestamps and seg.has_timestamps
    scale = layer.scale_for(config.rcvbuf_max) if timestamps and config.window_scale and seg.wscale >= 0 else OFF
    sack = bool(timestamps and config.sack and seg.sack_permitted)
    size = syn_options_size(scale, sack) + (TIMESTAMPS_SIZE if timestamps else 0)
    frame = new_segment(size, 0)
    at = put_syn_options(frame, HEADROOM + HEADER, layer.mss_for(seg.src), scale, sack)
    if timestamps:
        clock = (now // 1000 + isn.timestamp_offset(layer.key, seg.dst, seg.src)) & MASK
        put_timestamps(frame, at, encode_options(clock, seg.wscale if scale >= 0 else OFF, sack), seg.tsval)
    number = layer.cookies.make(seg, now)
    ack = (seg.seg_seq + 1) & MASK
    emit(frame, size, seg.dst, seg.src, seg.dport << 16 | seg.sport, number, ack, SYN | ACK, min(config.rcvbuf, 0xFFFF), 0)
    layer.lower.send_tcp(frame, seg.dst, seg.src, DEFAULT_TTL, 0, now, 0)


def recall(layer: Tcp, seg: Segment, now: int) -> Segment | None:
    """The SYN that the ACK `seg` proves was answered with a cookie, as far as the cookie could hold it; None if it proves nothing."""
    mss = layer.cookies.check(seg, now)
    if mss == 0:
        return None
    syn = Segment()
    syn.src, syn.dst, syn.sport, syn.dport = seg.src, seg.dst, seg.sport, seg.dport
    syn.seg_seq = (seg.seg_seq - 1) & MASK
    syn.seg_wnd = seg.seg_wnd
    syn.seg_len = 1
    syn.flags = SYN
    syn.mss = mss
    if seg.has_timestamps and layer.config.timestamps:
        syn.has_timestamps = True
        syn.tsval = seg.tsval
        scale = seg.tsecr & NO_SCALE
        syn.wscale = scale if scale != NO_SCALE else OFF
        syn.sack_permitted = bool(seg.tsecr & SACK_BIT)
    return syn
