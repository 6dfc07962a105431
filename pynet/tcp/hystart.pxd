cimport cython

from pynet.tcp.sequence cimport le, lt

cdef class HyStart:
    cdef public long long low_window
    cdef public long long last_min_rtt
    cdef public long long current_min_rtt
    cdef public long long samples
    cdef public long long window_end
    cdef public bint css
    cdef public long long css_baseline
    cdef public long long css_rounds
    cpdef note(self, long long rtt)
    cpdef bint on_ack(self, long long rtt, long long una, long long nxt) except -1
    cpdef bint next_round(self, long long nxt) except -1
    cpdef compare(self)


cdef class LinuxHyStart(HyStart):
    cdef public long long shortest
