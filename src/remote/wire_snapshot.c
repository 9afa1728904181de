/*
 * What a snapshot is made of, field by field: that is what is checked before
 * anything of it is believed, and what two builds must have in common.
 *
 * A reader indexes by enums and counts, prints texts, and turns numbers into
 * others: each has bounds here within which no reader comes to harm. Rows that
 * are not in use are looked at as well; they are zero.
 */
#include "config.h"
#include "remote/wire.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "util/str.h"

enum check {
    CHECK_UNSIGNED, /* 0..most: counts, enums, bools */
    CHECK_SIGNED,   /* -most..most */
    CHECK_DOUBLE,   /* the same; finite */
    CHECK_AMOUNT,   /* 0..most; a double, too */
    CHECK_FLOAT,
    CHECK_TEXT,     /* ends within its array; compared, never shown */
    CHECK_LINE,     /* the same, and is printable */
    CHECK_PAGE,     /* so are its lines */
    CHECK_SHAPE     /* by the fields of another struct */
};

struct shape;

struct field {
    const char *name;
    size_t at, size, align; /* size: of all elements */
    enum check check;
    uint64_t most;
    const struct shape *shape;
};

struct shape {
    size_t size, align, count;
    const struct field *field;
};

/* Documents, requests or rows; milliseconds; what a person sets. */
#define MANY 1000000000000000u
/* Bytes, and places in files. */
#define FAR INT64_MAX
/* A share: 0..100, but for noise and for cores. */
#define SHARE 1000000u
/* Documents a second. */
#define FAST 1000000000000000u

#define MEMBER(T, m) (((struct T *)0)->m)
#define FIELD(T, m, check, most)                                              \
    { #m, offsetof(struct T, m), sizeof MEMBER(T, m),                         \
      __alignof__(MEMBER(T, m)), CHECK_##check, most, NULL }
#define INNER(T, m, shape)                                                    \
    { #m, offsetof(struct T, m), sizeof MEMBER(T, m),                         \
      __alignof__(MEMBER(T, m)), CHECK_SHAPE, 0, &shape }
#define SHAPE(T)                                                              \
    static const struct shape T##_shape = {                                   \
        sizeof(struct T), _Alignof(struct T),                                 \
        sizeof T##_fields / sizeof T##_fields[0], T##_fields                  \
    }

static const struct field worker_view_fields[] = {
    FIELD(worker_view, state, UNSIGNED, WORKER_BLOCKED),
    FIELD(worker_view, docs, UNSIGNED, MANY),
    FIELD(worker_view, rate, AMOUNT, FAST),
    FIELD(worker_view, batch, UNSIGNED, UINT32_MAX),
    FIELD(worker_view, errors, UNSIGNED, UINT32_MAX),
    FIELD(worker_view, p50_ms, SIGNED, MANY),
    FIELD(worker_view, p95_ms, SIGNED, MANY),
    FIELD(worker_view, state_ms, SIGNED, MANY),
    FIELD(worker_view, wait_ms, SIGNED, MANY),
    FIELD(worker_view, reason, LINE, 0),
    FIELD(worker_view, spark_len, UNSIGNED, SNAPSHOT_SPARK),
    FIELD(worker_view, spark, FLOAT, FAST),
};
SHAPE(worker_view);

static const struct field stage_view_fields[] = {
    FIELD(stage_view, rate, AMOUNT, FAST),
    FIELD(stage_view, busy_pct, DOUBLE, SHARE),
    FIELD(stage_view, errors_per_min, AMOUNT, FAST),
    FIELD(stage_view, p50_ms, SIGNED, MANY),
    FIELD(stage_view, p95_ms, SIGNED, MANY),
    FIELD(stage_view, workers, UNSIGNED, SNAPSHOT_WORKERS),
    FIELD(stage_view, wanted, UNSIGNED, SNAPSHOT_WORKERS),
    FIELD(stage_view, max_workers, UNSIGNED, SNAPSHOT_WORKERS),
    FIELD(stage_view, batch, UNSIGNED, UINT32_MAX),
    FIELD(stage_view, batch_limit, UNSIGNED, UINT32_MAX),
    FIELD(stage_view, requests, UNSIGNED, MANY),
    FIELD(stage_view, retries, UNSIGNED, MANY),
    FIELD(stage_view, docs, UNSIGNED, MANY),
    FIELD(stage_view, name, LINE, 0),
    FIELD(stage_view, note, LINE, 0),
    INNER(stage_view, worker, worker_view_shape),
};
SHAPE(stage_view);

