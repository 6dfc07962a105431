cimport cython

@cython.final
cdef class Prr:
    cdef public long long delivered
    cdef public long long out
    cdef public long long recover_fs
    cpdef start(self, long long flight)
    cpdef long long window(self, long long delivered, long long pipe, long long ssthresh, long long mss, bint safe)
