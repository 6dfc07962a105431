"""Executable files (ELF-64, System V ABI with the x86-64 supplement): read as hostile input, laid out in memory, and the stack that a program starts on.

    stack top   name of the file, environment, arguments (strings), 16 random bytes
                auxiliary vector, pairs of words, the last of type AT_NULL
                envp, NULL
                argv, NULL
    rsp ->      argc (16-byte boundary)
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.abi import PAGE, UINT64, page_up

if TYPE_CHECKING:
    from typing import Any

# Ring 3's addresses: kernel/user/ has the same numbers.
USER_LOW = 0x10000
USER_HIGH = 0x7FFFFFFFF000

EHDR = Struct("<4sBBBBQHHIQQQIHHHHHH")
PHDR = Struct("<IIQQQQQQ")
ELFCLASS64 = 2
ELFDATA2LSB = 1
ET_EXEC = 2
ET_DYN = 3
EM_X86_64 = 62
PT_LOAD = 1
PT_INTERP = 3
# Linux reads no more than a page times 16 of program headers.
MAX_PROGRAM_HEADERS = 65536 // 56

PROT_READ = 1
PROT_WRITE = 2
PROT_EXEC = 4

# Where a position-independent program and its interpreter go: Linux's places with randomisation off.
PROGRAM_BASE = 0x555555554000
INTERPRETER_BASE = 0x7FFFF7FC0000

AT_NULL = 0
AT_PHDR = 3
AT_PHENT = 4
AT_PHNUM = 5
AT_PAGESZ = 6
AT_BASE = 7
AT_FLAGS = 8
AT_ENTRY = 9
AT_UID = 11
AT_EUID = 12
AT_GID = 13
AT_EGID = 14
AT_PLATFORM = 15
AT_HWCAP = 16
AT_CLKTCK = 17
AT_SECURE = 23
AT_RANDOM = 25
AT_EXECFN = 31
AT_MINSIGSTKSZ = 51

# CPUID's features that every x86-64 processor has: FPU TSC MSR CX8 CMOV MMX FXSR SSE SSE2.
BASELINE_HWCAP = 1 << 0 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 15 | 1 << 23 | 1 << 24 | 1 << 25 | 1 << 26
CLOCK_TICKS = 100


class Segment:
    """A PT_LOAD entry: file bytes [offset, offset + filesz) at vaddr, then zeros up to memsz. protection: PROT_* bits."""

    def __init__(self, offset: int, vaddr: int, filesz: int, memsz: int, protection: int) -> None:
        self.offset = offset
        self.vaddr = vaddr
        self.filesz = filesz
        self.memsz = memsz
        self.protection = protection


class Image:
    """What a file says of itself. position: added to every address of it. header_address: of its program headers in memory, 0 if not there."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.entry = 0
        self.header_address = 0
        self.header_count = 0
        self.movable = False
        self.segments: list[Segment] = []
        # The path of the program interpreter, b"" for a static program.
        self.interpreter = b""


def parse(data: bytes) -> Image:
    """Read the headers. OSError ENOEXEC for anything that is no x86-64 executable whose parts lie inside the file and inside ring 3's addresses."""
    if len(data) < EHDR.size:
        raise os_error(errno.ENOEXEC)
    fields = EHDR.unpack_from(data, 0)
    magic, cls, order = fields[0], fields[1], fields[2]
    kind, machine, entry, headers_at = fields[6], fields[7], fields[9], fields[10]
    header_size, count = fields[14], fields[15]
    if magic != b"\x7fELF" or cls != ELFCLASS64 or order != ELFDATA2LSB or machine != EM_X86_64 or kind not in (ET_EXEC, ET_DYN):
        raise os_error(errno.ENOEXEC)
    if header_size != PHDR.size or not 1 <= count <= MAX_PROGRAM_HEADERS or headers_at + count * PHDR.size > len(data):
        raise os_error(errno.ENOEXEC)
    image = Image(data)
    image.entry = entry
    image.movable = kind == ET_DYN
    image.header_count = count
    for number in range(count):
        parse_header(image, PHDR.unpack_from(data, headers_at + number * PHDR.size))
    if not image.segments:
        raise os_error(errno.ENOEXEC)
    for segment in image.segments:
        if segment.offset <= headers_at and headers_at + count * PHDR.size <= segment.offset + segment.filesz:
            image.header_address = segment.vaddr + headers_at - segment.offset
    return image


