"""The POSIX socket API (POSIX.1-2017 XSH 2.10) over descriptors that the stack serves, for callers inside the kernel.

`Sockets` binds a Stack to an FDTable. Each of its calls comes in two forms that share one operation: the plain form parks the calling thread, the
`*_async` form suspends a coroutine of the stack's loop. On a non-blocking description, or with MSG_DONTWAIT, both raise BlockingIOError instead.
The module's functions of the same names use the Sockets that `use` was given. Failures are OSError with Linux's errno.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pynet import errno, ipv4
from pynet.errno import os_error
from pynet.names import hosts_addresses, numeric_address
from pynet.octets import get16
from pynet.posix.description import FIONREAD, FDTable, FileDescription
from pynet.posix.endpoint import SIOCOUTQ, SIOCOUTQNSD, Message, SocketDescription
from pynet.posix.epoll import EpollDescription
from pynet.posix.interfaces import ETHERNET, LOOPBACK
from pynet.posix.packet import PacketSocketDescription, PingSocketDescription, RawSocketDescription
from pynet.posix.unix import UnixNames, UnixSocketDescription
from pynet.posix.wait import news_async, wait, wait_async
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, nothing
from pynet.tcp.arrives import DEFAULT_MSS, send_first_syn
from pynet.tcp.layer import MAX_BACKLOG
from pynet.tcp.output import effective_mss
from pynet.tcp.ports import MAX_BOUND
from pynet.tcp.registry import set_congestion
from pynet.tcp.states import CLOSED, TIME_WAIT
from pynet.udp import ERRORS, MAX_DATA
from pynet.udp import HEADER as UDP_HEADER

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from pynet.dns import DNSResolver
    from pynet.frame import Octets
    from pynet.net import Stack
    from pynet.posix.endpoint import Ancillary
    from pynet.posix.unix import Paths
    from pynet.tcp.connection import Connection
    from pynet.tcp.layer import Listener
    from pynet.tls import TlsEngine
    from pynet.udp import UdpEndpoint

AF_UNIX = 1
AF_INET = 2
AF_INET6 = 10
AF_PACKET = 17
SOCK_STREAM = 1
SOCK_DGRAM = 2
SOCK_RAW = 3
SOCK_SEQPACKET = 5
SOCK_NONBLOCK = 0o4000
SOCK_CLOEXEC = 0o2000000
# Where Linux's tables of families (AF_MAX) and types (SOCK_MAX) end, and its protocols of IP.
MAX_FAMILY = 46
MAX_TYPE = 11
MAX_PROTOCOL = 262
IPPROTO_TCP = ipv4.TCP
IPPROTO_UDP = ipv4.UDP
# No protocol of IP: TLS as a service of the system (kernel/user/include/pynet/tls.h).
IPPROTO_TLS = 715

SHUT_RD = 0
SHUT_WR = 1
SHUT_RDWR = 2

MSG_OOB = 0x01
MSG_PEEK = 0x02
MSG_TRUNC = 0x20
MSG_DONTWAIT = 0x40
MSG_WAITALL = 0x100
MSG_ERRQUEUE = 0x2000
MSG_NOSIGNAL = 0x4000
MSG_MORE = 0x8000

SOL_SOCKET = 1
SO_REUSEADDR = 2
SO_TYPE = 3
SO_ERROR = 4
SO_BROADCAST = 6
SO_SNDBUF = 7
SO_RCVBUF = 8
SO_KEEPALIVE = 9
SO_LINGER = 13
SO_REUSEPORT = 15
SO_PASSCRED = 16
SO_PEERCRED = 17
SO_RCVTIMEO = 20
SO_SNDTIMEO = 21
SO_ACCEPTCONN = 30
SO_PROTOCOL = 38
SO_DOMAIN = 39
SO_MAX_PACING_RATE = 47
# SO_MAX_PACING_RATE that limits nothing, and the default.
NO_PACING_RATE = 0xFFFFFFFFFFFFFFFF
# What a connection takes for more than this.
MAX_PACING_RATE = 1 << 40
TCP_NODELAY = 1
TCP_MAXSEG = 2
TCP_CORK = 3
TCP_KEEPIDLE = 4
TCP_KEEPINTVL = 5
TCP_KEEPCNT = 6
TCP_LINGER2 = 8
TCP_DEFER_ACCEPT = 9
TCP_QUICKACK = 12
TCP_USER_TIMEOUT = 18
TCP_NOTSENT_LOWAT = 25
# Also the type of the control message that it asks for (TCP_CM_INQ).
TCP_INQ = 36
# FreeBSD's, with its number: Linux has TCP_SYNCNT.
TCP_KEEPINIT = 128
IP_TOS = 1
IP_TTL = 2
IP_PKTINFO = 8
IP_RECVERR = 11
IP_MULTICAST_TTL = 33
IP_MULTICAST_LOOP = 34
IP_MULTICAST_ALL = 49
SCM_RIGHTS = 1
SCM_CREDENTIALS = 2

# Errors that wait for MSG_ERRQUEUE at one socket; and who an error is from (linux/errqueue.h).
MAX_ERRORS = 64
SO_EE_ORIGIN_LOCAL = 1
SO_EE_ORIGIN_ICMP = 2

# fcntl(2): commands, and the flags that they know.
F_DUPFD = 0
F_GETFD = 1
F_SETFD = 2
F_GETFL = 3
F_SETFL = 4
F_DUPFD_CLOEXEC = 1030
FD_CLOEXEC = 1
O_RDWR = 2
O_NONBLOCK = SOCK_NONBLOCK

# getaddrinfo's errors (RFC 3493 §6.4), with glibc's numbers.
EAI_NONAME = -2
EAI_AGAIN = -3
EAI_FAMILY = -6
EAI_SERVICE = -8

# The services that programs name (RFC 6335's registry), and this host's own names (RFC 6761 §6.3).
SERVICES = {
    "echo": 7, "discard": 9, "daytime": 13, "chargen": 19, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "domain": 53,
    "tftp": 69, "http": 80, "pop3": 110, "ntp": 123, "imap": 143, "https": 443,
}  # fmt: skip
LOCAL_NAMES = ("localhost", "localhost.")


class GaiError(OSError):
    """getaddrinfo failed: errno is an EAI_* number."""


class SockAddr:
    """An IPv4 address in dotted decimal and a port. Unpacks as (address, port).

    number: the address as 32 bits, -1 where only its text is known; the text of a number is made for who asks for it.
    """

    __slots__ = ("number", "port", "text")

    def __init__(self, address: str, port: int, number: int = -1) -> None:
        self.text = address
        self.port = port
        self.number = number

    @property
    def address(self) -> str:
        """Dotted decimal, or what it was made with."""
        if self.number >= 0 and not self.text:
            self.text = ipv4.address_text(self.number)
        return self.text

    def __iter__(self) -> Any:
        return iter((self.address, self.port))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SockAddr) and self.address == other.address and self.port == other.port

    def __hash__(self) -> int:
        return hash((self.address, self.port))

    def __repr__(self) -> str:
        return self.address + ":" + str(self.port)


class AddrInfo:
    """One answer of getaddrinfo."""

    __slots__ = ("canonical_name", "family", "protocol", "sockaddr", "type")

    def __init__(self, type_: int, protocol: int, canonical_name: str, sockaddr: SockAddr) -> None:
        self.family = AF_INET
        self.type = type_
        self.protocol = protocol
        self.canonical_name = canonical_name
        self.sockaddr = sockaddr

    def __repr__(self) -> str:
        return "AddrInfo(" + repr(self.sockaddr) + ", type=" + str(self.type) + ")"


def sockaddr(address: int, port: int) -> SockAddr:
    """The SockAddr for a 32-bit address."""
    return SockAddr("", port, address)


def numbers(name: Any) -> tuple[int, int]:
    """(32-bit address, port) of a SockAddr or a pair, the address as text or number; '' is any address. OSError EINVAL."""
    if isinstance(name, SockAddr) and name.number >= 0:
        return name.number, name.port
    try:
        host, port = name
        address = host if isinstance(host, int) else ipv4.parse_address(host) if host else ipv4.ANY
    except (TypeError, ValueError):
        raise os_error(errno.EINVAL) from None
    if not isinstance(port, int) or not 0 <= port <= 65535:
        raise os_error(errno.EINVAL)
    return address, port


class InetSocketDescription(SocketDescription):
    """What TCP and UDP sockets share: names and options. Names are (32-bit address, port) to the socket calls, SockAddr to callers in the kernel."""

    family = AF_INET

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self.stack = stack
        self.local = 0
        self.local_port = 0
        # Multicast groups that this socket joined, 32 bits each.
        self.groups: list[int] = []

    def changed(self) -> None:
        """poll()'s answer may have changed."""
        self.waiters.wake()

    def recv(self, count: int, flags: int = 0) -> bytes:
        """At most `count` bytes. BlockingIOError."""
        data = self.receive_quietly(count, flags)
        if data is None:
            raise os_error(errno.EAGAIN)
        return data

    def receive_quietly(self, count: int, flags: int) -> bytes | None:
        """recv, with None in place of BlockingIOError: nothing yet is what a server hears at every second call."""
        raise os_error(errno.EOPNOTSUPP)

    def send(self, data: Octets, flags: int = 0) -> int:
        """The bytes taken. BlockingIOError."""
        raise os_error(errno.EOPNOTSUPP)

    def local_name(self) -> tuple[int, int]:
        return self.local, self.local_port

    def leave_groups(self) -> None:
        """The last number is gone, and the memberships with it."""
        for group in self.groups:
            self.stack.leave_group(group)
        self.groups.clear()

    def peer_name(self) -> SockAddr:
        """OSError ENOTCONN."""
        raise os_error(errno.ENOTCONN)

    def name(self) -> SockAddr:
        """The local address."""
        return sockaddr(self.local, self.local_port)

    def read(self, count: int) -> bytes:
        return self.recv(count)

    def write(self, data: Octets) -> int:
        return self.send(data)

    def check_local(self, address: int) -> None:
        """OSError EADDRNOTAVAIL if `address` is not one of this host's."""
        if address and address != self.stack.address and not ipv4.is_loopback(address) and not self.stack.is_broadcast(address):
            raise os_error(errno.EADDRNOTAVAIL)

    def set_option(self, level: int, option: int, value: int) -> None:
        """setsockopt. OSError ENOPROTOOPT, EINVAL."""
        if level == SOL_SOCKET and option == SO_RCVTIMEO:
            self.receive_timeout = value
        elif level == SOL_SOCKET and option == SO_SNDTIMEO:
            self.send_timeout = value
        elif (level, option) in self.known_options():
            self.options[level, option] = value
            self.apply_option(level, option, value)
        else:
            raise os_error(errno.ENOPROTOOPT)

    def get_option(self, level: int, option: int) -> int:
        """getsockopt. OSError ENOPROTOOPT. SO_ERROR is given once."""
        if level == SOL_SOCKET:
            if option == SO_ERROR:
                return self.take_error()
            fixed = {SO_TYPE: self.type, SO_PROTOCOL: self.protocol, SO_DOMAIN: AF_INET, SO_ACCEPTCONN: int(self.is_listening()),
                     SO_RCVTIMEO: self.receive_timeout, SO_SNDTIMEO: self.send_timeout}  # fmt: skip
            if option in fixed:
                return fixed[option]
        known = self.known_options()
        if (level, option) not in known:
            raise os_error(errno.ENOPROTOOPT)
        return self.options.get((level, option), known[level, option])

    def known_options(self) -> dict[tuple[int, int], int]:
        """The options that are kept here, with their defaults."""
        return {}

    def apply_option(self, level: int, option: int, value: int) -> None:
        """An option was set: tell the protocol."""

    def shutdown(self, how: int) -> None:
        """OSError ENOTCONN."""
        raise os_error(errno.ENOTCONN)


