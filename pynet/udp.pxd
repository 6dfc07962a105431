cimport cython

from pynet cimport ipv4
from pynet.checksum cimport checksum, pseudo_header
from pynet.frame cimport new_frame
from pynet.igmp cimport Igmp
from pynet.lower cimport Lower
from pynet.octets cimport get16, put16
from pynet.readiness cimport nothing

cpdef bytearray emit(long long src, long long sport, long long dst, long long dport, data)
cpdef str check(bytearray packet, long long at, long long end, long long src, long long dst, bint verified=*)

@cython.final
cdef class UdpEndpoint:
    cdef public Udp layer
    cdef public long long address
    cdef public long long port
    cdef public long long peer
    cdef public long long peer_port
    cdef public long long receive_buffer
    cdef public object queue
    cdef public long long queued
    cdef public long long error
    cdef public object report
    cdef public bint share
    cdef public long long ttl
    cdef public long long tos
    cdef public list groups
    cdef public bint multicast_all
    cdef public long long multicast_ttl
    cdef public bint multicast_loop
    cdef public object changed
    cpdef connect(self, long long peer, long long port)
    cpdef bint takes(self, long long src, long long sport, long long dst) except -1
    cpdef send_to(self, data, long long dst, long long port, long long src, long long now)
    cpdef join(self, long long group, long long now)
    cpdef leave(self, long long group, long long now)
    cpdef tuple receive(self, bint peek=*)
    cpdef long long take_error(self)
    cpdef long long poll(self)
    cpdef close(self, long long now=*)


@cython.final
cdef class Udp:
    cdef public Lower lower
    cdef public object entropy
    cdef public dict ports
    cdef public long long count
    cdef public long long queued
    cdef public Igmp igmp
    cdef public dict drops
    cpdef long long ephemeral_port(self)
    cpdef forget(self, UdpEndpoint endpoint)
    @cython.locals(endpoint=UdpEndpoint, best=UdpEndpoint)
    cpdef UdpEndpoint find(self, long long src, long long sport, long long dst, long long dport)
    cpdef Igmp membership(self)
    @cython.locals(endpoint=UdpEndpoint)
    cpdef str input(self, bytearray packet, long long at, long long end, long long src, long long dst, long long now, bint group=*, bint verified=*)
    cpdef str deliver(self, UdpEndpoint endpoint, bytearray packet, long long at, long long length, long long src, long long sport, long long dst)
    cpdef str drop(self, str reason)
    cpdef bint icmp_error(self, long long src, long long dst, bytearray packet, long long at, long long end, str kind) except -1
