"""What sockets of every family have in common, as the socket calls see them (POSIX.1-2017 XSH 2.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.description import FIONREAD, S_IFSOCK, FileDescription
from pynet.posix.interfaces import FIRST_REQUEST, LAST_REQUEST, interface_ioctl

if TYPE_CHECKING:
    from typing import Any

    from pynet.frame import Octets
    from pynet.posix.process import Thread


# ioctl(2): octets sent and not acknowledged, not sent at all; FIONREAD's other name.
SIOCOUTQ = 0x5411
SIOCOUTQNSD = 0x894B


class LinkName:
    """A struct sockaddr_ll: protocol (an EtherType), interface, ARPHRD_* type, PACKET_* kind, hardware address."""

    __slots__ = ("address", "hatype", "index", "kind", "protocol")

    def __init__(self, protocol: int, index: int, hatype: int = 0, kind: int = 0, address: bytes = b"") -> None:
        self.protocol = protocol
        self.index = index
        self.hatype = hatype
        self.kind = kind
        self.address = address


class Message:
    """What one receive gives.

    data: what fits. length: how long the datagram was, or len(data). name: who sent it, in the family's form, or None. control: (level, type,
    bytes) of each control message. rights: descriptions that came along, the receiver's to number or to drop. flags: MSG_TRUNC and the like.
    """

    __slots__ = ("control", "data", "flags", "length", "name", "rights")

    def __init__(self, data: bytes, length: int, name: Any = None, flags: int = 0) -> None:
        self.data = data
        self.length = length
        self.name = name
        self.control: list[tuple[int, int, bytes]] = []
        self.rights: list[FileDescription] = []
        self.flags = flags


class Ancillary:
    """What one send carries beside its data: control messages as (level, type, bytes), and descriptions (SCM_RIGHTS)."""

    __slots__ = ("control", "rights")

    def __init__(self) -> None:
        self.control: list[tuple[int, int, bytes]] = []
        self.rights: list[FileDescription] = []


class SocketDescription(FileDescription):
    """A socket. A name is in the family's form: (address, port) of AF_INET, bytes of AF_UNIX, a LinkName of AF_PACKET.

    timeouts: SO_RCVTIMEO and SO_SNDTIMEO in microseconds, 0 for none. options: what was set, by (level, option).
    """

    file_type = S_IFSOCK
    family = 0
    type = 0
    protocol = 0
    # A write that finds no reader is answered with SIGPIPE too.
    has_sigpipe = False

    def __init__(self) -> None:
        super().__init__()
        self.receive_timeout = 0
        self.send_timeout = 0
        self.options: dict[tuple[int, int], int] = {}

    def bind(self, name: Any) -> None:
        """Take a local name. OSError EINVAL, EADDRINUSE, EADDRNOTAVAIL."""
        raise os_error(errno.EOPNOTSUPP)

    def connect(self, name: Any) -> None:
        """Choose the peer. OSError EINPROGRESS (a BlockingIOError) where that takes time."""
        raise os_error(errno.EOPNOTSUPP)

    def disconnect(self) -> None:
        """connect() to AF_UNSPEC: have no peer any more."""
        raise os_error(errno.EAFNOSUPPORT)

    def listen(self, backlog: int) -> None:
        """Take connections."""
        raise os_error(errno.EOPNOTSUPP)

    def accept(self) -> SocketDescription:
        """The next connection. BlockingIOError."""
        raise os_error(errno.EOPNOTSUPP)

    def local_name(self) -> Any:
        """getsockname(2)"""
        raise os_error(errno.EOPNOTSUPP)

    def remote_name(self) -> Any:
        """getpeername(2). OSError ENOTCONN."""
        raise os_error(errno.ENOTCONN)

    def shutdown(self, how: int) -> None:
        """End a direction. OSError ENOTCONN."""
        raise os_error(errno.EOPNOTSUPP)

    def send_message(self, data: Octets, flags: int, name: Any, ancillary: Ancillary | None) -> int:
        """sendmsg(2): the bytes taken. BlockingIOError."""
        raise os_error(errno.EOPNOTSUPP)

    def receive_message(self, count: int, flags: int) -> Message:
        """recvmsg(2): at most `count` bytes. BlockingIOError."""
        raise os_error(errno.EOPNOTSUPP)

    def is_listening(self) -> bool:
        """SO_ACCEPTCONN"""
        return False

    def ioctl_memory(self, thread: Thread, request: int, argument: int) -> int:
        """ioctl(2) of a program, `argument` an address. OSError ENOTTY, EFAULT, and the request's own."""
        if request in (FIONREAD, SIOCOUTQ, SIOCOUTQNSD):
            thread.space.write(argument, self.ioctl(request).to_bytes(4, "little"))
            return 0
        if FIRST_REQUEST <= request <= LAST_REQUEST:
            return interface_ioctl(thread, request, argument)
        return self.ioctl(request, argument)

    def take_error(self) -> int:
        """The errno waiting here, once; or 0."""
        return 0

    def check_error(self) -> None:
        """Raise the error that waits here, once."""
        number = self.take_error()
        if number:
            raise os_error(number)
