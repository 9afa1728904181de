/*
 * The log is a ring of rows that grows to its full size and then overwrites the
 * oldest. Three indexes lie beside it: a chain through the rows of a document,
 * the groups of rows that say the same (failure_groups.c), and for each of the
 * newest filters one bit per row (sieve.c).
 */
#include "config.h"
#include "core/failure_log.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/batch.h"
#include "sys/clock.h"
#include "sys/thread.h"
#include "util/str.h"

enum { CHAINS = 4096, /* a power of two */
       SIEVES = 12, CONTEXT = SNAPSHOT_FAILURES / 2 };

struct failure_log {
    struct monitor lock;
    struct failure_row *rows; /* [lock] a ring, grown up to FAILURE_LOG_ROWS */
    size_t cap;               /* [lock] */
    uint64_t next;            /* [lock] rows ever */
    /* [lock] Rows by document: the newest of a chain, and which one of it is
     * before each row. Numbers of rows plus one; what left the ring ends it. */
    uint64_t newest[CHAINS], before[FAILURE_LOG_ROWS];
    struct failure_groups groups; /* [lock] of the rows */
    struct failure_kind kinds[SNAPSHOT_KINDS]; /* [lock] */
    size_t kind_count;        /* [lock] */
    struct sieve sieve[SIEVES]; /* [lock] of the filters used last */
    unsigned next_sieve;      /* [lock] */
    char waits[sizeof ((struct failure_row *)0)->message]; /* [lock] */
    unsigned tries_max;       /* [const after new] */
};

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
    free(f->rows);
    free(f);
}

static const char *advice_of(const struct failure_cause *c)
{
    if (c->rejected)
        return "only after a change";
    switch (error_course(c->kind)) {
    case COURSE_SPLIT:
    case COURSE_ISOLATE: /* a model may find another vector */
        return c->kind == ERROR_VECTOR ? "yes" : "only after a change";
    case COURSE_PATIENCE:
    case COURSE_HOLD:
        return "once it is mended";
    default:
        return "yes";
    }
}

/* A new place, or that of a kind with nothing open; NULL: there is none. */
static struct failure_kind *free_slot(struct failure_log *f)
{
    if (f->kind_count < SNAPSHOT_KINDS)
        return &f->kinds[f->kind_count++];
    for (size_t i = 0; i < f->kind_count; i++)
        if (f->kinds[i].open == 0)
            return &f->kinds[i];
    return NULL;
}

/* Of more kinds than there are places the last place has all the rest. */
static struct failure_kind *others_slot(struct failure_log *f)
{
    struct failure_kind *k = &f->kinds[SNAPSHOT_KINDS - 1];
    uint64_t open = k->open;

    *k = (struct failure_kind){ .open = open,
                                .cause.kind = ERROR_REFUSED };
    snprintf(k->key, sizeof k->key, "others");
    snprintf(k->label, sizeof k->label, "others, of many kinds");
    snprintf(k->advice, sizeof k->advice, "export lists them");
    return k;
}

static struct failure_kind *kind_slot(struct failure_log *f,
                                      const struct failure_cause *c)
{
    char key[FAILURE_KEY];
    struct failure_kind *k;

    failure_cause_key(c, key);
    for (size_t i = 0; i < f->kind_count; i++)
        if (strcmp(f->kinds[i].key, key) == 0)
            return &f->kinds[i];
    k = free_slot(f);
    if (!k)
        return others_slot(f);
    *k = (struct failure_kind){ .cause = *c };
    memcpy(k->key, key, sizeof k->key);
    if (c->code > 0 && c->kind != ERROR_LOCAL)
        snprintf(k->label, sizeof k->label, "%d %s", c->code,
                 error_label(c->kind));
    else
        snprintf(k->label, sizeof k->label, "%s", error_label(c->kind));
    snprintf(k->advice, sizeof k->advice, "%s", advice_of(c));
    k->worth_retry = strcmp(k->advice, "yes") == 0;
    return k;
}

static struct failure_row *failure_log_row_at(struct failure_log *f, uint64_t n)
{
    return &f->rows[n % f->cap];
}

static uint64_t failure_log_oldest_row(const struct failure_log *f)
{
    return f->next > f->cap ? f->next - f->cap : 0;
}

/* Grow when the ring is full for the first time; once it has gone round, for
 * want of memory even, its rows cannot be moved apart. */
