"""DNS: the stub resolver (RFC 1034, RFC 1035; RFC 6891 EDNS0; RFC 2308 negative caching; RFC 5452 resilience against forged answers).

     0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
    +-----------------------------------------------+
    |                      ID                       |
    +--+-----------+--+--+--+--+--------+-----------+
    |QR|   Opcode  |AA|TC|RD|RA|   Z    |   RCODE   |
    +--+-----------+--+--+--+--+--------+-----------+
    |  QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT           |
    +-----------------------------------------------+
    |  questions, answers, authority, additional ...
    +-----------------------------------------------+

`query` and `parse` are the codec; Cache holds what was learned; DNSResolver asks, as a coroutine over sockets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import ipv4
from pynet.octets import get16, get32, put16
from pynet.sockets import AF_INET, EAI_AGAIN, EAI_NONAME, SOCK_DGRAM, SOCK_STREAM, GaiError

if TYPE_CHECKING:
    from pynet.frame import Octets
    from pynet.sockets import Sockets

PORT = 53
HEADER = 12

TYPE_A = 1
TYPE_CNAME = 5
TYPE_SOA = 6
TYPE_PTR = 12
TYPE_OPT = 41
CLASS_IN = 1

QR = 0x8000
OPCODE = 0x7800
TC = 0x0200
RD = 0x0100
RCODE = 0x000F

NOERROR = 0
FORMERR = 1
SERVFAIL = 2
NXDOMAIN = 3

MAX_NAME = 255
MAX_LABEL = 63
# Pointers followed in one name: no honest name has more than its labels (RFC 1035 §4.1.4).
MAX_POINTERS = 127
# CNAMEs followed from one question to its answer.
MAX_CNAMES = 16
# What we can take in one datagram without fragments (RFC 6891 §6.2.5; DNS flag day 2020).
UDP_SIZE = 1232
# Resource records looked at in one response; what is beyond is not read.
MAX_RECORDS = 256

# Names kept; at the bound the one asked for longest ago is forgotten. Times to live are cut to these, in seconds (RFC 8767 §4; RFC 2308 §5).
MAX_CACHE = 256
MAX_TTL = 86_400
MAX_NEGATIVE_TTL = 900
DEFAULT_NEGATIVE_TTL = 30

# Each server is asked this often, and waited for this long, before the name is given up.
ROUNDS = 3
TIMEOUT = 2_000_000
MAX_SERVERS = 3
TCP_TIMEOUT = 5_000_000

DROP_REASONS = (
    "dns: malformed",
    "dns: not an answer to the question",
)


class DNSFormatError(ValueError):
    """The bytes are no DNS message."""


class Record:
    """One resource record. data: an address for A, a name for CNAME and PTR, the negative time to live for SOA, else 0."""

    __slots__ = ("data", "name", "ttl", "type")

    def __init__(self, name: str, type_: int, ttl: int, data: int | str) -> None:
        self.name = name
        self.type = type_
        self.ttl = ttl
        self.data = data


class Response:
    """A parsed response: the question's name as it was spelled, and the records, at most MAX_RECORDS of each section."""

    __slots__ = ("answers", "authority", "id", "name", "rcode", "truncated", "type")

    def __init__(self) -> None:
        self.id = 0
        self.rcode = 0
        self.truncated = False
        self.name = ""
        self.type = 0
        self.answers: list[Record] = []
        self.authority: list[Record] = []


def encode_name(name: str) -> bytes:
    """Labels with their lengths, ended by the root's (RFC 1035 §3.1). ValueError for a name that is none."""
    encoded = b""
    for label in name.rstrip(".").split("."):
        raw = label.encode("ascii") if label.isascii() else b""
        if not 0 < len(raw) <= MAX_LABEL:
            raise ValueError("not a domain name: " + repr(name))
        encoded += bytes((len(raw),)) + raw
    if len(encoded) >= MAX_NAME:
        raise ValueError("not a domain name: " + repr(name))
    return encoded + b"\0"


