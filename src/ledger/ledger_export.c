/*
 * This file writes the checkpoint as JSON, and reads it back.
 *
 *   { "job_id": "wordnet", "started_at": "2026-12-14T18:00:00Z",
 *     "last_updated": "...", "total_documents": 3,
 *     "processed_ids": ["a", "b"], "failed_ids": {"c": "why"},
 *     "last_batch_id": 1 }
 *
 * Ids are in the order in which they were done. A failure without an id goes by
 * its file and line. failed_ids has only open failures, each id once with its
 * newest message. Reading back takes processed_ids alone, so that failures are
 * tried again.
 */
#include "config.h"
#include "ledger/ledger_file.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sys/clock.h"
#include "sys/file.h"
#include "util/json.h"
#include "util/str.h"

enum {
    OUT_BLOCK = 1 << 16,
    PAGE_ROWS = 256, /* failures read at a time */
    IMPORT_BATCH = 1000, /* ids in a row */
};
#define IMPORT_MAX ((size_t)1 << 30)

/* --- out ------------------------------------------------------------------ */

struct out {
    struct buf text;
    int fd;
};

static bool ledger_export_flush(struct out *o, size_t above, struct error *err)
{
    if (o->text.failed)
        return error_memory(err, "for the checkpoint");
    if (o->text.len <= above)
        return true;
    if (!file_write_all(o->fd, o->text.data, o->text.len, err))
        return false;
    buf_clear(&o->text);
    return true;
}

static void ledger_export_put_time(struct ledger_view *v, struct buf *to,
                                   const char *name, const char *key)
{
    char iso[24];

    buf_printf(to, ",\n \"%s\": \"%s\"", name,
               clock_iso8601(iso, sizeof iso,
                             (int64_t)ledger_file_get_u64(&v->file, key)));
}

static bool put_head(struct ledger_view *v, struct buf *to, struct error *err)
{
    char *job = ledger_view_get(v, "ledger.job");
    uint64_t known = ledger_file_get_u64(&v->file, "ledger.done");
    struct ledger_totals totals;
    int64_t failed;

    buf_puts(to, "{\"job_id\": ");
    json_put_shown(to, text_of(job ? job : ""));
    free(job);
    if (!ledger_file_number(&v->file, SQL_FAILED_COUNT, &failed, err) ||
        !ledger_file_totals(&v->file, &totals, err))
        return false;
    known += (uint64_t)failed;
    ledger_export_put_time(v, to, "started_at", "ledger.started");
    ledger_export_put_time(v, to, "last_updated", "ledger.updated");
    buf_printf(to, ",\n \"total_documents\": %" PRIu64,
               totals.produced > known ? totals.produced : known);
    return true;
}

static bool put_processed(struct ledger_view *v, struct out *o, int64_t last,
                          struct error *err)
{
    struct packed_row done;
    const char *comma = "\n  ";
    int got = 0;

    buf_puts(&o->text, ",\n \"processed_ids\": [");
    for (int64_t row = 1; row <= last; row++) {
        got = ledger_view_row(v, &row, &done, err);
        if (got <= 0 || row > last)
            break;
        for (size_t i = 0; i < done.count; i++, comma = ",\n  ") {
            buf_puts(&o->text, comma);
            json_put_shown(&o->text, done.ids[i]);
        }
        if (!ledger_export_flush(o, OUT_BLOCK, err))
            return false;
    }
    buf_puts(&o->text, "]");
    return got >= 0;
}

static struct text ledger_export_reason(sqlite3_stmt *st, int message_at,
                                        int kind_at)
{
    struct text message = column_text(st, message_at);
    const char *word = (const char *)sqlite3_column_text(st, kind_at);

    return message.len > 0 ? message : text_of(word ? word : "");
}

static void put_pair(struct out *o, struct text key, struct text value,
                     bool *first)
{
    buf_puts(&o->text, *first ? "\n  " : ",\n  ");
    *first = false;
    json_put_shown(&o->text, key);
    buf_puts(&o->text, ": ");
    json_put_shown(&o->text, value);
}

/* Write the failures whose id comes after *id, and set *id to the last of them.
 * Returns how many there were, or -1. */
