"""Archives that become files: cpio's "newc" format and tar's (POSIX.1-2017 XCU pax, ustar). What a machine is given at boot is trusted but may be cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.posix.abi import path_text
from pynet.posix.files import S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, Directory, RegularFile, Symlink

if TYPE_CHECKING:
    from pynet.posix.files import FileSystem, Node

CPIO_MAGIC = b"070701"
CPIO_HEADER = 110
CPIO_END = "TRAILER!!!"
TAR_BLOCK = 512
TAR_MAGIC_AT = 257


class ArchiveError(ValueError):
    """The archive cannot be read; the text says where it goes wrong."""


def unpack(files: FileSystem, data: bytes) -> int:
    """Make the archive's files; how many there were. ArchiveError; OSError ENOSPC where they do not fit."""
    if data[:6] == CPIO_MAGIC:
        return unpack_cpio(files, data)
    if data[TAR_MAGIC_AT : TAR_MAGIC_AT + 5] == b"ustar":
        return unpack_tar(files, data)
    raise ArchiveError("neither a newc cpio archive nor a tar file")


def unpack_cpio(files: FileSystem, data: bytes) -> int:
    """Header of 13 hexadecimal fields, name, content, each padded to 4 bytes. Hard links carry the content in their last entry."""
    at = count = 0
    links: dict[tuple[int, int, int], Node] = {}
    while True:
        header = data[at : at + CPIO_HEADER]
        if len(header) < CPIO_HEADER or header[:6] != CPIO_MAGIC:
            raise ArchiveError("cpio: no header at byte " + str(at))
        try:
            fields = [int(header[place : place + 8], 16) for place in range(6, CPIO_HEADER, 8)]
        except ValueError:
            raise ArchiveError("cpio: a field that is no number at byte " + str(at)) from None
        ino, mode, nlink, size, major, minor, name_size = fields[0], fields[1], fields[4], fields[6], fields[7], fields[8], fields[11]
        name_at = at + CPIO_HEADER
        content_at = (name_at + name_size + 3) & ~3
        at = (content_at + size + 3) & ~3
        if content_at + size > len(data):
            raise ArchiveError("cpio: cut off at byte " + str(len(data)))
        name = path_text(data[name_at : name_at + name_size].partition(b"\0")[0])
        if name == CPIO_END:
            return count
        node = place(files, name, mode, data[content_at : content_at + size], links.get((ino, major, minor)) if nlink > 1 else None)
        if node is not None:
            links[ino, major, minor] = node
        count += 1


def unpack_tar(files: FileSystem, data: bytes) -> int:
    """Blocks of 512 bytes: a header, then the content; two blocks of zeros at the end. GNU's long names are understood."""
    at = count = 0
    long_name = b""
    while at + TAR_BLOCK <= len(data):
        header = data[at : at + TAR_BLOCK]
        if not any(header):
            return count
        kind = header[156:157]
        try:
            mode, size = octal(header[100:108]), octal(header[124:136])
        except ValueError:
            raise ArchiveError("tar: a field that is no number at byte " + str(at)) from None
        content = data[at + TAR_BLOCK : at + TAR_BLOCK + size]
        if len(content) < size:
            raise ArchiveError("tar: cut off at byte " + str(len(data)))
        at += TAR_BLOCK + (size + TAR_BLOCK - 1) // TAR_BLOCK * TAR_BLOCK
        if kind == b"L":
            long_name = content.partition(b"\0")[0]
            continue
        name, prefix = header[:100].partition(b"\0")[0], header[345:500].partition(b"\0")[0]
        whole = long_name or (prefix + b"/" + name if prefix and header[257:263] == b"ustar\0" else name)
        long_name = b""
        place_tar(files, path_text(whole), kind, mode, content, path_text(header[157:257].partition(b"\0")[0]))
        count += 1
    raise ArchiveError("tar: no end")


def octal(field: bytes) -> int:
    """A number of a tar header. ValueError."""
    text = field.strip(b" \0")
    return int(text, 8) if text else 0


def place_tar(files: FileSystem, name: str, kind: bytes, mode: int, content: bytes, target: str) -> None:
    """One entry; kinds that are no file, directory or link are passed over."""
    if kind == b"5":
        place(files, name, S_IFDIR | mode & 0o7777, b"", None)
    elif kind == b"2":
        place(files, name, S_IFLNK, target.encode("latin-1"), None)
    elif kind == b"1":
        place(files, name, S_IFREG | mode & 0o7777, b"", files.walk(None, "/" + target, files.root, False))
    elif kind in (b"0", b"\0"):
        place(files, name, S_IFREG | mode & 0o7777, content, None)


def place(files: FileSystem, name: str, mode: int, content: bytes, linked: Node | None) -> Node | None:
    """One entry: a directory, a link or a file; devices are passed over, as /dev is made by the kernel. What is there already is replaced."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    path = "/" + "/".join(parts)
    kind = mode & S_IFMT
    if not parts:
        return None
    if kind == S_IFDIR:
        directory = files.make_directories(path)
        directory.mode = mode
        return directory
    if kind not in (S_IFREG, S_IFLNK):
        return None
    files.make_directories(path.rpartition("/")[0])
    found = files.find(None, path, files.root, False)
    if found.node is not None and not isinstance(found.node, Directory):
        if found.node is linked:
            linked = None
        files.remove(found)
    found = files.find(None, path, files.root, False)
    if linked is not None:
        files.hard_link(linked, found)
        if content and isinstance(linked, RegularFile):
            linked.truncate(0)
            linked.write_at(0, content)
        return linked
    if kind == S_IFLNK:
        return files.add(found, Symlink(files, path_text(content)))
    node = RegularFile(files, mode)
    files.add(found, node)
    node.write_at(0, content)
    return node
