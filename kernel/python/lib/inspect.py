"""The questions about kinds of objects that compiled code can answer."""
from __future__ import annotations

from types import AsyncGeneratorType, BuiltinFunctionType, CoroutineType, FunctionType, GeneratorType, MethodType, ModuleType

__all__ = ["isasyncgen", "isawaitable", "isbuiltin", "isclass", "iscoroutine", "isfunction", "isgenerator", "ismethod",
           "ismodule", "signature"]


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