# The options that a socket keeps, by (level, option), with their defaults.
UDP_OPTIONS = {
    (SOL_SOCKET, SO_BROADCAST): 0, (SOL_SOCKET, SO_REUSEADDR): 0, (SOL_SOCKET, SO_RCVBUF): 212_992,
    (SOL_SOCKET, SO_SNDBUF): 212_992, (0, IP_TTL): ipv4.DEFAULT_TTL, (0, IP_TOS): 0,
}  # fmt: skip
TCP_OPTIONS = {
    (SOL_SOCKET, SO_REUSEADDR): 0, (SOL_SOCKET, SO_KEEPALIVE): 0, (SOL_SOCKET, SO_LINGER): -1,
    (SOL_SOCKET, SO_RCVBUF): 0, (SOL_SOCKET, SO_SNDBUF): 0, (SOL_SOCKET, SO_BROADCAST): 0,
    (IPPROTO_TCP, TCP_NODELAY): 0, (IPPROTO_TCP, TCP_CORK): 0, (IPPROTO_TCP, TCP_MAXSEG): 0,
    (IPPROTO_TCP, TCP_KEEPIDLE): 0, (IPPROTO_TCP, TCP_KEEPINTVL): 0, (IPPROTO_TCP, TCP_KEEPCNT): 0,
    (IPPROTO_TCP, TCP_QUICKACK): 1, (IPPROTO_TCP, TCP_USER_TIMEOUT): 0, (IPPROTO_TCP, TCP_LINGER2): 0,
    (IPPROTO_TCP, TCP_DEFER_ACCEPT): 0, (IPPROTO_TCP, TCP_NOTSENT_LOWAT): 0, (IPPROTO_TCP, TCP_INQ): 0,
    (IPPROTO_TCP, TCP_KEEPINIT): 0,
}  # fmt: skip


