/*
 * The log is a ring of rows that grows to its full size and then overwrites the
 * oldest. Three indexes lie beside it: a chain through the rows of a document,
 * the groups of rows that say the same (folds.c), and for each of the newest
 * filters one bit per row (sieve.c).
 */
#include "config.h"
#include "core/faults.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sys/clock.h"
#include "sys/thread.h"
#include "util/str.h"

enum { CHAINS = 4096, /* a power of two */
       SIEVES = 12, CONTEXT = SNAPSHOT_FAILURES / 2,
       MESSAGES = 16 };

struct faults {
    struct monitor lock;
    struct failure_row *rows; /* [lock] a ring, grown up to FAULTS_ROWS */
    size_t cap;               /* [lock] */
    uint64_t next;            /* [lock] rows ever */
    /* [lock] Rows by document: the newest of a chain, and which one of it is
     * before each row. Numbers of rows plus one; what left the ring ends it. */
    uint64_t newest[CHAINS], before[FAULTS_ROWS];
    struct folds folds; /* [lock] of the rows */
    struct failure_kind kinds[SNAPSHOT_KINDS]; /* [lock] */
    size_t kind_count;        /* [lock] */
    struct sieve sieve[SIEVES]; /* [lock] of the filters used last */
    unsigned next_sieve;      /* [lock] */
    /* [lock] the newest, message n at n % MESSAGES */
    char message[MESSAGES][sizeof ((struct snapshot *)0)->message];
    uint64_t message_seq;     /* [lock] of the newest; 0: there is none */
    char waits[sizeof ((struct failure_row *)0)->message]; /* [lock] */
    unsigned tries_max;       /* [const after new] */
};

struct faults *faults_new(unsigned tries_max)
{
    struct faults *f = calloc(1, sizeof *f);

    if (!f)
        return NULL;
    monitor_init(&f->lock);
    f->tries_max = tries_max;
    return f;
}

void faults_free(struct faults *f)
{
    if (!f)
        return;
    monitor_release(&f->lock);
    free(f->rows);
    free(f);
}

void faults_key(char *to, size_t size, const char *stage,
                enum error_kind kind, int code, bool rejected)
{
    snprintf(to, size, "%s/%s/%d", rejected ? "rejected" : stage,
             error_word(kind), code);
}

static const char *label_of(enum error_kind kind)
{
    switch (kind) {
    case ERROR_INPUT:
        return "record cannot be used";
    case ERROR_NETWORK:
        return "connection failed";
    case ERROR_TIMEOUT:
        return "timeout, no answer";
    case ERROR_LIMITED:
        return "rate limited";
    case ERROR_SERVER:
        return "service failed";
    case ERROR_REFUSED:
        return "refused by the service";
    case ERROR_SIZE:
        return "larger than the service takes";
    case ERROR_PROTOCOL:
        return "answer made no sense";
    case ERROR_VECTOR:
        return "unusable vector";
    default:
        return error_meaning(kind);
    }
}

static const char *faults_retry_advice(enum error_kind kind, bool rejected)
{
    if (rejected)
        return "only after a change";
    switch (kind) {
    case ERROR_INPUT:
    case ERROR_REFUSED:
    case ERROR_SIZE:
        return "only after a change";
    case ERROR_AUTH:
    case ERROR_QUOTA:
    case ERROR_CONFIG:
        return "once it is mended";
    default:
        return "yes";
    }
}

/* A new place, or that of a kind with nothing open; NULL: there is none. */
static struct failure_kind *free_slot(struct faults *f)
{
    if (f->kind_count < SNAPSHOT_KINDS)
        return &f->kinds[f->kind_count++];
    for (size_t i = 0; i < f->kind_count; i++)
        if (f->kinds[i].open == 0)
            return &f->kinds[i];
    return NULL;
}

/* Of more kinds than there are places the last place has all the rest. */
static struct failure_kind *faults_others_slot(struct faults *f)
{
    struct failure_kind *k = &f->kinds[SNAPSHOT_KINDS - 1];
    uint64_t open = k->open;

