"""Enumerations: Enum, IntEnum, StrEnum, Flag, IntFlag with the behaviour of CPython 3.11's `enum`.

Members are class attributes made by the metaclass; `Color(1)` looks one up by value, `Color["RED"]` by name. Flags combine:
a combination is made on first use and kept, so identity comparison holds for it too. What CPython does with `exec`,
pickling and `global_enum` is not here.
"""
from __future__ import annotations

__all__ = [
    "CONFORM",
    "EJECT",
    "KEEP",
    "STRICT",
    "Enum",
    "EnumMeta",
    "EnumType",
    "Flag",
    "FlagBoundary",
    "IntEnum",
    "IntFlag",
    "ReprEnum",
    "StrEnum",
    "auto",
    "member",
    "nonmember",
    "unique",
]


class auto:
    """Stands for "the next value" in a class body; Enum counts from 1, Flag doubles, StrEnum takes the lower-case name."""

    def __init__(self):
        self.value = None


class member:
    """Forces what it wraps to become a member."""

    def __init__(self, value):
        self.value = value


class nonmember:
    """Keeps what it wraps from becoming a member."""

    def __init__(self, value):
        self.value = value


def _is_descriptor(value):
    kind = type(value)
    return hasattr(kind, "__get__") or hasattr(kind, "__set__") or hasattr(kind, "__delete__")


def _is_dunder(name):
    return len(name) > 4 and name[:2] == "__" and name[-2:] == "__" and name[2] != "_" and name[-3] != "_"


def _is_sunder(name):
    return len(name) > 2 and name[0] == "_" and name[-1] == "_" and name[1] != "_" and name[-2] != "_"


def _is_private(class_name, name):
    return name.startswith("_" + class_name + "__")


class _Namespace(dict):
    """The class body while it runs: notes which names are members, in order, and turns auto() into values at once."""

    def __init__(self, class_name, generate):
        dict.__init__(self)
        self.class_name = class_name
        self.generate = generate
        self.member_names = {}
        self.last_values = []

    def __setitem__(self, name, value):
        if name == "_generate_next_value_":
            self.generate = value.__func__ if isinstance(value, staticmethod) else value
        elif name in self.member_names:
            raise TypeError(f"{name!r} already defined as {self[name]!r}")
        elif self.is_member(name, value):
            if name in self:
                raise TypeError(f"{name!r} already defined as {self[name]!r}")
            if isinstance(value, member):
                value = value.value
            value = self.resolve(name, value)
            self.member_names[name] = None
            self.last_values.append(value)
        elif isinstance(value, nonmember):
            value = value.value
        dict.__setitem__(self, name, value)

    def is_member(self, name, value):
        if _is_dunder(name) or _is_sunder(name) or _is_private(self.class_name, name) or isinstance(value, nonmember):
            return False
        return isinstance(value, member) or not _is_descriptor(value)

    def resolve(self, name, value):
        """auto() alone or inside a tuple becomes the next value."""
        if isinstance(value, auto):
            if value.value is None:
                value.value = self.generate(name, 1, len(self.member_names), self.last_values[:])
            return value.value
        if type(value) is tuple and any(isinstance(item, auto) for item in value):
            return tuple([self.resolve(name, item) for item in value])
        return value


_ENUM_METHODS = ("__repr__", "__str__", "__format__", "__dir__")
_FLAG_METHODS = _ENUM_METHODS + ("__or__", "__and__", "__xor__", "__ror__", "__rand__", "__rxor__", "__invert__", "__bool__")


