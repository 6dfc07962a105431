"""Signals on a machine without a processor (POSIX.1-2017 XSH 2.4, signal(7), and the frame that Linux's x86-64 ABI has)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.posix.process_calls import News, news_of
from pynet.posix.signals import MAX_QUEUED, Siginfo
from tests.machine import Host, pack, unpack
from tests.support import eq, table

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from tests.machine import FakeContext

    Calls = Generator[Any, Any, Any]

SIGINT = 2
SIGILL = 4
SIGFPE = 8
SIGKILL = 9
SIGUSR1 = 10
SIGSEGV = 11
SIGUSR2 = 12
SIGPIPE = 13
SIGALRM = 14
SIGTERM = 15
SIGCHLD = 17
SIGCONT = 18
SIGSTOP = 19
SIGTSTP = 20
SA_SIGINFO = 4
SA_RESTORER = 0x04000000
SA_ONSTACK = 0x08000000
SA_RESTART = 0x10000000
SA_NODEFER = 0x40000000
SA_RESETHAND = 0x80000000
SIG_IGN = 1
RESTORER = 0x7777
SLEEP_5 = pack("<qq", 5, 0)


def action(handler: int, flags: int = 0, mask: int = 0) -> bytes:
    """struct sigaction as the kernel has it."""
    return pack("<QQQQ", handler, flags | SA_RESTORER, RESTORER, mask)


def bit(number: int) -> int:
    """A signal's bit in a mask."""
    return 1 << (number - 1)


def test_a_handler_runs_on_linuxs_frame_and_returns_to_where_it_was() -> None:
    host = Host()
    log: list[Any] = []

    def handler(context: FakeContext) -> Calls:
        words = context.words
        number, info, ucontext, rsp = words[8], words[9], words[12], words[15]
        log.append((number, rsp % 16, info - rsp, ucontext - rsp))
        log.append(context.read(rsp, 8) == pack("<Q", RESTORER))
        log.append(unpack("<iii4xiI", context.read(info, 24)))
        flags, link = unpack("<QQ", context.read(ucontext, 16))
        saved = unpack("<18Q", context.read(ucontext + 40, 144))
        vector_at = unpack("<Q", context.read(ucontext + 224, 8))[0]
        mask = unpack("<Q", context.read(ucontext + 296, 8))[0]
        log.append((flags, link, vector_at % 64, mask, saved[0], saved[15] - 128 >= vector_at + 512))
        log.append(context.read(vector_at, 512) == b"\5" * 512)
        place = context.room(8)
        yield ("rt_sigprocmask", 0, 0, place, 8)
        log.append(unpack("<Q", context.read(place, 8))[0])
        context.vector = b"\6" * 512

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", SIGUSR1, action(host.add(handler), SA_SIGINFO, bit(SIGUSR2)), 0, 8)
        context.words[0] = 0x1234
        context.vector = b"\5" * 512
        log.append((yield ("kill", 2, SIGUSR1)))
        log.append((context.words[0], context.vector == b"\5" * 512))

    host.finish(program)
    eq(log[0], (SIGUSR1, 8, 8 + 304, 8))
    eq(log[1:3], [True, (SIGUSR1, 0, 0, 2, 0)])
    eq(log[3], (6, 0, 0, 0, 0x1234, True))
    eq(log[4:], [True, bit(SIGUSR1) | bit(SIGUSR2), 0, (0x1234, True)])


def test_what_a_handler_changes_in_the_frame_holds_afterwards() -> None:
    host = Host()
    log: list[Any] = []

    def handler(context: FakeContext) -> Calls:
        ucontext = context.words[12]
        context._space.write(ucontext + 40, pack("<Q", 77))
        context._space.write(ucontext + 296, pack("<Q", bit(SIGUSR2) | bit(SIGKILL)))
        yield ("getpid",)

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", SIGUSR1, action(host.add(handler)), 0, 8)
        yield ("kill", 2, SIGUSR1)
        log.append(context.words[0])
        place = context.room(8)
        yield ("rt_sigprocmask", 0, 0, place, 8)
        log.append(unpack("<Q", context.read(place, 8))[0])

    host.finish(program)
    eq(log, [77, bit(SIGUSR2)])


