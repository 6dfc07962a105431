"""HTTP/1.1, the client's side (RFC 9110 semantics, RFC 9112 messages).

`request` writes a request; ResponseParser takes the answer's bytes in any pieces; `fetch` is the coroutine that joins them over a stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Protocol

    from pynet.frame import Octets

    class Stream(Protocol):
        """A byte stream: TLSSocket, or tls.PlainSocket."""

        async def read(self, count: int) -> bytes: ...

        async def write(self, data: Octets) -> int: ...


# Bytes of the status line and all header fields together, and of one chunk's size line; beyond them the message is refused.
MAX_HEAD = 65_536
MAX_CHUNK_LINE = 1024
# The default bound of a body that is kept in memory.
MAX_BODY = 16 * 1024 * 1024

READ_SIZE = 16_384


class HTTPError(ValueError):
    """The server's bytes are no HTTP/1.1 response, or one that breaks off; the text says why."""


class Response:
    """status: 100 to 599. reason: the server's phrase. headers: (name in lower case, value) in order, of MAX_HEAD bytes at most. body: bytes."""

    def __init__(self) -> None:
        self.status = 0
        self.reason = ""
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    def header(self, name: str) -> str:
        """The value of a header field, several joined by commas (RFC 9110 §5.3); '' without it."""
        return ", ".join([value for key, value in self.headers if key == name.lower()])


def request(method: str, host: str, target: str, headers: list[tuple[str, str]] | None = None) -> bytes:
    """A request without a body, on a connection that is not kept (RFC 9112 §3, §9.6). ValueError for what would break the message."""
    lines = [method + " " + target + " HTTP/1.1", "Host: " + host, "User-Agent: pynet", "Accept: */*", "Connection: close"]
    lines += [name + ": " + value for name, value in headers or []]
    for line in lines:
        if any(ord(letter) < 32 or ord(letter) > 126 for letter in line):
            raise ValueError("not a request line or header field: " + repr(line))
    if not target.startswith("/") or " " in target:
        raise ValueError("not a request target: " + repr(target))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


