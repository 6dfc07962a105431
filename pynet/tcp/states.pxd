cpdef bint synchronized(long long state) except -1
cpdef bint may_receive(long long state) except -1