class EnumType(type):
    """The metaclass: turns the class body's plain values into members."""

    @classmethod
    def __prepare__(metacls, name, bases, **keywords):
        metacls._check_for_members(name, bases)
        for base in bases:
            if isinstance(base, EnumType):
                return _Namespace(name, base._generate_next_value_)
        return _Namespace(name, _count_from_one)

    def __new__(metacls, name, bases, namespace, *, boundary=None, **keywords):
        members = {}
        body = {}
        for key in namespace:
            (members if key in namespace.member_names else body)[key] = namespace[key]
        body["_member_names_"] = []
        body["_member_map_"] = {}
        body["_value2member_map_"] = {}
        body["_unhashable_values_"] = []
        if "_generate_next_value_" in body and not isinstance(body["_generate_next_value_"], staticmethod):
            body["_generate_next_value_"] = staticmethod(body["_generate_next_value_"])
        # A __new__ of the body makes the members; afterwards calling the class only looks them up.
        cls = type.__new__(metacls, name, bases, body, **keywords)
        cls._member_type_ = metacls._data_type(bases)
        cls._prefer_enum_methods(bases)
        if boundary is not None:
            cls._boundary_ = boundary
        cls._flag_mask_ = 0
        cls._singles_mask_ = 0
        for key in members:
            cls._add_member(key, members[key])
        return cls

    def __init__(cls, name, bases, namespace, *, boundary=None, **keywords):
        type.__init__(cls, name, bases, namespace)

    @staticmethod
    def _check_for_members(name, bases):
        for base in bases:
            if isinstance(base, EnumType) and base._member_names_:
                raise TypeError(f"<enum {name!r}> cannot extend {base!r}")

    @staticmethod
    def _data_type(bases):
        """The concrete type that members are also instances of: int for IntEnum, object for Enum."""
        for chain in bases:
            for base in chain.__mro__:
                if base is not object and not isinstance(base, EnumType) and "__new__" in base.__dict__:
                    return base
                if isinstance(base, EnumType) and base._member_type_ is not object:
                    return base._member_type_
        return object

    def _prefer_enum_methods(cls, bases):
        """Where the data type or object would give a method that is the enumeration's matter, takes the enumeration's."""
        enumeration = None
        for base in bases:
            if isinstance(base, EnumType) and (enumeration is None or not enumeration._is_flag_):
                enumeration = base
        if enumeration is None:
            return
        for name in _FLAG_METHODS if enumeration._is_flag_ else _ENUM_METHODS:
            for base in cls.__mro__:
                if name in base.__dict__:
                    if not isinstance(base, EnumType):
                        type.__setattr__(cls, name, getattr(enumeration, name))
                    break

    def _add_member(cls, name, value):
        arguments = value if type(value) is tuple else (value,)
        if cls._member_type_ is tuple:
            arguments = (arguments,)
        made = cls._make_member(arguments)
        if not hasattr(made, "_value_"):
            made._value_ = value if cls._member_type_ is object else cls._member_type_(*arguments)
        made._name_ = name
        made.__objclass__ = cls
        made._sort_order_ = len(cls._member_names_)
        made.__init__(*arguments)
        canonical = cls._find_by_value(made._value_)
        if canonical is None:
            canonical = made
            cls._remember(made)
            if not cls._is_flag_ or cls._note_bits(made._value_):
                cls._member_names_.append(name)
        cls._member_map_[name] = canonical
        type.__setattr__(cls, name, canonical)

    def _make_member(cls, arguments):
        for base in cls.__mro__:
            if base is Enum or base is cls._member_type_:
                break
            if "__new__" in base.__dict__:
                return base.__new__(cls, *arguments)
        if cls._member_type_ is object:
            return object.__new__(cls)
        return cls._member_type_.__new__(cls, *arguments)

    def _note_bits(cls, value):
        """Widens the flag masks by value; True if value is a single bit, which makes it a canonical flag."""
        if not isinstance(value, int):
            raise TypeError("Flag values must be integers")
        if value < 0:
            return False
        cls._flag_mask_ |= value
        if value and not value & (value - 1):
            cls._singles_mask_ |= value
            return True
        return False

    def _remember(cls, made):
        try:
            cls._value2member_map_[made._value_] = made
        except TypeError:
            cls._unhashable_values_.append(made)

    def _find_by_value(cls, value):
        try:
            return cls._value2member_map_.get(value)
        except TypeError:
            for candidate in cls._unhashable_values_:
                if candidate._value_ == value:
                    return candidate
            return None

    def __call__(cls, value, names=None, *, module=None, qualname=None, type=None, start=1, boundary=None):
        if names is None:
            return cls._lookup(value)
        return cls._create(value, names, module, type, start, boundary)

    def _lookup(cls, value):
        if type(value) is cls:
            return value
        found = cls._find_by_value(value)
        if found is not None:
            return found
        failure = ValueError(f"{value!r} is not a valid {cls.__qualname__}")
        try:
            found = cls._missing_(value)
        except Exception as error:
            if not isinstance(error, ValueError):
                error.__context__ = failure
            raise
        if isinstance(found, cls) or (cls._is_flag_ and cls._boundary_ is EJECT and isinstance(found, int)):
            return found
        if found is None:
            raise failure
        raise TypeError(f"error in {cls.__name__}._missing_: returned {found!r} instead of None or a valid member")

    def _create(cls, class_name, names, module, mixin, start, boundary):
        """The functional form: Enum("Color", "RED GREEN"), a list of names, or pairs, or a mapping."""
        metacls = cls.__class__
        bases = (cls,) if mixin is None else (mixin, cls)
        namespace = metacls.__prepare__(class_name, bases)
        if isinstance(names, str):
            names = names.replace(",", " ").split()
        pairs = list(names.items()) if isinstance(names, dict) else list(names)
        last_values = []
        for count, item in enumerate(pairs):
            if isinstance(item, str):
                item = (item, cls._generate_next_value_(item, start, count, last_values[:]))
            last_values.append(item[1])
            namespace[item[0]] = item[1]
        if module is not None:
            namespace["__module__"] = module
        return metacls.__new__(metacls, class_name, bases, namespace, boundary=boundary)

    def __getitem__(cls, name):
        return cls._member_map_[name]

    def __contains__(cls, value):
        if not isinstance(value, Enum):
            raise TypeError(f"unsupported operand type(s) for 'in': '{type(value).__qualname__}' "
                            f"and '{cls.__class__.__qualname__}'")
        return isinstance(value, cls) and value._name_ in cls._member_map_

    def __iter__(cls):
        return iter([cls._member_map_[name] for name in cls._member_names_])

    def __reversed__(cls):
        return iter([cls._member_map_[name] for name in reversed(cls._member_names_)])

    def __len__(cls):
        return len(cls._member_names_)

    def __bool__(cls):
        return True

    def __repr__(cls):
        kind = "flag" if cls._is_flag_ else "enum"
        return f"<{kind} {cls.__name__!r}>"

    def __getattr__(cls, name):
        raise AttributeError(name)

    def __setattr__(cls, name, value):
        if name in cls.__dict__.get("_member_map_", ()):
            raise AttributeError(f"cannot reassign member {name!r}")
        type.__setattr__(cls, name, value)

    def __delattr__(cls, name):
        if name in cls.__dict__.get("_member_map_", ()):
            raise AttributeError(f"{cls.__name__!r} cannot delete member {name!r}.")
        type.__delattr__(cls, name)

    @property
    def __members__(cls):
        """Names, aliases among them, to members; a copy."""
        return dict(cls._member_map_)


