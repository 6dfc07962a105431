"""Write the module tests_main, which runs every test function of the modules it is given.

usage: collect.py OUTPUT MODULE=FILE...

The names are read from the sources, not asked from the modules: what the programs run is what the files hold.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

MAIN = '''

def main(words: str = "") -> None:
    """Run the tests in whose names one of the words occurs, all without words; SystemExit(1) if one failed."""
    wanted = words.split(",") if words else [""]
    passed = failed = 0
    for name, test in TESTS:
        if not any(word in name for word in wanted):
            continue
        try:
            test()
        except Exception as error:
            failed += 1
            print("test " + name + ": FAIL: " + type(error).__name__ + ": " + str(error))
        else:
            passed += 1
            print("test " + name + ": ok")
    print("tests: " + str(passed) + " passed, " + str(failed) + " failed")
    if failed or not passed:
        raise SystemExit(1)
'''


def tests_of(path: Path) -> list[str]:
    """Names of the file's test functions, in order."""
    body = ast.parse(path.read_text(), str(path)).body
    return [item.name for item in body if isinstance(item, ast.FunctionDef) and item.name.startswith("test_")]


def main_module(files: dict[str, Path]) -> str:
    """Source of the module that imports these test modules and runs them."""
    imports, entries = ["from __future__ import annotations", ""], []
    for module, path in files.items():
        names = tests_of(path)
        if names:
            short = module.rpartition(".")[2]
            imports.append(f"import {module} as {short}")
            entries += [f'    ("{module}.{name}", {short}.{name}),' for name in names]
    return "\n".join([*imports, "", "TESTS = [", *entries, "]"]) + "\n" + MAIN


if __name__ == "__main__":
    given = (argument.partition("=") for argument in sys.argv[2:])
    Path(sys.argv[1]).write_text(main_module({module: Path(path) for module, _, path in given}))
