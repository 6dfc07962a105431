"""/proc, and the few files of /sys that programs read (proc(5)): texts that are made when they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, ethernet, ipv4
from pynet.errno import os_error
from pynet.posix.abi import PAGE, SECOND
from pynet.posix.description import O_ACCMODE, O_RDONLY, S_IFIFO, S_IFSOCK
from pynet.posix.files import S_IFREG, Directory, Node, OpenFile, Symlink
from pynet.posix.process import (
    MAX_PID,
    MAX_PROCESSES,
    MAX_THREADS,
    RLIM_INFINITY,
    Process,
    Processes,
    mapped_bytes,
    resident_pages,
)
from pynet.posix.process_calls import RELEASE, VERSION, get_limit
from pynet.posix.signals import SIG_DFL, SIG_IGN, bit
from pynet.posix.time_calls import TICK
from pynet.tcp.layer import MAX_BACKLOG
from pynet.tcp.states import LISTEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from pynet.net import Stack
    from pynet.posix.description import FileDescription
    from pynet.posix.files import FileSystem

# How /proc/net writes what a closed UDP socket's state would be in TCP.
UDP_STATE = 7
LIMIT_NAMES = (
    "Max cpu time", "Max file size", "Max data size", "Max stack size", "Max core file size", "Max resident set", "Max processes",
    "Max open files", "Max locked memory", "Max address space", "Max file locks", "Max pending signals", "Max msgqueue size",
    "Max nice priority", "Max realtime priority", "Max realtime timeout",
)  # fmt: skip
LIMIT_UNITS = ("seconds", "bytes", "bytes", "bytes", "bytes", "bytes", "processes", "files", "bytes", "bytes", "locks", "signals", "bytes", "", "", "us")


class ProcFile(Node):
    """A file whose text is made when somebody begins to read it."""

    def __init__(self, files: FileSystem, make: Callable[[], Any], mode: int = 0o444) -> None:
        super().__init__(files, S_IFREG | mode)
        self.make = make

    def open(self, opener: Any, flags: int) -> FileDescription:
        if flags & O_ACCMODE != O_RDONLY:
            raise os_error(errno.EACCES)
        return OpenProcFile(self, flags)

    def truncate(self, length: int) -> None:
        raise os_error(errno.EACCES)


class OpenProcFile(OpenFile):
    """The text as it was when the reading began; from the start again, it is made anew."""

    def __init__(self, node: ProcFile, flags: int) -> None:
        super().__init__(node, flags)
        self.text = b""

    def pread(self, count: int, at: int) -> bytes:
        if at == 0:
            made = self.node.make()
            self.text = made if isinstance(made, bytes) else made.encode("utf-8", "replace")
        return self.text[at : at + count]


class ProcDirectory(Directory):
    """A directory with fixed names."""

    fixed = True

    def __init__(self, files: FileSystem, mode: int = 0o555) -> None:
        super().__init__(files, mode)

    def put(self, name: str, node: Node) -> Any:
        """One of its names."""
        self.entries[name] = node
        node.parent, node.name = self, name
        return node

    def file(self, name: str, make: Callable[[], Any], mode: int = 0o444) -> None:
        """A file of it."""
        self.put(name, ProcFile(self.files, make, mode))

    def directory(self, name: str) -> ProcDirectory:
        """A directory below it, made if need be."""
        there = self.entries.get(name)
        made: ProcDirectory = there if isinstance(there, ProcDirectory) else self.put(name, ProcDirectory(self.files))
        return made


class Link(Symlink):
    """A link whose text, and where it is more than a text its node, are found when it is followed."""

    def __init__(self, files: FileSystem, tell: Callable[[], str], find: Callable[[], Node | None]) -> None:
        super().__init__(files, "")
        self.tell = tell
        self.find = find

    def size(self) -> int:
        return 0

    def text(self) -> str:
        return self.tell()

    def jump(self) -> Node | None:
        return self.find()


class DescriptionNode(Node):
    """What /proc/PID/fd/N of a pipe, a socket or a terminal stands for: opening it is having that description once more."""

    def __init__(self, files: FileSystem, description: FileDescription) -> None:
        super().__init__(files, description.file_type | 0o600)
        self.description = description

    def open(self, opener: Any, flags: int) -> FileDescription:
        if self.description.file_type == S_IFSOCK:
            raise os_error(errno.ENXIO)
        return self.description


def nowhere() -> None:
    """The node of a link that is only a text."""
    return


class FdDirectory(ProcDirectory):
    """/proc/PID/fd"""

    def __init__(self, files: FileSystem, process: Process) -> None:
        super().__init__(files, 0o500)
        self.process = process

    def lookup(self, name: str) -> Node | None:
        description = self.process.sockets.table.descriptions.get(int(name)) if is_number(name) else None
        return self.link_to(name, description) if description is not None else None

    def link_to(self, name: str, description: FileDescription) -> Node:
        """The link for one number."""
        link = Link(self.files, lambda: describe(self.files, description), lambda: node_of(self.files, description))
        link.parent, link.name = self, name
        return link

    def listing(self) -> list[tuple[str, Node]]:
        return [(str(fd), self.link_to(str(fd), description)) for fd, description in sorted(self.process.sockets.table.descriptions.items())]


def is_number(name: str) -> bool:
    """A decimal number as the kernel writes one."""
    return name.isdigit() and name.isascii() and (name[0] != "0" or name == "0") and len(name) < 10


def describe(files: FileSystem, description: FileDescription) -> str:
    """What the link of a descriptor says."""
    node = getattr(description, "node", None)
    if isinstance(node, Node):
        return node.path()
    if not description.ino:
        description.ino = files.new_ino()
    if description.file_type == S_IFSOCK:
        return "socket:[" + str(description.ino) + "]"
    if description.file_type == S_IFIFO:
        return "pipe:[" + str(description.ino) + "]"
    name = type(description).__name__.removesuffix("Description").lower()
    return "anon_inode:[" + {"epoll": "eventpoll", "event": "eventfd", "timer": "timerfd"}.get(name, name) + "]"


def node_of(files: FileSystem, description: FileDescription) -> Node:
    """What following that link leads to."""
    node = getattr(description, "node", None)
    return node if isinstance(node, Node) else DescriptionNode(files, description)


class Root(ProcDirectory):
    """/proc: the processes beside the fixed names."""

    def __init__(self, processes: Processes) -> None:
        super().__init__(processes.files)
        self.processes = processes
        # The directories of processes, made when somebody looks; those of processes that are gone go at the next look.
        self.made: dict[Process, ProcDirectory] = {}

    def lookup(self, name: str) -> Node | None:
        if is_number(name):
            process = self.processes.by_pid.get(int(name))
            return self.of(process) if process is not None else None
        return super().lookup(name)

    def of(self, process: Process) -> ProcDirectory:
        """The directory of a process."""
        alive = self.processes.by_pid
        self.made = {other: there for other, there in self.made.items() if alive.get(other.pid) is other}
        if process not in self.made:
            directory = process_directory(self.files, process)
            directory.parent, directory.name = self, str(process.pid)
            self.made[process] = directory
        return self.made[process]

    def listing(self) -> list[tuple[str, Node]]:
        numbers = [(str(pid), self.of(process)) for pid, process in sorted(self.processes.by_pid.items())]
        return [*super().listing(), *numbers]


def current(processes: Processes) -> Process:
    """The process that asks. OSError ENOENT for the kernel's own threads."""
    thread = processes.stack.blocker.current
    if thread is None:
        raise os_error(errno.ENOENT)
    process: Process = thread.process
    return process


