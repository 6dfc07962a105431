"""A packetdrill script as data: what the parser makes and the runner walks."""

from __future__ import annotations

from dataclasses import dataclass, field


class ScriptError(Exception):
    """The script failed: `line` is where, the text what was wrong."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


# Expressions.


@dataclass(frozen=True)
class Ellipsis:
    """`...`: whatever the runner chooses, or whatever comes."""

    def __str__(self) -> str:
        return "..."


@dataclass(frozen=True)
class Number:
    """A decimal or hexadecimal integer, or a number with a point."""

    value: int | float


@dataclass(frozen=True)
class Word:
    """The name of a constant."""

    name: str


@dataclass(frozen=True)
class Text:
    """A string; `open`: it goes on (`"abc"...`)."""

    value: str
    open: bool = False


@dataclass(frozen=True)
class Binary:
    """`a | b` or `NAME = b`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Many:
    """`[a, b]` or `{a, b}`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Struct:
    """`{fd=4, events=POLLIN}`: the fields of a C struct by their names."""

    fields: dict[str, Expression]


@dataclass(frozen=True)
class Function:
    """`htons(80)` or `inet_addr("192.0.2.1")`."""

    name: str
    arguments: tuple[Expression, ...]


Expression = Ellipsis | Number | Word | Text | Binary | Many | Struct | Function


# Packets.


@dataclass(frozen=True)
class Option:
    """A TCP option by the name that scripts use; `values` are its numbers, None where the script has `...`. `data`: the octets of a cookie or digest.

    absolute: the echoed timestamp is meant as it stands, not as the script's number for one of ours.
    """

    name: str
    values: tuple[int | None, ...] = ()
    data: bytes = b""
    absolute: bool = False


@dataclass(frozen=True)
class Quote:
    """What an ICMP error quotes: a TCP segment from `seq` on, or a datagram of `size` octets."""

    protocol: str
    seq: int
    size: int


@dataclass
class Packet:
    """A packet of the script. Sequence numbers are the script's own; None stands for "not said", which for an outbound field is "not checked".

    ecn: noecn, ect0, ect1, ce or ect01 (either of the two). options None: `<...>`. layers: the encapsulations named in front.
    absolute: `seq` is meant as it stands on the wire.
    """

    inbound: bool
    protocol: str = "tcp"
    layers: tuple[str, ...] = ()
    ecn: str | None = None
    tos: int | None = None
    dscp: int | None = None
    ttl: int | None = None
    flowlabel: int | None = None
    sport: int | None = None
    dport: int | None = None
    flags: str = ""
    ace: int | None = None
    seq: int | None = 0
    absolute: bool = False
    size: int = 0
    ack: int | None = None
    any_ack: bool = False
    win: int | None = None
    urg: int | None = None
    options: tuple[Option, ...] | None = ()
    fuzz: bool = False
    type: str = ""
    code: str = ""
    mtu: int | None = None
    echo_id: int | None = None
    quote: Quote | None = None


# Events.


@dataclass
class Call:
    """A system call. end: when a blocking one returns, microseconds, counted as the event's time is; None: it does not block."""

    name: str
    arguments: tuple[Expression, ...]
    result: Expression
    error: str | None = None
    end: int | None = None


@dataclass
class Command:
    """A shell command in backquotes."""

    text: str


@dataclass
class Code:
    """Python between %{ and }%."""

    text: str


Action = Packet | Call | Command | Code


@dataclass
class Event:
    """An action and its time in microseconds. relative: counted from the end of the event before. start None: any time (`*`).
    end: where a range ends."""

    line: int
    action: Action
    relative: bool = True
    start: int | None = 0
    end: int | None = None


@dataclass
class Script:
    """options: (line, name, value) of the lines that start with `--`."""

    options: list[tuple[int, str, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
