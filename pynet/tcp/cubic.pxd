cimport cython

from pynet.tcp.congestion cimport NewReno

cpdef long long cube_root(long long n)

cdef class Cubic(NewReno):
    cdef public long long w_max
    cdef public long long cwnd_prior
    cdef public long long w_est
    cdef public long long epoch
    cdef public long long k
    cdef public long long counted_est
    cdef public long long saved_w_max
    cdef public long long saved_cwnd_prior
    cdef public long long saved_w_est
    cdef public long long saved_epoch
    cdef public long long saved_k
    cpdef on_ack(self, long long acked, long long mss, long long srtt, long long now)
    cpdef start_epoch(self, long long mss, long long now)
    cpdef long long w_cubic(self, long long t, long long mss)
    cpdef estimate_reno(self, long long acked, long long mss)
    cpdef on_loss(self, long long flight, long long mss, long long now)
    cpdef on_rto(self, long long flight, long long mss, long long now)
    cpdef after_idle(self, long long mss)
    cpdef save(self)
    cpdef restore(self)
