"""The TLS engine against OpenSSL (Python's ssl module), through memory buffers: what it accepts and what it refuses."""

from __future__ import annotations

import datetime
import hashlib
import importlib.util
import os
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("PYNET_BUILD", TOP / "build"))
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
HOST = "example.com"

KEYS: dict[str, Callable[[], Any]] = {
    "rsa-1024": lambda: rsa.generate_private_key(65537, 1024),
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "p-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p-521": lambda: ec.generate_private_key(ec.SECP521R1()),
}


def bring_up(target: str) -> None:
    """Have a target of the build up to date."""
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["meson", "setup", BUILD, TOP], check=True)
    subprocess.run(["ninja", "-C", BUILD, target], check=True)


@pytest.fixture(scope="session")
def tlsengine() -> Any:
    """The extension module."""
    bring_up("tests-tls")
    (path,) = (BUILD / "tests").glob("tlsengine.*.so")
    spec = importlib.util.spec_from_file_location("tlsengine", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Authority:
    """A certificate authority, its own certificate in PEM in `pem`, in DER in `der`."""

    title: str = "test authority"
    key: Any = field(default_factory=KEYS["p-256"])

    def __post_init__(self) -> None:
        builder = self.builder(self.title, self.key, NOW - datetime.timedelta(days=365), 3650)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.certificate = builder.sign(self.key, hashes.SHA256())
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM)
        self.der = self.certificate.public_bytes(serialization.Encoding.DER)

    def builder(self, subject: str, key: Any, start: datetime.datetime, days: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name(self.title))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=days))
        )

    def issue(
        self,
        kind: str = "p-256",
        host: str = HOST,
        start: datetime.datetime = NOW - datetime.timedelta(days=10),
        days: int = 90,
        usage: Any = ExtendedKeyUsageOID.SERVER_AUTH,
    ) -> tuple[bytes, bytes]:
        """A server's certificate and key, in PEM."""
        key = KEYS[kind]()
        builder = self.builder(host, key, start, days)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return (
            builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


class Peer:
    """OpenSSL's side of a connection, over memory BIOs."""

    def __init__(self, context: ssl.SSLContext, server: bool) -> None:
        self.arrived, self.leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(
            self.arrived, self.leaving, server_side=server, server_hostname=None if server else HOST
        )
        self.done = False

    def step(self) -> None:
        try:
            self.tls.do_handshake()
            self.done = True
        except ssl.SSLWantReadError:
            pass


def openssl_server(tmp_path: Path, pair: tuple[bytes, bytes], version: str = "", alpn: list[str] | None = None) -> Peer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    chain = tmp_path / "chain.pem"
    chain.write_bytes(pair[0] + pair[1])
    context.load_cert_chain(chain)
    if version:
        context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    if alpn:
        context.set_alpn_protocols(alpn)
    return Peer(context, server=True)


def carry(engine: Any, peer: Peer) -> None:
    """Move what each side has for the other."""
    peer.arrived.write(engine.take())
    if peer.leaving.pending:
        engine.feed(peer.leaving.read())


def shake(engine: Any, peer: Peer) -> None:
    """Run the handshake to its end on both sides."""
    for _ in range(10):
        done = engine.handshake_step()
        carry(engine, peer)
        if done and peer.done:
            return
        peer.step()
        carry(engine, peer)
    raise AssertionError("no end to the handshake")


def client(tlsengine: Any, *trusted: Authority, host: str = HOST, at: datetime.datetime = NOW, **more: Any) -> Any:
    pem = b"".join(authority.pem for authority in trusted)
    trust = tlsengine.TrustStore(pem, lambda: int(at.timestamp() * 1_000_000))
    return tlsengine.TlsEngine(host, trust, **more)


def refusal(tlsengine: Any, engine: Any, peer: Peer) -> str:
    """Why the engine ended the handshake. The peer is told by an alert."""
    with pytest.raises(tlsengine.TlsError) as caught:
        shake(engine, peer)
    peer.arrived.write(engine.take())
    with pytest.raises(ssl.SSLError, match="(?i)alert"):
        peer.step()
        peer.tls.read(1)
    return str(caught.value.reason)


@pytest.mark.parametrize("kind", ["rsa-2048", "p-256", "p-384", "p-521"])
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_handshake_and_data(tlsengine: Any, authority: Authority, tmp_path: Path, version: str, kind: str) -> None:
    engine = client(tlsengine, authority)
    peer = openssl_server(tmp_path, authority.issue(kind), version)
    assert engine.version is None
    shake(engine, peer)
    assert engine.version == version.replace("_", ".") == peer.tls.version()
    assert engine.cipher and engine.alpn is None
    assert engine.peer_certificate == x509.load_pem_x509_certificate(
        (tmp_path / "chain.pem").read_bytes()
    ).public_bytes(serialization.Encoding.DER)
    assert engine.write(b"GET / HTTP/1.1\r\n\r\n") == 18
    carry(engine, peer)
    assert peer.tls.read(100) == b"GET / HTTP/1.1\r\n\r\n"
    peer.tls.write(b"HTTP/1.1 200 OK\r\n\r\n")
    carry(engine, peer)
    assert engine.read(8) == b"HTTP/1.1"
    assert engine.pending == 11
    assert engine.read(100) == b" 200 OK\r\n\r\n"
    with pytest.raises(BlockingIOError):
        engine.read(100)


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_engine_as_server(tlsengine: Any, authority: Authority, version: str) -> None:
    chain, key = authority.issue("p-256", start=NOW - datetime.timedelta(days=300), days=3000)
    engine = tlsengine.TlsEngine(server=True, certificate=chain, key=key, alpn=["h3", "http/1.1"])
    context = ssl.create_default_context(cadata=authority.pem.decode())
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    context.set_alpn_protocols(["http/1.1"])
    peer = Peer(context, server=False)
    peer.step()
    carry(engine, peer)
    shake(engine, peer)
    assert engine.alpn == peer.tls.selected_alpn_protocol() == "http/1.1"
    peer.tls.write(b"ping")
    carry(engine, peer)
    assert engine.read(10) == b"ping"


@pytest.mark.parametrize(
    ("offered", "supported", "chosen"),
    [
        (["http/1.1"], ["http/1.1"], "http/1.1"),
        (["h2", "http/1.1"], ["http/1.1"], "http/1.1"),
        (["h2"], ["http/1.1"], None),
    ],
)
def test_alpn(
    tlsengine: Any, authority: Authority, tmp_path: Path, offered: list[str], supported: list[str], chosen: str | None
) -> None:
    engine = client(tlsengine, authority, alpn=offered)
    peer = openssl_server(tmp_path, authority.issue(), alpn=supported)
    shake(engine, peer)
    assert engine.alpn == peer.tls.selected_alpn_protocol() == chosen


def test_long_data_both_ways(tlsengine: Any, authority: Authority, tmp_path: Path) -> None:
    engine, peer = client(tlsengine, authority), openssl_server(tmp_path, authority.issue())
    shake(engine, peer)
    data = os.urandom(100_000)
    at = 0
    back = b""
    while at < len(data):
        at += engine.write(memoryview(data)[at:])
        carry(engine, peer)
        while len(back) < at:
            back += peer.tls.read(65536)
    assert back == data
    peer.tls.write(data)
    carry(engine, peer)
    back = b""
    while len(back) < len(data):
        back += engine.read(7000)
    assert back == data


def test_bytes_that_come_one_by_one(tlsengine: Any, authority: Authority, tmp_path: Path) -> None:
    engine, peer = client(tlsengine, authority), openssl_server(tmp_path, authority.issue())
    for _ in range(4):
        engine.handshake_step()
        peer.arrived.write(engine.take())
        peer.step()
        for byte in peer.leaving.read():
            engine.feed(bytes([byte]))
            engine.handshake_step()
    assert engine.handshake_step() and peer.done


def test_output_has_a_bound(tlsengine: Any, authority: Authority, tmp_path: Path) -> None:
    engine, peer = client(tlsengine, authority), openssl_server(tmp_path, authority.issue())
    shake(engine, peer)
    with pytest.raises(tlsengine.TlsWantMore):
        for _ in range(100):
            engine.write(bytes(16384))
    assert len(engine.take()) <= 256 * 1024
    assert engine.write(b"again") == 5
    assert 200 * 1024 < sum(engine.feed(bytes(65536)) for _ in range(10)) <= 256 * 1024


def test_wrong_host(tlsengine: Any, authority: Authority, tmp_path: Path) -> None:
    engine, peer = client(tlsengine, authority, host="example.org"), openssl_server(tmp_path, authority.issue())
    assert refusal(tlsengine, engine, peer) == "certificate is for another host name"


@pytest.mark.parametrize(
    ("days", "reason"), [(-20, "certificate is not yet valid"), (0, None), (70, None), (81, "certificate has expired")]
)
def test_validity(tlsengine: Any, authority: Authority, tmp_path: Path, days: int, reason: str | None) -> None:
    engine = client(tlsengine, authority, at=NOW + datetime.timedelta(days=days))
    peer = openssl_server(tmp_path, authority.issue())
    if reason is None:
        shake(engine, peer)
    else:
        assert refusal(tlsengine, engine, peer) == reason


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_untrusted_issuer(tlsengine: Any, authority: Authority, tmp_path: Path, version: str) -> None:
    engine = client(tlsengine, Authority("somebody else"))
    peer = openssl_server(tmp_path, authority.issue(), version)
    assert refusal(tlsengine, engine, peer) == "certificate's issuer is not trusted"


def test_issuer_of_the_same_name(tlsengine: Any, authority: Authority, tmp_path: Path) -> None:
    engine, peer = client(tlsengine, Authority()), openssl_server(tmp_path, authority.issue())
    assert refusal(tlsengine, engine, peer) == "certificate's issuer is not trusted"


def test_small_keys(tlsengine: Any, authority: Authority, tmp_path: Path) -> None:
    engine, peer = client(tlsengine, authority), openssl_server(tmp_path, authority.issue("rsa-1024"))
    assert refusal(tlsengine, engine, peer) == "certificate's key is too small or of an unknown curve"
    engine, peer = client(tlsengine, authority, curve_bits=384), openssl_server(tmp_path, authority.issue("p-256"))
    assert "key is too small" in refusal(tlsengine, engine, peer)


def test_certificate_of_a_client(tlsengine: Any, authority: Authority, tmp_path: Path) -> None:
    pair = authority.issue(usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    engine, peer = client(tlsengine, authority), openssl_server(tmp_path, pair)
    assert refusal(tlsengine, engine, peer) == "certificate's extended key usage forbids this"


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_close_notify(tlsengine: Any, authority: Authority, tmp_path: Path, version: str) -> None:
    engine, peer = client(tlsengine, authority), openssl_server(tmp_path, authority.issue(), version)
    shake(engine, peer)
    peer.tls.write(b"last words")
    with pytest.raises(ssl.SSLWantReadError):
        peer.tls.unwrap()
    carry(engine, peer)
    assert engine.read(100) == b"last words"
    assert engine.read(100) == b""
    engine.close()
    engine.close()
    carry(engine, peer)
    peer.tls.unwrap()


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_truncation(tlsengine: Any, authority: Authority, tmp_path: Path, version: str) -> None:
    engine, peer = client(tlsengine, authority), openssl_server(tmp_path, authority.issue(), version)
    shake(engine, peer)
    peer.tls.write(b"half a page")
    carry(engine, peer)
    engine.feed(b"")
    assert engine.read(100) == b"half a page"
    with pytest.raises(tlsengine.TlsTruncated, match="truncated"):
        engine.read(100)


def test_truncated_in_a_record(tlsengine: Any, authority: Authority, tmp_path: Path) -> None:
    engine, peer = client(tlsengine, authority), openssl_server(tmp_path, authority.issue())
    shake(engine, peer)
    peer.tls.write(b"half a page")
    engine.feed(peer.leaving.read()[:-5])
    engine.feed(b"")
    with pytest.raises(tlsengine.TlsTruncated):
        while True:
            engine.read(100)


def test_truncated_handshake(tlsengine: Any, authority: Authority) -> None:
    engine = client(tlsengine, authority)
    assert engine.handshake_step() is False
    engine.feed(b"")
    with pytest.raises(tlsengine.TlsTruncated):
        engine.handshake_step()


def test_garbage_instead_of_tls(tlsengine: Any, authority: Authority) -> None:
    engine = client(tlsengine, authority)
    engine.handshake_step()
    engine.feed(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(tlsengine.TlsError, match="handshake"):
        engine.handshake_step()


def test_altered_record(tlsengine: Any, authority: Authority, tmp_path: Path) -> None:
    engine, peer = client(tlsengine, authority), openssl_server(tmp_path, authority.issue(), "TLSv1_2")
    shake(engine, peer)
    peer.tls.write(b"data")
    record = bytearray(peer.leaving.read())
    record[-1] ^= 1
    engine.feed(record)
    with pytest.raises(tlsengine.TlsError):
        engine.read(10)


def test_client_without_trust_or_name(tlsengine: Any, authority: Authority) -> None:
    for arguments in ((), ("example.com",), (None, tlsengine.TrustStore(authority.pem, int))):
        with pytest.raises(tlsengine.TlsError, match="needs a host name and trust anchors"):
            tlsengine.TlsEngine(*arguments)
    with pytest.raises(tlsengine.TlsError):
        tlsengine.TrustStore(b"no certificate", int)


def bundle_of_debian(tmp_path: Path) -> bytes:
    """The certificates that the image trusts, as its build puts them there."""
    der = tmp_path / "bundle.der"
    command = [sys.executable, "lib/mbedtls/bundle.py", tmp_path / "bundle.S", der, "/etc/ssl/certs/ca-certificates.crt"]
    subprocess.run(command, cwd=TOP, check=True)
    return der.read_bytes()


def test_the_bundle_of_debian(tlsengine: Any, tmp_path: Path) -> None:
    """The build loses none, and all can be read."""
    pem = Path("/etc/ssl/certs/ca-certificates.crt")
    openssl = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    openssl.load_verify_locations(pem)
    wanted = openssl.get_ca_certs(binary_form=True)
    roots = bundle_of_debian(tmp_path)
    assert len(wanted) > 100
    assert len(roots) == sum(len(der) for der in wanted)
    assert all(der in roots for der in wanted)
    assert tlsengine.TrustStore(pem.read_bytes(), int).skipped == 0
    assert tlsengine.TrustStore(b"", int, roots).skipped == 0


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_roots_are_found_by_name(tlsengine: Any, authority: Authority, tmp_path: Path, version: str) -> None:
    """RFC 5280 §4.1.2.6: among Debian's and one more of the same name, the one whose key signed."""
    roots = bundle_of_debian(tmp_path) + Authority().der + authority.der
    trust = tlsengine.TrustStore(b"", lambda: int(NOW.timestamp() * 1_000_000), roots)
    shake(tlsengine.TlsEngine(HOST, trust), openssl_server(tmp_path, authority.issue(), version))


def test_roots_that_did_not_sign(tlsengine: Any, authority: Authority, tmp_path: Path) -> None:
    """A root of the same name and another key, and roots of other names, vouch for nobody."""
    for roots in (Authority().der, Authority("another").der, bundle_of_debian(tmp_path)):
        trust = tlsengine.TrustStore(b"", lambda: int(NOW.timestamp() * 1_000_000), roots)
        engine, peer = tlsengine.TlsEngine(HOST, trust), openssl_server(tmp_path, authority.issue())
        assert refusal(tlsengine, engine, peer) == "certificate's issuer is not trusted"


def test_roots_that_are_no_certificates(tlsengine: Any, authority: Authority) -> None:
    for roots in (b"certificate", authority.der[:-1], authority.der + b"\x30", authority.pem, b"\x30\x80\x30\x00"):
        with pytest.raises(tlsengine.TlsError, match="reading the trust anchors"):
            tlsengine.TrustStore(b"", int, roots)


def test_sha256(tlsengine: Any) -> None:
    for data in (b"", b"abc", os.urandom(1000)):
        assert tlsengine.sha256(bytearray(data)) == hashlib.sha256(data).digest()


def test_two_engines_under_the_sanitizers(authority: Authority, tmp_path: Path) -> None:
    """Altered and cut conversations end in an error; memory stays sound and none is leaked."""
    bring_up("tests-tls-loop")
    files = [tmp_path / name for name in ("authority.der", "chain.pem", "key.pem")]
    for path, text in zip(files, (authority.der, *authority.issue("p-256")), strict=True):
        path.write_bytes(text)
    command = [BUILD / "tests" / "tls-loop", *files, str(int(NOW.timestamp())), "120"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    # An altered byte of TLS 1.3's compatibility fields may change nothing; all else is noticed.
    assert int(done.stdout.split()[1]) <= 3
