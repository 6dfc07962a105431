"""The network drivers in the booted image: whatever frame goes in comes out of the other side of Python, bit for bit.

The image runs with `reflect` on its command line: it sends every frame that it receives back as it is.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from pynet_qemu.machine import Machine, MachineConfig
from wire import FRAME_MAX, Wire

FRAME_MIN = 60
RING = 256
BOOT_SECONDS = 30.0


@dataclass(frozen=True)
class Variant:
    """A machine to try: QEMU's name for the card, its options, and how many CPUs are present."""

    name: str
    card: str
    options: str = ""
    cpus: int = 1


VARIANTS = (
    Variant("virtio-transitional", "virtio-net-pci"),
    Variant("virtio-modern", "virtio-net-pci", "disable-legacy=on"),
    Variant("virtio-legacy", "virtio-net-pci", "disable-modern=on"),
    Variant("virtio-legacy-two-descriptors", "virtio-net-pci", "disable-modern=on,any_layout=off"),
    Variant("virtio-ring-of-1024", "virtio-net-pci", "rx_queue_size=1024"),
    Variant("virtio-legacy-ring-of-1024", "virtio-net-pci", "disable-modern=on,rx_queue_size=1024"),
    Variant("virtio-two-cpus", "virtio-net-pci", "", 2),
    Variant("e1000-82540em", "e1000"),
    Variant("e1000-82545em", "e1000-82545em"),
    Variant("e1000-two-cpus", "e1000", "", 2),
)


@dataclass(frozen=True)
class Guest:
    machine: Machine
    wire: Wire
    variant: Variant


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda variant: variant.name)
def guest(request: pytest.FixtureRequest) -> Iterator[Guest]:
    """A running guest that reflects frames; one for all the tests of a variant. PYNET_IMAGE names another image to try."""
    image = os.environ.get("PYNET_IMAGE") or request.getfixturevalue("elf")
    variant: Variant = request.param
    directory = Path(tempfile.mkdtemp(prefix="pynet-nic-"))
    try:
        with Wire(directory) as wire:
            config = MachineConfig(
                image=Path(image), netdev=wire.netdev, nic=variant.card, nic_options=variant.options, cpus=variant.cpus,
                command_line="reflect",
            )  # fmt: skip
            with Machine(config, directory) as machine:
                machine.resume()
                if not wire.until_reflected(bytes(FRAME_MIN), BOOT_SECONDS):
                    console = (directory / "console.log").read_text(encoding="utf-8")
                    pytest.fail(f"the guest does not reflect; its console:\n{console}")
                yield Guest(machine, wire, variant)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def random_frames(lengths: Sequence[int], seed: int) -> list[bytes]:
    """Frames of random octets, so of any address and any EtherType, each unlike the others."""
    source = random.Random(seed)
    return [source.randbytes(length) for length in lengths]


def queue_status(guest: Guest) -> str:
    """What QEMU knows of the card's queues, for the message of a test that stalls."""
    if not guest.variant.card.startswith("virtio"):
        return guest.machine.monitor("info network")
    path = "/machine/peripheral/nic0/virtio-backend"
    return "\n".join(guest.machine.monitor(f"info virtio-queue-status {path} {queue}") for queue in (0, 1))


def assert_reflected(guest: Guest, frames: Sequence[bytes], window: int = 1_000_000) -> None:
    back = guest.wire.exchange(frames, len(frames), window)
    assert len(back) == len(frames), f"{len(back)} of {len(frames)} frames came back\n{queue_status(guest)}"
    differing = [(n, len(a), len(b)) for n, (a, b) in enumerate(zip(frames, back, strict=True)) if a != b]
    assert not differing, f"frames that came back changed or out of order (number, sent, came): {differing[:5]}"
    assert guest.wire.receive(0.05) is None, "more frames came back than were sent"


def test_frames_of_every_length_and_any_type_pass_both_ways_bit_for_bit(guest: Guest) -> None:
    lengths = list(range(FRAME_MIN, FRAME_MAX + 1))
    random.Random(1).shuffle(lengths)
    assert_reflected(guest, random_frames(lengths, seed=2))