def test_default_actions() -> None:
    def check(number: int, status: int) -> None:
        host = Host()

        def program(context: FakeContext) -> Calls:
            yield ("kill", 2, number)
            yield ("exit_group", 1)

        eq(host.finish(program).wait_status, status)

    table(
        ((SIGINT, SIGINT), (SIGTERM, SIGTERM), (SIGKILL, SIGKILL), (SIGPIPE, SIGPIPE), (SIGALRM, SIGALRM), (40, 40), (64, 64),
         (SIGCHLD, 1 << 8), (SIGCONT, 1 << 8), (28, 1 << 8), (23, 1 << 8)),
        check,
    )  # fmt: skip


def test_ignored_and_blocked_signals() -> None:
    host = Host()
    log: list[Any] = []

    def handler(context: FakeContext) -> Calls:
        log.append("handler")
        yield ("getpid",)

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", SIGINT, action(SIG_IGN), 0, 8)
        yield ("kill", 2, SIGINT)
        yield ("rt_sigaction", SIGUSR1, action(host.add(handler)), 0, 8)
        yield ("rt_sigprocmask", 0, pack("<Q", bit(SIGUSR1) | bit(SIGUSR2)), 0, 8)
        yield ("kill", 2, SIGUSR1)
        yield ("kill", 2, SIGUSR1)
        yield ("kill", 2, SIGUSR2)
        place = context.room(8)
        yield ("rt_sigpending", place, 8)
        log.append(unpack("<Q", context.read(place, 8))[0])
        # Ignoring a signal that waits is having never got it.
        yield ("rt_sigaction", SIGUSR2, action(SIG_IGN), 0, 8)
        yield ("rt_sigprocmask", 1, pack("<Q", bit(SIGUSR1) | bit(SIGUSR2)), 0, 8)
        log.append("after")

    host.finish(program)
    eq(log, [bit(SIGUSR1) | bit(SIGUSR2), "handler", "after"])


def test_real_time_signals_are_queued_with_their_values_up_to_the_bound() -> None:
    host = Host()
    log: list[Any] = []

    def handler(context: FakeContext) -> Calls:
        log.append(unpack("<iii4xiIQ", context.read(context.words[9], 32))[2:])
        yield ("getpid",)

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", 40, action(host.add(handler), SA_SIGINFO), 0, 8)
        yield ("rt_sigprocmask", 0, pack("<Q", bit(40) | bit(41)), 0, 8)
        for value in (7, 8):
            info = pack("<iii4xiIQ", 40, 0, -1, 2, 0, value).ljust(128, b"\0")
            log.append((yield ("rt_sigqueueinfo", 2, 40, info)))
        results = []
        for _ in range(MAX_QUEUED + 40):
            results.append((yield ("rt_sigqueueinfo", 2, 41, info)))
        log.append((results[0], results[-1]))
        yield ("rt_sigaction", 41, action(SIG_IGN), 0, 8)
        yield ("rt_sigprocmask", 2, pack("<Q", 0), 0, 8)

    host.finish(program)
    eq(log, [0, 0, (0, -errno.EAGAIN), (-1, 2, 0, 7), (-1, 2, 0, 8)])


def test_a_wait_ends_with_eintr_or_is_made_again_as_sa_restart_says() -> None:
    def run(flags: int) -> list[Any]:
        host = Host()
        log: list[Any] = []
        word: list[int] = []

        def handler(context: FakeContext) -> Calls:
            log.append("handler")
            context._space.write(word[0], b"\1")
            yield ("getpid",)

        def program(context: FakeContext) -> Calls:
            yield ("rt_sigaction", SIGALRM, action(host.add(handler), flags), 0, 8)
            word.append(context.room(4))
            yield ("alarm", 1)
            log.append((yield ("futex", word[0], 128, 0, 0, 0, 0)))

        host.finish(program)
        return log

    # Made again, the call finds the word changed.
    eq(run(0), ["handler", -errno.EINTR])
    eq(run(SA_RESTART), ["handler", -errno.EAGAIN])


def test_a_sleep_tells_what_was_left_and_is_not_made_again() -> None:
    host = Host()
    log: list[Any] = []

    def handler(context: FakeContext) -> Calls:
        yield ("getpid",)

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", SIGALRM, action(host.add(handler), SA_RESTART), 0, 8)
        log.append((yield ("alarm", 2)))
        left = context.room(16)
        log.append((yield ("nanosleep", SLEEP_5, left)))
        log.append(unpack("<qq", context.read(left, 16)))
        log.append((yield ("alarm", 0)))
        log.append((yield ("nanosleep", pack("<qq", 0, 1_000_000_000), 0)))
        log.append((yield ("nanosleep", pack("<qq", -1, 0), 0)))

    host.finish(program)
    eq(log[:2], [0, -errno.EINTR])
    eq(log[2], (3, 0))
    eq(log[3:], [0, -errno.EINVAL, -errno.EINVAL])


