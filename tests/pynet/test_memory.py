"""brk, mmap and their kin on a machine without a processor (Linux's manual pages; the numbers are what a Linux answers)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.posix.elf import USER_HIGH
from tests.machine import Host, pack, unpack
from tests.support import eq

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from tests.machine import FakeContext

    Calls = Generator[Any, Any, Any]

PAGE = 4096
RW = 3
PRIVATE = 2
SHARED = 1
FIXED = 0x10
ANONYMOUS = 0x20
NOREPLACE = 0x100000
POPULATE = 0x8000
RLIMIT_AS = 9
ANON = PRIVATE | ANONYMOUS


def run(program: Any) -> Host:
    """Run it to its end on a new host."""
    host = Host()
    host.finish(program)
    return host


def test_brk_moves_the_heaps_end_and_stays_where_it_cannot() -> None:
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        start = yield ("brk", 0)
        log.append((yield ("brk", start + 10_000)) - start)
        context._space.write(start + 9_999, b"x")
        log.append((yield ("brk", start + 100)) - start)
        log.append((yield ("brk", start - 1)) - start)
        log.append((yield ("brk", USER_HIGH + 1)) - start)
        # Something in the way.
        yield ("mmap", (start + 5 * PAGE) & ~4095, PAGE, RW, ANON | FIXED, -1, 0)
        log.append((yield ("brk", start + 5 * PAGE)) - start)
        log.append((yield ("brk", start + 3 * PAGE)) - start)
        # What comes back is zeros again.
        log.append(context.read(start + 9_999, 1))

    run(program)
    eq(log, [10_000, 100, 100, 100, 100, 3 * PAGE, b"\0"])


def test_mmap_checks_its_arguments_as_linux_does() -> None:
    log: list[int] = []
    rows = [
        ((0, 0, RW, ANON, -1, 0), errno.EINVAL),
        ((0, PAGE, RW, ANON, -1, 1), errno.EINVAL),
        ((0, PAGE, RW, ANONYMOUS, -1, 0), errno.EINVAL),
        ((0, PAGE, RW, PRIVATE, -1, 0), errno.EBADF),
        ((0, PAGE, RW, PRIVATE, 0, 1), errno.EINVAL),
        ((0, 1 << 48, RW, ANON, -1, 0), errno.ENOMEM),
        ((0, (1 << 64) - 1, RW, ANON, -1, 0), errno.ENOMEM),
        ((1, PAGE, RW, ANON | FIXED, -1, 0), errno.EINVAL),
        ((PAGE, PAGE, RW, ANON | FIXED, -1, 0), errno.EPERM),
        ((USER_HIGH, PAGE, RW, ANON | FIXED, -1, 0), errno.ENOMEM),
        ((0, PAGE, RW, SHARED, 0, 0), errno.EACCES),
        ((0, PAGE, RW, SHARED, 1, 0), errno.ENODEV),
        ((0, PAGE, RW, PRIVATE, 2, 0), errno.EACCES),
        ((0, PAGE, RW, PRIVATE, 3, 0), errno.ENODEV),
        ((0, PAGE, RW, 3 | ANONYMOUS | 0x400000, -1, 0), errno.EOPNOTSUPP),
    ]

    def program(context: FakeContext) -> Calls:
        yield ("open", b"/f", 0o102, 0o600)
        yield ("open", b"/f", 2, 0)
        yield ("dup2", 1, 0)
        yield ("close", 0)
        yield ("open", b"/f", 0, 0)
        yield ("open", b"/f", 1, 0)
        yield ("open", b"/", 0o200000, 0)
        for arguments, _ in rows:
            log.append((yield ("mmap", *arguments)))

    run(program)
    eq(log, [-number for _, number in rows])


def test_mappings_of_files_hold_their_bytes() -> None:
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        yield ("open", b"/f", 0o102, 0o600)
        yield ("write", 0, b"a" * 5000, 5000)
        at = yield ("mmap", 0, 8192, 1, PRIVATE, 0, 0)
        log.append((context.read(at, 4096) == b"a" * 4096, context.read(at + 4096, 4096) == b"a" * 904 + bytes(3192)))
        other = yield ("mmap", 0, PAGE, RW, PRIVATE, 0, PAGE)
        context._space.write(other, b"mine")
        yield ("close", 0)
        log.append(context.read(other, 6))
        # A hint that is free is taken; one that is not, is not.
        hint = 0x10000000
        log.append((yield ("mmap", hint, PAGE, RW, ANON, -1, 0)) == hint)
        log.append((yield ("mmap", hint, PAGE, RW, ANON, -1, 0)) == hint)
        log.append((yield ("mmap", hint, PAGE, RW, ANON | NOREPLACE, -1, 0)))
        context._space.write(hint, b"old")
        log.append((yield ("mmap", hint, PAGE, RW, ANON | FIXED, -1, 0)) == hint)
        log.append(context.read(hint, 3))
        log.append((yield ("open", b"/f", 0, 0)))
        buffer = context.room(8)
        yield ("pread64", 0, buffer, 6, PAGE)
        log.append(context.read(buffer, 6))

    run(program)
    eq(log, [(True, True), b"mineaa", True, False, -errno.EEXIST, True, bytes(3), 0, b"aaaaaa"])


def test_shared_memory_is_shared_with_a_child_and_private_memory_is_not() -> None:
    log: list[Any] = []
    places: list[int] = []

    def child(context: FakeContext) -> Calls:
        for place in places:
            context._space.write(place, b"child")
        # A futex in shared memory wakes the other process.
        yield ("futex", places[0] + 8, 1, 1, 0, 0, 0)

    def program(context: FakeContext) -> Calls:
        places.append((yield ("mmap", 0, PAGE, RW, SHARED | ANONYMOUS, -1, 0)))
        places.append((yield ("mmap", 0, PAGE, RW, ANON, -1, 0)))
        context.children.append(child)
        yield ("fork",)
        log.append((yield ("futex", places[0] + 8, 0, 0, 0, 0, 0)))
        log.append([context.read(place, 5) for place in places])

    run(program)
    eq(log, [0, [b"child", bytes(5)]])


def test_munmap_and_mprotect() -> None:
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        at = yield ("mmap", 0, 3 * PAGE, RW, ANON, -1, 0)
        for address, length in ((at + 1, PAGE), (at, 0), (USER_HIGH + PAGE, PAGE), (at, (1 << 64) - PAGE), (at + PAGE, 1), (at + PAGE, PAGE)):
            log.append((yield ("munmap", address, length)))
        for address, length, protection in ((at + 1, PAGE, 1), (at, 0, 1), (at, PAGE, 16), (at, 3 * PAGE, 1), (at, 1, 1), (0, PAGE, 1), (at, 1 << 63, 1)):
            log.append((yield ("mprotect", address, length, protection)))
        log.append((yield ("read", 8, 0, 0)))
        log.append([region[2] for region in context._space.regions() if region[0] == at])

    run(program)
    eq(log[:6], [-errno.EINVAL, -errno.EINVAL, -errno.EINVAL, -errno.EINVAL, 0, 0])
    eq(log[6:13], [-errno.EINVAL, 0, -errno.EINVAL, -errno.ENOMEM, 0, -errno.ENOMEM, -errno.ENOMEM])
    eq(log[14], [1])


def test_mremap_grows_in_place_moves_or_cannot() -> None:
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        at = 0x10000000
        yield ("mmap", at, 2 * PAGE, RW, ANON | FIXED, -1, 0)
        context._space.write(at + PAGE, b"here")
        log.append((yield ("mremap", at, 2 * PAGE, 4 * PAGE, 0, 0)) == at)
        log.append((yield ("mremap", at, 4 * PAGE, 2 * PAGE, 0, 0)) == at)
        yield ("mmap", at + 2 * PAGE, PAGE, RW, ANON | FIXED, -1, 0)
        log.append((yield ("mremap", at, 2 * PAGE, 3 * PAGE, 0, 0)) in (-errno.ENOMEM, -errno.EFAULT))
        moved = yield ("mremap", at, 2 * PAGE, 3 * PAGE, 1, 0)
        log.append((moved != at, context.read(moved + PAGE, 4)))
        log.append((yield ("mremap", moved, 3 * PAGE, PAGE, 3, at)) == at)
        log.append((yield ("mremap", moved, PAGE, PAGE, 0, 0)))
        for old, new_length, flags, new in ((at + 1, PAGE, 0, 0), (at, 0, 0, 0), (at, PAGE, 2, at), (at, PAGE, 8, 0), (at, PAGE, 3, at + 1)):
            log.append((yield ("mremap", old, PAGE, new_length, flags, new)))

    run(program)
    eq(log, [True, True, True, (True, b"here"), True, -errno.EFAULT, *[-errno.EINVAL] * 5])


def test_madvise_gives_pages_back() -> None:
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        at = yield ("mmap", 0, 2 * PAGE, RW, ANON, -1, 0)
        context._space.write(at, b"one")
        context._space.write(at + PAGE, b"two")
        log.append((yield ("madvise", at, PAGE, 4)))
        log.append((context.read(at, 3), context.read(at + PAGE, 3)))
        for address, length, advice in ((at, PAGE, 99), (at + 1, PAGE, 4), (at, PAGE, 3), (0x40000000, PAGE, 4), (at, 0, 4)):
            log.append((yield ("madvise", address, length, advice)))
        log.append((yield ("msync", at, PAGE, 4)))
        log.append((yield ("msync", 0x40000000, PAGE, 4)))
        log.append((yield ("mlock", at, PAGE)))

    run(program)
    eq(log, [0, (bytes(3), b"two"), -errno.EINVAL, -errno.EINVAL, 0, -errno.ENOMEM, 0, 0, -errno.ENOMEM, 0])


def test_a_process_has_no_more_memory_than_it_may() -> None:
    host = Host()
    host.processes.memory_limit = 100
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        at = yield ("mmap", 0, 1000 * PAGE, RW, ANON, -1, 0)
        yield ("open", b"/dev-zero", 0o102, 0o600)
        yield ("ftruncate", 0, 200 * PAGE)
        log.append((yield ("read", 0, at, 200 * PAGE)))
        log.append((yield ("mmap", 0, 200 * PAGE, 1, PRIVATE, 0, 0)))
        log.append((yield ("getpid",)))

    host.finish(program)
    assert log[0] in (-errno.ENOMEM, -errno.EFAULT), log
    eq(log[1:], [-errno.ENOMEM, 2])


def test_a_futex_waits_wakes_and_moves_its_sleepers() -> None:
    host = Host()
    log: list[Any] = []
    words: list[int] = []

    def waker(context: FakeContext) -> Calls:
        log.append(("requeued", (yield ("futex", words[0], 128 | 4, 0, 1, words[1], 5))))
        log.append(("woken there", (yield ("futex", words[0], 129, 9, 0, 0, 0))))
        log.append(("woken here", (yield ("futex", words[1], 129, 9, 0, 0, 0))))
        yield ("exit", 0)

    def program(context: FakeContext) -> Calls:
        words.extend([context.lay(pack("<I", 5)), context.lay(pack("<I", 0))])
        for arguments in ((words[0], 128, 4, 0, 0, 0), (words[0] + 1, 128, 5, 0, 0, 0), (8, 0, 5, 0, 0, 0), (words[0], 6, 5, 0, 0, 0),
                          (words[0], 128, 5, context.lay(pack("<qq", 0, 5_000_000)), 0, 0), (words[0], 137, 5, 0, 0, 0),
                          (words[0], 128, 5, context.lay(pack("<qq", 0, -1)), 0, 0), (words[0], 129, 1, 0, 0, 0)):  # fmt: skip
            log.append((yield ("futex", *arguments)))
        context.children.extend([waker])
        yield ("clone", 0x10F00, 0, 0, 0, 0)
        log.append((yield ("futex", words[0], 128, 5, 0, 0, 0)))

    host.finish(program)
    eq(log[:8], [-errno.EAGAIN, -errno.EINVAL, -errno.EFAULT, -errno.ENOSYS, -errno.ETIMEDOUT, -errno.EINVAL, -errno.EINVAL, 0])
    eq(log[8:], [("requeued", 1), ("woken there", 0), ("woken here", 1), 0])
    eq(host.processes.futexes.sleepers, {})


def test_a_mapping_that_is_populated_is_there_or_is_not_made() -> None:
    """The process of a Host may hold 4096 pages."""
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        space = context._space
        before = space.resident()
        address = yield ("mmap", 0, 300 * PAGE, RW, ANON | POPULATE, -1, 0)
        log.append(space.resident() - before)
        yield ("munmap", address, 300 * PAGE)
        regions = space.regions()
        log.append((yield ("mmap", 0, 5000 * PAGE, RW, ANON | POPULATE, -1, 0)))
        # A table more is held than is counted: out of memory on the way, and the pages go back.
        space.limit = space.resident() + 100
        log.append((yield ("mmap", 0, 200 * PAGE, RW, ANON | POPULATE, -1, 0)))
        log.append((space.regions() == regions, space.resident() - before))
        # Only what can be written is filled.
        log.append((yield ("mmap", 0, 200 * PAGE, 0, ANON | POPULATE, -1, 0)) > 0)

    run(program)
    eq(log, [300, -errno.ENOMEM, -errno.ENOMEM, (True, 0), True])


def test_rlimit_as_is_what_may_be_mapped() -> None:
    """setrlimit(2): brk, mmap and mremap beyond it are ENOMEM; what a mapping takes the place of is not counted twice."""
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        start = yield ("brk", 0)
        address = yield ("mmap", 0, 10 * PAGE, RW, ANON, -1, 0)
        yield ("getpid", b"the scratch memory is there")
        total = sum([last - first for first, last, _, _ in context._space.regions()])
        yield ("setrlimit", RLIMIT_AS, pack("<2Q", total + 4 * PAGE, total + 4 * PAGE))
        log.append((yield ("mmap", 0, 5 * PAGE, RW, ANON, -1, 0)))
        log.append((yield ("brk", start + 5 * PAGE)) - start)
        log.append((yield ("mremap", address, 10 * PAGE, 15 * PAGE, 1, 0)))
        log.append((yield ("mmap", address, 14 * PAGE, RW, ANON | FIXED, -1, 0)) - address)
        log.append((yield ("mmap", 0, PAGE, RW, ANON, -1, 0)))

    run(program)
    eq(log, [-errno.ENOMEM, 0, -errno.ENOMEM, 0, -errno.ENOMEM])


def test_a_thread_that_ends_gives_its_robust_locks_back() -> None:
    """The kernel's Documentation/locking/robust-futex-ABI: the owner's number goes, FUTEX_OWNER_DIED comes, one who waits is woken."""
    host = Host()
    log: list[Any] = []
    words: list[int] = []
    waiters, died = 0x80000000, 0x40000000

    def second(context: FakeContext) -> Calls:
        me = yield ("gettid",)
        # Three entries, each with its lock 16 bytes behind: held and waited for, somebody else's, held; and one that is being unlocked.
        for at, word in zip(words[1:5], (me | waiters, 99, me, me), strict=True):
            context._space.write(at + 16, pack("<I", word))
        for at, following in zip(words[:4], (*words[1:4], words[0]), strict=True):
            context._space.write(at, pack("<Q", following))
        context._space.write(words[0] + 8, pack("<qQ", 16, words[4]))
        log.append((yield ("set_robust_list", words[0], 24)))
        log.append((yield ("get_robust_list", 0, words[5], words[6])))
        log.append(context.read(words[5], 8) == pack("<Q", words[0]) and context.read(words[6], 8) == pack("<Q", 24))
        yield ("exit", 0)

    def program(context: FakeContext) -> Calls:
        words.extend([context.room(24) for _ in range(7)])
        context.children.append(second)
        yield ("clone", 0x10F00, 0, 0, 0, 0)
        log.append((yield ("futex", words[1] + 16, 128, 0, 0, 0, 0)))
        log.append([unpack("<I", context.read(at + 16, 4))[0] for at in words[1:5]])
        log.append((yield ("get_robust_list", 77, words[5], words[6])))

    host.finish(program)
    eq(log, [0, 0, True, 0, [waiters | died, 99, died, died], -errno.ESRCH])


def test_a_robust_list_that_makes_no_sense_ends_nothing_but_the_walk() -> None:
    for following, offset in ((8, 0), (None, 1), (None, -(1 << 62)), (None, 0)):

        def program(context: FakeContext, following: int | None = following, offset: int = offset) -> Calls:
            head = context.room(24)
            other = context.lay(bytes(8))
            # A circle that does not come back to the head.
            context._space.write(other, pack("<Q", other))
            context._space.write(head, pack("<QqQ", other if following is None else following, offset, 0))
            yield ("set_robust_list", head, 24)
            yield ("exit_group", 7)

        host = Host()
        eq(host.finish(program).wait_status, 7 << 8)
