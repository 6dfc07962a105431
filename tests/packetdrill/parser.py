"""packetdrill's script language, by recursive descent: one function for each rule of its grammar.

Where the two dialects differ, both are read: errno without its text, `*` or `...` for a window, and the like.
"""

from __future__ import annotations

import re

from tests.packetdrill.lexer import Token, tokens
from tests.packetdrill.script import (
    Action,
    Binary,
    Call,
    Code,
    Command,
    Ellipsis,
    Event,
    Expression,
    Function,
    Many,
    Number,
    Option,
    Packet,
    Quote,
    Script,
    ScriptError,
    Struct,
    Text,
    Word,
)

LAYERS = {"ipv4", "ipv6", "gre", "GREv0", "mpls"}
ECN = {"noecn", "ect0", "ect1", "ce", "ect01"}
# RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622: code points by their names.
DSCP = {f"cs{number}": number << 3 for number in range(8)} | {"ef": 46, "voice_admit": 44, "le": 1}
DSCP |= {f"af{group}{drop}": group << 3 | drop << 1 for group in (1, 2, 3, 4) for drop in (1, 2, 3)}
# The letters of the flags: those of tcpdump, and A for AE (AccECN).
FLAGS = re.compile(r"[SFRPUEWA]*\.?")


# What `#ifdef` of the FreeBSD dialect asks for: the system under test.
SYSTEMS = {"linux": "Linux", "bsd": "FreeBSD", "pynet": "STANDARD"}


def chosen(text: str, profile: str) -> str:
    """The script without the lines that `#ifdef`, `#ifndef` and `#else` keep for other systems; empty lines stand for them, and for these."""
    lines = []
    taken = [True]
    for line in text.split("\n"):
        word, _, name = line.partition(" ")
        if word in ("#ifdef", "#ifndef"):
            taken.append((name.split("//")[0].strip() == SYSTEMS[profile]) == (word == "#ifdef"))
        elif word in ("#else", "#endif") and len(taken) > 1:
            taken[-1] = not taken[-1]
            if word == "#endif":
                taken.pop()
        elif all(taken):
            lines.append(line)
            continue
        lines.append("")
    if len(taken) > 1:
        raise ScriptError(len(lines), "#ifdef without #endif")
    return "\n".join(lines)


def parse(text: str) -> Script:
    """The script in `text`. ScriptError says where it is none."""
    return Parser(text).script()


