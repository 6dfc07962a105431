"""Classes: inheritance, MRO, super, properties, descriptors, slots, metaclasses, hooks, operators."""


def tried(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


class Base:
    kind = "base"

    def __init__(self, x):
        self.x = x

    def who(self):
        return "Base"

    def __repr__(self):
        return f"{type(self).__name__}({self.x})"

    @classmethod
    def make(cls, x):
        return cls(x)

    @staticmethod
    def helper(v):
        return v + 1

    @property
    def double(self):
        return self.x * 2

    @double.setter
    def double(self, value):
        self.x = value / 2

    @double.deleter
    def double(self):
        print("deleted")


class Left(Base):
    def who(self):
        return "Left>" + super().who()


class Right(Base):
    kind = "right"

    def who(self):
        return "Right>" + super().who()


class Bottom(Left, Right):
    def who(self):
        return "Bottom>" + super().who()


b = Bottom(5)
print(b, b.who(), b.kind, Bottom.make(3), b.helper(1), b.double, [c.__name__ for c in Bottom.__mro__], isinstance(b, Right), issubclass(Bottom, Left), Bottom.__bases__, b.__class__.__name__)
b.double = 9
print(b.x, b.__dict__, vars(b))
del b.double
b.extra = 1
Base.added = lambda self: f"added {self.x}"
print(b.added(), b.extra, hasattr(b, "nope"), getattr(b, "nope", "d"), Bottom.who(b), Base.who(b), super(Left, b).who())
tried(lambda: b.nope)
tried(lambda: Base())
tried(lambda: setattr(5, "x", 1))
tried(lambda: delattr(b, "nope"))
tried(lambda: object().x)
tried(lambda: setattr(object(), "x", 1))
tried(lambda: type("Bad", (Left, Base, Right), {}))
tried(lambda: type("Bad", (Base, Left), {}))
tried(lambda: type("Bad", (bool,), {}))
tried(lambda: Base.double.fget(b))


class ReadOnly:
    @property
    def p(self):
        return 1


tried(lambda: setattr(ReadOnly(), "p", 2))
tried(lambda: delattr(ReadOnly(), "p"))


class Typed:
    def __init__(self, kind):
        self.kind = kind

    def __set_name__(self, owner, name):
        self.name = name
        print("set_name", owner.__name__, name)

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        return instance.__dict__.get(self.name, "unset")

    def __set__(self, instance, value):
        if not isinstance(value, self.kind):
            raise TypeError(f"{self.name} must be {self.kind.__name__}")
        instance.__dict__[self.name] = value


class Record:
    age = Typed(int)
    name = Typed(str)


r = Record()
print(r.age, type(Record.age).__name__)
r.age = 5
print(r.age, r.__dict__)
tried(lambda: setattr(r, "age", "x"))


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1


class SlottedChild(Slotted):
    __slots__ = ("c",)


s = SlottedChild()
s.c = 3
print(s.a, s.c, hasattr(s, "b"), hasattr(s, "__dict__"))
tried(lambda: setattr(s, "zz", 1))
tried(lambda: s.b)
del s.a
tried(lambda: s.a)


class Meta(type):
    def __new__(metacls, name, bases, namespace, **options):
        cls = super().__new__(metacls, name, bases, namespace)
        cls.options = options
        return cls

    def __init__(cls, name, bases, namespace, **options):
        super().__init__(name, bases, namespace)
        cls.registry = getattr(cls, "registry", []) + [name]

    def __call__(cls, *args):
        print("creating", cls.__name__, args)
        return super().__call__(*args)

    def __len__(cls):
        return 42

    @property
    def label(cls):
        return "label of " + cls.__name__


class WithMeta(metaclass=Meta, color="red"):
    def __init__(self, *args):
        self.args = args


class Child(WithMeta, size=3):
    pass


print(WithMeta.options, Child.options, Child.registry, len(Child), Child.label, Child(1, 2).args, type(Child).__name__, isinstance(Child, Meta))


class Plugin:
    plugins = []

    def __init_subclass__(cls, /, tag="none", **kwargs):
        super().__init_subclass__(**kwargs)
        cls.plugins.append((cls.__name__, tag))

    def __class_getitem__(cls, item):
        return f"{cls.__name__}[{item}]"


class A(Plugin):
    pass


class B(Plugin, tag="bee"):
    pass


print(Plugin.plugins, Plugin[int], A["x"])
tried(lambda: type("C", (Plugin,), {}, nope=1))
tried(lambda: type("D", (), {}, nope=1))
Dynamic = type("Dynamic", (Base,), {"y": 7, "show": lambda self: self.y + self.x})
print(Dynamic(1).show(), Dynamic.__name__, Dynamic.__qualname__, type(Dynamic), Dynamic(2))


class Magic:
    def __getattr__(self, name):
        if name.startswith("dyn"):
            return name.upper()
        raise AttributeError(name)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, ("set", value))

    def __delattr__(self, name):
        print("deleting", name)
        object.__delattr__(self, name)

    def __getattribute__(self, name):
        if name == "secret":
            return "intercepted"
        return object.__getattribute__(self, name)


m = Magic()
m.q = 1
print(m.dynamic, m.q, m.secret)
del m.q
tried(lambda: m.q)


class Finalized:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("finalized", self.name)


f = Finalized("one")
f = Finalized("two")
del f
print("after")


class Meter:
    def __new__(cls, *args):
        print("new", args)
        instance = super().__new__(cls)
        instance.args = args
        return instance

    def __init__(self, *args):
        print("init", self.args == args)


Meter(1, 2)
print(type(Meter(3)).__name__, Base.__dict__["kind"], "who" in dir(Bottom), Base.__doc__, Bottom.__module__ == __name__, callable(Base), bool(Base(0)), Base(1) == Base(1), Base(1) != Base(1), hash(b) == hash(b))
b.who = lambda: "instance"
print(b.who(), type(b).who(b), b.make is b.make, b.who == b.who, Base(1).added == Base(1).added)
bound = Bottom(8).who
print(bound(), bound.__self__, bound.__func__ is Bottom.who, bound.__name__)
b.__class__ = Left
print(type(b).__name__, b.x)
tried(lambda: setattr(b, "__class__", int))
