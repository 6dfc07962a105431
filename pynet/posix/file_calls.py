"""The calls on descriptors and on names of files.

A handler takes its arguments as the registers hold them, unsigned; it returns rax or raises OSError. The order of checks is Linux's.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix import files as fs
from pynet.posix.abi import (
    AT_FDCWD,
    INT32,
    MAX_COUNT,
    SECOND,
    STAT,
    STATFS,
    TWO_LONGS,
    UINT64,
    gather,
    path_bytes,
    read_iovec,
    read_path,
    read_struct,
    scatter,
    signed32,
    signed64,
)
from pynet.posix.description import (
    FIONBIO,
    FIONREAD,
    O_ACCMODE,
    O_APPEND,
    O_NONBLOCK,
    O_RDONLY,
    O_WRONLY,
    S_IFIFO,
    FDTable,
    FileDescription,
)
from pynet.posix.fifo import Fifo
from pynet.posix.files import (
    O_CREAT,
    O_DIRECTORY,
    O_EXCL,
    O_NOFOLLOW,
    O_PATH,
    O_TRUNC,
    S_IFBLK,
    S_IFCHR,
    S_IFDIR,
    S_IFMT,
    S_IFREG,
    Directory,
    Found,
    Node,
    OpenDirectory,
    OpenFile,
    OpenPath,
    RegularFile,
    Symlink,
)
from pynet.posix.locks import F_GETLK, F_SETLK, F_SETLKW, record_lock, release_ranges
from pynet.posix.pipe import make_pipe
from pynet.posix.signals import SIGPIPE
from pynet.posix.wait import wait
from pynet.readiness import POLLIN, POLLOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.frame import Octets
    from pynet.posix.process import Thread

O_CLOEXEC = 0o2000000
O_TMPFILE = 0o20000000 | O_DIRECTORY

# fcntl's commands and ioctl's requests for every kind of descriptor.
F_DUPFD = 0
F_GETFD = 1
F_SETFD = 2
F_GETFL = 3
F_SETFL = 4
F_DUPFD_CLOEXEC = 1030
F_SETPIPE_SZ = 1031
F_GETPIPE_SZ = 1032
FD_CLOEXEC = 1
FIONCLEX = 0x5450
FIOCLEX = 0x5451

AT_SYMLINK_NOFOLLOW = 0x100
AT_EACCESS = 0x200
AT_REMOVEDIR = 0x200
AT_SYMLINK_FOLLOW = 0x400
AT_NO_AUTOMOUNT = 0x800
AT_EMPTY_PATH = 0x1000
AT_STATX_SYNC_TYPE = 0x6000
RENAME_NOREPLACE = 1
RENAME_EXCHANGE = 2
UTIME_NOW = 0x3FFFFFFF
UTIME_OMIT = 0x3FFFFFFE
RWF_APPEND = 0x10

# How much of one call's data is in the kernel's hands at once; more is moved in pieces.
PIECE = 1 << 20
# st_dev of what has an inode here, and of pipes and sockets.
DEVICE = 0x19
NO_DEVICE = 0xC
BLOCK = 4096
STATX = Struct("<IIQIIIH2xQQQQ")
STATX_TIME = Struct("<qi4x")
STATX_BASIC_STATS = 0x7FF
DIRENT = Struct("<QqHB")
TMPFS_MAGIC = 0x01021994


def table_of(thread: Thread) -> FDTable:
    """The FDTable of a thread's process."""
    return thread.process.sockets.table


def files_of(thread: Thread) -> fs.FileSystem:
    """The file system."""
    return thread.process.processes.files


# Reading and writing.


def attempt(thread: Thread, description: FileDescription, events: int, operation: Callable[[Any], Any], argument: Any) -> Any:
    """Repeat `operation(argument)`, sleeping for `events` while it would block. OSError EAGAIN on a non-blocking description or after its timeout, EINTR."""
    stack = thread.process.stack
    try:
        return operation(argument)
    except BlockingIOError:
        if description.nonblocking:
            raise
    finally:
        stack.leave()
    timeout = getattr(description, "receive_timeout" if events == POLLIN else "send_timeout", 0)
    deadline = stack.now() + timeout if timeout else -1
    description.hold()
    try:
        while True:
            if not wait(stack, description.interests(events), deadline):
                nothing: Any = getattr(description, "nothing_in_time", None)
                if nothing is None:
                    raise os_error(errno.EAGAIN)
                return nothing
            try:
                return operation(argument)
            except BlockingIOError:
                if 0 <= deadline <= stack.now():
                    raise
            finally:
                stack.leave()
    finally:
        description.release()


def write_all(thread: Thread, description: FileDescription, data: Octets) -> int:
    """Write `data`, all of it unless the description does not block, or something goes wrong after a part. EPIPE comes with SIGPIPE."""
    total = 0
    while True:
        try:
            taken: int = attempt(thread, description, POLLOUT, description.write, memoryview(data)[total:] if total else data)
        except OSError as error:
            if total:
                return total
            if error.errno == errno.EPIPE and getattr(description, "has_sigpipe", True):
                thread.signal(SIGPIPE)
            raise
        total += taken
        if total >= len(data) or description.nonblocking:
            return total


def read(thread: Thread, fd: int, buffer: int, count: int) -> int:
    """read(2)"""
    description = table_of(thread).readable(signed32(fd))
    count = min(count, MAX_COUNT)
    if isinstance(description, OpenFile):
        return read_file(thread, description, [(buffer, count)], -1)
    data = attempt(thread, description, POLLIN, description.read, min(count, PIECE))
    return deliver(thread, description, data, [(buffer, count)])


def deliver(thread: Thread, description: FileDescription, data: bytes, pieces: list[tuple[int, int]]) -> int:
    """Lay out what was read over an iovec; how much it was. OSError EFAULT: a stream's is there again."""
    try:
        scatter(thread, pieces, data)
    except OSError:
        description.give_back(data)
        raise
    return len(data)