    *k = (struct failure_kind){ .open = open, .kind = ERROR_REFUSED };
    snprintf(k->key, sizeof k->key, "others");
    snprintf(k->label, sizeof k->label, "others, of many kinds");
    snprintf(k->advice, sizeof k->advice, "export lists them");
    return k;
}

static struct failure_kind *kind_slot(struct faults *f, const char *stage,
                                      enum error_kind kind, int code,
                                      bool rejected)
{
    char key[sizeof f->kinds[0].key];
    struct failure_kind *k;

    faults_key(key, sizeof key, stage, kind, code, rejected);
    for (size_t i = 0; i < f->kind_count; i++)
        if (strcmp(f->kinds[i].key, key) == 0)
            return &f->kinds[i];
    k = free_slot(f);
    if (!k)
        return faults_others_slot(f);
    *k = (struct failure_kind){ .kind = kind, .code = code,
                                .rejected = rejected };
    snprintf(k->key, sizeof k->key, "%s", key);
    snprintf(k->stage, sizeof k->stage, "%s", stage);
    if (code > 0 && kind != ERROR_LOCAL)
        snprintf(k->label, sizeof k->label, "%d %s", code, label_of(kind));
    else
        snprintf(k->label, sizeof k->label, "%s", label_of(kind));
    snprintf(k->advice, sizeof k->advice, "%s",
             faults_retry_advice(kind, rejected));
    k->worth_retry = strcmp(k->advice, "yes") == 0;
    return k;
}

static struct failure_row *faults_row_at(struct faults *f, uint64_t n)
{
    return &f->rows[n % f->cap];
}

static uint64_t faults_oldest_row(const struct faults *f)
{
    return f->next > f->cap ? f->next - f->cap : 0;
}

/* Grow when the ring is full for the first time; once it has gone round, for
 * want of memory even, its rows cannot be moved apart. */
static bool faults_make_room(struct faults *f)
{
    size_t cap = f->cap ? f->cap * 2 : 128;
    struct failure_row *grown;

    if (f->next != f->cap || f->cap == FAULTS_ROWS)
        return true;
    cap = cap > FAULTS_ROWS ? FAULTS_ROWS : cap;
    grown = realloc(f->rows, cap * sizeof *grown);
    if (!grown)
        return f->cap > 0;
    f->rows = grown;
    f->cap = cap;
    return true;
}

static void faults_copy_upper(char *to, size_t size, const char *from)
{
    size_t i = 0;

    for (; from[i] && i + 1 < size; i++)
        to[i] = (char)toupper((unsigned char)from[i]);
    to[i] = '\0';
}