def populate(processes: Processes) -> None:
    """Make /proc and /sys."""
    files = processes.files
    root = Root(processes)
    files.remove_directory(files.find(None, "/proc", files.root))
    files.add(files.find(None, "/proc", files.root), root)
    machine, stack = processes.machine, processes.stack
    root.put("self", Link(files, lambda: str(current(processes).pid), nowhere))
    root.put("thread-self", Link(files, lambda: thread_self(processes), nowhere))
    root.put("mounts", Link(files, lambda: "self/mounts", nowhere))
    root.put("net", Link(files, lambda: "self/net", nowhere))
    root.file("meminfo", lambda: meminfo(machine.memory()))
    root.file("cpuinfo", cpuinfo)
    root.file("uptime", lambda: f"{stack.now() / SECOND:.2f} 0.00\n")
    root.file("loadavg", lambda: f"0.00 0.00 0.00 1/{len(processes.threads)} {processes.last_pid}\n")
    root.file("version", lambda: "Linux version " + RELEASE + " " + VERSION + "\n")
    root.file("stat", lambda: system_stat(processes))
    root.file("filesystems", lambda: "nodev\ttmpfs\nnodev\tproc\n")
    root.file("cmdline", lambda: "\n")
    root.file("devices", lambda: "Character devices:\n  1 mem\n  4 ttyS\n  5 /dev/tty\n")
    make_sys(root.directory("sys"), processes)
    sys_tree = ProcDirectory(files)
    found = files.find(None, "/sys", files.root)
    if found.node is None:
        files.add(found, sys_tree)
        make_sysfs(sys_tree, stack)


