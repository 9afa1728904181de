/* This file finds embedder and store by the options, with their endpoints and
 * keys. It refuses a command from a job's memory unless the user typed it. */
#include "config.h"
#include "engine/job/providers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/job/corpus_name.h"
#include "engine/job/credentials.h"
#include "util/words/near.h"
#include "options/shell.h"
#include "util/str.h"

enum { NEAR_FORM = 64 };

/* Check it at the start, even if no connection will need it. */
static bool check_cacert(const char *path, struct error *err)
{
    char shown[160];

    if (!*path || access(path, R_OK) == 0)
        return true;
    str_printable(shown, sizeof shown, text_of(path));
    error_errno(err, errno, "--cacert %s", shown);
    err->kind = ERROR_CONFIG;
    return false;
}

/* As many endpoints as there are URLs or keys; shorter lists go in turn. */
static bool find_endpoints(const struct options *opt,
                           const struct embedder_ops *ops,
                           struct endpoints *e, struct error *err)
{
    const size_t counts[] = { opt->embed_url.count, opt->embed_key_env.count,
                              opt->embed_key_file.count };
    size_t n = 1;

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        n = counts[i] > n ? counts[i] : n;
    for (*e = (struct endpoints){ .count = 0 }; e->count < n;) {
        struct endpoint *x = &e->at[e->count];

        x->url = opt->embed_url.count
                     ? opt->embed_url.item[e->count % opt->embed_url.count]
                     : NULL;
        if (!credentials_embedder(opt, ops, e->count++, &x->key, err))
            return false;
    }
    return true;
}

/*
 * We run a command only if the user typed it this time, not because a file has
 * it. options_json.c refuses it in the configuration file; the job's ledger may
 * have come with the corpus, from anywhere.
 */
static bool check_typed(const struct options *opt, const char *option,
                        const char *value, struct error *err)
{
    struct buf word;

    if (strncmp(value, "exec:", 5) != 0 || options_given(opt, option))
        return true;
    buf_init(&word);
    shell_quote(value, &word);
    error_set(err, ERROR_CONFIG, 0,
              "the job runs a command, and only one that is typed is run: add "
              "--%s %s",
              option, buf_cstr(&word));
    buf_release(&word);
    return false;
}

bool providers_embedder(const struct options *opt,
                        const struct embedder_ops **ops,
                        struct embedder_config *cfg, struct endpoints *e,
                        struct error *err)
{
    const char *colon = strchr(opt->embed, ':');
    size_t len = colon ? (size_t)(colon - opt->embed) : strlen(opt->embed);
    char shown[48];
    struct near near;

    *ops = embedder_find((struct text){ opt->embed, len });
    if (!*ops) {
        str_printable(shown, sizeof shown, (struct text){ opt->embed, len });
        near_begin(&near, shown);
        for (size_t i = 0; embedder_at(i); i++)
            near_look(&near, embedder_at(i)->name);
        if (*near.best || colon)
            return error_set(err, ERROR_CONFIG, 0,
                             "--embed: there is no provider \"%s\"%s%s%s "
                             "batchtop --help lists them",
                             shown, *near.best ? ": did you mean " : "",
                             near.best, *near.best ? "?" : ";");
        return error_set(err, ERROR_CONFIG, 0,
                         "--embed: there is no provider \"%s\"; for a model "
                         "of that name write PROVIDER:%s, such as openai:%s "
                         "(batchtop --help lists providers)",
                         shown, shown, shown);
    }
    if (!check_typed(opt, "embed", opt->embed, err))
        return false;
    if (!check_cacert(opt->cacert, err) || !find_endpoints(opt, *ops, e, err))
        return false;
    *cfg = (struct embedder_config){
        .model = colon ? colon + 1 : "",
        .url = e->at[0].url,
        .key = e->at[0].key,
        .key_env = opt->embed_key_env.count ? opt->embed_key_env.item[0]
                                            : NULL,
        .other_key_env = *opt->store_key_env ? opt->store_key_env : NULL,
        .dim = (size_t)opt->dim,
        .stop_fd = -1,
        .timeout_ms = (int64_t)opt->timeout * 1000,
        .cacert = *opt->cacert ? opt->cacert : NULL,
        .allow_cleartext = opt->allow_cleartext,
    };
    return true;
}

