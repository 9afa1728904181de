/* The embedders take batches from the embed queue, through the provider, to the
 * upsert queue. dispatch.c has the policy; this file makes requests of
 * texts. */
#include "config.h"
#include "engine/stage.h"

#include <stdlib.h>

#include "engine/job/spooled.h"
#include "engine/job/store_rules.h"
#include "engine/worker.h"
#include "sys/clock.h"
#include "util/floats.h"

/* Every embedder serves these: short, different from each other, and without
 * words by which we recognise a refusal. */
static const char *const proof_text[] = { "hello", "world" };

enum { PROOF_TEXTS = sizeof proof_text / sizeof proof_text[0] };

enum { PREFIX_BYTES_A_TOKEN = 4, TOKENS_TO_LEARN_FROM = 250,
       MARGIN_LEAST = 20, MARGIN_DECAY = 16 };

/* Tokens of a document as we send it, before we learned anything. */
static uint64_t embed_stage_guess_tokens(const struct run *r,
                                         const struct doc *d)
{
    return d->tokens + r->prefix_bytes / PREFIX_BYTES_A_TOKEN;
}

/* The same after a correction by what we learned so far. */
static double embed_stage_correct_tokens(struct run *r, uint64_t guessed)
{
    return (double)guessed * (double)counted(&r->tokens_pro_mille) / 1000.0;
}

/* A margin of twice the worst error of late: a request that the service finds
 * too large costs three. */
static void learn_margin(struct run *r, uint64_t guessed, uint64_t tokens)
{
    uint64_t about = (uint64_t)embed_stage_correct_tokens(r, guessed);
    uint64_t off = about > tokens ? about - tokens : tokens - about;
    uint64_t old = counted(&r->tokens_margin);
    uint64_t margin = 2 * CUT_MARGIN_WHOLE * off / (about + 1);

    if (margin < old - old / MARGIN_DECAY)
        margin = old - old / MARGIN_DECAY;
    if (margin < MARGIN_LEAST)
        margin = MARGIN_LEAST;
    if (margin > CUT_MARGIN_FIRST)
        margin = CUT_MARGIN_FIRST;
    atomic_store(&r->tokens_margin, margin);
}

/* The service's count corrects the estimate, smoothly. */
static void learn_tokens(struct run *r, uint64_t guessed, uint64_t tokens)
{
    uint64_t old = counted(&r->tokens_pro_mille);

    if (tokens == 0 || guessed < TOKENS_TO_LEARN_FROM)
        return;
    learn_margin(r, guessed, tokens);
    atomic_store(&r->tokens_pro_mille,
                 (old * 7 + tokens * 1000 / guessed + 4) / 8);
}

/* Of two limits; 0: none. */
static uint64_t embed_stage_least(uint64_t a, uint64_t b)
{
    return a && (b == 0 || a < b) ? a : b;
}

static struct cut_limits embed_stage_limits(struct run *r, struct gate *gate)
{
    struct ceiling *learned = &r->embed.ceiling;
    struct gate_stats stats;

    gate_stats(gate, clock_ms(), &stats);
    return (struct cut_limits){ .texts = ceiling_docs(learned, r->max_texts),
                                .tokens = embed_stage_least(r->max_tokens,
                                                            stats.tokens_most),
                                .tpm = stats.tpm,
                                .bytes = ceiling_size(learned, r->max_bytes),
                                .margin = counted(&r->tokens_margin) };
}

struct packing embed_stage_packing(struct run *r)
{
    struct gate *gate = r->embed.endpoints.at[0].gate; /* all alike */

    return (struct packing){ .batch = run_embed_batch(r),
                             .batch_bytes = BATCH_TEXT_MAX,
                             .most = embed_stage_limits(r, gate) };
}

struct cut_text embed_stage_text(struct run *r, size_t bytes, uint64_t tokens)
{
    tokens += r->prefix_bytes / PREFIX_BYTES_A_TOKEN;
    return (struct cut_text){ .bytes = bytes + r->prefix_bytes,
                              .tokens = embed_stage_correct_tokens(r,
                                                                   tokens) };
}

/* A request that the reader packed goes as it is, unless the estimate without
 * its margin says by now that it is too large. */
