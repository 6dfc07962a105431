cimport cython

from pynet.posix.wait cimport narrowed, news, wait, widened

@cython.locals(rows=bytearray, watched=list, closed=cython.longlong, found=cython.longlong, held=list, interests=list)
cpdef long long poll_until(thread, fds, long long count, long long deadline) except? -1
@cython.locals(watched=list, closed=cython.longlong, at=Py_ssize_t, fd=cython.longlong)
cpdef tuple watched_of(bytearray rows, dict descriptions)
@cython.locals(found=cython.longlong, events=cython.longlong, at=Py_ssize_t, bits=cython.longlong)
cpdef long long answer_poll(bytearray rows, list watched) except? -1
cpdef hold(list descriptions)
cpdef release(list descriptions)
