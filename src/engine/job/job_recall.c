/* This file reads what the ledger keeps of a job under its keys. If an old
 * ledger does not know a phrase yet, it writes down what that job used. */
#include "config.h"
#include "engine/job/job_recall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool job_recall(struct options *opt, const char *path, struct error *err)
{
    struct ledger_view *v = ledger_view_open(path, err);
    char *json;
    bool fine;

    if (!v)
        return false;
    json = ledger_view_get(v, "options");
    fine = !json || options_from_json(opt, json, err);
    free(json);
    ledger_view_close(v);
    return fine;
}

/* A phrase that the caller does not give is as the job began. If an older
 * ledger lacks one for documents, write it down as it was. */
static bool recall_phrase(struct run *r, enum phrase which, struct error *err)
{
    char key[48], *was;
    bool fine = true;

    snprintf(key, sizeof key, "identity.%s", phrase_name(which));
    was = ledger_get(r->ledger, key);
    if (!was) {
        was = strdup(phrasing_before(&r->phrasing, which));
        fine = was && (which >= PHRASE_OF_QUERIES ||
                       ledger_set(r->ledger, key, was, err));
    }
    fine = fine && (phrase_given(r->opt, which) ||
                    phrasing_set(&r->phrasing, which, was, err));
    if (!was)
        error_memory(err, "for a prefix");
    free(was);
    return fine;
}

bool job_recall_phrasing(struct run *r, struct error *err)
{
    char *embed = ledger_get(r->ledger, "identity.embed");
    bool fine = true;

    for (int i = 0; embed && fine && i < PHRASES; i++)
        fine = recall_phrase(r, (enum phrase)i, err);
    free(embed);
    return fine;
}

const char *job_endpoint(const struct run *r, const struct stage *stage)
{
    const struct option_list *urls = &r->opt->embed_url;

    if (stage == &r->upsert)
        return r->store_url;
    return urls->count ? urls->item[0] : r->opt->embed;
}

/* The ceilings that an earlier run learned for the same endpoints. */
static void recall_ceiling(struct run *r, struct stage *stage)
{
    char *text = ledger_get(r->ledger, stage->ceiling_key);

    if (text && ceiling_read(&stage->ceiling, job_endpoint(r, stage), text))
        snprintf(stage->ceiling_known, sizeof stage->ceiling_known, "%s", text);
    free(text);
}

/* The requests in flight that an earlier run found best for them. */
static void recall_knee(struct run *r, struct stage *stage)
{
    char *text = ledger_get(r->ledger, stage->knee_key);

    if (text && seek_knee_read(&stage->knee, job_endpoint(r, stage), text))
        snprintf(stage->knee_known, sizeof stage->knee_known, "%s", text);
    free(text);
}

void job_recall_learned(struct run *r)
{
    char *dim = ledger_get(r->ledger, "dim");
    char *model = ledger_get(r->ledger, "model");

    if (dim)
        r->ledger_dim = strtoul(dim, NULL, 10);
    if (model)
        snprintf(r->ledger_model, sizeof r->ledger_model, "%s", model);
    free(dim);
    free(model);
    recall_ceiling(r, &r->embed);
    recall_ceiling(r, &r->upsert);
    recall_knee(r, &r->embed);
    recall_knee(r, &r->upsert);
}
