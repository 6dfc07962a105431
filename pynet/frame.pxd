ctypedef const unsigned char[::1] Octets

cpdef bytearray new_frame(long long length)
