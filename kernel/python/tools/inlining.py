"""Small functions compiled into each module that calls them, not called from it.

A .pxd declares `cpdef long long add(long long a, long long n)` and nothing more; the function is in the .py beside it, and only there. A module that
cimports it would call it through a pointer. For such a module the declaration is put together with the body that the .py has, as an inline function of
Cython's: the same source, under the same file name and line numbers in tracebacks, compiled where gcc sees both sides of the call. What Python
calls stays in the module itself.
"""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

from constants import InlineConstants, Sources
from Cython.Compiler import Main, Nodes
from Cython.Compiler.Scanning import FileSourceDescriptor
from Cython.Compiler.Visitor import CythonTransform, TreeVisitor

# A body of more statements is no small function.
MAX_STATEMENTS = 8
STATEMENTS = (ast.Return, ast.Assign, ast.AugAssign, ast.If, ast.Expr, ast.Raise)
# What makes a function of its own, or a Python object where a number would do.
BANNED = (
    ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Await, ast.Yield, ast.YieldFrom, ast.JoinedStr, ast.NamedExpr,
)  # fmt: skip
BUILTINS = {"len", "min", "max", "IndexError"}
# Of these types only: what refers to a class of a .pxd could not be read where two .pxd refer to each other.
TYPES = r"(?:(?:unsigned )?long long|unsigned long|Py_ssize_t|bint|bytearray|Octets)"
DECLARATION = re.compile(
    rf"^cpdef (?P<signature>(?:{TYPES} )?(?P<name>\w+)\((?:{TYPES} \w+(?:, )?)*\)(?: except\?? -1)?)$", re.MULTILINE
)
CIMPORT = re.compile(r"^from (?P<module>[\w.]+) cimport (?P<names>.+)$", re.MULTILINE)


class Module:
    """The small functions of one module, by name; `lines`: those of the .py."""

    def __init__(self, root: Path, name: str, known: dict[str, Module], sources: Sources) -> None:
        self.path = root / (name.replace(".", "/") + ".py")
        self.pxd = self.path.with_suffix(".pxd").read_text(encoding="utf-8")
        text = self.path.read_text(encoding="utf-8")
        self.lines = text.splitlines()
        self.source = sources.get(name)
        # How the module itself is compiled, where that is another way than most are.
        self.directives: dict[str, bool] = {}
        usable = set(BUILTINS)
        for match in CIMPORT.finditer(self.pxd):
            other = known.get(match["module"])
            usable |= {cimported for cimported in match["names"].split(", ") if other is not None and cimported in other.small}
        decorated = set(re.findall(r"^@[^\n]*\ncpdef [^\n]*?\b(\w+)\(", self.pxd, re.MULTILINE))
        self.signatures = {match["name"]: match["signature"] for match in DECLARATION.finditer(self.pxd) if match["name"] not in decorated}
        functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name in self.signatures]
        self.small: dict[str, ast.FunctionDef] = {}
        before = -1
        while before != len(self.small):
            before = len(self.small)
            self.small |= {function.name: function for function in functions if self.is_small(function, usable | set(self.small))}

    def is_small(self, function: ast.FunctionDef, usable: set[str]) -> bool:
        """A few plain statements about the arguments, constants, and the functions in `usable`."""
        nodes = [node for statement in body_of(function) for node in ast.walk(statement)]
        statements = [node for node in nodes if isinstance(node, ast.stmt)]
        if function.decorator_list or function.args.defaults or not 0 < len(statements) <= MAX_STATEMENTS:
            return False
        if not all(isinstance(node, STATEMENTS) for node in statements) or any(isinstance(node, BANNED) for node in nodes):
            return False
        own = {argument.arg for argument in function.args.args}
        own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        return self.source is not None and used <= own | usable | set(self.source.values)

    def completed(self) -> tuple[str, dict[int, int]]:
        """The .pxd with the bodies in it, and for each line of a body the number that it has in the .py."""
        lines = ["cimport cython", *DECLARATION.sub(lambda match: "" if match["name"] in self.small else match[0], self.pxd).splitlines()]
        numbers: dict[int, int] = {}
        for name, function in self.small.items():
            body = body_of(function)
            lines += [f"@cython.{directive}({value})" for directive, value in self.directives.items()]
            lines.append(f"cdef inline {with_exception_value(self.signatures[name])}:")
            numbers[len(lines)] = function.lineno
            for number in range(body[0].lineno, (body[-1].end_lineno or 0) + 1):
                lines.append(self.lines[number - 1])
                numbers[len(lines)] = number
        return "\n".join(lines) + "\n", numbers