def query(id_: int, name: str, type_: int, edns: bool = True) -> bytearray:
    """A question with RD set, and an OPT record that offers UDP_SIZE (RFC 6891 §6.1)."""
    packet = bytearray(HEADER)
    put16(packet, 0, id_)
    put16(packet, 2, RD)
    put16(packet, 4, 1)
    put16(packet, 10, 1 if edns else 0)
    packet += encode_name(name) + bytes((0, type_, 0, CLASS_IN))
    if edns:
        packet += bytes((0, 0, TYPE_OPT, UDP_SIZE >> 8, UDP_SIZE & 0xFF, 0, 0, 0, 0, 0, 0))
    return packet


def parse(packet: Octets) -> Response:
    """A response. DNSFormatError where it is none."""
    try:
        return parse_message(packet)
    except IndexError:
        raise DNSFormatError("shorter than it says") from None


def parse_message(packet: Octets) -> Response:
    """`parse`, where reading beyond the end is an IndexError."""
    if len(packet) < HEADER:
        raise DNSFormatError("shorter than its header")
    flags = get16(packet, 2)
    if not flags & QR or flags & OPCODE or get16(packet, 4) != 1:
        raise DNSFormatError("not a response to one question")
    response = Response()
    response.id = get16(packet, 0)
    response.rcode = flags & RCODE
    response.truncated = bool(flags & TC)
    response.name, at = read_name(packet, HEADER)
    response.type = get16(packet, at)
    if get16(packet, at + 2) != CLASS_IN:
        raise DNSFormatError("not of class IN")
    at += 4
    for _ in range(min(get16(packet, 6), MAX_RECORDS)):
        at = read_record(packet, at, response.answers)
    for _ in range(min(get16(packet, 8), MAX_RECORDS)):
        at = read_record(packet, at, response.authority)
    return response


def read_name(packet: Octets, at: int) -> tuple[str, int]:
    """(the name at `at`, the offset behind it), pointers followed (RFC 1035 §4.1.4): each must point further back than the one before."""
    labels: list[str] = []
    after = -1
    length = 0
    lowest = at
    while True:
        size = packet[at]
        if size >= 0xC0:
            target = get16(packet, at) & 0x3FFF
            if after < 0:
                after = at + 2
            if target >= lowest:
                raise DNSFormatError("a name's pointer does not point back")
            at = lowest = target
        elif size > MAX_LABEL:
            raise DNSFormatError("unknown kind of label")
        elif size == 0:
            return ".".join(labels), after if after >= 0 else at + 1
        else:
            length += size + 1
            if length >= MAX_NAME or at + 1 + size > len(packet):
                raise DNSFormatError("a name that is too long")
            labels.append(label_text(packet, at + 1, size))
            at += size + 1


def label_text(packet: Octets, at: int, size: int) -> str:
    """A label; bytes that no host name has, and a dot inside, are escaped as in a zone file (RFC 1035 §5.1)."""
    text = ""
    for octet in packet[at : at + size]:
        text += chr(octet) if 33 <= octet <= 126 and octet != 46 and octet != 92 else f"\\{octet:03d}"
    return text


def read_record(packet: Octets, at: int, records: list[Record]) -> int:
    """Read the record at `at` into `records`, unless its class is not IN; the offset behind it."""
    name, at = read_name(packet, at)
    type_ = get16(packet, at)
    class_ = get16(packet, at + 2)
    ttl = get32(packet, at + 4)
    length = get16(packet, at + 8)
    at += 10
    end = at + length
    if end > len(packet):
        raise DNSFormatError("a record longer than the message")
    data: int | str = 0
    if type_ == TYPE_A:
        if length != 4:
            raise DNSFormatError("an address that is not four bytes")
        data = get32(packet, at)
    elif type_ in (TYPE_CNAME, TYPE_PTR):
        data, _ = read_name(packet, at)
    elif type_ == TYPE_SOA:
        _, behind = read_name(packet, at)
        _, behind = read_name(packet, behind)
        data = min(ttl, get32(packet, behind + 16))
    if class_ == CLASS_IN:
        # RFC 2181 §8: a time to live with the top bit set is zero.
        records.append(Record(name, type_, 0 if ttl >> 31 else ttl, data))
    return end


