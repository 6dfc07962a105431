"""bytes, bytearray and memoryview."""


def tried(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


b = b"Hello, \x00\xff World\n'\""
print(b, repr(b), len(b), b[0], b[-1], b[1:5], b[::-1], b.hex(), b.hex(":"), b.hex("-", 2), b.upper(), b.lower(), b"abc" < b"abd", hash(b"a") == hash(bytes([97])))
print(bytes(3), bytes([1, 2, 255]), bytes("é", "utf-8"), bytes(b"x"), bytes(bytearray(b"y")), bytes(range(5)), bytes.fromhex("01 ff 0A"), bytes(), bytes((65, 66)))
for bad in [256, -1, "x", None, 2.5]:
    tried(lambda value: bytes([value]), bad)
tried(bytes, "text")
tried(bytes, -1)
tried(bytes.fromhex, "0g")
tried(bytes, 3.5)
for kind in (bytes, bytearray):
    x = kind(b"one two one,three")
    print(x.find(b"one"), x.find(b"one", 1), x.rfind(b"one"), x.find(111), x.index(b"two"), x.count(b"o"), x.startswith(b"one"), x.endswith((b"x", b"three")), b"two" in x, 44 in x)
    print(x.split(), x.split(b","), x.split(b"o", 1), x.rsplit(None, 1), x.partition(b" "), x.rpartition(b" "), x.replace(b"one", b"1"), x.join([b"a", b"b"]), x.strip(b"oe"))
    print(x.center(21, b"*"), x.ljust(19), x.rjust(19, b"."), x.title(), x.capitalize(), x.swapcase(), x.isalpha(), x.isdigit(), x.zfill(20), x.expandtabs(), x.removeprefix(b"one"))
    print(x.translate(bytes(range(255, -1, -1)))[:3], x.translate(None, b"aeiou"), kind(b"a\nb\r\nc").splitlines(), x + b"!", kind(b"ab") * 3, x == b"one two one,three", x.decode())
    print(kind(b"12").isdigit(), kind(b" ").isspace(), kind(b"aB").isupper(), kind(b"Ab Cd").istitle(), kind(b"x").isalnum(), kind(b"\x80").isascii(), kind(b"").hex(), kind(b"q") in {b"q": 1} if kind is bytes else "")
    tried(x.index, b"zzz")
    tried(x.split, b"")
    tried(lambda v: v + "text", x)
    tried(lambda v: v[100], x)
    tried(lambda v: v["a"], x)
    tried(x.join, ["a"])
    tried(lambda v: "a" in v, x)
    tried(lambda v: 300 in v, x)
a = bytearray(b"abcdef")
a[0] = 65
a[1:3] = b"XYZ"
print(a, len(a))
a.append(33)
a.extend([1, 2])
a.extend(b"zz")
a.insert(0, 48)
print(a, a.pop(), a.pop(0), a)
del a[2:4]
del a[0]
a[::2] = b"." * len(a[::2])
print(a, a.copy() is a, a.index(33) if 33 in a else "none", a.reverse(), a)
a += b"tail"
a *= 2
print(a, a.remove(ord("t")), a, bytes(a), list(a)[:3])
a[2:6] = []
a[1:1] = b"inserted"
print(a, a.clear(), a, bytearray(4), bytearray("é", "latin-1"), bytearray([5, 6]))
for change in [lambda v: v.append(256), lambda v: v.append("x"), lambda v: v.__setitem__(99, 1), lambda v: v.__setitem__(slice(0, 4, 2), b"x"), lambda v: v.pop(),
               lambda v: v.remove(7), lambda v: hash(v), lambda v: v.__setitem__(0, b"xx"), lambda v: v.__delitem__(9)]:
    tried(change, bytearray(b"") if change is None else bytearray())
    tried(change, bytearray(b"wxyz"))
m = memoryview(bytearray(b"0123456789"))
print(m[0], m[-1], bytes(m[2:5]), m[::2].tobytes(), m[::-1].tolist(), len(m), m.nbytes, m.format, m.itemsize, m.shape, m.strides, m.ndim, m.readonly, m.contiguous, m[2:4] == b"23")
m[0] = 120
m[2:4] = b"ZZ"
part = m[5:9]
part[1] = 33
print(bytes(m), m.obj, part.tobytes(), m.hex(), list(part), m == m.obj, 33 in m, m.tolist()[:2], part[1:3][0], m[3:3].tobytes())
words = memoryview(bytearray(range(16))).cast("H")
print(words.tolist(), words[1], words.format, words.itemsize, len(words), words.nbytes, words[2:4].tolist(), words.cast("B")[3], words.shape)
words[0] = 0xFFFF
print(bytes(words)[:4], words.cast("B").cast("I")[0], memoryview(b"\x00\x00\x80\x3f").cast("f")[0], memoryview(b"\xff\xfe").cast("b").tolist())
for action in [lambda v: v.__setitem__(0, 1), lambda v: v[20], lambda v: v.cast("Q"), lambda v: v.__setitem__(slice(0, 2), b"x"), lambda v: hash(v) == hash(b"readonly") or "no", lambda v: v["a"]]:
    tried(action, memoryview(b"readonly" + b"1"))
for action in [lambda v: v.__setitem__(0, 256), lambda v: v.__setitem__(0, "x"), lambda v: v.__setitem__(slice(0, 2), b"x"), lambda v: hash(v), lambda v: v.__delitem__(0)]:
    tried(action, memoryview(bytearray(b"writable")))
data = bytearray(b"exported")
view = memoryview(data)
tried(data.append, 1)
tried(data.clear)
data[0] = 1
view.release()
tried(lambda: view[0])
data.append(2)
print(data, bytes(memoryview(b"abc")), memoryview(b"abc").toreadonly().readonly, b"".join([memoryview(b"x"), b"y"]), b"abc" + memoryview(b"d"))
with memoryview(data) as held:
    print(held[1], len(held))
tried(memoryview, "text")
tried(memoryview, 5)
print(int.from_bytes(memoryview(b"\x01\x00"), "big"), bytes(memoryview(b"abcdef")[1::2]), bytearray(memoryview(b"q")), b"abc".find(memoryview(b"c")), b"abc" == memoryview(b"abc"))
