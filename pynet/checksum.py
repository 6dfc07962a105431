"""The Internet checksum (RFC 1071): the 16-bit one's complement of the one's complement sum of 16-bit words.

IPv4 sums its header; ICMP its message; UDP and TCP a pseudo-header and the whole segment. A received block whose own checksum field is
included sums to 0xFFFF, so its `checksum` is 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pynet.frame import Octets


def partial(data: Octets, start: int, end: int, initial: int = 0) -> int:
    """The one's complement sum of data[start:end], folded to 16 bits and not complemented.

    `initial` is an earlier partial sum to go on from: what it covered must have had an even length. An odd last byte counts as if a zero
    byte followed it (RFC 1071 §4.1). At most 2**16 bytes are summed in one call, so the sum stays below 2**32. IndexError beyond the buffer.
    """
    # Checked once, here: this is the file that is compiled without a check of each index.
    if start < 0 or end > len(data):
        raise IndexError("checksum beyond the buffer")
    total = initial
    at = start
    last = end - 1
    while at < last:
        total += data[at] << 8 | data[at + 1]
        at += 2
    if at < end:
        total += data[at] << 8
    return fold(total)


def fold(total: int) -> int:
    """A sum of 16-bit words, below 2**32, as the one's complement sum of 16 bits."""
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checksum(data: Octets, start: int, end: int, initial: int = 0) -> int:
    """The checksum of data[start:end] as it goes into a header: 16 bits, complemented (RFC 1071 §1)."""
    return ~partial(data, start, end, initial) & 0xFFFF


def pseudo_header(src: int, dst: int, protocol: int, length: int) -> int:
    """The partial sum over the pseudo-header of UDP (RFC 768) and TCP (RFC 9293 §3.1).

    `src` and `dst` are 32-bit addresses, `length` the bytes of the transport's header and data. Up to 2**19: to be folded by `partial`.
    """
    return (src >> 16) + (src & 0xFFFF) + (dst >> 16) + (dst & 0xFFFF) + protocol + length
