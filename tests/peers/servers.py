"""What real clients talk to on our side: HTTP for curl, and iperf3's server, as coroutines over pynet.sockets."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pynet.loop import Task
    from pynet.sockets import Sockets

HTTP = 80
IPERF = 5201
BLOCK = 65536
# iperf3's states, as the bytes that its control connection carries.
TEST_START, TEST_RUNNING, TEST_END, PARAM_EXCHANGE, CREATE_STREAMS, EXCHANGE_RESULTS, DISPLAY_RESULTS = 1, 2, 4, 9, 10, 13, 14
COOKIE = 37


def page(size: int) -> bytes:
    """A body that differs in every kilobyte."""
    return b"".join(hashlib.sha256(str(n).encode()).digest() * 32 for n in range(size // 1024 + 1))[:size]


def listen(sockets: Sockets, port: int) -> int:
    """A listening socket."""
    fd = sockets.socket()
    sockets.bind(fd, ("", port))
    sockets.listen(fd, 128)
    return fd


async def exactly(sockets: Sockets, fd: int, count: int) -> bytes:
    """`count` bytes. EOFError."""
    data = b""
    while len(data) < count:
        more = await sockets.recv_async(fd, count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


async def send_all(sockets: Sockets, fd: int, data: bytes) -> None:
    """All of it."""
    view = memoryview(data)
    while view:
        view = view[await sockets.send_async(fd, view[:BLOCK]) :]


async def http(sockets: Sockets) -> None:
    """GET /N answers N bytes, POST the SHA-256 of what was sent; one request a connection."""
    listening = listen(sockets, HTTP)
    while True:
        fd, _ = await sockets.accept_async(listening)
        sockets.stack.loop.spawn(answer(sockets, fd), "http")


async def answer(sockets: Sockets, fd: int) -> None:
    """One request."""
    try:
        head = b""
        while b"\r\n\r\n" not in head:
            more = await sockets.recv_async(fd, BLOCK)
            if not more:
                return
            head += more
        head, _, rest = head.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        fields = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines[1:])}
        if "expect" in fields:
            await send_all(sockets, fd, b"HTTP/1.1 100 Continue\r\n\r\n")
        if lines[0].startswith("GET"):
            body = page(int(lines[0].split()[1].strip("/")))
        else:
            digest = hashlib.sha256(rest)
            lacking = int(fields["content-length"]) - len(rest)
            while lacking:
                data = await sockets.recv_async(fd, min(lacking, BLOCK))
                if not data:
                    return
                digest.update(data)
                lacking -= len(data)
            body = digest.hexdigest().encode()
        await send_all(sockets, fd, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
    except OSError:
        pass
    finally:
        sockets.close(fd)


async def iperf(sockets: Sockets) -> None:
    """iperf3 -s: one test after the other, either way, any number of streams."""
    listening = listen(sockets, IPERF)
    while True:
        control, _ = await sockets.accept_async(listening)
        try:
            await iperf_test(sockets, listening, control)
        except (OSError, EOFError):
            pass
        finally:
            sockets.close(control)


async def iperf_test(sockets: Sockets, listening: int, control: int) -> None:
    """From the cookie to IPERF_DONE."""
    await exactly(sockets, control, COOKIE)
    await send_all(sockets, control, bytes([PARAM_EXCHANGE]))
    wanted = json.loads(await exactly(sockets, control, int.from_bytes(await exactly(sockets, control, 4), "big")))
    await send_all(sockets, control, bytes([CREATE_STREAMS]))
    streams = []
    for _ in range(wanted.get("parallel", 1)):
        fd, _ = await sockets.accept_async(listening)
        await exactly(sockets, fd, COOKIE)
        streams.append(fd)
    await send_all(sockets, control, bytes([TEST_START, TEST_RUNNING]))
    test = Test(sockets, len(streams), wanted["len"])
    move = test.give if wanted.get("reverse") else test.take
    tasks: list[Task] = [sockets.stack.loop.spawn(move(fd, i), "iperf stream") for i, fd in enumerate(streams)]
    started = sockets.stack.now()
    assert (await exactly(sockets, control, 1))[0] == TEST_END
    test.ended = True
    await send_all(sockets, control, bytes([EXCHANGE_RESULTS]))
    theirs = json.loads(await exactly(sockets, control, int.from_bytes(await exactly(sockets, control, 4), "big")))
    if not wanted.get("reverse"):
        # TEST_END overtakes what the client's kernel still holds of the streams.
        sent = sum(stream["bytes"] for stream in theirs["streams"])
        while sum(test.counts) < sent:
            await sockets.stack.loop.sleep_until(sockets.stack.now() + 1000)
        for task in tasks:
            task.cancel()
    seconds = (sockets.stack.now() - started) / 1e6
    results = json.dumps(results_of(test.counts, seconds)).encode()
    await send_all(sockets, control, len(results).to_bytes(4, "big") + results + bytes([DISPLAY_RESULTS]))
    await exactly(sockets, control, 1)
    for fd in streams:
        sockets.close(fd)


def results_of(counts: list[int], seconds: float) -> dict[str, object]:
    """What a side tells the other; iperf3 numbers its streams 1, 3, 4 ..."""
    streams = [
        {"id": i + 2 if i else 1, "bytes": count, "retransmits": -1, "jitter": 0, "errors": 0, "packets": 0, "start_time": 0, "end_time": seconds}
        for i, count in enumerate(counts)
    ]
    return {"cpu_util_total": 0, "cpu_util_user": 0, "cpu_util_system": 0, "sender_has_retransmits": -1, "streams": streams}


class Test:
    """The streams of one test, and how many bytes went over each."""

    def __init__(self, sockets: Sockets, streams: int, block: int) -> None:
        self.sockets = sockets
        self.counts = [0] * streams
        self.block = bytes(block)
        self.ended = False

    async def take(self, fd: int, i: int) -> None:
        """Read until the end."""
        while data := await self.sockets.recv_async(fd, BLOCK):
            self.counts[i] += len(data)

    async def give(self, fd: int, i: int) -> None:
        """Write until the test is over. iperf3 reads whole blocks and waits for what lacks of one, so none is left half."""
        try:
            while not self.ended:
                await send_all(self.sockets, fd, self.block)
                self.counts[i] += len(self.block)
        except OSError:
            # The client has gone home.
            pass
