"""str: storage of all widths, methods, slicing, comparison."""


def tried(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except Exception as error:
        print(type(error).__name__, error)


samples = ["", "a", "Hello World", "héllo", "Ωmega ß", "日本語", "😀 emoji 🎉", "tab\tnew\nline\r\x00\x7f", "it's", 'say "hi"', "both ' and \"",
           "\\back", "  spaced  ", "ABC123", "123", "Title Case Here", "under_score", "ﬁ", "ǅ", "İ", "\u2028x", "\x85y", "MiXeD", "x" * 50]
for s in samples:
    print(len(s), repr(s), ascii(s), s.upper(), s.lower(), s.title(), s.capitalize(), s.swapcase(), s.casefold())
    print(s.isalpha(), s.isdigit(), s.isalnum(), s.isspace(), s.isupper(), s.islower(), s.istitle(), s.isidentifier(), s.isnumeric(), s.isdecimal(),
          s.isascii(), s.isprintable())
    print(repr(s.strip()), repr(s.lstrip()), repr(s.rstrip()), s.split(), s.splitlines(), s.splitlines(True), s[::-1] == s, repr(s[1:4]), s * 2 == s + s)
    print(s.encode(), s.encode("utf-8").decode() == s, s.encode("ascii", "replace"), s.encode("latin-1", "ignore"), s.encode("ascii", "backslashreplace"))
s = "the quick brown fox jumps over the lazy dog"
print(s.find("the"), s.find("the", 1), s.rfind("the"), s.find("cat"), s.find(""), s.rfind(""), s.index("fox"), s.count("o"), s.count(""), s.count("the", 3))
tried(s.index, "cat")
tried(s.rindex, "cat")
print(s.startswith("the"), s.startswith(("a", "the")), s.endswith("dog"), s.endswith("do", 0, -1), s.startswith("quick", 4), "fox" in s, "cat" not in s)
print(s.replace("the", "a"), s.replace("o", "0", 2), s.replace("", "-")[:9], "aaa".replace("a", "bb"), "aaa".replace("aa", ""), "日本".replace("本", "語x"))
print(s.split(" ", 2), s.rsplit(" ", 2), s.split("o"), "a,b,,c".split(","), ",".join(["x", "y"]), "".split(","), "".split(), " a  b ".split(" "))
print(s.partition(" "), s.rpartition(" "), s.partition("zz"), s.rpartition("zz"), "a-b-c".rsplit("-", 1), "abc".partition("b"))
tried("abc".split, "")
tried("x".join, ["a", 1])
print("x".center(7, "*"), "x".ljust(4) + "|", "x".rjust(4), "7".zfill(3), "-7".zfill(4), "+".zfill(3), "abc".center(2), "ab".center(5), "é".center(4, "é"))
print("a\tb\tcc".expandtabs(4), "xxhixx".strip("x"), "xyhiyx".strip("xy"), "hello".removeprefix("he"), "hello".removesuffix("lo"), "hello".removeprefix("x"))
print("abc".translate({97: "A", 98: None, ord("c"): 0x1F600}), str.maketrans("ab", "xy", "z"), "abz".translate(str.maketrans("ab", "xy", "z")))
print("a" < "b", "a" < "B", "abc" < "abd", "é" > "z", "😀" > "日", "a" == "a", "" < "a", max("hello"), sorted("héllo"), min("日a"))
print("abc"[0], "abc"[-1], "abcdef"[1:5:2], "abcdef"[::-2], "abc"[5:], "abc"[-100:2], repr("abc"[2:1]), "日本語"[1], "a😀b"[1], "a😀b"[0])
tried(lambda i: "abc"[i], 3)
tried(lambda i: "abc"[i], "x")
tried(lambda x: "abc" + x, 1)
tried(lambda x: x * "ab", 2.5)
tried(lambda x: x in "abc", 1)
tried("abc".foo if hasattr("abc", "foo") else lambda: getattr("abc", "foo"))
print("ab" * 3, "ab" * 0, "ab" * -1, 3 * "é", "a" "b", len("😀" * 3), "a" + "é" + "日" + "😀", hash("abc") == hash("ab" + "c"))
print(str(), str(5), str(b"ab"), str(b"caf\xc3\xa9", "utf-8"), str(b"ab", encoding="ascii"), str(None), str([1, "a"]), repr("\u0301"), repr(chr(0xD800)))
print(ord("a"), chr(97), chr(0x1F600), ord("日"), chr(0), [c for c in "añ😀"], list(enumerate("ab")), "-".join("abc"), "".join(reversed("abc")))
tried(chr, -1)
tried(chr, 0x110000)
tried(ord, "ab")
tried(ord, 5)
tried(b"\xff".decode)
tried(b"ab\xc3".decode)
tried("é".encode, "ascii")
tried("x".encode, "nope")
print(b"\xff\xfeab".decode("utf-8", "replace"), b"a\xffb".decode("ascii", "ignore"), b"\xe9".decode("latin-1"), b"a\xffb".decode("utf-8", "backslashreplace"))
print("é😀".encode("utf-16-le"), b"\xe9\x00".decode("utf-16-le"), "é".encode("utf-32-be") if True else "", "a".encode("utf-16")[:2] in (b"\xff\xfe",))
print(*"abc", sep="|", end="!\n")
print("%s-%r" % ("a", "b"), "abc".__contains__("b"), "abc".__len__(), "a".__add__("b"), "abc".__getitem__(1), "abc".__eq__("abc"), "abc".__eq__(1))


class Text(str):
    def __new__(cls, value, extra=0):
        self = super().__new__(cls, value)
        self.extra = extra
        return self

    def shout(self):
        return self.upper() + "!"


t = Text("quiet", 5)
print(t, t.shout(), t.extra, t == "quiet", type(t + "x"), {t: 1}["quiet"], len(t), t[1:3], isinstance(t, str), f"{t:>8}", repr(t), t.split("i"))
