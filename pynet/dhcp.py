"""DHCP: how a host gets its address (RFC 2131, options of RFC 2132).

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    +---------------+---------------+---------------+---------------+
    |     op (1)    |   htype (1)   |   hlen (1)    |   hops (1)    |
    +---------------+---------------+---------------+---------------+
    |                            xid (4)                            |
    +-------------------------------+-------------------------------+
    |           secs (2)            |           flags (2)           |
    +-------------------------------+-------------------------------+
    |                          ciaddr  (4)                          |
    |                          yiaddr  (4)                          |
    |                          siaddr  (4)                          |
    |                          giaddr  (4)                          |
    +---------------------------------------------------------------+
    |     chaddr  (16)   |   sname   (64)   |      file    (128)    |
    +---------------------------------------------------------------+
    |     options (variable), behind the four bytes 99 130 83 99    |
    +---------------------------------------------------------------+

`message` and `parse` are the codec; DHCPClient is the state machine of RFC 2131 figure 5 as a coroutine over a UDP socket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynet import acd, errno, ethernet, ipv4
from pynet.octets import get32, get48, put16, put32, put48
from pynet.sockets import AF_INET, SO_BROADCAST, SOCK_DGRAM, SOL_SOCKET

if TYPE_CHECKING:
    from collections.abc import Callable

    from pynet.frame import Octets
    from pynet.sockets import Sockets

CLIENT_PORT = 68
SERVER_PORT = 67

BOOTREQUEST = 1
BOOTREPLY = 2
MAGIC = 0x63825363
# RFC 2131 §2: the fields before the options; some servers send less than BOOTP's 300 bytes in all.
FIXED = 236
MIN_MESSAGE = 300

DISCOVER = 1
OFFER = 2
REQUEST = 3
DECLINE = 4
ACK = 5
NAK = 6
RELEASE = 7

PAD = 0
SUBNET_MASK = 1
ROUTER = 3
NAME_SERVER = 6
HOST_NAME = 12
REQUESTED_ADDRESS = 50
LEASE_TIME = 51
OVERLOAD = 52
MESSAGE_TYPE = 53
SERVER_ID = 54
PARAMETER_LIST = 55
MESSAGE = 56
MAX_SIZE = 57
RENEWAL_TIME = 58
REBINDING_TIME = 59
CLIENT_ID = 61
END = 255

# How long each try of a first message waits, in seconds: ten in all, so that a user soon hears that nobody answers; then RFC 2131 §4.1's 64.
TRIES = (1, 2, 3, 4)
LATER_TRY = 64
# A renewal is not repeated more often than this (RFC 2131 §4.4.5).
MIN_RENEWAL_INTERVAL = 60
INFINITE = 0xFFFFFFFF
# Name servers taken from a message; more are left out.
MAX_SERVERS = 8
# RFC 2131 §3.1 (5): the pause after an address was declined, in seconds; RFC 5227 §2.1.1: after so many in a row something else is wrong.
DECLINE_PAUSE = 10
MAX_CONFLICTS = 10

DROP_REASONS = (
    "dhcp: shorter than a message",
    "dhcp: not a reply",
    "dhcp: not for this client",
    "dhcp: bad options",
    "dhcp: not what was asked for",
)


class DHCPError(OSError):
    """No lease could be had; the text says what was tried."""


class DHCPConflict(DHCPError):
    """The address that was granted is another station's. It was declined."""


class DHCPMessage:
    """A reply, as integers: addresses of 32 bits (0 where absent), times in seconds; of name servers the first MAX_SERVERS."""

    __slots__ = ("address", "dns", "gateway", "lease_time", "netmask", "rebinding_time", "renewal_time", "server", "text", "type")

    def __init__(self) -> None:
        self.type = 0
        self.address = 0
        self.netmask = 0
        self.gateway = 0
        self.dns: list[int] = []
        self.server = 0
        self.lease_time = 0
        self.renewal_time = 0
        self.rebinding_time = 0
        self.text = ""


class DHCPOffer(DHCPMessage):
    """What a server offers."""

    __slots__ = ()