class UDPSocketDescription(InetSocketDescription):
    """A UDP socket. Its port is taken by bind, or by the first datagram it sends.

    held: what was sent with MSG_MORE so far, and where it goes to.
    """

    type = SOCK_DGRAM
    protocol = IPPROTO_UDP

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        self.endpoint: UdpEndpoint | None = None
        self.read_shut = False
        self.write_shut = False
        self.held: tuple[bytearray, int, int] | None = None
        # At most MAX_ERRORS; what comes beyond is not kept.
        self.errors: deque[Message] = deque()
        self.corked = False
        # What bind was asked for: disconnect() gives the rest back.
        self.bound_address = 0
        self.bound_port = 0

    def known_options(self) -> dict[tuple[int, int], int]:
        return UDP_OPTIONS

    def apply_option(self, level: int, option: int, value: int) -> None:
        endpoint = self.endpoint
        if endpoint is None:
            return
        if (level, option) == (SOL_SOCKET, SO_REUSEADDR):
            endpoint.share = value != 0
        elif (level, option) == (0, IP_TTL):
            endpoint.ttl = value
        elif (level, option) == (0, IP_TOS):
            endpoint.tos = value
        elif (level, option) == (0, IP_MULTICAST_TTL):
            endpoint.multicast_ttl = value
        elif (level, option) == (0, IP_MULTICAST_LOOP):
            endpoint.multicast_loop = value != 0
        elif (level, option) == (0, IP_MULTICAST_ALL):
            endpoint.multicast_all = value != 0
        elif (level, option) == (0, IP_RECVERR):
            endpoint.report = self.note_error if value else None
            self.errors.clear()
        elif (level, option) == (SOL_SOCKET, SO_RCVBUF):
            endpoint.receive_buffer = value

    def note_error(self, dst: int, port: int, packet: Octets, at: int, end: int, kind: str) -> None:
        """An ICMP error about a datagram of ours, for IP_RECVERR's queue."""
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(queued_error(dst, port, packet, at, end, ERRORS.get(kind, errno.EHOSTUNREACH)))

    def receive_error(self, count: int) -> Message:
        """MSG_ERRQUEUE: the oldest error; the last one takes SO_ERROR with it."""
        if not self.errors:
            raise os_error(errno.EAGAIN)
        message = self.errors.popleft()
        message.length = len(message.data)
        message.data = message.data[:count]
        message.flags = MSG_ERRQUEUE | (MSG_TRUNC if message.length > count else 0)
        if not self.errors:
            self.take_error()
        return message

    def open_endpoint(self, address: int, port: int) -> UdpEndpoint:
        """Bind in the layer below."""
        share = bool(self.options.get((SOL_SOCKET, SO_REUSEADDR), 0))
        endpoint = self.stack.udp.bind(address, port, share)
        endpoint.changed = self.changed
        endpoint.groups = self.groups
        self.endpoint = endpoint
        self.local = address
        self.local_port = endpoint.port
        for (level, option), value in self.options.items():
            self.apply_option(level, option, value)
        return endpoint

    def bind(self, name: Any) -> None:
        address, port = numbers(name)
        self.check_local(address)
        if self.endpoint is not None:
            raise os_error(errno.EINVAL)
        self.open_endpoint(address, port)
        self.bound_address = address
        self.bound_port = port

    def connect(self, name: Any) -> None:
        address, port = numbers(name)
        address = address or ipv4.LOCALHOST
        if self.stack.is_broadcast(address) and not ipv4.is_multicast(address) and not self.options.get((SOL_SOCKET, SO_BROADCAST)):
            raise os_error(errno.EACCES)
        source = self.stack.source_for(address)
        if not source:
            raise os_error(errno.ENETUNREACH)
        endpoint = self.endpoint or self.open_endpoint(0, 0)
        endpoint.connect(address, port)
        if not endpoint.address:
            endpoint.address = source
            self.local = source

    def disconnect(self) -> None:
        endpoint = self.endpoint
        if endpoint is not None:
            endpoint.connect(0, 0)
            if not self.bound_address:
                endpoint.address = self.local = 0
            if not self.bound_port:
                endpoint.close()
                self.endpoint = None
                self.local_port = 0

    def send(self, data: Octets, flags: int = 0) -> int:
        endpoint = self.endpoint
        if endpoint is None or not endpoint.peer_port:
            raise os_error(errno.EDESTADDRREQ)
        return self.send_numbers(data, endpoint.peer, endpoint.peer_port)

    def sendto(self, data: Octets, name: Any) -> int:
        """One datagram to `name`. OSError EACCES for a broadcast without SO_BROADCAST, EMSGSIZE, ENETUNREACH."""
        address, port = numbers(name)
        address = address or ipv4.LOCALHOST
        if port == 0:
            raise os_error(errno.EINVAL)
        if self.stack.is_broadcast(address) and not ipv4.is_multicast(address) and not self.options.get((SOL_SOCKET, SO_BROADCAST)):
            raise os_error(errno.EACCES)
        return self.send_numbers(data, address, port)

    def send_message(self, data: Octets, flags: int, name: Any, ancillary: Ancillary | None) -> int:
        if len(data) > 0xFFFF:
            raise os_error(errno.EMSGSIZE)
        if flags & MSG_OOB:
            raise os_error(errno.EOPNOTSUPP)
        if ancillary is not None and ancillary.control:
            return self.send_controlled(data, name, ancillary.control)
        if self.corked or flags & MSG_MORE or self.held is not None:
            return self.hold_back(data, flags, name)
        return self.send(data, flags) if name is None else self.sendto(data, name)

    def send_controlled(self, data: Octets, name: Any, control: list[tuple[int, int, bytes]]) -> int:
        """One datagram with a TTL, TOS or source address of its own. OSError EINVAL for other control messages of IP."""
        endpoint = self.endpoint or self.open_endpoint(0, 0)
        before = endpoint.ttl, endpoint.tos, endpoint.address
        try:
            for level, kind, value in control:
                if level == SOL_SOCKET or level == 0:
                    self.apply_control(endpoint, level, kind, value)
            return self.send(data) if name is None else self.sendto(data, name)
        finally:
            endpoint.ttl, endpoint.tos, endpoint.address = before

    def apply_control(self, endpoint: UdpEndpoint, level: int, kind: int, value: bytes) -> None:
        """One control message (ip(7)). OSError EINVAL, ENODEV."""
        number = int.from_bytes(value[:4], "little", signed=True)
        if level == SOL_SOCKET:
            if kind not in (SCM_RIGHTS, SCM_CREDENTIALS):
                raise os_error(errno.EINVAL)
        elif kind == IP_TTL and len(value) == 4 and 1 <= number <= 255:
            endpoint.ttl = number
        elif kind == IP_TOS and (len(value) == 1 or (len(value) == 4 and 0 <= number <= 255)):
            endpoint.tos = value[0]
        elif kind == IP_PKTINFO and len(value) == 12:
            if number not in (0, LOOPBACK, ETHERNET):
                raise os_error(errno.ENODEV)
            endpoint.address = int.from_bytes(value[4:8], "big")
        else:
            raise os_error(errno.EINVAL)

    def hold_back(self, data: Octets, flags: int, name: Any) -> int:
        """MSG_MORE: one datagram of several sends, which goes out with the first that has no MSG_MORE."""
        if self.held is None:
            endpoint = self.endpoint
            if name is None and (endpoint is None or not endpoint.peer_port):
                raise os_error(errno.EDESTADDRREQ)
            address, port = (endpoint.peer, endpoint.peer_port) if name is None and endpoint is not None else numbers(name)
            self.held = bytearray(), address, port
        held, address, port = self.held
        if len(held) + len(data) > MAX_DATA:
            self.held = None
            raise os_error(errno.EMSGSIZE)
        held += data
        if not (self.corked or flags & MSG_MORE):
            self.push_held()
        return len(data)

    def set_cork(self, cork: bool) -> None:
        """UDP_CORK: MSG_MORE with every send; False sends what was held back."""
        self.corked = cork
        if not cork:
            self.push_held()

    def push_held(self) -> None:
        """Send the datagram that was held back."""
        if self.held is not None:
            held, address, port = self.held
            self.held = None
            self.sendto(held, (address, port))

    def receive_message(self, count: int, flags: int) -> Message:
        if flags & MSG_ERRQUEUE:
            return self.receive_error(count)
        self.check_error()
        datagram = self.endpoint.receive(bool(flags & MSG_PEEK)) if self.endpoint is not None else None
        if datagram is None:
            if self.read_shut:
                return Message(b"", 0)
            raise os_error(errno.EAGAIN)
        data = datagram[0]
        message = Message(data[:count], len(data), (datagram[1], datagram[2]), MSG_TRUNC if len(data) > count else 0)
        if self.options.get((0, IP_PKTINFO)):
            message.control.append((0, IP_PKTINFO, packet_info(self.stack, datagram[3])))
        return message

    def send_numbers(self, data: Octets, address: int, port: int) -> int:
        """`sendto` behind its checks."""
        self.check_error()
        if self.write_shut:
            raise os_error(errno.EPIPE)
        endpoint = self.endpoint or self.open_endpoint(0, 0)
        source = endpoint.address or self.stack.source_for(address)
        if not source and address != ipv4.BROADCAST:
            raise os_error(errno.ENETUNREACH)
        endpoint.send_to(data, address, port, source, self.stack.now())
        return len(data)

    def recvfrom(self, count: int, flags: int = 0) -> tuple[bytes, SockAddr]:
        """The oldest datagram, cut to `count` bytes, and who sent it. BlockingIOError, or the error an ICMP message brought."""
        answer = self.recvfrom_quietly(count, flags)
        if answer is None:
            raise os_error(errno.EAGAIN)
        return answer

    def recvfrom_quietly(self, count: int, flags: int) -> tuple[bytes, SockAddr] | None:
        """recvfrom, with None in place of BlockingIOError."""
        self.check_error()
        datagram = self.endpoint.receive(flags & MSG_PEEK != 0) if self.endpoint is not None else None
        if datagram is None:
            return (b"", SockAddr("0.0.0.0", 0)) if self.read_shut else None
        return datagram[0][:count], sockaddr(datagram[1], datagram[2])

    def receive_quietly(self, count: int, flags: int) -> bytes | None:
        answer = self.recvfrom_quietly(count, flags)
        return answer[0] if answer is not None else None

    def take_error(self) -> int:
        return self.endpoint.take_error() if self.endpoint is not None else 0

    def peer_name(self) -> SockAddr:
        return sockaddr(*self.remote_name())

    def remote_name(self) -> tuple[int, int]:
        if self.endpoint is None or not self.endpoint.peer_port:
            raise os_error(errno.ENOTCONN)
        return self.endpoint.peer, self.endpoint.peer_port

    def shutdown(self, how: int) -> None:
        """Linux ends the direction also where it says ENOTCONN."""
        self.read_shut = self.read_shut or how != SHUT_WR
        self.write_shut = self.write_shut or how != SHUT_RD
        self.changed()
        self.remote_name()

    def poll(self) -> int:
        events = self.endpoint.poll() if self.endpoint is not None else POLLOUT
        if self.read_shut:
            events |= POLLIN | POLLRDHUP | (POLLHUP if self.write_shut else 0)
        return events

    def ioctl(self, request: int, arg: int = 0) -> int:
        if request == FIONREAD:
            datagram = self.endpoint.receive(True) if self.endpoint is not None else None
            return len(datagram[0]) if datagram is not None else 0
        if request == SIOCOUTQ:
            return 0
        return super().ioctl(request, arg)

    def close(self) -> None:
        self.leave_groups()
        if self.endpoint is not None:
            self.endpoint.close(self.stack.now())


