/* This file finds out how vectors were made, from the store itself, else from
 * the ledger of a job with that store. It applies that to the options of a
 * search, and refuses options that contradict it. */
#include "config.h"
#include "cmd/asks.h"

#include <stdlib.h>

#include "host/job_place.h"
#include "util/str.h"

/* --- who knows ------------------------------------------------------------ */

static bool read_ledger(struct stored_identity *k, const char *path,
                        struct error *err)
{
    struct ledger_view *v = ledger_view_open(path, err);

    if (!v)
        return false;
    stored_identity_in_ledger(k, v);
    ledger_view_close(v);
    return true;
}

struct jobs {
    const char *place;
    char path[512]; /* the ledger of a job with that store; "" */
};

static bool asks_note_job(void *arg, const struct ledger_entry *e)
{
    struct jobs *jobs = arg;
    struct error ignored;
    struct ledger_view *v = ledger_view_open(e->path, &ignored);
    char *store = v ? ledger_view_get(v, "identity.store") : NULL;
    struct buf place = { 0 };

    if (store)
        store_place(store, &place);
    if (store && strcmp(buf_cstr(&place), jobs->place) == 0)
        snprintf(jobs->path, sizeof jobs->path, "%s", e->path);
    buf_release(&place);
    free(store);
    ledger_view_close(v);
    return true;
}

bool asks_find(struct stored_identity *k, struct store *s, const char *url,
               const char *path, const struct options *opt, struct error *err)
{
    struct error ignored;
    struct buf place = { 0 };
    struct jobs jobs = { .path = "" };

    if (!stored_identity_in_store(k, s, err))
        return false;
    if (k->embed)
        return true;
    store_place(url, &place);
    jobs.place = buf_cstr(&place);
    if (!path &&
        job_place_each(opt, asks_note_job, &jobs, &ignored))
        path = jobs.path;
    if (path && *path)
        read_ledger(k, path, &ignored);
    buf_release(&place);
    return true;
}

/* --- what it comes to ----------------------------------------------------- */

static bool asks_refuse_other(const char *option, const char *now,
                              const char *place, const char *then,
                              struct error *err)
{
    char is[64], was[64];

    str_printable(is, sizeof is, text_of(now));
    str_printable(was, sizeof was, text_of(then));
    return error_set(err, ERROR_CONFIG, 0,
                     "--%s \"%s\", but the vectors in %s were made with "
                     "\"%s\": leave it out",
                     option, is, place, was);
}

bool asks_fill_options(struct options *opt, const struct stored_identity *k,
                       const char *place, struct error *err)
{
    char was[24], is[24];

    if (!k->embed)
        return true;
    if (options_given(opt, "embed")) {
        if (strcmp(opt->embed, k->embed) != 0)
            return asks_refuse_other("embed", opt->embed, place, k->embed, err);
    } else {
        free(opt->embed);
        opt->embed = strdup(k->embed);
        if (!opt->embed)
            return error_memory(err, "for a name");
    }
    if (k->own_url && opt->embed_url.count == 0)
        return error_set(err, ERROR_CONFIG, 0,
                         "the vectors in %s were made with an --embed-url, "
                         "which is not kept with them: give it, for the query "
                         "goes nowhere else",
                         place);
    if (!options_given(opt, "dim")) {
        if (k->asked)
            opt->dim = k->asked_dim;
    } else if (k->dim && opt->dim && opt->dim != k->dim) {
        snprintf(is, sizeof is, "%llu", (unsigned long long)opt->dim);
        snprintf(was, sizeof was, "%zu", k->dim);
        return asks_refuse_other("dim", is, place, was, err);
    }
    return true;
}

static bool asks_settle_phrase(struct phrasing *p, const struct options *opt,
                               const struct stored_identity *k,
                               enum phrase which, const char *place,
                               struct error *err)
{
    const char *given = phrase_given(opt, which);
    const char *was = k->phrase[which] ? k->phrase[which]
                                       : phrasing_before(p, which);

    if (!given)
        return phrasing_set(p, which, was, err);
    return !k->phrase[which] || strcmp(given, was) == 0 ||
           asks_refuse_other(phrase_name(which), given, place, was, err);
}

bool asks_phrasing(struct phrasing *p, const struct options *opt,
                   const struct embedder_ops *ops,
                   const struct stored_identity *k, const char *place,
                   struct error *err)
{
    if (!phrasing_make(p, opt, ops, err))
        return false;
    for (int i = 0; k->embed && i < PHRASES; i++)
        if (!asks_settle_phrase(p, opt, k, (enum phrase)i, place, err))
            return false;
    return true;
}
