"""pynet's Stack on a TAP device against the Linux kernel's TCP. To be run in a network namespace of its own: `unshare -rn python linux_tcp.py LOSS`.

LOSS: how many frames in a hundred the relay loses, delays beyond the next ones, or repeats, each way. Prints a line a case; the exit status is
the number of cases that failed. Our side is echo, HTTP and iperf3 servers, and a client; the Linux side is Python's socket module in threads, and
curl, nc, iperf3 and ping. With a second argument what was sent and received is written there as a capture.
"""

from __future__ import annotations

import fcntl
import hashlib
import heapq
import json
import os
import random
import select
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pynet import errno
from pynet.net import Stack, Transport
from pynet.sockets import Sockets
from pynet.tcp.connection import Connection
from pynet.tcp.states import ESTABLISHED, SYN_RECEIVED, SYN_SENT
from tests.peers import servers

OURS = 0x0A090002
THEIRS = 0x0A090001
NETMASK = 0xFFFFFF00
ECHO = 7
TUNSETIFF = 0x400454CA
IFF_TAP_NO_PI = 0x1002
TIMEOUT = 90


def now() -> int:
    """Microseconds."""
    return time.monotonic_ns() // 1000


class Tap(Transport):
    """A TAP device behind a relay that loses, delays and repeats."""

    mac = 0x020000000002

    def __init__(self, loss: float) -> None:
        self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH", b"tap0", IFF_TAP_NO_PI))
        for command in ("ip addr add 10.9.0.1/24 dev tap0", "ip link set tap0 up", "ip link set lo up"):
            subprocess.run(command.split(), check=True)
        self.loss = loss
        self.random = random.Random(5)
        # (when, serial number, outwards, frame)
        self.late: list[tuple[int, int, bool, bytes]] = []
        self.serial = 0
        # Every frame that we sent or that reached us, in order.
        self.seen: list[bytes] = []

    def fate(self, frame: bytes, outwards: bool) -> list[bytes]:
        """What goes on at once."""
        if self.random.random() < self.loss:
            return []
        if self.random.random() < self.loss:
            self.serial += 1
            heapq.heappush(self.late, (now() + self.random.randrange(5000), self.serial, outwards, frame))
            return []
        return [frame, frame] if self.random.random() < self.loss else [frame]

    def write(self, frame: bytes) -> None:
        try:
            os.write(self.fd, frame)
        except BlockingIOError:
            pass

    def send(self, frame: bytearray, csum_start: int = 0, csum_offset: int = 0, gso_size: int = 0) -> bool:
        self.seen.append(bytes(frame))
        for copy in self.fate(bytes(frame), True):
            self.write(copy)
        return True

    def recv(self) -> tuple[bytes, int] | None:
        frame = self.arrive()
        if frame is None:
            return None
        self.seen.append(frame)
        return frame, 0

    def arrive(self) -> bytes | None:
        """The next frame that the relay lets through."""
        while True:
            if self.late and self.late[0][0] <= now():
                _, _, outwards, frame = heapq.heappop(self.late)
                if not outwards:
                    return frame
                self.write(frame)
                continue
            try:
                frames = self.fate(os.read(self.fd, 65536), False)
            except BlockingIOError:
                return None
            if frames:
                self.late += [(0, 0, False, frame) for frame in frames[1:]]
                heapq.heapify(self.late)
                return frames[0]


class Host:
    """Our side: the Stack, its loop in a thread, one lock round both."""

    def __init__(self, loss: float) -> None:
        self.lock = threading.RLock()
        self.tap = Tap(loss)
        self.stack = Stack(self.tap, now, os.urandom)
        self.stack.configure(OURS, NETMASK, 0)
        self.awake, self.wake = os.pipe()
        listener = self.stack.tcp.listen(0, ECHO, 128)

        def accept() -> None:
            while (conn := listener.accept()) is not None:
                echo(conn)

        listener.changed = accept
        sockets = Sockets(self.stack)
        self.stack.loop.spawn(servers.http(sockets), "http")
        self.stack.loop.spawn(servers.iperf(sockets), "iperf3")
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self) -> None:
        while True:
            with self.lock:
                self.stack.poll()
                deadline = self.stack.next_deadline()
                if self.tap.late and not 0 <= deadline < self.tap.late[0][0]:
                    deadline = self.tap.late[0][0]
            wait = min(max(deadline - now(), 0) / 1e6, 0.5) if deadline >= 0 else 0.5
            if self.awake in select.select([self.tap.fd, self.awake], [], [], wait)[0]:
                os.read(self.awake, 100)


def echo(conn: Connection) -> None:
    """Send back what comes, then close."""
    pending = bytearray()

    def turn() -> None:
        while True:
            if pending:
                try:
                    del pending[: conn.send(pending, now())]
                except OSError:
                    return
                if pending:
                    return
            data = conn.receive(65536, now())
            if data is None:
                return
            if data == b"":
                conn.close(now())
                return
            pending.extend(data)

    conn.changed = turn
    turn()


