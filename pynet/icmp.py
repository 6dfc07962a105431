"""ICMP: echo, and the errors that hosts send and receive (RFC 792; RFC 1122 §3.2.2; RFC 1191 for "fragmentation needed").

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+-------------------------------+
    |     Type      |     Code      |           Checksum            |
    +---------------+---------------+-------------------------------+
    |   echo: identifier            |   echo: sequence number       |
    |   unreachable, code 4: zero   |   next-hop MTU                |
    +-------------------------------+-------------------------------+
    |   echo: data.  errors: the IPv4 header and 8 bytes of what caused it ...
    +---------------------------------------------------------------+
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import ipv4
from pynet.checksum import checksum
from pynet.frame import HEADROOM, new_frame
from pynet.octets import get16, get32, put16

if TYPE_CHECKING:
    from pynet.frame import Octets

HEADER = 8

ECHO_REPLY = 0
UNREACHABLE = 3
ECHO = 8
TIME_EXCEEDED = 11
PARAMETER_PROBLEM = 12

# Codes of UNREACHABLE.
NET_UNREACHABLE = 0
HOST_UNREACHABLE = 1
PROTOCOL_UNREACHABLE = 2
PORT_UNREACHABLE = 3
FRAGMENTATION_NEEDED = 4
ADMINISTRATIVELY_PROHIBITED = 13
# Code of TIME_EXCEEDED.
REASSEMBLY_TIME_EXCEEDED = 1

# Errors sent in one second; more are not sent (RFC 1812 §4.3.2.8).
MAX_ERRORS_PER_SECOND = 100
# An error quotes the packet that caused it, so that it stays within the 576 bytes that every host takes (RFC 1812 §4.3.2.3).
MAX_QUOTE = 576 - ipv4.HEADER - HEADER

DROP_REASONS = (
    "icmp: shorter than its header",
    "icmp: bad checksum",
    "icmp: unknown type",
    "icmp: echo to a group address",
    "icmp: error quotes too little",
    "icmp: error is not about a packet of ours",
    "icmp: reply nobody waits for",
)


def emit(type_: int, code: int, rest: int, payload: Octets) -> bytearray:
    """A frame with HEADROOM in front of an ICMP message. `rest`: the header's last 32 bits."""
    frame = new_frame(HEADER + len(payload))
    at = HEADROOM
    frame[at] = type_
    frame[at + 1] = code
    put16(frame, at + 4, rest >> 16)
    put16(frame, at + 6, rest)
    frame[at + HEADER :] = payload
    put16(frame, at + 2, checksum(frame, at, len(frame)))
    return frame


def check(packet: Octets, at: int, end: int) -> str:
    """The reason to drop a message, or ''."""
    if end - at < HEADER:
        return "icmp: shorter than its header"
    if checksum(packet, at, end) != 0:
        return "icmp: bad checksum"
    return ""


def echo_reply(packet: Octets, at: int, end: int) -> bytearray:
    """The answer to the echo at `at`: the same identifier, sequence number and data (RFC 792 p. 14)."""
    return emit(ECHO_REPLY, 0, get32(packet, at + 4), packet[at + HEADER : end])


def may_report(packet: Octets) -> bool:
    """An error may be sent about `packet` (RFC 1122 §3.2.2): not about an ICMP error, a broadcast, a later fragment or a nameless source."""
    src = ipv4.source(packet)
    dst = ipv4.destination(packet)
    if src == ipv4.ANY or ipv4.is_loopback(src) != ipv4.is_loopback(dst) or ipv4.is_multicast(src) or src == ipv4.BROADCAST:
        return False
    if dst == ipv4.BROADCAST or ipv4.is_multicast(dst) or ipv4.flags_offset(packet) & ipv4.OFFSET_MASK:
        return False
    if ipv4.protocol(packet) == ipv4.ICMP:
        at = ipv4.AT + ipv4.header_length(packet)
        return at < len(packet) and packet[at] in (ECHO, ECHO_REPLY)
    return True


def error(type_: int, code: int, rest: int, packet: Octets) -> bytearray:
    """An error message that quotes the received `packet` from its IPv4 header on."""
    end = min(len(packet), ipv4.AT + ipv4.total_length(packet), ipv4.AT + MAX_QUOTE)
    return emit(type_, code, rest, packet[ipv4.AT : end])


def error_kind(type_: int, code: int) -> str:
    """What an error means to the transport that sent the packet; '' for a message that is not an error."""
    if type_ == TIME_EXCEEDED:
        return "time-exceeded" if code == 0 else "reassembly-time-exceeded"
    if type_ == PARAMETER_PROBLEM:
        return "parameter-problem"
    if type_ != UNREACHABLE:
        return ""
    if code == PROTOCOL_UNREACHABLE:
        return "protocol-unreachable"
    if code == PORT_UNREACHABLE:
        return "port-unreachable"
    if code == FRAGMENTATION_NEEDED:
        return "fragmentation-needed"
    if code == NET_UNREACHABLE:
        return "net-unreachable"
    if code in (9, 10, ADMINISTRATIVELY_PROHIBITED):
        return "prohibited"
    if code == HOST_UNREACHABLE:
        return "host-unreachable"
    return "unreachable"


def next_hop_mtu(packet: Octets, at: int) -> int:
    """The MTU that a "fragmentation needed" names; 0 from a router older than RFC 1191."""
    return get16(packet, at + 6)
