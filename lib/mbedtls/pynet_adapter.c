#include "pynet_adapter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/error.h>
#include <mbedtls/platform.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>

#include "platform.h"

/* Bytes in order of arrival. Those before `start` have been consumed; at most PYNET_TLS_QUEUE_LIMIT are held. */
struct queue {
    unsigned char *bytes;
    size_t start, end, capacity;
};

struct pynet_tls_store {
    mbedtls_x509_crt chain;             /* from PEM */
    const unsigned char *roots;         /* certificates in DER, one behind the other; read when a chain asks for one */
    size_t roots_length;
};

struct pynet_tls {
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    mbedtls_x509_crt_profile profile;
    mbedtls_x509_crt certificate;
    mbedtls_pk_context key;
    char **alpn;                        /* as mbedTLS wants it: kept while the config lives */
    struct queue input, output;
    int ended;                          /* the peer's bytes are all in `input` */
    int closed;                         /* close_notify has been queued */
};

static size_t queue_length(const struct queue *queue)
{
    return queue->end - queue->start;
}

/* Makes room for `length` more bytes behind the end. 0: memory is out. */
static int queue_reserve(struct queue *queue, size_t length)
{
    if (queue->capacity - queue->end >= length)
        return 1;
    size_t held = queue_length(queue), capacity = queue->capacity ? queue->capacity : 4096;
    while (capacity < held + length)
        capacity *= 2;
    unsigned char *bytes = malloc(capacity);
    if (bytes == NULL)
        return 0;
    if (held > 0)
        memcpy(bytes, queue->bytes + queue->start, held);
    free(queue->bytes);
    *queue = (struct queue){ .bytes = bytes, .start = 0, .end = held, .capacity = capacity };
    return 1;
}

/* Appends as much as the limit and memory allow; returns how much. */
static size_t queue_append(struct queue *queue, const unsigned char *data, size_t length)
{
    size_t room = PYNET_TLS_QUEUE_LIMIT - queue_length(queue);

    if (length > room)
        length = room;
    if (length == 0 || !queue_reserve(queue, length))
        return 0;
    memcpy(queue->bytes + queue->end, data, length);
    queue->end += length;
    return length;
}

static void queue_consume(struct queue *queue, size_t length)
{
    queue->start += length;
    if (queue->start == queue->end)
        queue->start = queue->end = 0;
}