def thread_self(processes: Processes) -> str:
    """/proc/thread-self's text."""
    process = current(processes)
    return str(process.pid) + "/task/" + str(processes.stack.blocker.current.tid)


def make_sys(root: ProcDirectory, processes: Processes) -> None:
    """/proc/sys: what the values are; none of them can be changed."""
    stack = processes.stack
    config = stack.tcp.config
    boot_id = uuid(stack.entropy(16))
    values: dict[str, Callable[[], Any]] = {
        "kernel/hostname": lambda: processes.hostname,
        "kernel/domainname": lambda: "(none)",
        "kernel/ostype": lambda: "Linux",
        "kernel/osrelease": lambda: RELEASE,
        "kernel/version": lambda: VERSION,
        "kernel/pid_max": lambda: MAX_PID,
        "kernel/threads-max": lambda: MAX_THREADS,
        "kernel/ngroups_max": lambda: 65536,
        "kernel/cap_last_cap": lambda: 40,
        "kernel/random/boot_id": lambda: boot_id,
        "kernel/random/uuid": lambda: uuid(stack.entropy(16)),
        "kernel/random/entropy_avail": lambda: 256,
        "kernel/random/poolsize": lambda: 256,
        "fs/file-max": lambda: MAX_PROCESSES * 1024,
        "fs/nr_open": lambda: 1024,
        "fs/pipe-max-size": lambda: 1 << 20,
        "vm/overcommit_memory": lambda: 1,
        "vm/max_map_count": lambda: 65530,
        "net/core/somaxconn": lambda: MAX_BACKLOG,
        "net/core/rmem_max": lambda: config.rcvbuf_max,
        "net/core/wmem_max": lambda: config.sndbuf_max,
        "net/ipv4/ip_local_port_range": lambda: "49152\t65535",
        "net/ipv4/tcp_rmem": lambda: f"4096\t{config.rcvbuf}\t{config.rcvbuf_max}",
        "net/ipv4/tcp_wmem": lambda: f"4096\t{config.sndbuf}\t{config.sndbuf_max}",
        "net/ipv4/tcp_congestion_control": lambda: config.congestion,
        "net/ipv4/tcp_sack": lambda: int(config.sack),
        "net/ipv4/tcp_timestamps": lambda: int(config.timestamps),
        "net/ipv4/tcp_window_scaling": lambda: int(config.window_scale),
        "net/ipv4/tcp_keepalive_time": lambda: config.keep_idle // SECOND,
        "net/ipv4/tcp_fin_timeout": lambda: config.fin_timeout // SECOND,
        "net/ipv4/ip_forward": lambda: 0,
    }
    for path, tell in values.items():
        put_value(root, path, tell)


def make_sysfs(root: ProcDirectory, stack: Stack) -> None:
    """/sys"""
    mac = ethernet.mac_text(stack.transport.mac)
    values: dict[str, Callable[[], Any]] = {
        "kernel/mm/transparent_hugepage/enabled": lambda: "always madvise [never]",
        "devices/system/cpu/online": lambda: 0,
        "devices/system/cpu/possible": lambda: 0,
        "class/net/eth0/address": lambda: mac,
        "class/net/eth0/mtu": lambda: stack.transport.mtu,
        "class/net/eth0/operstate": lambda: "up" if stack.link else "down",
        "class/net/eth0/carrier": lambda: int(stack.link),
        "class/net/lo/address": lambda: "00:00:00:00:00:00",
        "class/net/lo/mtu": lambda: stack.loopback.mtu,
    }
    for path, tell in values.items():
        put_value(root, path, tell)


