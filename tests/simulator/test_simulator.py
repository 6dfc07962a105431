"""The simulator itself; that the committed table is what it says today; and that the table says what it must."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tests.simulator import cells, draw, tables, theory
from tests.simulator.cells import MS, SECOND, Sharing, Transfer
from tests.simulator.link import Direction, Wire

SECTIONS = tables.sections()
ROWS = [pytest.param(section, row, id=" ".join(row.key.split())) for section in SECTIONS for row in section.rows]
QUICK = [parameter for parameter in ROWS if parameter.values[1].quick]


def compare(section: tables.Section, row: tables.Row) -> None:
    """The row, simulated now, is the row in the file."""
    assert tables.line(row, [tables.run(cell) for cell in row.cells]) == tables.find(row, tables.committed(), section)


@pytest.mark.parametrize(("section", "row"), QUICK)
def test_a_part_of_the_table_is_what_the_simulator_says(section: tables.Section, row: tables.Row) -> None:
    """A change of behaviour is a diff of goodput.txt: `python -m tests.simulator` writes it."""
    compare(section, row)


@pytest.mark.full
@pytest.mark.parametrize(("section", "row"), [parameter for parameter in ROWS if parameter not in QUICK])
def test_the_rest_of_the_table_is_what_the_simulator_says(section: tables.Section, row: tables.Row) -> None:
    """As above."""
    compare(section, row)


def test_the_table_has_every_row_and_no_other() -> None:
    """What is committed was written by today's sections."""
    lines = tables.committed()
    expected = tables.TITLE.splitlines()
    for section in SECTIONS:
        expected += ["", "", *section.heading.splitlines()]
        expected += [tables.find(row, lines, section) for row in section.rows]
    assert lines == expected
    assert all(tables.find(row, lines, section) for section in SECTIONS for row in section.rows)


def test_the_yardstick_holds() -> None:
    """Issue 4: with `none` above smoltcp in every cell; New Reno and CUBIC within 80 to 120 % of the lesser of window limit and theory."""
    for row in SECTIONS[0].rows:
        text = tables.find(row, tables.committed(), SECTIONS[0])
        numbers = [float(word) for word in re.findall(r"[\d.]+", text)]
        assert len(numbers) == 19
        assert numbers[1] > numbers[2] == tables.SMOLTCP[int(numbers[0] * 10_000)], row.key
        for reached, expected, share in (numbers[3:6], numbers[11:14]):
            # Without SACK a round trip repairs one hole (RFC 6582), and F-RTO spends one on each timeout: PFTK, which repairs all in one, is too
            # hopeful where losses are many.
            assert (70 if "no SACK" in row.key else 80) <= share <= 120, row.key
            assert abs(100 * reached / expected - share) < 1, row.key


def test_the_same_seed_gives_the_same_octets() -> None:
    """Everything that can happen to a frame happens; two runs capture the same, another seed something else."""
    cell = Transfer("cubic", 30_000, 0, 40 * MS, 400_000, 1_000_000, 8000, 20_000, 15 * MS, 20_000, 20_000, 5 * MS)
    captures = []
    for seed in (1, 1, 2):
        _, simulation, capture = cells.transfer(cell._replace(seed=seed), capture=True)
        assert capture is not None
        link = simulation.forward
        assert min(link.lost, link.altered, link.doubled, link.overtaken, link.overflowed) > 0
        assert capture.frames > 200
        captures.append(bytes(capture.pcap))
    assert captures[0] == captures[1] != captures[2]


def send(wire: Wire, frames: int, every: int = 0, size: int = 1000) -> tuple[Direction, list[tuple[int, bytes]]]:
    """What a direction delivers of numbered frames, one `every` so many microseconds."""
    arrived: list[tuple[int, bytes]] = []
    direction = Direction(wire, "test", lambda when, frame: arrived.append((when, frame)))
    direction.disturbed = True
    for i in range(frames):
        direction.send(i.to_bytes(4, "big") + bytes(size - 4), i * every)
    return direction, arrived


def test_link_serialises_at_its_rate_and_drops_at_its_queues_end() -> None:
    """1000 octets at a million a second are a millisecond each; of ten at once a queue of 4000 octets takes four."""
    direction, arrived = send(Wire(delay=5 * MS, rate=1_000_000, queue=4000), 10)
    assert [when for when, _ in arrived] == [6 * MS, 7 * MS, 8 * MS, 9 * MS]
    assert direction.overflowed == 6
    _, arrived = send(Wire(rate=1_000_000, queue=1000), 100, every=MS)
    assert len(arrived) == 100


