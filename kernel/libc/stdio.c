#include <stdio.h>

#include "libc/text.h"

int vsnprintf(char *restrict to, size_t size, const char *restrict format, va_list arguments)
{
    return text_vsnprintf(to, size, format, arguments);
}

int snprintf(char *restrict to, size_t size, const char *restrict format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = text_vsnprintf(to, size, format, arguments);
    va_end(arguments);
    return length;
}
