"""What a frame is: a contiguous buffer of bytes, and never more than that.

A frame to be sent is one bytearray with room in front: the transport writes its header at HEADROOM, IPv4 writes its own at
`ethernet.HEADER`, Ethernet at 0. Nothing is copied on the way down. A received frame may be any contiguous buffer.

Inside the stack each frame is a bytearray: a NIC's driver lends one, anything else is copied into one where it comes in. Compiled, that is read as C
reads an array; what frame.pxd's Octets types takes any other buffer too, at about the price of a thousand reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Octets = bytes | bytearray | memoryview

# Ethernet (14) and IPv4 without options (20).
HEADROOM = 34


def new_frame(length: int) -> bytearray:
    """A zeroed frame for a transport's header and data of `length` bytes, with HEADROOM in front."""
    return bytearray(HEADROOM + length)


def as_frame(buffer: Octets) -> bytearray:
    """`buffer` itself if it is a bytearray, or a copy."""
    return buffer if isinstance(buffer, bytearray) else bytearray(buffer)
