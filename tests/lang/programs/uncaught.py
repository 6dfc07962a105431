"""What an unhandled exception prints; each function is run by itself."""
import sys


class AppError(Exception):
    def __str__(self):
        return "described\nin two lines"


class Quiet(Exception):
    pass


def inner(values):
    return values["missing"]


def plain():
    raise ValueError("a text")


def lookup():
    inner({})


def chained():
    try:
        inner({})
    except KeyError as error:
        raise RuntimeError("wrapped") from error


def during():
    try:
        inner({})
    except KeyError:
        raise AppError


def alone():
    try:
        inner({})
    except KeyError:
        raise Quiet from None


def three():
    try:
        chained()
    except RuntimeError:
        {}[5]


def method():
    class Local:
        def fail(self):
            return self.nope

    Local().fail()


def generator():
    def steps():
        yield 1
        raise OSError(104, "reset by peer")

    list(steps())


def noted():
    error = ValueError("noted")
    error.add_note("first note")
    error.add_note("second\nnote")
    raise error


def coroutine():
    async def work():
        raise TimeoutError("slow")

    work().send(None)


def assertion():
    assert plain is None


def leave():
    sys.exit(3)


def leave_text():
    sys.exit("said at the end")


def leave_quietly():
    sys.exit()


def empty():
    raise Exception


def no_text():
    class Bad(Exception):
        def __str__(self):
            raise ValueError("no text")

    raise Bad
