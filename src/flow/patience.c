/* This file chooses the limits: the option's own time counts; without one, a
 * run that a person can see waits for ever, and another gives up after a
 * while. And it keeps the balance of lost and served time of one service. */
#include "config.h"
#include "flow/patience.h"

#include "util/str.h"

/* A service may throttle for an hour, twice. */
enum { HOLD_MS = 60 * 1000, OUTAGE_MS = 2 * 3600 * 1000, LATER_MS = 60 * 1000 };

/* The option's value was checked when it was read. */
static int64_t patience_limit(const char *word, int64_t otherwise)
{
    int64_t ms = otherwise;

    if (*word)
        str_parse_time(word, &ms);
    return ms;
}

struct patience patience_of(const struct options *opt, bool attended)
{
    int64_t hold = opt->on_error == ON_ERROR_STOP ? 0
                   : attended                     ? -1
                                                  : HOLD_MS;

    return (struct patience){
        .hold_ms = patience_limit(opt->hold_limit, hold),
        .outage_ms =
            patience_limit(opt->outage_limit, attended ? -1 : OUTAGE_MS)
    };
}

static int64_t patience_balance(const struct trouble *t, int64_t now_ms)
{
    int64_t since = now_ms - t->turn_ms;

    return t->serves ? t->lost_ms - since : t->lost_ms + since;
}

static bool patience_is_over(const struct trouble *t, int64_t now_ms)
{
    return !t->is || (t->serves && patience_balance(t, now_ms) <= 0);
}

static void patience_turn(struct trouble *t, bool serves, int64_t now_ms)
{
    if (t->serves == serves)
        return;
    t->lost_ms = patience_balance(t, now_ms);
    t->turn_ms = now_ms;
    t->serves = serves;
}

void trouble_end(struct trouble *t)
{
    *t = (struct trouble){ .is = false };
}

bool trouble_failed(struct trouble *t, size_t documents, int64_t now_ms)
{
    bool begins = patience_is_over(t, now_ms);

    if (begins)
        *t = (struct trouble){ .is = true, .turn_ms = now_ms };
    patience_turn(t, false, now_ms);
    if (documents > t->owed)
        t->owed = documents;
    return begins;
}

void trouble_answered(struct trouble *t, size_t documents, int64_t now_ms)
{
    if (!t->is)
        return;
    patience_turn(t, true, now_ms);
    if (documents >= t->owed || patience_is_over(t, now_ms))
        trouble_end(t);
}

int64_t trouble_ms(const struct trouble *t, int64_t now_ms)
{
    return patience_is_over(t, now_ms) ? -1 : patience_balance(t, now_ms);
}

struct opening opening_of(const struct options *opt, const struct patience *p,
                          int64_t now_ms)
{
    return (struct opening){
        .retries = (uint64_t)opt->retries,
        .began_ms = now_ms,
        .later_ms = *opt->outage_limit ? p->outage_ms : LATER_MS,
        .outage_ms = p->outage_ms
    };
}

static bool opening_is_over(int64_t limit_ms, int64_t took_ms)
{
    return limit_ms >= 0 && took_ms >= limit_ms;
}

/* It had the time that it asked for, and more than a start has otherwise. */
static bool opening_had_time(const struct opening *o, bool later,
                             int64_t took_ms)
{
    return took_ms >= o->named_ms &&
           (later ? opening_is_over(o->later_ms, took_ms)
                  : o->named_ms >= LATER_MS);
}

enum opening_next opening_failed(struct opening *o, const struct error *err,
                                 int64_t delay_ms, int64_t now_ms)
{
    bool later = error_course(err->kind) == COURSE_WAIT;
    int64_t took_ms = now_ms - o->began_ms;
    int64_t next_ms = err->retry_after_ms > 0 ? took_ms + delay_ms : took_ms;

    if (err->retry_after_ms > o->named_ms)
        o->named_ms = err->retry_after_ms;
    if (!later && (error_course(err->kind) != COURSE_RETRY ||
                   ++o->failures > o->retries))
        return OPENING_REFUSED;
    if (opening_is_over(o->outage_ms, took_ms))
        return OPENING_OUTAGE;
    if (opening_had_time(o, later, took_ms))
        return later ? OPENING_LATER : OPENING_REFUSED;
    return opening_is_over(o->outage_ms, next_ms) ? OPENING_OUTAGE
                                                  : OPENING_AGAIN;
}