class DHCPAck(DHCPMessage):
    """What a server granted."""

    __slots__ = ()


def message(type_: int, mac: int, xid: int, secs: int, ciaddr: int, options: list[tuple[int, bytes]]) -> bytearray:
    """A request of the client `mac` (RFC 2131 §4.1), padded to the 300 bytes that BOOTP relays expect."""
    packet = bytearray(FIXED + 4)
    packet[0] = BOOTREQUEST
    packet[1] = 1
    packet[2] = 6
    put32(packet, 4, xid)
    put16(packet, 8, min(secs, 0xFFFF))
    put32(packet, 12, ciaddr)
    put48(packet, 28, mac)
    put32(packet, FIXED, MAGIC)
    packet += bytes((MESSAGE_TYPE, 1, type_))
    for code, value in options:
        packet += bytes((code, len(value))) + value
    packet.append(END)
    packet += bytes(max(0, MIN_MESSAGE - len(packet)))
    return packet


def parse(packet: Octets, mac: int, xid: int) -> DHCPMessage | str:
    """A server's reply to the transaction `xid` of `mac`; a string says why it is none."""
    if len(packet) < FIXED + 4:
        return "dhcp: shorter than a message"
    if packet[0] != BOOTREPLY or get32(packet, FIXED) != MAGIC:
        return "dhcp: not a reply"
    if get32(packet, 4) != xid or get48(packet, 28) != mac:
        return "dhcp: not for this client"
    options: dict[int, bytes] = {}
    if not collect_options(packet, FIXED + 4, len(packet), options):
        return "dhcp: bad options"
    overload = options.get(OVERLOAD, b"\0")[0]
    if overload & 1 and not collect_options(packet, 108, FIXED, options):
        return "dhcp: bad options"
    if overload & 2 and not collect_options(packet, 44, 108, options):
        return "dhcp: bad options"
    if len(options.get(MESSAGE_TYPE, b"")) != 1:
        return "dhcp: bad options"
    return from_options(get32(packet, 16), options)


def collect_options(packet: Octets, at: int, end: int, options: dict[int, bytes]) -> bool:
    """Gather the options in packet[at:end]; pieces of one option are joined (RFC 3396 §5). False when one reaches beyond the end."""
    while at < end:
        code = packet[at]
        if code == END:
            return True
        if code == PAD:
            at += 1
            continue
        if at + 1 >= end or at + 2 + packet[at + 1] > end:
            return False
        value = bytes(packet[at + 2 : at + 2 + packet[at + 1]])
        options[code] = options.get(code, b"") + value
        at += 2 + len(value)
    return True


def from_options(yiaddr: int, options: dict[int, bytes]) -> DHCPMessage:
    """The message that the options make; one of the wrong length counts as absent."""
    kind = options[MESSAGE_TYPE][0]
    reply = DHCPOffer() if kind == OFFER else DHCPAck() if kind == ACK else DHCPMessage()
    reply.type = kind
    reply.address = yiaddr
    reply.netmask = word(options, SUBNET_MASK)
    reply.gateway = word(options, ROUTER)
    reply.server = word(options, SERVER_ID)
    reply.lease_time = word(options, LEASE_TIME)
    reply.renewal_time = word(options, RENEWAL_TIME)
    reply.rebinding_time = word(options, REBINDING_TIME)
    names = options.get(NAME_SERVER, b"")
    reply.dns = [get32(names, at) for at in range(0, min(len(names), 4 * MAX_SERVERS) - 3, 4)]
    reply.text = options.get(MESSAGE, b"").decode("ascii", "replace")
    return reply


def word(options: dict[int, bytes], code: int) -> int:
    """The first 32 bits of an option, 0 without it."""
    value = options.get(code, b"")
    return get32(value, 0) if len(value) >= 4 else 0


def word_bytes(value: int) -> bytes:
    """An address or time as an option holds it."""
    return value.to_bytes(4, "big")


