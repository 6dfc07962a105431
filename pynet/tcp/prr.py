"""Proportional Rate Reduction (RFC 9937, which replaces RFC 6937): how much to send for each ACK while the window shrinks."""

from __future__ import annotations


class Prr:
    """One episode: RecoverFS, prr_delivered and prr_out of RFC 9937 §6, in octets."""

    def __init__(self) -> None:
        self.delivered = 0
        self.out = 0
        self.recover_fs = 1

    def start(self, flight: int) -> None:
        """§6.1: it starts with `flight` octets that are to be delivered in it (RecoverFS)."""
        self.delivered = 0
        self.out = 0
        self.recover_fs = max(flight, 1)

    def window(self, delivered: int, pipe: int, ssthresh: int, mss: int, safe: bool) -> int:
        """§6.2: the cwnd after an ACK that delivered so many octets. `safe` (SafeACK): SND.UNA moved and nothing more was found lost."""
        self.delivered += delivered
        if pipe > ssthresh:
            allowed = (self.delivered * ssthresh + self.recover_fs - 1) // self.recover_fs - self.out
        else:
            # PRR-CRB: conserve packets; PRR-SSRB where it is safe: one more, as in slow start.
            allowed = max(self.delivered - self.out, delivered)
            if safe:
                allowed += mss
            allowed = min(ssthresh - pipe, allowed)
        # The first retransmission goes at once, whatever the proportion.
        if self.out == 0:
            allowed = max(allowed, mss)
        return pipe + max(allowed, 0)