def read_file(thread: Thread, description: OpenFile, pieces: list[tuple[int, int]], at: int) -> int:
    """Read a file into memory, from its position (at -1) or from `at`. What was read before a fault counts."""
    total = 0
    for base, length in pieces:
        done = 0
        while done < length:
            wanted = min(length - done, PIECE)
            try:
                data = description.pread(wanted, description.position if at < 0 else at + total)
                thread.space.write(base + done, data)
            except OSError:
                if total:
                    return total
                raise
            if at < 0:
                description.position += len(data)
            done += len(data)
            total += len(data)
            if len(data) < wanted:
                return total
    return total


def readv(thread: Thread, fd: int, vector: int, count: int) -> int:
    """readv(2)"""
    description = table_of(thread).readable(signed32(fd))
    pieces = read_iovec(thread, vector, count)
    if isinstance(description, OpenFile):
        return read_file(thread, description, pieces, -1)
    wanted = min(sum([length for _, length in pieces]), PIECE)
    if wanted == 0:
        return 0
    data = attempt(thread, description, POLLIN, description.read, wanted)
    return deliver(thread, description, data, pieces)


def write(thread: Thread, fd: int, buffer: int, count: int) -> int:
    """write(2)"""
    description = table_of(thread).writable(signed32(fd))
    return write_pieces(thread, description, [(buffer, min(count, MAX_COUNT))])


def writev(thread: Thread, fd: int, vector: int, count: int) -> int:
    """writev(2)"""
    description = table_of(thread).writable(signed32(fd))
    return write_pieces(thread, description, read_iovec(thread, vector, count))


def write_pieces(thread: Thread, description: FileDescription, pieces: list[tuple[int, int]]) -> int:
    """Write what an iovec names: as one where it fits a PIECE, so that a datagram or a small write to a pipe stays whole."""
    if sum([length for _, length in pieces]) <= PIECE:
        return write_all(thread, description, gather(thread, pieces))
    total = 0
    for base, length in pieces:
        done = 0
        while done < length:
            wanted = min(length - done, PIECE)
            try:
                written = write_all(thread, description, thread.space.read(base + done, wanted))
            except OSError:
                if total:
                    return total
                raise
            done += written
            total += written
            if written < wanted:
                return total
    return total


def seekable(thread: Thread, fd: int, for_write: bool) -> OpenFile:
    """The open file behind `fd`. OSError EBADF, ESPIPE for what has no positions."""
    description = table_of(thread).get(signed32(fd))
    if not isinstance(description, OpenFile):
        raise os_error(errno.EBADF if isinstance(description, OpenPath) else errno.ESPIPE)
    if for_write:
        table_of(thread).writable(signed32(fd))
    else:
        table_of(thread).readable(signed32(fd))
    return description


def pread64(thread: Thread, fd: int, buffer: int, count: int, offset: int) -> int:
    """pread64(2)"""
    if offset >> 63:
        raise os_error(errno.EINVAL)
    return read_file(thread, seekable(thread, fd, False), [(buffer, min(count, MAX_COUNT))], offset)


def preadv(thread: Thread, fd: int, vector: int, count: int, offset: int, high: int) -> int:
    """preadv(2)"""
    if offset >> 63:
        raise os_error(errno.EINVAL)
    description = seekable(thread, fd, False)
    return read_file(thread, description, read_iovec(thread, vector, count), offset)


def write_at(thread: Thread, description: OpenFile, pieces: list[tuple[int, int]], offset: int) -> int:
    """pwrite's and pwritev's work."""
    total = 0
    for base, length in pieces:
        for at in range(0, length, PIECE):
            total += description.pwrite(thread.space.read(base + at, min(PIECE, length - at)), offset + total)
    return total


def pwrite64(thread: Thread, fd: int, buffer: int, count: int, offset: int) -> int:
    """pwrite64(2)"""
    if offset >> 63:
        raise os_error(errno.EINVAL)
    return write_at(thread, seekable(thread, fd, True), [(buffer, min(count, MAX_COUNT))], offset)


def pwritev(thread: Thread, fd: int, vector: int, count: int, offset: int, high: int) -> int:
    """pwritev(2)"""
    if offset >> 63:
        raise os_error(errno.EINVAL)
    description = seekable(thread, fd, True)
    return write_at(thread, description, read_iovec(thread, vector, count), offset)


def lseek(thread: Thread, fd: int, offset: int, whence: int) -> int:
    """lseek(2)"""
    description = table_of(thread).get(signed32(fd))
    if isinstance(description, OpenPath):
        raise os_error(errno.EBADF)
    if not 0 <= signed32(whence) <= 4:
        raise os_error(errno.EINVAL)
    if not isinstance(description, OpenFile):
        raise os_error(errno.ESPIPE)
    return description.seek(signed64(offset), signed32(whence))


# Copies inside the kernel.


def sendfile(thread: Thread, out: int, source: int, offset: int, count: int) -> int:
    """sendfile(2): from a file to anything."""
    table = table_of(thread)
    reader = table.readable(signed32(source))
    if not isinstance(reader, OpenFile) or isinstance(reader, OpenDirectory):
        raise os_error(errno.EINVAL)
    at = -1
    if offset:
        (at,) = read_struct(thread, offset, TWO_LONGS_FIRST)
        if at < 0:
            raise os_error(errno.EINVAL)
    writer = table.writable(signed32(out))
    if writer.status_flags & O_APPEND:
        raise os_error(errno.EINVAL)
    total = copy_between(thread, reader, writer, at, -1, min(count, MAX_COUNT))
    if offset:
        thread.space.write(offset, UINT64.pack(at + total))
    return total


TWO_LONGS_FIRST = Struct("<q")


def copy_between(thread: Thread, reader: OpenFile, writer: FileDescription, read_at: int, write_at_: int, count: int) -> int:
    """Copy at most `count` bytes; positions of -1 are the descriptions' own, which move by what was written."""
    total = 0
    while total < count:
        place = reader.position if read_at < 0 else read_at + total
        data = reader.pread(min(count - total, PIECE), place)
        if not data:
            break
        try:
            if write_at_ >= 0 and isinstance(writer, OpenFile):
                written = writer.pwrite(data, write_at_ + total)
            else:
                written = write_all(thread, writer, data)
        except OSError:
            if total:
                break
            raise
        total += written
        if read_at < 0:
            reader.position = place + written
        if written < len(data):
            break
    return total


