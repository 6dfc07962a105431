cimport cython

from pynet cimport ethernet
from pynet.frame cimport Octets
from pynet.lower cimport Lower
from pynet.octets cimport get16, get32, get48, put16, put32, put48

cpdef long long operation(Octets frame)
cpdef long long sender_mac(Octets frame)
cpdef long long sender_ip(Octets frame)
cpdef long long target_ip(Octets frame)
cpdef bint is_ipv4_over_ethernet(Octets frame) except -1
cpdef bytearray emit(long long op, long long sha, long long spa, long long tha, long long tpa, long long dst)

@cython.final
cdef class Entry:
    cdef public long long mac
    cdef public list queue
    cdef public long long requests
    cdef public long long deadline
    cdef public long long expires
    cdef public long long used_at


@cython.final
cdef class ArpTable:
    cdef public long long mac
    cdef public Lower lower
    cdef public long long address
    cdef public long long sender
    cdef public object heard
    cdef public dict entries
    cdef public dict asked
    cdef public dict drops
    @cython.locals(entry=Entry)
    cpdef send(self, bytearray frame, long long next_hop, long long now, long long offload)
    cpdef Entry new_entry(self)
    cpdef ask(self, long long ip, Entry entry, long long now)
    cpdef str input(self, bytearray frame, long long now)
    @cython.locals(entry=Entry)
    cpdef learn(self, long long ip, long long mac, bint create, long long now)
    cpdef str drop(self, str reason)
    cpdef forget(self)
    @cython.locals(entry=Entry)
    cpdef run_timers(self, long long now)
    cpdef long long next_deadline(self)

cpdef unheard(long long sha, long long spa, long long tpa, long long now)
