cimport cython

from pynet.checksum cimport checksum, fold, pseudo_header
from pynet.frame cimport new_frame
from pynet.octets cimport get16, get32, put16, put32

@cython.final
cdef class Segment:
    cdef public long long src
    cdef public long long dst
    cdef public long long sport
    cdef public long long dport
    cdef public long long seg_seq
    cdef public long long seg_ack
    cdef public long long seg_wnd
    cdef public long long seg_up
    cdef public long long seg_len
    cdef public long long flags
    cdef public long long ecn
    cdef public long long mss
    cdef public long long wscale
    cdef public bint sack_permitted
    cdef public bint has_timestamps
    cdef public long long tsval
    cdef public long long tsecr
    cdef public list sacks
    cdef public bytearray buffer
    cdef public long long at
    cdef public long long end

cpdef str parse(Segment seg, bytearray packet, long long at, long long end, long long src, long long dst, bint verified=*)
cpdef take_timestamps(Segment seg, bytearray packet, long long at)
cpdef str parse_options(Segment seg, bytearray packet, long long at, long long end)
cpdef bint parse_option(Segment seg, long long kind, bytearray packet, long long at, long long size) except -1
cpdef long long put_syn_options(bytearray frame, long long at, long long mss, long long wscale, bint sack)
cpdef long long syn_options_size(long long wscale, bint sack)
cpdef long long put_timestamps(bytearray frame, long long at, long long tsval, long long tsecr)
cpdef long long put_sacks(bytearray frame, long long at, list blocks)
cpdef bytearray new_segment(long long options, long long data)
@cython.locals(pseudo=cython.ulong)
cpdef emit(bytearray frame, long long options, long long src, long long dst, long long ports, long long seq, long long ack, long long flags, long long wnd, long long up, bint partial=*)
cpdef str describe(Segment seg)
