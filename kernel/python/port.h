/* What the runtime asks of its host. */
#ifndef PYNET_PORT_H
#define PYNET_PORT_H

#include <stddef.h>
#include <stdint.h>

void *port_alloc(size_t size);                      /* 16-byte aligned; NULL when full */
void *port_realloc(void *old, size_t size);         /* NULL when full: `old` stays as it was */
void port_free(void *memory);                       /* NULL is allowed */
void port_write(const char *text, size_t length);   /* console, UTF-8 */
uint64_t port_clock_us(void);                       /* monotonic */
void port_wait(uint64_t deadline_us);               /* sleep the calling thread */
void port_entropy(void *out, size_t length);
_Noreturn void port_panic(const char *message);

#endif
