"""Iterators and the built-in functions that make or use them."""


def tried(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


print(list(enumerate("abc")), list(enumerate("ab", 5)), list(zip([1, 2, 3], "ab")), list(zip()), list(zip([1], [2], [3])), list(map(abs, [-1, 2])), list(map(lambda a, b: a * b, [1, 2, 3], [4, 5])))
print(list(filter(None, [0, 1, "", "x"])), list(filter(lambda v: v > 1, [1, 2, 3])), list(reversed([1, 2, 3])), list(reversed("ab")), list(reversed((1, 2))), list(reversed({1: 2, 3: 4})))
print(sum([1, 2, 3]), sum([], 5), sum([[1], [2]], []), sum((0.5, 1)), sum([1], start=10), any([0, 1]), all([]), all([1, 0]), any([]), min(3, 1, 2), max([1, 5]), min("b", "a"), max([], default="none"))
print(min([1, -2, 3], key=abs), max("aB", key=str.lower), max(1, 1.0), min(1.0, 1), max([[1], [2]], key=lambda v: v[0]), divmod(7, -2), pow(2, 10), pow(2, 10, 1000), abs(-5), round(2.567, 1))
print(callable(len), callable(5), isinstance(5, (str, int)), issubclass(bool, int), hasattr("a", "upper"), getattr("a", "nope", 3), len({1, 2}), repr("a"), ascii("é"), bin(5), oct(8), hex(255), ord("a"), chr(98))
print(sorted([3, 1, 2], reverse=True), sorted({"b": 1, "a": 2}), sorted("cab", key=lambda c: -ord(c)), list(iter("ab")), next(iter([]), "default"), id(5) == id(5), type(5), type("a") is str)
tried(list, zip([1, 2], [1], strict=True))
tried(lambda: list(zip([1], [1, 2], strict=True)))
tried(lambda: list(zip([1], [1], [1, 2], strict=True)))
tried(lambda: list(zip([1, 2], [3, 4], strict=True)))
tried(zip, 1)
tried(map, abs)
tried(next, iter([]))
tried(next, [])
tried(iter, 5)
tried(min, [])
tried(max)
tried(max, 1, 2, default=3)
tried(min, 1, "a")
tried(sum, ["a"], "")
tried(sum, ["a"])
tried(sum, 5)
tried(reversed, {1})
tried(enumerate, 5)
tried(len, 5)
tried(isinstance, 5, 5)
tried(issubclass, 5, int)
tried(getattr, 5, "nope")
tried(round, "a")
tried(abs, "a")
tried(hash, [])
tried(sorted, 5)
tried(callable)
tried(ord, "")
tried(chr, "a")
tried(lambda a, b: divmod(a, b), 1, 0)
tried(filter, None)
tried(eval if False else len)


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Indexed:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError
        return i * i

    def __len__(self):
        return 4


class Broken:
    def __iter__(self):
        return 5


print(list(Countdown(3)), [*Countdown(2)], list(Indexed()), list(reversed(Indexed())), 9 in Indexed(), 5 in Indexed(), max(Indexed()), list(zip(Countdown(2), Indexed())), tuple(Countdown(2)), sum(Countdown(5)))
tried(iter, Broken())
calls = iter([1, 2, 3, 0, 4])
print(list(iter(lambda: next(calls), 0)), list(calls))
e = enumerate(["x", "y"], start=10**20)
print(next(e), list(e))
z = zip(*[(1, "a"), (2, "b")])
print(list(z), dict(zip("ab", [1, 2])), dict(enumerate("ab")), sorted(set(map(str, range(2)))), "".join(map(str, [1, 2])), list(map(str.upper, "ab")))
squares = (n * n for n in range(4))
print(next(squares), list(squares), list(squares), sum(n for n in range(10) if n % 2), [(i, j) for i in range(3) for j in range(i)], {n: {m for m in range(n)} for n in range(3)})
for i in range(3):
    if i == 5:
        break
else:
    print("no break")
for i in range(3):
    if i == 1:
        continue
    print(i, end=" ")
print()
n = 10
while n > 0:
    n -= 3
    if n < 5:
        break
else:
    print("never")
print(n, [y := 5, y + 1], y, (w := 3) + w, [last := v for v in range(3)], last)
print(list(map(None, [])) if False else "lazy", print("inner") is None, *[1, 2], *"ab", sep=", ")
