"""Higher-order functions: partial, reduce, wraps, lru_cache, cached_property, total_ordering, cmp_to_key."""
from __future__ import annotations

from collections import namedtuple

__all__ = ["WRAPPER_ASSIGNMENTS", "WRAPPER_UPDATES", "cache", "cached_property", "cmp_to_key", "lru_cache", "partial",
           "partialmethod", "reduce", "singledispatch", "total_ordering", "update_wrapper", "wraps"]

WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__")
WRAPPER_UPDATES = ("__dict__",)
_ABSENT = object()


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    """Makes wrapper look like wrapped; __wrapped__ leads back to it."""
    for name in assigned:
        try:
            setattr(wrapper, name, getattr(wrapped, name))
        except AttributeError:
            pass
    for name in updated:
        getattr(wrapper, name).update(getattr(wrapped, name, {}))
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    """Decorator form of update_wrapper."""
    return lambda wrapper: update_wrapper(wrapper, wrapped, assigned, updated)


class partial:
    """A callable with some arguments already given."""

    def __new__(cls, function, /, *args, **keywords):
        if not callable(function):
            raise TypeError("the first argument must be callable")
        if isinstance(function, partial):
            args = function.args + args
            keywords = {**function.keywords, **keywords}
            function = function.func
        self = object.__new__(cls)
        self.func = function
        self.args = args
        self.keywords = keywords
        return self

    def __init__(self, function, /, *args, **keywords):
        pass

    def __call__(self, /, *args, **keywords):
        return self.func(*self.args, *args, **{**self.keywords, **keywords})

    def __repr__(self):
        shown = [repr(self.func), *[repr(one) for one in self.args]]
        shown.extend([f"{key}={value!r}" for key, value in self.keywords.items()])
        return f"functools.{type(self).__name__}({', '.join(shown)})"


class partialmethod:
    """partial for methods: the receiver comes first."""

    def __init__(self, function, /, *args, **keywords):
        self.func = function
        self.args = args
        self.keywords = keywords

    def __get__(self, instance, owner=None):
        return partial(self.func.__get__(instance, owner), *self.args, **self.keywords)


def reduce(function, iterable, initial=_ABSENT, /):
    """Folds from the left; TypeError for nothing to fold and no initial value."""
    iterator = iter(iterable)
    value = initial
    if initial is _ABSENT:
        try:
            value = next(iterator)
        except StopIteration:
            raise TypeError("reduce() of empty iterable with no initial value") from None
    for item in iterator:
        value = function(value, item)
    return value


class cached_property:
    """Computed at the first read, then an ordinary attribute of the instance."""

    def __init__(self, func):
        self.func = func
        self.attrname = None
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        if self.attrname is None:
            self.attrname = name
        elif name != self.attrname:
            raise TypeError(f"Cannot assign the same cached_property to two different names ({self.attrname!r} and {name!r}).")

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.attrname is None:
            raise TypeError("Cannot use cached_property instance without calling __set_name__ on it.")
        cache = instance.__dict__
        value = cache.get(self.attrname, _ABSENT)
        if value is _ABSENT:
            value = self.func(instance)
            cache[self.attrname] = value
        return value


_CacheInfo = namedtuple("CacheInfo", ["hits", "misses", "maxsize", "currsize"])


def _cache_key(args, keywords, typed):
    key = args
    if keywords:
        key = (*key, _ABSENT, *keywords.items())
    if typed:
        key = (*key, *[type(one) for one in args], *[type(one) for one in keywords.values()])
    return key


