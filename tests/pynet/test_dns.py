"""RFC 1035 and its successors: the codec, and the resolver against a scripted server."""

from __future__ import annotations

from pynet import dns, sockets
from pynet.dns import TYPE_A, TYPE_CNAME, TYPE_PTR, TYPE_SOA, DNSFormatError, DNSResolver
from pynet.octets import get16, put16
from pynet.sockets import AF_INET, SOCK_DGRAM, GaiError, Sockets
from tests.support import Random, eq, raises
from tests.world import ADDRESS_B, World

SECOND = 1_000_000
Answer = tuple[str, int, int, bytes]


def response(
    question: bytes, answers: list[Answer], authority: list[Answer] | None = None, rcode: int = 0, flags: int = 0
) -> bytearray:
    """What a server says to `question`."""
    end = 12
    while question[end]:
        end += question[end] + 1
    packet = bytearray(question[: end + 5])
    put16(packet, 2, 0x8180 | flags | rcode)
    put16(packet, 6, len(answers))
    put16(packet, 8, len(authority or []))
    put16(packet, 10, 0)
    for name, kind, ttl, data in answers + (authority or []):
        encoded = b"\xc0\x0c" if name == "@" else dns.encode_name(name)
        packet += encoded + kind.to_bytes(2, "big") + b"\0\1" + ttl.to_bytes(4, "big") + len(data).to_bytes(2, "big") + data
    return packet


class Server:
    """A name server at 10.0.0.2: `answer(question)` gives what it says, None for silence. `asked` is every question."""

    def __init__(self) -> None:
        self.world = World(1035)
        self.stack, self.far = self.world.pair()
        self.sockets = Sockets(self.far)
        self.asked: list[bytes] = []
        self.over_tcp: list[bytes] = []
        self.ports: set[int] = set()
        self.resolver = DNSResolver(Sockets(self.stack), ["10.0.0.2"])
        self.far.loop.spawn(self.serve_udp(), "dns")
        self.far.loop.spawn(self.serve_tcp(), "dns tcp")

    def answer(self, question: bytes) -> bytes | bytearray | None:
        """One address."""
        return response(question, [("@", TYPE_A, 60, bytes([93, 184, 216, 34]))])

    async def serve_udp(self) -> None:
        fd = self.sockets.socket(AF_INET, SOCK_DGRAM)
        self.sockets.bind(fd, ("", 53))
        while True:
            question, peer = await self.sockets.recvfrom_async(fd, 2000)
            self.asked.append(question)
            self.ports.add(peer.port)
            said = self.answer(question)
            if said is not None:
                self.sockets.sendto(fd, said, 0, peer)

    async def serve_tcp(self) -> None:
        listener = self.sockets.socket()
        self.sockets.bind(listener, ("", 53))
        self.sockets.listen(listener)
        while True:
            fd, _ = await self.sockets.accept_async(listener)
            size = get16(await self.sockets.recv_async(fd, 2), 0)
            question = await self.sockets.recv_async(fd, size)
            self.over_tcp.append(question)
            said = response(question, [("@", TYPE_A, 60, bytes([10, 1, 1, n])) for n in range(100)])
            await self.sockets.send_async(fd, len(said).to_bytes(2, "big") + said)
            self.sockets.close(fd)

    def resolve(self, name: str) -> list[str]:
        """The resolver's answer."""
        addresses: list[str] = self.world.finish(self.stack, self.resolver.resolve(name))
        return addresses


def test_rfc1035_4_1_a_question_and_its_answer() -> None:
    """RFC 1035 §4.1: one question with RD, one address back; RFC 6891 §6.1.1, §6.2.5: an OPT record goes with it, and says how much fits."""
    server = Server()
    eq(server.resolve("example.com"), ["93.184.216.34"])
    question = server.asked[0]
    eq((get16(question, 2), get16(question, 4), get16(question, 10)), (0x0100, 1, 1))
    eq(question[-11:], b"\0\0\x29\x04\xd0\0\0\0\0\0\0")


def test_rfc5452_9_id_port_and_case_are_random() -> None:
    """RFC 5452 §9.2: what a forger must guess changes with each question."""
    server = Server()
    for host in range(20):
        server.resolve(f"host{host}.example.com")
    eq(len({question[:2] for question in server.asked}) > 15, True)
    eq(len(server.ports) > 15, True)
    eq(any(letter in b"EXAMPLCOMHST" for question in server.asked for letter in question), True)


