"""Simulate all cells and write goodput.txt; or one part, to look at it."""

from __future__ import annotations

import argparse
import sys
from multiprocessing import Pool
from pathlib import Path

from pynet.tcp.registry import CONTROLLERS
from tests.simulator import cells, draw, tables
from tests.simulator.cells import MS, Transfer


def simulate(rows: list[tables.Row], processes: int) -> list[str]:
    """The line of each row."""
    work = [cell for row in rows for cell in row.cells]
    with Pool(processes) as pool:
        outcomes = pool.map(tables.run, work, 1)
    lines = []
    for row in rows:
        lines.append(tables.line(row, outcomes[: len(row.cells)]))
        del outcomes[: len(row.cells)]
    return lines


def write_all(processes: int) -> str:
    """The whole file."""
    sections = tables.sections()
    lines = simulate([row for section in sections for row in section.rows], processes)
    text = tables.TITLE + "\n"
    for section in sections:
        text += "\n\n" + section.heading + "\n"
        for _ in section.rows:
            text += lines.pop(0) + "\n"
    return text


def one(options: argparse.Namespace) -> None:
    """One transfer: its outcome, and if asked a trace and a capture."""
    cell = Transfer(options.control, round(options.loss * 10_000), options.buffer * 1024, options.rtt * MS, options.size << 20, seed=options.seed)
    outcome, simulation, capture = cells.transfer(cell, True, options.trace is not None)
    print(cell, outcome, sep="\n")
    traced = simulation.flows[0].sender.trace
    if traced is not None and options.trace:
        options.trace.write_text(draw.svg(list(traced.lines), str(cell)) if options.trace.suffix == ".svg" else traced.text())
    if options.pcap and capture is not None:
        options.pcap.write_bytes(capture.pcap)


def main() -> int:
    """See the arguments' help."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("-j", "--jobs", type=int, default=2, help="processes at once (2)")
    parser.add_argument("--section", type=int, help="print this section only, write nothing")
    parser.add_argument("--control", choices=sorted(CONTROLLERS), help="simulate one transfer with this congestion control")
    parser.add_argument("--loss", type=float, default=1, help="per cent, both ways (1)")
    parser.add_argument("--rtt", type=int, default=100, help="milliseconds (100)")
    parser.add_argument("--buffer", type=int, default=32, help="KiB, 0: tuned by TCP (32)")
    parser.add_argument("--size", type=int, default=10, help="MiB (10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trace", type=Path, help="write windows, round trip and phase over time to this file, by tabs; to FILE.svg as a picture")
    parser.add_argument("--pcap", type=Path, help="write every frame to this file")
    options = parser.parse_args()
    if options.control:
        one(options)
    elif options.section:
        section = tables.sections()[options.section - 1]
        print(section.heading, *simulate(section.rows, options.jobs), sep="\n")
    else:
        tables.FILE.write_text(write_all(options.jobs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
