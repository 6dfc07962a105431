"""Write the symbol table that a panic reads, as assembler source, from a linked kernel.

usage: symbols.py OUTPUT [KERNEL.ELF]

Without a kernel the table is empty: that is for the first link, whose result is then read for the second.  The table lies behind
all text (kernel.ld), so adding it moves no function.  kernel/arch/symbols.h describes its form.
"""

from __future__ import annotations

import re
import struct
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

KERNEL_BASE = 0xFFFFFFFF80000000
SYMBOL_FUNCTION = 2
SECTION_SYMBOLS = 2

# Line number program opcodes and forms (DWARF 5, 7.22 and 7.5.6).
DW_LNS_COPY, DW_LNS_ADVANCE_PC, DW_LNS_ADVANCE_LINE, DW_LNS_SET_FILE = 1, 2, 3, 4
DW_LNS_CONST_ADD_PC, DW_LNS_FIXED_ADVANCE_PC = 8, 9
DW_LNE_END_SEQUENCE, DW_LNE_SET_ADDRESS = 1, 2
DW_LNCT_PATH, DW_LNCT_DIRECTORY_INDEX = 1, 2
DW_FORM_DATA2, DW_FORM_DATA16, DW_FORM_STRING, DW_FORM_UDATA, DW_FORM_STRP, DW_FORM_LINE_STRP = 5, 0x1E, 8, 0xF, 0xE, 0x1F
DW_FORM_DATA1, DW_FORM_DATA4, DW_FORM_DATA8, DW_FORM_BLOCK = 0xB, 6, 7, 9

Row = tuple[int, str, int]  # address, file, line; file "" ends a sequence


@dataclass(frozen=True)
class Function:
    """A function of the kernel: where it starts, how many bytes it has, its readable name."""

    start: int
    size: int
    name: str


class Reader:
    """Little-endian fields of a byte string, read one after the other."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at

    def number(self, size: int) -> int:
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "little")

    def uleb(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def sleb(self) -> int:
        start = self.at
        value = self.uleb()
        bits = 7 * (self.at - start)
        return value - (1 << bits) if value >> (bits - 1) else value

    def string(self) -> str:
        end = self.data.index(0, self.at)
        text = self.data[self.at : end].decode("utf-8", "replace")
        self.at = end + 1
        return text


class Elf:
    """The sections of a 64-bit little-endian ELF file."""

    def __init__(self, data: bytes) -> None:
        if data[:6] != b"\x7fELF\x02\x01":
            raise ValueError("not a 64-bit little-endian ELF file")
        self.data = data
        table, entry_size, count, names = struct.unpack_from("<Q10xHHH", data, 0x28)
        self.headers = [struct.unpack_from("<IIQQQQIIQQ", data, table + i * entry_size) for i in range(count)]
        strings = self.content(self.headers[names])
        self.by_name = {Reader(strings, header[0]).string(): header for header in self.headers}

    def content(self, header: tuple[int, ...]) -> bytes:
        return self.data[header[4] : header[4] + header[5]]

    def section(self, name: str) -> bytes:
        header = self.by_name.get(name)
        return self.content(header) if header else b""

    def functions(self) -> list[Function]:
        """Functions with a size, in order of address; of several names for one address, the first."""
        found: dict[int, Function] = {}
        for header in self.headers:
            if header[1] != SECTION_SYMBOLS:
                continue
            strings = self.content(self.headers[header[6]])
            for name, info, _, _, value, size in struct.iter_unpack("<IBBHQQ", self.content(header)):
                if info & 15 == SYMBOL_FUNCTION and size and value >= KERNEL_BASE:
                    found.setdefault(value, Function(value, size, demangle(Reader(strings, name).string())))
        return [found[start] for start in sorted(found)]


CYTHON_FUNCTION = re.compile(r"__pyx_(?:pf|pw|f|fuse_\d+f|gb|getprop|setprop|tp_\w+?)_(?=\d)")
LAMBDA = re.compile(r"__pyx_lambda_funcdef_lambda\d*")
COPY_SUFFIX = re.compile(r"\.(?:constprop|part|isra|cold|lto_priv)[.\d]*")


def demangle(symbol: str) -> str:
    """The dotted Python name behind a Cython symbol (__pyx_pf_5pynet_3tcp_4send: pynet.tcp.send), or the symbol itself."""
    symbol = COPY_SUFFIX.sub("", symbol)
    if symbol.startswith("__pyx_pymod_exec_"):
        return symbol.removeprefix("__pyx_pymod_exec_") + " (module body)"
    head = CYTHON_FUNCTION.match(symbol)
    if head is None:
        return symbol
    parts, rest = [], symbol[head.end() :]
    while number := re.match(r"\d+", rest):
        length, name = int(number[0]), rest[number.end() :]
        # Else it is a counter that tells functions of one name apart; before __init__ it looks like the length of "_".
        if len(name) > length and name[length] == "_" and not name.startswith("__"):
            parts.append(name[:length])
            rest = name[length + 1 :]
        else:
            rest = name
            break
    return ".".join([*parts, LAMBDA.sub("<lambda>", rest)])


def form_value(reader: Reader, form: int, strings: bytes, line_strings: bytes) -> int | str:
    """One attribute of a directory or file entry."""
    if form == DW_FORM_STRING:
        return reader.string()
    if form in (DW_FORM_STRP, DW_FORM_LINE_STRP):
        return Reader(line_strings if form == DW_FORM_LINE_STRP else strings, reader.number(4)).string()
    if form == DW_FORM_UDATA:
        return reader.uleb()
    if form == DW_FORM_BLOCK:
        return reader.number(reader.uleb())
    return reader.number({DW_FORM_DATA1: 1, DW_FORM_DATA2: 2, DW_FORM_DATA4: 4, DW_FORM_DATA8: 8, DW_FORM_DATA16: 16}[form])


def entries(reader: Reader, strings: bytes, line_strings: bytes) -> list[dict[int, int | str]]:
    """A table of directories or files (DWARF 5, 6.2.4.1)."""
    formats = [(reader.uleb(), reader.uleb()) for _ in range(reader.number(1))]
    return [{kind: form_value(reader, form, strings, line_strings) for kind, form in formats} for _ in range(reader.uleb())]


def short_path(path: str) -> str:
    """The path as the source tree has it, wherever the build directory is: pynet/net.py, kernel/mm/heap.c."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in ("", ".", ".."):
            parts.append(part)
    for at, part in enumerate(parts):
        if part in ("pynet", "kernel", "lib", "tests") and at < len(parts) - 1:
            return "/".join(parts[at:])
    return "/".join(parts)


