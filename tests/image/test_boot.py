"""From power-on to HTTPS: the booted image in the lab, held against the oracle, and each thing that can be missing or wrong."""

from __future__ import annotations

import filecmp
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cases import CHANGES, WRONGS, bad_frames, inject, missing_counters, name_of
from pynet_qemu.build import TOP, build
from pynet_qemu.cli import judge
from pynet_qemu.lab import Lab
from pynet_qemu.machine import GUEST_SUCCESS, Machine, dgram_netdev
from pynet_qemu.oracle import PREFIX, CardWitness, LabWitness, Oracle
from pynet_qemu.relay import Faults, relay_command
from scapy.utils import rdpcap

StartLab = Callable[..., Lab]
Boot = Callable[..., Machine]

PATIENCE = 120.0
LAST_LINE = PREFIX + "Socket test suite: PASS"


def run(machine: Machine, lab: Lab, patience: float = PATIENCE) -> tuple[int, list[str]]:
    """Judge a machine that was booted with `paused`: the exit status that qemu/run would have, and what it would tell."""
    told: list[str] = []
    oracle = Oracle([CardWitness(machine.card()), LabWitness(lab)])
    machine.resume()
    return judge(machine, oracle, patience, stay=False, tell=told.append), told


def assert_true_lines(machine: Machine, lab: Lab, *expected: str) -> None:
    status, told = run(machine, lab)
    assert status == 0, "\n".join([*told, machine.console.text()])
    for line in expected:
        assert PREFIX + line in machine.console.text().splitlines()


