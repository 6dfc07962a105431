"""pynet's TCP against the Linux kernel's, over a TAP device, on a good wire and on one that loses, delays and repeats; scapy reads the capture."""

from __future__ import annotations

import os
import subprocess
import sys
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


def check(capture: Path) -> int:
    """Every segment of ours as scapy reads it: checksums right, no hole in the sequence numbers, no ACK of nothing. Returns how many."""
    highest: dict[tuple[int, int], int] = {}
    count = 0
    with PcapReader(str(capture)) as reader:
        for frame in reader:
            if TCP not in frame:
                continue
            count += 1
            octets = bytes(frame[IP])
            fresh = IP(octets)
            wanted = (fresh.chksum, fresh[TCP].chksum)
            del fresh.chksum, fresh[TCP].chksum
            again = IP(bytes(fresh))
            assert (again.chksum, again[TCP].chksum) == wanted, frame.summary()
            segment = frame[TCP]
            key = (segment.sport, segment.dport)
            size = frame[IP].len - 4 * frame[IP].ihl - 4 * segment.dataofs
            flags = int(segment.flags)
            end = segment.seq + size + bool(flags & 1) + bool(flags & 2)
            if flags & 2:
                highest[key] = end & 0xFFFFFFFF
            elif key in highest and not flags & 4:
                ahead = (segment.seq - highest[key]) & 0xFFFFFFFF
                assert ahead == 0 or ahead > 0x80000000, frame.summary()
                if (end - highest[key]) & 0xFFFFFFFF < 0x80000000:
                    highest[key] = end & 0xFFFFFFFF
            assert segment.ack == 0 if not flags & 16 else True
    assert isinstance(frame, Ether)
    return count


@pytest.mark.parametrize("loss", [0, 2])
def test_linux_and_pynet_understand_each_other(loss: int, tmp_path: Path) -> None:
    """Both directions, bulk, half-close, refusal, reset, 64 connections at once, closed windows."""
    if not usable():
        pytest.fail("no network namespace with TAP devices here: this test needs unshare and /dev/net/tun")
    capture = tmp_path / "sent.pcap"
    command = [*UNSHARE, sys.executable, str(PROGRAM), str(loss), str(capture)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=280)
    print(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert check(capture) > 300
