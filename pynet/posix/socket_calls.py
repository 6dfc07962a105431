"""The system calls of sockets (POSIX.1-2017 XSH 2.10): Linux's argument forms, its order of checks, its errno.

A wait that SO_RCVTIMEO or SO_SNDTIMEO bounds is not begun again after a signal (`thread.timed_call`).

A descriptor is looked at first (EBADF, ENOTSOCK), then the memory of the arguments (EFAULT), then what they say, then the socket's state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix import options
from pynet.posix.abi import MAX_COUNT, gather, read_struct, read_timespec, scatter, signed32, unsigned32
from pynet.posix.endpoint import Message, SocketDescription
from pynet.posix.net_abi import (
    CMSGHDR,
    INT32,
    MMSG_MAX,
    MMSGHDR_SIZE,
    MSG_CONTROLLEN_AT,
    MSG_CTRUNC,
    MSG_FLAGS_AT,
    MSG_LEN_AT,
    MSG_NAMELEN_AT,
    SCM_RIGHTS,
    UINT32,
    MessageHeader,
    ancillary_of,
    bind_name,
    check_range,
    connect_name,
    pack_control,
    pack_name,
    pack_own_name,
    read_control,
    read_sockaddr,
    target_name,
    write_sockaddr,
)
from pynet.posix.unix import UnixSocketDescription
from pynet.posix.wait import park
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP
from pynet.sockets import (
    AF_UNIX,
    MSG_DONTWAIT,
    MSG_ERRQUEUE,
    MSG_NOSIGNAL,
    MSG_PEEK,
    MSG_TRUNC,
    MSG_WAITALL,
    SHUT_RDWR,
    SOCK_CLOEXEC,
    SOCK_NONBLOCK,
    SOCK_STREAM,
    SOL_SOCKET,
)

if TYPE_CHECKING:
    from typing import Any

    from pynet.posix.endpoint import Ancillary
    from pynet.posix.process import Thread

SIGPIPE = 13
# Octets of a stream that are copied out of ring 3 at a time; and the most that a datagram could ever have.
CHUNK = 262_144
MAX_DATAGRAM = 212_992
MSG_CMSG_CLOEXEC = 0x40000000
MSG_CMSG_COMPAT = 0x80000000
MSG_WAITFORONE = 0x10000


def endpoint(thread: Thread, fd: int) -> SocketDescription:
    """The socket that a register names. OSError EBADF, ENOTSOCK."""
    description: SocketDescription = thread.process.sockets.endpoint(signed32(fd))
    return description


# Making and naming.


def socket(thread: Thread, domain: int, type_: int, protocol: int) -> int:
    number: int = thread.process.sockets.socket(signed32(domain), unsigned32(type_), signed32(protocol))
    return number


def socketpair(thread: Thread, domain: int, type_: int, protocol: int, pair: int) -> int:
    sockets = thread.process.sockets
    type_ = unsigned32(type_)
    if type_ & ~(0xF | SOCK_NONBLOCK | SOCK_CLOEXEC):
        raise os_error(errno.EINVAL)
    if signed32(domain) != AF_UNIX:
        # What is no family is told first.
        sockets.close(sockets.socket(signed32(domain), type_, signed32(protocol)))
        raise os_error(errno.EOPNOTSUPP)
    if signed32(protocol) not in (0, AF_UNIX):
        raise os_error(errno.EPROTONOSUPPORT)
    thread.space.read(pair, 8)
    first, second = sockets.socketpair(type_)
    try:
        thread.space.write(pair, INT32.pack(first) + INT32.pack(second))
    except OSError:
        sockets.close(first)
        sockets.close(second)
        raise
    return 0


def bind(thread: Thread, fd: int, name: int, length: int) -> int:
    description = endpoint(thread, fd)
    where = bind_name(description, read_sockaddr(thread, name, length))
    if isinstance(description, UnixSocketDescription):
        description.bind(where, thread.process.sockets.paths)
    else:
        description.bind(where)
    return 0


def listen(thread: Thread, fd: int, backlog: int) -> int:
    description = endpoint(thread, fd)
    if isinstance(description, UnixSocketDescription):
        description.credentials = thread.process.sockets.credentials
    backlog = signed32(backlog)
    # A negative backlog is a huge one, which somaxconn cuts.
    description.listen(backlog if backlog >= 0 else 0x7FFFFFFF)
    return 0


def connect(thread: Thread, fd: int, name: int, length: int) -> int:
    thread.process.sockets.table.get(signed32(fd))
    raw = read_sockaddr(thread, name, length)
    description = endpoint(thread, fd)
    target = connect_name(description, raw)
    thread.timed_call = description.send_timeout > 0
    sockets = thread.process.sockets
    if target is None:
        description.disconnect()
        sockets.stack.leave()
    else:
        sockets.connect_description(description, target)
    return 0


def accept(thread: Thread, fd: int, name: int, length_at: int) -> int:
    return accept4(thread, fd, name, length_at, 0)


def accept4(thread: Thread, fd: int, name: int, length_at: int, flags: int) -> int:
    flags = unsigned32(flags)
    sockets = thread.process.sockets
    sockets.table.get(signed32(fd))
    if flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC):
        raise os_error(errno.EINVAL)
    listener = endpoint(thread, fd)
    thread.timed_call = listener.receive_timeout > 0
    # Without a number for it a connection stays where it is.
    sockets.table.free_number()
    sockets.table.opened.check_room()
    description = sockets.attempt(listener, POLLIN, listener.receive_timeout, 0, listener.accept)
    number: int = sockets.number_accepted(description, flags)
    if name:
        try:
            write_sockaddr(thread, pack_name(description.family, accepted_name(description)), name, length_at)
        except OSError:
            sockets.close(number)
            raise
    return number


def accepted_name(description: SocketDescription) -> Any:
    """The peer of a new connection, which may have left already."""
    connection = getattr(description, "connection", None)
    return (connection.remote, connection.rport) if connection is not None else description.remote_name()


def getsockname(thread: Thread, fd: int, name: int, length_at: int) -> int:
    description = endpoint(thread, fd)
    write_sockaddr(thread, pack_own_name(description.family, description.local_name()), name, length_at)
    return 0


def getpeername(thread: Thread, fd: int, name: int, length_at: int) -> int:
    description = endpoint(thread, fd)
    write_sockaddr(thread, pack_name(description.family, description.remote_name()), name, length_at)
    return 0


def shutdown(thread: Thread, fd: int, how: int) -> int:
    description = endpoint(thread, fd)
    how = signed32(how)
    if not 0 <= how <= SHUT_RDWR:
        raise os_error(errno.EINVAL)
    description.shutdown(how)
    thread.process.sockets.stack.leave()
    return 0


# Sending.


def sendto(thread: Thread, fd: int, buffer: int, count: int, flags: int, name: int, length: int) -> int:
    count = min(count, MAX_COUNT)
    check_range(buffer, count)
    description = endpoint(thread, fd)
    target = target_name(description, read_sockaddr(thread, name, length)) if name else None
    if name and target is None and description.family != AF_UNIX:
        raise os_error(errno.EINVAL)
    return transmit(thread, description, [(buffer, count)], unsigned32(flags), target, None)


def sendmsg(thread: Thread, fd: int, message: int, flags: int) -> int:
    description = endpoint(thread, fd)
    if flags & MSG_CMSG_COMPAT:
        raise os_error(errno.EINVAL)
    return send_one(thread, description, message, unsigned32(flags))


def sendmmsg(thread: Thread, fd: int, vector: int, count: int, flags: int) -> int:
    description = endpoint(thread, fd)
    if flags & MSG_CMSG_COMPAT:
        raise os_error(errno.EINVAL)
    sent = 0
    for at in range(vector, vector + min(unsigned32(count), MMSG_MAX) * MMSGHDR_SIZE, MMSGHDR_SIZE):
        try:
            octets = send_one(thread, description, at, unsigned32(flags))
            thread.space.write(at + MSG_LEN_AT, UINT32.pack(octets))
        except OSError:
            if sent:
                break
            raise
        sent += 1
    return sent


def send_one(thread: Thread, description: SocketDescription, address: int, flags: int) -> int:
    """One struct msghdr."""
    header = MessageHeader(thread, address)
    raw = thread.space.read(header.name, header.name_length) if header.name_length else b""
    ancillary = ancillary_of(thread, description, read_control(thread, header.control, header.control_length))
    return transmit(thread, description, header.pieces, flags, target_name(description, raw), ancillary)


def transmit(
    thread: Thread, description: SocketDescription, pieces: list[tuple[int, int]], flags: int, name: Any, ancillary: Ancillary | None
) -> int:
    """Send what an iovec names; a stream's whole unless it may not wait. SIGPIPE goes with EPIPE where Linux has it so."""
    try:
        if description.type == SOCK_STREAM:
            return transmit_stream(thread, description, pieces, flags, name, ancillary)
        if sum([length for _, length in pieces]) > MAX_DATAGRAM:
            raise os_error(errno.EMSGSIZE)
        return transmit_once(thread, description, gather(thread, pieces), flags, name, ancillary)
    except BrokenPipeError:
        if description.has_sigpipe and not flags & MSG_NOSIGNAL:
            thread.signal(SIGPIPE)
        raise


