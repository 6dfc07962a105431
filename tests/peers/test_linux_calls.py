"""The oracle of tests/pynet/test_calls.py is alive: the Linux under this machine answers what is written down in tests/linux_answers.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.linux_answers import KERNEL
from tests.peers.record_linux import release

RECORDER = Path(__file__).with_name("record_linux.py")
# Of 1,655 answers, those that may be another kernel's: what changes between releases is a few errno.
OTHER_KERNELS = 30


def test_linux_answers_as_it_did() -> None:
    done = subprocess.run([sys.executable, RECORDER, "--check"], capture_output=True, text=True, check=False)
    assert done.stdout.strip().endswith("answers differ"), done.stdout + done.stderr
    assert done.returncode <= (0 if release() == KERNEL else OTHER_KERNELS), done.stdout
