/*
 * The embedders: from the embed queue, through the provider, to the upsert
 * queue. dispatch.c has the policy; here is what a request of texts is.
 */
#include "config.h"
#include "flow/cutting.h"
#include "engine/stage.h"
#include "engine/job/store_rules.h"
#include "engine/recorder.h"
#include "engine/job/spooled.h"
#include "engine/worker.h"

#include <stdlib.h>

#include "sys/clock.h"
#include "util/floats.h"

/* What every embedder serves: short, different from each other, and no words
 * that a refusal may need. */
static const char *const proof_text[] = { "hello", "world" };

enum { PROOF_TEXTS = sizeof proof_text / sizeof proof_text[0] };

struct embedding {
    struct worker *worker;
    struct batch *batch;
    size_t sent_bytes;
};

enum { PREFIX_BYTES_A_TOKEN = 4, TOKENS_TO_LEARN_FROM = 250 };

/* Of a document as it is sent, before anything was learned. */
static uint64_t embed_stage_guess_tokens(const struct run *r,
                                         const struct doc *d)
{
    return d->tokens + r->prefix_bytes / PREFIX_BYTES_A_TOKEN;
}

/* What so many guessed ones will be, by what was learned so far. */
static double embed_stage_correct_tokens(struct run *r, uint64_t guessed)
{
    return (double)guessed * (double)counted(&r->tokens_pro_mille) / 1000.0;
}

/* What the service counted corrects the guess, smoothly. */
static void learn_tokens(struct run *r, uint64_t guessed, uint64_t tokens)
{
    uint64_t old = counted(&r->tokens_pro_mille);

    if (tokens == 0 || guessed < TOKENS_TO_LEARN_FROM)
        return;
    atomic_store(&r->tokens_pro_mille,
                 (old * 7 + tokens * 1000 / guessed + 4) / 8);
}

/* Of two limits; 0: none. */
static uint64_t embed_stage_least(uint64_t a, uint64_t b)
{
    return a && (b == 0 || a < b) ? a : b;
}

static struct cut_limits embed_stage_limits(const struct worker *w)
{
    struct ceiling *learned = &w->stage->ceiling;
    struct run *r = w->stage->run;
    struct gate_stats gate;

    gate_stats(w->endpoint->gate, clock_ms(), &gate);
    return (struct cut_limits){ .texts = ceiling_docs(learned, r->max_texts),
                                .tokens = embed_stage_least(r->max_tokens,
                                                            gate.tokens_most),
                                .tpm = gate.tpm,
                                .bytes = ceiling_size(learned, r->max_bytes) };
}

static size_t embed_cut(void *ctx, size_t first, size_t n, double *tokens)
{
    struct embedding *x = ctx;
    struct run *r = x->worker->stage->run;
    struct cut_limits most = embed_stage_limits(x->worker);
    struct cut_request q = { 0 };

    while (q.texts < n) {
        const struct doc *d = &x->batch->docs[first + q.texts];

        if (q.texts > 0 && (d[-1].flags | d->flags) & DOC_ALONE)
            break;
        if (cut_add(&q, &most, d->text.len + r->prefix_bytes,
                    embed_stage_correct_tokens(
                        r, embed_stage_guess_tokens(r, d))) != CUT_REASONS)
            break;
    }
    *tokens = q.tokens;
    return q.texts;
}

static struct embed_input *inputs_for(struct embedding *x, size_t first,
                                      size_t n, size_t *bytes,
                                      uint64_t *guessed)
{
    struct worker *w = x->worker;
    struct embed_input *in;

    if (!worker_scratch(w, n * sizeof *in))
        return NULL;
    in = w->scratch;
    *bytes = 0;
    *guessed = 0;
    for (size_t i = 0; i < n; i++) {
        const struct doc *d = &x->batch->docs[first + i];

        in[i].text = batch_text(x->batch, d->text);
        in[i].escaped = d->flags & DOC_TEXT_ESCAPED;
        *bytes += d->text.len + w->stage->run->prefix_bytes;
        *guessed += embed_stage_guess_tokens(w->stage->run, d);
    }
    return in;
}

/* What the service counted; where it costs money and nobody counts, what we
 * think it was. */
static uint64_t tokens_spent(struct run *r, const struct embed_usage *use,
                             uint64_t guessed)
{
    if (use->tokens || r->usd_per_mtok <= 0)
        return use->tokens;
    return (uint64_t)(embed_stage_correct_tokens(r, guessed) + 0.5);
}

/* A 200 is paid for, also when its answer is of no use. */
static bool is_paid(bool fine, const struct error *err)
{
    return fine || err->in_reply;
}