class DHCPClient:
    """A lease, and the coroutine that keeps it.

    sockets: the calls of this host. mac: the client. bound(ack): a lease was granted or renewed (None: lost); the host takes or drops its
    address. log(text): what a user should know.
    address, netmask, gateway: 32-bit ints, dns: a list of at most MAX_SERVERS, 0 and [] without a lease. lease_expires: the Stack's clock, microseconds.
    """

    def __init__(
        self, sockets: Sockets, mac: int, bound: Callable[[DHCPAck | None], None], log: Callable[[str], None]
    ) -> None:
        self.sockets = sockets
        self.stack = sockets.stack
        self.mac = mac
        self.bound = bound
        self.log = log
        self.address = 0
        self.netmask = 0
        self.gateway = 0
        self.dns: list[int] = []
        self.server = 0
        self.lease_expires = 0
        self.renew_at = 0
        self.rebind_at = 0
        self.fd = -1
        self.xid = 0
        self.started = 0
        self.tries = 0
        self.drops = dict.fromkeys(DROP_REASONS, 0)

    # The three exchanges.

    async def discover(self) -> DHCPOffer:
        """DHCPDISCOVER until a server offers (RFC 2131 §3.1 (1), (2)). DHCPError when all TRIES were in vain."""
        self.begin()
        reply = await self.exchange(DISCOVER, 0, ipv4.BROADCAST, [], TRIES, (OFFER,))
        if not isinstance(reply, DHCPOffer):
            raise DHCPError(errno.ETIMEDOUT, "no offer in " + self.tried())
        return reply

    async def request(self, offer: DHCPOffer) -> DHCPAck:
        """Take `offer` (RFC 2131 §3.1 (3), (4)), if nobody else has its address (5). DHCPError on a NAK, or when the server no longer answers.

        DHCPConflict when another station was found to have it.
        """
        options = [(REQUESTED_ADDRESS, word_bytes(offer.address)), (SERVER_ID, word_bytes(offer.server))]
        reply = await self.exchange(REQUEST, 0, ipv4.BROADCAST, options, TRIES, (ACK, NAK))
        if isinstance(reply, DHCPAck):
            await self.look_for_another(reply.address, reply.server)
        return self.granted(reply)

    async def look_for_another(self, address: int, server: int) -> None:
        """RFC 2131 §3.1 (5): does another station have `address`? The first probe is waited for, the others go on by themselves. DHCPConflict."""
        detector = self.stack.acd
        waiter = self.stack.loop.new_waiter()
        detector.lost.add(waiter)
        detector.probe(address, self.stack.now())
        try:
            await self.stack.loop.park(waiter, self.stack.now() + acd.FIRST_LOOK)
        finally:
            detector.lost.discard(waiter)
        if detector.owner >= 0:
            self.decline(address, server)

    def decline(self, address: int, server: int) -> None:
        """RFC 2131 §4.4.4: tell the server that `address` is in use by another. Raises DHCPConflict, which says by whom."""
        options = [
            (CLIENT_ID, b"\x01" + self.mac.to_bytes(6, "big")),
            (REQUESTED_ADDRESS, word_bytes(address)),
            (SERVER_ID, word_bytes(server)),
        ]
        self.send(message(DECLINE, self.mac, self.new_xid(), 0, 0, options), ipv4.BROADCAST)
        owner = ethernet.mac_text(self.stack.acd.owner)
        self.lose()
        raise DHCPConflict(errno.EADDRINUSE, ipv4.address_text(address) + " is in use by " + owner + ": declined")

    async def renew(self) -> DHCPAck:
        """Extend the lease at the server that gave it, from T2 on at any (RFC 2131 §4.4.5). DHCPError on a NAK, or when the lease is over."""
        self.begin()
        while True:
            now = self.stack.now()
            if now >= self.lease_expires:
                raise DHCPError(errno.ETIMEDOUT, "lease of " + ipv4.address_text(self.address) + " expired")
            to = self.server if now < self.rebind_at else ipv4.BROADCAST
            until = self.rebind_at if now < self.rebind_at else self.lease_expires
            # Half of what is left, not more often than once a minute.
            patience = max((until - now) // 2_000_000, MIN_RENEWAL_INTERVAL)
            patience = max(1, min(patience, (until - now + 999_999) // 1_000_000))
            reply = await self.exchange(REQUEST, self.address, to, [], (patience,), (ACK, NAK))
            if reply is not None:
                return self.granted(reply)

    async def verify(self) -> DHCPAck:
        """INIT-REBOOT: ask whether the old lease holds on this link (RFC 2131 §4.4.2). DHCPError if not, or if nobody answers."""
        self.begin()
        options = [(REQUESTED_ADDRESS, word_bytes(self.address))]
        return self.granted(await self.exchange(REQUEST, 0, ipv4.BROADCAST, options, TRIES, (ACK, NAK)))

    def release(self) -> None:
        """Give the lease back (RFC 2131 §4.4.6): said once, not answered."""
        if self.address and self.fd >= 0:
            packet = message(RELEASE, self.mac, self.new_xid(), 0, self.address, [(SERVER_ID, word_bytes(self.server))])
            self.send(packet, self.server)
        self.lose()

    def begin(self) -> None:
        """A new transaction (RFC 2131 §4.1)."""
        self.xid = self.new_xid()
        self.started = self.stack.now()
        self.tries = 0

    def new_xid(self) -> int:
        """32 random bits."""
        return get32(self.stack.entropy(4), 0)

    def tried(self) -> str:
        """`10 s (tried 4 times)`"""
        return str((self.stack.now() - self.started + 500_000) // 1_000_000) + " s (tried " + str(self.tries) + " times)"

    async def exchange(
        self, type_: int, ciaddr: int, to: int, options: list[tuple[int, bytes]], waits: tuple[int, ...], wanted: tuple[int, ...]
    ) -> DHCPMessage | None:
        """Send a message until an answer of a `wanted` type comes; one try for each of `waits` (seconds). None: no answer."""
        parameters = bytes((SUBNET_MASK, ROUTER, NAME_SERVER, LEASE_TIME, RENEWAL_TIME, REBINDING_TIME))
        common = [(CLIENT_ID, b"\x01" + self.mac.to_bytes(6, "big")), (PARAMETER_LIST, parameters), (MAX_SIZE, b"\x05\xdc")]
        for seconds in waits:
            secs = (self.stack.now() - self.started) // 1_000_000
            self.tries += 1
            self.send(message(type_, self.mac, self.xid, secs, ciaddr, options + common), to)
            reply = await self.receive(self.stack.now() + seconds * 1_000_000, wanted)
            if reply is not None:
                return reply
        return None

    def send(self, packet: bytearray, to: int) -> None:
        """A message to a server. An unreachable one is a lost one: the next try goes on."""
        try:
            self.sockets.sendto(self.socket(), packet, 0, (ipv4.address_text(to), SERVER_PORT))
        except OSError as error:
            self.log("DHCP: could not send: " + str(error))

    async def receive(self, deadline: int, wanted: tuple[int, ...]) -> DHCPMessage | None:
        """The next answer of a `wanted` type to this transaction; None at `deadline`."""
        while True:
            try:
                packet, _ = await self.sockets.recvfrom_async(self.socket(), 65535, deadline)
            except TimeoutError:
                return None
            reply = parse(packet, self.mac, self.xid)
            if isinstance(reply, str):
                self.drops[reply] += 1
            elif reply.type not in wanted or not is_usable(reply):
                self.drops["dhcp: not what was asked for"] += 1
            else:
                return reply

    def socket(self) -> int:
        """The client's socket; it stays open as long as the client lives."""
        if self.fd < 0:
            self.fd = self.sockets.socket(AF_INET, SOCK_DGRAM)
            self.sockets.setsockopt(self.fd, SOL_SOCKET, SO_BROADCAST, 1)
            self.sockets.bind(self.fd, ("", CLIENT_PORT))
        return self.fd

    # The lease.

    def granted(self, reply: DHCPMessage | None) -> DHCPAck:
        """Take an ACK; anything else is a DHCPError."""
        if reply is None:
            raise DHCPError(errno.ETIMEDOUT, "no answer to a request in " + self.tried())
        if not isinstance(reply, DHCPAck):
            self.lose()
            raise DHCPError(errno.EADDRNOTAVAIL, "the server refused the address: " + (reply.text or "no reason given"))
        lease = reply.lease_time
        # RFC 2131 §4.4.5: T1 and T2 are 0.5 and 0.875 of the lease where the server does not say.
        renewal = reply.renewal_time if 0 < reply.renewal_time < lease else lease // 2
        rebinding = reply.rebinding_time if renewal < reply.rebinding_time < lease else lease * 7 // 8
        endless = lease == INFINITE
        self.lease_expires = self.started + lease * 1_000_000
        self.renew_at = -1 if endless else self.started + renewal * 1_000_000
        self.rebind_at = self.started + rebinding * 1_000_000
        self.address = reply.address
        self.netmask = reply.netmask or natural_mask(reply.address)
        self.gateway = reply.gateway
        self.dns = reply.dns
        self.server = reply.server
        self.bound(reply)
        return reply

    def lose(self) -> None:
        """There is no lease any more."""
        if self.address:
            self.address = self.netmask = self.gateway = self.server = 0
            self.dns = []
            self.bound(None)

    async def acquire(self) -> DHCPAck:
        """From nothing to a lease. DHCPError when it took too many tries, or when MAX_CONFLICTS addresses were all in use."""
        conflicts = 0
        while True:
            try:
                return await self.request(await self.discover())
            except DHCPConflict as error:
                conflicts += 1
                if conflicts == MAX_CONFLICTS:
                    raise
                self.log("DHCP: " + str(error.strerror))
            await self.stack.loop.sleep_until(self.stack.now() + DECLINE_PAUSE * 1_000_000)

    async def keep(self) -> None:
        """Hold a lease for ever: get one, renew it, get another when it is lost; verify it when the link comes back."""
        while True:
            try:
                if not self.address:
                    await self.acquire()
                event = await self.rest()
                if event == "T1":
                    await self.renew()
                elif event == "link":
                    await self.verify_after_link()
                else:
                    self.decline(self.address, self.server)
            except DHCPError as error:
                self.log("DHCP: " + str(error.strerror))
                if self.stack.now() >= self.lease_expires:
                    self.lose()
                if not self.address:
                    pause = DECLINE_PAUSE if isinstance(error, DHCPConflict) else LATER_TRY
                    await self.stack.loop.sleep_until(self.stack.now() + pause * 1_000_000)

    async def rest(self) -> str:
        """Wait for what comes first: "T1"; "link", that it came back; "conflict", that another station has the address."""
        stack = self.stack
        while True:
            if stack.acd.owner >= 0:
                return "conflict"
            waiter = stack.loop.new_waiter()
            stack.link_changed.add(waiter)
            stack.acd.lost.add(waiter)
            try:
                if not await stack.loop.park(waiter, self.renew_at):
                    return "T1"
            finally:
                stack.link_changed.discard(waiter)
                stack.acd.lost.discard(waiter)
            if stack.link and stack.acd.owner < 0:
                return "link"

    async def verify_after_link(self) -> None:
        """The link came back: the same network, or another, so its stations are asked too (RFC 5227 §2.1). Silence of the server leaves the lease in
        force (RFC 2131 §3.2 (4)).
        """
        self.stack.acd.probe(self.address, self.stack.now())
        try:
            await self.verify()
        except DHCPError as error:
            if self.address:
                self.log("DHCP: " + str(error.strerror) + "; keeping " + ipv4.address_text(self.address))
            else:
                raise


def is_usable(reply: DHCPMessage) -> bool:
    """An offer or ACK gives a host's address, a lease time and names its server; a NAK needs none of it."""
    if reply.type == NAK:
        return True
    first = reply.address >> 24
    return 0 < first < 224 and first != 127 and reply.lease_time > 0 and reply.server != 0


def natural_mask(address: int) -> int:
    """The mask of the address's class (RFC 791 §3.2), for a server that names none."""
    if address >> 31 == 0:
        return 0xFF000000
    return 0xFFFF0000 if address >> 30 == 2 else 0xFFFFFF00
