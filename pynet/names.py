"""Host names that need no name server: addresses in all of their numeric forms, and the hosts file (hosts(5))."""

from __future__ import annotations

from pynet import ipv4

# Lines of a hosts file that are looked at.
MAX_LINES = 1024

DIGITS = {8: "01234567", 10: "0123456789", 16: "0123456789abcdef"}


def number(text: str) -> int:
    """A number in C's notation, decimal, octal or hexadecimal; -1 for what is none."""
    base = 10
    digits = text
    if text[:2] in ("0x", "0X"):
        base = 16
        digits = text[2:].lower()
    elif text.startswith("0") and len(text) > 1:
        base = 8
    if not digits or any(digit not in DIGITS[base] for digit in digits):
        return -1
    return int(digits, base)


def numeric_address(text: str) -> int:
    """inet_aton(3): a, a.b, a.b.c or a.b.c.d, of which the last fills what is left of the 32 bits; -1 for what is no address."""
    parts = text.split(".")
    if len(parts) > 4:
        return -1
    values = [number(part) for part in parts]
    last_bits = 8 * (5 - len(parts))
    if min(values) < 0 or max(values[:-1], default=0) > 255 or values[-1] >> last_bits:
        return -1
    address = values[-1]
    for place, value in enumerate(values[:-1]):
        address |= value << 24 - 8 * place
    return address


def hosts_addresses(content: bytes, host: str) -> list[str]:
    """The IPv4 addresses that a hosts file has for a name, in the file's order; names are compared without case."""
    wanted = host.rstrip(".").lower()
    found: list[str] = []
    for line in content.decode("latin-1").split("\n")[:MAX_LINES]:
        words = line.partition("#")[0].split()
        if len(words) > 1 and wanted in [word.lower() for word in words[1:]]:
            address = numeric_address(words[0])
            if address >= 0 and ipv4.address_text(address) not in found:
                found.append(ipv4.address_text(address))
    return found
