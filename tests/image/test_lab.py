"""The network lab itself, used by ordinary programs in place of the guest: what the guest is measured against must be right."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from pynet_qemu.lab import PACKAGE_ROOT, Lab
from pynet_qemu.namespace import LabError
from pynet_qemu.peer import digest_line, pseudo_random

StartLab = Callable[..., Lab]


def fetch(lab: Lab, url: str, *options: str) -> str:
    """curl inside the lab: "status bytes" of a page, or "curl: error" with curl's exit code."""
    address = f"example.com:443:{lab.config.name_address}"
    done = lab.namespace.attempt(
        "curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code} %{size_download}", "--max-time", "10",
        "--resolve", address, "--cacert", str(lab.certificates.trust_anchor), *options, url,
    )  # fmt: skip
    return done.stdout if done.returncode == 0 else f"curl: error {done.returncode}"


def in_lab(lab: Lab, program: str) -> str:
    """Run Python inside the lab; `tcp(port)` and `udp(port)` give sockets connected to the peer."""
    prelude = f"""
import hashlib, socket
def connected(kind, port):
    s = socket.socket(socket.AF_INET, kind)
    s.settimeout(10)
    s.connect(({lab.config.gateway!r}, port))
    return s
tcp = lambda port: connected(socket.SOCK_STREAM, port)
udp = lambda port: connected(socket.SOCK_DGRAM, port)
def rest(s):
    data = b""
    while chunk := s.recv(65536):
        data += chunk
    return data
"""
    return lab.namespace.run(sys.executable, "-c", prelude + program).strip()


def test_the_web_server_serves_the_page_over_both_versions_of_tls(start_lab: StartLab) -> None:
    lab = start_lab()
    assert fetch(lab, "https://example.com/", "--tls-max", "1.2") == "200 1256"
    assert fetch(lab, "https://example.com/", "--tlsv1.3") == "200 1256"
    assert fetch(lab, f"http://{lab.config.name_address}/") == "200 1256"
    assert [(r.port, r.status, r.body_bytes, r.tls) for r in lab.web_requests()] == [
        (443, 200, 1256, "TLSv1.2"),
        (443, 200, 1256, "TLSv1.3"),
        (80, 200, 1256, ""),
    ]


@pytest.mark.parametrize(("size", "status"), [(0, 200), (7, 200), (100_000, 200)])
def test_the_page_has_the_size_asked_for(start_lab: StartLab, size: int, status: int) -> None:
    assert fetch(start_lab(page_size=size), "https://example.com/") == f"{status} {size}"


CERTIFICATE_PROBLEM = "curl: error 60"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(kind, CERTIFICATE_PROBLEM) for kind in ("wrong-host", "expired", "untrusted", "self-signed", "weak-key")]
    + [("good", "200 1256")],
)
def test_a_bad_certificate_is_bad(start_lab: StartLab, kind: str, expected: str) -> None:
    # Security level 2 is what OpenSSL calls "no RSA key under 2048 bits".
    assert fetch(start_lab(certificate=kind), "https://example.com/", "--ciphers", "DEFAULT@SECLEVEL=2") == expected


def test_a_killed_web_server_refuses(start_lab: StartLab) -> None:
    lab = start_lab()
    lab.kill_web_server()
    assert fetch(lab, "https://example.com/") == "curl: error 7"


def test_names_resolve_to_the_address_asked_for(start_lab: StartLab) -> None:
    lab = start_lab(
        name="host.example", name_address="198.51.100.9", dnsmasq_lines=("cname=alias.example,host.example",)
    )
    program = """
import struct
def ask(name, kind):
    s = udp(53)
    s.send(struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + b"".join(bytes([len(l)]) + l for l in name.split(b".")) + struct.pack(">BHH", 0, kind, 1))
    answer = s.recv(512)
    print(answer[3] & 15, struct.unpack_from(">H", answer, 6)[0], answer[-4:].hex())
ask(b"host.example", 1)
ask(b"hOsT.ExAmple", 28)
"""
    lines = in_lab(lab, program).splitlines()
    assert lines[0] == f"0 1 {int(IPv4Address('198.51.100.9')):08x}"
    assert lines[1].startswith("0 0 ")
    assert "query[A] host.example from 10.0.2.2" in lab.names_log.read_text()