static int put_failed_page(struct ledger_view *v, struct out *o,
                           struct buf *id, bool *first, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&v->file, SQL_FAILED_IDS, err);
    int got, count = 0;

    if (!st)
        return -1;
    bind_blob(st, 1, (struct text){ id->data, id->len });
    sqlite3_bind_int(st, 2, PAGE_ROWS);
    while ((got = ledger_file_row(&v->file, st, err)) > 0) {
        struct text key = column_text(st, 0);

        put_pair(o, key, ledger_export_reason(st, 1, 2), first);
        if (++count == PAGE_ROWS) {
            /* The id is bound to the statement: change it only at the end. */
            buf_clear(id);
            buf_put(id, key.ptr, key.len);
            break;
        }
    }
    sqlite3_reset(st);
    return got < 0 ? -1 : count;
}

static bool put_failed_ids(struct ledger_view *v, struct out *o, bool *first,
                           struct error *err)
{
    struct buf id;
    int got;

    buf_init(&id);
    do {
        got = put_failed_page(v, o, &id, first, err);
        if (got >= 0 && !(id.failed ? error_memory(err, "for the checkpoint")
                                    : ledger_export_flush(o, OUT_BLOCK, err)))
            got = -1;
    } while (got == PAGE_ROWS);
    buf_release(&id);
    return got >= 0;
}

/* The same for rows without an id, from *source and *pos on. */
static int put_nameless_page(struct ledger_view *v, struct out *o, int *source,
                             uint64_t *pos, bool *first, struct error *err)
{
    sqlite3_stmt *st = ledger_file_sql(&v->file, SQL_FAILED_NAMELESS, err);
    struct buf key;
    int got, count = 0;

    if (!st)
        return -1;
    buf_init(&key);
    sqlite3_bind_int(st, 1, *source);
    bind_u64(st, 2, *pos);
    sqlite3_bind_int(st, 3, PAGE_ROWS);
    while ((got = ledger_file_row(&v->file, st, err)) > 0) {
        struct text path = column_text(st, 2);

        *source = sqlite3_column_int(st, 0);
        *pos = column_u64(st, 1);
        buf_clear(&key);
        buf_put(&key, path.ptr, path.len);
        buf_printf(&key, " line %" PRIu64, column_u64(st, 3));
        put_pair(o, text_of(buf_cstr(&key)), ledger_export_reason(st, 4, 5),
                 first);
        count++;
    }
    buf_release(&key);
    return got < 0 ? -1 : count;
}

static bool put_nameless(struct ledger_view *v, struct out *o, bool *first,
                         struct error *err)
{
    int source = -1, got;
    uint64_t pos = 0;

    do {
        got = put_nameless_page(v, o, &source, &pos, first, err);
        if (got >= 0 && !ledger_export_flush(o, OUT_BLOCK, err))
            got = -1;
    } while (got == PAGE_ROWS);
    return got >= 0;
}

static bool put_all(struct ledger_view *v, struct out *o, struct error *err)
{
    int64_t last;
    bool first = true;

    if (!ledger_file_number(&v->file, SQL_DONE_LAST, &last, err) ||
        !put_head(v, &o->text, err) || !put_processed(v, o, last, err))
        return false;
    buf_puts(&o->text, ",\n \"failed_ids\": {");
    if (!put_failed_ids(v, o, &first, err) || !put_nameless(v, o, &first, err))
        return false;
    buf_printf(&o->text, "},\n \"last_batch_id\": %" PRId64 "}\n", last);
    return ledger_export_flush(o, 0, err);
}

bool ledger_view_export(struct ledger_view *v, int fd, struct error *err)
{
    struct out o = { .fd = fd };
    bool good;

    buf_init(&o.text);
    v->damaged = 0;
    good = put_all(v, &o, err);
    buf_release(&o.text);
    if (good && v->damaged)
        return error_set(err, ERROR_LOCAL, 0,
                         "%" PRIu64 " damaged entries of the ledger are "
                         "missing from the export",
                         v->damaged);
    return good;
}

/* --- in ------------------------------------------------------------------- */

struct import {
    struct ledger *ledger;
    const char *path;
    struct json_cursor json;
    struct ledger_ack acks[IMPORT_BATCH];
    size_t at[IMPORT_BATCH]; /* of each id in `bytes` */
    size_t count;
    struct buf bytes;
    uint64_t total;
    bool found;
};

static bool ledger_import_refuse(const struct import *in, const char *why,
                                 struct error *err)
{
    char shown[120];

