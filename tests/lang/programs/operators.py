"""Operator methods of classes: arithmetic, reflected, in place, comparison, hashing, containers, calls, conversions."""


def tried(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except Exception as error:
        print(type(error).__name__, error)


class V:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __repr__(self):
        return f"V({self.x}, {self.y})"

    def __add__(self, other):
        if not isinstance(other, V):
            return NotImplemented
        return V(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return V(self.x * k, self.y * k)

    def __rmul__(self, k):
        return V(self.x * k, self.y * k) if k != "no" else NotImplemented

    def __iadd__(self, other):
        self.x += other.x
        return self

    def __neg__(self):
        return V(-self.x, -self.y)

    def __pos__(self):
        return "pos"

    def __invert__(self):
        return "inv"

    def __abs__(self):
        return (self.x**2 + self.y**2) ** 0.5

    def __eq__(self, other):
        return isinstance(other, V) and (self.x, self.y) == (other.x, other.y)

    def __hash__(self):
        return hash((self.x, self.y))

    def __bool__(self):
        return bool(self.x or self.y)

    def __len__(self):
        return 2

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __setitem__(self, i, value):
        setattr(self, "xy"[i], value)

    def __delitem__(self, i):
        print("del", i)

    def __contains__(self, value):
        return value in (self.x, self.y)

    def __call__(self, *args, **kwargs):
        return args, kwargs

    def __int__(self):
        return self.x

    def __float__(self):
        return float(self.y)

    def __index__(self):
        return self.x

    def __complex__(self):
        return complex(self.x, self.y)

    def __round__(self, n=None):
        return ("round", n)

    def __divmod__(self, other):
        return "divmod"

    def __pow__(self, other, modulus=None):
        return ("pow", other, modulus)

    def __matmul__(self, other):
        return "matmul"

    def __rmatmul__(self, other):
        return "rmatmul"

    def __rsub__(self, other):
        return ("rsub", other)

    def __lshift__(self, n):
        return ("<<", n)

    def __ror__(self, other):
        return ("ror", other)

    def __iand__(self, other):
        return ("iand", other)

    def __lt__(self, other):
        return self.x < other.x

    def __le__(self, other):
        return "le"

    def __format__(self, spec):
        return f"fmt[{spec}]"

    def __str__(self):
        return "str"

    def __bytes__(self):
        return b"bytes"

    def __reversed__(self):
        return iter("reversed")

    def __dir__(self):
        return ["z", "a"]

    def __sizeof__(self):
        return 1


a, b = V(1, 2), V(3, 4)
print(a + b, a * 3, 3 * a, -a, +a, ~a, abs(b), a == V(1, 2), a != b, hash(a) == hash(V(1, 2)), bool(V(0, 0)), len(a), a[0], 2 in a, 9 in a, a(1, k=2), int(a), float(a), complex(a), round(a), round(a, 2))
print(divmod(a, 1), a**2, pow(a, 2, 3), a @ b, 5 @ a, 5 - a, a << 2, 5 | a, a < b, b > a, a <= b, b >= a, f"{a:x}", str(a), bytes(a), list(reversed(a)), dir(a), [10, 20, 30][a], hex(a), list(a), {a: 1}[V(1, 2)])
c = a
c += b
print(c, c is a)
c &= 7
print(c)
a[1] = 50
del a[0]
print(a, a == 5)
tried(lambda: a + 1)
tried(lambda: 1 + a)
tried(lambda: "no" * V(1, 1))
tried(lambda: a - 1)
tried(lambda: a % 2)
tried(lambda: a > 5)
tried(lambda: V(1, 1) >> 1)
tried(lambda: a[5])


class Sub(V):
    def __radd__(self, other):
        return "sub radd"

    def __rmul__(self, other):
        return "sub rmul"


print(V(1, 1) + Sub(2, 2), V(1, 1) * Sub(2, 2), Sub(1, 1) + V(1, 1))


class NoHash:
    def __eq__(self, other):
        return True


class BadLen:
    def __len__(self):
        return -1


class BadBool:
    def __bool__(self):
        return 5


class BadStr:
    def __str__(self):
        return 5

    def __repr__(self):
        return None


class BadHash:
    def __hash__(self):
        return "x"


class Nothing:
    __iter__ = None
    __contains__ = None


tried(hash, NoHash())
tried(len, BadLen())
tried(bool, BadLen())
tried(bool, BadBool())
tried(str, BadStr())
tried(repr, BadStr())
tried(hash, BadHash())
tried(iter, Nothing())
tried(lambda: 1 in Nothing())
tried(lambda: 1 in 5)
tried(lambda: V.x)
tried(lambda five: five(), 5)
tried(lambda five: five[0], 5)
tried(lambda: object() < object())
tried(lambda: None + 1)
tried(lambda: [] - [])
tried(lambda: {} | 5)
tried(lambda: not_callable(1), *()) if False else None


class Comparable:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __lt__(self, o):
        return self.v < o.v


items = [Comparable(i) for i in (3, 1, 2)]
print([i.v for i in sorted(items)], max(items, key=lambda i: i.v).v, Comparable(1) in items, items.index(Comparable(2)), items.count(Comparable(3)), [Comparable(1)] == [Comparable(1)], (Comparable(1),) < (Comparable(2),))
print(1 < 2 < 3, 1 < 2 > 5, not 1, 1 and 0, [] or "x", 1 if [] else 2, None is None, 5 is not None, 3 in [1, 2], "a" not in "b", (1, 2) == (1, 2), 1 <= 1 != 2)
x = 7
x -= 2
x *= 3
x //= 2
x **= 2
x %= 10
x <<= 3
x |= 1
x ^= 2
x &= 0xFF
x >>= 1
x /= 2
print(x)
