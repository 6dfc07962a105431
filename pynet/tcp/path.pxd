cimport cython

from pynet.tcp cimport output
from pynet.tcp.connection cimport Connection
from pynet.tcp.recovery cimport Sent

cdef class PathTable:
    cdef public object entries
    cpdef long long mss(self, long long remote, long long link, long long now)
    cpdef learn(self, long long remote, long long mss, long long now)

cpdef icmp_error(Connection conn, long long seq, str kind, long long mtu, long long now)
@cython.locals(sent=Sent)
cpdef narrow(Connection conn, long long mtu, long long now)
