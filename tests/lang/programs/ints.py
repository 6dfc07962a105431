"""int: any size, all operators, conversions."""


def tried(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


numbers = [0, 1, -1, 2, 7, -7, 255, 256, -257, 2**30 - 1, 2**30, -(2**30), 2**31, 2**32 + 5, -(2**45) + 3, 2**60, 2**63 - 1,
           -(2**63), 2**64, 10**20, -(10**30) + 7, 3**100]
for a in numbers:
    print(a, -a, +a, ~a, abs(a), bool(a), a.bit_length(), hash(a), float(a) if abs(a) < 10**300 else "big")
    print(hex(a), oct(a), bin(a)[:80], str(a), repr(a))
    for b in numbers:
        line = [a + b, a - b, a * b, a & b, a | b, a ^ b, a < b, a <= b, a == b, a != b, a > b, a >= b]
        if b:
            line += [a // b, a % b, divmod(a, b), a / b]
        if 0 <= b < 130:
            line += [a << b, a >> b]
        print(*line)
print(7**0, 2**100, (-3) ** 5, 2**-2, pow(3, 200, 1000007), pow(3, -1, 7), pow(-5, 3, 11), 0**0)
tried(lambda zero: 1 // zero, 0)
tried(lambda zero: 1 % zero, 0)
tried(lambda zero: 1 / zero, 0)
tried(lambda zero: zero**-1, 0)
tried(lambda n: 1 << n, -1)
tried(lambda n: 1 >> n, -1)
tried(lambda n: n / 3, 10**400)
tried(pow, 2, -1, 4)
tried(pow, 2, 5, 0)
for text in ["12", " -7 ", "1_000", "0x1f", "+5", "", "1__0", "12a", "٣", "9" * 40, "- 1"]:
    tried(int, text)
for text, base in [("ff", 16), ("0xff", 16), ("0b101", 0), ("0o17", 0), ("z", 36), ("12", 2), ("0x", 16), ("010", 0), ("1", 1), ("777", 8)]:
    tried(int, text, base)
tried(int, 3.99)
tried(int, -3.99)
tried(int, 1e30)
tried(int, float("inf"))
tried(int, float("nan"))
tried(int, None)
tried(int, b"42")
tried(int, "12", base=8)
tried(int)
print((1024).to_bytes(2, "big"), (1024).to_bytes(10, "little"), (-1).to_bytes(3, "big", signed=True), (255).to_bytes(1, "big"))
tried((256).to_bytes, 1, "big")
tried((-1).to_bytes, 1, "big")
tried((1).to_bytes, 1, "middle")
print(int.from_bytes(b"\x01\x02", "big"), int.from_bytes(b"\x01\x02", "little"), int.from_bytes(b"\xff\xfe", "big", signed=True))
print(int.from_bytes([1, 2, 3], "big"), int.from_bytes(bytes(range(20)), "little"), int.from_bytes(b"", "big"))
print((5).numerator, (5).denominator, (5).real, (5).imag, (5).conjugate(), (-5).bit_count(), (6).as_integer_ratio())
print(round(12345, -2), round(15, -1), round(25, -1), round(-15, -1), round(5), (7).__index__(), (3).__add__(4), (3).__add__("x"))
print(True + True, True & False, True | 2, True == 1, isinstance(True, int), str(True), ~True, bool("x"), bool([]), int(True), True ^ True)
tried(lambda: "x" + numbers[1])
tried(lambda: numbers[1] + "x")
tried(lambda: numbers[1] < "x")
tried(lambda: -numbers)


class Meters(int):
    def __new__(cls, value):
        return super().__new__(cls, value * 10)

    def __repr__(self):
        return f"{int(self)} dm"


print(Meters(4), repr(Meters(4)), Meters(4) + 1, type(Meters(4) + 1), Meters(4) == 40, {Meters(1): "x"}[10])


class Indexed:
    def __index__(self):
        return 5

    def __int__(self):
        return 6


print([10, 11, 12, 13, 14, 15][Indexed()], int(Indexed()), hex(Indexed()), range(Indexed()), (1).__lt__(2))
factorial = 1
for i in range(1, 60):
    factorial *= i
print(factorial, factorial // 10**40, factorial % 1000000007, str(factorial)[::-1])
a, b = 0, 1
for i in range(300):
    a, b = b, a + b
print(a, a.bit_length(), a * a - b * (b - a), int(str(a)) == a)
