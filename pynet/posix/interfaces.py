"""The interfaces of a host as netdevice(7) shows them: the loopback and the one Ethernet.

A program asks by ioctl with a struct ifreq: sixteen octets of name, then what the request is about.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno, ipv4
from pynet.errno import os_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.net import Stack
    from pynet.posix.process import Thread

LOOPBACK = 1
ETHERNET = 2
NAMES = {LOOPBACK: b"lo", ETHERNET: b"eth0"}

SIOCGIFNAME = 0x8910
SIOCGIFCONF = 0x8912
SIOCGIFFLAGS = 0x8913
SIOCGIFADDR = 0x8915
SIOCGIFDSTADDR = 0x8917
SIOCGIFBRDADDR = 0x8919
SIOCGIFNETMASK = 0x891B
SIOCGIFMETRIC = 0x891D
SIOCGIFMTU = 0x8921
SIOCGIFHWADDR = 0x8927
SIOCGIFINDEX = 0x8933
SIOCGIFTXQLEN = 0x8942
FIRST_REQUEST = 0x8901
LAST_REQUEST = 0x89FF

IFF_UP = 0x1
IFF_BROADCAST = 0x2
IFF_LOOPBACK = 0x8
IFF_RUNNING = 0x40
IFF_MULTICAST = 0x1000
ARPHRD_ETHER = 1
ARPHRD_LOOPBACK = 772

NAME_SIZE = 16
IFREQ_SIZE = 40
# struct ifconf: length, and where the struct ifreqs go.
IFCONF = Struct("<i4xQ")
NETMASK_LOOPBACK = 0xFF000000


def address_of(stack: Stack, index: int) -> int:
    """An interface's IPv4 address, 0 for none."""
    return ipv4.LOCALHOST if index == LOOPBACK else stack.address


def mtu_of(stack: Stack, index: int) -> int:
    """Octets of the longest packet, as Linux tells it of a loopback."""
    return 65536 if index == LOOPBACK else stack.transport.mtu


def mac_of(stack: Stack, index: int) -> bytes:
    """Six octets."""
    return bytes(6) if index == LOOPBACK else stack.transport.mac.to_bytes(6, "big")


def flags_of(stack: Stack, index: int) -> int:
    """IFF_*"""
    if index == LOOPBACK:
        return IFF_UP | IFF_LOOPBACK | IFF_RUNNING
    return IFF_UP | IFF_BROADCAST | IFF_MULTICAST | (IFF_RUNNING if stack.link else 0)


def index_of(name: bytes) -> int:
    """OSError ENODEV"""
    for index, known in NAMES.items():
        if known == name:
            return index
    raise os_error(errno.ENODEV)


def interface_ioctl(thread: Thread, request: int, argument: int) -> int:
    """SIOCGIF*. OSError EFAULT, ENODEV, EADDRNOTAVAIL; EPERM for what would change an interface; ENOTTY for others."""
    stack = thread.process.sockets.stack
    if request == SIOCGIFCONF:
        return list_interfaces(thread, stack, argument)
    raw = thread.space.read(argument, IFREQ_SIZE)
    if request == SIOCGIFNAME:
        name = NAMES.get(int.from_bytes(raw[NAME_SIZE : NAME_SIZE + 4], "little"))
        if name is None:
            raise os_error(errno.ENODEV)
        thread.space.write(argument, name.ljust(NAME_SIZE, b"\0"))
        return 0
    if request not in ANSWERS:
        raise os_error(errno.EPERM if request in CHANGES else errno.ENOTTY)
    answer = ANSWERS[request](stack, index_of(raw[: NAME_SIZE - 1].partition(b"\0")[0]))
    thread.space.write(argument + NAME_SIZE, answer)
    return 0


def list_interfaces(thread: Thread, stack: Stack, argument: int) -> int:
    """SIOCGIFCONF: a struct ifreq with its address for each interface that has one, as many as there is room for."""
    room, where = IFCONF.unpack(thread.space.read(argument, IFCONF.size))
    rows = b""
    for index, name in NAMES.items():
        if address_of(stack, index):
            rows += (name.ljust(NAME_SIZE, b"\0") + sockaddr_of(address_of(stack, index))).ljust(IFREQ_SIZE, b"\0")
    if where:
        rows = rows[: max(room, 0) // IFREQ_SIZE * IFREQ_SIZE]
        if rows:
            thread.space.write(where, rows)
    thread.space.write(argument, len(rows).to_bytes(4, "little"))
    return 0


def sockaddr_of(address: int) -> bytes:
    """struct sockaddr_in without a port."""
    return b"\x02\0\0\0" + address.to_bytes(4, "big") + bytes(8)


def own_address(stack: Stack, index: int) -> bytes:
    """SIOCGIFADDR, SIOCGIFDSTADDR. OSError EADDRNOTAVAIL"""
    address = address_of(stack, index)
    if not address:
        raise os_error(errno.EADDRNOTAVAIL)
    return sockaddr_of(address)


def netmask(stack: Stack, index: int) -> bytes:
    """SIOCGIFNETMASK. OSError EADDRNOTAVAIL"""
    own_address(stack, index)
    return sockaddr_of(NETMASK_LOOPBACK if index == LOOPBACK else stack.netmask)


def broadcast(stack: Stack, index: int) -> bytes:
    """SIOCGIFBRDADDR. OSError EADDRNOTAVAIL"""
    own_address(stack, index)
    return sockaddr_of(0 if index == LOOPBACK else stack.address | ~stack.netmask & 0xFFFFFFFF)


def hardware(stack: Stack, index: int) -> bytes:
    """SIOCGIFHWADDR"""
    kind = ARPHRD_LOOPBACK if index == LOOPBACK else ARPHRD_ETHER
    return kind.to_bytes(2, "little") + mac_of(stack, index) + bytes(8)


ANSWERS: dict[int, Callable[[Stack, int], bytes]] = {
    SIOCGIFFLAGS: lambda stack, index: flags_of(stack, index).to_bytes(2, "little"),
    SIOCGIFADDR: own_address,
    SIOCGIFDSTADDR: own_address,
    SIOCGIFBRDADDR: broadcast,
    SIOCGIFNETMASK: netmask,
    SIOCGIFMETRIC: lambda stack, index: bytes(4),
    SIOCGIFMTU: lambda stack, index: mtu_of(stack, index).to_bytes(4, "little"),
    SIOCGIFHWADDR: hardware,
    SIOCGIFINDEX: lambda stack, index: index.to_bytes(4, "little"),
    SIOCGIFTXQLEN: lambda stack, index: (1000).to_bytes(4, "little"),
}
# SIOCADDRT, SIOCDELRT, SIOCSIFNAME, and the SIOCSIF* beside those above: the address is DHCP's to change.
CHANGES = (0x890B, 0x890C, 0x8914, 0x8916, 0x8918, 0x891A, 0x891C, 0x891E, 0x8922, 0x8923, 0x8924, 0x8943)
