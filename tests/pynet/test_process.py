"""Processes on a machine without a processor: how they start, fork, wait and end (POSIX.1-2017 XSH 2 and Linux's manual pages)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.posix import elf, execute
from pynet.posix.process import (
    CLONE_CHILD_CLEARTID,
    CLONE_FILES,
    CLONE_FS,
    CLONE_PARENT_SETTID,
    CLONE_SIGHAND,
    CLONE_THREAD,
    CLONE_VM,
    MAX_PROCESSES,
    MAX_THREADS,
)
from pynet.posix.syscalls import trace_to
from tests.machine import SCRATCH, FakeSpace, Host, elf_file, pack, unpack
from tests.support import eq, raises, table

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from tests.machine import FakeContext

    Calls = Generator[Any, Any, Any]

SECOND = 1_000_000
SIGCHLD = 17
THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD


def status_of(context: FakeContext, address: int) -> int:
    """An int in memory."""
    value: int = unpack("<i", context.read(address, 4))[0]
    return value


def test_a_program_writes_a_file_and_exits_with_its_status() -> None:
    host = Host()
    results: list[int] = []

    def program(context: FakeContext) -> Calls:
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


def test_the_stack_of_a_program_that_starts_has_arguments_environment_and_auxiliary_vector() -> None:
    host = Host()
    seen: list[Any] = []

    def program(context: FakeContext) -> Calls:
        rsp = context.words[15]
        words = [unpack("<Q", context.read(rsp + 8 * at, 8))[0] for at in range((elf.USER_HIGH - rsp) // 8)]
        argc = words[0]
        strings = [context._space.read_string(word, 100) for word in words[1 : 1 + argc]]
        at = 1 + argc + 1
        environment = []
        while words[at]:
            environment.append(context._space.read_string(words[at], 100))
            at += 1
        at += 1
        auxiliary = {}
        while words[at] != elf.AT_NULL:
            auxiliary[words[at]] = words[at + 1]
            at += 2
        seen.extend([rsp, strings, environment, auxiliary, context._space.read_string(auxiliary[elf.AT_EXECFN], 100)])
        seen.append(context.read(auxiliary[elf.AT_RANDOM], 16))
        yield ("exit_group", 0)

    host.install("/bin/prog", program)
    process = execute.start(host.processes, "/bin/prog", [b"prog", b"-v", b""], [b"A=1", b"B="])
    host.thread(process).start()
    host.run()
    rsp, arguments, environment, auxiliary, name, random = seen
    eq(rsp % 16, 0)
    eq(arguments, [b"prog", b"-v", b""])
    eq(environment, [b"A=1", b"B="])
    eq(name, b"/bin/prog")
    eq(auxiliary[elf.AT_PAGESZ], 4096)
    eq(auxiliary[elf.AT_ENTRY], 0x401000)
    eq(auxiliary[elf.AT_PHDR], 0x401040)
    eq((auxiliary[elf.AT_PHENT], auxiliary[elf.AT_PHNUM]), (56, 1))
    eq(auxiliary[elf.AT_SECURE], 0)
    assert len(set(random)) > 4


def test_fork_returns_twice_and_wait_tells_how_the_child_ended() -> None:
    host = Host()
    log: list[Any] = []

    def child(context: FakeContext) -> Calls:
        log.append(("child", (yield ("getppid",)), (yield ("write", 5, b"x", 1))))
        yield ("exit", 3)

    def program(context: FakeContext) -> Calls:
        me = yield ("getpid",)
        log.append(me)
        context.children.append(child)
        status = context.room(4)
        pid = yield ("fork",)
        log.append(pid)
        log.append((yield ("wait4", -1, status, 0, 0)))
        log.append(status_of(context, status))
        log.append((yield ("wait4", -1, status, 0, 0)))

    host.finish(program)
    eq(log, [2, 3, ("child", 2, -errno.EBADF), 3, 3 << 8, -errno.ECHILD])


def test_a_childs_memory_is_its_own_and_its_descriptors_are_shared() -> None:
    host = Host()
    log: list[Any] = []
    places: list[int] = []

    def child(context: FakeContext) -> Calls:
        context._space.write(places[0], b"child ")
        yield ("write", 0, b"child.", 6)
        yield ("close", 0)

    def program(context: FakeContext) -> Calls:
        places.append(context.lay(b"parent"))
        yield ("open", b"/log", 0o102, 0o600)
        yield ("write", 0, b"parent.", 7)
        context.children.append(child)
        yield ("fork",)
        yield ("wait4", -1, 0, 0, 0)
        log.append(context.read(places[0], 6))
        log.append((yield ("lseek", 0, 0, 1)))
        yield ("write", 0, b"parent.", 7)

    host.finish(program)
    eq(log, [b"parent", 13])
    eq(host.files.walk(None, "/log", host.files.root).content(), b"parent.child.parent.")


def test_wait_chooses_by_number_and_group_and_does_not_wait_with_wnohang() -> None:
    host = Host()
    log: list[Any] = []

    def child(context: FakeContext) -> Calls:
        yield ("exit_group", 1)

    def program(context: FakeContext) -> Calls:
        context.children.extend([child, child])
        first = yield ("fork",)
        second = yield ("fork",)
        yield ("setpgid", second, second)
        log.append((yield ("wait4", first, 0, 1, 0)))
        log.append((yield ("wait4", -second, 0, 0, 0)) == second)
        log.append((yield ("wait4", second, 0, 0, 0)))
        log.append((yield ("wait4", 0, 0, 0, 0)) == first)
        log.append((yield ("wait4", -1, 0, 64, 0)))

    host.finish(program)
    eq(log, [0, True, -errno.ECHILD, True, -errno.EINVAL])


def test_waitid_tells_in_a_siginfo_and_can_leave_the_child() -> None:
    host = Host()
    log: list[Any] = []

    def child(context: FakeContext) -> Calls:
        yield ("exit_group", 9)

    def program(context: FakeContext) -> Calls:
        context.children.append(child)
        pid = yield ("fork",)
        info = context.room(128)
        for options in (4 | 0x01000000, 4):
            log.append((yield ("waitid", 1, pid, info, options, 0)))
            number, _, code, who, _, status = unpack("<iii4xiIi", context.read(info, 28))
            log.append((number, code, who == pid, status))
        log.append((yield ("waitid", 1, pid, info, 4, 0)))
        log.append((yield ("waitid", 1, pid, info, 0, 0)))

    host.finish(program)
    eq(log, [0, (SIGCHLD, 1, True, 9), 0, (SIGCHLD, 1, True, 9), -errno.ECHILD, -errno.EINVAL])


def test_orphans_are_inits_and_leave_nothing() -> None:
    host = Host()
    log: list[Any] = []

    def grandchild(context: FakeContext) -> Calls:
        yield ("nanosleep", pack("<qq", 1, 0), 0)
        log.append((yield ("getppid",)))

    def child(context: FakeContext) -> Calls:
        context.children.append(grandchild)
        yield ("fork",)

    def program(context: FakeContext) -> Calls:
        context.children.append(child)
        yield ("fork",)
        yield ("wait4", -1, 0, 0, 0)
        yield ("nanosleep", pack("<qq", 5, 0), 0)

    host.finish(program)
    eq(log, [1])
    eq(list(host.processes.by_pid), [1])
    eq(host.processes.init.children, [])


def test_execve_runs_another_file_with_new_arguments_and_closes_what_is_marked() -> None:
    host = Host()
    log: list[Any] = []

    def other(context: FakeContext) -> Calls:
        argc = unpack("<Q", context.read(context.words[15], 8))[0]
        log.append(argc)
        log.append((yield ("getpid",)))
        log.append((yield ("close", 0)))
        log.append((yield ("close", 1)))
        yield ("exit_group", 5)

    def program(context: FakeContext) -> Calls:
        yield ("open", b"/a", 0o102, 0o600)
        yield ("open", b"/a", 0o2000002, 0)
        argv = context.lay(pack("<QQQ", context.lay(b"other"), context.lay(b"x"), 0))
        yield ("execve", b"/bin/other", argv, 0)
        log.append("not reached")

    host.install("/bin/other", other)
    process = host.finish(program)
    eq(log, [2, 2, 0, -errno.EBADF])
    eq((process.wait_status, process.name), (5 << 8, "other"))


def test_execve_follows_a_scripts_first_line() -> None:
    host = Host()
    log: list[Any] = []

    def shell(context: FakeContext) -> Calls:
        rsp = context.words[15]
        argc = unpack("<Q", context.read(rsp, 8))[0]
        words = [unpack("<Q", context.read(rsp + 8 + 8 * at, 8))[0] for at in range(argc)]
        log.append([context._space.read_string(word, 100) for word in words])
        yield ("exit_group", 0)

    def program(context: FakeContext) -> Calls:
        argv = context.lay(pack("<QQQ", context.lay(b"name"), context.lay(b"arg"), 0))
        yield ("execve", b"/script", argv, 0)

    host.install("/bin/sh", shell)
    host.files.create("/script", b"#! /bin/sh -e  \necho\n", 0o755)
    host.finish(program)
    eq(log, [[b"/bin/sh", b"-e", b"/script", b"arg"]])


def test_execve_refuses_what_is_no_program_and_leaves_the_caller_as_it_was() -> None:
    host = Host()
    log: list[int] = []
    host.files.create("/text", b"hello", 0o755)
    host.files.create("/empty", b"", 0o755)
    host.files.create("/data", elf_file(0x401000), 0o644)
    host.files.create("/loop", b"#!/loop\n", 0o755)
    host.files.create("/dynamic", elf_file(0x401000, 3, b"/lib64/ld.so"), 0o755)
    host.files.make_directories("/dir")

    def program(context: FakeContext) -> Calls:
        for path in (b"/none", b"/text", b"/empty", b"/data", b"/loop", b"/dynamic", b"/dir", b"/text/x", b""):
            log.append((yield ("execve", path, 0, 0)))
        log.append((yield ("execve", 8, 0, 0)))
        log.append((yield ("getpid",)))

    host.finish(program)
    wanted = [errno.ENOENT, errno.ENOEXEC, errno.ENOEXEC, errno.EACCES, errno.ELOOP, errno.ENOENT, errno.EACCES, errno.ENOTDIR, errno.ENOENT]
    eq(log, [*[-number for number in wanted], -errno.EFAULT, 2])


def test_arguments_beyond_the_limit_are_e2big() -> None:
    host = Host()
    log: list[int] = []

    def other(context: FakeContext) -> Calls:
        yield ("exit_group", 0)

    def program(context: FakeContext) -> Calls:
        word = context.lay(b"x" * 1000)
        for count in (200, 120):
            argv = context.lay(pack("<Q", word) * count + bytes(8))
            log.append((yield ("execve", b"/bin/other", argv, 0)))

    host.install("/bin/other", other)
    process = host.finish(program)
    eq(log, [-errno.E2BIG])
    eq(len(process.memory.arguments), 120 * 1001)


def test_vfork_waits_until_the_child_is_itself() -> None:
    host = Host()
    log: list[Any] = []

    def other(context: FakeContext) -> Calls:
        log.append("other runs")
        yield ("exit_group", 0)

    def child(context: FakeContext) -> Calls:
        log.append("child")
        # The memory is the parent's.
        context._space.write(SCRATCH + 1000, b"!")
        yield ("execve", b"/bin/other", 0, 0)

    def program(context: FakeContext) -> Calls:
        context.room(16)
        context.children.append(child)
        log.append(("forked", (yield ("vfork",))))
        log.append(context.read(SCRATCH + 1000, 1))
        yield ("wait4", -1, 0, 0, 0)

    host.install("/bin/other", other)
    host.finish(program)
    eq(log, ["child", "other runs", ("forked", 3), b"!"])


def test_a_thread_shares_memory_and_descriptors_and_is_joined_by_its_word() -> None:
    host = Host()
    log: list[Any] = []
    words: list[int] = []

    def second(context: FakeContext) -> Calls:
        log.append(("thread", (yield ("gettid",)), (yield ("getpid",)), context.fs_base, context.words[15]))
        yield ("open", b"/by-thread", 0o102, 0o600)
        yield ("exit", 0)

    def program(context: FakeContext) -> Calls:
        words.append(context.lay(pack("<I", 0xFFFF)))
        context.children.append(second)
        flags = THREAD | 0x80000 | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID
        tid = yield ("clone", flags, 0x12345000, words[0], words[0], 0x7000)
        log.append((tid, context.read(words[0], 4)))
        log.append((yield ("futex", words[0], 128, tid, 0, 0, 0)))
        log.append(context.read(words[0], 4))
        log.append((yield ("close", 0)))

    host.finish(program)
    eq(log, [(3, pack("<I", 3)), ("thread", 3, 2, 0x7000, 0x12345000), 0, bytes(4), 0])


def test_exit_group_ends_every_thread() -> None:
    host = Host()

    def second(context: FakeContext) -> Calls:
        yield ("exit_group", 4)

    def program(context: FakeContext) -> Calls:
        context.children.append(second)
        yield ("clone", THREAD, 0, 0, 0, 0)
        yield ("pause",)
        raise AssertionError("the thread went on")

    process = host.finish(program)
    eq(process.wait_status, 4 << 8)
    eq(host.processes.threads, {})


def test_clone_refuses_what_it_does_not_know() -> None:
    host = Host()
    log: list[int] = []

    def program(context: FakeContext) -> Calls:
        for flags in (0x10000, 0x20000 | 17, CLONE_VM | 17, CLONE_FILES | 17, 0x10000000):
            log.append((yield ("clone", flags, 0, 0, 0, 0)))

    host.finish(program)
    eq(log, [-errno.EINVAL] * 5)


def test_processes_are_bounded() -> None:
    host = Host()
    log: list[int] = []

    def child(context: FakeContext) -> Calls:
        yield ("exit_group", 0)

    def program(context: FakeContext) -> Calls:
        for _ in range(MAX_PROCESSES):
            context.children.append(child)
            log.append((yield ("fork",)))

    host.finish(program)
    # init and the program are two of them.
    eq(log.count(-errno.EAGAIN), 2)
    eq(log[-1], -errno.EAGAIN)
    host.run()
    eq(list(host.processes.by_pid), [1])


def test_threads_are_bounded() -> None:
    host = Host()
    log: list[int] = []

    def second(context: FakeContext) -> Calls:
        yield ("exit", 0)

    def program(context: FakeContext) -> Calls:
        for _ in range(MAX_THREADS):
            context.children.append(second)
            log.append((yield ("clone", THREAD, 0, 0, 0, 0)))
        yield ("exit", 0)

    host.start(program)
    host.run()
    eq(log.count(-errno.EAGAIN), 1)
    eq(host.processes.threads, {})


def test_a_kernel_without_a_thread_left_is_eagain() -> None:
    host = Host()
    log: list[int] = []

    def program(context: FakeContext) -> Calls:
        host.machine.threads_refused = True
        log.append((yield ("fork",)))
        log.append((yield ("clone", THREAD, 0, 0, 0, 0)))
        log.append((yield ("wait4", -1, 0, 0, 0)))

    host.finish(program)
    eq(log, [-errno.EAGAIN, -errno.EAGAIN, -errno.ECHILD])


def test_groups_and_sessions() -> None:
    host = Host()
    log: list[Any] = []

    def child(context: FakeContext) -> Calls:
        me = yield ("getpid",)
        log.append((yield ("getpgid", 0)) == me - 1)
        log.append((yield ("setsid",)) == me)
        log.append(((yield ("getsid", 0)) == me, (yield ("getpgrp",)) == me))
        log.append((yield ("setsid",)))
        log.append((yield ("setpgid", 0, 0)))

    def program(context: FakeContext) -> Calls:
        context.children.append(child)
        pid = yield ("fork",)
        log.append((yield ("setsid",)))
        log.append((yield ("setpgid", pid, -1)))
        log.append((yield ("setpgid", 99, 0)))
        log.append((yield ("setpgid", pid, 99)))
        log.append((yield ("getpgid", 99)))
        yield ("wait4", -1, 0, 0, 0)

    host.finish(program)
    eq(log[:5], [-errno.EPERM, -errno.EINVAL, -errno.ESRCH, -errno.EPERM, -errno.ESRCH])
    eq(log[5:], [True, True, (True, True), -errno.EPERM, -errno.EPERM])


# The files of programs.


def patched(at: int, data: bytes) -> bytes:
    """A program's file with some bytes changed."""
    whole = bytearray(elf_file(0x401000))
    whole[at : at + len(data)] = data
    return bytes(whole)


