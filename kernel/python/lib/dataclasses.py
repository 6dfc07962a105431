"""Data classes. Cython turns a cdef class with @dataclass into C itself and asks this module for field, MISSING and the
like; @dataclass on a plain class makes the methods as closures, with CPython 3.11's signatures, errors and texts."""
from __future__ import annotations

from _signature import bind

__all__ = [
    "KW_ONLY",
    "MISSING",
    "Field",
    "FrozenInstanceError",
    "InitVar",
    "asdict",
    "astuple",
    "dataclass",
    "field",
    "fields",
    "is_dataclass",
    "replace",
]

_FIELDS = "__dataclass_fields__"
_PARAMS = "__dataclass_params__"
_POST_INIT_NAME = "__post_init__"


class FrozenInstanceError(AttributeError):
    """An attribute of a frozen data class was assigned."""


class _HAS_DEFAULT_FACTORY_CLASS:
    def __repr__(self):
        return "<factory>"


class _MISSING_TYPE:
    pass


class _KW_ONLY_TYPE:
    pass


_HAS_DEFAULT_FACTORY = _HAS_DEFAULT_FACTORY_CLASS()
MISSING = _MISSING_TYPE()
KW_ONLY = _KW_ONLY_TYPE()


class _FIELD_BASE:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


class _DataclassParams:
    """What the decorator was told; Cython makes one for each data class of its own."""

    def __init__(self, init, repr, eq, order, unsafe_hash, frozen, match_args=True, kw_only=False, slots=False,
                 weakref_slot=False):
        self.init = init
        self.repr = repr
        self.eq = eq
        self.order = order
        self.unsafe_hash = unsafe_hash
        self.frozen = frozen
        self.match_args = match_args
        self.kw_only = kw_only
        self.slots = slots
        self.weakref_slot = weakref_slot


_FIELD = _FIELD_BASE("_FIELD")
_FIELD_CLASSVAR = _FIELD_BASE("_FIELD_CLASSVAR")
_FIELD_INITVAR = _FIELD_BASE("_FIELD_INITVAR")


class InitVar:
    """Annotation of an argument that goes to __post_init__ and is no attribute."""

    def __init__(self, type):
        self.type = type

    def __class_getitem__(cls, type):
        return cls(type)


class Field:
    """What is known of one attribute; `name` and `type` are filled in when the class is made."""

    __slots__ = (
        "_field_type",
        "compare",
        "default",
        "default_factory",
        "hash",
        "init",
        "kw_only",
        "metadata",
        "name",
        "repr",
        "type",
    )

    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = {} if metadata is None else metadata
        self.kw_only = kw_only
        self._field_type = None

    def __repr__(self):
        return (f"Field(name={self.name!r},type={self.type!r},default={self.default!r},"
                f"default_factory={self.default_factory!r},init={self.init!r},repr={self.repr!r},hash={self.hash!r},"
                f"compare={self.compare!r},metadata={self.metadata!r},kw_only={self.kw_only!r},"
                f"_field_type={self._field_type})")


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None, compare=True, metadata=None,
          kw_only=MISSING):
    """Describes one attribute; ValueError if both a default and a factory are given."""
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _kind(annotation):
    """Annotations are text under `from __future__ import annotations`, so their spelling decides."""
    if isinstance(annotation, InitVar) or annotation is InitVar:
        return _FIELD_INITVAR
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "") or ""
    head = text.split("[")[0].strip()
    if head in ("ClassVar", "typing.ClassVar"):
        return _FIELD_CLASSVAR
    if head in ("InitVar", "dataclasses.InitVar"):
        return _FIELD_INITVAR
    return _FIELD


def _make_field(cls, name, annotation, kw_only):
    default = getattr(cls, name, MISSING)
    made = default if isinstance(default, Field) else field(default=default)
    made.name = name
    made.type = annotation
    made._field_type = _kind(annotation)
    if made.kw_only is MISSING:
        made.kw_only = kw_only
    if made._field_type is _FIELD and type(made.default) in (list, dict, set):
        raise ValueError(f"mutable default {type(made.default)} for field {name} is not allowed: use default_factory")
    if isinstance(default, Field):
        if made.default is MISSING:
            delattr(cls, name)
        else:
            setattr(cls, name, made.default)
    return made


