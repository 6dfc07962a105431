cimport cython

from pynet.lower cimport Lower
from pynet.octets cimport get16, get32
from pynet.readiness cimport nothing
from pynet.tcp cimport arrives, cookies, isn, output, path, ports, rto, segment, timeouts, timers
from pynet.tcp.congestion cimport initial_window
from pynet.tcp.connection cimport Connection
from pynet.tcp.cookies cimport Cookies
from pynet.tcp.path cimport PathTable
from pynet.tcp.ports cimport PortTable, Turns
from pynet.tcp.segment cimport Segment, emit, new_segment, parse
from pynet.tcp.sequence cimport add, lt

@cython.final
cdef class Config:
    cdef public str congestion
    cdef public long long ecn
    cdef public bint pacing
    cdef public bint frto
    cdef public bint empty_probe
    cdef public bint fast_path
    cdef public bint window_scale
    cdef public bint sack
    cdef public bint timestamps
    cdef public bint syn_cookies
    cdef public bint tail_loss_probe
    cdef public bint mtu_probing
    cdef public bint exact_window
    cdef public bint shut_rd_discards
    cdef public bint cwr_at_once
    cdef public bint linux_hystart
    cdef public bint careful_reset
    cdef public bint careful_syn
    cdef public bint keeps_time_wait
    cdef public bint bsd_time_wait
    cdef public bint replaces_time_wait
    cdef public bint syn_timeout_exact
    cdef public bint syn_drops_options
    cdef public bint always_connreset
    cdef public bint patient_connect
    cdef public bint icmp_may_reset
    cdef public bint drops_syn_fin
    cdef public bint restart_idle
    cdef public bint repeats_fin
    cdef public bint drops_unstamped
    cdef public bint reset_unread
    cdef public bint delayed_fin_ack
    cdef public bint ignores_future_acks
    cdef public bint reset_at_timeout
    cdef public bint whole_pieces
    cdef public long long sndbuf
    cdef public long long sndbuf_max
    cdef public long long rcvbuf
    cdef public long long rcvbuf_max
    cdef public long long default_mss
    cdef public long long notsent_lowat
    cdef public long long tw_reuse_delay
    cdef public long long delack
    cdef public long long quick_acks
    cdef public long long time_wait
    cdef public long long fin_timeout
    cdef public long long syn_timeout
    cdef public long long rto_initial
    cdef public long long syn_slop
    cdef public long long ecn_retries
    cdef public long long rto_max
    cdef public long long syn_received_timeout
    cdef public long long timeout
    cdef public long long orphan_timeout
    cdef public long long keep_idle
    cdef public long long keep_interval
    cdef public long long keep_count
    cdef public long long challenge_acks
    cdef public long long challenge_period


@cython.final
cdef class Listener:
    cdef public Tcp layer
    cdef public long long local
    cdef public long long port
    cdef public long long backlog
    cdef public long long half_open
    cdef public long long cookie_sent_at
    cdef public object queue
    cdef public object changed
    cdef public object prepare
    cdef public bint closed
    cpdef Connection accept(self)
    cpdef long long poll(self)
    cpdef set_backlog(self, long long backlog)
    cpdef bint has_room(self) except -1
    cpdef bint takes_syn(self) except -1
    cpdef add(self, Connection conn)
    cpdef close(self, long long now)


@cython.final
cdef class Tcp:
    cdef public Lower lower
    cdef public object entropy
    cdef public Config config
    cdef public object mss_for
    cdef public dict drops
    cdef public bytes key
    cdef public dict connections
    cdef public dict listeners
    cdef public PortTable ports
    cdef public Turns turns
    cdef public object time_waits
    cdef public Cookies cookies
    cdef public long long half_open
    cdef public long long orphans
    cdef public long long granted
    cdef public long long queued
    cdef public PathTable paths
    cdef public long long offload
    cdef public Segment segment
    cdef public Connection last
    cdef public bint in_burst
    cdef public list burst
    cdef public list held_back
    cdef public list spare
    cdef public list heap
    cdef public long long serial
    cpdef long long default_mss_for(self, long long remote)
    cpdef long long bind(self, long long local, long long port, bint share)
    @cython.locals(before=Connection)
    cpdef Connection connect(self, long long local, long long lport, long long remote, long long rport, long long now)
    cpdef Connection open(self, long long local, long long lport, long long remote, long long rport, long long now)
    cpdef bint may_replace(self, Connection conn, long long now) except -1
    cpdef bint gives_way(self, Connection conn) except -1
    cpdef long long random_port(self, is_free)
    cpdef long long choose_iss(self, long long local, long long lport, long long remote, long long rport, long long now)
    cpdef Connection new_connection(self, long long local, long long lport, long long remote, long long rport, long long iss, long long now)
    cpdef long long scale_for(self, long long octets)
    cpdef start_window(self, Connection conn)
    cpdef count_queued(self, Connection conn)
    cpdef long long bound_of(self, long long octets)
    cpdef bint has_too_much(self, Connection conn) except -1
    cpdef Listener listen(self, long long local, long long port, long long backlog)
    cpdef forget_listener(self, Listener listener)
    cpdef list half_open_of(self, Listener listener)
    @cython.locals(conn=Connection, listener=Listener)
    cpdef input(self, bytearray packet, long long at, long long end, long long src, long long dst, long long now, long long field=*, bint verified=*)
    @cython.locals(conn=Connection)
    cpdef Connection find(self, Segment seg)
    cpdef begin_burst(self)
    cpdef settle_later(self, Connection conn)
    @cython.locals(conn=Connection)
    cpdef end_burst(self, long long now)
    cpdef hold_back(self, Connection conn)
    @cython.locals(conn=Connection)
    cpdef go_on(self, long long now)
    cpdef bint reopens(self, Connection conn, Segment seg, long long now) except -1
    cpdef Connection accept_syn(self, Listener listener, Segment seg, long long iss, long long now)
    cpdef bint has_room_for_another(self, Listener listener) except -1
    cpdef Connection new_half_open(self, Listener listener, Segment seg, long long iss, long long now)
    cpdef bint accept_cookie(self, Listener listener, Segment seg, long long now) except -1
    cpdef reset_segment(self, Segment seg, long long now)
    cpdef drop(self, str reason)
    @cython.locals(conn=Connection)
    cpdef icmp_error(self, long long src, long long dst, bytearray packet, long long at, long long end, str kind, long long mtu, long long now)
    cpdef schedule(self, Connection conn)
    @cython.locals(first=tuple, deadline=cython.longlong, conn=Connection)
    cpdef run_timers(self, long long now)
    @cython.locals(deadline=cython.longlong, conn=Connection)
    cpdef next_deadline(self)
    cpdef remove(self, Connection conn)
    cpdef add_time_wait(self, Connection conn)
    cpdef long long grant(self, Connection conn, long long octets)
    cpdef bint too_many_orphans(self) except -1
    cpdef add_orphan(self, Connection conn)
    cpdef forget_orphan(self, Connection conn)

cpdef long long some_port(long long port) except -1
cpdef unprepared(Connection conn)
cpdef bint is_unicast(long long address) except -1
