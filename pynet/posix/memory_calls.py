"""The calls that change what a process has in memory: brk, mmap and its kin. The machine's AddressSpace does the work; here are the rules.

A mapping of a file holds the file's bytes as they are when it is made. A shared mapping that could write them back is refused (ENODEV).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.abi import PAGE, page_up, signed32
from pynet.posix.elf import PROT_EXEC, PROT_READ, PROT_WRITE, USER_HIGH, USER_LOW
from pynet.posix.files import O_ACCMODE, O_RDONLY, O_WRONLY, OpenFile, RegularFile, ZeroDevice
from pynet.posix.process import RLIM_INFINITY, RLIMIT_AS, give_way, mapped_bytes

if TYPE_CHECKING:
    from typing import Any

    from pynet.posix.process import Memory, Process, Thread

MAP_SHARED = 0x01
MAP_PRIVATE = 0x02
MAP_SHARED_VALIDATE = 0x03
MAP_TYPE = 0x0F
MAP_FIXED = 0x10
MAP_ANONYMOUS = 0x20
MAP_LOCKED = 0x2000
MAP_POPULATE = 0x8000
MAP_HUGETLB = 0x40000
MAP_FIXED_NOREPLACE = 0x100000
# Flags beyond the type that SHARED_VALIDATE takes: those that Linux knows, MAP_SYNC aside.
MAP_KNOWN = 0x1FFFFF & ~0x80000

PROT_ALL = PROT_READ | PROT_WRITE | PROT_EXEC
# PROT_SEM asks for nothing; PROT_GROWSDOWN and GROWSUP need a mapping that grows, which there is none of here.
PROT_SEM = 8

MREMAP_MAYMOVE = 1
MREMAP_FIXED = 2

MADV_DONTNEED = 4
MADV_KNOWN = frozenset((0, 1, 2, 3, 4, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21))
MADV_FREE = 8

MS_ASYNC = 1
MS_INVALIDATE = 2
MS_SYNC = 4

# mremap moves the content in pieces of this size.
MOVE_PIECE = 65536
# MAP_POPULATE lets other threads run after each piece.
POPULATE_PIECE = 1 << 18


def overlaps(memory: Memory, start: int, end: int) -> bool:
    """Something is mapped between the two."""
    return any(first < end and start < last for first, last, _, _ in memory.space.regions())


def forget_names(memory: Memory, start: int, end: int) -> None:
    """What lies there is no longer what it was called."""
    for first, (last, name) in list(memory.names.items()):
        if first < end and start < last:
            del memory.names[first]
            if first < start:
                memory.names[first] = (start, name)
            if end < last:
                memory.names[end] = (last, name)


def check_room(process: Process, start: int, end: int) -> None:
    """RLIMIT_AS: what is mapped, with this range. OSError ENOMEM."""
    limit = process.limits.get(RLIMIT_AS, (RLIM_INFINITY, RLIM_INFINITY))[0]
    if limit == RLIM_INFINITY:
        return
    replaced = sum([max(min(last, end) - max(first, start), 0) for first, last, _, _ in process.memory.space.regions()])
    if mapped_bytes(process) + end - start - replaced > limit:
        raise os_error(errno.ENOMEM)


def brk(thread: Thread, address: int) -> int:
    """brk(2): the end of the heap, which is where it was when it cannot be moved to `address`."""
    memory = thread.process.memory
    if not memory.brk_start <= address <= USER_HIGH:
        return memory.brk
    old, new = page_up(memory.brk), page_up(address)
    try:
        if new > old:
            # A page between the heap and whatever comes next stays free, as on Linux.
            if overlaps(memory, old, new + PAGE):
                return memory.brk
            check_room(thread.process, old, new)
            memory.space.map(old, new - old, PROT_READ | PROT_WRITE)
        elif new < old:
            memory.space.unmap(new, old - new)
    except OSError:
        return memory.brk
    memory.names.pop(memory.brk_start, None)
    if new > memory.brk_start:
        memory.names[memory.brk_start] = (new, "[heap]")
    memory.brk = address
    return address


def mmap(thread: Thread, address: int, length: int, protection: int, flags: int, fd: int, offset: int) -> int:
    """mmap(2)"""
    memory = thread.process.memory
    if offset % PAGE:
        raise os_error(errno.EINVAL)
    source: OpenFile | None = None
    if not flags & MAP_ANONYMOUS:
        description = thread.process.sockets.table.get(signed32(fd))
        if not isinstance(description, OpenFile):
            raise os_error(errno.ENODEV)
        source = description
    elif flags & MAP_HUGETLB:
        raise os_error(errno.EINVAL)
    if length == 0:
        raise os_error(errno.EINVAL)
    length = page_up(length)
    if length > USER_HIGH:
        raise os_error(errno.ENOMEM)
    if offset + length >= 1 << 63:
        raise os_error(errno.EOVERFLOW)
    address = choose_address(memory, address, length, flags)
    kind = flags & MAP_TYPE
    if kind not in (MAP_SHARED, MAP_PRIVATE, MAP_SHARED_VALIDATE):
        raise os_error(errno.EINVAL)
    if kind == MAP_SHARED_VALIDATE and flags & ~MAP_TYPE & ~MAP_KNOWN:
        raise os_error(errno.EOPNOTSUPP)
    shared = kind != MAP_PRIVATE
    data = file_content(source, protection, shared, offset, length) if source is not None else b""
    check_room(thread.process, address, address + length)
    memory.space.map(address, length, protection & PROT_ALL, shared and not data)
    forget_names(memory, address, address + length)
    if data:
        try:
            memory.space.load(address, data)
        except OSError:
            memory.space.unmap(address, length)
            raise
    if source is not None:
        memory.names[address] = (address + length, source.node.path())
    elif flags & (MAP_POPULATE | MAP_LOCKED) and protection & PROT_WRITE:
        populate(thread, address, length)
    return address


def populate(thread: Thread, address: int, length: int) -> None:
    """Have every page of a new mapping present. OSError ENOMEM, and nothing is mapped: Linux would map what it cannot hold and kill whoever touches it."""
    space = thread.process.memory.space
    zeros = bytes(POPULATE_PIECE)
    try:
        if space.resident() * PAGE + length > thread.process.processes.memory_limit * PAGE:
            raise os_error(errno.ENOMEM)
        for at in range(0, length, POPULATE_PIECE):
            space.load(address + at, zeros[: length - at])
            give_way(thread)
            if thread.dying:
                return
    except OSError:
        munmap(thread, address, length)
        raise os_error(errno.ENOMEM) from None


def choose_address(memory: Memory, address: int, length: int, flags: int) -> int:
    """Where a mapping goes. OSError EINVAL, ENOMEM, EPERM, EEXIST."""
    if not flags & (MAP_FIXED | MAP_FIXED_NOREPLACE):
        hint = page_up(address)
        return int(memory.space.find(length, hint if USER_LOW <= hint <= USER_HIGH - length else 0))
    if address > USER_HIGH - length:
        raise os_error(errno.ENOMEM)
    if address % PAGE:
        raise os_error(errno.EINVAL)
    if address < USER_LOW:
        raise os_error(errno.EPERM)
    if flags & MAP_FIXED_NOREPLACE and overlaps(memory, address, address + length):
        raise os_error(errno.EEXIST)
    return address


def file_content(source: OpenFile, protection: int, shared: bool, offset: int, length: int) -> bytes:
    """The bytes that a mapping of a file starts with; b"" for what is zeros without end. OSError ENODEV, EACCES."""
    access = source.status_flags & O_ACCMODE
    if access == O_WRONLY or (shared and protection & PROT_WRITE and access == O_RDONLY):
        raise os_error(errno.EACCES)
    if isinstance(source.node, ZeroDevice):
        return b""
    if not isinstance(source.node, RegularFile) or (shared and protection & PROT_WRITE):
        raise os_error(errno.ENODEV)
    return bytes(source.node.data[offset : offset + length])


def check_range(address: int, length: int) -> int:
    """The end of a range whose start must be a page's. OSError EINVAL, ENOMEM."""
    if address % PAGE:
        raise os_error(errno.EINVAL)
    end = address + page_up(length)
    if end > 1 << 64:
        raise os_error(errno.ENOMEM)
    return end


