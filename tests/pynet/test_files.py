"""Files, directories and descriptors: what the calls answer is what Linux answered (tests/file_answers.py), and the bounds that Linux does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.posix import files
from pynet.posix.archive import ArchiveError
from pynet.posix.archive import unpack as unpack_archive
from pynet.posix.files import MAX_LINKS, MAX_NODES, NODE_COST, FileSystem, RegularFile, Symlink
from tests.file_answers import ANSWERS
from tests.file_steps import STEPS, Out
from tests.machine import Host, pack, unpack
from tests.support import eq, raises

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from tests.machine import FakeContext

    Calls = Generator[Any, Any, Any]


def test_every_step_is_answered_as_linux_answered_it() -> None:
    host = Host()
    wrong: list[str] = []

    def program(context: FakeContext) -> Calls:
        for number, (step, expected) in enumerate(zip(STEPS, ANSWERS, strict=True)):
            out: Any = None
            arguments: list[Any] = []
            for argument in step[1:]:
                if isinstance(argument, Out):
                    out = (argument, context.room(argument.size))
                    arguments.append(out[1])
                else:
                    arguments.append(argument)
            result = yield (step[0], *arguments)
            answer: tuple[Any, ...] = (result,)
            if out is not None:
                answer = (result, out[0].told(context.read(out[1], out[0].size), result))
            if answer != expected:
                wrong.append(f"{number} {step[0]} {[argument for argument in step[1:] if not isinstance(argument, Out)]}: {answer}, Linux {expected}")

    process = host.finish(program)
    eq("\n".join(wrong), "")
    eq(process.wait_status, 0)


def file_system(limit: int = 1 << 20) -> FileSystem:
    """An empty one."""
    return FileSystem(limit, lambda: 1_000_000)


def number_of(call: Any, *arguments: Any) -> int:
    """The errno of a call that fails."""
    return getattr(raises(OSError, call, *arguments), "errno", 0)


def test_files_fill_the_file_systems_limit_and_give_it_back() -> None:
    small = file_system(NODE_COST + 1000)
    file = small.create("/a")
    eq(file.write_at(0, bytes(1000)), 1000)
    eq(number_of(file.write_at, 1000, b"x"), errno.ENOSPC)
    eq(number_of(file.truncate, 1001), errno.ENOSPC)
    eq(number_of(small.create, "/b"), errno.ENOSPC)
    opened = file.open(None, 2)
    opened.hold()
    small.remove(small.find(None, "/a", small.root))
    # Held open, the bytes are still there.
    eq((opened.read(2000), small.used), (bytes(1000), 1000))
    opened.release()
    eq(small.used, 0)


def test_files_are_bounded_in_number() -> None:
    full = file_system(1 << 30)
    directory = full.make_directories("/d")
    for number in range(MAX_NODES - 1):
        full.add(files.Found(directory, str(number), None, False), RegularFile(full, 0o644))
    eq(number_of(full.create, "/one"), errno.ENOSPC)
    full.remove(full.find(None, "/d/7", full.root))
    full.create("/one")


def test_links_are_followed_so_many_times() -> None:
    there = file_system()
    there.create("/l0")
    for number in range(MAX_LINKS + 1):
        there.add(there.find(None, "/l" + str(number + 1), there.root), Symlink(there, "l" + str(number)))
    there.walk(None, "/l" + str(MAX_LINKS), there.root)
    eq(number_of(there.walk, None, "/l" + str(MAX_LINKS + 1), there.root), errno.ELOOP)


def test_the_path_of_a_node_is_where_it_was_linked() -> None:
    there = file_system()
    node = there.create("/a/b/c")
    eq(node.path(), "/a/b/c")
    eq(there.root.path(), "/")
    there.rename(there.find(None, "/a/b", there.root), there.find(None, "/x", there.root))
    eq(node.path(), "/x/c")
    there.remove(there.find(None, "/x/c", there.root))
    eq(node.path(), "/c (deleted)")


# Pipes, as read and write see them; the pipe itself is tests/pynet/test_calls.py's.


def test_a_pipe_carries_bytes_between_processes_and_ends() -> None:
    host = Host()
    log: list[Any] = []

    def child(context: FakeContext) -> Calls:
        yield ("close", 0)
        yield ("write", 1, b"from the child", 14)

    def program(context: FakeContext) -> Calls:
        fds = context.room(8)
        log.append((yield ("pipe2", fds, 0o2000000)))
        log.append(unpack("<ii", context.read(fds, 8)))
        context.children.append(child)
        yield ("fork",)
        yield ("close", 1)
        buffer = context.room(64)
        # It waits for the child, whose end closes the pipe.
        count = yield ("read", 0, buffer, 64)
        log.append(context.read(buffer, count))
        log.append((yield ("read", 0, buffer, 64)))
        log.append((yield ("lseek", 0, 0, 0)))
        log.append((yield ("pipe2", fds, 1)))
        log.append((yield ("pipe2", 8, 0)))
        log.append((yield ("pipe", fds)))
        log.append(unpack("<ii", context.read(fds, 8)))

    host.finish(program)
    eq(log, [0, (0, 1), b"from the child", 0, -errno.ESPIPE, -errno.EINVAL, -errno.EFAULT, 0, (1, 2)])


def test_a_write_that_nobody_reads_is_epipe_with_sigpipe() -> None:
    def run(handler: int) -> Any:
        host = Host()
        log: list[int] = []

        def program(context: FakeContext) -> Calls:
            fds = context.room(8)
            yield ("pipe", fds)
            yield ("close", 0)
            yield ("rt_sigaction", 13, pack("<QQQQ", handler, 0, 0, 0), 0, 8)
            log.append((yield ("write", 1, b"x", 1)))

        return host.finish(program).wait_status, log

    eq(run(1), (0, [-errno.EPIPE]))
    eq(run(0), (13, []))


def test_a_large_write_to_a_pipe_is_whole_when_somebody_reads() -> None:
    host = Host()
    log: list[Any] = []
    size = 200_000

    def child(context: FakeContext) -> Calls:
        log.append((yield ("read", 0, context.room(65536), 65536)))

    def program(context: FakeContext) -> Calls:
        yield ("pipe", context.room(8))
        context.children.extend([child, child, child])
        for _ in range(3):
            yield ("fork",)
        log.append((yield ("write", 1, bytes(size), size)))

    host.finish(program)
    eq(log, [65536, 65536, 65536, size])


# Archives.


def cpio(entries: list[tuple[str, int, bytes]]) -> bytes:
    """A newc archive."""
    data = b""
    for number, (name, mode, content) in enumerate([*entries, ("TRAILER!!!", 0, b"")]):
        words = [number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
        data += b"070701" + "".join([f"{word:08X}" for word in words]).encode() + name.encode() + b"\0"
        data += bytes(-len(data) % 4) + content
        data += bytes(-len(data) % 4)
    return data


def tar(entries: list[tuple[str, bytes, bytes, str]]) -> bytes:
    """A ustar file."""
    data = b""
    for name, kind, content, target in entries:
        header = name.encode().ljust(100, b"\0") + b"0000755\0" + bytes(16) + f"{len(content):011o}\0".encode() + b"00000000000\0" + b"        "
        header += kind + target.encode().ljust(100, b"\0") + b"ustar\00000"
        data += header.ljust(512, b"\0") + content + bytes(-len(content) % 512)
    return data + bytes(1024)


def test_a_cpio_archive_becomes_files() -> None:
    there = file_system()
    data = cpio([(".", 0o40755, b""), ("bin", 0o40700, b""), ("bin/sh", 0o100755, b"#!"), ("./deep/er/x", 0o100644, b"abc"), ("l", 0o120777, b"bin/sh"),
                 ("null", 0o20666, b""), ("../out", 0o100644, b"in")])  # fmt: skip
    eq(unpack_archive(there, data), 7)
    sh = there.walk(None, "/l", there.root)
    assert isinstance(sh, RegularFile)
    eq((sh.content(), oct(sh.mode), oct(there.walk(None, "/bin", there.root).mode)), (b"#!", "0o100755", "0o40700"))
    eq(there.walk(None, "/deep/er/x", there.root).size(), 3)
    eq(there.walk(None, "/out", there.root).size(), 2)
    eq(number_of(there.walk, None, "/null", there.root), errno.ENOENT)
    for length in range(0, len(data) - 4, 3):
        raises(ValueError, unpack_archive, file_system(), data[:length])
    raises(ArchiveError, unpack_archive, file_system(), b"070701" + b"zz" * 200)


def test_a_tar_file_becomes_files() -> None:
    there = file_system()
    long = "d/" * 60 + "name"
    data = tar([("d/", b"5", b"", ""), ("d/f", b"0", b"abc" * 300, ""), ("l", b"2", b"", "d/f"), ("h", b"1", b"", "d/f"), ("fifo", b"6", b"", ""),
                ("././@LongLink", b"L", long.encode() + b"\0", ""), (long[:100], b"0", b"z", "")])  # fmt: skip
    eq(unpack_archive(there, data), 6)
    file = there.walk(None, "/l", there.root)
    eq((file.size(), file.nlink, there.walk(None, "/h", there.root) is file), (900, 2, True))
    eq(there.walk(None, "/" + long, there.root).size(), 1)
    raises(ArchiveError, unpack_archive, file_system(), data[:-2000])
