/*
 * The course of a request. Faults are looked at in this order: an outage, a
 * reset, the script, the load of its side, the key, the size, the dice; what is
 * left its dialect answers.
 */
#include "config.h"
#include "tests/support/fakeapi/fakeapi.h"
#include "tests/support/fakeapi/fakeapi_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sys/clock.h"

/* ---- answers ---- */

float *answer_vector(struct answer *a, size_t dim)
{
    if (dim > a->vector_cap) {
        free(a->vector);
        a->vector = malloc(dim * sizeof *a->vector);
        a->vector_cap = dim;
        if (!a->vector)
            abort();
    }
    return a->vector;
}

void answer_release(struct answer *a)
{
    buf_release(&a->headers);
    buf_release(&a->body);
    buf_release(&a->room);
    free(a->vector);
}

static void plain_refuse(struct answer *a, int status, const char *message)
{
    a->status = status;
    a->type = "text/plain";
    buf_clear(&a->body);
    buf_puts(&a->body, message);
}

/* A path that no dialect knows. */
static const struct dialect nobody = { .name = "", .refuse = plain_refuse };

static const struct dialect *dialect_of(const struct request *q)
{
    for (size_t i = 0; dialects[i]; i++)
        if (dialects[i]->mine(q))
            return dialects[i];
    return &nobody;
}

/* ---- control ---- */

static bool put_line(void *ctx, const struct point *x, bool good)
{
    struct buf *to = ctx;

    buf_put(to, x->key.ptr, x->key.len);
    buf_putc(to, ' ');
    buf_put(to, x->id.ptr, x->id.len);
    buf_puts(to, good ? " ok\n" : " bad\n");
    return true;
}

struct figure {
    const char *name;
    uint64_t value;
};

static void put_figures(const char *side, const struct figure *of, size_t n,
                        struct buf *to)
{
    for (size_t i = 0; i < n; i++)
        buf_printf(to, "%s\"%s%s\":%llu", to->len ? "," : "{", side,
                   of[i].name, (unsigned long long)of[i].value);
}

/* The mean of bodies that were taken. */
static void put_side(struct side *side, const char *name, struct buf *to)
{
    const struct side_stats s = side_stats(side);
    const struct figure of[] = {
        { "_limited", s.limited },
        { "_too_large", s.too_large },
        { "_most", s.most },
        { "_bytes", s.bytes },
        { "_mean", s.taken ? s.bytes / s.taken : 0 },
        { "_largest", s.largest },
        { "_documents", s.documents }
    };

    put_figures(name, of, sizeof of / sizeof *of, to);
}

static void put_stats(struct fakeapi *f, struct buf *to)
{
    const struct fakeapi_stats s = fakeapi_stats(f);
    const struct figure of[] = { { "requests", s.requests },
                                 { "embed_requests", s.embed_requests },
                                 { "upsert_requests", s.upsert_requests },
                                 { "refused", s.refused },
                                 { "early", s.early },
                                 { "texts", s.texts },
                                 { "points", s.points },
                                 { "distinct", s.distinct },
                                 { "bad", s.bad },
                                 { "bytes_in", s.bytes_in },
                                 { "upsert_bytes", s.upsert_bytes } };

    put_figures("", of, sizeof of / sizeof *of, to);
    put_side(&f->side[SIDE_EMBED], "embed", to);
    put_side(&f->side[SIDE_STORE], "store", to);
    buf_puts(to, "}\n");
}

static void put_times(struct fakeapi *f, struct buf *to)
{
    side_put_times(&f->side[SIDE_EMBED], "embed", to);
    side_put_times(&f->side[SIDE_STORE], "store", to);
}

void fakeapi_new_key(struct fakeapi *f, struct text key)
{
    if (key.len >= sizeof f->key)
        abort();
    pthread_mutex_lock(&f->lock);
    memcpy(f->key, key.ptr, key.len);
    f->key[key.len] = '\0';
    pthread_mutex_unlock(&f->lock);
}

static void control(struct fakeapi *f, const struct request *q,
                    struct answer *a)
{
    if (request_ends(q, "/dump")) {
        a->type = "text/plain";
        points_each(f->points, put_line, &a->body);
    } else if (request_ends(q, "/times")) {
        a->type = "text/plain";
        put_times(f, &a->body);
    } else if (request_ends(q, "/key")) {
        fakeapi_new_key(f, q->body);
    } else {
        put_stats(f, &a->body);
    }
}

/* ---- faults by the options ---- */

/* What has a request's number as its bound goes by that request's own: others
 * are counted meanwhile, and one answer may overtake another. */
