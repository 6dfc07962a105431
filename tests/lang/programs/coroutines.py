"""async def, await, async for, async with, async generators, driven by hand."""


def tried(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except BaseException as error:
        print(type(error).__name__, error)


class Step:
    """Suspends once, giving a value to the driver and receiving one."""

    def __init__(self, value):
        self.value = value

    def __await__(self):
        return (yield self.value)


def run(coroutine, answers=()):
    answers = iter(answers)
    trace = []
    value = None
    while True:
        try:
            trace.append(coroutine.send(value))
        except StopIteration as stop:
            return stop.value, trace
        value = next(answers, None)


async def add(a, b):
    await Step(f"adding {a} {b}")
    return a + b


async def nested(n):
    total = 0
    for i in range(n):
        total = await add(total, i)
    return total


print(run(nested(3)), run(add("x", "y")))


async def echo():
    first = await Step("one")
    second = await Step("two")
    return first, second


print(run(echo(), ["A", "B"]))


async def failing():
    try:
        await Step("before")
    finally:
        print("cleanup")


c = failing()
c.send(None)
tried(c.throw, ValueError("thrown"))
c = failing()
c.send(None)
c.close()
tried(c.send, None)


async def catching():
    try:
        await failing()
    except KeyError as error:
        return f"caught {error}"


c = catching()
c.send(None)
try:
    c.throw(KeyError("k"))
except StopIteration as stop:
    print(stop.value)


class Manager:
    def __init__(self, name, swallow=False):
        self.name, self.swallow = name, swallow

    async def __aenter__(self):
        await Step(f"enter {self.name}")
        return self.name

    async def __aexit__(self, kind, error, traceback):
        await Step(f"exit {self.name} {error!r}")
        return self.swallow


async def use():
    async with Manager("m") as m, Manager("n") as n:
        await Step(f"inside {m} {n}")
    async with Manager("s", True):
        raise ValueError("swallowed")
    return "used"


print(run(use()))


class Countdown:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.n == 0:
            raise StopAsyncIteration
        self.n -= 1
        await Step(("tick", self.n))
        return self.n


async def loop():
    seen = []
    async for i in Countdown(3):
        if i == 1:
            continue
        seen.append(i)
    else:
        seen.append("else")
    return seen, [x async for x in Countdown(2)], {x: x * x async for x in Countdown(2) if x}


print(run(loop()))


async def produce(n):
    try:
        for i in range(n):
            await Step(f"produce {i}")
            got = yield i
            if got:
                print("producer got", got)
    finally:
        print("producer done")


async def consume():
    out = []
    async for x in produce(3):
        out.append(x)
    agen = produce(5)
    out.append(await agen.__anext__())
    out.append(await agen.asend("sent"))
    await agen.aclose()
    try:
        await agen.__anext__()
    except StopAsyncIteration:
        out.append("closed")
    agen = produce(2)
    await agen.__anext__()
    try:
        await agen.athrow(ValueError("into"))
    except ValueError as error:
        out.append(str(error))
    return out


print(run(consume()))


async def expression(n):
    return [await add(i, 1) for i in range(n)], (await add(1, 2)) + (await add(3, 4)), {await add(0, 0): "k"}


print(run(expression(2)))
c = add(1, 2)
print(type(c).__name__, c.__name__, c.cr_running, hasattr(c, "send"), hasattr(c, "__await__"), hasattr(c, "__iter__"))
c.close()


async def await_bad():
    await 5


async def for_bad():
    async for x in [1]:
        pass


tried(run, await_bad())
tried(run, for_bad())


async def stop():
    raise StopIteration("oops")


try:
    run(stop())
except RuntimeError as error:
    print(error, repr(error.__cause__))


class Loop:
    """A tiny scheduler: coroutines yield names of events they wait for."""

    def __init__(self):
        self.ready = []
        self.waiting = {}
        self.log = []

    def spawn(self, coroutine):
        self.ready.append((coroutine, None))

    def fire(self, event, value):
        for coroutine in self.waiting.pop(event, []):
            self.ready.append((coroutine, value))

    def run(self):
        while self.ready:
            coroutine, value = self.ready.pop(0)
            try:
                event = coroutine.send(value)
            except StopIteration as end:
                self.log.append(end.value)
            else:
                self.waiting.setdefault(event, []).append(coroutine)


async def waiter(name):
    value = await Step("event")
    return f"{name}:{value}"


loop_ = Loop()
loop_.spawn(waiter("a"))
loop_.spawn(waiter("b"))
loop_.run()
loop_.fire("event", 7)
loop_.run()
print(loop_.log)
never = waiter("unused")
never.close()