def follow(response: Response, name: str, type_: int) -> tuple[list[Record], int]:
    """The records of `type_` for `name`, over CNAMEs, and the shortest time to live on the way (RFC 1034 §3.6.2)."""
    ttl = MAX_TTL
    name = name.lower()
    for _ in range(MAX_CNAMES):
        found = [record for record in response.answers if record.type == type_ and record.name.lower() == name]
        if found:
            return found, min([ttl] + [record.ttl for record in found])
        aliases = [record for record in response.answers if record.type == TYPE_CNAME and record.name.lower() == name]
        if not aliases:
            break
        ttl = min(ttl, aliases[0].ttl)
        name = str(aliases[0].data).lower()
    return [], ttl


def negative_ttl(response: Response) -> int:
    """How long "there is none" holds: the SOA's word (RFC 2308 §5)."""
    for record in response.authority:
        if record.type == TYPE_SOA and isinstance(record.data, int):
            return min(record.data, MAX_NEGATIVE_TTL)
    return DEFAULT_NEGATIVE_TTL


def random_case(name: str, bits: int) -> str:
    """`name` in a random mixture of cases, which an honest server repeats (draft-vixie-dnsext-dns0x20)."""
    spelled = ""
    for position, letter in enumerate(name):
        spelled += letter.upper() if bits >> position & 1 else letter.lower()
    return spelled


class Cache:
    """Answers by (name, type), those that say "none" too, until their time to live ends."""

    def __init__(self) -> None:
        # At most MAX_CACHE, in order of use; each (expires, records): no records is a negative answer.
        self.entries: dict[tuple[str, int], tuple[int, list[Record]]] = {}

    def get(self, name: str, type_: int, now: int) -> list[Record] | None:
        """The records, [] for "there is none", None for "not known"."""
        key = (name.lower(), type_)
        entry = self.entries.pop(key, None)
        if entry is None or entry[0] <= now:
            return None
        self.entries[key] = entry
        return entry[1]

    def put(self, name: str, type_: int, records: list[Record], ttl: int, now: int) -> None:
        """Keep an answer for `ttl` seconds."""
        if ttl <= 0:
            return
        self.entries.pop((name.lower(), type_), None)
        if len(self.entries) >= MAX_CACHE:
            del self.entries[next(iter(self.entries))]
        self.entries[name.lower(), type_] = (now + ttl * 1_000_000, records)


