"""Rubbish passed to every system call: the program may end, but nothing but an errno comes of it, and another program notices nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.posix import syscalls
from tests.machine import SCRATCH, Host
from tests.support import Random, eq

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from tests.machine import FakeContext

    Calls = Generator[Any, Any, Any]

EPISODES = 50
CALLS = 30
PATHS = (b"/", b"/tmp/a", b"a/../b", b"", b"/proc/self/fd/3", b"/dev/zero", b"/dev/tty", b"/tmp", b"x" * 300, b"/proc/self/maps", b"/etc/passwd/x")
NUMBERS = (0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 64, 255, 1000, 4095, 4096, 65536, 1 << 20, 1 << 31, (1 << 31) - 1, 1 << 32, (1 << 32) - 1, 1 << 47,
           (1 << 47) - 4096, 1 << 63, (1 << 63) - 1, (1 << 64) - 1, (1 << 64) - 4096, (1 << 64) - 100, 0x7FFFFFFFF000, 0xFFFFFF9C, 0x10000)  # fmt: skip


def argument(random: Random, context: FakeContext) -> Any:
    """Something that a call may take for a number, a pointer, a path, or a structure."""
    kind = random.below(8)
    if kind < 3:
        return NUMBERS[random.below(len(NUMBERS))]
    if kind == 3:
        return random.below(12)
    if kind == 4:
        return PATHS[random.below(len(PATHS))]
    if kind == 5:
        return random.octets(random.below(200))
    if kind == 6:
        return b"".join([NUMBERS[random.below(8)].to_bytes(8, "little") for _ in range(random.below(20))])
    return SCRATCH + random.below(1 << 20)


def child(context: FakeContext) -> Calls:
    """What forks and threads do."""
    yield ("getpid",)


def test_rubbish_in_every_call_is_answered_and_nobody_else_notices() -> None:
    host = Host()
    random = Random(20)
    numbers = sorted(syscalls.TABLE)
    made: dict[int, int] = {}

    def rubbish(context: FakeContext) -> Calls:
        # A signal that comes again and again ends whatever waits.
        yield ("rt_sigaction", 14, (host.add(child)).to_bytes(8, "little") + (0x04000000).to_bytes(8, "little") + bytes(16), 0, 8)
        yield ("setitimer", 0, (1000).to_bytes(8, "little").rjust(16, b"\0") * 2, 0)
        yield ("open", b"/tmp/a", 0o102, 0o600)
        yield ("pipe", context.room(8))
        for _ in range(CALLS):
            number = numbers[random.below(len(numbers))] if random.below(20) else random.below(1 << 32)
            context.children.append(child)
            made[number] = made.get(number, 0) + 1
            yield (number, *[argument(random, context) for _ in range(6)])
            context.children.clear()

    healthy: list[Any] = []

    def program(context: FakeContext) -> Calls:
        for _ in range(EPISODES):
            fd = yield ("open", b"/healthy", 0o102, 0o600)
            yield ("write", fd, b"well", 4)
            yield ("nanosleep", (0).to_bytes(8, "little") + (1000).to_bytes(8, "little"), 0)
            buffer = context.room(8)
            yield ("pread64", fd, buffer, 4, 0)
            healthy.append(context.read(buffer, 4))
            yield ("close", fd)

    host.files.make_directories("/tmp")
    for _ in range(EPISODES):
        host.start(rubbish)
        host.run()
    host.finish(program)
    eq(healthy, [b"well"] * EPISODES)
    # What would be a fault of ours: anything that is no OSError. (A test that waits for ever is told by an AssertionError of the world's.)
    eq([line for line in host.world.log if "nothing will ever happen again" not in line], [])
    assert len(made) > len(numbers) // 2