def packet_info(stack: Stack, dst: int) -> bytes:
    """struct in_pktinfo of a packet to `dst`: the interface, this host's address there, and `dst`."""
    index = LOOPBACK if ipv4.is_loopback(dst) or dst == stack.address else ETHERNET
    local = stack.address if stack.is_broadcast(dst) else dst
    return index.to_bytes(4, "little") + local.to_bytes(4, "big") + dst.to_bytes(4, "big")


def queued_error(dst: int, port: int, packet: Octets, at: int, end: int, number: int) -> Message:
    """A struct sock_extended_err and who said so: an ICMP message that quotes a datagram with its UDP header at packet[at], or this host itself."""
    message = Message(bytes(packet[at + UDP_HEADER : end]), 0, (dst, port))
    outer = ipv4.AT + ipv4.header_length(packet)
    if at == outer:
        # The packet itself, which found no neighbour.
        origin, kind, code, info, offender = SO_EE_ORIGIN_LOCAL, 0, 0, 0, 0
    else:
        origin, kind, code, offender = SO_EE_ORIGIN_ICMP, packet[outer], packet[outer + 1], ipv4.source(packet)
        info = get16(packet, outer + 6) if number == errno.EMSGSIZE else 0
    extended = number.to_bytes(4, "little") + bytes([origin, kind, code, 0]) + info.to_bytes(4, "little") + bytes(4)
    who = AF_INET.to_bytes(2, "little") + bytes(2) + offender.to_bytes(4, "big") + bytes(8) if offender else bytes(16)
    message.control.append((0, IP_RECVERR, extended + who))
    return message


