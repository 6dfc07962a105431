from pynet.tcp.connection cimport Connection
from pynet.tcp.segment cimport Segment

cpdef long long syn_flags(Connection conn, bint answer)
cpdef on_syn(Connection conn, Segment seg)
cpdef on_data(Connection conn, Segment seg)
cpdef queue_cwr(Connection conn)
cpdef long long flags(Connection conn, bint takes_cwr)
