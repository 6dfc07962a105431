cpdef long long add(long long a, long long n)
cpdef long long distance(long long a, long long b)
cpdef bint lt(long long a, long long b) except -1
cpdef bint le(long long a, long long b) except -1
cpdef bint between(long long low, long long x, long long high) except -1
cpdef long long later(long long a, long long b)
