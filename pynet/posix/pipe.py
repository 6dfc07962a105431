"""The byte queue that pipes and AF_UNIX streams are made of."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pynet.frame import Octets

# Bytes in one direction, as Linux's pipe(7); what does not fit waits in the writer.
CAPACITY = 65536


class ByteQueue:
    """Bytes on their way from one end to the other. `ended`: no more will come; `refused`: nobody will read what comes."""

    def __init__(self) -> None:
        self.chunks: deque[bytes] = deque()
        self.size = 0
        self.ended = False
        self.refused = False

    def room(self) -> int:
        """Bytes that fit."""
        return CAPACITY - self.size

    def put(self, data: Octets) -> int:
        """Take as much of `data` as fits; how much that was."""
        taken = min(len(data), self.room())
        if taken:
            self.chunks.append(bytes(data[:taken]))
            self.size += taken
        return taken

    def take(self, count: int, peek: bool = False) -> bytes:
        """At most `count` of the oldest bytes, taken out unless `peek`."""
        wanted = min(count, self.size)
        if peek:
            return b"".join(self.chunks)[:wanted]
        pieces = []
        self.size -= wanted
        while wanted:
            chunk = self.chunks.popleft()
            if len(chunk) > wanted:
                self.chunks.appendleft(chunk[wanted:])
                chunk = chunk[:wanted]
            wanted -= len(chunk)
            pieces.append(chunk)
        return b"".join(pieces)
