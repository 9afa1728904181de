/* Instants and durations: int64_t milliseconds on the monotonic clock. */
#ifndef BATCHTOP_SYS_CLOCK_H
#define BATCHTOP_SYS_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

int64_t clock_ms(void); /* monotonic */
int64_t clock_us(void); /* monotonic */

/* Wall time, only for the ledger, the log and the screen. */
int64_t clock_wall_s(void);
/* "2026-12-14T18:00:00Z" (21 bytes with the NUL). */
char *clock_iso8601(char *to, size_t size, int64_t wall_s);
/* Local "14:07:12" (9 bytes with the NUL). */
char *clock_hms(char *to, size_t size, int64_t wall_s);
/* When something ends, to the minute: "18:51", "Tue 18:51" if that is not the
 * day of now_wall_s, "09 Dec" if it is in six days or later. utc: not in local
 * time, and with a "Z" behind the hour. At most 11 bytes with the NUL. */
char *clock_done(char *to, size_t size, int64_t wall_s, int64_t now_wall_s,
                 bool utc);

/* Uniform in [0, 1): jitter, not secrets. Threads: any. */
double random_unit(void);

#endif