static size_t embed_cut(void *worker, const struct item *item, size_t n,
                        double *tokens)
{
    struct worker *w = worker;
    struct cut_limits most =
        embed_stage_limits(w->stage->run, w->endpoint->gate);
    struct cut_request q = { 0 };

    if (item_doc(item)->flags & DOC_BEGINS)
        most.margin = 0;
    for (; q.texts < n; item++) {
        const struct doc *d = item_doc(item);
        struct cut_text t =
            embed_stage_text(w->stage->run, d->text.len, d->tokens);

        if (q.texts > 0 &&
            (item_goes_apart(item) || d->flags & DOC_BEGINS))
            break;
        if (cut_add(&q, &most, &t) != CUT_REASONS)
            break;
    }
    *tokens = q.tokens;
    return (size_t)q.texts;
}

/* Its texts, and an estimate of their tokens. */
static const struct embed_input *embed_inputs(struct worker *w,
                                              struct request *rq,
                                              uint64_t *guessed)
{
    struct run *r = w->stage->run;
    struct embed_input *in = w->scratch;

    *guessed = rq->bytes = 0;
    for (size_t i = 0; i < rq->n; i++) {
        const struct doc *d = item_doc(&rq->item[i]);

        in[i].text = batch_text(rq->item[i].batch, d->text);
        in[i].escaped = d->flags & DOC_TEXT_ESCAPED;
        rq->bytes += d->text.len + r->prefix_bytes;
        *guessed += embed_stage_guess_tokens(r, d);
    }
    return in;
}

static float *embed_vector(const struct item *item)
{
    return batch_vector(item->batch, item->at);
}

/* The service's count; if tokens cost money and it does not count, our
 * estimate. */
static uint64_t tokens_spent(struct run *r, const struct embed_usage *use,
                             uint64_t guessed)
{
    if (use->tokens || r->usd_per_mtok <= 0)
        return use->tokens;
    return (uint64_t)(embed_stage_correct_tokens(r, guessed) + 0.5);
}

/* A 200 costs money, even if its answer is useless. */
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

/* Too few vectors twice, as many each time: the service takes no more. */
static void embed_stage_learn_most(struct worker *w, struct error *err)
{
    if (err->kind != ERROR_PROTOCOL || err->most == 0)
        return;
    if (w->short_answer == err->most)
        err->kind = ERROR_SIZE;
    w->short_answer = err->most;
}

/* Of a batch that has no vectors yet: while a request is in flight, their
 * memory is better used elsewhere. */
static float *embed_stage_place(void *ctx)
{
    struct worker *w = ctx;
    struct batch *b = w->asked->batch;

    if (!b->dim && !batch_dimension(b, w->stage->run->dim))
        return NULL;
    return embed_vector(w->asked);
}

static float *embed_stage_vectors(struct worker *w, const struct item *item)
{
    w->asked = item;
    w->embedder->place = embed_stage_place;
    w->embedder->place_ctx = w;
    return item->batch->dim ? embed_vector(item) : NULL;
}

/* The documents of a batch are consecutive in it, and so are their vectors. */
static bool embed_request(struct worker *w, struct request *rq,
                          struct error *err)
{
    struct run *r = w->stage->run;
    struct embed_usage use = { 0 };
    uint64_t guessed;
    const struct embed_input *in = embed_inputs(w, rq, &guessed);
    bool fine = w->embedder->ops->embed(w->embedder, in, rq->n,
                                        embed_stage_vectors(w, rq->item), &use,
                                        err);

    embed_stage_count_cost(r, &use, guessed, is_paid(fine, err));
    rq->used = (double)use.tokens;
    atomic_store(&w->holds_bytes,
                 batch_footprint(rq->item->batch) + use.sent_bytes);
    if (!fine) {
        embed_stage_learn_most(w, err);
        return false;
    }
    if (rq->n > w->short_answer)
        w->short_answer = 0; /* it takes more: that was an accident */
    learn_tokens(r, guessed, use.tokens);
    if (use.pace)
        gate_pace(w->endpoint->gate, use.pace,
                  use.tokens ? rq->used
                             : embed_stage_correct_tokens(r, guessed),
                  clock_ms());
    return true;
}

static bool is_bad(const struct item *item)
{
    return !float_usable(embed_vector(item), item->batch->dim);
}