def copy_file_range(thread: Thread, source: int, source_at: int, target: int, target_at: int, count: int, flags: int) -> int:
    """copy_file_range(2)"""
    table = table_of(thread)
    reader, writer = table.get(signed32(source)), table.get(signed32(target))
    if flags & 0xFFFFFFFF:
        raise os_error(errno.EINVAL)
    positions = []
    for address in (source_at, target_at):
        positions.append(read_struct(thread, address, TWO_LONGS_FIRST)[0] if address else -1)
        if address and positions[-1] < 0:
            raise os_error(errno.EINVAL)
    if isinstance(reader, OpenDirectory) or isinstance(writer, OpenDirectory):
        raise os_error(errno.EISDIR)
    if not isinstance(reader, OpenFile) or not isinstance(writer, OpenFile):
        raise os_error(errno.EINVAL)
    if reader.status_flags & O_ACCMODE == O_WRONLY or writer.status_flags & O_ACCMODE == O_RDONLY or writer.status_flags & O_APPEND:
        raise os_error(errno.EBADF)
    first = reader.position if positions[0] < 0 else positions[0]
    count = max(min(count, MAX_COUNT, reader.node.size() - first), 0)
    if reader.node is writer.node:
        second = writer.position if positions[1] < 0 else positions[1]
        if abs(first - second) < count:
            raise os_error(errno.EINVAL)
    total = copy_between(thread, reader, writer, positions[0], positions[1], count)
    for address, at in ((source_at, positions[0]), (target_at, positions[1])):
        if address:
            thread.space.write(address, UINT64.pack(at + total))
    return total


def splice(thread: Thread, source: int, source_at: int, target: int, target_at: int, count: int, flags: int) -> int:
    """splice(2), tee(2) and vmsplice(2) move pages, which nothing here has: programs then read and write. OSError EBADF, EINVAL."""
    if count == 0:
        return 0
    return refuse_pages(thread, flags, source, target)


def tee(thread: Thread, source: int, target: int, count: int, flags: int) -> int:
    """tee(2)"""
    if flags & 0xFFFFFFFF & ~0xF == 0 and count == 0:
        return 0
    return refuse_pages(thread, flags, source, target)


def vmsplice(thread: Thread, fd: int, vector: int, count: int, flags: int) -> int:
    """vmsplice(2)"""
    return refuse_pages(thread, flags, fd, fd)


def refuse_pages(thread: Thread, flags: int, one: int, other: int) -> int:
    """OSError EINVAL, EBADF."""
    if flags & 0xFFFFFFFF & ~0xF:
        raise os_error(errno.EINVAL)
    table_of(thread).get(signed32(one))
    table_of(thread).get(signed32(other))
    raise os_error(errno.EINVAL)


# Names.


def start_of(thread: Thread, directory: int, path: str) -> Node | None:
    """Where a walk along `path` starts: None is the working directory. OSError EBADF, ENOTDIR."""
    directory = signed32(directory)
    if directory == AT_FDCWD or path[:1] == "/":
        return None
    description = table_of(thread).get(directory)
    node = getattr(description, "node", None)
    if not isinstance(node, Directory):
        raise os_error(errno.ENOTDIR)
    return node


def find(thread: Thread, directory: int, path: str, follow: bool = True) -> Found:
    """Walk from a directory's descriptor, or AT_FDCWD."""
    if not path:
        raise os_error(errno.ENOENT)
    return files_of(thread).find(start_of(thread, directory, path), path, thread.process.cwd, follow)


def find_at(thread: Thread, directory: int, address: int, follow: bool = True) -> Found:
    """`find` for a path in memory."""
    return find(thread, directory, read_path(thread, address), follow)


def open_file(thread: Thread, directory: int, path: str, flags: int, mode: int) -> int:
    """open and openat behind their pointers."""
    if flags & O_TMPFILE == O_TMPFILE:
        raise os_error(errno.EOPNOTSUPP)
    if flags & O_CREAT and flags & O_DIRECTORY:
        raise os_error(errno.EINVAL)
    table = table_of(thread)
    if len(table.descriptions) >= table.limit:
        raise os_error(errno.EMFILE)
    table.opened.check_room()
    follow = not flags & O_NOFOLLOW and not (flags & O_CREAT and flags & O_EXCL)
    found = find(thread, directory, path, follow)
    if flags & O_PATH:
        description: FileDescription = open_path(found.existing(), flags)
    else:
        description = open_found(thread, found, flags, mode)
    description.nonblocking = description.nonblocking or bool(flags & O_NONBLOCK)
    try:
        return table.add(description, 0, bool(flags & O_CLOEXEC))
    except OSError:
        description.close()
        raise


def open_path(node: Node, flags: int) -> OpenPath:
    """O_PATH. OSError ENOTDIR."""
    if flags & O_DIRECTORY and not isinstance(node, Directory):
        raise os_error(errno.ENOTDIR)
    return OpenPath(node)


def open_found(thread: Thread, found: Found, flags: int, mode: int) -> FileDescription:
    """Open what a walk has found, or make it. OSError EEXIST, EISDIR, ELOOP, ENOTDIR, ENOENT, EACCES."""
    files = files_of(thread)
    node = found.node
    if node is None:
        if not flags & O_CREAT:
            raise os_error(errno.ENOENT)
        if found.as_directory:
            raise os_error(errno.EISDIR)
        node = files.add(found, RegularFile(files, mode & ~thread.process.umask))
    elif flags & O_CREAT and flags & O_EXCL:
        raise os_error(errno.EEXIST)
    elif flags & O_CREAT and isinstance(node, Directory):
        raise os_error(errno.EISDIR)
    if isinstance(node, Symlink):
        raise os_error(errno.ENOTDIR if flags & O_DIRECTORY else errno.ELOOP)
    if isinstance(node, Directory):
        if flags & O_ACCMODE != O_RDONLY or flags & O_TRUNC:
            raise os_error(errno.EISDIR)
    elif flags & O_DIRECTORY:
        raise os_error(errno.ENOTDIR)
    return node.open(thread, flags)


