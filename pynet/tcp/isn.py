"""Initial sequence numbers nobody else can guess (RFC 6528), from SipHash-2-4 (Aumasson and Bernstein, 2012).

SipHash is a keyed function of 64 bits made for short input: what RFC 6528 §3 asks of F(). All arithmetic is masked to 64 bits.
"""

from __future__ import annotations

from pynet.octets import put32

M32 = 0xFFFFFFFF
M64 = 0xFFFFFFFFFFFFFFFF
KEY_SIZE = 16


def rotate(x: int, bits: int) -> int:
    """x rotated left, 64 bits."""
    return (x & M64 >> bits) << bits | x >> (64 - bits)


def plus(x: int, y: int) -> int:
    """x + y modulo 2**64, by halves: no sum on the way is longer than 64 bits."""
    low = (x & M32) + (y & M32)
    high = (x >> 32) + (y >> 32) + (low >> 32)
    return (high & M32) << 32 | low & M32


class Words:
    """The four words of SipHash's state."""

    def start(self, k0: int, k1: int) -> None:
        """With the two halves of the key. To be called first."""
        self.v0 = k0 ^ 0x736F6D6570736575
        self.v1 = k1 ^ 0x646F72616E646F6D
        self.v2 = k0 ^ 0x6C7967656E657261
        self.v3 = k1 ^ 0x7465646279746573

    def rounds(self, count: int) -> None:
        """SipRound, `count` times."""
        v0, v1, v2, v3 = self.v0, self.v1, self.v2, self.v3
        for _ in range(count):
            v0 = plus(v0, v1)
            v2 = plus(v2, v3)
            v1 = rotate(v1, 13) ^ v0
            v3 = rotate(v3, 16) ^ v2
            v0 = rotate(v0, 32)
            v2 = plus(v2, v1)
            v0 = plus(v0, v3)
            v1 = rotate(v1, 17) ^ v2
            v3 = rotate(v3, 21) ^ v0
            v2 = rotate(v2, 32)
        self.v0, self.v1, self.v2, self.v3 = v0, v1, v2, v3

    def absorb(self, word: int) -> None:
        """One word of the message."""
        self.v3 ^= word
        self.rounds(2)
        self.v0 ^= word


def siphash(key: bytes, data: bytes) -> int:
    """SipHash-2-4 of `data` under a key of 16 octets: 64 bits."""
    words = Words()
    words.start(little_endian(key, 0, 8), little_endian(key, 8, 16))
    length = len(data)
    whole = length // 8 * 8
    for at in range(0, whole, 8):
        words.absorb(little_endian(data, at, at + 8))
    words.absorb(little_endian(data, whole, length) | (length & 0xFF) << 56)
    words.v2 ^= 0xFF
    words.rounds(4)
    return words.v0 ^ words.v1 ^ words.v2 ^ words.v3


def little_endian(data: bytes, start: int, end: int) -> int:
    """The integer of data[start:end], least significant octet first."""
    value = 0
    for at in range(end - 1, start - 1, -1):
        value = value << 8 | data[at]
    return value


def pack(local: int, lport: int, remote: int, rport: int) -> bytes:
    """The connection's four numbers as octets to hash."""
    octets = bytearray(12)
    put32(octets, 0, local)
    put32(octets, 4, remote)
    put32(octets, 8, lport << 16 | rport)
    return bytes(octets)


def initial_sequence_number(key: bytes, local: int, lport: int, remote: int, rport: int, now: int) -> int:
    """RFC 6528 §3: ISN = M + F(localip, localport, remoteip, remoteport, secretkey), M counting every 4 microseconds."""
    return (now // 4 + (siphash(key, pack(local, lport, remote, rport)) & M32)) & M32


def timestamp_offset(key: bytes, local: int, remote: int) -> int:
    """RFC 7323 §5.4: what to add to the timestamp clock. The same for all connections of two hosts, so that timestamps grow from one
    connection to the next, which RFC 6191 needs."""
    return siphash(key, pack(local, 0, remote, 0)) >> 32
