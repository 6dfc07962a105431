"""Write the table of code points that str needs, as C, from the running Python's own str methods.

Usage: unicode_table.py OUTPUT.c

Three levels of index, equal parts stored once: 32 blocks of 16 code points a group (see objects/unicode_data.h).
A record holds the flags of objects/text.h and four case mappings; a mapping is a difference to add, or
0x40000000 | count << 16 | index for two or three code points in `unicode_sequences`.
"""
from __future__ import annotations

import sys

BLOCK = 16
GROUP = 32
LIMIT = 0x110000
SEQUENCE = 0x40000000

Record = tuple[int, int, int, int, int]


def is_final_sigma(before: str) -> bool:
    """Whether a capital sigma after `before` is lowered to the final form."""
    return (before + "\u03a3").lower().endswith("\u03c2")


def flags_of(c: str) -> int:
    """The CHAR_* flags of one character, bit by bit in the order of objects/text.h."""
    tests = [
        c.isalpha(),
        c.isdecimal(),
        c.isdigit(),
        c.isnumeric(),
        c.isspace(),
        c.isupper(),
        c.islower(),
        c.istitle() and not c.isupper(),
        c.isprintable(),
        c.isidentifier(),
        ("a" + c).isidentifier(),
        len(f"a{c}b".splitlines()) > 1,
        (c + "a").title().endswith("a"),
        is_final_sigma("A" + c) and not is_final_sigma("1" + c),
    ]
    return sum(1 << bit for bit, value in enumerate(tests) if value)


def mapping(c: str, mapped: str, sequences: list[int]) -> int:
    """A case mapping as the table writes it; longer ones are appended to `sequences`."""
    if len(mapped) == 1:
        return ord(mapped) - ord(c)
    sequences.extend(map(ord, mapped))
    return SEQUENCE | len(mapped) << 16 | len(sequences) - len(mapped)


def record_of(c: str, sequences: list[int]) -> Record:
    return (
        flags_of(c),
        mapping(c, c.upper(), sequences),
        mapping(c, c.lower(), sequences),
        mapping(c, c.title(), sequences),
        mapping(c, c.casefold(), sequences),
    )


def array(kind: str, name: str, values: list[int]) -> str:
    lines = [", ".join(map(str, values[at : at + 20])) for at in range(0, len(values), 20)]
    body = ",\n    ".join(lines)
    return f"const {kind} {name}[{len(values)}] = {{\n    {body},\n}};\n"


def shared(values: list[int], size: int) -> tuple[list[int], list[int]]:
    """Cut into parts of `size`: the number of each part, and the different parts one after the other."""
    parts: dict[tuple[int, ...], int] = {}
    numbers = [parts.setdefault(tuple(values[at : at + size]), len(parts)) for at in range(0, len(values), size)]
    return numbers, [value for part in parts for value in part]


def main() -> None:
    records: dict[Record, int] = {}
    sequences: list[int] = []
    numbers = [records.setdefault(record_of(chr(c), sequences), len(records)) for c in range(LIMIT)]
    blocks, entries = shared(numbers, BLOCK)
    groups, block_numbers = shared(blocks, GROUP)
    with open(sys.argv[1], "w", encoding="ascii") as out:
        out.write('#include "objects/unicode_data.h"\n\n')
        out.write(f"_Static_assert(UNICODE_BLOCK == {BLOCK} && UNICODE_GROUP == {GROUP}, \"unicode_table.py\");\n")
        out.write(array("uint8_t", "unicode_groups", groups))
        out.write(array("uint16_t", "unicode_blocks", block_numbers))
        out.write(array("uint16_t", "unicode_entries", entries))
        out.write(array("uint32_t", "unicode_sequences", sequences))
        rows = ",\n    ".join("{%d, {%d, %d, %d, %d}}" % record for record in records)
        out.write(f"const struct unicode_record unicode_records[{len(records)}] = {{\n    {rows},\n}};\n")


if __name__ == "__main__":
    main()
