"""list, tuple, dict, set, frozenset."""


def tried(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


a = [3, 1, 2]
a.append(5)
a.extend((9, 8))
a.insert(1, "x")
a += [7]
print(a, len(a), a[1], a[-1], a[1:3], a[::-1], a[::2], a.index(9), a.count(3), 9 in a, a + [0], [1, 2] * 2, a.pop(), a.pop(1), a)
a.remove(9)
a.sort()
print(a, a.reverse(), a, sorted(a), sorted(a, reverse=True), sorted("bca"), a.copy() == a, a.copy() is a, [1, 2] < [1, 3], [1] < [1, 0], [] == [], [1, [2]] == [1, [2]])
a[1:3] = [10, 20, 30]
a[0:0] = ["front"]
del a[-1]
a[::2] = ["e"] * len(a[::2])
print(a, list("abc"), list(range(3)), list(), list((1,)), [*a, *range(2)], [[]] * 2)
words = ["banana", "apple", "fig", "cherry", "date", "elderberry", "kiwi"]
words.sort(key=len)
print(words, sorted(words, key=lambda w: (len(w), w), reverse=True), sorted(words, key=str.upper), max(words, key=len), min(words, key=len))
for bad in [lambda v: v[9], lambda v: v["a"], lambda v: v.remove(99), lambda v: v.index(99), lambda v: [].pop(), lambda v: v.__setitem__(9, 0), lambda v: v.__delitem__(9),
            lambda v: v + (1,), lambda v: v * 1.5, lambda v: hash(v), lambda v: sorted([1, "a"]), lambda v: v.__setitem__(slice(0, 4, 2), [1]), lambda v: v.insert("a", 1),
            lambda v: v.pop(9), lambda v: [1] < ["a"], lambda v: list(5), lambda v: v[1:"x"]]:
    tried(bad, [1, 2, 3])
recursive = [1]
recursive.append(recursive)
print(recursive, recursive == recursive, len(recursive))
big = [(i * 7919) % 1009 for i in range(2000)]
ordered = sorted(big)
print(ordered[:5], ordered[-5:], all(x <= y for x, y in zip(ordered, ordered[1:])), sorted(range(100), key=lambda i: i % 3)[:8])
t = (1, "a", 2.5)
print(t, t[0], t[-1], t[1:], t + (4,), t * 2, len(t), t.index("a"), t.count(1), "a" in t, (1,), (), t == (1, "a", 2.5), hash(t) == hash((1, "a", 2.5)), (1, 2) < (1, 3), tuple("ab"), tuple([1]))
tried(lambda v: v[5], t)
tried(lambda v: v.__setitem__(0, 1), t) if hasattr(t, "__setitem__") else print("no setitem")
tried(lambda v: hash(v), ([],))
first, *rest = t
*most, last = [1, 2, 3]
(x, y), z = (1, 2), 3
print(first, rest, most, last, x, y, z)
d = {"b": 1, "a": 2, 3: [4], (1, 2): "t", None: 0}
d["new"] = 5
d["b"] = 9
print(d, len(d), d["a"], d.get("zz"), d.get("zz", 7), "a" in d, 3 in d, list(d), list(d.keys()), list(d.values()), list(d.items()), d.pop(3), d.pop("no", "default"), d)
d.update({"u": 1}, v=2)
d.update([("w", 3)])
print(d, d.setdefault("u", 100), d.setdefault("s", []), d.popitem(), d | {"x": 1}, {**d, "y": 2}, dict(a=1, b=2), dict([("k", "v")]), dict.fromkeys("ab", 0), {1: "x", True: "y", 1.0: "z"})
del d["b"]
d |= {"z": 26}
print(d, list(reversed(d)), d == dict(d), {"a": 1, "b": 2} == {"b": 2, "a": 1}, {k: v for k, v in zip("abc", range(3))}, d.copy() is d, bool({}), d.clear(), d)
for bad in [lambda: {}["k"], lambda: {}.pop("k"), lambda: {}.popitem(), lambda: {[]: 1}, lambda: dict([1]), lambda: dict([(1, 2, 3)]), lambda: dict(5), lambda: {}.__delitem__("q"), lambda: {1: 2} < {1: 3}]:
    tried(bad)
d = {i: i * i for i in range(10)}
for k in list(d):
    if k % 2:
        del d[k]
d[1] = "again"
print(d, d.keys() & {0, 2, 99}, sorted(d.keys() | {100}), d.items() >= {(0, 0)}, (0, 0) in d.items(), 16 in d.values(), d.keys() - {0}, d.keys() == {0, 1, 2, 4, 6, 8}, d.keys().isdisjoint([3]))


def grow(mapping):
    for key in mapping:
        mapping[key + 100] = 1


tried(grow, {1: 1})
print({}.keys(), {1: 2}.values(), {1: 2}.items(), type(iter({})).__name__, next(iter({5: 6}.items())), {"self": ...}, repr({}.items()))
nested = {}
nested["me"] = nested
print(nested)
s = {3, 1, 2, 3}
s.add(10)
s.discard(99)
s.update([5, 6], (7,))
print(len(s), sorted(s), 3 in s, sorted(s | {100}), sorted(s & {1, 2, 200}), sorted(s - {1}), sorted(s ^ {1, 200}), s >= {1}, s < {1}, {1} <= s, s.isdisjoint({99}), s == set(list(s)))
s.remove(10)
s &= {1, 2, 3, 5}
s -= {5}
s |= {8}
s ^= {8, 9}
print(sorted(s), sorted(s.union([4], [5])), sorted(s.intersection([1, 2], [2])), sorted(s.difference([1])), sorted(s.symmetric_difference([1, 77])), s.issubset(range(20)), s.issuperset([1]), s.copy() is s)
f = frozenset([1, 2])
print(f, hash(f) == hash(frozenset([2, 1])), f | {3}, {f: "frozen"}[frozenset({2, 1})], frozenset(), set(), f == {1, 2}, type(f | {9}).__name__, type({9} | f).__name__, {x % 3 for x in range(9)})
for bad in [lambda: set().pop(), lambda: {1}.remove(2), lambda: {[]}, lambda: {1} | [2], lambda: hash({1}), lambda: {1} + {2}, lambda: set(5), lambda: f.add(1) if hasattr(f, "add") else "none"]:
    tried(bad)
print(sorted(set("hello")), len({frozenset({1}), frozenset({1})}), {1, 1.0, True}, sorted({i * 37 % 101 for i in range(300)})[:5], {None}, {()}, [*{"only"}])
big = set(range(1000))
for i in range(0, 1000, 3):
    big.discard(i)
print(len(big), sum(big), min(big), max(big), 3 in big, 4 in big)
keys = {f"key{i}": i for i in range(500)}
for i in range(0, 500, 2):
    del keys[f"key{i}"]
print(len(keys), sum(keys.values()), next(iter(keys)), keys["key499"], "key0" in keys)


def queue(seed, steps):
    """A list as a queue, its slices and what else moves its items: the numbers that go in come out in order."""
    state, items, put, taken, sums = seed, [], 0, 0, []
    for step in range(steps):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        kind = state >> 16 & 15
        if kind < 7 or (step & 1023) < 300:
            items.append(put)
            put += 1
        elif kind < 11 and items:
            assert items.pop(0) == taken
            taken += 1
        elif kind == 11:
            count = (state >> 20) % 9
            assert items[:count] == list(range(taken, min(taken + count, put)))
            del items[:count]
            taken = min(taken + count, put)
        elif kind == 12:
            items += [put, put + 1, put + 2]
            put += 3
        elif kind == 13 and items:
            put -= 1
            assert items.pop() == put
        elif kind == 14:
            items.insert(0, -1)
            items.sort()
            assert items.pop(0) == -1
        elif step & 255 == 0:
            items.clear()
            taken = put
        if step % 97 == 0:
            assert items == list(range(taken, put)), (step, taken, put)
            sums.append(len(items))
    return put, taken, sums[-12:]


print(queue(1, 6000), queue(2, 6000), queue(77, 3000))
