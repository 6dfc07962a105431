"""The server that the guest's socket test suite talks to: `python -m pynet_qemu.peer ADDRESS LOG [BASE]`.

It listens on BASE (default 0) plus these ports of ADDRESS, the guest's gateway:

    7   TCP, UDP  echo: what comes is sent back; on TCP until the client's end of file, then the peer closes
    9   TCP       sink: reads to the end of file, answers with the SHA-256 of all of it as 64 hex digits and a newline, closes
    9   UDP       each datagram is answered with the SHA-256 of its data, the same way
    19  TCP       source: reads "COUNT SEED\\n", sends COUNT pseudo-random bytes, then their SHA-256 as above, closes
    19  UDP       a datagram "COUNT SEED" is answered with one of COUNT pseudo-random bytes
    20  TCP       resetter: accepts, reads one byte or the end of file, then resets the connection
    21  TCP, UDP  closed: nothing listens, so TCP answers with a reset and UDP with ICMP port unreachable
    22  TCP       slow sink: as 9, with a receive buffer of 4 KiB of which 2 KiB is read every 20 ms, after a first rest of 500 ms
    23  TCP       holder: accepts, reads nothing and sends nothing until the client's connection is gone or 60 s have passed
    24  TCP       half-closer: sends "bye\\n" and shuts down its sending side at once, then reads to the end of file and closes
    25  TCP       caller: reads "PORT COUNT SEED\\n", connects to PORT at the client's address, sends COUNT pseudo-random bytes
                  there, shuts down its sending side and reads to the end of file; then reports on the first connection
                  "OK SENT-SHA256 RECEIVED-COUNT RECEIVED-SHA256\\n", or "ERROR NAME\\n" with NAME of errno (ECONNREFUSED ...)

COUNT is at most 16 MiB on TCP and 65,507 on UDP, SEED any integer; the same pair gives the same bytes. A request that cannot be
understood is answered with "?\\n". Each connection, and each datagram answered, is one line of JSON in LOG: protocol, port,
client, received, sent (bytes).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import random
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TextIO

TCP_COUNT_LIMIT = 16 << 20
UDP_COUNT_LIMIT = 65507
CHUNK = 64 << 10
PATIENCE = 60.0


class Traffic(NamedTuple):
    """Bytes that went each way, as the peer saw them."""

    received: int
    sent: int


def pseudo_random(count: int, seed: int) -> bytes:
    """The `count` bytes that belong to `seed`."""
    return random.Random(seed).randbytes(count)


def digest_line(data: bytes) -> bytes:
    """The SHA-256 of `data` as the peer writes it: 64 hex digits and a newline."""
    return hashlib.sha256(data).hexdigest().encode() + b"\n"


def _read_all(connection: socket.socket) -> bytes:
    received = bytearray()
    while chunk := connection.recv(CHUNK):
        received += chunk
    return bytes(received)


def _read_line(connection: socket.socket) -> bytes:
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < 80:
        octet = connection.recv(1)
        if not octet:
            break
        line += octet
    return bytes(line)


def _numbers(line: bytes, count: int) -> list[int] | None:
    try:
        numbers = [int(word) for word in line.split()]
    except ValueError:
        return None
    return numbers if len(numbers) == count else None


def _echo(connection: socket.socket) -> Traffic:
    total = 0
    while chunk := connection.recv(CHUNK):
        connection.sendall(chunk)
        total += len(chunk)
    return Traffic(total, total)


def _sink(connection: socket.socket) -> Traffic:
    answer = digest_line(received := _read_all(connection))
    connection.sendall(answer)
    return Traffic(len(received), len(answer))


def _source(connection: socket.socket) -> Traffic:
    line = _read_line(connection)
    numbers = _numbers(line, 2)
    answer = b"?\n"
    if numbers and 0 <= numbers[0] <= TCP_COUNT_LIMIT:
        data = pseudo_random(*numbers)
        answer = data + digest_line(data)
    connection.sendall(answer)
    return Traffic(len(line), len(answer))


def _resetter(connection: socket.socket) -> Traffic:
    received = connection.recv(1)
    # Closing with a linger time of zero sends RST in place of FIN.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return Traffic(len(received), 0)


def _slow_sink(connection: socket.socket) -> Traffic:
    time.sleep(0.5)
    received = bytearray()
    while chunk := connection.recv(2048):
        received += chunk
        time.sleep(0.02)
    answer = digest_line(bytes(received))
    connection.sendall(answer)
    return Traffic(len(received), len(answer))


def _holder(connection: socket.socket) -> Traffic:
    tcp_closed_states = (7, 8)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        # The first byte of struct tcp_info is the state; CLOSE (7) follows a reset, CLOSE_WAIT (8) the client's FIN.
        if connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] in tcp_closed_states:
            break
        time.sleep(0.1)
    return Traffic(0, 0)


def _half_closer(connection: socket.socket) -> Traffic:
    connection.sendall(b"bye\n")
    connection.shutdown(socket.SHUT_WR)
    return Traffic(len(_read_all(connection)), 4)


def _caller(connection: socket.socket) -> Traffic:
    line = _read_line(connection)
    numbers = _numbers(line, 3)
    answer = b"?\n"
    if numbers and 0 <= numbers[1] <= TCP_COUNT_LIMIT:
        port, count, seed = numbers
        try:
            answer = _call((connection.getpeername()[0], port), pseudo_random(count, seed))
        except OSError as error:
            name = "ETIMEDOUT" if isinstance(error, TimeoutError) else errno.errorcode.get(error.errno or 0, "EIO")
            answer = f"ERROR {name}\n".encode()
    connection.sendall(answer)
    return Traffic(len(line), len(answer))


def _call(address: tuple[str, int], data: bytes) -> bytes:
    with socket.create_connection(address, timeout=10.0) as call:
        # The other side may echo as it reads, so both directions have to move at once.
        sender = threading.Thread(target=_send_and_shut_down, args=(call, data), daemon=True)
        sender.start()
        received = _read_all(call)
        sender.join()
    sent, got = hashlib.sha256(data).hexdigest(), hashlib.sha256(received).hexdigest()
    return f"OK {sent} {len(received)} {got}\n".encode()


def _send_and_shut_down(call: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        call.sendall(data)
        call.shutdown(socket.SHUT_WR)


def _udp_source(datagram: bytes) -> bytes:
    numbers = _numbers(datagram, 2)
    return pseudo_random(*numbers) if numbers and 0 <= numbers[0] <= UDP_COUNT_LIMIT else b"?\n"


TCP_SERVICES: dict[int, Callable[[socket.socket], Traffic]] = {
    7: _echo,
    9: _sink,
    19: _source,
    20: _resetter,
    22: _slow_sink,
    23: _holder,
    24: _half_closer,
    25: _caller,
}

UDP_SERVICES: dict[int, Callable[[bytes], bytes]] = {7: bytes, 9: digest_line, 19: _udp_source}


class Peer:
    """All services on one address; each port has a thread of its own, and each TCP connection another."""

    def __init__(self, address: str, log: TextIO, base: int = 0) -> None:
        self._address, self._log, self._base = address, log, base
        self._log_lock = threading.Lock()

    def start(self) -> None:
        """Bind every port, then serve from threads in the background."""
        threads = [threading.Thread(target=self._accept, args=(self._listen(port), port)) for port in TCP_SERVICES]
        threads += [threading.Thread(target=self._answer, args=(self._bind(port), port)) for port in UDP_SERVICES]
        for thread in threads:
            thread.daemon = True
            thread.start()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if TCP_SERVICES[port] is _slow_sink:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind((self._address, self._base + port))
        listener.listen(128)
        return listener

    def _bind(self, port: int) -> socket.socket:
        endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        endpoint.bind((self._address, self._base + port))
        return endpoint

    def _accept(self, listener: socket.socket, port: int) -> None:
        while True:
            connection, client = listener.accept()
            threading.Thread(target=self._serve, args=(connection, client, port), daemon=True).start()

    def _serve(self, connection: socket.socket, client: tuple[str, int], port: int) -> None:
        traffic = Traffic(0, 0)
        connection.settimeout(PATIENCE)
        with connection, contextlib.suppress(OSError):
            traffic = TCP_SERVICES[port](connection)
        self._record("tcp", port, client, traffic)

    def _answer(self, endpoint: socket.socket, port: int) -> None:
        while True:
            datagram, client = endpoint.recvfrom(65536)
            answer = UDP_SERVICES[port](datagram)
            with contextlib.suppress(OSError):
                endpoint.sendto(answer, client)
            self._record("udp", port, client, Traffic(len(datagram), len(answer)))

    def _record(self, protocol: str, port: int, client: tuple[str, int], traffic: Traffic) -> None:
        entry = {"protocol": protocol, "port": port, "client": client[0], **traffic._asdict()}
        with self._log_lock:
            self._log.write(json.dumps(entry) + "\n")
            self._log.flush()


def main(arguments: list[str]) -> None:
    """Serve until killed; "ready" on the standard output says that every port is bound."""
    address, log, base = arguments[0], arguments[1], int(arguments[2]) if len(arguments) > 2 else 0
    with Path(log).open("a", encoding="ascii") as log_file:
        Peer(address, log_file, base).start()
        print("ready", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1:])