EnumMeta = EnumType


def _count_from_one(name, start, count, last_values):
    numbers = [value for value in last_values if isinstance(value, int)]
    return max(numbers) + 1 if numbers else start


class Enum(metaclass=EnumType):
    """A set of named, constant, distinct members."""

    _is_flag_ = False

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return _count_from_one(name, start, count, last_values)

    @classmethod
    def _missing_(cls, value):
        return None

    def __init__(self, *arguments):
        pass

    @property
    def name(self):
        """The member's name; None for a flag combination without named bits."""
        return self._name_

    @property
    def value(self):
        """The member's value."""
        return self._value_

    def __repr__(self):
        shown = self._member_type_.__repr__(self._value_) if self._member_type_ is not object else repr(self._value_)
        return f"<{self.__class__.__name__}.{self._name_}: {shown}>"

    def __str__(self):
        return f"{self.__class__.__name__}.{self._name_}"

    def __dir__(self):
        return ["__class__", "__doc__", "__eq__", "__hash__", "__module__", "name", "value"]

    def __format__(self, specification):
        return str(self).__format__(specification)

    def __hash__(self):
        return hash(self._name_)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


class ReprEnum(Enum):
    """Only repr() is the enumeration's; str() and format() are the data type's."""


class IntEnum(int, ReprEnum):
    """Members are ints."""

    def __str__(self):
        return int.__repr__(self)

    def __format__(self, specification):
        return int.__format__(self, specification)


class StrEnum(str, ReprEnum):
    """Members are strs; auto() is the lower-case name."""

    def __new__(cls, *values):
        for value in values:
            if not isinstance(value, str):
                raise TypeError(f"{value!r} is not a string")
        made = str.__new__(cls, *values)
        made._value_ = str(*values)
        return made

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name.lower()

    def __str__(self):
        return str.__str__(self)

    def __format__(self, specification):
        return str.__format__(self, specification)


class FlagBoundary(StrEnum):
    """What becomes of bits that no flag names."""

    STRICT = "strict"
    CONFORM = "conform"
    EJECT = "eject"
    KEEP = "keep"


STRICT = FlagBoundary.STRICT
CONFORM = FlagBoundary.CONFORM
EJECT = FlagBoundary.EJECT
KEEP = FlagBoundary.KEEP


