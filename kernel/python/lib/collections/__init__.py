"""deque, OrderedDict, defaultdict, Counter and namedtuple, as the stdlib module of this name has them."""
from __future__ import annotations

from _signature import bind

__all__ = ["Counter", "OrderedDict", "defaultdict", "deque", "namedtuple"]


class deque:
    """A double-ended queue over a ring of slots that doubles when full: appends and pops at both ends in O(1).

    With maxlen, an append to a full deque drops an item from the other end. Changing it while iterating: RuntimeError.
    """

    __slots__ = ("__weakref__", "_changes", "_count", "_head", "_maxlen", "_ring")
    __hash__ = None

    def __init__(self, iterable=(), maxlen=None):
        if maxlen is not None:
            if not isinstance(maxlen, int):
                raise TypeError("an integer is required")
            if maxlen < 0:
                raise ValueError("maxlen must be non-negative")
        self._maxlen = maxlen
        self._changes = 0
        self._ring = [None] * 8
        self._head = 0
        self._count = 0
        self.extend(iterable)

    @property
    def maxlen(self):
        """The bound, or None."""
        return self._maxlen

    def _slot(self, index):
        return (self._head + index) & (len(self._ring) - 1)

    def _grow(self):
        """Unrolls the ring into one of twice the size; sizes are powers of two so that a mask wraps."""
        ring = self._ring
        self._ring = ring[self._head:] + ring[:self._head] + [None] * len(ring)
        self._head = 0

    def append(self, item):
        """Adds at the right end."""
        if self._maxlen is not None and self._count >= self._maxlen:
            if not self._maxlen:
                return
            self.popleft()
        if self._count == len(self._ring):
            self._grow()
        self._ring[self._slot(self._count)] = item
        self._count += 1
        self._changes += 1

    def appendleft(self, item):
        """Adds at the left end."""
        if self._maxlen is not None and self._count >= self._maxlen:
            if not self._maxlen:
                return
            self.pop()
        if self._count == len(self._ring):
            self._grow()
        self._head = self._slot(-1)
        self._ring[self._head] = item
        self._count += 1
        self._changes += 1

    def pop(self):
        """Takes the rightmost; IndexError when empty."""
        if not self._count:
            raise IndexError("pop from an empty deque")
        self._count -= 1
        slot = self._slot(self._count)
        item = self._ring[slot]
        self._ring[slot] = None
        self._changes += 1
        return item

    def popleft(self):
        """Takes the leftmost; IndexError when empty."""
        if not self._count:
            raise IndexError("pop from an empty deque")
        head = self._head
        item = self._ring[head]
        self._ring[head] = None
        self._head = self._slot(1)
        self._count -= 1
        self._changes += 1
        return item

    def extend(self, iterable):
        """Appends each item; a deque may be extended by itself."""
        for item in list(iterable) if iterable is self else iterable:
            self.append(item)

    def extendleft(self, iterable):
        """Appends each item at the left, so they end up reversed."""
        for item in list(iterable) if iterable is self else iterable:
            self.appendleft(item)

    def clear(self):
        """Removes everything."""
        self._ring = [None] * 8
        self._head = 0
        self._count = 0
        self._changes += 1

    def copy(self):
        """A shallow copy with the same maxlen."""
        return self.__class__(self, self._maxlen)

    __copy__ = copy

    def rotate(self, steps=1):
        """Moves the right end's items to the left end, `steps` of them; negative: the other way."""
        if self._count < 2:
            return
        steps %= self._count
        items = list(self)
        items = items[-steps:] + items[:-steps] if steps else items
        self._refill(items)

    def _refill(self, items):
        self.clear()
        self.extend(items)

    def count(self, value):
        """How many items equal value."""
        return len([item for item in self if item is value or item == value])

    def index(self, value, start=0, stop=None):
        """The first position of value; ValueError if it is not there."""
        start, stop, step = slice(start, stop).indices(self._count)
        for position in range(start, stop):
            item = self[position]
            if item is value or item == value:
                return position
        raise ValueError(f"{value!r} is not in deque")

    def insert(self, index, item):
        """Inserts before index; IndexError when it is full at maxlen."""
        if self._maxlen is not None and self._count >= self._maxlen:
            raise IndexError("deque already at its maximum size")
        items = list(self)
        items.insert(index, item)
        self._refill(items)

    def remove(self, value):
        """Removes the first item that equals value; ValueError if none does."""
        for position in range(self._count):
            item = self[position]
            if item is value or item == value:
                del self[position]
                return
        raise ValueError(f"{value!r} is not in deque")

    def reverse(self):
        """Reverses in place."""
        self._refill(list(self)[::-1])

    def _position(self, index):
        if not isinstance(index, int) and not hasattr(index, "__index__"):
            raise TypeError(f"sequence index must be integer, not '{type(index).__name__}'")
        index = index.__index__()
        if index < 0:
            index += self._count
        if not 0 <= index < self._count:
            raise IndexError("deque index out of range")
        return self._slot(index)

    def __getitem__(self, index):
        return self._ring[self._position(index)]

    def __setitem__(self, index, item):
        self._ring[self._position(index)] = item

    def __delitem__(self, index):
        self._position(index)
        items = list(self)
        del items[index]
        self._refill(items)

    def __len__(self):
        return self._count

    def __bool__(self):
        return self._count > 0

    def __iter__(self):
        changes = self._changes
        for position in range(self._count):
            if changes != self._changes:
                raise RuntimeError("deque mutated during iteration")
            yield self._ring[self._slot(position)]
        if changes != self._changes:
            raise RuntimeError("deque mutated during iteration")

    def __reversed__(self):
        return iter(list(self)[::-1])

    def __contains__(self, value):
        for item in self:
            if item is value or item == value:
                return True
        return False

    def __eq__(self, other):
        return list(self) == list(other) if isinstance(other, deque) else NotImplemented

    def __lt__(self, other):
        return list(self) < list(other) if isinstance(other, deque) else NotImplemented

    def __le__(self, other):
        return list(self) <= list(other) if isinstance(other, deque) else NotImplemented

    def __gt__(self, other):
        return list(self) > list(other) if isinstance(other, deque) else NotImplemented

    def __ge__(self, other):
        return list(self) >= list(other) if isinstance(other, deque) else NotImplemented

    def __add__(self, other):
        if not isinstance(other, deque):
            raise TypeError(f'can only concatenate deque (not "{type(other).__name__}") to deque')
        made = self.copy()
        made.extend(other)
        return made

    def __iadd__(self, other):
        self.extend(other)
        return self

    def __mul__(self, times):
        return self.__class__(list(self) * times, self._maxlen)

    __rmul__ = __mul__

    def __imul__(self, times):
        self._refill(list(self) * times)
        return self

    def __repr__(self):
        items = ", ".join(["[...]" if item is self else repr(item) for item in self])
        bound = "" if self._maxlen is None else f", maxlen={self._maxlen}"
        return f"{type(self).__name__}([{items}]{bound})"

    def __class_getitem__(cls, item):
        return cls


