/* TLS over memory buffers, by mbedTLS: ciphertext is fed in and taken out, and no call ever waits.

   mbedTLS keeps global state without locks: all calls are made by one thread at a time. */
#ifndef PYNET_ADAPTER_H
#define PYNET_ADAPTER_H

#include <stddef.h>
#include <stdint.h>

/* Results of the calls that may have to wait for the peer; never together with a count. */
#define PYNET_TLS_WANT_MORE (-1)        /* feed more ciphertext (or take some first) and call again */
#define PYNET_TLS_FAILED    (-2)        /* see struct pynet_tls_error; the engine is of no more use */
#define PYNET_TLS_TRUNCATED (-3)        /* the peer's bytes ended without close_notify */

/* A queue's bound: feed and write take less, or nothing, rather than let one grow beyond it. */
#define PYNET_TLS_QUEUE_LIMIT (256 * 1024)

struct pynet_tls_error {
    int code;                   /* mbedTLS's, negative; 0: our own */
    char text[200];             /* "certificate has expired", ends with '\0' */
};

/* Trust anchors, shared; must outlive the engines that use it. */
struct pynet_tls_store;
/* From PEM text, whose certificates are parsed now (*skipped counts those that cannot be), and from `roots`: certificates in DER, one behind
   the other, which are kept where they are and parsed when a chain asks for one. NULL when one of the two is no such thing, or memory is out. */
struct pynet_tls_store *pynet_tls_store_new(const unsigned char *pem, size_t length, const unsigned char *roots,
                                            size_t roots_length, unsigned *skipped, struct pynet_tls_error *error);
void pynet_tls_store_free(struct pynet_tls_store *store);

struct pynet_tls_options {
    int server;                             /* 0: client, which verifies the peer; 1: server, which shows a certificate */
    const char *hostname;                   /* client: what is asked for by SNI and must be in the certificate */
    const struct pynet_tls_store *store;    /* client: whom to trust */
    const char *const *alpn;                /* protocols in order of preference, NULL behind the last; NULL: no ALPN */
    const unsigned char *certificate;       /* server: chain in PEM, own certificate first */
    size_t certificate_length;
    const unsigned char *key;               /* server: its private key in PEM */
    size_t key_length;
    unsigned rsa_bits;                      /* smallest RSA key accepted in the peer's chain; 0: 2048 */
    unsigned curve_bits;                    /* smallest curve accepted there; 0: 256 */
};

struct pynet_tls;
/* NULL on failure. Strings and PEM are copied or parsed before the return. */
struct pynet_tls *pynet_tls_new(const struct pynet_tls_options *options, struct pynet_tls_error *error);
void pynet_tls_free(struct pynet_tls *tls);

/* Queues ciphertext from the peer; returns how many bytes were taken. */
size_t pynet_tls_feed(struct pynet_tls *tls, const unsigned char *data, size_t length);
/* The peer will send no more. */
void pynet_tls_end(struct pynet_tls *tls);
/* Ciphertext for the peer: its length, and where it starts. pynet_tls_taken drops the first bytes of it. */
size_t pynet_tls_output(const struct pynet_tls *tls, const unsigned char **data);
void pynet_tls_taken(struct pynet_tls *tls, size_t length);

/* Goes on with the handshake as far as the bytes at hand allow. unix_seconds is the time that certificates are judged by.
   1: done; WANT_MORE, FAILED or TRUNCATED. */
int pynet_tls_handshake(struct pynet_tls *tls, int64_t unix_seconds, struct pynet_tls_error *error);

/* Plaintext: bytes read or written (at most one record); read gives 0 after the peer's close_notify. */
ptrdiff_t pynet_tls_read(struct pynet_tls *tls, unsigned char *out, size_t length, struct pynet_tls_error *error);
ptrdiff_t pynet_tls_write(struct pynet_tls *tls, const unsigned char *data, size_t length, struct pynet_tls_error *error);
/* Decrypted bytes that wait to be read. */
size_t pynet_tls_pending(const struct pynet_tls *tls);
/* Queues close_notify, once. */
void pynet_tls_close(struct pynet_tls *tls);

/* What was agreed on; NULL where nothing was. The peer's certificate is given in DER. */
const char *pynet_tls_version(const struct pynet_tls *tls);
const char *pynet_tls_cipher(const struct pynet_tls *tls);
const char *pynet_tls_alpn(const struct pynet_tls *tls);
size_t pynet_tls_peer_certificate(const struct pynet_tls *tls, const unsigned char **der);

/* SHA-256 (FIPS 180-4) of a run of bytes. 0 when done, else an mbedTLS error. */
int pynet_tls_sha256(const unsigned char *data, size_t length, unsigned char out[32]);

#endif
