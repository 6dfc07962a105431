"""What the image of the tests runs: tests/pynet, or with the word `ring3` what only the kernel itself can be asked (tests/image/guest)."""

from __future__ import annotations

import ring3_tests
import tests_main

import kernel


def main() -> None:
    """`ring3` runs all of the ring-3 tests, `ring3=WORD,WORD` those in whose names a word occurs."""
    for word in kernel.command_line().split():
        name, _, value = word.partition("=")
        if name == "ring3":
            ring3_tests.main(value)
            return
    tests_main.main()
