"""Where the programs' outputs may differ: {program: [(text, text instead), ...]}, each replaced once, in order.

A text that is not there fails the test, so that this list stays true.
"""

from __future__ import annotations

from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent / "programs"

# Programs whose recursion, compiled for CPython, runs off the C stack: interpreted CPython says what they print.
INTERPRETED_ORACLE = {"recursion"}

# Compiled text to interpreted text: differences that Cython itself makes.
INTERPRETED: dict[str, list[tuple[str, str]]] = {
    # Typed arguments: another class of error, and no error where C wraps.
    "cdefs": [
        (
            "07\\x07')\nBufferError\nTypeError\n65535\nOverflowError",
            "07\\x07')\nTypeError\nTypeError\nTypeError\nValueError",
        ),
    ],
    # Cython counts arguments in words of its own.
    "classes": [
        (
            "__init__() takes exactly 2 positional arguments (1 given)",
            "Base.__init__() missing 1 required positional argument: 'x'",
        )
    ],
    "coroutines": [("generator raised StopIteration", "coroutine raised StopIteration")],
    "exceptions": [
        ("raise: exception class must be a subclass of BaseException", "exceptions must derive from BaseException"),
        ("raise: exception class must be a subclass of BaseException", "exceptions must derive from BaseException"),
        ("raise: exception class must be a subclass of BaseException", "exceptions must derive from BaseException"),
        ("raise: exception class must be a subclass of BaseException", "exceptions must derive from BaseException"),
        # Code objects of compiled functions carry the qualified name.
        ("exceptions 110\nexceptions.chained", "<module> 110\nchained"),
        ("exceptions 110\nexceptions.context", "<module> 110\ncontext"),
        ("exceptions 110\nexceptions.suppressed", "<module> 110\nsuppressed"),
        (
            "AttributeError __exit__ ('__exit__',)",
            (
                "TypeError 'int' object does not support the context manager protocol "
                "(\"'int' object does not support the context manager protocol\",)"
            ),
        ),
    ],
    "floats": [
        ("float division or modulo by zero", "float modulo"),
        # A power of floats known when compiling is C's pow, which does not raise.
        ("negative power\ninf\n", "negative power\nOverflowError (34, 'Numerical result out of range')\n"),
        # max and min of numbers known when compiling take C's common type.
        ("0.9999999999999999 2.0 -1.0 ", "0.9999999999999999 2 -1 "),
    ],
    "functions": [
        (
            "plain() takes at least 2 positional arguments (0 given)",
            "plain() missing 2 required positional arguments: 'a' and 'b'",
        ),
        (
            "plain() takes at least 2 positional arguments (1 given)",
            "plain() missing 1 required positional argument: 'b'",
        ),
        (
            "plain() takes at most 3 positional arguments (4 given)",
            "plain() takes from 2 to 3 positional arguments but 4 were given",
        ),
        ("got multiple values for keyword argument 'a'", "got multiple values for argument 'a'"),
        ("everything() needs keyword-only argument c", "everything() missing 1 required keyword-only argument: 'c'"),
        (
            "only_keywords() needs keyword-only argument x",
            "only_keywords() missing 1 required keyword-only argument: 'x'",
        ),
        (
            "only_keywords() takes exactly 0 positional arguments (1 given)",
            "only_keywords() takes 0 positional arguments but 1 was given",
        ),
        ("'int' object is not iterable", "functions.collect() argument after * must be an iterable, not int"),
        ("'int' object is not iterable", "functions.collect() argument after ** must be a mapping, not int"),
        (
            "local variable 'value' referenced before assignment",
            "cannot access local variable 'value' where it is not associated with a value",
        ),
        # Annotations stay text.
        (
            "{'a': 'int', 'b': \"'str'\", 'return': 'bool'}",
            "{'a': <class 'int'>, 'b': 'str', 'return': <class 'bool'>}",
        ),
    ],
    "imports": [
        ("cannot import name nothing", f"cannot import name 'nothing' from 'package' ({PROGRAMS}/package/__init__.py)")
    ],
    "iteration": [("1 B 1.0 1.0 [2]", "1 B 1 1.0 [2]")],
    # Unpacking has its own words too.
    "matching": [
        ("need more than 1 value to unpack", "not enough values to unpack (expected 2, got 1)"),
        ("'int' object is not iterable", "cannot unpack non-iterable int object"),
        ("need more than 1 value to unpack", "not enough values to unpack (expected 2, got 1)"),
        ("'NoneType' object is not iterable", "cannot unpack non-iterable NoneType object"),
        ("need more than 1 value to unpack", "not enough values to unpack (expected at least 2, got 1)"),
        ("'int' object is not iterable", "cannot unpack non-iterable int object"),
    ],
    "slices": [
        (
            "'str' object cannot be interpreted as an integer",
            "slice indices must be integers or None or have an __index__ method",
        )
    ],
}

# CPython's text to ours: what the runtime does otherwise on purpose.
UNLIKE_CPYTHON: dict[str, list[tuple[str, str]]] = {}
