/* batchtop verify: does the store have what the ledger calls done? */
#include "config.h"
#include "cmd/cmd.h"

#include <stdlib.h>

#include "core/prepare.h"
#include "ledger/ledger.h"
#include "util/str.h"

enum { ASK = 500, SHOWN = 10 };

struct verifying {
    struct store *store;
    struct buf bytes;    /* ids of the present round, one behind another */
    size_t length[ASK];
    size_t count;
    uint64_t asked, missing, unaskable;
    bool failed;
    struct error err;
};

static void put_missing(struct verifying *v, struct text id)
{
    char shown[96];

    if (v->missing++ >= SHOWN)
        return;
    str_printable(shown, sizeof shown, id);
    printf("missing: %s\n", shown);
}

/* Stored, and yet the store cannot be asked for it. */
static void put_unaskable(struct verifying *v, struct text id)
{
    char shown[96];

    if (v->unaskable++ > 0)
        return;
    str_printable(shown, sizeof shown, id);
    printf("not asked for, %s cannot be: \"%s\" and any like it\n",
           v->store->ops->name, shown);
}

static bool ask(struct verifying *v)
{
    struct text ids[ASK];
    bool present[ASK];
    size_t at = 0;

    for (size_t i = 0; i < v->count; i++) {
        ids[i] = (struct text){ v->bytes.data + at, v->length[i] };
        at += v->length[i];
    }
    if (v->count && !v->store->ops->lookup(v->store, ids, v->count, present,
                                           &v->err)) {
        v->failed = true;
        return false;
    }
    for (size_t i = 0; i < v->count; i++)
        if (!present[i])
            put_missing(v, ids[i]);
    v->asked += v->count;
    v->count = 0;
    buf_clear(&v->bytes);
    return true;
}

static bool add_id(void *arg, struct text id)
{
    struct verifying *v = arg;
    const struct store_ops *ops = v->store->ops;

    if (ops->askable && !ops->askable(id)) {
        put_unaskable(v, id);
        return true;
    }
    buf_put(&v->bytes, id.ptr, id.len);
    v->length[v->count++] = id.len;
    return v->count < ASK || ask(v);
}

static bool open_store(struct verifying *v, const struct options *opt,
                       struct endpoints *e, struct error *err)
{
    const struct store_ops *ops;
    struct store_config cfg;
    char url[512], label[96];

    if (!prepare_store_url(opt, url, sizeof url, err) ||
        !prepare_store(opt, url, &ops, &cfg, e, err))
        return false;
    store_label(url, label, sizeof label);
    if (!ops->lookup)
        return error_set(err, ERROR_CONFIG, 0, "%s cannot be asked by id",
                         label);
    cfg.read_only = true;
    v->store = ops->open(&cfg, err);
    return v->store &&
           (!ops->preflight || ops->preflight(v->store, err));
}

static bool verify(struct verifying *v, const char *path, uint64_t sample,
                   struct error *err)
{
    struct ledger_view *view = ledger_view_open(path, err);
    bool fine = view && ledger_view_ids(view, sample, add_id, v, err);

    ledger_view_close(view);
    if (fine && !v->failed)
        ask(v);
    if (v->failed)
        *err = v->err;
    return fine && !v->failed;
}

static void say(const struct verifying *v)
{
    char asked[32], missing[32], unaskable[32];

    printf("asked for %s ids, %s missing",
           str_count(asked, sizeof asked, v->asked),
           str_count(missing, sizeof missing, v->missing));
    if (v->unaskable)
        printf(", %s not asked for",
               str_count(unaskable, sizeof unaskable, v->unaskable));
    printf("\n");
}

int cmd_verify(struct options *opt)
{
    struct verifying v = { .store = NULL };
    char path[1024];
    struct endpoints e = { .count = 0 };
    struct error err;
    bool fine;

    if (!cmd_find_job(opt, path, sizeof path, &err))
        return cmd_error(&err);
    buf_init(&v.bytes);
    fine = open_store(&v, opt, &e, &err) &&
           verify(&v, path, opt->sample, &err);
    if (v.store)
        v.store->ops->close(v.store);
    buf_release(&v.bytes);
    endpoints_release(&e);
    if (!fine)
        return cmd_error(&err);
    say(&v);
    return v.missing ? EXIT_SOME_FAILED : EXIT_STORED;
}
