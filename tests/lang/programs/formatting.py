"""f-strings, str.format, format() and the % operator."""


def tried(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


name, number, big, real = "net", 42, 2**70, 3.14159
print(f"{name}|{name!r}|{name:>8}|{name:<8}|{name:^8}|{name:*^9}|{name:.2}|{name:6.1}|{number}|{number:5}|{number:<5}|{number:05}|{number:+}|{number:x}")
print(f"{number:#x}|{number:#b}|{number:o}|{number:#o}|{number:X}|{number:08b}|{number:#010x}|{number:c}|{number:,}|{big:,}|{big:_}|{big:x}|{big:_x}|{-big:30}")
print(f"{-number:05}|{-number:=+7}|{number: }|{-number: }|{number:^7}|{number:e}|{number:.1f}|{number:%}|{number:g}|{True}|{True:d}|{None}|{number=}|{name=!s}")
print(f"{real:.2f}|{real:10.3f}|{real:<10.3f}|{real:^10.1f}|{real:+.1e}|{real:010.2f}|{1234567.891:,.1f}|{0.000123:g}|{1e10:g}|{real:.0f}|{2.5:.0f}|{real!s:>9}")
width, precision = 10, 3
print(f"{real:{width}.{precision}f}|{name:{'>'}{width}}|{{literal}}|{'nested ' + f'{number}'}|{[1, 2]}|{ {'a': 1}['a']}|{number if name else 0}|{(lambda x: x + 1)(1)}")
print("{} {} {}".format(1, "a", 2.5), "{0} {1} {0}".format("a", "b"), "{x} {y!r}".format(x=1, y="q"), "{0[1]} {a.real} {d[k]}".format([1, 2], a=5, d={"k": 3}))
print("{:>6}|{:<6}|{:^6}|{:06.2f}|{:{w}}|{{}}".format("a", "b", "c", 3.14159, "z", w=5), "{!s:>5}|{!a}".format("é", "é"), "{:d} {:s}".format(5, "x"))
for template, arguments in [("{", ()), ("}", ()), ("{} {}", (1,)), ("{x}", ()), ("{0} {}", (1, 2)), ("{:d}", ("x",)), ("{:s}", (1,)), ("{!z}", (1,)),
                            ("{:.2d}", (1,)), ("{:,x}", (5,)), ("{:q}", (1,)), ("{0.nope}", (1,)), ("{0[5]}", ([1],)), ("{:5%}", (0.5,)), ("{:=5}", ("x",))]:
    tried(template.format, *arguments)
for spec in ["", "5", "<5", "05", "+d", "x", "c", ",", "_b", ".2f", "e", "n", "s", "zz", "10,", "^+9,d", "#X", "\x00>4"]:
    tried(format, 1234, spec)
for spec in ["", "10", "<10.3", "+.2f", ".3e", ".4g", "g", "%", ".1%", ",", "010.1f", "#.0f", "n", "d", "_.2f", "z"]:
    tried(format, 1234.5678, spec)
for spec in ["", "5", ">5", "^6", ".1", "*<4", "s", "d", "=5", "05", ",", "+"]:
    tried(format, "ab", spec)
print("%s|%5s|%-5s|%.1s|%r|%a|%%|%c|%c" % ("a", "b", "c", "def", "g", "é", "h", 65))
print("%d|%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%i|%u|%.3d" % (1, 2, 3, 4, 5, 6, 255, 255, 255, 8, 8, 9, 10, 7))
print("%f|%.2f|%8.3f|%-8.1f|%e|%.1E|%g|%G|%+.1f|%08.2f|%#.3g" % (1.5, 2.345, 3.0, 4.0, 12345.678, 0.00012, 0.00001, 1e20, 5.0, -3.14159, 1.0))
print("%(a)s %(b)05d %(a)r" % {"a": "x", "b": 7}, "%*d|%-*d|%.*f" % (5, 1, 4, 2, 2, 3.14159), "%s" % [1, 2], "%s %s" % ("t", (1, 2)), "%d" % 3.7, "%s" % None)
print("%d" % 2**70, "%x" % -(2**70), "%s" % "日本", "%5s|" % "é", "%d%%" % 50, "%c" % 0x1F600, "%r" % ("a",), "%.3s|" % "日本語abc", "%s" % {"k": 1})
for template, arguments in [("%d", "x"), ("%s %s", ("a",)), ("%s", ("a", "b")), ("%q", 1), ("%", 1), ("%(a)s", 1), ("%(a)s", {}), ("%c", "ab"), ("%d", None),
                            ("%x", 1.5), ("%f", "x"), ("%c", -1), ("%(a", {"a": 1}), ("no", 1), ("no", ()), ("no", {})]:
    tried(template.__mod__, arguments)


class Money:
    def __init__(self, cents):
        self.cents = cents

    def __format__(self, spec):
        return f"<{self.cents / 100:{spec or '.2f'}}>"

    def __str__(self):
        return "money"

    def __repr__(self):
        return "Money()"


m = Money(12345)
print(f"{m}|{m:.1f}|{m!s}|{m!r}|{m!s:>7}", "{:.0f} {}".format(m, m), "%s %r" % (m, m), format(m), str([m]))
print(b"%s|%d|%x|%c|%5.1f|%a|%b" % (b"ab", 5, 255, 66, 2.5, "é", b"z"), b"%(a)s" % {b"a": b"1"}, b"%-4s|" % b"q", bytearray(b"%d") % 7)
tried(lambda: b"%s" % "text")
tried(lambda o: f"{o:>5}", object)
tried(lambda o: f"{o:>5}", None)
tried(lambda o: f"{o:d}", [])