def put_value(root: ProcDirectory, path: str, tell: Callable[[], Any]) -> None:
    """A file of one line, with the directories that lead to it."""
    *directories, name = path.split("/")
    for part in directories:
        root = root.directory(part)
    root.file(name, lambda: str(tell()) + "\n")


def uuid(random: bytes) -> str:
    """A random UUID (RFC 4122 §4.4)."""
    octets = bytearray(random)
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


def meminfo(memory: dict[str, int]) -> str:
    """/proc/meminfo"""
    total, free = memory["frames_total"] * PAGE // 1024, memory["frames_free"] * PAGE // 1024
    rows = {"MemTotal": total, "MemFree": free, "MemAvailable": free, "Buffers": 0, "Cached": 0, "SwapCached": 0, "SwapTotal": 0, "SwapFree": 0}
    return "".join([f"{name + ':':<15} {value:>8} kB\n" for name, value in rows.items()])


def cpuinfo() -> str:
    """/proc/cpuinfo: the one processor, and what every x86-64 has."""
    flags = "fpu tsc msr cx8 cmov mmx fxsr sse sse2 syscall nx lm"
    return "processor\t: 0\nmodel name\t: x86-64\ncpu cores\t: 1\nflags\t\t: " + flags + "\n\n"


def system_stat(processes: Processes) -> str:
    """/proc/stat: ticks of ring 3 and of the kernel for it; the rest counts as idle."""
    user = system = 0
    for process in processes.by_pid.values():
        more = process.cpu_time()
        user, system = user + more[0], system + more[1]
    now = processes.stack.now()
    idle = max(now - user - system, 0) // TICK
    line = f" {user // TICK} 0 {system // TICK} {idle} 0 0 0 0 0 0\n"
    booted = (processes.machine.wall_time_us() - now) // SECOND
    return "cpu " + line + "cpu0" + line + f"btime {booted}\nprocesses {processes.last_pid}\nprocs_running 1\nprocs_blocked 0\n"


# Of one process.


def process_directory(files: FileSystem, process: Process) -> ProcDirectory:
    """/proc/PID"""
    directory = ProcDirectory(files)
    fill_directory(directory, process, process.pid)
    directory.put("fd", FdDirectory(files, process))
    directory.put("task", TaskDirectory(files, process))
    net = directory.directory("net")
    stack = process.stack
    for name, make in NET_FILES.items():
        net_file(net, name, make, stack)
    return directory


def net_file(net: ProcDirectory, name: str, make: Callable[[Stack], str], stack: Stack) -> None:
    """One file of /proc/net."""
    net.file(name, lambda: make(stack))


def fill_directory(directory: ProcDirectory, process: Process, tid: int) -> None:
    """The files that a process and each of its threads have."""
    files = directory.files
    directory.put("exe", Link(files, lambda: executable_path(process), lambda: executable(files, process)))
    directory.put("cwd", Link(files, lambda: process.cwd.path(), lambda: process.cwd))
    directory.put("root", Link(files, lambda: "/", lambda: files.root))
    directory.file("cmdline", lambda: process.memory.arguments if not process.has_ended else b"")
    directory.file("environ", lambda: process.memory.environment if not process.has_ended else b"", 0o400)
    directory.file("auxv", lambda: process.memory.auxiliary if not process.has_ended else b"", 0o400)
    directory.file("comm", lambda: thread_name(process, tid) + "\n")
    directory.file("maps", lambda: maps(process))
    directory.file("stat", lambda: stat_line(process, tid))
    directory.file("statm", lambda: f"{mapped_bytes(process) // PAGE} {resident_pages(process)} 0 0 0 {mapped_bytes(process) // PAGE} 0\n")
    directory.file("status", lambda: status(process, tid))
    directory.file("limits", lambda: limits(process))
    directory.file("mounts", lambda: "tmpfs / tmpfs rw 0 0\nproc /proc proc rw 0 0\nsysfs /sys sysfs rw 0 0\n")
    directory.file("oom_score_adj", lambda: "0\n")


