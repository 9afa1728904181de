/* This file is the run's side of the spool: is it wanted, do its vectors belong
 * to these settings, which of them are still needed, and how does a batch put
 * and take them. It reports a spool that fails once. */
#include "config.h"
#include "engine/job/spooled.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "engine/job/job_identity.h"
#include "ledger/spool.h"
#include "sys/clock.h"
#include "util/str.h"

enum { AGAIN_MS = 10000 };

bool spooled_wanted(const struct options *opt, const struct embedder_ops *ops)
{
    return opt->spool == SPOOL_ON || (opt->spool == SPOOL_AUTO && !ops->cheap);
}

size_t spooled_most(size_t batches, size_t embed_batch, size_t dim)
{
    size_t item = sizeof(struct redo_item) + dim * sizeof(float);

    return batches * embed_batch + REDO_LIMIT / item;
}

static size_t spooled_most_now(struct run *r)
{
    return spooled_most(pool_size(r->pool), (size_t)counted(&r->embed_batch),
                        r->dim);
}

/* --- open and close ------------------------------------------------------- */

bool spooled_token(struct run *r, struct error *err)
{
    char *known = ledger_get(r->ledger, "spool"), text[24];
    uint64_t token = 0;

    if (!known || !str_parse_u64(known, &token)) {
        if (getrandom(&token, sizeof token, GRND_NONBLOCK) !=
            (ssize_t)sizeof token)
            token = (uint64_t)clock_us() * 1000003 + (uint64_t)getpid();
        snprintf(text, sizeof text, "%llu", (unsigned long long)token);
        if (!ledger_set(r->ledger, "spool", text, err)) {
            free(known);
            return false;
        }
    }
    free(known);
    r->spooled.token = token;
    return true;
}

/* No vector depends on where documents go or which of their fields we read. */
static bool spooled_option_shapes_vectors(const char *name)
{
    static const char *const others[] = { "store", "id", "id-field",
                                          "text-field", "metadata-field",
                                          "json-path" };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(name, others[i]) == 0)
            return false;
    return true;
}

static bool identity_hash(const struct run *r, uint64_t *hash)
{
    struct ledger_field field[IDENTITY_FIELDS];
    struct buf texts, all;
    bool fine;

    buf_init(&texts);
    buf_init(&all);
    job_identity(r, &(struct job_identity_was){ .store = NULL }, &texts, field);
    for (size_t i = 0; i < IDENTITY_FIELDS; i++)
        if (spooled_option_shapes_vectors(field[i].name))
            buf_printf(&all, "%s=%s\n", field[i].name, field[i].value);
    buf_printf(&all, "model=%s\ndim=%zu\ntoken=%llu\n", r->model, r->dim,
               (unsigned long long)r->spooled.token);
    fine = !all.failed && !texts.failed;
    *hash = fine ? str_hash64(all.data, all.len) : 0;
    buf_release(&texts);
    buf_release(&all);
    return fine;
}

static void put_path(const struct run *r, char *to, size_t size)
{
    snprintf(to, size, "%s/%s.spool", r->dir, r->job);
}

struct sifting {
    struct run *run;
    struct ledger_view *view; /* NULL: not opened yet, or that failed */
};

/* A document that failed, was in a retry, and is still open. */
static bool spooled_is_open(struct sifting *s, const struct spool_key *key)
{
    struct failure_cause cause;
    struct error ignored;
    uint64_t hash;
    bool is_open;

    if (!s->view)
        s->view = ledger_view_open(s->run->ledger_path, &ignored);
    return !s->view ||
           !ledger_view_is_open(s->view, key->source, key->pos, &is_open,
                                &cause, &hash, &ignored) ||
           is_open;
}

/* The record is not final yet. A failed one is final until it is retried. */
static bool is_wanted(void *ctx, const struct spool_key *key)
{
    const struct run *r = ((struct sifting *)ctx)->run;

    if (key->flags & SPOOL_RETRY)
        return spooled_is_open(ctx, key);
    return key->source < r->corpus_count &&
           key->pos >= r->corpus[key->source].start.pos &&
           !ledger_skips(r->ledger, key->source, key->pos, text_of(""));
}

static void spooled_say_without(struct run *r, const struct error *err)
{
    if (!atomic_exchange(&r->spooled.failure_reported, true))
        notices_add(r->notices,
                    "the run goes on without its spool, so a kill makes it pay "
                    "again for what waits to be stored: %s",
                    err->text);
}

/* Add what a killed run had paid and its ledger does not know. */
static void spooled_count_unrecorded_cost(struct run *r, uint64_t paid)
{
    uint64_t unrecorded =
        paid > r->totals_at_open.tokens ? paid - r->totals_at_open.tokens : 0;

    count(&r->tally.tokens, unrecorded);
    purse_pay(&r->purse, (double)unrecorded * r->usd_per_mtok / 1e6);
}

