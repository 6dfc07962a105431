from pynet.frame cimport Octets
from pynet.octets cimport get16, get48, put16, put48

cpdef long long destination(Octets frame)
cpdef long long source(Octets frame)
cpdef long long ethertype(Octets frame)
cpdef emit(bytearray frame, long long dst, long long src, long long type_)
cpdef long long mac_from_bytes(Octets mac)
