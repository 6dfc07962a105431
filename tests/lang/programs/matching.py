"""match statements, walrus, unpacking, conditional expressions, loops with else, del, global tricks."""
from __future__ import annotations


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class Named:
    def __init__(self, name):
        self.name = name


RED = 1


class Colors:
    GREEN = 2


def kind(value):
    match value:
        case 0:
            return "zero"
        case Colors.GREEN:
            return "green"
        case -1 | -2:
            return "negative"
        case 1.5 | "text" | b"bytes":
            return "literal"
        case None:
            return "none"
        case True | False:
            return "bool"
        case int(n) if n > 100:
            return f"big {n}"
        case int() | float():
            return "number"
        case str() as s:
            return f"str {s}"
        case []:
            return "empty"
        case [x]:
            return f"one {x}"
        case [1, 2, *rest]:
            return f"one two {rest}"
        case [Point(x=0, y=yy), *_]:
            return f"list of points {yy}"
        case (a, [b, c], *others, last):
            return f"nested {a} {b} {c} {others} {last}"
        case [*items]:
            return f"items {len(items)}"
        case {"type": "a", "value": v, **rest}:
            return f"a {v} {sorted(rest)}"
        case {"type": ("b" | "c") as t}:
            return f"b or c: {t}"
        case {}:
            return "mapping"
        case Point(0, 0):
            return "origin"
        case Point(x, y) if x == y:
            return f"diagonal {x}"
        case Point(x=px):
            return f"point {px}"
        case Named(name="special" | "other" as found):
            return f"named {found}"
        case Named():
            return "named"
        case _:
            return "other"


for value in [0, 2, -1, -2, 1.5, "text", b"bytes", None, True, 101, 50, 2.5, "abc", [], [7], (7,), [1, 2], (1, 2, 3, 4), [Point(0, 5), 1], [9, [8, 7], 6, 5, 4], [9, (8, 7), 6], range(3), {"type": "a", "value": 1, "z": 2, "y": 3},
              {"type": "c"}, {"q": 1}, {}, Point(0, 0), Point(3, 3), Point(1, 2), Named("special"), Named("x"), object, {1}, b"", bytearray(b"ab"), iter([1]), frozenset()]:
    print(type(value).__name__, kind(value))


def command(line):
    match line.split():
        case ["go", ("north" | "south") as direction]:
            return direction
        case ["take", *things] if things:
            return things
        case ["quit" | "exit"]:
            return "bye"
        case [verb, _]:
            return f"{verb} what"
        case _:
            return "?"


print([command(c) for c in ["go north", "go up", "take a b", "take", "exit", "sing", "sing song"]])
if (n := len("abc")) > 2:
    print(n, (m := n * 2), m)
data = [y for x in range(5) if (y := x * x) > 3]
print(data, y)
while (chunk := data.pop()) > 4:
    print(chunk, end=" ")
print()
a, (b, *c), d = 1, (2, 3, 4), 5
[e, f] = "xy"
*g, h = range(4)
i = j = []
i.append(1)
k, k = 1, 2
print(a, b, c, d, e, f, g, h, j, k)
for p, (q, r) in [(1, (2, 3)), (4, (5, 6))]:
    print(p, q, r, end=";")
print()
values = {"x": [0, 1, 2]}
values["x"][1], values["y"] = 10, 20
values["x"][0] += 5
values["x"] += [3]
print(values)
for bad in [lambda: [1, 2][0:1][5], lambda: (lambda a, b: 0)(*[1])]:
    try:
        bad()
    except (IndexError, TypeError) as error:
        print(type(error).__name__)


def unpack(value):
    try:
        x, y = value
        print(x, y)
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)


for value in [(1, 2), [1], (1, 2, 3), "ab", 5, iter([1, 2]), {"k": 1, "l": 2}, iter([1]), None]:
    unpack(value)


def starred(value):
    try:
        x, *y, z = value
        print(x, y, z)
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)


for value in [(1, 2), [1], (1, 2, 3, 4), 5]:
    starred(value)
for i in range(2, 8):
    for j in range(2, i):
        if i % j == 0:
            break
    else:
        print(i, end=" ")
print(1 if n else 2, [*range(2), *"ab"], {**{"a": 1}, "b": 2}, (*[1], 2), {*[1, 1]})
del a
try:
    a
except NameError as error:
    print("NameError", "a" in str(error))
x = [1, 2, 3, 4]
del x[0], x[-1]
print(x, ..., Ellipsis is ..., NotImplemented, __name__ != "", type(None), 0x_ff, 1_000, 0b11, 0o17, 1e3, "a" "b", r"\n", "\N{BULLET}", "\x41\u0042")
