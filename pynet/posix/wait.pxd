cimport cython

from pynet.readiness cimport WaitQueue, Waiter

cpdef long long widened(long long bits)
cpdef long long narrowed(long long events)
@cython.locals(events=cython.longlong, held=cython.longlong, answers=list)
cpdef list ready(list interests)
cpdef list wait(stack, list interests, long long deadline=*)
@cython.locals(waiter=Waiter)
cpdef news(stack, list interests, long long deadline=*)
@cython.locals(waiter=Waiter)
cpdef park(stack, WaitQueue queue, long long deadline=*)
@cython.locals(queue=WaitQueue)
cpdef register(list interests, Waiter waiter)
@cython.locals(queue=WaitQueue)
cpdef withdraw(list interests, Waiter waiter)
