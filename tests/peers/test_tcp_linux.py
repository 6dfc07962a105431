"""pynet's TCP against the Linux kernel's, over a TAP device, on a good wire and on one that loses, delays and repeats; scapy reads the capture."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import PcapReader

PROGRAM = Path(__file__).with_name("linux_tcp.py")
UNSHARE = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]


def usable() -> bool:
    """A network namespace of our own, and TAP devices in it."""
    probe = [*UNSHARE, "sh", "-c", "ip tuntap add dev tap1 mode tap"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


OURS = "10.9.0.2"


class Flow:
    """One direction of a connection: where the next new octet is, and how far the other end has acknowledged it; None: not yet seen."""

    def __init__(self) -> None:
        self.end: int | None = None


def ahead(seq: int, edge: int) -> int:
    """How far `seq` is beyond `edge`; 0 or less when it is not."""
    distance = (seq - edge) & 0xFFFFFFFF
    return distance if distance < 0x80000000 else distance - 0x100000000


def check(capture: Path) -> int:
    """What went over the wire, as scapy reads it: our checksums right, no hole in our sequence numbers, no ACK of what was not sent. How many segments of ours."""
    flows: dict[tuple[bool, int, int], Flow] = defaultdict(Flow)
    count = 0
    with PcapReader(str(capture)) as reader:
        for frame in reader:
            if TCP not in frame:
                continue
            ours = frame[IP].src == OURS
            segment = frame[TCP]
            ports = (segment.sport, segment.dport) if ours else (segment.dport, segment.sport)
            flow, other = flows[ours, *ports], flows[not ours, *ports]
            if ours:
                count += 1
                check_sums(frame)
            size = frame[IP].len - 4 * frame[IP].ihl - 4 * segment.dataofs
            flags = int(segment.flags)
            end = (segment.seq + size + bool(flags & 1) + bool(flags & 2)) & 0xFFFFFFFF
            if ours:
                assert segment.ack == 0 or flags & 16, frame.summary()
                if flags & 16 and not flags & 4 and other.end is not None:
                    assert ahead(segment.ack, other.end) <= 0, "an ACK of what was not sent: " + frame.summary()
                if flow.end is not None and not flags & 6:
                    assert ahead(segment.seq, flow.end) <= 0, "a hole in the sequence numbers: " + frame.summary()
            if flags & 2 or flow.end is None or ahead(end, flow.end) > 0 and not flags & 4:
                flow.end = end
    return count


def check_sums(frame: Ether) -> None:
    """Both checksums are what scapy computes."""
    fresh = IP(bytes(frame[IP]))
    wanted = (fresh.chksum, fresh[TCP].chksum)
    del fresh.chksum, fresh[TCP].chksum
    again = IP(bytes(fresh))
    assert (again.chksum, again[TCP].chksum) == wanted, frame.summary()


@pytest.mark.parametrize("loss", [0, 2])
def test_linux_and_pynet_understand_each_other(loss: int, tmp_path: Path) -> None:
    """Both directions, bulk and request/response, half-close, refusal, reset, 64 connections at once, closed windows; curl, nc, iperf3 and ping."""
    if not usable():
        pytest.fail("no network namespace with TAP devices here: this test needs unshare and /dev/net/tun")
    capture = tmp_path / "sent.pcap"
    command = [*UNSHARE, sys.executable, str(PROGRAM), str(loss), str(capture)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=280)
    print(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert check(capture) > 3000