def lru_cache(maxsize=128, typed=False):
    """Keeps the results of the `maxsize` most recently used calls; None: of all of them."""
    if callable(maxsize):
        return lru_cache(128, typed)(maxsize)
    if maxsize is not None and maxsize < 0:
        maxsize = 0

    def decorate(function):
        # A dict keeps insertion order: the oldest use is its first key.
        results = {}
        counts = [0, 0]

        def wrapper(*args, **keywords):
            key = _cache_key(args, keywords, typed)
            value = results.get(key, _ABSENT)
            if value is not _ABSENT:
                counts[0] += 1
                if maxsize is not None:
                    del results[key]
                    results[key] = value
                return value
            counts[1] += 1
            value = function(*args, **keywords)
            if maxsize is None or maxsize > 0:
                results[key] = value
                if maxsize is not None and len(results) > maxsize:
                    del results[next(iter(results))]
            return value

        def cache_info():
            return _CacheInfo(counts[0], counts[1], maxsize, len(results))

        def cache_clear():
            results.clear()
            counts[:] = [0, 0]

        update_wrapper(wrapper, function)
        wrapper.cache_info = cache_info
        wrapper.cache_clear = cache_clear
        wrapper.cache_parameters = lambda: {"maxsize": maxsize, "typed": typed}
        return wrapper

    return decorate


def cache(function, /):
    """lru_cache without a bound."""
    return lru_cache(None)(function)


# For each ordering method a class may define: how the three others follow from it.
_FROM_LT = (("__gt__", lambda self, other: _not(self.__lt__(other), self != other)),
            ("__le__", lambda self, other: _or(self.__lt__(other), self, other)),
            ("__ge__", lambda self, other: _negated(self.__lt__(other))))
_FROM_LE = (("__ge__", lambda self, other: _not_or(self.__le__(other), self, other)),
            ("__lt__", lambda self, other: _and(self.__le__(other), self, other)),
            ("__gt__", lambda self, other: _negated(self.__le__(other))))
_FROM_GT = (("__lt__", lambda self, other: _not(self.__gt__(other), self != other)),
            ("__ge__", lambda self, other: _or(self.__gt__(other), self, other)),
            ("__le__", lambda self, other: _negated(self.__gt__(other))))
_FROM_GE = (("__le__", lambda self, other: _not_or(self.__ge__(other), self, other)),
            ("__gt__", lambda self, other: _and(self.__ge__(other), self, other)),
            ("__lt__", lambda self, other: _negated(self.__ge__(other))))


def _negated(answer):
    return answer if answer is NotImplemented else not answer


def _not(answer, differ):
    return answer if answer is NotImplemented else not answer and differ


def _or(answer, self, other):
    return answer if answer is NotImplemented else answer or self == other


def _and(answer, self, other):
    return answer if answer is NotImplemented else answer and self != other


def _not_or(answer, self, other):
    return answer if answer is NotImplemented else not answer or self == other


def total_ordering(cls):
    """Adds the missing ordering methods to a class that has __eq__ and one of them."""
    for name, derived in (("__lt__", _FROM_LT), ("__le__", _FROM_LE), ("__gt__", _FROM_GT), ("__ge__", _FROM_GE)):
        if any(name in base.__dict__ for base in cls.__mro__ if base is not object):
            for other_name, method in derived:
                if not any(other_name in base.__dict__ for base in cls.__mro__ if base is not object):
                    setattr(cls, other_name, method)
            return cls
    raise ValueError("must define at least one ordering operation: < > <= >=")


def cmp_to_key(mycmp):
    """A key function from an old-style comparison."""

    class K:
        __slots__ = ["obj"]
        __hash__ = None

        def __init__(self, obj):
            self.obj = obj

        def __lt__(self, other):
            return mycmp(self.obj, other.obj) < 0

        def __gt__(self, other):
            return mycmp(self.obj, other.obj) > 0

        def __eq__(self, other):
            return mycmp(self.obj, other.obj) == 0

        def __le__(self, other):
            return mycmp(self.obj, other.obj) <= 0

        def __ge__(self, other):
            return mycmp(self.obj, other.obj) >= 0

    return K


def singledispatch(function):
    """Picks the implementation by the class of the first argument, along its MRO."""
    registry = {object: function}

    def dispatch(cls):
        for base in cls.__mro__:
            if base in registry:
                return registry[base]
        return function

    def register(cls, implementation=None):
        if implementation is None:
            return lambda implementation: register(cls, implementation)
        registry[cls] = implementation
        return implementation

    def wrapper(*args, **keywords):
        return dispatch(args[0].__class__)(*args, **keywords)

    update_wrapper(wrapper, function)
    wrapper.register = register
    wrapper.dispatch = dispatch
    wrapper.registry = registry
    return wrapper
