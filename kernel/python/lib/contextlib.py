"""Context managers: contextmanager, asynccontextmanager, suppress, closing, nullcontext and ExitStack."""
from __future__ import annotations

from collections import deque
from functools import wraps

__all__ = ["AbstractContextManager", "AsyncExitStack", "ContextDecorator", "ExitStack", "aclosing", "asynccontextmanager",
           "closing", "contextmanager", "nullcontext", "suppress"]


class AbstractContextManager:
    """Base of context managers: enters as itself, swallows nothing."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return None


class ContextDecorator:
    """Lets a context manager decorate a function: each call runs inside it."""

    def _recreate_cm(self):
        return self

    def __call__(self, function):
        @wraps(function)
        def inner(*args, **keywords):
            with self._recreate_cm():
                return function(*args, **keywords)

        return inner


def _is_wrapped(error, raised):
    """True if `error` is only the RuntimeError that a generator makes of a StopIteration leaving it."""
    return isinstance(raised, (StopIteration, StopAsyncIteration)) and error.__cause__ is raised


class _GeneratorContextManager(ContextDecorator):
    def __init__(self, function, args, keywords):
        self.gen = function(*args, **keywords)
        self.func, self.args, self.kwds = function, args, keywords
        self.__doc__ = getattr(function, "__doc__", None)

    def _recreate_cm(self):
        return self.__class__(self.func, self.args, self.kwds)

    def __enter__(self):
        try:
            return next(self.gen)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, kind, error, traceback):
        if kind is None:
            try:
                next(self.gen)
            except StopIteration:
                return False
            raise RuntimeError("generator didn't stop")
        if error is None:
            error = kind()
        try:
            self.gen.throw(error)
        except StopIteration as stop:
            return stop is not error
        except RuntimeError as raised:
            if raised is error or _is_wrapped(raised, error):
                return False
            raise
        except BaseException as raised:
            if raised is not error:
                raise
            return False
        raise RuntimeError("generator didn't stop after throw()")


class _AsyncGeneratorContextManager:
    def __init__(self, function, args, keywords):
        self.gen = function(*args, **keywords)

    async def __aenter__(self):
        try:
            return await self.gen.__anext__()
        except StopAsyncIteration:
            raise RuntimeError("generator didn't yield") from None

    async def __aexit__(self, kind, error, traceback):
        if kind is None:
            try:
                await self.gen.__anext__()
            except StopAsyncIteration:
                return False
            raise RuntimeError("generator didn't stop")
        if error is None:
            error = kind()
        try:
            await self.gen.athrow(error)
        except StopAsyncIteration as stop:
            return stop is not error
        except RuntimeError as raised:
            if raised is error or _is_wrapped(raised, error):
                return False
            raise
        except BaseException as raised:
            if raised is not error:
                raise
            return False
        raise RuntimeError("generator didn't stop after athrow()")


def contextmanager(function):
    """A generator function that yields once becomes a context manager; the error of the body is thrown into it."""

    @wraps(function)
    def helper(*args, **keywords):
        return _GeneratorContextManager(function, args, keywords)

    return helper


def asynccontextmanager(function):
    """The same for async generators and async with."""

    @wraps(function)
    def helper(*args, **keywords):
        return _AsyncGeneratorContextManager(function, args, keywords)

    return helper


class closing(AbstractContextManager):
    """Calls close() at the end."""

    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, *error):
        self.thing.close()


class aclosing:
    """Awaits aclose() at the end."""

    def __init__(self, thing):
        self.thing = thing

    async def __aenter__(self):
        return self.thing

    async def __aexit__(self, *error):
        await self.thing.aclose()


class suppress(AbstractContextManager):
    """Swallows the named exceptions."""

    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __enter__(self):
        pass

    def __exit__(self, kind, error, traceback):
        return kind is not None and issubclass(kind, self._exceptions)


class nullcontext(AbstractContextManager):
    """Does nothing; enters as what it was given."""

    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result

    async def __aenter__(self):
        return self.enter_result

    async def __aexit__(self, *error):
        pass


def _call_only(callback, args, keywords):
    def leave(kind, error, traceback):
        callback(*args, **keywords)

    return leave


class ExitStack(AbstractContextManager):
    """Context managers and callbacks that are left in reverse order, whatever the earlier ones raise."""

    def __init__(self):
        self._callbacks = deque()

    def pop_all(self):
        """Moves everything to a new stack, which it returns."""
        made = type(self)()
        made._callbacks, self._callbacks = self._callbacks, deque()
        return made

    def push(self, leave):
        """Registers an __exit__ method, or a function with its signature."""
        method = getattr(type(leave), "__exit__", None)
        self._callbacks.append(leave if method is None else method.__get__(leave))
        return leave

    def enter_context(self, manager):
        """Enters it now, leaves it with the stack."""
        kind = type(manager)
        try:
            enter, leave = kind.__enter__, kind.__exit__
        except AttributeError:
            raise TypeError(f"'{kind.__module__}.{kind.__qualname__}' object does not support the context manager "
                            "protocol") from None
        result = enter(manager)
        self._callbacks.append(leave.__get__(manager))
        return result

    def callback(self, callback, /, *args, **keywords):
        """Registers a plain function; returns it."""
        self._callbacks.append(_call_only(callback, args, keywords))
        return callback

    def close(self):
        """Leaves everything now."""
        self.__exit__(None, None, None)

    def __exit__(self, kind, error, traceback):
        outside = error
        swallowed = False
        while self._callbacks:
            leave = self._callbacks.pop()
            try:
                if leave(None if error is None else type(error), error, None if error is None else error.__traceback__):
                    swallowed = error is not None
                    error = None
            except BaseException as raised:
                if raised.__context__ is None and raised is not error:
                    raised.__context__ = error
                error = raised
        if error is not None and error is not outside:
            raise error
        return swallowed and error is None


class AsyncExitStack:
    """ExitStack for async with: async managers and callbacks beside plain ones."""

    def __init__(self):
        self._callbacks = deque()

    async def enter_async_context(self, manager):
        """Enters it now, leaves it with the stack."""
        result = await type(manager).__aenter__(manager)
        self._callbacks.append((True, type(manager).__aexit__.__get__(manager)))
        return result

    def enter_context(self, manager):
        """The same for a plain manager."""
        result = type(manager).__enter__(manager)
        self._callbacks.append((False, type(manager).__exit__.__get__(manager)))
        return result

    def callback(self, callback, /, *args, **keywords):
        """Registers a plain function; returns it."""
        self._callbacks.append((False, _call_only(callback, args, keywords)))
        return callback

    async def aclose(self):
        """Leaves everything now."""
        await self.__aexit__(None, None, None)

    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, traceback):
        outside = error
        swallowed = False
        while self._callbacks:
            awaited, leave = self._callbacks.pop()
            try:
                answer = leave(None if error is None else type(error), error, None if error is None else error.__traceback__)
                if (await answer) if awaited else answer:
                    swallowed = error is not None
                    error = None
            except BaseException as raised:
                if raised.__context__ is None and raised is not error:
                    raised.__context__ = error
                error = raised
        if error is not None and error is not outside:
            raise error
        return swallowed and error is None