def _collect(cls, kw_only):
    found = {}
    for base in cls.__mro__[-1:0:-1]:
        found.update(base.__dict__.get(_FIELDS, {}))
    annotations = cls.__dict__.get("__annotations__", {})
    for name, annotation in annotations.items():
        if annotation is KW_ONLY or annotation in ("KW_ONLY", "dataclasses.KW_ONLY"):
            kw_only = True
        else:
            found[name] = _make_field(cls, name, annotation, kw_only)
    for name, value in list(cls.__dict__.items()):
        if isinstance(value, Field) and name not in annotations:
            raise TypeError(f"{name!r} is a field but has no type annotation")
    return found


def _check_order_of_defaults(parameters):
    seen_default = False
    for one in parameters:
        if one.default is not MISSING or one.default_factory is not MISSING:
            seen_default = True
        elif seen_default:
            raise TypeError(f"non-default argument {one.name!r} follows default argument")


def _make_init(cls, found):
    parameters = [one for one in found.values() if one.init and one._field_type is not _FIELD_CLASSVAR]
    positional = tuple([one.name for one in parameters if not one.kw_only])
    keyword_only = tuple([one.name for one in parameters if one.kw_only])
    _check_order_of_defaults([one for one in parameters if not one.kw_only])
    defaults = {one.name: _HAS_DEFAULT_FACTORY if one.default is MISSING else one.default for one in parameters
                if one.default is not MISSING or one.default_factory is not MISSING}
    factories = {one.name: one.default_factory for one in found.values() if one.default_factory is not MISSING}
    init_only = [one.name for one in parameters if one._field_type is _FIELD_INITVAR]
    unasked = [name for name in factories if not found[name].init]
    title = f"{cls.__qualname__}.__init__"

    def __init__(self, *arguments, **keywords):
        values = bind(title, positional, defaults, arguments, keywords, keyword_only)
        for name in unasked:
            values[name] = _HAS_DEFAULT_FACTORY
        extra = [values.pop(name) for name in init_only]
        for name, value in values.items():
            object.__setattr__(self, name, factories[name]() if value is _HAS_DEFAULT_FACTORY else value)
        if hasattr(self, _POST_INIT_NAME):
            self.__post_init__(*extra)

    return __init__


def _make_repr(found):
    names = [one.name for one in found if one.repr]
    running = []

    def __repr__(self):
        if id(self) in running:
            return "..."
        running.append(id(self))
        try:
            shown = ", ".join([f"{name}={getattr(self, name)!r}" for name in names])
        finally:
            running.pop()
        return f"{self.__class__.__qualname__}({shown})"

    return __repr__


def _key(self, names):
    return tuple([getattr(self, name) for name in names])