def with_exception_value(signature: str) -> str:
    """A function of several types of buffer would otherwise have its caller ask after each call whether there was an exception."""
    return signature + " except? -1" if re.match(r"(unsigned )?long ", signature) and "Octets" in signature else signature


def body_of(function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements behind the docstring."""
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


class Modules(dict):
    """Module by dotted name, those of the root that have a .pxd; what each cimports is read before it."""

    def __init__(self, root: Path, sources: Sources) -> None:
        super().__init__()
        self.root = root
        self.sources = sources
        self.under_way: set[str] = set()

    def get(self, name: str, default: Module | None = None) -> Module | None:
        path = self.root / (name.replace(".", "/") + ".pxd")
        if name not in self and name not in self.under_way and path.exists() and path.with_suffix(".py").exists():
            self.under_way.add(name)
            for match in CIMPORT.finditer(path.read_text(encoding="utf-8")):
                self.get(match["module"])
            self[name] = Module(self.root, name, self, self.sources)
        return super().get(name, default)


class CompletedPxd(FileSourceDescriptor):
    """What Cython reads in place of a .pxd, under the name of the .py."""

    def __init__(self, module: Module) -> None:
        super().__init__(str(module.path))
        self._file_type = "pxd"
        self.module = module
        self.parsed = False

    def get_file_object(self, encoding: str | None = None, error_handling: str | None = None) -> io.TextIOBase:
        if self.parsed:
            return super().get_file_object(encoding, error_handling)
        self.parsed = True
        return io.TextIOWrapper(io.BytesIO(self.module.completed()[0].encode()), encoding="utf-8")


class Relocate(TreeVisitor):
    """Gives each node the line that it has in the .py."""

    def __init__(self, numbers: dict[int, int]) -> None:
        super().__init__()
        self.numbers = numbers

    def visit_Node(self, node: Nodes.Node) -> None:
        source, line, column = node.pos
        node.pos = (source, self.numbers.get(line, 1), column)
        self.visitchildren(node)


class DropInlined(CythonTransform):
    """`from module import name` makes no object of a function that is compiled in."""

    def __init__(self, context: object, modules: Modules) -> None:
        super().__init__(context)
        self.modules = modules

    def visit_FromImportStatNode(self, node: Nodes.FromImportStatNode) -> Nodes.Node | None:
        module = self.modules.get(node.module.module_name.value)
        if module is not None:
            node.items = [(name, target) for name, target in node.items if name not in module.small]
        return node if node.items else None


def install(own: str, modules: Modules, directives: dict[str, dict[str, bool]]) -> None:
    """Have Cython read completed .pxd of all modules but `own`. directives: by module."""
    process_pxd, parse = Main.Context.process_pxd, Main.Context.parse

    def process(context: Main.Context, source: FileSourceDescriptor, scope: object, name: str) -> object:
        module = modules.get(name) if name != own else None
        if module is not None:
            module.directives = directives.get(name, {})
        return process_pxd(context, CompletedPxd(module) if module is not None and module.small else source, scope, name)

    def parse_completed(context: Main.Context, source: FileSourceDescriptor, scope: object, **how: object) -> Nodes.Node:
        tree = parse(context, source, scope, **how)
        if isinstance(source, CompletedPxd):
            Relocate(source.module.completed()[1]).visit(tree)
            tree = InlineConstants(context, source.module.source)(tree)
        return tree

    Main.Context.process_pxd = process
    Main.Context.parse = parse_completed