class TaskDirectory(ProcDirectory):
    """/proc/PID/task: the threads."""

    def __init__(self, files: FileSystem, process: Process) -> None:
        super().__init__(files)
        self.process = process

    def lookup(self, name: str) -> Node | None:
        if not is_number(name) or int(name) not in self.process.threads:
            return None
        directory = ProcDirectory(self.files)
        directory.parent, directory.name = self, name
        fill_directory(directory, self.process, int(name))
        return directory

    def listing(self) -> list[tuple[str, Node]]:
        return [(str(tid), self) for tid in sorted(self.process.threads)]


def executable_path(process: Process) -> str:
    """What the program's file is called. OSError ENOENT for what has none."""
    if process.has_ended or not process.memory.executable:
        raise os_error(errno.ENOENT)
    return process.memory.executable


def executable(files: FileSystem, process: Process) -> Node | None:
    """The program's file, if it still has that name."""
    try:
        return files.walk(None, executable_path(process), files.root)
    except OSError:
        return None


def thread_name(process: Process, tid: int) -> str:
    """The name of a thread, or its process's."""
    thread = process.threads.get(tid)
    return thread.name if thread is not None else process.name


def maps(process: Process) -> str:
    """/proc/PID/maps"""
    if process.has_ended or process.is_init:
        return ""
    lines = []
    for start, end, protection, shared in process.memory.space.regions():
        flags = ("r" if protection & 1 else "-") + ("w" if protection & 2 else "-") + ("x" if protection & 4 else "-") + ("s" if shared else "p")
        name = ""
        for first, (last, text) in process.memory.names.items():
            if first < end and start < last:
                name = text
        head = f"{start:08x}-{end:08x} {flags} 00000000 00:00 0 "
        lines.append((head.ljust(73) + name if name else head) + "\n")
    return "".join(lines)


def state_letter(process: Process, tid: int) -> str:
    """R, S, T or Z."""
    if process.has_ended:
        return "Z"
    if process.stopped:
        return "T"
    thread = process.threads.get(tid)
    return "S" if thread is not None and thread.waiter is not None or process.is_init else "R"


def terminal_number(process: Process) -> tuple[int, int]:
    """(tty_nr, tpgid): the console is 5:1."""
    terminal = process.terminal
    return (0x501, terminal.foreground) if terminal is not None else (0, -1)