def test_a_hostile_file_is_refused_and_never_more() -> None:
    def check(at: int, data: bytes, number: int) -> None:
        error = raises(OSError, elf.parse, patched(at, data))
        eq(getattr(error, "errno", 0), number)

    table(
        (
            (0, b"\x7fELG", errno.ENOEXEC),
            (4, b"\1", errno.ENOEXEC),
            (5, b"\2", errno.ENOEXEC),
            (16, pack("<H", 1), errno.ENOEXEC),
            (18, pack("<H", 3), errno.ENOEXEC),
            (32, pack("<Q", 1 << 40), errno.ENOEXEC),
            (54, pack("<H", 32), errno.ENOEXEC),
            (56, pack("<H", 0), errno.ENOEXEC),
            (56, pack("<H", 0xFFFF), errno.ENOEXEC),
            # The segment: offset, address, size in the file, size in memory.
            (64 + 8, pack("<Q", 1 << 63), errno.ENOEXEC),
            (64 + 16, pack("<Q", 0x401001), errno.ENOEXEC),
            (64 + 16, pack("<Q", 0x1000), errno.ENOEXEC),
            (64 + 16, pack("<Q", 0xFFFFFFFFFFFFF000), errno.ENOEXEC),
            (64 + 32, pack("<Q", 1 << 62), errno.ENOEXEC),
            (64 + 40, pack("<Q", 1), errno.ENOEXEC),
            (64 + 40, pack("<Q", 0xFFFFFFFFFFFFFFFF), errno.ENOEXEC),
            (64, pack("<I", 0), errno.ENOEXEC),
        ),
        check,
    )
    whole = elf_file(0x401000)
    for length in range(len(whole)):
        raises(OSError, elf.parse, whole[:length])
    elf.parse(whole)


