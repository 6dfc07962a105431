"""Packed binary data; the work is in the C module _struct."""
from __future__ import annotations

from _struct import calcsize, error, pack, pack_into, unpack, unpack_from

__all__ = ["Struct", "calcsize", "error", "iter_unpack", "pack", "pack_into", "unpack", "unpack_from"]


def iter_unpack(format, buffer):
    """Each record of a buffer that holds a whole number of them."""
    size = calcsize(format)
    if size == 0:
        raise error("cannot iteratively unpack with a struct of length 0")
    if len(buffer) % size:
        raise error(f"iterative unpacking requires a buffer of a multiple of {size} bytes")
    return iter([unpack_from(format, buffer, at) for at in range(0, len(buffer), size)])


class Struct:
    """A format kept with its size."""

    def __init__(self, format):
        self.format = format
        self.size = calcsize(format)

    def pack(self, *values):
        """bytes of the values."""
        return pack(self.format, *values)

    def pack_into(self, buffer, offset, *values):
        """Writes the values into a buffer."""
        pack_into(self.format, buffer, offset, *values)

    def unpack(self, buffer):
        """The values of a buffer of exactly this size."""
        return unpack(self.format, buffer)

    def unpack_from(self, buffer, offset=0):
        """The values at an offset."""
        return unpack_from(self.format, buffer, offset)

    def iter_unpack(self, buffer):
        """Each record of a buffer."""
        return iter_unpack(self.format, buffer)
