"""One cell of the table: what is simulated, and what came out."""

from __future__ import annotations

import math
from random import Random
from typing import NamedTuple

from pynet.tcp import trace
from tests.simulator import theory
from tests.simulator.link import Wire
from tests.simulator.simulation import MAX_TIME, SECOND, Capture, Simulation

MS = 1000
# Octets in a segment beside the timestamps option.
SEGMENT = 1448


class Transfer(NamedTuple):
    """`size` octets over one connection. Probabilities in millionths, both ways; times in microseconds; buffer 0: as TCP tunes it.

    sack: False for a peer that has neither SACK nor timestamps.
    """

    control: str
    loss: int
    buffer: int
    rtt: int
    size: int
    rate: int = 0
    queue: int = 0
    reorder: int = 0
    reorder_by: int = 0
    duplicate: int = 0
    corrupt: int = 0
    jitter: int = 0
    sack: bool = True
    seed: int = 1


class Outcome(NamedTuple):
    """What a Transfer reached, and what happened on the way. Goodput in octets a second, times in microseconds."""

    goodput: int
    sent: int
    retransmitted: int
    # Frames with data that the link lost, altered or had no room for.
    missing: int
    losses: int
    timeouts: int
    # Means over the events of the sender; 0 where there was none.
    rtt: int
    rto: int


def wire(cell: Transfer, back: bool) -> Wire:
    """A direction of the cell's link. What comes back meets the same, but no other traffic."""
    return Wire(
        delay=cell.rtt // 2,
        rate=0 if back else cell.rate,
        queue=cell.queue,
        loss=cell.loss,
        reorder=cell.reorder,
        reorder_by=cell.reorder_by,
        duplicate=cell.duplicate,
        corrupt=cell.corrupt,
        jitter=cell.jitter,
    )


def build(cell: Transfer) -> Simulation:
    """The cell's hosts and link."""
    simulation = Simulation(cell.seed, wire(cell, False), wire(cell, True))
    for stack in simulation.left + simulation.right:
        config = stack.tcp.config
        config.congestion = cell.control
        config.sack = config.timestamps = cell.sack
        if cell.buffer:
            config.sndbuf = config.sndbuf_max = config.rcvbuf = config.rcvbuf_max = cell.buffer
    return simulation


def transfer(cell: Transfer, capture: bool = False, traced: bool = False) -> tuple[Outcome, Simulation, Capture | None]:
    """Simulate the cell."""
    simulation = build(cell)
    taken = Capture(simulation, True) if capture else None
    [flow] = simulation.connect(1, cell.size)
    if traced:
        trace.start(flow.sender)
    before = simulation.forward.carried
    flow.begin()
    simulation.run_while(lambda: not flow.done, simulation.now + MAX_TIME)
    link = simulation.forward
    return (
        Outcome(
            flow.goodput(),
            link.carried + link.overflowed - before,
            flow.sender.board.retransmitted,
            link.lost + link.altered + link.overflowed,
            flow.losses,
            flow.timeouts,
            flow.mean_rtt(),
            flow.mean_rto(),
        ),
        simulation,
        taken,
    )


def expected(cell: Transfer, outcome: Outcome, p: float, timeouts: float | None = None) -> int:
    """Octets a second of the theory for `p` loss indications a segment: the window's limit is part of both models.

    timeouts: the share of the indications that are timeouts, None as PFTK has it.
    """
    window = cell.buffer / SEGMENT if cell.buffer else math.inf
    rtt = cell.rtt / SECOND
    rto = (outcome.rto or 200 * MS + cell.rtt) / SECOND
    model = theory.cubic if cell.control == "cubic" else theory.pftk
    return int(model(p, rtt, rto, window, timeouts) * SEGMENT)


class Sharing(NamedTuple):
    """Flows without end that share a drop-tail bottleneck; controls: what each uses, in turn. rate in octets a second, queue in octets."""

    controls: tuple[str, ...]
    flows: int
    rate: int
    queue: int
    rtt: int
    start_within: int
    warm_up: int
    duration: int
    jitter: int = 0
    seed: int = 1


class Shares(NamedTuple):
    """What a Sharing came to, after the warm-up: octets a second that each flow received, and what the bottleneck saw."""

    goodputs: list[int]
    sent: int
    dropped: int
    timeouts: int
    losses: int


def share(cell: Sharing) -> Shares:
    """Simulate the cell: each pair of hosts has one flow."""
    forward = Wire(cell.rtt // 2, cell.rate, cell.queue, jitter=cell.jitter)
    simulation = Simulation(cell.seed, forward, Wire(cell.rtt // 2, jitter=cell.jitter), cell.flows)
    for i in range(cell.flows):
        simulation.left[i].tcp.config.congestion = cell.controls[i % len(cell.controls)]
    flows = simulation.connect(cell.flows)
    starts = Random(f"{cell.seed} starts")
    start = simulation.now
    for when, i in sorted([(start + starts.randrange(cell.start_within), i) for i in range(cell.flows)]):
        simulation.run(when)
        flows[i].begin()
    simulation.run(start + cell.warm_up)
    got = [flow.got for flow in flows]
    link = simulation.forward
    sent, dropped = link.carried, link.overflowed
    losses, timeouts = sum([flow.losses for flow in flows]), sum([flow.timeouts for flow in flows])
    simulation.run(start + cell.warm_up + cell.duration)
    return Shares(
        [(flows[i].got - got[i]) * SECOND // cell.duration for i in range(cell.flows)],
        link.carried + link.overflowed - sent - dropped,
        link.overflowed - dropped,
        sum([flow.timeouts for flow in flows]) - timeouts,
        sum([flow.losses for flow in flows]) - losses,
    )
