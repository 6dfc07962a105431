/* The proleptic Gregorian calendar in UTC; days are counted in 400-year eras that begin on 1 March. */
#include <time.h>

#define SECONDS_PER_DAY 86400
#define DAYS_PER_ERA 146097
#define DAYS_TO_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */

static long floor_div(long a, long b)
{
    return a / b - (a % b < 0);
}

static int is_leap(long year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Year, month (0..11) and day of the month from days since 1970-01-01. */
static void civil_from_days(long days, struct tm *out)
{
    days += DAYS_TO_EPOCH;
    long era = floor_div(days, DAYS_PER_ERA);
    long day_of_era = days - era * DAYS_PER_ERA;
    long year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    long day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    long month = (5 * day_of_year + 2) / 153; /* 0: March */
    long year = year_of_era + era * 400 + (month >= 10);
    static const short before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    out->tm_mday = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    out->tm_mon = (int)(month < 10 ? month + 2 : month - 10);
    out->tm_year = (int)(year - 1900);
    out->tm_yday = before[out->tm_mon] + out->tm_mday - 1 + (out->tm_mon > 1 && is_leap(year));
}

struct tm *gmtime_r(const time_t *restrict seconds, struct tm *restrict out)
{
    long days = floor_div(*seconds, SECONDS_PER_DAY);
    long left = *seconds - days * SECONDS_PER_DAY;
    civil_from_days(days, out);
    out->tm_hour = (int)(left / 3600);
    out->tm_min = (int)(left / 60 % 60);
    out->tm_sec = (int)(left % 60);
    out->tm_wday = (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    out->tm_isdst = 0;
    return out;
}

time_t timegm(const struct tm *utc)
{
    long year = utc->tm_year + 1900L + floor_div(utc->tm_mon, 12);
    long month = utc->tm_mon - floor_div(utc->tm_mon, 12) * 12;
    month = month >= 2 ? month - 2 : month + 10; /* 0: March */
    year -= month >= 10;
    long era = floor_div(year, 400), year_of_era = year - era * 400;
    long day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month + 2) / 5 + utc->tm_mday - 1;
    long days = era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
    return days * SECONDS_PER_DAY + utc->tm_hour * 3600L + utc->tm_min * 60L + utc->tm_sec;
}
