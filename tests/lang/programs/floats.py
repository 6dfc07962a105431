"""float: exact repr, arithmetic, formatting, conversions."""


def tried(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except Exception as error:
        print(type(error).__name__, error)


values = [0.0, -0.0, 1.0, 0.1, 0.2, 0.1 + 0.2, 1 / 3, 2 / 3, 1e16, 1e17, 123456789012345680.0, 1e-4, 1e-5, 5e-324, 2.2250738585072014e-308,
          1.7976931348623157e308, 1e22, 1e23, 9007199254740993.0, 4.35, 1.005, 100.0, 1e100, -2.5, 3.5, 0.5, 1.5, 1e15 + 0.3]
for value in values:
    print(value, repr(value), str(value), value.is_integer(), hash(value) == hash(value), f"{value:.3f}|{value:e}|{value:g}|{value:.10g}")
    print(f"{value:10.2f}|{value:<12.1e}|{value:+.0f}|{value:08.2f}|{value:,.2f}|{value:%}|{value!r:>25}|{value:.17g}")
    print("%f %.2e %g %r %s %5.1f %-8.3gx" % (value, value, value, value, value, value, value))
    print(round(value) if abs(value) < 1e30 else "big", round(value, 2), value.hex(), value.as_integer_ratio())
infinity, nan = float("inf"), float("nan")
print(infinity, -infinity, nan, nan == nan, infinity > 1e308, -infinity < 0, f"{infinity:.2f} {nan:f} {infinity:010.1f}", int(infinity > 1))
for text in ["1.5", " -2e3 ", "1_0.5", "inf", "-Infinity", "nan", "1e400", "1e-400", ".5", "5.", "", "e5", "1.2.3", "0x10", "1e", "٣.5"]:
    tried(float, text)
tried(float, 10**400)
tried(float, None)
tried(float, b"2.5")
tried(float, True)
for a in [7.5, -7.5, 1e300, 0.1]:
    for b in [2.0, -2.0, 0.3, 1e300]:
        print(a + b, a - b, a * b, a / b, a // b, a % b, divmod(a, b), a < b, a == b, a >= b)
zero = 0.0
tried(lambda: 1.0 / zero)
tried(lambda: 1.0 // zero)
tried(lambda: 1.0 % zero)
tried(lambda: zero ** -1)
tried(lambda: 1e200 ** 2)
tried(lambda: round(nan))
tried(lambda: round(infinity))
print(2.0**0.5, 2**0.5, 9.0**-0.5, (-8.0) ** 3, 0.0**0, 1e-320 / 10, 2.0**1023)
print(1 == 1.0, 2**53 + 1 == float(2**53), hash(1.0) == hash(1), hash(0.5), hash(2.0**70) == hash(2**70), {1: "a"}[1.0], 3 + 0.5, 1 < 1.5)
print(10**400 > 1e308, 10**400 == infinity, -(10**400) < -1e308, 2**1000 == 2.0**1000, 3 > nan)
print(round(2.5), round(3.5), round(-0.5), round(2.675, 2), round(1234.5678, -2), round(1e22, 3), round(0.15, 1), round(5e-324, 400))
print(abs(-1.5), -0.0 == 0.0, (0.75).as_integer_ratio(), (1.5).conjugate(), (1.5).real, (1.5).imag, int(1e18))
print(sum([0.1] * 10), max(1.5, 2), min([3.0, -1]), sorted([2.5, -1, 10, 0.1]), 1.0 .__add__(2), (0.1).__repr__())
print(1j * 1j, (1 + 2j) * (3 - 1j), abs(3 + 4j), (1 + 2j).conjugate(), complex(1, -0.5), 2 + 0j == 2, repr(1j), complex("1+2j"))