def unit_files(reader: Reader, elf: Elf) -> list[str]:
    """The file names of a unit. The first directory is the compiler's own: names relative to it stay so."""
    strings, line_strings = elf.section(".debug_str"), elf.section(".debug_line_str")
    directories = [str(entry[DW_LNCT_PATH]) for entry in entries(reader, strings, line_strings)]
    files = []
    for entry in entries(reader, strings, line_strings):
        name, index = str(entry[DW_LNCT_PATH]), int(entry.get(DW_LNCT_DIRECTORY_INDEX, 0))
        files.append(short_path(f"{directories[index]}/{name}" if index and not name.startswith("/") else name))
    return files


def unit_rows(data: bytes, at: int, end: int, elf: Elf) -> Iterator[Row]:
    """The rows of one unit's line number program (DWARF 5, 6.2.5). Instruction length 1, as on x86."""
    reader = Reader(data, at)
    version = reader.number(2)
    if version != 5:
        raise ValueError(f"line table of DWARF version {version}: 5 is expected")
    reader.at += 2  # address size, segment selector size
    header_length = reader.number(4)
    program = reader.at + header_length
    reader.at += 3  # instruction length, operations an instruction, default is_stmt
    line_base = reader.number(1) - 256
    line_range, opcode_base = reader.number(1), reader.number(1)
    lengths = [reader.number(1) for _ in range(opcode_base - 1)]
    files = unit_files(reader, elf)
    reader.at = program
    address, file, line = 0, 1, 1
    while reader.at < end:
        opcode = reader.number(1)
        if opcode >= opcode_base:
            address += (opcode - opcode_base) // line_range
            line += line_base + (opcode - opcode_base) % line_range
            yield address, files[file], line
        elif opcode == DW_LNS_COPY:
            yield address, files[file], line
        elif opcode == DW_LNS_ADVANCE_PC:
            address += reader.uleb()
        elif opcode == DW_LNS_ADVANCE_LINE:
            line += reader.sleb()
        elif opcode == DW_LNS_SET_FILE:
            file = reader.uleb()
        elif opcode == DW_LNS_CONST_ADD_PC:
            address += (255 - opcode_base) // line_range
        elif opcode == DW_LNS_FIXED_ADVANCE_PC:
            address += reader.number(2)
        elif opcode == 0:
            length = reader.uleb()
            following = reader.at + length
            extended = reader.number(1)
            if extended == DW_LNE_SET_ADDRESS:
                address = reader.number(8)
            elif extended == DW_LNE_END_SEQUENCE:
                yield address, "", 0
                address, file, line = 0, 1, 1
            reader.at = following
        else:
            for _ in range(lengths[opcode - 1]):
                reader.uleb()


