"""Abstract base classes: ABCMeta with abstract methods, register() and __subclasshook__."""
from __future__ import annotations

__all__ = [
    "ABC",
    "ABCMeta",
    "abstractclassmethod",
    "abstractmethod",
    "abstractproperty",
    "abstractstaticmethod",
    "get_cache_token",
    "update_abstractmethods",
]


def abstractmethod(function):
    """Marks what a subclass must define before it can have instances."""
    function.__isabstractmethod__ = True
    return function


class abstractclassmethod(classmethod):
    """A class method that is abstract."""

    __isabstractmethod__ = True


class abstractstaticmethod(staticmethod):
    """A static method that is abstract."""

    __isabstractmethod__ = True


class abstractproperty(property):
    """A property that is abstract."""

    __isabstractmethod__ = True


def _abstract_names(cls, bases, namespace):
    names = {name for name, value in namespace.items() if getattr(value, "__isabstractmethod__", False)}
    for base in bases:
        for name in getattr(base, "__abstractmethods__", ()):
            if getattr(getattr(cls, name, None), "__isabstractmethod__", False):
                names.add(name)
    return frozenset(names)


class ABCMeta(type):
    """isinstance and issubclass also answer for registered classes and ask __subclasshook__."""

    def __new__(metacls, name, bases, namespace, /, **keywords):
        cls = type.__new__(metacls, name, bases, namespace, **keywords)
        cls.__abstractmethods__ = _abstract_names(cls, bases, namespace)
        cls._abc_registered = []
        return cls

    def __init__(cls, name, bases, namespace, /, **keywords):
        type.__init__(cls, name, bases, namespace)

    def register(cls, subclass):
        """Makes subclass a virtual subclass; returns it, so it serves as a decorator."""
        if not isinstance(subclass, type):
            raise TypeError("Can only register classes")
        if not issubclass(subclass, cls):
            if issubclass(cls, subclass):
                raise RuntimeError("Refusing to create an inheritance cycle")
            cls._abc_registered.append(subclass)
        return subclass

    def __instancecheck__(cls, instance):
        return cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, subclass):
        if not isinstance(subclass, type):
            raise TypeError("issubclass() arg 1 must be a class")
        answer = cls.__subclasshook__(subclass)
        if answer is not NotImplemented:
            return answer
        if cls in subclass.__mro__:
            return True
        for registered in cls._abc_registered:
            if issubclass(subclass, registered):
                return True
        for derived in type.__subclasses__(cls):
            if derived is not subclass and issubclass(subclass, derived):
                return True
        return False


class ABC(metaclass=ABCMeta):
    """Inherit from it to have ABCMeta as the metaclass."""

    __slots__ = ()


def get_cache_token():
    """Nothing is cached, so the token never changes."""
    return 0


def update_abstractmethods(cls):
    """Recomputes which methods of cls are abstract, after methods were added."""
    if hasattr(cls, "__abstractmethods__"):
        cls.__abstractmethods__ = _abstract_names(cls, cls.__bases__, dict(cls.__dict__))
    return cls
