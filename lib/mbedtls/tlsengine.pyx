"""TlsEngine: TLS 1.2 and 1.3 over memory buffers, by mbedTLS.

The same source is a CPython extension (tests) and a module of the image.  Nothing here waits, reads a clock or touches
a socket.  mbedTLS has global state, so the calls keep the interpreter's lock.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc


cdef extern from "pynet_adapter.h":
    enum: PYNET_TLS_WANT_MORE
    enum: PYNET_TLS_FAILED
    enum: PYNET_TLS_TRUNCATED

    struct pynet_tls_error:
        int code
        const char *text

    struct pynet_tls_store:
        pass

    struct pynet_tls_options:
        int server
        const char *hostname
        const pynet_tls_store *store
        const char *const *alpn
        const unsigned char *certificate
        size_t certificate_length
        const unsigned char *key
        size_t key_length
        unsigned rsa_bits
        unsigned curve_bits

    struct pynet_tls:
        pass

    pynet_tls_store *pynet_tls_store_new(const unsigned char *pem, size_t length, const unsigned char *roots,
                                         size_t roots_length, unsigned *skipped, pynet_tls_error *error)
    void pynet_tls_store_free(pynet_tls_store *store)
    pynet_tls *pynet_tls_new(const pynet_tls_options *options, pynet_tls_error *error)
    void pynet_tls_free(pynet_tls *tls)
    size_t pynet_tls_feed(pynet_tls *tls, const unsigned char *data, size_t length)
    void pynet_tls_end(pynet_tls *tls)
    size_t pynet_tls_output(const pynet_tls *tls, const unsigned char **data)
    void pynet_tls_taken(pynet_tls *tls, size_t length)
    int pynet_tls_handshake(pynet_tls *tls, int64_t unix_seconds, pynet_tls_error *error)
    Py_ssize_t pynet_tls_read(pynet_tls *tls, unsigned char *out, size_t length, pynet_tls_error *error)
    Py_ssize_t pynet_tls_write(pynet_tls *tls, const unsigned char *data, size_t length, pynet_tls_error *error)
    size_t pynet_tls_pending(const pynet_tls *tls)
    void pynet_tls_close(pynet_tls *tls)
    const char *pynet_tls_version(const pynet_tls *tls)
    const char *pynet_tls_cipher(const pynet_tls *tls)
    const char *pynet_tls_alpn(const pynet_tls *tls)
    size_t pynet_tls_peer_certificate(const pynet_tls *tls, const unsigned char **der)
    int pynet_tls_sha256(const unsigned char *data, size_t length, unsigned char *out)


EPROTO = 71
EAGAIN = 11
RECORD_SIZE = 16384


class TlsError(OSError):
    """TLS failed.  `reason` says how ("certificate has expired"); `code` is mbedTLS's number, 0 if there is none."""

    reason = ""
    code = 0


class TlsTruncated(TlsError):
    """The peer's bytes ended without close_notify: what was read may not be all that was sent."""


class TlsWantMore(BlockingIOError):
    """Nothing can be read (or written) until the peer's next bytes are fed (or the waiting ones are taken)."""


cdef object text_of(const char *text):
    return None if text == NULL else (<bytes>text).decode("utf-8", "replace")


cdef object error_of(pynet_tls_error *error, kind=TlsError):
    reason = text_of(error.text)
    exception = kind(EPROTO, reason)
    exception.reason = reason
    exception.code = error.code
    return exception


def sha256(data):
    """SHA-256 of a byte buffer, 32 bytes."""
    cdef Py_buffer view
    cdef unsigned char out[32]
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    cdef int status = pynet_tls_sha256(<const unsigned char *>view.buf, view.len, out)
    PyBuffer_Release(&view)
    if status:
        raise MemoryError()
    return out[:32]


cdef class TrustStore:
    """The certificates that a client trusts, shared by its engines.

    pem: concatenated PEM certificates, parsed at once.  roots: certificates in DER, one behind the other, each parsed when a
    chain asks for it.  clock: called at each handshake step, gives Unix time in microseconds; validity dates are judged by it.
    `skipped` counts those of pem that could not be read.  TlsError: not one could, or roots is something else.
    """

    cdef pynet_tls_store *store
    cdef readonly object clock
    cdef readonly object skipped
    cdef bytes roots

    def __cinit__(self, pem, clock, roots=b""):
        cdef pynet_tls_error error
        cdef unsigned skipped = 0
        cdef bytes data = bytes(pem)
        self.roots = bytes(roots)
        self.store = pynet_tls_store_new(data, len(data), self.roots, len(self.roots), &skipped, &error)
        if self.store == NULL:
            raise error_of(&error)
        self.clock = clock
        self.skipped = skipped

    def __dealloc__(self):
        pynet_tls_store_free(self.store)


