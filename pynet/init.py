"""What the image does after the kernel has started: services in the order of their needs, each reported in one line.

A Service says what it needs, and is started once all of that is up. One that fails is reported in one clear line and, if it is to be restarted,
tried again after a pause. `main` is called by the kernel with the machine's command line within reach.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import ethernet, http, ipv4
from pynet.dhcp import DHCPAck, DHCPClient, DHCPError
from pynet.dns import DNSResolver
from pynet.net import Blocker, PhysicalTransport, Stack, rx_thread
from pynet.posix import program
from pynet.posix.archive import ArchiveError
from pynet.posix.signals import SI_KERNEL, SIGTERM, Siginfo
from pynet.posix.system import ENVIRONMENT, System
from pynet.readiness import Waiter, WaitQueue
from pynet.services import Services, unserved
from pynet.sockets import Sockets, use
from pynet.tls import PlainSocket, TLSSocket

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import ModuleType
    from typing import Any

    from pynet.posix.process import Process

# How a page is asked for when the command line does not say.
DEFAULT_HOST = "example.com"
DEFAULT_PATH = "/"
HTTP_PORT = 80
HTTPS_PORT = 443
CONNECT_TIMEOUT = 10_000_000
RESTART_PAUSE = 5_000_000
# What was sent last has this long to leave.
POWER_OFF_PAUSE = 200_000
# The program behind `services=user`.
NETSVC = "/sbin/netsvc"
# It has this long to listen; whether it does is seen this often.
LISTEN_PATIENCE = 10_000_000
LISTEN_PAUSE = 20_000


class ServiceError(Exception):
    """A service cannot do its work; the text is the line that the user reads."""


class Service:
    """One entry of init's table. status: "waiting", "starting", "up", "failed" or "stopped".

    start: a coroutine function that returns once the service is up. restart: try again RESTART_PAUSE after a failure.
    """

    def __init__(
        self,
        name: str,
        needs: tuple[str, ...],
        start: Callable[[], Coroutine[Any, Any, None]],
        stop: Callable[[], None] | None = None,
        restart: bool = False,
    ) -> None:
        self.name = name
        self.needs = needs
        self.start = start
        self.stop = stop
        self.restart = restart
        self.status = "waiting"
        self.changed = WaitQueue()


class Init:
    """The services of one host, and the order they come up in."""

    def __init__(self, stack: Stack, say: Callable[[str], None]) -> None:
        self.stack = stack
        self.say = say
        self.services: dict[str, Service] = {}

    def add(self, service: Service) -> None:
        """Add a service; what it needs must be there already, so that no circle can arise. ValueError."""
        for need in service.needs:
            if need not in self.services:
                raise ValueError("service " + service.name + " needs " + need + ", which is not known")
        self.services[service.name] = service

    def start_all(self) -> None:
        """Start each service as soon as what it needs is up."""
        for service in self.services.values():
            self.stack.loop.spawn(self.supervise(service), "service " + service.name)

    def stop_all(self) -> None:
        """Stop the services, the last started first."""
        for name in reversed(list(self.services)):
            service = self.services[name]
            if service.stop is not None and service.status == "up":
                service.stop()
            self.set_status(service, "stopped")

    async def supervise(self, service: Service) -> None:
        """Wait for the needs, start, and start again after a failure."""
        for need in service.needs:
            await self.until_up(self.services[need])
        while True:
            self.set_status(service, "starting")
            try:
                await service.start()
            except (ServiceError, OSError, ValueError) as error:
                self.set_status(service, "failed")
                self.say(str(error) if isinstance(error, ServiceError) else service.name + ": " + describe(error))
            else:
                self.set_status(service, "up")
                return
            if not service.restart:
                return
            await self.stack.loop.sleep_until(self.stack.now() + RESTART_PAUSE)

    async def until_up(self, service: Service) -> None:
        """Wait until `service` is up."""
        while service.status != "up":
            waiter = self.stack.loop.new_waiter()
            service.changed.add(waiter)
            await self.stack.loop.park(waiter)

    def set_status(self, service: Service, status: str) -> None:
        """Note how `service` fares, and tell those that need it."""
        service.status = status
        service.changed.wake()

    def report(self) -> list[str]:
        """A line for each service: its name and status."""
        return [service.name + ": " + service.status for service in self.services.values()]


def describe(error: BaseException) -> str:
    """The text of an exception, without errno's number."""
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    return str(error) or type(error).__name__


