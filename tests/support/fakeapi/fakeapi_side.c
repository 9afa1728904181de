/*
 * The load of one side. A request gets its ticket when it comes: refused, or
 * due at some time. Servers that queue are instants at which they are free
 * again, so a request that waits costs no thread of its own.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi_side.h"

#include <math.h>

#include "sys/clock.h"

/* What a bucket holds, in seconds of its rate: a service measures by some
 * window, and a run of a few seconds must feel it. */
static const double side_window_s = 1;
/* A refusal comes sooner than an answer. */
enum { REFUSAL_PART = 10, BYTES_A_TOKEN = 4, MINUTE_US = 60000000 };

static struct allowance_bucket side_bucket(long per_min)
{
    double per_us = (double)per_min / MINUTE_US, most = per_us * 1e6;

    most *= side_window_s;
    return (struct allowance_bucket){ most, most < 1 ? 1 : most, per_us };
}

void side_init(struct side *s, const struct fakeapi_side *o)
{
    *s = (struct side){ .o = *o, .dice = 88172645463325252u,
                        .requests = side_bucket(o->rpm),
                        .tokens = side_bucket(o->tpm) };
    s->requests.level = s->requests.most;
    if (s->o.servers > SIDE_SERVERS)
        s->o.servers = SIDE_SERVERS;
    pthread_mutex_init(&s->lock, NULL);
}

/* The functions below run under the lock. */

/* Above 0, up to 1; the same row of numbers in every run. */
static double side_roll(struct side *s)
{
    s->dice ^= s->dice << 13;
    s->dice ^= s->dice >> 7;
    s->dice ^= s->dice << 17;
    return ((double)(s->dice >> 11) + 1) / 9007199254740992.0;
}

/* How long this one keeps a server busy: log-normal around the median. */
static int64_t side_takes_us(struct side *s, size_t bytes)
{
    double normal = sqrt(-2 * log(side_roll(s))) *
                    cos(6.283185307179586 * side_roll(s));
    double us = (double)s->o.ms * 1000;

    us *= exp((double)s->o.spread / 100 * normal);
    return (int64_t)(us + (double)s->o.kb_us * (double)bytes / 1000);
}

/* When it is done: at once in hand, or behind those who wait for the server
 * that is free first. */
static int64_t side_due_us(struct side *s, int64_t now, size_t bytes)
{
    int64_t *first = s->free_us, takes = side_takes_us(s, bytes);

    if (s->o.servers == 0)
        return now + takes;
    for (long i = 1; i < s->o.servers; i++)
        if (s->free_us[i] < *first)
            first = &s->free_us[i];
    *first = (*first > now ? *first : now) + takes;
    return *first;
}

static void side_fill(struct side *s, int64_t now)
{
    struct allowance_bucket *both[] = { &s->requests, &s->tokens };

    for (size_t i = 0; i < 2; i++) {
        both[i]->level += both[i]->per_us * (double)(now - s->filled_us);
        if (both[i]->level > both[i]->most)
            both[i]->level = both[i]->most;
    }
    s->filled_us = now;
}

static int side_refusal(struct side *s, size_t bytes)
{
    if (s->o.bytes && bytes > (size_t)s->o.bytes)
        return 413;
    if ((s->o.at_once && s->in_flight >= s->o.at_once) ||
        (s->o.rpm && s->requests.level < 1) ||
        (s->o.tpm && s->tokens.level <= 0))
        return 429;
    s->requests.level -= s->o.rpm > 0;
    if (s->o.tpm)
        s->tokens.level -= (double)bytes / BYTES_A_TOKEN;
    return 0;
}

static enum side_fault side_fault(struct side *s)
{
    double roll = side_roll(s) * 1000;
    const long of[] = { s->o.fail, s->o.drop, s->o.garble, s->o.reset };

    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        if (roll <= (double)of[i])
            return (enum side_fault)(SIDE_FAILS + i);
        roll -= (double)of[i];
    }
    return SIDE_FINE;
}

static void side_count(struct side *s, size_t bytes, int refused)
{
    struct side_stats *t = &s->stats;

    t->requests++;
    t->limited += refused == 429;
    t->too_large += refused == 413;
    if (refused)
        return;
    t->taken++;
    t->bytes += bytes;
    if (bytes > t->largest)
        t->largest = bytes;
    if (++s->in_flight > (long)t->most)
        t->most = (uint64_t)s->in_flight;
}

/* These take the lock. */

struct ticket side_arrive(struct side *s, size_t bytes)
{
    struct ticket t = { .fault = SIDE_FINE };
    int64_t now = clock_us();

    pthread_mutex_lock(&s->lock);
    side_fill(s, now);
    t.refused = side_refusal(s, bytes);
    side_count(s, bytes, t.refused);
    if (t.refused) {
        t.due_us = now + s->o.ms * 1000 / REFUSAL_PART;
    } else {
        t.due_us = side_due_us(s, now, bytes);
        t.fault = side_fault(s);
    }
    pthread_mutex_unlock(&s->lock);
    return t;
}

void side_done(struct side *s, int64_t begun_us, uint64_t documents)
{
    int64_t step = (clock_us() - begun_us) / 1000 / SIDE_STEP_MS;

    pthread_mutex_lock(&s->lock);
    if (step < SIDE_TIMES)
        s->documents[step] += (uint32_t)documents;
    s->stats.documents += documents;
    pthread_mutex_unlock(&s->lock);
}

void side_leave(struct side *s)
{
    pthread_mutex_lock(&s->lock);
    s->in_flight--;
    pthread_mutex_unlock(&s->lock);
}

struct side_stats side_stats(struct side *s)
{
    struct side_stats t;

    pthread_mutex_lock(&s->lock);
    t = s->stats;
    pthread_mutex_unlock(&s->lock);
    return t;
}

/* What the bucket holds is the limit that is told: the three numbers belong
 * together. */
static void side_put_limit(const struct allowance_bucket *b, const char *what,
                           struct buf *to)
{
    buf_printf(to, "x-ratelimit-limit-%s: %.0f\r\n", what, b->most);
    buf_printf(to, "x-ratelimit-remaining-%s: %.0f\r\n", what,
               b->level > 0 ? floor(b->level) : 0);
    buf_printf(to, "x-ratelimit-reset-%s: %.0fms\r\n", what,
               (b->most - b->level) / b->per_us / 1000);
}

/* OpenAI's words, which others have taken over; reset: until it is full again.
 * A limit of a minute is kept, and told, by the second. */
void side_put_limits(struct side *s, struct buf *to)
{
    pthread_mutex_lock(&s->lock);
    if (s->o.declared && s->o.rpm)
        side_put_limit(&s->requests, "requests", to);
    if (s->o.declared && s->o.tpm)
        side_put_limit(&s->tokens, "tokens", to);
    pthread_mutex_unlock(&s->lock);
}

void side_put_times(struct side *s, const char *name, struct buf *to)
{
    long last = -1;

    pthread_mutex_lock(&s->lock);
    for (long i = 0; i < SIDE_TIMES; i++)
        if (s->documents[i])
            last = i;
    for (long i = 0; i <= last; i++)
        buf_printf(to, "%s %ld %u\n", name, i, (unsigned)s->documents[i]);
    pthread_mutex_unlock(&s->lock);
}
