"""The oracle: the eight lines the guest must print, each held against what was learned without the guest.

Whoever knows a value from elsewhere is a Witness: it gives the lines that would be true. A line is confirmed when one of them is
equal to it, word for word. Logs are written a little later than the guest may print, so a line that nothing confirms yet is asked
for again; only `verdict` is final.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from ipaddress import IPv4Network
from typing import NamedTuple, Protocol

from pynet_qemu.lab import Lab
from pynet_qemu.machine import Card

PREFIX = "[SERIAL] "
#: How a line begins by which the guest says what failed: by a service's name, or as a panic or an exception.
#: How the suite reports a case, before its line: "suite: NAME: ok", or what went wrong in place of ok.
_SUITE_CASE = re.compile(r"suite: (\w+): (.*)")
_COMPLAINT = re.compile(
    r"(\[SERIAL\] (NIC|DHCP|DNS|TCP|TLS|HTTPS|Socket test suite|suite|memory)\b|PANIC: |\w*(Error|Exception)\b)"
)


class Expected(NamedTuple):
    """One of the eight lines: its form after the prefix, and who knows its values."""

    form: re.Pattern[str]
    example: str
    source: str


LINES = (
    Expected(re.compile(r"\S+ found at PCI \S+"), "virtio-net found at PCI 00:03.0", "QEMU's query-pci"),
    Expected(re.compile(r"MAC: \S+"), "MAC: 52:54:00:12:34:56", "QEMU's network card"),
    Expected(
        re.compile(r"DHCP: acquired \S+ gw \S+"), "DHCP: acquired 10.0.2.15/24 gw 10.0.2.2", "the DHCP server's lease"
    ),
    Expected(
        re.compile(r"DNS: resolved \S+ → \S+"), "DNS: resolved example.com → 93.184.216.34", "the DNS server's log"
    ),
    Expected(re.compile(r"TCP connect to \S+: OK"), "TCP connect to 93.184.216.34:80: OK", "the web server's logs"),
    Expected(re.compile(r"TLS handshake: OK"), "TLS handshake: OK", "the TLS version in the web server's log"),
    Expected(
        re.compile(r"HTTPS GET /: \d{3} .*\(received \d+ bytes\)"),
        "HTTPS GET /: 200 OK (received 1256 bytes)",
        "the status and body size in the web server's log",
    ),
    Expected(re.compile(r"Socket test suite: PASS"), "Socket test suite: PASS", "the log of the suite's peer"),
)


class Witness(Protocol):
    """Knows, without the guest, which lines would be true."""

    def true_lines(self, number: int) -> Iterable[str] | None:
        """The true forms of line `number` (0 to 7) as far as known by now; None: this witness can know nothing of it."""


class CardWitness:
    """QEMU: which card is where, and its address."""

    def __init__(self, card: Card | None) -> None:
        self._card = card

    def true_lines(self, number: int) -> Iterable[str] | None:
        if number > 1:
            return None
        if self._card is None:
            return ()
        return [f"{self._card.driver} found at PCI {self._card.location}" if number == 0 else f"MAC: {self._card.mac}"]


class UserNetworkWitness:
    """QEMU's user-mode network always leases the same address; of the internet behind it nothing is known."""

    def true_lines(self, number: int) -> Iterable[str] | None:
        return ["DHCP: acquired 10.0.2.15/24 gw 10.0.2.2"] if number == 2 else None


