"""The relay: a good cable changes nothing, and a bad one does the same harm for the same seed."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest
from pynet_qemu.relay import Faults, FrameSocket, Relay, relay_socket

COUNT = 400


class Wire:
    """Two ends of a cable, as QEMU and the relay have them."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self.relay_end = relay_socket(directory)
        self.qemu_end = FrameSocket(directory / "qemu.sock", directory / "relay.sock")


def carried(directory: Path, faults: Faults, seed: int) -> tuple[list[bytes], Counter[str]]:
    """What arrives of COUNT numbered frames, and the relay's statistics."""
    left, right = Wire(directory / "left"), Wire(directory / "right")
    relay = Relay(left.relay_end, right.relay_end, faults, seed)
    threading.Thread(target=relay.run, daemon=True).start()
    arrived: list[bytes] = []
    receiver = threading.Thread(target=collect, args=(right.qemu_end, arrived))
    receiver.start()
    for number in range(COUNT):
        left.qemu_end.send(number.to_bytes(60, "big"))
    receiver.join()
    return arrived, relay.statistics


def collect(end: FrameSocket, arrived: list[bytes]) -> None:
    """Receive until nothing has come for a while."""
    while (frame := end.receive(1.0)) is not None:
        arrived.append(frame)


def test_a_good_cable_changes_nothing(tmp_path: Path) -> None:
    arrived, statistics = carried(tmp_path, Faults(), 0)
    assert arrived == [number.to_bytes(60, "big") for number in range(COUNT)]
    assert statistics == Counter(frames=COUNT)


def test_the_same_seed_does_the_same_harm(tmp_path: Path) -> None:
    faults = Faults(loss=0.1, duplicate=0.1, corrupt=0.1)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "c").mkdir()
    first, statistics = carried(tmp_path / "a", faults, 5)
    again, _ = carried(tmp_path / "b", faults, 5)
    other, _ = carried(tmp_path / "c", faults, 6)
    assert first == again != other
    assert all(statistics[what] > COUNT // 25 for what in ("lost", "duplicated", "corrupted"))
    assert len(first) == COUNT - statistics["lost"] + statistics["duplicated"]


@pytest.mark.parametrize("faults", [Faults(reorder=0.1), Faults(delay=0.05)])
def test_frames_overtake_each_other(tmp_path: Path, faults: Faults) -> None:
    arrived, _ = carried(tmp_path, faults, 1)
    numbers = [int.from_bytes(frame, "big") for frame in arrived]
    assert sorted(numbers) == list(range(COUNT))
    assert numbers != sorted(numbers)