def transmit_once(thread: Thread, description: SocketDescription, data: Any, flags: int, name: Any, ancillary: Ancillary | None) -> int:
    """One send_message that may wait."""
    sockets = thread.process.sockets
    thread.timed_call = description.send_timeout > 0
    if isinstance(description, UnixSocketDescription):
        unix = description

        def operation() -> int:
            return unix.send_message(data, flags, name, ancillary, sockets.paths)
    else:

        def operation() -> int:
            return description.send_message(data, flags, name, ancillary)

    sent: int = sockets.attempt(description, POLLOUT, description.send_timeout, flags, operation)
    return sent


def transmit_stream(
    thread: Thread, description: SocketDescription, pieces: list[tuple[int, int]], flags: int, name: Any, ancillary: Ancillary | None
) -> int:
    """Chunk by chunk; what went before an error is the answer."""
    waits = not (description.nonblocking or flags & MSG_DONTWAIT)
    sent = 0
    try:
        for chunk in chunks(pieces):
            view = memoryview(gather(thread, chunk))
            at = 0
            while True:
                taken = transmit_once(thread, description, view[at:], flags, name, ancillary)
                ancillary = None
                sent += taken
                at += taken
                if at >= len(view):
                    break
                if not waits:
                    return sent
    except OSError:
        if sent:
            return sent
        raise
    return sent


