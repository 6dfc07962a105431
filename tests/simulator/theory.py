"""What the literature says a flow should reach: PFTK, RFC 9438 §5, and Jain's index of fairness. Floats: none of this is in any path.

PFTK: Padhye, Firoiu, Towsley, Kurose, "Modeling TCP Throughput", SIGCOMM 1998, equations 29 and 30, the full model.
"""

from __future__ import annotations

from math import sqrt

# RFC 9438 §4: C in segments a second cubed, and beta.
C = 0.4
BETA = 0.7


def pftk(p: float, rtt: float, rto: float, window: float, timeouts: float | None = None, b: float = 1.0) -> float:
    """Segments a second that New Reno sends in the steady state.

    p: loss indications for each segment sent. rtt, rto: seconds, the timeout before any backoff. window: the peer's, in segments.
    timeouts: the share of the indications that end in one, if it is known; else as equation 24 has it.
    b: segments that each step of growth waits for: 1 when octets are counted (RFC 3465), whatever ACKs are delayed.
    """
    if p <= 0:
        return window / rtt
    unlimited = peak(p, b)
    w = min(unlimited, window)
    backoffs = 1 + p + 2 * p**2 + 4 * p**3 + 8 * p**4 + 16 * p**5 + 32 * p**6
    timeout = timeout_probability(p, w) if timeouts is None else timeouts
    if unlimited < window:
        rounds = b * w / 2 + 1
    else:
        rounds = b * w / 8 + (1 - p) / (p * w) + 2
    return ((1 - p) / p + w + timeout / (1 - p)) / (rtt * rounds + timeout * rto * backoffs / (1 - p))


def peak(p: float, b: float = 1.0) -> float:
    """The mean window, in segments, when a loss ends its growth, if the peer's does not (equation 13)."""
    offset = (2 + b) / (3 * b)
    return offset + sqrt(8 * (1 - p) / (3 * b * p) + offset * offset)


def timeout_share(p: float, window: float) -> float:
    """The share of loss indications that PFTK takes for timeouts."""
    return timeout_probability(p, min(peak(p), window))


def timeout_probability(p: float, w: float) -> float:
    """The chance that a loss in a window of `w` segments ends in a timeout: fewer than three duplicate ACKs come (equation 24)."""
    q = 1 - p
    if w <= 3:
        return 1.0
    return min(1.0, (1 - q**3) * (1 + q**3 * (1 - q ** (w - 3))) / (1 - q**w))


def cubic(p: float, rtt: float, rto: float, window: float, timeouts: float | None = None) -> float:
    """Segments a second that CUBIC sends: RFC 9438 §5.1's average window, and at least New Reno's (§4.3: where that is faster, be that)."""
    reno = pftk(p, rtt, rto, window, timeouts)
    if p <= 0:
        return reno
    average = (C * (3 + BETA) / (4 * (1 - BETA))) ** 0.25 * (rtt / p) ** 0.75
    return max(reno, min(average, window) / rtt)


def jain(shares: list[int]) -> float:
    """Jain's index: 1 when all have the same, 1/n when one has everything."""
    squares = sum([share * share for share in shares])
    return sum(shares) ** 2 / (len(shares) * squares) if squares else 0.0
