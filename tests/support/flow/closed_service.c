/* This file is the service at the end of a closed loop: how long a request
 * takes, and whether it is refused. Both are known when it arrives. */
#include "config.h"
#include "tests/support/flow/closed_loop_parts.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* A factor around 1. */
static double service_luck(struct loop *l, double spread)
{
    double u = loop_unit(l), v = loop_unit(l);

    return spread <= 0
               ? 1
               : exp(spread * sqrt(-2 * log(1 - u)) * cos(2 * pi * v));
}

static bool service_changed(const struct loop *l, const struct service *s)
{
    return s->change_s > 0 && (double)l->now_us >= s->change_s * 1e6;
}

static size_t service_inside(struct loop *l, struct loop_stage *st)
{
    for (size_t i = 0; i < st->inside;)
        if (st->until_us[i] <= l->now_us)
            st->until_us[i] = st->until_us[--st->inside];
        else
            i++;
    return st->inside;
}

/* A request leaves when its answer is sent, or when somebody has the time to
 * note that. */
static void service_enter(struct loop *l, struct loop_stage *st,
                          int64_t until_us)
{
    double ms = st->plan->service.lingers_ms;
    double share = st->plan->service.lingers;

    if (ms > 0 && loop_unit(l) < (share > 0 ? share : 1.0 / 32))
        until_us -= (int64_t)(ms * 1000 * log(1 - loop_unit(l)));
    if (st->inside < LOOP_INSIDE)
        st->until_us[st->inside++] = until_us;
}

static double service_ms(struct loop *l, struct loop_stage *st,
                         const struct loop_worker *w, size_t inside)
{
    const struct service *s = &st->plan->service;
    double ms = service_changed(l, s) && s->ms_then > 0 ? s->ms_then : s->ms;
    double docs = (double)w->sent_docs;

    if (s->flat_docs && w->sent_docs > s->flat_docs)
        ms *= docs / (double)s->flat_docs;
    ms += s->doc_ms * docs;
    if (s->slower_at > 0)
        ms *= 1 + pow((double)(inside + 1) / s->slower_at, 2);
    return ms * service_luck(l, s->spread);
}

/* First come, first served, by the server that is free first. */
static int64_t service_queue(struct loop *l, struct loop_stage *st,
                             int64_t us)
{
    const struct service *s = &st->plan->service;
    size_t servers = service_changed(l, s) && s->servers_then
                         ? s->servers_then
                         : s->servers;
    size_t first = 0;
    int64_t start;

    if (servers == 0)
        return l->now_us + us;
    for (size_t i = 1; i < servers; i++)
        if (st->free_us[i] < st->free_us[first])
            first = i;
    start = st->free_us[first] > l->now_us ? st->free_us[first] : l->now_us;
    return st->free_us[first] = start + us;
}

static bool service_over_rate(struct loop *l, struct loop_stage *st)
{
    const struct service *s = &st->plan->service;

    if (s->per_s <= 0)
        return false;
    st->bucket += s->per_s * (double)(l->now_us - st->bucket_us) / 1e6;
    st->bucket_us = l->now_us;
    if (st->bucket > s->burst)
        st->bucket = s->burst;
    if (st->bucket < 1)
        return true;
    st->bucket -= 1;
    return false;
}

/* The same for documents a minute; a second's worth in a row. */
static bool service_over_documents(struct loop *l, struct loop_stage *st,
                                   const struct loop_worker *w)
{
    double per_s = st->plan->service.tpm / 60, docs = (double)w->sent_docs;

    if (per_s <= 0)
        return false;
    st->documents += per_s * (double)(l->now_us - st->documents_us) / 1e6;
    st->documents_us = l->now_us;
    if (st->documents > per_s)
        st->documents = per_s;
    if (st->documents < docs)
        return true;
    st->documents -= docs;
    return false;
}

static void service_tell(const struct loop_stage *st, struct answer *a)
{
    const struct service *s = &st->plan->service;

    a->pace = (struct http_pace){
        .retry_after_ms = -1, .limit_tokens = -1, .remaining_tokens = -1,
        .reset_tokens_ms = -1, .limit_requests = (int64_t)s->burst,
        .remaining_requests = (int64_t)st->bucket,
        .reset_requests_ms = (int64_t)((s->burst - st->bucket) * 1000 /
                                       s->per_s) };
}

static bool service_out(const struct loop *l, const struct service *s)
{
    double now = (double)l->now_us / 1e6;

    return now >= s->out_from_s && now < s->out_to_s;
}

static struct answer service_refuse(struct loop *l, const struct service *s,
                                    enum error_kind kind)
{
    struct answer a = { .at_us = l->now_us + (int64_t)(s->ms * 200) + 1 };

    error_set(&a.err, kind, 0, "made up");
    if (kind == ERROR_LIMITED && s->retry_after_ms > 0)
        a.err.retry_after_ms = s->retry_after_ms;
    return a;
}

struct answer service_serve(struct loop *l, struct loop_stage *st,
                            struct loop_worker *w)
{
    const struct service *s = &st->plan->service;
    struct answer a = { .fine = true };
    size_t inside = service_inside(l, st);
    double ms;

    if (service_out(l, s))
        return service_refuse(l, s, ERROR_NETWORK);
    if (s->most_docs && w->sent_docs > s->most_docs)
        return service_refuse(l, s, ERROR_SIZE);
    if ((s->most_at_once && inside >= s->most_at_once) ||
        service_over_rate(l, st) || service_over_documents(l, st, w) ||
        (s->strays > 0 && loop_unit(l) < s->strays))
        return service_refuse(l, s, ERROR_LIMITED);
    if (s->fails > 0 && loop_unit(l) < s->fails)
        return service_refuse(l, s, ERROR_SERVER);
    ms = service_ms(l, st, w, inside);
    a.at_us = service_queue(l, st, (int64_t)(ms * 1000) + 1);
    if (!w->connected)
        a.at_us += (int64_t)(s->connect_ms * 1000);
    w->connected = true;
    service_enter(l, st, a.at_us);
    a.at_us += (int64_t)(s->away_ms * 1000);
    if (s->headers)
        service_tell(st, &a);
    return a;
}