void spooled_open(struct run *r)
{
    char path[sizeof r->dir + 96];
    struct sifting sifting = { .run = r };
    struct spool_config cfg = { .path = path,
                                .dim = r->dim,
                                .most = spooled_most_now(r),
                                .wanted = is_wanted,
                                .ctx = &sifting };
    struct error err;
    char n[32];
    size_t left;

    if (!spooled_wanted(r->opt, r->embed_ops))
        return;
    put_path(r, path, sizeof path);
    if (!identity_hash(r, &cfg.identity))
        error_memory(&err, "for its name");
    else
        r->spooled.file = spool_open(&cfg, &err);
    ledger_view_close(sifting.view);
    if (!r->spooled.file) {
        spooled_say_without(r, &err);
        return;
    }
    spooled_count_unrecorded_cost(r, spool_paid(r->spooled.file));
    left = spool_left(r->spooled.file);
    if (left)
        notices_add(r->notices,
                    "%s vector%s that an earlier run paid for %s in "
                    "the spool",
                    str_count(n, sizeof n, left), left == 1 ? "" : "s",
                    left == 1 ? "is" : "are");
}

void spooled_close(struct run *r, bool finished)
{
    char path[sizeof r->dir + 96];

    if (finished && !r->spooled.file && r->ledger) {
        put_path(r, path, sizeof path);
        unlink(path); /* of an earlier run that had one */
    }
    /* A final document has freed its slot. */
    assert(!finished || !r->spooled.file || !spool_used(r->spooled.file));
    spool_close(r->spooled.file, finished);
    r->spooled.file = NULL;
}

/* --- on the way ----------------------------------------------------------- */

static struct spool_key spooled_key(const struct batch *b, const struct doc *d)
{
    struct text text = batch_text(b, d->text);

    return (struct spool_key){
        .id_hash = d->id_hash,
        .text_hash = str_hash64(text.ptr, text.len),
        .pos = d->pos,
        .text_len = d->text.len,
        .source = d->source,
        .flags = (uint16_t)((d->flags & DOC_TEXT_ESCAPED ? SPOOL_ESCAPED : 0) |
                            (d->flags & DOC_RETRY ? SPOOL_RETRY : 0))
    };
}

/* Documents from *at on that have a vector, as many as fit into one write. */
static size_t spooled_gather(struct run *r, const struct batch *b, size_t *at,
                             size_t end,
                             struct spool_record rec[SPOOL_PUT_MAX],
                             struct doc *doc[SPOOL_PUT_MAX])
{
    uint64_t paid = r->totals_at_open.tokens + counted(&r->tally.tokens);
    size_t n = 0;

    for (; n < SPOOL_PUT_MAX && *at < end; ++*at) {
        struct doc *d = &b->docs[*at];

        if (d->fate != DOC_OPEN)
            continue;
        doc[n] = d;
        rec[n++] = (struct spool_record){ .key = spooled_key(b, d),
                                          .paid = paid,
                                          .vector = batch_vector(b, *at) };
    }
    return n;
}

/* Try a disk that was full again now and then. */
static bool spooled_put(struct run *r, struct spool_record *rec, size_t n)
{
    struct error err;

    if (spool_put(r->spooled.file, rec, n, &err))
        return true;
    atomic_store(&r->spooled.again_ms, (uint64_t)clock_ms() + AGAIN_MS);
    spooled_say_without(r, &err);
    return false;
}

void spooled_keep(struct run *r, struct batch *b, size_t first, size_t n)
{
    struct spool_record rec[SPOOL_PUT_MAX];
    struct doc *doc[SPOOL_PUT_MAX];
    size_t at = first, got;

    if (!r->spooled.file ||
        (uint64_t)clock_ms() < counted(&r->spooled.again_ms))
        return;
    spool_expect(r->spooled.file, spooled_most_now(r));
    while ((got = spooled_gather(r, b, &at, first + n, rec, doc)) > 0 &&
           spooled_put(r, rec, got))
        for (size_t i = 0; i < got; i++)
            doc[i]->slot = rec[i].slot;
}

/* --- a resume ------------------------------------------------------------- */

static void spooled_swap(struct batch *b, size_t i, size_t j)
{
    struct doc d = b->docs[i];

    b->docs[i] = b->docs[j];
    b->docs[j] = d;
}

bool spooled_waits(struct run *r)
{
    return r->spooled.file && spool_left(r->spooled.file);
}

size_t spooled_take(struct run *r, struct batch *b)
{
    size_t n = 0;

    if (!spooled_waits(r))
        return 0;
    for (size_t i = 0; i < b->count && spool_left(r->spooled.file); i++) {
        struct spool_key key = spooled_key(b, &b->docs[i]);

        if (!spool_take(r->spooled.file, &key, batch_vector(b, n),
                        &b->docs[i].slot))
            continue;
        spooled_swap(b, n++, i);
    }
    count(&r->tally.spooled, n);
    return n;
}

void spooled_final(struct run *r, const struct doc *d)
{
    if (r->spooled.file)
        spool_free(r->spooled.file, d->slot);
}
