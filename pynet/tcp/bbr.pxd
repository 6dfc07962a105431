cimport cython

from pynet.tcp.congestion cimport NewReno, initial_window
from pynet.tcp.delivery cimport Delivery

cdef class Bbr(NewReno):
    cdef public long long mss
    cdef public long long state
    cdef public long long next_round_delivered
    cdef public bint round_start
    cdef public long long round_count
    cdef public long long bw_this_cycle
    cdef public long long bw_last_cycle
    cdef public long long bw_shortterm
    cdef public long long inflight_shortterm
    cdef public long long inflight_longterm
    cdef public long long bw_latest
    cdef public long long inflight_latest
    cdef public long long loss_round_delivered
    cdef public bint loss_round_start
    cdef public bint loss_in_round
    cdef public long long loss_events
    cdef public long long lost_in_round
    cdef public long long delivered_in_round
    cdef public long long full_bw
    cdef public long long full_bw_count
    cdef public bint full_bw_now
    cdef public bint full_bw_reached
    cdef public long long min_rtt
    cdef public long long min_rtt_stamp
    cdef public long long probe_rtt_min_delay
    cdef public long long probe_rtt_min_stamp
    cdef public bint probe_rtt_expired
    cdef public long long probe_rtt_done_stamp
    cdef public bint probe_rtt_round_done
    cdef public long long prior_cwnd
    cdef public bint idle_restart
    cdef public long long extra_acked_start
    cdef public long long extra_acked_delivered
    cdef public long long extra_acked
    cdef public long long extra_acked_before
    cdef public long long extra_acked_round
    cdef public long long ack_phase
    cdef public bint bw_probe_samples
    cdef public long long bw_probe_wait
    cdef public long long bw_probe_up_rounds
    cdef public long long bw_probe_up_acks
    cdef public long long probe_up_count
    cdef public long long rounds_since_probe
    cdef public long long cycle_stamp
    cdef public long long random
    cpdef on_delivery(self, Delivery delivery, long long mss, long long now)
    cpdef on_ack(self, long long acked, long long mss, long long srtt, long long now)
    cpdef on_loss(self, long long flight, long long mss, long long now)
    cpdef on_rto(self, long long flight, long long mss, long long now)
    cpdef on_recovered(self, long long mss, long long now)
    cpdef after_idle(self, long long mss)
    cpdef restore(self)
    cpdef long long max_bw(self)
    cpdef long long bw(self)
    cpdef long long bdp(self, long long bw, long long gain)
    cpdef long long quantized(self, long long octets)
    cpdef long long inflight(self, long long gain)
    cpdef long long inflight_with_headroom(self)
    cpdef update_latest_delivery_signals(self, Delivery delivery)
    cpdef update_congestion_signals(self, Delivery delivery, long long now)
    cpdef lower_bounds(self)
    cpdef reset_lower_bounds(self)
    cpdef update_ack_aggregation(self, Delivery delivery, long long now)
    cpdef update_min_rtt(self, Delivery delivery, long long now)
    cpdef check_full_bw_reached(self, Delivery delivery)
    cpdef reset_full_bw(self, long long rate)
    cpdef check_startup_high_loss(self)
    cpdef check_startup_done(self, long long now)
    cpdef update_probe_bw_cycle_phase(self, Delivery delivery, long long now)
    cpdef adapt_long_term_model(self, Delivery delivery, long long now)
    cpdef handle_inflight_too_high(self, Delivery delivery, long long now)
    cpdef probe_inflight_upward(self, Delivery delivery)
    cpdef raise_slope(self)
    cpdef bint is_cwnd_limited(self, Delivery delivery) except -1
    cpdef bint is_time_to_probe(self, long long now) except -1
    cpdef bint is_time_to_cruise(self, Delivery delivery) except -1
    cpdef bint is_time_to_go_down(self, Delivery delivery) except -1
    cpdef start_probe_bw_down(self, Delivery delivery, long long now)
    cpdef start_probe_bw_refill(self, Delivery delivery)
    cpdef start_probe_bw_up(self, Delivery delivery, long long now)
    cpdef check_probe_rtt(self, Delivery delivery, long long now)
    cpdef handle_probe_rtt(self, Delivery delivery, long long now)
    cpdef long long probe_rtt_cwnd(self)
    cpdef set_pacing_rate(self, long long gain)
    cpdef set_cwnd(self, Delivery delivery)
