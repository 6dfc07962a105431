from pynet.tcp cimport output
from pynet.tcp.connection cimport Connection

cpdef long long rate(Connection conn)
cpdef bint may_send(Connection conn, long long now) except -1
