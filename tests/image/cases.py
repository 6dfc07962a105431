"""What is done to the lab and its guest, and what the guest must then say: of pynet in the image, and of pynet on CPython."""

from __future__ import annotations

from typing import Any

from pynet_qemu.lab import TAP, Lab
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

#: Fields of LabConfig, and the line, without its prefix, that changes with them.
CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"page_size": 0}, "HTTPS GET /: 200 OK (received 0 bytes)"),
    ({"page_size": 100_001}, "HTTPS GET /: 200 OK (received 100001 bytes)"),
    ({"address": "10.0.2.77"}, "DHCP: acquired 10.0.2.77/24 gw 10.0.2.2"),
    (
        {"address": "172.16.8.9", "gateway": "172.16.10.1", "prefix_length": 20},
        "DHCP: acquired 172.16.8.9/20 gw 172.16.10.1",
    ),
    ({"name_address": "198.51.100.7"}, "DNS: resolved example.com → 198.51.100.7"),
    ({"mac": "52:54:00:ab:cd:ef"}, "MAC: 52:54:00:ab:cd:ef"),
    ({"key_kind": "rsa2048", "tls_protocols": "TLSv1.2"}, "TLS handshake: OK"),
    ({"key_kind": "p384", "tls_protocols": "TLSv1.3"}, "TLS handshake: OK"),
    (
        {"dnsmasq_lines": ("cname=example.com,real.example.com", "host-record=real.example.com,93.184.216.34")},
        "DNS: resolved example.com → 93.184.216.34",
    ),
]

#: What may be wrong, and the form of the line, without its prefix, that names it.
WRONGS: list[tuple[dict[str, Any], str]] = [
    ({"dhcp": False}, r"DHCP: no offer in \d+ s \(tried \d+ times\)"),
    ({"dns": False}, r"DNS: .*example\.com.*"),
    ({"name": "example.org"}, r"DNS: .*example\.com.*"),
    ({"certificate": "wrong-host"}, r"TLS handshake: .*certificate is for another host name.*"),
    ({"certificate": "expired"}, r"TLS handshake: .*certificate has expired.*"),
    ({"certificate": "untrusted"}, r"TLS handshake: .*certificate's issuer is not trusted.*"),
    ({"certificate": "self-signed"}, r"TLS handshake: .*certificate's issuer is not trusted.*"),
    ({"certificate": "weak-key", "tls_protocols": "TLSv1.2"}, r"TLS handshake: .*certificate's key is too small.*"),
    ({"status": 404}, r"HTTPS GET /: .*404 Not Found.*"),
]


def name_of(value: object) -> str:
    """The name of a case in pytest's list."""
    return ",".join(f"{field}={value[field]}" for field in value) if isinstance(value, dict) else ""


def bad_frames(mac: str, address: str, gateway: str) -> list[tuple[bytes, str]]:
    """Frames for the guest that has `mac` and `address`, each with the counter of its reason for being dropped."""
    to_guest = Ether(dst=mac, src="02:00:00:00:00:01")
    packet = to_guest / IP(src=gateway, dst=address)
    return [
        (bytes(Ether(dst=mac, src="03:00:00:00:00:01", type=0x0800)), "ethernet: source is a group address"),
        (bytes(Ether(dst=mac, src="02:00:00:00:00:01", type=0x9999)), "ethernet: unknown EtherType"),
        (bytes(to_guest / ARP(op=77, psrc=gateway, pdst=address)), "arp: unknown operation"),
        (bytes(to_guest / IP(src=gateway, dst=address, version=5) / UDP()), "ipv4: version is not 4"),
        (bytes(to_guest / IP(src=gateway, dst=address, chksum=0x1234) / UDP()), "ipv4: bad header checksum"),
        (bytes(packet / UDP(sport=1, dport=9, chksum=0x1234) / b"data"), "udp: bad checksum"),
        (bytes(packet / UDP(sport=1, dport=54321) / b"data"), "udp: no such port"),
        (bytes(packet / TCP(sport=1, dport=54321, chksum=0x1234)), "tcp: bad checksum"),
    ]


def inject(lab: Lab, frames: list[bytes]) -> None:
    """Put frames on the lab's cable, towards the guest."""
    program = (
        "import socket, sys\n"
        f"s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(({TAP!r}, 0))\n"
        "for frame in sys.argv[1:]: s.send(bytes.fromhex(frame))\n"
    )
    lab.namespace.run("python3", "-c", program, *(frame.ljust(60, b"\0").hex() for frame in frames))


def missing_counters(text: str, frames: list[tuple[bytes, str]]) -> set[str]:
    """Which reasons no `counters:` line of the console names with a count."""
    printed = "\n".join(line for line in text.splitlines() if line.startswith("counters: "))
    return {reason for _, reason in frames if f"{reason} " not in printed}
