from pynet.tcp cimport ecn, output, path, undo
from pynet.tcp.connection cimport Connection
from pynet.tcp.delivery cimport Delivery
from pynet.tcp.recovery cimport Scoreboard
from pynet.tcp.segment cimport Segment
from pynet.tcp.sequence cimport le, lt

cpdef long long echoed_sent_at(Connection conn, Segment seg, long long now)
cpdef take_ack(Connection conn, Segment seg, long long now)
cpdef bint cwnd_limited(Connection conn) except -1
cpdef take_sacks(Connection conn, Segment seg, long long now, Delivery delivery, long long echoed)
cpdef measure(Connection conn, Delivery delivery, long long echoed, long long now)
cpdef detect(Connection conn, Delivery delivery, long long now)
cpdef count_duplicates(Connection conn, Segment seg, bint advanced, Delivery delivery, long long now)
cpdef enter_recovery(Connection conn, Delivery delivery, long long now)
cpdef enter_cwr(Connection conn, long long now)
cpdef reduce_window(Connection conn, Delivery delivery, long long now)
cpdef long long flight_size(Connection conn)
cpdef after_ack(Connection conn, Delivery delivery, bint advanced, long long mss, long long now)
cpdef bint raises_window(Connection conn, Delivery delivery, long long mss) except -1
cpdef bint phase_ends(Connection conn) except -1
cpdef end_phase(Connection conn, long long mss, long long now)
cpdef on_timeout(Connection conn, long long now)
cpdef on_reorder_timeout(Connection conn, long long now)
cpdef on_probe_timeout(Connection conn, long long now)
cpdef end_probe(Connection conn, Segment seg, Delivery delivery, long long now)
