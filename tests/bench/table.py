"""What a segment, a round trip and a connection cost, beside the peers in the same run: `python -m tests.bench.table` prints the table.

Compiled, in instructions of both ends that callgrind counts, start-up apart (the difference of two runs of different length). On CPython, in
microseconds of CPU at the end that receives, checksums apart. Peers: lwIP, where PYNET_BENCH (default: ../shared/bench) has inmem/lwip_b2b.c and
liblwip-dev is installed; PyTCP's parsers, where PYTCP names a directory with its packages. What is not there is said, and its cells are empty.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pynet import ethernet, ipv4
from pynet.frame import HEADROOM
from pynet.tcp import segment

TOP = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("PYNET_BENCH", TOP.parent / "shared/bench"))
# Our modes, with the units that the longer run has more than the shorter; lwIP's, with the octets or units of both runs.
# SEGMENTS: of a run on CPython.
OURS = {
    "bulk": ("a full segment", 2000),
    "summed": ("a full segment, the sums left to the NIC", 2000),
    "cut": ("a full segment, sums and cutting left to the NIC", 2000),
    "rr": ("a round trip", 1000),
    "echo": ("a round trip of the echo service", 1000),
    "conn": ("a connection", 400),
}
LWIP = {"bulk": (2_000_000, 6_000_000), "rr": (1000, 4000), "conn": (200, 1200)}
SEGMENTS = 3000


def counted(directory: str, *command: str | Path) -> tuple[int, str]:
    """Instructions of a program under callgrind, and what it printed."""
    grind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out", *map(str, command)]
    # callgrind counts each octet that `rep movsb` moves as an instruction: glibc is to copy long blocks by the loop that it copies short ones by.
    environment = os.environ | {"GLIBC_TUNABLES": "glibc.cpu.x86_rep_movsb_threshold=1000000000"}
    done = subprocess.run(grind, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found, done.stderr
    return int(found[1]), done.stdout


def ours(program: Path, directory: str) -> dict[str, int]:
    """Instructions a unit, by mode."""
    return {
        mode: (counted(directory, program, "tests.bench.tcp", mode + "_many")[0] - counted(directory, program, "tests.bench.tcp", mode + "_few")[0]) // units
        for mode, (_, units) in OURS.items()
    }


def lwip(directory: str) -> dict[str, int]:
    """The same of lwIP; {} where it is not there."""
    source = BENCH / "inmem/lwip_b2b.c"
    program = Path(directory) / "lwip"
    compiled = source.exists() and subprocess.run(
        ["gcc", "-O2", "-I/usr/include/lwip", "-o", program, source, "-llwip"], capture_output=True, check=False
    ).returncode == 0  # fmt: skip
    if not compiled:
        print("no lwIP: it wants", source, "and the Debian package liblwip-dev")
        return {}
    costs = {}
    for mode, sizes in LWIP.items():
        few, many = [counted(directory, program, mode, str(size)) for size in sizes]
        units = [float(re.search(r"units=([\d.]+)", text)[1]) for _, text in (few, many)]  # type: ignore[index]
        costs[mode] = round((many[0] - few[0]) / (units[1] - units[0]))
    return costs


def without_checksums() -> None:
    """Every sum is right from now on, and costs nothing."""
    for module in (segment, ipv4):
        module.checksum = lambda *_: 0  # type: ignore[attr-defined]


def received(segments: int) -> float:
    """Microseconds for a full segment to be received, parsed, processed and acknowledged."""
    from tests.bench.tcp import CHUNK, MSS, Bench

    bench = Bench()
    client, server = bench.connection()
    left, got, spent = segments * MSS, 0, 0.0
    while got < segments * MSS:
        if left:
            left -= client.send(CHUNK[: min(left, len(CHUNK))], bench.clock())
        bench.a.poll()
        began = time.process_time()
        bench.b.poll()
        spent += time.process_time() - began
        got += len(server.receive(65536, bench.clock()) or b"")
    return spent / segments * 1e6


def pytcp(segments: int) -> float | None:
    """Microseconds for PyTCP's parsers to read the same segment; None where they are not there."""
    directory = os.environ.get("PYTCP")
    if directory is None:
        print("no PyTCP: PYTCP names no directory with net_proto and net_addr in it")
        return None
    sys.path.insert(0, directory)
    parsers: Any = importlib.import_module("net_proto")
    for name, module in list(sys.modules.items()):
        if name.startswith("net_proto") and hasattr(module, "inet_cksum"):
            module.inet_cksum = lambda *_, **__: 0  # type: ignore[attr-defined]
    frame = segment.new_segment(segment.TIMESTAMPS_SIZE, 1448)
    segment.put_timestamps(frame, HEADROOM + segment.HEADER, 1, 2)
    segment.emit(frame, segment.TIMESTAMPS_SIZE, 0x0A000001, 0x0A000002, 1000 << 16 | 2000, 5, 6, segment.ACK, 1000, 0)
    ipv4.emit(frame, len(frame) - ipv4.AT, 1, ipv4.DONT_FRAGMENT, 64, 0, ipv4.TCP, 0x0A000001, 0x0A000002)
    ethernet.emit(frame, 0x020000000002, 0x020000000001, ethernet.TYPE_IPV4)
    raw = bytes(frame)
    began = time.process_time()
    for _ in range(segments):
        packet = parsers.PacketRx(raw)
        parsers.EthernetParser(packet)
        parsers.Ip4Parser(packet)
        parsers.TcpParser(packet)
    return (time.process_time() - began) / segments * 1e6


def main() -> None:
    """Print the tables."""
    if shutil.which("valgrind") is None:
        sys.exit("valgrind counts the instructions, and is not here: apt-get install valgrind")
    sys.path.insert(0, str(TOP / "qemu"))
    build: Any = importlib.import_module("pynet_qemu.build").build
    program = build("tests/bench/bench-tcp")
    with tempfile.TemporaryDirectory() as directory:
        own, others = ours(program, directory), lwip(directory)
    print("| compiled, both ends, instructions | pynet | lwIP | ratio |\n|---|---|---|---|")
    for mode, (what, _) in OURS.items():
        other = others.get(mode)
        print(f"| {what} | {own[mode]} | {other if other else ''} | {f'{own[mode] / other:.2f}' if other else ''} |")
    without_checksums()
    received(500)
    mine, parsing = min(received(SEGMENTS) for _ in range(5)), pytcp(SEGMENTS)
    print(f"\n| CPython {sys.version.split()[0]}, checksums apart | us of CPU |\n|---|---|")
    print(f"| pynet: a full segment received, parsed, processed, acknowledged | {mine:.1f} |")
    if parsing is not None:
        print(f"| PyTCP: its headers parsed | {parsing:.1f} |")


if __name__ == "__main__":
    main()
