"""The fuzzer's loop: sessions, in which every frame that reaches host A is followed by wrong ones, until so many were sent.

A frame that takes an edge of pynet's control flow for the first time is kept, and changed further. Nothing may be raised out of the stack, nothing may be
left when a session ends, and memory may not grow from session to session. Runs compiled in the Linux program (`hosted-tests tests.fuzz.fuzz main`);
on CPython, without the edges: `python -m tests.fuzz.fuzz`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.mutation import Mutator
from tests.fuzz.sessions import Session
from tests.support import Random
from tests.world import MAC_A, MAC_B, CableEnd, World

if TYPE_CHECKING:
    from typing import Any

    from pynet.frame import Octets

edges: Any = None
try:
    from tests.fuzz import edges
except ImportError:
    pass

FRAMES = 100_000
FRAMES_IN_SESSION = 2_000
# Wrong frames for each right one.
WRONG = 8
# Virtual time that one step lasts, and at most a session, in microseconds: its hosts may come to wait for each other for ever.
STEP = 200_000
SESSION_TIME = 120_000_000
# Sessions before memory is compared: caches fill, tables reach their size. And how much more may be in use at the end, in bytes.
WARM_UP = 6
SLACK = 512 * 1024


class FuzzedEnd(CableEnd):
    """Host A's end of the cable: behind each frame come wrong ones."""

    def __init__(self, world: World, mac: int, delay: int, mutator: Mutator) -> None:
        super().__init__(world, mac, delay)
        self.mutator = mutator
        self.waiting: list[bytes] = []
        self.given = b""
        # Given so far; after `limit` the session only goes on as it would by itself.
        self.frames = 0
        self.limit = FRAMES_IN_SESSION
        self.known = 0

    def send(self, frame: bytearray, csum_start: int = 0, csum_offset: int = 0, gso_size: int = 0) -> bool:
        # What A sends is not looked at again.
        taken = super().send(frame, csum_start, csum_offset, gso_size)
        self.sent.clear()
        return taken

    def recv(self) -> tuple[Octets, int] | None:
        self.judge()
        if not self.waiting:
            received = super().recv()
            if received is None:
                return None
            right = bytes(received[0])
            wrong = WRONG if self.frames < self.limit else 0
            self.waiting = [self.mutator.mutate(right) for _ in range(wrong)]
            self.waiting.insert(self.mutator.random.below(wrong + 1), right)
        self.given = self.waiting.pop()
        self.frames += 1
        if edges is None:
            return self.given, 0
        edges.start()
        self.known = edges.total()
        return memoryview(edges.Exact(self.given)), 0

    def judge(self) -> None:
        """Keep the last frame if it led somewhere new."""
        if self.given and edges is not None and edges.total() > self.known:
            self.mutator.keep(self.given)
        self.given = b""


def run_session(number: int, seed: int, mutator: Mutator, frames: int) -> int:
    """One session of at most `frames` frames; how many there were."""
    world = World(seed * 1_000_003 + number)
    here = FuzzedEnd(world, MAC_A, 1000, mutator)
    there = CableEnd(world, MAC_B, 1000)
    here.limit = frames
    here.capabilities = number % 4
    here.peer = there
    there.peer = here
    session = Session(world, here, there, number % Session.KINDS)
    try:
        end = world.now + SESSION_TIME
        while here.frames < frames and world.now < end:
            world.run(STEP)
            there.sent.clear()
        here.plugged = False
        here.arriving.clear()
        here.waiting.clear()
        session.end()
    except BaseException:
        print("session " + str(number) + " of seed " + str(seed) + ", frame " + str(here.frames) + ": " + here.given.hex())
        raise
    return here.frames


def fuzz(frames: int, seed: int) -> None:
    """`frames` frames in all; prints what was reached. AssertionError when memory grew."""
    mutator = Mutator(Random(seed))
    done = number = base = 0
    told = 10_000
    while done < frames:
        done += run_session(number, seed, mutator, min(FRAMES_IN_SESSION, frames - done))
        number += 1
        used = in_use(mutator)
        if number == WARM_UP:
            base = used
        if done >= told or done >= frames:
            told += max(10_000, frames // 20)
            print("fuzz: " + str(done) + " frames, " + reached(mutator) + ", " + str(used // 1024) + " KiB in use")
        if number > WARM_UP and used > base + SLACK:
            raise AssertionError("memory grew from " + str(base) + " to " + str(used) + " bytes by session " + str(number))
    print("fuzz: done")


def reached(mutator: Mutator) -> str:
    """Edges and corpus."""
    return str(edges.total() if edges is not None else 0) + " edges, " + str(len(mutator.corpus)) + " frames kept"


def in_use(mutator: Mutator) -> int:
    """Bytes in use, the corpus left out; on CPython, which counts blocks, 64 for each."""
    if edges is None:
        import gc
        import sys

        gc.collect()
        blocks: int = sys.getallocatedblocks()
        return blocks * 64
    kept = sum([len(frame) + 128 for frame in mutator.corpus])
    used: int = edges.allocated() - kept
    return used


def main() -> None:
    """The program."""
    if edges is None:
        import os

        fuzz(int(os.environ.get("FUZZ_FRAMES", str(FRAMES // 10))), int(os.environ.get("FUZZ_SEED", "1")))
    else:
        fuzz(edges.setting("FUZZ_FRAMES", FRAMES), edges.setting("FUZZ_SEED", 1))


if __name__ == "__main__":
    main()
