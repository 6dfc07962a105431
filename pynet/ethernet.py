"""Ethernet II frames (IEEE 802.3 clause 3, RFC 894).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +-------------------------------+-------------------------------+
    |                     Destination MAC address                   |
    +                               +-------------------------------+
    |                               |                               |
    +-------------------------------+       Source MAC address      +
    |                                                               |
    +-------------------------------+-------------------------------+
    |           EtherType           |  data, padded to 46 bytes ... |
    +-------------------------------+-------------------------------+

A MAC address is an int of 48 bits. The NIC adds and checks the frame check sequence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.octets import get16, get48, put16, put48

if TYPE_CHECKING:
    from pynet.frame import Octets

HEADER = 14
# The longest payload; RFC 894 calls it the MTU.
MTU = 1500

TYPE_IPV4 = 0x0800
TYPE_ARP = 0x0806

BROADCAST = 0xFFFFFFFFFFFF
# The I/G bit: the first bit on the wire, set in group addresses (broadcast among them).
GROUP = 0x010000000000

DROP_REASONS = (
    "ethernet: shorter than its header",
    "ethernet: not for this station",
    "ethernet: source is a group address",
    "ethernet: unknown EtherType",
)


def destination(frame: Octets) -> int:
    """The MAC address that the frame is for."""
    return get48(frame, 0)


def source(frame: Octets) -> int:
    """The MAC address that the frame comes from."""
    return get48(frame, 6)


def ethertype(frame: Octets) -> int:
    """What the payload is: TYPE_IPV4, TYPE_ARP; below 0x0600 a length, which is another kind of frame."""
    return get16(frame, 12)


def emit(frame: bytearray, dst: int, src: int, type_: int) -> None:
    """Write the header in place at the front of `frame`."""
    put48(frame, 0, dst)
    put48(frame, 6, src)
    put16(frame, 12, type_)


def mac_text(mac: int) -> str:
    """`52:54:00:12:34:56`"""
    return ":".join(f"{mac >> shift & 0xFF:02x}" for shift in (40, 32, 24, 16, 8, 0))


def mac_from_bytes(mac: Octets) -> int:
    """The int for six bytes in network order."""
    return get48(mac, 0)
