"""CUBIC (RFC 9438), in integers of octets; times inside are milliseconds, so that their cubes stay below 2**63."""

from __future__ import annotations

from pynet.tcp.congestion import INFINITE, NewReno

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
    """§4. epoch: when congestion avoidance began, microseconds; -1: it has not."""

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
        self.saved_w_max = 0
        self.saved_cwnd_prior = 0
        self.saved_w_est = 0
        self.saved_epoch = -1
        self.saved_k = 0

    def on_ack(self, acked: int, mss: int, srtt: int, now: int) -> None:
        """§4.2 to §4.5."""
        acked = self.slow_start(acked, mss)
        if acked == 0:
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
        """§4.6, and §4.7: fast convergence. The window, not what is in flight, shrinks: it grows only while it is what limits (RFC 7661)."""
        if self.cwnd < self.w_max:
            self.w_max = self.cwnd * (BETA_DENOMINATOR + BETA_NUMERATOR) // (2 * BETA_DENOMINATOR)
        else:
            self.w_max = self.cwnd
        self.cwnd_prior = self.cwnd
        self.ssthresh = max(self.cwnd * BETA_NUMERATOR // BETA_DENOMINATOR, 2 * mss)
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

    def save(self) -> None:
        """§4.9: the undo state."""
        NewReno.save(self)
        self.saved_w_max = self.w_max
        self.saved_cwnd_prior = self.cwnd_prior
        self.saved_w_est = self.w_est
        self.saved_epoch = self.epoch
        self.saved_k = self.k

    def restore(self) -> None:
        """§4.9.1 and §4.9.2: a spurious timeout, or a spurious loss: the cubic goes on where it was."""
        NewReno.restore(self)
        self.w_max = self.saved_w_max
        self.cwnd_prior = self.saved_cwnd_prior
        self.w_est = self.saved_w_est
        self.epoch = self.saved_epoch
        self.k = self.saved_k
