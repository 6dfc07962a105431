cimport cython

@cython.final
cdef class ByteQueue:
    cdef public list blocks
    cdef public long long octets
    cdef public long long gone
    cdef public long long cursor
    cdef public long long before
    @cython.locals(block=bytes, last=bytes)
    cpdef append(self, source, long long at, long long end)
    @cython.locals(i=cython.longlong, before=cython.longlong, start=cython.longlong, block=bytes)
    cpdef bytes piece(self, long long at, long long count)
    @cython.locals(part=bytes)
    cpdef bytes across(self, long long i, long long start, long long count)
    @cython.locals(block=bytes, whole=cython.longlong, freed=cython.longlong)
    cpdef consume(self, long long count)
    cpdef clear(self)


@cython.final
cdef class BlockQueue:
    cdef public list blocks
    cdef public long long octets
    @cython.locals(block=bytearray, last=bytearray)
    cpdef append(self, bytearray source, long long at, long long end)
    @cython.locals(block=bytearray)
    cpdef bytes read(self, long long count)
    @cython.locals(block=bytearray)
    cpdef consume(self, long long count)
    cpdef drop_last(self, long long count)
    cpdef clear(self)


@cython.final
cdef class Piece:
    cdef public long long seq
    cdef public bytearray data
    cdef public long long stamp


@cython.final
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
    cpdef long long take(self, long long rcv_nxt, BlockQueue into)
    @cython.locals(piece=Piece)
    cpdef list ranges(self, long long limit)
    cpdef clear(self)

cpdef long long newest_first(tuple entry)
