"""Names of the runtime's own types."""
from __future__ import annotations

import sys


def _generator():
    yield None


async def _coroutine():
    pass


async def _async_generator():
    yield None


class _Class:
    def method(self):
        pass


FunctionType = type(_generator)
LambdaType = FunctionType
MethodType = type(_Class().method)
BuiltinFunctionType = type(len)
BuiltinMethodType = type([].append)
WrapperDescriptorType = type(object.__init__)
MethodWrapperType = type(object().__str__)
MethodDescriptorType = type(str.join)
MappingProxyType = type(type.__dict__)
ModuleType = type(sys)
NoneType = type(None)
NotImplementedType = type(NotImplemented)
EllipsisType = type(...)
GenericAlias = type(list[int])
UnionType = type(int | str)
GeneratorType = type(_generator())
CodeType = type(_generator.__code__)
CellType = None
DynamicClassAttribute = property

_made = _coroutine()
CoroutineType = type(_made)
_made.close()

# One that was never started would warn when it goes.
_made = _async_generator()
AsyncGeneratorType = type(_made)
try:
    _made.__anext__().send(None)
except StopIteration:
    pass
del _made

try:
    raise TypeError
except TypeError as _error:
    TracebackType = type(_error.__traceback__)
    FrameType = type(_error.__traceback__.tb_frame)


class SimpleNamespace:
    """Attributes from keyword arguments, shown by repr and compared by ==."""

    def __init__(self, /, **keywords):
        self.__dict__.update(keywords)

    def __eq__(self, other):
        return self.__dict__ == other.__dict__ if isinstance(other, SimpleNamespace) else NotImplemented

    __hash__ = None

    def __repr__(self):
        name = "namespace" if type(self) is SimpleNamespace else type(self).__name__
        return f"{name}({', '.join([f'{key}={value!r}' for key, value in self.__dict__.items()])})"


def new_class(name, bases=(), kwds=None, exec_body=None):
    """Makes a class as a class statement would; exec_body fills the namespace."""
    keywords = dict(kwds or {})
    metaclass = keywords.pop("metaclass", type(bases[0]) if bases else type)
    namespace = metaclass.__prepare__(name, bases, **keywords)
    if exec_body is not None:
        exec_body(namespace)
    return metaclass(name, bases, namespace, **keywords)


def coroutine(function):
    """Compiled generators cannot be turned into awaitables afterwards."""
    raise NotImplementedError("types.coroutine")
