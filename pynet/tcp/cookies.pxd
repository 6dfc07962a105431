cimport cython

from pynet.tcp.layer cimport Tcp
from pynet.tcp.segment cimport Segment, emit, new_segment, put_syn_options, put_timestamps, syn_options_size

@cython.final
cdef class Cookies:
    cdef public object entropy
    cdef public bytes key
    cdef public bytes before
    cdef public long long period
    cpdef rotate(self, long long now)
    cpdef long long make(self, Segment seg, long long now)
    cpdef long long check(self, Segment seg, long long now)

cpdef long long size_index(long long mss)
cpdef long long cookie(bytes key, Segment seg, long long irs, long long index)
cpdef long long encode_options(long long clock, long long wscale, bint sack)
cpdef answer(Tcp layer, Segment seg, long long now)
cpdef Segment recall(Tcp layer, Segment seg, long long now)