static bool outage(struct fakeapi *f, uint64_t number)
{
    int64_t now = clock_ms(), at = now - f->begun_ms;
    bool out = f->o.outage_at && number >= f->o.outage_at;

    pthread_mutex_lock(&f->lock);
    if (out && !f->out_until_ms)
        f->out_until_ms = now + f->o.outage_for_ms;
    out = out && now < f->out_until_ms;
    pthread_mutex_unlock(&f->lock);
    return out || (f->o.outage_to_ms && at >= f->o.outage_from_ms &&
                   at < f->o.outage_to_ms);
}

/* A header "Name: value"; HTTP/2 has names in small letters. */
static bool has_line(struct text head, const char *line)
{
    size_t name = strcspn(line, ":"), n = strlen(line);

    for (size_t i = 0; i + n <= head.len; i++)
        if (strncasecmp(head.ptr + i, line, name) == 0 &&
            memcmp(head.ptr + i + name, line + name, n - name) == 0)
            return true;
    return false;
}

static bool has_key(struct fakeapi *f, const struct request *q)
{
    bool has;

    pthread_mutex_lock(&f->lock);
    has = has_line(q->head, f->key);
    pthread_mutex_unlock(&f->lock);
    return has;
}

/* 0..99, the same row of numbers in every run. Under the lock. */
static int roll(struct fakeapi *f)
{
    f->dice = f->dice * 6364136223846793005u + 1442695040888963407u;
    return (int)((f->dice >> 33) % 100);
}

/* Come again in so many ms, in the words of the options. Returns the least
 * that this is, since now. */
static int put_pace(const struct fakeapi_options *o, uint64_t number,
                    struct buf *to)
{
    int ms = o->pace_ms ? o->pace_ms : 200, s = (ms + 999) / 1000;
    time_t then = time(NULL) + s + 1; /* a date has no fractions */
    struct tm tm;
    char date[64];

    switch (o->pace == PACE_ALL ? (enum fakeapi_pace)(number % PACE_ALL)
                                : o->pace) {
    case PACE_MS:
        buf_printf(to, "retry-after-ms: %d\r\n", ms);
        break;
    case PACE_SECONDS:
        buf_printf(to, "Retry-After: %d\r\n", s);
        ms = s * 1000;
        break;
    case PACE_DATE:
        gmtime_r(&then, &tm);
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        buf_printf(to, "Retry-After: %s\r\n", date);
        break;
    case PACE_RESET:
        buf_printf(to, "x-ratelimit-remaining-requests: 0\r\n"
                       "x-ratelimit-reset-requests: %dms\r\n", ms);
        break;
    case PACE_NONE:
    case PACE_ALL:
        ms = 0;
        break;
    }
    return ms;
}

static void limit(struct fakeapi *f, uint64_t number, const struct dialect *d,
                  struct answer *a)
{
    int64_t now = clock_ms();
    int ms = put_pace(&f->o, number, &a->headers);

    pthread_mutex_lock(&f->lock);
    f->due_ms = now + ms;
    pthread_mutex_unlock(&f->lock);
    d->refuse(a, 429, "rate limit reached");
}

/* False when there is none. */
static bool faulty(struct fakeapi *f, const struct request *q,
                   const struct visit *v, struct answer *a)
{
    const struct dialect *d = v->dialect;
    int dice[2];

    pthread_mutex_lock(&f->lock);
    dice[0] = roll(f);
    dice[1] = roll(f);
    pthread_mutex_unlock(&f->lock);
    if (!has_key(f, q) || (f->o.auth_after && v->number >= f->o.auth_after)) {
        d->refuse(a, 401, "the key was not accepted");
    } else if (f->o.limit_bytes && q->body.len > f->o.limit_bytes) {
        d->refuse(a, f->o.large_status ? f->o.large_status : 413,
                  "the request is too large");
    } else if (dice[0] < f->o.rate_429_pct ||
               v->number <= f->o.busy_first) {
        limit(f, v->number, d, a);
    } else if (dice[1] < f->o.fail_500_pct) {
        d->refuse(a, 500, "the server had an error");
    } else {
        return false;
    }
    return true;
}

static bool unlucky(struct fakeapi *f)
{
    bool is;

    pthread_mutex_lock(&f->lock);
    is = f->o.reset_pct && roll(f) < f->o.reset_pct;
    pthread_mutex_unlock(&f->lock);
    return is;
}

static bool take_script(struct fakeapi *f, struct fakeapi_answer *out)
{
    bool any;

    pthread_mutex_lock(&f->lock);
    any = f->script_count > 0;
    if (any) {
        *out = f->script[0];
        memmove(f->script, f->script + 1,
                --f->script_count * sizeof *f->script);
    }
    pthread_mutex_unlock(&f->lock);
    return any;
}

/* ---- one request ---- */

