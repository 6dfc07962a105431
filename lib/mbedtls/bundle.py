"""Write assembler source that puts a file of trusted certificates into the image.

usage: bundle.py OUTPUT BUNDLE.PEM
"""

from __future__ import annotations

import sys
from pathlib import Path

SOURCE = """\
    .section .rodata.ca_bundle, "a"
    .globl ca_bundle_start, ca_bundle_end
ca_bundle_start:
    .incbin "{path}"
ca_bundle_end:
    .section .note.GNU-stack, "", @progbits
"""

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(SOURCE.format(path=Path(sys.argv[2]).resolve()))
