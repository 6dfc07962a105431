"""What a NIC does with what the stack leaves to it: VIRTIO 1.2 §5.1.6.2, and Linux's segmentation-offloads.rst for how a segment is cut."""

from __future__ import annotations

from pynet import ethernet, ipv4
from pynet.checksum import checksum, fold
from pynet.octets import get16, get32, put16, put32
from pynet.tcp.segment import CWR, FIN, PSH


def finished(frame: bytes, csum_start: int, csum_offset: int, gso_size: int) -> list[bytes]:
    """The frames that go on the wire for one that was sent with these hints. AssertionError for hints that no NIC can follow."""
    if not csum_start:
        assert not gso_size, "segments need sums"
        return [frame]
    pieces = cut(frame, csum_start, csum_offset, gso_size) if gso_size else [bytearray(frame)]
    for piece in pieces:
        at = csum_start + csum_offset
        put16(piece, at, checksum(piece, csum_start, len(piece)))
    return [bytes(piece) for piece in pieces]


def cut(frame: bytes, csum_start: int, csum_offset: int, gso_size: int) -> list[bytearray]:
    """Segments of `gso_size` octets, in whose checksum stands the sum over the pseudo-header."""
    data = csum_start + (frame[csum_start + 12] >> 4) * 4
    assert len(frame) - data > gso_size, "nothing to cut"
    assert csum_offset == 16 and frame[ipv4.AT + 9] == ipv4.TCP and get16(frame, 12) == ethernet.TYPE_IPV4, "not TCP over IPv4"
    # The field holds the pseudo-header of the whole: its length is taken out, that of the piece put in.
    whole = len(frame) - csum_start
    seq = get32(frame, csum_start + 4)
    pieces = []
    for at in range(data, len(frame), gso_size):
        piece = bytearray(frame[:data] + frame[at : at + gso_size])
        number = (at - data) // gso_size
        put16(piece, ipv4.AT + 2, len(piece) - ipv4.AT)
        put16(piece, ipv4.AT + 4, get16(frame, ipv4.AT + 4) + number & 0xFFFF)
        put16(piece, ipv4.AT + 10, 0)
        put16(piece, ipv4.AT + 10, checksum(piece, ipv4.AT, csum_start))
        put32(piece, csum_start + 4, seq + at - data & 0xFFFFFFFF)
        if number:
            piece[csum_start + 13] &= ~CWR
        if at + gso_size < len(frame):
            piece[csum_start + 13] &= ~(FIN | PSH)
        put16(piece, csum_start + 16, fold(get16(frame, csum_start + 16) + (whole ^ 0xFFFF) + len(piece) - csum_start))
        pieces.append(piece)
    return pieces
