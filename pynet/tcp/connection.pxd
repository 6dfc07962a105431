cimport cython

from pynet.readiness cimport nothing
from pynet.tcp cimport info, output, sequence, timers
from pynet.tcp.buffers cimport BlockQueue, ByteQueue, OutOfOrder
from pynet.tcp.congestion cimport NewReno
from pynet.tcp.delivery cimport Delivery
from pynet.tcp.layer cimport Listener, Tcp
from pynet.tcp.path cimport Search
from pynet.tcp.prr cimport Prr
from pynet.tcp.recovery cimport Scoreboard
from pynet.tcp.rto cimport RoundTrip
from pynet.tcp.trace cimport Trace

@cython.final
cdef class Connection:
    cdef public Tcp layer
    cdef public tuple key
    cdef public long long local
    cdef public long long lport
    cdef public long long remote
    cdef public long long rport
    cdef public long long ports
    cdef public long long state
    cdef public Listener listener
    cdef public object changed
    cdef public long long error
    cdef public long long soft_error
    cdef public bint orphan
    cdef public bint counted_orphan
    cdef public bint read_shut
    cdef public bint discards
    cdef public bint touched
    cdef public long long iss
    cdef public long long snd_una
    cdef public long long snd_nxt
    cdef public long long snd_wnd
    cdef public long long snd_wl1
    cdef public long long snd_wl2
    cdef public long long snd_up
    cdef public long long send_seq
    cdef public long long max_snd_wnd
    cdef public bint urgent
    cdef public long long push_end
    cdef public bint fin_queued
    cdef public bint fin_sent
    cdef public long long snd_small
    cdef public long long irs
    cdef public long long rcv_nxt
    cdef public long long rcv_adv
    cdef public long long rcv_up
    cdef public long long rcv_fin
    cdef public bint fin_received
    cdef public bint urgent_received
    cdef public long long snd_scale
    cdef public long long rcv_scale
    cdef public bint scale_ok
    cdef public bint sack_ok
    cdef public bint ts_ok
    cdef public long long ts_offset
    cdef public long long ts_recent
    cdef public long long ts_recent_at
    cdef public long long last_ack_sent
    cdef public long long snd_mss
    cdef public long long adv_mss
    cdef public long long rcv_mss
    cdef public long long maxseg
    cdef public Search search
    cdef public long long sndbuf
    cdef public long long rcvbuf
    cdef public bint tune_send
    cdef public bint tune_receive
    cdef public long long granted
    cdef public long long held
    cdef public long long read_octets
    cdef public long long read_since
    cdef public ByteQueue send_queue
    cdef public BlockQueue receive_queue
    cdef public OutOfOrder out_of_order
    cdef public long long dsack_left
    cdef public long long dsack_right
    cdef public RoundTrip rtt
    cdef public Scoreboard board
    cdef public NewReno congestion
    cdef public Prr prr
    cdef public long long ca_state
    cdef public long long recover
    cdef public long long dup_acks
    cdef public Delivery delivery
    cdef public long long undo_at
    cdef public long long undo_una
    cdef public long long undo_left
    cdef public bint eifel
    cdef public bint frto
    cdef public bint frto_new
    cdef public bint frto_wait
    cdef public bint cwnd_limited
    cdef public long long max_flight
    cdef public long long usage_seq
    cdef public long long ecn
    cdef public bint ecn_asked
    cdef public bint ecn_ok
    cdef public bint ecn_echo
    cdef public bint ecn_cwr
    cdef public bint ecn_new
    cdef public long long delivered_ce
    cdef public long long ecn_marks
    cdef public long long max_pacing_rate
    cdef public long long pace_rate
    cdef public long long pace_tokens
    cdef public long long paced_at
    cdef public long long ttl
    cdef public long long tos
    cdef public bint ack_now
    cdef public bint ack_due
    cdef public bint in_burst
    cdef public bint held_back
    cdef public long long quick_acks
    cdef public bint quickack
    cdef public long long challenge_since
    cdef public long long challenges
    cdef public long long t_retransmit
    cdef public long long t_probe
    cdef public long long t_reorder
    cdef public long long t_pace
    cdef public long long t_persist
    cdef public long long t_delack
    cdef public long long t_keepalive
    cdef public long long t_end
    cdef public long long scheduled
    cdef public long long progress_at
    cdef public long long heard_at
    cdef public long long sent_at
    cdef public long long keep_probes
    cdef public long long probes
    cdef public long long tlp_end
    cdef public bint tlp_out
    cdef public bint tlp_again
    cdef public bint nodelay
    cdef public bint cork
    cdef public bint keep
    cdef public long long keep_idle
    cdef public long long keep_interval
    cdef public long long keep_count
    cdef public long long user_timeout
    cdef public long long notsent_lowat
    cdef public long long fin_timeout
    cdef public long long syn_timeout
    cdef public long long defer_accept
    cdef public long long bytes_acked
    cdef public long long bytes_received
    cdef public long long bytes_sent
    cdef public long long segs_in
    cdef public long long segs_out
    cdef public long long data_segs_in
    cdef public long long data_segs_out
    cdef public long long dsack_dups
    cdef public long long rcv_ooopack
    cdef public long long timeouts
    cdef public long long data_heard_at
    cdef public long long ack_heard_at
    cdef public bint refused
    cdef public bint no_space
    cdef public long long chrono_kind
    cdef public long long chrono_since
    cdef public long long busy_time
    cdef public long long rwnd_limited
    cdef public long long sndbuf_limited
    cdef public Trace trace
    cdef public long long opened_at
    cpdef long long send(self, data, long long now, bint urgent=*, bint more=*)
    cpdef long long enqueue(self, data, long long now)
    cpdef bytes receive(self, long long count, long long now, bint peek=*)
    cpdef shutdown_write(self, long long now)
    cpdef enter_fin_wait_1(self)
    cpdef shutdown_read(self)
    cpdef close(self, long long now)
    cpdef abort(self, long long now)
    cpdef str status(self)
    cpdef keepalive(self, long long idle, long long interval, long long count, long long now)
    cpdef set_nodelay(self, bint nodelay, long long now)
    cpdef set_cork(self, bint cork, long long now)
    cpdef push(self, long long now)
    cpdef set_rcvbuf(self, long long octets)
    cpdef set_sndbuf(self, long long octets)
    cpdef set_quickack(self, bint quickack, long long now)
    cpdef long long poll(self)
    cpdef bint writable(self) except -1
    cpdef bint is_closing(self) except -1
    cpdef long long take_error(self)
    cpdef long long snd_end(self)
    cpdef long long unsent(self)
    cpdef long long read_seq(self)
    cpdef long long rcv_wnd(self)
    cpdef bint fin_acked(self) except -1
    cpdef long long tsval(self, long long now)
    cpdef leave_listener(self)
    cpdef finish(self, long long error)
    cpdef settle(self, long long now)
    cpdef notify(self)
    cpdef dict info(self, long long now)