def parse_header(image: Image, fields: tuple[int, ...]) -> None:
    """One program header. OSError ENOEXEC."""
    kind, flags, offset, vaddr, _, filesz, memsz, _ = fields
    if kind == PT_INTERP:
        if not 2 <= filesz <= 4096 or offset + filesz > len(image.data) or image.data[offset + filesz - 1] != 0:
            raise os_error(errno.ENOEXEC)
        image.interpreter = image.data[offset : offset + filesz - 1]
    if kind != PT_LOAD or memsz == 0:
        return
    inside = filesz <= memsz and offset + filesz <= len(image.data) and memsz <= USER_HIGH and vaddr <= USER_HIGH - memsz
    if not inside or (vaddr - offset) % PAGE or (not image.movable and vaddr < USER_LOW):
        raise os_error(errno.ENOEXEC)
    protection = (PROT_READ if flags & 4 else 0) | (PROT_WRITE if flags & 2 else 0) | (PROT_EXEC if flags & 1 else 0)
    image.segments.append(Segment(offset, vaddr, filesz, memsz, protection))


def place(space: Any, image: Image, base: int, limit: int) -> int:
    """Map the segments, at `base` if the file does not say where, below `limit`; the end of the last. OSError ENOMEM, EINVAL."""
    if image.movable:
        lowest = min([segment.vaddr for segment in image.segments]) & ~(PAGE - 1)
        image.position = base - lowest
    end = 0
    for segment in image.segments:
        start = image.position + segment.vaddr
        first, last = start & ~(PAGE - 1), page_up(start + segment.memsz)
        if first < USER_LOW or last > limit:
            raise os_error(errno.ENOMEM)
        space.map(first, last - first, segment.protection)
        end = max(end, last)
    for segment in image.segments:
        if segment.filesz:
            space.load(image.position + segment.vaddr, image.data[segment.offset : segment.offset + segment.filesz])
    return end


class Start:
    """What the first stack is made of."""

    def __init__(self, arguments: list[bytes], environment: list[bytes], path: bytes, random: bytes, minimum_signal_stack: int) -> None:
        self.arguments = arguments
        self.environment = environment
        self.path = path
        self.random = random
        self.minimum_signal_stack = minimum_signal_stack


class StartStack:
    """`build`'s result: bytes that end at the stack's top, rsp, and where the strings are (for /proc/self/cmdline)."""

    def __init__(self, content: bytes, rsp: int, auxiliary: bytes) -> None:
        self.content = content
        self.rsp = rsp
        self.auxiliary = auxiliary


def build(image: Image, interpreter_base: int, start: Start, top: int) -> StartStack:
    """The stack of a program that starts, its last byte just below `top`."""
    strings = bytearray()
    addresses: list[int] = []
    pieces = [*start.arguments, *start.environment, start.path, b"x86_64"]
    size = sum([len(piece) + 1 for piece in pieces]) + 16 + 8
    base = top - size & ~15
    for piece in pieces:
        addresses.append(base + len(strings))
        strings += piece + b"\0"
    random_at = base + len(strings)
    strings += start.random
    strings += bytes(top - base - len(strings))
    argc, envc = len(start.arguments), len(start.environment)
    pairs = [
        (AT_HWCAP, BASELINE_HWCAP), (AT_PAGESZ, PAGE), (AT_CLKTCK, CLOCK_TICKS),
        (AT_PHDR, image.position + image.header_address if image.header_address else 0), (AT_PHENT, PHDR.size), (AT_PHNUM, image.header_count),
        (AT_BASE, interpreter_base), (AT_FLAGS, 0), (AT_ENTRY, image.position + image.entry), (AT_UID, 0), (AT_EUID, 0), (AT_GID, 0), (AT_EGID, 0),
        (AT_SECURE, 0), (AT_RANDOM, random_at), (AT_EXECFN, addresses[argc + envc]), (AT_PLATFORM, addresses[argc + envc + 1]),
        (AT_MINSIGSTKSZ, start.minimum_signal_stack), (AT_NULL, 0),
    ]  # fmt: skip
    auxiliary = b"".join([UINT64.pack(kind) + UINT64.pack(value) for kind, value in pairs])
    words = [argc, *addresses[:argc], 0, *addresses[argc : argc + envc], 0]
    table = b"".join([UINT64.pack(word) for word in words]) + auxiliary
    rsp = base - len(table) & ~15
    return StartStack(table + bytes(base - rsp - len(table)) + bytes(strings), rsp, auxiliary)
