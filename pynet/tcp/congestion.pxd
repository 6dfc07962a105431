from pynet.tcp.delivery cimport Delivery
from pynet.tcp.hystart cimport HyStart

cpdef long long initial_window(long long mss)

cdef class NewReno:
    cdef public long long cwnd
    cdef public long long ssthresh
    cdef public long long counted
    cdef public HyStart hystart
    cdef public long long pacing_rate
    cdef public bint owns_window
    cdef public long long saved_cwnd
    cdef public long long saved_ssthresh
    cpdef on_delivery(self, Delivery delivery, long long mss, long long now)
    cpdef on_ack(self, long long acked, long long mss, long long srtt, long long now)
    cpdef long long slow_start(self, long long acked, long long mss)
    cpdef grow(self, long long octets)
    cpdef on_loss(self, long long flight, long long mss, long long now)
    cpdef on_rto(self, long long flight, long long mss, long long now)
    cpdef on_recovered(self, long long mss, long long now)
    cpdef after_idle(self, long long mss)
    cpdef save(self)
    cpdef restore(self)