class OrderedDict(dict):
    """A dict that can reorder its items and whose order counts in comparisons with its own kind."""

    def popitem(self, last=True):
        """Takes the newest item, or the oldest; KeyError when empty."""
        if not self:
            raise KeyError("dictionary is empty")
        if last:
            return dict.popitem(self)
        key = next(iter(self))
        return key, self.pop(key)

    def move_to_end(self, key, last=True):
        """Moves an existing key to either end; KeyError if it is not there. To the front costs O(n)."""
        value = self[key]
        dict.__delitem__(self, key)
        others = [] if last else list(self.items())
        if not last:
            dict.clear(self)
        dict.__setitem__(self, key, value)
        for other_key, other_value in others:
            dict.__setitem__(self, other_key, other_value)

    def copy(self):
        """A shallow copy."""
        return self.__class__(self)

    __copy__ = copy

    @classmethod
    def fromkeys(cls, iterable, value=None):
        """One key for each item, all with the same value."""
        made = cls()
        for key in iterable:
            made[key] = value
        return made

    def __eq__(self, other):
        if isinstance(other, OrderedDict):
            return dict.__eq__(self, other) and list(self) == list(other)
        return dict.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    __hash__ = None

    def __or__(self, other):
        if not isinstance(other, dict):
            return NotImplemented
        made = self.__class__(self)
        made.update(other)
        return made

    def __ror__(self, other):
        if not isinstance(other, dict):
            return NotImplemented
        made = self.__class__(other)
        made.update(self)
        return made

    def __repr__(self):
        name = self.__class__.__name__
        return f"{name}({list(self.items())!r})" if self else f"{name}()"


class defaultdict(dict):
    """A dict that makes a missing value by calling default_factory, and keeps it."""

    def __init__(self, default_factory=None, /, *arguments, **keywords):
        if default_factory is not None and not callable(default_factory):
            raise TypeError("first argument must be callable or None")
        dict.__init__(self, *arguments, **keywords)
        self.default_factory = default_factory

    def __missing__(self, key):
        if self.default_factory is None:
            raise KeyError(key)
        value = self.default_factory()
        self[key] = value
        return value

    def copy(self):
        """A shallow copy with the same factory."""
        return type(self)(self.default_factory, self)

    __copy__ = copy

    def __or__(self, other):
        if not isinstance(other, dict):
            return NotImplemented
        made = self.copy()
        made.update(other)
        return made

    def __repr__(self):
        return f"{type(self).__name__}({self.default_factory!r}, {dict.__repr__(self)})"


