cimport cython

@cython.final
cdef class RoundTrip:
    cdef public long long srtt8
    cdef public long long rttvar4
    cdef public long long rto
    cdef public long long initial
    cdef public long long limit
    cdef public long long backoff
    cdef public long long minimum
    cdef public long long latest
    cpdef configure(self, long long initial, long long limit)
    cpdef sample(self, long long r)
    cpdef long long base(self)
    cpdef back_off(self, long long slop=*)
    cpdef undo_back_off(self)
    cpdef after_syn_timeout(self)
    cpdef long long srtt(self)
    cpdef long long rttvar(self)

cpdef long long clamp(long long rto)
