"""Shallow and deep copies of built-in containers, of instances, and by __copy__ and __deepcopy__."""
from __future__ import annotations

__all__ = ["Error", "copy", "deepcopy"]


class Error(Exception):
    """What could not be copied."""


_ATOMS = (type(None), bool, int, float, complex, str, bytes, type, range, type(len), type(...), type(NotImplemented))


def _attributes(thing):
    """[(name, value)] of __slots__ and __dict__."""
    found = []
    for base in type(thing).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(thing, name):
                found.append((name, getattr(thing, name)))
    return found + list(getattr(thing, "__dict__", {}).items())


def _bare(thing):
    """A new instance without its attributes; what a built-in base holds is copied by that base's constructor."""
    kind = type(thing)
    for base in (list, dict, set, bytearray, tuple, frozenset, int, float, str, bytes):
        if isinstance(thing, base):
            made = base.__new__(kind, *(() if base in (list, dict, set, bytearray) else (thing,)))
            if isinstance(thing, list):
                list.extend(made, thing)
            elif isinstance(thing, (dict, set)):
                base.update(made, thing)
            elif isinstance(thing, bytearray):
                bytearray.extend(made, thing)
            return made
    return object.__new__(kind)


def copy(x):
    """A shallow copy."""
    kind = type(x)
    if kind in _ATOMS or isinstance(x, type) or kind in (tuple, frozenset) or hasattr(x, "__code__"):
        return x
    if kind in (list, dict, set, bytearray):
        return x.copy()
    if hasattr(kind, "__copy__"):
        return kind.__copy__(x)
    made = _bare(x)
    for name, value in _attributes(x):
        object.__setattr__(made, name, value)
    return made


def deepcopy(x, memo=None):
    """A copy of everything reachable; memo keeps what was copied already, by id, so cycles end."""
    memo = {} if memo is None else memo
    kind = type(x)
    if kind in _ATOMS or isinstance(x, type) or hasattr(x, "__code__"):
        return x
    if id(x) in memo:
        return memo[id(x)]
    if hasattr(kind, "__deepcopy__"):
        made = kind.__deepcopy__(x, memo)
        memo[id(x)] = made
        return made
    made = _deep(x, kind, memo)
    memo[id(x)] = made
    # The original must live as long as its id is in the memo.
    memo.setdefault(id(memo), []).append(x)
    return made


def _deep(x, kind, memo):
    if kind is list:
        made = []
        memo[id(x)] = made
        for item in x:
            made.append(deepcopy(item, memo))
        return made
    if kind is dict:
        made = {}
        memo[id(x)] = made
        for key, value in x.items():
            made[deepcopy(key, memo)] = deepcopy(value, memo)
        return made
    if kind is tuple:
        items = [deepcopy(item, memo) for item in x]
        if id(x) in memo:
            return memo[id(x)]
        return x if all(a is b for a, b in zip(items, x)) else tuple(items)
    if kind in (set, frozenset):
        return kind([deepcopy(item, memo) for item in x])
    if kind is bytearray:
        return bytearray(x)
    made = _bare(x)
    memo[id(x)] = made
    for name, value in _attributes(x):
        object.__setattr__(made, name, deepcopy(value, memo))
    return made
