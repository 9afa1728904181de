/* This file sees from the ledger's totals whether anything was ever sent. If
 * not, the ledger restarts with the new settings, or gives way to a finished
 * one of the same name. */
#include "config.h"
#include "engine/job/unsent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/job/corpus_name.h"
#include "engine/job/finished.h"

static bool sent_none(const struct ledger_totals *t)
{
    return t->stored + t->skipped + t->superseded + t->requests == 0 &&
           t->produced == t->rejected + t->failed;
}

/* We write "dim" before we send anything, so that a kill cannot look like
 * this. */
static enum unsent unsent_classify(struct ledger_view *v)
{
    char *dim = ledger_view_get(v, "dim");
    char *done = ledger_view_get(v, "ledger.done");
    struct ledger_totals t;
    struct error ignored;
    bool none = (!done || strcmp(done, "0") == 0) &&
                ledger_view_totals(v, &t, &ignored) && sent_none(&t) &&
                (!dim || t.produced > 0);

    free(dim);
    free(done);
    return !none                               ? UNSENT_NOT
           : t.rejected > 0 && t.failed == 0 ? UNSENT_REJECTED
                                               : UNSENT_NOTHING;
}

enum unsent unsent_of(const char *ledger)
{
    struct error ignored;
    struct ledger_view *v = ledger_view_open(ledger, &ignored);
    enum unsent what = v ? unsent_classify(v) : UNSENT_NOT;

    ledger_view_close(v);
    return what;
}

static bool unsent_recall_options(struct options *opt, const char *path,
                                  struct error *err)
{
    struct ledger_view *v = ledger_view_open(path, err);
    char *json = v ? ledger_view_get(v, "options") : NULL;
    bool fine = v && (!json || options_from_json_afresh(opt, json, err));

    free(json);
    ledger_view_close(v);
    return fine;
}

/* Leave a running job alone: the run will say so. */
static bool unsent_restart_ledger(const char *dir, const char *job)
{
    enum ledger_state state;
    struct error ignored;
    struct ledger *l = ledger_open(dir, job, &state, &ignored);
    bool fine = l && ledger_restart(l, &ignored);

    ledger_close(l);
    return fine;
}

bool unsent_recall(struct options *opt, const char *job, const char *path,
                   bool *anew, struct error *err)
{
    if (!unsent_recall_options(opt, path, err))
        return false;
    *anew = unsent_restart_ledger(opt->checkpoint_dir, job);
    return true;
}

bool unsent_resume(const struct options *opt, const char *job,
                   const char *path)
{
    for (size_t i = 0; i < opt->corpus.count; i++)
        if (corpus_is_stream(opt->corpus.item[i]))
            return false;
    return unsent_of(path) == UNSENT_REJECTED &&
           unsent_restart_ledger(opt->checkpoint_dir, job);
}

bool unsent_gives_way(struct run *r, char *path, size_t size)
{
    char old[sizeof r->dir + 96];
    enum ledger_state state;
    struct error ignored;
    enum finished is;
    struct ledger *l;

    if (unsent_of(path) == UNSENT_NOT ||
        !ledger_find_archived(r->dir, r->job, old, sizeof old) ||
        finished_compare(r, path, &ignored) != FINISHED_OTHER)
        return false;
    is = finished_compare(r, old, &ignored);
    l = is == FINISHED_SAME || is == FINISHED_GROWN
            ? ledger_open(r->dir, r->job, &state, &ignored)
            : NULL;
    if (!l)
        return false;
    ledger_discard(l);
    snprintf(path, size, "%s", old);
    return true;
}
