"""What the fuzzer asks of C: edge coverage, memory in use, settings, and buffers with nothing readable behind their end."""

from libc.stdlib cimport atol, free, getenv, malloc
from libc.string cimport memcpy


cdef extern from "fuzz/edges.h":
    long edges_total()
    void edges_start()


cdef extern from "runtime.h":
    size_t runtime_collect()


cdef extern from *:
    """
    size_t __sanitizer_get_current_allocated_bytes(void);
    """
    size_t __sanitizer_get_current_allocated_bytes()


def start():
    """A frame follows."""
    edges_start()


def total():
    """Edges that were taken at least once."""
    return edges_total()


def allocated():
    """Bytes of all live blocks of memory, once the cycle collector has run."""
    runtime_collect()
    return __sanitizer_get_current_allocated_bytes()


def setting(name, otherwise):
    """The environment's number `name`."""
    cdef bytes key = name.encode()
    cdef const char *text = getenv(key)
    return otherwise if text is NULL else atol(text)


cdef class Exact:
    """A copy of some bytes in a block of exactly their size: AddressSanitizer sees a read of the byte behind them."""

    cdef unsigned char *data
    cdef Py_ssize_t size

    def __cinit__(self, bytes octets):
        self.size = len(octets)
        self.data = <unsigned char *>malloc(self.size if self.size else 1)
        if self.data is NULL:
            raise MemoryError()
        memcpy(self.data, <const char *>octets, self.size)

    def __dealloc__(self):
        free(self.data)

    def __getbuffer__(self, Py_buffer *view, int flags):
        view.buf = self.data
        view.obj = self
        view.len = self.size
        view.readonly = 0
        view.itemsize = 1
        view.format = "B"
        view.ndim = 1
        view.shape = &self.size
        view.strides = &view.itemsize
        view.suboffsets = NULL
        view.internal = NULL