static bool failure_log_make_room(struct failure_log *f)
{
    size_t cap = f->cap ? f->cap * 2 : 128;
    struct failure_row *grown;

    if (f->next != f->cap || f->cap == FAILURE_LOG_ROWS)
        return true;
    cap = cap > FAILURE_LOG_ROWS ? FAILURE_LOG_ROWS : cap;
    grown = realloc(f->rows, cap * sizeof *grown);
    if (!grown)
        return f->cap > 0;
    f->rows = grown;
    f->cap = cap;
    return true;
}

static void failure_log_copy_upper(char *to, size_t size, const char *from)
{
    size_t i = 0;

    for (; from[i] && i + 1 < size; i++)
        to[i] = (char)toupper((unsigned char)from[i]);
    to[i] = '\0';
}

static void code_words(char *to, size_t size, const struct failure_cause *c)
{
    if (c->kind == ERROR_TIMEOUT)
        snprintf(to, size, "timeout");
    else if (c->code > 0 && c->kind != ERROR_LOCAL)
        snprintf(to, size, "%d", c->code);
    else if (c->kind == ERROR_INPUT)
        snprintf(to, size, "-");
    else
        snprintf(to, size, "%.11s", error_word(c->kind));
}

/* "HTTP 429: slow down": its number stands in a column of its own. */
static const char *behind_code(const char *message, int code)
{
    char lead[24];
    size_t n = (size_t)snprintf(lead, sizeof lead, "HTTP %d: ", code);

    return strncmp(message, lead, n) == 0 && message[n] ? message + n
                                                        : message;
}

/* What speaks of a document; what could not be read has no id. */
static bool has_place(const struct failure_row *row)
{
    return row->id[0] || strcmp(row->stage, "READ") == 0;
}

/* Equal errors have equal keys, whatever document they are of. */
static uint64_t failure_log_row_key(const struct failure_row *row)
{
    char text[sizeof row->stage + sizeof row->code + sizeof row->message + 32];
    int n = snprintf(text, sizeof text, "%d %d %d %s\t%s\t%s",
                     has_place(row), (int)row->standing, (int)row->kind,
                     row->stage, row->code, row->message);

    return str_hash64(text, (size_t)n);
}

static uint64_t *chain_of(struct failure_log *f, uint16_t source, uint64_t pos)
{
    return &f->newest[(pos + source * 131u) & (CHAINS - 1)];
}

/* The newest row of this document, plus one; 0: the log has none. */
static uint64_t failure_log_find_row(struct failure_log *f, uint16_t source,
                                     uint64_t pos)
{
    for (uint64_t n = *chain_of(f, source, pos);
         n-- > failure_log_oldest_row(f); n = f->before[n % f->cap]) {
        const struct failure_row *row = failure_log_row_at(f, n);

        if (row->pos == pos && row->source == source && has_place(row))
            return n + 1;
    }
    return 0;
}

/* The newest row of the group says it of this document already, or is a
 * service's answer as this is one: it is told again. */
static bool is_again(const struct failure_row *a, const struct failure_row *b)
{
    return !has_place(b) || (a->standing == b->standing &&
                             a->pos == b->pos && a->source == b->source);
}

/* A place in the ring, and a group to be in. A row that tells the same of its
 * document stands no more for it there. */
static void failure_log_put_row(struct failure_log *f,
                                const struct failure_row *row, uint64_t group,
                                uint64_t key)
{
    uint64_t was =
        has_place(row) ? failure_log_find_row(f, row->source, row->pos) : 0;
    size_t place = f->next % f->cap;

    if (f->next >= f->cap)
        failure_groups_drop(&f->groups, place, f->rows[place].standing);
    if (was && (was - 1) % f->cap == place)
        was = 0;
    f->rows[place] = *row;
    failure_groups_add(&f->groups, group, key, f->next, place, row->standing);
    if (was && f->groups.of[(was - 1) % f->cap] == group)
        failure_groups_drop(&f->groups, (was - 1) % f->cap,
                            failure_log_row_at(f, was - 1)->standing);
    f->before[place] = *chain_of(f, row->source, row->pos);
    *chain_of(f, row->source, row->pos) = ++f->next;
}

static void add_row(struct failure_log *f, const struct failure_row *row)
{
    uint64_t key = failure_log_row_key(row),
             group = failure_groups_find(&f->groups, key);
    struct failure_row *newest =
        group ? failure_log_row_at(
                    f, failure_groups_at(&f->groups, group)->newest - 1)
              : NULL;

    if (newest && is_again(newest, row)) {
        newest->times++;
        newest->wall_s = row->wall_s;
        return;
    }
    if (failure_log_make_room(f))
        failure_log_put_row(f, row, group, key);
}

