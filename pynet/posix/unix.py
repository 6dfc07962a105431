"""AF_UNIX sockets: streams, datagrams and sequenced packets between two ends on one host (POSIX.1-2017 XSH 2.10.17, unix(7)).

A name is bytes: a path, or a NUL and up to 107 more octets in the abstract name space; b"" is none. Where paths lead is told by a `Paths`: the file
system's, or UnixNames itself where there is none.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.description import FIONREAD, FileDescription
from pynet.posix.endpoint import Message, SocketDescription
from pynet.posix.rights import Flight
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP

if TYPE_CHECKING:
    from typing import Any, Protocol

    from pynet.frame import Octets
    from pynet.posix.endpoint import Ancillary

    class Paths(Protocol):
        """Where sockets with path names are found."""

        def bind_socket(self, path: bytes, socket: UnixSocketDescription) -> None:
            """Make a socket at `path`. OSError EADDRINUSE where something is there, and those of mknod(2)."""

        def find_socket(self, path: bytes) -> UnixSocketDescription:
            """The socket at `path`. OSError ECONNREFUSED where it is no socket or a closed one, and those of a path's resolution."""


STREAM = 1
DGRAM = 2
SEQPACKET = 5

# Names bound at once; sun_path's length (unix(7)); the longest queue of connections not yet accepted.
MAX_NAMES = 1024
MAX_PATH = 108
MAX_BACKLOG = 4096
# Bytes that one socket's sends may have waiting to be received, each message counted with OVERHEAD more (SO_SNDBUF's default).
SEND_BUFFER = 212_992
OVERHEAD = 256
# The same of all sockets together. At the first bound what one may have waiting is LEAST_QUEUED; at the second a longer packet is ENOBUFS.
MAX_QUEUED = 16 << 20
MOST_QUEUED = 24 << 20
LEAST_QUEUED = 4096
# Datagrams that wait at one socket: Linux's net.unix.max_dgram_qlen, which is compared so that one more fits.
MAX_DATAGRAMS = 10
# Small writes to a stream are put together up to this size.
COALESCE = 4096

SHUT_RD = 0
SHUT_WR = 1

# The socket-level control message for SO_PASSCRED, and recv's flags that mean something here.
SOL_SOCKET = 1
SCM_CREDENTIALS = 2
SO_PASSCRED = 16
MSG_OOB = 0x01
MSG_PEEK = 0x02
MSG_TRUNC = 0x20
MSG_DONTWAIT = 0x40

Credentials = tuple[int, int, int]


class UnixNames:
    """The AF_UNIX sockets of a host: who has which name, and what is in flight between them."""

    def __init__(self) -> None:
        # By name, an abstract one with the type before it: each type has a name space of its own.
        self.bound: dict[bytes, UnixSocketDescription] = {}
        self.flight = Flight()
        self.queued = 0

    def bind_socket(self, path: bytes, socket: UnixSocketDescription) -> None:
        """Take a path, or a `bound` key. OSError EADDRINUSE, ENOBUFS."""
        if path in self.bound:
            raise os_error(errno.EADDRINUSE)
        if len(self.bound) >= MAX_NAMES:
            raise os_error(errno.ENOBUFS)
        self.bound[path] = socket

    def find_socket(self, path: bytes) -> UnixSocketDescription:
        """Who has a path. OSError ENOENT."""
        found = self.bound.get(path)
        if found is None:
            raise os_error(errno.ENOENT)
        return found

    def free_name(self, type_: int) -> bytes:
        """An abstract name that nobody of that type has (unix(7), autobind)."""
        number = 0
        while abstract_key(type_, free_abstract(number)) in self.bound:
            number += 1
        return free_abstract(number)


def free_abstract(number: int) -> bytes:
    """Linux's form of an autobind name: five hexadecimal digits."""
    return b"\0" + hex(0x100000 | number)[3:].encode()


def abstract_key(type_: int, name: bytes) -> bytes:
    """An abstract name's key in UnixNames.bound."""
    return bytes([type_]) + name


class Packet:
    """What one send made, until it is received. cost: what it counts in its owner's send buffer."""

    __slots__ = ("at", "cost", "credentials", "data", "owner", "rights")

    def __init__(self, owner: UnixSocketDescription, data: bytearray, rights: list[FileDescription]) -> None:
        self.owner = owner
        self.data = data
        self.at = 0
        self.rights = rights
        self.credentials = owner.credentials
        self.cost = len(data) + OVERHEAD


