"""What was sent, what an ACK says of it, and how fast that was: records of segments, and rate samples
(draft-ietf-ccwg-bbr §4.1, which took over draft-cheng-iccrg-delivery-rate-estimation).

A rate sample is octets delivered over the longer of two times: that of sending them and that of their being acknowledged. So neither a burst of
ACKs nor one of segments is taken for bandwidth. Octets, microseconds, octets a second; counters start at 0 and stay below 2**63.
"""

from __future__ import annotations

from pynet.tcp.sequence import MASK

SECOND = 1_000_000


class Sent:
    """Sequence space [seq, end) that was sent as one: `sent_at` the last time, `retransmits` times again.

    order: the number of that last time among all that the connection sent, from 1 on, below 2**63.
    delivered, delivered_at, first_sent_at, lost_then, in_flight, app_limited: P.* of the draft, as of that time.
    """

    def begin(self, seq: int, end: int, now: int, order: int) -> None:
        """A segment is sent. To be called first, and again when the record of an acknowledged one serves for another."""
        self.seq = seq
        self.end = end
        self.sent_at = now
        self.order = order
        self.retransmits = 0
        self.sacked = False
        self.lost = False
        # It has the PSH flag.
        self.push = False
        self.delivered = 0
        self.delivered_at = 0
        self.first_sent_at = 0
        self.lost_then = 0
        # With this segment.
        self.in_flight = 0
        self.app_limited = False

    def size(self) -> int:
        """In octets of sequence space."""
        return (self.end - self.seq) & MASK


class Delivery:
    """What one ACK told: octets newly acknowledged in order and by SACK, and the newest round trip that Karn allows (0: none).

    fack: RACK.fack before it came. One record serves a connection for all its ACKs: begin() empties it.
    """

    def __init__(self, fack: int) -> None:
        # SND.UNA after the ACK, SND.NXT when it came.
        self.una = 0
        self.nxt = 0
        self.begin(fack)

    def begin(self, fack: int) -> None:
        """A further ACK."""
        self.fack = fack
        self.acked = 0
        self.sacked = 0
        self.round_trip = 0
        self.dsack = False
        # Something arrived late: what was sent after it had been SACKed before.
        self.reordered = False
        # Octets marked lost because of the ACK; whether it acknowledges in order what was sent more than once; whether something arrived that was
        # taken for lost, though it was sent only once.
        self.lost = 0
        self.repeated = False
        self.original = False
        # In the network before and after it.
        self.prior_in_flight = 0
        self.in_flight = 0
        # The rate sample (RS.*): `order` of the newest segment in it; 0: the ACK delivered nothing, and there is none.
        self.order = 0
        self.prior_delivered = 0
        self.prior_delivered_at = 0
        self.send_elapsed = 0
        self.ack_elapsed = 0
        self.flight_then = 0
        self.lost_since = 0
        self.app_limited = False
        # C.delivered. Octets delivered in `interval`, octets a second: 0 where the sample is not valid.
        self.total = 0
        self.delivered = 0
        self.interval = 0
        self.rate = 0

    def octets(self) -> int:
        """DeliveredData of RFC 9937 §6.2."""
        return self.acked + self.sacked


class Rates:
    """C.* of the draft: what the connection has delivered, and since when."""

    def __init__(self) -> None:
        self.delivered = 0
        self.delivered_at = 0
        self.first_sent_at = 0
        self.lost = 0
        # `delivered` at which what was sent for lack of data is through; 0: none.
        self.app_limited = 0
        # The last sample that was not limited by the user, or the highest that was: TCP_INFO's delivery rate.
        self.rate = 0
        self.rate_limited = False
        # Segments, as Linux counts them.
        self.segments = 0

    def on_send(self, sent: Sent, in_flight: int, now: int) -> None:
        """`sent` goes out beside `in_flight` octets (§4.1.2.2)."""
        if in_flight == 0:
            self.first_sent_at = self.delivered_at = now
        sent.first_sent_at = self.first_sent_at
        sent.delivered_at = self.delivered_at
        sent.delivered = self.delivered
        sent.lost_then = self.lost
        sent.in_flight = in_flight + sent.size()
        sent.app_limited = self.app_limited != 0

    def on_delivered(self, sent: Sent, now: int, delivery: Delivery) -> None:
        """`sent` is acknowledged or SACKed for the first time (§4.1.2.3): the newest of an ACK's gives the sample its start."""
        self.delivered += sent.size()
        self.delivered_at = now
        self.segments += 1
        if sent.order > delivery.order:
            delivery.order = sent.order
            delivery.prior_delivered = sent.delivered
            delivery.prior_delivered_at = sent.delivered_at
            delivery.app_limited = sent.app_limited
            delivery.flight_then = sent.in_flight
            delivery.lost_since = sent.lost_then
            delivery.send_elapsed = sent.sent_at - sent.first_sent_at
            delivery.ack_elapsed = now - sent.delivered_at
            self.first_sent_at = sent.sent_at

    def sample(self, delivery: Delivery, min_rtt: int) -> None:
        """The ACK is taken in (§4.1.2.3, GenerateRateSample): `delivery` gets its rate."""
        if self.app_limited and self.delivered > self.app_limited:
            self.app_limited = 0
        delivery.total = self.delivered
        delivery.lost_since = self.lost - delivery.lost_since if delivery.order else 0
        if delivery.order == 0:
            return
        delivery.delivered = self.delivered - delivery.prior_delivered
        interval = max(delivery.send_elapsed, delivery.ack_elapsed)
        if interval <= 0 or interval < min_rtt:
            # Faster than a round trip: a retransmission was taken for the original.
            return
        delivery.interval = interval
        delivery.rate = delivery.delivered * SECOND // interval
        if not delivery.app_limited or delivery.rate >= self.rate:
            self.rate = delivery.rate
            self.rate_limited = delivery.app_limited

    def on_app_limited(self, in_flight: int) -> None:
        """§4.1.2.4: the user has nothing more to send though cwnd would let it: samples of what is out now say little of the path."""
        self.app_limited = self.delivered + in_flight
        if self.app_limited == 0:
            self.app_limited = 1
