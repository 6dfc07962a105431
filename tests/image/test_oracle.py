"""The oracle against recorded logs of dnsmasq, nginx and the peer: each false line is seen, each true one confirmed."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from pynet_qemu.lab import Lab, LabConfig
from pynet_qemu.machine import Card
from pynet_qemu.oracle import LINES, PREFIX, CardWitness, LabWitness, Oracle

LEASES = "1795382945 52:54:00:12:34:56 10.0.2.15 * 01:52:54:00:12:34:56\n"
NAMES = """\
dnsmasq-dhcp: 1804289383 DHCPACK(tap0) 10.0.2.15 52:54:00:12:34:56
dnsmasq-dhcp: 1804289383 sent size:  4 option:  1 netmask  255.255.255.0
dnsmasq-dhcp: 1804289383 sent size:  4 option: 28 broadcast  10.0.2.255
dnsmasq-dhcp: 1804289383 sent size:  4 option:  3 router  10.0.2.2
dnsmasq: query[A] eXamPle.com from 10.0.2.15
dnsmasq: config eXamPle.com is 93.184.216.34
"""
WEB = (
    '{"client":"10.0.2.15","server":"93.184.216.34","port":443,"host":"example.com","method":"GET","status":200,'
    '"body_bytes":1256,"tls":"TLSv1.3"}\n'
)
WEB_ERRORS = (
    "2026/11/22 20:35:45 [info] 147#147: *3 client closed connection while waiting for request, client: 10.0.2.15, "
    "server: 93.184.216.34:80\n"
)
PEER = """\
{"protocol": "tcp", "port": 7, "client": "10.0.2.15", "received": 3, "sent": 3}
{"protocol": "udp", "port": 7, "client": "10.0.2.15", "received": 3, "sent": 3}
"""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """A lab that has run: only its logs are there."""
    lab = Lab(LabConfig(), tmp_path)
    for path, text in (
        (lab.lease_file, LEASES),
        (lab.names_log, NAMES),
        (lab.web_log, WEB),
        (lab.web_error_log, WEB_ERRORS),
        (lab.peer_log, PEER),
    ):
        path.write_text(text, encoding="ascii")
    return lab


def problems_of(lab: Lab, *lines: str) -> list[str]:
    card = CardWitness(Card("virtio-net", "00:03.0", "52:54:00:12:34:56"))
    oracle = Oracle([card, LabWitness(lab)])
    oracle.hear("suite: a_case: ok")
    for line in lines:
        oracle.hear(PREFIX + line)
    return oracle.verdict()


GOOD = [line.example for line in LINES]


def test_true_lines_are_confirmed(lab: Lab) -> None:
    assert problems_of(lab, *GOOD) == []


@pytest.mark.parametrize(
    ("number", "false"),
    [
        (2, "DHCP: acquired 10.0.2.16/24 gw 10.0.2.2"),
        (2, "DHCP: acquired 10.0.2.15/25 gw 10.0.2.2"),
        (2, "DHCP: acquired 10.0.2.15/24 gw 10.0.2.1"),
        (3, "DNS: resolved example.org → 93.184.216.34"),
        (3, "DNS: resolved example.com → 93.184.216.35"),
        (4, "TCP connect to 93.184.216.34:443: OK" + "0"),
        (4, "TCP connect to 93.184.216.35:80: OK"),
        (6, "HTTPS GET /: 200 OK (received 1255 bytes)"),
        (6, "HTTPS GET /: 404 Not Found (received 1256 bytes)"),
    ],
)
def test_a_false_line_is_refused(lab: Lab, number: int, false: str) -> None:
    problems = problems_of(lab, *GOOD[:number], false, *GOOD[number + 1 :])
    assert problems
    assert f"line {number + 1}" in problems[-1] or "came before" in problems[0]


@pytest.mark.parametrize(
    ("log", "number"),
    [("lease_file", 3), ("names_log", 3), ("web_log", 6), ("web_error_log", 5), ("peer_log", 8)],
)
def test_what_no_log_confirms_is_refused(lab: Lab, log: str, number: int) -> None:
    cast(Path, getattr(lab, log)).write_text("")
    assert any(problem.startswith(f"line {number} ") for problem in problems_of(lab, *GOOD))


def test_a_stranger_in_the_logs_confirms_nothing(lab: Lab) -> None:
    lab.web_log.write_text(WEB.replace("10.0.2.15", "10.0.2.99"))
    assert [problem[:6] for problem in problems_of(lab, *GOOD)] == ["line 6", "line 7"]


def test_an_alias_is_followed(lab: Lab) -> None:
    alias = "dnsmasq: query[A] a.example from 10.0.2.15\ndnsmasq: config a.example is <CNAME>\ndnsmasq: config b.example is 1.2.3.4\n"
    lab.names_log.write_text(NAMES + alias)
    assert problems_of(lab, *GOOD[:3], "DNS: resolved a.example → 1.2.3.4", *GOOD[4:]) == []
    assert problems_of(lab, *GOOD[:3], "DNS: resolved b.example → 1.2.3.4", *GOOD[4:])


def test_a_lease_given_back_still_counts(lab: Lab) -> None:
    oracle = Oracle([LabWitness(lab)])
    oracle.hear("suite: a_case: ok")
    for line in GOOD[:3]:
        oracle.hear(PREFIX + line)
    lab.lease_file.write_text("")
    for line in GOOD[3:]:
        oracle.hear(PREFIX + line)
    assert oracle.verdict() == []


def test_a_line_is_confirmed_when_its_log_comes_late(lab: Lab) -> None:
    lab.web_log.write_text("")
    oracle = Oracle([LabWitness(lab)])
    oracle.hear("suite: a_case: ok")
    for line in GOOD:
        oracle.hear(PREFIX + line)
    assert not oracle.settled()
    lab.web_log.write_text(WEB)
    assert oracle.settled()
    assert oracle.verdict() == []


def test_a_suite_that_passes_without_having_run_is_refused(lab: Lab) -> None:
    oracle = Oracle([LabWitness(lab)])
    for line in GOOD:
        oracle.hear(PREFIX + line)
    assert oracle.verdict() == ["the suite says PASS after 0 of 0 cases that ended well"]


def test_a_suite_that_passes_with_a_failed_case_is_refused(lab: Lab) -> None:
    assert problems_of(lab, *GOOD) == []
    oracle = Oracle([LabWitness(lab)])
    oracle.hear("suite: one: ok")
    oracle.hear("suite: another: FAIL: Failure: got 1, expected 2")
    for line in GOOD:
        oracle.hear(PREFIX + line)
    assert oracle.verdict() == ["the suite says PASS after 1 of 2 cases that ended well"]


def test_no_card_is_told() -> None:
    oracle = Oracle([CardWitness(None)])
    oracle.hear(PREFIX + GOOD[0])
    assert "QEMU's query-pci says nothing of the kind" in oracle.verdict()[0]


def test_other_lines_may_come_in_between(lab: Lab) -> None:
    oracle = Oracle([LabWitness(lab)])
    oracle.hear("suite: a_case: ok")
    for line in GOOD:
        oracle.hear("a plain line")
        oracle.hear(PREFIX + "link is up")
        oracle.hear(PREFIX + line)
    assert oracle.verdict() == []


@pytest.mark.parametrize(
    "complaint",
    [
        "[SERIAL] DHCP: no offer in 10 s (tried 4 times)",
        "[SERIAL] TLS handshake: the certificate is for another host",
        "[SERIAL] Socket test suite: FAIL (2 failed)",
        'PANIC: page fault (vector 14) in thread "main"',
        "ZeroDivisionError: division by zero",
    ],
)
def test_the_first_complaint_since_the_last_good_line_is_kept(complaint: str) -> None:
    oracle = Oracle([])
    oracle.hear("[SERIAL] DNS: no answer")
    oracle.hear(PREFIX + GOOD[0])
    assert oracle.complaint == ""
    oracle.hear(complaint)
    oracle.hear("[SERIAL] DHCP: something that follows from it")
    assert oracle.complaint == complaint
