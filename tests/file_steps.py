"""System calls on files in a row, as a program makes them in an empty file system, and what Linux answered (tests/file_answers.py, by tests/peers/record_files.py).

A step is (name, arguments): an int, bytes for a string in memory, or an Out for memory that the call fills. Descriptors start at 0.
"""

from __future__ import annotations

from struct import pack, unpack_from
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

AT_FDCWD = -100
O_WRONLY = 1
O_RDWR = 2
O_CREAT = 0o100
O_EXCL = 0o200
O_TRUNC = 0o1000
O_APPEND = 0o2000
O_NONBLOCK = 0o4000
O_DIRECTORY = 0o200000
O_NOFOLLOW = 0o400000
O_CLOEXEC = 0o2000000
O_PATH = 0o10000000
BAD = 8


class Out:
    """Memory for the call to fill. kind: "data" (as many bytes as the result says), "stat", "dents", "words" (all of it)."""

    def __init__(self, kind: str, size: int = 144) -> None:
        self.kind = kind
        self.size = size

    def told(self, content: bytes, result: int) -> Any:
        """What of it is compared."""
        if result < 0:
            return None
        if self.kind == "data":
            return content[:result]
        if self.kind == "stat":
            nlink, mode = unpack_from("<QI", content, 16)
            size = unpack_from("<q", content, 48)[0]
            return oct(mode), nlink, size if mode >> 12 in (8, 10) else 0
        if self.kind == "dents":
            return sorted(entries(content[:result]))
        return content


def entries(content: bytes) -> list[tuple[bytes, int]]:
    """(name, type) of each linux_dirent64."""
    found = []
    at = 0
    while at < len(content):
        length, kind = unpack_from("<HB", content, at + 16)
        found.append((content[at + 19 : at + length].partition(b"\0")[0], kind))
        at += length
    return found


def iovec(*lengths: int) -> bytes:
    """An iovec whose bases are NULL: only lengths that are refused or zero are of use."""
    return b"".join([pack("<QQ", 0, length) for length in lengths])


STAT = Out("stat")
ROOM = Out("data", 64)
DENTS = Out("dents", 1024)
LONG_NAME = b"n" * 255
TOO_LONG = b"n" * 256
LONG_PATH = b"/" + b"p/" * 2047 + b"x"
FLOCK_WRITE = pack("<hh4xqqi4x", 1, 0, 0, 0, 0)
FLOCK_READ = pack("<hh4xqqi4x", 0, 0, 10, 5, 0)

