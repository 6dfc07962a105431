"""Changes of the lab (fields of LabConfig) and what the guest must then say: of pynet in the image, and of pynet on CPython."""

from __future__ import annotations

from typing import Any

#: The line, without its prefix, that changes with the lab.
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