def openat(thread: Thread, directory: int, path: int, flags: int, mode: int) -> int:
    """openat(2)"""
    return open_file(thread, directory, read_path(thread, path), flags & 0xFFFFFFFF, mode & 0o7777)


def open_(thread: Thread, path: int, flags: int, mode: int) -> int:
    """open(2)"""
    return openat(thread, AT_FDCWD, path, flags, mode)


def creat(thread: Thread, path: int, mode: int) -> int:
    """creat(2)"""
    return openat(thread, AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode)


def close(thread: Thread, fd: int) -> int:
    """close(2)"""
    release_ranges(thread.process, table_of(thread).get(signed32(fd)))
    thread.process.sockets.close(signed32(fd))
    return 0


def close_range(thread: Thread, first: int, last: int, flags: int) -> int:
    """close_range(2)"""
    first, last, flags = first & 0xFFFFFFFF, last & 0xFFFFFFFF, flags & 0xFFFFFFFF
    if flags & ~6 or first > last:
        raise os_error(errno.EINVAL)
    table = table_of(thread)
    if flags & 4:
        table.close_on_exec.update([fd for fd in table.descriptions if first <= fd <= last])
    else:
        table.close_range(first, last)
        thread.process.stack.leave()
    return 0


# Attributes.


def stat_of(node: Node) -> tuple[int, ...]:
    """The fields of STAT for a node."""
    size = node.size()
    times: list[int] = []
    for time in (node.atime, node.mtime, node.ctime):
        times += [time // SECOND, time % SECOND * 1000]
    blocks = -(-size // 512) if node.mode & S_IFMT == S_IFREG else 0
    return (DEVICE, node.ino, node.nlink, node.mode, node.uid, node.gid, node.rdev, size, BLOCK, blocks, *times)


def stat_of_description(thread: Thread, description: FileDescription) -> tuple[int, ...]:
    """The fields of STAT for what a descriptor refers to; pipes and sockets have no name and no size."""
    node = getattr(description, "node", None)
    if isinstance(node, Node):
        return stat_of(node)
    if not description.ino:
        description.ino = files_of(thread).new_ino()
    mode = description.file_type | (0o600 if description.file_type in (S_IFIFO, 0) else 0o777)
    return (NO_DEVICE, description.ino, 1, mode, 0, 0, 0, 0, BLOCK, 0, 0, 0, 0, 0, 0, 0)


def stat_fields(thread: Thread, directory: int, address: int, flags: int) -> tuple[int, ...]:
    """The fields of STAT for fstatat's arguments."""
    path = read_path(thread, address) if address or not flags & AT_EMPTY_PATH else ""
    if not path and flags & AT_EMPTY_PATH:
        if signed32(directory) == AT_FDCWD:
            return stat_of(thread.process.cwd)
        return stat_of_description(thread, table_of(thread).get(signed32(directory)))
    return stat_of(find(thread, directory, path, not flags & AT_SYMLINK_NOFOLLOW).existing())


def fstat(thread: Thread, fd: int, address: int) -> int:
    """fstat(2)"""
    thread.space.write(address, STAT.pack(*stat_of_description(thread, table_of(thread).get(signed32(fd)))))
    return 0


def newfstatat(thread: Thread, directory: int, path: int, address: int, flags: int) -> int:
    """newfstatat(2), which fstatat(3) is."""
    if flags & 0xFFFFFFFF & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH):
        raise os_error(errno.EINVAL)
    thread.space.write(address, STAT.pack(*stat_fields(thread, directory, path, flags)))
    return 0


def stat(thread: Thread, path: int, address: int) -> int:
    """stat(2)"""
    return newfstatat(thread, AT_FDCWD, path, address, 0)


def lstat(thread: Thread, path: int, address: int) -> int:
    """lstat(2)"""
    return newfstatat(thread, AT_FDCWD, path, address, AT_SYMLINK_NOFOLLOW)


def statx(thread: Thread, directory: int, path: int, flags: int, mask: int, address: int) -> int:
    """statx(2): the basic fields, whatever is asked for."""
    flags = flags & 0xFFFFFFFF
    known = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE
    if mask & 0x80000000 or flags & ~known or flags & AT_STATX_SYNC_TYPE == AT_STATX_SYNC_TYPE:
        raise os_error(errno.EINVAL)
    fields = stat_fields(thread, directory, path, flags)
    dev, ino, nlink, mode, uid, gid, rdev, size, block, blocks = fields[:10]
    times = [STATX_TIME.pack(fields[at], fields[at + 1]) for at in (10, 12, 14)]
    head = STATX.pack(STATX_BASIC_STATS, block, 0, nlink, uid, gid, mode, ino, size, blocks, 0)
    numbers = b"".join([INT32.pack(number) for number in (rdev >> 8, rdev & 0xFF, dev >> 8, dev & 0xFF)])
    # Access, birth (not kept), change, modification.
    body = times[0] + bytes(16) + times[2] + times[1] + numbers
    thread.space.write(address, (head + body).ljust(256, b"\0"))
    return 0


def statfs_bytes(thread: Thread) -> bytes:
    """struct statfs of the one file system."""
    files = files_of(thread)
    total, free = files.limit // BLOCK, (files.limit - files.used) // BLOCK
    return STATFS.pack(TMPFS_MAGIC, BLOCK, total, free, free, fs.MAX_NODES, fs.MAX_NODES - files.nodes, 0, 255, BLOCK, 0)


def statfs(thread: Thread, path: int, address: int) -> int:
    """statfs(2)"""
    find_at(thread, AT_FDCWD, path).existing()
    thread.space.write(address, statfs_bytes(thread))
    return 0


def fstatfs(thread: Thread, fd: int, address: int) -> int:
    """fstatfs(2)"""
    table_of(thread).get(signed32(fd))
    thread.space.write(address, statfs_bytes(thread))
    return 0


def check_access(thread: Thread, directory: int, address: int, mode: int, flags: int) -> int:
    """access and faccessat: root may do all, but execute only what somebody may execute."""
    mode, flags = mode & 0xFFFFFFFF, flags & 0xFFFFFFFF
    if mode & ~7 or flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH):
        raise os_error(errno.EINVAL)
    fields = stat_fields(thread, directory, address, flags)
    if mode & 1 and fields[3] & S_IFMT == S_IFREG and not fields[3] & 0o111:
        raise os_error(errno.EACCES)
    return 0


