"""Two hosts in one process, joined by a cable of no delay: bulk, round trips, whole connections, each some and three times as many.

Both ends' work is in it: Ethernet, IPv4, TCP, checksums made and verified. The unit is a full segment of data with its share of
acknowledgments; a request and a response of one octet, also answered by the echo service; a connection opened and closed by FINs. Runs compiled,
where callgrind counts (`valgrind --tool=callgrind build/tests/bench/bench-tcp tests.bench.tcp rr_few`, then `rr_many`: the difference is of 1000
units, echo's too, of bulk, summed and cut 2000, of conn 400), and the few of each on CPython (`python -m tests.bench.tcp`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.lower import CAN_CHECKSUM, CAN_SEGMENT
from pynet.net import RX_NEEDS_CHECKSUM, Stack, Transport
from pynet.services import ECHO_PORT, Services
from pynet.sockets import Sockets
from tests.support import Random

if TYPE_CHECKING:
    from pynet.frame import Octets
    from pynet.tcp.connection import Connection
    from pynet.tcp.layer import Listener

MSS = 1448
A = 0x0A000001
B = 0x0A000002
NETMASK = 0xFFFFFF00
PORT = 5001
CHUNK = bytes(65536)


class End(Transport):
    """One end of the cable: a frame is copied once on its way, as a ring of buffers would."""

    def __init__(self, mac: int, capabilities: int) -> None:
        self.mac = mac
        self.capabilities = capabilities
        self.arrived: list[bytearray] = []
        self.taken = 0
        self.peer = self
        self.frames = 0

    def send(self, frame: bytearray, csum_start: int = 0, csum_offset: int = 0, gso_size: int = 0) -> bool:
        self.frames += 1
        self.peer.arrived.append(bytearray(frame))
        return True

    def recv(self) -> tuple[Octets, int] | None:
        if self.taken == len(self.arrived):
            self.arrived = []
            self.taken = 0
            return None
        self.taken += 1
        # Two guests of one host: what a NIC was to sum and cut reaches the other as it was sent, and is known to be right.
        return self.arrived[self.taken - 1], RX_NEEDS_CHECKSUM if self.capabilities else 0


class Bench:
    """Hosts A and B, B listening. capabilities: what their NICs do for them (pynet.lower)."""

    def __init__(self, capabilities: int = 0) -> None:
        self.time = 1_000_000
        random = Random(1)
        self.end_a = End(0x020000000001, capabilities)
        self.end_b = End(0x020000000002, capabilities)
        self.end_a.peer = self.end_b
        self.end_b.peer = self.end_a
        self.a = Stack(self.end_a, self.clock, random.octets)
        self.b = Stack(self.end_b, self.clock, random.octets)
        self.a.configure(A, NETMASK, 0)
        self.b.configure(B, NETMASK, 0)
        self.listener: Listener = self.b.tcp.listen(0, PORT, 16)

    def clock(self) -> int:
        """A microsecond passes each time somebody looks."""
        self.time += 1
        return self.time

    def turn(self) -> None:
        """Both stacks do what there is to do."""
        self.a.poll()
        self.b.poll()

    def connection(self) -> tuple[Connection, Connection]:
        """Both ends of a new connection."""
        client = self.a.tcp.connect(A, 0, B, PORT, self.clock())
        while True:
            self.turn()
            server = self.listener.accept()
            if server is not None:
                return client, server


def bulk(segments: int, capabilities: int = 0) -> str:
    """Data from A to B, read as it comes."""
    bench = Bench(capabilities)
    client, server = bench.connection()
    left = segments * MSS
    got = 0
    while got < segments * MSS:
        if left:
            left -= client.send(CHUNK[: min(left, len(CHUNK))], bench.clock())
        bench.turn()
        data = server.receive(65536, bench.clock())
        got += len(data) if data else 0
    return f"bulk: {got} octets, {bench.end_a.frames + bench.end_b.frames} frames"


def round_trips(count: int) -> str:
    """One octet there, one octet back."""
    bench = Bench()
    client, server = bench.connection()
    for _ in range(count):
        client.send(b"x", bench.clock())
        while not server.receive(1, bench.clock()):
            bench.turn()
        server.send(b"y", bench.clock())
        while not client.receive(1, bench.clock()):
            bench.turn()
    return f"rr: {count} round trips, {bench.end_a.frames + bench.end_b.frames} frames"


def echoes(count: int) -> str:
    """One octet there, and back from the echo service: B's end goes through the socket calls and the loop, as in the image."""
    bench = Bench()
    Services(Sockets(bench.b)).start()
    client = bench.a.tcp.connect(A, 0, B, ECHO_PORT, bench.clock())
    for _ in range(count):
        client.send(b"x", bench.clock())
        while not client.receive(1, bench.clock()):
            bench.turn()
    return f"echo: {count} round trips, {bench.end_a.frames + bench.end_b.frames} frames"


def connections(count: int) -> str:
    """Opened by A, closed by FINs; TIME-WAIT is left by abort."""
    bench = Bench()
    for _ in range(count):
        client, server = bench.connection()
        client.close(bench.clock())
        bench.turn()
        server.close(bench.clock())
        bench.turn()
        client.finish(0)
    return f"conn: {count} connections, {bench.end_a.frames + bench.end_b.frames} frames"


def bulk_few() -> None:
    """The difference between this and the next is what the units cost."""
    print(bulk(1000))


def bulk_many() -> None:
    """As above, more."""
    print(bulk(3000))


def summed_few() -> None:
    """Bulk whose sums are left to the NIC."""
    print(bulk(1000, CAN_CHECKSUM))


def summed_many() -> None:
    """As above, more."""
    print(bulk(3000, CAN_CHECKSUM))


def cut_few() -> None:
    """Bulk whose sums and segments are left to the NIC."""
    print(bulk(1000, CAN_CHECKSUM | CAN_SEGMENT))


def cut_many() -> None:
    """As above, more."""
    print(bulk(3000, CAN_CHECKSUM | CAN_SEGMENT))


def rr_few() -> None:
    """Round trips."""
    print(round_trips(500))


def rr_many() -> None:
    """As above, more."""
    print(round_trips(1500))


def echo_few() -> None:
    """Round trips through a service."""
    print(echoes(500))


def echo_many() -> None:
    """As above, more."""
    print(echoes(1500))


def conn_few() -> None:
    """Connections."""
    print(connections(200))


def conn_many() -> None:
    """As above, more."""
    print(connections(600))


if __name__ == "__main__":
    bulk_few()
    rr_few()
    echo_few()
    conn_few()