/* Ask for each bad vector once more, alone. */
static bool ask_alone(struct worker *w, const struct request *rq,
                      struct error *err)
{
    for (size_t i = 0; i < rq->n; i++) {
        struct request one = { .item = &rq->item[i], .n = 1 };

        if (is_bad(one.item) && !embed_request(w, &one, err))
            return false;
    }
    return true;
}

static bool bad_vector(struct error *err)
{
    return error_set(err, ERROR_VECTOR, 0,
                     "bad vector: all zero, or not finite");
}

/* None can be used: blame the service, or what all texts have in common. */
static bool all_bad(const struct request *rq, struct error *err)
{
    for (size_t i = 0; i < rq->n; i++)
        if (!is_bad(&rq->item[i]))
            return false;
    error_reply(err, ERROR_PROTOCOL,
                "none of %zu vectors can be used: all zero, or not finite",
                rq->n);
    err->about = ABOUT_SERVICE;
    return true;
}

/* Ask once more for a vector of NaN or zeros; then report its document, or
 * judge it if it is alone. Report only after all were asked for: if asking
 * fails, so does the whole request, which is then sent again. */
static bool check_vectors(struct worker *w, const struct request *rq,
                          struct error *err)
{
    struct error bad;

    if ((rq->n > 1 && all_bad(rq, err)) || !ask_alone(w, rq, err))
        return false;
    if (rq->n == 1 && is_bad(rq->item))
        return bad_vector(err);
    bad_vector(&bad);
    for (size_t i = 0; i < rq->n; i++)
        if (is_bad(&rq->item[i]))
            worker_fail(w, w->stage->name, &rq->item[i], &bad);
    return true;
}

static bool embed_send(struct dispatch *d, struct request *rq,
                       struct error *err)
{
    struct worker *w = d->ctx;
    struct run *r = w->stage->run;

    worker_note_sent(w, rq->item, rq->n);
    if (!embed_request(w, rq, err) || !check_vectors(w, rq, err))
        return false;
    spooled_keep(r, rq->item->batch, rq->item->at, rq->n);
    count(&r->tally.embedded, rq->n);
    for (size_t i = 0; i < rq->n; i++)
        item_doc(&rq->item[i])->flags &= (uint8_t)~(DOC_ALONE | DOC_BEGINS);
    return true;
}

static enum proof embed_prove(void *worker, size_t texts, struct error *err)
{
    struct worker *w = worker;
    struct run *r = w->stage->run;
    struct embedder *e = w->embedder;
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

static const struct dispatch_ops embed_ops = {
    .cut = embed_cut, .send = embed_send, .prove = embed_prove,
    .proof_is_work = true
};

/* Keep the embedded documents; others account for those that left the batch. */
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

/* While the upsert queue is full the embedder waits: back-pressure. */
static void embed_stage_hand_on(struct worker *w, struct batch *b)
{
    struct run *r = w->stage->run;

    while (b->count > 0) {
        int64_t began_us = clock_us();
        enum queue_status status = queue_push(r->upsert_queue, b, 100);

        worker_waited(w, SEEK_BLOCKED, began_us);
        if (status == QUEUE_OK)
            return;
        if (status == QUEUE_CLOSED || control_stopping(r->control))
            break;
        worker_set_state(w, WORKER_BLOCKED, 0, "queue full");
    }
    pool_give(r->pool, b);
}

/* Now, if something is to be put there before an answer. */
static bool embed_stage_make_room(struct run *r, struct batch *b)
{
    return (r->embed_ops->remote && !spooled_waits(r)) ||
           batch_dimension(b, r->dim);
}

static void embed_batch(struct worker *w, struct batch *b)
{
    struct run *r = w->stage->run;
    size_t paid;

    store_rules_check(w, b);
    embed_stage_compact(b); /* duplicates were parked */
    while (!embed_stage_make_room(r, b) ||
           !worker_take(w, &b, 1, sizeof(struct embed_input)))
        if (!worker_wait_for_memory(w)) {
            pool_give(r->pool, b);
            return;
        }
    paid = spooled_take(r, b);
    if (control_stopping(r->control) ||
        !stage_dispatch(w, &embed_ops, paid, b->count)) {
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
