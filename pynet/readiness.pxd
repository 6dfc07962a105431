cimport cython

cpdef long long sooner(long long one, long long other)
cpdef nothing()

@cython.final
cdef class Waiter:
    cdef public object notify
    cdef public bint woken
    cdef public bint timed_out
    cdef public long long deadline
    cdef public object gate
    cpdef wake(self)


@cython.final
cdef class WaitQueue:
    cdef public list waiters
    cpdef add(self, Waiter waiter)
    cpdef discard(self, Waiter waiter)
    @cython.locals(waiter=Waiter)
    cpdef wake(self)
