/* This file opens and asks the first embedder and the first store. */
#include "config.h"
#include "engine/preflight.h"

#include <stdio.h>
#include <string.h>

#include "engine/job/connection.h"
#include "engine/job/providers.h"
#include "engine/job/store_rules.h"
#include "engine/job/vector_identity.h"

/* The first worker's address is out, so it swaps with another worker, which
 * finds out when the address is back. */
static bool swap_addresses(struct worker *w, struct worker *other,
                           struct error *err)
{
    struct endpoint *out = w->endpoint;

    connection_close(w);
    w->endpoint = other->endpoint;
    other->endpoint = out;
    return connection_open(w, w->endpoint->key, err);
}

/* Ask at any of its addresses: they serve the same. */
static bool ask_embedder(struct run *r, struct error *err)
{
    size_t others = r->embed.endpoints.count - 1;
    struct worker *w = &r->embedder[0];

    while (w->embedder->ops->preflight &&
           !w->embedder->ops->preflight(w->embedder, err)) {
        if (others == 0 || error_course(err->kind) != COURSE_RETRY)
            return false;
        notices_add(r->notices, "%s; another address is asked", err->text);
        if (!swap_addresses(w, &r->embedder[others--], err))
            return false;
    }
    return true;
}

static bool preflight_ask_store(struct run *r, struct error *err)
{
    struct store *s = r->upserter[0].store;

    return !s->ops->preflight || s->ops->preflight(s, err);
}

/* Nobody answered, or not as it should: say in the run's summary what to look
 * at, and in the error whose key it was. */
static void preflight_explain(struct run *r, const struct worker *w,
                              struct error *err)
{
    connection_first_aid(w, err, r->first_aid, sizeof r->first_aid);
    connection_name_key(w, err);
}

/* A budget needs a price; a model without one may be a mistyped name. */
static bool preflight_refuse_budget(const struct run *r,
                                    const struct embedder *e,
                                    struct error *err)
{
    char meant[NEAR_WORD_MAX + 24] = "";
    bool typed = options_given(r->opt, "budget");

    if (*e->meant)
        snprintf(meant, sizeof meant, "did you mean %s? Or ", e->meant);
    if (typed)
        return error_set(err, ERROR_CONFIG, 0,
                         "--budget: no price is known for %s; %ssay --price",
                         r->opt->embed, meant);
    return error_set(err, ERROR_CONFIG, 0,
                     "job %s has a budget of %g USD from an earlier run, and "
                     "no price is known for %s: %ssay --price N, or --budget 0 "
                     "for none",
                     r->job, r->opt->budget, r->opt->embed, meant);
}

static bool preflight_embedder(struct run *r, struct error *err)
{
    struct embedder *e = r->embed_ops->open(&r->embed_config, err);

    if (!e) {
        preflight_explain(r, &r->embedder[0], err);
        return providers_embed_error(r->opt, err);
    }
    r->embedder[0].embedder = e;
    if (r->opt->budget > 0 && e->ops->remote && r->opt->price <= 0 &&
        e->usd_per_mtok <= 0)
        return preflight_refuse_budget(r, e, err);
    if (!run_ask_patiently(r, ask_embedder, err)) {
        preflight_explain(r, &r->embedder[0], err);
        return providers_embed_error(r->opt, err);
    }
    e = r->embedder[0].embedder;
    if (e->dim == 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "--embed %s: the dimension is not known; say --dim",
                         r->opt->embed);
    if (r->ledger_dim && r->ledger_dim != e->dim)
        return error_set(err, ERROR_FOREIGN, 0,
                         "the checkpoint is for dimension %zu, now it is %zu; "
                         "--new-job starts afresh",
                         r->ledger_dim, e->dim);
    snprintf(r->model, sizeof r->model, "%s", e->identity ? e->identity : "");
    if (r->ledger_model[0] && strcmp(r->ledger_model, r->model) != 0)
        return error_set(err, ERROR_FOREIGN, 0,
                         "the files of --embed %s are not those the "
                         "checkpoint began with: vectors of two models do "
                         "not mix; --new-job starts afresh",
                         r->opt->embed);
    r->dim = e->dim;
    r->embed_config.own_dim = e->own_dim;
    vector_identity_say(r);
    r->max_texts = embedder_texts(e, r->opt->rpm);
    r->embed.counts_items = e->counts_texts;
    r->max_tokens = e->max_tokens;
    r->max_bytes = e->max_bytes;
    r->usd_per_mtok = r->opt->price > 0 ? r->opt->price : e->usd_per_mtok;
    count(&r->tally.tokens, e->first_tokens);
    purse_pay(&r->purse, (double)(r->totals_at_open.tokens + e->first_tokens) *
                             r->usd_per_mtok / 1e6);
    return true;
}

/* A reason that names no option yet gets that of the store; and who typed none
 * did not mean the one of an earlier run. */
static bool preflight_refuse_store(struct run *r, struct error *err)
{
    preflight_explain(r, &r->upserter[0], err);
    if (strncmp(err->text, "--", 2) == 0)
        return false;
    if (err->kind == ERROR_CONFIG && *r->opt->store &&
        !options_given(r->opt, "store"))
        return error_wrap(err, "--store of the last run of job %s (--new-job "
                               "begins without it, --job NAME is another "
                               "job)", r->job);
    return error_wrap(err, "--store");
}

static bool preflight_store(struct run *r, struct error *err)
{
    size_t request = (size_t)(r->opt->max_request_mb * 1e6 * 0.9);
    struct store *s;

    r->store_config.dim = r->dim;
    s = r->store_ops->open(r->store_ops, &r->store_config, err);
    r->upserter[0].store = s;
    r->store_made |= s && s->made;
    if (!s || !run_ask_patiently(r, preflight_ask_store, err))
        return preflight_refuse_store(r, err);
    if (s->note[0])
        notices_add(r->notices, "--store: %s", s->note);
    if (!vector_identity_keep(r, s, err))
        return false;
    r->store_count = s->limit_count;
    r->store_bytes = s->limit_bytes;
    if (s->ops->remote && (!r->store_bytes || request < r->store_bytes))
        r->store_bytes = request;
    r->store_good = s->good_count ? s->good_count : 100;
    if (counted(&r->upsert_batch) == 0)
        atomic_store(&r->upsert_batch, r->store_good);
    return store_rules_open(r, s, err);
}

/* A URL that is refused costs no request to the embedder. Opening a store that
 * is not a file asks nobody, and makes nothing. */
static bool preflight_store_url(struct run *r, struct error *err)
{
    struct store_config cfg = r->store_config;
    struct store *s;

    if (!r->store_ops->remote)
        return true;
    cfg.read_only = true;
    s = r->store_ops->open(r->store_ops, &cfg, err);
    if (!s)
        return preflight_refuse_store(r, err);
    s->ops->close(s);
    return true;
}

bool preflight(struct run *r, struct error *err)
{
    return preflight_store_url(r, err) && preflight_embedder(r, err) &&
           preflight_store(r, err);
}
