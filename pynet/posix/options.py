"""setsockopt(2) and getsockopt(2): every option with its form, its range and who has it, as one table.

Values, ranges, clamping and errno are Linux's (socket(7), ip(7), tcp(7), udp(7), unix(7)). What is not in the table is ENOPROTOOPT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno, ipv4
from pynet.errno import os_error
from pynet.posix import tcp_info
from pynet.posix.endpoint import SocketDescription
from pynet.posix.interfaces import ETHERNET, LOOPBACK
from pynet.posix.packet import ICMP_FILTER, SOL_RAW, PacketSocketDescription, RawSocketDescription
from pynet.posix.tls_socket import MAX_HOSTNAME, MAX_PEM, TLSSocketDescription
from pynet.posix.unix import UnixSocketDescription, credentials_octets
from pynet.sockets import (
    AF_INET,
    AF_UNIX,
    IP_MULTICAST_ALL,
    IP_MULTICAST_LOOP,
    IP_MULTICAST_TTL,
    IP_PKTINFO,
    IP_RECVERR,
    IP_TOS,
    IP_TTL,
    IPPROTO_TCP,
    IPPROTO_TLS,
    IPPROTO_UDP,
    NO_PACING_RATE,
    SO_ACCEPTCONN,
    SO_BROADCAST,
    SO_DOMAIN,
    SO_ERROR,
    SO_KEEPALIVE,
    SO_LINGER,
    SO_MAX_PACING_RATE,
    SO_PASSCRED,
    SO_PEERCRED,
    SO_PROTOCOL,
    SO_RCVBUF,
    SO_RCVTIMEO,
    SO_REUSEADDR,
    SO_SNDBUF,
    SO_SNDTIMEO,
    SO_TYPE,
    SOCK_RAW,
    SOCK_STREAM,
    SOL_SOCKET,
    TCP_CORK,
    TCP_DEFER_ACCEPT,
    TCP_KEEPCNT,
    TCP_KEEPIDLE,
    TCP_KEEPINTVL,
    TCP_MAXSEG,
    TCP_NODELAY,
    TCP_NOTSENT_LOWAT,
    TCP_QUICKACK,
    TCP_USER_TIMEOUT,
    InetSocketDescription,
    TCPSocketDescription,
    UDPSocketDescription,
)
from pynet.tcp.layer import MAX_BACKLOG
from pynet.tcp.registry import names

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

IPPROTO_IP = 0

SO_DEBUG = 1
SO_DONTROUTE = 5
SO_OOBINLINE = 10
SO_NO_CHECK = 11
SO_PRIORITY = 12
SO_SNDLOWAT = 19
SO_BINDTODEVICE = 25
IP_HDRINCL = 3
IP_MTU = 14
IP_MULTICAST_IF = 32
IP_ADD_MEMBERSHIP = 35
IP_DROP_MEMBERSHIP = 36
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_DROP_MEMBERSHIP = 2
PACKET_STATISTICS = 6
# kernel/user/include/pynet/tls.h.
TLS_REMOTE_HOSTNAME = 1
TLS_ALPN = 2
TLS_CERTIFICATE_CHAIN = 3
TLS_PRIVATE_KEY = 4
TLS_PEER_CERTIFICATE = 5
TLS_VERSION = 6
TLS_CIPHER = 7
TLS_ERROR = 8
TCP_INFO = 11
TCP_CONGESTION = 13
TCP_FASTOPEN = 23
UDP_CORK = 1

# Linux: what was asked for is doubled, for the kernel's own overhead, within these (net.core.wmem_max, rmem_max; SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF).
BUFFER_MAX = 4_194_304
SEND_BUFFER_MIN = 4608
RECEIVE_BUFFER_MIN = 2304
# Groups that one socket may be a member of (net.ipv4.igmp_max_memberships); ENOBUFS beyond.
MAX_MEMBERSHIPS = 20
# A congestion control's name, with its NUL (TCP_CA_NAME_MAX); an interface's (IFNAMSIZ).
CONGESTION_NAME = 16
INTERFACE_NAME = 16
# The initial retransmission timeout and the longest, in seconds, in which Linux counts TCP_DEFER_ACCEPT.
FIRST_TIMEOUT = 1
LAST_TIMEOUT = 120
MAX_RETRANSMISSIONS = 255

# The interfaces, by index.
INTERFACES = (b"", b"lo", b"eth0")


# Octets of a value that are looked at, but for options that say otherwise.
LONGEST = 64


class Option:
    """One option: who has it, and how it is read and written.

    belongs(socket): it has this option. size: octets that setsockopt must at least be given. set(socket, octets) and get(socket) are None where
    there is no such direction. longest: octets of a value that are looked at. short: a single octet is a value too, both ways (level IPPROTO_IP).
    wide: eight octets where there is room for them.
    """

    __slots__ = ("belongs", "get", "longest", "set", "short", "size", "wide")

    def __init__(
        self,
        belongs: Callable[[Any], bool],
        set_: Callable[[Any, bytes], None] | None,
        get: Callable[[Any], bytes] | None,
        size: int = 4,
        short: bool = False,
        longest: int = LONGEST,
        wide: bool = False,
    ) -> None:
        self.belongs = belongs
        self.set = set_
        self.get = get
        self.size = size
        self.short = short
        self.longest = longest
        self.wide = wide

    def value(self, socket: SocketDescription, room: int) -> bytes:
        """What getsockopt writes, where the caller has room for so many octets."""
        answer: bytes = self.get(socket) if self.get is not None else b""
        if self.short and 0 < room < 4 and int.from_bytes(answer, "little") <= 0xFF:
            answer = answer[:1]
        elif self.wide and room < 8:
            answer = b"\xff" * 4 if any(answer[4:]) else answer[:4]
        return answer[:room]


def find(socket: SocketDescription, level: int, name: int, direction: str) -> Any:
    """The row for an option that can be used in that direction. OSError ENOPROTOOPT; EOPNOTSUPP for a level that AF_UNIX has not."""
    if level != SOL_SOCKET and (socket.family == AF_UNIX or (direction == "get" and not has_level(socket, level))):
        raise os_error(errno.EOPNOTSUPP)
    option = OPTIONS.get((level, name))
    if option is None or not option.belongs(socket) or getattr(option, direction) is None:
        raise os_error(errno.ENOPROTOOPT)
    return option


def has_level(socket: SocketDescription, level: int) -> bool:
    """Options of that level can be read; to set one is ENOPROTOOPT anyway."""
    return level in (IPPROTO_IP, SOL_RAW, SOL_PACKET, socket.protocol) or (level == IPPROTO_TCP and tcp(socket))


def least(level: int, name: int) -> int:
    """Octets that setsockopt wants before it looks at the name: an int, but for what has another form."""
    if level in (IPPROTO_IP, IPPROTO_TLS) or (level, name) in ((SOL_SOCKET, SO_BINDTODEVICE), (IPPROTO_TCP, TCP_CONGESTION)):
        return 0
    return 4


def longest(level: int, name: int) -> int:
    """Octets of a value that setsockopt looks at."""
    option = OPTIONS.get((level, name))
    return option.longest if option is not None else LONGEST


# Who has an option.


def anyone(socket: SocketDescription) -> bool:
    return True


def inet(socket: SocketDescription) -> bool:
    return socket.family == AF_INET


def tcp(socket: SocketDescription) -> bool:
    return isinstance(socket, TCPSocketDescription)


def udp(socket: SocketDescription) -> bool:
    return isinstance(socket, UDPSocketDescription)


def unix(socket: SocketDescription) -> bool:
    return isinstance(socket, UnixSocketDescription)


def raw_ip(socket: SocketDescription) -> bool:
    return socket.family == AF_INET and socket.type == SOCK_RAW


def packet(socket: SocketDescription) -> bool:
    return isinstance(socket, PacketSocketDescription)


def tls(socket: SocketDescription) -> bool:
    return isinstance(socket, TLSSocketDescription)


# Forms.


def number(raw: bytes) -> int:
    """The int that setsockopt was given; one octet where that is allowed, nothing is 0."""
    if len(raw) < 4:
        return raw[0] if raw else 0
    return int.from_bytes(raw[:4], "little", signed=True)


def octets(value: int) -> bytes:
    """An int as getsockopt gives it."""
    return (value & 0xFFFFFFFF).to_bytes(4, "little")


def stored(level: int, name: int, default: int, check: Callable[[Any, int], int]) -> tuple[Callable[[Any, bytes], None], Callable[[Any], bytes]]:
    """An int that is kept in `options` and handed to the protocol; check(socket, value) gives what is kept, or raises."""

    def set_(socket: SocketDescription, raw: bytes) -> None:
        socket.options[level, name] = value = check(socket, number(raw))
        if isinstance(socket, InetSocketDescription):
            socket.apply_option(level, name, value)

    def get(socket: SocketDescription) -> bytes:
        return octets(socket.options.get((level, name), default))

    return set_, get


def row(level: int, name: int, belongs: Callable[[Any], bool], check: Callable[[Any, int], int], default: int = 0) -> Option:
    """A stored int."""
    set_, get = stored(level, name, default, check)
    short = level == IPPROTO_IP
    return Option(belongs, set_, get, 0 if short else 4, short)


def shown(belongs: Callable[[Any], bool], value: Callable[[Any], int]) -> Option:
    """An int that can only be read."""
    return Option(belongs, None, lambda socket: octets(value(socket)))


def switch(socket: SocketDescription, value: int) -> int:
    """Zero or one."""
    return int(value != 0)


def whatever(socket: SocketDescription, value: int) -> int:
    """Every int."""
    return value


def between(low: int, high: int) -> Callable[[Any, int], int]:
    """EINVAL outside."""

    def check(socket: SocketDescription, value: int) -> int:
        if not low <= value <= high:
            raise os_error(errno.EINVAL)
        return value

    return check


# SOL_SOCKET.


def set_buffer(name: int, least: int) -> Callable[[Any, bytes], None]:
    """SO_SNDBUF, SO_RCVBUF"""

    def set_(socket: SocketDescription, raw: bytes) -> None:
        asked = number(raw)
        asked = min(asked if asked >= 0 else BUFFER_MAX, BUFFER_MAX)
        kept = max(asked * 2, least)
        if isinstance(socket, TCPSocketDescription) and name == SO_RCVBUF:
            # Half is overhead; the window is the other half. What is sent is kept in longer pieces, which have little.
            kept //= 2
        socket.options[SOL_SOCKET, name] = kept
        if isinstance(socket, InetSocketDescription):
            socket.apply_option(SOL_SOCKET, name, kept)
        elif isinstance(socket, UnixSocketDescription) and name == SO_SNDBUF:
            socket.send_buffer = kept
            socket.waiters.wake()

    return set_


def get_buffer(name: int) -> Callable[[Any], bytes]:
    """What holds now: a connection's buffers grow by themselves where nobody set them."""

    def get(socket: SocketDescription) -> bytes:
        kept = socket.options.get((SOL_SOCKET, name))
        if kept is not None and isinstance(socket, TCPSocketDescription) and name == SO_RCVBUF:
            kept *= 2
        if kept is None:
            kept = socket.get_option(SOL_SOCKET, name) if isinstance(socket, TCPSocketDescription) else 212_992
        return octets(kept)

    return get


