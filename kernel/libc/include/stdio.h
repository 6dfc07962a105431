#ifndef PYNET_LIBC_STDIO_H
#define PYNET_LIBC_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define EOF (-1)

/* No files here: the type exists because mbedTLS and Cython name it in prototypes. */
typedef struct pynet_file FILE;

int snprintf(char *restrict to, size_t size, const char *restrict format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *restrict to, size_t size, const char *restrict format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