static const struct field queue_view_fields[] = {
    FIELD(queue_view, count, UNSIGNED, UINT32_MAX),
    FIELD(queue_view, capacity, UNSIGNED, UINT32_MAX),
    FIELD(queue_view, bytes, UNSIGNED, FAR),
    FIELD(queue_view, limit_bytes, UNSIGNED, FAR),
    FIELD(queue_view, docs, UNSIGNED, MANY),
    FIELD(queue_view, full_pct, DOUBLE, SHARE),
};
SHAPE(queue_view);

static const struct field limit_view_fields[] = {
    FIELD(limit_view, limit, UNSIGNED, MANY),
    FIELD(limit_view, used, UNSIGNED, MANY),
};
SHAPE(limit_view);

static const struct field failure_kind_fields[] = {
    FIELD(failure_kind, key, LINE, 0),
    FIELD(failure_kind, label, LINE, 0),
    FIELD(failure_kind, stage, LINE, 0),
    FIELD(failure_kind, kind, UNSIGNED, ERROR_KIND_COUNT - 1),
    FIELD(failure_kind, code, UNSIGNED, UINT32_MAX), /* or less than 0 */
    FIELD(failure_kind, rejected, UNSIGNED, 1),
    FIELD(failure_kind, worth_retry, UNSIGNED, 1),
    FIELD(failure_kind, open, UNSIGNED, MANY),
    FIELD(failure_kind, advice, LINE, 0),
};
SHAPE(failure_kind);

static const struct field failure_row_fields[] = {
    FIELD(failure_row, wall_s, SIGNED, MANY),
    FIELD(failure_row, id, LINE, 0),
    FIELD(failure_row, stage, LINE, 0),
    FIELD(failure_row, code, LINE, 0),
    FIELD(failure_row, message, LINE, 0),
    FIELD(failure_row, times, UNSIGNED, UINT32_MAX),
    FIELD(failure_row, tries, UNSIGNED, UINT16_MAX),
    FIELD(failure_row, tries_max, UNSIGNED, UINT16_MAX),
    FIELD(failure_row, standing, UNSIGNED, FAILURE_SKIPPED),
    FIELD(failure_row, kind, UNSIGNED, ERROR_KIND_COUNT - 1),
    FIELD(failure_row, source, UNSIGNED, UINT16_MAX),
    FIELD(failure_row, pos, UNSIGNED, MANY),
    FIELD(failure_row, offset, UNSIGNED, FAR),
};
SHAPE(failure_row);

static const struct field document_view_fields[] = {
    FIELD(document_view, seq, UNSIGNED, MANY),
    FIELD(document_view, source, UNSIGNED, UINT16_MAX),
    FIELD(document_view, pos, UNSIGNED, MANY),
    FIELD(document_view, offset, UNSIGNED, FAR),
    FIELD(document_view, length, UNSIGNED, FAR),
    FIELD(document_view, error, LINE, 0),
    FIELD(document_view, trouble, LINE, 0),
    FIELD(document_view, cut, UNSIGNED, 1),
    FIELD(document_view, len, UNSIGNED, SNAPSHOT_DOCUMENT - 1),
    FIELD(document_view, text, PAGE, 0),
};
SHAPE(document_view);

static const struct field failure_ask_fields[] = {
    FIELD(failure_ask, first, UNSIGNED, MANY),
    FIELD(failure_ask, filter, TEXT, 0),
    FIELD(failure_ask, seek, SIGNED, MANY),
    FIELD(failure_ask, sought, TEXT, 0),
    FIELD(failure_ask, from, UNSIGNED, MANY),
};
SHAPE(failure_ask);

