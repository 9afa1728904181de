/*
 * This file gets vectors from a command, `exec:COMMAND`: one child per worker,
 * a line of JSON in for each request, a line out.
 *
 *     {"texts":["..",".."],"input_type":"document"}
 *                            or "query": texts to search with. What
 *                            --embed-extra and --query-extra add comes after
 *     {"embeddings":[V,..]}, V an array of numbers or base64 of little-endian
 *                            float32; in the order of the texts. "tokens":N
 *                            beside it is counted.
 *     {"error":".."}         refuses the request: we halve it until the text to
 *                            blame is alone
 *
 * sys/child.h says how we split, start, read and end the command. A child that
 * cannot go on ends: we start another and send the request again.
 */
#include "config.h"
#include "embed/embedder.h"

#include <stdlib.h>

#include "embed/extra.h"
#include "embed/rows.h"
#include "sys/child.h"
#include "util/json.h"
#include "util/str.h"

enum {
    ANSWER_BYTES = 128 << 20, /* 2048 vectors of 4096 floats as decimals */
    KEEP_BYTES = 8 << 20      /* of a line's storage to keep between calls */
};

static const struct rows_form form = { .list = "embeddings",
                                       .tokens = { "tokens" } };

struct exec {
    struct embedder base;
    struct child *child;
    struct rows rows;
    struct buf question, answer;
    struct buf open, tail; /* before each text, and behind the last one */
    size_t asked_dim; /* --dim */
};

/* ---- open ---- */

/* What surrounds the texts of every question. */
static bool make_frame(struct exec *x, const struct embedder_config *cfg,
                       struct error *err)
{
    static const char head[] = "{\"texts\":[],\"input_type\":\"\"}";

    buf_putc(&x->open, '"');
    if (cfg->prefix)
        json_put_escaped(&x->open, text_of(cfg->prefix));
    buf_puts(&x->tail, cfg->query ? "],\"input_type\":\"query\""
                                  : "],\"input_type\":\"document\"");
    if (!extra_put(&x->tail, cfg->extra, text_of(head),
                   cfg->query ? "--query-extra" : "--embed-extra", err))
        return false;
    buf_puts(&x->tail, "}\n");
    return (!x->open.failed && !x->tail.failed) ||
           error_memory(err, "for an embedder");
}

static bool embed_exec_set_up(struct exec *x, const struct embedder_config *cfg,
                              struct error *err)
{
    struct child_config child = {
        .command = cfg->model,
        .keep_env = cfg->key_env,
        .hide_env = cfg->other_key_env,
        .key = cfg->key,
        .stage = "embed",
        .stop_fd = cfg->stop_fd,
        .timeout_ms = cfg->timeout_ms,
        .limit_bytes = ANSWER_BYTES,
        .say = cfg->say,
        .say_ctx = cfg->say_ctx,
    };

    if (cfg->url)
        return error_set(err, ERROR_CONFIG, 0,
                         "exec takes no --embed-url: write the address into "
                         "the command");
    x->asked_dim = cfg->dim;
    x->base.own_dim = cfg->own_dim;
    if (!make_frame(x, cfg, err))
        return false;
    x->child = child_new(&child, err);
    return x->child != NULL;
}

static void embed_exec_close(struct embedder *e)
{
    struct exec *x = (struct exec *)e;

    if (!x)
        return;
    child_free(x->child);
    buf_release(&x->answer);
    rows_release(&x->rows);
    buf_release(&x->question);
    buf_release(&x->open);
    buf_release(&x->tail);
    free(x);
}

static struct embedder *embed_exec_open(const struct embedder_config *cfg,
                                        struct error *err)
{
    struct exec *x = calloc(1, sizeof *x);

    if (!x) {
        error_memory(err, "for an embedder");
        return NULL;
    }
    x->base.ops = &embedder_exec;
    if (!embed_exec_set_up(x, cfg, err)) {
        embed_exec_close(&x->base);
        return NULL;
    }
    return &x->base;
}

/* ---- a request ---- */

static bool make_question(struct exec *x, const struct embed_input *in,
                          size_t n, struct error *err)
{
    struct buf *b = &x->question;

    buf_clear(b);
    buf_trim(b, KEEP_BYTES);
    buf_puts(b, "{\"texts\":[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_putc(b, ',');
        buf_put(b, x->open.data, x->open.len);
        embed_input_put(b, &in[i]);
        buf_putc(b, '"');
    }
    buf_put(b, x->tail.data, x->tail.len);
    return !b->failed || error_memory(err, "for a request");
}

/* Is the answer {"error":..}? Then *err becomes that, not why it is no list. */
static void embed_exec_take_refusal(struct exec *x, struct error *err)
{
    struct buf *b = &x->answer, *room = &x->question;
    struct json_value key, v;
    struct json_cursor c;
    char shown[200];

    json_begin(&c, b->data ? b->data : "", b->len);
    if (!json_enter_object(&c))
        return;
    while (json_member(&c, &key) && json_value(&c, &v))
        if (json_is(&key, "error")) {
            buf_clear(room);
            json_decode_raw(v.raw, room);
            str_sentence(shown, sizeof shown,
                         (struct text){ room->data, room->len });
            error_set(err, ERROR_REFUSED, 0, "the command refused: %s",
                      shown);
        }
}

static bool embed_exec_ask(struct exec *x, const struct embed_input *in,
                           size_t n, struct embed_usage *use, struct error *err)
{
    struct buf *answer = &x->answer;
    struct text line;
    bool fine;

    if (!make_question(x, in, n, err))
        return false;
    line = (struct text){ x->question.data, x->question.len };
    buf_clear(answer);
    buf_trim(answer, KEEP_BYTES);
    use->sent_bytes = line.len;
    if (!child_ask(x->child, line, answer, err))
        return false;
    use->received_bytes = answer->len + 1;
    fine = rows_read(&x->rows, &form, (struct text){ answer->data, answer->len },
                     "a line of the command", err);
    use->tokens = x->rows.tokens;
    if (!fine)
        embed_exec_take_refusal(x, err);
    return fine;
}

static bool embed_exec_embed(struct embedder *e, const struct embed_input *in,
                             size_t n, float *vectors, struct embed_usage *use,
                             struct error *err)
{
    struct exec *x = (struct exec *)e;

    *use = (struct embed_usage){ 0 };
    rows_expect(&x->rows, e, n, vectors);
    return embed_exec_ask(x, in, n, use, err);
}

/* Does it start, does it answer, how long are its vectors? We do not ask it for
 * a length, but cut longer ones. */
static bool embed_exec_preflight(struct embedder *e, struct error *err)
{
    struct embed_input probe = { .text = text_of("dimensions") };
    struct exec *x = (struct exec *)e;
    struct embed_usage use;

    rows_expect(&x->rows, e, 1, NULL);
    if (!embed_exec_ask(x, &probe, 1, &use, err))
        return error_wrap(err, "asking for a first vector");
    return rows_settle(&x->rows, e, x->asked_dim, "the command", err);
}

const struct embedder_ops embedder_exec = {
    .name = "exec",
    .summary = "exec:COMMAND, a program of yours: one JSON line in, one out",
    .takes = EMBEDDER_PREFIX | EMBEDDER_EXTRA,
    .open = embed_exec_open,
    .preflight = embed_exec_preflight,
    .embed = embed_exec_embed,
    .close = embed_exec_close,
};
