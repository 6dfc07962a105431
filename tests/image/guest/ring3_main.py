"""What the image pynet-ring3 runs: the tests of the kernel's own module, with no network around them."""

from __future__ import annotations

import ring3_tests

import kernel


def echo(port: int, count: int) -> None:
    """Send back what a serial port receives, so many bytes: slowly, so that its ring fills up."""
    print("ready")
    while count > 0:
        if not kernel.serial_wait(port, kernel.clock_us() + 60_000_000):
            raise SystemExit(1)
        data = kernel.serial_read(port)
        assert 0 < len(data) <= 4096
        count -= len(data)
        kernel.sleep_until(kernel.clock_us() + 20_000)
        while data:
            sent = kernel.serial_write(port, data)
            data = data[sent:]
            if sent == 0:
                kernel.sleep_until(kernel.clock_us() + 200)
    assert kernel.serial_read(port) == b""
    assert not kernel.serial_wait(port, kernel.clock_us() + 1000)


def main() -> None:
    """All of them, or with `only=WORD,WORD` on the command line those in whose names a word occurs; `echo=PORT:COUNT` instead: see above."""
    words = dict([word.partition("=")[::2] for word in kernel.command_line().split()])
    if "echo" in words:
        port, _, count = words["echo"].partition(":")
        echo(int(port), int(count))
    else:
        ring3_tests.main(words.get("only", ""))
