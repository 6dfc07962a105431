"""Translate one Python or Cython module to C; translate.py is the program.

Cython runs in the source tree's root, so that the file names it writes into tracebacks and #line directives are
the same whatever the build directory is called.  Its dependency file is then rewritten with absolute paths, as
Ninja wants it: a changed .pxd retranslates every module that cimports it.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from Cython.Compiler import Options

# A buffer that is handed on is handed on by value: this bounds its size. Set before the modules that read it are loaded.
Options.buffer_max_dims = 2

from constants import InlineConstants, Sources
from Cython.Compiler import Main, ParseTreeTransforms, Pipeline
from inlining import DropInlined, Modules, install

TOOLS = {str(Path(__file__).resolve().with_name(name)) for name in ("translate.py", "translation.py", "constants.py", "inlining.py")}

# The memoryviews, functions and coroutines of Cython, compiled once instead of into every module.
SHARED = "cython_shared"

DIRECTIVES = {
    "nonecheck": True,
    "annotation_typing": False,
    "auto_pickle": False,
    "boundscheck": True,
    "wraparound": True,
}
# For a module that checks its ranges itself, once.
UNCHECKED = {"boundscheck": False, "wraparound": False}


def parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True, help="root of the source tree")
    parser.add_argument("--module", default=SHARED, help="dotted name, pynet.tcp.segment; without it the module of Cython's own helpers is made")
    parser.add_argument("--unchecked", default="", help="the modules that check their ranges themselves, with commas between")
    parser.add_argument("--shared", action="store_true", help="take Cython's helpers from that module")
    parser.add_argument("--output", required=True, help="the C file, spelled as Ninja knows it")
    parser.add_argument("--include", type=Path, action="append", default=[], help="where .pxd files are looked for")
    parser.add_argument("-X", dest="directives", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("source", type=Path, nargs="?")
    return parser.parse_args(words)


def with_ours(create_pipeline: Any, module: str, sources: Sources, modules: Modules | None) -> Any:
    """Cython's own pipeline with our transforms after the tree is normalised. modules: whose small functions are compiled in, None where none are."""

    def create(context: Any, mode: str, exclude_classes: Any = ()) -> list[Any]:
        stages = create_pipeline(context, mode, exclude_classes)
        source = sources.get(module) if mode == "py" else None
        if source is None:
            return stages
        at = [isinstance(stage, ParseTreeTransforms.PostParse) for stage in stages].index(True)
        ours = [InlineConstants(context, source)] if modules is None else [InlineConstants(context, source), DropInlined(context, modules)]
        return [*stages[: at + 1], *ours, *stages[at + 1 :]]

    return create


def cython(arguments: list[str]) -> int:
    """Run Cython's command line in this process; its exit status."""
    sys.argv = ["cython", *arguments]
    try:
        Main.main(command_line=1)
    except SystemExit as end:
        return int(bool(end.code))
    return 0


def main(words: list[str]) -> int:
    """Translate as the words of the command line say; its exit status."""
    options = parse(words)
    root = options.root.resolve()
    output = Path(options.output).resolve()
    if options.source is None:
        return cython(["-3", "--generate-shared", str(output), "--module-name", SHARED])
    source = options.source.resolve()
    if source.is_relative_to(root):
        source = source.relative_to(root)
    # What follows from the C is made anew only if the C is another.
    fresh = output.with_name(output.name + ".new")
    command = ["-3", "-M", "--line-directives", "--module-name", options.module, "-o", str(fresh)]
    unchecked = options.unchecked.split(",")
    for name, value in (DIRECTIVES | (UNCHECKED if options.module in unchecked else {})).items():
        command += ["-X", f"{name}={value}"]
    if (root / source).with_suffix(".pxd").exists():
        # Where a .pxd gives types, variables take them from what they are assigned.
        command += ["-X", "infer_types=True"]
    if options.shared:
        command += ["--shared", SHARED]
    for directive in options.directives:
        command += ["-X", directive]
    for folder in [root, *(path.resolve() for path in options.include)]:
        command += ["-I", str(folder)]
    os.chdir(root)
    sources = Sources(root)
    modules = Modules(root, sources)
    typed = (root / source).with_suffix(".pxd").exists()
    if typed:
        install(options.module, modules, dict.fromkeys(unchecked, UNCHECKED))
    Pipeline.create_pipeline = with_ours(Pipeline.create_pipeline, options.module, sources, modules if typed else None)
    if cython([*command, str(source)]):
        output.unlink(missing_ok=True)
        return 1
    depfile = fresh.with_name(fresh.name + ".dep")
    names = depfile.read_text().partition(":")[2].replace("\\\n", " ").split()
    inputs = sorted({str(root / name) for name in names} | {str(path) for path in sources.read} | {str(module.path) for module in modules.values()} | TOOLS)
    output.with_name(output.name + ".dep").write_text(f"{options.output}: " + " ".join(inputs) + "\n")
    depfile.unlink()
    if output.exists() and output.read_bytes() == fresh.read_bytes():
        fresh.unlink()
    else:
        fresh.replace(output)
    return 0
