cimport cython

from pynet cimport ipv4
from pynet.checksum cimport checksum
from pynet.lower cimport Lower
from pynet.octets cimport get32, put16, put32
from pynet.readiness cimport sooner

@cython.final
cdef class Group:
    cdef public long long users
    cdef public long long changes
    cdef public long long change_at
    cdef public long long respond_at


@cython.final
cdef class Igmp:
    cdef public Lower lower
    cdef public object entropy
    cdef public dict groups
    cdef public long long version_1_until
    cdef public long long version_2_until
    cdef public dict drops
    cpdef long long version(self, long long now)
    @cython.locals(group=Group)
    cpdef bint has(self, long long address) except -1
    @cython.locals(group=Group)
    cpdef join(self, long long address, long long now)
    cpdef make_room(self)
    @cython.locals(group=Group)
    cpdef leave(self, long long address, long long now)
    cpdef restart(self, long long now)
    cpdef change(self, long long address, Group group, long long now)
    cpdef tell_change(self, long long address, Group group, long long now)
    cpdef send_change(self, long long address, bint joined, long long now)
    cpdef str input(self, bytearray packet, long long at, long long end, long long now)
    cpdef query(self, bytearray packet, long long at, long long end, long long now)
    cpdef suppress(self, long long address)
    cpdef str drop(self, str reason)
    cpdef run_timers(self, long long now)
    cpdef long long next_deadline(self)
    cpdef long long random(self, long long limit)
    cpdef send(self, long long kind, long long address, long long dst, long long now)
    cpdef send_records(self, list records, long long now)
    cpdef finish(self, bytearray frame, long long dst, long long now)

cpdef long long response_time(long long code)
