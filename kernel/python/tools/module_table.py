"""Write the C table of the Python modules that are linked into one program, for meson.build.

usage: module_table.py OUTPUT MAIN MODULE...

MAIN is the module whose main() the program runs.  "/" behind a module's name marks a package.
"""

from __future__ import annotations

import sys
from pathlib import Path


def table(main: str, modules: list[str]) -> str:
    """C source of `linked_modules` (what runtime_init() takes) and `linked_main`; ValueError if a name comes twice."""
    names = [module.rstrip("/") for module in modules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError("listed twice: " + ", ".join(twice))
    lines = ["#include <Python.h>", '#include "runtime.h"', ""]
    lines += [f"PyObject *PyInit_{name.replace('.', '_')}(void);" for name in names]
    lines += ["", "const struct runtime_module linked_modules[] = {"]
    for module, name in zip(modules, names, strict=True):
        lines.append(f'    {{"{name}", PyInit_{name.replace(".", "_")}, {int(module.endswith("/"))}}},')
    lines += ["    {0},", "};", f'const char linked_main[] = "{main}";', ""]
    return "\n".join(lines)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(table(sys.argv[2], sys.argv[3:]))
