"""The committed tables: which cells they have, and how a row is written. A row is a line of goodput.txt, found again by its first words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.simulator import cells, theory
from tests.simulator.cells import MS, Outcome, Shares, Sharing, Transfer
from tests.simulator.simulation import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

FILE = Path(__file__).with_name("goodput.txt")

KB = 1024
MB = 1024 * 1024
CONTROLS = ("none", "reno", "cubic")

# smoltcp, whose sockets have no congestion control unless asked, on the same wire: kB/s by loss in millionths (its tests/netsim.rs).
SMOLTCP = {10_000: 220, 50_000: 77, 100_000: 38}
# Below so many reductions of the window chance decides, and a comparison with the steady state says nothing.
FEW = 25


class Row(NamedTuple):
    """key: how the line begins, unlike any other's. `write` makes the rest of it from the outcomes of the cells."""

    key: str
    cells: tuple[Transfer | Sharing, ...]
    write: Callable[..., str]
    # Simulated in every run of the tests.
    quick: bool = False


class Section(NamedTuple):
    """A heading, with what the columns are, and rows."""

    heading: str
    rows: list[Row]


def run(cell: Transfer | Sharing) -> Outcome | Shares:
    """The outcome of a cell."""
    return cells.share(cell) if isinstance(cell, Sharing) else cells.transfer(cell)[0]


def line(row: Row, outcomes: list[Outcome | Shares]) -> str:
    """The row as it stands in the file."""
    return f"{row.key} {row.write(row, outcomes)}".rstrip()


def percent(millionths: int) -> str:
    """10_000 is 1."""
    return f"{millionths / 10_000:g}"


def kb(octets: int) -> str:
    """kB/s, three digits or more."""
    return f"{octets / 1000:.0f}" if octets >= 100_000 else f"{octets / 1000:.3g}"


def indications(outcome: Outcome) -> float:
    """Loss indications for each segment sent, as PFTK counts them."""
    return outcome.losses / outcome.sent


# Yardstick.


def yardstick_row(row: Row, outcomes: list[Outcome]) -> str:
    """none beside smoltcp, New Reno and CUBIC beside the theory, at the wire's loss rate and at the measured rate of loss indications."""
    none, *others = outcomes
    loss = row.cells[0].loss  # type: ignore[union-attr]
    text = f"{kb(none.goodput):>6} {SMOLTCP[loss]:>8} "
    for cell, outcome in zip(row.cells[1:], others, strict=True):
        assert isinstance(cell, Transfer)
        nominal = cells.expected(cell, outcome, loss / 1_000_000)
        p = indications(outcome)
        measured = cells.expected(cell, outcome, p)
        text += f" |{kb(outcome.goodput):>5} {kb(nominal):>6} {100 * outcome.goodput / nominal:>4.0f} % {100 * p:>6.2f}"
        text += f" {100 * outcome.timeouts / outcome.losses:>4.0f} {100 * theory.timeout_share(p, window(cell)):>4.0f}"
        text += f" {outcome.rto // MS:>4} {100 * outcome.goodput / measured:>5.0f} %"
    return text


def window(cell: Transfer) -> float:
    """The peer's, in segments."""
    return cell.buffer / cells.SEGMENT


def yardstick() -> Section:
    """The issue's."""
    heading = f"""\
1. The yardstick: 10 MiB (4 MiB without SACK) over 100 ms of round trip, buffers of 32 KiB, loss both ways, no limit of rate. kB/s (1000 octets).

none     no congestion control (exists in the simulator only); smoltcp: the same wire and buffers, likewise without
theory   PFTK, for cubic at least RFC 9438 §5; both end at the window's limit, {kb(32 * KB * 10)} kB/s. p is the wire's loss rate, T0 the measured RTO
of it    goodput as a share of the theory
ind %    loss indications for each hundred segments sent, which is what PFTK calls p: several losses in a round are one
rto %    of these, timeouts; Q %: the share that PFTK, which knows no SACK, no limited transmit and no tail loss probe, takes for timeouts
T0       ms: the mean RTO of the timeouts, before backoff; 0: there was none, and the theory is given 200 ms more than the round trip
at ind   goodput as a share of the theory with the measured rate of indications for p

                                 | reno                                            | cubic
loss %            none  smoltcp  | kB/s theory of it  ind % rto %  Q %  T0  at ind | kB/s theory of it  ind % rto %  Q %  T0  at ind"""
    rows = []
    for sack in (True, False):
        for loss in SMOLTCP:
            key = f"{percent(loss):>4} % {'' if sack else 'no SACK':<8}"
            row = tuple([Transfer(control, loss, 32 * KB, 100 * MS, (10 if sack else 4) * MB, sack=sack) for control in CONTROLS])
            rows.append(Row(key, row, yardstick_row, sack and loss == 100_000))
    return Section(heading, rows)


