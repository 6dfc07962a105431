"""Octets that wait: to be acknowledged, to be read, or for the hole before them to be filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.tcp.sequence import MASK

if TYPE_CHECKING:
    from pynet.frame import Octets

# A block of a BlockQueue that is shorter takes what comes next: tiny segments share one, so that it costs no more than twice its octets.
BLOCK = 1024

# Pieces that one out-of-order queue may hold; a segment that needs one more is dropped, and its sender sends it again.
# The octets are bounded by the receive window, outside which nothing is stored.
MAX_PIECES = 512


class ByteQueue:
    """Octets to be sent: appended at the end, copied from anywhere, freed at the front, which moves nothing.

    Bounded by sndbuf, and as much again where one block is all and most of it is freed.
    """

    def __init__(self) -> None:
        # What the user gave, in order. `gone` octets of the first are freed; the others are here whole.
        self.blocks: list[bytes] = []
        self.octets = 0
        self.gone = 0
        # Which block was read last, and the octets in those before it: the next piece is most often there, or right behind it.
        self.cursor = 0
        self.before = 0

    def __len__(self) -> int:
        return self.octets

    def append(self, source: Octets, at: int, end: int) -> None:
        """Add source[at:end]: whole `bytes` as they are, for nobody can change them; of anything else a copy."""
        block = source if type(source) is bytes and at == 0 and end == len(source) else bytes(source[at:end])
        self.octets += len(block)
        if self.blocks and len(block) < BLOCK:
            last = self.blocks[-1]
            if len(last) < BLOCK:
                self.blocks[-1] = last + block
                return
        self.blocks.append(block)

    def piece(self, at: int, count: int) -> bytes:
        """At most `count` octets from offset `at`, copied."""
        at += self.gone
        i = self.cursor
        before = self.before
        while at < before:
            i -= 1
            before -= len(self.blocks[i])
        while i < len(self.blocks):
            block = self.blocks[i]
            start = at - before
            if start < len(block):
                self.cursor = i
                self.before = before
                return block[start : start + count] if count <= len(block) - start else self.across(i, start, count)
            before += len(block)
            i += 1
        return b""

    def across(self, i: int, start: int, count: int) -> bytes:
        """At most `count` octets from offset `start` of block `i` on, which has fewer."""
        parts = []
        while count > 0 and i < len(self.blocks):
            part = self.blocks[i][start : start + count]
            parts.append(part)
            count -= len(part)
            start = 0
            i += 1
        return b"".join(parts)

    def consume(self, count: int) -> None:
        """Free `count` octets at the front."""
        if count >= self.octets:
            self.clear()
            return
        self.octets -= count
        self.gone += count
        whole = 0
        freed = 0
        for block in self.blocks:
            if self.gone - freed < len(block):
                break
            freed += len(block)
            whole += 1
        if whole:
            del self.blocks[:whole]
            self.gone -= freed
            self.cursor = max(self.cursor - whole, 0)
            self.before = max(self.before - freed, 0)

    def clear(self) -> None:
        """Free all."""
        while self.blocks:
            self.blocks.pop()
        self.octets = self.gone = self.cursor = self.before = 0


class BlockQueue:
    """Octets to be read: appended at the end as they come, taken from the front. Bounded by the window that was offered."""

    def __init__(self) -> None:
        self.blocks: list[bytearray] = []
        self.octets = 0

    def __len__(self) -> int:
        return self.octets

    def append(self, source: bytearray, at: int, end: int) -> None:
        """Copy source[at:end] to the end: a lent buffer may be given back."""
        block = source[at:end]
        self.octets += len(block)
        if self.blocks:
            last = self.blocks[-1]
            if len(last) < BLOCK:
                last += block
                return
        self.blocks.append(block)

    def read(self, count: int) -> bytes:
        """At most `count` octets from the front, copied."""
        if len(self.blocks) == 1 and self.octets <= count:
            return bytes(self.blocks[0])
        wanted = []
        for block in self.blocks:
            if count <= 0:
                break
            wanted.append(block if len(block) <= count else block[:count])
            count -= len(block)
        return b"".join(wanted)

    def consume(self, count: int) -> None:
        """Free `count` octets at the front; all of them must be here."""
        self.octets -= count
        if self.octets == 0 and len(self.blocks) == 1:
            self.blocks.pop()
            return
        whole = 0
        for block in self.blocks:
            if count < len(block):
                del block[:count]
                break
            count -= len(block)
            whole += 1
        del self.blocks[:whole]

    def drop_last(self, count: int) -> None:
        """Free `count` octets at the end; all of them must be here."""
        self.octets -= count
        while count and count >= len(self.blocks[-1]):
            count -= len(self.blocks.pop())
        if count:
            del self.blocks[-1][-count:]

    def clear(self) -> None:
        """Free all."""
        if self.blocks:
            self.blocks = []
        self.octets = 0


class Piece:
    """Octets beyond a hole, from sequence number `seq` on. `stamp` grows with each arrival, so that the newest is known."""

    def __init__(self, seq: int, data: bytearray, stamp: int) -> None:
        self.seq = seq
        self.data = data
        self.stamp = stamp


class OutOfOrder:
    """What arrived beyond RCV.NXT: pieces in sequence order that never overlap (RFC 9293 §3.10.7.4, seventh step).

    A piece is not keyed by a segment: the sender may cut the same octets differently the next time (RFC 9293 §3.7.5), and only what is not
    yet here is kept, in at most MAX_PIECES.
    """

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.octets = 0
        self.stamp = 0

    def insert(self, rcv_nxt: int, seq: int, source: Octets, at: int, end: int) -> tuple[int, bool]:
        """Keep what of source[at:end], which starts at `seq` (>= rcv_nxt), is not here yet.

        Returns (octets kept, whether some were dropped at MAX_PIECES).
        """
        self.stamp += 1
        pieces = self.pieces
        first = start = (seq - rcv_nxt) & MASK
        stop = start + end - at
        kept = 0
        i = self.first_ending_at_or_after(rcv_nxt, start)
        while start < stop:
            gap = stop
            if i < len(pieces) and self.left(i, rcv_nxt) <= start:
                piece = pieces[i]
                piece.stamp = self.stamp
                right = self.left(i, rcv_nxt) + len(piece.data)
                if start < right:
                    start = right
                    continue
                i += 1
                if i < len(pieces):
                    gap = min(stop, self.left(i, rcv_nxt))
                piece.data += source[at + start - first : at + gap - first]
            else:
                if len(pieces) >= MAX_PIECES:
                    break
                if i < len(pieces):
                    gap = min(stop, self.left(i, rcv_nxt))
                data = bytearray(source[at + start - first : at + gap - first])
                pieces.insert(i, Piece((rcv_nxt + start) & MASK, data, self.stamp))
                i += 1
            kept += gap - start
            start = gap
        self.octets += kept
        return kept, start < stop

    def left(self, i: int, rcv_nxt: int) -> int:
        """Where piece `i` starts, counted from rcv_nxt."""
        piece = self.pieces[i]
        return (piece.seq - rcv_nxt) & MASK

    def first_ending_at_or_after(self, rcv_nxt: int, start: int) -> int:
        """The index of the first piece that ends at or after `start` (an offset from rcv_nxt): found from the end, where most land."""
        i = len(self.pieces)
        while i > 0:
            piece = self.pieces[i - 1]
            if ((piece.seq - rcv_nxt) & MASK) + len(piece.data) < start:
                break
            i -= 1
        return i

    def take(self, rcv_nxt: int, into: BlockQueue) -> int:
        """Move what is now in order from `rcv_nxt` on into `into`. The number of octets moved."""
        moved = 0
        count = 0
        for piece in self.pieces:
            skip = (rcv_nxt + moved - piece.seq) & MASK
            if skip > 0x7FFFFFFF:
                break
            if skip < len(piece.data):
                into.append(piece.data, skip, len(piece.data))
                moved += len(piece.data) - skip
            self.octets -= len(piece.data)
            count += 1
        if count:
            del self.pieces[:count]
        return moved

    def ranges(self, limit: int) -> list[tuple[int, int]]:
        """At most `limit` (left edge, right edge) of what is here, the most recently changed first (RFC 2018 §4)."""
        found: list[tuple[int, int, int]] = []
        for piece in self.pieces:
            left, stamp = piece.seq, piece.stamp
            if found and found[-1][1] == left:
                left, _, before = found.pop()
                stamp = max(stamp, before)
            found.append((left, (piece.seq + len(piece.data)) & MASK, stamp))
        if len(found) > 1:
            found.sort(key=newest_first)
        return [(entry[0], entry[1]) for entry in found[:limit]]

    def clear(self) -> None:
        """Drop all."""
        if self.pieces:
            self.pieces = []
        self.octets = 0


def newest_first(entry: tuple[int, int, int]) -> int:
    """The sort key of (left, right, stamp)."""
    return -entry[2]