def stat_line(process: Process, tid: int) -> str:
    """/proc/PID/stat: 52 fields."""
    user, system = process.cpu_time()
    parent = process.parent.pid if process.parent is not None else 0
    tty, foreground = terminal_number(process)
    children = (process.children_user_time // TICK, process.children_system_time // TICK)
    fields: list[Any] = [tid, "(" + thread_name(process, tid)[:15] + ")", state_letter(process, tid), parent, process.pgid, process.sid, tty, foreground]
    fields += [0, 0, 0, 0, 0, user // TICK, system // TICK, *children, 20, 0, max(len(process.threads), 1), 0, process.started // TICK]
    fields += [mapped_bytes(process), resident_pages(process), RLIM_INFINITY, 0, 0, process.memory.stack_top, 0, 0]
    ignored, caught = signal_sets(process)
    fields += [0, 0, ignored & 0x7FFFFFFF, caught & 0x7FFFFFFF, 0, 0, 0, process.exit_signal, 0, 0, 0, 0, 0, 0, 0, 0]
    fields += [process.memory.brk_start, 0, 0, 0, 0, process.wait_status if process.has_ended else 0]
    return " ".join([str(field) for field in fields]) + "\n"


def signal_sets(process: Process) -> tuple[int, int]:
    """(ignored, caught) as masks."""
    ignored = sum([bit(number) for number, action in process.actions.items() if action.handler == SIG_IGN])
    caught = sum([bit(number) for number, action in process.actions.items() if action.handler not in (SIG_DFL, SIG_IGN)])
    return ignored, caught


def status(process: Process, tid: int) -> str:
    """/proc/PID/status"""
    letter = state_letter(process, tid)
    words = {"R": "running", "S": "sleeping", "T": "stopped", "Z": "zombie"}
    thread = process.threads.get(tid)
    ignored, caught = signal_sets(process)
    everything = (1 << 41) - 1
    rows: list[tuple[str, Any]] = [
        ("Name", thread_name(process, tid)),
        ("Umask", f"{process.umask:04o}"),
        ("State", letter + " (" + words[letter] + ")"),
        ("Tgid", process.pid),
        ("Pid", tid),
        ("PPid", process.parent.pid if process.parent is not None else 0),
        ("TracerPid", 0),
        ("Uid", "0\t0\t0\t0"),
        ("Gid", "0\t0\t0\t0"),
        ("FDSize", 64),
        ("Groups", ""),
        ("VmSize", f"{mapped_bytes(process) // 1024:>8} kB"),
        ("VmRSS", f"{resident_pages(process) * PAGE // 1024:>8} kB"),
        ("Threads", max(len(process.threads), 1)),
        ("SigPnd", f"{thread.pending.bits if thread is not None else 0:016x}"),
        ("ShdPnd", f"{process.shared.bits:016x}"),
        ("SigBlk", f"{thread.mask if thread is not None else 0:016x}"),
        ("SigIgn", f"{ignored:016x}"),
        ("SigCgt", f"{caught:016x}"),
        ("CapInh", "0000000000000000"),
        ("CapPrm", f"{everything:016x}"),
        ("CapEff", f"{everything:016x}"),
        ("CapBnd", f"{everything:016x}"),
        ("NoNewPrivs", int(process.no_new_privileges)),
        ("Seccomp", 0),
        ("Cpus_allowed", 1),
        ("Cpus_allowed_list", 0),
    ]
    return "".join([name + ":\t" + str(value) + "\n" for name, value in rows])


def limits(process: Process) -> str:
    """/proc/PID/limits"""
    lines = ["Limit                     Soft Limit           Hard Limit           Units     \n"]
    for resource, name in enumerate(LIMIT_NAMES):
        soft, hard = ["unlimited" if value == RLIM_INFINITY else str(value) for value in get_limit(process, resource)]
        lines.append(f"{name:<26}{soft:<21}{hard:<21}{LIMIT_UNITS[resource]:<10}\n")
    return "".join(lines)


# /proc/net: what the stack knows, as Linux lays it out.


def hex_address(address: int, port: int) -> str:
    """An address as the word that a little-endian machine sees, and a port."""
    swapped = int.from_bytes(address.to_bytes(4, "big"), "little")
    return f"{swapped:08X}:{port:04X}"


def tcp_row(number: int, local: str, remote: str, state: int, queued: int, waiting: int) -> str:
    """A line of /proc/net/tcp."""
    row = f"{number:4}: {local} {remote} {state:02X} {queued:08X}:{waiting:08X} 00:00000000 00000000     0        0 0 1 0000000000000000 100 0 0 10 0"
    return row.ljust(149) + "\n"


def net_tcp(stack: Stack) -> str:
    """/proc/net/tcp"""
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
    rows = [head.ljust(149) + "\n"]
    for listener in listeners(stack):
        local = hex_address(listener.local, listener.port)
        rows.append(tcp_row(len(rows) - 1, local, hex_address(0, 0), LISTEN, 0, len(listener.queue)))
    for connection in stack.tcp.connections.values():
        local = hex_address(connection.local, connection.lport)
        remote = hex_address(connection.remote, connection.rport)
        queues = (len(connection.send_queue), len(connection.receive_queue))
        rows.append(tcp_row(len(rows) - 1, local, remote, connection.state, queues[0], queues[1]))
    return "".join(rows)


def listeners(stack: Stack) -> list[Any]:
    """The LISTENs, by port."""
    return [listener for _, listener in sorted(stack.tcp.listeners.items(), key=str)]


def net_udp(stack: Stack) -> str:
    """/proc/net/udp"""
    head = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops"
    rows = [head.ljust(127) + "\n"]
    for port in sorted(stack.udp.ports):
        for endpoint in stack.udp.ports[port]:
            local, remote = hex_address(endpoint.address, port), hex_address(endpoint.peer, endpoint.peer_port)
            state = 1 if endpoint.peer_port else UDP_STATE
            row = f"{port & 0xFF:5}: {local} {remote} {state:02X} 00000000:{endpoint.queued:08X} 00:00000000 00000000     0        0 0 2 0000000000000000 0"
            rows.append(row.ljust(127) + "\n")
    return "".join(rows)


def net_dev(stack: Stack) -> str:
    """/proc/net/dev. Octets are not counted, only frames are."""
    head = "Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast"
    head += "|bytes    packets errs drop fifo colls carrier compressed\n"
    dropped = sum(stack.drops.values())
    zeros = "0    0    0     0          0         0"
    rows = f"    lo:       0       0    0    {zeros}        0       0    0    0    0     0       0          0\n"
    received = f"       0 {stack.frames_in:7}    0 {dropped:4}    0     0          0         0"
    sent = f"        0 {stack.frames_out:7}    0    0    0     0       0          0\n"
    return head + rows + "  eth0:" + received + sent


def net_route(stack: Stack) -> str:
    """/proc/net/route"""
    rows = ["Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT".ljust(127) + "\n"]
    for route in stack.routes.routes:
        words = [hex_address(value, 0)[:8] for value in (route.network, route.gateway, route.netmask)]
        flags = 3 if route.gateway else 1
        rows.append(f"eth0\t{words[0]}\t{words[1]}\t{flags:04X}\t0\t0\t0\t{words[2]}\t0\t0\t0".ljust(127) + "\n")
    return "".join(rows)


def net_arp(stack: Stack) -> str:
    """/proc/net/arp"""
    rows = ["IP address       HW type     Flags       HW address            Mask     Device\n"]
    for address, entry in stack.arp.entries.items():
        if entry.mac < 0:
            continue
        rows.append(f"{ipv4.address_text(address):<16} 0x1         0x2         {ethernet.mac_text(entry.mac)}     *        eth0\n")
    return "".join(rows)


def net_snmp(stack: Stack) -> str:
    """/proc/net/snmp: the counters that the stack has; those that it does not keep are zero."""
    tcp, udp = stack.tcp, stack.udp
    segments_in = sum([connection.segs_in for connection in tcp.connections.values()])
    segments_out = sum([connection.segs_out for connection in tcp.connections.values()])
    established = len([connection for connection in tcp.connections.values() if connection.state in (1, 8)])
    counts = f"{stack.frames_in} {dropped_by(stack, 'ipv4: ')} 0 0 0 0 {stack.frames_in} {stack.frames_out} 0 {stack.drops['net: no route']}"
    ip = "Ip: 2 64 " + counts + " 0 0 0 0 0 0 0\n"
    return (
        "Ip: Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests OutDiscards"
        " OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates\n"
        + ip
        + "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts"
        " InCsumErrors\n"
        + f"Tcp: 1 200 120000 -1 0 0 0 0 {established} {segments_in} {segments_out} 0 {sum(tcp.drops.values())} 0 0\n"
        + "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors\n"
        + f"Udp: 0 {udp.drops.get('udp: no such port', 0)} {sum(udp.drops.values())} 0 0 0 0 0 0\n"
    )


def dropped_by(stack: Stack, prefix: str) -> int:
    """What a layer did not take."""
    return sum([count for reason, count in stack.drops.items() if reason[: len(prefix)] == prefix])


def net_sockstat(stack: Stack) -> str:
    """/proc/net/sockstat"""
    waiting = len([connection for connection in stack.tcp.connections.values() if connection.state == 6])
    used = len(stack.tcp.connections) - waiting
    return f"sockets: used {used + stack.udp.count}\nTCP: inuse {used} orphan 0 tw {waiting} alloc {used} mem 0\nUDP: inuse {stack.udp.count} mem 0\n"


def net_unix(stack: Stack) -> str:
    """/proc/net/unix: its head; the names of AF_UNIX sockets are the sockets' own business."""
    return "Num       RefCount Protocol Flags    Type St Inode Path\n"


def net_raw(stack: Stack) -> str:
    """/proc/net/raw"""
    return "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"


NET_FILES: dict[str, Callable[[Any], str]] = {
    "tcp": net_tcp,
    "udp": net_udp,
    "dev": net_dev,
    "route": net_route,
    "arp": net_arp,
    "snmp": net_snmp,
    "sockstat": net_sockstat,
    "unix": net_unix,
    "raw": net_raw,
}
