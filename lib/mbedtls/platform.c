/* What mbedTLS asks of its platform, the same in the kernel and on Linux; entropy_*.c holds the one thing that differs. */
#include "platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mbedtls/platform.h>
#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <psa/crypto.h>

static int64_t now_seconds;

void pynet_tls_set_time(int64_t unix_seconds)
{
    now_seconds = unix_seconds;
}

static mbedtls_time_t platform_time(mbedtls_time_t *out)
{
    if (out != NULL)
        *out = now_seconds;
    return now_seconds;
}

mbedtls_ms_time_t mbedtls_ms_time(void)
{
    return now_seconds * 1000;
}

/* Gregorian date of a day number (day 0: 1970-01-01), by years that start in March so that the leap day comes last. */
static void civil_date(int64_t day, struct tm *out)
{
    day += 719468;                                              /* days from 0000-03-01 to 1970-01-01 */
    int64_t era = (day >= 0 ? day : day - 146096) / 146097;     /* 400 years */
    int64_t of_era = day - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;                    /* 0: March */

    out->tm_mday = (int)(of_year - (153 * month + 2) / 5 + 1);
    out->tm_mon = (int)(month < 10 ? month + 2 : month - 10);
    out->tm_year = (int)(year + era * 400 + (month >= 10) - 1900);
}

struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *time, struct tm *out)
{
    int64_t day = *time / 86400, second = *time % 86400;

    if (second < 0) {
        second += 86400;
        day--;
    }
    memset(out, 0, sizeof *out);
    civil_date(day, out);
    out->tm_hour = (int)(second / 3600);
    out->tm_min = (int)(second / 60 % 60);
    out->tm_sec = (int)(second % 60);
    return out;
}

void mbedtls_platform_zeroize(void *buffer, size_t length)
{
    if (length > 0)
        memset(buffer, 0, length);
    /* The compiler must think that the zeros are read. */
    __asm__ volatile("" : : "r"(buffer) : "memory");
}

int pynet_tls_platform_setup(void)
{
    static int ready;

    if (ready)
        return 0;
    mbedtls_platform_set_calloc_free(calloc, free);
    mbedtls_platform_set_snprintf(snprintf);
    mbedtls_platform_set_time(platform_time);
    int status = psa_crypto_init();
    ready = status == PSA_SUCCESS;
    return status;
}
