"""Initial sequence numbers nobody else can guess (RFC 6528), from SipHash-2-4 (Aumasson and Bernstein, 2012).

SipHash is a keyed function of 64 bits made for short input: what RFC 6528 §3 asks of F(). All arithmetic is masked to 64 bits.
"""

from __future__ import annotations

M64 = 0xFFFFFFFFFFFFFFFF
KEY_SIZE = 16


def rotate(x: int, bits: int) -> int:
    """x rotated left, 64 bits."""
    return ((x << bits) | (x >> (64 - bits))) & M64


def rounds(v: list[int], count: int) -> None:
    """SipRound, `count` times, on the four words of `v`."""
    v0, v1, v2, v3 = v
    for _ in range(count):
        v0 = (v0 + v1) & M64
        v2 = (v2 + v3) & M64
        v1 = rotate(v1, 13) ^ v0
        v3 = rotate(v3, 16) ^ v2
        v0 = rotate(v0, 32)
        v2 = (v2 + v1) & M64
        v0 = (v0 + v3) & M64
        v1 = rotate(v1, 17) ^ v2
        v3 = rotate(v3, 21) ^ v0
        v2 = rotate(v2, 32)
    v[0], v[1], v[2], v[3] = v0, v1, v2, v3


def siphash(key: bytes, data: bytes) -> int:
    """SipHash-2-4 of `data` under a key of 16 octets: 64 bits."""
    k0 = little_endian(key, 0, 8)
    k1 = little_endian(key, 8, 16)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    whole = len(data) // 8 * 8
    for at in range(0, whole, 8):
        absorb(v, little_endian(data, at, at + 8))
    absorb(v, little_endian(data, whole, len(data)) | (len(data) & 0xFF) << 56)
    v[2] ^= 0xFF
    rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def absorb(v: list[int], word: int) -> None:
    """One word of the message."""
    v[3] ^= word
    rounds(v, 2)
    v[0] ^= word


def little_endian(data: bytes, start: int, end: int) -> int:
    """The integer of data[start:end], least significant octet first."""
    value = 0
    for at in range(end - 1, start - 1, -1):
        value = value << 8 | data[at]
    return value


def pack(local: int, lport: int, remote: int, rport: int) -> bytes:
    """The connection's four numbers as octets to hash."""
    return bytes([n >> shift & 0xFF for n in (local, remote, lport << 16 | rport) for shift in (24, 16, 8, 0)])


def initial_sequence_number(key: bytes, local: int, lport: int, remote: int, rport: int, now: int) -> int:
    """RFC 6528 §3: ISN = M + F(localip, localport, remoteip, remoteport, secretkey), M counting every 4 microseconds."""
    return (now // 4 + siphash(key, pack(local, lport, remote, rport))) & 0xFFFFFFFF


def timestamp_offset(key: bytes, local: int, remote: int) -> int:
    """RFC 7323 §5.4: what to add to the timestamp clock. The same for all connections of two hosts, so that timestamps grow from one
    connection to the next, which RFC 6191 needs."""
    return siphash(key, pack(local, 0, remote, 0)) >> 32
