"""Warnings go to the console, one line each; there are no filters."""
from __future__ import annotations

import sys

__all__ = ["catch_warnings", "filterwarnings", "simplefilter", "warn"]


def warn(message, category=None, stacklevel=1, source=None):
    """Prints "Category: message"."""
    kind = type(message) if isinstance(message, Warning) else category or UserWarning
    print(f"{kind.__name__}: {message}", file=sys.stderr)


def simplefilter(action, category=Warning, lineno=0, append=False):
    """Accepted and ignored."""


def filterwarnings(action, message="", category=Warning, module="", lineno=0, append=False):
    """Accepted and ignored."""


class catch_warnings:
    """Accepted; nothing is recorded (record=True: NotImplementedError)."""

    def __init__(self, *, record=False, module=None, action=None, category=Warning, lineno=0, append=False):
        if record:
            raise NotImplementedError("warnings.catch_warnings(record=True)")

    def __enter__(self):
        return None

    def __exit__(self, *error):
        return None
