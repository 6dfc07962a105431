"""Operators as functions, and getters."""
from __future__ import annotations


def lt(a, b): return a < b
def le(a, b): return a <= b
def eq(a, b): return a == b
def ne(a, b): return a != b
def ge(a, b): return a >= b
def gt(a, b): return a > b
def not_(a): return not a
def truth(a): return bool(a)
def is_(a, b): return a is b
def is_not(a, b): return a is not b
def add(a, b): return a + b
def sub(a, b): return a - b
def mul(a, b): return a * b
def matmul(a, b): return a @ b
def truediv(a, b): return a / b
def floordiv(a, b): return a // b
def mod(a, b): return a % b
def pow(a, b): return a ** b
def and_(a, b): return a & b
def or_(a, b): return a | b
def xor(a, b): return a ^ b
def lshift(a, b): return a << b
def rshift(a, b): return a >> b
def neg(a): return -a
def pos(a): return +a
def inv(a): return ~a
def concat(a, b): return a + b
def contains(a, b): return b in a
def getitem(a, b): return a[b]


invert = inv


def index(a):
    """a.__index__()."""
    return a.__index__()


def setitem(a, b, c):
    """a[b] = c."""
    a[b] = c


def delitem(a, b):
    """del a[b]."""
    del a[b]


def iadd(a, b):
    """a += b."""
    a += b
    return a


def ior(a, b):
    """a |= b."""
    a |= b
    return a


def countOf(a, b):
    """How many items of a equal b."""
    return len([item for item in a if item is b or item == b])


def indexOf(a, b):
    """The position of the first item that equals b; ValueError if none does."""
    for position, item in enumerate(a):
        if item is b or item == b:
            return position
    raise ValueError("sequence.index(x): x not in sequence")


class itemgetter:
    """itemgetter(1, 2)(x) is (x[1], x[2])."""

    def __init__(self, item, /, *items):
        self._items = (item, *items)

    def __call__(self, thing, /):
        if len(self._items) == 1:
            return thing[self._items[0]]
        return tuple([thing[item] for item in self._items])

    def __repr__(self):
        return f"operator.itemgetter({', '.join([repr(item) for item in self._items])})"


class attrgetter:
    """attrgetter("a.b")(x) is x.a.b."""

    def __init__(self, name, /, *names):
        for one in (name, *names):
            if not isinstance(one, str):
                raise TypeError("attribute name must be a string")
        self._names = (name, *names)

    def _get(self, thing, path):
        for name in path.split("."):
            thing = getattr(thing, name)
        return thing

    def __call__(self, thing, /):
        if len(self._names) == 1:
            return self._get(thing, self._names[0])
        return tuple([self._get(thing, name) for name in self._names])

    def __repr__(self):
        return f"operator.attrgetter({', '.join([repr(name) for name in self._names])})"


class methodcaller:
    """methodcaller("f", 1)(x) is x.f(1)."""

    def __init__(self, name, /, *args, **keywords):
        if not isinstance(name, str):
            raise TypeError("method name must be a string")
        self._name, self._args, self._keywords = name, args, keywords

    def __call__(self, thing, /):
        return getattr(thing, self._name)(*self._args, **self._keywords)
