/*
 * This file stores records by a command, `exec:COMMAND`: one child per worker,
 * a line of JSON in for each request, a line out.
 *
 *     {"dim":N,"records":[{"id":..,"vector":[..],"text":"..","metadata":V},..]}
 *     {"results":[R,..]}  one for each record, in their order: true (stored, to
 *                         stay), "why not", or {"error":"why","kind":"limited"}
 *     {"error":"why","kind":"auth"}  the request as a whole
 *
 * The first request has no records: is the command there and ready? A kind is a
 * word of util/error.h; without one the record, or the request, is refused. The
 * last record of an id counts: we may send the same again.
 *
 * Two questions that a command need not understand:
 *
 *     {"records":[],"lookup":["id",..]}       {"present":[true,false,..]}
 *     {"dim":N,"records":[],"search":[..],"k":N}
 *                         {"hits":[{"id":..,"score":X,"text":".."},..]}
 *
 * A command that does not understand them sees a request without records and
 * answers with results; we then report that it cannot.
 *
 * sys/child.h says how we split, start, read and end the command.
 */
#include "config.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/store_body.h"
#include "store/store_reply.h"
#include "sys/child.h"
#include "util/json.h"
#include "util/str.h"

enum {
    ANSWER_BYTES = 8 << 20,
    LIMIT_BYTES = 32 << 20,
    KEEP_BYTES = 8 << 20, /* of a line's storage to keep between calls */
    LIMIT_COUNT = 5000,
    GOOD_COUNT = 200
};

struct exec {
    struct store base;
    struct child *child;
    struct buf question, answer;
    char head[48];
};

/* ---- open ---- */

static bool store_exec_set_up(struct exec *x, const struct store_config *cfg,
                              struct error *err)
{
    const char *colon = strchr(cfg->url, ':');
    struct child_config child = {
        .command = colon ? colon + 1 : "",
        .keep_env = cfg->key_env,
        .hide_env = cfg->other_key_env,
        .key = cfg->key,
        .stage = "store",
        .stop_fd = cfg->stop_fd,
        .timeout_ms = cfg->timeout_ms,
        .limit_bytes = ANSWER_BYTES,
        .say = cfg->say,
        .say_ctx = cfg->say_ctx,
    };

    x->child = child_new(&child, err);
    return x->child != NULL;
}

static void store_exec_close(struct store *s)
{
    struct exec *x = (struct exec *)s;

    if (!x)
        return;
    child_free(x->child);
    buf_release(&x->question);
    buf_release(&x->answer);
    free(x);
}

static struct store *store_exec_open(const struct store_ops *ops,
                                     const struct store_config *cfg,
                                     struct error *err)
{
    struct exec *x = calloc(1, sizeof *x);

    if (!x) {
        error_memory(err, "for a store");
        return NULL;
    }
    x->base = (struct store){ .ops = ops,
                              .dim = cfg->dim,
                              .limit_count = LIMIT_COUNT,
                              .limit_bytes = LIMIT_BYTES,
                              .good_count = GOOD_COUNT };
    snprintf(x->head, sizeof x->head, "{\"dim\":%zu,\"records\":[", cfg->dim);
    if (!store_exec_set_up(x, cfg, err)) {
        store_exec_close(&x->base);
        return NULL;
    }
    return &x->base;
}

/* ---- the answer ---- */

static bool say_why(const struct json_value *why, enum error_kind kind,
                    struct error *err)
{
    struct buf decoded = { 0 };
    char shown[200];

    json_decode(why, &decoded);
    str_sentence(shown, sizeof shown, text_of(buf_cstr(&decoded)));
    buf_release(&decoded);
    return error_set(err, kind, 0, "the command says: %s", shown);
}

/* A string, or {"error":..,"kind":..}: false with its error. */
static bool store_exec_refused(const struct json_value *v, struct error *err)
{
    struct json_value why = *v, kind = { .type = JSON_NULL };
    enum error_kind k = ERROR_REFUSED;
    char word[24];

    if (v->type == JSON_OBJECT) {
        if (!reply_member(v->raw, "error", &why))
            return reply_nonsense(v->raw, "\"error\"", err);
        reply_member(v->raw, "kind", &kind);
    }
    if (why.type != JSON_STRING)
        return reply_nonsense(v->raw, "reason that is a text", err);
    reply_word(&kind, word, sizeof word);
    if (kind.type != JSON_NULL && !error_kind_parse(word, &k))
        return error_set(err, ERROR_PROTOCOL, 0,
                         "the command gives an unknown kind of error: %s",
                         word[0] ? word : "no text");
    return say_why(&why, k, err);
}

static bool wrong_count(size_t got, size_t want, struct error *err)
{
    return error_set(err, ERROR_PROTOCOL, 0,
                     "the command gave %zu results%s for %zu records",
                     got > want ? want + 1 : got, got > want ? " or more" : "",
                     want);
}

static bool take_results(struct text list, struct upsert_item *items, size_t n,
                         struct error *err)
{
    struct json_cursor c;
    struct json_value v;
    size_t i = 0;

    json_begin(&c, list.ptr, list.len);
    if (!json_enter_array(&c))
        return reply_nonsense(list, "list \"results\"", err);
    for (; json_element(&c) && json_value(&c, &v); i++) {
        if (i == n)
            return wrong_count(i + 1, n, err);
        items[i].stored = v.type == JSON_TRUE;
        if (!items[i].stored)
            store_exec_refused(&v, &items[i].why);
    }
    return i == n || wrong_count(i, n, err);
}