def test_every_ethertype_class_passes(guest: Guest) -> None:
    # ARP, IPv4, IPv6, VLAN, LLDP, PTP, an 802.3 length, and the two ends of the field.
    types = (0x0806, 0x0800, 0x86DD, 0x8100, 0x88CC, 0x88F7, 0x0040, 0x0000, 0xFFFF)
    body = random_frames([100], seed=3)[0]
    assert_reflected(guest, [body[:12] + kind.to_bytes(2, "big") + body[14:] for kind in types])


def test_every_kind_of_destination_is_received(guest: Guest) -> None:
    # Whose frame is whose is for Python to say, so the card hands over all of them.
    own = bytes.fromhex("525400123456")
    destinations = (
        own,
        b"\xff" * 6,
        bytes.fromhex("01005e000001"),
        bytes.fromhex("333300000001"),
        bytes.fromhex("020000000001"),
    )
    body = random_frames([100], seed=4)[0]
    assert_reflected(guest, [destination + body[6:] for destination in destinations])


def test_one_frame_at_a_time_wakes_an_idle_guest(guest: Guest) -> None:
    # By interrupt: the driver's own look at the rings, twice a second, would take 250 ms in the middle.
    seconds = []
    for number, frame in enumerate(random_frames([60, 1514, 61, 1513, 590, 64, 1000], seed=5)):
        time.sleep(0.1 + 0.07 * number)
        start = time.monotonic()
        assert guest.wire.exchange([frame], 1) == [frame]
        seconds.append(time.monotonic() - start)
    assert statistics.median(seconds) < 0.05, f"an idle guest answers after {seconds} s"


def test_the_ring_wraps_around_many_times_with_one_frame_out(guest: Guest) -> None:
    lengths = random.Random(6).choices(range(FRAME_MIN, FRAME_MAX + 1), k=3 * RING)
    assert_reflected(guest, random_frames(lengths, seed=7), window=1)


def test_a_burst_of_ten_thousand_frames_loses_none(guest: Guest) -> None:
    lengths = random.Random(8).choices((60, 61, 64, 590, 1513, 1514), k=10_000)
    assert_reflected(guest, random_frames(lengths, seed=9))


def test_a_full_transmit_ring_waits_and_loses_none(guest: Guest) -> None:
    # Nothing is taken from the wire, so frames pile up to the transmit ring and, behind it, the receive ring.
    frames = random_frames([FRAME_MIN + n % 1400 for n in range(5000)], seed=10)
    sent, idle_since = 0, time.monotonic()
    while sent < len(frames) and time.monotonic() - idle_since < 1.0:
        if guest.wire.send(frames[sent]):
            sent, idle_since = sent + 1, time.monotonic()
        else:
            time.sleep(0.001)
    if guest.variant.card.startswith("virtio"):
        assert RING < sent < len(frames), f"{sent} frames fit: the wire never filled"
    else:
        assert sent == len(frames), "QEMU's e1000 takes every frame at once and queues up to 10,000 itself"
    back = guest.wire.exchange(frames[sent:], len(frames))
    assert len(back) == len(frames), f"{len(back)} of {len(frames)} frames came back\n{queue_status(guest)}"
    assert back == frames


def test_traffic_goes_on_after_a_pulled_cable(guest: Guest) -> None:
    before, lost, after = random_frames([200, 201, 202], seed=11)
    assert_reflected(guest, [before])
    guest.machine.plug(False)
    guest.wire.send(lost)
    assert guest.wire.receive(0.5) is None, "a frame came over a pulled cable"
    guest.machine.plug(True)
    # The e1000 takes half a second to agree on its speed again.
    assert guest.wire.until_reflected(after, 5.0)
    assert_reflected(guest, random_frames([300] * 600, seed=12))


def test_an_idle_guest_uses_under_one_percent_of_a_core(guest: Guest) -> None:
    time.sleep(0.5)
    used, seconds = guest.machine.cpu_seconds(), 3.0
    time.sleep(seconds)
    used = guest.machine.cpu_seconds() - used
    assert used / seconds < 0.01, f"{100 * used / seconds:.1f} % of a core while idle"
