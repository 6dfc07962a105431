/* Two engines of pynet_adapter.h talk to each other under the sanitizers: whole, byte by byte, cut off, and with bytes altered.

   usage: tls_loop AUTHORITY.PEM CHAIN.PEM KEY.PEM UNIX_SECONDS ROUNDS      host name: example.com */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pynet_adapter.h"

struct text {
    unsigned char *bytes;
    size_t length;
};

struct pair {
    struct pynet_tls *client, *server;
    int64_t now;
};

/* How the bytes of one direction travel. */
struct cable {
    size_t step;                /* bytes fed at a time; 0: all at once */
    long alter, cut;            /* the byte of the whole conversation that is altered, or after which nothing comes; -1: none */
    long passed;
};

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)random_state * limit) >> 32);
}

static void fail(const char *what)
{
    fprintf(stderr, "tls_loop: %s\n", what);
    exit(1);
}

static struct text read_file(const char *name)
{
    struct text text = { malloc(1 << 20), 0 };
    FILE *file = fopen(name, "rb");

    if (file == NULL || text.bytes == NULL)
        fail(name);
    text.length = fread(text.bytes, 1, 1 << 20, file);
    fclose(file);
    return text;
}

/* Carries what `from` has to say to `to`; 1 if there was anything. */
static int carry(struct pynet_tls *from, struct pynet_tls *to, struct cable *cable)
{
    const unsigned char *data;
    size_t length = pynet_tls_output(from, &data);

    if (length == 0 || (cable->cut >= 0 && cable->passed >= cable->cut))
        return 0;
    if (cable->step && length > cable->step)
        length = cable->step;
    if (cable->cut >= 0 && length > (size_t)(cable->cut - cable->passed))
        length = (size_t)(cable->cut - cable->passed);
    unsigned char *copy = malloc(length);
    memcpy(copy, data, length);
    if (cable->alter >= cable->passed && cable->alter < cable->passed + (long)length)
        copy[cable->alter - cable->passed] ^= (unsigned char)(1 + random_below(255));
    if (pynet_tls_feed(to, copy, length) != length)
        fail("a queue is full");
    pynet_tls_taken(from, length);
    cable->passed += (long)length;
    free(copy);
    return 1;
}

/* 1: both are done; otherwise what stopped one of them. */
static int shake(struct pair *pair, struct cable *cable)
{
    struct pynet_tls_error error;
    int client = 0, server = 0;

    for (;;) {
        if (client != 1)
            client = pynet_tls_handshake(pair->client, pair->now, &error);
        int moved = carry(pair->client, pair->server, cable);
        if (server != 1)
            server = pynet_tls_handshake(pair->server, pair->now, &error);
        moved |= carry(pair->server, pair->client, cable);
        if (client < PYNET_TLS_WANT_MORE || server < PYNET_TLS_WANT_MORE)
            return PYNET_TLS_FAILED;
        if (!moved)
            return client == 1 && server == 1 ? 1 : PYNET_TLS_WANT_MORE;
    }
}

/* 1: `length` bytes arrived as they were sent. */
static int talk(struct pynet_tls *from, struct pynet_tls *to, struct cable *cable, size_t length)
{
    static unsigned char sent[65536], received[65536];
    struct pynet_tls_error error;
    size_t written = 0, got = 0;

    for (size_t i = 0; i < length; i++)
        sent[i] = (unsigned char)random_below(256);
    while (got < length) {
        ptrdiff_t count = written < length ? pynet_tls_write(from, sent + written, length - written, &error) : 0;
        if (count < PYNET_TLS_WANT_MORE)
            return 0;
        written += count > 0 ? (size_t)count : 0;
        int moved = carry(from, to, cable);
        count = pynet_tls_read(to, received + got, length - got, &error);
        if (count == 0 || count < PYNET_TLS_WANT_MORE || (count < 0 && !moved))
            return 0;
        got += count > 0 ? (size_t)count : 0;
    }
    return memcmp(sent, received, length) == 0;
}

/* One conversation; 1 if it went well to its end. */
static int converse(struct pair *pair, struct cable *cable, const struct pynet_tls_options options[2])
{
    struct pynet_tls_error error;

    pair->client = pynet_tls_new(&options[0], &error);
    pair->server = pynet_tls_new(&options[1], &error);
    if (pair->client == NULL || pair->server == NULL)
        fail(error.text);
    int good = shake(pair, cable) == 1 && talk(pair->client, pair->server, cable, 3000) &&
               talk(pair->server, pair->client, cable, 60000);
    if (!good) {
        pynet_tls_end(pair->client);
        shake(pair, cable);
    }
    pynet_tls_close(pair->client);
    pynet_tls_free(pair->client);
    pynet_tls_free(pair->server);
    return good;
}

int main(int count, char **arguments)
{
    struct pynet_tls_error error;
    struct text files[3];
    unsigned skipped;
    int survived = 0;

    if (count != 6)
        fail("five arguments");
    for (int i = 0; i < 3; i++)
        files[i] = read_file(arguments[i + 1]);
    struct pynet_tls_store *store = pynet_tls_store_new(NULL, 0, files[0].bytes, files[0].length, &skipped, &error);
    if (store == NULL)
        fail(error.text);
    const struct pynet_tls_options options[2] = {
        { .hostname = "example.com", .store = store },
        { .server = 1, .certificate = files[1].bytes, .certificate_length = files[1].length, .key = files[2].bytes,
          .key_length = files[2].length },
    };
    struct pair pair = { .now = atoll(arguments[4]) };
    struct cable whole = { 0, -1, -1, 0 }, bytewise = { 1, -1, -1, 0 };

    if (!converse(&pair, &whole, options) || !converse(&pair, &bytewise, options))
        fail("an undisturbed conversation failed");
    for (int round = 0; round < atoi(arguments[5]); round++) {
        long at = random_below((uint32_t)whole.passed);
        struct cable disturbed = { round % 3 ? 0 : 1 + random_below(2000), round % 2 ? at : -1, round % 2 ? -1 : at, 0 };
        survived += converse(&pair, &disturbed, options);
    }
    pynet_tls_store_free(store);
    for (int i = 0; i < 3; i++)
        free(files[i].bytes);
    printf("survived %d\n", survived);
    return 0;
}
