/* This file reads all clocks of the program: the monotonic one for waits and
 * durations, the wall clock for what people read. It also makes the random
 * numbers for jitter, because the clock is their seed. */
#include "config.h"
#include "sys/clock.h"

#include <unistd.h>

enum { HALF_MINUTE_S = 30, SIX_DAYS_S = 6 * 86400 };

static int64_t monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_ms(void)
{
    return monotonic_ns() / 1000000;
}

int64_t clock_us(void)
{
    return monotonic_ns() / 1000;
}

int64_t clock_wall_s(void)
{
    return (int64_t)time(NULL);
}

static char *wall_text(char *to, size_t size, const char *format,
                       const struct tm *tm)
{
    if (size > 0 && (!tm || strftime(to, size, format, tm) == 0))
        to[0] = '\0';
    return to;
}

char *clock_iso8601(char *to, size_t size, int64_t wall_s)
{
    time_t at = (time_t)wall_s;
    struct tm tm;

    return wall_text(to, size, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
}

char *clock_hms(char *to, size_t size, int64_t wall_s)
{
    time_t at = (time_t)wall_s;
    struct tm tm;

    return wall_text(to, size, "%H:%M:%S", localtime_r(&at, &tm));
}

static struct tm *wall_broken(int64_t wall_s, bool utc, struct tm *tm)
{
    time_t at = (time_t)wall_s;

    return utc ? gmtime_r(&at, tm) : localtime_r(&at, tm);
}

char *clock_done(char *to, size_t size, int64_t wall_s, int64_t now_wall_s,
                 bool utc)
{
    int64_t to_minute_s = wall_s + HALF_MINUTE_S;
    struct tm now, tm, *done = wall_broken(to_minute_s, utc, &tm);
    bool today = done && wall_broken(now_wall_s, utc, &now) &&
                 now.tm_yday == tm.tm_yday && now.tm_year == tm.tm_year;

    if (to_minute_s - now_wall_s >= SIX_DAYS_S)
        return wall_text(to, size, "%d %b", done);
    if (today)
        return wall_text(to, size, utc ? "%H:%MZ" : "%H:%M", done);
    return wall_text(to, size, utc ? "%a %H:%MZ" : "%a %H:%M", done);
}

/* A counter with a large odd step, then a mix in which every input bit
 * reaches every output bit. */
static uint64_t random_step(uint64_t *state)
{
    uint64_t x = *state += 0x9e3779b97f4a7c15u;

    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
    return x ^ (x >> 32);
}

double random_unit(void)
{
    static _Thread_local uint64_t state;

    /* The address differs between threads, the rest between processes. */
    if (state == 0)
        state = (uint64_t)monotonic_ns() ^ (uint64_t)(uintptr_t)&state << 24 ^
                (uint64_t)getpid() << 40 ^ (uint64_t)time(NULL) << 8;
    return (double)(random_step(&state) >> 11) * 0x1p-53;
}
