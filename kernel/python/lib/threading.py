"""What data classes made by Cython need of this module: attributes of each thread's own."""
from __future__ import annotations

from sys import _thread_ident as get_ident

__all__ = ["get_ident", "local"]


class local:
    """Each thread sees only the attributes that it set itself."""

    def __init__(self):
        object.__setattr__(self, "_of_thread", {})

    def _own(self):
        return self._of_thread.setdefault(get_ident(), {})

    def __getattr__(self, name):
        own = self._own()
        if name not in own:
            raise AttributeError(f"'_thread._local' object has no attribute {name!r}")
        return own[name]

    def __setattr__(self, name, value):
        self._own()[name] = value

    def __delattr__(self, name):
        if self._own().pop(name, self) is self:
            raise AttributeError(name)