STEPS: list[tuple[Any, ...]] = [
    # Opening and making.
    ("open", b"/none", 0, 0),
    ("open", b"", O_CREAT, 0o644),
    ("open", BAD, 0, 0),
    ("open", b"/a", O_CREAT | O_RDWR | O_EXCL, 0o666),
    ("dup2", 0, 1),
    ("dup2", 0, 2),
    ("open", b"/a", O_CREAT | O_RDWR | O_EXCL, 0o666),
    ("open", b"/a/", 0, 0),
    ("open", b"/a/b", O_CREAT, 0o644),
    ("open", b"/d", O_DIRECTORY, 0),
    ("open", b"/new/", O_CREAT | O_RDWR, 0o644),
    ("open", b"/" + TOO_LONG, O_CREAT, 0o644),
    ("open", LONG_PATH, O_CREAT, 0o644),
    ("mkdir", b"/d", 0o777),
    ("mkdir", b"/d", 0o777),
    ("mkdir", b"/d/", 0o777),
    ("mkdir", b"/x/y", 0o777),
    ("mkdir", b"/a/y", 0o777),
    ("mkdir", b"/", 0o777),
    ("mkdir", b"/d/.", 0o777),
    ("mkdir", b"/d/..", 0o777),
    ("mkdir", b"/d/e/", 0o700),
    ("mkdir", b"", 0o700),
    ("open", b"/d", O_RDWR, 0),
    ("open", b"/d", O_CREAT, 0o644),
    ("open", b"/d", O_WRONLY | O_TRUNC, 0),
    ("open", b"/a", O_DIRECTORY, 0),
    ("open", b"/d", O_DIRECTORY | O_CREAT, 0o644),
    # Reading, writing, positions.
    ("write", 0, b"hello", 5),
    ("write", 0, BAD, 5),
    ("write", 0, b"", 0),
    ("read", 0, ROOM, 10),
    ("lseek", 0, 1, 0),
    ("read", 0, ROOM, 10),
    ("lseek", 0, -6, 2),
    ("lseek", 0, -5, 2),
    ("lseek", 0, 3, 1),
    ("lseek", 0, 0, 5),
    ("lseek", 0, 0, 3),
    ("lseek", 0, 2, 4),
    ("lseek", 0, 5, 3),
    ("lseek", 9, 0, 0),
    ("pread64", 0, ROOM, 3, 1),
    ("pread64", 0, ROOM, 3, -1),
    ("pread64", 0, ROOM, 3, 100),
    ("pwrite64", 0, b"HE", 2, 0),
    ("pwrite64", 0, b"HE", 2, -5),
    ("lseek", 0, 0, 1),
    ("pwrite64", 0, b"end", 3, 8),
    ("pread64", 0, ROOM, 20, 0),
    ("fstat", 0, STAT),
    ("read", 0, BAD, 4),
    ("read", 7, ROOM, 4),
    ("write", 7, b"x", 1),
    ("readv", 0, iovec(0, 0), 2),
    ("readv", 0, iovec(0), 0),
    ("readv", 0, iovec(0), -1),
    ("readv", 0, iovec(0), 1025),
    ("readv", 0, BAD, 1),
    ("writev", 0, iovec(1 << 63), 1),
    ("writev", 0, iovec(0), 1),
    ("preadv", 0, iovec(0), 1, -1, 0),
    ("open", b"/a", O_WRONLY | O_APPEND, 0),
    ("write", 3, b"!", 1),
    ("lseek", 3, 0, 1),
    ("pwrite64", 3, b"?", 1, 0),
    ("read", 3, ROOM, 1),
    ("fstat", 3, STAT),
    ("open", b"/a", 0, 0),
    ("write", 4, b"x", 1),
    ("ftruncate", 4, 3),
    ("ftruncate", 0, -1),
    ("ftruncate", 0, 6),
    ("ftruncate", 0, 8),
    ("pread64", 0, ROOM, 20, 0),
    ("truncate", b"/a", 4),
    ("truncate", b"/d", 4),
    ("truncate", b"/none", 4),
    ("truncate", b"/a", -4),
    ("fallocate", 0, 0, 0, 10),
    ("fallocate", 0, 0, 0, 0),
    ("fallocate", 4, 0, 0, 10),
    ("stat", b"/a", STAT),
    # Descriptors.
    ("dup", 0),
    ("dup", 77),
    ("dup2", 0, 0),
    ("dup2", 77, 77),
    ("dup2", 0, -1),
    ("dup2", 0, 100000),
    ("dup2", 0, 20),
    ("dup3", 0, 0, 0),
    ("dup3", 0, 21, O_CLOEXEC),
    ("dup3", 0, 21, 4),
    ("dup3", 77, 77, 0),
    ("fcntl", 21, 1, 0),
    ("fcntl", 20, 1, 0),
    ("fcntl", 20, 2, 1),
    ("fcntl", 20, 1, 0),
    ("fcntl", 3, 3, 0),
    ("fcntl", 3, 4, O_NONBLOCK),
    ("fcntl", 3, 3, 0),
    ("fcntl", 0, 0, 30),
    ("fcntl", 0, 0, -1),
    ("fcntl", 0, 0, 200000),
    ("fcntl", 0, 1030, 30),
    ("fcntl", 0, 1031, 4096),
    ("fcntl", 0, 1032, 0),
    ("fcntl", 77, 1, 0),
    ("fcntl", 0, 6, FLOCK_WRITE),
    ("fcntl", 4, 6, FLOCK_WRITE),
    ("fcntl", 4, 6, FLOCK_READ),
    ("fcntl", 3, 6, FLOCK_READ),
    ("fcntl", 0, 6, pack("<hh4xqqi4x", 5, 0, 0, 0, 0)),
    ("fcntl", 0, 6, pack("<hh4xqqi4x", 1, 7, 0, 0, 0)),
    ("fcntl", 0, 6, pack("<hh4xqqi4x", 1, 0, -5, 0, 0)),
    ("flock", 0, 2 | 4),
    ("flock", 4, 2 | 4),
    ("flock", 4, 1 | 4),
    ("flock", 0, 8),
    ("flock", 4, 1 | 4),
    ("flock", 0, 1 | 4),
    ("flock", 0, 2 | 4),
    ("flock", 0, 3),
    ("flock", 77, 2),
    ("close", 20),
    ("close", 20),
    ("close", -1),
    ("close_range", 30, 40, 0),
    ("close_range", 40, 30, 0),
    ("close_range", 0, 1, 8),
    ("ioctl", 0, 0x5413, Out("words", 8)),
    ("ioctl", 0, 0x541B, Out("words", 4)),
    ("ioctl", 0, 0x5401, Out("words", 8)),
    ("ioctl", 77, 0x5401, Out("words", 8)),
    # Names.
    ("access", b"/a", 0),
    ("access", b"/a", 1),
    ("access", b"/a", 6),
    ("access", b"/a", 8),
    ("access", b"/none", 0),
    ("access", b"/a/x", 0),
    ("chmod", b"/a", 0o755),
    ("access", b"/a", 1),
    ("fchmod", 4, 0o4711),
    ("stat", b"/a", STAT),
    ("chown", b"/a", 5, -1),
    ("stat", b"/a", STAT),
    ("chown", b"/none", 0, 0),
    ("symlink", b"/a", b"/link"),
    ("symlink", b"/a", b"/link"),
    ("symlink", b"", b"/empty"),
    ("symlink", b"loop", b"/loop"),
    ("symlink", b"d", b"/dlink"),
    ("symlink", b"/nowhere", b"/dangling"),
    ("readlink", b"/link", ROOM, 64),
    ("readlink", b"/link", ROOM, 1),
    ("readlink", b"/link", ROOM, 0),
    ("readlink", b"/link", ROOM, -1),
    ("readlink", b"/a", ROOM, 64),
    ("readlink", b"/none", ROOM, 64),
    ("readlink", b"/link/", ROOM, 64),
    ("lstat", b"/link", STAT),
    ("stat", b"/link", STAT),
    ("stat", b"/loop", STAT),
    ("stat", b"/dangling", STAT),
    ("lstat", b"/dlink/", STAT),
    ("lstat", b"/dlink", STAT),
    ("open", b"/loop", 0, 0),
    ("open", b"/link", O_NOFOLLOW, 0),
    ("open", b"/dlink", O_NOFOLLOW | O_DIRECTORY, 0),
    ("open", b"/dangling", 0, 0),
    ("open", b"/dangling", O_CREAT | O_EXCL | O_RDWR, 0o644),
    ("open", b"/dangling", O_CREAT | O_RDWR, 0o640),
    ("close", 6),
    ("stat", b"/nowhere", STAT),
    ("unlink", b"/nowhere"),
    ("mkdir", b"/dangling", 0o755),
    ("stat", b"/dlink/e", STAT),
    ("stat", b"/d/e/../../dlink/./e//", STAT),
    ("stat", b"/a/..", STAT),
    ("stat", b"/d/none/..", STAT),
    ("link", b"/a", b"/b"),
    ("link", b"/a", b"/b"),
    ("link", b"/d", b"/dd"),
    ("link", b"/none", b"/c"),
    ("link", b"/link", b"/linklink"),
    ("link", b"/a", b"/c/"),
    ("lstat", b"/linklink", STAT),
    ("stat", b"/b", STAT),
    ("unlink", b"/none"),
    ("unlink", b"/d"),
    ("unlink", b"/a/"),
    ("unlink", b"/d/"),
    ("unlink", b"/"),
    ("unlink", b"/d/."),
    ("unlink", b"/linklink"),
    ("rmdir", b"/d"),
    ("rmdir", b"/a"),
    ("rmdir", b"/none"),
    ("rmdir", b"/"),
    ("rmdir", b"/d/."),
    ("rmdir", b"/d/e/.."),
    ("rmdir", b"/dlink"),
    ("unlinkat", AT_FDCWD, b"/d/e", 0x400),
    ("rename", b"/none", b"/x"),
    ("rename", b"/a", b"/a"),
    ("rename", b"/a", b"/b"),
    ("rename", b"/a", b"/d"),
    ("rename", b"/d", b"/a"),
    ("rename", b"/d", b"/d/e/f"),
    ("rename", b"/d", b"/d/e"),
    ("rename", b"/d/e", b"/d"),
    ("rename", b"/a", b"/f/"),
    ("rename", b"/a/", b"/f"),
    ("rename", b"/d", b"/g/"),
    ("rename", b"/g", b"/d"),
    ("rename", b"/d/.", b"/h"),
    ("rename", b"/a", b"/none/x"),
    ("renameat2", AT_FDCWD, b"/a", AT_FDCWD, b"/b", 1),
    ("renameat2", AT_FDCWD, b"/a", AT_FDCWD, b"/b", 64),
    ("mkdir", b"/empty", 0o755),
    ("rename", b"/d/e", b"/empty"),
    ("rename", b"/empty", b"/d/e"),
    ("rename", b"/a", b"/d/moved"),
    ("stat", b"/d/moved", STAT),
    ("rename", b"/link", b"/b"),
    ("lstat", b"/b", STAT),
    # Directories.
    ("open", b"/d", O_DIRECTORY, 0),
    ("getdents64", 6, DENTS, 1024),
    ("getdents64", 6, DENTS, 1024),
    ("lseek", 6, 0, 0),
    ("getdents64", 6, DENTS, 10),
    ("getdents64", 6, DENTS, 24),
    ("getdents64", 0, DENTS, 1024),
    ("getdents64", 77, DENTS, 1024),
    ("read", 6, ROOM, 10),
    ("openat", 6, b"moved", 0, 0),
    ("openat", 0, b"moved", 0, 0),
    ("openat", 77, b"moved", 0, 0),
    ("openat", 77, b"/d/moved", 0, 0),
    ("mkdirat", 6, b"sub", 0o755),
    ("newfstatat", 6, b"sub", STAT, 0),
    ("newfstatat", 6, b"", STAT, 0),
    ("newfstatat", 6, b"", STAT, 0x1000),
    ("newfstatat", 6, b"sub", STAT, 4),
    ("faccessat", 6, b"sub", 0),
    ("unlinkat", 6, b"sub", 0),
    ("unlinkat", 6, b"sub", 0x200),
    ("getcwd", ROOM, 64),
    ("chdir", b"/d/e"),
    ("getcwd", ROOM, 64),
    ("getcwd", ROOM, 4),
    ("getcwd", ROOM, 5),
    ("chdir", b"/d/moved"),
    ("chdir", b"/none"),
    ("fchdir", 6),
    ("fchdir", 0),
    ("getcwd", ROOM, 64),
    ("stat", b"..", STAT),
    ("stat", b"e", STAT),
    ("chdir", b"e"),
    ("rmdir", b"/d/e"),
    ("getcwd", ROOM, 64),
    ("open", b"x", O_CREAT | O_RDWR, 0o644),
    ("stat", b".", STAT),
    ("chdir", b"/"),
    ("umask", 0o77),
    ("mkdir", b"/private", 0o7777),
    ("stat", b"/private", STAT),
    ("open", b"/masked", O_CREAT, 0o7777),
    ("stat", b"/masked", STAT),
    ("umask", 0o22),
    # A place alone.
    ("open", b"/d", O_PATH, 0),
    ("read", 10, ROOM, 4),
    ("fstat", 10, STAT),
    ("openat", 10, b"moved", 0, 0),
    ("fchmod", 10, 0o700),
    ("fcntl", 10, 3, 0),
    ("ioctl", 10, 0x541B, Out("words", 4)),
    ("getdents64", 10, DENTS, 1024),
    ("fchdir", 10),
    ("chdir", b"/"),
    # Copies and the rest.
    ("open", b"/copy", O_CREAT | O_RDWR, 0o644),
    ("lseek", 0, 0, 0),
    ("sendfile", 12, 0, 0, 100),
    ("lseek", 0, 0, 1),
    ("sendfile", 12, 0, pack("<q", 2), 4),
    ("sendfile", 12, 0, pack("<q", -2), 4),
    ("sendfile", 12, 6, 0, 4),
    ("sendfile", 4, 0, 0, 4),
    ("sendfile", 3, 0, 0, 4),
    ("pread64", 12, ROOM, 64, 0),
    ("copy_file_range", 0, pack("<q", 0), 12, pack("<q", 1), 3, 0),
    ("copy_file_range", 0, 0, 12, 0, 3, 1),
    ("copy_file_range", 0, 0, 6, 0, 3, 0),
    ("copy_file_range", 0, 0, 3, 0, 3, 0),
    ("copy_file_range", 0, pack("<q", 0), 0, pack("<q", 2), 3, 0),
    ("copy_file_range", 0, pack("<q", 0), 0, pack("<q", 20), 3, 0),
    ("copy_file_range", 4, 0, 12, pack("<q", 100), 3, 0),
    ("copy_file_range", 12, 0, 4, 0, 3, 0),
    ("open", b"/d", O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0),
    ("fcntl", 13, 3, 0),
    ("pread64", 12, ROOM, 64, 0),
    ("fsync", 0),
    ("fsync", 77),
    ("fadvise64", 0, 0, 0, 3),
    ("fadvise64", 0, 0, 0, 9),
    ("utimensat", AT_FDCWD, b"/copy", pack("<qqqq", 1, 2, 3, 1_000_000_000), 0),
    ("utimensat", AT_FDCWD, b"/copy", 0, 4),
    ("utimensat", AT_FDCWD, 0, 0, 0),
    ("utimensat", 77, 0, 0, 0),
    ("mknod", b"/plain", 0o100600, 0),
    ("mknod", b"/plain", 0o100600, 0),
    ("mknod", b"/odd", 0o150600, 0),
    ("open", b"/" + LONG_NAME, O_CREAT, 0o644),
    ("unlink", b"/" + LONG_NAME),
    ("statx", AT_FDCWD, b"/copy", 0, 0x7FF, Out("words", 0)),
    ("statx", AT_FDCWD, b"/copy", 0x6000, 0x7FF, Out("words", 0)),
    ("statx", AT_FDCWD, b"/copy", 0, 0x80000000, Out("words", 0)),
]