static const struct field snapshot_fields[] = {
    INNER(snapshot, ask, failure_ask_shape),
    FIELD(snapshot, state, UNSIGNED, RUN_FAILED),
    FIELD(snapshot, paused, UNSIGNED, STAGES_ALL),
    FIELD(snapshot, reason, LINE, 0),
    FIELD(snapshot, remedy, LINE, 0),
    FIELD(snapshot, state_ms, SIGNED, MANY),
    FIELD(snapshot, job, LINE, 0),
    FIELD(snapshot, corpus, LINE, 0),
    FIELD(snapshot, store, LINE, 0),
    FIELD(snapshot, embedder, LINE, 0),
    FIELD(snapshot, started_hms, LINE, 0),
    FIELD(snapshot, resumed, UNSIGNED, 1),
    FIELD(snapshot, resumed_at, UNSIGNED, MANY),
    FIELD(snapshot, now_ms, SIGNED, MANY),
    FIELD(snapshot, elapsed_ms, SIGNED, MANY),
    FIELD(snapshot, paused_ms, SIGNED, MANY),
    FIELD(snapshot, total, UNSIGNED, MANY),
    FIELD(snapshot, total_estimated, UNSIGNED, 1),
    FIELD(snapshot, done_pct, AMOUNT, 100),
    FIELD(snapshot, eta_ms, SIGNED, MANY),
    FIELD(snapshot, processed, UNSIGNED, MANY),
    FIELD(snapshot, stored, UNSIGNED, MANY),
    FIELD(snapshot, failed, UNSIGNED, MANY),
    FIELD(snapshot, rejected, UNSIGNED, MANY),
    FIELD(snapshot, skipped, UNSIGNED, MANY),
    FIELD(snapshot, superseded, UNSIGNED, MANY),
    FIELD(snapshot, waiting, UNSIGNED, MANY),
    FIELD(snapshot, duplicates, UNSIGNED, MANY),
    FIELD(snapshot, produced, UNSIGNED, MANY),
    FIELD(snapshot, embedded, UNSIGNED, MANY),
    FIELD(snapshot, upserted, UNSIGNED, MANY),
    FIELD(snapshot, in_flight, UNSIGNED, MANY),
    FIELD(snapshot, tokens, UNSIGNED, MANY),
    FIELD(snapshot, requests, UNSIGNED, MANY),
    FIELD(snapshot, retries, UNSIGNED, MANY),
    FIELD(snapshot, batches, UNSIGNED, MANY),
    FIELD(snapshot, sent_bytes, UNSIGNED, FAR),
    FIELD(snapshot, received_bytes, UNSIGNED, FAR),
    FIELD(snapshot, cost_usd, AMOUNT, 1000000000000u),
    FIELD(snapshot, rate, AMOUNT, FAST),
    FIELD(snapshot, rate_avg, AMOUNT, FAST),
    FIELD(snapshot, rate_peak, AMOUNT, FAST),
    FIELD(snapshot, read_rate, AMOUNT, FAST),
    FIELD(snapshot, read_bytes, UNSIGNED, FAR),
    FIELD(snapshot, read_size, UNSIGNED, FAR),
    FIELD(snapshot, reading_done, UNSIGNED, 1),
    FIELD(snapshot, checkpoint_ms, SIGNED, MANY),
    FIELD(snapshot, checkpoint_line, UNSIGNED, MANY),
    FIELD(snapshot, checkpoint_count, UNSIGNED, MANY),
    INNER(snapshot, embed_queue, queue_view_shape),
    INNER(snapshot, upsert_queue, queue_view_shape),
    INNER(snapshot, embed, stage_view_shape),
    INNER(snapshot, upsert, stage_view_shape),
    FIELD(snapshot, bottleneck, LINE, 0),
    FIELD(snapshot, bottleneck_why, LINE, 0),
    INNER(snapshot, requests_min, limit_view_shape),
    INNER(snapshot, tokens_min, limit_view_shape),
    INNER(snapshot, concurrent, limit_view_shape),
    FIELD(snapshot, limit_now, LINE, 0),
    FIELD(snapshot, memory_pct, DOUBLE, SHARE),
    FIELD(snapshot, memory_guard_pct, DOUBLE, SHARE),
    FIELD(snapshot, memory_bytes, UNSIGNED, FAR),
    FIELD(snapshot, memory_total_bytes, UNSIGNED, FAR),
    FIELD(snapshot, rss_bytes, UNSIGNED, FAR),
    FIELD(snapshot, memory_cgroup, UNSIGNED, 1),
    FIELD(snapshot, cpu_pct, DOUBLE, SHARE),
    FIELD(snapshot, history_len, UNSIGNED, SNAPSHOT_HISTORY),
    FIELD(snapshot, history, FLOAT, FAST),
    FIELD(snapshot, kind_count, UNSIGNED, SNAPSHOT_KINDS),
    INNER(snapshot, kinds, failure_kind_shape),
    FIELD(snapshot, failures_open, UNSIGNED, MANY),
    FIELD(snapshot, retries_at_end, UNSIGNED, UINT32_MAX),
    FIELD(snapshot, failures_total, UNSIGNED, MANY),
    FIELD(snapshot, failures_seq, UNSIGNED, MANY),
    FIELD(snapshot, listed_total, UNSIGNED, MANY),
    FIELD(snapshot, listed_seq, UNSIGNED, MANY),
    FIELD(snapshot, failures_found, UNSIGNED, MANY),
    FIELD(snapshot, failure_count, UNSIGNED, SNAPSHOT_FAILURES),
    INNER(snapshot, failures, failure_row_shape),
    INNER(snapshot, document, document_view_shape),
    FIELD(snapshot, knob, SIGNED, MANY),
    FIELD(snapshot, knob_max, SIGNED, MANY),
    FIELD(snapshot, message_seq, UNSIGNED, MANY),
    FIELD(snapshot, message, LINE, 0),
};
SHAPE(snapshot);

