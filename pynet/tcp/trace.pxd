cimport cython

from pynet.tcp cimport output
from pynet.tcp.connection cimport Connection

@cython.final
cdef class Trace:
    cdef public object lines
    cdef public list last
    cpdef note(self, Connection conn, long long now)
    cpdef str text(self)
