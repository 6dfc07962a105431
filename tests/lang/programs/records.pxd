cdef class Typed:
    cdef public int a
    cdef public object b
    cdef public list c