# Grid.


def grid_row(row: Row, outcomes: list[Outcome]) -> str:
    """Goodput, and the share of the theory where enough was lost to compare."""
    text = ""
    for cell, outcome in zip(row.cells, outcomes, strict=True):
        assert isinstance(cell, Transfer)
        text += f" {kb(outcome.goodput):>7}"
        if cell.control != "none":
            share = ""
            measured = ""
            if outcome.losses >= FEW:
                p = indications(outcome)
                share = f"{100 * outcome.goodput / cells.expected(cell, outcome, p):.0f} %"
                measured = f"{100 * outcome.goodput / cells.expected(cell, outcome, p, outcome.timeouts / outcome.losses):.0f} %"
            text += f" {share:>6} {measured:>6}"
    return text


def grid() -> Section:
    """Every combination."""
    heading = f"""\
2. Goodput by round trip, buffer and loss: 1 MiB, loss both ways, no limit of rate. kB/s; behind it the share of the theory at the measured
rate of loss indications, where the window was reduced {FEW} times or more: with fewer, chance and the first slow start decide.
buffer "auto": as TCP tunes it, 256 KiB at first, 4 MiB at most

PFTK takes many indications for timeouts (Q of part 1), of 200 ms and more: at 10 ms of round trip each would cost twenty round trips. SACK, RACK
and the tail loss probe leave few of them, and what a probe costs is two round trips and the peer's delayed ACK (40 ms). So there the first share is far
above 100 %; the second is of PFTK with the measured share of timeouts, which takes every other repair for free, and so is below it.

   rtt  buffer  loss %     none    reno                 cubic"""
    rows = []
    for rtt in (10, 100, 300):
        for buffer in (32, 0):
            for loss in (0, 10_000, 50_000, 100_000):
                key = f"{rtt:>4} ms {f'{buffer} KiB' if buffer else 'auto':>7} {percent(loss):>5} %"
                row = tuple([Transfer(control, loss, buffer * KB, rtt * MS, 1 * MB) for control in CONTROLS])
                rows.append(Row(key, row, grid_row, (rtt, buffer, loss) in QUICK))
    return Section(heading, rows)


QUICK = {(10, 32, 100_000), (100, 32, 0), (100, 0, 10_000), (300, 0, 50_000)}


# Bad wires.


def bad_row(row: Row, outcomes: list[Outcome]) -> str:
    """What the fault cost, and what was sent in vain because of it."""
    text = ""
    for outcome in outcomes:
        text += f" |{kb(outcome.goodput):>6} {outcome.retransmitted:>6} {outcome.missing:>6} {outcome.losses:>6} {outcome.timeouts:>5}"
    return text


# Faults of a wire, each with its words in the table.
FAULTS: tuple[tuple[str, dict[str, int]], ...] = (
    ("none", {}),
    ("jitter to 20 ms", {"jitter": 20 * MS}),
    ("reorder 1 % by 10 ms", {"reorder": 10_000, "reorder_by": 10 * MS}),
    ("reorder 5 % by 30 ms", {"reorder": 50_000, "reorder_by": 30 * MS}),
    ("reorder 5 % by 80 ms", {"reorder": 50_000, "reorder_by": 80 * MS}),
    ("duplicate 5 %", {"duplicate": 50_000}),
    ("corrupt 1 %", {"corrupt": 10_000}),
    ("all, and 1 % lost", {"jitter": 20 * MS, "reorder": 50_000, "reorder_by": 30 * MS, "duplicate": 50_000, "corrupt": 5000, "loss": 10_000}),
)


def bad() -> Section:
    """Everything but loss."""
    heading = """\
3. Bad wires: 10 Mbit/s, 60 ms of round trip, a queue of 75,000 octets (the product of both), buffers as TCP tunes them, 4 MiB, the fault both ways.

kB/s  goodput; the link has room for 1195   again  segments sent again   missing  data frames lost, altered or dropped at the queue
red   reductions of the window              rto    of these, timeouts

                       | reno                                | cubic
fault                  |  kB/s  again missing    red   rto   |  kB/s  again missing    red   rto"""
    rows = []
    for words, faults in FAULTS:
        row = [Transfer(c, 0, 0, 60 * MS, 4 * MB, rate=1_250_000, queue=75_000)._replace(**faults) for c in ("reno", "cubic")]
        rows.append(Row(f"{words:<22}", tuple(row), bad_row, words.startswith("duplicate")))
    return Section(heading, rows)


# BBR.


