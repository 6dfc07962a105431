"""The shapes of Linux's x86-64 ABI that networking and waiting have: addresses, messages, control messages, and what poll and its kin are given.

Reading from a program's memory follows the order of Linux's checks; every function here may raise OSError EFAULT.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.octets import get16, get32
from pynet.posix.abi import IOV_MAX, read_iovec, read_struct, signed32
from pynet.posix.endpoint import Ancillary, LinkName, SocketDescription
from pynet.sockets import AF_INET, AF_UNIX, SOCK_DGRAM, SOL_SOCKET

if TYPE_CHECKING:
    from typing import Any

    from pynet.posix.process import Thread

AF_UNSPEC = 0
AF_PACKET = 17

# struct sockaddr_in without its family: port and address in network order, eight octets of nothing; sockaddr_storage's length; sockaddr_un's.
SOCKADDR_IN = 16
SOCKADDR_MAX = 128
SUN_PATH = 2
SOCKADDR_UN = 110
# struct sockaddr_ll: family, protocol (network order), ifindex, hatype, pkttype, halen, 8 octets; the last address octets may be left out.
SOCKADDR_LL = Struct("<HHiHBB8s")
SOCKADDR_LL_MIN = 12

# struct msghdr: name, namelen, iov, iovlen, control, controllen, flags; struct mmsghdr adds a length.
MSGHDR = Struct("<QI4xQQQQI4x")
MMSGHDR_SIZE = 64
MSG_NAMELEN_AT = 8
MSG_CONTROLLEN_AT = 40
MSG_FLAGS_AT = 48
MSG_LEN_AT = 56
# Messages of one sendmmsg or recvmmsg.
MMSG_MAX = 1024
# struct cmsghdr: length with the header, level, type; data and the next header start on multiples of eight.
CMSGHDR = Struct("<Qii")
# Octets of control messages that one sendmsg may have (net.core.optmem_max).
CONTROL_MAX = 131_072
SCM_RIGHTS = 1
SCM_CREDENTIALS = 2
MSG_CTRUNC = 0x08

# struct pollfd: a descriptor, what is asked for, what holds.
POLLFD_SIZE = 8
EPOLL_EVENT = Struct("<IQ")
INT32 = Struct("<i")
UINT32 = Struct("<I")

# The end of ring 3's addresses.
USER_END = 0x7FFFFFFFF000


def check_range(address: int, count: int) -> None:
    """OSError EFAULT for a buffer beyond ring 3's addresses (access_ok), whatever is mapped there."""
    if address + count > USER_END:
        raise os_error(errno.EFAULT)


# Addresses.


def read_sockaddr(thread: Thread, address: int, length: int) -> bytes:
    """move_addr_to_kernel. OSError EINVAL, EFAULT."""
    length = signed32(length)
    if not 0 <= length <= SOCKADDR_MAX:
        raise os_error(errno.EINVAL)
    return bytes(thread.space.read(address, length)) if length else b""


def family_of(raw: bytes) -> int:
    """sa_family of an address of two octets or more."""
    return raw[0] | raw[1] << 8


def inet_name(raw: bytes) -> tuple[int, int]:
    """(address, port) of a struct sockaddr_in."""
    return get32(raw, 4), get16(raw, 2)


def unix_name(raw: bytes) -> bytes:
    """The name in a struct sockaddr_un: an abstract one with all its octets, a path up to its NUL. OSError EINVAL."""
    if not SUN_PATH < len(raw) <= SOCKADDR_UN or family_of(raw) != AF_UNIX:
        raise os_error(errno.EINVAL)
    path = raw[SUN_PATH:]
    return path if path.startswith(b"\0") else path.partition(b"\0")[0]


def link_name(raw: bytes) -> LinkName:
    """A struct sockaddr_ll. OSError EINVAL."""
    if len(raw) < SOCKADDR_LL_MIN or family_of(raw) != AF_PACKET:
        raise os_error(errno.EINVAL)
    _, protocol, index, hatype, kind, halen, address = SOCKADDR_LL.unpack(raw[:20].ljust(20, b"\0"))
    return LinkName(protocol >> 8 | (protocol & 0xFF) << 8, index, hatype, kind, address[: min(halen, 8)])


def bind_name(description: SocketDescription, raw: bytes) -> Any:
    """What bind(2) is given, in the family's form. OSError EINVAL, EAFNOSUPPORT."""
    if description.family == AF_UNIX:
        if len(raw) == SUN_PATH and family_of(raw) == AF_UNIX:
            return b""
        return unix_name(raw)
    if description.family == AF_PACKET:
        return link_name(raw)
    if len(raw) < SOCKADDR_IN:
        raise os_error(errno.EINVAL)
    name = inet_name(raw)
    if family_of(raw) != AF_INET and (family_of(raw) != AF_UNSPEC or name[0]):
        raise os_error(errno.EAFNOSUPPORT)
    return name


def connect_name(description: SocketDescription, raw: bytes) -> Any:
    """What connect(2) is given; None to have no peer any more. OSError EINVAL, EAFNOSUPPORT."""
    if description.family == AF_PACKET:
        raise os_error(errno.EOPNOTSUPP)
    if len(raw) < 2:
        raise os_error(errno.EINVAL)
    if family_of(raw) == AF_UNSPEC and (description.family == AF_INET or description.type == SOCK_DGRAM):
        return None
    if description.family == AF_UNIX:
        return unix_name(raw)
    if len(raw) < SOCKADDR_IN:
        raise os_error(errno.EINVAL)
    if family_of(raw) != AF_INET:
        raise os_error(errno.EAFNOSUPPORT)
    return inet_name(raw)


