"""Data classes, by decorator on plain classes and as cdef classes (records.pxd), and named tuples."""
from __future__ import annotations

from collections import namedtuple
from dataclasses import FrozenInstanceError, asdict, astuple, dataclass, field, fields, is_dataclass, replace


def tried(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


def kind_of(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print([base.__name__ for base in type(error).__mro__ if base in (TypeError, AttributeError)])


@dataclass
class Point:
    x: int
    y: int = 2
    tags: list = field(default_factory=list)
    hidden: int = field(default=7, repr=False, compare=False)


@dataclass
class Typed:
    a: int
    b: object = None
    c: list = field(default_factory=list)


def plain():
    @dataclass(order=True)
    class Version:
        major: int
        minor: int = 0

        def text(self):
            return f"{self.major}.{self.minor}"

    @dataclass(frozen=True)
    class Frozen:
        a: int
        b: str = "b"

    @dataclass
    class Child(Version):
        extra: list = field(default_factory=list)

        def __post_init__(self):
            self.extra.append(self.major)

    @dataclass(kw_only=True, eq=False)
    class Keywords:
        k: int
        hidden: int = field(default=3, repr=False)
        made: int = field(default=4, init=False)

    v = Version(1, 2)
    print(v.text(), v == Version(1, 2), v != Version(1), v < Version(2), sorted([Version(3), v]), max(v, Version(1, 9)).minor, Version.__match_args__, Child(5, extra=[1]).extra, Child(1) == Version(1))
    print([f.name for f in fields(Child)], asdict(Child(1)), astuple(v), is_dataclass(v), is_dataclass(5), replace(v, minor=9).text(), Keywords(k=1).made, Frozen(1) == Frozen(1), hash(Frozen(1)) == hash(Frozen(1)), {Frozen(2): 1}[Frozen(2)])
    for bad in [lambda: Version(), lambda: Version(1, 2, 3), lambda: Version(1, q=2), lambda: Version(1, major=2), lambda: Keywords(1), lambda: Keywords(), lambda: setattr(Frozen(1), "a", 2), lambda: delattr(Frozen(1), "a")]:
        try:
            bad()
        except Exception as error:
            print(type(error).__name__, str(error).replace("plain.<locals>.", ""))
    kind_of(hash, v)
    tried(lambda: v < 5 if False else "not compared")

    def mutable():
        @dataclass
        class Bad:
            items: list = []

    def order():
        @dataclass
        class Bad:
            a: int = 1
            b: int

    kind = []
    for f in (mutable, order):
        try:
            f()
        except (TypeError, ValueError) as error:
            kind.append(type(error).__name__)
    print(kind, issubclass(FrozenInstanceError, AttributeError))


p = Point(1)
print(p, p == Point(1), p == Point(1, 3), p.tags is Point(1).tags, Point(1, hidden=9) == Point(1), Point(x=4, y=5, tags=[1]))
p.x = 10
p.tags.append("t")
print(p, p.hidden)
t = Typed(5)
print(t, t == Typed(5), t != Typed(6), t.c is Typed(5).c, Typed(1, "b", [2]))
t.a = 6
print(t.a, t)
kind_of(Typed)
kind_of(Typed, 1, 2, 3, 4)
kind_of(Typed, 1, zz=2)
plain()
P = namedtuple("P", "x y z", defaults=[9])
n = P(1, y=2)
print(n, n.x, n[1], n._fields, n._asdict(), n._replace(x=5), P._make([1, 2, 3]), n == (1, 2, 9), list(n), P.__name__, isinstance(n, tuple), len(n), n + (1,), hash(n) == hash((1, 2, 9)))
tried(P, 1)
tried(P)
tried(P, 1, 2, 3, 4)
tried(P, 1, 2, q=3)
kind_of(lambda: setattr(n, "x", 5))
tried(n._replace, q=1)
tried(namedtuple, "Q", "a a")
tried(namedtuple, "Q", "_a")
x, y, z = n
print(x, y, z)


class Derived(namedtuple("D", ["a", "b"])):
    __slots__ = ()

    def total(self):
        return self.a + self.b


print(Derived(1, 2).total(), Derived(1, 2), Derived(b=1, a=3)[0])
match n:
    case P(x=1, y=yy):
        print("matched", yy)
