"""A trace as a picture: windows and what is in flight over time, the round trip below, phases of loss behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

from pynet.tcp.trace import COLUMNS

WIDTH = 1200
HEIGHT = 640
MARGIN = 60
# Where the windows' part ends and the round trip's begins.
SPLIT = 440

# Linux's TCP_CA_*: what is behind the curves meanwhile.
PHASES = {2: ("CWR", "#e8e8ff"), 3: ("Recovery", "#fff0d8"), 4: ("Loss", "#ffdcdc")}
CURVES = (("ssthresh", "#999999"), ("cwnd", "#0050b0"), ("in flight", "#40a040"))


def svg(lines: Sequence[tuple[int, ...]], title: str) -> str:
    """The picture of Trace.lines."""
    assert lines, "nothing was traced"
    start, end = lines[0][0], max(lines[-1][0], lines[0][0] + 1)
    top = max(max(line[1], line[4]) for line in lines) * 1.05 + 1
    slowest = max(line[3] for line in lines) * 1.1 + 1

    def x(time: int) -> float:
        return MARGIN + (time - start) * (WIDTH - 2 * MARGIN) / (end - start)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{MARGIN}" y="20">{escape(title)}</text>',
        *phases(lines, end, x),
    ]
    for name, colour in CURVES:
        column = COLUMNS.index(name)
        parts.append(curve(name, colour, [(x(line[0]), height(min(line[column], top), top, MARGIN, SPLIT)) for line in lines]))
    parts.append(curve("srtt", "#b03080", [(x(line[0]), height(line[3], slowest, SPLIT + 30, HEIGHT - MARGIN)) for line in lines]))
    parts.append(f'<text x="4" y="{MARGIN}">{top / 1000:.0f} kB</text><text x="4" y="{SPLIT + 42}">{slowest / 1000:.0f} ms</text>')
    parts.append(f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 30}" text-anchor="end">{(end - start) / 1_000_000:.3f} s</text>')
    for i, (name, colour) in enumerate([*CURVES, ("srtt", "#b03080")]):
        parts.append(f'<text x="{MARGIN + 100 * i}" y="{HEIGHT - 30}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def height(value: float, most: float, upper: int, lower: int) -> float:
    """Where `value` of 0 to `most` is drawn between two lines."""
    return lower - value * (lower - upper) / most


def curve(name: str, colour: str, points: list[tuple[float, float]]) -> str:
    """A line in steps: a value holds until the next."""
    steps = [f"{points[0][0]:.1f},{points[0][1]:.1f}"]
    for (_, before), (at, value) in pairwise(points):
        steps += [f"{at:.1f},{before:.1f}", f"{at:.1f},{value:.1f}"]
    return f'<polyline id="{name}" fill="none" stroke="{colour}" points="{" ".join(steps)}"/>'


def phases(lines: Sequence[tuple[int, ...]], end: int, x: Callable[[int], float]) -> list[str]:
    """A band for each time in a phase other than Open and Disorder."""
    bands = []
    for line, after in zip(lines, [*lines[1:], (end,)], strict=True):
        if line[6] in PHASES:
            name, colour = PHASES[line[6]]
            left, right = x(line[0]), x(after[0])
            bands.append(f'<rect class="{name}" x="{left:.1f}" y="{MARGIN}" width="{right - left:.1f}" height="{SPLIT - MARGIN}" fill="{colour}"/>')
    return bands
