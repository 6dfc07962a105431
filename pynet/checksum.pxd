cimport cython

@cython.locals(total=cython.ulong, at=Py_ssize_t, last=Py_ssize_t)
cpdef unsigned long partial(const unsigned char[::1] data, Py_ssize_t start, Py_ssize_t end, unsigned long initial=*)

cpdef unsigned long fold(unsigned long total)

cpdef unsigned long checksum(const unsigned char[::1] data, Py_ssize_t start, Py_ssize_t end, unsigned long initial=*)
