"""The file system in memory: directories, files, links, and the walk along a path (POSIX.1-2017 XBD 4.13), as root sees it.

A Node is what a name refers to; opening it gives a FileDescription. Names are str with one character a byte (abi.path_text), so that any bytes are a
name. Devices and /proc are Nodes of other classes (devices.py, procfs.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.abi import NAME_MAX, PATH_MAX
from pynet.posix.description import O_ACCMODE, O_APPEND, O_RDONLY, O_RDWR, O_WRONLY, S_IFSOCK, FileDescription
from pynet.readiness import POLLIN, POLLOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.frame import Octets

S_IFMT = 0o170000
S_IFLNK = 0o120000
S_IFREG = 0o100000
S_IFBLK = 0o060000
S_IFDIR = 0o040000
S_IFCHR = 0o020000

O_CREAT = 0o100
O_EXCL = 0o200
O_NOCTTY = 0o400
O_TRUNC = 0o1000
O_DIRECTORY = 0o200000
O_NOFOLLOW = 0o400000
O_PATH = 0o10000000
O_LARGEFILE = 0o100000
# What open(2) does with the file and F_GETFL does not tell: O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC, O_CLOEXEC; O_NONBLOCK is kept apart.
O_FORGOTTEN = O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | 0o2000000 | 0o4000

SEEK_SET = 0
SEEK_CUR = 1
SEEK_END = 2
SEEK_DATA = 3
SEEK_HOLE = 4

# Links followed in one walk; ELOOP beyond (Linux's number).
MAX_LINKS = 40
# Files, directories and links in all; ENOSPC beyond.
MAX_NODES = 16384
# Names of one file.
MAX_HARD_LINKS = 65000
# What a node costs beside its content, for the limit on memory.
NODE_COST = 512
# The largest offset.
MAX_OFFSET = 0x7FFFFFFFFFFFFFFF


class Node:
    """A file of some kind. mode: type and permissions. Times are microseconds of wall time.

    parent, name: where it was linked last, from which `path` tells its name; parent is None once the last link is gone.
    """

    def __init__(self, files: FileSystem, mode: int) -> None:
        self.files = files
        self.ino = files.new_ino()
        self.mode = mode
        self.uid = 0
        self.gid = 0
        self.nlink = 1
        self.atime = self.mtime = self.ctime = files.clock()
        self.parent: Directory | None = None
        self.name = ""
        self.rdev = 0
        # pynet.posix.locks.FileLocks, once somebody locked something.
        self.locks: Any = None

    def size(self) -> int:
        """st_size"""
        return 0

    def open(self, opener: Any, flags: int) -> FileDescription:
        """A description of this, for the thread `opener`. OSError."""
        raise os_error(errno.ENXIO)

    def truncate(self, length: int) -> None:
        """Set the size. OSError EINVAL."""
        raise os_error(errno.EINVAL)

    def path(self) -> str:
        """Its name from the root. " (deleted)" stands behind one that has none any more, as on Linux."""
        parts: list[str] = []
        node: Node = self
        while node.parent is not None and node is not node.files.root:
            parts.append(node.name)
            node = node.parent
        if node is not node.files.root and not parts:
            return "/" + self.name + " (deleted)"
        return "/" + "/".join(reversed(parts))

    def touch(self) -> None:
        """The content has changed."""
        self.mtime = self.ctime = self.files.clock()

    def forgotten(self) -> None:
        """No name and no description refers to it any more."""


class RegularFile(Node):
    """A file of bytes. Its bytes count against the file system's limit as long as a name or a description refers to it."""

    def __init__(self, files: FileSystem, mode: int) -> None:
        super().__init__(files, S_IFREG | mode & 0o7777)
        self.data = bytearray()
        self.opens = 0

    def size(self) -> int:
        return len(self.data)

    def content(self) -> bytes:
        """All of it."""
        return bytes(self.data)

    def open(self, opener: Any, flags: int) -> FileDescription:
        if flags & O_TRUNC and flags & O_ACCMODE != O_RDONLY:
            self.truncate(0)
        self.opens += 1
        return OpenFile(self, flags)

    def read_at(self, at: int, count: int) -> bytes:
        """At most `count` bytes from `at` on."""
        return bytes(self.data[at : at + count])

    def write_at(self, at: int, data: Octets) -> int:
        """Lay `data` at `at`; a gap before it is zeros. OSError ENOSPC, EFBIG."""
        count = len(data)
        if count == 0:
            return 0
        if at + count > len(self.data):
            self.files.charge(at + count - len(self.data))
            if at > len(self.data):
                self.data += bytes(at - len(self.data))
        self.data[at : at + count] = data
        self.touch()
        return count

    def truncate(self, length: int) -> None:
        """Set the size; what is added is zeros. OSError ENOSPC."""
        self.files.charge(length - len(self.data))
        if length < len(self.data):
            del self.data[length:]
        else:
            self.data += bytes(length - len(self.data))
        self.touch()

    def forgotten(self) -> None:
        if self.nlink == 0 and self.opens == 0:
            self.files.charge(-len(self.data))
            self.data = bytearray()


