from pynet cimport ipv4
from pynet.checksum cimport checksum
from pynet.frame cimport Octets, new_frame
from pynet.octets cimport get16, get32, put16

cpdef bytearray emit(long long type_, long long code, long long rest, payload)
cpdef str check(bytearray packet, long long at, long long end)
cpdef bytearray echo_reply(bytearray packet, long long at, long long end)
cpdef bint may_report(bytearray packet) except -1
cpdef bytearray error(long long type_, long long code, long long rest, Octets packet)
cpdef str error_kind(long long type_, long long code)
cpdef long long next_hop_mtu(bytearray packet, long long at)
