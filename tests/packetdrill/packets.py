"""Packets between the script and the wire: octets from what a script says, what it can say from octets, and how the two differ.

An IPv4 packet stands at ethernet.HEADER of a frame, as everywhere in pynet.
"""

from __future__ import annotations

from dataclasses import dataclass

from pynet import ethernet, ipv4
from pynet.checksum import checksum, pseudo_header
from pynet.octets import get16, get32, put16, put32
from tests.packetdrill.script import Option, Packet

LETTERS = (("S", 0x02), ("F", 0x01), ("R", 0x04), ("P", 0x08), ("U", 0x20), ("E", 0x40), ("W", 0x80), ("A", 0x100), (".", 0x10))
ECN = {"noecn": 0, "ect1": 1, "ect0": 2, "ce": 3}

KINDS = {"eol": 0, "nop": 1, "mss": 2, "wscale": 3, "sackOK": 4, "sack": 5, "TS": 8, "md5": 19, "FO": 34, "FOEXP": 254}
# The octets of each number in an option.
WIDTHS = {"mss": 2, "wscale": 1, "sack": 4, "TS": 4}
FAST_OPEN_MAGIC = b"\xf9\x89"

ICMP_TYPES = {
    "echo_reply": 0, "unreachable": 3, "source_quench": 4, "redirect": 5, "echo_request": 8, "time_exceeded": 11,
    "parameter_problem": 12, "timestamp_request": 13, "timestamp_reply": 14, "information_request": 15,
    "information_reply": 16, "address_mask_request": 17, "address_mask_reply": 18,
}  # fmt: skip
ICMP_CODES = {
    "net_unreachable": 0, "host_unreachable": 1, "protocol_unreachable": 2, "port_unreachable": 3, "frag_needed": 4,
    "source_route_failed": 5, "net_unknown": 6, "host_unknown": 7, "source_host_isolated": 8, "net_prohibited": 9,
    "host_prohibited": 10, "net_unreachable_for_tos": 11, "host_unreachable_for_tos": 12, "packet_filtered": 13,
    "precedence_violation": 14, "precedence_cutoff": 15, "ttl_exceeded": 0, "reassembly_time_exceeded": 1,
    "ttl_exceeded_in_transit": 0, "frag_reass_exceeded": 1,
}  # fmt: skip


def flag_bits(letters: str) -> int:
    """The control bits of "S", "SEW", "P." and so on."""
    return sum(bit for letter, bit in LETTERS if letter in letters)


def flag_letters(bits: int) -> str:
    """The inverse of flag_bits, "-" for none."""
    return "".join(letter for letter, bit in LETTERS if bits & bit) or "-"


def icmp_number(word: str, table: dict[str, int], prefix: str) -> int:
    """The number of an ICMP type or code by its name, or of `type_N` and `code_N`. KeyError."""
    return int(word.removeprefix(prefix)) if word.startswith(prefix) else table[word]


# Out of the script.


def option_octets(options: tuple[Option, ...]) -> bytes:
    """The options field, padded with End of Option List."""
    field = bytearray()
    for option in options:
        kind = KINDS[option.name]
        value = b"".join((number or 0).to_bytes(WIDTHS[option.name], "big") for number in option.values)
        value += (FAST_OPEN_MAGIC if option.name == "FOEXP" else b"") + option.data
        field += bytes([kind]) if kind < 2 else bytes([kind, len(value) + 2]) + value
    return bytes(field) + bytes(-len(field) % 4)


def frame_of(protocol: int, src: int, dst: int, tos: int, ttl: int, body: bytes, source_mac: int, mac: int) -> bytes:
    """An Ethernet frame with an IPv4 packet."""
    frame = bytearray(ethernet.HEADER + ipv4.HEADER) + body
    ethernet.emit(frame, mac, source_mac, ethernet.TYPE_IPV4)
    ipv4.emit(frame, ipv4.HEADER + len(body), 0, 0, ttl, tos, protocol, src, dst)
    return bytes(frame)


