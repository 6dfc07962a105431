from __future__ import annotations

import sys

from pynet_qemu.cli import main

sys.exit(main(sys.argv[1:]))
