/*
 * A command as the store, `exec:COMMAND`: one child per worker, a line of JSON
 * in for each request, a line out.
 *
 *     {"dim":N,"records":[{"id":..,"vector":[..],"text":"..","metadata":V},..]}
 *     {"results":[R,..]}  one for each record, in their order: true (stored, to
 *                         stay), "why not", or {"error":"why","kind":"limited"}
 *     {"error":"why","kind":"auth"}  the request as a whole
 *
 * The first request has no records: is it there, is it ready? A kind is a word
 * of util/error.h; without one the record, or the request, is refused. What a
 * record says last for an id holds: the same may be sent again.
 *
 * sys/child.h says how the command is split, started, heard and ended.
 */
#include "config.h"
#include "store/backends.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/store_body.h"
#include "store/store_reply.h"
#include "sys/child.h"
#include "util/str.h"

enum {
    ANSWER_BYTES = 8 << 20,
    LIMIT_BYTES = 32 << 20,
    LIMIT_COUNT = 5000,
    GOOD_COUNT = 200,
    TIMEOUT_MS = 120000
};

struct exec {
    struct store_http http; /* of HTTP only the body */
    struct child *child;
    struct buf answer;
    char head[48];
};

/* ---- open ---- */

static bool set_up(struct exec *x, const struct store_config *cfg,
                   struct error *err)
{
    const char *colon = strchr(cfg->url, ':');
    struct child_config child = {
        .command = colon ? colon + 1 : "",
        .keep_env = cfg->key_env,
        .hide_env = cfg->other_key_env,
        .stop_fd = cfg->stop_fd,
        .timeout_ms = cfg->timeout_ms ? cfg->timeout_ms : TIMEOUT_MS,
        .limit_bytes = ANSWER_BYTES,
        .say = cfg->say,
        .say_ctx = cfg->say_ctx,
    };

    if (cfg->key && !cfg->key_env)
        return error_set(err, ERROR_CONFIG, 0,
                         "exec takes no --store-key-file: --store-key-env "
                         "names a variable that the command may see");
    x->child = child_new(&child, err);
    return x->child != NULL;
}

static void exec_close(struct store *s)
{
    struct exec *x = (struct exec *)s;

    if (!x)
        return;
    child_free(x->child);
    buf_release(&x->http.body);
    buf_release(&x->answer);
    free(x);
}

static struct store *exec_open(const struct store_config *cfg,
                               struct error *err)
{
    struct exec *x = calloc(1, sizeof *x);

    if (!x) {
        error_set(err, ERROR_MEMORY, 0, "no memory for a store");
        return NULL;
    }
    x->http.base = (struct store){ .ops = &store_exec,
                                   .dim = cfg->dim,
                                   .limit_count = LIMIT_COUNT,
                                   .limit_bytes = LIMIT_BYTES,
                                   .good_count = GOOD_COUNT };
    snprintf(x->head, sizeof x->head, "{\"dim\":%zu,\"records\":[", cfg->dim);
    if (!set_up(x, cfg, err)) {
        exec_close(&x->http.base);
        return NULL;
    }
    return &x->http.base;
}

/* ---- the answer ---- */

static bool say_why(const struct json_value *why, enum error_kind kind,
                    struct error *err)
{
    struct buf decoded = { 0 };
    char shown[200];

    json_decode(why, &decoded);
    str_printable(shown, sizeof shown, text_of(buf_cstr(&decoded)));
    buf_release(&decoded);
    return error_set(err, kind, 0, "the command says: %s", shown);
}

/* A string, or {"error":..,"kind":..}: false with what it says. */
static bool refused(const struct json_value *v, struct error *err)
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
            refused(&v, &items[i].why);
    }
    return i == n || wrong_count(i, n, err);
}

static bool take_answer(struct exec *x, struct upsert_item *items, size_t n,
                        struct error *err)
{
    struct text line = { x->answer.data ? x->answer.data : "", x->answer.len };
    struct json_value v;

    if (reply_member(line, "error", &v))
        return refused(&(struct json_value){ .type = JSON_OBJECT,
                                             .raw = line }, err);
    if (!reply_member(line, "results", &v))
        return reply_nonsense(line, "\"results\"", err);
    return take_results(v.raw, items, n, err);
}

/* ---- a request ---- */

static bool put_record(struct store_http *s, struct upsert_item *item)
{
    struct buf *b = &s->body;

    buf_puts(b, "{\"id\":");
    store_put_id(b, item);
    buf_puts(b, ",\"vector\":");
    store_put_vector(b, item->vector, s->base.dim);
    buf_puts(b, ",\"text\":");
    store_put_text(b, item);
    buf_puts(b, ",\"metadata\":");
    store_put_on_one_line(b, item->metadata.len ? item->metadata
                                                : text_of("null"));
    buf_putc(b, '}');
    return true;
}

static bool exec_upsert(struct store *s, struct upsert_item *items, size_t n,
                        size_t *taken, struct error *err)
{
    struct exec *x = (struct exec *)s;
    const struct store_shape shape = { .columns = 1,
                                       .head = { x->head },
                                       .between = ",",
                                       .end = "]}\n",
                                       .put = put_record };
    struct text line;

    if (!store_body(&x->http, &shape, items, n, taken, err))
        return false;
    line = (struct text){ x->http.body.data, x->http.body.len };
    buf_clear(&x->answer);
    s->wire_sent += line.len;
    if (!child_ask(x->child, line, &x->answer, err))
        return false;
    s->wire_received += x->answer.len + 1;
    return take_answer(x, items, *taken, err);
}

/* Does it start, does it answer, does it take vectors of this length? */
static bool exec_preflight(struct store *s, struct error *err)
{
    size_t none;

    return exec_upsert(s, NULL, 0, &none, err) ||
           error_wrap(err, "asking the command whether it is ready");
}

const struct store_ops store_exec = {
    .name = "exec",
    .summary = "exec:COMMAND, a program of yours: one JSON line in, one out",
    .open = exec_open,
    .preflight = exec_preflight,
    .upsert = exec_upsert,
    .close = exec_close,
};
