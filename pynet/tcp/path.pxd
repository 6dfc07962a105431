cimport cython

from pynet.tcp cimport output
from pynet.tcp.connection cimport Connection
from pynet.tcp.recovery cimport Sent
from pynet.tcp.sequence cimport le

@cython.final
cdef class PathTable:
    cdef public object entries
    cpdef long long mss(self, long long remote, long long link, long long now)
    cpdef learn(self, long long remote, long long mss, long long now)

@cython.final
cdef class Search:
    cdef public long long full
    cdef public long long high
    cdef public long long size
    cdef public long long end
    cdef public long long at
    cdef public bint fallen

cpdef Search begin_search(Connection conn, long long at)
@cython.locals(mss=cython.longlong)
cpdef on_black_hole(Connection conn, long long now)
@cython.locals(search=Search)
cpdef long long next_probe(Connection conn, long long unsent, long long room, long long now)
cpdef probe_sent(Connection conn)
@cython.locals(search=Search)
cpdef on_ack(Connection conn, long long now)
@cython.locals(search=Search)
cpdef bint only_the_probe_is_lost(Connection conn, long long now) except -1
@cython.locals(search=Search)
cpdef probe_failed(Connection conn, long long now)
cpdef icmp_error(Connection conn, long long seq, str kind, long long mtu, long long now)
@cython.locals(sent=Sent, search=Search)
cpdef revert_backoff(Connection conn, long long now)
cpdef narrow(Connection conn, long long mtu, long long now)
