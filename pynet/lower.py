"""What ARP, UDP and TCP ask of the stack below them: one type, so that a compiled layer calls it as C calls a function."""

from __future__ import annotations

# What a NIC does for the stack (Transport.capabilities): it sums a segment, and cuts a long one into segments (which takes the sums along).
CAN_CHECKSUM = 1
CAN_SEGMENT = 2


class Lower:
    """The Stack is one; so is a test that looks at what a layer sends."""

    def transmit(self, frame: bytearray, offload: int) -> None:
        """Put a whole frame on the wire. offload: what is left to the NIC, csum_start << 32 | csum_offset << 16 | gso_size (Transport.send), or 0."""
        raise NotImplementedError("Lower.transmit")

    def unreachable(self, frame: bytearray, now: int) -> None:
        """The next hop of the packet in `frame` does not answer: tell whoever sent it."""
        raise NotImplementedError("Lower.unreachable")

    def send_udp(self, frame: bytearray, src: int, dst: int, ttl: int, tos: int, now: int) -> None:
        """Send the datagram that stands at HEADROOM in `frame`. OSError ENETUNREACH where there is no route."""
        raise NotImplementedError("Lower.send_udp")

    def send_tcp(self, frame: bytearray, src: int, dst: int, ttl: int, tos: int, now: int, offload: int) -> None:
        """Send the segment that stands at HEADROOM in `frame`, offload as in transmit(). It must not call back into TCP: what goes to this host itself is queued."""
        raise NotImplementedError("Lower.send_tcp")

    def has_room(self, dst: int) -> bool:
        """What is sent to `dst` now goes soon. TCP holds its data back while it does not: a queue on this host delays everybody, and drops once it is full."""
        return True

    def send_igmp(self, frame: bytearray, dst: int, now: int) -> None:
        """Send the IGMP message that stands in `frame` behind room for the headers and the Router Alert option."""
        raise NotImplementedError("Lower.send_igmp")

    def loop_back(self, frame: bytearray) -> None:
        """This host takes the multicast datagram in `frame`, which was sent, too, if it is in the group."""
        raise NotImplementedError("Lower.loop_back")