def linux_echo(size: int, pause: float = 0) -> None:
    """A Linux client sends `size` random bytes, closes its half, and reads them back, after a pause in which all windows close."""
    data = os.urandom(size)
    got = bytearray()
    with socket.create_connection(("10.9.0.2", ECHO), timeout=TIMEOUT) as sock:

        def send() -> None:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(pause)
        while block := sock.recv(65536):
            got += block
        sender.join()
    assert bytes(got) == data, (len(got), size)


def at_once(count: int, case: Callable[[], None]) -> None:
    """So many threads do the same."""
    failed: list[Exception] = []

    def one() -> None:
        try:
            case()
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed


def our_upload(host: Host, size: int) -> None:
    """Our client sends `size` bytes and its FIN; the Linux server answers with their SHA-256 and closes."""
    server = socket.create_server(("10.9.0.1", 0))
    data = os.urandom(size)

    def serve() -> None:
        peer, _ = server.accept()
        peer.settimeout(TIMEOUT)
        digest = hashlib.sha256()
        while block := peer.recv(65536):
            digest.update(block)
        peer.sendall(digest.digest())
        peer.close()

    threading.Thread(target=serve, daemon=True).start()
    done = threading.Event()
    answer = bytearray()
    given = [0]
    with host.lock:
        conn = host.stack.tcp.connect(OURS, 0, THEIRS, server.getsockname()[1], now())

        def turn() -> None:
            if conn.error:
                done.set()
            if conn.error or conn.state in (SYN_SENT, SYN_RECEIVED):
                return
            while given[0] < size:
                taken = conn.send(data[given[0] : given[0] + 65536], now())
                if not taken:
                    break
                given[0] += taken
                if given[0] == size:
                    conn.shutdown_write(now())
            while (block := conn.receive(100, now())) is not None:
                if block == b"":
                    conn.close(now())
                    done.set()
                    return
                answer.extend(block)

        conn.changed = turn
    os.write(host.wake, b"x")
    assert done.wait(TIMEOUT), conn.status()
    assert bytes(answer) == hashlib.sha256(data).digest(), (conn.error, len(answer))


def request_response(count: int) -> None:
    """A Linux client asks and is answered on one connection; no answer waits for a timer of ours."""
    with socket.create_connection(("10.9.0.2", ECHO), timeout=TIMEOUT) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(count):
            question = b"%08d" % number * (1 + number % 40)
            sock.sendall(question)
            answer = b""
            while len(answer) < len(question):
                more = sock.recv(65536)
                assert more
                answer += more
            assert answer == question


def we_ask(host: Host, count: int) -> None:
    """Our client asks and a Linux server answers, so often."""
    server = socket.create_server(("10.9.0.1", 0))

    def serve() -> None:
        peer, _ = server.accept()
        peer.settimeout(TIMEOUT)
        while block := peer.recv(65536):
            peer.sendall(block.upper())
        peer.close()

    threading.Thread(target=serve, daemon=True).start()
    done = threading.Event()
    asked = [0]
    with host.lock:
        conn = host.stack.tcp.connect(OURS, 0, THEIRS, server.getsockname()[1], now())

        def turn() -> None:
            if conn.error:
                done.set()
            if conn.state != ESTABLISHED:
                return
            answer = conn.receive(100, now())
            if asked[0] and answer is None:
                return
            assert answer in (None, b"QUESTION")
            asked[0] += 1
            if asked[0] > count:
                conn.close(now())
                done.set()
            else:
                conn.send(b"question", now())

        conn.changed = turn
    os.write(host.wake, b"x")
    assert done.wait(TIMEOUT) and not conn.error, (asked, conn.status())


def we_reset(host: Host) -> None:
    """ABORT: the Linux client reads what came before, then hears ECONNRESET."""
    with socket.create_connection(("10.9.0.2", ECHO), timeout=TIMEOUT) as sock:
        sock.sendall(b"once")
        assert sock.recv(100) == b"once"
        port = sock.getsockname()[1]
        with host.lock:
            conn = next(conn for conn in host.stack.tcp.connections.values() if conn.rport == port)
            conn.abort(now())
        os.write(host.wake, b"x")
        sock.settimeout(5)
        try:
            sock.recv(100)
        except ConnectionResetError:
            return
        except TimeoutError:
            if host.tap.loss:
                return
        raise AssertionError("no reset")


def run(*command: str, text: bytes = b"") -> bytes:
    """A program's output; it must end well."""
    done = subprocess.run(command, input=text, capture_output=True, timeout=TIMEOUT, check=False)
    assert done.returncode == 0, (command, done.returncode, done.stdout[-500:], done.stderr[-500:])
    return done.stdout


def curl(size: int) -> None:
    """curl gets and posts."""
    assert run("curl", "-sS", "--fail", f"http://10.9.0.2/{size}") == servers.page(size)
    with tempfile.NamedTemporaryFile() as body:
        body.write(data := os.urandom(size))
        body.flush()
        digest = run("curl", "-sS", "--fail", "--data-binary", "@" + body.name, "http://10.9.0.2/")
    assert digest.decode() == hashlib.sha256(data).hexdigest()


def netcat(size: int) -> None:
    """nc -N sends, closes its half, and prints the echo."""
    data = os.urandom(size)
    assert run("nc", "-N", "10.9.0.2", str(ECHO), text=data) == data