def chunks(pieces: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """An iovec cut into parts of at most CHUNK octets; one part even of nothing."""
    parts: list[list[tuple[int, int]]] = [[]]
    room = CHUNK
    for base, length in pieces:
        at = 0
        while at < length:
            if room == 0:
                parts.append([])
                room = CHUNK
            size = min(length - at, room)
            parts[-1].append((base + at, size))
            at += size
            room -= size
    return parts


# Receiving.


def recvfrom(thread: Thread, fd: int, buffer: int, count: int, flags: int, name: int, length_at: int) -> int:
    count = min(count, MAX_COUNT)
    check_range(buffer, count)
    description = endpoint(thread, fd)
    flags = unsigned32(flags)
    message = receive(thread, description, count, flags)
    drop_rights(message)
    deliver(thread, description, message, [(buffer, count)], flags)
    if name:
        write_sockaddr(thread, b"" if message.name is None else pack_name(description.family, message.name), name, length_at)
    return message.length if flags & MSG_TRUNC else len(message.data)


def recvmsg(thread: Thread, fd: int, message: int, flags: int) -> int:
    description = endpoint(thread, fd)
    if flags & MSG_CMSG_COMPAT:
        raise os_error(errno.EINVAL)
    return receive_one(thread, description, message, unsigned32(flags))


def recvmmsg(thread: Thread, fd: int, vector: int, count: int, flags: int, timeout: int) -> int:
    """The timeout is looked at between messages, as on Linux."""
    stack = thread.process.sockets.stack
    deadline = stack.now() + read_timespec(thread, timeout) if timeout else -1
    description = endpoint(thread, fd)
    if flags & MSG_CMSG_COMPAT:
        raise os_error(errno.EINVAL)
    flags = unsigned32(flags)
    got = 0
    for at in range(vector, vector + min(unsigned32(count), MMSG_MAX) * MMSGHDR_SIZE, MMSGHDR_SIZE):
        try:
            octets = receive_one(thread, description, at, flags & ~MSG_WAITFORONE)
            thread.space.write(at + MSG_LEN_AT, UINT32.pack(octets))
        except OSError:
            if got:
                break
            raise
        got += 1
        if flags & MSG_WAITFORONE:
            flags |= MSG_DONTWAIT
        if 0 <= deadline <= stack.now():
            break
    return got


def receive_one(thread: Thread, description: SocketDescription, address: int, flags: int) -> int:
    """One struct msghdr: its data, name, control messages and flags."""
    header = MessageHeader(thread, address)
    message = receive(thread, description, header.total(), flags)
    try:
        deliver(thread, description, message, header.pieces, flags)
        name = b"" if message.name is None else pack_name(description.family, message.name)
        if header.name:
            if min(header.name_length, len(name)):
                thread.space.write(header.name, name[: header.name_length])
            thread.space.write(address + MSG_NAMELEN_AT, UINT32.pack(len(name)))
        used = pack_control(message.control, header.control_length)[1]
        numbers, lost = install_rights(thread, message, header.control_length - used, flags)
        control, length, cut = pack_control(message.control + numbers, header.control_length)
    finally:
        drop_rights(message)
    if control:
        thread.space.write(header.control, control)
    answer = message.flags | cut | lost | flags & MSG_CMSG_CLOEXEC
    thread.space.write(address + MSG_FLAGS_AT, UINT32.pack(answer))
    thread.space.write(address + MSG_CONTROLLEN_AT, length.to_bytes(8, "little"))
    return message.length if flags & MSG_TRUNC else len(message.data)


def deliver(thread: Thread, description: SocketDescription, message: Message, pieces: list[tuple[int, int]], flags: int) -> None:
    """Lay the data out over an iovec. OSError EFAULT: a stream's is there again."""
    try:
        scatter(thread, pieces, message.data)
    except OSError:
        if not flags & MSG_PEEK:
            description.give_back(message.data)
        raise


def install_rights(thread: Thread, message: Message, room: int, flags: int) -> tuple[list[tuple[int, int, bytes]], int]:
    """Number as many of the message's descriptions as there is room for: their SCM_RIGHTS, and MSG_CTRUNC for what is left out."""
    if not message.rights:
        return [], 0
    table = thread.process.sockets.table
    numbers: list[int] = []
    try:
        for description in message.rights[: max((room - CMSGHDR.size) // 4, 0)]:
            numbers.append(table.add(description, 0, flags & MSG_CMSG_CLOEXEC != 0))
    except OSError:
        pass
    lost = MSG_CTRUNC if len(numbers) < len(message.rights) else 0
    if not numbers:
        return [], lost
    return [(SOL_SOCKET, SCM_RIGHTS, b"".join([INT32.pack(number) for number in numbers]))], lost


def drop_rights(message: Message) -> None:
    """Give back the message's own references."""
    for description in message.rights:
        description.release()
    message.rights = []


def receive(thread: Thread, description: SocketDescription, count: int, flags: int) -> Message:
    """One message; of a stream with MSG_WAITALL all that was asked for, unless an end or an error comes first."""
    sockets = thread.process.sockets
    timeout = description.receive_timeout
    thread.timed_call = timeout > 0
    if flags & MSG_ERRQUEUE:
        # Nobody waits for errors.
        flags |= MSG_DONTWAIT
    if not flags & MSG_WAITALL or description.type != SOCK_STREAM:
        message: Message = sockets.attempt(description, POLLIN, timeout, flags, lambda: description.receive_message(count, flags))
        return message
    if flags & MSG_PEEK:
        return peek_all(thread, description, count, flags)
    whole: Message = sockets.attempt(description, POLLIN, timeout, flags, lambda: description.receive_message(count, flags))
    got = whole.length
    parts = [whole.data]
    more = whole
    while more.length and got < count and not more.rights:
        lacking = count - got
        try:
            more = sockets.attempt(description, POLLIN, timeout, flags, lambda: description.receive_message(lacking, flags))  # noqa: B023
        except OSError:
            break
        got += more.length
        parts.append(more.data)
        whole.rights += more.rights
    whole.data = b"".join(parts)
    whole.length = got
    return whole


def peek_all(thread: Thread, description: SocketDescription, count: int, flags: int) -> Message:
    """MSG_PEEK with MSG_WAITALL: look again with each arrival until all is there."""
    sockets = thread.process.sockets
    timeout = description.receive_timeout
    deadline = sockets.stack.now() + timeout if timeout else -1
    while True:
        message: Message = sockets.attempt(description, POLLIN, timeout, flags, lambda: description.receive_message(count, flags))
        ended = description.poll() & (POLLERR | POLLHUP | POLLRDHUP) or 0 <= deadline <= sockets.stack.now()
        if message.length >= count or ended or description.nonblocking or flags & MSG_DONTWAIT:
            return message
        drop_rights(message)
        park(sockets.stack, description.waiters, deadline)


# Options.


def setsockopt(thread: Thread, fd: int, level: int, name: int, value: int, length: int) -> int:
    description = endpoint(thread, fd)
    length = signed32(length)
    level, name = signed32(level), signed32(name)
    if length < 0 or length < options.least(level, name):
        raise os_error(errno.EINVAL)
    raw = thread.space.read(value, min(length, options.longest(level, name))) if length else b""
    option = options.find(description, level, name, "set")
    if length < option.size:
        raise os_error(errno.EINVAL)
    option.set(description, raw)
    thread.process.sockets.stack.leave()
    return 0


def getsockopt(thread: Thread, fd: int, level: int, name: int, value: int, length_at: int) -> int:
    description = endpoint(thread, fd)
    level = signed32(level)
    (room,) = read_struct(thread, length_at, INT32)
    if room < 0:
        raise os_error(errno.EINVAL)
    option = options.find(description, level, signed32(name), "get")
    answer = option.value(description, room)
    if answer:
        thread.space.write(value, answer)
    thread.space.write(length_at, INT32.pack(len(answer)))
    return 0


CALLS = {
    "socket": socket,
    "socketpair": socketpair,
    "bind": bind,
    "listen": listen,
    "connect": connect,
    "accept": accept,
    "accept4": accept4,
    "getsockname": getsockname,
    "getpeername": getpeername,
    "shutdown": shutdown,
    "sendto": sendto,
    "sendmsg": sendmsg,
    "sendmmsg": sendmmsg,
    "recvfrom": recvfrom,
    "recvmsg": recvmsg,
    "recvmmsg": recvmmsg,
    "setsockopt": setsockopt,
    "getsockopt": getsockopt,
}