def test_the_peer_echoes_and_digests(start_lab: StartLab) -> None:
    lab = start_lab()
    program = """
s = tcp(7); s.sendall(b"some words"); s.shutdown(socket.SHUT_WR); print(rest(s) == b"some words")
s = tcp(9); s.sendall(b"x" * 300_000); s.shutdown(socket.SHUT_WR); print(rest(s).decode().strip())
s = udp(7); s.send(b"a datagram"); print(s.recv(100) == b"a datagram")
s = udp(9); s.send(b"y"); print(s.recv(100).decode().strip())
s = udp(19); s.send(b"1000 5"); print(hashlib.sha256(s.recv(2000)).hexdigest())
s = tcp(19); s.sendall(b"100000 5\\n"); d = rest(s); print(hashlib.sha256(d[:100000]).hexdigest() == d[100000:].decode().strip())
s = tcp(19); s.sendall(b"-1 5\\n"); print(rest(s))
"""
    assert in_lab(lab, program).splitlines() == [
        "True",
        digest_line(b"x" * 300_000).decode().strip(),
        "True",
        digest_line(b"y").decode().strip(),
        hashlib.sha256(pseudo_random(1000, 5)).hexdigest(),
        "True",
        r"b'?\n'",
    ]
    assert ("tcp", 9, 300_000, 65) in [
        (e["protocol"], e["port"], e["received"], e["sent"]) for e in lab.served_by_peer()
    ]


def test_the_peer_resets_refuses_holds_and_half_closes(start_lab: StartLab) -> None:
    program = """
s = tcp(20); s.send(b"x")
try: print(s.recv(10))
except ConnectionResetError as e: print("reset")
try: tcp(21)
except ConnectionRefusedError: print("refused")
s = udp(21); s.send(b"x")
try: print(s.recv(10))
except ConnectionRefusedError: print("unreachable")
s = tcp(23); s.settimeout(0.3); s.send(b"x")
try: print(s.recv(10))
except TimeoutError: print("held")
s = tcp(24); print(rest(s)); s.sendall(b"still open"); s.close()
s = tcp(22); s.sendall(b"z" * 20_000); s.shutdown(socket.SHUT_WR); print(len(rest(s)))
"""
    assert in_lab(start_lab(), program).splitlines() == ["reset", "refused", "unreachable", "held", r"b'bye\n'", "65"]


def test_the_peer_calls_back(start_lab: StartLab) -> None:
    program = """
listener = socket.create_server(("0.0.0.0", 4000))
s = tcp(25); s.sendall(b"4000 5000 1\\n")
call, _ = listener.accept(); data = rest(call); call.sendall(b"thanks"); call.close()
print(len(data), rest(s) == b"OK %s 6 %s\\n" % tuple(hashlib.sha256(d).hexdigest().encode() for d in (data, b"thanks")))
s = tcp(25); s.sendall(b"4001 0 0\\n"); print(rest(s))
"""
    assert in_lab(start_lab(), program).splitlines() == ["5000 True", r"b'ERROR ECONNREFUSED\n'"]


def test_nothing_of_a_lab_stays_behind(start_lab: StartLab) -> None:
    lab = start_lab()
    inode = lab.namespace.run("readlink", "/proc/self/ns/net")
    assert lab.namespace.run("sh", "-c", "ls /proc/*/ns/net >/dev/null 2>&1; readlink /proc/self/ns/net") == inode
    lab.namespace.close()
    with pytest.raises(LabError):
        lab.namespace.run("true")


def test_a_lab_needs_no_user_but_the_one_who_starts_it(artifacts: Path) -> None:
    # A user namespace in which nobody else has a number, as for one who is not root.
    program = f"""
import sys
sys.path.insert(0, {str(PACKAGE_ROOT)!r})
from pathlib import Path
from pynet_qemu.lab import Lab, LabConfig
with Lab(LabConfig(), Path({str(artifacts)!r})) as lab:
    url = f"http://{{lab.config.name_address}}/"
    print(lab.namespace.run("curl", "--silent", "--output", "/dev/null", "--write-out", "%{{http_code}}", url))
"""
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "200", done.stderr
