cimport cython

cpdef long long choose(long long start, is_free)

@cython.final
cdef class Turns:
    cdef public bytes key
    cdef public list counters
    cpdef long long choose(self, long long local, long long remote, long long rport, long long random, is_free)

@cython.final
cdef class PortTable:
    cdef public dict bound
    cdef public long long count
    cdef public dict connections
    cpdef bind(self, long long address, long long port)
    cpdef release(self, long long address, long long port)
    cpdef connection_made(self, long long port)
    cpdef connection_gone(self, long long port)
    cpdef bint is_unused(self, long long port) except -1