def status_text(status: int) -> str:
    """How a process ended, from what wait4 says of it."""
    return "signal " + str(status & 0x7F) if status & 0x7F else "status " + str(status >> 8)


class Host:
    """The services that bring a host from its NIC to a page over HTTPS; each prints what it found.

    suite(sockets, report): the socket test suite, run on a thread of its own, or None where the image has none.
    """

    def __init__(self, stack: Stack, sockets: Sockets, words: dict[str, str], say: Callable[[str], None]) -> None:
        self.stack = stack
        self.sockets = sockets
        self.words = words
        self.say = say
        self.host = words.get("host", DEFAULT_HOST)
        self.path = words.get("path", DEFAULT_PATH)
        self.dhcp = DHCPClient(sockets, stack.transport.mac, self.lease_changed, say)
        self.address = ""
        self.services = Services(sockets)
        # Where programs run, if there are to be any.
        self.system: System | None = None
        self.netsvc: Process | None = None

    def table(self) -> list[Service]:
        """The services, each behind what it needs. A program from the host has the machine to itself."""
        services = [Service("DHCP", (), self.start_dhcp, self.dhcp.release, restart=True)]
        if "program" not in self.words:
            services.append(Service("DNS", ("DHCP",), self.start_dns, restart=True))
            services.append(Service("TCP", ("DNS",), self.start_tcp))
            services.append(Service("HTTPS", ("TCP",), self.start_https))
        if self.words.get("services") == "user":
            services.append(Service("services", ("DHCP",), self.start_user_services, self.stop_user_services))
        elif "services" in self.words:
            services.append(Service("services", ("DHCP",), self.start_services, self.services.stop))
        if "program" in self.words:
            services.append(Service("program", ("DHCP",), self.run_program))
        return services

    def lease_changed(self, ack: DHCPAck | None) -> None:
        """A lease came, was renewed, or was lost: the host's address follows."""
        if ack is None:
            self.stack.configure(0, 0, 0)
            self.sockets.resolver = None
            return
        if self.stack.address != ack.address or self.stack.gateway != ack.gateway or self.stack.netmask != self.dhcp.netmask:
            self.stack.configure(ack.address, self.dhcp.netmask, ack.gateway)
        servers = [ipv4.address_text(server) for server in ack.dns]
        if self.system is not None:
            self.system.set_names(servers)
        if self.sockets.resolver is None or self.sockets.resolver.servers != servers:
            self.sockets.resolver = DNSResolver(self.sockets, servers)

    async def start_dhcp(self) -> None:
        """Take a lease, and keep it from then on."""
        if not self.stack.link:
            raise ServiceError("DHCP: the network cable is not plugged in (no link)")
        try:
            ack = await self.dhcp.acquire()
        except DHCPError as error:
            raise ServiceError("DHCP: " + describe(error)) from None
        prefix = "/" + str(ipv4.prefix_length(self.dhcp.netmask))
        self.mark("lease")
        self.say("DHCP: acquired " + ipv4.address_text(ack.address) + prefix + " gw " + ipv4.address_text(ack.gateway))
        self.stack.loop.spawn(self.dhcp.keep(), "DHCP lease")

    async def start_dns(self) -> None:
        """Resolve the host's name."""
        resolver = self.sockets.resolver
        if resolver is None or not resolver.servers:
            raise ServiceError("DNS: the lease names no name server")
        try:
            self.address = (await resolver.resolve(self.host))[0]
        except OSError as error:
            raise ServiceError("DNS: " + describe(error)) from None
        self.say("DNS: resolved " + self.host + " → " + self.address)

    async def start_tcp(self) -> None:
        """Open a TCP connection to the web server, and close it."""
        what = "TCP connect to " + self.address + ":" + str(HTTP_PORT) + ": "
        await self.open_and_close(HTTP_PORT, what)
        self.say(what + "OK")
        if "bench" in self.words:
            await self.get_plainly()

    async def open_and_close(self, port: int, what: str) -> None:
        """Connect to a port of the host. ServiceError."""
        fd = self.sockets.socket()
        try:
            await self.sockets.connect_async(fd, (self.address, port), self.stack.now() + CONNECT_TIMEOUT)
        except OSError as error:
            raise ServiceError(what + describe(error)) from None
        finally:
            self.sockets.close(fd)

    async def get_plainly(self) -> None:
        """Get the page over HTTP, for a benchmark's row."""
        fd = self.sockets.socket()
        try:
            await self.sockets.connect_async(fd, (self.address, HTTP_PORT), self.stack.now() + CONNECT_TIMEOUT)
            await http.fetch(PlainSocket(fd, self.sockets), self.host, self.path)
        finally:
            self.sockets.close(fd)
        self.mark("http")

    def mark(self, word: str) -> None:
        """With `bench` on the command line: a line with the time since start."""
        if "bench" in self.words:
            print(f"BENCH {word} {self.stack.now() / 1_000_000:.6f}")

    async def start_https(self) -> None:
        """Shake hands with the web server and get the page."""
        tls = await self.handshake()
        self.say("TLS handshake: OK")
        try:
            response = await http.fetch(tls, self.host, self.path)
        except (OSError, http.HTTPError) as error:
            raise ServiceError("HTTPS GET " + self.path + ": " + describe(error)) from None
        finally:
            await tls.close()
        self.mark("https")
        status = str(response.status) + " " + response.reason
        self.say("HTTPS GET " + self.path + ": " + status + " (received " + str(len(response.body)) + " bytes)")
        if response.status != 200:
            raise ServiceError("HTTPS GET " + self.path + ": the server answered " + status + ", not 200")

    async def handshake(self) -> TLSSocket:
        """A TLS connection to the host. ServiceError names the check that failed."""
        fd = self.sockets.socket()
        try:
            await self.sockets.connect_async(fd, (self.address, HTTPS_PORT), self.stack.now() + CONNECT_TIMEOUT)
            tls = TLSSocket(fd, self.host, self.sockets)
            await tls.handshake()
        except OSError as error:
            self.sockets.close(fd)
            raise ServiceError("TLS handshake: " + describe(error)) from None
        return tls

    async def start_services(self) -> None:
        """Open echo, discard and chargen."""
        self.services.start()
        self.mark("services")
        self.mark("ready")
        self.say("services: echo, discard and chargen are listening")

    def programs(self) -> System:
        """Where programs run. ServiceError where there is no such place."""
        if self.system is None:
            raise ServiceError("programs: this image was started without them")
        return self.system

    async def start_user_services(self) -> None:
        """The same three, by a program: the machine's file `netsvc`, or the archive's /sbin/netsvc. They are up once it listens."""
        system = self.programs()
        system.install("netsvc", NETSVC)
        try:
            self.netsvc = system.start_on_console(NETSVC, [b"netsvc"])
        except OSError as error:
            raise ServiceError("services: " + NETSVC + ": " + describe(error)) from None
        await self.until_served(self.netsvc)
        self.mark("services")
        self.mark("ready")
        self.say("services: " + NETSVC + " serves echo, discard and chargen")

    async def until_served(self, program: Process) -> None:
        """Wait until somebody listens on each port of the services. ServiceError when the program has ended, or LISTEN_PATIENCE later."""
        deadline = self.stack.now() + LISTEN_PATIENCE
        while missing := unserved(self.stack):
            if program.has_ended:
                raise ServiceError("services: " + NETSVC + " has ended (" + status_text(program.wait_status) + ") and does not serve " + ", ".join(missing))
            if self.stack.now() >= deadline:
                self.stop_user_services()
                raise ServiceError("services: " + NETSVC + " does not listen on " + ", ".join(missing))
            await self.stack.loop.sleep_until(self.stack.now() + LISTEN_PAUSE)

    def stop_user_services(self) -> None:
        """Ask the program to end."""
        if self.netsvc is not None:
            self.netsvc.post(Siginfo(SIGTERM, SI_KERNEL))

    async def run_program(self) -> None:
        """The program that the machine was given, to its end; then the machine is switched off."""
        import kernel

        system = self.programs()
        line = program.start(system, ENVIRONMENT, "strace" in self.words)
        while not line.finished:
            waiter = self.stack.loop.new_waiter()
            line.sent.add(waiter)
            await self.stack.loop.park(waiter)
        unknown = system.processes.unknown_calls
        if unknown:
            self.say("program: calls that are not there: " + ", ".join([f"{number} ({count})" for number, count in unknown.items()]))
        await self.leave_machine(kernel)

    async def leave_machine(self, machine: ModuleType) -> None:
        """Give the lease back, let what was sent go out, and switch the machine off."""
        self.dhcp.release()
        self.stack.flush()
        await self.stack.loop.sleep_until(self.stack.now() + POWER_OFF_PAUSE)
        machine.power_off(0)