class Counter(dict):
    """Counts hashable things; a missing key counts 0."""

    def __init__(self, iterable=None, /, **keywords):
        dict.__init__(self)
        self.update(iterable, **keywords)

    def __missing__(self, key):
        return 0

    def _each(self, iterable, sign):
        pairs = iterable.items() if isinstance(iterable, dict) else [(key, 1) for key in iterable or ()]
        for key, count in pairs:
            self[key] = self[key] + sign * count

    def update(self, iterable=None, /, **keywords):
        """Adds counts of an iterable or a mapping."""
        self._each(iterable, 1)
        self._each(keywords, 1)

    def subtract(self, iterable=None, /, **keywords):
        """Takes counts away; they may fall below zero."""
        self._each(iterable, -1)
        self._each(keywords, -1)

    def most_common(self, n=None):
        """(key, count) pairs, the highest counts first."""
        return sorted(self.items(), key=lambda pair: pair[1], reverse=True)[:n]

    def elements(self):
        """Each key as often as it counts."""
        for key, count in self.items():
            for _ in range(count):
                yield key

    def total(self):
        """The sum of the counts."""
        return sum(self.values())

    def copy(self):
        """A shallow copy."""
        return self.__class__(self)

    def __delitem__(self, key):
        if key in self:
            dict.__delitem__(self, key)

    def _combined(self, other, combine):
        made = Counter()
        for key in [*self, *[key for key in other if key not in self]]:
            count = combine(self[key], other[key])
            if count > 0:
                made[key] = count
        return made

    def __add__(self, other):
        return self._combined(other, lambda a, b: a + b) if isinstance(other, Counter) else NotImplemented

    def __sub__(self, other):
        return self._combined(other, lambda a, b: a - b) if isinstance(other, Counter) else NotImplemented

    def __or__(self, other):
        return self._combined(other, max) if isinstance(other, Counter) else NotImplemented

    def __and__(self, other):
        return self._combined(other, min) if isinstance(other, Counter) else NotImplemented

    def __repr__(self):
        if not self:
            return f"{self.__class__.__name__}()"
        return f"{self.__class__.__name__}({dict(self.most_common())!r})"


def _item_property(index, name):
    return property(lambda self: self[index], doc=f"Alias for field number {index}")


def _check_field_names(typename, names):
    for name in [typename, *names]:
        if not name.isidentifier():
            raise ValueError(f"Type names and field names must be valid identifiers: {name!r}")
    seen = set()
    for name in names:
        if name.startswith("_"):
            raise ValueError(f"Field names cannot start with an underscore: {name!r}")
        if name in seen:
            raise ValueError(f"Encountered duplicate field name: {name!r}")
        seen.add(name)


def namedtuple(typename, field_names, *, rename=False, defaults=None, module=None):
    """A tuple class whose items have names. ValueError for bad names, TypeError for too many defaults."""
    if isinstance(field_names, str):
        field_names = field_names.replace(",", " ").split()
    names = tuple([str(name) for name in field_names])
    if rename:
        names = tuple([f"_{index}" if not name.isidentifier() or name.startswith("_") or name in names[:index] else name
                       for index, name in enumerate(names)])
    else:
        _check_field_names(typename, names)
    defaults = () if defaults is None else tuple(defaults)
    if len(defaults) > len(names):
        raise TypeError("Got more default values than field names")
    default_of = dict(zip(names[len(names) - len(defaults):], defaults))
    title = f"{typename}.__new__"

    def __new__(cls, *arguments, **keywords):
        if keywords or len(arguments) != len(names):
            arguments = bind(title, names, default_of, arguments, keywords).values()
        return tuple.__new__(cls, arguments)

    def _make(cls, iterable):
        made = tuple.__new__(cls, iterable)
        if len(made) != len(names):
            raise TypeError(f"Expected {len(names)} arguments, got {len(made)}")
        return made

    def _replace(self, /, **keywords):
        made = self._make([keywords.pop(name) if name in keywords else value for name, value in zip(names, self)])
        if keywords:
            raise ValueError(f"Got unexpected field names: {list(keywords)!r}")
        return made

    def _asdict(self):
        return dict(zip(names, self))

    def __repr__(self):
        shown = ", ".join([f"{name}={value!r}" for name, value in zip(names, self)])
        return f"{self.__class__.__name__}({shown})"

    body = {"__slots__": (), "__doc__": f"{typename}({', '.join(names)})", "_fields": names, "_field_defaults": default_of,
            "__match_args__": names, "__new__": staticmethod(__new__), "_make": classmethod(_make), "_replace": _replace,
            "_asdict": _asdict, "__repr__": __repr__}
    for index, name in enumerate(names):
        body[name] = _item_property(index, name)
    if module is not None:
        body["__module__"] = module
    return type(typename, (tuple,), body)