def target_name(description: SocketDescription, raw: bytes) -> Any:
    """What sendto(2) is given, None for nothing. OSError EINVAL, EAFNOSUPPORT."""
    if not raw:
        return None
    if description.family == AF_UNIX:
        return unix_name(raw)
    if description.family == AF_PACKET:
        return link_name(raw)
    if len(raw) < SOCKADDR_IN:
        raise os_error(errno.EINVAL)
    if family_of(raw) not in (AF_INET, AF_UNSPEC):
        raise os_error(errno.EAFNOSUPPORT)
    return inet_name(raw)


def pack_name(family: int, name: Any) -> bytes:
    """The struct sockaddr for a name in the family's form."""
    if family == AF_INET:
        address, port = name
        packed: bytes = b"\x02\0" + port.to_bytes(2, "big") + address.to_bytes(4, "big") + bytes(8)
        return packed
    if family == AF_UNIX:
        path: bytes = name
        return b"\x01\0" + (path if not path or path.startswith(b"\0") else path + b"\0")
    protocol = name.protocol >> 8 | (name.protocol & 0xFF) << 8
    return SOCKADDR_LL.pack(AF_PACKET, protocol, name.index, name.hatype, name.kind, len(name.address), name.address)


def pack_own_name(family: int, name: Any) -> bytes:
    """The same for getsockname, which gives no more of a link's address than there is."""
    packed = pack_name(family, name)
    return packed[: SOCKADDR_LL_MIN + len(name.address)] if family == AF_PACKET else packed


def write_sockaddr(thread: Thread, packed: bytes, address: int, length_at: int) -> None:
    """move_addr_to_user: as much of the address as there is room for, and how long it is. OSError EINVAL, EFAULT."""
    (room,) = read_struct(thread, length_at, INT32)
    if room < 0:
        raise os_error(errno.EINVAL)
    if min(room, len(packed)):
        thread.space.write(address, packed[:room])
    thread.space.write(length_at, UINT32.pack(len(packed)))


# Messages.


class MessageHeader:
    """A struct msghdr that was read. Its iovec as (base, length) pairs."""

    __slots__ = ("address", "control", "control_length", "name", "name_length", "pieces")

    def __init__(self, thread: Thread, address: int) -> None:
        self.address = address
        self.name, self.name_length, vector, count, self.control, self.control_length, _ = read_struct(thread, address, MSGHDR)
        if self.name == 0:
            self.name_length = 0
        if signed32(self.name_length) < 0:
            raise os_error(errno.EINVAL)
        self.name_length = min(self.name_length, SOCKADDR_MAX)
        self.pieces = read_vector(thread, vector, count)

    def total(self) -> int:
        """Octets that the iovec has room for."""
        return sum([length for _, length in self.pieces])


def read_vector(thread: Thread, address: int, count: int) -> list[tuple[int, int]]:
    """The iovec of a message. OSError EMSGSIZE where abi.read_iovec would say EINVAL of the count."""
    if count > IOV_MAX:
        raise os_error(errno.EMSGSIZE)
    return read_iovec(thread, address, count)


def read_control(thread: Thread, address: int, length: int) -> list[tuple[int, int, bytes]]:
    """(level, type, data) of each control message. OSError ENOBUFS, EINVAL, EFAULT."""
    if length > CONTROL_MAX:
        raise os_error(errno.ENOBUFS)
    if length < CMSGHDR.size:
        return []
    raw = thread.space.read(address, length)
    found = []
    at = 0
    while at + CMSGHDR.size <= length:
        size, level, kind = CMSGHDR.unpack_from(raw, at)
        if size < CMSGHDR.size or size > length - at:
            raise os_error(errno.EINVAL)
        found.append((level, kind, bytes(raw[at + CMSGHDR.size : at + size])))
        at += (size + 7) & ~7
    return found


def ancillary_of(thread: Thread, description: SocketDescription, control: list[tuple[int, int, bytes]]) -> Ancillary:
    """The control messages of a send, descriptors as what they refer to. OSError EINVAL, EBADF, EPERM."""
    ancillary = Ancillary()
    for level, kind, data in control:
        if level != SOL_SOCKET or description.family != AF_UNIX:
            ancillary.control.append((level, kind, data))
        elif kind == SCM_RIGHTS:
            table = thread.process.sockets.table
            ancillary.rights += [table.get(signed32(int.from_bytes(data[at : at + 4], "little"))) for at in range(0, len(data) & ~3, 4)]
        elif kind == SCM_CREDENTIALS:
            check_credentials(thread, data)
        else:
            raise os_error(errno.EINVAL)
    return ancillary


def check_credentials(thread: Thread, data: bytes) -> None:
    """SCM_CREDENTIALS: a struct ucred, of which the process id must be the sender's own. OSError EINVAL, EPERM."""
    if len(data) != 12:
        raise os_error(errno.EINVAL)
    if int.from_bytes(data[:4], "little") != thread.process.sockets.credentials[0]:
        raise os_error(errno.EPERM)


def pack_control(messages: list[tuple[int, int, bytes]], room: int) -> tuple[bytes, int, int]:
    """Control messages laid out in at most `room` octets, the last cut if need be; their length with the padding behind; MSG_CTRUNC or 0."""
    out = bytearray()
    length = 0
    for level, kind, data in messages:
        left = room - length
        if left < CMSGHDR.size:
            return bytes(out), length, MSG_CTRUNC
        size = CMSGHDR.size + len(data)
        cut = min(size, left)
        out += bytes(length - len(out)) + CMSGHDR.pack(cut, level, kind) + data[: cut - CMSGHDR.size]
        length = min(length + (cut + 7 & ~7), room)
        if cut < size:
            return bytes(out), length, MSG_CTRUNC
    return bytes(out), length, 0