static void code_words(char *to, size_t size, enum error_kind kind, int code)
{
    if (kind == ERROR_TIMEOUT)
        snprintf(to, size, "timeout");
    else if (code > 0 && kind != ERROR_LOCAL)
        snprintf(to, size, "%d", code);
    else if (kind == ERROR_INPUT)
        snprintf(to, size, "-");
    else
        snprintf(to, size, "%.11s", error_word(kind));
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
static uint64_t faults_row_key(const struct failure_row *row)
{
    char text[sizeof row->stage + sizeof row->code + sizeof row->message + 32];
    int n = snprintf(text, sizeof text, "%d %d %d %s\t%s\t%s",
                     has_place(row), (int)row->standing, (int)row->kind,
                     row->stage, row->code, row->message);

    return str_hash64(text, (size_t)n);
}

static uint64_t *faults_chain(struct faults *f, uint16_t source, uint64_t pos)
{
    return &f->newest[(pos + source * 131u) & (CHAINS - 1)];
}

/* The newest row of this document, plus one; 0: the log has none. */
static uint64_t faults_find_row(struct faults *f, uint16_t source, uint64_t pos)
{
    for (uint64_t n = *faults_chain(f, source, pos); n-- > faults_oldest_row(f);
         n = f->before[n % f->cap]) {
        const struct failure_row *row = faults_row_at(f, n);

        if (row->pos == pos && row->source == source && has_place(row))
            return n + 1;
    }
    return 0;
}

/* The newest row of the fold says it of this document already, or is a
 * service's answer as this is one: it is told again. */
static bool faults_is_repeat(const struct failure_row *a,
                             const struct failure_row *b)
{
    return !has_place(b) || (a->standing == b->standing &&
                             a->pos == b->pos && a->source == b->source);
}

/* A place in the ring, and a fold to be in. A row that tells the same of its
 * document stands no more for it there. */
static void faults_put_row(struct faults *f, const struct failure_row *row,
                           uint64_t fold, uint64_t key)
{
    uint64_t was =
        has_place(row) ? faults_find_row(f, row->source, row->pos) : 0;
    size_t place = f->next % f->cap;

    if (f->next >= f->cap)
        folds_drop(&f->folds, place, f->rows[place].standing);
    if (was && (was - 1) % f->cap == place)
        was = 0;
    f->rows[place] = *row;
    folds_add(&f->folds, fold, key, f->next, place, row->standing);
    if (was && f->folds.of[(was - 1) % f->cap] == fold)
        folds_drop(&f->folds, (was - 1) % f->cap,
                   faults_row_at(f, was - 1)->standing);
    f->before[place] = *faults_chain(f, row->source, row->pos);
    *faults_chain(f, row->source, row->pos) = ++f->next;
}

static void add_row(struct faults *f, const struct failure_row *row)
{
    uint64_t key = faults_row_key(row), fold = folds_find(&f->folds, key);
    struct failure_row *newest =
        fold ? faults_row_at(f, folds_at(&f->folds, fold)->newest - 1) : NULL;

    if (newest && faults_is_repeat(newest, row)) {
        newest->times++;
        newest->wall_s = row->wall_s;
        return;
    }
    if (faults_make_room(f))
        faults_put_row(f, row, fold, key);
}

static struct failure_row faults_make_row(const struct faults *f,
                                          const struct fault *x,
                                          enum failure_standing standing)
{
    struct failure_row row = {
        .wall_s = x->wall_s ? x->wall_s : clock_wall_s(),
        .times = 1,
        .documents = 1,
        .tries = (uint16_t)x->tries,
        .tries_max = (uint16_t)(f->tries_max + 1),
        .standing = standing,
        .kind = x->kind,
        .source = x->source,
        .pos = x->pos,
        .offset = x->offset,
    };

    faults_copy_upper(row.stage, sizeof row.stage, x->stage);
    code_words(row.code, sizeof row.code, x->kind, x->code);
    str_printable(row.id, sizeof row.id, x->id);
    str_sentence(row.message, sizeof row.message,
                 text_of(behind_code(x->message, x->code)));
    return row;
}

void faults_final(struct faults *f, const struct fault *x)
{
    struct failure_row row = faults_make_row(f, x, FAILURE_FINAL);
    struct failure_kind *k;

    monitor_lock(&f->lock);
    k = kind_slot(f, x->stage, x->kind, x->code, x->rejected);
    k->open++;
    memcpy(k->newest, row.message, sizeof k->newest);
    add_row(f, &row);
    monitor_unlock(&f->lock);
}

void faults_deferred(struct faults *f, const struct fault *x)
{
    struct failure_row row = faults_make_row(f, x, FAILURE_WAITING);

    monitor_lock(&f->lock);
    memcpy(f->waits, row.message, sizeof f->waits);
    add_row(f, &row);
    monitor_unlock(&f->lock);
}

void faults_why_waiting(struct faults *f, char *to, size_t size)
{
    monitor_lock(&f->lock);
    snprintf(to, size, "%s", f->waits);
    monitor_unlock(&f->lock);
}

void faults_note_wait(struct faults *f, const char *stage,
                      const struct error *err)
{
    struct fault x = { .stage = stage, .kind = err->kind, .code = err->code,
                       .message = err->text, .id = { "", 0 } };

    faults_deferred(f, &x);
}

void faults_healed(struct faults *f, const char *stage, enum error_kind kind,
                   int code, bool rejected, uint64_t n)
{
    struct failure_kind *k;

    monitor_lock(&f->lock);
    k = kind_slot(f, stage, kind, code, rejected);
    k->open -= k->open < n ? k->open : n;
    monitor_unlock(&f->lock);
}

void faults_mark(struct faults *f, uint16_t source, uint64_t pos,
                 enum failure_standing standing)
{
    uint64_t n;

    monitor_lock(&f->lock);
    n = faults_find_row(f, source, pos);
    if (n) {
        folds_mark(&f->folds, (n - 1) % f->cap,
                   faults_row_at(f, n - 1)->standing, standing);
        faults_row_at(f, n - 1)->standing = standing;
    }
    monitor_unlock(&f->lock);
}

void faults_forget(struct faults *f)
{
    monitor_lock(&f->lock);
    for (size_t i = 0; i < f->kind_count; i++)
        f->kinds[i].open = 0;
    monitor_unlock(&f->lock);
}

void faults_preload(struct faults *f, const struct fault *x, uint64_t n)
{
    monitor_lock(&f->lock);
    kind_slot(f, x->stage, x->kind, x->code, x->rejected)->open += n;
    monitor_unlock(&f->lock);
}

void faults_say(struct faults *f, const char *format, ...)
{
    char text[2 * sizeof f->message]; /* a cut is str_sentence()'s */
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    monitor_lock(&f->lock);
    f->message_seq++;
    str_sentence(f->message[f->message_seq % MESSAGES],
                 sizeof f->message[0], text_of(text));
    monitor_unlock(&f->lock);
}

static int faults_by_open(const void *a, const void *b)
{
    const struct failure_kind *x = a, *y = b;

    if (x->open != y->open)
        return x->open < y->open ? 1 : -1;
    return strcmp(x->key, y->key);
}

/* The sieve of this filter, with every row of the log looked at. */
static struct sieve *sieve_of(struct faults *f, const char *filter)
{
    struct sieve *s = NULL;

    for (size_t i = 0; i < SIEVES && !s; i++)
        if (strcmp(f->sieve[i].filter, filter) == 0)
            s = &f->sieve[i];
    if (!s) {
        s = &f->sieve[f->next_sieve++ % SIEVES];
        sieve_init(s, filter);
    }
    if (s->seen < faults_oldest_row(f))
        s->seen = faults_oldest_row(f);
    for (; s->seen < f->next; s->seen++)
        sieve_put(s, s->seen % f->cap, faults_row_at(f, s->seen));
    return s;
}

/* Does a row of this fold pass what is sought? */
static bool fold_passes(struct faults *f, uint64_t fold, const char *sought)
{
    for (uint64_t n = folds_at(&f->folds, fold)->newest;
         n-- > faults_oldest_row(f); n = f->folds.below[n % f->cap])
        if (f->folds.of[n % f->cap] == fold &&
            sieve_passes(sought, faults_row_at(f, n)))
            return true;
    return false;
}

/* Number in the list of what was sought; 0: there is none. */
static uint64_t faults_seek_fold(struct faults *f,
                                 const struct failure_ask *ask)
{
    uint64_t last = f->folds.count, first = last - f->folds.alive;
    uint64_t n = ask->from < first ? first : ask->from;
    int step = ask->seek > 0 ? -1 : 1; /* further down is older */
    uint64_t found = 0, fold;

    n = n > last ? last + 1 : n;
    if (first == last)
        return 0;
    fold = n > last    ? last + 1
           : n > first ? folds_nth(&f->folds, last - n)
                       : folds_nth(&f->folds, last - n - 1) - 1;
    for (int64_t left = ask->seek; left != 0;) {
        n += (uint64_t)step;
        if (n <= first || n > last)
            break;
        fold = folds_next(&f->folds, fold, step);
        if (!fold_passes(f, fold, ask->sought))
            continue;
        found = n;
        left += step;
    }
    return found;
}

/* The window is to have what is around it, on a screen of any height. */
static uint64_t faults_window_start(const struct folds *x, uint64_t found)
{
    uint64_t at = x->count - found;
    uint64_t last = x->alive > SNAPSHOT_FAILURES
                        ? x->alive - SNAPSHOT_FAILURES : 0;

    at = at > CONTEXT ? at - CONTEXT : 0;
    return at < last ? at : last;
}

static bool faults_is_owed(const struct failure_row *row)
{
    return row->standing == FAILURE_FINAL || row->standing == FAILURE_WAITING;
}

/* The newest row of it that is owed, and how many are; else the newest, and
 * how many stand as that does. */
static struct failure_row row_for(struct faults *f, struct fold *x)
{
    uint32_t owed = fold_owed(x);
    struct failure_row row;

    while (owed && (!f->folds.of[(x->shown - 1) % f->cap] ||
                    !faults_is_owed(faults_row_at(f, x->shown - 1))))
        x->shown = f->folds.below[(x->shown - 1) % f->cap];
    row = *faults_row_at(f, (owed ? x->shown : x->newest) - 1);
    row.documents = owed ? owed : x->count[row.standing];
    return row;
}

static void list_passed(struct faults *f, struct snapshot *s)
{
    const struct sieve *sieve = sieve_of(f, s->ask.filter);

    s->listed_total = 0;
    s->listed_seq = sieve->passed;
    for (uint64_t n = f->next; n-- > faults_oldest_row(f);)
        if (sieve_has(sieve, n % f->cap) &&
            s->listed_total++ >= s->ask.first &&
            s->failure_count < SNAPSHOT_FAILURES)
            s->failures[s->failure_count++] = *faults_row_at(f, n);
}

static void list_folds(struct faults *f, struct snapshot *s)
{
    struct folds *x = &f->folds;
    uint64_t fold;

    s->listed_total = x->alive;
    s->listed_seq = x->count;
    if (s->ask.seek)
        s->failures_found = faults_seek_fold(f, &s->ask);
    if (s->failures_found)
        s->ask.first = faults_window_start(x, s->failures_found);
    if (s->ask.first >= x->alive)
        return;
    fold = folds_nth(x, s->ask.first);
    for (uint64_t n = s->ask.first; n < x->alive; n++) {
        if (s->failure_count == SNAPSHOT_FAILURES)
            break;
        s->failures[s->failure_count++] = row_for(f, folds_at(x, fold));
        fold = n + 1 < x->alive ? folds_next(x, fold, -1) : 0;
    }
}

static void fill_rows(struct faults *f, struct snapshot *s)
{
    s->failures_total = f->next - faults_oldest_row(f);
    s->failures_seq = f->next;
    s->failures_found = 0;
    s->failure_count = 0;
    if (s->ask.filter[0])
        list_passed(f, s);
    else
        list_folds(f, s);
}

/* The one behind what was seen; several may have been said since. */
static void fill_message(const struct faults *f, struct snapshot *s)
{
    uint64_t newest = f->message_seq, next = newest;
    uint64_t oldest = newest > MESSAGES ? newest - MESSAGES + 1 : 1;

    if (s->message_seq == UINT64_MAX)
        next = oldest < newest ? oldest : newest;
    else if (s->message_seq && s->message_seq < newest)
        next = s->message_seq + 1 > oldest ? s->message_seq + 1 : oldest;
    s->message_seq = next;
    memcpy(s->message, f->message[next % MESSAGES], sizeof s->message);
}

void faults_fill(struct faults *f, struct snapshot *s)
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
    fill_message(f, s);
    monitor_unlock(&f->lock);
    qsort(s->kinds, s->kind_count, sizeof s->kinds[0], faults_by_open);
}

static bool is_tagged(const struct failure_select *select,
                      const struct fault *x)
{
    for (uint32_t i = 0; i < select->tags && i < SELECT_TAGS; i++)
        if (select->tag[i].source == x->source &&
            select->tag[i].pos == x->pos)
            return true;
    return false;
}

bool faults_selected(const struct failure_select *select,
                     const struct fault *x)
{
    char key[sizeof select->kind], code[16];

    if (select->by == SELECT_ALL)
        return true;
    if (select->by == SELECT_ONE)
        return select->source == x->source && select->pos == x->pos;
    if (select->by == SELECT_TAGGED)
        return is_tagged(select, x);
    faults_key(key, sizeof key, x->stage, x->kind, x->code, x->rejected);
    snprintf(code, sizeof code, "%d", x->code);
    return strcmp(select->kind, key) == 0 ||
           strcmp(select->kind, error_word(x->kind)) == 0 ||
           (x->code && strcmp(select->kind, code) == 0) ||
           strcmp(select->kind, x->stage) == 0 ||
           (x->rejected && strcmp(select->kind, "rejected") == 0);
}