VARIANTS: dict[str, dict[str, Any]] = {
    "virtio": {},
    "virtio modern": {"nic_options": "disable-legacy=on"},
    "virtio legacy": {"nic_options": "disable-modern=on"},
    "e1000": {"nic": "e1000"},
    "82545em": {"nic": "e1000-82545em"},
    "two processors": {"cpus": 2},
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_eight_true_lines(start_lab: StartLab, boot: Boot, variant: str) -> None:
    lab = start_lab()
    machine = boot(lab, paused=True, append="poweroff", **VARIANTS[variant])
    driver = "e1000" if "nic" in VARIANTS[variant] else "virtio-net"
    assert_true_lines(machine, lab, f"{driver} found at PCI 00:03.0", "MAC: 52:54:00:12:34:56")


def test_qemu_run_boots_the_iso() -> None:
    done = subprocess.run([str(TOP / "qemu/run")], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert LAST_LINE in done.stdout.splitlines()


def test_qemu_run_boots_the_iso_by_uefi(artifacts: Path) -> None:
    pcap = artifacts / "frames.pcap"
    command = [str(TOP / "qemu/run"), "--firmware", "uefi", "--pcap", str(pcap)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "52:54:00:12:34:56" in {frame.src for frame in rdpcap(str(pcap))}


@pytest.mark.parametrize(("change", "line"), CHANGES, ids=name_of)
def test_a_change_in_the_lab_changes_its_line(
    start_lab: StartLab, boot: Boot, change: dict[str, Any], line: str
) -> None:
    lab = start_lab(**change)
    assert_true_lines(boot(lab, paused=True, mac=lab.config.mac), lab, line)


def complaint_of(machine: Machine, lab: Lab) -> str:
    """Judge a machine that must fail, and return the line of the guest that qemu/run repeats last."""
    status, told = run(machine, lab)
    assert status == 1, machine.console.text()
    assert told[-1].startswith("failed: "), "\n".join([*told, machine.console.text()])
    return told[-1].removeprefix("failed: " + PREFIX)


@pytest.mark.parametrize(("change", "complaint"), WRONGS, ids=name_of)
def test_what_is_wrong_in_the_lab_is_named(
    start_lab: StartLab, boot: Boot, change: dict[str, Any], complaint: str
) -> None:
    lab = start_lab(**change)
    assert re.fullmatch(complaint, complaint_of(boot(lab, paused=True), lab))


def test_a_certificate_is_judged_by_the_machines_clock(start_lab: StartLab, boot: Boot) -> None:
    lab = start_lab()
    complaint = complaint_of(boot(lab, paused=True, clock="2045-01-01T00:00:00"), lab)
    assert re.fullmatch(r"TLS handshake: .*certificate has expired.*", complaint)


def test_without_the_labs_authority_the_lab_is_not_trusted(start_lab: StartLab, boot: Boot) -> None:
    lab = start_lab()
    complaint = complaint_of(boot(lab, paused=True, trust_anchor=None), lab)
    assert re.fullmatch(r"TLS handshake: .*certificate's issuer is not trusted.*", complaint)


def test_a_web_server_that_is_gone_refuses(start_lab: StartLab, boot: Boot) -> None:
    lab = start_lab()
    lab.kill_web_server()
    assert re.fullmatch(r"TCP connect to 93\.184\.216\.34:80: .*refused.*", complaint_of(boot(lab, paused=True), lab))


def test_an_unplugged_cable_is_named(start_lab: StartLab, boot: Boot) -> None:
    lab = start_lab()
    machine = boot(lab, paused=True)
    machine.plug(False)
    assert re.fullmatch(r"DHCP: .*(cable|link).*", complaint_of(machine, lab))


def test_no_card_is_named(start_lab: StartLab, boot: Boot) -> None:
    lab = start_lab()
    assert re.fullmatch(r"NIC: none found.*", complaint_of(boot(lab, paused=True, nic="none"), lab))


def test_the_machine_is_switched_off_once_every_service_is_up(start_lab: StartLab, boot: Boot) -> None:
    machine = boot(start_lab(), append="services suite=off poweroff")
    assert machine.wait(PATIENCE) == GUEST_SUCCESS
    said = machine.console.text()
    assert "services: echo, discard and chargen are listening" in said
    assert PREFIX + "HTTPS GET /: 200 OK (received 1256 bytes)" in said


def test_an_idle_guest_uses_no_processor_and_answers(start_lab: StartLab, boot: Boot) -> None:
    lab = start_lab()
    machine = boot(lab)
    machine.console.expect(LAST_LINE, PATIENCE)
    time.sleep(3.0)
    before, seconds = machine.cpu_seconds(), 10.0
    time.sleep(seconds)
    assert (machine.cpu_seconds() - before) / seconds < 0.01
    # Idle, then one packet: it must not wait for the next one to be noticed.
    assert_guest_answers(lab)


def assert_guest_answers(lab: Lab) -> None:
    done = lab.namespace.attempt("ping", "-c", "1", "-W", "5", lab.config.address)
    assert done.returncode == 0, done.stdout


def test_a_pulled_cable_is_healed(start_lab: StartLab, boot: Boot) -> None:
    lab = start_lab()
    machine = boot(lab)
    machine.console.expect(LAST_LINE, PATIENCE)
    machine.plug(False)
    machine.console.expect("link: down", PATIENCE)
    assert lab.namespace.attempt("ping", "-c", "1", "-W", "1", lab.config.address).returncode != 0
    machine.plug(True)
    machine.console.expect("link: up", PATIENCE)
    time.sleep(1.0)
    assert_guest_answers(lab)


# Looks at what passes the cable meanwhile: the longest frame to the guest and the longest from it, in octets.
WATCH = """
import hashlib, socket, sys, threading
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
raw.bind(("tap0", 0))
raw.setblocking(False)
to_guest = from_guest = 0
def watch():
    global to_guest, from_guest
    try:
        while True:
            frame, (_, _, kind, _, _) = raw.recvfrom(70_000)
            if kind == socket.PACKET_OUTGOING:
                to_guest = max(to_guest, len(frame))
            else:
                from_guest = max(from_guest, len(frame))
    except BlockingIOError:
        pass
def counter(name):
    names, values = [line.split() for line in open("/proc/thread-self/net/snmp") if line.startswith("Tcp:")]
    return dict(zip(names, values))[name]
"""
# Reads from the guest's chargen what fills many windows, and prints: octets, the longest frame, TCP segments with a wrong checksum.
DOWNLOAD = """
sys.path.insert(0, {top!r})
from pynet.services import chargen_pattern
s = socket.create_connection(({address!r}, 19), timeout=60)
data = bytearray()
while len(data) < 20_000_000:
    data += s.recv(1 << 20)
    watch()
pattern = chargen_pattern()
assert data == (pattern * (len(data) // len(pattern) + 1))[: len(data)], "not what chargen sends"
print(len(data), from_guest, counter("InCsumErrors"))
"""
# Has the guest echo what it is sent, and prints: octets, the longest frame, segments that Linux sent again.
UPLOAD = """
s = socket.create_connection(({address!r}, 7), timeout=60)
sent = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(300_000))
def send():
    s.sendall(sent)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=send).start()
back = bytearray()
while data := s.recv(1 << 20):
    back += data
    watch()
assert back == sent, "not what was sent"
print(len(back), to_guest, counter("RetransSegs"))
"""


@pytest.mark.parametrize(("variant", "cuts"), [("virtio", True), ("virtio modern", True), ("virtio legacy", True), ("e1000", False)])
def test_a_download_leaves_sums_and_cutting_to_the_card_that_can(start_lab: StartLab, boot: Boot, variant: str, cuts: bool) -> None:
    """VIRTIO 1.2 §5.1.6.2, judged by Linux's TCP: frames longer than the cable's arrive whole, no sum is wrong, no octet is lost."""
    lab = start_lab()
    machine = boot(lab, append="services suite=off", **VARIANTS[variant])
    machine.console.expect("services: echo, discard and chargen are listening", PATIENCE)
    program = WATCH + DOWNLOAD.format(top=str(TOP), address=lab.config.address)
    octets, longest, wrong = map(int, lab.namespace.run("python3", "-c", program, timeout=100).split())
    assert octets >= 20_000_000
    assert longest > 30_000 if cuts else longest <= 1514
    assert wrong == 0


@pytest.mark.parametrize(("variant", "large"), [("virtio", True), ("virtio modern", True), ("virtio legacy", True), ("e1000", False)])
def test_what_comes_in_long_frames_is_read_whole(start_lab: StartLab, boot: Boot, variant: str, large: bool) -> None:
    """VIRTIO 1.2 §5.1.6.4: with GUEST_TSO4 Linux hands over what it did not cut and did not sum; every octet comes back."""
    lab = start_lab()
    machine = boot(lab, append="services suite=off", **VARIANTS[variant])
    machine.console.expect("services: echo, discard and chargen are listening", PATIENCE)
    octets, longest, again = map(int, lab.namespace.run("python3", "-c", WATCH + UPLOAD.format(address=lab.config.address), timeout=100).split())
    assert octets == 9_600_000
    assert longest > 30_000 if large else longest <= 1514
    assert again < 50


@pytest.mark.parametrize("nic", ["virtio", "e1000"])
def test_bad_frames_are_dropped_and_counted_by_reason(start_lab: StartLab, boot: Boot, nic: str) -> None:
    lab = start_lab()
    frames = bad_frames(lab.config.mac, lab.config.address, lab.config.gateway)
    machine = boot(lab, append="counters=1", nic=nic)
    machine.console.expect("DHCP: acquired", PATIENCE)
    inject(lab, [frame for frame, _ in frames])
    for _ in range(2):
        machine.console.expect("counters: ", PATIENCE)
    assert not missing_counters(machine.console.text(), frames), machine.console.text()
    # The suite may have ended before the second line of counters.
    if LAST_LINE not in machine.console.text():
        machine.console.expect(LAST_LINE, PATIENCE)


@pytest.mark.full
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_bad_cable_only_makes_it_slower(start_lab: StartLab, boot: Boot, artifacts: Path, seed: int) -> None:
    lab = start_lab(page_size=200_000)
    faults = Faults(loss=0.03, duplicate=0.03, reorder=0.05, corrupt=0.01, delay=0.005)
    lab.namespace.start(relay_command(artifacts, "tap0", faults, seed), artifacts / "relay.log")
    while not (artifacts / "relay.sock").exists():
        time.sleep(0.05)
    netdev = dgram_netdev(artifacts / "qemu.sock", artifacts / "relay.sock")
    machine = boot(lab, netdev=netdev)
    machine.console.expect("HTTPS GET /: 200 OK (received 200000 bytes)", PATIENCE)
    machine.console.expect("Socket test suite: ", 280)
    failed = re.findall(r"suite: (\w+): FAIL", machine.console.text())
    # A datagram that is lost stays lost: only UDP's cases may fail.
    assert all("datagram" in name for name in failed), machine.console.text()


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_two_clean_builds_give_the_same_iso(tmp_path: Path) -> None:
    first, second = (build("pynet.iso", tmp_path / name) for name in ("one", "another-with-a-longer-name"))
    assert filecmp.cmp(first, second, shallow=False)
