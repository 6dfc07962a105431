"""enum as the library here and CPython's have it."""
from enum import Enum, Flag, IntEnum, IntFlag, auto, unique


def tried(function, *arguments):
    try:
        print(repr(function(*arguments)))
    except Exception as error:
        print(type(error).__name__, error)


class Color(Enum):
    RED = 1
    GREEN = 2
    BLUE = auto()
    CRIMSON = 1

    def describe(self):
        return f"{self.name} is {self.value}"

    @classmethod
    def first(cls):
        return cls.RED

    @property
    def next(self):
        return Color(self.value % 3 + 1)


print(list(Color), Color.RED, repr(Color.BLUE), Color(2), Color["GREEN"], Color.CRIMSON is Color.RED, len(Color), list(Color.__members__), Color.RED.describe(), Color.first(), Color.BLUE.next)
print(f"{Color.RED}|{Color.RED!r}|{Color.RED:>10}", Color.RED == 1, Color.RED == Color.RED, Color.RED in Color, isinstance(Color.RED, Color), {Color.RED: "r"}[Color.CRIMSON], type(Color.RED) is Color)
tried(Color, 9)
tried(lambda: Color["X"])
tried(lambda: Color.RED < Color.GREEN)
tried(lambda: setattr(Color, "RED", 5))
tried(lambda: unique(Color))
tried(lambda: Color.NOPE)


class Level(IntEnum):
    LOW = 1
    MID = 5
    HIGH = auto()


print(Level.LOW, repr(Level.HIGH), Level.LOW < Level.MID, Level.MID + 1, Level(5), f"{Level.MID:03d}", "%d" % Level.HIGH, sorted([Level.HIGH, Level.LOW]), Level.LOW == 1, [10, 20][Level.LOW], Level.MID | 2, isinstance(Level.LOW, int))
tried(Level, 7)


class State(IntEnum):
    CLOSED = 0
    LISTEN = 1

    def __str__(self):
        return self.name.lower()


print(State.CLOSED, bool(State.CLOSED), f"{State.LISTEN}", State.LISTEN.name, {s: s.value for s in State})


class Perm(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W


print(list(Perm), Perm.R | Perm.X, repr(Perm.R | Perm.X), repr(Perm.RW), ~Perm.R, Perm.R in Perm.RW, bool(Perm.R & Perm.W), Perm(5), list(Perm.RW), Perm.RW ^ Perm.R, len(Perm.RW), repr(Perm(0)))
tried(lambda: Perm.R | 1)


class Bits(IntFlag):
    SYN = 2
    ACK = 16
    FIN = 1


print(Bits.SYN | Bits.ACK, repr(Bits.SYN | Bits.ACK), repr(Bits.SYN | 64), repr(Bits(0)), repr(~Bits.SYN), Bits.SYN & 2, repr(Bits.FIN & 3), Bits.SYN == 2, list(Bits(3)), Bits.SYN in Bits(18), repr(1 | Bits.ACK), int(Bits.ACK))


class Planet(Enum):
    EARTH = (5.97, 6.37)
    MARS = (0.64, 3.39)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius

    @property
    def density(self):
        return round(self.mass / self.radius, 3)


print(Planet.EARTH.mass, Planet.MARS.density, Planet((5.97, 6.37)), Planet.EARTH.value)


class Lookup(Enum):
    ONE = 1

    @classmethod
    def _missing_(cls, value):
        return cls.ONE if value == "one" else None


print(Lookup("one"))
tried(Lookup, "two")


def extend():
    class More(Color):
        EXTRA = 9


def twice():
    class Double(Enum):
        A = 1
        A = 2


tried(extend)
tried(twice)
match Color.GREEN:
    case Color.RED:
        print("red")
    case Color.GREEN:
        print("green")
