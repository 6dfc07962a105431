"""Names that annotations use. Nothing is checked: a subscript gives an opaque alias, cast returns its argument."""
from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False


class _Special:
    """A name such as Any or Optional: subscripting and | give something that prints as it was written."""

    def __init__(self, name):
        self.__name__ = name

    def __getitem__(self, parameters):
        if not isinstance(parameters, tuple):
            parameters = (parameters,)
        return _Special(f"{self.__name__}[{', '.join([_shown(one) for one in parameters])}]")

    def __or__(self, other):
        return _Special(f"{self.__name__} | {_shown(other)}")

    def __ror__(self, other):
        return _Special(f"{_shown(other)} | {self.__name__}")

    def __call__(self, *arguments, **keywords):
        raise TypeError(f"Cannot instantiate {self!r}")

    def __repr__(self):
        return f"typing.{self.__name__}"


def _shown(parameter):
    if parameter is ...:
        return "..."
    return parameter.__qualname__ if isinstance(parameter, type) else repr(parameter)


Annotated = _Special("Annotated")
Any = _Special("Any")
AnyStr = _Special("AnyStr")
AsyncGenerator = _Special("AsyncGenerator")
AsyncIterable = _Special("AsyncIterable")
AsyncIterator = _Special("AsyncIterator")
Awaitable = _Special("Awaitable")
Callable = _Special("Callable")
ClassVar = _Special("ClassVar")
Concatenate = _Special("Concatenate")
Coroutine = _Special("Coroutine")
DefaultDict = _Special("DefaultDict")
Deque = _Special("Deque")
Dict = _Special("Dict")
Final = _Special("Final")
FrozenSet = _Special("FrozenSet")
Generator = _Special("Generator")
Hashable = _Special("Hashable")
Iterable = _Special("Iterable")
Iterator = _Special("Iterator")
List = _Special("List")
Literal = _Special("Literal")
LiteralString = _Special("LiteralString")
Mapping = _Special("Mapping")
MutableMapping = _Special("MutableMapping")
MutableSequence = _Special("MutableSequence")
Never = _Special("Never")
NoReturn = _Special("NoReturn")
Optional = _Special("Optional")
Self = _Special("Self")
Sequence = _Special("Sequence")
Set = _Special("Set")
Sized = _Special("Sized")
Tuple = _Special("Tuple")
Type = _Special("Type")
TypeAlias = _Special("TypeAlias")
Union = _Special("Union")
Unpack = _Special("Unpack")


class Generic:
    """A base class that may be subscripted."""

    __slots__ = ()

    def __class_getitem__(cls, parameters):
        return cls


class Protocol:
    """A base class of structural types; isinstance with it is plain inheritance here."""

    __slots__ = ()

    def __class_getitem__(cls, parameters):
        return cls


class TypeVar(_Special):
    """A type variable; only its name is kept."""

    def __init__(self, name, *constraints, bound=None, covariant=False, contravariant=False):
        _Special.__init__(self, name)
        self.__constraints__ = constraints
        self.__bound__ = bound

    def __repr__(self):
        return f"~{self.__name__}"


ParamSpec = TypeVar
TypeVarTuple = TypeVar


def NewType(name, supertype):
    """A function that returns its argument."""

    def new_type(value):
        return value

    new_type.__name__ = name
    new_type.__supertype__ = supertype
    return new_type


def cast(kind, value):
    """The value, unchanged."""
    return value


def overload(function):
    """Overloads are for checkers; what remains raises when called."""

    def overloaded(*arguments, **keywords):
        raise NotImplementedError("You should not call an overloaded function. A series of @overload-decorated functions "
                                  "outside a stub module should always be followed by an implementation that is not "
                                  "@overload-ed.")

    return overloaded


def _unchanged(thing):
    return thing


final = no_type_check = runtime_checkable = override = _unchanged


def assert_never(value, /):
    """Raises AssertionError: this line was thought unreachable."""
    raise AssertionError(f"Expected code to be unreachable, but got: {value!r}")


def get_type_hints(thing):
    """Annotations may be text, and there is nothing here to evaluate it with."""
    raise NotImplementedError("typing.get_type_hints: no compiler in this runtime")


class _NamedTupleMeta(type):
    def __new__(metacls, name, bases, namespace):
        if not bases:
            return type.__new__(metacls, name, bases, namespace)
        fields = list(namespace.get("__annotations__", {}))
        defaults = [namespace[field] for field in fields if field in namespace]
        made = namedtuple(name, fields, defaults=defaults, module=namespace.get("__module__"))
        for key, value in namespace.items():
            if key not in fields and key not in ("__slots__", "__new__", "__dict__"):
                setattr(made, key, value)
        return made


class NamedTuple(metaclass=_NamedTupleMeta):
    """class Point(NamedTuple): x: int; y: int = 0   makes a namedtuple class."""