def test_rfc5452_9_1_an_answer_to_another_question_is_not_taken() -> None:
    """RFC 5452 §9.1: wrong id, wrong name, wrong case, malformed: counted, and the true answer is still awaited."""
    server = Server()
    Honest = server.answer

    def forge(question: bytes) -> None:
        wrong_id = bytearray(Honest(question) or b"")
        wrong_id[0] ^= 0x55
        wrong_case = bytearray(Honest(question) or b"")
        for at in range(13, 20):
            wrong_case[at] ^= 0x20
        peer = ("10.0.0.1", max(server.ports))
        fd = server.sockets.socket(AF_INET, SOCK_DGRAM)
        for packet in (wrong_id, wrong_case, b"\0" * 5):
            endpoint = server.far.udp.ports[53][0]
            endpoint.send_to(packet, 0x0A000001, peer[1], ADDRESS_B, server.world.now)
        server.sockets.close(fd)

    def both(question: bytes) -> bytes | bytearray | None:
        forge(question)
        return Honest(question)

    server.answer = both  # type: ignore[method-assign]
    eq(server.resolve("example.com"), ["93.184.216.34"])
    eq(server.resolver.drops, {"dns: malformed": 1, "dns: not an answer to the question": 2})


def test_rfc1034_3_6_2_aliases_are_followed() -> None:
    """RFC 1034 §3.6.2: CNAME after CNAME to the address; a circle ends."""
    server = Server()
    server.answer = lambda question: response(  # type: ignore[method-assign]
        question,
        [
            ("@", TYPE_CNAME, 60, dns.encode_name("b.example")),
            ("b.example", TYPE_CNAME, 30, dns.encode_name("c.example")),
            ("c.example", TYPE_A, 90, bytes([1, 2, 3, 4])),
        ],
    )
    eq(server.resolve("a.example"), ["1.2.3.4"])
    server.answer = lambda question: response(question, [("@", TYPE_CNAME, 60, dns.encode_name("loop.example"))])  # type: ignore[method-assign]
    raises(GaiError, server.resolve, "loop.example")


def test_rfc1035_7_4_answers_are_kept_for_their_time() -> None:
    """RFC 1035 §7.4: asked once, until the time to live ends; a name in another case is the same name."""
    server = Server()
    server.resolve("example.com")
    server.resolve("EXAMPLE.com.")
    eq(len(server.asked), 1)
    server.world.run(61 * SECOND)
    server.resolve("example.com")
    eq(len(server.asked), 2)


def test_rfc8767_4_and_rfc2181_8_times_to_live_are_cut() -> None:
    """RFC 8767 §4: none is longer than MAX_TTL; RFC 2181 §8: one with the top bit set is zero, so that the answer is not kept."""
    for ttl, wait, asked in ((0x7FFFFFFF, dns.MAX_TTL - 1, 1), (0x7FFFFFFF, dns.MAX_TTL + 1, 2), (0x80000001, 0, 2)):
        server = Server()
        server.answer = lambda question: response(question, [("@", TYPE_A, ttl, bytes(4))])  # type: ignore[method-assign]  # noqa: B023
        server.resolve("example.com")
        server.world.run(wait * SECOND)
        server.resolve("example.com")
        eq(len(server.asked), asked)


def test_rfc1035_5_1_odd_octets_of_a_name_are_escaped() -> None:
    r"""RFC 1035 §5.1: \DDD for what no host name has, so that a dot in a label is not one between labels."""
    eq(dns.label_text(b"a.b\\c \x00\xffz", 0, 9), "a\\046b\\092c\\032\\000\\255z")


def test_rfc2308_5_there_is_none_is_kept_too() -> None:
    """RFC 2308 §5: the SOA says for how long; NXDOMAIN is final, no other server is asked."""
    server = Server()
    soa = dns.encode_name("ns.example") + dns.encode_name("root.example") + bytes(16) + (45).to_bytes(4, "big")
    server.answer = lambda question: response(question, [], [("example", TYPE_SOA, 600, soa)], 3)  # type: ignore[method-assign]
    error = raises(GaiError, server.resolve, "nobody.example")
    eq(isinstance(error, OSError) and error.errno, sockets.EAI_NONAME)
    raises(GaiError, server.resolve, "nobody.example")
    eq(len(server.asked), 1)
    server.world.run(46 * SECOND)
    raises(GaiError, server.resolve, "nobody.example")
    eq(len(server.asked), 2)


def test_rfc7766_5_truncated_means_tcp() -> None:
    """RFC 7766 §5, RFC 1035 §4.2.2: TC set: the same question over TCP."""
    server = Server()
    server.answer = lambda question: response(question, [], None, 0, dns.TC)  # type: ignore[method-assign]
    eq(len(server.resolve("many.example")), 100)
    eq(len(server.over_tcp), 1)