class KernelBlocker(Blocker):
    """Waiting for a thread of the kernel: each wait has a gate, which the waiter opens."""

    def __init__(self, kernel: ModuleType) -> None:
        self.kernel = kernel

    def new_waiter(self) -> Waiter:
        gate = self.kernel.Gate()
        waiter = Waiter(lambda _: gate.open())
        waiter.gate = gate
        return waiter

    def sleep(self, stack: Stack, waiter: Waiter, deadline: int) -> None:
        waiter.gate.wait(deadline)


def start_system(kernel: ModuleType, sockets: Sockets) -> System:
    """Where programs run: the boot archive's files, and a thread for what is typed on the console."""
    system = System(kernel, sockets)
    try:
        count = system.unpack("archive")
        if count:
            say("archive: " + str(count) + " files")
    except (ArchiveError, OSError) as error:
        say("archive: " + describe(error))
    kernel.thread_start(system.pump_console, "console input")
    return system


def parse_words(line: str) -> dict[str, str]:
    """The command line's words: `services host=example.org` is {"services": "", "host": "example.org"}."""
    words = {}
    for word in line.split():
        name, _, value = word.partition("=")
        words[name] = value
    return words


def say(text: str) -> None:
    """One line on the first serial port."""
    print("[SERIAL] " + text)


