"""The library modules by the stdlib's names."""
import bisect
import collections
import contextlib
import copy
import functools
import heapq
import itertools
import operator
import struct
import sys
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, MutableSequence, Sequence, Set, Sized


def tried(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


d = deque([1, 2, 3], maxlen=4)
d.append(4)
d.append(5)
d.appendleft(0)
print(d, len(d), d[0], d[-1], d.popleft(), d.pop(), d, d.maxlen, 3 in d, list(reversed(d)), d == deque([2, 3]), bool(deque()))
d.extend([7, 8, 9])
d.rotate(1)
print(d, d.index(9), d.count(7), d.copy(), deque("ab") + deque("c"), deque("abc") < deque("abd"))
d.rotate(-2)
d.remove(9)
d.insert(1, "i")
del d[0]
d[0] = "set"
d.reverse()
print(d, list(d), d.clear(), d, deque(range(3)) * 2)
d.extendleft([1, 2])
print(d)
big = deque()
for i in range(100):
    big.append(i)
    if i % 3 == 0:
        big.popleft()
print(len(big), big[0], big[-1], sum(big))
tried(deque().pop)
tried(deque().popleft)
tried(lambda: deque()[0])
tried(deque([1]).remove, 2)
tried(lambda: [big.append(1) for _ in big])
tried(deque, [], -1)
o = OrderedDict(a=1, b=2, c=3)
o.move_to_end("a")
o.move_to_end("c", last=False)
print(o, o.popitem(), o.popitem(last=False), o, OrderedDict([("x", 1), ("y", 2)]) == OrderedDict([("y", 2), ("x", 1)]), OrderedDict(x=1) == {"x": 1}, list(o.items()))
tried(o.move_to_end, "zz")
tried(OrderedDict().popitem)
dd = defaultdict(list)
dd["a"].append(1)
dd["b"]
print(dict(dd), dd.get("zz"), defaultdict(int, x=1)["y"], len(dd), "c" in dd)
tried(lambda: defaultdict(None)["k"])
c = Counter("abracadabra")
c.update("aaa")
print(c.most_common(2), c["zz"], sum(c.values()), sorted(c.elements())[:3], c.total(), Counter("ab") + Counter("bc"), Counter("aab") - Counter("ab"), Counter(a=2) | Counter(a=1, b=1))
print(functools.reduce(lambda a, b: a * b, [1, 2, 3, 4]), functools.partial(int, base=2)("101"), functools.reduce(operator.add, [], 5))
tried(functools.reduce, operator.add, [])


@functools.lru_cache(maxsize=2)
def slow(x):
    return x * x


print(slow(2), slow(2), slow(3), slow(4), slow(2), slow.cache_info(), slow.__name__)


class Cached:
    @functools.cached_property
    def value(self):
        print("computed")
        return 5


x = Cached()
print(x.value, x.value)


@functools.total_ordering
class Ordered:
    def __init__(self, v):
        self.v = v

    def __eq__(self, o):
        return self.v == o.v

    def __lt__(self, o):
        return self.v < o.v


print(Ordered(1) <= Ordered(1), Ordered(2) > Ordered(1), Ordered(1) >= Ordered(2), sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)))


@functools.wraps(tried)
def wrapper():
    pass


print(wrapper.__name__, wrapper.__wrapped__ is tried)


@contextlib.contextmanager
def managed(name):
    print("enter", name)
    try:
        yield name.upper()
    except ValueError as error:
        print("swallowed", error)
    finally:
        print("exit", name)


with managed("m") as m:
    print(m)
with managed("n"):
    raise ValueError("inside")
try:
    with managed("o"):
        raise KeyError("out")
except KeyError as error:
    print("KeyError", error)
with contextlib.suppress(KeyError, IndexError):
    {}["x"]
with contextlib.ExitStack() as stack:
    stack.enter_context(managed("s1"))
    stack.callback(print, "callback")
    print(stack.enter_context(managed("s2")))
with contextlib.nullcontext(5) as five:
    print(five)
print(list(itertools.chain([1], "ab")), list(itertools.islice(itertools.count(5, 2), 3)), list(itertools.islice("abcdef", 1, 5, 2)), list(itertools.takewhile(lambda v: v < 3, [1, 2, 5, 1])), list(itertools.dropwhile(lambda v: v < 3, [1, 5, 1])))
print(list(itertools.accumulate([1, 2, 3])), [(k, list(g)) for k, g in itertools.groupby("aabbbc")], list(itertools.product("ab", [1, 2])), list(itertools.repeat(1, 3)), list(itertools.zip_longest([1, 2], "a", fillvalue="-")), list(itertools.combinations("abc", 2)))
print(list(itertools.permutations([1, 2, 3], 2)), list(itertools.starmap(pow, [(2, 3), (3, 2)])), list(itertools.chain.from_iterable([[1], [2, 3]])), list(itertools.pairwise("abc")), list(itertools.compress("abc", [1, 0, 1])), list(itertools.filterfalse(None, [0, 1])), list(itertools.islice(itertools.cycle("ab"), 5)))
a, b = itertools.tee([1, 2, 3])
print(list(a), list(b), operator.itemgetter(1)([4, 5]), operator.itemgetter(0, 2)("abc"), operator.attrgetter("real")(5), operator.methodcaller("upper")("a"), operator.mul(3, 4))
h = [5, 1, 8, 3]
heapq.heapify(h)
heapq.heappush(h, 0)
print([heapq.heappop(h) for _ in range(len(h))], heapq.nlargest(2, [1, 5, 3]), heapq.nsmallest(2, [4, 1, 3]), heapq.heappushpop([2, 5], 1))
tried(heapq.heappop, [])
print(bisect.bisect([1, 2, 2, 3], 2), bisect.bisect_left([1, 2, 2, 3], 2))
print(struct.pack(">HIB", 1, 2, 3), struct.unpack("<Hb", b"\x01\x00\xff"), struct.calcsize("!HHLLBBHHH"), struct.unpack_from(">I", b"xx\x00\x00\x01\x00", 2), struct.pack("4sxq", b"ab", -1), struct.unpack("=?f", b"\x01\x00\x00\xc0?"))
buffer = bytearray(8)
struct.pack_into(">HH", buffer, 2, 0xABCD, 5)
print(buffer, struct.Struct("<d").pack(1.5), struct.Struct(">H").size, list(struct.iter_unpack(">H", b"\0\1\0\2")))
for arguments in [(">H", 70000), (">B", -1), (">H",), ("z", 1), (">H", "x"), ("5s", 5)]:
    tried(struct.pack, *arguments)
tried(struct.unpack, ">H", b"1")
print(isinstance([], Sequence), isinstance({}, Mapping), isinstance({1}, Set), isinstance("a", Iterable), isinstance(iter([]), Iterator), isinstance(5, Hashable), isinstance([], Hashable), isinstance(len, Callable), isinstance([], MutableSequence), isinstance(5, Sized), issubclass(list, Sequence))
print(copy.copy([1, [2]]), copy.deepcopy({"a": [1, (2, [3])]}), types.SimpleNamespace(a=1, b="x"), collections.deque is deque, sys.maxsize, sys.byteorder, isinstance(sys, types.ModuleType))
n = [1]
n.append(n)
m = copy.deepcopy(n)
print(m[1] is m, sys.intern("abc") is sys.intern("ab" + "c"))
