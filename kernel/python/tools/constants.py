"""What a name in capitals is worth to the C compiler: a transform of Cython's tree that makes module constants literals.

`LIMIT = 20` at the top of a module is a Python object that anybody may import, and stays one. In functions the name, and `module.LIMIT` of another, is
replaced by the number if nothing else in its module binds it: then arithmetic on values that a .pxd types is arithmetic of C. A number beyond 32 bits
becomes a literal of C's long long for the same reason, one beyond 63 of its unsigned form; where its neighbour is a Python object it is one too.
"""

from __future__ import annotations

import ast
import operator
import re
from pathlib import Path

from Cython.Compiler import ExprNodes, Nodes
from Cython.Compiler.Visitor import CythonTransform
from Cython.Utils import str_to_number

CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*$")
FIRST_WIDE = 1 << 31
LAST_WIDE = (1 << 63) - 1
LAST_UNSIGNED = (1 << 64) - 1
OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift, ast.BitOr: operator.or_, ast.BitAnd: operator.and_,
}  # fmt: skip


class Source:
    """The integer constants that one module defines or imports, read from its source."""

    def __init__(self, path: Path, sources: Sources) -> None:
        self.sources = sources
        # Names of its own, names it imports, and the modules it knows by a name.
        self.values: dict[str, int] = {}
        self.modules: dict[str, Source] = {}
        tree = ast.parse(path.read_text(encoding="utf-8"))
        bound = count_bindings(tree)
        for statement in tree.body:
            if isinstance(statement, ast.ImportFrom) and statement.module and statement.level == 0:
                self.take_imports(statement.module, statement.names)
            elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                name = statement.targets[0].id
                value = self.value(statement.value)
                if value is not None and CONSTANT.match(name) and bound.get(name) == 1 and -LAST_WIDE <= value <= LAST_UNSIGNED:
                    self.values[name] = value

    def take_imports(self, module: str, names: list[ast.alias]) -> None:
        """`from module import names`"""
        for alias in names:
            known = alias.asname or alias.name
            inner = self.sources.get(f"{module}.{alias.name}")
            if inner is not None:
                self.modules[known] = inner
            elif CONSTANT.match(alias.name):
                outer = self.sources.get(module)
                if outer is not None and alias.name in outer.values:
                    self.values[known] = outer.values[alias.name]

    def value(self, node: ast.expr) -> int | None:
        """The integer that an expression of literals and earlier constants is worth, or None."""
        if isinstance(node, ast.Constant):
            return node.value if type(node.value) is int else None
        if isinstance(node, ast.Name):
            return self.values.get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.modules:
            return self.modules[node.value.id].values.get(node.attr)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            operand = self.value(node.operand)
            return None if operand is None else -operand
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            left, right = self.value(node.left), self.value(node.right)
            return None if left is None or right is None else OPERATORS[type(node.op)](left, right)
        return None


class Sources:
    """The modules under a root, each read once. `read`: the files that the answer depends on."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.known: dict[str, Source | None] = {}
        self.read: set[Path] = set()

    def get(self, module: str) -> Source | None:
        """The module of that dotted name, None if it is not one of ours."""
        if module not in self.known:
            self.known[module] = None
            path = self.root / (module.replace(".", "/") + ".py")
            if path.exists():
                self.read.add(path)
                self.known[module] = Source(path, self)
        return self.known[module]


def count_bindings(tree: ast.Module) -> dict[str, int]:
    """How often each name is bound, anywhere in the module; a global statement counts as much as two."""
    count: dict[str, int] = {}
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names = [node.id]
        elif isinstance(node, ast.arg):
            names = [node.arg]
        elif isinstance(node, ast.Global):
            names = node.names * 2
        for name in names:
            count[name] = count.get(name, 0) + 1
    return count


class InlineConstants(CythonTransform):
    """Replaces the constants of a Source by their values, in functions."""

    def __init__(self, context: object, source: Source) -> None:
        super().__init__(context)
        self.source = source
        self.in_function = False

    def visit_IfStatNode(self, node: Nodes.IfStatNode) -> Nodes.Node | None:
        """What stands under `if TYPE_CHECKING:` is for type checkers."""
        condition = node.if_clauses[0].condition
        if isinstance(condition, ExprNodes.NameNode) and condition.name == "TYPE_CHECKING" and node.else_clause is None:
            return None
        self.visitchildren(node)
        return node

    def visit_FuncDefNode(self, node: Nodes.FuncDefNode) -> Nodes.Node:
        outer, self.in_function = self.in_function, True
        self.visitchildren(node)
        self.in_function = outer
        return node

    def visit_NameNode(self, node: ExprNodes.NameNode) -> ExprNodes.ExprNode:
        if self.in_function and node.name in self.source.values:
            return literal(node.pos, self.source.values[node.name])
        return node

    def visit_AttributeNode(self, node: ExprNodes.AttributeNode) -> ExprNodes.ExprNode:
        if self.in_function and isinstance(node.obj, ExprNodes.NameNode) and node.obj.name in self.source.modules:
            value = self.source.modules[node.obj.name].values.get(node.attribute)
            if value is not None:
                return literal(node.pos, value)
        self.visitchildren(node)
        return node

    def visit_IntNode(self, node: ExprNodes.IntNode) -> ExprNodes.ExprNode:
        value = str_to_number(node.value)
        if self.in_function and not node.longness and FIRST_WIDE <= value <= LAST_UNSIGNED:
            return literal(node.pos, value)
        return node


def literal(pos: tuple, value: int) -> ExprNodes.ExprNode:
    """The node of an integer: of C's type wherever it fits one."""
    if value < 0:
        return ExprNodes.UnaryMinusNode(pos, operand=literal(pos, -value))
    wide = "LL" if value >= FIRST_WIDE else ""
    return ExprNodes.IntNode(pos, value=str(value), longness=wide, unsigned="U" if value > LAST_WIDE else "")
