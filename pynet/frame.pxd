# What reads octets is compiled twice: for a frame of the stack, and for any other buffer.
ctypedef fused Octets:
    bytearray
    const unsigned char[::1]

cpdef bytearray new_frame(long long length)
cpdef bytearray as_frame(buffer)
