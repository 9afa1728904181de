/* batchtop verify: check that the store has what the ledger calls done. */
#include "config.h"
#include "host/cmd.h"

#include <stdlib.h>

#include "engine/job/id_lookup.h"
#include "engine/job/providers.h"
#include "engine/job/stored_identity.h"
#include "ledger/ledger.h"
#include "util/json_write.h"
#include "util/str.h"

enum { SHOWN = 10 };

struct verifying {
    struct id_lookup ask;
    bool json;
    struct buf missing; /* with --json: the first ids, as a list's inside */
    struct json_writer list; /* of these */
};

static void put_missing(void *arg, struct text id)
{
    struct verifying *v = arg;
    char shown[96];

    if (v->ask.missing > SHOWN)
        return;
    if (v->json) {
        json_put_bytes(&v->list, NULL, id);
        return;
    }
    str_printable(shown, sizeof shown, id);
    printf("missing: %s\n", shown);
}

/* It is stored, but we cannot ask the store for it. */
static void put_unaskable(void *arg, struct text id)
{
    struct verifying *v = arg;
    char shown[96];

    if (v->ask.unaskable > 1 || v->json)
        return;
    str_printable(shown, sizeof shown, id);
    printf("not asked for, %s cannot be: \"%s\" and any like it\n",
           v->ask.store->ops->name, shown);
}

/* A store with the job's ids and vectors of another embedder has not what the
 * ledger calls done. One that does not say what made them passes. */
static bool verify_identity(struct store *s, const char *path,
                            const char *label, struct error *err)
{
    struct stored_identity has = { .embed = NULL }, done = { .embed = NULL };
    struct ledger_view *view = ledger_view_open(path, err);
    struct error ignored;
    bool fine = view;

    if (view) {
        stored_identity_in_ledger(&done, view);
        if (done.embed && stored_identity_in_store(&has, s, &ignored))
            fine = stored_identity_is_of(&has, label, done.embed, err) ||
                   stored_identity_store_is_empty(s);
    }
    ledger_view_close(view);
    stored_identity_release(&has);
    stored_identity_release(&done);
    return fine;
}

static bool verify_open_store(struct id_lookup *q, const char *path,
                              const struct options *opt, struct endpoints *e,
                              struct error *err)
{
    const struct store_ops *ops;
    struct store_config cfg;
    char url[512], label[96];

    if (!providers_store_url(opt, url, sizeof url, err) ||
        !providers_store(opt, url, &ops, &cfg, e, err))
        return false;
    store_label(url, label, sizeof label);
    if (!ops->lookup)
        return error_set(err, ERROR_CONFIG, 0, "%s cannot be asked by id",
                         label);
    cfg.read_only = true;
    q->store = ops->open(ops, &cfg, err);
    return q->store &&
           (!ops->preflight || ops->preflight(q->store, err)) &&
           verify_identity(q->store, path, label, err);
}

static bool verify_ids(struct id_lookup *q, const char *path, uint64_t sample,
                       struct error *err)
{
    struct ledger_view *view = ledger_view_open(path, err);
    bool fine = view && ledger_view_ids(view, sample, id_lookup_add, q, err);

    ledger_view_close(view);
    return fine && id_lookup_end(q, err);
}

static void verify_put_counts(const struct id_lookup *q)
{
    char asked[32], missing[32], unaskable[32];

    printf("asked for %s ids, %s missing",
           str_count(asked, sizeof asked, q->asked),
           str_count(missing, sizeof missing, q->missing));
    if (q->unaskable)
        printf(", %s not asked for",
               str_count(unaskable, sizeof unaskable, q->unaskable));
    printf("\n");
}

/* The ledger calls them done, so only a new job sends them again. */
static void verify_say_next(const struct options *opt)
{
    printf("next: the corpus again with --new-job sends all of job %s anew\n",
           opt->job);
}

/* {"asked":5,"missing":1,"not_asked":0,"missing_ids":["a"]}: the first ten */
static void say_json(struct verifying *v)
{
    struct buf b = { 0 };
    struct json_writer w = { .to = &b };

    json_open(&w, NULL, '{');
    json_put_u64(&w, "asked", v->ask.asked);
    json_put_u64(&w, "missing", v->ask.missing);
    json_put_u64(&w, "not_asked", v->ask.unaskable);
    json_open(&w, "missing_ids", '[');
    json_put_raw(&w, NULL, buf_cstr(&v->missing));
    json_close(&w, ']');
    json_end_line(&w, stdout);
}

int cmd_verify(struct options *opt)
{
    struct verifying v = { .ask = { .tell_missing = put_missing,
                                    .tell_unaskable = put_unaskable,
                                    .arg = &v },
                           .json = opt->json, .list = { .to = &v.missing } };
    struct id_lookup *q = &v.ask;
    char path[1200];
    struct endpoints e = { .count = 0 };
    struct error err;
    bool fine;

    if (!cmd_find_job(opt, path, sizeof path, &err))
        return cmd_refuse(opt, &err);
    fine = verify_open_store(q, path, opt, &e, &err) &&
           verify_ids(q, path, opt->sample, &err);
    if (q->store)
        q->store->ops->close(q->store);
    id_lookup_release(q);
    endpoints_release(&e);
    if (fine && v.json)
        say_json(&v);
    else if (fine)
        verify_put_counts(q);
    if (fine && !v.json && q->missing)
        verify_say_next(opt);
    buf_release(&v.missing);
    if (!fine)
        return cmd_refuse(opt, &err);
    return q->missing ? EXIT_SOME_FAILED : EXIT_STORED;
}
