"""Forms of import."""
import sys

import package
import package.sub.deep as deep
from package import LEAF as renamed
from package import leaf
from package.sub import deep as again


def tried(function):
    try:
        print(repr(function()))
    except Exception as error:
        print(type(error).__name__, error)


def missing():
    import no_such_module

    return no_such_module


def missing_name():
    from package import nothing

    return nothing


def missing_sub():
    import package.nowhere

    return package.nowhere


def star():
    return [name for name in package.__all__ if hasattr(package, name)]


print(package.__name__, package.NAME, renamed, leaf.LEAF, deep is again, deep.where(), package.late(), package.sub.deep is deep, package.__package__, package.__doc__)
print("package.sub.deep" in sys.modules, sys.modules["package"] is package, type(package).__name__, star(), hasattr(package, "__path__"), leaf.__package__, deep.__name__)
tried(missing)
tried(missing_name)
tried(missing_sub)
try:
    import package.leaf.further
except ImportError as error:
    print(type(error).__name__, error)
try:
    from no_such import thing
except ImportError:
    thing = "fallback"
print(thing)
leaf.LEAF = "changed"
from package.leaf import LEAF

print(LEAF, renamed)


def local():
    import package.leaf
    from package.sub.deep import where

    return package.leaf.LEAF, where.__name__


print(local(), __name__, globals()["renamed"], "deep" in globals(), __import__("package.sub").NAME, getattr(sys.modules[__name__], "renamed"))
