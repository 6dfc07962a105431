"""BBR, version 3 (draft-ietf-ccwg-bbr): a model of the path, its bandwidth and its round trip without queues, says how fast to send and how much.

Startup -> Drain -> ProbeBW: Down -> Cruise -> Refill -> Up -> Down ...; ProbeRTT every five seconds unless the round trip was as short meanwhile.
Names are the draft's. Octets, microseconds, octets a second; gains are hundredths. Less than the draft: a loss is judged by the rate sample of the ACK
that shows it, not by the lost segment's own (§5.5.10.2), and there is no packet conservation in recovery, which inflight_shortterm bounds.
"""

from __future__ import annotations

from pynet.tcp.congestion import INFINITE, NewReno, initial_window
from pynet.tcp.delivery import Delivery

SECOND = 1_000_000

# States.
STARTUP = 0
DRAIN = 1
PROBE_BW_DOWN = 2
PROBE_BW_CRUISE = 3
PROBE_BW_REFILL = 4
PROBE_BW_UP = 5
PROBE_RTT = 6

# Which part of a bandwidth probe the ACKs that come now belong to.
ACKS_INIT = 0
ACKS_REFILLING = 1
ACKS_PROBE_STARTING = 2
ACKS_PROBE_FEEDBACK = 3
ACKS_PROBE_STOPPING = 4

# By state: BBR.pacing_gain and BBR.cwnd_gain.
PACING_GAIN = (277, 50, 90, 100, 100, 125, 100)
CWND_GAIN = (200, 200, 200, 200, 200, 225, 50)

# Per cent: less than the model says is sent, so that queues drain (BBR.PacingMarginPercent); what a loss leaves (BBR.Beta); what is left to others
# (BBR.Headroom); the loss that a probe may cause (BBR.LossThresh).
PACING_MARGIN = 1
BETA = 70
HEADROOM = 15
LOSS_THRESH = 2
STARTUP_FULL_LOSS_COUNT = 6
STARTUP_FULL_BW_COUNT = 3
MIN_PIPE = 4
MIN_RTT_FILTER = 10 * SECOND
PROBE_RTT_INTERVAL = 5 * SECOND
PROBE_RTT_DURATION = 200_000
# Rounds in each half of the window in which extra_acked is the greatest.
EXTRA_ACKED_ROUNDS = 5
# Rounds after which Reno, with such a window, would have made room (§5.3.3.5).
MAX_RENO_ROUNDS = 63
MAX_SHIFT = 30