/* --- values ------------------------------------------------------------------- */

/* Read as bytes: a bool of 7 must not be looked at as a bool. */
static uint64_t unsigned_at(const char *p, size_t size)
{
    uint64_t v64;
    uint32_t v32;
    uint16_t v16;

    switch (size) {
    case 1:
        return (unsigned char)*p;
    case 2:
        memcpy(&v16, p, sizeof v16);
        return v16;
    case 4:
        memcpy(&v32, p, sizeof v32);
        return v32;
    default:
        memcpy(&v64, p, sizeof v64);
        return v64;
    }
}

static bool signed_fits(const char *p, uint64_t most)
{
    int64_t v;

    memcpy(&v, p, sizeof v);
    return v >= -(int64_t)most && v <= (int64_t)most;
}

static bool real_fits(double v, uint64_t most)
{
    return isfinite(v) && fabs(v) <= (double)most;
}

static bool double_fits(const char *p, uint64_t most, bool below)
{
    double v;

    memcpy(&v, p, sizeof v);
    return real_fits(v, most) && (below || v >= 0);
}

static bool float_fits(const char *p, uint64_t most)
{
    float v;

    memcpy(&v, p, sizeof v);
    return real_fits((double)v, most);
}

/* str_printable() would leave it as it is. */
static bool is_printable(const char *p, size_t n)
{
    char shown[SNAPSHOT_DOCUMENT + 1];

    while (n > 0 && *p >= ' ' && *p < 0x7f)
        p++, n--;
    if (n == 0)
        return true;
    return n < sizeof shown &&
           str_printable(shown, n + 1, (struct text){ p, n }) == n &&
           memcmp(shown, p, n) == 0;
}

bool wire_is_line(const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);

    return end && is_printable(text, (size_t)(end - text));
}

bool wire_is_page(const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);

    while (end && text < end) {
        size_t n = (size_t)(end - text);
        const char *stop = memchr(text, '\n', n);

        if (!is_printable(text, stop ? (size_t)(stop - text) : n))
            return false;
        text = stop ? stop + 1 : end;
    }
    return end != NULL;
}

/* --- shapes ------------------------------------------------------------------- */

static size_t element(const struct field *f)
{
    switch (f->check) {
    case CHECK_SHAPE:
        return f->shape->size;
    case CHECK_SIGNED:
    case CHECK_DOUBLE:
    case CHECK_AMOUNT:
        return sizeof(int64_t);
    case CHECK_FLOAT:
        return sizeof(float);
    default:
        return f->size;
    }
}

static const char *wrong_field(const struct shape *shape, const char *p);

