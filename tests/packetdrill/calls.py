"""System calls of a script on pynet's descriptors.

Each `sys_NAME` takes the script's expressions and returns what the call returns; what the call writes to memory (an option's value, poll's
events) it compares itself. Failures of the call are OSError, of the comparison Mismatch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pynet import errno, ipv4, sockets
from pynet.errno import os_error
from pynet.posix import options
from pynet.readiness import POLLIN
from pynet.sockets import InetSocketDescription, TCPSocketDescription, UDPSocketDescription
from tests.packetdrill.constants import CONSTANTS, ERRORS
from tests.packetdrill.script import Binary, Ellipsis, Expression, Function, Many, Number, Struct, Text, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.packetdrill.runner import Runner

SOL_SOCKET = CONSTANTS["SOL_SOCKET"]
SECONDS = {(SOL_SOCKET, CONSTANTS["SO_RCVTIMEO"]), (SOL_SOCKET, CONSTANTS["SO_SNDTIMEO"])}
TCP_INFO = (sockets.IPPROTO_TCP, CONSTANTS["TCP_INFO"])
# Options that change nothing on the wire nor in what calls answer: the script's calls succeed, and nothing is set.
WITHOUT_EFFECT = {
    (SOL_SOCKET, CONSTANTS["SO_DEBUG"]): "records segments for trpt(8)",
    (0, CONSTANTS["IP_BIND_ADDRESS_NO_PORT"]): "a port is chosen by connect() anyway",
    (0, CONSTANTS["IP_MTU_DISCOVER"]): "the path's MTU is always looked for",
}
PORT_RANGE = (0, CONSTANTS["IP_LOCAL_PORT_RANGE"])
LINGER = (SOL_SOCKET, CONSTANTS["SO_LINGER"])


class Mismatch(Exception):
    """The call did something else than the script says."""


def value(expression: Expression) -> Any:
    """The value of an expression: int, str, list, dict, or Ellipsis itself. Mismatch for a name that nobody knows."""
    if isinstance(expression, Ellipsis):
        return expression
    if isinstance(expression, Number | Text):
        return expression.value
    if isinstance(expression, Word):
        found = CONSTANTS.get(expression.name, ERRORS.get(expression.name))
        if found is None:
            raise Mismatch(f"{expression.name} is not known here")
        return found
    if isinstance(expression, Many):
        return [value(item) for item in expression.items]
    if isinstance(expression, Struct):
        return {name: value(item) for name, item in expression.fields.items()}
    if isinstance(expression, Function):
        return function(expression)
    if expression.operator == "=":
        assert isinstance(expression, Binary)
        return value(expression.right)
    return integer(expression.left) | integer(expression.right)


def function(expression: Function) -> Any:
    """htons(port), inet_addr("address")."""
    if expression.name in ("htons", "htonl", "ntohs", "ntohl") and len(expression.arguments) == 1:
        return value(expression.arguments[0])
    if expression.name == "inet_addr" and len(expression.arguments) == 1:
        return ipv4.parse_address(value(expression.arguments[0]))
    raise Mismatch(f"{expression.name}() is not known here")


def integer(expression: Expression) -> int:
    """An expression's int."""
    found = value(expression)
    if not isinstance(found, int):
        raise Mismatch(f"{found!r} is no integer")
    return found


def only(expression: Expression) -> Any:
    """`[x]` or `x`."""
    found = value(expression)
    return found[0] if isinstance(found, list) and len(found) == 1 else found


