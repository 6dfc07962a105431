"""Binding of arguments to named parameters for functions that are made at run time (namedtuple, dataclass).

CPython builds such functions as text and compiles them; here one function binds for all of them, with the same errors.
"""
from __future__ import annotations

__all__ = ["bind"]


def _listed(names):
    """'x', then 'x' and 'y', then 'x', 'y', and 'z'."""
    quoted = [repr(name) for name in names]
    if len(quoted) < 3:
        return " and ".join(quoted)
    return ", ".join(quoted[:-1]) + ", and " + quoted[-1]


def _missing(function, names, kind):
    noun = "argument" if len(names) == 1 else "arguments"
    return TypeError(f"{function}() missing {len(names)} required {kind} {noun}: {_listed(names)}")


def _too_many(function, names, optional, given):
    """The receiver counts: it is in every number of the message."""
    most = len(names) + 1
    least = most - optional
    takes = f"from {least} to {most}" if optional else f"{most}"
    noun = "argument" if most == 1 and not optional else "arguments"
    return TypeError(f"{function}() takes {takes} positional {noun} but {given + 1} were given")


def bind(function, names, defaults, arguments, keywords, keyword_only=()):
    """Returns {name: value} for the parameters `names` then `keyword_only` of the method called `function`.

    defaults: {name: value} of those that may be left out. Raises TypeError with CPython's texts.
    """
    bound = dict(zip(names, arguments))
    for name in keywords:
        if name in bound:
            raise TypeError(f"{function}() got multiple values for argument {name!r}")
        if name not in names and name not in keyword_only:
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}")
        bound[name] = keywords[name]
    if len(arguments) > len(names):
        optional = len([name for name in names if name in defaults])
        raise _too_many(function, names, optional, len(arguments))
    for group, kind in ((names, "positional"), (keyword_only, "keyword-only")):
        absent = [name for name in group if name not in bound and name not in defaults]
        if absent:
            raise _missing(function, absent, kind)
    return {name: bound[name] if name in bound else defaults[name] for name in (*names, *keyword_only)}
