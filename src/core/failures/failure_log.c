/* This file keeps the ring of rows: a new row overwrites the oldest. It has
 * three indexes: a chain through the rows of a document, the groups of rows
 * with the same error, and one bit per row for each of the last filters. */
#include "config.h"
#include "core/failures/failure_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/failures/failure_log_parts.h"
#include "core/failures/failure_row.h"
#include "data/batch.h"
#include "sys/clock.h"

struct failure_log *failure_log_new(unsigned tries_max)
{
    struct failure_log *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    monitor_init(&f->lock);
    f->tries_max = tries_max;
    return f;
}

void failure_log_free(struct failure_log *f)
{
    if (!f)
        return;
    monitor_release(&f->lock);
    free(f);
}

/* --- rows ---------------------------------------------------------------- */

static uint64_t *log_chain(struct failure_log *f, uint16_t source, uint64_t pos)
{
    return &f->newest[(pos + source * 131u) & (CHAINS - 1)];
}

/* The newest row of this document, plus one; 0: the log has none. */
static uint64_t log_find(struct failure_log *f, uint16_t source, uint64_t pos)
{
    for (uint64_t n = *log_chain(f, source, pos); n-- > log_oldest(f);
         n = f->before[n % ROWS]) {
        const struct failure_row *row = log_row(f, n);

        if (row->pos == pos && row->source == source &&
            failure_has_document(row))
            return n + 1;
    }
    return 0;
}

/* The new row repeats the group's newest one: it is about the same document, or
 * both are a service's answers. Then it is only counted. */
static bool log_is_repeat(const struct failure_row *a,
                          const struct failure_row *b)
{
    return !failure_has_document(b) ||
           (a->standing == b->standing && a->pos == b->pos &&
            a->source == b->source);
}

/* The row gets another standing: what waited does so no longer. */
static void log_set_standing(struct failure_log *f, uint64_t n,
                             enum failure_standing standing)
{
    struct failure_row *row = log_row(f, n);

    if (row->standing == FAILURE_WAITING && failure_has_document(row))
        failure_causes_end_wait(&f->causes, row->cause,
                                standing == FAILURE_STORED);
    failure_groups_mark(&f->groups, (size_t)(n % ROWS), row->standing,
                        standing);
    row->standing = standing;
}

/* Give the row a place in the ring and in a group. An older row of the same
 * document in the same group no longer counts. */
static void log_put(struct failure_log *f, const struct failure_row *row,
                    uint64_t group, uint64_t key)
{
    uint64_t was = failure_has_document(row)
                       ? log_find(f, row->source, row->pos) : 0;
    size_t place = (size_t)(f->next % ROWS);

    if (f->next >= ROWS) {
        log_set_standing(f, f->next - ROWS,
                         f->rows[place].standing == FAILURE_WAITING
                             ? FAILURE_RETRIED : f->rows[place].standing);
        failure_groups_drop(&f->groups, place, f->rows[place].standing);
    }
    if (was && (was - 1) % ROWS == place)
        was = 0;
    f->rows[place] = *row;
    failure_groups_add(&f->groups, group, key, f->next, place, row->standing);
    if (was && f->groups.of[(was - 1) % ROWS] == group)
        failure_groups_drop(&f->groups, (size_t)((was - 1) % ROWS),
                            log_row(f, was - 1)->standing);
    if (was && log_row(f, was - 1)->standing == FAILURE_WAITING)
        log_set_standing(f, was - 1, FAILURE_RETRIED);
    f->before[place] = *log_chain(f, row->source, row->pos);
    *log_chain(f, row->source, row->pos) = ++f->next;
}

/* False: it repeats a row, and only that one's count grew. */
static bool log_add(struct failure_log *f, struct failure_row *row)
{
    uint64_t key = failure_row_key(row);
    uint64_t group = failure_groups_find(&f->groups, key);
    struct failure_row *newest = NULL;

    row->tries_max = (uint16_t)(f->tries_max + 1);
    if (group)
        newest = log_row(f, failure_groups_at(&f->groups, group)->newest - 1);
    if (newest && log_is_repeat(newest, row)) {
        newest->times++;
        newest->wall_s = row->wall_s;
        return false;
    }
    log_put(f, row, group, key);
    return true;
}

/* --- what happens to documents ------------------------------------------- */

/* Every row of the document that has this standing gets another one. */
static void log_mark_all(struct failure_log *f, uint16_t source, uint64_t pos,
                         enum failure_standing was, enum failure_standing now)
{
    for (uint64_t n = *log_chain(f, source, pos); n-- > log_oldest(f);
         n = f->before[n % ROWS]) {
        struct failure_row *row = log_row(f, n);

        if (row->pos != pos || row->source != source || row->standing != was ||
            !failure_has_document(row))
            continue;
        log_set_standing(f, n, now);
    }
}

