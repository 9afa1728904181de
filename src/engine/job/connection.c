/* This file opens and closes a worker's own instance of its provider, opens it
 * again after a key was read again, and says what to mend where that fails. */
#include "config.h"
#include "engine/job/connection.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/job/credentials.h"
#include "util/str.h"

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

static size_t connection_index(const struct worker *w)
{
    return (size_t)(w->endpoint - w->stage->endpoints.at);
}

bool connection_reload_key(struct worker *w)
{
    struct run *r = w->stage->run;
    uint64_t epoch = counted(&w->stage->key_epoch);
    bool embeds = w->stage == &r->embed, fine;
    size_t i = connection_index(w);
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

static const char *key_variable(const struct worker *w)
{
    const struct run *r = w->stage->run;

    if (w->stage == &r->upsert)
        return credentials_store_variable(r->opt, r->store_ops);
    return credentials_embedder_variable(r->opt, r->embed_ops,
                                         connection_index(w));
}

/* Where the key came from; "": from nowhere, or its name may be the key. */
static void connection_key_source(const struct worker *w, char *to, size_t size)
{
    const struct run *r = w->stage->run;
    const char *env = key_variable(w), *file;
    const struct option_list *files = &r->opt->embed_key_file;

    file = w->stage == &r->upsert ? r->opt->store_key_file
           : files->count
               ? files->item[connection_index(w) % files->count]
               : "";
    if (*file)
        str_printable(to, size, text_of(file));
    else
        snprintf(to, size, "%s", env);
}

void connection_key_remedy(const struct worker *w, char *to, size_t size)
{
    const struct run *r = w->stage->run;
    bool sent = w->endpoint->key != NULL;
    const char *env = key_variable(w);
    char source[160];

    connection_key_source(w, source, sizeof source);
    if (!*env)
        snprintf(to, size, "mend the key%s%.80s%s", *source ? " in " : "",
                 source,
                 r->attended ? ", then p resumes" : " and run the same line");
    else if (r->attended)
        snprintf(to, size, "quit, export %s%s, and the same line resumes", env,
                 sent ? "" : " (no key was sent)");
    else
        snprintf(to, size, "export %s%s and run the same line", env,
                 sent ? "" : " (no key was sent)");
}

void connection_name_key(const struct worker *w, struct error *err)
{
    char source[160];

    connection_key_source(w, source, sizeof source);
    if (err->kind != ERROR_AUTH || !*source)
        return;
    if (w->endpoint->key)
        error_wrap(err, "the key was that of %s", source);
    else
        error_wrap(err, "no key was sent, for %s is not set", source);
}

/* The address as it was typed; "" where it may hold a secret, or where there is
 * none or several. */
static const char *connection_address(const struct worker *w)
{
    const struct options *opt = w->stage->run->opt;
    const char *at = w->stage == &w->stage->run->upsert ? opt->store
                     : opt->embed_url.count == 1 ? opt->embed_url.item[0]
                                                 : "";

    return strpbrk(at, "@?") ? "" : at;
}

static void connection_mend_address(const struct worker *w,
                                    enum error_kind kind, char *to,
                                    size_t size)
{
    const struct run *r = w->stage->run;
    const char *at = connection_address(w);
    bool embeds = w->stage == &r->embed;
    char shown[200];

    str_printable(shown, sizeof shown, text_of(at));
    snprintf(to, size, "%s the %s, or mend %s%s%s%s",
             kind == ERROR_TIMEOUT ? "look at" : "start", embeds ? "embedder" : "store", embeds ? "--embed-url" : "--store",
             *at ? " (" : "", shown, *at ? " is where it was asked)" : "");
}

static void connection_mend_command(const struct worker *w, char *to,
                                    size_t size)
{
    char here[512], shown[200];

    str_printable(shown, sizeof shown,
                  text_of(getcwd(here, sizeof here) ? here : "here"));
    snprintf(to, size, "mend the command of %s (it was run in %s)",
             w->stage == &w->stage->run->embed ? "--embed" : "--store", shown);
}

static void connection_mend_key(const struct worker *w, char *to, size_t size)
{
    const char *word = w->stage == &w->stage->run->embed ? "embed" : "store";
    char source[160];

    connection_key_source(w, source, sizeof source);
    snprintf(to, size, "%s%s, or name another with --%s-key-env or --%s-key-file",
             *source ? "put the right key into " : "give a key", source, word,
             word);
}

void connection_first_aid(const struct worker *w, const struct error *err,
                          char *to, size_t size)
{
    const struct run *r = w->stage->run;
    bool embeds = w->stage == &r->embed;
    const char *name = embeds ? r->embed_ops->name : r->store_ops->name;

    to[0] = '\0';
    if (strcmp(name, "exec") == 0)
        connection_mend_command(w, to, size);
    else if (err->kind == ERROR_AUTH)
        connection_mend_key(w, to, size);
    else if ((err->kind == ERROR_NETWORK || err->kind == ERROR_TIMEOUT) &&
             (embeds ? r->embed_ops->remote : r->store_ops->remote))
        connection_mend_address(w, err->kind, to, size);
}
