/* This file keeps the causes in the order of their first failure. There are
 * few, so a search compares their hashes one by one. */
#include "config.h"
#include "core/failures/failure_causes.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/failures/failure_kinds.h"
#include "data/failure_fold.h"
#include "util/str.h"

enum { CALM_S = 10 }; /* after the last refusal, so that no row flickers */

/* --- what helps ----------------------------------------------------------- */

static const char *causes_helps(const struct failure_cause *c)
{
    if (c->rejected)
        return "mend the corpus";
    switch (c->kind) {
    case ERROR_LIMITED:
        return "lower rate (l)";
    case ERROR_SIZE:
        return "shorter texts";
    case ERROR_AUTH:
    case ERROR_QUOTA:
    case ERROR_CONFIG:
        return "mend, retry (r)";
    default:
        return failure_kind_needs_change(c) ? "needs a change" : "retry (r)";
    }
}

/* --- places --------------------------------------------------------------- */

static bool causes_same(const struct failure_cause *a,
                        const struct failure_cause *b)
{
    return a->kind == b->kind && a->code == b->code &&
           strcmp(a->stage, b->stage) == 0;
}

static void causes_add_healed(struct failure_healed *h, size_t *count,
                              const struct failure_cause *c, uint64_t n)
{
    size_t i = 0;

    if (n == 0)
        return;
    while (i < *count && !causes_same(&h[i].cause, c))
        i++;
    if (i == SNAPSHOT_HEALED) {
        h[--i].cause = (struct failure_cause){ .kind = ERROR_KIND_COUNT };
    } else if (i == *count) {
        h[i] = (struct failure_healed){ .cause = *c };
        ++*count;
    }
    h[i].count += n;
}

static bool causes_is_over(const struct cause_slot *k)
{
    return k->view.open == 0 && k->view.waiting == 0 && k->answers == 0;
}

/* A new place, or that of a cause that is over; NULL: there is none. */
static struct cause_slot *causes_take_place(struct failure_causes *x)
{
    if (x->count < SNAPSHOT_CAUSES)
        return &x->slot[x->count++];
    for (size_t i = 0; i < x->count; i++)
        if (causes_is_over(&x->slot[i])) {
            causes_add_healed(x->healed, &x->healed_count,
                              &x->slot[i].view.cause, x->slot[i].healed);
            return &x->slot[i];
        }
    return NULL;
}

/* Give the last place to all other causes. */
static struct cause_slot *causes_others(struct failure_causes *x)
{
    struct cause_slot *k = &x->slot[SNAPSHOT_CAUSES - 1];

    if (k->view.hash == 0)
        return k;
    causes_add_healed(x->healed, &x->healed_count, &k->view.cause, k->healed);
    k->healed = 0;
    k->view.hash = 0;
    k->view.cause = (struct failure_cause){ .kind = ERROR_REFUSED };
    snprintf(k->view.key, sizeof k->view.key, "others");
    snprintf(k->view.code, sizeof k->view.code, "-");
    snprintf(k->view.message, sizeof k->view.message,
             "others, of many causes");
    snprintf(k->view.helps, sizeof k->view.helps, "export them (e)");
    return k;
}

static struct cause_slot *causes_at(struct failure_causes *x, uint64_t hash)
{
    for (size_t i = 0; i < x->count; i++)
        if (x->slot[i].view.hash == hash)
            return &x->slot[i];
    return NULL;
}

static void causes_begin(struct cause_slot *k, const struct failure *f,
                         const struct failure_row *row)
{
    *k = (struct cause_slot){ .view = { .cause = f->cause,
                                        .hash = row->cause } };
    failure_fold_key(row->cause, k->view.key);
    memcpy(k->view.code, row->code, sizeof k->view.code);
    str_sentence(k->view.message, sizeof k->view.message,
                 text_of(failure_fold_behind(row->message, f->cause.code)));
    snprintf(k->view.helps, sizeof k->view.helps, "%s",
             causes_helps(&f->cause));
    k->view.needs_change = failure_kind_needs_change(&f->cause);
}

/* The message as it is while all say the same; else what they share. */
static void causes_say(struct cause_slot *k, const struct failure *f,
                       const struct failure_row *row)
{
    char said[sizeof k->view.message];

    if (k->view.hash == 0)
        return;
    str_sentence(said, sizeof said,
                 text_of(failure_fold_behind(row->message, f->cause.code)));
    if (strcmp(said, k->view.message) != 0)
        snprintf(k->view.message, sizeof k->view.message, "%s",
                 failure_fold(f).text);
}

/* --- samples -------------------------------------------------------------- */

/* Move the samples so that the newest has this number. */
static void causes_shift(uint16_t spark[CAUSE_SPARK], int64_t *sample,
                         int64_t to)
{
    int64_t by = to - *sample;

    if (by <= 0)
        return;
    if (by > CAUSE_SPARK)
        by = CAUSE_SPARK;
    memmove(spark, spark + by, (size_t)(CAUSE_SPARK - by) * sizeof *spark);
    memset(spark + CAUSE_SPARK - by, 0, (size_t)by * sizeof *spark);
    *sample = to;
}

/* An earlier run's failure may be older than the oldest sample. */
static void causes_sample(struct cause_slot *k, int64_t wall_s,
                          int64_t now_wall_s)
{
    int64_t at;

    causes_shift(k->view.spark, &k->sample, now_wall_s / CAUSE_SPARK_S);
    at = CAUSE_SPARK - 1 - (k->sample - wall_s / CAUSE_SPARK_S);
    if (at >= 0 && at < CAUSE_SPARK && k->view.spark[at] < UINT16_MAX)
        k->view.spark[at]++;
}