class ZeroDevice(Node):
    """What mmap takes for memory without a file (/dev/zero); devices.py makes it."""


class SocketNode(Node):
    """The name of an AF_UNIX socket, which outlives it."""

    def __init__(self, files: FileSystem, mode: int, socket: Any) -> None:
        super().__init__(files, S_IFSOCK | mode & 0o777)
        self.socket = socket


class Symlink(Node):
    """A symbolic link. A link of /proc may know its node directly."""

    def __init__(self, files: FileSystem, target: str) -> None:
        super().__init__(files, S_IFLNK | 0o777)
        self.target = target

    def size(self) -> int:
        return len(self.target)

    def text(self) -> str:
        """What readlink gives."""
        return self.target

    def jump(self) -> Node | None:
        """The node itself, where the text is but a description of it."""
        return None


class Directory(Node):
    """Names. In a directory whose names the kernel makes up, `fixed` is true and nobody can change them."""

    fixed = False

    def __init__(self, files: FileSystem, mode: int) -> None:
        super().__init__(files, S_IFDIR | mode & 0o7777)
        self.nlink = 2
        self.entries: dict[str, Node] = {}

    def open(self, opener: Any, flags: int) -> FileDescription:
        return OpenDirectory(self, flags)

    def size(self) -> int:
        return 40 + 20 * len(self.entries)

    def lookup(self, name: str) -> Node | None:
        """What a name refers to here."""
        return self.entries.get(name)

    def listing(self) -> list[tuple[str, Node]]:
        """The names, in the order in which they were made."""
        return list(self.entries.items())

    def truncate(self, length: int) -> None:
        raise os_error(errno.EISDIR)

    def link(self, name: str, node: Node) -> None:
        """Give `node` a name here."""
        self.entries[name] = node
        node.parent, node.name = self, name
        if isinstance(node, Directory):
            self.nlink += 1
        self.touch()

    def unlink(self, name: str) -> Node:
        """Take a name away; what it referred to."""
        node = self.entries.pop(name)
        if node.parent is self and node.name == name:
            node.parent = None
        if isinstance(node, Directory):
            self.nlink -= 1
        self.touch()
        return node

    def holds(self, other: Node) -> bool:
        """`other` is this directory, or below it."""
        node: Node | None = other
        while node is not None:
            if node is self:
                return True
            if node is node.files.root:
                return False
            node = node.parent
        return False


class OpenFile(FileDescription):
    """An open file with its position."""

    file_type = S_IFREG
    # A file never has news: epoll refuses it.
    watchable = False

    def __init__(self, node: Any, flags: int) -> None:
        super().__init__()
        self.node = node
        self.position = 0
        self.status_flags = flags & ~O_FORGOTTEN | O_LARGEFILE

    def read(self, count: int) -> bytes:
        data = self.pread(count, self.position)
        self.position += len(data)
        return data

    def pread(self, count: int, at: int) -> bytes:
        """At most `count` bytes from `at` on."""
        data: bytes = self.node.read_at(at, count)
        return data

    def write(self, data: Octets) -> int:
        at = self.node.size() if self.status_flags & O_APPEND else self.position
        count = self.pwrite(data, at)
        self.position = at + count
        return count

    def pwrite(self, data: Octets, at: int) -> int:
        """Write at `at`; with O_APPEND at the end all the same, as Linux does. OSError EFBIG, ENOSPC."""
        if self.status_flags & O_APPEND:
            at = self.node.size()
        if at + len(data) > MAX_OFFSET:
            raise os_error(errno.EFBIG)
        written: int = self.node.write_at(at, data)
        return written

    def seek(self, offset: int, whence: int) -> int:
        """lseek(2). OSError EINVAL, ENXIO, EOVERFLOW."""
        size = self.node.size()
        if whence in (SEEK_DATA, SEEK_HOLE):
            if not 0 <= offset < size:
                raise os_error(errno.ENXIO)
            offset = offset if whence == SEEK_DATA else size
        elif whence == SEEK_CUR:
            offset += self.position
        elif whence == SEEK_END:
            offset += size
        elif whence != SEEK_SET:
            raise os_error(errno.EINVAL)
        if offset < 0:
            raise os_error(errno.EINVAL)
        if offset > MAX_OFFSET:
            raise os_error(errno.EOVERFLOW)
        self.position = offset
        return offset

    def poll(self) -> int:
        return POLLIN | POLLOUT

    def close(self) -> None:
        node = self.node
        if node.locks is not None:
            node.locks.held.pop(self, None)
            node.locks.changed.wake()
        if isinstance(node, RegularFile):
            node.opens -= 1
            node.forgotten()