def _comparisons(names, order):
    """__eq__ and, with order, the four others; only instances of the very same class compare."""

    def __eq__(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _key(self, names) == _key(other, names)

    def __lt__(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _key(self, names) < _key(other, names)

    def __le__(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _key(self, names) <= _key(other, names)

    def __gt__(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _key(self, names) > _key(other, names)

    def __ge__(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return _key(self, names) >= _key(other, names)

    made = [("__eq__", __eq__)]
    return made + [("__lt__", __lt__), ("__le__", __le__), ("__gt__", __gt__), ("__ge__", __ge__)] if order else made


def _freeze(cls, found):
    names = tuple([one.name for one in found])

    def __setattr__(self, name, value):
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(cls, self).__setattr__(name, value)

    def __delattr__(self, name):
        if type(self) is cls or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(cls, self).__delattr__(name)

    for method in (__setattr__, __delattr__):
        if method.__name__ in cls.__dict__:
            raise TypeError(f"Cannot overwrite attribute {method.__name__} in class {cls.__name__}")
        setattr(cls, method.__name__, method)


def _set_hash(cls, found, eq, frozen, unsafe_hash):
    names = tuple([one.name for one in found if (one.compare if one.hash is None else one.hash)])

    def __hash__(self):
        return hash(_key(self, names))

    own = cls.__dict__.get("__hash__", MISSING)
    explicit = own is not MISSING and not (own is None and "__eq__" in cls.__dict__)
    if unsafe_hash:
        if explicit:
            raise TypeError(f"Cannot overwrite attribute __hash__ in class {cls.__name__}")
        cls.__hash__ = __hash__
    elif eq and not explicit:
        cls.__hash__ = __hash__ if frozen else None


def _check_frozen_bases(cls, frozen):
    for base in cls.__mro__[1:]:
        parameters = base.__dict__.get(_PARAMS)
        if parameters is not None and parameters.frozen != frozen:
            raise TypeError("cannot inherit frozen dataclass from a non-frozen one" if frozen
                            else "cannot inherit non-frozen dataclass from a frozen one")


def _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only):
    _check_frozen_bases(cls, frozen)
    if order and not eq:
        raise ValueError("eq must be true if order is true")
    found = _collect(cls, kw_only)
    cls.__dataclass_fields__ = found
    cls.__dataclass_params__ = _DataclassParams(init, repr, eq, order, unsafe_hash, frozen)
    real = [one for one in found.values() if one._field_type is _FIELD]
    _set_hash(cls, real, eq, frozen, unsafe_hash)
    if init:
        cls.__init__ = _make_init(cls, found)
    if repr and "__repr__" not in cls.__dict__:
        cls.__repr__ = _make_repr(real)
    for name, method in _comparisons(tuple([one.name for one in real if one.compare]), order) if eq else ():
        if name not in cls.__dict__:
            setattr(cls, name, method)
        elif name != "__eq__":
            raise TypeError(f"Cannot overwrite attribute {name} in class {cls.__name__}. Consider using "
                            "functools.total_ordering")
    if frozen:
        _freeze(cls, real)
    if match_args and "__match_args__" not in cls.__dict__:
        cls.__match_args__ = tuple([one.name for one in found.values() if one.init and not one.kw_only])
    return cls


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, match_args=True,
              kw_only=False, slots=False, weakref_slot=False):
    """Adds __init__, __repr__ and comparisons to a class from its annotations. slots=True: NotImplementedError."""
    if slots:
        raise NotImplementedError("dataclass: slots=True")

    def wrap(cls):
        return _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only)

    return wrap if cls is None else wrap(cls)


def fields(class_or_instance):
    """The Field descriptions, in order."""
    try:
        found = getattr(class_or_instance, _FIELDS)
    except AttributeError:
        raise TypeError("must be called with a dataclass type or instance") from None
    return tuple([one for one in found.values() if one._field_type is _FIELD])


def is_dataclass(thing):
    """True for a data class and for its instances."""
    return hasattr(thing if isinstance(thing, type) else type(thing), _FIELDS)


def _plain(value, convert):
    if is_dataclass(value) and not isinstance(value, type):
        return convert(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*[_plain(item, convert) for item in value])
    if isinstance(value, (list, tuple)):
        return type(value)([_plain(item, convert) for item in value])
    if isinstance(value, dict):
        return type(value)([(_plain(key, convert), _plain(item, convert)) for key, item in value.items()])
    return value


def asdict(instance, *, dict_factory=dict):
    """{name: value}, recursing into data classes, lists, tuples and dicts."""
    if not is_dataclass(instance) or isinstance(instance, type):
        raise TypeError("asdict() should be called on dataclass instances")
    return dict_factory([(one.name, _plain(getattr(instance, one.name), lambda value: asdict(value, dict_factory=dict_factory)))
                         for one in fields(instance)])


def astuple(instance, *, tuple_factory=tuple):
    """The values in order, recursing as asdict does."""
    if not is_dataclass(instance) or isinstance(instance, type):
        raise TypeError("astuple() should be called on dataclass instances")
    return tuple_factory([_plain(getattr(instance, one.name), astuple) for one in fields(instance)])


def replace(instance, /, **changes):
    """A new instance with some fields changed."""
    if not is_dataclass(instance) or isinstance(instance, type):
        raise TypeError("replace() should be called on dataclass instances")
    for one in getattr(instance, _FIELDS).values():
        if one._field_type is _FIELD_CLASSVAR:
            continue
        if not one.init:
            if one.name in changes:
                raise ValueError(f"field {one.name} is declared with init=False, it cannot be specified with replace()")
        elif one.name not in changes:
            if one._field_type is _FIELD_INITVAR and one.default is MISSING:
                raise ValueError(f"InitVar {one.name!r} must be specified with replace()")
            changes[one.name] = getattr(instance, one.name)
    return instance.__class__(**changes)
