#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdint.h>

/* Prepares mbedTLS, the first time. 0, or a PSA status: entropy or memory is missing. */
int pynet_tls_platform_setup(void);

/* Sets mbedTLS's clock, which certificates are judged by. It stands still between calls. */
void pynet_tls_set_time(int64_t unix_seconds);

#endif