class Bbr(NewReno):
    """One connection's model. `cwnd` and `pacing_rate` are what it is for."""

    name = "bbr"

    def __init__(self, mss: int) -> None:
        super().__init__(mss)
        self.owns_window = True
        self.mss = mss
        self.state = STARTUP
        # Rounds (§5.5.1).
        self.next_round_delivered = 0
        self.round_start = False
        self.round_count = 0
        # Bandwidth: the highest of this probing cycle and of the last, and the bounds that losses set (§5.5.2, §5.5.10).
        self.bw_this_cycle = 0
        self.bw_last_cycle = 0
        self.bw_shortterm = INFINITE << 10
        self.inflight_shortterm = INFINITE
        self.inflight_longterm = INFINITE
        self.bw_latest = 0
        self.inflight_latest = 0
        self.loss_round_delivered = 0
        self.loss_round_start = False
        self.loss_in_round = False
        self.loss_events = 0
        self.lost_in_round = 0
        self.delivered_in_round = 0
        # Is the pipe full (§5.3.1)?
        self.full_bw = 0
        self.full_bw_count = 0
        self.full_bw_now = False
        self.full_bw_reached = False
        # The round trip; 0: not known.
        self.min_rtt = 0
        self.min_rtt_stamp = 0
        self.probe_rtt_min_delay = 0
        self.probe_rtt_min_stamp = 0
        self.probe_rtt_expired = False
        self.probe_rtt_done_stamp = 0
        self.probe_rtt_round_done = False
        self.prior_cwnd = 0
        self.idle_restart = False
        # ACKs that come in lumps (§5.5.9).
        self.extra_acked_start = 0
        self.extra_acked_delivered = 0
        self.extra_acked = 0
        self.extra_acked_before = 0
        self.extra_acked_round = 0
        # Probing for bandwidth (§5.3.3).
        self.ack_phase = ACKS_INIT
        self.bw_probe_samples = False
        self.bw_probe_wait = 0
        self.bw_probe_up_rounds = 0
        self.bw_probe_up_acks = 0
        self.probe_up_count = INFINITE
        self.rounds_since_probe = 0
        self.cycle_stamp = 0
        self.random = 1

    # What the connection tells.

    def on_delivery(self, delivery: Delivery, mss: int, now: int) -> None:
        """§5.2.3: the model, the state, what follows from them."""
        self.mss = mss
        self.update_latest_delivery_signals(delivery)
        self.update_congestion_signals(delivery, now)
        self.update_ack_aggregation(delivery, now)
        self.check_full_bw_reached(delivery)
        self.check_startup_done(now)
        if self.state == DRAIN and delivery.in_flight <= self.inflight(100):
            self.start_probe_bw_down(delivery, now)
        self.update_probe_bw_cycle_phase(delivery, now)
        self.update_min_rtt(delivery, now)
        self.check_probe_rtt(delivery, now)
        if self.loss_round_start:
            self.bw_latest = delivery.rate
            self.inflight_latest = delivery.delivered
        self.set_pacing_rate(PACING_GAIN[self.state])
        self.set_cwnd(delivery)

    def on_ack(self, acked: int, mss: int, srtt: int, now: int) -> None:
        """on_delivery has seen to it."""

    def on_loss(self, flight: int, mss: int, now: int) -> None:
        """A loss, which on_delivery has counted, or ECN's mark."""
        self.loss_in_round = True

    def on_rto(self, flight: int, mss: int, now: int) -> None:
        """§5.6.4.4: the window comes back as ACKs come."""
        self.on_loss(flight, mss, now)
        self.cwnd = mss

    def on_recovered(self, mss: int, now: int) -> None:
        """The model has no recovery."""

    def after_idle(self, mss: int) -> None:
        """§5.4.1: what is known of the path is not forgotten; pacing makes a restart gentle."""
        self.idle_restart = True

    def restore(self) -> None:
        """The loss was none: no bound of it stays."""
        self.cwnd = max(self.cwnd, self.saved_cwnd)
        self.reset_lower_bounds()

    # The model.

    def max_bw(self) -> int:
        """BBR.max_bw."""
        return max(self.bw_this_cycle, self.bw_last_cycle)

    def bw(self) -> int:
        """BBR.bw: bounded by what losses showed lately (§5.5.10.3)."""
        return min(self.max_bw(), self.bw_shortterm)

    def bdp(self, bw: int, gain: int) -> int:
        """BBRBDPMultiple: a gain of the bandwidth-delay product, or of the initial window while there is no round trip."""
        if self.min_rtt == 0:
            return initial_window(self.mss) * gain // 100
        return min(bw * self.min_rtt // SECOND, INFINITE) * gain // 100

    def quantized(self, octets: int) -> int:
        """BBRQuantizationBudget: room for what is sent at once, and for the ACKs that are delayed."""
        quantum = min(max(self.pacing_rate // 1000, 2 * self.mss), 65536)
        octets = max(octets, 3 * quantum, MIN_PIPE * self.mss)
        return octets + 2 * self.mss if self.state == PROBE_BW_UP else octets

    def inflight(self, gain: int) -> int:
        """BBRInflight."""
        return self.quantized(self.bdp(self.max_bw(), gain))

    def inflight_with_headroom(self) -> int:
        """BBRInflightWithHeadroom: others find room."""
        if self.inflight_longterm >= INFINITE:
            return INFINITE
        headroom = max(self.mss, self.inflight_longterm * HEADROOM // 100)
        return max(self.inflight_longterm - headroom, MIN_PIPE * self.mss)

    def update_latest_delivery_signals(self, delivery: Delivery) -> None:
        """BBRUpdateLatestDeliverySignals."""
        self.loss_round_start = False
        self.bw_latest = max(self.bw_latest, delivery.rate)
        self.inflight_latest = max(self.inflight_latest, delivery.delivered)
        if delivery.order and delivery.prior_delivered >= self.loss_round_delivered:
            self.loss_round_delivered = delivery.total
            self.loss_round_start = True

    def update_congestion_signals(self, delivery: Delivery, now: int) -> None:
        """BBRUpdateCongestionSignals: rounds, the highest bandwidth, and outside of probes what losses leave of both."""
        self.round_start = delivery.order != 0 and delivery.prior_delivered >= self.next_round_delivered
        if self.round_start:
            self.next_round_delivered = delivery.total
            self.round_count += 1
            self.rounds_since_probe += 1
        if delivery.rate and (delivery.rate >= self.max_bw() or not delivery.app_limited):
            self.bw_this_cycle = max(self.bw_this_cycle, delivery.rate)
        self.delivered_in_round += delivery.octets()
        if delivery.lost:
            self.loss_in_round = True
            self.loss_events += 1
            self.lost_in_round += delivery.lost
        if not self.loss_round_start:
            return
        if self.state == STARTUP:
            self.check_startup_high_loss()
        elif self.loss_in_round and self.state not in (PROBE_BW_REFILL, PROBE_BW_UP):
            self.lower_bounds()
        self.loss_in_round = False
        self.loss_events = self.lost_in_round = self.delivered_in_round = 0

    def lower_bounds(self) -> None:
        """BBRInitLowerBounds, BBRLossLowerBounds."""
        self.bw_shortterm = max(self.bw_latest, min(self.bw_shortterm, self.max_bw()) * BETA // 100)
        self.inflight_shortterm = max(self.inflight_latest, min(self.inflight_shortterm, self.cwnd) * BETA // 100)

    def reset_lower_bounds(self) -> None:
        """BBRResetShortTermModel."""
        self.bw_shortterm = INFINITE << 10
        self.inflight_shortterm = INFINITE

    def update_ack_aggregation(self, delivery: Delivery, now: int) -> None:
        """BBRUpdateACKAggregation: how much more than the bandwidth says ACKs tell of at once, in the last ten rounds (one in Startup)."""
        expected = self.bw() * min(now - self.extra_acked_start, SECOND) // SECOND
        if self.extra_acked_delivered <= expected:
            self.extra_acked_delivered = 0
            self.extra_acked_start = now
            expected = 0
        self.extra_acked_delivered += delivery.octets()
        extra = min(self.extra_acked_delivered - expected, self.cwnd)
        if self.round_count - self.extra_acked_round >= (EXTRA_ACKED_ROUNDS if self.full_bw_reached else 1):
            self.extra_acked_round = self.round_count
            self.extra_acked_before = self.extra_acked
            self.extra_acked = 0
        self.extra_acked = max(self.extra_acked, extra)

    def update_min_rtt(self, delivery: Delivery, now: int) -> None:
        """BBRUpdateMinRTT."""
        self.probe_rtt_expired = self.min_rtt > 0 and now > self.probe_rtt_min_stamp + PROBE_RTT_INTERVAL
        rtt = delivery.round_trip
        if rtt and (rtt < self.probe_rtt_min_delay or self.probe_rtt_min_delay == 0 or self.probe_rtt_expired):
            self.probe_rtt_min_delay = rtt
            self.probe_rtt_min_stamp = now
        expired = now > self.min_rtt_stamp + MIN_RTT_FILTER
        if self.probe_rtt_min_delay and (self.min_rtt == 0 or expired or self.probe_rtt_min_delay < self.min_rtt):
            self.min_rtt = self.probe_rtt_min_delay
            self.min_rtt_stamp = self.probe_rtt_min_stamp

    # Startup and Drain (§5.3.1, §5.3.2).

    def check_full_bw_reached(self, delivery: Delivery) -> None:
        """BBRCheckFullBWReached: three rounds in which bandwidth has not grown by a quarter."""
        if self.full_bw_now or not self.round_start or delivery.app_limited or delivery.rate == 0:
            return
        if delivery.rate * 4 >= self.full_bw * 5:
            self.reset_full_bw(delivery.rate)
            return
        self.full_bw_count += 1
        self.full_bw_now = self.full_bw_count >= STARTUP_FULL_BW_COUNT
        self.full_bw_reached = self.full_bw_reached or self.full_bw_now

    def reset_full_bw(self, rate: int) -> None:
        """BBRResetFullBW, and full_bw starts from `rate`."""
        self.full_bw = rate
        self.full_bw_count = 0
        self.full_bw_now = False

    def check_startup_high_loss(self) -> None:
        """BBRCheckStartupHighLoss, at the end of a round: many losses, of more than LossThresh."""
        total = self.lost_in_round + self.delivered_in_round
        if self.loss_events >= STARTUP_FULL_LOSS_COUNT and self.lost_in_round * 100 > total * LOSS_THRESH:
            self.full_bw_reached = True
            self.inflight_longterm = max(self.bdp(self.max_bw(), 100), self.inflight_latest)

    def check_startup_done(self, now: int) -> None:
        """BBRCheckStartupDone."""
        if self.state == STARTUP and self.full_bw_reached:
            self.state = DRAIN

    # ProbeBW (§5.3.3).

    def update_probe_bw_cycle_phase(self, delivery: Delivery, now: int) -> None:
        """BBRUpdateProbeBWCyclePhase."""
        if not self.full_bw_reached:
            return
        self.adapt_long_term_model(delivery, now)
        if self.state in (PROBE_BW_DOWN, PROBE_BW_CRUISE):
            if self.is_time_to_probe(now):
                self.start_probe_bw_refill(delivery)
            elif self.state == PROBE_BW_DOWN and self.is_time_to_cruise(delivery):
                self.state = PROBE_BW_CRUISE
        elif self.state == PROBE_BW_REFILL:
            # A round at the full rate has filled the pipe.
            if self.round_start:
                self.bw_probe_samples = True
                self.start_probe_bw_up(delivery, now)
        elif self.state == PROBE_BW_UP and self.is_time_to_go_down(delivery):
            self.start_probe_bw_down(delivery, now)

    def adapt_long_term_model(self, delivery: Delivery, now: int) -> None:
        """BBRAdaptLongTermModel: how much may be in flight before losses say it is too much."""
        if self.round_start and self.ack_phase == ACKS_PROBE_STARTING:
            self.ack_phase = ACKS_PROBE_FEEDBACK
        if self.round_start and self.ack_phase == ACKS_PROBE_STOPPING:
            self.bw_probe_samples = False
            self.ack_phase = ACKS_INIT
            if not delivery.app_limited and self.bw_this_cycle:
                self.bw_last_cycle = self.bw_this_cycle
                self.bw_this_cycle = 0
        if delivery.order and delivery.lost_since * 100 > delivery.flight_then * LOSS_THRESH:
            if self.bw_probe_samples:
                self.handle_inflight_too_high(delivery, now)
            return
        if self.inflight_longterm >= INFINITE:
            return
        self.inflight_longterm = max(self.inflight_longterm, delivery.flight_then)
        if self.state == PROBE_BW_UP:
            self.probe_inflight_upward(delivery)

    def handle_inflight_too_high(self, delivery: Delivery, now: int) -> None:
        """BBRHandleInflightTooHigh: once for each probe."""
        self.bw_probe_samples = False
        if not delivery.app_limited:
            target = min(self.bdp(self.max_bw(), 100), self.cwnd)
            self.inflight_longterm = max(delivery.flight_then, target * BETA // 100)
        if self.state == PROBE_BW_UP:
            self.start_probe_bw_down(delivery, now)

    def probe_inflight_upward(self, delivery: Delivery) -> None:
        """BBRProbeInflightLongtermUpward: by one segment in the first round, two in the second, four ..."""
        if not self.is_cwnd_limited(delivery) or self.cwnd < self.inflight_longterm:
            return
        self.bw_probe_up_acks += delivery.octets()
        grown = self.bw_probe_up_acks // self.probe_up_count
        self.bw_probe_up_acks -= grown * self.probe_up_count
        self.inflight_longterm = min(self.inflight_longterm + grown, INFINITE)
        if self.round_start:
            self.raise_slope()

    def raise_slope(self) -> None:
        """BBRRaiseInflightLongtermSlope. probe_up_count: octets acknowledged for each octet more."""
        growth = self.mss << self.bw_probe_up_rounds
        self.bw_probe_up_rounds = min(self.bw_probe_up_rounds + 1, MAX_SHIFT)
        self.probe_up_count = max(self.cwnd // growth, 1)

    def is_cwnd_limited(self, delivery: Delivery) -> bool:
        """Before the ACK no further segment had room."""
        return delivery.prior_in_flight + self.mss > self.cwnd

    def is_time_to_probe(self, now: int) -> bool:
        """BBRIsTimeToProbeBW: two to three seconds have passed, or so many rounds that Reno would have probed (§5.3.3.5)."""
        if now > self.cycle_stamp + self.bw_probe_wait:
            return True
        target = min(self.bdp(self.max_bw(), 100), self.cwnd)
        return self.rounds_since_probe >= min(target // self.mss, MAX_RENO_ROUNDS)

    def is_time_to_cruise(self, delivery: Delivery) -> bool:
        """BBRIsTimeToCruise."""
        if delivery.in_flight > self.inflight_with_headroom():
            return False
        return delivery.in_flight <= self.inflight(100)

    def is_time_to_go_down(self, delivery: Delivery) -> bool:
        """BBRIsTimeToGoDown: bandwidth has stopped growing; not while inflight_longterm is what holds it."""
        if self.is_cwnd_limited(delivery) and self.cwnd >= self.inflight_longterm:
            self.reset_full_bw(delivery.rate)
            return False
        return self.full_bw_now

    def start_probe_bw_down(self, delivery: Delivery, now: int) -> None:
        """BBRStartProbeBW_DOWN: drain the queue that the probe made."""
        self.loss_in_round = False
        self.bw_latest = self.inflight_latest = 0
        self.probe_up_count = INFINITE
        # BBRPickProbeWait. The generator of Numerical Recipes; what it is mixed with differs between flows.
        self.random = (self.random * 1_664_525 + 1_013_904_223 + delivery.total + now) & 0xFFFFFFFF
        self.rounds_since_probe = self.random >> 16 & 1
        self.bw_probe_wait = 2 * SECOND + (self.random >> 8) * SECOND // (1 << 24)
        self.cycle_stamp = now
        self.ack_phase = ACKS_PROBE_STOPPING
        self.next_round_delivered = delivery.total
        self.state = PROBE_BW_DOWN

    def start_probe_bw_refill(self, delivery: Delivery) -> None:
        """BBRStartProbeBW_REFILL: forget what losses said meanwhile, and fill the pipe."""
        self.reset_lower_bounds()
        self.bw_probe_up_rounds = 0
        self.bw_probe_up_acks = 0
        self.ack_phase = ACKS_REFILLING
        self.next_round_delivered = delivery.total
        self.state = PROBE_BW_REFILL

    def start_probe_bw_up(self, delivery: Delivery, now: int) -> None:
        """BBRStartProbeBW_UP: send faster than the model says, and see."""
        self.ack_phase = ACKS_PROBE_STARTING
        self.next_round_delivered = delivery.total
        self.reset_full_bw(delivery.rate)
        self.cycle_stamp = now
        self.state = PROBE_BW_UP
        self.raise_slope()

    # ProbeRTT (§5.3.4).

    def check_probe_rtt(self, delivery: Delivery, now: int) -> None:
        """BBRCheckProbeRTT: empty the queue for a moment, to see the round trip without it."""
        if self.state != PROBE_RTT and self.probe_rtt_expired and not self.idle_restart:
            self.prior_cwnd = max(self.cwnd, self.prior_cwnd)
            self.state = PROBE_RTT
            self.probe_rtt_done_stamp = 0
            self.ack_phase = ACKS_PROBE_STOPPING
            self.next_round_delivered = delivery.total
        if self.state == PROBE_RTT:
            self.handle_probe_rtt(delivery, now)
        if delivery.delivered:
            self.idle_restart = False

    def handle_probe_rtt(self, delivery: Delivery, now: int) -> None:
        """BBRHandleProbeRTT, BBRCheckProbeRTTDone."""
        if self.probe_rtt_done_stamp == 0:
            if delivery.in_flight <= self.probe_rtt_cwnd():
                self.probe_rtt_done_stamp = now + PROBE_RTT_DURATION
                self.probe_rtt_round_done = False
                self.next_round_delivered = delivery.total
            return
        self.probe_rtt_round_done = self.probe_rtt_round_done or self.round_start
        if not self.probe_rtt_round_done or now <= self.probe_rtt_done_stamp:
            return
        self.probe_rtt_min_stamp = now
        self.cwnd = max(self.cwnd, self.prior_cwnd)
        self.prior_cwnd = 0
        self.reset_lower_bounds()
        if self.full_bw_reached:
            self.start_probe_bw_down(delivery, now)
            self.state = PROBE_BW_CRUISE
        else:
            self.state = STARTUP

    def probe_rtt_cwnd(self) -> int:
        """BBRProbeRTTCwnd."""
        return max(self.bdp(self.bw(), CWND_GAIN[PROBE_RTT]), MIN_PIPE * self.mss)

    # What follows (§5.6).

    def set_pacing_rate(self, gain: int) -> None:
        """BBRSetPacingRateWithGain; before the first sample BBRInitPacingRate."""
        bw = self.bw()
        if bw == 0 and self.min_rtt:
            bw = initial_window(self.mss) * SECOND // self.min_rtt
        rate = bw * gain // 100 * (100 - PACING_MARGIN) // 100
        if rate and (self.full_bw_reached or rate > self.pacing_rate):
            self.pacing_rate = rate

    def set_cwnd(self, delivery: Delivery) -> None:
        """BBRSetCwnd."""
        acked = delivery.octets()
        most = self.bdp(self.bw(), max(CWND_GAIN[self.state], 100)) + max(self.extra_acked, self.extra_acked_before)
        most = self.quantized(most)
        if self.full_bw_reached:
            self.cwnd = min(self.cwnd + acked, most)
        elif self.cwnd < most or delivery.total < initial_window(self.mss):
            self.cwnd += acked
        self.cwnd = max(self.cwnd, MIN_PIPE * self.mss)
        bound = INFINITE
        if self.state == PROBE_RTT:
            self.cwnd = min(self.cwnd, self.probe_rtt_cwnd())
            bound = self.inflight_with_headroom()
        elif self.state == PROBE_BW_CRUISE:
            bound = self.inflight_with_headroom()
        elif self.state in (PROBE_BW_DOWN, PROBE_BW_REFILL, PROBE_BW_UP):
            bound = self.inflight_longterm
        bound = max(min(bound, self.inflight_shortterm), MIN_PIPE * self.mss)
        self.cwnd = min(self.cwnd, bound, INFINITE)
