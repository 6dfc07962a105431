"""The shapes of Linux's x86-64 ABI that files, processes and time have: integers out of registers, and C structures as bytes.

A register is an unsigned 64-bit integer; what a program passes as int or long is sign-extended there, or not, as its compiler likes.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error

if TYPE_CHECKING:
    from typing import Any

    from pynet.posix.process import Thread

MASK32 = 0xFFFFFFFF
MASK64 = 0xFFFFFFFFFFFFFFFF
# The most that one read or write moves (MAX_RW_COUNT).
MAX_COUNT = 0x7FFFF000

PAGE = 4096
PATH_MAX = 4096
NAME_MAX = 255
# An iovec array's length (UIO_MAXIOV).
IOV_MAX = 1024

AT_FDCWD = -100

SECOND = 1_000_000
NANO = 1_000_000_000

INT32 = Struct("<i")
UINT32 = Struct("<I")
UINT64 = Struct("<Q")
TWO_LONGS = Struct("<qq")
TWO_UINT64 = Struct("<QQ")
# struct stat of x86-64: dev ino nlink mode uid gid (pad) rdev size blksize blocks, three timespecs, three unused longs.
STAT = Struct("<QQQIII4xQqqqqqqqqq24x")
# struct statfs: type bsize blocks bfree bavail files ffree fsid namelen frsize flags, four spare longs.
STATFS = Struct("<qqQQQQQQqqq32x")
RUSAGE = Struct("<qqqq14q")
WINSIZE = Struct("<HHHH")
# struct sysinfo: uptime, three loads, eight sizes and counts, procs, high memory, unit.
SYSINFO = Struct("<q3Q6QHxxxxxxQQI4x")
UTS_FIELD = 65


def signed32(value: int) -> int:
    """The int in the low half of a register."""
    value &= 0xFFFFFFFF
    return value - 0x100000000 if value & 0x80000000 else value


def signed64(value: int) -> int:
    """The long in a register."""
    return value - 0x10000000000000000 if value & 0x8000000000000000 else value


def unsigned32(value: int) -> int:
    """The unsigned int in the low half of a register."""
    return value & 0xFFFFFFFF


def page_up(value: int) -> int:
    """The next page's start, or `value` if it is one."""
    return (value + 4095) & ~4095


def read_struct(thread: Thread, address: int, shape: Struct) -> tuple[Any, ...]:
    """The fields of a structure in ring-3 memory. OSError EFAULT."""
    return shape.unpack(thread.space.read(address, shape.size))


def read_path(thread: Thread, address: int) -> str:
    """A path argument; bytes that are no UTF-8 are kept (surrogateescape's code points). OSError EFAULT, ENAMETOOLONG."""
    return path_text(thread.space.read_string(address, PATH_MAX))


def path_text(data: bytes) -> str:
    """A name in memory as the text that names it here: one character a byte, so that any bytes are a name, and come back as they were."""
    return data.decode("latin-1")


def path_bytes(text: str) -> bytes:
    """`path_text` undone."""
    return text.encode("latin-1")


def read_words(thread: Thread, address: int, limit: int) -> list[int]:
    """A NULL-terminated array of pointers. OSError EFAULT, E2BIG beyond `limit` of them; NULL itself is an empty array, as Linux has it."""
    words: list[int] = []
    while address:
        (word,) = read_struct(thread, address + 8 * len(words), UINT64)
        if word == 0:
            break
        if len(words) >= limit:
            raise os_error(errno.E2BIG)
        words.append(word)
    return words


def read_iovec(thread: Thread, address: int, count: int) -> list[tuple[int, int]]:
    """(base, length) of each element, lengths cut to MAX_COUNT in all. OSError EINVAL, EFAULT."""
    count = signed64(count)
    if not 0 <= count <= IOV_MAX:
        raise os_error(errno.EINVAL)
    pieces: list[tuple[int, int]] = []
    total = 0
    data = thread.space.read(address, 16 * count) if count else b""
    for at in range(0, 16 * count, 16):
        base, length = TWO_UINT64.unpack_from(data, at)
        if length >> 63:
            raise os_error(errno.EINVAL)
        length = min(length, MAX_COUNT - total)
        total += length
        pieces.append((base, length))
    return pieces


def gather(thread: Thread, pieces: list[tuple[int, int]]) -> bytes:
    """The bytes that an iovec names. OSError EFAULT."""
    return b"".join([thread.space.read(base, length) for base, length in pieces if length])


def scatter(thread: Thread, pieces: list[tuple[int, int]], data: bytes) -> None:
    """Lay `data` out over an iovec. OSError EFAULT."""
    at = 0
    for base, length in pieces:
        if at >= len(data):
            return
        thread.space.write(base, data[at : at + length])
        at += length


def read_timespec(thread: Thread, address: int) -> int:
    """A struct timespec as microseconds, rounded up, so that nobody wakes too early. OSError EFAULT, EINVAL."""
    seconds, nanoseconds = read_struct(thread, address, TWO_LONGS)
    if seconds < 0 or not 0 <= nanoseconds < NANO:
        raise os_error(errno.EINVAL)
    return int(min(seconds, 1 << 40) * SECOND + (nanoseconds + 999) // 1000)


def read_timeval(thread: Thread, address: int) -> int:
    """A struct timeval as microseconds. OSError EFAULT, EINVAL."""
    seconds, microseconds = read_struct(thread, address, TWO_LONGS)
    if seconds < 0 or not 0 <= microseconds < SECOND:
        raise os_error(errno.EINVAL)
    return int(min(seconds, 1 << 40) * SECOND + microseconds)


def timespec(microseconds: int) -> bytes:
    """struct timespec."""
    return TWO_LONGS.pack(microseconds // SECOND, microseconds % SECOND * 1000)


def timeval(microseconds: int) -> bytes:
    """struct timeval."""
    return TWO_LONGS.pack(microseconds // SECOND, microseconds % SECOND)


def uts_field(text: str) -> bytes:
    """One field of struct utsname."""
    return text.encode()[: UTS_FIELD - 1].ljust(UTS_FIELD, b"\0")
