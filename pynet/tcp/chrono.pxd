from pynet.tcp cimport loss
from pynet.tcp.connection cimport Connection

cpdef after_output(Connection conn, bint closed, long long now)
cpdef change(Connection conn, long long kind, long long now)
