"""A host's programs as a whole: /proc, the files of /etc, and the program that comes over the second serial port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, init
from pynet.posix import (
    execute,
    file_calls,
    futex,
    locks,
    memory_calls,
    process_calls,
    signals,
    supported,
    syscalls,
    time_calls,
)
from pynet.posix import program as program_service
from pynet.posix.process import Processes
from pynet.posix.system import System
from tests.machine import FakeMachine, Host, elf_file, pack, unpack
from tests.support import eq

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from tests.machine import FakeContext

    Calls = Generator[Any, Any, Any]


MODULES = (execute, file_calls, futex, locks, memory_calls, process_calls, signals, time_calls)


class Whole:
    """A host with everything."""

    def __init__(self) -> None:
        self.host = Host()
        self.machine: FakeMachine = self.host.machine
        self.system = System(self.machine, self.host.sockets)
        self.processes: Processes = self.system.processes
        self.host.files = self.system.files
        self.host.processes = self.processes

    def read(self, *paths: bytes) -> list[bytes]:
        """What a program reads in these files."""
        texts: list[bytes] = []

        def program(context: FakeContext) -> Calls:
            for path in paths:
                fd = yield ("open", path, 0, 0)
                if fd < 0:
                    texts.append(b"errno " + str(-fd).encode())
                    continue
                buffer = context.room(16384)
                count = yield ("read", fd, buffer, 16384)
                texts.append(context.read(buffer, count))
                yield ("close", fd)

        self.host.finish(program, [b"prog", b"arg"])
        return texts


def test_proc_tells_of_the_process_that_asks() -> None:
    whole = Whole()
    texts = whole.read(b"/proc/self/cmdline", b"/proc/self/comm", b"/proc/self/stat", b"/proc/self/status", b"/proc/self/maps", b"/proc/self/statm")
    eq(texts[0], b"prog\0arg\0")
    name = texts[1].strip()
    assert name.startswith(b"program")
    fields = texts[2].rpartition(b")")[2].split()
    eq((texts[2].split()[0], fields[0], fields[1], len(fields)), (b"2", b"R", b"1", 50))
    assert b"\nPid:\t2\nPPid:\t1\n" in texts[3]
    assert b"[stack]\n" in texts[4]
    assert b" r-xp " in texts[4]
    for line in texts[4].splitlines():
        start, end = [int(word, 16) for word in line.split()[0].split(b"-")]
        assert start < end


def test_proc_has_the_processes_by_number_and_their_descriptors() -> None:
    whole = Whole()
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        yield ("open", b"/etc/passwd", 0, 0)
        yield ("pipe", context.room(8))
        room = context.room(256)
        for path in (b"/proc/self", b"/proc/self/exe", b"/proc/2/cwd", b"/proc/self/fd/0", b"/proc/self/fd/1", b"/proc/1/exe", b"/proc/self/fd/9"):
            count = yield ("readlink", path, room, 256)
            log.append(context.read(room, count) if count > 0 else count)
        fd = yield ("open", b"/proc/self/fd", 0o200000, 0)
        count = yield ("getdents64", fd, room, 256)
        log.append(count > 0)
        again = yield ("open", b"/proc/self/fd/0", 0, 0)
        log.append((yield ("read", again, room, 5)))
        log.append((yield ("open", b"/proc/self/fd/1", 0, 0)) > 0)
        log.append((yield ("open", b"/proc/99/stat", 0, 0)))
        log.append((yield ("open", b"/proc/self/stat", 2, 0)))
        log.append((yield ("open", b"/proc/new", 0o101, 0)))
        log.append((yield ("mkdir", b"/proc/new", 0)))
        log.append((yield ("unlink", b"/proc/uptime")))
        log.append((yield ("rmdir", b"/proc/self/fd")))
        log.append((yield ("rename", b"/proc/uptime", b"/tmp/x")))
        log.append((yield ("stat", b"/proc/self/task/2/stat", room)))

    whole.host.finish(program)
    eq(log[0], b"2")
    assert log[1].startswith(b"/bin/program")
    eq(log[2:4], [b"/", b"/etc/passwd"])
    assert log[4].startswith(b"pipe:[")
    eq(log[5:10], [-errno.ENOENT, -errno.ENOENT, True, 5, True])
    eq(log[10:14], [-errno.ENOENT, -errno.EACCES, -errno.ENOENT, -errno.ENOENT])
    eq(log[14:], [-errno.EPERM, -errno.EPERM, -errno.EXDEV, 0])


def test_proc_tells_of_the_system_and_the_network() -> None:
    whole = Whole()
    paths = [b"/proc/meminfo", b"/proc/uptime", b"/proc/loadavg", b"/proc/stat", b"/proc/mounts", b"/proc/sys/kernel/osrelease", b"/proc/net/dev",
             b"/proc/net/route", b"/proc/net/snmp", b"/proc/cpuinfo", b"/sys/class/net/eth0/address", b"/proc/sys/net/core/somaxconn",
             b"/proc/self/limits", b"/proc/net/udp", b"/proc/net/arp", b"/proc/net/sockstat", b"/proc/version"]  # fmt: skip
    texts = dict(zip(paths, whole.read(*paths), strict=True))
    assert texts[b"/proc/meminfo"].startswith(b"MemTotal:         262144 kB\nMemFree:          131072 kB\n")
    assert b"processor\t: 0\n" in texts[b"/proc/cpuinfo"]
    assert b"eth0:" in texts[b"/proc/net/dev"]
    # 10.0.0.0/24, as a little-endian machine prints it.
    assert b"eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t" in texts[b"/proc/net/route"]
    eq(texts[b"/sys/class/net/eth0/address"], b"02:00:00:00:00:01\n")
    eq(texts[b"/proc/sys/net/core/somaxconn"], b"4096\n")
    assert b"Max open files            1024                 1024                 files     \n" in texts[b"/proc/self/limits"]
    for path in (b"/proc/net/snmp",):
        lines = texts[path].splitlines()
        for names, values in zip(lines[::2], lines[1::2], strict=True):
            eq(len(names.split()), len(values.split()))
    for text in texts.values():
        assert text.endswith(b"\n")


def test_proc_net_tcp_has_a_row_for_a_listener_and_for_a_connection() -> None:
    whole = Whole()
    stack = whole.host.stack
    sockets = whole.host.sockets
    listening = sockets.socket()
    sockets.bind(listening, ("127.0.0.1", 80))
    sockets.listen(listening)
    client = sockets.socket()
    sockets.connect(client, ("127.0.0.1", 80))
    (text,) = whole.read(b"/proc/net/tcp")
    rows = [line.split() for line in text.splitlines()[1:]]
    eq(rows[0][1:4], [b"0100007F:0050", b"00000000:0000", b"0A"])
    eq(sorted(row[3] for row in rows), [b"01", b"01", b"0A"])
    eq(len(stack.tcp.connections), 2)


def test_the_name_servers_are_in_etc() -> None:
    whole = Whole()
    whole.system.set_names(["10.0.2.3", "10.0.2.4"])
    texts = whole.read(b"/etc/resolv.conf", b"/etc/hosts", b"/etc/services")
    eq(texts[0], b"nameserver 10.0.2.3\nnameserver 10.0.2.4\n")
    assert b"127.0.0.1 localhost\n" in texts[1]
    assert b"http\t80/tcp\n" in texts[2]


# The program that comes over the second serial port.


def frames(data: bytes) -> list[tuple[bytes, bytes]]:
    """(type, content) of each."""
    found = []
    while data:
        kind, length = unpack("<cH", data[:3])
        found.append((kind, data[3 : 3 + length]))
        data = data[3 + length :]
    return found


def contents(told: list[tuple[bytes, bytes]], kind: bytes) -> bytes:
    """All of one type."""
    return b"".join([content for which, content in told if which == kind])


def arrange(machine: FakeMachine) -> None:
    """Of program, pump and end the pump is dropped, as it never returns: input is fed by hand. The end waits for the program, so it goes first."""
    if len(machine.ready) == 3:
        program, _, end = machine.ready
        machine.ready.clear()
        machine.ready.extend([end, program])


class Service:
    """The program service, run to its end."""

    def __init__(self, program: Any, typed: bytes = b"", arguments: bytes | None = None, trace: bool = False) -> None:
        self.whole = Whole()
        machine = self.whole.machine
        if program is not None:
            machine.files["program"] = elf_file(self.whole.host.add(program))
        if arguments is not None:
            machine.files["arguments"] = arguments
        self.line = program_service.start(self.whole.system, [b"A=b"], trace)
        arrange(machine)
        if typed:
            self.line.feed(typed)
        self.whole.host.run()
        self.told = frames(bytes(machine.serial_out[1]))


def test_a_programs_streams_and_status_travel() -> None:
    def program(context: FakeContext) -> Calls:
        yield ("write", 1, b"out" * 500, 1500)
        yield ("write", 2, b"err", 3)
        buffer = context.room(64)
        count = yield ("read", 0, buffer, 64)
        yield ("write", 1, buffer, count)
        count = yield ("read", 0, buffer, 64)
        yield ("exit_group", 10 + count)

    service = Service(program, b"I\x02\0hi" + b"I\0\0")
    eq(contents(service.told, b"O"), b"out" * 500 + b"hi")
    eq(contents(service.told, b"E"), b"err")
    eq([content for kind, content in service.told if kind == b"X"], [pack("<I", 10 << 8)])
    eq(service.told[-1][0], b"X")
    assert service.line.finished


def test_arguments_and_environment_come_with_it() -> None:
    log: list[Any] = []

    def program(context: FakeContext) -> Calls:
        words = unpack("<6Q", context.read(context.words[15], 48))
        log.append([context._space.read_string(word, 99) if word > 10 else word for word in words])
        yield ("exit_group", 0)

    Service(program, b"", b"name\0x y\0")
    eq(log, [[2, b"name", b"x y", 0, b"A=b", 0]])


def test_what_cannot_be_run_is_told_as_a_shell_tells_it() -> None:
    eq(contents(Service(None).told, b"X"), pack("<I", 127 << 8))

    service = Whole()
    service.machine.files["program"] = b"no program"
    program_service.start(service.system, [], False)
    service.host.run()
    told = frames(bytes(service.machine.serial_out[1]))
    eq(told, [(b"E", b"program: Exec format error\n"), (b"X", pack("<I", 126 << 8))])


def test_the_input_is_no_more_than_the_host_was_told_and_signals_come() -> None:
    line = program_service.Line(Host().machine, Host().stack)
    line.feed(b"I" + pack("<H", 3000) + b"x" * 2999)
    eq(line.input.data, b"")
    line.feed(b"x" + b"?\0\0" + b"S\1\0\x02")
    eq(len(line.input.data), program_service.WINDOW)

    def program(context: FakeContext) -> Calls:
        context.machine.world.log.append("started")
        yield ("read", 0, context.room(8), 8)

    service = Whole()
    service.machine.files["program"] = elf_file(service.host.add(program))
    there = program_service.start(service.system, [], False)
    arrange(service.machine)

    async def interrupt() -> None:
        await service.host.stack.loop.sleep_until(service.host.world.now + 1000)
        there.feed(b"S\1\0\x02S\1\0\xff")

    service.host.stack.loop.spawn(interrupt(), "host")
    service.host.run()
    eq(frames(bytes(service.machine.serial_out[1]))[-1], (b"X", pack("<I", 2)))


def test_strace_travels_too() -> None:
    def program(context: FakeContext) -> Calls:
        yield ("getpid",)

    told = Service(program, trace=True).told
    eq(contents(told, b"T").splitlines()[0], b"getpid()                                = 2")
    eq(contents(told, b"T").splitlines()[-1], b"+++ exited with 0 +++")


def test_every_call_in_the_table_has_a_number_of_its_own_and_those_with_a_handler_take_its_arguments() -> None:
    names = [call.name for call in syscalls.TABLE.values()]
    eq(len(names), len(set(names)))
    missing = [name for name in syscalls.handlers() if name not in names]
    eq(missing, [])


def test_the_table_of_what_is_supported_is_what_there_are_handlers_for() -> None:
    mine = [module.CALLS for module in MODULES]
    names = {name for calls in mine for name in calls}
    eq(sorted(names - set(supported.TABLE) - set(supported.DONE_WITHOUT)), [])
    eq(sorted(set(supported.TABLE) - set(syscalls.handlers())), [])
    for name, words in supported.TABLE.items():
        eq(len(words), len(set(words)), name)


# services=user: init starts a program, and waits until it serves.

AF_INET, STREAM, DGRAM = 2, 1, 2
# What a test's program listens on: (type, port).
THE_FOUR = ((STREAM, 7), (STREAM, 9), (STREAM, 19), (DGRAM, 7))
SECOND = 1_000_000


def listening(ports: Any, seconds: int) -> Any:
    """A program that listens on these ports for so long, and exits with status 3."""

    def program(context: FakeContext) -> Calls:
        for kind, port in ports:
            fd = yield ("socket", AF_INET, kind, 0)
            yield ("bind", fd, pack("<H", AF_INET) + pack(">H", port) + bytes(12), 16)
            if kind == STREAM:
                yield ("listen", fd, 5)
        yield ("nanosleep", pack("<2Q", seconds, 0), 0)
        yield ("exit_group", 3)

    return program


class UserServices:
    """init's service, with `program` as its /sbin/netsvc, for half a minute: its status and what was said."""

    def __init__(self, program: Any) -> None:
        whole = Whole()
        host = whole.host
        self.said: list[str] = []
        if program is not None:
            whole.machine.files["netsvc"] = elf_file(host.add(program))
        self.host = init.Host(host.stack, host.sockets, {"services": "user"}, self.said.append)
        self.host.system = whole.system
        services = init.Init(host.stack, self.said.append)
        self.service = init.Service("services", (), self.host.start_user_services, self.host.stop_user_services)
        services.add(self.service)
        services.start_all()
        host.world.run(1000)
        self.at_start = self.service.status
        host.run()
        host.world.run(30 * SECOND)


def test_the_services_are_up_once_their_program_listens() -> None:
    services = UserServices(listening(THE_FOUR, 2))
    eq((services.at_start, services.service.status), ("starting", "up"))
    eq(services.said, ["services: /sbin/netsvc serves echo, discard and chargen"])


def test_a_program_that_ends_before_it_serves_is_told() -> None:
    services = UserServices(listening((), 0))
    eq(services.service.status, "failed")
    eq(services.said, ["services: /sbin/netsvc has ended (status 3) and does not serve TCP 7, TCP 9, TCP 19, UDP 7"])


def test_a_program_that_does_not_listen_everywhere_is_told_and_ended() -> None:
    services = UserServices(listening(THE_FOUR[:2], 3600))
    eq(services.service.status, "failed")
    eq(services.said, ["services: /sbin/netsvc does not listen on TCP 19, UDP 7"])
    assert services.host.netsvc is not None
    eq(services.host.netsvc.wait_status, signals.SIGTERM)


def test_a_program_that_is_not_there_is_told() -> None:
    eq(UserServices(None).said, ["services: /sbin/netsvc: No such file or directory"])