/* One element: NULL, or the name of what cannot be. */
static const char *wrong(const struct field *f, const char *p)
{
    bool fine = true;

    switch (f->check) {
    case CHECK_UNSIGNED:
        fine = unsigned_at(p, f->size) <= f->most;
        break;
    case CHECK_SIGNED:
        fine = signed_fits(p, f->most);
        break;
    case CHECK_DOUBLE:
    case CHECK_AMOUNT:
        fine = double_fits(p, f->most, f->check == CHECK_DOUBLE);
        break;
    case CHECK_FLOAT:
        fine = float_fits(p, f->most);
        break;
    case CHECK_TEXT:
        fine = memchr(p, '\0', f->size) != NULL;
        break;
    case CHECK_LINE:
        fine = wire_is_line(p, f->size);
        break;
    case CHECK_PAGE:
        fine = wire_is_page(p, f->size);
        break;
    case CHECK_SHAPE:
        return wrong_field(f->shape, p);
    }
    return fine ? NULL : f->name;
}

static const char *wrong_field(const struct shape *shape, const char *p)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *f = &shape->field[i];

        for (size_t at = 0; at < f->size; at += element(f)) {
            const char *name = wrong(f, p + f->at + at);

            if (name)
                return name;
        }
    }
    return NULL;
}

/* What hangs together: the rows are a window into the list, the row that was
 * sought is of the log, the length of a document is that of its text. */
static const char *wrong_sums(const struct snapshot *s)
{
    if (s->failure_count > s->listed_total ||
        (s->failure_count > 0 &&
         s->ask.first > s->listed_total - s->failure_count))
        return "ask.first";
    if (s->failures_found > s->failures_seq)
        return "failures_found";
    if (strlen(s->document.text) != s->document.len)
        return "document.len";
    return NULL;
}

static bool judge(const char *wrong_name, struct error *err)
{
    return !wrong_name ||
           error_set(err, ERROR_PROTOCOL, 0,
                     "what was sent makes no sense: \"%s\" cannot be so",
                     wrong_name);
}

bool wire_check_ask(const struct failure_ask *a, struct error *err)
{
    return judge(wrong_field(&failure_ask_shape, (const char *)a), err);
}

bool wire_check_snapshot(const struct snapshot *s, struct error *err)
{
    const char *name = wrong_field(&snapshot_shape, (const char *)s);

    return judge(name ? name : wrong_sums(s), err);
}

static void mend_line(char *text, size_t size)
{
    char shown[sizeof MEMBER(document_view, error)]; /* the longest */

    if (wire_is_line(text, size))
        return;
    text[size - 1] = '\0';
    str_printable(shown, size < sizeof shown ? size : sizeof shown,
                  text_of(text));
    strcpy(text, shown);
}

static void mend_lines(const struct shape *shape, char *p)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *f = &shape->field[i];

        if (f->check == CHECK_LINE)
            mend_line(p + f->at, f->size);
        for (size_t at = 0; f->shape && at < f->size; at += f->shape->size)
            mend_lines(f->shape, p + f->at + at);
    }
}

void wire_mend_snapshot(struct snapshot *s)
{
    mend_lines(&snapshot_shape, (char *)s);
}

/* --- the layout ---------------------------------------------------------------- */

static uint64_t hash_shape(const struct shape *shape, uint64_t hash)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct field *f = &shape->field[i];
        uint64_t facts[] = { hash, f->at, f->size, f->check, f->most };

        hash = str_hash64(facts, sizeof facts);
        hash ^= str_hash64(f->name, strlen(f->name));
        if (f->shape)
            hash = hash_shape(f->shape, hash);
    }
    return hash;
}

uint64_t wire_snapshot_layout(void)
{
    return hash_shape(&snapshot_shape, 0);
}

static size_t round_up(size_t n, size_t align)
{
    return (n + align - 1) / align * align;
}

/* Each field begins where the one before ends, but for what aligns it. */
static bool is_whole(const struct shape *shape)
{
    size_t end = 0;

    for (size_t i = 0; i < shape->count; i++) {
        const struct field *f = &shape->field[i];

        if (f->at != round_up(end, f->align) ||
            (f->shape && !is_whole(f->shape)))
            return false;
        end = f->at + f->size;
    }
    return shape->size == round_up(end, shape->align);
}

bool wire_snapshot_whole(void)
{
    return is_whole(&snapshot_shape);
}
