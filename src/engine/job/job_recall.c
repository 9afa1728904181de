/* This file reads what the ledger keeps of a job under its keys. If an old
 * ledger does not know a phrase yet, it writes down what that job used. */
#include "config.h"
#include "engine/job/job_recall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/former.h"

bool job_recall(struct options *opt, const char *path, struct error *err)
{
    struct ledger_view *v = ledger_view_open(path, err);
    char *json;
    bool fine;

    if (!v)
        return false;
    json = ledger_view_get(v, "options");
    fine = (!json || options_from_json(opt, json, err)) &&
           former_keep(opt, v, err);
    free(json);
    ledger_view_close(v);
    return fine;
}

bool job_check_begun(const char *path, struct error *err)
{
    struct ledger_view *v = ledger_view_open(path, err);
    bool begun = v && ledger_view_source_count(v) > 0;

    if (v && !begun)
        error_set(err, ERROR_CONFIG, 0,
                  "%.160s says nothing of its job yet, which has only begun: "
                  "try again",
                  path);
    ledger_view_close(v);
    return begun;
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

/* --- what other jobs found ------------------------------------------------ */

enum { OTHERS = 8, NAME_END = sizeof "_YYYYmmdd_HHMMSS.ledger" - 1 };

/* The newest finished jobs of the folder, the newest first. */
struct others {
    char path[OTHERS][512];
    size_t count;
};

/* The time in the name of a finished job, which sorts as text. */
static const char *others_end(const char *path)
{
    size_t n = strlen(path);

    return n > NAME_END ? path + n - NAME_END : path;
}

static bool others_note(void *arg, const struct ledger_entry *e)
{
    struct others *o = arg;
    size_t at = o->count;

    if (!e->archived)
        return true;
    while (at > 0 &&
           strcmp(others_end(o->path[at - 1]), others_end(e->path)) < 0)
        at--;
    if (at == OTHERS)
        return true;
    o->count += o->count < OTHERS;
    memmove(o->path[at + 1], o->path[at],
            (o->count - at - 1) * sizeof o->path[0]);
    memcpy(o->path[at], e->path, sizeof e->path);
    return true;
}

static bool others_owe(const struct stage *stage)
{
    return stage->crew.sought && stage->knee.width == 0;
}

static void others_ask(struct run *r, struct stage *stage,
                       struct ledger_view *v)
{
    char *text = others_owe(stage) ? ledger_view_get(v, stage->knee_key) : NULL;

    if (text)
        seek_knee_read(&stage->knee, job_endpoint(r, stage), text);
    free(text);
}

/* A new job at a service that another one used begins where that ended. */
static void recall_knees_of_others(struct run *r)
{
    struct others *o = calloc(1, sizeof *o);
    struct error ignored;

    if (o && !ledger_list(r->dir, others_note, o, &ignored))
        o->count = 0;
    for (size_t i = 0; o && i < o->count; i++) {
        struct ledger_view *v = others_owe(&r->embed) || others_owe(&r->upsert)
                                    ? ledger_view_open(o->path[i], &ignored)
                                    : NULL;

        if (!v)
            continue;
        others_ask(r, &r->embed, v);
        others_ask(r, &r->upsert, v);
        ledger_view_close(v);
    }
    free(o);
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
    if (others_owe(&r->embed) || others_owe(&r->upsert))
        recall_knees_of_others(r);
}