def access(thread: Thread, path: int, mode: int) -> int:
    """access(2)"""
    return check_access(thread, AT_FDCWD, path, mode, 0)


def faccessat(thread: Thread, directory: int, path: int, mode: int) -> int:
    """faccessat(2), which has no flags."""
    return check_access(thread, directory, path, mode, 0)


def faccessat2(thread: Thread, directory: int, path: int, mode: int, flags: int) -> int:
    """faccessat2(2)"""
    return check_access(thread, directory, path, mode, flags)


def readlinkat(thread: Thread, directory: int, path: int, buffer: int, size: int) -> int:
    """readlinkat(2)"""
    size = signed32(size)
    if size <= 0:
        raise os_error(errno.EINVAL)
    text = read_path(thread, path)
    if text or signed32(directory) == AT_FDCWD:
        node: Node = find(thread, directory, text, False).existing()
    else:
        description = table_of(thread).get(signed32(directory))
        node = description.node if isinstance(description, OpenPath) else files_of(thread).root
    if not isinstance(node, Symlink):
        raise os_error(errno.EINVAL if text else errno.ENOENT)
    target = path_bytes(node.text())[:size]
    thread.space.write(buffer, target)
    return len(target)


def readlink(thread: Thread, path: int, buffer: int, size: int) -> int:
    """readlink(2)"""
    return readlinkat(thread, AT_FDCWD, path, buffer, size)


def set_mode(node: Node, mode: int) -> None:
    """chmod's work."""
    node.mode = node.mode & S_IFMT | mode & 0o7777
    node.ctime = node.files.clock()


def fchmodat(thread: Thread, directory: int, path: int, mode: int) -> int:
    """fchmodat(2), which has no flags."""
    set_mode(find_at(thread, directory, path).existing(), mode)
    return 0


def chmod(thread: Thread, path: int, mode: int) -> int:
    """chmod(2)"""
    return fchmodat(thread, AT_FDCWD, path, mode)


def node_of(thread: Thread, fd: int) -> Node:
    """The node behind a descriptor. OSError EBADF; EINVAL for a pipe or socket, EBADF for O_PATH."""
    description = table_of(thread).get(signed32(fd))
    node = getattr(description, "node", None)
    if isinstance(description, OpenPath):
        raise os_error(errno.EBADF)
    if not isinstance(node, Node):
        raise os_error(errno.EINVAL)
    return node


def fchmod(thread: Thread, fd: int, mode: int) -> int:
    """fchmod(2)"""
    set_mode(node_of(thread, fd), mode)
    return 0


def set_owner(node: Node, uid: int, gid: int) -> None:
    """chown's work; -1 leaves it. The set-user-ID and set-group-ID bits go, as Linux has it."""
    uid, gid = uid & 0xFFFFFFFF, gid & 0xFFFFFFFF
    if uid != 0xFFFFFFFF:
        node.uid = uid
    if gid != 0xFFFFFFFF:
        node.gid = gid
    if not isinstance(node, Directory):
        node.mode &= ~0o6000
    node.ctime = node.files.clock()


def fchownat(thread: Thread, directory: int, path: int, uid: int, gid: int, flags: int) -> int:
    """fchownat(2)"""
    if flags & 0xFFFFFFFF & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH):
        raise os_error(errno.EINVAL)
    set_owner(find_at(thread, directory, path, not flags & AT_SYMLINK_NOFOLLOW).existing(), uid, gid)
    return 0


def chown(thread: Thread, path: int, uid: int, gid: int) -> int:
    """chown(2)"""
    return fchownat(thread, AT_FDCWD, path, uid, gid, 0)


def lchown(thread: Thread, path: int, uid: int, gid: int) -> int:
    """lchown(2)"""
    return fchownat(thread, AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW)


def fchown(thread: Thread, fd: int, uid: int, gid: int) -> int:
    """fchown(2)"""
    set_owner(node_of(thread, fd), uid, gid)
    return 0


def utimensat(thread: Thread, directory: int, path: int, times: int, flags: int) -> int:
    """utimensat(2); without a path it is futimens(3)."""
    now = files_of(thread).clock()
    wanted: list[int] = [now, now]
    if times:
        for number in (0, 1):
            seconds, nanoseconds = read_struct(thread, times + 16 * number, TWO_LONGS)
            if nanoseconds in (UTIME_NOW, UTIME_OMIT):
                wanted[number] = now if nanoseconds == UTIME_NOW else -1
            elif not 0 <= nanoseconds < 1_000_000_000:
                raise os_error(errno.EINVAL)
            else:
                wanted[number] = seconds * SECOND + nanoseconds // 1000
    if flags & 0xFFFFFFFF & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH):
        raise os_error(errno.EINVAL)
    if path:
        node = find_at(thread, directory, path, not flags & AT_SYMLINK_NOFOLLOW).existing()
    elif signed32(directory) == AT_FDCWD:
        raise os_error(errno.EFAULT)
    else:
        node = node_of(thread, directory)
    if wanted[0] >= 0:
        node.atime = wanted[0]
    if wanted[1] >= 0:
        node.mtime = wanted[1]
    node.ctime = now
    return 0