class Parser:
    """The tokens of one script and the place among them."""

    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        self.at = 0
        # --define: a word of the script, and the tokens that stand for it.
        self.defines: dict[str, list[Token]] = {}

    # Tokens.

    def peek(self, ahead: int = 0) -> Token:
        """The next token, or one after it."""
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        """Take the next token."""
        token = self.peek()
        self.at += 1
        return token

    def sees(self, *kinds: str) -> bool:
        """The next token is of one of these kinds."""
        return self.peek().kind in kinds

    def sees_word(self, *words: str) -> bool:
        """The next token is one of these words."""
        return self.peek().kind == "WORD" and self.peek().text in words

    def accept(self, kind: str) -> Token | None:
        """Take the next token if it is of this kind."""
        return self.next() if self.peek().kind == kind else None

    def accept_word(self, *words: str) -> bool:
        """Take the next token if it is one of these words."""
        if self.sees_word(*words):
            self.next()
            return True
        return False

    def expect(self, kind: str, what: str = "") -> Token:
        """Take the next token, which must be of this kind."""
        if self.peek().kind != kind:
            self.fail(what or kind)
        return self.next()

    def fail(self, expected: str) -> None:
        """ScriptError: not what the grammar has here."""
        token = self.peek()
        raise ScriptError(token.line, f"cannot parse {token.text!r}: expected {expected}")

    def integer(self, what: str) -> int:
        """A decimal or hexadecimal integer."""
        if self.sees("NUMBER"):
            return int(self.next().text)
        return int(self.expect("HEX", what).text, 16)

    # The script.

    def script(self) -> Script:
        """Options, then events; commands without a time stand before the first event and behind the last."""
        script = Script()
        while token := self.accept("OPTION"):
            name, _, value = token.text[2:].partition("=")
            value = value.strip()
            script.options.append((token.line, name.strip(), value))
            if name.strip() == "define":
                self.define(token, value)
        while not self.sees("END"):
            script.events.append(self.event())
        if not script.events:
            self.fail("an event")
        return script

    def define(self, token: Token, value: str) -> None:
        """--define=NAME=value: from here on the word NAME is `value`."""
        name, equals, text = value.partition("=")
        if not equals:
            raise ScriptError(token.line, f"--define={value} defines nothing")
        meaning = [Token(word.kind, word.text, token.line) for word in tokens(text)[:-1]]
        rest = self.tokens[self.at :]
        self.tokens[self.at :] = [new for old in rest for new in (meaning if (old.kind, old.text) == ("WORD", name) else [old])]

    def event(self) -> Event:
        """time action"""
        line = self.peek().line
        if self.sees("COMMAND"):
            return Event(line, self.command())
        event = Event(line, Command(""))
        if self.accept("*"):
            event.start = None
        elif self.accept("+"):
            event.start = self.time()
            if self.accept("~"):
                self.expect("+", "'+' and the end of the range")
                event.end = self.time()
        else:
            event.relative = False
            event.start = self.time()
            if self.accept("~"):
                event.end = self.time()
        event.action = self.action()
        outbound = isinstance(event.action, Packet) and not event.action.inbound
        if not outbound and (event.start is None or event.end is not None):
            raise ScriptError(line, "only an outbound packet may come at any time or in a range of times")
        if event.end is not None and event.start is not None and event.end < event.start:
            raise ScriptError(line, "the range of times is backwards")
        return event

    def time(self) -> int:
        """Seconds, as microseconds."""
        token = self.peek()
        if not self.sees("FLOAT", "NUMBER"):
            self.fail("a time")
        seconds = float(self.next().text)
        if seconds < 0:
            raise ScriptError(token.line, "a time is negative")
        return round(seconds * 1_000_000)

    def action(self) -> Action:
        """packet, system call, command or code"""
        if self.sees("<", ">"):
            return self.packet()
        if self.sees("COMMAND"):
            return self.command()
        if self.sees("CODE"):
            return Code(self.next().text[2:-2].strip(" \t"))
        return self.call()

    def command(self) -> Command:
        """`...`"""
        return Command(self.next().text[1:-1])

    # Packets.

    def packet(self) -> Packet:
        """direction, encapsulations, IP's part, then that of TCP, UDP or ICMP"""
        line = self.peek().line
        packet = Packet(inbound=self.next().kind == "<")
        while self.sees_word(*LAYERS):
            packet.layers += (self.next().text,)
            while not self.accept(":"):
                if self.sees("END"):
                    self.fail("':' after an encapsulation")
                self.next()
        if self.sees("[") and (self.peek(1).kind == "NUMBER" or self.peek(1).text == "udp"):
            # The FreeBSD dialect has what an ICMP error quotes in front of it.
            self.quote(packet)
        elif self.sees("(", "["):
            self.ip_part(packet)
        if self.accept_word("udp"):
            self.udp_part(packet)
        elif self.accept_word("icmp"):
            self.icmp_part(packet)
        else:
            self.tcp_part(packet)
        if packet.inbound:
            self.check_inbound(packet, line)
        return packet

    def check_inbound(self, packet: Packet, line: int) -> None:
        """What is sent must be said."""
        if packet.ecn == "ect01":
            raise ScriptError(line, "[ect01] is for outbound packets")
        if packet.protocol == "tcp" and packet.options is None:
            raise ScriptError(line, "<...> is for outbound packets")
        if packet.protocol == "tcp" and packet.win is None:
            raise ScriptError(line, "an inbound packet needs its window")
        if packet.seq is None:
            raise ScriptError(line, "an inbound packet needs its sequence number")

    def ip_part(self, packet: Packet) -> None:
        """(ect0), [tos 0x10], [dscp ef, ecn ce], [ttl 3], [flowlabel 0x1], and several of them behind commas"""
        close = ")" if self.next().kind == "(" else "]"
        while True:
            if self.sees_word(*ECN):
                packet.ecn = self.next().text
            elif self.accept_word("ecn"):
                packet.ecn = self.expect("WORD", "an ECN code point").text
            elif self.accept_word("dscp"):
                packet.dscp = DSCP.get(self.next().text.lower()) if self.sees("WORD") else self.integer("a code point")
            elif self.accept_word("tos", "class"):
                packet.tos = self.integer("the TOS octet")
            elif self.accept_word("ttl", "hlim"):
                packet.ttl = self.integer("the TTL")
            elif self.accept_word("flowlabel"):
                packet.flowlabel = self.integer("the flow label")
            else:
                self.fail("noecn, ect0, ect1, ce, ect01, tos, dscp, ttl or flowlabel")
            if not self.accept(","):
                break
        self.expect(close)

    def ports(self, packet: Packet) -> None:
        """1234 > 80, or nothing"""
        if self.sees("NUMBER") and self.peek(1).kind == ">":
            packet.sport = self.integer("a port")
            self.next()
            packet.dport = self.integer("a port")

    def udp_part(self, packet: Packet) -> None:
        """udp (size)"""
        packet.protocol = "udp"
        self.ports(packet)
        self.expect("(")
        packet.size = self.integer("the size of the datagram")
        self.expect(")")

    def icmp_part(self, packet: Packet) -> None:
        """icmp type code mtu N id N [what it quotes]"""
        packet.protocol = "icmp"
        packet.type = self.expect("WORD", "an ICMP type").text
        if self.sees("WORD") and not self.sees_word("mtu", "id"):
            packet.code = self.next().text
        if self.accept_word("mtu"):
            packet.mtu = self.integer("an MTU")
        if self.accept_word("id"):
            packet.echo_id = self.integer("an identifier")
        if self.sees("["):
            self.quote(packet)

    def quote(self, packet: Packet) -> None:
        """[1:1001(1000)], [udp (100)] or [raw (100)]"""
        self.next()
        if self.sees_word("udp", "raw"):
            protocol = self.next().text
            self.expect("(")
            packet.quote = Quote(protocol, 0, self.integer("a size"))
            self.expect(")")
        else:
            seq, size = self.sequence()
            packet.quote = Quote("tcp", seq, size)
        self.expect("]")

    def tcp_part(self, packet: Packet) -> None:
        """ports flags seq ack win urg options"""
        self.ports(packet)
        self.flags(packet)
        if self.accept("DOTS"):
            packet.seq = None
            packet.size = self.size()
        else:
            packet.seq, packet.size = self.sequence()
            packet.absolute = self.accept("!") is not None
        if self.accept_word("ack"):
            if self.accept("*") or self.accept("DOTS"):
                packet.any_ack = True
            else:
                packet.ack = self.within(self.integer("an acknowledgment number"), 32)
        if self.accept_word("win") and not (self.accept("*") or self.accept("DOTS")):
            packet.win = self.within(self.integer("a window"), 16)
        if self.accept_word("urg"):
            packet.urg = self.within(self.integer("an urgent pointer"), 16)
        if self.sees("<"):
            self.options(packet)
        if self.sees("{"):
            packet.fuzz = True
            while not self.accept("}"):
                if self.sees("END"):
                    self.fail("'}'")
                self.next()

    def within(self, value: int, bits: int) -> int:
        """`value` fits `bits` bits."""
        if not 0 <= value < 1 << bits:
            raise ScriptError(self.peek(-1).line, f"{value} does not fit {bits} bits")
        return value

    def flags(self, packet: Packet) -> None:
        """S, SEW, P., ., - or, for AccECN's ACE field, S.5 and the like"""
        text = ""
        if self.accept("-"):
            packet.flags = ""
            return
        if self.sees("WORD"):
            text = self.next().text
        if self.accept("."):
            text += "."
        elif self.sees("FLOAT"):
            packet.ace = int(self.next().text.lstrip(".") or "0")
            text += "."
        if not text or not FLAGS.fullmatch(text):
            raise ScriptError(self.peek(-1).line, f"cannot parse {text or self.peek().text!r}: expected TCP's flags")
        packet.flags = text

    def sequence(self) -> tuple[int, int]:
        """start:end(size)"""
        start = self.within(self.integer("a sequence number"), 32)
        self.expect(":")
        end = self.within(self.integer("a sequence number"), 32)
        size = self.size()
        if end != (start + size) & 0xFFFFFFFF:
            raise ScriptError(self.peek(-1).line, f"{start}:{end} is not {size} octets")
        return start, size

    def size(self) -> int:
        """(size)"""
        self.expect("(")
        size = self.within(self.integer("a size"), 16)
        self.expect(")")
        return size

    def options(self, packet: Packet) -> None:
        """<mss 1460, nop, wscale 7> or <...>"""
        self.next()
        if self.accept("DOTS"):
            packet.options = None
            self.expect(">")
            return
        options: list[Option] = []
        while not self.accept(">"):
            if options:
                self.expect(",", "',' or '>' after an option")
            options.append(self.option())
        packet.options = tuple(options)

    def option(self) -> Option:
        """One TCP option."""
        name = self.expect("WORD", "a TCP option").text
        if name in ("nop", "eol", "sackOK"):
            return Option(name)
        if name == "mss":
            return Option(name, (self.number_or_dots(16),))
        if name == "wscale":
            return Option(name, (self.number_or_dots(8),))
        if name == "sack":
            edges: list[int | None] = []
            while self.sees("NUMBER"):
                edges.append(self.within(self.integer("a sequence number"), 32))
                self.expect(":")
                edges.append(self.within(self.integer("a sequence number"), 32))
            if not edges:
                self.fail("a SACK block")
            return Option(name, tuple(edges))
        if name == "TS":
            if not self.accept_word("val"):
                self.fail("'val'")
            value = self.number_or_dots(32)
            if not self.accept_word("ecr"):
                self.fail("'ecr'")
            values = (value, self.number_or_dots(32))
            return Option(name, values, absolute=self.accept("!") is not None)
        if name in ("FO", "FOEXP", "md5", "exp", "unknown", "acc_ecn", "ECN", "EXP", "accecn", "mp_capable"):
            return Option(name, (), self.blob())
        raise ScriptError(self.peek(-1).line, f"cannot parse {name!r}: expected a TCP option")

    def number_or_dots(self, bits: int) -> int | None:
        """A number, or `...` or `*` for any."""
        if self.accept("DOTS") or self.accept("*"):
            return None
        return self.within(self.integer("a number"), bits)

    def blob(self) -> bytes:
        """Hexadecimal digits, possibly none; what is not hexadecimal is taken too, for dialects that name the parts of an option."""
        digits = ""
        while not self.sees(",", ">", "END"):
            digits += self.next().text
        try:
            return bytes.fromhex(digits.removeprefix("0x"))
        except ValueError:
            return digits.encode()

    # System calls.

    def call(self) -> Call:
        """...end name(arguments) = result ERRNO (text)"""
        end = self.time() if self.accept("DOTS") else None
        name = self.expect("WORD", "a packet, a system call, a command or code").text
        arguments = self.arguments()
        self.expect("=", "'=' and the result")
        call = Call(name, arguments, self.expression(), end=end)
        if self.sees("WORD"):
            call.error = self.next().text
        if self.accept("("):
            while not self.accept(")"):
                if self.sees("END"):
                    self.fail("')'")
                self.next()
        return call

    def arguments(self) -> tuple[Expression, ...]:
        """(expression, expression ...)"""
        self.expect("(", "'(' and the arguments")
        return self.expressions(")")

    def expressions(self, close: str) -> tuple[Expression, ...]:
        """expression, expression ... and the sign that ends them"""
        items: list[Expression] = []
        while not self.accept(close):
            if items:
                self.expect(",", f"',' or '{close}'")
            items.append(self.expression())
        return tuple(items)

    def expression(self) -> Expression:
        """operand | operand ..., or NAME = expression"""
        left = self.operand()
        while self.sees("|") or (self.sees("=") and isinstance(left, Word)):
            operator = self.next().kind
            left = Binary(operator, left, self.expression())
        return left

    def operand(self) -> Expression:
        """A number, a name, a string, a list, a struct, a function of these, or `...`"""
        token = self.next()
        if token.kind == "DOTS":
            return Ellipsis()
        if token.kind in ("NUMBER", "FLOAT"):
            return Number(float(token.text) if token.kind == "FLOAT" else int(token.text))
        if token.kind == "HEX":
            return Number(int(token.text, 16))
        if token.kind == "TEXT":
            return self.text(token)
        if token.kind == "[":
            return Many(self.expressions("]"))
        if token.kind == "{":
            return self.braces()
        if token.kind == "WORD":
            return Function(token.text, self.arguments()) if self.sees("(") else Word(token.text)
        self.at -= 1
        self.fail("an expression")
        raise AssertionError

    def text(self, first: Token) -> Text:
        """Strings that follow each other are one."""
        value = unescape(first.text)
        while self.sees("TEXT"):
            value += unescape(self.next().text)
        return Text(value, self.accept("DOTS") is not None)

    def braces(self) -> Expression:
        """{name=value, name(length)=value} is a struct, anything else in braces a list."""
        if not (self.sees("WORD") and self.peek(1).kind in ("=", "(")):
            return Many(self.expressions("}"))
        fields: dict[str, Expression] = {}
        while not self.accept("}"):
            if fields:
                self.expect(",", "',' or '}'")
            name = self.expect("WORD", "the name of a field").text
            if self.accept("("):
                self.expressions(")")
            self.expect("=", "'=' and the value of the field")
            fields[name] = self.expression()
        return Struct(fields)


def unescape(quoted: str) -> str:
    """The string between the quotes, with C's escapes."""
    body = quoted[1:-1]
    return body.encode("latin-1", "backslashreplace").decode("unicode_escape") if "\\" in body else body