class LabWitness:
    """The lab: dnsmasq's lease and query log, nginx's logs, and the log of the suite's peer."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        # A guest that powers off gives its lease back, and it vanishes from the file: what was seen once is kept.
        self._leased: set[str] = set()
        self._asked: dict[int, Callable[[], Iterable[str]]] = {
            2: self._leases,
            3: self._answers,
            4: self._connections,
            5: self._handshakes,
            6: self._pages,
            7: self._suite,
        }

    def true_lines(self, number: int) -> Iterable[str] | None:
        self._note_leases()
        return self._asked[number]() if number in self._asked else None

    def _note_leases(self) -> None:
        """A line of dnsmasq's lease file: expiry, MAC, address, name, client id."""
        if not self._lab.lease_file.exists():
            return
        for line in self._lab.lease_file.read_text(encoding="ascii").splitlines():
            fields = line.split()
            if len(fields) > 2 and fields[1] == self._lab.config.mac:
                self._leased.add(fields[2])

    def _names_log(self) -> str:
        return self._lab.names_log.read_text(encoding="utf-8", errors="replace")

    def _leases(self) -> Iterable[str]:
        """The leased address, with the netmask and router that dnsmasq logged as sent to the guest."""
        log = self._names_log()
        netmasks = set(re.findall(r"option:\s+1 netmask\s+(\S+)", log))
        routers = set(re.findall(r"option:\s+3 router\s+(\S+)", log))
        for address in self._leased:
            for netmask in netmasks:
                prefix_length = IPv4Network(f"0.0.0.0/{netmask}").prefixlen
                yield from (f"DHCP: acquired {address}/{prefix_length} gw {router}" for router in routers)

    def _answers(self) -> Iterable[str]:
        """Names that the guest asked for and the addresses it was answered; names have no letter case (RFC 4343).

        dnsmasq logs an alias as "NAME is <CNAME>" and what it stands for right after it.
        """
        names: list[str] = []
        for line in self._names_log().lower().splitlines():
            if query := re.search(r"query\[a\] (\S+) from (\S+)", line):
                names = [query[1]] if query[2] in self._leased else []
            elif answer := re.search(r"(?:config|reply|cached|hosts) (\S+) is (\S+)", line):
                if answer[2] == "<cname>":
                    continue
                yield from (f"DNS: resolved {name} → {answer[2]}" for name in names)

    def _connections(self) -> Iterable[str]:
        """What nginx accepted: requests, and connections that ended without one."""
        ours = [(r.server, r.port) for r in self._lab.web_requests() if r.client in self._leased]
        log = self._lab.web_error_log.read_text(encoding="utf-8", errors="replace")
        idle = re.findall(r"while waiting for request, client: (\S+), server: (\S+):(\d+)", log)
        ours += [(server, int(port)) for client, server, port in idle if client in self._leased]
        yield from (f"TCP connect to {server}:{port}: OK" for server, port in ours)

    def _handshakes(self) -> Iterable[str]:
        versions = ("TLSv1.2", "TLSv1.3")
        done = any(r.client in self._leased and r.tls in versions for r in self._lab.web_requests())
        return ["TLS handshake: OK"] if done else []

    def _pages(self) -> Iterable[str]:
        for request in self._lab.web_requests():
            if request.client in self._leased and request.tls:
                reason = HTTPStatus(request.status).phrase
                yield f"HTTPS GET /: {request.status} {reason} (received {request.body_bytes} bytes)"

    def _suite(self) -> Iterable[str]:
        """That the suite ran over the wire at all: the peer served this guest on TCP and on UDP."""
        served = {entry["protocol"] for entry in self._lab.served_by_peer() if entry["client"] in self._leased}
        return ["Socket test suite: PASS"] if served == {"tcp", "udp"} else []


class Oracle:
    """Hears the console line by line and knows at the end whether all eight lines came, in order, and were true."""

    def __init__(self, witnesses: Iterable[Witness]) -> None:
        self._witnesses = list(witnesses)
        self._said: list[str] = []
        self._unconfirmed: set[int] = set()
        #: What the guest said first, since the last of the eight lines, that sounds like a failure.
        self.complaint = ""
        self._disorder = ""
        self._suite_cases: list[str] = []

    @property
    def complete(self) -> bool:
        """All eight lines have come."""
        return len(self._said) == len(LINES)

    def hear(self, text: str) -> bool:
        """Take one console line; True when it is the next of the eight."""
        self._confirm()
        if case := _SUITE_CASE.fullmatch(text):
            self._suite_cases.append(case[2])
        said = text.removeprefix(PREFIX)
        numbers = [n for n, line in enumerate(LINES) if line.form.fullmatch(said)] if text.startswith(PREFIX) else []
        if not numbers:
            self.complaint = self.complaint or (text if _COMPLAINT.match(text) else "")
            return False
        number = numbers[0]
        if number > len(self._said) and not self._disorder:
            self._disorder = f"`{text}` came before `{PREFIX}{LINES[len(self._said)].example}` or the like"
        if number != len(self._said):
            return False
        self.complaint = ""
        self._said.append(said)
        self._unconfirmed.add(number)
        self._confirm()
        return True

    def _confirm(self) -> None:
        self._unconfirmed = {number for number in self._unconfirmed if not self._is_true(number)}

    def _is_true(self, number: int) -> bool:
        known = self._known(number)
        return known is None or self._said[number] in known

    def _known(self, number: int) -> list[str] | None:
        answers = [answer for witness in self._witnesses if (answer := witness.true_lines(number)) is not None]
        return [line for answer in answers for line in answer] if answers else None

    def settled(self) -> bool:
        """Every line so far is confirmed."""
        self._confirm()
        return not self._unconfirmed

    def verdict(self) -> list[str]:
        """What is wrong, one line each; nothing: the guest said all it should, and all of it is true."""
        problems = [self._disorder] if self._disorder else []
        self._confirm()
        for number in sorted(self._unconfirmed):
            known = (
                " or ".join(f"`{line}`" for line in dict.fromkeys(self._known(number) or ())) or "nothing of the kind"
            )
            problems.append(f"line {number + 1} is `{self._said[number]}`, but {LINES[number].source} says {known}")
        if self.complete and {*self._suite_cases} != {"ok"}:
            good = self._suite_cases.count("ok")
            problems.append(f"the suite says PASS after {good} of {len(self._suite_cases)} cases that ended well")
        if not self.complete:
            number = len(self._said)
            problems.append(
                f"line {number + 1} of {len(LINES)} did not come; `{PREFIX}{LINES[number].example}` or the like was due"
            )
        return problems