cdef class TlsEngine:
    """One TLS connection's state.

    A client names the host it wants (`hostname`: SNI, and what the certificate must be for) and whom it trusts
    (`trust`, a TrustStore); the chain is always verified.  A server shows `certificate` (a chain in PEM) and has its
    `key` (PEM).  alpn: protocol names in order of preference.  rsa_bits, curve_bits: the smallest keys accepted in the
    peer's chain.

    Bytes for the peer are fetched with take() after every other call; bytes from it are handed to feed().
    """

    cdef pynet_tls *tls
    cdef TrustStore trust

    def __cinit__(self, hostname=None, trust=None, alpn=(), server=False, certificate=b"", key=b"", rsa_bits=2048,
                  curve_bits=256):
        cdef pynet_tls_error error
        cdef pynet_tls_options options
        cdef bytes name = hostname.encode("ascii") if hostname is not None else b""
        cdef bytes chain = bytes(certificate)
        cdef bytes private = bytes(key)
        cdef list protocols = [protocol.encode("ascii") for protocol in alpn]
        cdef const char **names
        if trust is not None and not isinstance(trust, TrustStore):
            raise TypeError("trust must be a TrustStore")
        self.trust = trust
        options.server = 1 if server else 0
        options.hostname = name
        options.store = self.trust.store if self.trust is not None else NULL
        options.certificate, options.certificate_length = chain, len(chain)
        options.key, options.key_length = private, len(private)
        options.rsa_bits, options.curve_bits = rsa_bits, curve_bits
        names = <const char **>malloc((len(protocols) + 1) * sizeof(const char *))
        if names == NULL:
            raise MemoryError()
        for i in range(len(protocols)):
            names[i] = <bytes>protocols[i]
        names[len(protocols)] = NULL
        options.alpn = names
        self.tls = pynet_tls_new(&options, &error)
        free(names)
        if self.tls == NULL:
            raise error_of(&error)

    def __dealloc__(self):
        pynet_tls_free(self.tls)

    def feed(self, data):
        """Hand over ciphertext from the peer (any byte buffer); b"" means that no more will come.

        Returns how many bytes were taken: all, unless more than 256 KiB wait to be read.
        """
        cdef Py_buffer view
        cdef size_t taken
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        if view.len == 0:
            pynet_tls_end(self.tls)
        taken = pynet_tls_feed(self.tls, <const unsigned char *>view.buf, view.len)
        PyBuffer_Release(&view)
        return taken

    def take(self):
        """The ciphertext that must now be sent to the peer; b"" if there is none."""
        cdef const unsigned char *data
        cdef size_t length = pynet_tls_output(self.tls, &data)
        if length == 0:
            return b""
        cdef bytes out = data[:length]
        pynet_tls_taken(self.tls, length)
        return out

    def handshake_step(self):
        """Go on with the handshake as far as the fed bytes allow.  True: it is done.  False: the peer must answer first.

        In both cases send what take() gives.  TlsError: it failed; take() then gives the alert for the peer.
        """
        cdef pynet_tls_error error
        cdef int64_t now = 0
        if self.trust is not None:
            now = self.trust.clock() // 1000000
        cdef int status = pynet_tls_handshake(self.tls, now, &error)
        if status == 1:
            return True
        if status == PYNET_TLS_WANT_MORE:
            return False
        self.fail(status, &error)

    def read(self, count):
        """Up to `count` bytes of plaintext; b"" after the peer's close_notify.

        TlsWantMore: feed more first.  TlsTruncated: the peer's bytes ended without close_notify.
        """
        cdef pynet_tls_error error
        cdef size_t size = min(count, RECORD_SIZE)
        if size == 0:
            return b""
        cdef unsigned char *out = <unsigned char *>malloc(size)
        if out == NULL:
            raise MemoryError()
        cdef Py_ssize_t got = pynet_tls_read(self.tls, out, size, &error)
        try:
            if got < 0:
                self.fail(got, &error)
            return out[:got]
        finally:
            free(out)

    def write(self, data):
        """Encrypt the start of `data` (any byte buffer) and return how many bytes that was, at most one record.

        TlsWantMore: 224 KiB of ciphertext wait for take().
        """
        cdef pynet_tls_error error
        cdef Py_buffer view
        cdef Py_ssize_t done = 0
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        if view.len > 0:
            done = pynet_tls_write(self.tls, <const unsigned char *>view.buf, view.len, &error)
        PyBuffer_Release(&view)
        if done < 0:
            self.fail(done, &error)
        return done

    def close(self):
        """Queue close_notify, once; what the peer still sends can be read."""
        pynet_tls_close(self.tls)

    @property
    def pending(self):
        """Decrypted bytes that wait to be read."""
        return pynet_tls_pending(self.tls)

    @property
    def version(self):
        """ "TLSv1.2" or "TLSv1.3"; None before the handshake is done."""
        return text_of(pynet_tls_version(self.tls))

    @property
    def cipher(self):
        """Name of the cipher suite, None before one is chosen."""
        return text_of(pynet_tls_cipher(self.tls))

    @property
    def alpn(self):
        """The protocol chosen by ALPN, None if there is none."""
        return text_of(pynet_tls_alpn(self.tls))

    @property
    def peer_certificate(self):
        """The peer's own certificate in DER, None if it showed none."""
        cdef const unsigned char *der
        cdef size_t length = pynet_tls_peer_certificate(self.tls, &der)
        return der[:length] if length else None

    cdef fail(self, Py_ssize_t status, pynet_tls_error *error):
        """Raise what the adapter's negative result means."""
        if status == PYNET_TLS_WANT_MORE:
            raise TlsWantMore(EAGAIN, "TLS wants more bytes")
        raise error_of(error, TlsTruncated if status == PYNET_TLS_TRUNCATED else TlsError)