/* Returns its number, from 1 on. */
static uint64_t note(struct fakeapi *f, const struct request *q,
                     const struct dialect *d)
{
    uint64_t number;

    pthread_mutex_lock(&f->lock);
    number = ++f->stats.requests;
    if (!f->first_us)
        f->first_us = clock_us();
    f->stats.bytes_in += q->wire_len;
    f->stats.embed_requests += d->embeds;
    f->stats.early += d->embeds && clock_ms() < f->due_ms;
    if (d->upserts && d->upserts(q)) {
        f->stats.upsert_requests++;
        f->stats.upsert_bytes += q->body.len;
    }
    if (f->o.keep_request) {
        buf_clear(&f->last);
        buf_put(&f->last, q->head.ptr, q->head.len);
        buf_put(&f->last, q->body.ptr, q->body.len);
    }
    pthread_mutex_unlock(&f->lock);
    return number;
}

/* What was asked for, without faults. */
static void serve(struct fakeapi *f, const struct request *q, struct visit *v,
                  struct answer *a)
{
    const struct dialect *d = v->dialect;
    struct service s = { .o = &f->o, .points = f->points };
    int64_t begun_us;

    pthread_mutex_lock(&f->lock);
    s.twist = f->twist;
    pthread_mutex_unlock(&f->lock);
    if (d->answer)
        d->answer(&s, q, a);
    else
        d->refuse(a, 404, "there is no such path");
    pthread_mutex_lock(&f->lock);
    begun_us = f->first_us;
    f->stats.texts += s.texts;
    f->stats.points += s.upserted;
    pthread_mutex_unlock(&f->lock);
    if (v->side)
        side_done(v->side, begun_us, s.texts + s.upserted);
}

/* The side's own refusals and faults, else those of all, else what was asked
 * for. */
static void treat_unscripted(struct fakeapi *f, const struct request *q,
                             struct visit *v, struct answer *a)
{
    const struct dialect *d = v->dialect;

    if (v->ticket.refused)
        d->refuse(a, v->ticket.refused,
                  v->ticket.refused == 429 ? "too many requests"
                                           : "the request is too large");
    else if (v->ticket.fault == SIDE_FAILS)
        d->refuse(a, 500, "the server had an error");
    else if (!faulty(f, q, v, a))
        serve(f, q, v, a);
}

/* What every answer has that no script wrote. */
static void finish_answer(struct fakeapi *f, const struct visit *v,
                          struct answer *a)
{
    if (v->side)
        side_put_limits(v->side, &a->headers);
    pthread_mutex_lock(&f->lock);
    f->stats.refused += a->status >= 400;
    pthread_mutex_unlock(&f->lock);
    if (a->status >= 400 && f->o.say.ptr) {
        buf_clear(&a->body);
        buf_put(&a->body, f->o.say.ptr, f->o.say.len);
    }
    for (size_t i = 0; v->ticket.fault == SIDE_GARBLES && i < a->body.len; i++)
        a->body.data[i] = (char)(a->body.data[i] * 7 + 13);
}

/* ---- the course of a request ---- */

void fakeapi_arrive(struct fakeapi *f, const struct request *q,
                    struct visit *v)
{
    const struct dialect *d = dialect_of(q);

    *v = (struct visit){ .dialect = d };
    if (request_begins(q, "/control/"))
        return;
    v->number = note(f, q, d);
    if (d->embeds)
        v->side = &f->side[SIDE_EMBED];
    else if (d->upserts && d->upserts(q))
        v->side = &f->side[SIDE_STORE];
    if (v->side)
        v->ticket = side_arrive(v->side, q->wire_len);
    else
        v->ticket.due_us = clock_us();
    v->ticket.due_us += (int64_t)f->o.delay_ms * 1000;
}

void fakeapi_leave(struct visit *v)
{
    if (v->side && !v->ticket.refused)
        side_leave(v->side);
    v->side = NULL;
}

static void begin_answer(struct answer *a)
{
    a->status = 200;
    a->grpc = 0;
    a->type = "application/json";
    buf_clear(&a->headers);
    buf_clear(&a->body);
}

enum outcome fakeapi_treat(struct fakeapi *f, const struct request *q,
                           struct visit *v, struct answer *a,
                           struct fakeapi_answer *scripted)
{
    begin_answer(a);
    if (!v->number) {
        control(f, q, a);
        return OUTCOME_ANSWER;
    }
    if (outage(f, v->number) || unlucky(f) || v->ticket.fault == SIDE_RESETS ||
        (f->o.large_status == 1 && q->body.len > f->o.limit_bytes))
        return OUTCOME_RESET;
    if (take_script(f, scripted) && !scripted->limited) {
        if (scripted->apply || scripted->genuine)
            serve(f, q, v, a);
        if (scripted->genuine) {
            scripted->status = a->status;
            scripted->body = (struct text){ a->body.data, a->body.len };
        }
        return OUTCOME_SCRIPT;
    }
    if (scripted->limited)
        limit(f, 0, v->dialect, a);
    else
        treat_unscripted(f, q, v, a);
    finish_answer(f, v, a);
    return v->ticket.fault == SIDE_DROPS ? OUTCOME_DROP : OUTCOME_ANSWER;
}