static void embed_stage_count_cost(struct run *r, const struct embed_usage *use,
                                   uint64_t guessed, bool paid)
{
    uint64_t tokens = paid ? tokens_spent(r, use, guessed) : use->tokens;

    count(&r->tally.sent, use->sent_bytes);
    count(&r->tally.received, use->received_bytes);
    count(&r->tally.tokens, tokens);
    purse_pay(&r->purse, (double)tokens * r->usd_per_mtok / 1e6);
}

/* Too few vectors twice, and as many: the service takes no more at once. */
static void embed_stage_learn_most(struct worker *w, struct error *err)
{
    if (err->kind != ERROR_PROTOCOL || err->most == 0)
        return;
    if (w->short_answer == err->most)
        err->kind = ERROR_SIZE;
    w->short_answer = err->most;
}

static bool embed_request(struct embedding *x, size_t first, size_t n,
                          double *used, struct error *err)
{
    struct run *r = x->worker->stage->run;
    struct embedder *e = x->worker->embedder;
    struct embed_usage use = { 0 };
    size_t bytes = 0;
    uint64_t guessed = 0;
    struct embed_input *in = inputs_for(x, first, n, &bytes, &guessed);
    bool fine;

    if (!in)
        return error_memory(err, "for a request");
    x->sent_bytes = bytes;
    fine = e->ops->embed(e, in, n, batch_vector(x->batch, first), &use, err);
    embed_stage_count_cost(r, &use, guessed, is_paid(fine, err));
    *used = (double)use.tokens;
    if (!fine) {
        embed_stage_learn_most(x->worker, err);
        return false;
    }
    if (n > x->worker->short_answer)
        x->worker->short_answer = 0; /* it takes more: that was an accident */
    learn_tokens(r, guessed, use.tokens);
    if (use.pace)
        gate_pace(x->worker->endpoint->gate, use.pace,
                  use.tokens ? (double)use.tokens
                             : embed_stage_correct_tokens(r, guessed),
                  clock_ms());
    return true;
}

static void embed_fail(void *ctx, size_t i, const struct error *err)
{
    struct embedding *x = ctx;

    worker_fail(x->worker, x->batch, i, err);
}

static bool embed_stage_is_bad(const struct embedding *x, size_t i)
{
    return !float_usable(batch_vector(x->batch, i), x->batch->dim);
}

/* Each bad vector once more, alone. */
static bool embed_stage_ask_bad_again(struct embedding *x, size_t first,
                                      size_t n, struct error *err)
{
    size_t bytes = x->sent_bytes;
    bool fine = true;
    double used;

    for (size_t i = first; fine && i < first + n; i++)
        fine = !embed_stage_is_bad(x, i) || embed_request(x, i, 1, &used, err);
    x->sent_bytes = bytes; /* of the request that these belong to */
    return fine;
}

static bool bad_vector(struct error *err)
{
    return error_set(err, ERROR_VECTOR, 0,
                     "bad vector: all zero, or not finite");
}

/* Not one can be used: that is the service, or whatever all have in common. */
static bool embed_stage_all_bad(const struct embedding *x, size_t first,
                                size_t n, struct error *err)
{
    for (size_t i = first; i < first + n; i++)
        if (!embed_stage_is_bad(x, i))
            return false;
    error_reply(err, ERROR_PROTOCOL,
                "none of %zu vectors can be used: all zero, or not finite", n);
    err->about = ABOUT_SERVICE;
    return true;
}

/* A vector of NaN or zeros is asked for once more; then its document is named,
 * or where it is alone, judged. Only when all were asked for: where that
 * fails, the whole request does, and is sent again. */
static bool check_vectors(struct embedding *x, size_t first, size_t n,
                          struct error *err)
{
    struct error bad;

    if ((n > 1 && embed_stage_all_bad(x, first, n, err)) ||
        !embed_stage_ask_bad_again(x, first, n, err))
        return false;
    if (n == 1 && embed_stage_is_bad(x, first))
        return bad_vector(err);
    bad_vector(&bad);
    for (size_t i = first; i < first + n; i++)
        if (embed_stage_is_bad(x, i))
            embed_fail(x, i, &bad);
    return true;
}

