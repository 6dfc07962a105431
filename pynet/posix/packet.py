"""Sockets below the transports: packets of one protocol of IP (raw(7)), echoes (icmp(7)), frames of the link (packet(7)).

The stack shows them what passes: `Stack.raw` every whole IPv4 packet to this host, `Stack.taps` every frame, both ways. Each copies what it keeps.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pynet import errno, ethernet, icmp, ipv4
from pynet.checksum import checksum
from pynet.errno import os_error
from pynet.frame import HEADROOM, new_frame
from pynet.octets import get16, put16
from pynet.posix.description import FIONREAD
from pynet.posix.endpoint import LinkName, Message, SocketDescription
from pynet.posix.interfaces import ARPHRD_ETHER, ARPHRD_LOOPBACK, ETHERNET, LOOPBACK, NAMES, mac_of, mtu_of
from pynet.readiness import POLLIN, POLLOUT

if TYPE_CHECKING:
    from typing import Any

    from pynet.frame import Octets
    from pynet.net import Stack
    from pynet.posix.endpoint import Ancillary

SOCK_DGRAM = 2
SOCK_RAW = 3
IPPROTO_RAW = 255
MSG_PEEK = 0x02
MSG_TRUNC = 0x20
MSG_ERRQUEUE = 0x2000
SOL_SOCKET = 1
SO_BROADCAST = 6
IP_TTL = 2
IP_TOS = 1
IP_HDRINCL = 3
IP_PKTINFO = 8
IP_MULTICAST_TTL = 33
SOL_RAW = 255
ICMP_FILTER = 1

# Octets that wait at one socket, each packet counted with OVERHEAD more; what comes beyond is not kept.
RECEIVE_BUFFER = 212_992
OVERHEAD = 256
# Sockets of a host that look at packets, and at frames; ENOBUFS beyond.
MAX_RAW = 64
MAX_TAPS = 16

# EtherTypes that stand for all frames, and for none; PACKET_* of struct sockaddr_ll.
ETH_P_ALL = 3
PACKET_HOST = 0
PACKET_BROADCAST = 1
PACKET_MULTICAST = 2
PACKET_OTHERHOST = 3
PACKET_OUTGOING = 4


class QueueDescription(SocketDescription):
    """A queue of packets, and who sent each, bounded by RECEIVE_BUFFER."""

    def __init__(self, stack: Stack) -> None:
        super().__init__()
        self.stack = stack
        self.queue: deque[Message] = deque()
        self.queued = 0
        self.received = 0
        self.dropped = 0

    def keep(self, data: bytes, name: Any) -> Message | None:
        """Queue a packet; None if it found no room."""
        if self.queued + len(data) + OVERHEAD > self.options.get((SOL_SOCKET, 8), RECEIVE_BUFFER):
            self.dropped += 1
            return None
        message = Message(data, len(data), name)
        self.queue.append(message)
        self.queued += len(data) + OVERHEAD
        self.received += 1
        self.waiters.wake()
        return message

    def receive_message(self, count: int, flags: int) -> Message:
        if not self.queue or flags & MSG_ERRQUEUE:
            raise os_error(errno.EAGAIN)
        first = self.queue[0]
        if not flags & MSG_PEEK:
            self.queue.popleft()
            self.queued -= first.length + OVERHEAD
        message = Message(first.data[:count], first.length, first.name, MSG_TRUNC if first.length > count else 0)
        message.control = first.control
        return message

    def read(self, count: int) -> bytes:
        return self.receive_message(count, 0).data

    def write(self, data: Octets) -> int:
        return self.send_message(data, 0, None, None)

    def poll(self) -> int:
        return POLLOUT | (POLLIN if self.queue else 0)

    def ioctl(self, request: int, arg: int = 0) -> int:
        if request == FIONREAD:
            return self.queue[0].length if self.queue else 0
        return super().ioctl(request, arg)


class RawSocketDescription(QueueDescription):
    """SOCK_RAW of AF_INET: what comes is given with its IP header; that of what is sent is the stack's, or the user's with IP_HDRINCL."""

    family = 2
    type = SOCK_RAW

    def __init__(self, stack: Stack, protocol: int) -> None:
        super().__init__(stack)
        self.protocol = protocol
        self.local = 0
        # The port is kept to be told, and means nothing.
        self.remote = 0
        self.remote_port = 0
        self.connected = False
        self.groups: list[int] = []
        # ICMP_FILTER: a bit for each type that is not wanted.
        self.filter = 0
        if len(stack.raw) >= MAX_RAW:
            raise os_error(errno.ENOBUFS)
        if protocol == IPPROTO_RAW:
            self.options[0, IP_HDRINCL] = 1
        stack.raw.append(self)

    # Names.

    def bind(self, name: Any) -> None:
        """OSError EINVAL once connected, EADDRNOTAVAIL."""
        address = name[0]
        if self.connected:
            raise os_error(errno.EINVAL)
        if address and address != self.stack.address and not ipv4.is_loopback(address) and not self.stack.is_broadcast(address):
            raise os_error(errno.EADDRNOTAVAIL)
        self.local = address

    def connect(self, name: Any) -> None:
        address = name[0]
        source = self.stack.source_for(address)
        if not source:
            raise os_error(errno.ENETUNREACH)
        self.check_broadcast(address)
        self.remote, self.remote_port = name
        self.local = self.local or source
        self.connected = True

    def disconnect(self) -> None:
        self.remote = 0
        self.connected = False

    def local_name(self) -> tuple[int, int]:
        return self.local, self.protocol

    def remote_name(self) -> tuple[int, int]:
        if not self.connected:
            raise os_error(errno.ENOTCONN)
        return self.remote, self.remote_port

    def shutdown(self, how: int) -> None:
        self.remote_name()

    # The way in.

    def packet(self, packet: Octets, protocol: int, src: int, dst: int) -> bool:
        """An IPv4 packet to this host, whole, its header at ipv4.AT. True if it was taken."""
        if protocol != self.protocol or (self.local and self.local != dst) or (self.connected and self.remote != src):
            return False
        at = ipv4.AT + ipv4.header_length(packet)
        end = ipv4.AT + ipv4.total_length(packet)
        if protocol == ipv4.ICMP and at < end and packet[at] < 32 and self.filter >> packet[at] & 1:
            return False
        self.take(packet, at, end, src, dst)
        return True

    def take(self, packet: Octets, at: int, end: int, src: int, dst: int) -> None:
        """It is for this socket: `at` is behind the IP header."""
        self.label(self.keep(bytes(packet[ipv4.AT : end]), (src, 0)), dst)

    def label(self, message: Message | None, dst: int) -> None:
        """IP_PKTINFO"""
        if message is not None and self.options.get((0, IP_PKTINFO)):
            index = LOOPBACK if ipv4.is_loopback(dst) else ETHERNET
            message.control.append((0, IP_PKTINFO, index.to_bytes(4, "little") + dst.to_bytes(4, "big") + dst.to_bytes(4, "big")))

    # The way out.

    def target(self, name: Any) -> int:
        """Where to. OSError EDESTADDRREQ, EACCES."""
        if name is None and not self.connected:
            raise os_error(errno.EDESTADDRREQ)
        address: int = (self.remote if name is None else name[0]) or ipv4.LOCALHOST
        self.check_broadcast(address)
        return address

    def check_broadcast(self, address: int) -> None:
        """OSError EACCES: a broadcast without SO_BROADCAST."""
        if self.stack.is_broadcast(address) and not ipv4.is_multicast(address) and not self.options.get((SOL_SOCKET, SO_BROADCAST)):
            raise os_error(errno.EACCES)

    def send_message(self, data: Octets, flags: int, name: Any, ancillary: Ancillary | None) -> int:
        if len(data) > 65535 - ipv4.HEADER:
            raise os_error(errno.EMSGSIZE)
        address = self.target(name)
        if self.options.get((0, IP_HDRINCL)):
            return self.send_with_header(data, address)
        self.output(data, address)
        return len(data)

    def output(self, data: Octets, address: int) -> None:
        """Send `data` behind an IP header. OSError ENETUNREACH."""
        frame = new_frame(len(data))
        frame[HEADROOM:] = data
        ttl = self.options.get((0, IP_MULTICAST_TTL), 1) if ipv4.is_multicast(address) else self.options.get((0, IP_TTL), ipv4.DEFAULT_TTL)
        source = self.local or self.stack.source_for(address)
        if not source or not self.stack.ipv4_output(
            frame, source, address, self.protocol, ttl, self.options.get((0, IP_TOS), 0), False, self.stack.now()
        ):
            raise os_error(errno.ENETUNREACH)

    def send_with_header(self, data: Octets, address: int) -> int:
        """IP_HDRINCL: TTL, TOS, protocol and addresses are the user's; length, sum, an absent source and identification are filled in (raw(7)).

        OSError EMSGSIZE beyond the MTU, EINVAL for a header that is none, or has options.
        """
        octets = bytes(data)
        if len(octets) > self.stack.transport.mtu:
            raise os_error(errno.EMSGSIZE)
        if len(octets) < ipv4.HEADER or octets[0] != 0x45:
            raise os_error(errno.EINVAL)
        frame = new_frame(len(octets) - ipv4.HEADER)
        frame[HEADROOM:] = octets[ipv4.HEADER :]
        source = int.from_bytes(octets[12:16], "big") or self.local or self.stack.source_for(address)
        whole = octets[6] & 0x40 != 0
        if not self.stack.ipv4_output(frame, source, address, octets[9], octets[8], octets[1], whole, self.stack.now()):
            raise os_error(errno.ENETUNREACH)
        return len(octets)

    def close(self) -> None:
        for group in self.groups:
            self.stack.leave_group(group)
        self.groups.clear()
        if self in self.stack.raw:
            self.stack.raw.remove(self)


class PingSocketDescription(RawSocketDescription):
    """SOCK_DGRAM with IPPROTO_ICMP: echo requests go out, and the replies with this socket's identifier (its port) come in."""

    type = SOCK_DGRAM

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, ipv4.ICMP)
        self.identifier = 0

    def bind(self, name: Any) -> None:
        """OSError EINVAL when it has an identifier already. Several sockets may have the same."""
        if self.identifier:
            raise os_error(errno.EINVAL)
        super().bind(name)
        self.identify(name[1])

    def identify(self, wanted: int) -> None:
        """Take an identifier, 0 for one that nobody has."""
        if wanted == 0:
            taken = [0] + [socket.identifier for socket in self.stack.raw if isinstance(socket, PingSocketDescription)]
            while wanted in taken:
                wanted = get16(self.stack.entropy(2), 0)
        self.identifier = wanted

    def connect(self, name: Any) -> None:
        super().connect(name)
        if not self.identifier:
            self.identify(0)

    def local_name(self) -> tuple[int, int]:
        return self.local, self.identifier

    def take(self, packet: Octets, at: int, end: int, src: int, dst: int) -> None:
        if end - at >= icmp.HEADER and packet[at] == icmp.ECHO_REPLY and get16(packet, at + 4) == self.identifier and self.identifier:
            self.label(self.keep(bytes(packet[at:end]), (src, 0)), dst)

    def send_message(self, data: Octets, flags: int, name: Any, ancillary: Ancillary | None) -> int:
        """OSError EINVAL for what is no echo request."""
        if not self.identifier:
            self.identify(0)
        if len(data) > 0xFFFF:
            raise os_error(errno.EMSGSIZE)
        if len(data) < icmp.HEADER:
            raise os_error(errno.EINVAL)
        address = self.target(name)
        message = bytearray(data)
        if message[0] != icmp.ECHO or message[1] != 0:
            raise os_error(errno.EINVAL)
        put16(message, 2, 0)
        put16(message, 4, self.identifier)
        put16(message, 2, checksum(message, 0, len(message), 0))
        self.output(message, address)
        return len(data)


