"""RFC 1071: the checksum, and the integers that headers are made of."""

from __future__ import annotations

from pynet.checksum import checksum, partial, pseudo_header
from pynet.octets import get16, get32, get48, put16, put32, put48
from tests.support import Random, eq, raises, table


def test_rfc1071_section_3_example() -> None:
    """RFC 1071 §3: the worked example sums to ddf2."""
    eq(partial(bytes([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]), 0, 8), 0xDDF2)


def test_rfc1071_odd_length_counts_a_zero_byte() -> None:
    """RFC 1071 §4.1: an odd last byte stands in the high half."""
    eq((partial(b"\x12\x34\x56", 0, 3), partial(b"\x12\x34\x56\x00", 0, 4)), (0x6834, 0x6834))
    eq(partial(b"", 0, 0), 0)


def test_rfc1071_a_block_with_its_checksum_sums_to_zero() -> None:
    """RFC 1071 §1: checking is summing again."""
    random = Random(1071)
    for length in range(2, 80):
        block = bytearray(random.octets(length))
        put16(block, 0, 0)
        put16(block, 0, checksum(block, 0, length))
        eq(checksum(block, 0, length), 0)
        block[random.below(length)] ^= 1 << random.below(8)
        assert checksum(block, 0, length) != 0


def test_rfc1071_parts_add_up() -> None:
    """RFC 1071 §2 (A): a sum may be taken in pieces of even length, and of any buffer."""
    data = Random(7).octets(1460)
    eq(partial(data, 700, 1460, partial(data, 0, 700)), partial(data, 0, 1460))
    eq(partial(memoryview(data)[2:], 0, 1458), partial(bytearray(data), 2, 1460))


def test_rfc1071_largest_block_folds() -> None:
    """The sum of 64 KiB of ones stays exact."""
    eq(partial(b"\xff" * 65536, 0, 65536), 0xFFFF)


def test_rfc768_pseudo_header() -> None:
    """RFC 768: addresses, protocol and length, each once."""
    eq(partial(b"", 0, 0, pseudo_header(0x0A000001, 0x0A000002, 17, 8)), 0x0A00 + 1 + 0x0A00 + 2 + 17 + 8)


def test_rfc1700_integers_are_big_endian() -> None:
    """RFC 1700, Data Notation: the most significant byte first, there and back."""
    buffer = bytearray(8)

    def there_and_back(put, get, value, expected) -> None:  # type: ignore[no-untyped-def]
        put(buffer, 1, value)
        eq(bytes(buffer[1 : 1 + len(expected)]), expected)
        eq(get(buffer, 1), value)

    table(
        [
            (put16, get16, 0x1234, b"\x12\x34"),
            (put32, get32, 0x89ABCDEF, b"\x89\xab\xcd\xef"),
            (put48, get48, 0x525400123456, b"\x52\x54\x00\x12\x34\x56"),
        ],
        there_and_back,
    )


def test_a_read_beyond_the_buffer_is_an_index_error() -> None:
    """A header module checks a length once; what it forgets must not read on."""
    raises(IndexError, get16, b"\x01", 0)
    raises(IndexError, get32, b"\x01\x02\x03", 0)
    raises(IndexError, put32, bytearray(3), 0, 1)
