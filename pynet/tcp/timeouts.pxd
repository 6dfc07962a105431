from pynet.tcp cimport loss, output, path, timers
from pynet.tcp.connection cimport Connection
from pynet.tcp.states cimport synchronized

cpdef bint due(long long deadline, long long now) except -1
cpdef run(Connection conn, long long now)
cpdef on_persist_timeout(Connection conn, long long now)
cpdef send_empty_probe(Connection conn, long long now)
cpdef on_retransmission_timeout(Connection conn, long long now)
cpdef long long limit_of_patience(Connection conn)
cpdef bint gave_up(Connection conn, long long now) except -1
cpdef give_up(Connection conn, bint reset, long long now)
cpdef on_keepalive_timeout(Connection conn, long long now)