class OpenDirectory(OpenFile):
    """An open directory: its names as they were when the reading began, so that nothing is told twice or left out while others change it."""

    file_type = S_IFDIR

    def __init__(self, node: Directory, flags: int) -> None:
        super().__init__(node, flags)
        self.names: list[tuple[str, Node]] = []

    def read(self, count: int) -> bytes:
        raise os_error(errno.EISDIR)

    def pread(self, count: int, at: int) -> bytes:
        raise os_error(errno.EISDIR)

    def rest(self) -> list[tuple[str, Node]]:
        """The names not yet told."""
        if self.position == 0:
            parent = self.node.parent if self.node.parent is not None else self.node
            self.names = [(".", self.node), ("..", parent), *self.node.listing()]
        return self.names[self.position :]

    def seek(self, offset: int, whence: int) -> int:
        """To a place that d_off told, or back to the start."""
        if whence == SEEK_CUR:
            offset += self.position
        elif whence != SEEK_SET:
            raise os_error(errno.EINVAL)
        if offset < 0:
            raise os_error(errno.EINVAL)
        self.position = offset
        return offset


class OpenPath(FileDescription):
    """O_PATH: a place to start walks from, and something to fstat; nothing more."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node
        self.file_type = node.mode & S_IFMT
        self.status_flags = O_PATH

    def read(self, count: int) -> bytes:
        raise os_error(errno.EBADF)

    def write(self, data: Octets) -> int:
        raise os_error(errno.EBADF)


class Found:
    """Where a walk ended: the directory, the last name in it, and the node, None where there is none yet. `as_directory`: the path ended in "/"."""

    def __init__(self, parent: Directory, name: str, node: Node | None, as_directory: bool) -> None:
        self.parent = parent
        self.name = name
        self.node = node
        self.as_directory = as_directory

    def existing(self) -> Node:
        """The node. OSError ENOENT."""
        if self.node is None:
            raise os_error(errno.ENOENT)
        return self.node


class FileSystem:
    """All files. limit: bytes that they may hold; ENOSPC beyond. clock(): wall time in microseconds."""

    def __init__(self, limit: int, clock: Callable[[], int]) -> None:
        self.limit = limit
        self.clock = clock
        self.used = 0
        self.nodes = 0
        self.last_ino = 0
        # Set first, as every node asks which one is the root.
        self.root: Directory = None  # type: ignore[assignment]
        self.root = Directory(self, 0o755)
        self.root.parent = self.root

    def new_ino(self) -> int:
        """The next inode number."""
        self.last_ino += 1
        return self.last_ino

    def charge(self, amount: int) -> None:
        """Take from the limit, or give back. OSError ENOSPC."""
        if amount > 0 and self.used + amount > self.limit:
            raise os_error(errno.ENOSPC)
        self.used += amount

    # Walking.

    def find(self, start: Node | None, path: str, cwd: Node, follow: bool = True) -> Found:
        """Walk along `path` from `start` (None: from `cwd`), following a link at its end if `follow`.

        OSError ENOENT for an empty path or a missing directory, ENOTDIR, ELOOP, ENAMETOOLONG.
        """
        if not path:
            raise os_error(errno.ENOENT)
        if len(path) >= PATH_MAX:
            raise os_error(errno.ENAMETOOLONG)
        current: Node = self.root if path[0] == "/" else start if start is not None else cwd
        # The names to come, the next one last.
        names = path.split("/")[::-1]
        links = 0
        while True:
            as_directory = len(names) > 1 and not any(names[:-1])
            name = names.pop()
            if not isinstance(current, Directory):
                raise os_error(errno.ENOTDIR)
            last = not any(names)
            if name in ("", "."):
                if last:
                    return Found(current, ".", current, True)
                continue
            if name == "..":
                current = current.parent if current.parent is not None else current
                if last:
                    return Found(self.directory(current), "..", current, True)
                continue
            if len(name) > NAME_MAX:
                raise os_error(errno.ENAMETOOLONG)
            node = current.lookup(name)
            if isinstance(node, Symlink) and (not last or follow or as_directory):
                links += 1
                if links > MAX_LINKS:
                    raise os_error(errno.ELOOP)
                node = self.follow(node, names, current)
                if node is None:
                    if names[-1:] == [""]:
                        current = self.root
                    continue
            if last:
                if as_directory and node is not None and not isinstance(node, Directory):
                    raise os_error(errno.ENOTDIR)
                return Found(current, name, node, as_directory)
            if node is None:
                raise os_error(errno.ENOENT)
            current = node

    def follow(self, link: Symlink, names: list[str], current: Directory) -> Node | None:
        """Put a link's text in front of the names to come; the node instead, where the link knows it. OSError ENOENT, ENAMETOOLONG."""
        node = link.jump()
        if node is not None:
            return node
        text = link.text()
        if not text:
            raise os_error(errno.ENOENT)
        names.extend(text.split("/")[::-1])
        return None

    def directory(self, node: Node) -> Directory:
        """`node`, which must be one. OSError ENOTDIR."""
        if not isinstance(node, Directory):
            raise os_error(errno.ENOTDIR)
        return node

    def walk(self, start: Node | None, path: str, cwd: Node, follow: bool = True) -> Node:
        """The node at `path`. OSError ENOENT and what `find` raises."""
        return self.find(start, path, cwd, follow).existing()

    # Changing.

    def place(self, found: Found, node_is_directory: bool = False) -> Directory:
        """The directory in which a new name may be made. OSError EEXIST, ENOENT, ENOSPC."""
        if found.node is not None:
            raise os_error(errno.EEXIST)
        if found.as_directory and not node_is_directory:
            raise os_error(errno.ENOENT)
        if found.parent.fixed or (found.parent.parent is None):
            raise os_error(errno.ENOENT)
        return found.parent

    def add(self, found: Found, node: Node) -> Node:
        """Make the new name. OSError ENOSPC at MAX_NODES or the limit."""
        directory = self.place(found, isinstance(node, Directory))
        if self.nodes >= MAX_NODES:
            raise os_error(errno.ENOSPC)
        self.charge(NODE_COST)
        self.nodes += 1
        directory.link(found.name, node)
        return node

    def drop(self, node: Node) -> None:
        """One of a node's names is gone."""
        node.nlink -= 1
        node.ctime = self.clock()
        if node.nlink == 0 or isinstance(node, Directory):
            node.nlink = 0
            self.nodes -= 1
            self.charge(-NODE_COST)
            node.forgotten()

    def create(self, path: str, data: bytes = b"", mode: int = 0o644) -> RegularFile:
        """A file of the kernel's own making, with the directories that lead to it; one that is there is replaced."""
        self.make_directories(path.rpartition("/")[0])
        found = self.find(None, path, self.root)
        if found.node is not None:
            self.remove(found)
        node = RegularFile(self, mode)
        self.add(self.find(None, path, self.root), node)
        node.write_at(0, data)
        return node

    def make_directories(self, path: str) -> Directory:
        """The directory at `path`, made if it is missing, with those that lead to it. OSError ENOTDIR."""
        current = self.root
        for name in path.split("/"):
            if name in ("", "."):
                continue
            found = self.find(current, name, self.root)
            current = self.directory(found.node if found.node is not None else self.add(found, Directory(self, 0o755)))
        return current

    def remove(self, found: Found) -> None:
        """unlink(2). OSError ENOENT, EISDIR, EPERM."""
        if found.name in (".", ".."):
            raise os_error(errno.EISDIR)
        node = found.existing()
        if isinstance(node, Directory):
            raise os_error(errno.EISDIR)
        if found.parent.fixed:
            raise os_error(errno.EPERM)
        found.parent.unlink(found.name)
        self.drop(node)

    def remove_directory(self, found: Found) -> None:
        """rmdir(2). OSError ENOENT, ENOTDIR, ENOTEMPTY, EBUSY, EINVAL, EPERM."""
        if found.name == ".":
            raise os_error(errno.EBUSY if found.node is self.root else errno.EINVAL)
        if found.name == "..":
            raise os_error(errno.ENOTEMPTY)
        node = self.directory(found.existing())
        if found.parent.fixed:
            raise os_error(errno.EPERM)
        if node.fixed:
            raise os_error(errno.EBUSY)
        if node.entries:
            raise os_error(errno.ENOTEMPTY)
        found.parent.unlink(found.name)
        self.drop(node)

    def hard_link(self, node: Node, found: Found) -> None:
        """link(2). OSError EEXIST, EPERM, EMLINK, EXDEV."""
        directory = self.place(found)
        if isinstance(node, Directory):
            raise os_error(errno.EPERM)
        if node.parent is not None and node.parent.fixed:
            raise os_error(errno.EXDEV)
        if node.nlink == 0:
            raise os_error(errno.ENOENT)
        if node.nlink >= MAX_HARD_LINKS:
            raise os_error(errno.EMLINK)
        node.nlink += 1
        node.ctime = self.clock()
        directory.link(found.name, node)

    def rename(self, old: Found, new: Found, replace: bool = True) -> None:
        """rename(2). OSError ENOENT, EEXIST, EXDEV, EBUSY, EINVAL, ENOTDIR, EISDIR, ENOTEMPTY."""
        if old.name in (".", "..") or new.name in (".", ".."):
            raise os_error(errno.EBUSY)
        if old.parent.fixed != new.parent.fixed:
            raise os_error(errno.EXDEV)
        node = old.existing()
        if old.parent.fixed or (isinstance(node, Directory) and node.fixed):
            raise os_error(errno.EPERM if old.parent.fixed else errno.EBUSY)
        if new.node is not None and not replace:
            raise os_error(errno.EEXIST)
        self.check_rename(node, old, new)
        if new.node is node:
            return
        if new.node is not None:
            new.parent.unlink(new.name)
            self.drop(new.node)
        old.parent.unlink(old.name)
        new.parent.link(new.name, node)
        node.ctime = self.clock()

    def exchange(self, one: Found, other: Found) -> None:
        """renameat2(2) with RENAME_EXCHANGE. OSError ENOENT, EBUSY, EXDEV, EPERM, EINVAL."""
        if one.name in (".", "..") or other.name in (".", ".."):
            raise os_error(errno.EBUSY)
        first, second = one.existing(), other.existing()
        if one.parent.fixed != other.parent.fixed:
            raise os_error(errno.EXDEV)
        if one.parent.fixed:
            raise os_error(errno.EPERM)
        for node, below in ((first, other.parent), (second, one.parent)):
            if isinstance(node, Directory) and (node.fixed or node.holds(below)):
                raise os_error(errno.EBUSY if node.fixed else errno.EINVAL)
        if first is second:
            return
        one.parent.unlink(one.name)
        other.parent.unlink(other.name)
        one.parent.link(one.name, second)
        other.parent.link(other.name, first)

    def check_rename(self, node: Node, old: Found, new: Found) -> None:
        """Directories replace empty directories and never go below themselves; files replace files."""
        target = new.node
        if isinstance(node, Directory):
            if node.holds(new.parent):
                raise os_error(errno.EINVAL)
            if target is not None and not isinstance(target, Directory):
                raise os_error(errno.ENOTDIR)
        else:
            if old.as_directory or new.as_directory:
                raise os_error(errno.ENOTDIR)
            if isinstance(target, Directory):
                raise os_error(errno.EISDIR)
        if isinstance(target, Directory):
            if target.holds(old.parent) or target.entries:
                raise os_error(errno.ENOTEMPTY)
            if target.fixed:
                raise os_error(errno.EBUSY)


# Re-exported for those who open files.
__all__ = ["O_ACCMODE", "O_APPEND", "O_RDONLY", "O_RDWR", "O_WRONLY", "FileSystem", "Node", "OpenFile", "RegularFile", "ZeroDevice"]
