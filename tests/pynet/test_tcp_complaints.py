"""What users of other stacks complained of (the anchors, section 4), one test each. Four more stand with their mechanism: the stall of delayed ACKs and Nagle, the
zero-window deadlock and the slow reader in test_tcp_flow.py, buffers of the wrong size in test_tcp_loss.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import errno
from pynet.readiness import POLLERR, POLLHUP, POLLIN
from pynet.tcp import layer, pacing
from pynet.tcp.layer import Config
from pynet.tcp.states import CLOSED, ESTABLISHED
from tests.support import eq
from tests.tcp import HERE, MS, PORT, SECOND, THERE, Bench, Pair

if TYPE_CHECKING:
    from pynet.tcp.connection import Connection


def test_reset_with_data_queued() -> None:
    """The leak on a reset of the anchors, RFC 9293 §3.10.7.4, second: what came before can be read, then ECONNRESET once; nothing stays behind."""
    bench = Bench()
    conn = bench.established(mss=1000, wnd=3000)
    conn.send(bytes(20_000), bench.now)
    bench.inject("P.", 1, 1, b"last words")
    bench.inject(".", 100, 1, b"behind a hole")
    bench.inject("R", 11)
    eq((conn.state, conn.poll() & (POLLIN | POLLERR | POLLHUP)), (CLOSED, POLLIN | POLLERR | POLLHUP))
    eq((conn.receive(100, bench.now), conn.receive(100, bench.now)), (b"last words", None))
    eq((conn.take_error(), conn.take_error(), conn.receive(1, bench.now)), (errno.ECONNRESET, 0, b""))
    eq((len(conn.send_queue), conn.out_of_order.octets, conn.board.outstanding), (0, 0, 0))
    eq((len(bench.tcp.connections), bench.tcp.ports.connections, bench.tcp.granted), (0, {}, 0))
    bench.sleep(SECOND)
    eq(bench.tcp.next_deadline(), None)


def test_time_wait_exhausts_nothing() -> None:
    """TIME_WAIT exhaustion of the anchors, RFC 6191 §2: more short connections in a row than may wait, each closed by the client first, all succeed, and the table is bounded."""
    pair = Pair(1, Config())
    pair.to_a.delay = pair.to_b.delay = 100
    listener = pair.b.listen(0, PORT, 16)
    ports = set()
    for _ in range(layer.MAX_TIME_WAIT + 300):
        client = pair.a.connect(HERE, 0, THERE, PORT, pair.now)
        ports.add(client.lport)
        pair.run(lambda: listener.poll() != 0, SECOND)
        server = listener.accept()
        assert server is not None
        client.close(pair.now)
        pair.sleep(250)
        server.close(pair.now)
        pair.sleep(250)
        eq((client.error, server.error), (0, 0))
    eq((len(pair.a.time_waits), len(pair.a.connections), len(pair.b.connections)), (layer.MAX_TIME_WAIT, layer.MAX_TIME_WAIT, 0))
    eq(len(ports), layer.MAX_TIME_WAIT + 300)


def test_time_wait_of_the_server_lets_the_same_port_in_again() -> None:
    """RFC 1337 against port reuse, of the anchors; RFC 6191 §2: the server closed first, and the client's next connection has the same port: at once, not after 2MSL."""
    pair = Pair(1, Config())
    listener = pair.b.listen(0, PORT, 16)
    for _ in range(5):
        client = pair.a.connect(HERE, 40_000, THERE, PORT, pair.now)
        took = pair.run(lambda: listener.poll() != 0, 10 * SECOND)
        assert took < SECOND, took
        server = listener.accept()
        assert server is not None
        server.close(pair.now)
        pair.run(lambda c=client: c.fin_received)  # type: ignore[misc]
        client.close(pair.now)
        pair.sleep(100 * MS)


def test_a_burst_of_clients_finds_a_backlog() -> None:
    """No backlog, of the anchors; listen(2): a hundred connect at one moment to a listener of 128, all are served at the first try."""
    pair = Pair(1, Config())
    listener = pair.b.listen(0, PORT, 128)
    clients = [pair.a.connect(HERE, 0, THERE, PORT, pair.now) for _ in range(100)]
    took = pair.run(lambda: all(client.state == ESTABLISHED for client in clients), 10 * SECOND)
    assert took <= 20 * MS, took
    pair.sleep(20 * MS)
    eq(len(listener.queue), 100)


def test_more_clients_than_the_backlog_get_in_one_after_the_other() -> None:
    """listen(2): forty at one moment, a backlog of 4 and a slow acceptor: those that find it full try again, none is refused, no octet is lost."""
    pair = Pair(1, Config())
    listener = pair.b.listen(0, PORT, 4)
    clients = [pair.a.connect(HERE, 0, THERE, PORT, pair.now) for _ in range(40)]
    for number, client in enumerate(clients):
        client.send(bytes([number]) * 100, pair.now)
    got: dict[int, bytes] = {}
    served: list[Connection] = []
    for _ in range(4000):
        conn = listener.accept()
        if conn is not None:
            served.append(conn)
        for conn in served:
            got[conn.rport] = got.get(conn.rport, b"") + (conn.receive(1000, pair.now) or b"")
        if len(served) == 40 and all(len(data) == 100 for data in got.values()):
            break
        pair.sleep(20 * MS)
    eq({port: data[:1] * 100 == data for port, data in got.items()}, {client.lport: True for client in clients})
    eq([client.error for client in clients], [0] * 40)


def test_an_idle_stack_spins_on_nothing() -> None:
    """The timers that spin of the anchors, RFC 9293 §3.8.4: a hundred idle connections have no deadline, and with keepalive each has one in two hours."""
    pair = Pair(1, Config())
    for number in range(100):
        pair.connect(PORT + number)
    pair.sleep(10 * SECOND)
    eq((pair.a.next_deadline(), pair.b.next_deadline()), (None, None))
    for conn in pair.a.connections.values():
        conn.keepalive(7200 * SECOND, 75 * SECOND, 9, pair.now)
    before = pair.to_b.carried
    pair.sleep(7300 * SECOND)
    eq(pair.to_b.carried - before, 100)


def test_a_time_that_steps_back_holds_nothing_up() -> None:
    """A stall found with the Linux peer on a busy machine, design.md (`now` is an argument): frames taken together have one time, a user's call between them a later
    one; the tokens of pacing do not become a debt for it, and their clock does not go back.
    """
    bench = Bench(Config())
    conn = bench.established(mss=1000)
    conn.pace_rate, conn.pace_tokens = 4_000_000, 0
    conn.paced_at = later = bench.now + 200 * MS
    pacing.may_send(conn, bench.now)
    eq((conn.pace_tokens, conn.paced_at), (0, later))
    assert conn.t_pace <= bench.now + MS
    assert pacing.may_send(conn, later + MS)