def test_any_change_of_a_byte_gives_an_image_or_an_error_that_execve_may_answer() -> None:
    whole = elf_file(0x401000, 3)
    for at in range(len(whole)):
        for value in (0, 1, 0x7F, 0x80, 0xFF):
            changed = bytearray(whole)
            changed[at] = value
            try:
                elf.place(FakeSpace(4096), elf.parse(bytes(changed)), elf.PROGRAM_BASE, elf.USER_HIGH)
            except OSError as error:
                assert error.errno in (errno.ENOEXEC, errno.ENOMEM, errno.EINVAL), error


def test_a_position_independent_program_is_placed() -> None:
    image = elf.parse(elf_file(0x1000, 3))
    space = FakeSpace(100)
    elf.place(space, image, elf.PROGRAM_BASE, elf.USER_HIGH)
    eq(image.position + image.entry, elf.PROGRAM_BASE)
    eq([region[:2] for region in space.regions()], [(elf.PROGRAM_BASE, elf.PROGRAM_BASE + 4096)])


# What they are told about themselves and the system.


def test_names_limits_and_the_system() -> None:
    host = Host()
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        place = context.room(400)
        yield ("uname", place)
        log.append([context.read(place + 65 * field, 65).rstrip(b"\0") for field in (0, 1, 4)])
        yield ("prlimit64", 0, 7, 0, place)
        log.append(unpack("<QQ", context.read(place, 16)))
        log.append((yield ("setrlimit", 7, pack("<QQ", 2, 2000))))
        log.append((yield ("setrlimit", 7, pack("<QQ", 2, 1000))))
        for _ in range(3):
            log.append((yield ("open", b"/f", 0o102, 0o600)))
        log.append((yield ("prlimit64", 0, 16, 0, place)))
        yield ("prctl", 15, b"a name that is too long", 0, 0, 0)
        yield ("prctl", 16, place, 0, 0, 0)
        log.append(context.read(place, 16))
        log.append((yield ("arch_prctl", 0x1002, 0x7000)))
        log.append(context.fs_base)
        log.append((yield ("arch_prctl", 0x1002, 0x800000000000)))
        log.append((yield ("sched_getaffinity", 0, 128, place)))
        log.append((yield ("getrandom", place, 300, 0)))
        log.append(len(set(context.read(place, 300))) > 50)
        log.append((yield ("getrandom", place, 1, 6)))
        log.append((yield ("rseq", 0)))

    host.finish(program)
    eq(log[0], [b"Linux", b"pynet", b"x86_64"])
    eq(log[1:4], [(1024, 1024), -errno.EPERM, 0])
    eq(log[4:8], [0, 1, -errno.EMFILE, -errno.EINVAL])
    eq(log[8], b"a name that is \0")
    eq(log[9:13], [0, 0x7000, -errno.EPERM, 8])
    eq(log[13:], [300, True, -errno.EINVAL, -errno.ENOSYS])


