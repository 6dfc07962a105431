"""Congestion control: how many octets may be in flight. Integers of octets and microseconds; no packets are known here.

One controller a connection. It owns `cwnd` and `ssthresh`, and is told: `on_delivery` of each ACK that delivers something, `on_ack` of each that may
widen the window, `on_loss` when something is lost or marked by ECN, `on_rto`, `on_recovered`, `after_idle`; `save` and `restore` undo what turns
out to have been no loss. NewReno here is also what the others start from; which there are by name is in registry.py.
"""

from __future__ import annotations

from pynet.tcp.delivery import Delivery
from pynet.tcp.hystart import CSS_GROWTH_DIVISOR, HyStart

# RFC 9293 does not bound it; 2**30 octets is the widest window there is (RFC 7323 §2.3).
INFINITE = 1 << 30


def initial_window(mss: int) -> int:
    """RFC 6928 §2."""
    return min(10 * mss, max(2 * mss, 14600))


class NewReno:
    """RFC 5681, with RFC 3465's counting of octets, and HyStart++ (RFC 9406) in the first slow start."""

    name = "reno"

    def __init__(self, mss: int) -> None:
        self.cwnd = initial_window(mss)
        self.ssthresh = INFINITE
        self.counted = 0
        self.hystart = HyStart()
        # Octets a second if the controller says how fast to send; 0: as pacing.py makes of cwnd and the round trip.
        self.pacing_rate = 0
        # True: the controller sets cwnd at every ACK by itself, in recovery too, and PRR has no say.
        self.owns_window = False
        self.saved_cwnd = 0
        self.saved_ssthresh = 0

    def on_delivery(self, delivery: Delivery, mss: int, now: int) -> None:
        """An ACK delivered octets, or said that some are lost. Comes before on_ack and whatever else the ACK causes but on_loss."""
        if self.ssthresh != INFINITE:
            return
        if self.cwnd < self.hystart.low_window * mss:
            self.hystart.note(delivery.round_trip)
        elif self.hystart.on_ack(delivery.round_trip, delivery.una, delivery.nxt):
            self.ssthresh = self.cwnd

    def on_ack(self, acked: int, mss: int, srtt: int, now: int) -> None:
        """`acked` octets were acknowledged for the first time, in no recovery, while cwnd was the limit."""
        acked = self.slow_start(acked, mss)
        if acked == 0:
            return
        self.counted += acked
        if self.counted >= self.cwnd:
            # RFC 5681 §3.1: one segment a round trip.
            self.counted -= self.cwnd
            self.grow(mss)

    def slow_start(self, acked: int, mss: int) -> int:
        """RFC 5681 §3.1. How many of the octets are left for congestion avoidance.

        One ACK adds what it acknowledges: windows are paced where a burst would fill a queue, so RFC 9406 §4.3's L is infinite. After a loss,
        when it may tell of what left the network long ago, it adds two segments at most (RFC 3465 §2.3).
        """
        if self.cwnd >= self.ssthresh:
            return acked
        if self.ssthresh == INFINITE:
            self.grow(acked // CSS_GROWTH_DIVISOR if self.hystart.css else acked)
            return 0
        before = self.cwnd
        self.cwnd = min(before + min(acked, 2 * mss), max(self.ssthresh, before))
        return acked - (self.cwnd - before) if self.cwnd >= self.ssthresh else 0

    def grow(self, octets: int) -> None:
        """cwnd is bounded by the widest window."""
        self.cwnd = min(self.cwnd + octets, INFINITE)

    def on_loss(self, flight: int, mss: int, now: int) -> None:
        """A loss was seen, or ECN's mark, with `flight` octets outstanding: the window shrinks (RFC 5681 §3.2, equation 4; RFC 3168 §6.1.2)."""
        self.ssthresh = max(flight // 2, 2 * mss)
        self.counted = 0

    def on_rto(self, flight: int, mss: int, now: int) -> None:
        """The retransmission timer expired for the first time since progress (RFC 5681 §3.1): LW is one segment."""
        self.on_loss(flight, mss, now)
        self.cwnd = mss

    def on_recovered(self, mss: int, now: int) -> None:
        """All that was outstanding when the loss was seen is acknowledged (RFC 6582 §3.2, step 3, option 2; RFC 9937 §6.4)."""
        self.cwnd = max(self.ssthresh, mss)

    def after_idle(self, mss: int) -> None:
        """RFC 5681 §4.1: nothing was sent for more than an RTO."""
        self.cwnd = min(self.cwnd, initial_window(mss))

    def save(self) -> None:
        """Before on_loss and on_rto: how it was (RFC 3522 §3.2, step 1)."""
        self.saved_cwnd = self.cwnd
        self.saved_ssthresh = self.ssthresh

    def restore(self) -> None:
        """The loss was none (RFC 4015 §3.2): as it was, or better."""
        self.cwnd = max(self.cwnd, self.saved_cwnd)
        self.ssthresh = max(self.ssthresh, self.saved_ssthresh)
