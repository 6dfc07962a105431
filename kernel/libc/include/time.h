#ifndef PYNET_LIBC_TIME_H
#define PYNET_LIBC_TIME_H

#include <stddef.h>

typedef long time_t;
typedef long clock_t;

struct timespec {
    time_t tv_sec;
    long tv_nsec;
};

/* C11 7.27.1: months from 0, years from 1900, days of the week from Sunday. */
struct tm {
    int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
};

struct tm *gmtime_r(const time_t *restrict seconds, struct tm *restrict out);
time_t timegm(const struct tm *utc);

#endif