class Calls:
    """The calls of one script's process. numbers: the script's descriptors, and ours."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.sockets = runner.host.sockets
        self.numbers: dict[int, int] = {}
        # IP_LOCAL_PORT_RANGE of our descriptors: the last port in the upper half, the first in the lower.
        self.ranges: dict[int, int] = {}

    def find(self, name: str) -> Callable[..., int] | None:
        """The function for a call, or None."""
        return getattr(self, "sys_" + name, None)

    def fd(self, expression: Expression) -> int:
        """Our number for the script's descriptor; one that it never made is passed on as it is."""
        number = integer(expression)
        return self.numbers.get(number, number if number < 0 or number > 2 else 100_000 + number)

    def description(self, expression: Expression) -> InetSocketDescription:
        """The TCP or UDP socket of the script's descriptor."""
        return self.sockets.inet(self.fd(expression))

    def name(self, expression: Expression, address: int, port: int) -> tuple[str, int]:
        """A socket address: the script's own, or the one that packetdrill puts for `...`."""
        found = value(expression)
        if isinstance(found, dict):
            there = found.get("sin_addr", 0)
            port = found.get("sin_port", 0)
            return (ipv4.address_text(there) if isinstance(there, int) else there), port
        return ipv4.address_text(address), port

    def size(self, expression: Expression) -> int:
        """A length of a buffer, which scripts always say."""
        return integer(expression)

    def payload(self, fd: int, buffer: Expression, size: int) -> bytes:
        """What a write sends: the script's own text, or octets of the runner's."""
        found = value(buffer)
        if isinstance(found, str):
            return found.encode("latin-1")[:size].ljust(size, b"\0")
        return self.runner.next_octets(fd, size)

    # Making and naming.

    def sys_socket(self, domain: Expression, type_: Expression, protocol: Expression) -> int:
        family = value(domain)
        return self.sockets.socket(sockets.AF_INET if isinstance(family, Ellipsis) else family, integer(type_), integer(protocol))

    def sys_bind(self, fd: Expression, name: Expression, size: Expression) -> int:
        runner = self.runner
        self.sockets.bind(self.fd(fd), self.name(name, runner.local, runner.bind_port))
        if isinstance(self.description(fd), UDPSocketDescription):
            runner.on_datagram_socket(self.fd(fd))
        return 0

    def sys_listen(self, fd: Expression, backlog: Expression) -> int:
        self.sockets.listen(self.fd(fd), integer(backlog))
        self.runner.on_listen(self.fd(fd))
        return 0

    def sys_connect(self, fd: Expression, name: Expression, size: Expression) -> int:
        runner = self.runner
        there = self.name(name, runner.remote, runner.connect_port)
        if isinstance(self.description(fd), UDPSocketDescription):
            self.sockets.connect(self.fd(fd), there)
            runner.on_datagram_socket(self.fd(fd))
            return 0
        if self.fd(fd) in self.ranges:
            self.choose_port(self.fd(fd), self.ranges.pop(self.fd(fd)), there)
        runner.on_connect(self.fd(fd), there[1])
        self.sockets.connect(self.fd(fd), there)
        return 0

    def choose_port(self, fd: int, limits: int, there: tuple[str, int]) -> None:
        """The first port of IP_LOCAL_PORT_RANGE that is free towards `there`, or whose TIME-WAIT may end. OSError EADDRNOTAVAIL."""
        tcp = self.sockets.stack.tcp
        for port in range(limits & 0xFFFF, (limits >> 16) + 1):
            before = tcp.connections.get((self.runner.local, port, ipv4.parse_address(there[0]), there[1]))
            if before is None or tcp.may_replace(before, self.sockets.stack.now()):
                self.sockets.inet(fd).local_port = port
                return
        raise os_error(errno.EADDRNOTAVAIL)

    def sys_accept(self, fd: Expression, name: Expression, size: Expression, flags: Expression | None = None) -> int:
        number, peer = self.sockets.accept(self.fd(fd))
        self.runner.on_accept(number, peer.port)
        if flags is not None and integer(flags) & sockets.SOCK_NONBLOCK:
            self.sockets.table.get(number).nonblocking = True
        return number

    def sys_accept4(self, fd: Expression, name: Expression, size: Expression, flags: Expression) -> int:
        return self.sys_accept(fd, name, size, flags)

    def sys_getsockname(self, fd: Expression, name: Expression, size: Expression) -> int:
        self.sockets.getsockname(self.fd(fd))
        return 0

    def sys_getpeername(self, fd: Expression, name: Expression, size: Expression) -> int:
        self.sockets.getpeername(self.fd(fd))
        return 0

    def sys_shutdown(self, fd: Expression, how: Expression) -> int:
        self.sockets.shutdown(self.fd(fd), integer(how))
        return 0

    def sys_close(self, fd: Expression) -> int:
        self.sockets.close(self.fd(fd))
        self.numbers.pop(integer(fd), None)
        return 0

    # Data.

    def sys_read(self, fd: Expression, buffer: Expression, size: Expression) -> int:
        return self.received(fd, self.sockets.recv(self.fd(fd), self.size(size)), 0, buffer)

    def sys_recv(self, fd: Expression, buffer: Expression, size: Expression, flags: Expression) -> int:
        return self.received(fd, self.sockets.recv(self.fd(fd), self.size(size), integer(flags)), integer(flags), buffer)

    def sys_recvfrom(
        self, fd: Expression, buffer: Expression, size: Expression, flags: Expression, name: Expression, length: Expression
    ) -> int:
        data, _ = self.sockets.recvfrom(self.fd(fd), self.size(size), integer(flags))
        return self.received(fd, data, integer(flags), buffer)

    def sys_readv(self, fd: Expression, vector: Expression, count: Expression) -> int:
        return self.received(fd, self.sockets.recv(self.fd(fd), self.vector_size(vector)), 0, Ellipsis())

    def sys_recvmsg(self, fd: Expression, message: Expression, flags: Expression) -> int:
        fields = message.fields if isinstance(message, Struct) else {}
        description = self.description(fd)
        count = self.vector_size(fields.get("msg_iov", Many(())))
        found = self.sockets.attempt(
            description, POLLIN, description.receive_timeout, integer(flags), lambda: description.receive_message(count, integer(flags))
        )
        if "msg_control" in fields:
            check_control(found.control, value(fields["msg_control"]))
        return self.received(fd, found.data, integer(flags), Ellipsis())

    def received(self, fd: Expression, data: bytes, flags: int, buffer: Expression) -> int:
        """Compare what was read with what the script's packets carried."""
        wanted = value(buffer)
        if isinstance(wanted, str) and wanted.encode("latin-1") != data[: len(wanted)]:
            raise Mismatch(f"the data is {data!r}")
        if not isinstance(self.description(fd), TCPSocketDescription):
            return len(data)
        problem = self.runner.check_read(self.fd(fd), data, bool(flags & sockets.MSG_PEEK))
        if problem:
            raise Mismatch(problem)
        return len(data)

    def sys_write(self, fd: Expression, buffer: Expression, size: Expression) -> int:
        return self.sys_send(fd, buffer, size, Number(0))

    def sys_send(self, fd: Expression, buffer: Expression, size: Expression, flags: Expression) -> int:
        data = self.payload(self.fd(fd), buffer, self.size(size))
        return self.sent(fd, data, self.sockets.send(self.fd(fd), data, integer(flags)))

    def sys_sendto(
        self, fd: Expression, buffer: Expression, size: Expression, flags: Expression, name: Expression, length: Expression
    ) -> int:
        if isinstance(self.description(fd), UDPSocketDescription):
            runner = self.runner
            runner.on_datagram_socket(self.fd(fd))
            there = self.name(name, runner.remote, runner.connect_port)
            return self.sockets.sendto(self.fd(fd), self.payload(self.fd(fd), buffer, self.size(size)), integer(flags), there)
        return self.sys_send(fd, buffer, size, flags)

    def sys_writev(self, fd: Expression, vector: Expression, count: Expression) -> int:
        return self.sys_send(fd, Ellipsis(), Number(self.vector_size(vector)), Number(0))

    def sys_sendmsg(self, fd: Expression, message: Expression, flags: Expression) -> int:
        fields = message.fields if isinstance(message, Struct) else {}
        return self.sys_send(fd, Ellipsis(), Number(self.vector_size(fields.get("msg_iov", Many(())))), flags)

    def sent(self, fd: Expression, data: bytes, count: int) -> int:
        """Remember what the packets will have to carry."""
        self.runner.on_sent(self.fd(fd), data[:count])
        return count

    def vector_size(self, vector: Expression) -> int:
        """The octets of all parts of an iovec: [{..., 10}, {..., 20}]."""
        found = value(vector)
        parts = found if isinstance(found, list) else []
        return sum(part.get("iov_len", 0) if isinstance(part, dict) else part[1] for part in parts)

    # Options.

    def sys_setsockopt(self, fd: Expression, level: Expression, option: Expression, given: Expression, size: Expression) -> int:
        key = (integer(level), integer(option))
        if key in WITHOUT_EFFECT:
            self.description(fd)
            return 0
        found = only(given)
        if key == PORT_RANGE:
            self.ranges[self.fd(fd)] = found
            return 0
        if self.as_programs_do(key):
            # As a program's call is done: with octets, and by Linux's rules of what a value may be and what becomes of it.
            description = self.description(fd)
            options.find(description, *key, "set").set(description, option_octets(key, found, integer(size)))
            self.sockets.stack.leave()
            return 0
        if key == LINGER:
            found = linger_seconds(found)
        elif key in SECONDS:
            found = timeval(found)
        elif isinstance(found, Ellipsis):
            found = 0
        self.sockets.setsockopt(self.fd(fd), *key, found)
        return 0

    def sys_getsockopt(self, fd: Expression, level: Expression, option: Expression, expected: Expression, size: Expression) -> int:
        key = (integer(level), integer(option))
        if key == TCP_INFO:
            self.check_info(self.info(fd), expected)
            return 0
        wanted = only(expected)
        if self.as_programs_do(key) and not isinstance(wanted, dict | list):
            description = self.description(fd)
            octets = options.find(description, *key, "get").get(description)
            if not isinstance(wanted, Ellipsis) and not same_value(octets, wanted):
                raise Mismatch(f"the option's value is {int.from_bytes(octets[:4], 'little', signed=True)}")
            return 0
        found: Any = self.sockets.getsockopt(self.fd(fd), *key)
        if key == LINGER and isinstance(wanted, dict | list):
            wanted = linger_seconds(wanted)
        elif key in SECONDS and not isinstance(wanted, Ellipsis):
            wanted = timeval(wanted)
        if not isinstance(wanted, Ellipsis) and wanted != found:
            raise Mismatch(f"the option's value is {found}")
        return 0

    def as_programs_do(self, key: tuple[int, int]) -> bool:
        """The option is one of those that programs have, with octets for values; of buffers and of keepalive only Linux has those rules."""
        buffers = {(SOL_SOCKET, CONSTANTS["SO_SNDBUF"]), (SOL_SOCKET, CONSTANTS["SO_RCVBUF"])}
        keepalive = {(sockets.IPPROTO_TCP, CONSTANTS[name]) for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")}
        return key in options.OPTIONS and (self.runner.profile == "linux" or key not in buffers | keepalive)

    def info(self, fd: Expression) -> dict[str, int]:
        """TCP_INFO, as pynet has it: a dict. OSError EOPNOTSUPP where there is no connection."""
        description = self.description(fd)
        connection = description.connection if isinstance(description, TCPSocketDescription) else None
        if connection is None:
            raise os_error(errno.EOPNOTSUPP)
        return connection.info(self.runner.host.now)

    def check_info(self, info: dict[str, int], expected: Expression) -> None:
        """getsockopt(TCP_INFO): the fields that the script names."""
        fields = expected.items[0] if isinstance(expected, Many) and len(expected.items) == 1 else expected
        for name, wanted in (fields.fields if isinstance(fields, Struct) else {}).items():
            found = info.get(name.removeprefix("tcpi_"))
            if not isinstance(wanted, Ellipsis) and found != value(wanted):
                raise Mismatch(f"{name} is {found}")

    def sys_fcntl(self, fd: Expression, command: Expression, argument: Expression | None = None) -> int:
        given = 0 if argument is None or isinstance(argument, Ellipsis) else integer(argument)
        return self.sockets.fcntl(self.fd(fd), integer(command), given)

    def sys_ioctl(self, fd: Expression, request: Expression, argument: Expression) -> int:
        wanted = only(argument)
        if integer(request) == CONSTANTS["FIONBIO"]:
            return self.sockets.ioctl(self.fd(fd), integer(request), wanted if isinstance(wanted, int) else 0)
        found = self.sockets.ioctl(self.fd(fd), integer(request))
        if isinstance(wanted, int) and wanted != found:
            raise Mismatch(f"the value is {found}")
        return 0

    # Waiting.

    def sys_poll(self, interests: Expression, count: Expression, timeout: Expression) -> int:
        rows = [(self.fd_of(row["fd"]), row["events"], row.get("revents", 0)) for row in value(interests)]
        milliseconds = integer(timeout)
        answers = dict(self.sockets.poll([(fd, events) for fd, events, _ in rows], milliseconds * 1000 if milliseconds > 0 else milliseconds))
        for fd, _, wanted in rows:
            if isinstance(wanted, int) and answers.get(fd, 0) != wanted:
                raise Mismatch(f"revents is {answers.get(fd, 0):#x}, expected {wanted:#x}")
        return len(answers)

    def fd_of(self, number: int) -> int:
        """As `fd`, for a number."""
        return self.fd(Number(number))

    def sys_epoll_create(self, size: Expression) -> int:
        if integer(size) <= 0:
            raise os_error(errno.EINVAL)
        return self.sockets.epoll_create()

    def sys_epoll_create1(self, flags: Expression) -> int:
        return self.sockets.epoll_create(integer(flags))

    def sys_epoll_ctl(self, epoll: Expression, operation: Expression, fd: Expression, event: Expression | None = None) -> int:
        fields = value(event) if isinstance(event, Struct) else {}
        self.sockets.epoll_ctl(self.fd(epoll), integer(operation), self.fd(fd), fields.get("events", 0), event_data(fields))
        return 0

    def sys_epoll_wait(self, epoll: Expression, events: Expression, count: Expression, timeout: Expression) -> int:
        milliseconds = integer(timeout)
        found = self.sockets.epoll_wait(self.fd(epoll), integer(count), milliseconds * 1000 if milliseconds > 0 else milliseconds)
        wanted = [item for item in events.items if isinstance(item, Struct)] if isinstance(events, Many) else [events]
        for row, answer in zip(wanted, found, strict=False):
            fields = value(row) if isinstance(row, Struct) else {"events": answer[0]}
            if (fields["events"], event_data(fields) if len(fields) > 1 else answer[1]) != answer:
                raise Mismatch(f"the event is {answer[0]:#x} with data {answer[1]}")
        return len(found)

    def sys_usleep(self, duration: Expression) -> int:
        self.runner.host.run_until(self.runner.host.now + integer(duration), lambda: False)
        return 0


def option_octets(key: tuple[int, int], found: Any, size: int) -> bytes:
    """The value of an option as a program hands it over: text, a struct of two numbers, or an int."""
    if isinstance(found, str):
        return found.encode("latin-1")
    if key in SECONDS:
        microseconds = timeval(found)
        return (microseconds // 1_000_000).to_bytes(8, "little") + (microseconds % 1_000_000).to_bytes(8, "little")
    if isinstance(found, dict):
        found = list(found.values())
    if isinstance(found, list):
        return b"".join((number & 0xFFFFFFFF).to_bytes(4, "little") for number in found)
    if isinstance(found, Ellipsis):
        return bytes(4)
    return (int(found) & 0xFFFFFFFF).to_bytes(4, "little")[: max(size, 1)]


def same_value(octets: bytes, wanted: Any) -> bool:
    """What getsockopt gave is what the script says: text, or an int, with a sign or without."""
    if isinstance(wanted, str):
        return octets.rstrip(b"\0") == wanted.encode("latin-1")
    return int.from_bytes(octets[:4], "little") == wanted & 0xFFFFFFFF


def check_control(found: list[tuple[int, int, bytes]], wanted: list[dict[str, Any]]) -> None:
    """The control messages that came are those that the script names, in its order; their data is an int."""
    came = [(level, kind, int.from_bytes(data[:4], "little")) for level, kind, data in found]
    if came != [(row["cmsg_level"], row["cmsg_type"], row["cmsg_data"]) for row in wanted]:
        raise Mismatch(f"the control messages are {came}")


def event_data(fields: dict[str, Any]) -> int:
    """epoll_data of struct epoll_event, under whichever name; the script's descriptor stays the script's number."""
    return next((number for name, number in fields.items() if name != "events" and isinstance(number, int)), 0)


def linger_seconds(found: Any) -> int:
    """struct linger {onoff, linger} as pynet has it: seconds, or -1 when it is off."""
    if isinstance(found, dict):
        return found.get("linger", found.get("l_linger", 0)) if found.get("onoff", found.get("l_onoff", 0)) else -1
    if isinstance(found, list) and len(found) == 2:
        return found[1] if found[0] else -1
    if isinstance(found, int):
        return found
    raise os_error(errno.EINVAL)


def timeval(found: Any) -> int:
    """struct timeval {tv_sec, tv_usec} in microseconds."""
    if isinstance(found, dict):
        return found.get("tv_sec", 0) * 1_000_000 + found.get("tv_usec", 0)
    if isinstance(found, list) and len(found) == 2:
        return found[0] * 1_000_000 + found[1]
    return found if isinstance(found, int) else 0