static struct failure_row to_row(const struct failure_log *f,
                                 const struct failure *x,
                                 enum failure_standing standing)
{
    struct failure_row row = {
        .wall_s = x->wall_s ? x->wall_s : clock_wall_s(),
        .times = 1,
        .documents = 1,
        .tries = (uint16_t)x->tries,
        .tries_max = (uint16_t)(f->tries_max + 1),
        .standing = standing,
        .kind = x->cause.kind,
        .source = x->source,
        .pos = x->pos,
        .offset = x->offset,
    };

    failure_log_copy_upper(row.stage, sizeof row.stage, x->cause.stage);
    code_words(row.code, sizeof row.code, &x->cause);
    str_printable(row.id, sizeof row.id, x->id);
    str_sentence(row.message, sizeof row.message,
                 text_of(behind_code(x->message, x->cause.code)));
    return row;
}

void failure_log_final(struct failure_log *f, const struct failure *x)
{
    struct failure_row row = to_row(f, x, FAILURE_FINAL);
    struct failure_kind *k;

    monitor_lock(&f->lock);
    k = kind_slot(f, &x->cause);
    k->open++;
    memcpy(k->newest, row.message, sizeof k->newest);
    add_row(f, &row);
    monitor_unlock(&f->lock);
}

void failure_log_deferred(struct failure_log *f, const struct failure *x)
{
    struct failure_row row = to_row(f, x, FAILURE_WAITING);

    monitor_lock(&f->lock);
    memcpy(f->waits, row.message, sizeof f->waits);
    add_row(f, &row);
    monitor_unlock(&f->lock);
}

void failure_log_why_waiting(struct failure_log *f, char *to, size_t size)
{
    monitor_lock(&f->lock);
    snprintf(to, size, "%s", f->waits);
    monitor_unlock(&f->lock);
}

void failure_log_note_wait(struct failure_log *f, const char *stage,
                           const struct error *err)
{
    struct failure x = failure_of(&(struct doc){ .pos = 0 }, stage, err);

    failure_log_deferred(f, &x);
}

void failure_log_healed(struct failure_log *f, const struct failure_cause *c,
                        uint64_t n)
{
    struct failure_kind *k;

    monitor_lock(&f->lock);
    k = kind_slot(f, c);
    k->open -= k->open < n ? k->open : n;
    monitor_unlock(&f->lock);
}

void failure_log_mark(struct failure_log *f, uint16_t source, uint64_t pos,
                      enum failure_standing standing)
{
    uint64_t n;

    monitor_lock(&f->lock);
    n = failure_log_find_row(f, source, pos);
    if (n) {
        failure_groups_mark(&f->groups, (n - 1) % f->cap,
                            failure_log_row_at(f, n - 1)->standing, standing);
        failure_log_row_at(f, n - 1)->standing = standing;
    }
    monitor_unlock(&f->lock);
}

void failure_log_forget(struct failure_log *f)
{
    monitor_lock(&f->lock);
    for (size_t i = 0; i < f->kind_count; i++)
        f->kinds[i].open = 0;
    monitor_unlock(&f->lock);
}

void failure_log_preload(struct failure_log *f, const struct failure_cause *c,
                         uint64_t n)
{
    monitor_lock(&f->lock);
    kind_slot(f, c)->open += n;
    monitor_unlock(&f->lock);
}

static int by_open(const void *a, const void *b)
{
    const struct failure_kind *x = a, *y = b;

    if (x->open != y->open)
        return x->open < y->open ? 1 : -1;
    return strcmp(x->key, y->key);
}

/* The sieve of this filter, with every row of the log looked at. */
static struct sieve *sieve_of(struct failure_log *f, const char *filter)
{
    struct sieve *s = NULL;

    for (size_t i = 0; i < SIEVES && !s; i++)
        if (strcmp(f->sieve[i].filter, filter) == 0)
            s = &f->sieve[i];
    if (!s) {
        s = &f->sieve[f->next_sieve++ % SIEVES];
        sieve_init(s, filter);
    }
    if (s->seen < failure_log_oldest_row(f))
        s->seen = failure_log_oldest_row(f);
    for (; s->seen < f->next; s->seen++)
        sieve_put(s, s->seen % f->cap, failure_log_row_at(f, s->seen));
    return s;
}

/* Does a row of this group pass what is sought? */
static bool group_passes(struct failure_log *f, uint64_t group,
                         const char *sought)
{
    for (uint64_t n = failure_groups_at(&f->groups, group)->newest;
         n-- > failure_log_oldest_row(f); n = f->groups.below[n % f->cap])
        if (f->groups.of[n % f->cap] == group &&
            sieve_passes(sought, failure_log_row_at(f, n)))
            return true;
    return false;
}