def test_a_call_that_is_not_there_is_counted() -> None:
    host = Host()
    log: list[int] = []

    def program(context: FakeContext) -> Calls:
        log.append((yield (500,)))
        log.append((yield (500,)))
        log.append((yield (0xFFFFFFFF,)))
        # The upper half of rax does not count.
        log.append((yield (39 | 1 << 32,)))

    host.finish(program)
    eq(log, [-errno.ENOSYS, -errno.ENOSYS, -errno.ENOSYS, 2])
    eq(host.processes.unknown_calls, {500: 2, 512: 1})


def test_a_fault_in_a_handler_of_ours_ends_the_program_alone() -> None:
    host = Host()
    log: list[int] = []

    def program(context: FakeContext) -> Calls:
        context.argument = lambda n: "no number"  # type: ignore[assignment,method-assign,return-value]
        yield ("close", 0)

    def healthy(context: FakeContext) -> Calls:
        log.append((yield ("getpid",)))

    host.start(program)
    host.finish(healthy)
    eq(len(log), 1)
    assert any("close" in line for line in host.world.log)


def test_strace_prints_calls_as_strace_does() -> None:
    host = Host()
    lines: list[str] = []
    trace_to(host.processes, lines.append)

    def child(context: FakeContext) -> Calls:
        yield ("exit_group", 3)

    def program(context: FakeContext) -> Calls:
        yield ("openat", -100, b"/etc/nothing", 0o2000000, 0)
        yield ("open", b"/tab\tle", 0o101, 0o644)
        yield ("write", 0, b"\0hello\n" + b"x" * 40, 47)
        yield ("mmap", 0, 4096, 3, 0x22, -1, 0)
        yield ("rt_sigprocmask", 2, 0, 0, 8)
        yield ("rt_sigaction", SIGCHLD, pack("<QQQQ", host.add(handler), 0x04000000, 1, 0), 0, 8)
        context.children.append(child)
        yield ("fork",)
        yield ("wait4", -1, 0, 0, 0)

    def handler(context: FakeContext) -> Calls:
        yield ("getpid",)

    host.finish(program)
    eq(
        [line for line in lines if "rt_sigaction" not in line],
        [
            'openat(AT_FDCWD, "/etc/nothing", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
            'open("/tab\\tle", O_WRONLY|O_CREAT, 0644) = 0',
            'write(0, "\\0hello\\nxxxxxxxxxxxxxxxxxxxxxxxxx"..., 47) = 47',
            "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7ffffbffe000",
            "rt_sigprocmask(SIG_SETMASK, NULL, NULL, 8) = 0",
            "[pid     2] fork()                      = 3",
            "[pid     3] exit_group(3)               = ?",
            "[pid     3] +++ exited with 3 +++",
            "wait4(-1, NULL, 0, NULL)                = 3",
            "--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=3, si_uid=0, si_status=3, si_utime=0, si_stime=0} ---",
            "getpid()                                = 2",
            "rt_sigreturn()                          = 0",
            "exit_group(0)                           = ?",
            "+++ exited with 0 +++",
        ],
    )