struct cause_slot *failure_causes_find(struct failure_causes *x,
                                       const struct failure *f,
                                       const struct failure_row *row)
{
    struct cause_slot *k = causes_at(x, row->cause);

    if (k) {
        causes_say(k, f, row);
    } else if ((k = causes_take_place(x))) {
        causes_begin(k, f, row);
    } else {
        k = causes_others(x);
    }
    if (row->wall_s > k->view.wall_s)
        k->view.wall_s = row->wall_s;
    return k;
}

struct cause_slot *failure_causes_note(struct failure_causes *x,
                                       const struct failure *f,
                                       const struct failure_row *row,
                                       int64_t now_wall_s)
{
    struct cause_slot *k = failure_causes_find(x, f, row);

    causes_sample(k, row->wall_s, now_wall_s);
    return k;
}

/* --- counts --------------------------------------------------------------- */

static uint64_t causes_take(uint64_t *from, uint64_t n)
{
    uint64_t take = *from < n ? *from : n;

    *from -= take;
    return take;
}

void failure_causes_close(struct failure_causes *x, uint64_t hash, uint64_t n)
{
    struct cause_slot *k = causes_at(x, hash), *others = causes_at(x, 0);

    if (k)
        n -= causes_take(&k->view.open, n);
    if (others)
        causes_take(&others->view.open, n);
}

void failure_causes_end_wait(struct failure_causes *x, uint64_t hash,
                             bool healed)
{
    struct cause_slot *k = causes_at(x, hash);

    if (!k || k->view.waiting == 0)
        k = causes_at(x, 0);
    if (!k)
        return;
    causes_take(&k->view.waiting, 1);
    k->healed += healed;
}

void failure_causes_pass(struct failure_causes *x, const char *stage,
                         int64_t now_wall_s)
{
    for (size_t i = 0; i < x->count; i++) {
        struct cause_slot *k = &x->slot[i];

        if (k->answers == 0 || now_wall_s - k->view.wall_s < CALM_S ||
            (*k->view.cause.stage && strcmp(k->view.cause.stage, stage) != 0))
            continue;
        k->healed += k->answers;
        k->answers = 0;
    }
}

void failure_causes_forget(struct failure_causes *x)
{
    for (size_t i = 0; i < x->count; i++)
        x->slot[i].view.open = 0;
}

uint64_t failure_causes_open(const struct failure_causes *x)
{
    uint64_t n = 0;

    for (size_t i = 0; i < x->count; i++)
        n += x->slot[i].view.open;
    return n;
}

/* --- the snapshot --------------------------------------------------------- */

static int causes_by_count(const void *a, const void *b)
{
    const struct cause_view *x = a, *y = b;

    if (x->open != y->open)
        return x->open < y->open ? 1 : -1;
    if (x->open == 0 && x->waiting != y->waiting)
        return x->waiting < y->waiting ? 1 : -1;
    return strcmp(x->key, y->key);
}

static int healed_by_count(const void *a, const void *b)
{
    const struct healed_view *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->label, y->label);
}

static void causes_label(const struct failure_cause *c, char *to, size_t size)
{
    char stage[sizeof c->stage] = "";

    for (size_t i = 0; c->stage[i]; i++)
        stage[i] = (char)toupper((unsigned char)c->stage[i]);
    if (c->kind >= ERROR_KIND_COUNT)
        snprintf(to, size, "others");
    else if (c->code > 0 && c->kind != ERROR_LOCAL)
        snprintf(to, size, "%s %d", stage, c->code);
    else
        snprintf(to, size, "%s %s", stage, error_word(c->kind));
}

static void causes_fill_healed(const struct failure_causes *x,
                               struct snapshot *s)
{
    struct failure_healed healed[SNAPSHOT_HEALED];
    size_t n = x->healed_count;

    memcpy(healed, x->healed, sizeof healed);
    for (size_t i = 0; i < x->count; i++)
        causes_add_healed(healed, &n, &x->slot[i].view.cause,
                          x->slot[i].healed);
    for (size_t i = 0; i < n; i++) {
        causes_label(&healed[i].cause, s->healed[i].label,
                     sizeof s->healed[i].label);
        s->healed[i].count = healed[i].count;
    }
    s->healed_count = (uint32_t)n;
    qsort(s->healed, n, sizeof s->healed[0], healed_by_count);
}

void failure_causes_fill(const struct failure_causes *x, struct snapshot *s,
                         int64_t now_wall_s)
{
    s->cause_count = 0;
    for (size_t i = 0; i < x->count; i++) {
        struct cause_view *to = &s->causes[s->cause_count];
        int64_t sample = x->slot[i].sample;

        if (causes_is_over(&x->slot[i]))
            continue;
        *to = x->slot[i].view;
        to->waiting += x->slot[i].answers;
        if (to->open == 0)
            snprintf(to->helps, sizeof to->helps, "tries by itself");
        causes_shift(to->spark, &sample, now_wall_s / CAUSE_SPARK_S);
        s->cause_count++;
    }
    qsort(s->causes, s->cause_count, sizeof s->causes[0], causes_by_count);
    causes_fill_healed(x, s);
}
