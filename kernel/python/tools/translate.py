"""Translate one Python or Cython module to C, for meson.build.

Cython runs in the source tree's root, so that the file names it writes into tracebacks and #line directives are
the same whatever the build directory is called.  Its dependency file is then rewritten with absolute paths, as
Ninja wants it: a changed .pxd retranslates every module that cimports it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

DIRECTIVES = {
    "nonecheck": True,
    "annotation_typing": False,
    "auto_pickle": False,
    "boundscheck": True,
    "wraparound": True,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True, help="root of the source tree")
    parser.add_argument("--module", required=True, help="dotted name, pynet.tcp.segment")
    parser.add_argument("--output", required=True, help="the C file, spelled as Ninja knows it")
    parser.add_argument("--include", type=Path, action="append", default=[], help="where .pxd files are looked for")
    parser.add_argument("-X", dest="directives", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("source", type=Path)
    return parser.parse_args()


def main() -> int:
    options = arguments()
    root = options.root.resolve()
    output = Path(options.output).resolve()
    source = options.source.resolve()
    if source.is_relative_to(root):
        source = source.relative_to(root)
    command = [sys.executable, "-m", "cython", "-3", "-M", "--line-directives", "--module-name", options.module]
    for name, value in DIRECTIVES.items():
        command += ["-X", f"{name}={value}"]
    for directive in options.directives:
        command += ["-X", directive]
    for folder in [root, *(path.resolve() for path in options.include)]:
        command += ["-I", str(folder)]
    status = subprocess.run([*command, "-o", str(output), str(source)], cwd=root, check=False).returncode
    if status:
        output.unlink(missing_ok=True)
        return status
    depfile = output.with_name(output.name + ".dep")
    names = depfile.read_text().partition(":")[2].replace("\\\n", " ").split()
    depfile.write_text(f"{options.output}: " + " ".join(str(root / name) for name in names) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