/* The form of the URL that was probably meant, by the word that it begins with:
 * the summary of a store begins with it. "": none is near. */
static void providers_near_store(const char *url, char to[NEAR_FORM])
{
    char word[NEAR_WORD_MAX];
    const char *form = "";
    struct near near;

    snprintf(word, sizeof word, "%.*s", (int)strcspn(url, ":+"), url);
    if (strcmp(word, "http") == 0 || strcmp(word, "https") == 0) {
        snprintf(to, NEAR_FORM, "qdrant+%s://HOST:PORT/COLLECTION", word);
        return;
    }
    near_begin(&near, word);
    for (size_t i = 0; store_at(i); i++) {
        size_t before = near.distance;

        near_look(&near, store_at(i)->name);
        form = near.distance < before ? store_at(i)->summary : form;
    }
    snprintf(to, NEAR_FORM, "%.*s", (int)strcspn(form, " ,;"), form);
}

bool providers_store(const struct options *opt, const char *url,
                     const struct store_ops **ops, struct store_config *cfg,
                     struct endpoints *e, struct error *err)
{
    char shown[64], form[NEAR_FORM];

    *ops = store_find(url);
    if (!*ops) {
        str_printable(shown, sizeof shown, text_of(url));
        providers_near_store(url, form);
        return error_set(err, ERROR_CONFIG, 0,
                         "--store: there is no store for \"%s\"%s%s%s "
                         "batchtop --help lists them",
                         shown, *form ? ": did you mean " : "", form,
                         *form ? "?" : ";");
    }
    if (!check_typed(opt, "store", opt->store, err))
        return false;
    *e = (struct endpoints){ .count = 1, .at[0].url = url };
    if (!credentials_store(opt, *ops, &e->at[0].key, err))
        return false;
    *cfg = (struct store_config){
        .url = url,
        .key = e->at[0].key,
        .key_env = *opt->store_key_env ? opt->store_key_env : NULL,
        .other_key_env = opt->embed_key_env.count ? opt->embed_key_env.item[0]
                                                  : NULL,
        .create = opt->create,
        .stop_fd = -1,
        .timeout_ms = (int64_t)opt->timeout * 1000,
        .cacert = *opt->cacert ? opt->cacert : NULL,
        .allow_cleartext = opt->allow_cleartext,
        .model = opt->embed,
    };
    return true;
}

/* corpus.jsonl.gz -> corpus */
static size_t providers_stem_length(const char *path)
{
    static const char *const ends[] = { ".gz", ".zst", ".jsonl", ".ndjson",
                                        ".json" };
    size_t len = strlen(path);

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t n = strlen(ends[i]);

        if (len > n && memcmp(path + len - n, ends[i], n) == 0 &&
            path[len - n - 1] != '/')
            len -= n;
    }
    return len;
}

bool providers_store_url(const struct options *opt, char *to, size_t size,
                         struct error *err)
{
    const char *corpus = opt->corpus.count ? opt->corpus.item[0] : "-";
    int n;

    while (strncmp(corpus, "./", 2) == 0)
        corpus += 2; /* the same file, the same store */
    if (*opt->store)
        n = snprintf(to, size, "%s", opt->store);
    else if (corpus_is_stream(corpus))
        n = snprintf(to, size, "sqlite:stdin.vectors.sqlite");
    else
        n = snprintf(to, size, "sqlite:%.*s.vectors.sqlite",
                     (int)providers_stem_length(corpus), corpus);
    return (n >= 0 && (size_t)n < size) ||
           error_set(err, ERROR_CONFIG, 0,
                     "--store: the name is longer than %zu bytes", size - 1);
}

bool providers_embed_error(const struct options *opt, struct error *err)
{
    char shown[64];

    str_printable(shown, sizeof shown, text_of(opt->embed));
    return error_wrap(err, "--embed %s", shown);
}