def iperf3(*options: str) -> None:
    """iperf3's client, and what both sides counted."""
    told = json.loads(run("iperf3", "-c", "10.9.0.2", "-n", "1M", "-J", *options))
    assert "error" not in told, told["error"]
    end = told["end"]
    sent, received = end["sum_sent"]["bytes"], end["sum_received"]["bytes"]
    print(f"       iperf3 {' '.join(options)}: {received * 8 / end['sum_received']['seconds'] / 1e6:.1f} Mbit/s")
    assert sent >= 1 << 20, sent
    if "-R" in options:
        # The client stops reading when it has what it wants.
        assert received >= 1 << 20, (sent, received)
    else:
        assert received == sent, (sent, received)


def ping(host: Host) -> None:
    """Echo requests of one packet, and of three fragments."""
    for size in ("56", "1472", "4000"):
        lost = b"0% packet loss" if not host.tap.loss else b"packet loss"
        done = subprocess.run(["ping", "-q", "-c", "20", "-i", "0.02", "-W", "2", "-s", size, "10.9.0.2"], capture_output=True, check=False)
        assert lost in done.stdout and b"100% packet loss" not in done.stdout, done.stdout


def we_are_refused(host: Host) -> None:
    """ECONNREFUSED from a Linux port where nobody listens."""
    done = threading.Event()
    with host.lock:
        conn = host.stack.tcp.connect(OURS, 0, THEIRS, 1, now())
        conn.changed = done.set
    os.write(host.wake, b"x")
    assert done.wait(30) and conn.error == errno.ECONNREFUSED, conn.error


def linux_is_refused() -> None:
    """ECONNREFUSED from our port where nobody listens."""
    try:
        socket.create_connection(("10.9.0.2", 9), timeout=30).close()
    except ConnectionRefusedError:
        return
    raise AssertionError("not refused")


def linux_resets(host: Host) -> None:
    """SO_LINGER 0: our side is gone at once."""
    sock = socket.create_connection(("10.9.0.2", ECHO), timeout=TIMEOUT)
    port = sock.getsockname()[1]
    sock.sendall(b"x" * 100)
    assert sock.recv(1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    for _ in range(100):
        with host.lock:
            left = [conn for conn in host.stack.tcp.connections.values() if conn.rport == port]
        if not left or host.tap.loss:
            return
        time.sleep(0.1)
    raise AssertionError(left[0].status())


def linux_saw_no_error(host: Host) -> None:
    """The kernel counted no segment of ours with a bad checksum; nor another fault, which a SYN,ACK that the relay repeats is to it."""
    lines = [line.split()[1:] for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Tcp:")]
    counters = dict(zip(lines[0], lines[1], strict=True))
    assert counters["InCsumErrors"] == "0", counters
    assert counters["InErrs"] == "0" or host.tap.loss, counters


def main() -> int:
    loss = float(sys.argv[1]) / 100
    host = Host(loss)
    bulk = 300_000 if loss else 1_000_000
    cases: list[tuple[str, Callable[[], None]]] = [
        ("a Linux client, one byte there and back", lambda: linux_echo(1)),
        ("a Linux client, bulk there and back", lambda: linux_echo(bulk)),
        ("64 Linux clients at once", lambda: at_once(64, lambda: linux_echo(20_000))),
        ("our client, bulk to a Linux server, half-close", lambda: our_upload(host, bulk)),
        ("64 clients of ours at once", lambda: at_once(64, lambda: our_upload(host, 20_000))),
        ("a Linux client asks 300 times", lambda: request_response(300)),
        ("our client asks 300 times", lambda: we_ask(host, 300)),
        ("our client is refused", lambda: we_are_refused(host)),
        ("a Linux client is refused", linux_is_refused),
        ("a Linux client resets", lambda: linux_resets(host)),
        ("we reset a Linux client", lambda: we_reset(host)),
        ("curl gets and posts", lambda: curl(bulk)),
        ("nc sends, closes its half and listens", lambda: netcat(bulk)),
        ("iperf3 sends", iperf3),
        ("iperf3 receives", lambda: iperf3("-R")),
        ("iperf3 on four connections", lambda: iperf3("-P", "4")),
        ("ping, in packets and fragments", lambda: ping(host)),
        ("a Linux client reads late, all windows close", lambda: linux_echo(1_500_000, 2)),
        ("Linux found no fault in a segment", lambda: linux_saw_no_error(host)),
    ]
    failed = 0
    for name, case in cases:
        start = time.monotonic()
        try:
            case()
            verdict = "ok  "
        except Exception as error:  # noqa: BLE001
            verdict = "FAIL"
            name += ": " + repr(error)
            failed += 1
        print(f"{verdict} {name} ({time.monotonic() - start:.2f} s)", flush=True)
    if len(sys.argv) > 2:
        from scapy.utils import PcapWriter

        with PcapWriter(sys.argv[2], linktype=1) as capture:
            for frame in host.tap.seen:
                capture.write(frame)
    return failed


if __name__ == "__main__":
    os._exit(main())
