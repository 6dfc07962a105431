"""Processes on a machine without a processor: how they start, fork, wait and end (POSIX.1-2017 XSH 2 and Linux's manual pages)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from tests.machine import Host
from tests.support import eq

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from tests.machine import FakeContext


def test_a_program_writes_a_file_and_exits_with_its_status() -> None:
    host = Host()
    results: list[int] = []

    def program(context: FakeContext) -> Generator[Any, Any, Any]:
        fd = yield ("open", b"/hello", 0o101, 0o644)
        results.append(fd)
        results.append((yield ("write", fd, b"hello, world\n", 13)))
        results.append((yield ("close", fd)))
        results.append((yield ("close", fd)))
        yield ("exit_group", 7)

    process = host.finish(program)
    eq(results, [0, 13, 0, -errno.EBADF])
    eq(process.wait_status, 7 << 8)
    eq(host.files.walk(None, "/hello", host.files.root).content(), b"hello, world\n")
    assert process.memory.space.closed
    eq(list(host.processes.by_pid), [1])
