"""What is outstanding, what of it is lost: the scoreboard (RFC 2018, RFC 6675) and RACK (RFC 8985 §6).

A connection's outstanding sequence space is a list of Sent, in order, without holes, from SND.UNA to SND.NXT. Each is in flight, or SACKed, or
lost and not yet sent again. Times are microseconds, sizes octets.
"""

from __future__ import annotations

from pynet.tcp.delivery import Delivery, Rates, Sent
from pynet.tcp.sequence import MASK, le, lt

# RFC 5681 §3.2, RFC 8985 §4.
DUP_THRESH = 3
# RFC 8985 §6.2, step 4: the reordering window grows with each DSACK by a quarter of the round trip, and shrinks after so many recoveries.
MAX_REO_WND_MULT = 64
REO_WND_PERSIST = 16

OFF = -1

# Records of acknowledged segments that a layer keeps for those that its connections will send.
MAX_SPARE = 64

# Phases of congestion control, with Linux's numbers (TCP_CA_*), as TCP_INFO shows them.
CA_OPEN = 0
CA_DISORDER = 1
CA_CWR = 2
CA_RECOVERY = 3
CA_LOSS = 4


class Scoreboard:
    """One Sent for each segment outstanding: bounded by the send buffer and the window, and where segments are small by output.MAX_OUTSTANDING.

    outstanding = SND.NXT - SND.UNA = in flight + sacked_octets + lost_octets.
    """

    def __init__(self, spare: list[Sent]) -> None:
        """spare: records to serve again, at most MAX_SPARE; the connections of a layer share them."""
        self.sent: list[Sent] = []
        # Those of them that are not SACKed, and lost or sent again: what an ACK in recovery has to look at, however much is outstanding. In order.
        self.holes: list[Sent] = []
        # So many at the front of `sent` are SACKed or among `holes`.
        self.settled = 0
        # The edges of the SACK blocks of the ACK at hand and of the one before, in turn: at most as many as a segment holds.
        self.told: list[int] = []
        self.telling = self.told
        self.spare = spare
        self.outstanding = 0
        self.sacked_octets = 0
        self.lost_octets = 0
        # Segments, and octets, sent again.
        self.retransmitted = 0
        self.retransmitted_octets = 0
        self.rates = Rates()
        # The Sent.order last given.
        self.orders = 0
        # RACK.rtt and RACK.fack of RFC 8985 §5.3. rack_order stands for RACK.xmit_ts and RACK.end_seq: of two segments sent within one
        # tick of the clock the higher sequence number need not be the later one, where one of them is a retransmission.
        self.rack_order = 0
        self.rack_rtt = 0
        self.fack = 0
        self.reordering_seen = False
        # How often, and by how many octets at most.
        self.reorderings = 0
        self.reorder_extent = 0
        self.reo_wnd_mult = 1
        self.reo_wnd_persist = REO_WND_PERSIST
        # RACK.dsack_round: the SND.NXT up to which further DSACKs say nothing new, or OFF.
        self.dsack_round = OFF
        # What the last recovery may have sent again; equal: nothing, or a timeout sent everything again since.
        self.recovery_from = 0
        self.recovery_to = 0

    def pipe(self) -> int:
        """RFC 6675 §4: octets believed to be in the network."""
        return self.outstanding - self.sacked_octets - self.lost_octets

    def add(self, seq: int, end: int, now: int, push: bool = False) -> None:
        """[seq, end) is sent for the first time, with PSH or without; it starts where the last one ended."""
        if not self.sent:
            self.fack = seq
        self.orders += 1
        sent = self.spare.pop() if self.spare else Sent()
        sent.begin(seq, end, now, self.orders)
        sent.push = push
        self.rates.on_send(sent, self.pipe(), now)
        self.sent.append(sent)
        self.outstanding += sent.size()

    def acknowledge(self, ack: int, now: int, delivery: Delivery, tsecr_sent_at: int) -> None:
        """Everything before `ack` has arrived. tsecr_sent_at: when the segment that the ACK echoes was sent (RFC 7323), or OFF."""
        count = 0
        filled = False
        for sent in self.sent:
            if lt(ack, sent.end):
                if lt(sent.seq, ack):
                    self.shorten(sent, ack, delivery)
                break
            filled = filled or sent.retransmits > 0
            self.leave(sent, delivery)
            if not sent.sacked:
                self.delivered(sent, now, delivery, tsecr_sent_at)
            count += 1
        if filled:
            # What lies behind a hole that was filled arrived earlier than this ACK tells.
            delivery.round_trip = 0
            delivery.repeated = True
        if count == len(self.sent) == 1:
            only = self.sent.pop()
            if len(self.spare) < MAX_SPARE:
                self.spare.append(only)
        elif count:
            if len(self.spare) < MAX_SPARE:
                self.spare += self.sent[: min(count, MAX_SPARE - len(self.spare))]
            # A slice also of one: in front of a list the runtime only steps over it, where Cython would move all that is behind an item.
            del self.sent[:count]
        self.settled = max(self.settled - count, 0)
        if self.holes:
            del self.holes[: self.index_of(self.holes, ack)]

    def shorten(self, sent: Sent, ack: int, delivery: Delivery) -> None:
        """Only the front of `sent` was acknowledged: the peer, or a middlebox, cut it anew."""
        octets = (ack - sent.seq) & MASK
        sent.seq = ack
        self.outstanding -= octets
        if sent.sacked:
            self.sacked_octets -= octets
        else:
            delivery.acked += octets
            self.rates.delivered += octets
            if sent.lost:
                self.lost_octets -= octets

    def leave(self, sent: Sent, delivery: Delivery) -> None:
        """`sent` is acknowledged in order: it counts no more."""
        size = sent.size()
        self.outstanding -= size
        if sent.sacked:
            self.sacked_octets -= size
        else:
            delivery.acked += size
            if sent.lost:
                self.lost_octets -= size

    def begin_sacks(self) -> None:
        """A further ACK has SACK blocks."""
        self.told = self.telling
        self.telling = []
        if self.sacked_octets == 0:
            self.told = self.telling

    def sack(self, left: int, right: int, una: int, nxt: int, now: int, delivery: Delivery, tsecr_sent_at: int) -> None:
        """One SACK block (RFC 2018 §3). A block outside what is outstanding tells nothing, and is not believed (RFC 2883 §4 apart).

        Of a block that has only grown what is new is looked at: the peer repeats each with every ACK (CVE-2019-11478).
        """
        if not (lt(left, right) and le(una, left) and le(right, nxt)):
            return
        start = left
        for k in range(0, len(self.told), 2):
            if self.told[k] == left and le(self.told[k + 1], right):
                start = self.told[k + 1]
        self.telling.append(left)
        self.telling.append(right)
        i = self.index_of(self.sent, start)
        while i < len(self.sent):
            sent = self.sent[i]
            if lt(right, sent.end):
                break
            if not sent.sacked and le(left, sent.seq):
                if sent.lost or sent.retransmits:
                    self.holes.pop(self.index_of(self.holes, sent.seq))
                sent.sacked = True
                size = sent.size()
                self.sacked_octets += size
                delivery.sacked += size
                self.delivered(sent, now, delivery, tsecr_sent_at)
                if sent.lost:
                    sent.lost = False
                    self.lost_octets -= size
            i += 1

    def index_of(self, records: list[Sent], seq: int) -> int:
        """The index of the first of `records`, in order, that ends after `seq`, by bisection."""
        low = 0
        high = len(records)
        while low < high:
            middle = (low + high) // 2
            sent = records[middle]
            if lt(seq, sent.end):
                high = middle
            else:
                low = middle + 1
        return low

    def delivered(self, sent: Sent, now: int, delivery: Delivery, tsecr_sent_at: int) -> None:
        """RFC 8985 §6.2, steps 1 to 3, for one segment that was just acknowledged or SACKed."""
        self.rates.on_delivered(sent, now, delivery)
        rtt = now - sent.sent_at
        if sent.retransmits:
            # Karn: which of the two arrived? Not this one, if the echoed timestamp is older than it.
            if tsecr_sent_at != OFF and tsecr_sent_at < sent.sent_at - 1000:
                return
            if tsecr_sent_at == OFF and self.rack_rtt and rtt < self.rack_rtt // 2:
                return
        else:
            delivery.round_trip = max(rtt, 1)
            if sent.lost:
                delivery.original = True
            if lt(sent.end, delivery.fack):
                self.reordering_seen = True
                self.reorderings += not delivery.reordered
                delivery.reordered = True
                self.reorder_extent = max(self.reorder_extent, (delivery.fack - sent.seq) & MASK)
        if lt(self.fack, sent.end):
            self.fack = sent.end
        self.rack_rtt = max(rtt, 1)
        self.rack_order = max(self.rack_order, sent.order)

    def reordering_window(self, min_rtt: int, srtt: int, in_recovery: bool, mss: int) -> int:
        """RFC 8985 §6.2, step 4."""
        if not self.reordering_seen and (in_recovery or self.sacked_octets >= DUP_THRESH * mss):
            return 0
        return min(self.reo_wnd_mult * (min_rtt // 4), srtt)

    def detect_loss(self, reo_wnd: int, now: int) -> tuple[int, int]:
        """RFC 8985 §6.2, step 5. Returns (octets newly marked lost, microseconds until more may be, or OFF)."""
        marked = 0
        timeout = OFF
        for sent in self.holes:
            if not sent.lost and sent.order < self.rack_order:
                remaining = sent.sent_at + self.rack_rtt + reo_wnd - now
                if remaining <= 0:
                    marked += self.mark_lost(sent)
                elif remaining > timeout:
                    timeout = remaining
        # What was sent once lies in the order of its sending, so the first that is too new ends the search.
        i = self.settled
        waits = False
        while i < len(self.sent):
            sent = self.sent[i]
            i += 1
            if not (sent.sacked or sent.lost or sent.retransmits):
                if sent.order >= self.rack_order:
                    break
                remaining = sent.sent_at + self.rack_rtt + reo_wnd - now
                if remaining <= 0:
                    marked += self.mark_lost(sent)
                else:
                    waits = True
                    timeout = max(timeout, remaining)
            if not waits:
                self.settled = i
        return marked, timeout

    def mark_lost(self, sent: Sent) -> int:
        """`sent` is to be sent again. Returns its size, 0 if that was known, or if it has arrived."""
        if sent.lost or sent.sacked:
            return 0
        self.add_hole(sent)
        sent.lost = True
        size = sent.size()
        self.lost_octets += size
        self.rates.lost += size
        return size

    def add_hole(self, sent: Sent) -> None:
        """`sent` is among `holes` from now on, if it was not."""
        i = self.index_of(self.holes, sent.seq)
        if i == len(self.holes) or self.holes[i] is not sent:
            self.holes.insert(i, sent)

    def mark_first_lost(self) -> int:
        """RFC 6582 §3.2: without SACK, the first is the one that is missing."""
        return self.mark_lost(self.sent[0]) if self.sent else 0

    def mark_expired_lost(self, reo_wnd: int, now: int) -> None:
        """RFC 8985 §6.3: the timer expired. The first is lost, and what else was sent longer ago than a round trip and `reo_wnd`."""
        self.recovery_to = self.recovery_from
        self.mark_first_lost()
        for sent in self.sent:
            if sent.sent_at + self.rack_rtt + reo_wnd <= now:
                self.mark_lost(sent)

    def mark_all_lost(self, forget_sacks: bool) -> None:
        """RFC 6298 §5.4, RFC 6675 §5.1: the timer expired, without SACK or because the receiver has reneged (RFC 2018 §8): `forget_sacks`."""
        self.recovery_to = self.recovery_from
        self.telling = []
        for sent in self.sent:
            if forget_sacks and sent.sacked:
                sent.sacked = False
                self.sacked_octets -= sent.size()
            self.mark_lost(sent)

    def unmark_lost(self) -> None:
        """What was marked and not yet sent again is taken to be in the network after all."""
        for sent in self.holes:
            sent.lost = False
        self.holes = [sent for sent in self.holes if sent.retransmits]
        self.settled = 0
        self.lost_octets = 0

    def next_lost(self) -> Sent | None:
        """The first that is to be sent again."""
        if self.lost_octets == 0:
            return None
        for sent in self.holes:
            if sent.lost:
                return sent
        return None

    def split(self, sent: Sent, size: int) -> None:
        """Cut `sent` after `size` octets: the MSS is smaller now than when it was sent, or was never the unit."""
        rest = Sent()
        rest.begin((sent.seq + size) & MASK, sent.end, sent.sent_at, sent.order)
        rest.retransmits = sent.retransmits
        rest.sacked = sent.sacked
        rest.lost = sent.lost
        rest.push, sent.push = sent.push, False
        rest.delivered, rest.delivered_at, rest.first_sent_at = sent.delivered, sent.delivered_at, sent.first_sent_at
        rest.lost_then, rest.in_flight, rest.app_limited = sent.lost_then, sent.in_flight, sent.app_limited
        i = self.index_of(self.sent, sent.seq) + 1
        sent.end = rest.seq
        self.sent.insert(i, rest)
        self.settled += i <= self.settled
        if not rest.sacked and (rest.lost or rest.retransmits):
            self.add_hole(rest)

    def resend(self, sent: Sent, now: int) -> None:
        """`sent` is sent again: in flight once more."""
        self.add_hole(sent)
        size = sent.size()
        pipe = self.pipe()
        if sent.lost:
            sent.lost = False
            self.lost_octets -= size
        else:
            pipe -= size
        self.orders += 1
        sent.order = self.orders
        sent.retransmits += 1
        sent.sent_at = now
        self.rates.on_send(sent, pipe, now)
        self.retransmitted += 1
        self.retransmitted_octets += size

    def retransmissions_in_flight(self) -> int:
        """Segments that were sent again and are still outstanding, neither SACKed nor lost."""
        count = 0
        for sent in self.holes:
            if not sent.lost:
                count += 1
        return count

    def on_dsack(self, left: int, una: int, nxt: int) -> None:
        """RFC 8985 §6.2, step 4: a retransmission was not needed, so wait longer for what is only late; once in a round.

        The RFC takes any DSACK. But what a timeout or a probe repeated says that an ACK was lost, or late; and what the network repeated
        says nothing: on a path that loses ACKs, too, RACK would soon wait a whole round trip for every loss.
        """
        if not (le(self.recovery_from, left) and lt(left, self.recovery_to)):
            return
        if self.dsack_round != OFF and lt(una, self.dsack_round):
            return
        self.dsack_round = nxt
        self.reo_wnd_mult = min(self.reo_wnd_mult + 1, MAX_REO_WND_MULT)
        self.reo_wnd_persist = REO_WND_PERSIST

    def on_recovery(self, una: int, nxt: int) -> None:
        """RACK found a loss: what it now sends again lies in [una, nxt)."""
        self.recovery_from = una
        self.recovery_to = nxt

    def on_recovered(self) -> None:
        """RFC 8985 §6.2, step 4: after REO_WND_PERSIST recoveries without a DSACK, wait as before."""
        self.reo_wnd_persist -= 1
        if self.reo_wnd_persist <= 0:
            self.reo_wnd_mult = 1

    def clear(self) -> None:
        """Nothing is outstanding any more."""
        if self.sent:
            self.sent = []
            self.holes = []
        self.settled = 0
        self.outstanding = self.sacked_octets = self.lost_octets = 0
