cimport cython

from pynet.tcp cimport chrono, ecn, pacing, path, timers
from pynet.tcp.connection cimport Connection
from pynet.tcp.delivery cimport Sent
from pynet.tcp.segment cimport emit, new_segment, put_sacks, put_syn_options, put_timestamps, syn_options_size
from pynet.tcp.sequence cimport le, lt

cpdef output(Connection conn, long long now)
cpdef long long effective_mss(Connection conn)
@cython.locals(size=cython.longlong)
cpdef long long options_size(Connection conn)
cpdef bint has_sacks(Connection conn) except -1
cpdef long long sacks_size(list blocks)
cpdef list sack_blocks(Connection conn)
@cython.locals(before=cython.longlong, closed=cython.bint, unsent=cython.longlong, room=cython.longlong, probe=cython.longlong, mss=cython.longlong, size=cython.longlong, train=cython.longlong, most=cython.longlong, fin=cython.bint, push=cython.bint)
cpdef send_new(Connection conn, long long now)
cpdef long long longest_train(Connection conn)
@cython.locals(mss=cython.longlong, in_network=cython.longlong, cwnd=cython.longlong, unsent=cython.longlong, limited=cython.bint, outstanding=cython.longlong)
cpdef note_usage(Connection conn, bint sent)
cpdef send_forward(Connection conn, long long now)
cpdef long long usable_window(Connection conn)
cpdef long long reno_dup_acks(Connection conn)
cpdef long long pipe(Connection conn)
cpdef bint may_send_now(Connection conn, long long size, long long unsent, long long mss) except -1
cpdef bint must_wait(Connection conn) except -1
cpdef restart_after_idle(Connection conn, long long now)
@cython.locals(seq=cython.longlong)
cpdef send_data(Connection conn, long long size, bint fin, bint push, long long now)
@cython.locals(seq=cython.longlong)
cpdef bint begin_data(Connection conn, long long size, bint fin, bint push, long long now) except -1
@cython.locals(sent=Sent, size=cython.longlong, beyond=cython.bint)
cpdef resend_lost(Connection conn, long long now)
@cython.locals(mss=cython.longlong, fin=cython.bint)
cpdef resend(Connection conn, Sent sent, long long now)
@cython.locals(fin=cython.bint, size=cython.longlong, flags=cython.longlong, gso_size=cython.longlong)
cpdef send_range(Connection conn, long long seq, long long end, bint push, long long mss, long long now)
@cython.locals(flags=cython.longlong, answer=cython.bint, scale=cython.longlong, sack=cython.bint, timestamps=cython.bint, size=cython.longlong, at=cython.longlong, wnd=cython.longlong)
cpdef send_syn(Connection conn, long long now)
@cython.locals(options=cython.longlong, blocks=list, at=cython.longlong, up=cython.longlong, wnd=cython.longlong, offered=cython.longlong, field=cython.longlong)
cpdef send_segment(Connection conn, long long seq, long long size, long long flags, long long now, long long gso_size=*)
@cython.locals(ack=cython.longlong, partial=cython.bint)
cpdef transmit(Connection conn, bytearray frame, long long options, long long seq, long long flags, long long wnd, long long up, long long field, long long gso_size, long long now)
cpdef note_ack(Connection conn, long long edge)
cpdef send_ack(Connection conn, long long now)
cpdef send_probe(Connection conn, long long now)
cpdef send_reset(Connection conn, long long now)
cpdef challenge(Connection conn, long long now)
cpdef long long piece_room(Connection conn, long long wanted)
cpdef long long free_window(Connection conn)
@cython.locals(current=cython.longlong, free=cython.longlong)
cpdef long long select_window(Connection conn)
cpdef bint window_update_due(Connection conn) except -1
cpdef tune_receive_buffer(Connection conn, long long octets, long long now)
@cython.locals(wanted=cython.longlong, mss=cython.longlong)
cpdef tune_send_buffer(Connection conn)
