"""Rubbish for every call of sockets and of waiting: an errno or a result, nothing else; and nothing is left behind when the process ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet.posix import options, socket_calls, syscalls, table, wait_calls
from tests.player import SCRATCH, Pynet
from tests.support import Random, eq

if TYPE_CHECKING:
    from typing import Any

NONBLOCK = 0o4000
COUNTS = {call.name: call.count for call in syscalls.TABLE.values()}
# Those that would wait, as nothing here is told not to: a pair of new sockets, a new connection, an eventfd.
BLOCKING = ("accept", "socketpair", "eventfd")
CALLS = [name for name in [*socket_calls.CALLS, *wait_calls.CALLS, "read", "write", "readv", "close", "dup", "ioctl"] if name not in BLOCKING]
# Where a call's timeout is, as milliseconds or as a pointer; and the flags that make what it makes not wait.
TIMEOUTS = {"poll": 2, "epoll_wait": 3, "epoll_pwait": 3}
TIMEOUT_POINTERS = {"select": 4, "pselect6": 4, "ppoll": 2, "epoll_pwait2": 3}
WITH_FLAGS = {"accept4": 3, "eventfd2": 1, "timerfd_create": 1, "socket": 1}


def populate(player: Pynet) -> None:
    """A descriptor of every kind; none waits."""
    for domain, type_, protocol, name in table.SOCKETS:
        assert player.quiet("socket", domain, type_ | NONBLOCK, protocol) >= 0, name
    pair = player.put(bytes(8))
    for kind in (1, 2, 5):
        eq(player.quiet("socketpair", 1, kind | NONBLOCK, 0, pair), 0)
    eq(player.quiet("pipe2", pair, NONBLOCK), 0)
    for call, arguments in (("epoll_create1", (0,)), ("eventfd2", (3, NONBLOCK)), ("timerfd_create", (1, NONBLOCK))):
        assert player.quiet(call, *arguments) >= 0


def number(random: Random, place: int) -> int:
    """A small number, an address good or bad, a bit, all ones; first of all a descriptor."""
    if place == 0 and random.below(4):
        return random.below(30)
    choices: list[Any] = [
        lambda: random.below(8),
        lambda: random.below(300),
        lambda: SCRATCH + random.below(4096),
        lambda: SCRATCH + random.below(512) * 8,
        lambda: SCRATCH + random.below(512) * 8,
        lambda: SCRATCH + random.below(512) * 8,
        lambda: random.below(64),
        lambda: SCRATCH + (1 << 20) - random.below(16),
        lambda: 0x1000,
        lambda: 1 << random.below(64),
        lambda: random.below(1 << 31) << random.below(33),
        lambda: (1 << 64) - 1 - random.below(64),
    ]
    value: int = choices[random.below(len(choices))]()
    return value


def arguments_for(random: Random, call: str, zero: int) -> list[int]:
    """Rubbish that does not wait."""
    arguments = [number(random, place) for place in range(COUNTS[call])]
    if call in ("setsockopt", "getsockopt") and random.below(4):
        arguments[1], arguments[2] = list(options.OPTIONS)[random.below(len(options.OPTIONS))]
    if call == "ioctl" and random.below(2):
        arguments[1] = table.IOCTLS[random.below(len(table.IOCTLS))][0]
        if arguments[1] == 0x5421:
            arguments[2] = SCRATCH + 16
    if call in TIMEOUTS:
        arguments[TIMEOUTS[call]] = 0
    if call in TIMEOUT_POINTERS:
        arguments[TIMEOUT_POINTERS[call]] = zero
    if call in WITH_FLAGS:
        arguments[WITH_FLAGS[call]] |= NONBLOCK
    return arguments


def play(seed: int, calls: int) -> int:
    """How many calls did something."""
    player = Pynet()
    random = Random(seed)
    zero = player.put(bytes(16))
    # FIONBIO reads behind the zeros: O_NONBLOCK stays on.
    player.put_at(SCRATCH, b"\1" * 4096)
    populate(player)
    done = 0
    for _ in range(calls):
        call = CALLS[random.below(len(CALLS))]
        done += player.make(call, tuple(arguments_for(random, call, zero))) >= 0
        if random.below(3) == 0:
            player.put_at(SCRATCH + 64 + random.below(4000), random.octets(32) if random.below(2) else bytes([random.below(256), 0, 0, 0]) * 8)
        player.put_at(zero, bytes(16))
        player.put_at(SCRATCH + 16, b"\1" * 16)
        if random.below(20) == 0:
            player.world.run(1000)
        if len(player.sockets.table.descriptions) > 100:
            player.sockets.table.close_range(40, 1 << 20)
    player.sockets.table.close_all()
    player.world.run(200_000_000)
    eq((player.sockets.names.flight.counts, player.sockets.names.bound, player.stack.taps, player.stack.raw, player.stack.bound_sockets), ({}, {}, [], [], {}))
    eq((player.stack.udp.count, player.stack.tcp.ports.count, len(player.stack.tcp.listeners)), (0, 0, 0))
    return done


def test_rubbish_ends_in_an_errno() -> None:
    done = sum([play(seed, 500) for seed in range(1, 5)])
    assert done > 100, done
