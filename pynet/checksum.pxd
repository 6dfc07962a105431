cimport cython

from pynet.frame cimport Octets

@cython.locals(total=cython.uint, at=Py_ssize_t, last=Py_ssize_t)
cpdef unsigned long partial(Octets data, Py_ssize_t start, Py_ssize_t end, unsigned long initial=*)

cpdef unsigned long fold(unsigned long total)

cpdef unsigned long checksum(Octets data, Py_ssize_t start, Py_ssize_t end, unsigned long initial=*)

cpdef unsigned long pseudo_header(long long src, long long dst, long long protocol, long long length)
