cimport cython

from pynet cimport ethernet
from pynet.checksum cimport checksum, fold
from pynet.frame cimport Octets
from pynet.octets cimport get16, get32, put16, put32

cpdef long long total_length(Octets packet)
cpdef long long header_length(Octets packet)
cpdef long long identification(Octets packet)
cpdef long long flags_offset(Octets packet)
cpdef long long ttl(Octets packet)
cpdef long long protocol(Octets packet)
cpdef long long source(Octets packet)
cpdef long long destination(Octets packet)
cpdef emit(bytearray packet, long long length, long long id_, long long flags, long long ttl_, long long tos, long long proto, long long src, long long dst)
cpdef emit_options(bytearray packet, options)
cpdef str check(Octets packet)
cpdef bint options_are_sound(Octets packet, long long at, long long end) except -1
cpdef long long parse_address(str text)
cpdef str address_text(long long address)
cpdef long long prefix_length(long long netmask)
cpdef bint is_multicast(long long address) except -1
cpdef bint is_loopback(long long address) except -1

@cython.final
cdef class Route:
    cdef public long long network
    cdef public long long netmask
    cdef public long long gateway


@cython.final
cdef class RouteTable:
    cdef public list routes
    cpdef clear(self)
    @cython.locals(route=Route)
    cpdef long long next_hop(self, long long dst)


@cython.final
cdef class Reassembler:
    cdef public dict drops
    cdef public object expired
    cdef public dict reassemblies
    cdef public long long size
    cpdef bytearray input(self, bytearray packet, long long now)
    @cython.locals(packet=bytearray)
    cpdef bytearray put_together(self, whole)
    cpdef make_room(self, tuple key, long long length)
    cpdef give_up(self, tuple key, str reason)
    cpdef forget(self, tuple key)
    cpdef run_timers(self, long long now)
    cpdef long long next_deadline(self)

cpdef list fragments(bytearray packet, long long mtu)
