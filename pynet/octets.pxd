from pynet.frame cimport Octets

cpdef refuse()
cpdef long long get16(Octets buffer, long long at)
cpdef long long get32(Octets buffer, long long at)
cpdef long long get48(Octets buffer, long long at)
cpdef put16(bytearray buffer, long long at, long long value)
cpdef put32(bytearray buffer, long long at, long long value)
cpdef put48(bytearray buffer, long long at, long long value)
