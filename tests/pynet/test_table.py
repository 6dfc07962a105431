"""The table of what is supported (pynet.posix.table) says what the code does: every row works, and what has no row does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.posix import options, socket_calls, table, timerfd, wait_calls
from tests.player import SCRATCH, Pynet
from tests.support import eq

if TYPE_CHECKING:
    from typing import Any

INET, STREAM, DGRAM = 2, 1, 2


def word(player: Pynet, address: int) -> int:
    """The int at an address."""
    return int.from_bytes(player.get(address, 4), "little")


def pair(player: Pynet) -> tuple[int, int]:
    """A stream socketpair."""
    where = player.put(bytes(8))
    eq(player.quiet("socketpair", 1, STREAM, 0, where), 0)
    return word(player, where), word(player, where + 4)


def test_every_call_has_a_row_and_every_row_a_call() -> None:
    calls = list(socket_calls.CALLS) + list(wait_calls.CALLS)
    eq(sorted(table.CALLS), sorted(calls))
    names = {flag for flags in table.CALLS.values() for flag in flags}
    eq(sorted(names - set(table.FLAGS)), [])


def test_every_option_has_a_row_and_every_row_an_option() -> None:
    rows = {(level, name): directions for level, name, _, directions, _ in table.OPTIONS}
    eq(len(rows), len(table.OPTIONS), "no option twice")
    eq(sorted(rows), sorted(options.OPTIONS))
    for key, option in options.OPTIONS.items():
        directions = ("set " if option.set is not None else "") + ("get" if option.get is not None else "")
        eq((key, rows[key]), (key, directions.strip()))


def test_the_names_of_options_are_those_of_the_code() -> None:
    """Where a module has a constant of that name, it has that number."""
    from pynet import sockets

    found = 0
    for _, number, name, _, _ in table.OPTIONS:
        for module in (options, sockets):
            value: Any = getattr(module, name, None)
            if value is not None:
                eq((name, value), (name, number))
                found += 1
    assert found >= len(table.OPTIONS), found


def test_every_kind_of_socket_can_be_made() -> None:
    player = Pynet()
    for domain, type_, protocol, name in table.SOCKETS:
        assert player.quiet("socket", domain, type_, protocol) >= 0, name
        for flag in ("SOCK_NONBLOCK", "SOCK_CLOEXEC"):
            assert player.quiet("socket", domain, type_ | table.FLAGS[flag], protocol) >= 0, name
    made = {(domain, type_) for domain, type_, _, _ in table.SOCKETS}
    for domain in (1, 2, 10, 16, 17, 38, 40):
        for type_ in (1, 2, 3, 4, 5, 6, 10):
            # SOCK_RAW of AF_UNIX is SOCK_DGRAM by another name; of AF_INET it wants a protocol.
            result = player.quiet("socket", domain, type_, 0)
            eq((domain, type_, result >= 0), (domain, type_, ((domain, type_) in made and (domain, type_) != (2, 3)) or (domain, type_) == (1, 3)))
            if result >= 0:
                player.quiet("close", result)


def test_flags_of_sending_are_taken() -> None:
    for call in ("sendto", "sendmsg", "sendmmsg"):
        for flag in table.CALLS[call]:
            player = Pynet()
            near, far = pair(player)
            data = player.put(b"abc")
            vector = player.put(data.to_bytes(8, "little") + (3).to_bytes(8, "little"))
            header = player.put(bytes(16) + vector.to_bytes(8, "little") + (1).to_bytes(8, "little") + bytes(32))
            number = table.FLAGS[flag]
            arguments = {"sendto": (near, data, 3, number, 0, 0), "sendmsg": (near, header, number), "sendmmsg": (near, header, 1, number)}
            eq((call, flag, player.quiet(call, *arguments[call])), (call, flag, 1 if call == "sendmmsg" else 3))
            eq(player.quiet("recvfrom", far, data, 3, 0, 0, 0), 3)


def test_flags_of_receiving_are_taken() -> None:
    for call in ("recvfrom", "recvmsg", "recvmmsg"):
        for flag in table.CALLS[call]:
            player = Pynet()
            near, far = pair(player)
            eq(player.quiet("sendto", near, b"abc", 3, 0, 0, 0), 3)
            data = player.put(b"...")
            vector = player.put(data.to_bytes(8, "little") + (3).to_bytes(8, "little"))
            header = player.put(bytes(16) + vector.to_bytes(8, "little") + (1).to_bytes(8, "little") + bytes(32))
            number = table.FLAGS[flag]
            arguments = {"recvfrom": (far, data, 3, number, 0, 0), "recvmsg": (far, header, number), "recvmmsg": (far, header, 1, number, 0)}
            expected = 1 if call == "recvmmsg" else 3
            eq((call, flag, player.quiet(call, *arguments[call])), (call, flag, expected))


def test_flags_of_making_are_all_that_are_taken() -> None:
    """Of the calls that refuse an unknown flag: each bit is in the row, or is EINVAL."""
    for call, arguments in (("epoll_create1", ()), ("eventfd2", (0,)), ("timerfd_create", (1,))):
        known = [table.FLAGS[flag] for flag in table.CALLS[call]]
        for place in range(32):
            player = Pynet()
            result = player.quiet(call, *arguments, 1 << place)
            eq((call, place, result), (call, place, 0 if 1 << place in known else -errno.EINVAL))


def test_accept4_and_timerfd_settime_refuse_other_flags() -> None:
    player = Pynet()
    fd = player.quiet("socket", INET, STREAM, 0)
    player.quiet("listen", fd, 1)
    player.quiet("fcntl", fd, 4, 0o4000)
    timer = player.quiet("timerfd_create", 1, 0)
    for call, good in (("accept4", -errno.EAGAIN), ("timerfd_settime", 0)):
        known = [table.FLAGS[flag] for flag in table.CALLS[call]]
        for place in range(32):
            bit = 1 << place
            result = player.quiet("accept4", fd, 0, 0, bit) if call == "accept4" else player.quiet(call, timer, bit, bytes(32), 0)
            eq((call, place, result), (call, place, good if bit in known else -errno.EINVAL))


def test_every_ioctl_answers_and_no_other_does() -> None:
    player = Pynet()
    fd = player.quiet("socket", INET, STREAM, 0)
    known = dict(table.IOCTLS)
    for request in [*known, *range(0x8901, 0x8960), *range(0x5400, 0x5430)]:
        row = player.put((b"eth0".ljust(16, b"\0") if request != 0x8910 else bytes(16) + (2).to_bytes(4, "little")).ljust(40, b"\0"))
        result = player.quiet("ioctl", fd, request, row)
        eq((hex(request), result == 0), (hex(request), request in known))
        player.used = max(player.used - 48, 0)


def test_events_and_operations_of_epoll() -> None:
    for bit, name in table.EVENTS:
        player = Pynet()
        epoll = player.quiet("epoll_create1", 0)
        fd = player.quiet("socket", INET, DGRAM, 0)
        event = bit.to_bytes(4, "little") + bytes(8)
        eq((name, player.quiet("epoll_ctl", epoll, 1, fd, event)), (name, 0))
        eq((name, player.quiet("epoll_ctl", epoll, 2, fd, 0)), (name, 0))
    player = Pynet()
    epoll, fd = player.quiet("epoll_create1", 0), player.quiet("socket", INET, DGRAM, 0)
    known = [number for number, _ in table.EPOLL_OPERATIONS]
    player.quiet("epoll_ctl", epoll, 1, fd, bytes(12))
    eq([operation for operation in range(-1, 8) if player.quiet("epoll_ctl", epoll, operation, fd, SCRATCH) != -errno.EINVAL], known)


def test_clocks_of_timerfd() -> None:
    eq(tuple([number for number, _ in table.CLOCKS]), timerfd.CLOCKS)