def utime(thread: Thread, path: int, times: int) -> int:
    """utime(2)"""
    now = files_of(thread).clock()
    actime, modtime = [time * SECOND for time in read_struct(thread, times, TWO_LONGS)] if times else [now, now]
    node = find_at(thread, AT_FDCWD, path).existing()
    node.atime, node.mtime, node.ctime = actime, modtime, now
    return 0


def truncate(thread: Thread, path: int, length: int) -> int:
    """truncate(2)"""
    if length >> 63:
        raise os_error(errno.EINVAL)
    find_at(thread, AT_FDCWD, path).existing().truncate(length)
    return 0


def ftruncate(thread: Thread, fd: int, length: int) -> int:
    """ftruncate(2)"""
    if length >> 63:
        raise os_error(errno.EINVAL)
    description = table_of(thread).get(signed32(fd))
    if not isinstance(description, OpenFile) or isinstance(description, OpenDirectory) or description.status_flags & O_ACCMODE == O_RDONLY:
        raise os_error(errno.EBADF if isinstance(description, OpenPath) else errno.EINVAL)
    description.node.truncate(length)
    return 0


def fallocate(thread: Thread, fd: int, mode: int, offset: int, length: int) -> int:
    """fallocate(2): making a file longer; holes and the like are for file systems with blocks."""
    offset, length = signed64(offset), signed64(length)
    if offset < 0 or length <= 0:
        raise os_error(errno.EINVAL)
    description = table_of(thread).writable(signed32(fd))
    if mode & 0xFFFFFFFF & ~1:
        raise os_error(errno.EOPNOTSUPP)
    if not isinstance(description, OpenFile):
        raise os_error(errno.ESPIPE if description.file_type == S_IFIFO else errno.ENODEV)
    if not mode & 1 and offset + length > description.node.size():
        description.node.truncate(offset + length)
    return 0


def fsync(thread: Thread, fd: int) -> int:
    """fsync(2) and fdatasync(2): memory is where files stay. OSError EBADF, EINVAL for what is no file or directory."""
    if node_of(thread, fd).mode & S_IFMT not in (S_IFREG, S_IFDIR):
        raise os_error(errno.EINVAL)
    return 0


def sync_file_range(thread: Thread, fd: int, offset: int, length: int, flags: int) -> int:
    """sync_file_range(2)"""
    if signed64(offset) < 0 or signed64(offset + length) < 0 or flags & 0xFFFFFFFF & ~7:
        raise os_error(errno.EINVAL)
    return fsync(thread, fd)


def sync(thread: Thread) -> int:
    """sync(2)"""
    return 0


def fadvise64(thread: Thread, fd: int, offset: int, length: int, advice: int) -> int:
    """fadvise64(2): advice is taken and changes nothing."""
    if table_of(thread).get(signed32(fd)).file_type == S_IFIFO:
        raise os_error(errno.ESPIPE)
    if not 0 <= signed32(advice) <= 5:
        raise os_error(errno.EINVAL)
    return 0


def getxattr(thread: Thread, path: int, name: int, value: int, size: int) -> int:
    """getxattr(2): files here have no extended attributes. OSError EOPNOTSUPP, as on a file system without them."""
    find_at(thread, AT_FDCWD, path).existing()
    raise os_error(errno.EOPNOTSUPP)


def lgetxattr(thread: Thread, path: int, name: int, value: int, size: int) -> int:
    """lgetxattr(2)"""
    find_at(thread, AT_FDCWD, path, False).existing()
    raise os_error(errno.EOPNOTSUPP)


def fgetxattr(thread: Thread, fd: int, name: int, value: int, size: int) -> int:
    """fgetxattr(2)"""
    table_of(thread).get(signed32(fd))
    raise os_error(errno.EOPNOTSUPP)


def setxattr(thread: Thread, path: int, name: int, value: int, size: int, flags: int) -> int:
    """setxattr(2)"""
    return getxattr(thread, path, name, value, size)


def lsetxattr(thread: Thread, path: int, name: int, value: int, size: int, flags: int) -> int:
    """lsetxattr(2)"""
    return lgetxattr(thread, path, name, value, size)


def fsetxattr(thread: Thread, fd: int, name: int, value: int, size: int, flags: int) -> int:
    """fsetxattr(2)"""
    return fgetxattr(thread, fd, name, value, size)


def listxattr(thread: Thread, path: int, buffer: int, size: int) -> int:
    """listxattr(2): the empty list."""
    find_at(thread, AT_FDCWD, path).existing()
    return 0


def llistxattr(thread: Thread, path: int, buffer: int, size: int) -> int:
    """llistxattr(2)"""
    find_at(thread, AT_FDCWD, path, False).existing()
    return 0


def flistxattr(thread: Thread, fd: int, buffer: int, size: int) -> int:
    """flistxattr(2)"""
    table_of(thread).get(signed32(fd))
    return 0


# Making and taking names.


def mkdirat(thread: Thread, directory: int, path: int, mode: int) -> int:
    """mkdirat(2)"""
    files = files_of(thread)
    found = find_at(thread, directory, path, False)
    files.place(found, True)
    files.add(found, Directory(files, mode & 0o1777 & ~thread.process.umask))
    return 0


def mkdir(thread: Thread, path: int, mode: int) -> int:
    """mkdir(2)"""
    return mkdirat(thread, AT_FDCWD, path, mode)


def mknodat(thread: Thread, directory: int, path: int, mode: int, device: int) -> int:
    """mknodat(2): plain files and named pipes. OSError EPERM for devices, of which a program cannot make its own here."""
    kind = mode & S_IFMT
    found = find_at(thread, directory, path, False)
    files = files_of(thread)
    files.place(found)
    if kind in (S_IFCHR, S_IFBLK, S_IFDIR):
        raise os_error(errno.EPERM)
    if kind not in (0, S_IFREG, S_IFIFO):
        raise os_error(errno.EINVAL)
    mode &= ~thread.process.umask
    files.add(found, Fifo(files, mode) if kind == S_IFIFO else RegularFile(files, mode))
    return 0


def mknod(thread: Thread, path: int, mode: int, device: int) -> int:
    """mknod(2)"""
    return mknodat(thread, AT_FDCWD, path, mode, device)


