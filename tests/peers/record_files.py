"""Ask the Linux under this for its answers to tests/file_steps.py and write them to tests/file_answers.py.

    unshare -m python3 -m tests.peers.record_files        (as root: an empty tmpfs is mounted and made the root)
"""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from pathlib import Path

from tests.file_steps import BAD, STEPS, Out
from tests.machine import NUMBER

ANSWERS = Path(__file__).resolve().parent.parent / "file_answers.py"
HEAD = '"""What Linux {release} answered to tests/file_steps.py: the result of each step, and what its Out held. Written by tests/peers/record_files.py."""\n'


def ask() -> list[tuple[object, ...]]:
    """Make the calls, each after the other."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    answers: list[tuple[object, ...]] = []
    for name, *arguments in STEPS:
        values, kept, out = [], [], None
        for argument in arguments:
            if isinstance(argument, Out):
                buffer = ctypes.create_string_buffer(max(argument.size, 256))
                out = (argument, buffer)
                values.append(ctypes.c_void_p(ctypes.addressof(buffer)))
            elif isinstance(argument, bytes):
                buffer = ctypes.create_string_buffer(argument)
                kept.append(buffer)
                values.append(ctypes.c_void_p(ctypes.addressof(buffer)))
            else:
                values.append(ctypes.c_void_p(BAD) if argument == BAD and name in ("open", "write", "read", "readv") and len(values) == 1 else ctypes.c_long(argument))
        if name == "open" and arguments[0] == BAD:
            values[0] = ctypes.c_void_p(BAD)
        result = libc.syscall(ctypes.c_long(NUMBER[name]), *values)
        if result < 0:
            result = -ctypes.get_errno()
        answers.append((result, out[0].told(out[1].raw[: out[0].size], result)) if out is not None else (result,))
    return answers


def main() -> None:
    """In a child whose root is empty and which has no descriptors."""
    place = tempfile.mkdtemp()
    os.system(f"mount -t tmpfs none {place}")
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.dup2(writing, 900)
        os.chroot(place)
        os.chdir("/")
        os.umask(0o22)
        # As tests.machine.Host has it.
        os.chmod("/", 0o755)
        os.mkdir("/bin")
        os.closerange(0, 900)
        text = "\n".join(f"    {answer!r}," for answer in ask())
        os.write(900, text.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        answers = told.read()
    os.wait()
    os.system(f"umount {place}; rmdir {place}")
    if not answers:
        sys.exit("the child wrote nothing")
    typing = "from __future__ import annotations\n\nfrom typing import Any\n\n"
    ANSWERS.write_text(HEAD.format(release=os.uname().release.partition("-")[0]) + "\n" + typing + f"ANSWERS: list[tuple[Any, ...]] = [\n{answers}\n]\n")


if __name__ == "__main__":
    main()