static bool embed_send(void *ctx, size_t first, size_t n, size_t *taken,
                       double *used, struct error *err)
{
    struct embedding *x = ctx;
    struct run *r = x->worker->stage->run;
    size_t again = 0;

    *taken = n;
    for (size_t i = first; i < first + n; i++)
        worker_note_sent(x->worker, x->batch, i, &again);
    worker_count_retry(x->worker, again);
    if (!embed_request(x, first, n, used, err) ||
        !check_vectors(x, first, n, err))
        return false;
    spooled_keep(r, x->batch, first, n);
    count(&r->tally.embedded, n);
    for (size_t i = first; i < first + n; i++)
        x->batch->docs[i].flags &= (uint8_t)~DOC_ALONE;
    return true;
}

static enum proof embed_prove(void *ctx, size_t texts, struct error *err)
{
    struct embedding *x = ctx;
    struct run *r = x->worker->stage->run;
    struct embedder *e = x->worker->embedder;
    struct embed_usage use = { 0 };
    struct embed_input in[PROOF_TEXTS];
    float *vectors = malloc(PROOF_TEXTS * r->dim * sizeof *vectors);
    bool fine;

    if (!vectors) {
        error_memory(err, "for a vector");
        return PROOF_REFUSED;
    }
    for (size_t i = 0; i < PROOF_TEXTS; i++)
        in[i] = (struct embed_input){ .text = text_of(proof_text[i]) };
    fine = e->ops->embed(e, in, texts, vectors, &use, err);
    embed_stage_count_cost(r, &use, texts, is_paid(fine, err));
    for (size_t i = 0; fine && i < texts; i++)
        fine = float_usable(vectors + i * r->dim, r->dim) ||
               error_reply(err, ERROR_PROTOCOL,
                           "bad vector for a known word");
    free(vectors);
    return fine ? PROOF_SERVED : PROOF_REFUSED;
}

static bool embed_defer(void *ctx, size_t i, const struct error *err,
                        int64_t delay_ms, unsigned flags)
{
    struct embedding *x = ctx;

    return worker_defer(x->worker, x->batch, i, NULL, err, delay_ms, flags);
}

static unsigned embed_tries(void *ctx, size_t i)
{
    return ((struct embedding *)ctx)->batch->docs[i].tries;
}

static void embed_tried(void *ctx, size_t i)
{
    ((struct embedding *)ctx)->batch->docs[i].tries++;
}

static size_t embed_bytes(void *ctx)
{
    return ((struct embedding *)ctx)->sent_bytes;
}

static const struct dispatch_ops embed_dispatch = {
    .cut = embed_cut, .send = embed_send, .prove = embed_prove,
    .proof_is_work = true, .fail = embed_fail, .defer = embed_defer,
    .tries = embed_tries, .tried = embed_tried, .request_bytes = embed_bytes
};

/* Keep what was embedded; what left the batch is accounted for elsewhere. */
static void embed_stage_compact(struct batch *b)
{
    size_t kept = 0;

    for (size_t i = 0; i < b->count; i++) {
        if (b->docs[i].fate != DOC_OPEN)
            continue;
        if (kept != i) {
            b->docs[kept] = b->docs[i];
            if (b->dim)
                memmove(batch_vector(b, kept), batch_vector(b, i),
                        b->dim * sizeof(float));
        }
        kept++;
    }
    b->count = kept;
}

static void embed_stage_hand_on(struct worker *w, struct batch *b)
{
    struct run *r = w->stage->run;

    while (b->count > 0) {
        enum queue_status status = queue_push(r->upsert_queue, b, 100);

        if (status == QUEUE_OK)
            return;
        if (status == QUEUE_CLOSED || control_stopping(r->control))
            break;
        worker_set_state(w, WORKER_BLOCKED, 0, "queue full");
    }
    pool_give(r->pool, b);
}

static void embed_batch(struct worker *w, struct batch *b)
{
    struct embedding x = { .worker = w, .batch = b };
    struct dispatch d = stage_dispatch(w, &embed_dispatch, &x);
    struct run *r = w->stage->run;
    size_t paid;

    store_rules_check(w, b);
    embed_stage_compact(b); /* duplicates were parked */
    while (!batch_dimension(b, r->dim)) {
        worker_set_state(w, WORKER_BACKOFF, 0, "no memory");
        if (!control_sleep(r->control, 500))
            break;
    }
    paid = b->dim ? spooled_take(r, b) : 0;
    if (control_stopping(r->control) ||
        !dispatch(&d, paid, b->count - paid)) {
        pool_give(r->pool, b);
        return;
    }
    embed_stage_compact(b);
    embed_stage_hand_on(w, b);
}

void *embedder_main(void *arg)
{
    struct worker *w = arg;
    struct batch *b;

    while ((b = worker_next(w, w->stage->run->embed_queue)))
        embed_batch(w, b);
    return NULL;
}