def unlinkat(thread: Thread, directory: int, path: int, flags: int) -> int:
    """unlinkat(2)"""
    flags = flags & 0xFFFFFFFF
    if flags & ~AT_REMOVEDIR:
        raise os_error(errno.EINVAL)
    found = find_at(thread, directory, path, False)
    if flags:
        files_of(thread).remove_directory(found)
    elif found.as_directory and found.node is not None and not isinstance(found.node, Directory):
        raise os_error(errno.ENOTDIR)
    else:
        files_of(thread).remove(found)
    return 0


def unlink(thread: Thread, path: int) -> int:
    """unlink(2)"""
    return unlinkat(thread, AT_FDCWD, path, 0)


def rmdir(thread: Thread, path: int) -> int:
    """rmdir(2)"""
    return unlinkat(thread, AT_FDCWD, path, AT_REMOVEDIR)


def renameat2(thread: Thread, old_directory: int, old: int, new_directory: int, new: int, flags: int) -> int:
    """renameat2(2), without whiteouts."""
    flags = flags & 0xFFFFFFFF
    if flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) or flags == RENAME_NOREPLACE | RENAME_EXCHANGE:
        raise os_error(errno.EINVAL)
    source = find_at(thread, old_directory, old, False)
    target = find_at(thread, new_directory, new, False)
    if flags & RENAME_EXCHANGE:
        files_of(thread).exchange(source, target)
    else:
        files_of(thread).rename(source, target, not flags)
    return 0


def renameat(thread: Thread, old_directory: int, old: int, new_directory: int, new: int) -> int:
    """renameat(2)"""
    return renameat2(thread, old_directory, old, new_directory, new, 0)


def rename(thread: Thread, old: int, new: int) -> int:
    """rename(2)"""
    return renameat2(thread, AT_FDCWD, old, AT_FDCWD, new, 0)


def symlinkat(thread: Thread, target: int, directory: int, path: int) -> int:
    """symlinkat(2)"""
    text = read_path(thread, target)
    if not text:
        raise os_error(errno.ENOENT)
    files = files_of(thread)
    found = find_at(thread, directory, path, False)
    files.place(found)
    files.add(found, Symlink(files, text))
    return 0


def symlink(thread: Thread, target: int, path: int) -> int:
    """symlink(2)"""
    return symlinkat(thread, target, AT_FDCWD, path)


def linkat(thread: Thread, old_directory: int, old: int, new_directory: int, new: int, flags: int) -> int:
    """linkat(2)"""
    flags = flags & 0xFFFFFFFF
    if flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH):
        raise os_error(errno.EINVAL)
    node = find_at(thread, old_directory, old, bool(flags & AT_SYMLINK_FOLLOW)).existing()
    files_of(thread).hard_link(node, find_at(thread, new_directory, new, False))
    return 0


def link(thread: Thread, old: int, new: int) -> int:
    """link(2)"""
    return linkat(thread, AT_FDCWD, old, AT_FDCWD, new, 0)


def getdents64(thread: Thread, fd: int, buffer: int, size: int) -> int:
    """getdents64(2)"""
    description = table_of(thread).get(signed32(fd))
    if not isinstance(description, OpenDirectory):
        raise os_error(errno.EBADF if isinstance(description, OpenPath) else errno.ENOTDIR)
    room = size & 0xFFFFFFFF
    records: list[bytes] = []
    told = 0
    rest = description.rest()
    for name, node in rest:
        text = path_bytes(name) + b"\0"
        length = (DIRENT.size + len(text) + 7) & ~7
        if length > room:
            break
        room -= length
        told += 1
        records.append((DIRENT.pack(node.ino, description.position + told, length, (node.mode & S_IFMT) >> 12) + text).ljust(length, b"\0"))
    if rest and not records:
        raise os_error(errno.EINVAL)
    data = b"".join(records)
    thread.space.write(buffer, data)
    description.position += told
    return len(data)


def getcwd(thread: Thread, buffer: int, size: int) -> int:
    """getcwd(2): the length with its NUL."""
    cwd = thread.process.cwd
    if cwd.parent is None:
        raise os_error(errno.ENOENT)
    path = path_bytes(cwd.path()) + b"\0"
    if len(path) > size:
        raise os_error(errno.ERANGE)
    thread.space.write(buffer, path)
    return len(path)


def chdir(thread: Thread, path: int) -> int:
    """chdir(2)"""
    thread.process.cwd = files_of(thread).directory(find_at(thread, AT_FDCWD, path).existing())
    return 0


def fchdir(thread: Thread, fd: int) -> int:
    """fchdir(2)"""
    node = getattr(table_of(thread).get(signed32(fd)), "node", None)
    if not isinstance(node, Directory):
        raise os_error(errno.ENOTDIR)
    thread.process.cwd = node
    return 0


def umask(thread: Thread, mask: int) -> int:
    """umask(2)"""
    before, thread.process.umask = thread.process.umask, mask & 0o777
    return before


# Descriptors.


def dup(thread: Thread, fd: int) -> int:
    """dup(2)"""
    return table_of(thread).dup(signed32(fd))


def dup2(thread: Thread, fd: int, number: int) -> int:
    """dup2(2)"""
    result: int = table_of(thread).dup2(signed32(fd), signed32(number))
    thread.process.stack.leave()
    return result


def dup3(thread: Thread, fd: int, number: int, flags: int) -> int:
    """dup3(2)"""
    if flags & 0xFFFFFFFF & ~O_CLOEXEC:
        raise os_error(errno.EINVAL)
    result: int = table_of(thread).dup3(signed32(fd), signed32(number), bool(flags & O_CLOEXEC))
    thread.process.stack.leave()
    return result


