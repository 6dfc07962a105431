"""Echo (RFC 862), discard (RFC 863) and character generator (RFC 864), over TCP and UDP."""

from __future__ import annotations

from pynet import errno
from pynet import services as old
from pynet.services import LINE, Services, chargen_pattern, unserved
from pynet.sockets import (
    AF_INET,
    MSG_DONTWAIT,
    MSG_WAITALL,
    SHUT_WR,
    SO_LINGER,
    SOCK_DGRAM,
    SOL_SOCKET,
    SockAddr,
    Sockets,
)
from tests.support import eq, raises
from tests.world import World

SECOND = 1_000_000


class Served:
    """A host with the services, and one that uses them."""

    def __init__(self) -> None:
        self.world = World()
        self.client_stack, server_stack = self.world.pair()
        self.client = Sockets(self.client_stack)
        self.server = Sockets(server_stack)
        self.services = Services(self.server)
        self.services.start()
        self.world.run(SECOND)

    def connect(self, port: int) -> int:
        fd = self.client.socket()
        self.client.connect(fd, ("10.0.0.2", port))
        return fd


def test_rfc862_tcp_echo() -> None:
    served = Served()
    fd = served.connect(old.ECHO_PORT)
    data = served.world.random.octets(50_000)
    eq(served.client.send(fd, data), len(data))
    eq(served.client.recv(fd, len(data), MSG_WAITALL) == data, True)
    served.client.shutdown(fd, SHUT_WR)
    eq(served.client.recv(fd, 1), b"")


def test_rfc863_tcp_discard() -> None:
    served = Served()
    fd = served.connect(old.DISCARD_PORT)
    served.client.send(fd, bytes(300_000))
    served.client.shutdown(fd, SHUT_WR)
    eq(served.client.recv(fd, 1), b"")


def test_rfc864_tcp_character_generator() -> None:
    """Lines of 72 printing characters, each starting one further, for as long as anybody reads."""
    served = Served()
    fd = served.connect(old.CHARGEN_PORT)
    pattern = chargen_pattern()
    got = served.client.recv(fd, 3 * len(pattern), MSG_WAITALL)
    eq(got == pattern * 3, True)
    lines = pattern.split(b"\r\n")
    eq((len(lines), len(lines[0]), lines[0][:3], lines[1][:3]), (96, LINE, b' !"', b'!"#'))
    served.client.setsockopt(fd, SOL_SOCKET, SO_LINGER, 0)
    served.client.close(fd)
    served.world.run(SECOND)
    eq(served.services.connections, 0)


def test_the_three_over_udp() -> None:
    served = Served()
    fd = served.client.socket(AF_INET, SOCK_DGRAM)
    served.client.sendto(fd, b"again", 0, ("10.0.0.2", old.ECHO_PORT))
    eq(served.client.recv(fd, 100), b"again")
    served.client.sendto(fd, b"gone", 0, ("10.0.0.2", old.DISCARD_PORT))
    served.world.run(SECOND)
    raises(BlockingIOError, served.client.recv, fd, 100, MSG_DONTWAIT)
    served.client.sendto(fd, b"12345", 0, ("10.0.0.2", old.CHARGEN_PORT))
    eq(served.client.recv(fd, 100), chargen_pattern()[:5])


def test_an_answer_that_cannot_be_sent_is_lost() -> None:
    served = Served()
    fd = served.server.socket(AF_INET, SOCK_DGRAM)
    served.services.answer(fd, b"x", SockAddr("192.0.2.1", 5))


def test_two_services_do_not_answer_each_other() -> None:
    """A datagram that says it comes from an echo port would go back and forth for ever."""
    served = Served()
    fd = served.client.socket(AF_INET, SOCK_DGRAM)
    served.client.bind(fd, ("", old.ECHO_PORT))
    served.client.sendto(fd, b"ping", 0, ("10.0.0.2", old.ECHO_PORT))
    served.client.sendto(fd, b"ping", 0, ("10.0.0.2", old.CHARGEN_PORT))
    served.world.run(SECOND)
    raises(BlockingIOError, served.client.recv, fd, 100, MSG_DONTWAIT)


def test_connections_are_bounded_and_go_on_after_a_stop() -> None:
    served = Served()
    served.services.connections = old.MAX_CONNECTIONS
    refused = served.connect(old.ECHO_PORT)
    eq(served.client.recv(refused, 1), b"")
    served.services.connections = 0
    fd = served.connect(old.ECHO_PORT)
    served.world.run(SECOND)
    served.services.stop()
    served.world.run(SECOND)
    served.client.send(fd, b"still")
    eq(served.client.recv(fd, 10), b"still")
    error = raises(OSError, served.connect, old.ECHO_PORT)
    eq(getattr(error, "errno", 0), errno.ECONNREFUSED)


def test_no_number_for_a_connection_does_not_end_the_service() -> None:
    served = Served()
    served.server.table.limit = 0
    lost = served.connect(old.ECHO_PORT)
    raises(ConnectionResetError, served.client.recv, lost, 1)
    served.server.table.limit = 100
    fd = served.connect(old.ECHO_PORT)
    served.client.send(fd, b"x")
    eq(served.client.recv(fd, 1), b"x")


def test_what_nobody_serves_is_named() -> None:
    served = Served()
    eq(unserved(served.client_stack), ["TCP 7", "TCP 9", "TCP 19", "UDP 7"])
    eq(unserved(served.server.stack), [])
    served.services.stop()
    served.world.run(SECOND)
    eq(len(unserved(served.server.stack)), 4)
