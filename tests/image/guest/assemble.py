"""Assemble programs.S and write a Python module with the bytes of each: PROGRAMS, by name.

usage: assemble.py OUTPUT SOURCE
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path


def assemble(source: Path) -> dict[str, bytes]:
    """The bytes from each global label to the next; the last label ends the one before it."""
    with tempfile.TemporaryDirectory() as directory:
        built, text = Path(directory) / "programs.o", Path(directory) / "text"
        subprocess.run(["gcc", "-c", "-o", built, source], check=True)
        subprocess.run(["objcopy", "-O", "binary", "-j", ".text", built, text], check=True)
        listed = subprocess.run(["nm", "-n", "-g", built], check=True, capture_output=True, text=True).stdout
        code = text.read_bytes()
    places = [(line.split()[2], int(line.split()[0], 16)) for line in listed.splitlines()]
    return {name: code[start:end] for (name, start), (_, end) in pairwise(places)}


if __name__ == "__main__":
    programs = assemble(Path(sys.argv[2]))
    rows = "".join(f'    "{name}": bytes.fromhex("{code.hex()}"),\n' for name, code in programs.items())
    Path(sys.argv[1]).write_text("PROGRAMS = {\n" + rows + "}\n")
