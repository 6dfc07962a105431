"""Big-endian integers in a buffer: the one vocabulary that every header module is written in.

Network byte order is big-endian (RFC 1700, "Data Notation"). `buffer` is any contiguous byte buffer; `at` is a byte offset. A read or write
beyond the buffer raises IndexError, so a header module checks a length once and then reads freely. (This file and checksum.py are compiled
without a check of each index: they check here.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pynet.frame import Octets


def refuse() -> None:
    """Not within the buffer."""
    raise IndexError("beyond the buffer")


def get16(buffer: Octets, at: int) -> int:
    """The 16-bit unsigned integer at `at`."""
    if at < 0 or at + 2 > len(buffer):
        refuse()
    return buffer[at] << 8 | buffer[at + 1]


def get32(buffer: Octets, at: int) -> int:
    """The 32-bit unsigned integer at `at`."""
    return get16(buffer, at) << 16 | get16(buffer, at + 2)


def get48(buffer: Octets, at: int) -> int:
    """The 48-bit unsigned integer at `at`: a MAC address."""
    return get16(buffer, at) << 32 | get32(buffer, at + 2)


def put16(buffer: bytearray, at: int, value: int) -> None:
    """Write the low 16 bits of `value` at `at`."""
    if at < 0 or at + 2 > len(buffer):
        refuse()
    buffer[at] = value >> 8 & 0xFF
    buffer[at + 1] = value & 0xFF


def put32(buffer: bytearray, at: int, value: int) -> None:
    """Write the low 32 bits of `value` at `at`."""
    if at < 0 or at + 4 > len(buffer):
        refuse()
    buffer[at] = value >> 24 & 0xFF
    buffer[at + 1] = value >> 16 & 0xFF
    buffer[at + 2] = value >> 8 & 0xFF
    buffer[at + 3] = value & 0xFF


def put48(buffer: bytearray, at: int, value: int) -> None:
    """Write the low 48 bits of `value` at `at`."""
    put16(buffer, at, value >> 32)
    put32(buffer, at + 2, value)
