"""RFC 9112: responses in pieces, whole, broken and absurd."""

from __future__ import annotations

from pynet import http
from pynet.http import HTTPError, Response, ResponseParser
from tests.support import eq, raises, table


def parse(data: bytes, ended: bool = False, method: str = "GET", step: int = 0) -> Response:
    """Feed `data`, `step` bytes at a time (0: at once), and the end of the connection if `ended`."""
    parser = ResponseParser(method, 1000)
    size = step or max(len(data), 1)
    for at in range(0, len(data), size):
        parser.feed(data[at : at + size])
    if ended:
        parser.end()
    eq(parser.done, True, "done")
    return parser.response


OK = b"HTTP/1.1 200 OK\r\n"


def test_rfc9112_6_3_every_way_to_end_a_body() -> None:
    """RFC 9112 §6.3, §7.1: Content-Length, chunked, the end of the connection, and statuses without a body; in pieces of any size."""

    def check(data: bytes, ended: bool, body: bytes) -> None:
        for step in (0, 1, 2, 3, 7):
            eq(parse(data, ended, step=step).body, body)

    table(
        [
            (OK + b"Content-Length: 5\r\n\r\nhello", False, b"hello"),
            (OK + b"Content-Length: 5, 5\r\n\r\nhello", False, b"hello"),
            (OK + b"content-length:0\r\n\r\n", False, b""),
            (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nA: b\r\n\r\n", False, b"hello world"),
            (OK + b"\r\nuntil the end", True, b"until the end"),
            (b"HTTP/1.1 204 No Content\r\n\r\n", False, b""),
            (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", False, b""),
            (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 1\r\n\r\nx", False, b"x"),
        ],
        check,
    )
    eq(parse(OK + b"Content-Length: 5\r\n\r\n", method="HEAD").status, 200)


def test_rfc9112_4_status_line_and_fields() -> None:
    """RFC 9112 §4, §5; RFC 9110 §5.3: status, reason, and fields by a name in any case."""
    response = parse(b"HTTP/1.1 404 Not Found\r\nX-A: 1\r\nx-a:\t2 \r\nContent-Length: 0\r\n\r\n")
    eq((response.status, response.reason, response.header("X-a"), response.header("none")), (404, "Not Found", "1, 2", ""))
    eq(parse(b"HTTP/1.0 200\r\n\r\n", True).reason, "")


def test_rfc9112_8_an_early_end_is_an_error() -> None:
    """RFC 9112 §8: a message that breaks off is never a short success."""
    for data in (
        b"",
        OK,
        OK + b"Content-Length: 5\r\n\r\nhell",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ):
        raises(HTTPError, parse, data, True)


def test_rfc9112_malformed_messages() -> None:
    """RFC 9112 §4, §5.1, §6.3, §7.1: each is one HTTPError and nothing else."""
    for data in (
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 999 OK\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"Name : value\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 5, 6\r\n\r\n",
        OK + b"Content-Length: 9999999999999999999\r\n\r\n",
        OK + b"Content-Length: 1001\r\n\r\n",
        OK + b"Transfer-Encoding: gzip\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 2000,
        OK + b"Transfer-Encoding: chunked\r\n\r\n200\r\n" + b"x" * 512 + b"\r\n200\r\n",
        OK + b"A: " + b"x" * 70_000,
        OK + b"\r\n" + b"x" * 1001,
    ):
        raises(HTTPError, parse, data, True)


def test_rfc9112_3_a_request() -> None:
    """RFC 9112 §3, §3.2, §9.6: the target, Host, no second request on the connection, and nothing that could start another line."""
    text = http.request("GET", "example.com", "/index.html", [("X-A", "b")])
    eq(text.startswith(b"GET /index.html HTTP/1.1\r\nHost: example.com\r\n"), True)
    eq(text.endswith(b"Connection: close\r\nX-A: b\r\n\r\n"), True)
    raises(ValueError, http.request, "GET", "a\r\nb", "/")
    raises(ValueError, http.request, "GET", "a", "/x y")
    raises(ValueError, http.request, "GET", "a", "no-slash")
