"""What the image pynet-ring3 runs: the tests of the kernel's own module, with no network around them."""

from __future__ import annotations

import ring3_tests

import kernel


def main() -> None:
    """All of them, or with `only=WORD,WORD` on the command line those in whose names a word occurs."""
    words = dict([word.partition("=")[::2] for word in kernel.command_line().split()])
    ring3_tests.main(words.get("only", ""))
