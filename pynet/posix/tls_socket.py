"""TLS as a service of the system: a stream socket that a program reads and writes in plain text (O'Neill et al., "The Secure Socket API",
USENIX Security 2018).

    socket(AF_INET, SOCK_STREAM, IPPROTO_TLS); setsockopt TLS_REMOTE_HOSTNAME; connect, which returns when the server has proved to be that host

Nothing here waits. The engine takes a step when the user calls and, on the loop, when segments came: `changed` only asks the loop for a turn, as it
is called from inside TCP. What the engine believes is the system's: no option weakens it, and without a name there is no connection.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pynet import errno
from pynet.errno import os_error
from pynet.posix.description import FIONREAD
from pynet.posix.endpoint import Message
from pynet.readiness import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, Waiter
from pynet.sockets import (
    IPPROTO_TLS,
    MSG_ERRQUEUE,
    MSG_OOB,
    MSG_PEEK,
    MSG_TRUNC,
    SHUT_RD,
    SHUT_WR,
    TCPSocketDescription,
)
from pynet.tcp.states import CLOSED

if TYPE_CHECKING:
    from typing import Any

    from pynet.frame import Octets
    from pynet.sockets import Sockets
    from pynet.tcp.connection import Connection
    from pynet.tls import TlsEngine

# Octets of plain text that wait for the user, and of ciphertext that wait for TCP: beyond them no more is made.
PLAIN_LIMIT = 65_536
CIPHER_LIMIT = 65_536
# Ciphertext taken from TCP at a time, and plain text from the engine: a record (RFC 8446 §5.1) and a bit.
READ_SIZE = 17_408
RECORD_SIZE = 16_384
# A handshake that takes longer, in microseconds, fails with ETIMEDOUT.
HANDSHAKE_TIMEOUT = 30_000_000
# The longest certificate chain or key, in octets of PEM; a host name (RFC 1035 §2.3.4).
MAX_PEM = 65_536
MAX_HOSTNAME = 255


class TLSSocketDescription(TCPSocketDescription):
    """A TLS connection, or a listener for them.

    hostname: whom the server must prove to be. certificate, key: a server's, in PEM. alpn: protocols in order of preference. failure: why the
    connection failed, in words.
    """

    protocol = IPPROTO_TLS

    def __init__(self, sockets: Sockets) -> None:
        super().__init__(sockets.stack)
        self.sockets = sockets
        self.hostname = ""
        self.certificate = b""
        self.key = b""
        self.alpn: list[str] = []
        self.engine: TlsEngine | None = None
        self.established_at = -1
        self.give_up_at = -1
        self.failure = ""
        # The errno of what ended TLS, until the user has seen it; failed: it ended.
        self.tls_error = 0
        self.failed = False
        self.plain: deque[bytes] = deque()
        self.plain_size = 0
        self.cipher = b""
        # TCP's end, and TLS's (close_notify).
        self.tcp_ended = False
        self.ended = False
        self.closing = False
        self.turn_wanted = False
        self.stepping = False
        # connect() has returned 0. No number refers to this any more; until when what was written may still go out.
        self.told = False
        self.closed = False
        self.close_by = -1

    # Turns.

    def changed(self) -> None:
        """TCP has something new: step on the loop, not here."""
        if self.listener is not None:
            self.waiters.wake()
        elif not self.turn_wanted and not self.stepping:
            self.turn_wanted = True
            self.stack.loop.add_timer(Waiter(self.turn), self.stack.now())

    def turn(self, waiter: Waiter) -> None:
        """The loop's call."""
        self.turn_wanted = False
        if self.connection is not None:
            self.step()
        if self.closed:
            self.finish_close()
        self.waiters.wake()

    def step(self) -> None:
        """Do what can be done now: feed the engine, shake hands, decrypt, send."""
        connection = self.connection
        if connection is None or self.stepping or self.failed or not connection.poll() & (POLLIN | POLLOUT | POLLHUP):
            return
        self.stepping = True
        try:
            self.advance(connection)
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail(connection, error)
        finally:
            self.stepping = False

    def advance(self, connection: Connection) -> None:
        """A step's work. OSError of the connection or of TLS."""
        engine = self.engine
        if engine is None:
            engine = self.start(connection)
        while self.plain_size < PLAIN_LIMIT and not self.ended and self.feed(connection, engine):
            if self.shake_hands(connection, engine):
                self.decrypt(engine)
        if self.shake_hands(connection, engine):
            self.decrypt(engine)
        self.flush(connection, engine)

    def start(self, connection: Connection) -> TlsEngine:
        """The TCP connection stands: make the engine, and say the first word."""
        engine = self.sockets.tls_engine(self.hostname, self.alpn, self.certificate, self.key)
        self.engine = engine
        self.give_up_at = self.stack.now() + HANDSHAKE_TIMEOUT
        self.stack.loop.add_timer(Waiter(self.turn), self.give_up_at)
        self.shake_hands(connection, engine)
        self.flush(connection, engine)
        return engine

    def feed(self, connection: Connection, engine: TlsEngine) -> bool:
        """Hand over what TCP has; False when it has nothing more."""
        if self.tcp_ended:
            return False
        data = connection.receive(READ_SIZE, self.stack.now())
        if data is None:
            error = connection.take_error()
            if error:
                raise os_error(error)
            return False
        self.tcp_ended = not data
        engine.feed(data)
        return True

    def shake_hands(self, connection: Connection, engine: TlsEngine) -> bool:
        """One more step of the handshake; True once it is done. OSError says which check failed; ETIMEDOUT."""
        if self.established_at >= 0:
            return True
        if engine.handshake_step():
            self.established_at = self.stack.now()
            return True
        self.flush(connection, engine)
        if self.stack.now() >= self.give_up_at:
            raise os_error(errno.ETIMEDOUT)
        return False

    def decrypt(self, engine: TlsEngine) -> None:
        """Plain text for the user, as much as may wait."""
        while self.plain_size < PLAIN_LIMIT and not self.ended:
            try:
                data = engine.read(RECORD_SIZE)
            except BlockingIOError:
                return
            if data:
                self.plain.append(data)
                self.plain_size += len(data)
            else:
                self.ended = True

    def flush(self, connection: Connection, engine: TlsEngine) -> None:
        """Give TCP what the engine has to say."""
        now = self.stack.now()
        while True:
            if not self.cipher:
                self.cipher = engine.take()
                if not self.cipher:
                    break
            taken = connection.send(self.cipher, now)
            self.cipher = self.cipher[taken:]
            if taken == 0:
                return
        if self.closing:
            connection.shutdown_write(now)

    def fail(self, connection: Connection, error: OSError) -> None:
        """TLS is over: the peer gets the alert that says why, the user an errno. Plain text that came before can be read."""
        self.failed = True
        self.failure = error.strerror or str(error)
        self.tls_error = error.errno or errno.EPROTO
        if self.engine is not None and connection.state != CLOSED:
            try:
                self.flush(connection, self.engine)
                connection.shutdown_write(self.stack.now())
            except OSError:
                # The connection is gone, and the alert with it.
                pass

    # The user's calls.

    def connect(self, name: Any) -> None:
        """OSError EDESTADDRREQ without TLS_REMOTE_HOSTNAME; EINPROGRESS, EALREADY until the server is verified; EPROTO when it could not be."""
        if not self.hostname:
            raise os_error(errno.EDESTADDRREQ)
        if not self.failed and (self.connection is None or self.connecting):
            super().connect(name)
        self.step()
        self.stack.leave()
        if self.failed:
            raise os_error(self.take_error() or errno.ECONNABORTED)
        if self.established_at < 0:
            raise os_error(errno.EALREADY)
        if self.told:
            raise os_error(errno.EISCONN)
        self.told = True

    def listen(self, backlog: int) -> None:
        """OSError EINVAL without a certificate and its key, or with such as are none."""
        if not self.certificate or not self.key:
            raise os_error(errno.EINVAL)
        try:
            self.sockets.tls_engine("", self.alpn, self.certificate, self.key)
        except OSError:
            raise os_error(errno.EINVAL) from None
        super().listen(backlog)

    def like(self) -> TLSSocketDescription:
        """A connection of this listener."""
        accepted = TLSSocketDescription(self.sockets)
        accepted.certificate = self.certificate
        accepted.key = self.key
        accepted.alpn = self.alpn
        accepted.told = True
        accepted.changed()
        return accepted

    def take_error(self) -> int:
        error = self.tls_error
        self.tls_error = 0
        return error or super().take_error()

    def ready(self) -> bool:
        """A step, and what it came to: False before the handshake is done. OSError of the failure."""
        self.step()
        self.check_error()
        return self.established_at >= 0 or self.failed

    def receive_quietly(self, count: int, flags: int) -> bytes | None:
        """Plain text; b'' after the peer's close_notify. OSError where the connection ended without one: what was read is truncated."""
        if self.connection is None:
            raise os_error(errno.ENOTCONN)
        if flags & MSG_OOB:
            raise os_error(errno.EINVAL)
        self.step()
        if self.plain_size == 0:
            if not self.ready():
                return None
            over = self.ended or self.failed or self.connection.read_shut or count == 0
            return b"" if over else None
        if flags & MSG_PEEK:
            return b"".join(self.plain)[:count]
        data = self.take_plain(count)
        self.step()
        return data

    def take_plain(self, count: int) -> bytes:
        """The oldest plain text."""
        pieces = []
        wanted = min(count, self.plain_size)
        self.plain_size -= wanted
        while wanted:
            piece = self.plain.popleft()
            if len(piece) > wanted:
                self.plain.appendleft(piece[wanted:])
                piece = piece[:wanted]
            wanted -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    def give_back(self, data: bytes) -> None:
        if data:
            self.plain.appendleft(data)
            self.plain_size += len(data)

    def receive_message(self, count: int, flags: int) -> Message:
        if flags & MSG_ERRQUEUE:
            raise os_error(errno.EAGAIN)
        data = self.recv(count, flags)
        return Message(b"" if flags & MSG_TRUNC else data, len(data))

    def send(self, data: Octets, flags: int = 0) -> int:
        if self.connection is None or self.closing:
            raise os_error(errno.EPIPE)
        if not self.ready():
            raise os_error(errno.EAGAIN)
        engine = self.engine
        if engine is None or self.failed:
            raise os_error(errno.EPIPE)
        sent = 0
        view = memoryview(data)
        while sent < len(view) and len(self.cipher) < CIPHER_LIMIT and self.room():
            try:
                sent += engine.write(view[sent:])
            except BlockingIOError:
                break
            self.step()
            self.check_error()
        if sent == 0 and len(view):
            raise os_error(errno.EAGAIN)
        return sent

    def room(self) -> bool:
        """TCP takes more."""
        return self.connection is not None and self.connection.poll() & POLLOUT != 0

    def shutdown(self, how: int) -> None:
        """SHUT_WR says close_notify (RFC 8446 §6.1) before TCP's FIN."""
        if self.listener is not None or self.established_at < 0:
            super().shutdown(how)
            return
        connection = self.connection
        if connection is None or connection.state == CLOSED:
            raise os_error(errno.ENOTCONN)
        if how != SHUT_WR:
            connection.read_shut = True
        if how != SHUT_RD:
            self.say_goodbye()
        self.waiters.wake()

    def say_goodbye(self) -> None:
        """close_notify, behind everything that was written."""
        if self.engine is not None and self.established_at >= 0 and not self.closing and not self.failed:
            self.engine.close()
            self.closing = True
            self.step()

    def is_connecting(self) -> bool:
        return self.established_at < 0 and not self.failed and self.connection is not None and not self.told

    def poll(self) -> int:
        connection = self.connection
        if self.listener is not None or connection is None:
            return super().poll()
        if self.failed:
            return POLLIN | POLLOUT | POLLHUP | POLLRDHUP | (POLLERR if self.tls_error else 0)
        if self.established_at < 0:
            return 0
        events = POLLIN if self.plain_size or self.ended or connection.read_shut else 0
        if self.ended or connection.read_shut:
            events |= POLLRDHUP | (POLLHUP if self.closing else 0)
        if self.closing or (len(self.cipher) < CIPHER_LIMIT and self.room()):
            events |= POLLOUT
        return events

    def ioctl(self, request: int, arg: int = 0) -> int:
        if request == FIONREAD and self.listener is None:
            return self.plain_size
        return super().ioctl(request, arg)

    def close(self) -> None:
        """What was written still goes out, close_notify behind it, for at most HANDSHAKE_TIMEOUT."""
        self.say_goodbye()
        self.plain.clear()
        self.plain_size = 0
        self.closed = True
        self.close_by = self.stack.now() + HANDSHAKE_TIMEOUT
        self.finish_close()

    def finish_close(self) -> None:
        """Close TCP once it has everything, or the time is over."""
        connection = self.connection
        unsaid = connection is not None and self.closing and not connection.fin_queued and connection.state != CLOSED
        if unsaid and not self.failed and self.stack.now() < self.close_by:
            self.stack.loop.add_timer(Waiter(self.turn), self.close_by)
            return
        self.closed = False
        self.failed = True
        super().close()