class DNSResolver:
    """Asks the name servers `servers` (dotted decimal, the first MAX_SERVERS are used)."""

    def __init__(self, sockets: Sockets, servers: list[str]) -> None:
        self.sockets = sockets
        self.stack = sockets.stack
        self.servers = servers
        self.cache = Cache()
        self.drops = dict.fromkeys(DROP_REASONS, 0)

    async def resolve(self, hostname: str) -> list[str]:
        """The IPv4 addresses of `hostname`, in dotted decimal. GaiError EAI_NONAME: it has none; EAI_AGAIN: no server answered."""
        records = await self.lookup(hostname, TYPE_A)
        if not records:
            raise GaiError(EAI_NONAME, "no such host: " + hostname)
        return [ipv4.address_text(record.data) for record in records if isinstance(record.data, int)]

    async def reverse_lookup(self, ip: str) -> str:
        """The name of the address `ip`. GaiError as `resolve`."""
        octets = [str(octet) for octet in ipv4.parse_address(ip).to_bytes(4, "little")]
        records = await self.lookup(".".join(octets) + ".in-addr.arpa", TYPE_PTR)
        if not records:
            raise GaiError(EAI_NONAME, "no name for " + ip)
        return str(records[0].data)

    async def lookup(self, name: str, type_: int) -> list[Record]:
        """The records of `name`, from the cache or a server; [] when there are none. GaiError."""
        name = name.rstrip(".")
        try:
            encode_name(name)
        except ValueError as error:
            raise GaiError(EAI_NONAME, str(error)) from None
        cached = self.cache.get(name, type_, self.stack.now())
        if cached is not None:
            return cached
        response = await self.ask_all(name, type_)
        records, ttl = follow(response, name, type_)
        if not records:
            ttl = negative_ttl(response)
        self.cache.put(name, type_, records, min(ttl, MAX_TTL), self.stack.now())
        return records

    async def ask_all(self, name: str, type_: int) -> Response:
        """Ask each server in turn, ROUNDS times, until one knows. GaiError EAI_AGAIN."""
        servers = self.servers[:MAX_SERVERS]
        if not servers:
            raise GaiError(EAI_AGAIN, "no name server is known: cannot resolve " + name)
        failure = "no answer"
        for _ in range(ROUNDS):
            for server in servers:
                try:
                    response = await self.ask(server, name, type_)
                except (OSError, DNSFormatError) as error:
                    failure = "no answer" if isinstance(error, TimeoutError) else str(error)
                    continue
                if response.rcode in (NOERROR, NXDOMAIN):
                    return response
                failure = "server failure (rcode " + str(response.rcode) + ")"
        tries = str(ROUNDS * len(servers))
        raise GaiError(EAI_AGAIN, failure + " for " + name + " from " + ", ".join(servers) + " (tried " + tries + " times)")

    async def ask(self, server: str, name: str, type_: int) -> Response:
        """One question to one server: by UDP, without EDNS0 if it does not know that, by TCP if the answer does not fit (RFC 7766 §5)."""
        response = await self.ask_udp(server, name, type_, True)
        if response.rcode == FORMERR:
            response = await self.ask_udp(server, name, type_, False)
        if response.truncated:
            response = await self.ask_tcp(server, name, type_)
        return response

    async def ask_udp(self, server: str, name: str, type_: int, edns: bool) -> Response:
        """Random id, port and letter case (RFC 5452 §9). TimeoutError."""
        spelled = random_case(name, int.from_bytes(self.stack.entropy(32), "big"))
        id_ = get16(self.stack.entropy(2), 0)
        fd = self.sockets.socket(AF_INET, SOCK_DGRAM)
        try:
            self.sockets.connect(fd, (server, PORT))
            self.sockets.send(fd, query(id_, spelled, type_, edns))
            deadline = self.stack.now() + TIMEOUT
            while True:
                packet = await self.sockets.recv_async(fd, 65535, deadline)
                response = self.accept(packet, id_, spelled, type_)
                if response is not None:
                    return response
        finally:
            self.sockets.close(fd)

    def accept(self, packet: Octets, id_: int, spelled: str, type_: int) -> Response | None:
        """The response, if it answers this very question; else it is counted and the wait goes on (RFC 5452 §9.1)."""
        try:
            response = parse(packet)
        except DNSFormatError:
            self.drops["dns: malformed"] += 1
            return None
        if response.id != id_ or response.name != spelled or response.type != type_:
            self.drops["dns: not an answer to the question"] += 1
            return None
        return response

    async def ask_tcp(self, server: str, name: str, type_: int) -> Response:
        """The same question over TCP, with a length in front of each message (RFC 1035 §4.2.2)."""
        id_ = get16(self.stack.entropy(2), 0)
        deadline = self.stack.now() + TCP_TIMEOUT
        packet = query(id_, name, type_, False)
        fd = self.sockets.socket(AF_INET, SOCK_STREAM)
        try:
            await self.sockets.connect_async(fd, (server, PORT), deadline)
            await self.sockets.send_async(fd, len(packet).to_bytes(2, "big") + packet, deadline)
            length = get16(await self.read_exactly(fd, 2, deadline), 0)
            response = self.accept(await self.read_exactly(fd, length, deadline), id_, name, type_)
        finally:
            self.sockets.close(fd)
        if response is None:
            raise DNSFormatError("an answer to another question over TCP")
        return response

    async def read_exactly(self, fd: int, count: int, deadline: int) -> bytes:
        """`count` bytes. DNSFormatError if the server ends before."""
        data = b""
        while len(data) < count:
            more = await self.sockets.recv_async(fd, count - len(data), deadline)
            if not more:
                raise DNSFormatError("the server closed the connection early")
            data += more
        return data