def model_row(row: Row, outcomes: list[Outcome]) -> str:
    """Goodput, what was sent again, and the round trip at losses."""
    text = ""
    for outcome in outcomes:
        text += f" |{kb(outcome.goodput):>6} {outcome.retransmitted:>6} {outcome.timeouts:>5}"
    return text


def models() -> Section:
    """A bottleneck with random losses, by controller."""
    heading = """\
4. What a model of the path is good for: 10 Mbit/s, 60 ms of round trip, a queue of 75,000 octets, losses that are no congestion, both ways. 4 MiB.

kB/s  goodput; the link has room for 1195   again  segments sent again   rto  timeouts

         | reno               | cubic              | bbr
loss %   |  kB/s  again   rto |  kB/s  again   rto |  kB/s  again   rto"""
    rows = []
    for loss in (0, 1_000, 10_000):
        row = [Transfer(c, loss, 0, 60 * MS, 4 * MB, rate=1_250_000, queue=75_000) for c in ("reno", "cubic", "bbr")]
        rows.append(Row(f"{percent(loss):>6} %", tuple(row), model_row, loss == 10_000))
    return Section(heading, rows)


# Fairness.


def fairness_row(row: Row, outcomes: list[Shares]) -> str:
    """Jain's index, the bottleneck's use, the extremes, and what was dropped."""
    [shares] = outcomes
    [cell] = row.cells
    assert isinstance(cell, Sharing)
    goodputs = shares.goodputs
    text = f"{theory.jain(goodputs):>6.3f} {100 * sum(goodputs) / (cell.rate * cells.SEGMENT / 1514):>6.1f} {kb(min(goodputs)):>6} {kb(max(goodputs)):>6}"
    text += f" {100 * shares.dropped / shares.sent:>7.2f} {shares.losses:>6} {shares.timeouts:>6}"
    if len(cell.controls) > 1:
        first = sum(goodputs[::2])
        text += f"   {cell.controls[0]} {100 * first / sum(goodputs):.0f} %, {cell.controls[1]} {100 * (sum(goodputs) - first) / sum(goodputs):.0f} %"
    return text


def fairness() -> Section:
    """2 to 64 flows."""
    heading = """\
5. Fairness: flows between as many pairs of hosts over one bottleneck of 10 Mbit/s, 40 ms of round trip, a drop-tail queue of 50,000 octets (the
product of both), all starting within a second; 10 s, after 5 s that do not count. The link has room for 1195 kB/s.

jain   Jain's index      use %  of the link, by goodput      min, max  kB/s of a flow      drop %  of what reached the queue
red    reductions of the window, all flows                   rto       of these, timeouts

64 flows have little more than a segment each in flight, and no window is below two (RFC 5681 §3.1): a fifth of everything is dropped. Of hundreds of
timeouts one in six hundred has its retransmission dropped four times in a row, and that flow is silent for ten seconds (RFC 6298 §5.5), as in the last row.
BBR keeps four segments in flight at least, and beside CUBIC its share falls as the queue grows: it does not fill it.

flows  control  jitter     jain  use %    min    max  drop %    red    rto"""
    rows = []
    for flows, controls, jitter in sharings():
        key = f"{flows:>5}  {'+'.join(controls):<11} {jitter / MS:>3g} ms"
        cell = Sharing(controls, flows, 1_250_000, 50_000, 40 * MS, SECOND, 5 * SECOND, 10 * SECOND, jitter)
        rows.append(Row(key, (cell,), fairness_row))
    return Section(heading, rows)


def sharings() -> Iterable[tuple[int, tuple[str, ...], int]]:
    """(flows, controls, jitter)."""
    for controls in (("reno",), ("cubic",), ("bbr",), ("reno", "cubic"), ("bbr", "cubic")):
        for flows in (2, 4, 16, 64) if len(controls) == 1 else (2, 16, 64):
            yield flows, controls, 1500
    yield 64, ("reno",), 0
    yield 64, ("cubic",), 0


TITLE = """\
Goodput and fairness of pynet's TCP, simulated: tests/simulator, in virtual time, everything from seed 1.
Written by `python -m tests.simulator`; the tests simulate a part of it in every run, all of it under --full, and compare."""


def sections() -> list[Section]:
    """All of them, in order."""
    return [yardstick(), grid(), bad(), models(), fairness()]


def committed() -> list[str]:
    """The lines of goodput.txt."""
    return FILE.read_text().splitlines()


def find(row: Row, lines: list[str], section: Section) -> str:
    """The line of `row` in `lines`, "" if there is none: below its section's heading, as keys are unlike within a section."""
    first = section.heading.splitlines()[0]
    start = lines.index(first) if first in lines else len(lines)
    for text in lines[start:]:
        if text.startswith(row.key + " "):
            return text
    return ""
