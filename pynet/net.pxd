cimport cython

from pynet cimport ethernet, icmp, igmp, ipv4
from pynet.acd cimport ConflictDetector
from pynet.arp cimport ArpTable
from pynet.frame cimport as_frame
from pynet.igmp cimport Igmp
from pynet.ipv4 cimport Reassembler, RouteTable
from pynet.loop cimport Loop, Task
from pynet.lower cimport Lower
from pynet.octets cimport get32
from pynet.readiness cimport WaitQueue, Waiter, nothing, sooner
from pynet.tcp.layer cimport Tcp
from pynet.udp cimport Udp

cpdef ignore(Waiter waiter)

cdef class Transport:
    cpdef bint send(self, bytearray frame, long long csum_start=*, long long csum_offset=*, long long gso_size=*) except -1
    cpdef tuple recv(self)
    cpdef flush(self)
    cpdef bint link_up(self) except -1


cdef class PhysicalTransport(Transport):
    cdef public object net_send
    cdef public object net_recv
    cdef public object net_flush
    cdef public object net_link_up
    cdef public long long mac
    cdef public long long capabilities
    cdef public str name
    cdef public str location


cdef class LoopbackTransport(Transport):
    cdef public list frames


cdef class Stack(Lower):
    cdef public Transport transport
    cdef public object clock
    cdef public object entropy
    cdef public object blocker
    cdef public object log
    cdef public LoopbackTransport loopback
    cdef public long long mac
    cdef public long long mtu
    cdef public long long capabilities
    cdef public long long address
    cdef public long long netmask
    cdef public long long gateway
    cdef public RouteTable routes
    cdef public dict drops
    cdef public ArpTable arp
    cdef public ConflictDetector acd
    cdef public Reassembler reassembler
    cdef public Igmp igmp
    cdef public Udp udp
    cdef public Tcp tcp
    cdef public list taps
    cdef public list raw
    cdef public dict bound_sockets
    cdef public Loop loop
    cdef public list backlog
    cdef public long long backlog_octets
    cdef public long long next_id
    cdef public long long frames_in
    cdef public long long frames_out
    cdef public bint link
    cdef public WaitQueue link_changed
    cdef public long long errors_left
    cdef public long long errors_since
    cdef public long long sleeps_until
    cdef public object wake_loop
    cdef public bint running
    cdef public bint polling
    cdef public bint more_to_receive
    cpdef long long now(self)
    cpdef str handle_packet(self, frame, long long flags=*)
    cpdef str ethernet_input(self, bytearray frame, long long flags, long long now)
    cpdef str ipv4_input(self, bytearray packet, long long flags, bint from_wire, long long now)
    cpdef bint show_raw(self, bytearray packet, long long protocol, long long src, long long dst) except -1
    cpdef tap(self, bytearray frame, long long index, bint outgoing)
    cpdef bint is_for_us(self, long long dst) except -1
    cpdef bint is_broadcast(self, long long dst) except -1
    cpdef str udp_input(self, bytearray packet, long long at, long long end, long long src, long long dst, long long now, bint verified)
    cpdef str icmp_input(self, bytearray packet, long long at, long long end, long long src, long long dst, long long now)
    cpdef str icmp_error(self, bytearray packet, long long at, long long end, str kind, long long mtu, long long now)
    cpdef long long source_for(self, long long dst)
    cpdef send_udp(self, bytearray frame, long long src, long long dst, long long ttl, long long tos, long long now)
    cpdef send_igmp(self, bytearray frame, long long dst, long long now)
    cpdef loop_back(self, bytearray frame)
    @cython.locals(few=cython.bint)
    cpdef bint has_room(self, long long dst) except -1
    cpdef send_tcp(self, bytearray frame, long long src, long long dst, long long ttl, long long tos, long long now, long long offload)
    cpdef note_taps(self)
    cpdef bint ipv4_output(self, bytearray frame, long long src, long long dst, long long protocol, long long ttl, long long tos, bint whole, long long now) except -1
    cpdef bint send_packet(self, bytearray frame, long long src, long long dst, long long protocol, long long ttl, long long tos, bint whole, long long now, long long offload) except -1
    cpdef transmit_packet(self, bytearray frame, long long next_hop, long long now, long long offload)
    cpdef transmit(self, bytearray frame, long long offload)
    cpdef bint hand_over(self, bytearray frame, long long offload) except -1
    cpdef send_error(self, long long type_, long long code, bytearray packet, long long now)
    cpdef unreachable(self, bytearray frame, long long now)
    cpdef reassembly_expired(self, bytearray packet, long long now)
    cpdef str drop(self, str reason)
    cpdef dict counters(self)
    cpdef configure(self, long long address, long long netmask, long long gateway)
    cpdef join_group(self, long long group)
    cpdef leave_group(self, long long group)
    @cython.locals(now=cython.longlong)
    cpdef poll(self)
    @cython.locals(received=tuple, before=cython.longlong)
    cpdef bint receive(self, long long now) except -1
    @cython.locals(received=tuple, some=cython.bint)
    cpdef bint receive_loopback(self, long long now) except -1
    cpdef watch_link(self)
    @cython.locals(frame=bytearray, offload=cython.longlong)
    cpdef flush(self)
    @cython.locals(earliest=cython.longlong)
    cpdef long long next_deadline(self)
    cpdef leave(self)
    cpdef task_crashed(self, Task task, error)

cpdef long long group_mac(long long dst)
cpdef rx_thread(Stack stack)
