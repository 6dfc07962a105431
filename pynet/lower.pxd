cdef class Lower:
    cpdef transmit(self, bytearray frame, long long offload)
    cpdef unreachable(self, bytearray frame, long long now)
    cpdef send_udp(self, bytearray frame, long long src, long long dst, long long ttl, long long tos, long long now)
    cpdef send_tcp(self, bytearray frame, long long src, long long dst, long long ttl, long long tos, long long now, long long offload)
    cpdef bint has_room(self, long long dst) except -1
    cpdef send_igmp(self, bytearray frame, long long dst, long long now)
    cpdef loop_back(self, bytearray frame)
