"""Functions: arguments of every kind, closures, decorators, attributes, lambdas."""


def tried(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


def plain(a, b, c=3):
    """Docstring of plain."""
    return a, b, c


def everything(a, /, b, *args, c, d=4, **kwargs):
    return a, b, args, c, d, kwargs


def only_keywords(*, x, y=2):
    return x, y


def collect(*args, **kwargs):
    return args, kwargs


print(plain(1, 2), plain(1, b=5), plain(c=1, b=2, a=3), plain(*[1, 2], **{"c": 9}), everything(1, 2, 3, 4, c=5, e=6), everything(1, b=2, c=3), only_keywords(x=1), collect(1, *[2, 3], x=4, **{"y": 5}))
tried(plain)
tried(plain, 1)
tried(plain, 1, 2, 3, 4)
tried(plain, 1, 2, d=4)
tried(plain, 1, 2, a=1)
tried(everything, 1, 2)
tried(only_keywords)
tried(only_keywords, 1)
tried(lambda: collect(**{1: 2}))
tried(lambda: collect(*5))
tried(lambda: collect(**5))
print(plain.__name__, plain.__doc__, plain.__qualname__, plain.__defaults__, callable(plain), everything.__kwdefaults__, plain.__module__ == __name__)
plain.attribute = 7
print(plain.attribute, plain.__dict__, hasattr(plain, "missing"))


def counter(start=0):
    count = start

    def step(by=1):
        nonlocal count
        count += by
        return count

    def reset():
        nonlocal count
        count = start

    return step, reset


step, reset = counter(10)
print(step(), step(5), reset(), step())
adders = [lambda x, n=n: x + n for n in range(3)]
print([f(10) for f in adders])


def default_list(item, items=[]):
    items.append(item)
    return items


print(default_list(1), default_list(2), default_list(3, []))


def logged(prefix):
    def decorate(function):
        def wrapper(*args, **kwargs):
            print(prefix, function.__name__, args, kwargs)
            return function(*args, **kwargs)

        wrapper.__name__ = function.__name__
        return wrapper

    return decorate


@logged("call:")
@logged("inner:")
def multiply(a, b=2):
    return a * b


print(multiply(3), multiply(3, b=4), multiply.__name__)
total = 0


def use_global():
    global total
    total += 5
    return total


print(use_global(), use_global(), total)


def compose(*functions):
    def run(value):
        for function in functions:
            value = function(value)
        return value

    return run


print(compose(lambda x: x + 1, lambda x: x * 2, str)(4), (lambda *a, **k: (a, k))(1, z=2), (lambda x, /, y=2: x + y)(1))


def deep(n):
    def inner():
        def innermost():
            return n * 2

        return innermost

    return inner()()


def unbound():
    if total < 0:
        value = "set"
    return value


print(deep(21))
tried(unbound)


def fib(n, memo={}):
    if n in memo:
        return memo[n]
    memo[n] = n if n < 2 else fib(n - 1) + fib(n - 2)
    return memo[n]


def annotated(a: int, b: "str" = "x") -> bool:
    return True


def swap(a, b):
    return b, a


x, y = swap(1, 2)
print(fib(80), annotated.__annotations__, x, y, [f.__name__ for f in (fib, swap)], type(fib(1)).__name__)
print([(lambda a, b: a - b)(*p) for p in [(3, 1), (5, 2)]], sorted([(2, "b"), (1, "c")], key=lambda p: p[1]), list(map(lambda x: x**2, range(4))))
