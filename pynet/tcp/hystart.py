"""HyStart++ (RFC 9406): leave the first slow start when round trips grow, before the queue overflows.

Slow start -> Conservative Slow Start (CSS), where the window grows a quarter as fast, when a round's shortest round trip is longer than the
last round's; back if that was a false alarm; to congestion avoidance after CSS_ROUNDS. Microseconds; sequence numbers.
"""

from __future__ import annotations

from pynet.tcp.sequence import le, lt

# §4.3.
MIN_RTT_THRESH = 4_000
MAX_RTT_THRESH = 16_000
MIN_RTT_DIVISOR = 8
N_RTT_SAMPLE = 8
CSS_GROWTH_DIVISOR = 4
CSS_ROUNDS = 5
# Linux's hystart_low_window; and more segments than any window holds.
LOW_WINDOW = 16
NEVER = 1 << 30


class HyStart:
    """§4.2. A round trip of 0: no sample."""

    def __init__(self) -> None:
        # Segments that cwnd must hold before a longer round trip says anything.
        self.low_window = 0
        self.last_min_rtt = 0
        self.current_min_rtt = 0
        self.samples = 0
        # The round ends when this is acknowledged; -1 before the first.
        self.window_end = -1
        self.css = False
        self.css_baseline = 0
        self.css_rounds = 0

    def note(self, rtt: int) -> None:
        """A round trip (0: none) while cwnd is below low_window."""

    def on_ack(self, rtt: int, una: int, nxt: int) -> bool:
        """An ACK up to `una` came in slow start, `rtt` its round trip or 0. True: slow start is over."""
        if rtt:
            self.samples += 1
            if self.current_min_rtt == 0 or rtt < self.current_min_rtt:
                self.current_min_rtt = rtt
        if self.samples >= N_RTT_SAMPLE and self.last_min_rtt:
            self.compare()
        if self.window_end < 0:
            self.window_end = nxt
            return False
        return le(self.window_end, una) and self.next_round(nxt)

    def next_round(self, nxt: int) -> bool:
        """A round is over, and the next one ends with `nxt`. True: it was the last of CSS; a round that CSS began in counts too."""
        self.window_end = nxt
        self.last_min_rtt = self.current_min_rtt
        self.current_min_rtt = 0
        self.samples = 0
        if not self.css:
            return False
        self.css_rounds += 1
        return self.css_rounds >= CSS_ROUNDS

    def compare(self) -> None:
        """Into CSS when this round's shortest round trip is longer by RttThresh; out of it when it is shorter than when CSS began."""
        if self.css:
            if self.current_min_rtt < self.css_baseline:
                self.css = False
            return
        threshold = max(MIN_RTT_THRESH, min(self.last_min_rtt // MIN_RTT_DIVISOR, MAX_RTT_THRESH))
        if self.current_min_rtt >= self.last_min_rtt + threshold:
            self.css = True
            self.css_baseline = self.current_min_rtt
            self.css_rounds = 0


class LinuxHyStart(HyStart):
    """Linux's hystart_update by delay (Ha and Rhee, 2011): the shortest of a round is compared with the shortest of all, and slow start is over at once.

    Only CUBIC has it there, from LOW_WINDOW segments on.
    """

    def __init__(self, controller: str) -> None:
        super().__init__()
        self.low_window = LOW_WINDOW if controller == "cubic" else NEVER
        self.shortest = 0

    def on_ack(self, rtt: int, una: int, nxt: int) -> bool:
        if not rtt:
            return False
        self.note(rtt)
        if self.window_end < 0 or lt(self.window_end, una):
            self.window_end = nxt
            self.samples = 0
            self.current_min_rtt = rtt
        self.current_min_rtt = min(self.current_min_rtt, rtt)
        if self.samples < N_RTT_SAMPLE:
            self.samples += 1
            return False
        return self.current_min_rtt > self.shortest + max(MIN_RTT_THRESH, min(self.shortest // MIN_RTT_DIVISOR, MAX_RTT_THRESH))

    def note(self, rtt: int) -> None:
        """A round trip, whatever cwnd is."""
        if rtt and (self.shortest == 0 or rtt < self.shortest):
            self.shortest = rtt