def _bits(value, width):
    """The two's complement picture that CPython's message for bad flags shows, as "0b0 0101"."""
    shown = bin(value if value >= 0 else (1 << width) + value)[2:].rjust(width, "0")
    return f"0b{'0' if value >= 0 else '1'} {shown}"


class Flag(Enum):
    """Members are bits that combine with | & ^ ~."""

    _is_flag_ = True
    _boundary_ = CONFORM

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        if not last_values:
            return start if start is not None else 1
        return 2 ** max(last_values).bit_length()

    @classmethod
    def _missing_(cls, value):
        """Makes, and keeps, the member for a combination of bits; the boundary says what unknown bits do."""
        if not isinstance(value, int):
            raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")
        all_bits = (1 << cls._flag_mask_.bit_length()) - 1
        unknown = value < 0 and not ~all_bits <= value or value >= 0 and value & ~cls._flag_mask_
        if not ~all_bits <= value <= all_bits or unknown:
            if cls._boundary_ is STRICT:
                width = max(value.bit_length(), cls._flag_mask_.bit_length())
                raise ValueError(f"{cls!r} invalid value {value!r}\n    given {_bits(value, width)}\n"
                                 f"  allowed {_bits(cls._flag_mask_, width)}")
            if cls._boundary_ is CONFORM:
                value &= cls._flag_mask_
            elif cls._boundary_ is EJECT:
                return value
        if value < 0:
            value += max(all_bits + 1, 2 ** value.bit_length())
        found = cls._value2member_map_.get(value)
        return cls._combine(value) if found is None else found

    @classmethod
    def _combine(cls, value):
        made = object.__new__(cls) if cls._member_type_ is object else cls._member_type_.__new__(cls, value)
        made._value_ = value
        names = [known._name_ for known in cls if known._value_ & value]
        rest = value & ~cls._flag_mask_
        made._name_ = "|".join(names) if names else None
        if names and rest and cls._boundary_ is KEEP:
            made._name_ = f"{made._name_}|{rest}"
        made.__objclass__ = cls
        return cls._value2member_map_.setdefault(value, made)

    def __contains__(self, other):
        if not isinstance(other, self.__class__):
            raise TypeError(f"unsupported operand type(s) for 'in': {type(other).__qualname__!r} "
                            f"and {self.__class__.__qualname__!r}")
        return other._value_ & self._value_ == other._value_

    def __iter__(self):
        return iter([known for known in self.__class__ if known._value_ & self._value_])

    def __len__(self):
        return bin(self._value_).count("1")

    def __repr__(self):
        shown = repr(self._value_) if self._member_type_ is object else self._member_type_.__repr__(self._value_)
        if self._name_ is None:
            return f"<{self.__class__.__name__}: {shown}>"
        return f"<{self.__class__.__name__}.{self._name_}: {shown}>"

    def __str__(self):
        if self._name_ is None:
            return f"{self.__class__.__name__}({self._value_!r})"
        return f"{self.__class__.__name__}.{self._name_}"

    def __bool__(self):
        return bool(self._value_)

    def _operand(self, other):
        """The other side's integer, or None where it cannot be combined."""
        if isinstance(other, self.__class__):
            return other._value_
        if self._member_type_ is not object and isinstance(other, self._member_type_):
            return int(other)
        return None

    def __or__(self, other):
        value = self._operand(other)
        return NotImplemented if value is None else self.__class__(self._value_ | value)

    def __and__(self, other):
        value = self._operand(other)
        return NotImplemented if value is None else self.__class__(self._value_ & value)

    def __xor__(self, other):
        value = self._operand(other)
        return NotImplemented if value is None else self.__class__(self._value_ ^ value)

    def __invert__(self):
        if self._boundary_ is KEEP:
            return self.__class__(-self._value_ - 1)
        return self.__class__(self._flag_mask_ ^ self._value_)

    __ror__ = __or__
    __rand__ = __and__
    __rxor__ = __xor__


class IntFlag(int, Flag, ReprEnum, boundary=KEEP):
    """Flags that are ints too; unknown bits are kept."""

    def __str__(self):
        return int.__repr__(self)

    def __format__(self, specification):
        return int.__format__(self, specification)


def unique(enumeration):
    """Class decorator: ValueError if two names share a value."""
    aliases = [f"{name} -> {known._name_}" for name, known in enumeration.__members__.items() if name != known._name_]
    if aliases:
        raise ValueError(f"duplicate values found in {enumeration!r}: {', '.join(aliases)}")
    return enumeration
