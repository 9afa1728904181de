/* This file compares the archived ledger with the command line: first the
 * settings, then the files. Only if all are equal does the line ask for what is
 * done already. */
#include "config.h"
#include "engine/job/finished.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/former.h"
#include "engine/job/corpus_known.h"
#include "engine/job/job_identity.h"
#include "engine/job/providers.h"

static bool finished_has_value(struct ledger_view *v, const char *key,
                               const char *value)
{
    char *was = ledger_view_get(v, key);
    bool same = was && strcmp(was, value) == 0;

    free(was);
    return same;
}

/* The vectors depend on files that have changed. Opening uses no network, and
 * only embedders with such files left their identity in the ledger. */
static bool model_differs(struct run *r, struct ledger_view *v, bool *differs,
                          struct error *err)
{
    char *was = ledger_view_get(v, "model");
    struct embedder *e = NULL;
    bool fine = true;

    *differs = false;
    if (was) {
        e = r->embed_ops->open(&r->embed_config, err);
        fine = e || providers_embed_error(r->opt, err);
    }
    if (e) {
        *differs = !e->identity || strcmp(was, e->identity) != 0;
        e->ops->close(e);
    }
    free(was);
    return fine;
}

/* Only a phrase that the caller gives can differ from the job's. */
static bool phrase_differs(const struct run *r, struct ledger_view *v,
                           enum phrase which)
{
    const char *given = phrase_given(r->opt, which);
    char key[48], *was;
    bool differs;

    if (!given)
        return false;
    snprintf(key, sizeof key, "identity.%s", phrase_name(which));
    was = ledger_view_get(v, key);
    differs = strcmp(given, was ? was
                                : phrasing_before(&r->phrasing, which)) != 0;
    free(was);
    return differs;
}

/* Another store, embedder, model, dimension or field than the ledger's. */
static bool finished_goal_differs(struct run *r, struct ledger_view *v,
                                  bool *differs, struct error *err)
{
    struct ledger_field field[IDENTITY_FIELDS];
    char key[80], dim[24], *store = ledger_view_get(v, "identity.store");
    struct job_identity_was was = { store, former_is_hash(v) };
    struct buf texts;
    bool same = true;

    buf_init(&texts);
    job_identity(r, &was, &texts, field);
    for (size_t i = 0; i < IDENTITY_PLAIN; i++) {
        snprintf(key, sizeof key, "identity.%s", field[i].name);
        same &= finished_has_value(v, key, field[i].value);
    }
    buf_release(&texts);
    free(store);
    for (int i = 0; i < PHRASES; i++)
        same &= !phrase_differs(r, v, (enum phrase)i);
    snprintf(dim, sizeof dim, "%llu", (unsigned long long)r->opt->dim);
    *differs = !same || (r->opt->dim && !finished_has_value(v, "dim", dim));
    return *differs || model_differs(r, v, differs, err);
}

/* A pipe's contents now are what the user wants; what came out of it before
 * does not matter. Only if nothing comes, the user wants nothing. */
static bool same_file(struct run *r, struct ledger_view *v, size_t i,
                      bool *same, bool *flows, struct error *err)
{
    struct corpus *c = &r->corpus[i];
    struct corpus_known k;
    char key[CORPUS_KNOWN_KEY], *text;

    if (!ledger_view_source(v, i, &k.row, err))
        return false;
    free(k.row.path);
    text = ledger_view_get(v, corpus_known_key(i, key));
    corpus_known_read(text, &k);
    free(text);
    if (k.row.print.seekable && c->fingerprint.seekable)
        *same = corpus_compare(r, i, &k) == CORPUS_SAME;
    else
        *flows = !c->source || !source_is_dry(c->source);
    return true;
}

/* *flows: something comes out of a pipe among them. */
static bool same_corpus(struct run *r, struct ledger_view *v, bool *same,
                        bool *flows, struct error *err)
{
    size_t known = ledger_view_source_count(v);

    *same = known == r->corpus_count;
    *flows = false;
    for (size_t i = 0; i < r->corpus_count && !*same; i++)
        *flows |= !r->corpus[i].fingerprint.seekable;
    for (size_t i = 0; i < known && *same && !*flows; i++)
        if (!same_file(r, v, i, same, flows, err))
            return false;
    return true;
}

enum finished finished_compare(struct run *r, const char *path,
                               struct error *err)
{
    struct ledger_view *v = ledger_view_open(path, err);
    bool fine, differs, finished, same, flows;

    if (!v)
        return FINISHED_ERROR;
    fine = finished_goal_differs(r, v, &differs, err) &&
           ledger_view_finished(v, &finished, err) &&
           same_corpus(r, v, &same, &flows, err);
    ledger_view_close(v);
    if (!fine)
        return FINISHED_ERROR;
    if (differs)
        return FINISHED_OTHER;
    if (!finished)
        return FINISHED_NEVER;
    if (flows)
        return FINISHED_OTHER;
    return same ? FINISHED_SAME : FINISHED_GROWN;
}
