"""Exceptions: classes, chaining, finally, with, re-raising, tracebacks' shape, notes."""


def tried(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except BaseException as error:
        print(type(error).__name__, error, error.args)


class AppError(Exception):
    def __init__(self, code, message="failed"):
        super().__init__(message)
        self.code = code


class Silent(AppError):
    def __str__(self):
        return f"silent {self.code}"


def fail(error):
    raise error


for error in [ValueError("v"), KeyError("k"), IndexError(), OSError(2, "no such"), OSError(104, "reset"), OSError("plain"), AppError(5), Silent(6), StopIteration(3), SystemExit(4), KeyboardInterrupt(), AssertionError("a"),
              UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), Exception(1, 2), ZeroDivisionError("z"), ConnectionResetError(104, "peer"), BlockingIOError(11, "again"), TimeoutError("t"), OSError(11, "x", "file"), ImportError("i", name="n")]:
    tried(fail, error)
    print(repr(error), isinstance(error, Exception), error.__cause__, error.__suppress_context__, type(error).__mro__[1].__name__)
e = OSError(111, "refused")
print(type(e).__name__, e.errno, e.strerror, e.filename, OSError(2, "a", "f").filename, StopIteration(5).value, SystemExit(3).code, KeyError("a").args)
tried(fail, ValueError)
tried(lambda: fail(5))
tried(lambda: fail(int))


def order():
    try:
        try:
            raise ValueError("inner")
        except KeyError:
            print("no")
        finally:
            print("finally 1")
    except (TypeError, ValueError) as error:
        print("caught", error)
        try:
            raise
        except ValueError as again:
            print("again", again is error)
    else:
        print("no else")
    try:
        pass
    except Exception:
        pass
    else:
        print("else")
    finally:
        print("finally 2")


order()


def returning():
    for i in range(3):
        try:
            if i == 1:
                continue
            if i == 2:
                return i
        finally:
            print("cleanup", i)


def overriding():
    try:
        return "try"
    finally:
        return "finally"


print(returning(), overriding())


def chained():
    try:
        {}["missing"]
    except KeyError as error:
        raise RuntimeError("wrapped") from error


def context():
    try:
        {}["missing"]
    except KeyError:
        raise RuntimeError("during")


def suppressed():
    try:
        {}["missing"]
    except KeyError:
        raise RuntimeError("alone") from None


for function in (chained, context, suppressed):
    try:
        function()
    except RuntimeError as error:
        print(error, repr(error.__cause__), repr(error.__context__), error.__suppress_context__)
        tb = error.__traceback__
        while tb:
            print(tb.tb_frame.f_code.co_name, tb.tb_lineno)
            tb = tb.tb_next


class Manager:
    def __init__(self, name, swallow=False):
        self.name, self.swallow = name, swallow

    def __enter__(self):
        print("enter", self.name)
        return self.name

    def __exit__(self, kind, error, traceback):
        print("exit", self.name, kind and kind.__name__, error, traceback is not None)
        return self.swallow


with Manager("a") as a, Manager("b") as b:
    print("body", a, b)
with Manager("swallower", True):
    raise ValueError("gone")
try:
    with Manager("outer"), Manager("inner"):
        raise KeyError("through")
except KeyError as error:
    print("came out", error)


def with_return():
    with Manager("r"):
        return "returned"


class BadExit:
    def __enter__(self):
        return self

    def __exit__(self, *args):
        raise RuntimeError("in exit")


print(with_return())
try:
    with BadExit():
        raise ValueError("body")
except RuntimeError as error:
    print(error, repr(error.__context__))


def no_manager(thing):
    with thing:
        pass


tried(no_manager, 5)
try:
    try:
        raise ValueError("first")
    finally:
        raise TypeError("second")
except TypeError as error:
    print(error, repr(error.__context__))
try:
    assert 1 > 2, "message"
except AssertionError as error:
    print("assert", error)
try:
    assert [] == [1]
except AssertionError as error:
    print("assert", error.args)
error = ValueError("noted")
error.add_note("a note")
print(error.__notes__, error.with_traceback(None) is error)
try:
    raise ValueError("x") from TypeError("cause")
except ValueError as error:
    print(repr(error.__cause__), error.__suppress_context__)
    error.__cause__ = None
    print(error.__suppress_context__, error.__traceback__ is not None)


def deep(n):
    if n == 0:
        raise LookupError("deep")
    deep(n - 1)


try:
    deep(5)
except LookupError as error:
    depth, tb = 0, error.__traceback__
    while tb:
        depth, tb = depth + 1, tb.tb_next
    print(depth)
try:
    error
except NameError:
    print("unbound after except")
else:
    print("bound")
nested = []
for i in range(3):
    try:
        try:
            [][i]
        except IndexError:
            nested.append(i)
            int("x")
    except ValueError as v:
        nested.append(type(v.__context__).__name__)
print(nested)


class Meta(type):
    def __instancecheck__(cls, instance):
        return True


print(isinstance(5, Meta("Any", (), {})), BaseException.__subclasses__()[0].__name__ != "", issubclass(ConnectionResetError, OSError), issubclass(ModuleNotFoundError, ImportError))