def tcp_octets(ends: tuple[int, int, int, int], seq: int, ack: int, bits: int, win: int, urg: int, options: bytes, data: bytes) -> bytes:
    """A TCP segment. ends: source and destination address, source and destination port."""
    src, dst, sport, dport = ends
    body = bytearray(20) + options + data
    put32(body, 0, sport << 16 | dport)
    put32(body, 4, seq & 0xFFFFFFFF)
    put32(body, 8, ack & 0xFFFFFFFF)
    put16(body, 12, (20 + len(options)) // 4 << 12 | bits)
    put16(body, 14, win)
    put16(body, 18, urg)
    put16(body, 16, checksum(body, 0, len(body), pseudo_header(src, dst, ipv4.TCP, len(body))))
    return bytes(body)


def udp_octets(ends: tuple[int, int, int, int], data: bytes) -> bytes:
    """A UDP datagram."""
    src, dst, sport, dport = ends
    body = bytearray(8) + data
    put32(body, 0, sport << 16 | dport)
    put16(body, 4, len(body))
    put16(body, 6, checksum(body, 0, len(body), pseudo_header(src, dst, ipv4.UDP, len(body))) or 0xFFFF)
    return bytes(body)


def icmp_octets(type_: int, code: int, rest: int, quoted: bytes) -> bytes:
    """An ICMP message; `rest`: the last 32 bits of its header."""
    body = bytearray(8) + quoted
    put16(body, 0, type_ << 8 | code)
    put32(body, 4, rest)
    put16(body, 2, checksum(body, 0, len(body)))
    return bytes(body)


# Off the wire.


@dataclass
class Live:
    """A packet that the stack sent, at the virtual time `at`. Sequence numbers are the wire's until the runner has put them in the script's terms."""

    at: int
    protocol: str
    src: int
    dst: int
    tos: int
    ttl: int
    sport: int = 0
    dport: int = 0
    bits: int = 0
    seq: int = 0
    ack: int = 0
    win: int = 0
    urg: int = 0
    options: tuple[Option, ...] = ()
    type: int = 0
    code: int = 0
    data: bytes = b""
    problem: str = ""

    def describe(self) -> str:
        """In the script's language."""
        if self.protocol == "udp":
            return f"> udp ({len(self.data)})"
        if self.protocol == "icmp":
            return f"> icmp type_{self.type} code_{self.code}"
        ack = f" ack {self.ack}" if self.bits & 0x10 else ""
        urg = f" urg {self.urg}" if self.urg else ""
        return f"> {flag_letters(self.bits)} {spread(self.seq, len(self.data))}{ack} win {self.win}{urg}{describe_options(self.options)}"


def spread(seq: int, size: int) -> str:
    """seq:end(size)"""
    return f"{seq}:{(seq + size) & 0xFFFFFFFF}({size})"


def describe_options(options: tuple[Option, ...] | None) -> str:
    """<mss 1460,nop,wscale 7>, or nothing for none."""
    if options is None:
        return " <...>"
    return " <" + ",".join(map(describe_option, options)) + ">" if options else ""


def describe_option(option: Option) -> str:
    """One option."""
    values = ["..." if value is None else str(value) for value in option.values]
    if option.name == "TS":
        return f"TS val {values[0]} ecr {values[1]}"
    if option.name == "sack":
        return "sack " + " ".join(f"{values[i]}:{values[i + 1]}" for i in range(0, len(values), 2))
    return " ".join([option.name, *values, *([option.data.hex()] if option.data else [])])


def describe(packet: Packet) -> str:
    """A packet of the script, in its language."""
    words = ["<" if packet.inbound else ">"]
    words += [f"[{packet.ecn}]"] if packet.ecn else []
    words += [f"[tos {packet.tos:#x}]"] if packet.tos is not None else []
    words += [f"[dscp {packet.dscp:#x}]"] if packet.dscp is not None else []
    words += [f"[ttl {packet.ttl}]"] if packet.ttl is not None else []
    words += [f"{packet.sport} > {packet.dport}"] if packet.sport is not None else []
    if packet.protocol == "udp":
        return " ".join([*words, f"udp ({packet.size})"])
    if packet.protocol == "icmp":
        return " ".join([*words, "icmp", packet.type, packet.code]).rstrip()
    flags = packet.flags.rstrip(".") + f".{packet.ace}" if packet.ace is not None else packet.flags or "-"
    words += [flags, spread(packet.seq, packet.size) if packet.seq is not None else f"...({packet.size})"]
    words += [f"ack {packet.ack}"] if packet.ack is not None else []
    words += [f"win {packet.win}"] if packet.win is not None else []
    words += [f"urg {packet.urg}"] if packet.urg else []
    return " ".join(words) + describe_options(packet.options)


def read_frame(frame: bytes, at: int) -> Live | None:
    """What the stack put on the wire; None for what is not IPv4. `problem` tells of a wrong checksum or length."""
    if ethernet.ethertype(frame) != ethernet.TYPE_IPV4:
        return None
    start = ipv4.AT + ipv4.header_length(frame)
    end = ipv4.AT + ipv4.total_length(frame)
    live = Live(at, "other", ipv4.source(frame), ipv4.destination(frame), frame[ipv4.AT + 1], ipv4.ttl(frame))
    live.problem = ipv4.check(frame)
    protocol = ipv4.protocol(frame)
    if live.problem:
        return live
    if protocol == ipv4.TCP:
        read_tcp(live, frame, start, end)
    elif protocol == ipv4.UDP:
        live.protocol = "udp"
        live.sport, live.dport = get16(frame, start), get16(frame, start + 2)
        live.data = bytes(frame[start + 8 : end])
    elif protocol == ipv4.ICMP:
        live.protocol = "icmp"
        live.type, live.code = frame[start], frame[start + 1]
        live.data = bytes(frame[start + 8 : end])
        live.problem = "bad ICMP checksum" if checksum(frame, start, end) else ""
    return live


def read_tcp(live: Live, frame: bytes, start: int, end: int) -> None:
    """The fields of a TCP segment."""
    live.protocol = "tcp"
    live.sport, live.dport = get16(frame, start), get16(frame, start + 2)
    live.seq, live.ack = get32(frame, start + 4), get32(frame, start + 8)
    live.bits = get16(frame, start + 12) & 0x1FF
    live.win, live.urg = get16(frame, start + 14), get16(frame, start + 18)
    data = start + (frame[start + 12] >> 4) * 4
    live.options = read_options(bytes(frame[start + 20 : data]))
    live.data = bytes(frame[data:end])
    if checksum(frame, start, end, pseudo_header(live.src, live.dst, ipv4.TCP, end - start)):
        live.problem = "bad TCP checksum"
    elif get16(frame, start + 12) & 0xE00:
        live.problem = "reserved bits are set"


def read_options(field: bytes) -> tuple[Option, ...]:
    """The options field; one of an unknown kind is named `kindN`."""
    names = {kind: name for name, kind in KINDS.items()}
    options = []
    at = 0
    while at < len(field):
        kind = field[at]
        if kind < 2:
            options.append(Option(names[kind]))
            at += 1
            continue
        length = max(field[at + 1], 2) if at + 1 < len(field) else 2
        name = names.get(kind, f"kind{kind}")
        value = field[at + 2 : at + length]
        width = WIDTHS.get(name, 0)
        if width:
            numbers = tuple(int.from_bytes(value[i : i + width], "big") for i in range(0, len(value), width))
            options.append(Option(name, numbers))
        else:
            options.append(Option(name, (), value.removeprefix(FAST_OPEN_MAGIC) if name == "FOEXP" else value))
        at += length
    return tuple(options)


# Compared.


def difference(expected: Packet, actual: Live, check_times: bool) -> str:
    """The first field in which `actual`, in the script's terms, is not what the script expects; '' for none.

    check_times: compare the numbers of the timestamps option.
    """
    if actual.problem:
        return actual.problem
    if expected.protocol != actual.protocol:
        return f"protocol: expected {expected.protocol}, got {actual.protocol}"
    return ip_difference(expected, actual) or {"tcp": tcp_difference, "udp": udp_difference, "icmp": icmp_difference}[
        expected.protocol
    ](expected, actual, check_times)


def unequal(name: str, expected: object, actual: object) -> str:
    """The line of a field that differs, or ''."""
    return "" if expected == actual else f"{name}: expected {expected}, got {actual}"


def ip_difference(expected: Packet, actual: Live) -> str:
    """ECN, TOS and TTL as far as the script names them."""
    ecn = actual.tos & 3
    if expected.ecn == "ect01" and ecn not in (1, 2):
        return f"ECN: expected ect0 or ect1, got {ecn}"
    if expected.ecn in ECN and ecn != ECN[expected.ecn]:
        return f"ECN: expected {expected.ecn}, got {next(name for name, value in ECN.items() if value == ecn)}"
    if expected.tos is not None and expected.tos != actual.tos:
        return f"TOS: expected {expected.tos:#x}, got {actual.tos:#x}"
    if expected.dscp is not None and expected.dscp != actual.tos >> 2:
        return f"DSCP: expected {expected.dscp}, got {actual.tos >> 2}"
    return unequal("TTL", expected.ttl, actual.ttl) if expected.ttl is not None else ""


def udp_difference(expected: Packet, actual: Live, check_times: bool) -> str:
    """The size."""
    return unequal("size", expected.size, len(actual.data))


def icmp_difference(expected: Packet, actual: Live, check_times: bool) -> str:
    """Type and code."""
    return unequal("ICMP type", icmp_number(expected.type, ICMP_TYPES, "type_"), actual.type) or unequal(
        "ICMP code", icmp_number(expected.code or "code_0", ICMP_CODES, "code_"), actual.code
    )


def tcp_difference(expected: Packet, actual: Live, check_times: bool) -> str:
    """Flags, numbers, options."""
    bits = flag_bits(expected.flags) | ((expected.ace or 0) & 1) << 6 | ((expected.ace or 0) & 6) << 6
    found = (
        unequal("flags", flag_letters(bits), flag_letters(actual.bits))
        or unequal("sequence number", actual.seq if expected.seq is None else expected.seq, actual.seq)
        or unequal("size", expected.size, len(actual.data))
    )
    if not found and "." in expected.flags and not expected.any_ack:
        found = unequal("acknowledgment number", expected.ack or 0, actual.ack)
    if not found and expected.win is not None:
        found = unequal("window", expected.win, actual.win)
    found = found or unequal("urgent pointer", expected.urg or 0, actual.urg)
    if found or expected.options is None:
        return found
    return options_difference(expected.options, actual.options, check_times)


def options_difference(expected: tuple[Option, ...], actual: tuple[Option, ...], check_times: bool) -> str:
    """The same options with the same values. Neither their order nor their padding is compared: RFC 9293 §3.2 leaves both to the sender,
    and Linux and the BSDs differ in it."""
    left = sorted((option for option in expected if KINDS[option.name] > 1), key=lambda option: KINDS[option.name])
    right = sorted((option for option in actual if option.name not in ("eol", "nop")), key=lambda option: KINDS.get(option.name, 255))
    if [option.name for option in left] != [option.name for option in right]:
        return f"options: expected{describe_options(expected) or ' none'}, got{describe_options(actual) or ' none'}"
    for one, other in zip(left, right, strict=True):
        if one.name == "TS" and not check_times:
            continue
        same = len(one.values) == len(other.values) and all(
            wanted is None or wanted == got for wanted, got in zip(one.values, other.values, strict=True)
        )
        if not same or one.data != other.data:
            return f"option: expected {describe_option(one)}, got {describe_option(other)}"
    return ""