@pytest.mark.parametrize(("fault", "counter"), [("loss", "lost"), ("corrupt", "altered"), ("duplicate", "doubled"), ("reorder", "overtaken")])
def test_link_does_to_a_tenth_of_the_frames_what_it_is_told(fault: str, counter: str) -> None:
    """Ten standard deviations of a binomial distribution at most; and to none, and to all."""
    for millionths, least, most in ((0, 0, 0), (100_000, 1700, 2300), (1_000_000, 20_000, 20_000)):
        direction, _ = send(Wire(**{fault: millionths, "reorder_by": MS}), 20_000, every=10, size=64)
        assert least <= getattr(direction, counter) <= most


def test_link_alters_one_bit() -> None:
    """No more: a checksum must see it."""
    _, arrived = send(Wire(corrupt=1_000_000), 50)
    for i, (_, frame) in enumerate(arrived):
        sent = i.to_bytes(4, "big") + bytes(996)
        assert (int.from_bytes(frame, "big") ^ int.from_bytes(sent, "big")).bit_count() == 1


def test_link_reorders_what_it_holds_back_and_jitter_reorders_nothing() -> None:
    """Frames a millisecond apart, some held back for three."""
    _, arrived = send(Wire(reorder=100_000, reorder_by=3500), 1000, every=MS)
    by_time = [int.from_bytes(frame[:4], "big") for _, frame in sorted(arrived, key=lambda entry: entry[0])]
    assert 50 < sum(by_time[i] > by_time[i + 1] for i in range(999)) < 150
    assert max(abs(by_time[i] - i) for i in range(1000)) <= 4
    _, arrived = send(Wire(jitter=3500), 1000, every=MS)
    assert [when for when, _ in arrived] == sorted(when for when, _ in arrived)
    assert max(when - i * MS for i, (when, _) in enumerate(arrived)) > 3000


def test_theory_at_the_points_that_are_known() -> None:
    """PFTK: the square root law for small p, the window's limit without loss; RFC 9438 §5.1, table 1; Jain's ends."""
    law = theory.pftk(1e-6, 0.1, 1.0, 1e9) * 0.1
    assert abs(law / (1.5 / 1e-6) ** 0.5 - 1) < 0.01
    assert theory.pftk(0, 0.1, 1.0, 22) == 220
    for p, window in ((1e-4, 187), (1e-5, 1054), (1e-6, 5926)):
        assert abs(theory.cubic(p, 0.1, 1.0, 1e9) * 0.1 / window - 1) < 0.02
    assert theory.jain([5, 5, 5, 5]) == 1
    assert theory.jain([20, 0, 0, 0]) == 0.25


def test_draw_makes_a_picture_of_a_trace() -> None:
    """An SVG with a line for each of the four, as long as the time."""
    lines = [(1000 * MS, 14_480, 1 << 30, 0, 0, 0, 0, 0), (1100 * MS, 28_960, 1 << 30, 100 * MS, 14_480, 14_480, 0, 0), (1300 * MS, 14_480, 14_480, 90 * MS, 9000, 9000, 3, 0)]
    picture = draw.svg(lines, "a transfer")
    root = ElementTree.fromstring(picture)
    curves = [element for element in root.iter() if element.tag.endswith("polyline")]
    assert {curve.get("id") for curve in curves} == {"cwnd", "ssthresh", "in flight", "srtt"}
    for curve in curves:
        points = [tuple(float(n) for n in point.split(",")) for point in (curve.get("points") or "").split()]
        assert points == sorted(points, key=lambda point: point[0])
        assert all(0 <= x <= draw.WIDTH and 0 <= y <= draw.HEIGHT for x, y in points)
    assert [element.get("class") for element in root.iter() if element.get("class")] == ["Recovery"]


def test_two_equal_flows_share_a_bottleneck() -> None:
    """A small Sharing: the table has those up to 64."""
    shares = cells.share(Sharing(("reno",), 2, 250_000, 20_000, 40 * MS, SECOND // 2, 5 * SECOND, 15 * SECOND, 1500))
    assert theory.jain(shares.goodputs) > 0.95
    assert sum(shares.goodputs) > 0.95 * 250_000 * cells.SEGMENT / 1514
