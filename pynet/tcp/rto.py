"""The retransmission timeout (RFC 6298), in integers of microseconds.

SRTT is kept times 8 and RTTVAR times 4, so that the gains 1/8 and 1/4 lose nothing to rounding. A sample is at most MAX_SAMPLE, so everything
stays below 2**31.
"""

from __future__ import annotations

# RFC 6298 §2.1: until a measurement is made.
INITIAL = 1_000_000
# RFC 6298 §5.7: after a SYN had to be sent again.
AFTER_SYN_TIMEOUT = 3_000_000
# RFC 6298 §2.4 says one second; with a clock of microseconds it is 200 ms, above any delayed ACK that is common. As on Linux and FreeBSD
# the timeout is that much above SRTT at least: or a peer that delays an ACK on a long, steady path would be taken for a loss.
MINIMUM = 200_000
# RFC 6298 §2.5: at least 60 seconds.
MAXIMUM = 120_000_000
MAX_SAMPLE = 120_000_000


class RoundTrip:
    """SRTT, RTTVAR and RTO of a connection. srtt8: SRTT * 8 (0: no sample yet). rttvar4: RTTVAR * 4. All in microseconds."""

    def __init__(self) -> None:
        self.srtt8 = 0
        self.rttvar4 = 0
        self.rto = INITIAL
        # What it is before the first sample.
        self.initial = INITIAL
        self.limit = MAXIMUM
        self.backoff = 0
        self.minimum = 0
        self.latest = 0

    def configure(self, initial: int, limit: int) -> None:
        """The first RTO, and the longest (RFC 6298 §2.5), microseconds, both at most MAXIMUM."""
        self.limit = min(limit, MAXIMUM)
        self.rto = self.initial = min(initial, self.limit)

    def sample(self, r: int) -> None:
        """RFC 6298 §2.2 and §2.3: a round trip of `r` microseconds was measured. It also ends a backoff (§5, Karn)."""
        r = max(1, min(r, MAX_SAMPLE))
        self.latest = r
        if self.minimum == 0 or r < self.minimum:
            self.minimum = r
        if self.srtt8 == 0:
            self.srtt8 = r * 8
            self.rttvar4 = r * 2
        else:
            error = self.srtt8 // 8 - r
            self.rttvar4 += (error if error >= 0 else -error) - self.rttvar4 // 4
            self.srtt8 += r - self.srtt8 // 8
        self.backoff = 0
        self.rto = min(self.base(), self.limit)

    def base(self) -> int:
        """The RTO as far as it is not doubled: RFC 6298 §2.1, and once there was a sample §2.2 and §2.3."""
        return clamp(self.srtt8 // 8 + max(MINIMUM, self.rttvar4)) if self.srtt8 else self.initial

    def back_off(self, slop: int = 0) -> None:
        """RFC 6298 §5.5: the timer expired. slop: microseconds that every backed off RTO has beside what is doubled."""
        before = self.rto - slop if self.backoff else self.rto
        self.backoff += 1
        self.rto = min(before * 2 + slop, self.limit)

    def undo_back_off(self) -> None:
        """RFC 6069 §4: one doubling less."""
        self.backoff -= 1
        self.rto = min(self.base() << min(self.backoff, 16), self.limit)

    def after_syn_timeout(self) -> None:
        """RFC 6298 §5.7: the SYN was lost; start data carefully."""
        self.backoff = 0
        self.rto = self.initial = min(AFTER_SYN_TIMEOUT, self.limit)

    def srtt(self) -> int:
        """SRTT in microseconds, 0 without a sample."""
        return self.srtt8 // 8

    def rttvar(self) -> int:
        """RTTVAR in microseconds."""
        return self.rttvar4 // 4


def clamp(rto: int) -> int:
    """RFC 6298 §2.4 and §2.5."""
    return max(MINIMUM, min(rto, MAXIMUM))
