cimport cython

from pynet.tcp.delivery cimport Delivery, Rates, Sent
from pynet.tcp.sequence cimport le, lt

@cython.final
cdef class Scoreboard:
    cdef public list sent
    cdef public list holes
    cdef public long long settled
    cdef public list telling
    cdef public list told
    cdef public list spare
    cdef public long long outstanding
    cdef public long long sacked_octets
    cdef public long long lost_octets
    cdef public long long retransmitted
    cdef public long long retransmitted_octets
    cdef public Rates rates
    cdef public long long orders
    cdef public long long rack_order
    cdef public long long rack_rtt
    cdef public long long fack
    cdef public bint reordering_seen
    cdef public long long reorderings
    cdef public long long reorder_extent
    cdef public long long reo_wnd_mult
    cdef public long long reo_wnd_persist
    cdef public long long dsack_round
    cdef public long long recovery_from
    cdef public long long recovery_to
    cpdef long long pipe(self)
    @cython.locals(sent=Sent)
    cpdef add(self, long long seq, long long end, long long now, bint push=*)
    @cython.locals(sent=Sent)
    cpdef acknowledge(self, long long ack, long long now, Delivery delivery, long long tsecr_sent_at)
    cpdef shorten(self, Sent sent, long long ack, Delivery delivery)
    cpdef leave(self, Sent sent, Delivery delivery)
    cpdef begin_sacks(self)
    @cython.locals(sent=Sent, start=cython.longlong)
    cpdef sack(self, long long left, long long right, long long una, long long nxt, long long now, Delivery delivery, long long tsecr_sent_at)
    @cython.locals(sent=Sent)
    cpdef long long index_of(self, list records, long long seq)
    cpdef delivered(self, Sent sent, long long now, Delivery delivery, long long tsecr_sent_at)
    cpdef long long reordering_window(self, long long min_rtt, long long srtt, bint in_recovery, long long mss)
    @cython.locals(sent=Sent)
    cpdef tuple detect_loss(self, long long reo_wnd, long long now)
    cpdef long long mark_lost(self, Sent sent)
    cpdef add_hole(self, Sent sent)
    cpdef long long mark_first_lost(self)
    cpdef mark_expired_lost(self, long long reo_wnd, long long now)
    @cython.locals(sent=Sent)
    cpdef mark_all_lost(self, bint forget_sacks)
    @cython.locals(sent=Sent)
    cpdef unmark_lost(self)
    @cython.locals(sent=Sent)
    cpdef Sent next_lost(self)
    cpdef split(self, Sent sent, long long size)
    cpdef resend(self, Sent sent, long long now)
    @cython.locals(sent=Sent)
    cpdef long long retransmissions_in_flight(self)
    cpdef on_dsack(self, long long left, long long una, long long nxt)
    cpdef on_recovery(self, long long una, long long nxt)
    cpdef on_recovered(self)
    cpdef clear(self)