def munmap(thread: Thread, address: int, length: int) -> int:
    """munmap(2)"""
    if address % PAGE or address > USER_HIGH or length > USER_HIGH - address or length == 0:
        raise os_error(errno.EINVAL)
    memory = thread.process.memory
    end = page_up(address + length)
    start = max(address, USER_LOW)
    if end > start:
        memory.space.unmap(start, end - start)
        forget_names(memory, start, end)
    return 0


def mprotect(thread: Thread, address: int, length: int, protection: int) -> int:
    """mprotect(2)"""
    if protection & ~(PROT_ALL | PROT_SEM) or address % PAGE:
        raise os_error(errno.EINVAL)
    if length == 0:
        return 0
    end = check_range(address, length)
    if address < USER_LOW or end > USER_HIGH:
        raise os_error(errno.ENOMEM)
    thread.process.memory.space.protect(address, end - address, protection & PROT_ALL)
    return 0


def region_at(memory: Memory, address: int) -> tuple[int, int, int, bool]:
    """The region that holds an address. OSError EFAULT."""
    for region in memory.space.regions():
        if region[0] <= address < region[1]:
            return region  # type: ignore[no-any-return]
    raise os_error(errno.EFAULT)


def mremap(thread: Thread, old: int, old_length: int, new_length: int, flags: int, new: int) -> int:
    """mremap(2). A shared mapping stays where it is."""
    memory = thread.process.memory
    if flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED) or (flags & MREMAP_FIXED and not flags & MREMAP_MAYMOVE) or old % PAGE:
        raise os_error(errno.EINVAL)
    old_length, new_length = page_up(old_length), page_up(new_length)
    if new_length == 0 or old_length == 0 or max(new_length, old_length) > USER_HIGH:
        raise os_error(errno.EINVAL)
    if flags & MREMAP_FIXED and (new % PAGE or new < USER_LOW or new > USER_HIGH - new_length or overlap(new, new_length, old, old_length)):
        raise os_error(errno.EINVAL)
    _, end, protection, shared = region_at(memory, old)
    if not flags & MREMAP_FIXED:
        if new_length <= old_length:
            if new_length < old_length:
                munmap(thread, old + new_length, old_length - new_length)
            return old
        if old + old_length > end:
            raise os_error(errno.EFAULT)
        if old + old_length == end and old + new_length <= USER_HIGH and not overlaps(memory, end, old + new_length) and not shared:
            check_room(thread.process, end, old + new_length)
            memory.space.map(end, new_length - old_length, protection)
            return old
        if not flags & MREMAP_MAYMOVE:
            raise os_error(errno.ENOMEM)
        new = memory.space.find(new_length)
    if shared:
        raise os_error(errno.ENOMEM)
    check_room(thread.process, new, new + new_length)
    move(memory, old, old_length, new, new_length, protection)
    return new


