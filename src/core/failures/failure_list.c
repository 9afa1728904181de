/* This file fills a snapshot from the failure log: without a filter a row for
 * each group, with one the rows that pass; a window of them, or the place of a
 * match. All of it runs under the log's lock. */
#include "config.h"
#include "core/failures/failure_log_parts.h"

#include <stdio.h>
#include <string.h>

#include "core/failures/failure_row.h"

enum { CONTEXT = SNAPSHOT_FAILURES / 2 };

/* The row at this place of the ring is new. */
static void bitmap_put(struct filter_bitmap *b, size_t place,
                       const struct failure_row *row)
{
    bool passes = (!b->cause || row->cause == b->cause) &&
                  failure_row_passes(row, b->filter);

    b->bits[place / 64] &= ~(UINT64_C(1) << place % 64);
    b->bits[place / 64] |= (uint64_t)passes << place % 64;
    b->passed += passes;
}

static bool bitmap_has(const struct filter_bitmap *b, size_t place)
{
    return b->bits[place / 64] >> place % 64 & 1;
}

/* Find or make the bitmap of this filter, and bring it up to date. */
static const struct filter_bitmap *list_bitmap(struct failure_log *f,
                                               const struct failure_ask *ask)
{
    struct filter_bitmap *b = NULL;

    for (size_t i = 0; i < FILTERS && !b; i++)
        if (f->filter[i].cause == ask->cause &&
            strcmp(f->filter[i].filter, ask->filter) == 0)
            b = &f->filter[i];
    if (!b) {
        b = &f->filter[f->next_filter++ % FILTERS];
        *b = (struct filter_bitmap){ .cause = ask->cause };
        snprintf(b->filter, sizeof b->filter, "%s", ask->filter);
    }
    if (b->seen < log_oldest(f))
        b->seen = log_oldest(f);
    for (; b->seen < f->next; b->seen++)
        bitmap_put(b, (size_t)(b->seen % ROWS), log_row(f, b->seen));
    return b;
}

static void list_passed(struct failure_log *f, struct snapshot *s)
{
    const struct filter_bitmap *b = list_bitmap(f, &s->ask);

    s->listed_total = 0;
    s->listed_seq = b->passed;
    for (uint64_t n = f->next; n-- > log_oldest(f);)
        if (bitmap_has(b, (size_t)(n % ROWS)) &&
            s->listed_total++ >= s->ask.first &&
            s->failure_count < SNAPSHOT_FAILURES)
            s->failures[s->failure_count++] = *log_row(f, n);
}

/* --- groups -------------------------------------------------------------- */

/* Does a row of this group match the search? */
static bool group_passes(struct failure_log *f, uint64_t group,
                         const char *sought)
{
    const struct failure_groups *x = &f->groups;

    for (uint64_t n = failure_groups_at(&f->groups, group)->newest;
         n-- > log_oldest(f); n = x->below[n % ROWS])
        if (x->of[n % ROWS] == group &&
            failure_row_passes(log_row(f, n), sought))
            return true;
    return false;
}

/* The number in the list of the group that matches; 0: there is none. */
static uint64_t list_seek(struct failure_log *f, const struct failure_ask *ask)
{
    struct failure_groups *x = &f->groups;
    uint64_t last = x->count, first = last - x->alive;
    uint64_t n = ask->from < first ? first : ask->from;
    int step = ask->seek > 0 ? -1 : 1; /* further down is older */
    uint64_t found = 0, group;

    n = n > last ? last + 1 : n;
    if (first == last)
        return 0;
    group = n > last    ? last + 1
            : n > first ? failure_groups_nth(x, last - n)
                        : failure_groups_nth(x, last - n - 1) - 1;
    for (int64_t left = ask->seek; left != 0;) {
        n += (uint64_t)step;
        if (n <= first || n > last)
            break;
        group = failure_groups_next(x, group, step);
        if (!group_passes(f, group, ask->sought))
            continue;
        found = n;
        left += step;
    }
    return found;
}

/* Put the row that was found in the middle of the window, so that a screen of
 * any height has its neighbours. */
static uint64_t list_window_start(const struct failure_groups *x,
                                  uint64_t found)
{
    uint64_t at = x->count - found;
    uint64_t last = x->alive > SNAPSHOT_FAILURES
                        ? x->alive - SNAPSHOT_FAILURES : 0;

    at = at > CONTEXT ? at - CONTEXT : 0;
    return at < last ? at : last;
}

/* The row for a group: its newest open one, with the number of open ones; else
 * its newest, with the number of those in the same state. */
static struct failure_row group_row(struct failure_log *f,
                                    struct failure_group *x)
{
    uint32_t open = failure_group_open(x);
    struct failure_row row;

    while (open && (!f->groups.of[(x->shown - 1) % ROWS] ||
                    !failure_is_open(log_row(f, x->shown - 1)->standing)))
        x->shown = f->groups.below[(x->shown - 1) % ROWS];
    row = *log_row(f, (open ? x->shown : x->newest) - 1);
    row.documents = open ? open : x->count[row.standing];
    return row;
}

static void list_groups(struct failure_log *f, struct snapshot *s)
{
    struct failure_groups *x = &f->groups;
    uint64_t group;

    s->listed_total = x->alive;
    s->listed_seq = x->count;
    if (s->ask.seek)
        s->failures_found = list_seek(f, &s->ask);
    if (s->failures_found)
        s->ask.first = list_window_start(x, s->failures_found);
    if (s->ask.first >= x->alive)
        return;
    group = failure_groups_nth(x, s->ask.first);
    for (uint64_t n = s->ask.first; n < x->alive; n++) {
        if (s->failure_count == SNAPSHOT_FAILURES)
            break;
        s->failures[s->failure_count++] =
            group_row(f, failure_groups_at(x, group));
        group = n + 1 < x->alive ? failure_groups_next(x, group, -1) : 0;
    }
}

void failure_list_fill(struct failure_log *f, struct snapshot *s)
{
    s->failures_total = f->next - log_oldest(f);
    s->failures_seq = f->next;
    s->failures_found = 0;
    s->failure_count = 0;
    if (s->ask.filter[0] || s->ask.cause)
        list_passed(f, s);
    else
        list_groups(f, s);
}
