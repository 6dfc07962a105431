cimport cython

from pynet.octets cimport put32

@cython.final
cdef class Words:
    cdef public unsigned long long v0
    cdef public unsigned long long v1
    cdef public unsigned long long v2
    cdef public unsigned long long v3
    cpdef start(self, unsigned long long k0, unsigned long long k1)
    @cython.locals(v0=cython.ulonglong, v1=cython.ulonglong, v2=cython.ulonglong, v3=cython.ulonglong)
    cpdef rounds(self, long long count)
    cpdef absorb(self, unsigned long long word)

cpdef unsigned long long rotate(unsigned long long x, int bits)
@cython.locals(low=cython.ulonglong, high=cython.ulonglong)
cpdef unsigned long long plus(unsigned long long x, unsigned long long y)
@cython.locals(words=Words, length=cython.ulonglong, whole=cython.longlong, at=cython.longlong)
cpdef unsigned long long siphash(bytes key, bytes data)
@cython.locals(value=cython.ulonglong)
cpdef unsigned long long little_endian(bytes data, long long start, long long end)
@cython.locals(octets=bytearray)
cpdef bytes pack(long long local, long long lport, long long remote, long long rport)
cpdef long long initial_sequence_number(bytes key, long long local, long long lport, long long remote, long long rport, long long now)
cpdef long long timestamp_offset(bytes key, long long local, long long remote)
