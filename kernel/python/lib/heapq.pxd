cimport cython

@cython.locals(parent=Py_ssize_t)
cpdef _rise(list heap, Py_ssize_t position)
@cython.locals(end=Py_ssize_t, child=Py_ssize_t)
cpdef _sink(list heap, Py_ssize_t position)
cpdef heappush(list heap, item)
cpdef heappop(list heap)
cpdef heapreplace(list heap, item)
cpdef heappushpop(list heap, item)
@cython.locals(position=Py_ssize_t)
cpdef heapify(list heap)
