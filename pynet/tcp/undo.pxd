from pynet.tcp cimport output
from pynet.tcp.connection cimport Connection
from pynet.tcp.delivery cimport Delivery
from pynet.tcp.segment cimport Segment
from pynet.tcp.sequence cimport le, lt

cpdef remember(Connection conn, long long now)
cpdef on_ack(Connection conn, Segment seg, Delivery delivery, bint advanced, long long echoed, long long now)
cpdef forward_recovery(Connection conn, Segment seg, Delivery delivery, bint advanced)
cpdef count_dsack(Connection conn, Segment seg)
cpdef undo(Connection conn)
cpdef end_forward(Connection conn)
