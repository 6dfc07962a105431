"""types.UnionType (PEP 604): made, shown, compared and asked at run time."""
import types

number = int | float
print(number, repr(int | None), None | str, list[int] | None, number.__args__, type(number) is types.UnionType)
print(int | int, int | str | int, (int | str) | (str | bytes), int | str == str | int, int | str != int | bytes, hash(int | str) == hash(str | int))


class Base:
    pass


class Derived(Base):
    pass


print([isinstance(value, int | None) for value in (1, None, "", 1.0, True)], isinstance(Derived(), str | Base))
print(issubclass(Derived, int | Base), issubclass(bool, str | int), issubclass(str, int | bytes), isinstance(3, (str, bytes | int)))
print(Base | None, {int | str: 1}[str | int])


def attempt(call):
    try:
        print(call())
    except TypeError as error:
        print(type(error).__name__, error)


# Called by name: where the union stands in the call, Cython's own C does not ask whether isinstance() failed.
ask, ask_class = [isinstance, issubclass]
attempt(lambda: ask([], list[int] | int))
attempt(lambda: ask(1, int | list[int]))
attempt(lambda: ask([], list[int]))
attempt(lambda: ask_class(int, list[int] | str))
attempt(lambda: ask_class(1, int | str))
attempt(lambda: int | 3)
attempt(lambda: "int" | (int | str))
attempt(lambda: types.UnionType())
attempt(lambda: (int | str) < (int | bytes))


def kind(value):
    match value:
        case int() | float():
            return "number"
        case str() | None:
            return "text or nothing"
    return "other"


print([kind(value) for value in (1, 2.5, "x", None, [])])