def line_rows(elf: Elf) -> Iterator[Row]:
    """All rows of the kernel; sequences of discarded functions, which start at 0, are left out."""
    data = elf.section(".debug_line")
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "little")
        for row in unit_rows(data, at + 4, at + 4 + length, elf):
            if row[0] >= KERNEL_BASE:
                yield row
        at += 4 + length


def uleb(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


class Table:
    """The table in the making."""

    def __init__(self) -> None:
        self.strings = bytearray()
        self.offsets: dict[str, int] = {}
        self.files: dict[str, int] = {}
        self.functions: list[tuple[int, int, int, int]] = []
        self.lines = bytearray()

    def string(self, text: str) -> int:
        if text not in self.offsets:
            self.offsets[text] = len(self.strings)
            self.strings += text.encode() + b"\0"
        return self.offsets[text]

    def add(self, function: Function, rows: Iterable[Row]) -> None:
        self.functions.append((function.start - KERNEL_BASE, function.size, self.string(function.name), len(self.lines)))
        address, file, line = function.start, -1, 0
        for row_address, row_file, row_line in rows:
            number = self.files.setdefault(row_file, len(self.files))
            if (number, row_line) == (file, line):
                continue
            self.lines += uleb((row_address - address) * 2 + (number != file))
            if number != file:
                self.lines += uleb(number)
            delta = row_line - line
            self.lines += uleb(delta * 2 if delta >= 0 else -delta * 2 - 1)
            address, file, line = row_address, number, row_line

    def assembler(self) -> str:
        offsets = [self.string(file) for file in self.files]
        ends = (0xFFFFFFFF, 0, 0, len(self.lines))
        words = [word for function in [*self.functions, ends] for word in function]
        return "\n".join(
            [
                '    .section .symbols, "a"',
                *label("symbol_function_count", 4, [f"    .long {len(self.functions)}"]),
                *label("symbol_functions", 4, numbers(".long", words)),
                *label("symbol_files", 4, numbers(".long", offsets or [0])),
                *label("symbol_strings", 1, numbers(".byte", self.strings or b"\0")),
                *label("symbol_lines", 1, numbers(".byte", self.lines or b"\0")),
                '    .section .note.GNU-stack, "", @progbits',
                "",
            ]
        )


def label(name: str, alignment: int, body: list[str]) -> list[str]:
    return [f"    .balign {alignment}", f"    .globl {name}", f"{name}:", *body]


def numbers(directive: str, values: Iterable[int]) -> list[str]:
    values = list(values)
    return [f"    {directive} " + ",".join(map(str, values[i : i + 32])) for i in range(0, len(values), 32)]


def make_table(elf: Elf) -> Table:
    """Every function with the rows inside it. Rows at one address: the last says where its instructions come from."""
    table = Table()
    functions = elf.functions()
    starts = [function.start for function in functions]
    rows: list[dict[int, Row]] = [{} for _ in functions]
    for row in line_rows(elf):
        at = bisect_right(starts, row[0]) - 1
        if row[1] and at >= 0 and row[0] < functions[at].start + functions[at].size:
            rows[at][row[0]] = row
    for function, own in zip(functions, rows, strict=True):
        table.add(function, [own[address] for address in sorted(own)])
    return table


def main() -> None:
    output = Path(sys.argv[1])
    table = make_table(Elf(Path(sys.argv[2]).read_bytes())) if len(sys.argv) > 2 else Table()
    output.write_text(table.assembler())


if __name__ == "__main__":
    main()
