cdef class Header:
    cdef public object data
    cdef public Py_ssize_t start
    cdef public int length
    cdef public Header next
    cpdef u8(self, Py_ssize_t at)
    cpdef u16(self, Py_ssize_t at)
    cpdef describe(self)
    cpdef kind(self)

cdef class Packet(Header):
    cdef public int port
    cdef public list flags
    cpdef kind(self)
    cpdef chain(self)

cpdef unsigned int checksum(const unsigned char[::1] data)
cpdef fill(unsigned char[::1] buffer, unsigned char value)
cpdef next_start(Header header)