def test_rfc6891_7_a_server_without_edns() -> None:
    """RFC 6891 §7: FORMERR to a question with OPT: asked again without."""
    server = Server()
    honest = server.answer
    server.answer = lambda question: response(question, [], None, 1) if get16(question, 10) else honest(question)  # type: ignore[method-assign]
    eq(server.resolve("example.com"), ["93.184.216.34"])
    eq(len(server.asked), 2)


def test_rfc1035_7_2_servers_in_turn() -> None:
    """RFC 1035 §7.2: a silent or failing server is passed over; when all fail the error names them."""
    server = Server()
    server.resolver.servers = ["10.0.0.77", "10.0.0.2"]
    eq(server.resolve("example.com"), ["93.184.216.34"])
    server.answer = lambda question: response(question, [], None, 2)  # type: ignore[method-assign]
    error = raises(GaiError, server.resolve, "fails.example")
    eq(isinstance(error, OSError) and error.errno, sockets.EAI_AGAIN)
    eq("server failure (rcode 2) for fails.example from 10.0.0.77, 10.0.0.2 (tried 6 times)" in str(error), True)
    server.resolver.servers = []
    raises(GaiError, server.resolve, "example.org")


def test_rfc1035_3_5_reverse_lookup() -> None:
    """RFC 1035 §3.5: the octets backwards under in-addr.arpa."""
    server = Server()
    server.answer = lambda question: response(question, [("@", TYPE_PTR, 60, dns.encode_name("host.example"))])  # type: ignore[method-assign]
    eq(server.world.finish(server.stack, server.resolver.reverse_lookup("10.0.2.15")), "host.example")
    eq(server.asked[0][12:].lower().startswith(b"\x0215\x012\x010\x0210\x07in-addr\x04arpa\0"), True)


def test_rfc1035_2_3_4_names() -> None:
    """RFC 1035 §2.3.4, §3.1: labels of 63, names of 255 octets, and not one more."""
    eq(dns.encode_name("a" * 63 + ".b"), b"\x3f" + b"a" * 63 + b"\x01b\0")
    for name in ("", ".", "a..b", "a" * 64, ".".join(["a" * 63] * 4), "bücher.example"):
        raises(ValueError, dns.encode_name, name)
    server = Server()
    raises(GaiError, server.resolve, "a..b")
    eq(server.asked, [])


def test_rfc1035_4_1_4_pointers_only_point_back() -> None:
    """RFC 1035 §4.1.4: "a prior occurrence"; so no name can run in a circle."""
    question = bytes(dns.query(1, "a.b", TYPE_A, False))
    loop = bytearray(question[:12] + b"\xc0\x0c\0\1\0\1")
    put16(loop, 2, 0x8000)
    raises(DNSFormatError, dns.parse, loop)
    forward = bytearray(question[:12] + b"\xc0\x20\0\1\0\1" + bytes(40))
    put16(forward, 2, 0x8000)
    raises(DNSFormatError, dns.parse, forward)


def test_mutated_responses_never_do_more_than_fail() -> None:
    """RFC 1035 §4.1: whatever bytes come, a Response or DNSFormatError."""
    random = Random(1983)
    question = bytes(dns.query(7, "www.example.com", TYPE_A))
    good = response(question, [("@", TYPE_CNAME, 60, b"\x01x\xc0\x10"), ("x.example.com", TYPE_A, 60, bytes(4))])
    for _ in range(2000):
        packet = bytearray(good[: random.below(len(good) + 1)])
        for _ in range(random.below(4)):
            if packet:
                packet[random.below(len(packet))] = random.below(256)
        try:
            dns.parse(packet)
        except DNSFormatError:
            pass


def test_bound_of_records() -> None:
    """MAX_RECORDS: of a message over TCP that holds thousands the first are read."""
    question = bytes(dns.query(1, "a.b", TYPE_A, False))
    message = bytearray(question + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4" * 3000)
    put16(message, 2, 0x8000)
    put16(message, 6, 2000)
    put16(message, 8, 1000)
    parsed = dns.parse(message)
    eq((len(parsed.answers), len(parsed.authority)), (dns.MAX_RECORDS, dns.MAX_RECORDS))


def test_bound_of_the_cache() -> None:
    """MAX_CACHE: the name asked for longest ago is forgotten."""
    cache = dns.Cache()
    for host in range(dns.MAX_CACHE + 10):
        cache.put(f"host{host}", TYPE_A, [], 60, 0)
    eq(len(cache.entries), dns.MAX_CACHE)
    eq(cache.get("host9", TYPE_A, 1), None)
    eq(cache.get("host10", TYPE_A, 1), [])
    cache.put("zero", TYPE_A, [], 0, 0)
    eq(cache.get("zero", TYPE_A, 0), None)
