cimport cython

@cython.final
cdef class Sent:
    cdef public long long seq
    cdef public long long end
    cdef public long long sent_at
    cdef public long long order
    cdef public long long retransmits
    cdef public bint sacked
    cdef public bint lost
    cdef public bint push
    cdef public long long delivered
    cdef public long long delivered_at
    cdef public long long first_sent_at
    cdef public long long lost_then
    cdef public long long in_flight
    cdef public bint app_limited
    cpdef begin(self, long long seq, long long end, long long now, long long order)
    cpdef long long size(self)


@cython.final
cdef class Delivery:
    cdef public long long una
    cdef public long long nxt
    cdef public long long fack
    cdef public long long acked
    cdef public long long sacked
    cdef public long long round_trip
    cdef public bint dsack
    cdef public bint reordered
    cdef public long long lost
    cdef public bint repeated
    cdef public bint original
    cdef public long long prior_in_flight
    cdef public long long in_flight
    cdef public long long order
    cdef public long long prior_delivered
    cdef public long long prior_delivered_at
    cdef public long long send_elapsed
    cdef public long long ack_elapsed
    cdef public long long flight_then
    cdef public long long lost_since
    cdef public bint app_limited
    cdef public long long total
    cdef public long long delivered
    cdef public long long interval
    cdef public long long rate
    cpdef begin(self, long long fack)
    cpdef long long octets(self)


@cython.final
cdef class Rates:
    cdef public long long delivered
    cdef public long long delivered_at
    cdef public long long first_sent_at
    cdef public long long lost
    cdef public long long app_limited
    cdef public long long rate
    cdef public bint rate_limited
    cdef public long long segments
    cpdef on_send(self, Sent sent, long long in_flight, long long now)
    cpdef on_delivered(self, Sent sent, long long now, Delivery delivery)
    cpdef sample(self, Delivery delivery, long long min_rtt)
    cpdef on_app_limited(self, long long in_flight)