    str_printable(shown, sizeof shown, text_of(in->path));
    return error_set(err, ERROR_INPUT, 0, "%s, byte %td: %s", shown,
                     in->json.p - in->json.start, why);
}

static bool flush_ids(struct import *in, struct error *err)
{
    if (in->bytes.failed)
        return error_memory(err, "for the checkpoint");
    if (in->count == 0)
        return true;
    for (size_t i = 0; i < in->count; i++)
        in->acks[i].id.ptr = in->bytes.data + in->at[i];
    if (!ledger_append(in->ledger, -1, in->acks, in->count, err))
        return false;
    in->total += in->count;
    in->count = 0;
    buf_clear(&in->bytes);
    return true;
}

static bool take_id(struct import *in, struct error *err)
{
    struct json_value v;
    size_t at = in->bytes.len;

    if (!json_value(&in->json, &v))
        return ledger_import_refuse(in, in->json.why, err);
    if (v.type == JSON_STRING)
        json_decode(&v, &in->bytes);
    else if (v.type == JSON_NUMBER)
        buf_put(&in->bytes, v.raw.ptr, v.raw.len);
    if (in->bytes.failed)
        return error_memory(err, "for the checkpoint");
    if (in->bytes.len == at)
        return ledger_import_refuse(
            in, "an id must be a text or a number, not empty", err);
    in->at[in->count] = at;
    in->acks[in->count++] =
        (struct ledger_ack){ .id = { NULL, in->bytes.len - at } };
    return in->count < IMPORT_BATCH || flush_ids(in, err);
}

static bool take_ids(struct import *in, struct error *err)
{
    enum json_type type;

    in->found = true;
    if (!json_peek(&in->json, &type))
        return ledger_import_refuse(in, in->json.why, err);
    if (type != JSON_ARRAY || !json_enter_array(&in->json))
        return ledger_import_refuse(in, "processed_ids must be an array", err);
    while (json_element(&in->json))
        if (!take_id(in, err))
            return false;
    if (in->json.why)
        return ledger_import_refuse(in, in->json.why, err);
    return flush_ids(in, err);
}

static bool take_members(struct import *in, struct error *err)
{
    struct json_value key;
    enum json_type type;

    if (!json_peek(&in->json, &type))
        return ledger_import_refuse(in, in->json.why, err);
    if (type != JSON_OBJECT || !json_enter_object(&in->json))
        return ledger_import_refuse(in, "a checkpoint is a JSON object", err);
    while (json_member(&in->json, &key)) {
        if (json_is(&key, "processed_ids")) {
            if (!take_ids(in, err))
                return false;
        } else if (!json_value(&in->json, NULL)) {
            break;
        }
    }
    if (in->json.why || !json_end(&in->json))
        return ledger_import_refuse(in, in->json.why, err);
    return in->found || ledger_import_refuse(
                            in, "no processed_ids: is this a checkpoint?", err);
}

/* All rows so far count by id, see schema.h. */
static bool ledger_import_conclude(struct import *in, struct error *err)
{
    struct ledger *l = in->ledger;
    struct ledger_totals totals = { .produced = in->total,
                                    .stored = in->total };

    l->ids_before = l->above_row = l->next_row;
    return ledger_file_set_u64(&l->file, "ledger.ids_before",
                               (uint64_t)l->next_row, err) &&
           ledger_file_totals_set(&l->file, &totals, err);
}

static bool import_all(struct ledger *l, const char *path,
                       const struct buf *text, struct error *err)
{
    struct import *in = calloc(1, sizeof *in);
    bool good;

    if (!in)
        return error_memory(err, "for the checkpoint");
    in->ledger = l;
    in->path = path;
    json_begin(&in->json, text->data, text->len);
    good = take_members(in, err) && ledger_import_conclude(in, err);
    buf_release(&in->bytes);
    free(in);
    return good;
}

bool ledger_import(struct ledger *l, const char *path, struct error *err)
{
    struct buf text;
    bool good;

    if (l->next_row != 1)
        return error_set(err, ERROR_CONFIG, 0,
                         "job %s has work done already: import into a new "
                         "one (--job or --new-job)",
                         l->job);
    buf_init(&text);
    good = file_slurp(path, IMPORT_MAX, &text, err) && ledger_begin(l, err) &&
           (import_all(l, path, &text, err) || ledger_lost(l)) &&
           ledger_commit(l, err);
    buf_release(&text);
    return good;
}
