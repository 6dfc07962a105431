cimport cython

from pynet.net cimport Stack, Transport
from pynet.tcp.connection cimport Connection
from pynet.tcp.layer cimport Listener

cdef class End(Transport):
    cdef public long long mac
    cdef public long long capabilities
    cdef public list arrived
    cdef public long long taken
    cdef public End peer
    cdef public long long frames
    cpdef bint send(self, bytearray frame, long long csum_start=*, long long csum_offset=*, long long gso_size=*) except -1
    cpdef tuple recv(self)


cdef class Bench:
    cdef public long long time
    cdef public End end_a
    cdef public End end_b
    cdef public Stack a
    cdef public Stack b
    cdef public Listener listener
    cpdef long long clock(self)
    cpdef turn(self)

@cython.locals(bench=Bench, client=Connection, server=Connection)
cpdef str bulk(long long segments, long long capabilities=*)
@cython.locals(bench=Bench, client=Connection, server=Connection)
cpdef str round_trips(long long count)
@cython.locals(bench=Bench, client=Connection)
cpdef str echoes(long long count)
@cython.locals(bench=Bench, client=Connection, server=Connection)
cpdef str connections(long long count)