def main() -> None:
    """The image's start: find the NIC, run the stack's loop on this thread, everything else as its services."""
    import kernel

    words = parse_words(kernel.command_line())
    if "tests" in words:
        run_tests(words)
        return
    try:
        transport = PhysicalTransport()
    except OSError:
        say("NIC: none found (looked for virtio-net 1af4:1000 and 1af4:1041, Intel 8086:100e and 8086:100f)")
        return
    say(transport.name + " found at PCI " + transport.location)
    say("MAC: " + ethernet.mac_text(transport.mac))
    if "reflect" in words:
        reflect(transport)
        return
    stack = Stack(transport, kernel.clock_us, kernel.random_bytes, KernelBlocker(kernel), say)
    sockets = Sockets(stack)
    use(sockets)
    trust(sockets)
    init = Init(stack, say)
    host = Host(stack, sockets, words, say)
    with_suite = words.get("suite") != "off" and "program" not in words
    # The stack runs on CPython too, where there is no ring 3.
    if hasattr(kernel, "AddressSpace") and (with_suite or "program" in words or words.get("services") == "user"):
        host.system = start_system(kernel, sockets)
    for service in host.table():
        init.add(service)
    stack.loop.spawn(tell_link(stack), "link")
    if with_suite:
        init.add(suite_service(sockets, host.system, words))
    if "poweroff" in words:
        init.add(power_off_service(init))
    init.start_all()
    if "counters" in words:
        stack.loop.spawn(print_counters(init, int(words["counters"] or "5")), "counters")
    rx_thread(stack)


def run_tests(words: dict[str, str]) -> None:
    """Run the tests that were compiled into the image."""
    import tests_main

    tests_main.main(words.get("tests", ""))