def overlap(one: int, one_length: int, two: int, two_length: int) -> bool:
    """Two ranges have an address in common."""
    return one < two + two_length and two < one + one_length


def move(memory: Memory, old: int, old_length: int, new: int, new_length: int, protection: int) -> None:
    """Copy a private mapping and take the old one away. Pages of zeros are not copied: they come by themselves."""
    space: Any = memory.space
    space.map(new, new_length, protection)
    forget_names(memory, new, new + new_length)
    if not protection & PROT_READ:
        space.protect(old, old_length, PROT_READ)
    kept = min(old_length, new_length)
    for at in range(0, kept, MOVE_PIECE):
        piece = space.read(old + at, min(MOVE_PIECE, kept - at))
        if piece.count(0) != len(piece):
            space.load(new + at, piece)
    space.unmap(old, old_length)
    forget_names(memory, old, old + old_length)


def madvise(thread: Thread, address: int, length: int, advice: int) -> int:
    """madvise(2): DONTNEED and FREE make private pages zeros again; all else is advice that changes nothing here."""
    advice = signed32(advice)
    if address % PAGE or advice not in MADV_KNOWN:
        raise os_error(errno.EINVAL)
    end = address + page_up(length)
    if end > 1 << 64 or (length and page_up(length) >= 1 << 64):
        raise os_error(errno.EINVAL)
    memory = thread.process.memory
    covered = 0
    for first, last, protection, shared in memory.space.regions():
        start, stop = max(first, address), min(last, end)
        if start >= stop:
            continue
        covered += stop - start
        if advice in (MADV_DONTNEED, MADV_FREE) and not shared and not is_named(memory, start):
            memory.space.map(start, stop - start, protection)
    if covered < end - address:
        raise os_error(errno.ENOMEM)
    return 0


def is_named(memory: Memory, address: int) -> bool:
    """The mapping came from a file: its pages would come back from there, so they stay."""
    return any(first <= address < last and name[:1] == "/" for first, (last, name) in memory.names.items())


def check_mapped(thread: Thread, address: int, end: int) -> None:
    """OSError ENOMEM unless all between is mapped."""
    covered = 0
    for first, last, _, _ in thread.process.memory.space.regions():
        covered += max(min(last, end) - max(first, address), 0)
    if covered < end - address:
        raise os_error(errno.ENOMEM)


def msync(thread: Thread, address: int, length: int, flags: int) -> int:
    """msync(2): nothing is written back later than at once."""
    if flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) or address % PAGE or (flags & MS_ASYNC and flags & MS_SYNC):
        raise os_error(errno.EINVAL)
    check_mapped(thread, address, check_range(address, length))
    return 0


def mlock(thread: Thread, address: int, length: int) -> int:
    """mlock(2): memory is never paged out."""
    start = address & ~(PAGE - 1)
    check_mapped(thread, start, page_up(address + length))
    return 0


def mlockall(thread: Thread, flags: int) -> int:
    """mlockall(2)"""
    if not 1 <= flags <= 7 or flags == 4:
        raise os_error(errno.EINVAL)
    return 0


def munlockall(thread: Thread) -> int:
    """munlockall(2)"""
    return 0


def mincore(thread: Thread, address: int, length: int, vector: int) -> int:
    """mincore(2): all that is mapped counts as present."""
    end = check_range(address, length)
    check_mapped(thread, address, end)
    for at in range(0, (end - address) // PAGE, PAGE):
        thread.space.write(vector + at, b"\1" * min(PAGE, (end - address) // PAGE - at))
    return 0


CALLS = {
    "brk": brk,
    "mmap": mmap,
    "munmap": munmap,
    "mprotect": mprotect,
    "mremap": mremap,
    "madvise": madvise,
    "msync": msync,
    "mlock": mlock,
    "munlock": mlock,
    "mlockall": mlockall,
    "munlockall": munlockall,
    "mincore": mincore,
}