def set_pacing_rate(socket: SocketDescription, raw: bytes) -> None:
    """SO_MAX_PACING_RATE: octets a second, of four or of eight octets; all ones for no limit."""
    if len(raw) >= 8:
        rate = int.from_bytes(raw[:8], "little")
    else:
        rate = int.from_bytes(raw[:4], "little")
        if rate == 0xFFFFFFFF:
            rate = NO_PACING_RATE
    socket.options[SOL_SOCKET, SO_MAX_PACING_RATE] = rate
    if isinstance(socket, TCPSocketDescription):
        socket.apply_option(SOL_SOCKET, SO_MAX_PACING_RATE, rate)


def get_pacing_rate(socket: SocketDescription) -> bytes:
    """What was set."""
    return socket.options.get((SOL_SOCKET, SO_MAX_PACING_RATE), NO_PACING_RATE).to_bytes(8, "little")


def set_linger(socket: SocketDescription, raw: bytes) -> None:
    """struct linger {onoff, seconds}; kept as seconds, -1 for off."""
    if number(raw):
        seconds = int.from_bytes(raw[4:8], "little")
        socket.options[SOL_SOCKET, SO_LINGER] = socket.options[SOL_SOCKET, LINGER_SECONDS] = seconds
    else:
        socket.options[SOL_SOCKET, SO_LINGER] = -1


