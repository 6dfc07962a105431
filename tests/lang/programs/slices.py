"""slice objects, ranges, and slicing of every sequence."""


def tried(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except Exception as error:
        print(type(error).__name__, error)


def cut(sequence, start, stop, step):
    return repr(sequence[start:stop:step])


bounds = [None, 0, 1, 3, -1, -3, 10, -10, 10**30, -(10**30)]
steps = [None, 1, 2, -1, -2, 7]


def cut_everywhere(sequence):
    for start in bounds:
        line = []
        for stop in bounds:
            for step in steps:
                line.append(cut(sequence, start, stop, step))
        print(*line)


for sequence in [list(range(6)), "abcdef", (1, 2, 3), b"\x01\x02\x03\x04", range(2, 20, 3), bytearray(b"xy")]:
    cut_everywhere(sequence)
for start in bounds:
    for step in steps:
        s = slice(start, 4, step)
        print(s, s.start, s.stop, s.step, s.indices(6), s.indices(0), s == slice(start, 4, step), s != slice(1))
tried(lambda: [1][::0])
tried(lambda: slice(1).indices(-1))
tried(lambda: [1]["a":])
tried(lambda: {}[1:2])
tried(lambda: hash(slice(1)))
tried(slice)
tried(lambda: slice(1, 2) < slice(1, 3))


class Seen:
    def __getitem__(self, key):
        return key

    def __setitem__(self, key, value):
        print("set", key, value)

    def __delitem__(self, key):
        print("del", key)


seen = Seen()
print(seen[1], seen[1:2], seen[::2], seen[1, 2], seen[1:2, ..., None], seen[()], seen["a":"b"])
seen[1:2] = 5
seen[0, 1] = 6
del seen[::3]


def describe(r):
    print(r, list(r), bool(r), list(reversed(r)), r.start, r.stop, r.step, 4 in r, 4.0 in r, 2.5 in r, "x" in r, r == range(5), r.count(1), r[1:3] if len(r) else "empty", hash(r) == hash(range(r.start, r.stop, r.step)))
    tried(lambda x: x[0], r)
    tried(lambda x: x[-1], r)
    tried(lambda x: x.index(4), r)
    tried(len, r)


for arguments in [(0,), (5,), (1, 10, 3), (10, 0, -3), (-5, 5), (0, 10**20, 10**19), (5, 0), (0, -5, -1)]:
    describe(range(*arguments))
print(range(0, 3, 2) == range(0, 4, 2), range(0) == range(2, 1), range(3) == [0, 1, 2], range(10)[2:8:2][1], len(range(10**15)), range(10**30)[10**29])
tried(range, 1, 2, 0)
tried(range, 1.5)
tried(range, "a")
tried(range)
tried(lambda: len(range(10**30)))
it = iter(range(3))
print(next(it), next(it), next(it), next(it, "end"), list(it), type(it).__name__, list(iter(range(10**20, 10**20 + 3))))