def test_setitimer_sends_again_and_again() -> None:
    host = Host()
    log: list[Any] = []

    def handler(context: FakeContext) -> Calls:
        log.append(host.world.now // 1000)
        yield ("getpid",)

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", SIGALRM, action(host.add(handler)), 0, 8)
        start = host.world.now // 1000
        yield ("setitimer", 0, pack("<qqqq", 0, 20_000, 0, 10_000), 0)
        for _ in range(3):
            yield ("pause",)
        log.append([time - start for time in log])
        place = context.room(32)
        yield ("getitimer", 0, place)
        log.append(unpack("<qqqq", context.read(place, 32)))
        log.append((yield ("setitimer", 0, 0, place)))
        log.append((yield ("setitimer", 3, place, 0)))

    host.finish(program)
    eq(log[3], [10, 30, 50])
    eq(log[4:], [(0, 20_000, 0, 20_000), 0, -errno.EINVAL])


def test_sigsuspend_waits_under_another_mask_and_comes_back_to_the_old_one() -> None:
    host = Host()
    log: list[Any] = []

    def handler(context: FakeContext) -> Calls:
        place = context.room(8)
        yield ("rt_sigprocmask", 0, 0, place, 8)
        log.append(unpack("<Q", context.read(place, 8))[0])

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", SIGUSR1, action(host.add(handler)), 0, 8)
        yield ("rt_sigprocmask", 0, pack("<Q", bit(SIGUSR1) | bit(SIGTERM)), 0, 8)
        yield ("kill", 2, SIGUSR1)
        log.append((yield ("rt_sigsuspend", pack("<Q", bit(SIGINT)), 8)))
        place = context.room(8)
        yield ("rt_sigprocmask", 0, 0, place, 8)
        log.append(unpack("<Q", context.read(place, 8))[0])

    host.finish(program)
    eq(log, [bit(SIGINT) | bit(SIGUSR1), -errno.EINTR, bit(SIGUSR1) | bit(SIGTERM)])


def test_sigtimedwait_takes_a_signal_without_its_handler() -> None:
    host = Host()
    log: list[Any] = []

    def child(context: FakeContext) -> Calls:
        yield ("kill", 2, SIGUSR1)
        yield ("exit_group", 0)

    def program(context: FakeContext) -> Calls:
        wanted = pack("<Q", bit(SIGUSR1) | bit(SIGUSR2))
        yield ("rt_sigprocmask", 0, wanted, 0, 8)
        log.append((yield ("rt_sigtimedwait", wanted, 0, pack("<qq", 0, 0), 8)))
        log.append((yield ("rt_sigtimedwait", wanted, 0, pack("<qq", 1, 0), 8)))
        context.children.append(child)
        yield ("fork",)
        info = context.room(128)
        log.append((yield ("rt_sigtimedwait", wanted, info, 0, 8)))
        log.append(unpack("<iii4xi", context.read(info, 20)))

    host.finish(program)
    eq(log, [-errno.EAGAIN, -errno.EAGAIN, SIGUSR1, (SIGUSR1, 0, 0, 3)])


def test_faults_are_signals_that_cannot_be_refused() -> None:
    host = Host()
    log: list[Any] = []

    def handler(context: FakeContext) -> Calls:
        number, info, ucontext = context.words[8], context.words[9], context.words[12]
        code, address = unpack("<i4xQ", context.read(info + 8, 16))
        log.append((number, code, address, unpack("<QQ", context.read(ucontext + 192, 16))))
        yield ("getpid",)

    def program(context: FakeContext) -> Calls:
        for number in (SIGSEGV, SIGILL, SIGFPE):
            yield ("rt_sigaction", number, action(host.add(handler), SA_SIGINFO), 0, 8)
        place = context.room(16)
        rip = context.words[16]
        yield ("fault", (14, 6, 0x5000))
        yield ("fault", (14, 7, place))
        yield ("fault", (6, 0, 0))
        yield ("fault", (0, 0, 0))
        log.append((place, rip))
        # Blocked, it ends the process.
        yield ("rt_sigprocmask", 0, pack("<Q", bit(SIGSEGV)), 0, 8)
        yield ("fault", (13, 0, 0))

    process = host.finish(program)
    place, rip = log[4]
    eq(log[:2], [(SIGSEGV, 1, 0x5000, (6, 14)), (SIGSEGV, 2, place, (7, 14))])
    eq(log[2:4], [(SIGILL, 2, rip, (0, 6)), (SIGFPE, 1, rip, (0, 0))])
    eq(process.wait_status, SIGSEGV)


def test_a_process_that_is_out_of_memory_is_killed() -> None:
    host = Host()

    def handler(context: FakeContext) -> Calls:
        yield ("getpid",)

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", SIGSEGV, action(host.add(handler)), 0, 8)
        yield ("fault", (14, 6 | 1 << 31, 0x5000))

    eq(host.finish(program).wait_status, SIGKILL)


def test_a_stack_that_cannot_be_written_ends_the_process_unless_there_is_another() -> None:
    def run(flags: int) -> tuple[int, list[Any]]:
        host = Host()
        log: list[Any] = []

        def handler(context: FakeContext) -> Calls:
            place = context.room(24)
            yield ("sigaltstack", 0, place)
            base, stack_flags, size = unpack("<Qi4xQ", context.read(place, 24))
            log.append((base < context.words[15] < base + size, stack_flags))
            log.append((yield ("sigaltstack", pack("<Qi4xQ", 0, 2, 0), 0)))

        def program(context: FakeContext) -> Calls:
            stack = context.room(8192)
            log.append((yield ("sigaltstack", pack("<Qi4xQ", stack, 0, 1000), 0)))
            log.append((yield ("sigaltstack", pack("<Qi4xQ", stack, 0, 8192), 0)))
            yield ("rt_sigaction", SIGSEGV, action(host.add(handler), flags), 0, 8)
            before = context.words[15]
            context.words[15] = 0x30000
            yield ("fault", (14, 6, 0x30000))
            context.words[15] = before
            yield ("exit_group", 0)

        return host.finish(program).wait_status, log

    eq(run(0), (SIGSEGV, [-errno.ENOMEM, 0]))
    eq(run(SA_ONSTACK), (0, [-errno.ENOMEM, 0, (True, 1), -errno.EPERM]))


def test_a_frame_that_makes_no_sense_ends_the_process() -> None:
    host = Host()

    def program(context: FakeContext) -> Calls:
        context.words[15] = 0x40000
        yield ("rt_sigreturn",)

    eq(host.finish(program).wait_status, SIGSEGV)


def test_the_flags_of_an_action() -> None:
    host = Host()
    log: list[Any] = []

    def handler(context: FakeContext) -> Calls:
        place = context.room(8)
        yield ("rt_sigprocmask", 0, 0, place, 8)
        log.append(unpack("<Q", context.read(place, 8))[0])

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", SIGUSR1, action(host.add(handler), SA_NODEFER | SA_RESETHAND), 0, 8)
        yield ("kill", 2, SIGUSR1)
        place = context.room(32)
        yield ("rt_sigaction", SIGUSR1, 0, place, 8)
        log.append(unpack("<QQQQ", context.read(place, 32)))
        log.append((yield ("rt_sigaction", SIGKILL, action(1), 0, 8)))
        log.append((yield ("rt_sigaction", SIGKILL, 0, place, 8)))
        log.append((yield ("rt_sigaction", 0, 0, 0, 8)))
        log.append((yield ("rt_sigaction", 65, 0, 0, 8)))
        log.append((yield ("rt_sigaction", 1, 0, 0, 16)))

    host.finish(program)
    eq(log, [0, (0, 0, 0, 0), -errno.EINVAL, 0, -errno.EINVAL, -errno.EINVAL, -errno.EINVAL])


def test_kill_checks_its_arguments_and_finds_its_targets() -> None:
    host = Host()
    log: list[int] = []

    def program(context: FakeContext) -> Calls:
        for pid, number in ((2, 65), (99, 0), (2, 0), (0, 0), (-99, 0), (-1, 0), (1, SIGKILL)):
            log.append((yield ("kill", pid, number)))
        for tgid, tid, number in ((2, 2, 0), (2, 3, 0), (3, 2, 0), (0, 2, 0), (2, 2, 70)):
            log.append((yield ("tgkill", tgid, tid, number)))
        log.append((yield ("tkill", 2, 0)))

    host.finish(program)
    eq(log[:7], [-errno.EINVAL, -errno.ESRCH, 0, 0, -errno.ESRCH, -errno.ESRCH, 0])
    eq(log[7:], [0, -errno.ESRCH, -errno.ESRCH, -errno.EINVAL, -errno.EINVAL, 0])


def test_a_parent_is_told_of_stops_and_continues() -> None:
    host = Host()
    log: list[Any] = []

    def child(context: FakeContext) -> Calls:
        yield ("kill", 2, SIGUSR1)
        yield ("kill", 3, SIGSTOP)
        log.append("goes on")
        yield ("exit_group", 0)

    def starter(context: FakeContext) -> Calls:
        yield ("exit_group", 0)

    def handler(context: FakeContext) -> Calls:
        yield ("getpid",)

    def program(context: FakeContext) -> Calls:
        # The child stops inside this process's wait, which therefore comes to its end only with the child's.
        status = context.room(4)
        context.children.append(child)
        pid = yield ("fork",)
        process = host.processes.by_pid[pid]
        yield ("rt_sigaction", SIGUSR1, action(host.add(handler)), 0, 8)
        watch(process)
        log.append((yield ("wait4", -1, status, 2 | 8, 0)))
        log.append((yield ("wait4", -1, status, 2 | 8, 0)))
        log.append(unpack("<i", context.read(status, 4))[0])

    def watch(process: Any) -> None:
        """From the loop, as another process would: let it stand, then go on."""

        async def act() -> None:
            loop = host.stack.loop
            await loop.sleep_until(host.world.now + 1000)
            log.append((process.stopped, told(news_of(process, 4, False)), told(news_of(process, 2, True)), told(news_of(process, 2, False))))
            log.append(told(news_of(process, 2, False)))
            process.post(Siginfo(SIGCONT, 0, 1))
            log.append((told(news_of(process, 8, False)), told(news_of(process, 8, False))))

        host.stack.loop.spawn(act(), "watch")

    host.finish(program)
    stopped = SIGSTOP << 8 | 0x7F
    eq(log, [(True, -1, stopped, stopped), -1, (0xFFFF, -1), "goes on", 3, -errno.ECHILD, 0])


def told(news: News | None) -> int:
    """The status that wait4 would give, -1 for nothing."""
    return news.wait_status if news is not None else -1


def test_a_child_that_nobody_waits_for_leaves_nothing_where_sigchld_is_ignored() -> None:
    host = Host()
    log: list[Any] = []

    def child(context: FakeContext) -> Calls:
        yield ("exit_group", 0)

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", SIGCHLD, action(SIG_IGN), 0, 8)
        context.children.append(child)
        yield ("fork",)
        log.append((yield ("wait4", -1, 0, 0, 0)))

    host.finish(program)
    eq(log, [-errno.ECHILD])


def test_fork_copies_actions_and_mask_and_not_what_waits_and_execve_keeps_what_is_ignored() -> None:
    host = Host()
    log: list[Any] = []

    def other(context: FakeContext) -> Calls:
        place = context.room(32)
        for number in (SIGUSR1, SIGUSR2):
            yield ("rt_sigaction", number, 0, place, 8)
            log.append(unpack("<Q", context.read(place, 8))[0])
        yield ("rt_sigprocmask", 0, 0, place, 8)
        log.append(unpack("<Q", context.read(place, 8))[0])

    def child(context: FakeContext) -> Calls:
        place = context.room(8)
        yield ("rt_sigpending", place, 8)
        log.append(unpack("<Q", context.read(place, 8))[0])
        yield ("execve", b"/bin/other", 0, 0)

    def program(context: FakeContext) -> Calls:
        yield ("rt_sigaction", SIGUSR1, action(0x5000), 0, 8)
        yield ("rt_sigaction", SIGUSR2, action(SIG_IGN), 0, 8)
        yield ("rt_sigprocmask", 0, pack("<Q", bit(SIGTERM)), 0, 8)
        yield ("kill", 2, SIGTERM)
        context.children.append(child)
        yield ("fork",)
        yield ("wait4", -1, 0, 0, 0)

    host.install("/bin/other", other)
    host.finish(program)
    eq(log, [0, 0, SIG_IGN, bit(SIGTERM)])


def test_a_thread_takes_what_was_sent_to_it_and_the_process_what_was_sent_to_that() -> None:
    host = Host()
    log: list[Any] = []

    def handler(context: FakeContext) -> Calls:
        log.append((yield ("gettid",)))

    def second(context: FakeContext) -> Calls:
        # The process's signal goes to a thread that does not block it; the first one does.
        yield ("kill", 2, SIGUSR1)
        yield ("tgkill", 2, 3, SIGUSR2)
        yield ("tgkill", 2, 2, SIGUSR2)
        yield ("exit", 0)

    def program(context: FakeContext) -> Calls:
        address = host.add(handler)
        yield ("rt_sigaction", SIGUSR1, action(address), 0, 8)
        yield ("rt_sigaction", SIGUSR2, action(address), 0, 8)
        context.children.append(second)
        yield ("clone", 0x10F00, 0, 0, 0, 0)
        yield ("rt_sigprocmask", 0, pack("<Q", bit(SIGUSR1)), 0, 8)
        log.append((yield ("pause",)))

    host.finish(program)
    eq(log, [3, 3, 2, -errno.EINTR])


def test_timers_of_processor_time_count_work_and_no_waiting() -> None:
    """setitimer(2): ITIMER_VIRTUAL counts time in ring 3, ITIMER_PROF that in calls too; clock_gettime's process time neither counts a wait."""
    host = Host()
    log: list[Any] = []
    virtual, prof, sigvtalrm, sigprof = 1, 2, 26, 27

    def handler(context: FakeContext) -> Calls:
        log.append(context.words[8])
        yield ("getpid",)

    def program(context: FakeContext) -> Calls:
        place = context.room(32)

        def work(duration: int) -> None:
            context.machine.world.now += duration

        def microseconds(at: int) -> tuple[int, ...]:
            words = unpack("<4q", context.read(at, 32))
            return words[0] * 1_000_000 + words[1], words[2] * 1_000_000 + words[3]

        for number in (sigvtalrm, sigprof):
            yield ("rt_sigaction", number, action(host.add(handler)), 0, 8)
        yield ("setitimer", virtual, pack("<4q", 0, 0, 0, 10_000), 0)
        yield ("nanosleep", SLEEP_5, 0)
        yield ("getitimer", virtual, place)
        log.append(microseconds(place))
        yield ("clock_gettime", 2, place)
        log.append(unpack("<2q", context.read(place, 16)))
        work(6_000)
        yield ("getitimer", virtual, place)
        log.append(microseconds(place))
        work(4_000)
        yield ("getitimer", virtual, place)
        log.append(microseconds(place))
        yield ("setitimer", prof, pack("<4q", 0, 10_000, 0, 10_000), 0)
        for _ in range(3):
            work(14_000)
            yield ("getpid",)
        yield ("setitimer", prof, pack("<4q", 0, 0, 0, 0), place)
        log.append(microseconds(place))
        work(100_000)
        yield ("setitimer", virtual, pack("<4q", 0, 0, 0, 10_000), 0)
        # Who makes no calls is called back.
        before = context.interrupts
        context.machine.world.run(20_000)
        log.append(context.interrupts - before)
        yield ("getpid",)
        log.append((yield ("getitimer", 3, place)))

    host.finish(program)
    eq(log, [(0, 10_000), (0, 0), (0, 4_000), sigvtalrm, (0, 1), sigprof, sigprof, sigprof, (10_000, 8_000), 1, sigvtalrm, -errno.EINVAL])


def test_a_child_has_none_of_its_parents_timers_and_execve_keeps_them() -> None:
    host = Host()
    log: list[Any] = []

    def left(context: FakeContext) -> Calls:
        place = context.room(32)
        yield ("getitimer", 1, place)
        log.append(unpack("<4q", context.read(place, 32))[2])

    def child(context: FakeContext) -> Calls:
        yield from left(context)
        yield ("exit", 0)

    def second(context: FakeContext) -> Calls:
        yield from left(context)

    host.install("/bin/second", second)

    def program(context: FakeContext) -> Calls:
        yield ("setitimer", 1, pack("<4q", 0, 0, 100, 0), 0)
        context.children.append(child)
        yield ("fork",)
        yield ("wait4", -1, 0, 0, 0)
        yield ("execve", b"/bin/second", 0, 0)

    host.finish(program)
    eq(log, [0, 100])