# Where the seconds stay that were set last: they can be read when lingering is off again. No option has a negative number.
LINGER_SECONDS = -1


def get_linger(socket: SocketDescription) -> bytes:
    """struct linger"""
    on = socket.options.get((SOL_SOCKET, SO_LINGER), -1) >= 0
    return octets(int(on)) + octets(socket.options.get((SOL_SOCKET, LINGER_SECONDS), 0))


def timeout_of(raw: bytes) -> int:
    """A struct timeval as a timeout in microseconds: 0 for none, negative for one that is over. OSError EDOM."""
    seconds = int.from_bytes(raw[:8], "little", signed=True)
    microseconds = int.from_bytes(raw[8:16], "little", signed=True)
    if not 0 <= microseconds < 1_000_000:
        raise os_error(errno.EDOM)
    if seconds < 0:
        return -1
    return min(seconds, 1 << 40) * 1_000_000 + microseconds


def set_receive_timeout(socket: SocketDescription, raw: bytes) -> None:
    socket.receive_timeout = timeout_of(raw)


def set_send_timeout(socket: SocketDescription, raw: bytes) -> None:
    socket.send_timeout = timeout_of(raw)


def timeval(microseconds: int) -> bytes:
    """struct timeval"""
    return (max(microseconds, 0) // 1_000_000).to_bytes(8, "little") + (max(microseconds, 0) % 1_000_000).to_bytes(8, "little")


def set_passcred(socket: UnixSocketDescription, raw: bytes) -> None:
    socket.pass_credentials = number(raw) != 0


def set_device(socket: SocketDescription, raw: bytes) -> None:
    """SO_BINDTODEVICE: the name of an interface, nothing for any. OSError ENODEV."""
    name = raw[: INTERFACE_NAME - 1].partition(b"\0")[0]
    if name not in INTERFACES:
        raise os_error(errno.ENODEV)
    socket.options[SOL_SOCKET, SO_BINDTODEVICE] = INTERFACES.index(name)


def get_device(socket: SocketDescription) -> bytes:
    name = INTERFACES[socket.options.get((SOL_SOCKET, SO_BINDTODEVICE), 0)]
    return name + b"\0" if name else b""


# IPPROTO_IP.


def tos(socket: SocketDescription, value: int) -> int:
    """TCP's two ECN bits are its own."""
    return value & 0xFF & (~3 if socket.type == SOCK_STREAM else ~0)


def ttl(socket: SocketDescription, value: int) -> int:
    """-1 is the default."""
    if value == -1:
        return ipv4.DEFAULT_TTL
    return between(1, 255)(socket, value)


def group_ttl(socket: SocketDescription, value: int) -> int:
    """-1 is the default, one hop. EINVAL for a stream, which has no groups."""
    if socket.type == SOCK_STREAM:
        raise os_error(errno.EINVAL)
    return 1 if value == -1 else between(0, 255)(socket, value)


def strict_switch(socket: SocketDescription, value: int) -> int:
    """EINVAL but for 0 and 1."""
    return between(0, 1)(socket, value)


def set_header_included(socket: SocketDescription, raw: bytes) -> None:
    """For raw sockets. OSError ENOPROTOOPT"""
    if not raw_ip(socket):
        raise os_error(errno.ENOPROTOOPT)
    socket.options[IPPROTO_IP, IP_HDRINCL] = int(number(raw) != 0)


def get_mtu(socket: InetSocketDescription) -> bytes:
    """OSError ENOTCONN: the path is that to the peer."""
    remote, _ = socket.remote_name()
    return octets(65535 if ipv4.is_loopback(remote) or remote == socket.stack.address else socket.stack.transport.mtu)


def interface_of(socket: InetSocketDescription, raw: bytes) -> int:
    """The index of the interface in a struct ip_mreq or ip_mreqn, 0 for any, -1 for one that is not there."""
    index = int.from_bytes(raw[8:12], "little", signed=True) if len(raw) >= 12 else 0
    address = int.from_bytes(raw[4:8], "big")
    if index:
        return index if index in (LOOPBACK, ETHERNET) else -1
    if address == 0:
        return 0
    if ipv4.is_loopback(address):
        return LOOPBACK
    return ETHERNET if address == socket.stack.address else -1


def join(socket: InetSocketDescription, raw: bytes) -> None:
    """OSError EPROTO, EINVAL, ENODEV, EADDRINUSE, ENOBUFS. There is one wire: in which groups it is does not depend on the interface named."""
    group = int.from_bytes(raw[:4], "big")
    if socket.type == SOCK_STREAM:
        raise os_error(errno.EPROTO)
    if not ipv4.is_multicast(group):
        raise os_error(errno.EINVAL)
    if interface_of(socket, raw) < 0:
        raise os_error(errno.ENODEV)
    groups = socket.groups
    if group in groups:
        raise os_error(errno.EADDRINUSE)
    if len(groups) >= MAX_MEMBERSHIPS:
        raise os_error(errno.ENOBUFS)
    socket.stack.join_group(group)
    groups.append(group)


def leave(socket: InetSocketDescription, raw: bytes) -> None:
    """OSError EADDRNOTAVAIL: not a member."""
    group = int.from_bytes(raw[:4], "big")
    if socket.type == SOCK_STREAM:
        raise os_error(errno.EPROTO)
    if group not in socket.groups:
        raise os_error(errno.EADDRNOTAVAIL)
    socket.groups.remove(group)
    socket.stack.leave_group(group)


def set_group_interface(socket: InetSocketDescription, raw: bytes) -> None:
    """A struct in_addr, ip_mreq or ip_mreqn: groups are reached by the one wire there is. OSError EADDRNOTAVAIL."""
    if socket.type == SOCK_STREAM or len(raw) < 4:
        raise os_error(errno.EINVAL)
    raw = bytes(4) + raw[:4] if len(raw) < 8 else raw
    if interface_of(socket, raw) < 0:
        raise os_error(errno.EADDRNOTAVAIL)
    socket.options[IPPROTO_IP, IP_MULTICAST_IF] = int.from_bytes(raw[4:8], "big")


def get_group_interface(socket: InetSocketDescription) -> bytes:
    return socket.options.get((IPPROTO_IP, IP_MULTICAST_IF), 0).to_bytes(4, "big")


# IPPROTO_TCP.


def maxseg(socket: SocketDescription, value: int) -> int:
    """0 gives it back to TCP."""
    if value and not 88 <= value <= 32767:
        raise os_error(errno.EINVAL)
    return value


def deferral(socket: SocketDescription, value: int) -> int:
    """Linux counts in retransmissions: the seconds after which the first is due that is not before `value`."""
    seconds = 0
    timeout = FIRST_TIMEOUT
    for _ in range(MAX_RETRANSMISSIONS):
        if seconds >= value:
            break
        seconds += timeout
        timeout = min(timeout * 2, LAST_TIMEOUT)
    return seconds


def set_congestion(socket: TCPSocketDescription, raw: bytes) -> None:
    """OSError EINVAL for nothing, ENOENT for what is not here."""
    if not raw:
        raise os_error(errno.EINVAL)
    name = raw[: CONGESTION_NAME - 1].partition(b"\0")[0].decode("latin-1")
    if name not in names():
        raise os_error(errno.ENOENT)
    socket.set_congestion(name)


def get_congestion(socket: TCPSocketDescription) -> bytes:
    name = socket.congestion or socket.stack.tcp.config.congestion
    return name.encode().ljust(CONGESTION_NAME, b"\0")


def get_info(socket: TCPSocketDescription) -> bytes:
    """struct tcp_info"""
    return tcp_info.pack(socket)


def fastopen(socket: TCPSocketDescription, value: int) -> int:
    """The length of a queue that nobody uses: no data comes with a SYN here. EINVAL once there is a connection."""
    if value < 0 or socket.connection is not None:
        raise os_error(errno.EINVAL)
    return min(value, MAX_BACKLOG)


def set_icmp_filter(socket: RawSocketDescription, raw: bytes) -> None:
    """struct icmp_filter: a bit for each type that is not wanted. OSError EOPNOTSUPP for another protocol."""
    if socket.protocol != ipv4.ICMP:
        raise os_error(errno.EOPNOTSUPP)
    socket.filter = int.from_bytes(raw[:4], "little")


def get_icmp_filter(socket: RawSocketDescription) -> bytes:
    """OSError EOPNOTSUPP for another protocol."""
    if socket.protocol != ipv4.ICMP:
        raise os_error(errno.EOPNOTSUPP)
    return octets(socket.filter)


def membership(socket: PacketSocketDescription, raw: bytes) -> None:
    """PACKET_ADD_MEMBERSHIP and its opposite: every frame that the NIC hands over is seen anyway. OSError ENODEV."""
    if int.from_bytes(raw[:4], "little") not in (LOOPBACK, ETHERNET):
        raise os_error(errno.ENODEV)


def get_statistics(socket: PacketSocketDescription) -> bytes:
    """struct tpacket_stats: packets and drops since the last look."""
    answer = octets(socket.received + socket.dropped) + octets(socket.dropped)
    socket.received = socket.dropped = 0
    return answer


def set_udp_cork(socket: UDPSocketDescription, raw: bytes) -> None:
    socket.set_cork(number(raw) != 0)


# IPPROTO_TLS: text without a NUL at its end.


def set_hostname(socket: TLSSocketDescription, raw: bytes) -> None:
    """TLS_REMOTE_HOSTNAME: whom the server must prove to be. OSError EISCONN once there is a connection, EINVAL for what is no name."""
    if socket.connection is not None:
        raise os_error(errno.EISCONN)
    name = raw.rstrip(b"\0")
    if not 0 < len(name) <= MAX_HOSTNAME or any(not 32 < octet < 127 for octet in name):
        raise os_error(errno.EINVAL)
    socket.hostname = name.decode()


def set_alpn(socket: TLSSocketDescription, raw: bytes) -> None:
    """TLS_ALPN: protocols in order of preference, commas between. OSError EISCONN, EINVAL."""
    if socket.connection is not None:
        raise os_error(errno.EISCONN)
    names = raw.rstrip(b"\0").split(b",")
    if any(not 0 < len(name) < 256 or any(not 32 < octet < 127 for octet in name) for name in names):
        raise os_error(errno.EINVAL)
    socket.alpn = [name.decode() for name in names]


def set_certificate(socket: TLSSocketDescription, raw: bytes) -> None:
    """TLS_CERTIFICATE_CHAIN: PEM, the server's own first. OSError EINVAL for too much."""
    if len(raw) >= MAX_PEM:
        raise os_error(errno.EINVAL)
    socket.certificate = raw.rstrip(b"\0")


def set_key(socket: TLSSocketDescription, raw: bytes) -> None:
    """TLS_PRIVATE_KEY: PEM; it can never be read. OSError EINVAL for too much."""
    if len(raw) >= MAX_PEM:
        raise os_error(errno.EINVAL)
    socket.key = raw.rstrip(b"\0")


def engine_text(attribute: str) -> Callable[[Any], bytes]:
    """What the engine says of the connection. OSError ENOTCONN before the handshake is done."""

    def get(socket: TLSSocketDescription) -> bytes:
        if socket.established_at < 0:
            raise os_error(errno.ENOTCONN)
        value = getattr(socket.engine, attribute, None)
        return value if isinstance(value, bytes) else (value or "").encode()

    return get


OPTIONS: dict[tuple[int, int], Option] = {
    (SOL_SOCKET, SO_DEBUG): row(SOL_SOCKET, SO_DEBUG, anyone, switch),
    (SOL_SOCKET, SO_REUSEADDR): row(SOL_SOCKET, SO_REUSEADDR, anyone, switch),
    (SOL_SOCKET, SO_TYPE): shown(anyone, lambda socket: int(socket.type)),
    (SOL_SOCKET, SO_ERROR): shown(anyone, lambda socket: int(socket.take_error())),
    (SOL_SOCKET, SO_DONTROUTE): row(SOL_SOCKET, SO_DONTROUTE, anyone, switch),
    (SOL_SOCKET, SO_BROADCAST): row(SOL_SOCKET, SO_BROADCAST, anyone, switch),
    (SOL_SOCKET, SO_SNDBUF): Option(anyone, set_buffer(SO_SNDBUF, SEND_BUFFER_MIN), get_buffer(SO_SNDBUF)),
    (SOL_SOCKET, SO_RCVBUF): Option(anyone, set_buffer(SO_RCVBUF, RECEIVE_BUFFER_MIN), get_buffer(SO_RCVBUF)),
    (SOL_SOCKET, SO_KEEPALIVE): row(SOL_SOCKET, SO_KEEPALIVE, anyone, switch),
    (SOL_SOCKET, SO_OOBINLINE): row(SOL_SOCKET, SO_OOBINLINE, anyone, switch),
    (SOL_SOCKET, SO_NO_CHECK): row(SOL_SOCKET, SO_NO_CHECK, anyone, switch),
    (SOL_SOCKET, SO_PRIORITY): row(SOL_SOCKET, SO_PRIORITY, anyone, whatever),
    (SOL_SOCKET, SO_LINGER): Option(anyone, set_linger, get_linger, 8),
    (SOL_SOCKET, SO_PASSCRED): Option(unix, set_passcred, lambda socket: octets(int(socket.pass_credentials))),
    (SOL_SOCKET, SO_PEERCRED): Option(anyone, None, lambda socket: credentials_octets(getattr(socket, "peer_credentials", (0, -1, -1)))),
    (SOL_SOCKET, SO_SNDLOWAT): shown(anyone, lambda socket: 1),
    (SOL_SOCKET, SO_RCVTIMEO): Option(anyone, set_receive_timeout, lambda socket: timeval(socket.receive_timeout), 16),
    (SOL_SOCKET, SO_SNDTIMEO): Option(anyone, set_send_timeout, lambda socket: timeval(socket.send_timeout), 16),
    (SOL_SOCKET, SO_BINDTODEVICE): Option(anyone, set_device, get_device, 0),
    (SOL_SOCKET, SO_ACCEPTCONN): shown(anyone, lambda socket: int(socket.is_listening())),
    (SOL_SOCKET, SO_PROTOCOL): shown(anyone, lambda socket: int(socket.protocol)),
    (SOL_SOCKET, SO_DOMAIN): shown(anyone, lambda socket: int(socket.family)),
    (SOL_SOCKET, SO_MAX_PACING_RATE): Option(anyone, set_pacing_rate, get_pacing_rate, wide=True),
    (IPPROTO_IP, IP_TOS): row(IPPROTO_IP, IP_TOS, inet, tos),
    (IPPROTO_IP, IP_TTL): row(IPPROTO_IP, IP_TTL, inet, ttl, ipv4.DEFAULT_TTL),
    (IPPROTO_IP, IP_HDRINCL): Option(inet, set_header_included, stored(IPPROTO_IP, IP_HDRINCL, 0, switch)[1], 0, True),
    (IPPROTO_IP, IP_PKTINFO): row(IPPROTO_IP, IP_PKTINFO, inet, switch),
    (IPPROTO_IP, IP_RECVERR): row(IPPROTO_IP, IP_RECVERR, inet, switch),
    (IPPROTO_IP, IP_MTU): Option(inet, None, get_mtu),
    (IPPROTO_IP, IP_MULTICAST_IF): Option(inet, set_group_interface, get_group_interface, 0),
    (IPPROTO_IP, IP_MULTICAST_TTL): row(IPPROTO_IP, IP_MULTICAST_TTL, inet, group_ttl, 1),
    (IPPROTO_IP, IP_MULTICAST_LOOP): row(IPPROTO_IP, IP_MULTICAST_LOOP, inet, switch, 1),
    (IPPROTO_IP, IP_ADD_MEMBERSHIP): Option(inet, join, None, 8),
    (IPPROTO_IP, IP_DROP_MEMBERSHIP): Option(inet, leave, None, 8),
    (IPPROTO_IP, IP_MULTICAST_ALL): row(IPPROTO_IP, IP_MULTICAST_ALL, inet, strict_switch, 1),
    (IPPROTO_TCP, TCP_NODELAY): row(IPPROTO_TCP, TCP_NODELAY, tcp, switch),
    (IPPROTO_TCP, TCP_MAXSEG): Option(tcp, stored(IPPROTO_TCP, TCP_MAXSEG, 0, maxseg)[0], lambda socket: octets(socket.get_option(IPPROTO_TCP, TCP_MAXSEG))),
    (IPPROTO_TCP, TCP_CORK): row(IPPROTO_TCP, TCP_CORK, tcp, switch),
    (IPPROTO_TCP, TCP_KEEPIDLE): row(IPPROTO_TCP, TCP_KEEPIDLE, tcp, between(1, 32767), 7200),
    (IPPROTO_TCP, TCP_KEEPINTVL): row(IPPROTO_TCP, TCP_KEEPINTVL, tcp, between(1, 32767), 75),
    (IPPROTO_TCP, TCP_KEEPCNT): row(IPPROTO_TCP, TCP_KEEPCNT, tcp, between(1, 127), 9),
    (IPPROTO_TCP, TCP_DEFER_ACCEPT): row(IPPROTO_TCP, TCP_DEFER_ACCEPT, tcp, deferral),
    (IPPROTO_TCP, TCP_INFO): Option(tcp, None, get_info),
    (IPPROTO_TCP, TCP_QUICKACK): row(IPPROTO_TCP, TCP_QUICKACK, tcp, switch, 1),
    (IPPROTO_TCP, TCP_CONGESTION): Option(tcp, set_congestion, get_congestion, 0),
    (IPPROTO_TCP, TCP_USER_TIMEOUT): row(IPPROTO_TCP, TCP_USER_TIMEOUT, tcp, between(0, 0x7FFFFFFF)),
    (IPPROTO_TCP, TCP_FASTOPEN): row(IPPROTO_TCP, TCP_FASTOPEN, tcp, fastopen),
    (IPPROTO_TCP, TCP_NOTSENT_LOWAT): row(IPPROTO_TCP, TCP_NOTSENT_LOWAT, tcp, whatever),
    (IPPROTO_TLS, TLS_REMOTE_HOSTNAME): Option(tls, set_hostname, lambda socket: socket.hostname.encode(), 0, False, MAX_HOSTNAME + 2),
    (IPPROTO_TLS, TLS_ALPN): Option(tls, set_alpn, engine_text("alpn"), 0, False, 1024),
    (IPPROTO_TLS, TLS_CERTIFICATE_CHAIN): Option(tls, set_certificate, None, 0, False, MAX_PEM),
    (IPPROTO_TLS, TLS_PRIVATE_KEY): Option(tls, set_key, None, 0, False, MAX_PEM),
    (IPPROTO_TLS, TLS_PEER_CERTIFICATE): Option(tls, None, engine_text("peer_certificate")),
    (IPPROTO_TLS, TLS_VERSION): Option(tls, None, engine_text("version")),
    (IPPROTO_TLS, TLS_CIPHER): Option(tls, None, engine_text("cipher")),
    (IPPROTO_TLS, TLS_ERROR): Option(tls, None, lambda socket: socket.failure.encode()),
    (SOL_RAW, ICMP_FILTER): Option(raw_ip, set_icmp_filter, get_icmp_filter),
    (SOL_PACKET, PACKET_ADD_MEMBERSHIP): Option(packet, membership, None, 16),
    (SOL_PACKET, PACKET_DROP_MEMBERSHIP): Option(packet, membership, None, 16),
    (SOL_PACKET, PACKET_STATISTICS): Option(packet, None, get_statistics),
    (IPPROTO_UDP, UDP_CORK): Option(udp, set_udp_cork, lambda socket: octets(int(socket.corked))),
}