class Vacancy(FileDescription):
    """What a sender waits on when a socket's queue is full: POLLOUT once there is room, or nobody to have it."""

    def __init__(self, socket: UnixSocketDescription) -> None:
        super().__init__()
        self.socket = socket

    def poll(self) -> int:
        return 0 if self.socket.is_full() and not self.socket.closed else POLLOUT


class UnixSocketDescription(SocketDescription):
    """One end of a stream or of a sequence of packets, a listener for such, or a socket for datagrams.

    credentials: (pid, uid, gid) of who made it; peer_credentials: SO_PEERCRED.
    """

    family = 1

    def __init__(self, names: UnixNames, type_: int = STREAM, credentials: Credentials = (0, 0, 0)) -> None:
        super().__init__()
        self.names = names
        self.type = type_
        self.has_sigpipe = type_ == STREAM
        self.credentials = credentials
        self.peer_credentials: Credentials = (0, 0xFFFFFFFF, 0xFFFFFFFF)
        self.path = b""
        # The peer of a connection goes, its name stays.
        self.peer: UnixSocketDescription | None = None
        self.peer_path = b""
        self.queue: deque[Packet] = deque()
        # Of own packets that were not received yet.
        self.outstanding = 0
        self.send_buffer = SEND_BUFFER
        self.pass_credentials = False
        self.backlog = -1
        self.pending: deque[UnixSocketDescription] = deque()
        self.connected = False
        self.closed = False
        self.read_shut = False
        self.write_shut = False
        self.error = 0
        self.vacancy = Vacancy(self)
        # Whose full queue the last send or connect met; and who has chosen this one as the peer of its datagrams.
        self.obstacle: UnixSocketDescription | None = None
        self.senders: set[UnixSocketDescription] = set()

    # Names.

    def bind(self, name: Any, paths: Paths | None = None) -> None:
        """Take a name, b"" for any that is free. OSError EINVAL, EADDRINUSE, ENOBUFS, and those of `paths`."""
        path = octets(name)
        if self.path and not path:
            return
        if self.path or len(path) > MAX_PATH:
            raise os_error(errno.EINVAL)
        if not path:
            path = self.names.free_name(self.type)
        if path.startswith(b"\0"):
            self.names.bind_socket(abstract_key(self.type, path), self)
        else:
            (paths or self.names).bind_socket(path, self)
        self.path = path

    def find(self, name: Any, paths: Paths | None) -> UnixSocketDescription:
        """Who has a name, if it is of this type. OSError ENOENT, ECONNREFUSED, EPROTOTYPE."""
        path = octets(name)
        if path.startswith(b"\0"):
            there = self.names.bound.get(abstract_key(self.type, path))
            if there is None:
                raise os_error(errno.ECONNREFUSED)
            return there
        found = (paths or self.names).find_socket(path)
        if found.closed:
            raise os_error(errno.ECONNREFUSED)
        if found.type != self.type:
            raise os_error(errno.EPROTOTYPE)
        return found

    def local_name(self) -> bytes:
        return self.path

    def remote_name(self) -> bytes:
        if self.peer is not None:
            return self.peer.path
        if not self.connected:
            raise os_error(errno.ENOTCONN)
        return self.peer_path

    # Connections.

    def pair(self, other: UnixSocketDescription) -> None:
        """Make self and `other` each other's peers."""
        self.peer = other
        other.peer = self
        self.peer_credentials = other.credentials
        other.peer_credentials = self.credentials
        self.connected = other.connected = True
        if self.type == DGRAM:
            self.senders.add(other)
            other.senders.add(self)

    def listen(self, backlog: int) -> None:
        """Take connections. OSError EINVAL without a name, EOPNOTSUPP for datagrams."""
        if self.type == DGRAM:
            raise os_error(errno.EOPNOTSUPP)
        if not self.path or self.connected:
            raise os_error(errno.EINVAL)
        self.backlog = min(backlog, MAX_BACKLOG) if backlog >= 0 else MAX_BACKLOG

    def connect(self, name: Any, paths: Paths | None = None) -> None:
        """Join the listener of that name, or choose the peer of datagrams. OSError ENOENT, ECONNREFUSED, EISCONN; EAGAIN when its queue is full."""
        found = self.find(name, paths)
        if self.type == DGRAM:
            self.check_may_send(found)
            self.disconnect()
            self.peer = found
            self.peer_credentials = found.credentials
            found.senders.add(self)
            self.changed()
            return
        if found.backlog < 0:
            raise os_error(errno.ECONNREFUSED)
        if len(found.pending) > found.backlog:
            self.obstacle = found
            raise os_error(errno.EAGAIN)
        if self.backlog >= 0:
            raise os_error(errno.EINVAL)
        if self.connected:
            raise os_error(errno.EISCONN)
        end = UnixSocketDescription(self.names, self.type, found.credentials)
        end.path = found.path
        end.pass_credentials = found.pass_credentials
        self.pair(end)
        found.pending.append(end)
        found.waiters.wake()

    def disconnect(self) -> None:
        if self.type != DGRAM:
            raise os_error(errno.EINVAL)
        if self.peer is not None:
            self.peer.senders.discard(self)
            self.peer = None
            self.changed()

    def accept(self) -> UnixSocketDescription:
        """The next connection. BlockingIOError, EINVAL, EOPNOTSUPP."""
        if self.type == DGRAM:
            raise os_error(errno.EOPNOTSUPP)
        if self.backlog < 0:
            raise os_error(errno.EINVAL)
        if not self.pending:
            raise os_error(errno.EAGAIN)
        end = self.pending.popleft()
        self.vacancy.waiters.wake()
        return end

    def check_may_send(self, target: UnixSocketDescription) -> None:
        """OSError EPERM: the target has chosen another peer."""
        if target.peer is not None and target.peer is not self:
            raise os_error(errno.EPERM)

    # Sending.

    def send(self, data: Octets, flags: int = 0) -> int:
        """`send_message` without a name."""
        return self.send_message(data, flags, None, None)

    def send_message(self, data: Octets, flags: int, name: Any, ancillary: Ancillary | None, paths: Paths | None = None) -> int:
        """OSError ENOTCONN, EISCONN, EPIPE, EMSGSIZE, ECONNREFUSED, EPERM, ECONNRESET, ENOBUFS; EAGAIN without room."""
        if flags & MSG_OOB:
            raise os_error(errno.EOPNOTSUPP)
        rights = ancillary.rights if ancillary is not None else []
        if self.type == STREAM:
            if name is not None:
                raise os_error(errno.EISCONN if self.connected else errno.EOPNOTSUPP)
            return self.send_stream(data, rights)
        return self.send_packet(data, rights, self.target(name, paths))

    def send_stream(self, data: Octets, rights: list[FileDescription]) -> int:
        """The bytes that there was room for; the rights go with the first of them."""
        if not self.connected:
            raise os_error(errno.ENOTCONN)
        peer = self.peer
        if self.write_shut or peer is None or peer.read_shut:
            raise os_error(errno.EPIPE)
        self.check_error()
        taken = min(len(data), self.bound() - self.outstanding)
        if taken <= 0:
            if len(data) == 0:
                return 0
            raise os_error(errno.EAGAIN)
        self.obstacle = None
        last = peer.queue[-1] if peer.queue else None
        if last is not None and not rights and not last.rights and last.owner is self and len(last.data) + taken <= COALESCE:
            last.data += data[:taken]
            last.cost += taken
            self.charge(taken)
        else:
            self.enqueue(peer, bytearray(data[:taken]), rights)
        peer.waiters.wake()
        return taken

    def target(self, name: Any, paths: Paths | None) -> UnixSocketDescription:
        """Who gets a packet."""
        if self.type == SEQPACKET:
            # A name that comes along is not looked at.
            if not self.connected:
                raise os_error(errno.ENOTCONN)
            if self.peer is None:
                raise os_error(errno.EPIPE)
            return self.peer
        if name is not None:
            found = self.find(name, paths)
            self.check_may_send(found)
            return found
        peer = self.peer
        if peer is None:
            raise os_error(errno.ENOTCONN)
        if peer.closed:
            self.disconnect()
            raise os_error(errno.ECONNREFUSED)
        self.check_may_send(peer)
        return peer

    def send_packet(self, data: Octets, rights: list[FileDescription], target: UnixSocketDescription) -> int:
        """One packet, whole."""
        if len(data) > self.send_buffer - 32:
            raise os_error(errno.EMSGSIZE)
        self.check_error()
        if self.write_shut or target.read_shut:
            raise os_error(errno.EPIPE)
        if self.names.queued >= MOST_QUEUED and len(data) > LEAST_QUEUED:
            raise os_error(errno.ENOBUFS)
        if self.outstanding >= self.bound():
            self.obstacle = None
            raise os_error(errno.EAGAIN)
        if target.is_full() and target is not self:
            self.obstacle = target
            raise os_error(errno.EAGAIN)
        self.obstacle = None
        self.enqueue(target, bytearray(data), rights)
        target.waiters.wake()
        return len(data)

    def charge(self, octets: int) -> None:
        """So much more of this socket's waits to be received."""
        self.outstanding += octets
        self.names.queued += octets

    def bound(self) -> int:
        """What it may have waiting as things are."""
        return self.send_buffer if self.names.queued < MAX_QUEUED else min(self.send_buffer, LEAST_QUEUED)

    def enqueue(self, target: UnixSocketDescription, data: bytearray, rights: list[FileDescription]) -> None:
        """Put a packet into `target`'s queue."""
        if rights:
            self.names.flight.take_off(rights)
        packet = Packet(self, data, list(rights))
        self.charge(packet.cost)
        target.queue.append(packet)

    # Receiving.

    def recv(self, count: int, peek: bool = False) -> bytes:
        """The data of `receive_message`; descriptions that came along are dropped."""
        message = self.receive_message(count, MSG_PEEK if peek else 0)
        self.names.flight.drop(message.rights)
        return message.data

    def receive_message(self, count: int, flags: int) -> Message:
        """BlockingIOError; OSError EINVAL for a stream that never was connected, ECONNRESET."""
        if flags & MSG_OOB:
            raise os_error(errno.EOPNOTSUPP if self.type != STREAM else errno.EINVAL)
        if not self.connected and self.type != DGRAM:
            raise os_error(errno.EINVAL if self.type == STREAM else errno.ENOTCONN)
        if not self.queue:
            self.check_error()
            if self.type == DGRAM and (self.nonblocking or flags & MSG_DONTWAIT):
                raise os_error(errno.EAGAIN)
            if self.read_shut or count == 0:
                return Message(b"", 0)
            raise os_error(errno.EAGAIN)
        peek = flags & MSG_PEEK != 0
        first = self.queue[0]
        message = self.take_stream(count, peek) if self.type == STREAM else self.take_packet(count, peek)
        message.name = first.owner.path or None
        if self.pass_credentials:
            message.control.append((SOL_SOCKET, SCM_CREDENTIALS, credentials_octets(first.credentials)))
        if not peek:
            self.obtained()
        return message

    def take_stream(self, count: int, peek: bool) -> Message:
        """Bytes of as many packets as it takes; the one whose rights are taken ends it."""
        pieces = []
        rights: list[FileDescription] = []
        wanted = count
        for packet in list(self.queue):
            piece = packet.data[packet.at : packet.at + wanted]
            pieces.append(bytes(piece))
            wanted -= len(piece)
            rights = self.take_rights(packet, peek)
            if not peek:
                packet.at += len(piece)
                if packet.at == len(packet.data):
                    self.dequeue()
            if rights or wanted == 0:
                break
        data = b"".join(pieces)
        message = Message(data, len(data))
        message.rights = rights
        return message

    def take_packet(self, count: int, peek: bool) -> Message:
        """One packet, cut to `count` bytes."""
        packet = self.queue[0]
        rights = self.take_rights(packet, peek)
        if not peek:
            self.dequeue()
        message = Message(bytes(packet.data[:count]), len(packet.data), None, MSG_TRUNC if len(packet.data) > count else 0)
        message.rights = rights
        return message

    def take_rights(self, packet: Packet, peek: bool) -> list[FileDescription]:
        """The descriptions of a packet, a reference to each the caller's."""
        rights = packet.rights
        if not rights:
            return []
        if peek:
            for description in rights:
                description.hold()
            return list(rights)
        packet.rights = []
        self.names.flight.land(rights)
        return rights

    def dequeue(self) -> None:
        """The oldest packet was received: its owner may send more."""
        packet = self.queue.popleft()
        packet.owner.charge(-packet.cost)
        packet.owner.waiters.wake()

    def obtained(self) -> None:
        """There is room in the queue."""
        self.vacancy.waiters.wake()
        for sender in self.senders:
            sender.waiters.wake()

    def give_back(self, data: bytes) -> None:
        if self.type == STREAM and data:
            owner = self.peer or self
            packet = Packet(owner, bytearray(data), [])
            owner.charge(packet.cost)
            self.queue.appendleft(packet)

    def read(self, count: int) -> bytes:
        return self.recv(count)

    def write(self, data: Octets) -> int:
        return self.send_message(data, 0, None, None)

    # State.

    def is_full(self) -> bool:
        """Datagrams and connections have to wait."""
        if self.backlog >= 0:
            return len(self.pending) > self.backlog
        return self.type == DGRAM and len(self.queue) > MAX_DATAGRAMS

    def interests(self, events: int) -> list[tuple[FileDescription, int]]:
        if events == POLLOUT and self.obstacle is not None:
            return [(self.obstacle.vacancy, POLLOUT)]
        return [(self, events)]

    def take_error(self) -> int:
        error = self.error
        self.error = 0
        return error

    def is_listening(self) -> bool:
        return self.backlog >= 0

    def shutdown(self, how: int) -> None:
        """End one direction or both; the peer of a connection sees the other side of it."""
        peer = self.peer if self.type != DGRAM else None
        if how != SHUT_WR:
            self.read_shut = True
            if peer is not None:
                peer.write_shut = True
        if how != SHUT_RD:
            self.write_shut = True
            if peer is not None:
                peer.read_shut = True
        self.changed()

    def changed(self) -> None:
        """poll()'s answer may have changed at both ends."""
        self.waiters.wake()
        if self.peer is not None:
            self.peer.waiters.wake()

    def poll(self) -> int:
        """As Linux's unix_poll and unix_dgram_poll: writable while a quarter of the send buffer is taken at most."""
        if self.backlog >= 0:
            return POLLIN if self.pending else 0
        events = POLLERR if self.error else 0
        if self.queue:
            events |= POLLIN
        if self.read_shut:
            events |= POLLIN | POLLRDHUP
            if self.write_shut:
                events |= POLLHUP
        if self.type != DGRAM and not self.connected:
            events |= POLLHUP
        if self.outstanding * 4 <= self.bound() and not (self.type == DGRAM and self.peer_is_full()):
            events |= POLLOUT
        return events

    def peer_is_full(self) -> bool:
        """The chosen peer, which has not chosen this one, takes no datagram now."""
        peer = self.peer
        return peer is not None and peer.peer is not self and not peer.closed and peer.is_full()

    def ioctl(self, request: int, arg: int = 0) -> int:
        if request == FIONREAD:
            if self.backlog >= 0:
                raise os_error(errno.EINVAL)
            if self.type == STREAM:
                return sum(len(packet.data) - packet.at for packet in self.queue)
            return len(self.queue[0].data) if self.queue else 0
        return super().ioctl(request, arg)

    # The end.

    def release(self) -> None:
        """One reference less; if all that are left are in flight, see whether they still lead anywhere."""
        super().release()
        if self.references and self.references == self.names.flight.counts.get(self):
            self.names.flight.collect()

    def carried(self) -> list[FileDescription]:
        """Also what waits at connections that nobody accepted."""
        found = [description for packet in self.queue for description in packet.rights]
        for end in self.pending:
            found += end.carried()
        return found

    def forget_messages(self) -> None:
        dropped: list[FileDescription] = []
        while self.queue:
            packet = self.queue[0]
            dropped += self.take_rights(packet, False)
            self.dequeue()
        for end in self.pending:
            end.forget_messages()
        self.names.flight.drop(dropped)

    def close(self) -> None:
        self.closed = True
        key = abstract_key(self.type, self.path) if self.path.startswith(b"\0") else self.path
        if self.names.bound.get(key) is self:
            del self.names.bound[key]
        unread = bool(self.queue)
        pending = list(self.pending)
        self.pending.clear()
        for end in pending:
            if end.peer is not None:
                end.peer.error = errno.ECONNRESET
            end.close()
        peer = self.peer
        self.peer = None
        if peer is not None:
            peer.senders.discard(self)
            if self.type != DGRAM:
                peer.read_shut = peer.write_shut = True
                peer.peer = None
                peer.peer_path = self.path
                if unread:
                    peer.error = errno.ECONNRESET
            peer.waiters.wake()
        self.forget_messages()
        self.obtained()
        self.waiters.wake()


def octets(name: Any) -> bytes:
    """A name as bytes. OSError EINVAL for what is none."""
    if isinstance(name, str):
        return name.encode()
    if not isinstance(name, bytes):
        raise os_error(errno.EINVAL)
    return name


def credentials_octets(credentials: Credentials) -> bytes:
    """struct ucred: pid, uid, gid."""
    return b"".join([(number & 0xFFFFFFFF).to_bytes(4, "little") for number in credentials])
