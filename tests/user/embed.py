"""Write assembler source that puts files into the image, with a table of their names.

usage: embed.py OUTPUT.S FILE...
"""

from __future__ import annotations

import sys
from pathlib import Path

START = """\
    .section .rodata.embedded_files, "a"
    .globl embedded_files
    .balign 8
embedded_files:
"""
END = """\
    .quad 0, 0, 0
"""
NOTE = """\
    .section .note.GNU-stack, "", @progbits
"""


def source(paths: list[Path]) -> str:
    """Rows of name, start and end, and what they point at."""
    rows = "".join(f"    .quad name_{i}, start_{i}, end_{i}\n" for i in range(len(paths)))
    contents = "".join(f'name_{i}:\n    .asciz "{path.name}"\nstart_{i}:\n    .incbin "{path}"\nend_{i}:\n' for i, path in enumerate(paths))
    return START + rows + END + contents + NOTE


if __name__ == "__main__":
    output, *paths = (Path(name).resolve() for name in sys.argv[1:])
    output.write_text(source(paths))
