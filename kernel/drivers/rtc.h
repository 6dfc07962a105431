/* The battery clock (MC146818 and its heirs). */
#ifndef RTC_H
#define RTC_H

/* Reads the clock once; wall_time_us carries it on. */
void rtc_init(void);

#endif
