"""Build the hosted runtime with every language program in it, and the same programs as CPython extensions.

usage: build.py [BUILD_DIRECTORY]      (default: build/lang under the repository)

Each command runs again only if its output is older than what it was made from. The runtime is built with AddressSanitizer
and UndefinedBehaviorSanitizer, generated C without optimisation: that is five times faster to build.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
RUNTIME = TOP / "kernel/python"
LIBC = TOP / "kernel/libc"
PROGRAMS = HERE / "programs"

sys.path.insert(0, str(RUNTIME / "tools"))

from module_table import table
from translate import DIRECTIVES

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wmissing-prototypes", "-Wstrict-prototypes"]
SANITIZERS = ["-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
GENERATED = ["-std=gnu11", "-O0", "-Werror=implicit-function-declaration", "-Werror=int-conversion"]
INCLUDES = [f"-I{RUNTIME / 'include'}", f"-I{RUNTIME}", f"-I{LIBC}", f"-I{TOP / 'kernel'}"]


@dataclass(frozen=True)
class Module:
    """One Python module: dotted name, source, whether it is a package."""

    name: str
    source: Path

    @property
    def is_package(self) -> bool:
        return self.source.name == "__init__.py"

    @property
    def symbol(self) -> str:
        return self.name.replace(".", "_")


def modules_under(root: Path) -> list[Module]:
    """Every .py below root as the module it is when root is on the path."""
    found = []
    for source in sorted(root.rglob("*.py")):
        parts = source.relative_to(root).with_suffix("").parts
        found.append(Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), source))
    return found


def programs() -> list[Module]:
    """The language programs."""
    return modules_under(PROGRAMS)


def library() -> list[Module]:
    """The runtime's own library."""
    return modules_under(RUNTIME / "lib")


class Builder:
    """Runs commands whose outputs are out of date, several at a time; RuntimeError with the output of what failed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name in ("c", "runtime", "generated", "extensions"):
            (directory / name).mkdir(parents=True, exist_ok=True)

    def run(self, output: Path, inputs: Iterable[Path], command: list[str]) -> Path:
        newest = max(path.stat().st_mtime for path in inputs)
        if not output.exists() or output.stat().st_mtime < newest:
            done = subprocess.run(command, check=False, cwd=TOP, capture_output=True, text=True)
            if done.returncode:
                output.unlink(missing_ok=True)
                raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
        return output

    def translate(self, module: Module) -> Path:
        output = self.directory / "c" / f"{module.symbol}.c"
        command = [sys.executable, "-m", "cython", "-3", "--line-directives", "--module-name", module.name]
        for name, value in DIRECTIVES.items():
            command += ["-X", f"{name}={value}"]
        pxd = module.source.with_suffix(".pxd")
        inputs = [module.source, *([pxd] if pxd.exists() else [])]
        return self.run(output, inputs, [*command, "-o", str(output), str(module.source)])

    def generated(self, module: Module) -> Path:
        c = self.translate(module)
        last = module.name.rpartition(".")[2]
        names = [f"-DPyInit_{last}=PyInit_{module.symbol}", f"-DPyInit___init__=PyInit___init__{module.symbol}"]
        output = self.directory / "generated" / f"{module.symbol}.o"
        headers = (RUNTIME / "include").rglob("*.h")
        return self.run(output, [c, *headers], ["gcc", *GENERATED, *names, *INCLUDES, "-c", str(c), "-o", str(output)])

    def extension(self, module: Module) -> Path:
        c = self.translate(module)
        place = self.directory / "extensions" / module.name.replace(".", "/")
        output = place / "__init__.so" if module.is_package else place.with_suffix(".so")
        output.parent.mkdir(parents=True, exist_ok=True)
        include = sysconfig.get_path("include")
        flags = ["-O0", "-w", "-shared", "-fPIC", f"-I{include}"]
        return self.run(output, [c], ["gcc", *flags, str(c), "-o", str(output)])

    def runtime(self, source: Path) -> Path:
        output = self.directory / "runtime" / f"{source.stem}.o"
        headers = [*RUNTIME.rglob("*.h"), *LIBC.glob("*.h")]
        flags = ["-std=gnu11", "-O1", *WARNINGS, *SANITIZERS, "-DPYNET_HOSTED", *INCLUDES]
        return self.run(output, [source, *headers], ["gcc", *flags, "-c", str(source), "-o", str(output)])

    def character_table(self) -> Path:
        """The table of Unicode's code points, which a tool writes."""
        tool = RUNTIME / "unicode_table.py"
        source = self.directory / "unicode_table.c"
        self.run(source, [tool], [sys.executable, str(tool), str(source)])
        output = self.directory / "runtime/unicode_characters.o"
        flags = ["-std=gnu11", "-O1", f"-I{RUNTIME / 'objects'}", *INCLUDES]
        return self.run(output, [source], ["gcc", *flags, "-c", str(source), "-o", str(output)])

    def text_test(self) -> Path:
        """The C program that compares our text of numbers with glibc's."""
        sources = [HERE / "c/text_test.c", *sorted(LIBC.glob("text*.c"))]
        output = self.directory / "text_test"
        command = ["gcc", "-std=gnu11", "-O1", *SANITIZERS, *INCLUDES, *map(str, sources), "-lm", "-o", str(output)]
        return self.run(output, [*sources, *LIBC.glob("*.h")], command)

    def program(self, objects: list[Path], modules: list[Module]) -> Path:
        names = [f"{module.name}/" if module.is_package else module.name for module in modules]
        source = self.directory / "modules.c"
        text = table("none", names)
        if not source.exists() or source.read_text() != text:
            source.write_text(text)
        objects = [*objects, self.runtime(source)]
        output = self.directory / "lang"
        return self.run(output, objects, ["gcc", *SANITIZERS, *map(str, objects), "-lm", "-o", str(output)])


def runtime_sources() -> list[Path]:
    """What the hosted runtime is made of."""
    return [*sorted((RUNTIME / "objects").glob("*.c")), *sorted(LIBC.glob("text*.c")), RUNTIME / "hosted.c"]


def build(directory: Path, extensions: bool = True, extra: Iterable[Module] = ()) -> Path:
    """Bring everything up to date; the path of the hosted program. RuntimeError with gcc's or Cython's words."""
    builder = Builder(directory)
    modules = [*library(), *programs(), *extra]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runtime = [pool.submit(builder.runtime, source) for source in runtime_sources()]
        generated = [pool.submit(builder.generated, module) for module in modules]
        runtime.append(pool.submit(builder.character_table))
        objects = [job.result() for job in [*runtime, *generated]]
        if extensions:
            for job in [pool.submit(builder.extension, module) for module in programs()]:
                job.result()
    return builder.program(objects, modules)


if __name__ == "__main__":
    try:
        print(build(Path(sys.argv[1] if len(sys.argv) > 1 else TOP / "build/lang").resolve()))
    except RuntimeError as error:
        sys.exit(str(error))