class TCPSocketDescription(InetSocketDescription):
    """A TCP socket: new, then a connection or a listener."""

    type = SOCK_STREAM
    protocol = IPPROTO_TCP
    has_sigpipe = True

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        self.connection: Connection | None = None
        self.listener: Listener | None = None
        # What bind took, to be given back by close.
        self.bound: tuple[int, int] | None = None
        self.connecting = False
        # Closed, and its connection has yet to be acknowledged (SO_LINGER): poll() says POLLHUP when it is.
        self.lingers = False
        # TCP_CONGESTION, '' for the stack's.
        self.congestion = ""

    def known_options(self) -> dict[tuple[int, int], int]:
        return TCP_OPTIONS

    def apply_option(self, level: int, option: int, value: int) -> None:
        if self.connection is not None:
            apply_to(self.connection, level, option, value, self.stack.now())

    def get_option(self, level: int, option: int) -> int:
        if level == SOL_SOCKET and option in (SO_RCVBUF, SO_SNDBUF):
            # Tuning moves the bounds of a connection; before there is one they are what it will start with.
            bounds = self.connection if self.connection is not None else self.stack.tcp.config
            return self.options.get((level, option), bounds.rcvbuf if option == SO_RCVBUF else bounds.sndbuf)
        config = self.stack.tcp.config
        if (level, option) == (IPPROTO_TCP, TCP_KEEPINIT):
            return self.options.get((level, option), config.syn_timeout // 1_000_000)
        if (level, option) == (IPPROTO_TCP, TCP_KEEPIDLE):
            return self.options.get((level, option), config.keep_idle // 1_000_000)
        if (level, option) == (IPPROTO_TCP, TCP_KEEPINTVL):
            return self.options.get((level, option), config.keep_interval // 1_000_000)
        if (level, option) == (IPPROTO_TCP, TCP_KEEPCNT):
            return self.options.get((level, option), config.keep_count)
        if (level, option) == (IPPROTO_TCP, TCP_MAXSEG):
            # What segments hold, once there is a connection; before that what was asked for, or what every host takes.
            if self.connection is not None:
                return effective_mss(self.connection)
            return self.options.get((level, option), 0) or DEFAULT_MSS
        return super().get_option(level, option)

    def set_congestion(self, name: str) -> None:
        """TCP_CONGESTION: one of pynet.tcp.registry.names(), for this connection and those that this listener will take."""
        self.congestion = name
        if self.connection is not None:
            set_congestion(self.connection, name)

    def adopt(self, connection: Connection) -> None:
        """This socket is `connection` from now on."""
        self.connection = connection
        self.local = connection.local
        self.local_port = connection.lport
        connection.changed = self.changed
        self.apply_options(connection)

    def apply_options(self, connection: Connection) -> None:
        """What was set on this socket, on `connection`."""
        if self.congestion:
            set_congestion(connection, self.congestion)
        for (level, option), value in self.options.items():
            apply_to(connection, level, option, value, self.stack.now())

    def bind(self, name: Any) -> None:
        address, port = numbers(name)
        self.check_local(address)
        if self.bound is not None or self.connection is not None or self.listener is not None:
            raise os_error(errno.EINVAL)
        try:
            self.local_port = self.stack.tcp.bind(address, port, bool(self.options.get((SOL_SOCKET, SO_REUSEADDR))))
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not self.may_share(address, port):
                raise
            self.share(address, port)
        self.local = address
        self.bound = (address, self.local_port)
        self.stack.bound_sockets.setdefault(self.local_port, []).append(self)

    def may_share(self, address: int, port: int) -> bool:
        """All who have bound this port there, and this socket, have SO_REUSEADDR, and none of them listens."""
        others = [other for other in self.stack.bound_sockets.get(port, ()) if not address or other.local in (0, address)]
        return bool(others) and all(other.is_shareable() for other in [self, *others])

    def is_shareable(self) -> bool:
        """See may_share."""
        return bool(self.options.get((SOL_SOCKET, SO_REUSEADDR))) and self.listener is None

    def share(self, address: int, port: int) -> None:
        """Take a port that others have. OSError ENOBUFS."""
        ports = self.stack.tcp.ports
        if ports.count >= MAX_BOUND:
            raise os_error(errno.ENOBUFS)
        ports.bound[port].append(address)
        ports.count += 1
        self.local_port = port

    def connect(self, name: Any) -> None:
        address, port = numbers(name)
        if self.listener is not None or (self.connection is not None and not self.connecting):
            raise os_error(errno.EISCONN)
        if self.connection is not None:
            self.finish_connect()
            return
        source = self.local or self.stack.source_for(address)
        if not source or self.stack.is_broadcast(address) or port == 0:
            raise os_error(errno.ENETUNREACH if port else errno.EADDRNOTAVAIL)
        if not ipv4.is_loopback(address) and address != self.stack.address and self.stack.routes.next_hop(address) < 0:
            raise os_error(errno.ENETUNREACH)
        now = self.stack.now()
        connection = self.stack.tcp.open(source, self.local_port, address or source, port, now)
        self.connecting = True
        self.adopt(connection)
        send_first_syn(connection, now)
        raise os_error(errno.EINPROGRESS)

    def finish_connect(self) -> None:
        """How the connection attempt went: returns, raises its error, or EALREADY while it goes on."""
        connection = self.connection
        if connection is None:
            raise os_error(errno.ENOTCONN)
        number = connection.error
        if connection.state == CLOSED and not number:
            # SO_ERROR has told already how the attempt ended.
            number = errno.ECONNABORTED
        if number:
            self.forget_attempt(connection)
            raise os_error(number)
        if not connection.poll() & (POLLOUT | POLLHUP):
            raise os_error(errno.EALREADY)
        self.connecting = False

    def forget_attempt(self, connection: Connection) -> None:
        """A failed attempt leaves a socket that may try again."""
        connection.changed = nothing
        self.connection = None
        self.connecting = False

    def listen(self, backlog: int) -> None:
        """Take connections, at most `backlog` of them not yet accepted. OSError EINVAL, EADDRINUSE."""
        if self.connection is not None:
            raise os_error(errno.EINVAL)
        backlog = min(max(backlog, 1), MAX_BACKLOG)
        if self.listener is not None:
            self.listener.set_backlog(backlog)
            return
        if self.bound is None:
            self.bind(("", 0))
        others = self.stack.bound_sockets[self.local_port]
        if any(other.listener is not None and (not self.local or other.local in (0, self.local)) for other in others):
            raise os_error(errno.EADDRINUSE)
        self.listener = self.stack.tcp.listen(self.local, self.local_port, backlog)
        self.listener.changed = self.changed
        self.listener.prepare = self.apply_options

    def accept(self) -> TCPSocketDescription:
        """The next connection. BlockingIOError, EINVAL when not listening."""
        if self.listener is None:
            raise os_error(errno.EINVAL)
        connection = self.listener.accept()
        if connection is None:
            raise os_error(errno.EAGAIN)
        accepted = self.like()
        accepted.options = dict(self.options)
        accepted.congestion = self.congestion
        accepted.receive_timeout = self.receive_timeout
        accepted.send_timeout = self.send_timeout
        accepted.adopt(connection)
        return accepted

    def like(self) -> TCPSocketDescription:
        """A new socket for a connection of this listener."""
        return TCPSocketDescription(self.stack)

    def established(self, unconnected: int) -> Connection:
        """The connection, once it stands. OSError `unconnected` where there is none, that of a failed attempt; EAGAIN while it is being made."""
        if self.connection is None:
            raise os_error(unconnected)
        if self.connecting:
            self.check_error()
            if not self.connection.poll() & (POLLOUT | POLLHUP):
                raise os_error(errno.EAGAIN)
            self.connecting = self.connection.state == CLOSED
        return self.connection

    def disconnect(self) -> None:
        now = self.stack.now()
        if self.listener is not None:
            self.listener.close(now)
            self.listener = None
        if self.connection is not None:
            connection = self.connection
            self.forget_attempt(connection)
            connection.abort(now)
            connection.close(now)
        if self.bound is None:
            self.local = self.local_port = 0
        self.changed()

    def send_message(self, data: Octets, flags: int, name: Any, ancillary: Ancillary | None) -> int:
        return self.send(data, flags)

    def receive_message(self, count: int, flags: int) -> Message:
        """With MSG_TRUNC what would be given is thrown away."""
        if flags & MSG_ERRQUEUE:
            raise os_error(errno.EAGAIN)
        data = self.recv(count, flags)
        message = Message(b"" if flags & MSG_TRUNC else data, len(data))
        if self.options.get((IPPROTO_TCP, TCP_INQ)) and self.connection is not None:
            # What is left to be read; after a FIN 1 at least, so that the user reads on until the end.
            left = len(self.connection.receive_queue) or int(self.connection.fin_received)
            message.control.append((IPPROTO_TCP, TCP_INQ, left.to_bytes(4, "little")))
        return message

    def receive_quietly(self, count: int, flags: int) -> bytes | None:
        connection = self.established(errno.ENOTCONN)
        if flags & MSG_OOB:
            raise os_error(errno.EINVAL)
        data = connection.receive(count, self.stack.now(), flags & MSG_PEEK != 0)
        if data is None:
            self.check_error()
        return data

    def give_back(self, data: bytes) -> None:
        if self.connection is not None:
            queue = self.connection.receive_queue
            rest = queue.read(len(queue))
            queue.consume(len(rest))
            queue.append(bytearray(data), 0, len(data))
            queue.append(bytearray(rest), 0, len(rest))

    def send(self, data: Octets, flags: int = 0) -> int:
        connection = self.established(errno.EPIPE)
        if connection.error:
            self.check_error()
        taken = connection.send(data, self.stack.now(), flags & MSG_OOB != 0, flags & MSG_MORE != 0)
        if taken == 0 and len(data):
            self.check_error()
            raise os_error(errno.EAGAIN)
        return taken

    def take_error(self) -> int:
        return self.connection.take_error() if self.connection is not None else 0

    def peer_name(self) -> SockAddr:
        return sockaddr(*self.remote_name())

    def remote_name(self) -> tuple[int, int]:
        connection = self.connection
        if connection is None or self.is_connecting() or connection.state in (CLOSED, TIME_WAIT):
            raise os_error(errno.ENOTCONN)
        return connection.remote, connection.rport

    def is_connecting(self) -> bool:
        """SYN-SENT, or the attempt failed and nobody was told."""
        return self.connecting and self.connection is not None and not self.connection.poll() & (POLLOUT | POLLHUP)

    def is_listening(self) -> bool:
        return self.listener is not None

    def shutdown(self, how: int) -> None:
        if self.listener is not None:
            if how != SHUT_WR:
                self.disconnect()
            return
        if self.connection is None or self.connection.state in (CLOSED, TIME_WAIT):
            raise os_error(errno.ENOTCONN)
        if self.is_connecting():
            self.disconnect()
            return
        if how != SHUT_WR:
            self.connection.shutdown_read()
        if how != SHUT_RD:
            self.connection.shutdown_write(self.stack.now())
        self.changed()

    def poll(self) -> int:
        if self.listener is not None:
            return self.listener.poll()
        if self.connection is None:
            return POLLOUT | POLLHUP
        if self.lingers:
            return 0 if self.connection.is_closing() else POLLHUP
        return self.connection.poll()

    def ioctl(self, request: int, arg: int = 0) -> int:
        if request == FIONREAD:
            if self.listener is not None:
                raise os_error(errno.EINVAL)
            return len(self.connection.receive_queue) if self.connection is not None else 0
        if request in (SIOCOUTQ, SIOCOUTQNSD):
            if self.listener is not None:
                raise os_error(errno.EINVAL)
            if self.connection is None or self.connection.state == CLOSED:
                return 0
            return self.connection.unsent() if request == SIOCOUTQNSD else len(self.connection.send_queue)
        return super().ioctl(request, arg)

    def stop_lingering(self) -> None:
        """Whoever waited in close() waits no more."""
        self.lingers = False
        if self.connection is not None:
            self.connection.changed = nothing

    def close(self) -> None:
        now = self.stack.now()
        if self.listener is not None:
            self.listener.close(now)
        elif self.connection is not None:
            # SO_LINGER 0 asks for a reset instead of an orderly end.
            if self.options.get((SOL_SOCKET, SO_LINGER), -1) == 0:
                self.connection.abort(now)
            self.connection.close(now)
            if self.options.get((SOL_SOCKET, SO_LINGER), -1) > 0 and not self.nonblocking and self.connection.is_closing():
                self.lingers = True
                self.connection.changed = self.changed
        if self.bound is not None:
            self.stack.tcp.ports.release(self.bound[0], self.bound[1])
            others = self.stack.bound_sockets[self.bound[1]]
            others.remove(self)
            if not others:
                del self.stack.bound_sockets[self.bound[1]]


def apply_to(connection: Connection, level: int, option: int, value: int, now: int) -> None:
    """Hand a socket option to the connection."""
    if level == SOL_SOCKET:
        if option == SO_KEEPALIVE:
            connection.keepalive(connection.keep_idle if value else 0, connection.keep_interval, connection.keep_count, now)
        elif option == SO_RCVBUF and value:
            connection.set_rcvbuf(value)
        elif option == SO_SNDBUF and value:
            connection.set_sndbuf(value)
        elif option == SO_MAX_PACING_RATE:
            connection.max_pacing_rate = min(value, MAX_PACING_RATE) if value != NO_PACING_RATE else 0
    elif (level, option) == (0, IP_TOS):
        connection.tos = value & ~3
    elif (level, option) == (0, IP_TTL):
        connection.ttl = value
    elif level == IPPROTO_TCP:
        if option == TCP_NODELAY:
            connection.set_nodelay(bool(value), now)
        elif option == TCP_CORK:
            connection.set_cork(bool(value), now)
        elif option == TCP_MAXSEG and value:
            connection.maxseg = value
            connection.adv_mss = min(connection.adv_mss, value)
        elif option == TCP_KEEPIDLE:
            connection.keep_idle = value * 1_000_000
        elif option == TCP_KEEPINTVL:
            connection.keep_interval = value * 1_000_000
        elif option == TCP_KEEPCNT:
            connection.keep_count = value
        elif option == TCP_QUICKACK:
            connection.set_quickack(bool(value), now)
        elif option == TCP_USER_TIMEOUT:
            connection.user_timeout = value * 1_000
        elif option == TCP_KEEPINIT and value:
            connection.syn_timeout = value * 1_000_000
        elif option == TCP_LINGER2:
            # Negative: FIN-WAIT-2 is over at once when nobody reads any more.
            connection.fin_timeout = max(value, 0) * 1_000_000 if value else connection.layer.config.fin_timeout
        elif option == TCP_DEFER_ACCEPT:
            connection.defer_accept = value * 1_000_000
        elif option == TCP_NOTSENT_LOWAT:
            connection.notsent_lowat = value & 0xFFFFFFFF


class Sockets:
    """The socket calls of one process: a Stack, and an FDTable for its numbers.

    resolver: asked by getaddrinfo for names, or None while there is no name server. new_engine(hostname): makes the TlsEngine of a new TLSSocket.
    tls_engine(hostname, alpn, certificate, key): the engine of a TLS socket, a server's where `hostname` is ''.
    names, paths: who has which AF_UNIX name, and where path names lead (None: to `names`). credentials: (pid, uid, gid) for SO_PEERCRED.
    """

    def __init__(self, stack: Stack, table: FDTable | None = None, names: UnixNames | None = None) -> None:
        self.stack = stack
        self.table = table if table is not None else FDTable()
        self.names = names if names is not None else UnixNames()
        self.resolver: DNSResolver | None = None
        self.new_engine: Callable[[str], TlsEngine] = no_engine
        self.tls_engine: Callable[[str, list[str], bytes, bytes], TlsEngine] = no_tls_engine
        self.paths: Paths | None = None
        # What /etc/hosts holds.
        self.hosts_file: Callable[[], bytes] = no_hosts
        self.credentials = (0, 0, 0)
        # Unix time in microseconds; the stack's own clock where nobody knows it.
        self.wall_clock: Callable[[], int] = stack.now

    def copy(self) -> Sockets:
        """The calls of a forked process."""
        return self.beside(self.table.copy())

    def beside(self, table: FDTable | None) -> Sockets:
        """The calls of another process: numbers of its own, everything else is the host's."""
        other = Sockets(self.stack, table if table is not None else FDTable(opened=self.table.opened), self.names)
        other.resolver = self.resolver
        other.hosts_file = self.hosts_file
        other.new_engine = self.new_engine
        other.tls_engine = self.tls_engine
        other.paths = self.paths
        other.credentials = self.credentials
        other.wall_clock = self.wall_clock
        return other

    # The two ways to wait for an operation that never waits.

    def attempt(self, description: FileDescription, events: int, timeout: int, flags: int, operation: Callable[[], Any]) -> Any:
        """Repeat `operation` until it does not raise BlockingIOError, parking the thread for `events` between. OSError EAGAIN after `timeout` us."""
        try:
            return operation()
        except BlockingIOError as error:
            if description.nonblocking or flags & MSG_DONTWAIT:
                raise
            first = error
        finally:
            self.stack.leave()
        # Another thread may close the number meanwhile: the description lives on until this call is over.
        description.references += 1
        try:
            return self.wait_and_attempt(description, events, self.stack.now() + timeout if timeout else -1, operation, first)
        finally:
            description.release()

    def wait_and_attempt(
        self, description: FileDescription, events: int, deadline: int, operation: Callable[[], Any], first: BlockingIOError
    ) -> Any:
        """The rest of `attempt`, after it was refused once: `first` is what the call says when the time is over."""
        while 0 > deadline or deadline > self.stack.now():
            if not wait(self.stack, description.interests(events), deadline):
                break
            try:
                return operation()
            except BlockingIOError:
                pass
            finally:
                self.stack.leave()
        raise first

    async def attempt_async(self, description: FileDescription, events: int, deadline: int, operation: Callable[[], Any]) -> Any:
        """`attempt` for a coroutine. TimeoutError at `deadline` (microseconds of the stack's clock, -1: none)."""
        while True:
            try:
                return operation()
            except BlockingIOError:
                pass
            await self.until(description, events, deadline)

    async def until(self, description: FileDescription, events: int, deadline: int) -> None:
        """Wait, as a coroutine, for one of `events`. TimeoutError at `deadline`."""
        if 0 <= deadline <= self.stack.now() or not await wait_async(self.stack, description.interests(events), deadline):
            raise os_error(errno.ETIMEDOUT)

    def news(self, description: FileDescription, deadline: int) -> Coroutine[Any, Any, None]:
        """To be awaited by a coroutine that found nothing to read, before it tries again. TimeoutError at `deadline`."""
        if 0 <= deadline <= self.stack.now():
            raise os_error(errno.ETIMEDOUT)
        return news_async(self.stack, description.interests(POLLIN), deadline)

    def inet(self, fd: int) -> InetSocketDescription:
        """The description of `fd`, a TCP or UDP socket. OSError EBADF, ENOTSOCK."""
        description = self.table.get(fd)
        if not isinstance(description, InetSocketDescription):
            raise os_error(errno.ENOTSOCK)
        return description

    def endpoint(self, fd: int) -> SocketDescription:
        """The description of `fd`, a socket of any family. OSError EBADF, ENOTSOCK."""
        description = self.table.get(fd)
        if not isinstance(description, SocketDescription):
            raise os_error(errno.ENOTSOCK)
        return description

    # Making and naming.

    def socket(self, domain: int = AF_INET, type_: int = SOCK_STREAM, protocol: int = 0) -> int:
        """A new socket's number. OSError EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EINVAL, EMFILE, ENFILE."""
        kind = type_ & 0xF
        if type_ & ~(0xF | SOCK_NONBLOCK | SOCK_CLOEXEC):
            raise os_error(errno.EINVAL)
        if not 0 <= domain < MAX_FAMILY:
            raise os_error(errno.EAFNOSUPPORT)
        if kind >= MAX_TYPE:
            raise os_error(errno.EINVAL)
        if domain == AF_UNIX:
            description: SocketDescription = self.new_unix(kind, protocol)
        elif domain == AF_INET:
            description = self.new_inet(kind, protocol)
        elif domain == AF_PACKET:
            if kind not in (SOCK_DGRAM, SOCK_RAW):
                raise os_error(errno.ESOCKTNOSUPPORT)
            # The EtherType is in network order.
            description = PacketSocketDescription(self.stack, kind, (protocol >> 8 | protocol << 8) & 0xFFFF)
        else:
            raise os_error(errno.EAFNOSUPPORT)
        description.nonblocking = bool(type_ & SOCK_NONBLOCK)
        try:
            return self.table.add(description, 0, bool(type_ & SOCK_CLOEXEC))
        except OSError:
            description.close()
            raise

    def new_unix(self, kind: int, protocol: int) -> UnixSocketDescription:
        """An AF_UNIX socket."""
        if protocol not in (0, AF_UNIX):
            raise os_error(errno.EPROTONOSUPPORT)
        if kind not in (SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET):
            raise os_error(errno.ESOCKTNOSUPPORT)
        return UnixSocketDescription(self.names, SOCK_DGRAM if kind == SOCK_RAW else kind, self.credentials)

    def new_inet(self, kind: int, protocol: int) -> SocketDescription:
        """An AF_INET socket."""
        if kind == SOCK_STREAM and protocol == IPPROTO_TLS:
            # Above this module: a TLS socket is a TCP socket with more to it.
            from pynet.posix.tls_socket import TLSSocketDescription

            return TLSSocketDescription(self)
        if not 0 <= protocol <= MAX_PROTOCOL:
            raise os_error(errno.EINVAL)
        if kind == SOCK_STREAM and protocol in (0, IPPROTO_TCP):
            return TCPSocketDescription(self.stack)
        if kind == SOCK_DGRAM and protocol in (0, IPPROTO_UDP):
            return UDPSocketDescription(self.stack)
        if kind == SOCK_DGRAM and protocol == ipv4.ICMP:
            return PingSocketDescription(self.stack)
        if kind == SOCK_RAW and protocol:
            return RawSocketDescription(self.stack, protocol)
        raise os_error(errno.EPROTONOSUPPORT if kind in (SOCK_STREAM, SOCK_DGRAM, SOCK_RAW) else errno.ESOCKTNOSUPPORT)

    def socketpair(self, type_: int = SOCK_STREAM) -> tuple[int, int]:
        """Two connected AF_UNIX sockets."""
        one = self.new_unix(type_ & 0xF, 0)
        two = self.new_unix(type_ & 0xF, 0)
        one.nonblocking = two.nonblocking = bool(type_ & SOCK_NONBLOCK)
        one.pair(two)
        first = self.table.add(one, 0, bool(type_ & SOCK_CLOEXEC))
        try:
            return first, self.table.add(two, 0, bool(type_ & SOCK_CLOEXEC))
        except OSError:
            self.table.close(first)
            two.close()
            raise

    def bind(self, fd: int, name: Any) -> None:
        """Take a local name: a SockAddr or pair, a path for AF_UNIX."""
        description = self.endpoint(fd)
        if isinstance(description, UnixSocketDescription):
            if not name:
                raise os_error(errno.EINVAL)
            description.bind(name, self.paths)
        else:
            description.bind(name)

    def listen(self, fd: int, backlog: int = 128) -> None:
        """Take connections."""
        self.endpoint(fd).listen(backlog)

    def getsockname(self, fd: int) -> SockAddr:
        """The local address."""
        return self.inet(fd).name()

    def getpeername(self, fd: int) -> SockAddr:
        """The peer's address. OSError ENOTCONN."""
        return self.inet(fd).peer_name()

    # Connecting.

    def connect(self, fd: int, name: Any) -> None:
        """Connect; waits until the connection stands or its error is known. BlockingIOError EINPROGRESS on a non-blocking socket."""
        self.connect_description(self.endpoint(fd), name)

    def connect_description(self, description: SocketDescription, name: Any) -> None:
        """`connect` behind the descriptor."""
        if isinstance(description, UnixSocketDescription):
            unix = description
            unix.credentials = self.credentials
            self.attempt(unix, POLLOUT, unix.send_timeout, 0, lambda: unix.connect(name, self.paths))
        else:
            self.attempt(description, POLLOUT, description.send_timeout, 0, lambda: description.connect(name))

    async def connect_async(self, fd: int, name: Any, deadline: int = -1) -> None:
        """`connect` for a coroutine."""
        inet = self.inet(fd)
        await self.attempt_async(inet, POLLOUT, deadline, lambda: inet.connect(name))

    def accept(self, fd: int) -> tuple[int, SockAddr]:
        """The next connection's number and its peer."""
        listener = self.endpoint(fd)
        return self.accepted(self.attempt(listener, POLLIN, listener.receive_timeout, 0, listener.accept))

    async def accept_async(self, fd: int, deadline: int = -1) -> tuple[int, SockAddr]:
        """`accept` for a coroutine."""
        listener = self.endpoint(fd)
        # Mostly there is none yet, which poll() says more cheaply than an exception.
        while listener.is_listening() and not listener.poll() & POLLIN:
            await self.news(listener, deadline)
        return self.accepted(await self.attempt_async(listener, POLLIN, deadline, listener.accept))

    def accepted(self, description: FileDescription) -> tuple[int, SockAddr]:
        """Number a new connection; reset it if there is no number for it."""
        fd = self.number_accepted(description, 0)
        if isinstance(description, TCPSocketDescription):
            connection = description.connection
            assert connection is not None
            return fd, sockaddr(connection.remote, connection.rport)
        return fd, SockAddr("", 0)

    def number_accepted(self, description: FileDescription, flags: int) -> int:
        """A number for a new connection, with accept4's flags; the connection is reset if there is none. OSError EMFILE."""
        description.nonblocking = bool(flags & SOCK_NONBLOCK)
        try:
            return self.table.add(description, 0, bool(flags & SOCK_CLOEXEC))
        except OSError:
            if isinstance(description, TCPSocketDescription):
                description.options[SOL_SOCKET, SO_LINGER] = 0
            description.close()
            raise

    # Data.

    def recv(self, fd: int, count: int, flags: int = 0) -> bytes:
        """At most `count` bytes, b'' after the peer's end; with MSG_WAITALL all of them unless the end or an error comes first."""
        description = self.table.get(fd)
        timeout = description.receive_timeout if isinstance(description, SocketDescription) else 0
        if not flags & MSG_WAITALL or flags & MSG_PEEK:
            data: bytes = self.attempt(description, POLLIN, timeout, flags, lambda: receive(description, count, flags))
            return data
        whole = bytearray()
        while len(whole) < count:
            lacking = count - len(whole)
            try:
                more = self.attempt(description, POLLIN, timeout, flags, lambda: receive(description, lacking, flags))  # noqa: B023
            except OSError:
                if whole:
                    break
                raise
            if not more:
                break
            whole += more
        return bytes(whole)

    async def recv_async(self, fd: int, count: int, deadline: int = -1) -> bytes:
        """`recv` for a coroutine."""
        description = self.table.get(fd)
        while True:
            data = receive_quietly(description, count)
            if data is not None:
                return data
            await self.news(description, deadline)

    def send(self, fd: int, data: Octets, flags: int = 0) -> int:
        """Send all of `data`; fewer only on a non-blocking socket, or when an error or timeout came after some were taken."""
        description = self.table.get(fd)
        timeout = description.send_timeout if isinstance(description, SocketDescription) else 0
        if isinstance(description, UDPSocketDescription) or (isinstance(description, SocketDescription) and description.type != SOCK_STREAM):
            taken: int = self.attempt(description, POLLOUT, timeout, flags, lambda: transmit(description, data, flags))
            return taken
        view = memoryview(data)
        sent: int = 0
        while True:
            try:
                rest = view[sent:]
                sent += self.attempt(description, POLLOUT, timeout, flags, lambda: transmit(description, rest, flags))  # noqa: B023
            except OSError:
                if sent:
                    return sent
                raise
            if sent >= len(view) or description.nonblocking or flags & MSG_DONTWAIT:
                return sent

    async def send_async(self, fd: int, data: Octets, deadline: int = -1) -> int:
        """Send all of `data`, for a coroutine."""
        description = self.table.get(fd)
        size = len(data)
        sent = 0
        while sent < size:
            try:
                # Mostly all of it is taken at once.
                sent += description.write(memoryview(data)[sent:] if sent else data)
            except BlockingIOError:
                await self.until(description, POLLOUT, deadline)
        return sent

    def sendto(self, fd: int, data: Octets, flags: int, name: Any) -> int:
        """One datagram to `name`."""
        description = self.inet(fd)
        if not isinstance(description, UDPSocketDescription):
            return self.send(fd, data, flags)
        sent: int = self.attempt(description, POLLOUT, description.send_timeout, flags, lambda: description.sendto(data, name))
        return sent

    def recvfrom(self, fd: int, count: int, flags: int = 0) -> tuple[bytes, SockAddr]:
        """A datagram and who sent it."""
        description = self.inet(fd)
        if not isinstance(description, UDPSocketDescription):
            return self.recv(fd, count, flags), description.peer_name()
        answer: tuple[bytes, SockAddr] = self.attempt(
            description, POLLIN, description.receive_timeout, flags, lambda: description.recvfrom(count, flags)
        )
        return answer

    async def recvfrom_async(self, fd: int, count: int, deadline: int = -1) -> tuple[bytes, SockAddr]:
        """`recvfrom` for a coroutine."""
        description = self.inet(fd)
        if not isinstance(description, UDPSocketDescription):
            raise os_error(errno.EOPNOTSUPP)
        while True:
            answer = description.recvfrom_quietly(count, 0)
            if answer is not None:
                return answer
            await self.news(description, deadline)

    # The rest.

    def setsockopt(self, fd: int, level: int, option: int, value: int) -> None:
        """Set an option: an int; seconds for SO_LINGER (-1: off), microseconds for the timeouts. OSError ENOPROTOOPT."""
        self.inet(fd).set_option(level, option, value)

    def getsockopt(self, fd: int, level: int, option: int) -> int:
        """An option's value. OSError ENOPROTOOPT."""
        return self.inet(fd).get_option(level, option)

    def fcntl(self, fd: int, command: int, argument: int = 0) -> int:
        """fcntl(2): F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, of which O_NONBLOCK can be set. OSError EBADF, EINVAL, EMFILE."""
        description = self.table.get(fd)
        if command in (F_DUPFD, F_DUPFD_CLOEXEC):
            return self.table.dup(fd, argument, command == F_DUPFD_CLOEXEC)
        if command == F_GETFD:
            return FD_CLOEXEC if fd in self.table.close_on_exec else 0
        if command == F_GETFL:
            return description.get_flags()
        if command == F_SETFL:
            description.set_flags(argument)
        elif command != F_SETFD:
            raise os_error(errno.EINVAL)
        elif argument & FD_CLOEXEC:
            self.table.close_on_exec.add(fd)
        else:
            self.table.close_on_exec.discard(fd)
        return 0

    def ioctl(self, fd: int, request: int, argument: int = 0) -> int:
        """ioctl(2): FIONBIO with `argument`; FIONREAD's answer. OSError EBADF, ENOTTY, EINVAL."""
        return self.table.get(fd).ioctl(request, argument)

    def shutdown(self, fd: int, how: int) -> None:
        """End one direction or both. OSError ENOTCONN, EINVAL."""
        if how not in (SHUT_RD, SHUT_WR, SHUT_RDWR):
            raise os_error(errno.EINVAL)
        self.endpoint(fd).shutdown(how)
        self.stack.leave()

    def close(self, fd: int) -> None:
        """Free the number; waits as SO_LINGER says. OSError EBADF."""
        description = self.table.get(fd)
        self.table.close(fd)
        self.stack.leave()
        if isinstance(description, TCPSocketDescription) and description.lingers:
            wait(self.stack, [(description, POLLHUP)], self.stack.now() + description.options[SOL_SOCKET, SO_LINGER] * 1_000_000)
            description.stop_lingering()

    def poll(self, interests: list[tuple[int, int]], timeout: int = -1) -> list[tuple[int, int]]:
        """poll(2): [(fd, events)] in, those with events that hold out; `timeout` in microseconds, -1 for none."""
        descriptions = [(self.table.get(fd), events) for fd, events in interests]
        if timeout:
            wait(self.stack, descriptions, self.stack.now() + timeout if timeout > 0 else -1)
        always = POLLERR | POLLHUP
        answers = [(fd, self.table.get(fd).poll() & (events | always)) for fd, events in interests]
        return [answer for answer in answers if answer[1]]

    def epoll_create(self, flags: int = 0) -> int:
        """epoll_create1(2): a new epoll's number; flags: SOCK_CLOEXEC. OSError EINVAL, EMFILE."""
        if flags & ~SOCK_CLOEXEC:
            raise os_error(errno.EINVAL)
        return self.table.add(EpollDescription(), 0, flags != 0)

    def epoll(self, fd: int) -> EpollDescription:
        """The description of `fd`, an epoll. OSError EBADF, EINVAL."""
        description = self.table.get(fd)
        if not isinstance(description, EpollDescription):
            raise os_error(errno.EINVAL)
        return description

    def epoll_ctl(self, epoll: int, operation: int, fd: int, events: int = 0, data: int = 0) -> None:
        """epoll_ctl(2): watch `fd` for `events`, watch it otherwise, or no more. OSError EBADF, EINVAL, EEXIST, ENOENT, EPERM, ELOOP, ENOSPC."""
        self.table.get(epoll)
        description = self.table.get(fd)
        if description is self.table.get(epoll):
            raise os_error(errno.EINVAL)
        self.epoll(epoll).control(operation, fd, description, events, data)

    def epoll_wait(self, epoll: int, count: int, timeout: int = -1) -> list[tuple[int, int]]:
        """epoll_wait(2): at most `count` of (events, data), [] after `timeout` microseconds (-1: none). OSError EBADF, EINVAL."""
        description = self.epoll(epoll)
        if count <= 0:
            raise os_error(errno.EINVAL)
        deadline = self.stack.now() + timeout if timeout >= 0 else -1
        while True:
            try:
                return description.take(count)
            except BlockingIOError:
                if timeout == 0 or not wait(self.stack, [(description, POLLIN)], deadline):
                    return []

    def run(self, coroutine: Coroutine[Any, Any, Any], name: str = "call") -> Any:
        """Have the loop run `coroutine`, and wait for its result on the calling thread."""
        task = self.stack.loop.spawn(coroutine, name)
        while not task.done:
            waiter = self.stack.blocker.new_waiter()
            task.finished.add(waiter)
            self.stack.leave()
            self.stack.blocker.block(self.stack, waiter, -1)
        if task.error is not None:
            raise task.error
        return task.result

    # Names.

    async def getaddrinfo_async(self, host: str, service: str | int = 0, type_: int = SOCK_STREAM) -> list[AddrInfo]:
        """The addresses of `host` (a number, localhost, or a name for the hosts file or else the resolver), with `service`'s port. GaiError."""
        port = service_port(service)
        if host in LOCAL_NAMES:
            addresses = ["127.0.0.1"]
        elif host == "":
            addresses = ["0.0.0.0"]
        else:
            addresses = await self.addresses(host)
        protocol = IPPROTO_TCP if type_ == SOCK_STREAM else IPPROTO_UDP
        return [AddrInfo(type_, protocol, host, SockAddr(address, port)) for address in addresses]

    async def addresses(self, host: str) -> list[str]:
        """The addresses in dotted decimal. GaiError."""
        address = numeric_address(host)
        if address >= 0:
            return [ipv4.address_text(address)]
        known = hosts_addresses(self.hosts_file(), host)
        if known:
            return known
        if self.resolver is None:
            raise GaiError(EAI_AGAIN, "no name server is known: cannot resolve " + host)
        return await self.resolver.resolve(host)

    def getaddrinfo(self, host: str, service: str | int = 0, type_: int = SOCK_STREAM) -> list[AddrInfo]:
        """`getaddrinfo_async`, waited for by the calling thread."""
        answers: list[AddrInfo] = self.run(self.getaddrinfo_async(host, service, type_), "getaddrinfo " + host)
        return answers

    def gethostbyname(self, host: str) -> str:
        """The first address of `host`, in dotted decimal. GaiError."""
        return self.getaddrinfo(host)[0].sockaddr.address


def no_hosts() -> bytes:
    """The hosts file of a host that has no files."""
    return b""


def no_engine(hostname: str) -> TlsEngine:
    """The new_engine of a host that was given none."""
    raise os_error(errno.EPROTONOSUPPORT)


def no_tls_engine(hostname: str, alpn: list[str], certificate: bytes, key: bytes) -> TlsEngine:
    """The tls_engine of a host that was given none."""
    raise os_error(errno.EPROTONOSUPPORT)


def transmit(description: FileDescription, data: Octets, flags: int) -> int:
    """One send, with its flags where the kind of description has them."""
    if isinstance(description, InetSocketDescription):
        return description.send(data, flags)
    if isinstance(description, SocketDescription):
        return description.send_message(data, flags, None, None)
    return description.write(data)


def receive(description: FileDescription, count: int, flags: int) -> bytes:
    """One receive, with MSG_PEEK where the kind of description has it."""
    if isinstance(description, InetSocketDescription):
        return description.recv(count, flags)
    if isinstance(description, UnixSocketDescription):
        return description.recv(count, bool(flags & MSG_PEEK))
    if isinstance(description, SocketDescription):
        return description.receive_message(count, flags).data
    raise os_error(errno.ENOTSOCK)


def receive_quietly(description: FileDescription, count: int) -> bytes | None:
    """One receive; None where it would be BlockingIOError."""
    if isinstance(description, InetSocketDescription):
        return description.receive_quietly(count, 0)
    try:
        return receive(description, count, 0)
    except BlockingIOError:
        return None


def service_port(service: str | int) -> int:
    """The port of a service's name or number. GaiError EAI_SERVICE."""
    if isinstance(service, int):
        port = service
    elif service.isdigit():
        port = int(service)
    else:
        port = SERVICES.get(service, -1)
    if not 0 <= port <= 65535:
        raise GaiError(EAI_SERVICE, "not a service: " + repr(service))
    return port


# The module's functions: those of the Sockets in use.

in_use: list[Sockets] = []


def use(sockets: Sockets) -> None:
    """Make `sockets` what the module's functions work on."""
    in_use[:] = [sockets]


def current() -> Sockets:
    """The Sockets in use. RuntimeError before there are any."""
    if not in_use:
        raise RuntimeError("pynet.sockets.use() was not called: no stack is running")
    return in_use[0]


def socket(domain: int = AF_INET, type_: int = SOCK_STREAM, protocol: int = 0) -> int:
    """Sockets.socket"""
    return current().socket(domain, type_, protocol)


def bind(fd: int, name: Any) -> None:
    """Sockets.bind"""
    current().bind(fd, name)


def connect(fd: int, name: Any) -> None:
    """Sockets.connect"""
    current().connect(fd, name)


def listen(fd: int, backlog: int = 128) -> None:
    """Sockets.listen"""
    current().listen(fd, backlog)


def accept(fd: int) -> tuple[int, SockAddr]:
    """Sockets.accept"""
    return current().accept(fd)


def send(fd: int, data: Octets, flags: int = 0) -> int:
    """Sockets.send"""
    return current().send(fd, data, flags)


def recv(fd: int, count: int, flags: int = 0) -> bytes:
    """Sockets.recv"""
    return current().recv(fd, count, flags)


def sendto(fd: int, data: Octets, flags: int, name: Any) -> int:
    """Sockets.sendto"""
    return current().sendto(fd, data, flags, name)


def recvfrom(fd: int, count: int, flags: int = 0) -> tuple[bytes, SockAddr]:
    """Sockets.recvfrom"""
    return current().recvfrom(fd, count, flags)


def setsockopt(fd: int, level: int, option: int, value: int) -> None:
    """Sockets.setsockopt"""
    current().setsockopt(fd, level, option, value)


def getsockopt(fd: int, level: int, option: int) -> int:
    """Sockets.getsockopt"""
    return current().getsockopt(fd, level, option)


def shutdown(fd: int, how: int) -> None:
    """Sockets.shutdown"""
    current().shutdown(fd, how)


def close(fd: int) -> None:
    """Sockets.close"""
    current().close(fd)


def getaddrinfo(host: str, service: str | int = 0) -> list[AddrInfo]:
    """Sockets.getaddrinfo"""
    return current().getaddrinfo(host, service)


def gethostbyname(host: str) -> str:
    """Sockets.gethostbyname"""
    return current().gethostbyname(host)
