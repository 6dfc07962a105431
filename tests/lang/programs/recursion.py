"""Unbounded recursion through the runtime's calls raises RecursionError, and the program goes on."""


def tried(function, *arguments):
    try:
        function(*arguments)
        print("no error")
    except RecursionError as error:
        print(type(error).__name__, str(error)[:32])


class Repr:
    def __repr__(self):
        return repr(self)


class Attribute:
    def __getattr__(self, name):
        return getattr(self, name + "x")


class Call:
    def __call__(self):
        return self.again()

    def again(self):
        return self()


class Equal:
    def __eq__(self, other):
        return [self] == [other]


class Add:
    def __add__(self, other):
        return other + self


def down(functions):
    return next(map(functions[0], [functions]))


def nested(n):
    value = []
    for _ in range(n):
        value = [value]
    return value


tried(repr, Repr())
tried(lambda: Attribute().name)
tried(Call())
tried(lambda: Equal() == Equal())
tried(lambda: Add() + Add())
tried(down, [down])
tried(repr, nested(100000))
tried(lambda: nested(100000) == nested(100000))
tried(isinstance, 5, (lambda t: [t := (t,) for _ in range(100000)][-1])(str))
print(len(repr(nested(50))), [[1]] == [[1]])
count = 0


def limited(functions, n):
    global count
    count += 1
    if n:
        next(map(functions[0], [functions], [n - 1]))


limited([limited], 200)
print(count)
try:
    down([down])
except RecursionError:
    print("caught once")
try:
    down([down])
except RecursionError:
    print("caught twice")