class PacketSocketDescription(QueueDescription):
    """AF_PACKET: frames of one EtherType, or all; with their Ethernet header (SOCK_RAW), or without (SOCK_DGRAM)."""

    family = 17

    def __init__(self, stack: Stack, type_: int, protocol: int) -> None:
        super().__init__(stack)
        self.type = type_
        self.protocol = protocol
        self.index = 0
        if len(stack.taps) >= MAX_TAPS:
            raise os_error(errno.ENOBUFS)
        stack.taps.append(self)
        stack.note_taps()

    def bind(self, name: Any) -> None:
        """One interface, 0 for all; an EtherType, 0 for the one that it has. OSError ENODEV."""
        if name.index and name.index not in NAMES:
            raise os_error(errno.ENODEV)
        self.index = name.index
        self.protocol = name.protocol or self.protocol

    def local_name(self) -> LinkName:
        address = mac_of(self.stack, self.index) if self.index else b""
        return LinkName(self.protocol, self.index, hatype(self.index) if self.index else 0, 0, address)

    def remote_name(self) -> LinkName:
        raise os_error(errno.EOPNOTSUPP)

    def frame(self, frame: Octets, index: int, outgoing: bool) -> None:
        """A frame that came, or goes out, on an interface."""
        kind = ethernet.ethertype(frame)
        if self.index not in (0, index) or (self.protocol != ETH_P_ALL and (outgoing or self.protocol != kind)) or not self.protocol:
            return
        data = bytes(frame) if self.type == SOCK_RAW else bytes(frame[ethernet.HEADER :])
        source = ethernet.source(frame).to_bytes(6, "big")
        self.keep(data, LinkName(kind, index, hatype(index), self.direction(frame, index, outgoing), source))

    def direction(self, frame: Octets, index: int, outgoing: bool) -> int:
        """PACKET_*"""
        if outgoing:
            return PACKET_OUTGOING
        dst = ethernet.destination(frame)
        if dst == ethernet.BROADCAST:
            return PACKET_BROADCAST
        if dst & ethernet.GROUP:
            return PACKET_MULTICAST
        return PACKET_HOST if index == LOOPBACK or dst == self.stack.transport.mac else PACKET_OTHERHOST

    def send_message(self, data: Octets, flags: int, name: Any, ancillary: Ancillary | None) -> int:
        """OSError ENXIO without an interface, EINVAL for a frame without a header, EMSGSIZE."""
        index = name.index if name is not None else self.index
        if index not in NAMES:
            raise os_error(errno.ENXIO)
        frame = bytearray(data)
        if self.type == SOCK_DGRAM:
            if name is None or len(name.address) < 6:
                raise os_error(errno.EINVAL)
            head = bytearray(ethernet.HEADER)
            own = int.from_bytes(mac_of(self.stack, index), "big")
            ethernet.emit(head, int.from_bytes(name.address[:6], "big"), own, name.protocol or self.protocol)
            frame = head + frame
        if len(frame) < ethernet.HEADER:
            raise os_error(errno.EINVAL)
        if len(frame) > mtu_of(self.stack, index) + ethernet.HEADER:
            raise os_error(errno.EMSGSIZE)
        if index == LOOPBACK:
            self.stack.loopback.send(frame)
        else:
            self.stack.transmit(frame, 0)
        return len(data)

    def close(self) -> None:
        if self in self.stack.taps:
            self.stack.taps.remove(self)
            self.stack.note_taps()


def hatype(index: int) -> int:
    """ARPHRD_*"""
    return ARPHRD_LOOPBACK if index == LOOPBACK else ARPHRD_ETHER
