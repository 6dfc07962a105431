cimport cython

from pynet.readiness cimport sooner
from pynet.tcp.connection cimport Connection
from pynet.tcp.delivery cimport Sent
from pynet.tcp.states cimport synchronized

cpdef long long next_deadline(Connection conn)
cpdef arm_after_output(Connection conn, long long now)
@cython.locals(last=Sent)
cpdef arm_probe(Connection conn, long long now)
cpdef arm_keepalive(Connection conn, long long now)
cpdef on_heard(Connection conn, long long now)
cpdef start_time_wait(Connection conn, long long now)
cpdef delay_ack(Connection conn, long long now)
cpdef stop_all(Connection conn)
