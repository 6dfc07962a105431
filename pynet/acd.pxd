cimport cython

from pynet cimport arp
from pynet.arp cimport ArpTable
from pynet.readiness cimport WaitQueue

@cython.final
cdef class ConflictDetector:
    cdef public ArpTable arp
    cdef public object entropy
    cdef public long long address
    cdef public long long phase
    cdef public long long left
    cdef public long long deadline
    cdef public long long defended_at
    cdef public bint yields
    cdef public long long owner
    cdef public WaitQueue lost
    cpdef probe(self, long long address, long long now)
    cpdef claim(self, long long address, long long now)
    cpdef begin(self, long long address, long long phase, long long count, bint yields)
    cpdef stop(self)
    cpdef act(self, long long now)
    cpdef announce(self)
    cpdef heard(self, long long sha, long long spa, long long tpa, long long now)
    cpdef give_up(self, long long owner)
    cpdef run_timers(self, long long now)
    cpdef long long next_deadline(self)