class ResponseParser:
    """Takes a response of at most MAX_HEAD and MAX_BODY bytes in pieces: `feed` bytes, `end` when the connection ended; `done` and `response` tell the rest (RFC 9112 §6)."""

    def __init__(self, method: str = "GET", max_body: int = MAX_BODY) -> None:
        self.method = method
        self.max_body = max_body
        self.response = Response()
        self.pending = bytearray()
        self.pieces: list[bytes] = []
        self.received = 0
        # Bytes that the body, or the chunk, still lacks; -1: as long as the connection lasts.
        self.missing = 0
        self.chunked = False
        self.state = "head"

    @property
    def done(self) -> bool:
        """The response is complete."""
        return self.state == "done"

    def feed(self, data: Octets) -> None:
        """Take the next bytes. HTTPError. What follows a complete response is not read."""
        self.pending += data
        while self.step():
            pass
        if self.done:
            self.response.body = b"".join(self.pieces)

    def end(self) -> None:
        """The connection ended. HTTPError if the response is not complete (RFC 9112 §8)."""
        if self.state == "body" and self.missing < 0:
            self.state = "done"
            self.response.body = b"".join(self.pieces)
        if not self.done:
            raise HTTPError("the connection ended in the middle of the response's " + self.state)

    def step(self) -> bool:
        """Parse one more piece, if enough is there; False when not."""
        if self.state == "head":
            return self.head()
        if self.state == "body":
            return self.body()
        if self.state == "chunk size":
            return self.chunk_size()
        if self.state == "chunk end":
            return self.chunk_end()
        if self.state == "trailer":
            return self.trailer()
        return False

    def head(self) -> bool:
        """The status line and the header fields (RFC 9112 §4, §5)."""
        end = self.pending.find(b"\r\n\r\n")
        if end < 0 and len(self.pending) <= MAX_HEAD:
            return False
        if end < 0 or end > MAX_HEAD:
            raise HTTPError("the response's header is longer than " + str(MAX_HEAD) + " bytes")
        lines = bytes(self.pending[:end]).split(b"\r\n")
        del self.pending[: end + 4]
        self.status_line(lines[0])
        self.response.headers = [header_field(line) for line in lines[1:]]
        if 100 <= self.response.status < 200:
            self.response = Response()
            return True
        self.choose_length()
        return True

    def status_line(self, line: bytes) -> None:
        """`HTTP/1.1 200 OK` (RFC 9112 §4)."""
        parts = line.split(b" ", 2)
        if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or len(parts[1]) != 3 or not parts[1].isdigit():
            raise HTTPError("not a status line: " + repr(bytes(line[:80])))
        self.response.status = int(parts[1])
        if not 100 <= self.response.status <= 599:
            raise HTTPError("not a status: " + str(self.response.status))
        self.response.reason = parts[2].decode("latin-1") if len(parts) > 2 else ""

    def choose_length(self) -> None:
        """How the body ends (RFC 9112 §6.3)."""
        status = self.response.status
        encoding = self.response.header("transfer-encoding").lower()
        length = self.response.header("content-length")
        if self.method == "HEAD" or status in (204, 304):
            self.state = "done"
        elif encoding:
            if encoding != "chunked" or length:
                raise HTTPError("transfer coding not understood: " + encoding)
            self.chunked = True
            self.state = "chunk size"
        elif length:
            values = {value.strip() for value in length.split(",")}
            text = values.pop()
            if values or not text.isascii() or not text.isdigit() or len(text) > 18:
                raise HTTPError("not a content length: " + length)
            self.missing = int(text)
            self.check_size(self.missing)
            self.state = "body" if self.missing else "done"
        else:
            self.missing = -1
            self.state = "body"

    def check_size(self, more: int) -> None:
        """HTTPError when `more` bytes would make the body longer than max_body."""
        if self.received + more > self.max_body:
            raise HTTPError("the body is longer than " + str(self.max_body) + " bytes")

    def body(self) -> bool:
        """Bytes of the body, or of a chunk."""
        if not self.pending:
            return False
        count = len(self.pending) if self.missing < 0 else min(len(self.pending), self.missing)
        self.check_size(count)
        self.pieces.append(bytes(self.pending[:count]))
        del self.pending[:count]
        self.received += count
        if self.missing > 0:
            self.missing -= count
            if self.missing == 0:
                self.state = "chunk end" if self.chunked else "done"
        return True

    def line(self, limit: int) -> bytes | None:
        """The next line without its CR LF, or None while it is not complete."""
        end = self.pending.find(b"\r\n")
        if end > limit or (end < 0 and len(self.pending) > limit):
            raise HTTPError("a line of the " + self.state + " is longer than " + str(limit) + " bytes")
        if end < 0:
            return None
        line = bytes(self.pending[:end])
        del self.pending[: end + 2]
        return line

    def chunk_size(self) -> bool:
        """`1a; extensions` (RFC 9112 §7.1)."""
        line = self.line(MAX_CHUNK_LINE)
        if line is None:
            return False
        digits = line.split(b";")[0].strip()
        if not 0 < len(digits) <= 15 or any(digit not in b"0123456789abcdefABCDEF" for digit in digits):
            raise HTTPError("not a chunk size: " + repr(line[:40]))
        self.missing = int(digits, 16)
        self.check_size(self.missing)
        self.state = "body" if self.missing else "trailer"
        return True

    def chunk_end(self) -> bool:
        """The CR LF behind a chunk."""
        if len(self.pending) < 2:
            return False
        if self.pending[:2] != b"\r\n":
            raise HTTPError("a chunk is longer than its size")
        del self.pending[:2]
        self.state = "chunk size"
        return True

    def trailer(self) -> bool:
        """The fields behind the last chunk, which are read and left aside."""
        line = self.line(MAX_HEAD)
        if line is None:
            return False
        if not line:
            self.state = "done"
        return True


def header_field(line: bytes) -> tuple[str, str]:
    """`Name: value`; white space before the colon is refused (RFC 9112 §5.1)."""
    name, colon, value = line.partition(b":")
    if not colon or not name or any(octet <= 32 or octet >= 127 for octet in name):
        raise HTTPError("not a header field: " + repr(bytes(line[:80])))
    return name.decode("ascii").lower(), value.strip(b" \t").decode("latin-1")


async def fetch(stream: Stream, host: str, target: str, method: str = "GET") -> Response:
    """Send a request over `stream` and read the whole response. HTTPError; OSError of the stream."""
    await stream.write(request(method, host, target))
    parser = ResponseParser(method)
    while not parser.done:
        data = await stream.read(READ_SIZE)
        if data:
            parser.feed(data)
        else:
            parser.end()
    return parser.response
