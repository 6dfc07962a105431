cpdef long long initial_window(long long mss)

cdef class NewReno:
    cdef public long long cwnd
    cdef public long long ssthresh
    cdef public long long counted
    cpdef on_ack(self, long long acked, long long mss, long long srtt, long long now)
    cpdef slow_start(self, long long acked, long long mss)
    cpdef grow(self, long long octets)
    cpdef on_loss(self, long long flight, long long mss, long long now)
    cpdef on_rto(self, long long flight, long long mss, long long now)
    cpdef on_recovered(self, long long mss, long long now)
    cpdef after_idle(self, long long mss)

cpdef long long cube_root(long long n)

cdef class Cubic(NewReno):
    cdef public long long w_max
    cdef public long long cwnd_prior
    cdef public long long w_est
    cdef public long long epoch
    cdef public long long k
    cdef public long long counted_est
    cpdef on_ack(self, long long acked, long long mss, long long srtt, long long now)
    cpdef start_epoch(self, long long mss, long long now)
    cpdef long long w_cubic(self, long long t, long long mss)
    cpdef estimate_reno(self, long long acked, long long mss)
    cpdef on_loss(self, long long flight, long long mss, long long now)
    cpdef on_rto(self, long long flight, long long mss, long long now)
    cpdef after_idle(self, long long mss)
