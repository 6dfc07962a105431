"""Weak references and the containers built on them; ref itself is the C module _weakref's."""
from __future__ import annotations

from _weakref import getweakrefcount, getweakrefs, proxy, ref

__all__ = [
    "ReferenceType", "WeakKeyDictionary", "WeakMethod", "WeakSet", "WeakValueDictionary", "finalize", "getweakrefcount",
    "getweakrefs", "proxy", "ref",
]

ReferenceType = ref


class WeakValueDictionary:
    """Values vanish from it with their last strong reference."""

    def __init__(self, other=(), /):
        self._references = {}
        self.update(other)

    def update(self, other):
        """Adds the items of a mapping or of pairs."""
        for key, value in other.items() if hasattr(other, "items") else other:
            self[key] = value

    def __setitem__(self, key, value):
        references = self._references

        def forget(reference):
            if references.get(key) is reference:
                del references[key]

        references[key] = ref(value, forget)

    def __getitem__(self, key):
        value = self._references[key]()
        if value is None:
            raise KeyError(key)
        return value

    def __delitem__(self, key):
        del self._references[key]

    def __len__(self):
        return len(self._references)

    def __contains__(self, key):
        return self.get(key) is not None

    def __iter__(self):
        return iter([key for key, value in self.items()])

    def get(self, key, default=None):
        """The value, or the default."""
        reference = self._references.get(key)
        value = None if reference is None else reference()
        return default if value is None else value

    def pop(self, key, *default):
        """Takes a value."""
        value = self.get(key)
        if value is None:
            if default:
                return default[0]
            raise KeyError(key)
        del self._references[key]
        return value

    def items(self):
        """Live pairs."""
        pairs = [(key, reference()) for key, reference in list(self._references.items())]
        return [(key, value) for key, value in pairs if value is not None]

    def keys(self):
        """Keys of live values."""
        return [key for key, value in self.items()]

    def values(self):
        """Live values."""
        return [value for key, value in self.items()]


class WeakKeyDictionary:
    """Items vanish from it with the last strong reference to their key."""

    def __init__(self):
        self._items = {}

    def __setitem__(self, key, value):
        items = self._items
        items[ref(key, lambda reference: items.pop(reference, None))] = value

    def __getitem__(self, key):
        return self._items[ref(key)]

    def __delitem__(self, key):
        del self._items[ref(key)]

    def __contains__(self, key):
        return ref(key) in self._items

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return iter(self.keys())

    def get(self, key, default=None):
        """The value, or the default."""
        return self._items.get(ref(key), default)

    def keys(self):
        """Live keys."""
        return [key for key in [reference() for reference in list(self._items)] if key is not None]

    def items(self):
        """Live pairs."""
        return [(key, self[key]) for key in self.keys()]

    def values(self):
        """Values of live keys."""
        return [self[key] for key in self.keys()]


class WeakSet:
    """A set that does not keep its members alive."""

    def __init__(self, items=()):
        self._references = {}
        for item in items:
            self.add(item)

    def add(self, item):
        """Adds a member."""
        references = self._references
        references[ref(item, lambda reference: references.pop(reference, None))] = None

    def discard(self, item):
        """Removes a member if it is there."""
        self._references.pop(ref(item), None)

    def remove(self, item):
        """Removes a member; KeyError if it is not there."""
        del self._references[ref(item)]

    def __contains__(self, item):
        return ref(item) in self._references

    def __len__(self):
        return len(self._references)

    def __iter__(self):
        return iter([item for item in [reference() for reference in list(self._references)] if item is not None])


class WeakMethod:
    """A weak reference to a bound method: alive as long as its receiver."""

    def __init__(self, method):
        self._receiver = ref(method.__self__)
        self._function = method.__func__

    def __call__(self):
        receiver = self._receiver()
        return None if receiver is None else self._function.__get__(receiver)


class finalize:
    """Calls function(*args) once, when the object goes or when it is called itself."""

    _live = {}

    def __init__(self, thing, function, /, *args, **keywords):
        self._call = (function, args, keywords)
        finalize._live[self] = ref(thing, lambda reference: self())

    def __call__(self):
        if finalize._live.pop(self, None) is None:
            return None
        function, args, keywords = self._call
        return function(*args, **keywords)

    @property
    def alive(self):
        """True until it was called."""
        return self in finalize._live