def trust(sockets: Sockets) -> None:
    """Whom TLS believes: the image's CA bundle, and an anchor handed over at boot, which is announced."""
    import tlsengine

    import kernel

    anchor = kernel.firmware_file("trust-anchor") or b""
    try:
        store = tlsengine.TrustStore(anchor, kernel.wall_time_us, kernel.ca_bundle())
    except OSError as error:
        say("trust anchor from fw_cfg: " + describe(error) + ": only the image's own are trusted")
        store = tlsengine.TrustStore(b"", kernel.wall_time_us, kernel.ca_bundle())
    else:
        if anchor:
            say("trust anchor from fw_cfg, SHA-256 " + tlsengine.sha256(anchor).hex())

    def new_engine(hostname: str) -> Any:
        return tlsengine.TlsEngine(hostname, store, ["http/1.1"])

    def tls_engine(hostname: str, alpn: list[str], certificate: bytes, key: bytes) -> Any:
        if not hostname:
            return tlsengine.TlsEngine(None, None, alpn, True, certificate, key)
        return tlsengine.TlsEngine(hostname, store, alpn)

    sockets.new_engine = new_engine
    sockets.tls_engine = tls_engine


def run_suites(sockets: Sockets, system: System | None, words: dict[str, str]) -> int:
    """The cases of the kernel's own sockets and, where those are right and programs can run, the POSIX suite in ring 3; how many failed."""
    import posix_suite
    import socket_suite
    import tlsengine

    import kernel

    peer = "" if words.get("peer") == "none" else ipv4.address_text(sockets.stack.gateway)
    patience = int(words.get("patience", "5")) * 1_000_000
    failed = socket_suite.run(sockets, peer, print, tlsengine.sha256, patience)
    if failed:
        return failed
    if system is None:
        print("suite: no ring 3 here: the cases of the POSIX suite are left out")
        return 0
    return posix_suite.run(system, kernel.embedded_file, print)


def suite_service(sockets: Sockets, system: System | None, words: dict[str, str]) -> Service:
    """The socket test suite, once HTTPS has worked; it blocks, so it has a thread of its own."""
    import kernel

    async def start() -> None:
        done = WaitQueue()
        failures: list[int] = []

        def run() -> None:
            try:
                failures.append(run_suites(sockets, system, words))
            finally:
                # Whatever a suite raised is a failure, and the wait for it ends.
                failures.append(1)
                done.wake()
                sockets.stack.leave()

        kernel.thread_start(run, "socket suite")
        while not failures:
            waiter = sockets.stack.loop.new_waiter()
            done.add(waiter)
            await sockets.stack.loop.park(waiter)
        if failures[0]:
            raise ServiceError("Socket test suite: FAIL (" + str(failures[0]) + " failed)")
        say("Socket test suite: PASS")

    return Service("suite", ("HTTPS",), start)


async def tell_link(stack: Stack) -> None:
    """A line for each change of the link."""
    while True:
        waiter = stack.loop.new_waiter()
        stack.link_changed.add(waiter)
        await stack.loop.park(waiter)
        say("link: " + ("up" if stack.link else "down (the network cable is not plugged in)"))


def power_off_service(init: Init) -> Service:
    """Once every service before it is up: stop everything, which gives the lease back, let that go out, and switch the machine off."""
    import kernel

    async def start() -> None:
        init.stop_all()
        init.stack.flush()
        await init.stack.loop.sleep_until(init.stack.now() + POWER_OFF_PAUSE)
        kernel.power_off(0)

    return Service("power off", tuple(init.services), start)


def reflect(transport: PhysicalTransport) -> None:
    """Send every frame back as it came: the drivers' test."""
    import kernel

    print("reflecting")
    while True:
        received = transport.recv()
        if received is None:
            transport.flush()
            kernel.net_wait(-1)
            continue
        while not transport.send(bytearray(received[0])):
            transport.flush()
            kernel.net_wait(-1)


async def print_counters(init: Init, seconds: int) -> None:
    """Every so often, the counters that are not zero: what was dropped, and why; the longest hold of the lock; how the services fare."""
    import kernel

    while True:
        await init.stack.loop.sleep_until(init.stack.now() + seconds * 1_000_000)
        counters = init.stack.counters()
        print("counters: " + ", ".join([name + " " + str(count) for name, count in counters.items() if count]))
        held, holder = kernel.lock_holds()
        print(f"longest hold: {held} us by {holder}")
        print("services: " + ", ".join(init.report()))
