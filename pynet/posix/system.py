"""What a host that runs programs consists of: files, devices, /proc, processes, the console's terminal; and the files of /etc that name the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.posix import archive, devices, execute, procfs, syscalls
from pynet.posix.abi import PAGE
from pynet.posix.devices import OpenTerminal, Terminal, put_serial
from pynet.posix.files import FileSystem
from pynet.posix.process import Processes
from pynet.sockets import SERVICES

if TYPE_CHECKING:
    from typing import Any

    from pynet.posix.process import Process
    from pynet.sockets import Sockets

# The console's serial port.
CONSOLE = 0
# The part of memory that files may fill.
FILES_SHARE = 4

ENVIRONMENT = [b"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", b"HOME=/root", b"TERM=vt100", b"USER=root", b"SHELL=/bin/sh"]

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
GROUP = b"root:x:0:\nnogroup:x:65534:\n"
SHADOW = b"root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n"
NSSWITCH = b"passwd: files\ngroup: files\nhosts: files dns\nservices: files\n"
PROTOCOLS = b"ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\n"


class System:
    """The programs' world on one stack. machine: the `kernel` module or a fake."""

    def __init__(self, machine: Any, sockets: Sockets) -> None:
        self.machine = machine
        self.sockets = sockets
        stack = sockets.stack
        memory = machine.memory()
        self.files = FileSystem(memory["frames_total"] * PAGE // FILES_SHARE, machine.wall_time_us)
        self.processes = Processes(machine, sockets, self.files, syscalls.dispatch)
        self.console = Terminal(stack, self.put)
        self.populate()
        sockets.hosts_file = self.hosts_file

    def hosts_file(self) -> bytes:
        """What a getaddrinfo of the kernel's own callers looks at first."""
        try:
            node: Any = self.files.walk(None, "/etc/hosts", self.files.root)
            content: bytes = node.content()
        except (OSError, AttributeError):
            # Gone, or no file.
            return b""
        return content

    def put(self, data: bytes) -> None:
        """To the console. Where the loop itself echoes what was typed, what the port does not take at once is lost."""
        stack = self.sockets.stack
        if stack.polling:
            self.machine.serial_write(CONSOLE, data)
        else:
            put_serial(self.machine, stack, CONSOLE, data)

    def populate(self) -> None:
        """The files that every system has."""
        files = self.files
        for name in ("/bin", "/sbin", "/etc", "/root", "/tmp", "/run", "/var/run", "/var/log", "/var/tmp", "/usr/bin", "/usr/sbin", "/home", "/proc"):
            files.make_directories(name)
        for name in ("/tmp", "/var/tmp"):
            files.make_directories(name).mode |= 0o1777
        devices.populate(files, self.sockets.stack.entropy, self.console)
        procfs.populate(self.processes)
        files.create("/etc/passwd", PASSWD)
        files.create("/etc/group", GROUP)
        files.create("/etc/shadow", SHADOW, 0o640)
        files.create("/etc/shells", b"/bin/sh\n")
        files.create("/etc/nsswitch.conf", NSSWITCH)
        files.create("/etc/protocols", PROTOCOLS)
        files.create("/etc/services", b"".join([services_line(name, port) for name, port in SERVICES.items()]))
        self.set_names([])

    def set_names(self, servers: list[str]) -> None:
        """The host's name and its name servers have changed: the files from which C libraries resolve."""
        hostname = self.processes.hostname
        self.files.create("/etc/hostname", hostname.encode() + b"\n")
        self.files.create("/etc/hosts", b"127.0.0.1 localhost\n127.0.1.1 " + hostname.encode() + b"\n")
        self.files.create("/etc/resolv.conf", "".join(["nameserver " + server + "\n" for server in servers]).encode())

    def unpack(self, name: str) -> int:
        """An archive that the machine was given, into the root; how many files. 0 where there is none. ArchiveError, OSError ENOSPC."""
        data = self.machine.firmware_file(name)
        return archive.unpack(self.files, data) if data is not None else 0

    def install(self, name: str, path: str) -> bool:
        """A program that the machine was given, at `path`; False where there is none."""
        data = self.machine.firmware_file(name)
        if data is None:
            return False
        self.files.create(path, data, 0o755)
        return True

    def start(self, path: str, arguments: list[bytes], environment: list[bytes], descriptions: list[Any]) -> Process:
        """A process with these descriptions as 0, 1, 2, running. OSError as execve's."""
        process = execute.start(self.processes, path, arguments, environment)
        for description in descriptions:
            process.sockets.table.add(description)
        process.threads[process.pid].start()
        return process

    def start_on_console(self, path: str, arguments: list[bytes]) -> Process:
        """A process whose terminal is the console. OSError as execve's."""
        node = self.files.walk(None, "/dev/console", self.files.root)
        opened = OpenTerminal(self.console, node, 2)
        process = self.start(path, arguments, ENVIRONMENT, [opened, opened, opened])
        if not self.console.session:
            self.console.adopt(process)
        return process

    def pump_console(self) -> None:
        """A thread of the kernel: what is typed on the console goes to its terminal. Never returns."""
        while True:
            data = self.machine.serial_read(CONSOLE)
            if data:
                self.console.feed(data)
            else:
                self.machine.serial_wait(CONSOLE, -1)


def services_line(name: str, port: int) -> bytes:
    """A line of /etc/services for each of the two protocols."""
    return "".join([name + "\t" + str(port) + "/" + protocol + "\n" for protocol in ("tcp", "udp")]).encode()
