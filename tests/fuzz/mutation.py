"""Frames made wrong: changed, cut, lengthened, joined with others; then, mostly, with lengths and checksums that are right again.

A checksum that is wrong ends a frame's way at once, so what is behind it would never be tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import ethernet, ipv4
from pynet.checksum import checksum, pseudo_header
from pynet.octets import get16, get32, put16, put32

if TYPE_CHECKING:
    from tests.support import Random

AT = ethernet.HEADER
# Frames kept because they reached something new; at the bound a new one takes the place of a random one.
MAX_CORPUS = 4096
# No frame is longer: a jumbo frame's worth.
MAX_FRAME = 9000

EDGES_OF_BYTES = (0, 1, 4, 5, 15, 16, 63, 64, 127, 128, 191, 192, 254, 255)
EDGES_OF_WORDS = (0, 1, 7, 8, 19, 20, 53, 67, 68, 576, 1460, 1500, 0x1FFF, 0x2000, 0x3FFF, 0x4000, 0x7FFF, 0x8000, 0xC00C, 0xFFFE, 0xFFFF)
# Bytes that steer: EtherType, IHL, lengths, fragments, protocol, addresses; then ports, lengths, data offset, flags, window, options.
STEERING = (12, 13, 14, 16, 17, 18, 20, 21, 22, 23, 26, 30, 33, 34, 35, 36, 37, 38, 39, 46, 47, 48, 49, 52, 53, 54, 55, 56, 57, 58, 66, 67)
NUDGES = (1, 2, 3, 1000, 1460, 65535, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFF0000)


class Mutator:
    """Makes wrong frames of right ones. All that it does follows from `random`."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.corpus: list[bytes] = []

    def keep(self, frame: bytes) -> None:
        """`frame` reached something new."""
        if len(self.corpus) < MAX_CORPUS:
            self.corpus.append(frame)
        else:
            self.corpus[self.random.below(MAX_CORPUS)] = frame

    def mutate(self, right: bytes) -> bytes:
        """A wrong frame that is like `right`, or like one that was kept but belongs to the same conversation."""
        frame = bytearray(right)
        if self.corpus and self.random.below(4) == 0:
            frame = adopted(self.corpus[self.random.below(len(self.corpus))], right)
        for _ in range(1 + self.random.below(3)):
            self.change(frame)
        if self.random.below(8):
            repair(frame, self.random.below(2) == 0)
        return bytes(frame[:MAX_FRAME])

    def place(self, size: int) -> int:
        """Somewhere in `size` bytes, mostly where headers are."""
        return self.random.below(min(size, 90) if self.random.below(3) else size)

    def change(self, frame: bytearray) -> None:
        """One change in place."""
        random = self.random
        size = len(frame)
        if size < 8:
            frame += random.octets(8)
            return
        kind = random.below(10)
        at = self.place(size)
        if kind == 0:
            frame[at] ^= 1 << random.below(8)
        elif kind == 1:
            frame[at] = EDGES_OF_BYTES[random.below(len(EDGES_OF_BYTES))]
        elif kind == 2:
            put16(frame, min(at, size - 2), EDGES_OF_WORDS[random.below(len(EDGES_OF_WORDS))])
        elif kind == 3:
            del frame[random.below(size) :]
        elif kind == 4:
            frame += random.octets(1 + random.below(40))
        elif kind == 5:
            del frame[at : at + 1 + random.below(8)]
        elif kind == 6:
            frame[at:at] = frame[at : at + 1 + random.below(16)]
        elif kind == 7:
            steered = STEERING[random.below(len(STEERING))]
            frame[min(steered, size - 1)] = random.below(256)
        else:
            # TCP's sequence and acknowledgment numbers, or what else stands there.
            number = min(38 + 4 * random.below(2), size - 4)
            put32(frame, number, get32(frame, number) + NUDGES[random.below(len(NUDGES))])


def adopted(kept: bytes, right: bytes) -> bytearray:
    """`kept` with the addresses of `right`, and with its ports and sequence numbers where both are TCP."""
    frame = bytearray(kept)
    if len(kept) < 54 or len(right) < 54:
        return frame
    frame[:12] = right[:12]
    if kept[12:14] == right[12:14] == b"\x08\x00":
        frame[26:34] = right[26:34]
        if kept[23] == right[23] == ipv4.TCP:
            frame[34:46] = right[34:46]
    return frame


def repair(frame: bytearray, lengths: bool) -> None:
    """Right checksums, and right lengths too if `lengths`, as far as the frame can be read as IPv4."""
    if len(frame) < AT + ipv4.HEADER or get16(frame, 12) != ethernet.TYPE_IPV4:
        return
    header = max(ipv4.header_length(frame), ipv4.HEADER)
    if AT + header > len(frame):
        return
    if lengths:
        put16(frame, AT + 2, len(frame) - AT)
    put16(frame, AT + 10, 0)
    put16(frame, AT + 10, checksum(frame, AT, AT + header))
    at = AT + header
    end = min(AT + ipv4.total_length(frame), len(frame))
    if ipv4.flags_offset(frame) & (ipv4.MORE_FRAGMENTS | ipv4.OFFSET_MASK):
        return
    protocol = ipv4.protocol(frame)
    if protocol == ipv4.TCP:
        seal(frame, at, end, 16, pseudo(frame, end - at))
    elif protocol == ipv4.UDP:
        if lengths and end - at >= 8:
            put16(frame, at + 4, end - at)
        seal(frame, at, end, 6, pseudo(frame, end - at))
    elif protocol == ipv4.ICMP:
        seal(frame, at, end, 2, 0)


def pseudo(frame: bytearray, length: int) -> int:
    """The sum over the pseudo-header of TCP and UDP."""
    return pseudo_header(ipv4.source(frame), ipv4.destination(frame), ipv4.protocol(frame), max(length, 0))


def seal(frame: bytearray, at: int, end: int, field: int, initial: int) -> None:
    """Write the checksum over frame[at:end] at at + field."""
    if at + field + 2 <= end:
        put16(frame, at + field, 0)
        put16(frame, at + field, checksum(frame, at, end, initial))
