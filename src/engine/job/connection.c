/* This file opens and closes a worker's own instance of its provider, and opens
 * it again after a key was read again. */
#include "config.h"
#include "engine/job/connection.h"

#include <stdio.h>

#include "engine/job/credentials.h"

bool connection_open(struct worker *w, const char *key, struct error *err)
{
    struct run *r = w->stage->run;
    struct embedder_config embed = r->embed_config;
    struct store_config store = r->store_config;

    embed.url = w->endpoint->url;
    embed.key = store.key = key;
    if (w->stage == &r->embed)
        w->embedder = r->embed_ops->open(&embed, err);
    else
        w->store = r->store_ops->open(r->store_ops, &store, err);
    if (w->embedder && r->dim)
        w->embedder->dim = r->dim;
    if (w->store && r->store_rules && r->store_ops->follow)
        r->store_ops->follow(w->store, r->store_rules);
    return w->embedder || w->store;
}

void connection_close(struct worker *w)
{
    if (w->embedder)
        w->embedder->ops->close(w->embedder);
    if (w->store)
        w->store->ops->close(w->store);
    w->embedder = NULL;
    w->store = NULL;
}

bool connection_reload_key(struct worker *w)
{
    struct run *r = w->stage->run;
    uint64_t epoch = counted(&w->stage->key_epoch);
    bool embeds = w->stage == &r->embed, fine;
    size_t i = (size_t)(w->endpoint - w->stage->endpoints.at);
    char *key = NULL;
    struct error err;

    if (w->key_epoch == epoch)
        return true;
    fine = embeds ? credentials_embedder(r->opt, r->embed_ops, i, &key, &err)
                  : credentials_store(r->opt, r->store_ops, &key, &err);
    if (fine) {
        connection_close(w);
        fine = connection_open(w, key, &err);
    }
    endpoint_wipe(key);
    if (fine)
        w->key_epoch = epoch;
    else
        control_hold(r->control, w->stage->hold_cause, err.text,
                     r->attended ? "mend it, then p resumes"
                                 : "mend it and run the same line");
    return fine;
}

static const char *key_variable(const struct run *r, const struct stage *stage,
                                const struct endpoint *e)
{
    if (stage == &r->upsert)
        return credentials_store_variable(r->opt, r->store_ops);
    return credentials_embedder_variable(r->opt, r->embed_ops,
                                         (size_t)(e - stage->endpoints.at));
}

void connection_key_remedy(const struct worker *w, char *to, size_t size)
{
    const struct run *r = w->stage->run;
    bool sent = w->endpoint->key != NULL;
    const char *env = key_variable(r, w->stage, w->endpoint);

    if (!*env)
        snprintf(to, size, "mend the key%s",
                 r->attended ? ", then p resumes" : " and run the same line");
    else if (r->attended)
        snprintf(to, size, "quit, export %s%s, and the same line resumes", env,
                 sent ? "" : " (no key was sent)");
    else
        snprintf(to, size, "export %s%s and run the same line", env,
                 sent ? "" : " (no key was sent)");
}

void connection_name_key(const struct stage *stage, struct error *err)
{
    const struct endpoint *first = &stage->endpoints.at[0];
    const char *env = key_variable(stage->run, stage, first);

    if (err->kind == ERROR_AUTH && !first->key && *env)
        error_wrap(err, "no key was sent, for %s is not set", env);
}
