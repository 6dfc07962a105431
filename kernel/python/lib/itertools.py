"""Iterator building blocks, as generators and small iterator classes."""
from __future__ import annotations

__all__ = ["accumulate", "batched", "chain", "combinations", "compress", "count", "cycle", "dropwhile", "filterfalse", "groupby",
           "islice", "pairwise", "permutations", "product", "repeat", "starmap", "takewhile", "tee", "zip_longest"]


class count:
    """start, start + step, ... without end."""

    def __init__(self, start=0, step=1):
        self._next = start
        self._step = step

    def __iter__(self):
        return self

    def __next__(self):
        value = self._next
        self._next = value + self._step
        return value

    def __repr__(self):
        step = "" if self._step == 1 and isinstance(self._step, int) else f", {self._step!r}"
        return f"count({self._next!r}{step})"


class repeat:
    """The same object, `times` times or without end."""

    def __init__(self, thing, times=None):
        self._thing = thing
        self._left = times if times is None or times > 0 else 0

    def __iter__(self):
        return self

    def __next__(self):
        if self._left is not None:
            if not self._left:
                raise StopIteration
            self._left -= 1
        return self._thing

    def __length_hint__(self):
        if self._left is None:
            raise TypeError("len() of unsized object")
        return self._left

    def __repr__(self):
        return f"repeat({self._thing!r})" if self._left is None else f"repeat({self._thing!r}, {self._left})"


class chain:
    """One iterable after the other."""

    def __init__(self, *iterables):
        self._rest = iter(iterables)
        self._current = iter(())

    @classmethod
    def from_iterable(cls, iterables):
        """The iterables come from an iterable."""
        made = cls()
        made._rest = iter(iterables)
        return made

    def __iter__(self):
        return self

    def __next__(self):
        while True:
            for item in self._current:
                return item
            self._current = iter(next(self._rest))


def _islice(iterator, start, stop, step):
    position = 0
    wanted = start
    while stop is None or wanted < stop:
        for item in iterator:
            position += 1
            if position > wanted:
                yield item
                break
        else:
            return
        wanted += step
    # Items up to stop are taken even if the step does not land there.
    while position < stop:
        for item in iterator:
            position += 1
            break
        else:
            return


def islice(iterable, *bounds):
    """iterable[start:stop:step] for any iterable, without negative numbers (ValueError)."""
    cut = slice(*bounds)
    for value in (cut.start, cut.stop):
        if value is not None and (not isinstance(value, int) or value < 0):
            if len(bounds) == 1:
                raise ValueError("Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
            raise ValueError("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
    step = 1 if cut.step is None else cut.step
    if not isinstance(step, int) or step < 1:
        raise ValueError("Step for islice() must be a positive integer or None.")
    return _islice(iter(iterable), cut.start or 0, cut.stop, step)


def takewhile(predicate, iterable):
    """Items as long as the predicate holds."""
    for item in iterable:
        if not predicate(item):
            return
        yield item


def dropwhile(predicate, iterable):
    """Items from the first for which the predicate does not hold."""
    dropping = True
    for item in iterable:
        if dropping and predicate(item):
            continue
        dropping = False
        yield item


def filterfalse(predicate, iterable):
    """Items for which the predicate is false; None: which are false."""
    for item in iterable:
        if not (item if predicate is None else predicate(item)):
            yield item


def accumulate(iterable, func=None, *, initial=None):
    """Running totals, or running results of func."""
    iterator = iter(iterable)
    total = initial
    if initial is None:
        for total in iterator:
            break
        else:
            return
    yield total
    for item in iterator:
        total = total + item if func is None else func(total, item)
        yield total


def compress(data, selectors):
    """Items whose selector is true."""
    for item, selected in zip(data, selectors):
        if selected:
            yield item


def cycle(iterable):
    """The items again and again; a copy is kept."""
    kept = []
    for item in iterable:
        kept.append(item)
        yield item
    while kept:
        yield from kept


def starmap(function, iterable):
    """function(*item) for each item."""
    for arguments in iterable:
        yield function(*arguments)


def pairwise(iterable):
    """(a, b), (b, c), ..."""
    iterator = iter(iterable)
    for previous in iterator:
        break
    else:
        return
    for item in iterator:
        yield previous, item
        previous = item


def batched(iterable, n):
    """Tuples of n items, the last one shorter."""
    if n < 1:
        raise ValueError("n must be at least one")
    iterator = iter(iterable)
    while batch := tuple(islice(iterator, n)):
        yield batch


class groupby:
    """(key, group) for runs of items with equal keys; a group is used up when the next is asked for."""

    def __init__(self, iterable, key=None):
        self._iterator = iter(iterable)
        self._key = key
        self._pending = []
        self._generation = 0

    def _key_of(self, item):
        return item if self._key is None else self._key(item)

    def __iter__(self):
        return self

    def _fetch(self):
        item = next(self._iterator)
        self._pending = [(self._key_of(item), item)]

    def __next__(self):
        if self._generation:
            # Skip what is left of the current run.
            while not self._pending or self._pending[0][0] == self._current:
                self._fetch()
        else:
            self._fetch()
        self._generation += 1
        self._current = self._pending[0][0]
        return self._current, self._group(self._current, self._generation)

    def _group(self, key, generation):
        while generation == self._generation:
            if not self._pending:
                try:
                    self._fetch()
                except StopIteration:
                    return
            if not self._pending[0][0] == key:
                return
            yield self._pending.pop()[1]


def product(*iterables, repeat=1):
    """Tuples with one item of each iterable, the last varying fastest."""
    pools = [tuple(one) for one in iterables] * repeat
    results = [()]
    for pool in pools:
        results = [(*result, item) for result in results for item in pool]
    return iter(results)


def combinations(iterable, r):
    """Tuples of r items in the order of the iterable."""
    pool = tuple(iterable)
    if r < 0:
        raise ValueError("r must be non-negative")

    def choose(start, chosen):
        if len(chosen) == r:
            yield chosen
            return
        for index in range(start, len(pool)):
            yield from choose(index + 1, (*chosen, pool[index]))

    return choose(0, ())


def permutations(iterable, r=None):
    """Tuples of r items in every order."""
    pool = tuple(iterable)
    length = len(pool) if r is None else r

    def choose(chosen):
        if len(chosen) == length:
            yield tuple([pool[index] for index in chosen])
            return
        for index in range(len(pool)):
            if index not in chosen:
                yield from choose((*chosen, index))

    return choose(())


def zip_longest(*iterables, fillvalue=None):
    """zip that goes on to the end of the longest."""
    iterators = [iter(one) for one in iterables]
    live = len(iterators)
    done = [False] * live
    while live:
        row = []
        for index, iterator in enumerate(iterators):
            item = fillvalue
            if not done[index]:
                for item in iterator:
                    break
                else:
                    done[index] = True
                    live -= 1
            row.append(item)
        if not live:
            return
        yield tuple(row)


def tee(iterable, n=2):
    """n independent iterators over one; what one has not read yet is kept for it."""
    iterator = iter(iterable)
    queues = [[] for _ in range(n)]

    def each(queue):
        while True:
            if not queue:
                for item in iterator:
                    break
                else:
                    return
                for other in queues:
                    other.append(item)
            yield queue.pop(0)

    return tuple([each(queue) for queue in queues])