/* mbedTLS's transport: what it sends goes to `output`, what it receives comes from `input`. */
static int transport_send(void *argument, const unsigned char *data, size_t length)
{
    struct pynet_tls *tls = argument;
    size_t taken = queue_append(&tls->output, data, length);

    return taken ? (int)taken : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int transport_receive(void *argument, unsigned char *out, size_t length)
{
    struct pynet_tls *tls = argument;
    size_t held = queue_length(&tls->input);

    if (held == 0)
        return tls->ended ? MBEDTLS_ERR_SSL_CONN_EOF : MBEDTLS_ERR_SSL_WANT_READ;
    if (length > held)
        length = held;
    memcpy(out, tls->input.bytes + tls->input.start, length);
    queue_consume(&tls->input, length);
    return (int)length;
}

static void own_error(struct pynet_tls_error *error, const char *text)
{
    error->code = 0;
    snprintf(error->text, sizeof error->text, "%s", text);
}

static void library_error(struct pynet_tls_error *error, int code, const char *doing)
{
    char text[120];

    mbedtls_strerror(code, text, sizeof text);
    error->code = code;
    snprintf(error->text, sizeof error->text, "%s: %s", doing, text);
}

/* The failed checks of a certificate chain, the most telling first. */
static const struct {
    uint32_t flag;
    const char *text;
} verify_texts[] = {
    { MBEDTLS_X509_BADCERT_MISSING, "peer sent no certificate" },
    { MBEDTLS_X509_BADCERT_EXPIRED, "certificate has expired" },
    { MBEDTLS_X509_BADCERT_FUTURE, "certificate is not yet valid" },
    { MBEDTLS_X509_BADCERT_CN_MISMATCH, "certificate is for another host name" },
    { MBEDTLS_X509_BADCERT_BAD_KEY, "certificate's key is too small or of an unknown curve" },
    { MBEDTLS_X509_BADCERT_BAD_PK, "certificate's key is of an unacceptable kind" },
    { MBEDTLS_X509_BADCERT_BAD_MD, "certificate is signed with an unacceptable hash" },
    { MBEDTLS_X509_BADCERT_KEY_USAGE, "certificate's key usage forbids this" },
    { MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, "certificate's extended key usage forbids this" },
    { MBEDTLS_X509_BADCERT_NOT_TRUSTED, "certificate's issuer is not trusted" },
};

/* Names every failed check that the flags tell of. */
static void verify_error(struct pynet_tls_error *error, uint32_t flags)
{
    size_t length = 0;

    error->code = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    snprintf(error->text, sizeof error->text, "certificate check failed (flags 0x%x)", (unsigned)flags);
    for (size_t i = 0; i < sizeof verify_texts / sizeof verify_texts[0]; i++) {
        if (!(flags & verify_texts[i].flag))
            continue;
        int added = snprintf(error->text + length, sizeof error->text - length, "%s%s", length ? "; " : "",
                             verify_texts[i].text);
        if (added < 0 || (size_t)added >= sizeof error->text - length)
            return;
        length += (size_t)added;
    }
}

/* What a failing mbedTLS call means to our caller. */
static int outcome(struct pynet_tls *tls, int status, const char *doing, struct pynet_tls_error *error)
{
    if (status == MBEDTLS_ERR_SSL_WANT_READ || status == MBEDTLS_ERR_SSL_WANT_WRITE)
        return PYNET_TLS_WANT_MORE;
    if (status == MBEDTLS_ERR_SSL_CONN_EOF) {
        own_error(error, "truncated: the connection ended without close_notify");
        return PYNET_TLS_TRUNCATED;
    }
    /* UINT32_MAX: no certificate has been judged yet. Which code comes with the flags depends on the TLS version. */
    uint32_t flags = mbedtls_ssl_get_verify_result(&tls->ssl);
    if (flags != 0 && flags != UINT32_MAX)
        verify_error(error, flags);
    else
        library_error(error, status, doing);
    return PYNET_TLS_FAILED;
}

/* mbedTLS parses PEM only when it ends with '\0'. */
static int parse_pem(mbedtls_x509_crt *chain, const unsigned char *pem, size_t length)
{
    unsigned char *text = malloc(length + 1);

    if (text == NULL)
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    memcpy(text, pem, length);
    text[length] = '\0';
    int status = mbedtls_x509_crt_parse(chain, text, length + 1);
    free(text);
    return status;
}

/* Steps over one ASN.1 element. 0, or an mbedTLS error. */
static int skip(unsigned char **at, const unsigned char *end)
{
    size_t length;
    int status = *at < end ? mbedtls_asn1_get_tag(at, end, &length, **at) : MBEDTLS_ERR_ASN1_OUT_OF_DATA;

    if (status == 0)
        *at += length;
    return status;
}

/* What stands where in a certificate in DER. */
struct place {
    const unsigned char *end, *subject;
    size_t subject_length;
};

/* Certificate ::= SEQUENCE { TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer, validity, subject (RFC 5280 4.1). */
static int find_subject(const unsigned char *certificate, const unsigned char *end, struct place *place)
{
    unsigned char *at = (unsigned char *)certificate;   /* mbedTLS only reads; its type says so nowhere */
    size_t length;
    int status = mbedtls_asn1_get_tag(&at, end, &length, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);

    place->end = at + length;
    if (status == 0)
        status = mbedtls_asn1_get_tag(&at, place->end, &length, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
    end = at + length;
    if (status == 0 && at < end && *at == (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED))
        status = skip(&at, end);
    for (unsigned i = 0; status == 0 && i < 4; i++)
        status = skip(&at, end);
    place->subject = at;
    if (status == 0)
        status = skip(&at, end);
    place->subject_length = (size_t)(at - place->subject);
    return status;
}

/* Adds a copy of a certificate to the list. One that mbedTLS cannot read vouches for nobody. 0, or out of memory. */
static int add_candidate(mbedtls_x509_crt **found, const unsigned char *der, size_t length)
{
    if (*found == NULL) {
        *found = mbedtls_calloc(1, sizeof **found);
        if (*found == NULL)
            return MBEDTLS_ERR_X509_ALLOC_FAILED;
        mbedtls_x509_crt_init(*found);
    }
    int status = mbedtls_x509_crt_parse_der_nocopy(*found, der, length);
    return status == MBEDTLS_ERR_X509_ALLOC_FAILED ? status : 0;
}

/* A CA's name stands in its own certificate byte for byte as in those that it issued (RFC 5280 4.1.2.6). */
static int is_name(const mbedtls_x509_buf *name, const unsigned char *bytes, size_t length)
{
    return name->len == length && memcmp(name->p, bytes, length) == 0;
}

/* mbedTLS asks who may have signed `child`: so nothing of the store need be parsed before, and hardly anything is. */
static int find_issuers(void *argument, const mbedtls_x509_crt *child, mbedtls_x509_crt **found)
{
    const struct pynet_tls_store *store = argument;
    const unsigned char *at = store->roots, *end = at + store->roots_length;
    struct place place;
    int status = 0;

    *found = NULL;
    for (const mbedtls_x509_crt *anchor = &store->chain; status == 0 && anchor != NULL && anchor->version; anchor = anchor->next)
        if (is_name(&child->issuer_raw, anchor->subject_raw.p, anchor->subject_raw.len))
            status = add_candidate(found, anchor->raw.p, anchor->raw.len);
    for (; status == 0 && at < end && find_subject(at, end, &place) == 0; at = place.end)
        if (is_name(&child->issuer_raw, place.subject, place.subject_length))
            status = add_candidate(found, at, (size_t)(place.end - at));
    if (*found != NULL && (status != 0 || (*found)->version == 0)) {
        mbedtls_x509_crt_free(*found);
        mbedtls_free(*found);
        *found = NULL;
    }
    return status;
}

/* All of `roots` is certificates. */
static int check_roots(const unsigned char *roots, size_t length)
{
    const unsigned char *end = roots + length;
    struct place place;

    for (; roots < end; roots = place.end)
        if (find_subject(roots, end, &place) != 0)
            return MBEDTLS_ERR_X509_INVALID_FORMAT;
    return 0;
}

struct pynet_tls_store *pynet_tls_store_new(const unsigned char *pem, size_t length, const unsigned char *roots,
                                            size_t roots_length, unsigned *skipped, struct pynet_tls_error *error)
{
    int status = pynet_tls_platform_setup();
    struct pynet_tls_store *store = status == 0 ? malloc(sizeof *store) : NULL;

    if (store == NULL) {
        own_error(error, status == 0 ? "out of memory" : "no entropy for mbedTLS");
        return NULL;
    }
    *store = (struct pynet_tls_store){ .roots = roots, .roots_length = roots_length };
    mbedtls_x509_crt_init(&store->chain);
    if (length > 0 || roots_length == 0)
        status = parse_pem(&store->chain, pem, length);
    if (status >= 0 && length > 0 && store->chain.version == 0)
        status = MBEDTLS_ERR_X509_INVALID_FORMAT;
    *skipped = status > 0 ? (unsigned)status : 0;
    if (status >= 0)
        status = check_roots(roots, roots_length);
    if (status < 0) {
        library_error(error, status, "reading the trust anchors");
        pynet_tls_store_free(store);
        return NULL;
    }
    return store;
}

void pynet_tls_store_free(struct pynet_tls_store *store)
{
    if (store == NULL)
        return;
    mbedtls_x509_crt_free(&store->chain);
    free(store);
}

/* Which keys and signatures may stand in the peer's chain. */
static void set_profile(struct pynet_tls *tls, const struct pynet_tls_options *options)
{
    static const struct { unsigned bits; mbedtls_ecp_group_id id; } curves[] = {
        { 256, MBEDTLS_ECP_DP_SECP256R1 }, { 384, MBEDTLS_ECP_DP_SECP384R1 }, { 521, MBEDTLS_ECP_DP_SECP521R1 },
    };
    unsigned curve_bits = options->curve_bits ? options->curve_bits : 256;

    tls->profile.allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
                               MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512);
    tls->profile.allowed_pks = 0xfffffff;
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
        if (curves[i].bits >= curve_bits)
            tls->profile.allowed_curves |= MBEDTLS_X509_ID_FLAG(curves[i].id);
    tls->profile.rsa_min_bitlen = options->rsa_bits ? options->rsa_bits : 2048;
    mbedtls_ssl_conf_cert_profile(&tls->config, &tls->profile);
}

/* Copies the protocols; mbedTLS keeps pointers to them. */
static int set_alpn(struct pynet_tls *tls, const char *const *alpn)
{
    size_t count = 0;

    if (alpn == NULL || alpn[0] == NULL)
        return 0;
    while (alpn[count] != NULL)
        count++;
    tls->alpn = calloc(count + 1, sizeof *tls->alpn);
    if (tls->alpn == NULL)
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(alpn[i]) + 1;
        tls->alpn[i] = malloc(size);
        if (tls->alpn[i] == NULL)
            return MBEDTLS_ERR_SSL_ALLOC_FAILED;
        memcpy(tls->alpn[i], alpn[i], size);
    }
    return mbedtls_ssl_conf_alpn_protocols(&tls->config, (const char **)tls->alpn);
}

