"""A package for imports.py."""
from .leaf import LEAF

NAME = "package"
__all__ = ["NAME", "LEAF", "late"]


def late():
    """Imports inside a function, one level up."""
    from .sub import deep

    return deep.where()
