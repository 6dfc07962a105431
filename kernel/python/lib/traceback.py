"""Tracebacks as text, in the form the runtime prints for an unhandled exception."""
from __future__ import annotations

import sys

__all__ = ["extract_tb", "format_exc", "format_exception", "format_exception_only", "format_tb", "print_exc",
           "print_exception"]

_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def extract_tb(tb, limit=None):
    """[(file, line, function)] from the outermost call to the innermost."""
    frames = []
    while tb is not None and (limit is None or len(frames) < limit):
        code = tb.tb_frame.f_code
        frames.append((code.co_filename, tb.tb_lineno, code.co_name))
        tb = tb.tb_next
    return frames


def format_tb(tb, limit=None):
    """One text for each frame. The sources are not at hand, so no source lines."""
    return [f'  File "{file}", line {line}, in {function}\n' for file, line, function in extract_tb(tb, limit)]


def format_exception_only(error, value=None, /):
    """["ValueError: text\\n"]"""
    error = error if value is None else value
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    text = str(error)
    return [f"{name}: {text}\n" if text else f"{name}\n"]


def format_exception(error, value=None, tb=None, /, limit=None, chain=True):
    """Lines of the traceback, with causes and contexts first."""
    error = error if value is None else value
    lines = []
    seen = []
    while error is not None:
        seen.append(error)
        block = ["Traceback (most recent call last):\n"] if error.__traceback__ is not None else []
        lines = block + format_tb(error.__traceback__, limit) + format_exception_only(error) + lines
        before = error.__cause__
        joint = _CAUSE
        if before is None and not error.__suppress_context__:
            before, joint = error.__context__, _CONTEXT
        if not chain or before is None or any(before is one for one in seen):
            break
        lines = [joint, *lines]
        error = before
    return lines


def format_exc(limit=None, chain=True):
    """The exception being handled, as one text."""
    return "".join(format_exception(sys.exc_info()[1], limit=limit, chain=chain))


def print_exception(error, value=None, tb=None, /, limit=None, file=None, chain=True):
    """Writes format_exception to a file, sys.stderr by default."""
    print("".join(format_exception(error, value, tb, limit=limit, chain=chain)), end="",
          file=sys.stderr if file is None else file)


def print_exc(limit=None, file=None, chain=True):
    """Prints the exception being handled."""
    print_exception(sys.exc_info()[1], limit=limit, file=file, chain=chain)
