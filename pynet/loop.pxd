cimport cython

from pynet.readiness cimport WaitQueue, Waiter

@cython.final
cdef class Task:
    cdef public Loop loop
    cdef public object coroutine
    cdef public str name
    cdef public bint done
    cdef public object result
    cdef public object error
    cdef public WaitQueue finished
    cdef public Waiter waiter
    cdef public bint cancelled
    cpdef cancel(self)


@cython.final
cdef class Loop:
    cdef public object crashed
    cdef public list ready
    cdef public set tasks
    cdef public dict parked
    cdef public list timers
    cdef public long long order
    cpdef Task spawn(self, coroutine, str name)
    cpdef Waiter new_waiter(self)
    cpdef park(self, Waiter waiter, long long deadline=*)
    cpdef add_timer(self, Waiter waiter, long long deadline)
    @cython.locals(task=Task)
    cpdef resume(self, Waiter waiter)
    @cython.locals(waiter=Waiter, ran=cython.longlong, most=cython.longlong)
    cpdef run(self, long long now)
    @cython.locals(waiter=Waiter)
    cpdef step(self, Task task)
    cpdef finish(self, Task task, result, error)
    cpdef long long next_deadline(self)
