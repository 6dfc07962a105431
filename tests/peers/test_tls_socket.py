"""IPPROTO_TLS with mbedTLS at both ends, between two hosts in virtual time: what connect() believes, and what a program sees."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pynet import errno
from pynet.posix import options
from pynet.posix.options import (
    TLS_ALPN,
    TLS_CERTIFICATE_CHAIN,
    TLS_CIPHER,
    TLS_ERROR,
    TLS_PEER_CERTIFICATE,
    TLS_PRIVATE_KEY,
    TLS_REMOTE_HOSTNAME,
    TLS_VERSION,
)
from pynet.sockets import AF_INET, IPPROTO_TLS, SHUT_WR, SOCK_STREAM, Sockets
from tests.peers.test_tlsengine import HOST, NOW, Authority, tlsengine  # noqa: F401 (tlsengine is a fixture)
from tests.world import World

SERVER = ("10.0.0.2", 443)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


class Hosts:
    """A client that trusts `trusted` at the time `at`, and a server with a certificate."""

    def __init__(self, engine: Any, trusted: Authority, pair: tuple[bytes, bytes], at: datetime.datetime = NOW) -> None:
        self.world = World()
        self.client, self.server = (Sockets(stack) for stack in self.world.pair())
        store = engine.TrustStore(trusted.pem, lambda: int(at.timestamp() * 1_000_000))

        def tls_engine(hostname: str, alpn: list[str], certificate: bytes, key: bytes) -> Any:
            if hostname:
                return engine.TlsEngine(hostname, store, alpn)
            return engine.TlsEngine(None, None, alpn, True, certificate, key)

        self.client.tls_engine = self.server.tls_engine = tls_engine
        self.listening = self.server.socket(AF_INET, SOCK_STREAM, IPPROTO_TLS)
        self.set(self.server, self.listening, TLS_CERTIFICATE_CHAIN, pair[0])
        self.set(self.server, self.listening, TLS_PRIVATE_KEY, pair[1])
        self.set(self.server, self.listening, TLS_ALPN, b"h2,http/1.1")
        self.server.bind(self.listening, SERVER)

    def set(self, host: Sockets, fd: int, option: int, value: bytes) -> None:
        options.find(host.endpoint(fd), IPPROTO_TLS, option, "set").set(host.endpoint(fd), value)

    def get(self, host: Sockets, fd: int, option: int) -> bytes:
        answer: bytes = options.find(host.endpoint(fd), IPPROTO_TLS, option, "get").get(host.endpoint(fd))
        return answer

    def start(self, serve: Callable[[int], Any]) -> None:
        """Listen, and serve each connection on the server's loop."""

        async def run() -> None:
            while True:
                fd, _ = await self.server.accept_async(self.listening)
                self.server.stack.loop.spawn(serve(fd), "serve")

        self.server.listen(self.listening)
        self.server.stack.loop.spawn(run(), "accept")

    def open(self, hostname: bytes = HOST.encode()) -> int:
        """A connected socket."""
        fd = self.client.socket(AF_INET, SOCK_STREAM, IPPROTO_TLS)
        self.set(self.client, fd, TLS_REMOTE_HOSTNAME, hostname)
        self.set(self.client, fd, TLS_ALPN, b"http/1.1")
        try:
            self.client.connect(fd, SERVER)
        except OSError as error:
            error.add_note(self.get(self.client, fd, TLS_ERROR).decode())
            raise
        return fd

    async def echo(self, fd: int) -> None:
        """Send everything back, then end."""
        while data := await self.server.recv_async(fd, 100_000):
            await self.server.send_async(fd, data)
        self.server.close(fd)


def test_a_megabyte_there_and_back(tlsengine: Any, authority: Authority) -> None:  # noqa: F811
    pair = authority.issue()
    hosts = Hosts(tlsengine, authority, pair)
    hosts.start(hosts.echo)
    fd = hosts.open()
    assert hosts.get(hosts.client, fd, TLS_VERSION) == b"TLSv1.3"
    assert hosts.get(hosts.client, fd, TLS_CIPHER)
    assert hosts.get(hosts.client, fd, TLS_ALPN) == b"http/1.1"
    assert hosts.get(hosts.client, fd, TLS_PEER_CERTIFICATE) == x509.load_pem_x509_certificate(pair[0]).public_bytes(Encoding.DER)
    data = bytes(range(256)) * 4096
    back = bytearray()
    for at in range(0, len(data), 65_536):
        assert hosts.client.send(fd, data[at : at + 65_536]) == 65_536
        while len(back) < at + 65_536:
            back += hosts.client.recv(fd, 1_000_000)
    hosts.client.shutdown(fd, SHUT_WR)
    assert hosts.client.recv(fd, 1) == b""
    assert hashlib.sha256(back).digest() == hashlib.sha256(data).digest()
    hosts.client.close(fd)
    hosts.world.run(120_000_000)
    assert not hosts.client.stack.tcp.connections
    assert not hosts.server.stack.tcp.connections


@pytest.mark.parametrize(
    ("case", "reason"),
    [("name", "certificate is for another host name"), ("expired", "certificate has expired"), ("unknown", "certificate's issuer is not trusted")],
)
def test_connect_fails_where_the_proof_does(tlsengine: Any, authority: Authority, case: str, reason: str) -> None:  # noqa: F811
    """EPROTO, the reason in TLS_ERROR, and nothing can be sent."""
    later = NOW + datetime.timedelta(days=1000)
    hosts = Hosts(tlsengine, Authority() if case == "unknown" else authority, authority.issue(), later if case == "expired" else NOW)
    hosts.start(hosts.echo)
    with pytest.raises(OSError) as caught:
        hosts.open(b"other.example" if case == "name" else HOST.encode())
    assert caught.value.errno == errno.EPROTO
    assert caught.value.__notes__ == [reason]


def test_a_key_of_another_certificate_is_refused_by_listen(tlsengine: Any, authority: Authority) -> None:  # noqa: F811
    hosts = Hosts(tlsengine, authority, (authority.issue()[0], b"-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----\n"))
    with pytest.raises(OSError) as caught:
        hosts.server.listen(hosts.listening)
    assert caught.value.errno == errno.EINVAL
