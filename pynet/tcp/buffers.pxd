cimport cython

cdef class ByteQueue:
    cdef public bytearray data
    cdef public long long head
    cpdef append(self, source, long long at, long long end)
    cpdef bytes read(self, long long at, long long count)
    cpdef copy_to(self, bytearray frame, long long frame_at, long long at, long long count)
    cpdef consume(self, long long count)
    cpdef clear(self)


cdef class Piece:
    cdef public long long seq
    cdef public bytearray data
    cdef public long long stamp


cdef class OutOfOrder:
    cdef public list pieces
    cdef public long long octets
    cdef public long long stamp
    @cython.locals(piece=Piece)
    cpdef tuple insert(self, long long rcv_nxt, long long seq, source, long long at, long long end)
    @cython.locals(piece=Piece)
    cpdef long long left(self, long long i, long long rcv_nxt)
    @cython.locals(piece=Piece)
    cpdef long long first_ending_at_or_after(self, long long rcv_nxt, long long start)
    @cython.locals(piece=Piece)
    cpdef long long take(self, long long rcv_nxt, ByteQueue into)
    @cython.locals(piece=Piece)
    cpdef list ranges(self, long long limit)
    cpdef clear(self)

cpdef long long newest_first(tuple entry)