/* Number in the list of what was sought; 0: there is none. */
static uint64_t failure_log_seek(struct failure_log *f,
                                 const struct failure_ask *ask)
{
    uint64_t last = f->groups.count, first = last - f->groups.alive;
    uint64_t n = ask->from < first ? first : ask->from;
    int step = ask->seek > 0 ? -1 : 1; /* further down is older */
    uint64_t found = 0, group;

    n = n > last ? last + 1 : n;
    if (first == last)
        return 0;
    group = n > last    ? last + 1
           : n > first ? failure_groups_nth(&f->groups, last - n)
                       : failure_groups_nth(&f->groups, last - n - 1) - 1;
    for (int64_t left = ask->seek; left != 0;) {
        n += (uint64_t)step;
        if (n <= first || n > last)
            break;
        group = failure_groups_next(&f->groups, group, step);
        if (!group_passes(f, group, ask->sought))
            continue;
        found = n;
        left += step;
    }
    return found;
}

/* The window is to have what is around it, on a screen of any height. */
static uint64_t failure_log_window_start(const struct failure_groups *x,
                                         uint64_t found)
{
    uint64_t at = x->count - found;
    uint64_t last = x->alive > SNAPSHOT_FAILURES
                        ? x->alive - SNAPSHOT_FAILURES : 0;

    at = at > CONTEXT ? at - CONTEXT : 0;
    return at < last ? at : last;
}

static bool failure_log_is_owed(const struct failure_row *row)
{
    return row->standing == FAILURE_FINAL || row->standing == FAILURE_WAITING;
}

/* The newest row of it that is owed, and how many are; else the newest, and
 * how many stand as that does. */
static struct failure_row row_for(struct failure_log *f,
                                  struct failure_group *x)
{
    uint32_t owed = failure_group_open(x);
    struct failure_row row;

    while (owed && (!f->groups.of[(x->shown - 1) % f->cap] ||
                    !failure_log_is_owed(failure_log_row_at(f, x->shown - 1))))
        x->shown = f->groups.below[(x->shown - 1) % f->cap];
    row = *failure_log_row_at(f, (owed ? x->shown : x->newest) - 1);
    row.documents = owed ? owed : x->count[row.standing];
    return row;
}

static void list_passed(struct failure_log *f, struct snapshot *s)
{
    const struct sieve *sieve = sieve_of(f, s->ask.filter);

    s->listed_total = 0;
    s->listed_seq = sieve->passed;
    for (uint64_t n = f->next; n-- > failure_log_oldest_row(f);)
        if (sieve_has(sieve, n % f->cap) &&
            s->listed_total++ >= s->ask.first &&
            s->failure_count < SNAPSHOT_FAILURES)
            s->failures[s->failure_count++] = *failure_log_row_at(f, n);
}

static void list_groups(struct failure_log *f, struct snapshot *s)
{
    struct failure_groups *x = &f->groups;
    uint64_t group;

    s->listed_total = x->alive;
    s->listed_seq = x->count;
    if (s->ask.seek)
        s->failures_found = failure_log_seek(f, &s->ask);
    if (s->failures_found)
        s->ask.first = failure_log_window_start(x, s->failures_found);
    if (s->ask.first >= x->alive)
        return;
    group = failure_groups_nth(x, s->ask.first);
    for (uint64_t n = s->ask.first; n < x->alive; n++) {
        if (s->failure_count == SNAPSHOT_FAILURES)
            break;
        s->failures[s->failure_count++] =
            row_for(f, failure_groups_at(x, group));
        group = n + 1 < x->alive ? failure_groups_next(x, group, -1) : 0;
    }
}

static void fill_rows(struct failure_log *f, struct snapshot *s)
{
    s->failures_total = f->next - failure_log_oldest_row(f);
    s->failures_seq = f->next;
    s->failures_found = 0;
    s->failure_count = 0;
    if (s->ask.filter[0])
        list_passed(f, s);
    else
        list_groups(f, s);
}

void failure_log_fill(struct failure_log *f, struct snapshot *s)
{
    monitor_lock(&f->lock);
    s->kind_count = 0;
    s->failures_open = 0;
    for (size_t i = 0; i < f->kind_count; i++)
        if (f->kinds[i].open) {
            s->kinds[s->kind_count++] = f->kinds[i];
            s->failures_open += f->kinds[i].open;
        }
    fill_rows(f, s);
    monitor_unlock(&f->lock);
    qsort(s->kinds, s->kind_count, sizeof s->kinds[0], by_open);
}