void failure_log_final(struct failure_log *f, const struct failure *x)
{
    struct failure_row row = failure_row_of(x, FAILURE_FINAL);
    struct failure_kind *k;

    monitor_lock(&f->lock);
    log_mark_all(f, x->source, x->pos, FAILURE_WAITING, FAILURE_RETRIED);
    k = failure_kinds_find(&f->kinds, &x->cause);
    failure_kinds_note(&f->kinds, k, row.message);
    failure_causes_note(&f->causes, x, &row, clock_wall_s())->view.open++;
    log_add(f, &row);
    monitor_unlock(&f->lock);
}

void failure_log_deferred(struct failure_log *f, const struct failure *x)
{
    struct failure_row row = failure_row_of(x, FAILURE_WAITING);
    struct cause_slot *k;
    bool is_new;

    monitor_lock(&f->lock);
    memcpy(f->waits, row.message, sizeof f->waits);
    k = failure_causes_note(&f->causes, x, &row, clock_wall_s());
    is_new = log_add(f, &row);
    if (!failure_has_document(&row))
        k->answers++;
    else if (is_new)
        k->view.waiting++;
    monitor_unlock(&f->lock);
}

void failure_log_note_wait(struct failure_log *f, const char *stage,
                           const struct error *err)
{
    struct failure x = failure_of(&(struct doc){ .pos = 0 }, stage, err);

    failure_log_deferred(f, &x);
}

void failure_log_why_waiting(struct failure_log *f, char *to, size_t size)
{
    monitor_lock(&f->lock);
    snprintf(to, size, "%s", f->waits);
    monitor_unlock(&f->lock);
}

void failure_log_passed(struct failure_log *f, const char *stage)
{
    monitor_lock(&f->lock);
    failure_causes_pass(&f->causes, stage, clock_wall_s());
    monitor_unlock(&f->lock);
}

void failure_log_healed(struct failure_log *f, const struct failure_cause *c,
                        uint64_t hash, uint64_t n)
{
    struct failure_kind *k;

    monitor_lock(&f->lock);
    k = failure_kinds_find(&f->kinds, c);
    k->open -= k->open < n ? k->open : n;
    failure_causes_close(&f->causes, hash, n);
    monitor_unlock(&f->lock);
}

void failure_log_stored(struct failure_log *f, const struct doc *docs,
                        size_t n)
{
    monitor_lock(&f->lock);
    for (size_t i = 0; f->next && i < n; i++) {
        const struct doc *d = &docs[i];

        if (d->fate != DOC_STORED)
            continue;
        log_mark_all(f, d->source, d->pos, FAILURE_WAITING, FAILURE_STORED);
        log_mark_all(f, d->source, d->pos, FAILURE_RETRIED, FAILURE_STORED);
    }
    monitor_unlock(&f->lock);
}

void failure_log_mark(struct failure_log *f, uint16_t source, uint64_t pos,
                      enum failure_standing standing)
{
    uint64_t n;

    monitor_lock(&f->lock);
    n = log_find(f, source, pos);
    if (n)
        log_set_standing(f, n - 1, standing);
    monitor_unlock(&f->lock);
}

/* --- counts, and the snapshot -------------------------------------------- */

void failure_log_forget(struct failure_log *f)
{
    monitor_lock(&f->lock);
    for (size_t i = 0; i < f->kinds.count; i++)
        f->kinds.kind[i].open = 0;
    monitor_unlock(&f->lock);
}

void failure_log_preload(struct failure_log *f, const struct failure_cause *c,
                         uint64_t n)
{
    monitor_lock(&f->lock);
    failure_kinds_find(&f->kinds, c)->open += n;
    monitor_unlock(&f->lock);
}

bool failure_log_causes_agree(struct failure_log *f)
{
    uint64_t n = 0;
    bool agree;

    monitor_lock(&f->lock);
    for (size_t i = 0; i < f->kinds.count; i++)
        n += f->kinds.kind[i].open;
    agree = failure_causes_open(&f->causes) == n;
    monitor_unlock(&f->lock);
    return agree;
}

void failure_log_forget_causes(struct failure_log *f)
{
    monitor_lock(&f->lock);
    failure_causes_forget(&f->causes);
    monitor_unlock(&f->lock);
}

void failure_log_preload_cause(struct failure_log *f, const struct failure *x)
{
    struct failure_row row = failure_row_of(x, FAILURE_FINAL);

    monitor_lock(&f->lock);
    failure_causes_find(&f->causes, x, &row)->view.open++;
    monitor_unlock(&f->lock);
}

void failure_log_fill(struct failure_log *f, struct snapshot *s)
{
    monitor_lock(&f->lock);
    failure_kinds_fill(&f->kinds, s);
    failure_causes_fill(&f->causes, s, clock_wall_s());
    failure_list_fill(f, s);
    monitor_unlock(&f->lock);
}
