"""Congestion control: how many octets may be in flight. Integers of octets and microseconds; no packets are known here.

One controller a connection, behind five calls: `on_ack`, `on_loss`, `on_rto`, `on_recovered`, `after_idle`; it owns `cwnd` and `ssthresh`.
"""

from __future__ import annotations

# RFC 9293 does not bound it; 2**30 octets is the widest window there is (RFC 7323 §2.3).
INFINITE = 1 << 30


def initial_window(mss: int) -> int:
    """RFC 6928 §2."""
    return min(10 * mss, max(2 * mss, 14600))


class NewReno:
    """RFC 5681, with RFC 3465's counting of octets (L = 2)."""

    name = "reno"

    def __init__(self, mss: int) -> None:
        self.cwnd = initial_window(mss)
        self.ssthresh = INFINITE
        self.counted = 0

    def on_ack(self, acked: int, mss: int, srtt: int, now: int) -> None:
        """`acked` octets were acknowledged for the first time, in no recovery, while cwnd was the limit."""
        if self.cwnd < self.ssthresh:
            self.slow_start(acked, mss)
            return
        self.counted += acked
        if self.counted >= self.cwnd:
            # RFC 5681 §3.1: one segment a round trip.
            self.counted -= self.cwnd
            self.grow(mss)

    def slow_start(self, acked: int, mss: int) -> None:
        """RFC 5681 §3.1, RFC 3465 §2.2."""
        self.grow(min(acked, 2 * mss))

    def grow(self, octets: int) -> None:
        """cwnd is bounded by the widest window."""
        self.cwnd = min(self.cwnd + octets, INFINITE)

    def on_loss(self, flight: int, mss: int, now: int) -> None:
        """A loss was seen with `flight` octets outstanding: recovery starts (RFC 5681 §3.2, equation 4)."""
        self.ssthresh = max(flight // 2, 2 * mss)
        self.counted = 0

    def on_rto(self, flight: int, mss: int, now: int) -> None:
        """The retransmission timer expired for the first time since progress (RFC 5681 §3.1): LW is one segment."""
        self.on_loss(flight, mss, now)
        self.cwnd = mss

    def on_recovered(self, mss: int, now: int) -> None:
        """All that was outstanding when the loss was seen is acknowledged (RFC 6582 §3.2, step 3, option 2)."""
        self.cwnd = max(self.ssthresh, mss)

    def after_idle(self, mss: int) -> None:
        """RFC 5681 §4.1: nothing was sent for more than an RTO."""
        self.cwnd = min(self.cwnd, initial_window(mss))


# RFC 9438 §4: beta is 0.7, C is 0.4.
BETA_NUMERATOR = 7
BETA_DENOMINATOR = 10
# (t - K) is held below this many milliseconds: 4 * 65535 * 30000**3 stays below 2**63.
MAX_CUBIC_MS = 30_000


def cube_root(n: int) -> int:
    """The greatest r with r**3 <= n, for 0 <= n < 2**60 (Newton's method)."""
    if n < 8:
        return 1 if n else 0
    r = 1 << ((n.bit_length() + 2) // 3)
    while True:
        smaller = (2 * r + n // (r * r)) // 3
        if smaller >= r:
            return r
        r = smaller


class Cubic(NewReno):
    """RFC 9438. Times inside are milliseconds since the epoch of congestion avoidance began, so that cubes stay below 2**63."""

    name = "cubic"

    def __init__(self, mss: int) -> None:
        super().__init__(mss)
        self.w_max = 0
        # cwnd when ssthresh was last set.
        self.cwnd_prior = 0
        self.w_est = 0
        self.epoch = -1
        self.k = 0
        self.counted_est = 0

    def on_ack(self, acked: int, mss: int, srtt: int, now: int) -> None:
        """RFC 9438 §4.2 to §4.5."""
        if self.cwnd < self.ssthresh:
            self.slow_start(acked, mss)
            return
        if self.epoch < 0:
            self.start_epoch(mss, now)
        self.estimate_reno(acked, mss)
        t = (now - self.epoch + srtt) // 1000
        target = self.w_cubic(t, mss)
        if target < self.w_est:
            # §4.3: where Reno would be faster, be Reno.
            self.cwnd = max(self.cwnd, min(self.w_est, INFINITE))
            return
        # §4.4: at most one half more in a round trip.
        target = max(self.cwnd, min(target, self.cwnd * 3 // 2))
        self.counted += acked * (target - self.cwnd)
        self.grow(self.counted // self.cwnd)
        self.counted %= self.cwnd

    def start_epoch(self, mss: int, now: int) -> None:
        """§4.2: K = cubic_root((W_max - cwnd_epoch) / C), in milliseconds."""
        self.epoch = now
        self.w_est = self.cwnd
        self.counted_est = 0
        self.w_max = max(self.w_max, self.cwnd)
        segments_1000 = min((self.w_max - self.cwnd) * 1000 // mss, 1 << 25)
        self.k = cube_root(segments_1000 * 2_500_000)

    def w_cubic(self, t: int, mss: int) -> int:
        """§4.2: C * (t - K)**3 + W_max, in octets; t and K in milliseconds."""
        d = max(-MAX_CUBIC_MS, min(t - self.k, MAX_CUBIC_MS))
        # The sign apart, because // floors in Python and truncates in C.
        size = d if d >= 0 else -d
        octets = 4 * mss * size * size * size // 10_000_000_000
        return self.w_max + octets if d >= 0 else max(self.w_max - octets, mss)

    def estimate_reno(self, acked: int, mss: int) -> None:
        """§4.3: W_est grows by alpha segments a window, alpha = 3 * (1 - 0.7) / (1 + 0.7) = 9 / 17 until cwnd_prior is reached."""
        self.counted_est += acked * (9 if self.w_est < self.cwnd_prior else 17)
        if self.counted_est >= self.cwnd * 17:
            self.counted_est -= self.cwnd * 17
            self.w_est += mss

    def on_loss(self, flight: int, mss: int, now: int) -> None:
        """§4.6, and §4.7: fast convergence."""
        if self.cwnd < self.w_max:
            self.w_max = self.cwnd * (BETA_DENOMINATOR + BETA_NUMERATOR) // (2 * BETA_DENOMINATOR)
        else:
            self.w_max = self.cwnd
        self.cwnd_prior = self.cwnd
        self.ssthresh = max(flight * BETA_NUMERATOR // BETA_DENOMINATOR, 2 * mss)
        self.epoch = -1
        self.counted = 0

    def on_rto(self, flight: int, mss: int, now: int) -> None:
        """§4.8: after the timeout's slow start K is 0 and W_max is the window that congestion avoidance begins with."""
        NewReno.on_rto(self, flight, mss, now)
        self.w_max = 0

    def after_idle(self, mss: int) -> None:
        """§5.8: the time of idleness is not the cubic's."""
        NewReno.after_idle(self, mss)
        self.epoch = -1


CONTROLLERS: dict[str, type[NewReno]] = {"reno": NewReno, "cubic": Cubic}
