"""`services=user`: echo, discard and character generator by a program in ring 3: ours, and the bench's own netsvc.c, unchanged, where the bench is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import ours
from pynet_qemu.build import TOP
from pynet_qemu.lab import Lab
from pynet_qemu.machine import Machine

#: Where the bench lies that issue 3 names: its sources are not ours to carry.
BENCH = Path(os.environ.get("PYNET_BENCH", TOP.parent / "shared/bench"))
NETSVC = BENCH / "guest/netsvc.c"
#: Connections at a time: netsvc takes 256, and a process has room for these of MAX_PROCESSES beside the four.
MANY = {"ours": 48, "netsvc": 64}

CLIENT = """
import os, select, socket, sys
many = int(sys.argv[1])
def tcp(port):
    return socket.create_connection(("10.0.2.15", port), 60)
def exactly(s, count):
    data = b""
    while len(data) < count:
        more = s.recv(count - len(data))
        assert more, "an end too early"
        data += more
    return data
# Every write starts at the pattern's start, and netsvc's own buffer is also what it reads into: the first bytes are known, of the others the kind.
s = tcp(19); data = exactly(s, 200_000); s.close()
assert data[:1000] == bytes(32 + i % 95 for i in range(1000))
assert set(data) <= set(range(32, 127))
all_of_them = [tcp(7) for _ in range(many)]
for i, s in enumerate(all_of_them):
    s.sendall(b"%d" % i * 10)
for i, s in enumerate(all_of_them):
    assert exactly(s, len(b"%d" % i * 10)) == b"%d" % i * 10
    s.close()
s = tcp(7); data = os.urandom(300_000); got = b""; s.setblocking(False); sent = 0
while len(got) < len(data):
    r, w, _ = select.select([s], [s] if sent < len(data) else [], [], 60)
    assert r or w, "nothing moves"
    if w: sent += s.send(data[sent:sent + 20000])
    if r: got += s.recv(65536)
assert got == data
s = tcp(9); s.sendall(bytes(200_000)); s.shutdown(socket.SHUT_WR); assert s.recv(1) == b""
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(60)
for size in (1, 100, 1472):
    data = os.urandom(size); u.sendto(data, ("10.0.2.15", 7)); assert u.recv(2000) == data
print("all right")
"""


def netsvc(directory: Path) -> Path:
    """The bench's program."""
    program = directory / "netsvc"
    subprocess.run(["musl-gcc", "-static", "-O2", "-o", str(program), str(NETSVC)], check=True)
    return program


@pytest.mark.parametrize("which", ["ours", *["netsvc" for _ in range(NETSVC.exists())]])
def test_a_program_serves_the_lab(start_lab: Callable[..., Lab], boot: Callable[..., Machine], artifacts: Path, which: str) -> None:
    program = netsvc(artifacts) if which == "netsvc" else ours("services")
    lab = start_lab()
    machine = boot(lab, append="services=user suite=off bench", files=(("netsvc", program),))
    machine.console.expect("BENCH ready ", 120)
    # It listens from that line on: the first connection is not refused.
    assert lab.namespace.run(sys.executable, "-c", CLIENT, str(MANY[which]), timeout=200).strip() == "all right"
    assert "3 received" in lab.namespace.run("ping", "-c", "3", "-W", "10", "10.0.2.15", timeout=60)
    assert "[SERIAL] services: /sbin/netsvc serves echo, discard and chargen" in machine.console.text().splitlines()


def test_a_program_that_does_not_serve_is_told(start_lab: Callable[..., Lab], boot: Callable[..., Machine]) -> None:
    machine = boot(start_lab(), append="services=user suite=off", files=(("netsvc", Path("/bin/true")),))
    assert machine.console.expect("services: /sbin/netsvc", 120).endswith("No such file or directory")