/* ---- a request ---- */

static void store_exec_empty(struct buf *b)
{
    buf_clear(b);
    buf_trim(b, KEEP_BYTES);
}

/* Send the line in x->question, and read the list under `name` in the answer. A
 * command that gives results instead does not understand it. */
static bool store_exec_ask(struct exec *x, const char *name,
                           struct json_value *list, struct error *err)
{
    struct store *s = &x->base;
    struct text line = { x->question.data, x->question.len };
    struct json_value v;

    if (x->question.failed)
        return error_memory(err, "for a request");
    store_exec_empty(&x->answer);
    s->wire_sent += line.len;
    if (!child_ask(x->child, line, &x->answer, err))
        return false;
    s->wire_received += x->answer.len + 1;
    line = (struct text){ buf_cstr(&x->answer), x->answer.len };
    if (reply_member(line, "error", &v))
        return store_exec_refused(&(struct json_value){ .type = JSON_OBJECT,
                                                        .raw = line }, err);
    if (reply_member(line, name, list) && list->type == JSON_ARRAY)
        return true;
    if (strcmp(name, "results") != 0 && reply_member(line, "results", &v))
        return error_set(err, ERROR_CONFIG, ENOTSUP,
                         "the command cannot be asked that: it answers no "
                         "\"%s\"", name);
    return reply_nonsense(line, name, err);
}

static void store_exec_put_record(struct store *s, struct buf *b,
                                  const struct upsert_item *item)
{
    buf_puts(b, "{\"id\":");
    store_put_id(b, item);
    buf_puts(b, ",\"vector\":");
    store_put_vector(b, item->vector, s->dim);
    buf_puts(b, ",\"text\":");
    store_put_text(b, item);
    buf_puts(b, ",\"metadata\":");
    store_put_on_one_line(b, item->metadata.len ? item->metadata
                                                : text_of("null"));
    buf_putc(b, '}');
}

static bool store_exec_upsert(struct store *s, struct upsert_item *items,
                              size_t n, size_t *taken, struct error *err)
{
    struct exec *x = (struct exec *)s;
    const struct store_shape shape = { .columns = 1,
                                       .head = { x->head },
                                       .between = ",",
                                       .end = "]}\n",
                                       .put = store_exec_put_record };
    struct json_value results;

    store_exec_empty(&x->question);
    return store_body(s, &x->question, &shape, items, n, taken, err) &&
           store_exec_ask(x, "results", &results, err) &&
           take_results(results.raw, items, *taken, err);
}

/* Does it start, does it answer, does it take vectors of this length? */
static bool store_exec_preflight(struct store *s, struct error *err)
{
    size_t none;

    return store_exec_upsert(s, NULL, 0, &none, err) ||
           error_wrap(err, "asking the command whether it is ready");
}

/* ---- questions ---- */

static bool take_present(struct text list, bool *present, size_t n,
                         struct error *err)
{
    struct json_cursor c;
    struct json_value v;
    size_t i = 0;

    json_begin(&c, list.ptr, list.len);
    json_enter_array(&c);
    for (; json_element(&c) && json_value(&c, &v); i++) {
        if (v.type != JSON_TRUE && v.type != JSON_FALSE)
            return reply_nonsense(v.raw, "true or false for each id", err);
        if (i < n)
            present[i] = v.type == JSON_TRUE;
    }
    return i == n ||
           error_set(err, ERROR_PROTOCOL, 0,
                     "the command answers %zu times for %zu ids", i, n);
}

static bool store_exec_lookup(struct store *s, const struct text *ids, size_t n,
                              bool *present, struct error *err)
{
    struct exec *x = (struct exec *)s;
    struct buf *b = &x->question;
    struct json_value list;

    store_exec_empty(b);
    buf_puts(b, "{\"records\":[],\"lookup\":[");
    for (size_t i = 0; i < n; i++) {
        buf_puts(b, i ? "," : "");
        json_put_string(b, ids[i]);
    }
    buf_puts(b, "]}\n");
    return store_exec_ask(x, "present", &list, err) &&
           take_present(list.raw, present, n, err);
}

static bool store_exec_search(struct store *s, const float *query, size_t k,
                              struct store_hit *hits, size_t *got,
                              struct error *err)
{
    static const struct reply_form form = { .id = { "id" },
                                            .text = { "text" },
                                            .score = { "score" },
                                            .scale = 1 };
    struct exec *x = (struct exec *)s;
    struct buf *b = &x->question;
    struct json_value list;

    store_exec_empty(b);
    buf_printf(b, "{\"dim\":%zu,\"records\":[],\"search\":", s->dim);
    store_put_vector(b, query, s->dim);
    buf_printf(b, ",\"k\":%zu}\n", k);
    *got = 0;
    return store_exec_ask(x, "hits", &list, err) &&
           reply_hits(list.raw, &form, hits, k, got, err);
}

const struct store_ops store_exec = {
    .name = "exec",
    .summary = "exec:COMMAND, a program of yours: one JSON line in, one out",
    .open = store_exec_open,
    .preflight = store_exec_preflight,
    .upsert = store_exec_upsert,
    .search = store_exec_search,
    .lookup = store_exec_lookup,
    .close = store_exec_close,
};
