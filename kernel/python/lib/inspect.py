"""The questions about kinds of objects that compiled code can answer."""
from __future__ import annotations

from collections import namedtuple
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)

__all__ = ["FullArgSpec", "getfullargspec", "isasyncgen", "isawaitable", "isbuiltin", "isclass", "iscoroutine", "isfunction",
           "isgenerator", "ismethod", "ismodule", "signature"]

FullArgSpec = namedtuple("FullArgSpec", "args varargs varkw defaults kwonlyargs kwonlydefaults annotations")


def getfullargspec(thing):
    """The parameters of a compiled function, of a method with its receiver, or of a class's __init__; else TypeError."""
    function = thing.__init__ if isinstance(thing, type) else thing
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        raise TypeError("unsupported callable")
    names = code.co_varnames
    count, only = code.co_argcount, code.co_kwonlyargcount
    after = count + only
    varargs = varkw = None
    if code.co_flags & 4:
        varargs = names[after]
        after += 1
    if code.co_flags & 8:
        varkw = names[after]
    return FullArgSpec(list(names[:count]), varargs, varkw, function.__defaults__, list(names[count:count + only]),
                       function.__kwdefaults__, function.__annotations__)


def isasyncgen(thing):
    """True for a running async generator."""
    return isinstance(thing, AsyncGeneratorType)


def iscoroutine(thing):
    """True for what an async def returns."""
    return isinstance(thing, CoroutineType)


def isawaitable(thing):
    """True if it may be awaited."""
    return isinstance(thing, CoroutineType) or hasattr(type(thing), "__await__")


def isgenerator(thing):
    """True for what a generator function returns."""
    return isinstance(thing, GeneratorType)


def isfunction(thing):
    """True for a Python function."""
    return isinstance(thing, FunctionType)


def isbuiltin(thing):
    """True for a C function."""
    return isinstance(thing, BuiltinFunctionType)


def ismethod(thing):
    """True for a bound method."""
    return isinstance(thing, MethodType)


def ismodule(thing):
    """True for a module."""
    return isinstance(thing, ModuleType)


def isclass(thing):
    """True for a class."""
    return isinstance(thing, type)


def signature(thing):
    """Compiled functions do not keep theirs in a form to be read back."""
    raise NotImplementedError("inspect.signature")
