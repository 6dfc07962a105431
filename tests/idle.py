"""Connections that do nothing, and what one end of one costs on our runtime (`hosted-tests tests.idle main`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.world import ADDRESS_A, ADDRESS_B, CableEnd, World

if TYPE_CHECKING:
    from pynet.net import Stack

PORT = 80
# Made before the count, so that tables have reached their size; and counted.
FIRST, COUNTED = 10, 50


def idle_connections(world: World, a: Stack, b: Stack, count: int) -> None:
    """`count` more from A to B, established; everything that A sent is read and acknowledged."""
    for _ in range(count):
        conn = a.tcp.connect(ADDRESS_A, 0, ADDRESS_B, PORT, world.now)
        world.run(10_000)
        conn.send(bytes(30_000), world.now)
        world.run(1_000_000)
        server = next(other for other in b.tcp.connections.values() if other.rport == conn.lport)
        while server.receive(65536, world.now):
            pass
    world.run(10_000_000)
    for end in (a.transport, b.transport):
        if isinstance(end, CableEnd):
            end.sent.clear()


def main() -> None:
    """Print the bytes of one end."""
    from tests.fuzz import edges

    world = World()
    a, b = world.pair()
    b.tcp.listen(0, PORT, 1000)
    idle_connections(world, a, b, FIRST)
    before = edges.allocated()
    idle_connections(world, a, b, COUNTED)
    each = (edges.allocated() - before) // (2 * COUNTED)
    print("an idle connection: " + str(each) + " bytes")
