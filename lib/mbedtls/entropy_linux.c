/* Entropy for mbedTLS in a Linux process. */
#include <sys/random.h>

#include <mbedtls/entropy.h>
#include <entropy_poll.h>

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t length, size_t *written)
{
    (void)data;
    ssize_t got = getrandom(output, length, 0);
    if (got < 0)
        return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
    *written = (size_t)got;
    return 0;
}
