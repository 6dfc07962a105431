/* TLS as a service of the system, after O'Neill et al., "The Secure Socket API", USENIX Security 2018.
 *
 *   int s = socket(AF_INET, SOCK_STREAM, IPPROTO_TLS);
 *   setsockopt(s, IPPROTO_TLS, TLS_REMOTE_HOSTNAME, "example.com", 11);
 *   connect(s, address, sizeof(address));      0: whoever is there has proved to be example.com
 *   write(s, ...); read(s, ...);               plain text here, TLS on the wire
 *   close(s);                                  close_notify, then the end
 *
 * Whom to believe is the system's affair and cannot be switched off.  connect fails with EPROTO where the proof fails, and TLS_ERROR says which
 * part of it; with EDESTADDRREQ where no name was set.  read gives 0 only after the peer's close_notify; a connection that ends without one is
 * EPROTO.  On a socket without blocking connect says EINPROGRESS, and poll says writable when the proof is done, or has failed (SO_ERROR).
 *
 * A server sets its certificate chain and key (PEM) before listen, which says EINVAL where they do not fit; accept gives connections that shake
 * hands while they are read and written.
 */
#ifndef PYNET_TLS_H
#define PYNET_TLS_H

/* The protocol, and the level of its options.  No IP protocol has this number. */
#define IPPROTO_TLS 715

/* Text, with or without a NUL at its end. */
#define TLS_REMOTE_HOSTNAME 1   /* set before connect, get */
#define TLS_ALPN 2              /* set: names in order of preference, commas between; get: the one agreed on */
#define TLS_CERTIFICATE_CHAIN 3 /* set: PEM, the server's own first, at most 65535 octets */
#define TLS_PRIVATE_KEY 4       /* set: PEM; never given back */
#define TLS_PEER_CERTIFICATE 5  /* get: DER; nothing if the peer showed none */
#define TLS_VERSION 6           /* get: "TLSv1.2", "TLSv1.3" */
#define TLS_CIPHER 7            /* get: the cipher suite's name */
#define TLS_ERROR 8             /* get: why the connection failed; nothing while it has not */

#endif