static int set_server(struct pynet_tls *tls, const struct pynet_tls_options *options)
{
    int status = parse_pem(&tls->certificate, options->certificate, options->certificate_length);
    unsigned char *key = malloc(options->key_length + 1);

    if (key == NULL)
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    memcpy(key, options->key, options->key_length);
    key[options->key_length] = '\0';
    if (status == 0)
        status = mbedtls_pk_parse_key(&tls->key, key, options->key_length + 1, NULL, 0, mbedtls_psa_get_random,
                                      MBEDTLS_PSA_RANDOM_STATE);
    mbedtls_platform_zeroize(key, options->key_length);
    free(key);
    return status ? status : mbedtls_ssl_conf_own_cert(&tls->config, &tls->certificate, &tls->key);
}

/* The role's own part of the configuration. */
static int set_role(struct pynet_tls *tls, const struct pynet_tls_options *options)
{
    if (options->server) {
        mbedtls_ssl_conf_authmode(&tls->config, MBEDTLS_SSL_VERIFY_NONE);
        return set_server(tls, options);
    }
    mbedtls_ssl_conf_authmode(&tls->config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_cb(&tls->config, find_issuers, (void *)options->store);
    return 0;
}

static int configure(struct pynet_tls *tls, const struct pynet_tls_options *options)
{
    int status = mbedtls_ssl_config_defaults(&tls->config,
                                             options->server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                                             MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (status)
        return status;
    mbedtls_ssl_conf_rng(&tls->config, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    mbedtls_ssl_conf_session_tickets(&tls->config, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
    set_profile(tls, options);
    status = set_role(tls, options);
    if (status == 0)
        status = set_alpn(tls, options->alpn);
    if (status == 0)
        status = mbedtls_ssl_setup(&tls->ssl, &tls->config);
    if (status == 0 && !options->server)
        status = mbedtls_ssl_set_hostname(&tls->ssl, options->hostname);
    mbedtls_ssl_set_bio(&tls->ssl, tls, transport_send, transport_receive, NULL);
    return status;
}

struct pynet_tls *pynet_tls_new(const struct pynet_tls_options *options, struct pynet_tls_error *error)
{
    if (!options->server && (options->store == NULL || options->hostname == NULL || options->hostname[0] == '\0')) {
        own_error(error, "a client needs a host name and trust anchors");
        return NULL;
    }
    struct pynet_tls *tls = pynet_tls_platform_setup() == 0 ? calloc(1, sizeof *tls) : NULL;
    if (tls == NULL) {
        own_error(error, "out of memory or entropy");
        return NULL;
    }
    mbedtls_ssl_init(&tls->ssl);
    mbedtls_ssl_config_init(&tls->config);
    mbedtls_x509_crt_init(&tls->certificate);
    mbedtls_pk_init(&tls->key);
    int status = configure(tls, options);
    if (status) {
        library_error(error, status, "setting up TLS");
        pynet_tls_free(tls);
        return NULL;
    }
    return tls;
}

void pynet_tls_free(struct pynet_tls *tls)
{
    if (tls == NULL)
        return;
    mbedtls_ssl_free(&tls->ssl);
    mbedtls_ssl_config_free(&tls->config);
    mbedtls_x509_crt_free(&tls->certificate);
    mbedtls_pk_free(&tls->key);
    for (char **name = tls->alpn; name != NULL && *name != NULL; name++)
        free(*name);
    free(tls->alpn);
    free(tls->input.bytes);
    free(tls->output.bytes);
    free(tls);
}

size_t pynet_tls_feed(struct pynet_tls *tls, const unsigned char *data, size_t length)
{
    return queue_append(&tls->input, data, length);
}

void pynet_tls_end(struct pynet_tls *tls)
{
    tls->ended = 1;
}

size_t pynet_tls_output(const struct pynet_tls *tls, const unsigned char **data)
{
    *data = tls->output.bytes + tls->output.start;
    return queue_length(&tls->output);
}

void pynet_tls_taken(struct pynet_tls *tls, size_t length)
{
    queue_consume(&tls->output, length);
}

int pynet_tls_handshake(struct pynet_tls *tls, int64_t unix_seconds, struct pynet_tls_error *error)
{
    pynet_tls_set_time(unix_seconds);
    int status = mbedtls_ssl_handshake(&tls->ssl);
    return status == 0 ? 1 : outcome(tls, status, "handshake", error);
}

ptrdiff_t pynet_tls_read(struct pynet_tls *tls, unsigned char *out, size_t length, struct pynet_tls_error *error)
{
    int status;

    /* A session ticket is no data: go on to what follows it. */
    do
        status = mbedtls_ssl_read(&tls->ssl, out, length);
    while (status == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
    if (status == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return 0;
    /* mbedTLS reports the end of the transport as 0 bytes. */
    if (status == 0 && length > 0)
        status = MBEDTLS_ERR_SSL_CONN_EOF;
    return status >= 0 ? status : outcome(tls, status, "read", error);
}

ptrdiff_t pynet_tls_write(struct pynet_tls *tls, const unsigned char *data, size_t length, struct pynet_tls_error *error)
{
    /* mbedTLS wants the same call again after it could not send, so it is only called when a whole record has room. */
    if (queue_length(&tls->output) > PYNET_TLS_QUEUE_LIMIT - 2 * MBEDTLS_SSL_OUT_CONTENT_LEN)
        return PYNET_TLS_WANT_MORE;
    int status = mbedtls_ssl_write(&tls->ssl, data, length);
    return status >= 0 ? status : outcome(tls, status, "write", error);
}

size_t pynet_tls_pending(const struct pynet_tls *tls)
{
    return mbedtls_ssl_get_bytes_avail(&tls->ssl);
}

void pynet_tls_close(struct pynet_tls *tls)
{
    if (!tls->closed && mbedtls_ssl_is_handshake_over(&tls->ssl))
        mbedtls_ssl_close_notify(&tls->ssl);
    tls->closed = 1;
}

const char *pynet_tls_version(const struct pynet_tls *tls)
{
    return mbedtls_ssl_is_handshake_over((mbedtls_ssl_context *)&tls->ssl) ? mbedtls_ssl_get_version(&tls->ssl) : NULL;
}

const char *pynet_tls_cipher(const struct pynet_tls *tls)
{
    return mbedtls_ssl_get_ciphersuite(&tls->ssl);
}

const char *pynet_tls_alpn(const struct pynet_tls *tls)
{
    return mbedtls_ssl_get_alpn_protocol(&tls->ssl);
}

size_t pynet_tls_peer_certificate(const struct pynet_tls *tls, const unsigned char **der)
{
    const mbedtls_x509_crt *certificate = mbedtls_ssl_get_peer_cert(&tls->ssl);

    *der = certificate ? certificate->raw.p : NULL;
    return certificate ? certificate->raw.len : 0;
}

int pynet_tls_sha256(const unsigned char *data, size_t length, unsigned char out[32])
{
    return mbedtls_sha256(data, length, out, 0);
}