def pipe2(thread: Thread, address: int, flags: int) -> int:
    """pipe2(2). O_DIRECT's packets are not for pipes here: a program that asks for them is told. OSError EINVAL, EFAULT, EMFILE."""
    flags &= 0xFFFFFFFF
    if flags & ~(O_CLOEXEC | O_NONBLOCK):
        raise os_error(errno.EINVAL)
    table = table_of(thread)
    numbers: list[int] = []
    try:
        for end in make_pipe(table.opened):
            end.nonblocking = bool(flags & O_NONBLOCK)
            numbers.append(table.add(end, 0, bool(flags & O_CLOEXEC)))
        thread.space.write(address, b"".join([INT32.pack(number) for number in numbers]))
    except OSError:
        for number in numbers:
            table.close(number)
        raise
    return 0


def pipe_(thread: Thread, address: int) -> int:
    """pipe(2)"""
    return pipe2(thread, address, 0)


def fcntl(thread: Thread, fd: int, command: int, argument: int) -> int:
    """fcntl(2)"""
    table = table_of(thread)
    fd, command = signed32(fd), signed32(command)
    description = table.get(fd)
    if command in (F_DUPFD, F_DUPFD_CLOEXEC):
        return table.dup(fd, signed32(argument), command == F_DUPFD_CLOEXEC)
    if command == F_GETFD:
        return FD_CLOEXEC if fd in table.close_on_exec else 0
    if command == F_SETFD:
        if argument & FD_CLOEXEC:
            table.close_on_exec.add(fd)
        else:
            table.close_on_exec.discard(fd)
        return 0
    if command == F_GETFL:
        return description.get_flags()
    if isinstance(description, OpenPath):
        raise os_error(errno.EBADF)
    if command == F_SETFL:
        description.set_flags(argument & 0xFFFFFFFF)
        return 0
    if command in (F_GETLK, F_SETLK, F_SETLKW):
        return record_lock(thread, description, command, argument)
    if command in (F_SETPIPE_SZ, F_GETPIPE_SZ):
        return pipe_size(description, command, argument & 0xFFFFFFFF)
    raise os_error(errno.EINVAL)


def pipe_size(description: FileDescription, command: int, size: int) -> int:
    """F_GETPIPE_SZ and F_SETPIPE_SZ. OSError EBADF for what is no pipe."""
    end: Any = getattr(description, "pipe", None)
    if end is None:
        raise os_error(errno.EBADF)
    result: int = end.capacity if command == F_GETPIPE_SZ else end.resize(size)
    return result


def ioctl(thread: Thread, fd: int, request: int, argument: int) -> int:
    """ioctl(2): what every descriptor knows; the rest is asked of the description, which may read and write the program's memory."""
    table = table_of(thread)
    fd, request = signed32(fd), request & 0xFFFFFFFF
    description = table.get(fd)
    if isinstance(description, OpenPath):
        raise os_error(errno.EBADF)
    if request == FIOCLEX:
        table.close_on_exec.add(fd)
        return 0
    if request == FIONCLEX:
        table.close_on_exec.discard(fd)
        return 0
    if request == FIONBIO:
        description.nonblocking = read_struct(thread, argument, INT32)[0] != 0
        return 0
    with_memory = getattr(description, "ioctl_memory", None)
    if with_memory is not None:
        result: int = with_memory(thread, request, argument)
        return result
    if request == FIONREAD:
        if isinstance(description, OpenFile) and not isinstance(description.node, RegularFile):
            raise os_error(errno.ENOTTY)
        count = description.node.size() - description.position if isinstance(description, OpenFile) else description.ioctl(FIONREAD)
        thread.space.write(argument, INT32.pack(min(max(count, 0), 0x7FFFFFFF)))
        return 0
    return description.ioctl(request, argument)


CALLS = {
    "read": read,
    "readv": readv,
    "write": write,
    "writev": writev,
    "pread64": pread64,
    "preadv": preadv,
    "pwrite64": pwrite64,
    "pwritev": pwritev,
    "lseek": lseek,
    "sendfile": sendfile,
    "copy_file_range": copy_file_range,
    "splice": splice,
    "tee": tee,
    "vmsplice": vmsplice,
    "openat": openat,
    "open": open_,
    "creat": creat,
    "close": close,
    "close_range": close_range,
    "fstat": fstat,
    "newfstatat": newfstatat,
    "stat": stat,
    "lstat": lstat,
    "statx": statx,
    "statfs": statfs,
    "fstatfs": fstatfs,
    "access": access,
    "faccessat": faccessat,
    "faccessat2": faccessat2,
    "readlink": readlink,
    "readlinkat": readlinkat,
    "chmod": chmod,
    "fchmod": fchmod,
    "fchmodat": fchmodat,
    "chown": chown,
    "lchown": lchown,
    "fchown": fchown,
    "fchownat": fchownat,
    "getxattr": getxattr,
    "lgetxattr": lgetxattr,
    "fgetxattr": fgetxattr,
    "setxattr": setxattr,
    "lsetxattr": lsetxattr,
    "fsetxattr": fsetxattr,
    "listxattr": listxattr,
    "llistxattr": llistxattr,
    "flistxattr": flistxattr,
    "utimensat": utimensat,
    "utime": utime,
    "truncate": truncate,
    "ftruncate": ftruncate,
    "fallocate": fallocate,
    "fsync": fsync,
    "fdatasync": fsync,
    "sync": sync,
    "sync_file_range": sync_file_range,
    "syncfs": fsync,
    "fadvise64": fadvise64,
    "mkdir": mkdir,
    "mkdirat": mkdirat,
    "mknod": mknod,
    "mknodat": mknodat,
    "unlink": unlink,
    "unlinkat": unlinkat,
    "rmdir": rmdir,
    "rename": rename,
    "renameat": renameat,
    "renameat2": renameat2,
    "symlink": symlink,
    "symlinkat": symlinkat,
    "link": link,
    "linkat": linkat,
    "getdents64": getdents64,
    "getcwd": getcwd,
    "chdir": chdir,
    "fchdir": fchdir,
    "umask": umask,
    "pipe": pipe_,
    "pipe2": pipe2,
    "dup": dup,
    "dup2": dup2,
    "dup3": dup3,
    "fcntl": fcntl,
    "ioctl": ioctl,
}
