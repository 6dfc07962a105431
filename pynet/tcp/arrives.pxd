cimport cython

from pynet.tcp cimport ecn, loss, output, path, timers
from pynet.tcp.connection cimport Connection
from pynet.tcp.layer cimport Listener, Tcp
from pynet.tcp.segment cimport Segment
from pynet.tcp.sequence cimport add, between, le, lt
from pynet.tcp.states cimport may_receive

cpdef closed(Tcp layer, Segment seg, long long now)
cpdef listen(Tcp layer, Listener listener, Segment seg, long long iss, long long now)
cpdef send_first_syn(Connection conn, long long now)
cpdef occupy_syn(Connection conn, long long now)
cpdef resume_handshake(Connection conn, Segment syn, long long now)
cpdef take_syn(Connection conn, Segment seg, long long now)
cpdef segment_arrives(Connection conn, Segment seg, long long now)
cpdef bint fast_path(Connection conn, Segment seg, long long now) except -1
cpdef syn_sent(Connection conn, Segment seg, long long now)
cpdef simultaneous_open(Connection conn, long long now)
cpdef whole_buffers(Connection conn)
cpdef established(Connection conn, long long syn_retransmits, long long now)
cpdef other_states(Connection conn, Segment seg, long long now)
cpdef time_wait(Connection conn, Segment seg, long long now)
cpdef bint check_sequence(Connection conn, Segment seg, long long now) except -1
cpdef bint repeated_syn(Connection conn, Segment seg, long long now) except -1
cpdef bint check_timestamp(Connection conn, Segment seg, long long now) except -1
cpdef bint acceptable(Connection conn, Segment seg) except -1
cpdef bint in_window(Connection conn, long long seq, long long wnd) except -1
cpdef bint unacceptable(Connection conn, Segment seg, long long now) except -1
cpdef answer_unacceptable(Connection conn, Segment seg, long long now)
cpdef trim(Connection conn, Segment seg)
cpdef bint check_rst(Connection conn, Segment seg, long long now) except -1
cpdef bint check_syn(Connection conn, Segment seg, long long now) except -1
cpdef bint check_ack(Connection conn, Segment seg, long long now) except -1
cpdef bint ack_in_syn_received(Connection conn, Segment seg, long long now) except -1
cpdef bint defer(Connection conn, long long now) except -1
cpdef take_ack(Connection conn, Segment seg, long long now)
cpdef free_acked(Connection conn)
cpdef update_window(Connection conn, Segment seg)
cpdef bint after_ack(Connection conn, Segment seg, long long now) except -1
cpdef enter_time_wait(Connection conn, long long now)
cpdef urgent_text_fin(Connection conn, Segment seg, long long now)
@cython.locals(size=cython.longlong, more=cython.longlong)
cpdef bint segment_text(Connection conn, Segment seg, long long now) except -1
cpdef take_queued(Connection conn)
cpdef bint nobody_reads(Connection conn) except -1
cpdef how_soon(Connection conn, long long now)
cpdef note_duplicate(Connection conn, long long seq, long long end)
cpdef take_text(Connection conn, bytearray buffer, long long at, long long end)
cpdef note_fin(Connection conn, long long seq, long long now)
cpdef take_fin(Connection conn, long long now)
cpdef delay_fin_ack(Connection conn, long long now)
