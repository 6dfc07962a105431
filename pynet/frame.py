"""What a frame is: a contiguous buffer of bytes, and never more than that.

A frame to be sent is one bytearray with room in front: the transport writes its header at HEADROOM, IPv4 writes its own at
`ethernet.HEADER`, Ethernet at 0. Nothing is copied on the way down. A received frame is any contiguous buffer: bytes, or a memoryview of a
buffer that the NIC's driver lends.

Compiled, a parameter that frame.pxd's Octets types is read as C reads an array, and asking a buffer for that costs about as much as a hundred reads. So what reads
many octets of a frame gets it once, under the name `octets` where it already has another.
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
