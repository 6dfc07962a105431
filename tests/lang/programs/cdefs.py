"""Classes that the .pxd makes cdef classes: typed attributes, vtables, memoryviews, inheritance, None checks."""


class Header:
    def __init__(self, data, start):
        self.data = data
        self.start = start
        self.length = len(data) - start
        self.next = None

    def u8(self, at):
        return self.data[self.start + at]

    def u16(self, at):
        return self.data[self.start + at] << 8 | self.data[self.start + at + 1]

    def describe(self):
        return f"Header({self.start}, {self.length}, {self.kind()})"

    def kind(self):
        return "header"

    @property
    def twice(self):
        return self.length * 2

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return self.u8(index)

    def __eq__(self, other):
        return isinstance(other, Header) and self.start == other.start

    def __lt__(self, other):
        return self.start < other.start

    def __hash__(self):
        return self.start

    def __add__(self, other):
        return Header(self.data, self.start + other)

    def __iter__(self):
        for i in range(self.length):
            yield self.u8(i)

    def __contains__(self, value):
        return value in self.data

    def __call__(self, x):
        return x + self.start

    def __repr__(self):
        return f"<{type(self).__name__} {self.start}>"


class Packet(Header):
    def __init__(self, data, start, port):
        Header.__init__(self, data, start)
        self.port = port
        self.flags = []

    def kind(self):
        return f"packet {self.port}"

    def chain(self):
        names = []
        node = self
        while node is not None:
            names.append(node.kind())
            node = node.next
        return names


class PythonPacket(Packet):
    def __init__(self, *args):
        super().__init__(*args)
        self.free_attribute = "yes"

    def kind(self):
        return "python " + super().kind()


def checksum(data):
    total = 0
    i = 0
    n = len(data)
    while i + 1 < n:
        total += data[i] << 8 | data[i + 1]
        i += 2
    if i < n:
        total += data[i] << 8
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def fill(buffer, value):
    for i in range(len(buffer)):
        buffer[i] = value


def next_start(header):
    return header.next.start


def tried(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except Exception as error:
        print(type(error).__name__)


h = Header(b"\x01\x02\x03\x04\x05", 1)
p = Packet(b"abcdef", 2, 80)
q = PythonPacket(b"0123456789", 3, 443)
for x in (h, p, q):
    print(x, x.describe(), x.u8(0), x.u16(1), len(x), x[1], list(x), x == Header(b"zz", 1), hash(x), x(10), x.twice, 3 in x, (x + 1).start)
print(sorted([q, p, h], key=lambda v: v.start), h < p, isinstance(q, Packet), issubclass(Packet, Header), q.free_attribute, q.port, p.flags, type(p).__name__)
p.next = q
q.next = None
print(p.chain(), p.next is q, p.next.next)
tried(next_start, q)
tried(next_start, p)
tried(lambda: h.u8(99))
tried(lambda: Header(b"x"))
tried(lambda: Header(5, 1))
print(checksum(bytes(range(100))), checksum(bytearray(b"abc")), checksum(memoryview(b"xyzzy")[1:]), checksum(b""))
buffer = bytearray(8)
fill(buffer, 7)
fill(memoryview(buffer)[2:4], 255)
print(buffer)
tried(fill, b"readonly", 1)
tried(checksum, "text")
tried(checksum, None)
tried(fill, buffer, 300)
