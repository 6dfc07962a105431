"""What a fuzzed stack is doing meanwhile: short lives of two hosts in virtual time, with everything that pynet speaks going on between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import dhcp, dns, http, icmp, ipv4
from pynet.dhcp import DHCPAck, DHCPClient
from pynet.dns import DNSResolver
from pynet.http import HTTPError
from pynet.octets import get32, put16, put32
from pynet.services import Services
from pynet.sockets import AF_INET, SO_BROADCAST, SOCK_DGRAM, SOL_SOCKET, Sockets
from pynet.tls import PlainSocket
from tests.world import ADDRESS_A, ADDRESS_B, NETMASK, CableEnd, World

if TYPE_CHECKING:
    from pynet.net import Stack

SECOND = 1_000_000
GROUP = 0xE8000001
PAGE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Long: 1\r\n\r\n400\r\n" + b"p" * 1024 + b"\r\n5\r\nhello\r\n0\r\n\r\n"


class Session:
    """Host A, whose cable the fuzzer holds, and host B, which is honest. `kind`: 0 to KINDS - 1; in 3 the cable is pulled again and again, in 4 it is bad."""

    KINDS = 5

    def __init__(self, world: World, here: CableEnd, there: CableEnd, kind: int) -> None:
        self.world = world
        self.a = world.stack(here, 0 if kind == 0 else ADDRESS_A)
        self.b = world.stack(there, ADDRESS_B)
        self.mine = Sockets(self.a)
        self.theirs = Sockets(self.b)
        # Both serve; a socket that nobody reads, bound to a port, fills up.
        self.services = (Services(self.mine), Services(self.theirs))
        for services in self.services:
            services.start()
        unread = self.mine.socket(AF_INET, SOCK_DGRAM)
        self.mine.bind(unread, ("", 1111))
        if kind == 0:
            self.spawn(self.b, self.lease_server())
            self.spawn(self.b, self.name_server())
            self.spawn(self.b, self.web_server())
            self.spawn(self.a, self.browse())
        elif kind == 2:
            self.spawn(self.b, self.shout())
        else:
            self.spawn(self.a, self.talk(self.mine, "10.0.0.2"))
            self.spawn(self.b, self.talk(self.theirs, "10.0.0.1"))
            self.spawn(self.b, self.listen_to_characters())
        if kind == 3:
            self.a.join_group(GROUP)
            self.spawn(self.b, self.pull(there))
        elif kind == 4:
            here.fate = there.fate = self.mistreat

    def spawn(self, stack: Stack, coroutine: object) -> None:
        """A task that the session ends."""
        stack.loop.spawn(coroutine, "session")  # type: ignore[arg-type]

    def end(self) -> None:
        """Everyone goes home; then nothing may be left. AssertionError."""
        for stack, sockets in ((self.a, self.mine), (self.b, self.theirs)):
            for task in list(stack.loop.tasks):
                task.cancel()
            self.world.settle()
            sockets.table.close_all()
        self.world.run(400 * SECOND)
        for line in self.world.log:
            assert not line.startswith("task "), line
        stack = self.a
        left = (len(stack.loop.tasks), stack.udp.count, len(stack.tcp.connections), stack.reassembler.size, len(stack.backlog))
        assert left == (0, 0, 0, 0, 0), "left: tasks, endpoints, connections, bytes of fragments, frames " + repr(left)

    # What goes on. Errors that the calls document are part of it; any other ends the task, which `end` sees.

    async def pull(self, cable: CableEnd) -> None:
        """The cable comes out, and goes in again."""
        while True:
            await self.b.loop.sleep_until(self.world.now + (1 + self.world.random.below(20)) * SECOND // 10)
            cable.plugged = not cable.plugged

    def mistreat(self, frame: bytes) -> list[bytes]:
        """What a bad cable does: loses, repeats, or alters a bit."""
        kind = self.world.random.below(12)
        if kind == 0:
            return []
        if kind == 1:
            return [frame, frame]
        if kind == 2:
            wrong = bytearray(frame)
            wrong[self.world.random.below(len(wrong))] ^= 1 << self.world.random.below(8)
            return [bytes(wrong)]
        return [frame]

    async def talk(self, sockets: Sockets, peer: str) -> None:
        """Echo over TCP, again and again."""
        size = 1
        while True:
            fd = sockets.socket()
            try:
                await sockets.connect_async(fd, (peer, 7), self.world.now + 3 * SECOND)
                for _ in range(4):
                    await sockets.send_async(fd, self.world.random.octets(16) * size, self.world.now + 5 * SECOND)
                    await sockets.recv_async(fd, 100_000, self.world.now + 5 * SECOND)
                    size = size * 3 % 1000 + 1
            except OSError:
                pass
            finally:
                sockets.close(fd)
            await sockets.stack.loop.sleep_until(self.world.now + SECOND // 10)

    async def listen_to_characters(self) -> None:
        """Host A sends at full speed; B reads slowly, and goes away in the middle."""
        while True:
            fd = self.theirs.socket()
            try:
                await self.theirs.connect_async(fd, ("10.0.0.1", 19), self.world.now + 3 * SECOND)
                for _ in range(20):
                    await self.theirs.recv_async(fd, 5000, self.world.now + 5 * SECOND)
            except OSError:
                pass
            finally:
                self.theirs.close(fd)
            await self.b.loop.sleep_until(self.world.now + SECOND)

    async def shout(self) -> None:
        """Datagrams whole and in fragments, echo requests, ports that nobody has, errors about packets of A."""
        fd = self.theirs.socket(AF_INET, SOCK_DGRAM)
        sizes = (0, 1, 100, 1472, 1473, 4000, 9000)
        turn = 0
        while True:
            turn += 1
            try:
                for port in (7, 19, 1111, 4444):
                    self.theirs.sendto(fd, bytes(sizes[turn % len(sizes)]), 0, ("10.0.0.1", port))
            except OSError:
                pass
            message = icmp.emit(icmp.ECHO, 0, turn, bytes(turn % 100))
            self.b.ipv4_output(message, ADDRESS_B, ADDRESS_A, ipv4.ICMP, 64, 0, False, self.world.now)
            quoted = icmp.emit(icmp.ECHO, 0, turn, bytes(20))
            ipv4.emit(quoted, len(quoted) - ipv4.AT, turn & 0xFFFF, 0, 64, 0, (ipv4.TCP, ipv4.UDP)[turn % 2], ADDRESS_A, ADDRESS_B)
            error = icmp.error((icmp.UNREACHABLE, icmp.TIME_EXCEEDED)[turn % 2], turn % 5, 1000, quoted)
            self.b.ipv4_output(error, ADDRESS_B, ADDRESS_A, ipv4.ICMP, 64, 0, False, self.world.now)
            await self.b.loop.sleep_until(self.world.now + SECOND // 5)

    async def browse(self) -> None:
        """Take a lease, resolve a name, get a page; and once more."""
        while True:
            client = DHCPClient(self.mine, self.a.transport.mac, self.bound, self.world.log.append)
            try:
                await client.acquire()
                resolver = DNSResolver(self.mine, ["10.0.0.2"])
                await resolver.resolve("www.example.com")
                await self.fetch()
                await resolver.reverse_lookup("10.0.0.2")
                await client.renew()
            except (OSError, HTTPError):
                pass
            finally:
                if client.fd >= 0:
                    self.mine.close(client.fd)
            await self.a.loop.sleep_until(self.world.now + SECOND)

    def bound(self, ack: DHCPAck | None) -> None:
        """The lease is ignored for one that works: B has one address for A."""
        self.a.configure(ADDRESS_A, NETMASK, 0)

    async def fetch(self) -> None:
        """The page. OSError, HTTPError."""
        fd = self.mine.socket()
        try:
            await self.mine.connect_async(fd, ("10.0.0.2", 80), self.world.now + 3 * SECOND)
            await http.fetch(PlainSocket(fd, self.mine), "www.example.com", "/")
        finally:
            self.mine.close(fd)

    async def lease_server(self) -> None:
        """Offers and grants 10.0.0.1 to whoever asks."""
        fd = self.theirs.socket(AF_INET, SOCK_DGRAM)
        self.theirs.setsockopt(fd, SOL_SOCKET, SO_BROADCAST, 1)
        self.theirs.bind(fd, ("", dhcp.SERVER_PORT))
        while True:
            asked, _ = await self.theirs.recvfrom_async(fd, 2000)
            if len(asked) < dhcp.FIXED + 7:
                continue
            kind = dhcp.OFFER if asked[dhcp.FIXED + 6] == dhcp.DISCOVER else dhcp.ACK
            mask = (dhcp.SUBNET_MASK, dhcp.word_bytes(NETMASK))
            options = [mask, (dhcp.SERVER_ID, dhcp.word_bytes(ADDRESS_B)), (dhcp.LEASE_TIME, dhcp.word_bytes(100))]
            reply = dhcp.message(kind, 0, get32(asked, 4), 0, 0, [*options, (dhcp.NAME_SERVER, dhcp.word_bytes(ADDRESS_B))])
            reply[0] = dhcp.BOOTREPLY
            reply[28:44] = asked[28:44]
            put32(reply, 16, ADDRESS_A)
            self.theirs.sendto(fd, reply, 0, ("255.255.255.255", dhcp.CLIENT_PORT))

    async def name_server(self) -> None:
        """An alias with an address, for any name; a name for any address."""
        fd = self.theirs.socket(AF_INET, SOCK_DGRAM)
        self.theirs.bind(fd, ("", dns.PORT))
        while True:
            asked, peer = await self.theirs.recvfrom_async(fd, 2000)
            end = asked.find(b"\0", 12) + 5
            if end < 17:
                continue
            reply = bytearray(asked[:end])
            put16(reply, 2, 0x8180)
            put16(reply, 6, 2)
            put16(reply, 10, 0)
            alias = b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x04\x01x\xc0\x0c"
            reply += alias + b"\x01x\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x0a\0\0\x02"
            try:
                self.theirs.sendto(fd, reply, 0, peer)
            except OSError:
                pass

    async def web_server(self) -> None:
        """The page, in chunks."""
        listening = self.theirs.socket()
        self.theirs.bind(listening, ("", 80))
        self.theirs.listen(listening)
        while True:
            fd = -1
            try:
                fd, _ = await self.theirs.accept_async(listening)
                await self.theirs.recv_async(fd, 1000, self.world.now + SECOND)
                await self.theirs.send_async(fd, PAGE, self.world.now + SECOND)
            except OSError:
                pass
            finally:
                if fd >= 0:
                    self.theirs.close(fd)
