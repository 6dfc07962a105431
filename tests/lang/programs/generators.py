"""Generators: send, throw, close, yield from, return values, exceptions through them."""


def tried(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except BaseException as error:
        print(type(error).__name__, error)


def counter(n):
    print("start")
    for i in range(n):
        got = yield i
        if got is not None:
            print("got", got)
    return "done"


g = counter(3)
print(next(g), g.send("hello"), next(g), type(g).__name__, iter(g) is g)
try:
    next(g)
except StopIteration as stop:
    print("value", stop.value)
tried(next, g)
tried(counter(1).send, 5)


def careful():
    while True:
        try:
            got = yield "ready"
            print("received", got)
        except ValueError as error:
            print("caught", error)
            yield "recovered"
        finally:
            print("cleanup")


g = careful()
print(next(g), g.throw(ValueError("v")), next(g))
tried(g.throw, KeyError("k"))
tried(next, g)
g = careful()
next(g)
g.close()
g.close()
tried(next, g)
tried(counter(1).throw, ValueError("unstarted"))


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


g = stubborn()
next(g)
tried(g.close)


def inner():
    try:
        got = yield 1
        print("inner got", got)
        got = yield 2
    except ValueError as error:
        print("inner caught", error)
        yield 99
    return "inner result"


def outer():
    result = yield from inner()
    print("outer has", result)
    yield from [10, 20]
    yield from (x * x for x in range(3))
    return (yield from empty())


def empty():
    return "empty"
    yield


g = outer()
print(next(g), g.send("via"), g.throw(ValueError("deep")), list(g))


def flatten(items):
    for item in items:
        if isinstance(item, list):
            yield from flatten(item)
        else:
            yield item


print(list(flatten([1, [2, [3, [4]], 5], []])))


def primes():
    found = []
    n = 2
    while True:
        if all(n % p for p in found):
            found.append(n)
            yield n
        n += 1


def take(n, iterable):
    for i, item in enumerate(iterable):
        if i == n:
            return
        yield item


print(list(take(10, primes())), sum(take(5, primes())), dict(zip("abc", primes())))


def stop_inside():
    yield 1
    raise StopIteration("inside")


g = stop_inside()
next(g)
try:
    next(g)
except RuntimeError as error:
    print(error, repr(error.__cause__))


def reentrant():
    yield next(me)


me = reentrant()
tried(next, me)


def with_finally(log):
    try:
        log.append("enter")
        yield
    finally:
        log.append("exit")


log = []
g = with_finally(log)
next(g)
del g
print(log)


def accumulate():
    total = 0
    while True:
        value = yield total
        if value is None:
            return total
        total += value


g = accumulate()
next(g)
print(g.send(1), g.send(10), g.send(5))
tried(g.send, None)


def delegating():
    while True:
        total = yield from accumulate()
        print("total", total)
        if total == 0:
            return


g = delegating()
next(g)
for v in [1, 2, None, 5, None]:
    g.send(v)
tried(g.send, None)
print(list(x for x in [1, 2, 3] if x > 1), [*(c for c in "ab")], max(len(w) for w in ["a", "bbb"]), sum(1 for _ in range(7)))
pairs = ((i, j) for i in range(2) for j in range(2))
print(next(pairs), list(pairs), any(x > 2 for x in range(5)), ",".join(str(x) for x in range(3)))


def exc_state():
    try:
        raise ValueError("outer")
    except ValueError:
        yield 1
        try:
            raise
        except ValueError as error:
            yield str(error)


print(list(exc_state()))
try:
    raise KeyError("context")
except KeyError:
    print(list(exc_state()))


def local_state():
    a, b = 1, 2
    c = [a, b]
    yield c
    c.append(3)
    d = yield c
    yield d or a + b


g = local_state()
print(next(g), next(g), g.send("d"), g.gi_frame is None, g.gi_running, g.__name__, g.__qualname__)
